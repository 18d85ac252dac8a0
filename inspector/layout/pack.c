// SPDX-License-Identifier: MIT
// Which types can be reordered, their members as pieces, and the proof that the rules hold for them.
#include "layout/pack.h"

#include "base/vec.h"
#include "layout/layouter.h"
#include "layout/pack_model.h"
#include "type/language.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct packer {
    struct layouter *layouter;
    const struct layout *layout;
    const struct type *type;
    const struct pack_options *options;
    struct arena *arena;
    enum language_family family;
    struct pack_model model;
    const struct member **free_members; // all but bases and the vptr, by place
    size_t free_count;
    uint64_t raised_align_bytes; // of the record, when declared above what its members need
    uint64_t assumed_most_bytes; // of alignments that are bounds only, the most that is taken for them
    bool has_assumed;            // there is such a member, so nothing is proven
    const char *refusal;
};

const char *pack_proof_word(enum pack_proof proof)
{
    static const char *const words[] = {
        [PACK_UNPROVEN] = "unproven", [PACK_BOUND] = "bound", [PACK_SEARCHED] = "searched"};
    return words[proof];
}

// --- Members ---

static bool stays_in_front(const struct member *member)
{
    return member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE || member->kind == MEMBER_VPTR;
}

// An array without a bound, also as the end of a member's type.
static bool ends_open(const struct member *member)
{
    for (int depth = 0; depth < 64; depth++) {
        const struct type *type = type_strip(member->type);
        if (member_is_open_ended(member))
            return true;
        if (type->kind != TYPE_STRUCT && type->kind != TYPE_CLASS)
            return false;
        if (!type->members_count)
            return false;
        member = &type->members[type->members_count - 1];
    }
    return false;
}

// Go's and Rust's empty members are values like others; in C they mark places, or stand for what follows.
static bool must_be_last(const struct packer *packer, const struct member *member)
{
    return packer->family != FAMILY_GO && ends_open(member);
}

static const char *refuse_member(const struct packer *packer, const struct member *member, const char *why)
{
    const char *text = arena_format(packer->arena, "%s %s", member->name ? member->name : "a member", why);
    return text ? text : why;
}

static int place_compare(const void *left, const void *right)
{
    const struct member *a = *(const struct member *const *)left, *b = *(const struct member *const *)right;
    if (a->offset_bits != b->offset_bits)
        return a->offset_bits < b->offset_bits ? -1 : 1;
    return (a > b) - (a < b); // as declared: what is empty stands before what follows at the same place
}

static struct error *collect(struct packer *packer)
{
    const struct type *type = packer->type;
    packer->free_members = arena_alloc_array(packer->arena, type->members_count, sizeof(struct member *));
    if (!packer->free_members)
        return &error_out_of_memory;
    for (size_t i = 0; i < type->members_count && !packer->refusal; i++) {
        const struct member *member = &type->members[i];
        if (!member->offset_known)
            packer->refusal = refuse_member(packer, member, "has no place that the debug information tells");
        else if (!member->size_known && !member_is_flexible(member))
            packer->refusal = refuse_member(packer, member, "has no size that the debug information tells");
        else if (!stays_in_front(member))
            packer->free_members[packer->free_count++] = member;
    }
    qsort(packer->free_members, packer->free_count, sizeof(struct member *), place_compare);
    for (size_t i = 0; i + 1 < packer->free_count && !packer->refusal; i++) {
        const struct member *member = packer->free_members[i];
        if (must_be_last(packer, member) ||
            (!member->size_bits && packer->family != FAMILY_GO && packer->family != FAMILY_RUST))
            packer->refusal = refuse_member(packer, member, "takes no space: it marks its place");
    }
    return NULL;
}

