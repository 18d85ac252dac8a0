#!/bin/sh
# Installs Debian packages: install-deps.sh [build] [test] [bench]     (default: build)
#
#   build   what compiling strata needs
#   test    what its tests need besides: more compilers, the independent witnesses, debug packages of real libraries
#   bench   what the benchmarks need besides
#
# Runs as root, or as a user with sudo. When everything is there it only asks dpkg and is done in a moment. Knows Debian 12
# and later, and what descends from them; elsewhere it says what is wanted and leaves the rest to you.
#
#   STRATA_NO_BACKPORTS=1   do not add Debian's backports suite (newer Go toolchains; tests that want them are skipped)
set -eu

say() { printf '%s\n' "install-deps: $*" >&2; }
die() { say "$*"; exit 1; }

[ $# -gt 0 ] || set -- build
for mode; do
    case $mode in
    build | test | bench) ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
    *) die "unknown mode '$mode'; there are: build, test, bench" ;;
    esac
done

# The multilib compilers (for -m32 fixtures) exist on amd64 only.
architecture=$(dpkg --print-architecture 2>/dev/null || echo unknown)
multilib=
[ "$architecture" = amd64 ] && multilib='gcc-multilib g++-multilib'

build_packages='cmake ninja-build gcc libc6-dev pkg-config libelf-dev libdwarf-dev libncurses-dev libjansson-dev libdeflate-dev
    libzstd-dev libxxhash-dev libutf8proc-dev libcapstone-dev libsqlite3-dev zlib1g-dev'
# python3 runs the oracles; locales-all is not needed: C.UTF-8 comes with libc-bin.
test_packages="$build_packages libcmocka-dev g++ $multilib clang lld llvm binutils dwz golang-1.19-go rustc pahole gdb
    libc6-dbg libstdc++6 python3 python3-jsonschema tmux procps chromium chromium-driver"
bench_packages="$build_packages pahole python3 golang-1.19-go time"
# Go's classic map lives in Go <= 1.23; Debian 12 itself has 1.19 only.
backports_packages='golang-1.22-go golang-1.23-go'

# Those of its arguments that are not installed, asked in one go.
missing_of() {
    [ $# -gt 0 ] || return 0
    present=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "$@" 2>/dev/null || true) "
    for package; do
        case $present in
        *" $package:installed "*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

wanted= backports=
for mode; do
    case $mode in
    build) wanted="$wanted $build_packages" ;;
    test) wanted="$wanted $test_packages" backports=$backports_packages ;;
    bench) wanted="$wanted $bench_packages" ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say 'this is not a Debian-like system (no apt-get); the packages meant here are, by their Debian names:'
    # shellcheck disable=SC2086
    printf '    %s\n' $(printf '%s\n' $wanted | sort -u) >&2
    die 'install what corresponds to them, then run cmake by hand (see README.md)'
fi

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

# Packages whose names carry a compiler's version: the one that belongs to the compilers just installed.
compiler_packages() {
    gcc_major=$(gcc -dumpversion 2>/dev/null | cut -d. -f1)
    clang_major=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    [ -z "$gcc_major" ] || printf 'libstdc++6-%s-dbg ' "$gcc_major"
    [ -z "$clang_major" ] || printf 'libclang-rt-%s-dev ' "$clang_major"
}

