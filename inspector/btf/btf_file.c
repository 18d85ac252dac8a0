// SPDX-License-Identifier: MIT
#include "btf/btf_file.h"

#include "btf/btf_open.h"
#include "object/archive.h"
#include "object/core_notes.h"
#include "object/inflate.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

const char btf_running_kernel[] = "/sys/kernel/btf/vmlinux";

static const uint64_t FILE_BYTES_MOST = UINT64_C(1) << 30;

static void close_descriptor_at(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

// Reads from the start until the buffer is full or the file ends.
static struct error *read_whole(int descriptor, const char *path, uint8_t *data, size_t size_bytes,
                                size_t *got_bytes)
{
    *got_bytes = 0;
    while (*got_bytes < size_bytes) {
        const ssize_t count =
            pread(descriptor, data + *got_bytes, size_bytes - *got_bytes, (off_t)*got_bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_system(errno, "%s", path);
        if (count == 0)
            break;
        *got_bytes += (size_t)count;
    }
    return NULL;
}

// What the kernel tells of itself cannot change, and newer kernels (6.16) let it be mapped, which saves the copy.
static bool kernel_map(struct btf_file *file, int descriptor, uint64_t size_bytes)
{
    if (!size_bytes || !btf_path_is_kernel(file->path))
        return false;
    void *mapping = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED)
        return false;
    file->mapping = mapping;
    file->mapping_bytes = size_bytes;
    file->own = (struct btf_input){file->path, "BTF", {mapping, size_bytes}};
    return true;
}

// Read, not mapped: a copy cannot change any more.
static struct error *raw_read(struct btf_file *file, int descriptor, uint64_t size_bytes)
{
    if (kernel_map(file, descriptor, size_bytes))
        return NULL;
    if (size_bytes > FILE_BYTES_MOST)
        return error_create(ERROR_UNSUPPORTED, "%s: a BTF of more than 1 GiB", file->path);
    file->data = malloc(size_bytes + 1);
    if (!file->data)
        return &error_out_of_memory;
    size_t got_bytes;
    RETURN_IF_ERROR(read_whole(descriptor, file->path, file->data, size_bytes, &got_bytes));
    file->own = (struct btf_input){file->path, "BTF", {file->data, got_bytes}};
    return NULL;
}

static struct error *section_load(const struct btf_file *file, const char *name, uint8_t **copy,
                                  struct btf_input *input)
{
    const struct image *image = file->image;
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        if (strcmp(section->name, name) != 0 || section->type == SHT_NOBITS || section->size_bytes == 0)
            continue;
        if (section->truncated)
            return error_create(ERROR_BAD_FORMAT,
                                "%s: %s: truncated: 0x%" PRIx64 " bytes at 0x%" PRIx64
                                " reach behind the end of the file at 0x%zx",
                                file->path, name, section->size_bytes, section->offset,
                                image->file.size_bytes);
        *input = (struct btf_input){file->path, name, section->bytes};
        if (!(section->flags & SHF_COMPRESSED))
            return NULL;
        struct inflate_job job = {.name = name};
        RETURN_IF_ERROR(error_prefix(
            inflate_plan_make(section->bytes, true, image->address_bits, image->big_endian, &job.plan),
            "%s: %s", file->path, name));
        if (job.plan.size_bytes > FILE_BYTES_MOST)
            return error_create(ERROR_UNSUPPORTED, "%s: %s: more than 1 GiB", file->path, name);
        job.target = *copy = malloc(job.plan.size_bytes + 1);
        if (!*copy)
            return &error_out_of_memory;
        input->bytes = (struct bytes){*copy, job.plan.size_bytes};
        return error_prefix(inflate_run(&job, 1, 1), "%s", file->path);
    }
    return NULL;
}

static struct error *elf_read(struct btf_file *file)
{
    RETURN_IF_ERROR(image_open_input(file->path, NULL, &file->image));
    RETURN_IF_ERROR(section_load(file, ".BTF", &file->data, &file->own));
    if (!file->own.section)
        return error_create(ERROR_NO_DEBUG, "%s: no BTF: it has no section .BTF", file->path);
    return section_load(file, ".BTF.base", &file->base_data, &file->base);
}

