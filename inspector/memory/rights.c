// SPDX-License-Identifier: MIT
#include "memory/rights.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 4096 };

// Reads the start of a small file; "" where it cannot be read.
static void read_text(char text[FILE_BYTES], const char *path)
{
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(text, 1, FILE_BYTES - 1, file) : 0;
    text[got] = '\0';
    if (file)
        fclose(file);
}

static void read_process_text(char text[FILE_BYTES], pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    read_text(text, path);
}

// What stands behind "\nname:" in a status file; "" where there is no such line.
static const char *status_value(const char *status, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = status; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length) && line[length] == ':')
            return line + length + 1;
    }
    return "";
}

static uint64_t status_capabilities(const char *status, const char *name)
{
    return strtoull(status_value(status, name), NULL, 16);
}

// Whether `ancestor` is above `pid`; as many steps as processes can nest in practice.
static bool descends_from(pid_t pid, pid_t ancestor)
{
    for (int step = 0; step < 256 && pid > 1; step++) {
        char status[FILE_BYTES];
        if (pid == ancestor)
            return true;
        read_process_text(status, pid, "status");
        pid = (pid_t)strtol(status_value(status, "PPid"), NULL, 10);
    }
    return false;
}

// The link to the namespace tells, but only to those who may look into the process; the map of user ids anybody may
// read, and it is another one in another namespace (user_namespaces(7)).
static bool is_in_other_namespace(pid_t pid)
{
    char path[64], ours[FILE_BYTES], theirs[FILE_BYTES];
    struct stat our_link, their_link;
    snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
    if (stat("/proc/self/ns/user", &our_link) == 0 && stat(path, &their_link) == 0)
        return our_link.st_ino != their_link.st_ino || our_link.st_dev != their_link.st_dev;
    read_text(ours, "/proc/self/uid_map");
    read_process_text(theirs, pid, "uid_map");
    return *theirs && strcmp(ours, theirs) != 0;
}

// The first namespace maps all ids to themselves (user_namespaces(7)).
static bool are_we_contained(void)
{
    char map[FILE_BYTES];
    unsigned long inside, outside, count;
    read_text(map, "/proc/self/uid_map");
    // A namespace whose map is not yet written has an empty one.
    return sscanf(map, "%lu %lu %lu", &inside, &outside, &count) != 3 || inside || outside ||
           count != UINT32_MAX;
}

static int yama_scope(void)
{
    char text[FILE_BYTES];
    read_text(text, "/proc/sys/kernel/yama/ptrace_scope");
    return *text >= '0' && *text <= '9' ? atoi(text) : -1;
}

static void read_ids(const char *value, uint32_t ids[3])
{
    char *end = (char *)value;
    for (int i = 0; i < 3; i++)
        ids[i] = (uint32_t)strtoul(end, &end, 10);
}

struct error *rights_read_facts(pid_t pid, struct rights_facts *facts)
{
    char ours[FILE_BYTES], theirs[FILE_BYTES], path[64];
    struct stat shown;
    *facts = (struct rights_facts){.our_uid = getuid(), .our_gid = getgid(), .yama_scope = yama_scope()};
    read_text(ours, "/proc/self/status");
    read_process_text(theirs, pid, "status");
    if (!*theirs)
        return error_create(ERROR_NOT_FOUND, "process %d: there is none", (int)pid);
    read_ids(status_value(theirs, "Uid"), facts->uids);
    read_ids(status_value(theirs, "Gid"), facts->gids);
    facts->our_capabilities = status_capabilities(ours, "CapPrm");
    facts->capabilities = status_capabilities(theirs, "CapPrm");
    facts->we_may_trace = status_capabilities(ours, "CapEff") >> CAP_SYS_PTRACE & 1;
    facts->tracer = (pid_t)strtol(status_value(theirs, "TracerPid"), NULL, 10);
    // Files of an undumpable process belong to root (proc(5)); of root's own it does not show.
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    facts->is_undumpable = stat(path, &shown) == 0 && shown.st_uid != facts->uids[1];
    facts->in_other_namespace = is_in_other_namespace(pid);
    facts->we_are_contained = are_we_contained();
    facts->is_descendant = descends_from(pid, getpid());
    return NULL;
}

static bool is_same_user(const struct rights_facts *facts)
{
    for (int i = 0; i < 3; i++) {
        if (facts->uids[i] != facts->our_uid || facts->gids[i] != facts->our_gid)
            return false;
    }
    return true;
}

enum rights_rule rights_judge(const struct rights_facts *facts, bool is_for_stopping)
{
    // The capability counts in namespaces at or below ours. In another one, seen from a container, it may be above.
    bool may_trace = facts->we_may_trace && !(facts->in_other_namespace && facts->we_are_contained);
    bool is_namespace_at_fault = facts->we_may_trace && !may_trace;
    if (is_for_stopping && facts->tracer)
        return RIGHTS_TRACED;
    if (!may_trace) {
        if (!is_same_user(facts))
            return is_namespace_at_fault ? RIGHTS_NAMESPACE : RIGHTS_USER;
        if (facts->is_undumpable)
            return is_namespace_at_fault ? RIGHTS_NAMESPACE : RIGHTS_DUMPABLE;
        if (facts->in_other_namespace)
            return RIGHTS_NAMESPACE;
        if (facts->capabilities & ~facts->our_capabilities)
            return RIGHTS_CAPABILITIES;
    }
    bool yama_says_no = facts->yama_scope >= 3 || (facts->yama_scope == 2 && !may_trace) ||
                        (facts->yama_scope == 1 && !may_trace && !facts->is_descendant);
    return yama_says_no ? RIGHTS_YAMA : RIGHTS_NOTHING;
}

