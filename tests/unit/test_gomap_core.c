// SPDX-License-Identifier: MIT
// Cores of Go programs, as the kernel writes them: without constants and types, which are in the executable; cut short;
// with a file that is not the one. What is expected the program said before it ended.
#include "map_looking.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *const programs[] = {"go1.22", "go1.24", "go1.26", "go1.26-pie", "go1.24-stripped"};

static char folder[64], core_path[400];

static bool find_core(void)
{
    DIR *opened = opendir(folder);
    *core_path = '\0';
    for (const struct dirent *entry; opened && (entry = readdir(opened));) {
        if (!strncmp(entry->d_name, "core", 4))
            snprintf(core_path, sizeof(core_path), "%s/%s", folder, entry->d_name);
    }
    if (opened)
        closedir(opened);
    return *core_path;
}

// Runs the program in a folder of its own until it has spoken, and lets it abort. False: it is not here.
static bool leave_core(struct map_subject *subject, const char *name)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit before;
    int here = open(".", O_RDONLY | O_DIRECTORY), errors = dup(2), nowhere = open("/dev/null", O_WRONLY);
    snprintf(folder, sizeof(folder), "gomap-core-%d", (int)getpid());
    getrlimit(RLIMIT_CORE, &before);
    setrlimit(RLIMIT_CORE, &unlimited);
    setenv("GOTRACEBACK", "crash", 1);
    mkdir(folder, 0700);
    assert_int_equal(chdir(folder), 0);
    dup2(nowhere, 2);
    bool is_here = subject_start(subject, name);
    dup2(errors, 2);
    assert_int_equal(fchdir(here), 0);
    setrlimit(RLIMIT_CORE, &before);
    close(here), close(errors), close(nowhere);
    if (!is_here)
        return false;
    kill(subject->pid, SIGABRT);
    waitid(P_PID, (id_t)subject->pid, &(siginfo_t){.si_pid = 0}, WEXITED | WNOWAIT);
    return find_core();
}

static void remove_core(struct map_subject *subject)
{
    if (subject->pid)
        subject_stop(subject);
    if (*core_path)
        remove(core_path);
    rmdir(folder);
}

static bool is_noticed(const struct memory_target *target, const char *words)
{
    for (size_t i = 0; i < target->notices.lines.length; i++) {
        if (strstr(target->notices.lines.data[i], words))
            return true;
    }
    return false;
}

// How many of the filled maps that the program named are found in the core; all of them in *said.
static size_t find_maps(struct looking *looking, size_t *said)
{
    struct found_maps found = {.types = looking->types};
    char path[128], type[128];
    uint64_t count;
    size_t there = 0;
    *said = 0;
    must(go_heap_maps(looking->heap, take_map, &found));
    for (size_t i = 0; said_map(&looking->subject, i, path, type, &count); i++) {
        *said += count != 0;
        there += count && is_among(&found, unnamed(type), count);
    }
    vec_free(&found.list);
    return there;
}

static void look_at_core(struct looking *looking, const char *executable)
{
    const struct target_options options = {.executable = executable};
    must(memory_target_open(core_path, &options, &looking->target));
    look(looking);
}

static void forget(struct looking *looking)
{
    const struct map_subject subject = looking->subject;
    close_looking(looking);
    memset(looking, 0, sizeof(*looking));
    looking->subject = subject;
}

