// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_table.h"

#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/die_decode.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct error *abbrev_error(const struct unit *unit, uint64_t offset, const char *what, uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: .debug_abbrev+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, offset, what, number);
}

// The bytes of .debug_abbrev from the unit's table on. A number may reach behind the section, where 16 bytes
// are readable.
struct abbrev_source {
    const struct unit *unit;
    const uint8_t *section, *p, *end;
};

static struct abbrev_source abbrev_source_of(const struct unit *unit)
{
    struct bytes section = unit->table->object->sections[SECTION_ABBREV];
    return (struct abbrev_source){unit, section.data, section.data + unit->abbrev_offset,
                                  section.data + unit->abbrev_end};
}

static struct error *attribute_refuse(const struct abbrev_source *source, uint64_t at, uint64_t name,
                                      uint64_t form)
{
    if (form == FORM_indirect)
        return error_create(ERROR_UNSUPPORTED,
                            "%s: .debug_abbrev+0x%" PRIx64 ": attribute 0x%" PRIx64 " in DW_FORM_indirect",
                            source->unit->table->object->debug_path, at, name);
    return abbrev_error(source->unit, at, "unknown form", form);
}

static uint32_t fields_wanted(const struct declaration *declaration)
{
    uint32_t fields = fields_of_role(role_of_tag(declaration->tag));
    return declaration->has_children ? fields : fields & ~BIT(FIELD_SIBLING);
}

// Attributes of the standard are below this number: a bit each, set when it has come before.
enum { ATTRIBUTES_NEAR = 256 };

static bool is_repeated(const struct declaration *declaration, uint64_t name, uint64_t *seen)
{
    if (name < ATTRIBUTES_NEAR) {
        bool before = seen[name / 64] >> name % 64 & 1;
        seen[name / 64] |= UINT64_C(1) << name % 64;
        return before;
    }
    for (unsigned i = 0; i < declaration->attributes_count; i++)
        if (declaration->attributes[i].name == name)
            return true;
    return false;
}

// Where the declaration ends whose tag is at `p`; NULL when that is not before the table's end.
static const uint8_t *declaration_end(const struct abbrev_source *source, const uint8_t *p)
{
    p = skip_leb(p) + 1; // the tag, and whether it has children
    for (uint64_t name = 1, form = 1; (name | form) != 0;) {
        if (p >= source->end)
            return NULL;
        if (LIKELY(p[0] < 0x80 && p[1] < 0x80)) {
            name = p[0];
            form = p[1];
            p += 2;
        } else {
            p = load_uleb(p, &name);
            p = load_uleb(p, &form);
        }
        if (UNLIKELY(form == FORM_implicit_const))
            p = skip_leb(p);
    }
    return p < source->end ? p : NULL;
}

// Reads the declaration at the source; a code of 0 is the table's end.
static struct error *declaration_read(struct abbrev_source *source, bool is_root,
                                      struct declaration *declaration)
{
    const struct unit *unit = source->unit;
    const uint64_t at = (uint64_t)(source->p - source->section);
    const uint8_t *p = load_uleb(source->p, &declaration->code);
    uint64_t seen[ATTRIBUTES_NEAR / 64] = {0};
    declaration->attributes_count = 0;
    declaration->is_fixed = true;
    declaration->big_endian = unit->table->object->big_endian;
    if (declaration->code != 0) {
        p = load_uleb(p, &declaration->tag);
        declaration->has_children = *p++ != 0;
        declaration->wanted = is_root ? FIELDS_OF_ROOT : fields_wanted(declaration);
    }
    while (declaration->code != 0 && p < source->end) {
        uint64_t name, form, implicit_value = 0;
        p = load_uleb(p, &name);
        p = load_uleb(p, &form);
        if (name == 0 && form == 0)
            break;
        unsigned width = width_of_form(form, unit);
        if (width == WIDTH_UNKNOWN)
            return attribute_refuse(source, at, name, form);
        if (is_repeated(declaration, name, seen))
            return abbrev_error(unit, at, "the same attribute twice:", name);
        if (declaration->attributes_count == ATTRIBUTES_MOST)
            return abbrev_error(unit, at, "more attributes than", ATTRIBUTES_MOST);
        if (form == FORM_implicit_const)
            p = load_sleb(p, &implicit_value);
        struct attribute *attribute = &declaration->attributes[declaration->attributes_count++];
        *attribute =
            (struct attribute){name, (uint16_t)form, (uint8_t)width, NO_FIELD, 0, (int64_t)implicit_value};
        attribute_classify(attribute, declaration->wanted, unit);
        declaration->is_fixed &= width < WIDTH_LEB;
    }
    source->p = p;
    if (p > source->end || (p == source->end && declaration->code != 0))
        return abbrev_error(unit, at, "the table does not end in its section; reading abbrev",
                            declaration->code);
    return NULL;
}

