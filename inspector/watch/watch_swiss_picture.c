// SPDX-License-Identifier: MIT
// The picture of a session's Swiss map: what hmapcore's snapshots and events say, in a picture's terms.
#include "hmapcore/swiss_snapshot.h"
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)SWISS_GROUP_SLOTS == (int)SWISS_SLOTS &&
                   (int)SWISS_TEXT_BYTES == (int)PICTURE_TEXT_BYTES &&
                   sizeof(struct swiss_map) <= PICTURE_HEADER_BYTES,
               "a picture has room for it");
_Static_assert((int)SWISS_EMPTY == (int)SWISS_MARK_EMPTY && (int)SWISS_DELETED == (int)SWISS_MARK_DELETED,
               "control bytes are copied");

// The header's fields by the compiler that built hmapcore.
static const struct picture_fields compiled_fields = {.list =
                                                          {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(struct swiss_map, name), sizeof(((struct swiss_map *)NULL)->name), 0                 \
    }
                                                              FIELD(used),
                                                              FIELD(seed),
                                                              FIELD(dirPtr),
                                                              FIELD(dirLen),
                                                              FIELD(globalDepth),
                                                              FIELD(globalShift),
                                                              FIELD(writing),
                                                              FIELD(tombstonePossible),
                                                              FIELD(clearSeq),
#undef FIELD
                                                          },
                                                      .count = 9,
                                                      .source = "offsetof"};

void swiss_picture_open(struct watch_player *player)
{
    player->swiss_fields = compiled_fields;
}

void swiss_picture_close(struct watch_player *player)
{
    struct swiss_picture *picture = &player->swiss_scene.map;
    free(picture->tables);
    free(picture->dir_cells);
    free(picture->groups);
    free(picture->entries);
    swiss_window_free(&player->swiss_snapshot);
    *picture = (struct swiss_picture){0};
    memset(&player->swiss_rooms, 0, sizeof(player->swiss_rooms));
}

// --- Header and touch ---

static void fill_header(struct watch_player *player)
{
    const struct swiss_model *model = player->session.swiss;
    struct swiss_header *to = &player->swiss_scene.map.header;
    struct swiss_header_view from;
    swiss_snapshot_header(&model->context, model->map, &from);
    picture_raw_fill(&to->raw, &(struct raw_map){from.address, from.bytes, sizeof(from.bytes), from.key_kind,
                                                 from.elem_kind});
    picture_fields_lay(player, WATCH_SWISS, player->swiss_view.screen.shows_bytes, &player->swiss_fields,
                       &to->raw);
    to->used = from.used;
    to->seed = from.seed;
    to->dir_address = from.directory_address;
    to->dir_length = from.directory_entries;
    to->global_depth = from.depth;
    to->global_shift = from.shift;
    to->is_writing = from.writing;
    to->has_tombstone_flag = model->context.flavour >= SWISS_GO_1_25;
    to->tombstone_possible = from.tombstone_possible;
    to->clear_sequence = from.clear_sequence;
}

// The first place that the event's table has now: a directory that has doubled since has two for each.
static uint64_t place_of(const struct swiss_model *model, const struct swiss_event *event)
{
    int doubled = model->map->globalDepth - event->depth;
    return doubled > 0 ? (uint64_t)event->table << doubled : event->table;
}

static uint64_t groups_of_place(const struct swiss_model *model, uint64_t place)
{
    struct swiss_table_view table;
    return swiss_snapshot_table(&model->context, model->map, place, &table) ? table.groups : 0;
}

