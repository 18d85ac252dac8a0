// SPDX-License-Identifier: MIT
#include "explain/go_log.h"

#include "explain/go_text.h"
#include "explain/log_encoding.h"
#include "explain/log_lines.h"
#include "explain/log_prefix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAMS_MOST = 16,      // programs that are mixed into one log
    TEXT_BYTES_MOST = 4096, // of a line that is taken apart, and of what is kept of it
    MESSAGE_LINES = 40,     // from a message to its stack
    DEATH_LINES = 400,      // from one goroutine of a death to its next, where other lines stand between
    FOREIGN_MOST = 4,       // lines of others within a stack
    CARRY_PIECES = 3,       // of a line that a terminal has wrapped
};

#define NO_DEATH SIZE_MAX

enum parser_state { PARSE_IDLE, PARSE_STACK, PARSE_CREATED };

// A message that waits for its stack.
struct log_pending {
    bool is_there, is_sure; // sure: behind "panic: " or "fatal error: "
    struct log_death death;
    uint64_t line;
};

struct log_stream {
    bool is_used, is_own;
    struct log_prefix prefix; // or, when is_own, what names it
    uint64_t last_line;
    struct log_pending pending;
    enum parser_state state;
    bool in_race;
    size_t death;        // to which goroutines belong; NO_DEATH: to none that is kept
    uint64_t death_line; // of its last line
    bool has_goroutine;
    struct log_goroutine goroutine;
    VEC(struct log_frame) frames;
    bool has_function; // its place comes next
    bool is_bare;
    char carry[TEXT_BYTES_MOST]; // the beginning of a line that may be wrapped
    unsigned carry_pieces, foreign_count;
    char last_place[TEXT_BYTES_MOST];
    uint64_t created_number; // of the race detector's "Goroutine 8 (running) created at:"; 0: none
};

struct log_reader {
    struct go_log *log;
    struct log_stream streams[STREAMS_MOST];
    struct log_stream *last;
    char cut_message
        [TEXT_BYTES_MOST]; // the line before, when a terminal may have wrapped a message there; "" else
};

static const char *kept(struct log_reader *reader, struct log_part part)
{
    const size_t length = part.length < TEXT_BYTES_MOST ? part.length : TEXT_BYTES_MOST;
    return part.text ? arena_copy_text(&reader->log->arena, part.text, length) : NULL;
}

// --- Deaths ---

static bool is_of_map(enum log_message message)
{
    return message != LOG_OTHER;
}

// Makes the message that waits a death of its own; the stream's goroutines belong to it from now on.
static struct error *settle(struct log_reader *reader, struct log_stream *stream, struct log_pending *pending)
{
    struct go_log *log = reader->log;
    stream->death = NO_DEATH;
    pending->is_there = false;
    if (!is_of_map(pending->death.message)) {
        log->others++;
    } else if (log->deaths.length >= LOG_DEATHS_MOST) {
        log->deaths_dropped++;
    } else {
        if (!vec_push(&log->deaths, pending->death))
            return &error_out_of_memory;
        stream->death = log->deaths.length - 1;
    }
    return NULL;
}

static struct error *give_up_waiting(struct log_reader *reader, struct log_stream *stream)
{
    if (!stream->pending.is_there)
        return NULL;
    if (stream->pending.is_sure)
        return settle(reader, stream, &stream->pending);
    stream->pending.is_there = false;
    return NULL;
}

static struct error *take_message(struct log_reader *reader, struct log_stream *stream,
                                  const struct log_line *line, const struct message_line *message)
{
    struct log_pending *pending = &stream->pending;
    if (pending->is_there && line->number - pending->line > MESSAGE_LINES)
        RETURN_IF_ERROR(give_up_waiting(reader, stream));
    const bool is_first = !pending->is_there || !is_of_map(pending->death.message);
    const bool was_there = pending->is_there;
    if (was_there && pending->death.message == message->message)
        pending->death.times++;
    if (was_there)
        pending->death.is_recovered |= message->is_recovered && message->message != LOG_OTHER;
    // "panic: A [recovered]", "panic: B": the first one is why. "fatal error: fault" is less than what comes before it.
    if (is_first && (!was_there || is_of_map(message->message))) {
        pending->death = (struct log_death){.message = message->message,
                                            .text = kept(reader, message->text),
                                            .type_name = kept(reader, message->type_name),
                                            .log_line = line->number,
                                            .is_panic = message->is_panic,
                                            .is_recovered = message->is_recovered,
                                            .times = 1};
        pending->is_sure = message->anchor != NULL;
    }
    pending->is_there = true;
    pending->line = line->number;
    return reader->log->arena.has_failed ? &error_out_of_memory : NULL;
}

