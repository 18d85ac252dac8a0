// SPDX-License-Identifier: MIT
// Go's hashes: the AES one (runtime/asm_amd64.s), the fallback (runtime/hash64.go), the ones of kinds
// (runtime/alg.go and the hash functions the compiler writes), and test hashes.
#include "hmap_aes.h"
#include "hmap_aes_steps.h"
#include "hmap_hash_machines.h"

// ---- the AES hash --------------------------------------------------------------------

struct block {
    uint8_t bytes[16];
};

static struct block block_xor(struct block left, struct block right)
{
    for (unsigned i = 0; i < 16; i++)
        left.bytes[i] ^= right.bytes[i];
    return left;
}

static struct block block_load(const void *data)
{
    struct block block;
    memcpy(&block, data, sizeof block);
    return block;
}

static struct block block_of(uint64_t low, uint64_t high)
{
    struct block block;
    memcpy(block.bytes, &low, 8);
    memcpy(block.bytes + 8, &high, 8);
    return block;
}

static uint64_t block_low(struct block block)
{
    uint64_t low;
    memcpy(&low, block.bytes, 8);
    return low;
}

// One AES round, by the instruction where the context says so.
static ALWAYS_INLINE struct block round_of(struct block state, struct block key, bool instructions)
{
#if defined(__x86_64__)
    if (instructions) {
        __m128i result = aes_round(_mm_loadu_si128((const __m128i *)(const void *)state.bytes),
                                   _mm_loadu_si128((const __m128i *)(const void *)key.bytes));
        _mm_storeu_si128((__m128i *)(void *)state.bytes, result);
        return state;
    }
#endif
    (void)instructions;
    hmap_aes_round(state.bytes, key.bytes);
    return state;
}

// The seed for lane i is one round of (seed, length) with key i of the schedule.
static ALWAYS_INLINE struct block lane_seed(const struct hmap_context *context, struct block start,
                                            unsigned lane, bool instructions)
{
    struct block mixed = block_xor(start, block_load(context->aes_schedule + (size_t)16 * lane));
    return round_of(mixed, mixed, instructions);
}

// Up to 128 bytes go into 1, 2, 4 or 8 lanes: half of them are the first blocks of the data, half the last
// ones (they overlap). Three rounds mix each lane with itself, then all are xored. Longer data starts with
// its last 128 bytes in eight lanes, and each 128 bytes from the front add two rounds.
static ALWAYS_INLINE uint64_t aes_hash(const struct hmap_context *context, const uint8_t *data,
                                       uint64_t size_bytes, uint64_t seed, bool instructions)
{
    struct block start = block_of(seed, (size_bytes & 0xffff) * UINT64_C(0x0001000100010001));
    if (size_bytes == 0) {
        struct block lane = lane_seed(context, start, 0, instructions);
        return block_low(round_of(lane, lane, instructions));
    }
    struct block lanes[8];
    unsigned count = size_bytes <= 16 ? 1 : size_bytes <= 32 ? 2 : size_bytes <= 64 ? 4 : 8;
    if (count == 1) {
        uint64_t low, high;
        load_short(data, size_bytes, &low, &high);
        lanes[0] = block_xor(block_of(low, high), lane_seed(context, start, 0, instructions));
    }
    for (unsigned i = 0; i < count && count > 1; i++) {
        bool from_front = i < count / 2 && size_bytes <= 128;
        const uint8_t *place =
            from_front ? data + (size_t)16 * i : data + size_bytes - (size_t)16 * (count - i);
        lanes[i] = block_xor(block_load(place), lane_seed(context, start, i, instructions));
    }
    for (uint64_t left = size_bytes > 128 ? (size_bytes - 1) / 128 : 0; left; left--, data += 128) {
        for (unsigned i = 0; i < 8; i++) {
            lanes[i] = round_of(lanes[i], lanes[i], instructions);
            lanes[i] = round_of(lanes[i], block_load(data + (size_t)16 * i), instructions);
        }
    }
    struct block sum = {{0}};
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 3; round++)
            lanes[i] = round_of(lanes[i], lanes[i], instructions);
        sum = block_xor(sum, lanes[i]);
    }
    return block_low(sum);
}

// ---- the fallback --------------------------------------------------------------------

__extension__ typedef unsigned __int128 uint128;

