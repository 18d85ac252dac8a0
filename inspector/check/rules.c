// SPDX-License-Identifier: MIT
// Reading a file of rules.
#include "check/rules.h"

#include "base/vec.h"
#include "layout/pack_order.h"

#include <stdlib.h>
#include <string.h>

typedef VEC(const char *) texts_vec;
typedef VEC(struct rules_pattern) rule_patterns;
typedef VEC(struct rule) rules_vec;
typedef VEC(struct rules_block) blocks_vec;

struct rules_parser {
    const char *path;
    struct arena *arena;
    unsigned line;
    const char *start, *at; // of the line, which ends with NUL
    blocks_vec blocks;
    rule_patterns patterns; // of the block under way, as are the rules
    rules_vec rules;
    texts_vec hot;
    const struct rules_pattern *file; // that the next blocks are for; NULL: all
};

static const char *const metric_words[METRICS] = {
    [METRIC_SIZE] = "size",
    [METRIC_ALIGN] = "align",
    [METRIC_WASTE] = "waste",
    [METRIC_DEEP_WASTE] = "deep_waste",
    [METRIC_HOLES] = "holes",
    [METRIC_MEMBERS] = "members",
    [METRIC_CACHELINES] = "cachelines",
    [METRIC_STRADDLERS] = "straddlers",
    [METRIC_SAVINGS] = "savings",
    [METRIC_OFFSET] = "offset",
    [METRIC_MEMBER_SIZE] = "size",
};

// Rules that read better than the comparison they are.
static const struct {
    const char *word;
    bool has_number;
    enum rule_metric metric;
} shorthands[] = {
    {"max_size", true, METRIC_SIZE},
    {"max_waste", true, METRIC_WASTE},
    {"no_holes", false, METRIC_HOLES},
    {"no_straddling", false, METRIC_STRADDLERS},
};

static const char no_false_sharing_word[] = "no_false_sharing", same_line_word[] = "same_line",
                  separate_lines_word[] = "separate_lines", order_word[] = "order";

void rules_name_rules(struct output *output, const char *separator)
{
    for (size_t i = 0; i < ARRAY_LENGTH(shorthands); i++) {
        output_text(output, shorthands[i].word);
        output_text(output, separator);
    }
    output_text(output, no_false_sharing_word);
    output_text(output, separator);
    output_text(output, same_line_word);
    output_text(output, separator);
    output_text(output, separate_lines_word);
    output_text(output, separator);
    output_text(output, order_word);
}

void rules_name_metrics(struct output *output, const char *separator)
{
    for (int i = 0; i < METRICS; i++) {
        const bool is_of_member = i == METRIC_OFFSET || i == METRIC_MEMBER_SIZE;
        output_text(output, i ? separator : "");
        output_text(output, metric_words[i]);
        output_text(output, is_of_member ? "(m)" : "");
    }
}

static struct error *complain(const struct rules_parser *parser, const char *at, const char *what)
{
    return error_create(ERROR_USAGE, "%s:%u:%zu: %s", parser->path, parser->line,
                        (size_t)(at - parser->start) + 1, what);
}

static void skip_spaces(struct rules_parser *parser)
{
    parser->at += strspn(parser->at, " \t\r");
}

static bool take(struct rules_parser *parser, const char *text)
{
    skip_spaces(parser);
    size_t length = strlen(text);
    if (strncmp(parser->at, text, length))
        return false;
    parser->at += length;
    return true;
}

static size_t word_length(const char *at)
{
    return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static bool is_word(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && !strncmp(at, word, length);
}

static struct error *parse_number(struct rules_parser *parser, uint64_t *number)
{
    skip_spaces(parser);
    const char *start = parser->at;
    uint64_t base = 10, value = 0;
    if (start[0] == '0' && (start[1] == 'x' || start[1] == 'X')) {
        base = 16;
        parser->at += 2;
    }
    const char *digits = parser->at;
    for (;; parser->at++) {
        char c = *parser->at;
        uint64_t digit = c >= '0' && c <= '9'                 ? (uint64_t)(c - '0')
                         : base == 16 && c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10)
                         : base == 16 && c >= 'A' && c <= 'F' ? (uint64_t)(c - 'A' + 10)
                                                              : base;
        if (digit == base)
            break;
        if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
            return complain(parser, start, "the number is too large");
    }
    if (parser->at == digits || word_length(parser->at))
        return complain(parser, start, "a number is expected here");
    *number = value;
    return NULL;
}