// --- Goroutines ---

static struct error *end_goroutine(struct log_reader *reader, struct log_stream *stream, bool is_cut)
{
    struct go_log *log = reader->log;
    struct log_goroutine *goroutine = &stream->goroutine;
    const bool had_goroutine = stream->has_goroutine;
    stream->has_goroutine = stream->has_function = false;
    stream->state = PARSE_IDLE;
    stream->carry_pieces = stream->foreign_count = 0;
    stream->carry[0] = stream->last_place[0] = '\0';
    if (!had_goroutine || stream->death == NO_DEATH) {
        stream->frames.length = 0;
        return NULL;
    }
    struct log_death *death = &log->deaths.data[stream->death];
    if (death->goroutines.length >= LOG_GOROUTINES_MOST || log->frames_count >= LOG_FRAMES_ALL_MOST) {
        death->goroutines_dropped++;
        stream->frames.length = 0;
        return NULL;
    }
    const char *outermost =
        stream->frames.length ? stream->frames.data[stream->frames.length - 1].function : "";
    const bool is_whole =
        goroutine->creator || !strcmp(outermost, "main.main") || !strcmp(outermost, "runtime.goexit");
    goroutine->is_cut = is_cut && !is_whole && !goroutine->access && !goroutine->is_unavailable;
    goroutine->frames_count = stream->frames.length;
    goroutine->frames = arena_alloc_array(&log->arena, stream->frames.length, sizeof(struct log_frame));
    if (!goroutine->frames || log->arena.has_failed)
        return &error_out_of_memory;
    if (stream->frames.length)
        memcpy(goroutine->frames, stream->frames.data, stream->frames.length * sizeof(struct log_frame));
    log->frames_count += stream->frames.length;
    stream->frames.length = 0;
    return vec_push(&death->goroutines, *goroutine) ? NULL : &error_out_of_memory;
}

// Another stream's message, when it was the last thing that was said: a logger puts its prefix before the first line only.
static struct log_pending *message_nearby(struct log_reader *reader, uint64_t number)
{
    struct log_pending *best = NULL;
    for (size_t i = 0; i < STREAMS_MOST; i++) {
        struct log_pending *pending = &reader->streams[i].pending;
        if (pending->is_there && number - pending->line <= FOREIGN_MOST &&
            (!best || best->line < pending->line))
            best = pending;
    }
    return best;
}

static struct error *begin_goroutine(struct log_reader *reader, struct log_stream *stream, uint64_t number,
                                     const struct heading_line *heading)
{
    RETURN_IF_ERROR(end_goroutine(reader, stream, true));
    struct log_pending *pending = &stream->pending;
    if (pending->is_there && number - pending->line > MESSAGE_LINES)
        RETURN_IF_ERROR(give_up_waiting(reader, stream));
    if (!pending->is_there && (stream->death == NO_DEATH || number - stream->death_line > DEATH_LINES))
        pending = message_nearby(reader, number);
    if (pending && pending->is_there)
        RETURN_IF_ERROR(settle(reader, stream, pending));
    else if (number - stream->death_line > DEATH_LINES)
        stream->death = NO_DEATH;
    stream->goroutine = (struct log_goroutine){.number = heading->number,
                                               .state = kept(reader, heading->state),
                                               .log_line = number,
                                               .access = heading->access,
                                               .is_previous = heading->is_previous,
                                               .is_main = heading->is_main,
                                               .is_atomic = heading->is_atomic,
                                               .address = heading->address};
    stream->has_goroutine = true;
    stream->state = PARSE_STACK;
    stream->death_line = number;
    return reader->log->arena.has_failed ? &error_out_of_memory : NULL;
}

static void set_place(struct log_reader *reader, struct log_frame *frame, const struct place_line *place)
{
    frame->file = kept(reader, place->file);
    frame->line = place->line;
    frame->offset_bytes = place->offset_bytes;
    frame->has_offset = place->has_offset;
    frame->pc = place->pc;
    frame->has_pc = place->has_pc;
}

// --- Lines within a stack ---

