// SPDX-License-Identifier: MIT
#include "cli/maps_rows.h"

#include "base/secret.h"
#include "base/slots.h"
#include "report/safe_text.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// ---- why ------------------------------------------------------------------------------------------------

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *cause_text(const struct map_figures *figures, const struct map_shape *shape,
                              struct arena *arena)
{
    const uint64_t number = figures->cause_number;
    switch (figures->cause) {
    case MAP_CAUSE_NONE:
    case MAP_CAUSE_TOMBSTONES:
        return "";
    case MAP_CAUSE_SHRUNK:
        if (number)
            return arena_format(arena, "shrank from at least %" PRIu64 ": Go never gives buckets back",
                                number);
        return shape->design == MAP_SWISS ? "shrank: Go never gives tables back"
                                          : "shrank: Go never gives buckets back";
    case MAP_CAUSE_HINT:
        return arena_format(arena, "made with a hint: room for %" PRIu64, number);
    case MAP_CAUSE_EITHER:
        return arena_format(arena, "room for %" PRIu64 ": made with a hint, or shrank", number);
    case MAP_CAUSE_OVERFLOW:
        return arena_format(arena, "%s%" PRIu64 " overflow bucket%s behind %" PRIu64,
                            figures->is_estimate ? "about " : "", number, plural(number), figures->chunks);
    case MAP_CAUSE_SPLITS:
        return arena_format(arena, "%" PRIu64 " tables hold what %" PRIu64 " would", figures->tables, number);
    case MAP_CAUSE_GROWING:
        return arena_format(arena, "growing: %" PRIu64 " old bucket%s still there", figures->old_chunks,
                            plural(figures->old_chunks));
    }
    return "";
}

static const char *why_text(const struct map_figures *figures, const struct map_shape *shape,
                            struct arena *arena)
{
    const char *cause = cause_text(figures, shape, arena);
    if (!cause || figures->tombstones <= figures->slots / 32)
        return cause;
    return arena_format(arena, "%s%s%" PRIu64 " tombstone%s", cause, *cause ? "; " : "", figures->tombstones,
                        plural(figures->tombstones));
}

// ---- matching -------------------------------------------------------------------------------------------