static uint64_t mix(uint64_t left, uint64_t right)
{
    uint128 product = (uint128)left * right;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static uint64_t read8(const uint8_t *data)
{
    uint64_t value;
    memcpy(&value, data, 8);
    return value;
}

static uint64_t read4(const uint8_t *data)
{
    uint32_t value;
    memcpy(&value, data, 4);
    return value;
}

#define FALLBACK_LENGTH_KEY UINT64_C(0x1d8e4e27c47d124f)

// Up to Go 1.22 three of the four keys are constants and the first is mixed with one; from 1.23 on all are
// random.
static void fallback_keys(const struct hmap_context *context, uint64_t keys[4])
{
    memcpy(keys, context->hash_key, 4 * sizeof keys[0]);
    if (context->flavour < HMAP_GO_1_23) {
        keys[0] ^= UINT64_C(0xa0761d6478bd642f);
        keys[1] = UINT64_C(0xe7037ed1a0b428db);
        keys[2] = UINT64_C(0x8ebc6af09c88c6e3);
        keys[3] = UINT64_C(0x589965cc75374cc3);
    }
}

static uint64_t fallback_hash(const struct hmap_context *context, const uint8_t *data, uint64_t size_bytes,
                              uint64_t seed)
{
    uint64_t keys[4], a, b = 0;
    fallback_keys(context, keys);
    seed ^= keys[0];
    if (size_bytes == 0)
        return seed;
    if (size_bytes < 4) {
        a = data[0] | (uint64_t)data[size_bytes / 2] << 8 | (uint64_t)data[size_bytes - 1] << 16;
    } else if (size_bytes < 8) {
        a = read4(data);
        b = read4(data + size_bytes - 4); // of 4 bytes: the same ones
    } else if (size_bytes <= 16) {
        a = read8(data);
        b = read8(data + size_bytes - 8);
    } else {
        uint64_t left = size_bytes;
        if (left > 48) {
            uint64_t lane1 = seed, lane2 = seed;
            for (; left > 48; left -= 48, data += 48) {
                seed = mix(read8(data) ^ keys[1], read8(data + 8) ^ seed);
                lane1 = mix(read8(data + 16) ^ keys[2], read8(data + 24) ^ lane1);
                lane2 = mix(read8(data + 32) ^ keys[3], read8(data + 40) ^ lane2);
            }
            seed ^= lane1 ^ lane2;
        }
        for (; left > 16; left -= 16, data += 16)
            seed = mix(read8(data) ^ keys[1], read8(data + 8) ^ seed);
        a = read8(data + left - 16);
        b = read8(data + left - 8);
    }
    return mix(FALLBACK_LENGTH_KEY ^ size_bytes, mix(a ^ keys[1], b ^ seed));
}

static uint64_t fallback_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                                   uint64_t seed)
{
    uint64_t keys[4];
    fallback_keys(context, keys);
    return mix(FALLBACK_LENGTH_KEY ^ size_bytes, mix(word ^ keys[1], word ^ seed ^ keys[0]));
}

// ---- test hashes ---------------------------------------------------------------------

// The same byte everywhere: bucket, X/Y bits and tophash all follow from the one small number. Independent
// of the seed, so that a picture of it stays the same picture.
static uint64_t few_hash(const struct hmap_context *context, uint64_t hash)
{
    return hash % (context->few ? context->few : 1) * EACH_BYTE;
}

static uint64_t identity_hash(uint64_t word)
{
    return word ^ __builtin_bswap64(word);
}

// ---- memory --------------------------------------------------------------------------

uint64_t hmap_memhash(const struct hmap_context *context, const void *data, uint64_t size_bytes,
                      uint64_t seed)
{
    uint64_t low, high;
    switch (context->algorithm) {
    case HMAP_HASH_AES:
        if (context->aes_instructions)
            return aes_hash(context, data, size_bytes, seed, true);
        break;
    case HMAP_HASH_AES_PORTABLE:
        break;
    case HMAP_HASH_FALLBACK:
        return fallback_hash(context, data, size_bytes, seed);
    case HMAP_HASH_FEW:
        return few_hash(context, fallback_hash(context, data, size_bytes, 0));
    case HMAP_HASH_IDENTITY:
        load_short(data, size_bytes < 8 ? size_bytes : 8, &low, &high);
        return identity_hash(low);
    case HMAP_HASH_AES_ARM64:
    case HMAP_HASH_AES_386:
    case HMAP_HASH_FALLBACK_32:
        return hmap_machine_hash(context, data, size_bytes, seed);
    }
    return aes_hash(context, data, size_bytes, seed, false);
}

