// SPDX-License-Identifier: MIT
#include "explain/code_call.h"

#include <string.h>

static bool begins(const char *text, const char *beginning)
{
    return !strncmp(text, beginning, strlen(beginning));
}

// Those whose arguments are the map's type and the map.
static bool takes_map(const char *callee)
{
    static const char *const beginnings[] = {"runtime.mapaccess",   "runtime.mapassign",
                                             "runtime.mapdelete",   "runtime.mapclear",
                                             "runtime.mapiterinit", "runtime.mapIterStart"};
    for (size_t i = 0; i < ARRAY_LENGTH(beginnings); i++)
        if (begins(callee, beginnings[i]))
            return true;
    return false;
}

// A step of a range: its argument is the iterator.
static bool takes_iterator(const char *callee)
{
    return begins(callee, "runtime.mapiternext") || begins(callee, "runtime.mapIterNext");
}

static bool starts_iterator(const char *callee)
{
    return begins(callee, "runtime.mapiterinit") || begins(callee, "runtime.mapIterStart");
}

static const char *callee_of(const struct program *program, const struct code_step *step)
{
    struct go_function function;
    if (step->kind != STEP_CALL || !step->has_target ||
        !program_function_at(program, step->target, &function) || function.entry != step->target)
        return NULL;
    return function.name;
}

static bool is_decoder(const char *callee)
{
    const char *dot = strrchr(callee, '.');
    return dot && (!strcmp(dot, ".Unmarshal") || !strcmp(dot, ".Decode") || !strcmp(dot, ".UnmarshalStrict"));
}

static bool calls_decoder(const struct program *program, const struct code_flow *flow, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        const char *callee = callee_of(program, &flow->steps[i]);
        if (callee && is_decoder(callee))
            return true;
    }
    return false;
}

static const char *type_of(const struct program *program, const struct code_value *value, struct arena *arena,
                           bool *is_map)
{
    *is_map = false;
    if (value->root != ROOT_NUMBER || value->loads_count || value->addend)
        return NULL;
    return program_type_name(program, value->number, arena, is_map);
}

// What made the result that the map was reached from.
static void find_maker(const struct program *program, const struct code_flow *flow, struct arena *arena,
                       struct code_call *call)
{
    if (call->map.root != ROOT_RESULT)
        return;
    for (size_t i = 0; i < flow->steps_count; i++) {
        struct code_state state;
        bool is_map;
        if (flow->steps[i].address != call->map.number)
            continue;
        call->maker = callee_of(program, &flow->steps[i]);
        code_flow_state(flow, i, &state);
        // newobject(type); from 1.26 on also mallocgcSmall…(size, type, …).
        const bool is_allocation = call->maker && begins(call->maker, "runtime.mallocgc");
        const struct code_value type = code_argument(flow, &state, is_allocation ? 1 : 0);
        if (is_allocation || (call->maker && !strcmp(call->maker, "runtime.newobject")))
            call->made_type = type_of(program, &type, arena, &is_map);
    }
}

static void read_arguments(const struct program *program, const struct code_flow *flow, size_t index,
                           struct arena *arena, struct code_call *call)
{
    struct code_state state;
    bool is_map;
    code_flow_state(flow, index, &state);
    const struct code_value type = code_argument(flow, &state, 0);
    const char *name = type_of(program, &type, arena, &is_map);
    call->map_type = is_map ? name : NULL;
    call->map = code_argument(flow, &state, 1);
    find_maker(program, flow, arena, call);
}

// The range that the step belongs to: the one call that starts this iterator.
static void read_iterator(const struct program *program, const struct code_flow *flow, size_t index,
                          struct arena *arena, struct code_call *call)
{
    struct code_state state;
    size_t found = SIZE_MAX, count = 0;
    code_flow_state(flow, index, &state);
    const struct code_value wanted = code_argument(flow, &state, 0);
    for (size_t i = 0; i < flow->steps_count; i++) {
        const char *callee = callee_of(program, &flow->steps[i]);
        if (!callee || !starts_iterator(callee))
            continue;
        code_flow_state(flow, i, &state);
        const struct code_value iterator = code_argument(flow, &state, 2);
        if (wanted.root != ROOT_STACK || !code_value_equal(&wanted, &iterator))
            continue;
        found = i;
        count++;
    }
    if (count == 1)
        read_arguments(program, flow, found, arena, call);
}

static void read_call(const struct program *program, const struct code_flow *flow, size_t index,
                      struct arena *arena, struct code_call *call)
{
    call->is_call = true;
    call->callee = callee_of(program, &flow->steps[index]);
    call->by_decoder = calls_decoder(program, flow, index);
    if (!call->callee)
        return;
    call->is_map_call = takes_map(call->callee) || takes_iterator(call->callee);
    if (takes_map(call->callee))
        read_arguments(program, flow, index, arena, call);
    else if (takes_iterator(call->callee))
        read_iterator(program, flow, index, arena, call);
}

struct error *code_call_returning(const struct program *program, const struct go_function *function,
                                  uint64_t address, struct arena *arena, struct code_call *call)
{
    struct code_flow flow;
    *call = (struct code_call){0};
    struct error *error = code_flow_open(program, function, &flow);
    call->is_read = !error && address <= flow.read_end;
    for (size_t i = 0; !error && i < flow.steps_count; i++)
        if (flow.steps[i].address + flow.steps[i].size_bytes == address && flow.steps[i].kind == STEP_CALL)
            read_call(program, &flow, i, arena, call);
    code_flow_free(&flow);
    return error;
}

// The loaded value reaches a map call as its map: then what faulted was the load of the map through a pointer.
static void read_load(const struct program *program, const struct code_flow *flow, size_t index,
                      struct arena *arena, struct code_call *call)
{
    struct code_state before;
    const struct code_step *load = &flow->steps[index];
    code_flow_state(flow, index, &before);
    if (load->kind != STEP_LOAD || load->base == NO_REGISTER || load->offset)
        return;
    const struct code_value loaded = code_value_load(&before.registers[load->base], load->offset);
    if (loaded.root == ROOT_UNKNOWN)
        return;
    for (size_t i = index + 1; i < flow->steps_count; i++) {
        struct code_call found = {.callee = callee_of(program, &flow->steps[i])};
        if (!found.callee || !takes_map(found.callee))
            continue;
        read_arguments(program, flow, i, arena, &found);
        if (!code_value_equal(&found.map, &loaded))
            continue;
        *call = found;
        call->is_map_call = call->is_nil_load = true;
        return;
    }
}

struct error *code_call_of_load(const struct program *program, const struct go_function *function,
                                uint64_t address, struct arena *arena, struct code_call *call)
{
    struct code_flow flow;
    *call = (struct code_call){0};
    struct error *error = code_flow_open(program, function, &flow);
    for (size_t i = 0; !error && i < flow.steps_count; i++)
        if (flow.steps[i].address == address)
            read_load(program, &flow, i, arena, call);
    code_flow_free(&flow);
    return error;
}
