// strata list FILE
#include "base/slices.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "layout/pack.h"
#include "query/list_order.h"
#include "query/match.h"
#include "query/select.h"
#include "query/walk.h"
#include "query/where.h"
#include "report/list.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_TOP = 512, KEY_WHERE, KEY_KIND, KEY_LANGUAGE, KEY_HOLES, KEY_CONTAINS, KEY_STRADDLE };

// Each by its name, as in --where, or by the column's title.
static const struct {
    const char *word, *title;
} sort_words[] = {
    [SORT_NAME] = {"name", "type"},
    [SORT_SIZE] = {"size", "size"},
    [SORT_ALIGN] = {"align", "align"},
    [SORT_MEMBERS] = {"members", "members"},
    [SORT_HOLES] = {"holes", "holes"},
    [SORT_WASTE] = {"waste", "waste"},
    [SORT_DEEP_WASTE] = {"deep_waste", "deep"},
    [SORT_COPIES] = {"copies", "copies"},
    [SORT_SAVINGS] = {"savings", "saves"},
    [SORT_CACHELINES] = {"cachelines", "lines"},
};

enum { WHERES_MOST = 16 };

struct list_options {
    struct common_options common;
    struct type_arguments arguments;
    enum sort_key sort;
    bool reverse;
    uint64_t top;                      // 0: all
    struct where *wheres[WHERES_MOST]; // all must be true
    size_t wheres_count;
    const char *kind, *language, *contains; // NULL: any
    bool only_with_holes, only_straddling;
};

static const struct argp_option command_options[] = {
    {"sort", 's', "KEY", 0,
     "name (default), size, align, members, holes, waste, deep_waste, savings (by a better order), "
     "cachelines or copies; "
     "numbers from the largest "
     "down; "
     "-KEY turns the order round",
     1},
    {"reverse", 'r', NULL, 0, "turn the order round", 1},
    {"top", KEY_TOP, "N", 0, "the first N lines only; the default order is by waste then", 1},
    {"where", KEY_WHERE, "EXPR", 0, "only types of which EXPR is true, see below; of several all must be", 2},
    {"kind", KEY_KIND, "KIND", 0, "only struct, class, union, interface or enum", 2},
    {"language", KEY_LANGUAGE, "LANG", 0, "only c, c++, go, rust, ...", 2},
    {"holes", KEY_HOLES, NULL, 0, "only types with holes", 2},
    {"contains", KEY_CONTAINS, "TYPE", 0, "only types that hold TYPE by value, at any depth", 2},
    {"straddle", KEY_STRADDLE, NULL, 0, "only types with a member that crosses a cache line without need", 2},
    {0},
};

