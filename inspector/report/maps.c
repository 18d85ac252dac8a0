// SPDX-License-Identifier: MIT
#include "report/maps.h"

#include "report/csv.h"
#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct column columns_of_maps[MAP_COLUMNS] = {
#define MAP_KEY(word) .key = (word), .json_key = ",\"" word "\":"
#define MAP_TEXT(id, field, ...)                                                                             \
    [MAP_COLUMN_##id] = {.field_offset_bytes = offsetof(struct map_row, field), .is_text = true, __VA_ARGS__},
#define MAP_NUMBER(id, field, ...)                                                                           \
    [MAP_COLUMN_##id] = {.field_offset_bytes = offsetof(struct map_row, field), __VA_ARGS__},
#include "report/maps_columns.def"
};

const struct column_table map_columns = {columns_of_maps, MAP_COLUMNS};

// --- Text ---

enum { TYPE_CELLS_MOST = 40, PATH_CELLS_MOST = 60, WHY_CELLS = 20 };

// Three digits and a unit of 1000: "1.34 MB", "820 kB", "48 B".
static char *bytes_text(char text[NUMBER_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double number = (double)bytes;
    size_t unit = 0;
    while (number >= 999.5 && unit + 1 < ARRAY_LENGTH(units)) {
        number /= 1000;
        unit++;
    }
    const int digits = !unit || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
    snprintf(text, NUMBER_BYTES, "%.*f %s", digits, number, units[unit]);
    return text;
}

// "+1.2 kB", "-3", "=" for no change.
static char *change_text(char text[NUMBER_BYTES], uint64_t before, uint64_t now, bool is_bytes)
{
    char number[NUMBER_BYTES];
    const uint64_t change = now > before ? now - before : before - now;
    if (is_bytes)
        bytes_text(number, change);
    else
        snprintf(number, sizeof(number), "%" PRIu64, change);
    snprintf(text, NUMBER_BYTES, "%s%.*s",
             !change        ? ""
             : now > before ? "+"
                            : "-",
             NUMBER_BYTES - 2, change ? number : "=");
    return text;
}

static const struct maps_document *maps_of(const struct report_document *about)
{
    return (const struct maps_document *)about;
}

static void process_line(struct output *output, const struct maps_document *maps)
{
    const struct maps_process *process = &maps->process;
    const struct report_style *style = &maps->document.style;
    ink_name(output, style, INK_STRONG, process->name ? process->name : "?");
    if (process->core) {
        output_text(output, "  core ");
        ink_name(output, style, INK_PLAIN, process->core);
    } else {
        output_format(output, "  pid %" PRId64, process->pid);
    }
    if (process->go_version) {
        output_text(output, "  ");
        ink_name(output, style, INK_PLAIN, process->go_version);
    }
    if (process->design)
        output_format(output, "  %s maps", process->design);
    output_format(output, "  %s", process->debug ? process->debug : "no debug information");
    output_format(output, "      %s", maps->reading);
    if (maps->changed)
        output_format(output, "; %" PRIu64 " map%s changed while read (~)", maps->changed,
                      maps->changed == 1 ? "" : "s");
    output_char(output, '\n');
    if (maps->compares)
        output_format(output, "compared with %s\n", maps->before_name);
}

static size_t path_cells(const struct maps_document *maps)
{
    return maps->path_cells < PATH_CELLS_MOST ? maps->path_cells : PATH_CELLS_MOST;
}

static size_t type_cells(const struct maps_document *maps)
{
    return maps->type_cells < TYPE_CELLS_MOST ? maps->type_cells : TYPE_CELLS_MOST;
}

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    const struct maps_document *maps = maps_of(about);
    struct output *output = document->output;
    if (maps->at_seconds > 0) {
        output_format(output, "\n%.1f s", maps->at_seconds);
        output_text(output, maps->rows_count ? "\n" : "  ");
    } else {
        process_line(output, maps);
        output_char(output, '\n');
    }
    if (!maps->rows_count)
        return NULL;
    ink_start(output, &about->style, INK_DIM);
    if (maps->compares) {
        output_text(output, "     held    change    count   change");
    } else {
        output_text(output, "     held     live  waste    count  load");
    }
    output_text(output, "   map");
    output_spaces(output, path_cells(maps) - 3 + 2);
    output_text(output, "type");
    output_spaces(output, type_cells(maps) - 4 + 2);
    output_text(output, "why");
    ink_stop(output, &about->style, INK_DIM);
    output_char(output, '\n');
    return NULL;
}

static void numbers(struct output *output, const struct report_style *style, const struct map_row *row)
{
    char text[NUMBER_BYTES];
    output_right(output, bytes_text(text, row->held_bytes), 9);
    output_right(output, bytes_text(text, row->live_bytes), 9);
    snprintf(text, sizeof(text), "%" PRIu64 " %%", row->waste_pct);
    ink_start(output, style, row->waste_pct > 50 ? INK_WASTE : INK_PLAIN);
    output_right(output, text, 7);
    ink_stop(output, style, row->waste_pct > 50 ? INK_WASTE : INK_PLAIN);
    snprintf(text, sizeof(text), "%" PRIu64, row->count);
    output_right(output, text, 9);
    snprintf(text, sizeof(text), "%" PRIu64 "%%", row->load);
    output_right(output, row->slots ? text : "-", 6);
}

static void changes(struct output *output, const struct map_row *row)
{
    char text[NUMBER_BYTES];
    output_right(output, bytes_text(text, row->held_bytes), 9);
    output_right(output, change_text(text, row->before_held_bytes, row->held_bytes, true), 10);
    snprintf(text, sizeof(text), "%" PRIu64, row->count);
    output_right(output, text, 9);
    output_right(output, change_text(text, row->before_count, row->count, false), 9);
}

// In at least that many cells. A text that is too long keeps its end: what tells paths apart stands there.
static void cell(struct output *output, const struct report_style *style, enum ink ink, const char *text,
                 size_t cells, bool is_last)
{
    const size_t length = ink_name(output, style, ink, text);
    if (!is_last)
        output_spaces(output, length < cells ? cells - length + 2 : 2);
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct maps_document *maps = maps_of(about);
    const struct map_row *row = item;
    if (maps->compares)
        changes(output, row);
    else
        numbers(output, &about->style, row);
    output_text(output, row->changed ? " ~ " : "   ");
    const bool has_why = (row->why && *row->why) || row->is_cut;
    cell(output, &about->style, INK_STRONG, row->path ? row->path : row->address, path_cells(maps), false);
    cell(output, &about->style, INK_TYPE, row->type ? row->type : "?", type_cells(maps), !has_why);
    if (row->why && *row->why)
        ink_name(output, &about->style, INK_PLAIN, row->why);
    if (row->is_cut)
        output_text(output,
                    row->why && *row->why ? "; some of it cannot be read" : "some of it cannot be read");
    output_char(output, '\n');
    return NULL;
}

static void totals(struct output *output, const struct maps_document *maps)
{
    char held[NUMBER_BYTES], live[NUMBER_BYTES];
    if (maps->rows_left_out)
        output_format(output,
                      "… and %" PRIu64 " line%s more (--all shows every map, --top N the first N lines)\n",
                      maps->rows_left_out, maps->rows_left_out == 1 ? "" : "s");
    output_format(output, "%" PRIu64 " map%s, held %s, live %s.", maps->maps, maps->maps == 1 ? "" : "s",
                  bytes_text(held, maps->held_bytes), bytes_text(live, maps->live_bytes));
    if (maps->unrooted_maps)
        output_format(output, "  %s: %" PRIu64 " more, %s%s",
                      maps->lists_unrooted ? "Among them, not reached from a variable"
                                           : "Not reached from a variable",
                      maps->unrooted_maps, bytes_text(held, maps->unrooted_held_bytes),
                      maps->lists_unrooted ? "" : "  (--all lists them)");
    output_char(output, '\n');
    if (maps->limit)
        output_format(output, "%s\n", maps->limit);
    if (maps->waste_limit != UINT64_MAX)
        output_format(output, "%" PRIu64 " line%s over --max-waste-pct %" PRIu64 "\n", maps->over_limit,
                      maps->over_limit == 1 ? "" : "s", maps->waste_limit);
}

static struct error *text_end_file(struct document *document, const struct report_document *about)
{
    const struct maps_document *maps = maps_of(about);
    if (!maps->rows_count && maps->compares)
        output_text(document->output, "nothing has changed\n");
    else if (!maps->rows_count && maps->maps) // the maps asked for are nil, or --where is true of none
        output_text(document->output, "none of them is chosen by --map, --type and --where\n");
    if (!maps->compares)
        totals(document->output, maps);
    return NULL;
}

const struct writer maps_text = {
    .name = "text", .begin_file = text_begin_file, .encode = text_encode, .end_file = text_end_file};

// --- JSON (strata.maps/1) ---

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct maps_document *maps = maps_of(about);
    const struct maps_process *process = &maps->process;
    struct output *output = document->output;
    output_text(output, "{\"schema\":\"strata.maps/1\"");
    json_quoted(output, ",\"process\":{\"name\":", process->name);
    json_number_or_null(output, ",\"pid\":", process->pid != 0, (uint64_t)process->pid);
    json_quoted(output, ",\"core\":", process->core);
    json_quoted(output, ",\"executable\":", process->executable);
    json_quoted(output, ",\"go_version\":", process->go_version);
    json_quoted(output, ",\"debug\":", process->debug);
    json_quoted(output, ",\"build_id\":", process->build_id);
    output_char(output, '}');
    json_quoted(output, ",\"compared_with\":", maps->compares ? maps->before_name : NULL);
    output_text(output, ",\"maps\":[\n");
    return NULL;
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct maps_document *maps = maps_of(about);
    const struct map_row *row = item;
    output_char(output, '{');
    for (size_t i = 0; i < MAP_COLUMNS; i++) {
        const struct column *column = &columns_of_maps[i];
        if (column->is_text)
            json_quoted(output, column->json_key + !i, column_text(column, row));
        else
            json_number(output, column->json_key + !i, column_kept(column, row));
    }
    output_format(output, ",\"estimate\":%s,\"incomplete\":%s", row->is_estimate ? "true" : "false",
                  row->is_cut ? "true" : "false");
    if (maps->compares) {
        json_number(output, ",\"before_count\":", row->before_count);
        json_number(output, ",\"before_held_bytes\":", row->before_held_bytes);
    }
    output_char(output, '}');
    return NULL;
}

