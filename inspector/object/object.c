// SPDX-License-Identifier: MIT
#include "object/object.h"

#include "base/notices.h"
#include "object/alternate_use.h"
#include "object/archive.h"
#include "object/container.h"
#include "object/core_program.h"
#include "object/debug_link.h"
#include "object/growth.h"
#include "object/image.h"
#include "object/inflate_stream.h"
#include "object/other_formats.h"
#include "object/packed.h"
#include "object/pages.h"
#include "object/sections.h"
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct object_parts {
    struct image *program;  // the file asked about
    struct image *separate; // the file with the debug information, when it is another
    struct sections sections;
    struct notices warnings;
};

static struct debug_places options_places(const struct object_options *options)
{
    struct debug_places places =
        debug_places_of(options ? options->debug_folders : NULL, options && options->fetch,
                        options ? options->progress : NULL);
    places.beside = options ? options->beside : NULL;
    return places;
}

static const struct image *object_debug_image(const struct object *object)
{
    return object->parts->separate ? object->parts->separate : object->parts->program;
}

// ---- cores: the program that left one -------------------------------------------------------------------

struct id_text {
    char digits[2 * sizeof(((struct object *)NULL)->build_id) + 1];
};

static struct id_text id_text_of(struct bytes build_id)
{
    struct id_text text = {""};
    for (size_t i = 0; i < build_id.size_bytes && 2 * i + 2 < sizeof(text.digits); i++)
        snprintf(text.digits + 2 * i, 3, "%02x", build_id.data[i]);
    return text;
}

// Names the program where the core does, and says why it is not read.
static struct error *core_error(const struct object *object, const struct core_program *program,
                                bool is_searched)
{
    const struct notices *warnings = &object->parts->warnings;
    const struct id_text id = id_text_of(program->build_id);
    const char *why = !is_searched  ? ""
                      : !*id.digits ? ": the core does not tell its build-id: name the program itself"
                      : warnings->lines.length ? "; "
                                               : ": neither it nor its debug file is here";
    return error_create(
        ERROR_NO_DEBUG, "%s: a core file: the types are in the program that left it%s%s%s%s%s%s%s",
        object->path, program->path ? ", " : "", program->path ? program->path : "",
        *id.digits ? " (build-id " : "", id.digits, *id.digits ? ")" : "", why,
        is_searched && *id.digits && warnings->lines.length ? warnings->lines.data[warnings->lines.length - 1]
                                                            : "");
}

// Puts the program in the core's place.
static struct error *core_follow(struct object *object, const struct object_options *options)
{
    const struct debug_places places = options_places(options);
    struct object_parts *parts = object->parts;
    const struct core_program program = core_program_of(parts->program);
    const bool stays = options && options->stay;
    struct image *found = NULL;
    if (!stays)
        debug_link_find_program(parts->program, program.path, program.build_id, &places, &parts->warnings,
                                &found);
    if (!found)
        return core_error(object, &program, !stays);
    image_close(parts->program);
    parts->program = found;
    return NULL;
}

// ---- where the debug information is ----------------------------------------------------------------------

// "Mini debug information" (.gnu_debugdata): an ELF file, packed with xz, as Fedora adds it. It mostly has symbols alone.
static struct error *mini_open(const struct image *program, struct image **mini)
{
    const struct image_section *section = image_find_section(program, ".gnu_debugdata");
    char label[4096];
    int kept = -1;
    *mini = NULL;
    if (!section)
        return NULL;
    snprintf(label, sizeof(label), "%.4000s: .gnu_debugdata", program->path);
    RETURN_IF_ERROR(packed_unpack_bytes(section->bytes, label, false, &kept));
    if (kept < 0)
        return error_create(ERROR_BAD_FORMAT, "%s: not compressed with xz", label);
    struct error *error = image_open_at(label, kept, NULL, mini);
    close(kept);
    return error;
}

// Takes over the error of a search that found nothing. The mini debug information serves where it has types; else it is named.
static struct error *use_mini(struct object *object, struct error *error)
{
    struct image *mini = NULL;
    struct error *why = mini_open(object->parts->program, &mini);
    if (why && why->code == ERROR_OUT_OF_MEMORY) {
        error_free(error);
        return why;
    }
    if (why) {
        struct error *both = error_create(error->code, "%s; %s", error->message, why->message);
        error_free(error);
        error_free(why);
        return both;
    }
    if (!mini)
        return error;
    if (sections_exist(mini)) {
        object->parts->separate = mini;
        error_free(error);
        return NULL;
    }
    image_close(mini);
    struct error *longer =
        error_create(ERROR_NO_DEBUG, "%s; its .gnu_debugdata (mini debug information) holds symbols alone",
                     error->message);
    error_free(error);
    return longer;
}

