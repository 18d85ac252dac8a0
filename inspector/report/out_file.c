// SPDX-License-Identifier: MIT
#include "report/out_file.h"

#include "base/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

struct out_file {
    char *path;      // what is replaced
    char *temporary; // its neighbour; NULL: written directly
    int fd;
    bool is_named; // the neighbour has its name already
};

static void out_file_free(struct out_file *file)
{
    if (file->fd > STDERR_FILENO)
        close(file->fd);
    free(file->path);
    free(file->temporary);
    free(file);
}

void out_file_discard(struct out_file *file)
{
    if (!file)
        return;
    if (file->is_named)
        unlink(file->temporary);
    out_file_free(file);
}

static struct error *open_directly(struct out_file *file)
{
    if (!strcmp(file->path, "-"))
        file->fd = STDOUT_FILENO;
    else
        file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
    return file->fd < 0 ? error_system(errno, "%s", file->path) : NULL;
}

// A file without a name vanishes by itself when the program is killed. It gets its name through /proc
// (open(2), O_TMPFILE).
static void open_nameless(struct out_file *file, mode_t mode)
{
    char *copy = strdup(file->path);
    if (copy && !access("/proc/self/fd", X_OK))
        file->fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    free(copy);
}

static struct error *open_beside(struct out_file *file, mode_t mode)
{
    uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return error_system(errno, "random number");
    if (asprintf(&file->temporary, "%s.%016llx.part", file->path, (unsigned long long)number) < 0) {
        file->temporary = NULL;
        return &error_out_of_memory;
    }
    open_nameless(file, mode);
    if (file->fd >= 0)
        return NULL;
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file->fd < 0)
        return error_system(errno, "%s", file->path);
    file->is_named = true;
    return NULL;
}

// What the link at `path` names, as seen from where the program stands; frees `path`.
static char *follow_link(char *path)
{
    char target[PATH_MAX], *next = NULL;
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length > 0) {
        target[length] = '\0';
        if (*target == '/')
            next = strdup(target);
        else if (asprintf(&next, "%s/%s", dirname(path), target) < 0)
            next = NULL;
    }
    free(path);
    return next;
}

// A link to what is not there yet: the file is made where the link points to, and the link stays.
static struct error *resolve_absent(const char *path, char **resolved)
{
    enum { LINKS_MOST = 40 };
    struct stat link;
    char *at = strdup(path);
    for (int i = 0; at && !lstat(at, &link) && S_ISLNK(link.st_mode); i++) {
        if (i == LINKS_MOST) {
            free(at);
            return error_system(ELOOP, "%s", path);
        }
        at = follow_link(at);
    }
    *resolved = at;
    return at ? NULL : &error_out_of_memory;
}

struct error *out_file_resolve(const char *path, char **resolved)
{
    struct stat old;
    *resolved = NULL;
    if (!strcmp(path, "-") || (!stat(path, &old) && !S_ISREG(old.st_mode))) {
        *resolved = strdup(path); // a pipe behind /dev/stdout has no path
        return *resolved ? NULL : &error_out_of_memory;
    }
    *resolved = realpath(path, NULL);
    if (*resolved)
        return NULL;
    return errno == ENOENT ? resolve_absent(path, resolved) : error_system(errno, "%s", path);
}

static struct error *open_any(struct out_file *file, const char *path)
{
    struct stat old;
    bool is_old = strcmp(path, "-") && !stat(path, &old), is_regular = is_old && S_ISREG(old.st_mode);
    RETURN_IF_ERROR(out_file_resolve(path, &file->path));
    if (!strcmp(path, "-") || (is_old && !is_regular))
        return open_directly(file);
    // Who may not write the old one may not replace it either.
    if (is_old && access(file->path, W_OK))
        return error_system(errno, "%s", path);
    RETURN_IF_ERROR(open_beside(file, 0666));
    if (is_old)
        (void)!fchmod(file->fd, old.st_mode & 07777);
    return NULL;
}

struct error *out_file_open(const char *path, struct out_file **file)
{
    *file = calloc(1, sizeof(**file));
    if (!*file)
        return &error_out_of_memory;
    (*file)->fd = -1;
    struct error *error = open_any(*file, path);
    if (error) {
        out_file_discard(*file);
        *file = NULL;
    }
    return error;
}

const char *out_file_path(const struct out_file *file)
{
    return file->path;
}

int out_file_write(void *context, const char *data, size_t size_bytes)
{
    const struct out_file *file = context;
    return write_all(file->fd, data, size_bytes);
}

static struct error *put_in_place(struct out_file *file)
{
    if (!file->temporary)
        return NULL;
    if (fsync(file->fd))
        return error_system(errno, "%s", file->path);
    char by_number[64];
    snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", file->fd);
    if (!file->is_named && linkat(AT_FDCWD, by_number, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW))
        return error_system(errno, "%s", file->path);
    file->is_named = true;
    if (rename(file->temporary, file->path))
        return error_system(errno, "%s", file->path);
    file->is_named = false;
    return NULL;
}

struct error *out_file_commit(struct out_file *file)
{
    struct error *error = put_in_place(file);
    out_file_discard(file);
    return error;
}
