// SPDX-License-Identifier: MIT
#include "view/term_curses.h"
#include "base/clock.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

enum { COLOURS_RICH = 256 };

enum { STRINGS_BYTES = 256 };

struct term {
    SCREEN *screen;
    FILE *input;
    struct canvas shown;
    enum theme theme;
    bool is_rich, is_coloured;
    bool tells_pastes; // it was asked to
    bool is_pasting;
    uint64_t pasted_ns; // when the latest of it came
};

// What a dying process needs to restore the terminal. A signal handler can be handed nothing else.
static struct {
    volatile sig_atomic_t is_armed;
    struct termios modes;
    char strings[STRINGS_BYTES];
    size_t length;
} rescue;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static void on_fatal(int signal_number)
{
    if (rescue.is_armed) {
        ssize_t ignored = write(STDOUT_FILENO, rescue.strings, rescue.length);
        (void)ignored;
        tcsetattr(STDOUT_FILENO, TCSANOW, &rescue.modes);
    }
    raise(signal_number); // the default action: the handler was reset
}

// A capability without its delays ("$<5>"), which are for terminals that are gone.
static void rescue_add(const char *text)
{
    while (text && text != (const char *)-1 && *text && rescue.length < STRINGS_BYTES) {
        if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
            text = strchr(text, '>') + 1;
        else
            rescue.strings[rescue.length++] = *text++;
    }
}

static void rescue_arm(void)
{
    static const char *const names[] = {"sgr0", "rmkx", "cnorm", "rmcup"};
    rescue.length = 0;
    rescue_add("\033[?1006l\033[?1000l"); // mouse
    rescue_add("\033[?2004l");            // pastes
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        rescue_add(tigetstr((char *)(uintptr_t)names[i]));
    rescue_add("\r\n");
    rescue.is_armed = 1;
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < ARRAY_LENGTH(fatal_signals); i++)
        sigaction(fatal_signals[i], &action, NULL);
}

static void rescue_disarm(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < ARRAY_LENGTH(fatal_signals); i++)
        sigaction(fatal_signals[i], &action, NULL);
    rescue.is_armed = 0;
}

// --- Colours ---

static short pair_of(enum style style, enum ground ground)
{
    return (short)((int)style * GROUNDS + (int)ground + 1);
}

static void make_colours(struct term *term, const struct term_options *options)
{
    if (options->monochrome || !has_colors() || start_color() != OK)
        return;
    term->is_coloured = true;
    term->is_rich = COLORS >= COLOURS_RICH && COLOR_PAIRS > STYLES * GROUNDS;
    for (int style = 0; style < STYLES; style++) {
        if (!term->is_rich) {
            struct look look = palette_poor(options->theme, (enum style)style);
            init_pair((short)(style + 1), look.ink, look.ground);
            continue;
        }
        for (int ground = 0; ground < GROUNDS; ground++) {
            struct look look = palette_rich(options->theme, (enum style)style, (enum ground)ground);
            init_pair(pair_of((enum style)style, (enum ground)ground), look.ink, look.ground);
        }
    }
    // What no cell has been written to has the same ground.
    short plain = term->is_rich ? pair_of(STYLE_NORMAL, GROUND_PLAIN) : STYLE_NORMAL + 1;
    bkgd((chtype)COLOR_PAIR(plain) | ' ');
}

static void look_without_colours(const struct cell *cell, attr_t *attributes)
{
    switch ((enum style)cell->style) {
    case STYLE_TITLE:
        *attributes = A_BOLD | A_REVERSE;
        break;
    case STYLE_STRONG:
    case STYLE_KEYCAP:
    case STYLE_WARN:
    case STYLE_OVERFLOW:
    case STYLE_CAPTION:
    case STYLE_TOPHASH:
    case STYLE_BUCKET_BITS:
        *attributes = A_BOLD;
        break;
    default:
        *attributes = 0;
    }
}

static void look_of(const struct term *term, const struct cell *cell, attr_t *attributes, short *pair)
{
    enum style style = cell->style < STYLES ? (enum style)cell->style : STYLE_NORMAL;
    unsigned marks = cell->marks;
    *pair = 0;
    if (term->is_rich) {
        enum ground ground = palette_ground(cell);
        struct look look = palette_rich(term->theme, style, ground);
        *pair = pair_of(style, ground);
        *attributes = (look.is_bold ? A_BOLD : 0) | (marks & MARK_REVERSE ? A_REVERSE : 0);
        return;
    }
    if (term->is_coloured) {
        *pair = (short)(style + 1);
        *attributes = palette_poor(term->theme, style).is_bold ? A_BOLD : 0;
    } else {
        look_without_colours(cell, attributes);
    }
    if (marks & (MARK_LIT | MARK_REVERSE))
        *attributes |= A_REVERSE | A_BOLD;
    else if (marks & MARK_SELECTED)
        *attributes |= A_BOLD;
}

