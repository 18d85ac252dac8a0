// SPDX-License-Identifier: MIT
#include "report/source_path.h"

#include <ctype.h>
#include <string.h>

// One part of a path, without slashes, onto what is there of it. `floor` is where the path starts: behind the
// slash of an absolute one.
static void append_part(struct output *path, size_t start, size_t floor, const char *part, size_t length)
{
    if (!length || (length == 1 && part[0] == '.'))
        return;
    size_t last = path->length;
    while (last > floor && path->data[last - 1] != '/')
        last--;
    const size_t last_length = path->length - last;
    const bool is_up = length == 2 && !memcmp(part, "..", 2);
    const bool last_is_up = last_length == 2 && !memcmp(path->data + last, "..", 2);
    if (is_up && last_length && !last_is_up) {
        path->length = last > floor ? last - 1 : floor;
        return;
    }
    if (is_up && floor > start) // above / is /
        return;
    if (last_length)
        output_char(path, '/');
    output_bytes(path, part, length);
}

static void append_parts(struct output *path, size_t start, size_t floor, const char *text)
{
    while (*text && !path->out_of_memory) {
        const size_t length = strcspn(text, "/");
        append_part(path, start, floor, text, length);
        text += length + (text[length] == '/');
    }
}

// Appends folder/file without "." and "..": as text, since what was a link on the machine that compiled is
// not known. True when it is absolute.
static bool append_whole(struct output *path, const char *folder, const char *file)
{
    const bool has_folder = file[0] != '/' && folder && *folder;
    const bool is_absolute = (has_folder ? folder : file)[0] == '/';
    const size_t start = path->length;
    if (is_absolute)
        output_char(path, '/');
    const size_t floor = path->length;
    append_parts(path, start, floor, has_folder ? folder : "");
    append_parts(path, start, floor, file);
    return is_absolute;
}

// The bytes of `path` up to what lies below `root`; 0 when it lies elsewhere.
static size_t bytes_to_below(const char *path, size_t path_length, const char *root)
{
    size_t length = root ? strlen(root) : 0;
    while (length && root[length - 1] == '/')
        length--;
    if (!root || !*root || path_length <= length + 1 || memcmp(path, root, length) || path[length] != '/')
        return 0;
    return length + 1;
}

enum source_place source_path(struct output *output, const char *folder, const char *file,
                              const struct source_root *root)
{
    struct output path = {0};
    enum source_place place = append_whole(&path, folder, file) ? SOURCE_ABSOLUTE : SOURCE_RELATIVE;
    size_t skipped = 0;
    for (size_t i = 0; root && i < 2 && !skipped && place == SOURCE_ABSOLUTE; i++)
        skipped = bytes_to_below(path.data, path.length, root->paths[i]);
    if (skipped)
        place = SOURCE_BELOW_ROOT;
    if (path.length)
        output_bytes(output, path.data + skipped, path.length - skipped);
    output->out_of_memory |= path.out_of_memory;
    output_free(&path);
    return place;
}

static void percent_encode(struct output *output, const char *text, size_t length)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if ((byte < 0x80 && isalnum(byte)) || (byte && strchr("-._~/+,=@", byte))) {
            output_char(output, (char)byte);
        } else {
            output_char(output, '%');
            output_char(output, hex[byte >> 4]);
            output_char(output, hex[byte & 15]);
        }
    }
}

enum source_place source_uri(struct output *output, const char *folder, const char *file,
                             const struct source_root *root)
{
    struct output path = {0};
    const enum source_place place = source_path(&path, folder, file, root);
    output_text(output, place == SOURCE_ABSOLUTE ? "file://" : "");
    percent_encode(output, path.data, path.length);
    output->out_of_memory |= path.out_of_memory;
    output_free(&path);
    return place;
}

void source_folder_uri(struct output *output, const char *folder)
{
    size_t length = strlen(folder);
    while (length && folder[length - 1] == '/')
        length--;
    output_text(output, "file://");
    percent_encode(output, folder, length);
    output_char(output, '/');
}
