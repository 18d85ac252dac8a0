// SPDX-License-Identifier: MIT
#include "report/verify.h"

#include "report/document.h"
#include "report/ink.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t verify_findings(const struct verify_part *part)
{
    size_t count = part->check ? part->check->findings : 0;
    count += part->sources ? part->sources->differences_count : 0;
    return count + (part->abi ? part->abi->verdict_counts[ABI_DIFFERS] : 0);
}

// --- The cross-check as a table ---

enum { NAME_WIDTH = 28, COLUMN_WIDTH = 12, CELL_BYTES = 64 };

static const char *mark_of(const struct report_style *style)
{
    return style->ascii ? "<- differs" : "◄ differs";
}

static void cell_text(char text[CELL_BYTES], const struct report_style *style,
                      const struct statement *statement, const struct statement *size)
{
    char number[NUMBER_BYTES], width[NUMBER_BYTES];
    if (statement->kind == SAYS_ABSENT)
        snprintf(text, CELL_BYTES, "absent");
    else if (statement->kind == SAYS_NOTHING)
        snprintf(text, CELL_BYTES, "-");
    else if (size && size->kind == SAYS_NUMBER)
        snprintf(text, CELL_BYTES, "%s +%s", number_text(number, style, statement->bytes),
                 number_text(width, style, size->bytes));
    else
        snprintf(text, CELL_BYTES, "%s", number_text(number, style, statement->bytes));
}

// The other half of a field's row: its size next to its offset.
static const struct fact *size_of_field(const struct subject *subject, const struct fact *offset)
{
    for (size_t i = 0; i < subject->facts_count; i++) {
        const struct fact *fact = &subject->facts[i];
        if (fact->quantity == QUANTITY_FIELD_SIZE && fact->field && !strcmp(fact->field, offset->field))
            return fact;
    }
    return NULL;
}

static void note_line(struct output *output, const struct report_style *style, const char *note)
{
    if (!note)
        return;
    output_text(output, "      ");
    ink_name(output, style, INK_DIM, note);
    output_char(output, '\n');
}

static void fact_row(struct output *output, const struct report_style *style, const struct crosscheck *check,
                     const struct subject *subject, const struct fact *fact)
{
    const struct fact *size = fact->field ? size_of_field(subject, fact) : NULL;
    bool differs = fact->verdict == FACT_DIFFERS || (size && size->verdict == FACT_DIFFERS);
    output_text(output, "  ");
    size_t cells = ink_name(output, style, differs ? INK_WARN : INK_PLAIN,
                            fact->field ? fact->field : quantity_word(fact->quantity));
    output_spaces(output, cells + 2 < NAME_WIDTH ? NAME_WIDTH - cells - 2 : 1);
    for (size_t w = 0; w < check->witnesses_count; w++) {
        char text[CELL_BYTES];
        cell_text(text, style, &fact->statements[w], size ? &size->statements[w] : NULL);
        output_right(output, text, COLUMN_WIDTH);
    }
    if (differs) {
        output_text(output, "  ");
        ink_text(output, style, INK_WARN, mark_of(style));
    }
    output_char(output, '\n');
    note_line(output, style, fact->note);
    note_line(output, style, size ? size->note : NULL);
}

static bool subject_differs(const struct subject *subject)
{
    for (size_t i = 0; i < subject->facts_count; i++)
        if (subject->facts[i].verdict == FACT_DIFFERS)
            return true;
    return false;
}

static void subject_table(struct output *output, const struct verify_document *look,
                          const struct crosscheck *check, const struct subject *subject)
{
    const struct report_style *style = &look->document.style;
    size_t cells = ink_name(output, style, INK_STRONG, subject->name);
    output_spaces(output, cells < NAME_WIDTH ? NAME_WIDTH - cells : 1);
    ink_start(output, style, INK_DIM);
    for (size_t w = 0; w < check->witnesses_count; w++)
        output_right(output, check->witnesses[w].name, COLUMN_WIDTH);
    ink_stop(output, style, INK_DIM);
    output_char(output, '\n');
    for (size_t i = 0; i < subject->facts_count; i++)
        if (subject->facts[i].quantity != QUANTITY_FIELD_SIZE)
            fact_row(output, style, check, subject, &subject->facts[i]);
    output_char(output, '\n');
}