// The alignment of a member, or what is taken for it where only a bound is known; 0: not even that.
static struct error *assumed_align(struct packer *packer, const struct member *member, uint64_t *align_bytes)
{
    uint64_t most_bytes;
    RETURN_IF_ERROR(layout_member_align(packer->layouter, member, align_bytes, &most_bytes));
    if (*align_bytes)
        return NULL;
    packer->has_assumed = true;
    bool is_base = member->kind == MEMBER_BASE;
    *align_bytes = !most_bytes && !is_base                                  ? 0
                   : !most_bytes || most_bytes > packer->assumed_most_bytes ? packer->assumed_most_bytes
                                                                            : most_bytes;
    return NULL;
}

static struct error *item_of(struct packer *packer, const struct member *member, struct pack_item *item)
{
    uint64_t align_bytes;
    RETURN_IF_ERROR(assumed_align(packer, member, &align_bytes));
    const struct layout *own;
    RETURN_IF_ERROR(layout_compute(packer->layouter, member->type, &own));
    const struct type *type = type_strip(member->type);
    bool is_bitfield = member->kind == MEMBER_BITFIELD;
    if (is_bitfield && (packer->layouter->options.abi->open & ABI_BITS_FREE))
        packer->has_assumed = true;
    *item = (struct pack_item){.member = member,
                               .size_bits = member_is_flexible(member) ? 0 : member->size_bits,
                               .align_bits = align_bytes > UINT64_MAX / 8 ? 0 : 8 * align_bytes,
                               .unit_bits = is_bitfield ? 8 * (type->size_bytes & UINT32_MAX) : 0,
                               .raised_align_bytes =
                                   own->align.bytes && align_bytes > own->align.bytes ? align_bytes : 0};
    if (is_bitfield && (packer->layouter->options.abi->open & ABI_BITS_MICROSOFT))
        packer->refusal =
            refuse_member(packer, member, "is a bit-field, which Windows places by a rule of its own");
    if (!item->align_bits || (is_bitfield && item->unit_bits < item->align_bits))
        packer->refusal = refuse_member(packer, member, "has an alignment that strata does not know");
    if (item->size_bits > UINT64_C(1) << 48 || item->align_bits > UINT64_C(1) << 40)
        packer->refusal = refuse_member(packer, member, "has a size that cannot be");
    return NULL;
}

// --- Pieces ---

static const struct pack_group *group_of(const struct pack_options *options, const struct member *member,
                                         size_t *number)
{
    for (size_t g = 0; g < options->groups_count; g++)
        for (size_t n = 0; n < options->groups[g].names_count; n++)
            if (member->name && !strcmp(options->groups[g].names[n], member->name)) {
                *number = n;
                return &options->groups[g];
            }
    return NULL;
}

static size_t index_of(const struct packer *packer, const char *name)
{
    size_t i = 0;
    while (i < packer->free_count &&
           (!packer->free_members[i]->name || strcmp(packer->free_members[i]->name, name)))
        i++;
    return i;
}

static struct error *check_groups(const struct packer *packer)
{
    const struct pack_options *options = packer->options;
    for (size_t g = 0; g < options->groups_count; g++)
        for (size_t n = 0; n < options->groups[g].names_count; n++) {
            const char *name = options->groups[g].names[n];
            size_t i = index_of(packer, name);
            if (i == packer->free_count)
                return error_create(ERROR_USAGE, "%s has no member \"%s\" that could be moved",
                                    packer->type->name ? packer->type->name : "the type", name);
            const struct member *member = packer->free_members[i];
            if (i < options->keep_first || member->kind == MEMBER_BITFIELD || must_be_last(packer, member))
                return error_create(ERROR_USAGE, "%s cannot be grouped: %s", name,
                                    i < options->keep_first ? "it is kept in front"
                                    : member->kind == MEMBER_BITFIELD
                                        ? "bit-fields stay with their neighbours"
                                        : "it has to stay at the end");
            size_t number;
            if (group_of(options, member, &number) != &options->groups[g] || number != n)
                return error_create(ERROR_USAGE, "%s is named in two places of --group", name);
        }
    return NULL;
}

