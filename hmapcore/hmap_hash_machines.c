// SPDX-License-Identifier: MIT
// Go's hashes on machines other than amd64, in portable C: for maps of programs that run there. (Go: asm_arm64.s and
// asm_386.s of runtime up to 1.26 and of internal/runtime/maps from 1.27 on, hash32.go.)
//
//     arm64     AESE adds the key before it substitutes, and the last round does not mix columns
//     386       as amd64 up to 64 bytes, with 32 bits of seed and result; then four lanes
//     32 bits   what 386 and 32-bit arm do without AES: pairs of 32 bits multiplied
#include "hmap_hash_machines.h"
#include "hmap_aes.h"
#include "hmap_aes_steps.h"

struct lane {
    uint8_t bytes[16];
};

static struct lane lane_of(uint64_t low, uint64_t high)
{
    struct lane lane;
    memcpy(lane.bytes, &low, 8);
    memcpy(lane.bytes + 8, &high, 8);
    return lane;
}

static struct lane lane_at(const uint8_t *data)
{
    struct lane lane;
    memcpy(lane.bytes, data, sizeof lane);
    return lane;
}

static uint64_t lane_low(struct lane lane)
{
    uint64_t low;
    memcpy(&low, lane.bytes, 8);
    return low;
}

static struct lane lane_xor(struct lane left, struct lane right)
{
    for (unsigned i = 0; i < 16; i++)
        left.bytes[i] ^= right.bytes[i];
    return left;
}

// AESENC of x86: substitute, shift and mix, then add the key.
static struct lane encode(struct lane state, struct lane key)
{
    hmap_aes_round(state.bytes, key.bytes);
    return state;
}

// AESE of arm64, and AESMC behind it.
static struct lane arm_last(struct lane state, struct lane key)
{
    state = lane_xor(state, key);
    hmap_aes_substitute(state.bytes);
    return state;
}

static struct lane arm_round(struct lane state, struct lane key)
{
    return encode(lane_xor(state, key), (struct lane){{0}});
}

static struct lane key_at(const struct hmap_context *context, unsigned i)
{
    return lane_at(context->aes_schedule + (size_t)16 * i);
}

// ---- arm64 ---------------------------------------------------------------------------

// Its short loads leave gaps: 8 bytes at 0, 4 at 8, 2 at 12, one at 14.
static struct lane arm_load_short(const uint8_t *data, uint64_t size_bytes)
{
    struct lane lane = {{0}};
    const struct {
        unsigned size_bytes, at;
    } parts[] = {{8, 0}, {4, 8}, {2, 12}, {1, 14}};
    for (unsigned i = 0; i < 4; i++) {
        if (!(size_bytes & parts[i].size_bytes))
            continue;
        memcpy(lane.bytes + parts[i].at, data, parts[i].size_bytes);
        data += parts[i].size_bytes;
    }
    return lane;
}

static uint64_t arm_fold(struct lane *lanes, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        lanes[0] = lane_xor(lanes[0], lanes[i]);
    return lane_low(lanes[0]);
}

// Here the seeds are the state, and the data the keys: the last 128 bytes first, then all from the front.
static uint64_t arm_long(struct lane seeds[8], const uint8_t *data, uint64_t size_bytes)
{
    struct lane block[8];
    for (unsigned i = 0; i < 8; i++)
        block[i] = lane_at(data + size_bytes - 128 + (size_t)16 * i);
    for (uint64_t left = (size_bytes - 1) / 128; left; left--, data += 128) {
        for (unsigned i = 0; i < 8; i++) {
            seeds[i] = arm_round(seeds[i], block[i]);
            block[i] = lane_at(data + (size_t)16 * i);
            seeds[i] = arm_round(seeds[i], block[i]);
        }
    }
    for (unsigned i = 0; i < 8; i++)
        seeds[i] = arm_last(arm_round(arm_round(seeds[i], block[i]), block[i]), block[i]);
    return arm_fold(seeds, 8);
}

static uint64_t arm_hash(const struct hmap_context *context, const uint8_t *data, uint64_t size_bytes,
                         uint64_t seed)
{
    const struct lane start = lane_of(seed, size_bytes);
    const unsigned count = size_bytes <= 16 ? 1 : size_bytes <= 32 ? 2 : size_bytes <= 64 ? 4 : 8;
    struct lane seeds[8], lanes[8];
    for (unsigned i = 0; i < count; i++)
        seeds[i] = arm_round(key_at(context, i), start);
    if (!size_bytes)
        return lane_low(seeds[0]);
    if (count == 1) {
        lanes[0] = size_bytes == 16 ? lane_at(data) : arm_load_short(data, size_bytes);
        for (int round = 0; round < 3; round++)
            lanes[0] = arm_round(lanes[0], seeds[0]);
        return lane_low(lanes[0]);
    }
    if (size_bytes > 128)
        return arm_long(seeds, data, size_bytes);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] =
            lane_at(i < count / 2 ? data + (size_t)16 * i : data + size_bytes - (size_t)16 * (count - i));
        lanes[i] = arm_last(arm_round(arm_round(lanes[i], seeds[i]), seeds[i]), seeds[i]);
    }
    return arm_fold(lanes, count);
}