// With a file, what it says nothing of is strata's own business and not drawn.
static bool is_shown(const struct verify_document *look, const struct verify_part *part,
                     const struct subject *subject)
{
    if (look->all || subject_differs(subject) || part->target == SIZE_MAX)
        return true;
    if (strncmp(subject->name, "bucket ", 7))
        return subject->is_complete[part->target];
    return false;
}

static void crosscheck_text(struct output *output, const struct verify_document *look,
                            const struct verify_part *part)
{
    const struct crosscheck *check = part->check;
    size_t hidden = 0;
    for (size_t s = 0; s < check->subjects_count; s++) {
        const struct subject *subject = &check->subjects[s];
        if (is_shown(look, part, subject))
            subject_table(output, look, check, subject);
        else
            hidden += part->target == SIZE_MAX || subject->is_complete[part->target];
    }
    if (hidden)
        output_format(output, "and the buckets of %zu map types, which agree (--all shows them)\n\n", hidden);
    if (look->explain) {
        for (size_t w = 0; w < check->witnesses_count; w++) {
            ink_text(output, &look->document.style, INK_STRONG, check->witnesses[w].name);
            output_spaces(output,
                          strlen(check->witnesses[w].name) < 10 ? 10 - strlen(check->witnesses[w].name) : 1);
            ink_name(output, &look->document.style, INK_PLAIN, check->witnesses[w].how);
            output_char(output, '\n');
        }
        output_text(output, "A cell is an offset +size in bytes; - is a witness that cannot know.\n\n");
    }
    output_format(output, "%zu facts agree, %zu differ\n", check->agreements, check->findings);
}

// --- The recomputation ---

static void difference_line(struct output *output, const struct report_style *style,
                            const struct verify_difference *difference)
{
    output_text(output, "      ");
    ink_name(output, style, INK_WARN, difference->field ? difference->field : "the size");
    output_text(output, difference->field ? " is recorded at " : " is recorded as ");
    size_words(output, difference->recorded_bits);
    output_text(output, difference->field ? ", the ABI puts it at " : ", the ABI makes it ");
    size_words(output, difference->computed_bits);
    if (difference->may_be_unnamed_bits)
        output_text(output, difference->field ? "; or unnamed bit-fields stand before it"
                                              : "; or unnamed bit-fields stand at the end");
    output_char(output, '\n');
}

static void abi_row_text(struct output *output, const struct verify_document *look,
                         const struct verify_abi_row *row)
{
    const struct report_style *style = &look->document.style;
    output_format(output, "  %-10s%s ", abi_verdict_word(row->verdict), row->kind_word);
    ink_name(output, style, INK_STRONG, row->name ? row->name : "(anonymous)");
    ink_place(output, style, row->declared_file, row->declared_line);
    output_char(output, '\n');
    for (size_t i = 0; i < row->differences_count; i++)
        difference_line(output, style, &row->differences[i]);
    for (int r = 0; r < ABI_REASONS && row->verdict != ABI_DIFFERS; r++)
        if (row->reasons & 1u << r)
            output_format(output, "      %s\n", abi_reason_text((enum abi_reason)r));
}

static void abi_text(struct output *output, const struct verify_document *look, const struct verify_abi *abi)
{
    output_format(output,
                  "%zu type%s recomputed by the rules of %s: %zu agree, %zu explained, %zu undecided, "
                  "%zu unknown, %zu differ\n",
                  abi->rows_count, abi->rows_count == 1 ? "" : "s", abi->abi_name,
                  abi->verdict_counts[ABI_AGREES], abi->verdict_counts[ABI_EXPLAINED],
                  abi->verdict_counts[ABI_UNDECIDED], abi->verdict_counts[ABI_UNKNOWN],
                  abi->verdict_counts[ABI_DIFFERS]);
    for (int r = 0; r < ABI_REASONS; r++)
        if (abi->reason_counts[r])
            output_format(output, "  %8zu  %s\n", abi->reason_counts[r], abi_reason_text((enum abi_reason)r));
    for (size_t i = 0; i < abi->rows_count; i++)
        if (abi->rows[i].verdict == ABI_DIFFERS || (look->all && abi->rows[i].verdict != ABI_AGREES))
            abi_row_text(output, look, &abi->rows[i]);
    if (look->explain)
        output_text(output, "A type is recomputed from the sizes and alignments of its members alone; the "
                            "recorded offsets are then compared.\n");
}

static void said_words(struct output *output, const struct sources_difference *difference, int which)
{
    if (difference->is_known[which])
        size_words(output, difference->bits[which]);
    else
        output_text(output, "nothing");
}

