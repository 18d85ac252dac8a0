// SPDX-License-Identifier: MIT
// strata list FILE
#include "base/slices.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/many_holders.h"
#include "cli/many_types.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/type_words.h"
#include "query/describe.h"
#include "query/figures.h"
#include "query/holders.h"
#include "query/holds.h"
#include "query/list_order.h"
#include "query/match.h"
#include "query/select.h"
#include "query/summarize.h"
#include "query/walk.h"
#include "query/where.h"
#include "report/holders.h"
#include "report/list.h"
#include "report/writers.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_TOP = 512,
    KEY_WHERE,
    KEY_KIND,
    KEY_LANGUAGE,
    KEY_HOLES,
    KEY_CONTAINS,
    KEY_STRADDLE,
    KEY_HOLDERS,
    KEY_LIBRARIES,
    KEY_SPREADSHEET
};

enum { WHERES_MOST = 16 };

struct list_options {
    struct common_options common;
    struct type_arguments arguments;
    const struct column *sort; // NULL: not given
    bool reverse;
    uint64_t top;                      // 0: all
    struct where *wheres[WHERES_MOST]; // all must be true
    size_t wheres_count;
    const char *holders;                    // NULL: not asked for
    const char *kind, *language, *contains; // NULL: any
    bool only_with_holes, only_straddling;
    bool libraries; // of cores, too
};

static const struct argp_option command_options[] = {
    {"sort", 's', "KEY", 0, "the order of lines", 1}, // in full: help_of
    {"reverse", 'r', NULL, 0, "turn the order round", 1},
    {"top", KEY_TOP, "N", 0, "the first N lines only; the default order is by waste then", 1},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0, SPREADSHEET_HELP, 1},
    {"where", KEY_WHERE, "EXPR", 0, "only types of which EXPR is true, see below; of several all must be", 2},
    {"kind", KEY_KIND, "KIND", 0, "only types of this kind", 2}, // in full: help_of
    {"language", KEY_LANGUAGE, "LANG", 0, "only c, c++, go, rust, ...", 2},
    {"holes", KEY_HOLES, NULL, 0, "only types with holes", 2},
    {"contains", KEY_CONTAINS, "TYPE", 0, "only types that hold TYPE by value, at any depth", 2},
    {"holders", KEY_HOLDERS, "TYPE", 0,
     "instead of types the members that are TYPE, an array of it, or point to it", 1},
    {"libraries", KEY_LIBRARIES, NULL, 0, "of a core the types of its shared libraries, too", 1},
    {"straddle", KEY_STRADDLE, NULL, 0, "only types with a member that crosses a cache line without need", 2},
    {0},
};

static void write_sort_words(struct output *output)
{
    columns_name_sort_keys(output, " ", NULL);
}

static void parse_sort(struct argp_state *state, const char *text, struct list_options *list)
{
    const char *word = text;
    if (*word == '-') {
        list->reverse = !list->reverse;
        word++;
    }
    list->sort = column_named(word, strlen(word));
    if (list->sort && list->sort->sorts)
        return;
    struct output names = {0};
    columns_name_sort_keys(&names, ", ", NULL);
    output_char(&names, '\0');
    argp_error(state, "--sort: there is no \"%s\"; there are %s", word, names.data ? names.data : "?");
    output_free(&names);
}

static void parse_where(struct argp_state *state, const char *text, struct list_options *list)
{
    if (list->wheres_count == WHERES_MOST) {
        argp_error(state, "--where: no more than %d of them", WHERES_MOST);
        return;
    }
    struct error *error = where_parse(text, &list->wheres[list->wheres_count]);
    if (error)
        argp_error(state, "%s", error->message);
    else
        list->wheres_count++;
    error_free(error);
}

static const char *const kinds[] = {"struct", "class", "union", "interface", "enum"};

static void name_kinds(struct output *output, const char *separator, const char *last)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        output_text(output, !i ? "" : i + 1 < ARRAY_LENGTH(kinds) ? separator : last);
        output_text(output, kinds[i]);
    }
}

static void write_kind_words(struct output *output)
{
    name_kinds(output, " ", " ");
}

static void parse_kind(struct argp_state *state, const char *text, struct list_options *list)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (!strcmp(kinds[i], text)) {
            list->kind = kinds[i];
            return;
        }
    struct output names = {0};
    name_kinds(&names, ", ", ", ");
    output_char(&names, '\0');
    argp_error(state, "--kind: \"%s\" is none of %s", text, names.data ? names.data : "?");
    output_free(&names);
}

