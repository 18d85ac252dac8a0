// SPDX-License-Identifier: MIT
// Keys that maps of all kinds have in the live view: one list, so that a key does the same on each.
#ifndef STRATA_VIEW_MAP_KEYS_H
#define STRATA_VIEW_MAP_KEYS_H

#include "view/map_intent.h"

#define NO_OTHER 0, NULL
#define INTENT(kind, count) ACTION_INTENT, kind, count
#define DO(action) action, 0, 0
#define ASK(question) ACTION_ASK, question, 0
#define GROUP(title)                                                                                         \
    {                                                                                                        \
        0, DO(ACTION_NONE), 0, "", "", title, NO_OTHER                                                       \
    }

// clang-format off
#define MAP_KEYS_TIME \
    GROUP("time"),                                                                                   \
    {' ', INTENT(INTENT_PLAY, 1), WHEN_ALWAYS, "space", "play", "play or pause", WHEN_PLAYING, "pause"}, \
    {'s', INTENT(INTENT_STEP, 1), WHEN_PAUSED, "s", "step", "step one event: a decision of the map", \
     NO_OTHER},                                                                                      \
    {'S', INTENT(INTENT_STEP_OP, 1), 0, "S", "step op", "step one whole operation", NO_OTHER},       \
    {'.', INTENT(INTENT_STEP_BEAT, 1), 0, ".", "beat", "step to the next event worth a look", NO_OTHER}, \
    {'b', INTENT(INTENT_BACK, 1), WHEN_PAUSED | WHEN_PAST, "b", "back", "back one event", NO_OTHER}, \
    {'B', INTENT(INTENT_BACK_OP, 1), 0, "B", "back op", "back one operation", NO_OTHER},             \
    {PRESS_RIGHT, INTENT(INTENT_STEP, 1), 0, "Right", "step", "as s", NO_OTHER},                     \
    {PRESS_LEFT, INTENT(INTENT_BACK, 1), 0, "Left", "back", "as b", NO_OTHER},                       \
    {'l', INTENT(INTENT_STEP, 1), 0, "l", "step", "as s", NO_OTHER},                                 \
    {'h', INTENT(INTENT_BACK, 1), 0, "h", "back", "as b", NO_OTHER},                                 \
    {',', DO(ACTION_TIME_BACK), 0, ",", "", "back a twentieth of the time line; a click on it goes there", \
     NO_OTHER},                                                                                      \
    {';', DO(ACTION_TIME_ON), 0, ";", "", "on a twentieth", NO_OTHER},                               \
    {'<', DO(ACTION_TIME_START), 0, "<", "start", "to the beginning", NO_OTHER},                     \
    {'>', DO(ACTION_TIME_END), WHEN_PAST, ">", "now", "to the latest event", NO_OTHER},              \
    {'t', ASK(ASK_TIME), 0, "t", "go to", "go to an event by its number", NO_OTHER},                 \
    {'+', INTENT(INTENT_FASTER, 1), WHEN_PLAYING, "+", "faster", "play twice as fast", NO_OTHER},    \
    {'-', INTENT(INTENT_SLOWER, 1), WHEN_PLAYING, "-", "slower", "play half as fast", NO_OTHER},     \
    {'w', INTENT(INTENT_WORKLOAD, 1), WHEN_PLAYING, "w", "workload", "what playing does: the next workload", \
     NO_OTHER}

