// SPDX-License-Identifier: MIT
#include "base/go_size_class.h"

#include "base/attributes.h"

#include <stddef.h>

enum { GO_PAGE_BYTES = 8192, GO_SMALL_MOST_BYTES = 32768 };

static const uint16_t go_classes[] = {
    8,     16,    24,    32,    48,    64,    80,    96,    112,   128,   144,   160,   176,   192,
    208,   224,   240,   256,   288,   320,   352,   384,   416,   448,   480,   512,   576,   640,
    704,   768,   896,   1024,  1152,  1280,  1408,  1536,  1792,  2048,  2304,  2688,  3072,  3200,
    3456,  4096,  4864,  5376,  6144,  6528,  6784,  6912,  8192,  9472,  9728,  10240, 10880, 12288,
    13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
};

uint64_t size_class_go_bytes(uint64_t request_bytes)
{
    if (!request_bytes)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(go_classes); i++)
        if (request_bytes <= go_classes[i])
            return go_classes[i];
    if (request_bytes > UINT64_MAX - GO_PAGE_BYTES)
        return UINT64_MAX;
    return (request_bytes + GO_PAGE_BYTES - 1) / GO_PAGE_BYTES * GO_PAGE_BYTES;
}

bool size_class_go_has_header(uint64_t request_bytes, unsigned address_bytes)
{
    return request_bytes > 8u * address_bytes * address_bytes &&
           request_bytes <= GO_SMALL_MOST_BYTES - SIZE_CLASS_GO_HEADER_BYTES;
}

uint64_t size_class_go_object_bytes(uint64_t request_bytes, bool has_pointers, unsigned address_bytes)
{
    const bool has_header = has_pointers && size_class_go_has_header(request_bytes, address_bytes);
    return size_class_go_bytes(request_bytes + (has_header ? SIZE_CLASS_GO_HEADER_BYTES : 0));
}