uint64_t hmap_memhash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                           uint64_t seed)
{
    switch (context->algorithm) {
    case HMAP_HASH_AES:
    case HMAP_HASH_AES_PORTABLE:
        break;
    case HMAP_HASH_FALLBACK:
        return fallback_hash_word(context, word, size_bytes, seed);
    case HMAP_HASH_FEW:
        return few_hash(context, fallback_hash_word(context, word, size_bytes, 0));
    case HMAP_HASH_IDENTITY:
        return identity_hash(word);
    case HMAP_HASH_AES_ARM64:
    case HMAP_HASH_AES_386:
    case HMAP_HASH_FALLBACK_32:
        return hmap_machine_hash_word(context, word, size_bytes, seed);
    }
    struct block state = block_of(seed, word);
    for (unsigned i = 0; i < 3; i++)
        state =
            round_of(state, block_load(context->aes_schedule + (size_t)16 * i), context->aes_instructions);
    return block_low(state);
}

// ---- kinds ---------------------------------------------------------------------------

#define ALG_C0 UINT64_C(33054211828000289)
#define ALG_C1 UINT64_C(23344194077549503)
#define ALG_32_C0 2860486313u
#define ALG_32_C1 3267000013u

// Go hashes a value in two ways that differ for some kinds: as a map's key by a function the compiler wrote
// for the kind, inside an interface by walking the type.
enum role { ROLE_KEY, ROLE_DYNAMIC };

static enum hmap_status hash_in_role(struct hmap_context *context, const struct hmap_kind *kind,
                                     const void *value, uint64_t seed, enum role role, uint64_t *hash);

static uint64_t hash_plain(struct hmap_context *context, const void *value, uint64_t size_bytes,
                           uint64_t seed, enum role role)
{
    if (size_bytes == 8)
        return hmap_memhash_word(context, read8(value), 8, seed);
    if (size_bytes == 4)
        return hmap_memhash_word(context, read4(value), 4, seed);
    if (size_bytes == 0 && role == ROLE_KEY)
        return seed; // runtime.memhash0
    return hmap_memhash(context, value, size_bytes, seed);
}

// Zeros of both signs hash alike; a NaN hashes anew each time, so that many of them do not pile up in one
// bucket.
static uint64_t hash_float(struct hmap_context *context, const void *value, uint64_t size_bytes,
                           uint64_t seed)
{
    double number;
    if (size_bytes == 4) {
        float narrow;
        memcpy(&narrow, value, 4);
        number = narrow;
    } else {
        memcpy(&number, value, 8);
    }
    if (number == 0 &&
        (context->algorithm == HMAP_HASH_AES_386 || context->algorithm == HMAP_HASH_FALLBACK_32))
        return ALG_32_C1 * (ALG_32_C0 ^ (uint32_t)seed);
    if (number == 0)
        return ALG_C1 * (ALG_C0 ^ seed);
    if (number != number)
        return ALG_C1 *
               (ALG_C0 ^ seed ^ (context->flavour == HMAP_GO_1_19 ? draw32(context) : draw64(context)));
    return hmap_memhash(context, value, size_bytes, seed);
}

static bool ever_hashable(const struct hmap_kind *kind)
{
    if (kind->algorithm == HMAP_ALG_ARRAY)
        return ever_hashable(kind->element);
    for (uint64_t i = 0; kind->algorithm == HMAP_ALG_STRUCT && i < kind->count; i++) {
        if (!ever_hashable(kind->fields[i].kind))
            return false;
    }
    return kind->algorithm != HMAP_ALG_UNHASHABLE;
}

static const void *interface_value(const struct hmap_interface *interface)
{
    return interface->kind->pointer_shaped ? (const void *)&interface->data : interface->data;
}

static bool is_blank(const struct hmap_field *field)
{
    return field->name && field->name[0] == '_' && field->name[1] == '\0';
}

