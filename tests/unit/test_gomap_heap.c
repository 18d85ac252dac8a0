// SPDX-License-Identifier: MIT
// The runtime's facts, its types and its heap, from outside of running Go programs. What is expected the programs say
// themselves: the counts and types of their maps (fixtures/go/maps).
#include "gomap/map_shape.h"
#include "map_looking.h"

#include <inttypes.h>
#include <sched.h>

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

// Whether the debug information has a type of that name: then it has the same shape.
static bool is_same_by_debug(struct looking *looking, const char *program, const struct rtype *map,
                             struct type_maker *maker, const struct type_index *index)
{
    const struct type *by_rtype, *by_debug;
    struct map_shape shapes[2];
    for (size_t i = 0; i < index->entries_count; i++) {
        if (strcmp(index->entries[i].name, map->name) != 0)
            continue;
        must(type_maker_build(maker, &index->entries[i], &by_debug));
        must(go_types_graph(looking->types, map->address, &by_rtype));
        assert_int_equal(by_debug->go_kind, GO_MAP);
        must(map_shape_read(maker, by_debug, &shapes[0]));
        must(map_shape_read(go_types_maker(looking->types), by_rtype, &shapes[1]));
        same_shape(program, map->name, &shapes[0], &shapes[1]);
        return true;
    }
    if (is_said_type(&looking->subject, map->text))
        fail_msg("%s: no %s in the debug information", program, map->name);
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
        assert_true(count > 30 && count < 200);
        if (looking.source) {
            const char *names[200];
            for (size_t i = 0; i < count; i++)
                names[i] = maps[i]->name;
            must(type_source_find_names(looking.source, names, count, &one_thread, &index));
            must(type_source_make(looking.source, NULL, &maker));
            for (size_t i = 0; i < count; i++)
                compared += is_same_by_debug(&looking, programs[p], maps[i], maker, index);
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

// The types of what two interfaces hold, one without and one with methods.
static void dynamic_types(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *type;
        bool has_methods;
    } held[] = {{"main.Held", "map[string]uint16", false}, {"main.Iface", "*main.Impl", true}};
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking;
        if (!open_subject(&looking, programs[p]))
            continue;
        for (size_t i = 0; i < 2 && go_runtime_facts(looking.runtime)->has_symbols; i++) {
            uint64_t address, size_bytes, word;
            assert_true(go_runtime_find_symbol(looking.runtime, held[i].variable, &address, &size_bytes));
            assert_int_equal(size_bytes, 16);
            must(memory_read(looking.target->memory, address, &word, 8));
            assert_string_equal(
                text_of(looking.types, go_types_dynamic(looking.types, word, held[i].has_methods)),
                held[i].type);
        }
        assert_int_equal(go_types_dynamic(looking.types, 0, true), 0);
        assert_int_equal(go_types_dynamic(looking.types, 8, true), 0); // nothing is there
        close_subject(&looking);
    }
}

// ---- a server -------------------------------------------------------------------------------------------

// Starts it where there is no network at all. It has more maps than most: one line says them.
static bool start_server(struct looking *looking, const char *name)
{
    int out[2], in[2];
    struct map_subject *subject = &looking->subject;
    memset(looking, 0, sizeof(*looking));
    snprintf(subject->path, sizeof(subject->path), "%s/maps/%s", FIXTURES_BINARY, name);
    if (access(subject->path, X_OK))
        return false;
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(in), 0);
    subject->pid = fork();
    if (!subject->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], 0), dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
            _exit(1);
        execl(subject->path, subject->path, (char *)NULL);
        _exit(1);
    }
    close(in[0]), close(out[1]);
    subject->obeys = in[1];
    subject->says = fdopen(out[0], "r");
    if (getline(&subject->truth, &subject->truth_bytes, subject->says) > 0)
        return true;
    subject_stop(subject);
    memset(subject, 0, sizeof(*subject));
    return false;
}

static size_t count_found(const struct found_maps *found, const char *type, uint64_t count, bool with_type)
{
    size_t there = 0;
    for (size_t i = 0; i < found->list.length; i++) {
        const struct heap_map *map = &found->list.data[i];
        bool is_type = map->rtype && !strcmp(text_of(found->types, map->rtype), type);
        there += map->count == count && (with_type ? is_type : is_type || !map->rtype);
    }
    return there;
}

// What the program's allocator says that its spans in use take (runtime.MemStats.HeapInuse).
static uint64_t said_in_use(struct looking *looking)
{
    assert_int_equal(write(looking->subject.obeys, "?", 1), 1);
    subject_line(&looking->subject);
    assert_true(!strncmp(looking->subject.truth, "heap in use ", 12));
    return strtoull(looking->subject.truth + 12, NULL, 10);
}

