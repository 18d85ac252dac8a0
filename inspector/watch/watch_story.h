// SPDX-License-Identifier: MIT
// The story of a Swiss map: a small map, its first table, growth all at once, a full group, a tombstone and what it is
// for, the first split. (That of a classic map is in watch_scenario.c.)
#ifndef STRATA_WATCH_WATCH_STORY_H
#define STRATA_WATCH_WATCH_STORY_H

#include "watch/watch_session.h"

// As scenario_next and its like. They go by the map and its history alone, so that a story that was left goes on
// where it is gone back to.
bool swiss_story_next(struct watch_session *session, struct watch_op *op);
void swiss_story_caption(const struct watch_session *session, char *text, size_t size_bytes);
unsigned swiss_story_pace(const struct watch_session *session);

#endif
