// SPDX-License-Identifier: MIT
#include "dwarf/line_files.h"

#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/die_decode.h"

#include <string.h>

// Several units may share a table. What differs between them (their folder, and where their indexed texts
// start) is asked of the unit each time, never kept from the one that came first.
struct line_text {
    const char *text; // borrowed from the section; NULL: none, or indexed
    bool is_indexed;
    uint64_t index; // in the unit's part of .debug_str_offsets
};

struct line_file {
    struct line_text name;
    uint64_t folder;
    const char *full_name; // folder and name, put together when first asked for; not of indexed ones
};

// Entries of DWARF 5 that are all of one length, as compilers write them: each is found by its number and read when
// it is asked for. Of a few hundred files of a unit a handful is.
struct even_entries {
    const uint8_t *start; // NULL: they are not even, and were read one by one
    size_t count;
    unsigned entry_bytes, path_at, folder_at;
    enum section_id texts;
    bool has_folder;
};

struct line_files {
    struct arena *arena;
    unsigned offset_bytes;
    struct line_text *folders; // [0] is the compilation's own: from DWARF 5 on it stands there
    size_t folders_count;
    struct line_file *files; // NULL where they are even
    const char **full_names; // of even ones, by number; as in struct line_file
    struct even_entries even;
    size_t files_count;
    uint64_t first_index; // 1 before DWARF 5: file 0 does not exist there
};

// What one entry of a DWARF 5 table is made of: pairs of content type and form.
enum { ENTRY_FIELDS_LIMIT = 16 };

struct entry_format {
    struct {
        uint64_t content, form;
    } fields[ENTRY_FIELDS_LIMIT];
    unsigned fields_count;
};

struct header {
    struct byte_reader reader;
    const struct unit *unit; // any of those that have the table
    uint16_t version;
    unsigned offset_bytes;
};

typedef VEC(struct line_text) folder_list;
typedef VEC(struct line_file) file_list;

static bool header_open(struct header *header, const struct unit *unit)
{
    const struct object *object = unit->table->object;
    struct bytes section = object->sections[SECTION_LINE];
    if (!unit->has_line_table || unit->line_table_offset >= section.size_bytes)
        return false;
    section.data += unit->line_table_offset;
    section.size_bytes -= unit->line_table_offset;
    *header = (struct header){.reader = byte_reader_over(section, object->big_endian), .unit = unit};
    struct byte_reader *reader = &header->reader;
    uint64_t length = byte_reader_u32(reader);
    header->offset_bytes = length == UINT32_MAX ? 8 : 4; // DWARF 5 section 7.4
    if (header->offset_bytes == 8)
        length = byte_reader_u64(reader);
    if (reader->failed)
        return false;
    if (length < byte_reader_left(reader)) // no table reads beyond its own end
        reader->end = reader->position + length;
    header->version = byte_reader_u16(reader);
    if (header->version < 2 || header->version > 5)
        return false;
    if (header->version == 5)
        byte_reader_skip(reader, 2);                        // address_size, segment_selector_size
    byte_reader_skip(reader, header->offset_bytes);         // header_length
    byte_reader_skip(reader, header->version >= 4 ? 5 : 4); // minimum_instruction_length to line_range
    uint8_t opcode_base = byte_reader_u8(reader);
    byte_reader_skip(reader, opcode_base > 0 ? opcode_base - 1u : 0); // standard_opcode_lengths
    return !reader->failed;
}

// Version 2 to 4: folders and files are lists of texts, each ended by an empty one; both count from 1.
static bool read_old_tables(struct header *header, folder_list *folders, file_list *files)
{
    struct byte_reader *reader = &header->reader;
    if (!vec_push(folders, (struct line_text){0}))
        return false;
    for (;;) {
        const char *folder = byte_reader_text(reader);
        if (reader->failed || !*folder)
            break;
        if (!vec_push(folders, (struct line_text){.text = folder}))
            return false;
    }
    while (!reader->failed) {
        const char *name = byte_reader_text(reader);
        uint64_t folder = *name ? byte_reader_uleb(reader) : 0;
        if (!*name)
            break;
        byte_reader_uleb(reader); // time of change
        byte_reader_uleb(reader); // size
        if (!reader->failed && !vec_push(files, (struct line_file){.name.text = name, .folder = folder}))
            return false;
    }
    return true;
}

