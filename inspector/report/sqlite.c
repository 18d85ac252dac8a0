// SPDX-License-Identifier: MIT
// A database of layouts that grows: see page/sqlite_schema.sql. All of a report is one transaction, so
// SQLite's own journal keeps the old content whole when the disk is full or the program is killed. Types come
// as compact JSON, encoded by many threads, and SQLite itself takes it apart.
#include "report/compact.h"
#include "report/document.h"
#include "report/page/page.h"
#include "report/writers.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x73747261, // "stra": a database of another program is left alone
};

// In the order of sqlite_insert.sql. Of a type the first makes the row that the others belong to.
enum statement {
    INSERT_FILE,
    INSERT_TYPE,
    INSERT_MEMBERS,
    INSERT_GAPS,
    STATEMENTS,
};

struct database {
    struct document document; // first; its output is not used
    sqlite3 *handle;
    sqlite3_stmt *statements[STATEMENTS];
    char *path;     // as resolved
    int descriptor; // holds the lock that keeps the file at its path
    bool is_new;    // made by this program: when nothing comes of it, it goes again
    sqlite3_int64 file_id;
};

static void free_at(char **text)
{
    free(*text);
}

static struct database *database_of(struct document *document)
{
    return (struct database *)document;
}

static struct error *sqlite_error(const struct database *database)
{
    return error_create(ERROR_SYSTEM, "%s: %s", database->path, sqlite3_errmsg(database->handle));
}

static struct error *run(struct database *database, const char *sql)
{
    return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? NULL : sqlite_error(database);
}

// The first column of the first row as a number.
static struct error *ask(struct database *database, const char *sql, sqlite3_int64 *answer)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        return sqlite_error(database);
    bool has_row = sqlite3_step(statement) == SQLITE_ROW;
    *answer = has_row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return has_row ? NULL : sqlite_error(database);
}

static struct error *create_tables(struct database *database)
{
    char pragmas[96];
    sqlite3_snprintf(sizeof(pragmas), pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     APPLICATION_ID, compact_version);
    RETURN_IF_ERROR(run(database, (const char *)sqlite_schema));
    return run(database, pragmas);
}

static struct error *check_tables(struct database *database)
{
    sqlite3_int64 tables, application, version;
    RETURN_IF_ERROR(ask(database, "SELECT count(*) FROM sqlite_schema", &tables));
    RETURN_IF_ERROR(ask(database, "PRAGMA application_id", &application));
    RETURN_IF_ERROR(ask(database, "PRAGMA user_version", &version));
    if (!tables && !application)
        return create_tables(database);
    if (application != APPLICATION_ID)
        return error_create(ERROR_USAGE, "%s: a database of another program; strata adds nothing to it",
                            database->path);
    if (version != compact_version)
        return error_create(ERROR_USAGE, "%s: tables of version %lld, this strata writes version %d",
                            database->path, (long long)version, compact_version);
    return NULL;
}

// Older tables become today's, in a transaction of its own: a table that others refer to can be made anew only where foreign
// keys are off, and they are switched between transactions.
static struct error *migrate_tables(struct database *database)
{
    sqlite3_int64 application, version;
    RETURN_IF_ERROR(ask(database, "PRAGMA application_id", &application));
    if (application != APPLICATION_ID)
        return NULL;
    RETURN_IF_ERROR(run(database, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE"));
    RETURN_IF_ERROR(ask(database, "PRAGMA user_version", &version));
    if (version == 1)
        RETURN_IF_ERROR(run(database, (const char *)sqlite_migrate_1));
    return run(database, "COMMIT");
}

static struct error *database_open(struct database *database)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    CLEANUP(free_at) char *plain = NULL;
    // ":memory:" and "file:…?mode=memory" are names of files like any other.
    if (asprintf(&plain, "%s%s", *database->path == '/' ? "" : "./", database->path) < 0) {
        plain = NULL;
        return &error_out_of_memory;
    }
    if (sqlite3_open_v2(plain, &database->handle, flags, NULL) != SQLITE_OK)
        return database->handle ? sqlite_error(database) : &error_out_of_memory;
    sqlite3_busy_timeout(database->handle, 10000);
    // A report may be written by several programs at once: each waits here for its turn. Of temporary files there is no
    // need, and where they would be the program may not write any more (cli/give_up.h).
    RETURN_IF_ERROR(run(database, "PRAGMA temp_store = MEMORY"));
    RETURN_IF_ERROR(migrate_tables(database));
    RETURN_IF_ERROR(run(database, "PRAGMA foreign_keys = ON; BEGIN IMMEDIATE"));
    RETURN_IF_ERROR(check_tables(database));
    const char *text = (const char *)sqlite_insert;
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(database->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                               &database->statements[i], &text) != SQLITE_OK)
            return sqlite_error(database);
    return NULL;
}

