// SPDX-License-Identifier: MIT
#include "report/shape.h"

#include "base/output.h"
#include "report/compact.h"
#include "report/json_type.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static struct shape shape_of_hash(XXH128_hash_t hash)
{
    XXH128_canonical_t canonical;
    struct shape shape;
    XXH128_canonicalFromHash(&canonical, hash);
    _Static_assert(sizeof(canonical.digest) == sizeof(shape.bytes), "128 bits");
    memcpy(shape.bytes, canonical.digest, sizeof(shape.bytes));
    return shape;
}

void shape_text(const struct shape *shape, char text[SHAPE_TEXT_BYTES])
{
    for (size_t i = 0; i < sizeof(shape->bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", shape->bytes[i]);
}

static int hash_more(void *state, const char *data, size_t size_bytes)
{
    XXH3_128bits_update(state, data, size_bytes);
    return 0;
}

// The text goes into the hash in pieces, since that of a type with a million members is large.
struct error *shape_of(const struct described_type *type, struct shape *shape)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return &error_out_of_memory;
    XXH3_128bits_reset(state);
    struct output text = {.write = hash_more, .context = state};
    size_t written;
    json_type_start(&text, type);
    json_type_rest(&text, type);
    compact_shape_head(&text, type);
    compact_shape_rows(&text, &type->rows, 0, type->rows.count, &written);
    struct error *error = output_finish(&text);
    *shape = shape_of_hash(XXH3_128bits_digest(state));
    output_free(&text);
    XXH3_freeState(state);
    return error;
}

struct shape shape_of_bytes(const void *data, size_t size_bytes)
{
    return shape_of_hash(XXH3_128bits(data, size_bytes));
}

struct shape shape_join(const struct shape *first, const struct shape *second)
{
    const struct shape both[2] = {*first, *second};
    return shape_of_bytes(both, sizeof(both));
}
