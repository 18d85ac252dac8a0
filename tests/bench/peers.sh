#!/bin/bash
# SPDX-License-Identifier: MIT
# strata against its peers on real files, in turn in one run: medians of several, ratios, peak memory.
#
#   tests/bench/peers.sh [-n ROUNDS] [-s STRATA] [FILE …]
#
# Without FILE it takes a Debian kernel's debug file (fetched by apt, some 850 MB, kept in build/bench), that of a large compressed C++
# library (Ceph's librbd, 132 MB, likewise) and libstdc++'s. pahole is
# needed; drgn is measured where python3-drgn is installed. Figures are whole processes: wall clock, and the peak resident set that
# the kernel accounts to the process (mapped file pages count).
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=5
strata=build/release/strata
while getopts 'n:s:' option; do
    case $option in
    n) rounds=$OPTARG ;;
    s) strata=$OPTARG ;;
    *) sed -n '3,9p' "$0"; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

[ -x "$strata" ] || { echo "peers.sh: no $strata; build it: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
for tool in pahole /usr/bin/time; do
    command -v "$tool" >/dev/null || { echo "peers.sh: $tool is missing (Debian packages pahole, time)" >&2; exit 2; }
done

# The newest kernel debug package that apt knows, unpacked to its one file.
fetch_kernel() {
    local folder=build/bench kernel package
    kernel=$(find "$folder" -name 'vmlinux-*' -type f 2>/dev/null | sort | tail -1)
    if [ -z "$kernel" ]; then
        mkdir -p "$folder"
        package=$(apt-cache depends linux-image-amd64-dbg | awk '/Depends: linux-image/ {print $2; exit}')
        echo "fetching $package" >&2
        (cd "$folder" && apt-get download "$package" >&2 &&
            dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --wildcards './usr/lib/debug/boot/vmlinux-*' --strip-components=5 &&
            rm -f "$package"_*.deb)
        kernel=$(find "$folder" -name 'vmlinux-*' -type f | sort | tail -1)
    fi
    echo "$kernel"
}

# Ceph's librbd: where Debian has it, in the package of its debug symbols.
fetch_library() {
    local folder=build/bench package=librbd1-dbg
    if [ ! -e "$folder/librbd.debug" ]; then
        mkdir -p "$folder/librbd"
        echo "fetching $package" >&2
        (cd "$folder/librbd" && apt-get download "$package" >&2 && dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --wildcards '*.debug' &&
            find . -name '*.debug' -size +50M -exec mv '{}' ../librbd.debug ';') || true
        rm -rf "$folder/librbd"
    fi
    [ ! -e "$folder/librbd.debug" ] || echo "$folder/librbd.debug"
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046 # no file, no argument
    set -- "$(fetch_kernel)" $(fetch_library) /usr/lib/x86_64-linux-gnu/debug/libstdc++.so.6.0.30
fi

results=$(mktemp)
trap 'rm -f "$results" "$results".*' EXIT

# run LABEL COMMAND…: one run; appends "label seconds kilobytes".
run() {
    local label=$1 status=0
    shift
    cat "$file" >/dev/null # all from the page cache: some machines give its pages up within seconds
    /usr/bin/time -f '%e %M' -o "$results.one" "$@" >"$results.out" 2>/dev/null || status=$?
    if [ "$status" -ge 126 ]; then echo "peers.sh: $label failed with $status" >&2; return 0; fi
    echo "$label $(tail -1 "$results.one")" >>"$results"
}

drgn_index='
import drgn, sys
prog = drgn.Program()
prog.load_debug_info([sys.argv[1]])
try:
    prog.type("struct no_such_type_anywhere")
except LookupError:
    pass
'

measure() {
    local file=$1 type=$2 i
    : >"$results"
    for ((i = 0; i < rounds; i++)); do
        run strata-list "$strata" list "$file"
        run strata-list-1-thread "$strata" list --threads 1 "$file"
        run pahole-sizes pahole -F dwarf --sizes -j2 "$file"
        run strata-json "$strata" show --format json "$file"
        run pahole-all pahole -F dwarf -j2 "$file"
        run strata-show "$strata" show "$file" "$type"
        case $file in *vmlinux*) run strata-show-common "$strata" show "$file" inode ;; esac # the end of 190 other names
        run pahole-show pahole -F dwarf -C "$type" "$file"
        if /usr/bin/python3 -c 'import drgn' 2>/dev/null; then
            run drgn-index /usr/bin/python3 -c "$drgn_index" "$file"
        fi
    done
    echo
    echo "$file, $(stat -Lc %s "$file" | awk '{printf "%.0f MB", $1 / 1e6}'), $(nproc) processors, median of $rounds runs"
    awk -v compressed="$(readelf -SW "$file" | grep -cE ' \.debug_info .* M?S?C +[0-9]' || true)" '
        { n[$1]++; seconds[$1, n[$1]] = $2; if ($3 > kilobytes[$1]) kilobytes[$1] = $3; if (!($1 in seen)) { seen[$1]; order[++count] = $1 } }
        function median(label,    i, j, t, a) {
            for (i = 1; i <= n[label]; i++) a[i] = seconds[label, i]
            for (i = 2; i <= n[label]; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
            return a[int((n[label] + 1) / 2)]
        }
        function ratio(a, b, goal) {
            if (!(a in n) || !(b in n)) return
            printf "  %-52s 1/%.1f of the time, 1/%.1f of the memory   (goal %s)\n", a " : " b, median(b) / median(a), kilobytes[b] / kilobytes[a], goal
        }
        END {
            for (i = 1; i <= count; i++) printf "  %-24s %8.2f s  %8.0f MB\n", order[i], median(order[i]), kilobytes[order[i]] / 1024
            ratio("strata-list", "pahole-sizes", "1/12 and 1/6")
            ratio("strata-json", "pahole-all", "1/8")
            ratio("strata-show", "strata-list", "1/4")
            ratio("strata-show-common", "strata-list", "1/4")
            ratio("strata-list", "strata-list-1-thread", "1/1.6 for the scan alone, see scan_bench")
            ratio("strata-list", "drgn-index", compressed ? "1/2.2" : "1/1.0")
        }' "$results"
}

for file in "$@"; do
    case $file in
    *vmlinux*) measure "$file" task_struct ;; # in nearly every unit: the dearest for strata, the cheapest for pahole, which stops at the first
    *) measure "$file" "$("$strata" list --kind struct --sort size --top 1 --format json "$file" | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["types"][0]["name"])')" ;;
    esac
done
[ -x build/release/tests/bench/scan_bench ] && for file in "$@"; do build/release/tests/bench/scan_bench "$file" "$rounds"; done
