#include "layout/size_class.h"

#include "base/attributes.h"

#include <stddef.h>
#include <string.h>

uint64_t size_class_glibc_bytes(uint64_t request_bytes, const struct abi *abi, unsigned address_bytes)
{
    uint64_t word_bytes = address_bytes == 4 ? 4 : 8;
    bool has_wide_units = word_bytes == 8 || !strcmp(abi->name, "i386");
    uint64_t unit_bytes = has_wide_units ? 16 : 8, least_bytes = 4 * word_bytes;
    if (request_bytes > UINT64_MAX - word_bytes - unit_bytes)
        return UINT64_MAX;
    uint64_t chunk_bytes = (request_bytes + word_bytes + unit_bytes - 1) / unit_bytes * unit_bytes;
    return chunk_bytes < least_bytes ? least_bytes : chunk_bytes;
}

enum { GO_PAGE_BYTES = 8192 };

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