static struct error *program_find_debug(struct object *object, const struct object_options *options)
{
    const struct debug_places places = options_places(options);
    struct object_parts *parts = object->parts;
    if (sections_exist(parts->program))
        return NULL;
    struct error *error =
        options && options->stay
            ? error_create(ERROR_NO_DEBUG, "%s: no debug information in the file itself", object->path)
            : debug_link_find(parts->program, &places, &parts->warnings, &parts->separate);
    if (error && error->code == ERROR_NO_DEBUG)
        error = use_mini(object, error);
    const struct container *container = parts->program->container;
    const char *other = !error || error->code != ERROR_NO_DEBUG || (options && options->stay) ? NULL
                        : container && !container->instead                                    ? NULL
                        : container ? container->instead(parts->program, &parts->program->arena)
                                    : other_formats_words(parts->program);
    if (!other)
        return error;
    error_free(error);
    return error_create(ERROR_NO_DEBUG, "%s: no DWARF, but %s", object->path, other);
}

static struct error *object_find_debug(struct object *object, const struct object_options *options)
{
    struct object_parts *parts = object->parts;
    if (parts->program->type != ET_CORE || sections_exist(parts->program))
        return program_find_debug(object, options);
    RETURN_IF_ERROR(core_follow(object, options));
    RETURN_IF_ERROR(error_prefix(program_find_debug(object, options), "%s: a core of", object->path));
    const struct image *program = parts->program;
    notices_add(&parts->warnings,
                "%s: a core: the types are those of the program that left it, read from %s (build-id %s)",
                object->path, object_debug_image(object)->path,
                id_text_of((struct bytes){program->build_id, program->build_id_size_bytes}).digits);
    return NULL;
}

// Takes over `image`; the rest of the opening once it is known which image has the debug information.
static struct error *object_load(struct object *object, const struct object_options *options)
{
    const struct image *program = object->parts->program, *debug = object_debug_image(object);
    object->debug_path = strdup(debug->path);
    if (!object->debug_path)
        return &error_out_of_memory;
    object->elf_machine = program->machine;
    object->elf_type = program->type;
    object->platform = program->platform;
    object->address_bits = debug->address_bits;
    object->big_endian = debug->big_endian;
    memcpy(object->build_id, program->build_id, program->build_id_size_bytes);
    object->build_id_size_bytes = program->build_id_size_bytes;
    unsigned threads = options && options->threads ? options->threads : 1;
    object->threads = threads;
    const struct sections_wish wish = {.threads = threads,
                                       .any_expansion = options && options->any_expansion,
                                       .skeletons = options && options->skeletons,
                                       .grow_from_bytes = options ? options->grow_from_bytes : 0};
    RETURN_IF_ERROR(error_prefix(sections_load(debug, &wish, &object->parts->sections), "%s", debug->path));
    memcpy(object->sections, object->parts->sections.bytes, sizeof(object->sections));
    object->is_split = object->parts->sections.is_split;
    object->has_both = object->parts->sections.has_both;
    return NULL;
}

bool object_is_growing(const struct object *object)
{
    return object->parts->sections.growing != NULL;
}

void object_grow(struct object *object, object_each_piece each, void *context)
{
    struct inflate_stream *stream = object->parts->sections.growing;
    uint64_t done_bytes;
    while (stream && inflate_stream_step(stream, &done_bytes) == INFLATE_GOES_ON)
        each(context, done_bytes);
    if (stream && inflate_stream_step(stream, &done_bytes) == INFLATE_DONE)
        each(context, done_bytes);
}

struct error *object_settle(struct object *object)
{
    return error_prefix(sections_settle(&object->parts->sections), "%s", object->debug_path);
}

static struct error *object_create(const char *path, struct object **out)
{
    CLEANUP(object_close_at) struct object *object = calloc(1, sizeof(*object));
    if (!object || !(object->parts = calloc(1, sizeof(*object->parts))) || !(object->path = strdup(path)))
        return &error_out_of_memory;
    *out = object;
    object = NULL;
    return NULL;
}

// Makes an object of an image that is already open and known to hold debug information; takes the image in
// any case.
static struct error *object_of_image(struct image *image, const struct object_options *options,
                                     struct object **out)
{
    CLEANUP(image_close_at) struct image *owned = image;
    CLEANUP(object_close_at) struct object *object = NULL;
    RETURN_IF_ERROR(object_create(image->path, &object));
    object->parts->program = owned;
    owned = NULL;
    RETURN_IF_ERROR(object_load(object, options));
    *out = object;
    object = NULL;
    return NULL;
}

