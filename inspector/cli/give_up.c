// SPDX-License-Identifier: MIT
#include "cli/give_up.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_prepared;
// It owns the text until the end. Volatile, as nothing reads it in builds with sanitizers: they would report a leak.
static const char *volatile always_kept;

void give_up_prepare(const char *folder)
{
    is_prepared = true;
    always_kept = folder;
}

// Documentation/userspace-api/landlock.rst of the kernel; the headers of older systems lack the later part.
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define ACCESS_EXECUTE (UINT64_C(1) << 0)
#define ACCESS_WRITE_FILE (UINT64_C(1) << 1)
#define ACCESS_REMOVE_FILE (UINT64_C(1) << 5)
#define ACCESS_MAKE_REGULAR (UINT64_C(1) << 8)
#define ACCESS_REMOVE_AND_MAKE (UINT64_C(0x1ff) << 4) // remove_dir, remove_file, make_char … make_sym
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)           // from version 3 on
#define ACCESS_NET (UINT64_C(3))                      // bind_tcp, connect_tcp: from version 4 on

struct ruleset {
    uint64_t handled_files, handled_net;
};

struct rule_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

// Under a sanitizer its reports start a program for the names of functions.
#if defined __SANITIZE_ADDRESS__
enum { HAS_SANITIZER = true };
#elif defined __has_feature
#if __has_feature(address_sanitizer)
enum { HAS_SANITIZER = true };
#else
enum { HAS_SANITIZER = false };
#endif
#else
enum { HAS_SANITIZER = false };
#endif

#if defined SYS_landlock_create_ruleset && defined SYS_landlock_add_rule && defined SYS_landlock_restrict_self
static struct ruleset ruleset_of(long version, bool has_network)
{
    struct ruleset ruleset = {.handled_files = ACCESS_EXECUTE | ACCESS_WRITE_FILE | ACCESS_REMOVE_AND_MAKE};
    if (version >= 3)
        ruleset.handled_files |= ACCESS_TRUNCATE;
    if (version >= 4 && !has_network)
        ruleset.handled_net = ACCESS_NET;
    return ruleset;
}

static bool keep(int rules, const struct ruleset *ruleset, const struct kept_folder *kept)
{
    struct rule_beneath rule = {.allowed = ACCESS_REMOVE_FILE | ACCESS_MAKE_REGULAR};
    if (kept->writes)
        rule.allowed |= ACCESS_WRITE_FILE | (ruleset->handled_files & ACCESS_TRUNCATE);
    rule.folder = open(kept->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.folder < 0)
        return false;
    const bool is_kept = !syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0);
    close(rule.folder);
    return is_kept;
}

static void restrict_files(const struct kept_folder *kept, bool has_network)
{
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (version < 1)
        return;
    // No path is excepted but those kept: what is handled is forbidden everywhere else.
    const struct ruleset ruleset = ruleset_of(version, has_network);
    const size_t size_bytes = version >= 4 ? sizeof(ruleset) : sizeof(ruleset.handled_files);
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size_bytes, 0);
    if (rules < 0)
        return;
    char *const path = (char *)(uintptr_t)always_kept;
    bool are_kept = !path || keep(rules, &ruleset, &(struct kept_folder){.path = path, .writes = true});
    for (; kept && kept->path; kept++)
        are_kept &= keep(rules, &ruleset, kept);
    if (are_kept)
        (void)syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}
#else
static void restrict_files(const struct kept_folder *kept, bool has_network)
{
    (void)kept;
    (void)has_network;
}
#endif

static void give_up(const struct kept_folder *kept, bool has_network)
{
    if (is_prepared && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !HAS_SANITIZER)
        restrict_files(kept, has_network);
}

void give_up_all_but(const struct kept_folder *kept)
{
    give_up(kept, false);
}

void give_up_all_but_network(const struct kept_folder *kept)
{
    give_up(kept, true);
}
