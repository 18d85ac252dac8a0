// SPDX-License-Identifier: MIT
// What Go's own test suite demands of Swiss maps, by its names: what it demands of both kinds (test_hmap_go.c),
// and internal/runtime/maps/map_test.go, map_swiss_test.go and runtime/map_swiss_test.go.
#define TEST_SWISS
#include "test_hmap_go.c"

static const enum swiss_flavour all_flavours[] = {SWISS_GO_1_24, SWISS_GO_1_25, SWISS_GO_1_26, SWISS_GO_1_27};

static uint64_t table_count(const struct swiss_map *map)
{
    uint64_t tables = 0;
    for (int64_t i = 0; i < map->dirLen; i++)
        tables += ((struct swiss_table **)map->dirPtr)[i]->index == i;
    return tables;
}

static uint64_t group_count(const struct swiss_map *map)
{
    uint64_t groups = map->dirLen == 0 && map->dirPtr;
    for (int64_t i = 0; i < map->dirLen; i++) {
        const struct swiss_table *table = ((struct swiss_table **)map->dirPtr)[i];
        groups += table->index == i ? table->groups.lengthMask + 1 : 0;
    }
    return groups;
}

static const struct swiss_table *table_at(const struct swiss_map *map, int64_t entry)
{
    return ((struct swiss_table **)map->dirPtr)[entry];
}

static void test_HmapSize(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct swiss_map), 48);
}

static void test_TableGroupCount(void **state)
{
    (void)state;
    // entries, tables and groups of make(map, n), and after n entries
    const struct {
        int64_t n;
        uint64_t hint_tables, hint_groups, tables, groups;
    } cases[] = {{-(1 << 30), 0, 0, 0, 0}, {-1, 0, 0, 0, 0},     {0, 0, 0, 0, 0},  {1, 0, 0, 0, 1},
                 {8, 0, 0, 0, 1},          {9, 1, 2, 1, 2},      {12, 1, 2, 1, 2}, {14, 1, 2, 1, 2},
                 {15, 1, 4, 1, 4},         {24, 1, 4, 1, 4},     {29, 1, 8, 1, 8}, {448, 1, 64, 1, 64},
                 {896, 1, 128, 1, 128},    {897, 2, 128, 2, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int hinted = 0; hinted < 2; hinted++) {
            struct fixture *f =
                open_map(&hmap_kind_int64, &hmap_kind_int64, SWISS_GO_1_25, hinted ? cases[i].n : 0);
            assert_int_equal(table_count(f->map), hinted ? cases[i].hint_tables : 0);
            assert_int_equal(group_count(f->map), hinted ? cases[i].hint_groups : 0);
            for (int64_t n = 0; n < cases[i].n; n++)
                put_int(f, n, n);
            // Two tables of 512 need not fill alike: one may have grown.
            if (!(hinted && cases[i].n == 897)) {
                assert_int_equal(table_count(f->map), cases[i].tables);
                assert_int_equal(group_count(f->map), cases[i].groups);
            }
            close_map(f);
        }
    }
}

// The 896th entry fits in one table, the 897th splits it.
static void test_MapSplit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[i], 0);
        for (int64_t n = 0; n < 896; n++)
            put_int(f, n, n);
        assert_int_equal(f->map->dirLen, 1);
        assert_int_equal(table_at(f->map, 0)->growthLeft, 0);
        assert_int_equal(f->map->globalShift, 64);
        put_int(f, 896, 896);
        assert_int_equal(f->map->dirLen, 2);
        assert_int_equal(f->map->globalDepth, 1);
        assert_int_equal(f->map->globalShift, 63);
        assert_int_equal(table_at(f->map, 0)->used + table_at(f->map, 1)->used, 897);
        for (int64_t n = 0; n < 897; n++)
            assert_int_equal(get_int(f, n), n);
        close_map(f);
    }
}

static void test_MapPut_MapDelete(void **state)
{
    (void)state;
    for (int64_t hint = 4; hint <= 1000; hint *= 3) {
        struct fixture *f = open_map(&hmap_kind_uint32, &hmap_kind_uint64, SWISS_GO_1_26, hint);
        for (uint32_t key = 1; key <= 31; key++)
            put(f, &key, &(uint64_t){256 + key});
        assert_int_equal(swiss_length(f->map), 31);
        for (uint32_t key = 1; key <= 31; key++) {
            uint64_t elem = 0;
            assert_int_equal(swiss_load(&f->context, f->map, &key, &elem), HMAP_OK);
            assert_int_equal(elem, 256 + key);
            assert_true(drop(f, &key));
            assert_false(drop(f, &key));
            assert_false(swiss_find(&f->context, f->map, &key).found);
        }
        assert_int_equal(swiss_length(f->map), 0);
        close_map(f);
    }
}

