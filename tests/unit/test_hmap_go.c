// SPDX-License-Identifier: MIT
// What Go's own test suite demands of maps (runtime/map_test.go, hash_test.go, maps/maps_test.go), by its
// names. Tests that are about the compiler or the garbage collector have no meaning here.
#include "cmocka_all.h"
#include "map_under_test.h"
#include "test_hmap_keys.h"
#include <math.h>

struct fixture {
    struct MAP(type) type;
    struct MAP(context) context;
    map_type *map;
    struct keeper keeper;
};

static struct fixture *open_map(const struct hmap_kind *key, const struct hmap_kind *elem,
                                enum MAP(flavour) flavour, int64_t hint)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(MAP(type_make)(&f->type, key, elem), HMAP_OK);
    MAP(context_init)(&f->context, &f->type, flavour, HMAP_HASH_AES, 7);
    assert_int_equal(MAP(make)(&f->context, hint, &f->map), HMAP_OK);
    return f;
}

static void close_map(struct fixture *f)
{
    struct MAP(check) check;
    if (!MAP(check)(&f->context, f->map, &check))
        fail_msg("%s", check.problem);
    MAP(destroy)(&f->context, f->map);
    keeper_free(&f->keeper);
    free(f);
}

static void put(struct fixture *f, const void *key, const void *elem)
{
    assert_int_equal(MAP(store)(&f->context, f->map, key, elem), HMAP_OK);
}

static void put_int(struct fixture *f, int64_t key, int64_t elem)
{
    put(f, &key, &elem);
}

static bool has_int(struct fixture *f, int64_t key)
{
    struct hmap_result result = MAP(find)(&f->context, f->map, &key);
    assert_int_equal(result.status, HMAP_OK);
    return result.found;
}

static int64_t get_int(struct fixture *f, int64_t key)
{
    int64_t elem = -1;
    assert_int_equal(MAP(load)(&f->context, f->map, &key, &elem), HMAP_OK);
    return elem;
}

static bool drop(struct fixture *f, const void *key)
{
    struct hmap_result result = MAP(delete)(&f->context, f->map, key);
    assert_int_equal(result.status, HMAP_OK);
    return result.found;
}

#define EACH(f, iter)                                                                                        \
    for (enum hmap_status iter##_status = MAP(iter_start)(&(f)->context, (f)->map, &(iter));                 \
         assert_same(iter##_status, HMAP_OK), (iter).key;                                                    \
         iter##_status = MAP(iter_next)(&(f)->context, &(iter)))

static void assert_same(int left, int right)
{
    assert_int_equal(left, right);
}

static int64_t key_int(const map_iter *iter)
{
    int64_t key;
    memcpy(&key, iter->key, sizeof key);
    return key;
}

#ifndef TEST_SWISS // whose own ones are in test_hmap_swiss_go.c
static void test_HmapSize(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct hmap), 48);
}

static void test_LoadFactor(void **state)
{
    (void)state;
    for (int B = 0; B < 14; B++) {
        int64_t limit = 13 * ((INT64_C(1) << B) / 2) > 8 ? 13 * ((INT64_C(1) << B) / 2) : 8;
        struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, limit);
        assert_int_equal(f->map->B, B);
        close_map(f);
        f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, limit + 1);
        assert_int_equal(f->map->B, B + 1);
        close_map(f);
    }
}

static void test_MapBuckets(void **state)
{
    (void)state;
    const struct {
        int64_t n;
        int B;
    } cases[] = {{0, 0}, {1, 0}, {8, 0}, {9, 1}, {13, 1}, {14, 2}, {26, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *hinted = open_map(&hmap_kind_string, &hmap_kind_int64, MAP_FLAVOUR, cases[i].n);
        assert_int_equal(hinted->map->B, cases[i].B);
        assert_true((hinted->map->buckets != NULL) ==
                    (cases[i].B > 0)); // one bucket comes with the first entry
        struct fixture *filled = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
        for (int64_t n = 0; n < cases[i].n; n++)
            put_int(filled, n, n);
        assert_int_equal(filled->map->B, cases[i].B);
        close_map(filled);
        close_map(hinted);
    }
}

#endif

static void test_IgnoreBogusMapHint(void **state)
{
    (void)state;
    const int64_t hints[] = {-1, INT64_MIN, INT64_MAX, INT64_C(1) << 60};
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, hints[i]);
        assert_true(map_is_small(f->map));
        put_int(f, 1, 2);
        close_map(f);
    }
}