static void parse_language(struct argp_state *state, const char *text, struct list_options *list)
{
    list->language = language_word_named(text);
    if (!list->language)
        argp_error(state, "--language: there is no \"%s\"; there are c, c++, go, rust and others of DWARF",
                   text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct list_options *list = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &list->common;
        return 0;
    case 's':
        parse_sort(state, argument, list);
        return 0;
    case 'r':
        list->reverse = !list->reverse;
        return 0;
    case KEY_TOP:
        list->top = options_number(state, "top", argument, UINT32_MAX);
        return 0;
    case KEY_WHERE:
        parse_where(state, argument, list);
        return 0;
    case KEY_KIND:
        parse_kind(state, argument, list);
        return 0;
    case KEY_LANGUAGE:
        parse_language(state, argument, list);
        return 0;
    case KEY_HOLES:
        list->only_with_holes = true;
        return 0;
    case KEY_CONTAINS:
        list->contains = argument;
        return 0;
    case KEY_LIBRARIES:
        list->libraries = true;
        return 0;
    case KEY_HOLDERS:
        list->holders = argument;
        return 0;
    case KEY_SPREADSHEET:
        list->common.spreadsheet = true;
        return 0;
    case KEY_STRADDLE:
        list->only_straddling = true;
        return 0;
    case ARGP_KEY_ARGS:
        list->arguments = options_take_types(state);
        return 0;
    case ARGP_KEY_END:
        if (list->holders &&
            (list->sort || list->top || list->wheres_count || list->kind || list->language || list->contains))
            argp_error(state, "--holders lists members: it takes no other option of the list");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// What names columns comes from their table. As argp asks: the text itself, or one that argp frees.
static char *help_of(int key, const char *text, void *input)
{
    (void)input;
    struct output help = {0};
    if (key == 's') {
        columns_name_sort_keys(&help, ", ", " or ");
        output_text(&help, "; numbers from the largest down; -KEY turns the order round");
    } else if (key == KEY_KIND) {
        output_text(&help, "only ");
        name_kinds(&help, ", ", " or ");
    } else if (key == ARGP_KEY_HELP_POST_DOC) {
        output_text(&help, "EXPR compares ");
        where_help(&help);
        output_text(&help, text);
    } else {
        return (char *)text;
    }
    return options_help(&help, text);
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE...] [TYPE...]",
    .doc = "Lists the types of FILE that have members, a line each; enumerations with --kind enum. FILE and "
           "TYPE as "
           "in \"strata show\"; without FILE those of the running kernel. Of several files, or a folder, "
           "each different type is listed "
           "once, with the first file that has it and how many do.\v"
           ", joined by "
           "&& || ! and parentheses:\n\n"
           "  --where 'size > 64 && (holes > 0 || name ~ \"^std::\")'\n\n"
           "waste counts holes and padding of the type itself, deep that of what lies in it by value, too.",
    .children = common_children,
    .help_filter = help_of,
};

struct listing {
    const struct list_options *options;
    struct list_order order;
    unsigned needs;                 // of enum describe_part
    struct figures figures;         // of one file
    struct type_summary *summaries; // by position
    bool *is_listed;                // by position
};

// --- One type ---

static bool is_listed(const struct list_options *options, const struct type_summary *summary)
{
    if (options->kind && strcmp(options->kind, summary->kind))
        return false;
    if (options->language && (!summary->language || strcmp(options->language, summary->language)))
        return false;
    if ((options->only_with_holes && !summary->holes) || (options->only_straddling && !summary->straddlers))
        return false;
    for (size_t i = 0; i < options->wheres_count; i++)
        if (!where_matches(options->wheres[i], summary))
            return false;
    return true;
}

static struct error *list_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct listing *listing = context;
    struct type_summary *summary = &listing->summaries[item->position];
    RETURN_IF_ERROR(figures_summarize(&listing->figures, worker, item, listing->needs, summary));
    bool listed = is_listed(listing->options, summary);
    if (listed && listing->options->contains)
        RETURN_IF_ERROR(type_holds(item->type, match_without_keyword(listing->options->contains), &listed));
    listing->is_listed[item->position] = listed;
    return listed ? summary_keep(summary, worker->kept) : NULL;
}

// What earlier runs have kept of the types need not be computed.
static void list_known(struct listing *listing, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (figures_take(&listing->figures, i, listing->needs, &listing->summaries[i], NULL))
            listing->is_listed[i] = is_listed(listing->options, &listing->summaries[i]);
}

// --- Lines ---

