// SPDX-License-Identifier: MIT
// The picture of a session's map: what hmapcore's snapshots and events say, in a picture's terms.
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SURVEY_BUCKETS = 512,
    PIECE_BUCKETS = 64, // snapshots are taken in pieces, so that they are still in the cache when copied
};

_Static_assert((int)HMAP_BUCKET_SLOTS == (int)CLASSIC_SLOTS &&
                   (int)HMAP_TEXT_BYTES == (int)PICTURE_TEXT_BYTES &&
                   sizeof(struct hmap) <= PICTURE_HEADER_BYTES,
               "a picture has room for it");
_Static_assert((int)HMAP_EMPTY_REST == (int)CLASSIC_EMPTY_REST &&
                   (int)HMAP_EMPTY_ONE == (int)CLASSIC_EMPTY_ONE &&
                   (int)HMAP_EVACUATED_X == (int)CLASSIC_MOVED_X &&
                   (int)HMAP_EVACUATED_Y == (int)CLASSIC_MOVED_Y &&
                   (int)HMAP_EVACUATED_EMPTY == (int)CLASSIC_MOVED_EMPTY &&
                   (int)HMAP_MIN_TOPHASH == (int)CLASSIC_LIVE,
               "tophash bytes are copied");
_Static_assert((int)HMAP_ITERATOR == (int)CLASSIC_ITERATOR &&
                   (int)HMAP_OLD_ITERATOR == (int)CLASSIC_OLD_ITERATOR &&
                   (int)HMAP_HASH_WRITING == (int)CLASSIC_WRITING &&
                   (int)HMAP_SAME_SIZE_GROW == (int)CLASSIC_SAME_SIZE,
               "flags are copied");

// --- Opening and closing ---

// The header's fields by the compiler that built hmapcore.
static const struct picture_fields compiled_fields = {.list =
                                                          {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(struct hmap, name), sizeof(((struct hmap *)NULL)->name), 0                           \
    }
                                                              FIELD(count),
                                                              FIELD(flags),
                                                              FIELD(B),
                                                              FIELD(noverflow),
                                                              FIELD(hash0),
                                                              FIELD(buckets),
                                                              FIELD(oldbuckets),
                                                              FIELD(nevacuate),
                                                              FIELD(extra),
#undef FIELD
                                                          },
                                                      .count = 9,
                                                      .source = "offsetof"};

struct error *classic_picture_open(struct watch_player *player)
{
    struct classic_picture *picture = &player->classic_scene.map;
    picture->old_density = calloc(SCENE_DENSITY, sizeof(*picture->old_density));
    picture->new_density = calloc(SCENE_DENSITY, sizeof(*picture->new_density));
    player->classic_densities = calloc(SCENE_DENSITY, sizeof(*player->classic_densities));
    if (!picture->old_density || !picture->new_density || !player->classic_densities)
        return &error_out_of_memory;
    player->classic_fields = compiled_fields;
    return NULL;
}

void classic_picture_close(struct watch_player *player)
{
    struct classic_picture *picture = &player->classic_scene.map;
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++) {
        free(picture->windows[i].buckets);
        free(picture->windows[i].entries);
    }
    free(picture->old_density);
    free(picture->new_density);
    free(player->classic_densities);
    hmap_window_free(&player->classic_snapshot);
    *picture = (struct classic_picture){0};
}

// --- The header ---

static void fill_header(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct classic_header *to = &player->classic_scene.map.header;
    struct hmap_header_view from;
    hmap_snapshot_header(&model->context, model->map, &from);
    picture_raw_fill(&to->raw, &(struct raw_map){from.address, from.bytes, sizeof(from.bytes), from.key_kind,
                                                 from.elem_kind});
    picture_fields_lay(player, WATCH_CLASSIC, player->classic_view.screen.shows_bytes,
                       &player->classic_fields, &to->raw);
    to->count = from.count;
    to->B = from.B;
    to->flags = from.flags;
    to->noverflow = from.noverflow;
    to->hash0 = from.hash0;
    to->buckets_address = from.buckets_address;
    to->oldbuckets_address = from.oldbuckets_address;
    to->extra_address = from.extra_address;
    to->buckets = from.buckets;
    to->old_buckets = from.old_buckets;
    to->nevacuate = from.nevacuate;
    to->grows_above = from.grows_above;
    to->grows_at_noverflow = from.grows_at_noverflow;
    to->is_growing = from.growing;
    to->is_same_size = from.same_size;
}

