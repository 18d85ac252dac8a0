// SPDX-License-Identifier: MIT
#include "memory/freeze.h"

#include "base/clock.h"
#include "base/vec.h"
#include "memory/rights.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

// How long the threads may take to stop. One that waits for a device takes as long as the device does.
enum { STOP_MS_MOST = 500, DEVICE_MS_MOST = 50, LISTINGS_MOST = 64 };

struct frozen_thread {
    pid_t id;
    bool is_stopped, is_gone;
    int signal; // that it was about to take; 0: none
};

struct freeze {
    pid_t pid;
    uint64_t begin_ns; // of the first INTERRUPT; 0: none yet
    unsigned long timer_slack_ns;
    VEC(struct frozen_thread) threads;
};

static bool knows(const struct freeze *freeze, pid_t id)
{
    vec_foreach (const struct frozen_thread *, thread, &freeze->threads) {
        if (thread->id == id)
            return true;
    }
    return false;
}

// The letter of /proc/PID/task/ID/stat for what a thread does (proc(5)); 'X': it is gone.
static char thread_state(pid_t pid, pid_t id)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)id);
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[got] = '\0';
    if (file)
        fclose(file);
    const char *behind_name = strrchr(text, ')'); // the name may hold anything
    return behind_name && behind_name[1] && behind_name[2] ? behind_name[2] : 'X';
}

// A thread that has ended but is not yet gone (the first one of a process, whose others live on) has no code to run:
// it need not be stopped, and cannot be.
static bool is_dead(pid_t pid, pid_t id)
{
    char state = thread_state(pid, id);
    return state == 'Z' || state == 'X';
}

// A thread that waits for a device comes to no stop until the device answers, and what is seized can only be let go
// of when it has stopped: so one that goes on waiting is not seized at all.
static bool waits_for_device(pid_t pid, pid_t id)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < DEVICE_MS_MOST; i++) {
        if (thread_state(pid, id) != 'D')
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static struct error *seize(struct freeze *freeze, pid_t id)
{
    if (!vec_reserve(&freeze->threads, 1)) // before: what is seized must be known, to be let go of
        return &error_out_of_memory;
    if (waits_for_device(freeze->pid, id))
        return error_create(ERROR_SYSTEM, "process %d: it is not stopped: thread %d waits for a device",
                            (int)freeze->pid, (int)id);
    // No options: with none of PTRACE_O_* set, and PTRACE_O_EXITKILL above all, our end lets the thread run on.
    if (ptrace(PTRACE_SEIZE, id, NULL, NULL) != 0) {
        int why = errno;
        if (why == ESRCH || is_dead(freeze->pid, id))
            return NULL;
        if (why == EPERM || why == EACCES)
            return rights_denied(freeze->pid, true);
        return error_system(why, "process %d: thread %d cannot be stopped", (int)freeze->pid, (int)id);
    }
    freeze->threads.data[freeze->threads.length++] = (struct frozen_thread){.id = id};
    return NULL;
}

// Seizes the threads that are new since the last listing, none of which is stopped by that. *found: how many.
static struct error *seize_new(struct freeze *freeze, size_t *found)
{
    char path[64];
    size_t before = freeze->threads.length;
    *found = 0;
    struct error *error = NULL;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)freeze->pid);
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? error_create(ERROR_NOT_FOUND, "process %d: there is none", (int)freeze->pid)
                               : error_system(errno, "%s", path);
    for (const struct dirent *entry; !error && (entry = readdir(folder));) {
        pid_t id = (pid_t)strtol(entry->d_name, NULL, 10);
        if (id > 0 && !knows(freeze, id))
            error = seize(freeze, id);
    }
    closedir(folder);
    *found = freeze->threads.length - before;
    return error;
}

// Looks whether the thread has come to a stop. WNOWAIT leaves the stop's signal with the thread, so that it is delivered
// even if we are killed before we hand it on.
static void look_at(struct frozen_thread *thread)
{
    enum { EVENT_SHIFT = 8 };
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)thread->id, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) {
        thread->is_gone = errno == ECHILD;
        return;
    }
    if (!info.si_pid)
        return;
    if (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) {
        waitid(P_PID, (id_t)thread->id, &info, WEXITED | WNOHANG | __WALL);
        thread->is_gone = true;
        return;
    }
    thread->is_stopped = true;
    // PTRACE_EVENT_STOP is what was asked for (or a stop by SIGSTOP, which the thread keeps); a stop without an event
    // is one before a signal is delivered.
    thread->signal = info.si_status >> EVENT_SHIFT ? 0 : info.si_status;
}

