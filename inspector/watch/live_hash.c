// SPDX-License-Identifier: MIT
#include "watch/live_hash.h"

#include "picture/classic_picture.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the schedule ---------------------------------------------------------------------------------------

// The variable has its place in the runtime up to Go 1.26, in internal/runtime/maps from 1.27 on.
static bool read_variable(const struct go_program *program, const char *old_name, const char *new_name,
                          void *to, size_t size_bytes)
{
    const char *const names[] = {old_name, new_name};
    for (size_t i = 0; program->runtime && i < ARRAY_LENGTH(names); i++) {
        uint64_t address, size;
        if (!go_runtime_find_symbol(program->runtime, names[i], &address, &size) || size < size_bytes)
            continue;
        struct error *error = memory_read(program->target->memory, address, to, size_bytes);
        error_free(error);
        if (!error)
            return true;
    }
    return false;
}

// EM_*: the ELF header's numbers.
enum { MACHINE_386 = 3, MACHINE_ARM = 40, MACHINE_AMD64 = 62, MACHINE_ARM64 = 183 };

// What the runtime uses on that machine when it says that it uses AES; false: none that is known here.
static bool aes_of(uint16_t machine, enum hmap_hash_algorithm *algorithm)
{
    *algorithm = machine == MACHINE_AMD64 ? HMAP_HASH_AES
                 : machine == MACHINE_386 ? HMAP_HASH_AES_386
                                          : HMAP_HASH_AES_ARM64;
    return machine == MACHINE_AMD64 || machine == MACHINE_386 || machine == MACHINE_ARM64;
}

size_t live_algorithms(const struct go_program *program, enum hmap_hash_algorithm algorithms[2])
{
    size_t count = aes_of(program->target->machine, &algorithms[0]) ? 1 : 0;
    algorithms[count++] =
        go_runtime_facts(program->runtime)->word_bytes == 8 ? HMAP_HASH_FALLBACK : HMAP_HASH_FALLBACK_32;
    return count;
}

static bool read_keys(const struct go_program *program, unsigned word_bytes, uint64_t key[4])
{
    uint8_t bytes[4 * 8];
    if (!read_variable(program, "runtime.hashkey", "internal/runtime/maps.hashkey", bytes,
                       (size_t)4 * word_bytes))
        return false;
    for (unsigned i = 0; i < 4; i++)
        key[i] = map_number(bytes + (size_t)i * word_bytes, word_bytes, false);
    return true;
}

void live_schedule_read(struct live_schedule *schedule, const struct go_program *program)
{
    uint8_t uses_aes = 0;
    const char *version = go_program_version(program);
    *schedule = (struct live_schedule){.why = "the program's symbols do not tell its key schedule"};
    if (version && !strncmp(version, "go1.", 4))
        schedule->version = (unsigned)strtoul(version + 4, NULL, 10);
    if (!program->runtime || go_runtime_facts(program->runtime)->big_endian) {
        schedule->why = "hashes of big-endian programs are not known here";
        return;
    }
    const unsigned word = go_runtime_facts(program->runtime)->word_bytes;
    if (!read_variable(program, "runtime.useAeshash", "internal/runtime/maps.UseAeshash", &uses_aes, 1))
        return;
    schedule->is_told = true;
    if (uses_aes) {
        schedule->why = "how this machine hashes with AES is not known here";
        schedule->is_known =
            aes_of(program->target->machine, &schedule->algorithm) &&
            read_variable(program, "runtime.aeskeysched", "internal/runtime/maps.aeskeysched", schedule->aes,
                          (size_t)16 * word); // hashRandomBytes
        return;
    }
    schedule->algorithm = word == 8 ? HMAP_HASH_FALLBACK : HMAP_HASH_FALLBACK_32;
    schedule->is_known = read_keys(program, word, schedule->key);
}

// ---- kinds ----------------------------------------------------------------------------------------------

static const struct hmap_kind *plain_kind(const struct map_key_form *form)
{
    if (form->is_address && form->size_bytes == 8)
        return &hmap_kind_pointer;
    switch (form->size_bytes) {
    case 1:
        return form->is_bool ? &hmap_kind_bool : form->is_signed ? &hmap_kind_int8 : &hmap_kind_uint8;
    case 2:
        return form->is_signed ? &hmap_kind_int16 : &hmap_kind_uint16;
    case 4:
        return form->is_signed ? &hmap_kind_int32 : &hmap_kind_uint32;
    case 8:
        return form->is_signed ? &hmap_kind_int64 : &hmap_kind_uint64;
    default:
        return NULL;
    }
}

