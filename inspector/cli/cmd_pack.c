// SPDX-License-Identifier: MIT
// strata pack FILE TYPE …
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/rules_file.h"
#include "cli/write_types.h"
#include "layout/pack_order.h"
#include "layout/size_class.h"
#include "query/match.h"
#include "query/select.h"
#include "report/pack.h"
#include "report/writers.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_KEEP_FIRST = 512, KEY_GROUP, KEY_FORCE, KEY_ORDER, KEY_ORDER_FILE, KEY_SEPARATE };

typedef VEC(const char *) names_vec;

struct pack_command {
    struct common_options common;
    struct type_arguments arguments;
    struct pack_options options;
    VEC(struct pack_group) groups;
    const char *order, *separate; // NULL: not asked for
    struct rules *rules;          // that hold orders; NULL likewise
};

static const struct argp_option command_options[] = {
    {"keep-first", KEY_KEEP_FIRST, "N", 0, "the first N members stay where they are", 1},
    {"group", KEY_GROUP, "A,B,...", 0,
     "these members stay next to each other, in this order; may be given several times", 1},
    {"order", KEY_ORDER, "A,B,...", 0,
     "not the best order but this one: the members that are named, then the others as they stand; B@64 "
     "raises its alignment, +8 "
     "are bytes of padding",
     1},
    {"order-file", KEY_ORDER_FILE, "RULES", 0,
     "the order(...) that a file of rules has for the type, see strata check", 1},
    {"separate", KEY_SEPARATE, "A,B,...", 0, "these members have cache lines of their own", 1},
    {"force", KEY_FORCE, NULL, 0, "also types of system headers, of Go's runtime and of Rust's library", 1},
    {0},
};

// Whether a person wants an order of their own.
static bool is_asked(const struct pack_command *command)
{
    return command->order || command->rules || command->separate;
}

// The names are cut out of the argument itself, which lives as long as the process.
static void parse_group(struct argp_state *state, char *text, struct pack_command *command)
{
    names_vec names = {0};
    for (char *rest = text, *name; (name = strsep(&rest, ","));) {
        if (!*name)
            argp_error(state, "--group: a name is empty");
        if (!vec_push(&names, name))
            argp_failure(state, EXIT_USAGE, 0, "out of memory");
    }
    struct pack_group group = {.names = names.data, .names_count = names.length};
    if (!vec_push(&command->groups, group))
        argp_failure(state, EXIT_USAGE, 0, "out of memory");
    command->options.groups = command->groups.data;
    command->options.groups_count = command->groups.length;
}

static void parse_order_file(struct argp_state *state, const char *path, struct pack_command *command)
{
    rules_free(command->rules);
    command->rules = NULL;
    struct error *error = rules_read(path, &command->rules);
    if (error)
        exit(say_error(error));
    (void)state;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct pack_command *command = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case KEY_KEEP_FIRST:
        command->options.keep_first = options_number(state, "keep-first", argument, UINT32_MAX);
        return 0;
    case KEY_GROUP:
        parse_group(state, argument, command);
        return 0;
    case KEY_ORDER:
        command->order = argument;
        return 0;
    case KEY_ORDER_FILE:
        parse_order_file(state, argument, command);
        return 0;
    case KEY_SEPARATE:
        command->separate = argument;
        return 0;
    case KEY_FORCE:
        command->options.force = true;
        return 0;
    case ARGP_KEY_ARGS:
        command->arguments = options_take_types(state);
        return 0;
    case ARGP_KEY_END:
        if (!command->arguments.count)
            argp_error(state, "which type, and of which file?");
        else if (command->arguments.count == 1 && input_is_path(command->arguments.words[0]))
            argp_error(state, "which type?");
        else if (command->order && command->rules)
            argp_error(state, "--order and --order-file are two orders");
        else if (is_asked(command) && (command->options.keep_first || command->options.groups_count))
            argp_error(state,
                       "--keep-first and --group are about the best order, not about one that is asked for");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE] TYPE...",
    .doc =
        "The smallest order of a type's members, and the type in that order as source to paste.\v"
        "Base classes and the virtual table pointer stay in front, an array without bound at the end, "
        "bit-fields "
        "next to each other. Where all orders were compared, or no order can need less, that is said. "
        "There is no "
        "suggestion, but a reason, for unions, packed types, types that an interface fixes, and those whose "
        "present "
        "layout the ABI's rules do not explain; the exit status is 2 when that is all. With --order, "
        "--order-file or --separate it "
        "is that order instead, by the same rules.",
    .children = common_children,
};

struct packing {
    const struct pack_command *command;
    const struct layout_options *layout;
    struct writing writing;
    atomic_size_t answered;
};

// The allocator that the language's programs use.
static struct report_heap heap_of(const struct packing *packing, const struct type *type,
                                  const struct pack *pack)
{
    if (language_family(type->language) == FAMILY_GO)
        return (struct report_heap){"Go", size_class_go_bytes(pack->was_bytes),
                                    size_class_go_bytes(pack->size_bytes)};
    const struct abi *abi = packing->layout->abi;
    return (struct report_heap){"glibc malloc",
                                size_class_glibc_bytes(pack->was_bytes, abi, type->address_bytes),
                                size_class_glibc_bytes(pack->size_bytes, abi, type->address_bytes)};
}

