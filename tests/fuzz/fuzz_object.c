// SPDX-License-Identifier: MIT
// Any bytes as a program file: object_open gives an object whose sections can be read to their last byte and
// 16 beyond, or one line of error.
#include "fuzz_file.h"
#include "object/object.h"

#include <stdlib.h>
#include <string.h>

static void touch_bytes(struct bytes bytes)
{
    volatile uint8_t seen = 0;
    for (size_t i = 0; i < bytes.size_bytes; i++)
        seen = bytes.data[i];
    (void)seen;
}

static void object_exercise(const char *path)
{
    static const char *const nowhere[] = {NULL};
    struct object_options options = {.debug_folders = nowhere, .threads = 1};
    CLEANUP(object_close_at) struct object *object = NULL;
    CLEANUP(error_free_at) struct error *error = object_open(path, &options, &object);
    if (!error != !!object || (error && strchr(error->message, '\n')))
        abort();
    if (!object)
        return;
    for (int id = 0; id < SECTION_COUNT; id++)
        touch_bytes((struct bytes){object->sections[id].data, object->sections[id].size_bytes + 16});
    uint64_t address, size;
    if (object_find_symbol(object, "main", &address, &size))
        touch_bytes(object_read_address(object, address, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, object_exercise);
    return 0;
}
