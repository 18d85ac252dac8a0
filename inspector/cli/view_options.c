// SPDX-License-Identifier: MIT
#include "cli/view_options.h"

#include "base/output.h"

#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_KEYS = 1024,
    KEY_FRAMES,
    KEY_SIZE,
    KEY_AS,
    KEY_THEME,
    KEY_ASCII,
    KEY_UNICODE,
    KEY_NO_MOUSE,
    KEY_FIGURES
};

enum { SIZE_MOST = 2000, FRAME_ROWS = 30, FRAME_COLUMNS = 100 };

static const struct argp_option view_argp_options[] = {
    {0, 0, NULL, 0, "Without a person:", 20},
    {"keys", KEY_KEYS, "SCRIPT", 0, "press these keys, then print the screen as text: \"<Down>3 <Enter> J\"",
     20},
    {"frames", KEY_FRAMES, NULL, 0, "print the screen before the first key and after each", 20},
    {"size", KEY_SIZE, "COLSxROWS", 0, "of the printed screen, default 100x30", 20},
    {"as", KEY_AS, "FORM", 0, "how the screen is printed: text (default), ansi (with its colours) or svg",
     20},
    {0, 0, NULL, 0, "The screen:", 21},
    {"theme", KEY_THEME, "THEME", 0, "dark, light, or auto (default: by COLORFGBG, else dark)", 21},
    {"ascii", KEY_ASCII, NULL, 0, "ASCII characters only", 21},
    {"unicode", KEY_UNICODE, NULL, 0, "blocks and arrows, whatever locale and terminal say", 21},
    {"no-mouse", KEY_NO_MOUSE, NULL, 0, "leave the mouse to the terminal", 21},
    {"figures", KEY_FIGURES, NULL, 0, "tell on standard error at the end what frames have cost", 21},
    {0},
};

enum { THEME_AUTO };

static const char *theme_word(unsigned number)
{
    static const char *const words[] = {"auto", "dark", "light", NULL};
    return words[number];
}

static const char *form_word(unsigned number)
{
    static const char *const words[] = {"text", "ansi", "svg", NULL};
    return words[number];
}

static void parse_size(struct argp_state *state, const char *text, struct view_options *options)
{
    char rest;
    if (sscanf(text, "%dx%d%c", &options->columns, &options->rows, &rest) != 2 || options->columns < 1 ||
        options->rows < 1 || options->columns > SIZE_MOST || options->rows > SIZE_MOST)
        argp_error(state, "--size: \"%s\" is no COLSxROWS, such as 100x30", text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct view_options *options = state->input;
    switch (key) {
    case KEY_KEYS:
        options->keys = argument;
        return 0;
    case KEY_FRAMES:
        options->frames = true;
        return 0;
    case KEY_SIZE:
        parse_size(state, argument, options);
        return 0;
    case KEY_AS:
        options->format = (enum canvas_format)options_word(state, "as", argument, form_word);
        return 0;
    case KEY_THEME:
        options->theme_word = options_word(state, "theme", argument, theme_word);
        return 0;
    case KEY_ASCII:
    case KEY_UNICODE:
        options->glyphs = key;
        return 0;
    case KEY_NO_MOUSE:
        options->no_mouse = true;
        return 0;
    case KEY_FIGURES:
        options->figures = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *help_of(int key, const char *text, void *input)
{
    const struct view_options *options = input;
    if (key != KEY_KEYS || !options || !options->keys_example)
        return (char *)text;
    struct output help = {0};
    output_format(&help, "press these keys, then print the screen as text: \"%s\"", options->keys_example);
    return options_help(&help, text);
}

const struct argp view_argp = {.options = view_argp_options, .parser = parse, .help_filter = help_of};

bool view_is_scripted(const struct view_options *options)
{
    return options->keys || options->frames || !isatty(STDOUT_FILENO);
}

static bool is_ascii(const struct view_options *options)
{
    if (options->glyphs)
        return options->glyphs == KEY_ASCII;
    return !view_is_scripted(options) ? !term_is_unicode(getenv("TERM"))
                                      : strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

// COLORFGBG is "ink;ground" or "ink;other;ground": the terminal's colours 7 and 9 to 15 are light.
enum theme view_theme(const struct view_options *options)
{
    if (options->theme_word != THEME_AUTO)
        return (enum theme)(options->theme_word - 1);
    const char *colours = getenv("COLORFGBG"), *last = colours ? strrchr(colours, ';') : NULL;
    int ground = last ? atoi(last + 1) : 0;
    return ground == 7 || (ground >= 9 && ground <= 15) ? THEME_LIGHT : THEME_DARK;
}

void view_prepare(const struct view_options *options, struct view_stack *views)
{
    views->is_ascii = is_ascii(options);
    if (!isatty(STDOUT_FILENO) && !options->keys && !options->frames)
        fputs("strata: standard output is no terminal: one frame as text (--keys and --frames give more)\n",
              stderr);
}

static struct error *print_screens(struct view_stack *views, const struct view_options *options)
{
    const struct view_script script = {.keys = options->keys,
                                       .prints_frames = options->frames,
                                       .format = options->format,
                                       .theme = view_theme(options),
                                       .rows = options->rows ? options->rows : FRAME_ROWS,
                                       .columns = options->columns ? options->columns : FRAME_COLUMNS};
    return view_script_run(views, &script, stdout);
}

struct error *view_run(struct view_stack *views, const struct view_options *options, enum colour_when colour,
                       int *signal_number)
{
    const char *no_color = getenv("NO_COLOR");
    const bool monochrome = colour == COLOUR_NEVER || (colour == COLOUR_AUTO && no_color && *no_color);
    *signal_number = 0;
    if (view_is_scripted(options))
        return print_screens(views, options);
    const struct term_options term = {
        .monochrome = monochrome, .theme = view_theme(options), .no_mouse = options->no_mouse};
    struct loop_figures figures;
    RETURN_IF_ERROR(loop_run(views, &term, &figures, signal_number));
    if (options->figures)
        fprintf(stderr, "frames %llu, %.1f us each\n", (unsigned long long)figures.frames,
                figures.frames ? (double)figures.frame_ns / 1000 / (double)figures.frames : 0.0);
    return NULL;
}

void view_die_of(int signal_number)
{
    sigset_t set;
    if (!signal_number)
        return;
    signal(signal_number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    raise(signal_number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
