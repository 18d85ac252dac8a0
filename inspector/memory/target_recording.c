// SPDX-License-Identifier: MIT
#include "memory/target_recording.h"

#include "base/vec.h"
#include "base/write_all.h"
#include "memory/target_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    MAGIC_BYTES = 16,
    BLOCK_HEAD_BYTES = 16,
    MAPPING_BYTES = 17,
    VECTOR_BYTES_MOST = 1 << 16,
    NAME_BYTES_MOST = 1 << 12,
    READABLE = 1,
    WRITABLE = 2,
    OF_FILE = 4,
};

static const char magic[MAGIC_BYTES] = "strata live 1\n";

// ---- writing --------------------------------------------------------------------------------------------

struct target_writer {
    VEC(uint8_t) block; // its payload
    uint64_t checksum;
    int fd, errno_value;
    bool has_room;
};

static void put(struct target_writer *writer, const void *data, size_t size_bytes)
{
    if (!writer->has_room || !size_bytes)
        return;
    writer->has_room = vec_reserve(&writer->block, size_bytes);
    if (!writer->has_room)
        return;
    memcpy(writer->block.data + writer->block.length, data, size_bytes);
    writer->block.length += size_bytes;
}

static void put_number(struct target_writer *writer, uint64_t number, size_t size_bytes)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    put(writer, bytes, size_bytes);
}

static uint64_t checksum_of(const char *name, const uint8_t *payload, size_t size_bytes, uint64_t before)
{
    return XXH64(payload, size_bytes, XXH64(name, 4, before));
}

static void end_block(struct target_writer *writer, const char *name)
{
    uint8_t head[BLOCK_HEAD_BYTES];
    if (!writer->has_room || writer->errno_value)
        return;
    writer->checksum = checksum_of(name, writer->block.data, writer->block.length, writer->checksum);
    memcpy(head, name, 4);
    for (size_t i = 0; i < 4; i++)
        head[4 + i] = (uint8_t)(writer->block.length >> (8 * i));
    for (size_t i = 0; i < 8; i++)
        head[8 + i] = (uint8_t)(writer->checksum >> (8 * i));
    writer->errno_value = write_all(writer->fd, head, sizeof(head));
    if (!writer->errno_value && writer->block.length)
        writer->errno_value = write_all(writer->fd, writer->block.data, writer->block.length);
    writer->block.length = 0;
}

static void write_head(struct target_writer *writer, const struct memory_target *target, uint64_t subject)
{
    const char *name = target->executable_name ? target->executable_name : "";
    put_number(writer, target->machine, 2);
    put_number(writer, target->address_bits, 1);
    put_number(writer, target->big_endian, 1);
    put_number(writer, (uint64_t)target->pid, 4);
    put_number(writer, target->bias, 8);
    put_number(writer, subject, 8);
    put_number(writer, target->recorded.vector_bytes, 4);
    put(writer, target->recorded.vector, target->recorded.vector_bytes);
    put(writer, name, strlen(name) + 1);
    end_block(writer, "HEAD");
    for (size_t i = 0; i < target->mappings_count; i++) {
        const struct target_mapping *mapping = &target->mappings[i];
        put_number(writer, mapping->address, 8);
        put_number(writer, mapping->size_bytes, 8);
        put_number(writer,
                   (mapping->is_readable ? READABLE : 0u) | (mapping->is_writable ? WRITABLE : 0u) |
                       (mapping->is_of_file ? OF_FILE : 0u),
                   1);
    }
    end_block(writer, "MAPS");
}

static void write_looks(struct target_writer *writer, const struct memory_history *history)
{
    const uint32_t last = memory_history_last(history);
    struct memory_history_part part;
    size_t at = 0;
    bool has_part = memory_history_next(history, &at, &part);
    for (uint32_t look = 1; look <= last; look++) {
        const struct memory_mark mark = memory_history_marked(history, look);
        put(writer, mark.bytes, sizeof(mark.bytes));
        for (; has_part && part.frame <= look; has_part = memory_history_next(history, &at, &part)) {
            if (!part.mask)
                continue;
            put_number(writer, part.number, 8);
            put_number(writer, part.mask, 8);
            for (size_t i = 0; i < MEMORY_HISTORY_BLOCK_BYTES; i++)
                if (part.mask >> i & 1)
                    put(writer, part.bytes + i, 1);
        }
        end_block(writer, "LOOK");
    }
    put_number(writer, last, 4);
    end_block(writer, "END ");
}

static void free_path(char **path)
{
    free(*path);
}

