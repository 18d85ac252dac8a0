// SPDX-License-Identifier: MIT
#include "base/vec.h"
#include "base/write_all.h"
#include "object/archive.h"
#include "object/deb.h"
#include "object/universal.h"

#include <ar.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

struct mapped {
    struct bytes whole; // what is mapped
    struct bytes file;  // the archive; empty where the file is none
};

// The archive that a nested thin one names, kept for the members that follow: all of it are named one by one.
struct nested_archive {
    char *path;
    struct mapped file; // empty: none is open
    struct stat status;
    struct arena arena; // its members' names
};

static void nested_close_at(struct nested_archive *nested);
static struct error *nested_member(const char *archive, const struct archive_member *outer,
                                   struct nested_archive *nested, struct archive_member *member);

// Whether the member is called so; in a thin archive by its path or the end of that, where that leads into another archive by its own name.
static struct error *is_called(const struct archive_reader *reader, const struct archive_member *member,
                               const char *name, struct nested_archive *nested, bool *is_it)
{
    *is_it = !strcmp(member->name, name) || (member->is_thin && !strcmp(base_name(member->name), name));
    if (!member->origin)
        return NULL;
    struct archive_member inner;
    struct error *error = nested_member(reader->path, member, nested, &inner);
    *is_it = !error && !strcmp(base_name(inner.name), name);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error); // another one may be it
    return NULL;
}

static struct error *find(struct archive_reader *reader, const char *path, const char *name,
                          struct nested_archive *nested, struct archive_member *member)
{
    bool is_there;
    for (;;) {
        arena_reset(reader->arena); // which holds names alone
        RETURN_IF_ERROR(archive_next(reader, member, &is_there));
        if (!is_there)
            return error_create(ERROR_NOT_FOUND, "%s: the archive has no such member", path);
        bool is_it;
        RETURN_IF_ERROR(is_called(reader, member, name, nested, &is_it));
        if (is_it)
            return NULL;
    }
}

static struct error *keep_bytes(const char *path, struct bytes bytes, int *descriptor)
{
    *descriptor = memfd_create("strata", MFD_CLOEXEC);
    const int why = *descriptor < 0 ? errno : write_all(*descriptor, bytes.data, bytes.size_bytes);
    if (!why)
        return NULL;
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
    return error_system(why, "%s: cannot be kept in memory", path);
}

// The path that a thin archive names, from its own folder.
static char *path_beside(const char *archive, const char *name)
{
    char *beside = NULL;
    if (*name == '/')
        return strdup(name);
    return asprintf(&beside, "%.*s%s", (int)(base_name(archive) - archive), archive, name) < 0 ? NULL
                                                                                               : beside;
}

static void free_text_at(char **text)
{
    free(*text);
}

static struct error *open_beside(const char *path, const char *archive, const char *name, int *descriptor)
{
    CLEANUP(free_text_at) char *beside = path_beside(archive, name);
    if (!beside)
        return &error_out_of_memory;
    *descriptor = open(beside, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*descriptor < 0)
        return error_system(errno, "%s: %s, which the thin archive names", path, beside);
    // An archive that came from elsewhere must not make strata wait for a pipe or read its standard input.
    struct stat status;
    if (fstat(*descriptor, &status) == 0 && S_ISREG(status.st_mode))
        return NULL;
    close(*descriptor);
    *descriptor = -1;
    return error_create(ERROR_BAD_FORMAT, "%s: %s, which the thin archive names, is not a regular file", path,
                        beside);
}

// Of a universal file: the part that is meant, where that is an archive.
static struct error *take_part(const char *path, const char *slice, struct arena *arena,
                               struct notice_sink *notices, struct mapped *mapped)
{
    const struct universal_wish wish = {path, mapped->whole, slice};
    const char *note = NULL;
    RETURN_IF_ERROR(universal_choose(&wish, arena, &mapped->file, &note));
    if (!archive_is(mapped->file))
        mapped->file = (struct bytes){0};
    else if (note && notices)
        notice_give(notices, note);
    return NULL;
}

static struct error *map_archive(const char *path, const char *archive, struct mapped *mapped)
{
    struct stat status;
    *mapped = (struct mapped){0};
    const int opened = strcmp(archive, "-") ? open(archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                                            : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    if (opened < 0)
        return error_system(errno, "%s", path);
    char magic[SARMAG];
    const struct bytes start = {(const uint8_t *)magic, sizeof(magic)};
    const bool is_one = fstat(opened, &status) == 0 && S_ISREG(status.st_mode) &&
                        pread(opened, magic, sizeof(magic), 0) == SARMAG &&
                        (archive_is(start) || universal_is(start));
    void *mapping = is_one ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, opened, 0) : NULL;
    const int why = errno;
    close(opened);
    if (mapping == MAP_FAILED)
        return error_system(why, "%s: cannot be mapped", path);
    if (!mapping)
        return NULL;
    mapped->whole = (struct bytes){mapping, (size_t)status.st_size};
    if (!universal_is(mapped->whole))
        mapped->file = mapped->whole;
    return NULL;
}

