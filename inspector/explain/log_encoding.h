// SPDX-License-Identifier: MIT
// Logs that are not UTF-8: PowerShell's > and Windows's editors write UTF-16, with a byte order mark in front. It becomes
// UTF-8 before anything else looks at it; what has no mark is taken as it is.
#ifndef STRATA_EXPLAIN_LOG_ENCODING_H
#define STRATA_EXPLAIN_LOG_ENCODING_H

#include "base/output.h"

#include <stdint.h>

enum log_encoding_kind { LOG_UNDECIDED, LOG_BYTES, LOG_UTF16_LITTLE, LOG_UTF16_BIG };

// Zeros at the start.
struct log_encoding {
    enum log_encoding_kind kind;
    uint8_t held[3]; // what came before it could be decided, or half of a unit
    size_t held_bytes;
    uint16_t high; // the first half of a pair
    struct output text;
};

// The next bytes as UTF-8, in encoding->text, which holds nothing else afterwards. False: memory is short. Half a
// character waits for the rest; bytes that are none become U+FFFD.
bool log_encoding_add(struct log_encoding *encoding, const char *data, size_t size_bytes);

// What still waits when the log has ended, in encoding->text.
bool log_encoding_end(struct log_encoding *encoding);

void log_encoding_free(struct log_encoding *encoding);

// Adds a character as UTF-8.
void log_utf8(struct output *to, unsigned character);

#endif
