// SPDX-License-Identifier: MIT
// The C library's check of longjmp takes a jump to another stack for a mistake.
#undef _FORTIFY_SOURCE
#include "watch/watch_stack.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SWITCHES __attribute__((no_sanitize_address, noinline))
static void forget_frames(const struct side_stack *stack)
{
    __asan_unpoison_memory_region(stack->memory, stack->size_bytes);
}
static void says_leaves(void **fake, const void *bottom, size_t size_bytes)
{
    __sanitizer_start_switch_fiber(fake, bottom, size_bytes);
}
static void says_arrived(void *fake, const void **bottom, size_t *size_bytes)
{
    __sanitizer_finish_switch_fiber(fake, bottom, size_bytes);
}
#else
#define SWITCHES
static void forget_frames(const struct side_stack *stack)
{
    (void)stack;
}
static void says_leaves(void **fake, const void *bottom, size_t size_bytes)
{
    (void)fake;
    (void)bottom;
    (void)size_bytes;
}
static void says_arrived(void *fake, const void **bottom, size_t *size_bytes)
{
    (void)fake;
    (void)bottom;
    (void)size_bytes;
}
#endif

struct error *stack_open(struct side_stack *stack, size_t size_bytes, void (*run)(void *state), void *state)
{
    *stack = (struct side_stack){.size_bytes = size_bytes, .run = run, .state = state};
    void *memory =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return error_system(errno, "no stack for the map's operations");
    stack->memory = memory;
    return NULL;
}

void stack_close(struct side_stack *stack)
{
    if (stack->memory)
        forget_frames(stack);
    if (stack->memory)
        munmap(stack->memory, stack->size_bytes);
    stack->memory = NULL;
}

void stack_reset(struct side_stack *stack)
{
    stack->has_begun = false;
    forget_frames(stack);
}

SWITCHES static void begin(unsigned high, unsigned low)
{
    struct side_stack *stack = (struct side_stack *)(uintptr_t)((uint64_t)high << 32 | low);
    says_arrived(NULL, &stack->outside_bottom, &stack->outside_bytes);
    stack->run(stack->state);
}

// The very first time: only makecontext knows how to begin on a new stack. The mask it sets is the present one.
SWITCHES static void enter_first(struct side_stack *stack)
{
    ucontext_t first;
    uint64_t address = (uintptr_t)stack;
    stack->has_begun = true;
    getcontext(&first);
    first.uc_stack.ss_sp = stack->memory;
    first.uc_stack.ss_size = stack->size_bytes;
    first.uc_link = NULL;
    makecontext(&first, (void (*)(void))(uintptr_t)begin, 2, (unsigned)(address >> 32), (unsigned)address);
    setcontext(&first);
}

SWITCHES void stack_enter(struct side_stack *stack)
{
    says_leaves(&stack->outside_fake, stack->memory, stack->size_bytes);
    if (!_setjmp(stack->outside)) {
        if (stack->has_begun)
            _longjmp(stack->inside, 1);
        enter_first(stack);
    }
    says_arrived(stack->outside_fake, NULL, NULL);
}

SWITCHES void stack_leave(struct side_stack *stack)
{
    says_leaves(&stack->inside_fake, stack->outside_bottom, stack->outside_bytes);
    if (!_setjmp(stack->inside))
        _longjmp(stack->outside, 1);
    says_arrived(stack->inside_fake, &stack->outside_bottom, &stack->outside_bytes);
}
