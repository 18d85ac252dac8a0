// SPDX-License-Identifier: MIT
// A Go program with maps that runs beside a test and says what they hold (fixtures/go/maps).
#ifndef STRATA_TESTS_MAP_SUBJECT_H
#define STRATA_TESTS_MAP_SUBJECT_H

#include "cmocka_all.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct map_subject {
    char path[512];
    pid_t pid;
    FILE *says;
    int obeys;
    char *truth; // its latest line
    size_t truth_bytes;
};

static inline void subject_line(struct map_subject *subject)
{
    assert_true(getline(&subject->truth, &subject->truth_bytes, subject->says) > 0);
}

// False: there is no such program here (a toolchain is missing).
static inline bool subject_start(struct map_subject *subject, const char *name)
{
    int out[2], in[2];
    memset(subject, 0, sizeof(*subject));
    snprintf(subject->path, sizeof(subject->path), "%s/maps/%s", FIXTURES_BINARY, name);
    if (access(subject->path, X_OK))
        return false;
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(in), 0);
    const pid_t parent = getpid();
    subject->pid = fork();
    assert_true(subject->pid >= 0);
    if (!subject->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        execl(subject->path, subject->path, (char *)NULL);
        _exit(1);
    }
    close(in[0]);
    close(out[1]);
    subject->obeys = in[1];
    subject->says = fdopen(out[0], "r");
    assert_non_null(subject->says);
    subject_line(subject);
    return true;
}

static inline void subject_stop(struct map_subject *subject)
{
    close(subject->obeys);
    fclose(subject->says);
    kill(subject->pid, SIGKILL);
    waitpid(subject->pid, NULL, 0);
    free(subject->truth);
}

// The number of that name that it said of a map; -1: it said nothing of the map.
static inline long double subject_number(const struct map_subject *subject, const char *path,
                                         const char *name)
{
    char key[600];
    snprintf(key, sizeof(key), "\"path\":\"%s\"", path);
    const char *at = strstr(subject->truth, key);
    snprintf(key, sizeof(key), "\"%s\":", name);
    at = at ? strstr(at, key) : NULL;
    return at ? (long double)strtoull(at + strlen(key), NULL, 10) : -1;
}

#endif