// The text as `unit` sees it; NULL when it is not there.
static const char *text_of(const struct line_files *files, const struct unit *unit,
                           const struct line_text *text)
{
    const struct object *object = unit->table->object;
    uint64_t offset;
    if (!text->is_indexed)
        return text->text;
    if (__builtin_mul_overflow(text->index, (uint64_t)files->offset_bytes, &offset) ||
        __builtin_add_overflow(offset, unit->str_offsets_base, &offset))
        return NULL;
    struct byte_reader entry = byte_reader_over(object->sections[SECTION_STR_OFFSETS], object->big_endian);
    byte_reader_seek(&entry, offset);
    uint64_t text_offset = byte_reader_sized(&entry, files->offset_bytes);
    return entry.failed ? NULL : bytes_text_at(object->sections[SECTION_STR], text_offset);
}

// One field's value. Forms as DWARF 5 section 6.2.4.1 allows them, and those that compilers use besides.
// False for a form whose size is not known: nothing behind it can be read.
static bool read_field(struct header *header, uint64_t form, struct line_text *text, uint64_t *number)
{
    struct byte_reader *reader = &header->reader;
    const struct bytes *sections = header->unit->table->object->sections;
    const struct unit_table *alternate = header->unit->table->alternate;
    *text = (struct line_text){0};
    *number = 0;
    switch (form) {
    case FORM_string:
        text->text = byte_reader_text(reader);
        break;
    case FORM_line_strp:
        text->text =
            bytes_text_at(sections[SECTION_LINE_STR], byte_reader_sized(reader, header->offset_bytes));
        break;
    case FORM_strp:
        text->text = bytes_text_at(sections[SECTION_STR], byte_reader_sized(reader, header->offset_bytes));
        break;
    case FORM_strp_sup: {
        uint64_t offset = byte_reader_sized(reader, header->offset_bytes);
        text->text = alternate ? bytes_text_at(alternate->object->sections[SECTION_STR], offset) : NULL;
        break;
    }
    case FORM_strx:
        *text = (struct line_text){.is_indexed = true, .index = byte_reader_uleb(reader)};
        break;
    case FORM_strx1:
        *text = (struct line_text){.is_indexed = true, .index = byte_reader_u8(reader)};
        break;
    case FORM_strx2:
        *text = (struct line_text){.is_indexed = true, .index = byte_reader_u16(reader)};
        break;
    case FORM_strx3:
        *text = (struct line_text){.is_indexed = true, .index = byte_reader_sized(reader, 3)};
        break;
    case FORM_strx4:
        *text = (struct line_text){.is_indexed = true, .index = byte_reader_u32(reader)};
        break;
    case FORM_udata:
        *number = byte_reader_uleb(reader);
        break;
    case FORM_data1:
        *number = byte_reader_u8(reader);
        break;
    case FORM_data2:
        *number = byte_reader_u16(reader);
        break;
    case FORM_data4:
        *number = byte_reader_u32(reader);
        break;
    case FORM_data8:
        *number = byte_reader_u64(reader);
        break;
    case FORM_data16:
        byte_reader_skip(reader, 16);
        break;
    case FORM_block:
        byte_reader_skip(reader, byte_reader_uleb(reader));
        break;
    case FORM_block1:
        byte_reader_skip(reader, byte_reader_u8(reader));
        break;
    default:
        return false;
    }
    return !reader->failed;
}

// How many bytes the field takes in every entry; 0: that differs, or it is not one of the common forms.
// DW_FORM_udata is taken for one byte: entries_are_even looks whether it is.
static unsigned even_bytes(uint64_t form, unsigned offset_bytes)
{
    switch (form) {
    case FORM_line_strp:
    case FORM_strp:
        return offset_bytes;
    case FORM_udata:
    case FORM_data1:
        return 1;
    case FORM_data2:
        return 2;
    case FORM_data16:
        return 16;
    default:
        return 0;
    }
}

