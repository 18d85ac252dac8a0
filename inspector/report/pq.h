// SPDX-License-Identifier: MIT
// A connection to a PostgreSQL server, through libpq, which is loaded when somebody asks for it: strata runs without it.
// Where the server goes away it is waited for.
//
//     pq_open ─► pq_attempt(work): BEGIN … COMMIT, again from the start when the connection was lost in between
//
// Of one thread. Messages never hold the CONNINFO: there may be a password in it.
#ifndef STRATA_REPORT_PQ_H
#define STRATA_REPORT_PQ_H

#include "base/error.h"
#include "base/notices.h"
#include <stdbool.h>
#include <stddef.h>

struct pq; // a connection

// What a statement gave back. Texts live until pq_result_free.
struct pq_result {
    const struct pq *pq;
    void *handle;
    int rows;
};

struct pq_options {
    const char *conninfo;        // as libpq takes it: "host=… dbname=…" or "postgresql://…"; copied
    unsigned wait_seconds;       // how long a server that is away is waited for
    struct notice_sink *notices; // hears of waiting; NULL: nobody listens
    // Makes a fresh connection ready: called behind each connecting.
    struct error *(*prepare)(struct pq *pq);
};

// ERROR_UNSUPPORTED where libpq cannot be loaded.
MUST_USE struct error *pq_open(const struct pq_options *options, struct pq **pq);
void pq_close(struct pq *pq); // NULL is fine

// Runs work(pq, context) in a transaction. Where the connection is lost, or the server breaks the transaction off for another
// one's sake, it begins anew, for no longer than the options say: so `work` must be a function of what it is given.
MUST_USE struct error *pq_attempt(struct pq *pq, struct error *(*work)(struct pq *pq, void *context),
                                  void *context);

// Whether the statement that failed last was more than the server can hold: a value, a row, an index entry (SQLSTATE 54: a limit
// of the program's, which no trying again moves).
bool pq_is_limit(const struct pq *pq);

// Statements without parameters, several at once.
MUST_USE struct error *pq_run(struct pq *pq, const char *sql);

// One statement, with texts for $1, $2, …; NULL is NULL. The result is to be freed when this succeeds.
MUST_USE struct error *pq_ask(struct pq *pq, const char *sql, size_t count, const char *const *values,
                              struct pq_result *result);
const char *pq_value(const struct pq_result *result, int row, int column); // NULL: NULL
void pq_result_free(struct pq_result *result);

// COPY … FROM STDIN: the statement, its lines in pieces of any length, the end.
MUST_USE struct error *pq_copy_begin(struct pq *pq, const char *sql);
MUST_USE struct error *pq_copy_put(struct pq *pq, const char *data, size_t size_bytes);
MUST_USE struct error *pq_copy_end(struct pq *pq);

#endif
