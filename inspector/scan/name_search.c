// SPDX-License-Identifier: MIT
#include "scan/name_search.h"

#include "base/arena.h"
#include "base/slices.h"
#include "base/vec.h"
#include "dwarf/vocabulary.h"
#include "scan/byte_search.h"
#include "scan/name_walk.h"
#include "type/qualified_name.h"
#include <stdlib.h>
#include <string.h>

// A name as it stands in the file, its NUL included. Borrowed from the caller of name_search_create.
struct written_name {
    const uint8_t *bytes;
    size_t length;
};

typedef VEC(uint64_t) offsets;

// What to look for in the units of one file.
struct file_search {
    const struct unit_table *table;
    offsets str_offsets;        // where the names stand in .debug_str, ascending
    struct number_set *numbers; // the same, as units refer to them
    struct positions indexed;   // where .debug_str_offsets has one of those, ascending
    bool is_ready;
};

struct name_search {
    struct written_name *names;
    size_t names_count;
    struct arena short_names;
    struct file_search *files; // by rank of their tables
    size_t files_count;
};

// All places of the name in .debug_str: linkers let one string stand for the tail of another, so any place
// counts that ends with the NUL.
static bool file_add_name(struct file_search *file, const struct written_name *name)
{
    struct bytes section = file->table->object->sections[SECTION_STR];
    const uint8_t *end = section.data + section.size_bytes;
    for (const uint8_t *p = section.data; (p = text_search(p, end, name->bytes, name->length)); p++)
        if (!vec_push(&file->str_offsets, (uint64_t)(p - section.data)))
            return false;
    return true;
}

static int offset_compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static int position_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void positions_sort(struct positions *positions)
{
    if (positions->length > 1)
        qsort(positions->data, positions->length, sizeof(*positions->data), position_compare);
}

enum { BLOCK_BYTES = 16 << 10 }; // what stays in the nearest cache while each search passes over it

// Once for the file: the units of a program that LLVM optimised as a whole share one part of the section, and to read it for each
// would cost their number times its size.
static bool file_find_indexed(struct file_search *file)
{
    const struct bytes section = file->table->object->sections[SECTION_STR_OFFSETS];
    if (!file->str_offsets.length || !section.size_bytes || section.size_bytes > UINT32_MAX)
        return true;
    const uint8_t *const end = section.data + section.size_bytes;
    for (const uint8_t *block = section.data; block < end;) {
        const uint8_t *block_end = end - block > BLOCK_BYTES ? block + BLOCK_BYTES : end;
        if (!number_set_search(file->numbers, block, block_end, end, section.data, &file->indexed))
            return false;
        block = block_end;
    }
    positions_sort(&file->indexed);
    return true;
}

static bool file_prepare(struct file_search *file, const struct unit_table *table,
                         const struct name_search *search)
{
    file->table = table;
    for (size_t i = 0; i < search->names_count; i++)
        if (!file_add_name(file, &search->names[i]))
            return false;
    if (file->str_offsets.length > 1)
        qsort(file->str_offsets.data, file->str_offsets.length, sizeof(uint64_t), offset_compare);
    file->numbers =
        number_set_create(file->str_offsets.data, file->str_offsets.length, table->object->big_endian);
    return file->numbers && file_find_indexed(file);
}

static void name_search_free(struct name_search *search)
{
    if (!search)
        return;
    for (size_t i = 0; i < search->files_count; i++) {
        vec_free(&search->files[i].str_offsets);
        number_set_free(search->files[i].numbers);
        vec_free(&search->files[i].indexed);
    }
    free(search->files);
    free(search->names);
    arena_free(&search->short_names);
    free(search);
}

// A name, and what is left of it in a unit that leaves template arguments out: "Ring" of "Ring<int>".
static bool search_add_name(struct name_search *search, const char *name)
{
    const size_t length = strlen(name);
    const char *arguments = length && name[length - 1] == '>' ? strchr(name, '<') : NULL;
    search->names[search->names_count++] = (struct written_name){(const uint8_t *)name, length + 1};
    if (!arguments || arguments == name)
        return true;
    const char *short_name = arena_copy_text(&search->short_names, name, (size_t)(arguments - name));
    if (short_name)
        search->names[search->names_count++] =
            (struct written_name){(const uint8_t *)short_name, (size_t)(arguments - name) + 1};
    return short_name;
}

