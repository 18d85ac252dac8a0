// SPDX-License-Identifier: MIT
#include "watch/watch_story.h"

#include "hmapcore/swiss_snapshot.h"
#include <stdio.h>

enum {
    STORY_GROUP = 1,
    STORY_TABLE_SLOTS = 32, // the table in which the group is filled
    STORY_TABLE_USED = 16,
    STORY_OPS = 128, // of the history that are looked at: what is special is among them
    SLOW_KEYS = 3,
};

enum part {
    PART_SMALL,
    PART_TABLE,
    PART_FILL_GROUP,
    PART_GO_ON,     // a key more: its search goes on to another group
    PART_TOMBSTONE, // a delete from the full group
    PART_FIND,      // of the key that has gone on
    PART_REUSE,     // an insert takes the tombstone
    PART_GROW,
    PART_FULL, // a table of 1024 comes to its limit
    PART_END,
};

// What the history has had of the special operations.
struct past {
    uint64_t deleted, found; // how many
    uint64_t last_insert;    // number of the key before the first delete
};

static struct past past_of(const struct watch_session *session)
{
    struct past past = {0};
    uint64_t ops = session->model->ops + session->model->is_inside;
    for (uint64_t i = 0; i < ops && i < session->log.length && i < STORY_OPS; i++) {
        const struct watch_op *op = &session->log.data[i].op;
        past.deleted += op->kind == OP_DELETE;
        past.found += op->kind == OP_FIND;
        if (op->kind == OP_INSERT && !past.deleted)
            past.last_insert = op->number;
    }
    return past;
}

// The control bytes of the story's group: how many are live, whether it has a tombstone.
static void look_at_group(const struct watch_session *session, unsigned *live, bool *has_tombstone)
{
    struct swiss_window window CLEANUP(swiss_window_free) = {0};
    const struct swiss_model *model = session->swiss;
    const struct swiss_window_request request = {.first = STORY_GROUP, .count = 1};
    *live = 0;
    *has_tombstone = false;
    if (!swiss_snapshot_window(&model->context, model->map, &request, &window) || !window.length)
        return;
    for (size_t slot = 0; slot < SWISS_GROUP_SLOTS; slot++) {
        *live += window.groups[0].slots[slot].live;
        *has_tombstone |= window.groups[0].slots[slot].ctrl == SWISS_DELETED;
    }
}

static enum part part_of(const struct watch_session *session)
{
    const struct swiss_model *model = session->swiss;
    struct swiss_table_view table;
    unsigned live;
    bool has_tombstone;
    if (!model->map->dirLen)
        return PART_SMALL;
    if (model->map->dirLen > 1)
        return PART_END;
    (void)swiss_snapshot_table(&model->context, model->map, 0, &table);
    if (table.capacity == SWISS_MAX_TABLE_SLOTS)
        return PART_FULL;
    if (table.capacity != STORY_TABLE_SLOTS)
        return table.capacity < STORY_TABLE_SLOTS ? PART_TABLE : PART_GROW;
    if (table.used < STORY_TABLE_USED)
        return PART_TABLE;
    struct past past = past_of(session);
    look_at_group(session, &live, &has_tombstone);
    if (has_tombstone)
        return past.found ? PART_REUSE : PART_FIND;
    if (past.deleted)
        return PART_GROW;
    if (live < SWISS_GROUP_SLOTS)
        return PART_FILL_GROUP;
    // The latest key has filled it, or has gone past it.
    return model->map->used > STORY_TABLE_USED && session->model->latest_swiss_key.probes > 1 ? PART_TOMBSTONE
                                                                                              : PART_GO_ON;
}

bool swiss_story_next(struct watch_session *session, struct watch_op *op)
{
    const struct watch_spot spot = {.bucket = STORY_GROUP};
    uint64_t number = session->model->next_number, tried = 0, slice_end_ns = session->slice_end_ns;
    enum part part = part_of(session);
    *op = (struct watch_op){.kind = OP_INSERT};
    session->slice_end_ns = 0; // a few tries: what the story does must not depend on the clock
    switch (part) {
    case PART_FILL_GROUP:
    case PART_GO_ON:
    case PART_REUSE:
        (void)session_number_for(session, &spot, &tried, &number);
        break;
    case PART_TOMBSTONE:
        op->kind = OP_DELETE;
        (void)session_live_number(session, &spot, 0, &number);
        break;
    case PART_FIND:
        op->kind = OP_FIND;
        number = past_of(session).last_insert;
        break;
    default:
        break;
    }
    session->slice_end_ns = slice_end_ns;
    op->number = number & KEY_NUMBER_MASK;
    return part != PART_END;
}

// The way of one of the first keys, by the latest event; false for other events.
static bool slow_caption(const struct watch_session *session, char *text, size_t size_bytes)
{
    const struct watch_model *model = session->model;
    const struct watch_event *latest = &model->ring[model->events % SESSION_RING];
    char key[SWISS_TEXT_BYTES];
    if (!model->events || model->ops + !model->is_inside > SLOW_KEYS || latest->op.kind != OP_INSERT)
        return false;
    watch_key_text(&session->keys, latest->op.number, key, sizeof(key));
    switch ((int)latest->swiss.kind) {
    case SWISS_EVENT_HASHED:
        snprintf(text, size_bytes, "1. key %s is hashed, with this map's own seed: 64 bits", key);
        return true;
    case SWISS_EVENT_ASSIGN:
        snprintf(text, size_bytes, "2. up to 8 entries there is only one group: nothing is to be picked");
        return true;
    case SWISS_EVENT_INSERT:
        snprintf(text, size_bytes, "3. the low 7 bits, h2 = %02x, become the control byte of slot %u",
                 latest->swiss.h2, latest->swiss.slot);
        return true;
    case EVENT_RETURN:
        snprintf(text, size_bytes, "key %s is in", key);
        return true;
    default:
        return false;
    }
}

void swiss_story_caption(const struct watch_session *session, char *text, size_t size_bytes)
{
    static const char *const captions[] = {
        [PART_SMALL] = "a small map is one group of 8 slots; each has a control byte: the key's h2, or empty",
        [PART_TABLE] =
            "a table is replaced by one of twice the size, all at once, when 7 slots of 8 are used",
        [PART_FILL_GROUP] = "keys whose search begins at group 1, until its 8 slots are full",
        [PART_GO_ON] = "group 1 is full: the next key's search goes on to another group",
        [PART_TOMBSTONE] =
            "one is deleted from the full group: an empty slot there would end searches too early",
        [PART_FIND] = "so it leaves a tombstone, ††: the search for the key that went on passes by it",
        [PART_REUSE] = "a new key for that group takes the tombstone's slot",
        [PART_GROW] = "64, 128, 256, 512 slots: each growth leaves the tombstones behind",
        [PART_FULL] = "a table has at most 1024 slots: entry 897 splits it by the next bit of the hash",
        [PART_END] =
            "split, and the directory has doubled. Your turn: i inserts, g grows, d deletes, ? tells all",
    };
    if (!slow_caption(session, text, size_bytes))
        snprintf(text, size_bytes, "%s", captions[part_of(session)]);
}

unsigned swiss_story_pace(const struct watch_session *session)
{
    static const unsigned paces[] = {
        [PART_SMALL] = 600,     [PART_TABLE] = 700, [PART_FILL_GROUP] = 500, [PART_GO_ON] = 150,
        [PART_TOMBSTONE] = 120, [PART_FIND] = 120,  [PART_REUSE] = 120,      [PART_GROW] = 12000,
        [PART_FULL] = 20000,    [PART_END] = 1000,
    };
    return paces[part_of(session)];
}