static void test_NegativeZero(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_empty_struct, MAP_FLAVOUR, 0);
    double zero = 0.0, minus = -0.0;
    put(f, &zero, &zero);
    put(f, &minus, &zero);
    assert_int_equal(MAP(length)(f->map), 1);
    map_iter iter;
    EACH(f, iter)
    assert_true(signbit(*(const double *)iter.key)); // the key is replaced
    MAP(iter_stop)(&iter);
    put(f, &zero, &zero);
    EACH(f, iter)
    assert_false(signbit(*(const double *)iter.key));
    MAP(iter_stop)(&iter);
    close_map(f);
}

static void test_MapAssignmentNan(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    const double nan = NAN;
    for (int64_t i = 1; i <= 3; i++)
        put(f, &nan, &i);
    assert_int_equal(MAP(length)(f->map), 3);
    assert_false(MAP(find)(&f->context, f->map, &nan).found);
    assert_false(drop(f, &nan));
    int64_t sum = 0;
    map_iter iter;
    EACH(f, iter)
    {
        assert_true(isnan(*(const double *)iter.key));
        sum += *(int64_t *)iter.elem;
    }
    assert_int_equal(sum, 6);
    assert_int_equal(MAP(clear)(&f->context, f->map), HMAP_OK); // the only way to be rid of them
    assert_int_equal(MAP(length)(f->map), 0);
    close_map(f);
}

// m[NaN] += x reads nothing and adds an entry.
static void test_MapOperatorAssignmentNan(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    const double nan = NAN;
    for (int i = 0; i < 2; i++) {
        struct hmap_result slot = MAP(assign)(&f->context, f->map, &nan);
        assert_false(slot.found);
        assert_int_equal(*(int64_t *)slot.elem, 0);
        *(int64_t *)slot.elem += 10;
    }
    assert_int_equal(MAP(length)(f->map), 2);
    close_map(f);
}

// NaNs that were there at the start come exactly once each, however the map grows under the iterator.
static void grow_with_nan(enum MAP(flavour) flavour, bool grow_in_the_middle)
{
    struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_int64, flavour, 4);
    const double nan = NAN;
    for (int64_t i = 0; i < 3; i++)
        put(f, &nan, &i);
    for (int64_t i = 0; grow_in_the_middle && i < 100 && !map_in_growth(f->map); i++)
        put(f, &(double){(double)i}, &(int64_t){-1}); // the iterator starts during a growth
    unsigned seen = 0;
    int64_t added = 0;
    map_iter iter;
    EACH(f, iter)
    {
        int64_t elem = *(int64_t *)iter.elem;
        if (isnan(*(const double *)iter.key)) {
            assert_int_equal(seen >> elem & 1, 0);
            seen |= 1u << elem;
        }
        for (int i = 0; i < 50 && added < 500; i++, added++)
            put(f, &(double){(double)(1000 + added)}, &(int64_t){-1});
    }
    assert_int_equal(seen, 7);
    close_map(f);
}

static void test_GrowWithNaN(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++)
        grow_with_nan((enum MAP(flavour))(round % MAP_FLAVOURS), false);
}

static void test_MapNanGrowIterator(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++)
        grow_with_nan((enum MAP(flavour))(round % MAP_FLAVOURS), true);
}

static void test_GrowWithNegativeZero(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_int64, MAP_FLAVOUR, 4);
    double zero = 0.0, minus = -0.0;
    for (int64_t i = 1; i < 8; i++)
        put(f, &(double){(double)i}, &i);
    put(f, &zero, &(int64_t){0});
    int zeros = 0, added = 0;
    map_iter iter;
    EACH(f, iter)
    {
        if (*(const double *)iter.key == 0.0) {
            zeros++;
            // With the element, the sign the key has now must come, though the iterator walks the old array.
            assert_true(signbit(*(const double *)iter.key) == (*(int64_t *)iter.elem == -1));
        }
        if (added == 0) {
            put(f, &minus, &(int64_t){-1});
            for (; added < 100; added++)
                put(f, &(double){100.0 + added}, &(int64_t){1});
        }
    }
    assert_int_equal(zeros, 1);
    close_map(f);
}

