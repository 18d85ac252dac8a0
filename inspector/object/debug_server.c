// SPDX-License-Identifier: MIT
#include "object/debug_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool debug_server_is_named(void)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    return urls && urls[strspn(urls, " ")];
}

#ifdef STRATA_STATIC
struct error *debug_server_fetch(struct bytes build_id, struct progress_sink *progress, char **path)
{
    (void)build_id;
    (void)progress;
    *path = NULL;
    return error_create(ERROR_UNSUPPORTED,
                        "this strata has no shared libraries and cannot load libdebuginfod: "
                        "\"debuginfod-find debuginfo FILE\" fetches the file");
}
#else
#include <dlfcn.h>

// What of elfutils/debuginfod.h is used; all of it has been there since the library's first release, 0.178, but for the progress (0.179).
struct client;
typedef int progress_function(struct client *client, long done, long total);

struct library {
    void *handle;
    struct client *(*begin)(void);
    void (*end)(struct client *client);
    int (*find)(struct client *client, const unsigned char *build_id, int size_bytes, char **path);
    void (*set_progress)(struct client *client, progress_function *function);
    void (*set_user_data)(struct client *client, void *data);
    void *(*get_user_data)(struct client *client);
};

// POSIX makes the pointers of functions fit; C11 does not.
static bool take_symbol(const struct library *library, const char *name, void *function)
{
    void *symbol = dlsym(library->handle, name);
    memcpy(function, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static struct error *load(struct library *library)
{
    library->handle = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library->handle)
        return error_create(ERROR_UNSUPPORTED,
                            "libdebuginfod.so.1 is not here: install it (Debian: libdebuginfod1)");
    if (!take_symbol(library, "debuginfod_begin", &library->begin) ||
        !take_symbol(library, "debuginfod_end", &library->end) ||
        !take_symbol(library, "debuginfod_find_debuginfo", &library->find))
        return error_create(ERROR_UNSUPPORTED, "libdebuginfod.so.1 is not the library of that name");
    if (!take_symbol(library, "debuginfod_set_progressfn", &library->set_progress) ||
        !take_symbol(library, "debuginfod_set_user_data", &library->set_user_data) ||
        !take_symbol(library, "debuginfod_get_user_data", &library->get_user_data))
        library->set_progress = NULL;
    return NULL;
}

// The callback gets the client alone, which carries a pointer of ours.
static struct library loaded; // stays: curl does not like to be unloaded. Guarded by the lock

static int take_progress(struct client *client, long done, long total)
{
    if (total > 0 && done >= 0)
        progress_update(loaded.get_user_data(client), (uint64_t)done, (uint64_t)total);
    return 0;
}

static struct error *fetch_error(int why)
{
    const char *hint =
        why == ENOENT ? "no server of DEBUGINFOD_URLS has it" : "no server of DEBUGINFOD_URLS answers";
    return why == ENOENT ? error_create(ERROR_NOT_FOUND, "%s", hint) : error_system(why, "%s", hint);
}

static struct error *fetch(const struct library *library, struct bytes build_id,
                           struct progress_sink *progress, char **path)
{
    struct client *client = library->begin();
    if (!client)
        return &error_out_of_memory;
    if (library->set_progress && progress) {
        library->set_user_data(client, progress);
        library->set_progress(client, take_progress);
    }
    progress_start(progress, "fetching debug information");
    const int descriptor = library->find(client, build_id.data, (int)build_id.size_bytes, path);
    progress_stop(progress);
    library->end(client);
    if (descriptor < 0) {
        *path = NULL;
        return fetch_error(-descriptor);
    }
    close(descriptor);
    return NULL;
}

struct error *debug_server_fetch(struct bytes build_id, struct progress_sink *progress, char **path)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    *path = NULL;
    if (!debug_server_is_named())
        return error_create(ERROR_USAGE, "DEBUGINFOD_URLS names no server");
    pthread_mutex_lock(&lock);
    struct error *error = loaded.find ? NULL : load(&loaded);
    if (!error)
        error = fetch(&loaded, build_id, progress, path);
    pthread_mutex_unlock(&lock);
    return error;
}
#endif
