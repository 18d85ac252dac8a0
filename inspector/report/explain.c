// SPDX-License-Identifier: MIT
#include "report/explain.h"

#include "report/document.h"
#include "report/explain_parts.h"
#include "report/ink.h"
#include "report/safe_text.h"
#include "report/wrap.h"
#include "report/writers.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_CELLS = 12, SUSPECTS_SHOWN = 4, FRAMES_SHOWN = 6 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// --- The pieces of a screen ---

struct screen_part {
    struct output *output;
    const struct report_style *style;
};

// "  where     " before the first line of a section, blanks before the others.
static void label(const struct screen_part *part, const char *word)
{
    output_text(part->output, "  ");
    ink_text(part->output, part->style, INK_DIM, word);
    output_spaces(part->output, LABEL_CELLS - 2 - strlen(word));
}

static void prose(const struct screen_part *part, const char *word, const char *text)
{
    label(part, word);
    text_wrapped(part->output, part->style, text, LABEL_CELLS, LABEL_CELLS);
}

static void place_text(const struct screen_part *part, const char *file, uint64_t line)
{
    if (!file)
        return;
    ink_name(part->output, part->style, INK_PLAIN, file);
    if (line)
        output_format(part->output, ":%llu", (unsigned long long)line);
}

// The function, then its place, in the same line where both fit.
static void frame_text(const struct screen_part *part, const char *before, const char *function,
                       const char *file, uint64_t line, const char *behind)
{
    const size_t width = part->style->width ? part->style->width : 80;
    size_t cells = LABEL_CELLS + strlen(before);
    output_text(part->output, before);
    cells += ink_name(part->output, part->style, INK_STRONG, function);
    if (file) {
        char number[DECIMAL_BYTES];
        const size_t place = safe_text(NULL, file, part->style->ascii) + 1 +
                             strlen(decimal_text(number, line)) + strlen(behind);
        if (cells + 2 + place <= width) {
            output_text(part->output, "  ");
        } else {
            output_char(part->output, '\n');
            output_spaces(part->output, LABEL_CELLS + 4);
        }
        place_text(part, file, line);
    }
    output_text(part->output, behind);
    output_char(part->output, '\n');
}

// --- Where ---

static void source_text(const struct screen_part *part, const struct cause *cause, uint64_t line)
{
    char number[DECIMAL_BYTES];
    if (!cause->source)
        return;
    output_spaces(part->output, LABEL_CELLS + 2);
    ink_text(part->output, part->style, INK_DIM, decimal_text(number, line));
    output_text(part->output, "  ");
    ink_name(part->output, part->style, INK_STRONG, cause->source + strspn(cause->source, " \t"));
    output_char(part->output, '\n');
}

static void goroutine_text(const struct screen_part *part, const struct log_goroutine *goroutine)
{
    if (goroutine->is_main)
        output_text(part->output, "main goroutine");
    else
        output_format(part->output, "goroutine %llu", (unsigned long long)goroutine->number);
    if (goroutine->state) {
        output_text(part->output, ", ");
        ink_name(part->output, part->style, INK_PLAIN, goroutine->state);
    }
    output_char(part->output, '\n');
}

static void creator_text(const struct screen_part *part, const struct log_goroutine *goroutine)
{
    char behind[64] = "";
    if (!goroutine->creator)
        return;
    if (goroutine->creator_goroutine)
        snprintf(behind, sizeof(behind), ", in goroutine %llu",
                 (unsigned long long)goroutine->creator_goroutine);
    output_spaces(part->output, LABEL_CELLS);
    frame_text(part, "started by ", goroutine->creator, goroutine->creator_file, goroutine->creator_line,
               behind);
}