// The listed summaries in their order, the top only; *count of them. NULL when memory is short.
static const struct type_summary **ordered(unsigned threads, const struct listing *listing, size_t total,
                                           size_t *count)
{
    const struct list_options *options = listing->options;
    const struct type_summary **summaries = reallocarray(NULL, total + 1, sizeof(*summaries));
    if (!summaries)
        return NULL;
    size_t listed = 0;
    for (size_t i = 0; i < total; i++)
        if (listing->is_listed[i])
            summaries[listed++] = &listing->summaries[i];
    if (!list_sort(summaries, listed, &listing->order, threads)) {
        free(summaries);
        return NULL;
    }
    *count = options->top && options->top < listed ? (size_t)options->top : listed;
    return summaries;
}

// Lines are written in pieces, side by side, each to an output of its own.
enum { PIECE_LINES = 1024 };

struct pieces {
    struct document *document;
    const struct report_document *about;
    const struct type_summary *const *summaries;
    size_t count;
    struct piece {
        struct output chunks;
        struct error *error;
    } * pieces;
};

static void piece_write(void *context, size_t number)
{
    const struct pieces *pieces = context;
    struct piece *piece = &pieces->pieces[number];
    const size_t end = (number + 1) * PIECE_LINES;
    for (size_t i = number * PIECE_LINES; i < end && i < pieces->count && !piece->error; i++)
        piece->error =
            chunks_encode(&piece->chunks, &pieces->document, 1, pieces->about, pieces->summaries[i]);
}

static struct error *lines_print(struct pieces *pieces, unsigned threads)
{
    struct error *error = NULL;
    const size_t pieces_count = (pieces->count + PIECE_LINES - 1) / PIECE_LINES;
    pieces->pieces = calloc(pieces_count + 1, sizeof(*pieces->pieces));
    if (!pieces->pieces)
        return &error_out_of_memory;
    slices_run(pieces_count, threads, piece_write, pieces);
    for (size_t i = 0; i < pieces_count; i++) {
        struct piece *piece = &pieces->pieces[i];
        if (!error && !piece->error)
            error = chunks_take(&piece->chunks, &pieces->document);
        else if (!error)
            error = piece->error;
        else
            error_free(piece->error);
        output_free(&piece->chunks);
    }
    free(pieces->pieces);
    return error;
}

// `about` is what the list says of the file, or of the files.
static struct error *list_print(struct list_document *about, unsigned threads, const struct listing *listing,
                                size_t total, struct document *document)
{
    const struct common_options *common = &listing->options->common;
    size_t count;
    const struct type_summary **summaries = ordered(threads, listing, total, &count);
    if (!summaries)
        return &error_out_of_memory;
    about->document.style = screen_style(common);
    about->lines_count = count;
    struct pieces pieces = {document, &about->document, summaries, count, NULL};
    struct error *error = writer_begin_file(document, &about->document);
    if (!error)
        error = lines_print(&pieces, threads);
    if (!error)
        error = writer_end_file(document, &about->document);
    free(summaries);
    if (error)
        return error;
    if (!count && common->writer == &list_text) {
        char text[64] = "there is no type with members";
        if (total)
            snprintf(text, sizeof(text), "of %zu type%s none fits", total, total == 1 ? "" : "s");
        say_note(text);
    }
    return NULL;
}

static enum select_also also_of(const struct list_options *options)
{
    return options->kind && !strcmp(options->kind, "enum") ? SELECT_ENUMERATIONS : SELECT_NO_MORE;
}

// What the columns that are shown, compared or sorted by ask for.
static unsigned needs_of(const struct list_options *options, const struct list_order *order)
{
    unsigned needs = list_needs(options->common.writer) | order->column->needs;
    for (size_t i = 0; i < options->wheres_count; i++)
        needs |= where_needs(options->wheres[i]);
    return needs;
}

static struct list_order order_of(const struct list_options *options)
{
    struct list_order order = {options->sort, options->reverse};
    if (!order.column)
        order.column = &columns[options->top ? COLUMN_WASTE : COLUMN_NAME];
    return order;
}

static struct error *wheres_problem(const struct list_options *options)
{
    for (size_t i = 0; i < options->wheres_count; i++)
        RETURN_IF_ERROR(where_problem(options->wheres[i]));
    return NULL;
}

