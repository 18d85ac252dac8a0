// SPDX-License-Identifier: MIT
#include "query/where.h"

#include "query/pattern.h"

#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_NUMBER, NODE_TEXT };

enum operation { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LIKE, NOT_LIKE };

struct where_node {
    enum node_kind kind;
    size_t left, right;          // OR, AND; NOT: left
    const struct column *column; // of NUMBER and TEXT
    enum operation operation;
    uint64_t number;
    char *text;
    struct pattern *pattern; // of LIKE and NOT_LIKE
};

struct where {
    VEC(struct where_node) nodes;
    size_t root;
};

static void node_free(struct where_node *node)
{
    free(node->text);
    pattern_free(node->pattern);
}

void where_free(struct where *where)
{
    if (!where)
        return;
    vec_foreach (struct where_node *, node, &where->nodes)
        node_free(node);
    vec_free(&where->nodes);
    free(where);
}

// --- Fields ---

static void name_fields(const struct column_table *table, struct output *output, const char *separator)
{
    bool is_first = true;
    for (int texts = 0; texts < 2; texts++)
        for (size_t i = 0; i < table->count; i++)
            if (table->list[i].is_text == (texts != 0)) {
                output_text(output, is_first ? "" : separator);
                output_text(output, table->list[i].name);
                is_first = false;
            }
}

static void name_with_remark(struct output *output, const struct column *column)
{
    output_text(output, column->name);
    if (column->remark && !column->sorts)
        output_format(output, " (%s)", column->remark);
}

// "a, b and c" of the columns that are texts, or numbers.
static void name_all(const struct column_table *table, struct output *output, bool texts)
{
    const struct column *last = NULL;
    bool is_first = true;
    for (size_t i = 0; i < table->count; i++) {
        if (table->list[i].is_text != texts)
            continue;
        if (last) {
            output_text(output, is_first ? "" : ", ");
            name_with_remark(output, last);
            is_first = false;
        }
        last = &table->list[i];
    }
    output_text(output, " and ");
    name_with_remark(output, last);
}

void where_help_over(const struct column_table *table, struct output *output)
{
    name_all(table, output, false);
    output_text(output, " by == != < <= > >=, and ");
    name_all(table, output, true);
    output_text(output, " by == != ~ !~ (~ is a regular expression)");
}

void where_help(struct output *output)
{
    where_help_over(&type_columns, output);
}

// --- Parsing ---

// Each term may nest: parentheses, "!" and, since AND and OR lean to the left, the length of a chain.
enum { TERMS_MOST = 1000 };

struct where_parser {
    const struct column_table *table;
    const char *text, *at;
    struct where *where;
    unsigned terms;
};

static struct error *complain(const struct where_parser *parser, const char *at, const char *what)
{
    return error_create(ERROR_USAGE, "--where: column %zu: %s", (size_t)(at - parser->text) + 1, what);
}

static void skip_spaces(struct where_parser *parser)
{
    while (isspace((unsigned char)*parser->at))
        parser->at++;
}

static bool take(struct where_parser *parser, const char *token)
{
    skip_spaces(parser);
    size_t length = strlen(token);
    if (strncmp(parser->at, token, length))
        return false;
    parser->at += length;
    return true;
}

// Takes over what the node owns.
static struct error *add_node(struct where_parser *parser, struct where_node node, size_t *number)
{
    *number = parser->where->nodes.length;
    if (vec_push(&parser->where->nodes, node))
        return NULL;
    node_free(&node);
    return &error_out_of_memory;
}

static struct error *parse_or(struct where_parser *parser, size_t *number);

static struct error *no_such_field(const struct where_parser *parser, const char *at)
{
    struct output names = {0};
    output_text(&names, "no such field; there are ");
    name_fields(parser->table, &names, ", ");
    output_char(&names, '\0');
    struct error *error = output_finish(&names);
    if (!error)
        error = complain(parser, at, names.data);
    output_free(&names);
    return error;
}

static struct error *parse_field(struct where_parser *parser, const struct column **column)
{
    skip_spaces(parser);
    const char *start = parser->at;
    while (isalnum((unsigned char)*parser->at) || *parser->at == '_')
        parser->at++;
    size_t length = (size_t)(parser->at - start);
    *column = column_of(parser->table, start, length);
    if (*column)
        return NULL;
    if (!length)
        return complain(parser, start, *start ? "a field is expected here" : "a comparison is missing");
    return no_such_field(parser, start);
}