// As the compiler's hash functions do it up to Go 1.26: plain fields that lie side by side are hashed as one run.
static enum hmap_status hash_struct(struct hmap_context *context, const struct hmap_kind *kind,
                                    const char *value, uint64_t seed, enum role role, uint64_t *hash)
{
    *hash = seed;
    for (uint64_t i = 0; i < kind->count; i++) {
        const struct hmap_field *field = &kind->fields[i];
        if (is_blank(field))
            continue;
        if (role == ROLE_DYNAMIC || field->kind->algorithm != HMAP_ALG_PLAIN) {
            enum hmap_status status =
                hash_in_role(context, field->kind, value + field->offset_bytes, *hash, role, hash);
            if (status != HMAP_OK)
                return status;
            continue;
        }
        uint64_t end = field->offset_bytes + field->kind->size_bytes;
        while (i + 1 < kind->count && kind->fields[i + 1].kind->algorithm == HMAP_ALG_PLAIN &&
               kind->fields[i + 1].offset_bytes == end && !is_blank(&kind->fields[i + 1])) {
            i++;
            end += kind->fields[i].kind->size_bytes;
        }
        *hash = hmap_memhash(context, value + field->offset_bytes, end - field->offset_bytes, *hash);
    }
    return HMAP_OK;
}

// Plain bytes side by side, of whatever fields and elements, that are yet to be hashed.
struct plain_run {
    const char *start;
    uint64_t bytes;
    uint64_t hash; // of what came before
};

static void run_hash(struct hmap_context *context, struct plain_run *run)
{
    if (run->bytes == 4 || run->bytes == 8)
        run->hash = hash_plain(context, run->start, run->bytes, run->hash, ROLE_KEY);
    else if (run->bytes)
        run->hash = hmap_memhash(context, run->start, run->bytes, run->hash);
    run->bytes = 0;
}

static enum hmap_status run_add(struct hmap_context *context, const struct hmap_kind *kind, const char *value,
                                struct plain_run *run);

// Of an array whose elements are not plain, the compiler makes a loop whose body hashes about 32 bytes; the
// elements that do not fill a turn come first. A turn's runs do not go on in the next turn.
static enum hmap_status run_add_array(struct hmap_context *context, const struct hmap_kind *kind,
                                      const char *value, struct plain_run *run)
{
    enum { TURN_BYTES = 32 };
    uint64_t each_bytes = kind->element->size_bytes, turn = each_bytes ? TURN_BYTES / each_bytes : 0;
    turn = turn ? turn : 1;
    uint64_t loop = kind->count / turn > 1 ? kind->count % turn : kind->count; // where the loop begins
    for (uint64_t i = 0; i < kind->count && each_bytes; i++) {
        if (i >= loop && (i - loop) % turn == 0)
            run_hash(context, run);
        enum hmap_status status = run_add(context, kind->element, value + i * each_bytes, run);
        if (status != HMAP_OK)
            return status;
    }
    if (loop < kind->count)
        run_hash(context, run);
    return HMAP_OK;
}

// As the compiler's hash functions of Go 1.27 do it: plain bytes that lie side by side are hashed as one run, those
// of structs and arrays inside included. (cmd/compile/internal/reflectdata/alg.go, eqSignature and hashFunc.)
static enum hmap_status run_add(struct hmap_context *context, const struct hmap_kind *kind, const char *value,
                                struct plain_run *run)
{
    enum hmap_status status = HMAP_OK;
    switch (kind->algorithm) {
    case HMAP_ALG_PLAIN:
        if (run->bytes && run->start + run->bytes != value)
            run_hash(context, run);
        if (!run->bytes)
            run->start = value;
        run->bytes += kind->size_bytes;
        return HMAP_OK;
    case HMAP_ALG_STRUCT:
        for (uint64_t i = 0; i < kind->count && status == HMAP_OK; i++)
            if (!is_blank(&kind->fields[i]))
                status = run_add(context, kind->fields[i].kind, value + kind->fields[i].offset_bytes, run);
        return status;
    case HMAP_ALG_ARRAY:
        return run_add_array(context, kind, value, run);
    default:
        run_hash(context, run);
        return hash_in_role(context, kind, value, run->hash, ROLE_KEY, &run->hash);
    }
}

static enum hmap_status hash_runs(struct hmap_context *context, const struct hmap_kind *kind,
                                  const void *value, uint64_t seed, uint64_t *hash)
{
    struct plain_run run = {.hash = seed};
    enum hmap_status status = run_add(context, kind, value, &run);
    run_hash(context, &run);
    *hash = run.hash;
    return status;
}

