// SPDX-License-Identifier: MIT
// What happened between two frames, in words. Only what both headers and the directory prove is said.
#include "watch/live_session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void live_say_event(struct live_session *session, enum event_tone tone, const char *format, ...)
{
    struct picture_event *event = &session->events[session->events_count++ % PICTURE_EVENTS_MOST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(event->text, sizeof(event->text), format, arguments);
    va_end(arguments);
    event->position = session->frames;
    event->tone = (uint8_t)tone;
}

static void say_count(struct live_session *session, uint64_t before, uint64_t now)
{
    if (now > before)
        live_say_event(session, TONE_QUIET, "%" PRIu64 " more entries: %" PRIu64, now - before, now);
    else if (now < before)
        live_say_event(session, TONE_QUIET, "%" PRIu64 " entries fewer: %" PRIu64, before - now, now);
}

void live_events_classic(struct live_session *session, const struct classic_header *now)
{
    const struct classic_header *before = &session->before.classic;
    struct classic_touch *touch = &session->classic.map.touch;
    if (!session->search.is_on)
        touch->kind = TOUCH_NOTHING;
    if (!session->before.is_known)
        return;
    say_count(session, (uint64_t)before->count, (uint64_t)now->count);
    if (now->is_growing && (!before->is_growing || now->oldbuckets_address != before->oldbuckets_address)) {
        if (now->is_same_size)
            live_say_event(session, TONE_WARN,
                           "growth to the same size starts: %u overflow buckets, threshold %u",
                           before->noverflow, before->grows_at_noverflow);
        else
            live_say_event(session, TONE_WARN,
                           "growth starts: doubling %" PRIu64 " → %" PRIu64 " at %" PRId64 " entries",
                           now->old_buckets, now->buckets, now->count);
    } else if (now->is_growing && now->nevacuate != before->nevacuate) {
        live_say_event(session, TONE_MOVED, "old buckets moved up to %" PRIu64 " of %" PRIu64, now->nevacuate,
                       now->old_buckets);
        const uint64_t moved = now->nevacuate ? now->nevacuate - 1 : 0;
        if (!session->search.is_on)
            *touch = (struct classic_touch){.kind = TOUCH_MOVE,
                                            .in_old = true,
                                            .bucket = moved,
                                            .address =
                                                now->oldbuckets_address + moved * session->shape.chunk_bytes,
                                            .has_latest = true,
                                            .latest_bucket = moved};
    }
    if (before->is_growing && !now->is_growing)
        live_say_event(session, TONE_GOOD, "growth is done: %" PRIu64 " buckets", now->buckets);
    else if (!before->is_growing && !now->is_growing && now->B > before->B)
        live_say_event(session, TONE_WARN, "it grew between two frames: %" PRIu64 " → %" PRIu64 " buckets",
                       before->buckets, now->buckets);
    if (now->hash0 != before->hash0)
        live_say_event(session, TONE_WARN,
                       now->count ? "cleared, and filled again: it has another seed"
                                  : "cleared: it has another seed");
    if (now->noverflow > before->noverflow && now->B == before->B)
        live_say_event(session, TONE_OVERFLOW, "%u more overflow buckets: %u",
                       (unsigned)now->noverflow - before->noverflow, now->noverflow);
}

void live_events_swiss(struct live_session *session, const struct swiss_header *now)
{
    const struct swiss_header *before = &session->before.swiss;
    const struct live_reader *reader = &session->reader;
    if (!session->before.is_known)
        return;
    say_count(session, before->used, now->used);
    if (now->clear_sequence != before->clear_sequence || (!now->used && before->used > 1))
        live_say_event(session, TONE_WARN, "cleared: %" PRIu64 " entries went", before->used);
    if (!before->dir_length && now->dir_length)
        live_say_event(session, TONE_WARN, "the small map became a table");
    else if (now->dir_length > before->dir_length && before->dir_length)
        live_say_event(session, TONE_WARN, "the directory doubled: %" PRIu64 " → %" PRIu64 " places",
                       before->dir_length, now->dir_length);
    for (size_t i = 0; i < reader->tables.length; i++) {
        const struct swiss_placed_table *table = &reader->tables.data[i].table;
        if (reader->tables.data[i].changed_at != reader->frames)
            continue;
        switch ((enum swiss_change)table->change) {
        case SWISS_GREW:
            live_say_event(session, TONE_WARN, "table at %" PRIu64 " grew to %u slots", table->first_place,
                           table->capacity);
            break;
        case SWISS_SPLIT: // of the two halves the left one speaks
            if (table->first_place / table->places % 2)
                break;
            live_say_event(session, TONE_MOVED,
                           "a table split: its halves at %" PRIu64 " and %" PRIu64 ", depth %u",
                           table->first_place, table->first_place + table->places, table->local_depth);
            break;
        case SWISS_PRUNED:
            live_say_event(session, TONE_GOOD, "table at %" PRIu64 " was pruned: its tombstones went",
                           table->first_place);
            break;
        case SWISS_CLEARED:
            live_say_event(session, TONE_WARN, "table at %" PRIu64 " was cleared", table->first_place);
            break;
        case SWISS_CALM:
            break;
        }
    }
}
