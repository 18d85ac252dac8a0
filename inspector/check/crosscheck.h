// SPDX-License-Identifier: MIT
// The cross-check: facts about types, and what independent witnesses state of each.
//
//     subject hmap      compiler   DWARF   memory   a Go program        one column a witness
//       size                  48      48       48             48        one row a fact
//       flags offset           8       8        8              8
//       extra offset          40      40       40         absent   ◄── a finding: one witness knows the whole
//                                                                      type and has no such field
//
// A witness that cannot know a fact states nothing, which is no disagreement. All numbers are bytes.
#ifndef STRATA_CHECK_CROSSCHECK_H
#define STRATA_CHECK_CROSSCHECK_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WITNESSES_MOST = 8 };

enum quantity {
    QUANTITY_SIZE,       // of the type; of a bucket in memory: the distance to the next one
    QUANTITY_ALIGN,      // of the type
    QUANTITY_PADDING,    // of the type: bytes that no field uses
    QUANTITY_OFFSET,     // of a field
    QUANTITY_FIELD_SIZE, // of a field
};

// "size", "align", "padding", "offset", "field_size": the key in JSON.
const char *quantity_word(enum quantity quantity);

enum statement_kind {
    SAYS_NOTHING,
    SAYS_NUMBER,
    SAYS_ABSENT, // the witness knows all fields of the type, and this is none of them
};

struct statement {
    enum statement_kind kind;
    uint64_t bytes;
};

enum fact_verdict {
    FACT_ALONE, // fewer than two witnesses know
    FACT_AGREES,
    FACT_DIFFERS,
};

// "alone", "agrees", "differs".
const char *fact_verdict_word(enum fact_verdict verdict);

struct fact {
    const char *field; // NULL: of the type itself
    enum quantity quantity;
    struct statement statements[WITNESSES_MOST];
    enum fact_verdict verdict;
    const char *note; // why it differs, when that is known; else NULL
};

struct subject {
    const char *name;
    struct fact *facts; // of the type first, then field by field as they were first stated
    size_t facts_count, facts_capacity;
    bool is_complete[WITNESSES_MOST]; // the witness has named every field
};

struct witness {
    const char *name; // a column's title
    const char *how;  // how it knows
};

// Belongs to one thread.
struct crosscheck {
    struct witness witnesses[WITNESSES_MOST];
    size_t witnesses_count;
    struct subject *subjects;
    size_t subjects_count, subjects_capacity;
    size_t agreements, findings; // after crosscheck_judge
    bool out_of_memory;          // statements were lost; crosscheck_judge tells
    struct arena arena;          // owns all texts
};

void crosscheck_init(struct crosscheck *check);
void crosscheck_free(struct crosscheck *check);

// A further column; its number. No more than WITNESSES_MOST: the last one is shared then.
size_t crosscheck_add_witness(struct crosscheck *check, const char *name, const char *how);

// The subject of that name, made when there is none; its number.
size_t crosscheck_subject(struct crosscheck *check, const char *name);

// One statement. `field` NULL: of the type. Names are copied.
void crosscheck_state(struct crosscheck *check, size_t subject, size_t witness, const char *field,
                      enum quantity quantity, uint64_t bytes);

// The witness has stated every field of the subject that there is: what others name besides is absent here.
void crosscheck_complete(struct crosscheck *check, size_t subject, size_t witness);

// Takes back what makes the witness know the whole subject: its completeness and its padding. For one that knows
// another version of the type, which lacks a field where others have it.
void crosscheck_incomplete(struct crosscheck *check, size_t subject, size_t witness);

// Gives each fact its verdict and, where a difference is understood, a note; counts. Fails only when memory
// was short.
MUST_USE struct error *crosscheck_judge(struct crosscheck *check);

#endif
