// SPDX-License-Identifier: MIT
#include "object/core_notes.h"

#include "base/plain_text.h"

#include <elf.h>
#include <string.h>

// Name size, description size, type, then both, each filled up to 4 bytes (gABI, "Note Section"); what fills up the last one may be missing.
bool object_note_next(struct byte_reader *reader, struct object_note *note)
{
    if (byte_reader_left(reader) < 12)
        return false;
    const uint32_t owner_bytes = byte_reader_u32(reader), text_bytes = byte_reader_u32(reader);
    note->type = byte_reader_u32(reader);
    const struct bytes owner = byte_reader_block(reader, ((uint64_t)owner_bytes + 3) & ~UINT64_C(3));
    note->text = byte_reader_block(reader, text_bytes);
    if (reader->failed)
        return false;
    note->owner = (struct bytes){owner.data, owner_bytes};
    const uint64_t filled = (4 - text_bytes % 4) % 4, left = byte_reader_left(reader);
    byte_reader_skip(reader, filled < left ? filled : left);
    return true;
}

bool object_note_is(const struct object_note *note, uint32_t type, const char *owner)
{
    return note->type == type && note->owner.size_bytes == strlen(owner) + 1 &&
           memcmp(note->owner.data, owner, note->owner.size_bytes) == 0;
}

static void read_segment(struct bytes segment, struct core_notes *notes)
{
    struct byte_reader reader = byte_reader_over(segment, notes->big_endian);
    struct object_note note;
    while (object_note_next(&reader, &note)) {
        if (!notes->auxiliary.size_bytes && object_note_is(&note, NT_AUXV, "CORE"))
            notes->auxiliary = note.text;
        if (!notes->files.size_bytes && object_note_is(&note, NT_FILE, "CORE"))
            notes->files = note.text;
    }
}

struct core_notes core_notes_read(const struct image *core, const struct program_headers *headers)
{
    const struct bytes file = core->file, none = {file.data, 0};
    struct core_notes notes = {.auxiliary = none,
                               .files = none,
                               .word_bytes = core->address_bits / 8,
                               .big_endian = core->big_endian};
    uint64_t budget_bytes = file.size_bytes; // against one large segment of notes under a million headers
    struct program_header header;
    for (uint64_t i = 0; i < headers->count && program_headers_read(headers, i, &header); i++) {
        if (header.type != PT_NOTE || header.offset >= file.size_bytes)
            continue;
        const uint64_t left = file.size_bytes - header.offset;
        const uint64_t held = header.file_bytes < left ? header.file_bytes : left; // less: cut short
        if (held > budget_bytes)
            continue;
        budget_bytes -= held;
        read_segment((struct bytes){file.data + header.offset, held}, &notes);
    }
    return notes;
}

uint64_t auxiliary_value(struct bytes vector, unsigned word_bytes, bool big_endian, uint64_t kind)
{
    struct byte_reader reader = byte_reader_over(vector, big_endian);
    while (byte_reader_left(&reader) >= 2 * (size_t)word_bytes) {
        const uint64_t found = byte_reader_sized(&reader, word_bytes);
        const uint64_t value = byte_reader_sized(&reader, word_bytes);
        if (found == kind)
            return value;
        if (found == AT_NULL)
            break;
    }
    return 0;
}

uint64_t core_notes_auxiliary(const struct core_notes *notes, uint64_t kind)
{
    return auxiliary_value(notes->auxiliary, notes->word_bytes, notes->big_endian, kind);
}

// NT_FILE: count, page size, then start, end, page of each, then their names.
struct mapped_files core_notes_files(const struct core_notes *notes)
{
    struct mapped_files files = {.ranges = byte_reader_over(notes->files, notes->big_endian),
                                 .word_bytes = notes->word_bytes};
    const uint64_t count = byte_reader_sized(&files.ranges, files.word_bytes);
    byte_reader_sized(&files.ranges, files.word_bytes); // the size of a page
    files.names = files.ranges;
    if (files.ranges.failed || count > notes->files.size_bytes / (3 * (size_t)files.word_bytes))
        return files;
    byte_reader_skip(&files.names, count * 3 * files.word_bytes);
    files.left = count;
    return files;
}

bool mapped_files_next(struct mapped_files *files, struct mapped_file *file)
{
    if (!files->left)
        return false;
    files->left--;
    file->begin = byte_reader_sized(&files->ranges, files->word_bytes);
    file->end = byte_reader_sized(&files->ranges, files->word_bytes);
    file->page = byte_reader_sized(&files->ranges, files->word_bytes);
    file->name = byte_reader_text(&files->names);
    return !files->ranges.failed && !files->names.failed;
}

const char *core_notes_program(const struct core_notes *notes)
{
    const uint64_t headers = core_notes_auxiliary(notes, AT_PHDR);
    struct mapped_files files = core_notes_files(notes);
    struct mapped_file file;
    while (mapped_files_next(&files, &file))
        if (headers >= file.begin && headers < file.end)
            return *file.name && text_is_plain(file.name) ? file.name : NULL;
    return NULL;
}
