// SPDX-License-Identifier: MIT
// Which rule of the kernel denied it: with real processes of other users, undumpable ones, ones with capabilities; the
// witness is the kernel, which says no to ptrace itself. Yama is not on every kernel, and a test cannot change it: its
// rules are judged on facts made up.
#include "cmocka_all.h"
#include "emulated.h"
#include "memory/freeze.h"
#include "memory/memory.h"
#include "memory/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, SOMEBODY = 4711 };

static bool become(uid_t user)
{
    return !setgroups(0, NULL) && !setresgid(user, user, user) && !setresuid(user, user, user);
}

static bool set_capabilities(uint64_t permitted)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)permitted, .permitted = (uint32_t)permitted},
        {.effective = (uint32_t)(permitted >> 32), .permitted = (uint32_t)(permitted >> 32)}};
    return !syscall(SYS_capset, &header, data);
}

// A process that prepares itself and waits.
static pid_t start(bool (*prepare)(void))
{
    int ready[2];
    char word = '-';
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        word = prepare() ? '+' : '-';
        if (write(ready[1], &word, 1) == 1)
            pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &word, 1), 1);
    close(ready[0]);
    close(ready[1]);
    if (word != '+') {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return 0;
    }
    return child;
}

// Looks at the process after look() made us somebody: the memory is denied with `words`, or may be read where words is
// NULL; and so it is with stopping.
static void must_say(bool (*prepare)(void), bool (*look)(void), const char *words)
{
    if (getuid() != 0)
        skip_because("becoming other users needs root");
    if (is_emulated())
        skip_because("an emulator has no process_vm_readv");
    pid_t subject = start(prepare);
    if (!subject)
        skip_because("this machine lets nobody prepare such a process");
    pid_t child = fork();
    if (!child) {
        struct memory *memory = NULL;
        struct freeze *freeze = NULL;
        if (!look())
            _exit(77);
        struct error *errors[] = {memory_open_process(subject, &memory), freeze_take(subject, &freeze)};
        for (int i = 0; i < 2; i++) {
            const char *text = errors[i] ? errors[i]->message : "allowed";
            bool is_right = words ? strstr(text, words) && !strchr(text, '\n') : !errors[i];
            print_message("%s\n", text);
            if (!is_right)
                _exit(1);
        }
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    kill(subject, SIGKILL);
    waitpid(subject, NULL, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip_because("this machine does not let root become somebody else");
    assert_int_equal(status, 0);
}

static bool as_root(void)
{
    return true;
}

static bool as_nobody(void)
{
    return become(NOBODY);
}

static bool as_somebody(void)
{
    return become(SOMEBODY);
}

static bool as_root_without_right(void)
{
    return set_capabilities(UINT64_C(1) << CAP_CHOWN);
}

static bool as_undumpable_nobody(void)
{
    return become(NOBODY) && !prctl(PR_SET_DUMPABLE, 0);
}

static bool as_able_nobody(void)
{
    return !prctl(PR_SET_KEEPCAPS, 1) && become(NOBODY) &&
           set_capabilities(UINT64_C(1) << CAP_NET_BIND_SERVICE) && !prctl(PR_SET_DUMPABLE, 1);
}

static bool as_half_nobody(void)
{
    return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
           !setresuid(NOBODY, NOBODY, SOMEBODY) && !prctl(PR_SET_DUMPABLE, 1);
}

static bool as_nobody_in_group(void)
{
    return !setgroups(0, NULL) && !setresgid(SOMEBODY, SOMEBODY, SOMEBODY) &&
           !setresuid(NOBODY, NOBODY, NOBODY) && !prctl(PR_SET_DUMPABLE, 1);
}

static bool as_nobody_dumpable(void)
{
    return become(NOBODY) && !prctl(PR_SET_DUMPABLE, 1);
}

// Root of a namespace of its own, which has all rights there and none here.
static bool as_root_of_a_container(void)
{
    return become(SOMEBODY) && !prctl(PR_SET_DUMPABLE, 1) && !unshare(CLONE_NEWUSER);
}

static void who_may(void **state)
{
    (void)state;
    must_say(as_nobody, as_root, NULL);
    must_say(as_undumpable_nobody, as_root, NULL);
    must_say(as_nobody_dumpable, as_nobody, NULL);
}

static void another_user(void **state)
{
    (void)state;
    must_say(as_nobody, as_somebody,
             "its real user is 65534, ours is 4711; run strata as that user or with sudo");
    must_say(as_root, as_nobody, "its real user is 0, ours is 65534");
    must_say(as_half_nobody, as_nobody, "its saved user is 4711, ours is 65534");
    must_say(as_nobody_in_group, as_nobody, "its real group is 4711, ours is 65534");
    must_say(as_nobody, as_root_without_right, "no CAP_SYS_PTRACE");
}

static void not_dumpable(void **state)
{
    (void)state;
    must_say(as_undumpable_nobody, as_nobody, "it is not dumpable");
}

static void more_capabilities(void **state)
{
    (void)state;
    must_say(as_able_nobody, as_nobody, "it has capabilities that strata has not (0x400)");
}

static void from_a_container(void **state)
{
    (void)state;
    must_say(as_nobody_dumpable, as_root_of_a_container, "user namespace");
}

static struct rights_facts same_user(void)
{
    return (struct rights_facts){.our_uid = 1000,
                                 .our_gid = 1000,
                                 .uids = {1000, 1000, 1000},
                                 .gids = {1000, 1000, 1000},
                                 .yama_scope = -1};
}

static void made_up_facts(void **state)
{
    (void)state;
    struct rights_facts facts = same_user();
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NOTHING);
    facts.yama_scope = 0;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NOTHING);
    facts.yama_scope = 1;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_YAMA);
    facts.is_descendant = true;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NOTHING);
    facts.yama_scope = 2;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_YAMA);
    facts.we_may_trace = true;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NOTHING);
    facts.yama_scope = 3;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_YAMA);
    facts.tracer = 17;
    assert_int_equal(rights_judge(&facts, true), RIGHTS_TRACED);
    assert_int_equal(rights_judge(&facts, false), RIGHTS_YAMA);
    facts = same_user();
    facts.uids[2] = 0;
    facts.yama_scope = 3;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_USER); // the kernel asks yama last
    facts.we_may_trace = facts.in_other_namespace = facts.we_are_contained = true;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NAMESPACE);
    facts.we_are_contained = false; // the other one is a container, and we are above it
    facts.yama_scope = 0;
    assert_int_equal(rights_judge(&facts, false), RIGHTS_NOTHING);
}