// --- Events ---

static struct classic_touch touch_of(const struct hmap_event *event)
{
    struct classic_touch touch = {.in_old = event->detail & HMAP_DETAIL_OLD,
                                  .slot = event->slot,
                                  .chain = event->chain,
                                  .bucket = event->bucket,
                                  .address = event->address};
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
    case HMAP_EVENT_FIND_HIT:
        touch.kind = TOUCH_CHAIN;
        touch.has_slot = true;
        break;
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
        touch.kind = TOUCH_CHAIN;
        break;
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_DELETE_MISS: // of an empty map: no bucket was looked at
        touch.kind = TOUCH_CHAIN;
        break;
    case HMAP_EVENT_EVACUATE:
        touch.kind = TOUCH_MOVE;
        break;
    case HMAP_EVENT_OVERFLOW:
        touch.kind = TOUCH_BUCKET;
        break;
    case HMAP_EVENT_ITER_BUCKET:
        touch.kind = TOUCH_BUCKET;
        break;
    case HMAP_EVENT_ITER_STEP:
    case HMAP_EVENT_ITER_SKIP:
        touch.kind = TOUCH_BUCKET;
        touch.has_slot = true;
        break;
    default:
        return (struct classic_touch){.kind = TOUCH_NOTHING};
    }
    return touch;
}

// Of the operation under way, or of the one that has just returned.
static struct classic_touch latest_touch(const struct watch_session *session)
{
    struct watch_event events[SESSION_RING];
    size_t count = session_events(session, events, SESSION_RING);
    for (size_t i = count; i-- > 0;) {
        bool is_end = events[i].event.kind == EVENT_RETURN && i + 1 < count;
        struct classic_touch touch = touch_of(&events[i].event);
        if (is_end)
            break;
        if (touch.kind != TOUCH_NOTHING)
            return touch;
    }
    return (struct classic_touch){.kind = TOUCH_NOTHING};
}

static enum event_tone tone_of(const struct watch_event *event)
{
    switch ((enum hmap_event_kind)event->event.kind) {
    case HMAP_EVENT_OVERFLOW:
        return TONE_OVERFLOW;
    case HMAP_EVENT_GROW_START:
    case HMAP_EVENT_FAULT:
        return TONE_WARN;
    case HMAP_EVENT_GROW_FINISH:
        return TONE_GOOD;
    case HMAP_EVENT_EVACUATE:
        return TONE_MOVED;
    case EVENT_RETURN:
    case HMAP_EVENT_HASHED:
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
        return TONE_QUIET;
    default:
        return TONE_NORMAL;
    }
}

static void fill_hash(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct classic_hash *to = &player->classic_scene.map.hash;
    to->is_known = model->latest_key.kind != HMAP_EVENT_NONE;
    uint8_t latest = model->ring[model->events % SESSION_RING].event.kind;
    to->step = model->events == 0               ? HASH_NO_STEP
               : latest == HMAP_EVENT_ASSIGN    ? HASH_PICKS
               : latest == HMAP_EVENT_REMOVE    ? HASH_PICKS
               : latest == HMAP_EVENT_INSERT    ? HASH_STORED
               : latest == HMAP_EVENT_OVERWRITE ? HASH_STORED
                                                : HASH_NO_STEP;
    to->hash = model->latest_key.hash;
    to->tophash = model->latest_key.tophash;
    to->verb = watch_op_name(model->latest_key_op.kind);
    if (to->is_known)
        watch_key_text(&player->session.keys, model->latest_key_op.number, to->key, sizeof(to->key));
}

void classic_picture_header(struct watch_player *player)
{
    fill_header(player);
    struct classic_touch *touch = &player->classic_scene.map.touch;
    const struct hmap_event *place = &player->session.model->latest_place;
    *touch = latest_touch(&player->session);
    touch->has_latest = place->kind != HMAP_EVENT_NONE;
    touch->latest_bucket = place->bucket;
}

