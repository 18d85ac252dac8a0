// SPDX-License-Identifier: MIT
#include "report/pq.h"

#include "base/clock.h"
#include "report/pq_library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct pq {
    const struct pq_library *library;
    struct pq_options options;
    char *conninfo;
    void *connection; // NULL: none
    char sqlstate[6]; // of the last error of a statement; "": it had none
    bool is_waiting;  // said so
    bool is_prepared; // the connection: it has what `prepare` makes
};

// --- Errors ---

// libpq's texts end with a line end and may have several lines: the first says what it is.
static struct error *error_of(enum error_code code, const char *text, const char *detail)
{
    const int length = (int)strcspn(text, "\n");
    if (!detail || !*detail)
        return error_create(code, "postgresql: %.*s", length, text);
    return error_create(code, "postgresql: %.*s (%.*s)", length, text, (int)strcspn(detail, "\n"), detail);
}

static struct error *connection_error(const struct pq *pq)
{
    return error_of(ERROR_SYSTEM,
                    pq->connection ? pq->library->errorMessage(pq->connection) : "no connection", NULL);
}

static struct error *result_error(struct pq *pq, void *result)
{
    const char *state = result ? pq->library->resultErrorField(result, PQ_FIELD_SQLSTATE) : NULL;
    const char *text = result ? pq->library->resultErrorField(result, PQ_FIELD_MESSAGE) : NULL;
    snprintf(pq->sqlstate, sizeof(pq->sqlstate), "%s", state ? state : "");
    return text ? error_of(ERROR_SYSTEM, text, pq->library->resultErrorField(result, PQ_FIELD_DETAIL))
                : connection_error(pq);
}

// --- Statements ---

static struct error *take_result(struct pq *pq, void *handle, int wanted, struct pq_result *result)
{
    const int status = handle ? pq->library->resultStatus(handle) : -1;
    *result = (struct pq_result){.pq = pq, .handle = handle};
    if (status == wanted || (status == PQ_COMMAND_OK && wanted == PQ_TUPLES_OK)) {
        result->rows = pq->library->ntuples(handle);
        return NULL;
    }
    struct error *error = result_error(pq, handle);
    pq_result_free(result);
    return error;
}

struct error *pq_run(struct pq *pq, const char *sql)
{
    struct pq_result result;
    // Of several statements this is the last one's result, or the first error.
    RETURN_IF_ERROR(take_result(pq, pq->library->exec(pq->connection, sql), PQ_TUPLES_OK, &result));
    pq_result_free(&result);
    return NULL;
}

struct error *pq_ask(struct pq *pq, const char *sql, size_t count, const char *const *values,
                     struct pq_result *result)
{
    return take_result(pq,
                       pq->library->execParams(pq->connection, sql, (int)count, NULL, values, NULL, NULL, 0),
                       PQ_TUPLES_OK, result);
}

const char *pq_value(const struct pq_result *result, int row, int column)
{
    const struct pq_library *library = result->pq->library;
    return library->getisnull(result->handle, row, column) ? NULL
                                                           : library->getvalue(result->handle, row, column);
}

void pq_result_free(struct pq_result *result)
{
    if (result->handle)
        result->pq->library->clear(result->handle);
    *result = (struct pq_result){0};
}

struct error *pq_copy_begin(struct pq *pq, const char *sql)
{
    struct pq_result result;
    RETURN_IF_ERROR(take_result(pq, pq->library->exec(pq->connection, sql), PQ_COPY_IN, &result));
    pq_result_free(&result);
    return NULL;
}

struct error *pq_copy_put(struct pq *pq, const char *data, size_t size_bytes)
{
    enum { PIECE_BYTES = 1 << 20 };
    while (size_bytes) {
        const size_t piece = size_bytes < PIECE_BYTES ? size_bytes : PIECE_BYTES;
        if (pq->library->putCopyData(pq->connection, data, (int)piece) != 1)
            return connection_error(pq);
        data += piece;
        size_bytes -= piece;
    }
    return NULL;
}

