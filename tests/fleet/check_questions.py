#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The ten questions of doc/fleet.md have the right answers over programs whose answers are known: two builds of a package.

    check_questions.py STRATA SOURCE
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import questions
import server

STRATA, SOURCE = sys.argv[1], sys.argv[2]
HEADER = """
struct list_head { struct list_head *next, *prev; };
struct task_struct { long state; WIDER char comm[16]; struct list_head tasks; };
struct wasteful { char a; long b; char c; };
struct crossing { char head[60]; struct { long a, b; } pair; char rest[52]; };
struct contended { _Atomic int one; _Atomic int two; };
"""
USES = "struct list_head l; struct task_struct t; struct wasteful w; struct crossing c; struct contended d;"


def build(folder, version, name, wider, own):
    place = folder / version
    place.mkdir(exist_ok=True)
    (place / f"{name}.c").write_text(HEADER.replace("WIDER", wider) + own + USES)
    subprocess.run(["gcc", "-g", "-c", f"{name}.c"], cwd=place, check=True)
    return place / f"{name}.o"


def main():
    server.skip_without()
    with server.Server() as base, tempfile.TemporaryDirectory(prefix="strata-questions-") as name:
        folder = Path(name)
        files = [build(folder, version, program, wider, own)
                 for version, wider in (("1.0", ""), ("1.1", "long more;")) for program, own in (("a", "struct mine { int a; } m;"), ("b", "struct mine { int a, b; } m;"))]
        (folder / "notes.txt").write_text("no program\n")
        # Two without debug information, each with a build-id of its own in the message: one reason.
        for number in (1, 2):
            (folder / f"plain{number}.c").write_text(f"int plain{number};")
            subprocess.run(["gcc", "-shared", "-s", "-Wl,--build-id", f"plain{number}.c", "-o", f"plain{number}.so"], cwd=folder, check=True)
        listed = folder / "list"
        listed.write_text("".join(f"{file}\n" for file in [*files, folder / "notes.txt", folder / "plain1.so", folder / "plain2.so"]))
        subprocess.run([STRATA, "report", "--files-from", listed, "-o", f"postgresql:{base.conninfo}"], check=True, stderr=subprocess.DEVNULL)
        answers = {int(title.split(".")[0]): rows for title, rows, _ in questions.ask_all(SOURCE, base)}
        assert [row[:4] for row in answers[1]] == [("a.o", "task_struct", 40, 48), ("b.o", "task_struct", 40, 48)], answers[1]
        assert {row[:3] + row[4:] for row in answers[2]} == {("task_struct", "tasks", 24, 2), ("task_struct", "tasks", 32, 2)}, answers[2]
        worst, = [row for row in answers[3] if row[0] == "wasteful"]
        assert worst == ("wasteful", "struct", 24, 14, 4, 4, 56) and worst == answers[3][0], answers[3]
        assert {row[0]: row[2:] for row in answers[4]} == {"mine": (2, 2, 4), "task_struct": (2, 2, 4)}, answers[4]
        assert {row[0] for row in answers[5] if row[3] == 4} == {"list_head", "wasteful", "crossing", "contended"}, answers[5]
        assert [(row[0], row[2], row[3], row[4], row[5]) for row in answers[6] if row[0] == "wasteful"] == [("wasteful", 24, 16, 4, 32)], answers[6]
        assert [(row[0], row[2], row[4]) for row in answers[7]] == [("contended", 1, 4)], answers[7]
        assert [(row[0], row[1], row[4]) for row in answers[8]] == [("crossing", "rest", 4)], answers[8]
        assert sorted(row[0] for row in answers[9]) == [8, 16] and all(row[3] == 2 for row in answers[9]), answers[9]
        (plain, *rest), (text, *others) = answers[10]
        assert plain.startswith("no debug information") and rest == [2, str(folder / "plain1.so")], answers[10]
        assert text.startswith("not an ELF file") and others == [1, str(folder / "notes.txt")], answers[10]
        print("the ten questions of doc/fleet.md have the right answers")


main()
