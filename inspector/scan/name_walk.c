// SPDX-License-Identifier: MIT
#include "scan/name_walk.h"

#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/die_steps.h"
#include "dwarf/text.h"

// Fewer than what the general way refuses: that says what is wrong. Bytes ahead: a few lines of the caches.
enum { NESTING_MOST = 1000, AHEAD_BYTES = 1024 };

// The name's text_id. False where it is not to be had from the DIE alone, or the DIE is not whole; 0 where it has none.
static bool name_read(const struct unit_view *view, const struct abbrev *abbrev, const uint8_t *behind,
                      uint64_t values[FIELDS_COUNT], uint64_t *id)
{
    *id = 0;
    if (!(abbrev->fields >> FIELD_NAME & 1))
        return true;
    if (!die_read(&view->stream, abbrev, behind, values))
        return false;
    *id = values[FIELD_NAME];
    return true;
}

// Whether the name that stands at `behind` is known not to fit; most are, and nothing else is read of their DIEs then.
static inline bool is_known_unfit(const struct unit_view *view, const struct name_judge *judge,
                                  const struct abbrev *abbrev, const uint8_t *behind)
{
    if (abbrev->first_name == FIRST_NAME_TEXT)
        return judged_names_know_unfit(judge->judged, behind);
    const uint64_t offset = load_u32(behind, view->stream.big_endian);
    return abbrev->first_name == FIRST_NAME_OFFSET && offset < judge->unfit_bits &&
           judge->unfit[offset / 64] >> offset % 64 & 1;
}

// Whether a variable's name may become that of a type: of a nameless one that it holds, in elements or behind pointers, or of one
// that is not known from this unit.
static bool may_name_held(const struct unit_view *view, const uint64_t *values, const struct abbrev *abbrev)
{
    enum { STEPS_MOST = 8 };
    struct decoded_die die;
    uint64_t target = values[FIELD_TYPE];
    if (!(abbrev->fields >> FIELD_TYPE & 1))
        return abbrev->fields & (BIT(FIELD_SPECIFICATION) | BIT(FIELD_TYPE_SIGNATURE));
    for (unsigned steps = 0; steps <= STEPS_MOST; steps++) {
        if (id_tag(target) != REFERENCE_UNIT)
            return true;
        if (!unit_view_decode(view, view->unit->offset + id_offset(target), &die))
            return true;
        if (die.abbrev->role != ROLE_DERIVED && die.abbrev->role != ROLE_ARRAY)
            return !die_has(&die, FIELD_NAME);
        if (!die_has(&die, FIELD_TYPE))
            return die_has(&die, FIELD_TYPE_SIGNATURE);
        target = die.values[FIELD_TYPE];
    }
    return true;
}

bool name_may_define(const struct unit_view *view, const struct abbrev *abbrev, const uint64_t *values)
{
    if (abbrev->role == ROLE_VARIABLE)
        return may_name_held(view, values, abbrev);
    return !(abbrev->fields >> FIELD_DECLARATION & 1) || !values[FIELD_DECLARATION];
}

// Looks at the name of a DIE that types may be called by. *is_known becomes false where the name is not to be had.
static NOINLINE struct error *name_look(const struct unit_view *view, const struct name_judge *judge,
                                        const struct abbrev *abbrev, const uint8_t *behind,
                                        struct positions *positions, bool *is_known)
{
    const uint8_t *const header = view->stream.section + view->unit->offset;
    uint64_t id, values[FIELDS_COUNT];
    bool fits;
    if (abbrev->name_at == NAME_NOWHERE)
        return NULL;
    *is_known = abbrev->name_at != NAME_ANYWHERE && name_read(view, abbrev, behind, values, &id);
    const char *name = *is_known && id ? text_of(view->unit, id) : NULL;
    if (!name)
        return NULL;
    RETURN_IF_ERROR(judge->judge(judge->context, view->unit, name, id, &fits));
    fits = fits && name_may_define(view, abbrev, values);
    return !fits || vec_push(positions, (uint32_t)(behind + abbrev->name_at - header)) ? NULL
                                                                                       : &error_out_of_memory;
}

struct error *name_walk_unit(const struct unit_view *view, const struct name_judge *judge,
                             struct positions *positions, bool *is_done)
{
    const struct die_stream *const stream = &view->stream;
    const struct abbrev_step *const steps = view->abbrevs->steps;
    const uint64_t codes = view->abbrevs->dense_count;
    const uint8_t *p = stream->section + view->unit->die_offset;
    int depth = 0;
    positions->length = 0;
    *is_done = false;
    if (view->unit->end_offset - view->unit->offset > UINT32_MAX)
        return NULL;
    struct same_again again = SAME_AS_NONE;
    while (p < stream->end) {
        uint64_t code, sibling;
        if (is_same_again(&again, p)) {
            p += again.bytes;
            continue;
        }
        __builtin_prefetch(p + AHEAD_BYTES);
        const uint8_t *const behind = load_uleb(p, &code);
        if (UNLIKELY(code > codes || depth > NESTING_MOST))
            return NULL;
        const struct abbrev_step step = steps[code];
        if (LIKELY(step.is_passable)) {
            same_again_note(&again, code, step);
            depth += step.levels_deeper;
            if (UNLIKELY(depth < 0)) // padding behind the last list
                depth = 0;
            p = behind + step.fixed_bytes;
            continue;
        }
        const struct abbrev *abbrev = view->abbrevs->dense[code - 1];
        const uint32_t foreign = BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIGNATURE) | BIT(FIELD_TYPE_SIGNATURE);
        if (UNLIKELY(abbrev->role == ROLE_NAMESPACE ||
                     (role_is_named_type(abbrev->role) && abbrev->fields & foreign)))
            return NULL;
        p = abbrev->is_fixed ? behind + abbrev->fixed_bytes
                             : die_parts_pass(stream, abbrev, behind, &sibling);
        if (UNLIKELY(!p || p > stream->end))
            return NULL;
        depth += abbrev->has_children;
        if (!role_names_type(abbrev->role))
            continue;
        if (LIKELY(is_known_unfit(view, judge, abbrev, behind)))
            continue;
        bool is_known = true;
        RETURN_IF_ERROR(name_look(view, judge, abbrev, behind, positions, &is_known));
        if (!is_known)
            return NULL;
    }
    *is_done = p == stream->end;
    return NULL;
}
