// SPDX-License-Identifier: MIT
#include "dwarf/die_reader.h"

#include "base/vec.h"
#include "dwarf/die_children.h"
#include "dwarf/die_value.h"
#include "dwarf/libdwarf_compat.h"
#include "dwarf/template_name.h"
#include "dwarf/text.h"
#include "dwarf/unit_dies.h"
#include "dwarf/unit_view.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Windows stay open in order of last use, as picked types cluster by unit. Units of megabytes of DIEs are
// not kept in numbers: their trees count against a limit.
enum { WINDOWS_LIMIT = 64, WINDOW_SECTIONS_LIMIT = 7, ABBREV_TABLES_MOST = 128 };
static const size_t TREES_LIMIT_BYTES = 64u << 20;

struct window_section {
    const char *name;
    struct bytes bytes;
};

struct window {
    const struct unit *unit; // NULL: free
    uint64_t last_use;
    struct error *problem; // why the unit cannot be read; the rest is void then
    struct unit_dies dies; // void until has_dies
    bool has_dies;
    size_t tree_bytes;
    Dwarf_Debug debug; // NULL until the first read
    compat_interface interface;
    struct window_section sections[WINDOW_SECTIONS_LIMIT];
    size_t sections_count;
};

struct die_reader {
    const struct unit_table *table;
    bool units_are_valid, is_deep; // set by the caller
    const struct unit *valid_unit; // the same; NULL: none
    uint64_t clock;
    struct window *latest;
    size_t trees_bytes;
    struct unit_view view;                // the last that was opened; its unit NULL: none
    struct abbrev_cache abbrevs;          // for validating units, and for the tags of children
    struct window windows[WINDOWS_LIMIT]; // libdwarf keeps a pointer to each one's interface: never moved
};

// ---- the virtual object that libdwarf sees --------------------------------------------------------------

static int object_section_info(void *object, compat_section_index index, compat_section *section, int *error)
{
    (void)error;
    const struct window *window = object;
    if (index >= window->sections_count)
        return DW_DLV_NO_ENTRY;
    compat_section_set(section, window->sections[index].name, window->sections[index].bytes.size_bytes);
    return DW_DLV_OK;
}

static compat_byte_order object_byte_order(void *object)
{
    const struct window *window = object;
    return window->unit->table->object->big_endian ? COMPAT_BIG_ENDIAN : COMPAT_LITTLE_ENDIAN;
}

static Dwarf_Small object_length_size(void *object)
{
    return ((const struct window *)object)->unit->offset_bytes;
}

static Dwarf_Small object_pointer_size(void *object)
{
    // libdwarf knows 4 and 8 here; the unit's header says what holds for its DIEs.
    return ((const struct window *)object)->unit->address_bytes == 8 ? 8 : 4;
}

static Dwarf_Unsigned object_section_count(void *object)
{
    return ((const struct window *)object)->sections_count;
}

static int object_load_section(void *object, compat_section_index index, Dwarf_Small **data, int *error)
{
    (void)error;
    const struct window *window = object;
    if (index >= window->sections_count)
        return DW_DLV_NO_ENTRY;
    // Read-only memory: libdwarf writes to sections only when it relocates them, which it is never asked to.
    *data = (Dwarf_Small *)(uintptr_t)window->sections[index].bytes.data;
    return DW_DLV_OK;
}

#if COMPAT_HAS_FILE_SIZE
static Dwarf_Unsigned object_file_size(void *object)
{
    const struct window *window = object;
    Dwarf_Unsigned sum = 0;
    for (size_t i = 0; i < window->sections_count; i++)
        sum += window->sections[i].bytes.size_bytes;
    return sum + 64; // an ELF header's worth, as a file would have
}
#endif

static const union compat_method_table object_methods = {
    .methods = {
        COMPAT_METHOD(get_section_info) = object_section_info,
        COMPAT_METHOD(get_byte_order) = object_byte_order,
        COMPAT_METHOD(get_length_size) = object_length_size,
        COMPAT_METHOD(get_pointer_size) = object_pointer_size,
#if COMPAT_HAS_FILE_SIZE
        COMPAT_METHOD(get_filesize) = object_file_size,
#endif
        COMPAT_METHOD(get_section_count) = object_section_count,
        COMPAT_METHOD(load_section) = object_load_section,
    }};

