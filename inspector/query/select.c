// SPDX-License-Identifier: MIT
#include "query/select.h"

#include "base/output.h"
#include "base/vec.h"
#include "query/match.h"
#include "type/qualified_name.h"

#include <stdlib.h>
#include <string.h>

// Whether the entry has members of its own: struct, class, union, interface. A Rust enum's variant is none:
// it is shown within its enum.
static bool entry_has_members(const struct type_index_entry *entry)
{
    return entry->kind == TYPE_STRUCT || entry->kind == TYPE_CLASS || entry->kind == TYPE_UNION ||
           entry->kind == TYPE_INTERFACE;
}

void selection_free(struct selection *selection)
{
    free(selection->numbers);
    notices_free(&selection->missing);
    vec_free(&selection->missing_numbers);
    type_index_free(selection->index);
    *selection = (struct selection){0};
}

typedef VEC(size_t) numbers_vec;
typedef VEC(const char *) names_vec;

enum { ENDS_SHOWN = 8 };

// Different names that end in what was asked for.
struct ends {
    const char *names[ENDS_SHOWN];
    size_t shown;
    bool are_more;
};

struct selecting {
    const struct type_index *index;
    struct match *matches;
    size_t matches_count;
    enum select_also also;
    numbers_vec numbers;
    bool *taken;     // by entry
    names_vec enums; // names of Rust enums, sorted: their variants are not picked by patterns
};

static int name_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct error *collect_enums(struct selecting *selecting)
{
    for (size_t i = 0; i < selecting->index->entries_count; i++) {
        const struct type_index_entry *entry = &selecting->index->entries[i];
        if (entry->has_variants && !vec_push(&selecting->enums, entry->name))
            return &error_out_of_memory;
    }
    if (selecting->enums.length)
        qsort(selecting->enums.data, selecting->enums.length, sizeof(char *), name_compare);
    return NULL;
}

// The first `length` bytes of a text.
struct parent {
    const char *text;
    size_t length;
};

static int parent_compare(const void *key, const void *element)
{
    const struct parent *parent = key;
    const char *name = *(const char *const *)element;
    const int order = strncmp(parent->text, name, parent->length);
    return order ? order : name[parent->length] ? -1 : 0;
}

// "Option<u32>::Some" lies in "Option<u32>".
static bool is_variant_of_enum(const struct selecting *selecting, const struct type_index_entry *entry)
{
    if (!selecting->enums.length)
        return false;
    const char *component = name_last_part(entry->name, NAME_ANY);
    if (component - entry->name < 3)
        return false;
    const struct parent parent = {entry->name, (size_t)(component - entry->name) - 2};
    return bsearch(&parent, selecting->enums.data, selecting->enums.length, sizeof(char *), parent_compare);
}

static bool is_picked(const struct selecting *selecting, const struct match *match,
                      const struct type_index_entry *entry, bool as_pattern)
{
    if (!as_pattern)
        return match_exact(match, entry->name);
    if (selecting->also == SELECT_ENUMERATIONS && entry->kind == TYPE_ENUM)
        return !match || match_pattern(match, entry->name);
    return entry_has_members(entry) && !is_variant_of_enum(selecting, entry) &&
           (!match || match_pattern(match, entry->name));
}

static struct error *pick(struct selecting *selecting, const struct match *match, bool as_pattern,
                          size_t *picked)
{
    *picked = 0;
    for (size_t i = 0; i < selecting->index->entries_count; i++) {
        const struct type_index_entry *entry = &selecting->index->entries[i];
        if (!entry->name || !is_picked(selecting, match, entry, as_pattern))
            continue;
        ++*picked;
        if (selecting->taken[i])
            continue;
        selecting->taken[i] = true;
        if (!vec_push(&selecting->numbers, i))
            return &error_out_of_memory;
    }
    return NULL;
}

// Whether the name, whose last component is `last`, ends in the text: "r::Data" in "Data", "a::b::C<int>" in "b::C<int>".
static bool is_end(const struct match *match, const char *name, const char *last)
{
    if (last == name || match->is_regex)
        return false;
    if (match_exact(match, last))
        return true;
    const size_t length = strlen(name), text_length = strlen(match->text);
    if (text_length + 1 >= length || length - text_length > (size_t)(last - name))
        return false;
    const char *end = name + (length - text_length);
    return strchr(":./", end[-1]) && strcmp(end, match->text) == 0;
}

// A typedef or a base type is meant where there is nothing else only.
static bool is_end_meant(const struct selecting *selecting, const struct match *match,
                         const struct type_index_entry *entry, bool with_others)
{
    return entry->name && (with_others || entry_has_members(entry) || entry->kind == TYPE_ENUM) &&
           !is_variant_of_enum(selecting, entry) &&
           is_end(match, entry->name, name_last_part(entry->name, NAME_ANY));
}

