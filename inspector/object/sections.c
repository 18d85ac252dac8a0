// SPDX-License-Identifier: MIT
#include "object/sections.h"

#include "base/vec.h"
#include "object/container.h"
#include "object/inflate.h"
#include "object/inflate_stream.h"
#include "object/relocate.h"
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// What a section's own name says: `info`, its dress and its set.
struct section_kind {
    enum section_id id;
    bool split; // .dwo
    bool
        early; // .gnu.debuglto_: what gcc knows before link time optimisation; the linked program's comes from it
    bool zlib_gnu; // .zdebug_
};

static bool section_classify(const char *name, struct section_kind *kind)
{
    static const char plain_prefix[] = ".debug_", zlib_prefix[] = ".zdebug_", split_suffix[] = ".dwo";
    static const char early_prefix[] = ".gnu.debuglto_";
    if (strncmp(name, early_prefix, sizeof(early_prefix) - 1) == 0) {
        name += sizeof(early_prefix) - 1;
        kind->early = true;
    }
    if (strncmp(name, plain_prefix, sizeof(plain_prefix) - 1) == 0)
        name += sizeof(plain_prefix) - 1;
    else if (strncmp(name, zlib_prefix, sizeof(zlib_prefix) - 1) == 0) {
        name += sizeof(zlib_prefix) - 1;
        kind->zlib_gnu = true;
    } else
        return false;
    for (int id = 0; id < SECTION_COUNT; id++) {
        const char *wanted = section_name((enum section_id)id) + sizeof(plain_prefix) - 1;
        size_t length = strlen(wanted);
        if (strncmp(name, wanted, length) != 0)
            continue;
        if (name[length] != '\0' && strcmp(name + length, split_suffix) != 0)
            continue;
        kind->id = (enum section_id)id;
        kind->split = name[length] != '\0';
        return true;
    }
    return false;
}

// One section of the file that goes into a joined one.
struct section_input {
    uint32_t index; // in the image
    enum section_id id;
    bool split, early;
    bool relocated; // relocations apply to it
    struct inflate_plan plan;
    uint64_t base_bytes; // in the joined section
};

struct section_inputs {
    VEC(struct section_input) items;
    bool is_split; // the .dwo set was kept
    bool has_both;
};

static void section_inputs_free_at(struct section_inputs *inputs)
{
    vec_free(&inputs->items);
}

static bool section_may_count(const struct image_section *section, struct section_kind *kind)
{
    *kind = (struct section_kind){0};
    return section->type != SHT_NOBITS && section->type != SHT_NULL && section->size_bytes != 0 &&
           section_classify(section->name, kind);
}

bool sections_exist(const struct image *image)
{
    for (size_t i = 0; i < image->sections_count; i++) {
        struct section_kind kind;
        if (section_may_count(&image->sections[i], &kind) &&
            (kind.id == SECTION_INFO || kind.id == SECTION_TYPES))
            return true;
    }
    return false;
}

static struct error *section_plan(const struct image *image, const struct image_section *section,
                                  const struct section_kind *kind, struct inflate_plan *plan)
{
    if (section->truncated)
        return error_create(ERROR_BAD_FORMAT,
                            "truncated: 0x%" PRIx64 " bytes at 0x%" PRIx64
                            " reach behind the end of the file at 0x%zx",
                            section->size_bytes, section->offset, image->file.size_bytes);
    if (section->flags & SHF_COMPRESSED)
        return inflate_plan_make(section->bytes, true, image->address_bits, image->big_endian, plan);
    if (kind->zlib_gnu)
        return inflate_plan_make(section->bytes, false, image->address_bits, image->big_endian, plan);
    *plan = (struct inflate_plan){INFLATE_COPY, section->bytes, section->bytes.size_bytes, false};
    return NULL;
}

