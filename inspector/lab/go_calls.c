// SPDX-License-Identifier: MIT
#include "lab/go_calls.h"

#include "lab/disassembler.h"
#include "lab/go_lines.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

struct callee {
    uint64_t entry;
    const char *name;
};

struct call_search {
    const struct object *object;
    struct go_lines lines;
    struct arena *arena;
    go_calls_vec *calls;
    VEC(struct callee) callees; // by entry
    uint64_t types;             // of runtime.types; 0: not known
    const struct disassembler *disassembler;
    csh capstone;
    cs_insn *instruction;
};

static bool is_map_function(const char *name)
{
    static const char *const beginnings[] = {
        "runtime.mapaccess",   "runtime.mapassign", "runtime.mapdelete",   "runtime.mapclear",
        "runtime.mapiterinit", "runtime.makemap",   "runtime.mapIterStart"};
    for (size_t i = 0; i < ARRAY_LENGTH(beginnings); i++)
        if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
            return true;
    return false;
}

static int by_entry(const void *left, const void *right)
{
    const struct callee *a = left, *b = right;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static struct error *collect_callees(struct call_search *search)
{
    struct go_function function;
    for (uint64_t i = 0; i < search->lines.functions_count; i++) {
        if (!go_lines_function(&search->lines, i, &function) || !is_map_function(function.name))
            continue;
        if (!vec_push(&search->callees, (struct callee){function.entry, function.name}))
            return &error_out_of_memory;
    }
    if (search->callees.length)
        qsort(search->callees.data, search->callees.length, sizeof(struct callee), by_entry);
    return NULL;
}

static const char *callee_at(const struct call_search *search, uint64_t address)
{
    struct callee wanted = {.entry = address};
    const struct callee *found =
        search->callees.length
            ? bsearch(&wanted, search->callees.data, search->callees.length, sizeof(wanted), by_entry)
            : NULL;
    return found ? found->name : NULL;
}

// --- The type that a call is about ---

enum { TYPE_FLAGS = 20, TYPE_KIND = 23, TYPE_NAME = 40, FLAG_EXTRA_STAR = 2, KIND_MASK = 31, KIND_MAP = 21 };

// The name of the runtime type at the address, when it is a map type (internal/abi/type.go: the name's offset
// is from runtime.types; flags byte, length as varint, text; a star in front that is not part of the name).
static const char *map_type_at(struct call_search *search, uint64_t address)
{
    struct bytes type = object_read_address(search->object, address, 48);
    if (!search->types || type.size_bytes != 48 || (type.data[TYPE_KIND] & KIND_MASK) != KIND_MAP)
        return NULL;
    struct byte_reader reader = byte_reader_over(type, search->object->big_endian);
    byte_reader_seek(&reader, TYPE_NAME);
    uint64_t name_at = search->types + byte_reader_u32(&reader);
    struct bytes head = object_read_address(search->object, name_at, 4);
    struct byte_reader head_reader = byte_reader_over(head, false);
    byte_reader_u8(&head_reader);
    uint64_t length = byte_reader_uleb(&head_reader);
    struct bytes text =
        object_read_address(search->object, name_at + byte_reader_offset(&head_reader), length);
    bool has_star = type.data[TYPE_FLAGS] & FLAG_EXTRA_STAR;
    if (head_reader.failed || length < 4 || text.size_bytes != length)
        return NULL;
    return arena_copy_text(search->arena, (const char *)text.data + has_star, length - has_star);
}

// --- Disassembly ---

// The first argument of a call is in rax (Go's register ABI, since 1.17). What was put there last, when that
// was an address in the program: lea rax, [rip + …].
struct first_argument {
    bool is_known;
    uint64_t address;
};

static bool writes_rax(const struct call_search *search, const cs_insn *instruction)
{
    cs_regs read, written;
    uint8_t read_count, written_count;
    if (search->disassembler->regs_access(search->capstone, instruction, read, &read_count, written,
                                          &written_count))
        return true;
    for (uint8_t i = 0; i < written_count; i++)
        if (written[i] == X86_REG_RAX || written[i] == X86_REG_EAX || written[i] == X86_REG_AX ||
            written[i] == X86_REG_AL || written[i] == X86_REG_AH)
            return true;
    return false;
}

static void follow(const struct call_search *search, struct first_argument *argument)
{
    const cs_insn *instruction = search->instruction;
    const cs_x86 *x86 = &instruction->detail->x86;
    bool is_lea = instruction->id == X86_INS_LEA && x86->op_count == 2 &&
                  x86->operands[0].reg == X86_REG_RAX && x86->operands[1].mem.base == X86_REG_RIP;
    if (is_lea) {
        argument->is_known = true;
        argument->address = instruction->address + instruction->size + (uint64_t)x86->operands[1].mem.disp;
    } else if (writes_rax(search, instruction)) {
        argument->is_known = false;
    }
}

static struct error *note_call(struct call_search *search, const struct go_function *function,
                               const char *callee, const struct first_argument *argument)
{
    struct go_call call = {.callee = callee, .function = function->name};
    go_lines_place(&search->lines, function, search->instruction->address, &call.file, &call.line);
    if (argument->is_known)
        call.map_type = map_type_at(search, argument->address);
    return vec_push(search->calls, call) ? NULL : &error_out_of_memory;
}

static struct error *search_function(struct call_search *search, const struct go_function *function)
{
    struct bytes code = object_read_address(search->object, function->entry, function->end - function->entry);
    const uint8_t *at = code.data;
    size_t left = code.size_bytes;
    uint64_t address = function->entry;
    struct first_argument argument = {0};
    while (search->disassembler->disasm_iter(search->capstone, &at, &left, &address, search->instruction)) {
        const cs_insn *instruction = search->instruction;
        const cs_x86 *x86 = &instruction->detail->x86;
        if (instruction->id != X86_INS_CALL) {
            follow(search, &argument);
            continue;
        }
        bool is_direct = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
        const char *callee = is_direct ? callee_at(search, (uint64_t)x86->operands[0].imm) : NULL;
        if (callee)
            RETURN_IF_ERROR(note_call(search, function, callee, &argument));
        argument.is_known = false; // the callee's results are there now
    }
    return NULL;
}

static struct error *search_all(struct call_search *search)
{
    struct go_function function;
    RETURN_IF_ERROR(collect_callees(search));
    for (uint64_t i = 0; i < search->lines.functions_count; i++) {
        if (!go_lines_function(&search->lines, i, &function) || is_map_function(function.name))
            continue;
        RETURN_IF_ERROR(search_function(search, &function));
    }
    return NULL;
}

struct error *go_calls_find(const struct object *object, struct arena *arena, go_calls_vec *calls)
{
    struct call_search search = {.object = object, .arena = arena, .calls = calls};
    uint64_t size_bytes;
    if (object->elf_machine != EM_X86_64 || object->address_bits != 64)
        return error_create(ERROR_UNSUPPORTED, "%s: calls are read from amd64 code only", object->path);
    RETURN_IF_ERROR(go_lines_open(object, &search.lines));
    if (!object_find_symbol(object, "runtime.types", &search.types, &size_bytes))
        search.types = 0;
    RETURN_IF_ERROR(disassembler_load(&search.disassembler));
    if (search.disassembler->open(CS_ARCH_X86, CS_MODE_64, &search.capstone))
        return error_create(ERROR_UNSUPPORTED, "capstone cannot read amd64 code");
    search.disassembler->option(search.capstone, CS_OPT_DETAIL, CS_OPT_ON);
    search.instruction = search.disassembler->malloc(search.capstone);
    struct error *error = search.instruction ? search_all(&search) : &error_out_of_memory;
    if (search.instruction)
        search.disassembler->free(search.instruction, 1);
    search.disassembler->close(&search.capstone);
    vec_free(&search.callees);
    return error;
}