// --- Buckets ---

static bool has_room(struct classic_window *window, struct picture_room *room, size_t buckets, bool texts)
{
    size_t wanted = room->buckets < buckets ? 2 * buckets : room->buckets;
    if (room->buckets < wanted) {
        struct classic_bucket *moved = realloc(window->buckets, wanted * sizeof(*moved));
        if (!moved)
            return false;
        window->buckets = moved;
        room->buckets = wanted;
    }
    if (texts && room->entries < wanted) {
        struct classic_entry *moved = realloc(window->entries, wanted * CLASSIC_SLOTS * sizeof(*moved));
        if (!moved)
            return false;
        window->entries = moved;
        room->entries = wanted;
    }
    return true;
}

// Without a loop: a screen of the map has thousands of them.
static void copy_bucket(const struct hmap_bucket_view *from, struct classic_bucket *to)
{
    const struct hmap_slot_view *slots = from->slots;
    to->address = from->address;
    to->overflow_address = from->overflow_address;
    to->index = from->index;
    to->chain = from->chain;
    to->is_evacuated = from->evacuated;
    to->in_doubt = 0;
    _Static_assert(CLASSIC_SLOTS == 8, "all are copied");
    to->tophash[0] = slots[0].tophash;
    to->tophash[1] = slots[1].tophash;
    to->tophash[2] = slots[2].tophash;
    to->tophash[3] = slots[3].tophash;
    to->tophash[4] = slots[4].tophash;
    to->tophash[5] = slots[5].tophash;
    to->tophash[6] = slots[6].tophash;
    to->tophash[7] = slots[7].tophash;
}

static void copy_entries(const struct hmap_bucket_view *from, struct classic_entry *to)
{
    for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
        to[slot].key[0] = to[slot].elem[0] = '\0';
        if (!from->slots[slot].live)
            continue;
        memcpy(to[slot].key, from->slots[slot].key, PICTURE_TEXT_BYTES);
        memcpy(to[slot].elem, from->slots[slot].elem, PICTURE_TEXT_BYTES);
    }
}

static struct error *fill_window(struct watch_player *player, const struct classic_request *request,
                                 struct classic_window *window, struct picture_room *room)
{
    const struct watch_model *model = player->session.model;
    struct hmap_window *piece = &player->classic_snapshot;
    window->length = 0;
    for (uint64_t done = 0; done < request->count; done += PIECE_BUCKETS) {
        uint64_t left = request->count - done;
        struct hmap_window_request wanted = {.array = request->is_old ? HMAP_ARRAY_OLD : HMAP_ARRAY_NEW,
                                             .first = request->first + done,
                                             .count = left < PIECE_BUCKETS ? left : PIECE_BUCKETS,
                                             .chain_limit = request->chain_limit,
                                             .texts = request->texts};
        if (!hmap_snapshot_window(&model->context, model->map, &wanted, piece) ||
            !has_room(window, room, window->length + piece->length, request->texts))
            return &error_out_of_memory;
        for (size_t i = 0; i < piece->length; i++, window->length++) {
            copy_bucket(&piece->buckets[i], &window->buckets[window->length]);
            if (request->texts)
                copy_entries(&piece->buckets[i], &window->entries[window->length * CLASSIC_SLOTS]);
        }
        if (!piece->length) // behind the end of the array
            break;
    }
    return NULL;
}

static size_t fill_density(struct watch_player *player, enum hmap_array array,
                           struct classic_density *densities, size_t cells, uint32_t samples)
{
    const struct watch_model *model = player->session.model;
    if (cells > SCENE_DENSITY)
        cells = SCENE_DENSITY;
    size_t count =
        hmap_snapshot_density(&model->context, model->map, array, player->classic_densities, cells, samples);
    for (size_t i = 0; i < count; i++) {
        const struct hmap_density *from = &player->classic_densities[i];
        densities[i] = (struct classic_density){.first = from->first,
                                                .count = from->count,
                                                .sampled = from->sampled,
                                                .live = from->live,
                                                .overflow = from->overflow,
                                                .evacuated = from->evacuated};
    }
    return count;
}