// Collects every section of the file that counts, in the file's order.
static struct error *section_inputs_find(const struct image *image, struct section_inputs *inputs)
{
    // Honest sections do not share bytes; one large section under a million headers must not fill the memory.
    uint64_t budget_bytes = image->file.size_bytes;
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        struct section_kind kind;
        if (!section_may_count(section, &kind))
            continue;
        struct section_input input = {
            .index = (uint32_t)i, .id = kind.id, .split = kind.split, .early = kind.early};
        RETURN_IF_ERROR(
            error_prefix(section_plan(image, section, &kind, &input.plan), "%s", section_name(kind.id)));
        input.plan.is_mapped = image->is_mapped && input.plan.method != INFLATE_COPY;
        if (section->size_bytes > budget_bytes)
            return error_create(ERROR_BAD_FORMAT, "%s: sections overlap", section_name(kind.id));
        budget_bytes -= section->size_bytes;
        if (!vec_push(&inputs->items, input))
            return &error_out_of_memory;
    }
    return NULL;
}

// Keeps one set. That of an object for link time optimisation only where there is no other. A .dwo set has no .debug_addr and, in DWARF 5, no .debug_line_str of its own: it shares the
// plain ones.
static void section_inputs_choose_set(struct section_inputs *inputs, bool skeletons)
{
    bool split_set = false, plain_set = false, early_units = false, split_has[SECTION_COUNT] = {0};
    vec_foreach (struct section_input *, input, &inputs->items) {
        const bool has_units = input->id == SECTION_INFO || input->id == SECTION_TYPES;
        split_set |= input->split && !input->early && has_units;
        plain_set |= !input->split && !input->early && has_units;
        early_units |= input->early && has_units;
        split_has[input->id] |= input->split && !input->early;
    }
    // An object with code for both has both sets; a file of texts alone, which dwz makes, has units of neither.
    const bool early_set = early_units && !plain_set && !split_set;
    inputs->has_both = split_set && plain_set;
    split_set &= !(skeletons && plain_set);
    size_t kept = 0;
    vec_foreach (struct section_input *, input, &inputs->items)
        if (input->early == early_set)
            inputs->items.data[kept++] = *input;
    inputs->items.length = kept;
    kept = 0;
    vec_foreach (struct section_input *, input, &inputs->items) {
        bool is_index =
            input->id == SECTION_CU_INDEX || input->id == SECTION_TU_INDEX; // no .dwo in their names
        bool shared = is_index ||
                      ((input->id == SECTION_ADDR || input->id == SECTION_LINE_STR) && !split_has[input->id]);
        if (input->split == split_set || (split_set && shared))
            inputs->items.data[kept++] = *input;
    }
    inputs->items.length = kept;
    inputs->is_split = split_set;
}

static void section_inputs_mark_relocated(const struct image *image, struct section_inputs *inputs)
{
    if (image->type != ET_REL)
        return;
    // Both lists are in the order of section indexes only by custom, so go by index.
    bool *targeted = calloc(image->sections_count, sizeof(*targeted));
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        if (targeted && section->relocations_count)
            targeted[i] = true;
        if (targeted && (section->type == SHT_RELA || section->type == SHT_REL) && section->size_bytes &&
            section->info < image->sections_count)
            targeted[section->info] = true;
    }
    // Without memory for the list, all are taken as relocated: a copy too many does no harm.
    vec_foreach (struct section_input *, input, &inputs->items)
        input->relocated = !targeted || targeted[input->index];
    free(targeted);
}

// Debug information of compilers shrinks to a third or a tenth; strings that are all alike, to a fortieth. What grows
// a hundredfold was made to fill the memory.
static struct error *section_inputs_check(const struct section_inputs *inputs)
{
    const uint64_t least_bytes = 64u << 20, growth_most = 100;
    uint64_t stored_bytes = 0, inflated_bytes = 0;
    vec_foreach (const struct section_input *, input, &inputs->items) {
        if (input->plan.method == INFLATE_COPY)
            continue;
        stored_bytes += input->plan.payload.size_bytes; // below the file's size
        if (__builtin_add_overflow(inflated_bytes, input->plan.size_bytes, &inflated_bytes))
            return &error_out_of_memory;
    }
    if (inflated_bytes <= least_bytes || inflated_bytes / growth_most <= stored_bytes)
        return NULL;
    return error_create(ERROR_UNSUPPORTED,
                        "%" PRIu64 " bytes of compressed debug sections grow to %" PRIu64
                        ", which no compiler's do; --any-expansion reads them all the same",
                        stored_bytes, inflated_bytes);
}