// A missing or broken alternate file is worth a warning only: most types do not need it.
static struct error *object_open_alternate(struct object *object, const struct object_options *options)
{
    struct archive_beside own = {.wish.any_expansion = options && options->any_expansion, .descriptor = -1};
    struct debug_places places = options_places(options);
    if (options && options->stay)
        return NULL;
    if (!places.beside)
        places.beside = &own;
    struct image *image = NULL;
    struct notices *warnings = &object->parts->warnings;
    struct error *error = debug_link_find_alternate(object_debug_image(object), &places, warnings, &image);
    archive_beside_close(&own);
    if (error)
        return error;
    if (image) {
        struct object_options whole = options ? *options : (struct object_options){0};
        whole.grow_from_bytes = 0;
        error = object_of_image(image, &whole, &object->alternate);
        if (error && error->code == ERROR_OUT_OF_MEMORY)
            return error;
        notices_add_error(warnings, error);
    } else if (!warnings->lines.length) {
        object->lacks_link =
            (options && options->part) || !abbrevs_use_alternate(object->sections[SECTION_ABBREV]);
        if (!object->lacks_link)
            notices_add(warnings, OBJECT_LACKS_LINK, object->debug_path);
    }
    return NULL;
}

static struct error *object_open_as(const char *path, int descriptor, const struct object_options *options,
                                    struct object **out)
{
    *out = NULL;
    CLEANUP(object_close_at) struct object *object = NULL;
    RETURN_IF_ERROR(object_create(path, &object));
    const struct file_wish wish = {.slice = options ? options->slice : NULL,
                                   .any_expansion = options && options->any_expansion};
    RETURN_IF_ERROR(descriptor < 0 ? image_open_input(path, &wish, &object->parts->program)
                                   : image_open_at(path, descriptor, &wish, &object->parts->program));
    if (object->parts->program->note)
        notices_add(&object->parts->warnings, "%s", object->parts->program->note);
    RETURN_IF_ERROR(object_find_debug(object, options));
    RETURN_IF_ERROR(object_load(object, options));
    RETURN_IF_ERROR(object_open_alternate(object, options));
    if (object->parts->warnings.is_incomplete)
        return &error_out_of_memory;
    object->warnings = object->parts->warnings.lines.data;
    object->warnings_count = object->parts->warnings.lines.length;
    *out = object;
    object = NULL;
    return NULL;
}

struct error *object_open(const char *path, const struct object_options *options, struct object **object)
{
    return object_open_as(path, -1, options, object);
}

struct error *object_open_at(const char *path, int descriptor, const struct object_options *options,
                             struct object **object)
{
    return object_open_as(path, descriptor, options, object);
}

const char *object_program_path(const struct object *object)
{
    return object->parts->program->path;
}

int object_section_descriptor(const struct object *object, enum section_id id, uint64_t *offset)
{
    enum { LEAST_BYTES = 4 << 20 };
    const struct image *image = object_debug_image(object);
    const struct bytes section = object->sections[id], file = image->file;
    struct stat status;
    if (section.size_bytes < LEAST_BYTES || section.data < file.data ||
        section.data + section.size_bytes > file.data + file.size_bytes)
        return -1;
    const int descriptor = open(image->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, &status) || status.st_dev != image->device || status.st_ino != image->inode ||
        (uint64_t)status.st_size != file.size_bytes) { // another file by now, or one of many in it
        close(descriptor);
        return -1;
    }
    *offset = (uint64_t)(section.data - file.data);
    return descriptor;
}

static bool image_has(const struct image *image, const uint8_t *start, uint64_t size_bytes)
{
    return image && image->is_mapped && start >= image->file.data &&
           start + size_bytes <= image->file.data + image->file.size_bytes;
}

void object_let_go(const struct object *object, enum section_id id, uint64_t offset, uint64_t size_bytes)
{
    const struct bytes section = object->sections[id];
    if (!bytes_hold(section, offset, size_bytes))
        return;
    const uint8_t *start = section.data + offset;
    if (image_has(object->parts->program, start, size_bytes) ||
        image_has(object->parts->separate, start, size_bytes))
        pages_let_go(start, size_bytes);
}

static void image_drop(struct image *image, unsigned threads)
{
    if (image && image->mapping)
        pages_drop(image->mapping, image->mapping_bytes, threads);
    image_close(image);
}

void object_close(struct object *object)
{
    if (!object)
        return;
    object_close(object->alternate);
    if (object->parts) {
        sections_free(&object->parts->sections);
        image_drop(object->parts->separate, object->threads);
        image_drop(object->parts->program, object->threads);
        notices_free(&object->parts->warnings);
    }
    free(object->parts);
    free(object->debug_path);
    free(object->path);
    free(object);
}

void object_close_at(struct object **pointer)
{
    object_close(*pointer);
}

