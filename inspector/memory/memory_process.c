// SPDX-License-Identifier: MIT
// The memory of a process, read while it runs: process_vm_readv, and /proc/PID/mem for what that may not do
// (a kernel without it, a filter of system calls).
#include "memory/memory_source.h"
#include "memory/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct process_memory {
    pid_t pid;
    int mem; // /proc/PID/mem; -1: it cannot be opened
    bool has_readv;
};

static bool read_whole_from_mem(const struct process_memory *process, const struct memory_range *range)
{
    size_t done = 0;
    if (process->mem < 0)
        return false;
    while (done < range->size_bytes) {
        uint64_t at = range->address + done;
        if (at > INT64_MAX) // pread takes it as negative; the upper half is the kernel's
            return false;
        ssize_t got =
            pread(process->mem, (uint8_t *)range->buffer + done, range->size_bytes - done, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

// Reads a run of ranges, 1 to IOV_MAX, with one call. Returns how many ranges, from the first on, came
// whole. A call stops at the first range that it cannot read, or in its middle.
static size_t read_run(const struct process_memory *process, struct memory_range *ranges, size_t count)
{
    struct iovec local[IOV_MAX], remote[IOV_MAX];
    size_t whole = 0, filled = 0;
    do {
        const struct memory_range *range = &ranges[filled];
        local[filled] = (struct iovec){range->buffer, range->size_bytes};
        remote[filled] = (struct iovec){(void *)(uintptr_t)range->address, range->size_bytes};
    } while (++filled < count);
    ssize_t got = process_vm_readv(process->pid, local, count, remote, count, 0);
    for (size_t left = got > 0 ? (size_t)got : 0; whole < count && left >= ranges[whole].size_bytes; whole++)
        left -= ranges[whole].size_bytes;
    return whole;
}

// A range that one call left unfinished: the kernel reads at most some 2 GiB a call.
static bool read_alone(const struct process_memory *process, const struct memory_range *range)
{
    size_t done = 0;
    while (process->has_readv && done < range->size_bytes) {
        struct iovec local = {(uint8_t *)range->buffer + done, range->size_bytes - done};
        struct iovec remote = {(void *)(uintptr_t)(range->address + done), range->size_bytes - done};
        ssize_t got = process_vm_readv(process->pid, &local, 1, &remote, 1, 0);
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done == range->size_bytes || read_whole_from_mem(process, range);
}

// The most ranges of one call whose sizes add up to what the kernel reads at once.
static size_t run_length(const struct memory_range *ranges, size_t count)
{
    enum { RUN_BYTES_MOST = 1 << 30 };
    size_t length = 0, total = 0;
    while (length < count && ranges[length].size_bytes <= RUN_BYTES_MOST - total)
        total += ranges[length++].size_bytes;
    return length;
}

static void process_read(void *state, struct memory_range *ranges, size_t count)
{
    const struct process_memory *process = state;
    size_t most = process->has_readv ? IOV_MAX : 0; // ranges a call: fewer after one that failed
    for (size_t first = 0; first < count;) {
        size_t left = count - first;
        size_t length = run_length(ranges + first, left < most ? left : most);
        size_t whole = length ? read_run(process, ranges + first, length) : 0;
        for (size_t i = 0; i < whole; i++)
            ranges[first + i].is_read = true;
        first += whole;
        if (length && whole == length) {
            most = 2 * most < IOV_MAX ? 2 * most : IOV_MAX;
            continue;
        }
        ranges[first].is_read = read_alone(process, &ranges[first]); // it fails, or is read in pieces
        first++;
        most = most ? 1 : 0;
    }
}

static void process_close(void *state)
{
    struct process_memory *process = state;
    if (process->mem >= 0)
        close(process->mem);
    free(process);
}

static const struct memory_ops process_ops = {process_read, process_close};

// Whether process_vm_readv works at all, in *errno_value why not. Rights are asked before memory: a byte that
// is not there (EFAULT) is an answer, too.
static bool has_readv(pid_t pid, int *errno_value)
{
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)1, 1};
    *errno_value = 0;
    if (process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT)
        return true;
    *errno_value = errno;
    return false;
}

struct error *memory_open_process(pid_t pid, struct memory **memory)
{
    char name[64], path[64];
    struct stat ignored;
    *memory = NULL;
    snprintf(name, sizeof(name), "process %d", (int)pid);
    snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    if (pid <= 0 || (stat(path, &ignored) != 0 && errno == ENOENT))
        return error_create(ERROR_NOT_FOUND, "%s: there is none", name);
    struct process_memory *process = calloc(1, sizeof(*process));
    if (!process)
        return &error_out_of_memory;
    int why;
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    process->pid = pid;
    process->mem = open(path, O_RDONLY | O_CLOEXEC);
    process->has_readv = has_readv(pid, &why);
    if (process->mem < 0 && !process->has_readv) {
        free(process);
        return why == EPERM || why == EACCES ? rights_denied(pid, false)
                                             : error_system(why, "%s: its memory cannot be read", name);
    }
    return memory_create(&process_ops, process, name, memory);
}
