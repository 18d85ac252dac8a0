// SPDX-License-Identifier: MIT
#include "query/holders.h"

#include "type/type_name.h"

#include <pthread.h>
#include <string.h>

struct finding {
    struct holders_search *search;
    const char *name;
    pthread_mutex_t mutex;    // guards what is found
    const atomic_bool *stops; // NULL: nobody stops it
};

const char *hold_how_word(enum hold_how how)
{
    static const char *const words[] = {
        [HOLD_VALUE] = "value", [HOLD_BASE] = "base", [HOLD_ARRAY] = "array", [HOLD_POINTER] = "pointer"};
    return words[how];
}

enum { STEPS_MOST = 64, NAMELESS_DEPTH = 8 };

// Whether the way from the member's type leads to a type of that name.
static bool leads_to(const struct member *member, const char *name, enum hold_how *how)
{
    const struct type *type = member->type;
    *how = member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE ? HOLD_BASE : HOLD_VALUE;
    for (int i = 0; type && i < STEPS_MOST; i++) {
        const bool is_named = type->kind == TYPE_TYPEDEF || type->kind == TYPE_ENUM || type_has_members(type);
        if (is_named && type->name && !strcmp(type->name, name))
            return true;
        switch (type->kind) {
        case TYPE_POINTER:
        case TYPE_REFERENCE:
        case TYPE_RVALUE_REFERENCE:
            *how = HOLD_POINTER;
            break;
        case TYPE_ARRAY:
            *how = *how == HOLD_POINTER ? HOLD_POINTER : HOLD_ARRAY;
            break;
        case TYPE_TYPEDEF:
        case TYPE_CONST:
        case TYPE_VOLATILE:
        case TYPE_RESTRICT:
        case TYPE_ATOMIC:
            break;
        default:
            return false;
        }
        type = type->target;
    }
    return false;
}

static struct error *add(struct finding *finding, const struct walk_worker *worker,
                         const struct walk_item *item, const struct member *member, uint64_t base_bits,
                         enum hold_how how)
{
    const char *name = member->name ? member->name : "(anonymous)";
    const char *type_text =
        type_name(member->type, worker->scratch); // may be the graph's own, which goes away
    if (!type_text)
        return &error_out_of_memory;
    struct holding holding = {.position = item->position,
                              .member = arena_copy_text(worker->kept, name, strlen(name)),
                              .type_text = arena_copy_text(worker->kept, type_text, strlen(type_text)),
                              .how = how,
                              .offset_bits = base_bits + member->offset_bits,
                              .offset_known = member->offset_known};
    if (!holding.member || !holding.type_text)
        return &error_out_of_memory;
    pthread_mutex_lock(&finding->mutex);
    const bool is_added = vec_push(&finding->search->found, holding);
    pthread_mutex_unlock(&finding->mutex);
    return is_added ? NULL : &error_out_of_memory;
}

static struct error *look_at(struct finding *finding, const struct walk_worker *worker,
                             const struct walk_item *item, const struct member *members, size_t count,
                             uint64_t base_bits, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        enum hold_how how;
        const struct type *type = type_strip(members[i].type);
        if (leads_to(&members[i], finding->name, &how))
            RETURN_IF_ERROR(add(finding, worker, item, &members[i], base_bits, how));
        else if (depth && type_has_members(type) && !type->name)
            RETURN_IF_ERROR(look_at(finding, worker, item, type->members, type->members_count,
                                    base_bits + members[i].offset_bits, depth - 1));
    }
    return NULL;
}

static struct error *visit(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    struct finding *finding = context;
    const struct type *type = item->layout->type;
    if (finding->stops && atomic_load_explicit(finding->stops, memory_order_relaxed))
        return error_create(ERROR_USAGE, "stopped");
    RETURN_IF_ERROR(look_at(finding, worker, item, type->members, type->members_count, 0, NAMELESS_DEPTH));
    for (size_t p = 0; p < type->variant_parts_count; p++)
        for (size_t v = 0; v < type->variant_parts[p].variants_count; v++) {
            size_t count;
            uint64_t base_bits;
            const struct member *fields =
                variant_fields(&type->variant_parts[p].variants[v], &count, &base_bits);
            RETURN_IF_ERROR(look_at(finding, worker, item, fields, count, base_bits, NAMELESS_DEPTH));
        }
    return NULL;
}

static int holding_compare(const void *left, const void *right)
{
    const struct holding *a = left, *b = right;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    if (a->offset_bits != b->offset_bits)
        return a->offset_bits < b->offset_bits ? -1 : 1;
    return strcmp(a->member, b->member);
}

struct error *holders_find(const struct query *query, const struct selection *selection, const char *name,
                           const atomic_bool *stops, struct holders_search *search)
{
    struct finding finding = {
        .search = search, .name = name, .stops = stops, .mutex = PTHREAD_MUTEX_INITIALIZER};
    *search = (struct holders_search){.walk = {.query = query,
                                               .selection = selection,
                                               .visit = visit,
                                               .context = &finding,
                                               .progress_label = "looking"}};
    RETURN_IF_ERROR(walk_types(&search->walk));
    if (search->found.length)
        qsort(search->found.data, search->found.length, sizeof(*search->found.data), holding_compare);
    return NULL;
}

void holders_search_free(struct holders_search *search)
{
    walk_free(&search->walk);
    vec_free(&search->found);
}
