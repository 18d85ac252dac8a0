// SPDX-License-Identifier: MIT
// How a process is opened; cores: target_core.c.
#include "memory/target_parts.h"
#include "memory/target_recording.h"

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

// From here on what is read goes through the history: the notes that prove which file it is are in it too.
static struct error *record(struct memory_target *target)
{
    target->under = target->memory;
    target->memory = NULL;
    RETURN_IF_ERROR(
        memory_history_open(target->under, MEMORY_RECORDING_BYTES, &target->history, &target->memory));
    memory_history_keep(target->history);
    memory_history_frame(target->history, 1);
    memory_history_mark(target->history, &(struct memory_mark){{0}}); // the opening
    return NULL;
}

static struct error *open_process(struct memory_target *target, const struct target_options *options)
{
    char path[64], link[64], *vector CLEANUP(free_text) = NULL;
    size_t vector_bytes;
    struct target_file file;
    RETURN_IF_ERROR(memory_open_process(target->pid, &target->memory));
    if (options->is_recorded)
        RETURN_IF_ERROR(record(target));
    snprintf(path, sizeof(path), "/proc/%d/auxv", (int)target->pid);
    RETURN_IF_ERROR(error_prefix(read_whole(path, &vector, &vector_bytes), "%s", target->name));
    snprintf(link, sizeof(link), "/proc/%d/exe", (int)target->pid);
    RETURN_IF_ERROR(read_executable_name(target, link));
    if (options->is_recorded) {
        target->recorded.vector = malloc(vector_bytes + 1);
        if (!target->recorded.vector)
            return &error_out_of_memory;
        memcpy(target->recorded.vector, vector, vector_bytes);
        target->recorded.vector_bytes = vector_bytes;
    }
    target->executable = strdup(options->executable ? options->executable : link);
    if (!target->executable)
        return &error_out_of_memory;
    RETURN_IF_ERROR(target_compare_file(target->executable, target->name,
                                        (struct bytes){(uint8_t *)vector, vector_bytes}, target->memory,
                                        &file));
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
        error = target->pid                         ? open_process(target, options ? options : &none)
                : memory_recording_is(target->name) ? target_open_recording(target, options ? options : &none)
                                                    : target_open_core(target, options ? options : &none);
    if (!error) {
        *result = target;
        return NULL;
    }
    memory_target_close(target);
    return error;
}
