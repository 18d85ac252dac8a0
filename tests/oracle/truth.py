# SPDX-License-Identifier: MIT
"""Every fixture tells its own truth; strata, reading only the binary's debug information, must say the same.

Compared for each type: size, alignment, and for each member offset and size; and that strata knows no member that the truth
does not. Alignment is not always in the debug information: those cases are listed with their reason in truth-explained.txt."""

import json
import os
import re
import struct
import subprocess

from common import Elf, Explained, Failures, Strata, arguments, by_name, manifest, skip

options = arguments("language")
strata = Strata(options.strata)
failures = Failures()
explained = Explained(os.path.join(os.path.dirname(os.path.abspath(__file__)), "truth-explained.txt"), manifest(options.fixtures)["compilers"])
KEYWORD = re.compile(r"^(struct|union|class|enum) ")


# ---- what the fixture says

def truth_of_data(path):
    """The constants that a compiler put into an object file for a machine that need not be this one."""
    elf = Elf(path)
    symbols = elf.symbols()
    section, at, size = symbols["strata_truth"]
    data = elf.bytes_of(section)[at:at + size]
    types = []
    for record in range(0, len(data), 72):
        kind, name, size, offset = struct.unpack_from(elf.order + "c55sQQ", data, record)
        kind, name = kind.decode(), name.split(b"\0")[0].decode()
        if kind == "T":
            types.append({"name": name, "size": size, "align": offset, "members": []})
        elif kind == "B":
            where, at, length = symbols["strata_bits_%d" % offset]
            first, count = bit_run(elf.bytes_of(where)[at:at + length], elf.order == ">")
            types[-1]["members"].append({"name": name, "bit_offset": first, "bit_size": count})
        else:
            types[-1]["members"].append({"name": name, "offset": offset, "size": size, "flexible": kind == "X"})
    return types


def bit_run(data, big_endian):
    """First and count of the one run of set bits; bit 0 is the least significant of byte 0, on big endian machines the most."""
    bits = [byte >> (7 - bit if big_endian else bit) & 1 for byte in data for bit in range(8)]
    first, count = bits.index(1), sum(bits)
    assert bits[first:first + count] == [1] * count, "no bit-field"
    return first, count


def truth_of(entry, entries):
    path = os.path.join(options.fixtures, entry["name"])
    if entry["truth"] == "run":
        return json.loads(subprocess.run([path], stdout=subprocess.PIPE, check=True, timeout=240).stdout)["types"]
    if entry["truth"] == "data":
        return truth_of_data(path)
    return truth_of(entries[entry["truth"]], entries)


# ---- what strata says

def plain(name):
    """A name in one spelling: compilers write 3, 3u, 3ul and 3UL, "> >" and ">>", "int (char)" and "int(char)"."""
    name = KEYWORD.sub("", name)
    name = re.sub(r"(?<![A-Za-z_])(\d+)[uUlL]+\b", r"\1", name)
    for long, short in ((r"\bshort int\b", "short"), (r"\blong unsigned( int)?\b", "unsigned long"), (r"\blong int\b", "long"),
                        (r"\bconst\b", ""), (r"\(\)::", "::"), (r"·\d+$", "")):  # "T const" is "const T"; Go numbers local types
        name = re.sub(long, short, name)
    return re.sub(r"\s*([<>,()*&\[\]])\s*", r"\1", name).strip()


def visible_members(entry):
    """Path -> member as C sees it: members of unnamed members belong to the outer type, others have a path with dots."""
    out, stack = {}, []
    for member in entry["members"]:
        del stack[member["depth"]:]
        name = member["name"]
        path = ".".join([part for part in stack if part] + ([name] if name else []))
        stack.append(name)
        if name and member["kind"] in ("field", "bit-field"):
            out.setdefault(path, member)
    return out


def variants_of(entry):
    """Name -> its fields by name. A row of kind "variant" heads the rows of its fields, one level deeper."""
    out, current = {}, None
    for member in entry["members"]:
        if member["depth"] == 0:
            current = out.setdefault(member["name"], {}) if member["kind"] == "variant" else None
        elif current is not None and member["depth"] == 1:
            current[member["name"]] = member
    return out


def compare_member(where, key, told, found):
    if found is None:
        failures.fail("%s: strata does not know it" % where)
        return
    if "bit_offset" in told:
        want = (told["bit_offset"], told["bit_size"])
    else:
        want = (told["offset"] * 8, told["size"] * 8)
    got = (found["offset_bits"], found["size_bits"])
    if told.get("flexible"):
        got = (got[0], got[1] or 0)
    if got != want and not explained.explains(key + ":place"):
        failures.expect(False, "%s: the compiler says bits %s+%s, strata %s+%s", where, *want, *got)
    else:
        failures.expect(True, "")


def compare_type(fixture, told, candidates):
    """One definition of several may be the one that is meant: the best one counts."""
    name = told["name"]
    where, key = "%s: %s" % (fixture, name), "%s:%s" % (fixture, plain(name))
    if not candidates:
        if not explained.explains(key + ":absent"):
            failures.fail("%s: strata does not know this type" % where)
        return
    fitting = [entry for entry in candidates if entry["size_bytes"] == told["size"]]
    entry = (fitting or candidates)[0]
    failures.expect(entry["size_bytes"] == told["size"], "%s: size %s, strata says %s", where, told["size"], entry["size_bytes"])
    if entry["align_bytes"] != told["align"] and not explained.explains(key + ":align"):
        failures.expect(False, "%s: alignment %s, strata says %s (%s)", where, told["align"], entry["align_bytes"], entry["align_source"])
    else:
        failures.expect(True, "")
    members = visible_members(entry)
    for member in told["members"]:
        compare_member("%s.%s" % (where, member["name"]), "%s.%s" % (key, member["name"]), member, members.get(member["name"]))
    asked = {member["name"] for member in told["members"]}
    if told["members"]:
        for path in members:
            if "." not in path:
                failures.expect(path in asked, "%s: strata knows a member %s that the compiler was not asked about", where, path)
    compare_bases(where, key, told, entry)
    compare_variants(where, key, told, entry)