static struct error *parse_operation(struct rules_parser *parser, enum rule_operation *operation)
{
    // Longer ones first.
    static const struct {
        const char *text;
        enum rule_operation operation;
    } operations[] = {{"==", RULE_EQUAL},         {"!=", RULE_NOT_EQUAL}, {"<=", RULE_LESS_EQUAL},
                      {">=", RULE_GREATER_EQUAL}, {"<", RULE_LESS},       {">", RULE_GREATER}};
    for (size_t i = 0; i < ARRAY_LENGTH(operations); i++)
        if (take(parser, operations[i].text)) {
            *operation = operations[i].operation;
            return NULL;
        }
    return complain(parser, parser->at, "== != < <= > or >= is expected here");
}

// A path of members: "head", "header.length". Ends before a comma or the closing parenthesis.
static struct error *parse_field(struct rules_parser *parser, const char **field)
{
    skip_spaces(parser);
    const char *start = parser->at;
    size_t length = strcspn(start, ",)");
    parser->at += length;
    while (length && strchr(" \t\r", start[length - 1]))
        length--;
    if (!length)
        return complain(parser, start, "the name of a member is expected here");
    *field = arena_copy_text(parser->arena, start, length);
    return *field ? NULL : &error_out_of_memory;
}

static struct error *parse_fields(struct rules_parser *parser, struct rule *rule, int count)
{
    for (int i = 0; i < count; i++) {
        const char *mark = i ? "," : "(";
        if (!take(parser, mark))
            return complain(parser, parser->at, i ? "a comma is expected here" : "( is expected here");
        RETURN_IF_ERROR(parse_field(parser, &rule->fields[i]));
    }
    return take(parser, ")") ? NULL : complain(parser, parser->at, ") is expected here");
}

static struct error *no_such_rule(const struct rules_parser *parser, const char *word)
{
    struct output message = {0};
    output_text(&message, "no such rule; there are ");
    rules_name_rules(&message, ", ");
    output_text(&message, ", and comparisons of ");
    rules_name_metrics(&message, ", ");
    output_char(&message, '\0');
    struct error *error = output_finish(&message);
    if (!error)
        error = complain(parser, word, message.data);
    output_free(&message);
    return error;
}

static struct error *parse_comparison(struct rules_parser *parser, const char *word, size_t length,
                                      struct rule *rule)
{
    rule->kind = RULE_COMPARE;
    for (size_t i = 0; i < ARRAY_LENGTH(shorthands); i++)
        if (is_word(word, length, shorthands[i].word)) {
            rule->metric = shorthands[i].metric;
            rule->operation = shorthands[i].has_number ? RULE_LESS_EQUAL : RULE_EQUAL;
            return shorthands[i].has_number ? parse_number(parser, &rule->number) : NULL;
        }
    int metric = 0;
    while (metric < METRIC_MEMBER_SIZE && !is_word(word, length, metric_words[metric]))
        metric++;
    if (metric == METRIC_MEMBER_SIZE)
        return no_such_rule(parser, word);
    skip_spaces(parser);
    bool has_field = metric == METRIC_OFFSET || (metric == METRIC_SIZE && *parser->at == '(');
    if (has_field)
        RETURN_IF_ERROR(parse_fields(parser, rule, 1));
    rule->metric = metric == METRIC_SIZE && has_field ? METRIC_MEMBER_SIZE : (enum rule_metric)metric;
    RETURN_IF_ERROR(parse_operation(parser, &rule->operation));
    return parse_number(parser, &rule->number);
}

