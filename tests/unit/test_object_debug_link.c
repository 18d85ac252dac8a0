// SPDX-License-Identifier: MIT
// Separate debug files are found where gdb finds them, only when they belong, and a miss says where it
// looked.
#include "object_workshop.h"

// An empty home for each test, with the program whole, stripped, and its debug part.
static void build_separated(const struct workshop *shop, const char *flags)
{
    workshop_run(shop,
                 "rm -rf home debug && mkdir -p home/.debug debug/.build-id && gcc -g %s -o whole main.c",
                 flags);
    workshop_run(shop, "objcopy --only-keep-debug whole whole.debug && strip -o home/program whole");
}

static char *build_id_of(const struct workshop *shop, const char *name)
{
    return workshop_ask(shop, "readelf -n %s | sed -n 's/.*Build ID: //p' | tr -d '\\n'", name);
}

struct folders {
    char *debug;
    const char *list[2];
};

static struct object_options options_with_folder(const struct workshop *shop, struct folders *folders)
{
    folders->debug = workshop_path(shop, "debug");
    folders->list[0] = folders->debug;
    folders->list[1] = NULL;
    return (struct object_options){.debug_folders = folders->list};
}

static void folders_free_at(struct folders *folders)
{
    free(folders->debug);
}

static void assert_found(const struct workshop *shop, const char *where, const struct object_options *options)
{
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", options);
    CLEANUP(free_text_at) char *expected = workshop_path(shop, where);
    CLEANUP(free_text_at) char *real_expected = realpath(expected, NULL);
    CLEANUP(free_text_at) char *real_found = realpath(object->debug_path, NULL);
    assert_string_equal(real_found, real_expected);
    workshop_run(shop, "objcopy --dump-section .debug_info=info whole /dev/null");
    assert_section_is_file(shop, object, SECTION_INFO, "info");
    assert_int_equal(object->warnings_count, 0);
}

static void test_a_debug_file_is_found_by_build_id(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);
    build_separated(shop, "-Wl,--build-id=sha1");
    CLEANUP(free_text_at) char *id = build_id_of(shop, "home/program");
    assert_int_equal(strlen(id), 40);
    workshop_run(shop, "mkdir debug/.build-id/%.2s && mv whole.debug debug/.build-id/%.2s/%s.debug", id, id,
                 id + 2);
    CLEANUP(free_text_at) char *where = NULL;
    assert_true(asprintf(&where, "debug/.build-id/%.2s/%s.debug", id, id + 2) > 0);
    assert_found(shop, where, &options);

    // The object tells the id that readelf tells.
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", &options);
    char hex[129] = "";
    for (size_t i = 0; i < object->build_id_size_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", object->build_id[i]);
    assert_string_equal(hex, id);
}

// What debuginfod's client has fetched is read without it, in the three places where its manual has the cache.
static void test_a_debug_file_is_found_in_the_cache_of_debuginfod(void **state)
{
    static const struct {
        const char *variable, *value, *folder;
    } places[] = {
        {"HOME", "cache-home", "cache-home/.cache/debuginfod_client"},
        {"XDG_CACHE_HOME", "caches", "caches/debuginfod_client"},
        {"DEBUGINFOD_CACHE_PATH", "own-cache", "own-cache"},
    };
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);
    const char *home = getenv("HOME");
    CLEANUP(free_text_at) char *old_home = home ? strdup(home) : NULL;
    unsetenv("XDG_CACHE_HOME");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        build_separated(shop, "-Wl,--build-id=sha1");
        CLEANUP(free_text_at) char *id = build_id_of(shop, "home/program");
        CLEANUP(free_text_at) char *value = workshop_path(shop, places[i].value);
        CLEANUP(free_text_at) char *cache = workshop_path(shop, places[i].folder);
        CLEANUP(free_text_at) char *where = NULL;
        assert_true(asprintf(&where, "%s/%s/debuginfo", places[i].folder, id) > 0);
        // An empty file: no server had it. The miss says that the cache was searched.
        workshop_run(shop, "mkdir -p %s/%s && : >%s", places[i].folder, id, where);
        setenv(places[i].variable, value, 1);
        CLEANUP(free_text_at) char *program = workshop_path(shop, "home/program");
        CLEANUP(object_close_at) struct object *object = NULL;
        CLEANUP(error_free_at) struct error *error = object_open(program, &options, &object);
        assert_non_null(error);
        assert_int_equal(error->code, ERROR_NO_DEBUG);
        assert_non_null(strstr(error->message, cache));
        assert_null(strstr(error->message, "empty"));
        workshop_run(shop, "mv whole.debug %s", where);
        assert_found(shop, where, &options);
        // Of another build: not taken.
        workshop_run(shop, "gcc -g -DOTHER -Wl,--build-id=0x1234 -o %s main.c", where);
        error_free(error);
        error = object_open(program, &options, &object);
        assert_non_null(error);
        assert_non_null(strstr(error->message, "build-id differs"));
    }
    unsetenv("DEBUGINFOD_CACHE_PATH");
    unsetenv("XDG_CACHE_HOME");
    if (old_home)
        setenv("HOME", old_home, 1);
}

