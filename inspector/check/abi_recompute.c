// SPDX-License-Identifier: MIT
#include "check/abi_recompute.h"

#include "check/abi_bits.h"
#include "check/abi_classes.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

const char *abi_verdict_word(enum abi_verdict verdict)
{
    static const char *const words[ABI_VERDICTS] = {[ABI_AGREES] = "agrees",
                                                    [ABI_EXPLAINED] = "explained",
                                                    [ABI_UNDECIDED] = "undecided",
                                                    [ABI_UNKNOWN] = "unknown",
                                                    [ABI_DIFFERS] = "differs"};
    return words[verdict];
}

static const struct {
    const char *word, *text;
} reasons[ABI_REASONS] = {
    [ABI_PACKED] = {"packed", "packed: members stand closer than their types ask for"},
    [ABI_ALIGNED_UNSTATED] = {"aligned_unstated",
                              "aligned attribute, which DWARF before version 5, and BTF, need not "
                              "state"},
    [ABI_TAIL_REUSE] = {"tail_reuse", "a member lies in the tail padding of a base or of the member before"},
    [ABI_EMPTY_OBJECT] = {"empty_object",
                          "an empty base or member shares an address, or stands aside: two objects "
                          "of one type need two addresses"},
    [ABI_UNNAMED_BITS] = {"unnamed_bits", "unnamed bit-fields, which leave no trace but their space"},
    [ABI_REORDERED] = {"reordered", "the compiler chose the order of the members"},
    [ABI_VIRTUAL_BASES] = {"virtual_bases", "virtual bases, placed by the complete object"},
    [ABI_FN_ITEM] = {"fn_item", "a fn item of Rust takes no space, though its type is recorded as a pointer"},
    [ABI_SUDOG] = {"sudog", "Go's linker records sudog's elem as a pointer; since Go 1.26 it is two words"},
    [ABI_VARIANTS] = {"variants", "variants, placed as the compiler likes"},
    [ABI_NO_RULE] = {"no_rule", "no rule for this language: its compilers place members as they like"},
};

const char *abi_reason_word(enum abi_reason reason)
{
    return reasons[reason].word;
}

const char *abi_reason_text(enum abi_reason reason)
{
    return reasons[reason].text;
}

// A member with all that placing it needs.
struct abi_item {
    const struct member *member;
    uint64_t recorded_bits, size_bits;
    uint64_t data_bits;    // of a record: where its own tail padding begins; else size_bits
    uint64_t storage_bits; // of a bit-field: its type's size; else 0
    uint64_t align_bytes;
    uint64_t least_bytes, most_bytes; // the range that the alignment is in
    uint64_t type_least_bytes;        // the least that the type's alignment may be, whatever is said of it
    bool is_raised;                   // the member declares more than its type has
    uint64_t lowered_bytes;           // what the member declares below its type's alignment; else 0
    bool is_empty; // a C++ object without data: a base takes no space, a member may share its address
    size_t first_empty, empties_count; // the empty objects in it, from its own start
};

struct items {
    struct abi_item *data;
    size_t count;
    bool is_partial; // a member that cannot be placed was left out
    bool is_unknown;
    bool has_lowered; // a member declares less than its type has: gcc states what is, clang what is asked for
    uint64_t front_bits; // taken before the first item: the pointer of a primary base that is virtual
    abi_empties_vec empties;
    unsigned looks; // left for finding them; 0: not all are known
    abi_virtual_bases_vec virtual_bases;
};

// One way to read the type.
struct abi_reading {
    uint64_t cap_bytes;      // no member aligns to more; 0: no cap
    bool packs_members;      // single members may be packed
    bool is_unstated;        // alignments may lack their statement
    bool may_align_more;     // single members may be aligned to more than their types are
    bool lowers_members;     // a member has what it declares, also below its type's alignment
    bool may_have_unnamed;   // unnamed bit-fields may stand anywhere
    bool packs_virtual;      // virtual bases may lie in each other's tails
    bool is_microsoft;       // bit-fields lie in units of their types
    uint64_t declared_bytes; // alignment of the type as declared
    enum language_family language;
};

struct outcome {
    unsigned reasons;
    uint64_t needed_align_bytes; // by unstated alignments: the size must be a multiple
    uint64_t most_align_bytes;   // that the record can have, where members' alignments are bounds
    bool is_undecided;
    struct abi_finding *findings;
    size_t findings_count;
};

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
}

