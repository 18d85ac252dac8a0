// SPDX-License-Identifier: MIT
// The fields of the map's header by the debug information of this very program: what the live view outlines
// over the live bytes.
#ifndef STRATA_CLI_WATCH_FIELDS_H
#define STRATA_CLI_WATCH_FIELDS_H

#include "picture/map_picture.h"
#include "watch/watch_map.h"

// Reads struct hmap or struct swiss_map of the running executable. False when it has no debug information (it was stripped) or
// that describes another header; nothing is changed then. Takes some milliseconds.
bool watch_fields_read(enum watch_map_kind kind, struct picture_fields *fields);

#endif
