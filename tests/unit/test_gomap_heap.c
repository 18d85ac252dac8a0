// The runtime's facts, its types and its heap, from outside of running Go programs. What is expected the programs say
// themselves: the counts and types of their maps (fixtures/go/maps).
#include "gomap/map_shape.h"
#include "map_looking.h"

static const char *const programs[] = {
    "go1.22",     "go1.23",     "go1.24",          "go1.25",          "go1.26",          "go1.27",
    "go1.22-pie", "go1.26-pie", "go1.22-stripped", "go1.24-stripped", "go1.26-stripped", "go1.24-noswissmap",
};

static void all_maps_are_in_the_heap(void **state)
{
    (void)state;
    size_t looked_at = 0;
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking;
        char path[128], type[128];
        uint64_t count;
        if (!open_subject(&looking, programs[p]))
            continue;
        looked_at++;
        struct found_maps found = {.types = looking.types};
        must(go_heap_maps(looking.heap, take_map, &found));
        size_t said = 0, proven = 0, likely = 0;
        for (size_t i = 0; said_map(&looking.subject, i, path, type, &count); i++) {
            if (!count)
                continue;
            said++;
            if (!is_among(&found, unnamed(type), count))
                fail_msg("%s: %s %s with %d entries is not found", programs[p], path, type, (int)count);
        }
        for (size_t i = 0; i < found.list.length; i++) {
            proven += found.list.data[i].proof == MAP_TYPE_PROVEN;
            likely += found.list.data[i].proof == MAP_TYPE_LIKELY;
        }
        print_message(
            "%s: %d spans, %d maps, types: %d proven, %d likely; the %d filled ones are among them\n",
            programs[p], (int)go_heap_spans_count(looking.heap), (int)found.list.length, (int)proven,
            (int)likely, (int)said);
        assert_true(go_heap_spans_count(looking.heap) > 0);
        vec_free(&found.list);
        close_subject(&looking);
    }
    if (!looked_at)
        skip_because("no Go program with maps was built");
}

// ---- roots ----------------------------------------------------------------------------------------------

struct found_root {
    char name[128];
    struct heap_map map;
};

struct found_roots {
    VEC(struct found_root) list;
    struct looking *looking;
};

static struct error *take_root(void *context, const struct heap_root *root)
{
    struct found_roots *found = context;
    struct found_root kept = {.map = root->map};
    struct heap_map again;
    snprintf(kept.name, sizeof(kept.name), "%s", root->name);
    assert_true(go_heap_probe(found->looking->heap, root->map.address, root->map.rtype, &again));
    assert_int_equal(again.count, root->map.count);
    return vec_push(&found->list, kept) ? NULL : &error_out_of_memory;
}

// The variables that hold a map themselves: by their names where the linker left symbols, else by place.
static void roots_by_structure(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking;
        char path[128], type[128];
        uint64_t count;
        size_t said = 0;
        if (!open_subject(&looking, programs[p]))
            continue;
        struct found_roots found = {.looking = &looking};
        must(go_heap_roots(looking.heap, take_root, &found));
        bool has_symbols = go_runtime_facts(looking.runtime)->has_symbols;
        assert_int_equal(has_symbols, !strstr(programs[p], "stripped"));
        for (size_t i = 0; said_map(&looking.subject, i, path, type, &count); i++) {
            bool is_variable =
                !strncmp(path, "main.", 5) && !strpbrk(path + 5, ".[(") && strcmp(path, "main.Ptr") != 0;
            bool is_there = false;
            if (!is_variable || !count)
                continue;
            said++;
            for (size_t k = 0; k < found.list.length && !is_there; k++) {
                const struct found_root *root = &found.list.data[k];
                is_there =
                    root->map.count == count &&
                    (has_symbols ? !strcmp(root->name, path)
                                 : !strncmp(root->name, "bss+0x", 6) || !strncmp(root->name, "data+0x", 7)) &&
                    (!root->map.rtype || !strcmp(text_of(looking.types, root->map.rtype), unnamed(type)));
            }
            if (!is_there)
                fail_msg("%s: no root %s with %d entries", programs[p], path, (int)count);
        }
        assert_true(said > 20);
        print_message("%s: %d roots, the %d variables that are maps among them\n", programs[p],
                      (int)found.list.length, (int)said);
        vec_free(&found.list);
        close_subject(&looking);
    }
}

// ---- types ----------------------------------------------------------------------------------------------

