#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a release on bare Debian systems, and installs and tries each of its files on them: try-packages.sh [--made] [SUITE …]
#                                                                                           (default: bookworm trixie sid)
#
# For each SUITE: a system with nothing but Debian's required packages (debootstrap --variant=minbase, kept in $STRATA_ROOTS, default
# ~/.cache/strata-roots); in a copy of it a clean clone of HEAD and scripts/release.sh; then, each in a fresh copy, (1) the .debs with apt-get, that of libstrata by a program compiled with it,
# (2) the .tar.gz unpacked, (3) the static program copied alone, (4) the .rpm unpacked by rpm, without asking for anything; and whether the .deb of
# the other suites can be installed. Last, the steps of Containerfile, and its program in a folder with nothing else. What was made stays in
# build/packages/SUITE; with --made nothing is made, and what stands there is tried. Wants root and debootstrap, some 3 GB of space, and minutes.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
-h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/try-packages.sh; exit 0 ;;
esac
die() { printf '%s\n' "try-packages: $*" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || die 'root is wanted, for chroot'
command -v debootstrap >/dev/null 2>&1 || die 'debootstrap is wanted'
made=no
[ "${1:-}" != --made ] || { made=yes; shift; }
[ $# -gt 0 ] || set -- bookworm trixie sid
roots=${STRATA_ROOTS:-$HOME/.cache/strata-roots} out=$PWD/build/packages repository=$PWD
mkdir -p "$roots" "$out"
log=$roots/log.$$
mirror=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)*\(http[^ ]*\) .*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)}
version=$(cat VERSION) machine=$(uname -m)
failed=0

root=
leave() {
    [ -n "$root" ] || return 0
    for place in proc dev; do ! mountpoint -q "$root/$place" || umount -R -l "$root/$place"; done
    ! grep -qF " $root/" /proc/mounts || die "something is still mounted below $root"
    rm -rf --one-file-system "$root"
    root=
}
trap leave EXIT
trap 'exit 130' INT TERM

