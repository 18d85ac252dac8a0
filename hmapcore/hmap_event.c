// SPDX-License-Identifier: MIT
#include "hmap_event.h"
#include "hmap_type.h"
#include <stdio.h>
#include <string.h>

const char *hmap_event_name(enum hmap_event_kind kind)
{
    static const char *const names[HMAP_EVENT_KINDS] = {
        [HMAP_EVENT_NONE] = "none",
        [HMAP_EVENT_MAKE] = "make",
        [HMAP_EVENT_ARRAY] = "array",
        [HMAP_EVENT_HASHED] = "hashed",
        [HMAP_EVENT_FIND_HIT] = "find-hit",
        [HMAP_EVENT_FIND_MISS] = "find-miss",
        [HMAP_EVENT_ASSIGN] = "assign",
        [HMAP_EVENT_INSERT] = "insert",
        [HMAP_EVENT_OVERWRITE] = "overwrite",
        [HMAP_EVENT_REMOVE] = "remove",
        [HMAP_EVENT_DELETE] = "delete",
        [HMAP_EVENT_DELETE_MISS] = "delete-miss",
        [HMAP_EVENT_EMPTY_REST] = "empty-rest",
        [HMAP_EVENT_RESEED] = "reseed",
        [HMAP_EVENT_OVERFLOW] = "overflow",
        [HMAP_EVENT_GROW_START] = "grow-start",
        [HMAP_EVENT_EVACUATE] = "evacuate",
        [HMAP_EVENT_GROW_FINISH] = "grow-finish",
        [HMAP_EVENT_ITER_START] = "iter-start",
        [HMAP_EVENT_ITER_BUCKET] = "iter-bucket",
        [HMAP_EVENT_ITER_STEP] = "iter-step",
        [HMAP_EVENT_ITER_SKIP] = "iter-skip",
        [HMAP_EVENT_ITER_END] = "iter-end",
        [HMAP_EVENT_CLEAR] = "clear",
        [HMAP_EVENT_CLONE] = "clone",
        [HMAP_EVENT_FAULT] = "fault",
    };
    return (unsigned)kind < HMAP_EVENT_KINDS ? names[kind] : "?";
}

// "hash …8f3a21 top 3f", for events about a key
static void describe_hash(const struct hmap_event *event, char *text, size_t size_bytes)
{
    snprintf(text, size_bytes, "hash 0x%016llx top %02x", (unsigned long long)event->hash, event->tophash);
}

static void describe_place(const struct hmap_event *event, char *text, size_t size_bytes)
{
    const char *array = event->detail & HMAP_DETAIL_OLD ? "old bucket" : "bucket";
    if (event->chain)
        snprintf(text, size_bytes, "%s %llu overflow %u slot %u", array, (unsigned long long)event->bucket,
                 event->chain, event->slot);
    else
        snprintf(text, size_bytes, "%s %llu slot %u", array, (unsigned long long)event->bucket, event->slot);
}

