#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs every line of cases.txt and compares output, messages and exit status with expected/NAME.txt.

    check_screens.py STRATA FOLDER             compares
    check_screens.py STRATA FOLDER --update    writes the expected files anew

FOLDER holds the compiled examples; @SOURCE is where their sources are, in arguments and in outputs. Look at the difference before it is committed.
"""
import difflib
import os
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path

HERE = Path(__file__).parent


def run(strata, folder, arguments):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    for variable in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        environment.pop(variable, None)
    words = [word.replace("@SOURCE", str(HERE)) for word in shlex.split(arguments)]
    done = subprocess.run([strata, *words], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=240)
    text = f"$ strata {arguments}\n{done.stdout}"
    if done.stderr:
        text += f"--- standard error\n{done.stderr}"
    text = text.replace(str(HERE), "@SOURCE").replace(urllib.parse.quote(str(HERE)), "@SOURCE")
    return text + f"--- exit status {done.returncode}\n"


def colour_faults(strata, folder):
    """--color counts more than NO_COLOR, that more than what forces colours; 0 and nothing force none."""
    for variables, option, wanted in (({}, [], False), ({"CLICOLOR_FORCE": "1"}, [], True), ({"FORCE_COLOR": "1"}, [], True), ({"FORCE_COLOR": "0"}, [], False),
                                      ({"CLICOLOR_FORCE": ""}, [], False), ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, [], False),
                                      ({"CLICOLOR_FORCE": "1"}, ["--color=never"], False), ({"NO_COLOR": "1"}, ["--color=always"], True)):
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR")}
        text = subprocess.run([strata, "show", "golden-c", "demo", *option], cwd=folder, env={**environment, **variables}, capture_output=True, check=True).stdout
        if (b"\x1b[" in text) != wanted:
            yield f"{variables} {option}: colours are {'missing' if wanted else 'there'}"


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
    for fault in colour_faults(strata, folder):
        failed += 1
        print(fault)
    print(f"{failed} screens differ" if failed else "all screens are as expected")
    return 1 if failed else 0


sys.exit(main())
