// SPDX-License-Identifier: MIT
#include "check/crosscheck.h"

#include <stdlib.h>
#include <string.h>

const char *quantity_word(enum quantity quantity)
{
    static const char *const words[] = {
        [QUANTITY_SIZE] = "size",     [QUANTITY_ALIGN] = "align",           [QUANTITY_PADDING] = "padding",
        [QUANTITY_OFFSET] = "offset", [QUANTITY_FIELD_SIZE] = "field_size",
    };
    return words[quantity];
}

const char *fact_verdict_word(enum fact_verdict verdict)
{
    static const char *const words[] = {
        [FACT_ALONE] = "alone", [FACT_AGREES] = "agrees", [FACT_DIFFERS] = "differs"};
    return words[verdict];
}

void crosscheck_init(struct crosscheck *check)
{
    *check = (struct crosscheck){0};
    arena_init(&check->arena);
}

void crosscheck_free(struct crosscheck *check)
{
    for (size_t i = 0; i < check->subjects_count; i++)
        free(check->subjects[i].facts);
    free(check->subjects);
    arena_free(&check->arena);
    *check = (struct crosscheck){0};
}

static const char *keep_text(struct crosscheck *check, const char *text)
{
    const char *kept = arena_copy_text(&check->arena, text, strlen(text));
    check->out_of_memory |= !kept;
    return kept ? kept : "";
}

size_t crosscheck_add_witness(struct crosscheck *check, const char *name, const char *how)
{
    if (check->witnesses_count < WITNESSES_MOST)
        check->witnesses_count++;
    check->witnesses[check->witnesses_count - 1] =
        (struct witness){.name = keep_text(check, name), .how = keep_text(check, how)};
    return check->witnesses_count - 1;
}

// Room for one more element; false when memory is short.
static bool grow(void **data, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *moved = reallocarray(*data, wanted, element_bytes);
    if (!moved)
        return false;
    *data = moved;
    *capacity = wanted;
    return true;
}

size_t crosscheck_subject(struct crosscheck *check, const char *name)
{
    for (size_t i = 0; i < check->subjects_count; i++)
        if (!strcmp(check->subjects[i].name, name))
            return i;
    if (!grow((void **)&check->subjects, check->subjects_count, &check->subjects_capacity,
              sizeof(*check->subjects))) {
        check->out_of_memory = true;
        return SIZE_MAX;
    }
    check->subjects[check->subjects_count] = (struct subject){.name = keep_text(check, name)};
    return check->subjects_count++;
}

static bool same_field(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static struct fact *fact_of(struct crosscheck *check, struct subject *subject, const char *field,
                            enum quantity quantity)
{
    for (size_t i = 0; i < subject->facts_count; i++)
        if (subject->facts[i].quantity == quantity && same_field(subject->facts[i].field, field))
            return &subject->facts[i];
    if (!grow((void **)&subject->facts, subject->facts_count, &subject->facts_capacity,
              sizeof(*subject->facts))) {
        check->out_of_memory = true;
        return NULL;
    }
    struct fact *fact = &subject->facts[subject->facts_count++];
    *fact = (struct fact){.field = field ? keep_text(check, field) : NULL, .quantity = quantity};
    return fact;
}

void crosscheck_state(struct crosscheck *check, size_t subject, size_t witness, const char *field,
                      enum quantity quantity, uint64_t bytes)
{
    if (subject >= check->subjects_count || witness >= check->witnesses_count)
        return;
    struct fact *fact = fact_of(check, &check->subjects[subject], field, quantity);
    if (fact)
        fact->statements[witness] = (struct statement){SAYS_NUMBER, bytes};
}

void crosscheck_complete(struct crosscheck *check, size_t subject, size_t witness)
{
    if (subject < check->subjects_count && witness < check->witnesses_count)
        check->subjects[subject].is_complete[witness] = true;
}

void crosscheck_incomplete(struct crosscheck *check, size_t subject, size_t witness)
{
    if (subject >= check->subjects_count || witness >= check->witnesses_count)
        return;
    check->subjects[subject].is_complete[witness] = false;
    struct fact *padding = fact_of(check, &check->subjects[subject], NULL, QUANTITY_PADDING);
    if (padding)
        padding->statements[witness] = (struct statement){.kind = SAYS_NOTHING};
}

// --- Judging ---

// What is known of fields that come and go between versions (runtime/map.go of each).
static const struct {
    const char *subject, *field, *note;
} known_fields[] = {
    {"hmap", "extra",
     "Go's hmap has had nine fields since extra came (the overflow buckets, kept alive for the "
     "collector); the eight before it make 40 bytes, with it 48"},
    {"hmap", "clearSeq", "Go 1.24 built without Swiss maps added it: iterators see a clear by it"},
    {"hiter", "clearSeq", "Go 1.24 built without Swiss maps added it: iterators see a clear by it"},
};

static const char *known_note(const char *subject, const char *field)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known_fields); i++)
        if (!strcmp(known_fields[i].subject, subject) && !strcmp(known_fields[i].field, field))
            return known_fields[i].note;
    return NULL;
}

