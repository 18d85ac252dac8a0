#!/bin/sh
# Installs what the tests need, builds strata, and runs all tests:
#
#   release   everything
#   asan      everything again, under AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan      what runs on several threads, under ThreadSanitizer
#   clang     must compile without a warning
#
# Ends with what was skipped and why, and the line "N passed, N failed"; the exit status is 1 when a test failed, 2 when something did not build.
#
#   STRATA_NO_INSTALL=1       install nothing, the packages are there
#   scripts/test.sh release   only the builds that are named
set -eu
cd "$(dirname "$0")/.."

builds=${*:-release asan tsan clang}
for build in $builds; do
    case $build in
    release | asan | tsan | clang | dev) ;;
    *) echo "test: unknown build '$build'; there are: release, asan, tsan, clang, dev" >&2; exit 2 ;;
    esac
done

[ -n "${STRATA_NO_INSTALL:-}" ] || scripts/install-deps.sh build test

mkdir -p build
passed=0 failed=0 skipped=''
# Python must not leave __pycache__ in the sources.
export PYTHONDONTWRITEBYTECODE=1

# The libraries that a test links or starts are not instrumented, hence no leak check of what they keep for good.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
export TSAN_OPTIONS=halt_on_error=1

compile() {
    # A warning is an error where that is asked: in a CI, in the build that is there for nothing else, and in dev (its preset).
    werror=OFF
    case $1 in clang | dev) werror=ON ;; esac
    [ -z "${CI:-}" ] || [ "$CI" = false ] || werror=ON
    if ! cmake --preset "$1" -DSTRATA_WERROR=$werror "-DFIXTURE_GOCACHE=$PWD/build/go-cache" >"build/$1.log" 2>&1 || ! cmake --build "build/$1" >>"build/$1.log" 2>&1; then
        cat "build/$1.log" >&2
        echo "test: the $1 build failed" >&2
        exit 2
    fi
}

count_of() { # what ctest's own report says: tests, failures, skipped
    sed -n "s/.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

for build in $builds; do
    echo "== $build: building"
    compile "$build"
    [ "$build" != clang ] || continue
    only=''
    around=''
    if [ "$build" = tsan ]; then
        only='-R ^(oracle/threads|unit/test_scan_all|unit/test_hmap)'
        # gcc 12's ThreadSanitizer cannot live with the wide address randomisation of newer kernels.
        ! setarch "$(uname -m)" -R true 2>/dev/null || around="setarch $(uname -m) -R"
    fi
    report=$PWD/build/$build-tests.xml
    rm -f "$report"
    # shellcheck disable=SC2086
    $around ctest --test-dir "build/$build" --output-on-failure --no-tests=error -j 2 $only --output-junit "$report" || true
    [ -s "$report" ] || { echo "test: ctest left no report of $build" >&2; exit 2; }
    tests=$(count_of "$report" tests) failures=$(count_of "$report" failures)
    not_run=$(($(count_of "$report" skipped) + $(count_of "$report" disabled)))
    passed=$((passed + tests - failures - not_run))
    failed=$((failed + failures))
    reasons=$(sed -n "s/.*\(SKIPPED: .*\)/    \1 ($build)/p" "$report")
    [ -z "$reasons" ] || skipped="$skipped$reasons
"
    [ "$not_run" -eq 0 ] || skipped="$skipped    $not_run tests of the $build build
"
done

echo
if [ -n "$skipped" ]; then
    echo 'Skipped:'
    printf '%s' "$skipped"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