// ---- windows --------------------------------------------------------------------------------------------

static struct error *bad_format(const struct unit *unit, uint64_t offset, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%llx: %s", unit->table->object->debug_path,
                        section_name(unit->section), (unsigned long long)offset, what);
}

static void window_section_add(struct window *window, const char *name, struct bytes bytes)
{
    if (bytes.size_bytes > 0)
        window->sections[window->sections_count++] = (struct window_section){name, bytes};
}

// What the offsets of a unit in a .dwp count from: the bases were checked to lie in the sections.
static struct bytes part_from(struct bytes section, uint64_t base)
{
    return (struct bytes){section.data + base, section.size_bytes - base};
}

static void window_sections_set(struct window *window)
{
    const struct unit *unit = window->unit;
    const struct bytes *sections = unit->table->object->sections;
    struct bytes slice = {sections[unit->section].data + unit->offset, unit->end_offset - unit->offset};
    window->sections[0] = (struct window_section){"", {slice.data, 0}}; // as ELF's section 0
    window->sections_count = 1;
    window_section_add(window, unit->section == SECTION_TYPES ? ".debug_types" : ".debug_info", slice);
    window_section_add(window, ".debug_abbrev", part_from(sections[SECTION_ABBREV], unit->abbrev_base));
    window_section_add(window, ".debug_str", sections[SECTION_STR]);
    window_section_add(window, ".debug_line_str", sections[SECTION_LINE_STR]);
    window_section_add(window, ".debug_str_offsets",
                       part_from(sections[SECTION_STR_OFFSETS], unit->str_offsets_part));
    window_section_add(window, ".debug_addr", sections[SECTION_ADDR]);
}

// A failing dwarf_object_init_b and the freeing of its error share state inside libdwarf, in every version:
// one at a time, process-wide. The lock guards the library's state, there is none of ours.
static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t de_alloc_once = PTHREAD_ONCE_INIT;

static void de_alloc_off(void)
{
    // Without its list of all allocations libdwarf is a fifth faster; everything is freed here one by one.
    dwarf_set_de_alloc_flag(0);
}

// libdwarf tells a lack of memory as damage, by half a dozen numbers or as a section that is not there: errno, cleared
// before its calls, tells.
static bool is_short_of_memory(int result)
{
    return result == DW_DLV_ERROR && errno == ENOMEM;
}

static struct error *window_open_debug(struct window *window)
{
    window_sections_set(window);
    window->interface = (compat_interface)COMPAT_INTERFACE(window, &object_methods.methods);
    pthread_once(&de_alloc_once, de_alloc_off);
    Dwarf_Error problem = NULL;
    pthread_mutex_lock(&init_lock);
    errno = 0;
    int result =
        dwarf_object_init_b(&window->interface, NULL, NULL, DW_GROUPNUMBER_ANY, &window->debug, &problem);
    struct error *error = NULL;
    if (result != DW_DLV_OK) {
        error =
            is_short_of_memory(result)
                ? &error_out_of_memory
                : bad_format(window->unit, window->unit->offset,
                             result == DW_DLV_ERROR ? dwarf_errmsg(problem) : "libdwarf finds no unit here");
        if (result == DW_DLV_ERROR)
            dwarf_dealloc_error(NULL, problem);
        window->debug = NULL;
    }
    pthread_mutex_unlock(&init_lock);
    return error;
}

static void window_close(struct die_reader *reader, struct window *window)
{
    if (!window->unit)
        return;
    if (window->debug)
        compat_finish(window->debug);
    unit_dies_free(&window->dies);
    error_free(window->problem);
    reader->trees_bytes -= window->tree_bytes;
    if (reader->latest == window)
        reader->latest = NULL;
    *window = (struct window){0};
}

// The window of least recent use among the open ones; NULL when none is open.
static struct window *window_oldest(struct die_reader *reader)
{
    struct window *oldest = NULL;
    for (size_t i = 0; i < WINDOWS_LIMIT; i++) {
        struct window *window = &reader->windows[i];
        if (window->unit && (!oldest || window->last_use < oldest->last_use))
            oldest = window;
    }
    return oldest;
}