static int coded_abbrev_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct coded_abbrev *)a)->code, right = ((const struct coded_abbrev *)b)->code;
    return (left > right) - (left < right);
}

static struct abbrev_table table_key(const struct unit *unit)
{
    return (struct abbrev_table){.owner = unit->table,
                                 .offset = unit->abbrev_offset,
                                 .version = (uint8_t)unit->version,
                                 .address_bytes = unit->address_bytes,
                                 .offset_bytes = unit->offset_bytes};
}

// The abbrev of the declaration at the source, and its code; a code of 0 is the table's end. One that has
// been met before is known by its bytes: what they must not say has been looked for then.
static struct error *abbrev_next(struct abbrev_source *source, struct abbrev_pool *pool, uint64_t *code,
                                 const struct abbrev_brief **brief)
{
    const uint8_t *tag = load_uleb(source->p, code);
    const uint8_t *end = *code != 0 ? declaration_end(source, tag) : NULL;
    struct abbrev_bytes bytes = {0};
    if (LIKELY(end)) {
        bytes = abbrev_bytes_of(source->unit, tag, (size_t)(end - tag));
        *brief = abbrev_pool_find(pool, &bytes);
        if (LIKELY(*brief)) {
            source->p = end;
            return NULL;
        }
    }
    struct declaration declaration;
    RETURN_IF_ERROR(declaration_read(source, false, &declaration));
    *code = declaration.code;
    if (*code != 0)
        *brief = abbrev_pool_add(pool, &bytes, &declaration);
    return *code == 0 || *brief ? NULL : &error_out_of_memory;
}

// What is known of a unit by its abbrevs alone.
static void table_note(struct abbrev_table *table, const struct abbrev_brief *brief)
{
    if (brief->type_name_at != NAME_NOWHERE)
        table->type_names_at |=
            brief->type_name_at == NAME_ANYWHERE ? NAMES_ANYWHERE : UINT64_C(1) << brief->type_name_at;
    table->has_template_parameters |= brief->is_template_parameter;
    table->uses_supplement |= brief->is_of_supplement;
    table->completes_types |= brief->completes_type;
}

// Compilers number abbrevs 1, 2, 3 …: those are looked up by index. Whatever does not fit is sorted.
static struct error *table_read(const struct unit *unit, struct abbrev_pool *pool, struct abbrev_table *table)
{
    struct table_parts *const parts = &pool->parts;
    struct abbrev_source source = abbrev_source_of(unit);
    parts->dense.length = parts->steps.length = parts->sparse.length = 0;
    if (!vec_push(&parts->steps, (struct abbrev_step){0, STEP_END, true, -1, 0, {0}}))
        return &error_out_of_memory;
    for (;;) {
        uint64_t code;
        const struct abbrev_brief *brief = NULL;
        RETURN_IF_ERROR(abbrev_next(&source, pool, &code, &brief));
        if (code == 0)
            return NULL;
        table_note(table, brief);
        const bool is_next = code == parts->dense.length + 1;
        if (!(is_next
                  ? vec_push(&parts->dense, brief->abbrev) && vec_push(&parts->steps, brief->step)
                  : vec_push(&parts->sparse, (struct coded_abbrev){.code = code, .abbrev = brief->abbrev})))
            return &error_out_of_memory;
    }
}

