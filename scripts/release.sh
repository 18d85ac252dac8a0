#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes all that a release consists of, from a tag: release.sh [TAG] [FOLDER]        (default: HEAD, build/release-files)
#
#   strata_VERSION-1+SYSTEM_ARCH.deb   program, pages, completions; for the system that makes it and later ones
#   libstrata-dev_VERSION-1+SYSTEM_ARCH.deb
#                                      libstrata, strata.h; for the system that makes it, whose libdwarf it wants
#   strata-VERSION-1.ARCH.rpm          program, pages, completions; wants no library
#   strata-VERSION-ARCH.tar.gz         the same to unpack anywhere
#   strata-VERSION-static-ARCH         the program alone
#   strata-VERSION-source.tar.gz, SHA256SUMS
#
# Of a tag vX.Y.Z the file VERSION must say X.Y.Z. The same tag on the same system gives the same bytes. Without rpmbuild there is no .rpm, and
# that is said.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
-h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/release.sh; exit 0 ;;
esac
tag=${1:-HEAD} out=${2:-build/release-files}
say() { printf '%s\n' "release: $*" >&2; }
die() { say "$*"; exit 2; }

commit=$(git rev-parse --verify --quiet "$tag^{commit}") || die "there is no $tag"
version=$(git show "$commit:VERSION")
case $tag in
v[0-9]*) [ "$tag" = "v$version" ] || die "VERSION says $version, the tag $tag" ;;
esac
architecture=$(uname -m)
SOURCE_DATE_EPOCH=$(git show -s --format=%ct "$commit")
export SOURCE_DATE_EPOCH

mkdir -p "$out"
out=$(cd "$out" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
name=strata-$version
git archive --format=tar --prefix="$name/" "$commit" | gzip -n -9 >"$out/$name-source.tar.gz"
tar -x -z -C "$folder" -f "$out/$name-source.tar.gz"
cd "$folder/$name"
[ -n "${STRATA_NO_INSTALL:-}" ] || scripts/install-deps.sh build release

# compile FOLDER [cmake options …]: no path of this machine stays in what is built.
compile() {
    build=$1
    shift
    say "building $build"
    cmake --preset default -B "build/$build" -DCMAKE_C_FLAGS="-ffile-prefix-map=$PWD=." -DCMAKE_INSTALL_PREFIX=/usr "$@" >"$folder/log" 2>&1 &&
        cmake --build "build/$build" >>"$folder/log" 2>&1 || { cat "$folder/log" >&2; die "the $build build failed"; }
}

# pack BUILD GENERATOR
pack() {
    cpack --config "build/$1/CPackConfig.cmake" -G "$2" -B "$folder/packages" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; die "cpack -G $2 failed"; }
}

compile shared
pack shared DEB
compile static -DSTRATA_STATIC=ON
pack static TGZ
command -v rpmbuild >/dev/null 2>&1 && pack static RPM || say 'SKIPPED: the .rpm (no rpmbuild here)'
find "$folder/packages" -maxdepth 1 \( -name '*.deb' -o -name '*.rpm' \) -exec cp {} "$out" \;
cp "$folder/packages/$name-Linux.tar.gz" "$out/$name-$architecture.tar.gz"
cp build/static/strata "$out/$name-static-$architecture"
cd "$out"
sha256sum strata[-_]* libstrata-dev_* >SHA256SUMS
ls -l