// NULL: memory is short, or hmapcore makes no such kind.
static const struct hmap_kind *kind_of(const struct map_key_form *form, struct arena *arena)
{
    struct hmap_kind *kind = NULL;
    switch (form->kind) {
    case MAP_KEY_PLAIN:
        return plain_kind(form);
    case MAP_KEY_STRING:
        return &hmap_kind_string;
    case MAP_KEY_FLOAT:
        return form->size_bytes == 4 ? &hmap_kind_float32 : &hmap_kind_float64;
    case MAP_KEY_COMPLEX:
        return form->size_bytes == 8 ? &hmap_kind_complex64 : &hmap_kind_complex128;
    case MAP_KEY_ARRAY: {
        const struct hmap_kind *element = kind_of(&form->parts[0], arena);
        kind = element ? arena_alloc(arena, sizeof(*kind)) : NULL;
        return kind && hmap_kind_make_array(kind, "", element, form->count) == HMAP_OK ? kind : NULL;
    }
    case MAP_KEY_STRUCT: {
        struct hmap_field *fields = arena_alloc_array(arena, (size_t)form->count + 1, sizeof(*fields));
        if (!fields)
            return NULL;
        for (uint64_t i = 0; i < form->count; i++) {
            fields[i].name = form->parts[i].name ? form->parts[i].name : "";
            fields[i].kind = kind_of(&form->parts[i], arena);
            if (!fields[i].kind)
                return NULL;
        }
        kind = arena_alloc(arena, sizeof(*kind));
        if (!kind || hmap_kind_make_struct(kind, "", fields, form->count) != HMAP_OK)
            return NULL;
        for (uint64_t i = 0; i < form->count; i++)
            if (fields[i].offset_bytes != form->parts[i].offset_bytes)
                return NULL; // laid out otherwise than Go does it
        return kind;
    }
    case MAP_KEY_OTHER:
        break;
    }
    return NULL;
}

struct error *live_hasher_open(struct live_hasher *hasher, const struct live_schedule *schedule,
                               struct type_maker *maker, const struct map_shape *shape, struct arena *arena)
{
    *hasher = (struct live_hasher){.why = schedule->why, .address_bytes = shape->address_bytes};
    RETURN_IF_ERROR(map_key_form_read(maker, shape, arena, &hasher->form));
    if (!schedule->is_known)
        return NULL;
    hasher->why = "keys of this type cannot be hashed from outside";
    // A string alone is brought into this process's form; in structs of 32-bit programs it is not.
    if (hasher->form.kind == MAP_KEY_STRING)
        hasher->form.size_bytes = sizeof(struct hmap_string);
    hasher->kind = map_key_is_known(&hasher->form) ? kind_of(&hasher->form, arena) : NULL;
    if (!hasher->kind || hasher->kind->size_bytes != hasher->form.size_bytes ||
        swiss_type_make(&hasher->type, hasher->kind, &hmap_kind_int64) != HMAP_OK)
        return NULL;
    const enum swiss_flavour flavour = schedule->version >= 27 ? SWISS_GO_1_27 : SWISS_GO_1_24;
    swiss_context_init(&hasher->context, &hasher->type, flavour, schedule->algorithm, 1);
    struct hmap_context *base = &hasher->context.base;
    base->flavour = schedule->version >= 23 ? HMAP_GO_1_23 : HMAP_GO_1_22;
    live_hasher_schedule(hasher, schedule);
    hasher->is_plain = map_key_is_plain(&hasher->form);
    hasher->is_ready = true;
    return NULL;
}

void live_hasher_schedule(struct live_hasher *hasher, const struct live_schedule *schedule)
{
    memcpy(hasher->context.base.aes_schedule, schedule->aes, sizeof(schedule->aes));
    memcpy(hasher->context.base.hash_key, schedule->key, sizeof(schedule->key));
}

bool live_hash(struct live_hasher *hasher, const void *key, uint64_t seed, uint64_t *hash)
{
    return hasher->is_ready && swiss_hash(&hasher->context, key, seed, hash) == HMAP_OK;
}

uint8_t live_hash_mark(const struct map_shape *shape, uint64_t hash)
{
    if (shape->design == MAP_SWISS)
        return hash & 0x7f;
    const uint8_t top = (uint8_t)(hash >> (8 * shape->address_bytes - 8));
    return top < CLASSIC_LIVE ? (uint8_t)(top + CLASSIC_LIVE) : top;
}

struct hmap_string live_hasher_string(const struct live_hasher *hasher, const uint8_t *theirs)
{
    const unsigned word = hasher->address_bytes;
    return (struct hmap_string){.data = (const char *)(uintptr_t)map_number(theirs, word, false),
                                .len = (int64_t)map_number(theirs + word, word, false)};
}

bool live_key_import_string(const struct live_hasher *hasher, const uint8_t *theirs, uint8_t *key,
                            struct memory *memory, char *text, size_t text_bytes)
{
    struct hmap_string string = live_hasher_string(hasher, theirs);
    if (string.len < 0 || (uint64_t)string.len > text_bytes)
        return false;
    struct error *error =
        string.len ? memory_read(memory, (uint64_t)(uintptr_t)string.data, text, (size_t)string.len) : NULL;
    const bool is_read = !error;
    error_free(error);
    string.data = text;
    memcpy(key, &string, sizeof(string));
    return is_read;
}

// ---- keys that were typed -------------------------------------------------------------------------------

struct key_text {
    const char *at;
    struct arena *arena;
    bool is_whole; // a string without quotes goes to the end of the text
    const char *why;
};

static void skip_blanks(struct key_text *text)
{
    while (isspace((unsigned char)*text->at))
        text->at++;
}

