# SPDX-License-Identifier: MIT
"""Each allocation of each command fails once: the output is as always, or the exit status 2 with a message that says that memory was
short. Of commands that allocate often some are drawn; with STRATA_DEEP=1 in the environment ten times as many, and a thousand of
those on a large file, strata itself."""

import os
import random
import subprocess
import tempfile

from common import Failures, Strata, arguments, died, preloadable

options = arguments("library", "examples")
library_path = os.path.abspath(options.library)
strata = Strata(os.path.abspath(options.strata))
failures = Failures()
EACH_MOST = 4000 if os.environ.get("STRATA_DEEP") else 400
example = {name: os.path.join(os.path.abspath(options.examples), name)
           for name in ("golden-c", "golden-cpp", "golden-old", "golden-new", "budgets.rules", "writes.log")}

example["strata"] = strata.path

COMMANDS = [
    ["show", "golden-c"],
    ["show", "golden-c", "Demo", "/^D/"],
    ["show", "--first", "golden-c", "Demo"],
    ["show", "--first", "golden-cpp", "no such type"],
    ["show", "golden-cpp", "--expand", "--bytes"],
    ["list", "golden-c", "--where", "holes > 0 && name ~ \"a\""],
    ["list", "golden-cpp", "--format", "csv"],
    ["diff", "golden-old", "golden-new"],
    ["pack", "golden-c", "no such type"],
    ["pack", "golden-new", "Packet"],
    ["check", "golden-c", "--rules", "budgets.rules"],
    ["verify", "golden-c"],
    ["report", "golden-c", "-o", "json:-"],
    ["report", "golden-c", "-o", "html:-"],
    ["report", "golden-cpp", "-o", "md:-"],
    ["report", "golden-c", "-o", "sarif:-"],
    ["report", "golden-c", "-o", "a.sqlite"],
    ["show", "--help"],
    ["watch", "--usage"],
    ["explain", "writes.log"],
    ["explain", "writes.log", "--format", "json"],
]
LARGE = [
    ["list", "strata"],
    ["show", "strata", "/^type/", "--expand"],
    ["list", "strata", "--contains", "type_source", "--format", "csv"],
    ["diff", "strata", "golden-cpp"],
    ["check", "strata", "--rules", "budgets.rules"],
    ["verify", "strata"],
    ["report", "strata", "-o", "html:-"],
    ["report", "strata", "-o", "a.sqlite"],
]
LARGE_EACH = (1000 if os.environ.get("STRATA_DEEP") else 24) // len(LARGE)

def run(command, **environment):
    if os.path.exists("a.sqlite"):
        os.unlink("a.sqlite")
    words = [example.get(word, word) for word in command] + ([] if "--help" in command or "--usage" in command else ["--threads", "1"])
    return strata.run(*words, env=dict(os.environ, LC_ALL="C", LD_PRELOAD=preloadable(library_path), **environment))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for command in COMMANDS + LARGE:
        name = " ".join(command)
        whole = run(command, FAIL_COUNT="count")
        with open("count", encoding="ascii") as file:
            count = int(file.read())
        if not failures.expect(count > 10, "%s: only %d allocations were seen", name, count):
            continue
        numbers = range(1, count + 1)
        most = LARGE_EACH if command in LARGE else EACH_MOST
        if count > most:
            numbers = sorted(random.Random(name).sample(numbers, most))
        for number in numbers:
            process = run(command, FAIL_AT=str(number))
            problem = died(process)
            if problem:
                failures.fail("%s: allocation %d: %s" % (name, number, problem))
                continue
            same = (process.returncode, process.stdout, process.stderr) == (whole.returncode, whole.stdout, whole.stderr)
            told = process.returncode == 2 and b"memory" in process.stderr.lower()
            failures.expect(same or told, "%s: allocation %d: exit %d, %s", name, number, process.returncode, process.stderr[:200])

failures.finish(at_least=1000)
