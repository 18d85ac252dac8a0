// SPDX-License-Identifier: MIT
#include "object/image.h"

#include "base/vec.h"
#include "object/archive.h"
#include "object/bundle.h"
#include "object/container.h"
#include "object/not_elf.h"
#include "object/packed.h"
#include "object/stream.h"
#include "object/universal.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_descriptor_at(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static void elf_end_at(Elf **elf)
{
    elf_end(*elf);
}

// A process may have some 65 000 mappings (vm.max_map_count), and an archive or a program with .dwo files can have as many members.
// Small files are read into pages of memory, which the system joins with their neighbours to one mapping.
// What strata itself keeps in memory (a member, an unpacked file) has no name and is given back sooner so.
enum { READ_MOST_BYTES = 1 << 14, READ_MOST_NAMELESS_BYTES = 1 << 20 };

static struct error *image_read(struct image *image, int descriptor, uint64_t size_bytes)
{
    uint8_t *to = image->mapping;
    for (uint64_t done = 0; done < size_bytes;) {
        const ssize_t got = pread(descriptor, to + done, size_bytes - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(errno, "%s: read", image->path);
        if (got == 0)
            return error_create(ERROR_BAD_FORMAT, "%s: became shorter while it was read", image->path);
        done += (uint64_t)got;
    }
    // The same flags and rights as the sections' buffers, or the system would not join them. Refused: nothing is lost but that.
    (void)mprotect(image->mapping, image->mapping_bytes, PROT_READ);
    image->file = (struct bytes){to, size_bytes};
    return NULL;
}

// Reserves the file's pages and the guard page as zeros, then lays the file over all but the guard.
static struct error *image_map(struct image *image, int descriptor, const struct stat *status)
{
    const uint64_t size_bytes = (uint64_t)status->st_size;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapping_bytes;
    if (__builtin_add_overflow(size_bytes, 2 * page, &mapping_bytes))
        return error_create(ERROR_UNSUPPORTED, "%s: larger than the address space", image->path);
    mapping_bytes &= ~(page - 1);
    const bool is_small = size_bytes <= (status->st_nlink ? READ_MOST_BYTES : READ_MOST_NAMELESS_BYTES);
    void *mapping = mmap(NULL, mapping_bytes, is_small ? PROT_READ | PROT_WRITE : PROT_READ,
                         MAP_PRIVATE | MAP_ANONYMOUS | (is_small ? 0 : MAP_NORESERVE), -1, 0);
    if (mapping == MAP_FAILED)
        return error_system(errno, "%s: cannot reserve memory", image->path);
    image->mapping = mapping;
    image->mapping_bytes = mapping_bytes;
    if (is_small)
        return image_read(image, descriptor, size_bytes);
    if (mmap(mapping, size_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0) == MAP_FAILED)
        return error_system(errno, "%s: cannot be mapped", image->path);
    image->file = (struct bytes){mapping, size_bytes};
    image->is_mapped = true;
    return NULL;
}

// Standard input is "-"; it stays open.
static int image_open_descriptor(const struct image *image, bool is_input)
{
    if (is_input && strcmp(image->path, "-") == 0)
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    // Without O_NONBLOCK a FIFO would hang the opening, and a device might act on it.
    return open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

// How an image is opened.
struct image_wish {
    struct file_wish file;
    bool is_input, is_bare;
};

static struct error *image_enter_bundle(struct image *image)
{
    const char *inner;
    RETURN_IF_ERROR(bundle_file(image->path, &image->arena, &inner));
    char *path = inner ? strdup(inner) : NULL;
    if (inner && !path)
        return &error_out_of_memory;
    if (path) {
        free(image->path);
        image->path = path;
    }
    return NULL;
}

// A member of an archive where the path is of that form and names no file.
static struct error *image_open_named(struct image *image, const struct image_wish *wish, int *descriptor)
{
    const char *archive, *member;
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    if (wish->is_input && archive_split(image->path, &arena, &archive, &member))
        return archive_open_member(image->path, archive, &wish->file, member, descriptor);
    RETURN_IF_ERROR(wish->is_input ? image_enter_bundle(image) : NULL);
    *descriptor = image_open_descriptor(image, wish->is_input);
    return *descriptor < 0 ? error_system(errno, "%s", image->path) : NULL;
}

// Maps what the descriptor holds; it may be closed behind this.
static struct error *image_take(struct image *image, int descriptor, const struct image_wish *wish)
{
    const bool is_input = wish->is_input;
    CLEANUP(close_descriptor_at) int kept = -1;
    CLEANUP(close_descriptor_at) int unpacked = -1;
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return error_system(errno, "%s", image->path);
    if (S_ISDIR(status.st_mode))
        return error_create(ERROR_USAGE, "%s: is a directory", image->path);
    if (is_input && S_ISCHR(status.st_mode) && isatty(descriptor))
        return error_create(ERROR_USAGE, "%s: is a terminal", image->path);
    int source = descriptor;
    if (is_input && S_ISFIFO(status.st_mode)) {
        RETURN_IF_ERROR(stream_keep(descriptor, image->path, &kept));
        if (fstat(kept, &status) != 0)
            return error_system(errno, "%s", image->path);
        source = kept;
    }
    if (!S_ISREG(status.st_mode))
        return error_create(ERROR_USAGE, "%s: not a regular file", image->path);
    if (status.st_size <= 0)
        return error_create(ERROR_BAD_FORMAT, "%s: empty file", image->path);
    RETURN_IF_ERROR(is_input ? packed_unpack(source, image->path, wish->file.any_expansion, &unpacked)
                             : NULL);
    if (unpacked >= 0) {
        if (fstat(unpacked, &status) != 0)
            return error_system(errno, "%s", image->path);
        if (status.st_size <= 0)
            return error_create(ERROR_BAD_FORMAT, "%s: empty when unpacked", image->path);
        source = unpacked;
    }
    image->device = status.st_dev;
    image->inode = status.st_ino;
    return image_map(image, source, &status);
}

static struct error *image_open_file(struct image *image, const struct image_wish *wish)
{
    CLEANUP(close_descriptor_at) int descriptor = -1;
    RETURN_IF_ERROR(image_open_named(image, wish, &descriptor));
    return image_take(image, descriptor, wish);
}

// Copies the build-id out of the notes in `size_bytes` at `offset` of the file (.note.gnu.build-id, a
// kernel's .notes, PT_NOTE).
static void image_read_notes(struct image *image, Elf *elf, uint64_t offset, uint64_t size_bytes,
                             uint64_t align_bytes)
{
    if (image->build_id_size_bytes || !bytes_hold(image->file, offset, size_bytes))
        return;
    // The last note's padding may be left out (GNU ld 2.44, an id of 21 bytes), without which libelf refuses
    // that note.
    uint64_t whole_bytes = size_bytes + (-size_bytes & (align_bytes == 8 ? 7 : 3));
    if (bytes_hold(image->file, offset, whole_bytes))
        size_bytes = whole_bytes;
    Elf_Data *data =
        elf_getdata_rawchunk(elf, (int64_t)offset, size_bytes, align_bytes == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    if (!data || !data->d_buf)
        return;
    struct bytes notes = {data->d_buf, data->d_size};
    GElf_Nhdr note;
    size_t name, description;
    for (size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &description)) != 0;) {
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
            bytes_hold(notes, name, note.n_namesz) &&
            memcmp(notes.data + name, ELF_NOTE_GNU, note.n_namesz) == 0 && note.n_descsz > 0 &&
            note.n_descsz <= sizeof(image->build_id) && bytes_hold(notes, description, note.n_descsz)) {
            memcpy(image->build_id, notes.data + description, note.n_descsz);
            image->build_id_size_bytes = note.n_descsz;
            return;
        }
    }
}

