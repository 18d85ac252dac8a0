// SPDX-License-Identifier: MIT
// What the events of a watched Swiss map are in words.
#include "hmapcore/swiss_snapshot.h"
#include "watch/watch_text.h"

#include <stdio.h>

// "table 4, group 17, slot 3"
static void place_text(const struct swiss_event *event, char text[64])
{
    if (event->detail & SWISS_DETAIL_SMALL)
        snprintf(text, 64, "slot %u", event->slot);
    else if (event->table == UINT32_MAX) // replaced: only the range still has it
        snprintf(text, 64, "group %u, slot %u of the table before", event->group, event->slot);
    else
        snprintf(text, 64, "table %u, group %u, slot %u", event->table, event->group, event->slot);
}

static void searched_text(const struct swiss_event *event, char text[96])
{
    if (!event->address)
        snprintf(text, 96, "the map is empty");
    else if (event->detail & SWISS_DETAIL_SMALL)
        snprintf(text, 96, "not in the only group");
    else
        snprintf(text, 96, "not in table %u: %u group%s looked at, group %u has an empty slot", event->table,
                 event->probes, event->probes == 1 ? "" : "s", event->group);
}

static const char *groups_text(const struct swiss_event *event, char text[32])
{
    *text = '\0';
    if (event->probes > 1)
        snprintf(text, 32, ", the %u%s group looked at", event->probes,
                 event->probes == 2   ? "nd"
                 : event->probes == 3 ? "rd"
                                      : "th");
    return text;
}

// Of a table that was replaced, or pruned.
static void table_text(const struct swiss_event *event, char *text, size_t size_bytes)
{
    unsigned long long hash = event->hash;
    const unsigned table = event->table, a = event->count_a, b = event->count_b;
    switch ((int)event->kind) {
    case SWISS_EVENT_TO_TABLE:
        snprintf(text, size_bytes,
                 "the only group is full: a directory of one table of %u slots, %u entries move", b, a);
        return;
    case SWISS_EVENT_GROW:
        snprintf(text, size_bytes,
                 "table %u is replaced by one of %llu slots: %u entries move at once, %u tombstone%s gone",
                 table, hash, a, b, b == 1 ? "" : "s");
        return;
    case SWISS_EVENT_SPLIT:
        snprintf(text, size_bytes,
                 "table %u splits in two of depth %u by the next bit: %u → left, %u → right, %llu † gone",
                 table, event->local_depth, a, b, hash);
        return;
    case SWISS_EVENT_DIRECTORY:
        snprintf(text, size_bytes, "the directory doubles: %u → %u places", a, b);
        return;
    default:
        if (a)
            snprintf(text, size_bytes, "table %u is pruned: %u tombstone%s that no search needs go, %u stay",
                     table, a, a == 1 ? "" : "s", b);
        else
            snprintf(text, size_bytes, "table %u: too few of %u tombstones could go: it grows", table, b);
    }
}

char *watch_swiss_event_text(const struct swiss_event *event, const char *verb, const char *key, char *text,
                             size_t size_bytes)
{
    const bool is_tombstone = event->detail & SWISS_DETAIL_TOMBSTONE,
               is_small = event->detail & SWISS_DETAIL_SMALL;
    char place[64], searched[96], groups[32];
    place_text(event, place);
    searched_text(event, searched);
    groups_text(event, groups);
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_GROUP:
        snprintf(text, size_bytes, "the first entry: a group of 8 slots at 0x%llx",
                 (unsigned long long)event->address);
        break;
    case SWISS_EVENT_HASHED:
        snprintf(text, size_bytes, "%s key %s: its hash is 0x%016llx, h2 %02x", verb, key,
                 (unsigned long long)event->hash, event->h2);
        break;
    case SWISS_EVENT_ASSIGN:
    case SWISS_EVENT_REMOVE:
        if (is_small || !event->depth)
            snprintf(text, size_bytes, "key %s: the search begins at group %u; writing is on", key,
                     event->group);
        else
            snprintf(text, size_bytes, "key %s belongs to table %u, from group %u on; writing is on", key,
                     event->table, event->group);
        break;
    case SWISS_EVENT_INSERT:
        snprintf(text, size_bytes, "key %s is new: into %s%s%s", key, place,
                 is_tombstone ? ", in place of a tombstone" : "", groups);
        break;
    case SWISS_EVENT_OVERWRITE:
        snprintf(text, size_bytes, "key %s is there: %s%s", key, place, groups);
        break;
    case SWISS_EVENT_DELETE:
        snprintf(text, size_bytes, "key %s leaves %s: %s", key, place,
                 is_tombstone ? "a tombstone, its group has no empty slot" : "empty again");
        break;
    case SWISS_EVENT_FIND_HIT:
        snprintf(text, size_bytes, "find key %s: %s%s", key, place, groups);
        break;
    case SWISS_EVENT_FIND_MISS:
        snprintf(text, size_bytes, "find key %s: %s", key, searched);
        break;
    case SWISS_EVENT_DELETE_MISS:
        snprintf(text, size_bytes, "delete key %s: %s", key, searched);
        break;
    case SWISS_EVENT_RESEED:
        snprintf(text, size_bytes, "the map is empty: new hash seed 0x%016llx",
                 (unsigned long long)event->hash);
        break;
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
    case SWISS_EVENT_SPLIT:
    case SWISS_EVENT_DIRECTORY:
    case SWISS_EVENT_PRUNE:
        table_text(event, text, size_bytes);
        break;
    case SWISS_EVENT_ITER_START:
        if (is_small)
            snprintf(text, size_bytes, "range starts at random: slot %llu",
                     (unsigned long long)(event->hash % SWISS_GROUP_SLOTS));
        else
            snprintf(text, size_bytes,
                     "range starts at random: place %u of the directory, slot %llu of each table",
                     event->table, (unsigned long long)event->hash % SWISS_MAX_TABLE_SLOTS);
        break;
    case SWISS_EVENT_ITER_TABLE:
        snprintf(text, size_bytes, "range enters table %u", event->table);
        break;
    case SWISS_EVENT_ITER_STEP:
        snprintf(text, size_bytes, "range yields %s%s", place,
                 event->detail & SWISS_DETAIL_RELOOKUP ? ": its table was replaced, looked up again" : "");
        break;
    case SWISS_EVENT_ITER_SKIP:
        snprintf(text, size_bytes, "range skips %s: gone since its table was replaced", place);
        break;
    case SWISS_EVENT_ITER_END:
        snprintf(text, size_bytes, "range is back where it started: the end");
        break;
    case SWISS_EVENT_CLEAR:
        snprintf(text, size_bytes, "%llu entr%s wiped, tables and directory stay",
                 (unsigned long long)event->hash, event->hash == 1 ? "y" : "ies");
        break;
    case SWISS_EVENT_FAULT:
        snprintf(text, size_bytes, "fault: %s", hmap_status_text((enum hmap_status)event->detail));
        break;
    default:
        swiss_event_describe(event, text, size_bytes);
    }
    return text;
}