enum taken { NOT_TAKEN, TAKEN, TAKEN_FAILED };

// The creator that the race detector tells in a section of its own.
static void set_creator(struct log_stream *stream, struct go_log *log, const char *function)
{
    if (stream->death == NO_DEATH)
        return;
    vec_foreach (struct log_goroutine *, goroutine, &log->deaths.data[stream->death].goroutines)
        if (goroutine->number == stream->created_number && !goroutine->creator)
            goroutine->creator = function;
}

static void set_creator_place(struct log_stream *stream, struct go_log *log, const char *file, uint64_t line)
{
    if (stream->death == NO_DEATH)
        return;
    vec_foreach (struct log_goroutine *, goroutine, &log->deaths.data[stream->death].goroutines)
        if (goroutine->number == stream->created_number && goroutine->creator && !goroutine->creator_file) {
            goroutine->creator_file = file;
            goroutine->creator_line = line;
        }
}

static enum taken take_place(struct log_reader *reader, struct log_stream *stream, const char *text)
{
    struct place_line place;
    if (!go_place(text, &place))
        return NOT_TAKEN;
    if (stream->state == PARSE_CREATED && !stream->in_race) {
        stream->goroutine.creator_file = kept(reader, place.file);
        stream->goroutine.creator_line = place.line;
        return TAKEN;
    }
    if (stream->created_number) {
        set_creator_place(stream, reader->log, kept(reader, place.file), place.line);
        stream->has_function = false;
        return TAKEN;
    }
    if (!stream->frames.length)
        return NOT_TAKEN;
    set_place(reader, &stream->frames.data[stream->frames.length - 1], &place);
    stream->has_function = false;
    strcpy(stream->last_place, text);
    return TAKEN;
}

static enum taken take_function(struct log_reader *reader, struct log_stream *stream, const char *text)
{
    struct function_line function;
    struct log_part creator;
    uint64_t creator_goroutine;
    if (go_created(text, &creator, &creator_goroutine)) {
        stream->goroutine.creator = kept(reader, creator);
        stream->goroutine.creator_goroutine = creator_goroutine;
        stream->state = PARSE_CREATED;
        return TAKEN;
    }
    if (!go_function(text, &function))
        return NOT_TAKEN;
    if (stream->created_number) {
        set_creator(stream, reader->log, kept(reader, function.name));
        stream->has_function = true;
        return TAKEN;
    }
    const struct log_frame frame = {.function = kept(reader, function.name),
                                    .arguments = kept(reader, function.arguments),
                                    .is_inlined = function.is_inlined};
    stream->has_function = true;
    stream->is_bare = function.is_bare;
    if (stream->frames.length >= LOG_FRAMES_MOST)
        return TAKEN;
    return vec_push(&stream->frames, frame) ? TAKEN : TAKEN_FAILED;
}

// A bare word was no function after all.
static void drop_bare(struct log_stream *stream)
{
    if (stream->has_function && stream->is_bare && stream->frames.length && !stream->created_number)
        stream->frames.length--;
    stream->has_function = false;
}

static bool joined(const char *beginning, const char *rest, char text[TEXT_BYTES_MOST])
{
    const size_t first = strlen(beginning), second = strlen(rest);
    if (!first || first + second >= TEXT_BYTES_MOST)
        return false;
    memcpy(text, beginning, first + 1);
    memcpy(text + first, rest, second + 1);
    return true;
}

// Whether a terminal may have wrapped a line of a stack behind this.
static bool may_go_on(const struct log_stream *stream, const char *text)
{
    const char *word = text + strspn(text, " \t");
    if (stream->has_function || stream->state == PARSE_CREATED)
        return *word == '/' || *text == '\t' || (*word && word[1] == ':');
    const char *open = strchr(word, '('), *blank = strchr(word, ' ');
    return strncmp(word, "created by ", strlen("created by ")) == 0 ||
           (strchr(word, '.') && (!blank || (open && open < blank)));
}

static enum taken take_expected(struct log_reader *reader, struct log_stream *stream, const char *text)
{
    enum taken taken = NOT_TAKEN;
    if (stream->has_function || stream->state == PARSE_CREATED)
        taken = take_place(reader, stream, text);
    if (taken == NOT_TAKEN && stream->state == PARSE_STACK) {
        if (stream->has_function && stream->is_bare)
            drop_bare(stream);
        if (!stream->has_function || text[0] != '\t')
            taken = take_function(reader, stream, text);
    }
    return taken;
}