// UINT64_MAX when there is no such number.
static uint64_t rounded_up(uint64_t bits, uint64_t align_bytes)
{
    uint64_t align_bits = 8 * align_bytes, raised;
    return __builtin_add_overflow(bits, align_bits - 1, &raised) ? UINT64_MAX : raised - raised % align_bits;
}

static uint64_t sum_bits(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

// --- What there is to place ---

static struct error *item_find_empties(const struct member *member, struct items *items,
                                       struct abi_item *item)
{
    item->first_empty = items->empties.length;
    if (items->looks && !abi_empties_add(&items->empties, member, &items->looks))
        return &error_out_of_memory;
    item->empties_count = items->empties.length - item->first_empty;
    return NULL;
}

static struct error *item_make(struct layouter *layouter, const struct member *member, struct items *items)
{
    struct abi_item item = {.member = member, .recorded_bits = member->offset_bits};
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(layouter, member->type, &layout));
    RETURN_IF_ERROR(layout_member_align(layouter, member, &item.align_bytes, &item.most_bytes));
    item.is_raised = align_is_valid(member->declared_align_bytes) && layout->align.bytes &&
                     member->declared_align_bytes > layout->align.bytes;
    item.type_least_bytes = layout->align.least_bytes ? layout->align.least_bytes : 1;
    if (align_is_valid(member->declared_align_bytes) && member->declared_align_bytes < item.align_bytes)
        item.lowered_bytes = member->declared_align_bytes;
    item.least_bytes = item.align_bytes ? item.align_bytes : layout->align.least_bytes;
    const struct type *type = type_strip(member->type);
    item.size_bits = item.data_bits = member->size_bits;
    if (member_is_flexible(member))
        item.size_bits = item.data_bits = 0;
    else if (!member->size_known)
        items->is_unknown = true;
    if (member->kind == MEMBER_BITFIELD)
        item.storage_bits = type->size_known ? type->size_bits : 0;
    // A record of no fields that a compiler gave an alignment of its own is rare; 1 is the rule.
    if (!item.align_bytes && !item.most_bytes && type_has_members(type) && !type->members_count)
        item.align_bytes = item.least_bytes = item.most_bytes = 1;
    if (!item.align_bytes && item.most_bytes) // a bound: the least, and what the place asks for
        item.align_bytes = item.least_bytes ? item.least_bytes : 1;
    if (!align_is_valid(item.align_bytes) || (member->kind == MEMBER_BITFIELD && !item.storage_bits))
        items->is_unknown = true;
    if (type_has_members(type) && member->kind != MEMBER_BITFIELD && layout->size_known) {
        item.data_bits = layout->data_end_bits;
        item.is_empty = abi_class_is_empty(type);
        if (member->kind == MEMBER_BASE && layout->has_virtual_bases)
            item.size_bits = item.data_bits = layout->nonvirtual_end_bits;
    }
    RETURN_IF_ERROR(item_find_empties(member, items, &item));
    items->has_lowered |= item.lowered_bytes != 0;
    items->data[items->count++] = item;
    return NULL;
}

