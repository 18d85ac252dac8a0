// SPDX-License-Identifier: MIT
#include "watch/watch_recording.h"

#include "base/bytes.h"
#include "base/write_all.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    MAGIC_BYTES = 16,
    BLOCK_HEAD_BYTES = 16,
    HEAD_BYTES = 32,
    END_BYTES = 16,
    PENDING_BYTES = 1 << 16,
    RECORD_BYTES = 10, // a kind and a 56-bit number
    RECORD_DROP = 0x80,
    SWISS_FLAVOURS = 0x10, // the flavour of a Swiss map is counted from here on
};

static const char magic[MAGIC_BYTES] = "strata watch 1\n";

static const char kind_head[5] = "HEAD", kind_ops[5] = "OPS ", kind_end[5] = "END ";

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static void put_u64(uint8_t *to, uint64_t value)
{
    put_u32(to, (uint32_t)value);
    put_u32(to + 4, (uint32_t)(value >> 32));
}

static size_t put_uleb(uint8_t *to, uint64_t value)
{
    size_t length = 0;
    do {
        to[length++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80u : 0u));
        value >>= 7;
    } while (value);
    return length;
}

static uint64_t block_checksum(const uint8_t *block, size_t payload_bytes, const uint8_t *payload,
                               uint64_t before)
{
    uint64_t head = XXH64(block, 8, before); // kind and size
    return XXH64(payload, payload_bytes, head);
}

// --- Writing ---

static struct error *write_file(const struct watch_recorder *recorder, const void *data, size_t size_bytes)
{
    int errno_value = write_all(recorder->fd, data, size_bytes);
    return errno_value ? error_system(errno_value, "%s", recorder->path) : NULL;
}

// `block` has room for the head in front of the payload.
static struct error *write_block(struct watch_recorder *recorder, const char kind[5], uint8_t *block,
                                 size_t payload_bytes)
{
    memcpy(block, kind, 4);
    put_u32(block + 4, (uint32_t)payload_bytes);
    recorder->checksum = block_checksum(block, payload_bytes, block + BLOCK_HEAD_BYTES, recorder->checksum);
    put_u64(block + 8, recorder->checksum);
    return write_file(recorder, block, BLOCK_HEAD_BYTES + payload_bytes);
}

static struct error *write_head(struct watch_recorder *recorder, const struct watch_setup *setup)
{
    uint8_t block[BLOCK_HEAD_BYTES + HEAD_BYTES] = {0}, *payload = block + BLOCK_HEAD_BYTES;
    payload[0] = (uint8_t)setup->key_kind;
    payload[1] = (uint8_t)setup->elem_kind;
    payload[2] = (uint8_t)setup->hash;
    payload[3] = (uint8_t)(setup->map_kind == WATCH_SWISS ? SWISS_FLAVOURS + (unsigned)setup->swiss_flavour
                                                          : (unsigned)setup->flavour);
    put_u32(payload + 4, setup->few);
    put_u64(payload + 8, setup->seed);
    put_u64(payload + 16, setup->entries);
    put_u64(payload + 24, setup->hint);
    RETURN_IF_ERROR(write_file(recorder, magic, sizeof(magic)));
    return write_block(recorder, kind_head, block, HEAD_BYTES);
}

// A mistyped name must not cost a file.
static struct error *refuse_other_files(int fd, const char *path, bool *is_empty)
{
    char found[MAGIC_BYTES];
    ssize_t length = pread(fd, found, sizeof(found), 0);
    *is_empty = length == 0;
    if (*is_empty || (length == MAGIC_BYTES && !memcmp(found, magic, sizeof(magic))))
        return NULL;
    return error_create(ERROR_USAGE, "%s: exists and is no recording; it is left as it is", path);
}

// An older recording stays until the new one is whole, which is written beside it.
static struct error *open_beside(struct watch_recorder *recorder)
{
    struct stat old;
    recorder->replaced = realpath(recorder->path, NULL); // behind links
    if (!recorder->replaced)
        return error_system(errno, "%s", recorder->path);
    if (asprintf(&recorder->beside, "%s.XXXXXX", recorder->replaced) < 0) {
        recorder->beside = NULL;
        return &error_out_of_memory;
    }
    int fd = mkostemp(recorder->beside, O_CLOEXEC);
    if (fd < 0) {
        struct error *error = error_system(errno, "%s", recorder->path);
        free(recorder->beside);
        recorder->beside = NULL;
        return error;
    }
    if (!fstat(recorder->fd, &old))
        (void)!fchmod(fd, old.st_mode & 07777);
    close(recorder->fd);
    recorder->fd = fd;
    return NULL;
}