// Passes over the entries where they are even.
static bool entries_are_even(struct header *header, const struct entry_format *format, uint64_t count,
                             struct even_entries *even)
{
    struct byte_reader *reader = &header->reader;
    struct even_entries found = {.start = reader->position};
    bool has_path = false;
    for (unsigned i = 0; i < format->fields_count; i++) {
        const uint64_t content = format->fields[i].content, form = format->fields[i].form;
        const unsigned field_bytes = even_bytes(form, header->offset_bytes);
        const bool is_text = form == FORM_line_strp || form == FORM_strp;
        const bool is_small = form == FORM_udata || form == FORM_data1;
        if (!field_bytes || (content == LNCT_path && (has_path || !is_text)) ||
            (content == LNCT_directory_index && (found.has_folder || !is_small)) ||
            (content != LNCT_directory_index && form == FORM_udata))
            return false;
        if (content == LNCT_path) {
            has_path = true;
            found.path_at = found.entry_bytes;
            found.texts = form == FORM_line_strp ? SECTION_LINE_STR : SECTION_STR;
        } else if (content == LNCT_directory_index) {
            found.has_folder = true;
            found.folder_at = found.entry_bytes;
        }
        found.entry_bytes += field_bytes;
    }
    if (!has_path || count > byte_reader_left(reader) / found.entry_bytes)
        return false;
    const uint8_t *folder = found.start + found.folder_at;
    for (uint64_t i = 0; found.has_folder && i < count; i++, folder += found.entry_bytes)
        if (*folder >= 0x80) // a longer number, or one that is no small one of a byte
            return false;
    found.count = count;
    byte_reader_skip(reader, count * found.entry_bytes);
    *even = found;
    return true;
}

// The name, and the number of its folder.
static struct line_file even_file(const struct line_files *files, const struct unit *unit, size_t number)
{
    const struct object *object = unit->table->object;
    const struct even_entries *even = &files->even;
    const uint8_t *entry = even->start + number * even->entry_bytes, *path = entry + even->path_at;
    const uint64_t offset =
        files->offset_bytes == 8 ? load_u64(path, object->big_endian) : load_u32(path, object->big_endian);
    return (struct line_file){.name.text = bytes_text_at(object->sections[even->texts], offset),
                              .folder = even->has_folder ? entry[even->folder_at] : 0};
}

// DWARF 5: the format of an entry, the number of entries, then the entries. Returns false when what follows
// cannot be found any more, or memory is short (*has_memory); what was read stands. `even` NULL: all are read.
static bool read_new_table(struct header *header, file_list *entries, struct even_entries *even,
                           bool *has_memory)
{
    struct byte_reader *reader = &header->reader;
    struct entry_format format = {.fields_count = byte_reader_u8(reader)};
    if (format.fields_count > ENTRY_FIELDS_LIMIT)
        return false;
    for (unsigned i = 0; i < format.fields_count; i++) {
        format.fields[i].content = byte_reader_uleb(reader);
        format.fields[i].form = byte_reader_uleb(reader);
    }
    uint64_t count = byte_reader_uleb(reader);
    // Every entry takes a byte at least, so a wrong count ends with the bytes.
    if (reader->failed || (format.fields_count == 0 && count > 0))
        return false;
    if (even && entries_are_even(header, &format, count, even))
        return true;
    for (uint64_t i = 0; i < count; i++) {
        struct line_file entry = {0};
        for (unsigned f = 0; f < format.fields_count; f++) {
            struct line_text text;
            uint64_t number;
            if (!read_field(header, format.fields[f].form, &text, &number))
                return false;
            if (format.fields[f].content == LNCT_path)
                entry.name = text;
            else if (format.fields[f].content == LNCT_directory_index)
                entry.folder = number;
        }
        *has_memory = vec_push(entries, entry);
        if (!*has_memory)
            return false;
    }
    return true;
}

static bool read_new_tables(struct header *header, folder_list *folders, file_list *files,
                            struct even_entries *even)
{
    bool has_memory = true;
    file_list folder_entries = {0};
    if (read_new_table(header, &folder_entries, NULL, &has_memory))
        read_new_table(header, files, even, &has_memory);
    for (size_t i = 0; i < folder_entries.length && has_memory; i++)
        has_memory = vec_push(folders, folder_entries.data[i].name);
    vec_free(&folder_entries);
    return has_memory;
}