static struct error *add_item(struct packer *packer, struct pack_piece *piece, const struct member *member)
{
    struct pack_item *item = &packer->model.items[packer->model.items_count++];
    RETURN_IF_ERROR(item_of(packer, member, item));
    piece->count++;
    piece->size_bits += item->size_bits;
    if (item->align_bits > piece->align_bits)
        piece->align_bits = item->align_bits;
    return NULL;
}

static struct error *add_group(struct packer *packer, struct pack_piece *piece,
                               const struct pack_group *group)
{
    for (size_t n = 0; n < group->names_count; n++)
        RETURN_IF_ERROR(add_item(packer, piece, packer->free_members[index_of(packer, group->names[n])]));
    return NULL;
}

// `as_declared`: every member for itself, to see whether the rules hold.
static struct error *add_pieces(struct packer *packer, bool as_declared)
{
    struct pack_model *model = &packer->model;
    model->items_count = model->pieces_count = model->head_count = model->tail_count = 0;
    for (size_t i = 0; i < packer->free_count;) {
        const struct member *member = packer->free_members[i];
        size_t number = 0;
        const struct pack_group *group = as_declared ? NULL : group_of(packer->options, member, &number);
        struct pack_piece *piece = &model->pieces[model->pieces_count];
        *piece = (struct pack_piece){.first = model->items_count, .align_bits = 8};
        if (group && number) { // its piece is where its first member is
            i++;
            continue;
        }
        model->pieces_count++;
        bool is_run = member->kind == MEMBER_BITFIELD;
        if (group)
            RETURN_IF_ERROR(add_group(packer, piece, group));
        else
            RETURN_IF_ERROR(add_item(packer, piece, member));
        i++;
        while (is_run && i < packer->free_count && packer->free_members[i]->kind == MEMBER_BITFIELD)
            RETURN_IF_ERROR(add_item(packer, piece, packer->free_members[i++]));
        if (i <= packer->options->keep_first)
            model->head_count = model->pieces_count;
        if (i == packer->free_count && must_be_last(packer, member))
            model->tail_count = 1;
    }
    if (model->head_count + model->tail_count > model->pieces_count)
        model->head_count = model->pieces_count - model->tail_count;
    return NULL;
}

// Only an item's size modulo the largest alignment and its own alignment matter for the holes of an order.
static bool are_alike(const struct pack_model *model, const struct pack_piece *a, const struct pack_piece *b)
{
    const struct pack_item *x = &model->items[a->first], *y = &model->items[b->first];
    return a->count == 1 && b->count == 1 && !x->unit_bits && !y->unit_bits &&
           x->align_bits == y->align_bits && !x->size_bits == !y->size_bits &&
           x->size_bits % model->align_bits == y->size_bits % model->align_bits;
}

static void classify(struct pack_model *model)
{
    for (size_t i = 0; i < model->pieces_count; i++) {
        size_t j = 0;
        while (j < i &&
               !(model->pieces[j].class == j && are_alike(model, &model->pieces[i], &model->pieces[j])))
            j++;
        model->pieces[i].class = j;
    }
}

// --- Where the members may begin, and whether the rules hold ---

struct fronts {
    uint64_t data_end_bits; // of bases and the vptr: members may lie in a base's tail padding
    uint64_t end_bits;
    uint64_t align_bits;
};

static struct error *find_fronts(struct packer *packer, struct fronts *fronts)
{
    *fronts = (struct fronts){.align_bits = 8};
    for (size_t i = 0; i < packer->type->members_count; i++) {
        const struct member *member = &packer->type->members[i];
        if (!stays_in_front(member))
            continue;
        const struct layout *layout;
        uint64_t align_bytes;
        RETURN_IF_ERROR(layout_compute(packer->layouter, member->type, &layout));
        RETURN_IF_ERROR(assumed_align(packer, member, &align_bytes));
        bool is_empty = member->kind == MEMBER_BASE && !layout->data_end_bits;
        uint64_t data_end = saturating_add(member->offset_bits, is_empty ? 0 : layout->data_end_bits);
        uint64_t end = saturating_add(member->offset_bits, is_empty ? 0 : member->size_bits);
        data_end = member->kind == MEMBER_BASE ? data_end : end;
        fronts->data_end_bits = data_end > fronts->data_end_bits ? data_end : fronts->data_end_bits;
        fronts->end_bits = end > fronts->end_bits ? end : fronts->end_bits;
        if (!align_bytes || end > UINT64_C(1) << 48)
            packer->refusal = refuse_member(packer, member, "has an alignment that strata does not know");
        else if (8 * align_bytes > fronts->align_bits)
            fronts->align_bits = 8 * align_bytes;
    }
    return NULL;
}

