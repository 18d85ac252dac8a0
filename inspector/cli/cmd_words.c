// SPDX-License-Identifier: MIT
// strata words < TEMPLATE: fills completions and the man page with what the tables say. For the build; in no table, because it reads that of the commands.
// strata words -t FILE PREFIX: the names of types that begin so, a line each. For completions.
//
//     … @zsh commands@ …   each mark, see `marks` below, becomes a text
#include "base/slices.h"
#include "check/rules.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "query/where.h"
#include "report/maps.h"
#include "report/writers.h"

#include <argp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Options of a command ---

// One that help shows.
static bool is_shown(const struct argp_option *option)
{
    return option->name && !(option->flags & (OPTION_HIDDEN | OPTION_DOC | OPTION_ALIAS));
}

static bool is_end(const struct argp_option *option)
{
    return !option->name && !option->key && !option->doc && !option->group;
}

static bool has_letter(const struct argp_option *option)
{
    return option->key > 0 && option->key < 128 && isalnum(option->key);
}

static bool needs_value(const struct argp_option *option)
{
    return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

static const struct argp *common_argp(void)
{
    return common_children[0].argp;
}

static bool has_common(const struct command *command)
{
    const struct argp_child *child = command->argp->children;
    return child && child->argp == common_argp();
}

static const struct value_words common_values[] = {
    {.option = "color", .words = "auto always never"},
    {.option = "cacheline", .words = "32 64 128 256"},
    {.option = "debug-dir", .is_folder = true},
    {.option = "dwo-dir", .is_folder = true},
    {.option = "source", .words = "dwarf btf"},
    {.option = "arch", .words = "arm64 arm64e armv7 i386 x86_64"},
    {.option = "base", .is_file = true},
    {0},
};

static bool is_last(const struct value_words *values)
{
    return !values->option && !values->words && !values->write && !values->is_file && !values->is_folder;
}

// `name` NULL asks for the arguments.
static const struct value_words *find_values(const struct value_words *values, const char *name)
{
    for (; values && !is_last(values); values++)
        if (name ? values->option && !strcmp(values->option, name) : !values->option)
            return values;
    return NULL;
}

// NULL: anything goes. `command` NULL: of a common option.
static const struct value_words *values_of(const struct command *command, const char *name)
{
    const struct value_words *own = command ? find_values(command->values, name) : NULL;
    return own || !name ? own : find_values(common_values, name);
}

static bool has_words(const struct value_words *values)
{
    return values && (values->words || values->write);
}

static void write_words(struct output *output, const struct value_words *values)
{
    if (values->write)
        values->write(output);
    else
        output_text(output, values->words);
}

static void write_formats(struct output *output, const struct writer *const *writers, const char *separator)
{
    for (size_t i = 0; writers && writers[i]; i++) {
        output_text(output, i ? separator : "");
        output_text(output, writers[i]->name);
    }
}

// What an option does, in a few words: up to where its explanation goes into detail. `escaped` are characters that
// get a backslash; a quote becomes `quote`.
static void write_doc(struct output *output, const char *doc, const char *escaped, const char *quote)
{
    for (const char *c = doc ? doc : "";
         *c && *c != ';' && *c != ':' && strncmp(c, " (", 2) && strncmp(c, ", see ", 6); c++) {
        if (*c == '\'') {
            output_text(output, quote);
            continue;
        }
        output_text(output, strchr(escaped, *c) ? "\\" : "");
        output_char(output, *c);
    }
}

static void write_commands(struct output *output)
{
    for (size_t i = 0; commands[i]; i++)
        output_format(output, i ? " %s" : "%s", commands[i]->name);
}

// Whether its arguments are a file and then types.
static bool takes_types(const struct command *command)
{
    return command->argp->args_doc && strstr(command->argp->args_doc, "TYPE");
}

static void write_lower(struct output *output, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        output_char(output, (char)tolower((unsigned char)text[i]));
}

// --- zsh ---

static void zsh_formats(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        if (!has_common(commands[i]))
            continue;
        output_format(output, "  %s '", commands[i]->name);
        write_formats(output, commands[i]->writers, " ");
        output_text(output, "'\n");
    }
}

static void zsh_commands(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        output_format(output, "    '%s[", commands[i]->name);
        write_doc(output, commands[i]->summary, "[]", "'\\''");
        output_text(output, "]' \\\n");
    }
}