// The way of a search, backwards: an event says where it has ended and after how many groups.
static struct swiss_touch touch_of(const struct swiss_model *model, const struct swiss_event *event)
{
    struct swiss_touch touch = {.kind = SWISS_TOUCH_GROUPS,
                                .place = place_of(model, event),
                                .group = event->group,
                                .first_group = event->group,
                                .slot = event->slot,
                                .probes = event->probes};
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_INSERT:
    case SWISS_EVENT_OVERWRITE:
    case SWISS_EVENT_DELETE:
    case SWISS_EVENT_FIND_HIT:
        touch.has_slot = true;
        break;
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_DELETE_MISS:
        if (!event->address)
            touch.kind = SWISS_TOUCH_NOTHING;
        break;
    case SWISS_EVENT_ASSIGN:
    case SWISS_EVENT_REMOVE:
        touch.probes = 1;
        return touch;
    case SWISS_EVENT_ITER_STEP:
    case SWISS_EVENT_ITER_SKIP:
        touch.has_slot = true;
        touch.probes = 1;
        if (event->table == UINT32_MAX)
            touch.kind = SWISS_TOUCH_NOTHING;
        return touch;
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
    case SWISS_EVENT_PRUNE:
    case SWISS_EVENT_ITER_TABLE:
        touch.kind = SWISS_TOUCH_TABLE;
        return touch;
    case SWISS_EVENT_SPLIT:
        touch.kind = SWISS_TOUCH_SPLIT;
        touch.other_place =
            touch.place +
            (event->depth >= event->local_depth ? UINT64_C(1) << (event->depth - event->local_depth) : 0);
        return touch;
    case SWISS_EVENT_DIRECTORY:
        touch.kind = SWISS_TOUCH_DIRECTORY;
        return touch;
    default:
        touch.kind = SWISS_TOUCH_NOTHING;
        return touch;
    }
    // Groups before the last one: the triangular steps, taken back.
    uint64_t groups = groups_of_place(model, touch.place), steps = touch.probes ? touch.probes - 1 : 0;
    if (groups)
        touch.first_group = (touch.group - steps * (steps + 1) / 2) & (groups - 1);
    return touch;
}

// Of the operation under way, or of the one that has just returned.
static struct swiss_touch latest_touch(const struct watch_session *session)
{
    struct watch_event events[SESSION_RING];
    size_t count = session_events(session, events, SESSION_RING);
    for (size_t i = count; i-- > 0;) {
        if (events[i].event.kind == EVENT_RETURN && i + 1 < count)
            break;
        struct swiss_touch touch = touch_of(session->swiss, &events[i].swiss);
        if (touch.kind != SWISS_TOUCH_NOTHING)
            return touch;
    }
    return (struct swiss_touch){.kind = SWISS_TOUCH_NOTHING};
}

static void copy_table(const struct swiss_table_view *from, struct swiss_placed_table *to)
{
    *to = (struct swiss_placed_table){.address = from->address,
                                      .groups_address = from->groups_address,
                                      .first_place = from->entry,
                                      .places = from->entries,
                                      .groups = from->groups,
                                      .used = from->used,
                                      .capacity = from->capacity,
                                      .growth_left = from->growth_left,
                                      .tombstones = from->tombstones,
                                      .local_depth = from->local_depth};
}

void swiss_picture_header(struct watch_player *player)
{
    const struct watch_session *session = &player->session;
    struct swiss_picture *picture = &player->swiss_scene.map;
    const struct swiss_event *place = &session->model->latest_swiss_place;
    struct swiss_table_view table;
    fill_header(player);
    picture->touch = latest_touch(session);
    picture->touch.has_latest = place->kind != SWISS_EVENT_NONE;
    picture->touch.latest_place = place_of(session->swiss, place);
    picture->touch.latest_group = place->group;
    uint64_t wanted = swiss_view_choose(&player->swiss_view, &picture->header, &picture->touch);
    picture->chosen = (struct swiss_placed_table){.places = 1};
    if (swiss_snapshot_table(&session->swiss->context, session->swiss->map, wanted, &table))
        copy_table(&table, &picture->chosen);
}

// --- What a frame needs ---

static void *room_for(void *memory, size_t *room, size_t count, size_t each_bytes)
{
    if (*room >= count && memory)
        return memory;
    size_t wanted = count < 16 ? 16 : 2 * count;
    void *moved = realloc(memory, wanted * each_bytes);
    *room = moved ? wanted : *room;
    return moved;
}