static void image_read_build_id(struct image *image, Elf *elf)
{
    uint64_t budget_bytes = image->file.size_bytes; // against one large note section under a million headers
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        Elf_Scn *scn = elf_getscn(elf, i);
        GElf_Shdr header;
        if (section->type != SHT_NOTE || section->bytes.size_bytes > budget_bytes)
            continue;
        budget_bytes -= section->bytes.size_bytes;
        if (scn && gelf_getshdr(scn, &header))
            image_read_notes(image, elf, section->offset, section->size_bytes, header.sh_addralign);
    }
    size_t count = 0;
    if (image->build_id_size_bytes || elf_getphdrnum(elf, &count) != 0)
        return;
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header))
            return;
        if (header.p_type != PT_NOTE || header.p_filesz > budget_bytes)
            continue;
        budget_bytes -= header.p_filesz;
        image_read_notes(image, elf, header.p_offset, header.p_filesz, header.p_align);
    }
}

static struct image_section section_of_header(const struct image *image, const GElf_Shdr *header)
{
    struct image_section section = {.name = "",
                                    .type = header->sh_type,
                                    .link = header->sh_link,
                                    .info = header->sh_info,
                                    .flags = header->sh_flags,
                                    .address = header->sh_addr,
                                    .offset = header->sh_offset,
                                    .size_bytes = header->sh_size,
                                    .bytes = {image->file.data, 0}};
    if (header->sh_type == SHT_NOBITS || header->sh_type == SHT_NULL)
        return section;
    section.truncated = !bytes_hold(image->file, header->sh_offset, header->sh_size);
    if (!section.truncated)
        section.bytes = (struct bytes){image->file.data + header->sh_offset, header->sh_size};
    return section;
}