// The words of a value, where { and } have a meaning of their own.
static void zsh_action(struct output *output, const struct value_words *values)
{
    if (!values)
        return;
    output_char(output, ':');
    if (!has_words(values)) {
        output_text(output, values->is_folder ? "_directories" : "_files");
        return;
    }
    struct output words = {0};
    write_words(&words, values);
    output_char(output, '(');
    for (size_t i = 0; i < words.length; i++) {
        output_text(output, strchr("{}", words.data[i]) ? "\\" : "");
        output_char(output, words.data[i]);
    }
    output_char(output, ')');
    output->out_of_memory |= words.out_of_memory;
    output_free(&words);
}

static void zsh_option(struct output *output, const struct command *command, const struct argp_option *option)
{
    const char *value = !option->arg ? "" : needs_value(option) ? "=" : "=-";
    const char *repeats = needs_value(option) ? "*" : "";
    if (has_letter(option) && *repeats)
        output_format(output, "'*'{-%c,--%s%s}'", option->key, option->name, value);
    else if (has_letter(option))
        output_format(output, "'(-%c --%s)'{-%c,--%s%s}'", option->key, option->name, option->key,
                      option->name, value);
    else
        output_format(output, "'%s--%s%s", repeats, option->name, value);
    output_char(output, '[');
    write_doc(output, option->doc, "[]:", "'\\''");
    output_char(output, ']');
    if (option->arg) {
        output_text(output, needs_value(option) ? ":" : "::");
        write_lower(output, option->arg, strlen(option->arg));
    }
    if (!command && !strcmp(option->name, "format")) {
        output_text(output, ":'\"(${formats[$words[2]]:- })\"");
        return;
    }
    if (option->arg)
        zsh_action(output, values_of(command, option->name));
    output_char(output, '\'');
}

static void zsh_options(struct output *output, const struct command *command, const struct argp *argp,
                        const char *before, const char *behind)
{
    for (const struct argp_option *option = argp->options; option && !is_end(option); option++) {
        if (!is_shown(option))
            continue;
        output_text(output, before);
        zsh_option(output, command, option);
        output_text(output, behind);
    }
}

static void zsh_common(struct output *output)
{
    zsh_options(output, NULL, common_argp(), "  ", "\n");
    output_text(output, "  '--help[help]'\n");
}

static bool is_path(const char *word, size_t length)
{
    static const char *const paths[] = {"FILE", "OLD", "NEW"};
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
        if (strlen(paths[i]) == length && !strncmp(paths[i], word, length))
            return true;
    return false;
}

// "FILE [TYPE...]" as '1:file:_files' '*:type'; options end it.
static void zsh_arguments(struct output *output, const struct command *command)
{
    unsigned number = 1;
    for (const char *at = command->argp->args_doc; at && *at && *at != '-'; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        const char *name = at + strspn(at, "[");
        const size_t name_length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const bool repeats = memmem(at, length, "...", 3) != NULL;
        output_text(output, " \\\n      '");
        if (repeats)
            output_char(output, '*');
        else
            output_format(output, "%u", number++);
        output_char(output, ':');
        write_lower(output, name, name_length);
        if (is_path(name, name_length))
            output_text(output, ":_files");
        else if (!strncmp(name, "TYPE", name_length))
            output_text(output, ":_strata_types");
        else
            zsh_action(output, values_of(command, NULL));
        output_char(output, '\'');
        at += length;
    }
}

static void zsh_cases(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];
        output_format(output, "  %s)\n    shift words; (( CURRENT-- ))\n    _arguments %s", command->name,
                      has_common(command) ? "$common" : "'--help[help]'");
        zsh_options(output, command, command->argp, " \\\n      ", "");
        for (const struct argp_child *child = command->argp->children; child && child->argp; child++)
            if (child->argp != common_argp())
                zsh_options(output, command, child->argp, " \\\n      ", "");
        zsh_arguments(output, command);
        output_text(output, "\n    ;;\n");
    }
    output_text(output, "  help)\n    shift words; (( CURRENT-- ))\n    _arguments '1:command:(");
    write_commands(output);
    output_text(output, ")'\n    ;;\n");
}

// --- fish ---