struct error *pq_copy_end(struct pq *pq)
{
    struct pq_result result;
    if (pq->library->putCopyEnd(pq->connection, NULL) != 1)
        return connection_error(pq);
    struct error *error = take_result(pq, pq->library->getResult(pq->connection), PQ_COMMAND_OK, &result);
    if (!error)
        pq_result_free(&result);
    for (void *rest; (rest = pq->library->getResult(pq->connection));) // up to NULL: the command is over
        pq->library->clear(rest);
    return error;
}

// --- Connecting and waiting ---

static void say_nothing(void *context, const char *text)
{
    (void)context;
    (void)text;
}

// What the CONNINFO says goes before what stands here.
static const char *const keywords[] = {"fallback_application_name", "connect_timeout", "tcp_user_timeout",
                                       "client_encoding",           "dbname",          NULL};
static void connection_values(const struct pq *pq, const char *values[6])
{
    const char *const all[] = {"strata", "10", "60000", "UTF8", pq->conninfo, NULL};
    memcpy(values, all, sizeof(all));
}

static void disconnect(struct pq *pq)
{
    if (pq->connection)
        pq->library->finish(pq->connection);
    pq->connection = NULL;
    pq->is_prepared = false;
}

static struct error *connect_once(struct pq *pq)
{
    const char *values[6];
    connection_values(pq, values);
    disconnect(pq);
    pq->sqlstate[0] = '\0';
    pq->connection = pq->library->connectdbParams(keywords, values, 1);
    if (!pq->connection)
        return &error_out_of_memory;
    if (pq->library->status(pq->connection) != PQ_CONNECTION_OK)
        return connection_error(pq);
    pq->library->setNoticeProcessor(pq->connection, say_nothing, NULL);
    RETURN_IF_ERROR(pq->options.prepare(pq));
    pq->is_prepared = true;
    return NULL;
}

static bool is_connected(const struct pq *pq)
{
    return pq->connection && pq->library->status(pq->connection) == PQ_CONNECTION_OK;
}

// Whether the same may go well a moment later: the server is away, starts, stops, has no place for another connection, or
// broke this transaction off for another one's sake. By SQLSTATE (PostgreSQL, appendix A).
static bool is_passing(const struct pq *pq)
{
    static const char *const states[] = {"40001", "40P01", "53300", "57P01", "57P02", "57P03", "57P05"};
    if (!is_connected(pq) || !strncmp(pq->sqlstate, "08", 2))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
        if (!strcmp(pq->sqlstate, states[i]))
            return true;
    return false;
}

bool pq_is_limit(const struct pq *pq)
{
    return !strncmp(pq->sqlstate, "54", 2);
}

static void say_waiting(struct pq *pq, const struct error *error)
{
    char line[512];
    if (pq->is_waiting)
        return;
    pq->is_waiting = true;
    snprintf(line, sizeof(line), "%s; waiting for up to %u seconds", error->message,
             pq->options.wait_seconds);
    notice_give(pq->options.notices, line);
}

static void say_there_again(struct pq *pq, uint64_t since_ns)
{
    char line[96];
    if (!pq->is_waiting)
        return;
    pq->is_waiting = false;
    snprintf(line, sizeof(line), "postgresql: there again after %.1f seconds",
             (double)(clock_ns() - since_ns) / 1e9);
    notice_give(pq->options.notices, line);
}

// 0.1 s, then twice as long each time, up to 5 s; so much shorter by chance that many writers do not come at once.
static void pause_before(unsigned try)
{
    const uint64_t most_ns = try < 6 ? (UINT64_C(100000000) << try) : UINT64_C(5000000000);
    const uint64_t pause_ns = most_ns - clock_ns() % (most_ns / 4);
    const struct timespec pause = {.tv_sec = (time_t)(pause_ns / 1000000000),
                                   .tv_nsec = (long)(pause_ns % 1000000000)};
    nanosleep(&pause, NULL);
}

