// How a process is opened, and what processes and cores have in common; cores: target_core.c.
#include "memory/program_headers.h"
#include "memory/target_parts.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- what both have ---------------------------------------------------------------------------------------

void memory_target_close(struct memory_target *target)
{
    if (!target)
        return;
    memory_close(target->memory);
    free(target->name);
    free(target->executable);
    free(target->executable_name);
    free(target->mappings);
    notices_free(&target->notices);
    free(target);
}

void memory_target_close_at(struct memory_target **pointer)
{
    memory_target_close(*pointer);
    *pointer = NULL;
}

const struct target_mapping *memory_target_mapping_at(const struct memory_target *target, uint64_t address)
{
    size_t low = 0, high = target->mappings_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct target_mapping *mapping = &target->mappings[middle];
        if (address < mapping->address)
            high = middle;
        else if (address - mapping->address >= mapping->size_bytes)
            low = middle + 1;
        else
            return mapping;
    }
    return NULL;
}

bool memory_target_is_there(const struct memory_target *target)
{
    char path[64];
    struct stat ignored;
    if (!target->pid)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)target->pid);
    // The link of a process that has ended, and waits for its parent, leads nowhere.
    return stat(path, &ignored) == 0;
}

uint64_t target_auxiliary(struct bytes vector, unsigned word_bytes, bool big_endian, uint64_t kind)
{
    struct byte_reader reader = byte_reader_over(vector, big_endian);
    while (byte_reader_left(&reader) >= 2 * (size_t)word_bytes) {
        uint64_t found = byte_reader_sized(&reader, word_bytes);
        uint64_t value = byte_reader_sized(&reader, word_bytes);
        if (found == kind)
            return value;
        if (found == AT_NULL)
            break;
    }
    return 0;
}

// Where the program headers of the file are in memory without a bias (elf(5), PT_PHDR). Of a file that has no such
// header they are in the segment that starts the file.
static bool own_address_of_headers(const struct elf_segments *segments, uint64_t *address)
{
    struct elf_segment segment;
    for (uint64_t i = 0; i < segments->count; i++) {
        if (elf_segments_read(segments, i, &segment) && segment.type == PT_PHDR) {
            *address = segment.address;
            return true;
        }
    }
    for (uint64_t i = 0; i < segments->count; i++) {
        if (elf_segments_read(segments, i, &segment) && segment.type == PT_LOAD && segment.offset == 0) {
            *address = segment.address + segments->offset;
            return true;
        }
    }
    return false;
}

// Compares the file's notes with those in memory, byte by byte: build ids are among them. UNKNOWN: the memory is not
// there, or the file has none.
static enum target_belonging compare_notes(const struct elf_segments *segments, uint64_t bias,
                                           struct memory *memory)
{
    enum { NOTE_BYTES_MOST = 4096 };
    enum target_belonging belonging = TARGET_UNKNOWN;
    for (uint64_t i = 0; i < segments->count; i++) {
        struct elf_segment segment;
        uint8_t there[NOTE_BYTES_MOST];
        if (!elf_segments_read(segments, i, &segment) || segment.type != PT_NOTE || !segment.file_bytes ||
            segment.file_bytes > NOTE_BYTES_MOST ||
            !bytes_hold(segments->image->file, segment.offset, segment.file_bytes))
            continue;
        struct error *error = memory_read(memory, segment.address + bias, there, segment.file_bytes);
        if (error) {
            error_free(error);
            continue;
        }
        if (memcmp(there, segments->image->file.data + segment.offset, segment.file_bytes) != 0)
            return TARGET_ANOTHER;
        belonging = TARGET_BELONGS;
    }
    return belonging;
}

struct error *target_compare_file(const char *path, struct bytes vector, struct memory *memory,
                                  struct target_file *file)
{
    struct image *image CLEANUP(image_close_at) = NULL;
    struct elf_segments segments;
    uint64_t own, headers;
    *file = (struct target_file){.belonging = TARGET_UNKNOWN};
    RETURN_IF_ERROR(image_open_bare(path, &image));
    RETURN_IF_ERROR(elf_segments_find(image, &segments));
    file->machine = image->machine;
    file->address_bits = image->address_bits;
    file->big_endian = image->big_endian;
    headers = target_auxiliary(vector, image->address_bits / 8, image->big_endian, AT_PHDR);
    if (!headers || !own_address_of_headers(&segments, &own))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: where it lies in memory is not to be found (no AT_PHDR, or no "
                            "PT_PHDR)",
                            path);
    file->bias = headers - own; // may be negative: it wraps round
    file->belonging = compare_notes(&segments, file->bias, memory);
    return NULL;
}

struct error *target_not_what_runs(const char *path, const char *name)
{
    return error_create(ERROR_USAGE, "%s: it is not what %s runs: its build id or notes are others", path,
                        name);
}

// ---- a process --------------------------------------------------------------------------------------------