static struct hmap_interface any_of(struct fixture *f, const struct hmap_kind *kind, uint64_t number)
{
    void *data = keep(&f->keeper, VALUE_BYTES);
    make_value(kind, number, &f->keeper, data);
    return (struct hmap_interface){kind, data};
}

static void test_MapInterfaceKey(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_interface, &hmap_kind_bool, MAP_FLAVOUR, 0);
    static struct hmap_kind ints2, strings2, pair;
    static struct hmap_field fields[] = {{.name = "s", .kind = &hmap_kind_string},
                                         {.name = "i", .kind = &hmap_kind_int8}};
    assert_int_equal(hmap_kind_make_array(&ints2, "[2]int32", &hmap_kind_int32, 2), HMAP_OK);
    assert_int_equal(hmap_kind_make_array(&strings2, "[2]string", &hmap_kind_string, 2), HMAP_OK);
    assert_int_equal(hmap_kind_make_struct(&pair, "struct { s string; i int8 }", fields, 2), HMAP_OK);
    const struct hmap_kind *const kinds[] = {&hmap_kind_bool,
                                             &hmap_kind_int8,
                                             &hmap_kind_int16,
                                             &hmap_kind_int32,
                                             &hmap_kind_int64,
                                             &hmap_kind_uint8,
                                             &hmap_kind_uint64,
                                             &hmap_kind_float32,
                                             &hmap_kind_float64,
                                             &hmap_kind_complex64,
                                             &hmap_kind_complex128,
                                             &hmap_kind_string,
                                             &ints2,
                                             &strings2,
                                             &pair};
    const bool yes = true;
    int64_t entries = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hmap_interface key = any_of(f, kinds[i], 1);
        put(f, &key, &yes);
        assert_int_equal(MAP(length)(f->map), ++entries); // the same number in another kind is another key
        struct hmap_interface again = any_of(f, kinds[i], 1);
        assert_true(MAP(find)(&f->context, f->map, &again).found);
        struct hmap_interface other = any_of(f, kinds[i], 0);
        assert_false(MAP(find)(&f->context, f->map, &other).found);
    }
    put(f, &(struct hmap_interface){0}, &yes); // a nil interface is a key as well
    assert_true(MAP(find)(&f->context, f->map, &(struct hmap_interface){0}).found);
    close_map(f);
}

static void assert_unhashable(struct fixture *f, map_type *map, const struct hmap_kind *inner,
                              const char *message)
{
    char text[128];
    struct hmap_interface key = {inner, keep(&f->keeper, 64)};
    assert_int_equal(MAP(find)(&f->context, map, &key).status, HMAP_UNHASHABLE);
    assert_int_equal(MAP(delete)(&f->context, map, &key).status, HMAP_UNHASHABLE);
    if (map)
        assert_int_equal(MAP(assign)(&f->context, map, &key).status, HMAP_UNHASHABLE);
    assert_string_equal(MAP(fault_describe)(&f->context, HMAP_UNHASHABLE, &key, text, sizeof text), message);
}

static void test_EmptyMapWithInterfaceKey(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_interface, &hmap_kind_int64, MAP_FLAVOUR, 0);
    static struct hmap_kind holder, array;
    static struct hmap_field fields[] = {{.name = "a", .kind = &hmap_kind_int64},
                                         {.name = "b", .kind = &hmap_kind_slice}};
    assert_int_equal(hmap_kind_make_struct(&holder, "main.T", fields, 2), HMAP_OK);
    assert_int_equal(hmap_kind_make_array(&array, "[2]func()", &hmap_kind_func, 2), HMAP_OK);
    for (int pass = 0; pass < 2; pass++) {
        assert_unhashable(f, f->map, &hmap_kind_slice, "hash of unhashable type []int");
        assert_unhashable(f, NULL, &hmap_kind_slice, "hash of unhashable type []int"); // the nil map too
        assert_unhashable(f, f->map, &hmap_kind_func, "hash of unhashable type func()");
        assert_unhashable(f, f->map, &holder, "hash of unhashable type main.T");
        assert_unhashable(f, f->map, &array, "hash of unhashable type [2]func()");
        assert_int_equal(MAP(length)(f->map), pass);
        struct hmap_interface fine = any_of(f, &hmap_kind_int64, 1);
        put(f, &fine, &(int64_t){1}); // no flag was left behind
    }
    close_map(f);
}