def compare_virtual_bases(where, told, entry):
    """Anywhere inside an object each class is a virtual base once: it is at the one place that the compiler says, or at an unknown one."""
    places = {plain(base["name"]): base["offset"] * 8 for base in told.get("bases", []) if base["virtual"]}
    for member in entry["members"]:
        if member["kind"] == "virtual-base" and member["offset_bits"] is not None and plain(member["type"]) in places:
            failures.expect(member["offset_bits"] == places[plain(member["type"])], "%s: virtual base %s at bit %s, strata says %s", where,
                            member["type"], places[plain(member["type"])], member["offset_bits"])


def compare_bases(where, key, told, entry):
    compare_virtual_bases(where, told, entry)
    bases = {plain(member["type"]): member for member in entry["members"] if member["depth"] == 0 and member["kind"] in ("base", "virtual-base")}
    for base in told.get("bases", []):
        if base["virtual"] == "inherited":
            continue
        found = bases.get(plain(base["name"]))
        if not failures.expect(found, "%s: strata knows no base %s", where, base["name"]):
            continue
        if found["offset_bits"] is None:
            failures.expect(base["virtual"], "%s: the place of base %s is not told", where, base["name"])
        else:
            failures.expect(found["offset_bits"] == base["offset"] * 8, "%s: base %s at byte %d, strata says bit %s", where, base["name"],
                            base["offset"], found["offset_bits"])
    if told.get("polymorphic") and not told["bases"]:
        vptrs = [member for member in entry["members"] if member["kind"] == "vptr"]
        failures.expect(len(vptrs) == 1 and vptrs[0]["offset_bits"] == 0, "%s: no vptr at 0", where)


def compare_variants(where, key, told, entry):
    known = variants_of(entry)
    for variant in told.get("variants", []):
        if not failures.expect(variant["name"] in known, "%s: no variant %s; strata knows %s", where, variant["name"], sorted(map(str, known))):
            continue
        for member in variant["members"]:
            name = "%s.%s" % (variant["name"], member["name"])
            compare_member("%s::%s" % (where, name), "%s::%s" % (key, name), member, known[variant["name"]].get(member["name"]))
    if told.get("variants"):
        failures.expect(len(known) == len(told["variants"]), "%s: %d variants, strata knows %s", where, len(told["variants"]), sorted(map(str, known)))


def arguments_for(fixture):
    """A folder of debug files that strata is to be told of."""
    debug = os.path.join(options.fixtures, os.path.dirname(fixture), "debug")
    return ["--debug-dir", debug] if os.path.isdir(debug) else []


def check_fixture(entry, entries):
    fixture, path = entry["name"], os.path.join(options.fixtures, entry["name"])
    truth = truth_of(entry, entries)
    document = strata.layouts(path, "--expand", *arguments_for(fixture))
    if isinstance(document, str):
        failures.fail("%s: %s" % (fixture, document))
        return
    known = {}
    for name, definitions in by_name(document).items():
        if name:
            known.setdefault(plain(name), []).extend(definitions)
    # Enumerations, base types and typedefs are not in a listing of all layouts; by name they are found.
    absent = sorted({KEYWORD.sub("", told["name"]) for told in truth if plain(told["name"]) not in known})
    if absent and entry["language"] in ("c", "rust"):
        more = strata.layouts(path, "--expand", *arguments_for(fixture), *absent)
        if isinstance(more, str):
            failures.fail("%s: %s" % (fixture, more))
        else:
            for name, definitions in by_name(more).items():
                known.setdefault(plain(name), []).extend(definitions)
    for told in truth:
        candidates = known.get(plain(told["name"]), [])
        if entry["language"] == "go" and not candidates and told["kind"] != "struct":
            continue  # only what is a type of its own in the debug information
        if entry["language"] == "go" and not candidates and ("{" in told["name"] or "." not in told["name"]):
            continue  # unnamed structs are spelled differently
        compare_type(fixture, told, candidates)


def check_refusal(entry):
    """Files whose debug information is absent: said so in one line, exit 2."""
    process = strata.run("show", os.path.join(options.fixtures, entry["name"]))
    text = process.stderr.decode(errors="replace")
    failures.expect(process.returncode == 2, "%s: exit %d, 2 was expected: %s", entry["name"], process.returncode, text)
    failures.expect("debug" in text and len(text.strip().splitlines()) <= 2, "%s: does not say plainly what is missing: %s", entry["name"], text)


fixtures = manifest(options.fixtures)
entries = {entry["name"]: entry for entry in fixtures["fixtures"]}
mine = [entry for entry in fixtures["fixtures"] if entry["language"] == options.language]
for left_out in fixtures["skipped"]:
    if left_out["language"] == options.language:
        print("SKIPPED: %s: %s" % (left_out["what"], left_out["why"]))
if not mine:
    skip("no %s fixture could be built: %s" % (options.language, fixtures["skipped"]))
for fixture_entry in mine:
    if fixture_entry["expect"] == "no-debug":
        check_refusal(fixture_entry)
    elif fixture_entry["truth"] != "none":
        check_fixture(fixture_entry, entries)
explained.check_all_used(failures, [entry["name"] for entry in mine])
failures.finish(at_least=100 * len(mine) // 2)
