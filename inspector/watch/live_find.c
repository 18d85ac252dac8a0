// SPDX-License-Identifier: MIT
// Looking a key up in another program's map as the program itself does it: the hash by its own seed and schedule, then
// bucket or table, slot by slot, until it is found or an empty slot says that it cannot be further on.
#include "watch/live_links.h"
#include "watch/live_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MOST = 1024, // groups and buckets that are looked at: a broken map may have rings
    KEY_BYTES_MOST = 1 << 16,
    STRING_BYTES_MOST = 1 << 20,
    SAID_MOST = 12, // steps that are said one by one
};

static bool read_at(const struct live_session *session, uint64_t address, void *to, size_t size_bytes)
{
    struct memory_range range = {.address = address, .buffer = to, .size_bytes = size_bytes};
    return address && size_bytes && memory_read_ranges(session->reader.memory, &range, 1) == 1;
}

// ---- keys -----------------------------------------------------------------------------------------------

static uint64_t parts_of(const struct map_key_form *form)
{
    return form->kind == MAP_KEY_STRUCT || form->kind == MAP_KEY_ARRAY ? form->count : 0;
}

static const struct map_key_form *part_of(const struct map_key_form *form, uint64_t i, uint64_t *offset_bytes)
{
    const struct map_key_form *part = &form->parts[form->kind == MAP_KEY_ARRAY ? 0 : i];
    *offset_bytes = form->kind == MAP_KEY_ARRAY ? i * part->size_bytes : part->offset_bytes;
    return part;
}

static bool string_equals(const struct live_session *session, const uint8_t *ours, const uint8_t *theirs)
{
    struct hmap_string mine;
    const struct hmap_string other = live_hasher_string(&session->hasher, theirs);
    char piece[256];
    memcpy(&mine, ours, sizeof(mine));
    if (mine.len != other.len)
        return false;
    for (uint64_t done = 0; done < (uint64_t)mine.len; done += sizeof(piece)) {
        const uint64_t left = (uint64_t)mine.len - done;
        const size_t size = left < sizeof(piece) ? (size_t)left : sizeof(piece);
        if (!read_at(session, (uint64_t)(uintptr_t)other.data + done, piece, size) ||
            memcmp(piece, mine.data + done, size) != 0)
            return false;
    }
    return true;
}

static bool float_equals(const struct map_key_form *form, const uint8_t *ours, const uint8_t *theirs)
{
    const size_t each =
        form->kind == MAP_KEY_COMPLEX ? (size_t)form->size_bytes / 2 : (size_t)form->size_bytes;
    for (size_t at = 0; at < form->size_bytes; at += each) {
        double left, right;
        float narrow_left, narrow_right;
        memcpy(&narrow_left, ours + at, sizeof(float));
        memcpy(&narrow_right, theirs + at, sizeof(float));
        left = (double)narrow_left;
        right = (double)narrow_right;
        if (each == 8) {
            memcpy(&left, ours + at, 8);
            memcpy(&right, theirs + at, 8);
        }
        if (!(left <= right && left >= right))
            return false;
    }
    return true;
}

// Whether the program would say ==.
static bool key_equals(const struct live_session *session, const struct map_key_form *form,
                       const uint8_t *ours, const uint8_t *theirs)
{
    switch (form->kind) {
    case MAP_KEY_STRING:
        return string_equals(session, ours, theirs);
    case MAP_KEY_FLOAT:
    case MAP_KEY_COMPLEX:
        return float_equals(form, ours, theirs);
    case MAP_KEY_STRUCT:
    case MAP_KEY_ARRAY:
        for (uint64_t i = 0; i < parts_of(form); i++) {
            uint64_t at;
            const struct map_key_form *part = part_of(form, i, &at);
            const bool is_blank = part->name && !strcmp(part->name, "_");
            if (!is_blank && !key_equals(session, part, ours + at, theirs + at))
                return false;
        }
        return true;
    default:
        return !memcmp(ours, theirs, (size_t)form->size_bytes);
    }
}