// A last note may lack its padding.
static void test_a_build_id_of_any_length_is_read(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "id.s",
                        ".section .note.id,\"a\",@note\n.balign 4\n.long 4, 5, 3\n.asciz \"GNU\"\n"
                        ".byte 1, 2, 3, 4, 0xff\n.section .note.GNU-stack,\"\",@progbits\n");
    workshop_run(shop, "gcc -g -Wl,--build-id=none -o odd main.c id.s");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "odd", NULL);
    const uint8_t id[] = {1, 2, 3, 4, 0xff};
    assert_int_equal(object->build_id_size_bytes, sizeof(id));
    assert_memory_equal(object->build_id, id, sizeof(id));
}

// Without a section table the id is still among the program headers' notes.
static void test_a_build_id_survives_the_loss_of_section_headers(void **state)
{
    const struct workshop *shop = *state;
    if (!workshop_has_tool(shop, "llvm-objcopy"))
        skip_because("no llvm-objcopy");
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);
    build_separated(shop, "-Wl,--build-id=sha1");
    CLEANUP(free_text_at) char *id = build_id_of(shop, "whole");
    workshop_run(shop,
                 "llvm-objcopy --strip-sections home/program && mkdir debug/.build-id/%.2s && "
                 "mv whole.debug debug/.build-id/%.2s/%s.debug",
                 id, id, id + 2);
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", &options);
    assert_true(object->sections[SECTION_INFO].size_bytes > 0);
}

static void test_a_debug_link_is_followed_to_each_place(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);
    // Without a build-id the checksum is the only proof, so it is computed right or nothing is found.
    build_separated(shop, "-Wl,--build-id=none");
    workshop_run(shop, "objcopy --add-gnu-debuglink=whole.debug home/program");
    CLEANUP(free_text_at) char *deep = NULL;
    assert_true(asprintf(&deep, "debug%s/home", shop->folder) > 0);
    workshop_run(shop, "mkdir -p %s", deep);
    const char *const places[] = {"home", "home/.debug", deep};
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        CLEANUP(free_text_at) char *where = NULL;
        assert_true(asprintf(&where, "%s/whole.debug", places[i]) > 0);
        workshop_run(shop, "cp whole.debug %s", where);
        assert_found(shop, where, &options);
        workshop_run(shop, "rm %s", where);
    }
    // A link to the program from elsewhere leads to where the program really is.
    workshop_run(shop,
                 "cp whole.debug home/ && mkdir -p elsewhere && ln -sf ../home/program elsewhere/program");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "elsewhere/program", &options);
    assert_true(object->sections[SECTION_INFO].size_bytes > 0);
    assert_string_not_equal(object->path, object->debug_path);
}

static void test_a_stale_debug_file_is_refused_and_named(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);

    build_separated(shop, "-Wl,--build-id=none");
    workshop_run(shop, "objcopy --add-gnu-debuglink=whole.debug home/program && cp whole.debug home/ && "
                       "printf x >>home/whole.debug");
    CLEANUP(error_free_at) struct error *checksum = workshop_refusal(shop, "home/program", &options);
    assert_int_equal(checksum->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(checksum->message, "home/whole.debug: checksum differs"));
    assert_non_null(strstr(checksum->message, "whole.debug beside it"));

    // The right one further down the list is still found, and the stale one is worth a warning.
    workshop_run(shop, "cp whole.debug home/.debug/");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", &options);
    assert_int_equal(object->warnings_count, 1);
    assert_non_null(strstr(object->warnings[0], "checksum differs"));

    // Where both have a build-id, that decides.
    build_separated(shop, "-Wl,--build-id=sha1");
    workshop_run(shop, "gcc -g -O2 -Wl,--build-id=sha1 -o other main.c && objcopy --only-keep-debug other "
                       "home/whole.debug && "
                       "objcopy --add-gnu-debuglink=home/whole.debug home/program");
    CLEANUP(error_free_at) struct error *id = workshop_refusal(shop, "home/program", &options);
    assert_int_equal(id->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(id->message, "build-id differs"));
}

