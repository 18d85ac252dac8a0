#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the README and doc/ show as a program's output is what it says: each block that begins with "$ " and names only examples
that are compiled here is run and compared.

    check_docs.py STRATA FOLDER SOURCE            compares
    check_docs.py STRATA FOLDER SOURCE --update   writes the outputs into the documents anew

FOLDER holds the compiled examples. A line "…" stands for lines left out. Blocks that need something else (a kernel, a Go
toolchain, another machine) are counted, and said to be.
"""
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

STRATA, FOLDER, SOURCE = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).absolute(), Path(sys.argv[3]).absolute()
UPDATE = sys.argv[4:] == ["--update"]
EXAMPLES = ("connection.o", "golden-c", "golden-cpp", "golden-old", "golden-new", "budgets.rules", "writes.log", "connection.obj", "patched.o")
# A folder as builds leave them: two versions of a program, an object without debug information, a source.
BUILD = "build/"
# The same of two versions, as the older (first of each) and the newer one: path, and which programs.
BUILDS = (("old-build/", {"client": "golden-old", "server": "golden-old", "tool": "golden-c"}),
          ("new-build/", {"client": "golden-new", "server": "golden-new", "lib/helper": "golden-new"}))
FOLDERS = (BUILD, *[name for name, _ in BUILDS])
# A program's outputs that are the same on every machine although no example is named.
ALWAYS = ("strata watch --size", "strata lab two-arrays", "strata lab concurrent-write")


def patch(folder):
    """One byte of debug information changed: b is said to be at 9, as no compiler puts it."""
    (folder / "patched.c").write_text("struct Demo { char a; int pad; long b; } demo;\n")
    subprocess.run(["gcc", "-g", "-gdwarf-5", "-S", "-dA", "patched.c"], cwd=folder, check=True)
    text = (folder / "patched.s").read_text()
    text, count = re.subn(r"(\.byte\t)0x8(\s+[^\n]*DW_AT_data_member_location)", r"\g<1>0x9\2", text)
    assert count == 1, "the place of b is not found in the assembler's text"
    (folder / "patched.s").write_text(text)
    subprocess.run(["gcc", "-c", "patched.s"], cwd=folder, check=True)


def cross(folder):
    """An object of Windows."""
    shutil.copy(SOURCE / "tests/golden/connection.c", folder)
    if shutil.which("clang"):
        subprocess.run(["clang", "--target=x86_64-w64-mingw32", "-g", "-c", "connection.c", "-o", "connection.obj"], cwd=folder, check=False)


def box(database, question):
    """As sqlite3's shell draws with -box; it is not installed everywhere."""
    cursor = sqlite3.connect(database).execute(question)
    rows = [[column[0] for column in cursor.description], *[["" if cell is None else str(cell) for cell in row] for row in cursor]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rule = lambda left, middle, right: left + middle.join("─" * (width + 2) for width in widths) + right
    line = lambda row, pad: "│ " + " │ ".join(pad(cell, width) for cell, width in zip(row, widths)) + " │"
    centre = lambda cell, width: " " * ((width - len(cell)) // 2) + cell + " " * (width - len(cell) - (width - len(cell)) // 2)
    return "\n".join([rule("┌", "┬", "┐"), line(rows[0], centre), rule("├", "┼", "┤"), *[line(row, str.ljust) for row in rows[1:]], rule("└", "┴", "┘")]) + "\n"


def output_of(command, folder):
    """None: it cannot be run here."""
    words = shlex.split(command, comments=True)
    if words[0] == "cat" and words[1] in EXAMPLES:
        return (folder / words[1]).read_text()
    if words[0] == "sqlite3" and words[1] == "-box":
        return box(folder / words[2], words[3])
    if words[0] != "strata" or not (any(word in EXAMPLES or word in FOLDERS for word in words) or command.startswith(ALWAYS)):
        return None
    if "connection.obj" in words and not (folder / "connection.obj").exists():
        return None
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run([STRATA, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


def fits(told, real):
    """Whether the output is what is told, where "…" is any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()) + r"[ ]*\n" for line in told.splitlines())
    return re.fullmatch(pattern + r"\s*", real) is not None


def commands_of(text):
    """(first line of the command, lines of output, indentation, command) of each."""
    lines = text.splitlines()
    number, fenced = 0, False
    while number < len(lines):
        line = lines[number]
        if line.startswith("```"):
            fenced = not fenced
        begun = re.match(r"( *)\$ (.*)", line)
        if not begun or not (fenced or begun[1].startswith("    ")):
            number += 1
            continue
        indent, command, number = begun[1], begun[2], number + 1
        while command.count('"') % 2:
            command, number = command + "\n" + lines[number].strip(), number + 1
        first = number
        while number < len(lines) and not lines[number].startswith(indent + "$ ") and not lines[number].startswith("```") and \
                (fenced or lines[number].startswith(indent) or (not lines[number].strip() and number + 1 < len(lines) and
                                                               lines[number + 1].startswith(indent) and not lines[number + 1].startswith(indent + "$ "))):
            number += 1
        end = number
        while end > first and not lines[end - 1].strip():
            end -= 1
        yield first, end, indent, command


def main():
    failed = compared = passed_over = 0
    with tempfile.TemporaryDirectory(prefix="strata-docs-") as name:
        folder = Path(name)
        for example in EXAMPLES[:-2]:
            shutil.copy(FOLDER / example, folder)
        patch(folder)
        cross(folder)
        (folder / BUILD / "sub").mkdir(parents=True)
        for example, place in (("golden-old", "old"), ("golden-new", "sub/new"), ("connection.o", "connection.o")):
            shutil.copy(folder / example, folder / BUILD / place)
        for build, files in BUILDS:
            for place, example in files.items():
                (folder / build / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / example, folder / build / place)
        subprocess.run(["gcc", "-c", "-x", "c", "-", "-o", folder / BUILD / "bare.o"], input=b"int bare;\n", check=True)
        (folder / BUILD / "bare.c").write_text("int bare;\n")
        for path in (SOURCE / "README.md", *sorted((SOURCE / "doc").glob("*.md"))):
            text = path.read_text(encoding="utf-8")
            lines = text.splitlines()
            moved = 0 # lines that earlier outputs have more than they had
            for first, end, indent, command in commands_of(text):
                real = output_of(command, folder)
                if real is None:
                    passed_over += 1
                    continue
                compared += 1
                told = "".join(line[len(indent):] + "\n" for line in lines[first + moved:end + moved])
                if fits(told, real):
                    continue
                if UPDATE:
                    fresh = [(indent + line).rstrip() for line in real.rstrip().splitlines()]
                    lines[first + moved:end + moved] = fresh
                    moved += len(fresh) - (end - first)
                else:
                    failed += 1
                    print(f"FAILED {path.name}:{first}: $ {command}\n--- told\n{told}--- is\n{real}")
            if UPDATE:
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{compared} outputs compared, {failed} differ; {passed_over} need what is not here")
    sys.exit(1 if failed or compared < 10 else 0)


main()
