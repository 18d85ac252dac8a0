// SPDX-License-Identifier: MIT
#include "report/json_parts.h"

#include "report/document.h"
#include "report/safe_text.h"

void json_number(struct output *output, const char *key, uint64_t number)
{
    output_text(output, key);
    output_u64(output, number);
}

void json_number_or_null(struct output *output, const char *key, bool is_known, uint64_t number)
{
    output_text(output, key);
    if (is_known)
        output_u64(output, number);
    else
        output_text(output, "null");
}

void json_quoted(struct output *output, const char *key, const char *text)
{
    output_text(output, key);
    safe_json(output, text);
}

void json_file(struct output *output, const char *key, const struct report_file *file)
{
    output_text(output, key);
    json_quoted(output, "{\"path\":", file->path);
    json_quoted(output, ",\"build_id\":", file->build_id);
    json_quoted(output, ",\"machine\":", file->machine);
    json_number(output, ",\"bits\":", file->bits);
    json_quoted(output, ",\"endian\":", file->big_endian ? "big" : "little");
    output_text(output, "}");
}

void json_path(struct output *output, const char *key, const struct report_document *about,
               const char *folder, const char *file)
{
    if (!file)
        return;
    struct output path = {0};
    (void)source_path(&path, folder, file, about->source_root);
    output_char(&path, '\0');
    if (!path.out_of_memory)
        json_quoted(output, key, path.data);
    output->out_of_memory |= path.out_of_memory;
    output_free(&path);
}

void json_declared(struct output *output, const char *key, const struct report_document *about,
                   const char *folder, const char *file, uint64_t line)
{
    output_text(output, key);
    if (!file && !line) {
        output_text(output, "null");
        return;
    }
    json_quoted(output, "{\"file\":", file);
    json_number_or_null(output, ",\"line\":", line != 0, line);
    json_path(output, ",\"path\":", about, folder, file);
    output_char(output, '}');
}

struct error *json_items_end(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "\n]}\n");
    return NULL;
}