static void test_a_miss_says_where_it_looked(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);

    build_separated(shop, "-Wl,--build-id=sha1");
    CLEANUP(free_text_at) char *id = build_id_of(shop, "home/program");
    CLEANUP(error_free_at) struct error *with_id = workshop_refusal(shop, "home/program", &options);
    assert_int_equal(with_id->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(with_id->message, id));
    assert_non_null(strstr(with_id->message, folders.debug));
    assert_non_null(strstr(with_id->message, "-dbgsym"));

    struct object_options stay = {.stay = true};
    CLEANUP(error_free_at) struct error *stayed = workshop_refusal(shop, "home/program", &stay);
    assert_int_equal(stayed->code, ERROR_NO_DEBUG);

    build_separated(shop, "-Wl,--build-id=none");
    CLEANUP(error_free_at) struct error *without = workshop_refusal(shop, "home/program", &options);
    assert_int_equal(without->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(without->message, "compile with -g"));

    // A link to itself leads nowhere, and does not go round in circles.
    workshop_run(shop, "cp home/program home/self && objcopy --add-gnu-debuglink=home/self home/program && "
                       "mv home/program home/self && cp home/self home/program");
    CLEANUP(error_free_at) struct error *self = workshop_refusal(shop, "home/self", &options);
    assert_int_equal(self->code, ERROR_NO_DEBUG);
}

// The alternate file as dwz names it: a path, NUL, the other's build-id.
static void name_alternate(const struct workshop *shop, const char *name, const char *id)
{
    workshop_run(
        shop,
        "{ printf '%s\\0'; echo %s | sed 's/../\\\\x&/g' | xargs -0 printf '%%b' | head -c 20; } >altlink && "
        "objcopy --add-section .gnu_debugaltlink=altlink whole home/program",
        name, id);
}

static void test_an_alternate_file_is_found(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(folders_free_at) struct folders folders;
    struct object_options options = options_with_folder(shop, &folders);
    build_separated(shop, "");
    workshop_run(
        shop, "mkdir -p home/.dwz debug/.dwz/arch && gcc -g -O1 -Wl,--build-id=sha1 -o alternate main.c && "
              "objcopy --dump-section .debug_info=info alternate /dev/null");
    CLEANUP(free_text_at) char *id = build_id_of(shop, "alternate");
    CLEANUP(free_text_at) char *by_id = NULL;
    assert_true(asprintf(&by_id, "debug/.build-id/%.2s/%s.debug", id, id + 2) > 0);
    workshop_run(shop, "mkdir -p debug/.build-id/%.2s", id);
    const struct {
        const char *name, *place;
    } cases[] = {{".dwz/common", "home/.dwz/common"},
                 {"../nowhere/common", by_id},
                 {"../../.dwz/arch/common", "debug/.dwz/arch/common"}};
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        name_alternate(shop, cases[i].name, id);
        workshop_run(shop, "cp alternate %s", cases[i].place);
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", &options);
        assert_int_equal(object->warnings_count, 0);
        assert_non_null(object->alternate);
        assert_section_is_file(shop, object->alternate, SECTION_INFO, "info");
        assert_null(object->alternate->alternate);
        workshop_run(shop, "rm %s", cases[i].place);
    }

    // Missing, or another file under its name: the object opens, and tells.
    CLEANUP(object_close_at) struct object *missing = workshop_object(shop, "home/program", &options);
    assert_null(missing->alternate);
    assert_int_equal(missing->warnings_count, 1);
    assert_non_null(strstr(missing->warnings[0], "arch/common"));
    workshop_run(shop, "cp whole debug/.dwz/arch/common");
    CLEANUP(object_close_at) struct object *wrong = workshop_object(shop, "home/program", &options);
    assert_null(wrong->alternate);
    assert_non_null(strstr(wrong->warnings[0], "build-id differs"));

    struct object_options stay = {.stay = true};
    CLEANUP(object_close_at) struct object *stayed = workshop_object(shop, "home/program", &stay);
    assert_null(stayed->alternate);
}