static void fish_commands(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        output_format(output, "complete -c strata -n __fish_use_subcommand -f -a %s -d '", commands[i]->name);
        write_doc(output, commands[i]->summary, "", "\\'");
        output_text(output, "'\n");
    }
}

static void fish_option(struct output *output, const struct command *command, const char *condition,
                        const struct argp_option *option)
{
    const struct value_words *values = option->arg ? values_of(command, option->name) : NULL;
    output_format(output, "complete -c strata -n %s", condition);
    if (has_letter(option))
        output_format(output, " -s %c", option->key);
    output_format(output, " -l %s", option->name);
    if (values && values->is_file)
        output_text(output, needs_value(option) ? " -r -F" : "");
    else
        output_text(output, needs_value(option) ? " -x" : "");
    if (values && values->is_folder)
        output_text(output, " -a '(__fish_complete_directories)'");
    if (has_words(values)) {
        struct output words = {0};
        output_text(output, " -a '");
        write_words(&words, values);
        for (size_t at = 0; at < words.length;) { // braces would be expanded
            size_t end = at;
            while (end < words.length && words.data[end] != ' ')
                end++;
            const bool has_brace = memchr(words.data + at, '{', end - at) != NULL;
            output_text(output, at ? " " : "");
            output_text(output, has_brace ? "\"" : "");
            output_bytes(output, words.data + at, end - at);
            output_text(output, has_brace ? "\"" : "");
            at = end + 1;
        }
        output_char(output, '\'');
        output->out_of_memory |= words.out_of_memory;
        output_free(&words);
    }
    output_text(output, " -d '");
    write_doc(output, option->doc, "", "\\'");
    output_text(output, "'\n");
}

static void fish_all(struct output *output, const struct command *command, const char *condition,
                     const struct argp *argp)
{
    for (const struct argp_option *option = argp->options; option && !is_end(option); option++)
        if (is_shown(option) && (command || strcmp(option->name, "format") != 0))
            fish_option(output, command, condition, option);
}

static void fish_formats(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        if (!has_common(commands[i]))
            continue;
        output_format(output, "complete -c strata -n '__fish_seen_subcommand_from %s' -s f -l format -x",
                      commands[i]->name);
        if (commands[i]->writers) {
            output_text(output, " -a '");
            write_formats(output, commands[i]->writers, " ");
            output_char(output, '\'');
        }
        output_text(output, " -d 'format of the output'\n");
    }
}

static void fish_options(struct output *output)
{
    output_text(output, "set -l any '__fish_seen_subcommand_from");
    for (size_t i = 0; commands[i]; i++)
        if (has_common(commands[i]))
            output_format(output, " %s", commands[i]->name);
    output_text(output, "'\n");
    fish_all(output, NULL, "$any", common_argp());
    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];
        char condition[96];
        snprintf(condition, sizeof(condition), "'__fish_seen_subcommand_from %s'", command->name);
        output_char(output, '\n');
        fish_all(output, command, condition, command->argp);
        for (const struct argp_child *child = command->argp->children; child && child->argp; child++)
            if (child->argp != common_argp())
                fish_all(output, command, condition, child->argp);
        if (takes_types(command))
            output_format(output, "complete -c strata -n %s -a '(__strata_types)' -d type\n", condition);
        if (has_words(values_of(command, NULL))) {
            output_format(output, "complete -c strata -n %s -f -a '", condition);
            write_words(output, values_of(command, NULL));
            output_text(output, "'\n");
        }
    }
    output_text(output, "\ncomplete -c strata -n '__fish_seen_subcommand_from help' -f -a '");
    write_commands(output);
    output_text(output, "'\n");
}

// --- bash: `case $command:$prev in` ---

static void bash_option(struct output *output, const struct command *command,
                        const struct argp_option *option)
{
    const char *name = command ? command->name : "*";
    const struct value_words *values = values_of(command, option->name);
    const bool is_path_value = values && (values->is_file || values->is_folder);
    if (!option->arg || (!needs_value(option) && !has_words(values) && !is_path_value))
        return;
    output_text(output, "        ");
    if (has_letter(option))
        output_format(output, "%s:-%c | ", name, option->key);
    output_format(output, "%s:--%s) ", name, option->name);
    if (has_words(values)) {
        output_text(output, "words=\"");
        write_words(output, values);
        output_text(output, "\" ;;\n");
    } else if (values && values->is_folder) {
        output_text(output, "_strata_folders \"$plain\"; return ;;\n");
    } else {
        output_text(output, values ? ";;\n" : "return ;;\n"); // a file is what everything else is
    }
}