struct error *memory_recording_write(const struct memory_target *target, uint64_t subject, const char *path)
{
    struct target_writer writer = {.has_room = true};
    char *real CLEANUP(free_path) = realpath(path, NULL); // behind links; not there yet: as it was named
    char *beside CLEANUP(free_path) = NULL;
    RETURN_IF_ERROR(memory_recording_may_write(path));
    if (memory_history_last(target->history) < 2)
        return error_create(ERROR_USAGE, "%s: not written: no look at the map fitted in %d MB", path,
                            MEMORY_RECORDING_BYTES >> 20);
    if (asprintf(&beside, "%s.XXXXXX", real ? real : path) < 0) {
        beside = NULL;
        return &error_out_of_memory;
    }
    writer.fd = mkostemp(beside, O_CLOEXEC);
    if (writer.fd < 0)
        return error_system(errno, "%s", path);
    writer.errno_value = write_all(writer.fd, magic, sizeof(magic));
    write_head(&writer, target, subject);
    write_looks(&writer, target->history);
    vec_free(&writer.block);
    if (close(writer.fd) && !writer.errno_value)
        writer.errno_value = errno;
    if (writer.has_room && !writer.errno_value && rename(beside, real ? real : path))
        writer.errno_value = errno;
    if (writer.has_room && !writer.errno_value)
        return NULL;
    unlink(beside);
    return writer.has_room ? error_system(writer.errno_value, "%s", path) : &error_out_of_memory;
}

// ---- reading --------------------------------------------------------------------------------------------

static bool begins_as_recording(const char *path, bool *is_there, bool *is_empty)
{
    char found[MAGIC_BYTES];
    struct stat status;
    *is_there = !stat(path, &status);
    *is_empty = *is_there && S_ISREG(status.st_mode) && !status.st_size;
    if (!*is_there || !S_ISREG(status.st_mode)) // a pipe has nothing twice
        return false;
    FILE *file = fopen(path, "re");
    const bool is_one =
        file && fread(found, 1, sizeof(found), file) == sizeof(found) && !memcmp(found, magic, sizeof(magic));
    if (file)
        fclose(file);
    return is_one;
}

bool memory_recording_is(const char *path)
{
    bool is_there, is_empty;
    return begins_as_recording(path, &is_there, &is_empty);
}

struct error *memory_recording_may_write(const char *path)
{
    bool is_there, is_empty;
    if (begins_as_recording(path, &is_there, &is_empty) || !is_there || is_empty)
        return NULL;
    return error_create(ERROR_USAGE, "%s: exists and is no recording of --pid; it is left as it is", path);
}

static struct error *read_file(const char *path, uint8_t **data, size_t *size_bytes)
{
    VEC(uint8_t) all = {0};
    FILE *file = fopen(path, "re");
    if (!file)
        return error_system(errno, "%s", path);
    bool has_room = vec_reserve(&all, 1 << 16);
    for (size_t got = 1; has_room && got && all.length <= MEMORY_RECORDING_FILE_BYTES;) {
        got = fread(all.data + all.length, 1, all.capacity - all.length, file);
        all.length += got;
        has_room = all.length < all.capacity || vec_reserve(&all, all.capacity);
    }
    fclose(file);
    *data = all.data; // the caller's, in any case
    *size_bytes = all.length;
    if (!has_room)
        return &error_out_of_memory;
    return all.length <= MEMORY_RECORDING_FILE_BYTES
               ? NULL
               : error_create(ERROR_BAD_FORMAT, "%s: larger than the %d MB that a recording can have", path,
                              MEMORY_RECORDING_FILE_BYTES >> 20);
}

static struct error *broken(const struct memory_target *target, size_t offset, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "%s: offset %zu: %s", target->name, offset, what);
}

static struct error *read_head(struct memory_target *target, struct bytes block, size_t offset)
{
    struct byte_reader reader = byte_reader_over(block, false);
    target->machine = byte_reader_u16(&reader);
    target->address_bits = byte_reader_u8(&reader);
    target->big_endian = byte_reader_u8(&reader) == 1;
    target->recorded.pid = byte_reader_u32(&reader);
    target->bias = byte_reader_u64(&reader);
    target->recorded.subject = byte_reader_u64(&reader);
    const size_t vector_bytes = byte_reader_u32(&reader);
    if (reader.failed || (target->address_bits != 32 && target->address_bits != 64) ||
        vector_bytes > VECTOR_BYTES_MOST || vector_bytes > byte_reader_left(&reader))
        return broken(target, offset, "a HEAD that no recording has");
    const struct bytes vector = byte_reader_block(&reader, vector_bytes);
    const char *name = byte_reader_text(&reader);
    if (reader.failed || !name || strlen(name) > NAME_BYTES_MOST)
        return broken(target, offset, "a HEAD that no recording has");
    target->recorded.vector = malloc(vector_bytes + 1);
    target->executable_name = *name ? strdup(name) : NULL;
    if (!target->recorded.vector || (*name && !target->executable_name))
        return &error_out_of_memory;
    memcpy(target->recorded.vector, vector.data, vector_bytes);
    target->recorded.vector_bytes = vector_bytes;
    return NULL;
}

