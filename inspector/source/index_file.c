// SPDX-License-Identifier: MIT
#include "source/index_file.h"

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
    uint64_t units_count, items_count;
    uint64_t records_count, names_bytes;
};

struct file_record {
    uint64_t offset; // of the DIE, in its section
    uint64_t size_bytes, declared_file, declared_line, shape, outline;
    uint64_t name; // where it begins among the names
    uint32_t unit; // its number in the table
    uint32_t members_count, copies;
    uint8_t kind, size_known, has_variants, named_by_typedef;
};

static const char MAGIC[8] = "strataI";
enum { VERSION = 1, CHECKED_FROM = offsetof(struct file_head, total_bytes) };

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
    record.members_count = entry->members_count;
    record.copies = entry->copies;
    record.kind = (uint8_t)entry->kind;
    record.size_known = entry->size_known;
    record.has_variants = entry->has_variants;
    record.named_by_typedef = entry->named_by_typedef;
    return record;
}

void index_file_write(const struct type_index *index, const struct unit_table *table,
                      const struct index_key *key, struct output *output)
{
    struct file_head head;
    memset(&head, 0, sizeof(head));
    memcpy(head.magic, MAGIC, sizeof(MAGIC));
    head.version = VERSION;
    head.head_bytes = sizeof(head);
    head.key = *key;
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
    uint8_t *const bytes = (uint8_t *)output->data + start;
    const uint64_t checksum = XXH3_64bits(bytes + CHECKED_FROM, (size_t)head.total_bytes - CHECKED_FROM);
    memcpy(bytes + offsetof(struct file_head, checksum), &checksum, sizeof(checksum));
}

// Where the parts are, of bytes whose lengths are known to fit.
struct file_parts {
    const struct file_head *head;
    const struct file_record *records;
    const char *names;
};

static struct file_parts parts_of(const uint8_t *data)
{
    struct file_parts parts = {.head = (const void *)data};
    parts.records = (const void *)(data + sizeof(struct file_head));
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

static bool record_holds(const struct file_parts *parts, const struct file_record *record,
                         const struct file_record *before, const struct unit_table *table)
{
    const struct file_head *head = parts->head;
    if (record->unit >= table->units_count)
        return false;
    const struct unit *unit = &table->units[record->unit];
    if (record->offset < unit->die_offset || record->offset >= unit->end_offset)
        return false;
    if (before &&
        (before->unit > record->unit || (before->unit == record->unit && before->offset > record->offset)))
        return false; // an index is in the order of the file
    return record->name < head->names_bytes && record->copies > 0 && is_kind_of_index(record->kind) &&
           is_flag(record->size_known) && is_flag(record->has_variants) && is_flag(record->named_by_typedef);
}

enum index_file_state index_file_judge(const uint8_t *data, size_t size_bytes, const struct index_key *key,
                                       const struct unit_table *table)
{
    const struct file_head *head = (const void *)data;
    if (size_bytes < sizeof(*head) || memcmp(head->magic, MAGIC, sizeof(MAGIC)) != 0)
        return INDEX_FILE_DAMAGED;
    if (head->version != VERSION || head->head_bytes != sizeof(*head))
        return INDEX_FILE_OLD;
    if (!lengths_fit(head, size_bytes) ||
        head->checksum != XXH3_64bits(data + CHECKED_FROM, size_bytes - CHECKED_FROM))
        return INDEX_FILE_DAMAGED;
    if (memcmp(&head->key, key, sizeof(*key)) != 0 || head->units_count != table->units_count)
        return INDEX_FILE_OLD;
    const struct file_parts parts = parts_of(data);
    if (head->names_bytes && parts.names[head->names_bytes - 1] != '\0')
        return INDEX_FILE_DAMAGED;
    for (uint64_t i = 0; i < head->records_count; i++)
        if (!record_holds(&parts, &parts.records[i], i ? &parts.records[i - 1] : NULL, table))
            return INDEX_FILE_DAMAGED;
    return INDEX_FILE_GOOD;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static struct type_index_entry entry_of(const struct file_parts *parts, const struct file_record *record,
                                        const struct unit_table *table)
{
    const char *name = parts->names + record->name;
    return (struct type_index_entry){
        .id = {&table->units[record->unit], record->offset},
        .name = name,
        .name_hash = type_index_name_hash(name),
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

struct error *index_file_read(const uint8_t *data, const struct unit_table *table, const char *const *names,
                              size_t names_count, struct type_index **result)
{
    const struct file_parts parts = parts_of(data);
    struct type_index *index = calloc(1, sizeof(*index));
    if (!index)
        return &error_out_of_memory;
    arena_init(&index->arena);
    index->items_count = parts.head->items_count;
    size_t count = 0;
    for (uint64_t i = 0; names && i < parts.head->records_count; i++)
        count += is_one_of(parts.names + parts.records[i].name, names, names_count);
    index->entries = calloc((names ? count : parts.head->records_count) + 1, sizeof(*index->entries));
    if (!index->entries) {
        type_index_free(index);
        return &error_out_of_memory;
    }
    for (uint64_t i = 0; i < parts.head->records_count; i++)
        if (!names || is_one_of(parts.names + parts.records[i].name, names, names_count))
            index->entries[index->entries_count++] = entry_of(&parts, &parts.records[i], table);
    *result = index;
    return NULL;
}