// Two programs may start on a file that is not there. Who made it removes it when its report fails, but not while
// the other writes to it:
//
//     A  makes it, shared lock ─── fails ─ wants the lock alone: refused, so the file stays
//     B             shared lock ────────────────────────────────── commits
//
// A file that was removed before the lock was there is seen by its number, and opened anew.
static struct error *hold_file(struct database *database)
{
    enum { TRIES_MOST = 100 };
    for (int i = 0; i < TRIES_MOST; i++) {
        struct stat held, named;
        int fd = open(database->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        database->is_new = fd >= 0;
        if (fd < 0 && errno == EEXIST)
            fd = open(database->path, O_RDWR | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
            continue; // removed in between
        if (fd < 0)
            return error_system(errno, "%s", database->path);
        database->descriptor = fd;
        database->is_new &= !flock(fd, LOCK_SH); // where files cannot be locked, none is removed
        if (!fstat(fd, &held) && !stat(database->path, &named) && held.st_ino == named.st_ino &&
            held.st_dev == named.st_dev)
            return NULL;
        close(fd);
        database->descriptor = -1;
    }
    return error_create(ERROR_SYSTEM, "%s: another program keeps removing it", database->path);
}

static void database_close(struct database *database, bool remove_new)
{
    struct stat held;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_close(database->handle); // rolls back what was not committed
    // Only now: closing a descriptor of the file ends SQLite's own locks on it.
    if (database->descriptor >= 0) {
        if (remove_new && database->is_new && !flock(database->descriptor, LOCK_EX | LOCK_NB) &&
            !fstat(database->descriptor, &held) && !held.st_size)
            unlink(database->path);
        close(database->descriptor);
    }
    free(database->path);
    free(database);
}

static void sqlite_discard(struct document *document)
{
    database_close(database_of(document), true);
}

static struct error *sqlite_open(const struct writer *writer, const struct document_place *place,
                                 const struct document_about *about, struct document **document)
{
    struct stat old;
    const char *path = place->path;
    if (place->output || !strcmp(path, "-") || !*path || (!stat(path, &old) && !S_ISREG(old.st_mode)))
        return error_create(ERROR_USAGE, "%s: a database needs a file", path ? path : "-");
    struct database *database = calloc(1, sizeof(*database));
    if (!database)
        return &error_out_of_memory;
    *database = (struct database){.document = {.writer = writer, .about = *about}, .descriptor = -1};
    struct error *error = out_file_resolve(path, &database->path);
    if (!error)
        error = hold_file(database);
    if (!error)
        error = database_open(database);
    if (error)
        sqlite_discard(&database->document);
    else
        *document = &database->document;
    return error;
}

// A chunk is made of pieces: the type's head, then its rows, so many at a time that SQLite's JSON of them stays small.
enum { ROWS_A_PIECE = 256 };

struct row_piece {
    size_t size_bytes; // of the JSON that follows
    size_t before;     // rows before this piece's
};

// Where the JSON of a piece begins; what belongs in front of it comes when it is known.
static size_t piece_begin(struct output *chunk)
{
    const struct row_piece unknown = {0};
    output_bytes(chunk, (const char *)&unknown, sizeof(unknown));
    return chunk->length;
}

static void piece_end(struct output *chunk, size_t start, size_t before)
{
    if (chunk->out_of_memory)
        return;
    const struct row_piece piece = {.size_bytes = chunk->length - start, .before = before};
    memcpy(chunk->data + start - sizeof(piece), &piece, sizeof(piece));
}

static struct error *sqlite_encode(struct output *chunk, const struct report_document *document,
                                   const void *item)
{
    const struct described_type *type = item;
    (void)document;
    size_t start = piece_begin(chunk);
    compact_head(chunk, type);
    piece_end(chunk, start, 0);
    for (size_t first = 0, end, before = 0, written; first < type->rows.count; first = end) {
        end = first + ROWS_A_PIECE < type->rows.count ? first + ROWS_A_PIECE : type->rows.count;
        start = piece_begin(chunk);
        compact_rows(chunk, &type->rows, first, end, &written);
        piece_end(chunk, start, before);
        before += written;
    }
    return NULL;
}

static struct error *step(struct database *database, enum statement statement)
{
    int result = sqlite3_step(database->statements[statement]);
    struct error *error = result == SQLITE_DONE ? NULL : sqlite_error(database);
    sqlite3_reset(database->statements[statement]);
    sqlite3_clear_bindings(database->statements[statement]);
    return error;
}

// Earlier rows of the same file go: their types, members and gaps follow by cascade. So does the row that says that it could
// not be read.
static struct error *forget_file(struct database *database, const struct report_file *file)
{
    sqlite3_stmt *statement;
    const char *sql =
        "DELETE FROM files WHERE path = ?1 AND (ifnull(build_id, '') = ?2 OR error IS NOT NULL)";
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        return sqlite_error(database);
    sqlite3_bind_text(statement, 1, file->path, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, file->build_id ? file->build_id : "", -1, SQLITE_STATIC);
    struct error *error = sqlite3_step(statement) == SQLITE_DONE ? NULL : sqlite_error(database);
    sqlite3_finalize(statement);
    return error;
}

static struct error *insert_file(struct database *database, const struct report_file *file,
                                 const char *message)
{
    const struct document_about *about = &database->document.about;
    RETURN_IF_ERROR(forget_file(database, file));
    sqlite3_stmt *insert = database->statements[INSERT_FILE];
    sqlite3_bind_text(insert, 1, file->path, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, file->build_id, -1, SQLITE_STATIC); // NULL binds NULL
    if (!message) {
        sqlite3_bind_text(insert, 3, file->machine, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 4, file->bits);
        sqlite3_bind_text(insert, 5, file->big_endian ? "big" : "little", -1, SQLITE_STATIC);
    }
    sqlite3_bind_int64(insert, 6, (sqlite3_int64)about->cacheline_bytes);
    sqlite3_bind_text(insert, 7, about->version, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 8, message, -1, SQLITE_STATIC);
    RETURN_IF_ERROR(step(database, INSERT_FILE));
    database->file_id = sqlite3_last_insert_rowid(database->handle);
    return NULL;
}

static struct error *sqlite_begin_file(struct document *document, const struct report_document *about)
{
    return insert_file(database_of(document), &about->file, NULL);
}

static struct error *sqlite_leave_out(struct document *document, const struct report_left_out *file)
{
    return insert_file(database_of(document), &(struct report_file){.path = file->path}, file->message);
}

static struct error *insert(struct database *database, enum statement statement, const char *json,
                            const struct row_piece *piece, sqlite3_int64 owner)
{
    sqlite3_stmt *prepared = database->statements[statement];
    sqlite3_bind_text64(prepared, 1, json, piece->size_bytes, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(prepared, 2, owner);
    if (statement != INSERT_TYPE)
        sqlite3_bind_int64(prepared, 3, (sqlite3_int64)piece->before);
    return step(database, statement);
}

static struct error *sqlite_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct database *database = database_of(document);
    sqlite3_int64 owner = database->file_id;
    struct row_piece piece;
    for (size_t at = 0; at < size_bytes; at += piece.size_bytes) {
        const bool is_head = !at;
        memcpy(&piece, chunk + at, sizeof(piece));
        at += sizeof(piece);
        RETURN_IF_ERROR(insert(database, is_head ? INSERT_TYPE : INSERT_MEMBERS, chunk + at, &piece, owner));
        if (is_head)
            owner = sqlite3_last_insert_rowid(database->handle);
        else
            RETURN_IF_ERROR(insert(database, INSERT_GAPS, chunk + at, &piece, owner));
    }
    return NULL;
}

static struct error *sqlite_finish(struct document *document)
{
    struct error *error = run(database_of(document), "COMMIT");
    if (error)
        sqlite_discard(document);
    else
        database_close(database_of(document), false);
    return error;
}

const struct writer report_sqlite = {.name = "sqlite",
                                     .endings = {".sqlite", ".db"},
                                     .other_endings = {".sqlite3"},
                                     .meaning = "tables to be asked in SQL; appends to an older one",
                                     .needs = DESCRIBE_ROWS | DESCRIBE_PACK | DESCRIBE_SHARING,
                                     .open = sqlite_open,
                                     .begin_file = sqlite_begin_file,
                                     .encode = sqlite_encode,
                                     .take = sqlite_take,
                                     .leave_out = sqlite_leave_out,
                                     .finish = sqlite_finish,
                                     .discard = sqlite_discard};
