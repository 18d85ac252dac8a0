// SPDX-License-Identifier: MIT
// Growing arrays of any element type:
//
//     VEC(struct entry) entries = {0};
//     if (!vec_push(&entries, entry))
//         return &error_out_of_memory;
//     vec_foreach (struct entry *, e, &entries)
//         use(e);
//     vec_free(&entries);
//
// Elements move when the vector grows: keep indexes, not pointers.
#ifndef STRATA_BASE_VEC_H
#define STRATA_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define VEC(element_type)                                                                                    \
    struct {                                                                                                 \
        element_type *data;                                                                                  \
        size_t length, capacity;                                                                             \
    }

// Makes room for `more` further elements; false when memory is short, the vector is unchanged then.
#define vec_reserve(vec, more)                                                                               \
    vec_reserve_((void **)&(vec)->data, (vec)->length, &(vec)->capacity, (more), sizeof(*(vec)->data))

#define vec_push(vec, ...)                                                                                   \
    (((vec)->length < (vec)->capacity || vec_reserve(vec, 1)) &&                                             \
     ((vec)->data[(vec)->length++] = (__VA_ARGS__), true))

#define vec_free(vec) (free((vec)->data), (vec)->data = NULL, (vec)->length = (vec)->capacity = 0)

// An empty vector has no data, and C11 (6.5.6) forbids even NULL + 0.
#define vec_foreach(pointer_type, name, vec)                                                                 \
    for (pointer_type name = (vec)->data; name != ((vec)->data ? (vec)->data + (vec)->length : NULL); name++)

static inline bool vec_reserve_(void **data, size_t length, size_t *capacity, size_t more,
                                size_t element_bytes)
{
    size_t wanted, bytes;
    if (__builtin_add_overflow(length, more, &wanted))
        return false;
    if (wanted <= *capacity)
        return true;
    size_t grown = *capacity < 8 ? 8 : *capacity + *capacity / 2;
    if (grown < wanted)
        grown = wanted;
    if (__builtin_mul_overflow(grown, element_bytes, &bytes))
        return false;
    void *moved = realloc(*data, bytes);
    if (!moved)
        return false;
    *data = moved;
    *capacity = grown;
    return true;
}

#endif