// The first member whose present place the rules do not give; `free_count` when only the size is not right;
// SIZE_MAX when all is.
static size_t first_unexplained(const struct packer *packer, uint64_t *starts)
{
    const struct pack_model *model = &packer->model;
    uint64_t at = model->start_bits;
    for (size_t p = 0; p < model->pieces_count; p++)
        at = pack_place_piece(model, &model->pieces[p], at, starts);
    for (size_t i = 0; i < model->items_count; i++)
        if (starts[i] != model->items[i].member->offset_bits)
            return i;
    if (model->pads_empty_end && model->items_count && at && !model->items[model->items_count - 1].size_bits)
        at += 8;
    return align_up(at, model->align_bits) == packer->layout->size_bits ? SIZE_MAX : model->items_count;
}

static const char *unexplained(const struct packer *packer, size_t index, const uint64_t *starts)
{
    const struct member *member = index < packer->free_count ? packer->free_members[index] : NULL;
    const char *text =
        member
            ? arena_format(packer->arena,
                           "its present layout follows rules of its own: %s is at offset %" PRIu64
                           ":%u where the ABI's rules put it at %" PRIu64 ":%u",
                           member->name ? member->name : "a member", member->offset_bits / 8,
                           (unsigned)(member->offset_bits % 8), starts[index] / 8,
                           (unsigned)(starts[index] % 8))
            : arena_format(packer->arena, "its present size of %" PRIu64 " is not what the ABI's rules give",
                           packer->layout->size_bits / 8);
    return text ? text : "its present layout follows rules of its own";
}

// Finds where members may begin: behind the bases' data, or behind the bases whole. Both must be tried, since
// the debug information does not tell which classes are "POD for the purpose of layout" (Itanium C++
// ABI 1.1).
static struct error *check_rules(struct packer *packer, bool *is_at_most)
{
    struct fronts fronts;
    RETURN_IF_ERROR(find_fronts(packer, &fronts));
    struct pack_model *model = &packer->model;
    uint64_t declared_bits =
        align_is_valid(packer->type->declared_align_bytes) ? 8 * packer->type->declared_align_bytes : 8;
    uint64_t natural_bits = fronts.align_bits;
    for (size_t i = 0; i < model->items_count; i++)
        if (model->items[i].align_bits > natural_bits)
            natural_bits = model->items[i].align_bits;
    model->align_bits = declared_bits > natural_bits ? declared_bits : natural_bits;
    packer->raised_align_bytes = declared_bits > natural_bits ? declared_bits / 8 : 0;
    uint64_t *starts = arena_alloc_array(packer->arena, model->items_count + 1, sizeof(*starts));
    if (!starts)
        return &error_out_of_memory;
    if (packer->refusal)
        return NULL;
    model->start_bits = fronts.data_end_bits;
    bool by_data = first_unexplained(packer, starts) == SIZE_MAX;
    model->start_bits = fronts.end_bits;
    size_t wrong = first_unexplained(packer, starts);
    if (wrong != SIZE_MAX && by_data)
        model->start_bits = fronts.data_end_bits;
    else if (wrong != SIZE_MAX)
        packer->refusal = unexplained(packer, wrong, starts);
    *is_at_most = by_data && wrong == SIZE_MAX && fronts.data_end_bits != fronts.end_bits;
    return NULL;
}

// --- The result ---

static uint64_t lines_of(const struct layout *layout, uint64_t size_bytes)
{
    return size_bytes / layout->cacheline_bytes + (size_bytes % layout->cacheline_bytes != 0);
}