// A free place, made by closing windows when all are taken or their trees hold too much.
static struct window *window_place(struct die_reader *reader)
{
    while (reader->trees_bytes > TREES_LIMIT_BYTES)
        window_close(reader, window_oldest(reader));
    for (size_t i = 0; i < WINDOWS_LIMIT; i++)
        if (!reader->windows[i].unit)
            return &reader->windows[i];
    struct window *oldest = window_oldest(reader);
    window_close(reader, oldest);
    return oldest;
}

static struct error *window_problem(const struct window *window)
{
    return window->problem ? error_create(window->problem->code, "%s", window->problem->message) : NULL;
}

// Counts the window's tree as large as it is now.
static void window_weigh(struct die_reader *reader, struct window *window)
{
    reader->trees_bytes -= window->tree_bytes;
    window->tree_bytes = window->has_dies ? unit_dies_size_bytes(&window->dies) : 0;
    reader->trees_bytes += window->tree_bytes;
}

static bool is_trusted(const struct die_reader *reader, const struct unit *unit)
{
    return reader->units_are_valid || unit == reader->valid_unit;
}

// Most DIEs are read of the same unit as the one before.
static struct error *view_open(struct die_reader *reader, const struct unit *unit, struct unit_view *view)
{
    if (reader->view.unit != unit) {
        struct error *error = unit_view_open(&reader->abbrevs, unit, &reader->view);
        if (error) {
            reader->view.unit = NULL;
            return error;
        }
    }
    *view = reader->view;
    return NULL;
}

// Decodes the unit for what encloses what, and validates it where nobody else has.
static struct error *window_decode(struct die_reader *reader, struct window *window)
{
    struct unit_view view;
    if (window->has_dies && !window->dies.starts &&
        !is_trusted(reader, window->unit)) { // it was at that time
        unit_dies_free(&window->dies);
        window->has_dies = false;
    }
    if (window->has_dies || window->problem)
        return window_problem(window);
    struct error *error = view_open(reader, window->unit, &view);
    if (!error)
        error = (is_trusted(reader, window->unit) ? unit_dies_build_scopes : unit_dies_build)(
            window->unit, view.abbrevs, &window->dies);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    window->has_dies = !error;
    window->problem = error;
    window_weigh(reader, window);
    return window_problem(window);
}

// The window over `unit`, validated. A bad unit's window stays, too, so that thousands of references to it do
// not decode it thousands of times.
static struct error *window_over(struct die_reader *reader, const struct unit *unit, struct window **result)
{
    reader->clock++;
    struct window *window = reader->latest;
    if (!window || window->unit != unit) {
        window = NULL;
        for (size_t i = 0; i < WINDOWS_LIMIT && !window; i++)
            if (reader->windows[i].unit == unit)
                window = &reader->windows[i];
    }
    if (!window) {
        window = window_place(reader);
        abbrev_cache_trim(&reader->abbrevs, ABBREV_TABLES_MOST);
        reader->view.unit = NULL;
        window->unit = unit;
    }
    window->last_use = reader->clock;
    reader->latest = window;
    *result = window;
    return is_trusted(reader, unit) ? window_problem(window) : window_decode(reader, window);
}

// Whether a DIE starts there; the unit is decoded for it unless it is trusted. A trusted one may have been decoded when
// it was not: that must make no difference.
static struct error *window_check(const struct die_reader *reader, const struct window *window,
                                  uint64_t offset)
{
    const struct unit *unit = window->unit;
    const bool starts = is_trusted(reader, unit) ? offset >= unit->die_offset && offset < unit->end_offset
                                                 : unit_dies_start_at(&window->dies, offset);
    return starts ? NULL : bad_format(unit, offset, "no DIE starts here");
}

// The window over the unit of a DIE that starts at `ref`.
static struct error *window_find(struct die_reader *reader, struct die_ref ref, struct window **window)
{
    if (!ref.unit)
        return error_create(ERROR_BAD_FORMAT, "%s: a reference that names no DIE",
                            reader->table->object->debug_path);
    RETURN_IF_ERROR(window_over(reader, ref.unit, window));
    return window_check(reader, *window, ref.offset);
}