// Whose the process is, and whose we are, with the first of its ids that is not ours.
static struct error *another_user(const struct rights_facts *facts, const char *what, pid_t pid)
{
    static const char *const which[] = {"real", "effective", "saved"};
    const char *way = facts->our_uid
                          ? "run strata as that user or with sudo"
                          : "this root has no CAP_SYS_PTRACE (in a container: --cap-add SYS_PTRACE)";
    for (int i = 0; i < 3; i++) {
        if (facts->uids[i] != facts->our_uid)
            return error_create(ERROR_SYSTEM, "process %d: no right to %s: its %s user is %u, ours is %u; %s",
                                (int)pid, what, which[i], facts->uids[i], facts->our_uid, way);
    }
    for (int i = 0; i < 3; i++) {
        if (facts->gids[i] != facts->our_gid)
            return error_create(ERROR_SYSTEM,
                                "process %d: no right to %s: its %s group is %u, ours is %u; %s", (int)pid,
                                what, which[i], facts->gids[i], facts->our_gid,
                                facts->our_uid ? "run strata with that group (sg) or with sudo" : way);
    }
    return NULL;
}

static struct error *yama(const struct rights_facts *facts, const char *what, pid_t pid)
{
    static const char *const ways[] = {
        "only a program's parents may; run strata with sudo, give it the right once (setcap "
        "cap_sys_ptrace+ep "
        "on strata), or set it to 0",
        "only with CAP_SYS_PTRACE; run strata with sudo, or give it the right once (setcap cap_sys_ptrace+ep "
        "on "
        "strata)",
        "nobody may until the next boot; let the program leave a core and read that"};
    int scope = facts->yama_scope < 3 ? facts->yama_scope : 3;
    return error_create(ERROR_SYSTEM, "process %d: no right to %s: kernel.yama.ptrace_scope is %d: %s",
                        (int)pid, what, facts->yama_scope, ways[scope - 1]);
}

// What else can say no here, from what we know of ourselves.
static struct error *something_else(const char *what, pid_t pid)
{
    char status[FILE_BYTES], module[FILE_BYTES];
    read_text(status, "/proc/self/status");
    read_text(module, "/proc/self/attr/current");
    module[strcspn(module, "\n")] = '\0';
    if (atoi(status_value(status, "Seccomp")) == 2)
        return error_create(
            ERROR_SYSTEM,
            "process %d: no right to %s: a filter of system calls (seccomp) is on strata; in a "
            "container: --cap-add SYS_PTRACE, or run strata outside",
            (int)pid, what);
    if (*module && strcmp(module, "unconfined") != 0)
        return error_create(
            ERROR_SYSTEM,
            "process %d: no right to %s: users, capabilities and ptrace_scope would allow it, so a "
            "security module does not; strata runs as '%.100s'",
            (int)pid, what, module);
    return error_create(
        ERROR_SYSTEM,
        "process %d: no right to %s, though users, capabilities and ptrace_scope would allow it: "
        "it may be undumpable, or a security module says no; try sudo",
        (int)pid, what);
}

struct error *rights_denied(pid_t pid, bool is_for_stopping)
{
    struct rights_facts facts;
    const char *what = is_for_stopping ? "stop it" : "read its memory";
    RETURN_IF_ERROR(rights_read_facts(pid, &facts));
    switch (rights_judge(&facts, is_for_stopping)) {
    case RIGHTS_TRACED: {
        char name[FILE_BYTES];
        read_process_text(name, facts.tracer, "comm");
        name[strcspn(name, "\n")] = '\0';
        return error_create(
            ERROR_SYSTEM,
            "process %d: it cannot be stopped: process %d (%.32s) holds it; it can be read without "
            "stopping",
            (int)pid, (int)facts.tracer, *name ? name : "?");
    }
    case RIGHTS_USER:
        return another_user(&facts, what, pid);
    case RIGHTS_DUMPABLE:
        return error_create(ERROR_SYSTEM,
                            "process %d: no right to %s: it is not dumpable (setuid, file capabilities or "
                            "PR_SET_DUMPABLE), so its own user may not; run strata with sudo",
                            (int)pid, what);
    case RIGHTS_CAPABILITIES:
        return error_create(
            ERROR_SYSTEM,
            "process %d: no right to %s: it has capabilities that strata has not (0x%llx); run "
            "strata with sudo, or give it the right once (setcap cap_sys_ptrace+ep on strata)",
            (int)pid, what, (unsigned long long)(facts.capabilities & ~facts.our_capabilities));
    case RIGHTS_NAMESPACE:
        return error_create(
            ERROR_SYSTEM,
            "process %d: no right to %s: it lives in another user namespace, where we (user %u here) "
            "have no rights; run strata there, or as root outside of all containers",
            (int)pid, what, facts.our_uid);
    case RIGHTS_YAMA:
        return yama(&facts, what, pid);
    case RIGHTS_NOTHING:
        break;
    }
    return something_else(what, pid);
}
