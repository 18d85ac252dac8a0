// SPDX-License-Identifier: MIT
#include "swiss_event.h"
#include "hmap_type.h"
#include <stdio.h>

const char *swiss_event_name(enum swiss_event_kind kind)
{
    static const char *const names[SWISS_EVENT_KINDS] = {
        [SWISS_EVENT_NONE] = "none",
        [SWISS_EVENT_MAKE] = "make",
        [SWISS_EVENT_GROUP] = "group",
        [SWISS_EVENT_HASHED] = "hashed",
        [SWISS_EVENT_FIND_HIT] = "find-hit",
        [SWISS_EVENT_FIND_MISS] = "find-miss",
        [SWISS_EVENT_ASSIGN] = "assign",
        [SWISS_EVENT_INSERT] = "insert",
        [SWISS_EVENT_OVERWRITE] = "overwrite",
        [SWISS_EVENT_REMOVE] = "remove",
        [SWISS_EVENT_DELETE] = "delete",
        [SWISS_EVENT_DELETE_MISS] = "delete-miss",
        [SWISS_EVENT_RESEED] = "reseed",
        [SWISS_EVENT_TO_TABLE] = "to-table",
        [SWISS_EVENT_GROW] = "grow",
        [SWISS_EVENT_SPLIT] = "split",
        [SWISS_EVENT_DIRECTORY] = "directory",
        [SWISS_EVENT_PRUNE] = "prune",
        [SWISS_EVENT_ITER_START] = "iter-start",
        [SWISS_EVENT_ITER_TABLE] = "iter-table",
        [SWISS_EVENT_ITER_STEP] = "iter-step",
        [SWISS_EVENT_ITER_SKIP] = "iter-skip",
        [SWISS_EVENT_ITER_END] = "iter-end",
        [SWISS_EVENT_CLEAR] = "clear",
        [SWISS_EVENT_CLONE] = "clone",
        [SWISS_EVENT_FAULT] = "fault",
    };
    return (unsigned)kind < SWISS_EVENT_KINDS ? names[kind] : "?";
}

// "table 3 group 17 slot 2", or what there is of it
static void describe_place(const struct swiss_event *event, char *text, size_t size_bytes)
{
    if (event->table == UINT32_MAX)
        snprintf(text, size_bytes, "a replaced table's group %u slot %u", event->group, event->slot);
    else if (event->detail & SWISS_DETAIL_SMALL)
        snprintf(text, size_bytes, "slot %u", event->slot);
    else
        snprintf(text, size_bytes, "table %u group %u slot %u", event->table, event->group, event->slot);
}

