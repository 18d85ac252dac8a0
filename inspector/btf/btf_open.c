// SPDX-License-Identifier: MIT
#include "btf/btf_open.h"

#include "btf/btf_distilled.h"
#include "btf/btf_file.h"
#include "btf/btf_sizes.h"
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct btf_files {
    struct btf_file own, base; // base.path is NULL when there is none
};

void btf_close(struct btf *btf)
{
    if (!btf)
        return;
    for (size_t i = 0; i < BTF_PARTS_MOST; i++)
        btf_part_free(&btf->parts[i]);
    if (btf->files) {
        btf_file_close(&btf->files->own);
        btf_file_close(&btf->files->base);
    }
    free(btf->files);
    free(btf->sizes_bytes);
    free(btf->path);
    free(btf);
}

static void close_at(struct btf **pointer)
{
    btf_close(*pointer);
}

// "vmlinux" beside the file; the caller's to free.
static char *beside(const char *path)
{
    char *copy = strdup(path), *result = NULL;
    if (copy && asprintf(&result, "%s/vmlinux", dirname(copy)) < 0)
        result = NULL;
    free(copy);
    return result;
}

// Opens the base of a split BTF where there is one; `is_found` tells. A base that was named must be there.
static struct error *base_open(const struct btf_options *options, struct btf_files *files, bool *is_found)
{
    *is_found = true;
    if (options && options->base_path)
        return btf_file_open(options->base_path, &files->base);
    if (!files->own.image) {
        char *path = beside(files->own.path);
        struct error *error = NULL;
        if (path && access(path, F_OK) == 0)
            error = btf_file_open(path, &files->base);
        else
            *is_found = false;
        free(path);
        return error;
    }
    *is_found = btf_file_is_of_running_kernel(&files->own) && access(btf_running_kernel, R_OK) == 0;
    return *is_found ? btf_file_open(btf_running_kernel, &files->base) : NULL;
}

// Parts of a file with .BTF.base: that one, or the base that takes its place.
static struct error *read_distilled(const struct btf_options *options, struct btf *btf)
{
    struct btf_part *distilled = &btf->parts[0], *own = &btf->parts[1], base = {0};
    bool is_found;
    RETURN_IF_ERROR(btf_part_read(&btf->files->own.base, NULL, distilled));
    distilled->is_distilled = true;
    RETURN_IF_ERROR(btf_part_read(&btf->files->own.own, distilled, own));
    btf->parts_count = 2;
    RETURN_IF_ERROR(base_open(options, btf->files, &is_found));
    if (!is_found)
        return NULL;
    struct error *error = btf_part_read(&btf->files->base.own, NULL, &base);
    if (!error)
        error = btf_distilled_relocate(distilled, &base, own);
    if (error) {
        btf_part_free(&base);
        return error;
    }
    btf_part_free(distilled);
    *distilled = base;
    return NULL;
}

static struct error *read_split(const struct btf_options *options, struct btf *btf)
{
    bool is_found;
    RETURN_IF_ERROR(base_open(options, btf->files, &is_found));
    if (!is_found)
        return error_create(ERROR_NOT_FOUND,
                            "%s: %s is split: it continues the BTF of a kernel, which --base must name",
                            btf->path, btf->files->own.own.section);
    RETURN_IF_ERROR(btf_part_read(&btf->files->base.own, NULL, &btf->parts[0]));
    RETURN_IF_ERROR(btf_part_read(&btf->files->own.own, &btf->parts[0], &btf->parts[1]));
    btf->parts_count = 2;
    return NULL;
}

static struct error *read_parts(const struct btf_options *options, struct btf *btf)
{
    if (btf->files->own.base.section)
        return read_distilled(options, btf);
    if (btf_is_split(&btf->files->own.own))
        return read_split(options, btf);
    btf->parts_count = 1;
    return btf_part_read(&btf->files->own.own, NULL, &btf->parts[0]);
}

static bool host_is_big_endian(void)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static struct error *open_parts(const char *path, const struct btf_options *options, struct btf *btf)
{
    btf->path = strdup(path);
    btf->files = calloc(1, sizeof(*btf->files));
    if (!btf->path || !btf->files)
        return &error_out_of_memory;
    RETURN_IF_ERROR(btf_file_open(path, &btf->files->own));
    RETURN_IF_ERROR(read_parts(options, btf));
    const struct btf_part *own = btf_own_part(btf);
    const struct image *image = btf->files->own.image;
    btf->end_id = own->first_id + own->count;
    btf->big_endian = host_is_big_endian() != own->is_foreign;
    btf->address_bytes = btf_long_bytes(btf);
    if (image) {
        btf->machine = image->machine;
        if (!btf->address_bytes)
            btf->address_bytes = image->address_bits / 8;
        btf->build_id_size_bytes = image->build_id_size_bytes;
        memcpy(btf->build_id, image->build_id, image->build_id_size_bytes);
    } else if (btf_path_is_kernel(path)) {
        btf->machine = btf_running_machine();
        if (btf->parts_count == 1) // a module's is not the kernel's
            btf_running_build_id(btf);
    }
    return btf_sizes_compute(btf);
}

struct error *btf_open(const char *path, const struct btf_options *options, struct btf **out)
{
    CLEANUP(close_at) struct btf *btf = calloc(1, sizeof(*btf));
    *out = NULL;
    if (!btf)
        return &error_out_of_memory;
    RETURN_IF_ERROR(open_parts(path, options, btf));
    *out = btf;
    btf = NULL;
    return NULL;
}
