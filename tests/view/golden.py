# SPDX-License-Identifier: MIT
"""Golden screens: strata watch, driven by keys, prints what the files of golden/ hold.

    golden.py STRATA            compares
    golden.py STRATA --write    writes the files anew: look at what has changed before you keep it

The screens that doc/watch.md shows are held to the same: each is what its command prints.
Also the ways in that are no screens: not a terminal, bad keys, bad sizes, recordings that were cut or altered.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden")
MANUAL = os.path.join(HERE, "..", "..", "doc", "watch.md")

# name: arguments
SCREENS = {
    "start-80x24": ["--size", "80x24", "--keys", ""],
    "story-chain-100x30": ["--size", "100x30", "--keys", ".40"],
    "story-evacuate-100x30": ["--size", "100x30", "--keys", ".60"],
    "story-evacuate-80x24": ["--size", "80x24", "--keys", ".60"],
    "story-end-120x40": ["--size", "120x40", "--keys", ".200"],
    "grow-start-frames-80x24": ["--size", "80x24", "--frames", "--keys", "g s s b"],
    "bytes-80x24": ["--size", "80x24", "--keys", "i20 x"],
    "entries-string-120x40": ["--size", "120x40", "--key", "string", "--keys", "i40 Z"],
    "entries-growing-100x30": ["--size", "100x30", "--keys", "i40 Z g .3"],
    "buckets-growing-100x30": ["--size", "100x30", "--keys", "i200 z g .5"],
    "map-200x60": ["--size", "200x60", "--entries", "20000", "--keys", "z z i1 <Down>5"],
    "density-100x30": ["--size", "100x30", "--entries", "100000", "--keys", "z z z g .9"],
    "chains-few-100x30": ["--size", "100x30", "--hash", "few", "--keys", "i40 f"],
    "find-miss-chain-80x24": ["--size", "80x24", "--hash", "few", "--few", "1", "--keys", "i30 F"],
    "range-growing-100x30": ["--size", "100x30", "--keys", "i50 r3 i5 r9"],
    "nan-100x30": ["--size", "100x30", "--key", "float64", "--value", "int32", "--keys", "i40 p1"],
    "interface-100x30": ["--size", "100x30", "--key", "interface", "--value", "big", "--keys", "i20 Z"],
    "delete-100x30": ["--size", "100x30", "--keys", "i40 D25"],
    "first-key-80x24": ["--size", "80x24", "--frames", "--keys", ". . ."],
    "field-80x24": ["--size", "80x24", "--keys", ".66 <Tab>8"],
    "bucket-bytes-80x24": ["--size", "80x24", "--keys", "i30 x x"],
    "bucket-bytes-int32-120x40": ["--size", "120x40", "--key", "int32", "--keys", "i30 x x"],
    "story-end-80x24": ["--size", "80x24", "--keys", ".200"],
    "story-evacuate-60x16": ["--size", "60x16", "--keys", ".66"],
    "story-evacuate-200x60": ["--size", "200x60", "--keys", ".66"],
    "story-chain-200x60": ["--size", "200x60", "--keys", ".55"],
    "slice-100x30": ["--size", "100x30", "--key", "interface", "--keys", "i9 p s l i c e <Enter> Z"],
    "help-80x24": ["--size", "80x24", "--keys", "?"],
    "help-200x60": ["--size", "200x60", "--keys", "?"],
    "new-map-80x24": ["--size", "80x24", "--keys", "n <Down>"],
    "ascii-80x24": ["--size", "80x24", "--ascii", "--keys", ".60"],
    "tiny-60x16": ["--size", "60x16", "--keys", "i30 g s2"],
    "too-small-40x10": ["--size", "40x10", "--keys", "i"],
    # Swiss maps.
    "swiss-start-80x24": ["--size", "80x24", "--kind", "swiss", "--keys", ""],
    "swiss-first-key-80x24": ["--size", "80x24", "--kind", "swiss", "--frames", "--keys", ". . . ."],
    "swiss-tombstone-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", ".32"],
    "swiss-past-a-tombstone-80x24": ["--size", "80x24", "--kind", "swiss", "--keys", ".33"],
    "swiss-split-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", "i890 g7 s2"],
    "swiss-story-end-120x40": ["--size", "120x40", "--kind", "swiss", "--keys", ".2000"],
    "swiss-wide-box-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", "i1900 g s9"],
    "swiss-tables-120x40": ["--size", "120x40", "--kind", "swiss", "--keys", "i4000 d3 f"],
    "swiss-directory-100x30": ["--size", "100x30", "--kind", "swiss", "--entries", "1000000", "--keys", "z z z i"],
    "swiss-tables-zoom-80x24": ["--size", "80x24", "--kind", "swiss", "--keys", "i20000 z z ]5"],
    "swiss-glyphs-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", "i500 D300 z"],
    "swiss-entries-string-120x40": ["--size", "120x40", "--kind", "swiss", "--key", "string", "--keys", "i40 Z"],
    "swiss-large-200x60": ["--size", "200x60", "--kind", "swiss", "--keys", "i20000"],
    "swiss-tiny-60x16": ["--size", "60x16", "--kind", "swiss", "--keys", "i4000 f"],
    "swiss-bytes-80x24": ["--size", "80x24", "--kind", "swiss", "--keys", "i20 x"],
    "swiss-group-bytes-80x24": ["--size", "80x24", "--kind", "swiss", "--key", "int32", "--keys", "i30 x x"],
    "swiss-field-80x24": ["--size", "80x24", "--kind", "swiss", "--keys", "i30 <Tab>5"],
    "swiss-go124-80x24": ["--size", "80x24", "--go", "1.24", "--workload", "turnover", "--keys", ".3000"],
    "swiss-range-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", "i50 r3 i20 r9"],
    "swiss-ascii-80x24": ["--size", "80x24", "--kind", "swiss", "--ascii", "--keys", ".33"],
    "swiss-help-120x40": ["--size", "120x40", "--kind", "swiss", "--keys", "?"],
    "compare-100x30": ["--size", "100x30", "--kind", "swiss", "--keys", "c i70"],
    "compare-growing-80x24": ["--size", "80x24", "--keys", "c g s5"],
    "compare-large-160x40": ["--size", "160x40", "--kind", "swiss", "--keys", "i5000 c g"],
    "compare-tiny-60x16": ["--size", "60x16", "--keys", "c i53"],
    "same-size-100x30": ["--size", "100x30", "--workload", "same-size", "--keys", ".700"],
}


def run(strata, arguments, **more):
    environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm-256color")
    environment.pop("NO_COLOR", None)
    glyphs = [] if "--ascii" in arguments else ["--unicode"]
    return subprocess.run([strata, "watch"] + glyphs + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, env=environment, timeout=120, **more)


def expect(problems, what, condition, told=""):
    if not condition:
        problems.append("%s%s" % (what, ": " + told.decode(errors="replace").strip() if told else ""))


def check_screens(strata, write, problems):
    for name, arguments in SCREENS.items():
        path = os.path.join(GOLDEN, name + ".txt")
        result = run(strata, arguments)
        if result.returncode:
            problems.append("%s: exit %d: %s" % (name, result.returncode, result.stderr.decode()))
            continue
        if write:
            with open(path, "wb") as file:
                file.write(result.stdout)
            continue
        with open(path, "rb") as file:
            wanted = file.read()
        if result.stdout != wanted:
            problems.append("%s differs; wanted\n%s\ngot\n%s" % (name, wanted.decode(), result.stdout.decode()))
        columns, rows = (int(n) for n in arguments[1].split("x"))
        for line in result.stdout.decode().split("\n"):
            expect(problems, "%s: a line is too long" % name, len(line) <= columns or line.startswith("---"))
        frames = result.stdout.decode().count("\n--- ") + 1
        lines = result.stdout.decode().count("\n")
        expect(problems, "%s: %d lines" % (name, lines), lines == frames * rows + 2 * (frames - 1))


def check_manual(strata, write, problems):
    with open(MANUAL, encoding="utf-8") as file:
        text = file.read()

    def fresh(match):
        result = run(strata, shlex.split(match.group(1)))
        expect(problems, "doc/watch.md: %s" % match.group(1), not result.returncode, result.stderr)
        return "$ strata watch %s\n%s" % (match.group(1), result.stdout.decode())

    new, count = re.subn(r"(?<=```\n)\$ strata watch (?!--(?:pid|core) )(.*)\n((?:(?!```).*\n)*)", fresh, text)
    expect(problems, "doc/watch.md shows screens", count >= 5)
    if write:
        with open(MANUAL, "w", encoding="utf-8") as file:
            file.write(new)
    expect(problems, "doc/watch.md shows screens as they are (golden.py --write renews them)", write or new == text)


def check_other_ways(strata, problems):
    result = run(strata, [])
    expect(problems, "not a terminal: says so", b"no terminal" in result.stderr, result.stderr)
    expect(problems, "not a terminal: one frame", result.stdout.count(b"\n") == 30 and not result.returncode)
    for arguments, words in [
        (["--keys", "i10x"], b"--keys"),
        (["--keys", "<Nothing>"], b"--keys"),
        (["--size", "100"], b"--size"),
        (["--size", "0x0"], b"--size"),
        (["--size", "99999x5"], b"--size"),
        (["--key", "int7"], b"int64, int32"),
        (["--entries", "-1"], b"--entries"),
        (["--entries", "99999999999"], b"--entries"),
        (["--replay", "/nonexistent"], b"/nonexistent"),
        (["--replay", "/"], b"not a regular file"),
        (["--salvage"], b"--replay"),
        (["extra"], b"takes no file"),
        (["--kind", "hopscotch"], b"classic, swiss"),
        (["--kind", "swiss", "--go", "1.22"], b"--go 1.22 has classic maps"),
        (["--kind", "classic", "--go", "1.25"], b"--go 1.25 has swiss maps"),
    ]:
        result = run(strata, arguments)
        expect(problems, "%s: exit %d" % (arguments, result.returncode), result.returncode == 2)
        expect(problems, "%s: a clear message" % arguments, words in result.stderr, result.stderr)
        expect(problems, "%s: no screen" % arguments, not result.stdout)


def check_recordings(strata, problems):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "recording")
        keys = "i30 o6 g s9 f F D3 r5 i20 b30 i5 C i9"
        for kind in ("string --go 1.24", "int64 --kind swiss", "int64", "string", "float64", "interface"):
            recorded = run(strata, ["--key"] + kind.split() + ["--size", "100x30", "--record", path, "--keys", keys])
            expect(problems, "recording of %s" % kind, not recorded.returncode, recorded.stderr)
            replayed = run(strata, ["--size", "100x30", "--replay", path, "--keys", ">"])
            expect(problems, "replay of %s" % kind, not replayed.returncode, replayed.stderr)
            # The same screen but for the title line and what the message line says.
            before, after = recorded.stdout.split(b"\n")[1:-2], replayed.stdout.split(b"\n")[1:-2]
            expect(problems, "the replay of %s ends with another screen\n%s\n%s" %
                   (kind, b"\n".join(before).decode(), b"\n".join(after).decode()), before == after)
        with open(path, "rb") as file:
            whole = file.read()
        for name, data, words in [
            ("cut", whole[:-5], b"cut short"),
            ("altered", whole[:60] + bytes([whole[60] ^ 1]) + whole[61:], b"altered"),
            ("longer", whole + b"x" * 40, b"altered"),
            ("other", b"#!/bin/sh\n" * 9, b"not a recording"),
            ("empty", b"", b"not a recording"),
        ]:
            with open(path, "wb") as file:
                file.write(data)
            result = run(strata, ["--replay", path])
            expect(problems, "%s recording: exit %d" % (name, result.returncode), result.returncode == 2)
            expect(problems, "%s recording: a clear message" % name, words in result.stderr, result.stderr)
            expect(problems, "%s recording: no screen" % name, not result.stdout)
        with open(path, "wb") as file:
            file.write(whole[:-5])
        result = run(strata, ["--replay", path, "--salvage", "--keys", ">"])
        expect(problems, "salvaged", not result.returncode and b"count" in result.stdout, result.stderr)


def main():
    strata, write = sys.argv[1], "--write" in sys.argv
    # Screens show addresses. Where the place that they lie at is taken (by a sanitizer), they differ.
    probe = run(strata, ["--keys", ""])
    if b"@0xc0000" not in probe.stdout:
        print("SKIPPED: the map's usual address is taken in this build", probe.stderr.decode())
        return 77
    problems = []
    check_screens(strata, write, problems)
    check_manual(strata, write, problems)
    check_other_ways(strata, problems)
    check_recordings(strata, problems)
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


sys.exit(main())
