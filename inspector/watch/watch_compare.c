// SPDX-License-Identifier: MIT
#include "watch/watch_compare.h"

#include "base/clock.h"
#include "hmapcore/hmap_snapshot.h"
#include "hmapcore/swiss_snapshot.h"
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- The other map ---

struct error *compare_open(struct watch_player *player)
{
    struct watch_compare *compare = &player->compare;
    struct watch_session *session = &player->session;
    struct watch_setup setup = session->setup;
    struct error *error = NULL;
    setup.map_kind = session->swiss ? WATCH_CLASSIC : WATCH_SWISS;
    memset(&compare->scene, 0, sizeof(compare->scene));
    compare->is_open = true;
    for (size_t i = 0; i < COMPARE_SIDES && !error; i++) {
        compare->scene.sides[i].cells = calloc(COMPARE_CELLS_MOST, sizeof(struct compare_cell));
        error = compare->scene.sides[i].cells ? NULL : &error_out_of_memory;
    }
    if (!error)
        error = session_open(&compare->peer, &setup);
    for (size_t i = 0; i < session->log.length && !error; i++)
        error = session_append(&compare->peer, session->log.data[i].op);
    if (error)
        compare_close(player);
    return error;
}

void compare_close(struct watch_player *player)
{
    struct watch_compare *compare = &player->compare;
    if (!compare->is_open)
        return;
    for (size_t i = 0; i < COMPARE_SIDES; i++)
        free(compare->scene.sides[i].cells);
    session_close(&compare->peer);
    memset(&compare->scene, 0, sizeof(compare->scene));
    compare->is_open = false;
}

struct error *compare_log(struct watch_player *player, struct watch_op op)
{
    return player->compare.is_open ? session_append(&player->compare.peer, op) : NULL;
}

// What the session has dropped is dropped here too, from the same operation on.
void compare_drop(struct watch_player *player)
{
    struct watch_session *peer = &player->compare.peer;
    uint64_t ops = player->session.model->ops;
    if (!player->compare.is_open || ops >= peer->log.length)
        return;
    struct error *error = session_go_to_op(peer, ops);
    if (!error)
        session_drop_future(peer);
    if (!peer->failure)
        peer->failure = error;
    else
        error_free(error);
}

// --- What the latest operation was worth ---

// Of the events of the latest operation: slots of how many places were looked at, how many entries were moved.
struct cost {
    uint64_t looked_at, moved, tombstones;
    bool has_growth;
};

static void add_classic(const struct hmap_event *event, struct cost *cost)
{
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_FIND_HIT:
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
    case HMAP_EVENT_DELETE_MISS:
        cost->looked_at = event->chain + 1u;
        return;
    case HMAP_EVENT_EVACUATE:
        cost->moved += event->moved_x + event->moved_y;
        return;
    case HMAP_EVENT_GROW_START:
        cost->has_growth = true;
        return;
    default:
        return;
    }
}

static void add_swiss(const struct swiss_event *event, struct cost *cost)
{
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_FIND_HIT:
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_INSERT:
    case SWISS_EVENT_OVERWRITE:
    case SWISS_EVENT_DELETE_MISS:
        cost->looked_at = event->probes;
        return;
    case SWISS_EVENT_DELETE:
        cost->looked_at = event->probes;
        cost->tombstones += event->detail & SWISS_DETAIL_TOMBSTONE ? 1 : 0;
        return;
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
        cost->moved += event->count_a;
        cost->has_growth = true;
        return;
    case SWISS_EVENT_SPLIT:
        cost->moved += event->count_a + event->count_b;
        cost->has_growth = true;
        return;
    default:
        return;
    }
}

static struct cost cost_of(const struct watch_session *session)
{
    struct watch_event events[SESSION_RING];
    struct cost cost = {0};
    size_t count = session_events(session, events, SESSION_RING);
    for (size_t i = count; i-- > 0;) {
        if (events[i].event.kind == EVENT_RETURN) {
            if (i + 1 < count)
                break;
        } else if (session->swiss) {
            add_swiss(&events[i].swiss, &cost);
        } else {
            add_classic(&events[i].event, &cost);
        }
    }
    return cost;
}

static void latest_text(const struct watch_session *session, struct compare_side *side)
{
    struct cost cost = cost_of(session);
    char *text = side->figures[FIGURE_LATEST];
    const char *place = session->ops->place_name;
    int length = snprintf(text, COMPARE_TEXT_BYTES, "%llu %s%s looked at", (unsigned long long)cost.looked_at,
                          place, cost.looked_at == 1 ? "" : "s");
    if (cost.moved || cost.has_growth)
        snprintf(text + length, COMPARE_TEXT_BYTES - (size_t)length, ", %llu entr%s moved",
                 (unsigned long long)cost.moved, cost.moved == 1 ? "y" : "ies");
    else if (cost.tombstones)
        snprintf(text + length, COMPARE_TEXT_BYTES - (size_t)length, ", a tombstone stays");
    side->stands_out[FIGURE_LATEST] = cost.moved > 0 || cost.has_growth;
}

