// SPDX-License-Identifier: MIT
// The cross-check itself, and the witnesses that need no file: compiler, map type and live memory.
#include "check/crosscheck.h"
#include "check/probe.h"
#include "check/witnesses.h"
#include "cmocka_all.h"
#include "type_graph.h"

#include <string.h>

static const struct fact *fact_named(const struct crosscheck *check, const char *subject, const char *field,
                                     enum quantity quantity)
{
    for (size_t s = 0; s < check->subjects_count; s++) {
        if (strcmp(check->subjects[s].name, subject))
            continue;
        for (size_t i = 0; i < check->subjects[s].facts_count; i++) {
            const struct fact *fact = &check->subjects[s].facts[i];
            bool same = field && fact->field ? !strcmp(field, fact->field) : field == fact->field;
            if (same && fact->quantity == quantity)
                return fact;
        }
    }
    return NULL;
}

static void memory_tells(const struct crosscheck *check, size_t witness, const char *subject,
                         const char *field)
{
    const struct fact *offset = fact_named(check, subject, field, QUANTITY_OFFSET);
    if (!offset || offset->statements[witness].kind != SAYS_NUMBER)
        fail_msg("memory does not tell where %s of %s is", field, subject);
}

static void witnesses_agree(void **state)
{
    (void)state;
    struct crosscheck check;
    crosscheck_init(&check);
    witness_compiler(&check, crosscheck_add_witness(&check, "compiler", ""));
    witness_map_type(&check, crosscheck_add_witness(&check, "map type", ""));
    size_t memory = crosscheck_add_witness(&check, "memory", "");
    witness_memory(&check, memory);
    assert_null(crosscheck_judge(&check));
    for (size_t s = 0; s < check.subjects_count; s++)
        for (size_t i = 0; i < check.subjects[s].facts_count; i++)
            if (check.subjects[s].facts[i].verdict == FACT_DIFFERS)
                fail_msg("%s %s differs", check.subjects[s].name, check.subjects[s].facts[i].field);
    // Silence is no agreement: memory must have found these.
    static const char *const header[] = {"count",   "flags",      "B",         "noverflow", "hash0",
                                         "buckets", "oldbuckets", "nevacuate", "extra"};
    for (size_t i = 0; i < ARRAY_LENGTH(header); i++)
        memory_tells(&check, memory, "hmap", header[i]);
    static const char *const extra[] = {"overflow", "oldoverflow", "nextOverflow"};
    for (size_t i = 0; i < ARRAY_LENGTH(extra); i++)
        memory_tells(&check, memory, "mapextra", extra[i]);
    static const char *const iter[] = {"key",  "elem",        "t",      "h", "buckets",
                                       "bptr", "startBucket", "offset", "B"};
    for (size_t i = 0; i < ARRAY_LENGTH(iter); i++)
        memory_tells(&check, memory, "hiter", iter[i]);
    static const char *const bucket[] = {"tophash", "keys", "overflow"};
    for (const struct bucket_case *c = bucket_cases; c->subject; c++) {
        for (size_t i = 0; i < ARRAY_LENGTH(bucket); i++)
            memory_tells(&check, memory, c->subject, bucket[i]);
        assert_non_null(fact_named(&check, c->subject, NULL, QUANTITY_SIZE));
        assert_int_equal(fact_named(&check, c->subject, NULL, QUANTITY_SIZE)->statements[memory].kind,
                         SAYS_NUMBER);
    }
    memory_tells(&check, memory, "bucket map[int64]int64", "elems");
    crosscheck_free(&check);
}