// Standard input is "-"; it stays open.
static int open_descriptor(const char *path)
{
    if (!strcmp(path, "-"))
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    // Without O_NONBLOCK a FIFO would hang the opening, and a device might act on it.
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

bool btf_path_is_raw(const char *path)
{
    CLEANUP(close_descriptor_at) int descriptor = open_descriptor(path);
    struct stat status;
    uint8_t start[sizeof(uint16_t)];
    return descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
           pread(descriptor, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
           btf_has_magic((struct bytes){start, sizeof(start)});
}

struct error *btf_file_open(const char *path, struct btf_file *file)
{
    *file = (struct btf_file){.path = strdup(path)};
    if (!file->path)
        return &error_out_of_memory;
    if (archive_names_member(path))
        return elf_read(file);
    CLEANUP(close_descriptor_at) int descriptor = open_descriptor(path);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return error_system(errno, "%s", path);
    if (S_ISDIR(status.st_mode))
        return error_create(ERROR_USAGE, "%s: is a directory", path);
    if (!S_ISREG(status.st_mode))
        return error_create(ERROR_USAGE, "%s: not a regular file", path);
    uint8_t start[EI_NIDENT];
    size_t start_bytes;
    RETURN_IF_ERROR(read_whole(descriptor, path, start, sizeof(start), &start_bytes));
    if (!btf_has_magic((struct bytes){start, start_bytes}))
        return elf_read(file);
    return raw_read(file, descriptor, (uint64_t)status.st_size);
}

void btf_file_close(struct btf_file *file)
{
    image_close(file->image);
    if (file->mapping)
        munmap(file->mapping, file->mapping_bytes);
    free(file->data);
    free(file->base_data);
    free(file->path);
    *file = (struct btf_file){0};
}

// ---- the running kernel ---------------------------------------------------------------------------------

static void notes_find_build_id(struct bytes notes, struct btf *btf)
{
    struct byte_reader reader = byte_reader_over(notes, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    struct object_note note;
    while (object_note_next(&reader, &note))
        if (object_note_is(&note, NT_GNU_BUILD_ID, ELF_NOTE_GNU) &&
            note.text.size_bytes <= sizeof(btf->build_id)) {
            memcpy(btf->build_id, note.text.data, note.text.size_bytes);
            btf->build_id_size_bytes = note.text.size_bytes;
        }
}

void btf_running_build_id(struct btf *btf)
{
    static const char path[] = "/sys/kernel/notes";
    CLEANUP(close_descriptor_at) int descriptor = open_descriptor(path);
    uint8_t notes[4096];
    size_t size_bytes = 0;
    if (descriptor >= 0)
        error_free(read_whole(descriptor, path, notes, sizeof(notes), &size_bytes));
    notes_find_build_id((struct bytes){notes, size_bytes}, btf);
}

// .modinfo holds texts "key=value" with a NUL each; vermagic begins with the release.
bool btf_file_is_of_running_kernel(const struct btf_file *file)
{
    static const char key[] = "vermagic=";
    const struct image_section *section = file->image ? image_find_section(file->image, ".modinfo") : NULL;
    struct utsname system;
    if (!section || uname(&system) != 0 || file->image->machine != btf_running_machine())
        return false;
    const size_t length = strlen(system.release);
    struct byte_reader reader = byte_reader_over(section->bytes, false);
    while (byte_reader_left(&reader) > 0 && !reader.failed) {
        const char *text = byte_reader_text(&reader);
        if (strncmp(text, key, sizeof(key) - 1) != 0)
            continue;
        const char *release = text + sizeof(key) - 1;
        return strncmp(release, system.release, length) == 0 &&
               (release[length] == ' ' || release[length] == '\0');
    }
    return false;
}

bool btf_path_is_kernel(const char *path)
{
    static const char folder[] = "/sys/kernel/btf/";
    char *real = realpath(path, NULL);
    struct statfs system;
    const bool is_kernel = real && strncmp(real, folder, sizeof(folder) - 1) == 0 &&
                           statfs(real, &system) == 0 && system.f_type == SYSFS_MAGIC;
    free(real);
    return is_kernel;
}

uint16_t btf_running_machine(void)
{
    // What uname -m says, by the kernel's arch/*/Makefile.
    static const struct {
        const char *name;
        uint16_t machine;
    } machines[] = {
        {"x86_64", EM_X86_64},   {"aarch64", EM_AARCH64},
        {"riscv64", EM_RISCV},   {"ppc64le", EM_PPC64},
        {"ppc64", EM_PPC64},     {"s390x", EM_S390},
        {"i686", EM_386},        {"i586", EM_386},
        {"armv7l", EM_ARM},      {"armv6l", EM_ARM},
        {"riscv32", EM_RISCV},   {"mips64", EM_MIPS},
        {"mips", EM_MIPS},       {"loongarch64", EM_LOONGARCH},
        {"ppc", EM_PPC},         {"sparc64", EM_SPARCV9},
        {"parisc64", EM_PARISC}, {"parisc", EM_PARISC},
    };
    struct utsname system;
    for (size_t i = 0; uname(&system) == 0 && i < ARRAY_LENGTH(machines); i++)
        if (!strcmp(system.machine, machines[i].name))
            return machines[i].machine;
    return 0;
}
