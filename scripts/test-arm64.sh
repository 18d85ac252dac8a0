#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds strata for arm64 with clang, and runs its unit tests under qemu: test-arm64.sh [ctest options …]
# Then this machine's own strata and that one are asked the same, and must write the same bytes.
#
# Debian's arm64 packages of the libraries are unpacked below build/arm64-system: nothing of them is installed, and no root is needed. Wanted
# are clang, lld and qemu-user (scripts/install-deps.sh arm64), and Debian's sources in apt's list. The build is build/arm64. What an emulator cannot
# give (ptrace, another process's memory) is skipped by the tests, which say so.
#
#   STRATA_NO_INSTALL=1       install nothing on this machine, the packages are there
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
-h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/test-arm64.sh; exit 0 ;;
esac
die() { printf '%s\n' "test-arm64: $*" >&2; exit 2; }

[ -n "${STRATA_NO_INSTALL:-}" ] || scripts/install-deps.sh build arm64
for tool in clang ld.lld qemu-aarch64 apt-get dpkg-deb; do
    command -v $tool >/dev/null 2>&1 || die "$tool is wanted (scripts/install-deps.sh arm64)"
done
system=$PWD/build/arm64-system

# The system: apt with a world of its own says which packages are wanted, and fetches them.
packages='libc6-dev libgcc-12-dev libelf-dev libdwarf-dev libncurses-dev libjansson-dev libdeflate-dev libzstd-dev liblzma-dev libxxhash-dev
    libutf8proc-dev libcapstone-dev libsqlite3-dev libtre-dev zlib1g-dev libcmocka-dev libbz2-dev libisal-dev'
if [ ! -e "$system/.ready" ]; then
    rm -rf "$system"
    world=$system/apt
    mkdir -p "$world/lists/partial" "$world/archives/partial" "$system/usr/lib" "$system/usr/bin" "$system/usr/sbin"
    for folder in bin sbin lib; do ln -s "usr/$folder" "$system/$folder"; done
    : >"$world/status"
    apt_arm64() {
        apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State::status="$world/status" -o Dir::State::lists="$world/lists" \
            -o Dir::Cache::archives="$world/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Retries=3 \
            -o Debug::NoLocking=1 -o APT::Sandbox::User= -o APT::Install-Recommends=false "$@"
    }
    { apt_arm64 update && apt_arm64 -y --download-only install $packages; } >build/arm64-system.log 2>&1 ||
        { cat build/arm64-system.log >&2; die 'the arm64 packages cannot be had'; }
    for package in "$world"/archives/*.deb; do dpkg-deb -x "$package" "$system"; done
    # Links from the root of a system would lead into this one.
    find "$system/usr/lib" -type l -lname '/*' | while read -r link; do ln -sfn "$system$(readlink "$link")" "$link"; done
    rm -rf "$world"
    touch "$system/.ready"
fi

STRATA_SYSROOT=$system cmake --preset release -B build/arm64 --toolchain "$PWD/cmake/arm64.cmake" -DSTRATA_FIXTURES=OFF "-DSTRATA_SYSROOT=$system" >build/arm64.log 2>&1 &&
    cmake --build build/arm64 >>build/arm64.log 2>&1 || { cat build/arm64.log >&2; die 'the arm64 build failed'; }
# The fixtures are made by this machine's own compilers: those of the build "release" are read (scripts/test.sh release), or the tests of them are left out.
# scan_names asks for each name of each of them, which an emulator is too slow for.
without='^unit/test_scan_names$'
echo 'SKIPPED: unit/test_scan_names (too slow in an emulator)'
if [ -e build/release/fixtures/manifest.json ]; then
    for part in build/release/fixtures/*; do
        case $part in *[Cc][Mm]ake*) ;; *) ln -sfn "$PWD/$part" build/arm64/fixtures/ ;; esac
    done
else
    without='^unit/test_(scan_names|scan_quick|scan_shapes|source_cache)$'
    for name in scan_quick scan_shapes source_cache; do echo "SKIPPED: unit/test_$name (no fixtures in build/release)"; done
fi
failed=0
ctest --test-dir build/arm64 --output-on-failure --no-tests=error -R '^unit/' -E "$without" "$@" || failed=1

# One reads with the processor's AES and vectors, the other with what stands in for them or with NEON.
cmake --preset default >build/default.log 2>&1 && cmake --build build/default --target strata >>build/default.log 2>&1 || { cat build/default.log >&2; die 'the build for this machine failed'; }
same() {
    if build/default/strata "$@" >build/arm64-here.out && qemu-aarch64 -L "$system" build/arm64/strata "$@" >build/arm64-there.out &&
        cmp -s build/arm64-here.out build/arm64-there.out; then
        echo "same $(wc -c <build/arm64-here.out) bytes: strata $*"
    else
        echo "DIFFERENT: strata $*"
        failed=1
    fi
}
for file in build/default/strata build/arm64/strata; do
    same list $file --format json
    same show $file --format json
done
same watch --frames --size 100x30 --keys 'i100 s5 i300 s20'
same watch --kind swiss --frames --size 100x30 --keys 'i100 s5 i300 s20'
exit $failed