static bool is_padding(const struct packer *packer, const struct member *member)
{
    return member < packer->type->members || member >= packer->type->members + packer->type->members_count;
}

// `more` items are no members of the type: padding.
static struct error *write_places(const struct packer *packer, const size_t *order, size_t more,
                                  struct pack *pack)
{
    const struct pack_model *model = &packer->model;
    uint64_t *starts = arena_alloc_array(packer->arena, model->items_count + 1, sizeof(*starts));
    pack->places =
        arena_alloc_array(packer->arena, packer->type->members_count + more, sizeof(*pack->places));
    if (!starts || !pack->places)
        return &error_out_of_memory;
    for (size_t i = 0; i < packer->type->members_count; i++) {
        const struct member *member = &packer->type->members[i];
        if (stays_in_front(member))
            pack->places[pack->count++] = (struct pack_place){
                .member = member, .offset_bits = member->offset_bits, .was_bits = member->offset_bits};
    }
    uint64_t at = model->start_bits;
    for (size_t p = 0; p < model->pieces_count; p++) {
        const struct pack_piece *piece = &model->pieces[order[p]];
        at = pack_place_piece(model, piece, at, starts);
        for (size_t i = piece->first; i < piece->first + piece->count; i++) {
            const struct pack_item *item = &model->items[i];
            pack->places[pack->count++] = (struct pack_place){.member = item->member,
                                                              .offset_bits = starts[i],
                                                              .was_bits = item->member->offset_bits,
                                                              .raised_align_bytes = item->raised_align_bytes,
                                                              .is_padding = is_padding(packer, item->member),
                                                              .align_bytes = item->align_bits / 8,
                                                              .unit_bits = item->unit_bits};
        }
    }
    return NULL;
}

static struct error *find_order(struct packer *packer, struct pack *pack)
{
    struct pack_model *model = &packer->model;
    size_t *order = arena_alloc_array(packer->arena, model->pieces_count + 1, sizeof(*order));
    if (!order)
        return &error_out_of_memory;
    for (size_t i = 0; i < model->pieces_count; i++)
        order[i] = i;
    RETURN_IF_ERROR(pack_search(model, order, &pack->proof));
    pack->size_bytes = pack_size_bits(model, order) / 8;
    pack->bound_bytes = pack_bound_bits(model) / 8;
    pack->align_bytes = model->align_bits / 8;
    pack->raised_align_bytes = packer->raised_align_bytes;
    pack->cache_lines = lines_of(packer->layout, pack->size_bytes);
    return write_places(packer, order, 0, pack);
}

// Where alignments are bounds, the first assumption that reproduces the present layout is taken: a word at
// first, which is what most have.
static struct error *find_rules(struct packer *packer, bool *is_at_most)
{
    static const uint64_t assumptions_bytes[] = {8, 4, 2, 1, 16, 32, 64};
    const char *refusal = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(assumptions_bytes); i++) {
        packer->refusal = NULL;
        packer->has_assumed = false;
        packer->assumed_most_bytes = assumptions_bytes[i];
        RETURN_IF_ERROR(add_pieces(packer, true));
        if (!packer->refusal)
            RETURN_IF_ERROR(check_rules(packer, is_at_most));
        if (!packer->refusal)
            return NULL;
        refusal = refusal ? refusal : packer->refusal;
        if (!packer->has_assumed)
            break;
    }
    packer->refusal = refusal;
    return NULL;
}

