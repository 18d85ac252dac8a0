// SPDX-License-Identifier: MIT
// The other kind of map beside a session's own: the same operations, each session with its own history of events.
#ifndef STRATA_WATCH_WATCH_COMPARE_H
#define STRATA_WATCH_WATCH_COMPARE_H

#include "view/compare_view.h"
#include "watch/watch_session.h"

struct watch_player;

struct watch_compare {
    bool is_open;
    struct watch_session peer; // of the other kind; its log is that of the session
    struct compare_scene scene;
};

// Makes the other map and brings it to where the session is. Costs the operations up to there.
MUST_USE struct error *compare_open(struct watch_player *player);
// Fine when it is not open.
void compare_close(struct watch_player *player);

// The session's log has grown, or was cut.
MUST_USE struct error *compare_log(struct watch_player *player, struct watch_op op);
void compare_drop(struct watch_player *player);

// Brings the other map to the operations that the session has begun, for views.slice_ns, and fills the scene but for
// `now`. Costs what the screen shows.
MUST_USE struct error *compare_fill(struct watch_player *player, const struct compare_needs *needs);

// Whether the slice was too short for that: the next frame goes on.
bool compare_is_behind(const struct watch_player *player);

#endif
