// SPDX-License-Identifier: MIT
#include "watch/watch_text.h"

#include "hmapcore/hmap_snapshot.h"

#include <stdio.h>
#include <string.h>

const char *watch_op_name(unsigned kind)
{
    static const char *const names[] = {[OP_INSERT] = "insert",
                                        [OP_DELETE] = "delete",
                                        [OP_FIND] = "find",
                                        [OP_CLEAR] = "clear",
                                        [OP_RANGE_START] = "range",
                                        [OP_RANGE_NEXT] = "next of range",
                                        [OP_RANGE_STOP] = "end of range",
                                        [OP_KINDS] = ""};
    return names[kind < OP_KINDS ? kind : OP_KINDS];
}

static void return_text(const struct watch_session *session, const struct watch_event *watched,
                        const char *key, char *text, size_t size_bytes)
{
    const struct hmap_event *event = &watched->event;
    bool found = event->moved_x;
    if (event->detail != HMAP_OK) {
        snprintf(text, size_bytes, "%s of key %s refused: %s", watch_op_name(watched->op.kind), key,
                 hmap_status_text((enum hmap_status)event->detail));
        return;
    }
    switch (watched->op.kind) {
    case OP_INSERT:
        if (session->keys.elem_kind == ELEMS_NOTHING)
            snprintf(text, size_bytes, "m[%s] = struct{}{}  %s", key, found ? "(there already)" : "(new)");
        else
            snprintf(text, size_bytes, "m[%s] stored  %s, writing is off", key,
                     found ? "(overwritten)" : "(new)");
        return;
    case OP_DELETE:
        snprintf(text, size_bytes, found ? "delete(m, %s) done" : "delete(m, %s): nothing to delete", key);
        return;
    case OP_FIND:
        snprintf(text, size_bytes, found ? "m[%s] found" : "m[%s] not found: the zero value", key);
        return;
    case OP_CLEAR:
        snprintf(text, size_bytes, "clear(m) done");
        return;
    case OP_RANGE_START:
    case OP_RANGE_NEXT:
        snprintf(text, size_bytes, found ? "the loop's body runs" : "the range has ended");
        return;
    default:
        snprintf(text, size_bytes, "the range is left");
    }
}

char *watch_event_text(const struct watch_session *session, const struct watch_event *watched, char *text,
                       size_t size_bytes)
{
    char key[HMAP_TEXT_BYTES] = "";
    if (watched->op.kind <= OP_FIND)
        watch_key_text(&session->keys, watched->op.number, key, sizeof(key));
    if (watched->event.kind == EVENT_RETURN)
        return_text(session, watched, key, text, size_bytes);
    else if (session->swiss)
        watch_swiss_event_text(&watched->swiss, watch_op_name(watched->op.kind), key, text, size_bytes);
    else
        watch_classic_event_text(&watched->event, watch_op_name(watched->op.kind), key, text, size_bytes);
    return text;
}
