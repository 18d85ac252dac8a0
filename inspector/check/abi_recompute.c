#include "check/abi_recompute.h"

#include "type/language.h"

#include <stdlib.h>
#include <string.h>

const char *abi_verdict_word(enum abi_verdict verdict)
{
    static const char *const words[ABI_VERDICTS] = {[ABI_AGREES] = "agrees",
                                                    [ABI_EXPLAINED] = "explained",
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
    bool is_empty; // a C++ object without data: a base takes no space, a member may share its address
};

struct items {
    struct abi_item *data;
    size_t count;
    bool is_partial; // a member that cannot be placed was left out
    bool is_unknown;
};

// One way to read the type.
struct abi_reading {
    uint64_t cap_bytes;      // no member aligns to more; 0: no cap
    bool packs_members;      // single members may be packed
    bool may_align_more;     // single members may be aligned to more than their types are
    uint64_t declared_bytes; // alignment of the type as declared
    enum language_family language;
};

struct outcome {
    unsigned reasons;
    uint64_t needed_align_bytes; // by unstated alignments: the size must be a multiple
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

enum { EMPTY_LOOKS_MOST = 256 }; // classes looked at to find one empty: hostile files make endless bases

// Itanium C++ ABI 1.1, "empty class": no members but static ones, no virtual functions, all bases empty.
static bool class_is_empty(const struct type *type, unsigned *looks)
{
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind != MEMBER_BASE || !*looks)
            return false;
        --*looks;
        if (!class_is_empty(type_strip(member->type), looks))
            return false;
    }
    return type_has_members(type) && !type->is_declaration;
}

static struct error *item_make(struct layouter *layouter, const struct member *member, struct items *items)
{
    struct abi_item item = {.member = member, .recorded_bits = member->offset_bits};
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(layouter, member->type, &layout));
    RETURN_IF_ERROR(layout_member_align(layouter, member, &item.align_bytes));
    const struct type *type = type_strip(member->type);
    item.size_bits = item.data_bits = member->size_bits;
    if (member_is_flexible(member))
        item.size_bits = item.data_bits = 0;
    else if (!member->size_known)
        items->is_unknown = true;
    if (member->kind == MEMBER_BITFIELD)
        item.storage_bits = type->size_known ? type->size_bits : 0;
    // A record of no fields that a compiler gave an alignment of its own is rare; 1 is the rule.
    if (!item.align_bytes && type_has_members(type) && !type->members_count)
        item.align_bytes = 1;
    if (!align_is_valid(item.align_bytes) || (member->kind == MEMBER_BITFIELD && !item.storage_bits))
        items->is_unknown = true;
    if (type_has_members(type) && member->kind != MEMBER_BITFIELD && layout->size_known) {
        item.data_bits = layout->data_end_bits;
        unsigned looks = EMPTY_LOOKS_MOST;
        item.is_empty = language_family(type->language) == FAMILY_CPLUSPLUS && class_is_empty(type, &looks);
        if (member->kind == MEMBER_BASE && layout->has_virtual_bases) {
            item.size_bits = item.data_bits = layout->nonvirtual_end_bits;
            items->is_partial = true;
        }
    }
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

// The pointer to the virtual table comes first, wherever the debug information tells of it.
static void vptr_first(struct items *items)
{
    for (size_t i = 1; i < items->count; i++) {
        if (items->data[i].member->kind != MEMBER_VPTR)
            continue;
        struct abi_item vptr = items->data[i];
        for (size_t j = i; j > 0; j--)
            items->data[j] = items->data[j - 1];
        items->data[0] = vptr;
        return;
    }
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
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind == MEMBER_VIRTUAL_BASE || !member->offset_known) {
            items->is_partial = true;
            *found_reasons |= 1u << ABI_VIRTUAL_BASES;
            items->is_unknown |= member->kind != MEMBER_VIRTUAL_BASE && member->kind != MEMBER_BASE;
            continue;
        }
        RETURN_IF_ERROR(item_make(layouter, member, items));
    }
    enum language_family language = language_family(type->language);
    vptr_first(items);
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

// System V psABI, "Bit-Fields": a bit-field lies within one storage unit of its type; a unit begins wherever
// that type's alignment allows (i386: a unit of 8 bytes at each 4). Packed ones lie bit to bit.
static bool bits_fit_unit(const struct abi_item *item, uint64_t at_bits, uint64_t align_bytes)
{
    uint64_t end_bits = sum_bits(at_bits % (8 * align_bytes), item->size_bits);
    return end_bits <= item->storage_bits;
}

