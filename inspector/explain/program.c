// SPDX-License-Identifier: MIT
#include "explain/program.h"

#include "object/container.h"
#include "source/source_open.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

// --- Bytes and symbols ---

struct bytes program_bytes(const struct program *program, uint64_t address, uint64_t size_bytes)
{
    for (size_t i = 0; i < program->image->sections_count; i++) {
        const struct image_section *section = &program->image->sections[i];
        if ((section->flags & SHF_ALLOC) && address >= section->address &&
            bytes_hold(section->bytes, address - section->address, size_bytes))
            return (struct bytes){section->bytes.data + (address - section->address), size_bytes};
    }
    return (struct bytes){0};
}

static uint64_t word_at(const struct program *program, struct bytes bytes, uint64_t index)
{
    const unsigned word = program->facts.pointer_bytes;
    struct byte_reader reader = byte_reader_over(bytes, program->image->big_endian);
    byte_reader_seek(&reader, index * word);
    return byte_reader_sized(&reader, word);
}

// Each symbol of .symtab: each(context, symbol, name) until it says false.
static void each_symbol(const struct program *program,
                        bool (*each)(void *context, const struct image_symbol *symbol, const char *name),
                        void *context)
{
    const struct image *image = program->image;
    const size_t entry_bytes = image_symbol_size_bytes(image);
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *table = &image->sections[i];
        if (table->type != SHT_SYMTAB || table->link >= image->sections_count)
            continue;
        const struct bytes names = image->sections[table->link].bytes;
        struct image_symbol symbol;
        for (uint64_t at = 0;
             at < table->bytes.size_bytes / entry_bytes && image_symbol(image, (uint32_t)i, at, &symbol);
             at++) {
            const char *name = symbol.section == SHN_UNDEF ? NULL : bytes_text_at(names, symbol.name);
            if (name && *name && !each(context, &symbol, name))
                return;
        }
    }
}

struct symbol_search {
    const char *name; // wanted; NULL: by address
    uint64_t address, offset_bytes;
    const char *found;
};

static bool match_symbol(void *context, const struct image_symbol *symbol, const char *name)
{
    struct symbol_search *search = context;
    if (search->name) {
        if (strcmp(search->name, name) != 0)
            return true;
        search->found = name;
        search->address = symbol->value;
        return false;
    }
    const uint64_t into = search->address - symbol->value;
    if (search->address >= symbol->value && into < symbol->size_bytes &&
        (!search->found || into < search->offset_bytes)) {
        search->found = name;
        search->offset_bytes = into;
    }
    return true;
}

const char *program_symbol_at(const struct program *program, uint64_t address, uint64_t *offset_bytes)
{
    struct symbol_search search = {.address = address};
    each_symbol(program, match_symbol, &search);
    *offset_bytes = search.offset_bytes;
    return search.found;
}

static bool symbol_named(const struct program *program, const char *name, uint64_t *address)
{
    struct symbol_search search = {.name = name};
    each_symbol(program, match_symbol, &search);
    *address = search.address;
    return search.found != NULL;
}

// --- Which Go ---

static const struct image_section *section_named(const struct image *image, const char *name)
{
    return image_find_section(image, name);
}

// Behind "\xff Go buildinf:" come the size of pointers and flags; with flag 2 the texts stand at byte 32, each with its
// length as a varint (debug/buildinfo, Go 1.18 on).
static const char *build_version(struct program *program)
{
    const struct image_section *section = section_named(program->image, ".go.buildinfo");
    static const char magic[] = "\xff Go buildinf:";
    if (!section || section->bytes.size_bytes < 33 ||
        memcmp(section->bytes.data, magic, sizeof(magic) - 1) != 0 || !(section->bytes.data[15] & 2))
        return NULL;
    struct byte_reader reader = byte_reader_over(section->bytes, false);
    byte_reader_seek(&reader, 32);
    const struct bytes text = byte_reader_block(&reader, byte_reader_uleb(&reader));
    return reader.failed || text.size_bytes > 200
               ? NULL
               : arena_copy_text(&program->arena, (const char *)text.data, text.size_bytes);
}

// A note of Go's: sizes of name and content, type 4, "Go\0\0", the text.
static const char *go_build_id(struct program *program)
{
    const struct image_section *section = section_named(program->image, ".note.go.buildid");
    if (!section)
        return NULL;
    struct byte_reader reader = byte_reader_over(section->bytes, program->image->big_endian);
    const uint32_t name_bytes = byte_reader_u32(&reader), text_bytes = byte_reader_u32(&reader);
    byte_reader_u32(&reader);
    byte_reader_skip(&reader, ((uint64_t)name_bytes + 3) / 4 * 4);
    const struct bytes text = byte_reader_block(&reader, text_bytes);
    return reader.failed || text.size_bytes > 400
               ? NULL
               : arena_copy_text(&program->arena, (const char *)text.data, text.size_bytes);
}

