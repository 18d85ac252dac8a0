// SPDX-License-Identifier: MIT
// strata.explain/1
#include "report/document.h"
#include "report/explain_parts.h"
#include "report/json_parts.h"
#include "report/writers.h"

static const char *const told_by_words[] = {"nobody", "log", "program"};
static const char *const design_words[] = {"unknown", "classic", "swiss"};

static void json_bool(struct output *output, const char *key, bool is)
{
    output_text(output, key);
    output_text(output, is ? "true" : "false");
}

static void json_hex(struct output *output, const char *key, bool is_known, uint64_t number)
{
    output_text(output, key);
    if (is_known)
        output_format(output, "\"0x%llx\"", (unsigned long long)number);
    else
        output_text(output, "null");
}

static void json_frame(struct output *output, const struct log_frame *frame)
{
    json_quoted(output, "{\"function\":", frame->function);
    json_quoted(output, ",\"file\":", frame->file);
    json_number_or_null(output, ",\"line\":", frame->line != 0, frame->line);
    json_bool(output, ",\"inlined\":", frame->is_inlined);
    output_char(output, '}');
}

static void json_goroutine(struct output *output, const struct log_goroutine *goroutine)
{
    json_number(output, "{\"number\":", goroutine->number);
    json_quoted(output, ",\"state\":", goroutine->state);
    json_quoted(output, ",\"access\":",
                goroutine->access == RACE_READ    ? "read"
                : goroutine->access == RACE_WRITE ? "write"
                                                  : NULL);
    json_bool(output, ",\"cut\":", goroutine->is_cut);
    json_number(output, ",\"log_line\":", goroutine->log_line);
    output_text(output, ",\"frames\":[");
    for (size_t i = 0; i < goroutine->frames_count; i++) {
        output_text(output, i ? "," : "");
        json_frame(output, &goroutine->frames[i]);
    }
    output_text(output, "],\"created_by\":");
    if (goroutine->creator) {
        json_quoted(output, "{\"function\":", goroutine->creator);
        json_quoted(output, ",\"file\":", goroutine->creator_file);
        json_number_or_null(output, ",\"line\":", goroutine->creator_line != 0, goroutine->creator_line);
        json_number_or_null(output, ",\"goroutine\":", goroutine->creator_goroutine != 0,
                            goroutine->creator_goroutine);
        output_text(output, "}}");
    } else {
        output_text(output, "null}");
    }
}

static void json_where(struct output *output, const char *key, const struct cause *cause, size_t frame)
{
    output_text(output, key);
    if (cause->goroutine && frame < cause->goroutine->frames_count)
        json_frame(output, &cause->goroutine->frames[frame]);
    else
        output_text(output, "null");
}

static void json_core(struct output *output, const struct core_maps *core)
{
    output_text(output, ",\"core\":");
    if (!core) {
        output_text(output, "null");
        return;
    }
    json_number(output, "{\"maps_of_type\":", core->of_type);
    output_text(output, ",\"variable_is_nil\":");
    output_text(output, !core->has_variable ? "null" : core->is_variable_nil ? "true" : "false");
    output_text(output, ",\"maps\":[");
    for (size_t i = 0; i < core->list.length; i++) {
        const struct core_map *map = &core->list.data[i];
        json_quoted(output, i ? ",{\"path\":" : "{\"path\":", map->path);
        json_hex(output, ",\"address\":", true, map->address);
        json_number(output, ",\"count\":", map->count);
        json_bool(output, ",\"writing\":", map->is_writing);
        json_bool(output, ",\"this_one\":", map->is_of_variable);
        json_quoted(output, ",\"held_by\":", map->held_by);
        output_char(output, '}');
    }
    output_text(output, "]}");
}

