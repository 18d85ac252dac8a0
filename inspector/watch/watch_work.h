// SPDX-License-Identifier: MIT
// What an intent asks of a session, done in slices: a count of five million takes a while, and keys stay
// instant meanwhile.
//
//     work_start ─► work_go ─► work_go ─► …     until it is done, or work_stop
#ifndef STRATA_WATCH_WATCH_WORK_H
#define STRATA_WATCH_WATCH_WORK_H

#include "view/map_intent.h"
#include "view/view.h"
#include "watch/watch_session.h"

struct watch_player;

struct watch_work {
    bool is_under_way;
    struct intent intent;
    uint64_t done;     // of intent.number
    uint64_t target;   // event that a seek goes to
    uint64_t tried;    // keys for the bucket, so far
    uint64_t left;     // of a growth: insertions before it is given up; 0: it has not begun
    uint64_t far_left; // of these, insertions that run whole
    bool runs_whole;   // what it logs runs to its end, not event by event
    bool has_logged;   // of a growth: an operation that has not begun
    bool is_all;       // nothing more is to be logged
    bool is_slow;      // it has taken more than one slice: worth a word
};

// Begins it; an operation under way comes to its end first where another one follows. Ends the work before.
MUST_USE struct error *work_start(struct watch_player *player, const struct intent *intent);

// Goes on until it is done or the clock has come to until_ns; 0: until it is done. What cannot be done is
// said on the screen, and ends it.
MUST_USE struct error *work_go(struct watch_player *player, uint64_t until_ns);

// Ends it where it stands. False when there was none.
bool work_stop(struct watch_player *player);

// "inserting: 120000 of 5000000, Esc stops"; "" when there is nothing worth a word.
void work_text(const struct watch_player *player, char *text, size_t size_bytes);

#endif
