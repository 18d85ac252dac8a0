#include "cli/give_up.h"

#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Documentation/userspace-api/landlock.rst of the kernel; the headers of older systems lack the later part.
enum { CREATE_RULESET_VERSION = 1 };

#define ACCESS_EXECUTE (UINT64_C(1) << 0)
#define ACCESS_WRITE_FILE (UINT64_C(1) << 1)
#define ACCESS_REMOVE_AND_MAKE (UINT64_C(0x1ff) << 4) // remove_dir, remove_file, make_char … make_sym
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)           // from version 3 on
#define ACCESS_NET (UINT64_C(3))                      // bind_tcp, connect_tcp: from version 4 on

struct ruleset {
    uint64_t handled_files, handled_net;
};

void give_up_all_but_reading(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return;
#if defined SYS_landlock_create_ruleset && defined SYS_landlock_restrict_self && !defined __SANITIZE_ADDRESS__
    // Under a sanitizer its reports start a program for the names of functions.
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (version < 1)
        return;
    struct ruleset ruleset = {.handled_files = ACCESS_EXECUTE | ACCESS_WRITE_FILE | ACCESS_REMOVE_AND_MAKE};
    if (version >= 3)
        ruleset.handled_files |= ACCESS_TRUNCATE;
    if (version >= 4)
        ruleset.handled_net = ACCESS_NET;
    // No path is excepted: what is handled is forbidden everywhere.
    const size_t size_bytes = version >= 4 ? sizeof(ruleset) : sizeof(ruleset.handled_files);
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size_bytes, 0);
    if (rules < 0)
        return;
    (void)syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
#endif
}
