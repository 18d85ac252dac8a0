// SPDX-License-Identifier: MIT
// Hashes of other machines against those that real Go gave there: tests/oracle/hash_vectors/main.go prints the tables,
// built by Go 1.22 for arm64 (under qemu) and for 386, there with AES and without (GODEBUG=cpu.aes=off).
#include "cmocka_all.h"
#include "hmapcore/hmap.h"
#include "hmapcore/hmap_internal.h"

struct vector {
    size_t size_bytes;
    uint64_t hash;
};

#define SEED UINT64_C(0x0123456789abcdef)

static const struct vector arm64[] = {
    {0, UINT64_C(0x312305b3428f6e3c)},   {1, UINT64_C(0x2d298273d7d3fc1c)},
    {2, UINT64_C(0xd2293017b9a41208)},   {3, UINT64_C(0x86031b040dac7fef)},
    {4, UINT64_C(0xec3d34032ca662c7)},   {5, UINT64_C(0xa0baf178d66b13a5)},
    {7, UINT64_C(0xa10dd0a05c9ca195)},   {8, UINT64_C(0x92f6b170ba56376d)},
    {9, UINT64_C(0xf25f779244d3c83d)},   {12, UINT64_C(0x7b75612a6b5fee6d)},
    {15, UINT64_C(0xdebe8c75b702f57d)},  {16, UINT64_C(0x91f25dd457d82898)},
    {17, UINT64_C(0xe73773974166eb91)},  {24, UINT64_C(0x8296d1e5b7eba6a4)},
    {31, UINT64_C(0x3460654459dad2f9)},  {32, UINT64_C(0xd6e93f0bfbe5b3dd)},
    {33, UINT64_C(0x208b3d6a443791e)},   {48, UINT64_C(0xc35e96e86a57878c)},
    {63, UINT64_C(0xa6867e656a68a8cf)},  {64, UINT64_C(0xf2243944c5393d44)},
    {65, UINT64_C(0x52e7d769db1dffa0)},  {100, UINT64_C(0xfe46094d0984ce2a)},
    {127, UINT64_C(0xb4509ef96fba84e4)}, {128, UINT64_C(0xba746ba6896ceaa7)},
    {129, UINT64_C(0x5b7a1c64fe348b06)}, {200, UINT64_C(0xe8cfef7dd3d925ed)},
    {255, UINT64_C(0x43ceb06388f281b9)}, {256, UINT64_C(0x2327d14bee2ac4eb)},
    {257, UINT64_C(0xcf8a98f7b60c40c9)}, {600, UINT64_C(0x38547e1fb637d8a4)},
};

static const struct vector x86[] = {
    {0, UINT64_C(0xac9b804a)},   {1, UINT64_C(0xcce6064e)},   {2, UINT64_C(0x6af5454f)},
    {3, UINT64_C(0x61f7fb34)},   {4, UINT64_C(0xa72e757f)},   {5, UINT64_C(0x5f9761d4)},
    {7, UINT64_C(0x63a49ba5)},   {8, UINT64_C(0x129acab8)},   {9, UINT64_C(0x952125da)},
    {12, UINT64_C(0xe849de2f)},  {15, UINT64_C(0x3c18793c)},  {16, UINT64_C(0xb6b9fedb)},
    {17, UINT64_C(0x7cdacbba)},  {24, UINT64_C(0xffdfc4f5)},  {31, UINT64_C(0x8a662197)},
    {32, UINT64_C(0x18485bd2)},  {33, UINT64_C(0x5ccf8e4d)},  {48, UINT64_C(0x517f3c0a)},
    {63, UINT64_C(0xc4602ff6)},  {64, UINT64_C(0x275e261d)},  {65, UINT64_C(0x176281a6)},
    {100, UINT64_C(0x86a34a10)}, {127, UINT64_C(0xb6b08061)}, {128, UINT64_C(0x8389f5e4)},
    {129, UINT64_C(0x290201ab)}, {200, UINT64_C(0xc368d9b2)}, {255, UINT64_C(0x603136bd)},
    {256, UINT64_C(0x901a316d)}, {257, UINT64_C(0x6dfce898)}, {600, UINT64_C(0xede52ba6)},
};

