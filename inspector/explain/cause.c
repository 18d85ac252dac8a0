// SPDX-License-Identifier: MIT
#include "explain/cause.h"

#include "explain/source_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void cause_free(struct cause *cause)
{
    vec_free(&cause->suspects);
    if (cause->core)
        vec_free(&cause->core->list);
    free(cause->core);
}

static bool begins(const char *text, const char *beginning)
{
    return !strncmp(text, beginning, strlen(beginning));
}

// --- Whose code a function is ---

// The runtime's own: "runtime.mapassign_faststr", "internal/runtime/maps.(*Map).Used".
static bool is_map_code(const char *function)
{
    static const char *const beginnings[] = {
        "runtime.map",     "runtime.makemap",  "internal/runtime/maps.", "reflect.map",
        "maps.clone",      "runtime.typehash", "runtime.nilinterhash",   "runtime.interhash",
        "runtime.efaceeq", "runtime.ifaceeq",  "reflect.makemap"};
    for (size_t i = 0; i < ARRAY_LENGTH(beginnings); i++)
        if (begins(function, beginnings[i]))
            return true;
    return false;
}

// The package of "encoding/json.(*mapEncoder).encode": up to the first dot behind the last slash before a bracket or
// parenthesis.
static size_t package_length(const char *function)
{
    const size_t all = strcspn(function, "[(");
    size_t start = 0;
    for (size_t i = 0; i < all; i++)
        if (function[i] == '/')
            start = i + 1;
    const char *dot = memchr(function + start, '.', all - start);
    return dot ? (size_t)(dot - function) : all;
}

static bool package_is(const char *function, const char *package)
{
    const size_t length = package_length(function);
    return length == strlen(package) && !strncmp(function, package, length);
}

// The runtime's, or reflect's, which stand between a program and its maps.
static bool is_runtime_code(const char *function)
{
    return package_is(function, "runtime") || begins(function, "internal/runtime/") ||
           package_is(function, "reflect") || begins(function, "internal/abi.") ||
           begins(function, "internal/race.") || begins(function, "runtime/") || !strcmp(function, "panic") ||
           package_is(function, "maps") || begins(function, "type:.") || begins(function, "type..");
}

// Of Go's own library.
static bool is_library_code(const char *function)
{
    static const char *const first_words[] = {
        "archive",  "bufio",   "bytes",   "cmp",      "compress", "container", "context", "crypto",
        "database", "debug",   "embed",   "encoding", "errors",   "expvar",    "flag",    "fmt",
        "go",       "hash",    "html",    "image",    "index",    "internal",  "io",      "iter",
        "log",      "maps",    "math",    "mime",     "net",      "os",        "path",    "plugin",
        "reflect",  "regexp",  "runtime", "slices",   "sort",     "strconv",   "strings", "structs",
        "sync",     "syscall", "testing", "text",     "time",     "unicode",   "unique",  "unsafe",
        "vendor",   "weak"};
    const size_t length = package_length(function), word = strcspn(function, "/.[(");
    for (size_t i = 0; i < ARRAY_LENGTH(first_words); i++)
        if (word <= length && strlen(first_words[i]) == word && !strncmp(first_words[i], function, word))
            return true;
    return is_runtime_code(function);
}

// --- Where ---

static bool is_panic_code(const char *function)
{
    return !strcmp(function, "panic") || !strcmp(function, "runtime.gopanic") ||
           !strcmp(function, "runtime.sigpanic");
}

// What died lies below the deepest panic: what is above it ran because of it.
static void find_site(struct cause *cause)
{
    const struct log_goroutine *goroutine = cause->goroutine;
    const size_t count = goroutine->frames_count;
    size_t first = 0;
    for (size_t i = 0; cause->death->is_panic && i < count; i++)
        if (is_panic_code(goroutine->frames[i].function))
            first = i + 1;
    for (cause->site = first;
         cause->site < count && is_runtime_code(goroutine->frames[cause->site].function);)
        cause->site++;
    for (cause->own = cause->site;
         cause->own < count && is_library_code(goroutine->frames[cause->own].function);)
        cause->own++;
    // The runtime's function that the program called: the outermost.
    for (size_t i = cause->site; i > first && !cause->call; i--)
        if (is_map_code(goroutine->frames[i - 1].function) && !goroutine->frames[i - 1].is_inlined) {
            cause->call = goroutine->frames[i - 1].function;
            cause->call_told_by = TOLD_BY_LOG;
        }
    // Of these only the inner part may be shown: "internal/runtime/maps.fatal" says nothing of the call.
    if (cause->call && strstr(cause->call, ".fatal"))
        cause->call = NULL;
    if (!cause->call)
        cause->call_told_by = TOLD_BY_NOBODY;
}

// --- Which Go ---

