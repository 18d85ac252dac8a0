# SPDX-License-Identifier: MIT
"""Every size, offset and alignment that strata states as known, asked of the compiler that made the file: random records of C and C++
are compiled for several compilers and machines, strata reads the debug information, and the same declarations are compiled again with
an assertion for each fact. Orders that pack calls proven are compiled, too, with as many other orders as fit.

A packed record whose members stand where they would anyway, unnamed bit-fields, and on some machines the attribute aligned leave no
trace. So where an alignment is not the compiler's, the declaration without them is compiled: it must give the same layout and have the stated alignment, or strata is wrong.

    layouts.py --strata S --fixtures F [STRATA_DEEP=1: ten thousand records; STRATA_SEED=N; STRATA_COMPILERS="gcc-16=/path clang-21"]
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip
from random_types import generate, source

given = arguments()
failures = Failures()
strata = Strata(given.strata)
DEEP = os.environ.get("STRATA_DEEP") == "1"
SEED = int(os.environ.get("STRATA_SEED", "1"))
RECORDS_PER_FILE = 50 if DEEP else 25


def works(command, text, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x" + suffix)
        with open(path, "w") as file:
            file.write(text)
        return subprocess.run(command + ["-c", path, "-o", path + ".o"], capture_output=True).returncode == 0


def compilers():
    """(label, command, whether C++, features)"""
    found = []
    named = dict(word.partition("=")[::2] for word in os.environ.get("STRATA_COMPILERS", "").split())
    names = sorted(named) or ["gcc", "g++", "clang", "clang++", "arm-linux-gnueabihf-gcc", "arm-linux-gnueabihf-g++", "aarch64-linux-gnu-gcc",
                              "mips-linux-gnu-gcc", "s390x-linux-gnu-gcc", "s390x-linux-gnu-g++", "riscv64-linux-gnu-g++", "m68k-linux-gnu-gcc"]
    variants = {"gcc": [[], ["-m32"], ["-gdwarf-4"]], "g++": [[], ["-m32"]],
                "clang": [[], ["-m32"], ["--target=aarch64-linux-gnu"], ["--target=armv7-linux-gnueabihf"], ["--target=s390x-linux-gnu"],
                          ["--target=mips-linux-gnu"], ["--target=powerpc64le-linux-gnu"], ["--target=riscv64-linux-gnu"]],
                "clang++": [[], ["-m32"], ["--target=aarch64-linux-gnu"], ["--target=riscv64-linux-gnu"]]}
    for name in names:
        path = shutil.which(named.get(name) or name)
        if not path:
            continue
        is_cpp = "++" in name
        kind = re.sub(r"-\d+$", "", name)
        for options in variants.get(kind, [[]]):
            command = [path, "-w", "-g", "-O0"] + options + (["-std=c++20", "-fno-access-control"] if is_cpp else ["-std=gnu2x"])
            if "clang" in name:
                command += ["-ferror-limit=0", "-fno-eliminate-unused-debug-types"]
            else:
                command += ["-fno-eliminate-unused-debug-types"] + (["-femit-class-debug-always"] if is_cpp else [])
            suffix = ".cpp" if is_cpp else ".c"
            if not works(command, "int x;\n", suffix):
                continue
            features = [] if not is_cpp else ["nua"]
            if works(command, "__int128 x;\n", suffix):
                features.append("int128")
            if not is_cpp and works(command, "_BitInt(100) x;\n", suffix):
                features.append("bitint")
            found.append((" ".join([name] + options), command, is_cpp, features))
    return found


class Build:
    """Compiles the texts of one run in one folder."""

    def __init__(self, folder, command, is_cpp):
        self.folder, self.command, self.suffix, self.count = folder, command, ".cpp" if is_cpp else ".c", 0

    def object(self, text):
        self.count += 1
        path = os.path.join(self.folder, "t%d%s" % (self.count, self.suffix))
        with open(path, "w") as file:
            file.write(text)
        done = subprocess.run(self.command + ["-c", path, "-o", path + ".o"], capture_output=True, text=True)
        return (path + ".o" if done.returncode == 0 else None), done.stderr

    def failed_assertions(self, text):
        """The labels of the assertions that do not hold; None: something else is wrong."""
        path, errors = self.object(text)
        if path:
            return set()
        labels = set(re.findall(r"FACT<([^>]*)>", errors))
        other = [line for line in errors.splitlines() if " error: " in line and "static assertion" not in line and "static_assert" not in line]
        return labels if labels and not other else None


def assertion(is_cpp, condition, label):
    return "%s(%s, \"FACT<%s>\");" % ("static_assert" if is_cpp else "_Static_assert", condition, label)


def layouts_of(path):
    document = strata.layouts(path)
    if isinstance(document, str):
        failures.fail(document)
        return {}
    return {entry["name"]: entry for entry in document["types"]}


def facts_of(record, entry, is_cpp):
    """[(label, condition)] of all that strata states as known."""
    name = record.type_name(is_cpp)
    facts = [("%s.size" % record.name, "sizeof(%s) == %d" % (name, entry["size_bytes"]))]
    # "proven" leaves unnamed bit-fields aside, and says so.
    is_aside = entry["align_source"] == "proven" and any(not member.name for member in record.members)
    if entry["align_bytes"] is not None and not is_aside:
        facts.append(("%s.align" % record.name, "__alignof__(%s) == %d" % (name, entry["align_bytes"])))
    elif entry["align_source"] == "bound":
        facts.append(("%s.bound" % record.name, "__alignof__(%s) <= %d" % (name, entry["align_most_bytes"])))
    kinds = {member.name: member for member in record.members if member.name}
    for member in entry["members"]:
        mine = kinds.get(member["name"])
        if member["depth"] or member["kind"] != "field" or not mine or mine.is_bits:
            continue
        if member["offset_bits"] is not None:
            facts.append(("%s.%s.offset" % (record.name, member["name"]),
                          "offset_of(%s, %s) * 8 == %d" % (name, member["name"], member["offset_bits"])))
        if member["size_bits"] is not None:
            facts.append(("%s.%s.size" % (record.name, member["name"]),
                          "sizeof(((%s *)0)->%s) * 8 == %d" % (name, member["name"], member["size_bits"])))
    return facts


def shape(entry):
    """What strata tells of a record but where it is declared."""
    return {key: value for key, value in entry.items() if key != "decl"}


class Run:
    def __init__(self, label, command, is_cpp, features):
        self.label, self.command, self.is_cpp, self.features = label, command, is_cpp, features
        self.records = self.facts = self.traceless = self.bounds = self.orders = 0

    def file(self, seed):
        records = generate(seed, self.is_cpp, RECORDS_PER_FILE, self.features)
        with tempfile.TemporaryDirectory() as folder:
            build = Build(folder, self.command, self.is_cpp)
            records = self.compilable(build, records)
            text = source(records, self.is_cpp)
            path, errors = build.object(text)
            if not path:
                failures.fail("%s, seed %d: does not compile: %s" % (self.label, seed, errors[:300]))
                return
            entries = layouts_of(path)
            told = [r for r in records if r.type_name(True) in entries and entries[r.type_name(True)]["size_bytes"] is not None]
            failures.expect(len(told) >= len(records) * 0.9, "%s, seed %d: only %d of %d records are told", self.label, seed, len(told), len(records))
            facts = [(r, fact) for r in told for fact in facts_of(r, entries[r.type_name(True)], self.is_cpp)]
            self.records += len(told)
            self.facts += len(facts)
            self.bounds += sum(entries[r.type_name(True)]["align_source"] == "bound" for r in told)
            wrong = build.failed_assertions(text + "\n".join(assertion(self.is_cpp, c, label) for _, (label, c) in facts))
            if wrong is None:
                failures.fail("%s, seed %d: the assertions do not compile: %s" % (self.label, seed, build.object(text + "\n".join(
                    assertion(self.is_cpp, c, label) for _, (label, c) in facts))[1][:400]))
                return
            if wrong:
                wrong = self.without_traceless(build, records, entries, wrong)
            for label in sorted(wrong):
                name = next(r for r in records if r.name == label.split(".")[0]).type_name(self.is_cpp)
                truth = build.failed_assertions(text + "\n".join(assertion(self.is_cpp, "__alignof__(%s) != %d" % (name, 1 << k), str(1 << k)) for k in range(6)))
                record = next(r for r in records if r.name == label.split(".")[0])
                failures.fail("%s, seed %d: %s\n%s\n%s" % (self.label, seed, dict(f for _, f in facts)[label], record.source(),
                                                          [truth] + [entries[record.type_name(True)].get(k) for k in ("align_bytes", "align_source", "align_most_bytes", "packed")]))
            failures.compared += len(facts)
            if not self.is_cpp:
                misjudged = {r.name for r in told if r.name + ".align" in (self.untold if hasattr(self, "untold") else ())}
                self.pack(build, path, records, misjudged, random.Random(seed))

    def compilable(self, build, records):
        """Without the records that are no C++ at all: an inaccessible ambiguous base, say."""
        for _ in range(len(records)):
            path, errors = build.object(source(records, self.is_cpp))
            if path:
                return records
            line = re.search(r"t\d+\.c(?:pp)?:(\d+):\d+: error", errors)
            if not line:
                return records
            lines = source(records, self.is_cpp).splitlines()[:int(line.group(1))]
            names = re.findall(r"\bS\d+\b", " ".join(l for l in lines if re.search(r"^(template <class T> )?(struct|union) |^S\d+|^struct S", l))) if lines else []
            at = [r.name for r in records if any(re.search(r"(struct|union) (__attribute__\S+ )?.*\b%s\b.*\{$" % r.name, l) for l in lines)]
            bad = at[-1] if at else names[-1]
            gone = {r.name for r in records if r.name == bad or bad in r.nested}
            records = [r for r in records if r.name not in gone]
        return records

    def without_traceless(self, build, records, entries, wrong):
        """The wrong facts without the alignments that the same debug information would have."""
        aligns = {label.split(".")[0] for label in wrong if label.endswith(".align")}
        self.untold = {name + ".align" for name in aligns}
        by_name = {r.name: r for r in records}
        misplaced = {name: {m["name"] for m in entries[by_name[name].type_name(True)]["members"]
                            if not m["depth"] and m["align_bytes"] and (m["offset_bits"] or 0) % (8 * m["align_bytes"])} for name in aligns}
        # Records that these hold and of which only a bound is known may be declared in another way, too.
        bounds = {name for n in aligns for name in by_name[n].nested
                  if name in by_name and entries.get(by_name[name].type_name(True), {}).get("align_source") == "bound"}
        chosen = {}
        for packed in ({}, {name: None for name in aligns | bounds}, misplaced) * 2:
            for keeps in ((False, True), (True, True), (False, False)):
                for others in (set(), bounds):
                    left = aligns - set(chosen)
                    plain = {name: (packed.get(name, set()), *keeps) for name in left | others}
                    plain.update(chosen)
                    alike = self.plain_alike(build, records, entries, by_name, plain, left, set(plain) - aligns)
                    chosen.update({name: plain[name] for name in alike})
                    chosen.update({name: plain[name] for name in others if alike})
        proven = aligns & set(chosen)
        proven |= {name for name in aligns - proven if not by_name[name].bases and self.stands_in(build, by_name[name], entries)}
        self.traceless += len(proven)
        return {label for label in wrong if not (label.endswith(".align") and label.split(".")[0] in proven)}

    def stands_in(self, build, record, entries):
        """The same by stand-ins: what a record holds by objects of the size and the alignment that are stated, or of one that the bound
        allows."""
        entry = entries[record.type_name(True)]
        members = {m["name"]: m for m in entry["members"] if not m["depth"]}
        for limit in (1, 2, 4, 8, 16, 32):
            for keeps_unnamed in (False, True):
                types, lines, checks = [], [], []
                for number, member in enumerate(record.members):
                    if member.is_bits:
                        lines.append(member.source(True, set(), keeps_unnamed))
                        continue
                    told = members[member.name]
                    held = entries.get(re.sub(r"^(struct|union) |(\[\d+\])+$", "", told["type"]), {})
                    align = told["align_bytes"] or min(limit, held.get("align_most_bytes") or limit)
                    types.append("typedef struct { char bytes[%d]; } __attribute__((aligned(%d))) T%d;" % (told["size_bits"] // 8, align, number))
                    lines.append("T%d %s;" % (number, member.name))
                    checks.append("offset_of(%s X, %s) == %d" % (record.keyword, member.name, told["offset_bits"] // 8))
                head = "__attribute__((aligned(%d))) " % record.aligned if record.aligned else ""
                checks += ["sizeof(%s X) == %d" % (record.keyword, entry["size_bytes"]), "__alignof__(%s X) == %d" % (record.keyword, entry["align_bytes"])]
                text = "#define offset_of(type, member) __builtin_offsetof(type, member)\n%s\n%s %sX { %s };\n" % (
                    "\n".join(types), record.keyword, head, " ".join(lines))
                if build.failed_assertions(text + "\n".join(assertion(self.is_cpp, c, str(i)) for i, c in enumerate(checks))) == set():
                    return True
        return False

    def plain_alike(self, build, records, entries, by_name, plain, names, others):
        """Those of `names` whose plain declaration gives the same debug information, and has the stated alignment; `others` must look as
        they did."""
        if not names:
            return set()
        text = source(records, self.is_cpp, plain=plain)
        path, _ = build.object(text)
        told = layouts_of(path) if path else {}

        def is_same(name):
            key = by_name[name].type_name(True)
            return key in told and key in entries and shape(told[key]) == shape(entries[key])

        if not all(map(is_same, others)):
            return set()
        same = {name for name in names if is_same(name)}
        checks = [assertion(self.is_cpp, "__alignof__(%s) == %d" % (by_name[n].type_name(self.is_cpp), entries[by_name[n].type_name(True)]["align_bytes"]),
                            n) for n in same]
        wrong = build.failed_assertions(text + "\n".join(checks))
        return set() if wrong is None else same - wrong

    def pack(self, build, path, records, misjudged, rng):
        """Proven orders: the printed source has the size that is told, and no other order tried has less."""
        judged = [r for r in records if r.keyword == "struct" and not (misjudged & (r.nested | {r.name}))]
        done = strata.run("pack", path, *[r.name for r in judged], "--format", "json")
        try:
            packs = {p["name"]: p for p in json.loads(done.stdout)["types"]}
        except ValueError:
            failures.fail("%s: pack: %s" % (self.label, done.stderr[:200]))
            return
        checks, orders = [], []
        for record in judged:
            pack = packs.get(record.name)
            if not pack or pack["refusal"] or pack["proof"] == "unproven" or record.packed or record.pragma:
                continue
            by_name = {m.name: m for m in record.members}
            order = [by_name[place["name"]] for place in pack["order"] if place["name"] in by_name]
            if len(order) != len(by_name) - ("" in by_name):
                continue
            others = self.permutations(record, rng, 6)
            plain_size = "sizeof(struct N_%s)" % record.name
            head = "__attribute__((aligned(%d))) " % record.aligned if record.aligned else ""
            orders.append("struct %sN_%s { %s };" % (head, record.name, " ".join(m.source(True, set()) for m in record.members)))
            for number, members in enumerate([order] + others):
                name = "O%d_%s" % (number, record.name)
                orders.append("struct %s%s { %s };" % (head, name, " ".join(m.source(True, set()) for m in members)))
                # Where the plain declaration has another size, a trace-free attribute made the layout: that is not what pack speaks of.
                checks.append(assertion(False, "%s != %d || sizeof(struct %s) %s %d" % (plain_size, pack["size_bytes"], name, ">=" if number else "==",
                                                                                     pack["best_size_bytes"]), name))
            self.orders += 1
        wrong = build.failed_assertions(source(records, False) + "\n".join(orders + checks))
        for label in sorted(wrong if wrong is not None else {"(does not compile)"}):
            record = next((r for r in records if r.name == label.partition("_")[2]), None)
            failures.fail("%s: proven order %s: %s\n%s" % (self.label, label, next((o for o in orders if label in o), ""), record and (record.source(), packs[record.name]["best_size_bytes"])))
        failures.compared += len(checks)

    def permutations(self, record, rng, count):
        """Orders in which runs of bit-fields keep together and apart from others."""
        pieces = []
        for member in record.members:
            if member.is_bits and pieces and pieces[-1][-1].is_bits:
                pieces[-1].append(member)
            else:
                pieces.append([member])
        if sum(piece[0].is_bits for piece in pieces) > 1 or any(not m.name for m in record.members):
            return []
        out = []
        for _ in range(count):
            rng.shuffle(pieces)
            out.append([m for piece in pieces for m in piece])
        return out


found = compilers()
if not found:
    skip("no compiler")
wanted = int(os.environ.get("STRATA_RECORDS", 10000 if DEEP else 400))
files_each = max(1, -(-wanted // (RECORDS_PER_FILE * len(found))))
total = 0
for label, command, is_cpp, features in found:
    run = Run(label, command, is_cpp, features)
    for number in range(files_each):
        run.file(SEED * 1000003 + number * 101 + len(label))
    print("%-42s %6d records %7d facts, %d bounds, %d alignments without a trace, %d proven orders" %
          (label, run.records, run.facts, run.bounds, run.traceless, run.orders))
    total += run.records
print("%d records" % total)
failures.finish(at_least=1000)
