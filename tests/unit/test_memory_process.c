// SPDX-License-Identifier: MIT
// Memory of a process: our own and a child's. What is expected comes from the process itself: it wrote the
// bytes.
#include "cmocka_all.h"
#include "emulated.h"
#include "errors_expected.h"
#include "memory/memory.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 5, HOLE = 2 };

struct bench {
    struct memory *memory;
    uint8_t *pages; // PAGES of them, number HOLE is not mapped
    size_t page_bytes;
};

static int setup(void **state)
{
    static struct bench bench;
    bench.page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    bench.pages =
        mmap(NULL, PAGES * bench.page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(bench.pages != MAP_FAILED);
    for (size_t i = 0; i < PAGES * bench.page_bytes; i++)
        bench.pages[i] = (uint8_t)(i * 7 + i / bench.page_bytes);
    munmap(bench.pages + HOLE * bench.page_bytes, bench.page_bytes);
    assert_null(memory_open_process(getpid(), &bench.memory));
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    memory_close(bench->memory);
    munmap(bench->pages, PAGES * bench->page_bytes);
    return 0;
}

static uint64_t address_of(const void *place)
{
    return (uint64_t)(uintptr_t)place;
}

static void whole_ranges_are_read(void **state)
{
    const struct bench *bench = *state;
    uint8_t got[3 * 4096];
    static const size_t offsets[] = {0, 1, 4095, 4000}, sizes[] = {1, 8, 4096, 4001};
    for (size_t i = 0; i < 4; i++) {
        assert_null(memory_read(bench->memory, address_of(bench->pages + offsets[i]), got, sizes[i]));
        assert_memory_equal(got, bench->pages + offsets[i], sizes[i]);
    }
    assert_null(memory_read(bench->memory, 1, NULL, 0)); // nothing can be read anywhere
}

static void a_hole_fails_the_range_that_touches_it(void **state)
{
    const struct bench *bench = *state;
    uint8_t got[3 * 4096];
    uint64_t hole = address_of(bench->pages) + HOLE * bench->page_bytes;
    must_fail(memory_read(bench->memory, hole, got, 1), "1 bytes at 0x");
    must_fail(memory_read(bench->memory, hole - 1, got, 2), "process ");
    must_fail(memory_read(bench->memory, hole - 8, got, bench->page_bytes + 16), "not all");
    assert_null(memory_read(bench->memory, hole - 8, got, 8));
    assert_null(memory_read(bench->memory, hole + bench->page_bytes, got, 8));
}

static void impossible_ranges_fail(void **state)
{
    const struct bench *bench = *state;
    uint8_t got[16];
    must_fail(memory_read(bench->memory, UINT64_MAX - 7, got, 9), "wraps round");
    must_fail(memory_read(bench->memory, UINT64_MAX, got, 2), "wraps round");
    must_fail(memory_read(bench->memory, address_of(bench->pages), got, SIZE_MAX), "wraps round");
    must_fail(memory_read(bench->memory, UINT64_MAX - 7, got, 8), "not all"); // the very last ones
    must_fail(memory_read(bench->memory, 0, got, 1), "not all");
    must_fail(memory_read(bench->memory, (uint64_t)1 << 63, got, 8), "not all");
}

// Some of many ranges lie in the hole, wrap round or are empty: exactly those that can be read are.
static void ranges_fail_alone(void **state)
{
    const struct bench *bench = *state;
    enum { COUNT = 5000, EACH = 16 };
    static struct memory_range ranges[COUNT];
    static uint8_t buffers[COUNT][EACH];
    static bool wanted[COUNT];
    size_t all = 0, random = 12345;
    for (size_t i = 0; i < COUNT; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t offset = (random >> 33) % (PAGES * bench->page_bytes - EACH);
        size_t last = (offset + EACH - 1) / bench->page_bytes;
        wanted[i] = offset / bench->page_bytes != HOLE && last != HOLE;
        ranges[i] = (struct memory_range){address_of(bench->pages) + offset, buffers[i], EACH, false};
        if (i % 97 == 5)
            ranges[i].size_bytes = 0, wanted[i] = true;
        if (i % 101 == 7)
            ranges[i].address = UINT64_MAX - 3, wanted[i] = false;
        if (i % 101 == 7 && !ranges[i].size_bytes)
            wanted[i] = true;
        all += wanted[i];
    }
    assert_int_equal(memory_read_ranges(bench->memory, ranges, COUNT), all);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(ranges[i].is_read, wanted[i]);
        if (wanted[i] && ranges[i].size_bytes)
            assert_memory_equal(buffers[i], (const uint8_t *)(uintptr_t)ranges[i].address, EACH);
    }
    assert_int_equal(memory_read_ranges(bench->memory, ranges, 0), 0);
}

