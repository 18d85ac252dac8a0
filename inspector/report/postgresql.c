// SPDX-License-Identifier: MIT
// Layouts of many files in a PostgreSQL database, written by many programs at once: see page/postgresql_schema.sql.
//
//     encode ─► take: into a file without a name, with a list of the shapes ─► end_file: one transaction
//
//         lock the path ─► the same content there? then nothing changes
//         COPY who has which shape ─► which shapes has nobody yet? ─► COPY these ─► postgresql_merge.sql
//
// The server is needed at the end of a file only, and what goes to it is kept until it was taken: when it goes away in between, the
// transaction is run again.
#include "report/postgresql.h"
#include "base/vec.h"
#include "report/document.h"

#include "report/compact.h"
#include "report/page/page.h"
#include "report/safe_text.h"
#include "report/shape.h"
#include "report/writers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/write_all.h"

// A type that was taken: where its lines stand in the file without a name.
struct kept_type {
    struct shape shape;
    uint64_t at, holding_bytes, pieces_bytes; // of new_types one line, of new_pieces one or more behind it
};

struct postgresql {
    struct document document; // first; its output goes into `kept`
    struct pq *pq;
    int kept; // the file without a name
    uint64_t kept_bytes;
    const char *data;            // the same, mapped while it is sent
    VEC(struct kept_type) types; // in the order of the file; by shape once that is not needed any more
    struct shape content;        // of all taken
    // Of the file under way, as parameters of statements.
    char *path, *message; // as JSON
    char content_text[SHAPE_TEXT_BYTES], cacheline_text[24], bits_text[16];
    const struct report_file *file;
};

static struct postgresql *postgresql_of(struct document *document)
{
    return (struct postgresql *)document;
}

// --- Open and close ---

static struct error *open_kept(int *fd)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return NULL;
    char *name = NULL; // a file system without O_TMPFILE
    if (asprintf(&name, "%s/strata-XXXXXX", folder) < 0)
        return &error_out_of_memory;
    *fd = mkostemp(name, O_CLOEXEC);
    struct error *error = *fd < 0 ? error_system(errno, "%s", name) : NULL;
    if (*fd >= 0)
        unlink(name);
    free(name);
    return error;
}

static int write_kept(void *context, const char *data, size_t size_bytes)
{
    return write_all(*(const int *)context, data, size_bytes);
}

static void forget(struct postgresql *postgresql)
{
    if (postgresql->data)
        munmap((void *)postgresql->data, postgresql->kept_bytes);
    postgresql->data = NULL;
    vec_free(&postgresql->types);
    free(postgresql->path);
    free(postgresql->message);
    postgresql->path = postgresql->message = NULL;
}

static void postgresql_discard(struct document *document)
{
    struct postgresql *postgresql = postgresql_of(document);
    forget(postgresql);
    output_free(&document->file_output);
    if (postgresql->kept >= 0)
        close(postgresql->kept);
    pq_close(postgresql->pq);
    free(postgresql);
}

static struct error *postgresql_finish(struct document *document)
{
    postgresql_discard(document); // each file was committed at its end
    return NULL;
}

// "-o postgresql://user@host/db" is one word to a person: the URI without its scheme arrives here.
static struct error *open_server(struct postgresql *postgresql, const char *path)
{
    const struct document_about *about = &postgresql->document.about;
    char *conninfo = NULL;
    if (asprintf(&conninfo, "%s%s", !strncmp(path, "//", 2) ? "postgresql:" : "", path) < 0)
        return &error_out_of_memory;
    struct error *error = pq_open(&(struct pq_options){.conninfo = conninfo,
                                                       .wait_seconds = about->wait_seconds,
                                                       .notices = about->notices,
                                                       .prepare = postgresql_prepare},
                                  &postgresql->pq);
    free(conninfo);
    return error;
}

static struct error *postgresql_open(const struct writer *writer, const struct document_place *place,
                                     const struct document_about *about, struct document **document)
{
    if (place->output)
        return error_create(ERROR_USAGE, "postgresql: needs a server");
    struct postgresql *postgresql = calloc(1, sizeof(*postgresql));
    if (!postgresql)
        return &error_out_of_memory;
    postgresql->document = (struct document){.writer = writer, .about = *about};
    postgresql->kept = -1;
    struct error *error = open_kept(&postgresql->kept);
    if (!error)
        error = open_server(postgresql, place->path);
    if (error)
        postgresql_discard(&postgresql->document);
    else
        *document = &postgresql->document;
    return error;
}

// --- Chunks: lines as COPY has them ---