static void recorder_free(struct watch_recorder *recorder)
{
    if (recorder->fd >= 0)
        close(recorder->fd);
    error_free(recorder->failure);
    free(recorder->pending);
    free(recorder->replaced);
    free(recorder->beside);
    *recorder = (struct watch_recorder){.fd = -1};
}

static struct error *open_recorder(struct watch_recorder *recorder, const struct watch_setup *setup)
{
    bool is_empty;
    recorder->pending = malloc(PENDING_BYTES);
    if (!recorder->pending)
        return &error_out_of_memory;
    recorder->fd = open(recorder->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (recorder->fd < 0)
        return error_system(errno, "%s", recorder->path);
    RETURN_IF_ERROR(refuse_other_files(recorder->fd, recorder->path, &is_empty));
    if (!is_empty)
        RETURN_IF_ERROR(open_beside(recorder));
    return write_head(recorder, setup);
}

struct error *recorder_open(struct watch_recorder *recorder, const char *path,
                            const struct watch_setup *setup)
{
    *recorder = (struct watch_recorder){.path = path, .fd = -1};
    struct error *error = open_recorder(recorder, setup);
    recorder->is_open = !error;
    if (error && recorder->beside)
        unlink(recorder->beside);
    if (error)
        recorder_free(recorder);
    return error;
}

struct error *recorder_flush(struct watch_recorder *recorder)
{
    struct error *error = recorder->failure;
    recorder->failure = NULL;
    if (!recorder->is_open || !recorder->pending_bytes)
        return error;
    if (!error)
        error = write_block(recorder, kind_ops, recorder->pending, recorder->pending_bytes);
    recorder->pending_bytes = 0; // also what could not be written: there must be room for what comes
    return error;
}

static void record(struct watch_recorder *recorder, uint8_t kind, uint64_t number)
{
    if (!recorder->is_open)
        return;
    if (recorder->pending_bytes + RECORD_BYTES + BLOCK_HEAD_BYTES > PENDING_BYTES) {
        struct error *error = recorder_flush(recorder);
        error_free(recorder->failure);
        recorder->failure = error;
    }
    uint8_t *at = recorder->pending + BLOCK_HEAD_BYTES + recorder->pending_bytes;
    *at = kind;
    recorder->pending_bytes += 1 + put_uleb(at + 1, number);
}

void recorder_op(struct watch_recorder *recorder, struct watch_op op)
{
    record(recorder, (uint8_t)op.kind, op.number);
}

void recorder_drop(struct watch_recorder *recorder, uint64_t ops_left)
{
    record(recorder, RECORD_DROP, ops_left);
}

// Once it is whole, a recording takes the place of the older one.
static struct error *put_in_place(struct watch_recorder *recorder)
{
    if (fsync(recorder->fd) || rename(recorder->beside, recorder->replaced))
        return error_system(errno, "%s", recorder->path);
    return NULL;
}

struct error *recorder_close(struct watch_recorder *recorder, uint64_t ops, uint64_t events)
{
    if (!recorder->is_open)
        return NULL;
    uint8_t block[BLOCK_HEAD_BYTES + END_BYTES];
    put_u64(block + BLOCK_HEAD_BYTES, ops);
    put_u64(block + BLOCK_HEAD_BYTES + 8, events);
    struct error *error = recorder_flush(recorder);
    if (!error)
        error = write_block(recorder, kind_end, block, END_BYTES);
    if (!error && recorder->beside)
        error = put_in_place(recorder);
    if (error && recorder->beside)
        error = error_prefix(error, "the recording is cut short and lies in %s", recorder->beside);
    int fd = recorder->fd;
    recorder->fd = -1;
    if (close(fd) && !error)
        error = error_system(errno, "%s", recorder->path);
    recorder_free(recorder);
    return error;
}

// --- Reading ---

// Block by block: a file costs what is whole of it, and not what it is long.
struct recording_file {
    const char *path;
    int fd;
    uint64_t offset_bytes; // of what comes next
};

// A FIFO that nobody writes to must not be waited for.
static struct error *open_file(struct recording_file *file)
{
    struct stat status;
    file->fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &status))
        return error_system(errno, "%s", file->path);
    if (!S_ISREG(status.st_mode))
        return error_create(ERROR_USAGE, "%s: not a regular file", file->path);
    return NULL;
}

