#include "watch/watch_recording.h"

#include "base/bytes.h"
#include "base/write_all.h"
#include <errno.h>
#include <fcntl.h>
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

#define FILE_BYTES_MOST ((off_t)1 << 31)

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
static struct error *refuse_other_files(int fd, const char *path)
{
    char found[MAGIC_BYTES];
    ssize_t length = pread(fd, found, sizeof(found), 0);
    if (length == 0 || (length == MAGIC_BYTES && !memcmp(found, magic, sizeof(magic))))
        return NULL;
    return error_create(ERROR_USAGE, "%s: exists and is no recording; it is left as it is", path);
}

struct error *recorder_open(struct watch_recorder *recorder, const char *path,
                            const struct watch_setup *setup)
{
    *recorder = (struct watch_recorder){.path = path, .pending = malloc(PENDING_BYTES)};
    if (!recorder->pending)
        return &error_out_of_memory;
    recorder->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (recorder->fd < 0) {
        free(recorder->pending);
        return error_system(errno, "%s", path);
    }
    struct error *error = refuse_other_files(recorder->fd, path);
    if (!error && ftruncate(recorder->fd, 0) && errno != EINVAL) // EINVAL: a pipe or the like
        error = error_system(errno, "%s", path);
    if (!error)
        error = write_head(recorder, setup);
    recorder->is_open = !error;
    if (error) {
        close(recorder->fd);
        free(recorder->pending);
    }
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
    if (close(recorder->fd) && !error)
        error = error_system(errno, "%s", recorder->path);
    free(recorder->pending);
    *recorder = (struct watch_recorder){0};
    return error;
}

// --- Reading ---

static struct error *read_file(const char *path, uint8_t **data, size_t *size_bytes)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_system(errno, "%s", path);
    struct error *error = NULL;
    if (fstat(fd, &status))
        error = error_system(errno, "%s", path);
    else if (!S_ISREG(status.st_mode))
        error = error_create(ERROR_USAGE, "%s: not a regular file", path);
    else if (status.st_size > FILE_BYTES_MOST)
        error = error_create(ERROR_UNSUPPORTED, "%s: larger than any recording", path);
    else if (!(*data = malloc((size_t)status.st_size + 1)))
        error = &error_out_of_memory;
    *size_bytes = 0;
    while (!error && *size_bytes < (size_t)status.st_size) {
        ssize_t length = read(fd, *data + *size_bytes, (size_t)status.st_size - *size_bytes);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            error = error_system(errno, "%s", path);
        if (length <= 0)
            break;
        *size_bytes += (size_t)length;
    }
    close(fd);
    return error;
}

static struct error *bad(const char *path, size_t offset, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "%s: altered at byte %zu: %s", path, offset, what);
}

static struct error *read_head(struct recording *recording, struct bytes payload, const char *path,
                               size_t offset)
{
    struct watch_setup *setup = &recording->setup;
    struct byte_reader reader = byte_reader_over(payload, false);
    setup->key_kind = (enum watch_key_kind)byte_reader_u8(&reader);
    setup->elem_kind = (enum watch_elem_kind)byte_reader_u8(&reader);
    setup->hash = (enum hmap_hash_algorithm)byte_reader_u8(&reader);
    uint8_t flavour = byte_reader_u8(&reader);
    setup->map_kind = flavour >= SWISS_FLAVOURS ? WATCH_SWISS : WATCH_CLASSIC;
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
                              size_t offset)
{
    // The number's meaning depends on the key type, which is known here; the cells are not needed.
    const struct watch_keys keys = {.kind = recording->setup.key_kind};
    struct byte_reader reader = byte_reader_over(payload, false);
    while (byte_reader_left(&reader)) {
        size_t at = offset + byte_reader_offset(&reader);
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

static struct error *read_blocks(struct recording *recording, struct bytes file, const char *path,
                                 bool salvage)
{
    struct byte_reader reader = byte_reader_over(file, false);
    struct bytes found = byte_reader_block(&reader, MAGIC_BYTES);
    uint64_t before = 0;
    bool has_head = false;
    if (reader.failed || memcmp(found.data, magic, MAGIC_BYTES))
        return error_create(ERROR_BAD_FORMAT, "%s: not a recording of strata watch, version 1", path);
    while (byte_reader_left(&reader)) {
        size_t offset = byte_reader_offset(&reader);
        if (recording->is_whole)
            return bad(path, offset, "something follows the end");
        struct bytes head = byte_reader_block(&reader, 8);
        uint64_t checksum = byte_reader_u64(&reader);
        uint32_t size_bytes = 0;
        for (int i = 0; i < 4 && !reader.failed; i++)
            size_bytes |= (uint32_t)head.data[4 + i] << (8 * i);
        struct bytes payload = byte_reader_block(&reader, size_bytes);
        if (reader.failed)
            break; // cut short
        if (block_checksum(head.data, size_bytes, payload.data, before) != checksum)
            return bad(path, offset, "the checksum of a block is wrong");
        before = checksum;
        offset += BLOCK_HEAD_BYTES;
        bool is_head = !memcmp(head.data, kind_head, 4);
        if (is_head == has_head)
            return bad(path, offset, "blocks out of order");
        if (is_head) {
            RETURN_IF_ERROR(read_head(recording, payload, path, offset));
            has_head = true;
        } else if (!memcmp(head.data, kind_ops, 4)) {
            RETURN_IF_ERROR(read_ops(recording, payload, path, offset));
        } else if (!memcmp(head.data, kind_end, 4)) {
            struct byte_reader end = byte_reader_over(payload, false);
            recording->end_ops = byte_reader_u64(&end);
            recording->end_events = byte_reader_u64(&end);
            if (end.failed || recording->end_ops > recording->ops.length)
                return bad(path, offset, "the end does not fit the operations");
            recording->is_whole = true;
        } else {
            return bad(path, offset, "a block of unknown kind");
        }
    }
    if (!has_head || (!recording->is_whole && !salvage))
        return error_create(ERROR_BAD_FORMAT, "%s: cut short after %zu operations%s", path,
                            recording->ops.length, has_head ? " (--salvage replays these)" : "");
    return NULL;
}

struct error *recording_read(struct recording *recording, const char *path, bool salvage)
{
    *recording = (struct recording){0};
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    struct error *error = read_file(path, &data, &size_bytes);
    if (!error)
        error = read_blocks(recording, (struct bytes){data, size_bytes}, path, salvage);
    free(data);
    return error;
}

void recording_free(struct recording *recording)
{
    vec_free(&recording->ops);
}