static bool is_remark(const char *text)
{
    const char *word = text + strspn(text, " \t");
    return !strncmp(word, "...", 3) || !strncmp(word, "[originating from goroutine", 27);
}

static struct error *take_in_stack(struct log_reader *reader, struct log_stream *stream, const char *text)
{
    char whole[TEXT_BYTES_MOST];
    if (!text[strspn(text, " \t")])
        return stream->in_race ? NULL : end_goroutine(reader, stream, stream->has_function);
    if (strstr(text, "stack unavailable")) {
        stream->goroutine.is_unavailable = true;
        return NULL;
    }
    if (is_remark(text))
        return NULL;
    enum taken taken = NOT_TAKEN;
    if (stream->carry_pieces && joined(stream->carry, text, whole))
        taken = take_expected(reader, stream, whole);
    if (taken == NOT_TAKEN)
        taken = take_expected(reader, stream, text);
    // The end of a place: "x.go:1" and, in the next line, "2 +0x1d".
    struct place_line place;
    if (taken == NOT_TAKEN && stream->state == PARSE_STACK && !stream->has_function &&
        stream->frames.length && strspn(text, "0123456789 +abcdefpcx=") == strlen(text) &&
        joined(stream->last_place, text, whole) && go_place(whole, &place)) {
        set_place(reader, &stream->frames.data[stream->frames.length - 1], &place);
        taken = TAKEN;
    }
    if (taken == TAKEN_FAILED || reader->log->arena.has_failed)
        return &error_out_of_memory;
    if (taken == TAKEN) {
        stream->carry_pieces = stream->foreign_count = 0;
        stream->carry[0] = '\0';
        return NULL;
    }
    if (stream->carry_pieces && stream->carry_pieces < CARRY_PIECES && joined(stream->carry, text, whole)) {
        strcpy(stream->carry, whole);
        stream->carry_pieces++;
    } else if (may_go_on(stream, text)) {
        strcpy(stream->carry, text);
        stream->carry_pieces = 1;
    }
    if (++stream->foreign_count > FOREIGN_MOST)
        return end_goroutine(reader, stream, true);
    return NULL;
}

// --- The race detector's reports ---

static bool is_rule(const char *text)
{
    return !strncmp(text, "==================", 18);
}

static struct error *take_in_race(struct log_reader *reader, struct log_stream *stream,
                                  const struct log_line *line, const char *text)
{
    struct heading_line heading;
    uint64_t number;
    if (is_rule(text)) {
        RETURN_IF_ERROR(end_goroutine(reader, stream, false));
        stream->in_race = false;
        stream->death = NO_DEATH;
        return NULL;
    }
    if (race_heading(text, &heading)) {
        stream->created_number = 0;
        return begin_goroutine(reader, stream, line->number, &heading);
    }
    if (race_created(text, &number)) {
        RETURN_IF_ERROR(end_goroutine(reader, stream, false));
        stream->created_number = number;
        stream->state = PARSE_STACK;
        return NULL;
    }
    return stream->state == PARSE_STACK ? take_in_stack(reader, stream, text) : NULL;
}

// --- Streams ---

static void stream_reset(struct log_stream *stream)
{
    vec_free(&stream->frames);
    *stream = (struct log_stream){.is_used = true, .death = NO_DEATH};
}

static struct error *stream_end(struct log_reader *reader, struct log_stream *stream)
{
    RETURN_IF_ERROR(end_goroutine(reader, stream, true));
    return give_up_waiting(reader, stream);
}

// A free one, or the one that has said nothing for the longest time.
static struct error *stream_new(struct log_reader *reader, struct log_stream **stream)
{
    struct log_stream *oldest = &reader->streams[0];
    for (size_t i = 0; i < STREAMS_MOST && oldest->is_used; i++)
        if (!reader->streams[i].is_used || reader->streams[i].last_line < oldest->last_line)
            oldest = &reader->streams[i];
    if (oldest->is_used)
        RETURN_IF_ERROR(stream_end(reader, oldest));
    stream_reset(oldest);
    *stream = oldest;
    return NULL;
}

static struct log_stream *stream_of_prefix(struct log_reader *reader, const char *prefix, size_t length)
{
    for (size_t i = 0; i < STREAMS_MOST; i++) {
        struct log_stream *stream = &reader->streams[i];
        if (!stream->is_used || stream->is_own)
            continue;
        const char *rest = log_prefix_skip(&stream->prefix, prefix);
        if (rest == prefix + length)
            return stream;
    }
    return NULL;
}

