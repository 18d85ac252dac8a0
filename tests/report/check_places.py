# SPDX-License-Identifier: MIT
"""Where reports go: nobody's report is lost, whatever the path is called and whoever else writes there, and no two become one."""

import os
import sqlite3
import subprocess
import sys
import tempfile

STRATA, PROGRAM = (os.path.abspath(path) for path in sys.argv[1:3])
problems, compared = [], 0


def expect(condition, *what):
    global compared
    compared += 1
    if not condition:
        problems.append(" ".join(str(part) for part in what))


def report(*outputs, files=(PROGRAM,)):
    words = [word for output in outputs for word in ("-o", output)]
    return subprocess.run([STRATA, "report", *files, *words], capture_output=True, check=False, timeout=120)


def types_in(path):
    try:
        with sqlite3.connect("file:" + os.path.abspath(path).replace("?", "%3f") + "?mode=ro", uri=True) as database:
            return database.execute("select count(*) from types").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)


def is_report(path):
    return isinstance(types_in(path), int) and types_in(path) > 0


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("junk", "wb") as file:
        file.write(b"no program\n" * 100)

    # A report that fails beside one that does not, on a database that is not there yet.
    for trial in range(40):
        for name in ("r.sqlite", "r.sqlite-journal"):
            if os.path.exists(name):
                os.unlink(name)
        failing = subprocess.Popen([STRATA, "report", "junk", "-o", "r.sqlite"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        good = report("r.sqlite")
        failing.wait()
        expect(good.returncode == 0 and is_report("r.sqlite"), "race", trial, good.returncode, good.stderr, types_in("r.sqlite"))
    os.unlink("r.sqlite")

    # Alone, one that fails leaves nothing, and what was there as it was.
    expect(report("alone.sqlite", files=["junk"]).returncode == 2 and not os.path.exists("alone.sqlite"), "a failure left a file")
    open("made.sqlite", "wb").close()
    expect(report("made.sqlite", files=["junk"]).returncode == 2 and os.path.exists("made.sqlite"), "a file of another was removed")

    # Names that SQLite takes for something else.
    for name in (":memory:", "file:x.db?mode=memory", "file::memory:"):
        process = report("sqlite:" + name)
        expect(process.returncode == 0 and is_report(name), name, process.stderr, types_in(name))
    expect(report("sqlite:").returncode == 2, "a database without a name")

    # A link to what is not there: made there, and the link stays. A failure takes neither.
    os.mkdir("deep")
    for name in ("l.json", "l.sqlite"):
        os.symlink("deep/" + name, name)
        process = report(name, files=["junk"])
        expect(process.returncode == 2 and os.path.islink(name) and not os.path.exists("deep/" + name), name, "after a failure", process)
        process = report(name)
        expect(process.returncode == 0 and os.path.islink(name) and os.path.getsize("deep/" + name) > 0, name, process)
    os.symlink("deep/second", "first.json")
    os.symlink("../third.json", "deep/second")
    expect(report("first.json").returncode == 0 and os.path.getsize("third.json") > 0, "a link to a link")
    os.symlink("round.json", "round.json")
    expect(report("round.json").returncode == 2, "a link to itself")

    # One report must not replace another.
    os.symlink("deep", "alias")
    os.symlink("z.json", "link.json")
    with open("old.json", "wb") as file:
        file.write(b"old")
    for one, other in (("json:x", "md:x"), ("y.json", "./y.json"), ("deep/a.json", "alias/a.json"), ("z.json", "link.json"),
                       ("a.sqlite", "json:a.sqlite"), ("json:-", "md:-"), ("old.json", "deep/../old.json"),
                       ("json:/dev/stdout", "md:-")):
        process = report(one, other)
        expect(process.returncode == 2 and b"given twice" in process.stderr, one, other, process)
        expect(not process.stdout, one, other, "half-written")
    with open("old.json", "rb") as file:
        expect(file.read() == b"old", "old.json was replaced")
    process = report("json:/dev/null", "md:/dev/null", "n.json", "n.md")
    expect(process.returncode == 0, process)

    # A full disk: the message names the file. A pipe that is full and does not block is waited for.
    process = report("json:/dev/full")
    expect(process.returncode == 2 and b"/dev/full" in process.stderr, "a full disk", process)
    for words in (["--help"], ["--version"], ["help"], ["show", "--help"], ["watch", "--version"], ["watch", "--keys", "..."], ["watch", "--list-keys"]):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([STRATA, *words], stdout=full, stderr=subprocess.PIPE, check=False, timeout=240)
        expect(process.returncode == 2 and process.stderr, words, "on a full disk", process)
    for words in (["show", PROGRAM, "--format", "json"], ["report", PROGRAM, "-o", "json:-"]):
        whole = subprocess.run([STRATA, *words], capture_output=True, check=False, timeout=240).stdout
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        many = words + [PROGRAM] * 40 if words[0] == "report" else words
        process = subprocess.Popen([STRATA, *many], stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        size = 0
        while piece := os.read(reading, 4096):
            size += len(piece)
        os.close(reading)
        errors = process.stderr.read()
        expect(process.wait() == 0 and size >= len(whole), "a pipe that does not block", words[0], size, len(whole), errors)

for problem in problems[:30]:
    print("FAILED", problem)
print("%d comparisons, %d failed" % (compared, len(problems)))
sys.exit(1 if problems or compared < 70 else 0)