static struct error *parse_operation(struct where_parser *parser, enum operation *operation)
{
    static const struct {
        const char *token;
        enum operation operation;
    } tokens[] = {
        {"==", EQUAL}, {"!=", NOT_EQUAL}, {"!~", NOT_LIKE}, {"<=", LESS_EQUAL}, {">=", GREATER_EQUAL},
        {"=", EQUAL},  {"<", LESS},       {">", GREATER},   {"~", LIKE},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(tokens); i++) {
        if (take(parser, tokens[i].token)) {
            *operation = tokens[i].operation;
            return NULL;
        }
    }
    return complain(parser, parser->at, "an operator is expected here: == != < <= > >= ~ !~");
}

static struct error *parse_number(struct where_parser *parser, uint64_t *number)
{
    skip_spaces(parser);
    const char *start = parser->at;
    if (!isdigit((unsigned char)*start))
        return complain(parser, start, "a number is expected here");
    char *end;
    errno = 0;
    *number = strtoull(start, &end, 0);
    unsigned shift = *end == 'k' || *end == 'K' ? 10 : *end == 'm' || *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    end += shift != 0;
    if (errno || *number > UINT64_MAX >> shift || isalnum((unsigned char)*end))
        return complain(parser, start, "this is no number");
    *number <<= shift;
    parser->at = end;
    return NULL;
}

static bool ends_word(char c)
{
    return !c || isspace((unsigned char)c) || strchr("()&|!", c);
}

static struct error *parse_text(struct where_parser *parser, char **text)
{
    skip_spaces(parser);
    const char *start = parser->at;
    char quote = *start == '"' || *start == '\'' ? *start : '\0';
    const char *c = start + (quote != '\0');
    char *result = malloc(strlen(start) + 1);
    if (!result)
        return &error_out_of_memory;
    size_t length = 0;
    for (; quote ? *c && *c != quote : !ends_word(*c); c++) {
        if (quote && c[0] == '\\' && (c[1] == '"' || c[1] == '\''))
            c++;
        result[length++] = *c;
    }
    result[length] = '\0';
    bool has_end = quote ? *c == quote : length != 0;
    parser->at = c + (quote && has_end);
    if (has_end) {
        *text = result;
        return NULL;
    }
    free(result);
    return complain(parser, start,
                    quote ? "the text that begins here has no end" : "a text is expected here");
}

static struct error *compile(const struct where_parser *parser, const char *at, struct where_node *node)
{
    CLEANUP(error_free_at)
    struct error *error = pattern_create(node->text, strlen(node->text), &node->pattern);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return &error_out_of_memory;
    return error ? complain(parser, at, error->message) : NULL;
}

static bool is_pattern(enum operation operation)
{
    return operation == LIKE || operation == NOT_LIKE;
}

static bool is_order(enum operation operation)
{
    return operation == LESS || operation == LESS_EQUAL || operation == GREATER || operation == GREATER_EQUAL;
}

static struct error *parse_comparison(struct where_parser *parser, size_t *number)
{
    struct where_node node = {0};
    RETURN_IF_ERROR(parse_field(parser, &node.column));
    skip_spaces(parser);
    const char *at = parser->at;
    RETURN_IF_ERROR(parse_operation(parser, &node.operation));
    bool is_text = node.column->is_text, is_like = is_pattern(node.operation);
    if (is_text ? is_order(node.operation) : is_like)
        return complain(parser, at, is_text ? "a text is compared by == != ~ !~" : "~ is for texts");
    node.kind = is_text ? NODE_TEXT : NODE_NUMBER;
    if (!is_text) {
        RETURN_IF_ERROR(parse_number(parser, &node.number));
        return add_node(parser, node, number);
    }
    skip_spaces(parser);
    at = parser->at;
    RETURN_IF_ERROR(parse_text(parser, &node.text));
    struct error *error = is_like ? compile(parser, at, &node) : NULL;
    if (error) {
        node_free(&node);
        return error;
    }
    return add_node(parser, node, number);
}