static bool parse_plain(const struct map_key_form *form, struct key_text *text, uint8_t *bytes)
{
    char *end = (char *)text->at;
    uint64_t number;
    errno = 0;
    if (form->is_bool) {
        const size_t length = !strncmp(text->at, "true", 4) ? 4 : !strncmp(text->at, "false", 5) ? 5 : 0;
        text->why = "true or false";
        number = length == 4;
        end += length;
    } else if (form->is_signed) {
        text->why = "a number that fits the key";
        number = (uint64_t)strtoll(text->at, &end, 0);
        const unsigned shift = 64 - 8 * (unsigned)form->size_bytes;
        if ((int64_t)(number << shift) >> shift != (int64_t)number)
            return false;
    } else {
        text->why = "a number that fits the key, not below 0";
        number = *text->at == '-' ? 0 : strtoull(text->at, &end, 0);
        if (form->size_bytes < 8 && number >> (8 * form->size_bytes))
            return false;
    }
    if (end == text->at || errno)
        return false;
    memcpy(bytes, &number, (size_t)form->size_bytes);
    text->at = end;
    return true;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_string(struct key_text *text, uint8_t *bytes)
{
    const bool is_quoted = *text->at == '"';
    char *copy = arena_alloc(text->arena, strlen(text->at) + 1);
    size_t length = 0;
    text->why = is_quoted ? "a closing quote" : "a text in quotes";
    if (!copy || (!is_quoted && !text->is_whole))
        return false;
    const char *at = text->at + is_quoted;
    for (; *at && !(is_quoted && *at == '"'); at++) {
        if (is_quoted && *at == '\\' && at[1]) {
            at++;
            const int high = *at == 'x' ? digit_of(at[1]) : -1, low = high >= 0 ? digit_of(at[2]) : -1;
            if (*at == 'x' && low >= 0) {
                copy[length++] = (char)(16 * high + low);
                at += 2;
                continue;
            }
            copy[length++] = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
            continue;
        }
        copy[length++] = *at;
    }
    if (is_quoted && *at++ != '"')
        return false;
    const struct hmap_string string = {.data = copy, .len = (int64_t)length};
    memcpy(bytes, &string, sizeof(string));
    text->at = at;
    return true;
}

static bool parse_float(const struct map_key_form *form, struct key_text *text, uint8_t *bytes)
{
    char *end;
    const double number = strtod(text->at, &end);
    const float narrow = (float)number;
    text->why = "a number";
    if (end == text->at)
        return false;
    if (form->size_bytes == 4)
        memcpy(bytes, &narrow, sizeof(narrow));
    else
        memcpy(bytes, &number, sizeof(number));
    text->at = end;
    return true;
}

static bool parse_form(const struct map_key_form *form, struct key_text *text, uint8_t *bytes);

// {1, 2} or [1 2]: fields and elements in order, between any of {} [] (), a comma or a blank between.
static bool parse_parts(const struct map_key_form *form, struct key_text *text, uint8_t *bytes)
{
    text->why = form->kind == MAP_KEY_ARRAY ? "[1 2 …]: its elements" : "{1, 2, …}: its fields in order";
    if (*text->at != '{' && *text->at != '[')
        return false;
    const char closing = *text->at++ == '{' ? '}' : ']';
    text->is_whole = false;
    for (uint64_t i = 0; i < form->count; i++) {
        const struct map_key_form *part = &form->parts[form->kind == MAP_KEY_ARRAY ? 0 : i];
        const uint64_t at = form->kind == MAP_KEY_ARRAY ? i * part->size_bytes : part->offset_bytes;
        skip_blanks(text);
        if (i && *text->at == ',')
            text->at++;
        skip_blanks(text);
        if (!parse_form(part, text, bytes + at))
            return false;
    }
    skip_blanks(text);
    text->why = form->kind == MAP_KEY_ARRAY ? "as many elements as it has" : "as many fields as it has";
    return *text->at++ == closing;
}

static bool parse_form(const struct map_key_form *form, struct key_text *text, uint8_t *bytes)
{
    skip_blanks(text);
    switch (form->kind) {
    case MAP_KEY_PLAIN:
        return parse_plain(form, text, bytes);
    case MAP_KEY_STRING:
        return parse_string(text, bytes);
    case MAP_KEY_FLOAT:
        return parse_float(form, text, bytes);
    case MAP_KEY_STRUCT:
    case MAP_KEY_ARRAY:
        return parse_parts(form, text, bytes);
    case MAP_KEY_COMPLEX:
    case MAP_KEY_OTHER:
        break;
    }
    text->why = "keys of this type cannot be typed";
    return false;
}

bool live_key_parse(const struct map_key_form *form, const char *typed, uint8_t *bytes, struct arena *arena,
                    const char **why)
{
    struct key_text text = {.at = typed, .arena = arena, .is_whole = true};
    memset(bytes, 0, (size_t)form->size_bytes);
    const bool is_fine = parse_form(form, &text, bytes);
    skip_blanks(&text);
    *why = is_fine ? "nothing behind the key" : text.why;
    return is_fine && !*text.at;
}
