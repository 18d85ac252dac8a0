# SPDX-License-Identifier: MIT
"""BTF and DWARF of one program must tell the same of all types: names, kinds, sizes, members, places, bit-fields.

    btf_dwarf.py --types btf_types FILE [BTF]     FILE has DWARF, and a section .BTF unless BTF names its BTF

pahole makes the BTF, from the same DWARF. What it writes another way stands here and nowhere else, and is counted:

    arrays of nothing     and flexible ones are the same: char data[0] is char data[]
    matrices              are one row: int m[6][3] is int m[18]
    numbers               BTF has no complex ones, no vectors, no sizes that are no power of two: what holds one is left out here
    declarations          a struct that some units define is a definition to all: typedefs of it have its size everywhere
"""

import argparse
import collections
import json
import re
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--types", required=True)
parser.add_argument("file")
parser.add_argument("btf", nargs="?")
options = parser.parse_args()


def types_of(*arguments):
    text = subprocess.run([options.types, *arguments], stdout=subprocess.PIPE, check=True).stdout.decode(errors="surrogateescape")
    return [json.loads(line) for line in text.splitlines()]


explained = collections.Counter()
NOTHING = re.compile(r"\[0\]")
NO_KIND = re.compile(r"\b(complex|long double|vector_size|__SANITIZED_FAKE_INT__)\b")
MATRIX = re.compile(r"\[(\d+)\]\[(\d+)\]")


def as_btf_has_it(declaration):
    """A declaration of DWARF's as pahole can write it."""
    flat = NOTHING.sub("[]", declaration)
    if flat != declaration:
        explained["arrays of nothing"] += 1
    while MATRIX.search(flat):
        flat = MATRIX.sub(lambda match: "[%d]" % (int(match.group(1)) * int(match.group(2))), flat, count=1)
        explained["matrices"] += 1
    return flat


def definition_of(entry, is_dwarf):
    return entry["size_bytes"], entry.get("target"), tuple(
        (m["name"], as_btf_has_it(m["declaration"]) if is_dwarf else m["declaration"], m["offset_bits"], m["size_bits"] or 0, m["bitfield"])
        for m in entry["members"])


def grouped(entries):
    groups = collections.defaultdict(list)
    for entry in entries:
        groups[entry["name"], entry["kind"]].append(entry)
    return groups


dwarf, btf = types_of("--dwarf", options.file), types_of(options.btf or options.file)
dwarf_groups, btf_groups = grouped(dwarf), grouped(btf)
equal, members, differences = 0, 0, []
for key in sorted(set(dwarf_groups) | set(btf_groups)):
    in_dwarf = {definition_of(entry, True) for entry in dwarf_groups.get(key, [])}
    in_btf = {definition_of(entry, False) for entry in btf_groups.get(key, [])}
    sizes = {size for size, _, _ in in_btf}
    dwarf_sizes = {size for size, _, _ in in_dwarf}
    if key[1] == "typedef" and in_dwarf != in_btf and len(sizes) == 1 and None in dwarf_sizes <= sizes | {None}:
        explained["declarations"] += 1
        in_dwarf = {(next(iter(sizes)), *rest) for _, *rest in in_dwarf}
    if in_dwarf != in_btf and NO_KIND.search(repr((key, in_dwarf, in_btf))):
        explained["numbers"] += 1
        continue
    if in_dwarf != in_btf:
        differences.append((key, in_dwarf - in_btf, in_btf - in_dwarf))
        continue
    equal += 1
    members += sum(len(entry["members"]) for entry in btf_groups[key])

for (name, kind), dwarf_only, btf_only in differences[:20]:
    print("%s %s\n    DWARF alone: %.600s\n    BTF alone:   %.600s" % (kind, name, dwarf_only or "nothing", btf_only or "nothing"))
print("%s: DWARF has %d definitions of %d names, BTF %d of %d; %d names with %d members are equal, %d differ" % (
    options.file, len(dwarf), len(dwarf_groups), len(btf), len(btf_groups), equal, members, len(differences)))
print("written another way: " + ", ".join("%s %d" % item for item in sorted(explained.items())))
unaccounted = [entry["name"] for entry in btf if not entry["accounted"]]
if unaccounted:
    print("classes do not add up to the size: %s" % ", ".join(unaccounted[:20]))
sys.exit(1 if differences or unaccounted or not equal else 0)
