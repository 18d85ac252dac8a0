// SPDX-License-Identifier: MIT
#include "object/debug_server.h"

#include "base/late_library.h"

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

// What of elfutils/debuginfod.h is used; all of it has been there since the library's first release, 0.178, but for the progress (0.179).
struct client;
typedef int progress_function(struct client *client, long done, long total);

static struct {
    struct client *(*begin)(void);
    void (*end)(struct client *client);
    int (*find)(struct client *client, const unsigned char *build_id, int size_bytes, char **path);
    void (*set_progress)(struct client *client, progress_function *function);
    void (*set_user_data)(struct client *client, void *data);
    void *(*get_user_data)(struct client *client);
} functions;
static const struct late_function wanted[] = {
    {"debuginfod_begin", &functions.begin, false},
    {"debuginfod_end", &functions.end, false},
    {"debuginfod_find_debuginfo", &functions.find, false},
    {"debuginfod_set_progressfn", &functions.set_progress, true},
    {"debuginfod_set_user_data", &functions.set_user_data, true},
    {"debuginfod_get_user_data", &functions.get_user_data, true},
};
static struct late_library libdebuginfod = LATE_LIBRARY(
    "libdebuginfod.so.1", "libdebuginfod1", "fetch the file with \"debuginfod-find debuginfo FILE\"", wanted);

// The callback gets the client alone, which carries a pointer of ours.
static int take_progress(struct client *client, long done, long total)
{
    if (total > 0 && done >= 0)
        progress_update(functions.get_user_data(client), (uint64_t)done, (uint64_t)total);
    return 0;
}

static struct error *fetch_error(int why)
{
    const char *hint =
        why == ENOENT ? "no server of DEBUGINFOD_URLS has it" : "no server of DEBUGINFOD_URLS answers";
    return why == ENOENT ? error_create(ERROR_NOT_FOUND, "%s", hint) : error_system(why, "%s", hint);
}

static struct error *fetch(struct bytes build_id, struct progress_sink *progress, char **path)
{
    struct client *client = functions.begin();
    if (!client)
        return &error_out_of_memory;
    if (progress && functions.set_progress && functions.set_user_data && functions.get_user_data) {
        functions.set_user_data(client, progress);
        functions.set_progress(client, take_progress);
    }
    progress_start(progress, "fetching debug information");
    const int descriptor = functions.find(client, build_id.data, (int)build_id.size_bytes, path);
    progress_stop(progress);
    functions.end(client);
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
    RETURN_IF_ERROR(late_library_load(&libdebuginfod));
    pthread_mutex_lock(&lock);
    struct error *error = fetch(build_id, progress, path);
    pthread_mutex_unlock(&lock);
    return error;
}