static void judge_fact(const struct crosscheck *check, const struct subject *subject, struct fact *fact)
{
    size_t speaking = 0;
    bool differs = false;
    const struct statement *first = NULL;
    for (size_t w = 0; w < check->witnesses_count; w++) {
        struct statement *statement = &fact->statements[w];
        if (statement->kind == SAYS_NOTHING && fact->field && subject->is_complete[w])
            statement->kind = SAYS_ABSENT;
        if (statement->kind == SAYS_NOTHING)
            continue;
        speaking++;
        differs |= first && (first->kind != statement->kind || first->bytes != statement->bytes);
        first = first ? first : statement;
    }
    fact->verdict = speaking < 2 ? FACT_ALONE : differs ? FACT_DIFFERS : FACT_AGREES;
}

static bool says_absent(const struct crosscheck *check, const struct fact *fact)
{
    for (size_t w = 0; w < check->witnesses_count; w++)
        if (fact->statements[w].kind == SAYS_ABSENT)
            return true;
    return false;
}

// The bytes of fields that witness `without` lacks and `with` has.
static uint64_t missing_bytes(const struct subject *subject, size_t with, size_t without)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < subject->facts_count; i++) {
        const struct fact *fact = &subject->facts[i];
        if (fact->quantity == QUANTITY_FIELD_SIZE && fact->statements[with].kind == SAYS_NUMBER &&
            fact->statements[without].kind == SAYS_ABSENT)
            sum += fact->statements[with].bytes;
    }
    return sum;
}

// A size that differs by just what absent fields take.
static const char *size_note(struct crosscheck *check, const struct subject *subject, const struct fact *fact)
{
    for (size_t a = 0; a < check->witnesses_count; a++) {
        for (size_t b = 0; b < check->witnesses_count; b++) {
            const struct statement *large = &fact->statements[a], *small = &fact->statements[b];
            if (large->kind != SAYS_NUMBER || small->kind != SAYS_NUMBER || large->bytes <= small->bytes)
                continue;
            if (missing_bytes(subject, a, b) == large->bytes - small->bytes) {
                const char *note =
                    arena_format(&check->arena, "the fields that are absent in %s account for the %llu bytes",
                                 check->witnesses[b].name, (unsigned long long)(large->bytes - small->bytes));
                check->out_of_memory |= !note;
                return note;
            }
        }
    }
    return NULL;
}

static void explain_fact(struct crosscheck *check, const struct subject *subject, struct fact *fact)
{
    if (fact->verdict != FACT_DIFFERS)
        return;
    if (fact->quantity == QUANTITY_SIZE)
        fact->note = size_note(check, subject, fact);
    else if (fact->field && fact->quantity == QUANTITY_OFFSET && says_absent(check, fact))
        fact->note = known_note(subject->name, fact->field);
}

struct error *crosscheck_judge(struct crosscheck *check)
{
    check->agreements = check->findings = 0;
    for (size_t s = 0; s < check->subjects_count; s++) {
        struct subject *subject = &check->subjects[s];
        for (size_t i = 0; i < subject->facts_count; i++)
            judge_fact(check, subject, &subject->facts[i]);
        for (size_t i = 0; i < subject->facts_count; i++) {
            explain_fact(check, subject, &subject->facts[i]);
            check->agreements += subject->facts[i].verdict == FACT_AGREES;
            check->findings += subject->facts[i].verdict == FACT_DIFFERS;
        }
    }
    return check->out_of_memory ? &error_out_of_memory : NULL;
}
