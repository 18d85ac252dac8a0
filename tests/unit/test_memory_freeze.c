// SPDX-License-Identifier: MIT
// Freezing a process: a child of ours whose threads count. What is expected comes from the child: its counters stand
// still or move, its handler has seen the signals.
#include "cmocka_all.h"
#include "emulated.h"
#include "memory/freeze.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8 };

// Shared with the child.
struct counters {
    _Atomic uint64_t counts[THREADS];
    _Atomic uint64_t signals, started;
    _Atomic int stop_starting;
};

struct subject {
    struct counters *counters;
    pid_t pid;
};

static struct counters *shared; // in the child: for its threads and its handler

static void nap(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void *count(void *place)
{
    _Atomic uint64_t *counter = place;
    for (;;) {
        atomic_fetch_add(counter, 1);
        if (atomic_load(counter) % 64 == 0)
            nap(1); // two processors for all tests of this machine
    }
    return NULL;
}

static void *end_at_once(void *unused)
{
    atomic_fetch_add(&shared->started, 1);
    return unused;
}

static void *start_others(void *unused)
{
    while (!atomic_load(&shared->stop_starting)) {
        pthread_t thread;
        if (!pthread_create(&thread, NULL, end_at_once, NULL))
            pthread_detach(thread);
        nap(1);
    }
    return unused;
}

static void take_signal(int number)
{
    (void)number;
    atomic_fetch_add(&shared->signals, 1);
}

static void run_subject(int starts_threads)
{
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const struct sigaction action = {.sa_handler = take_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, count, (void *)&shared->counts[i]);
    if (starts_threads)
        pthread_create(&thread, NULL, start_others, NULL);
    count((void *)&shared->counts[0]);
}

static uint64_t sum(const struct counters *counters)
{
    uint64_t total = 0;
    for (int i = 0; i < THREADS; i++)
        total += atomic_load(&counters->counts[i]);
    return total;
}

// Waits until each thread has counted on.
static void must_run(const struct subject *subject)
{
    uint64_t before[THREADS];
    for (int i = 0; i < THREADS; i++)
        before[i] = atomic_load(&subject->counters->counts[i]);
    for (int i = 0; i < THREADS; i++) {
        for (int k = 0; k < 10000 && atomic_load(&subject->counters->counts[i]) == before[i]; k++)
            nap(1);
        if (atomic_load(&subject->counters->counts[i]) == before[i])
            fail_msg("thread %d stands still", i);
    }
}

static struct subject start(int starts_threads)
{
    struct subject subject;
    subject.counters =
        mmap(NULL, sizeof(*subject.counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(subject.counters != MAP_FAILED);
    shared = subject.counters;
    subject.pid = fork();
    if (!subject.pid) {
        run_subject(starts_threads);
        _exit(1);
    }
    must_run(&subject);
    return subject;
}

static void end(struct subject *subject)
{
    int status;
    kill(subject->pid, SIGKILL);
    assert_int_equal(waitpid(subject->pid, &status, 0), subject->pid);
    assert_true(WIFSIGNALED(status));
    munmap(subject->counters, sizeof(*subject->counters));
}

// Where no processor is free for half a second a thread comes to no stop, and that is said: tried again then.
static struct error *take_patiently(pid_t pid, struct freeze **freeze)
{
    for (int times = 1;; times++) {
        struct error *error = freeze_take(pid, freeze);
        if (!error || times == 100 || !strstr(error->message, "come to a stop"))
            return error;
        error_free(error);
    }
}

static struct freeze *take(pid_t pid)
{
    struct freeze *freeze;
    struct error *error = take_patiently(pid, &freeze);
    if (error)
        fail_msg("%s", error->message);
    return freeze;
}

static void must_fail(pid_t pid, const char *words)
{
    struct freeze *freeze;
    struct error *error = freeze_take(pid, &freeze);
    assert_non_null(error);
    assert_null(freeze);
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not hold \"%s\"", error->message, words);
    assert_null(strchr(error->message, '\n'));
    error_free(error);
}

static char state_at(const char *path)
{
    char text[512] = "";
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    text[got] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end ? name_end[2] : '?';
}

static char state_of(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    return state_at(path);
}

// Threads that have not ended, as the kernel lists them: a sanitizer may have one of its own.
static size_t threads_of(pid_t pid)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", (int)pid, entry->d_name);
        count += entry->d_name[0] != '.' && state_at(path) != 'Z';
    }
    closedir(folder);
    return count;
}

static void all_threads_stand_still_and_run_on(void **state)
{
    (void)state;
    struct subject subject = start(0);
    for (int round = 0; round < 20; round++) {
        struct freeze_report report;
        struct freeze *freeze = take(subject.pid);
        uint64_t before = sum(subject.counters);
        nap(5);
        assert_int_equal(sum(subject.counters), before);
        freeze_thaw(freeze, &report);
        assert_int_equal(report.threads, threads_of(subject.pid));
        assert_true(report.threads >= THREADS);
        assert_true(report.stopped_ns >= 5000000);
        must_run(&subject);
    }
    end(&subject);
}

// Threads that come and go while it is frozen: none runs, and all that was started ends.
static void threads_that_come_and_go(void **state)
{
    (void)state;
    struct subject subject = start(1);
    for (int round = 0; round < 100; round++) {
        struct freeze *freeze = take(subject.pid);
        uint64_t before = sum(subject.counters), started = atomic_load(&subject.counters->started);
        nap(2);
        assert_int_equal(sum(subject.counters), before);
        assert_int_equal(atomic_load(&subject.counters->started), started);
        freeze_thaw_at(&freeze);
        nap(round % 4);
    }
    must_run(&subject);
    end(&subject);
}