// Fewer bytes than asked for at the end of the file only.
static struct error *read_some(struct recording_file *file, uint8_t *data, size_t wanted, size_t *got)
{
    *got = 0;
    while (*got < wanted) {
        ssize_t length = read(file->fd, data + *got, wanted - *got);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return error_system(errno, "%s", file->path);
        if (length == 0)
            break;
        *got += (size_t)length;
    }
    file->offset_bytes += *got;
    return NULL;
}

static struct error *bad(const char *path, uint64_t offset, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "%s: altered at byte %llu: %s", path, (unsigned long long)offset,
                        what);
}

static struct error *read_head(struct recording *recording, struct bytes payload, const char *path,
                               uint64_t offset)
{
    struct watch_setup *setup = &recording->setup;
    struct byte_reader reader = byte_reader_over(payload, false);
    setup->key_kind = (enum watch_key_kind)byte_reader_u8(&reader);
    setup->elem_kind = (enum watch_elem_kind)byte_reader_u8(&reader);
    setup->hash = (enum hmap_hash_algorithm)byte_reader_u8(&reader);
    uint8_t flavour = byte_reader_u8(&reader);
    setup->map_kind = flavour >= SWISS_FLAVOURS ? WATCH_SWISS : WATCH_CLASSIC;
    setup->flavour = HMAP_GO_1_22; // the other kind's, to compare with
    setup->swiss_flavour = SWISS_GO_1_26;
    if (setup->map_kind == WATCH_SWISS)
        setup->swiss_flavour = (enum swiss_flavour)(flavour - SWISS_FLAVOURS);
    else
        setup->flavour = (enum hmap_flavour)flavour;
    setup->few = byte_reader_u32(&reader);
    setup->seed = byte_reader_u64(&reader);
    setup->entries = byte_reader_u64(&reader);
    setup->hint = byte_reader_u64(&reader);
    if (reader.failed || setup->key_kind >= KEYS_KINDS || setup->elem_kind >= ELEMS_KINDS ||
        setup->hash > HMAP_HASH_IDENTITY || setup->flavour > HMAP_GO_1_23 ||
        setup->swiss_flavour > SWISS_GO_1_27 || setup->few < 1 || setup->few > 256 ||
        setup->entries > SETUP_ENTRIES_MAX || setup->hint > SETUP_ENTRIES_MAX)
        return bad(path, offset, "no such map");
    return NULL;
}

static struct error *read_ops(struct recording *recording, struct bytes payload, const char *path,
                              uint64_t offset)
{
    // The number's meaning depends on the key type, which is known here; the cells are not needed.
    const struct watch_keys keys = {.kind = recording->setup.key_kind};
    struct byte_reader reader = byte_reader_over(payload, false);
    while (byte_reader_left(&reader)) {
        uint64_t at = offset + byte_reader_offset(&reader);
        uint8_t kind = byte_reader_u8(&reader);
        uint64_t number = byte_reader_uleb(&reader);
        if (reader.failed)
            return bad(path, at, "an operation without an end");
        if (kind == RECORD_DROP && number <= recording->ops.length) {
            recording->ops.length = number;
            continue;
        }
        if (kind >= OP_KINDS || !watch_key_exists(&keys, number))
            return bad(path, at, "no such operation");
        if (recording->ops.length >= SESSION_OPS_MAX)
            return bad(path, at, "too many operations");
        if (!vec_push(&recording->ops, (struct watch_op){.kind = kind, .number = number}))
            return &error_out_of_memory;
    }
    return NULL;
}

// What a block must fit to.
struct block_chain {
    uint64_t checksum; // of the block before
    bool has_head;
};

