// SPDX-License-Identifier: MIT
// A folder of its own in which a test builds its fixtures with the machine's compilers and asks its tools
// what is in them: the witnesses that know nothing of strata. One cmocka group each: workshop_open as group
// setup, workshop_close as teardown.
#ifndef STRATA_TESTS_OBJECT_WORKSHOP_H
#define STRATA_TESTS_OBJECT_WORKSHOP_H

#include "cmocka_all.h"
#include "object/object.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct workshop {
    char folder[64];
};

struct file_bytes {
    uint8_t *data;
    size_t size_bytes;
};

static inline void free_text_at(char **text)
{
    free(*text);
}

static inline void file_bytes_free_at(struct file_bytes *bytes)
{
    free(bytes->data);
}

// A path within the workshop; the caller's to free.
static inline char *workshop_path(const struct workshop *shop, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", shop->folder, name) >= 0);
    return path;
}

static inline char *format_command(const struct workshop *shop, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

static inline char *format_command(const struct workshop *shop, const char *format, va_list arguments)
{
    char *what = NULL, *command = NULL;
    assert_true(vasprintf(&what, format, arguments) >= 0);
    assert_true(asprintf(&command, "cd %s && { %s ; } >log 2>&1", shop->folder, what) >= 0);
    free(what);
    return command;
}

// Runs a shell command within the workshop; the exit status.
PRINTF_LIKE(2, 3) static inline int workshop_try(const struct workshop *shop, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    CLEANUP(free_text_at) char *command = format_command(shop, format, arguments);
    va_end(arguments);
    return system(command);
}

// The same for a command that must succeed; otherwise the test fails with what the command said.
PRINTF_LIKE(2, 3) static inline void workshop_run(const struct workshop *shop, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    CLEANUP(free_text_at) char *command = format_command(shop, format, arguments);
    va_end(arguments);
    if (system(command) == 0)
        return;
    char log[128];
    snprintf(log, sizeof(log), "cat %s/log >&2", shop->folder);
    (void)!system(log);
    fail_msg("%s", command);
}

static inline struct file_bytes workshop_read(const struct workshop *shop, const char *name)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    struct file_bytes bytes = {.size_bytes = (size_t)ftell(file)};
    rewind(file);
    bytes.data = malloc(bytes.size_bytes + 1);
    assert_non_null(bytes.data);
    assert_int_equal(fread(bytes.data, 1, bytes.size_bytes, file), bytes.size_bytes);
    bytes.data[bytes.size_bytes] = '\0'; // for those that are text
    fclose(file);
    return bytes;
}

static inline void workshop_write(const struct workshop *shop, const char *name, const void *data,
                                  size_t size_bytes)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fwrite(data, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
}

static inline void workshop_write_text(const struct workshop *shop, const char *name, const char *text)
{
    workshop_write(shop, name, text, strlen(text));
}

// What a command prints.
PRINTF_LIKE(2, 3) static inline char *workshop_ask(const struct workshop *shop, const char *format, ...)
{
    char *what = NULL;
    va_list arguments;
    va_start(arguments, format);
    assert_true(vasprintf(&what, format, arguments) >= 0);
    va_end(arguments);
    workshop_run(shop, "{ %s ; } >answer", what);
    free(what);
    return (char *)workshop_read(shop, "answer").data;
}

static inline bool workshop_has_tool(const struct workshop *shop, const char *tool)
{
    return workshop_try(shop, "command -v %s", tool) == 0;
}

// The sources that most tests compile: types.c has no function and no variable, so that its debug information
// refers to other debug sections only and is the same wherever a linker puts the program; main.c has some of
// everything.
static const char types_source[] = "struct inner { char tag; long long wide; struct inner *next; };\n"
                                   "union either { int whole; unsigned char part[4]; struct inner *far; };\n"
                                   "enum colour { RED, GREEN = 7, BLUE };\n"
                                   "struct outer { char a; struct inner nested[3]; union either u; unsigned "
                                   "low : 3, high : 5; enum colour c; };\n"
                                   "typedef struct outer outer_t;\n";

static const char main_source[] =
    "#include \"types.c\"\n"
    "const unsigned char known_bytes[] = {0x53, 0x74, 0x72, 0x61, 0x74, 0x61, 0xfe, 0x01};\n"
    "outer_t shared = {.a = 1};\n"
    "static int helper(outer_t *o) { return o->a + known_bytes[3]; }\n"
    "int main(void) { return helper(&shared) == 0; }\n";

static inline int workshop_open(void **state)
{
    struct workshop *shop = calloc(1, sizeof(*shop));
    if (!shop)
        return -1;
    const char *base = getenv("TMPDIR");
    snprintf(shop->folder, sizeof(shop->folder), "%s/strata-test-XXXXXX",
             base && strlen(base) < 32 ? base : "/tmp");
    if (!mkdtemp(shop->folder))
        return -1;
    *state = shop;
    workshop_write_text(shop, "types.c", types_source);
    workshop_write_text(shop, "main.c", main_source);
    return 0;
}

static inline int workshop_close(void **state)
{
    struct workshop *shop = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf -- %s", shop->folder);
    int status = system(command);
    free(shop);
    return status;
}

// Opens a file of the workshop that must open.
static inline struct object *workshop_object(const struct workshop *shop, const char *name,
                                             const struct object_options *options)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    struct object *object = NULL;
    struct error *error = object_open(path, options, &object);
    if (error)
        fail_msg("%s", error->message);
    return object;
}

// Opens a file of the workshop that must not open; its error is the caller's.
static inline struct error *workshop_refusal(const struct workshop *shop, const char *name,
                                             const struct object_options *options)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    struct object *object = NULL;
    struct error *error = object_open(path, options, &object);
    assert_null(object);
    assert_non_null(error);
    assert_null(strchr(error->message, '\n'));
    assert_non_null(strstr(error->message, name));
    return error;
}

// The header of a section in the bytes of a 64-bit little-endian file, to be lied in; fails when there is
// none. A decoder of its own: it trusts the file, which the test has just had made.
static inline Elf64_Shdr *patch_section(struct file_bytes file, const char *name)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(void *)file.data;
    Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(file.data + header->e_shoff);
    const char *names = (const char *)file.data + sections[header->e_shstrndx].sh_offset;
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (strcmp(names + sections[i].sh_name, name) == 0)
            return &sections[i];
    fail_msg("no section %s", name);
    return NULL;
}

// Reads every byte: what may not be read faults.
static inline void touch_bytes(struct bytes bytes)
{
    volatile uint8_t seen = 0;
    for (size_t i = 0; i < bytes.size_bytes; i++)
        seen = bytes.data[i];
    (void)seen;
}

// The section equals the file of the workshop, to the byte, and 16 bytes more may be read.
static inline void assert_section_is_file(const struct workshop *shop, const struct object *object,
                                          enum section_id id, const char *name)
{
    CLEANUP(file_bytes_free_at) struct file_bytes expected = workshop_read(shop, name);
    struct bytes section = object->sections[id];
    if (section.size_bytes != expected.size_bytes)
        fail_msg("%s: %s has %zu bytes, %s has %zu", object->path, section_name(id), section.size_bytes, name,
                 expected.size_bytes);
    assert_memory_equal(section.data, expected.data, expected.size_bytes);
    touch_bytes((struct bytes){section.data + section.size_bytes, 16});
}

#endif