static void callers_text(const struct screen_part *part, const struct log_goroutine *goroutine, size_t first)
{
    size_t shown = 0;
    for (size_t i = first; i < goroutine->frames_count && shown < FRAMES_SHOWN; i++, shown++) {
        const struct log_frame *frame = &goroutine->frames[i];
        if (!strcmp(frame->function, "runtime.goexit") || !strcmp(frame->function, "runtime.main"))
            continue;
        output_spaces(part->output, LABEL_CELLS);
        frame_text(part,
                   i == first                            ? ""
                   : goroutine->frames[i - 1].is_inlined ? "inlined into "
                                                         : "called by ",
                   frame->function, frame->file, frame->line, "");
    }
    if (first + shown < goroutine->frames_count && shown == FRAMES_SHOWN) {
        output_spaces(part->output, LABEL_CELLS);
        output_format(part->output, "and %zu more\n", goroutine->frames_count - first - shown);
    }
    creator_text(part, goroutine);
    if (goroutine->is_cut) {
        output_spaces(part->output, LABEL_CELLS);
        output_text(part->output, "(the log breaks off here)\n");
    }
}

static void where_text(const struct screen_part *part, const struct cause *cause)
{
    const struct log_goroutine *goroutine = cause->goroutine;
    label(part, "where");
    if (!goroutine) {
        output_text(part->output, "not known: the log has no stack for it\n");
        return;
    }
    goroutine_text(part, goroutine);
    if (cause->site >= goroutine->frames_count) {
        output_spaces(part->output, LABEL_CELLS);
        output_text(part->output, "the log shows no frame of the program itself\n");
        return;
    }
    const struct log_frame *site = &goroutine->frames[cause->site];
    output_spaces(part->output, LABEL_CELLS);
    frame_text(part, "", site->function, site->file, site->line, site->is_inlined ? "  (inlined)" : "");
    if (cause->own == cause->site)
        source_text(part, cause, site->line);
    for (size_t i = cause->site + 1; i < goroutine->frames_count && i - cause->site < FRAMES_SHOWN; i++) {
        const struct log_frame *frame = &goroutine->frames[i];
        if (!strcmp(frame->function, "runtime.goexit") || !strcmp(frame->function, "runtime.main"))
            continue;
        output_spaces(part->output, LABEL_CELLS);
        frame_text(part, goroutine->frames[i - 1].is_inlined ? "inlined into " : "called by ",
                   frame->function, frame->file, frame->line, "");
        if (i == cause->own)
            source_text(part, cause, frame->line);
    }
    creator_text(part, goroutine);
    if (goroutine->is_cut) {
        output_spaces(part->output, LABEL_CELLS);
        output_text(part->output, "(the log breaks off here)\n");
    }
}

// --- What was tested ---

struct drawn_field {
    const char *name;
    char letter;
    unsigned bytes_64, bytes_32; // 0: not there
};

static const struct drawn_field classic_fields[] = {
    {"count", 'c', 8, 4},      {"flags", 'F', 1, 1},
    {"B", 'B', 1, 1},          {"noverflow", 'n', 2, 2},
    {"hash0", 'h', 4, 4},      {"buckets", 'b', 8, 4},
    {"oldbuckets", 'o', 8, 4}, {"nevacuate", 'e', 8, 4},
    {"extra", 'x', 8, 4},      {0},
};

static const struct drawn_field swiss_fields[] = {
    {"used", 'u', 8, 8},
    {"seed", 's', 8, 4},
    {"dirPtr", 'd', 8, 4},
    {"dirLen", 'l', 8, 4},
    {"globalDepth", 'g', 1, 1},
    {"globalShift", 'h', 1, 1},
    {"writing", 'W', 1, 1},
    {"tombstones", 't', 1, 1},
    {"", ' ', 4, 0},
    {"clearSeq", 'q', 8, 8},
    {0},
};

