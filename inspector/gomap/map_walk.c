// SPDX-License-Identifier: MIT
// From values to what they lead to: the queue of a look, and what is done with each of its items.
#include "gomap/map_look_parts.h"

#include "base/secret.h"
#include "base/slots.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_ITEMS = 512,
    PLACES_MOST = 1 << 18, // of directories, a map
    MAPS_MOST = 2 << 20,
};

// ---- what was seen --------------------------------------------------------------------------------------

static struct look_seen *seen_slot(const struct looking *looking, uint64_t address, uint32_t type)
{
    const uint64_t hash = secret_hash_number(looking->seen_secret, address ^ (uint64_t)type << 48);
    size_t at = (size_t)hash & (looking->seen_slots - 1);
    while (looking->seen[at].type && (looking->seen[at].address != address || looking->seen[at].type != type))
        at = (at + 1) & (looking->seen_slots - 1);
    return &looking->seen[at];
}

// The slot, new ones with count 0; NULL when memory is short.
static struct look_seen *seen_at(struct looking *looking, uint64_t address, uint32_t type)
{
    if (2 * looking->seen_used >= looking->seen_slots) {
        struct looking grown = {.seen_secret = looking->seen_secret,
                                .seen_slots = looking->seen_slots ? 2 * looking->seen_slots : 4096};
        if (!looking->seen_slots)
            secret_draw(&grown.seen_secret, sizeof(grown.seen_secret));
        grown.seen = slots_alloc(grown.seen_slots, sizeof(*grown.seen));
        if (!grown.seen)
            return NULL;
        for (size_t i = 0; i < looking->seen_slots; i++)
            if (looking->seen[i].type)
                *seen_slot(&grown, looking->seen[i].address, looking->seen[i].type) = looking->seen[i];
        free(looking->seen);
        looking->seen_secret = grown.seen_secret;
        looking->seen = grown.seen;
        looking->seen_slots = grown.seen_slots;
    }
    struct look_seen *slot = seen_slot(looking, address, type);
    if (!slot->type) {
        *slot = (struct look_seen){.address = address, .type = type};
        looking->seen_used++;
    }
    return slot;
}

// ---- finding --------------------------------------------------------------------------------------------

static void way_push(struct looking *looking, const struct path_step *step)
{
    looking->way[looking->way_length].step = *step;
    looking->way[looking->way_length++].number = PATH_NONE;
}

// The path of where we are, its steps added as far as they were not.
static uint32_t way_path(struct looking *looking, uint32_t before)
{
    for (size_t i = 0; i < looking->way_length; i++) {
        struct look_way *way = &looking->way[i];
        if (way->number == PATH_NONE) {
            way->step.before = before;
            way->number = path_add(&looking->look->steps, &way->step);
            if (way->number == PATH_NONE && path_is_full(&looking->look->steps))
                looking->look->is_cut = true;
            else
                looking->look->is_incomplete |= way->number == PATH_NONE;
        }
        before = way->number;
    }
    return before;
}

// Something that is to be looked at, unless it was.
static void push_item(struct looking *looking, uint64_t address, uint64_t count, struct walk_type *type,
                      uint32_t before, bool is_header)
{
    if (!address || !count || !type || !walk_type_leads(looking->looker->types, type))
        return;
    struct look_seen *seen = seen_at(looking, address, is_header ? SEEN_HEADER : type->number);
    if (!seen) {
        looking->look->is_incomplete = true;
        return;
    }
    if (seen->count >= count) {
        if (seen->found)
            looking->look->maps.data[seen->found - 1].aliases++;
        return;
    }
    // A slice that is longer than the one seen: the rest of it.
    uint64_t bytes;
    const uint64_t skip = seen->count;
    seen->count = count;
    if (__builtin_mul_overflow(count, type->size_bytes ? type->size_bytes : 1, &bytes) ||
        __builtin_add_overflow(address, bytes, &bytes))
        return;
    const struct look_item item = {address + skip * type->size_bytes, count - skip, type,
                                   way_path(looking, before), is_header};
    if (!vec_push(&looking->queue, item))
        looking->look->is_incomplete = true;
}

static void push(struct looking *looking, uint64_t address, uint64_t count, struct walk_type *type,
                 uint32_t before)
{
    push_item(looking, address, count, type, before, false);
}

void look_push_header(struct looking *looking, uint64_t address, struct walk_type *type, uint32_t before)
{
    push_item(looking, address, 1, type, before, true);
}

