// SPDX-License-Identifier: MIT
#include "report/sharing.h"

#include "report/ink.h"
#include "report/safe_text.h"

#include <inttypes.h>

enum { LINES_MOST = 4 };

static void draw_name(struct output *output, const struct report_style *style, const struct member *member)
{
    ink_name(output, style, INK_STRONG, member->name ? member->name : "(anonymous)");
}

static bool is_contended(const struct sharing_line *line)
{
    return line->hot_count > 1 || !line->other;
}

const struct sharing_line *sharing_next(const struct sharing *sharing, size_t *next,
                                        const struct sharing_line **last)
{
    while (*next < sharing->lines_count && !is_contended(&sharing->lines[*next]))
        ++*next;
    if (*next == sharing->lines_count)
        return NULL;
    const struct sharing_line *first = &sharing->lines[*next];
    do
        *last = &sharing->lines[(*next)++];
    while (*next < sharing->lines_count && sharing->lines[*next].hot == first->hot &&
           sharing->lines[*next].other == first->other);
    return first;
}

static void draw_line(struct output *output, const struct report_style *style,
                      const struct sharing_line *line, const struct sharing_line *last)
{
    output_text(output, "  ");
    ink_text(output, style, INK_WARN, "false sharing");
    if (last == line)
        output_format(output, " in cache line %" PRIu64 ": ", line->line);
    else
        output_format(output, " in cache lines %" PRIu64 " to %" PRIu64 ": ", line->line, last->line);
    if (!line->other) {
        output_text(output, "elements of ");
        draw_name(output, style, line->hot);
    } else {
        draw_name(output, style, line->hot);
        output_text(output, line->hot_count == 2 ? " and " : ", ");
        draw_name(output, style, line->other);
        if (line->hot_count > 2)
            output_format(output, " and %zu more", line->hot_count - 2);
    }
    output_char(output, '\n');
}

void sharing_note(struct output *output, const struct report_style *style, const struct layout *layout,
                  const struct sharing *sharing)
{
    if (!sharing || !sharing->contended_count)
        return;
    size_t drawn = 0, rest = 0, next = 0;
    output_char(output, '\n');
    for (const struct sharing_line *line, *last; (line = sharing_next(sharing, &next, &last));) {
        if (drawn++ < LINES_MOST)
            draw_line(output, style, line, last);
        else
            rest += (size_t)(last - line) + 1;
    }
    if (rest)
        output_format(output, "  and in %zu more cache lines\n", rest);
    if (sharing->hot_count > 1)
        output_format(output,
                      "  with each of %zu on lines of its own, aligned to %" PRIu64 ", it needs %" PRIu64
                      " bytes\n",
                      sharing->hot_count, layout->cacheline_bytes, sharing->parted_bytes);
}
