#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh Debian to a drawn memory layout: installs what the build needs, builds strata, inspects real binaries with it.
#
#   STRATA_NO_INSTALL=1   install nothing, the packages are there
set -eu
cd "$(dirname "$0")/.."

[ -n "${STRATA_NO_INSTALL:-}" ] || scripts/install-deps.sh build

# A machine without any locale setting still has a UTF-8 one.
[ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_ALL=C.UTF-8

log=build/demo.log
mkdir -p build/demo
quietly() {
    "$@" >>$log 2>&1 || { cat $log >&2; echo "demo: failed: $*" >&2; exit 1; }
}
: >$log
echo 'demo: building strata (build/demo/strata)'
quietly cmake --preset default -B build/demo
quietly cmake --build build/demo
quietly cc -g -w -Ifixtures/c fixtures/c/hosted.c -o build/demo/layouts

run() {
    printf '\n$ strata %s\n' "$*"
    build/demo/strata "$@"
}
run list build/demo/strata --sort waste --top 10
run show build/demo/layouts BitsMixed
run show build/demo/layouts Demo --bytes
