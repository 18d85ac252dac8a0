#include "view/keymap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define INTENT(kind, count) ACTION_INTENT, kind, count
#define DO(action) action, INTENT_REDRAW, 0
#define GROUP(title)                                                                                         \
    {                                                                                                        \
        0, DO(ACTION_NONE), 0, "", "", title                                                                 \
    }

static const struct binding bindings[] = {
    GROUP("time"),
    {' ', INTENT(INTENT_PLAY, 1), WHEN_ALWAYS, "space", "play", "play or pause"},
    {'s', INTENT(INTENT_STEP, 1), WHEN_PAUSED, "s", "step", "step one event: a decision of the map"},
    {'S', INTENT(INTENT_STEP_OP, 1), 0, "S", "step op", "step one whole operation"},
    {'.', INTENT(INTENT_STEP_BEAT, 1), 0, ".", "beat", "step to the next event worth a look"},
    {'b', INTENT(INTENT_BACK, 1), WHEN_PAUSED | WHEN_PAST, "b", "back", "back one event"},
    {'B', INTENT(INTENT_BACK_OP, 1), 0, "B", "back op", "back one operation"},
    {PRESS_RIGHT, INTENT(INTENT_STEP, 1), 0, "Right", "step", "as s"},
    {PRESS_LEFT, INTENT(INTENT_BACK, 1), 0, "Left", "back", "as b"},
    {',', DO(ACTION_TIME_BACK), 0, ",", "", "back a twentieth of the time line; a click on it goes there"},
    {';', DO(ACTION_TIME_ON), 0, ";", "", "on a twentieth"},
    {'<', DO(ACTION_TIME_START), 0, "<", "start", "to the beginning"},
    {'>', DO(ACTION_TIME_END), WHEN_PAST, ">", "now", "to the latest event"},
    {'t', DO(ACTION_ASK_TIME), 0, "t", "go to", "go to an event by its number"},
    {'+', INTENT(INTENT_FASTER, 1), WHEN_PLAYING, "+", "faster", "play twice as fast"},
    {'-', INTENT(INTENT_SLOWER, 1), WHEN_PLAYING, "-", "slower", "play half as fast"},
    {'w', INTENT(INTENT_WORKLOAD, 1), WHEN_PLAYING, "w", "workload", "what playing does: the next workload"},
    GROUP("operations"),
    {'i', INTENT(INTENT_INSERT, 1), WHEN_PAUSED | WHEN_PAST | WHEN_RANGING, "i", "insert",
     "insert a new key (100i: a hundred)"},
    {'I', INTENT(INTENT_INSERT, 10), 0, "I", "insert 10", "insert ten"},
    {'o', INTENT(INTENT_FORCE, 1), WHEN_PAUSED, "o", "into bucket",
     "insert a key that falls into the selected bucket"},
    {'p', DO(ACTION_ASK_PUT), 0, "p", "put", "put the key of a number (or nan, slice)"},
    {'g', INTENT(INTENT_GROW, 1), WHEN_PAUSED, "g", "grow", "insert until the next growth starts"},
    {'d', INTENT(INTENT_DELETE, 1), WHEN_PAUSED, "d", "delete", "delete a key of the selected bucket"},
    {'D', INTENT(INTENT_DELETE_ANY, 1), 0, "D", "delete any", "delete a key at random"},
    {'c', INTENT(INTENT_CLEAR, 1), 0, "c", "clear", "clear the map"},
    {'/', DO(ACTION_ASK_FIND), WHEN_PAUSED, "/", "find", "find the key of a number"},
    {'f', INTENT(INTENT_FIND_HIT, 1), 0, "f", "hit", "find a key that is there"},
    {'F', INTENT(INTENT_FIND_MISS, 1), 0, "F", "miss", "find a key that is not there"},
    {'r', INTENT(INTENT_RANGE, 1), WHEN_PAUSED | WHEN_RANGING, "r", "range",
     "range: start, then a step each; grow the map meanwhile"},
    {'R', INTENT(INTENT_RANGE_STOP, 1), WHEN_RANGING, "R", "stop range", "leave the range"},
    {'n', DO(ACTION_SETUP), 0, "n", "new map", "a new map: key and value type, hash, version, size"},
    GROUP("looking"),
    {'z', DO(ACTION_ZOOM_OUT), WHEN_ALWAYS, "z", "zoom", "zoom out: entries, slots, buckets, map, density"},
    {'Z', DO(ACTION_ZOOM_IN), 0, "Z", "zoom in", "zoom in"},
    {'x', DO(ACTION_BYTES), 0, "x", "bytes", "the header as fields, or as its live bytes"},
    {'e', DO(ACTION_EVENTS), 0, "e", "events", "more or fewer lines of events"},
    {'a', DO(ACTION_FOLLOW), 0, "a", "follow", "keep what is touched in sight, or stay"},
    {PRESS_UP, DO(ACTION_UP), 0, "Up", "", "the bucket above; a click selects, the wheel scrolls"},
    {PRESS_DOWN, DO(ACTION_DOWN), 0, "Down", "", "the bucket below"},
    {'k', DO(ACTION_UP), 0, "k", "", "as Up"},
    {'j', DO(ACTION_DOWN), 0, "j", "", "as Down"},
    {PRESS_PAGE_UP, DO(ACTION_PAGE_UP), 0, "PgUp", "", "a page up"},
    {PRESS_PAGE_DOWN, DO(ACTION_PAGE_DOWN), 0, "PgDn", "", "a page down"},
    {PRESS_HOME, DO(ACTION_FIRST), 0, "Home", "", "the first bucket"},
    {PRESS_END, DO(ACTION_LAST), 0, "End", "", "the last bucket"},
    {PRESS_REDRAW, INTENT(INTENT_REDRAW, 1), 0, "Ctrl-L", "", "draw the screen anew"},
    {'?', DO(ACTION_HELP), WHEN_ALWAYS, "?", "help", "this page"},
    {PRESS_ESCAPE, DO(ACTION_LEAVE), 0, "Esc", "", "close what is open"},
    {'q', INTENT(INTENT_QUIT, 1), WHEN_ALWAYS, "q", "quit", "quit"},
};