// Picks all definitions of the one name that ends in the text; none when several do.
static struct error *pick_end(struct selecting *selecting, const struct match *match, bool with_others,
                              struct ends *ends)
{
    *ends = (struct ends){0};
    for (size_t i = 0; i < selecting->index->entries_count; i++) {
        const struct type_index_entry *entry = &selecting->index->entries[i];
        if (!is_end_meant(selecting, match, entry, with_others))
            continue;
        bool is_new = true;
        for (size_t j = 0; j < ends->shown && is_new; j++)
            is_new = strcmp(ends->names[j], entry->name) != 0;
        if (is_new && ends->shown < ENDS_SHOWN)
            ends->names[ends->shown++] = entry->name;
        ends->are_more |=
            is_new && ends->shown == ENDS_SHOWN && strcmp(ends->names[ends->shown - 1], entry->name) != 0;
    }
    for (size_t i = 0; ends->shown == 1 && i < selecting->index->entries_count; i++) {
        const struct type_index_entry *entry = &selecting->index->entries[i];
        if (!entry->name || strcmp(entry->name, ends->names[0]) != 0 || selecting->taken[i])
            continue;
        selecting->taken[i] = true;
        if (!vec_push(&selecting->numbers, i))
            return &error_out_of_memory;
    }
    return NULL;
}

// An exact name wins over the pattern that it could be read as: "[]uint8" is a name.
static struct error *pick_match(struct selecting *selecting, const struct match *match, size_t *picked)
{
    RETURN_IF_ERROR(pick(selecting, match, false, picked));
    if (*picked || !(match->is_regex || match->may_be_glob))
        return NULL;
    return pick(selecting, match, true, picked);
}

// A typedef says nothing more where a record of its name is shown, too: "typedef struct x {…} x", and every
// named struct of Go.
static void drop_shadowed_typedefs(struct selecting *selecting)
{
    numbers_vec *numbers = &selecting->numbers;
    size_t kept = 0;
    for (size_t i = 0; i < numbers->length; i++) {
        const struct type_index_entry *entry = &selecting->index->entries[numbers->data[i]];
        bool shadowed = false;
        for (size_t j = 0; entry->kind == TYPE_TYPEDEF && j < numbers->length && !shadowed; j++) {
            const struct type_index_entry *other = &selecting->index->entries[numbers->data[j]];
            shadowed = other->kind != TYPE_TYPEDEF && !strcmp(other->name, entry->name);
        }
        if (!shadowed)
            numbers->data[kept++] = numbers->data[i];
    }
    numbers->length = kept;
}

// Leaves the first definition of each name. Its copies are not all counted.
static void keep_first(struct selecting *selecting, struct type_index *index)
{
    numbers_vec *numbers = &selecting->numbers;
    size_t kept = 0;
    for (size_t i = 0; i < numbers->length; i++) {
        struct type_index_entry *entry = &index->entries[numbers->data[i]];
        bool is_known = false;
        for (size_t j = 0; j < kept && !is_known; j++) {
            const struct type_index_entry *other = &index->entries[numbers->data[j]];
            is_known = other->name_hash == entry->name_hash && !strcmp(other->name, entry->name);
        }
        entry->copies = 1;
        if (!is_known)
            numbers->data[kept++] = numbers->data[i];
    }
    numbers->length = kept;
}

// --- Nearest names ---

enum { SUGGESTIONS_MOST = 5 };

struct suggestion {
    size_t distance;
    const char *name;
};

// Of names that are equally near the shorter one is: "main.Demo" before "[]main.Demo".
static bool is_nearer(const struct suggestion *a, const struct suggestion *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    size_t a_length = strlen(a->name), b_length = strlen(b->name);
    return a_length != b_length ? a_length < b_length : strcmp(a->name, b->name) < 0;
}

static void suggest(struct suggestion best[SUGGESTIONS_MOST], struct suggestion candidate)
{
    for (size_t i = 0; i < SUGGESTIONS_MOST; i++)
        if (best[i].name && !strcmp(best[i].name, candidate.name))
            return;
    for (size_t i = 0; i < SUGGESTIONS_MOST; i++) {
        if (best[i].name && is_nearer(&best[i], &candidate))
            continue;
        memmove(&best[i + 1], &best[i], (SUGGESTIONS_MOST - i - 1) * sizeof(*best));
        best[i] = candidate;
        return;
    }
}