static struct error *sparse_sort(const struct unit *unit, struct table_parts *parts)
{
    const struct coded_abbrev *sparse = parts->sparse.data;
    if (parts->sparse.length)
        qsort(parts->sparse.data, parts->sparse.length, sizeof(*sparse), coded_abbrev_compare);
    for (size_t i = 0; i < parts->sparse.length; i++)
        if (sparse[i].code <= parts->dense.length || (i > 0 && sparse[i].code == sparse[i - 1].code))
            return abbrev_error(unit, unit->abbrev_offset, "the table declares twice the code",
                                sparse[i].code);
    return NULL;
}

// All in one piece of memory.
static bool table_keep(struct abbrev_table *table, const struct table_parts *parts)
{
    const size_t dense_bytes = parts->dense.length * sizeof(*parts->dense.data);
    const size_t sparse_bytes = parts->sparse.length * sizeof(*parts->sparse.data);
    const size_t steps_bytes = parts->steps.length * sizeof(*parts->steps.data);
    char *const memory = malloc(sparse_bytes + dense_bytes + steps_bytes);
    if (!memory)
        return false;
    table->memory = memory;
    table->sparse = (struct coded_abbrev *)(void *)memory;
    table->sparse_count = parts->sparse.length;
    table->dense = (const struct abbrev **)(void *)(memory + sparse_bytes);
    table->dense_count = parts->dense.length;
    table->steps = (struct abbrev_step *)(void *)(memory + sparse_bytes + dense_bytes);
    if (sparse_bytes)
        memcpy(table->sparse, parts->sparse.data, sparse_bytes);
    if (dense_bytes)
        memcpy(table->dense, parts->dense.data, dense_bytes);
    memcpy(table->steps, parts->steps.data, steps_bytes);
    return true;
}

struct error *abbrev_table_compile(const struct unit *unit, struct abbrev_pool *pool,
                                   struct abbrev_table *table)
{
    *table = table_key(unit);
    RETURN_IF_ERROR(table_read(unit, pool, table));
    RETURN_IF_ERROR(sparse_sort(unit, &pool->parts));
    return table_keep(table, &pool->parts) ? NULL : &error_out_of_memory;
}

// Moves to the declaration of `code` without looking at what the others say. Producers number the root's
// anywhere: this passes over whole tables, of each unit before the first is scanned.
static struct error *source_find(struct abbrev_source *source, uint64_t code)
{
    const uint8_t *p = source->p;
    while (p < source->end) {
        uint64_t here, name, form;
        const uint8_t *const start = p;
        p = load_uleb(p, &here);
        if (here == 0)
            break;
        if (here == code) {
            source->p = start;
            return NULL;
        }
        p = skip_leb(p) + 1; // the tag, and whether it has children
        do {
            p = load_uleb(p, &name);
            p = load_uleb(p, &form);
            if (UNLIKELY(form == FORM_implicit_const))
                p = skip_leb(p);
        } while ((name | form) != 0 && p < source->end);
    }
    return abbrev_error(source->unit, source->unit->abbrev_offset,
                        "the table does not declare the root's code", code);
}

uint64_t abbrev_table_end(const struct unit *unit)
{
    const struct abbrev_source source = abbrev_source_of(unit);
    const uint8_t *p = source.p;
    while (p && p < source.end) {
        uint64_t code;
        p = load_uleb(p, &code);
        if (code == 0)
            return (uint64_t)(p - source.section);
        p = declaration_end(&source, p);
    }
    return 0;
}

struct error *abbrev_compile_root(const struct unit *unit, uint64_t code, struct arena *arena,
                                  struct abbrev *abbrev)
{
    struct abbrev_source source = abbrev_source_of(unit);
    CLEANUP(compiler_free) struct compiler compiler = {0};
    struct declaration declaration;
    RETURN_IF_ERROR(source_find(&source, code));
    RETURN_IF_ERROR(declaration_read(&source, true, &declaration));
    return abbrev_compile(&compiler, &declaration, arena, abbrev) ? NULL : &error_out_of_memory;
}

void abbrev_table_free(struct abbrev_table *table)
{
    free(table->memory);
    *table = (struct abbrev_table){0};
}

bool abbrev_table_serves(const struct abbrev_table *table, const struct unit *unit)
{
    return table->owner == unit->table && table->offset == unit->abbrev_offset &&
           table->version == unit->version && table->address_bytes == unit->address_bytes &&
           table->offset_bytes == unit->offset_bytes;
}