// Rows of eight bytes, each byte its field's letter; what `lit` names has a mark and the words behind it.
static void picture_text(const struct screen_part *part, const char *name, const struct drawn_field *fields,
                         unsigned pointer_bytes, char lit, const char *words)
{
    const bool is_32 = pointer_bytes == 4;
    char letters[64];
    size_t count = 0;
    for (const struct drawn_field *field = fields; field->name; field++)
        for (unsigned i = 0; i < (is_32 ? field->bytes_32 : field->bytes_64) && count < sizeof(letters); i++)
            letters[count++] = field->letter;
    output_spaces(part->output, LABEL_CELLS);
    output_format(part->output, "%-8s 0 1 2 3 4 5 6 7\n", name);
    for (size_t row = 0; row < count; row += 8) {
        output_spaces(part->output, LABEL_CELLS);
        output_format(part->output, "%8zu", row);
        bool is_lit = false;
        for (size_t i = row; i < row + 8; i++) {
            const char text[] = {i < count ? letters[i] : ' ', '\0'};
            const bool here = i < count && letters[i] == lit;
            output_char(part->output, ' ');
            ink_text(part->output, part->style, here ? INK_WARN : INK_PLAIN, text);
            is_lit |= here;
        }
        output_text(part->output, "  ");
        const char *between = "";
        for (const struct drawn_field *field = fields; field->name; field++) {
            if (!field->name[0] || !memchr(letters + row, field->letter, count - row < 8 ? count - row : 8))
                continue;
            output_text(part->output, between);
            ink_text(part->output, part->style, field->letter == lit ? INK_WARN : INK_PLAIN, field->name);
            between = " ";
        }
        output_char(part->output, '\n');
        if (is_lit) {
            output_spaces(part->output, LABEL_CELLS + 8);
            for (size_t i = row; i < row + 8; i++)
                output_text(part->output,
                            i < count && letters[i] == lit ? (part->style->ascii ? " ^" : " ▲") : "  ");
            output_text(part->output, "  ");
            text_wrapped(part->output, part->style, words, LABEL_CELLS + 8 + 18, LABEL_CELLS + 8 + 18);
        }
    }
}

static const struct drawn_field map_word[] = {{"the pointer", 'm', 8, 4}, {0}};
static const struct drawn_field pointer_word[] = {{"p, the *map", 'p', 8, 4}, {0}};
static const struct drawn_field interface_words[] = {{"type", 't', 8, 4}, {"data", 'd', 8, 4}, {0}};

static void header_text(const struct screen_part *part, const struct cause *cause, enum design_told design)
{
    char words[160];
    switch (cause->kind) {
    case DEATH_NIL_ASSIGN:
        picture_text(part, "map", map_word, cause->pointer_bytes, 'm', "nil: no header");
        return;
    case DEATH_NIL_POINTER:
        picture_text(part, "*map", pointer_word, cause->pointer_bytes, 'p', "nil: no map behind it");
        return;
    case DEATH_UNHASHABLE:
    case DEATH_UNCOMPARABLE:
        picture_text(part, "key", interface_words, cause->pointer_bytes, 't', "its Equal function is nil");
        return;
    case DEATH_FAULT:
        snprintf(words, sizeof(words), "leads nowhere");
        if (cause->death->has_signal)
            snprintf(words, sizeof(words), "or a pointer behind it leads to 0x%llx, where nothing is",
                     (unsigned long long)cause->death->signal_address);
        picture_text(part, "map", map_word, cause->pointer_bytes, 'm', words);
        return;
    default:
        break;
    }
    const bool is_race = cause->kind == DEATH_RACE;
    if (is_race)
        snprintf(words, sizeof(words), "both were at 0x%llx",
                 (unsigned long long)(cause->goroutine ? cause->goroutine->address : 0));
    if (design != DESIGN_SWISS)
        picture_text(part, "hmap", classic_fields, cause->pointer_bytes, is_race ? 'c' : 'F',
                     is_race ? words : "bit 2, hashWriting, is set");
    if (design == DESIGN_UNKNOWN) {
        output_spaces(part->output, LABEL_CELLS);
        output_text(part->output, "or, from Go 1.24 on:\n");
    }
    if (design != DESIGN_CLASSIC)
        picture_text(part, "Map", swiss_fields, cause->pointer_bytes, is_race ? 'u' : 'W',
                     is_race ? words : "it is 1");
}