struct chunk_head {
    struct shape shape;
    uint64_t holding_bytes, pieces_bytes;
};

// JSON has no raw tabs and line ends; a backslash of its own is one that COPY must not see.
static void copy_json(struct output *chunk, const struct output *json)
{
    for (size_t at = 0; at < json->length;) {
        const char *backslash = memchr(json->data + at, '\\', json->length - at);
        const size_t end = backslash ? (size_t)(backslash - json->data) + 1 : json->length;
        output_bytes(chunk, json->data + at, end - at);
        if (backslash)
            output_char(chunk, '\\');
        at = end;
    }
    chunk->out_of_memory |= json->out_of_memory;
}

static void copy_number(struct output *chunk, bool is_known, uint64_t number)
{
    if (is_known)
        output_format(chunk, "\t%" PRIu64, number < INT32_MAX ? number : INT32_MAX);
    else
        output_text(chunk, "\t\\N");
}

static void holding_line(struct output *chunk, const struct described_type *type, const char *shape)
{
    struct output file = {0};
    output_text(chunk, shape);
    output_text(chunk, type->declared_file ? "\t" : "\t\\N");
    if (type->declared_file)
        safe_json(&file, type->declared_file);
    copy_json(chunk, &file);
    output_free(&file);
    copy_number(chunk, type->declared_line != 0, type->declared_line);
    copy_number(chunk, true, type->copies);
    copy_number(chunk, true, type->definition_number);
    copy_number(chunk, true, type->definitions_count);
    output_char(chunk, '\n');
}

static void piece_line(struct output *chunk, const char *shape, long long before, struct output *json)
{
    output_format(chunk, "%s\t%lld\t", shape, before);
    copy_json(chunk, json);
    output_char(chunk, '\n');
    output_free(json);
}

// The head, then the rows so many at a time that no value of the server's gets large: a jsonb ends at 256 MB. Rows with long names
// halve their number from there on.
static void piece_lines(struct output *chunk, const struct described_type *type, const char *shape)
{
    enum { ROWS_A_PIECE = 1024, PIECE_BYTES_MOST = 4 << 20 };
    size_t rows_a_piece = ROWS_A_PIECE;
    struct output json = {0};
    compact_shape_head(&json, type);
    piece_line(chunk, shape, -1, &json);
    for (size_t first = 0, end, before = 0, written; first < type->rows.count; first = end) {
        do {
            json.length = 0;
            end = first + rows_a_piece < type->rows.count ? first + rows_a_piece : type->rows.count;
            compact_shape_rows(&json, &type->rows, first, end, &written);
        } while (json.length > PIECE_BYTES_MOST && (rows_a_piece /= 2));
        rows_a_piece += !rows_a_piece;
        piece_line(chunk, shape, (long long)before, &json);
        before += written;
    }
}

static struct error *postgresql_encode(struct output *chunk, const struct report_document *about,
                                       const void *item)
{
    const size_t start = chunk->length;
    struct chunk_head head = {0};
    char shape[SHAPE_TEXT_BYTES];
    (void)about;
    RETURN_IF_ERROR(shape_of(item, &head.shape));
    shape_text(&head.shape, shape);
    output_bytes(chunk, (const char *)&head, sizeof(head));
    const size_t holding = chunk->length;
    holding_line(chunk, item, shape);
    const size_t pieces = chunk->length;
    piece_lines(chunk, item, shape);
    if (chunk->out_of_memory)
        return &error_out_of_memory;
    head.holding_bytes = pieces - holding;
    head.pieces_bytes = chunk->length - pieces;
    memcpy(chunk->data + start, &head, sizeof(head));
    return NULL;
}

static struct error *postgresql_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct postgresql *postgresql = postgresql_of(document);
    struct chunk_head head;
    memcpy(&head, chunk, sizeof(head));
    const struct kept_type type = {.shape = head.shape,
                                   .at = postgresql->kept_bytes,
                                   .holding_bytes = head.holding_bytes,
                                   .pieces_bytes = head.pieces_bytes};
    const char *lines = chunk + sizeof(head);
    if (!vec_push(&postgresql->types, type))
        return &error_out_of_memory;
    const struct shape holding = shape_of_bytes(lines, head.holding_bytes);
    postgresql->content = shape_join(&postgresql->content, &holding);
    output_bytes(&document->file_output, lines, size_bytes - sizeof(head));
    postgresql->kept_bytes += size_bytes - sizeof(head);
    return NULL;
}

// --- A file's row ---

static struct error *as_json(const char *text, char **json)
{
    struct output output = {0};
    safe_json(&output, text);
    output_char(&output, '\0');
    *json = output.data;
    return output_finish(&output);
}

