// SPDX-License-Identifier: MIT
#include "report/pack.h"

#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- Text ---

static void comment(struct output *output, const struct report_style *style)
{
    ink_start(output, style, INK_DIM);
    output_text(output, PACK_COMMENT " ");
    ink_stop(output, style, INK_DIM);
}

static void draw_name(struct output *output, const struct report_style *style, const struct report_pack *type)
{
    output_format(output, "%s ", type->kind_word);
    ink_name(output, style, INK_STRONG, type->name ? type->name : "(anonymous)");
}

static void draw_proof(struct output *output, const struct pack *pack)
{
    if (pack->proof == PACK_UNPROVEN)
        output_format(output, "not proven to be the least: no order can need less than %" PRIu64 " bytes",
                      pack->bound_bytes);
    else
        output_text(output, pack->proof == PACK_BOUND
                                ? "no order needs less: this is all data and the alignment"
                                : "no order needs less: all were compared");
    if (pack->is_at_most)
        output_text(output, "; the compiler may do with less, by the tail of the base");
    output_char(output, '\n');
}

static void draw_change(struct output *output, const char *what, uint64_t was, uint64_t now, const char *unit)
{
    if (was == now)
        output_format(output, "%s: %" PRIu64 "%s as before", what, now, unit);
    else
        output_format(output, "%s: %" PRIu64 "%s instead of %" PRIu64, what, now, unit, was);
}

static void draw_costs(struct output *output, const struct report_style *style,
                       const struct report_pack *type)
{
    const struct pack *pack = type->pack;
    comment(output, style);
    draw_change(output, "cache lines", pack->was_cache_lines, pack->cache_lines, "");
    if (type->heap.allocator) {
        output_format(output, "; on the heap (%s)", type->heap.allocator);
        draw_change(output, "", type->heap.was_bytes, type->heap.bytes, " bytes");
    }
    output_char(output, '\n');
}

// Who gave a member a line's alignment may have meant it to have the line for itself, which sizes do not
// tell.
static void draw_lines_note(struct output *output, const struct report_style *style, const struct pack *pack)
{
    const char *separator = "";
    for (size_t i = 0; i < pack->count; i++) {
        const struct pack_place *place = &pack->places[i];
        if (place->raised_align_bytes < pack->layout->cacheline_bytes)
            continue;
        if (!*separator)
            comment(output, style);
        output_text(output, separator);
        ink_name(output, style, INK_STRONG, place->member->name ? place->member->name : "(anonymous)");
        separator = ", ";
    }
    if (*separator)
        output_text(output,
                    ": aligned to cache lines, perhaps to be alone there; see --group and --keep-first\n");
}

static void draw_place(struct output *output, const struct report_style *style,
                       const struct pack_place *place)
{
    char offset[64], was[64];
    const uint64_t bit = place->offset_bits % 8, was_bit = place->was_bits % 8;
    const bool has_bits = place->member->kind == MEMBER_BITFIELD;
    snprintf(offset, sizeof(offset), has_bits ? "%" PRIu64 ":%" PRIu64 : "%" PRIu64, place->offset_bits / 8,
             bit);
    snprintf(was, sizeof(was), has_bits ? "%" PRIu64 ":%" PRIu64 : "%" PRIu64, place->was_bits / 8, was_bit);
    comment(output, style);
    output_right(output, offset, 7);
    output_right(output, place->is_padding ? "-" : was, 7);
    output_text(output, "  ");
    ink_name(output, style, place->offset_bits == place->was_bits ? INK_PLAIN : INK_STRONG,
             place->member->name ? place->member->name : "(anonymous)");
    output_char(output, '\n');
}

static void draw_source(struct output *output, const struct report_document *document,
                        const struct report_pack *type)
{
    const bool is_go = type->language && !strcmp(type->language, "go");
    for (size_t i = 0; i < type->source.count; i++) {
        const struct source_line *line = &type->source.lines[i];
        output_repeat(output, is_go ? "\t" : "    ", line->depth);
        safe_text(output, line->text, document->style.ascii);
        output_char(output, '\n');
    }
}

static struct error *text_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    const struct report_pack *type = item;
    const struct report_style *style = &document->style;
    const struct pack *pack = type->pack;
    comment(output, style);
    draw_name(output, style, type);
    uint64_t saved = pack_savings_bytes(pack);
    if (pack->refusal) {
        output_text(output, " is not reordered: ");
        safe_text(output, pack->refusal, style->ascii);
    } else if (pack->size_bytes > pack->was_bytes) { // only an order that was asked for
        output_format(output,
                      " needs %" PRIu64 " bytes instead of %" PRIu64 " in this order: %" PRIu64 " more",
                      pack->size_bytes, pack->was_bytes, pack->size_bytes - pack->was_bytes);
    } else if (!saved) {
        output_format(output, " stays at %" PRIu64 " byte%s%s", pack->was_bytes,
                      pack->was_bytes == 1 ? "" : "s", type->is_asked ? " in this order" : "");
    } else {
        output_format(output, " needs %" PRIu64 " bytes instead of %" PRIu64 "%s: ", pack->size_bytes,
                      pack->was_bytes, type->is_asked ? " in this order" : "");
        ink_start(output, style, INK_WASTE);
        const double share = 100.0 * (double)saved / (double)pack->was_bytes;
        output_format(output, share < 0.5 ? "%" PRIu64 " less (<1 %%)" : "%" PRIu64 " less (%.0f %%)", saved,
                      share);
        ink_stop(output, style, INK_WASTE);
    }
    ink_place(output, style, type->declared_file, type->declared_line);
    output_char(output, '\n');
    if (pack->refusal)
        return NULL;
    if (!type->is_asked) {
        comment(output, style);
        draw_proof(output, pack);
    }
    if (!saved && !type->is_asked)
        return NULL;
    draw_costs(output, style, type);
    if (!type->is_asked)
        draw_lines_note(output, style, pack);
    comment(output, style);
    ink_text(output, style, INK_DIM, " offset    was  field\n");
    for (size_t i = 0; i < pack->count; i++)
        draw_place(output, style, &pack->places[i]);
    draw_source(output, document, type);
    return NULL;
}