// Brings the strings of a key that was read from the program into this process.
static bool key_import(struct live_session *session, const struct map_key_form *form, uint8_t *key)
{
    if (form->kind == MAP_KEY_STRING) {
        struct hmap_string string = live_hasher_string(&session->hasher, key);
        if (string.len < 0 || string.len > STRING_BYTES_MOST)
            return false;
        char *copy = arena_alloc(&session->search.arena, (size_t)string.len + 1);
        if (!copy ||
            (string.len && !read_at(session, (uint64_t)(uintptr_t)string.data, copy, (size_t)string.len)))
            return false;
        string.data = copy;
        memcpy(key, &string, sizeof(string));
        return true;
    }
    for (uint64_t i = 0; i < parts_of(form); i++) {
        uint64_t at;
        const struct map_key_form *part = part_of(form, i, &at);
        if (!key_import(session, part, key + at))
            return false;
    }
    return form->kind != MAP_KEY_OTHER;
}

// The key of a slot, and whether it is the one that is looked for.
static bool slot_has_key(struct live_session *session, const uint8_t *chunk, unsigned slot)
{
    const struct map_shape *shape = &session->shape;
    const uint8_t *stored = chunk + live_slot_at(&shape->key, slot);
    const struct map_key_form *form = &session->hasher.form;
    if (!shape->key.is_indirect)
        return key_equals(session, form, session->search.key, stored);
    uint8_t *key = malloc((size_t)form->size_bytes);
    const bool is_equal =
        key && read_at(session, map_address_number(shape, stored), key, (size_t)form->size_bytes) &&
        key_equals(session, form, session->search.key, key);
    free(key);
    return is_equal;
}

static void elem_text(struct live_session *session, const uint8_t *chunk, unsigned slot,
                      char text[PICTURE_TEXT_BYTES])
{
    const struct map_shape *shape = &session->shape;
    text[0] = '\0';
    if (map_texts_add(session->texts, shape, &shape->elem, chunk + live_slot_at(&shape->elem, slot), text,
                      PICTURE_TEXT_BYTES))
        (void)map_texts_finish(session->texts, session->pages);
}

// ---- the classic map ------------------------------------------------------------------------------------

static bool is_moved(const uint8_t *marks)
{
    return marks[0] >= CLASSIC_MOVED_X && marks[0] <= CLASSIC_MOVED_EMPTY;
}

static void find_classic(struct live_session *session, bool says)
{
    const struct classic_header *header = &session->classic.map.header;
    const struct map_shape *shape = &session->shape;
    struct classic_touch *touch = &session->classic.map.touch;
    struct classic_hash *to = &session->classic.map.hash;
    const uint64_t hash = session->search.hash;
    const uint8_t tophash = live_hash_mark(shape, hash);
    uint8_t chunk[MAP_CHUNK_BYTES_MOST];
    *to = (struct classic_hash){.is_known = true,
                                .hash_bits = 8 * shape->address_bytes,
                                .tophash = tophash,
                                .step = HASH_PICKS,
                                .hash = hash,
                                .verb = "find"};
    snprintf(to->key, sizeof(to->key), "%.*s", (int)sizeof(to->key) - 1, session->search.text);
    if (!header->buckets_address || !header->buckets)
        return;
    uint64_t bucket = hash & (header->buckets - 1),
             address = header->buckets_address + bucket * shape->chunk_bytes;
    bool in_old = false;
    if (says)
        live_say_event(session, TONE_NORMAL,
                       "key %s: the low %u bits of its hash pick bucket %" PRIu64 ", the high 8 are %02x",
                       session->search.text, header->B, bucket, tophash);
    if (header->is_growing) {
        const uint64_t old = hash & (header->old_buckets - 1);
        const uint64_t at = header->oldbuckets_address + old * shape->chunk_bytes;
        if (read_at(session, at, chunk, shape->chunk_bytes) && !is_moved(chunk + shape->control_offset)) {
            in_old = true;
            bucket = old;
            address = at;
        }
        if (says)
            live_say_event(session, TONE_MOVED,
                           in_old ? "old bucket %" PRIu64 " has not moved yet: it is looked for there"
                                  : "old bucket %" PRIu64 " has moved: it is looked for in the new array",
                           old);
    }
    *touch = (struct classic_touch){.kind = TOUCH_CHAIN,
                                    .in_old = in_old,
                                    .bucket = bucket,
                                    .has_latest = true,
                                    .latest_bucket = in_old ? hash & (header->buckets - 1) : bucket};
    unsigned same = 0;
    for (uint32_t chain = 0; chain < STEPS_MOST; chain++) {
        if (!read_at(session, address, chunk, shape->chunk_bytes)) {
            if (says)
                live_say_event(session, TONE_WARN, "the bucket at 0x%" PRIx64 " cannot be read", address);
            return;
        }
        const uint8_t *marks = chunk + shape->control_offset;
        touch->chain = chain;
        touch->address = address;
        for (unsigned slot = 0; slot < CLASSIC_SLOTS; slot++) {
            if (marks[slot] == tophash && slot_has_key(session, chunk, slot)) {
                char text[PICTURE_TEXT_BYTES];
                elem_text(session, chunk, slot, text);
                touch->has_slot = true;
                touch->slot = (uint8_t)slot;
                to->step = HASH_STORED;
                if (says)
                    live_say_event(
                        session, TONE_GOOD,
                        "found in slot %u of bucket %u of the chain: %s; %u other key%s of this tophash",
                        slot, chain, text, same, same == 1 ? "" : "s");
                return;
            }
            same += marks[slot] == tophash;
            if (marks[slot] == CLASSIC_EMPTY_REST) {
                if (says)
                    live_say_event(session, TONE_WARN,
                                   "not there: from slot %u of bucket %u of the chain on all is empty", slot,
                                   chain);
                return;
            }
        }
        address = map_address_number(shape, chunk + shape->classic.overflow_offset);
        if (!address) {
            if (says)
                live_say_event(session, TONE_WARN, "not there: the chain ends after %u bucket%s", chain + 1,
                               chain ? "s" : "");
            return;
        }
        if (says && chain < SAID_MOST)
            live_say_event(session, TONE_OVERFLOW, "not in bucket %u of the chain: on to its overflow bucket",
                           chain);
    }
}

