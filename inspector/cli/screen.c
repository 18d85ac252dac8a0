// SPDX-License-Identifier: MIT
#include "cli/screen.h"
#include "base/clock.h"

#include "base/write_all.h"
#include "cli/cmd.h"
#include "report/safe_text.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH_MOST = 100, WARNINGS_MOST = 10 };

static bool locale_is_utf8(void)
{
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

static bool is_wanted(const char *variable)
{
    return is_set(variable) && strcmp(getenv(variable), "0") != 0;
}

static bool wants_colour(enum colour_when when)
{
    if (when != COLOUR_AUTO)
        return when == COLOUR_ALWAYS;
    // no-color.org; bixense.com/clicolors; FORCE_COLOR as Node.js reads it. "0" means no.
    const char *term = getenv("TERM");
    if (is_set("NO_COLOR"))
        return false;
    if (is_wanted("CLICOLOR_FORCE") || is_wanted("FORCE_COLOR"))
        return true;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static unsigned terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col < WIDTH_MOST ? size.ws_col : WIDTH_MOST;
}

struct report_style screen_style(const struct common_options *common)
{
    return (struct report_style){.colour = wants_colour(common->colour),
                                 .ascii = !locale_is_utf8(),
                                 .hex = common->hex,
                                 .spreadsheet = common->spreadsheet,
                                 .width = terminal_width()};
}

static int write_screen(void *context, const char *data, size_t size_bytes)
{
    return write_all(*(const int *)context, data, size_bytes);
}

static const int standard_output = STDOUT_FILENO, standard_error = STDERR_FILENO;

struct output screen_output(void)
{
    return (struct output){.write = write_screen, .context = (void *)(uintptr_t)&standard_output};
}

int screen_finish(struct output *output, int status)
{
    struct error *error = output_finish(output);
    bool is_quiet = output->errno_value == EPIPE;
    output_free(output);
    if (!error)
        return status;
    if (!is_quiet)
        return say_error(error_prefix(error, "standard output"));
    error_free(error);
    return status;
}

// Messages need no memory of their own: the one that says that there is none left must get out, too. One thread
// at a time says something. What is longer than this is cut.
enum { SAID_BYTES = 1 << 16, ESCAPED_BYTES = 1 << 18 };

static struct {
    char text[SAID_BYTES], escaped[ESCAPED_BYTES];
} said;

static struct output said_begin(void)
{
    return (struct output){.data = said.escaped,
                           .capacity = sizeof(said.escaped),
                           .write = write_screen,
                           .context = (void *)(uintptr_t)&standard_error};
}

static void said_end(struct output *output)
{
    error_free(output_finish(output)); // there is nowhere left to tell it; the buffer stays
}

static void say_text(struct output *output, const char *text, size_t length)
{
    length = length < SAID_BYTES - 1 ? length : SAID_BYTES - 1;
    memcpy(said.text, text, length);
    said.text[length] = '\0';
    safe_text(output, said.text, !locale_is_utf8());
}

static void say(const char *prefix, const char *text)
{
    struct output output = said_begin();
    output_text(&output, "strata: ");
    output_text(&output, prefix);
    say_text(&output, text, strlen(text));
    output_char(&output, '\n');
    said_end(&output);
}

static void say_notice(struct notice_sink *sink, const char *line)
{
    (void)sink;
    say("warning: ", line);
}

struct error *screen_document(const struct common_options *common, const struct source_root *root,
                              struct output *output, struct document **document)
{
    static struct notice_sink notices = {.take = say_notice};
    const struct document_about about = {.version = STRATA_VERSION,
                                         .homepage = STRATA_HOMEPAGE,
                                         .cacheline_bytes = common->cacheline_bytes,
                                         .source_root = root,
                                         .notices = &notices};
    return writer_open(common->writer, &(struct document_place){.path = "-", .output = output}, &about,
                       document);
}

struct error *screen_end(struct document *document, struct error *error)
{
    if (!error)
        return writer_finish(document);
    writer_discard(document);
    return error;
}

// What the C library printed (--help, --version) has reached the disk, or it is a failure.
static void end_standard_output(void)
{
    errno = 0;
    bool failed = fflush(stdout) || ferror(stdout);
    if (!failed || errno == EPIPE)
        return;
    say_error(error_system(errno ? errno : EIO, "standard output: write"));
    _exit(EXIT_USAGE);
}

static ssize_t write_safely(void *context, const char *data, size_t size_bytes)
{
    struct output output = said_begin();
    (void)context;
    for (size_t at = 0; at < size_bytes;) {
        const char *end = memchr(data + at, '\n', size_bytes - at);
        size_t length = end ? (size_t)(end - data) - at : size_bytes - at;
        say_text(&output, data + at, length);
        if (end)
            output_char(&output, '\n');
        at += length + (end != NULL);
    }
    said_end(&output);
    return (ssize_t)size_bytes;
}

static char stream_buffer[BUFSIZ];

void screen_guard(void)
{
    FILE *safe = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_safely});
    if (!safe) {
        say_error(&error_out_of_memory);
        _exit(EXIT_USAGE);
    }
    setvbuf(safe, stream_buffer, _IOLBF, sizeof(stream_buffer));
    stderr = safe;
    if (atexit(end_standard_output)) {
        say_error(&error_out_of_memory);
        _exit(EXIT_USAGE);
    }
}

