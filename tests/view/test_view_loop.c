// SPDX-License-Identifier: MIT
// The loop, with a tiny view of this test's own, in a pseudo-terminal: keys, a resize, a prompt, the clock, a
// stop and going on, a signal; the terminal's modes before and after.
//
// Nothing is timed: each step waits until what it asks for has come, at most SECONDS.
#include "cmocka_all.h"
#include "view/loop.h"
#include "view/prompt.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SECONDS = 240, ROWS = 20, COLUMNS = 70, EXIT_ERROR = 3 };

// --- The view: what it was pressed and how often time has come to it ---

struct tiny {
    struct view_stack stack;
    struct prompt prompt;
    int rows, columns, presses, ticks;
    unsigned last;
    char name[PROMPT_BYTES];
    uint64_t passed_ns;
    bool ticks_on;
};

static struct error *on_name(void *state, const char *text)
{
    struct tiny *tiny = state;
    snprintf(tiny->name, sizeof(tiny->name), "%s", text);
    return NULL;
}

static struct error *tiny_needs(void *state, int rows, int columns)
{
    struct tiny *tiny = state;
    tiny->rows = rows;
    tiny->columns = columns;
    return NULL;
}

static void tiny_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    const struct tiny *tiny = state;
    // A number that changes as a whole: only changed cells go to the terminal.
    canvas_print(canvas, 0, 0, STYLE_NORMAL, "size<%dx%d>", tiny->columns, tiny->rows);
    canvas_print(canvas, 2, 0, STYLE_NORMAL, "%*s(%c%d)", tiny->presses % 7 * 6, "", tiny->last,
                 tiny->presses);
    canvas_print(canvas, 4, tiny->ticks > 2 ? 8 : 0, STYLE_NORMAL, tiny->ticks > 2 ? "ticking" : "quiet");
    canvas_print(canvas, 6, 0, STYLE_NORMAL, "name[%s]", tiny->name);
    canvas_print(canvas, canvas->rows - 1, 0, STYLE_NORMAL, "%s", tiny->stack.message);
    hits_add(hits, (struct hit){9, 4, 5, HIT_KEY, 'c', 0, 0});
}

static struct error *tiny_press(void *state, struct key_press press, bool *passes)
{
    (void)passes;
    struct tiny *tiny = state;
    tiny->presses++;
    tiny->last = press.code < 0x7f && press.code > ' ' ? press.code : '?';
    const struct prompt_request request = {.label = "who? ", .state = tiny, .answered = on_name};
    if (press.code == 'p')
        prompt_open(&tiny->prompt, &tiny->stack, &request);
    else if (press.code == 't')
        tiny->ticks_on = true;
    else if (press.code == 'e')
        return error_create(ERROR_USAGE, "the view fails");
    else if (press.code == 'q')
        tiny->stack.wants_quit = true;
    return NULL;
}

static struct error *tiny_advance(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed)
{
    struct tiny *tiny = state;
    (void)budget_ns;
    tiny->passed_ns += elapsed_ns;
    tiny->ticks += tiny->ticks_on;
    *changed = tiny->ticks == 3; // of which a frame shows one
    tiny->ticks_on &= tiny->ticks < 3;
    return NULL;
}

static int tiny_wait(const void *state)
{
    const struct tiny *tiny = state;
    return tiny->ticks_on ? 5 : VIEW_WAIT_FOREVER;
}

static const struct view_ops tiny_ops = {.title = "tiny",
                                         .rows_min = 8,
                                         .columns_min = 30,
                                         .needs = tiny_needs,
                                         .draw = tiny_draw,
                                         .press = tiny_press,
                                         .advance = tiny_advance,
                                         .wait = tiny_wait};