// ---- the Swiss map --------------------------------------------------------------------------------------

// The table of the hash's place; false: it cannot be read.
static bool table_of(struct live_session *session, uint64_t place, struct swiss_placed_table *table)
{
    const struct swiss_header *header = &session->swiss.map.header;
    const struct map_shape *shape = &session->shape;
    uint8_t word[8], bytes[256];
    if (!header->dir_length) {
        *table = (struct swiss_placed_table){.groups_address = header->dir_address, .groups = 1, .places = 1};
        return header->dir_address != 0;
    }
    if (shape->swiss.table_bytes > sizeof(bytes) ||
        !read_at(session, header->dir_address + place * shape->address_bytes, word, shape->address_bytes))
        return false;
    const uint64_t address = map_address_number(shape, word);
    if (!read_at(session, address, bytes, shape->swiss.table_bytes))
        return false;
    map_swiss_table(shape, address, bytes, table);
    return !table->in_doubt;
}

static void say_way(struct live_session *session, const struct swiss_probe *probe, bool is_small)
{
    if (is_small)
        live_say_event(session, TONE_NORMAL, "key %s: a small map has one group; h2, the low 7 bits, is %02x",
                       session->search.text, probe->h2);
    else
        live_say_event(session, TONE_NORMAL,
                       "key %s: the top %u bits pick place %" PRIu64
                       " and its table; h2 %02x; the search begins at group %" PRIu64 " of %" PRIu64,
                       session->search.text, probe->depth, probe->place, probe->h2,
                       swiss_probe_group(probe->hash, probe->groups, 0), probe->groups);
}

