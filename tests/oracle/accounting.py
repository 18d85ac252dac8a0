# SPDX-License-Identifier: MIT
"""The property that holds for every type of every real file: each bit has exactly one class, so the classes add up to the size."""

import os

from common import Failures, Strata, arguments, system_library

options = arguments()
strata = Strata(options.strata)
failures = Failures()
files = [options.strata]
for name in ("c/gcc-dwarf5", "c/clang-powerpc64.o", "c/clang-m68k.o", "c/gcc-m32-dwarf2", "cpp/gcc-dwarf5", "cpp/clang-dwarf5", "cpp/gcc-types5",
             "go/go1.19", "go/go1.22", "go/go1.23", "rust/rustc-debian", "rust/rustc-path"):
    files.append(os.path.join(options.fixtures, name))
for library in ("libc.so.6", "libstdc++.so.6"):
    path, debug = system_library(library)
    if debug:
        files.append(path)
    else:
        print("not tested: %s has no debug file here" % library)


def check(file, entry):
    where = "%s: %s" % (os.path.basename(file), entry["name"])
    size = entry["size_bytes"]
    if size is None:
        return
    total = sum(entry["accounting"].values())
    failures.expect(total == size * 8, "%s: the classes add up to %d bits, the size is %d", where, total, size * 8)
    failures.expect(all(bits >= 0 for bits in entry["accounting"].values()), "%s: negative bits", where)
    failures.expect(0 <= entry["own_waste_bytes"] <= size, "%s: own waste %s of %d bytes", where, entry["own_waste_bytes"], size)
    failures.expect(entry["own_waste_bytes"] <= entry["deep_waste_bytes"] <= size, "%s: own waste %s, deep waste %s, size %d", where,
                    entry["own_waste_bytes"], entry["deep_waste_bytes"], size)
    failures.expect(entry["cache_lines"] == (size + 63) // 64, "%s: %d bytes are %s cache lines", where, size, entry["cache_lines"])
    end = 0
    for gap in entry["gaps"]:
        failures.expect(gap["offset_bits"] >= end and gap["size_bits"] > 0, "%s: gaps overlap or are empty", where)
        end = gap["offset_bits"] + gap["size_bits"]
    failures.expect(end <= size * 8, "%s: a gap ends behind the type", where)
    align = entry["align_bytes"]
    if align:
        failures.expect(align & (align - 1) == 0, "%s: alignment %s", where, align)
        failures.expect(size % align == 0 or entry["packed"], "%s: size %d is no multiple of its alignment %d", where, size, align)
    if entry["kind"] in ("struct", "class") and not entry.get("variants"):
        # No gap may lie where a member does.
        for gap in entry["gaps"]:
            for member in entry["members"]:
                if member["depth"] or member["offset_bits"] is None or not member["size_bits"] or member["kind"] in ("base", "virtual-base"):
                    continue
                failures.expect(member["offset_bits"] + member["size_bits"] <= gap["offset_bits"]
                                or member["offset_bits"] >= gap["offset_bits"] + gap["size_bits"] or member["name"] is None
                                or len(entry["gaps"]) > 50, "%s: %s and a %s overlap", where, member["name"], gap["kind"])


for file in files:
    if not os.path.exists(file):
        continue
    document = strata.layouts(file)
    if isinstance(document, str):
        failures.fail(document)
        continue
    failures.expect(len(document["types"]) >= 40, "%s: only %d types", file, len(document["types"]))
    for entry in document["types"]:
        check(file, entry)
failures.finish(at_least=5000)
