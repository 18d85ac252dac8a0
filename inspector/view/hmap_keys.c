// SPDX-License-Identifier: MIT
// The keys and signs of the classic map's view.
#include "view/hmap_view.h"
#include "view/map_keys.h"

static const struct key_binding bindings[] = {
    MAP_KEYS_TIME,
    MAP_KEYS_OPERATIONS("bucket", "insert a key that falls into the selected bucket",
                        "insert until the next growth starts (3g: the third)"),
    MAP_KEYS_LOOKING("zoom out: entries, slots, buckets, map, density",
                     "the header's bytes; then the selected bucket's; then neither", "bucket"),
    MAP_KEYS_END,
};

const struct keymap hmap_keymap = {bindings, ARRAY_LENGTH(bindings)};

static const struct legend_entry signs[] = {
    {"3f", STYLE_LIVE, "a live entry, by its tophash: the high 8 bits of the key's hash"},
    {"··", STYLE_EMPTY, "empty, and so is all that follows in the chain"},
    {"__", STYLE_EMPTY_ONE, "emptied, but entries follow"},
    {"→X", STYLE_MOVED_X, "moved to X, the lower half: the bucket of the same number"},
    {"→Y", STYLE_MOVED_Y, "moved to Y, the upper half: number + old buckets"},
    {"x y -", STYLE_MOVED_X, "the same three in one cell: moved to X, to Y, was empty"},
    {"█▒░", STYLE_GOOD, "moved: old buckets that are moved, the next (or some of them), not yet"},
    {"--", STYLE_MOVED_EMPTY, "was empty when its bucket was moved"},
    {"[3f]", STYLE_STRONG, "touched just now"},
    {"( )", STYLE_STRONG, "on the way of the search"},
    {"▁▄█", STYLE_LIVE, "map, density: how full a bucket is; + an overflow bucket, * more"},
};

const struct legend hmap_legend = {signs, ARRAY_LENGTH(signs)};
