#include "query/where.h"

#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum field {
    FIELD_SIZE,
    FIELD_ALIGN,
    FIELD_MEMBERS,
    FIELD_HOLES,
    FIELD_WASTE,
    FIELD_DEEP_WASTE,
    FIELD_SAVINGS,
    FIELD_CACHELINES,
    FIELD_STRADDLERS,
    FIELD_HOT,
    FIELD_CONTENDED,
    FIELD_COPIES,
    FIELD_LINE,
    FIELD_NAME, // texts from here on
    FIELD_KIND,
    FIELD_LANGUAGE,
    FIELD_FILE,
    FIELDS_COUNT
};

static const char *const field_names[FIELDS_COUNT] = {
    "size", "align",     "members", "holes", "waste", "deep_waste", "savings",  "cachelines", "straddlers",
    "hot",  "contended", "copies",  "line",  "name",  "kind",       "language", "file",
};

enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_NUMBER, NODE_TEXT };

enum operation { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LIKE, NOT_LIKE };

struct node {
    enum node_kind kind;
    size_t left, right; // OR, AND; NOT: left
    enum field field;
    enum operation operation;
    uint64_t number;
    char *text;
    regex_t *pattern; // of LIKE and NOT_LIKE
};

struct where {
    VEC(struct node) nodes;
    size_t root;
};

static void node_free(struct node *node)
{
    free(node->text);
    if (node->pattern)
        regfree(node->pattern);
    free(node->pattern);
}

void where_free(struct where *where)
{
    if (!where)
        return;
    vec_foreach (struct node *, node, &where->nodes)
        node_free(node);
    vec_free(&where->nodes);
    free(where);
}

// --- Parsing ---

// Each term may nest: parentheses, "!" and, since AND and OR lean to the left, the length of a chain.
enum { TERMS_MOST = 1000 };

struct parser {
    const char *text, *at;
    struct where *where;
    unsigned terms;
};

static struct error *complain(const struct parser *parser, const char *at, const char *what)
{
    return error_create(ERROR_USAGE, "--where: column %zu: %s", (size_t)(at - parser->text) + 1, what);
}

static void skip_spaces(struct parser *parser)
{
    while (isspace((unsigned char)*parser->at))
        parser->at++;
}

static bool take(struct parser *parser, const char *token)
{
    skip_spaces(parser);
    size_t length = strlen(token);
    if (strncmp(parser->at, token, length))
        return false;
    parser->at += length;
    return true;
}

// Takes over what the node owns.
static struct error *add_node(struct parser *parser, struct node node, size_t *number)
{
    *number = parser->where->nodes.length;
    if (vec_push(&parser->where->nodes, node))
        return NULL;
    node_free(&node);
    return &error_out_of_memory;
}

static struct error *parse_or(struct parser *parser, size_t *number);

// By its name, or by the title of its column in a list.
static bool field_is_called(enum field field, const char *word, size_t length)
{
    static const char *const titles[FIELDS_COUNT] = {
        [FIELD_DEEP_WASTE] = "deep", [FIELD_SAVINGS] = "saves", [FIELD_CACHELINES] = "lines"};
    const char *name = field_names[field], *title = titles[field];
    return (strlen(name) == length && !strncmp(name, word, length)) ||
           (title && strlen(title) == length && !strncmp(title, word, length));
}

static struct error *parse_field(struct parser *parser, enum field *field)
{
    skip_spaces(parser);
    const char *start = parser->at;
    while (isalnum((unsigned char)*parser->at) || *parser->at == '_')
        parser->at++;
    size_t length = (size_t)(parser->at - start);
    for (int i = 0; i < FIELDS_COUNT; i++) {
        if (field_is_called((enum field)i, start, length)) {
            *field = (enum field)i;
            return NULL;
        }
    }
    if (!length)
        return complain(parser, start, *start ? "a field is expected here" : "a comparison is missing");
    return complain(parser, start,
                    "no such field; there are size, align, members, holes, waste, deep_waste, savings, "
                    "cachelines, straddlers, hot, contended, copies, line, name, kind, language, file");
}

static struct error *parse_operation(struct parser *parser, enum operation *operation)
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

static struct error *parse_number(struct parser *parser, uint64_t *number)
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

static struct error *parse_text(struct parser *parser, char **text)
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

static struct error *compile(const struct parser *parser, const char *at, struct node *node)
{
    regex_t *pattern = malloc(sizeof(*pattern));
    if (!pattern)
        return &error_out_of_memory;
    int code = regcomp(pattern, node->text, REG_EXTENDED | REG_NOSUB);
    if (!code) {
        node->pattern = pattern;
        return NULL;
    }
    char message[128];
    regerror(code, pattern, message, sizeof(message));
    free(pattern);
    return complain(parser, at, message);
}

