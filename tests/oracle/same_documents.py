# SPDX-License-Identifier: MIT
"""Every document of every command is the same to the byte, whatever the number of threads and however often it is written.

With STRATA_DEEP=1 all documents of all fixtures, with 1, 2, 3, 7 and 16 threads, several times each. Without, and under a sanitizer, a part
of that: of the many small files one other number of threads each, of the large ones fewer runs."""

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from common import Failures, Strata, arguments, died, manifest, system_library

THREADS = (1, 2, 3, 7, 16)
REPORT_FORMATS = ("html", "json", "md", "csv", "sqlite", "sarif")
RULES = """type *
    max_waste 0
    no_holes
    no_straddling
    no_false_sharing
    savings == 0
"""
LARGE_BYTES = 1 << 20
TIMEOUT_SECONDS = 600

options = arguments()
options.strata, options.fixtures = os.path.abspath(options.strata), os.path.abspath(options.fixtures)
deep = os.environ.get("STRATA_DEEP") == "1"
strata = Strata(options.strata)
failures = Failures()
with open(options.strata, "rb") as file:
    code = file.read()
is_sanitized = b"__asan_init" in code or b"__tsan_init" in code
del code
# Types that stand alone or behind pointers only here and there: the more of them a file has, the more its documents could depend on chance.
LARGE = ["go/go1.19", "go/go1.23", "rust/rustc-debian", "cpp/gcc-types5", "cpp/clang-dwarf5"]


def commands(path, other, rules):
    """Name of the document -> arguments. Reports name their files in the folder in which strata runs."""
    out = {}
    for form in ("text", "json", "csv"):
        out["show." + form] = ["show", path, "--format", form]
        out["list." + form] = ["list", path, "--sort", "waste", "--format", form]
    out["show.expanded"] = ["show", path, "--bytes", "--expand"]
    for form in ("text", "json"):
        out["pack." + form] = ["pack", path, "/./", "--force", "--format", form]
        out["verify." + form] = ["verify", path, "--all", "--explain", "--format", form]
    for form in ("text", "json", "markdown"):
        out["diff." + form] = ["diff", path, other, "--format", form]
    for form in ("text", "junit", "sarif", "github"):
        out["check." + form] = ["check", path, "--rules", rules, "--format", form]
    out["report"] = ["report", path] + [word for form in REPORT_FORMATS for word in ("-o", "report." + form)]
    return out


def written_by(command, threads):
    """Exit status, standard output, standard error and the files that were written."""
    folder = tempfile.mkdtemp(dir=work)
    process = strata.run(*command, "--threads", str(threads), timeout=TIMEOUT_SECONDS, cwd=folder)
    if died(process):
        failures.fail("%s with %d threads: %s" % (" ".join(command), threads, died(process)))
    parts = {"exit status": str(process.returncode).encode(), "output": process.stdout, "errors": process.stderr}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            parts[name] = file.read()
    shutil.rmtree(folder)
    return parts


def first_difference(one, other):
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return "at byte %d: %r and %r" % (at, one[max(0, at - 60):at + 40], other[max(0, at - 60):at + 40])


def check(job):
    command, counts = job
    one = written_by(command, counts[0])
    for count in counts[1:]:
        other = written_by(command, count)
        for part in sorted(one.keys() | other.keys()):
            a, b = one.get(part, b""), other.get(part, b"")
            failures.expect(a == b, "%s: %s with %d and %d threads differ %s", " ".join(command), part, counts[0], count, a != b and first_difference(a, b))


def runs_of(path, number):
    """How many threads each run has, for each document in turn."""
    is_large = os.path.getsize(path) >= LARGE_BYTES
    if deep:
        return THREADS if is_sanitized else THREADS * (3 if is_large else 2)
    if is_sanitized:
        return (1, 7)
    return (1, 16, 2, 7, 16, 3) if is_large else (1, THREADS[1 + number % 4])


work = tempfile.mkdtemp(prefix="strata-same.")
try:
    rules = os.path.join(work, "waste.rules")
    with open(rules, "w") as file:
        file.write(RULES)
    names = [entry["name"] for entry in manifest(options.fixtures)["fixtures"]]
    names += ["dwarf/" + name for name in sorted(os.listdir(os.path.join(options.fixtures, "dwarf"))) if name.endswith(".elf")]
    files = [path for path in dict.fromkeys(os.path.join(options.fixtures, name) for name in names) if os.path.isfile(path)]
    large = [options.strata] + [path for path in (os.path.join(options.fixtures, name) for name in LARGE) if path in files]
    if is_sanitized and not deep:
        large = large[2:4]
    library, debug = system_library("libstdc++.so.6")
    if debug and not (is_sanitized and not deep):
        large.append(library)
    small = [path for path in files if path not in large]
    if not deep:
        # Each file has a few documents of its turn; every document meets every kind of file.
        small = small[::40 if is_sanitized else 1]
    jobs = []
    for number, path in enumerate(large + small):
        every = commands(path, (large + small)[number - 1], rules)
        if deep:
            chosen = list(every)
        elif path in large:
            chosen = ["report"] if is_sanitized or number > 1 else ["report", "show.expanded", "verify.text"]
        else:
            chosen = [list(every)[(number + step) % len(every)] for step in (0, 7)]
        jobs += [(every[name], runs_of(path, number)) for name in chosen]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check, jobs))
    print("%d documents of %d files" % (len(jobs), len(large + small)))
finally:
    shutil.rmtree(work)
sys.stdout.flush()
failures.finish(at_least=30)
