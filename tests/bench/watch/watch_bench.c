// SPDX-License-Identifier: MIT
// What watching costs: microseconds a frame by entries and zoom, bytes to the terminal a frame while playing,
// and the time to go anywhere in a session of a million operations.
//
//     watch_bench [STRATA]     STRATA: the program that is played in a pseudo-terminal
#include "bench_parts.h"
#include "watch/watch_player.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void press(struct watch_player *player, const char *script)
{
    struct key_press key;
    bool is_bad;
    while (key_script_next(&script, &key, &is_bad))
        must(view_stack_press(&player->views, key));
}

// --- Frames ---

static double median_frame_us(struct watch_player *player, int rows, int columns)
{
    enum { FRAMES = 101 };
    double times[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        press(player, "s");
        double start = now_us();
        must(view_stack_frame(&player->views, rows, columns));
        times[i] = now_us() - start;
    }
    return median(times, FRAMES);
}

static void frames(enum watch_map_kind kind)
{
    static const uint64_t entries[] = {8, 1000, 1000000, 16000000};
    static const char *const all_zooms[][ZOOMS] = {{"entries", "slots", "buckets", "map", "density"},
                                                   {"entries", "slots", "glyphs", "tables", "directory"}};
    const char *const *zooms = all_zooms[kind == WATCH_SWISS];
    static const int sizes[][2] = {{24, 80}, {30, 100}, {60, 200}};
    printf("%s: microseconds a frame (median; each after one more event)\n%-10s%-9s",
           kind == WATCH_SWISS ? "Swiss" : "classic", "entries", "screen");
    for (int zoom = 0; zoom < ZOOMS; zoom++)
        printf("%9s", zooms[zoom]);
    printf("%9s\n", "growing");
    for (size_t e = 0; e < ARRAY_LENGTH(entries); e++) {
        struct watch_setup setup = {.seed = 1,
                                    .flavour = HMAP_GO_1_22,
                                    .map_kind = kind,
                                    .swiss_flavour = SWISS_GO_1_26,
                                    .entries = entries[e],
                                    .few = 4};
        struct watch_player *player = malloc(sizeof(*player));
        double start = now_us();
        must(player_open(player, &setup, WORKLOAD_CHURN));
        double opened = now_us() - start;
        for (size_t s = 0; s < ARRAY_LENGTH(sizes); s++) {
            char size[16];
            snprintf(size, sizeof(size), "%dx%d", sizes[s][1], sizes[s][0]);
            printf("%-10llu%-9s", (unsigned long long)entries[e], size);
            press(player, "Z5");
            for (int zoom = 0; zoom < ZOOMS; zoom++) {
                printf("%9.0f", median_frame_us(player, sizes[s][0], sizes[s][1]));
                press(player, "z");
            }
            if (entries[e] > 1000000) { // millions of insertions to the next one
                printf("%9s\n", "-");
                continue;
            }
            press(player, "Z3 g");
            printf("%9.0f\n", median_frame_us(player, sizes[s][0], sizes[s][1]));
        }
        printf("%-10llu opened in %.1f ms\n", (unsigned long long)entries[e], opened / 1000);
        player_close(player);
        free(player);
    }
}

// --- Going anywhere ---

static void report(const char *what, double *times_us, size_t count)
{
    qsort(times_us, count, sizeof(times_us[0]), double_compare);
    printf("  %-34s median %7.2f ms, worst %7.2f ms\n", what, times_us[count / 2] / 1000,
           times_us[count - 1] / 1000);
}

