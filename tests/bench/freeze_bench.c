// SPDX-License-Identifier: MIT
// How long a process stands still for a freeze that reads one thing: median and 99th percentile.
//
//     freeze_bench [PID | threads [rounds]]     a process of our own with so many threads (8), half of them busy
#include "base/clock.h"
#include "memory/freeze.h"
#include "memory/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MOST = 100000 };

static volatile uint64_t work;
static uint8_t what[8192];

static void *spin(void *unused)
{
    for (;;)
        work++;
    return unused;
}

static void *rest(void *unused)
{
    pause();
    return unused;
}

static pid_t start(int threads)
{
    pid_t child = fork();
    if (child)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 1; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, i % 2 ? spin : rest, NULL);
    }
    rest(NULL);
    _exit(0);
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void end(struct error *error)
{
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

int main(int argc, char **argv)
{
    static uint64_t times[ROUNDS_MOST];
    static uint8_t bytes[sizeof(what)];
    int threads = argc > 1 ? atoi(argv[1]) : 8, rounds = argc > 2 ? atoi(argv[2]) : 1000;
    bool is_other = threads > 1024; // a process
    pid_t pid = is_other ? threads : start(threads);
    struct memory *memory;
    size_t count = 0;
    if (rounds < 1 || rounds > ROUNDS_MOST)
        rounds = ROUNDS_MOST;
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    struct error *error = memory_open_process(pid, &memory);
    if (error)
        end(error);
    for (int i = 0; i < rounds; i++) {
        struct freeze *freeze;
        struct freeze_report report;
        if ((error = freeze_take(pid, &freeze)))
            end(error);
        if (!is_other && (error = memory_read(memory, (uint64_t)(uintptr_t)what, bytes, sizeof(bytes))))
            end(error);
        freeze_thaw(freeze, &report);
        times[i] = report.stopped_ns;
        count = report.threads;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    qsort(times, (size_t)rounds, sizeof(*times), compare);
    printf("%d freezes of %zu threads: median %.3f ms, p99 %.3f ms, least %.3f ms, most %.3f ms\n", rounds,
           count, (double)times[rounds / 2] / 1e6, (double)times[rounds * 99 / 100] / 1e6,
           (double)times[0] / 1e6, (double)times[rounds - 1] / 1e6);
    memory_close(memory);
    if (!is_other) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return 0;
}