static struct error *list_selection(struct input *input, const struct list_options *options,
                                    const struct selection *selection, struct document *document)
{
    const struct list_order order = order_of(options);
    struct list_document about = {.document = {.file = input->file}};
    struct listing listing = {.options = options,
                              .order = order,
                              .needs = needs_of(options, &order),
                              .summaries = calloc(selection->count + 1, sizeof(*listing.summaries)),
                              .is_listed = calloc(selection->count + 1, sizeof(*listing.is_listed))};
    struct walk walk = {.query = &input->query,
                        .selection = selection,
                        .visit = list_type,
                        .context = &listing,
                        .progress_label = "computing",
                        .layouts_only = true};
    struct error *error = listing.summaries && listing.is_listed ? NULL : &error_out_of_memory;
    if (!error && !options->contains) // which is answered by graphs
        error = figures_open(&input->query, selection, &listing.figures);
    if (!error) {
        list_known(&listing, selection->count);
        walk.passes_over = listing.figures.is_known;
        walk.skips_names =
            !options->contains && !listing.figures.are_kept && summary_skips_names(listing.needs);
        error = walk_types(&walk);
    }
    if (!error)
        error = wheres_problem(options);
    if (!error)
        error = list_print(&about, input->query.threads, &listing, selection->count, document);
    if (!error)
        figures_keep(&listing.figures);
    walk_free(&walk);
    figures_close(&listing.figures);
    free(listing.summaries);
    free(listing.is_listed);
    return error;
}

// --- Who holds a type ---

static struct error *holders_write(struct document *document, const struct holders_document *about,
                                   const struct selection *selection, const struct holders_search *search)
{
    RETURN_IF_ERROR(writer_begin_file(document, &about->document));
    for (size_t i = 0; i < search->found.length; i++) {
        const struct holding *holding = &search->found.data[i];
        const struct type_index_entry *entry =
            &selection->index->entries[selection->numbers[holding->position]];
        const struct type kind = {.kind = entry->kind};
        const struct report_holding line = {
            .holding = holding, .holder = entry->name, .kind_word = type_kind_word(&kind)};
        RETURN_IF_ERROR(writer_add(document, &about->document, &line));
    }
    return writer_end_file(document, &about->document);
}

static struct error *holders_print(struct input *input, const struct list_options *options,
                                   const struct selection *selection, struct output *output)
{
    struct common_options common = options->common;
    common.writer = writer_named(holders_writers, options->common.writer->name);
    const char *held = match_without_keyword(options->holders);
    struct holders_search search;
    struct error *error = holders_find(&input->query, selection, held, NULL, &search);
    const struct holders_document about = {.document = {.file = input->file, .style = screen_style(&common)},
                                           .held = held,
                                           .lines_count = search.found.length};
    struct document *document;
    if (!error)
        error = screen_document(&common, NULL, output, &document);
    if (!error)
        error = screen_end(document, holders_write(document, &about, selection, &search));
    if (!error && !about.lines_count && common.writer == &holders_text)
        say_note("no type of this file holds it or points to it");
    holders_search_free(&search);
    return error;
}

static struct error *selection_print(struct input *input, const struct list_options *options,
                                     const struct selection *selection, struct output *output)
{
    struct document *document;
    if (options->holders)
        return holders_print(input, options, selection, output);
    RETURN_IF_ERROR(screen_document(&options->common, NULL, output, &document));
    return screen_end(document, list_selection(input, options, selection, document));
}

// --- Several files ---

static struct files_walk walk_of(const struct list_options *options)
{
    return (struct files_walk){
        .common = &options->common, .libraries = options->libraries, .also = also_of(options)};
}

static struct error *list_folds(const struct list_options *options, const struct many_types *many,
                                struct document *document)
{
    const size_t count = many->fold.types.length;
    struct listing listing = {.options = options,
                              .order = order_of(options),
                              .summaries = calloc(count + 1, sizeof(*listing.summaries)),
                              .is_listed = calloc(count + 1, sizeof(*listing.is_listed))};
    struct list_document about = {.files = many->walk.read.data, .files_count = many->walk.read.length};
    struct error *error = listing.summaries && listing.is_listed ? NULL : &error_out_of_memory;
    for (size_t i = 0; i < count && !error; i++) {
        const struct folded *folded = &many->fold.types.data[i];
        listing.summaries[i] = folded->summary;
        listing.summaries[i].in_path = many->walk.read.data[many->walk.numbers[folded->file]].path;
        listing.is_listed[i] = is_listed(options, &listing.summaries[i]);
    }
    if (!error)
        error = wheres_problem(options);
    if (!error)
        error = list_print(&about, input_source_options(&options->common).threads, &listing, count, document);
    free(listing.summaries);
    free(listing.is_listed);
    return error;
}