// An entry deleted before it is reached does not come; what is added may; what stays comes once.
static void test_IterGrowAndDelete(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct fixture *f =
            open_map(&hmap_kind_int64, &hmap_kind_int64, (enum MAP(flavour))(round % MAP_FLAVOURS), 4);
        MAP_BASE(&f->context)->random_state += (uint64_t)round * 1000;
        for (int64_t i = 0; i < 100; i++)
            put_int(f, i, i);
        bool grown = false;
        uint8_t seen[100] = {0};
        map_iter iter;
        EACH(f, iter)
        {
            int64_t key = key_int(&iter);
            if (!grown) {
                grown = true;
                for (int64_t i = 100; i < 1000; i++)
                    put_int(f, i, i);
                for (int64_t i = 1; i < 1000; i += 2)
                    drop(f, &i);
            } else {
                assert_int_equal(key & 1, 0);
            }
            if (key < 100)
                assert_int_equal(seen[key]++, 0);
        }
        for (int i = 0; i < 100; i += 2)
            assert_int_equal(seen[i], 1);
        close_map(f);
    }
}

static void different_orders(int entries, int64_t hint)
{
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_bool, MAP_FLAVOUR, hint);
    for (int64_t i = 0; i < entries; i++)
        put(f, &i, &(bool){true});
    int64_t first = -1;
    bool varies = false;
    for (int round = 0; round < 100; round++) {
        map_iter iter;
        assert_int_equal(MAP(iter_start)(&f->context, f->map, &iter), HMAP_OK);
        int64_t key = key_int(&iter);
        varies |= first >= 0 && key != first;
        first = key;
        MAP(iter_stop)(&iter);
    }
    assert_true(varies);
    close_map(f);
}

static void test_MapIterOrder(void **state)
{
    (void)state;
    const int sizes[] = {3, 7, 9, 15};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        different_orders(sizes[i], 0);
}

static void test_MapSparseIterOrder(void **state)
{
    (void)state;
    different_orders(9, 500);
}

static void test_BigItems(void **state)
{
    (void)state;
    static struct hmap_kind big;
    assert_int_equal(hmap_kind_make_array(&big, "[256]string", &hmap_kind_uint8, 256), HMAP_OK);
    struct fixture *f = open_map(&big, &big, MAP_FLAVOUR, 4);
    assert_true(map_indirect_key(&f->type) && map_indirect_elem(&f->type));
    assert_between(map_unit_bytes(&f->type), 8 + 64 + 64, 8 + 64 + 64 + 8);
    union value key, elem;
    for (uint64_t i = 0; i < 100; i++) {
        make_value(&big, i, &f->keeper, &key);
        make_value(&big, i + 1000, &f->keeper, &elem);
        put(f, &key, &elem);
    }
    for (uint64_t i = 0; i < 100; i++) {
        make_value(&big, i, &f->keeper, &key);
        make_value(&big, i + 1000, &f->keeper, &elem);
        struct hmap_result result = MAP(find)(&f->context, f->map, &key);
        assert_memory_equal(result.elem, &elem, 256);
    }
    close_map(f);
}

static void test_MapHugeZero(void **state)
{
    (void)state;
    static struct hmap_kind huge;
    assert_int_equal(hmap_kind_make_array(&huge, "[4000]byte", &hmap_kind_uint8, 4000), HMAP_OK);
    struct fixture *f = open_map(&hmap_kind_int64, &huge, MAP_FLAVOUR, 0);
    uint8_t elem[4000], zeros[4000] = {0};
    memset(elem, 0xff, sizeof elem);
    assert_int_equal(MAP(load)(&f->context, f->map, &(int64_t){6}, elem), HMAP_OK);
    assert_memory_equal(elem, zeros, sizeof elem);
    memset(elem, 0xff, sizeof elem);
    assert_int_equal(MAP(load)(&f->context, NULL, &(int64_t){6}, elem), HMAP_OK); // of a nil map
    assert_memory_equal(elem, zeros, sizeof elem);
    close_map(f);
}

