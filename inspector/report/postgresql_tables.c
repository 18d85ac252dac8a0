// SPDX-License-Identifier: MIT
#include "report/postgresql.h"

#include "base/attributes.h"
#include "report/page/page.h"

#include <stdlib.h>
#include <string.h>

// From version i + 1 to the one behind it. Another entry when the tables change, and postgresql_schema.sql with them.
static const unsigned char *const migrations[] = {postgresql_migrate_1};
enum { VERSION = ARRAY_LENGTH(migrations) + 1 };

// 0: there are no tables of ours.
static struct error *ask_version(struct pq *pq, long *version)
{
    struct pq_result result;
    *version = 0;
    RETURN_IF_ERROR(pq_ask(pq, "SELECT to_regclass('strata_schema')", 0, NULL, &result));
    const bool is_there = pq_value(&result, 0, 0) != NULL;
    pq_result_free(&result);
    if (!is_there)
        return NULL;
    RETURN_IF_ERROR(pq_ask(pq, "SELECT max(version) FROM strata_schema", 0, NULL, &result));
    const char *text = pq_value(&result, 0, 0);
    *version = text ? strtol(text, NULL, 10) : 0;
    struct error *error = NULL;
    if (!text)
        error =
            error_create(ERROR_USAGE,
                         "postgresql: the table strata_schema has no row, so the version of the tables is "
                         "unknown; if they are of strata, INSERT it: this strata writes version %d",
                         VERSION);
    pq_result_free(&result);
    return error;
}

// In a database of another program, names that it has taken are left alone; so is all else there.
static struct error *check_names(struct pq *pq)
{
    struct pq_result result;
    RETURN_IF_ERROR(pq_ask(pq,
                           "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
                           "AND relname IN ('files', 'sources', 'shapes', 'holdings', 'shape_members', "
                           "'shape_gaps', 'types', 'members', 'gaps', 'file_totals', 'wasteful', 'savings', "
                           "'holes', 'straddling', 'false_sharing', 'disagreements') ORDER BY 1 LIMIT 1",
                           0, NULL, &result));
    struct error *error = NULL;
    if (result.rows)
        error = error_create(ERROR_USAGE,
                             "postgresql: \"%s\" already exists and is of another program; strata needs a "
                             "database or schema of its own",
                             pq_value(&result, 0, 0));
    pq_result_free(&result);
    return error;
}

// Two writers that start on an empty database: the second waits here and finds the tables.
static struct error *prepare_tables(struct pq *pq)
{
    long version;
    RETURN_IF_ERROR(pq_run(pq, "BEGIN; SELECT pg_advisory_xact_lock(7310016, 1)"));
    RETURN_IF_ERROR(ask_version(pq, &version));
    if (!version) {
        RETURN_IF_ERROR(check_names(pq));
        RETURN_IF_ERROR(pq_run(pq, (const char *)postgresql_schema));
    } else if (version < 1 || version > VERSION)
        return error_create(ERROR_USAGE, "postgresql: tables of version %ld, this strata writes version %d",
                            version, VERSION);
    for (; version && version < VERSION; version++)
        RETURN_IF_ERROR(pq_run(pq, (const char *)migrations[version - 1]));
    return pq_run(pq, "COMMIT");
}

// \u202e in JSON is a character that other encodings do not have.
static struct error *check_encoding(struct pq *pq)
{
    struct pq_result result;
    RETURN_IF_ERROR(pq_ask(pq, "SHOW server_encoding", 0, NULL, &result));
    const char *encoding = pq_value(&result, 0, 0);
    struct error *error = NULL;
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        error = error_create(ERROR_USAGE, "postgresql: the database is in %s; strata needs one in UTF8",
                             encoding ? encoding : "no encoding");
    pq_result_free(&result);
    return error;
}

struct error *postgresql_prepare(struct pq *pq)
{
    RETURN_IF_ERROR(check_encoding(pq));
    RETURN_IF_ERROR(prepare_tables(pq));
    return pq_run(pq, (const char *)postgresql_session);
}