const struct binding *keymap_bindings(size_t *count)
{
    *count = ARRAY_LENGTH(bindings);
    return bindings;
}

const struct binding *keymap_find(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(bindings); i++)
        if (bindings[i].code == code && code)
            return &bindings[i];
    return NULL;
}

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Up", PRESS_UP},        {"Down", PRESS_DOWN},      {"Left", PRESS_LEFT}, {"Right", PRESS_RIGHT},
    {"PgUp", PRESS_PAGE_UP}, {"PgDn", PRESS_PAGE_DOWN}, {"Home", PRESS_HOME}, {"End", PRESS_END},
    {"Enter", PRESS_ENTER},  {"Esc", PRESS_ESCAPE},     {"Space", ' '},       {"Backspace", PRESS_BACKSPACE},
};

static size_t read_named(const char *word, uint32_t *code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        size_t length = strlen(names[i].name);
        if (!strncmp(word + 1, names[i].name, length) && word[1 + length] == '>') {
            *code = names[i].code;
            return length + 2;
        }
    }
    return 0;
}

uint64_t key_count_add(uint64_t count, unsigned digit)
{
    count = count * 10 + digit;
    return count < KEY_COUNT_MOST ? count : KEY_COUNT_MOST;
}

bool key_script_next(const char **script, struct key_press *press, bool *is_bad)
{
    *is_bad = false;
    const char *at = *script + strspn(*script, " \t\n");
    if (!*at) {
        *script = at;
        return false;
    }
    *press = (struct key_press){.code = (unsigned char)*at};
    size_t length = *at == '<' && at[1] > ' ' ? read_named(at, &press->code) : 1;
    at += length;
    while (isdigit((unsigned char)*at))
        press->count = key_count_add(press->count, (unsigned)(*at++ - '0'));
    *is_bad = length == 0 || press->code > 0x110100 || (*at && !isspace((unsigned char)*at));
    *script = at;
    return !*is_bad;
}