static enum hmap_status hash_in_role(struct hmap_context *context, const struct hmap_kind *kind,
                                     const void *value, uint64_t seed, enum role role, uint64_t *hash)
{
    bool is_composite = kind->algorithm == HMAP_ALG_STRUCT || kind->algorithm == HMAP_ALG_ARRAY;
    if (is_composite && role == ROLE_KEY && context->hashes_runs)
        return hash_runs(context, kind, value, seed, hash);
    switch (kind->algorithm) {
    case HMAP_ALG_UNHASHABLE:
        break;
    case HMAP_ALG_PLAIN:
        *hash = hash_plain(context, value, kind->size_bytes, seed, role);
        return HMAP_OK;
    case HMAP_ALG_STRING: {
        struct hmap_string string;
        memcpy(&string, value, sizeof string);
        *hash = hmap_memhash(context, string.data, (uint64_t)string.len, seed);
        return HMAP_OK;
    }
    case HMAP_ALG_FLOAT32:
    case HMAP_ALG_FLOAT64:
        *hash = hash_float(context, value, kind->algorithm == HMAP_ALG_FLOAT32 ? 4 : 8, seed);
        return HMAP_OK;
    case HMAP_ALG_COMPLEX64:
    case HMAP_ALG_COMPLEX128: {
        uint64_t part_bytes = kind->algorithm == HMAP_ALG_COMPLEX64 ? 4 : 8;
        seed = hash_float(context, value, part_bytes, seed);
        *hash = hash_float(context, (const char *)value + part_bytes, part_bytes, seed);
        return HMAP_OK;
    }
    case HMAP_ALG_INTERFACE: {
        struct hmap_interface interface;
        memcpy(&interface, value, sizeof interface);
        *hash = seed;
        if (!interface.kind)
            return HMAP_OK;
        if (!ever_hashable(interface.kind))
            return HMAP_UNHASHABLE;
        enum hmap_status status = hash_in_role(context, interface.kind, interface_value(&interface),
                                               seed ^ ALG_C0, ROLE_DYNAMIC, hash);
        *hash *= ALG_C1;
        return status;
    }
    case HMAP_ALG_STRUCT:
        return hash_struct(context, kind, value, seed, role, hash);
    case HMAP_ALG_ARRAY:
        *hash = seed;
        for (uint64_t i = 0; i < kind->count; i++) {
            enum hmap_status status =
                hash_in_role(context, kind->element, (const char *)value + i * kind->element->size_bytes,
                             *hash, role, hash);
            if (status != HMAP_OK)
                return status;
        }
        return HMAP_OK;
    }
    return HMAP_UNHASHABLE;
}

enum hmap_status hmap_kind_hash(struct hmap_context *context, const struct hmap_kind *kind, const void *value,
                                uint64_t seed, uint64_t *hash)
{
    return hash_in_role(context, kind, value, seed, ROLE_KEY, hash);
}

// Go names the outermost kind that can never be hashed, which an interface holds: the struct, not the slice
// in it.
const struct hmap_kind *hmap_kind_unhashable(const struct hmap_kind *kind, const void *value)
{
    if (!ever_hashable(kind))
        return kind;
    if (kind->algorithm == HMAP_ALG_INTERFACE) {
        struct hmap_interface interface;
        memcpy(&interface, value, sizeof interface);
        return interface.kind ? hmap_kind_unhashable(interface.kind, interface_value(&interface)) : NULL;
    }
    const struct hmap_kind *found = NULL;
    for (uint64_t i = 0; kind->algorithm == HMAP_ALG_STRUCT && i < kind->count && !found; i++)
        if (!is_blank(&kind->fields[i]))
            found = hmap_kind_unhashable(kind->fields[i].kind,
                                         (const char *)value + kind->fields[i].offset_bytes);
    for (uint64_t i = 0; kind->algorithm == HMAP_ALG_ARRAY && i < kind->count && !found; i++)
        found = hmap_kind_unhashable(kind->element, (const char *)value + i * kind->element->size_bytes);
    return found;
}

enum hmap_status hmap_hash(struct hmap_context *context, const void *key, uint32_t seed, uint64_t *hash)
{
    return hmap_kind_hash(context, context->type->key, key, seed, hash);
}
