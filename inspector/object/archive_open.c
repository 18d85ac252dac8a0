#include "object/archive.h"
#include "object/stream.h"

#include <errno.h>
#include <fcntl.h>
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

// The member that is named so; in a thin archive by its path or the end of that.
static struct error *find(struct archive_reader *reader, const char *path, const char *name,
                          struct archive_member *member)
{
    bool is_there;
    for (;;) {
        RETURN_IF_ERROR(archive_next(reader, member, &is_there));
        if (!is_there)
            return error_create(ERROR_NOT_FOUND, "%s: the archive has no such member", path);
        if (!strcmp(member->name, name) || (member->is_thin && !strcmp(base_name(member->name), name)))
            return NULL;
    }
}

static struct error *keep_bytes(const char *path, struct bytes bytes, int *descriptor)
{
    *descriptor = memfd_create("strata", MFD_CLOEXEC);
    if (*descriptor < 0 || !stream_write(*descriptor, bytes.data, bytes.size_bytes)) {
        struct error *error = error_system(errno, "%s: cannot be kept in memory", path);
        if (*descriptor >= 0)
            close(*descriptor);
        *descriptor = -1;
        return error;
    }
    return NULL;
}

static struct error *open_beside(const char *path, const char *archive, const char *name, struct arena *arena,
                                 int *descriptor)
{
    const char *last = base_name(archive);
    const char *beside =
        *name == '/' ? name : arena_format(arena, "%.*s%s", (int)(last - archive), archive, name);
    if (!beside)
        return &error_out_of_memory;
    *descriptor = open(beside, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return *descriptor < 0 ? error_system(errno, "%s: %s, which the thin archive names", path, beside) : NULL;
}

static struct error *open_mapped(const char *path, const char *archive, const char *member_name,
                                 struct bytes file, int *descriptor)
{
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    if (!archive_is(file))
        return error_create(ERROR_BAD_FORMAT, "%s: %s is no archive", path, archive);
    struct archive_reader reader = archive_read(archive, file, &arena);
    struct archive_member member;
    RETURN_IF_ERROR(find(&reader, path, member_name, &member));
    return member.is_thin ? open_beside(path, archive, member.name, &arena, descriptor)
                          : keep_bytes(path, member.bytes, descriptor);
}

struct error *archive_open_member(const char *path, const char *archive, const char *member, int *descriptor)
{
    struct stat status;
    *descriptor = -1;
    const int opened = open(archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0 || fstat(opened, &status) != 0) {
        struct error *error = error_system(errno, "%s", path);
        if (opened >= 0)
            close(opened);
        return error;
    }
    if (!S_ISREG(status.st_mode) || status.st_size <= 0) {
        close(opened);
        return error_create(ERROR_BAD_FORMAT, "%s: %s is no archive", path, archive);
    }
    const size_t size_bytes = (size_t)status.st_size;
    void *mapping = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, opened, 0);
    const int why = errno;
    close(opened);
    if (mapping == MAP_FAILED)
        return error_system(why, "%s: cannot be mapped", path);
    struct error *error = open_mapped(path, archive, member, (struct bytes){mapping, size_bytes}, descriptor);
    munmap(mapping, size_bytes);
    return error;
}
