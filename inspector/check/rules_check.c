// SPDX-License-Identifier: MIT
// Whether a type keeps a rule.
#include "check/rules.h"

#include "layout/pack.h"
#include "layout/pack_order.h"
#include "layout/sharing.h"

#include <inttypes.h>
#include <string.h>

struct checker {
    const struct rules *rules;
    const struct rule *rule;
    struct layouter *layouter;
    const struct layout *layout;
    struct arena *arena;
    struct rule_break *broken;
    bool *is_broken;
};

static struct error *breaks(struct checker *checker, const char *message)
{
    *checker->is_broken = true;
    checker->broken->message = message;
    return message ? NULL : &error_out_of_memory;
}

#define BREAKS(checker, ...) breaks(checker, arena_format((checker)->arena, __VA_ARGS__))

// --- Members by path ---

struct rule_place {
    const struct member *member; // NULL: there is none
    const struct member *direct; // the member of the type itself that it is, or lies in
    bool is_known;
    uint64_t offset_bits, size_bits;
};

enum { DEPTH_MOST = 32, STEPS_MOST = 100000 };

// Finds `name` among the members and those of nameless ones.
static bool find_member(const struct type *type, const char *name, size_t length, unsigned depth,
                        unsigned *steps, struct rule_place *place)
{
    for (size_t i = 0; i < type->members_count && ++*steps < STEPS_MOST; i++) {
        const struct member *member = &type->members[i];
        struct rule_place before = *place;
        if (!place->direct)
            place->direct = member;
        place->is_known &= member->offset_known;
        place->offset_bits += member->offset_bits;
        if (member->name && strlen(member->name) == length && !strncmp(member->name, name, length)) {
            place->member = member;
            place->is_known &= member->size_known;
            place->size_bits = member->size_bits;
            return true;
        }
        const struct type *inner = type_strip(member->type);
        if (!member->name && depth < DEPTH_MOST && type_has_members(inner) &&
            find_member(inner, name, length, depth + 1, steps, place))
            return true;
        *place = before;
    }
    return false;
}

static struct rule_place find_path(const struct type *type, const char *path)
{
    struct rule_place place = {.is_known = true};
    unsigned steps = 0;
    for (unsigned depth = 0; depth < DEPTH_MOST; depth++) {
        // A name may hold dots itself (Go's embedded types): the whole is tried first.
        size_t length = strlen(path);
        if (find_member(type, path, length, 0, &steps, &place))
            return place;
        length = strcspn(path, ".");
        if (!path[length] || !find_member(type, path, length, 0, &steps, &place))
            return (struct rule_place){0};
        type = type_strip(place.member->type);
        path += length + 1;
    }
    return (struct rule_place){0};
}

static struct error *no_such_member(struct checker *checker, const char *path)
{
    return BREAKS(checker, "there is no member %s", path);
}

// --- Comparisons ---

