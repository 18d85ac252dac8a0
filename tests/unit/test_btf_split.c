// SPDX-License-Identifier: MIT
// BTF in two pieces: modules on top of their kernel, with and without a distilled base, in files of their own and
// in sections.
#include "btf_workshop.h"

// A kernel: what a module's types refer to, among other things.
static struct btf_assembler kernel(bool shifted)
{
    struct btf_assembler as = btf_assembler_begin();
    if (shifted) { // another build of it
        btf_put(&as, "added", BTF_STRUCT, false, 0, 0);
        btf_put(&as, "node", BTF_FLOAT, false, 0, 16);
        btf_put(&as, "node", BTF_UNION, false, 0, 16);
    }
    const uint32_t wide = btf_put_int(&as, "long", 8);                    // 1
    const uint32_t node = btf_put(&as, "node", BTF_STRUCT, false, 2, 16); // 2
    btf_put_member(&as, "next", node + 1, 0);
    btf_put_member(&as, "value", wide, 64);
    btf_put_derived(&as, BTF_PTR, node);                          // 3
    btf_put(&as, "big", BTF_STRUCT, false, 1, shifted ? 72 : 64); // 4
    btf_put_member(&as, "first", wide, 0);
    btf_put(&as, "mode", BTF_ENUM, false, 1, 4); // 5
    btf_put_pair(&as, "ON", 1);
    return as;
}

static void put_module(struct btf_assembler *as, uint32_t wide, uint32_t node, uint32_t big, uint32_t mode)
{
    const uint32_t pointer = btf_put_derived(as, BTF_PTR, big);
    const uint32_t array = btf_put_array(as, node, wide, 3);
    btf_put(as, "module_state", BTF_STRUCT, false, 4, 72);
    btf_put_member(as, "nodes", array, 0);
    btf_put_member(as, "big", pointer, 384);
    btf_put_member(as, "mode", mode, 448);
    btf_put_member(as, "count", wide, 512);
    btf_put(as, "again", BTF_TYPEDEF, false, 0, as->first_id + 2);
}

static void check_module(struct opened_btf *opened, bool has_kernel)
{
    static const char *const spellings[] = {"struct node nodes[3]", "struct big *big", "enum mode mode",
                                            "long count"};
    static const uint64_t offsets[] = {0, 384, 448, 512}, sizes[] = {384, 64, 32, 64};
    assert_int_equal(opened->index->entries_count, 2); // its own only
    const struct type *type = btf_type(opened, "module_state");
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(btf_spelling(opened, type, i), spellings[i]);
        assert_int_equal(type->members[i].offset_bits, offsets[i]);
        assert_true(type->members[i].size_known);
        assert_int_equal(type->members[i].size_bits, sizes[i]);
    }
    const struct type *node = type->members[0].type->target;
    assert_int_equal(node->is_declaration, !has_kernel);
    assert_int_equal(node->members_count, has_kernel ? 2 : 0);
    assert_int_equal(node->size_bytes, 16);
    assert_int_equal(btf_type(opened, "again")->size_bytes, 72);
}

static void write_split(const struct workshop *shop, bool is_foreign)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler base = kernel(false);
    base.is_foreign = is_foreign;
    CLEANUP(btf_assembler_free_at) struct btf_assembler own = btf_assembler_continue(&base);
    put_module(&own, 1, 2, 4, 5);
    write_btf(shop, "kernel", &base);
    write_btf(shop, "module", &own);
}

static void test_split(void **state)
{
    struct workshop *shop = *state;
    for (int foreign = 0; foreign < 2; foreign++) {
        write_split(shop, foreign);
        CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf_with(shop, "module", "kernel");
        check_module(&opened, true);
    }
    struct error *error = refusal_of_btf(shop, "module", NULL);
    assert_int_equal(error->code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error->message, "--base"));
    error_free(error);
    // The kernel beside it, under the name that it has below /sys.
    workshop_run(shop, "mkdir -p sys && cp kernel sys/vmlinux && cp module sys/module");
    CLEANUP(opened_btf_close_at) struct opened_btf found = open_btf_with(shop, "sys/module", NULL);
    check_module(&found, true);
    // One that needs none takes none.
    CLEANUP(opened_btf_close_at) struct opened_btf whole = open_btf_with(shop, "kernel", "module");
    assert_int_equal(whole.index->entries_count, 4);
}

static void test_wrong_bases(void **state)
{
    struct workshop *shop = *state;
    write_split(shop, false);
    CLEANUP(btf_assembler_free_at) struct btf_assembler other = kernel(true);
    write_btf(shop, "other", &other);
    struct error *error = refusal_of_btf(shop, "module", "other");
    assert_non_null(strstr(error->message, "not the base"));
    error_free(error);
    error = refusal_of_btf(shop, "module", "module");
    assert_int_equal(error->code, ERROR_BAD_FORMAT);
    error_free(error);
    CLEANUP(btf_assembler_free_at) struct btf_assembler foreign = kernel(false);
    foreign.is_foreign = true;
    write_btf(shop, "foreign", &foreign);
    error = refusal_of_btf(shop, "module", "foreign");
    assert_non_null(strstr(error->message, "byte order"));
    error_free(error);
    CLEANUP(btf_assembler_free_at) struct btf_assembler small = btf_assembler_begin();
    btf_put_int(&small, "long", 8);
    write_btf(shop, "small", &small);
    error_free(refusal_of_btf(shop, "module", "small"));
    error_free(refusal_of_btf(shop, "module", "nowhere"));
}

