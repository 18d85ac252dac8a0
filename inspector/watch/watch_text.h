// SPDX-License-Identifier: MIT
// What the events of a watched map are in words.
#ifndef STRATA_WATCH_WATCH_TEXT_H
#define STRATA_WATCH_WATCH_TEXT_H

#include "watch/watch_session.h"

// One line about an event of this session. Returns `text`.
char *watch_event_text(const struct watch_session *session, const struct watch_event *event, char *text,
                       size_t size_bytes);

// (watch_classic_text.c, watch_swiss_text.c) The same for a map of that kind, and not for the return of an operation; `verb` and `key`
// are the operation's.
char *watch_classic_event_text(const struct hmap_event *event, const char *verb, const char *key, char *text,
                               size_t size_bytes);
char *watch_swiss_event_text(const struct swiss_event *event, const char *verb, const char *key, char *text,
                             size_t size_bytes);

// "insert", "find", …
const char *watch_op_name(unsigned kind);

#endif
