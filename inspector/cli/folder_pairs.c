// SPDX-License-Identifier: MIT
#include "cli/folder_pairs.h"

#include "cli/screen.h"
#include "object/bundle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) && !bundle_is(path);
}

// "old-build/" and "/" end with their slash, "old-build" does not.
static const char *path_below(const struct file_set_file *file)
{
    const char *path = file->path + strspn(file->path, "/");
    size_t length = strlen(file->folder);
    while (length && file->folder[length - 1] == '/')
        length--;
    path = length ? file->path + length : path;
    return path + strspn(path, "/");
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(path_below(left), path_below(right));
}

static struct error *expand(const char *folder, struct file_set *set, int *status)
{
    RETURN_IF_ERROR(file_set_expand(&folder, 1, NULL, set));
    *status = say_missing(&set->problems, *status);
    if (set->files.length)
        qsort(set->files.data, set->files.length, sizeof(*set->files.data), compare_paths);
    return NULL;
}

struct error *folder_pairs_read(const char *old_folder, const char *new_folder, struct folder_pairs *pairs,
                                int *status)
{
    RETURN_IF_ERROR(expand(old_folder, &pairs->old_set, status));
    RETURN_IF_ERROR(expand(new_folder, &pairs->new_set, status));
    for (size_t o = 0, n = 0; o < pairs->old_set.files.length || n < pairs->new_set.files.length;) {
        const struct file_set_file *old_file =
            o < pairs->old_set.files.length ? &pairs->old_set.files.data[o] : NULL;
        const struct file_set_file *new_file =
            n < pairs->new_set.files.length ? &pairs->new_set.files.data[n] : NULL;
        const int order = !old_file ? 1 : !new_file ? -1 : compare_paths(old_file, new_file);
        const struct folder_pair pair = {.path = path_below(order <= 0 ? old_file : new_file),
                                         .old_path = order <= 0 ? old_file->path : NULL,
                                         .new_path = order >= 0 ? new_file->path : NULL};
        if (!vec_push(&pairs->pairs, pair))
            return &error_out_of_memory;
        o += order <= 0;
        n += order >= 0;
    }
    return NULL;
}

void folder_pairs_free(struct folder_pairs *pairs)
{
    vec_free(&pairs->pairs);
    file_set_free(&pairs->old_set);
    file_set_free(&pairs->new_set);
}
