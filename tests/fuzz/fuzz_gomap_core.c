// SPDX-License-Identifier: MIT
// Cores of real Go programs with some of their words changed: moduledata, spans, map headers, directories, tables,
// groups, types, the core's own headers. Whatever they say then, all readers end, with an answer or one line of error.
//
// The programs are fixtures (fixtures/go/maps), run once each when the fuzzer starts, which the kernel writes the cores of.
// An input is which core, then changes of 12 bytes: what to do, where, a value. Each is undone after the run.
#include "base/vec.h"
#include "fuzz_file.h"
#include "gomap/heap_parts.h"
#include "gomap/map_figures.h"
#include "gomap/map_shape.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

int LLVMFuzzerInitialize(int *count, char ***words);

enum { PROGRAMS_MOST = 4, PATCH_BYTES = 12, PATCHES_MOST = 64, RANGE_BYTES = 512, MAPS_READ_MOST = 64 };

struct hot_range {
    uint64_t address; // 0: of the core's own headers
    uint64_t offset;  // in the core
    uint32_t size_bytes;
};

struct base_core {
    char path[300];
    int descriptor;
    VEC(struct hot_range) ranges;
};

static struct base_core cores[PROGRAMS_MOST];
static size_t cores_count;
static char folder[256]; // absolute: the programs run in it

static bool expect_one_line(struct error *error)
{
    bool is_fine = !error;
    if (error && strchr(error->message, '\n'))
        abort();
    error_free(error);
    return is_fine;
}

// ---- what is done with each core ----------------------------------------------------------------------------

struct opened {
    struct memory_target *target;
    struct go_runtime *runtime;
    struct go_types *types;
    struct go_heap *heap;
};

static bool open_all(struct opened *opened, const char *path)
{
    memset(opened, 0, sizeof(*opened));
    return expect_one_line(memory_target_open(path, NULL, &opened->target)) &&
           expect_one_line(go_runtime_open(opened->target, NULL, &opened->runtime)) &&
           expect_one_line(go_types_open(opened->runtime, &opened->types)) &&
           expect_one_line(go_heap_open(opened->runtime, opened->types, &opened->heap));
}

static void close_all(struct opened *opened)
{
    go_heap_close(opened->heap);
    go_types_close(opened->types);
    go_runtime_close(opened->runtime);
    memory_target_close(opened->target);
}

struct reading {
    struct opened opened;
    struct page_cache *pages;
    size_t read;
};

static struct error *read_map(void *context, const struct heap_map *map)
{
    struct reading *reading = context;
    const struct type *type;
    struct map_shape shape;
    struct map_survey survey;
    uint64_t base, size_bytes;
    bool is_allocated;
    if (!map->rtype || reading->read++ > MAPS_READ_MOST)
        return NULL;
    (void)go_heap_object_of(reading->opened.heap, map->address, &base, &size_bytes, &is_allocated);
    if (!expect_one_line(go_types_graph(reading->opened.types, map->rtype, &type)) ||
        !expect_one_line(map_shape_read(go_types_maker(reading->opened.types), type, &shape)))
        return NULL;
    int slices = 0;
    for (bool more = map_survey_start(&survey, reading->pages, &shape, map->address); more && slices < 1000;
         slices++)
        more = map_survey_step(&survey, reading->pages, 1 << 16);
    return NULL;
}

static struct error *read_root(void *context, const struct heap_root *root)
{
    return read_map(context, &root->map);
}

static void read_core(const char *path)
{
    struct reading reading = {.read = 0};
    if (open_all(&reading.opened, path) &&
        expect_one_line(pages_open(reading.opened.target->memory, 1 << 22, &reading.pages))) {
        expect_one_line(go_heap_maps(reading.opened.heap, read_map, &reading));
        reading.read = 0;
        expect_one_line(go_heap_roots(reading.opened.heap, read_root, &reading));
    }
    pages_close(reading.pages);
    close_all(&reading.opened);
}