static struct error *read_maps(struct memory_target *target, struct bytes block, size_t offset)
{
    struct byte_reader reader = byte_reader_over(block, false);
    const size_t count = block.size_bytes / MAPPING_BYTES;
    uint64_t end = 0;
    target->mappings = calloc(count + 1, sizeof(*target->mappings));
    if (!target->mappings)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        struct target_mapping *mapping = &target->mappings[i];
        mapping->address = byte_reader_u64(&reader);
        mapping->size_bytes = mapping->held_bytes = byte_reader_u64(&reader);
        const uint8_t rights = byte_reader_u8(&reader);
        mapping->is_readable = rights & READABLE;
        mapping->is_writable = rights & WRITABLE;
        mapping->is_of_file = rights & OF_FILE;
        if (!mapping->size_bytes || (i && mapping->address < end) ||
            mapping->address + mapping->size_bytes < mapping->address)
            return broken(target, offset + i * MAPPING_BYTES, "mappings that overlap or are empty");
        end = mapping->address + mapping->size_bytes;
    }
    target->mappings_count = count;
    return NULL;
}

static struct error *read_look(struct memory_target *target, struct bytes block, size_t offset, uint32_t look)
{
    struct byte_reader reader = byte_reader_over(block, false);
    memory_history_frame(target->history, look);
    const struct bytes bytes = byte_reader_block(&reader, MEMORY_MARK_BYTES);
    if (reader.failed)
        return broken(target, offset, "a LOOK without a mark");
    struct memory_mark mark;
    memcpy(mark.bytes, bytes.data, sizeof(mark.bytes));
    memory_history_mark(target->history, &mark);
    while (!reader.failed && byte_reader_left(&reader)) {
        struct memory_history_part part = {.frame = look};
        const size_t at = offset + byte_reader_offset(&reader);
        part.number = byte_reader_u64(&reader);
        part.mask = byte_reader_u64(&reader);
        for (size_t i = 0; i < MEMORY_HISTORY_BLOCK_BYTES; i++)
            if (part.mask >> i & 1)
                part.bytes[i] = byte_reader_u8(&reader);
        if (reader.failed || !part.mask || part.number > UINT64_MAX / MEMORY_HISTORY_BLOCK_BYTES)
            return broken(target, at, "a piece of memory that is cut short or lies nowhere");
        memory_history_put(target->history, &part);
    }
    return NULL;
}

// The order is HEAD, MAPS, LOOK …, END; the checksum holds the blocks together.
static struct error *read_blocks(struct memory_target *target, struct bytes file,
                                 const struct target_options *options)
{
    struct byte_reader reader = byte_reader_over(file, false);
    uint64_t checksum = 0;
    uint32_t looks = 0;
    byte_reader_skip(&reader, MAGIC_BYTES);
    for (size_t number = 0;; number++) {
        const size_t at = byte_reader_offset(&reader);
        const bool is_cut = options->salvages && looks >= 2;
        const struct bytes name = byte_reader_block(&reader, 4);
        const size_t size_bytes = byte_reader_u32(&reader);
        const uint64_t told = byte_reader_u64(&reader);
        if (reader.failed || size_bytes > byte_reader_left(&reader))
            return is_cut ? NULL
                          : broken(target, at, "the recording is cut short (--salvage shows what is whole)");
        const size_t payload = byte_reader_offset(&reader);
        const struct bytes block = byte_reader_block(&reader, size_bytes);
        checksum = checksum_of((const char *)name.data, block.data, size_bytes, checksum);
        if (checksum != told)
            return is_cut ? NULL
                          : broken(target, at, "the checksum is not that of the block: it was altered");
        const char *const expected = number == 0 ? "HEAD" : number == 1 ? "MAPS" : "LOOK";
        if (number > 2 && !memcmp(name.data, "END ", 4))
            return NULL;
        if (memcmp(name.data, expected, 4) != 0 || looks == UINT32_MAX - 1)
            return broken(target, at, "a block out of order");
        RETURN_IF_ERROR(number == 0   ? read_head(target, block, payload)
                        : number == 1 ? read_maps(target, block, payload)
                                      : read_look(target, block, payload, ++looks));
    }
}

static struct error *find_file(struct memory_target *target, const struct target_options *options)
{
    struct target_file file;
    const char *path = options->executable ? options->executable : target->executable_name;
    if (!path)
        return error_create(ERROR_USAGE, "%s: does not say which program it is of: name it with --exe",
                            target->name);
    struct error *error = target_compare_file(
        path, target->name, (struct bytes){target->recorded.vector, target->recorded.vector_bytes},
        target->memory, &file);
    if (!error && file.belonging != TARGET_BELONGS)
        error = target_not_what_runs(path, target->name);
    if (error)
        return options->executable ? error
                                   : error_prefix(error, "%s: name the program with --exe", target->name);
    target->bias = file.bias;
    target->executable = strdup(path);
    return target->executable ? NULL : &error_out_of_memory;
}

struct error *target_open_recording(struct memory_target *target, const struct target_options *options)
{
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    struct error *error = read_file(target->name, &data, &size_bytes);
    if (!error)
        error = memory_history_open(NULL, SIZE_MAX / 2, &target->history, &target->memory);
    if (!error)
        error = read_blocks(target, (struct bytes){data, size_bytes}, options);
    free(data);
    RETURN_IF_ERROR(error);
    if (memory_history_last(target->history) < 2)
        return broken(target, size_bytes, "a recording without a frame");
    memory_history_go(target->history, 1);
    return find_file(target, options);
}
