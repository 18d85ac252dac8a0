// SPDX-License-Identifier: MIT
// Texts that a binary chose, in Markdown: they can neither end the cell of a table nor become markup.
#ifndef STRATA_REPORT_MARKDOWN_H
#define STRATA_REPORT_MARKDOWN_H

#include "base/output.h"

// As code: between more backticks than it holds; bars must be escaped even there. An empty name, or NULL, shows
// as a dash.
void markdown_code(struct output *output, const char *text);

// As text, with a backslash before every character that could be markup.
void markdown_text(struct output *output, const char *text);

#endif