static struct error *image_read_sections(struct image *image, Elf *elf, const GElf_Ehdr *header)
{
    if (header->e_shoff == 0)
        return NULL;
    // libelf reads a table of sections that lies outside the file as no sections at all: tell the cut file
    // from the stripped one.
    size_t count = 0, names = 0;
    if (elf_getshdrnum(elf, &count) != 0 || count == 0 ||
        !bytes_hold(image->file, header->e_shoff, (uint64_t)count * header->e_shentsize))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: truncated: the section headers at 0x%" PRIx64
                            " are not within its 0x%zx bytes",
                            image->path, header->e_shoff, image->file.size_bytes);
    image->sections = calloc(count, sizeof(*image->sections));
    if (!image->sections)
        return &error_out_of_memory;
    image->sections_count = count;
    VEC(uint32_t) name_offsets = {0};
    if (!vec_reserve(&name_offsets, count))
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        Elf_Scn *scn = elf_getscn(elf, i);
        GElf_Shdr section;
        if (!scn || !gelf_getshdr(scn, &section)) {
            vec_free(&name_offsets);
            return error_create(ERROR_BAD_FORMAT, "%s: section header %zu is unreadable: %s", image->path, i,
                                elf_errmsg(-1));
        }
        image->sections[i] = section_of_header(image, &section);
        if (section.sh_type == SHT_SYMTAB_SHNDX && !image->extended_indexes)
            image->extended_indexes = (uint32_t)i;
        name_offsets.data[i] = section.sh_name;
    }
    if (elf_getshdrstrndx(elf, &names) == 0 && names < count && names != SHN_UNDEF)
        for (size_t i = 0; i < count; i++) {
            const char *name = bytes_text_at(image->sections[names].bytes, name_offsets.data[i]);
            if (name)
                image->sections[i].name = name;
        }
    vec_free(&name_offsets);
    return NULL;
}

// libelf keeps its last error and the version that it was asked for in places of its own.
static pthread_mutex_t libelf_lock = PTHREAD_MUTEX_INITIALIZER;

static struct error *image_read_elf_alone(struct image *image, bool is_bare)
{
    if (elf_version(EV_CURRENT) == EV_NONE)
        return error_create(ERROR_SYSTEM, "libelf is too old for this program");
    // libelf takes the memory as writable but only reads it: it was not asked to update.
    errno = 0;
    CLEANUP(elf_end_at) Elf *elf = elf_memory((char *)image->mapping, image->file.size_bytes);
    if (!elf && errno == ENOMEM)
        return &error_out_of_memory;
    GElf_Ehdr header;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return error_create(ERROR_BAD_FORMAT, "%s: truncated or damaged ELF header", image->path);
    image->machine = header.e_machine;
    image->type = header.e_type;
    image->address_bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    image->big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
    if (is_bare)
        return NULL;
    RETURN_IF_ERROR(image_read_sections(image, elf, &header));
    image_read_build_id(image, elf);
    return NULL;
}

static struct error *image_read_elf(struct image *image, bool is_bare)
{
    pthread_mutex_lock(&libelf_lock);
    struct error *error = image_read_elf_alone(image, is_bare);
    pthread_mutex_unlock(&libelf_lock);
    return error;
}

static struct error *image_read_headers(struct image *image, const struct image_wish *wish)
{
    if (image->file.size_bytes >= SELFMAG && memcmp(image->file.data, ELFMAG, SELFMAG) == 0)
        return image_read_elf(image, wish->is_bare);
    if (universal_is(image->file) && !wish->is_bare) {
        const struct universal_wish universal = {image->path, image->file, wish->file.slice};
        RETURN_IF_ERROR(universal_choose(&universal, &image->arena, &image->file, &image->note));
    }
    if (archive_is(image->file))
        return error_create(ERROR_NO_DEBUG, "%s: an archive, not a program: \"%s(NAME.o)\" names a member",
                            image->path, image->path);
    image->container = wish->is_bare ? NULL : container_of_start(image->file);
    if (!image->container)
        return not_elf_error(image->path, image->file);
    RETURN_IF_ERROR(image->container->read(image));
    if (wish->file.slice && image->slice && !universal_names_match(wish->file.slice, image->slice))
        return error_create(ERROR_USAGE, "%s: is for %s, and holds nothing for %s", image->path, image->slice,
                            wish->file.slice);
    return image->arena.has_failed ? &error_out_of_memory : NULL;
}