static void test_EmptyKeyAndValue(void **state)
{
    (void)state;
    struct fixture *ints = open_map(&hmap_kind_int64, &hmap_kind_empty_struct, MAP_FLAVOUR, 0);
    struct fixture *nothing = open_map(&hmap_kind_empty_struct, &hmap_kind_int64, MAP_FLAVOUR, 0);
    struct fixture *both = open_map(&hmap_kind_empty_struct, &hmap_kind_empty_struct, MAP_FLAVOUR, 0);
    assert_int_equal(map_unit_bytes(&both->type), 16); // GroupSizeZero, MapZeroSizeSlot
    put(ints, &(int64_t){1}, "");
    put(nothing, "", &(int64_t){5});
    put(both, "", "");
    put(both, "", "");
    assert_int_equal(MAP(length)(ints->map), 1);
    assert_int_equal(get_int(nothing, 0), 5);
    assert_int_equal(MAP(length)(both->map), 1);
    close_map(ints);
    close_map(nothing);
    close_map(both);
}

// Keys and elements of 128 bytes are stored in the bucket, of 129 behind a pointer.
static void test_MapLargeKeyNoPointer_MapLargeValNoPointer(void **state)
{
    (void)state;
    for (uint64_t size_bytes = 127; size_bytes <= 130; size_bytes++) {
        static struct hmap_kind large;
        assert_int_equal(hmap_kind_make_array(&large, "large", &hmap_kind_uint8, size_bytes), HMAP_OK);
        for (int pass = 0; pass < 2; pass++) {
            struct fixture *f =
                open_map(pass ? &large : &hmap_kind_int64, pass ? &hmap_kind_int64 : &large, MAP_FLAVOUR, 0);
            assert_int_equal(pass ? map_indirect_key(&f->type) : map_indirect_elem(&f->type),
                             size_bytes > 128);
            assert_int_equal(pass ? map_indirect_elem(&f->type) : map_indirect_key(&f->type), false);
            union value key, elem;
            for (uint64_t i = 0; i < 200; i++) {
                make_value(f->type.key, i, &f->keeper, &key);
                make_value(f->type.elem, i, &f->keeper, &elem);
                put(f, &key, &elem);
            }
            for (uint64_t i = 0; i < 200; i++) {
                make_value(f->type.key, i, &f->keeper, &key);
                make_value(f->type.elem, i, &f->keeper, &elem);
                assert_memory_equal(MAP(find)(&f->context, f->map, &key).elem, &elem,
                                    f->type.elem->size_bytes);
            }
            close_map(f);
        }
    }
}

static struct hmap_string text(const char *bytes)
{
    return (struct hmap_string){bytes, (int64_t)strlen(bytes)};
}

// Long keys of one length, of equal and of different ends.
static void test_SingleBucketMapStringKeys(void **state)
{
    (void)state;
    const char *const keys[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
                                "aaaaaaaaaaaaaaaaaaaaXaaaaaaaaaaaaaaaaaaaa",
                                "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "x",
                                "xx",
                                "",
                                "aaaa"};
    struct fixture *f = open_map(&hmap_kind_string, &hmap_kind_int64, MAP_FLAVOUR, 0);
    for (int64_t i = 0; i < 8; i++) {
        struct hmap_string key = text(keys[i]);
        put(f, &key, &i);
    }
    assert_true(map_is_small(f->map));
    for (int64_t i = 0; i < 8; i++) {
        char copy[64];
        strcpy(copy, keys[i]); // equal by content, not by address
        struct hmap_string key = text(copy);
        struct hmap_result result = MAP(find)(&f->context, f->map, &key);
        assert_true(result.found);
        assert_int_equal(*(int64_t *)result.elem, i);
    }
    struct hmap_string other = text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac");
    assert_false(MAP(find)(&f->context, f->map, &other).found);
    close_map(f);
}