// DWARF 5's own way to say the same, as dwz 0.15 writes it: version 5, whether this is the supplementary
// file, the other's path, length and checksum, which both files hold. The supplementary file has no build-id.
static void test_a_supplementary_file_is_found(void **state)
{
    const struct workshop *shop = *state;
    build_separated(shop, "");
    workshop_run(shop, "gcc -g -O1 -Wl,--build-id=none -o other main.c && objcopy --dump-section "
                       ".debug_info=info other /dev/null && "
                       "printf '\\005\\000\\000alternate\\000\\004\\001\\002\\003\\377' >asks && "
                       "printf '\\005\\000\\001\\000\\004\\001\\002\\003\\377' >is && "
                       "printf '\\005\\000\\001\\000\\004\\001\\002\\003\\376' >is_not && "
                       "objcopy --add-section .debug_sup=asks whole home/program");
    workshop_run(shop, "objcopy --add-section .debug_sup=is other home/alternate");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "home/program", NULL);
    assert_int_equal(object->warnings_count, 0);
    assert_non_null(object->alternate);
    assert_section_is_file(shop, object->alternate, SECTION_INFO, "info");

    workshop_run(shop, "objcopy --add-section .debug_sup=is_not other home/alternate");
    CLEANUP(object_close_at) struct object *wrong = workshop_object(shop, "home/program", NULL);
    assert_null(wrong->alternate);
    assert_non_null(strstr(wrong->warnings[0], ".debug_sup is not"));
}

// The real tool, where it is installed: it knows best what it writes.
static void test_files_that_dwz_shared_are_read_together(void **state)
{
    const struct workshop *shop = *state;
    if (!workshop_has_tool(shop, "dwz"))
        skip_because("no dwz");
    workshop_write_text(shop, "shared.c",
                        "#include <netdb.h>\n#include <pthread.h>\n#include <signal.h>\n#include "
                        "<stdio.h>\n#include <sys/stat.h>\n"
                        "#include <ucontext.h>\n"
                        "struct all { struct sigaction a; struct stat s; ucontext_t u; struct addrinfo n; "
                        "pthread_mutex_t m; FILE *f; } "
                        "all;\nint main(void) { return all.f != 0; }\n");
    for (int version = 4; version <= 5; version++) {
        workshop_run(shop,
                     "gcc -g -gdwarf-%d -Wl,--build-id -o one shared.c && gcc -g -gdwarf-%d -O1 "
                     "-Wl,--build-id -o two shared.c && "
                     "rm -f both && dwz %s -m both -r one two",
                     version, version, version == 5 ? "--dwarf-5" : "");
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "one", NULL);
        assert_int_equal(object->warnings_count, 0);
        assert_non_null(object->alternate);
        assert_true(object->alternate->sections[SECTION_INFO].size_bytes > 0);
    }
}

// Debian's own: the C library is stripped, libc6-dbg has the rest, compressed.
static void test_debians_libc_leads_to_its_debug_package(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(free_text_at)
    char *libc = workshop_ask(
        shop, "/sbin/ldconfig -p | sed -n 's/.*libc.so.6 (libc6,x86-64.*=> //p' | head -1 | tr -d '\\n'");
    struct object_options options = {.threads = 2};
    struct object *object = NULL;
    CLEANUP(error_free_at) struct error *error = object_open(libc, &options, &object);
    if (error) { // not every machine has the package
        assert_int_equal(error->code, ERROR_NO_DEBUG);
        skip_because("no debug package of the C library (libc6-dbg)");
    }
    CLEANUP(object_close_at) struct object *owned = object;
    workshop_run(shop,
                 "objcopy --decompress-debug-sections %s plain && for s in info str abbrev; do "
                 "objcopy --dump-section .debug_$s=libc.$s plain /dev/null; done",
                 owned->debug_path);
    assert_section_is_file(shop, owned, SECTION_INFO, "libc.info");
    assert_section_is_file(shop, owned, SECTION_STR, "libc.str");
    assert_section_is_file(shop, owned, SECTION_ABBREV, "libc.abbrev");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_debug_file_is_found_by_build_id),
        cmocka_unit_test(test_a_debug_file_is_found_in_the_cache_of_debuginfod),
        cmocka_unit_test(test_a_build_id_of_any_length_is_read),
        cmocka_unit_test(test_a_build_id_survives_the_loss_of_section_headers),
        cmocka_unit_test(test_a_debug_link_is_followed_to_each_place),
        cmocka_unit_test(test_a_stale_debug_file_is_refused_and_named),
        cmocka_unit_test(test_a_miss_says_where_it_looked),
        cmocka_unit_test(test_an_alternate_file_is_found),
        cmocka_unit_test(test_a_supplementary_file_is_found),
        cmocka_unit_test(test_files_that_dwz_shared_are_read_together),
        cmocka_unit_test(test_debians_libc_leads_to_its_debug_package),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
