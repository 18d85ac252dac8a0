// SPDX-License-Identifier: MIT
#include "source/cache_folder.h"

#include "base/attributes.h"
#include "base/vec.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const size_t FILE_BYTES_MOST = 1u << 30;
static const char TEMPORARY[] = ".new-"; // what a name begins with that is being written
enum { TEMPORARY_STAYS_S = 3600 };       // then its writer is taken for dead

char *cache_folder_path(void)
{
    char *path = NULL;
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    // The base directory specification: a path that is not absolute is to be ignored.
    if (cache && cache[0] == '/')
        return asprintf(&path, "%s/strata", cache) < 0 ? NULL : path;
    if (home && home[0] == '/')
        return asprintf(&path, "%s/.cache/strata", home) < 0 ? NULL : path;
    return NULL;
}

static bool is_ours(const struct stat *status)
{
    return status->st_uid == geteuid() && !(status->st_mode & (S_IRWXG | S_IRWXO));
}

static struct error *system_error(const char *what)
{
    return error_create(ERROR_SYSTEM, "%s: %s", what, strerror(errno));
}

// Makes the folder and, once, what it lies in.
static void folder_make(const char *path)
{
    char *parent = strdup(path);
    if (mkdir(path, 0700) == 0 || errno != ENOENT || !parent) {
        free(parent);
        return;
    }
    *strrchr(parent, '/') = '\0';
    if (*parent && mkdir(parent, 0700) == 0)
        (void)mkdir(path, 0700);
    free(parent);
}

struct error *cache_folder_open(const char *path, bool make, int *descriptor)
{
    struct stat status;
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    *descriptor = open(path, flags);
    if (*descriptor < 0 && errno == ENOENT && make) {
        folder_make(path);
        *descriptor = open(path, flags);
    }
    if (*descriptor < 0 && errno == ENOENT)
        return NULL;
    if (*descriptor < 0)
        return errno == ELOOP || errno == ENOTDIR ? error_create(ERROR_BAD_FORMAT, "no folder, or a link")
                                                  : system_error("cannot be opened");
    if (fstat(*descriptor, &status) == 0 && is_ours(&status))
        return NULL;
    close(*descriptor);
    *descriptor = -1;
    return error_create(ERROR_BAD_FORMAT, "another user owns it or may use it");
}

static struct error *file_map(int descriptor, struct bytes *bytes)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return system_error("cannot be read");
    if (!S_ISREG(status.st_mode) || status.st_size < 0 || (uint64_t)status.st_size > FILE_BYTES_MOST)
        return error_create(ERROR_BAD_FORMAT, "no file, or too large");
    if (!is_ours(&status))
        return error_create(ERROR_BAD_FORMAT, "another user owns it or may use it");
    if (status.st_size == 0)
        return error_create(ERROR_BAD_FORMAT, "it is empty");
    const size_t size_bytes = (size_t)status.st_size;
    void *data = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (data == MAP_FAILED)
        return system_error("cannot be read");
    *bytes = (struct bytes){data, size_bytes};
    return NULL;
}

struct error *cache_file_map(int folder, const char *name, struct bytes *bytes)
{
    *bytes = (struct bytes){0};
    // Not blocked by what is no file: a pipe, say.
    const int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 && errno == ENOENT)
        return NULL;
    if (descriptor < 0)
        return errno == ELOOP ? error_create(ERROR_BAD_FORMAT, "a link") : system_error("cannot be opened");
    struct error *error = file_map(descriptor, bytes);
    if (!error)
        (void)futimens(descriptor, NULL);
    close(descriptor);
    return error;
}

void cache_file_unmap(struct bytes *bytes)
{
    if (bytes->data)
        munmap((void *)(uintptr_t)bytes->data, bytes->size_bytes);
    *bytes = (struct bytes){0};
}

// ---- writing -------------------------------------------------------------------------------------------

struct kept_file {
    char name[256];
    uint64_t size_bytes;
    struct timespec used;
};

typedef VEC(struct kept_file) kept_files;

static int older_first(const void *a, const void *b)
{
    const struct kept_file *left = a, *right = b;
    if (left->used.tv_sec != right->used.tv_sec)
        return left->used.tv_sec < right->used.tv_sec ? -1 : 1;
    if (left->used.tv_nsec != right->used.tv_nsec)
        return left->used.tv_nsec < right->used.tv_nsec ? -1 : 1;
    return strcmp(left->name, right->name);
}

static bool is_kept(const char *name, size_t length)
{
    static const char *const endings[] = {".index", CACHE_PART_ENDING};
    bool is = false;
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
        const size_t ending = strlen(endings[i]);
        is |= length > ending && strcmp(name + length - ending, endings[i]) == 0;
    }
    return is;
}

// Lists what is ours in the folder, and removes what dead writers left.
static void folder_list(int folder, kept_files *files)
{
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = again < 0 ? NULL : fdopendir(again);
    if (!listing && again >= 0)
        close(again);
    for (const struct dirent *one; listing && (one = readdir(listing));) {
        struct kept_file file;
        struct stat status;
        const size_t length = strlen(one->d_name);
        if (length >= sizeof(file.name) || fstatat(folder, one->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        if (!strncmp(one->d_name, TEMPORARY, sizeof(TEMPORARY) - 1)) {
            if (status.st_mtime < time(NULL) - TEMPORARY_STAYS_S)
                (void)unlinkat(folder, one->d_name, 0);
            continue;
        }
        if (!is_kept(one->d_name, length))
            continue;
        memcpy(file.name, one->d_name, length + 1);
        file.size_bytes = (uint64_t)status.st_size;
        file.used = status.st_mtim;
        if (!vec_push(files, file))
            break; // of those that are listed some can be removed
    }
    if (listing)
        closedir(listing);
}

static void folder_trim(int folder, const char *keep, uint64_t most_bytes)
{
    kept_files files = {0};
    uint64_t total_bytes = 0;
    folder_list(folder, &files);
    if (files.length > 1)
        qsort(files.data, files.length, sizeof(*files.data), older_first);
    vec_foreach (const struct kept_file *, file, &files)
        total_bytes += file->size_bytes;
    for (size_t i = 0; i < files.length && total_bytes > most_bytes; i++) {
        if (!strcmp(files.data[i].name, keep) || unlinkat(folder, files.data[i].name, 0) != 0)
            continue;
        total_bytes -= files.data[i].size_bytes;
    }
    vec_free(&files);
}

static struct error *write_all(int descriptor, const char *data, size_t size_bytes)
{
    for (size_t done = 0; done < size_bytes;) {
        const ssize_t count = write(descriptor, data + done, size_bytes - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return system_error("cannot be written");
        done += (size_t)count;
    }
    return NULL;
}

struct error *cache_file_write(int folder, const char *name, const char *data, size_t size_bytes,
                               uint64_t most_bytes)
{
    char temporary[64];
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(temporary, sizeof(temporary), "%s%ld-%lld-%ld", TEMPORARY, (long)getpid(), (long long)now.tv_sec,
             now.tv_nsec);
    const int descriptor =
        openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return system_error("cannot be made");
    struct error *error = write_all(descriptor, data, size_bytes);
    if (close(descriptor) != 0 && !error)
        error = system_error("cannot be written");
    if (!error && renameat(folder, temporary, folder, name) != 0)
        error = system_error("cannot be put in place");
    if (error)
        (void)unlinkat(folder, temporary, 0);
    else
        folder_trim(folder, name, most_bytes);
    return error;
}
