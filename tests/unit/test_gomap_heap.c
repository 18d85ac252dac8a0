// The runtime's facts, its types and its heap, from outside of running Go programs. What is expected the programs say
// themselves: the counts and types of their maps (fixtures/go/maps).
#include "gomap/heap.h"
#include "gomap/rtype.h"
#include "gomap/runtime_facts.h"
#include "map_subject.h"
#include "source/source_open.h"

static const char *const programs[] = {
    "go1.22",        "go1.23",     "go1.24",          "go1.25",          "go1.26",          "go1.27",
    "go1.22-pie",    "go1.26-pie", "go1.22-stripped", "go1.24-stripped", "go1.26-stripped", "go1.24-noswissmap",
};

struct looking {
    struct map_subject subject;
    struct memory_target *target;
    struct type_source *source; // NULL: stripped
    struct go_runtime *runtime;
    struct go_types *types;
    struct go_heap *heap;
};

static void must(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

static bool open_subject(struct looking *looking, const char *name)
{
    static const struct type_source_options options;
    char pid[32];
    memset(looking, 0, sizeof(*looking));
    if (!subject_start(&looking->subject, name))
        return false;
    snprintf(pid, sizeof(pid), "%d", (int)looking->subject.pid);
    must(memory_target_open(pid, NULL, &looking->target));
    error_free(type_source_open(looking->target->executable, &options, NULL, &looking->source));
    must(go_runtime_open(looking->target, looking->source, &looking->runtime));
    must(go_types_open(looking->runtime, &looking->types));
    must(go_heap_open(looking->runtime, looking->types, &looking->heap));
    return true;
}

static void close_subject(struct looking *looking)
{
    go_heap_close(looking->heap);
    go_types_close(looking->types);
    go_runtime_close(looking->runtime);
    type_source_close(looking->source);
    memory_target_close(looking->target);
    subject_stop(&looking->subject);
}

// What the program says of its map number `index`: its path, type (as reflect writes it) and count. False: no more.
static bool said_map(const struct map_subject *subject, size_t index, char path[128], char type[128], uint64_t *count)
{
    const char *at = subject->truth;
    for (size_t i = 0; at && i <= index; i++)
        at = strstr(at + 1, "{\"path\":\"");
    if (!at || sscanf(at, "{\"path\":\"%127[^\"]", path) != 1)
        return false;
    const char *said_type = strstr(at, "\"type\":\""), *said_count = strstr(at, "\"count\":");
    assert_true(said_type && sscanf(said_type, "\"type\":\"%127[^\"]", type) == 1);
    assert_non_null(said_count);
    *count = strtoull(said_count + 8, NULL, 10);
    return true;
}

struct found_maps {
    VEC(struct heap_map) list;
    struct go_types *types;
};

static struct error *take_map(void *context, const struct heap_map *map)
{
    struct found_maps *found = context;
    return vec_push(&found->list, *map) ? NULL : &error_out_of_memory;
}

static const char *text_of(struct go_types *types, uint64_t address)
{
    const struct rtype *rtype;
    must(rtype_at(types, address, &rtype));
    return rtype->text;
}

// A map of that count and, if it is known, of that type.
static bool is_among(const struct found_maps *found, const char *type, uint64_t count)
{
    for (size_t i = 0; i < found->list.length; i++) {
        const struct heap_map *map = &found->list.data[i];
        if (map->count == count && (!map->rtype || !strcmp(text_of(found->types, map->rtype), type)))
            return true;
    }
    return false;
}

// Type texts that reflect and rtypes spell alike: named types are those of the unnamed map that they are.
static const char *unnamed(const char *type)
{
    return !strcmp(type, "main.Named") ? "map[string]int" : type;
}

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
        print_message("%s: %d spans, %d maps, types: %d proven, %d likely; the %d filled ones are among them\n",
                      programs[p], (int)go_heap_spans_count(looking.heap), (int)found.list.length, (int)proven,
                      (int)likely, (int)said);
        assert_true(go_heap_spans_count(looking.heap) > 0);
        vec_free(&found.list);
        close_subject(&looking);
    }
    if (!looked_at)
        skip_because("no Go program with maps was built");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_maps_are_in_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