int say_error(struct error *error)
{
    say("", error->message);
    error_free(error);
    return EXIT_USAGE;
}

int say_missing(const struct notices *missing, int status)
{
    vec_foreach (char **, line, &missing->lines)
        say("", *line);
    return missing->lines.length ? EXIT_USAGE : status;
}

void say_note(const char *text)
{
    say("", text);
}

static void notices_take(struct notice_sink *sink, const char *line)
{
    struct screen_notices *notices = (struct screen_notices *)sink;
    if (notices->said >= WARNINGS_MOST) {
        notices->dropped++;
        return;
    }
    notices->said++;
    say("warning: ", line);
}

struct screen_notices screen_notices(void)
{
    return (struct screen_notices){.sink = {.take = notices_take}};
}

void say_notices_rest(const struct screen_notices *notices)
{
    if (!notices->dropped)
        return;
    char text[64];
    snprintf(text, sizeof(text), "%u more like these", notices->dropped);
    say("warning: ", text);
}

static void start_progress(struct progress_sink *sink, const char *label)
{
    struct screen_progress *progress = (struct screen_progress *)sink;
    *progress = screen_progress();
    progress->is_on = isatty(STDERR_FILENO);
    progress->label = label;
    if (progress->is_on)
        progress->started_ns = clock_ns();
}

// "reporting  ████████████░░░░░░░░  61 %", on one line that is drawn over.
static void draw_progress(const char *label, double share)
{
    enum { CELLS = 24 };
    const char *full = locale_is_utf8() ? "█" : "#", *empty = locale_is_utf8() ? "░" : ".";
    int filled = (int)(share * CELLS);
    char bar[CELLS * 4 + 1] = "";
    size_t length = 0;
    for (int i = 0; i < CELLS; i++)
        length += (size_t)snprintf(bar + length, sizeof(bar) - length, "%s", i < filled ? full : empty);
    dprintf(STDERR_FILENO, "\r%s  %s %3.0f %%", label, bar, 100.0 * share);
}

// Nothing for the first 300 ms: what is quick shows no progress. Then ten times a second.
static void update_progress(struct progress_sink *sink, uint64_t done, uint64_t total)
{
    struct screen_progress *progress = (struct screen_progress *)sink;
    if (!progress->is_on || !total)
        return;
    uint64_t now = clock_ns();
    if (now - progress->started_ns < 300000000u || now - progress->drawn_ns < 100000000u)
        return;
    progress->drawn_ns = now;
    progress->is_drawn = true;
    draw_progress(progress->label, (double)done / (double)total);
}

static void stop_progress(struct progress_sink *sink)
{
    struct screen_progress *progress = (struct screen_progress *)sink;
    if (progress->is_drawn)
        dprintf(STDERR_FILENO, "\r\033[K");
    *progress = screen_progress();
}

struct screen_progress screen_progress(void)
{
    return (struct screen_progress){
        .sink = {.begin = start_progress, .update = update_progress, .end = stop_progress}};
}