char *hmap_event_describe(const struct hmap_event *event, char *text, size_t size_bytes)
{
    char hash[64], place[64];
    const char *name = hmap_event_name((enum hmap_event_kind)event->kind);
    const unsigned long long bucket = event->bucket, address = event->address;
    const bool old = event->detail & HMAP_DETAIL_OLD;
    describe_hash(event, hash, sizeof hash);
    describe_place(event, place, sizeof place);
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_MAKE:
        snprintf(text, size_bytes, "make: %llu bucket%s, seed 0x%08llx", bucket, bucket == 1 ? "" : "s",
                 (unsigned long long)event->hash);
        break;
    case HMAP_EVENT_ARRAY:
        snprintf(text, size_bytes, "array of %llu bucket%s at 0x%llx", bucket, bucket == 1 ? "" : "s",
                 address);
        break;
    case HMAP_EVENT_HASHED:
        snprintf(text, size_bytes, "%s", hash);
        break;
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
        snprintf(text, size_bytes, "%s: %s %s %llu%s", name, hash, old ? "old bucket" : "bucket", bucket,
                 old ? " not yet moved: move it first" : "");
        break;
    case HMAP_EVENT_FIND_HIT:
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
        snprintf(text, size_bytes, "%s: %s, %s", name, place, hash);
        break;
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_DELETE_MISS:
        if (event->address)
            snprintf(text, size_bytes, "%s: %s %llu, %u bucket%s searched, %s", name,
                     old ? "old bucket" : "bucket", bucket, event->chain + 1u, event->chain ? "s" : "", hash);
        else
            snprintf(text, size_bytes, "%s: the map is empty", name);
        break;
    case HMAP_EVENT_EMPTY_REST:
        snprintf(text, size_bytes, "empty from %s on", place);
        break;
    case HMAP_EVENT_RESEED:
        snprintf(text, size_bytes, "new seed 0x%08llx", (unsigned long long)event->hash);
        break;
    case HMAP_EVENT_OVERFLOW:
        snprintf(text, size_bytes, "overflow bucket 0x%llx linked%s", address,
                 event->detail & HMAP_DETAIL_PREALLOCATED ? ", one of those in advance" : "");
        break;
    case HMAP_EVENT_GROW_START:
        if (event->detail & HMAP_DETAIL_DOUBLING)
            snprintf(text, size_bytes, "grow: %llu -> %llu buckets, load above 6.5", bucket, 2 * bucket);
        else
            snprintf(text, size_bytes, "grow: same size %llu, too many overflow buckets", bucket);
        break;
    case HMAP_EVENT_EVACUATE:
        snprintf(text, size_bytes, "evacuate old bucket %llu: %u to X%llu, %u to Y", bucket, event->moved_x,
                 bucket, event->moved_y);
        break;
    case HMAP_EVENT_GROW_FINISH:
        snprintf(text, size_bytes, "growth done: %llu old bucket%s moved", bucket, bucket == 1 ? "" : "s");
        break;
    case HMAP_EVENT_ITER_START:
        snprintf(text, size_bytes, "range starts at bucket %llu slot %u", bucket, event->slot);
        break;
    case HMAP_EVENT_ITER_BUCKET:
        snprintf(text, size_bytes, "range enters %s %llu", old ? "the old bucket of" : "bucket", bucket);
        break;
    case HMAP_EVENT_ITER_STEP:
        snprintf(text, size_bytes, "range yields bucket %llu slot %u%s", bucket, event->slot,
                 event->detail & HMAP_DETAIL_RELOOKUP ? ", looked up again: it has moved" : "");
        break;
    case HMAP_EVENT_ITER_SKIP:
        snprintf(text, size_bytes, "range skips bucket %llu slot %u: %s", bucket, event->slot,
                 event->detail & HMAP_DETAIL_RELOOKUP ? "gone" : "belongs to another bucket");
        break;
    case HMAP_EVENT_ITER_END:
        snprintf(text, size_bytes, "range ends");
        break;
    case HMAP_EVENT_CLEAR:
        snprintf(text, size_bytes, "clear: %llu entr%s gone", bucket, bucket == 1 ? "y" : "ies");
        break;
    case HMAP_EVENT_CLONE:
        snprintf(text, size_bytes, "clone at 0x%llx", address);
        break;
    case HMAP_EVENT_FAULT:
        snprintf(text, size_bytes, "fault: %s", hmap_status_text((enum hmap_status)event->detail));
        break;
    case HMAP_EVENT_NONE:
    case HMAP_EVENT_KINDS:
    default:
        snprintf(text, size_bytes, "%s", name);
    }
    return text;
}

#define RING_NAME(name) hmap_ring_##name
#define RING_STRUCT struct hmap_ring
#define RING_EVENT struct hmap_event
#define RING_SINK struct hmap_sink
#include "event_ring.h"