static void held_text(uint64_t bytes, uint64_t entries, char *text)
{
    if (entries)
        snprintf(text, COMPARE_TEXT_BYTES, "%llu bytes, %.1f an entry", (unsigned long long)bytes,
                 (double)bytes / (double)entries);
    else
        snprintf(text, COMPARE_TEXT_BYTES, "%llu bytes", (unsigned long long)bytes);
}

static void fill_common(const struct watch_session *session, struct compare_side *side, size_t events)
{
    struct watch_event latest[SESSION_RING];
    snprintf(side->figures[FIGURE_ENTRIES], COMPARE_TEXT_BYTES, "%llu",
             (unsigned long long)session_count(session));
    memset(side->stands_out, 0, sizeof(side->stands_out));
    latest_text(session, side);
    side->events_count =
        session_events(session, latest, events < PICTURE_EVENTS_MOST ? events : PICTURE_EVENTS_MOST);
    for (size_t i = 0; i < side->events_count; i++) {
        side->events[i].position = latest[i].event.serial;
        watch_event_text(session, &latest[i], side->events[i].text, sizeof(side->events[i].text));
    }
}

// Evenly divides `count` things into at most `cells`: the first of cell `i`.
static uint64_t first_of(size_t i, uint64_t count, size_t cells)
{
    return count / cells * i + count % cells * i / cells;
}

// --- The classic side ---

static void classic_slots(const struct hmap_bucket_view *bucket, bool is_old, struct compare_cell *cell)
{
    for (size_t slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
        const struct hmap_slot_view *from = &bucket->slots[slot];
        bool is_moved = is_old && !from->live && from->tophash >= HMAP_EVACUATED_X &&
                        from->tophash < HMAP_EVACUATED_EMPTY;
        if (!bucket->chain)
            cell->marks[slot] = from->live ? SLOT_LIVE : is_moved ? SLOT_MOVED : SLOT_EMPTY;
        cell->live += from->live;
        cell->slots++;
    }
    cell->has_more |= bucket->chain > 0;
}

static size_t classic_cells(const struct watch_session *session, enum hmap_array array, uint64_t buckets,
                            struct compare_cell *cells, size_t most)
{
    enum { LOOKED_AT = 2, CHAIN_MOST = 8 };
    const struct watch_model *model = session->model;
    struct hmap_window window CLEANUP(hmap_window_free) = {0};
    size_t count = buckets < most ? (size_t)buckets : most;
    uint64_t touched = model->latest_place.kind ? model->latest_place.bucket : UINT64_MAX;
    bool is_old = array == HMAP_ARRAY_OLD, touched_old = model->latest_place.detail & HMAP_DETAIL_OLD;
    for (size_t i = 0; i < count; i++) {
        struct compare_cell *cell = &cells[i];
        uint64_t first = first_of(i, buckets, count), end = first_of(i + 1, buckets, count);
        *cell = (struct compare_cell){.first = first, .count = end - first, .is_old = is_old};
        cell->is_touched = is_old == touched_old && touched - first < cell->count;
        struct hmap_window_request request = {.array = array,
                                              .first = first,
                                              .count = cell->count < LOOKED_AT ? cell->count : LOOKED_AT,
                                              .chain_limit = CHAIN_MOST};
        if (!hmap_snapshot_window(&model->context, model->map, &request, &window))
            return i;
        for (size_t k = 0; k < window.length; k++)
            classic_slots(&window.buckets[k], is_old, cell);
    }
    return count;
}

