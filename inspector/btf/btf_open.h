// SPDX-License-Identifier: MIT
// Finds the BTF of a file, and its base.
#ifndef STRATA_BTF_OPEN_H
#define STRATA_BTF_OPEN_H

#include "btf/btf.h"

struct btf_options {
    const char *base_path; // what a split BTF continues; NULL: found where it can be
};

// Opens the BTF of `path` ("-": standard input, which must be a file): the section .BTF of an ELF file (a kernel, a module, a BPF program), or a file that
// is a BTF and nothing else (/sys/kernel/btf/vmlinux). The base of a split one is, in this order:
//
//     options->base_path
//     the file vmlinux in the same folder, where the file is no ELF file (/sys/kernel/btf)
//     the running kernel, where the module was built for that release (.modinfo: vermagic)
//     its own .BTF.base alone: types of the kernel have sizes then, and no members
//
// A base at hand takes the place of .BTF.base. `options` may be NULL. The BTF is the caller's: btf_close.
// Errors: those of the system, a directory, not ELF and no BTF; ERROR_NO_DEBUG for an ELF file without .BTF;
// ERROR_NOT_FOUND without a base; those of btf_part_read. Not thread-safe (libelf).
MUST_USE struct error *btf_open(const char *path, const struct btf_options *options, struct btf **btf);

// Whether the file is a BTF and nothing else, by its first bytes; "-" is standard input.
bool btf_path_is_raw(const char *path);

#endif
