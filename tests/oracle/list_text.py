# SPDX-License-Identifier: MIT
"""The list as text says what the list as CSV says.

For the text nobody spells what the types' parts are called (type_maker_skip_names), for CSV all is spelled, as it tells members of lock
types: sizes, holes and savings must not depend on it."""

import csv
import io
import os

from common import Failures, Strata, arguments, system_library

COLUMNS = ("size_bytes", "align_bytes", "members", "holes", "own_waste_bytes", "deep_waste_bytes", "savings_bytes", "cache_lines", "copies")

options = arguments()
strata = Strata(options.strata)
failures = Failures()
files = [options.strata, system_library("libstdc++.so.6")[0]]
for folder in ("c", "cpp", "rust", "dwarf"):
    for where, _, names in os.walk(os.path.join(options.fixtures, folder)):
        files.extend(os.path.join(where, name) for name in sorted(names))


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


for path in [path for path in files if path and os.path.exists(path) and is_elf(path)]:
    table = strata.run("list", path, "--format", "csv")
    text = strata.run("list", path)
    if table.returncode or not table.stdout:
        continue  # a file made to be refused, or without types
    rows = list(csv.DictReader(io.StringIO(table.stdout.decode(errors="replace"), newline="")))
    lines = text.stdout.decode(errors="replace").split("\n")[1:-1]
    failures.expect(text.returncode == 0 and len(lines) == len(rows), "%s: %d lines for %d rows", path, len(lines), len(rows))
    for row, line in zip(rows, lines):
        numbers = [row[column] or "?" for column in COLUMNS]
        failures.expect(line.split()[:len(numbers)] == numbers, "%s: %s: \"%s\" where CSV has %s", path, row["name"], line, " ".join(numbers))
failures.finish(at_least=2000)