static void test_TableClear_MapDeleteClear(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (int64_t entries = 5; entries <= 3000; entries *= 8) {
            struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[i], 0);
            for (int64_t n = 0; n < entries; n++)
                put_int(f, n, n);
            uint64_t tables = table_count(f->map), groups = group_count(f->map), seed = f->map->seed;
            drop(f, &(int64_t){3});
            assert_int_equal(swiss_clear(&f->context, f->map), HMAP_OK);
            assert_int_equal(swiss_length(f->map), 0);
            assert_int_equal(table_count(f->map), tables); // nothing shrinks
            assert_int_equal(group_count(f->map), groups);
            assert_int_equal(f->map->clearSeq, 1);
            assert_true(f->map->seed != seed);
            assert_false(f->map->tombstonePossible);
            for (int64_t n = 0; n < entries; n++)
                assert_false(has_int(f, n));
            put_int(f, 1, 1);
            close_map(f);
        }
    }
}

static void test_TableKeyUpdate(void **state)
{
    (void)state;
    for (int64_t hint = 0; hint <= 16; hint += 16) {
        struct fixture *f = open_map(&hmap_kind_float64, &hmap_kind_int64, SWISS_GO_1_24, hint);
        put(f, &(double){0.0}, &(int64_t){0});
        put(f, &(double){-0.0}, &(int64_t){1});
        struct swiss_iter iter;
        EACH(f, iter)
        {
            assert_true(signbit(*(const double *)iter.key));
            assert_int_equal(*(int64_t *)iter.elem, 1);
        }
        assert_int_equal(swiss_length(f->map), 1);
        close_map(f);
    }
}

// A key in a group without an empty slot: deleting it leaves a tombstone, inserting it again takes that.
static void test_TablePutDelete(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_uint32, &hmap_kind_uint32, SWISS_GO_1_25, 16);
    uint32_t full = 0;
    for (uint32_t key = 1; full == 0; key++) {
        put(f, &key, &key);
        for (int64_t t = 0; t < f->map->dirLen && !full; t++) {
            const struct swiss_table *table = table_at(f->map, t);
            const struct swiss_group_int32_int32 *groups = table->groups.data;
            for (uint64_t g = 0; g <= table->groups.lengthMask && !full; g++)
                if (!(groups[g].ctrl & UINT64_C(0x8080808080808080)))
                    full = (uint32_t)groups[g].slots[0].key;
        }
    }
    assert_false(f->map->tombstonePossible);
    assert_true(drop(f, &full));
    assert_true(f->map->tombstonePossible);
    struct swiss_check check;
    assert_true(swiss_check(&f->context, f->map, &check));
    assert_int_equal(check.tombstones, 1);
    uint64_t hash;
    assert_int_equal(swiss_hash(&f->context, &full, f->map->seed, &hash), HMAP_OK);
    const struct swiss_table *table =
        table_at(f->map, f->map->dirLen == 1 ? 0 : (int64_t)(hash >> f->map->globalShift));
    uint16_t growth_left = table->growthLeft;
    put(f, &full, &full);
    assert_int_equal(table->growthLeft, growth_left);
    assert_int_not_equal(table->index, -1);
    assert_true(swiss_check(&f->context, f->map, &check));
    assert_int_equal(check.tombstones, 0);
    close_map(f);
}

// Each key comes once, with its element; one deleted in the first step does not come, whether the map grows or
// not.
static void iterate_31(bool grow, bool remove, int64_t hint)
{
    struct fixture *f = open_map(&hmap_kind_uint32, &hmap_kind_uint64, SWISS_GO_1_25, hint);
    uint8_t seen[64] = {0};
    uint32_t removed = 0;
    bool first = true;
    for (uint32_t key = 1; key <= 31; key++)
        put(f, &key, &(uint64_t){256 + key});
    struct swiss_iter iter;
    EACH(f, iter)
    {
        uint32_t key;
        memcpy(&key, iter.key, sizeof key);
        assert_between(key, 1, 63);
        assert_int_equal(seen[key]++, 0);
        assert_int_equal(*(uint64_t *)iter.elem, 256 + key);
        if (!first)
            continue;
        first = false;
        for (uint32_t added = 32; grow && added <= 62; added++)
            put(f, &added, &(uint64_t){256 + added});
        removed = key == 1 ? 2 : 1;
        if (remove)
            assert_true(drop(f, &removed));
    }
    for (uint32_t key = 1; key <= 31; key++)
        assert_int_equal(seen[key], !(remove && key == removed));
    close_map(f);
}

