#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what the tests need, builds strata, and runs all tests:
#
#   release   everything
#   asan      everything again, under AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan      what runs on several threads, under ThreadSanitizer
#   clang     must compile without a warning
#
# Ends with what was skipped and why, and the line "N passed, N failed"; the exit status is 1 when a test failed, 2 when something did not build.
#
#   scripts/test.sh release   only the builds that are named
#   scripts/test.sh deep      what takes longer instead: many more mutations, the fuzzers, a thousand files in a database, and a build without a warning by each
#                             other compiler that is here (gcc-N, clang-N)
#   STRATA_NO_INSTALL=1       install nothing, the packages are there
#   CI=1                      a warning is an error in every build
set -eu
cd "$(dirname "$0")/.."

builds=${*:-release asan tsan clang}
for build in $builds; do
    case $build in
    release | asan | tsan | clang | dev | deep) ;;
    -h | --help) sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//;p;}' scripts/test.sh; exit 0 ;;
    *) echo "test: unknown build '$build'; there are: release, asan, tsan, clang, dev, deep" >&2; exit 2 ;;
    esac
done

[ -n "${STRATA_NO_INSTALL:-}" ] || scripts/install-deps.sh build test

mkdir -p build
passed=0 failed=0 skipped='' warned=''
# Python must not leave __pycache__ in the sources.
export PYTHONDONTWRITEBYTECODE=1

# The libraries that a test links or starts are not instrumented, hence no leak check of what they keep for good.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
export TSAN_OPTIONS=halt_on_error=1

# compile FOLDER PRESET [cmake options …]
compile() {
    folder=$1 preset=$2
    shift 2
    # A warning is an error where that is asked: in a CI, in the builds that are there for nothing else, and in dev (its preset).
    werror=OFF
    case $folder in clang* | gcc* | dev) werror=ON ;; esac
    [ -z "${CI:-}" ] || [ "$CI" = false ] || werror=ON
    echo "== $folder: building"
    if ! cmake --preset "$preset" -B "build/$folder" -DSTRATA_WERROR=$werror "-DFIXTURE_GOCACHE=$PWD/build/go-cache" "$@" >"build/$folder.log" 2>&1 ||
        ! cmake --build "build/$folder" >>"build/$folder.log" 2>&1; then
        cat "build/$folder.log" >&2
        echo "test: the $folder build failed" >&2
        exit 2
    fi
    warnings=$(grep -c ' warning: ' "build/$folder.log" || true)
    [ "$warnings" -eq 0 ] || warned="$warned    $warnings in the $folder build: build/$folder.log
"
}

count_of() { # what ctest's own report says: tests, failures, skipped
    sed -n "s/.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# run FOLDER [ctest options …]
around=''
run() {
    folder=$1
    shift
    report=$PWD/build/$folder-tests.xml
    rm -f "$report"
    $around ctest --test-dir "build/$folder" --output-on-failure --no-tests=error -j 2 "$@" \
        --test-output-size-passed 65536 --output-junit "$report" || true
    [ -s "$report" ] || { echo "test: ctest left no report of $folder" >&2; exit 2; }
    tests=$(count_of "$report" tests) failures=$(count_of "$report" failures)
    not_run=$(($(count_of "$report" skipped) + $(count_of "$report" disabled)))
    passed=$((passed + tests - failures - not_run))
    failed=$((failed + failures))
    reasons=$(sed -n "s/.*\(SKIPPED: .*\)/    \1 ($folder)/p" "$report" | sort -u)
    [ -z "$reasons" ] || skipped="$skipped$reasons
"
    [ "$not_run" -eq 0 ] || skipped="$skipped    $not_run tests of the $folder build
"
}

# Every compiler of another version than the usual one compiles strata without a warning.
other_compilers() {
    for compiler in $(IFS=:; for path in $PATH; do ls "$path" 2>/dev/null; done | grep -E '^(gcc|clang)-[0-9]+$' | sort -u -V); do
        compile "$compiler" default -DCMAKE_C_COMPILER="$compiler"
        passed=$((passed + 1))
    done
}

# Two releases of one commit, built in two folders, are the same bytes.
reproducible() {
    [ -d .git ] || { skipped="$skipped    two releases of one commit (no git repository here)
"; return 0; }
    for folder in one two; do
        STRATA_NO_INSTALL=1 scripts/release.sh HEAD build/release-$folder >"build/release-$folder.log" 2>&1 || { cat "build/release-$folder.log" >&2; exit 2; }
    done
    if cmp build/release-one/SHA256SUMS build/release-two/SHA256SUMS; then
        passed=$((passed + 1))
    else
        diff build/release-one/SHA256SUMS build/release-two/SHA256SUMS || true
        failed=$((failed + 1))
    fi
}

# A thousand real files through eight writers at once, killed and resumed in the middle.
thousand() {
    status=0
    python3 -B tests/fleet/thousand.py build/release/strata . >build/thousand.log 2>&1 || status=$?
    cat build/thousand.log
    case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped="$skipped    $(grep SKIPPED: build/thousand.log)
" ;;
    *) failed=$((failed + 1)) ;;
    esac
}

deep() {
    compile asan asan
    export STRATA_DEEP=1
    run asan -R '^oracle/(hand-made|hostile-files|mutations|hmap-go1.2[4-7].*)$'
    compile release release
    run release -R '^(oracle/(same-documents|layouts|layouts-go-rust|verify-changed|unbreakable|allocations|pack-.*)|report/try)$' --timeout 3600
    thousand
    compile fuzz fuzz -DSTRATA_FIXTURES=OFF -DSTRATA_FUZZ_RUNS=200000
    run fuzz -R '^fuzz/' --timeout 3600
    reproducible
    other_compilers
}

for build in $builds; do
    around=''
    case $build in
    clang) compile clang clang ;;
    tsan)
        compile tsan tsan
        # gcc 12's ThreadSanitizer cannot live with the wide address randomisation of newer kernels.
        ! setarch "$(uname -m)" -R true 2>/dev/null || around="setarch $(uname -m) -R"
        run tsan -R '^(oracle/(threads|same-documents)|unit/test_(scan_all|hmap|build_threads|object_sections|report|query_list_order))'
        ;;
    deep) deep ;;
    *)
        compile "$build" "$build"
        run "$build"
        ;;
    esac
done

echo
if [ -n "$warned" ]; then
    echo 'Warnings:'
    printf '%s' "$warned"
fi
if [ -n "$skipped" ]; then
    echo 'Skipped:'
    printf '%s' "$skipped"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
