// SPDX-License-Identifier: MIT
#include "cli/source_root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The folder as the shell names it, with links in it: compilers write that one.
static const char *folder_of_shell(const char *here)
{
    const char *name = getenv("PWD");
    struct stat a, b;
    const bool is_same = name && name[0] == '/' && !stat(name, &a) && !stat(here, &b) &&
                         a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return is_same ? name : here;
}

static char *cleaned(const char *folder, const char *path)
{
    struct output output = {0};
    (void)source_path(&output, folder, path, NULL);
    output_char(&output, '\0');
    if (!output.out_of_memory)
        return output.data;
    output_free(&output);
    return NULL;
}

struct error *source_root_open(const char *folder, struct source_root *root)
{
    *root = (struct source_root){0};
    if (!folder)
        return NULL;
    struct stat status;
    const bool is_there = !stat(folder, &status);
    if (!*folder || (!is_there && folder[0] != '/'))
        return error_system(*folder ? errno : ENOENT, "--source-root %s", folder);
    if (is_there && !S_ISDIR(status.st_mode))
        return error_system(ENOTDIR, "--source-root %s", folder);
    char *here = getcwd(NULL, 0), *real = is_there ? realpath(folder, NULL) : NULL;
    if (!here)
        return error_system(errno, "the folder that this runs in");
    root->here = here;
    root->paths[0] = cleaned(folder_of_shell(here), folder);
    root->paths[1] = real;
    if (root->paths[0])
        return NULL;
    source_root_free(root);
    return &error_out_of_memory;
}

void source_root_free(struct source_root *root)
{
    free((char *)root->paths[0]);
    free((char *)root->paths[1]);
    free((char *)root->here);
    *root = (struct source_root){0};
}
