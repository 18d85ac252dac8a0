// SPDX-License-Identifier: MIT
#include "report/explain_parts.h"

#include <string.h>

void explain_advice_line(struct output *text, const struct cause *cause, const char *line)
{
    for (; *line; line++) {
        if (line[0] == '%' && line[1] == 'T')
            output_text(text, cause->map_type ? cause->map_type : "map[K]V");
        else if (line[0] == '%' && line[1] == 'S')
            output_text(text, cause->map_name && strrchr(cause->map_name, '.')
                                  ? strrchr(cause->map_name, '.') + 1
                                  : "m");
        else if (line[0] == '%' && line[1] == 'N')
            output_text(text, cause->map_name ? cause->map_name : "the map");
        else {
            output_char(text, *line);
            continue;
        }
        line++;
    }
}

void explain_advice(const struct cause *cause, const char *advice[DEATH_ADVICE_MOST + 1])
{
    death_advice(cause->kind,
                 cause->map_name || cause->place == PLACE_CONSTANT ? cause->place : PLACE_UNKNOWN,
                 cause->by_decoder, advice);
}