static void fill_classic(const struct watch_session *session, struct compare_side *side, size_t cells)
{
    enum { SURVEY_BUCKETS = 256 };
    static const char *const versions[] = {"1.19", "1.22", "1.23"};
    const struct watch_model *model = session->model;
    struct hmap_header_view header;
    struct hmap_survey survey;
    hmap_snapshot_header(&model->context, model->map, &header);
    hmap_snapshot_survey(&model->context, model->map, HMAP_ARRAY_NEW, SURVEY_BUCKETS, &survey);
    snprintf(side->name, sizeof(side->name), "classic, Go %s", versions[session->setup.flavour]);
    side->places = "buckets";
    uint64_t buckets = header.buckets_address ? header.buckets : 0,
             old = header.growing ? header.old_buckets : 0;
    side->places_count = buckets + old;
    uint64_t bytes = sizeof(struct hmap) + (side->places_count + header.noverflow) * header.bucket_bytes;
    int length = snprintf(side->figures[FIGURE_MADE_OF], COMPARE_TEXT_BYTES, "%llu bucket%s, %u overflow",
                          (unsigned long long)buckets, buckets == 1 ? "" : "s", header.noverflow);
    if (old)
        snprintf(side->figures[FIGURE_MADE_OF] + length, COMPARE_TEXT_BYTES - (size_t)length, ", %llu old",
                 (unsigned long long)old);
    snprintf(side->figures[FIGURE_LOAD], COMPARE_TEXT_BYTES, "%.2f of 6.5 a bucket",
             buckets ? (double)header.count / (double)buckets : 0.0);
    held_text(bytes, (uint64_t)header.count, side->figures[FIGURE_HELD]);
    if (header.growing)
        snprintf(side->figures[FIGURE_GROWTH], COMPARE_TEXT_BYTES, "moves bit by bit: at %llu of %llu",
                 (unsigned long long)header.nevacuate, (unsigned long long)old);
    else
        snprintf(side->figures[FIGURE_GROWTH], COMPARE_TEXT_BYTES, "doubles with entry %llu",
                 (unsigned long long)header.grows_above + 1);
    side->stands_out[FIGURE_GROWTH] = header.growing;
    char *search = side->figures[FIGURE_SEARCH];
    size_t at = (size_t)snprintf(search, COMPARE_TEXT_BYTES, "chains of");
    for (unsigned i = 0; i < 16 && at < COMPARE_TEXT_BYTES - 16; i++)
        if (survey.chains[i])
            at += (size_t)snprintf(search + at, COMPARE_TEXT_BYTES - at, " %u:%llu", i + 1,
                                   (unsigned long long)survey.chains[i]);
    size_t old_cells = old ? cells / 3 : 0;
    side->cells_count = old ? classic_cells(session, HMAP_ARRAY_OLD, old, side->cells, old_cells) : 0;
    side->cells_count += classic_cells(session, HMAP_ARRAY_NEW, buckets, side->cells + side->cells_count,
                                       cells - side->cells_count);
}

// --- The Swiss side ---

// Groups are counted through, table after table.
static void fill_groups(const struct watch_session *session, struct compare_side *side, size_t cells)
{
    const struct swiss_model *model = session->swiss;
    const struct swiss_event *touched = &session->model->latest_swiss_place;
    struct swiss_window window CLEANUP(swiss_window_free) = {0};
    struct swiss_table_view table;
    size_t count = side->places_count < cells ? (size_t)side->places_count : cells, at = 0;
    uint64_t places = model->map->dirLen ? (uint64_t)model->map->dirLen : 1, passed = 0;
    int doubled = model->map->globalDepth - touched->depth;
    uint64_t touched_place = doubled > 0 ? (uint64_t)touched->table << doubled : touched->table;
    for (uint64_t place = 0; place < places && at < count; place = table.entry + table.entries) {
        if (!swiss_snapshot_table(&model->context, model->map, place, &table))
            break;
        for (; at < count && first_of(at, side->places_count, count) < passed + table.groups; at++) {
            struct compare_cell *cell = &side->cells[at];
            uint64_t first = first_of(at, side->places_count, count);
            *cell = (struct compare_cell){.first = first,
                                          .count = first_of(at + 1, side->places_count, count) - first};
            struct swiss_window_request request = {.entry = place, .first = first - passed, .count = 1};
            if (!swiss_snapshot_window(&model->context, model->map, &request, &window) || !window.length)
                break;
            unsigned empty = 0;
            for (size_t slot = 0; slot < SWISS_GROUP_SLOTS; slot++) {
                uint8_t control = window.groups[0].slots[slot].ctrl;
                bool is_live = control < SWISS_EMPTY;
                cell->marks[slot] = is_live ? SLOT_LIVE : control == SWISS_DELETED ? SLOT_DEAD : SLOT_EMPTY;
                cell->live += is_live;
                cell->slots++;
                cell->has_dead |= control == SWISS_DELETED;
                empty += control == SWISS_EMPTY;
            }
            cell->has_more = !empty;
            cell->is_touched = touched->kind && touched_place >= table.entry &&
                               touched_place < table.entry + table.entries &&
                               touched->group - request.first < cell->count;
        }
        passed += table.groups;
    }
    side->cells_count = at;
}

