// SPDX-License-Identifier: MIT
#include "view/map_intent.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool intent_moves_map(enum intent_kind kind)
{
    switch (kind) {
    case INTENT_QUIT:
    case INTENT_REDRAW:
    case INTENT_STOP:
    case INTENT_SHARE:
    case INTENT_UNKNOWN:
    case INTENT_HELP:
    case INTENT_ASK:
    case INTENT_CHOOSE:
    case INTENT_COMPARE:
    case INTENT_PLAY:
    case INTENT_FASTER:
    case INTENT_SLOWER:
    case INTENT_WORKLOAD:
        return false;
    default:
        return true;
    }
}

bool intent_logs(enum intent_kind kind)
{
    switch (kind) {
    case INTENT_STEP:
    case INTENT_STEP_BEAT:
    case INTENT_STEP_OP:
    case INTENT_BACK:
    case INTENT_BACK_OP:
    case INTENT_SEEK:
        return false;
    default:
        return intent_moves_map(kind);
    }
}

void intents_add(struct intents *intents, struct intent intent)
{
    if (intents->length < INTENTS_MAX)
        intents->list[intents->length++] = intent;
}

// Going about in time: the event that a key goes to.
static uint64_t event_of(enum map_action action, uint64_t position, uint64_t end)
{
    uint64_t twentieth = end / 20 + 1;
    switch (action) {
    case ACTION_TIME_BACK:
        return position > twentieth ? position - twentieth : 0;
    case ACTION_TIME_ON:
        return position + twentieth;
    case ACTION_TIME_END:
        return end;
    default:
        return 0;
    }
}

static const enum intent_kind answers[] = {
    [ASK_FIND] = INTENT_FIND, [ASK_PUT] = INTENT_PUT, [ASK_TIME] = INTENT_SEEK};

struct intent intent_of(const struct key_binding *binding, uint64_t count, uint64_t position, uint64_t end)
{
    struct intent intent = {.kind = INTENT_SEEK};
    switch ((enum map_action)binding->action) {
    case ACTION_INTENT:
        intent.kind = (enum intent_kind)binding->argument;
        intent.number = count ? count : binding->default_count;
        break;
    case ACTION_ASK:
        intent.asks = (enum map_question)binding->argument;
        intent.kind = count ? answers[intent.asks] : INTENT_ASK;
        intent.number = count;
        break;
    default:
        intent.number = event_of((enum map_action)binding->action, position, end);
    }
    return intent;
}

bool intent_of_answer(enum map_question asks, const char *text, struct intent *intent)
{
    // Keys that are no numbers have names; "k17" is 17 too.
    const char *digits_at = text + strcspn(text, "0123456789");
    *intent = (struct intent){.kind = answers[asks]};
    if (*digits_at)
        intent->number = strtoull(digits_at, NULL, 10);
    else if (!strcasecmp(text, "nan"))
        intent->number = INTENT_NUMBER_NAN;
    else if (!strcasecmp(text, "slice"))
        intent->number = INTENT_NUMBER_SLICE;
    else
        return false;
    return true;
}

int64_t steps_of(enum map_action action, uint64_t count, uint64_t row, uint64_t page)
{
    int64_t times = (int64_t)(count ? count : 1), a_row = (int64_t)row, a_page = (int64_t)page;
    if (a_page < a_row)
        a_page = a_row;
    switch (action) {
    case ACTION_UP:
        return -times * a_row;
    case ACTION_DOWN:
        return times * a_row;
    case ACTION_PAGE_UP:
        return -times * a_page;
    case ACTION_PAGE_DOWN:
        return times * a_page;
    case ACTION_FIRST:
        return INT64_MIN / 2;
    case ACTION_LAST:
        return INT64_MAX / 2;
    default:
        return 0;
    }
}