static void witnesses_of_swiss_maps_agree(void **state)
{
    (void)state;
    struct crosscheck check;
    crosscheck_init(&check);
    witness_swiss_compiler(&check, crosscheck_add_witness(&check, "compiler", ""));
    size_t rule = crosscheck_add_witness(&check, "map type", "");
    witness_swiss_type(&check, rule);
    size_t memory = crosscheck_add_witness(&check, "memory", "");
    witness_swiss_memory(&check, memory);
    // The rule for any program's groups, which shares no code with the map's own.
    const struct value_shape string = {16, 8}, word = {8, 8}, byte = {1, 1};
    size_t other = crosscheck_add_witness(&check, "rule", "");
    witness_group_rule(&check, other, "group map[string]int64", "slot map[string]int64", string, word, 8);
    witness_group_rule(&check, other, "group map[int64]int8", "slot map[int64]int8", word, byte, 8);
    witness_group_rule(&check, other, "group map[int8]bool", "slot map[int8]bool", byte, byte, 8);
    assert_null(crosscheck_judge(&check));
    for (size_t s = 0; s < check.subjects_count; s++)
        for (size_t i = 0; i < check.subjects[s].facts_count; i++)
            if (check.subjects[s].facts[i].verdict == FACT_DIFFERS)
                fail_msg("%s %s differs", check.subjects[s].name, check.subjects[s].facts[i].field);
    // Silence is no agreement: memory must have found these.
    static const struct {
        const char *subject, *fields[12];
    } told[] = {
        {"Map",
         {"used", "seed", "dirPtr", "dirLen", "globalDepth", "globalShift", "writing", "tombstonePossible",
          "clearSeq"}},
        {"table", {"used", "capacity", "growthLeft", "localDepth", "index", "groups"}},
        {"groupsReference", {"data", "lengthMask"}},
        {"Iter",
         {"key", "elem", "typ", "m", "entryOffset", "dirOffset", "clearSeq", "globalDepth", "tab", "group"}},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(told); i++)
        for (size_t k = 0; k < ARRAY_LENGTH(told[i].fields) && told[i].fields[k]; k++)
            memory_tells(&check, memory, told[i].subject, told[i].fields[k]);
    for (const struct group_case *c = group_cases; c->group_subject; c++) {
        memory_tells(&check, memory, c->group_subject, "ctrl");
        memory_tells(&check, memory, c->group_subject, "slots");
        memory_tells(&check, memory, c->slot_subject, "key");
        assert_int_equal(fact_named(&check, c->slot_subject, NULL, QUANTITY_SIZE)->statements[memory].kind,
                         SAYS_NUMBER);
    }
    memory_tells(&check, memory, "slot map[int64]int64", "elem");
    // What C cannot lay out: elements without a size, and large ones.
    const struct value_shape nothing = {0, 1}, large = {200, 1};
    witness_group_rule(&check, other, "group map[string]struct {}", "slot map[string]struct {}", string,
                       nothing, 8);
    witness_group_rule(&check, other, "group map[struct {}]struct {}", "slot map[struct {}]struct {}",
                       nothing, nothing, 8);
    witness_group_rule(&check, other, "group map[int8]large", "slot map[int8]large", byte, large, 8);
    const struct {
        const char *subject;
        uint64_t bytes;
    } sizes[] = {{"group map[string]struct {}", 200},
                 {"slot map[string]struct {}", 24},
                 {"group map[struct {}]struct {}", 16},
                 {"group map[int8]large", 136}};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        assert_int_equal(fact_named(&check, sizes[i].subject, NULL, QUANTITY_SIZE)->statements[other].bytes,
                         sizes[i].bytes);
    crosscheck_free(&check);
}

// One that knows an earlier version of a type, without a field that others have in a hole of it.
static void an_earlier_version_is_no_disagreement(void **state)
{
    (void)state;
    struct crosscheck check;
    crosscheck_init(&check);
    size_t a = crosscheck_add_witness(&check, "a", ""), b = crosscheck_add_witness(&check, "b", "");
    size_t map = crosscheck_subject(&check, "Map");
    for (size_t w = a; w <= b; w++) {
        crosscheck_state(&check, map, w, NULL, QUANTITY_SIZE, 48);
        crosscheck_state(&check, map, w, NULL, QUANTITY_PADDING, w == a ? 4 : 5);
        crosscheck_complete(&check, map, w);
    }
    crosscheck_state(&check, map, a, "tombstonePossible", QUANTITY_OFFSET, 35);
    assert_null(crosscheck_judge(&check));
    assert_int_equal(check.findings, 2);
    struct crosscheck again;
    crosscheck_init(&again);
    crosscheck_add_witness(&again, "a", "");
    crosscheck_add_witness(&again, "b", "");
    map = crosscheck_subject(&again, "Map");
    crosscheck_state(&again, map, a, NULL, QUANTITY_PADDING, 4);
    crosscheck_state(&again, map, b, NULL, QUANTITY_PADDING, 5);
    crosscheck_state(&again, map, a, "tombstonePossible", QUANTITY_OFFSET, 35);
    crosscheck_complete(&again, map, b);
    crosscheck_incomplete(&again, map, b);
    assert_null(crosscheck_judge(&again));
    assert_int_equal(again.findings, 0);
    crosscheck_free(&again);
    crosscheck_free(&check);
}

