// SPDX-License-Identifier: MIT
// The keys of a session of our own Swiss map, and the signs of its screen.
#include "view/map_keys.h"
#include "view/swiss_frame.h"

static const struct key_binding bindings[] = {
    MAP_KEYS_TIME,
    MAP_KEYS_OPERATIONS("group", "insert a key whose search begins at the selected group",
                        "insert until the next table grows or splits (3g: the third)"),
    MAP_KEYS_LOOKING("zoom out: entries, slots, a glyph a slot, tables, directory",
                     "the header's bytes; then the selected group's; then neither", "group"),
    {']', DO(ACTION_TABLE), 0, "]", "next table", "the next table; a click on one selects it", NO_OTHER},
    {'[', DO(ACTION_TABLE_BACK), 0, "[", "table before", "the table before", NO_OTHER},
    {PRESS_ENTER, DO(ACTION_OPEN), 0, "Enter", "open",
     "open the chosen slot, or close it; a click chooses one", NO_OTHER},
    MAP_KEYS_END,
};

const struct keymap swiss_keymap = {bindings, ARRAY_LENGTH(bindings)};

static const struct legend_entry signs[] = {
    {"3f", STYLE_LIVE, "a live entry, by its h2: the low 7 bits of the key's hash, its control byte"},
    {"··", STYLE_EMPTY, "an empty slot: a search ends at the first group that has one"},
    {"††", STYLE_EMPTY_ONE,
     "a tombstone: deleted from a group without an empty slot, so that searches go on"},
    {"??", STYLE_WARN, "not known: it could not be read, or changed while it was read"},
    {"[3f]", STYLE_STRONG, "touched just now"},
    {"( )", STYLE_STRONG, "a group on the way of the search"},
    {"▁▄█", STYLE_LIVE, "how full a group or a table is"},
    {"[■†·]", STYLE_LIVE, "a table: its live slots, tombstones, and the rest"},
    {"01·", STYLE_MOVED_Y,
     "what the hashes of a table's keys begin with: two bits of three, so it has two places"},
};

const struct legend swiss_legend = {signs, ARRAY_LENGTH(signs)};