static struct error *not_found(const struct query *query, const struct type_index *index,
                               const struct match *match, const char *pattern)
{
    struct suggestion best[SUGGESTIONS_MOST] = {0};
    for (size_t i = 0; i < index->entries_count; i++) {
        const char *name = index->entries[i].name;
        size_t distance = name ? match_distance(match, name) : MATCH_FAR;
        if (distance != MATCH_FAR)
            suggest(best, (struct suggestion){distance, name});
    }
    struct output text = {0};
    for (size_t i = 0; i < SUGGESTIONS_MOST && best[i].name; i++)
        output_format(&text, "%s%s", i ? ", " : "; near are: ", best[i].name);
    if (!text.length)
        output_text(&text, "; \"strata list FILE\" tells what there is");
    output_char(&text, '\0');
    bool is_pattern = match->is_regex || match->may_be_glob;
    struct error *error = output_finish(&text);
    if (!error)
        error = error_create(ERROR_NOT_FOUND, "%s: no type %s\"%s\"%s", query->source->facts.path,
                             is_pattern ? "fits " : "", pattern, text.data);
    output_free(&text);
    return error;
}

// "Data" of several namespaces.
static struct error *ambiguous(const struct query *query, const struct ends *ends, const char *pattern)
{
    struct output text = {0};
    for (size_t i = 0; i < ends->shown; i++)
        output_format(&text, "%s%s", i ? ", " : "", ends->names[i]);
    output_text(&text, ends->are_more ? ", ..." : "");
    output_char(&text, '\0');
    struct error *error = error_create(ERROR_NOT_FOUND, "%s: \"%s\" may be any of %s",
                                       query->source->facts.path, pattern, text.data ? text.data : "several");
    output_free(&text);
    return error;
}

// Picks what the pattern fits. An error of ERROR_NOT_FOUND is about this pattern only.
static struct error *pick_pattern(const struct query *query, struct selecting *selecting,
                                  const struct match *match, const char *pattern)
{
    size_t picked;
    struct ends ends;
    RETURN_IF_ERROR(pick_match(selecting, match, &picked));
    if (picked)
        return NULL;
    RETURN_IF_ERROR(pick_end(selecting, match, false, &ends));
    if (!ends.shown)
        RETURN_IF_ERROR(pick_end(selecting, match, true, &ends));
    if (ends.shown == 1)
        return NULL;
    return ends.shown ? ambiguous(query, &ends, pattern) : not_found(query, selecting->index, match, pattern);
}

struct error *selection_require(const struct query *query, const struct selection *selection,
                                const char *name)
{
    struct match match;
    RETURN_IF_ERROR(match_create(name, &match));
    bool found = !selection->index_is_full || match.is_regex;
    for (size_t i = 0; i < selection->index->entries_count && !found; i++)
        found = selection->index->entries[i].name && match_exact(&match, selection->index->entries[i].name);
    struct error *error = found ? NULL : not_found(query, selection->index, &match, name);
    match_free(&match);
    return error;
}

// --- Scanning ---

static struct error *scan_exact(const struct query *query, const struct selecting *selecting,
                                struct type_index **index)
{
    const char **names = reallocarray(NULL, selecting->matches_count, sizeof(*names));
    if (!names)
        return &error_out_of_memory;
    for (size_t i = 0; i < selecting->matches_count; i++)
        names[i] = selecting->matches[i].text;
    struct error *error = query_find_names(query, names, selecting->matches_count, index);
    free(names);
    return error;
}

static bool all_found(const struct selecting *selecting, const struct type_index *index)
{
    for (size_t m = 0; m < selecting->matches_count; m++) {
        bool found = false;
        for (size_t i = 0; i < index->entries_count && !found; i++)
            found = index->entries[i].name && match_exact(&selecting->matches[m], index->entries[i].name);
        if (!found)
            return false;
    }
    return true;
}

// Whether what is said of the patterns may depend on a type of that name: it fits one, ends in one, or is near one.
static enum name_fit may_matter(void *context, const char *name)
{
    const struct selecting *selecting = context;
    const char *const last = name_last_part(name, NAME_ANY);
    bool is_near = false;
    for (size_t i = 0; i < selecting->matches_count; i++) {
        const struct match *match = &selecting->matches[i];
        if (match_pattern(match, name) || is_end(match, name, last))
            return NAME_FITS;
        is_near = is_near || match_distance_of(match, name, last) != MATCH_FAR;
    }
    return is_near ? NAME_NEAR : NAME_UNFIT;
}

// The quick way when all are exact names that exist; where one is missing, what is near it, too; the index of everything
// for patterns.
static struct error *scan_for(const struct query *query, const struct selecting *selecting,
                              struct selection *selection)
{
    bool all_exact = selecting->matches_count > 0;
    for (size_t i = 0; i < selecting->matches_count; i++)
        all_exact &= !selecting->matches[i].is_regex;
    if (!all_exact) {
        selection->index_is_full = true;
        return query_index(query, &selection->index);
    }
    RETURN_IF_ERROR(scan_exact(query, selecting, &selection->index));
    if (all_found(selecting, selection->index))
        return NULL;
    type_index_free(selection->index);
    selection->index = NULL;
    return query_find_fitting(query, may_matter, (void *)selecting, &selection->index,
                              &selection->index_is_full);
}