static void bash_options(struct output *output, const struct command *command, const struct argp *argp)
{
    for (const struct argp_option *option = argp->options; option && !is_end(option); option++)
        if (is_shown(option))
            bash_option(output, command, option);
}

static void bash_values(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];
        if (has_common(command)) {
            output_format(output, "        %s:-f | %s:--format) ", command->name, command->name);
            output_text(output, command->writers ? "words=\"" : "return");
            write_formats(output, command->writers, " ");
            output_text(output, command->writers ? "\" ;;\n" : " ;;\n");
        }
        bash_options(output, command, command->argp);
        for (const struct argp_child *child = command->argp->children; child && child->argp; child++)
            if (child->argp != common_argp() && child->argp != &colour_argp)
                bash_options(output, command, child->argp);
    }
    for (const struct argp_option *option = common_argp()->options; option && !is_end(option); option++)
        if (is_shown(option) && strcmp(option->name, "format") != 0)
            bash_option(output, NULL, option);
    for (size_t i = 0; commands[i]; i++) {
        const struct value_words *values = values_of(commands[i], NULL);
        if (!has_words(values))
            continue;
        output_format(output, "        %s:*) [[ $cur == -* ]] || words=\"", commands[i]->name);
        write_words(output, values);
        output_text(output, "\" ;;\n");
    }
    for (size_t i = 0; commands[i]; i++)
        if (takes_types(commands[i]))
            output_format(output, "        %s:*) [[ $cur == -* ]] || has_types=yes ;;\n", commands[i]->name);
    output_text(output, "        help:*) words=\"");
    write_commands(output);
    output_text(output, "\" ;;\n");
}

// --- The man page ---

// A text in roff, where - is a hyphen unless it is escaped, and a dot or quote in front a request.
static void man_text(struct output *output, const char *text)
{
    for (; *text; text++) {
        output_text(output, strchr("-\\", *text) ? "\\" : "");
        output_char(output, *text);
    }
}

static void man_formats(struct output *output)
{
    for (size_t i = 0; commands[i]; i++) {
        if (!commands[i]->writers)
            continue;
        output_format(output, ".TP\n.B %s\n", commands[i]->name);
        for (size_t w = 0; commands[i]->writers[w]; w++)
            output_format(output, w ? ", %s" : "%s (default)", commands[i]->writers[w]->name);
        output_char(output, '\n');
    }
}

static void man_endings(struct output *output)
{
    for (size_t i = 0; report_writers[i]; i++) {
        output_text(output, ".TP\n.B \"");
        if (report_writers[i]->server)
            output_format(output, "%s:%s", report_writers[i]->name, report_writers[i]->server);
        for (size_t e = 0; e < WRITER_ENDINGS_MOST && report_writers[i]->endings[e]; e++)
            output_format(output, e ? ", %s" : "%s", report_writers[i]->endings[e]);
        output_text(output, "\"\n");
        man_text(output, report_writers[i]->meaning);
        output_char(output, '\n');
    }
}

static void man_columns_of(const struct column_table *table, struct output *output)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct column *column = &table->list[i];
        output_format(output, ".TP\n.B %s\n", column->name);
        man_text(output, column->meaning);
        if (column->title && strcmp(column->title, column->name) != 0)
            output_format(output, " (titled %s)", column->title);
        output_char(output, '\n');
    }
}

static void man_columns(struct output *output)
{
    man_columns_of(&type_columns, output);
}

static void man_map_columns(struct output *output)
{
    man_columns_of(&map_columns, output);
}

static void man_map_comparisons(struct output *output)
{
    where_help_over(&map_columns, output);
}

static void man_sort_keys(struct output *output)
{
    columns_name_sort_keys(output, ", ", " or ");
}

static void man_rules(struct output *output)
{
    rules_name_rules(output, ", ");
}

static void man_metrics(struct output *output)
{
    rules_name_metrics(output, ", ");
}

// --- Marks ---