// A child writes its own bytes; when it has ended, reading fails and nothing else happens.
static void another_process(void **state)
{
    const struct bench *bench = *state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (!child) {
        memcpy(bench->pages, "of the child", 13);
        if (write(ready[1], "x", 1) == 1)
            pause();
        _exit(0);
    }
    char byte, got[13];
    struct memory *memory;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_null(memory_open_process(child, &memory));
    assert_null(memory_read(memory, address_of(bench->pages), got, sizeof(got)));
    assert_string_equal(got, "of the child");
    assert_memory_not_equal(bench->pages, "of the child", 13);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    must_fail(memory_read(memory, address_of(bench->pages), got, sizeof(got)), "not all");
    memory_close(memory);
    must_fail(memory_open_process(child, &memory), "there is none");
    assert_null(memory);
    close(ready[0]);
    close(ready[1]);
}

// A filter of system calls, as of a container, refuses process_vm_readv: /proc/PID/mem does it.
static bool refuse_readv(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int read_without_readv(const struct bench *bench)
{
    struct memory *memory;
    static uint8_t got[4][4096];
    uint64_t start = address_of(bench->pages);
    struct memory_range ranges[] = {{start + 1, got[0], 4096, false},
                                    {start + HOLE * bench->page_bytes - 1, got[1], 2, false},
                                    {UINT64_MAX - 7, got[2], 8, false},
                                    {start, got[3], 16, false}};
    struct iovec none = {NULL, 0};
    if (!refuse_readv() || process_vm_readv(getpid(), &none, 1, &none, 1, 0) != -1 || errno != ENOSYS)
        return 77;
    if (memory_open_process(getpid(), &memory) || memory_read_ranges(memory, ranges, 4) != 2)
        return 1;
    memory_close(memory);
    return !ranges[0].is_read || ranges[1].is_read || ranges[2].is_read || !ranges[3].is_read ||
           memcmp(got[0], bench->pages + 1, 4096) || memcmp(got[3], bench->pages, 16);
}

static void without_process_vm_readv(void **state)
{
    pid_t child = fork();
    if (!child)
        _exit(read_without_readv(*state));
    int status;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void no_such_process(void **state)
{
    (void)state;
    struct memory *memory;
    must_fail(memory_open_process(0, &memory), "there is none");
    must_fail(memory_open_process(-1, &memory), "there is none");
    must_fail(memory_open_process(0x7ffffff0, &memory), "there is none");
    memory_close(NULL);
}

// Root may read everybody; else process 1 is another user's.
static void no_right(void **state)
{
    (void)state;
    if (is_emulated())
        skip_because("an emulator has no process_vm_readv");
    struct memory *memory;
    pid_t child = fork();
    if (!child) {
        if (!getuid() && setuid(65534))
            _exit(77);
        struct error *error = memory_open_process(1, &memory);
        _exit(error && strstr(error->message, "no right") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_ranges_are_read),  cmocka_unit_test(a_hole_fails_the_range_that_touches_it),
        cmocka_unit_test(impossible_ranges_fail), cmocka_unit_test(ranges_fail_alone),
        cmocka_unit_test(another_process),        cmocka_unit_test(without_process_vm_readv),
        cmocka_unit_test(no_such_process),        cmocka_unit_test(no_right),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