static void describe_search(const struct swiss_event *event, char *text, size_t size_bytes)
{
    snprintf(text, size_bytes, "%u group%s searched, hash 0x%016llx h2 %02x", event->probes,
             event->probes == 1 ? "" : "s", (unsigned long long)event->hash, event->h2);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

char *swiss_event_describe(const struct swiss_event *event, char *text, size_t size_bytes)
{
    char search[96], place[80];
    const char *name = swiss_event_name((enum swiss_event_kind)event->kind);
    const unsigned long long address = event->address, hash = event->hash;
    const bool small = event->detail & SWISS_DETAIL_SMALL, tombstone = event->detail & SWISS_DETAIL_TOMBSTONE;
    describe_search(event, search, sizeof search);
    describe_place(event, place, sizeof place);
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_MAKE:
        if (event->count_a)
            snprintf(text, size_bytes, "make: %u table%s of %u slots, seed 0x%016llx", event->count_a,
                     plural(event->count_a), event->count_b, hash);
        else
            snprintf(text, size_bytes, "make: no group yet, seed 0x%016llx", hash);
        break;
    case SWISS_EVENT_GROUP:
        snprintf(text, size_bytes, "the first group, at 0x%llx", address);
        break;
    case SWISS_EVENT_HASHED:
        snprintf(text, size_bytes, "hash 0x%016llx h2 %02x", hash, event->h2);
        break;
    case SWISS_EVENT_ASSIGN:
    case SWISS_EVENT_REMOVE:
        if (small)
            snprintf(text, size_bytes, "%s: hash 0x%016llx h2 %02x", name, hash, event->h2);
        else
            snprintf(text, size_bytes, "%s: hash 0x%016llx h2 %02x table %u, from group %u on", name, hash,
                     event->h2, event->table, event->group);
        break;
    case SWISS_EVENT_FIND_HIT:
    case SWISS_EVENT_OVERWRITE:
        snprintf(text, size_bytes, "%s: %s, %s", name, place, search);
        break;
    case SWISS_EVENT_INSERT:
        snprintf(text, size_bytes, "%s: %s%s, %s", name, place, tombstone ? ", a tombstone" : "", search);
        break;
    case SWISS_EVENT_DELETE:
        snprintf(text, size_bytes, "%s: %s, now %s, %s", name, place, tombstone ? "a tombstone" : "empty",
                 search);
        break;
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_DELETE_MISS:
        if (event->address)
            snprintf(text, size_bytes, "%s: %s", name, search);
        else
            snprintf(text, size_bytes, "%s: the map is empty", name);
        break;
    case SWISS_EVENT_RESEED:
        snprintf(text, size_bytes, "new seed 0x%016llx", hash);
        break;
    case SWISS_EVENT_TO_TABLE:
        snprintf(text, size_bytes, "the group is full: a table of %u slots, %u entries moved", event->count_b,
                 event->count_a);
        break;
    case SWISS_EVENT_GROW:
        snprintf(text, size_bytes,
                 "grow table %u: %llu -> %llu slots, %u entries moved, %u tombstone%s dropped", event->table,
                 hash / 2, hash, event->count_a, event->count_b, plural(event->count_b));
        break;
    case SWISS_EVENT_SPLIT:
        snprintf(text, size_bytes,
                 "split table %u on hash bit %u: %u entries left, %u right, %llu tombstone%s dropped",
                 event->table, 64u - event->local_depth, event->count_a, event->count_b, hash, plural(hash));
        break;
    case SWISS_EVENT_DIRECTORY:
        snprintf(text, size_bytes, "directory: %u -> %u entries", event->count_a, event->count_b);
        break;
    case SWISS_EVENT_PRUNE:
        if (event->count_a)
            snprintf(text, size_bytes, "prune table %u: %u tombstone%s dropped, %u kept", event->table,
                     event->count_a, plural(event->count_a), event->count_b);
        else
            snprintf(text, size_bytes, "prune table %u: too few of %u tombstone%s can go", event->table,
                     event->count_b, plural(event->count_b));
        break;
    case SWISS_EVENT_ITER_START:
        if (small)
            snprintf(text, size_bytes, "range starts at slot %llu", hash % SWISS_GROUP_SLOTS);
        else
            snprintf(text, size_bytes, "range starts at directory entry %u", event->table);
        break;
    case SWISS_EVENT_ITER_TABLE:
        snprintf(text, size_bytes, "range enters table %u", event->table);
        break;
    case SWISS_EVENT_ITER_STEP:
        snprintf(text, size_bytes, "range yields %s%s", place,
                 event->detail & SWISS_DETAIL_RELOOKUP ? ", looked up again: it has moved" : "");
        break;
    case SWISS_EVENT_ITER_SKIP:
        snprintf(text, size_bytes, "range skips %s: gone", place);
        break;
    case SWISS_EVENT_ITER_END:
        snprintf(text, size_bytes, "range ends");
        break;
    case SWISS_EVENT_CLEAR:
        snprintf(text, size_bytes, "clear: %llu entr%s gone", hash, hash == 1 ? "y" : "ies");
        break;
    case SWISS_EVENT_CLONE:
        snprintf(text, size_bytes, "clone at 0x%llx", address);
        break;
    case SWISS_EVENT_FAULT:
        snprintf(text, size_bytes, "fault: %s", hmap_status_text((enum hmap_status)event->detail));
        break;
    case SWISS_EVENT_NONE:
    case SWISS_EVENT_KINDS:
    default:
        snprintf(text, size_bytes, "%s", name);
    }
    return text;
}

#define RING_NAME(name) swiss_ring_##name
#define RING_STRUCT struct swiss_ring
#define RING_EVENT struct swiss_event
#define RING_SINK struct swiss_sink
#include "event_ring.h"