static int run_tiny(void)
{
    static struct tiny tiny;
    struct loop_figures figures;
    int signal_number;
    const struct term_options options = {.monochrome = true};
    view_open(&tiny.stack, &tiny_ops, &tiny);
    struct error *error = loop_run(&tiny.stack, &options, &figures, &signal_number);
    printf("\r\nended[%s] signal[%d] frames[%s]\r\n", error ? error->message : "fine", signal_number,
           figures.frames ? "some" : "none");
    fflush(stdout);
    view_stack_free(&tiny.stack);
    bool failed = error != NULL;
    error_free(error);
    return failed ? EXIT_ERROR : 0;
}

// --- The terminal ---

struct terminal {
    int master;
    pid_t child;
    char seen[1 << 16]; // since the latest step
    size_t length;
    struct termios before;
};

static void open_terminal(struct terminal *terminal)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    terminal->length = 0;
    terminal->child = forkpty(&terminal->master, NULL, NULL, &size);
    if (!terminal->child) {
        char go;
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        if (read(STDIN_FILENO, &go, 1) != 1)
            _exit(99);
        _exit(run_tiny());
    }
    assert_int_equal(tcgetattr(terminal->master, &terminal->before), 0);
    assert_int_equal(write(terminal->master, "\n", 1), 1);
}

static void send(const struct terminal *terminal, const char *keys)
{
    assert_int_equal(write(terminal->master, keys, strlen(keys)), strlen(keys));
}

// Reads until the text has come, or the child has closed the terminal; false: it has not come.
static bool comes(struct terminal *terminal, const char *wanted)
{
    for (;;) {
        terminal->seen[terminal->length] = '\0';
        if (strstr(terminal->seen, wanted)) {
            terminal->length = 0;
            return true;
        }
        struct pollfd in = {.fd = terminal->master, .events = POLLIN};
        if (poll(&in, 1, SECONDS * 1000) <= 0)
            return false;
        if (terminal->length + 4096 >= sizeof(terminal->seen))
            terminal->length = 0;
        ssize_t got = read(terminal->master, terminal->seen + terminal->length, 4096);
        if (got <= 0)
            return false;
        for (ssize_t i = 0; i < got; i++) // cursor movements hold no NUL
            if (!terminal->seen[terminal->length + (size_t)i])
                terminal->seen[terminal->length + (size_t)i] = ' ';
        terminal->length += (size_t)got;
    }
}

static void expect(struct terminal *terminal, const char *wanted)
{
    if (!comes(terminal, wanted))
        fail_msg("\"%s\" has not come, but: %s", wanted, terminal->seen);
}

static void expect_restored(const struct terminal *terminal)
{
    struct termios now;
    assert_int_equal(tcgetattr(terminal->master, &now), 0);
    assert_int_equal(now.c_lflag, terminal->before.c_lflag);
    assert_int_equal(now.c_iflag, terminal->before.c_iflag);
    assert_int_equal(now.c_oflag, terminal->before.c_oflag);
}

static void expect_exit(struct terminal *terminal, int status)
{
    int got;
    assert_int_equal(waitpid(terminal->child, &got, 0), terminal->child);
    assert_true(WIFEXITED(got));
    assert_int_equal(WEXITSTATUS(got), status);
    close(terminal->master);
}

static void keys_time_and_prompts(void **state)
{
    (void)state;
    static struct terminal terminal;
    open_terminal(&terminal);
    expect(&terminal, "size<70x20>");
    send(&terminal, "a");
    expect(&terminal, "(a1)");
    send(&terminal, "t");
    expect(&terminal, "ticking");
    send(&terminal, "p");
    expect(&terminal, "who? ");
    send(&terminal, "me q\r"); // text, not keys
    expect(&terminal, "me q]");
    send(&terminal, "\033[<0;6;10M\033[<0;6;10m"); // a click on what is 'c'
    expect(&terminal, "(c4)");
    struct winsize size = {.ws_row = 9, .ws_col = 40};
    assert_int_equal(ioctl(terminal.master, TIOCSWINSZ, &size), 0);
    expect(&terminal, "size<40x9>");
    size.ws_col = 20;
    assert_int_equal(ioctl(terminal.master, TIOCSWINSZ, &size), 0);
    expect(&terminal, "tiny needs 30x8.");
    send(&terminal, "q");
    expect(&terminal, "ended[fine] signal[0] frames[some]");
    expect_restored(&terminal);
    expect_exit(&terminal, 0);
}