static const char *family_word(const struct cause *cause)
{
    switch (cause->kind) {
    case DEATH_NIL_ASSIGN:
    case DEATH_CONCURRENT_WRITES:
        return "runtime.mapassign or one of its variants";
    case DEATH_CONCURRENT_READ:
        return "runtime.mapaccess or one of its variants";
    case DEATH_CONCURRENT_ITERATION:
        return "the runtime's step of a range (mapiternext, mapIterNext)";
    case DEATH_CONCURRENT_CLONE:
        return "maps.clone";
    case DEATH_UNHASHABLE:
        return "the runtime's map call";
    case DEATH_UNCOMPARABLE:
        return "runtime.efaceeq or ifaceeq";
    default:
        return "the runtime's map code";
    }
}

static void call_text(const struct screen_part *part, const struct cause *cause)
{
    const struct death *death = &death_table[cause->kind];
    const char *test = cause->design == DESIGN_SWISS ? death->swiss_test : death->classic_test;
    struct output text = {0};
    if (cause->kind != DEATH_UNCOMPARABLE || cause->call)
        output_text(&text, cause->call ? cause->call : family_word(cause));
    else
        output_text(&text, family_word(cause));
    output_format(&text, " %s", test);
    if (cause->design == DESIGN_UNKNOWN && strcmp(death->classic_test, death->swiss_test) != 0)
        output_format(&text, " (or, from Go 1.24 on: %s)", death->swiss_test);
    output_char(&text, '.');
    if (cause->call_told_by == TOLD_BY_PROGRAM)
        output_text(&text, " The program's code says that it is this call.");
    output_char(&text, '\0');
    if (!text.out_of_memory)
        prose(part, "call", text.data);
    else
        part->output->out_of_memory = true;
    output_free(&text);
    header_text(part, cause, cause->design);
}

// --- Which map ---

static void map_text(const struct screen_part *part, const struct cause *cause, bool has_program)
{
    if (cause->kind == DEATH_UNCOMPARABLE)
        return;
    label(part, "map");
    const size_t width = part->style->width ? part->style->width : 80;
    size_t cells = LABEL_CELLS;
    if (cause->map_name)
        cells += ink_name(part->output, part->style, INK_STRONG, cause->map_name);
    if (cause->map_name && cause->map_type) {
        output_char(part->output, ',');
        if (cells + strlen(", a ") + safe_text(NULL, cause->map_type, part->style->ascii) > width) {
            output_char(part->output, '\n');
            output_spaces(part->output, LABEL_CELLS);
        } else {
            output_char(part->output, ' ');
        }
        output_text(part->output, "a ");
    }
    if (cause->map_type)
        ink_name(part->output, part->style, INK_TYPE, cause->map_type);
    if (!cause->map_type && !cause->map_name)
        output_text(part->output,
                    has_program ? "not known"
                                : "the log does not tell; the program does (strata explain LOG BINARY)");
    else if (!cause->map_name)
        output_text(part->output, "; which variable is not known");
    output_char(part->output, '\n');
    const char *how = cause->map_name ? cause->how_named : cause->why_not_named;
    if (how) {
        output_spaces(part->output, LABEL_CELLS);
        text_wrapped(part->output, part->style, how, LABEL_CELLS, LABEL_CELLS);
    }
}

static void core_text(const struct screen_part *part, const struct cause *cause)
{
    const struct core_maps *core = cause->core;
    if (!core || cause->kind == DEATH_UNCOMPARABLE)
        return;
    label(part, "core");
    if (core->is_variable_nil)
        output_text(part->output, "the variable holds nil\n");
    else if (!core->list.length)
        output_text(part->output, cause->map_type ? "no map of the type is in it\n" : "no map is in it\n");
    for (size_t i = 0; i < core->list.length; i++) {
        const struct core_map *map = &core->list.data[i];
        if (i || core->is_variable_nil)
            label(part, "");
        if (map->path)
            ink_name(part->output, part->style, INK_STRONG, map->path);
        else
            output_text(part->output, "a map that no variable leads to");
        output_format(part->output, " at 0x%llx, %llu entr%s%s%s\n", (unsigned long long)map->address,
                      (unsigned long long)map->count, map->count == 1 ? "y" : "ies",
                      map->is_writing ? ", its writer's mark is set" : "",
                      map->is_of_variable ? ": this one" : "");
        if (map->held_by) {
            output_spaces(part->output, LABEL_CELLS);
            struct output line = {0};
            output_format(&line, "held by %s", map->held_by);
            output_char(&line, '\0');
            text_wrapped(part->output, part->style, line.data ? line.data : "", LABEL_CELLS, LABEL_CELLS);
            part->output->out_of_memory |= line.out_of_memory;
            output_free(&line);
        }
    }
    if (core->left_out) {
        label(part, "");
        output_format(part->output, "and %llu more%s\n", (unsigned long long)core->left_out,
                      cause->map_type ? " of the type" : "");
    }
}

