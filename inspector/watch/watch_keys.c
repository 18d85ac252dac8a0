// SPDX-License-Identifier: MIT
#include "watch/watch_keys.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BIG_WORDS = 17 };

struct key_cell {
    char text[24];
    struct hmap_string string;
    union {
        int64_t int64;
        int32_t int32;
        double float64;
    };
    uint64_t unused[2];
};

_Static_assert(sizeof(struct key_cell) == 64, "a cell is a cache line");

static const char *const key_names[] = {"int64", "int32", "string", "float64", "interface"};
static const char *const elem_names[] = {"int64", "int32", "big", "struct{}"};

const char *watch_key_name(enum watch_key_kind kind)
{
    return (unsigned)kind < KEYS_KINDS ? key_names[kind] : NULL;
}

const char *watch_elem_name(enum watch_elem_kind kind)
{
    return (unsigned)kind < ELEMS_KINDS ? elem_names[kind] : NULL;
}

static bool needs_cells(enum watch_key_kind kind)
{
    return kind == KEYS_STRING || kind == KEYS_INTERFACE;
}

static const size_t cells_bytes = ((size_t)KEY_NUMBER_END + 1) * sizeof(struct key_cell);

struct error *watch_keys_open(struct watch_keys *keys, enum watch_key_kind kind,
                              enum watch_elem_kind elem_kind)
{
    static const struct hmap_kind *const key_kinds[] = {&hmap_kind_int64, &hmap_kind_int32, &hmap_kind_string,
                                                        &hmap_kind_float64, &hmap_kind_interface};
    *keys = (struct watch_keys){.kind = kind, .elem_kind = elem_kind};
    enum hmap_status status = hmap_kind_make_array(&keys->big, "[17]int64", &hmap_kind_int64, BIG_WORDS);
    const struct hmap_kind *const elem_kinds[] = {&hmap_kind_int64, &hmap_kind_int32, &keys->big,
                                                  &hmap_kind_empty_struct};
    if (status == HMAP_OK)
        status = hmap_type_make(&keys->type, key_kinds[kind], elem_kinds[elem_kind]);
    if (status == HMAP_OK)
        status = swiss_type_make(&keys->swiss_type, key_kinds[kind], elem_kinds[elem_kind]);
    if (status != HMAP_OK)
        return error_create(ERROR_USAGE, "map[%s]%s: %s", watch_key_name(kind), watch_elem_name(elem_kind),
                            hmap_status_text(status));
    if (!needs_cells(kind))
        return NULL;
    void *cells =
        mmap(NULL, cells_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (cells == MAP_FAILED)
        return error_system(errno, "no address space for the keys");
    keys->cells = cells;
    return NULL;
}

void watch_keys_close(struct watch_keys *keys)
{
    if (keys->cells)
        munmap(keys->cells, cells_bytes);
    *keys = (struct watch_keys){0};
}

bool watch_key_exists(const struct watch_keys *keys, uint64_t number)
{
    return number <= KEY_NUMBER_MAX ||
           (number == KEY_NUMBER_NAN && (keys->kind == KEYS_FLOAT64 || keys->kind == KEYS_INTERFACE)) ||
           (number == KEY_NUMBER_SLICE && keys->kind == KEYS_INTERFACE);
}

static double float_of(uint64_t number)
{
    return number == KEY_NUMBER_NAN ? (double)NAN : (double)number / 2;
}

static struct key_cell *cell_with_text(const struct watch_keys *keys, uint64_t number)
{
    struct key_cell *cell = &keys->cells[number];
    int length = snprintf(cell->text, sizeof(cell->text), "k%llu", (unsigned long long)number);
    cell->string = (struct hmap_string){cell->text, length};
    return cell;
}

static struct hmap_interface interface_of(const struct watch_keys *keys, uint64_t number)
{
    struct key_cell *cell = &keys->cells[number];
    if (number == KEY_NUMBER_SLICE)
        return (struct hmap_interface){&hmap_kind_slice, cell};
    switch (number == KEY_NUMBER_NAN ? 2 : number % 4) {
    case 0:
        cell->int64 = (int64_t)number;
        return (struct hmap_interface){&hmap_kind_int64, &cell->int64};
    case 1:
        cell_with_text(keys, number);
        return (struct hmap_interface){&hmap_kind_string, &cell->string};
    case 2:
        cell->float64 = float_of(number);
        return (struct hmap_interface){&hmap_kind_float64, &cell->float64};
    default:
        cell->int32 = (int32_t)number;
        return (struct hmap_interface){&hmap_kind_int32, &cell->int32};
    }
}

void watch_key_make(const struct watch_keys *keys, uint64_t number, union watch_key *key)
{
    *key = (union watch_key){{0}};
    switch (keys->kind) {
    case KEYS_INT64:
        key->int64 = (int64_t)number;
        return;
    case KEYS_INT32:
        key->int32 = (int32_t)number;
        return;
    case KEYS_STRING:
        key->string = cell_with_text(keys, number)->string;
        return;
    case KEYS_FLOAT64:
        key->float64 = float_of(number);
        return;
    case KEYS_INTERFACE:
    case KEYS_KINDS:
        key->interface = interface_of(keys, number);
    }
}

// The number of the cell that `place` lies in.
static bool number_of_cell(const struct watch_keys *keys, const void *place, uint64_t *number)
{
    uintptr_t offset = (uintptr_t)place - (uintptr_t)keys->cells;
    *number = offset / sizeof(struct key_cell);
    return offset < cells_bytes;
}

bool watch_key_number(const struct watch_keys *keys, const void *slot, uint64_t *number)
{
    union watch_key key = {{0}};
    memcpy(&key, slot, keys->type.key_slot_bytes);
    switch (keys->kind) {
    case KEYS_INT64:
        *number = (uint64_t)key.int64;
        return true;
    case KEYS_INT32:
        *number = (uint32_t)key.int32;
        return true;
    case KEYS_STRING:
        return number_of_cell(keys, key.string.data, number);
    case KEYS_FLOAT64:
        *number = isnan(key.float64) ? KEY_NUMBER_NAN : (uint64_t)(key.float64 * 2);
        return true;
    case KEYS_INTERFACE:
    case KEYS_KINDS:
        return number_of_cell(keys, key.interface.data, number);
    }
    return false;
}

char *watch_key_text(const struct watch_keys *keys, uint64_t number, char *text, size_t size_bytes)
{
    union watch_key key;
    if (number == KEY_NUMBER_SLICE) { // its bytes would fill the line and say nothing
        snprintf(text, size_bytes, "[]int(nil)");
        return text;
    }
    watch_key_make(keys, number, &key);
    return hmap_kind_format(keys->type.key, &key, text, size_bytes);
}

void watch_elem_store(const struct watch_keys *keys, void *elem, uint64_t serial)
{
    int32_t narrow = (int32_t)serial;
    switch (keys->elem_kind) {
    case ELEMS_INT32:
        memcpy(elem, &narrow, sizeof(narrow));
        return;
    case ELEMS_INT64:
    case ELEMS_BIG: // its first word
        memcpy(elem, &serial, sizeof(serial));
        return;
    case ELEMS_NOTHING:
    case ELEMS_KINDS:
        return;
    }
}
