// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_quick.h"

#include "dwarf/abbrev_form.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

// What the abbrev itself says, in the making. Two with the same digest say the same in it.
struct said {
    uint64_t words[3 + FIELDS_COUNT];
    unsigned count;
};

static void say(struct said *said, uint64_t word)
{
    said->words[said->count++] = word;
}

// The fields that make a difference to a type. Where it is declared does not, nor do the types of enumerations.
static uint32_t fields_that_count(const struct abbrev *abbrev)
{
    uint32_t fields = abbrev->fields & ~(BIT(FIELD_DECL_FILE) | BIT(FIELD_DECL_LINE) | BIT(FIELD_SIBLING));
    if (abbrev->role == ROLE_ENUM || abbrev->role == ROLE_SUBRANGE)
        fields &= ~BIT(FIELD_TYPE);
    return fields;
}

static bool is_number(unsigned field)
{
    return field != FIELD_NAME && field != FIELD_TYPE && field != FIELD_LOCATION_BLOCK;
}

static void place_number(struct quick_abbrev *quick, const struct abbrev_pick *pick, struct said *said)
{
    if (pick->is_constant) {
        say(said, pick->field);
        say(said, pick->constant);
    } else if (!quick->number_mask) {
        say(said, pick->field);
        quick->number_at = (uint8_t)pick->offset_bytes;
        quick->number_mask = UINT64_MAX >> pick->shift_bits;
    } else if (quick->extras_count < QUICK_EXTRAS_MOST) {
        say(said, pick->field);
        quick->extra_at[quick->extras_count] = (uint8_t)pick->offset_bytes;
        quick->extra_shift_bits[quick->extras_count++] = pick->shift_bits;
    } else {
        quick->is_simple = false;
    }
}

// By the picks of a fixed abbrev.
static void places_of_picks(const struct abbrev *abbrev, uint32_t fields, struct quick_abbrev *quick,
                            struct said *said)
{
    quick->is_simple = true;
    for (unsigned i = 0; i < abbrev->picks_count && said->count + 2 <= FIELDS_COUNT; i++) {
        const struct abbrev_pick *pick = &abbrev->picks[i];
        const bool is_u32 = pick->width_bytes == 4 && !pick->is_constant;
        quick->is_simple &= pick->offset_bytes < QUICK_NOWHERE;
        if (pick->field == FIELD_SIBLING && is_u32 && pick->offset_bytes < QUICK_NOWHERE)
            quick->sibling_at = (uint8_t)pick->offset_bytes;
        if (!(fields >> pick->field & 1))
            continue;
        if (pick->field == FIELD_NAME) {
            quick->is_name_index = pick->tag == TEXT_INDEX && pick->width_bytes <= 4 && !pick->is_constant;
            quick->is_simple &= quick->is_name_index || (is_u32 && pick->tag == TEXT_STR);
            quick->name_at = (uint8_t)pick->offset_bytes;
            quick->name_mask =
                pick->width_bytes < 4 ? (UINT32_C(1) << 8 * pick->width_bytes) - 1 : UINT32_MAX;
        } else if (pick->field == FIELD_TYPE) {
            quick->is_simple &= is_u32 && pick->tag == REFERENCE_UNIT;
            quick->type_at = (uint8_t)pick->offset_bytes;
            quick->has_type = true;
        } else if (is_number(pick->field)) {
            place_number(quick, pick, said);
        } else {
            quick->is_simple = false;
        }
    }
}

// A member with its name in place: `plain` holds what stands behind it.
static void places_behind_name(const struct abbrev *abbrev, struct quick_abbrev *quick, struct said *said)
{
    const struct plain_parts *plain = &abbrev->plain;
    quick->is_simple = quick->is_name_in_place = quick->has_type = true;
    quick->type_at = (uint8_t)plain->type_at;
    quick->is_simple = plain->type_at < QUICK_NOWHERE && plain->number_at < QUICK_NOWHERE;
    if (plain->has_number && plain->number_is_constant) {
        say(said, plain->number_constant);
    } else if (plain->has_number) {
        quick->number_at = (uint8_t)plain->number_at;
        quick->number_mask = UINT64_MAX >> plain->number_shift_bits;
    }
}

// Texts and expressions, up to two, and what stands between them.
static void parts_find(const struct declaration *declaration, struct quick_abbrev *quick)
{
    unsigned gap = 0, parts = 0;
    uint8_t type_gap = QUICK_NOWHERE, type_at = 0, location = QUICK_NOWHERE;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        const struct attribute *attribute = &declaration->attributes[i];
        if (attribute->width >= WIDTH_LEB) {
            const bool is_text = attribute->width == WIDTH_TEXT;
            if (parts == QUICK_PARTS_MOST || gap > UINT8_MAX ||
                (!is_text && attribute->width != WIDTH_BLOCK_LEB))
                return;
            if (attribute->field == FIELD_LOCATION_BLOCK)
                location = (uint8_t)parts;
            quick->gaps[parts] = (uint8_t)gap;
            quick->part_is_text[parts++] = is_text;
            gap = 0;
            continue;
        }
        if (attribute->field == FIELD_TYPE && attribute->tag == REFERENCE_UNIT && attribute->width == 4 &&
            type_gap == QUICK_NOWHERE && gap < UINT8_MAX) {
            type_gap = (uint8_t)parts;
            type_at = (uint8_t)gap;
        }
        gap += attribute->width;
    }
    if (gap > UINT8_MAX)
        return;
    quick->gaps[parts] = (uint8_t)gap;
    quick->parts_count = (uint8_t)parts;
    quick->location_part = location;
    if (!quick->is_name_in_place) {
        quick->type_gap = type_gap;
        quick->type_at = type_at;
    }
}