has_candidate() {
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

updated=no
update_once() {
    [ $updated = no ] || return 0
    updated=yes
    apt update
}

install_packages() {
    # Fresh containers carry no package lists at all; old lists name files that are gone.
    for package; do
        has_candidate "$package" || { update_once; break; }
    done
    apt install -y --no-install-recommends "$@" && return 0
    [ $updated = no ] || return 1
    update_once
    apt install -y --no-install-recommends "$@"
}

# shellcheck disable=SC2086
missing=$(missing_of $wanted)
if [ -n "$missing" ]; then
    say "installing $missing"
    # shellcheck disable=SC2086
    install_packages $missing || die "apt-get could not install: $missing"
fi

case " $* " in
*' test '*)
    # Newer Debian releases no longer build libstdc++6-N-dbg or have other compiler versions: what does not exist is skipped.
    # shellcheck disable=SC2046
    missing=$(missing_of $(compiler_packages))
    for package in $missing; do
        has_candidate "$package" || update_once
        if has_candidate "$package"; then
            install_packages "$package" || say "SKIPPED: $package cannot be installed; tests that need it are skipped"
        else
            say "SKIPPED: this release has no $package; tests that need it are skipped"
        fi
    done
    ;;
esac

# Copies a source of this machine that serves the release's main suite, with its mirror and its key, for the backports suite.
backports_source() {
    suite=$1
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        stanza=$(awk -v suite="$suite" '
            BEGIN { RS = ""; FS = "\n" }
            {
                uris = signed = ""; main = 0; release = 0
                for (i = 1; i <= NF; i++) {
                    line = $i
                    if (line ~ /^URIs:/) uris = line
                    else if (line ~ /^Signed-By:/) signed = line
                    else if (line ~ /^Suites:/) { n = split(line, words, /[ \t]+/); for (k = 2; k <= n; k++) if (words[k] == suite) release = 1 }
                    else if (line ~ /^Components:.*[ \t]main([ \t]|$)/) main = 1
                }
                if (uris && release && main) {
                    print "Types: deb"; print uris; print "Suites: " suite "-backports"; print "Components: main"
                    if (signed) print signed
                    exit
                }
            }' "$file")
        [ -z "$stanza" ] || { printf '%s\n' "$stanza"; return 0; }
    done
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v suite="$suite" '
        $1 == "deb" {
            options = ""; i = 2
            if ($2 ~ /^\[/) { while (i <= NF) { options = options " " $i; if ($(i++) ~ /\]$/) break } }
            if ($(i + 1) != suite || $0 !~ /[ \t]main([ \t]|$)/) next
            signed = options
            if (!sub(/.*signed-by=/, "", signed)) signed = ""
            sub(/[ \]].*/, "", signed)
            print "Types: deb"; print "URIs: " $i; print "Suites: " suite "-backports"; print "Components: main"
            if (signed) print "Signed-By: " signed
            exit
        }'
}

install_backports() {
    # shellcheck disable=SC2086
    missing=$(missing_of $backports)
    [ -n "$missing" ] || return 0
    [ -z "${STRATA_NO_BACKPORTS:-}" ] || { say "SKIPPED: $missing(STRATA_NO_BACKPORTS is set)"; return 0; }
    # One failed attempt a day is enough: it costs seconds, and the answer seldom changes.
    failed=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/strata-backports-failed
    [ -z "$(find "$failed" -mtime -1 2>/dev/null)" ] || { say "SKIPPED: $missing(backports could not be reached today)"; return 0; }

    available=yes
    for package in $missing; do has_candidate "$package" || available=no; done
    if [ $available = no ]; then
        suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
        source=$(backports_source "$suite")
        list=/etc/apt/sources.list.d/strata-backports.sources
        if [ -n "$suite" ] && [ -n "$source" ]; then
            say "adding $suite-backports in $list (apt takes nothing from it unless asked to)"
            printf '%s\n' "$source" | as_root tee $list >/dev/null
            as_root apt-get -q update -o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 || true
            available=yes
            for package in $missing; do has_candidate "$package" || available=no; done
            [ $available = yes ] || { as_root rm -f $list; say "removed $list again: the suite has no $missing"; }
        fi
    fi
    # shellcheck disable=SC2086
    if [ $available = yes ] && install_packages $missing; then
        return 0
    fi
    mkdir -p "$(dirname "$failed")" && : >"$failed"
    say "SKIPPED: $missing(no backports suite here); tests run with Debian's own Go only"
}
[ -z "$backports" ] || install_backports