static uint64_t address_at(const struct looking *looking, const uint8_t *bytes)
{
    const struct memory_target *target = looking->looker->target;
    return map_number(bytes, looking->looker->address_bytes, target->big_endian);
}

// ---- interfaces -----------------------------------------------------------------------------------------

static struct look_dynamic *dynamic_slot_of(const struct map_looker *looker, uint64_t rtype)
{
    size_t at = (size_t)secret_hash_number(looker->dynamics_secret, rtype) & (looker->dynamics_count - 1);
    while (looker->dynamics[at].rtype && looker->dynamics[at].rtype != rtype)
        at = (at + 1) & (looker->dynamics_count - 1);
    return &looker->dynamics[at];
}

static bool dynamics_grow(struct map_looker *looker)
{
    struct map_looker grown = {.dynamics_secret = looker->dynamics_secret,
                               .dynamics_count = 2 * looker->dynamics_count};
    if (2 * looker->dynamics_used < looker->dynamics_count)
        return true;
    grown.dynamics = slots_alloc(grown.dynamics_count, sizeof(*grown.dynamics));
    if (!grown.dynamics)
        return false;
    for (size_t i = 0; i < looker->dynamics_count; i++)
        if (looker->dynamics[i].rtype)
            *dynamic_slot_of(&grown, looker->dynamics[i].rtype) = looker->dynamics[i];
    free(looker->dynamics);
    looker->dynamics = grown.dynamics;
    looker->dynamics_count = grown.dynamics_count;
    return true;
}

// NULL: nothing that leads anywhere.
static const struct look_dynamic *dynamic_of(struct map_looker *looker, uint64_t rtype)
{
    enum { DYNAMICS_MOST = 1 << 18 };
    struct look_dynamic *slot = dynamic_slot_of(looker, rtype);
    if (!slot->rtype && looker->dynamic.type_at && looker->dynamics_used < DYNAMICS_MOST) {
        if (!dynamics_grow(looker))
            return NULL;
        const struct type *type = looker->dynamic.type_at(looker->dynamic.context, rtype);
        slot = dynamic_slot_of(looker, rtype);
        slot->rtype = rtype;
        slot->type = type ? walk_type_of(looker->types, type) : NULL;
        slot->is_direct = type && walk_type_is_direct(looker->types, type);
        looker->dynamics_used++;
    }
    return slot->type ? slot : NULL;
}

static void scan(struct looking *looking, struct walk_type *type, const uint8_t *bytes, size_t size_bytes,
                 uint32_t path, unsigned depth);

static void scan_interface(struct looking *looking, const struct walk_type *type, const uint8_t *bytes,
                           uint32_t path, unsigned depth)
{
    struct map_looker *looker = looking->looker;
    const size_t word = looker->address_bytes;
    uint64_t rtype = address_at(looking, bytes);
    uint8_t itab[8];
    if (!rtype || !looker->dynamic.type_at)
        return;
    if (type->has_methods) {
        if (!pages_read(looker->pages, rtype + looker->itab_type_offset, itab, word))
            return;
        rtype = address_at(looking, itab);
    }
    const struct look_dynamic *dynamic = rtype ? dynamic_of(looker, rtype) : NULL;
    if (!dynamic || !walk_type_leads(looker->types, dynamic->type))
        return;
    const size_t way = looking->way_length;
    const char *name = type_name(dynamic->type->type, &looker->names);
    if (looking->way_length <= NESTING_MOST)
        way_push(looking, &(struct path_step){.kind = STEP_TYPE, .name = name ? name : "?"});
    if (dynamic->is_direct)
        scan(looking, dynamic->type, bytes + word, word, path, depth + 1);
    else
        push(looking, address_at(looking, bytes + word), 1, dynamic->type, path);
    looking->way_length = way;
}

// ---- values ---------------------------------------------------------------------------------------------

static void scan_array(struct looking *looking, struct walk_type *type, const uint8_t *bytes,
                       size_t size_bytes, uint32_t path, unsigned depth)
{
    const size_t way = looking->way_length;
    for (uint64_t i = 0; i < type->count; i++) {
        if (i >= size_bytes / type->stride_bytes)
            return;
        if (!type->hides_index)
            way_push(looking, &(struct path_step){.kind = STEP_INDEX, .index = i});
        scan(looking, type->target, bytes + i * type->stride_bytes, (size_t)type->stride_bytes, path,
             depth + 1);
        looking->way_length = way;
    }
}

