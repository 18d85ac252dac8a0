// SPDX-License-Identifier: MIT
// The shape of a type: all that documents tell of its layout, and nothing that only one file says of it (where it is
// declared, how many copies there are). Two types of one shape are stored once, so whatever a store keeps by shape has to
// be part of what is hashed here:
//
//     strata.layout/1 without decl and copies ─┐
//     compact head and rows, as stored        ─┴─► XXH3, 128 bits
//
// With 128 bits two of a billion different shapes meet by accident with a chance of about 10^-21.
#ifndef STRATA_REPORT_SHAPE_H
#define STRATA_REPORT_SHAPE_H

#include "base/error.h"
#include "query/described.h"

// The parts of a description that a shape depends on: every writer that uses shapes asks for all of them, or the same
// type would get another shape in another format.
enum { SHAPE_NEEDS = DESCRIBE_ROWS | DESCRIBE_PACK | DESCRIBE_SHARING };

struct shape {
    unsigned char bytes[16];
};

enum { SHAPE_TEXT_BYTES = 33 };
void shape_text(const struct shape *shape, char text[SHAPE_TEXT_BYTES]); // hexadecimal

// Fails only when memory is short. Thread-safe.
MUST_USE struct error *shape_of(const struct described_type *type, struct shape *shape);

// The same hash of any bytes, and of two hashes in their order: for the content of a file, type by type.
struct shape shape_of_bytes(const void *data, size_t size_bytes);
struct shape shape_join(const struct shape *first, const struct shape *second);

#endif