static void test_TableIteration(void **state)
{
    (void)state;
    for (int64_t hint = 0; hint <= 2000; hint += 500)
        iterate_31(false, false, hint);
}

static void test_TableIterationDelete(void **state)
{
    (void)state;
    iterate_31(false, true, 8);
    iterate_31(false, true, 2000);
}

static void test_TableIterationGrowDelete(void **state)
{
    (void)state;
    iterate_31(true, true, 8);
}

static void test_TableIterationGrowDuplicate_MapIterDuplicate(void **state)
{
    (void)state;
    iterate_31(true, false, 8);
    // Through splits and doubled directories: what was there at the start comes once.
    for (int round = 0; round < 20; round++) {
        enum { START = 700 };
        struct fixture *f =
            open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[round % 4], round * 100);
        uint8_t seen[START] = {0};
        int64_t added = START;
        for (int64_t n = 0; n < START; n++)
            put_int(f, n, n);
        struct swiss_iter iter;
        EACH(f, iter)
        {
            int64_t key = key_int(&iter);
            if (key < START)
                assert_int_equal(seen[key]++, 0);
            for (int i = 0; i < 11 && added < 9000; i++, added++)
                put_int(f, added, added);
        }
        for (int n = 0; n < START; n++)
            assert_int_equal(seen[n], 1);
        close_map(f);
    }
}

// An entry deleted and put again in the same step comes at most once more.
static void test_MapIterDeleteReplace(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, SWISS_GO_1_26, 0);
    for (int64_t n = 0; n < 1000; n++)
        put_int(f, n, 0);
    int64_t steps = 0;
    struct swiss_iter iter;
    EACH(f, iter)
    {
        int64_t key = key_int(&iter);
        drop(f, &key);
        put_int(f, key, 1);
        assert_true(++steps <= 2000);
    }
    assert_int_equal(swiss_length(f->map), 1000);
    close_map(f);
}

static void test_MapIndirect(void **state)
{
    (void)state;
    static struct hmap_kind big;
    assert_int_equal(hmap_kind_make_array(&big, "[1024]uint64", &hmap_kind_uint64, 24), HMAP_OK);
    struct fixture *f = open_map(&big, &big, SWISS_GO_1_25, 8);
    assert_int_equal(f->type.slot_bytes, 16);
    union value key, elem;
    for (uint64_t n = 1; n <= 31; n++) {
        make_value(&big, n, &f->keeper, &key);
        make_value(&big, 256 + n, &f->keeper, &elem);
        put(f, &key, &elem);
    }
    for (uint64_t n = 1; n <= 31; n++) {
        make_value(&big, n, &f->keeper, &key);
        make_value(&big, 256 + n, &f->keeper, &elem);
        struct hmap_result result = swiss_find(&f->context, f->map, &key);
        assert_true(result.found);
        assert_memory_equal(result.elem, &elem, big.size_bytes);
    }
    close_map(f);
}

// How often the map grows while entries come and go at one size: golang/go#70886.
static void test_TombstoneGrow(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (int slots = 16; slots <= 256; slots *= 2) {
            for (int load = 0; load < 3; load++) {
                int64_t capacity = slots * 7 / 8, entries = load == 0   ? capacity / 8
                                                            : load == 1 ? capacity / 2
                                                                        : capacity;
                struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[i], capacity);
                int64_t next = 0;
                while (next < entries)
                    put_int(f, next, next), next++;
                for (int turn = 0; turn < 20000; turn++) {
                    struct swiss_iter iter;
                    assert_int_equal(swiss_iter_start(&f->context, f->map, &iter), HMAP_OK);
                    int64_t key = key_int(&iter);
                    swiss_iter_stop(&iter);
                    drop(f, &key);
                    put_int(f, next, next);
                    next++;
                    assert_int_equal(swiss_length(f->map), entries);
                }
                int growths = __builtin_ctz(table_at(f->map, 0)->capacity) - __builtin_ctz((unsigned)slots);
                assert_int_equal(f->map->dirLen, 1);
                if (all_flavours[i] >= SWISS_GO_1_25) // Go's own bound
                    assert_between(growths, 0, load == 2 ? 2 : 1);
                close_map(f);
            }
        }
    }
}