struct preparing {
    struct name_search *search;
    const struct unit_tables *all;
};

static void rank_prepare(void *context, size_t rank)
{
    const struct preparing *preparing = context;
    struct file_search *file = &preparing->search->files[rank];
    file->is_ready = file_prepare(file, preparing->all->data[rank], preparing->search);
}

struct error *name_search_create(const struct unit_table *table, const char *const *names, size_t count,
                                 unsigned threads, struct name_search **result)
{
    struct name_search *search = calloc(1, sizeof(*search));
    if (!search)
        return &error_out_of_memory;
    search->names = calloc(3 * count + 1, sizeof(*search->names));
    bool ready = search->names != NULL;
    for (size_t i = 0; ready && i < count; i++) {
        const char *last = name_last_part(names[i], NAME_SCOPES);
        ready = search_add_name(search, last);
        // rustc writes some with all of it: "<T as Trait>::{vtable_type}", "alloc::boxed::Box<[u8], alloc::alloc::Global>".
        if (ready && last != names[i])
            search->names[search->names_count++] =
                (struct written_name){(const uint8_t *)names[i], strlen(names[i]) + 1};
    }
    const struct unit_tables *all = table->all;
    search->files = calloc(all->length, sizeof(*search->files));
    ready = ready && search->files;
    if (ready) {
        struct preparing preparing = {search, all};
        search->files_count = all->length;
        slices_run(all->length, threads, rank_prepare, &preparing);
    }
    for (size_t rank = 0; ready && rank < all->length; rank++)
        ready = search->files[rank].is_ready;
    if (!ready) {
        name_search_free(search);
        return &error_out_of_memory;
    }
    *result = search;
    return NULL;
}

void name_search_free_at(struct name_search **pointer)
{
    name_search_free(*pointer);
}

// Is there an entry of the part [start, end) of .debug_str_offsets that is wanted?
static bool part_indexes_name(const struct file_search *file, const struct unit *unit, uint64_t start,
                              uint64_t end)
{
    enum { STRADDLING_MOST = 64 }; // hits between two entries; where there are more, the unit is read
    const struct positions *indexed = &file->indexed;
    const unsigned entry_bytes = unit->offset_bytes;
    const unsigned low_half = entry_bytes == 8 && file->table->object->big_endian ? 4 : 0;
    size_t low = 0, high = indexed->length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (indexed->data[middle] < start + low_half)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < indexed->length; i++) {
        const uint64_t entry = indexed->data[i] - low_half;
        if (entry > end || end - entry < entry_bytes)
            return false;
        if ((entry - start) % entry_bytes == 0 || i - low >= STRADDLING_MOST)
            return true;
    }
    return false;
}

// Does the unit's part of .debug_str_offsets hold one of the offsets? Its part ends where its header says;
// without a header (GNU's split DWARF 4) it ends with the section.
static bool unit_indexes_name(const struct file_search *file, const struct unit *unit)
{
    const struct object *object = file->table->object;
    struct bytes section = object->sections[SECTION_STR_OFFSETS];
    if (section.size_bytes == 0 || file->str_offsets.length == 0 ||
        unit->str_offsets_base > section.size_bytes)
        return false;
    uint64_t end = section.size_bytes;
    const unsigned header_bytes = unit->offset_bytes == 8 ? 16 : 8;
    if (unit->version >= 5 && unit->str_offsets_base >= header_bytes) {
        struct byte_reader header = byte_reader_over(section, object->big_endian);
        byte_reader_seek(&header, unit->str_offsets_base - header_bytes + (unit->offset_bytes == 8 ? 4 : 0));
        uint64_t length = byte_reader_sized(&header, unit->offset_bytes);
        uint64_t claimed = unit->str_offsets_base - 4 + length; // the length counts from behind itself
        if (!header.failed && length >= 4 && claimed < end && claimed > unit->str_offsets_base)
            end = claimed;
    }
    return section.size_bytes > UINT32_MAX || part_indexes_name(file, unit, unit->str_offsets_base, end);
}