static void unmap_at(struct mapped *mapped)
{
    if (mapped->whole.size_bytes)
        munmap((void *)(uintptr_t)mapped->whole.data, mapped->whole.size_bytes);
}

static struct error *take_descriptor(void *context, const char *label, struct error *error, int descriptor)
{
    int *taken = context;
    if (!error && (*taken = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) < 0)
        return error_system(errno, "%s", label);
    return error;
}

// ---- archives that a thin archive leads into ---------------------------------------------------------------

static void nested_close_at(struct nested_archive *nested)
{
    unmap_at(&nested->file);
    arena_free(&nested->arena);
    free(nested->path);
    *nested = (struct nested_archive){0};
}

// Opens it unless it is the one that is open.
static struct error *nested_open(const char *archive, const struct archive_member *outer,
                                 struct nested_archive *nested)
{
    CLEANUP(free_text_at) char *path = path_beside(archive, outer->name);
    if (!path)
        return &error_out_of_memory;
    if (nested->path && !strcmp(nested->path, path))
        return NULL;
    nested_close_at(nested);
    int descriptor = -1;
    RETURN_IF_ERROR(open_beside(archive, archive, outer->name, &descriptor));
    const bool is_known = fstat(descriptor, &nested->status) == 0;
    close(descriptor);
    if (is_known)
        RETURN_IF_ERROR(map_archive(archive, path, &nested->file));
    if (!nested->file.file.size_bytes)
        return error_create(ERROR_BAD_FORMAT, "%s: %s, which the thin archive leads into, is no archive",
                            archive, path);
    nested->path = path;
    path = NULL;
    return NULL;
}

// What is meant by a member with an origin. Borrowed from `nested`, as its name is, until the next call.
static struct error *nested_member(const char *archive, const struct archive_member *outer,
                                   struct nested_archive *nested, struct archive_member *member)
{
    RETURN_IF_ERROR(nested_open(archive, outer, nested));
    arena_reset(&nested->arena);
    struct archive_reader reader = archive_read(nested->path, nested->file.file, &nested->arena);
    RETURN_IF_ERROR(archive_member_at(&reader, outer->origin, member));
    if (!member->origin)
        return NULL;
    return error_create(ERROR_UNSUPPORTED, "%s+0x%llx: a thin archive in a thin archive leads into a third",
                        nested->path, (unsigned long long)outer->origin);
}

static struct error *open_content(const char *label, const char *archive, const struct archive_member *member,
                                  struct nested_archive *nested, int *descriptor)
{
    struct archive_member inner;
    *descriptor = -1;
    if (member->origin) {
        RETURN_IF_ERROR(nested_member(archive, member, nested, &inner));
        member = &inner;
        archive = nested->path;
    }
    return member->is_thin ? open_beside(label, archive, member->name, descriptor)
                           : keep_bytes(label, member->bytes, descriptor);
}

// ---- members ---------------------------------------------------------------------------------------------

struct error *archive_open_member(const char *path, const char *archive, const struct file_wish *wish,
                                  const char *name, int *descriptor)
{
    CLEANUP(unmap_at) struct mapped mapped;
    CLEANUP(arena_free) struct arena arena;
    CLEANUP(nested_close_at) struct nested_archive nested = {0};
    arena_init(&arena);
    *descriptor = -1;
    RETURN_IF_ERROR(map_archive(path, archive, &mapped));
    if (mapped.whole.size_bytes && !mapped.file.size_bytes)
        RETURN_IF_ERROR(take_part(path, wish->slice, &arena, NULL, &mapped));
    if (!mapped.file.size_bytes)
        return error_create(ERROR_BAD_FORMAT, "%s: %s is no archive", path, archive);
    if (deb_is(mapped.file))
        return deb_each(archive, mapped.file, name, wish->any_expansion, take_descriptor, descriptor);
    struct archive_reader reader = archive_read(archive, mapped.file, &arena);
    struct archive_member member;
    RETURN_IF_ERROR(find(&reader, path, name, &nested, &member));
    return open_content(path, archive, &member, &nested, descriptor);
}

// ---- beside a member -------------------------------------------------------------------------------------

