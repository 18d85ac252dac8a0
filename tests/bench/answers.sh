#!/bin/bash
# SPDX-License-Identifier: MIT
# What one answer costs: a type of many units, one whose name ends many others, a missing one, the first definition, an index that was kept,
# a small program, and the start of the program itself. In turn in one run; medians of processor time (user and system, which a busy machine disturbs least) and of the
# wall clock, and instructions where valgrind is installed.
#
#   tests/bench/answers.sh [-n ROUNDS] [-s STRATA] [-o OTHER_STRATA] FILE
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=7
strata=build/release/strata
other=
while getopts 'n:s:o:' option; do
    case $option in
    n) rounds=$OPTARG ;;
    s) strata=$OPTARG ;;
    o) other=$OPTARG ;; # another build: its numbers stand beside
    *) sed -n '3,9p' "$0"; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || { sed -n '3,9p' "$0"; exit 2; }
file=$1
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
export XDG_CACHE_HOME=$kept
"$strata" list --cache "$file" >/dev/null 2>&1 || true
echo 'struct point { int x, y; long z; } point; int main(void) { return point.x; }' >"$kept/small.c"
gcc -g -o "$kept/small" "$kept/small.c"

ROUNDS=$rounds STRATA=$strata OTHER=$other SMALL=$kept/small /usr/bin/python3 - "$file" <<'PYTHON'
import os, re, shutil, statistics, subprocess, sys, time

small = os.environ["SMALL"]
file, strata, other, rounds = sys.argv[1], os.environ["STRATA"], os.environ["OTHER"], int(os.environ["ROUNDS"])
questions = [("show task_struct", ["show", file, "task_struct"]), ("show inode", ["show", file, "inode"]), ("show atomic_t", ["show", file, "atomic_t"]),
             ("show task_strct, which is missing", ["show", file, "task_strct"]), ("show --first task_struct", ["show", "--first", file, "task_struct"]),
             ("list", ["list", file]), ("show --cache task_struct", ["show", "--cache", file, "task_struct"]), ("list --cache", ["list", "--cache", file]),
             ("show point, of a small program", ["show", small, "point"]), ("list, of a small program", ["list", small]), ("--version", ["--version"])]
commands = [("strata " + name, [strata, *words]) for name, words in questions]
if other:
    commands += [("other " + name, [other, *words]) for name, words in questions if "--cache" not in words and "--first" not in words]
if shutil.which("pahole"):
    commands.append(("pahole -C task_struct", ["pahole", "-F", "dwarf", "-C", "task_struct", file]))
walls, cpus = {}, {}
for _ in range(rounds):
    for name, command in commands:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        usage = os.wait4(process.pid, 0)[2]
        walls.setdefault(name, []).append(time.perf_counter() - start)
        cpus.setdefault(name, []).append(usage.ru_utime + usage.ru_stime)
for name, command in commands:
    instructions = ""
    if shutil.which("valgrind") and "--cache" not in command:  # valgrind is another program: nothing is kept for it
        one = [command[0], *command[1:]] if "--version" in command or command[0] == "pahole" else [command[0], command[1], "--threads", "1", *command[2:]]
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *one], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        found = re.search(rb"Collected : (\d+)", done.stderr)
        instructions = "%8.1f M instructions" % (int(found[1]) / 1e6) if found else ""
    print("%-42s %7.1f ms of processors %8.1f ms wall %s" % (name, 1000 * statistics.median(cpus[name]), 1000 * statistics.median(walls[name]), instructions))
PYTHON