// 100 live keys, ever new ones: 1.24 ends at the largest table, later ones prune; float keys never do.
static void test_turnover(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (int floats = 0; floats < 2; floats++) {
            struct fixture *f = open_map(floats ? &hmap_kind_float64 : &hmap_kind_int64, &hmap_kind_int64,
                                         all_flavours[i], 0);
            for (int64_t n = 0; n < 200000; n++) {
                double number = (double)n, old = (double)(n - 100);
                if (floats)
                    put(f, &number, &n);
                else
                    put_int(f, n, n);
                if (n >= 100)
                    assert_true(floats ? drop(f, &old) : drop(f, &(int64_t){n - 100}));
            }
            assert_int_equal(swiss_length(f->map), 100);
            if (floats || all_flavours[i] == SWISS_GO_1_24)
                assert_int_equal(table_at(f->map, 0)->capacity, 1024);
            else
                assert_between(table_at(f->map, 0)->capacity, 128, 256);
            close_map(f);
        }
    }
}

// Overwriting in a full small map.
static void test_overwrite_in_a_full_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[i], 0);
        for (int64_t n = 0; n < 8; n++)
            put_int(f, n, n);
        assert_int_equal(f->map->dirLen, 0);
        put_int(f, 3, 33);
        assert_int_equal(f->map->dirLen, all_flavours[i] < SWISS_GO_1_27);
        assert_int_equal(swiss_length(f->map), 8);
        assert_int_equal(get_int(f, 3), 33);
        close_map(f);
    }
}

// 1.24 clones one by one into a map of the size that its entries need, later ones copy what there is.
static void test_CloneLarge_of_each_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, all_flavours[i], 0);
        struct swiss_map *clone;
        for (int64_t n = 0; n < 3000; n++)
            put_int(f, n, n);
        for (int64_t n = 10; n < 3000; n++)
            drop(f, &n);
        assert_int_equal(swiss_clone(&f->context, f->map, &clone), HMAP_OK);
        assert_int_equal(swiss_length(clone), 10);
        if (all_flavours[i] == SWISS_GO_1_24) {
            assert_int_equal(group_count(clone), 2);
            assert_true(clone->seed != f->map->seed);
        } else {
            assert_int_equal(group_count(clone), group_count(f->map));
            assert_true(clone->seed == f->map->seed);
            assert_int_equal(clone->tombstonePossible, f->map->tombstonePossible);
        }
        struct swiss_check check;
        assert_true(swiss_check(&f->context, clone, &check));
        swiss_destroy(&f->context, clone);
        close_map(f);
    }
}

// Equal hashes are never parted: the directory does not double for them without end.
static void test_equal_hashes_come_to_an_end(void **state)
{
    (void)state;
    struct fixture *f = open_map(&hmap_kind_int64, &hmap_kind_int64, SWISS_GO_1_25, 0);
    f->context.base.algorithm = HMAP_HASH_FEW;
    f->context.base.aes_instructions = false;
    f->context.base.few = 1;
    for (int64_t n = 0; n < 896; n++)
        put_int(f, n, n);
    int64_t key = 896;
    assert_int_equal(swiss_assign(&f->context, f->map, &key).status, HMAP_TOO_LARGE);
    assert_int_equal(swiss_length(f->map), 896);
    close_map(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(HmapSize),
        TEST(TableGroupCount),
        TESTS_OF_BOTH,
        TEST(MapSplit),
        TEST(MapPut_MapDelete),
        TEST(TableClear_MapDeleteClear),
        TEST(TableKeyUpdate),
        TEST(TablePutDelete),
        TEST(TableIteration),
        TEST(TableIterationDelete),
        TEST(TableIterationGrowDelete),
        TEST(TableIterationGrowDuplicate_MapIterDuplicate),
        TEST(MapIterDeleteReplace),
        TEST(MapIndirect),
        TEST(TombstoneGrow),
        TEST(turnover),
        TEST(overwrite_in_a_full_group),
        TEST(CloneLarge_of_each_version),
        TEST(equal_hashes_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