// Two paths that differ stay two, which they would not with U+FFFD for each byte that is no UTF-8.
static struct error *path_as_json(const char *path, char **json)
{
    struct output text = {0};
    utf8_text(&text, path);
    output_char(&text, '\0');
    struct error *error = output_finish(&text);
    if (!error)
        error = as_json(text.data, json);
    output_free(&text);
    return error;
}

static struct error *begin_row(struct postgresql *postgresql, const struct report_file *file)
{
    const struct document_about *about = &postgresql->document.about;
    forget(postgresql);
    postgresql->file = file;
    snprintf(postgresql->cacheline_text, sizeof(postgresql->cacheline_text), "%" PRIu64,
             about->cacheline_bytes);
    snprintf(postgresql->bits_text, sizeof(postgresql->bits_text), "%u", file->bits);
    return path_as_json(file->path, &postgresql->path);
}

#define IS_THE_FILE                                                                                          \
    " md5(path) = md5($1::jsonb #>> '{}') AND md5(coalesce(build_id, '')) = md5(coalesce($2, '')) "

// Whether there is such a row, by a statement that gives one if so.
static struct error *ask_row(struct pq *pq, const char *sql, size_t count, const char *const *values,
                             bool *is_there)
{
    struct pq_result result;
    RETURN_IF_ERROR(pq_ask(pq, sql, count, values, &result));
    *is_there = result.rows > 0;
    pq_result_free(&result);
    return NULL;
}

struct has_file {
    struct postgresql *postgresql;
    bool *has;
};

static struct error *ask_file(struct pq *pq, void *context)
{
    const struct has_file *asked = context;
    const struct postgresql *postgresql = asked->postgresql;
    const struct document_about *about = &postgresql->document.about;
    const char *const values[] = {postgresql->path,        postgresql->file->build_id,
                                  postgresql->file->stamp, postgresql->cacheline_text,
                                  about->version,          about->types};
    return ask_row(pq,
                   "SELECT FROM files WHERE" IS_THE_FILE
                   "AND error IS NULL AND stamp = $3 AND cacheline_bytes = $4::bigint AND strata = $5 "
                   "AND types_asked IS NOT DISTINCT FROM $6",
                   ARRAY_LENGTH(values), values, asked->has);
}

static struct error *postgresql_has_file(struct document *document, const struct report_document *about,
                                         bool *has)
{
    struct postgresql *postgresql = postgresql_of(document);
    *has = false;
    if (!about->file.stamp)
        return NULL;
    RETURN_IF_ERROR(begin_row(postgresql, &about->file));
    return pq_attempt(postgresql->pq, ask_file, &(struct has_file){postgresql, has});
}

// Two writers of one file: the second waits until the first one's rows are there.
static struct error *lock_path(struct pq *pq, const struct postgresql *postgresql)
{
    bool is_there;
    const char *const values[] = {postgresql->path};
    return ask_row(pq, "SELECT pg_advisory_xact_lock(7310017, hashtext($1))", 1, values, &is_there);
}

// The earlier rows of the file go, and with them the row that says that it could not be read.
static struct error *delete_rows(struct pq *pq, const struct postgresql *postgresql)
{
    bool is_there;
    const char *const values[] = {postgresql->path, postgresql->file->build_id};
    return ask_row(pq,
                   "WITH gone AS (DELETE FROM files WHERE md5(path) = md5($1::jsonb #>> '{}') AND "
                   "(md5(coalesce(build_id, '')) = md5(coalesce($2, '')) OR error IS NOT NULL) RETURNING id) "
                   "DELETE FROM holdings WHERE file_id IN (SELECT id FROM gone)",
                   ARRAY_LENGTH(values), values, &is_there);
}

static struct error *insert_row(struct pq *pq, const struct postgresql *postgresql)
{
    bool is_there;
    const struct document_about *about = &postgresql->document.about;
    const struct report_file *file = postgresql->file;
    const bool is_read = !postgresql->message;
    const char *const values[] = {postgresql->path,
                                  file->build_id,
                                  is_read ? file->machine : NULL,
                                  is_read ? postgresql->bits_text : NULL,
                                  !is_read           ? NULL
                                  : file->big_endian ? "big"
                                                     : "little",
                                  postgresql->cacheline_text,
                                  about->version,
                                  postgresql->message,
                                  is_read ? postgresql->content_text : NULL,
                                  file->stamp,
                                  about->types};
    return ask_row(
        pq,
        "WITH made AS (INSERT INTO files (path, build_id, machine, bits, endian, cacheline_bytes, strata, "
        "error, "
        "content, stamp, types_asked) VALUES ($1::jsonb #>> '{}', $2, $3, $4::integer, $5, $6::bigint, $7, "
        "$8::jsonb #>> '{}', $9::uuid, $10, $11) RETURNING id) INSERT INTO new_file SELECT id FROM made",
        ARRAY_LENGTH(values), values, &is_there);
}