// ---- the cores ----------------------------------------------------------------------------------------------

static bool leave_core(struct base_core *core, const char *program)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    int out[2], in[2];
    char word;
    if (access(program, X_OK) || pipe(out) || pipe(in))
        return false;
    pid_t child = fork();
    if (!child) {
        int nowhere = open("/dev/null", O_WRONLY);
        setrlimit(RLIMIT_CORE, &unlimited);
        setenv("GOTRACEBACK", "crash", 1);
        dup2(in[0], 0), dup2(out[1], 1), dup2(nowhere, 2);
        if (!chdir(folder))
            execl(program, program, (char *)NULL);
        _exit(1);
    }
    close(out[1]), close(in[0]);
    bool has_spoken = read(out[0], &word, 1) == 1;
    usleep(200000);
    kill(child, SIGABRT);
    waitpid(child, NULL, 0);
    close(out[0]), close(in[1]);
    snprintf(core->path, sizeof(core->path), "%s/%d", folder, (int)child);
    DIR *opened = opendir(folder);
    bool is_found = false;
    for (const struct dirent *entry; opened && !is_found && (entry = readdir(opened));) {
        char found[400];
        snprintf(found, sizeof(found), "%s/%s", folder, entry->d_name);
        is_found = !strncmp(entry->d_name, "core", 4) && rename(found, core->path) == 0;
    }
    if (opened)
        closedir(opened);
    core->descriptor = is_found ? open(core->path, O_RDWR) : -1;
    return has_spoken && core->descriptor >= 0;
}

static void add_range(struct base_core *core, uint64_t address, uint64_t size_bytes)
{
    Elf64_Ehdr header;
    if (pread(core->descriptor, &header, sizeof(header), 0) != sizeof(header))
        abort();
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        if (pread(core->descriptor, &segment, sizeof(segment),
                  (off_t)(header.e_phoff + i * sizeof(segment))) != sizeof(segment))
            abort();
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            address - segment.p_vaddr >= segment.p_filesz)
            continue;
        uint64_t left = segment.p_filesz - (address - segment.p_vaddr);
        struct hot_range range = {address, segment.p_offset + (address - segment.p_vaddr),
                                  (uint32_t)(size_bytes < left ? size_bytes : left)};
        if (!vec_push(&core->ranges, range))
            abort();
    }
}

struct finding {
    struct base_core *core;
    struct go_heap *heap;
};

// The header, where it points to, and where that points to: directories, tables, groups, buckets.
static struct error *find_ranges(void *context, const struct heap_map *map)
{
    struct finding *finding = context;
    uint64_t word;
    add_range(finding->core, map->address, 56);
    add_range(finding->core, map->slots, RANGE_BYTES);
    for (unsigned offset = 16; offset <= 48; offset += 8) {
        if (!runtime_try(finding->heap->runtime, map->address + offset, &word, 8) || !word)
            continue;
        add_range(finding->core, word, RANGE_BYTES);
        if (runtime_try(finding->heap->runtime, word, &word, 8))
            add_range(finding->core, word, RANGE_BYTES);
    }
    return NULL;
}