// "/usr/lib/go-1.22/src/runtime/panic.go", "~/sdk/go1.22.3/src/…", "…/go/1.24/src/…"
static unsigned minor_of_path(const char *file)
{
    const char *end = strstr(file, "/src/");
    for (const char *at = strstr(file, "go"); at && end && at < end; at = strstr(at + 1, "go")) {
        const char *number = at + 2 + (at[2] == '-' || at[2] == '/' || at[2] == '@');
        if (begins(number, "1.") && isdigit((unsigned char)number[2]))
            return (unsigned)strtoul(number + 2, NULL, 10) % 1000;
    }
    return 0;
}

static void learn_version(struct cause *cause, const struct log_frame *frame)
{
    const bool is_runtime = is_runtime_code(frame->function);
    if (begins(frame->function, "internal/runtime/maps."))
        cause->design = DESIGN_SWISS;
    if (!frame->file || !is_runtime)
        return;
    const unsigned minor = minor_of_path(frame->file);
    if (!cause->go_minor && minor >= 4 && minor < 200)
        cause->go_minor = minor;
    if (strstr(frame->file, "src/runtime/map_fast") && cause->design == DESIGN_UNKNOWN)
        cause->design = DESIGN_CLASSIC;
}

static bool deaths_by_mark(enum log_message message)
{
    return message == LOG_CONCURRENT_WRITES || message == LOG_CONCURRENT_READ ||
           message == LOG_CONCURRENT_ITERATION || message == LOG_CONCURRENT_CLONE;
}

static void find_version(struct cause *cause)
{
    vec_foreach (const struct log_goroutine *, goroutine, &cause->death->goroutines)
        for (size_t i = 0; i < goroutine->frames_count; i++)
            learn_version(cause, &goroutine->frames[i]);
    // From 1.24 on "internal/runtime/maps.fatal" stands on top of every stack that ends so.
    const bool is_fatal = deaths_by_mark(cause->death->message);
    if (cause->design == DESIGN_UNKNOWN && is_fatal && cause->goroutine && !cause->goroutine->is_cut)
        cause->design = DESIGN_CLASSIC;
    if (cause->design == DESIGN_UNKNOWN && cause->go_minor)
        cause->design = cause->go_minor >= 24 ? DESIGN_SWISS : DESIGN_CLASSIC;
}

// --- Whose doing ---

// Values in the arguments that can be pointers to the heap: what two goroutines have in common there, they share.
static bool next_pointer(const char **at, uint64_t *value)
{
    while (*at && (*at = strstr(*at, "0x"))) {
        char *end;
        *value = strtoull(*at, &end, 16);
        const bool is_sure = *end != '?';
        *at = end;
        if (is_sure && *value >= 0x1000000 && *value != UINT64_MAX)
            return true;
    }
    return false;
}

static bool shares_pointer(const char *left, const char *right)
{
    enum { POINTERS_MOST = 16 };
    uint64_t a, b;
    size_t a_count = 0;
    for (const char *at = left; at && a_count < POINTERS_MOST && next_pointer(&at, &a); a_count++) {
        size_t b_count = 0;
        for (const char *other = right; other && b_count < POINTERS_MOST && next_pointer(&other, &b);
             b_count++)
            if (a == b)
                return true;
    }
    return false;
}

// "main.(*cache)" of "main.(*cache).put"; 0: no method.
static size_t receiver_length(const char *function)
{
    const char *open = strstr(function, ".("), *close = open ? strstr(open, ").") : NULL;
    return close ? (size_t)(close - function) + 1 : 0;
}

static bool is_waiting(const char *state)
{
    return state && !begins(state, "running") && !begins(state, "runnable") && !begins(state, "preempted");
}

static bool is_own_code(const struct log_frame *frame)
{
    return !is_library_code(frame->function);
}