static bool is_over(const struct pq *pq, uint64_t since_ns)
{
    return clock_ns() - since_ns >= (uint64_t)pq->options.wait_seconds * 1000000000;
}

// A refused connection has no SQLSTATE of its own, and its text is in the server's language. With verbose errors the number stands in
// the text ("FATAL:  53300: …"), so the server is asked once more. It may have a place by now.
static bool has_no_place(struct pq *pq)
{
    if (!pq->connection)
        return false;
    pq->library->setErrorVerbosity(pq->connection, PQ_ERRORS_VERBOSE);
    pq->library->reset(pq->connection);
    return is_connected(pq) || strstr(pq->library->errorMessage(pq->connection), ":  53300: ");
}

// A server that is there and says no says so again in a minute: a wrong name, a wrong password. One without a place for us may
// have one then.
static bool is_refusal(struct pq *pq)
{
    const char *values[6];
    connection_values(pq, values);
    const int ping = pq->library->pingParams(keywords, values, 1);
    return ping == PQ_PING_NO_ATTEMPT || (ping == PQ_PING_OK && !has_no_place(pq));
}

static struct error *connect_first(struct pq *pq)
{
    const uint64_t since_ns = clock_ns();
    for (unsigned try = 0;; try++) {
        struct error *error = connect_once(pq);
        if (!error)
            say_there_again(pq, since_ns);
        if (!error || is_connected(pq) || is_over(pq, since_ns) || is_refusal(pq))
            return error;
        say_waiting(pq, error);
        error_free(error);
        pause_before(try);
    }
}

static struct error *work_once(struct pq *pq, struct error *(*work)(struct pq *pq, void *context),
                               void *context)
{
    pq->sqlstate[0] = '\0';
    if (!is_connected(pq) || !pq->is_prepared)
        RETURN_IF_ERROR(connect_once(pq));
    RETURN_IF_ERROR(pq_run(pq, "BEGIN"));
    RETURN_IF_ERROR(work(pq, context));
    return pq_run(pq, "COMMIT");
}

// Back to no transaction; a COPY under way goes with the connection.
static void roll_back(struct pq *pq)
{
    char state[sizeof(pq->sqlstate)];
    memcpy(state, pq->sqlstate, sizeof(state));
    if (is_connected(pq)) {
        struct error *error = pq_run(pq, "ROLLBACK");
        if (error)
            disconnect(pq);
        error_free(error);
    }
    memcpy(pq->sqlstate, state, sizeof(state));
}

struct error *pq_attempt(struct pq *pq, struct error *(*work)(struct pq *pq, void *context), void *context)
{
    const uint64_t since_ns = clock_ns();
    for (unsigned try = 0;; try++) {
        struct error *error = work_once(pq, work, context);
        if (!error) {
            say_there_again(pq, since_ns);
            return NULL;
        }
        const bool is_again = is_passing(pq) && error->code == ERROR_SYSTEM && !is_over(pq, since_ns);
        roll_back(pq);
        if (!is_again)
            return error;
        if (!is_connected(pq))
            say_waiting(pq, error);
        error_free(error);
        pause_before(try);
    }
}

struct error *pq_open(const struct pq_options *options, struct pq **pq)
{
    *pq = calloc(1, sizeof(**pq));
    if (!*pq)
        return &error_out_of_memory;
    (*pq)->options = *options;
    (*pq)->conninfo = strdup(options->conninfo);
    struct error *error = (*pq)->conninfo ? pq_library_load(&(*pq)->library) : &error_out_of_memory;
    if (!error)
        error = connect_first(*pq);
    if (error) {
        pq_close(*pq);
        *pq = NULL;
    }
    return error;
}

void pq_close(struct pq *pq)
{
    if (!pq)
        return;
    disconnect(pq);
    free(pq->conninfo);
    free(pq);
}
