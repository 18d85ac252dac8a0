// SPDX-License-Identifier: MIT
// What a key of a map's view, of whatever kind, asks for beyond the view itself: an intent. The session that
// shows the view carries it out.
#ifndef STRATA_VIEW_MAP_INTENT_H
#define STRATA_VIEW_MAP_INTENT_H

#include "view/map_parts.h"
#include "view/press.h"

enum intent_kind {
    INTENT_QUIT,
    INTENT_REDRAW,
    INTENT_STOP,    // what is under way
    INTENT_HELP,    // open the help page
    INTENT_UNKNOWN, // the key `number` is bound to nothing
    INTENT_SHARE,   // write the screen to a file
    INTENT_ASK,     // open the prompt that `asks`
    INTENT_CHOOSE,  // open the box of choices for a new map
    INTENT_PLAY,    // or pause
    INTENT_FASTER,
    INTENT_SLOWER,
    INTENT_WORKLOAD,  // the next one
    INTENT_STEP,      // `number` events
    INTENT_STEP_BEAT, // `number` times what playing does at once
    INTENT_STEP_OP,   // `number` operations
    INTENT_BACK,      // `number` events
    INTENT_BACK_OP,
    INTENT_SEEK,       // to event `number`
    INTENT_INSERT,     // `number` new keys
    INTENT_FORCE,      // `number` new keys into `bucket` (of a Swiss map: of the table at `place`)
    INTENT_GROW,       // insert until a growth starts
    INTENT_DELETE,     // `number` keys of `bucket`, likewise
    INTENT_DELETE_ANY, // `number` keys
    INTENT_CLEAR,
    INTENT_COMPARE, // the other kind of map beside it, or not
    INTENT_FIND_HIT,
    INTENT_FIND_MISS,
    INTENT_FIND,  // the key of `number`
    INTENT_PUT,   // the key of `number`
    INTENT_RANGE, // starts, or takes `number` steps
    INTENT_RANGE_STOP,
};

// Keys that have a name instead of a number.
#define INTENT_NUMBER_NAN UINT64_MAX
#define INTENT_NUMBER_SLICE (UINT64_MAX - 1)

enum map_question { ASK_FIND, ASK_PUT, ASK_TIME };

struct intent {
    enum intent_kind kind;
    uint64_t number;
    uint64_t bucket;        // or the group
    uint64_t place;         // of its table in the directory
    enum map_question asks; // INTENT_ASK
};

enum { INTENTS_MAX = 4 };

struct intents {
    struct intent list[INTENTS_MAX];
    size_t length;
};

// Whether it moves the map or its time: playing stops then.
bool intent_moves_map(enum intent_kind kind);

// Whether it adds operations of the person's own to the history.
bool intent_logs(enum intent_kind kind);

// What a key does to the view itself.
enum map_action {
    ACTION_NONE,
    ACTION_INTENT, // the binding's argument is the intent, with the count as its number
    ACTION_ASK,    // the binding's argument is the question; a count is its answer
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_ZOOM_OUT,
    ACTION_ZOOM_IN,
    ACTION_BYTES, // of the header, of the selected bucket, neither
    ACTION_FIELD,
    ACTION_FIELD_BACK,
    ACTION_EVENTS,
    ACTION_FOLLOW,
    ACTION_TABLE, // the next one
    ACTION_TABLE_BACK,
    ACTION_OPEN, // the slot under the cursor, or close it
    ACTION_SLOT, // the next one
    ACTION_SLOT_BACK,
    ACTION_TIME_BACK,
    ACTION_TIME_ON,
    ACTION_TIME_START,
    ACTION_TIME_END,
};

// Adds an intent; what is beyond INTENTS_MAX is left out.
void intents_add(struct intents *intents, struct intent intent);

// The intent of a binding whose action is ACTION_INTENT, ACTION_ASK or one of the ACTION_TIME_…; count 0: none was
// given. `position` and `end` are of the time line.
struct intent intent_of(const struct key_binding *binding, uint64_t count, uint64_t position, uint64_t end);

// The intent that an answer to a question is; false when the text names no key or event.
bool intent_of_answer(enum map_question asks, const char *text, struct intent *intent);

// How far an action that moves the cursor moves it, in what is counted by `row` and `page`. INT64_MIN / 2 and
// INT64_MAX / 2 stand for the two ends.
int64_t steps_of(enum map_action action, uint64_t count, uint64_t row, uint64_t page);

#endif