// Adds the places in [block, block_end) at which a name itself begins; it may end in the next block.
static bool add_names(const struct name_search *search, const uint8_t *block, const uint8_t *block_end,
                      const uint8_t *end, const uint8_t *header, struct positions *positions)
{
    for (size_t i = 0; i < search->names_count; i++) {
        const struct written_name *name = &search->names[i];
        const uint8_t *limit =
            (size_t)(end - block_end) < name->length - 1 ? end : block_end + name->length - 1;
        for (const uint8_t *p = block; (p = text_search(p, limit, name->bytes, name->length)); p++)
            if (!vec_push(positions, (uint32_t)(p - header)))
                return false;
    }
    return true;
}

struct error *name_search_unit(const struct name_search *search, const struct unit *unit,
                               struct name_hits *hits)
{
    const struct file_search *file = &search->files[unit->table->rank];
    struct positions *positions = &hits->positions;
    positions->length = 0;
    hits->everything = unit->end_offset - unit->offset > UINT32_MAX || unit_indexes_name(file, unit) ||
                       unit->table->alternate; // names may stand in that file
    if (hits->everything)
        return NULL;
    const uint8_t *header = unit->table->object->sections[unit->section].data + unit->offset;
    const uint8_t *end = header + (unit->end_offset - unit->offset);
    for (const uint8_t *block = header; block < end;) {
        const uint8_t *block_end = end - block > BLOCK_BYTES ? block + BLOCK_BYTES : end;
        if (!number_set_search(file->numbers, block, block_end, end, header, positions) ||
            !add_names(search, block, block_end, end, header, positions))
            return &error_out_of_memory;
        block = block_end;
    }
    positions_sort(positions);
    return NULL;
}

// May the DIE of that abbrev, with what follows its code, give its name to a type?
static bool may_define(const struct unit_view *view, const struct abbrev *abbrev, const uint8_t *behind)
{
    uint64_t values[FIELDS_COUNT];
    if (language_has_scopes(view->unit->language) || view->abbrevs->completes_types)
        return true;
    if (abbrev->role != ROLE_VARIABLE && !(abbrev->fields >> FIELD_DECLARATION & 1))
        return true;
    return !die_read(&view->stream, abbrev, behind, values) || name_may_define(view, abbrev, values);
}

// Is there a code before `value`, of whatever length, whose abbrev is one of a type with its name at
// `name_at`?
static bool follows_type_code(const struct unit_view *view, const uint8_t *value, unsigned name_at)
{
    const uint8_t *const first = view->stream.section + view->unit->die_offset;
    const uint8_t *start = value - name_at;
    if (start <= first || start[-1] >= 0x80)
        return false;
    do {
        uint64_t code;
        load_uleb(--start, &code);
        const struct abbrev *abbrev = abbrev_find(view->abbrevs, code);
        if (abbrev && role_names_type(abbrev->role) && abbrev->name_at == name_at &&
            may_define(view, abbrev, value - name_at))
            return true;
    } while (start > first && start[-1] >= 0x80);
    return false;
}

static bool may_name_type(const struct unit_view *view, uint32_t position)
{
    const uint8_t *const header = view->stream.section + view->unit->offset;
    if (position < view->unit->die_offset - view->unit->offset)
        return false;
    for (uint64_t places = view->abbrevs->type_names_at; places; places &= places - 1) {
        const unsigned name_at = (unsigned)__builtin_ctzll(places);
        if (position >= name_at && follows_type_code(view, header + position, name_at))
            return true;
    }
    return false;
}

void name_hits_keep_types(struct name_hits *hits, const struct unit_view *view)
{
    if (view->abbrevs->type_names_at == NAMES_ANYWHERE)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < hits->positions.length; i++)
        if (may_name_type(view, hits->positions.data[i]))
            hits->positions.data[kept++] = hits->positions.data[i];
    hits->positions.length = kept;
}