static void type_text(const struct screen_part *part, const struct cause *cause)
{
    if (!cause->death->type_name)
        return;
    label(part, "type");
    ink_name(part->output, part->style, INK_TYPE, cause->death->type_name);
    output_text(part->output, "\n");
}

// --- Who else ---

static void suspect_text(const struct screen_part *part, const struct suspect *suspect, size_t number)
{
    struct output text = {0};
    const struct log_goroutine *goroutine = suspect->goroutine;
    output_format(&text, "%zu. ", number);
    if (goroutine->is_main)
        output_text(&text, "main goroutine");
    else
        output_format(&text, "goroutine %llu", (unsigned long long)goroutine->number);
    if (goroutine->state) {
        output_text(&text, ", ");
        output_text(&text, goroutine->state);
    }
    output_format(&text, ": %s", suspect->reason);
    output_char(&text, '\0');
    if (text.out_of_memory)
        part->output->out_of_memory = true;
    else
        text_wrapped(part->output, part->style, text.data, LABEL_CELLS, LABEL_CELLS + 3);
    output_free(&text);
}

static void suspects_text(const struct screen_part *part, const struct cause *cause)
{
    if (!death_table[cause->kind].needs_others)
        return;
    size_t number = 0;
    vec_foreach (const struct suspect *, suspect, &cause->suspects) {
        if (number == SUSPECTS_SHOWN)
            break;
        label(part, number ? "" : "suspects");
        suspect_text(part, suspect, ++number);
        const struct log_goroutine *goroutine = suspect->goroutine;
        callers_text(part, goroutine, suspect->frame < goroutine->frames_count ? suspect->frame : 0);
    }
    char text[200];
    if (cause->suspects.length > SUSPECTS_SHOWN) {
        label(part, "");
        output_format(part->output, "and %zu more, less likely\n", cause->suspects.length - SUSPECTS_SHOWN);
    }
    if (!cause->suspects.length && !cause->others_waiting) {
        prose(part, "suspects",
              "The log shows no other goroutine: run with GOTRACEBACK=all to see them, or build with -race.");
    } else if (cause->others_waiting) {
        snprintf(text, sizeof(text), "%zu other goroutine%s of the log waited for something else.",
                 cause->others_waiting, cause->others_waiting == 1 ? "" : "s");
        prose(part, cause->suspects.length ? "" : "suspects", text);
    }
}

// --- What to do ---

static void advice_text(const struct screen_part *part, const struct cause *cause)
{
    const char *advice[DEATH_ADVICE_MOST + 1];
    explain_advice(cause, advice);
    for (size_t i = 0; advice[i]; i++) {
        struct output text = {0};
        output_format(&text, "%zu. ", i + 1);
        explain_advice_line(&text, cause, advice[i]);
        output_char(&text, '\0');
        if (text.out_of_memory) {
            part->output->out_of_memory = true;
        } else {
            label(part, i ? "" : "change");
            text_wrapped(part->output, part->style, text.data, LABEL_CELLS, LABEL_CELLS + 3);
        }
        output_free(&text);
    }
}

