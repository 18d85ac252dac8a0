# SPDX-License-Identifier: MIT
"""The third oracle: gdb on the same binaries, one run each. gdb's own view of a type (what `ptype/o` prints, asked for through its Python) must
be strata's: sizes, and each field's place in bits.

A sample of types is asked for, spread evenly over the file, since gdb takes long for large ones. Differences that are understood are listed
in gdb-explained.txt."""

import json
import os
import shutil
import subprocess
import tempfile

from common import Explained, Failures, Strata, arguments, by_name, skip, system_library

SAMPLE = 400

# Runs inside gdb: reads the names, writes what gdb knows of each.
INSIDE_GDB = r'''
import gdb, json
out = {}
for name, kind in json.load(open(%(names)r)):
    try:
        keyword = kind + " " if %(c)r and kind in ("struct", "union", "enum") else ""
        found = gdb.lookup_type(keyword + name).strip_typedefs()
        if found.code == gdb.TYPE_CODE_NAMESPACE:
            continue  # gdb 16 may find the namespace of a Rust enum's variants first, which has the enum's name
        fields = []
        if found.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            for field in found.fields():
                if not hasattr(field, "bitpos"):
                    continue  # static
                fields.append([field.name, field.bitpos, field.bitsize or field.type.strip_typedefs().sizeof * 8, field.is_base_class, field.type.strip_typedefs().code == gdb.TYPE_CODE_FUNC])
        out[name] = {"size": found.sizeof, "fields": fields, "dynamic": found.dynamic}
    except (gdb.error, RuntimeError, AttributeError):
        pass
json.dump(out, open(%(out)r, "w"))
'''

options = arguments("explained")
if not shutil.which("gdb"):
    skip("gdb is not installed")
strata = Strata(options.strata)
failures = Failures()
explained = Explained(options.explained)


def ask_gdb(path, names, is_c):
    with tempfile.TemporaryDirectory() as folder:
        asked, script, out = (os.path.join(folder, name) for name in ("names.json", "inside.py", "out.json"))
        with open(asked, "w", encoding="utf-8") as file:
            json.dump(names, file)
        with open(script, "w", encoding="utf-8") as file:
            file.write(INSIDE_GDB % {"names": asked, "out": out, "c": is_c})
        process = subprocess.run(["gdb", "-nx", "-batch", "-iex", "set auto-load no", "-iex", "set debuginfod enabled off", "-x", script, path],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=250)
        if not os.path.exists(out):
            return "gdb: " + process.stdout.decode(errors="replace")[-500:]
        with open(out, encoding="utf-8") as file:
            return json.load(file)


def difference(entry, told):
    if entry["size_bytes"] != told["size"]:
        return "size %d, strata says %s" % (told["size"], entry["size_bytes"])
    if told["dynamic"]:
        return None  # a Rust enum with data: gdb needs a live value to tell its variant
    known = {}
    for member in entry["members"]:
        if member["depth"] == 0 and member["name"]:
            known.setdefault(member["name"], []).append(member)  # Go may call several fields "_"
    for name, position, bits, is_base, is_code in told["fields"]:
        if not name or position is None:
            continue
        if name not in known:
            if is_base:
                continue
            return "no member %s" % name
        found = [member for member in known[name] if member["offset_bits"] in (position, None)]
        if not found:
            return "%s at bit %d, strata says %s" % (name, position, [member["offset_bits"] for member in known[name]])
        # rustc records a function item as a pointer of no bits, which gdb takes for a whole one: beyond the end of the struct.
        if position + bits > 8 * told["size"] and all(member["size_bits"] == 0 for member in found):
            continue
        # gdb gives a function the size of its first byte; a Go field of such a type holds a pointer
        if not is_base and not is_code and all(member["size_bits"] not in (bits, None) for member in found):
            return "%s of %d bits, strata says %s" % (name, bits, [member["size_bits"] for member in found])
    return None


subjects = []
candidates = [("libc", system_library("libc.so.6")), ("libstdc++", system_library("libstdc++.so.6"))]
for fixture in ("c/gcc-dwarf2", "c/gcc-dwarf5", "c/clang-dwarf4", "cpp/gcc-dwarf5", "cpp/clang-dwarf5", "go/go1.19", "rust/rustc-debian"):
    candidates.append((fixture, (os.path.join(options.fixtures, fixture),) * 2))
for subject, (path, debug) in candidates:
    if not debug or not os.path.exists(path):
        print("not tested: %s is not here or has no debug information" % subject)
        continue
    document = strata.layouts(path)
    if isinstance(document, str):
        failures.fail(document)
        continue
    subjects.append(subject)
    known = {name: definitions for name, definitions in by_name(document).items() if name and definitions[0]["kind"] in ("struct", "class", "union", "enum")}
    names = sorted(known)
    names = names[::max(1, len(names) // SAMPLE)]
    told_types = ask_gdb(debug, [[name, known[name][0]["kind"]] for name in names], subject == "libc" or subject.startswith("c/"))
    if isinstance(told_types, str):
        failures.fail("%s: %s" % (subject, told_types))
        continue
    for name, told in sorted(told_types.items()):
        differences = [difference(entry, told) for entry in known[name]]
        if all(differences):
            # A list of layouts has no typedefs. Asked for by name they come, too, and one of them may be what gdb has found:
            # libstdc++ 16 has 69 different std::__conditional<true>::type, one of them an unnamed class.
            named = strata.layouts(path, name)
            differences += [difference(entry, told) for entry in (by_name(named).get(name, []) if isinstance(named, dict) else [])]
        if all(differences) and not explained.explains("%s:%s:layout" % (subject, name)):
            failures.expect(False, "%s: %s: gdb: %s", subject, name, differences[0])
        else:
            failures.expect(True, "")
    print("%s: %d types asked for, gdb knows %d" % (subject, len(names), len(told_types)))
    failures.expect(len(told_types) >= len(names) // 4, "%s: gdb knows only %d of %d", subject, len(told_types), len(names))
explained.check_all_used(failures, subjects)
failures.finish(at_least=100)
