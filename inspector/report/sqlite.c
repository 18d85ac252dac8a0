// SPDX-License-Identifier: MIT
// A database of layouts that grows: see page/sqlite_schema.sql. All of a report is one transaction, so
// SQLite's own journal keeps the old content whole when the disk is full or the program is killed. Types come as
// the values of their rows, encoded by many threads (sqlite_rows.h); one at a time gives them to SQLite.
#include "report/compact.h"
#include "report/document.h"
#include "report/page/page.h"
#include "report/sqlite_rows.h"
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

struct database {
    struct document document; // first; its output is not used
    sqlite3 *handle;
    sqlite3_stmt *statements[SQLITE_STATEMENTS];
    int parameters[SQLITE_STATEMENTS]; // how many each has
    char *path;                        // as resolved
    int descriptor;                    // holds the lock that keeps the file at its path
    bool is_new;                       // made by this program: when nothing comes of it, it goes again
    char *indexes;                     // what makes those that were put off; NULL: none was
    size_t rows_without_indexes;
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

// Where there are no types yet, the indexes over types, members and gaps are made behind the last row: to sort all their keys at once
// costs a third of finding a place for each. For so many rows at most, since what is sorted is in memory: some 30 bytes a row.
enum { ROWS_WITHOUT_INDEXES_MOST = 2000000 };

static struct error *put_off_indexes(struct database *database)
{
    sqlite3_int64 has_types;
    sqlite3_stmt *statement;
    RETURN_IF_ERROR(ask(database, "SELECT EXISTS (SELECT * FROM types)", &has_types));
    if (has_types)
        return NULL;
    const char *sql =
        "SELECT group_concat(printf('DROP INDEX \"%w\";', name), ''), group_concat(sql, char(10) || ';') "
        "FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('types', 'members', "
        "'gaps')";
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        return sqlite_error(database);
    CLEANUP(free_at) char *drop = NULL;
    struct error *error = sqlite3_step(statement) == SQLITE_ROW ? NULL : sqlite_error(database);
    if (!error && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        const char *texts[] = {(const char *)sqlite3_column_text(statement, 0),
                               (const char *)sqlite3_column_text(statement, 1)};
        drop = texts[0] ? strdup(texts[0]) : NULL;
        database->indexes = texts[1] ? strdup(texts[1]) : NULL;
        error = drop && database->indexes ? NULL : &error_out_of_memory;
    }
    sqlite3_finalize(statement);
    return error || !drop ? error : run(database, drop);
}

static struct error *make_indexes(struct database *database)
{
    CLEANUP(free_at) char *indexes = database->indexes;
    database->indexes = NULL;
    return indexes ? run(database, indexes) : NULL;
}

static struct error *database_open(struct database *database)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
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
    RETURN_IF_ERROR(run(database, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536"));
    RETURN_IF_ERROR(migrate_tables(database));
    RETURN_IF_ERROR(run(database, "PRAGMA foreign_keys = ON; BEGIN IMMEDIATE"));
    RETURN_IF_ERROR(check_tables(database));
    RETURN_IF_ERROR(put_off_indexes(database));
    const char *text = (const char *)sqlite_insert;
    for (int i = 0; i < SQLITE_STATEMENTS; i++) {
        if (sqlite3_prepare_v3(database->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                               &database->statements[i], &text) != SQLITE_OK)
            return sqlite_error(database);
        database->parameters[i] = sqlite3_bind_parameter_count(database->statements[i]);
    }
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
    for (int i = 0; i < SQLITE_STATEMENTS; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_close(database->handle); // rolls back what was not committed
    // Only now: closing a descriptor of the file ends SQLite's own locks on it.
    if (database->descriptor >= 0) {
        if (remove_new && database->is_new && !flock(database->descriptor, LOCK_EX | LOCK_NB) &&
            !fstat(database->descriptor, &held) && !held.st_size)
            unlink(database->path);
        close(database->descriptor);
    }
    free(database->indexes);
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

static struct error *sqlite_encode(struct output *chunk, const struct report_document *document,
                                   const void *item)
{
    (void)document;
    sqlite_rows_encode(chunk, item);
    return NULL;
}

static struct error *step(struct database *database, enum sqlite_statement statement)
{
    int result = sqlite3_step(database->statements[statement]);
    struct error *error = result == SQLITE_DONE ? NULL : sqlite_error(database);
    sqlite3_reset(database->statements[statement]);
    return error;
}

// Earlier rows of the same file go: their types, members and gaps follow by cascade, which needs the indexes. So does the row that
// says that it could not be read.
static struct error *forget_file(struct database *database, const struct report_file *file)
{
    static const char *const statements[] = {
        "SELECT * FROM files WHERE path = ?1 AND (ifnull(build_id, '') = ?2 OR error IS NOT NULL)",
        "DELETE FROM files WHERE path = ?1 AND (ifnull(build_id, '') = ?2 OR error IS NOT NULL)"};
    int result = SQLITE_ROW;
    for (size_t i = 0; i < ARRAY_LENGTH(statements) && result == SQLITE_ROW; i++) {
        sqlite3_stmt *statement;
        if (i)
            RETURN_IF_ERROR(make_indexes(database));
        if (sqlite3_prepare_v2(database->handle, statements[i], -1, &statement, NULL) != SQLITE_OK)
            return sqlite_error(database);
        sqlite3_bind_text(statement, 1, file->path, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, file->build_id ? file->build_id : "", -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
        sqlite3_finalize(statement);
    }
    return result == SQLITE_DONE ? NULL : sqlite_error(database);
}

static struct error *insert_file(struct database *database, const struct report_file *file,
                                 const char *message)
{
    const struct document_about *about = &database->document.about;
    RETURN_IF_ERROR(forget_file(database, file));
    sqlite3_stmt *insert = database->statements[INSERT_FILE];
    sqlite3_clear_bindings(insert);
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

// A size that no signed number of 64 bits holds comes from a broken file.
static void bind(sqlite3_stmt *statement, int parameter, const struct sqlite_value *value)
{
    if (value->kind == SQLITE_VALUE_TEXT)
        sqlite3_bind_text64(statement, parameter, value->text, value->number, SQLITE_STATIC, SQLITE_UTF8);
    else if (value->kind == SQLITE_VALUE_NULL)
        sqlite3_bind_null(statement, parameter);
    else if (value->number > INT64_MAX)
        sqlite3_bind_double(statement, parameter, (double)value->number);
    else
        sqlite3_bind_int64(statement, parameter, (sqlite3_int64)value->number);
}

static struct error *sqlite_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct database *database = database_of(document);
    sqlite3_int64 owner = database->file_id;
    for (const char *at = chunk, *end = chunk + size_bytes; at < end;) {
        enum sqlite_statement number;
        struct sqlite_value value;
        at = sqlite_statement_read(at, &number);
        sqlite3_stmt *statement = database->statements[number];
        sqlite3_bind_int64(statement, 1, owner);
        for (int i = 2; i <= database->parameters[number]; i++) {
            at = sqlite_value_read(at, &value);
            bind(statement, i, &value);
        }
        RETURN_IF_ERROR(step(database, number));
        if (number == INSERT_TYPE)
            owner = sqlite3_last_insert_rowid(database->handle);
        database->rows_without_indexes++;
    }
    return database->rows_without_indexes > ROWS_WITHOUT_INDEXES_MOST ? make_indexes(database) : NULL;
}

static struct error *sqlite_finish(struct document *document)
{
    struct error *error = make_indexes(database_of(document));
    if (!error)
        error = run(database_of(document), "COMMIT");
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