struct many_listing {
    const struct list_options *options;
    struct many_types many;
};

static struct error *many_print(void *context, int *status)
{
    const struct many_listing *listing = context;
    struct output output = screen_output();
    struct document *document;
    struct error *error = screen_document(&listing->options->common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, list_folds(listing->options, &listing->many, document));
    *status = screen_finish(&output, *status);
    return error;
}

static int list_many(const struct list_options *options, const struct type_words *words)
{
    const struct list_order order = order_of(options);
    struct many_listing listing = {.options = options,
                                   .many = {.walk = walk_of(options),
                                            .needs = needs_of(options, &order),
                                            .contains = options->contains}};
    const int status = many_types_run(&listing.many, words, many_print, &listing);
    many_types_free(&listing.many);
    return status;
}

// --- Who holds a type, in several files ---

static struct error *many_holders_write(struct document *document, const struct holders_document *about,
                                        const struct many_holders *many)
{
    RETURN_IF_ERROR(writer_begin_file(document, &about->document));
    for (size_t i = 0; i < many->list.length; i++) {
        const struct many_holding *one = &many->list.data[i];
        const struct report_holding line = {.holding = &one->holding,
                                            .holder = one->holder,
                                            .kind_word = one->kind_word,
                                            .in_path = many->walk.read.data[one->file].path,
                                            .in_files = one->files};
        RETURN_IF_ERROR(writer_add(document, &about->document, &line));
    }
    return writer_end_file(document, &about->document);
}

struct many_holders_listing {
    const struct list_options *options;
    struct many_holders many;
};

static struct error *many_holders_print(void *context, int *status)
{
    const struct many_holders_listing *listing = context;
    const struct many_holders *many = &listing->many;
    struct common_options common = listing->options->common;
    common.writer = writer_named(holders_writers, common.writer->name);
    const struct holders_document about = {.document = {.style = screen_style(&common)},
                                           .held = match_without_keyword(many->held),
                                           .lines_count = many->list.length,
                                           .files = many->walk.read.data,
                                           .files_count = many->walk.read.length};
    struct output output = screen_output();
    struct document *document;
    struct error *error = screen_document(&common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, many_holders_write(document, &about, many));
    if (!error && !about.lines_count && common.writer == &holders_text)
        say_note("no type of these files holds it or points to it");
    *status = screen_finish(&output, *status);
    return error;
}

static int holders_many(const struct list_options *options, const struct type_words *words)
{
    struct many_holders_listing listing = {.options = options,
                                           .many = {.walk = walk_of(options), .held = options->holders}};
    const int status = many_holders_run(&listing.many, words, many_holders_print, &listing);
    many_holders_free(&listing.many);
    return status;
}

static int list_several(void *context, const struct type_words *words)
{
    const struct list_options *options = context;
    return options->holders ? holders_many(options, words) : list_many(options, words);
}

static int list(void *context, struct input *input, const struct type_arguments *arguments)
{
    const struct list_options *options = context;
    struct selection selection;
    struct error *error = input_open_types(input, arguments, &options->common, also_of(options), &selection);
    if (error)
        return say_error(error);
    if (options->contains || options->holders)
        error = selection_require(&input->query, &selection,
                                  options->contains ? options->contains : options->holders);
    if (error) {
        selection_free(&selection);
        return say_error(error);
    }
    struct output output = screen_output();
    input_introduce(input, &options->common, &output);
    error = selection_print(input, options, &selection, &output);
    int status = say_missing(&selection.missing, screen_finish(&output, EXIT_FINE));
    selection_free(&selection);
    return error ? say_error(error) : status;
}

static int cmd_list(int argc, char **argv)
{
    struct list_options options = {.common.writers = list_writers};
    options_parse(&argp, argc, argv, &options);
    static const struct type_words_ways ways = {list_several, list};
    const int status = type_words_run(&options.arguments, options.libraries, &ways, &options);
    for (size_t i = 0; i < options.wheres_count; i++)
        where_free(options.wheres[i]);
    return status;
}

static const struct value_words values[] = {
    {.option = "sort", .write = write_sort_words},
    {.option = "kind", .write = write_kind_words},
    {.option = "language", .words = "c c++ go rust ada d fortran zig"},
    {0},
};

const struct command command_list = {
    .name = "list",
    .arguments = "[FILE...] [TYPE...]",
    .summary = "a line a type, sorted and filtered",
    .argp = &argp,
    .writers = list_writers,
    .values = values,
    .only_reads = true,
    .run = cmd_list,
};
