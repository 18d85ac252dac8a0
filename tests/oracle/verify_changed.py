# SPDX-License-Identifier: MIT
"""strata verify on files in which one recorded size, offset or alignment was changed: each is found, or what is recorded is another legal
layout, which is shown by a declaration that the compiler lays out just so.

    verify_changed.py --strata S --fixtures F [STRATA_DEEP=1: a thousand files; STRATA_SEED=N]
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

given = arguments()
failures = Failures()
strata = Strata(given.strata)
DEEP = os.environ.get("STRATA_DEEP") == "1"
SEED = int(os.environ.get("STRATA_SEED", "1"))
CC = shutil.which("gcc")
TYPES = {"char": 1, "short": 2, "int": 4, "long": 8, "double": 8, "void *": 8, "long double": 16, "float": 4, "_Bool": 1}


def declarations(rng):
    """[(name, text)] of a few structs, some of which hold others."""
    out = []
    for number in range(rng.randint(2, 5)):
        lines = []
        for i in range(rng.randint(2, 6)):
            held = out and rng.random() < 0.15
            text = "struct %s" % rng.choice(out)[0] if held else rng.choice(sorted(TYPES))
            behind = "[%d]" % rng.randint(1, 3) if rng.random() < 0.15 else ""
            align = " __attribute__((aligned(%d)))" % rng.choice([2, 4, 8, 16, 32]) if rng.random() < 0.12 else ""
            lines.append("%s f%d%s%s;" % (text, i, behind, align))
        head = rng.choice([""] * 7 + ["__attribute__((packed)) ", "__attribute__((aligned(16))) ", "__attribute__((aligned(32))) "])
        out.append(("S%d" % number, "struct %sS%d { %s };" % (head, number, " ".join(lines))))
    return out


NUMBER = re.compile(r"^\t\.(byte|value|uleb128)\t(0x[0-9a-f]+|\d+)\t# DW_AT_(data_member_location|byte_size|alignment)")


def numbers(lines):
    """(line, attribute, value) of what is recorded about structs and their members."""
    inside = False
    for at, line in enumerate(lines):
        if "DW_TAG_" in line:
            inside = "DW_TAG_structure_type" in line or ("DW_TAG_member" in line and inside)
        match = NUMBER.match(line)
        if match and inside:
            yield at, match.group(3), int(match.group(2), 0)


def changed(rng, attribute, value):
    if attribute == "alignment":
        return rng.choice([v for v in (1, 2, 4, 8, 16, 32, 64) if v != value])
    while True:
        wrong = rng.choice([value + 1, value - 1, value + 2, value + 4, value - 4, value + 8, value - 8, value ^ 0x10, value * 2, rng.randint(0, 127)])
        if wrong != value and 0 <= wrong < 128:
            return wrong


class Maker:
    """Declarations that have a recorded layout."""

    def __init__(self, entries):
        self.entries = entries
        self.aligns = {"struct " + e["name"]: e["align_bytes"] or 1 for e in entries}

    def natural(self, member):
        base = re.sub(r"(\[\d+\])+$", "", member["type"]).strip()
        return TYPES.get({"long int": "long", "short int": "short"}.get(base, base)) or self.aligns.get(base, 1)

    def member(self, member, packed):
        base, behind = re.match(r"(.*?)((?:\[\d+\])*)$", member["type"]).groups()
        natural, wants = self.natural(member), member["align_bytes"] or 1
        attributes = " __attribute__((packed))" if packed else ""
        if wants > natural or (packed and wants > 1 and member["offset_bits"] % (8 * wants) == 0):
            attributes += " __attribute__((aligned(%d)))" % wants
        return "%s %s%s%s;" % (base, member["name"], behind, attributes)

    def candidates(self, entry):
        members = sorted((m for m in entry["members"] if not m["depth"]), key=lambda m: m["offset_bits"])
        aligned = "aligned(%d)" % entry["align_bytes"] if entry["align_source"] == "declared" else ""
        head = "__attribute__((%s)) " % aligned if aligned else ""
        name, plain = entry["name"], [self.member(m, False) for m in members]
        yield "struct %s%s { %s };" % (head, name, " ".join(plain))
        misplaced = [self.member(m, m["offset_bits"] % (8 * self.natural(m)) != 0) for m in members]
        yield "struct %s%s { %s };" % (head, name, " ".join(misplaced))
        filled, end = [], 0
        for member, text in zip(members, plain):
            filled += ["char : 8;"] * ((member["offset_bits"] - end) // 8) + [text]
            end = member["offset_bits"] + member["size_bits"]
        filled += ["char : 8;"] * ((8 * entry["size_bytes"] - end) // 8)
        yield "struct %s%s { %s };" % (head, name, " ".join(filled))
        yield "struct __attribute__((packed%s)) %s { %s };" % (", " + aligned if aligned else "", name, " ".join(plain))
        kept = [self.member(m, (m["align_bytes"] or 1) < self.natural(m)).replace(" __attribute__((packed))", "") for m in members]
        yield "struct __attribute__((packed%s)) %s { %s };" % (", " + aligned if aligned else "", name, " ".join(kept))
        for n in (2, 4, 8):
            yield "#pragma pack(push, %d)\nstruct %s%s { %s };\n#pragma pack(pop)" % (n, head, name, " ".join(plain))

    def assertions(self, entry):
        out = ["_Static_assert(sizeof(struct %s) == %d, \"\");" % (entry["name"], entry["size_bytes"])]
        if entry["align_source"] == "declared":
            out.append("_Static_assert(_Alignof(struct %s) == %d, \"\");" % (entry["name"], entry["align_bytes"]))
        for member in entry["members"]:
            if not member["depth"]:
                out.append("_Static_assert(__builtin_offsetof(struct %s, %s) == %d, \"\");" % (entry["name"], member["name"], member["offset_bits"] // 8))
        return "\n".join(out)


def is_legal(folder, entries, known="", maker=None):
    """True when there is a declaration of every struct that gives what is recorded, else the first that has none. A declaration that
    leaves no trace in its own layout may be what another one needs, so all are tried."""
    maker = maker or Maker(entries)
    entries = sorted(entries, key=lambda e: e["name"])
    if not entries:
        return True
    path, verdict = os.path.join(folder, "legal.c"), entries[0]
    for candidate in maker.candidates(entries[0]):
        with open(path, "w") as file:
            file.write(known + candidate + "\n" + maker.assertions(entries[0]) + "\n")
        if subprocess.run([CC, "-w", "-fsyntax-only", path], capture_output=True).returncode == 0:
            verdict = is_legal(folder, entries[1:], known + candidate + "\n", maker)
            if verdict is True:
                return True
    return verdict


def assembled(folder, lines, name):
    path = os.path.join(folder, name + ".s")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    subprocess.run([CC, "-c", path, "-o", path[:-2] + ".o"], check=True)
    return path[:-2] + ".o"


def main():
    rng, counts = random.Random(SEED), {"found": 0, "legal": 0, "missed": 0}
    by_attribute = {}
    wanted = 1000 if DEEP else 100
    with tempfile.TemporaryDirectory() as folder:
        tried = []
        while len(tried) < wanted:
            source = os.path.join(folder, "s.c")
            with open(source, "w") as file:
                structs = declarations(rng)
                file.write("\n".join(text for _, text in structs) + "\n" + "\n".join("struct %s g_%s;" % (name, name) for name, _ in structs) + "\n")
            text = subprocess.run([CC, "-g", "-gdwarf-5", "-w", "-S", "-dA", source, "-o", "-"], capture_output=True, text=True, check=True).stdout
            lines = text.splitlines()
            places = list(numbers(lines))
            for at, attribute, value in rng.sample(places, min(len(places), 10, wanted - len(tried))):
                wrong = changed(rng, attribute, value)
                other = list(lines)
                other[at] = re.sub(r"(\.\w+\t)\S+", r"\g<1>0x%x" % wrong, lines[at], count=1)
                tried.append((assembled(folder, other, "p%d" % len(tried)), "%s %d -> %d in %s" % (attribute, value, wrong, structs), attribute))
        for start in range(0, len(tried), 100):
            part = tried[start:start + 100]
            done = strata.run("verify", "--all", "--format", "json", *[path for path, _, _ in part])
            for (path, what, attribute), told in zip(part, json.loads(done.stdout)["parts"]):
                count = by_attribute.setdefault(attribute, {"found": 0, "legal": 0, "missed": 0})
                if told["abi"]["differs"]:
                    verdict = "found"
                else:
                    legal = is_legal(folder, [e for e in strata.layouts(path)["types"] if e["kind"] == "struct"])
                    verdict = "legal" if legal is True else "missed"
                    if legal is not True:
                        failures.fail("%s: not noticed: %s, %s" % (what, [(r["name"], r["verdict"], r["reasons"]) for r in told["abi"]["rows"]], legal))
                counts[verdict] += 1
                count[verdict] += 1
                failures.compared += 1
    for attribute, count in sorted(by_attribute.items()):
        print("%-24s %s" % (attribute, count))
    print("%d files: %d found, %d are other legal layouts, %d missed" % (wanted, counts["found"], counts["legal"], counts["missed"]))
    failures.expect(counts["found"] > wanted // 2, "only %d of %d were found", counts["found"], wanted)
    failures.finish(at_least=wanted)


if not CC or not os.uname().machine.startswith("x86"):
    skip("no gcc for x86")
main()
