// SPDX-License-Identifier: MIT
// Any bytes as a file that holds or names others: an archive, a compressed file, a package, a program with skeletons. Two files in
// one: four bytes, little-endian, say how long the first one is; the second lies at /proc/self/fd/1000, which the seeds'
// skeletons and thin archives name. A run must leave no descriptor open, and what it cannot read it says in one line.
#include "fuzz_file.h"
#include "source/source_open.h"

#include <fcntl.h>
#include <string.h>

enum { OTHER_DESCRIPTOR = 1000, PATH_BYTES = 64, BUILT_MOST = 64 };

static void expect_one_line(struct error *error)
{
    if (error && strchr(error->message, '\n'))
        abort();
    error_free(error);
}

static void build_all(const struct type_source *source, const struct type_index *index)
{
    struct type_maker *maker = NULL;
    expect_one_line(type_source_make(source, index, &maker));
    for (size_t i = 0; maker && i < index->entries_count && i < BUILT_MOST; i++) {
        const struct type *type;
        expect_one_line(type_maker_build(maker, &index->entries[i], &type));
    }
    type_maker_close(maker);
}

static struct error *count_variable(void *context, const struct type_source_variable *variable)
{
    *(size_t *)context += strlen(variable->name);
    return NULL;
}

static void exercise(const char *path)
{
    static const char *const nowhere[] = {NULL};
    const struct type_source_options options = {.debug_folders = nowhere, .threads = 1};
    const struct type_source_index_options all = {.threads = 1};
    struct type_source *source = NULL;
    struct error *error = type_source_open(path, &options, NULL, &source);
    if (!error != !!source)
        abort();
    expect_one_line(error);
    struct type_index *index = NULL;
    if (source)
        expect_one_line(type_source_index(source, &all, &index));
    if (index)
        build_all(source, index);
    size_t names_bytes = 0;
    if (source)
        expect_one_line(type_source_variables(source, count_variable, &names_bytes));
    type_index_free(index);
    type_source_close(source);
}

static int memory_file(const uint8_t *data, size_t size_bytes)
{
    const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    if (descriptor < 0 || (size_bytes && write(descriptor, data, size_bytes) != (ssize_t)size_bytes))
        abort();
    return descriptor;
}

static int lowest_free(void)
{
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        abort();
    close(descriptor);
    return descriptor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    uint32_t first_bytes;
    char path[PATH_BYTES];
    if (size_bytes < sizeof(first_bytes))
        return 0;
    memcpy(&first_bytes, data, sizeof(first_bytes));
    data += sizeof(first_bytes);
    size_bytes -= sizeof(first_bytes);
    if (first_bytes > size_bytes)
        first_bytes = (uint32_t)size_bytes;
    const int first = memory_file(data, first_bytes);
    const int second = memory_file(data + first_bytes, size_bytes - first_bytes);
    if (dup2(second, OTHER_DESCRIPTOR) < 0)
        abort();
    close(second);
    const int free_before = lowest_free();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
    exercise(path);
    snprintf(path, sizeof(path), "/proc/self/fd/%d(one.o)", first);
    exercise(path);
    if (lowest_free() != free_before)
        abort();
    close(OTHER_DESCRIPTOR);
    close(first);
    return 0;
}
