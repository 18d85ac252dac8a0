// SPDX-License-Identifier: MIT
// Keys and elements of a live map as short texts, read with few calls for many of them:
//
//     map_texts_add(texts, type, bytes, place for the text)     for each; what lies elsewhere is noted
//     map_texts_finish(texts, pages)                            reads that at once and writes the texts
//
// "7", "3.5", "true", "\"alice\"", "0xc000123456", "{1, \"a\"}", "[4]{1, 2, 3, 4}". Texts are cut to their place.
// What lies elsewhere is followed where Go does not show the way to it: strings, indirect keys and elements.
// Pointers are shown as such.
#ifndef STRATA_GOMAP_MAP_TEXT_H
#define STRATA_GOMAP_MAP_TEXT_H

#include "gomap/map_shape.h"
#include "gomap/pages.h"

struct map_texts;

MUST_USE struct error *map_texts_open(struct type_maker *maker, struct map_texts **texts); // maker: borrowed
void map_texts_close(struct map_texts *texts);                                             // NULL is fine

// `stored` are the part's bytes in a slot, copied; the text is written by map_texts_finish. False: memory is short.
bool map_texts_add(struct map_texts *texts, const struct map_shape *shape, const struct map_part *part,
                   const uint8_t *stored, char *text, size_t text_bytes);

// Writes all texts that were added and forgets them. False: memory is short, some are empty.
bool map_texts_finish(struct map_texts *texts, struct page_cache *pages);

#endif