static int by_recorded_offset(const void *left, const void *right)
{
    const struct abi_item *a = left, *b = right;
    if (a->recorded_bits != b->recorded_bits)
        return a->recorded_bits < b->recorded_bits ? -1 : 1;
    if (a->size_bits != b->size_bits) // what has no size stands before what begins at the same place
        return a->size_bits < b->size_bits ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static void item_to_front(struct items *items, size_t index)
{
    struct abi_item item = items->data[index];
    for (size_t i = index; i > 0; i--)
        items->data[i] = items->data[i - 1];
    items->data[0] = item;
}

// Itanium C++ ABI 2.4 II: the pointer to the virtual table comes first, or the first dynamic base, the primary
// one, which has such a pointer. Of a base that is only declared here its place tells whether it is dynamic.
static struct error *put_primary_first(struct layouter *layouter, struct items *items)
{
    size_t declared = SIZE_MAX;
    for (size_t i = 0; i < items->count; i++)
        if (items->data[i].member->kind == MEMBER_VPTR) {
            item_to_front(items, i);
            return NULL;
        }
    for (size_t i = 0; i < items->count; i++) {
        const struct abi_item *item = &items->data[i];
        const struct layout *layout;
        if (item->member->kind != MEMBER_BASE)
            continue;
        RETURN_IF_ERROR(layout_compute(layouter, item->member->type, &layout));
        if (layout->has_vptr) {
            item_to_front(items, i);
            return NULL;
        }
        if (!layout->size_known && !item->recorded_bits && declared == SIZE_MAX)
            declared = i;
    }
    if (declared != SIZE_MAX)
        item_to_front(items, declared);
    return NULL;
}

// rustc records the type of a function item, which has no size, as a pointer to the function.
static void drop_fn_items(const struct type *type, struct items *items, unsigned *found_reasons)
{
    for (size_t i = 0; i < items->count; i++) {
        struct abi_item *item = &items->data[i];
        const struct type *pointer = type_strip(item->member->type);
        bool is_function =
            pointer->kind == TYPE_POINTER && pointer->target && pointer->target->kind == TYPE_FUNCTION;
        if (!is_function || sum_bits(item->recorded_bits, item->size_bits) <= type->size_bits)
            continue;
        item->size_bits = item->data_bits = 0;
        item->align_bytes = 1;
        *found_reasons |= 1u << ABI_FN_ITEM;
    }
}

// The linker makes sudog<T> from runtime.sudog and writes *T over elem's type (cmd/link/internal/ld/dwarf.go,
// synthesizechantypes). Since Go 1.26 elem is a maybeTraceablePtr: a pointer, and the same as an integer
// (runtime/runtime2.go).
static void widen_sudog_elem(const struct type *type, struct items *items, unsigned *found_reasons)
{
    if (!type->name || strncmp(type->name, "sudog<", 6) != 0)
        return;
    for (size_t i = 0; i + 1 < items->count; i++) {
        struct abi_item *item = &items->data[i];
        uint64_t word_bits = 8 * (uint64_t)type->address_bytes;
        if (!item->member->name || strcmp(item->member->name, "elem") != 0 || item->size_bits != word_bits ||
            type_strip(item->member->type)->kind != TYPE_POINTER ||
            items->data[i + 1].recorded_bits != sum_bits(item->recorded_bits, 2 * word_bits))
            continue;
        item->size_bits = item->data_bits = 2 * word_bits;
        *found_reasons |= 1u << ABI_SUDOG;
    }
}

enum { EMPTY_LOOKS_MOST = 1024 }; // classes looked at to find empty ones in a record: hostile files nest them

static bool compiler_orders(enum language_family language)
{
    return language == FAMILY_RUST || language == FAMILY_OTHER;
}

static struct error *items_make(struct layouter *layouter, const struct type *type, struct arena *arena,
                                struct items *items, unsigned *found_reasons)
{
    items->data = arena_alloc_array(arena, type->members_count + 1, sizeof(*items->data));
    if (!items->data)
        return &error_out_of_memory;
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(layouter, type, &layout));
    items->looks = EMPTY_LOOKS_MOST;
    items->front_bits = layout->primary_base ? 8 * (uint64_t)type->address_bytes : 0;
    if (layout->has_virtual_bases) {
        bool is_complete;
        RETURN_IF_ERROR(abi_virtual_bases(layouter, type, &items->virtual_bases, &is_complete));
        items->is_partial |= !is_complete;
    }
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind == MEMBER_VIRTUAL_BASE || !member->offset_known) {
            *found_reasons |= 1u << ABI_VIRTUAL_BASES;
            items->is_partial |= member->kind != MEMBER_VIRTUAL_BASE;
            items->is_unknown |= member->kind != MEMBER_VIRTUAL_BASE && member->kind != MEMBER_BASE;
            continue;
        }
        // clang records a padded _Atomic struct as a bit-field of whole bytes, since its size is not its type's.
        if (member->kind == MEMBER_BITFIELD && type_has_members(type_strip(member->type))) {
            struct member *field = arena_alloc(arena, sizeof(*field));
            if (!field)
                return &error_out_of_memory;
            *field = *member;
            field->kind = MEMBER_FIELD;
            member = field;
        }
        RETURN_IF_ERROR(item_make(layouter, member, items));
    }
    enum language_family language = language_family(type->language);
    RETURN_IF_ERROR(put_primary_first(layouter, items));
    if (language == FAMILY_RUST)
        drop_fn_items(type, items, found_reasons);
    if (language == FAMILY_GO)
        widen_sudog_elem(type, items, found_reasons);
    if (compiler_orders(language) && items->count > 1) {
        bool was_ordered = true;
        for (size_t i = 1; i < items->count; i++)
            was_ordered &= items->data[i - 1].recorded_bits <= items->data[i].recorded_bits;
        if (!was_ordered)
            *found_reasons |= 1u << ABI_REORDERED;
        qsort(items->data, items->count, sizeof(*items->data), by_recorded_offset);
    }
    return NULL;
}

// --- Placing ---

static struct abi_bits bits_of(const struct abi_item *item, uint64_t align_bytes)
{
    return (struct abi_bits){item->size_bits, item->storage_bits, align_bytes};
}

