// SPDX-License-Identifier: MIT
// What a map is said to hold, against the allocator: the sizes of all objects that it is made of, as the runtime's own
// spans have them. The program waits, so nothing changes meanwhile.
#include "map_subject.h"

#include "gomap/heap.h"
#include "gomap/map_look.h"

#include <inttypes.h>

struct bench {
    struct map_subject subject;
    struct go_program *program;
    struct map_looker *looker;
    struct go_heap *heap;
    struct page_cache *pages;
    struct map_look look;
    unsigned maps;
};

static void fine(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

// Bytes of the object that the address lies in, at its start or behind the allocator's header.
static uint64_t object(const struct bench *bench, uint64_t address)
{
    uint64_t base, size_bytes;
    bool is_allocated;
    if (!address)
        return 0;
    if (!go_heap_object_of(bench->heap, address, &base, &size_bytes, &is_allocated))
        fail_msg("0x%" PRIx64 " lies in no span", address);
    assert_true(address - base <= 8);
    return size_bytes;
}

struct indirect {
    const struct bench *bench;
    const struct map_shape *shape;
    uint64_t bytes;
};

static bool add_indirect(void *context, const struct map_entry *entry)
{
    struct indirect *indirect = context;
    if (indirect->shape->key.is_indirect)
        indirect->bytes += object(indirect->bench, map_address_number(indirect->shape, entry->key));
    if (indirect->shape->elem.is_indirect)
        indirect->bytes += object(indirect->bench, map_address_number(indirect->shape, entry->elem));
    return true;
}

static uint64_t word_at(const struct bench *bench, uint64_t address)
{
    uint64_t word;
    fine(memory_read(bench->program->target->memory, address, &word, sizeof(word)));
    return word;
}

// The tables, each where the directory's places first lead to it.
static uint64_t swiss_objects(const struct bench *bench, const struct map_found *found)
{
    const struct map_shape *shape = found->survey.shape;
    struct swiss_header header = {0};
    struct swiss_placed_table table;
    uint8_t bytes[PICTURE_HEADER_BYTES];
    uint64_t sum, latest = 0;
    map_swiss_header(shape, found->survey.header, &header);
    sum = object(bench, header.dir_address);
    for (uint64_t place = 0; place < header.dir_length; place++) {
        const uint64_t address = word_at(bench, header.dir_address + place * shape->address_bytes);
        if (address == latest)
            continue;
        latest = address;
        assert_true(shape->swiss.table_bytes <= sizeof(bytes));
        fine(memory_read(bench->program->target->memory, address, bytes, shape->swiss.table_bytes));
        map_swiss_table(shape, address, bytes, &table);
        assert_false(table.in_doubt);
        sum += object(bench, address) + object(bench, table.groups_address);
    }
    return sum;
}

static uint64_t list_objects(const struct bench *bench, uint64_t slice)
{
    return slice ? object(bench, slice) + object(bench, word_at(bench, slice)) : 0;
}

static uint64_t classic_objects(const struct bench *bench, const struct map_found *found)
{
    enum { CHAIN_MOST = 1000 };
    const struct map_shape *shape = found->survey.shape;
    struct classic_header header = {0};
    map_classic_header(shape, found->survey.header, &header);
    assert_false(header.is_growing);
    const uint64_t array = object(bench, header.buckets_address);
    uint64_t bytes = array + object(bench, header.extra_address);
    if (header.extra_address) {
        bytes += list_objects(
            bench, word_at(bench, header.extra_address + shape->classic.extra_overflow.offset_bytes));
        bytes += list_objects(
            bench, word_at(bench, header.extra_address + shape->classic.extra_oldoverflow.offset_bytes));
    }
    for (uint64_t i = 0; header.buckets_address && i < header.buckets; i++) {
        uint64_t bucket = header.buckets_address + i * shape->chunk_bytes;
        for (int chain = 0; bucket; chain++) {
            assert_true(chain < CHAIN_MOST);
            if (bucket < header.buckets_address || bucket >= header.buckets_address + array)
                bytes += object(bench, bucket);
            bucket = word_at(bench, bucket + shape->classic.overflow_offset);
        }
    }
    return bytes;
}

static void map_is_held(struct bench *bench, const struct map_found *found)
{
    const struct map_shape *shape = found->survey.shape;
    const uint64_t address = found->survey.address;
    struct indirect indirect = {bench, shape, 0};
    uint64_t base, size_bytes, chunks_left = 1 << 20;
    bool is_allocated;
    // Maps of package variables of the standard library may lie in the program's data.
    if (!go_heap_object_of(bench->heap, address, &base, &size_bytes, &is_allocated) ||
        found->survey.figures.is_growing)
        return;
    const struct map_entries walked =
        map_entries_each(&found->survey, bench->pages, &chunks_left, add_indirect, &indirect);
    assert_false(walked.is_cut);
    assert_int_equal(walked.visited, found->survey.figures.count);
    const uint64_t bytes =
        size_bytes + indirect.bytes +
        (shape->design == MAP_SWISS ? swiss_objects(bench, found) : classic_objects(bench, found));
    if (bytes != found->survey.figures.held_bytes)
        fail_msg("%s at 0x%" PRIx64 " of %" PRIu64 " entries: %" PRIu64
                 " bytes in the allocator's objects, %" PRIu64 " as strata says",
                 shape->name, address, found->survey.figures.count, bytes, found->survey.figures.held_bytes);
    bench->maps++;
}

static void maps_are_held(const char *name)
{
    struct bench bench = {0};
    const struct go_program_options options = {.debug = {.threads = 1}};
    char pid[16];
    if (!subject_start(&bench.subject, name)) {
        print_message("[  SKIPPED ] %s is not here\n", name);
        return;
    }
    snprintf(pid, sizeof(pid), "%d", (int)bench.subject.pid);
    fine(go_program_open(pid, &options, NULL, &bench.program));
    fine(map_looker_open(bench.program, NULL, &bench.looker));
    fine(map_looker_look(bench.looker, &bench.look));
    fine(go_heap_open(bench.program->runtime, bench.program->types, &bench.heap));
    bench.pages = map_looker_pages(bench.looker);
    vec_foreach (const struct map_found *, found, &bench.look.maps)
        if (found->type)
            map_is_held(&bench, found);
    assert_true(bench.maps > 90);
    go_heap_close(bench.heap);
    map_look_free(&bench.look);
    map_looker_close(bench.looker);
    go_program_close(bench.program);
    subject_stop(&bench.subject);
}

static void classic_maps_hold_what_the_allocator_gave(void **state)
{
    (void)state;
    maps_are_held("go1.22");
    maps_are_held("go1.23");
    maps_are_held("go1.24-noswissmap");
}

static void swiss_maps_hold_what_the_allocator_gave(void **state)
{
    (void)state;
    maps_are_held("go1.24");
    maps_are_held("go1.25");
    maps_are_held("go1.26");
    maps_are_held("go1.27");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classic_maps_hold_what_the_allocator_gave),
        cmocka_unit_test(swiss_maps_hold_what_the_allocator_gave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