void select_ahead_make(char *const *patterns, size_t patterns_count, bool first, struct select_ahead *ahead)
{
    *ahead = (struct select_ahead){.ahead.index = true, .ahead.first = first};
    if (!patterns_count)
        return;
    ahead->matches = calloc(patterns_count, sizeof(*ahead->matches));
    ahead->names = calloc(patterns_count, sizeof(*ahead->names));
    bool are_names = true;
    struct error *error = ahead->matches && ahead->names ? NULL : &error_out_of_memory;
    while (!error && ahead->matches_count < patterns_count) {
        struct match *match = &ahead->matches[ahead->matches_count];
        error = match_create(patterns[ahead->matches_count], match);
        if (error)
            break;
        are_names &= !match->is_regex;
        ahead->names[ahead->matches_count++] = match->text;
    }
    ahead->ahead.index = !error && !are_names;
    if (!error && are_names) {
        ahead->ahead.names = ahead->names;
        ahead->ahead.names_count = patterns_count;
    }
    error_free(error); // select_types meets it again
}

void select_ahead_free(struct select_ahead *ahead)
{
    for (size_t i = 0; i < ahead->matches_count; i++)
        match_free(&ahead->matches[i]);
    free(ahead->matches);
    free(ahead->names);
}

static struct error *pick_all(const struct query *query, struct selecting *selecting, char *const *patterns,
                              struct selection *selection)
{
    struct notices *missing = &selection->missing;
    size_t picked;
    RETURN_IF_ERROR(collect_enums(selecting));
    if (!selecting->matches_count)
        return pick(selecting, NULL, true, &picked);
    for (size_t i = 0; i < selecting->matches_count; i++) {
        struct error *error = pick_pattern(query, selecting, &selecting->matches[i], patterns[i]);
        if (error && error->code != ERROR_NOT_FOUND)
            return error;
        RETURN_IF_ERROR(match_problem(&selecting->matches[i]));
        if (error && !vec_push(&selection->missing_numbers, i))
            missing->is_incomplete = true;
        notices_add_error(missing, error);
    }
    if (missing->is_incomplete)
        return &error_out_of_memory;
    if (!selecting->numbers.length)
        return missing->lines.length ? error_create(ERROR_NOT_FOUND, "%s", missing->lines.data[0])
                                     : &error_out_of_memory;
    drop_shadowed_typedefs(selecting);
    return NULL;
}

static struct error *select_with(const struct query *query, struct selecting *selecting,
                                 char *const *patterns, size_t patterns_count, struct selection *selection)
{
    selecting->matches = calloc(patterns_count + 1, sizeof(*selecting->matches));
    if (!selecting->matches)
        return &error_out_of_memory;
    for (; selecting->matches_count < patterns_count; selecting->matches_count++)
        RETURN_IF_ERROR(
            match_create(patterns[selecting->matches_count], &selecting->matches[selecting->matches_count]));
    RETURN_IF_ERROR(scan_for(query, selecting, selection));
    selecting->index = selection->index;
    selecting->taken = calloc(selection->index->entries_count + 1, sizeof(*selecting->taken));
    if (!selecting->taken)
        return &error_out_of_memory;
    RETURN_IF_ERROR(pick_all(query, selecting, patterns, selection));
    if (query->first)
        keep_first(selecting, selection->index);
    return NULL;
}

struct error *select_all(const struct type_index *index, enum select_also also, size_t **numbers,
                         size_t *count)
{
    size_t picked;
    struct selecting selecting = {.index = index, .also = also};
    selecting.taken = calloc(index->entries_count + 1, sizeof(*selecting.taken));
    struct error *error = selecting.taken ? collect_enums(&selecting) : &error_out_of_memory;
    if (!error)
        error = pick(&selecting, NULL, true, &picked);
    free(selecting.taken);
    vec_free(&selecting.enums);
    if (error)
        vec_free(&selecting.numbers);
    *numbers = selecting.numbers.data;
    *count = selecting.numbers.length;
    return error;
}

struct error *select_types(const struct query *query, char *const *patterns, size_t patterns_count,
                           enum select_also also, struct selection *selection)
{
    *selection = (struct selection){0};
    struct selecting selecting = {.also = also};
    struct error *error = select_with(query, &selecting, patterns, patterns_count, selection);
    for (size_t i = 0; i < selecting.matches_count; i++)
        match_free(&selecting.matches[i]);
    free(selecting.matches);
    free(selecting.taken);
    vec_free(&selecting.enums);
    selection->numbers = selecting.numbers.data;
    selection->count = selecting.numbers.length;
    if (error)
        selection_free(selection);
    return error;
}