static uint64_t item_align(const struct abi_reading *reading, const struct abi_item *item)
{
    uint64_t align_bytes =
        reading->lowers_members && item->lowered_bytes ? item->lowered_bytes : item->align_bytes;
    return reading->cap_bytes && align_bytes > reading->cap_bytes ? reading->cap_bytes : align_bytes;
}

static uint64_t place_at(const struct abi_reading *reading, const struct abi_item *item, uint64_t cursor_bits)
{
    uint64_t align_bytes = item_align(reading, item);
    const struct abi_bits bits = bits_of(item, align_bytes);
    if (item->member->kind == MEMBER_BITFIELD)
        return abi_bits_place(&bits, cursor_bits, reading->cap_bytes != 0);
    return rounded_up(cursor_bits, align_bytes);
}

static bool shares_empty(const struct items *items, const struct abi_empty *empty, uint64_t at_bits,
                         const struct abi_item *placed)
{
    for (size_t i = 0; i < placed->empties_count; i++) {
        const struct abi_empty *other = &items->empties.data[placed->first_empty + i];
        if (sum_bits(placed->recorded_bits, other->offset_bits) == sum_bits(at_bits, empty->offset_bits) &&
            abi_same_class(other->type, empty->type))
            return true;
    }
    return false;
}

// Whether an empty object in `item`, placed there, has the address of one of its class in an item before it.
static bool empties_collide(const struct items *items, const struct abi_item *item, uint64_t at_bits)
{
    for (size_t i = 0; i < item->empties_count; i++)
        for (const struct abi_item *placed = items->data; placed < item; placed++)
            if (shares_empty(items, &items->empties.data[item->first_empty + i], at_bits, placed))
                return true;
    return false;
}

enum { BUMPS_MOST = 256 };

// Itanium C++ ABI 2.4 II.2: where empty objects of one class would share an address, the next place is tried.
static uint64_t place_clear(const struct abi_reading *reading, const struct items *items,
                            const struct abi_item *item, uint64_t cursor_bits)
{
    uint64_t at_bits = place_at(reading, item, cursor_bits);
    for (unsigned i = 0; i < BUMPS_MOST && empties_collide(items, item, at_bits); i++)
        at_bits = sum_bits(at_bits, 8 * item_align(reading, item));
    return at_bits;
}

// Where the next member may begin.
struct cursors {
    uint64_t end_bits;      // behind the member before
    uint64_t most_bits;     // behind all members so far; differs where one lies in the tail of another
    uint64_t tail_bits;     // behind the data of the last one, when that is a record
    uint64_t recorded_bits; // behind what is recorded, after a finding; else end_bits
    struct abi_unit unit;   // of Microsoft's reading
    const struct abi_item *last;
};

// The most that unnamed bit-fields are taken to fill: two words of the largest type.
enum { UNNAMED_BITS_MOST = 128 };

static bool unnamed_bits_explain(const struct abi_item *item, const struct cursors *cursors,
                                 uint64_t computed_bits)
{
    uint64_t at = item->recorded_bits;
    if (at <= computed_bits || at - computed_bits > UNNAMED_BITS_MOST)
        return false;
    const struct abi_bits bits = bits_of(item, item->align_bytes);
    if (item->member->kind == MEMBER_BITFIELD)
        return item->size_bits && abi_bits_fit(&bits, at);
    bool after_bits = cursors->last && cursors->last->member->kind == MEMBER_BITFIELD;
    return after_bits && at % (8 * item->align_bytes) == 0;
}

// The alignment, larger than natural, that puts the item where it is recorded; 0: none does.
static uint64_t unstated_align(const struct abi_item *item, uint64_t cursor_bits)
{
    for (uint64_t align_bytes = item->align_bytes * 2; align_bytes <= 4096; align_bytes *= 2)
        if (rounded_up(cursor_bits, align_bytes) == item->recorded_bits)
            return align_bytes;
    return 0;
}

// The alignment, smaller than natural, that puts the item where it is recorded; 0: none does. The attribute
// packed leaves 1, or what the member declares; a record's own may be any that its layout allows.
static uint64_t packed_align(const struct abi_reading *reading, const struct abi_item *item,
                             uint64_t cursor_bits)
{
    if (item->member->kind == MEMBER_BITFIELD)
        return item->recorded_bits == cursor_bits;
    if (item->is_raised) // and stays so
        return 0;
    for (uint64_t align_bytes = item->align_bytes / 2; align_bytes; align_bytes /= 2) {
        bool can_be = align_bytes == 1 || align_bytes == item->lowered_bytes ||
                      align_bytes >= item->type_least_bytes || reading->is_unstated;
        if (can_be && rounded_up(cursor_bits, align_bytes) == item->recorded_bits)
            return align_bytes;
    }
    return 0;
}

