// SPDX-License-Identifier: MIT
// Type graphs made by hand, so that layouts can be tested without a file. The expected numbers come from the
// compiler that compiles the test (sizeof, offsetof, _Alignof) wherever it can tell them.
#ifndef STRATA_TESTS_TYPE_GRAPH_H
#define STRATA_TESTS_TYPE_GRAPH_H

#include "type/type.h"

#define SCALAR(spelling, bytes)                                                                              \
    {                                                                                                        \
        .kind = TYPE_BASE, .name = spelling, .language = LANGUAGE_C, .size_known = true,                     \
        .size_bytes = (bytes), .size_bits = 8 * (uint64_t)(bytes), .address_bytes = 8                        \
    }

#define RECORD(spelling, bytes, member_array)                                                                \
    {                                                                                                        \
        .kind = TYPE_STRUCT, .name = spelling, .language = LANGUAGE_C, .size_known = true,                   \
        .size_bytes = (bytes), .size_bits = 8 * (uint64_t)(bytes), .address_bytes = 8,                       \
        .members = (member_array), .members_count = sizeof(member_array) / sizeof((member_array)[0])         \
    }

// A member at a byte offset, as large as its type.
#define FIELD_AT(spelling, of_type, bytes)                                                                   \
    {                                                                                                        \
        .kind = MEMBER_FIELD, .name = spelling, .type = &(of_type), .offset_known = true,                    \
        .size_known = true, .offset_bits = 8 * (uint64_t)(bytes), .size_bits = 8 * (of_type).size_bytes      \
    }

#define BITS_AT(spelling, of_type, bit, width)                                                               \
    {                                                                                                        \
        .kind = MEMBER_BITFIELD, .name = spelling, .type = &(of_type), .offset_known = true,                 \
        .size_known = true, .offset_bits = (bit), .size_bits = (width)                                       \
    }

#define BASE_AT(of_type, bytes)                                                                              \
    {                                                                                                        \
        .kind = MEMBER_BASE, .name = (of_type).name, .type = &(of_type), .offset_known = true,               \
        .size_known = true, .offset_bits = 8 * (uint64_t)(bytes), .size_bits = 8 * (of_type).size_bytes      \
    }

static struct type type_bool __attribute__((unused)) = SCALAR("bool", 1);
static struct type type_char __attribute__((unused)) = SCALAR("char", 1);
static struct type type_short __attribute__((unused)) = SCALAR("short", 2);
static struct type type_int __attribute__((unused)) = SCALAR("int", 4);
static struct type type_long __attribute__((unused)) = SCALAR("long", 8);
static struct type type_long_double __attribute__((unused)) = SCALAR("long double", 16);

#endif
