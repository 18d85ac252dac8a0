// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include <string.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

void secret_draw(void *secret, size_t size_bytes)
{
    if (getrandom(secret, size_bytes, GRND_NONBLOCK) == (ssize_t)size_bytes)
        return;
    const struct {
        const void *address;
        clock_t used;
        time_t now;
    } seed = {secret, clock(), time(NULL)};
    for (size_t at = 0; at < size_bytes; at += sizeof(uint64_t)) {
        const uint64_t word = XXH3_64bits_withSeed(&seed, sizeof(seed), at + 1);
        const size_t left = size_bytes - at;
        memcpy((uint8_t *)secret + at, &word, left < sizeof(word) ? left : sizeof(word));
    }
}

uint64_t secret_hash(uint64_t secret, const void *data, size_t size_bytes)
{
    return XXH3_64bits_withSeed(data, size_bytes, secret);
}

uint64_t secret_hash_text(uint64_t secret, const char *text)
{
    return secret_hash(secret, text, strlen(text));
}
