// SPDX-License-Identifier: MIT
// Random operations on maps of all kinds of keys and elements, against a plain table that always tells the
// truth: whether key n is there, and with which value. the check runs after every step while the map is
// small.
#include "cmocka_all.h"
#include "map_under_test.h"
#include "test_hmap_keys.h"

struct model {
    struct MAP(type) type;
    struct MAP(context) context;
    struct counting_allocator counter;
    struct keeper keeper;
    map_type *map;
    uint64_t keys;     // numbers 0 to keys - 1 are in play
    uint64_t *version; // of key n: 0 = not there
    uint64_t entries;
    uint64_t random;
    uint64_t next_version;
    const char *what;
};

static void must(const struct model *model, bool condition, const char *claim, uint64_t number)
{
    if (!condition)
        fail_msg("%s: %s (key %llu, seed state %llx)", model->what, claim, (unsigned long long)number,
                 (unsigned long long)model->random);
}

static void check_now(struct model *model)
{
    struct MAP(check) check;
    bool fine = MAP(check)(&model->context, model->map, &check);
    if (!fine)
        fail_msg("%s: %s", model->what, check.problem);
    must(model, (uint64_t)MAP(length)(model->map) == model->entries, "length", 0);
}

static void must_hold(struct model *model, const void *elem, uint64_t number)
{
    union value expected;
    struct keeper keeper = {0};
    make_value(model->type.elem, model->version[number], &keeper, &expected);
    bool same =
        model->type.elem->algorithm == HMAP_ALG_STRING || model->type.elem->algorithm == HMAP_ALG_PLAIN
            ? hmap_kind_equal(model->type.elem, elem, &expected)
            : memcmp(elem, &expected, model->type.elem->size_bytes) == 0;
    keeper_free(&keeper);
    must(model, same, "element", number);
}

// Zeros of the other sign are the same key.
static void make_key(struct model *model, uint64_t number, union value *key)
{
    make_value(model->type.key, number, &model->keeper, key);
    if (number == 0 && next_random(&model->random) & 1) {
        if (model->type.key == &hmap_kind_float64)
            key->float64 = -0.0;
        else if (model->type.key == &hmap_kind_float32)
            key->float32 = -0.0f;
    }
}

static void step_assign(struct model *model, uint64_t number)
{
    union value key, elem;
    make_key(model, number, &key);
    struct hmap_result result = MAP(assign)(&model->context, model->map, &key);
    must(model, result.status == HMAP_OK, "assign", number);
    must(model, result.found == (model->version[number] != 0), "assign finds", number);
    if (result.found) {
        must_hold(model, result.elem, number);
    } else {
        static const uint8_t zeros[VALUE_BYTES];
        must(model, memcmp(result.elem, zeros, model->type.elem->size_bytes) == 0, "a new element is zero",
             number);
        model->entries++;
    }
    model->version[number] = ++model->next_version;
    make_value(model->type.elem, model->version[number], &model->keeper, &elem);
    memcpy(result.elem, &elem, model->type.elem->size_bytes);
}

static void step_delete(struct model *model, uint64_t number)
{
    union value key;
    make_key(model, number, &key);
    struct hmap_result result = MAP(delete)(&model->context, model->map, &key);
    must(model, result.status == HMAP_OK && result.found == (model->version[number] != 0), "delete", number);
    model->entries -= result.found;
    model->version[number] = 0;
}

static void step_find(struct model *model, uint64_t number)
{
    union value key;
    make_key(model, number, &key);
    struct hmap_result result = MAP(find)(&model->context, model->map, &key);
    must(model, result.status == HMAP_OK && result.found == (model->version[number] != 0), "find", number);
    must(model, (result.elem != NULL) == result.found, "find's element", number);
    if (result.found)
        must_hold(model, result.elem, number);
}

// The number of a key that came out of an iteration: the model's own equality tells.
static void step_iterate(struct model *model)
{
    map_iter iter;
    uint64_t seen = 0;
    enum hmap_status status = MAP(iter_start)(&model->context, model->map, &iter);
    for (; status == HMAP_OK && iter.key; status = MAP(iter_next)(&model->context, &iter)) {
        struct hmap_result result = MAP(find)(&model->context, model->map, iter.key);
        must(model, result.elem == iter.elem, "an iterated entry is the one found", seen);
        seen++;
    }
    must(model, status == HMAP_OK, "iterate", 0);
    must(model, seen == model->entries, "iteration sees each entry once", seen);
}

