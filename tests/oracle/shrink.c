// SPDX-License-Identifier: MIT
// Loaded before the C library: the file SHRINK_PATH is cut to its first page as soon as it is mapped, and the file
// TRY_TO_WRITE is made at the end.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Opened at once: later the program has given up writing files, and it is the same process here.
static int to_shrink = -1;

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("SHRINK_PATH");
    to_shrink = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
}

typedef void *mapping(void *, size_t, int, int, int, off_t);

void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    mapping *next = (mapping *)dlsym(RTLD_NEXT, "mmap");
    void *memory = next(address, size, protection, flags, descriptor, offset);
    struct stat mapped, wanted;
    if (to_shrink >= 0 && descriptor >= 0 && !fstat(descriptor, &mapped) && !fstat(to_shrink, &wanted) &&
        mapped.st_ino == wanted.st_ino && mapped.st_dev == wanted.st_dev && wanted.st_size > 4096 &&
        ftruncate(to_shrink, 4096))
        abort();
    return memory;
}

// At the end: does a file that was opened for reading let the program write a new one?
__attribute__((destructor)) static void try_to_write(void)
{
    const char *path = getenv("TRY_TO_WRITE");
    const int descriptor = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (descriptor >= 0)
        close(descriptor);
}

void *mmap64(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    return mmap(address, size, protection, flags, descriptor, offset);
}
