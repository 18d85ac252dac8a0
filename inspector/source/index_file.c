// SPDX-License-Identifier: MIT
#include "source/index_file.h"

#include "base/platform.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

// Of this machine, in its byte order: no cache is carried to another.
struct file_head {
    char magic[8];
    uint32_t version, head_bytes;
    uint64_t checksum; // of all that follows it
    uint64_t total_bytes;
    struct index_key key;
    struct index_facts facts;
    uint64_t units_count, items_count;
    uint64_t records_count, names_bytes;
};

struct file_record {
    uint64_t offset; // of the DIE, in its section
    uint64_t size_bytes, declared_file, declared_line, shape, outline;
    uint64_t name_hash; // which is the same in every run
    uint64_t name; // where it begins among the names
    uint32_t unit; // its number in the table
    uint32_t members_count, copies;
    uint8_t kind, size_known, has_variants, named_by_typedef;
};

static const char MAGIC[8] = "strataI";
enum { VERSION = 2, CHECKED_FROM = offsetof(struct file_head, total_bytes) };

static uint64_t checksum_of(const uint8_t *data, size_t size_bytes)
{
    return XXH3_64bits(data + CHECKED_FROM, size_bytes - CHECKED_FROM);
}

static void checksum_set(uint8_t *data, size_t size_bytes)
{
    const uint64_t checksum = checksum_of(data, size_bytes);
    memcpy(data + offsetof(struct file_head, checksum), &checksum, sizeof(checksum));
}

static struct file_record record_of(const struct type_index_entry *entry)
{
    struct file_record record;
    memset(&record, 0, sizeof(record)); // the bytes between, too
    const struct die_ref ref = die_ref_of(entry->id);
    record.offset = ref.offset;
    record.unit = ref.unit->number;
    record.size_bytes = entry->size_bytes;
    record.declared_file = entry->declared_file;
    record.declared_line = entry->declared_line;
    record.shape = entry->shape;
    record.outline = entry->outline;
    record.name_hash = entry->name_hash;
    record.members_count = entry->members_count;
    record.copies = entry->copies;
    record.kind = (uint8_t)entry->kind;
    record.size_known = entry->size_known;
    record.has_variants = entry->has_variants;
    record.named_by_typedef = entry->named_by_typedef;
    return record;
}

void index_file_write(const struct type_index *index, const struct unit_table *table,
                      const struct index_key *key, const struct index_facts *facts, struct output *output)
{
    struct file_head head;
    memset(&head, 0, sizeof(head));
    memcpy(head.magic, MAGIC, sizeof(MAGIC));
    head.version = VERSION;
    head.head_bytes = sizeof(head);
    head.key = *key;
    head.facts = *facts;
    head.units_count = table->units_count;
    head.items_count = index->items_count;
    head.records_count = index->entries_count;
    for (size_t i = 0; i < index->entries_count; i++)
        head.names_bytes += strlen(index->entries[i].name) + 1;
    head.total_bytes = sizeof(head) + head.records_count * sizeof(struct file_record) + head.names_bytes;
    const size_t start = output->length;
    output_bytes(output, (const char *)&head, sizeof(head));
    uint64_t name = 0;
    for (size_t i = 0; i < index->entries_count; i++) {
        struct file_record record = record_of(&index->entries[i]);
        record.name = name;
        name += strlen(index->entries[i].name) + 1;
        output_bytes(output, (const char *)&record, sizeof(record));
    }
    for (size_t i = 0; i < index->entries_count; i++)
        output_bytes(output, index->entries[i].name, strlen(index->entries[i].name) + 1);
    if (output->length != start + head.total_bytes)
        return; // memory was short: output_finish says so
    checksum_set((uint8_t *)output->data + start, (size_t)head.total_bytes);
}

// Where the parts are, of bytes whose lengths are known to fit.
struct file_parts {
    const struct file_head *head;
    const struct file_record *records;
    const char *names;
};

static struct file_parts parts_of(struct bytes file)
{
    struct file_parts parts = {.head = (const void *)file.data};
    parts.records = (const void *)(file.data + sizeof(struct file_head));
    parts.names = (const char *)(parts.records + parts.head->records_count);
    return parts;
}