static struct error *pack_members(struct packer *packer, struct pack *pack)
{
    struct pack_model *model = &packer->model;
    RETURN_IF_ERROR(collect(packer));
    if (packer->refusal)
        return NULL;
    if (!packer->free_count) {
        packer->refusal = "it has no members of its own";
        return NULL;
    }
    RETURN_IF_ERROR(check_groups(packer));
    model->items = arena_alloc_array(packer->arena, packer->free_count + 1, sizeof(*model->items));
    model->pieces = arena_alloc_array(packer->arena, packer->free_count + 1, sizeof(*model->pieces));
    if (!model->items || !model->pieces)
        return &error_out_of_memory;
    model->pads_empty_end = packer->family == FAMILY_GO;
    RETURN_IF_ERROR(find_rules(packer, &pack->is_at_most));
    if (packer->refusal)
        return NULL;
    RETURN_IF_ERROR(add_pieces(packer, false));
    classify(model);
    RETURN_IF_ERROR(find_order(packer, pack));
    if (packer->has_assumed)
        pack->proof = PACK_UNPROVEN;
    pack->is_assumed = packer->has_assumed;
    return NULL;
}

static struct packer packer_of(struct layouter *layouter, const struct layout *layout,
                               const struct pack_options *options, struct arena *arena)
{
    static const struct pack_options none;
    return (struct packer){.layouter = layouter,
                           .layout = layout,
                           .type = layout->type,
                           .options = options ? options : &none,
                           .arena = arena,
                           .family = language_family(layout->type->language)};
}

static struct pack pack_nothing(const struct layout *layout)
{
    return (struct pack){
        .layout = layout, .was_bytes = layout->size_bits / 8, .was_cache_lines = layout->cache_lines};
}

struct error *pack_compute(struct layouter *layouter, const struct layout *layout,
                           const struct pack_options *options, struct arena *arena, struct pack *pack)
{
    struct packer packer = packer_of(layouter, layout, options, arena);
    *pack = pack_nothing(layout);
    packer.refusal = pack_refusal(layout, packer.options->force);
    if (!packer.refusal)
        RETURN_IF_ERROR(pack_members(&packer, pack));
    if (packer.refusal)
        *pack = (struct pack){.layout = layout, .refusal = packer.refusal};
    return NULL;
}

// --- An order that somebody asks for ---

// A member of bytes that nobody uses, as the language declares it.
static const struct member *padding_member(const struct packer *packer, size_t number, uint64_t size_bytes)
{
    const bool is_go = packer->family == FAMILY_GO, is_rust = packer->family == FAMILY_RUST;
    struct member *member = arena_alloc(packer->arena, sizeof(*member));
    struct type *array = arena_alloc(packer->arena, sizeof(*array)),
                *byte = arena_alloc(packer->arena, sizeof(*byte));
    struct array_dimension *dimension = arena_alloc(packer->arena, sizeof(*dimension));
    char *name = arena_format(packer->arena, "padding%zu", number);
    // Go's types are called as they are written.
    char *array_name = is_go ? arena_format(packer->arena, "[%" PRIu64 "]uint8", size_bytes) : NULL;
    if (!member || !array || !byte || !dimension || !name || (is_go && !array_name))
        return NULL;
    const struct type *owner = packer->type;
    *dimension = (struct array_dimension){.count_known = true, .count = size_bytes};
    *byte = (struct type){.kind = TYPE_BASE,
                          .language = owner->language,
                          .name = is_go     ? "uint8"
                                  : is_rust ? "u8"
                                            : "char",
                          .encoding = ENCODING_UNSIGNED,
                          .size_known = true,
                          .size_bytes = 1,
                          .size_bits = 8,
                          .big_endian = owner->big_endian,
                          .address_bytes = owner->address_bytes};
    *array = (struct type){.kind = TYPE_ARRAY,
                           .language = owner->language,
                           .name = array_name,
                           .target = byte,
                           .dimensions = dimension,
                           .dimensions_count = 1,
                           .size_known = true,
                           .size_bytes = size_bytes,
                           .size_bits = 8 * size_bytes,
                           .big_endian = owner->big_endian,
                           .address_bytes = owner->address_bytes};
    *member = (struct member){.kind = MEMBER_FIELD,
                              .name = name,
                              .type = array,
                              .offset_known = true,
                              .size_known = true,
                              .size_bits = 8 * size_bytes};
    return member;
}

enum { PADDING_BYTES_MOST = 1 << 20 };