static void test_Alias(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    map_type *alias = f->map; // m2 = m1
    for (int64_t i = 0; i < 100; i++)
        assert_int_equal(MAP(store)(&f->context, alias, &i, &i), HMAP_OK);
    assert_int_equal(MAP(length)(f->map), 100);
    assert_int_equal(get_int(f, 99), 99);
    close_map(f);
}

// A deleted element is gone: what comes next under the key starts from zero.
static void increment_after_delete(const struct hmap_kind *key_kind, bool clear)
{
    struct fixture *f = open_map(key_kind, &hmap_kind_int64, MAP_FLAVOUR, 0);
    union value first, second;
    make_value(key_kind, 1, &f->keeper, &first);
    make_value(key_kind, 2, &f->keeper, &second);
    put(f, &first, &(int64_t){99});
    if (clear)
        assert_int_equal(MAP(clear)(&f->context, f->map), HMAP_OK);
    else
        assert_true(drop(f, &first));
    struct hmap_result slot = MAP(assign)(&f->context, f->map, &second);
    assert_false(slot.found);
    assert_int_equal(++*(int64_t *)slot.elem, 1);
    close_map(f);
}

static void test_IncrementAfterDelete(void **state)
{
    (void)state;
    increment_after_delete(&hmap_kind_int64, false);
    increment_after_delete(&hmap_kind_int32, false);
    increment_after_delete(&hmap_kind_uint16, false);
    increment_after_delete(&hmap_kind_string, false);
}

static void test_IncrementAfterBulkClearKeyStringValueInt(void **state)
{
    (void)state;
    increment_after_delete(&hmap_kind_string, true);
}

// hmap_check holds the tombstone invariant; here it is led through all there is: growth to the full,
// deletion from the front, from the back and at random.
static void test_MapTombstones(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    struct MAP(check) check;
    uint64_t random = 5;
    for (int64_t i = 0; i < 1000; i++)
        put_int(f, i, i);
    for (int64_t i = 0; i < 300; i++) {
        drop(f, &i);
        assert_true(MAP(check)(&f->context, f->map, &check));
    }
    for (int64_t i = 999; i > 800; i--) {
        drop(f, &i);
        assert_true(MAP(check)(&f->context, f->map, &check));
    }
    for (int i = 0; i < 2000; i++) {
        int64_t key = (int64_t)(next_random(&random) % 1000);
        if (i & 1)
            put_int(f, key, key);
        else
            drop(f, &key);
        if (!MAP(check)(&f->context, f->map, &check))
            fail_msg("%s", check.problem);
    }
    close_map(f);
}

static void test_Clone_CloneNil_CloneWithDelete_CloneWithMapAssign(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    map_type *clone = f->map;
    assert_int_equal(MAP(clone)(&f->context, NULL, &clone), HMAP_OK);
    assert_null(clone);
    for (int64_t n = 0; n < 600; n++) { // in all stages of growth
        struct MAP(check) check;
        assert_int_equal(MAP(clone)(&f->context, f->map, &clone), HMAP_OK);
        if (!MAP(check)(&f->context, clone, &check))
            fail_msg("clone of %lld: %s", (long long)n, check.problem);
        assert_int_equal(MAP(length)(clone), n);
        for (int64_t i = 0; i < n; i += 7) {
            struct hmap_result result = MAP(find)(&f->context, clone, &i);
            assert_true(result.found);
            assert_int_equal(*(int64_t *)result.elem, 2 * i);
            assert_true(MAP(delete)(&f->context, clone, &i).found);
        }
        for (int64_t i = 0; i < n; i++)
            assert_true(has_int(f, i)); // the original does not care
        MAP(destroy)(&f->context, clone);
        put_int(f, n, 2 * n);
    }
    close_map(f);
}

#ifndef TEST_SWISS
static void test_CloneLarge(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    map_type *clone;
    for (int64_t i = 0; i < 2000; i++)
        put_int(f, i, i);
    assert_int_equal(f->map->B, 9);
    for (int64_t i = 10; i < 2000; i++)
        drop(f, &i);
    assert_int_equal(MAP(clone)(&f->context, f->map, &clone), HMAP_OK);
    assert_int_equal(clone->B, 1); // ten entries need two buckets
    assert_int_equal(MAP(length)(clone), 10);
    MAP(destroy)(&f->context, clone);
    close_map(f);
}