// Reads all of a file of /proc, whose size is not known before. The buffer is the caller's.
static struct error *read_whole(const char *path, char **text, size_t *size_bytes)
{
    enum { FILE_BYTES_MOST = 64 << 20 };
    VEC(char) all = {0};
    FILE *file = fopen(path, "re");
    if (!file)
        return error_system(errno, "%s", path);
    bool has_room = vec_reserve(&all, 1 << 16);
    for (size_t got = 1; has_room && got && all.length < FILE_BYTES_MOST;) {
        got = fread(all.data + all.length, 1, all.capacity - all.length - 1, file);
        all.length += got;
        has_room = all.capacity - all.length > 1 || vec_reserve(&all, all.capacity);
    }
    fclose(file);
    if (!has_room) {
        vec_free(&all);
        return &error_out_of_memory;
    }
    all.data[all.length] = '\0';
    *text = all.data;
    *size_bytes = all.length;
    return NULL;
}

static void free_text(char **text)
{
    free(*text);
}

// A line of /proc/PID/maps (proc_pid_maps(5)): 55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0   [heap]
static bool read_mapping(const char *line, struct target_mapping *mapping)
{
    uint64_t end, inode;
    char rights[8];
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %" SCNu64, &mapping->address, &end, rights,
               &inode) != 4 ||
        end <= mapping->address || strlen(rights) < 4)
        return false;
    mapping->size_bytes = mapping->held_bytes = end - mapping->address;
    mapping->is_readable = rights[0] == 'r';
    mapping->is_writable = rights[1] == 'w';
    mapping->is_of_file = inode != 0;
    return true;
}

static struct error *read_mappings(struct memory_target *target)
{
    char path[64], *text CLEANUP(free_text) = NULL;
    size_t size_bytes;
    VEC(struct target_mapping) mappings = {0};
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)target->pid);
    RETURN_IF_ERROR(read_whole(path, &text, &size_bytes));
    bool has_room = true;
    for (const char *line = text; has_room && line && *line; line = strchr(line, '\n')) {
        struct target_mapping mapping;
        line += *line == '\n';
        if (read_mapping(line, &mapping))
            has_room = vec_push(&mappings, mapping);
    }
    target->mappings = mappings.data;
    target->mappings_count = mappings.length;
    return has_room ? NULL : &error_out_of_memory;
}

// What the link /proc/PID/exe says: a name for people, and no path of ours (containers, deleted files).
static struct error *read_executable_name(struct memory_target *target, const char *link)
{
    char name[PATH_MAX];
    ssize_t length = readlink(link, name, sizeof(name) - 1);
    if (length <= 0)
        return NULL;
    name[length] = '\0';
    target->executable_name = strdup(name);
    return target->executable_name ? NULL : &error_out_of_memory;
}

static struct error *open_process(struct memory_target *target, const struct target_options *options)
{
    char path[64], link[64], *vector CLEANUP(free_text) = NULL;
    size_t vector_bytes;
    struct target_file file;
    RETURN_IF_ERROR(memory_open_process(target->pid, &target->memory));
    snprintf(path, sizeof(path), "/proc/%d/auxv", (int)target->pid);
    RETURN_IF_ERROR(error_prefix(read_whole(path, &vector, &vector_bytes), "%s", target->name));
    snprintf(link, sizeof(link), "/proc/%d/exe", (int)target->pid);
    RETURN_IF_ERROR(read_executable_name(target, link));
    target->executable = strdup(options->executable ? options->executable : link);
    if (!target->executable)
        return &error_out_of_memory;
    RETURN_IF_ERROR(target_compare_file(target->executable, (struct bytes){(uint8_t *)vector, vector_bytes},
                                        target->memory, &file));
    if (file.belonging == TARGET_ANOTHER)
        return target_not_what_runs(target->executable, target->name);
    if (file.belonging == TARGET_UNKNOWN)
        notices_add(&target->notices, "%s: %s has no build id to prove that it is what runs", target->name,
                    target->executable);
    target->bias = file.bias;
    target->machine = file.machine;
    target->address_bits = file.address_bits;
    target->big_endian = file.big_endian;
    return read_mappings(target);
}

static bool is_number(const char *name)
{
    const char *at = name;
    while (isdigit((unsigned char)*at))
        at++;
    return at > name && !*at;
}

struct error *memory_target_open(const char *name, const struct target_options *options,
                                 struct memory_target **result)
{
    static const struct target_options none;
    struct memory_target *target = calloc(1, sizeof(*target));
    struct error *error = NULL;
    *result = NULL;
    if (!target)
        return &error_out_of_memory;
    if (is_number(name)) {
        char text[64];
        errno = 0;
        long pid = strtol(name, NULL, 10);
        if (errno || pid <= 0 || pid > INT_MAX)
            error = error_create(ERROR_NOT_FOUND, "process %s: there is none", name);
        target->pid = error ? 0 : (pid_t)pid;
        snprintf(text, sizeof(text), "process %d", (int)target->pid);
        target->name = strdup(text);
    } else {
        target->name = strdup(name);
    }
    if (!error && !target->name)
        error = &error_out_of_memory;
    if (!error)
        error = target->pid ? open_process(target, options ? options : &none)
                            : target_open_core(target, options ? options : &none);
    if (!error) {
        *result = target;
        return NULL;
    }
    memory_target_close(target);
    return error;
}