// An alignment that is a bound only: those that put the item where it is recorded. *align_bytes gets the least.
static bool place_in_range(const struct abi_item *item, const struct cursors *cursors, uint64_t cap_bytes,
                           uint64_t *align_bytes, struct outcome *outcome)
{
    bool found = false;
    if (item->member->kind == MEMBER_BITFIELD || item->least_bytes >= item->most_bytes)
        return false;
    for (uint64_t bytes = item->least_bytes; bytes && bytes <= item->most_bytes; bytes *= 2) {
        uint64_t capped_bytes = cap_bytes && bytes > cap_bytes ? cap_bytes : bytes;
        if (rounded_up(cursors->end_bits, capped_bytes) != item->recorded_bits)
            continue;
        if (!found)
            *align_bytes = capped_bytes;
        outcome->most_align_bytes = at_least(outcome->most_align_bytes, capped_bytes);
        found = true;
    }
    return found;
}

// An empty base, or an empty member with [[no_unique_address]]: at the start, or where other data would be.
static uint64_t place_empty(const struct abi_reading *reading, const struct items *items,
                            const struct abi_item *item, const struct cursors *cursors)
{
    if (!empties_collide(items, item, 0))
        return 0;
    uint64_t in_tail_bits = place_clear(reading, items, item, cursors->tail_bits);
    return in_tail_bits == item->recorded_bits ? in_tail_bits
                                               : place_clear(reading, items, item, cursors->end_bits);
}

// Behind any number of unnamed bit-fields, within reason.
enum { UNNAMED_RUN_MOST = 4096 };

static bool fits_behind_unnamed(const struct abi_item *item, uint64_t computed_bits)
{
    uint64_t at = item->recorded_bits;
    if (at <= computed_bits || at - computed_bits > UNNAMED_RUN_MOST)
        return false;
    const struct abi_bits bits = bits_of(item, item->align_bytes);
    if (item->member->kind == MEMBER_BITFIELD)
        return abi_bits_fit(&bits, at);
    return at % (8 * item->align_bytes) == 0;
}

// Whether something is known that puts the item where it is recorded; the reason is noted.
static bool item_explained(const struct abi_reading *reading, const struct items *items,
                           const struct abi_item *item, const struct cursors *cursors, uint64_t computed_bits,
                           uint64_t *align_bytes, struct outcome *outcome)
{
    bool is_bits = item->member->kind == MEMBER_BITFIELD;
    uint64_t ranged = place_in_range(item, cursors, reading->cap_bytes, align_bytes, outcome);
    if (ranged)
        return true;
    if (cursors->tail_bits < cursors->end_bits && reading->language == FAMILY_CPLUSPLUS &&
        item->recorded_bits == place_clear(reading, items, item, cursors->tail_bits)) {
        outcome->reasons |= 1u << ABI_TAIL_REUSE;
        return true;
    }
    if (item->is_empty && item->recorded_bits == place_empty(reading, items, item, cursors)) {
        outcome->reasons |= 1u << ABI_EMPTY_OBJECT;
        return true;
    }
    if (unnamed_bits_explain(item, cursors, computed_bits)) {
        outcome->reasons |= 1u << ABI_UNNAMED_BITS;
        return true;
    }
    uint64_t less = reading->packs_members ? packed_align(reading, item, cursors->end_bits) : 0;
    if (less) {
        outcome->reasons |= 1u << ABI_PACKED;
        *align_bytes = less;
        return true;
    }
    uint64_t more = reading->may_align_more && !is_bits ? unstated_align(item, cursors->end_bits) : 0;
    if (more) {
        outcome->reasons |= 1u << ABI_ALIGNED_UNSTATED;
        outcome->needed_align_bytes = at_least(outcome->needed_align_bytes, more);
        return true;
    }
    if (!reading->may_have_unnamed || !fits_behind_unnamed(item, computed_bits))
        return false;
    outcome->reasons |= 1u << ABI_UNNAMED_BITS;
    outcome->is_undecided = true;
    return true;
}

static void note_finding(struct outcome *outcome, const struct member *member, uint64_t recorded_bits,
                         uint64_t computed_bits)
{
    outcome->findings[outcome->findings_count++] = (struct abi_finding){
        .member = member, .recorded_bits = recorded_bits, .computed_bits = computed_bits};
}