static void json_advice(struct output *output, const struct cause *cause)
{
    const char *advice[DEATH_ADVICE_MOST + 1];
    explain_advice(cause, advice);
    output_text(output, ",\"change\":[");
    for (size_t i = 0; advice[i]; i++) {
        struct output text = {0};
        explain_advice_line(&text, cause, advice[i]);
        output_char(&text, '\0');
        output->out_of_memory |= text.out_of_memory;
        json_quoted(output, i ? "," : "", text.out_of_memory ? "" : text.data);
        output_free(&text);
    }
    output_char(output, ']');
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    (void)about;
    const struct cause *cause = item;
    const struct death *death = &death_table[cause->kind];
    json_quoted(output, "{\"kind\":", death->name);
    json_quoted(output, ",\"message\":", cause->death->text);
    json_number(output, ",\"log_line\":", cause->death->log_line);
    json_bool(output, ",\"panic\":", cause->death->is_panic);
    json_bool(output, ",\"recovered\":", cause->death->is_recovered);
    json_quoted(output, ",\"type\":", cause->death->type_name);
    json_hex(output, ",\"fault_address\":", cause->death->has_signal, cause->death->signal_address);
    json_where(output, ",\"where\":", cause, cause->site);
    json_where(output, ",\"own_code\":", cause, cause->own);
    json_quoted(output, ",\"source\":", cause->source);
    output_text(output, ",\"call\":");
    if (cause->call) {
        json_quoted(output, "{\"function\":", cause->call);
        json_quoted(output, ",\"told_by\":", told_by_words[cause->call_told_by]);
        output_char(output, '}');
    } else {
        output_text(output, "null");
    }
    json_quoted(output, ",\"design\":", design_words[cause->design]);
    json_quoted(output, ",\"other_build\":", cause->why_other_build);
    json_quoted(output, ",\"map\":{\"type\":", cause->map_type);
    json_bool(output, ",\"type_in_debug_information\":", cause->type_in_debug_information);
    json_quoted(output, ",\"name\":", cause->map_name);
    json_quoted(output, ",\"place\":", map_place_word(cause->place));
    json_quoted(output, ",\"how\":", cause->map_name ? cause->how_named : cause->why_not_named);
    output_char(output, '}');
    json_core(output, cause->core);
    output_text(output, ",\"goroutine\":");
    if (cause->goroutine)
        json_goroutine(output, cause->goroutine);
    else
        output_text(output, "null");
    output_text(output, ",\"suspects\":[");
    for (size_t i = 0; i < cause->suspects.length; i++) {
        const struct suspect *suspect = &cause->suspects.data[i];
        json_quoted(output, i ? ",{\"reason\":" : "{\"reason\":", suspect->reason);
        json_number(output, ",\"score\":", suspect->score);
        output_text(output, ",\"goroutine\":");
        json_goroutine(output, suspect->goroutine);
        output_char(output, '}');
    }
    json_number(output, "],\"goroutines_waiting\":", cause->others_waiting);
    output_text(output, ",\"experiments\":[");
    for (size_t i = 0; death->experiments[i]; i++)
        json_quoted(output, i ? "," : "", death->experiments[i]);
    output_char(output, ']');
    json_advice(output, cause);
    output_char(output, '}');
    return NULL;
}

static void json_program(struct output *output, const struct program_facts *program)
{
    output_text(output, ",\"program\":");
    if (!program) {
        output_text(output, "null");
        return;
    }
    json_quoted(output, "{\"path\":", program->path);
    json_quoted(output, ",\"go_version\":", program->go_version);
    json_quoted(output, ",\"go_build_id\":", program->go_build_id);
    json_quoted(output, ",\"build_id\":", program->build_id);
    json_quoted(output, ",\"machine\":", program->machine);
    json_bool(output, ",\"stripped\":", !program->has_symbols);
    json_bool(output, ",\"debug_information\":", program->has_debug_information);
    json_number(output, ",\"frames_compared\":", program->frames_compared);
    json_number(output, ",\"frames_fit\":", program->frames_fit);
    output_char(output, '}');
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct explain_document *explain = (const struct explain_document *)about;
    struct output *output = document->output;
    json_quoted(output, "{\"schema\":\"strata.explain/1\",\"log\":{\"path\":", explain->log_path);
    json_number(output, ",\"lines\":", explain->log->lines_count);
    json_number(output, ",\"lines_too_long\":", explain->log->cut_lines);
    json_number(output, ",\"other_deaths\":", explain->log->others);
    json_number(output, ",\"not_told_to_be_of_a_map\":", explain->nil_pointers);
    json_number(output, ",\"deaths_left_out\":", explain->log->deaths_dropped);
    output_char(output, '}');
    json_program(output, explain->program);
    output_text(output, ",\"deaths\":[");
    return NULL;
}

const struct writer explain_json = {.name = "json",
                                    .first = "\n",
                                    .between = ",\n",
                                    .begin_file = json_begin_file,
                                    .encode = json_encode,
                                    .end_file = json_items_end};