static struct error *json_end_file(struct document *document, const struct report_document *about)
{
    const struct maps_document *maps = maps_of(about);
    struct output *output = document->output;
    output_text(output, "\n]");
    json_number(output, ",\"totals\":{\"maps\":", maps->maps);
    json_number(output, ",\"held_bytes\":", maps->held_bytes);
    json_number(output, ",\"live_bytes\":", maps->live_bytes);
    json_number(output, ",\"changed\":", maps->changed);
    json_number(output, ",\"unrooted_maps\":", maps->unrooted_maps);
    json_number(output, ",\"unrooted_held_bytes\":", maps->unrooted_held_bytes);
    json_quoted(output, "},\"limit\":", maps->limit);
    output_text(output, "}\n");
    return NULL;
}

const struct writer maps_json = {.name = "json",
                                 .between = ",\n",
                                 .begin_file = json_begin_file,
                                 .encode = json_encode,
                                 .end_file = json_end_file};

// --- CSV ---

static struct error *csv_begin_file(struct document *document, const struct report_document *about)
{
    const struct maps_document *maps = maps_of(about);
    for (size_t i = 0; i < MAP_COLUMNS; i++) {
        output_text(document->output, i ? "," : "");
        output_text(document->output, columns_of_maps[i].key);
    }
    output_text(document->output, maps->compares ? ",before_count,before_held_bytes\r\n" : "\r\n");
    return NULL;
}

static struct error *csv_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct map_row *row = item;
    for (size_t i = 0; i < MAP_COLUMNS; i++) {
        const struct column *column = &columns_of_maps[i];
        if (column->is_text) {
            output_text(output, i ? "," : "");
            csv_text(output, &about->style, column_text(column, row));
        } else {
            csv_number(output, true, column_kept(column, row));
        }
    }
    if (maps_of(about)->compares) {
        csv_number(output, true, row->before_count);
        csv_number(output, true, row->before_held_bytes);
    }
    output_text(output, "\r\n");
    return NULL;
}

const struct writer maps_csv = {.name = "csv", .begin_file = csv_begin_file, .encode = csv_encode};