// An empty base takes no space of the class's data, but its own byte must lie in the object.
static void place_empty_base(const struct abi_reading *reading, const struct items *items,
                             const struct abi_item *item, struct cursors *cursors, struct outcome *outcome)
{
    uint64_t computed_bits = place_empty(reading, items, item, cursors);
    bool is_known = items->looks != 0;
    bool may_be = !is_known && item->recorded_bits % (8 * item->align_bytes) == 0;
    if (item->recorded_bits != computed_bits && !may_be)
        note_finding(outcome, item->member, item->recorded_bits, computed_bits);
    else if (item->recorded_bits)
        outcome->reasons |= 1u << ABI_EMPTY_OBJECT;
    cursors->most_bits = at_least(cursors->most_bits, sum_bits(item->recorded_bits, item->size_bits));
}

static void place_item(const struct abi_reading *reading, const struct items *items,
                       const struct abi_item *item, struct cursors *cursors, uint64_t *align_bytes,
                       struct outcome *outcome)
{
    uint64_t own_align_bytes = item_align(reading, item);
    const struct abi_bits bits = bits_of(item, own_align_bytes);
    if (reading->is_microsoft)
        cursors->end_bits = abi_bits_begin(&bits, cursors->end_bits, &cursors->unit);
    uint64_t computed_bits = place_clear(reading, items, item, cursors->end_bits);
    uint64_t at = item->recorded_bits;
    bool follows = at == computed_bits;
    if (!follows && cursors->recorded_bits != cursors->end_bits) // one wrong member is one finding
        follows = at == place_at(reading, item, cursors->recorded_bits);
    if (follows && item->least_bytes < item->most_bytes) // what else the alignment may be
        place_in_range(item, cursors, reading->cap_bytes, &own_align_bytes, outcome);
    follows =
        follows || item_explained(reading, items, item, cursors, computed_bits, &own_align_bytes, outcome);
    if (!follows)
        note_finding(outcome, item->member, at, computed_bits);
    uint64_t placed_bits = follows ? at : computed_bits;
    bool shares = item->is_empty && follows && at < computed_bits && at < cursors->tail_bits;
    if (shares) { // a member without data at an address that others have, too: what follows does not see it
        cursors->most_bits = at_least(cursors->most_bits, sum_bits(at, item->size_bits));
        return;
    }
    cursors->end_bits = sum_bits(placed_bits, item->size_bits);
    cursors->most_bits = at_least(at_least(cursors->most_bits, cursors->end_bits), cursors->unit.end_bits);
    bool has_tail = follows && item->data_bits < item->size_bits;
    uint64_t tail_bits = item->is_empty ? 0 : has_tail ? sum_bits(at, item->data_bits) : cursors->end_bits;
    cursors->tail_bits = at_least(cursors->tail_bits, tail_bits);
    cursors->recorded_bits = follows ? cursors->end_bits : sum_bits(at, item->size_bits);
    cursors->last = item;
    *align_bytes = at_least(*align_bytes, own_align_bytes);
}

static uint64_t computed_size(const struct abi_reading *reading, const struct items *items,
                              const struct cursors *cursors, uint64_t align_bytes)
{
    uint64_t end_bits = cursors->most_bits;
    const struct abi_item *last = items->count ? &items->data[items->count - 1] : NULL;
    // Go: a trailing field of no size gets a byte, so that its address stays inside of the object.
    if (reading->language == FAMILY_GO && last && !last->size_bits && end_bits)
        end_bits = sum_bits(end_bits, 8);
    if (reading->language == FAMILY_CPLUSPLUS) // every object has an address of its own
        end_bits = at_least(end_bits, 8);
    return rounded_up(end_bits, align_bytes);
}

static bool size_explained(const struct abi_reading *reading, const struct type *type,
                           const struct cursors *cursors, uint64_t computed_bits, uint64_t align_bytes,
                           struct outcome *outcome)
{
    uint64_t size_bits = type->size_bits;
    bool after_bits = cursors->last && cursors->last->member->kind == MEMBER_BITFIELD;
    if (after_bits && size_bits > computed_bits && size_bits - computed_bits <= UNNAMED_BITS_MOST &&
        size_bits % (8 * align_bytes) == 0) {
        outcome->reasons |= 1u << ABI_UNNAMED_BITS;
        return true;
    }
    if (reading->may_have_unnamed && size_bits > computed_bits &&
        size_bits - computed_bits <= UNNAMED_RUN_MOST && size_bits % (8 * align_bytes) == 0) {
        outcome->reasons |= 1u << ABI_UNNAMED_BITS;
        outcome->is_undecided = true;
        return true;
    }
    for (uint64_t more = align_bytes * 2; reading->may_align_more && more <= 4096; more *= 2) {
        if (rounded_up(cursors->most_bits, more) == size_bits) {
            outcome->reasons |= 1u << ABI_ALIGNED_UNSTATED;
            return true;
        }
    }
    return false;
}