static struct error *fill_tables(struct watch_player *player, const struct swiss_needs *needs)
{
    const struct swiss_model *model = player->session.swiss;
    struct swiss_picture *picture = &player->swiss_scene.map;
    struct swiss_table_view table;
    picture->tables_count = 0;
    void *moved =
        room_for(picture->tables, &player->swiss_rooms.tables, needs->tables, sizeof(*picture->tables));
    if (!moved)
        return &error_out_of_memory;
    picture->tables = moved;
    if (!picture->header.dir_length)
        return NULL;
    for (uint64_t place = needs->tables_place; picture->tables_count < needs->tables;
         place = table.entry + table.entries) {
        if (!swiss_snapshot_table(&model->context, model->map, place, &table))
            break;
        copy_table(&table, &picture->tables[picture->tables_count++]);
    }
    return NULL;
}

// Some tables of each part of the directory: the cost does not depend on how many there are.
static struct error *fill_dir_cells(struct watch_player *player, size_t cells)
{
    enum { LOOKED_AT = 2 };
    const struct swiss_model *model = player->session.swiss;
    struct swiss_picture *picture = &player->swiss_scene.map;
    uint64_t places = picture->header.dir_length;
    picture->dir_cells_count = 0;
    void *moved =
        room_for(picture->dir_cells, &player->swiss_rooms.dir_cells, cells, sizeof(*picture->dir_cells));
    if (!moved)
        return &error_out_of_memory;
    picture->dir_cells = moved;
    cells = cells < places ? cells : (size_t)places;
    for (size_t i = 0; i < cells; i++) {
        struct swiss_dir_cell *cell = &picture->dir_cells[i];
        uint64_t first = i * places / cells, end = (i + 1) * places / cells;
        *cell = (struct swiss_dir_cell){.first = first, .count = end - first};
        for (uint64_t k = 0; k < LOOKED_AT && k < cell->count; k++) {
            struct swiss_table_view table;
            if (!swiss_snapshot_table(&model->context, model->map, first + k * cell->count / LOOKED_AT,
                                      &table))
                break;
            cell->slots += table.capacity;
            cell->used += table.used;
            cell->tombstones += table.tombstones;
        }
    }
    picture->dir_cells_count = cells;
    return NULL;
}

static void copy_group(const struct swiss_group_view *from, struct swiss_group *to,
                       struct swiss_entry *entries)
{
    to->address = from->address;
    to->index = from->index;
    to->in_doubt = 0;
    to->is_missing = false;
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++) {
        to->control[slot] = from->slots[slot].ctrl;
        if (!entries)
            continue;
        memcpy(entries[slot].key, from->slots[slot].key, PICTURE_TEXT_BYTES);
        memcpy(entries[slot].elem, from->slots[slot].elem, PICTURE_TEXT_BYTES);
    }
}

static struct error *fill_groups(struct watch_player *player, const struct swiss_needs *needs)
{
    const struct swiss_model *model = player->session.swiss;
    struct swiss_picture *picture = &player->swiss_scene.map;
    struct swiss_window *window = &player->swiss_snapshot;
    const struct swiss_window_request request = {.entry = picture->chosen.first_place,
                                                 .first = needs->groups_first,
                                                 .count = needs->groups,
                                                 .texts = needs->texts};
    picture->groups_count = 0;
    if (!swiss_snapshot_window(&model->context, model->map, &request, window))
        return &error_out_of_memory;
    void *moved =
        room_for(picture->groups, &player->swiss_rooms.groups, window->length, sizeof(*picture->groups));
    if (!moved)
        return &error_out_of_memory;
    picture->groups = moved;
    if (needs->texts) {
        moved = room_for(picture->entries, &player->swiss_rooms.entries, window->length * SWISS_SLOTS,
                         sizeof(*picture->entries));
        if (!moved)
            return &error_out_of_memory;
        picture->entries = moved;
    }
    for (size_t i = 0; i < window->length; i++)
        copy_group(&window->groups[i], &picture->groups[i],
                   needs->texts ? &picture->entries[i * SWISS_SLOTS] : NULL);
    picture->groups_count = window->length;
    return NULL;
}