static void kernel_cores(void **state)
{
    (void)state;
    size_t looked_at = 0;
    for (size_t p = 0; p < sizeof(programs) / sizeof(*programs); p++) {
        struct looking looking = {0};
        size_t said;
        if (!leave_core(&looking.subject, programs[p])) {
            print_message("%s left no core here\n", programs[p]);
            remove_core(&looking.subject);
            continue;
        }
        looked_at++;
        // The file is found by what the core says.
        look_at_core(&looking, NULL);
        char *real = realpath(looking.subject.path, NULL);
        assert_string_equal(looking.target->executable, real);
        free(real);
        assert_int_equal(looking.target->notices.lines.length, 0);
        size_t there = find_maps(&looking, &said);
        print_message("%s: %d of %d maps, bias 0x%llx\n", programs[p], (int)there, (int)said,
                      (unsigned long long)looking.target->bias);
        assert_int_equal(there, said);
        assert_true(said > 40);
        forget(&looking);
        // Or named: the same one, and one that it is not.
        look_at_core(&looking, looking.subject.path);
        there = find_maps(&looking, &said);
        assert_int_equal(there, said);
        forget(&looking);
        const struct target_options another = {.executable = "/proc/self/exe"},
                                    none = {.executable = "no-such-file"};
        must_fail(memory_target_open(core_path, &another, &looking.target), "it is not what");
        must_fail(memory_target_open(core_path, &none, &looking.target), "no-such-file");
        must_fail(memory_target_open(looking.subject.path, NULL, &looking.target), "no core");
        remove_core(&looking.subject);
    }
    if (!looked_at)
        skip_because("no Go program with maps, or the kernel writes no cores here (core_pattern, ulimit -c)");
}

// The program's file is gone; then it is named, from another place.
static void a_program_that_is_gone(void **state)
{
    (void)state;
    struct looking looking = {0};
    char copy[600], moved[600];
    snprintf(copy, sizeof(copy), "%s/maps/copy-%d", FIXTURES_BINARY, (int)getpid());
    snprintf(moved, sizeof(moved), "%s/maps/moved-%d", FIXTURES_BINARY, (int)getpid());
    char command[1400];
    snprintf(command, sizeof(command), "cp '%s/maps/go1.24' '%s' 2>/dev/null", FIXTURES_BINARY, copy);
    if (system(command) != 0)
        skip_because("no Go program with maps was built");
    if (!leave_core(&looking.subject, strrchr(copy, '/') + 1)) {
        remove(copy);
        remove_core(&looking.subject);
        skip_because("the kernel writes no cores here");
    }
    assert_int_equal(rename(copy, moved), 0);
    must(memory_target_open(core_path, NULL, &looking.target));
    assert_null(looking.target->executable);
    assert_string_equal(looking.target->executable_name, copy);
    assert_true(is_noticed(looking.target, "--exe"));
    must_fail(go_runtime_open(looking.target, NULL, &looking.runtime), "--exe");
    forget(&looking);
    size_t said;
    look_at_core(&looking, moved);
    size_t there = find_maps(&looking, &said);
    assert_int_equal(there, said);
    forget(&looking);
    remove(moved);
    remove_core(&looking.subject);
}

// Cut to a share of its bytes: what is left is read, what is missing is said. A shorter one may show more than a longer
// one: where the list of spans is cut off, too, all of the memory is looked through, which is not bound to whole spans.
static void cut_short(void **state)
{
    (void)state;
    static const unsigned percents[] = {99, 90, 50, 20, 5, 2, 1, 0};
    struct looking looking = {0};
    struct stat whole;
    size_t said = 0;
    if (!leave_core(&looking.subject, "go1.24")) {
        remove_core(&looking.subject);
        skip_because("no Go program with maps, or the kernel writes no cores here");
    }
    assert_int_equal(stat(core_path, &whole), 0);
    for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
        assert_int_equal(truncate(core_path, whole.st_size / 100 * percents[i]), 0);
        struct error *error = memory_target_open(core_path, NULL, &looking.target);
        if (error) { // not even its headers are left
            assert_true(percents[i] <= 1);
            must_fail(error, core_path);
            continue;
        }
        assert_true(is_noticed(looking.target, "cut short"));
        error = go_runtime_open(looking.target, NULL, &looking.runtime);
        if (error) {
            print_message("%u %%: %s\n", percents[i], error->message);
            must_fail(error, core_path);
        } else {
            must(go_types_open(looking.runtime, &looking.types));
            must(go_heap_open(looking.runtime, looking.types, &looking.heap));
            size_t there = find_maps(&looking, &said);
            print_message("%u %%: %d of %d maps; %s\n", percents[i], (int)there, (int)said,
                          looking.target->notices.lines.data[0]);
            assert_true(there <= said);
            assert_true(i || there > said / 2); // of all but a hundredth
        }
        forget(&looking);
    }
    assert_true(said > 40);
    remove_core(&looking.subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_cores),
        cmocka_unit_test(a_program_that_is_gone),
        cmocka_unit_test(cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