static void a_witness_without_a_field(void **state)
{
    (void)state;
    struct crosscheck check;
    crosscheck_init(&check);
    size_t a = crosscheck_add_witness(&check, "a", ""), b = crosscheck_add_witness(&check, "b", "");
    size_t hmap = crosscheck_subject(&check, "hmap");
    crosscheck_state(&check, hmap, a, NULL, QUANTITY_SIZE, 48);
    crosscheck_state(&check, hmap, a, "extra", QUANTITY_OFFSET, 40);
    crosscheck_state(&check, hmap, a, "extra", QUANTITY_FIELD_SIZE, 8);
    crosscheck_state(&check, hmap, b, NULL, QUANTITY_SIZE, 40);
    assert_null(crosscheck_judge(&check));
    assert_int_equal(check.findings, 1); // b has not said that it knows all
    crosscheck_complete(&check, hmap, b);
    assert_null(crosscheck_judge(&check));
    assert_int_equal(check.findings, 3);
    const struct fact *extra = fact_named(&check, "hmap", "extra", QUANTITY_OFFSET);
    assert_int_equal(extra->verdict, FACT_DIFFERS);
    assert_int_equal(extra->statements[b].kind, SAYS_ABSENT);
    assert_non_null(strstr(extra->note, "nine fields"));
    const struct fact *size = fact_named(&check, "hmap", NULL, QUANTITY_SIZE);
    assert_non_null(strstr(size->note, "account for the 8 bytes"));
    crosscheck_free(&check);
}

// A struct that is wrong in one field: that field is named and no other.
static void a_wrong_struct_is_named(void **state)
{
    (void)state;
    struct member members[] = {FIELD_AT("overflow", type_long, 0), FIELD_AT("oldoverflow", type_long, 16),
                               FIELD_AT("nextOverflow", type_long, 16)};
    const struct type wrong = RECORD("mapextra", 24, members);
    struct crosscheck check;
    struct layouter *layouter;
    crosscheck_init(&check);
    witness_compiler(&check, crosscheck_add_witness(&check, "compiler", ""));
    assert_null(layouter_create(NULL, &layouter));
    assert_null(
        witness_type(&check, crosscheck_add_witness(&check, "DWARF", ""), "mapextra", &wrong, layouter));
    assert_null(crosscheck_judge(&check));
    assert_int_equal(fact_named(&check, "mapextra", "oldoverflow", QUANTITY_OFFSET)->verdict, FACT_DIFFERS);
    assert_int_equal(fact_named(&check, "mapextra", "overflow", QUANTITY_OFFSET)->verdict, FACT_AGREES);
    assert_int_equal(fact_named(&check, "mapextra", "nextOverflow", QUANTITY_OFFSET)->verdict, FACT_AGREES);
    assert_int_equal(fact_named(&check, "mapextra", NULL, QUANTITY_SIZE)->verdict, FACT_AGREES);
    layouter_free(layouter);
    crosscheck_free(&check);
}

static void a_probe_needs_change(void **state)
{
    (void)state;
    struct probe probe = {0};
    uint64_t offset, width;
    uint8_t bytes[12] = {9, 9, 1, 0, 0, 0, 0, 0, 7, 7, 7, 7};
    probe_see(&probe, bytes, sizeof(bytes), 1);
    assert_false(probe_place(&probe, sizeof(bytes), &offset, &width)); // seen once: proves nothing
    bytes[3] = 2;                                                      // 0x0201
    probe_see(&probe, bytes, sizeof(bytes), 0x0201);
    bytes[6] = 1; // a neighbour: the number is four bytes wide
    probe_see(&probe, bytes, sizeof(bytes), 0x0201);
    assert_true(probe_place(&probe, sizeof(bytes), &offset, &width));
    assert_int_equal(offset, 2);
    assert_int_equal(width, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(witnesses_agree),
        cmocka_unit_test(witnesses_of_swiss_maps_agree),
        cmocka_unit_test(an_earlier_version_is_no_disagreement),
        cmocka_unit_test(a_witness_without_a_field),
        cmocka_unit_test(a_wrong_struct_is_named),
        cmocka_unit_test(a_probe_needs_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