static void sources_text(struct output *output, const struct verify_document *look,
                         const struct verify_sources *sources)
{
    const struct report_style *style = &look->document.style;
    const size_t agree = sources->names - sources->differences_count;
    output_format(output, "%s and %s: %zu type%s with %zu members agree, %zu differ\n", sources->formats[0],
                  sources->formats[1], agree, agree == 1 ? "" : "s", sources->members,
                  sources->differences_count);
    for (int s = 0; s < 2; s++)
        if (sources->alone[s])
            output_format(output, "  %8zu  in %s only\n", sources->alone[s], sources->formats[s]);
    if (sources->ambiguous)
        output_format(output, "  %8zu  of which one has more definitions than the other\n",
                      sources->ambiguous);
    for (size_t i = 0; i < sources->differences_count; i++) {
        const struct sources_difference *difference = &sources->differences[i];
        output_format(output, "  differs   %s ", difference->kind_word);
        ink_name(output, style, INK_STRONG, difference->name);
        output_text(output, "\n      ");
        if (difference->field)
            ink_name(output, style, INK_WARN, difference->field);
        output_format(output, "%s%s: %s says ", difference->field ? "'s " : "the ", difference->what,
                      sources->formats[0]);
        said_words(output, difference, 0);
        output_format(output, ", %s ", sources->formats[1]);
        said_words(output, difference, 1);
        output_char(output, '\n');
    }
    if (look->explain)
        output_text(output, "Each type of a name and kind that both have is laid side by side: its size, its "
                            "members' names, places and sizes.\n");
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct verify_document *look = (const struct verify_document *)about;
    const struct verify_part *part = item;
    if (part->file) {
        ink_name(output, &look->document.style, INK_STRONG, part->file->path);
        output_text(output, "\n\n");
    }
    if (part->check)
        crosscheck_text(output, look, part);
    if (part->abi)
        abi_text(output, look, part->abi);
    if (part->sources)
        sources_text(output, look, part->sources);
    for (size_t i = 0; i < part->notes_count; i++) {
        ink_name(output, &look->document.style, INK_PLAIN, part->notes[i]);
        output_char(output, '\n');
    }
    return NULL;
}

const struct writer verify_text = {.name = "text", .between = "\n", .encode = text_encode};

// --- JSON ---

static void json_key_text(struct output *output, const char *key, const char *text)
{
    output_text(output, key);
    safe_json(output, text);
}

static void json_statement(struct output *output, const struct statement *statement)
{
    if (statement->kind == SAYS_NUMBER)
        output_u64(output, statement->bytes);
    else
        output_text(output, statement->kind == SAYS_ABSENT ? "\"absent\"" : "null");
}

static void json_fact(struct output *output, const struct crosscheck *check, const struct fact *fact)
{
    json_key_text(output, "{\"field\":", fact->field);
    json_key_text(output, ",\"quantity\":", quantity_word(fact->quantity));
    output_text(output, ",\"values\":[");
    for (size_t w = 0; w < check->witnesses_count; w++) {
        output_text(output, w ? "," : "");
        json_statement(output, &fact->statements[w]);
    }
    json_key_text(output, "],\"verdict\":", fact_verdict_word(fact->verdict));
    json_key_text(output, ",\"note\":", fact->note);
    output_char(output, '}');
}

static void json_crosscheck(struct output *output, const struct crosscheck *check)
{
    output_text(output, "{\"witnesses\":[");
    for (size_t w = 0; w < check->witnesses_count; w++) {
        json_key_text(output, w ? ",{\"name\":" : "{\"name\":", check->witnesses[w].name);
        json_key_text(output, ",\"how\":", check->witnesses[w].how);
        output_char(output, '}');
    }
    output_text(output, "],\"subjects\":[");
    for (size_t s = 0; s < check->subjects_count; s++) {
        const struct subject *subject = &check->subjects[s];
        json_key_text(output, s ? ",\n{\"name\":" : "\n{\"name\":", subject->name);
        output_text(output, ",\"facts\":[");
        for (size_t i = 0; i < subject->facts_count; i++) {
            output_text(output, i ? ",\n " : "\n ");
            json_fact(output, check, &subject->facts[i]);
        }
        output_text(output, "]}");
    }
    output_format(output, "],\"agreements\":%zu,\"findings\":%zu}", check->agreements, check->findings);
}