// What stands in the parentheses, whole; each of its parts is looked at, so that a mistake is told with its place.
static struct error *parse_order(struct rules_parser *parser, struct rule *rule)
{
    if (!take(parser, "("))
        return complain(parser, parser->at, "( is expected here");
    const char *start = parser->at, *end = strchr(start, ')');
    if (!end)
        return complain(parser, start, ") is expected at the end");
    for (const char *at = start;;) {
        struct order_part part;
        bool found;
        const char *where = at;
        struct error *error = order_part_next(&at, end, &part, &found);
        if (error) {
            struct error *placed = complain(parser, where, error->message);
            error_free(error);
            return placed;
        }
        if (!found)
            break;
    }
    rule->fields[0] = arena_copy_text(parser->arena, start, (size_t)(end - start));
    parser->at = end + 1;
    return rule->fields[0] ? NULL : &error_out_of_memory;
}

// Text up to the end of the line or a comment, without spaces around.
static const char *copy_trimmed(struct rules_parser *parser, const char *start, const char *end)
{
    while (end > start && strchr(" \t\r", end[-1]))
        end--;
    return arena_copy_text(parser->arena, start, (size_t)(end - start));
}

static struct error *parse_rule(struct rules_parser *parser)
{
    struct rule rule = {.line = parser->line};
    const char *word = parser->at;
    size_t length = word_length(word);
    if (!length)
        return complain(parser, word, "a rule is expected here");
    if (!parser->patterns.length)
        return complain(parser, word, "a rule needs a line \"type NAME\" before it");
    parser->at += length;
    if (is_word(word, length, no_false_sharing_word)) {
        rule.kind = RULE_NO_FALSE_SHARING;
    } else if (is_word(word, length, same_line_word) || is_word(word, length, separate_lines_word)) {
        rule.kind = is_word(word, length, same_line_word) ? RULE_SAME_LINE : RULE_SEPARATE_LINES;
        RETURN_IF_ERROR(parse_fields(parser, &rule, 2));
    } else if (is_word(word, length, order_word)) {
        rule.kind = RULE_ORDER;
        RETURN_IF_ERROR(parse_order(parser, &rule));
    } else {
        RETURN_IF_ERROR(parse_comparison(parser, word, length, &rule));
    }
    rule.text = copy_trimmed(parser, word, parser->at);
    skip_spaces(parser);
    if (*parser->at && *parser->at != '#')
        return complain(parser, parser->at, "the end of the line is expected here");
    return rule.text && vec_push(&parser->rules, rule) ? NULL : &error_out_of_memory;
}

// A copy in the arena; NULL and *failed when memory is short.
static void *keep(struct rules_parser *parser, const void *data, size_t count, size_t size_bytes,
                  bool *failed)
{
    void *copy = arena_alloc_array(parser->arena, count, size_bytes);
    if (copy && count)
        memcpy(copy, data, count * size_bytes);
    *failed |= !copy;
    return copy;
}

// A block ends where the next begins. One without rules says nothing, and is a mistake.
static struct error *finish_block(struct rules_parser *parser)
{
    if (!parser->patterns.length)
        return NULL;
    if (!parser->rules.length) {
        const struct rules_pattern *last = &parser->patterns.data[parser->patterns.length - 1];
        return error_create(ERROR_USAGE, "%s:%u:%u: no rules follow this type", parser->path, last->line,
                            last->column);
    }
    bool failed = false;
    struct rules_block block = {
        .file = parser->file, .patterns_count = parser->patterns.length, .rules_count = parser->rules.length};
    block.patterns =
        keep(parser, parser->patterns.data, parser->patterns.length, sizeof(struct rules_pattern), &failed);
    block.rules = keep(parser, parser->rules.data, parser->rules.length, sizeof(struct rule), &failed);
    parser->patterns.length = parser->rules.length = 0;
    return !failed && vec_push(&parser->blocks, block) ? NULL : &error_out_of_memory;
}

// The name is the rest of the line: names hold spaces, commas and #.
static struct error *parse_name(struct rules_parser *parser, struct rules_pattern *name)
{
    skip_spaces(parser);
    const char *end = parser->at + strlen(parser->at);
    for (const char *c = parser->at; *c; c++)
        if (*c == '#' && (c == parser->at || c[-1] == ' ' || c[-1] == '\t')) {
            end = c;
            break;
        }
    *name = (struct rules_pattern){.text = copy_trimmed(parser, parser->at, end),
                                   .line = parser->line,
                                   .column = (unsigned)(parser->at - parser->start) + 1};
    if (!name->text)
        return &error_out_of_memory;
    return *name->text ? NULL : complain(parser, parser->at, "the name of a type is expected here");
}