struct error *line_files_read(const struct unit *unit, struct arena *arena, struct line_files **files_read)
{
    struct header header;
    *files_read = NULL;
    if (!header_open(&header, unit))
        return NULL;
    folder_list folders = {0};
    file_list files = {0};
    struct even_entries even = {0};
    const bool has_memory = header.version == 5 ? read_new_tables(&header, &folders, &files, &even)
                                                : read_old_tables(&header, &folders, &files);
    const size_t count = even.count ? even.count : files.length;
    struct line_files *result = count > 0 && has_memory ? arena_alloc(arena, sizeof(*result)) : NULL;
    if (result) {
        *result =
            (struct line_files){.arena = arena,
                                .offset_bytes = header.offset_bytes,
                                .first_index = header.version == 5 ? 0 : 1,
                                .even = even,
                                .folders = arena_alloc_array(arena, folders.length, sizeof(*folders.data))};
        if (result->folders && folders.length > 0) {
            memcpy(result->folders, folders.data, folders.length * sizeof(*folders.data));
            result->folders_count = folders.length;
        }
        if (even.count)
            result->full_names = arena_alloc_array(arena, count, sizeof(*result->full_names));
        else
            result->files = arena_alloc_array(arena, count, sizeof(*result->files));
        if (result->files)
            memcpy(result->files, files.data, count * sizeof(*result->files));
        if (result->files || result->full_names)
            result->files_count = count;
    }
    const bool is_whole =
        has_memory && (!count || (result && result->files_count && (result->folders || !folders.length)));
    vec_free(&folders);
    vec_free(&files);
    *files_read = result;
    return is_whole ? NULL : &error_out_of_memory;
}

const char *line_files_folder(const struct line_files *files, const struct unit *unit)
{
    if (unit->folder)
        return unit->folder;
    return files->folders_count ? text_of(files, unit, &files->folders[0]) : NULL;
}

// NULL when the folder is the compilation's own or not there.
static const char *foreign_folder(const struct line_files *files, const struct unit *unit, uint64_t index)
{
    const char *folder =
        index > 0 && index < files->folders_count ? text_of(files, unit, &files->folders[index]) : NULL;
    if (!folder || !*folder || strcmp(folder, ".") == 0)
        return NULL;
    const char *own = line_files_folder(files, unit);
    return own && strcmp(folder, own) == 0 ? NULL : folder;
}

static const char *joined(struct arena *arena, const char *folder, const char *name)
{
    const size_t folder_bytes = strlen(folder), name_bytes = strlen(name);
    const bool has_slash = folder[folder_bytes - 1] == '/';
    char *text = arena_alloc(arena, folder_bytes + 1 + name_bytes + 1);
    if (!text)
        return NULL;
    memcpy(text, folder, folder_bytes);
    text[folder_bytes] = '/';
    memcpy(text + folder_bytes + !has_slash, name, name_bytes + 1);
    return text;
}

const char *line_files_name(struct line_files *files, const struct unit *unit, uint64_t index)
{
    if (index < files->first_index || index - files->first_index >= files->files_count)
        return NULL;
    const size_t number = (size_t)(index - files->first_index);
    const struct line_file file = files->files ? files->files[number] : even_file(files, unit, number);
    const char *name = text_of(files, unit, &file.name);
    const char *folder = name && name[0] != '/' ? foreign_folder(files, unit, file.folder) : NULL;
    if (!folder)
        return name;
    if (file.name.is_indexed || files->folders[file.folder].is_indexed)
        return joined(files->arena, folder, name);
    const char **full_name = files->files ? &files->files[number].full_name : &files->full_names[number];
    if (!*full_name)
        *full_name = joined(files->arena, folder, name);
    return *full_name;
}

const char *line_file_name(const struct unit *unit, uint64_t index, struct arena *arena)
{
    struct line_files *files;
    return !line_files_read(unit, arena, &files) && files ? line_files_name(files, unit, index) : NULL;
}
