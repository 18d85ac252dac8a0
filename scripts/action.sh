#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The steps of action.yml: action.sh install|check|diff|verdict
#
# What a step wants comes in the environment, as action.yml sets it; what it finds goes to $GITHUB_OUTPUT and $GITHUB_STEP_SUMMARY. Findings
# do not stop the job before the last step, verdict: the summary and the upload come first.
set -euo pipefail

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# The files that the lines of $1 name, globs expanded, in the array `files`. A line that names none stops the job.
files_of() {
    files=()
    local line
    while IFS= read -r line; do
        line=${line#"${line%%[![:space:]]*}"} line=${line%"${line##*[![:space:]]}"}
        [ -n "$line" ] || continue
        local found=("$line") # a name is itself, even where it holds a [
        [ -e "$line" ] || mapfile -t found < <(compgen -G "$line" | LC_ALL=C sort || true) # base-files are paired with files by their place
        [ ${#found[@]} -gt 0 ] || { echo "::error::strata: no file is named $line"; exit 2; }
        files+=("${found[@]}")
    done <<<"$1"
    [ ${#files[@]} -gt 0 ] || { echo '::error::strata: no file is named'; exit 2; }
}

# Runs a command whose exit status 1 is a finding; the status comes in $status.
finding() { status=0; "$@" || status=$?; }

case ${1:-} in
install)
    if [ -z "${STRATA:-}" ]; then
        source=$(cd "$(dirname "$0")/.." && pwd)
        STRATA=$source/build/action/strata
        if [ ! -x "$STRATA" ]; then
            "$source/scripts/install-deps.sh" build
            cmake -S "$source" --preset default -B "$source/build/action" >/dev/null
            cmake --build "$source/build/action" --target strata
        fi
    fi
    "$STRATA" --version
    output strata "$STRATA"
    ;;
check)
    [ -n "${RULES:-}" ] || exit 0
    files_of "$FILES"
    sarif=${RUNNER_TEMP:-/tmp}/strata.sarif
    options=(--rules "$RULES" --source-root "${GITHUB_WORKSPACE:-.}")
    [ -z "${BASELINE:-}" ] || options+=(--baseline "$BASELINE")
    finding "$STRATA" check "${files[@]}" "${options[@]}" --format sarif >"$sarif"
    output check-status $status
    [ $status -le 1 ] || exit 2
    output sarif "$sarif"
    finding "$STRATA" check "${files[@]}" "${options[@]}" --format github
    finding "$STRATA" check "${files[@]}" "${options[@]}" --format markdown >>"$GITHUB_STEP_SUMMARY"
    ;;
diff)
    [ -n "${BASE_FILES:-}" ] || exit 0
    files_of "$BASE_FILES"
    old=("${files[@]}")
    files_of "$FILES"
    [ ${#old[@]} -eq ${#files[@]} ] || { echo "::error::strata: ${#old[@]} base-files, ${#files[@]} files"; exit 2; }
    worst=0
    for i in "${!files[@]}"; do
        finding "$STRATA" diff "${old[i]}" "${files[i]}" --format markdown >>"$GITHUB_STEP_SUMMARY"
        [ $status -le $worst ] || worst=$status
    done
    output diff-status $worst
    [ $worst -le 1 ] || exit 2
    ;;
verdict)
    [ "${CHECK_STATUS:-0}" != 1 ] || { echo '::error::strata: rules are broken, see the summary'; exit 1; }
    [ "${DIFF_STATUS:-0}" != 1 ] || [ "${FAIL_ON_DIFFERENCE:-false}" != true ] || { echo '::error::strata: layouts differ, see the summary'; exit 1; }
    ;;
*)
    echo 'action: what is it to do: install, check, diff or verdict' >&2
    exit 2
    ;;
esac