static void parse_sort(struct argp_state *state, const char *text, struct list_options *list)
{
    const char *word = text;
    if (*word == '-') {
        list->reverse = !list->reverse;
        word++;
    }
    for (size_t i = SORT_NAME; i < ARRAY_LENGTH(sort_words); i++) {
        if (!strcmp(sort_words[i].word, word) || !strcmp(sort_words[i].title, word)) {
            list->sort = (enum sort_key)i;
            return;
        }
    }
    argp_error(state,
               "--sort: there is no \"%s\"; there are name, size, align, members, holes, waste, deep_waste, "
               "savings, cachelines, copies",
               word);
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

static void parse_kind(struct argp_state *state, const char *text, struct list_options *list)
{
    static const char *const kinds[] = {"struct", "class", "union", "interface", "enum"};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (!strcmp(kinds[i], text))
            list->kind = kinds[i];
    if (!list->kind || strcmp(list->kind, text))
        argp_error(state, "--kind: \"%s\" is none of struct, class, union, interface, enum", text);
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
    case KEY_STRADDLE:
        list->only_straddling = true;
        return 0;
    case ARGP_KEY_ARGS:
        list->arguments = options_take_types(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE [TYPE...]",
    .doc = "Lists the types of FILE that have members, a line each. FILE and TYPE as in \"strata show\".\v"
           "EXPR compares size, align, members, holes, waste, deep_waste, savings, cachelines, straddlers, "
           "hot (members of atomic and lock types), contended (cache lines with several of these), copies "
           "and line by "
           "== != < <= > >=, and name, kind, language and file by == != ~ !~ (~ is a regular expression), "
           "joined by "
           "&& || ! and parentheses:\n\n"
           "  --where 'size > 64 && (holes > 0 || name ~ \"^std::\")'\n\n"
           "waste counts holes and padding of the type itself, deep that of what lies in it by value, too.",
    .children = common_children,
};

struct listing {
    const struct list_options *options;
    struct type_summary *summaries; // by position
    bool *is_listed;                // by position
};

// --- Which types hold another ---

// What is left of the search: a hostile graph may hold one type along very many paths.
enum { CONTAINS_STEPS_MOST = 10000, CONTAINS_DEPTH_MOST = 64 };

struct containing {
    const char *name;
    unsigned steps;
};

static bool type_holds(struct containing *search, const struct type *type, unsigned depth);

static bool members_hold(struct containing *search, const struct member *members, size_t count,
                         unsigned depth)
{
    for (size_t i = 0; i < count; i++)
        if (type_holds(search, members[i].type, depth))
            return true;
    return false;
}

// Whether `type` is of the name, or holds such by value.
static bool type_holds(struct containing *search, const struct type *type, unsigned depth)
{
    if (depth > CONTAINS_DEPTH_MOST || ++search->steps > CONTAINS_STEPS_MOST)
        return false;
    if (depth && type->name && !strcmp(type->name, search->name))
        return true;
    bool is_wrapper = type->kind == TYPE_TYPEDEF || type->kind == TYPE_CONST || type->kind == TYPE_VOLATILE ||
                      type->kind == TYPE_RESTRICT || type->kind == TYPE_ATOMIC || type->kind == TYPE_ARRAY;
    if (is_wrapper)
        return type->target && type_holds(search, type->target, depth + 1);
    if (!type_has_members(type))
        return false;
    if (members_hold(search, type->members, type->members_count, depth + 1))
        return true;
    for (size_t p = 0; p < type->variant_parts_count; p++)
        for (size_t v = 0; v < type->variant_parts[p].variants_count; v++) {
            const struct variant *variant = &type->variant_parts[p].variants[v];
            if (members_hold(search, variant->members, variant->members_count, depth + 1))
                return true;
        }
    return false;
}

// --- One type ---

static bool is_listed(const struct list_options *options, const struct type_summary *summary,
                      const struct type *type)
{
    if (options->kind && strcmp(options->kind, summary->kind))
        return false;
    if (options->language && (!summary->language || strcmp(options->language, summary->language)))
        return false;
    if ((options->only_with_holes && !summary->holes) || (options->only_straddling && !summary->straddlers))
        return false;
    struct containing search = {.name = options->contains ? match_without_keyword(options->contains) : NULL};
    if (options->contains && !type_holds(&search, type, 0))
        return false;
    for (size_t i = 0; i < options->wheres_count; i++)
        if (!where_matches(options->wheres[i], summary))
            return false;
    return true;
}

// The file's name outlives the graph. Neighbours mostly share it.
static const char *keep_text(struct arena *kept, const char *text)
{
    return text ? arena_copy_text(kept, text, strlen(text)) : NULL;
}

static struct error *list_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct listing *listing = context;
    const struct type *type = item->type;
    struct pack pack;
    RETURN_IF_ERROR(pack_compute(worker->layouter, item->layout, NULL, worker->scratch, &pack));
    struct sharing sharing;
    RETURN_IF_ERROR(sharing_compute(worker->layouter, item->layout, NULL, worker->scratch, &sharing));
    const struct layout *layout = item->layout;
    struct type_summary *summary = &listing->summaries[item->position];
    *summary = (struct type_summary){.name = item->entry->name,
                                     .kind = type_kind_word(type),
                                     .language = language_word(type->language),
                                     .declared_file = type->declared_file,
                                     .declared_line = type->declared_line,
                                     .size_known = layout->size_known,
                                     .size_bytes = layout->size_bits / 8,
                                     .align_bytes = layout->align.bytes,
                                     .members = layout->type->members_count + layout->variants_count,
                                     .holes = layout->holes_count,
                                     .cache_lines = layout->cache_lines,
                                     .straddlers = layout->straddlers_count,
                                     .copies = item->entry->copies,
                                     .own_waste_bits = layout->own_waste_bits,
                                     .deep_waste_bits = layout->deep_waste_bits,
                                     .hot_members = sharing.hot_count,
                                     .contended_lines = sharing.contended_count,
                                     .savings_bytes = pack_savings_bytes(&pack)};
    bool listed = is_listed(listing->options, summary, type);
    listing->is_listed[item->position] = listed;
    if (listed && type->declared_file) {
        summary->declared_file = keep_text(worker->kept, type->declared_file);
        if (!summary->declared_file)
            return &error_out_of_memory;
    }
    return NULL;
}

// --- Lines ---

// The listed summaries in their order, the top only; *count of them. NULL when memory is short.
static const struct type_summary **ordered(const struct query *query, const struct listing *listing,
                                           size_t total, size_t *count)
{
    const struct list_options *options = listing->options;
    const struct type_summary **summaries = reallocarray(NULL, total + 1, sizeof(*summaries));
    if (!summaries)
        return NULL;
    size_t listed = 0;
    for (size_t i = 0; i < total; i++)
        if (listing->is_listed[i])
            summaries[listed++] = &listing->summaries[i];
    struct list_order order = {options->sort, options->reverse};
    if (order.key == SORT_NONE)
        order.key = options->top ? SORT_WASTE : SORT_NAME;
    if (!list_sort(summaries, listed, &order, query->threads)) {
        free(summaries);
        return NULL;
    }
    *count = options->top && options->top < listed ? (size_t)options->top : listed;
    return summaries;
}

// Lines are written in pieces, side by side, each to an output of its own.
enum { PIECE_LINES = 1024 };

struct pieces {
    const struct report_document *document;
    const struct list_format *format;
    const struct type_summary *const *summaries;
    size_t count;
    struct output *outputs;
};

static void piece_write(void *context, size_t piece)
{
    const struct pieces *pieces = context;
    const size_t first = piece * PIECE_LINES, left = pieces->count - first;
    list_lines(&pieces->outputs[piece], pieces->document, pieces->format, pieces->summaries + first, first,
               left < PIECE_LINES ? left : PIECE_LINES);
}

static struct error *lines_print(const struct pieces *lines, unsigned threads, struct output *output)
{
    struct pieces pieces = *lines;
    struct error *error = NULL;
    const size_t pieces_count = (pieces.count + PIECE_LINES - 1) / PIECE_LINES;
    pieces.outputs = calloc(pieces_count + 1, sizeof(*pieces.outputs));
    if (!pieces.outputs)
        return &error_out_of_memory;
    slices_run(pieces_count, threads, piece_write, &pieces);
    for (size_t i = 0; i < pieces_count; i++) {
        struct error *problem = output_finish(&pieces.outputs[i]);
        if (error)
            error_free(problem);
        else
            error = problem;
        output_bytes(output, pieces.outputs[i].data, pieces.outputs[i].length);
        output_free(&pieces.outputs[i]);
    }
    free(pieces.outputs);
    return error;
}

static struct error *list_print(struct input *input, const struct listing *listing, size_t total,
                                struct output *output)
{
    const struct common_options *common = &listing->options->common;
    struct report_document document = {.file = input->file, .style = screen_style(common)};
    const struct list_format *format = list_format_named(common->format);
    size_t count;
    const struct type_summary **summaries = ordered(&input->query, listing, total, &count);
    if (!summaries)
        return &error_out_of_memory;
    list_start(output, &document, format, count);
    struct error *error = lines_print(&(struct pieces){&document, format, summaries, count, NULL},
                                      input->query.threads, output);
    list_end(output, format);
    free(summaries);
    if (error)
        return error;
    if (!count && !strcmp(common->format, "text")) {
        char text[64] = "there is no type with members";
        if (total)
            snprintf(text, sizeof(text), "of %zu type%s none fits", total, total == 1 ? "" : "s");
        say_note(text);
    }
    return NULL;
}

static struct error *list_selection(struct input *input, const struct list_options *options,
                                    const struct selection *selection, struct output *output)
{
    struct listing listing = {.options = options,
                              .summaries = calloc(selection->count + 1, sizeof(*listing.summaries)),
                              .is_listed = calloc(selection->count + 1, sizeof(*listing.is_listed))};
    struct walk walk = {.query = &input->query,
                        .selection = selection,
                        .visit = list_type,
                        .context = &listing,
                        .progress_label = "computing"};
    struct error *error = listing.summaries && listing.is_listed ? walk_types(&walk) : &error_out_of_memory;
    if (!error)
        error = list_print(input, &listing, selection->count, output);
    walk_free(&walk);
    free(listing.summaries);
    free(listing.is_listed);
    return error;
}

static int list(struct input *input, const struct list_options *options)
{
    struct selection selection;
    struct error *error = input_open_types(input, &options->arguments, &options->common, &selection);
    if (error)
        return say_error(error);
    if (options->contains)
        error = selection_require(&input->query, &selection, options->contains);
    if (error) {
        selection_free(&selection);
        return say_error(error);
    }
    struct output output = screen_output();
    input_introduce(input, &options->common, &output);
    error = list_selection(input, options, &selection, &output);
    int status = screen_finish(&output, EXIT_FINE);
    selection_free(&selection);
    return error ? say_error(error) : status;
}

int cmd_list(int argc, char **argv)
{
    struct list_options options = {0};
    options_parse(&argp, argc, argv, &options);
    struct input input = {0};
    int status = list(&input, &options);
    input_close(&input);
    for (size_t i = 0; i < options.wheres_count; i++)
        where_free(options.wheres[i]);
    return status;
}
