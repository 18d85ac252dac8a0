# SPDX-License-Identifier: MIT
"""strata diff against the compiler: two versions of each struct, changed at random; what strata says changed is exactly what sizeof
and offsetof say changed. Turned round it says the reverse; a file against itself, and gcc against clang, says nothing.
"""
import json
import os
import random
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments

TYPES = ["char", "short", "int", "long", "double", "unsigned char", "unsigned long", "long long", "struct odd", "void *", "unsigned short int"]
PRELUDE = "#include <stddef.h>\n#include <stdio.h>\nstruct odd { char bytes[3]; };\n"


def member(rng, name):
    return (name, rng.choice(TYPES), rng.choice(["", "", "", "[2]", "[3]"]))


def change(rng, members, number):
    changed = list(members)
    for _ in range(rng.randint(1, 2)):
        action = rng.choice(["add", "remove", "swap", "retype", "none"])
        at = rng.randrange(len(changed))
        if action == "add":
            changed.insert(at, member(rng, "n%d_%d" % (number, len(changed))))
        elif action == "remove" and len(changed) > 1:
            del changed[at]
        elif action == "swap":
            other = rng.randrange(len(changed))
            changed[at], changed[other] = changed[other], changed[at]
        elif action == "retype":
            changed[at] = member(rng, changed[at][0])
    return changed


def source(version):
    text, lines = PRELUDE, []
    for name, members in version.items():
        text += "struct %s { %s };\nstruct %s keep_%s;\n" % (name, " ".join("%s %s%s;" % (kind, field, array) for field, kind, array in members), name, name)
        lines.append('printf("%s %%zu 0\\n", sizeof(struct %s));' % (name, name))
        for field, _, _ in members:
            lines.append('printf("%s.%s %%zu %%zu\\n", offsetof(struct %s, %s), sizeof(keep_%s.%s));' % (name, field, name, field, name, field))
    return text + "int main(void) { %s return 0; }\n" % "\n".join(lines)


