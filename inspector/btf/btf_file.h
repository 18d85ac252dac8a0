// SPDX-License-Identifier: MIT
// One file that holds BTF: mapped when it is an ELF file or comes from the kernel, read when it is a BTF itself.
#ifndef STRATA_BTF_FILE_H
#define STRATA_BTF_FILE_H

#include "btf/btf_part.h"
#include "object/image.h"

struct btf_file {
    char *path;
    struct image *image; // of an ELF file
    uint8_t *data;       // of one that is a BTF; and of sections that were compressed
    uint8_t *base_data;
    void *mapping; // of the kernel's own
    size_t mapping_bytes;
    struct btf_input own;  // .BTF
    struct btf_input base; // .BTF.base; without bytes when there is none
};

// As btf_open; the file is freed by btf_file_close in any case.
MUST_USE struct error *btf_file_open(const char *path, struct btf_file *file);
void btf_file_close(struct btf_file *file);

// Whether the module says that it was built for the running kernel's release.
bool btf_file_is_of_running_kernel(const struct btf_file *file);

// Whether the path names a file that the running kernel made of its own types.
bool btf_path_is_kernel(const char *path);

// EM_* of the running kernel's machine; 0 for one that is not known.
uint16_t btf_running_machine(void);

// Puts the running kernel's build-id into the BTF, where it tells one.
void btf_running_build_id(struct btf *btf);

extern const char btf_running_kernel[]; // "/sys/kernel/btf/vmlinux"

#endif