static struct log_stream *stream_own(struct log_reader *reader, const char *name)
{
    for (size_t i = 0; i < STREAMS_MOST; i++)
        if (reader->streams[i].is_used && reader->streams[i].is_own &&
            !strcmp(reader->streams[i].prefix.text, name))
            return &reader->streams[i];
    return NULL;
}

// The stream of which the line is: by what the line begins with, the longest first. *text is behind that.
static struct log_stream *stream_of_line(struct log_reader *reader, const char *line, const char **text)
{
    struct log_stream *best = NULL;
    for (size_t i = 0; i < STREAMS_MOST; i++) {
        struct log_stream *stream = &reader->streams[i];
        if (!stream->is_used || stream->is_own)
            continue;
        const char *rest = log_prefix_skip(&stream->prefix, line);
        if (rest && (!best || rest > *text)) {
            best = stream;
            *text = rest;
        }
    }
    return best;
}

// The end of what a logger put before the anchor: a second "panic: " in a death is indented, as places are.
static const char *prefix_end(const char *line, const char *anchor)
{
    const char *end = anchor;
    while (end > line && (end[-1] == '\t' || (end[-1] == ' ' && (end - 1 == line || end[-2] == ' '))))
        end--;
    return (size_t)(end - line) < LOG_PREFIX_BYTES ? end : line;
}

static struct error *open_stream(struct log_reader *reader, const struct log_line *line, const char *anchor,
                                 struct log_stream **stream)
{
    if (line->is_own_stream) {
        *stream = stream_own(reader, line->stream);
    } else {
        anchor = prefix_end(line->text, anchor);
        *stream = stream_of_prefix(reader, line->text, (size_t)(anchor - line->text));
    }
    if (*stream)
        return NULL;
    RETURN_IF_ERROR(stream_new(reader, stream));
    (*stream)->is_own = line->is_own_stream;
    const bool is_learnt =
        line->is_own_stream ? log_prefix_learn(&(*stream)->prefix, line->stream, strlen(line->stream))
                            : log_prefix_learn(&(*stream)->prefix, line->text, (size_t)(anchor - line->text));
    if (!is_learnt)
        (*stream)->prefix.text[0] = '\0';
    return NULL;
}

static struct error *feed(struct log_reader *reader, struct log_stream *stream, const struct log_line *line,
                          const char *text)
{
    stream->last_line = line->number;
    reader->last = stream;
    struct log_pending *pending = &stream->pending;
    if (pending->is_there && go_signal(text, &pending->death.signal_address, &pending->death.signal_pc))
        pending->death.has_signal = true;
    if (stream->in_race)
        return take_in_race(reader, stream, line, text);
    if (stream->state != PARSE_IDLE) {
        stream->death_line = line->number;
        return take_in_stack(reader, stream, text);
    }
    return NULL;
}

static struct error *take_message_line(struct log_reader *reader, const struct log_line *line,
                                       const struct message_line *message, const char *anchor)
{
    const char *text = line->text;
    // Only a message that a program begins a line with tells what a logger puts before it.
    struct log_stream *stream =
        anchor || line->is_own_stream ? NULL : stream_of_line(reader, line->text, &text);
    if (!stream)
        RETURN_IF_ERROR(open_stream(reader, line, anchor ? anchor : line->text, &stream));
    RETURN_IF_ERROR(end_goroutine(reader, stream, stream->has_function));
    stream->last_line = line->number;
    stream->in_race = message->message == LOG_RACE;
    stream->created_number = 0;
    RETURN_IF_ERROR(take_message(reader, stream, line, message));
    return stream->in_race ? settle(reader, stream, &stream->pending) : NULL;
}

// A message in two lines; the second one is `line`.
static bool take_cut_message(struct log_reader *reader, const struct log_line *line, struct error **error)
{
    char whole[TEXT_BYTES_MOST];
    struct message_line message;
    if (!joined(reader->cut_message, line->text, whole) || !go_message(whole, &message) ||
        message.message == LOG_OTHER)
        return false;
    // The stream is that of the first line, so the prefix is in `whole`.
    const struct log_line joined_line = {whole, line->number, line->is_own_stream, line->stream};
    *error = take_message_line(reader, &joined_line, &message, message.anchor);
    return true;
}