#endif

static void test_nil_map(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    map_iter iter;
    int64_t key = 1;
    assert_int_equal(MAP(length)(NULL), 0);
    assert_int_equal(MAP(find)(&f->context, NULL, &key).status, HMAP_OK);
    assert_int_equal(MAP(delete)(&f->context, NULL, &key).status, HMAP_OK);
    assert_int_equal(MAP(clear)(&f->context, NULL), HMAP_OK);
    assert_int_equal(MAP(iter_start)(&f->context, NULL, &iter), HMAP_OK);
    assert_null(iter.key);
    struct hmap_result result = MAP(assign)(&f->context, NULL, &key);
    assert_int_equal(result.status, HMAP_NIL_MAP);
    assert_string_equal(hmap_status_text(result.status), "assignment to entry in nil map");
    close_map(f);
}

static void test_sizes_that_do_not_fit(void **state)
{
    (void)state;
    struct hmap_kind kind;
    struct MAP(type) type;
    struct MAP(context) context;
    map_type *map;
    assert_int_equal(hmap_kind_make_array(&kind, "huge", &hmap_kind_int64, UINT64_C(1) << 61),
                     HMAP_TOO_LARGE);
    assert_int_equal(hmap_kind_make_array(&kind, "huge", &hmap_kind_int64, UINT64_C(1) << 50),
                     HMAP_TOO_LARGE);
    assert_int_equal(MAP(type_make)(&type, &hmap_kind_slice, &hmap_kind_int64), HMAP_BAD_TYPE);
    assert_int_equal(MAP(type_make)(&type, &hmap_kind_empty_struct, &hmap_kind_empty_struct), HMAP_OK);
    MAP(context_init)(&context, &type, MAP_FLAVOUR, HMAP_HASH_AES, 1);
    enum hmap_status status =
        MAP(make)(&context, MAP_LARGEST_HINT, &map); // the largest hint Go does not ignore
    assert_true(status == HMAP_TOO_LARGE || status == HMAP_NO_MEMORY);
    assert_null(map);
}

// Clear during a range: 1.22's iterators end, and the map takes entries again.
static void test_clear_in_range(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, MAP_FLAVOUR, 0);
    for (int64_t i = 0; i < 500; i++)
        put_int(f, i, i);
    int seen = 0;
    map_iter iter;
    EACH(f, iter)
    {
        seen++;
        assert_int_equal(MAP(clear)(&f->context, f->map), HMAP_OK);
    }
    assert_int_equal(seen, 1);
    put_int(f, 1, 1);
    assert_int_equal(MAP(length)(f->map), 1);
    close_map(f);
}

#define TEST(name) cmocka_unit_test(test_##name)

#define TESTS_OF_BOTH                                                                                        \
    TEST(IgnoreBogusMapHint), TEST(NegativeZero), TEST(MapAssignmentNan), TEST(MapOperatorAssignmentNan),    \
        TEST(GrowWithNaN), TEST(MapNanGrowIterator), TEST(GrowWithNegativeZero), TEST(MapInterfaceKey),      \
        TEST(EmptyMapWithInterfaceKey), TEST(IterGrowAndDelete), TEST(MapIterOrder),                         \
        TEST(MapSparseIterOrder), TEST(BigItems), TEST(MapHugeZero), TEST(EmptyKeyAndValue),                 \
        TEST(MapLargeKeyNoPointer_MapLargeValNoPointer), TEST(SingleBucketMapStringKeys), TEST(Alias),       \
        TEST(IncrementAfterDelete), TEST(IncrementAfterBulkClearKeyStringValueInt), TEST(MapTombstones),     \
        TEST(Clone_CloneNil_CloneWithDelete_CloneWithMapAssign), TEST(nil_map), TEST(sizes_that_do_not_fit), \
        TEST(clear_in_range)

#ifndef TEST_SWISS
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(HmapSize), TEST(LoadFactor), TEST(MapBuckets), TESTS_OF_BOTH, TEST(CloneLarge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
