#!/usr/bin/python3
"""Runs every line of cases.txt and compares output, messages and exit status with expected/NAME.txt.

    check_screens.py STRATA FOLDER             compares
    check_screens.py STRATA FOLDER --update    writes the expected files anew

FOLDER holds the compiled examples; @SOURCE is where their sources are. Look at the difference before it is committed.
"""
import difflib
import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(strata, folder, arguments):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    words = [str(HERE) if word == "@SOURCE" else word for word in shlex.split(arguments)]
    done = subprocess.run([strata, *words], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=60)
    text = f"$ strata {arguments}\n{done.stdout}"
    if done.stderr:
        text += f"--- standard error\n{done.stderr}"
    return text + f"--- exit status {done.returncode}\n"


def cases():
    for line in (HERE / "cases.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, arguments = line.split(": ", 1)
            yield name, arguments


def main():
    strata, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    update = sys.argv[3:] == ["--update"]
    failed = 0
    for name, arguments in cases():
        actual = run(strata, folder, arguments)
        path = HERE / "expected" / f"{name}.txt"
        if update:
            path.write_text(actual, newline="")
            continue
        expected = path.read_bytes().decode() if path.exists() else ""
        if actual != expected:
            failed += 1
            sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True),
                                                       f"expected/{name}.txt", "actual"))
    print(f"{failed} screens differ" if failed else "all screens are as expected")
    return 1 if failed else 0


sys.exit(main())