static struct error *read_payload(struct recording *recording, const uint8_t *kind, struct bytes payload,
                                  const char *path, uint64_t offset)
{
    if (!memcmp(kind, kind_head, 4))
        return read_head(recording, payload, path, offset);
    if (!memcmp(kind, kind_ops, 4))
        return read_ops(recording, payload, path, offset);
    if (memcmp(kind, kind_end, 4))
        return bad(path, offset, "a block of unknown kind");
    struct byte_reader end = byte_reader_over(payload, false);
    recording->end_ops = byte_reader_u64(&end);
    recording->end_events = byte_reader_u64(&end);
    if (end.failed || recording->end_ops > recording->ops.length)
        return bad(path, offset, "the end does not fit the operations");
    recording->is_whole = true;
    return NULL;
}

static uint64_t get_number(const uint8_t *from, unsigned size_bytes)
{
    uint64_t value = 0;
    for (unsigned i = size_bytes; i-- > 0;)
        value = value << 8 | from[i];
    return value;
}

// `block` has room for the largest. *has_more is false where the file ends, also in the middle of a block.
static struct error *read_block(struct recording_file *file, struct recording *recording, uint8_t *block,
                                struct block_chain *chain, bool *has_more)
{
    const uint64_t offset = file->offset_bytes;
    size_t got;
    RETURN_IF_ERROR(read_some(file, block, BLOCK_HEAD_BYTES, &got));
    *has_more = got == BLOCK_HEAD_BYTES;
    if (got && recording->is_whole)
        return bad(file->path, offset, "something follows the end");
    if (!*has_more)
        return NULL;
    const size_t size_bytes = get_number(block + 4, 4);
    const uint64_t checksum = get_number(block + 8, 8);
    uint8_t *payload = block + BLOCK_HEAD_BYTES;
    if (size_bytes > PENDING_BYTES)
        return bad(file->path, offset, "a block larger than any that is written");
    RETURN_IF_ERROR(read_some(file, payload, size_bytes, &got));
    *has_more = got == size_bytes;
    if (!*has_more)
        return NULL;
    if (block_checksum(block, size_bytes, payload, chain->checksum) != checksum)
        return bad(file->path, offset, "the checksum of a block is wrong");
    chain->checksum = checksum;
    if (!memcmp(block, kind_head, 4) == chain->has_head)
        return bad(file->path, offset + BLOCK_HEAD_BYTES, "blocks out of order");
    chain->has_head = true;
    return read_payload(recording, block, (struct bytes){payload, size_bytes}, file->path,
                        offset + BLOCK_HEAD_BYTES);
}

static struct error *read_blocks(struct recording_file *file, struct recording *recording, uint8_t *block,
                                 bool salvage)
{
    struct block_chain chain = {0};
    size_t got;
    RETURN_IF_ERROR(open_file(file));
    RETURN_IF_ERROR(read_some(file, block, MAGIC_BYTES, &got));
    if (got != MAGIC_BYTES || memcmp(block, magic, MAGIC_BYTES))
        return error_create(ERROR_BAD_FORMAT, "%s: not a recording of strata watch, version 1", file->path);
    for (bool has_more = true; has_more;)
        RETURN_IF_ERROR(read_block(file, recording, block, &chain, &has_more));
    if (!chain.has_head || (!recording->is_whole && !salvage))
        return error_create(ERROR_BAD_FORMAT, "%s: cut short after %zu operations%s", file->path,
                            recording->ops.length, chain.has_head ? " (--salvage replays these)" : "");
    return NULL;
}

struct error *recording_read(struct recording *recording, const char *path, bool salvage)
{
    struct recording_file file = {.path = path, .fd = -1};
    *recording = (struct recording){0};
    uint8_t *block = malloc(BLOCK_HEAD_BYTES + PENDING_BYTES);
    struct error *error = block ? read_blocks(&file, recording, block, salvage) : &error_out_of_memory;
    if (file.fd >= 0)
        close(file.fd);
    free(block);
    return error;
}

struct error *recording_limit(struct recording *recording, const char *path)
{
    const struct watch_setup *setup = &recording->setup;
    if (setup->entries > RECORDING_ENTRIES_MOST || setup->hint > RECORDING_ENTRIES_MOST)
        return error_create(
            ERROR_UNSUPPORTED, "%s: it starts with a map for %llu entries; --any-length makes it", path,
            (unsigned long long)(setup->entries > setup->hint ? setup->entries : setup->hint));
    recording->steps_most = STEPS_OF_REPLAY + (uint64_t)STEPS_AN_OP * recording->ops.length;
    return NULL;
}

void recording_free(struct recording *recording)
{
    vec_free(&recording->ops);
}