static const struct {
    const char *mark;
    void (*write)(struct output *output);
} marks[] = {
    {"@zsh formats@", zsh_formats},         {"@zsh commands@", zsh_commands},
    {"@zsh common@", zsh_common},           {"@zsh cases@", zsh_cases},
    {"@fish commands@", fish_commands},     {"@fish formats@", fish_formats},
    {"@fish options@", fish_options},       {"@bash values@", bash_values},
    {"@man formats@", man_formats},         {"@man endings@", man_endings},
    {"@man columns@", man_columns},         {"@man sort keys@", man_sort_keys},
    {"@man comparisons@", where_help},      {"@man map comparisons@", man_map_comparisons},
    {"@man map columns@", man_map_columns}, {"@man rules@", man_rules},
    {"@man metrics@", man_metrics},
};

// A line with what marks stand for. A mark alone on its line brings its own line ends.
static void fill(struct output *output, const char *line)
{
    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
        const char *found = strstr(line, marks[i].mark);
        if (!found)
            continue;
        const char *rest = found + strlen(marks[i].mark);
        output_bytes(output, line, (size_t)(found - line));
        marks[i].write(output);
        const size_t length = output->length;
        const bool ends_line = length && output->data[length - 1] == '\n';
        fill(output, ends_line && *rest == '\n' ? rest + 1 : rest);
        return;
    }
    output_text(output, line);
}

// --- Names of types ---

enum { NAMES_MOST = 500 };

// One that a shell can show in a line.
static bool is_plain(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == 127)
            return false;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Sorted, each once.
static void write_names(struct output *output, const char **names, size_t count)
{
    if (count > 1)
        qsort(names, count, sizeof(*names), compare_names);
    size_t written = 0;
    for (size_t i = 0; i < count && written < NAMES_MOST; i++) {
        if (i && !strcmp(names[i], names[i - 1]))
            continue;
        written++;
        output_text(output, names[i]);
        output_char(output, '\n');
    }
}

static struct error *find_names(const struct type_source *source, const char *prefix, struct output *output)
{
    struct type_index *index;
    const struct type_source_index_options options = {.threads = threads_available()};
    RETURN_IF_ERROR(type_source_index(source, &options, &index));
    const char **names = calloc(index->entries_count + 1, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; names && i < index->entries_count; i++) {
        const char *name = index->entries[i].name;
        if (name && !strncmp(name, prefix, strlen(prefix)) && is_plain(name))
            names[count++] = name;
    }
    if (names)
        write_names(output, names, count);
    free(names);
    type_index_free(index);
    return NULL;
}

// Nobody reads messages between two keys: what cannot be read has no types.
static int complete_types(const char *path, const char *prefix)
{
    const struct type_source_options options = {.threads = threads_available()};
    struct type_source *source = NULL;
    struct output output = screen_output();
    struct error *error = type_source_open(path, &options, NULL, &source);
    if (!error)
        error = find_names(source, prefix, &output);
    type_source_close(source);
    error_free(error);
    return screen_finish(&output, EXIT_FINE);
}

struct words_options {
    const char *types_path, *prefix; // NULL: fill in a template
};

enum { KEY_TYPES = 't' };

static const struct argp_option command_options[] = {
    {"types", KEY_TYPES, "FILE", 0, "list the types of FILE whose names begin with PREFIX", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct words_options *options = state->input;
    if (key == KEY_TYPES)
        options->types_path = argument;
    else if (key == ARGP_KEY_ARG)
        options->prefix = argument;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[PREFIX]",
    .doc = "Fills in what stands between @ in a template that comes on standard input: for the build."};

static int cmd_words(int argc, char **argv)
{
    struct words_options options = {0};
    options_parse(&argp, argc, argv, &options);
    if (options.types_path)
        return complete_types(options.types_path, options.prefix ? options.prefix : "");
    struct output output = {0};
    char line[4096];
    while (fgets(line, sizeof(line), stdin))
        fill(&output, line);
    struct error *error = output_finish(&output);
    if (!error &&
        (ferror(stdin) || fwrite(output.data, 1, output.length, stdout) != output.length || fflush(stdout)))
        error = error_create(ERROR_SYSTEM, "words: cannot read or write");
    output_free(&output);
    return error ? say_error(error) : EXIT_FINE;
}

const struct command command_words = {
    .name = "words", .arguments = "", .summary = "", .argp = &argp, .run = cmd_words};
