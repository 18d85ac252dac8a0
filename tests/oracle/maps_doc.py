# SPDX-License-Identifier: MIT
"""The screens of doc/maps.md are what strata maps shows of the program that they are of (fixtures/go/maps, built by Go 1.24): the same
lines but for numbers, which hash seeds change. --update writes them anew."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from common import Failures, arguments, skip
from maps import Subject

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "doc", "maps.md")


def masked(line):
    """Numbers with their units as one sign, runs of spaces as one."""
    line = re.sub(r"0x[0-9a-f]+", "#", line)
    line = re.sub(r"\d+(\.\d+)?( ?(B|kB|MB|GB|%))?", "#", line)
    return re.sub(r" +", " ", line).strip()


def blocks(lines):
    """(first line of output, end, command) of each indented command whose output is shown."""
    number = 0
    while number < len(lines):
        begun = re.match(r"    \$ strata (.*)", lines[number])
        number += 1
        if not begun:
            continue
        first = number
        while number < len(lines) and lines[number].startswith("    ") and not lines[number].startswith("    $ ") or (
                number + 1 < len(lines) and not lines[number].strip() and lines[number + 1].startswith("    ") and
                not lines[number + 1].startswith("    $ ") and number > first):
            number += 1
        if number > first:
            yield first, number, begun[1]


def main():
    update = "--update" in sys.argv
    if update:
        sys.argv.remove("--update")
    options = arguments()
    program = os.path.join(os.path.abspath(options.fixtures), "maps", "go1.24")
    if not os.path.exists(program):
        skip("Go 1.24 is not here")
    failures = Failures()
    with open(DOCUMENT, encoding="utf-8") as file:
        lines = file.read().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        named = os.path.join(folder, "sessiond")
        shutil.copy(program, named)
        subject = Subject(named, folder)
        moved = 0
        for first, end, command in list(blocks(lines)):
            words = [str(subject.pid) if word == "4711" else word for word in shlex.split(command)]
            done = subprocess.run([options.strata, *words], stdout=subprocess.PIPE, text=True, timeout=120,
                                  env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})
            real = [line for line in done.stdout.replace("pid %d" % subject.pid, "pid 4711").splitlines()]
            told = [line[4:] for line in lines[first + moved:end + moved]]
            if update:
                fresh = [("    " + line).rstrip() for line in real]
                lines[first + moved:end + moved] = fresh
                moved += len(fresh) - (end - first)
                continue
            failures.expect([masked(line) for line in told] == [masked(line) for line in real],
                            "$ strata %s\n--- told\n%s\n--- is\n%s", command, "\n".join(told), "\n".join(real))
        subject.end()
    if update:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return
    failures.finish(at_least=5)


if __name__ == "__main__":
    main()