static void detail_of(struct swiss_picture *picture, uint8_t slot)
{
    struct picture_detail *detail = &picture->detail;
    const struct swiss_group *group = &picture->cursor;
    uint8_t control = group->control[slot];
    snprintf(detail->title, sizeof(detail->title), "group %llu, slot %u   Enter closes",
             (unsigned long long)group->index, slot);
    detail->lines_count = 3;
    if (!swiss_is_live(control)) {
        snprintf(detail->lines[0], sizeof(detail->lines[0]), "control %02x: %s", control,
                 control == SWISS_MARK_DELETED ? "a tombstone: deleted, but searches go on past it"
                                               : "empty: searches end at this group");
        detail->lines_count = 1;
        return;
    }
    snprintf(detail->lines[0], sizeof(detail->lines[0]), "control %02x: h2, the low 7 bits of the key's hash",
             control);
    snprintf(detail->lines[1], sizeof(detail->lines[1]), "key     %s", picture->cursor_entries[slot].key);
    snprintf(detail->lines[2], sizeof(detail->lines[2]), "value   %s", picture->cursor_entries[slot].elem);
}

static struct error *fill_cursor(struct watch_player *player, const struct swiss_needs *needs)
{
    const struct swiss_model *model = player->session.swiss;
    const struct swiss_type *type = &player->session.keys.swiss_type;
    struct swiss_picture *picture = &player->swiss_scene.map;
    struct swiss_window *window = &player->swiss_snapshot;
    const struct swiss_window_request request = {.entry = picture->chosen.first_place,
                                                 .first = needs->cursor,
                                                 .count = 1,
                                                 .texts = true,
                                                 .raw = needs->has_bytes};
    struct swiss_group_bytes *bytes = &picture->group_bytes;
    picture->cursor = (struct swiss_group){.index = needs->cursor};
    bytes->size_bytes = 0;
    if (!swiss_snapshot_window(&model->context, model->map, &request, window))
        return &error_out_of_memory;
    if (!window->length)
        return NULL;
    copy_group(&window->groups[0], &picture->cursor, picture->cursor_entries);
    if (needs->has_detail)
        detail_of(picture, needs->slot);
    if (!needs->has_bytes)
        return NULL;
    bool is_indirect_key = type->flags & SWISS_INDIRECT_KEY,
         is_indirect_elem = type->flags & SWISS_INDIRECT_ELEM;
    *bytes = (struct swiss_group_bytes){
        .address = picture->cursor.address,
        .whole_bytes = type->group_bytes,
        .size_bytes = type->group_bytes < SWISS_GROUP_BYTES ? type->group_bytes : SWISS_GROUP_BYTES,
        .key_bytes = is_indirect_key ? sizeof(void *) : (uint32_t)type->key->size_bytes,
        .elem_bytes = is_indirect_elem ? sizeof(void *) : (uint32_t)type->elem->size_bytes,
        .slot_bytes = type->slot_bytes,
        .elem_offset = type->elem_offset};
    memcpy(bytes->bytes, window->raw, bytes->size_bytes);
    return NULL;
}

// --- How full it is ---

// The table that grows first, of those of a directory that is not too large to be gone through.
static void fill_next(const struct swiss_model *model, uint64_t places, struct swiss_overview *to)
{
    struct swiss_table_view table;
    bool is_first = true;
    for (uint64_t place = 0; place < places; place = table.entry + table.entries) {
        if (!swiss_snapshot_table(&model->context, model->map, place, &table))
            break;
        if (is_first || table.growth_left < to->next_left) {
            to->next_left = table.growth_left;
            to->next_place = table.entry;
            to->next_capacity = table.capacity;
        }
        is_first = false;
    }
}

static void fill_overview(struct watch_player *player)
{
    enum { GROUPS_LOOKED_AT = 64 };
    struct swiss_model *model = player->session.swiss;
    struct swiss_picture *picture = &player->swiss_scene.map;
    struct swiss_overview *to = &picture->overview;
    const struct swiss_type *type = &player->session.keys.swiss_type;
    struct swiss_survey survey;
    uint64_t places = picture->header.dir_length;
    swiss_snapshot_survey_some(&model->context, model->map, GROUPS_LOOKED_AT, &survey);
    *to = (struct swiss_overview){.tables = survey.tables,
                                  .tables_seen = survey.tables,
                                  .slots = survey.slots,
                                  .used = survey.live,
                                  .tombstones = survey.tombstones,
                                  .groups = survey.slots / SWISS_GROUP_SLOTS,
                                  .sampled = survey.sampled,
                                  .full_groups = survey.full_groups};
    for (size_t i = 0; i < ARRAY_LENGTH(survey.searches); i++)
        to->searches[i < SWISS_SEARCHES ? i : SWISS_SEARCHES - 1] += survey.searches[i];
    if (survey.is_part) { // as many places a table as the tables seen have
        to->tables = survey.tables * places / (survey.places ? survey.places : 1);
        return;
    }
    fill_next(model, places, to);
    to->held_bytes = sizeof(struct swiss_map) + to->groups * type->group_bytes + places * sizeof(void *) +
                     survey.tables * sizeof(struct swiss_table);
}

