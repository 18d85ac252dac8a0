// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

struct racing_writer {
    struct lab_map *m;
    int64_t key;
    enum hmap_status status;
};

static void *write_one(void *argument)
{
    struct racing_writer *writer = argument;
    writer->status = lab_put(writer->m, writer->key, 1);
    return NULL;
}

// One thread is held where it emits `kind`; meanwhile this thread writes. The other's status is in *held.
static bool write_while_held(struct lab_notebook *notebook, enum hmap_event_kind kind, enum hmap_status *held,
                             enum hmap_status *here)
{
    struct lab_map m;
    struct lab_gate gate;
    pthread_t thread;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 100, 1))
        return false;
    lab_gate_init(&gate, &m, kind);
    struct racing_writer writer = {.m = &m, .key = 1};
    bool started = !pthread_create(&thread, NULL, write_one, &writer);
    if (started) {
        lab_gate_wait(&gate);
        *here = lab_put(&m, 2, 1);
        lab_gate_open(&gate);
        pthread_join(thread, NULL);
        *held = writer.status;
    }
    lab_gate_free(&gate);
    lab_map_close(&m);
    return started;
}

static void run(struct lab_notebook *notebook)
{
    enum hmap_status held_inside, here_inside, held_before, here_before;
    if (!write_while_held(notebook, HMAP_EVENT_ASSIGN, &held_inside, &here_inside) ||
        !write_while_held(notebook, HMAP_EVENT_HASHED, &held_before, &here_before)) {
        lab_conclude(notebook, LAB_UNDECIDED, "no second thread could be started");
        return;
    }
    lab_note(notebook, "one writer held after it set hashWriting: the second gets \"%s\"",
             hmap_status_text(here_inside));
    lab_note(notebook,
             "one writer held between its look at the flag and setting it: the second gets \"%s\", "
             "the first then \"%s\"",
             hmap_status_text(here_before), hmap_status_text(held_before));
    bool caught = here_inside == HMAP_CONCURRENT_WRITES;
    bool missed = here_before == HMAP_OK && held_before == HMAP_OK;
    if (caught && missed)
        lab_conclude(notebook, LAB_PARTLY,
                     "the flag is looked at and set by plain loads and stores: a writer in between is not "
                     "noticed, so it is a chance to find a bug and no protection");
    else if (caught)
        lab_conclude(notebook, LAB_HOLDS, "every second writer was caught");
    else
        lab_conclude(notebook, LAB_REFUTED, "the second writer was not caught");
}

const struct lab_experiment lab_concurrent_write = {.name = "concurrent-write",
                                                    .source = "runtime/map.go, mapassign",
                                                    .claim =
                                                        "a second writer is caught by the hashWriting flag",
                                                    .run = run};
