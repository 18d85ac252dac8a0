// SPDX-License-Identifier: MIT
// SARIF as a report: holes, padding and straddling members as results at
// the place where the type, or the member behind the hole, is declared. All are notes: nothing here is wrong,
// only large.
#include "report/sarif.h"
#include "report/sharing.h"
#include "report/writers.h"

#include <inttypes.h>

enum finding { FINDING_HOLE, FINDING_PADDING, FINDING_STRADDLE, FINDING_SHARING, FINDINGS };

static const struct sarif_rule rules[FINDINGS] = {
    [FINDING_HOLE] =
        {"hole", "HoleBetweenMembers", "note", "Unused bytes between members",
         "A member needs an alignment that the end of the member before it does not have, so the "
         "compiler leaves bytes unused.",
         "Another order of members may need fewer bytes: strata pack FILE TYPE looks for the best."},
    [FINDING_PADDING] =
        {"padding", "PaddingAtTheEnd", "note", "Unused bytes at the end of a type",
         "The size of a type is a multiple of its alignment, so that arrays of it are aligned.",
         "Another order of members may need fewer bytes (strata pack FILE TYPE looks for the "
         "best), or room for a further member is here for free."},
    [FINDING_STRADDLE] =
        {"straddle", "StraddlingMember", "note", "A member crosses a border of cache lines without need",
         "The member is no larger than a cache line and lies in two: each access may touch both.",
         "Move the member, or align it, so that it lies in one line."},
    [FINDING_SHARING] = {"false-sharing", "FalseSharing", "warning",
                         "Members that threads contend for lie in one cache line",
                         "What one processor writes takes the whole line away from all others.",
                         "Align the members to a line, or put padding or rarely used members between them."},
};

// --- Results ---

static void quoted_name(struct output *output, const char *name)
{
    output_text(output, name ? "'" : "");
    sarif_message_name(output, name ? name : "an anonymous member");
    output_text(output, name ? "'" : "");
}

static void size_text(struct output *output, uint64_t bits)
{
    bool is_bytes = bits % 8 == 0;
    uint64_t number = is_bytes ? bits / 8 : bits;
    output_format(output, "%" PRIu64 " %s%s", number, is_bytes ? "byte" : "bit", number == 1 ? "" : "s");
}

// What every message begins and ends with: "struct Demo: …, at offset 9 of 24 bytes".
static void type_words(struct output *output, const struct described_type *type)
{
    output_format(output, "%s ", type->kind_word);
    sarif_message_name(output, type->name ? type->name : "(anonymous)");
    output_text(output, ": ");
}

static void offset_words(struct output *output, const struct described_type *type, uint64_t offset_bits)
{
    output_format(output, ", at offset %" PRIu64, offset_bits / 8);
    if (offset_bits % 8)
        output_format(output, " bit %" PRIu64, offset_bits % 8);
    if (type->layout->size_known)
        output_format(output, " of %" PRIu64 " bytes", type->layout->size_bits / 8);
}

struct report_finding {
    enum finding kind;
    uint64_t line;         // 0: the type's
    const char *mark;      // what stays the same when lines move: part of the fingerprint
    struct output message; // a text
};

static void finding_json(struct output *output, const struct report_document *about,
                         const struct described_type *type, struct report_finding *finding)
{
    const struct sarif_rule *rule = &rules[finding->kind];
    output_char(&finding->message, '\0');
    struct output fingerprint = {0};
    output_format(&fingerprint, "%s %s %s", rule->id, type->name ? type->name : "",
                  finding->mark ? finding->mark : "");
    output_char(&fingerprint, '\0');
    if (!fingerprint.out_of_memory && !finding->message.out_of_memory)
        sarif_result(output, about,
                     &(struct sarif_result){.rules = rules,
                                            .rule = finding->kind,
                                            .is_indexed = true,
                                            .message = finding->message.data,
                                            .folder = type->declared_folder,
                                            .file = type->declared_file,
                                            .line = finding->line ? finding->line : type->declared_line,
                                            .type_name = type->name,
                                            .fingerprint = fingerprint.data});
    output->out_of_memory |= fingerprint.out_of_memory | finding->message.out_of_memory;
    output_free(&fingerprint);
    output_free(&finding->message);
}