static struct error *section_buffer_make(uint64_t size_bytes, struct section_buffer *buffer)
{
    size_t mapping_bytes;
    if (__builtin_add_overflow(size_bytes, IMAGE_OVERRUN_BYTES, &mapping_bytes))
        return &error_out_of_memory;
    void *data = mmap(NULL, mapping_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return error_system(errno, "no memory for %" PRIu64 " bytes", size_bytes);
    // Fewer, larger pages halve the cost of filling a big buffer. A hint: where the kernel has none, nothing
    // changes.
    if (mapping_bytes >= (size_t)2 << 20)
        (void)madvise(data, mapping_bytes, MADV_HUGEPAGE);
    *buffer = (struct section_buffer){data, mapping_bytes};
    return NULL;
}

// Gives every input its place in its joined section, and every joined section its buffer where it needs one.
static struct error *sections_place(const struct image *image, struct section_inputs *inputs,
                                    struct sections *sections)
{
    size_t counts[SECTION_COUNT] = {0};
    uint64_t sizes_bytes[SECTION_COUNT] = {0};
    bool buffered[SECTION_COUNT] = {0};
    vec_foreach (struct section_input *, input, &inputs->items) {
        input->base_bytes = sizes_bytes[input->id];
        if (__builtin_add_overflow(sizes_bytes[input->id], input->plan.size_bytes, &sizes_bytes[input->id]))
            return &error_out_of_memory;
        buffered[input->id] |=
            input->plan.method != INFLATE_COPY || input->relocated || counts[input->id]++ > 0;
    }
    for (int id = 0; id < SECTION_COUNT; id++) {
        if (buffered[id]) {
            RETURN_IF_ERROR(error_prefix(section_buffer_make(sizes_bytes[id], &sections->buffers[id]), "%s",
                                         section_name((enum section_id)id)));
            sections->bytes[id] = (struct bytes){sections->buffers[id].data, sizes_bytes[id]};
        } else // the guard page: zeros, and as many as a fast reader may overrun
            sections->bytes[id] = (struct bytes){
                (const uint8_t *)image->mapping + image->mapping_bytes - IMAGE_OVERRUN_BYTES, 0};
    }
    vec_foreach (struct section_input *, input, &inputs->items)
        if (!buffered[input->id])
            sections->bytes[input->id] = input->plan.payload;
    return NULL;
}

static uint8_t *section_input_target(const struct sections *sections, const struct section_input *input)
{
    uint8_t *buffer = sections->buffers[input->id].data;
    return buffer ? buffer + input->base_bytes : NULL;
}

// The one input that .debug_info is made of, where it may be left growing; NULL: none.
static const struct section_input *section_inputs_growing(const struct section_inputs *inputs,
                                                          const struct sections_wish *wish)
{
    const struct section_input *info = NULL;
    if (!wish->grow_from_bytes || wish->threads < 2)
        return NULL;
    vec_foreach (const struct section_input *, input, &inputs->items) {
        if (input->id == SECTION_TYPES || (input->id == SECTION_INFO && info))
            return NULL;
        if (input->id == SECTION_INFO)
            info = input;
    }
    return info && !info->relocated && info->plan.size_bytes >= wish->grow_from_bytes ? info : NULL;
}

static struct error *sections_fill(const struct section_inputs *inputs, const struct sections_wish *wish,
                                   struct sections *sections)
{
    struct inflate_job *jobs = calloc(inputs->items.length, sizeof(*jobs));
    if (!jobs)
        return inputs->items.length ? &error_out_of_memory : NULL;
    const struct section_input *growing = section_inputs_growing(inputs, wish);
    if (growing) {
        sections->growing_plan = growing->plan;
        sections->growing = inflate_stream_open(&growing->plan, section_input_target(sections, growing));
    }
    size_t count = 0;
    vec_foreach (const struct section_input *, input, &inputs->items) {
        uint8_t *target = section_input_target(sections, input);
        if (target && !(sections->growing && input == growing))
            jobs[count++] =
                (struct inflate_job){.plan = input->plan, .name = section_name(input->id), .target = target};
    }
    struct error *error = inflate_run_beside(jobs, count, wish->threads, sections->growing);
    free(jobs);
    if (!error || !sections->growing)
        return error;
    // Which error comes first is up to all sections together.
    inflate_stream_free(sections->growing);
    sections->growing = NULL;
    error_free(error);
    const struct sections_wish whole = {.threads = wish->threads};
    return sections_fill(inputs, &whole, sections);
}

static struct error *sections_relocate(const struct image *image, const struct section_inputs *inputs,
                                       const struct sections *sections)
{
    if (image->type != ET_REL || (image->container && !image->container->relocate))
        return NULL;
    struct relocate_place *places = calloc(image->sections_count, sizeof(*places));
    if (!places)
        return &error_out_of_memory;
    vec_foreach (const struct section_input *, input, &inputs->items)
        places[input->index] = (struct relocate_place){.name = section_name(input->id),
                                                       .data = section_input_target(sections, input),
                                                       .size_bytes = input->plan.size_bytes,
                                                       .base_bytes = input->base_bytes};
    struct error *error =
        image->container ? image->container->relocate(image, places) : relocate_sections(image, places);
    free(places);
    return error;
}

// Written once, read by all threads from here on: a stray write shall fault.
static void sections_protect(const struct sections *sections)
{
    for (int id = 0; id < SECTION_COUNT; id++)
        if (sections->buffers[id].data && !(sections->growing && id == SECTION_INFO))
            (void)mprotect(sections->buffers[id].data, sections->buffers[id].mapping_bytes, PROT_READ);
}

static struct error *sections_load_all(const struct image *image, const struct sections_wish *wish,
                                       struct sections *sections)
{
    CLEANUP(section_inputs_free_at) struct section_inputs inputs = {0};
    RETURN_IF_ERROR(section_inputs_find(image, &inputs));
    section_inputs_choose_set(&inputs, wish->skeletons);
    sections->is_split = inputs.is_split;
    sections->has_both = inputs.has_both;
    section_inputs_mark_relocated(image, &inputs);
    if (!wish->any_expansion)
        RETURN_IF_ERROR(section_inputs_check(&inputs));
    RETURN_IF_ERROR(sections_place(image, &inputs, sections));
    RETURN_IF_ERROR(sections_fill(&inputs, wish, sections));
    RETURN_IF_ERROR(sections_relocate(image, &inputs, sections));
    sections_protect(sections);
    return NULL;
}

struct error *sections_load(const struct image *image, const struct sections_wish *wish,
                            struct sections *sections)
{
    *sections = (struct sections){0};
    struct error *error = sections_load_all(image, wish, sections);
    if (error)
        sections_free(sections);
    return error;
}

struct error *sections_settle(struct sections *sections)
{
    enum inflate_step step;
    uint64_t done_bytes;
    if (!sections->growing)
        return NULL;
    do {
        step = inflate_stream_step(sections->growing, &done_bytes);
    } while (step == INFLATE_GOES_ON);
    inflate_stream_free(sections->growing);
    sections->growing = NULL;
    struct inflate_job job = {.plan = sections->growing_plan,
                              .name = section_name(SECTION_INFO),
                              .target = sections->buffers[SECTION_INFO].data};
    if (step == INFLATE_FAILED)
        RETURN_IF_ERROR(inflate_run(&job, 1, 1)); // one decoder says what is wrong with a stream
    sections_protect(sections);
    return NULL;
}

void sections_free(struct sections *sections)
{
    inflate_stream_free(sections->growing);
    for (int id = 0; id < SECTION_COUNT; id++)
        if (sections->buffers[id].data)
            munmap(sections->buffers[id].data, sections->buffers[id].mapping_bytes);
    *sections = (struct sections){0};
}