// Virtual bases follow all else, as a complete object has them; one whose place is recorded must be there.
static void place_virtual_bases(const struct abi_reading *reading, const struct items *items,
                                struct cursors *cursors, uint64_t *align_bytes, struct outcome *outcome)
{
    uint64_t data_bits = at_least(cursors->tail_bits, items->front_bits);
    if (!reading->packs_virtual)
        data_bits = at_least(data_bits, cursors->end_bits);
    vec_foreach (const struct abi_virtual_base *, base, &items->virtual_bases) {
        const struct layout *layout = base->layout;
        uint64_t base_align_bytes = layout->align.bytes ? layout->align.bytes : 1;
        *align_bytes = at_least(*align_bytes, base_align_bytes);
        if (abi_class_is_empty(base->type)) {
            cursors->most_bits = at_least(cursors->most_bits, layout->size_bits);
            continue;
        }
        uint64_t at_bits = rounded_up(data_bits, base_align_bytes);
        uint64_t size_bits = layout->has_virtual_bases ? layout->nonvirtual_end_bits
                             : reading->packs_virtual  ? layout->data_end_bits
                                                       : layout->size_bits;
        if (base->member && base->member->offset_known && base->member->offset_bits != at_bits)
            note_finding(outcome, base->member, base->member->offset_bits, at_bits);
        data_bits = sum_bits(at_bits, size_bits);
        cursors->most_bits = at_least(cursors->most_bits, data_bits);
    }
}

static void read_items(const struct abi_reading *reading, const struct type *type, const struct items *items,
                       struct cursors *cursors, uint64_t *align_bytes, struct outcome *outcome)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct abi_item *item = &items->data[i];
        if (item->is_empty && item->member->kind == MEMBER_BASE) {
            place_empty_base(reading, items, item, cursors, outcome);
            *align_bytes = at_least(*align_bytes, item_align(reading, item));
            continue;
        }
        if (type->kind == TYPE_UNION) { // each begins at the start
            struct cursors at_start = {0};
            struct items alone = {.data = items->data + i, .count = 1, .looks = items->looks};
            place_item(reading, &alone, item, &at_start, align_bytes, outcome);
            at_start.most_bits = at_least(at_start.most_bits, cursors->most_bits);
            *cursors = at_start;
            continue;
        }
        place_item(reading, items, item, cursors, align_bytes, outcome);
    }
}

static void read_as(const struct abi_reading *reading, const struct type *type, const struct items *items,
                    struct outcome *outcome)
{
    struct cursors cursors = {.end_bits = items->front_bits,
                              .most_bits = items->front_bits,
                              .tail_bits = items->front_bits,
                              .recorded_bits = items->front_bits};
    uint64_t align_bytes = items->front_bits ? type->address_bytes : 1;
    outcome->findings_count = 0;
    outcome->reasons = reading->cap_bytes ? 1u << ABI_PACKED : 0;
    outcome->needed_align_bytes = outcome->most_align_bytes = 0;
    outcome->is_undecided = false;
    read_items(reading, type, items, &cursors, &align_bytes, outcome);
    if (items->is_partial)
        return;
    place_virtual_bases(reading, items, &cursors, &align_bytes, outcome);
    align_bytes = at_least(align_bytes, reading->declared_bytes);
    align_bytes = at_least(align_bytes, outcome->needed_align_bytes);
    uint64_t size_bits = computed_size(reading, items, &cursors, align_bytes);
    // Where alignments of members are bounds, so is the record's.
    for (uint64_t more = align_bytes * 2; more <= outcome->most_align_bytes; more *= 2)
        if (size_bits != type->size_bits)
            size_bits = computed_size(reading, items, &cursors, more);
    if (size_bits != type->size_bits &&
        !size_explained(reading, type, &cursors, size_bits, align_bytes, outcome))
        note_finding(outcome, NULL, type->size_bits, size_bits);
}

// --- Trying readings ---

// What natural placement misses is what gets told.
static void read_naturally(struct abi_reading *reading, const struct type *type, const struct items *items,
                           struct outcome *outcome)
{
    *reading = (struct abi_reading){.language = reading->language,
                                    .declared_bytes = reading->declared_bytes,
                                    .is_unstated = reading->is_unstated};
    read_as(reading, type, items, outcome);
    outcome->is_undecided = false;
}