static void same_shape(const char *program, const char *name, const struct map_shape *a,
                       const struct map_shape *b)
{
    bool is_same = a->design == b->design && a->header_bytes == b->header_bytes &&
                   a->chunk_bytes == b->chunk_bytes && a->control_offset == b->control_offset &&
                   a->has_pointers == b->has_pointers && a->fields.count == b->fields.count;
    const struct map_part *parts[2][2] = {{&a->key, &a->elem}, {&b->key, &b->elem}};
    for (int i = 0; i < 2; i++)
        is_same &= parts[0][i]->offset_bytes == parts[1][i]->offset_bytes &&
                   parts[0][i]->stride_bytes == parts[1][i]->stride_bytes &&
                   parts[0][i]->stored_bytes == parts[1][i]->stored_bytes &&
                   parts[0][i]->is_indirect == parts[1][i]->is_indirect &&
                   parts[0][i]->size_bytes == parts[1][i]->size_bytes;
    for (size_t i = 0; is_same && i < a->fields.count; i++)
        is_same = a->fields.list[i].offset_bytes == b->fields.list[i].offset_bytes &&
                  a->fields.list[i].size_bytes == b->fields.list[i].size_bytes;
    if (!is_same)
        fail_msg(
            "%s: %s has another shape by its rtype than by the debug information: header %u/%u, chunk %u/%u, "
            "control %u/%u, pointers %d/%d, fields %zu/%zu",
            program, name, a->header_bytes, b->header_bytes, a->chunk_bytes, b->chunk_bytes,
            a->control_offset, b->control_offset, a->has_pointers, b->has_pointers, a->fields.count,
            b->fields.count);
}

static bool is_said_type(const struct map_subject *subject, const char *text)
{
    char path[128], type[128];
    uint64_t count;
    for (size_t i = 0; said_map(subject, i, path, type, &count); i++) {
        if (!strcmp(type, text))
            return true;
    }
    return false;
}

// The types that the program carries beside the debug information of the same program: names and shapes.
static void types_equal_the_debug_information(void **state)
{
    (void)state;
    static const struct type_source_index_options one_thread = {.threads = 1};
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking;
        const struct rtype *const *maps;
        struct type_index *index;
        struct type_maker *maker;
        size_t count, compared = 0;
        if (!open_subject(&looking, programs[p]))
            continue;
        must(go_types_maps(looking.types, &maps, &count));
        assert_true(count > 30);
        for (size_t i = 0; looking.source && i < count; i++) {
            const char *name = maps[i]->name;
            const struct type *by_rtype, *by_debug;
            struct map_shape shapes[2];
            must(type_source_find_names(looking.source, &name, 1, &one_thread, &index));
            must(type_source_make(looking.source, NULL, &maker));
            if (index->entries_count) {
                must(type_maker_build(maker, &index->entries[0], &by_debug));
                must(go_types_graph(looking.types, maps[i]->address, &by_rtype));
                assert_int_equal(by_debug->go_kind, GO_MAP);
                must(map_shape_read(maker, by_debug, &shapes[0]));
                must(map_shape_read(go_types_maker(looking.types), by_rtype, &shapes[1]));
                same_shape(programs[p], name, &shapes[0], &shapes[1]);
                compared++;
            } else if (is_said_type(&looking.subject, maps[i]->text)) {
                fail_msg("%s: no %s in the debug information", programs[p], name);
            }
            type_maker_close(maker);
            type_index_free(index);
        }
        assert_true(!looking.source || compared > 30);
        print_message("%s: %d map types, %d of them with the same name and shape in the debug information\n",
                      programs[p], (int)count, (int)compared);
        close_subject(&looking);
    }
}

// Every type that the program names for one of its maps is among those found.
static void types_are_as_the_program_says(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking;
        const struct rtype *const *maps;
        char path[128], type[128];
        uint64_t entries;
        size_t count;
        if (!open_subject(&looking, programs[p]))
            continue;
        must(go_types_maps(looking.types, &maps, &count));
        for (size_t i = 0; said_map(&looking.subject, i, path, type, &entries); i++) {
            bool is_there = false;
            for (size_t k = 0; k < count && !is_there; k++)
                is_there = !strcmp(maps[k]->text, type);
            if (!is_there)
                fail_msg("%s: no %s among its types", programs[p], type);
        }
        close_subject(&looking);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_maps_are_in_the_heap),
        cmocka_unit_test(roots_by_structure),
        cmocka_unit_test(types_equal_the_debug_information),
        cmocka_unit_test(types_are_as_the_program_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
