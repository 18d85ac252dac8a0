// SPDX-License-Identifier: MIT
// The page around the data, put together at build time from page.html, page.css and the scripts by
// cmake/EmbedPage.cmake.
#ifndef STRATA_REPORT_PAGE_H
#define STRATA_REPORT_PAGE_H

#include <stddef.h>

extern const unsigned char page_head[], page_tail[]; // before and behind the data
extern const size_t page_head_bytes, page_tail_bytes;

// The tables and views of a database, and what fills them: sqlite_schema.sql, sqlite_insert.sql.
// NUL-terminated. sqlite_migrate_1 takes tables of version 1 to version 2.
extern const unsigned char sqlite_schema[], sqlite_insert[], sqlite_migrate_1[];

// The same for PostgreSQL: the tables, what each connection needs, what merges a file into the tables.
extern const unsigned char postgresql_schema[], postgresql_session[], postgresql_merge[], postgresql_migrate_1[];

#endif