def build(folder, stem, version, compiler="gcc"):
    path, program = os.path.join(folder, stem + ".c"), os.path.join(folder, stem)
    with open(path, "w", encoding="utf-8") as file:
        file.write(source(version))
    subprocess.run([compiler, "-g", "-w", "-o", program, path], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return program, {key: (int(first), int(second)) for key, first, second in (line.split() for line in done.stdout.splitlines())}


def expected_of(name, old, new, old_facts, new_facts):
    """{field: (old (offset, size) or None, new …)} of what is not the same. A renamed member cannot come up: names are not reused."""
    kinds = [{field: (kind, array) for field, kind, array in members} for members in (old, new)]
    out = {}
    for field in set(kinds[0]) | set(kinds[1]):
        facts = (old_facts.get("%s.%s" % (name, field)), new_facts.get("%s.%s" % (name, field)))
        if facts[0] != facts[1] or not same_kind(kinds[0][field], kinds[1][field]):
            out[field] = facts
    return out


def same_kind(a, b):
    plain = {"unsigned short int": "unsigned short"}
    return (plain.get(a[0], a[0]), a[1]) == (plain.get(b[0], b[0]), b[1])


def run(strata, *args):
    done = strata.run("diff", *args, "--format", "json")
    return json.loads(done.stdout), done.returncode


def places(row):
    return row and (row["offset_bits"] // 8, row["size_bits"] // 8)


def check(strata, folder, failures):
    rng = random.Random(11)
    old = {"s%d" % i: [member(rng, "m%d" % k) for k in range(rng.randint(2, 7))] for i in range(120)}
    new = {name: change(rng, members, i) for i, (name, members) in enumerate(old.items()) if i % 15}
    new["fresh"] = [member(rng, "m0")]
    old_program, old_facts = build(folder, "old", old)
    new_program, new_facts = build(folder, "new", new)
    document, status = run(strata, old_program, new_program)
    failures.expect(status == 1, "exit status %s", status)
    told = {each["name"]: each for each in document["types"]}
    for name in set(old) | set(new):
        each = told.get(name)
        if name not in old or name not in new:
            failures.expect(each and each["change"] == ("added" if name in new else "removed"), "%s: %s", name, each)
            continue
        expected = expected_of(name, old[name], new[name], old_facts, new_facts)
        if not expected and old_facts[name] == new_facts[name]:
            failures.expect(each is None, "%s: nothing changed, strata says %s", name, each)
            continue
        if not failures.expect(each is not None, "%s: changed, strata says nothing", name):
            continue
        sizes = (each["old"]["size_bytes"], each["new"]["size_bytes"])
        failures.expect(sizes == (old_facts[name][0], new_facts[name][0]), "%s: sizes %s", name, sizes)
        check_members(name, each, expected, failures)
    check_reverse(strata, old_program, new_program, document, failures)
    check_alike(strata, folder, old, old_program, failures)


def check_members(name, each, expected, failures):
    seen = {}
    for one in each["members"]:
        if one["change"] == "renamed":  # lies where another of its type was: told as one
            seen[one["old"]["name"]] = (places(one["old"]), None)
            seen[one["new"]["name"]] = (None, places(one["new"]))
        else:
            seen[(one["new"] or one["old"])["name"]] = (places(one["old"]), places(one["new"]))
    failures.expect(seen == expected, "%s: compiler %s, strata %s", name, expected, seen)
    failures.expect(each["why"], "%s: no sentence", name)
    causes = [one for one in each["members"] if one["change"] in ("added", "removed")]
    for one in causes[:1]:
        field = (one["new"] or one["old"])["name"]
        failures.expect("`%s` (" % field in each["why"] or "more changed" in each["why"], "%s: %s is no cause in: %s", name, field, each["why"])


def check_reverse(strata, old_program, new_program, document, failures):
    back, _ = run(strata, new_program, old_program)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    here = sorted((each["name"], each["change"]) for each in document["types"])
    there = sorted((each["name"], turned[each["change"]]) for each in back["types"])
    failures.expect(here == there, "turned round: %s", set(here) ^ set(there))


def check_alike(strata, folder, old, old_program, failures):
    document, status = run(strata, old_program, old_program)
    failures.expect(status == 0 and not document["types"], "a file differs from itself: %s", document["types"][:2])
    failures.expect(document["totals"]["alike"] >= len(old), "too few types: %s", document["totals"])
    if shutil.which("clang"):
        other, _ = build(folder, "clang", old, "clang")
        document, status = run(strata, old_program, other)
        failures.expect(status == 0 and not document["types"], "gcc and clang differ: %s", document["types"][:2])


def check_alignment(strata, folder, failures):
    """A declared alignment that moves nothing is a difference all the same: of the whole type, or of one member."""
    sources = {"plain": "struct whole { long a, b; } w; struct part { long a, b; } p;",
               "aligned": "struct whole { long a, b; } __attribute__((aligned(16))) w;"
                          " struct part { long a; long b __attribute__((aligned(8))); } p;"}
    programs = []
    for stem, text in sources.items():
        path = os.path.join(folder, stem)
        with open(path + ".c", "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["gcc", "-g", "-c", "-o", path + ".o", path + ".c"], check=True)
        programs.append(path + ".o")
    document, status = run(strata, *programs)
    changed = {each["name"]: each for each in document["types"]}
    failures.expect(status == 1 and "whole" in changed, "an alignment of 16 instead of 8 is not seen: %s", document["totals"])
    failures.expect(changed.get("whole", {}).get("new", {}).get("align_bytes") == 16, "whole: %s", changed.get("whole"))


def objects(folder, files):
    """{path: source} compiled below the folder; of a source that is None a text, of one in a tuple an object without debug information."""
    for path, source in files.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if source is None:
            with open(place, "w", encoding="utf-8") as file:
                file.write("no program\n")
            continue
        bare = isinstance(source, tuple)
        subprocess.run(["gcc", "-c", "-w", *([] if bare else ["-g"]), "-x", "c", "-o", place, "-"], input=(source[0] if bare else source).encode(), check=True)


def check_folders(strata, folder, failures):
    """Two folders: each file as strata says of that file alone, the others as os.walk says where they are."""
    rng = random.Random(7)
    shared = ["struct shared { char a; long b; };", "struct shared { char a; long b, c; };"]
    sides = ({}, {})
    for number in range(12):
        path = "%s/f%d.o" % ("deep/er" if number % 3 else "lib", number)
        members = [member(rng, "m%d" % k) for k in range(4)]
        for side, own in enumerate((members, change(rng, members, number) if number % 2 else members)):
            if (number + 1) % 6 or side == number // 6:
                sides[side][path] = source({"own%d" % number: own}) + (shared[side] + " struct shared share;" if number % 2 else "")
    sides[0]["bare.o"], sides[1]["bare.o"] = ("int bare;",), "struct late { int a; } late;"
    sides[0]["none.o"] = sides[1]["none.o"] = ("int bare;",)
    sides[0]["notes.txt"] = None
    olds, news = (os.path.join(folder, name) for name in ("old-build", "new-build"))
    for top, files in zip((olds, news), sides):
        objects(top, files)
    there = [{os.path.relpath(os.path.join(top, name), side) for top, _, names in os.walk(side) for name in names if name.endswith(".o")} for side in (olds, news)]
    document, status = run(strata, olds + "/", news)
    failures.expect(status == 1, "folders: exit status %s", status)
    told = {each["path"]: each for each in document["files"]}
    failures.expect(list(told) == sorted((there[0] | there[1]) - {"none.o"}), "folders: %s", list(told))
    changes = set()
    for path, each in told.items():
        one = "new" if path == "bare.o" else None if path in there[0] & there[1] else "old" if path in there[0] else "new"
        failures.expect(each["only_in"] == one and each["lacks_debug"] == (path == "bare.o"), "%s: %s", path, each)
        if one is None:
            alone, _ = run(strata, os.path.join(olds, path), os.path.join(news, path))
            failures.expect(each["types"] == alone["types"] and each["totals"] == alone["totals"], "%s: %s, alone %s", path, each, alone)
            changes |= {json.dumps(change_of) for change_of in each["types"]}
    failures.expect(len(changes) > 3, "too little differs: %s", changes)
    totals = document["totals"]
    failures.expect(totals["changed"] == len(changes) and totals["files"] == len([1 for each in told.values() if not each["only_in"]]), "totals: %s", totals)
    text = strata.run("diff", olds, news).stdout.decode()
    failures.expect(text.count("struct shared:") == 1 and "a file above has, too" in text and "1 of" in strata.run("diff", olds, news).stderr.decode(), "the shared type: %s", text)
    failures.expect("bare.o  no debug information in %s, 1 type\n" % olds in text, "bare.o: %s", text)
    same = strata.run("diff", olds, olds)
    failures.expect(same.returncode == 0 and same.stdout.decode().startswith("0 of"), "a folder differs from itself: %s", same.stdout)
    # One that cannot be read is said, and the others are compared.
    with open(os.path.join(news, "lib/f0.o"), "r+b") as file:
        file.truncate(100)
    broken = strata.run("diff", olds, news)
    failures.expect(broken.returncode == 2 and b"f0.o" in broken.stderr and b"struct shared:" in broken.stdout, "a broken file: %d, %s", broken.returncode, broken.stderr)
    for words, message in (((olds, os.path.join(olds, "lib/f0.o")), "is a folder and"), ((olds, news, "nosuch"), "f0.o")):
        refused = strata.run("diff", *words)
        failures.expect(refused.returncode == 2 and message in refused.stderr.decode(), "%s: %s", words, refused.stderr)
    check_schema(document, failures)


def check_schema(document, failures):
    try:
        import jsonschema
    except ImportError:
        return
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "inspector", "report")
    with open(os.path.join(place, "strata.diff-1.schema.json"), encoding="utf-8") as file:
        one = json.load(file)
    with open(os.path.join(place, "strata.diffs-1.schema.json"), encoding="utf-8") as file:
        text = file.read().replace("strata.diff-1.schema.json#/properties/", "#/definitions/")
    jsonschema.validate(document, {**json.loads(text), "definitions": {**one["definitions"], **one["properties"]}})
    failures.expect(True, "it is valid")


def main():
    options = arguments()
    failures = Failures()
    with tempfile.TemporaryDirectory() as folder:
        check(Strata(options.strata), folder, failures)
        check_alignment(Strata(options.strata), folder, failures)
        check_folders(Strata(options.strata), folder, failures)
    failures.finish(at_least=200)


main()
