// SPDX-License-Identifier: MIT
#include "object/recognize.h"

#include "object/archive.h"
#include "object/container.h"
#include "object/packed.h"
#include "object/universal.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC_BYTES = 8 };

bool recognize_start(struct bytes start)
{
    // Of a BTF: 0xeb9f in the byte order of its machine.
    return start.size_bytes >= MAGIC_BYTES &&
           (!memcmp(start.data, ELFMAG, SELFMAG) || !memcmp(start.data, "\x9f\xeb", 2) ||
            !memcmp(start.data, "\xeb\x9f", 2) || packed_is(start) || archive_is(start) ||
            universal_is(start) || container_of_start(start));
}

// A block of zstd comes out when all of it is there: 128 KiB at most, packed hardly more.
enum { PACKED_BYTES = (1 << 17) + (1 << 12) };

static struct error *recognize_packed(int descriptor, bool *is_readable)
{
    uint8_t unpacked[RECOGNIZE_BYTES];
    uint8_t *packed = malloc(PACKED_BYTES);
    size_t size_bytes = 0;
    if (!packed)
        return &error_out_of_memory;
    const ssize_t got = pread(descriptor, packed, PACKED_BYTES, 0);
    struct error *error = packed_begin((struct bytes){packed, got > 0 ? (size_t)got : 0}, unpacked,
                                       sizeof(unpacked), &size_bytes);
    free(packed);
    const struct bytes start = {unpacked, size_bytes};
    *is_readable = !error && !packed_is(start) && recognize_start(start); // nothing is unpacked twice
    return error;
}

struct error *recognize_file(int descriptor, bool *is_readable)
{
    uint8_t first[RECOGNIZE_BYTES];
    const ssize_t got = pread(descriptor, first, sizeof(first), 0);
    const struct bytes start = {first, got > 0 ? (size_t)got : 0};
    *is_readable = recognize_start(start);
    return packed_is(start) ? recognize_packed(descriptor, is_readable) : NULL;
}