// The same where names have scopes: of type units alone nothing is known.
static bool is_refused_scoped(const struct abbrev *abbrev)
{
    return abbrev->fields & (BIT(FIELD_SIGNATURE) | BIT(FIELD_TYPE_SIGNATURE));
}

static bool is_refused(const struct abbrev *abbrev)
{
    const uint32_t foreign = BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIGNATURE) | BIT(FIELD_TYPE_SIGNATURE);
    switch ((enum die_role)abbrev->role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
    case ROLE_BASE:
    case ROLE_TYPEDEF:
    case ROLE_DERIVED:
    case ROLE_ARRAY:
    case ROLE_SUBRANGE:
    case ROLE_SUBROUTINE:
    case ROLE_PARAMETER:
    case ROLE_MEMBER:
    case ROLE_ENUMERATOR:
    case ROLE_OTHER_TYPE:
        return abbrev->fields & foreign;
    case ROLE_VARIABLE:
        return abbrev->fields & BIT(FIELD_TYPE_SIGNATURE);
    case ROLE_NAMESPACE:
    case ROLE_INHERITANCE:
    case ROLE_VARIANT_PART:
    case ROLE_VARIANT:
        return true;
    case ROLE_OTHER:
    case ROLE_FUNCTION:
        break;
    }
    return false;
}

// A declaration that is one by a flag of the DIE may be none.
static bool is_doubtful_declaration(const struct declaration *declaration, const struct quick_abbrev *quick)
{
    if (!quick->is_item || !quick->is_declaration)
        return false;
    for (unsigned i = 0; i < declaration->attributes_count; i++)
        if (declaration->attributes[i].field == FIELD_DECLARATION)
            return declaration->attributes[i].form != FORM_flag_present;
    return true;
}

static enum quick_run run_of(const struct quick_abbrev *quick)
{
    if (!quick->is_simple || quick->is_name_in_place || quick->extras_count || quick->has_children)
        return RUN_NONE;
    if (quick->role == ROLE_ENUMERATOR)
        return quick->has_type ? RUN_NONE : RUN_ENUMERATOR;
    if (!quick->has_type)
        return RUN_NONE;
    return quick->role == ROLE_MEMBER ? RUN_MEMBER : quick->role == ROLE_PARAMETER ? RUN_PARAMETER : RUN_NONE;
}

void abbrev_quick_compile(const struct declaration *declaration, struct abbrev *abbrev)
{
    const enum die_role role = abbrev->role;
    const uint32_t fields = fields_that_count(abbrev);
    struct quick_abbrev quick = {.role = abbrev->role,
                                 .fixed_bytes = abbrev->fixed_bytes,
                                 .sibling_at = QUICK_NOWHERE,
                                 .type_gap = QUICK_NOWHERE,
                                 .location_part = QUICK_NOWHERE};
    quick.has_children = abbrev->has_children;
    quick.has_name = abbrev->fields >> FIELD_NAME & 1;
    quick.is_item =
        role_is_named_type(role) || role == ROLE_DERIVED || role == ROLE_ARRAY || role == ROLE_SUBROUTINE;
    quick.is_declaration = abbrev->fields >> FIELD_DECLARATION & 1;
    struct said said = {0};
    say(&said, (uint64_t)fields << 32 | (uint64_t)abbrev->tag << 8 | abbrev->has_children);
    if (abbrev->is_fixed)
        places_of_picks(abbrev, fields, &quick, &said);
    else if (abbrev->is_plain_behind_name)
        places_behind_name(abbrev, &quick, &said);
    if (!abbrev->is_fixed)
        parts_find(declaration, &quick);
    say(&said, quick.is_name_in_place);
    quick.digest = XXH3_64bits(said.words, said.count * sizeof(said.words[0]));
    quick.completes = abbrev->fields >> FIELD_SPECIFICATION & 1;
    quick.is_simple &= !quick.completes; // its position says nothing
    const bool is_doubtful = is_doubtful_declaration(declaration, &quick);
    quick.is_refused = is_refused(abbrev) || is_doubtful;
    quick.is_refused_scoped = is_refused_scoped(abbrev) || is_doubtful;
    quick.run = (uint8_t)run_of(&quick);
    abbrev->quick = quick;
}
