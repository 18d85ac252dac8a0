// SPDX-License-Identifier: MIT
#include "lab/lab_go.h"

#include "lab/lab_go_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, SETTINGS_MOST = 6 };

// --- Leaving nothing behind ---

static const int ending_signals[] = {SIGTERM, SIGINT, SIGHUP};

// What a signal's handler needs, which can be handed nothing.
static struct {
    char folder[LAB_GO_PATH_BYTES];
    volatile pid_t child; // the tool that runs; 0: none
} ending;

// True when the folder is gone. Only what a handler may call.
static bool remove_folder(void)
{
    int status = -1;
    pid_t remover = fork();
    if (!remover) {
        execl("/bin/rm", "rm", "-rf", "--", ending.folder, (char *)NULL);
        _exit(127);
    }
    while (remover > 0 && waitpid(remover, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

// Ends the tool and what it has started, which may still write, then removes the folder, then ends as the signal
// does: the handler was reset. Only what a handler may call.
static void on_ending(int signal_number)
{
    enum { TRIES = 5 }; // a process that was killed may end a write after rm has looked
    if (ending.child > 0)
        kill(-ending.child, SIGKILL);
    for (int i = 0; i < TRIES && !remove_folder(); i++)
        continue;
    raise(signal_number);
}

static sigset_t ending_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(ending_signals); i++)
        sigaddset(&set, ending_signals[i]);
    return set;
}

static void ending_arm(const char *folder)
{
    snprintf(ending.folder, sizeof(ending.folder), "%s", folder);
    struct sigaction action = {.sa_handler = on_ending, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < ARRAY_LENGTH(ending_signals); i++) {
        struct sigaction before;
        sigaction(ending_signals[i], NULL, &before);
        if (before.sa_handler != SIG_IGN) // nohup
            sigaction(ending_signals[i], &action, NULL);
    }
}

static void ending_disarm(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(ending_signals); i++) {
        struct sigaction before;
        sigaction(ending_signals[i], NULL, &before);
        if (before.sa_handler == on_ending)
            signal(ending_signals[i], SIG_DFL);
    }
}

// --- Building ---

static struct error *write_file(const char *folder, const struct embedded_file *file)
{
    char path[LAB_GO_PATH_BYTES + 64];
    snprintf(path, sizeof(path), "%s/%s", folder, file->name);
    FILE *to = fopen(path, "w");
    if (!to)
        return error_system(errno, "%s", path);
    bool written = fwrite(file->data, 1, file->size_bytes, to) == file->size_bytes;
    if (fclose(to) || !written)
        return error_system(errno, "%s", path);
    return NULL;
}

// The newest of /usr/lib/go-*/bin/go; NULL: none. The caller frees it.
static char *installed_tool(void)
{
    glob_t found;
    char *best = NULL;
    if (!glob("/usr/lib/go-*/bin/go", 0, NULL, &found))
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (!best || strverscmp(best, found.gl_pathv[i]) < 0)
                best = found.gl_pathv[i];
    best = best ? strdup(best) : NULL;
    globfree(&found);
    return best;
}

// Our environment with these settings instead of what it has of the same names; the caller frees the array.
static const char **environment_with(const char *const *settings)
{
    size_t count = 0, length = 0;
    while (environ[count])
        count++;
    const char **made = calloc(count + SETTINGS_MOST + 1, sizeof(*made));
    for (size_t i = 0; made && i < count; i++) {
        bool is_set = false;
        for (const char *const *s = settings; *s; s++)
            is_set |= !strncmp(*s, environ[i], (size_t)(strchr(*s, '=') - *s) + 1);
        if (!is_set)
            made[length++] = environ[i];
    }
    for (const char *const *s = settings; made && *s; s++)
        made[length++] = *s;
    return made;
}

// What `arguments[0]` writes goes to *text, cut at size_bytes; its exit status to *status.
static struct error *run_tool(char *const *arguments, const char *const *environment, bool with_errors,
                              char *text, size_t size_bytes, int *status)
{
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC))
        return error_system(errno, "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (with_errors)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    // In a group of its own, so that all of it can be ended; and known before a signal comes.
    sigset_t endings = ending_set(), before;
    pthread_sigmask(SIG_BLOCK, &endings, &before);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setsigmask(&how, &before);
    int failed =
        posix_spawnp(&child, arguments[0], &actions, &how, arguments, (char *const *)(uintptr_t)environment);
    if (!failed)
        ending.child = child;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return error_system(failed, "%s", arguments[0]);
    }
    size_t length = 0;
    char rest[LINE_BYTES];
    for (;;) {
        bool has_room = length + 1 < size_bytes;
        ssize_t got = has_room ? read(ends[0], text + length, size_bytes - 1 - length)
                               : read(ends[0], rest, sizeof(rest));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += has_room ? (size_t)got : 0;
    }
    text[length] = '\0';
    close(ends[0]);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        continue;
    ending.child = 0;
    return NULL;
}