static struct error *wait_for(struct freeze *freeze, size_t first)
{
    uint64_t until_ns = clock_ns() + STOP_MS_MOST * 1000000ull;
    size_t waiting = 1;
    for (unsigned round = 0; waiting; round++) {
        pid_t slow = 0;
        waiting = 0;
        for (size_t i = first; i < freeze->threads.length; i++) {
            struct frozen_thread *thread = &freeze->threads.data[i];
            if (!thread->is_stopped && !thread->is_gone)
                look_at(thread);
            if (!thread->is_stopped && !thread->is_gone)
                waiting++, slow = thread->id;
        }
        if (waiting && clock_ns() > until_ns)
            return error_create(ERROR_SYSTEM,
                                "process %d: thread %d does not come to a stop within %d ms: it waits for a "
                                "device, or for a processor",
                                (int)freeze->pid, (int)slow, (int)STOP_MS_MOST);
        // Most stop within a few microseconds; a thread on a busy processor when it is its turn.
        const struct timespec pause = {.tv_nsec = round < 64 ? 2000 : 100000};
        if (waiting)
            nanosleep(&pause, NULL);
    }
    return NULL;
}

static struct error *stop_all(struct freeze *freeze)
{
    // A thread that runs can start others until it is stopped: list again until all that there are were known.
    for (int listing = 0; listing < LISTINGS_MOST; listing++) {
        size_t first = freeze->threads.length, found = 0;
        RETURN_IF_ERROR(seize_new(freeze, &found));
        if (!found)
            return NULL;
        if (!freeze->begin_ns)
            freeze->begin_ns = clock_ns();
        for (size_t i = first; i < freeze->threads.length; i++) {
            if (ptrace(PTRACE_INTERRUPT, freeze->threads.data[i].id, NULL, NULL) != 0)
                freeze->threads.data[i].is_gone =
                    errno == ESRCH && is_dead(freeze->pid, freeze->threads.data[i].id);
        }
        RETURN_IF_ERROR(wait_for(freeze, first));
    }
    return error_create(ERROR_SYSTEM, "process %d: it starts threads faster than they can be stopped",
                        (int)freeze->pid);
}

static size_t count_stopped(const struct freeze *freeze)
{
    size_t count = 0;
    vec_foreach (const struct frozen_thread *, thread, &freeze->threads)
        count += thread->is_stopped;
    return count;
}

struct error *freeze_take(pid_t pid, struct freeze **result)
{
    *result = NULL;
    if (pid <= 0)
        return error_create(ERROR_NOT_FOUND, "process %d: there is none", (int)pid);
    struct freeze *freeze = calloc(1, sizeof(*freeze));
    if (!freeze)
        return &error_out_of_memory;
    freeze->pid = pid;
    // The kernel lets a sleep last 50 us longer than asked, which is as long as a freeze takes.
    int slack_ns = prctl(PR_GET_TIMERSLACK);
    freeze->timer_slack_ns = slack_ns > 0 ? (unsigned long)slack_ns : 0;
    prctl(PR_SET_TIMERSLACK, 1ul);
    struct error *error = stop_all(freeze);
    if (!error && !count_stopped(freeze))
        error = error_create(ERROR_NOT_FOUND, "process %d: it has ended", (int)pid);
    if (!error) {
        *result = freeze;
        return NULL;
    }
    freeze_thaw(freeze, NULL);
    return error;
}

// A thread that was seized and did not stop can only be let go by a stop, or by our end: it is given the time it needs.
static void let_go_of_running(struct frozen_thread *thread)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 1000 && !thread->is_stopped && !thread->is_gone; i++) {
        ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL);
        look_at(thread);
        if (!thread->is_stopped && !thread->is_gone)
            nanosleep(&pause, NULL);
    }
}

void freeze_thaw(struct freeze *freeze, struct freeze_report *report)
{
    struct freeze_report made = {0};
    if (freeze) {
        // First all that can run at once.
        vec_foreach (struct frozen_thread *, thread, &freeze->threads) {
            if (!thread->is_stopped)
                continue;
            ptrace(PTRACE_DETACH, thread->id, NULL, (void *)(intptr_t)thread->signal);
            made.threads++;
            made.signals += thread->signal != 0;
        }
        made.stopped_ns = freeze->begin_ns ? clock_ns() - freeze->begin_ns : 0;
        vec_foreach (struct frozen_thread *, thread, &freeze->threads) {
            if (thread->is_stopped || thread->is_gone)
                continue;
            let_go_of_running(thread);
            if (thread->is_stopped)
                ptrace(PTRACE_DETACH, thread->id, NULL, (void *)(intptr_t)thread->signal);
        }
        prctl(PR_SET_TIMERSLACK, freeze->timer_slack_ns);
        vec_free(&freeze->threads);
        free(freeze);
    }
    if (report)
        *report = made;
}

void freeze_thaw_at(struct freeze **pointer)
{
    freeze_thaw(*pointer, NULL);
    *pointer = NULL;
}
