// What goes into a view and what comes out of it, beside cells: presses of keys, clicks, intents.
//
// A view changes nothing but itself. What a key asks for beyond that is an intent; cli carries it out.
#ifndef STRATA_VIEW_VIEW_H
#define STRATA_VIEW_VIEW_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Keys that are no characters, beyond Unicode's last code point.
enum {
    PRESS_UP = 0x110000,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_HOME,
    PRESS_END,
    PRESS_BACKSPACE,
    PRESS_NONE, // a key nobody knows
    PRESS_ENTER = '\n',
    PRESS_ESCAPE = 27,
    PRESS_REDRAW = 'L' - '@', // Ctrl-L
};

struct key_press {
    uint32_t code;
    uint64_t count; // given with the key ("100i", in a script "i100"); 0: none
};

// A count with one more digit typed; it goes no higher than that.
enum { KEY_COUNT_MOST = 10000000 };
uint64_t key_count_add(uint64_t count, unsigned digit);

// Reads a script of keys: words of a key and a count ("i100 s5 b"), keys that have names ("<Down> <Space>",
// "<Down>3"), one a call. Moves *script behind the word. False at the end; *is_bad when the word is none.
bool key_script_next(const char **script, struct key_press *press, bool *is_bad);

enum intent_kind {
    INTENT_QUIT,
    INTENT_PLAY,      // or pause
    INTENT_STEP,      // `number` events
    INTENT_STEP_BEAT, // `number` times what playing does at once
    INTENT_STEP_OP,   // `number` operations
    INTENT_BACK,      // `number` events
    INTENT_BACK_OP,
    INTENT_SEEK, // to event `number`
    INTENT_FASTER,
    INTENT_SLOWER,
    INTENT_INSERT,     // `number` new keys
    INTENT_FORCE,      // `number` new keys into `bucket`
    INTENT_GROW,       // insert until a growth starts
    INTENT_DELETE,     // `number` keys of `bucket`
    INTENT_DELETE_ANY, // `number` keys
    INTENT_CLEAR,
    INTENT_FIND_HIT,
    INTENT_FIND_MISS,
    INTENT_FIND,  // the key of `number`
    INTENT_PUT,   // the key of `number`
    INTENT_RANGE, // starts, or takes `number` steps
    INTENT_RANGE_STOP,
    INTENT_WORKLOAD, // the next one
    INTENT_SETUP,    // a new map by `choices`
    INTENT_REDRAW,
};

enum { CHOICES_MAX = 8, INTENTS_MAX = 4 };

struct intent {
    enum intent_kind kind;
    uint64_t number;
    uint64_t bucket;
    uint8_t choices[CHOICES_MAX]; // of each of the scene's choices
};

struct intents {
    struct intent list[INTENTS_MAX];
    size_t length;
};

// Where a click does something: filled in while drawing.
enum hit_kind { HIT_BUCKET, HIT_OLD_BUCKET, HIT_TIME, HIT_KEY };

struct hit {
    int row, column, columns;
    enum hit_kind kind;
    uint64_t value; // of the first column
    uint64_t step;  // and how much more a column
};

enum { HITS_MAX = 4096 };

struct hits {
    struct hit list[HITS_MAX];
    size_t length;
};

#endif
