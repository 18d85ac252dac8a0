// SPDX-License-Identifier: MIT
// What watching another program's map costs: microseconds of reading a frame, by what the map holds; and what is left of
// the program's own speed at ten frames a second.
//
//     live_bench PROGRAM …     PROGRAM: fixtures/go/live, built
#include "bench_parts.h"
#include "watch/live_session.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 1000, ROUNDS = 15, ROUND_MS = 1000, FRAME_MS = 100, ROWS = 30, COLUMNS = 100 };

struct subject {
    pid_t pid;
    FILE *says;
    int obeys;
    char line[256];
};

static const char *ask(struct subject *subject, const char *command)
{
    if (write(subject->obeys, command, strlen(command)) < 0 ||
        !fgets(subject->line, sizeof(subject->line), subject->says))
        exit(1);
    return subject->line;
}

static void start(struct subject *subject, const char *path)
{
    int out[2], in[2];
    if (pipe(out) || pipe(in))
        exit(1);
    subject->pid = fork();
    if (!subject->pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        execl(path, path, (char *)NULL);
        _exit(1);
    }
    close(in[0]);
    close(out[1]);
    subject->obeys = in[1];
    subject->says = fdopen(out[0], "r");
    if (!subject->says || !fgets(subject->line, sizeof(subject->line), subject->says))
        exit(1);
}

static void frame(struct live_session *session)
{
    session->wants_frame = true;
    must(view_stack_frame(&session->views, ROWS, COLUMNS));
}

static void open_map(struct live_session *session, const char *path)
{
    must(live_program_look(&session->program));
    must(live_open_map(session, live_program_find(&session->program, path)));
}

static void measure(struct live_session *session, const char *what)
{
    static double reading[FRAMES], whole[FRAMES];
    double bytes = 0, calls = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        const double begin = now_us();
        frame(session);
        whole[i] = now_us() - begin;
        reading[i] = (double)session->reader.verdict.read_ns / 1e3;
        bytes += (double)session->reader.verdict.read_bytes / FRAMES;
        calls += (double)session->reader.verdict.calls / FRAMES;
    }
    const double least = median(reading, FRAMES), middle = reading[FRAMES / 2];
    (void)least;
    printf("  %-34s reading %5.1f us median, %5.1f least, %6.1f at 99 %%; %.1f calls, %.1f kB; all of a "
           "frame %.0f us\n",
           what, middle, reading[0], reading[FRAMES * 99 / 100], calls, bytes / 1000, median(whole, FRAMES));
}

// Processor time of the program, all its threads: what others do on a shared machine does not count.
static double cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &now))
        exit(1);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

// Writes a second of the program's processor time with and without frames, in turn.
static void throughput(struct subject *subject, struct live_session *session)
{
    static double with[ROUNDS], without[ROUNDS];
    open_map(session, "main.Numbers");
    frame(session);
    for (size_t i = 0; i < 2 * (size_t)ROUNDS; i++) {
        long long held, oldest, next, writes;
        ask(subject, "write 0\n");
        const double begin = cpu_us(subject->pid);
        for (int ms = 0; ms < ROUND_MS; ms += FRAME_MS) {
            poll(NULL, 0, FRAME_MS);
            if (i % 2)
                frame(session);
        }
        const double seconds = (cpu_us(subject->pid) - begin) / 1e6;
        if (sscanf(ask(subject, "still\n"), "still %lld %lld %lld %lld", &held, &oldest, &next, &writes) != 4)
            exit(1);
        (i % 2 ? with : without)[i / 2] = (double)writes / seconds / 1e6;
    }
    const double watched = median(with, ROUNDS), alone = median(without, ROUNDS);
    printf("  throughput: %.2f million writes a second of its processor time alone, %.2f watched: %.1f %%\n",
           alone, watched, 100 * watched / alone);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct subject subject = {0};
        char pid[16];
        start(&subject, argv[i]);
        snprintf(pid, sizeof(pid), "%d", (int)subject.pid);
        const struct live_options options = {
            .name = pid, .map = "main.Numbers", .program.debug = {.threads = 1}};
        struct live_session *session = calloc(1, sizeof(*session));
        must(session ? live_session_open(session, &options, NULL) : &error_out_of_memory);
        live_view_open(session);
        printf("%s  %s\n", argv[i], go_program_version(session->program.program));
        ask(&subject, "grow 10000\n");
        open_map(session, "main.Grown");
        measure(session, "int64, 10 000 entries");
        ask(&subject, "grow 990000\n");
        open_map(session, "main.Grown");
        measure(session, "int64, 1 000 000 entries");
        ask(&subject, "names 100000\n");
        open_map(session, "main.Names");
        measure(session, "string, 100 000 entries");
        open_map(session, "main.Numbers");
        ask(&subject, "write 0\n");
        measure(session, "int64, 20 000, a loop of writes");
        printf("  %.1f %% of these frames accepted\n",
               100.0 * (double)session->accepted / (double)session->frames);
        ask(&subject, "still\n");
        throughput(&subject, session);
        live_session_close(session);
        free(session);
        kill(subject.pid, SIGKILL);
        waitpid(subject.pid, NULL, 0);
        fclose(subject.says);
        close(subject.obeys);
    }
    return 0;
}
