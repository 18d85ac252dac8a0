// SPDX-License-Identifier: MIT
// WebAssembly modules, linked or not (the core specification, "Binary Format"; DWARF for WebAssembly; LLVM's object format in
// tool-conventions/Linking.md):
//
//     "\0asm" │ version │ id, size, content │ …      id 0: a name and what is called so: .debug_info
//
// An object's relocations need not be applied: LLVM writes the value that the place has in the object itself.
#include "object/container.h"

#include "object/container_parts.h"
#include "object/section.h"

#include <elf.h>
#include <inttypes.h>

enum {
    EM_WEBASSEMBLY_USED = 0x4157, // of no registry, but what tools use
    SECTION_CUSTOM = 0,
    SECTION_IMPORT = 2,
    SECTION_MEMORY = 5,
    VERSION = 1,
    IMPORT_FUNCTION = 0,
    IMPORT_TABLE = 1,
    IMPORT_MEMORY = 2,
    IMPORT_GLOBAL = 3,
    IMPORT_TAG = 4,
    LIMITS_HAVE_MOST = 1,
    LIMITS_ARE_64 = 4,
    LIMITS_HAVE_PAGE = 8,
};

static bool wasm_is(struct bytes start)
{
    return start.size_bytes >= 8 && !memcmp(start.data, "\0asm", 4);
}

struct wasm_section {
    uint8_t id;
    struct bytes name, content; // of a custom one: its name, and what is behind that
};

static bool name_is(struct bytes name, const char *text)
{
    return name.size_bytes == strlen(text) && !memcmp(name.data, text, name.size_bytes);
}

static struct error *section_read(const struct image *image, struct byte_reader *reader,
                                  struct wasm_section *section)
{
    const size_t at = byte_reader_offset(reader);
    *section = (struct wasm_section){.id = byte_reader_u8(reader)};
    const uint64_t size_bytes = byte_reader_uleb(reader);
    section->content = byte_reader_block(reader, size_bytes);
    if (!reader->failed && section->id == SECTION_CUSTOM) {
        struct byte_reader inner = byte_reader_over(section->content, false);
        section->name = byte_reader_block(&inner, byte_reader_uleb(&inner));
        section->content = byte_reader_block(&inner, byte_reader_left(&inner));
        reader->failed |= inner.failed;
    }
    return reader->failed ? error_create(ERROR_BAD_FORMAT,
                                         "%s: section %u at 0x%zx, of 0x%" PRIx64
                                         " bytes, is not within the file's 0x%zx",
                                         image->path, section->id, at, size_bytes, image->file.size_bytes)
                          : NULL;
}

static bool limits_are_wide(struct byte_reader *reader)
{
    const uint8_t flags = byte_reader_u8(reader);
    byte_reader_uleb(reader);
    if (flags & LIMITS_HAVE_MOST)
        byte_reader_uleb(reader);
    if (flags & LIMITS_HAVE_PAGE)
        byte_reader_uleb(reader);
    return flags & LIMITS_ARE_64;
}

// Whether the memory that is imported or made has addresses of 64 bits. What is damaged has not.
static bool memory_is_wide(const struct wasm_section *section)
{
    struct byte_reader reader = byte_reader_over(section->content, false);
    uint64_t count = byte_reader_uleb(&reader);
    if (section->id == SECTION_MEMORY)
        return count && limits_are_wide(&reader);
    for (; section->id == SECTION_IMPORT && count && !reader.failed; count--) {
        byte_reader_skip(&reader, byte_reader_uleb(&reader)); // the module's name
        byte_reader_skip(&reader, byte_reader_uleb(&reader));
        switch (byte_reader_u8(&reader)) {
        case IMPORT_FUNCTION:
            byte_reader_uleb(&reader);
            break;
        case IMPORT_TABLE:
            byte_reader_skip(&reader, 1);
            limits_are_wide(&reader);
            break;
        case IMPORT_MEMORY:
            return limits_are_wide(&reader) && !reader.failed;
        case IMPORT_GLOBAL:
            byte_reader_skip(&reader, 2);
            break;
        case IMPORT_TAG:
            byte_reader_skip(&reader, 1);
            byte_reader_uleb(&reader);
            break;
        default:
            return false;
        }
    }
    return false;
}

static struct error *each_section(struct image *image,
                                  void (*each)(struct image *image, const struct wasm_section *section))
{
    struct byte_reader reader = byte_reader_over(image->file, false);
    byte_reader_skip(&reader, 8);
    while (byte_reader_left(&reader)) {
        struct wasm_section section;
        RETURN_IF_ERROR(section_read(image, &reader, &section));
        each(image, &section);
    }
    return NULL;
}

static void count_one(struct image *image, const struct wasm_section *section)
{
    image->sections_count += section->id == SECTION_CUSTOM;
    image->address_bits = memory_is_wide(section) ? 64 : image->address_bits;
    if (section->id == SECTION_CUSTOM && name_is(section->name, "linking"))
        image->type = ET_REL;
}

static void take_one(struct image *image, const struct wasm_section *section)
{
    if (section->id != SECTION_CUSTOM)
        return;
    enum { NAME_MOST_BYTES = 256 }; // longer ones are none of ours
    const size_t length = section->name.size_bytes;
    const char *name = arena_copy_text(&image->arena, (const char *)section->name.data,
                                       length < NAME_MOST_BYTES ? length : NAME_MOST_BYTES);
    struct image_section *taken = &image->sections[image->sections_count++];
    *taken = (struct image_section){.name = name ? name : "",
                                    .type = SHT_PROGBITS,
                                    .offset = (uint64_t)(section->content.data - image->file.data),
                                    .size_bytes = section->content.size_bytes};
    container_take_bytes(image, taken);
}

static struct error *wasm_read(struct image *image)
{
    struct byte_reader reader = byte_reader_over(image->file, false);
    byte_reader_skip(&reader, 4);
    const uint32_t version = byte_reader_u32(&reader);
    if (version != VERSION)
        return error_create(ERROR_UNSUPPORTED,
                            "%s: WebAssembly of version 0x%" PRIx32
                            ", which is no module: of a component, name the modules in it",
                            image->path, version);
    image->machine = EM_WEBASSEMBLY_USED;
    image->type = ET_EXEC;
    image->address_bits = 32;
    RETURN_IF_ERROR(each_section(image, count_one));
    RETURN_IF_ERROR(container_make_sections(image, image->sections_count));
    image->sections_count = 1;
    return each_section(image, take_one);
}

static const char *wasm_instead(const struct image *image, struct arena *arena)
{
    const struct image_section *section = NULL;
    for (size_t i = 0; !section && i < image->sections_count; i++)
        if (!strcmp(image->sections[i].name, "external_debug_info"))
            section = &image->sections[i];
    if (!section)
        return NULL;
    struct byte_reader reader = byte_reader_over(section->bytes, false);
    const struct bytes url = byte_reader_block(&reader, byte_reader_uleb(&reader));
    return arena_format(arena, "a note that it is in %.*s: name that file",
                        (int)(url.size_bytes < 300 ? url.size_bytes : 300), (const char *)url.data);
}

const struct container container_wasm = {
    .name = "WebAssembly", .is = wasm_is, .read = wasm_read, .instead = wasm_instead};
