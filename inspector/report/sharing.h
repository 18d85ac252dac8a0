// SPDX-License-Identifier: MIT
// False sharing in words.
#ifndef STRATA_REPORT_SHARING_H
#define STRATA_REPORT_SHARING_H

#include "layout/sharing.h"
#include "report/report.h"

// Walks the contended lines, from *next on (at first 0). Lines of one array, or of the same members, are one
// run, from the line returned to *last; NULL when there are no more.
const struct sharing_line *sharing_next(const struct sharing *sharing, size_t *next,
                                        const struct sharing_line **last);

// Below a layout: which contended members lie in one cache line, and what parting them costs. Nothing when
// there are none, or `sharing` is NULL.
void sharing_note(struct output *output, const struct report_style *style, const struct layout *layout,
                  const struct sharing *sharing);

#endif
