// SPDX-License-Identifier: MIT
// What the registers of a function hold before each of its instructions, as far as its code tells: where a call's
// arguments came from. Only what holds on every path counts; all else is unknown.
//
//     code_step_x86, code_step_arm64    an instruction as a step: copy, load, store, call, jump
//     code_flow                         steps ─► values, joined where paths meet, until nothing changes
//
// A value is a root and a path of loads from it: main.shop.items is the load at 8 of the load at main.shop.
#ifndef STRATA_EXPLAIN_CODE_FLOW_H
#define STRATA_EXPLAIN_CODE_FLOW_H

#include "explain/program.h"

#include <capstone/capstone.h>

enum {
    CODE_LOADS_MOST = 4,
    CODE_REGISTERS = 32,
    CODE_ARGUMENTS = 16,
    CODE_SLOTS_MOST = 48,
};

enum code_root {
    ROOT_UNKNOWN,
    ROOT_NUMBER,   // `number` itself: a constant, or an address in the program; nil is 0
    ROOT_ARGUMENT, // word `number` of the arguments
    ROOT_CONTEXT,  // of a closure: what it captured
    ROOT_RESULT,   // what the call at address `number` returned first
    ROOT_STACK,    // an address on the stack, from the stack pointer at the function's entry
};

struct code_value {
    enum code_root root;
    unsigned loads_count;
    uint64_t number;
    int64_t loads[CODE_LOADS_MOST]; // root, + loads[0] → load → + loads[1] → load …
    int64_t addend;                 // to what was loaded last, or to the root
};

enum code_kind {
    STEP_OTHER,
    STEP_COPY,
    STEP_LOAD,
    STEP_STORE,
    STEP_ADDRESS,
    STEP_NUMBER,
    STEP_CALL,
    STEP_JUMP,
    STEP_BRANCH,
    STEP_END
};

enum { NO_REGISTER = -1 };

// One instruction. Registers are numbers below CODE_REGISTERS.
struct code_step {
    uint64_t address;
    unsigned size_bytes;
    enum code_kind kind;
    int to, from; // of copies, loads, stores
    int second;   // of a pair: loaded or stored one word behind; NO_REGISTER: none
    int base;     // of loads, stores, addresses; NO_REGISTER: `offset` is the address
    int64_t offset;
    uint64_t number; // STEP_NUMBER
    bool has_target; // STEP_CALL, STEP_JUMP, STEP_BRANCH; without it the target is not known
    uint64_t target;
    bool never_returns;   // a call of a panic
    bool keeps_registers; // a call that changes those in `written` alone
    uint32_t written;     // other registers that it changes: a bit each
    bool writes_memory;   // at base + offset, stored_bytes of it, if not STEP_STORE
    unsigned stored_bytes;
    int moved; // a register that is moved by moved_by afterwards, as push and pop do; NO_REGISTER: none
    int64_t moved_by;
};

struct code_machine {
    int stack, context;
    int frame; // a register that leads to the frame's lower end and is used for nothing else; NO_REGISTER: none
    int arguments[CODE_ARGUMENTS]; // registers, in the order of Go's ABI; NO_REGISTER ends them
    int result;                    // of a call's first result
    unsigned pointer_bytes;
    unsigned return_bytes; // that a call puts on the stack
    unsigned registers;
    unsigned step_bytes;    // of every instruction; 0: they differ
    uint32_t helper_writes; // registers that the compiler's small helpers change (duffzero, write barriers)
    cs_arch arch;
    cs_mode mode;
    void (*step)(const cs_insn *instruction, unsigned pointer_bytes, struct code_step *step);
    // With step_bytes: what an instruction that capstone does not know may change.
    void (*unread)(const uint8_t *code, struct code_step *step);
};

// NULL: its code is not read.
const struct code_machine *code_machine_of(const struct image *image);

struct code_slot {
    int64_t at; // from the stack pointer at the function's entry
    struct code_value value;
};

struct code_state {
    bool is_reached;
    struct code_value registers[CODE_REGISTERS];
    struct code_slot slots[CODE_SLOTS_MOST];
    size_t slots_count;
};

struct code_flow {
    const struct code_machine *machine;
    struct code_step *steps; // by address
    size_t steps_count;
    uint64_t read_end;         // what lies from here on could not be read
    struct code_state *states; // before the steps that are first of their blocks
    uint32_t *block_of;        // of each step
    size_t blocks_count;
    bool is_settled; // else nothing is known but the steps
};

// Disassembles the function and follows its values. To be freed in any case. ERROR_UNSUPPORTED: of a machine, or a size,
// that is not read.
MUST_USE struct error *code_flow_open(const struct program *program, const struct go_function *function,
                                      struct code_flow *flow);
void code_flow_free(struct code_flow *flow);

// The state before step `index`. All unknown where no path leads.
void code_flow_state(const struct code_flow *flow, size_t index, struct code_state *state);

// Argument `index` of a call in that state.
struct code_value code_argument(const struct code_flow *flow, const struct code_state *state, unsigned index);

bool code_value_equal(const struct code_value *left, const struct code_value *right);

// What a load at base + offset gives; unknown where that is too deep.
struct code_value code_value_load(const struct code_value *base, int64_t offset);

#endif
