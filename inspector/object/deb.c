// SPDX-License-Identifier: MIT
#include "object/deb.h"

#include "base/write_all.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool deb_is(struct bytes archive)
{
    static const char first[] = "!<arch>\ndebian-binary";
    return archive.size_bytes >= sizeof(first) && !memcmp(archive.data, first, sizeof(first) - 1);
}

// The member data.tar, however it is compressed.
MUST_USE static struct error *find_data(const char *path, struct bytes package, struct bytes *data)
{
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    struct archive_reader reader = archive_read(path, package, &arena);
    struct archive_member member;
    for (bool is_there = true; is_there;) {
        RETURN_IF_ERROR(archive_next(&reader, &member, &is_there));
        if (is_there && !strncmp(member.name, "data.tar", strlen("data.tar"))) {
            *data = member.bytes;
            return NULL;
        }
    }
    return error_create(ERROR_BAD_FORMAT, "%s: a Debian package without data.tar", path);
}

#ifdef STRATA_LIBARCHIVE
#include "object/tar_library.h"

#include "object/packed.h"

struct unwrapping {
    const char *path;
    struct bytes data;
    bool any_expansion;
    const char *name; // NULL: every ELF file
    archive_each_member each;
    void *context;
    const struct tar_library *library;
    struct archive *tar;
    struct packed_reader *reader;
    struct error *read_error; // why the reader gave up, which libarchive cannot be told
    uint64_t read_bytes;      // of files' contents: the holes of a sparse file are in no stream
    struct arena *arena;
    char *link; // the file that the one asked for is another name of; NULL: none
};

static struct error *damaged(struct unwrapping *work)
{
    struct error *read_error = work->read_error;
    work->read_error = NULL;
    if (read_error)
        return read_error;
    const char *why = work->library->error_text(work->tar);
    if (work->library->error_number(work->tar) == ENOMEM)
        return &error_out_of_memory;
    return error_create(ERROR_BAD_FORMAT, "%s: data.tar: %s", work->path, why ? why : "damaged");
}

// Of sparse files made to fill the memory: what comes out of the stream is counted there.
static struct error *check_holes(const struct unwrapping *work)
{
    char text[PACKED_TEXT_BYTES];
    if (work->read_bytes <= packed_growth_most(work->data.size_bytes, work->any_expansion))
        return NULL;
    return error_create(ERROR_BAD_FORMAT, "%s: data.tar %s", work->path,
                        packed_growth_text("package", work->any_expansion, text));
}

// The rest of the entry goes into a file in memory; *descriptor is -1 where it is not wanted.
static struct error *keep_entry(struct unwrapping *work, const char *label, int *descriptor)
{
    enum { CHUNK_BYTES = 1 << 17 };
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    uint8_t *chunk = arena_alloc(&arena, CHUNK_BYTES);
    *descriptor = -1;
    if (!chunk)
        return &error_out_of_memory;
    for (bool is_first = true;; is_first = false) {
        const la_ssize_t got = work->library->read_data(work->tar, chunk, CHUNK_BYTES);
        if (got < 0)
            return damaged(work);
        work->read_bytes += (uint64_t)got;
        RETURN_IF_ERROR(check_holes(work));
        if (is_first && !work->name && (got < SELFMAG || memcmp(chunk, ELFMAG, SELFMAG) != 0))
            return NULL;
        if (is_first)
            *descriptor = memfd_create("strata", MFD_CLOEXEC);
        if (*descriptor < 0)
            return error_system(errno, "%s: cannot be kept in memory", label);
        const int why = write_all(*descriptor, chunk, (size_t)got);
        if (why)
            return error_system(why, "%s: cannot be kept in memory", label);
        if (!got)
            return NULL;
    }
}

static struct error *give_entry(struct unwrapping *work, const char *name)
{
    int descriptor = -1;
    const char *label = arena_format(work->arena, "%s(%s)", work->path, name);
    if (!label)
        return &error_out_of_memory;
    struct error *error = keep_entry(work, label, &descriptor);
    if (!error && descriptor >= 0)
        error = work->each(work->context, label, NULL, descriptor);
    if (descriptor >= 0)
        close(descriptor);
    return error;
}

