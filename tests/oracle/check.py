# SPDX-License-Identifier: MIT
"""strata check against the compiler: rules that sizeof, offsetof and _Alignof prove are kept, the same rules off by one are broken, and
all formats tell the same breaks. A blessed baseline holds until something gets worse.
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

from common import Failures, Strata, arguments

LINE = 64
TYPES = ["char", "short", "int", "long", "double", "struct odd", "struct inner", "void *", "_Atomic int"]
PRELUDE = """#include <stddef.h>
#include <stdio.h>
struct odd { char bytes[3]; };
struct inner { char first; long second; };
"""


def make(folder):
    rng = random.Random(5)
    types = {"s%d" % i: [("m%d" % k, rng.choice(TYPES), rng.choice(["", "", "[3]", "[40]"])) for k in range(rng.randint(1, 8))] for i in range(40)}
    text, lines = PRELUDE, []
    for name, members in types.items():
        text += "struct %s { %s };\nstruct %s keep_%s;\n" % (name, " ".join("%s %s%s;" % (kind, field, array) for field, kind, array in members), name, name)
        lines.append('printf("%s %%zu %%zu\\n", sizeof(struct %s), _Alignof(struct %s));' % (name, name, name))
        for field, kind, array in members:
            lines.append('printf("%s.%s %%zu %%zu\\n", offsetof(struct %s, %s), sizeof(keep_%s.%s));' % (name, field, name, field, name, field))
            if kind == "struct inner" and not array:
                lines.append('printf("%s.%s.second %%zu 8\\n", offsetof(struct %s, %s.second));' % (name, field, name, field))
    source, program = os.path.join(folder, "subject.c"), os.path.join(folder, "subject")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text + "int main(void) { %s return 0; }\n" % "\n".join(lines))
    subprocess.run(["gcc", "-g", "-w", "-o", program, source], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    facts = {key: (int(a), int(b)) for key, a, b in (line.split() for line in done.stdout.splitlines())}
    return program, types, facts


def lines_of(fact):
    return fact[0] // LINE, (fact[0] + fact[1] - 1) // LINE


def rules_of(types, facts):
    """{type: [(rule, kept)]} as the compiler's facts have it."""
    out = {}
    for name, members in types.items():
        size, align = facts[name]
        rules = [("max_size %d" % size, True), ("max_size %d" % (size - 1), False), ("size == 0x%x" % size, True), ("size != %d" % size, False),
                 ("align >= %d" % align, True), ("align > %d" % align, False), ("members == %d" % len(members), True),
                 ("cachelines < %d" % ((size + LINE - 1) // LINE + 1), True)]
        places = [facts["%s.%s" % (name, field)] for field, _, _ in members]
        waste = size - sum(place[1] for place in places)
        rules += [("max_waste %d" % waste, True), ("waste < %d" % waste, False)]
        ends = [0] + [place[0] + place[1] for place in places]
        holes = sum(place[0] > end for place, end in zip(places, ends))
        rules.append(("no_holes", holes == 0))
        rules.append(("holes == %d" % holes, True))
        straddling = any(place[1] <= LINE and lines_of(place)[0] != lines_of(place)[1] for place in places)
        rules.append(("no_straddling", not straddling))
        for key, place in facts.items():
            if key.startswith(name + "."):
                field = key[len(name) + 1:]
                rules += [("offset(%s) == %d" % (field, place[0]), True), ("offset( %s )==%d" % (field, place[0] + 1), False),
                          ("size(%s) <= %d" % (field, place[1]), True)]
        for a in range(len(members)):
            for b in range(a):
                (a0, a1), (b0, b1) = lines_of(places[a]), lines_of(places[b])
                rules.append(("same_line(%s, %s)" % (members[a][0], members[b][0]), a0 == a1 == b0 == b1))
                rules.append(("separate_lines(%s, %s)" % (members[a][0], members[b][0]), a1 < b0 or b1 < a0))
        rules.append(("no_false_sharing", not shares(members, places)))
        rules.append(("offset(nobody) == 0", False))
        out[name] = rules
    return out


def shares(members, places):
    for (_, kind, array), place in zip(members, places):
        if "_Atomic" not in kind:
            continue
        if array:
            return True
        first, last = lines_of(place)
        for other in places:
            if other is not place and lines_of(other)[0] <= last and lines_of(other)[1] >= first:
                return True
    return False


def write_rules(path, rules):
    where = {}
    number = 0
    with open(path, "w", encoding="utf-8") as file:
        for name, each in rules.items():
            file.write("# %s\ntype struct %s\n" % (name, name))
            number += 2
            for rule, kept in each:
                file.write("    %s # %s\n" % (rule, kept))
                number += 1
                where[number] = (name, rule, kept)
    return where


def check(strata, folder, failures):
    program, types, facts = make(folder)
    rules = rules_of(types, facts)
    path = os.path.join(folder, "rules")
    where = write_rules(path, rules)
    done = strata.run("check", program, "--rules", path)
    failures.expect(done.returncode == 1, "exit status %s: %s", done.returncode, done.stderr)
    told = {int(match) for match in re.findall(r"rules:(\d+)$", done.stdout.decode(), re.M)}
    for number, (name, rule, kept) in where.items():
        failures.expect((number not in told) == kept, "%s: %s is %s by the compiler, strata says otherwise", name, rule, "kept" if kept else "broken")
    check_formats(strata, program, path, len(where), len(told), failures)
    check_baseline(strata, folder, program, path, failures)
    kept_path = os.path.join(folder, "kept")
    write_rules(kept_path, {name: [(rule, True) for rule, kept in each if kept] for name, each in rules.items()})
    failures.expect(strata.run("check", program, "--rules", kept_path).returncode == 0, "all is kept, the exit status is not 0")


def check_formats(strata, program, path, asked, broken, failures):
    root = xml.etree.ElementTree.fromstring(strata.run("check", program, "--rules", path, "--format", "junit").stdout)
    failures.expect((int(root.get("tests")), int(root.get("failures"))) == (asked, broken), "junit counts %s %s", root.get("tests"), root.get("failures"))
    failures.expect(len(root.findall("testcase")) == asked and len(root.findall("testcase/failure")) == broken, "junit cases")
    sarif = json.loads(strata.run("check", program, "--rules", path, "--format", "sarif").stdout)
    results = sarif["runs"][0]["results"]
    ids = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    failures.expect(len(results) == broken and {each["ruleId"] for each in results} == ids, "sarif has %s results", len(results))
    failures.expect(all(each["locations"][0]["physicalLocation"]["region"]["startLine"] > 0 for each in results), "sarif has places")
    github = strata.run("check", program, "--rules", path, "--format", "github").stdout.decode().splitlines()
    failures.expect(len(github) == broken and all(re.match(r"::error file=[^:,]+,line=\d+,title=[^:,]+::", line) for line in github), "github lines")


def check_baseline(strata, folder, program, path, failures):
    baseline = os.path.join(folder, "baseline.json")
    args = ("check", program, "--rules", path, "--baseline", baseline)
    failures.expect(strata.run(*args).returncode == 2, "a baseline that is not there is an error")
    failures.expect(strata.run(*args, "--bless").returncode == 0, "--bless is content")
    failures.expect(strata.run(*args).returncode == 0, "what is blessed is not told")
    with open(baseline, encoding="utf-8") as file:
        document = json.load(file)
    entry = next(each for each in document["breaks"] if each["rule"].startswith("max_size"))
    entry["value"] -= 1
    with open(baseline, "w", encoding="utf-8") as file:
        json.dump(document, file)
    done = strata.run(*args)
    failures.expect(done.returncode == 1 and ("struct %s:" % entry["type"]) in done.stdout.decode(), "what got worse is told: %s", done.stdout)
    failures.expect(done.stdout.decode().count("the rule is") == 1, "only what got worse is told")


def check_several(strata, folder, failures):
    """A break that is blessed in one file is none in the other; a file that cannot be read leaves the baseline alone."""
    for name, members in (("one", "char a; long b;"), ("two", "char a; long b; char c;")):
        with open(os.path.join(folder, name + ".c"), "w", encoding="utf-8") as file:
            file.write("struct pair { %s } pair;" % members)
        subprocess.run(["gcc", "-g", "-c", name + ".c", "-o", name + ".o"], cwd=folder, check=True)
    rules, baseline = os.path.join(folder, "pair.rules"), os.path.join(folder, "several.json")
    one, two = (os.path.join(folder, name) for name in ("one.o", "two.o"))
    with open(rules, "w", encoding="utf-8") as file:
        file.write("type pair\n  max_size 8\n")
    failures.expect(strata.run("check", one, two, "--rules", rules).returncode == 1, "two files are checked")
    failures.expect(strata.run("check", one, os.path.join(folder, "none"), "--rules", rules, "--baseline", baseline, "--bless").returncode == 2 and
                    not os.path.exists(baseline), "no baseline without all files")
    failures.expect(strata.run("check", one, two, "--rules", rules, "--baseline", baseline, "--bless").returncode == 0, "two files are blessed")
    with open(baseline, encoding="utf-8") as file:
        breaks = json.load(file)["breaks"]
    failures.expect([(each["file"], each["value"]) for each in breaks] == [(one, 16), (two, 24)], "the baseline names files: %s", breaks)
    args = ("check", one, two, "--rules", rules, "--baseline", baseline)
    failures.expect(strata.run(*args).returncode == 0, "what is blessed is not told")
    breaks[1]["value"] = 16
    with open(baseline, "w", encoding="utf-8") as file:
        json.dump({"schema": "strata.baseline/1", "breaks": breaks}, file)
    done = strata.run(*args, "--format", "json")
    told = [[result["status"] for result in each["results"]] for each in json.loads(done.stdout)["files"]]
    failures.expect(done.returncode == 1 and told == [["blessed"], ["broken"]], "only the second got worse: %s", told)
    root = xml.etree.ElementTree.fromstring(strata.run(*args, "--format", "junit").stdout)
    failures.expect(root.tag == "testsuites" and [suite.get("failures") for suite in root] == ["0", "1"], "junit has a suite a file")


def peak_kilobytes(strata, *words):
    process = subprocess.Popen([strata.path, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss


def check_many(strata, folder, failures):
    """Files are closed again: four hundred need no more memory than ten."""
    with open(strata.path, "rb") as file:
        program = file.read()
    sanitized = any(word in program for word in (b"__asan_init", b"__tsan_init"))
    if sanitized:
        print("memory is not measured: a build with sanitizers keeps what is freed")
        return
    many = os.path.join(folder, "many")
    os.mkdir(many)
    text = "\n".join("struct s%d { char a; long b[%d]; int c; } v%d;" % (i, i + 1, i) for i in range(300))
    subprocess.run(["gcc", "-g", "-c", "-x", "c", "-o", os.path.join(many, "o0.o"), "-"], input=text.encode(), check=True)
    rules = os.path.join(folder, "many.rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("type s1\n  max_size 8\n")
    needed = []
    for count in (10, 400):
        for number in range(1, count):
            shutil.copy(os.path.join(many, "o0.o"), os.path.join(many, "o%d.o" % number))
        status, kilobytes = peak_kilobytes(strata, "check", many, "--rules", rules)
        failures.expect(status == 1, "%d files: exit status %d", count, status)
        needed.append(kilobytes)
    failures.expect(needed[1] < 2 * needed[0], "10 and 400 files need %s KB", needed)


def main():
    options = arguments()
    failures = Failures()
    with tempfile.TemporaryDirectory() as folder:
        check(Strata(options.strata), folder, failures)
        check_several(Strata(options.strata), folder, failures)
        check_many(Strata(os.path.abspath(options.strata)), folder, failures)
    failures.finish(at_least=500)


main()