static struct error *image_create(const char *path, struct image **out)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return &error_out_of_memory;
    arena_init(&(*out)->arena);
    (*out)->path = strdup(path);
    return (*out)->path ? NULL : &error_out_of_memory;
}

static struct error *image_open_as(const char *path, const struct image_wish *wish, struct image **out)
{
    *out = NULL;
    CLEANUP(image_close_at) struct image *image = NULL;
    RETURN_IF_ERROR(image_create(path, &image));
    RETURN_IF_ERROR(image_open_file(image, wish));
    RETURN_IF_ERROR(image_read_headers(image, wish));
    *out = image;
    image = NULL;
    return NULL;
}

static const struct file_wish wish_nothing;

struct error *image_open_at(const char *path, int descriptor, const struct file_wish *file,
                            struct image **out)
{
    const struct image_wish wish = {.file = file ? *file : wish_nothing, .is_input = true};
    *out = NULL;
    CLEANUP(image_close_at) struct image *image = NULL;
    RETURN_IF_ERROR(image_create(path, &image));
    RETURN_IF_ERROR(image_take(image, descriptor, &wish));
    RETURN_IF_ERROR(image_read_headers(image, &wish));
    *out = image;
    image = NULL;
    return NULL;
}

struct error *image_open(const char *path, struct image **image)
{
    return image_open_slice(path, NULL, image);
}

struct error *image_open_slice(const char *path, const char *slice, struct image **image)
{
    const struct image_wish wish = {.file.slice = slice};
    return image_open_as(path, &wish, image);
}

struct error *image_open_bare(const char *path, struct image **image)
{
    const struct image_wish wish = {.is_bare = true};
    return image_open_as(path, &wish, image);
}

struct error *image_open_input(const char *path, const struct file_wish *file, struct image **image)
{
    const struct image_wish wish = {.file = file ? *file : wish_nothing, .is_input = true};
    return image_open_as(path, &wish, image);
}

void image_close(struct image *image)
{
    if (!image)
        return;
    if (image->mapping)
        munmap(image->mapping, image->mapping_bytes);
    free(image->sections);
    free(image->path);
    arena_free(&image->arena);
    free(image);
}

void image_close_at(struct image **pointer)
{
    image_close(*pointer);
}

const struct image_section *image_find_section(const struct image *image, const char *name)
{
    for (size_t i = 0; i < image->sections_count; i++)
        if (image->sections[i].bytes.size_bytes && strcmp(image->sections[i].name, name) == 0)
            return &image->sections[i];
    return NULL;
}

size_t image_symbol_size_bytes(const struct image *image)
{
    return image->address_bits == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

// The section index of a symbol whose own 16 bits do not hold it (gABI, SHN_XINDEX): word `index` of the
// table's companion.
static uint32_t image_extended_index(const struct image *image, uint32_t table, uint64_t index)
{
    const struct image_section *section = &image->sections[image->extended_indexes];
    if (image->extended_indexes == 0 || section->link != table)
        return SHN_UNDEF;
    struct byte_reader reader = byte_reader_over(section->bytes, image->big_endian);
    byte_reader_seek(&reader, index * sizeof(uint32_t));
    return byte_reader_u32(&reader);
}

bool image_symbol(const struct image *image, uint32_t table, uint64_t index, struct image_symbol *symbol)
{
    size_t entry_bytes = image_symbol_size_bytes(image);
    if (table >= image->sections_count || index >= image->sections[table].bytes.size_bytes / entry_bytes)
        return false;
    struct byte_reader reader = byte_reader_over(image->sections[table].bytes, image->big_endian);
    byte_reader_seek(&reader, index * entry_bytes);
    symbol->name = byte_reader_u32(&reader);
    if (image->address_bits == 64) {
        symbol->info = byte_reader_u8(&reader);
        byte_reader_skip(&reader, 1); // st_other
        symbol->section = byte_reader_u16(&reader);
        symbol->value = byte_reader_u64(&reader);
        symbol->size_bytes = byte_reader_u64(&reader);
    } else {
        symbol->value = byte_reader_u32(&reader);
        symbol->size_bytes = byte_reader_u32(&reader);
        symbol->info = byte_reader_u8(&reader);
        byte_reader_skip(&reader, 1);
        symbol->section = byte_reader_u16(&reader);
    }
    if (symbol->section == SHN_XINDEX)
        symbol->section = image_extended_index(image, table, index);
    return !reader.failed;
}