static void fill_survey(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct classic_survey *to = &player->classic_scene.map.survey;
    struct hmap_survey from;
    hmap_snapshot_survey(&model->context, model->map, HMAP_ARRAY_NEW, SURVEY_BUCKETS, &from);
    _Static_assert(sizeof(to->chains) == sizeof(from.chains), "the same lengths");
    to->buckets = from.buckets;
    to->sampled = from.sampled;
    memcpy(to->chains, from.chains, sizeof(to->chains));
}

// Looks at each old bucket while they are few, else at some of each part.
static void fill_moved(struct watch_player *player)
{
    enum { LOOKED_AT = 512 };
    const struct watch_model *model = player->session.model;
    const struct classic_header *header = &player->classic_scene.map.header;
    struct classic_moved *to = &player->classic_scene.map.moved;
    struct hmap_density parts[CLASSIC_MOVED_PARTS];
    *to = (struct classic_moved){0};
    if (!header->is_growing)
        return;
    to->parts = hmap_snapshot_density(&model->context, model->map, HMAP_ARRAY_OLD, parts, CLASSIC_MOVED_PARTS,
                                      LOOKED_AT / CLASSIC_MOVED_PARTS);
    for (size_t i = 0; i < to->parts; i++) {
        uint64_t sampled = parts[i].sampled ? parts[i].sampled : 1;
        to->share[i] = (uint8_t)(255 * parts[i].evacuated / sampled);
        to->moved += (parts[i].evacuated * parts[i].count + sampled / 2) / sampled;
        to->is_estimate |= parts[i].sampled < parts[i].count;
    }
}

static struct error *fill_bucket(struct watch_player *player, uint64_t index)
{
    const struct watch_model *model = player->session.model;
    struct classic_bucket_bytes *to = &player->classic_scene.map.bucket_bytes;
    struct hmap_window *piece = &player->classic_snapshot;
    struct hmap_header_view header;
    const struct hmap_window_request wanted = {
        .array = HMAP_ARRAY_NEW, .first = index, .count = 1, .chain_limit = 1, .texts = true, .raw = true};
    hmap_snapshot_header(&model->context, model->map, &header);
    *to = (struct classic_bucket_bytes){0};
    if (!hmap_snapshot_window(&model->context, model->map, &wanted, piece))
        return &error_out_of_memory;
    if (!piece->length)
        return NULL;
    to->address = piece->buckets[0].address;
    to->overflow_address = piece->buckets[0].overflow_address;
    to->whole_bytes = header.bucket_bytes;
    to->size_bytes = header.bucket_bytes < CLASSIC_BUCKET_BYTES ? header.bucket_bytes : CLASSIC_BUCKET_BYTES;
    to->key_bytes = header.key_slot_bytes;
    to->elem_bytes = header.elem_slot_bytes;
    to->elems_offset = header.elems_offset;
    to->overflow_offset = header.overflow_offset;
    memcpy(to->bytes, piece->raw, to->size_bytes);
    copy_entries(&piece->buckets[0], to->entries);
    return NULL;
}

struct error *classic_picture_fill(struct watch_player *player, const struct hmap_needs *needs)
{
    struct classic_picture *picture = &player->classic_scene.map;
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
        RETURN_IF_ERROR(
            fill_window(player, &needs->windows[i], &picture->windows[i], &player->classic_rooms[i]));
    picture->old_density_count =
        fill_density(player, HMAP_ARRAY_OLD, picture->old_density, needs->old_cells, needs->samples);
    picture->new_density_count =
        fill_density(player, HMAP_ARRAY_NEW, picture->new_density, needs->new_cells, needs->samples);
    fill_survey(player);
    fill_moved(player);
    if (needs->has_bucket)
        RETURN_IF_ERROR(fill_bucket(player, needs->bucket));
    picture->events_count = picture_events_fill(player, needs->events, tone_of, picture->events);
    fill_hash(player);
    return NULL;
}
