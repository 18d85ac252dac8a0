# SPDX-License-Identifier: MIT
"""Enumerations against the compiler: two random versions of each, whose programs print the value of each name. What strata shows, lists and
says changed is exactly that.
"""
import json
import os
import random
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments

EDGES = [0, 1, -1, 127, 128, 200, -128, -129, 255, 256, 32767, 32768, 65535, 65536, 2147483647, -2147483648]
WIDE = [2147483648, 4294967295, 4294967296, -2147483649, 9223372036854775807, -9223372036854775807]


def version(rng, names, wide):
    values, value = {}, 0
    for name in names:
        if rng.random() < 0.5:
            value = rng.choice(EDGES + (WIDE if wide else []))
        values[name] = value
        value = value + 1 if value < 2147483647 or wide and value < 9223372036854775807 else 0
    return values


def source(enums, cplusplus):
    text = "#include <stdio.h>\n"
    for number, values in enumerate(enums):
        under = ["", " : unsigned char", " : short", " : long"][number % 4] if cplusplus else ""
        scale = {" : unsigned char": 255, " : short": 32767}.get(under)
        if scale:
            values = {name: abs(value) % scale for name, value in values.items()}
        body = ", ".join("%s = %dLL" % item for item in values.items())
        if number % 3 == 2:
            text += "typedef enum { %s } e%d; e%d keep%d;\n" % (body, number, number, number)
        else:
            text += "enum e%d%s { %s }; enum e%d keep%d; struct s%d { enum e%d e; };\n" % (number, under, body, number, number, number, number)
    text += "int main(void) {\n"
    for number, values in enumerate(enums):
        for name in values:
            text += '    printf("e%d %s %%lld\\n", (long long)%s);\n' % (number, name, name)
    return text + "    return 0;\n}\n"


def build(folder, stem, compiler, options, enums):
    cplusplus = "++" in compiler
    path, program = os.path.join(folder, stem + (".cc" if cplusplus else ".c")), os.path.join(folder, stem)
    with open(path, "w", encoding="utf-8") as file:
        file.write(source(enums, cplusplus))
    subprocess.run([compiler, "-g", "-w", *options, "-o", program, path], check=True)
    facts = {}
    for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        enum, name, value = line.split()
        facts.setdefault(enum, {})[name] = int(value)
    return program, facts


def check(strata, failures, what, old, new):
    (program, facts), (new_program, new_facts) = old, new
    names = sorted(facts)
    shown = json.loads(strata.run("show", program, *names, "--format", "json").stdout)["types"]
    for row in shown:
        values = {item["name"]: item["value"] for item in row["enumerators"]}
        failures.expect(list(values.items()) == list(facts[row["name"]].items()), "%s: show %s: %s, not %s", what, row["name"], values, facts[row["name"]])
    listed = json.loads(strata.run("list", program, "--kind", "enum", "--format", "json").stdout)["types"]
    failures.expect(sorted(row["name"] for row in listed) == names, "%s: list --kind enum: %s", what, listed)
    done = strata.run("diff", program, new_program, "--format", "json")
    found = {row["name"]: row for row in json.loads(done.stdout)["types"]}
    failures.expect(done.returncode == (1 if facts != new_facts else 0), "%s: diff exits %d", what, done.returncode)
    for name in sorted(set(facts) & set(new_facts)):
        before, after = facts[name], new_facts[name]
        expected = {key: (before.get(key), after.get(key)) for key in set(before) | set(after) if before.get(key) != after.get(key)}
        said = {item["name"]: (item["old"], item["new"]) for item in found.get(name, {}).get("enumerators", [])}
        failures.expect(said == expected, "%s: diff of %s: %s, not %s", what, name, said, expected)
        last = [key for key in after if key not in before and list(after)[-1] == key]
        for key in last:
            row = next(item for item in found[name]["enumerators"] if item["name"] == key)
            failures.expect(row["at_end"], "%s: %s was added at the end of %s", what, key, name)


def check_btf(strata, failures, what, folder, program, facts):
    """The same from BTF, which pahole makes."""
    alone = os.path.join(folder, "alone.o")
    if subprocess.run(["pahole", "--btf_encode_detached", alone, program], capture_output=True, check=False).returncode or not os.path.exists(alone):
        return
    done = strata.run("show", alone, *sorted(facts), "--format", "json")
    if not failures.expect(done.returncode == 0, "%s: BTF: %s", what, done.stderr):
        return
    for row in json.loads(done.stdout)["types"]:
        values = {item["name"]: item["value"] for item in row["enumerators"]}
        failures.expect(list(values.items()) == list(facts[row["name"]].items()), "%s: BTF: %s: %s, not %s", what, row["name"], values, facts[row["name"]])


def main():
    args = arguments()
    strata, failures, rng = Strata(args.strata), Failures(), random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        for compiler in [name for name in ("gcc", "clang", "g++", "clang++") if shutil.which(name)]:
            for option in ("-gdwarf-2", "-gdwarf-4", "-gdwarf-5"):
                olds, news = [], []
                for number in range(24):
                    names = ["n%d_%d" % (number, i) for i in range(rng.randint(1, 6))]
                    olds.append(version(rng, names, number % 2))
                    changed = dict(olds[-1])
                    for _ in range(rng.randint(0, 2)):
                        action = rng.choice(["add", "insert", "remove", "change"])
                        at = rng.choice(list(changed)) if changed else None
                        if action == "add":
                            changed["added%d_%d" % (number, len(changed))] = rng.choice(EDGES)
                        elif action == "insert":
                            changed = {"first%d_%d" % (number, len(changed)): rng.choice(EDGES), **changed}
                        elif action == "remove" and len(changed) > 1:
                            del changed[at]
                        elif action == "change":
                            changed[at] = rng.choice(EDGES)
                    news.append(changed)
                what, old = "%s %s" % (compiler, option), build(folder, "old", compiler, [option], olds)
                check(strata, failures, what, old, build(folder, "new", compiler, [option], news))
                if compiler == "gcc" and shutil.which("pahole"):
                    check_btf(strata, failures, what, folder, *old)
    failures.finish(at_least=200)


main()