// ---- attributes -----------------------------------------------------------------------------------------

// Reads the value with libdwarf's dwarf_form* calls. The form decides which, not the class that libdwarf
// assigns: it calls block1 locations of DWARF 2 and 3 exprlocs. Returns libdwarf's result; DW_DLV_NO_ENTRY
// for forms that are read from their bytes: those that libdwarf cannot follow out of a window, or not in a
// bounded time, and plain numbers.
static int decode_form(struct window *window, Dwarf_Attribute handle, struct die_attribute *attribute,
                       Dwarf_Error *problem)
{
    int result;
    switch (attribute->form) {
    case DW_FORM_implicit_const: { // has no bytes
        Dwarf_Signed number = 0;
        result = dwarf_formsdata(handle, &number, problem);
        attribute->kind = DIE_VALUE_SIGNED;
        attribute->signed_number = number;
        return result;
    }
    case DW_FORM_addr: {
        Dwarf_Addr address = 0;
        result = dwarf_formaddr(handle, &address, problem);
        attribute->kind = DIE_VALUE_ADDRESS;
        attribute->number = address;
        return result;
    }
    case DW_FORM_exprloc: {
        Dwarf_Unsigned size_bytes = 0;
        Dwarf_Ptr data = NULL;
        result = dwarf_formexprloc(handle, &size_bytes, &data, problem);
        attribute->kind = DIE_VALUE_BLOCK;
        attribute->block = (struct bytes){data, size_bytes};
        return result;
    }
    case DW_FORM_block:
    case DW_FORM_block1:
    case DW_FORM_block2:
    case DW_FORM_block4: {
        Dwarf_Block *block = NULL;
        result = dwarf_formblock(handle, &block, problem);
        if (result == DW_DLV_OK) {
            attribute->kind = DIE_VALUE_BLOCK;
            attribute->block = (struct bytes){block->bl_data, block->bl_len};
            dwarf_dealloc(window->debug, block, DW_DLA_BLOCK);
        }
        return result;
    }
    default:
        return DW_DLV_NO_ENTRY;
    }
}

// A reader of the unit from `offset` on.
static struct byte_reader unit_reader(const struct unit *unit, uint64_t offset)
{
    const struct object *object = unit->table->object;
    const struct bytes bytes = {object->sections[unit->section].data + unit->offset,
                                unit->end_offset - unit->offset};
    struct byte_reader reader = byte_reader_over(bytes, object->big_endian);
    byte_reader_seek(&reader, offset - unit->offset);
    return reader;
}

static struct error *decode_attribute(struct window *window, Dwarf_Die die, Dwarf_Attribute handle,
                                      struct die_attribute *attribute)
{
    Dwarf_Error problem = NULL;
    Dwarf_Half name = 0, form = 0;
    int result = dwarf_whatattr(handle, &name, &problem);
    if (result == DW_DLV_OK)
        result = dwarf_whatform(handle, &form, &problem);
    attribute->name = name;
    attribute->form = form;
    if (result == DW_DLV_OK)
        result = decode_form(window, handle, attribute, &problem);
    if (result == DW_DLV_NO_ENTRY) {
        Dwarf_Off offset = 0;
        result = dwarf_attr_offset(die, handle, &offset, &problem);
        if (result == DW_DLV_OK) {
            struct byte_reader reader = unit_reader(window->unit, window->unit->offset + offset);
            die_value_read(window->unit, &reader, 0, attribute);
        }
    }
    if (result != DW_DLV_OK)
        attribute->kind = DIE_VALUE_UNREADABLE;
    const bool is_short = is_short_of_memory(result);
    if (result == DW_DLV_ERROR)
        dwarf_dealloc_error(window->debug, problem);
    return is_short ? &error_out_of_memory : NULL;
}

static struct error *libdwarf_problem(const struct window *window, uint64_t offset, int result,
                                      Dwarf_Error problem)
{
    if (result == DW_DLV_NO_ENTRY)
        return bad_format(window->unit, offset, "libdwarf finds no DIE here");
    struct error *error = is_short_of_memory(result)
                              ? &error_out_of_memory
                              : bad_format(window->unit, offset, dwarf_errmsg(problem));
    dwarf_dealloc_error(window->debug, problem);
    return error;
}

