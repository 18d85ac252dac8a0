#include "dwarf/abbrev.h"

#include "base/vec.h"
#include "dwarf/abbrev_compile.h"
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

// Attributes of the standard are below this number: a bit each tells whether it has come before.
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

struct coded_abbrev {
    uint64_t code;
    struct abbrev abbrev;
};

static int coded_abbrev_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct coded_abbrev *)a)->code, right = ((const struct coded_abbrev *)b)->code;
    return (left > right) - (left < right);
}

typedef VEC(struct coded_abbrev) coded_abbrevs;

static void coded_abbrevs_free_at(coded_abbrevs *abbrevs)
{
    vec_free(abbrevs);
}

static struct abbrev_table table_key(const struct unit *unit)
{
    return (struct abbrev_table){.owner = unit->table,
                                 .offset = unit->abbrev_offset,
                                 .version = (uint8_t)unit->version,
                                 .address_bytes = unit->address_bytes,
                                 .offset_bytes = unit->offset_bytes};
}

// Compilers number abbrevs 1, 2, 3 …: those are looked up by index. Whatever does not fit stays sorted behind
// them.
static struct error *table_arrange(struct abbrev_table *table, const coded_abbrevs *abbrevs,
                                   const struct unit *unit)
{
    size_t count = abbrevs->length;
    for (size_t i = 1; i < count; i++)
        if (abbrevs->data[i].code == abbrevs->data[i - 1].code)
            return abbrev_error(unit, unit->abbrev_offset, "the table declares twice the code",
                                abbrevs->data[i].code);
    table->abbrevs_count = count;
    table->dense = calloc(count + 1, sizeof(*table->dense));
    if (!table->dense)
        return &error_out_of_memory;
    while (table->dense_count < count && abbrevs->data[table->dense_count].code == table->dense_count + 1)
        table->dense_count++;
    for (size_t i = 0; i < count; i++)
        table->dense[i] = abbrevs->data[i].abbrev;
    size_t sparse_count = count - table->dense_count;
    if (sparse_count == 0)
        return NULL;
    table->sparse_codes = calloc(sparse_count, sizeof(*table->sparse_codes));
    if (!table->sparse_codes)
        return &error_out_of_memory;
    for (size_t i = 0; i < sparse_count; i++)
        table->sparse_codes[i] = abbrevs->data[table->dense_count + i].code;
    return NULL;
}

struct error *abbrev_table_compile(const struct unit *unit, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct abbrev_source source = abbrev_source_of(unit);
    struct compiler compiler CLEANUP(compiler_free_at);
    compiler_start(&compiler, unit);
    coded_abbrevs abbrevs CLEANUP(coded_abbrevs_free_at) = {0};
    struct declaration declaration;
    bool sorted = true;
    for (;;) {
        RETURN_IF_ERROR(declaration_read(&source, false, &declaration));
        if (declaration.code == 0)
            break;
        struct coded_abbrev coded = {declaration.code, compile_abbrev(&compiler, &declaration)};
        sorted = sorted && (abbrevs.length == 0 || abbrevs.data[abbrevs.length - 1].code < coded.code);
        if (!vec_push(&abbrevs, coded))
            return &error_out_of_memory;
        if (compiler.code.length > UINT32_MAX / 2)
            return abbrev_error(unit, unit->abbrev_offset,
                                "the table is too large; abbrevs:", abbrevs.length);
    }
    if (!sorted)
        qsort(abbrevs.data, abbrevs.length, sizeof(*abbrevs.data), coded_abbrev_compare);
    struct error *error = table_arrange(table, &abbrevs, unit);
    if (!error)
        error = compiler_finish(&compiler, table);
    if (error)
        abbrev_table_free(table);
    return error;
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

struct error *abbrev_compile_root(const struct unit *unit, uint64_t code, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct abbrev_source source = abbrev_source_of(unit);
    struct compiler compiler CLEANUP(compiler_free_at);
    compiler_start(&compiler, unit);
    struct declaration declaration;
    RETURN_IF_ERROR(source_find(&source, code));
    RETURN_IF_ERROR(declaration_read(&source, true, &declaration));
    struct abbrev abbrev = compile_abbrev(&compiler, &declaration);
    table->dense = calloc(1, sizeof(*table->dense));
    if (!table->dense)
        return &error_out_of_memory;
    table->dense[0] = abbrev;
    table->abbrevs_count = 1;
    struct error *error = compiler_finish(&compiler, table);
    if (error)
        abbrev_table_free(table);
    return error;
}

void abbrev_table_free(struct abbrev_table *table)
{
    free(table->dense);
    free(table->sparse_codes);
    free(table->code);
    free(table->picks);
    free(table->constants);
    *table = (struct abbrev_table){0};
}

bool abbrev_table_serves(const struct abbrev_table *table, const struct unit *unit)
{
    return table->owner == unit->table && table->offset == unit->abbrev_offset &&
           table->version == unit->version && table->address_bytes == unit->address_bytes &&
           table->offset_bytes == unit->offset_bytes;
}

const struct abbrev *abbrev_find_sparse(const struct abbrev_table *table, uint64_t code)
{
    size_t low = 0, high = table->sparse_codes ? table->abbrevs_count - table->dense_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->sparse_codes[middle] == code)
            return &table->dense[table->dense_count + middle];
        if (table->sparse_codes[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
