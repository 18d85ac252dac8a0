// SPDX-License-Identifier: MIT
// NDJSON (a line of JSON a type), for whatever engine there is:
//
//     {"file":{"path",…},"shape":"5f0c…","name":…,"kind":…,  …as in strata.layout/1…  }
//     {"file":{"path":"notes.txt",…null…,"error":"notes.txt: not an object file"}}
//
// Or a folder of parts, a type's part being that of its shape: all who have a type stand in one part. Of files it says
// a line each in files.ndjson, those that could not be read too.
//
//     out/part-00.ndjson … part-63.ndjson, files.ndjson                           one program
//     out/part-00.3-of-8.ndjson … files.3-of-8.ndjson                              the third of eight
//
// A slice owns its names: run again it replaces them, so a file is there once however often a task died. The list of files
// goes before the parts are touched and comes back last: where it is, the slice is whole.
#include "report/document.h"
#include "report/json_parts.h"
#include "report/json_type.h"
#include "report/shape.h"
#include "report/writers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ndjson_part {
    struct out_file *file;
    struct output output;
};

struct ndjson {
    struct document document;  // first
    char *folder;              // NULL: one file
    bool is_new;               // the folder was made by this program
    struct ndjson_part *parts; // document.about.parts of them, and the list of files behind them
};

static struct ndjson *ndjson_of(struct document *document)
{
    return (struct ndjson *)document;
}

// --- Names in the folder ---

static void slice_name(const struct document_about *about, char *text, size_t size_bytes)
{
    *text = '\0';
    if (about->slices)
        snprintf(text, size_bytes, ".%u-of-%u", about->slice, about->slices);
}

// Part `number`, or the list of files when it is the number of parts.
static char *part_path(const struct ndjson *ndjson, unsigned number)
{
    const struct document_about *about = &ndjson->document.about;
    char slice[32], *path;
    slice_name(about, slice, sizeof(slice));
    const int length = number == about->parts
                           ? asprintf(&path, "%s/files%s.ndjson", ndjson->folder, slice)
                           : asprintf(&path, "%s/part-%02u%s.ndjson", ndjson->folder, number, slice);
    return length < 0 ? NULL : path;
}

// Files of another number of slices or parts would be there besides ours, and every type twice.
static struct error *check_name(const struct ndjson *ndjson, const char *name)
{
    const struct document_about *about = &ndjson->document.about;
    unsigned part = 0, slice = 0, slices = 0;
    char made[96], middle[32] = "";
    const char *rest = NULL;
    if (sscanf(name, "part-%u", &part) == 1)
        rest = strchr(name, '.');
    else if (!strncmp(name, "files.", 6))
        rest = name + 5;
    if (!rest)
        return NULL;
    if (sscanf(rest, ".%u-of-%u.", &slice, &slices) == 2)
        snprintf(middle, sizeof(middle), ".%u-of-%u", slice, slices);
    snprintf(made, sizeof(made), "%s.ndjson", middle);
    if (strcmp(rest, made) != 0)
        return NULL; // no name of ours
    // Where the list of a slice is, all its parts are: without our last one there were fewer.
    bool is_fewer = false;
    if (rest == name + 5) {
        char *last = NULL;
        if (asprintf(&last, "%s/part-%02u%s", ndjson->folder, about->parts - 1, rest) < 0)
            return &error_out_of_memory;
        is_fewer = access(last, F_OK) && errno == ENOENT;
        free(last);
    }
    if (slices != about->slices || part >= about->parts || is_fewer)
        return error_create(ERROR_USAGE,
                            "%s: holds %s, which is of another --slice or --partition; take a new folder",
                            ndjson->folder, name);
    return NULL;
}

static struct error *check_folder(const struct ndjson *ndjson)
{
    DIR *folder = opendir(ndjson->folder);
    if (!folder)
        return error_system(errno, "%s", ndjson->folder);
    struct error *error = NULL;
    for (struct dirent *entry; !error && (entry = readdir(folder));)
        error = check_name(ndjson, entry->d_name);
    closedir(folder);
    return error;
}

// --- Open, finish, discard ---

static void parts_discard(struct ndjson *ndjson)
{
    for (unsigned i = 0; ndjson->parts && i <= ndjson->document.about.parts; i++) {
        out_file_discard(ndjson->parts[i].file);
        output_free(&ndjson->parts[i].output);
    }
    if (ndjson->is_new)
        (void)rmdir(ndjson->folder);
    free(ndjson->parts);
    free(ndjson->folder);
    free(ndjson);
}

static struct error *open_part(struct ndjson *ndjson, unsigned number)
{
    struct ndjson_part *part = &ndjson->parts[number];
    char *path = part_path(ndjson, number);
    struct error *error = path ? out_file_open(path, &part->file) : &error_out_of_memory;
    free(path);
    if (!error)
        part->output = (struct output){.write = out_file_write, .context = part->file};
    return error;
}

static struct error *open_parts(struct ndjson *ndjson, const char *path)
{
    ndjson->folder = strdup(path);
    ndjson->parts = calloc((size_t)ndjson->document.about.parts + 1, sizeof(*ndjson->parts));
    if (!ndjson->folder || !ndjson->parts)
        return &error_out_of_memory;
    ndjson->is_new = !mkdir(path, 0777);
    if (!ndjson->is_new && errno != EEXIST)
        return error_system(errno, "%s", path);
    RETURN_IF_ERROR(check_folder(ndjson));
    for (unsigned i = 0; i <= ndjson->document.about.parts; i++)
        RETURN_IF_ERROR(open_part(ndjson, i));
    return NULL;
}

