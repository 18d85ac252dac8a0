// SPDX-License-Identifier: MIT
// Compiler attributes under names that say what they promise.
#ifndef STRATA_BASE_ATTRIBUTES_H
#define STRATA_BASE_ATTRIBUTES_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define COLD __attribute__((cold))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NONSTRING __attribute__((nonstring))
// `unused`: clang does not count the call at the end of the scope as a use.
#define CLEANUP(function) __attribute__((cleanup(function), unused))
// Marks a function that only tests call from outside its file (tests/arch/symbols.py).
#define FOR_TESTS
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#endif
