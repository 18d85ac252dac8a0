// SPDX-License-Identifier: MIT
#include "lab/go_lines.h"

// The first bytes of the table: which Go wrote it (internal/abi/symtab.go).
static const uint32_t MAGIC_GO_1_18 = 0xfffffff0, MAGIC_GO_1_20 = 0xfffffff1;

enum { RECORD_FILE_STEPS = 20, RECORD_LINE_STEPS = 24, RECORD_UNIT = 32 }; // of runtime._func, since 1.18

static struct byte_reader reader_at(const struct go_lines *lines, uint64_t offset)
{
    struct byte_reader reader = byte_reader_over(lines->table, lines->big_endian);
    byte_reader_seek(&reader, offset);
    return reader;
}

static bool u32_at(const struct go_lines *lines, uint64_t offset, uint32_t *value)
{
    struct byte_reader reader = reader_at(lines, offset);
    *value = byte_reader_u32(&reader);
    return !reader.failed;
}

struct error *go_lines_open_table(const char *path, struct bytes table, bool big_endian, uint64_t text_start,
                                  struct go_lines *lines)
{
    *lines = (struct go_lines){.big_endian = big_endian, .table = table};
    struct byte_reader reader = byte_reader_over(lines->table, lines->big_endian);
    uint32_t magic = byte_reader_u32(&reader);
    byte_reader_skip(&reader, 2);
    lines->quantum = byte_reader_u8(&reader);
    lines->pointer_bytes = byte_reader_u8(&reader);
    if (!reader.failed && magic != MAGIC_GO_1_18 && magic != MAGIC_GO_1_20)
        return error_create(ERROR_UNSUPPORTED, "%s: .gopclntab of another Go version (0x%x)", path, magic);
    lines->functions_count = byte_reader_sized(&reader, lines->pointer_bytes);
    byte_reader_sized(&reader, lines->pointer_bytes); // how many files
    // Go 1.26 writes no address into the table, so that nothing in it has to be relocated.
    lines->text_start = byte_reader_sized(&reader, lines->pointer_bytes);
    if (text_start)
        lines->text_start = text_start;
    lines->names = byte_reader_sized(&reader, lines->pointer_bytes);
    lines->units = byte_reader_sized(&reader, lines->pointer_bytes);
    lines->files = byte_reader_sized(&reader, lines->pointer_bytes);
    lines->steps = byte_reader_sized(&reader, lines->pointer_bytes);
    lines->functions = byte_reader_sized(&reader, lines->pointer_bytes);
    if (reader.failed || lines->functions > lines->table.size_bytes ||
        lines->functions_count > (lines->table.size_bytes - lines->functions) / 8)
        return error_create(ERROR_BAD_FORMAT, "%s: .gopclntab is broken", path);
    if (!lines->text_start)
        return error_create(ERROR_NOT_FOUND, "%s: no runtime.text: its symbols are stripped", path);
    return NULL;
}

struct error *go_lines_open(const struct object *object, struct go_lines *lines)
{
    *lines = (struct go_lines){.big_endian = object->big_endian};
    uint64_t start, size_bytes, end, text_start;
    if (!object_find_symbol(object, "runtime.pclntab", &start, &size_bytes) ||
        !object_find_symbol(object, "runtime.epclntab", &end, &size_bytes) || end <= start)
        return error_create(ERROR_NOT_FOUND,
                            "%s: no runtime.pclntab: no Go program, or its symbols are stripped",
                            object->path);
    if (!object_find_symbol(object, "runtime.text", &text_start, &size_bytes))
        text_start = 0;
    return go_lines_open_table(object->path, object_read_address(object, start, end - start),
                               object->big_endian, text_start, lines);
}

bool go_lines_function(const struct go_lines *lines, uint64_t index, struct go_function *function)
{
    uint32_t entry, record, end, name;
    if (index >= lines->functions_count || !u32_at(lines, lines->functions + 8 * index, &entry) ||
        !u32_at(lines, lines->functions + 8 * index + 4, &record) ||
        !u32_at(lines, lines->functions + 8 * index + 8, &end) || end < entry)
        return false;
    function->entry = lines->text_start + entry;
    function->end = lines->text_start + end;
    function->record = lines->functions + record;
    if (!u32_at(lines, function->record + 4, &name))
        return false;
    function->name = bytes_text_at(lines->table, lines->names + name);
    return function->name != NULL;
}

// A run of (value step, pc step) pairs, each a varint; the value step is zig-zag, and 0 ends all but the
// first (runtime/symtab.go, step). The value at `address`, or -1.
static int64_t step_value(const struct go_lines *lines, uint64_t steps, const struct go_function *function,
                          uint64_t address)
{
    struct byte_reader reader = reader_at(lines, lines->steps + steps);
    uint64_t at = function->entry;
    int64_t value = -1;
    for (bool is_first = true; !reader.failed; is_first = false) {
        uint64_t step = byte_reader_uleb(&reader);
        if (step == 0 && !is_first)
            return -1;
        value += (int64_t)(step >> 1) ^ -(int64_t)(step & 1);
        uint64_t length = byte_reader_uleb(&reader) * lines->quantum;
        if (__builtin_add_overflow(at, length, &at) || reader.failed)
            return -1;
        if (address < at)
            return value;
    }
    return -1;
}

void go_lines_place(const struct go_lines *lines, const struct go_function *function, uint64_t address,
                    const char **file, uint64_t *line)
{
    uint32_t file_steps, line_steps, unit, file_offset;
    *file = NULL;
    *line = 0;
    if (!u32_at(lines, function->record + RECORD_FILE_STEPS, &file_steps) ||
        !u32_at(lines, function->record + RECORD_LINE_STEPS, &line_steps) ||
        !u32_at(lines, function->record + RECORD_UNIT, &unit) || !file_steps || !line_steps)
        return;
    int64_t number = step_value(lines, line_steps, function, address);
    int64_t index = step_value(lines, file_steps, function, address);
    *line = number > 0 ? (uint64_t)number : 0;
    if (index >= 0 && u32_at(lines, lines->units + 4 * ((uint64_t)unit + (uint64_t)index), &file_offset))
        *file = bytes_text_at(lines->table, lines->files + file_offset);
}