static bool lengths_fit(const struct file_head *head, size_t size_bytes)
{
    const uint64_t most = size_bytes; // so that no product below wraps around
    return head->total_bytes == size_bytes && head->records_count <= most / sizeof(struct file_record) &&
           head->names_bytes <= most &&
           head->total_bytes ==
               sizeof(*head) + head->records_count * sizeof(struct file_record) + head->names_bytes;
}

static bool is_kind_of_index(uint8_t kind)
{
    return kind <= TYPE_BASE || kind == TYPE_TYPEDEF || kind == TYPE_SUBRANGE || kind == TYPE_STRING ||
           kind == TYPE_UNSPECIFIED || kind == TYPE_OTHER;
}

static bool is_flag(uint8_t value)
{
    return value <= 1;
}

static bool record_holds(const struct file_head *head, const struct file_record *record,
                         const struct file_record *before)
{
    if (record->unit >= head->units_count)
        return false;
    if (before &&
        (before->unit > record->unit || (before->unit == record->unit && before->offset > record->offset)))
        return false; // an index is in the order of the file
    return record->name < head->names_bytes && record->copies > 0 && is_kind_of_index(record->kind) &&
           is_flag(record->size_known) && is_flag(record->has_variants) && is_flag(record->named_by_typedef);
}

static bool facts_hold(const struct index_facts *facts)
{
    return facts->platform <= PLATFORM_WINDOWS && is_flag(facts->big_endian) &&
           is_flag(facts->any_expansion) && is_flag(facts->is_alone);
}

enum index_file_state index_file_judge(struct bytes file, const struct index_key *key)
{
    const struct file_head *head = (const void *)file.data;
    if (file.size_bytes < sizeof(*head) || memcmp(head->magic, MAGIC, sizeof(MAGIC)) != 0)
        return INDEX_FILE_DAMAGED;
    if (head->version != VERSION || head->head_bytes != sizeof(*head))
        return INDEX_FILE_OLD;
    if (!lengths_fit(head, file.size_bytes) || head->checksum != checksum_of(file.data, file.size_bytes))
        return INDEX_FILE_DAMAGED;
    if (memcmp(&head->key, key, sizeof(*key)) != 0)
        return INDEX_FILE_OLD;
    const struct file_parts parts = parts_of(file);
    if ((head->names_bytes && parts.names[head->names_bytes - 1] != '\0') || !facts_hold(&head->facts) ||
        head->units_count > INDEX_FILE_UNITS_MOST)
        return INDEX_FILE_DAMAGED;
    for (uint64_t i = 0; i < head->records_count; i++)
        if (!record_holds(head, &parts.records[i], i ? &parts.records[i - 1] : NULL))
            return INDEX_FILE_DAMAGED;
    return INDEX_FILE_GOOD;
}

const struct index_facts *index_file_facts(struct bytes file)
{
    return &parts_of(file).head->facts;
}

size_t index_file_units_count(struct bytes file)
{
    return (size_t)parts_of(file).head->units_count;
}

uint64_t index_file_checksum(struct bytes file)
{
    return parts_of(file).head->checksum;
}

bool index_file_fits(struct bytes file, const struct unit_table *table)
{
    const struct file_parts parts = parts_of(file);
    if (parts.head->units_count != table->units_count)
        return false;
    for (uint64_t i = 0; i < parts.head->records_count; i++) {
        const struct file_record *record = &parts.records[i];
        const struct unit *unit = &table->units[record->unit];
        if (record->offset < unit->die_offset || record->offset >= unit->end_offset)
            return false;
    }
    return true;
}

// ---- the index again ------------------------------------------------------------------------------------

// Names by their hashes first, which bring no page of the names into memory.
struct wanted {
    const char *const *names;
    uint64_t *hashes;
    size_t count;
};

static bool is_wanted(const struct wanted *wanted, const struct file_parts *parts,
                      const struct file_record *record)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->hashes[i] == record->name_hash &&
            strcmp(wanted->names[i], parts->names + record->name) == 0)
            return true;
    return !wanted->names;
}

static struct type_index_entry entry_of(const struct file_parts *parts, const struct file_record *record,
                                        const struct unit *units)
{
    return (struct type_index_entry){
        .id = {&units[record->unit], record->offset},
        .name = parts->names + record->name,
        .name_hash = record->name_hash,
        .kind = (enum type_kind)record->kind,
        .size_known = record->size_known,
        .has_variants = record->has_variants,
        .named_by_typedef = record->named_by_typedef,
        .size_bytes = record->size_bytes,
        .declared_file = record->declared_file,
        .declared_line = record->declared_line,
        .members_count = record->members_count,
        .copies = record->copies,
        .shape = record->shape,
        .outline = record->outline,
    };
}