const struct writer pack_text = {.name = "text", .between = "\n", .encode = text_encode};

// --- The hint below a layout ---

enum { HINT_MEMBERS_MOST = 8 };

// As a shell takes it.
static void draw_word(struct output *output, const struct report_style *style, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-+,@%=";
    const bool is_plain = *text && !text[strspn(text, plain)];
    const bool can_be_quoted = !strchr(text, '\'');
    const char *quote = is_plain ? "" : can_be_quoted ? "'" : "\"";
    output_text(output, quote);
    safe_text(output, text, style->ascii);
    output_text(output, quote);
}

void pack_hint(struct output *output, const struct report_document *document, const struct pack *pack,
               const char *name)
{
    const struct report_style *style = &document->style;
    if (!pack || !pack_savings_bytes(pack))
        return;
    output_text(output, pack->proof == PACK_UNPROVEN ? "\n  a better order" : "\n  the best order");
    for (size_t i = 0; i < pack->count && pack->count <= HINT_MEMBERS_MOST; i++) {
        const struct member *member = pack->places[i].member;
        output_text(output, i ? ", " : " ");
        safe_text(output, member->name ? member->name : "(anonymous)", style->ascii);
    }
    output_format(output, " needs %" PRIu64 " bytes (strata pack ", pack->size_bytes);
    draw_word(output, style, document->file.path);
    output_char(output, ' ');
    draw_word(output, style, name ? name : "(anonymous)");
    output_text(output, ")\n");
}

// --- JSON ---

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    json_file(document->output, "{\"schema\":\"strata.pack/1\",\"file\":", &about->file);
    output_text(document->output, ",\"types\":[\n");
    return NULL;
}

static void json_order(struct output *output, const struct pack *pack)
{
    output_text(output, ",\"order\":[");
    for (size_t i = 0; i < pack->count; i++) {
        const struct pack_place *place = &pack->places[i];
        json_quoted(output, i ? ",{\"name\":" : "{\"name\":", place->member->name);
        json_number(output, ",\"offset_bits\":", place->offset_bits);
        json_number_or_null(output, ",\"was_offset_bits\":", !place->is_padding, place->was_bits);
        output_char(output, '}');
    }
    output_char(output, ']');
}

static void json_source(struct output *output, const struct source *source)
{
    output_text(output, ",\"source\":[");
    for (size_t i = 0; i < source->count; i++) {
        json_number(output, i ? ",{\"depth\":" : "{\"depth\":", source->lines[i].depth);
        json_quoted(output, ",\"text\":", source->lines[i].text);
        output_char(output, '}');
    }
    output_text(output, "],\"source_is_complete\":");
    output_text(output, source->is_complete ? "true" : "false");
}

static struct error *json_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    (void)document;
    const struct report_pack *type = item;
    const struct pack *pack = type->pack;
    json_quoted(output, "{\"name\":", type->name);
    json_quoted(output, ",\"kind\":", type->kind_word);
    json_quoted(output, ",\"language\":", type->language);
    json_quoted(output, ",\"refusal\":", pack->refusal);
    if (pack->refusal) {
        output_char(output, '}');
        return NULL;
    }
    json_number(output, ",\"size_bytes\":", pack->was_bytes);
    json_number(output, ",\"best_size_bytes\":", pack->size_bytes);
    json_number(output, ",\"savings_bytes\":", pack_savings_bytes(pack));
    json_number(output, ",\"bound_bytes\":", pack->bound_bytes);
    json_quoted(output, ",\"proof\":", pack_proof_word(pack->proof));
    output_text(output, pack->is_at_most ? ",\"is_at_most\":true" : ",\"is_at_most\":false");
    json_number(output, ",\"cache_lines\":", pack->was_cache_lines);
    json_number(output, ",\"best_cache_lines\":", pack->cache_lines);
    if (type->heap.allocator) {
        json_quoted(output, ",\"heap\":{\"allocator\":", type->heap.allocator);
        json_number(output, ",\"bytes\":", type->heap.was_bytes);
        json_number(output, ",\"best_bytes\":", type->heap.bytes);
        output_char(output, '}');
    } else {
        output_text(output, ",\"heap\":null");
    }
    json_order(output, pack);
    json_source(output, &type->source);
    output_text(output, type->is_asked ? ",\"asked\":true}" : "}");
    return NULL;
}

const struct writer pack_json = {.name = "json",
                                 .between = ",\n",
                                 .begin_file = json_begin_file,
                                 .encode = json_encode,
                                 .end_file = json_items_end};