// Signals that are sent before, while and after it is frozen all arrive.
static void signals_are_handed_on(void **state)
{
    (void)state;
    struct subject subject = start(0);
    uint64_t sent = 0, handed_on = 0;
    for (int round = 0; round < 200; round++) {
        struct freeze_report report;
        uint64_t wanted = ++sent;
        kill(subject.pid, SIGUSR1); // it may be on its way when the freeze comes
        freeze_thaw(take(subject.pid), &report);
        handed_on += report.signals;
        for (int k = 0; k < 10000 && atomic_load(&subject.counters->signals) < wanted; k++)
            nap(1);
        assert_int_equal(atomic_load(&subject.counters->signals), wanted);
    }
    struct freeze *freeze = take(subject.pid);
    kill(subject.pid, SIGUSR1);
    nap(5);
    assert_int_equal(atomic_load(&subject.counters->signals), sent);
    freeze_thaw(freeze, NULL);
    for (int k = 0; k < 10000 && atomic_load(&subject.counters->signals) == sent; k++)
        nap(1);
    assert_int_equal(atomic_load(&subject.counters->signals), sent + 1);
    print_message("%d of %d signals came while it was being stopped\n", (int)handed_on, (int)sent);
    must_run(&subject);
    end(&subject);
}

// What SIGSTOP has stopped is stopped afterwards, until SIGCONT; what is not, is not.
static void a_stopped_program_stays_stopped(void **state)
{
    (void)state;
    struct subject subject = start(0);
    kill(subject.pid, SIGSTOP);
    assert_int_equal(waitpid(subject.pid, NULL, WUNTRACED), subject.pid);
    freeze_thaw(take(subject.pid), NULL);
    nap(5);
    uint64_t before = sum(subject.counters);
    nap(20);
    assert_int_equal(sum(subject.counters), before);
    assert_int_equal(state_of(subject.pid), 'T');
    kill(subject.pid, SIGCONT);
    must_run(&subject);
    end(&subject);
}

// The one who froze it is killed: at any moment, and with the program all stopped.
static void it_runs_on_when_we_are_killed(void **state)
{
    (void)state;
    struct subject subject = start(0);
    uint64_t sent = 0;
    for (int round = 0; round < 40; round++) {
        int ready[2];
        assert_int_equal(pipe(ready), 0);
        pid_t other = fork();
        if (!other) {
            for (;;) { // it freezes again and again, and once for good
                struct freeze *freeze;
                struct error *error = take_patiently(subject.pid, &freeze);
                ssize_t written = write(ready[1], error ? "-" : "+", 1);
                if (error || written != 1 || round % 2) {
                    pause();
                    _exit(1);
                }
                freeze_thaw(freeze, NULL);
            }
        }
        char word;
        close(ready[1]);
        assert_int_equal(read(ready[0], &word, 1), 1);
        assert_int_equal(word, '+');
        kill(subject.pid, SIGUSR1);
        sent++;
        nap(round % 5);
        kill(other, SIGKILL);
        assert_int_equal(waitpid(other, NULL, 0), other);
        close(ready[0]);
        must_run(&subject);
        assert_true(state_of(subject.pid) != 't' && state_of(subject.pid) != 'T');
        for (int k = 0; k < 10000 && atomic_load(&subject.counters->signals) < sent; k++)
            nap(1);
        assert_int_equal(atomic_load(&subject.counters->signals), sent); // none was lost
    }
    end(&subject);
}

static void another_tracer_holds_it(void **state)
{
    (void)state;
    struct subject subject = start(0);
    int ready[2];
    char word;
    assert_int_equal(pipe(ready), 0);
    pid_t other = fork();
    if (!other) {
        prctl(PR_SET_NAME, "a debugger");
        word = ptrace(PTRACE_SEIZE, subject.pid, NULL, NULL) ? '-' : '+';
        if (write(ready[1], &word, 1) == 1)
            pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &word, 1), 1);
    assert_int_equal(word, '+');
    char words[64];
    snprintf(words, sizeof(words), "process %d (a debugger) holds it", (int)other);
    must_fail(subject.pid, words);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    freeze_thaw(take(subject.pid), NULL);
    must_run(&subject);
    end(&subject);
}

static void what_is_not_there(void **state)
{
    (void)state;
    must_fail(0, "there is none");
    must_fail(-1, "there is none");
    pid_t child = fork();
    if (!child)
        _exit(0);
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); // a zombie now
    must_fail(child, "has ended");
    waitpid(child, NULL, 0);
    must_fail(child, "there is none");
    freeze_thaw(NULL, NULL);
}

// The first thread has ended, the others run.
static void without_its_first_thread(void **state)
{
    (void)state;
    struct subject subject = start(0);
    end(&subject);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (!child) {
        pthread_t thread;
        pthread_create(&thread, NULL, count, (void *)&shared->counts[1]);
        pthread_exit(NULL);
    }
    while (state_of(child) != 'Z')
        nap(1);
    struct freeze_report report;
    struct freeze *freeze = take(child);
    uint64_t before = sum(shared);
    nap(5);
    assert_int_equal(sum(shared), before);
    freeze_thaw(freeze, &report);
    assert_int_equal(report.threads, threads_of(child));
    assert_true(report.threads >= 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_threads_stand_still_and_run_on),
        cmocka_unit_test(threads_that_come_and_go),
        cmocka_unit_test(signals_are_handed_on),
        cmocka_unit_test(a_stopped_program_stays_stopped),
        cmocka_unit_test(it_runs_on_when_we_are_killed),
        cmocka_unit_test(another_tracer_holds_it),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(without_its_first_thread),
    };
    if (is_emulated()) {
        print_message("SKIPPED: an emulator has no ptrace\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
