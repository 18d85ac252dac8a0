// SPDX-License-Identifier: MIT
#include "dwarf/location.h"

#include "dwarf/constants.h"

enum { STACK_MOST = 16, OPERATIONS_MOST = 64 };

// A constant operation's value; false when `operation` is not one.
static bool read_constant(struct byte_reader *reader, uint8_t operation, int64_t *value)
{
    if (operation >= OP_lit0 && operation <= OP_lit31) {
        *value = operation - OP_lit0;
        return true;
    }
    switch (operation) {
    case OP_const1u:
        *value = byte_reader_u8(reader);
        return true;
    case OP_const1s:
        *value = (int8_t)byte_reader_u8(reader); // NOLINT(bugprone-signed-char-misuse): a number
        return true;
    case OP_const2u:
        *value = byte_reader_u16(reader);
        return true;
    case OP_const2s:
        *value = (int16_t)byte_reader_u16(reader);
        return true;
    case OP_const4u:
        *value = byte_reader_u32(reader);
        return true;
    case OP_const4s:
        *value = (int32_t)byte_reader_u32(reader);
        return true;
    case OP_const8u:
    case OP_const8s:
        *value = (int64_t)byte_reader_u64(reader);
        return true;
    case OP_constu:
        *value = (int64_t)byte_reader_uleb(reader);
        return true;
    case OP_consts:
        *value = byte_reader_sleb(reader);
        return true;
    default:
        return false;
    }
}

struct stack {
    int64_t values[STACK_MOST];
    unsigned depth;
};

static bool push(struct stack *stack, int64_t value)
{
    if (stack->depth == STACK_MOST)
        return false;
    stack->values[stack->depth++] = value;
    return true;
}

// Applies `operation` to the two topmost values. The machine's arithmetic wraps, so it is done unsigned.
static bool combine(struct stack *stack, uint8_t operation)
{
    if (stack->depth < 2)
        return false;
    uint64_t right = (uint64_t)stack->values[--stack->depth];
    uint64_t left = (uint64_t)stack->values[stack->depth - 1];
    uint64_t result = operation == OP_plus    ? left + right
                      : operation == OP_minus ? left - right
                                              : left * right;
    stack->values[stack->depth - 1] = (int64_t)result;
    return true;
}

static bool step(struct byte_reader *reader, struct stack *stack)
{
    uint8_t operation = byte_reader_u8(reader);
    int64_t constant;
    if (read_constant(reader, operation, &constant))
        return push(stack, constant);
    switch (operation) {
    case OP_nop:
        return true;
    case OP_dup:
        return stack->depth > 0 && push(stack, stack->values[stack->depth - 1]);
    case OP_plus_uconst:
        return push(stack, (int64_t)byte_reader_uleb(reader)) && combine(stack, OP_plus);
    case OP_plus:
    case OP_minus:
    case OP_mul:
        return combine(stack, operation);
    case OP_neg:
        if (stack->depth == 0)
            return false;
        stack->values[stack->depth - 1] = (int64_t) - (uint64_t)stack->values[stack->depth - 1];
        return true;
    default:
        return false;
    }
}

bool location_evaluate(struct bytes expression, bool big_endian, const int64_t *start, int64_t *value)
{
    struct byte_reader reader = byte_reader_over(expression, big_endian);
    struct stack stack = {.depth = 0};
    if (start)
        push(&stack, *start);
    for (int operations = 0; byte_reader_left(&reader) > 0; operations++)
        if (operations == OPERATIONS_MOST || !step(&reader, &stack))
            return false;
    if (reader.failed || stack.depth == 0)
        return false;
    *value = stack.values[stack.depth - 1];
    return true;
}

enum location_start location_place(struct bytes expression, unsigned address_bytes, bool big_endian,
                                   uint64_t *address_or_number, uint64_t *distance_bytes)
{
    struct byte_reader reader = byte_reader_over(expression, big_endian);
    const uint8_t operation = byte_reader_u8(&reader);
    const bool is_number = operation == OP_addrx || operation == OP_GNU_addr_index;
    *distance_bytes = 0;
    *address_or_number = is_number ? byte_reader_uleb(&reader) : byte_reader_sized(&reader, address_bytes);
    if (byte_reader_left(&reader) > 0) {
        if (byte_reader_u8(&reader) != OP_plus_uconst)
            return LOCATION_ELSEWHERE;
        *distance_bytes = byte_reader_uleb(&reader);
    }
    if (reader.failed || byte_reader_left(&reader) > 0 || (!is_number && operation != OP_addr))
        return LOCATION_ELSEWHERE;
    return is_number ? LOCATION_NUMBER : LOCATION_ADDRESS;
}

bool location_is_virtual_base(struct bytes expression, bool big_endian, uint64_t *below_bytes)
{
    struct byte_reader reader = byte_reader_over(expression, big_endian);
    int64_t below = 0;
    bool fits = byte_reader_u8(&reader) == OP_dup && byte_reader_u8(&reader) == OP_deref &&
                read_constant(&reader, byte_reader_u8(&reader), &below) &&
                byte_reader_u8(&reader) == OP_minus && byte_reader_u8(&reader) == OP_deref &&
                byte_reader_u8(&reader) == OP_plus && byte_reader_left(&reader) == 0;
    *below_bytes = (uint64_t)below;
    return fits && !reader.failed && below > 0;
}
