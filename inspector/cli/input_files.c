// SPDX-License-Identifier: MIT
#include "cli/input_files.h"

#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "object/object.h"

#include <stdio.h>

struct error *input_files_open(struct input_files *files, const char *const *paths, size_t count,
                               const struct common_options *libraries, int *status)
{
    *files = (struct input_files){0};
    const struct type_source_options sources =
        libraries ? input_source_options(libraries) : (struct type_source_options){0};
    const struct object_options objects = {
        .debug_folders = sources.debug_folders, .fetch = sources.fetch, .progress = sources.progress};
    RETURN_IF_ERROR(file_set_expand(paths, count, libraries ? &objects : NULL, &files->set));
    if (libraries && !files->set.cores_count)
        return error_create(ERROR_USAGE, "--libraries is about cores, and none of the files is one");
    *status = say_missing(&files->set.problems, *status);
    return NULL;
}

int input_files_refuse(struct input_files *files, size_t number, struct error *error, int status)
{
    if (file_set_passes_over(&files->set.files.data[number], error)) {
        files->passed_over++;
        error_free(error);
        return status;
    }
    files->refused++;
    return say_error(error);
}

// The one folder that was named; NULL: there were several.
static const char *only_folder(const struct file_set *set)
{
    return set->folders_count == 1 ? set->folder : NULL;
}

// How many programs and objects there are in folders.
static size_t found_count(const struct file_set *set)
{
    size_t found = 0;
    vec_foreach (const struct file_set_file *, file, &set->files)
        found += file->folder != NULL;
    return found;
}

int input_files_end(const struct input_files *files, int status)
{
    const struct file_set *set = &files->set;
    const char *folder = only_folder(set);
    const size_t found = found_count(set);
    char text[256];
    if (files->passed_over + files->refused == set->files.length && !files->refused && set->folders_count) {
        snprintf(text, sizeof(text),
                 "nothing with debug information: %zu program%s or object%s without, %zu other file%s", found,
                 found == 1 ? "" : "s", found == 1 ? "" : "s", set->others, set->others == 1 ? "" : "s");
        if (!found && !set->others)
            snprintf(text, sizeof(text), "no file in it");
        return say_error(folder ? error_create(ERROR_NO_DEBUG, "%s: %s", folder, text)
                                : error_create(ERROR_NO_DEBUG, "the folders: %s", text));
    }
    if (files->passed_over) {
        snprintf(text, sizeof(text), "%zu of %zu programs and objects in %.150s ha%s no debug information",
                 files->passed_over, found, folder ? folder : "the folders",
                 files->passed_over == 1 ? "s" : "ve");
        say_note(text);
    }
    return status;
}

void input_files_close(struct input_files *files)
{
    file_set_free(&files->set);
}
