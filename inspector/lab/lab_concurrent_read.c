// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void *write_one(void *argument)
{
    (void)!lab_put(argument, 2, 1);
    return NULL;
}

// What a reader gets while a writer is held where it emits `kind`.
static bool read_while_held(struct lab_notebook *notebook, enum hmap_event_kind kind,
                            enum hmap_status *status)
{
    struct lab_map m;
    struct lab_gate gate;
    pthread_t thread;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 100, 1))
        return false;
    bool started = lab_put(&m, 1, 1) == HMAP_OK;
    lab_gate_init(&gate, &m, kind);
    started = started && !pthread_create(&thread, NULL, write_one, &m);
    if (started) {
        int64_t key = 1;
        lab_gate_wait(&gate);
        *status = hmap_find(&m.context, m.map, &key).status;
        lab_gate_open(&gate);
        pthread_join(thread, NULL);
    }
    lab_gate_free(&gate);
    lab_map_close(&m);
    return started;
}

static void run(struct lab_notebook *notebook)
{
    enum hmap_status inside, before;
    if (!read_while_held(notebook, HMAP_EVENT_INSERT, &inside) ||
        !read_while_held(notebook, HMAP_EVENT_HASHED, &before)) {
        lab_conclude(notebook, LAB_UNDECIDED, "no second thread could be started");
        return;
    }
    lab_note(notebook, "a writer held in the middle of its insertion: the reader gets \"%s\"",
             hmap_status_text(inside));
    lab_note(notebook, "a writer that has hashed its key and not yet set the flag: the reader gets \"%s\"",
             hmap_status_text(before));
    if (inside == HMAP_CONCURRENT_READ_WRITE && before == HMAP_OK)
        lab_conclude(
            notebook, LAB_PARTLY,
            "it is noticed when the reader comes while the flag is set; a reader that looked before, "
            "or a writer that sets it after, is not");
    else if (inside == HMAP_CONCURRENT_READ_WRITE)
        lab_conclude(notebook, LAB_HOLDS, "the read is fatal");
    else
        lab_conclude(notebook, LAB_REFUTED, "the read is not noticed");
}

const struct lab_experiment lab_concurrent_read = {.name = "concurrent-read",
                                                   .source = "runtime/map.go, mapaccess1",
                                                   .claim = "a read during a write is fatal",
                                                   .run = run};