static struct error *ndjson_open(const struct writer *writer, const struct document_place *place,
                                 const struct document_about *about, struct document **document)
{
    if (!about->parts || place->output)
        return document_open(writer, place, about, document);
    if (!strcmp(place->path, "-"))
        return error_create(ERROR_USAGE, "-: --partition needs a folder");
    struct ndjson *ndjson = calloc(1, sizeof(*ndjson));
    if (!ndjson)
        return &error_out_of_memory;
    ndjson->document = (struct document){.writer = writer, .about = *about};
    struct error *error = open_parts(ndjson, place->path);
    if (error)
        parts_discard(ndjson);
    else
        *document = &ndjson->document;
    return error;
}

static void ndjson_discard(struct document *document)
{
    if (ndjson_of(document)->folder)
        parts_discard(ndjson_of(document));
    else
        document_discard(document);
}

// What a full disk refuses, it refuses before anything of the run before is touched.
static struct error *end_parts(struct ndjson *ndjson)
{
    for (unsigned i = 0; i <= ndjson->document.about.parts; i++)
        RETURN_IF_ERROR(error_prefix(output_finish(&ndjson->parts[i].output), "%s",
                                     out_file_path(ndjson->parts[i].file)));
    return NULL;
}

static struct error *commit_parts(struct ndjson *ndjson)
{
    const unsigned parts = ndjson->document.about.parts;
    RETURN_IF_ERROR(end_parts(ndjson));
    char *list = part_path(ndjson, parts);
    if (!list)
        return &error_out_of_memory;
    const bool is_gone = !unlink(list) || errno == ENOENT;
    struct error *error = is_gone ? NULL : error_system(errno, "%s", list);
    free(list);
    for (unsigned i = 0; i <= parts && !error; i++) {
        error = out_file_commit(ndjson->parts[i].file);
        ndjson->parts[i].file = NULL;
    }
    return error;
}

static struct error *ndjson_finish(struct document *document)
{
    struct ndjson *ndjson = ndjson_of(document);
    if (!ndjson->folder)
        return document_finish(document);
    struct error *error = commit_parts(ndjson);
    ndjson->is_new &= error != NULL;
    parts_discard(ndjson);
    return error;
}

// --- Lines ---

// A chunk is the shape, then the line.
static struct error *ndjson_encode(struct output *chunk, const struct report_document *about,
                                   const void *item)
{
    const struct described_type *type = item;
    struct shape shape;
    char text[SHAPE_TEXT_BYTES];
    RETURN_IF_ERROR(shape_of(type, &shape));
    shape_text(&shape, text);
    output_bytes(chunk, (const char *)shape.bytes, sizeof(shape.bytes));
    json_file(chunk, "{\"file\":", &about->file);
    json_quoted(chunk, ",\"shape\":", text);
    output_char(chunk, ',');
    json_type_start(chunk, type);
    json_type_of_file(chunk, about, type);
    json_type_rest(chunk, type);
    json_number_or_null(chunk, ",\"best_order_bytes\":", type->pack && pack_savings_bytes(type->pack),
                        type->pack ? type->pack->size_bytes : 0);
    json_number(chunk, ",\"contended_lines\":", type->sharing ? type->sharing->contended_count : 0);
    output_text(chunk, "}\n");
    return NULL;
}

static unsigned part_of(const struct document *document, const unsigned char *shape)
{
    return ((unsigned)shape[0] << 8 | shape[1]) % document->about.parts;
}

static struct error *ndjson_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct ndjson *ndjson = ndjson_of(document);
    struct output *output = ndjson->folder
                                ? &ndjson->parts[part_of(document, (const unsigned char *)chunk)].output
                                : document->output;
    output_bytes(output, chunk + sizeof(struct shape), size_bytes - sizeof(struct shape));
    return NULL;
}

static struct output *list_of(struct document *document)
{
    return &ndjson_of(document)->parts[document->about.parts].output;
}

static struct error *ndjson_end_file(struct document *document, const struct report_document *about)
{
    if (!ndjson_of(document)->folder)
        return NULL;
    json_file(list_of(document), "{\"file\":", &about->file);
    json_number(list_of(document), ",\"types\":", document->items_count);
    output_text(list_of(document), "}\n");
    return NULL;
}

static struct error *ndjson_leave_out(struct document *document, const struct report_left_out *file)
{
    const bool is_folder = ndjson_of(document)->folder != NULL;
    struct output *output = is_folder ? list_of(document) : document->output;
    json_quoted(output, "{\"file\":{\"path\":", file->path);
    output_text(output, ",\"build_id\":null,\"machine\":null,\"bits\":null,\"endian\":null}");
    if (is_folder)
        output_text(output, ",\"types\":0");
    json_quoted(output, ",\"error\":", file->message);
    output_text(output, "}\n");
    return NULL;
}

const struct writer report_ndjson = {.name = "ndjson",
                                     .endings = {".ndjson"},
                                     .other_endings = {".jsonl"},
                                     .meaning = "strata.type/1, a line a type; see --partition",
                                     .needs = SHAPE_NEEDS,
                                     .document_bytes = sizeof(struct ndjson),
                                     .in_parts = true,
                                     .open = ndjson_open,
                                     .encode = ndjson_encode,
                                     .take = ndjson_take,
                                     .end_file = ndjson_end_file,
                                     .leave_out = ndjson_leave_out,
                                     .finish = ndjson_finish,
                                     .discard = ndjson_discard};