static struct error *read_attributes(struct window *window, Dwarf_Die handle, struct arena *arena,
                                     struct die *die)
{
    Dwarf_Attribute *list = NULL;
    Dwarf_Signed count = 0;
    Dwarf_Error problem = NULL;
    int result = dwarf_attrlist(handle, &list, &count, &problem);
    if (result == DW_DLV_NO_ENTRY)
        return NULL; // a DIE without attributes
    if (result == DW_DLV_ERROR)
        return libdwarf_problem(window, die->ref.offset, result, problem);
    die->attributes = arena_alloc_array(arena, (size_t)count, sizeof(*die->attributes));
    struct error *error = die->attributes ? NULL : &error_out_of_memory;
    for (Dwarf_Signed i = 0; i < count; i++) {
        if (!error) {
            struct die_attribute *attribute = &die->attributes[die->attributes_count++];
            error = decode_attribute(window, handle, list[i], attribute);
            die_mark(die, attribute->name);
        }
        dwarf_dealloc_attribute(list[i]);
    }
    dwarf_dealloc(window->debug, list, DW_DLA_LIST);
    return error;
}

// ---- the interface --------------------------------------------------------------------------------------

struct error *die_reader_create(const struct unit_table *table, struct die_reader **reader)
{
    *reader = calloc(1, sizeof(**reader));
    if (!*reader)
        return &error_out_of_memory;
    (*reader)->table = table;
    return NULL;
}

void die_reader_read_deep(struct die_reader *reader)
{
    reader->is_deep = true;
}

void die_reader_trust_units(struct die_reader *reader, bool are_valid)
{
    reader->units_are_valid = are_valid;
}

void die_reader_trust_unit(struct die_reader *reader, const struct unit *unit)
{
    reader->valid_unit = unit;
}

void die_reader_free(struct die_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < WINDOWS_LIMIT; i++)
        window_close(reader, &reader->windows[i]);
    abbrev_cache_free(&reader->abbrevs);
    free(reader);
}

// Reads the DIE by libdwarf.
static struct error *read_deep(struct window *window, struct arena *arena, struct die *die)
{
    const struct die_ref ref = die->ref;
    if (!window->debug)
        RETURN_IF_ERROR(window_open_debug(window));
    errno = 0;
    Dwarf_Die handle = NULL;
    Dwarf_Error problem = NULL;
    int result = dwarf_offdie_b(window->debug, ref.offset - ref.unit->offset,
                                ref.unit->section != SECTION_TYPES, &handle, &problem);
    if (result != DW_DLV_OK)
        return libdwarf_problem(window, ref.offset, result, problem);
    Dwarf_Half tag = 0;
    struct error *error = NULL;
    result = dwarf_tag(handle, &tag, &problem);
    if (result != DW_DLV_OK)
        error = libdwarf_problem(window, ref.offset, result, problem);
    else
        error = read_attributes(window, handle, arena, die);
    dwarf_dealloc_die(handle);
    die->tag = tag;
    return error;
}

// Reads the DIE whose values are plain, all of them: most types and members are that, and to open a window
// for them, and an abbrev table in it, would cost twenty times as much.
static struct error *read_plain(const struct abbrev *abbrev, struct arena *arena, struct die *die)
{
    const struct unit *unit = die->ref.unit;
    struct byte_reader reader = unit_reader(unit, die->ref.offset);
    byte_reader_uleb(&reader); // the code
    die->tag = abbrev->tag;
    if (abbrev->attributes_count == 0)
        return NULL;
    die->attributes = arena_alloc_array(arena, abbrev->attributes_count, sizeof(*die->attributes));
    if (!die->attributes)
        return &error_out_of_memory;
    for (; die->attributes_count < abbrev->attributes_count; die->attributes_count++) {
        const struct abbrev_attribute *declared = &abbrev->attributes[die->attributes_count];
        struct die_attribute *attribute = &die->attributes[die->attributes_count];
        attribute->name = declared->name;
        attribute->form = declared->form;
        die_mark(die, declared->name);
        die_value_read(unit, &reader, declared->implicit_value, attribute);
    }
    return NULL;
}