static void step_clear(struct model *model)
{
    must(model, MAP(clear)(&model->context, model->map) == HMAP_OK, "clear", 0);
    memset(model->version, 0, model->keys * sizeof model->version[0]);
    model->entries = 0;
}

// From here on the clone is the map.
static void step_clone(struct model *model)
{
    map_type *clone;
    must(model, MAP(clone)(&model->context, model->map, &clone) == HMAP_OK, "clone", 0);
    MAP(destroy)(&model->context, model->map);
    model->map = clone;
}

static void verify_all(struct model *model)
{
    for (uint64_t number = 0; number < model->keys; number++)
        step_find(model, number);
    step_iterate(model);
    check_now(model);
}

struct mix {
    uint64_t keys, steps, check_every;
    enum MAP(flavour) flavour;
    enum hmap_hash_algorithm algorithm;
    bool generic;
};

static void run_model(const struct hmap_kind *key, const struct hmap_kind *elem, struct mix mix)
{
    struct model *model = calloc(1, sizeof *model);
    char what[128];
    snprintf(what, sizeof what, "map[%s]%s flavour %d hash %d", key->name, elem->name, (int)mix.flavour,
             (int)mix.algorithm);
    model->what = what;
    model->keys = mix.keys;
    model->random = mix.keys * 31 + mix.steps;
    model->version = calloc(mix.keys, sizeof model->version[0]);
    assert_int_equal(MAP(type_make)(&model->type, key, elem), HMAP_OK);
    if (mix.generic)
        model->type.variant = HMAP_VARIANT_GENERIC;
    MAP(context_init)(&model->context, &model->type, mix.flavour, mix.algorithm, model->random);
    MAP_BASE(&model->context)->allocator = counting(&model->counter);
    assert_int_equal(MAP(make)(&model->context, (int64_t)(mix.steps % 40), &model->map), HMAP_OK);
    for (uint64_t step = 0; step < mix.steps; step++) {
        uint64_t number = next_random(&model->random) % mix.keys, dice = next_random(&model->random) % 1000;
        // Phases of growing and of shrinking, so that the map goes through all its sizes again and again.
        bool shrinking = step * 6 / mix.steps % 2;
        if (dice < 2)
            step_iterate(model);
        else if (dice < 3)
            step_clone(model);
        else if (dice == 3 && next_random(&model->random) % 8 == 0)
            step_clear(model);
        else if (dice < 400)
            step_find(model, number);
        else if (dice < (shrinking ? 550u : 850u))
            step_assign(model, number);
        else
            step_delete(model, number);
        if (step % mix.check_every == 0)
            check_now(model);
    }
    verify_all(model);
    MAP(destroy)(&model->context, model->map);
    assert_int_equal(model->counter.live, 0);
    assert_int_equal(model->counter.live_bytes, 0);
    keeper_free(&model->keeper);
    free(model->version);
    free(model);
}

static struct hmap_kind bytes3, bytes4, bytes16, bytes200, strings2, pair, padded;
static struct hmap_field pair_fields[] = {{.name = "a", .kind = &hmap_kind_int32},
                                          {.name = "b", .kind = &hmap_kind_string}};
static struct hmap_field padded_fields[] = {{.name = "a", .kind = &hmap_kind_int8},
                                            {.name = "b", .kind = &hmap_kind_int32},
                                            {.name = "_", .kind = &hmap_kind_int64},
                                            {.name = "c", .kind = &hmap_kind_float64}};

static int make_kinds(void **state)
{
    (void)state;
    return hmap_kind_make_array(&bytes3, "[3]uint8", &hmap_kind_uint8, 3) |
           hmap_kind_make_array(&bytes4, "[4]uint8", &hmap_kind_uint8, 4) |
           hmap_kind_make_array(&bytes16, "[16]uint8", &hmap_kind_uint8, 16) |
           hmap_kind_make_array(&bytes200, "[200]uint8", &hmap_kind_uint8, 200) |
           hmap_kind_make_array(&strings2, "[2]string", &hmap_kind_string, 2) |
           hmap_kind_make_struct(&pair, "struct { a int32; b string }", pair_fields, 2) |
           hmap_kind_make_struct(&padded, "struct { a int8; b int32; _ int64; c float64 }", padded_fields, 4);
}

