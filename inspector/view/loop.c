// SPDX-License-Identifier: MIT
#include "view/loop.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_MS = 16,
    ADVANCE_BUDGET_NS = 6000000,
    MESSAGE_MS = 4000,
    MESSAGE_CHECK_MS = 1000,
    KEY_INTERRUPT = 'C' - '@',
    KEY_SUSPEND = 'Z' - '@',
};

struct loop {
    struct view_stack *views;
    struct term *term;
    struct loop_figures *figures;
    int signals;
    int ended_by;
    bool is_ended, is_stale; // there is something new to show
    uint64_t advanced_ns, shown_ns, said_ns;
};

// Stops as any program does on Ctrl-Z, and goes on where it was: the time away does not count.
static void suspend(struct loop *loop)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    term_suspend(loop->term);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, &before); // and here it stops
    sigprocmask(SIG_SETMASK, &before, NULL);
    term_resume(loop->term);
    loop->advanced_ns = clock_ns();
    loop->is_stale = true;
}

static void take_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            term_resized(loop->term);
            loop->is_stale = true;
            break;
        case SIGTSTP:
            suspend(loop);
            break;
        case SIGCONT: // after a stop that could not be seen coming
            term_resume(loop->term);
            loop->advanced_ns = clock_ns();
            loop->is_stale = true;
            break;
        default:
            loop->is_ended = true;
            loop->ended_by = (int)info.ssi_signo;
        }
    }
}

static struct error *take_event(struct loop *loop, const struct term_event *event)
{
    loop->is_stale = true;
    if (event->kind == TERM_CLICK)
        return view_stack_click(loop->views, event->row, event->column);
    if (event->kind == TERM_WHEEL)
        return view_stack_wheel(loop->views, event->wheel);
    if (event->is_pasted)
        return view_stack_paste(loop->views, event->press.code);
    if (event->press.code == KEY_INTERRUPT)
        loop->views->wants_quit |= !view_stack_interrupt(loop->views);
    else if (event->press.code == KEY_SUSPEND)
        suspend(loop);
    else if (event->press.code != PRESS_NONE) // a resize or a mouse button let go would close what is open
        return view_stack_press(loop->views, event->press);
    return NULL;
}

static struct error *take_keys(struct loop *loop)
{
    for (;;) {
        struct term_event event;
        term_read(loop->term, &event);
        if (event.kind == TERM_NOTHING)
            return NULL;
        RETURN_IF_ERROR(take_event(loop, &event));
    }
}

// A terminal that does not keep up gets fewer frames; what is shown does not wait for it.
static bool can_write(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && out.revents & POLLOUT;
}

static bool is_output_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && out.revents & (POLLERR | POLLHUP | POLLNVAL);
}

static struct error *show(struct loop *loop)
{
    int rows, columns;
    uint64_t start = clock_ns();
    if (!loop->is_stale || start - loop->shown_ns < FRAME_MS * 1000000ull || !can_write())
        return NULL;
    if (loop->views->wants_redraw)
        term_redraw(loop->term);
    loop->views->wants_redraw = false;
    term_size(loop->term, &rows, &columns);
    RETURN_IF_ERROR(view_stack_frame(loop->views, rows, columns));
    loop->figures->frames++;
    loop->figures->frame_ns += clock_ns() - start;
    term_show(loop->term, &loop->views->canvas);
    loop->shown_ns = clock_ns();
    loop->is_stale = false;
    return NULL;
}

// A message goes away after a while.
static void forget_message(struct loop *loop)
{
    char *message = loop->views->message;
    if (loop->views->message_is_new)
        loop->said_ns = clock_ns();
    loop->views->message_is_new = false;
    if (*message && clock_ns() - loop->said_ns > MESSAGE_MS * 1000000ull) {
        *message = '\0';
        loop->is_stale = true;
    }
}

static int wait_ms(const struct loop *loop)
{
    int wait = view_stack_wait(loop->views);
    if (loop->is_stale && wait)
        return FRAME_MS;
    return wait == VIEW_WAIT_FOREVER && *loop->views->message ? MESSAGE_CHECK_MS : wait;
}