// Ends the block before it.
static struct error *parse_file(struct rules_parser *parser)
{
    struct rules_pattern name;
    RETURN_IF_ERROR(finish_block(parser));
    parser->at += strlen("file");
    skip_spaces(parser);
    if (!*parser->at || *parser->at == '#')
        return complain(parser, parser->at, "a pattern of files is expected here");
    RETURN_IF_ERROR(parse_name(parser, &name));
    bool failed = false;
    parser->file = strcmp(name.text, "*") ? keep(parser, &name, 1, sizeof(name), &failed) : NULL;
    return failed ? &error_out_of_memory : NULL;
}

static struct error *parse_line(struct rules_parser *parser)
{
    struct rules_pattern name;
    skip_spaces(parser);
    if (!*parser->at || *parser->at == '#')
        return NULL;
    size_t length = word_length(parser->at);
    bool is_type = is_word(parser->at, length, "type"), is_hot = is_word(parser->at, length, "hot");
    if (is_word(parser->at, length, "file"))
        return parse_file(parser);
    if (!is_type && !is_hot)
        return parse_rule(parser);
    parser->at += length;
    RETURN_IF_ERROR(parse_name(parser, &name));
    if (is_hot)
        return vec_push(&parser->hot, name.text) ? NULL : &error_out_of_memory;
    if (parser->rules.length)
        RETURN_IF_ERROR(finish_block(parser));
    return vec_push(&parser->patterns, name) ? NULL : &error_out_of_memory;
}

static struct error *parse_all(struct rules_parser *parser, const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *line = text; line < end; parser->line++) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        line_end = line_end ? line_end : end;
        parser->start = parser->at = arena_copy_text(parser->arena, line, (size_t)(line_end - line));
        if (!parser->start)
            return &error_out_of_memory;
        if (strlen(parser->start) != (size_t)(line_end - line))
            return complain(parser, parser->start + strlen(parser->start), "a zero byte is no text");
        RETURN_IF_ERROR(parse_line(parser));
        line = line_end + 1;
    }
    return finish_block(parser);
}

struct error *rules_parse(const char *text, size_t length, const char *path, struct rules **rules)
{
    struct rules *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    arena_init(&made->arena);
    struct rules_parser parser = {.path = path, .arena = &made->arena, .line = 1};
    struct error *error = parse_all(&parser, text, length);
    if (!error && !parser.blocks.length)
        error = error_create(ERROR_USAGE, "%s:1:1: there are no rules in it", path);
    bool failed = false;
    made->blocks =
        keep(&parser, parser.blocks.data, parser.blocks.length, sizeof(struct rules_block), &failed);
    made->blocks_count = parser.blocks.length;
    made->hot_types = keep(&parser, parser.hot.data, parser.hot.length, sizeof(char *), &failed);
    made->hot_types_count = parser.hot.length;
    vec_free(&parser.blocks);
    vec_free(&parser.patterns);
    vec_free(&parser.hot);
    vec_free(&parser.rules);
    if (!error && failed)
        error = &error_out_of_memory;
    if (error)
        rules_free(made);
    else
        *rules = made;
    return error;
}

void rules_free(struct rules *rules)
{
    if (!rules)
        return;
    arena_free(&rules->arena);
    free(rules);
}

const char *rule_id(const struct rule *rule)
{
    switch (rule->kind) {
    case RULE_SAME_LINE:
        return "same-line";
    case RULE_SEPARATE_LINES:
        return "separate-lines";
    case RULE_NO_FALSE_SHARING:
        return "false-sharing";
    case RULE_ORDER:
        return "order";
    case RULE_COMPARE:
        break;
    }
    return rule->metric == METRIC_MEMBER_SIZE  ? "member-size"
           : rule->metric == METRIC_DEEP_WASTE ? "deep-waste"
                                               : metric_words[rule->metric];
}