# fresh SUITE: a bare system, in $root.
fresh() {
    leave
    if [ ! -e "$roots/bare-$1/.ready" ]; then
        rm -rf --one-file-system "$roots/bare-$1"
        debootstrap --variant=minbase "$1" "$roots/bare-$1" ${mirror:+"$mirror"} >"$roots/bare-$1.log" 2>&1 || { tail -n 5 "$roots/bare-$1.log" >&2; die "debootstrap $1 failed"; }
        touch "$roots/bare-$1/.ready"
    fi
    root=$roots/one.$$
    rm -rf --one-file-system "$root"
    cp -a "$roots/bare-$1" "$root"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
    cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true # this machine's way to the mirror
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
    cp tests/packages/try.sh "$root/tmp/"
}
inside() { chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# quiet WHAT COMMAND …: what it prints is seen when it fails.
quiet() {
    what=$1
    shift
    "$@" >"$log" 2>&1 || { tail -n 15 "$log" >&2; echo "  FAILED  $what"; failed=1; return 1; }
}
# used WHAT STRATA [SHARE]
used() {
    echo "$suite: $1"
    shift
    program=$1
    shift
    inside sh /tmp/try.sh "$program" "$version" "$@" || failed=1
}
size() { du -b "$1" | awk '{printf "%.1f MB", $1 / 1e6}'; }

for suite; do
    [ $made = no ] || break
    fresh "$suite"
    echo "$suite: a bare system of $(inside dpkg-query -W -f '.\n' | wc -l) packages, $(sed -n 's/^PRETTY_NAME=//p' "$root/etc/os-release")"
    quiet 'install git' inside apt-get -q update
    quiet 'install git' inside apt-get -q install -y --no-install-recommends git ca-certificates
    git clone -q --no-hardlinks "$repository" "$root/srv/strata"
    started=$(date +%s)
    quiet 'install what a build needs' inside sh -c 'cd /srv/strata && scripts/install-deps.sh build release' || continue
    installed=$(date +%s)
    quiet 'scripts/release.sh' inside /srv/strata/scripts/release.sh || continue
    rm -rf "${out:?}/$suite"
    cp -a "$root/srv/strata/build/release-files" "$out/$suite"
    echo "$suite: made in $(($(date +%s) - installed)) s, after $((installed - started)) s for packages"
    for file in "$out/$suite"/*; do echo "    $(size "$file")  ${file##*/}"; done
    echo "    the .deb wants $(dpkg-deb -f "$out/$suite"/strata_*.deb Depends)"
    [ ! -e "$out/$suite"/*.rpm ] || echo "    the .rpm wants $(inside rpm -qp --requires "/srv/strata/build/release-files/$(basename "$out/$suite"/*.rpm)" | tr '\n' ' ')"
done

for suite; do
    if [ -d "$out/$suite" ]; then
        fresh "$suite"
        cp "$out/$suite"/*.deb "$root/tmp/"
        quiet 'apt-get update' inside apt-get -q update || continue
        before=$(inside dpkg-query -W -f '.\n' | wc -l)
        # shellcheck disable=SC2016
        if quiet 'apt-get install ./strata_….deb' inside sh -c 'apt-get -q install -y --no-install-recommends /tmp/strata_*.deb'; then
            echo "$suite: the .deb brings $(($(inside dpkg-query -W -f '.\n' | wc -l) - before)) packages"
            quiet 'install man' inside apt-get -q install -y --no-install-recommends man-db || true
            used 'the .deb' strata /usr/share
            quiet 'remove it' inside dpkg --purge strata || true
            [ ! -e "$root/usr/bin/strata" ] && [ ! -e "$root/usr/share/strata" ] || { echo '  FAILED  purge leaves files'; failed=1; }
        fi
        # shellcheck disable=SC2016
        if quiet 'apt-get install ./libstrata-dev_….deb' inside sh -c 'apt-get -q install -y --no-install-recommends /tmp/strata_*.deb /tmp/libstrata-dev_*.deb gcc libc6-dev pkg-config'; then
            cp doc/examples/waste.c "$root/tmp/"
            quiet 'a program with libstrata' inside sh -c 'cd /tmp && gcc -Wall -Werror -o waste waste.c $(pkg-config --cflags --libs strata) && ./waste /usr/bin/strata | grep -q "bits unused"' &&
                echo "  ok      a program with libstrata"
        fi
    fi
    for from; do
        [ -d "$out/$from" ] || continue
        if [ "$from" != "$suite" ]; then
            fresh "$suite"
            cp "$out/$from"/*.deb "$root/tmp/"
            inside apt-get -q update >/dev/null 2>&1 || true
            if inside sh -c 'apt-get -q install -y --no-install-recommends /tmp/strata_*.deb' >"$log" 2>&1; then
                echo "$suite: the .deb of $from can be installed"
                used "the .deb of $from" strata /usr/share
            else
                echo "$suite: the .deb of $from cannot be installed, apt says:"
                sed -n 's/^ .*\(Depends: .*\)/    \1/p' "$log" | sort -u
            fi
        fi
        fresh "$suite"
        mkdir "$root/opt/strata"
        tar -x -z -C "$root/opt/strata" --strip-components=1 -f "$out/$from/strata-$version-$machine.tar.gz"
        used "the .tar.gz of $from" /opt/strata/bin/strata /opt/strata/share
        cp "$out/$from/strata-$version-static-$machine" "$root/usr/local/bin/strata"
        rm -rf "$root/opt/strata"
        used "the static program of $from" strata
    done
done

# The .rpm into an empty root, which wants nothing; it is tried where there is a shell.
suite=$1
if [ -e "$out/$suite"/*.rpm ]; then
    fresh "$suite"
    quiet 'apt-get update' inside apt-get -q update
    quiet 'install rpm' inside apt-get -q install -y --no-install-recommends rpm
    cp "$out/$suite"/*.rpm "$root/tmp/"
    if quiet 'rpm --install' inside sh -c 'mkdir /tmp/empty && rpm --root /tmp/empty --initdb && rpm --root /tmp/empty --install /tmp/*.rpm && rpm --root /tmp/empty --verify strata'; then
        echo "$suite: the .rpm, into an empty root without --nodeps"
        cp -a "$root/tmp/empty/usr/bin/strata" "$root/usr/bin/strata"
        cp -a "$root/tmp/empty/usr/share/." "$root/usr/share/"
        used 'the .rpm' strata /usr/share
    fi
fi

if [ $made = yes ]; then
    leave
    [ $failed -eq 0 ] && echo 'everything works' || echo 'something failed, see above'
    exit $failed
fi

# Containerfile: FROM, the RUN of the first stage, then what COPY takes, in a folder with nothing else.
suite=$(sed -n 's/^FROM debian:\([a-z]*\) AS build$/\1/p' Containerfile)
fresh "$suite"
mkdir "$root/strata"
git archive HEAD | tar -x -C "$root/strata"
echo "$suite: Containerfile"
if quiet 'its RUN' inside sh -c "cd /strata && $(sed -n 's/^RUN //p' Containerfile)"; then
    image=$root/image
    mkdir "$image"
    sed -n 's/^COPY --from=build //p' Containerfile | while read -r from to; do
        mkdir -p "$(dirname "$image$to")"
        cp -aL "$root$from" "$image$to"
    done
    mkdir "$image/proc"
    echo "    the image holds $(size "$image") in $(find "$image" -type f | wc -l) files"
    for line in "list /strata --top 3" "watch --frames --size 80x24 --keys i"; do
        # shellcheck disable=SC2086
        chroot "$image" /strata $line >"$log" 2>&1 && echo "  ok      strata $line" || { echo "  FAILED  strata $line"; cat "$log"; failed=1; }
    done
    printf q | env TERM=xterm-256color script -q -c "stty rows 24 cols 80; chroot '$image' /strata watch" /dev/null >"$log" 2>&1
    ! grep -q 'no terminal known' "$log" && grep -q hmap "$log" && echo '  ok      strata watch, in a terminal' || { echo '  FAILED  strata watch, in a terminal'; failed=1; }
fi
leave
[ $failed -eq 0 ] && echo 'everything works' || echo 'something failed, see above'
exit $failed