static void gap_result(struct output *output, const struct report_document *about,
                       const struct described_type *type, const struct layout_gap *gap)
{
    bool is_padding = gap->class == LAYOUT_TAIL_PADDING || !gap->after;
    struct report_finding result = {.kind = is_padding ? FINDING_PADDING : FINDING_HOLE,
                                    .line = gap->after ? gap->after->declared_line : 0,
                                    .mark = gap->after ? gap->after->name : NULL};
    type_words(&result.message, type);
    size_text(&result.message, gap->size_bits);
    output_text(&result.message, is_padding ? " of padding at the end" : " unused before ");
    if (!is_padding)
        quoted_name(&result.message, gap->after->name);
    offset_words(&result.message, type, gap->offset_bits);
    finding_json(output, about, type, &result);
}

static void straddle_result(struct output *output, const struct report_document *about,
                            const struct described_type *type, const struct row *row)
{
    struct report_finding result = {
        .kind = FINDING_STRADDLE, .line = row->member->declared_line, .mark = row->name};
    type_words(&result.message, type);
    quoted_name(&result.message, row->name);
    output_format(&result.message, " crosses a border of cache lines of %" PRIu64 " bytes",
                  type->layout->cacheline_bytes);
    offset_words(&result.message, type, row->offset_bits);
    finding_json(output, about, type, &result);
}

static void sharing_result(struct output *output, const struct report_document *about,
                           const struct described_type *type, const struct sharing_line *line,
                           const struct sharing_line *last)
{
    struct report_finding result = {
        .kind = FINDING_SHARING, .line = line->hot->declared_line, .mark = line->hot->name};
    type_words(&result.message, type);
    output_text(&result.message, line->other ? "" : "elements of ");
    quoted_name(&result.message, line->hot->name);
    if (line->other) {
        output_text(&result.message, line->hot_count == 2 ? " and " : ", ");
        quoted_name(&result.message, line->other->name);
    }
    if (line->hot_count > 2)
        output_format(&result.message, " and %zu more", line->hot_count - 2);
    output_format(&result.message, " share cache line %" PRIu64, line->line);
    if (last != line)
        output_format(&result.message, " (and so on to line %" PRIu64 ")", last->line);
    finding_json(output, about, type, &result);
}

static struct error *findings_encode(struct output *chunk, const struct report_document *about,
                                     const void *item)
{
    const struct described_type *type = item;
    const struct layout *layout = type->layout;
    for (size_t i = 0; i < layout->gaps_count; i++)
        if (layout->gaps[i].class != LAYOUT_UNKNOWN)
            gap_result(chunk, about, type, &layout->gaps[i]);
    for (size_t i = 0; i < type->rows.count; i++)
        if (type->rows.data[i].straddles && type->rows.data[i].depth == 0)
            straddle_result(chunk, about, type, &type->rows.data[i]);
    size_t next = 0;
    for (const struct sharing_line *line, *last;
         type->sharing && (line = sharing_next(type->sharing, &next, &last));)
        sharing_result(chunk, about, type, line, last);
    return NULL;
}

// --- The log ---

static struct error *findings_finish(struct document *document)
{
    return sarif_finish(document, rules, FINDINGS, false);
}

const struct writer report_sarif = {.name = "sarif",
                                    .endings = {".sarif"},
                                    .other_endings = {".sarif.json"},
                                    .meaning = "holes as results of an analysis",
                                    .needs = DESCRIBE_ROWS | DESCRIBE_SHARING,
                                    .document_bytes = sizeof(struct sarif_document),
                                    .open = sarif_open,
                                    .encode = findings_encode,
                                    .take = sarif_take,
                                    .finish = findings_finish,
                                    .discard = sarif_discard};
