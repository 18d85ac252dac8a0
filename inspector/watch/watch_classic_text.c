// SPDX-License-Identifier: MIT
// What the events of a watched classic map are in words.
#include "hmapcore/hmap_snapshot.h"
#include "watch/watch_text.h"

#include <stdio.h>

// "old bucket 5, overflow 1, slot 3"
static void place_text(const struct hmap_event *event, char text[64])
{
    int length = snprintf(text, 64, "%sbucket %llu", event->detail & HMAP_DETAIL_OLD ? "old " : "",
                          (unsigned long long)event->bucket);
    if (event->chain)
        length += snprintf(text + length, 64 - (size_t)length, ", overflow %u", event->chain);
    snprintf(text + length, 64 - (size_t)length, ", slot %u", event->slot);
}

static void searched_text(const struct hmap_event *event, char text[64])
{
    if (!event->address)
        snprintf(text, 64, "the map is empty");
    else
        snprintf(text, 64, "not in %sbucket %llu, %u bucket%s searched",
                 event->detail & HMAP_DETAIL_OLD ? "old " : "", (unsigned long long)event->bucket,
                 event->chain + 1u, event->chain ? "s" : "");
}

char *watch_classic_event_text(const struct hmap_event *event, const char *verb, const char *key, char *text,
                               size_t size_bytes)
{
    char place[64], searched[64];
    const unsigned long long bucket = event->bucket, address = event->address;
    const bool is_old = event->detail & HMAP_DETAIL_OLD;
    const char *old = is_old ? "old " : "";
    place_text(event, place);
    searched_text(event, searched);
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_HASHED:
        snprintf(text, size_bytes, "%s key %s: its hash is 0x%016llx, tophash %02x", verb, key,
                 (unsigned long long)event->hash, event->tophash);
        break;
    case HMAP_EVENT_ARRAY:
        snprintf(text, size_bytes, "array of %llu buckets at 0x%llx", bucket, address);
        break;
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
        if (is_old)
            snprintf(text, size_bytes,
                     "key %s belongs to old bucket %llu, which is not yet moved: move it first", key, bucket);
        else
            snprintf(text, size_bytes, "key %s belongs to bucket %llu; writing is on", key, bucket);
        break;
    case HMAP_EVENT_INSERT:
        snprintf(text, size_bytes, "key %s is new: into %s", key, place);
        break;
    case HMAP_EVENT_OVERWRITE:
        snprintf(text, size_bytes, "key %s is there: %s", key, place);
        break;
    case HMAP_EVENT_DELETE:
        snprintf(text, size_bytes, "key %s leaves %s", key, place);
        break;
    case HMAP_EVENT_FIND_HIT:
        snprintf(text, size_bytes, "find key %s: %s", key, place);
        break;
    case HMAP_EVENT_FIND_MISS:
        snprintf(text, size_bytes, "find key %s: %s", key, searched);
        break;
    case HMAP_EVENT_DELETE_MISS:
        snprintf(text, size_bytes, "delete key %s: %s", key, searched);
        break;
    case HMAP_EVENT_EMPTY_REST:
        snprintf(text, size_bytes, "nothing follows: empty-rest from %s on, searches end there", place);
        break;
    case HMAP_EVENT_RESEED:
        snprintf(text, size_bytes, "the map is empty: new hash seed 0x%08llx",
                 (unsigned long long)event->hash);
        break;
    case HMAP_EVENT_OVERFLOW:
        snprintf(text, size_bytes, "all slots taken: overflow bucket 0x%llx is chained%s", address,
                 event->detail & HMAP_DETAIL_PREALLOCATED ? ", one of those in advance" : "");
        break;
    case HMAP_EVENT_GROW_START:
        if (event->detail & HMAP_DETAIL_DOUBLING)
            snprintf(text, size_bytes,
                     "growth starts: doubling %llu → %llu, %llu entries are more than 6.5 a bucket", bucket,
                     2 * bucket, (unsigned long long)event->count + 1);
        else
            snprintf(text, size_bytes, "growth starts: same size %llu, there are too many overflow buckets",
                     bucket);
        break;
    case HMAP_EVENT_EVACUATE: {
        bool is_doubling = !(event->flags & HMAP_SAME_SIZE_GROW) && event->B;
        if (is_doubling)
            snprintf(text, size_bytes, "evacuate old bucket %llu: %u → X%llu, %u → Y%llu", bucket,
                     event->moved_x, bucket, event->moved_y, bucket + (1ull << (event->B - 1)));
        else
            snprintf(text, size_bytes, "evacuate old bucket %llu: %u → %llu, densely", bucket, event->moved_x,
                     bucket);
        break;
    }
    case HMAP_EVENT_GROW_FINISH:
        snprintf(text, size_bytes, "growth ends: all %llu old buckets are moved", bucket);
        break;
    case HMAP_EVENT_ITER_START:
        snprintf(text, size_bytes, "range starts at random: bucket %llu, slot %u of each bucket", bucket,
                 event->slot);
        break;
    case HMAP_EVENT_ITER_BUCKET:
        if (is_old)
            snprintf(text, size_bytes, "range walks the old bucket of %llu, for entries that will move there",
                     bucket);
        else
            snprintf(text, size_bytes, "range enters bucket %llu", bucket);
        break;
    case HMAP_EVENT_ITER_STEP:
        snprintf(text, size_bytes, "range yields %sbucket %llu, slot %u%s", old, bucket, event->slot,
                 event->detail & HMAP_DETAIL_RELOOKUP ? ": moved since, looked up again" : "");
        break;
    case HMAP_EVENT_ITER_SKIP:
        snprintf(text, size_bytes, "range skips %sbucket %llu, slot %u: %s", old, bucket, event->slot,
                 event->detail & HMAP_DETAIL_RELOOKUP ? "gone" : "it belongs to the other half");
        break;
    case HMAP_EVENT_ITER_END:
        snprintf(text, size_bytes, "range is back where it started: the end");
        break;
    case HMAP_EVENT_CLEAR:
        snprintf(text, size_bytes, "%llu entr%s wiped, the buckets stay", bucket, bucket == 1 ? "y" : "ies");
        break;
    case HMAP_EVENT_FAULT:
        snprintf(text, size_bytes, "fault: %s", hmap_status_text((enum hmap_status)event->detail));
        break;
    default:
        hmap_event_describe(event, text, size_bytes);
    }
    return text;
}