// --- Events and the hash ---

static enum event_tone tone_of(const struct watch_event *any)
{
    const struct swiss_event *event = &any->swiss;
    switch ((int)event->kind) {
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
    case SWISS_EVENT_FAULT:
        return TONE_WARN;
    case SWISS_EVENT_SPLIT:
    case SWISS_EVENT_DIRECTORY:
        return TONE_MOVED;
    case SWISS_EVENT_PRUNE:
        return TONE_GOOD;
    case SWISS_EVENT_DELETE:
        return event->detail & SWISS_DETAIL_TOMBSTONE ? TONE_OVERFLOW : TONE_NORMAL;
    case SWISS_EVENT_NONE:
    case SWISS_EVENT_HASHED:
    case SWISS_EVENT_ASSIGN:
    case SWISS_EVENT_REMOVE:
        return TONE_QUIET;
    default:
        return TONE_NORMAL;
    }
}

static void fill_probe(struct watch_player *player)
{
    const struct watch_session *session = &player->session;
    const struct watch_model *model = session->model;
    const struct swiss_event *event = &model->latest_swiss_key;
    struct swiss_probe *to = &player->swiss_scene.map.probe;
    struct swiss_table_view table;
    *to = (struct swiss_probe){.is_known = event->kind != SWISS_EVENT_NONE};
    if (!to->is_known)
        return;
    uint8_t latest = model->events ? model->ring[model->events % SESSION_RING].event.kind : 0;
    to->step = latest == SWISS_EVENT_HASHED   ? SWISS_STEP_HASHED
               : latest == SWISS_EVENT_ASSIGN ? SWISS_STEP_SEARCHES
               : latest == SWISS_EVENT_REMOVE ? SWISS_STEP_SEARCHES
               : latest == SWISS_EVENT_INSERT ? SWISS_STEP_STORED
                                              : SWISS_STEP_NONE;
    to->hash = event->hash;
    to->h2 = event->hash & 0x7f;
    to->depth = event->depth;
    to->place = event->depth ? event->hash >> (64 - event->depth) : 0;
    to->table = event->table;
    to->local_depth = event->local_depth;
    to->verb = watch_op_name(model->latest_key_op.kind);
    watch_key_text(&session->keys, model->latest_key_op.number, to->key, sizeof(to->key));
    if (swiss_snapshot_table(&session->swiss->context, session->swiss->map, place_of(session->swiss, event),
                             &table))
        to->groups = table.groups;
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_FIND_HIT:
    case SWISS_EVENT_INSERT:
    case SWISS_EVENT_OVERWRITE:
    case SWISS_EVENT_DELETE:
        to->outcome = SWISS_FOUND;
        to->slot = event->slot;
        to->probes = event->probes;
        break;
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_DELETE_MISS:
        to->outcome = event->address ? SWISS_NOT_FOUND : SWISS_UNDER_WAY;
        to->probes = event->probes;
        break;
    default:
        to->probes = to->groups ? 1 : 0;
    }
}

struct error *swiss_picture_fill(struct watch_player *player, const struct swiss_needs *needs)
{
    struct swiss_picture *picture = &player->swiss_scene.map;
    RETURN_IF_ERROR(fill_tables(player, needs));
    RETURN_IF_ERROR(fill_dir_cells(player, needs->dir_cells));
    RETURN_IF_ERROR(fill_groups(player, needs));
    if (needs->has_cursor)
        RETURN_IF_ERROR(fill_cursor(player, needs));
    fill_overview(player);
    picture->events_count = picture_events_fill(player, needs->events, tone_of, picture->events);
    fill_probe(player);
    return NULL;
}