struct bytes object_read_address(const struct object *object, uint64_t address, uint64_t size_bytes)
{
    const struct image *program = object->parts->program;
    for (size_t i = 0; i < program->sections_count && program->type != ET_REL; i++) {
        const struct image_section *section = &program->sections[i];
        if ((section->flags & (SHF_ALLOC | SHF_TLS)) == SHF_ALLOC && address >= section->address &&
            bytes_hold(section->bytes, address - section->address, size_bytes))
            return (struct bytes){section->bytes.data + (address - section->address), size_bytes};
    }
    return (struct bytes){program->file.data, 0};
}

static bool symbols_find(const struct image *image, uint32_t type, const char *name,
                         struct image_symbol *symbol)
{
    size_t entry_bytes = image_symbol_size_bytes(image);
    size_t name_bytes = strlen(name) + 1; // with its end
    for (uint32_t i = 0; i < image->sections_count; i++) {
        const struct image_section *table = &image->sections[i];
        if (table->type != type || table->link >= image->sections_count)
            continue;
        struct bytes names = image->sections[table->link].bytes;
        for (uint64_t at = 0;
             at < table->bytes.size_bytes / entry_bytes && image_symbol(image, i, at, symbol); at++) {
            // Compared in place: to look for each name's end would let a hostile table cost its square.
            if (symbol->section != SHN_UNDEF && bytes_hold(names, symbol->name, name_bytes) &&
                memcmp(names.data + symbol->name, name, name_bytes) == 0)
                return true;
        }
        return false; // a file has one table of a kind
    }
    return false;
}

bool object_find_symbol(const struct object *object, const char *name, uint64_t *address,
                        uint64_t *size_bytes)
{
    const struct object_parts *parts = object->parts;
    struct image_symbol symbol;
    if (parts->program->container)
        return container_find_symbol(parts->program, name, address, size_bytes) ||
               (parts->separate && parts->separate->container &&
                container_find_symbol(parts->separate, name, address, size_bytes));
    // A stripped program's own .symtab lies in the separate file; its .dynsym knows the exported ones only.
    if (!symbols_find(parts->program, SHT_SYMTAB, name, &symbol) &&
        !(parts->separate && symbols_find(parts->separate, SHT_SYMTAB, name, &symbol)) &&
        !symbols_find(parts->program, SHT_DYNSYM, name, &symbol))
        return false;
    *address = symbol.value;
    *size_bytes = symbol.size_bytes;
    return true;
}

const char *object_section_at(const struct object *object, uint64_t address)
{
    const struct image *program = object->parts->program;
    for (size_t i = 0; i < program->sections_count && program->type != ET_REL; i++) {
        const struct image_section *section = &program->sections[i];
        if ((section->flags & (SHF_ALLOC | SHF_TLS)) == SHF_ALLOC && address >= section->address &&
            address - section->address < section->size_bytes)
            return section->name;
    }
    return NULL;
}

// Looks for a nearer start than *offset_bytes below the address.
static void symbols_look_at(const struct image *image, uint32_t type, uint64_t address, const char **name,
                            uint64_t *offset_bytes)
{
    const size_t entry_bytes = image_symbol_size_bytes(image);
    struct image_symbol symbol;
    for (uint32_t i = 0; i < image->sections_count; i++) {
        const struct image_section *table = &image->sections[i];
        if (table->type != type || table->link >= image->sections_count)
            continue;
        const struct bytes names = image->sections[table->link].bytes;
        if (!names.size_bytes || names.data[names.size_bytes - 1] != '\0')
            return; // so that every name in it ends
        for (uint64_t at = 0;
             at < table->bytes.size_bytes / entry_bytes && image_symbol(image, i, at, &symbol); at++) {
            if (symbol.section == SHN_UNDEF || address < symbol.value ||
                address - symbol.value >= symbol.size_bytes || address - symbol.value >= *offset_bytes)
                continue;
            if (symbol.name >= names.size_bytes)
                continue;
            *name = (const char *)names.data + symbol.name;
            *offset_bytes = address - symbol.value;
        }
        return; // a file has one table of a kind
    }
}

const char *object_symbol_at(const struct object *object, uint64_t address, uint64_t *offset_bytes)
{
    const struct object_parts *parts = object->parts;
    const char *name = NULL;
    *offset_bytes = UINT64_MAX; // farther than any
    symbols_look_at(parts->program, SHT_SYMTAB, address, &name, offset_bytes);
    if (!name && parts->separate)
        symbols_look_at(parts->separate, SHT_SYMTAB, address, &name, offset_bytes);
    if (!name)
        symbols_look_at(parts->program, SHT_DYNSYM, address, &name, offset_bytes);
    return name;
}
