#!/bin/sh
# SPDX-License-Identifier: MIT
# Records real Go maps at work and replays the recording in hmapcore.
#   run.sh GO-VERSION GO MAPDUMP-SOURCE REPLAY WORK-FOLDER aes|portable|fallback
# Exit 77 (ctest: skipped) without that toolchain. STRATA_DEEP=1: ten million operations instead of some hundred thousand.
set -eu
version=$1 go=$2 source=$3 replay=$4 work=$5 hash=$6

if [ ! -x "$go" ]; then
    echo "SKIPPED: no Go $version here, so nothing has been compared with the real map of Go $version." >&2
    echo "         (scripts/fetch-go.sh fetches it)" >&2
    exit 77
fi

mkdir -p "$work"
export GOCACHE="${STRATA_GOCACHE:-$work/cache}" GOPATH="$work/path" GOTOOLCHAIN=local GOFLAGS= GO111MODULE=on GOWORK=off CGO_ENABLED=0
flags=
case $version in
1.19 | 1.22) ;;
*) flags=-ldflags=-checklinkname=0 ;;
esac
recorder=$work/mapdump-$hash
(cd "$source" && "$go" build $flags -o "$recorder" .)

export GODEBUG=asyncpreemptoff=1
option=
case $hash in
portable) option=--portable-aes ;;
fallback) GODEBUG=$GODEBUG,cpu.aes=off ;;
esac
# A recorder that dies early leaves a stream without its end, which the replay refuses.
operations=1
[ -z "${STRATA_DEEP:-}" ] || operations=10000000
# What a recording shows is drawn: one that lacks a rare event (a pruning that finds something) is drawn again.
for try in 1 2 3 4; do
    status=0
    "$recorder" $operations | "$replay" $option >"$work/said-$hash" 2>&1 || status=$?
    cat "$work/said-$hash"
    [ $status -ne 0 ] && grep -q 'the recording proves too little' "$work/said-$hash" || break
    echo "drawn again (try $try)"
done
exit $status
