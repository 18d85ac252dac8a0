// SPDX-License-Identifier: MIT
#include "check/probe.h"

#include <string.h>

static uint64_t value_at(const uint8_t *bytes, size_t width_bytes)
{
    uint64_t value = 0; // the live map is this machine's own, so its order of bytes is the one to read by
    uint32_t four;
    uint16_t two;
    switch (width_bytes) {
    case 8:
        memcpy(&value, bytes, 8);
        return value;
    case 4:
        memcpy(&four, bytes, 4);
        return four;
    case 2:
        memcpy(&two, bytes, 2);
        return two;
    default:
        return *bytes;
    }
}

void probe_see(struct probe *probe, const uint8_t *bytes, size_t size_bytes, uint64_t expected)
{
    size_t end = size_bytes < PROBE_BYTES_MOST ? size_bytes : PROBE_BYTES_MOST;
    for (size_t offset = 0; offset < end; offset++) {
        for (int w = 0; w < PROBE_WIDTHS; w++) {
            size_t width = (size_t)1 << w;
            if (width > end - offset || value_at(bytes + offset, width) != expected)
                probe->has_fallen[offset][w] = true;
        }
    }
    probe->changes += probe->observations && probe->last != expected;
    probe->observations++;
    probe->last = expected;
}

bool probe_place(const struct probe *probe, size_t size_bytes, uint64_t *offset_bytes, uint64_t *width_bytes)
{
    size_t end = size_bytes < PROBE_BYTES_MOST ? size_bytes : PROBE_BYTES_MOST;
    for (int w = PROBE_WIDTHS - 1; probe->changes && w >= 0; w--) {
        size_t found = 0;
        for (size_t offset = 0; offset < end; offset++) {
            if (probe->has_fallen[offset][w])
                continue;
            found++;
            *offset_bytes = offset;
            *width_bytes = (uint64_t)1 << w;
        }
        if (found)
            return found == 1;
    }
    return false;
}
