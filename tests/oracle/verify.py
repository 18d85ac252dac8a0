# SPDX-License-Identifier: MIT
"""strata verify against witnesses of its own kind: pahole for what it says of itself, real Go programs, the article's header, and
programs whose debug information is wrong in one byte, which must be noticed with the right field named."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from common import Failures, arguments, follows_schema, go_has_classic_map, go_toolchains

given = arguments()
failures = Failures()
C = "/usr/bin/gcc"


def verify(*names):
    done = subprocess.run([given.strata, "verify", "--format", "json", *names], capture_output=True, text=True, timeout=120)
    try:
        document = json.loads(done.stdout)
        follows_schema(failures, document, "verify")
        return done.returncode, document
    except ValueError:
        failures.fail("verify %s: no document: %s" % (names, done.stderr))
        return done.returncode, {"parts": [], "findings": 0}


def subjects(part):
    """{subject: {(field, quantity): {witness: value}}}"""
    names = [witness["name"] for witness in part["crosscheck"]["witnesses"]]
    return {subject["name"]: {(fact["field"], fact["quantity"]): dict(zip(names, fact["values"]))
                              for fact in subject["facts"]} for subject in part["crosscheck"]["subjects"]}


def own():
    status, document = verify()
    failures.expect(status == 0 and document["findings"] == 0, "strata disagrees with itself: %d", status)
    facts = subjects(document["parts"][0])
    for subject in ("hmap", "mapextra", "hiter", "bucket map[int64]int64"):
        for key, values in facts[subject].items():
            failures.expect(isinstance(values["compiler"], int), "%s %s: the compiler is silent", subject, key)
            failures.expect(isinstance(values["DWARF"], int), "%s %s: DWARF is silent", subject, key)
    for field in ("count", "flags", "B", "noverflow", "hash0", "buckets", "oldbuckets", "nevacuate", "extra"):
        failures.expect(isinstance(facts["hmap"][field, "offset"]["memory"], int), "memory does not tell %s", field)
    pahole(facts)


def pahole(facts):
    if not shutil.which("pahole"):
        return
    for subject in ("hmap", "hiter", "mapextra"):
        text = subprocess.run(["pahole", "-C", subject, given.strata], capture_output=True, text=True).stdout
        found = re.findall(r"(\w+);\s*/\*\s*(\d+)\s+(\d+)\s*\*/", text)
        failures.expect(len(found) >= 3, "pahole says nothing of %s", subject)
        for field, offset, size in found:
            failures.expect(facts[subject][field, "offset"]["DWARF"] == int(offset), "%s.%s: pahole says %s", subject, field, offset)
            failures.expect(facts[subject][field, "field_size"]["DWARF"] == int(size), "%s.%s: pahole's size %s", subject, field, size)


def go_programs():
    for version, _ in go_toolchains(given.fixtures):
        name = "go" + version
        status, document = verify(os.path.join(given.fixtures, "go", name))
        failures.expect(status == 0, "%s: %s", name, [part["findings"] for part in document["parts"]])
        facts = subjects(document["parts"][0])
        if not go_has_classic_map(version):
            for subject in ("Map", "table", "groupsReference", "Iter"):
                for key, values in facts[subject].items():
                    known = isinstance(values["target"], int) or version == "1.24" and (
                        key[0] == "tombstonePossible" or subject == "Map" and key == (None, "padding"))
                    failures.expect(known, "%s: the target does not tell %s %s", name, subject, key)
            for kind in ("group ", "slot "):
                found = [s for s, f in facts.items() if s.startswith(kind) and isinstance(f[None, "size"].get("target"), int)]
                failures.expect(len(found) >= 5, "%s: %sof %s only", name, kind, found)
            continue
        for key, values in facts["hmap"].items():
            failures.expect(isinstance(values["target"], int), "%s: the target does not tell hmap %s", name, key)
        buckets = [s for s, f in facts.items() if s.startswith("bucket ") and isinstance(f[None, "size"].get("target"), int)]
        failures.expect(len(buckets) >= 5, "%s: buckets of %s only", name, buckets)


def article():
    status, document = verify(os.path.join(given.fixtures, "c", "article-hmap"))
    failures.expect(status == 1, "the article's header: exit status %d", status)
    part = document["parts"][0]
    notes = {}
    for subject in part["crosscheck"]["subjects"]:
        for fact in subject["facts"]:
            if fact["verdict"] == "differs":
                notes[subject["name"], fact["field"], fact["quantity"]] = fact["note"]
    failures.expect(set(notes) == {("hmap", None, "size"), ("hmap", "extra", "offset"), ("hmap", "extra", "field_size")},
                    "the article's header: %s differ", sorted(map(str, notes)))
    failures.expect("nine fields" in str(notes.get(("hmap", "extra", "offset"))), "no explanation: %s", notes)
    failures.expect("8 bytes" in str(notes.get(("hmap", None, "size"))), "no explanation of the size: %s", notes)
    facts = subjects(part)
    failures.expect(facts["hmap"][None, "size"]["target"] == 40 and facts["hmap"][None, "size"]["compiler"] == 48, "sizes")


PATCHED = """struct Demo { _Bool a; long b; int c; };
struct Three { int x; short y; char z; char *text; double real; };
struct Outer { char tag; struct Demo inner; short end; };
struct Demo demo; struct Three three; struct Outer outer;
"""


def assembled(folder, lines, name):
    source, program = os.path.join(folder, name + ".s"), os.path.join(folder, name + ".o")
    with open(source, "w") as file:
        file.write("\n".join(lines) + "\n")
    subprocess.run([C, "-c", source, "-o", program], check=True)
    return program


def bytes_that_differ(a, b):
    with open(a, "rb") as left, open(b, "rb") as right:
        return sum(x != y for x, y in zip(left.read(), right.read()))


def patches(lines):
    """(line, struct, field or None for the size, value) of each number in .debug_info that places something."""
    struct, field = None, None
    for number, line in enumerate(lines):
        if "DW_TAG_structure_type" in line:
            struct, field = "?", None
        elif "DW_TAG_" in line and "DW_TAG_member" not in line:
            struct = None
        name = re.search(r'DW_AT_name(?:: "(.*)")?', line)
        text = name and (name.group(1) or re.search(r'\.ascii "(.*)\\0"', line).group(1)) if name and ("ascii" in line or name.group(1)) else None
        if "DW_TAG_member" in line:
            field = "?"
        elif text and struct == "?":
            struct = text
        elif text and field == "?":
            field = text
        value = re.search(r"\.byte\t(0x[0-9a-f]+|\d+)\t# DW_AT_(data_member_location|byte_size)", line)
        if value and struct and struct != "?":
            yield number, struct, field if value.group(2) == "data_member_location" else None, int(value.group(1), 0)


def one_byte_wrong():
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "patched.c")
        with open(source, "w") as file:
            file.write(PATCHED)
        text = subprocess.run([C, "-g", "-gdwarf-5", "-S", "-dA", source, "-o", "-"], capture_output=True, text=True, check=True).stdout
        lines = text.splitlines()
        right = assembled(folder, lines, "right")
        status, document = verify(right)
        failures.expect(status == 0, "the right program: %d", status)
        tried, programs = [], []
        for number, struct, field, value in patches(lines):
            for wrong in {value + 1, value - 1, value + 4, value + 8, value ^ 0x10} - {value}:
                if not 0 <= wrong < 256:
                    continue
                changed = list(lines)
                changed[number] = re.sub(r"\.byte\t\S+", ".byte\t0x%x" % wrong, lines[number])
                programs.append(assembled(folder, changed, "wrong%d" % len(programs)))
                tried.append((struct, field, value, wrong))
        failures.expect(len(tried) >= 30, "only %d patches", len(tried))
        status, document = verify(*programs)
        failures.expect(status == 1, "no patch was noticed")
        packed = 0
        for program, (struct, field, value, wrong), part in zip(programs, tried, document["parts"]):
            failures.expect(bytes_that_differ(right, program) == 1, "the patch of %s.%s is more than a byte", struct, field)
            named = {(row["name"], difference["field"]) for row in part["abi"]["rows"] if row["verdict"] in ("differs", "undecided")
                     for difference in row["differences"]}
            # A struct that holds the wrong one by value is wrong with it.
            own = {pair for pair in named if pair[0] == struct}
            others = {pair[0] for pair in named} - {struct} - ({"Outer"} if struct == "Demo" else set())
            explained = [row for row in part["abi"]["rows"] if row["name"] == struct and row["reasons"] == ["packed"]]
            if not named and explained:  # just what a packed member would look like: said, but no finding
                packed += 1
                continue
            failures.expect(own == {(struct, field)} and not others, "%s.%s %d -> %d: named %s", struct, field, value, wrong,
                            sorted(map(str, named)))
        failures.expect(packed <= 1, "%d patches were taken for packed members", packed)


def every_fixture_is_free_of_findings():
    with open(os.path.join(given.fixtures, "manifest.json")) as file:
        fixtures = json.load(file)["fixtures"]
    paths = [os.path.join(given.fixtures, f["name"]) for f in fixtures
             if f["expect"] == "layouts" and f["language"] != "dwarf"
             and not f["name"].endswith("article-hmap") and "buildid" not in f["name"]]  # the latter wants --debug-dir
    paths = [path for path in paths if os.path.exists(path)]
    status, document = verify(*paths)
    failures.expect(status == 0 and len(document["parts"]) == len(paths), "findings in real compilers' output: status %d", status)
    for part in document["parts"]:
        for row in part["abi"]["rows"]:
            failures.expect(row["verdict"] != "differs", "%s: %s %s", part["file"], row["name"], row["differences"])
        failures.expect(part["abi"]["agrees"] > 0, "%s: nothing agreed", part["file"])


def other_versions_of_go():
    """Programs as newer Gos describe theirs, made by hand: Swiss maps, and 1.24's classic map with its new field."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/dwarf"))
    from dwarf_writer import Die, File, Unit

    def program(name, size, fields):
        integers = {width: Die("base_type", ("name", "string", b"uint%d" % (8 * width)), ("byte_size", "data1", width),
                               ("encoding", "data1", 7)) for _, _, width in fields}
        members = [Die("member", ("name", "string", field), ("type", "ref4", integers[width]),
                       ("data_member_location", "udata", offset)) for field, offset, width in fields]
        struct = Die("structure_type", ("name", "string", name), ("byte_size", "udata", size), children=members)
        return File([Unit(Die("compile_unit", ("name", "string", b"runtime"), ("language", "data1", 0x16),
                              children=[*integers.values(), struct]))]).elf()

    classic = [(b"count", 0, 8), (b"flags", 8, 1), (b"B", 9, 1), (b"noverflow", 10, 2), (b"hash0", 12, 4), (b"buckets", 16, 8),
               (b"oldbuckets", 24, 8), (b"nevacuate", 32, 8), (b"clearSeq", 40, 8), (b"extra", 48, 8)]
    swiss = [(b"used", 0, 8), (b"seed", 8, 8), (b"dirPtr", 16, 8), (b"dirLen", 24, 8), (b"globalDepth", 32, 1)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("swiss", "classic")]
        for path, made in zip(paths, (program(b"internal/runtime/maps.Map", 40, swiss), program(b"runtime.hmap", 56, classic))):
            with open(path, "wb") as file:
                file.write(made)
        status, document = verify(paths[0])
        part = document["parts"][0]
        facts = {(fact["field"], fact["quantity"]): fact for subject in part["crosscheck"]["subjects"]
                 if subject["name"] == "Map" for fact in subject["facts"]}
        differing = {key for key, fact in facts.items() if fact["verdict"] == "differs"}
        missing = {(field, quantity) for field in ("globalShift", "writing", "tombstonePossible", "clearSeq") for quantity in ("offset", "field_size")}
        failures.expect(status == 1 and differing == missing | {(None, "size"), (None, "padding")},
                        "a Map of 40 bytes: status %d, %s differ", status, sorted(map(str, differing)))
        status, document = verify(paths[1])
        facts = {(fact["field"], fact["quantity"]): fact for subject in document["parts"][0]["crosscheck"]["subjects"]
                 if subject["name"] == "hmap" for fact in subject["facts"]}
        differing = {key for key, fact in facts.items() if fact["verdict"] == "differs"}
        failures.expect(status == 1 and differing == {(None, "size"), ("clearSeq", "offset"), ("clearSeq", "field_size"), ("extra", "offset")},
                        "Go 1.24's hmap: status %d, %s differ", status, sorted(map(str, differing)))
        failures.expect("1.24" in str(facts["clearSeq", "offset"]["note"]), "clearSeq is not explained")


def wrong_use():
    for words in (["--format", "csv"], ["/nowhere"]):
        done = subprocess.run([given.strata, "verify", *words], capture_output=True, text=True)
        failures.expect(done.returncode == 2 and done.stderr, "verify %s: %d", words, done.returncode)


own()
go_programs()
article()
one_byte_wrong()
every_fixture_is_free_of_findings()
other_versions_of_go()
wrong_use()
failures.finish(at_least=100)