// --- Pastes ---

// Keys of our own, for what a terminal sends around pasted text.
enum { KEY_PASTE_BEGIN = KEY_MAX - 2, KEY_PASTE_END = KEY_MAX - 3 };

// Terminals that know of the mouse know of pastes; others pass over what they do not know.
static void ask_for_pastes(struct term *term, bool wants)
{
    const char *mouse = tigetstr((char *)(uintptr_t) "kmous");
    if (!mouse || mouse == (const char *)-1)
        return;
    if (wants && !term->tells_pastes) {
        define_key("\033[200~", KEY_PASTE_BEGIN);
        define_key("\033[201~", KEY_PASTE_END);
    }
    term->tells_pastes = wants;
    fputs(wants ? "\033[?2004h" : "\033[?2004l", stdout);
    fflush(stdout);
}

// Whether a key belongs to pasted text. A paste that has no end is over after a second without any of it.
static bool is_pasted(struct term *term, int status, wint_t key)
{
    enum { SILENCE_NS = 1000000000 };
    uint64_t now = clock_ns();
    bool is_code = status == KEY_CODE_YES, is_begin = is_code && key == KEY_PASTE_BEGIN;
    if (is_begin) {
        term->is_pasting = true;
        term->pasted_ns = now;
    }
    if (!term->is_pasting)
        return false;
    if (is_code && key == KEY_PASTE_END) {
        term->is_pasting = false;
        return true;
    }
    term->is_pasting = now - term->pasted_ns < SILENCE_NS;
    term->pasted_ns = now;
    return term->is_pasting;
}

// --- Opening and closing ---

bool term_is_unicode(const char *name)
{
    // Terminals whose fonts or character sets lack the blocks and arrows.
    static const char *const plain[] = {"linux", "vt",   "ansi",   "dumb",   "cons",
                                        "sun",   "hurd", "pcansi", "xterm-r"};
    if (!name || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(plain); i++)
        if (!strncmp(name, plain[i], strlen(plain[i])))
            return false;
    return true;
}

static struct error *terminal_unknown(const char *name)
{
    return error_create(ERROR_UNSUPPORTED,
                        "TERM=%s: no terminal known by this name; set TERM, or use --frames for text", name);
}

static void close_screen(struct term *term)
{
    endwin();
    delscreen(term->screen);
    if (term->input)
        fclose(term->input);
    canvas_free(&term->shown);
    free(term);
}