static void experiments_text(const struct screen_part *part, const struct cause *cause)
{
    label(part, "see");
    output_text(part->output, "strata lab");
    for (const char *const *name = death_table[cause->kind].experiments; *name; name++)
        output_format(part->output, " %s", *name);
    output_char(part->output, '\n');
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct explain_document *explain = (const struct explain_document *)about;
    const struct cause *cause = item;
    const struct death *death = &death_table[cause->kind];
    const struct screen_part part = {output, &about->style};
    ink_name(output, part.style, INK_STRONG, explain->log_path);
    output_format(output, ":%llu: ", (unsigned long long)cause->death->log_line);
    ink_name(output, part.style, INK_WARN, cause->death->text ? cause->death->text : death->title);
    output_char(output, '\n');
    prose(&part, "what", death->what);
    if (cause->death->is_recovered && cause->death->is_panic)
        prose(&part, "", "The program caught the panic, or printed it itself, and went on.");
    if (cause->why_other_build) {
        output_text(output, "  ");
        ink_text(output, part.style, INK_WARN, "program");
        output_spaces(output, LABEL_CELLS - 2 - strlen("program"));
        text_wrapped(output, part.style, cause->why_other_build, LABEL_CELLS, LABEL_CELLS);
        prose(&part, "", "It is another build than the one that died: only the log counts here.");
    }
    type_text(&part, cause);
    where_text(&part, cause);
    call_text(&part, cause);
    map_text(&part, cause, explain->program != NULL);
    core_text(&part, cause);
    suspects_text(&part, cause);
    prose(&part, "compiler", death->compiler);
    experiments_text(&part, cause);
    advice_text(&part, cause);
    return NULL;
}

static void program_text(struct output *output, const struct report_style *style,
                         const struct program_facts *program)
{
    if (!program)
        return;
    ink_name(output, style, INK_STRONG, base_name(program->path));
    output_text(output, ": ");
    ink_name(output, style, INK_PLAIN,
             program->go_version ? program->go_version : "Go of an unknown version");
    output_format(output, ", %s%s", program->machine,
                  !program->has_symbols             ? ", stripped"
                  : !program->has_debug_information ? ", without debug information"
                                                    : "");
    if (program->frames_compared)
        output_format(output, "; %zu of %zu frames of the log fit", program->frames_fit,
                      program->frames_compared);
    output_char(output, '\n');
    if (!program->has_code_reader && program->frames_fit == program->frames_compared)
        output_text(output, "(its code is not read here: no call, no map is told by it)\n");
    output_char(output, '\n');
}

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    const struct explain_document *explain = (const struct explain_document *)about;
    program_text(document->output, &about->style, explain->program);
    return NULL;
}

static struct error *text_take(struct document *document, const char *chunk, size_t size_bytes)
{
    if (document->items_count)
        output_char(document->output, '\n');
    output_bytes(document->output, chunk, size_bytes);
    return NULL;
}

static struct error *text_end_file(struct document *document, const struct report_document *about)
{
    const struct explain_document *explain = (const struct explain_document *)about;
    struct output *output = document->output;
    if (!document->items_count) {
        ink_name(output, &about->style, INK_STRONG, explain->log_path);
        output_format(output, ": no death of a Go map in %llu line%s",
                      (unsigned long long)explain->log->lines_count,
                      explain->log->lines_count == 1 ? "" : "s");
        if (explain->log->others)
            output_format(output, "; %zu other panic%s or fatal error%s", explain->log->others,
                          explain->log->others == 1 ? "" : "s", explain->log->others == 1 ? "" : "s");
        output_char(output, '\n');
    }
    if (explain->nil_pointers)
        text_wrapped(output, &about->style,
                     explain->program ? "A nil dereference or a race is there that has nothing to do with a "
                                        "map, as far as log and program tell."
                                      : "A nil dereference or a race is there; whether it is of a map only "
                                        "the program tells: strata explain LOG BINARY.",
                     0, 0);
    if (explain->log->deaths_dropped)
        output_format(output, "\n%zu more deaths are in the log.\n", explain->log->deaths_dropped);
    if (explain->log->cut_lines)
        output_format(output, "%s%llu line%s too long to be read to the end.\n",
                      document->items_count ? "\n" : "", (unsigned long long)explain->log->cut_lines,
                      explain->log->cut_lines == 1 ? " of the log is" : "s of the log are");
    return NULL;
}

const struct writer explain_text = {.name = "text",
                                    .begin_file = text_begin_file,
                                    .encode = text_encode,
                                    .take = text_take,
                                    .end_file = text_end_file};
