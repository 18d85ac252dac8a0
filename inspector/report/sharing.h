// False sharing in words.
#ifndef STRATA_REPORT_SHARING_H
#define STRATA_REPORT_SHARING_H

#include "layout/sharing.h"
#include "report/report.h"

// Below a layout: which contended members lie in one cache line, and what parting them costs. Nothing when
// there are none, or `sharing` is NULL.
void sharing_note(struct output *output, const struct report_style *style, const struct layout *layout,
                  const struct sharing *sharing);

#endif
