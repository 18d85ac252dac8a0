// SPDX-License-Identifier: MIT
// Finds where a number lives in a block of bytes by watching: the places whose value was the expected one
// each time stay, all others fall away.
//
//     header bytes   … 00 2a 00 00 00 00 00 00 00 …   expected 42
//                         ▲ 1, 2, 4 and 8 bytes wide all fit; seen often enough with neighbours that
//                           change, the widest that still fits is the field's width
#ifndef STRATA_CHECK_PROBE_H
#define STRATA_CHECK_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_BYTES_MOST = 128, PROBE_WIDTHS = 4 }; // widths 1, 2, 4 and 8

struct probe {
    bool has_fallen[PROBE_BYTES_MOST][PROBE_WIDTHS];
    uint64_t last;
    unsigned observations, changes;
};

// The block holds `expected` somewhere, now. No more than PROBE_BYTES_MOST bytes are looked at, and the same
// number each time.
void probe_see(struct probe *probe, const uint8_t *bytes, size_t size_bytes, uint64_t expected);

// The one place that fits: true when there is just one for the widest width that has any, and the expected
// value has changed at least once (a constant proves little).
bool probe_place(const struct probe *probe, size_t size_bytes, uint64_t *offset_bytes, uint64_t *width_bytes);

#endif