// Stops with it, and goes on with it. What was meant for it alone, as an interrupt, is forgotten.
static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, WUNTRACED) == child ? WIFSTOPPED(status) : errno == EINTR) {
        raise(SIGSTOP);
        kill(child, SIGCONT);
    }
    sigset_t meant;
    const struct timespec at_once = {0, 0};
    sigemptyset(&meant);
    sigaddset(&meant, SIGINT);
    sigaddset(&meant, SIGQUIT);
    sigaddset(&meant, SIGTSTP);
    while (sigtimedwait(&meant, NULL, &at_once) > 0)
        ;
    return status;
}

// Runs what a view asks for, with the terminal and the signals as any program finds them.
static void run_program(struct loop *loop)
{
    struct view_stack *views = loop->views;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t child;
    int status = 0;
    sigemptyset(&none);
    term_suspend(loop->term);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int failure = posix_spawnp(&child, views->run[0], NULL, &attributes, views->run, environ);
    posix_spawnattr_destroy(&attributes);
    if (!failure)
        status = wait_for(child);
    term_resume(loop->term);
    if (failure)
        view_say(views, true, "%s: %s", views->run[0], strerror(failure));
    else if (WIFEXITED(status) && WEXITSTATUS(status))
        view_say(views, true, "it ended with status %d", WEXITSTATUS(status));
    loop->advanced_ns = clock_ns();
}

static void serve(struct loop *loop)
{
    if (loop->views->copied)
        term_copy(loop->term, loop->views->copied);
    if (loop->views->run[0])
        run_program(loop);
    view_stack_serve(loop->views);
}

static struct error *turn(struct loop *loop)
{
    struct pollfd in[] = {{.fd = term_input_fd(loop->term), .events = POLLIN},
                          {.fd = loop->signals, .events = POLLIN}};
    if (poll(in, 2, wait_ms(loop)) < 0 && errno != EINTR)
        return error_system(errno, "waiting for keys");
    if (in[1].revents)
        take_signals(loop);
    if (in[0].revents & (POLLHUP | POLLERR | POLLNVAL) || is_output_gone()) {
        loop->is_ended = true; // the terminal is gone, and there may be no signal that says so
        loop->ended_by = loop->ended_by ? loop->ended_by : SIGHUP;
        return NULL;
    }
    if (in[0].revents & POLLIN)
        RETURN_IF_ERROR(take_keys(loop));
    serve(loop);
    uint64_t now = clock_ns();
    bool changed;
    RETURN_IF_ERROR(view_stack_advance(loop->views, now - loop->advanced_ns, ADVANCE_BUDGET_NS, &changed));
    loop->advanced_ns = now;
    loop->is_stale |= changed;
    loop->is_ended |= loop->views->wants_quit;
    forget_message(loop);
    return loop->is_ended ? NULL : show(loop);
}

// All that end a program unless it takes them, but for those that a fault of its own brings.
static void add_signals(sigset_t *set)
{
    static const int wanted[] = {SIGWINCH,  SIGTSTP, SIGCONT, SIGINT,  SIGTERM, SIGHUP,    SIGQUIT, SIGALRM,
                                 SIGUSR1,   SIGUSR2, SIGPIPE, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO,
#ifdef SIGSTKFLT
                                 SIGSTKFLT,
#endif
                                 SIGPWR};
    sigemptyset(set);
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
        sigaddset(set, wanted[i]);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        sigaddset(set, number);
}

static int open_signals(void)
{
    sigset_t set;
    add_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct error *loop_run(struct view_stack *views, const struct term_options *options,
                       struct loop_figures *figures, int *signal_number)
{
    struct loop loop = {.views = views, .figures = figures, .is_stale = true};
    *figures = (struct loop_figures){0};
    *signal_number = 0;
    views->slice_ns = ADVANCE_BUDGET_NS;
    loop.signals = open_signals();
    if (loop.signals < 0)
        return error_system(errno, "signals");
    struct error *error = term_open(&loop.term, options);
    loop.advanced_ns = clock_ns();
    while (!error && !loop.is_ended)
        error = turn(&loop);
    term_close(loop.term);
    close(loop.signals);
    *signal_number = loop.ended_by;
    return error;
}