static uint64_t seen_in_use(struct looking *looking)
{
    uint64_t in_use = 0, last = 0;
    struct heap_span span;
    go_heap_close(looking->heap);
    must(go_heap_open(looking->runtime, looking->types, &looking->heap)); // as it is now
    for (size_t i = 0; i < looking->target->mappings_count; i++) {
        const struct target_mapping *mapping = &looking->target->mappings[i];
        for (uint64_t at = mapping->address;
             mapping->is_writable && at < mapping->address + mapping->size_bytes; at += 4096) {
            if (at < last || !go_heap_span_of(looking->heap, at, &span))
                continue;
            in_use += span.state == HEAP_SPAN_IN_USE ? span.size_bytes : 0;
            last = span.base + span.size_bytes;
        }
    }
    return in_use;
}

// Its own word before and after we looked: where both are the same, nothing has changed meanwhile.
static void compare_spans(struct looking *looking, const char *name)
{
    enum { TRIES = 50 };
    for (int i = 0; i < TRIES; i++) {
        uint64_t before = said_in_use(looking), seen = seen_in_use(looking), after = said_in_use(looking);
        if (before != after)
            continue;
        if (seen != before)
            fail_msg("%s: %" PRIu64 " bytes of spans are in use, and %" PRIu64 " as it says", name, seen,
                     before);
        print_message("%s: %" PRIu64 " bytes of spans in use, as it says\n", name, seen);
        return;
    }
    fail_msg("%s: its heap never stands still", name);
}

struct said_one {
    char path[128], type[128];
    uint64_t count;
};

// What a server's variables lead to, by its own reflection: of each type and size as many maps at least are in its heap.
static void a_server_of_debian_packages(void **state)
{
    (void)state;
    static const char *const servers[] = {"server", "server-stripped"};
    size_t looked_at = 0;
    for (size_t p = 0; p < 2; p++) {
        struct looking looking;
        struct said_one one;
        size_t filled = 0, proven = 0;
        if (!start_server(&looking, servers[p]))
            continue;
        char pid[32];
        snprintf(pid, sizeof(pid), "%d", (int)looking.subject.pid);
        must(memory_target_open(pid, NULL, &looking.target));
        look(&looking);
        struct found_maps found = {.types = looking.types};
        must(go_heap_maps(looking.heap, take_map, &found));
        VEC(struct said_one) all = {0};
        for (size_t i = 0; said_map(&looking.subject, i, one.path, one.type, &one.count); i++)
            assert_true(vec_push(&all, one));
        for (size_t i = 0; i < all.length; i++) {
            size_t said = 0, there = 0;
            if (!all.data[i].count)
                continue;
            for (size_t k = 0; k < all.length; k++)
                said += all.data[k].count == all.data[i].count && !strcmp(all.data[k].type, all.data[i].type);
            filled++;
            there = count_found(&found, all.data[i].type, all.data[i].count, false);
            if (there < said)
                fail_msg("%s: %d maps %s of %d entries, and %d in its heap", servers[p], (int)said,
                         all.data[i].type, (int)all.data[i].count, (int)there);
        }
        vec_free(&all);
        for (size_t i = 0; i < found.list.length; i++) {
            const struct heap_map *map = &found.list.data[i];
            uint64_t base, size_bytes;
            struct heap_span span;
            bool is_allocated;
            proven += map->proof == MAP_TYPE_PROVEN;
            assert_true(go_heap_object_of(looking.heap, map->address, &base, &size_bytes, &is_allocated));
            assert_true(is_allocated && base == map->address);
            assert_true(go_heap_span_of(looking.heap, map->address, &span));
            assert_true(span.state == HEAP_SPAN_IN_USE && span.has_pointers && span.elem_bytes == size_bytes);
            assert_true(span.elements <= span.size_bytes / span.elem_bytes &&
                        span.allocated <= span.elements);
        }
        compare_spans(&looking, servers[p]);
        assert_true(filled > 250);
        assert_int_equal(count_found(&found, "map[string]cache.Item", 250, true), 1);
        print_message("%s: %d maps in its heap, types of %d proven; the %d filled ones that its variables "
                      "lead to among them\n",
                      servers[p], (int)found.list.length, (int)proven, (int)filled);
        vec_free(&found.list);
        close_subject(&looking);
        looked_at++;
    }
    if (!looked_at)
        skip_because(
            "no Go server was built (golang-github-gorilla-mux-dev), or it may not start without network");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_maps_are_in_the_heap),
        cmocka_unit_test(roots_by_structure),
        cmocka_unit_test(types_equal_the_debug_information),
        cmocka_unit_test(types_are_as_the_program_says),
        cmocka_unit_test(dynamic_types),
        cmocka_unit_test(a_server_of_debian_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