// The node's first byte says what it is (internal/sync, node.isEntry).
static void scan_trie(struct looking *looking, struct walk_type *type, const uint8_t *bytes, uint64_t address,
                      uint32_t path)
{
    const size_t way = looking->way_length;
    if (bytes[0] && type->shape)
        way_push(looking, &(struct path_step){.kind = STEP_KEY,
                                              .key_address = address + type->key_offset,
                                              .shape = type->shape});
    if (address)
        push(looking, address, 1, bytes[0] ? type->entry : type->indirect, path);
    looking->way_length = way;
}

// Looks at a value whose bytes are here. What lies elsewhere is put into the queue.
static void scan(struct looking *looking, struct walk_type *type, const uint8_t *bytes, size_t size_bytes,
                 uint32_t path, unsigned depth)
{
    const size_t way = looking->way_length, word = looking->looker->address_bytes;
    if (!type || depth > NESTING_MOST || way > NESTING_MOST ||
        !walk_type_leads(looking->looker->types, type) || type->size_bytes > size_bytes)
        return;
    switch (type->kind) {
    case WALK_STRUCT:
        for (size_t i = 0; i < type->fields_count; i++) {
            const struct walk_field *field = &type->fields[i];
            if (field->offset_bytes > size_bytes)
                continue;
            if (field->name)
                way_push(looking, &(struct path_step){.kind = STEP_FIELD, .name = field->name});
            scan(looking, field->type, bytes + field->offset_bytes, size_bytes - (size_t)field->offset_bytes,
                 path, depth + 1);
            looking->way_length = way;
        }
        return;
    case WALK_ARRAY:
        scan_array(looking, type, bytes, size_bytes, path, depth);
        return;
    case WALK_POINTER:
        push(looking, address_at(looking, bytes), 1, type->target, path);
        return;
    case WALK_MAP:
        look_push_header(looking, address_at(looking, bytes), type, path);
        return;
    case WALK_SLICE: {
        const uint64_t count = address_at(looking, bytes + word);
        if (count <= address_at(looking, bytes + 2 * word) && count < UINT32_MAX)
            push(looking, address_at(looking, bytes), count, type->target, path);
        return;
    }
    case WALK_INTERFACE:
        scan_interface(looking, type, bytes, path, depth);
        return;
    case WALK_TRIE_NODE:
    case WALK_NOTHING:
        return;
    }
}

// ---- items ----------------------------------------------------------------------------------------------

struct entry_looking {
    struct looking *looking;
    struct walk_type *type;
    uint32_t path;
};

static void scan_part(struct entry_looking *entry, const struct map_part *part, struct walk_type *type,
                      const uint8_t *stored, uint8_t kind, uint64_t key_address)
{
    struct looking *looking = entry->looking;
    if (!walk_type_leads(looking->looker->types, type))
        return;
    looking->way_length = 0;
    way_push(looking,
             &(struct path_step){.kind = kind, .key_address = key_address, .shape = entry->type->shape});
    if (part->is_indirect)
        push(looking, address_at(looking, stored), 1, type, entry->path);
    else
        scan(looking, type, stored, part->stored_bytes, entry->path, 0);
    looking->way_length = 0;
}

static bool look_at_entry(void *context, const struct map_entry *found)
{
    struct entry_looking *entry = context;
    const struct map_shape *shape = entry->type->shape;
    scan_part(entry, &shape->elem, entry->type->target, found->elem, STEP_KEY, found->key_address);
    scan_part(entry, &shape->key, entry->type->key, found->key, STEP_IN_KEY, found->key_address);
    entry->looking->look->objects++;
    return entry->looking->look->objects < entry->looking->looker->objects_most;
}

static void look_at_map(struct looking *looking, const struct look_item *item)
{
    struct map_looker *looker = looking->looker;
    struct map_look *look = looking->look;
    struct map_found found = {.path = item->path, .type = item->type->type};
    for (bool more = map_survey_start(&found.survey, looker->pages, item->type->shape, item->address);
         more;) {
        more = map_survey_step(&found.survey, looker->pages, PLACES_MOST);
        if (more && found.survey.next_place > UINT64_C(16) * PLACES_MOST) {
            found.survey.figures.is_cut = true;
            more = false;
        }
    }
    if (look->maps.length >= MAPS_MOST || !vec_push(&look->maps, found)) {
        look->is_incomplete = true;
        return;
    }
    struct look_seen *seen = seen_at(looking, item->address, SEEN_HEADER);
    if (seen)
        seen->found = (uint32_t)look->maps.length;
    if (!found.survey.figures.count || (!walk_type_leads(looker->types, item->type->key) &&
                                        !walk_type_leads(looker->types, item->type->target)))
        return;
    struct entry_looking entry = {looking, item->type, item->path};
    const struct map_entries entries =
        map_entries_each(&found.survey, looker->pages, &looking->chunks_left, look_at_entry, &entry);
    look->maps.data[look->maps.length - 1].survey.figures.is_cut |= entries.is_cut && !entries.is_stopped;
    look->is_cut |= entries.is_stopped;
}

