#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs Debian packages: install-deps.sh [build] [test] [bench] [release] [arm64]     (default: build)
#
#   build   what compiling strata needs
#   test    what its tests need besides: more compilers, the independent witnesses, debug packages of real libraries
#   bench   what the benchmarks need besides
#   release what scripts/release.sh needs besides
#   arm64   what scripts/test-arm64.sh needs besides
#
# Runs as root, or as a user with sudo. When everything is there it only asks dpkg and is done in a moment. Knows Debian 12
# and later, and what descends from them; elsewhere it says what is wanted and leaves the rest to you. A package that this
# release does not have is skipped, and said to be. For the tests, scripts/fetch-go.sh unpacks Gos of other releases besides,
# and scripts/fetch-duckdb.sh fetches a reader of NDJSON where npm is.
set -eu

say() { printf '%s\n' "install-deps: $*" >&2; }
die() { say "$*"; exit 1; }

cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- build
for mode; do
    case $mode in
    build | test | bench | release | arm64) ;;
    -h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/install-deps.sh; exit 0 ;;
    *) die "unknown mode '$mode'; there are: build, test, bench, release, arm64" ;;
    esac
done

# The multilib compilers (for -m32 fixtures) exist on amd64 only.
architecture=$(dpkg --print-architecture 2>/dev/null || echo unknown)
multilib=
[ "$architecture" = amd64 ] && multilib='gcc-multilib g++-multilib'

build_packages='cmake ninja-build gcc libc6-dev pkg-config|pkgconf libelf-dev libdwarf-dev libncurses-dev libjansson-dev libdeflate-dev
    libzstd-dev liblzma-dev libxxhash-dev libutf8proc-dev libcapstone-dev libsqlite3-dev libtre-dev zlib1g-dev libarchive-dev libisal-dev'
# a|b: the first that this release has. python3 runs the oracles; locales-all is not needed: C.UTF-8 comes with libc-bin.
go_packages='golang-1.19-go|golang-go'
# Programs of Windows for the tests; nothing else needs them.
windows_packages='gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 gcc-mingw-w64-i686 g++-mingw-w64-i686'
# A server to look at while it runs is built of these.
server_packages='golang-github-gorilla-mux-dev golang-github-patrickmn-go-cache-dev'
# Many files on many machines: the database, and the engines that hand out the work.
fleet_packages='postgresql postgresql-client parallel openssh-client slurm-wlm munge'
test_packages="$build_packages $fleet_packages libcmocka-dev g++ $multilib clang lld llvm binutils dwz $go_packages $server_packages $windows_packages rustc pahole gdb
    gnat ldc gdc gm2 libc6-dbg libstdc++6 python3 python3-jsonschema python3-yaml dpkg-dev file git pre-commit zstd debuginfod tmux procps chromium chromium-driver fish zsh mandoc cmark-gfm"
release_packages="$build_packages dpkg-dev file git rpm"
arm64_packages="$build_packages libcmocka-dev g++ python3 clang lld qemu-user"
bench_packages="$build_packages pahole python3 $go_packages time"

wanted='' tests=no
for mode; do
    case $mode in
    build) wanted="$wanted $build_packages" ;;
    test) wanted="$wanted $test_packages" tests=yes ;;
    bench) wanted="$wanted $bench_packages" ;;
    release) wanted="$wanted $release_packages" ;;
    arm64) wanted="$wanted $arm64_packages" ;;
    esac
done
# shellcheck disable=SC2086
wanted=$(printf '%s\n' $wanted | awk '!seen[$0]++')

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say 'this is not a Debian-like system (no apt-get); the packages meant here are, by their Debian names:'
    # shellcheck disable=SC2086
    printf '    %s\n' $wanted >&2
    die 'install what corresponds to them, then run cmake by hand (see README.md)'
fi

# Those of its arguments that are not installed, asked in one go; of a|b none when either is there.
missing_of() {
    [ $# -gt 0 ] || return 0
    # shellcheck disable=SC2046
    present=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' $(printf '%s\n' "$@" | tr '|' ' ') 2>/dev/null || true) "
    for package; do
        is_there=no
        for one in $(printf '%s' "$package" | tr '|' ' '); do
            case $present in
            *" $one:installed "*) is_there=yes ;;
            esac
        done
        [ $is_there = yes ] || printf '%s ' "$package"
    done
}

root=
[ "$(id -u)" -eq 0 ] || root=sudo
as_root() {
    if [ -z "$root" ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        die "packages are missing ($missing) and this user is neither root nor has sudo; as root: apt-get install $missing"
    fi
}
# A machine that has just started may be updating itself: wait for its lock instead of failing.
apt() { as_root apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"; }

# Fresh containers carry no package lists at all, and old lists name files that are gone. Asked once a day and clone: a package
# that this release does not have will not appear in a minute.
updated=no
stamp=build/packages-asked
update_once() {
    [ $updated = no ] || return 0
    updated=yes
    apt update && mkdir -p build && : >$stamp
}
lists_are_of_today() {
    [ -n "$(find $stamp -mtime -1 2>/dev/null)" ] && ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1
}
has_candidate() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

# Of each of its arguments what this release has; what it does not have is said.
available_of() {
    for package; do
        found=
        for one in $(printf '%s' "$package" | tr '|' ' '); do
            ! has_candidate "$one" || { found=$one; break; }
        done
        if [ -n "$found" ]; then
            printf '%s ' "$found"
        else
            say "SKIPPED: this release has no $package"
        fi
    done
}

# shellcheck disable=SC2086
install_packages() {
    apt install -y --no-install-recommends "$@" && return 0
    [ $updated = yes ] || { update_once && apt install -y --no-install-recommends "$@"; }
}

# shellcheck disable=SC2086
install_what_there_is() {
    missing=$(missing_of "$@")
    [ -n "$missing" ] || return 0
    lists_are_of_today || update_once || say 'apt-get update failed; going on with the package lists that are here'
    available=$(available_of $missing)
    [ -n "$available" ] || return 0
    say "installing $available"
    install_packages $available && return 0
    # One package that cannot be installed must not keep the others away.
    left=
    for package in $available; do
        install_packages "$package" || left="$left$package "
    done
    [ -z "$left" ] || say "SKIPPED: apt-get could not install $left"
}

# shellcheck disable=SC2086
install_what_there_is $wanted

# Packages whose names carry a compiler's version: those that belong to the compilers just installed.
compiler_packages() {
    gcc_major=$(gcc -dumpversion 2>/dev/null | cut -d. -f1)
    clang_major=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    [ -z "$gcc_major" ] || printf 'libstdc++6-%s-dbg ' "$gcc_major"
    [ -z "$clang_major" ] || printf 'libclang-rt-%s-dev ' "$clang_major"
}
if [ $tests = yes ]; then
    # shellcheck disable=SC2046
    install_what_there_is $(compiler_packages)
    scripts/fetch-go.sh
    scripts/fetch-duckdb.sh
fi

# What strata cannot be built without must be there now.
# shellcheck disable=SC2086
missing=$(missing_of $build_packages)
needed=
for package in $missing; do
    case $package in
    libcapstone-dev | libarchive-dev | libisal-dev) ;; # disassembly, for one experiment; Debian packages as inputs; a faster start on compressed sections
    *) needed="$needed $package" ;;
    esac
done
case $needed in
'') ;;
*) die "without$needed strata cannot be built" ;;
esac
