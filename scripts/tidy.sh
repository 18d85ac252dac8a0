#!/bin/sh
# SPDX-License-Identifier: MIT
# clang-tidy over everything that is compiled into strata, or the files that are named: tidy.sh [FILE …]
#
# Not part of the tests: it takes minutes and needs Debian's clang-tidy. Which checks, and why: .clang-tidy.
set -eu
cd "$(dirname "$0")/.."
command -v clang-tidy >/dev/null || { echo 'tidy: clang-tidy is missing (Debian package clang-tidy)' >&2; exit 2; }
cmake --preset clang >/dev/null
cmake --build --preset clang --target strata >/dev/null # for the sources that are made
[ $# -gt 0 ] || set -- inspector/*/*.c hmapcore/*.c
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/clang --quiet 2>/dev/null
echo "tidy: $# files are clean"
