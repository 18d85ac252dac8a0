// SPDX-License-Identifier: MIT
#include "btf/btf_distilled.h"

#include "btf/btf_part.h"
#include <inttypes.h>
#include <stdlib.h>

struct distilled_name {
    const char *name;
    uint32_t id;
};

struct distilled_relocation {
    const struct btf_part *distilled, *base;
    struct distilled_name *names; // sorted by name, then number
    uint32_t *map;                // by number of the distilled base; 0: not found
};

static int distilled_name_compare(const void *left, const void *right)
{
    const struct distilled_name *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

static bool is_enumeration(enum btf_kind kind)
{
    return kind == BTF_ENUM || kind == BTF_ENUM64;
}

// Whether the distilled type stands for that one of the base, names being equal.
static bool stands_for(const struct btf_record *distilled, const struct btf_record *base)
{
    const enum btf_kind kind = btf_kind_of(distilled), base_kind = btf_kind_of(base);
    if (kind == BTF_FWD) // behind a pointer only, so its size does not matter
        return base_kind == BTF_FWD ? btf_info_flag(distilled->info) == btf_info_flag(base->info)
                                    : base_kind == (btf_info_flag(distilled->info) ? BTF_UNION : BTF_STRUCT);
    if (kind != base_kind && !(is_enumeration(kind) && is_enumeration(base_kind)))
        return false;
    if (kind == BTF_INT && btf_word(distilled, 0) != btf_word(base, 0))
        return false;
    return distilled->size_or_type == base->size_or_type;
}

static bool may_stand_in(enum btf_kind kind)
{
    return kind == BTF_INT || kind == BTF_FLOAT || kind == BTF_STRUCT || kind == BTF_UNION ||
           kind == BTF_FWD || is_enumeration(kind);
}

// Of several that fit, the first.
static void match_base(struct distilled_relocation *relocation)
{
    const struct btf_part *distilled = relocation->distilled, *base = relocation->base;
    for (uint32_t i = 0; i < base->count; i++) {
        const struct btf_record record = btf_record_at(base, base->first_id + i);
        if (!may_stand_in(btf_kind_of(&record)))
            continue;
        const char *name = btf_name(&record);
        size_t low = 0, high = distilled->count;
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (strcmp(relocation->names[middle].name, name) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < distilled->count && !strcmp(relocation->names[low].name, name); low++) {
            const uint32_t id = relocation->names[low].id;
            const struct btf_record wanted = btf_record_at(distilled, id);
            if (!relocation->map[id] && stands_for(&wanted, &record))
                relocation->map[id] = record.id;
        }
    }
}

static struct error *check_all_found(const struct distilled_relocation *relocation)
{
    const struct btf_part *distilled = relocation->distilled;
    for (uint32_t id = distilled->first_id; id < distilled->first_id + distilled->count; id++) {
        const struct btf_record record = btf_record_at(distilled, id);
        if (!relocation->map[id])
            return error_create(ERROR_NOT_FOUND,
                                "%s: %s+0x%" PRIx64 ": type %" PRIu32 ", \"%.64s\" of %" PRIu32
                                " bytes, is not in the base %s: it is of another kernel",
                                distilled->path, distilled->section,
                                distilled->types_at + btf_record_offset(&record), id, btf_name(&record),
                                record.size_or_type, relocation->base->path);
    }
    return NULL;
}

static uint32_t mapped(const struct distilled_relocation *relocation, const struct btf_part *own, uint32_t id)
{
    if (id < own->first_id)
        return relocation->map[id];
    return id - own->first_id + relocation->base->first_id + relocation->base->count;
}

static void map_word(const struct distilled_relocation *relocation, const struct btf_part *own,
                     uint32_t *word)
{
    *word = mapped(relocation, own, *word);
}

static void record_rewrite(const struct distilled_relocation *relocation, const struct btf_part *own,
                           uint32_t *words)
{
    const struct btf_kind_words *shape = btf_kind_words(btf_info_kind(words[1]));
    uint32_t *more = words + 3;
    if (shape->has_type)
        map_word(relocation, own, &words[2]);
    if (btf_info_kind(words[1]) == BTF_ARRAY) {
        map_word(relocation, own, &more[0]);
        map_word(relocation, own, &more[1]);
    }
    const size_t end = (size_t)btf_info_vlen(words[1]) * shape->each;
    if (shape->type_word >= 0)
        for (size_t i = (size_t)shape->type_word; i < end; i += shape->each)
            map_word(relocation, own, &more[i]);
}

static struct error *part_rewrite(const struct distilled_relocation *relocation, struct btf_part *own)
{
    if (!own->types_copy) {
        own->types_copy = malloc(own->types.size_bytes + 1);
        if (!own->types_copy)
            return &error_out_of_memory;
        memcpy(own->types_copy, own->types.data, own->types.size_bytes);
        own->types.data = (const uint8_t *)own->types_copy;
    }
    for (uint32_t i = 0; i < own->count; i++)
        record_rewrite(relocation, own, own->types_copy + own->offsets[i] / sizeof(uint32_t));
    own->first_id = relocation->base->first_id + relocation->base->count;
    return NULL;
}

static struct error *relocation_run(struct distilled_relocation *relocation, struct btf_part *own)
{
    const struct btf_part *distilled = relocation->distilled;
    relocation->names = calloc((size_t)distilled->count + 1, sizeof(*relocation->names));
    relocation->map = calloc((size_t)distilled->first_id + distilled->count, sizeof(*relocation->map));
    if (!relocation->names || !relocation->map)
        return &error_out_of_memory;
    for (uint32_t i = 0; i < distilled->count; i++) {
        const struct btf_record record = btf_record_at(distilled, distilled->first_id + i);
        relocation->names[i] = (struct distilled_name){btf_name(&record), record.id};
    }
    if (distilled->count)
        qsort(relocation->names, distilled->count, sizeof(*relocation->names), distilled_name_compare);
    match_base(relocation);
    RETURN_IF_ERROR(check_all_found(relocation));
    return part_rewrite(relocation, own);
}

struct error *btf_distilled_relocate(const struct btf_part *distilled, const struct btf_part *base,
                                     struct btf_part *own)
{
    if (base->is_foreign != own->is_foreign)
        return error_create(ERROR_BAD_FORMAT, "%s: %s+0x0: of another byte order than its base %s", own->path,
                            own->section, base->path);
    if ((uint64_t)base->first_id + base->count + own->count >= UINT32_MAX)
        return error_create(ERROR_UNSUPPORTED, "%s: more types than there are numbers", own->path);
    struct distilled_relocation relocation = {.distilled = distilled, .base = base};
    struct error *error = relocation_run(&relocation, own);
    free(relocation.names);
    free(relocation.map);
    return error;
}