static const struct vector narrow[] = {
    {0, UINT64_C(0x5c13182b)},   {1, UINT64_C(0x80f815e)},    {2, UINT64_C(0x7b269b34)},
    {3, UINT64_C(0xccc3b496)},   {4, UINT64_C(0xad8bf01f)},   {5, UINT64_C(0xe885f756)},
    {7, UINT64_C(0x39b467df)},   {8, UINT64_C(0x50316cc4)},   {9, UINT64_C(0xc6b5f634)},
    {12, UINT64_C(0xfb2198a0)},  {15, UINT64_C(0xe0c5d967)},  {16, UINT64_C(0x224dfdf)},
    {17, UINT64_C(0xa006a6f7)},  {24, UINT64_C(0xd4fc7e50)},  {31, UINT64_C(0xed1069a2)},
    {32, UINT64_C(0x9a80aac8)},  {33, UINT64_C(0x4fed18e7)},  {48, UINT64_C(0x30f60741)},
    {63, UINT64_C(0x45cfffc1)},  {64, UINT64_C(0x119fa728)},  {65, UINT64_C(0x26a7a099)},
    {100, UINT64_C(0x37ee6c9e)}, {127, UINT64_C(0xc0f66bf4)}, {128, UINT64_C(0x7fa93a1e)},
    {129, UINT64_C(0x3dd7a877)}, {200, UINT64_C(0xa4b16046)}, {255, UINT64_C(0xfcb4ed4c)},
    {256, UINT64_C(0x7c4523a8)}, {257, UINT64_C(0x60ce0858)}, {600, UINT64_C(0x162c53a)},
};

static void compare(enum hmap_hash_algorithm algorithm, const struct vector *vectors, size_t count,
                    uint64_t word_4, uint64_t word_8)
{
    struct hmap_type type;
    struct hmap_context context;
    uint8_t data[1024];
    uint32_t first_4;
    uint64_t first_8, seed = algorithm == HMAP_HASH_AES_ARM64 ? SEED : (uint32_t)SEED;
    assert_int_equal(hmap_type_make(&type, &hmap_kind_int64, &hmap_kind_int64), HMAP_OK);
    hmap_context_init(&context, &type, HMAP_GO_1_22, algorithm, 1);
    for (size_t i = 0; i < sizeof(context.aes_schedule); i++)
        context.aes_schedule[i] = (uint8_t)(i * 37 + 11);
    for (size_t i = 0; i < 4; i++)
        context.hash_key[i] = (UINT64_C(0x9e3779b97f4a7c15) * (i + 1)) | 1;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(hmap_memhash(&context, data, vectors[i].size_bytes, seed), vectors[i].hash);
    memcpy(&first_4, data, 4);
    memcpy(&first_8, data, 8);
    assert_int_equal(hmap_memhash_word(&context, first_4, 4, seed), word_4);
    assert_int_equal(hmap_memhash_word(&context, first_8, 8, seed), word_8);
}

static void test_arm64(void **state)
{
    (void)state;
    compare(HMAP_HASH_AES_ARM64, arm64, sizeof(arm64) / sizeof(*arm64), UINT64_C(0xaeaf42422ddde1e8),
            UINT64_C(0x2a92a8f2566c7e58));
}

static void test_x86(void **state)
{
    (void)state;
    compare(HMAP_HASH_AES_386, x86, sizeof(x86) / sizeof(*x86), UINT64_C(0x9b650829), UINT64_C(0xffbf3ee0));
}

static void test_narrow(void **state)
{
    (void)state;
    compare(HMAP_HASH_FALLBACK_32, narrow, sizeof(narrow) / sizeof(*narrow), UINT64_C(0xad8bf01f),
            UINT64_C(0x50316cc4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arm64),
        cmocka_unit_test(test_x86),
        cmocka_unit_test(test_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