// Text that is pasted is not pressed: it comes into prompts only, and there it does not end them.
static void pastes(void **state)
{
    (void)state;
    static struct terminal terminal;
    open_terminal(&terminal);
    expect(&terminal, "size<70x20>");
    send(&terminal, "a");
    expect(&terminal, "(a1)");
    send(&terminal, "\033[200~qpe\003\032\r\033[201~"); // would quit, fail, stop
    send(&terminal, "b");
    expect(&terminal, "(b2)");
    send(&terminal, "p");
    expect(&terminal, "who? ");
    send(&terminal, "\033[200~two\r words\033[201~!\r");
    expect(&terminal, "two words!]");
    send(&terminal, "q");
    expect(&terminal, "ended[fine]");
    expect_restored(&terminal);
    expect_exit(&terminal, 0);
}

static void stops_and_goes_on(void **state)
{
    (void)state;
    static struct terminal terminal;
    int status;
    open_terminal(&terminal);
    expect(&terminal, "size<70x20>");
    send(&terminal, "\x1a"); // Ctrl-Z
    // A session's leader in an orphaned group is not stopped by SIGTSTP: it goes on at once, drawn anew.
    expect(&terminal, "size<70x20>");
    send(&terminal, "b");
    expect(&terminal, "(b1)");
    assert_int_equal(kill(terminal.child, SIGSTOP), 0);
    assert_int_equal(waitpid(terminal.child, &status, WUNTRACED), terminal.child);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(kill(terminal.child, SIGCONT), 0);
    expect(&terminal, "(b1)"); // drawn anew
    send(&terminal, "\x03");   // Ctrl-C, whatever the view
    expect(&terminal, "ended[fine] signal[0]");
    expect_restored(&terminal);
    expect_exit(&terminal, 0);
}

static void signals_and_errors_end_it(void **state)
{
    (void)state;
    static struct terminal terminal;
    const int signals[] = {SIGTERM, SIGHUP,  SIGINT,    SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE,
                           SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGRTMIN};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        char wanted[64];
        open_terminal(&terminal);
        expect(&terminal, "size<70x20>");
        send(&terminal, "p"); // with a prompt open, too
        expect(&terminal, "who? ");
        assert_int_equal(kill(terminal.child, signals[i]), 0);
        snprintf(wanted, sizeof(wanted), "signal[%d]", signals[i]);
        expect(&terminal, wanted);
        expect_restored(&terminal);
        expect_exit(&terminal, 0);
    }
    open_terminal(&terminal);
    expect(&terminal, "size<70x20>");
    send(&terminal, "e");
    expect(&terminal, "ended[the view fails]");
    expect_restored(&terminal);
    expect_exit(&terminal, EXIT_ERROR);
}

// The terminal is closed, and no signal comes of it.
static void ends_with_its_terminal(void **state)
{
    (void)state;
    static struct terminal terminal;
    int status = 0;
    signal(SIGHUP, SIG_IGN);
    open_terminal(&terminal);
    signal(SIGHUP, SIG_DFL);
    expect(&terminal, "size<70x20>");
    send(&terminal, "a"); // something to be read, too
    close(terminal.master);
    pid_t ended = 0;
    for (int i = 0; i < SECONDS * 20 && !ended; i++) {
        poll(NULL, 0, 50);
        ended = waitpid(terminal.child, &status, WNOHANG);
    }
    if (!ended)
        kill(terminal.child, SIGKILL);
    assert_int_equal(ended, terminal.child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_time_and_prompts),  cmocka_unit_test(pastes),
        cmocka_unit_test(stops_and_goes_on),      cmocka_unit_test(signals_and_errors_end_it),
        cmocka_unit_test(ends_with_its_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