static struct error *take_other_line(struct log_reader *reader, const struct log_line *line)
{
    const char *text = line->text;
    struct log_stream *stream =
        line->is_own_stream ? stream_own(reader, line->stream) : stream_of_line(reader, line->text, &text);
    struct log_stream *last = reader->last;
    // What a terminal wrapped has no prefix: it belongs to the stream that a line came from before.
    const bool may_be_rest =
        last && !line->is_own_stream && !last->is_own && last->has_goroutine && text == line->text;
    if (may_be_rest && (!stream || stream->state == PARSE_IDLE) &&
        (last->carry_pieces || last->last_place[0]))
        stream = last;
    return stream ? feed(reader, stream, line, text) : NULL;
}

static struct error *take(void *context, const struct log_line *line)
{
    struct log_reader *reader = context;
    struct log_stream *stream = NULL;
    struct message_line message;
    struct heading_line heading;
    struct error *error = NULL;
    if (strlen(line->text) >= TEXT_BYTES_MOST) // no line of a stack is so long
        line->text[TEXT_BYTES_MOST - 1] = '\0';
    if (go_heading(line->text, &heading)) {
        reader->cut_message[0] = '\0';
        RETURN_IF_ERROR(open_stream(reader, line, heading.anchor, &stream));
        stream->last_line = line->number;
        reader->last = stream;
        stream->in_race = false;
        return begin_goroutine(reader, stream, line->number, &heading);
    }
    if (reader->cut_message[0] && take_cut_message(reader, line, &error)) {
        reader->cut_message[0] = '\0';
        return error;
    }
    const bool is_message = go_message(line->text, &message);
    reader->cut_message[0] = '\0';
    if ((!is_message || message.message == LOG_OTHER) &&
        (strstr(line->text, "panic") || strstr(line->text, "fatal error") || strstr(line->text, "recovered")))
        strcpy(reader->cut_message, line->text);
    return is_message ? take_message_line(reader, line, &message, message.anchor)
                      : take_other_line(reader, line);
}

// --- The whole ---

static int by_log_line(const void *left, const void *right)
{
    const struct log_death *a = left, *b = right;
    return (a->log_line > b->log_line) - (a->log_line < b->log_line);
}

static struct error *read_all(struct log_reader *reader, const char *path, log_read *read, void *context)
{
    enum { CHUNK_BYTES = 64 << 10 };
    struct log_lines lines = {.take = take, .context = reader};
    struct log_encoding encoding = {0};
    char *chunk = malloc(CHUNK_BYTES);
    struct error *error = chunk ? NULL : &error_out_of_memory;
    while (!error) {
        size_t got = 0;
        const int errno_value = read(context, chunk, CHUNK_BYTES, &got);
        if (errno_value)
            error = error_system(errno_value, "%s", path);
        if (error || !got)
            break;
        error = log_encoding_add(&encoding, chunk, got)
                    ? log_lines_add(&lines, encoding.text.data, encoding.text.length)
                    : &error_out_of_memory;
    }
    if (!error)
        error = log_encoding_end(&encoding) ? log_lines_add(&lines, encoding.text.data, encoding.text.length)
                                            : &error_out_of_memory;
    if (!error)
        error = log_lines_end(&lines);
    reader->log->lines_count = lines.number;
    reader->log->cut_lines = lines.cut_lines;
    log_lines_free(&lines);
    log_encoding_free(&encoding);
    free(chunk);
    return error;
}

struct error *go_log_read(const char *path, log_read *read, void *context, struct go_log *log)
{
    *log = (struct go_log){0};
    arena_init(&log->arena);
    struct log_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return &error_out_of_memory;
    reader->log = log;
    struct error *error = read_all(reader, path, read, context);
    for (size_t i = 0; i < STREAMS_MOST; i++) {
        if (!error && reader->streams[i].is_used)
            error = stream_end(reader, &reader->streams[i]);
        vec_free(&reader->streams[i].frames);
    }
    free(reader);
    if (!error && log->deaths.length)
        qsort(log->deaths.data, log->deaths.length, sizeof(struct log_death), by_log_line);
    return error;
}

void go_log_free(struct go_log *log)
{
    vec_foreach (struct log_death *, death, &log->deaths)
        vec_free(&death->goroutines);
    vec_free(&log->deaths);
    arena_free(&log->arena);
}
