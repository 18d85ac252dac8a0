#!/bin/sh
# SPDX-License-Identifier: MIT
# Uses an installed strata as somebody who has just got it, on a system that may have nothing else: try.sh STRATA VERSION [SHARE]
#
# STRATA is the program, which is also the binary that is looked at; SHARE the folder of its man page, completions and schemas. Prints a line for
# each thing tried, and exits 1 when one is not so. Wants a POSIX shell, awk, grep and sed alone.
set -u
strata=$(command -v "$1") version=$2 share=${3:-}
failed=0 folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LANG=C.UTF-8

# try WHAT STATUS PATTERN COMMAND …: it exits with STATUS and prints a line that PATTERN finds.
try() {
    what=$1 wanted=$2 pattern=$3
    shift 3
    status=0
    "$@" >"$folder/said" 2>&1 || status=$?
    if [ $status -eq "$wanted" ] && { [ -z "$pattern" ] || grep -q -e "$pattern" "$folder/said"; }; then
        echo "  ok      $what"
    else
        echo "  FAILED  $what: status $status, wanted $wanted and /$pattern/; it says:"
        sed 's/^/          /' "$folder/said" | head -n 8
        failed=1
    fi
}

printf 'type layout\n    max_size 100000\n' >"$folder/kept"
printf 'type layout\n    max_size 1\n' >"$folder/broken"
try version 0 "^strata $version\$" "$strata" --version
try list 0 ' struct ' "$strata" list "$strata" --top 3
try show 0 '^struct layout ' "$strata" show "$strata" layout --bytes
try 'show --format json' 0 '"schema": *"strata.layouts\{0,1\}/' "$strata" show "$strata" layout --format json
try 'check, kept' 0 '' "$strata" check "$strata" --rules "$folder/kept"
try 'check, broken' 1 'max_size' "$strata" check "$strata" --rules "$folder/broken"
try diff 0 '' "$strata" diff "$strata" "$strata"
try 'watch --frames' 0 'hmap' "$strata" watch --frames --size 80x24 --keys i
try 'watch --kind swiss --frames' 0 'directory' "$strata" watch --kind swiss --frames --size 80x24 --keys i
try verify 0 ' 0 differ' "$strata" verify
try 'report html' 0 '' "$strata" report "$strata" -o "$folder/report.html"
try 'the page' 0 'struct layout\|"layout"' cat "$folder/report.html"
try 'report sqlite' 0 '' "$strata" report "$strata" -o "$folder/report.sqlite"
# What is loaded at run time is said to be missing where it is.
if "$strata" report --help 2>/dev/null | grep -q postgresql; then
    try 'report to PostgreSQL, without libpq' 2 'libpq' "$strata" report "$strata" -o postgresql:host=/nowhere
fi
if "$strata" list --help 2>/dev/null | grep -q -e --debuginfod; then
    try 'a debuginfod server, without libdebuginfod' 2 'libdebuginfod' env DEBUGINFOD_URLS=http://127.0.0.1:1 "$strata" list /bin/true --debuginfod
fi
try 'a wrong file' 2 "kept" "$strata" list "$folder/kept"
if [ -n "$share" ]; then
    try 'man page' 0 '^\.TH.*STRATA\|^\.Dt STRATA' cat "$share/man/man1/strata.1"
    try 'completion of zsh' 0 '^#compdef strata' cat "$share/zsh/site-functions/_strata"
    try 'completion of fish' 0 'complete .*strata' cat "$share/fish/vendor_completions.d/strata.fish"
    try schemas 0 '\$schema' cat "$share/strata/strata.layout-1.schema.json"
    try licence 0 'MIT' cat "$share/doc/strata/LICENSE"
    if command -v bash >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        try 'completion of bash' 0 '^show$' env STRATA="$strata" FILE="$share/bash-completion/completions/strata" bash -c \
            '. "$FILE"; COMP_WORDS=("$STRATA" sho) COMP_CWORD=1; _strata; printf "%s\n" "${COMPREPLY[@]}"'
    fi
    ! command -v man >/dev/null 2>&1 || [ "$share" != /usr/share ] || try 'man strata' 0 'watch' man strata
fi
exit $failed