// `place` is what slots are in: "bucket"; `into` says what o does, `grow` what g does.
#define MAP_KEYS_OPERATIONS(place, into, grow) \
    GROUP("operations"),                                                                             \
    {'i', INTENT(INTENT_INSERT, 1), WHEN_PAUSED | WHEN_PAST | WHEN_RANGING, "i", "insert",           \
     "insert a new key (100i: a hundred)", NO_OTHER},                                                \
    {'I', INTENT(INTENT_INSERT, 10), 0, "I", "insert 10", "insert ten", NO_OTHER},                   \
    {'o', INTENT(INTENT_FORCE, 1), WHEN_PAUSED, "o", "into " place,                                  \
     into, NO_OTHER},                                                                                \
    {'p', ASK(ASK_PUT), 0, "p", "put", "put the key of a number (or nan, slice)", NO_OTHER},         \
    {'g', INTENT(INTENT_GROW, 1), WHEN_PAUSED, "g", "grow",                                          \
     grow, NO_OTHER},                                                                                \
    {'d', INTENT(INTENT_DELETE, 1), WHEN_PAUSED, "d", "delete", "delete a key of the selected " place, \
     NO_OTHER},                                                                                      \
    {'D', INTENT(INTENT_DELETE_ANY, 1), 0, "D", "delete any", "delete a key at random", NO_OTHER},   \
    {'C', INTENT(INTENT_CLEAR, 1), 0, "C", "clear", "clear the map", NO_OTHER},                      \
    {'c', INTENT(INTENT_COMPARE, 1), 0, "c", "compare", \
     "compare: the same operations on a classic and a Swiss map", NO_OTHER}, \
    {'/', ASK(ASK_FIND), WHEN_PAUSED, "/", "find", "find the key of a number", NO_OTHER},            \
    {'f', INTENT(INTENT_FIND_HIT, 1), 0, "f", "hit", "find a key that is there", NO_OTHER},          \
    {'F', INTENT(INTENT_FIND_MISS, 1), 0, "F", "miss", "find a key that is not there", NO_OTHER},    \
    {'r', INTENT(INTENT_RANGE, 1), WHEN_PAUSED | WHEN_RANGING, "r", "range",                         \
     "range: start, then a step each; grow the map meanwhile", NO_OTHER},                            \
    {'R', INTENT(INTENT_RANGE_STOP, 1), WHEN_RANGING, "R", "stop range", "leave the range", NO_OTHER}, \
    {'n', INTENT(INTENT_CHOOSE, 1), 0, "n", "new map", "a new map: key and value type, hash, version, size", \
     NO_OTHER}

// What z and x show, and the word for a place.
#define MAP_KEYS_LOOKING(zoom, bytes, place) \
    GROUP("looking"),                                                                                \
    {'z', DO(ACTION_ZOOM_OUT), WHEN_ALWAYS, "z", "zoom", zoom,                                       \
     NO_OTHER},                                                                                      \
    {'Z', DO(ACTION_ZOOM_IN), 0, "Z", "zoom in", "zoom in", NO_OTHER},                               \
    {PRESS_TAB, DO(ACTION_FIELD), WHEN_ALWAYS, "Tab", "what is this?",                               \
     "the header's next field: what it is for", NO_OTHER},                                           \
    {PRESS_BACK_TAB, DO(ACTION_FIELD_BACK), 0, "S-Tab", "", "the field before", NO_OTHER},           \
    {'x', DO(ACTION_BYTES), 0, "x", "bytes", bytes,                                                  \
     NO_OTHER},                                                                                      \
    {'e', DO(ACTION_EVENTS), 0, "e", "events", "more or fewer lines of events", NO_OTHER},           \
    {'a', DO(ACTION_FOLLOW), 0, "a", "follow", "keep what is touched in sight, or stay", NO_OTHER},  \
    {PRESS_UP, DO(ACTION_UP), 0, "Up", "", "the " place " above; a click selects, the wheel scrolls", NO_OTHER}, \
    {PRESS_DOWN, DO(ACTION_DOWN), 0, "Down", "", "the " place " below", NO_OTHER},                   \
    {'k', DO(ACTION_UP), 0, "k", "", "as Up", NO_OTHER},                                             \
    {'j', DO(ACTION_DOWN), 0, "j", "", "as Down", NO_OTHER},                                         \
    {PRESS_PAGE_UP, DO(ACTION_PAGE_UP), 0, "PgUp", "", "a page up", NO_OTHER},                       \
    {PRESS_PAGE_DOWN, DO(ACTION_PAGE_DOWN), 0, "PgDn", "", "a page down", NO_OTHER},                 \
    {PRESS_HOME, DO(ACTION_FIRST), 0, "Home", "", "the first " place, NO_OTHER},                     \
    {PRESS_END, DO(ACTION_LAST), 0, "End", "", "the last " place, NO_OTHER}

#define MAP_KEYS_END \
    {'W', INTENT(INTENT_SHARE, 1), 0, "W", "write",                                                  \
     "write the screen to a file: as text, with colours, as SVG", NO_OTHER},                         \
    {PRESS_REDRAW, INTENT(INTENT_REDRAW, 1), 0, "Ctrl-L", "", "draw the screen anew", NO_OTHER},     \
    {'?', INTENT(INTENT_HELP, 1), WHEN_LAST, "?", "help", "this page", NO_OTHER},                    \
    {PRESS_F1, INTENT(INTENT_HELP, 1), 0, "F1", "help", "as ?", NO_OTHER},                           \
    {PRESS_ESCAPE, INTENT(INTENT_STOP, 1), 0, "Esc", "", "stop long work; close what is open", NO_OTHER}, \
    {'q', INTENT(INTENT_QUIT, 1), WHEN_LAST, "q", "quit", "quit", NO_OTHER}
// clang-format on

#endif