static struct error *step_item(struct packer *packer, const struct pack_step *step, size_t number,
                               struct pack_item *item)
{
    const struct member *member = step->member;
    if (!member && (!step->padding_bytes || step->padding_bytes > PADDING_BYTES_MOST))
        return error_create(ERROR_USAGE, "padding has 1 to %d bytes", PADDING_BYTES_MOST);
    member = member ? member : padding_member(packer, number, step->padding_bytes);
    if (!member)
        return &error_out_of_memory;
    RETURN_IF_ERROR(item_of(packer, member, item));
    if (!step->member || !step->align_bytes || packer->refusal)
        return NULL;
    const struct layout *own;
    RETURN_IF_ERROR(layout_compute(packer->layouter, member->type, &own));
    const uint64_t natural_bytes = own->align.bytes ? own->align.bytes : item->align_bits / 8;
    const bool is_raised = step->align_bytes > natural_bytes;
    if (is_raised && (packer->family == FAMILY_GO || packer->family == FAMILY_RUST))
        packer->refusal = "its language has no alignment of single members";
    else if (is_raised && member->kind == MEMBER_BITFIELD)
        packer->refusal = "the alignment of a bit-field cannot be raised";
    else if (is_raised && !align_is_valid(step->align_bytes))
        packer->refusal = "an alignment is a power of two";
    item->align_bits = 8 * (is_raised ? step->align_bytes : natural_bytes);
    item->raised_align_bytes = is_raised ? step->align_bytes : 0;
    return NULL;
}

// Each member once, and what has to be last there.
static struct error *check_steps(struct packer *packer, const struct pack_step *steps, size_t count)
{
    size_t named = 0;
    for (size_t i = 0; i < count; i++) {
        const struct member *member = steps[i].member;
        bool is_free = !member, is_again = false;
        named += member != NULL;
        for (size_t m = 0; m < packer->free_count; m++)
            is_free |= packer->free_members[m] == member;
        for (size_t k = 0; k < i; k++)
            is_again |= member && steps[k].member == member;
        if (!is_free || is_again)
            return error_create(ERROR_USAGE, "%s %s", member->name ? member->name : "a member",
                                is_again ? "stands there twice" : "cannot be moved");
        if (member && i + 1 < count && must_be_last(packer, member))
            packer->refusal = refuse_member(packer, member, "has to stay at the end");
    }
    return named == packer->free_count ? NULL : error_create(ERROR_USAGE, "an order names each member once");
}

static void add_present_steps(const struct packer *packer, struct pack_trial *trial)
{
    for (size_t i = 0; i < packer->free_count; i++)
        trial->steps[trial->steps_count++] = (struct pack_step){.member = packer->free_members[i]};
}

static struct error *place_steps(struct packer *packer, struct pack_trial *trial)
{
    struct pack_model *model = &packer->model;
    model->items_count = model->pieces_count = model->head_count = model->tail_count = 0;
    struct fronts fronts;
    RETURN_IF_ERROR(find_fronts(packer, &fronts));
    const uint64_t declared_bytes = packer->type->declared_align_bytes;
    uint64_t natural_bits = fronts.align_bits;
    for (size_t i = 0, paddings = 0; i < trial->steps_count && !packer->refusal; i++) {
        struct pack_item *item = &model->items[i];
        paddings += !trial->steps[i].member;
        RETURN_IF_ERROR(step_item(packer, &trial->steps[i], paddings, item));
        model->pieces[i] = (struct pack_piece){
            .first = i, .count = 1, .size_bits = item->size_bits, .align_bits = item->align_bits, .class = i};
        natural_bits = item->align_bits > natural_bits ? item->align_bits : natural_bits;
    }
    model->items_count = model->pieces_count = trial->steps_count;
    model->align_bits = align_is_valid(declared_bytes) && 8 * declared_bytes > natural_bits
                            ? 8 * declared_bytes
                            : natural_bits;
    packer->raised_align_bytes = model->align_bits > natural_bits ? model->align_bits / 8 : 0;
    return NULL;
}

