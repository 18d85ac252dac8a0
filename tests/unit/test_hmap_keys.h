// SPDX-License-Identifier: MIT
// Keys and elements of many kinds, each made from a small number, for the tests of hmapcore.
#ifndef STRATA_TESTS_HMAP_KEYS_H
#define STRATA_TESTS_HMAP_KEYS_H

#include "hmapcore/hmap.h"
#include "hmapcore/hmap_check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 256 };

// A value of any kind, aligned for all of them.
union value {
    _Alignas(16) uint8_t bytes[VALUE_BYTES];
    uint64_t word;
    int64_t int64;
    int32_t int32;
    double float64;
    float float32;
    struct hmap_string string;
    struct hmap_interface interface;
};

// Memory that keys point at; it lives as long as the test.
struct keeper {
    void **blocks;
    size_t count, capacity;
};

static inline void *keep(struct keeper *keeper, size_t size_bytes)
{
    if (keeper->count == keeper->capacity) {
        keeper->capacity = keeper->capacity ? 2 * keeper->capacity : 64;
        keeper->blocks = realloc(keeper->blocks, keeper->capacity * sizeof(void *));
    }
    return keeper->blocks[keeper->count++] = calloc(1, size_bytes ? size_bytes : 1);
}

static inline void keeper_free(struct keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++)
        free(keeper->blocks[i]);
    free(keeper->blocks);
    *keeper = (struct keeper){0};
}

static inline uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t next_random(uint64_t *state)
{
    return scramble(*state += UINT64_C(0x9e3779b97f4a7c15));
}

// Strings of 0 to about 70 bytes; each number its own.
static inline struct hmap_string make_string(uint64_t number, struct keeper *keeper)
{
    char digits[24];
    if (number == 0)
        return (struct hmap_string){keep(keeper, 1), 0};
    size_t head = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    size_t length = head + number % 5 * number % 50;
    char *text = keep(keeper, length);
    memset(text, 'x', length);
    memcpy(text, digits, head);
    return (struct hmap_string){text, (int64_t)length};
}

// Values of composite kinds are made field by field.
static inline void make_value(const struct hmap_kind *kind, uint64_t number, struct keeper *keeper,
                              void *value)
{
    union value *to = value;
    if (kind == &hmap_kind_interface) {
        static const struct hmap_kind *const dynamic[] = {&hmap_kind_int32,  &hmap_kind_int64,
                                                          &hmap_kind_string, &hmap_kind_float64,
                                                          &hmap_kind_uint8,  &hmap_kind_pointer};
        if (number == 0) {
            memset(to, 0, sizeof(struct hmap_interface));
            return;
        }
        const struct hmap_kind *inner = dynamic[number % 6];
        if (inner == &hmap_kind_uint8 && number / 6 > 255)
            inner = &hmap_kind_uint64;
        struct hmap_interface interface = {.kind = inner};
        void *data = keep(keeper, VALUE_BYTES);
        make_value(inner, inner == &hmap_kind_float64 ? number : number / 6 + 1, keeper, data);
        if (inner->pointer_shaped)
            memcpy(&interface.data, data, sizeof interface.data);
        else
            interface.data = data;
        memcpy(to, &interface, sizeof interface);
        return;
    }
    memset(to, 0, kind->size_bytes);
    if (kind->fields) {
        for (uint64_t i = 0; i < kind->count; i++)
            make_value(kind->fields[i].kind, number, keeper, to->bytes + kind->fields[i].offset_bytes);
        return;
    }
    if (kind->element && kind->algorithm != HMAP_ALG_PLAIN) {
        for (uint64_t i = 0; i < kind->count; i++)
            make_value(kind->element, number + i, keeper, to->bytes + i * kind->element->size_bytes);
        return;
    }
    switch (kind->algorithm) {
    case HMAP_ALG_STRING: {
        struct hmap_string string = make_string(number, keeper);
        memcpy(to, &string, sizeof string);
        break;
    }
    case HMAP_ALG_FLOAT32:
    case HMAP_ALG_COMPLEX64: {
        float narrow = (float)number / 4;
        memcpy(to, &narrow, sizeof narrow);
        break;
    }
    case HMAP_ALG_FLOAT64:
    case HMAP_ALG_COMPLEX128: {
        double wide = (double)number / 4;
        memcpy(to, &wide, sizeof wide);
        break;
    }
    default: // plain bytes: the number in front and at the end, so that all of them count
        memcpy(to, &number, kind->size_bytes < 8 ? kind->size_bytes : 8);
        if (kind->size_bytes > 16)
            memcpy(to->bytes + kind->size_bytes - 8, &number, 8);
    }
}

// An allocator that counts, and fails when told to.
struct counting_allocator {
    int64_t live;         // allocations not yet released
    uint64_t live_bytes;  // of them
    uint64_t allocations; // ever
    uint64_t fail_from;   // this one (from 1) and the `fail_count` after it fail; 0: none
    uint64_t fail_count;
};

static inline void *counting_allocate(void *state, size_t size_bytes)
{
    struct counting_allocator *counter = state;
    uint64_t number = ++counter->allocations;
    if (counter->fail_from && number >= counter->fail_from &&
        number - counter->fail_from <= counter->fail_count)
        return NULL;
    counter->live++;
    counter->live_bytes += size_bytes;
    return calloc(1, size_bytes);
}

static inline void counting_release(void *state, void *memory, size_t size_bytes)
{
    struct counting_allocator *counter = state;
    counter->live--;
    counter->live_bytes -= size_bytes;
    free(memory);
}

static inline struct hmap_allocator counting(struct counting_allocator *counter)
{
    return (struct hmap_allocator){counting_allocate, counting_release, counter};
}

#endif
