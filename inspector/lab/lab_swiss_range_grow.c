// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ROUNDS = 50, START = 500, ADDED_MOST = 4400 };

struct swiss_tally {
    uint64_t repeated, lost, added_seen, looked_up_again, doublings;
};

static bool range_once(struct lab_notebook *notebook, int round, struct swiss_tally *tally)
{
    struct lab_swiss m;
    uint8_t seen[START] = {0};
    int64_t added = START;
    bool works = true;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, (enum swiss_flavour)(round % LAB_SWISS_FLAVOURS)))
        return false;
    m.context.base.random_state += (uint64_t)round; // another start of the range
    for (int64_t key = 0; key < START; key++)
        works &= lab_swiss_put(&m, key);
    uint8_t depth = m.map->globalDepth;
    struct swiss_iter iter;
    lab_swiss_forget(&m);
    enum hmap_status status = swiss_iter_start(&m.context, m.map, &iter);
    for (; status == HMAP_OK && iter.key; status = swiss_iter_next(&m.context, &iter)) {
        int64_t key = *(const int64_t *)iter.key;
        const struct swiss_event *step = lab_swiss_last(&m, SWISS_EVENT_ITER_STEP);
        tally->looked_up_again += step && step->detail & SWISS_DETAIL_RELOOKUP;
        if (key < START)
            tally->repeated += seen[key]++ > 0;
        else
            tally->added_seen++;
        for (int n = 0; n < 9 && added < ADDED_MOST; n++)
            works &= lab_swiss_put(&m, added++);
        lab_swiss_forget(&m);
    }
    for (int key = 0; key < START; key++)
        tally->lost += !seen[key];
    tally->doublings += m.map->globalDepth - depth;
    lab_swiss_close(&m);
    return works && status == HMAP_OK;
}

static void run(struct lab_notebook *notebook)
{
    struct swiss_tally tally = {0};
    bool works = true;
    for (int round = 0; round < ROUNDS && works; round++)
        works = range_once(notebook, round, &tally);
    lab_note(notebook, "%d ranges over %d entries, with up to %d added on the way: repeated %llu, lost %llu",
             ROUNDS, START, ADDED_MOST - START, (unsigned long long)tally.repeated,
             (unsigned long long)tally.lost);
    lab_note(notebook,
             "the directory doubled %llu times under them; %llu keys were looked up again; of the added "
             "entries %llu came",
             (unsigned long long)tally.doublings, (unsigned long long)tally.looked_up_again,
             (unsigned long long)tally.added_seen);
    if (works && !tally.repeated && !tally.lost && tally.doublings && tally.looked_up_again)
        lab_conclude(
            notebook, LAB_REFUTED,
            "the table in hand is finished from the copy before the growth, each of its keys looked up "
            "again");
    else
        lab_conclude(notebook, LAB_HOLDS, "entries were repeated or lost");
}

const struct lab_experiment lab_swiss_range_grow = {
    .name = "swiss-range-grow",
    .claim = "growth of a Swiss map during a range repeats or loses entries",
    .run = run};