static bool compares(const struct rule *rule, uint64_t value)
{
    switch (rule->operation) {
    case RULE_EQUAL:
        return value == rule->number;
    case RULE_NOT_EQUAL:
        return value != rule->number;
    case RULE_LESS:
        return value < rule->number;
    case RULE_LESS_EQUAL:
        return value <= rule->number;
    case RULE_GREATER:
        return value > rule->number;
    case RULE_GREATER_EQUAL:
        break;
    }
    return value >= rule->number;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

bool rule_is_no_worse(const struct rule *rule, uint64_t value, uint64_t blessed)
{
    if (rule->operation == RULE_NOT_EQUAL)
        return value == blessed;
    return distance(value, rule->number) <= distance(blessed, rule->number);
}

static const char *metric_words_of(enum rule_metric metric)
{
    static const char *const words[METRICS] = {
        [METRIC_SIZE] = "size",
        [METRIC_ALIGN] = "alignment",
        [METRIC_WASTE] = "waste",
        [METRIC_DEEP_WASTE] = "waste with nested",
        [METRIC_HOLES] = "number of holes",
        [METRIC_MEMBERS] = "number of members",
        [METRIC_CACHELINES] = "number of cache lines",
        [METRIC_STRADDLERS] = "number of members that cross cache lines",
        [METRIC_SAVINGS] = "number of bytes that a better order saves",
        [METRIC_OFFSET] = "offset",
        [METRIC_MEMBER_SIZE] = "size",
    };
    return words[metric];
}

static struct error *compare_value(struct checker *checker, bool is_known, uint64_t value)
{
    const struct rule *rule = checker->rule;
    const char *what = metric_words_of(rule->metric), *field = rule->fields[0];
    if (!is_known)
        return BREAKS(checker, "the %s%s%s is unknown", what, field ? " of " : "", field ? field : "");
    if (compares(rule, value))
        return NULL;
    checker->broken->has_value = true;
    checker->broken->value = value;
    return BREAKS(checker, "the %s%s%s is %" PRIu64, what, field ? " of " : "", field ? field : "", value);
}

static const struct member *first_straddler(const struct layout *layout)
{
    for (size_t i = 0; i < layout->type->members_count; i++)
        if (layout_member_straddles(layout, &layout->type->members[i]))
            return &layout->type->members[i];
    return NULL;
}

static struct error *check_member_metric(struct checker *checker)
{
    const struct rule *rule = checker->rule;
    struct rule_place place = find_path(checker->layout->type, rule->fields[0]);
    if (!place.member)
        return no_such_member(checker, rule->fields[0]);
    checker->broken->member = place.direct;
    uint64_t bits = rule->metric == METRIC_OFFSET ? place.offset_bits : place.size_bits;
    if (place.is_known && bits % 8)
        return BREAKS(checker, "the %s of %s is %" PRIu64 " bits, no whole bytes",
                      metric_words_of(rule->metric), rule->fields[0], bits);
    return compare_value(checker, place.is_known, bits / 8);
}

static struct error *check_comparison(struct checker *checker)
{
    const struct layout *layout = checker->layout;
    struct pack pack;
    switch (checker->rule->metric) {
    case METRIC_SIZE:
        return compare_value(checker, layout->size_known, layout->size_bits / 8);
    case METRIC_ALIGN:
        return compare_value(checker, layout->align.bytes != 0, layout->align.bytes);
    case METRIC_WASTE:
        return compare_value(checker, layout->size_known, bits_to_bytes(layout->own_waste_bits));
    case METRIC_DEEP_WASTE:
        return compare_value(checker, layout->size_known, bits_to_bytes(layout->deep_waste_bits));
    case METRIC_HOLES:
        checker->broken->member = layout->gaps_count ? layout->gaps[0].after : NULL;
        return compare_value(checker, layout->size_known, layout->holes_count);
    case METRIC_MEMBERS:
        return compare_value(checker, true, layout->type->members_count + layout->variants_count);
    case METRIC_CACHELINES:
        return compare_value(checker, layout->size_known, layout->cache_lines);
    case METRIC_STRADDLERS:
        checker->broken->member = first_straddler(layout);
        return compare_value(checker, layout->size_known, layout->straddlers_count);
    case METRIC_SAVINGS:
        RETURN_IF_ERROR(pack_compute(checker->layouter, layout, NULL, checker->arena, &pack));
        return compare_value(checker, true, pack_savings_bytes(&pack));
    default:
        return check_member_metric(checker);
    }
}

// --- Cache lines ---

struct lines {
    uint64_t first, last;
};

static struct lines lines_of(const struct rule_place *place, uint64_t line_bits)
{
    uint64_t last_bit = place->size_bits ? place->offset_bits + place->size_bits - 1 : place->offset_bits;
    return (struct lines){place->offset_bits / line_bits, last_bit / line_bits};
}

static struct error *check_lines(struct checker *checker)
{
    const struct rule *rule = checker->rule;
    const uint64_t line_bits = 8 * checker->layout->cacheline_bytes;
    struct lines lines[2];
    for (int i = 0; i < 2; i++) {
        struct rule_place place = find_path(checker->layout->type, rule->fields[i]);
        if (!place.member)
            return no_such_member(checker, rule->fields[i]);
        checker->broken->member = place.direct;
        if (!place.is_known)
            return BREAKS(checker, "the place of %s is unknown", rule->fields[i]);
        lines[i] = lines_of(&place, line_bits);
    }
    bool share = lines[0].first <= lines[1].last && lines[1].first <= lines[0].last;
    bool is_one = lines[0].first == lines[1].last && lines[1].first == lines[0].last;
    if (rule->kind == RULE_SAME_LINE && !is_one)
        return BREAKS(checker, "%s lies in cache line %" PRIu64 "%s, %s in %" PRIu64 "%s", rule->fields[0],
                      lines[0].first, lines[0].last > lines[0].first ? " and on" : "", rule->fields[1],
                      lines[1].first, lines[1].last > lines[1].first ? " and on" : "");
    if (rule->kind == RULE_SEPARATE_LINES && share)
        return BREAKS(checker, "%s and %s both lie in cache line %" PRIu64, rule->fields[0], rule->fields[1],
                      lines[0].first > lines[1].first ? lines[0].first : lines[1].first);
    return NULL;
}

static const char *name_of(const struct member *member)
{
    return member->name ? member->name : "(anonymous)";
}

static struct error *check_sharing(struct checker *checker)
{
    struct sharing sharing;
    struct sharing_options options = {checker->rules->hot_types, checker->rules->hot_types_count};
    RETURN_IF_ERROR(sharing_compute(checker->layouter, checker->layout, &options, checker->arena, &sharing));
    if (!sharing.lines_count)
        return NULL;
    const struct sharing_line *line = &sharing.lines[0];
    checker->broken->member = line->hot;
    if (!line->other)
        return BREAKS(checker, "elements of %s share cache line %" PRIu64, name_of(line->hot), line->line);
    return BREAKS(checker,
                  "%s shares cache line %" PRIu64
                  " with %s; with hot members on lines of their own it needs %" PRIu64 " bytes",
                  name_of(line->hot), line->line, name_of(line->other), sharing.parted_bytes);
}

// --- Orders ---

// Members in the order that the rule names, each at a multiple of what stands behind its @; padding and nameless ones are passed over.
static struct error *check_order(struct checker *checker)
{
    const char *at = checker->rule->fields[0], *end = at + strlen(at);
    struct rule_place before = {0};
    for (;;) {
        struct order_part part;
        bool found;
        RETURN_IF_ERROR(order_part_next(&at, end, &part, &found));
        if (!found)
            return NULL;
        if (!part.name)
            continue;
        const char *name = arena_copy_text(checker->arena, part.name, part.length);
        if (!name)
            return &error_out_of_memory;
        const struct rule_place place = find_path(checker->layout->type, name);
        if (!place.member)
            return no_such_member(checker, name);
        checker->broken->member = place.direct;
        if (!place.is_known)
            return BREAKS(checker, "the place of %s is unknown", name);
        if (before.member && place.offset_bits < before.offset_bits)
            return BREAKS(checker, "%s is at offset %" PRIu64 ", before %s at %" PRIu64, name,
                          place.offset_bits / 8, name_of(before.member), before.offset_bits / 8);
        if (part.align_bytes && place.offset_bits % (8 * part.align_bytes))
            return BREAKS(checker, "%s is at offset %" PRIu64 ", no multiple of %" PRIu64, name,
                          place.offset_bits / 8, part.align_bytes);
        before = place;
    }
}

struct error *rule_check(const struct rules *rules, const struct rule *rule, struct layouter *layouter,
                         const struct layout *layout, struct arena *arena, bool *is_broken,
                         struct rule_break *broken)
{
    *is_broken = false;
    *broken = (struct rule_break){.rule = rule};
    struct checker checker = {rules, rule, layouter, layout, arena, broken, is_broken};
    switch (rule->kind) {
    case RULE_COMPARE:
        return check_comparison(&checker);
    case RULE_NO_FALSE_SHARING:
        return check_sharing(&checker);
    case RULE_ORDER:
        return check_order(&checker);
    default:
        return check_lines(&checker);
    }
}
