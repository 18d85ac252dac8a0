// SPDX-License-Identifier: MIT
// The tables of a PostgreSQL database: made, brought up to date, or refused.
#ifndef STRATA_REPORT_POSTGRESQL_H
#define STRATA_REPORT_POSTGRESQL_H

#include "report/pq.h"

// Makes a fresh connection ready to write: tables of this version, and what a session needs. Tables of a newer
// version, or of another program, are an error; then nothing was changed.
MUST_USE struct error *postgresql_prepare(struct pq *pq);

#endif
