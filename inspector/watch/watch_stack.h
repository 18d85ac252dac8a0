// SPDX-License-Identifier: MIT
// A second stack, and going from one to the other. swapcontext would set the signal mask on each switch: to
// the mask of when the stack was made, which is another one by then, and by a system call. Here the mask is
// left alone.
//
//     outside ── stack_enter ──► inside (the function runs, or goes on where it left)
//     outside ◄── stack_leave ── inside
//
// Not thread-safe; both ends are used by the same thread.
#ifndef STRATA_WATCH_WATCH_STACK_H
#define STRATA_WATCH_WATCH_STACK_H

#include "base/error.h"
#include <setjmp.h>
#include <stdbool.h>
#include <ucontext.h>

struct side_stack {
    void *memory;
    size_t size_bytes;
    void (*run)(void *state); // never returns: it leaves
    void *state;
    bool has_begun; // `inside` says where it goes on
    jmp_buf outside, inside;
    // What AddressSanitizer wants to know of the two stacks.
    void *outside_fake, *inside_fake;
    const void *outside_bottom;
    size_t outside_bytes;
};

// The stack must not move afterwards. Costs the address space of `size_bytes`.
MUST_USE struct error *stack_open(struct side_stack *stack, size_t size_bytes, void (*run)(void *state),
                                  void *state);
void stack_close(struct side_stack *stack);

// The function begins anew with the next stack_enter.
void stack_reset(struct side_stack *stack);

// Runs on the other stack until it leaves.
void stack_enter(struct side_stack *stack);

// Called on the other stack: goes on behind stack_enter. Returns with the next one.
void stack_leave(struct side_stack *stack);

#endif
