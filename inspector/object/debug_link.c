// SPDX-License-Identifier: MIT
#include "object/debug_link.h"

#include "base/plain_text.h"
#include "object/archive.h"
#include "object/debug_server.h"
#include "object/sections.h"
#include <libdeflate.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void free_text_at(char **text)
{
    free(*text);
}

MUST_USE static char *text_format(const char *format, ...) PRINTF_LIKE(1, 2);

static char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return text;
}

// The folder of a path, absolute; NULL when memory is short or the current folder is gone.
static char *folder_of(const char *path)
{
    CLEANUP(free_text_at) char *copy = strdup(path);
    if (!copy)
        return NULL;
    const char *folder = dirname(copy);
    if (folder[0] == '/')
        return strdup(strcmp(folder, "/") == 0 ? "" : folder);
    CLEANUP(free_text_at) char *current = getcwd(NULL, 0);
    if (!current)
        return NULL;
    return strcmp(folder, ".") == 0 ? strdup(current) : text_format("%s/%s", current, folder);
}

struct hex_text {
    char digits[2 * 64 + 1];
};

static struct hex_text hex_of(const uint8_t *bytes, size_t size_bytes)
{
    struct hex_text text = {0};
    for (size_t i = 0; i < size_bytes && i < 64; i++)
        snprintf(text.digits + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

// What a candidate must prove.
struct link_proof {
    struct bytes build_id;   // empty: none
    struct bytes supplement; // what its .debug_sup must hold as checksum; empty: none
    bool has_checksum;
    uint32_t checksum; // CRC-32 of the whole file, as in zip and gzip
};

// The search: what is wanted and what was found on the way.
struct link_search {
    bool is_alternate;          // the file looked for may hold strings alone
    bool is_program;            // it may be one whose debug information is elsewhere
    const struct image *origin; // never a candidate itself
    struct link_proof proof;
    struct notices *warnings;
    struct image *found;
};

// .debug_sup (DWARF 5, section 7.3.6): version, is_supplementary, the other file's path (empty in the
// supplementary one), ULEB length, checksum. dwz 0.15 writes 5 as the version; its supplementary file has no
// build-id, the checksum says which it is.
struct supplement {
    bool is_supplementary;
    const char *name; // NULL: no such section, or a broken one
    struct bytes checksum;
};

static struct supplement supplement_read(const struct image *image)
{
    const struct image_section *section = image_find_section(image, ".debug_sup");
    struct supplement supplement = {0};
    if (!section)
        return supplement;
    struct byte_reader reader = byte_reader_over(section->bytes, image->big_endian);
    uint16_t version = byte_reader_u16(&reader);
    supplement.is_supplementary = byte_reader_u8(&reader) != 0;
    const char *name = byte_reader_text(&reader);
    supplement.checksum = byte_reader_block(&reader, byte_reader_uleb(&reader));
    if (!reader.failed && version >= 2 && version <= 5)
        supplement.name = name;
    return supplement;
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size_bytes == b.size_bytes && memcmp(a.data, b.data, a.size_bytes) == 0;
}

static bool link_proves(const struct link_search *search, const struct image *candidate)
{
    const struct link_proof *proof = &search->proof;
    if (proof->supplement.size_bytes) {
        struct supplement held = supplement_read(candidate);
        if (held.name && held.is_supplementary && bytes_equal(held.checksum, proof->supplement))
            return true;
        notices_add(search->warnings, "%s: its .debug_sup is not what %s asks for", candidate->path,
                    search->origin->path);
        return false;
    }
    if (proof->build_id.size_bytes && candidate->build_id_size_bytes) {
        if (bytes_equal(proof->build_id, (struct bytes){candidate->build_id, candidate->build_id_size_bytes}))
            return true;
        notices_add(search->warnings, "%s: its build-id differs from what %s asks for", candidate->path,
                    search->origin->path);
        return false;
    }
    if (proof->has_checksum) {
        if (libdeflate_crc32(0, candidate->file.data, candidate->file.size_bytes) == proof->checksum)
            return true;
        notices_add(search->warnings, "%s: checksum differs from %s's .gnu_debuglink", candidate->path,
                    search->origin->path);
        return false;
    }
    notices_add(search->warnings, "%s: has no build-id to compare with %s", candidate->path,
                search->origin->path);
    return false;
}

// Takes an image as the answer when it fits; closes it when it does not. True: the search is over.
static bool link_take(struct link_search *search, struct image *image)
{
    CLEANUP(image_close_at) struct image *candidate = image;
    bool is_origin = candidate->device == search->origin->device && candidate->inode == search->origin->inode;
    if (is_origin || !link_proves(search, candidate))
        return false;
    // dwz moves nothing but strings into an alternate file where no type is worth it.
    if (!sections_exist(candidate) && !search->is_program &&
        !(search->is_alternate && image_find_section(candidate, ".debug_str"))) {
        notices_add(search->warnings, "%s: holds no debug information either", candidate->path);
        return false;
    }
    search->found = candidate;
    candidate = NULL;
    return true;
}

// The same of the file at `path` (owned; NULL when memory is short), if one is there.
static bool link_try(struct link_search *search, char *path)
{
    CLEANUP(free_text_at) char *owned = path;
    if (!owned || access(owned, F_OK) != 0)
        return false;
    struct image *candidate;
    struct error *error = image_open_slice(owned, search->origin->slice, &candidate);
    if (!error)
        return link_take(search, candidate);
    notices_add_error(search->warnings, error);
    return false;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

// Where debuginfod's client keeps what it has fetched (debuginfod_find_debuginfo(3), "CACHE"); NULL when there is none, or memory is
// short. Reading it needs no network.
static char *client_cache(void)
{
    const char *named = variable("DEBUGINFOD_CACHE_PATH"), *home = variable("HOME");
    const char *caches = variable("XDG_CACHE_HOME");
    char *folder = named    ? strdup(named)
                   : caches ? text_format("%s/debuginfod_client", caches)
                   : home   ? text_format("%s/.cache/debuginfod_client", home)
                            : NULL;
    if (folder && access(folder, X_OK) == 0)
        return folder;
    free(folder);
    return NULL;
}

static bool link_try_client_cache(struct link_search *search, const struct hex_text *hex)
{
    CLEANUP(free_text_at) char *folder = client_cache();
    char *path = folder ? text_format("%s/%s/debuginfo", folder, hex->digits) : NULL;
    struct stat status;
    if (!path || stat(path, &status) != 0 || status.st_size == 0) {
        free(path); // empty: the client notes so that no server had it
        return false;
    }
    return link_try(search, path);
}

// What a server sends must prove itself as any other candidate.
static bool link_try_servers(struct link_search *search, const struct debug_places *places)
{
    char *path = NULL;
    if (!places->fetch || search->proof.build_id.size_bytes < 2)
        return false;
    struct error *error = debug_server_fetch(search->proof.build_id, places->progress, &path);
    notices_add_error(search->warnings, error);
    return !error && link_try(search, path);
}

static bool link_try_build_id(struct link_search *search, const char *const *folders)
{
    struct bytes id = search->proof.build_id;
    if (id.size_bytes < 2)
        return false;
    const struct hex_text hex = hex_of(id.data, id.size_bytes);
    for (; *folders; folders++)
        if (link_try(search, text_format("%s/.build-id/%.2s/%s.debug", *folders, hex.digits, hex.digits + 2)))
            return true;
    return link_try_client_cache(search, &hex);
}

static bool link_try_near(struct link_search *search, const char *folder, const char *name,
                          const char *const *folders)
{
    if (link_try(search, text_format("%s/%s", folder, name)) ||
        link_try(search, text_format("%s/.debug/%s", folder, name)))
        return true;
    for (; *folders; folders++)
        if (link_try(search, text_format("%s%s/%s", *folders, folder, name)))
            return true;
    return false;
}

// Looks from the folder the user named, then from the one the program really lies in.
static bool link_try_name(struct link_search *search, const char *name, const char *const *folders)
{
    CLEANUP(free_text_at) char *named = folder_of(search->origin->path);
    if (named && link_try_near(search, named, name, folders))
        return true;
    CLEANUP(free_text_at) char *real_path = realpath(search->origin->path, NULL);
    CLEANUP(free_text_at) char *real = real_path ? folder_of(real_path) : NULL;
    return real && (!named || strcmp(real, named) != 0) && link_try_near(search, real, name, folders);
}

// .gnu_debuglink: a file name, NUL, zeros up to a multiple of four, the checksum in the file's byte order.
// NULL when there is none or it is not one; a name with a slash is not one, by gdb's manual it "has no
// directory components".
static const char *debug_link_read(const struct image *program, uint32_t *checksum)
{
    const struct image_section *section = image_find_section(program, ".gnu_debuglink");
    if (!section)
        return NULL;
    struct byte_reader reader = byte_reader_over(section->bytes, program->big_endian);
    const char *name = byte_reader_text(&reader);
    byte_reader_seek(&reader, (byte_reader_offset(&reader) + 3) & ~(uint64_t)3);
    *checksum = byte_reader_u32(&reader);
    return reader.failed || !*name || strchr(name, '/') || !text_is_plain(name) ? NULL : name;
}

// "a, b" for messages.
static char *folders_text(const char *const *folders, const char *ending)
{
    char *text = strdup("");
    for (size_t i = 0; text && folders[i]; i++) {
        char *longer = text_format("%s%s%s%s", text, i ? " and " : "", folders[i], ending);
        free(text);
        text = longer;
    }
    return text;
}

static struct error *debug_link_missing(const struct link_search *search, const char *name,
                                        const struct debug_places *where)
{
    const char *const *folders = where->folders;
    const char *servers =
        !where->fetch && debug_server_is_named() ? "; --debuginfod asks the servers of DEBUGINFOD_URLS" : "";
    const char *path = search->origin->path;
    struct bytes id = search->proof.build_id;
    if (!name && id.size_bytes < 2)
        return error_create(ERROR_NO_DEBUG,
                            "%s: no debug information, and no build-id or .gnu_debuglink that leads to any: "
                            "compile with -g and do "
                            "not strip",
                            path);
    CLEANUP(free_text_at) char *places = folders_text(folders, "/.build-id");
    CLEANUP(free_text_at) char *cache = client_cache();
    CLEANUP(free_text_at) char *by_id = NULL, *by_name = NULL, *turned_down = NULL;
    if (id.size_bytes >= 2)
        by_id = text_format("for build-id %s in %s%s%s", hex_of(id.data, id.size_bytes).digits,
                            places ? places : "", cache && folders[0] ? " and " : "", cache ? cache : "");
    if (name)
        by_name = text_format("%sfor %s beside it", by_id ? " and " : "", name);
    if (search->warnings->lines.length)
        turned_down = text_format("; %s", search->warnings->lines.data[search->warnings->lines.length - 1]);
    return error_create(
        ERROR_NO_DEBUG,
        "%s: no debug information; looked %s%s%s (Debian keeps it in packages named -dbgsym or -dbg)%s", path,
        by_id ? by_id : "", by_name ? by_name : "", turned_down ? turned_down : "",
        id.size_bytes >= 2 ? servers : "");
}

// X.dSYM beside the program X, as dsymutil makes it.
static bool link_try_bundle(struct link_search *search)
{
    const char *path = search->origin->path, *slash = strrchr(path, '/');
    return link_try(search,
                    text_format("%s.dSYM/Contents/Resources/DWARF/%s", path, slash ? slash + 1 : path));
}

static struct error *bundle_missing(const struct link_search *search)
{
    const char *path = search->origin->path;
    if (search->warnings->lines.length)
        return error_create(ERROR_NO_DEBUG, "%s: no debug information; %s", path,
                            search->warnings->lines.data[search->warnings->lines.length - 1]);
    return error_create(ERROR_NO_DEBUG,
                        "%s: no debug information, and no %s.dSYM: compile with -g, and run dsymutil on what "
                        "was linked",
                        path, path);
}

struct error *debug_link_find(const struct image *program, const struct debug_places *places,
                              struct notices *warnings, struct image **found)
{
    struct link_search search = {.origin = program,
                                 .proof.build_id = {program->build_id, program->build_id_size_bytes},
                                 .warnings = warnings};
    const char *name = debug_link_read(program, &search.proof.checksum);
    search.proof.has_checksum = name != NULL;
    if (program->platform == PLATFORM_DARWIN) {
        if (!link_try_bundle(&search))
            return bundle_missing(&search);
        *found = search.found;
        return NULL;
    }
    if (!link_try_build_id(&search, places->folders) &&
        !(name && link_try_name(&search, name, places->folders)) && !link_try_servers(&search, places))
        return debug_link_missing(&search, name, places);
    *found = search.found;
    return NULL;
}

struct debug_places debug_places_of(const char *const *folders, bool fetch, struct progress_sink *progress)
{
    static const char *const default_folders[] = {"/usr/lib/debug", NULL};
    return (struct debug_places){
        .folders = folders ? folders : default_folders, .fetch = fetch, .progress = progress};
}

void debug_link_find_program(const struct image *core, const char *path, struct bytes build_id,
                             const struct debug_places *places, struct notices *warnings,
                             struct image **found)
{
    struct link_search search = {
        .origin = core, .proof.build_id = build_id, .warnings = warnings, .is_program = true};
    *found = NULL;
    if (build_id.size_bytes < 2) // nothing proves that the file at the path is still the one
        return;
    if (!path || !link_try(&search, strdup(path))) {
        search.is_program = false;
        if (!link_try_build_id(&search, places->folders))
            (void)link_try_servers(&search, places);
    }
    *found = search.found;
}

struct alternate_link {
    const char *name; // NULL: none named
    struct link_proof proof;
};

// .gnu_debugaltlink: a path, NUL, the other file's build-id; else .debug_sup, unless the file is the
// supplementary one itself.
static struct alternate_link alternate_link_read(const struct image *debug)
{
    struct alternate_link link = {0};
    const struct image_section *section = image_find_section(debug, ".gnu_debugaltlink");
    if (section) {
        struct byte_reader reader = byte_reader_over(section->bytes, debug->big_endian);
        const char *name = byte_reader_text(&reader);
        link.proof.build_id = byte_reader_block(&reader, byte_reader_left(&reader));
        link.name = reader.failed ? NULL : name;
    } else {
        struct supplement supplement = supplement_read(debug);
        link.proof.supplement = supplement.checksum;
        link.name = supplement.is_supplementary ? NULL : supplement.name;
    }
    if (link.name && (!*link.name || !text_is_plain(link.name)))
        link.name = NULL;
    return link;
}

// A package's debug files have theirs in the same package.
static bool link_try_beside(struct link_search *search, const char *name, struct archive_beside *beside)
{
    struct image *candidate = NULL;
    struct error *error = beside ? archive_beside_open(beside, search->origin->path, name) : NULL;
    if (!error && beside && beside->descriptor >= 0)
        error = image_open_at(beside->label, beside->descriptor, NULL, &candidate);
    if (error)
        notices_add_error(search->warnings, error);
    return candidate && link_take(search, candidate);
}

static bool link_try_alternate(struct link_search *search, const char *name, const char *const *folders)
{
    if (name[0] == '/' && link_try(search, strdup(name)))
        return true;
    if (name[0] != '/') {
        // dwz writes it relative to where the debug file really lies, not to a link that leads there.
        CLEANUP(free_text_at) char *real_path = realpath(search->origin->path, NULL);
        CLEANUP(free_text_at) char *folder = folder_of(real_path ? real_path : search->origin->path);
        if (folder && link_try(search, text_format("%s/%s", folder, name)))
            return true;
    }
    if (link_try_build_id(search, folders))
        return true;
    // A debug file that was copied elsewhere: what follows .dwz/ is the same in every installation.
    const char *rest = strstr(name, ".dwz/");
    for (; rest && *folders; folders++)
        if (link_try(search, text_format("%s/%s", *folders, rest)))
            return true;
    return false;
}

struct error *debug_link_find_alternate(const struct image *debug, const struct debug_places *places,
                                        struct notices *warnings, struct image **found)
{
    *found = NULL;
    struct alternate_link link = alternate_link_read(debug);
    if (!link.name)
        return NULL;
    struct link_search search = {
        .origin = debug, .proof = link.proof, .warnings = warnings, .is_alternate = true};
    if (!link_try_beside(&search, link.name, places->beside) &&
        !link_try_alternate(&search, link.name, places->folders) && !link_try_servers(&search, places))
        notices_add(warnings, "%s: its alternate file %s is not found: what stands there is missing",
                    debug->path, link.name);
    *found = search.found;
    return NULL;
}
