// SPDX-License-Identifier: MIT
#include "object/archive.h"

#include <ar.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const char thin_magic[SARMAG + 1] = "!<thin>\n";

static bool has_magic(struct bytes start, const char *magic)
{
    return start.size_bytes >= SARMAG && !memcmp(start.data, magic, SARMAG);
}

bool archive_is(struct bytes start)
{
    return has_magic(start, ARMAG) || has_magic(start, thin_magic);
}

struct archive_reader archive_read(const char *path, struct bytes file, struct arena *arena)
{
    return (struct archive_reader){
        .path = path, .file = file, .is_thin = has_magic(file, thin_magic), .at = SARMAG, .arena = arena};
}

// A decimal number, padded with spaces; false where it is none.
static bool number_of(const char *field, size_t width, uint64_t *number)
{
    size_t i = 0;
    *number = 0;
    for (; i < width && field[i] >= '0' && field[i] <= '9'; i++)
        if (__builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (uint64_t)(field[i] - '0'), number))
            return false;
    const bool has_digits = i > 0;
    for (; i < width; i++)
        if (field[i] != ' ')
            return false;
    return has_digits;
}

// "12", where a long name is, or "12:3456" with the place of the member in the archive of that name (binutils' nested thin archives).
static bool place_of(const char *field, size_t width, uint64_t *name, uint64_t *origin)
{
    const char *colon = memchr(field, ':', width);
    const size_t name_width = colon ? (size_t)(colon - field) : width;
    *origin = 0;
    return number_of(field, name_width, name) &&
           (!colon || number_of(colon + 1, width - name_width - 1, origin));
}

// No path is longer (PATH_MAX). Without an end, each of a million headers could name megabytes of the one table of names.
enum { NAME_MOST_BYTES = 4096 };

// A long name ends with "/\n" (GNU) or a zero. *length is beyond the most when it does not end there.
static const char *long_name(const struct archive_reader *reader, uint64_t at, size_t *length)
{
    if (at >= reader->names.size_bytes)
        return NULL;
    const char *name = (const char *)reader->names.data + at;
    size_t most = reader->names.size_bytes - at;
    if (most > NAME_MOST_BYTES + 2)
        most = NAME_MOST_BYTES + 2;
    for (*length = 0; *length < most && name[*length] && name[*length] != '\n'; (*length)++)
        ;
    if (*length && name[*length - 1] == '/')
        (*length)--;
    return name;
}

static size_t trimmed(const char *field, size_t width)
{
    while (width && field[width - 1] == ' ')
        width--;
    return width;
}

// One header and what it names: *is_file is false for tables.
static struct error *read_member(struct archive_reader *reader, struct archive_member *member, bool *is_file)
{
    struct ar_hdr header;
    uint64_t size_bytes, number;
    if (!bytes_hold(reader->file, reader->at, sizeof(header)))
        return error_create(ERROR_BAD_FORMAT, "%s+0x%" PRIx64 ": truncated archive", reader->path,
                            reader->at);
    memcpy(&header, reader->file.data + reader->at, sizeof(header));
    if (memcmp(header.ar_fmag, ARFMAG, sizeof(header.ar_fmag)) != 0 ||
        !number_of(header.ar_size, sizeof(header.ar_size), &size_bytes))
        return error_create(ERROR_BAD_FORMAT, "%s+0x%" PRIx64 ": damaged header of an archive's member",
                            reader->path, reader->at);
    *member = (struct archive_member){.offset = reader->at};
    const uint64_t content = reader->at + sizeof(header);
    size_t width = trimmed(header.ar_name, sizeof(header.ar_name));
    const char *name = header.ar_name;
    const bool is_table = width && name[0] == '/' && !(width > 1 && name[1] >= '0' && name[1] <= '9');
    const bool has_bytes = !reader->is_thin || is_table;
    if (has_bytes && !bytes_hold(reader->file, content, size_bytes))
        return error_create(ERROR_BAD_FORMAT,
                            "%s+0x%" PRIx64 ": a member of 0x%" PRIx64 " bytes reaches beyond the file",
                            reader->path, reader->at, size_bytes);
    if (has_bytes)
        member->bytes = (struct bytes){reader->file.data + content, size_bytes};
    reader->at = content + (has_bytes ? size_bytes + (size_bytes & 1) : 0);
    if (is_table) {
        if (width == 2 && name[1] == '/')
            reader->names = member->bytes;
        *is_file = false;
        return NULL;
    }
    if (width > 1 && name[0] == '/' && place_of(name + 1, width - 1, &number, &member->origin)) {
        name = long_name(reader, number, &width);
        if (!name)
            return error_create(ERROR_BAD_FORMAT,
                                "%s+0x%" PRIx64 ": a member's name is at %" PRIu64
                                ", beyond the table of names",
                                reader->path, member->offset, number);
    } else if (width > 3 && !memcmp(name, "#1/", 3) && number_of(name + 3, width - 3, &number)) {
        if (number > member->bytes.size_bytes)
            return error_create(ERROR_BAD_FORMAT,
                                "%s+0x%" PRIx64 ": a member's name is longer than the member", reader->path,
                                member->offset);
        name = (const char *)member->bytes.data;
        width = strnlen(name, number);
        member->bytes.data += number;
        member->bytes.size_bytes -= number;
    } else if (width && name[width - 1] == '/') {
        width--; // GNU's end of a short name
    }
    if (width > NAME_MOST_BYTES)
        return error_create(ERROR_BAD_FORMAT,
                            "%s+0x%" PRIx64 ": a member's name is longer than a path may be (%d bytes)",
                            reader->path, member->offset, NAME_MOST_BYTES);
    member->is_thin = reader->is_thin;
    member->name = arena_copy_text(reader->arena, name, width);
    *is_file = strncmp(member->name ? member->name : "", "__.SYMDEF", 9) != 0;
    return member->name ? NULL : &error_out_of_memory;
}

struct error *archive_next(struct archive_reader *reader, struct archive_member *member, bool *is_there)
{
    for (*is_there = false; !*is_there && reader->at < reader->file.size_bytes;)
        RETURN_IF_ERROR(read_member(reader, member, is_there));
    return NULL;
}

struct error *archive_member_at(struct archive_reader *reader, uint64_t offset, struct archive_member *member)
{
    bool is_there = false, is_file = false;
    while (!reader->names.size_bytes && !is_there && reader->at < reader->file.size_bytes)
        RETURN_IF_ERROR(read_member(reader, member, &is_there));
    reader->at = offset;
    RETURN_IF_ERROR(read_member(reader, member, &is_file));
    if (is_file)
        return NULL;
    return error_create(ERROR_BAD_FORMAT, "%s+0x%" PRIx64 ": a table, no member", reader->path, offset);
}

bool archive_split(const char *path, struct arena *arena, const char **archive, const char **member)
{
    struct stat status;
    const size_t length = strlen(path);
    const char *open = strrchr(path, '(');
    if (length < 3 || path[length - 1] != ')' || !open || open == path || stat(path, &status) == 0)
        return false;
    *archive = arena_copy_text(arena, path, (size_t)(open - path));
    *member = arena_copy_text(arena, open + 1, length - 2 - (size_t)(open - path));
    return *archive && *member;
}

bool archive_names_member(const char *path)
{
    const char *archive, *member;
    struct stat status;
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    return archive_split(path, &arena, &archive, &member) && stat(archive, &status) == 0;
}