static struct error *build_with(struct lab_go *go, const char *tool)
{
    char cache[LAB_GO_PATH_BYTES + 16], text[4096];
    snprintf(cache, sizeof(cache), "GOCACHE=%s/cache", go->folder);
    const char *settings[SETTINGS_MOST] = {"GOTOOLCHAIN=local",
                                           "GOFLAGS=-mod=mod",
                                           "GOPROXY=off",
                                           "CGO_ENABLED=0",
                                           getenv("HOME") ? NULL : cache,
                                           NULL};
    const char **environment = environment_with(settings);
    if (!environment)
        return &error_out_of_memory;
    // go build has a -C of its own only since 1.20.
    const char *in_folder[] = {"env", "-C", go->folder, tool, "build", "-o", go->program, ".", NULL};
    int status = 0;
    struct error *error =
        run_tool((char *const *)(uintptr_t)in_folder, environment, true, text, sizeof(text), &status);
    free(environment);
    if (!error && status) {
        text[strcspn(text, "\n")] = '\0';
        error = error_create(ERROR_SYSTEM, "%s build failed: %s", tool, text);
    }
    return error;
}

struct error *lab_go_build(struct lab_go *go, const char *tool)
{
    *go = (struct lab_go){0};
    const char *place = getenv("TMPDIR");
    char folder[LAB_GO_PATH_BYTES];
    int length = snprintf(folder, sizeof(folder), "%s/strata-lab-XXXXXX", place && *place ? place : "/tmp");
    if ((size_t)length >= sizeof(folder))
        return error_create(ERROR_USAGE, "TMPDIR is longer than %d bytes", LAB_GO_PATH_BYTES - 20);
    // A signal between the two would leave the folder behind.
    sigset_t endings = ending_set(), before;
    pthread_sigmask(SIG_BLOCK, &endings, &before);
    const bool is_made = mkdtemp(folder) != NULL;
    const int why = errno;
    if (is_made)
        ending_arm(folder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!is_made)
        return error_system(why, "%s", folder);
    memcpy(go->folder, folder, sizeof(folder));
    snprintf(go->program, sizeof(go->program), "%s/lab", go->folder);
    for (const struct embedded_file *file = lab_go_files; file->name; file++)
        RETURN_IF_ERROR(write_file(go->folder, file));
    if (tool)
        return build_with(go, tool);
    struct error *error = build_with(go, "go");
    char *installed = error ? installed_tool() : NULL;
    if (!installed)
        return error;
    error_free(error);
    error = build_with(go, installed);
    free(installed);
    return error;
}

void lab_go_end(struct lab_go *go)
{
    if (!go->folder[0])
        return;
    // Go's cache may be in there, with files that are read-only: rm knows how.
    char text[LINE_BYTES];
    int status;
    const char *arguments[] = {"rm", "-rf", "--", go->folder, NULL};
    error_free(run_tool((char *const *)(uintptr_t)arguments, (const char *const *)environ, false, text,
                        sizeof(text), &status));
    ending_disarm();
    *go = (struct lab_go){0};
}

// --- Running ---

// "note TEXT", "version TEXT", "holds REASON", "refuted REASON", "partly REASON"
static void read_line(char *line, struct lab_notebook *notebook, const char **version, bool *is_known)
{
    char *rest = strchr(line, ' ');
    if (!rest)
        return;
    *rest++ = '\0';
    if (!strcmp(line, "note")) {
        lab_note(notebook, "%s", rest);
    } else if (!strcmp(line, "version")) {
        *version = arena_copy_text(&notebook->arena, rest, strlen(rest));
        notebook->out_of_memory |= !*version;
    }
    for (int verdict = LAB_HOLDS; verdict <= LAB_PARTLY; verdict++) {
        if (strcmp(line, lab_verdict_word((enum lab_verdict)verdict)) != 0)
            continue;
        lab_conclude(notebook, (enum lab_verdict)verdict, "%s", rest);
        *is_known = true;
    }
}

struct error *lab_go_run(const struct lab_go *go, const char *name, struct lab_notebook *notebook,
                         const char **version, bool *is_known)
{
    char text[16 * LINE_BYTES];
    int status = 0;
    const char *arguments[] = {go->program, name, NULL};
    *version = NULL;
    *is_known = false;
    RETURN_IF_ERROR(run_tool((char *const *)(uintptr_t)arguments, (const char *const *)environ, false, text,
                             sizeof(text), &status));
    if (status)
        return error_create(ERROR_SYSTEM, "experiment %s on real Go ended with status %d", name,
                            WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    char *place = NULL;
    for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place))
        read_line(line, notebook, version, is_known);
    return NULL;
}