// --- What goes to the server ---

// Where the rows are the same, only what says when and by whom is brought up to date.
static struct error *keep_same(struct pq *pq, const struct postgresql *postgresql, bool *is_same)
{
    const struct document_about *about = &postgresql->document.about;
    const char *const values[] = {postgresql->path,
                                  postgresql->file->build_id,
                                  postgresql->content_text,
                                  postgresql->cacheline_text,
                                  postgresql->file->stamp,
                                  about->version,
                                  about->types};
    RETURN_IF_ERROR(ask_row(pq,
                            "SELECT FROM files WHERE" IS_THE_FILE "AND error IS NULL AND content = $3::uuid",
                            3, values, is_same));
    if (!*is_same)
        return NULL;
    bool is_there;
    return ask_row(pq,
                   "UPDATE files SET cacheline_bytes = $4::bigint, stamp = $5, strata = $6, types_asked = $7 "
                   "WHERE" IS_THE_FILE
                   "AND content = $3::uuid AND (cacheline_bytes, stamp, strata, types_asked) "
                   "IS DISTINCT FROM ($4::bigint, $5, $6, $7)",
                   ARRAY_LENGTH(values), values, &is_there);
}

static struct error *copy_holdings(struct pq *pq, const struct postgresql *postgresql)
{
    RETURN_IF_ERROR(pq_copy_begin(
        pq, "COPY new_types (shape, decl_file, decl_line, copies, definition, definitions) FROM STDIN"));
    vec_foreach (const struct kept_type *, type, &postgresql->types)
        RETURN_IF_ERROR(pq_copy_put(pq, postgresql->data + type->at, type->holding_bytes));
    return pq_copy_end(pq);
}

static int by_shape(const void *a, const void *b)
{
    const struct kept_type *const *first = a, *const *second = b;
    return memcmp((*first)->shape.bytes, (*second)->shape.bytes, sizeof((*first)->shape.bytes));
}

// As PostgreSQL writes a uuid, with dashes.
static bool parse_shape(const char *text, struct shape *shape)
{
    for (size_t i = 0; i < sizeof(shape->bytes); i++) {
        unsigned byte;
        text += *text == '-';
        if (sscanf(text, "%2x", &byte) != 1)
            return false;
        shape->bytes[i] = (unsigned char)byte;
        text += 2;
    }
    return true;
}

// The lines of the shapes that the server asked for.
static struct error *copy_missing(struct pq *pq, const struct postgresql *postgresql,
                                  const struct pq_result *missing, const struct kept_type **types)
{
    RETURN_IF_ERROR(pq_copy_begin(pq, "COPY new_pieces (shape, before, piece) FROM STDIN"));
    for (int row = 0; row < missing->rows; row++) {
        struct kept_type wanted = {0};
        const struct kept_type *const key = &wanted;
        const char *text = pq_value(missing, row, 0);
        if (!text || !parse_shape(text, &wanted.shape))
            return error_create(ERROR_BAD_FORMAT, "postgresql: no shape: %s", text ? text : "NULL");
        const struct kept_type **found =
            bsearch(&key, types, postgresql->types.length, sizeof(*types), by_shape);
        if (!found)
            return error_create(ERROR_BAD_FORMAT, "postgresql: asks for shape %s, which was not sent", text);
        const struct kept_type *type = *found;
        RETURN_IF_ERROR(
            pq_copy_put(pq, postgresql->data + type->at + type->holding_bytes, type->pieces_bytes));
    }
    return pq_copy_end(pq);
}

static struct error *copy_pieces(struct pq *pq, const struct postgresql *postgresql)
{
    const size_t count = postgresql->types.length;
    const struct kept_type **types = calloc(count + 1, sizeof(*types));
    struct pq_result missing;
    if (!types)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++)
        types[i] = &postgresql->types.data[i];
    qsort(types, count, sizeof(*types), by_shape);
    struct error *error = pq_ask(pq,
                                 "SELECT DISTINCT shape FROM new_types n WHERE NOT EXISTS "
                                 "(SELECT FROM shapes s WHERE s.shape = n.shape)",
                                 0, NULL, &missing);
    if (!error) {
        error = copy_missing(pq, postgresql, &missing, types);
        pq_result_free(&missing);
    }
    free(types);
    return error;
}