struct error *die_reader_read(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                              struct die *die)
{
    struct window *window;
    *die = (struct die){.ref = ref};
    RETURN_IF_ERROR(window_find(reader, ref, &window));
    struct unit_view view;
    RETURN_IF_ERROR(view_open(reader, ref.unit, &view));
    uint64_t code;
    load_uleb(view.stream.section + ref.offset, &code);
    const struct abbrev *abbrev = abbrev_find(view.abbrevs, code);
    if (!abbrev)
        return bad_format(ref.unit, ref.offset, "no DIE starts here");
    return abbrev->is_all_plain && !reader->is_deep ? read_plain(abbrev, arena, die)
                                                    : read_deep(window, arena, die);
}

struct error *die_reader_children(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                                  struct die_child **children, size_t *count)
{
    struct window *window;
    *children = NULL;
    *count = 0;
    RETURN_IF_ERROR(window_find(reader, ref, &window));
    struct unit_view view;
    RETURN_IF_ERROR(view_open(reader, ref.unit, &view));
    struct decoded_die die;
    if (!unit_view_decode(&view, ref.offset, &die))
        return bad_format(ref.unit, ref.offset, "no DIE starts here");
    const struct children below = direct_children_of(&view, &die);
    size_t children_count = 0;
    for (struct children counted = below; children_next(&counted, &die) != CHILD_NONE;)
        children_count++;
    *children = arena_alloc_array(arena, children_count, sizeof(**children));
    if (!*children)
        return &error_out_of_memory;
    struct children listed = below;
    for (const uint8_t *start; start = listed.position, children_next(&listed, &die) != CHILD_NONE;)
        (*children)[(*count)++] =
            (struct die_child){(uint64_t)(start - view.stream.section), die.abbrev->tag};
    return NULL;
}

struct error *die_reader_is_instance(struct die_reader *reader, struct die_ref ref, bool *is_instance)
{
    struct window *window;
    *is_instance = false;
    RETURN_IF_ERROR(window_find(reader, ref, &window));
    struct unit_view view;
    RETURN_IF_ERROR(view_open(reader, ref.unit, &view));
    struct decoded_die die;
    if (!unit_view_decode(&view, ref.offset, &die))
        return bad_format(ref.unit, ref.offset, "no DIE starts here");
    *is_instance = has_template_parameters(&view, die.abbrev, die.next);
    return NULL;
}

struct error *die_reader_parent(struct die_reader *reader, struct die_ref ref, struct die_ref *parent)
{
    struct window *window;
    *parent = (struct die_ref){0};
    RETURN_IF_ERROR(window_find(reader, ref, &window));
    RETURN_IF_ERROR(window_decode(reader, window));
    struct unit_view view;
    RETURN_IF_ERROR(view_open(reader, ref.unit, &view));
    uint64_t offset;
    RETURN_IF_ERROR(unit_dies_parent(&window->dies, view.abbrevs, ref.offset, &offset));
    window_weigh(reader, window);
    if (offset)
        *parent = (struct die_ref){ref.unit, offset};
    return NULL;
}

struct error *die_reader_completing(struct die_reader *reader, const struct unit *unit, struct arena *arena,
                                    uint64_t **offsets, size_t *count)
{
    struct window *window;
    *offsets = NULL;
    *count = 0;
    RETURN_IF_ERROR(window_over(reader, unit, &window));
    RETURN_IF_ERROR(window_decode(reader, window));
    struct unit_view view;
    RETURN_IF_ERROR(view_open(reader, unit, &view));
    RETURN_IF_ERROR(unit_dies_complete(&window->dies, view.abbrevs));
    window_weigh(reader, window);
    const struct unit_dies *dies = &window->dies;
    *offsets = arena_alloc_array(arena, dies->completing_count, sizeof(**offsets));
    if (!*offsets)
        return &error_out_of_memory;
    for (; *count < dies->completing_count; ++*count)
        (*offsets)[*count] = unit->offset + dies->completing[*count];
    return NULL;
}
