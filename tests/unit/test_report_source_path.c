// SPDX-License-Identifier: MIT
// Paths of sources for machines. What is above the root of a file system is the root; links are not looked up.
#include "cmocka_all.h"
#include "report/source_path.h"

#include <string.h>

static char *text_of(struct output *output)
{
    output_char(output, '\0');
    assert_false(output->out_of_memory);
    return output->data;
}

static void expect(const char *folder, const char *file, const struct source_root *root,
                   enum source_place place, const char *path, const char *uri)
{
    struct output output = {0}, other = {0};
    output_text(&output, "before");
    assert_int_equal(source_path(&output, folder, file, root), place);
    assert_string_equal(text_of(&output) + strlen("before"), path);
    assert_int_equal(source_uri(&other, folder, file, root), place);
    assert_string_equal(text_of(&other), uri);
    output_free(&output);
    output_free(&other);
}

static void test_folders_are_joined(void **state)
{
    (void)state;
    expect("/src/a", "b.c", NULL, SOURCE_ABSOLUTE, "/src/a/b.c", "file:///src/a/b.c");
    expect("/src/a", "/b.c", NULL, SOURCE_ABSOLUTE, "/b.c", "file:///b.c");
    expect(NULL, "b.c", NULL, SOURCE_RELATIVE, "b.c", "b.c");
    expect("", "./b.c", NULL, SOURCE_RELATIVE, "b.c", "b.c");
    expect("a", "b.c", NULL, SOURCE_RELATIVE, "a/b.c", "a/b.c");
    expect("/src/a/", "..//./b.c", NULL, SOURCE_ABSOLUTE, "/src/b.c", "file:///src/b.c");
    expect("/src", "../../../b.c", NULL, SOURCE_ABSOLUTE, "/b.c", "file:///b.c");
    expect(NULL, "../../b.c", NULL, SOURCE_RELATIVE, "../../b.c", "../../b.c");
    expect("a", "../../b.c", NULL, SOURCE_RELATIVE, "../b.c", "../b.c");
    expect("..", "b.c", NULL, SOURCE_RELATIVE, "../b.c", "../b.c");
    expect("/", "", NULL, SOURCE_ABSOLUTE, "/", "file:///");
    expect("/", "..", NULL, SOURCE_ABSOLUTE, "/", "file:///");
    expect(NULL, "", NULL, SOURCE_RELATIVE, "", "");
    expect(NULL, "...", NULL, SOURCE_RELATIVE, "...", "...");
}

static void test_roots_are_taken_off(void **state)
{
    (void)state;
    const struct source_root root = {.paths = {"/srv/me/project", "/mnt/disk/project/"}, .here = "/"};
    expect("/srv/me/project", "a.c", &root, SOURCE_BELOW_ROOT, "a.c", "a.c");
    expect("/srv/me/project/lib", "../a.c", &root, SOURCE_BELOW_ROOT, "a.c", "a.c");
    expect("/mnt/disk/project/lib", "a.c", &root, SOURCE_BELOW_ROOT, "lib/a.c", "lib/a.c");
    expect("/srv/me/projects", "a.c", &root, SOURCE_ABSOLUTE, "/srv/me/projects/a.c",
           "file:///srv/me/projects/a.c");
    expect("/srv/me/project", "../a.c", &root, SOURCE_ABSOLUTE, "/srv/me/a.c", "file:///srv/me/a.c");
    expect("/srv/me", "project", &root, SOURCE_ABSOLUTE, "/srv/me/project", "file:///srv/me/project");
    expect(NULL, "lib/a.c", &root, SOURCE_RELATIVE, "lib/a.c", "lib/a.c");
    const struct source_root all = {.paths = {"/", NULL}, .here = "/"};
    expect("/usr", "a.c", &all, SOURCE_BELOW_ROOT, "usr/a.c", "usr/a.c");
}

static void test_uris_hold_no_odd_bytes(void **state)
{
    (void)state;
    expect(NULL, "a b#c?d%e:f.c", NULL, SOURCE_RELATIVE, "a b#c?d%e:f.c", "a%20b%23c%3Fd%25e%3Af.c");
    expect("/\xff\x01", "\"", NULL, SOURCE_ABSOLUTE, "/\xff\x01/\"", "file:///%FF%01/%22");
    struct output output = {0};
    source_folder_uri(&output, "/a b//");
    assert_string_equal(text_of(&output), "file:///a%20b/");
    output_free(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folders_are_joined),
        cmocka_unit_test(test_roots_are_taken_off),
        cmocka_unit_test(test_uris_hold_no_odd_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