// '*' stands for anything, "[*]" of a pattern for itself too.
static bool star_match(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

// A path is meant by itself, by what it begins with, or by a pattern.
static bool is_below(const char *wanted, const char *path)
{
    const size_t length = strlen(wanted);
    return !strncmp(wanted, path, length) && (!path[length] || path[length] == '.' || path[length] == '[');
}

static bool path_is_meant(const char *wanted, const char *path)
{
    return is_below(wanted, path) || (strchr(wanted, '*') && star_match(wanted, path));
}

// Whether it names one of the maps that one pattern stands for.
static bool names_one(const char *wanted)
{
    for (const char *at = strchr(wanted, '['); at; at = strchr(at + 1, '['))
        if (strncmp(at, "[*]", 3) != 0)
            return true;
    return false;
}

// A map is also asked for by its address, and one without a path only so.
static bool names_address(const struct maps_choice *choice)
{
    return choice->map && !strncmp(choice->map, "0x", 2);
}

struct error *maps_choice_problem(const struct maps_choice *choice, const struct maps_rows *rows,
                                  const struct map_looker *looker)
{
    if (choice->map && !rows->of_path && !map_looker_has_map(looker, choice->map))
        return error_create(ERROR_NOT_FOUND,
                            "--map: there is no map \"%s\" (strata maps without --map lists them)",
                            choice->map);
    if (choice->type && !rows->of_type)
        return error_create(ERROR_NOT_FOUND, "--type: there is no map of type \"%s\"", choice->type);
    return NULL;
}

// ---- rows -----------------------------------------------------------------------------------------------

struct row_slot {
    uint64_t hash; // 0: free
    size_t row;
};

struct rows_making {
    struct maps_rows *rows;
    const struct maps_choice *choice;
    const struct map_look *look;
    struct page_cache *pages;
    struct map_texts *texts;
    uint64_t secret; // of the slots' hashes: the names are a process's or a core's
    struct row_slot *slots;
    size_t slots_count;
    VEC(uint32_t) firsts; // the first map of each row
    bool has_swiss, has_classic;
};

static struct row_slot *row_slot_of(struct rows_making *making, const char *path, const char *type)
{
    const uint64_t hash = secret_hash_text(secret_hash_text(making->secret, path), type) | 1;
    size_t at = (size_t)(hash >> 20) & (making->slots_count - 1);
    for (;; at = (at + 1) & (making->slots_count - 1)) {
        struct row_slot *slot = &making->slots[at];
        if (!slot->hash) {
            slot->hash = hash;
            slot->row = SIZE_MAX;
            return slot;
        }
        if (slot->hash != hash)
            continue;
        const struct map_row *row = &making->rows->list.data[slot->row];
        if (!strcmp(row->path, path) && !strcmp(row->type, type))
            return slot;
    }
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void row_add(struct map_row *row, const struct map_found *found)
{
    const struct map_figures *figures = &found->survey.figures;
    row->maps++;
    row->count = plus(row->count, figures->count);
    row->held_bytes = plus(row->held_bytes, figures->held_bytes);
    row->live_bytes = plus(row->live_bytes, figures->live_bytes);
    row->rebuilt_bytes = plus(row->rebuilt_bytes, figures->rebuilt_bytes);
    row->slots = plus(row->slots, figures->slots);
    row->tombstones = plus(row->tombstones, figures->tombstones);
    row->tables = plus(row->tables, figures->tables);
    row->places = plus(row->places, figures->places);
    row->chunks = plus(row->chunks, figures->chunks);
    row->overflow = plus(row->overflow, figures->overflow);
    row->old_chunks = plus(row->old_chunks, figures->old_chunks);
    row->aliases += found->aliases;
    row->changed += found->has_changed;
    row->is_estimate |= figures->is_estimate;
    row->is_cut |= figures->is_cut;
}

static void row_finish(struct map_row *row)
{
    row->waste_bytes = row->held_bytes > row->live_bytes ? row->held_bytes - row->live_bytes : 0;
    row->waste_pct =
        row->held_bytes ? (uint64_t)(100 * ((double)row->waste_bytes / (double)row->held_bytes) + 0.5) : 0;
    row->load = row->slots ? (uint64_t)(100 * ((double)row->count / (double)row->slots) + 0.5) : 0;
}

static struct error *map_add(struct rows_making *making, uint32_t number)
{
    struct maps_rows *rows = making->rows;
    const struct map_found *found = &making->look->maps.data[number];
    const struct maps_choice *choice = making->choice;
    const bool is_swiss = found->survey.shape->design == MAP_SWISS;
    making->has_swiss |= is_swiss;
    making->has_classic |= !is_swiss;
    if (found->path == PATH_NONE) {
        rows->unrooted_maps++;
        rows->unrooted_held_bytes = plus(rows->unrooted_held_bytes, found->survey.figures.held_bytes);
        if (!choice->unfolded && !choice->type && !names_address(choice))
            return NULL;
    } else {
        rows->maps++;
        rows->held_bytes = plus(rows->held_bytes, found->survey.figures.held_bytes);
        rows->live_bytes = plus(rows->live_bytes, found->survey.figures.live_bytes);
    }
    const char *type = found->type
                           ? type_name(found->type, &rows->arena)
                           : arena_format(&rows->arena, "map of unknown type, %s of %" PRIu32 " bytes",
                                          is_swiss ? "groups" : "buckets", found->survey.shape->chunk_bytes);
    if (type && found->type && found->is_likely)
        type = arena_format(&rows->arena, "%s?", type);
    const char *address = arena_format(&rows->arena, "0x%" PRIx64, found->survey.address);
    if (!type || !address)
        return &error_out_of_memory;
    bool is_of_type = true;
    if (choice->type && strcmp(choice->type, type) != 0 &&
        !(strchr(choice->type, '*') && star_match(choice->type, type)))
        is_of_type = false;
    rows->of_type += is_of_type;
    if (found->path == PATH_NONE && !choice->unfolded && !names_address(choice))
        return NULL;
    const bool is_at = names_address(choice) && strtoull(choice->map, NULL, 16) == found->survey.address;
    const bool is_exact = choice->unfolded || is_at || (choice->map && names_one(choice->map));
    const char *path = address, *exact = NULL;
    if (found->path != PATH_NONE) {
        path = path_pattern(&making->look->steps, found->path, &rows->arena);
        if (is_exact || choice->map)
            exact = path_text(&making->look->steps, found->path, making->texts, making->pages, &rows->arena);
        if (!path || ((is_exact || choice->map) && !exact))
            return &error_out_of_memory;
        if (choice->map && !is_at && !path_is_meant(choice->map, path) && !path_is_meant(choice->map, exact))
            return NULL;
        path = is_exact ? exact : path;
    } else if (choice->map && !is_at && !path_is_meant(choice->map, address)) {
        return NULL;
    }
    rows->of_path++;
    if (!is_of_type)
        return NULL;
    struct row_slot *slot = row_slot_of(making, path, type);
    if (slot->row == SIZE_MAX) {
        const struct map_row row = {.path = path,
                                    .type = type,
                                    .kind = is_swiss ? "swiss" : "classic",
                                    .why =
                                        why_text(&found->survey.figures, found->survey.shape, &rows->arena),
                                    .address = address,
                                    .number = (uint32_t)rows->list.length};
        slot->row = rows->list.length;
        if (!row.why || !vec_push(&rows->list, row) || !vec_push(&making->firsts, number))
            return &error_out_of_memory;
    }
    row_add(&rows->list.data[slot->row], found);
    rows->row_of_map.data[number] = (uint32_t)slot->row;
    return NULL;
}

// A row of one map has its path; one of several says how many they are.
static struct error *rows_finish(struct rows_making *making)
{
    struct maps_rows *rows = making->rows;
    for (size_t i = 0; i < rows->list.length; i++) {
        struct map_row *row = &rows->list.data[i];
        const struct map_found *found = &making->look->maps.data[making->firsts.data[i]];
        row_finish(row);
        if (row->maps > 1) {
            row->why = arena_format(&rows->arena, "(%" PRIu64 " maps)", row->maps);
            row->address = NULL;
        } else if (found->path != PATH_NONE) {
            row->path =
                path_text(&making->look->steps, found->path, making->texts, making->pages, &rows->arena);
        }
        if (!row->why || !row->path)
            return &error_out_of_memory;
    }
    rows->design = making->has_swiss && making->has_classic ? "Swiss and classic"
                   : making->has_swiss                      ? "Swiss"
                   : making->has_classic                    ? "classic"
                                                            : NULL;
    return NULL;
}

struct error *maps_rows_make(const struct map_look *look, struct page_cache *pages, struct type_maker *maker,
                             const struct maps_choice *choice, struct maps_rows *rows)
{
    struct rows_making making = {
        .rows = rows, .choice = choice, .look = look, .pages = pages, .slots_count = 1024};
    *rows = (struct maps_rows){0};
    arena_init(&rows->arena);
    secret_draw(&making.secret, sizeof(making.secret));
    while (making.slots_count < 2 * look->maps.length)
        making.slots_count *= 2;
    making.slots = slots_alloc(making.slots_count, sizeof(*making.slots));
    struct error *error = making.slots ? map_texts_open(maker, &making.texts) : &error_out_of_memory;
    if (!error && !vec_reserve(&rows->row_of_map, look->maps.length))
        error = &error_out_of_memory;
    for (uint32_t i = 0; i < look->maps.length && !error; i++) {
        (void)vec_push(&rows->row_of_map, UINT32_MAX);
        error = map_add(&making, i);
    }
    if (!error)
        error = rows_finish(&making);
    map_texts_close(making.texts);
    vec_free(&making.firsts);
    free(making.slots);
    return error;
}

bool maps_rows_copy(const struct maps_rows *rows, struct maps_rows *copy)
{
    *copy = *rows;
    arena_init(&copy->arena);
    copy->row_of_map.data = NULL;
    copy->row_of_map.length = copy->row_of_map.capacity = 0;
    copy->list.data = NULL;
    copy->list.length = copy->list.capacity = 0;
    if (!vec_reserve(&copy->list, rows->list.length))
        return false;
    vec_foreach (const struct map_row *, row, &rows->list)
        (void)vec_push(&copy->list, *row);
    return true;
}

struct error *maps_rows_numbers(const struct maps_rows *rows, const struct maps_rows *shown,
                                uint32_t **numbers, size_t *count)
{
    bool *is_shown = calloc(rows->list.length + 1, sizeof(*is_shown));
    *count = 0;
    *numbers = reallocarray(NULL, rows->row_of_map.length + 1, sizeof(**numbers));
    if (!is_shown || !*numbers) {
        free(is_shown);
        free(*numbers);
        *numbers = NULL;
        return &error_out_of_memory;
    }
    vec_foreach (const struct map_row *, row, &shown->list)
        is_shown[row->number] = true;
    for (uint32_t i = 0; i < rows->row_of_map.length; i++)
        if (rows->row_of_map.data[i] != UINT32_MAX && is_shown[rows->row_of_map.data[i]])
            (*numbers)[(*count)++] = i;
    free(is_shown);
    return NULL;
}

void maps_rows_free(struct maps_rows *rows)
{
    vec_free(&rows->list);
    vec_free(&rows->row_of_map);
    arena_free(&rows->arena);
}

// ---- order ----------------------------------------------------------------------------------------------

static int text_compare(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

// What changed most comes first.
static int change_compare(const struct map_row *a, const struct map_row *b)
{
    const uint64_t x = distance(a->held_bytes, a->before_held_bytes),
                   y = distance(b->held_bytes, b->before_held_bytes);
    const uint64_t m = distance(a->count, a->before_count), n = distance(b->count, b->before_count);
    return x != y ? (x < y) - (x > y) : (m < n) - (m > n);
}

static int row_compare(const void *left, const void *right, void *context)
{
    const struct map_row *a = left, *b = right;
    const struct maps_choice *choice = context;
    int order;
    if (!choice->sort) {
        order = change_compare(a, b);
    } else if (choice->sort->is_text) {
        order = text_compare(column_text(choice->sort, a), column_text(choice->sort, b));
    } else {
        const uint64_t x = column_kept(choice->sort, a), y = column_kept(choice->sort, b);
        order = (x < y) - (x > y); // the largest first
    }
    if (choice->reverse)
        order = -order;
    if (!order)
        order = text_compare(a->path, b->path);
    return order ? order : text_compare(a->address, b->address);
}

static bool row_matches(const struct map_row *row, const struct maps_choice *choice)
{
    for (size_t i = 0; i < choice->wheres_count; i++)
        if (!where_matches(choice->wheres[i], row))
            return false;
    return true;
}

uint64_t maps_rows_order(struct maps_rows *rows, const struct maps_choice *choice, uint64_t waste_limit)
{
    size_t kept = 0;
    uint64_t over = 0;
    for (size_t i = 0; i < rows->list.length; i++)
        if (row_matches(&rows->list.data[i], choice))
            rows->list.data[kept++] = rows->list.data[i];
    rows->list.length = kept;
    vec_foreach (const struct map_row *, row, &rows->list)
        over += row->waste_pct > waste_limit;
    if (kept)
        qsort_r(rows->list.data, kept, sizeof(*rows->list.data), row_compare, (void *)(uintptr_t)choice);
    if (choice->top && kept > choice->top) {
        rows->left_out = kept - choice->top;
        rows->list.length = (size_t)choice->top;
    }
    rows->path_cells = rows->type_cells = 4;
    vec_foreach (const struct map_row *, row, &rows->list) {
        const size_t path = safe_text(NULL, row->path, false), type = safe_text(NULL, row->type, false);
        rows->path_cells = path > rows->path_cells ? path : rows->path_cells;
        rows->type_cells = type > rows->type_cells ? type : rows->type_cells;
    }
    return over;
}

// ---- two looks ------------------------------------------------------------------------------------------

static int by_path(const void *left, const void *right)
{
    const struct map_row *const *a = left, *const *b = right;
    const int order = text_compare((*a)->path, (*b)->path);
    return order ? order : text_compare((*a)->type, (*b)->type);
}

static const struct map_row **sorted(const struct maps_rows *rows)
{
    const struct map_row **list = reallocarray(NULL, rows->list.length + 1, sizeof(*list));
    for (size_t i = 0; list && i < rows->list.length; i++)
        list[i] = &rows->list.data[i];
    if (list && rows->list.length)
        qsort(list, rows->list.length, sizeof(*list), by_path);
    return list;
}

static bool is_change(const struct map_row *row)
{
    return row->before_count != row->count || row->before_held_bytes != row->held_bytes;
}

static struct error *merge(const struct map_row **before, size_t before_count, const struct map_row **now,
                           size_t now_count, struct maps_rows *result)
{
    size_t b = 0, n = 0;
    while (b < before_count || n < now_count) {
        const int order = b == before_count ? 1 : n == now_count ? -1 : by_path(&before[b], &now[n]);
        struct map_row row = order >= 0 ? *now[n] : (struct map_row){0};
        row.has_before = true;
        if (order < 0) {
            row.path = before[b]->path;
            row.type = before[b]->type;
            row.kind = before[b]->kind;
            row.address = before[b]->address;
            row.why = "gone";
        } else if (order > 0) {
            row.why = "new";
        }
        if (order <= 0) {
            row.before_count = before[b]->count;
            row.before_held_bytes = before[b]->held_bytes;
        }
        b += order <= 0;
        n += order >= 0;
        if (is_change(&row) && !vec_push(&result->list, row))
            return &error_out_of_memory;
    }
    return NULL;
}

struct error *maps_rows_compare(const struct maps_rows *before, const struct maps_rows *now,
                                struct maps_rows *result)
{
    *result = (struct maps_rows){.design = now->design,
                                 .maps = now->maps,
                                 .held_bytes = now->held_bytes,
                                 .live_bytes = now->live_bytes};
    arena_init(&result->arena);
    const struct map_row **old = sorted(before), **new = sorted(now);
    struct error *error =
        old && new ? merge(old, before->list.length, new, now->list.length, result) : &error_out_of_memory;
    free(old);
    free(new);
    return error;
}