static const char *hexadecimal(struct program *program, const uint8_t *bytes, size_t size_bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = size_bytes ? arena_alloc(&program->arena, 2 * size_bytes + 1) : NULL;
    for (size_t i = 0; text && i < size_bytes; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return text;
}

static const char *machine_word(const struct image *image)
{
    switch (image->machine) {
    case EM_X86_64:
        return "amd64";
    case EM_386:
        return "386";
    case EM_AARCH64:
        return "arm64";
    case EM_ARM:
        return "arm";
    case EM_PPC64:
        return "ppc64";
    case EM_S390:
        return "s390x";
    case EM_RISCV:
        return "riscv64";
    default:
        return "another machine";
    }
}

// --- moduledata ---

// Words of runtime.moduledata that all Gos from 1.20 on have there; 1.18 and 1.19 lack the two of covctrs before types.
enum { MODULE_FUNCTIONS = 17, MODULE_TEXT = 22, MODULE_TYPES_OLD = 35, MODULE_TYPES = 37, MODULE_WORDS = 42 };

static bool has_covctrs(const struct program *program)
{
    const char *version = program->facts.go_version;
    return !version || (strncmp(version, "go1.18", 6) != 0 && strncmp(version, "go1.19", 6) != 0);
}

static bool is_module(const struct program *program, struct bytes module, uint64_t table_address,
                      uint64_t functions_count)
{
    return word_at(program, module, 0) == table_address &&
           word_at(program, module, MODULE_FUNCTIONS) == functions_count + 1;
}

static bool find_module(const struct program *program, uint64_t table_address, uint64_t functions_count,
                        struct bytes *module)
{
    const unsigned word = program->facts.pointer_bytes;
    for (size_t i = 0; i < program->image->sections_count; i++) {
        const struct image_section *section = &program->image->sections[i];
        if (!(section->flags & SHF_ALLOC) || (section->flags & SHF_EXECINSTR))
            continue;
        for (uint64_t at = 0; bytes_hold(section->bytes, at, (uint64_t)MODULE_WORDS * word); at += word) {
            *module = (struct bytes){section->bytes.data + at, (size_t)MODULE_WORDS * word};
            if (is_module(program, *module, table_address, functions_count))
                return true;
        }
    }
    return false;
}

static const struct image_section *table_section(const struct image *image)
{
    const struct image_section *section = section_named(image, ".gopclntab");
    return section ? section : section_named(image, ".data.rel.ro.gopclntab");
}

static uint64_t table_functions(const struct program *program, struct bytes table)
{
    struct byte_reader reader = byte_reader_over(table, program->image->big_endian);
    byte_reader_seek(&reader, 8);
    return byte_reader_sized(&reader, program->facts.pointer_bytes);
}

static struct error *open_lines(struct program *program)
{
    const struct image *image = program->image;
    const struct image_section *section = table_section(image);
    uint64_t address = 0, text = 0, end;
    struct bytes table = {0}, module;
    if (section) {
        address = section->address;
        table = section->bytes;
    } else if (symbol_named(program, "runtime.pclntab", &address) &&
               symbol_named(program, "runtime.epclntab", &end) && end > address) {
        table = program_bytes(program, address, end - address);
    }
    if (!table.size_bytes)
        return error_create(ERROR_NOT_FOUND, "%s: no .gopclntab: no Go program", image->path);
    if (find_module(program, address, table_functions(program, table), &module)) {
        text = word_at(program, module, MODULE_TEXT);
        program->types = word_at(program, module, has_covctrs(program) ? MODULE_TYPES : MODULE_TYPES_OLD);
    }
    // A program that is moved when it is loaded has zeros there, if another linker than Go's made it.
    uint64_t of_symbol;
    if (symbol_named(program, "runtime.text", &of_symbol))
        text = of_symbol;
    if (symbol_named(program, "runtime.types", &of_symbol))
        program->types = of_symbol;
    const struct image_section *code = section_named(image, ".text");
    if (!text && code)
        text = code->address;
    return go_lines_open_table(image->path, table, image->big_endian, text, &program->lines);
}

// --- Functions ---

static int by_name(const void *left, const void *right)
{
    const struct program_function *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static struct error *collect_functions(struct program *program)
{
    struct go_function function;
    program->functions =
        arena_alloc_array(&program->arena, program->lines.functions_count, sizeof(*program->functions));
    if (!program->functions)
        return &error_out_of_memory;
    for (uint64_t i = 0; i < program->lines.functions_count; i++)
        if (go_lines_function(&program->lines, i, &function))
            program->functions[program->functions_count++] = (struct program_function){function.name, i};
    if (program->functions_count)
        qsort(program->functions, program->functions_count, sizeof(*program->functions), by_name);
    return NULL;
}

// "[...]" in `pattern` is any text in brackets.
static bool name_fits(const char *pattern, const char *name)
{
    static const char any[] = "[...]";
    while (*pattern) {
        if (strncmp(pattern, any, sizeof(any) - 1) != 0) {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        if (*name != '[')
            return false;
        size_t depth = 0;
        do {
            depth += *name == '[';
            depth -= *name == ']';
            name++;
        } while (*name && depth);
        pattern += sizeof(any) - 1;
    }
    return !*name;
}

// The first whose name's beginning is not less.
static size_t first_function(const struct program *program, const char *name, size_t length)
{
    size_t low = 0, high = program->functions_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strncmp(program->functions[middle].name, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool program_has_functions(const struct program *program, const char *beginning)
{
    const size_t length = strlen(beginning), first = first_function(program, beginning, length);
    return first < program->functions_count && !strncmp(program->functions[first].name, beginning, length);
}

void program_functions_named(const struct program *program, const char *name,
                             bool (*each)(void *context, const struct go_function *function), void *context)
{
    struct go_function function;
    const char *any = strstr(name, "[...]");
    const size_t fixed = any ? (size_t)(any - name) : strlen(name);
    for (size_t low = first_function(program, name, fixed);
         low < program->functions_count && !strncmp(program->functions[low].name, name, fixed); low++)
        if (name_fits(name, program->functions[low].name) &&
            go_lines_function(&program->lines, program->functions[low].index, &function) &&
            !each(context, &function))
            return;
}

bool program_function_at(const struct program *program, uint64_t address, struct go_function *function)
{
    uint64_t low = 0, high = program->lines.functions_count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (!go_lines_function(&program->lines, middle, function))
            return false;
        if (address < function->entry)
            high = middle;
        else if (address >= function->end)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

// --- Runtime types (internal/abi/type.go) ---

const char *program_type_name(const struct program *program, uint64_t address, struct arena *arena,
                              bool *is_map)
{
    enum { FLAG_EXTRA_STAR = 2, KIND_MASK = 31, KIND_MAP = 21 };
    const unsigned word = program->facts.pointer_bytes;
    // Size, pointer bytes: words; hash 4, tflag 1, align 1, field align 1, kind 1; equal, gcdata: words; name 4.
    const uint64_t flags_at = 2 * word + 4, kind_at = 2 * word + 7, name_at = 4 * word + 8;
    const struct bytes type = program_bytes(program, address, name_at + 4);
    if (!program->types || !type.size_bytes || address < program->types)
        return NULL;
    *is_map = (type.data[kind_at] & KIND_MASK) == KIND_MAP;
    struct byte_reader reader = byte_reader_over(type, program->image->big_endian);
    byte_reader_seek(&reader, name_at);
    const uint64_t name = program->types + byte_reader_u32(&reader);
    struct byte_reader head = byte_reader_over(program_bytes(program, name, 4), false);
    byte_reader_u8(&head);
    const uint64_t length = byte_reader_uleb(&head);
    const struct bytes text = program_bytes(program, name + byte_reader_offset(&head), length);
    const bool has_star = type.data[flags_at] & FLAG_EXTRA_STAR;
    if (head.failed || length < 2 || length > 4096 || text.size_bytes != length)
        return NULL;
    return arena_copy_text(arena, (const char *)text.data + has_star, length - has_star);
}

// --- The whole ---

struct error *program_open(const char *path, const struct type_source_options *options,
                           struct notice_sink *notices, struct program *program)
{
    *program = (struct program){0};
    arena_init(&program->arena);
    RETURN_IF_ERROR(image_open_input(path, NULL, &program->image));
    const struct image *image = program->image;
    if (image->container)
        return error_create(ERROR_UNSUPPORTED, "%s: a %s file: only programs of ELF systems are explained",
                            path, image->container->name);
    uint64_t ignored;
    program->facts.path = image->path;
    program->facts.pointer_bytes = image->address_bits / 8;
    program->facts.machine = machine_word(image);
    program->facts.go_version = build_version(program);
    program->facts.go_build_id = go_build_id(program);
    program->facts.build_id = hexadecimal(program, image->build_id, image->build_id_size_bytes);
    program->facts.has_symbols = symbol_named(program, "runtime.text", &ignored);
    RETURN_IF_ERROR(open_lines(program));
    RETURN_IF_ERROR(collect_functions(program));
    // Debug information helps, and is not needed. What came through a pipe is read once.
    struct error *error =
        strcmp(path, "-") ? type_source_open(path, options, notices, &program->source) : NULL;
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    program->facts.has_debug_information = program->source != NULL;
    return program->arena.has_failed ? &error_out_of_memory : NULL;
}

void program_close(struct program *program)
{
    type_source_close(program->source);
    image_close(program->image);
    arena_free(&program->arena);
}