// "./usr/bin/foo" is called usr/bin/foo. Names go into messages, which make them safe.
static const char *plain_name(const char *name)
{
    if (name && !strncmp(name, "./", 2))
        name += 2;
    return name && *name ? name : NULL;
}

static struct error *unwrap(struct unwrapping *work)
{
    bool is_found = !work->name;
    for (;;) {
        struct archive_entry *entry;
        const int result = work->library->next_header(work->tar, &entry);
        arena_reset(work->arena);
        if (result == ARCHIVE_EOF)
            break;
        if (result < ARCHIVE_WARN)
            return damaged(work);
        const char *name = plain_name(work->library->entry_path(entry));
        const char *link = plain_name(work->library->entry_link(entry));
        const bool is_file = work->library->entry_type(entry) == AE_IFREG && !link;
        if (link && name && work->name && !strcmp(name, work->name)) {
            work->link = strdup(link);
            return work->link ? NULL : &error_out_of_memory;
        }
        if (!name || !is_file || (work->name && strcmp(name, work->name) != 0))
            continue;
        is_found = true;
        RETURN_IF_ERROR(give_entry(work, name));
        if (work->name)
            break;
    }
    return is_found ? NULL
                    : error_create(ERROR_NOT_FOUND, "%s(%s): the package has no such file", work->path,
                                   work->name);
}

// Called by libarchive, also for what it passes over.
static la_ssize_t give_chunk(struct archive *tar, void *context, const void **buffer)
{
    struct unwrapping *work = context;
    struct bytes chunk;
    (void)tar;
    error_free(work->read_error);
    work->read_error = packed_reader_next(work->reader, &chunk);
    if (work->read_error)
        return -1;
    *buffer = chunk.data;
    return (la_ssize_t)chunk.size_bytes;
}

static struct error *unwrap_data(struct unwrapping *work)
{
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    RETURN_IF_ERROR(tar_library_load(work->path, &work->library));
    const struct tar_library *library = work->library;
    work->arena = &arena;
    work->tar = library->read_new();
    if (!work->tar)
        return &error_out_of_memory;
    // This format and no other: libarchive knows many that no package has. What comes to it is unpacked already, so that what
    // it passes over is counted, too.
    library->support_tar(work->tar);
    struct error *error =
        packed_reader_open(work->data, work->path, "package", work->any_expansion, &work->reader);
    if (!error)
        error = library->open(work->tar, work, NULL, give_chunk, NULL) < ARCHIVE_WARN ? damaged(work)
                                                                                      : unwrap(work);
    library->read_free(work->tar);
    packed_reader_close(work->reader);
    work->reader = NULL;
    error_free(work->read_error);
    work->read_error = NULL;
    return error;
}

struct error *deb_each(const char *path, struct bytes package, const char *name, bool any_expansion,
                       archive_each_member each, void *context)
{
    struct unwrapping work = {
        .path = path, .name = name, .any_expansion = any_expansion, .each = each, .context = context};
    RETURN_IF_ERROR(find_data(path, package, &work.data));
    struct error *error = unwrap_data(&work);
    if (error || !work.link)
        return error;
    // A hard link stands behind the file that it names, which is read on a second way through.
    char *link = work.link;
    work.link = NULL;
    work.name = link;
    error = unwrap_data(&work);
    if (!error && work.link) // none that dpkg makes; two could lead to each other
        error = error_create(ERROR_BAD_FORMAT, "%s(%s): a hard link to %s, which is another one", path, name,
                             link);
    free(work.link);
    free(link);
    return error;
}
#else
struct error *deb_each(const char *path, struct bytes package, const char *name, bool any_expansion,
                       archive_each_member each, void *context)
{
    struct bytes data;
    (void)name;
    (void)any_expansion;
    (void)each;
    (void)context;
    RETURN_IF_ERROR(find_data(path, package, &data));
    return error_create(
        ERROR_UNSUPPORTED,
        "%s: a Debian package, and this strata was built without libarchive: unpack it (dpkg-deb -x)", path);
}
#endif