static bool read_all(const struct type *type, const struct items *items, const struct abi_options *options,
                     struct outcome *outcome)
{
    static const struct {
        uint64_t cap_bytes;
        bool packs_members, may_align_more, may_have_unnamed, packs_virtual, lowers_members, is_microsoft;
    } ways[] = {{.is_microsoft = true},
                {.is_microsoft = true, .cap_bytes = 1},
                {.cap_bytes = 0},
                {.lowers_members = true},
                {.packs_virtual = true},
                {.cap_bytes = 8},
                {.cap_bytes = 4},
                {.cap_bytes = 2},
                {.cap_bytes = 1},
                {.packs_members = true},
                {.may_align_more = true},
                {1, .may_align_more = true},
                {.packs_members = true, .may_align_more = true},
                {.may_have_unnamed = true}};
    struct abi_reading reading = {.language = language_family(type->language),
                                  .is_unstated = options->alignments_may_be_unstated};
    if (align_is_valid(type->declared_align_bytes))
        reading.declared_bytes = type->declared_align_bytes;
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        bool is_c_like = reading.language == FAMILY_C || reading.language == FAMILY_CPLUSPLUS;
        if ((ways[i].may_align_more && !options->alignments_may_be_unstated) ||
            (ways[i].may_have_unnamed && !is_c_like) ||
            (ways[i].packs_virtual && !items->virtual_bases.length) ||
            (ways[i].is_microsoft && !options->bits_are_microsoft) ||
            (ways[i].lowers_members && !items->has_lowered))
            continue;
        reading.cap_bytes = ways[i].cap_bytes;
        reading.packs_members = ways[i].packs_members;
        reading.may_align_more = ways[i].may_align_more;
        reading.may_have_unnamed = ways[i].may_have_unnamed;
        reading.packs_virtual = ways[i].packs_virtual;
        reading.lowers_members = ways[i].lowers_members;
        reading.is_microsoft = ways[i].is_microsoft;
        read_as(&reading, type, items, outcome);
        if (!outcome->findings_count && outcome->is_undecided) {
            const unsigned undecided_reasons = outcome->reasons;
            read_naturally(&reading, type, items, outcome);
            outcome->reasons = undecided_reasons;
            outcome->is_undecided = true;
            return false;
        }
        if (!outcome->findings_count)
            return true;
    }
    read_naturally(&reading, type, items, outcome);
    return false;
}

static struct error *recompute_items(const struct type *type, const struct items *items,
                                     const struct abi_options *options, struct arena *arena,
                                     unsigned found_reasons, struct abi_recomputed *result)
{
    size_t most = type->members_count + items->virtual_bases.length + 2;
    struct outcome outcome = {.findings = arena_alloc_array(arena, most, sizeof(struct abi_finding))};
    if (!outcome.findings)
        return &error_out_of_memory;
    bool follows = read_all(type, items, options, &outcome);
    result->reasons = outcome.reasons | found_reasons;
    result->findings = outcome.findings;
    result->findings_count = outcome.findings_count;
    // gcc leaves the members of some unions out altogether.
    if (!follows && !items->count && !items->is_partial) {
        result->findings_count = 0;
        result->reasons = found_reasons;
        return NULL;
    }
    if (!follows && language_family(type->language) == FAMILY_OTHER) {
        result->reasons = 1u << ABI_NO_RULE;
        return NULL;
    }
    result->verdict = outcome.is_undecided ? ABI_UNDECIDED
                      : !follows           ? ABI_DIFFERS
                      : result->reasons    ? ABI_EXPLAINED
                                           : ABI_AGREES;
    return NULL;
}

struct error *abi_recompute(struct layouter *layouter, const struct type *type,
                            const struct abi_options *options, struct arena *arena,
                            struct abi_recomputed *result)
{
    *result = (struct abi_recomputed){.verdict = ABI_UNKNOWN};
    type = type_strip(type);
    if (!type_has_members(type) || type->is_declaration || !type->size_known || type->by_name_only)
        return NULL;
    struct items items = {0};
    unsigned found_reasons = 0;
    struct error *error = items_make(layouter, type, arena, &items, &found_reasons);
    if (!error && type->variant_parts_count) {
        result->reasons = 1u << ABI_VARIANTS;
        result->verdict = ABI_EXPLAINED;
    } else if (!error && !items.is_unknown) {
        error = recompute_items(type, &items, options, arena, found_reasons, result);
    }
    vec_free(&items.empties);
    vec_free(&items.virtual_bases);
    return error;
}
