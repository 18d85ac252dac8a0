// SPDX-License-Identifier: MIT
// Any bytes as a recording, as they are and with the checksums that they should have: operations or one line of error, also
// where what is whole is salvaged. What has been read is replayed within bounds.
#include "fuzz_file.h"
#include "watch/watch_player.h"

#include <string.h>
#include <xxhash.h>

enum { MAGIC_BYTES = 16, HEAD_BYTES = 16, ENTRIES_MOST = 4096, STEPS_MOST = 1 << 17 };

static void replay(struct recording *recording)
{
    const struct watch_setup *setup = &recording->setup;
    if (!is_fine(recording_limit(recording, "fuzz")) || setup->entries > ENTRIES_MOST ||
        setup->hint > ENTRIES_MOST)
        return;
    recording->steps_most = STEPS_MOST;
    struct watch_player *player = calloc(1, sizeof(*player));
    if (is_fine(player_open(player, setup, WORKLOAD_INSERT)))
        is_fine(player_replay(player, recording, "fuzz"));
    player_close(player);
    free(player);
}

static void exercise(const char *path)
{
    for (int salvage = 0; salvage < 2; salvage++) {
        struct recording recording = {0};
        if (is_fine(recording_read(&recording, path, salvage != 0)) && salvage)
            replay(&recording);
        recording_free(&recording);
    }
}

// Blocks of a kind, a size, a checksum over both and what follows, seeded by the one before.
static void correct_checksums(uint8_t *data, size_t size_bytes)
{
    uint64_t before = 0;
    for (size_t at = MAGIC_BYTES; at + HEAD_BYTES <= size_bytes;) {
        uint32_t payload_bytes;
        memcpy(&payload_bytes, data + at + 4, sizeof(payload_bytes));
        if (payload_bytes > size_bytes - at - HEAD_BYTES)
            return;
        before = XXH64(data + at + HEAD_BYTES, payload_bytes, XXH64(data + at, 8, before));
        memcpy(data + at + 8, &before, sizeof(before));
        at += HEAD_BYTES + payload_bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    uint8_t *corrected = malloc(size_bytes + 1);
    memcpy(corrected, data, size_bytes);
    correct_checksums(corrected, size_bytes);
    fuzz_file(corrected, size_bytes, exercise);
    free(corrected);
    return 0;
}
