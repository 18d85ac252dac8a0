// SPDX-License-Identifier: MIT
#include "object/object.h"

#include "base/notices.h"
#include "object/alternate_use.h"
#include "object/container.h"
#include "object/core_program.h"
#include "object/debug_link.h"
#include "object/image.h"
#include "object/other_formats.h"
#include "object/sections.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object_parts {
    struct image *program;  // the file asked about
    struct image *separate; // the file with the debug information, when it is another
    struct sections sections;
    struct notices warnings;
};

static const char *const default_folders[] = {"/usr/lib/debug", NULL};

static const char *const *options_folders(const struct object_options *options)
{
    return options && options->debug_folders ? options->debug_folders : default_folders;
}

static const struct image *object_debug_image(const struct object *object)
{
    return object->parts->separate ? object->parts->separate : object->parts->program;
}

// Names the program where the core does.
static struct error *core_error(const struct object *object)
{
    const struct core_program program = core_program_of(object->parts->program);
    char id[2 * sizeof(object->build_id) + 1] = "";
    for (size_t i = 0; i < program.build_id.size_bytes && i < sizeof(object->build_id); i++)
        snprintf(id + 2 * i, 3, "%02x", program.build_id.data[i]);
    return error_create(ERROR_NO_DEBUG,
                        "%s: a core file: the types are in the program that left it%s%s%s%s%s", object->path,
                        program.path ? ", " : "", program.path ? program.path : "", *id ? " (build-id " : "",
                        id, *id ? ")" : "");
}

static struct error *object_find_debug(struct object *object, const struct object_options *options)
{
    struct object_parts *parts = object->parts;
    if (sections_exist(parts->program))
        return NULL;
    if (parts->program->type == ET_CORE)
        return core_error(object);
    if (options && options->stay)
        return error_create(ERROR_NO_DEBUG, "%s: no debug information in the file itself", object->path);
    struct error *error =
        debug_link_find(parts->program, options_folders(options), &parts->warnings, &parts->separate);
    const struct container *container = parts->program->container;
    const char *other = !error || error->code != ERROR_NO_DEBUG ? NULL
                        : container && !container->instead      ? NULL
                        : container ? container->instead(parts->program, &parts->program->arena)
                                    : other_formats_words(parts->program);
    if (!other)
        return error;
    error_free(error);
    return error_create(ERROR_NO_DEBUG, "%s: no DWARF, but %s", object->path, other);
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
    RETURN_IF_ERROR(error_prefix(sections_load(debug, threads, options && options->any_expansion,
                                               options && options->skeletons, &object->parts->sections),
                                 "%s", debug->path));
    memcpy(object->sections, object->parts->sections.bytes, sizeof(object->sections));
    object->is_split = object->parts->sections.is_split;
    object->has_both = object->parts->sections.has_both;
    return NULL;
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
    if (options && options->stay)
        return NULL;
    struct image *image = NULL;
    struct notices *warnings = &object->parts->warnings;
    RETURN_IF_ERROR(
        debug_link_find_alternate(object_debug_image(object), options_folders(options), warnings, &image));
    if (image) {
        struct error *error = object_of_image(image, options, &object->alternate);
        if (error && error->code == ERROR_OUT_OF_MEMORY)
            return error;
        notices_add_error(warnings, error);
    } else if (!warnings->lines.length && abbrevs_use_alternate(object->sections[SECTION_ABBREV])) {
        notices_add(
            warnings,
            "%s: it refers to an alternate file, and no link to one can be read: what stands there is "
            "missing",
            object->debug_path);
    }
    return NULL;
}

static struct error *object_open_as(const char *path, int descriptor, const struct object_options *options,
                                    struct object **out)
{
    *out = NULL;
    CLEANUP(object_close_at) struct object *object = NULL;
    RETURN_IF_ERROR(object_create(path, &object));
    const char *slice = options ? options->slice : NULL;
    RETURN_IF_ERROR(descriptor < 0 ? image_open_input(path, slice, &object->parts->program)
                                   : image_open_at(path, descriptor, slice, &object->parts->program));
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

void object_close(struct object *object)
{
    if (!object)
        return;
    object_close(object->alternate);
    if (object->parts) {
        sections_free(&object->parts->sections);
        image_close(object->parts->separate);
        image_close(object->parts->program);
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
