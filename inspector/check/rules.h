// SPDX-License-Identifier: MIT
// Layout budgets: rules of a small file, and the types that break them.
//
//     # the ring of the driver
//     type ring_buffer            a name, a glob ("list_*") or /a regular expression/, to the end of the
//     line; type ring_buffer_old        several in a row share the rules below them
//         max_size 128
//         max_waste 8             holes and padding, bytes
//         no_holes
//         no_straddling           no member crosses a cache line without need
//         no_false_sharing        members of atomic and lock types lie on cache lines of their own
//         offset(head) == 0       also size(head); a member in a member: offset(header.length)
//         same_line(head, tail)
//         separate_lines(lock, data)
//         order(b, c@64, a)       these members stand in this order (with alignments: at multiples of them)
//         align >= 64             size align waste deep_waste holes members cachelines straddlers savings
//                                 with == != < <= > >=
//     file *.ko                   the types below are looked for in files of that path or name only, up to the
//                                 next such line; "file *": in all again
//     hot my_lock_t               a further type that threads contend for, a name or a glob
#ifndef STRATA_CHECK_RULES_H
#define STRATA_CHECK_RULES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/output.h"
#include "layout/layout.h"

enum rule_kind {
    RULE_COMPARE,
    RULE_SAME_LINE,
    RULE_SEPARATE_LINES,
    RULE_NO_FALSE_SHARING,
    RULE_ORDER,
};

enum rule_metric {
    METRIC_SIZE,
    METRIC_ALIGN,
    METRIC_WASTE,
    METRIC_DEEP_WASTE,
    METRIC_HOLES,
    METRIC_MEMBERS,
    METRIC_CACHELINES,
    METRIC_STRADDLERS,
    METRIC_SAVINGS,
    METRIC_OFFSET, // of a member, as is the next
    METRIC_MEMBER_SIZE,
    METRICS
};

enum rule_operation {
    RULE_EQUAL,
    RULE_NOT_EQUAL,
    RULE_LESS,
    RULE_LESS_EQUAL,
    RULE_GREATER,
    RULE_GREATER_EQUAL
};

struct rule {
    enum rule_kind kind;
    enum rule_metric metric; // RULE_COMPARE, as are the next two
    enum rule_operation operation;
    uint64_t number;
    const char *fields[2]; // paths of members; NULL: the rule has none. RULE_ORDER: the order in the first
    const char *text;      // as in the file, without spaces around it
    unsigned line;
};

struct rules_pattern {
    const char *text;
    unsigned line, column;
};

// Rules and the types they are for.
struct rules_block {
    const struct rules_pattern *file; // of the files that it is for; NULL: all
    struct rules_pattern *patterns;
    size_t patterns_count;
    struct rule *rules;
    size_t rules_count;
};

struct rules {
    struct rules_block *blocks;
    size_t blocks_count;
    const char **hot_types;
    size_t hot_types_count;
    struct arena arena; // owns all texts
};

// Reads rules from `length` bytes of text; `path` is for messages. ERROR_USAGE as "path:line:column: …",
// columns counted from 1 in bytes.
MUST_USE struct error *rules_parse(const char *text, size_t length, const char *path, struct rules **rules);
void rules_free(struct rules *rules); // NULL is fine

// One rule that a type does not keep.
struct rule_break {
    const struct rule *rule;
    const char *message; // "size is 24"
    bool has_value;      // of RULE_COMPARE where the value is known
    uint64_t value;
    const struct member *member; // that it is about; NULL: the type as a whole
};

// Whether the type of `layout` keeps the rule; if not, *is_broken and *broken. Texts live in `arena`. Fails
// only when memory is short.
MUST_USE struct error *rule_check(const struct rules *rules, const struct rule *rule,
                                  struct layouter *layouter, const struct layout *layout, struct arena *arena,
                                  bool *is_broken, struct rule_break *broken);

// The words of rules that are no comparison, and what comparisons are of: "offset(m)" of a member.
void rules_name_rules(struct output *output, const char *separator);
void rules_name_metrics(struct output *output, const char *separator);

// "size", "offset", "same-line", "false-sharing", …: what tools call the rule by.
const char *rule_id(const struct rule *rule);

// Whether a break with `value` is no worse than one with `blessed` was: nearer to what the rule wants, or as
// far.
bool rule_is_no_worse(const struct rule *rule, uint64_t value, uint64_t blessed);

#endif
