#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpacks Go toolchains of Debian's other suites below build/go, as build/go/VERSION/bin/go, and installs nothing:
#
#   fetch-go.sh              those that the tests want and that are not in /usr/lib/go-VERSION
#   fetch-go.sh 1.24 1.26    these
#
# One Debian has two or three Gos; together its suites have those with the classic map (up to 1.23) and those with the Swiss one.
# The packages come, signed, from the mirror of this machine's own apt sources; no privileges are needed. What cannot be had is
# said and left out, the tests that want it are skipped, and it is tried again the next day.
#
#   STRATA_NO_FETCH=1   fetch nothing
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "fetch-go: $*" >&2; }

wanted='1.19 1.22 1.23 1.24 1.25 1.26 1.27'
suites='bookworm bookworm-backports trixie trixie-backports sid'

case ${1:-} in
-h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/fetch-go.sh; exit 0 ;;
esac

missing='' is_asked_for=yes
# shellcheck disable=SC2086
[ $# -gt 0 ] || { set -- $wanted; is_asked_for=no; }
for version; do
    [ ! -x "build/go/$version/bin/go" ] || continue
    [ $is_asked_for = no ] && [ -x "/usr/lib/go-$version/bin/go" ] && continue
    missing="$missing$version "
done
[ -n "$missing" ] || exit 0
skip() { say "SKIPPED: Go $missing($*); tests that need them are skipped"; exit 0; }

[ -z "${STRATA_NO_FETCH:-}" ] || skip 'STRATA_NO_FETCH is set'
for tool in apt-get dpkg-deb; do
    command -v $tool >/dev/null 2>&1 || skip "no $tool here"
done
mkdir -p build/go/apt
# What was missing at the last try, if that was within a day.
[ -z "$(find build/go/apt/missing -mtime -1 2>/dev/null)" ] || [ "$(cat build/go/apt/missing)" != "$missing" ] || skip 'not to be had today'

# The mirror: of all that apt knows here, one that serves Debian itself.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian|Debian|main|//p' | head -n 1)
[ -n "$mirror" ] || skip "none of this machine's apt sources is Debian's own"

apt=$PWD/build/go/apt
mkdir -p "$apt/sources" "$apt/preferences" "$apt/lists/partial" "$apt/cache/archives/partial"
{
    printf '%s\n' 'Types: deb' "URIs: $mirror" "Suites: $suites" 'Components: main'
    for keyring in /usr/share/keyrings/debian-archive-keyring.pgp /usr/share/keyrings/debian-archive-keyring.gpg; do
        [ ! -f $keyring ] || { printf '%s\n' "Signed-By: $keyring"; break; }
    done
} >"$apt/sources/debian.sources"
# apt with lists, a cache and sources of its own: the machine's are neither read nor touched.
own_apt() {
    command=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources" -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts="$apt/preferences" -o Dir::State::status=/dev/null -o Dir::State::lists="$apt/lists" \
        -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3 "$command" "$@"
}

# Everything below one folder, as Go wants its root: Debian has the binaries in lib/ and, behind links, the sources in share/.
unpack() {
    version=$1
    work=$apt/unpack
    rm -rf "$work"
    mkdir -p "$work/tree"
    (cd "$work" && own_apt download "golang-$version-go" "golang-$version-src" >>"$apt/log" 2>&1) || return 1
    for package in "$work"/*.deb; do # without Go's tests of itself, half of all files
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/tree" --exclude='./usr/share/go-*/test' || return 1
    done
    find "$work/tree/usr/lib/go-$version" -type l -delete
    cp -al "$work/tree/usr/share/go-$version/." "$work/tree/usr/lib/go-$version/" || return 1
    GOTOOLCHAIN=local "$work/tree/usr/lib/go-$version/bin/go" version >>"$apt/log" 2>&1 || return 1
    rm -rf "build/go/$version"
    mv "$work/tree/usr/lib/go-$version" "build/go/$version"
    rm -rf "$work"
}

say "fetching Go $missing(build/go)"
: >"$apt/log"
own_apt update >>"$apt/log" 2>&1 || true # one suite may be gone while the others are there
asked=$missing missing=
for version in $asked; do
    unpack "$version" || missing="$missing$version "
done
rm -rf "$apt/unpack" "$apt/cache"
[ -n "$missing" ] || { rm -f "$apt/missing"; exit 0; }
printf '%s' "$missing" >"$apt/missing"
skip "no suite of [$suites] on this machine's mirror has it; see build/go/apt/log"