// The order(...) that the file of rules has for the type; the last one counts. NULL: it has none.
static struct error *order_in_rules(const struct rules *rules, const char *name, const char **order)
{
    *order = NULL;
    for (size_t b = 0; b < rules->blocks_count; b++) {
        const struct rules_block *block = &rules->blocks[b];
        bool is_meant = false;
        for (size_t p = 0; p < block->patterns_count && !is_meant; p++) {
            struct match match;
            RETURN_IF_ERROR(match_create(block->patterns[p].text, &match));
            is_meant = match_exact(&match, name) || match_pattern(&match, name);
            match_free(&match);
        }
        for (size_t r = 0; r < block->rules_count && is_meant; r++)
            if (block->rules[r].kind == RULE_ORDER)
                *order = block->rules[r].fields[0];
    }
    return *order ? NULL : error_create(ERROR_NOT_FOUND, "the file of rules has no order(...) for %s", name);
}

// The order that is asked for. Its layouter is a layouter of its own: what is tried goes with the worker's scratch memory.
static struct error *try_order(const struct packing *packing, struct layouter *layouter,
                               const struct walk_item *item, struct arena *arena, struct pack *pack)
{
    const struct pack_command *command = packing->command;
    struct pack_trial trial;
    struct pack_step *steps = NULL;
    size_t count = 0;
    const char *order = command->order;
    RETURN_IF_ERROR(pack_try(layouter, item->layout, &command->options, NULL, 0, arena, &trial));
    *pack = trial.pack;
    if (trial.pack.refusal)
        return NULL;
    if (command->rules)
        RETURN_IF_ERROR(order_in_rules(command->rules, item->entry->name, &order));
    RETURN_IF_ERROR(
        order_steps(&trial, order ? order : "", order ? strlen(order) : 0, arena, &steps, &count));
    if (command->separate)
        RETURN_IF_ERROR(order_separate(layouter, item->layout, &command->options, command->separate, arena,
                                       &steps, &count));
    RETURN_IF_ERROR(pack_try(layouter, item->layout, &command->options, steps, count, arena, &trial));
    *pack = trial.pack;
    return NULL;
}

static struct error *try_type(const struct packing *packing, const struct walk_item *item,
                              struct arena *arena, struct pack *pack)
{
    struct layouter *layouter;
    RETURN_IF_ERROR(layouter_create(packing->layout, &layouter));
    struct error *error = try_order(packing, layouter, item, arena, pack);
    layouter_free(layouter);
    return error;
}

static struct error *pack_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    struct packing *packing = context;
    const struct type *type = item->layout->type;
    struct pack pack;
    struct report_pack report = {.name = item->entry->name,
                                 .kind_word = type_kind_word(type),
                                 .language = language_word(type->language),
                                 .declared_file = type->declared_file,
                                 .declared_line = type->declared_line,
                                 .pack = &pack,
                                 .source = {.is_complete = true}};
    if (is_asked(packing->command))
        RETURN_IF_ERROR(try_type(packing, item, worker->scratch, &pack));
    else
        RETURN_IF_ERROR(
            pack_compute(worker->layouter, item->layout, &packing->command->options, worker->scratch, &pack));
    report.is_asked = is_asked(packing->command);
    if (pack_savings_bytes(&pack) || (report.is_asked && !pack.refusal))
        RETURN_IF_ERROR(pack_source(&pack, item->entry->name, worker->scratch, &report.source));
    if (!pack.refusal) {
        report.heap = heap_of(packing, type, &pack);
        atomic_fetch_add(&packing->answered, 1);
    }
    return writing_add(&packing->writing, worker, &report);
}

static int pack(struct input *input, const struct pack_command *command)
{
    struct selection selection;
    struct error *error =
        input_open_types(input, &command->arguments, &command->common, SELECT_NO_MORE, &selection);
    if (error)
        return say_error(error);
    struct output output = screen_output();
    input_introduce(input, &command->common, &output);
    struct document *document;
    const struct report_document about = {.file = input->file, .style = screen_style(&command->common)};
    struct packing packing = {.command = command,
                              .layout = &input->query.layout,
                              .writing = {.documents = &document,
                                          .documents_count = 1,
                                          .about = &about,
                                          .progress_label = "computing",
                                          .visit = pack_type,
                                          .context = &packing}};
    error = screen_document(&command->common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, write_types(&input->query, &selection, &packing.writing));
    int status =
        say_missing(&selection.missing, screen_finish(&output, packing.answered ? EXIT_FINE : EXIT_USAGE));
    selection_free(&selection);
    return error ? say_error(error) : status;
}

static int cmd_pack(int argc, char **argv)
{
    struct pack_command command = {.common.writers = pack_writers};
    options_parse(&argp, argc, argv, &command);
    struct input input = {0};
    int status = pack(&input, &command);
    input_close(&input);
    vec_foreach (struct pack_group *, group, &command.groups)
        free((void *)group->names);
    vec_free(&command.groups);
    rules_free(command.rules);
    return status;
}

static const struct value_words values[] = {{.option = "order-file", .is_file = true}, {0}};

const struct command command_pack = {
    .name = "pack",
    .arguments = "[FILE] TYPE ...",
    .summary = "the best order of members, as source to paste",
    .argp = &argp,
    .writers = pack_writers,
    .values = values,
    .only_reads = true,
    .run = cmd_pack,
};