struct error *term_open(struct term **out, const struct term_options *options)
{
    enum { ESCAPE_WAIT_MS = 25 };
    const char *name = getenv("TERM");
    *out = NULL;
    if (!name || !*name)
        return error_create(ERROR_UNSUPPORTED,
                            "TERM is not set: no way to know the terminal's keys and codes");
    struct term *term = calloc(1, sizeof(*term));
    if (!term)
        return &error_out_of_memory;
    tcgetattr(STDOUT_FILENO, &rescue.modes);
    if (!isatty(STDIN_FILENO))
        term->input = fopen("/dev/tty", "r+e");
    if (!isatty(STDIN_FILENO) && !term->input) {
        free(term);
        return error_system(errno, "standard input is no terminal, and /dev/tty");
    }
    set_escdelay(ESCAPE_WAIT_MS);
    term->screen = newterm(NULL, stdout, term->input ? term->input : stdin);
    if (!term->screen) {
        if (term->input)
            fclose(term->input);
        free(term);
        return terminal_unknown(name);
    }
    const char *place_cursor = tigetstr("cup");
    if (!place_cursor || place_cursor == (const char *)-1) {
        close_screen(term);
        return error_create(ERROR_UNSUPPORTED,
                            "TERM=%s: this terminal cannot place its cursor; use --frames for text", name);
    }
    rescue_arm();
    raw(); // Ctrl-C, Ctrl-Z and Ctrl-S are keys
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    term->theme = options->theme;
    make_colours(term, options);
    if (!options->no_mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
    ask_for_pastes(term, true);
    *out = term;
    return NULL;
}

void term_close(struct term *term)
{
    if (!term)
        return;
    mousemask(0, NULL);
    ask_for_pastes(term, false);
    close_screen(term);
    rescue_disarm();
}

int term_input_fd(const struct term *term)
{
    return term->input ? fileno(term->input) : STDIN_FILENO;
}

void term_size(struct term *term, int *rows, int *columns)
{
    (void)term;
    getmaxyx(stdscr, *rows, *columns);
}

void term_redraw(struct term *term)
{
    canvas_free(&term->shown);
    clearok(curscr, TRUE);
}

// OSC 52 has the text in base64 (RFC 4648).
void term_copy(struct term *term, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (void)term;
    const size_t length = strlen(text);
    fputs("\033]52;c;", stdout);
    for (size_t i = 0; i < length; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < length ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            putchar(i + k <= length ? digits[three >> (18 - 6 * k) & 63] : '=');
    }
    fputs("\a", stdout);
    fflush(stdout);
}

void term_resized(struct term *term)
{
    struct winsize size;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    term_redraw(term);
}

void term_suspend(struct term *term)
{
    ask_for_pastes(term, false);
    def_prog_mode();
    endwin();
}

void term_resume(struct term *term)
{
    reset_prog_mode();
    refresh();
    ask_for_pastes(term, true);
    term_resized(term);
}

// --- Showing ---

static bool cells_equal(const struct cell *left, const struct cell *right)
{
    return left->code == right->code && left->style == right->style && left->marks == right->marks;
}

static void show_cell(const struct term *term, const struct cell *cell, int row, int column)
{
    wchar_t text[2] = {(wchar_t)cell->code, 0};
    attr_t attributes;
    short pair;
    cchar_t character;
    look_of(term, cell, &attributes, &pair);
    if (setcchar(&character, text, attributes, pair, NULL) == OK)
        mvadd_wch(row, column, &character);
}

void term_show(struct term *term, const struct canvas *canvas)
{
    struct canvas *shown = &term->shown;
    bool knows = shown->cells && shown->rows == canvas->rows && shown->columns == canvas->columns;
    if (!knows)
        erase();
    // Without memory for what is shown all is drawn each time.
    bool keeps = knows || canvas_reset(shown, canvas->rows, canvas->columns);
    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0; column < canvas->columns; column++) {
            size_t at = (size_t)row * (size_t)canvas->columns + (size_t)column;
            const struct cell *cell = &canvas->cells[at];
            if (knows && cells_equal(&shown->cells[at], cell))
                continue;
            if (cell->code)
                show_cell(term, cell, row, column);
            if (keeps)
                shown->cells[at] = *cell;
        }
    }
    refresh();
}

// --- Reading ---

static uint32_t code_of(wint_t key)
{
    switch (key) {
    case KEY_UP:
        return PRESS_UP;
    case KEY_DOWN:
        return PRESS_DOWN;
    case KEY_LEFT:
        return PRESS_LEFT;
    case KEY_RIGHT:
        return PRESS_RIGHT;
    case KEY_PPAGE:
        return PRESS_PAGE_UP;
    case KEY_NPAGE:
        return PRESS_PAGE_DOWN;
    case KEY_HOME:
        return PRESS_HOME;
    case KEY_END:
        return PRESS_END;
    case KEY_F(1):
        return PRESS_F1;
    case KEY_BTAB:
        return PRESS_BACK_TAB;
    case KEY_BACKSPACE:
        return PRESS_BACKSPACE;
    case KEY_ENTER:
        return PRESS_ENTER;
    default:
        return PRESS_NONE;
    }
}

static void read_mouse(struct term_event *event)
{
    enum { WHEEL_ROWS = 3 };
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return;
    event->row = mouse.y;
    event->column = mouse.x;
    if (mouse.bstate & BUTTON4_PRESSED) {
        event->kind = TERM_WHEEL;
        event->wheel = -WHEEL_ROWS;
    } else if (mouse.bstate & BUTTON5_PRESSED) {
        event->kind = TERM_WHEEL;
        event->wheel = WHEEL_ROWS;
    } else if (mouse.bstate & BUTTON1_PRESSED) {
        event->kind = TERM_CLICK;
    }
}

void term_read(struct term *term, struct term_event *event)
{
    wint_t key;
    *event = (struct term_event){0};
    int status = get_wch(&key);
    if (status == ERR)
        return;
    if (status == KEY_CODE_YES && key == KEY_MOUSE) {
        read_mouse(event);
        if (event->kind == TERM_NOTHING) { // a release: a key that does nothing, so that reading goes on
            event->kind = TERM_PRESS;
            event->press.code = PRESS_NONE;
        }
        return;
    }
    event->kind = TERM_PRESS;
    event->is_pasted = is_pasted(term, status, key);
    event->press.code = status == KEY_CODE_YES      ? code_of(key)
                        : key == '\r'               ? PRESS_ENTER
                        : key == 0x7f || key == 0x8 ? PRESS_BACKSPACE
                                                    : (uint32_t)key;
}