// The type as the pack has it: what its layout is computed from.
static struct error *ordered_type(const struct packer *packer, const struct pack *pack,
                                  const struct type **result)
{
    struct type *type = arena_alloc(packer->arena, sizeof(*type));
    struct member *members = arena_alloc_array(packer->arena, pack->count, sizeof(*members));
    if (!type || !members)
        return &error_out_of_memory;
    for (size_t i = 0; i < pack->count; i++) {
        const struct pack_place *place = &pack->places[i];
        members[i] = *place->member;
        members[i].offset_bits = place->offset_bits;
        if (!stays_in_front(place->member))
            members[i].declared_align_bytes = place->raised_align_bytes;
    }
    *type = *packer->type;
    type->members = members;
    type->members_count = pack->count;
    type->size_bytes = pack->size_bytes;
    type->size_bits = 8 * pack->size_bytes;
    // What the members ask for now stands with them.
    type->declared_align_bytes = pack->raised_align_bytes;
    *result = type;
    return NULL;
}

static struct error *try_steps(struct packer *packer, const struct pack_step *steps, size_t count,
                               struct pack_trial *trial)
{
    struct pack_model *model = &packer->model;
    struct pack *pack = &trial->pack;
    RETURN_IF_ERROR(collect(packer));
    if (packer->refusal)
        return NULL;
    if (!packer->free_count) {
        packer->refusal = "it has no members of its own";
        return NULL;
    }
    const size_t most = count > packer->free_count ? count : packer->free_count;
    model->items = arena_alloc_array(packer->arena, most + 1, sizeof(*model->items));
    model->pieces = arena_alloc_array(packer->arena, most + 1, sizeof(*model->pieces));
    trial->steps = arena_alloc_array(packer->arena, most + 1, sizeof(*trial->steps));
    if (!model->items || !model->pieces || !trial->steps)
        return &error_out_of_memory;
    model->pads_empty_end = packer->family == FAMILY_GO;
    RETURN_IF_ERROR(find_rules(packer, &pack->is_at_most));
    if (packer->refusal)
        return NULL;
    if (!steps) {
        add_present_steps(packer, trial);
    } else {
        RETURN_IF_ERROR(check_steps(packer, steps, count));
        memcpy(trial->steps, steps, count * sizeof(*steps));
        trial->steps_count = count;
    }
    if (!packer->refusal)
        RETURN_IF_ERROR(place_steps(packer, trial));
    if (packer->refusal)
        return NULL;
    size_t *order = arena_alloc_array(packer->arena, model->pieces_count + 1, sizeof(*order));
    if (!order)
        return &error_out_of_memory;
    for (size_t i = 0; i < model->pieces_count; i++)
        order[i] = i;
    pack->size_bytes = pack_size_bits(model, order) / 8;
    pack->bound_bytes = pack_bound_bits(model) / 8;
    pack->align_bytes = model->align_bits / 8;
    pack->raised_align_bytes = packer->raised_align_bytes;
    pack->cache_lines = lines_of(packer->layout, pack->size_bytes);
    pack->is_assumed = packer->has_assumed;
    trial->start_bits = model->start_bits;
    RETURN_IF_ERROR(write_places(packer, order, model->items_count - packer->free_count, pack));
    return ordered_type(packer, pack, &trial->type);
}

struct error *pack_try(struct layouter *layouter, const struct layout *layout,
                       const struct pack_options *options, const struct pack_step *steps, size_t steps_count,
                       struct arena *arena, struct pack_trial *trial)
{
    struct packer packer = packer_of(layouter, layout, options, arena);
    *trial = (struct pack_trial){.pack = pack_nothing(layout)};
    packer.refusal = pack_refusal(layout, packer.options->force);
    if (!packer.refusal)
        RETURN_IF_ERROR(try_steps(&packer, steps, steps_count, trial));
    if (packer.refusal)
        trial->pack = (struct pack){.layout = layout, .refusal = packer.refusal};
    return NULL;
}