// "usr/lib/debug/.build-id/51/52.debug" and "../../.dwz/x" make "usr/lib/debug/.dwz/x". NULL: memory is short.
static const char *path_from_member(const char *member, const char *name, struct arena *arena)
{
    const char *slash = strrchr(member, '/');
    char *path =
        arena_format(arena, "%.*s/%s", *name != '/' && slash ? (int)(slash - member) : 0, member, name);
    size_t length = 0; // of what is kept, in place
    for (const char *at = path; at && *at;) {
        at += strspn(at, "/");
        const size_t part = strcspn(at, "/");
        if (part == 2 && !strncmp(at, "..", 2)) {
            while (length && path[--length] != '/')
                ;
        } else if (part && !(part == 1 && *at == '.')) {
            if (length)
                path[length++] = '/';
            memmove(path + length, at, part);
            length += part;
        }
        at += part;
    }
    if (path)
        path[length] = '\0';
    return path;
}

void archive_beside_close(struct archive_beside *beside)
{
    if (beside->descriptor >= 0)
        close(beside->descriptor);
    free(beside->label);
    beside->label = NULL;
    beside->descriptor = -1;
}

struct error *archive_beside_open(struct archive_beside *beside, const char *label, const char *name)
{
    CLEANUP(arena_free) struct arena arena;
    const char *archive, *member, *path = NULL;
    arena_init(&arena);
    if (!archive_split(label, &arena, &archive, &member)) {
        archive_beside_close(beside);
        return arena.has_failed ? &error_out_of_memory : NULL;
    }
    path = path_from_member(member, name, &arena);
    const char *wanted = path ? arena_format(&arena, "%s(%s)", archive, path) : NULL;
    if (!wanted)
        return &error_out_of_memory;
    if (beside->label && !strcmp(beside->label, wanted))
        return NULL;
    archive_beside_close(beside);
    beside->label = strdup(wanted);
    if (!beside->label)
        return &error_out_of_memory;
    struct error *error = archive_open_member(wanted, archive, &beside->wish, path, &beside->descriptor);
    if (!error || error->code != ERROR_NOT_FOUND)
        return error;
    error_free(error);
    return NULL;
}

struct file_identity {
    dev_t device;
    ino_t inode;
    uint64_t origin; // of a member in it; 0: the whole file
};

struct giving {
    const char *path;
    archive_each_member each;
    void *context;
    VEC(struct file_identity) given; // of a thin archive
    struct nested_archive nested;
};

// A thin archive of a few kilobytes can name a large file a thousand times: it is given once.
static struct error *note_file(struct giving *giving, const struct archive_member *member, int descriptor,
                               bool *is_new)
{
    struct stat status;
    *is_new = true;
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return NULL;
    if (member->origin)
        status = giving->nested.status;
    vec_foreach (const struct file_identity *, one, &giving->given)
        if (one->inode == status.st_ino && one->device == status.st_dev && one->origin == member->origin) {
            *is_new = false;
            return NULL;
        }
    return vec_push(&giving->given, (struct file_identity){status.st_dev, status.st_ino, member->origin})
               ? NULL
               : &error_out_of_memory;
}

static struct error *give_member(struct giving *giving, const struct archive_member *member,
                                 struct arena *arena)
{
    int descriptor = -1;
    bool is_new = true;
    const char *path = giving->path;
    struct archive_member inner = *member;
    struct error *error = member->origin ? nested_member(path, member, &giving->nested, &inner) : NULL;
    const char *label =
        arena_format(arena, "%s(%s)", path, base_name(inner.name ? inner.name : member->name));
    if (!label) {
        error_free(error);
        return &error_out_of_memory;
    }
    if (!error)
        error = open_content(label, path, member, &giving->nested, &descriptor);
    struct error *short_of_memory = member->is_thin ? note_file(giving, member, descriptor, &is_new) : NULL;
    if (short_of_memory) {
        error_free(error);
        error = short_of_memory;
    } else if (is_new) {
        error = giving->each(giving->context, label, error, descriptor);
    }
    if (descriptor >= 0)
        close(descriptor);
    return error;
}

struct error *archive_each(const char *path, const struct file_wish *wish, struct notice_sink *notices,
                           archive_each_member each, void *context, bool *is_archive)
{
    CLEANUP(unmap_at) struct mapped mapped;
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    RETURN_IF_ERROR(map_archive(path, path, &mapped));
    if (mapped.whole.size_bytes && !mapped.file.size_bytes)
        RETURN_IF_ERROR(take_part(path, wish->slice, &arena, notices, &mapped));
    *is_archive = mapped.file.size_bytes > 0;
    if (!*is_archive)
        return NULL;
    if (deb_is(mapped.file))
        return deb_each(path, mapped.file, NULL, wish->any_expansion, each, context);
    struct archive_reader reader = archive_read(path, mapped.file, &arena);
    struct giving giving = {.path = path, .each = each, .context = context};
    struct error *error = NULL;
    for (bool is_there = true; is_there && !error;) {
        struct archive_member member;
        arena_reset(&arena);
        error = archive_next(&reader, &member, &is_there);
        if (!error && is_there)
            error = give_member(&giving, &member, &arena);
    }
    vec_free(&giving.given);
    nested_close_at(&giving.nested);
    return error;
}