// ---- sections, distilled bases --------------------------------------------------------------------------

static void test_sections(void **state)
{
    struct workshop *shop = *state;
    write_split(shop, false);
    workshop_run(shop, "gcc -c -o plain.o main.c");
    workshop_run(shop, "objcopy --add-section .BTF=kernel plain.o kernel.o");
    workshop_run(shop, "objcopy --add-section .BTF=module plain.o module.o");
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf_with(shop, "kernel.o", NULL);
    assert_int_equal(opened.index->entries_count, 4);
    assert_int_equal(opened.btf->address_bytes, 8);
    CLEANUP(opened_btf_close_at) struct opened_btf module = open_btf_with(shop, "module.o", "kernel.o");
    check_module(&module, true);
    // A module of another kernel than the one that runs here must be told its base.
    struct error *error = refusal_of_btf(shop, "module.o", NULL);
    assert_non_null(strstr(error->message, "--base"));
    error_free(error);
}

// What of a kernel a distilled base keeps.
static void write_distilled(const struct workshop *shop, uint32_t node_bytes)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler base = btf_assembler_begin();
    btf_put_int(&base, "long", 8);                            // 1
    btf_put(&base, "mode", BTF_ENUM, false, 0, 4);            // 2
    btf_put(&base, "big", BTF_FWD, false, 0, 0);              // 3: behind a pointer only
    btf_put(&base, "node", BTF_STRUCT, false, 0, node_bytes); // 4
    CLEANUP(btf_assembler_free_at) struct btf_assembler own = btf_assembler_continue(&base);
    put_module(&own, 1, 4, 3, 2);
    write_btf(shop, "distilled", &base);
    write_btf(shop, "own", &own);
    workshop_run(shop, "gcc -c -o plain.o main.c && objcopy --add-section .BTF=own --add-section "
                       ".BTF.base=distilled plain.o distilled.o");
}

static void test_distilled(void **state)
{
    struct workshop *shop = *state;
    write_split(shop, false); // the kernel
    CLEANUP(btf_assembler_free_at) struct btf_assembler other = kernel(true);
    write_btf(shop, "other", &other);
    write_distilled(shop, 16);
    CLEANUP(opened_btf_close_at) struct opened_btf alone = open_btf_with(shop, "distilled.o", NULL);
    check_module(&alone, false);
    CLEANUP(opened_btf_close_at) struct opened_btf related = open_btf_with(shop, "distilled.o", "kernel");
    check_module(&related, true);
    // In another build the same types have other numbers; "big" has another size, and is behind a pointer.
    CLEANUP(opened_btf_close_at) struct opened_btf moved = open_btf_with(shop, "distilled.o", "other");
    check_module(&moved, true);
    // Of another size than in the kernel: the module is not for it.
    write_distilled(shop, 24);
    struct error *error = refusal_of_btf(shop, "distilled.o", "kernel");
    assert_int_equal(error->code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error->message, "\"node\" of 24 bytes"));
    assert_non_null(strstr(error->message, ".BTF.base+0x"));
    error_free(error);
}

static void test_damaged_sections(void **state)
{
    struct workshop *shop = *state;
    write_distilled(shop, 16);
    CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, "distilled.o");
    static const char *const names[] = {".BTF", ".BTF.base"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        Elf64_Shdr *header = patch_section(file, names[i]);
        const Elf64_Shdr kept = *header;
        header->sh_size = UINT64_C(1) << 40;
        workshop_write(shop, "damaged.o", file.data, file.size_bytes);
        struct error *error = refusal_of_btf(shop, "damaged.o", NULL);
        assert_non_null(strstr(error->message, "truncated"));
        assert_non_null(strstr(error->message, names[i]));
        error_free(error);
        *header = kept;
        header->sh_size = 25;
        workshop_write(shop, "damaged.o", file.data, file.size_bytes);
        error_free(refusal_of_btf(shop, "damaged.o", NULL));
        *header = kept;
        header->sh_flags |= SHF_COMPRESSED;
        workshop_write(shop, "damaged.o", file.data, file.size_bytes);
        error_free(refusal_of_btf(shop, "damaged.o", NULL));
        *header = kept;
    }
}

static void test_the_running_kernel(void **state)
{
    (void)state;
    struct btf *btf = NULL;
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
        printf("SKIPPED: the running kernel has no BTF here\n");
        skip();
    }
    assert_no_error(btf_open("/sys/kernel/btf/vmlinux", NULL, &btf));
    assert_int_equal(btf->address_bytes, sizeof(long)); // of this program, which runs on it natively
    assert_true(btf->machine != 0);
    btf_close(btf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_wrong_bases),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_distilled),
        cmocka_unit_test(test_damaged_sections),
        cmocka_unit_test(test_the_running_kernel),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
