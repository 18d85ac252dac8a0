// SPDX-License-Identifier: MIT
// The few functions of libpq (PostgreSQL's C library, "libpq.so.5") that strata calls, as its documentation declares them. They
// have been the same for all versions of that name, so no header of libpq is needed to build.
#ifndef STRATA_REPORT_PQ_LIBRARY_H
#define STRATA_REPORT_PQ_LIBRARY_H

#include "base/error.h"

// PQstatus, PQresultStatus, PQping: the numbers are part of the library's binary interface.
enum { PQ_CONNECTION_OK = 0 };
enum { PQ_COMMAND_OK = 1, PQ_TUPLES_OK = 2, PQ_COPY_IN = 4 };
enum { PQ_PING_OK = 0, PQ_PING_REJECT = 1, PQ_PING_NO_RESPONSE = 2, PQ_PING_NO_ATTEMPT = 3 };
enum { PQ_ERRORS_VERBOSE = 2 };
enum { PQ_FIELD_SQLSTATE = 'C', PQ_FIELD_MESSAGE = 'M', PQ_FIELD_DETAIL = 'D' };

// PQ_FUNCTION(result, name behind "PQ", parameters); a connection and a result are void * here.
#define PQ_FUNCTIONS                                                                                         \
    PQ_FUNCTION(void *, connectdbParams, (const char *const *, const char *const *, int))                    \
    PQ_FUNCTION(void, reset, (void *))                                                                       \
    PQ_FUNCTION(int, setErrorVerbosity, (void *, int))                                                       \
    PQ_FUNCTION(int, pingParams, (const char *const *, const char *const *, int))                            \
    PQ_FUNCTION(void, finish, (void *))                                                                      \
    PQ_FUNCTION(int, status, (const void *))                                                                 \
    PQ_FUNCTION(char *, errorMessage, (const void *))                                                        \
    PQ_FUNCTION(void *, exec, (void *, const char *))                                                        \
    PQ_FUNCTION(                                                                                             \
        void *, execParams,                                                                                  \
        (void *, const char *, int, const unsigned *, const char *const *, const int *, const int *, int))   \
    PQ_FUNCTION(int, resultStatus, (const void *))                                                           \
    PQ_FUNCTION(char *, resultErrorField, (const void *, int))                                               \
    PQ_FUNCTION(int, ntuples, (const void *))                                                                \
    PQ_FUNCTION(char *, getvalue, (const void *, int, int))                                                  \
    PQ_FUNCTION(int, getisnull, (const void *, int, int))                                                    \
    PQ_FUNCTION(void, clear, (void *))                                                                       \
    PQ_FUNCTION(int, putCopyData, (void *, const char *, int))                                               \
    PQ_FUNCTION(int, putCopyEnd, (void *, const char *))                                                     \
    PQ_FUNCTION(void *, getResult, (void *))                                                                 \
    PQ_FUNCTION(void *, setNoticeProcessor, (void *, void (*)(void *, const char *), void *))

struct pq_library {
#define PQ_FUNCTION(result, name, parameters) result(*name) parameters;
    PQ_FUNCTIONS
#undef PQ_FUNCTION
};

// *result stays valid until the program ends. ERROR_UNSUPPORTED: the library is not there, or this strata cannot load any.
// Thread-safe.
MUST_USE struct error *pq_library_load(const struct pq_library **result);

#endif