static void look_at_values(struct looking *looking, const struct look_item *item)
{
    struct map_looker *looker = looking->looker;
    const uint64_t each = item->type->size_bytes, at_once = BLOCK_BYTES / each ? BLOCK_BYTES / each : 1;
    uint8_t *large = each > BLOCK_BYTES && each <= VARIABLE_BYTES_MOST ? malloc((size_t)each) : NULL;
    uint8_t *block = each > BLOCK_BYTES ? large : looking->block;
    for (uint64_t done = 0; block && done < item->count; done += at_once) {
        const uint64_t piece = item->count - done < at_once ? item->count - done : at_once;
        if (!pages_read(looker->pages, item->address + done * each, block, (size_t)(piece * each)))
            break; // freed meanwhile, or never a slice
        for (uint64_t i = 0; i < piece; i++) {
            const uint64_t index = done + i;
            looking->look->objects++;
            looking->way_length = 0;
            if (item->count > 1)
                way_push(looking, &(struct path_step){.kind = STEP_INDEX, .index = index});
            if (item->type->kind == WALK_TRIE_NODE)
                scan_trie(looking, item->type, block + i * each, item->address + index * each, item->path);
            else
                scan(looking, item->type, block + i * each, (size_t)each, item->path, 0);
        }
        if (looking->look->objects >= looker->objects_most)
            break;
    }
    looking->way_length = 0;
    free(large);
}

static void bring(struct looking *looking, size_t count)
{
    struct pages_place places[BATCH_ITEMS] = {{0}};
    const struct look_item *items = looking->queue.data + looking->next;
    for (size_t i = 0; i < count; i++)
        places[i] = (struct pages_place){items[i].address, items[i].is_header
                                                               ? items[i].type->shape->header_bytes
                                                               : items[i].count * items[i].type->size_bytes};
    pages_bring(looking->looker->pages, places, count);
    // And what the headers of maps point to: directories, groups, buckets.
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        const struct map_shape *shape = items[i].is_header ? items[i].type->shape : NULL;
        uint8_t header[PICTURE_HEADER_BYTES];
        if (!shape || !pages_read(looking->looker->pages, items[i].address, header, shape->header_bytes))
            continue;
        const bool is_swiss = shape->design == MAP_SWISS;
        const uint64_t start =
            map_field_number(shape, is_swiss ? shape->swiss.dir_address : shape->classic.buckets, header);
        if (is_swiss || walk_type_leads(looking->looker->types, items[i].type->target))
            places[wanted++] = (struct pages_place){start, shape->chunk_bytes};
    }
    pages_bring(looking->looker->pages, places, wanted);
}

static void look_at_batch(struct looking *looking)
{
    const size_t left = looking->queue.length - looking->next,
                 count = left < BATCH_ITEMS ? left : BATCH_ITEMS;
    bring(looking, count);
    for (size_t i = 0; i < count; i++) {
        const struct look_item item = looking->queue.data[looking->next++]; // the queue moves
        if (item.is_header)
            look_at_map(looking, &item);
        else
            look_at_values(looking, &item);
    }
}

void look_at_queue(struct looking *looking)
{
    struct map_look *look = looking->look;
    while (looking->next < looking->queue.length && !look->is_incomplete && !look->is_cut) {
        look_at_batch(looking);
        look->is_cut |=
            look->objects >= looking->looker->objects_most && looking->next < looking->queue.length;
    }
}

void look_mark_met(struct looking *looking, uint64_t address)
{
    if (!seen_at(looking, address, SEEN_HEADER))
        looking->look->is_incomplete = true;
}

bool look_has_met(struct looking *looking, uint64_t address)
{
    return looking->seen_slots && seen_slot(looking, address, SEEN_HEADER)->type;
}

void look_push_root(struct looking *looking, const char *name, uint64_t address, struct walk_type *type)
{
    looking->way_length = 0;
    way_push(looking, &(struct path_step){.kind = STEP_ROOT, .name = name});
    push(looking, address, 1, type, PATH_NONE);
    looking->way_length = 0;
}
