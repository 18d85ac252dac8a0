// SPDX-License-Identifier: MIT
#include "cli/files_walk.h"

#include "base/slices.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>

static void take_notice(struct notice_sink *sink, const char *line)
{
    struct walked_file *file =
        (struct walked_file *)(void *)((char *)sink - offsetof(struct walked_file, sink));
    notices_add(&file->notices, "%s", line);
}

static void walked_file_free(struct walked_file *file)
{
    if (file->found)
        file->walk->ops->forget(file->found);
    free(file->found);
    notices_free(&file->notices);
    arena_free(&file->texts);
}

bool files_walk_keep(struct arena *arena, const char **text)
{
    if (*text)
        *text = arena_copy_text(arena, *text, strlen(*text));
    return !arena->has_failed;
}

static bool keep_file(struct arena *arena, struct report_file *file)
{
    return files_walk_keep(arena, &file->path) && files_walk_keep(arena, &file->build_id) &&
           files_walk_keep(arena, &file->machine) && files_walk_keep(arena, &file->stamp);
}

struct error *files_walk_not_found(const struct files_walk *walk, const char *said)
{
    const size_t others = walk->read.length - 1;
    return others ? error_create(ERROR_NOT_FOUND, "%s (nor in %zu other file%s)", said, others,
                                 others == 1 ? "" : "s")
                  : error_create(ERROR_NOT_FOUND, "%s", said);
}

// ---- one file, on any thread -----------------------------------------------------------------------------

static struct error *read_source(struct walked_file *file, const struct type_source *source)
{
    const struct query query = input_query(source, file->walk->common, file->threads, &file->sink, NULL);
    file->file = input_report_file(source);
    return keep_file(&file->texts, &file->file) ? file->walk->ops->read(file, &query) : &error_out_of_memory;
}

static struct error *read_file(struct walked_file *file)
{
    const struct files_walk *walk = file->walk;
    file->found = calloc(1, walk->ops->found_bytes);
    if (!file->found)
        return &error_out_of_memory;
    struct type_source_options options = input_source_options(walk->common);
    CLEANUP(select_ahead_free) struct select_ahead ahead;
    select_ahead_make(walk->patterns, walk->patterns_count, walk->common->first, &ahead);
    options.ahead = ahead.ahead;
    options.threads = file->threads;
    struct type_source *source;
    RETURN_IF_ERROR(type_source_open(file->path, &options, &file->sink, &source));
    struct error *error = read_source(file, source);
    type_source_close(source);
    return error;
}

static void read_slice(void *context, size_t number)
{
    struct walked_file *file = &((struct walked_file *)context)[number];
    file->error = read_file(file);
}

// ---- all of them, in order -------------------------------------------------------------------------------

static struct error *take_file(struct files_walk *walk, struct walked_file *file,
                               struct screen_notices *notices, int *status)
{
    vec_foreach (char **, line, &file->notices.lines)
        notice_give(&notices->sink, *line);
    struct error *error = file->error;
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    if (error) {
        *status = input_files_refuse(&walk->files, file->number, error, *status);
        return NULL;
    }
    struct report_file read = file->file;
    if (file->notices.is_incomplete || !keep_file(&walk->texts, &read) || !vec_push(&walk->read, read))
        return &error_out_of_memory;
    walk->numbers[file->number] = walk->read.length - 1;
    return walk->ops->take(walk, file);
}

enum { ROUND_FILES_A_THREAD = 16 };

static struct error *read_round(struct files_walk *walk, size_t first, size_t count, unsigned threads,
                                struct screen_notices *notices, int *status)
{
    struct walked_file *files = calloc(count, sizeof(*files));
    struct error *error = NULL;
    if (!files)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        files[i] = (struct walked_file){.walk = walk,
                                        .path = walk->files.set.files.data[first + i].path,
                                        .number = first + i,
                                        .threads = count < threads ? threads / (unsigned)count : 1,
                                        .sink = {.take = take_notice}};
        arena_init(&files[i].texts);
    }
    slices_run(count, threads, read_slice, files);
    for (size_t i = 0; i < count; i++) {
        if (!error)
            error = take_file(walk, &files[i], notices, status);
        else
            error_free(files[i].error);
        walked_file_free(&files[i]);
    }
    free(files);
    return error;
}

static struct error *read_all(struct files_walk *walk, int *status)
{
    const size_t count = walk->files.set.files.length;
    const unsigned threads = input_source_options(walk->common).threads;
    walk->numbers = calloc(count + 1, sizeof(*walk->numbers));
    if (!walk->numbers)
        return &error_out_of_memory;
    memset(walk->numbers, 0xff, (count + 1) * sizeof(*walk->numbers)); // SIZE_MAX
    struct screen_notices notices = screen_notices();
    struct screen_progress progress = screen_progress();
    struct error *error = NULL;
    progress_start(&progress.sink, "reading files");
    for (size_t first = 0, round; first < count && !error; first += round) {
        round = (size_t)threads * ROUND_FILES_A_THREAD;
        round = count - first < round ? count - first : round;
        error = read_round(walk, first, round, threads, &notices, status);
        progress_update(&progress.sink, first + round, count);
    }
    progress_stop(&progress.sink);
    say_notices_rest(&notices);
    return error || !walk->read.length ? error : walk->ops->end(walk, status);
}

int files_walk_run(struct files_walk *walk, const struct type_words *words, files_walk_write *write,
                   void *context)
{
    int status = EXIT_FINE;
    arena_init(&walk->texts);
    walk->patterns = words->words + words->files_count;
    walk->patterns_count = words->count - words->files_count;
    struct error *error =
        input_files_open(&walk->files, (const char *const *)words->words, words->files_count,
                         walk->libraries ? walk->common : NULL, &status);
    if (!error)
        error = read_all(walk, &status);
    if (!error)
        status = input_files_end(&walk->files, status);
    if (!error && walk->read.length)
        error = write(context, &status);
    return error ? say_error(error) : status;
}

void files_walk_free(struct files_walk *walk)
{
    vec_free(&walk->read);
    free(walk->numbers);
    arena_free(&walk->texts);
    input_files_close(&walk->files);
}