static struct error *store(struct pq *pq, void *context)
{
    struct postgresql *postgresql = context;
    bool is_same;
    RETURN_IF_ERROR(lock_path(pq, postgresql));
    RETURN_IF_ERROR(keep_same(pq, postgresql, &is_same));
    if (is_same)
        return NULL;
    RETURN_IF_ERROR(copy_holdings(pq, postgresql));
    RETURN_IF_ERROR(copy_pieces(pq, postgresql));
    RETURN_IF_ERROR(delete_rows(pq, postgresql));
    RETURN_IF_ERROR(insert_row(pq, postgresql));
    return pq_run(pq, (const char *)postgresql_merge);
}

// --- Files that cannot be read ---

static struct error *store_error(struct pq *pq, void *context)
{
    struct postgresql *postgresql = context;
    const char *const values[] = {postgresql->path, NULL, postgresql->message};
    bool is_same;
    RETURN_IF_ERROR(lock_path(pq, postgresql));
    RETURN_IF_ERROR(ask_row(pq, "SELECT FROM files WHERE" IS_THE_FILE "AND error = $3::jsonb #>> '{}'",
                            ARRAY_LENGTH(values), values, &is_same));
    if (is_same)
        return NULL;
    RETURN_IF_ERROR(delete_rows(pq, postgresql));
    return insert_row(pq, postgresql);
}

// The file has no types, and its row says why.
static struct error *refuse_file(struct postgresql *postgresql, const struct report_file *file,
                                 struct error *error)
{
    const struct report_file row = {.path = file->path};
    error->code = ERROR_UNSUPPORTED;
    struct error *failure = begin_row(postgresql, &row);
    if (!failure)
        failure = as_json(error->message, &postgresql->message);
    if (!failure)
        failure = pq_attempt(postgresql->pq, store_error, postgresql);
    if (!failure)
        return error;
    error_free(error);
    return failure;
}

// --- The end of a file ---

static struct error *postgresql_begin_file(struct document *document, const struct report_document *about)
{
    struct postgresql *postgresql = postgresql_of(document);
    RETURN_IF_ERROR(begin_row(postgresql, &about->file));
    output_free(&document->file_output);
    document->file_output = (struct output){.write = write_kept, .context = &postgresql->kept};
    postgresql->content = (struct shape){0};
    postgresql->kept_bytes = 0;
    if (ftruncate(postgresql->kept, 0) || lseek(postgresql->kept, 0, SEEK_SET))
        return error_system(errno, "temporary file");
    return NULL;
}

static struct error *postgresql_end_file(struct document *document, const struct report_document *about)
{
    struct postgresql *postgresql = postgresql_of(document);
    RETURN_IF_ERROR(error_prefix(output_finish(&document->file_output), "temporary file"));
    shape_text(&postgresql->content, postgresql->content_text);
    if (postgresql->kept_bytes) {
        void *data = mmap(NULL, postgresql->kept_bytes, PROT_READ, MAP_PRIVATE, postgresql->kept, 0);
        if (data == MAP_FAILED)
            return error_system(errno, "temporary file");
        postgresql->data = data;
    }
    struct error *error = pq_attempt(postgresql->pq, store, postgresql);
    const bool is_refused = error && error->code == ERROR_SYSTEM && pq_is_limit(postgresql->pq);
    if (error)
        error = error_prefix(error, "%s", about->file.path);
    if (is_refused)
        error = refuse_file(postgresql, &about->file, error);
    forget(postgresql);
    return error;
}

static struct error *postgresql_leave_out(struct document *document, const struct report_left_out *file)
{
    struct postgresql *postgresql = postgresql_of(document);
    const struct report_file row = {.path = file->path};
    RETURN_IF_ERROR(begin_row(postgresql, &row));
    RETURN_IF_ERROR(as_json(file->message, &postgresql->message));
    struct error *error = pq_attempt(postgresql->pq, store_error, postgresql);
    forget(postgresql);
    return error;
}

const struct writer report_postgresql = {.name = "postgresql",
                                         .server = "CONNINFO",
                                         .meaning = "the same tables on a server, for many writers",
                                         .needs = SHAPE_NEEDS,
                                         .open = postgresql_open,
                                         .begin_file = postgresql_begin_file,
                                         .encode = postgresql_encode,
                                         .take = postgresql_take,
                                         .end_file = postgresql_end_file,
                                         .has_file = postgresql_has_file,
                                         .leave_out = postgresql_leave_out,
                                         .finish = postgresql_finish,
                                         .discard = postgresql_discard};