static struct error *records_read(const struct file_parts *parts, const struct unit *units,
                                  const struct wanted *wanted, struct type_index *index)
{
    size_t count = wanted->names ? 0 : parts->head->records_count;
    for (uint64_t i = 0; wanted->names && i < parts->head->records_count; i++)
        count += is_wanted(wanted, parts, &parts->records[i]);
    index->entries = malloc((count + 1) * sizeof(*index->entries));
    if (!index->entries)
        return &error_out_of_memory;
    for (uint64_t i = 0; i < parts->head->records_count; i++)
        if (is_wanted(wanted, parts, &parts->records[i]))
            index->entries[index->entries_count++] = entry_of(parts, &parts->records[i], units);
    return NULL;
}

struct error *index_file_read(struct bytes file, const struct unit *units, const char *const *names,
                              size_t names_count, struct type_index **result)
{
    const struct file_parts parts = parts_of(file);
    struct type_index *index = calloc(1, sizeof(*index));
    struct wanted wanted = {.names = names, .count = names ? names_count : 0};
    wanted.hashes = calloc(wanted.count + 1, sizeof(*wanted.hashes));
    struct error *error = index && wanted.hashes ? NULL : &error_out_of_memory;
    for (size_t i = 0; i < wanted.count && !error; i++)
        wanted.hashes[i] = type_index_name_hash(names[i]);
    if (!error) {
        arena_init(&index->arena);
        index->items_count = parts.head->items_count;
        error = records_read(&parts, units, &wanted, index);
    }
    free(wanted.hashes);
    if (error)
        type_index_free(index);
    else
        *result = index;
    return error;
}

// ---- what was computed from it --------------------------------------------------------------------------

struct part_head {
    char magic[8];
    uint32_t version, head_bytes;
    uint64_t checksum; // as in file_head
    uint64_t total_bytes;
    struct index_key key;
    uint64_t index_checksum;
};

static_assert(offsetof(struct part_head, checksum) == offsetof(struct file_head, checksum) &&
                  offsetof(struct part_head, total_bytes) == CHECKED_FROM,
              "one checksum for both");

static const char PART_MAGIC[8] = "strataP";
enum { PART_VERSION = 1 };

void part_file_write(struct bytes part, const struct index_key *key, uint64_t index_checksum,
                     struct output *output)
{
    struct part_head head;
    memset(&head, 0, sizeof(head));
    memcpy(head.magic, PART_MAGIC, sizeof(PART_MAGIC));
    head.version = PART_VERSION;
    head.head_bytes = sizeof(head);
    head.total_bytes = sizeof(head) + part.size_bytes;
    head.key = *key;
    head.index_checksum = index_checksum;
    const size_t start = output->length;
    output_bytes(output, (const char *)&head, sizeof(head));
    output_bytes(output, (const char *)part.data, part.size_bytes);
    if (output->length == start + head.total_bytes) // else memory was short: output_finish says so
        checksum_set((uint8_t *)output->data + start, (size_t)head.total_bytes);
}

enum index_file_state part_file_judge(struct bytes file, const struct index_key *key, uint64_t index_checksum,
                                      struct bytes *part)
{
    const struct part_head *head = (const void *)file.data;
    if (file.size_bytes < sizeof(*head) || memcmp(head->magic, PART_MAGIC, sizeof(PART_MAGIC)) != 0)
        return INDEX_FILE_DAMAGED;
    if (head->version != PART_VERSION || head->head_bytes != sizeof(*head))
        return INDEX_FILE_OLD;
    if (head->total_bytes != file.size_bytes || head->checksum != checksum_of(file.data, file.size_bytes))
        return INDEX_FILE_DAMAGED;
    if (memcmp(&head->key, key, sizeof(*key)) != 0 || head->index_checksum != index_checksum)
        return INDEX_FILE_OLD;
    *part = (struct bytes){file.data + sizeof(*head), file.size_bytes - sizeof(*head)};
    return INDEX_FILE_GOOD;
}