static struct error *parse_group(struct where_parser *parser, size_t *number)
{
    const char *open = parser->at - 1;
    RETURN_IF_ERROR(parse_or(parser, number));
    return take(parser, ")") ? NULL : complain(parser, open, "this ( has no )");
}

static struct error *parse_unary(struct where_parser *parser, size_t *number)
{
    skip_spaces(parser);
    if (++parser->terms > TERMS_MOST)
        return complain(parser, parser->at, "too many terms");
    if (take(parser, "("))
        return parse_group(parser, number);
    if (!take(parser, "!"))
        return parse_comparison(parser, number);
    struct where_node node = {.kind = NODE_NOT};
    RETURN_IF_ERROR(parse_unary(parser, &node.left));
    return add_node(parser, node, number);
}

static struct error *parse_and(struct where_parser *parser, size_t *number)
{
    RETURN_IF_ERROR(parse_unary(parser, number));
    while (take(parser, "&&")) {
        struct where_node node = {.kind = NODE_AND, .left = *number};
        RETURN_IF_ERROR(parse_unary(parser, &node.right));
        RETURN_IF_ERROR(add_node(parser, node, number));
    }
    return NULL;
}

static struct error *parse_or(struct where_parser *parser, size_t *number)
{
    RETURN_IF_ERROR(parse_and(parser, number));
    while (take(parser, "||")) {
        struct where_node node = {.kind = NODE_OR, .left = *number};
        RETURN_IF_ERROR(parse_and(parser, &node.right));
        RETURN_IF_ERROR(add_node(parser, node, number));
    }
    return NULL;
}

struct error *where_parse(const char *text, struct where **where)
{
    return where_parse_over(&type_columns, text, where);
}

struct error *where_parse_over(const struct column_table *table, const char *text, struct where **where)
{
    struct where *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    struct where_parser parser = {.table = table, .text = text, .at = text, .where = made};
    struct error *error = parse_or(&parser, &made->root);
    skip_spaces(&parser);
    if (!error && *parser.at)
        error = complain(&parser, parser.at, "&& or || is expected here");
    if (error)
        where_free(made);
    else
        *where = made;
    return error;
}

// --- Evaluation ---

static bool number_matches(const struct where_node *node, const void *record)
{
    if (!column_is_known(node->column, record))
        return false;
    const uint64_t number = column_number(node->column, record);
    switch (node->operation) {
    case EQUAL:
        return number == node->number;
    case NOT_EQUAL:
        return number != node->number;
    case LESS:
        return number < node->number;
    case LESS_EQUAL:
        return number <= node->number;
    case GREATER:
        return number > node->number;
    default:
        return number >= node->number;
    }
}

static bool text_matches(const struct where_node *node, const void *record)
{
    const char *text = column_text(node->column, record);
    if (!text)
        text = "";
    switch (node->operation) {
    case EQUAL:
        return !strcmp(text, node->text);
    case NOT_EQUAL:
        return strcmp(text, node->text) != 0;
    case LIKE:
        return pattern_matches(node->pattern, text);
    default:
        return !pattern_matches(node->pattern, text);
    }
}

static bool node_matches(const struct where *where, size_t number, const void *record)
{
    const struct where_node *node = &where->nodes.data[number];
    switch (node->kind) {
    case NODE_OR:
        return node_matches(where, node->left, record) || node_matches(where, node->right, record);
    case NODE_AND:
        return node_matches(where, node->left, record) && node_matches(where, node->right, record);
    case NODE_NOT:
        return !node_matches(where, node->left, record);
    case NODE_NUMBER:
        return number_matches(node, record);
    case NODE_TEXT:
        return text_matches(node, record);
    }
    return false;
}

unsigned where_needs(const struct where *where)
{
    unsigned needs = 0;
    vec_foreach (const struct where_node *, node, &where->nodes)
        if (node->column)
            needs |= node->column->needs;
    return needs;
}

struct error *where_problem(const struct where *where)
{
    vec_foreach (const struct where_node *, node, &where->nodes)
        RETURN_IF_ERROR(pattern_problem(node->pattern));
    return NULL;
}

bool where_matches(const struct where *where, const void *record)
{
    return !where || node_matches(where, where->root, record);
}
