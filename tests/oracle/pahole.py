# SPDX-License-Identifier: MIT
"""The second oracle: pahole on real libraries. For every struct that both know, size and members' offsets and sizes are equal.

pahole shows one definition of a name and strata all: one of strata's must be pahole's. Differences that are understood are listed in
pahole-explained.txt."""

import os
import re
import shutil
import subprocess

from common import Explained, Failures, Strata, arguments, by_name, skip, system_library

options = arguments("explained")
if not shutil.which("pahole"):
    skip("pahole is not installed")
strata = Strata(options.strata)
failures = Failures()
explained = Explained(options.explained)

OPENING = re.compile(r"^(struct|class|union) (.*?) ?(?:final )?(?:: .*)?\{")
SIZE = re.compile(r"^\t/\* size: (\d+), ")
PLACE = re.compile(r"/\*\s*(?:(\d+)(?::\s*(\d+))?)?\s+(\d+) \*/\s*$")


def declared_name(text):
    """The name of a member from its declaration."""
    text = text.split(";")[0]
    text = re.sub(r"__attribute__\(\(.*?\)\)+", "", text)
    pointer = re.search(r"\(\s*\**(?:\w+::)?\*?\s*(\w+)\s*(?:\[[^]]*\])*\)\s*\(", text)
    if pointer:
        return pointer.group(1), None
    bits = re.search(r"(\w*)\s*:\s*(\d+)\s*$", text)
    if bits and not text.rstrip().endswith("]"):
        return bits.group(1), int(bits.group(2))
    plain = re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", text)
    return (plain.group(1) if plain else None), None


def structs_of(text):
    """name -> (size, {member: (offset in bytes, size in bytes, bits)}) of what pahole prints."""
    out, name, members = {}, None, {}
    for line in text.splitlines():
        opening = OPENING.match(line)
        if opening and not line.startswith("\t"):
            name, members = opening.group(2).strip(), {}
        elif name is not None and line.startswith("\t"):
            size = SIZE.match(line)
            if size:
                out.setdefault(name, (int(size.group(1)), members))
                name = None
                continue
            place = PLACE.search(line)
            depth = len(line) - len(line.lstrip("\t"))
            if place and place.group(1) and depth == 1 and ";" in line and "static" not in line:
                declaration = line[:place.start()].strip()
                closing = declaration.startswith("}")
                member, bits = declared_name(declaration.lstrip("} ") if closing else declaration)
                if member and not (closing and declaration.strip() in ("};", "}")) and not declaration.startswith("/*"):
                    members[member] = (int(place.group(1)), int(place.group(3)), bits)
    return out


def agrees(entry, told):
    size, members = told
    if entry["size_bytes"] != size:
        return "size %d, strata says %s" % (size, entry["size_bytes"])
    known = {member["name"]: member for member in entry["members"] if member["depth"] == 0 and member["name"]}
    for name, (offset, member_size, bits) in members.items():
        found = known.get(name)
        if found is None:
            return "no member " + name
        if found["offset_bits"] is None:
            continue
        if bits is not None:
            # pahole tells a bit-field's storage unit: the field must lie in it or behind, and have its width
            if found["size_bits"] != bits or found["offset_bits"] < offset * 8:
                return "bit-field %s of %d bits in the unit at %d, strata says %s+%s" % (name, bits, offset, found["offset_bits"], found["size_bits"])
        elif member_size == 0 and found["size_bits"] and ("[" not in found["type"] or "atomic" in found["type"]):
            # pahole 1.24 takes an atomic type, and an array of them, for one of no size
            if found["offset_bits"] != offset * 8:
                return "%s at byte %d, strata says bit %s" % (name, offset, found["offset_bits"])
        elif found["offset_bits"] != offset * 8:
            return "%s at byte %d, strata says bit %s" % (name, offset, found["offset_bits"])
        elif found["size_bits"] is not None and found["size_bits"] != member_size * 8:
            return "%s of %d bytes, strata says %s bits" % (name, member_size, found["size_bits"])
    return None


subjects = []
# Not libstdc++: pahole 1.24 gives up on its imported declarations after some thirty structs. gdb judges that one.
for library, binary in (("libc", system_library("libc.so.6")), ("strata", (options.strata, options.strata)),
                        ("c/gcc-two-units", (os.path.join(options.fixtures, "c/gcc-two-units"),) * 2)):
    path, debug = binary
    if not debug or not os.path.exists(debug):
        print("not tested: %s has no debug file here" % library)
        continue
    process = subprocess.run(["pahole", debug], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=250)
    told_structs = structs_of(process.stdout.decode(errors="replace"))
    document = strata.layouts(path)
    if isinstance(document, str):
        failures.fail(document)
        continue
    subjects.append(library)
    # pahole writes C++ names without their namespaces: compare by the last part.
    known = {}
    for name, definitions in by_name(document).items():
        if name:
            known.setdefault(name, []).extend(definitions)
            short = re.sub(r"^(?:[\w ()]+::)+", "", name)
            if short != name:
                known.setdefault(short, []).extend(definitions)
    both = 0
    for name, told in sorted(told_structs.items()):
        if name not in known:
            continue
        both += 1
        differences = [agrees(entry, told) for entry in known[name]]
        if all(differences) and not explained.explains("%s:%s:layout" % (library, name)):
            failures.expect(False, "%s: %s: pahole: %s", library, name, differences[0])
        else:
            failures.expect(True, "")
    print("%s: pahole knows %d structs, strata %d names, %d are compared" % (library, len(told_structs), len(by_name(document)), both))
    failures.expect(both >= 20, "%s: only %d structs are known to both", library, both)
if not subjects:
    skip("no library with debug information")
explained.check_all_used(failures, subjects)
failures.finish(at_least=200)