static const struct hmap_kind *const key_kinds[] = {
    &hmap_kind_int16,
    &hmap_kind_int32,
    &hmap_kind_int64,
    &hmap_kind_uint64,
    &hmap_kind_float32,
    &hmap_kind_float64,
    &hmap_kind_complex128,
    &hmap_kind_string,
    &hmap_kind_pointer,
    &hmap_kind_interface,
    &hmap_kind_complex64,
    &bytes3,
    &bytes4,
    &bytes16,
    &bytes200,
    &strings2,
    &pair,
    &padded,
};
static const struct hmap_kind *const elem_kinds[] = {
    &hmap_kind_int64, &hmap_kind_uint8, &hmap_kind_string, &hmap_kind_empty_struct, &bytes16, &bytes200};
enum {
    KEY_KINDS = sizeof key_kinds / sizeof key_kinds[0],
    ELEM_KINDS = sizeof elem_kinds / sizeof elem_kinds[0],
};

static void test_small_maps_checked_at_every_step(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_KINDS; key++) {
        for (int elem = 0; elem < ELEM_KINDS; elem++) {
            struct mix mix = {.keys = 60,
                              .steps = 1800,
                              .check_every = 1,
                              .flavour = (enum MAP(flavour))((key + elem) % MAP_FLAVOURS),
                              .generic = (key + elem) % 5 == 0};
            run_model(key_kinds[key], elem_kinds[elem], mix);
        }
    }
}

static void test_kinds_with_few_values(void **state)
{
    (void)state;
    run_model(&hmap_kind_bool, &hmap_kind_int64, (struct mix){.keys = 2, .steps = 3000, .check_every = 1});
    run_model(&hmap_kind_uint8, &hmap_kind_string,
              (struct mix){.keys = 256, .steps = 10000, .check_every = 1});
    run_model(&hmap_kind_empty_struct, &hmap_kind_int64,
              (struct mix){.keys = 1, .steps = 1000, .check_every = 1});
}

static void test_long_chains(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_KINDS; key++)
        run_model(key_kinds[key], elem_kinds[key % ELEM_KINDS],
                  (struct mix){.keys = 200, .steps = 3000, .check_every = 20, .algorithm = HMAP_HASH_FEW});
}

static void test_all_hashes(void **state)
{
    (void)state;
    for (int algorithm = HMAP_HASH_AES; algorithm <= HMAP_HASH_IDENTITY; algorithm++) {
        struct mix mix = {.keys = 3000,
                          .steps = 20000,
                          .check_every = 4000,
                          .flavour = (enum MAP(flavour))(algorithm % MAP_FLAVOURS),
                          .algorithm = (enum hmap_hash_algorithm)algorithm};
        if (algorithm == HMAP_HASH_FEW)
            mix.keys = 200;
        run_model(&hmap_kind_int32, &hmap_kind_int64, mix);
        run_model(&hmap_kind_int64, &hmap_kind_int64, mix);
        run_model(&hmap_kind_string, &hmap_kind_int64, mix);
        run_model(&hmap_kind_float64, &hmap_kind_int64, mix);
    }
}

static void test_large_maps(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_KINDS; key++) {
        struct mix mix = {.keys = key_kinds[key]->size_bytes == 2 ? 20000 : 30000,
                          .steps = 45000,
                          .check_every = 20000,
                          .flavour = (enum MAP(flavour))(key % MAP_FLAVOURS)};
        run_model(key_kinds[key], elem_kinds[key % ELEM_KINDS], mix);
    }
    run_model(&hmap_kind_int64, &hmap_kind_int64,
              (struct mix){.keys = 300000, .steps = 1200000, .check_every = 600000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_maps_checked_at_every_step),
        cmocka_unit_test(test_kinds_with_few_values),
        cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_all_hashes),
        cmocka_unit_test(test_large_maps),
    };
    return cmocka_run_group_tests(tests, make_kinds, NULL);
}