static void find_swiss(struct live_session *session, bool says)
{
    const struct swiss_header *header = &session->swiss.map.header;
    const struct map_shape *shape = &session->shape;
    struct swiss_touch *touch = &session->swiss.map.touch;
    struct swiss_probe *probe = &session->swiss.map.probe;
    struct swiss_placed_table table;
    uint8_t chunk[MAP_CHUNK_BYTES_MOST];
    const uint64_t hash = session->search.hash;
    *probe = (struct swiss_probe){
        .is_known = true,
        .hash_bits = 8 * shape->address_bytes,
        .h2 = hash & 0x7f,
        .step = SWISS_STEP_SEARCHES,
        .outcome = SWISS_NOT_FOUND,
        .depth = header->global_depth,
        .hash = hash,
        .place = header->dir_length > 1 && header->global_shift < 64 ? hash >> header->global_shift : 0,
        .verb = "find"};
    snprintf(probe->key, sizeof(probe->key), "%.*s", (int)sizeof(probe->key) - 1, session->search.text);
    if (!table_of(session, probe->place, &table)) {
        probe->outcome = SWISS_UNDER_WAY;
        return;
    }
    probe->table = header->dir_length ? table.first_place : 0;
    probe->groups = table.groups;
    probe->local_depth = table.local_depth;
    if (says)
        say_way(session, probe, !header->dir_length);
    *touch = (struct swiss_touch){.kind = SWISS_TOUCH_GROUPS,
                                  .place = probe->table,
                                  .has_latest = true,
                                  .latest_place = probe->place,
                                  .first_group = swiss_probe_group(hash, table.groups, 0)};
    for (uint64_t step = 0; step < table.groups && step < STEPS_MOST; step++) {
        const uint64_t group = swiss_probe_group(hash, table.groups, step);
        unsigned same = 0;
        bool has_empty = false, has_tombstone = false;
        if (!read_at(session, table.groups_address + group * shape->chunk_bytes, chunk, shape->chunk_bytes))
            return;
        probe->probes = touch->probes = (uint32_t)step + 1;
        touch->group = touch->latest_group = group;
        for (unsigned slot = 0; slot < SWISS_SLOTS; slot++) {
            const uint8_t mark = chunk[shape->control_offset + slot];
            has_empty |= mark == SWISS_MARK_EMPTY;
            has_tombstone |= mark == SWISS_MARK_DELETED;
            if (mark != probe->h2)
                continue;
            if (slot_has_key(session, chunk, slot)) {
                char text[PICTURE_TEXT_BYTES];
                elem_text(session, chunk, slot, text);
                probe->outcome = SWISS_FOUND;
                probe->slot = touch->slot = (uint8_t)slot;
                touch->has_slot = true;
                if (says)
                    live_say_event(session, TONE_GOOD,
                                   "found in slot %u of group %" PRIu64
                                   ": %s; %u group%s looked at, %u other key%s of this h2",
                                   slot, group, text, probe->probes, probe->probes == 1 ? "" : "s",
                                   probe->same_h2, probe->same_h2 == 1 ? "" : "s");
                return;
            }
            same++;
            probe->same_h2++;
        }
        if (has_empty || !header->dir_length) {
            if (says)
                live_say_event(session, TONE_WARN,
                               "not there: group %" PRIu64 " has an empty slot%s; %u group%s looked at",
                               group, same ? ", and another key of its h2" : "", probe->probes,
                               probe->probes == 1 ? "" : "s");
            return;
        }
        probe->passes_tombstones |= has_tombstone;
        if (says && step < SAID_MOST)
            live_say_event(session, TONE_OVERFLOW,
                           "not in group %" PRIu64 "%s, which has no empty slot%s: on to group %" PRIu64,
                           group, same ? " (another key of its h2)" : "",
                           has_tombstone ? " but tombstones" : "",
                           swiss_probe_group(hash, table.groups, step + 1));
    }
}

// ---- both -----------------------------------------------------------------------------------------------

static void look(struct live_session *session, bool says)
{
    struct live_search *search = &session->search;
    const uint64_t seed =
        session->is_swiss ? session->swiss.map.header.seed : session->classic.map.header.hash0;
    if (!live_hash(&session->hasher, search->key, seed, &search->hash)) {
        view_say(&session->views, true, "this key has no hash");
        search->is_on = false;
        return;
    }
    search->frame = session->frames;
    if (session->is_swiss)
        find_swiss(session, says);
    else
        find_classic(session, says);
    if (!says)
        return;
    live_screen(session)->follows = true;
    session->wants_frame |= !session->is_exact;
}