static void find_all_ranges(struct base_core *core)
{
    struct opened opened;
    const struct hot_range headers = {0, 0, 8192};
    if (!open_all(&opened, core->path))
        abort();
    struct finding finding = {core, opened.heap};
    const struct go_region *regions = opened.runtime->facts.regions;
    if (!vec_push(&core->ranges, headers))
        abort();
    add_range(core, opened.runtime->facts.moduledata, 48 * 8);
    expect_one_line(go_heap_maps(opened.heap, find_ranges, &finding));
    for (uint64_t at = regions[GO_TYPES].begin; at < regions[GO_TYPES].end; at += 1 << 14)
        add_range(core, at, RANGE_BYTES); // of a PIE; else they are not in the core
    for (uint64_t at = regions[GO_NOPTRBSS].begin; at + 24 < regions[GO_NOPTRBSS].end; at += 8) {
        uint64_t words[3], span;
        // Slices of pointers in the runtime's own variables: the spans are among them.
        if (runtime_try(opened.runtime, at, words, sizeof(words)) && words[1] > 8 && words[1] <= words[2] &&
            words[2] < 1 << 20 && runtime_try(opened.runtime, words[0], &span, 8)) {
            add_range(core, at, 24);
            add_range(core, words[0], RANGE_BYTES);
            for (uint64_t i = 0; i < words[1] && i < 64; i++) {
                if (runtime_try(opened.runtime, words[0] + 8 * i, &span, 8))
                    add_range(core, span, 168);
            }
        }
    }
    close_all(&opened);
}

static void remove_cores(void)
{
    for (size_t i = 0; i < cores_count; i++)
        remove(cores[i].path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    static const char *const programs[] = {"go1.22-stripped", "go1.24-stripped", "go1.26-pie",
                                           "go1.24-noswissmap"};
    (void)count, (void)words;
    char here[128];
    snprintf(folder, sizeof(folder), "%s/fuzz-gomap-%d", getcwd(here, sizeof(here)) ? here : "/tmp", (int)getpid());
    mkdir(folder, 0700);
    atexit(remove_cores);
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
        char path[600];
        snprintf(path, sizeof(path), "%s/maps/%s", FIXTURES_BINARY, programs[i]);
        if (!leave_core(&cores[cores_count], path))
            continue;
        find_all_ranges(&cores[cores_count]);
        printf("%s: %zu places to change\n", programs[i], cores[cores_count].ranges.length);
        cores_count++;
    }
    if (!cores_count) {
        printf("SKIPPED: no Go program with maps, or the kernel writes no cores here\n");
        exit(0);
    }
    return 0;
}

// ---- changes ------------------------------------------------------------------------------------------------

struct undo {
    off_t offset;
    uint64_t before;
};

static uint64_t new_value(const struct base_core *core, unsigned what, uint64_t before, uint64_t value)
{
    const struct hot_range *other = &core->ranges.data[value % core->ranges.length];
    switch (what) {
    case 0:
        return value;
    case 1:
        return other->address + (value >> 32 & 0x38); // a pointer to what it should not point to
    case 2:
        return before ^ value;
    case 3:
        return (before & ~UINT64_C(0xff)) | (value & 0xff);
    case 4:
        return before + (int8_t)value;
    case 5:
        return UINT64_C(1) << (value & 63);
    case 6:
        return UINT64_MAX - (value & 0xffff);
    default:
        return 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct undo undo[PATCHES_MOST];
    size_t done = 0;
    if (size_bytes < 1)
        return 0;
    const struct base_core *core = &cores[data[0] % cores_count];
    for (size_t at = 1; at + PATCH_BYTES <= size_bytes && done < PATCHES_MOST; at += PATCH_BYTES) {
        uint16_t where, place;
        uint64_t value, changed;
        memcpy(&where, data + at, 2);
        memcpy(&place, data + at + 2, 2);
        memcpy(&value, data + at + 4, 8);
        const struct hot_range *range = &core->ranges.data[where % core->ranges.length];
        if (range->size_bytes < 8)
            continue;
        undo[done].offset = (off_t)(range->offset + (place >> 3) % (range->size_bytes / 8) * 8);
        if (pread(core->descriptor, &undo[done].before, 8, undo[done].offset) != 8)
            continue;
        changed = new_value(core, place & 7, undo[done].before, value);
        if (pwrite(core->descriptor, &changed, 8, undo[done].offset) != 8)
            abort();
        done++;
    }
    read_core(core->path);
    while (done-- > 0) {
        if (pwrite(core->descriptor, &undo[done].before, 8, undo[done].offset) != 8)
            abort();
    }
    return 0;
}