static uint64_t bit_field_place(const struct abi_item *item, uint64_t cursor_bits, uint64_t align_bytes,
                                bool packed)
{
    if (packed || !item->size_bits || bits_fit_unit(item, cursor_bits, align_bytes))
        return cursor_bits;
    return rounded_up(cursor_bits, align_bytes);
}

static uint64_t item_align(const struct abi_reading *reading, const struct abi_item *item)
{
    return reading->cap_bytes && item->align_bytes > reading->cap_bytes ? reading->cap_bytes
                                                                        : item->align_bytes;
}

static uint64_t place_at(const struct abi_reading *reading, const struct abi_item *item, uint64_t cursor_bits)
{
    uint64_t align_bytes = item_align(reading, item);
    if (item->member->kind == MEMBER_BITFIELD)
        return bit_field_place(item, cursor_bits, align_bytes, reading->cap_bytes != 0);
    return rounded_up(cursor_bits, align_bytes);
}

// Where the next member may begin.
struct cursors {
    uint64_t end_bits;      // behind the member before
    uint64_t most_bits;     // behind all members so far; differs where one lies in the tail of another
    uint64_t tail_bits;     // behind the data of the last one, when that is a record
    uint64_t recorded_bits; // behind what is recorded, after a finding; else end_bits
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
    if (item->member->kind == MEMBER_BITFIELD)
        return item->size_bits && bits_fit_unit(item, at, item->align_bytes);
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

// The alignment, smaller than natural, that puts the item where it is recorded; 0: none does.
static uint64_t packed_align(const struct abi_item *item, uint64_t cursor_bits)
{
    if (item->member->kind == MEMBER_BITFIELD)
        return item->recorded_bits == cursor_bits;
    for (uint64_t align_bytes = item->align_bytes / 2; align_bytes; align_bytes /= 2)
        if (rounded_up(cursor_bits, align_bytes) == item->recorded_bits)
            return align_bytes;
    return 0;
}

// Whether something is known that puts the item where it is recorded; the reason is noted.
static bool item_explained(const struct abi_reading *reading, const struct abi_item *item,
                           const struct cursors *cursors, uint64_t computed_bits, uint64_t *align_bytes,
                           struct outcome *outcome)
{
    bool is_bits = item->member->kind == MEMBER_BITFIELD;
    if (cursors->tail_bits < cursors->end_bits && !is_bits && reading->language != FAMILY_C &&
        item->recorded_bits == place_at(reading, item, cursors->tail_bits)) {
        outcome->reasons |= 1u << ABI_TAIL_REUSE;
        return true;
    }
    bool is_aligned = item->recorded_bits % (8 * item->align_bytes) == 0;
    if (item->is_empty && is_aligned && item->recorded_bits <= computed_bits + item->size_bits) {
        outcome->reasons |= 1u << ABI_EMPTY_OBJECT;
        return true;
    }
    if (unnamed_bits_explain(item, cursors, computed_bits)) {
        outcome->reasons |= 1u << ABI_UNNAMED_BITS;
        return true;
    }
    uint64_t less = reading->packs_members ? packed_align(item, cursors->end_bits) : 0;
    if (less) {
        outcome->reasons |= 1u << ABI_PACKED;
        *align_bytes = less;
        return true;
    }
    uint64_t more = reading->may_align_more && !is_bits ? unstated_align(item, cursors->end_bits) : 0;
    if (!more)
        return false;
    outcome->reasons |= 1u << ABI_ALIGNED_UNSTATED;
    outcome->needed_align_bytes = at_least(outcome->needed_align_bytes, more);
    return true;
}

static void note_finding(struct outcome *outcome, const struct member *member, uint64_t recorded_bits,
                         uint64_t computed_bits)
{
    outcome->findings[outcome->findings_count++] = (struct abi_finding){
        .member = member, .recorded_bits = recorded_bits, .computed_bits = computed_bits};
}

// An empty base takes no space; where it is recorded must only be a place it can have.
static void place_empty_base(const struct abi_item *item, struct outcome *outcome)
{
    if (item->recorded_bits == 0)
        return;
    if (item->recorded_bits % (8 * item->align_bytes) == 0)
        outcome->reasons |= 1u << ABI_EMPTY_OBJECT;
    else
        note_finding(outcome, item->member, item->recorded_bits, 0);
}

static void place_item(const struct abi_reading *reading, const struct abi_item *item,
                       struct cursors *cursors, uint64_t *align_bytes, struct outcome *outcome)
{
    uint64_t computed_bits = place_at(reading, item, cursors->end_bits);
    uint64_t own_align_bytes = item_align(reading, item);
    uint64_t at = item->recorded_bits;
    bool follows = at == computed_bits;
    if (!follows && cursors->recorded_bits != cursors->end_bits) // one wrong member is one finding
        follows = at == place_at(reading, item, cursors->recorded_bits);
    follows = follows || item_explained(reading, item, cursors, computed_bits, &own_align_bytes, outcome);
    if (!follows)
        note_finding(outcome, item->member, at, computed_bits);
    uint64_t placed_bits = follows ? at : computed_bits;
    bool shares = item->is_empty && follows && at < computed_bits;
    if (shares) // a member without data at an address that others have, too: what follows does not see it
        return;
    cursors->end_bits = sum_bits(placed_bits, item->size_bits);
    cursors->most_bits = at_least(cursors->most_bits, cursors->end_bits);
    cursors->tail_bits =
        follows && item->data_bits < item->size_bits ? sum_bits(at, item->data_bits) : cursors->end_bits;
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
    for (uint64_t more = align_bytes * 2; reading->may_align_more && more <= 4096; more *= 2) {
        if (rounded_up(cursors->most_bits, more) == size_bits) {
            outcome->reasons |= 1u << ABI_ALIGNED_UNSTATED;
            return true;
        }
    }
    return false;
}

static void read_as(const struct abi_reading *reading, const struct type *type, const struct items *items,
                    struct outcome *outcome)
{
    struct cursors cursors = {0};
    uint64_t align_bytes = 1;
    outcome->findings_count = 0;
    outcome->reasons = reading->cap_bytes ? 1u << ABI_PACKED : 0;
    outcome->needed_align_bytes = 0;
    for (size_t i = 0; i < items->count; i++) {
        const struct abi_item *item = &items->data[i];
        if (item->is_empty && item->member->kind == MEMBER_BASE) {
            place_empty_base(item, outcome);
            align_bytes = at_least(align_bytes, item_align(reading, item));
            continue;
        }
        if (type->kind == TYPE_UNION) { // each begins at the start
            struct cursors at_start = {0};
            place_item(reading, item, &at_start, &align_bytes, outcome);
            at_start.most_bits = at_least(at_start.most_bits, cursors.most_bits);
            cursors = at_start;
            continue;
        }
        place_item(reading, item, &cursors, &align_bytes, outcome);
    }
    if (items->is_partial)
        return;
    align_bytes = at_least(align_bytes, reading->declared_bytes);
    align_bytes = at_least(align_bytes, outcome->needed_align_bytes);
    uint64_t size_bits = computed_size(reading, items, &cursors, align_bytes);
    if (size_bits != type->size_bits &&
        !size_explained(reading, type, &cursors, size_bits, align_bytes, outcome))
        note_finding(outcome, NULL, type->size_bits, size_bits);
}

// --- Trying readings ---

static bool read_all(const struct type *type, const struct items *items, const struct abi_options *options,
                     struct outcome *outcome)
{
    static const struct {
        uint64_t cap_bytes;
        bool packs_members, may_align_more;
    } ways[] = {{0, false, false}, {8, false, false}, {4, false, false}, {2, false, false}, {1, false, false},
                {0, true, false},  {0, false, true},  {1, false, true},  {0, true, true}};
    struct abi_reading reading = {.language = language_family(type->language)};
    if (align_is_valid(type->declared_align_bytes))
        reading.declared_bytes = type->declared_align_bytes;
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        if (ways[i].may_align_more && !options->alignments_may_be_unstated)
            continue;
        reading.cap_bytes = ways[i].cap_bytes;
        reading.packs_members = ways[i].packs_members;
        reading.may_align_more = ways[i].may_align_more;
        read_as(&reading, type, items, outcome);
        if (!outcome->findings_count)
            return true;
    }
    reading.cap_bytes = 0;
    reading.packs_members = reading.may_align_more = false;
    read_as(&reading, type, items, outcome); // what natural placement misses is what gets told
    return false;
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
    RETURN_IF_ERROR(items_make(layouter, type, arena, &items, &found_reasons));
    if (type->variant_parts_count) {
        result->reasons = 1u << ABI_VARIANTS;
        result->verdict = ABI_EXPLAINED;
        return NULL;
    }
    if (items.is_unknown)
        return NULL;
    struct outcome outcome = {
        .findings = arena_alloc_array(arena, type->members_count + 2, sizeof(struct abi_finding))};
    if (!outcome.findings)
        return &error_out_of_memory;
    bool follows = read_all(type, &items, options, &outcome);
    result->reasons = outcome.reasons | found_reasons;
    result->findings = outcome.findings;
    result->findings_count = outcome.findings_count;
    // gcc leaves the members of some unions out altogether.
    if (!follows && !items.count && !items.is_partial) {
        result->findings_count = 0;
        return NULL;
    }
    result->verdict = !follows ? ABI_DIFFERS : result->reasons ? ABI_EXPLAINED : ABI_AGREES;
    return NULL;
}