static struct error *parse_comparison(struct parser *parser, size_t *number)
{
    struct node node = {0};
    RETURN_IF_ERROR(parse_field(parser, &node.field));
    skip_spaces(parser);
    const char *at = parser->at;
    RETURN_IF_ERROR(parse_operation(parser, &node.operation));
    bool is_text = node.field >= FIELD_NAME, is_like = node.operation >= LIKE;
    if (is_text ? node.operation >= LESS && !is_like : is_like)
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

static struct error *parse_group(struct parser *parser, size_t *number)
{
    const char *open = parser->at - 1;
    RETURN_IF_ERROR(parse_or(parser, number));
    return take(parser, ")") ? NULL : complain(parser, open, "this ( has no )");
}

static struct error *parse_unary(struct parser *parser, size_t *number)
{
    skip_spaces(parser);
    if (++parser->terms > TERMS_MOST)
        return complain(parser, parser->at, "too many terms");
    if (take(parser, "("))
        return parse_group(parser, number);
    if (!take(parser, "!"))
        return parse_comparison(parser, number);
    struct node node = {.kind = NODE_NOT};
    RETURN_IF_ERROR(parse_unary(parser, &node.left));
    return add_node(parser, node, number);
}

static struct error *parse_and(struct parser *parser, size_t *number)
{
    RETURN_IF_ERROR(parse_unary(parser, number));
    while (take(parser, "&&")) {
        struct node node = {.kind = NODE_AND, .left = *number};
        RETURN_IF_ERROR(parse_unary(parser, &node.right));
        RETURN_IF_ERROR(add_node(parser, node, number));
    }
    return NULL;
}

static struct error *parse_or(struct parser *parser, size_t *number)
{
    RETURN_IF_ERROR(parse_and(parser, number));
    while (take(parser, "||")) {
        struct node node = {.kind = NODE_OR, .left = *number};
        RETURN_IF_ERROR(parse_and(parser, &node.right));
        RETURN_IF_ERROR(add_node(parser, node, number));
    }
    return NULL;
}

struct error *where_parse(const char *text, struct where **where)
{
    struct where *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    struct parser parser = {.text = text, .at = text, .where = made};
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

static bool number_of(const struct type_summary *summary, enum field field, uint64_t *number)
{
    switch (field) {
    case FIELD_SIZE:
        *number = summary->size_bytes;
        return summary->size_known;
    case FIELD_ALIGN:
        *number = summary->align_bytes;
        return summary->align_bytes != 0;
    case FIELD_MEMBERS:
        *number = summary->members;
        return true;
    case FIELD_HOLES:
        *number = summary->holes;
        return true;
    case FIELD_WASTE:
        *number = bits_to_bytes(summary->own_waste_bits);
        return true;
    case FIELD_DEEP_WASTE:
        *number = bits_to_bytes(summary->deep_waste_bits);
        return true;
    case FIELD_SAVINGS:
        *number = summary->savings_bytes;
        return true;
    case FIELD_CACHELINES:
        *number = summary->cache_lines;
        return true;
    case FIELD_STRADDLERS:
        *number = summary->straddlers;
        return true;
    case FIELD_HOT:
        *number = summary->hot_members;
        return true;
    case FIELD_CONTENDED:
        *number = summary->contended_lines;
        return true;
    case FIELD_COPIES:
        *number = summary->copies;
        return true;
    default:
        *number = summary->declared_line;
        return summary->declared_line != 0;
    }
}

static bool number_matches(const struct node *node, const struct type_summary *summary)
{
    uint64_t number;
    if (!number_of(summary, node->field, &number))
        return false;
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

static const char *text_of(const struct type_summary *summary, enum field field)
{
    switch (field) {
    case FIELD_NAME:
        return summary->name;
    case FIELD_KIND:
        return summary->kind;
    case FIELD_LANGUAGE:
        return summary->language;
    default:
        return summary->declared_file;
    }
}

static bool text_matches(const struct node *node, const struct type_summary *summary)
{
    const char *text = text_of(summary, node->field);
    if (!text)
        text = "";
    switch (node->operation) {
    case EQUAL:
        return !strcmp(text, node->text);
    case NOT_EQUAL:
        return strcmp(text, node->text) != 0;
    case LIKE:
        return !regexec(node->pattern, text, 0, NULL, 0);
    default:
        return regexec(node->pattern, text, 0, NULL, 0) != 0;
    }
}

static bool node_matches(const struct where *where, size_t number, const struct type_summary *summary)
{
    const struct node *node = &where->nodes.data[number];
    switch (node->kind) {
    case NODE_OR:
        return node_matches(where, node->left, summary) || node_matches(where, node->right, summary);
    case NODE_AND:
        return node_matches(where, node->left, summary) && node_matches(where, node->right, summary);
    case NODE_NOT:
        return !node_matches(where, node->left, summary);
    case NODE_NUMBER:
        return number_matches(node, summary);
    case NODE_TEXT:
        return text_matches(node, summary);
    }
    return false;
}

bool where_matches(const struct where *where, const struct type_summary *summary)
{
    return !where || node_matches(where, where->root, summary);
}
