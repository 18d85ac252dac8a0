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

// The lines of one array, or of the same members, are told as one: the last of those from `first` on.
static const struct sharing_line *run_end(const struct sharing *sharing, size_t first)
{
    const struct sharing_line *line = &sharing->lines[first], *end = line;
    for (size_t i = first + 1; i < sharing->lines_count && sharing->lines[i].hot == line->hot &&
                               sharing->lines[i].other == line->other;
         i++)
        end = &sharing->lines[i];
    return end;
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
    size_t drawn = 0, rest = 0;
    output_char(output, '\n');
    for (size_t i = 0; i < sharing->lines_count; i++) {
        const struct sharing_line *line = &sharing->lines[i], *last = run_end(sharing, i);
        if (!is_contended(line))
            continue;
        if (drawn++ < LINES_MOST)
            draw_line(output, style, line, last);
        else
            rest += (size_t)(last - line) + 1;
        i += (size_t)(last - line);
    }
    if (rest)
        output_format(output, "  and in %zu more cache lines\n", rest);
    if (sharing->hot_count > 1)
        output_format(output,
                      "  with each of %zu on lines of its own, aligned to %" PRIu64 ", it needs %" PRIu64
                      " bytes\n",
                      sharing->hot_count, layout->cacheline_bytes, sharing->parted_bytes);
}
