#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches DuckDB, which ships in a package of npm's registry, into build/duckdb: the tests read NDJSON back with it. Where npm is not,
# or its registry does not answer, that is said and the tests read with Python alone.
set -u
cd "$(dirname "$0")/.."
[ -d build/duckdb/node_modules/@duckdb/node-api ] && exit 0
if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
    echo 'fetch-duckdb: SKIPPED: npm is not here' >&2
    exit 0
fi
mkdir -p build/duckdb
timeout 120 npm install --fetch-retries=0 --fetch-timeout=30000 --prefix build/duckdb --no-audit --no-fund --loglevel=error @duckdb/node-api >&2 ||
    { echo 'fetch-duckdb: SKIPPED: npm could not fetch @duckdb/node-api' >&2; rm -rf build/duckdb; }
exit 0