static void judge(const struct cause *cause, const struct log_goroutine *other, struct suspect *suspect)
{
    enum { FRAMES_COMPARED = 8 };
    const struct log_goroutine *dead = cause->goroutine;
    const struct log_frame *own = cause->own < dead->frames_count ? &dead->frames[cause->own] : NULL;
    *suspect = (struct suspect){.goroutine = other, .frame = other->frames_count};
    size_t first = 0;
    while (first < other->frames_count && !is_own_code(&other->frames[first]))
        first++;
    const bool in_map = first > 0 && is_map_code(other->frames[0].function);
    const struct log_frame *frame = first < other->frames_count ? &other->frames[first] : NULL;
    suspect->frame = first;
    suspect->reason = is_waiting(other->state) ? NULL : "was running, too";
    suspect->score = suspect->reason ? 1 : 0;
    for (size_t i = first; own && i < other->frames_count && i < first + FRAMES_COMPARED; i++)
        for (size_t k = cause->own; k < dead->frames_count && k < cause->own + FRAMES_COMPARED; k++)
            if (suspect->score < 3 && shares_pointer(other->frames[i].arguments, dead->frames[k].arguments)) {
                suspect->score = 3;
                suspect->reason = "works on the same pointer";
                suspect->frame = first;
            }
    if (own && frame && suspect->score < 4) {
        const size_t receiver = receiver_length(own->function);
        if (!strcmp(own->function, frame->function)) {
            suspect->score = 4;
            suspect->reason = "is in the same function";
        } else if (receiver && suspect->score < 3 && !strncmp(own->function, frame->function, receiver)) {
            suspect->score = 2;
            suspect->reason = "is in another method of the same type";
        }
    }
    if (in_map) {
        suspect->score = 6;
        suspect->reason = "is inside of the runtime's map code";
    }
    if (other->access) {
        suspect->score = 8;
        suspect->reason = other->access == RACE_WRITE ? "wrote to it before" : "read it before";
    }
    if (is_waiting(other->state) && suspect->score)
        suspect->score--; // it may have begun to wait after the death
}

static int by_score(const void *left, const void *right)
{
    const struct suspect *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->goroutine->log_line > b->goroutine->log_line) -
           (a->goroutine->log_line < b->goroutine->log_line);
}

void cause_order_suspects(struct cause *cause)
{
    if (cause->suspects.length)
        qsort(cause->suspects.data, cause->suspects.length, sizeof(struct suspect), by_score);
}

static bool is_of_runtime_alone(const struct log_goroutine *goroutine)
{
    for (size_t i = 0; i < goroutine->frames_count; i++)
        if (!is_runtime_code(goroutine->frames[i].function))
            return false;
    return goroutine->frames_count > 0;
}

static struct error *find_suspects(struct cause *cause)
{
    vec_foreach (const struct log_goroutine *, other, &cause->death->goroutines) {
        struct suspect suspect;
        if (other == cause->goroutine || is_of_runtime_alone(other))
            continue;
        cause->goroutines_seen++;
        judge(cause, other, &suspect);
        if (!suspect.score)
            cause->others_waiting++;
        else if (!vec_push(&cause->suspects, suspect))
            return &error_out_of_memory;
    }
    cause_order_suspects(cause);
    return NULL;
}

// --- The whole ---

static bool kind_of(const struct log_death *death, const struct cause *cause, enum death_kind *kind)
{
    switch (death->message) {
    case LOG_NIL_ASSIGN:
        *kind = DEATH_NIL_ASSIGN;
        return true;
    case LOG_CONCURRENT_WRITES:
        *kind = DEATH_CONCURRENT_WRITES;
        return true;
    case LOG_CONCURRENT_READ:
        *kind = DEATH_CONCURRENT_READ;
        return true;
    case LOG_CONCURRENT_ITERATION:
        *kind = DEATH_CONCURRENT_ITERATION;
        return true;
    case LOG_CONCURRENT_CLONE:
        *kind = DEATH_CONCURRENT_CLONE;
        return true;
    case LOG_UNHASHABLE:
        *kind = DEATH_UNHASHABLE;
        return true;
    case LOG_UNCOMPARABLE:
        *kind = DEATH_UNCOMPARABLE;
        return true;
    case LOG_RACE:
        *kind = DEATH_RACE;
        return cause->call != NULL;
    case LOG_MEMORY: {
        // By the log alone only where it shows the runtime's map code above the program's.
        *kind = DEATH_FAULT;
        const struct log_goroutine *goroutine = cause->goroutine;
        for (size_t i = 0; goroutine && i < cause->site && i < goroutine->frames_count; i++)
            if (is_map_code(goroutine->frames[i].function) ||
                begins(goroutine->frames[i].function, "internal/runtime/maps."))
                return true;
        return false;
    }
    case LOG_OTHER:
        break;
    }
    *kind = DEATH_FAULT;
    return false;
}

struct error *cause_of_death(const struct log_death *death, struct arena *arena, struct cause *cause,
                             bool *is_of_map)
{
    *cause = (struct cause){.death = death};
    vec_foreach (const struct log_goroutine *, goroutine, &death->goroutines)
        if (!cause->goroutine && goroutine->frames_count)
            cause->goroutine = goroutine;
    if (cause->goroutine)
        find_site(cause);
    find_version(cause);
    if (cause->goroutine && cause->own < cause->goroutine->frames_count) {
        const struct log_frame *own = &cause->goroutine->frames[cause->own];
        cause->source = source_line_read(own->file, own->line, arena);
    }
    *is_of_map = kind_of(death, cause, &cause->kind);
    return cause->goroutine && death_table[cause->kind].needs_others ? find_suspects(cause) : NULL;
}
