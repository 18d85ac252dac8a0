// SPDX-License-Identifier: MIT
// A type as rows for SQLite: what the threads that encode make of it, and what the one that writes binds to statements.
//
//     chunk:  statement, value, value, …  statement, value, …      the type's own row first
//
// Texts and numbers stand there as they are stored, so that the one thread that owns the database has nothing to take apart.
#ifndef STRATA_REPORT_SQLITE_ROWS_H
#define STRATA_REPORT_SQLITE_ROWS_H

#include "base/output.h"
#include "query/described.h"

// In the order of sqlite_insert.sql. Of a type the first makes the row that the others belong to.
enum sqlite_statement {
    INSERT_FILE,
    INSERT_TYPE,
    INSERT_MEMBER,
    INSERT_GAP,
    SQLITE_STATEMENTS,
};

enum sqlite_value_kind { SQLITE_VALUE_NULL, SQLITE_VALUE_NUMBER, SQLITE_VALUE_TEXT };

struct sqlite_value {
    enum sqlite_value_kind kind;
    uint64_t number;  // of a text its length in bytes
    const char *text; // UTF-8, in the chunk
};

// Appends the rows of a type. Each is a statement and the values of all its parameters but the first, which is the row that it
// belongs to. Fails only when memory is short, which the chunk says. Thread-safe.
void sqlite_rows_encode(struct output *chunk, const struct described_type *type);

// What stands at `at`; the result is where the next begins.
const char *sqlite_statement_read(const char *at, enum sqlite_statement *statement);
const char *sqlite_value_read(const char *at, struct sqlite_value *value);

#endif