// Up to Go 1.26 the hash of 4 bytes takes 32 bits of the seed.
static uint64_t arm_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                              uint64_t seed)
{
    const struct lane key = key_at(context, 0);
    const bool is_narrow = size_bytes == 4 && !context->hashes_runs;
    const struct lane state = is_narrow ? lane_of((seed & UINT32_MAX) | word << 32, 0) : lane_of(seed, word);
    return lane_low(arm_last(arm_round(arm_round(state, key), key), key));
}

// ---- 386 -----------------------------------------------------------------------------

static uint32_t x86_hash(const struct hmap_context *context, const uint8_t *data, uint64_t size_bytes,
                         uint32_t seed)
{
    const struct lane start = lane_of(seed, (size_bytes & 0xffff) * UINT64_C(0x0001000100010001));
    const unsigned count = size_bytes <= 16 ? 1 : size_bytes <= 32 ? 2 : 4;
    struct lane lanes[4], seeds[4], sum = {{0}};
    for (unsigned i = 0; i < count; i++) {
        seeds[i] = lane_xor(start, key_at(context, i));
        seeds[i] = encode(seeds[i], seeds[i]);
    }
    if (!size_bytes)
        return (uint32_t)lane_low(encode(seeds[0], seeds[0]));
    if (count == 1) {
        uint64_t low, high;
        load_short(data, size_bytes, &low, &high);
        lanes[0] = lane_xor(lane_of(low, high), seeds[0]);
    }
    for (unsigned i = 0; i < count && count > 1; i++) {
        const bool is_long = size_bytes > 64, from_front = i < count / 2 && !is_long;
        lanes[i] = lane_at(from_front ? data + (size_t)16 * i : data + size_bytes - (size_t)16 * (count - i));
        lanes[i] = is_long ? encode(lanes[i], seeds[i]) : lane_xor(lanes[i], seeds[i]);
    }
    for (uint64_t left = size_bytes > 64 ? (size_bytes - 1) / 64 : 0; left; left--, data += 64)
        for (unsigned i = 0; i < 4; i++) {
            lanes[i] = encode(lanes[i], lane_at(data + (size_t)16 * i));
            lanes[i] = encode(lanes[i], lanes[i]);
        }
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 3; round++)
            lanes[i] = encode(lanes[i], lanes[i]);
        sum = lane_xor(sum, lanes[i]);
    }
    return (uint32_t)lane_low(sum);
}

static uint32_t x86_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                              uint32_t seed)
{
    struct lane state = size_bytes == 4 ? lane_of(seed | word << 32, 0) : lane_of(word, seed);
    for (unsigned i = 0; i < 3; i++)
        state = encode(state, key_at(context, i));
    return (uint32_t)lane_low(state);
}

// ---- 32 bits without AES -------------------------------------------------------------

struct pair {
    uint32_t a, b;
};

static struct pair mix(const struct hmap_context *context, struct pair pair)
{
    const uint64_t product =
        (uint64_t)(pair.a ^ (uint32_t)context->hash_key[1]) * (pair.b ^ (uint32_t)context->hash_key[2]);
    return (struct pair){(uint32_t)product, (uint32_t)(product >> 32)};
}

static uint32_t read_32(const uint8_t *data)
{
    uint32_t value;
    memcpy(&value, data, 4);
    return value;
}

static uint32_t narrow_hash(const struct hmap_context *context, const uint8_t *data, uint64_t size_bytes,
                            uint32_t seed)
{
    struct pair pair =
        mix(context, (struct pair){seed, (uint32_t)size_bytes ^ (uint32_t)context->hash_key[0]});
    if (!size_bytes)
        return pair.a ^ pair.b;
    for (; size_bytes > 8; size_bytes -= 8, data += 8) {
        pair.a ^= read_32(data);
        pair.b ^= read_32(data + 4);
        pair = mix(context, pair);
    }
    if (size_bytes >= 4) {
        pair.a ^= read_32(data);
        pair.b ^= read_32(data + size_bytes - 4);
    } else {
        pair.b ^= data[0] | (uint32_t)data[size_bytes / 2] << 8 | (uint32_t)data[size_bytes - 1] << 16;
    }
    pair = mix(context, mix(context, pair));
    return pair.a ^ pair.b;
}

// ---- all -----------------------------------------------------------------------------

uint64_t hmap_machine_hash(const struct hmap_context *context, const void *data, uint64_t size_bytes,
                           uint64_t seed)
{
    switch (context->algorithm) {
    case HMAP_HASH_AES_ARM64:
        return arm_hash(context, data, size_bytes, seed);
    case HMAP_HASH_AES_386:
        return x86_hash(context, data, size_bytes, (uint32_t)seed);
    default:
        return narrow_hash(context, data, size_bytes, (uint32_t)seed);
    }
}

uint64_t hmap_machine_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                                uint64_t seed)
{
    uint8_t bytes[8];
    switch (context->algorithm) {
    case HMAP_HASH_AES_ARM64:
        return arm_hash_word(context, word, size_bytes, seed);
    case HMAP_HASH_AES_386:
        return x86_hash_word(context, word, size_bytes, (uint32_t)seed);
    default:
        memcpy(bytes, &word, sizeof bytes); // the general one gives the same for 4 and for 8 bytes
        return narrow_hash(context, bytes, size_bytes, (uint32_t)seed);
    }
}
