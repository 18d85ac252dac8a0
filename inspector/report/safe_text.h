// SPDX-License-Identifier: MIT
// Texts from a binary are controlled by the maker of the binary. These write them so that they can neither
// move the cursor, nor reorder what stands next to them, nor break the encoding.
#ifndef STRATA_REPORT_SAFE_TEXT_H
#define STRATA_REPORT_SAFE_TEXT_H

#include "base/output.h"

// For a terminal: control characters become \x1b, bidirectional overrides and other invisible format
// characters \u{202e}, bytes that are no UTF-8 \xff. With `ascii` all that is not ASCII becomes \u{…}.
// Returns the number of cells that the text takes. With output NULL it only measures.
size_t safe_text(struct output *output, const char *text, bool ascii);

// As it is, but bytes that are no UTF-8 become \xff: what comes out is UTF-8, and two texts that differ in such a byte stay
// two.
void utf8_text(struct output *output, const char *text);

// The same with U+FFFD for each such byte.
void replaced_text(struct output *output, const char *text);

// A JSON string with its quotes (RFC 8259). Bytes that are no UTF-8 become U+FFFD; the same invisible
// characters as above are escaped. NULL becomes null.
void safe_json(struct output *output, const char *text);

#endif