static void fill_swiss(struct watch_session *session, struct compare_side *side, size_t cells)
{
    enum { SURVEY_GROUPS = 64 };
    static const char *const versions[] = {"1.24", "1.25", "1.26", "1.27"};
    struct swiss_model *model = session->swiss;
    const struct swiss_type *type = &session->keys.swiss_type;
    struct swiss_survey survey;
    uint64_t places = (uint64_t)model->map->dirLen;
    swiss_snapshot_survey_some(&model->context, model->map, SURVEY_GROUPS, &survey);
    if (survey.is_part) { // as those that were looked at are
        survey.slots = survey.slots * places / survey.places;
        survey.tombstones = survey.tombstones * places / survey.places;
        survey.live = model->map->used;
        survey.tables = survey.tables * places / survey.places;
    }
    snprintf(side->name, sizeof(side->name), "Swiss, Go %s", versions[session->setup.swiss_flavour]);
    side->places = "groups";
    side->places_count = survey.slots / SWISS_GROUP_SLOTS;
    uint64_t bytes = sizeof(struct swiss_map) + side->places_count * type->group_bytes +
                     places * sizeof(void *) + survey.tables * sizeof(struct swiss_table);
    if (places)
        snprintf(side->figures[FIGURE_MADE_OF], COMPARE_TEXT_BYTES, "%llu table%s, %llu groups, %llu †",
                 (unsigned long long)survey.tables, survey.tables == 1 ? "" : "s",
                 (unsigned long long)side->places_count, (unsigned long long)survey.tombstones);
    else
        snprintf(side->figures[FIGURE_MADE_OF], COMPARE_TEXT_BYTES, "%s",
                 side->places_count ? "one group" : "no group yet");
    double load = survey.slots ? 8.0 * (double)survey.live / (double)survey.slots : 0;
    snprintf(side->figures[FIGURE_LOAD], COMPARE_TEXT_BYTES, "%.2f of %d a group", load, places ? 7 : 8);
    held_text(bytes, model->map->used, side->figures[FIGURE_HELD]);
    uint64_t above = session->ops->grows_above(session);
    snprintf(side->figures[FIGURE_GROWTH], COMPARE_TEXT_BYTES, "a table at once, after %llu more",
             (unsigned long long)(above - model->map->used));
    char *search = side->figures[FIGURE_SEARCH];
    size_t at = (size_t)snprintf(search, COMPARE_TEXT_BYTES, "found in group");
    for (unsigned i = 0; i < 16 && at < COMPARE_TEXT_BYTES - 16; i++)
        if (survey.searches[i])
            at += (size_t)snprintf(search + at, COMPARE_TEXT_BYTES - at, " %u:%llu", i + 1,
                                   (unsigned long long)survey.searches[i]);
    fill_groups(session, side, cells);
}

// --- All ---

static void fill_side(struct watch_session *session, struct compare_side *side,
                      const struct compare_needs *needs)
{
    size_t cells = needs->cells < COMPARE_CELLS_MOST ? needs->cells : COMPARE_CELLS_MOST;
    fill_common(session, side, needs->events);
    if (session->swiss)
        fill_swiss(session, side, cells ? cells : 1);
    else
        fill_classic(session, side, cells ? cells : 1);
}

static uint64_t ops_begun(const struct watch_player *player)
{
    return player->session.model->ops + player->session.model->is_inside;
}

bool compare_is_behind(const struct watch_player *player)
{
    return player->compare.is_open && player->compare.peer.model->ops != ops_begun(player);
}

static struct error *catch_up(struct watch_player *player)
{
    struct watch_session *peer = &player->compare.peer;
    uint64_t slice_ns = player->views.slice_ns;
    peer->slice_end_ns = slice_ns ? clock_ns() + slice_ns : 0;
    peer->ops_in_slice = 0;
    struct error *error = session_go_to_op(peer, ops_begun(player));
    peer->slice_end_ns = 0;
    return error;
}

// In place of what its latest operation was.
static void say_how_far(const struct watch_player *player, struct compare_side *side)
{
    if (!compare_is_behind(player))
        return;
    snprintf(side->figures[FIGURE_LATEST], COMPARE_TEXT_BYTES, "catching up: operation %llu of %llu",
             (unsigned long long)player->compare.peer.model->ops, (unsigned long long)ops_begun(player));
    side->stands_out[FIGURE_LATEST] = true;
}

struct error *compare_fill(struct watch_player *player, const struct compare_needs *needs)
{
    struct watch_compare *compare = &player->compare;
    struct watch_session *session = &player->session, *peer = &compare->peer;
    bool is_swiss = session->swiss;
    snprintf(compare->scene.header.key_type, sizeof(compare->scene.header.key_type), "%s",
             session->keys.type.key->name);
    snprintf(compare->scene.header.elem_type, sizeof(compare->scene.header.elem_type), "%s",
             session->keys.type.elem->name);
    compare->scene.own = is_swiss;
    struct compare_side *sides = compare->scene.sides;
    RETURN_IF_ERROR(catch_up(player));
    fill_side(session, &sides[is_swiss], needs);
    fill_side(peer, &sides[!is_swiss], needs);
    say_how_far(player, &sides[!is_swiss]);
    return NULL;
}