// What is read of a process is what the process knows of itself.
static void facts_are_read(void **state)
{
    (void)state;
    if (is_emulated())
        skip_because("an emulator has no ptrace");
    struct rights_facts facts;
    uid_t real, effective, saved;
    pid_t child = start(as_root);
    assert_int_not_equal(child, 0);
    assert_null(rights_read_facts(child, &facts));
    getresuid(&real, &effective, &saved);
    assert_int_equal(facts.uids[0], real);
    assert_int_equal(facts.uids[1], effective);
    assert_int_equal(facts.uids[2], saved);
    assert_true(facts.is_descendant);
    assert_false(facts.in_other_namespace);
    assert_int_equal(facts.tracer, 0);
    assert_int_equal(facts.capabilities, facts.our_capabilities);
    assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
    assert_null(rights_read_facts(child, &facts));
    assert_int_equal(facts.tracer, getpid());
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct error *error = rights_read_facts(child, &facts);
    assert_non_null(error);
    error_free(error);
    assert_null(rights_read_facts(1, &facts));
    assert_false(facts.is_descendant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may),          cmocka_unit_test(another_user),
        cmocka_unit_test(not_dumpable),     cmocka_unit_test(more_capabilities),
        cmocka_unit_test(from_a_container), cmocka_unit_test(made_up_facts),
        cmocka_unit_test(facts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
