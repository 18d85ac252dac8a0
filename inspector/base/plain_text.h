// SPDX-License-Identifier: MIT
// Names from a file that go into paths and messages.
#ifndef STRATA_BASE_PLAIN_TEXT_H
#define STRATA_BASE_PLAIN_TEXT_H

#include <stdbool.h>

// Without control characters: it cannot move a terminal's cursor or begin another line.
static inline bool text_is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

#endif