static void rewind_session(uint64_t entries)
{
    enum { OPS = 1000000, SEEKS = 200 };
    double times[SEEKS];
    uint64_t random = 1;
    struct watch_setup setup = {.seed = 1, .flavour = HMAP_GO_1_22, .entries = entries, .few = 4};
    struct watch_player *player = malloc(sizeof(*player));
    must(player_open(player, &setup, WORKLOAD_CHURN));
    struct watch_session *session = &player->session;
    double start = now_us();
    for (int i = 0; i < OPS; i++) {
        struct watch_op op;
        if (!scenario_next(&player->scenario, session, &op))
            break;
        must(session_do(session, op));
    }
    double made = now_us() - start;
    uint64_t end = session_end(session);
    printf("a session of %d operations, %llu events, from %llu entries to %lld (made in %.1f s; %zu states "
           "of %.0f MB)\n",
           OPS, (unsigned long long)end, (unsigned long long)entries, (long long)session->model->map->count,
           made / 1e6, session->saved.length, (double)session->saved_bytes / 1e6);
    for (int i = 0; i < SEEKS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1;
        start = now_us();
        must(session_seek(session, (random >> 20) % (end + 1)));
        times[i] = now_us() - start;
    }
    report("to any event", times, SEEKS);
    must(session_seek(session, end));
    for (int i = 0; i < SEEKS; i++) {
        start = now_us();
        must(session_seek(session, session->model->events - 1));
        times[i] = now_us() - start;
    }
    double first = times[0];
    printf("  %-34s %.2f ms\n", "back one event, the first time", first / 1000);
    report("back one event, then", times + 1, SEEKS - 1);
    if (session->has_diverged)
        printf("  DIVERGED\n");
    player_close(player);
    free(player);
}

// --- The terminal ---

static void play_in_terminal(const char *strata, const char *entries, const char *speed, int rows,
                             int columns)
{
    enum { MS = 4000 };
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, &size);
    if (child == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execl(strata, "strata", "watch", "--figures", "--workload", "churn", "--entries", entries, "--speed",
              speed, (char *)NULL);
        _exit(127);
    }
    static char tail[4096];
    size_t total = 0, length = 0;
    double start = now_us();
    bool has_quit = false;
    for (;;) {
        struct pollfd in = {.fd = terminal, .events = POLLIN};
        poll(&in, 1, 50);
        if (!has_quit && now_us() - start > MS * 1000.0) {
            has_quit = write(terminal, "q", 1) == 1;
        }
        if (!in.revents)
            continue;
        char bytes[4096];
        ssize_t got = read(terminal, bytes, sizeof(bytes));
        if (got <= 0)
            break;
        total += (size_t)got;
        size_t keep = (size_t)got < sizeof(tail) / 2 ? (size_t)got : sizeof(tail) / 2;
        if (length + keep >= sizeof(tail)) {
            memmove(tail, tail + keep, length - keep);
            length -= keep;
        }
        memcpy(tail + length, bytes + (size_t)got - keep, keep);
        length += keep;
        tail[length] = '\0';
    }
    waitpid(child, NULL, 0);
    close(terminal);
    unsigned long long count = 0;
    double us = 0;
    for (size_t i = 0; i + 8 < length; i++)
        if (!memcmp(tail + i, "frames ", 7))
            sscanf(tail + i, "frames %llu, %lf", &count, &us);
    printf("  %-8s entries, %3dx%-3d 2^%-2s events/s: %6.0f bytes a frame, %5.1f frames a second, %5.0f us "
           "each\n",
           entries, columns, rows, speed, count ? (double)total / (double)count : 0.0,
           (double)count * 1000 / MS, us);
}

int main(int argc, char **argv)
{
    frames(WATCH_CLASSIC);
    frames(WATCH_SWISS);
    rewind_session(0);
    rewind_session(1000000);
    if (argc > 1) {
        printf("playing in a terminal\n");
        play_in_terminal(argv[1], "8", "3", 24, 80);
        play_in_terminal(argv[1], "8", "6", 24, 80);
        play_in_terminal(argv[1], "1000", "6", 30, 100);
        play_in_terminal(argv[1], "1000000", "6", 30, 100);
        play_in_terminal(argv[1], "1000000", "24", 60, 200);
    }
    return 0;
}