// Room for a key; false: it cannot be looked for.
static bool begin(struct live_session *session)
{
    struct live_search *search = &session->search;
    search->is_on = false;
    if (!session->hasher.is_ready) {
        view_say(&session->views, true, "%s", session->hasher.why);
        return false;
    }
    arena_free(&search->arena);
    const uint64_t size = session->hasher.form.size_bytes;
    search->key = size <= KEY_BYTES_MOST ? arena_alloc(&search->arena, (size_t)size + 1) : NULL;
    return search->key != NULL;
}

void live_find(struct live_session *session, const char *text)
{
    struct live_search *search = &session->search;
    const char *why;
    if (!begin(session))
        return;
    if (!live_key_parse(&session->hasher.form, text, search->key, &search->arena, &why)) {
        view_say(&session->views, true, "\"%s\" is no key of this map: it takes %s", text, why);
        return;
    }
    snprintf(search->text, sizeof(search->text), "%s", text);
    search->is_on = true;
    look(session, true);
}

// The live slot that is meant, and where its bucket or group lies.
static bool slot_under_cursor(const struct live_session *session, uint64_t number, uint64_t *address,
                              unsigned *slot, const char **text)
{
    if (session->is_swiss) {
        const struct swiss_picture *map = &session->swiss.map;
        *slot = number > 1 ? (unsigned)(number - 1) % SWISS_SLOTS : session->swiss_view.slot % SWISS_SLOTS;
        for (unsigned tried = 0; tried < SWISS_SLOTS; tried++, *slot = (*slot + 1) % SWISS_SLOTS) {
            if (!swiss_is_live(map->cursor.control[*slot]) || map->cursor.is_missing)
                continue;
            *address = map->cursor.address;
            *text = map->cursor_entries[*slot].key;
            return true;
        }
        return false;
    }
    const struct classic_picture *map = &session->classic.map;
    uint64_t seen = 0;
    for (size_t w = 0; w < CLASSIC_WINDOWS; w++)
        for (size_t i = 0; i < map->windows[w].length; i++) {
            const struct classic_bucket *bucket = &map->windows[w].buckets[i];
            for (unsigned s = 0;
                 w != CLASSIC_OLD && bucket->index == session->classic_view.selected && s < CLASSIC_SLOTS;
                 s++)
                if (classic_is_live(bucket->tophash[s]) && ++seen == number) {
                    *address = bucket->address;
                    *slot = s;
                    *text = "";
                    return true;
                }
        }
    return false;
}

void live_find_cursor(struct live_session *session, uint64_t number)
{
    struct live_search *search = &session->search;
    const struct map_shape *shape = &session->shape;
    uint8_t chunk[MAP_CHUNK_BYTES_MOST];
    uint64_t address = 0;
    unsigned slot = 0;
    const char *text = "";
    if (!begin(session))
        return;
    if (!slot_under_cursor(session, number, &address, &slot, &text) ||
        !read_at(session, address, chunk, shape->chunk_bytes)) {
        view_say(&session->views, false, "there is no key under the cursor");
        return;
    }
    const uint8_t *stored = chunk + live_slot_at(&shape->key, slot);
    const size_t size = (size_t)session->hasher.form.size_bytes;
    if (!shape->key.is_indirect) // a string of a 32-bit program grows when it is brought here
        memcpy(search->key, stored, size < shape->key.stored_bytes ? size : shape->key.stored_bytes);
    else if (!read_at(session, map_address_number(shape, stored), search->key, size))
        return;
    char shown[PICTURE_TEXT_BYTES] = "";
    if (map_texts_add(session->texts, shape, &shape->key, stored, shown, sizeof(shown)))
        (void)map_texts_finish(session->texts, session->pages);
    if (!key_import(session, &session->hasher.form, search->key)) {
        view_say(&session->views, true, "the key cannot be read");
        return;
    }
    snprintf(search->text, sizeof(search->text), "%s", shown);
    search->is_on = true;
    look(session, true);
}

void live_find_fill(struct live_session *session)
{
    if (!session->search.is_on) {
        session->classic.map.hash.is_known = session->swiss.map.probe.is_known = false;
        if (session->is_swiss)
            session->swiss.map.touch = (struct swiss_touch){0};
        return;
    }
    if (session->search.frame != session->frames && (!session->has_ended || session->shown) &&
        !session->is_exact)
        look(session, false);
}