static void json_abi_row(struct output *output, const struct verify_abi_row *row)
{
    json_key_text(output, "{\"name\":", row->name);
    json_key_text(output, ",\"kind\":", row->kind_word);
    json_key_text(output, ",\"verdict\":", abi_verdict_word(row->verdict));
    output_text(output, ",\"reasons\":[");
    bool is_first = true;
    for (int r = 0; r < ABI_REASONS; r++) {
        if (!(row->reasons & 1u << r))
            continue;
        output_format(output, "%s\"%s\"", is_first ? "" : ",", abi_reason_word((enum abi_reason)r));
        is_first = false;
    }
    output_text(output, "],\"differences\":[");
    for (size_t i = 0; i < row->differences_count; i++) {
        const struct verify_difference *difference = &row->differences[i];
        json_key_text(output, i ? ",{\"field\":" : "{\"field\":", difference->field);
        output_format(output, ",\"recorded_bits\":%" PRIu64 ",\"computed_bits\":%" PRIu64 "}",
                      difference->recorded_bits, difference->computed_bits);
    }
    output_text(output, "]}");
}

static void json_abi(struct output *output, const struct verify_document *look, const struct verify_abi *abi)
{
    json_key_text(output, "{\"rules\":", abi->abi_name);
    output_format(output, ",\"types\":%zu", abi->rows_count);
    for (int v = 0; v < ABI_VERDICTS; v++)
        output_format(output, ",\"%s\":%zu", abi_verdict_word((enum abi_verdict)v), abi->verdict_counts[v]);
    output_text(output, ",\"rows\":[");
    bool is_first = true;
    for (size_t i = 0; i < abi->rows_count; i++) {
        if (abi->rows[i].verdict == ABI_AGREES && !look->all)
            continue;
        output_text(output, is_first ? "\n" : ",\n");
        json_abi_row(output, &abi->rows[i]);
        is_first = false;
    }
    output_text(output, "]}");
}

static void json_sources(struct output *output, const struct verify_sources *sources)
{
    json_key_text(output, "{\"formats\":[", sources->formats[0]);
    json_key_text(output, ",", sources->formats[1]);
    output_format(output,
                  "],\"names\":%zu,\"members\":%zu,\"alone\":[%zu,%zu],\"ambiguous\":%zu,\"differences\":[",
                  sources->names, sources->members, sources->alone[0], sources->alone[1], sources->ambiguous);
    for (size_t i = 0; i < sources->differences_count; i++) {
        const struct sources_difference *difference = &sources->differences[i];
        json_key_text(output, i ? ",\n{\"name\":" : "\n{\"name\":", difference->name);
        json_key_text(output, ",\"kind\":", difference->kind_word);
        json_key_text(output, ",\"field\":", difference->field);
        json_key_text(output, ",\"quantity\":", difference->what);
        output_text(output, ",\"bits\":[");
        for (int s = 0; s < 2; s++) {
            output_text(output, s ? "," : "");
            if (difference->is_known[s])
                output_u64(output, difference->bits[s]);
            else
                output_text(output, "null");
        }
        output_text(output, "]}");
    }
    output_text(output, "]}");
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "{\"schema\":\"strata.verify/1\",\"parts\":[\n");
    return NULL;
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct verify_document *look = (const struct verify_document *)about;
    const struct verify_part *part = item;
    json_key_text(output, "{\"file\":", part->file ? part->file->path : NULL);
    output_text(output, ",\"crosscheck\":");
    if (part->check)
        json_crosscheck(output, part->check);
    else
        output_text(output, "null");
    output_text(output, ",\"abi\":");
    if (part->abi)
        json_abi(output, look, part->abi);
    else
        output_text(output, "null");
    output_text(output, ",\"sources\":");
    if (part->sources)
        json_sources(output, part->sources);
    else
        output_text(output, "null");
    output_text(output, ",\"notes\":[");
    for (size_t i = 0; i < part->notes_count; i++)
        json_key_text(output, i ? "," : "", part->notes[i]);
    output_format(output, "],\"findings\":%zu}", verify_findings(part));
    return NULL;
}

static struct error *json_end_file(struct document *document, const struct report_document *about)
{
    const size_t findings = ((const struct verify_document *)about)->findings;
    output_format(document->output, "\n],\"findings\":%zu}\n", findings);
    return NULL;
}

const struct writer verify_json = {.name = "json",
                                   .between = ",\n",
                                   .begin_file = json_begin_file,
                                   .encode = json_encode,
                                   .end_file = json_end_file};
