# SPDX-License-Identifier: MIT
"""The hand-made inputs: exit status, layouts as their bytes encode them, a word on stderr where something was left out, and that no name
of a type can reach a terminal as a control sequence."""

import json
import os
import re

from common import Failures, Strata, arguments, by_name, died

options = arguments()
strata = Strata(options.strata)
failures = Failures()
folder = os.path.join(options.fixtures, "dwarf")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029\ufffd]")


def check_output_is_harmless(name, process):
    for stream, data in (("stdout", process.stdout), ("stderr", process.stderr)):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            failures.fail("%s: %s is not UTF-8" % (name, stream))
            continue
        found = CONTROL.search(text)
        failures.expect(not found, "%s: %s holds a raw %r", name, stream, found and found.group())


def check_errors(case, process):
    name, text = case["name"], process.stderr.decode(errors="replace")
    failures.expect(process.returncode in case["exit"], "%s: exit %d, expected %s: %s", name, process.returncode, case["exit"], text[:300])
    if process.returncode == 2:
        failures.expect(text.strip(), "%s: exit 2 without a word", name)
    if case["warns"]:
        failures.expect(text.strip(), "%s: nothing is said of the damage", name)
    for line in text.splitlines():
        failures.expect(name + ".elf" in line or line.endswith(" more like these") or not line.strip() or line.startswith(" "), "%s: a line that does not name the file: %s", name, line[:200])


def check_layouts(case, document):
    known = by_name(document)
    for name, told in case["types"].items():
        where = "%s: %s" % (case["name"], name)
        if not failures.expect(name in known, "%s: not found; strata knows %s", where, sorted(str(n) for n in known)[:8]):
            continue
        entry = known[name][0]
        failures.expect(entry["size_bytes"] == told["size"], "%s: size %d, strata says %s", where, told["size"], entry["size_bytes"])
        if "members" in told:
            members = [[m["name"] or m["type"], m["offset_bits"], m["size_bits"]] for m in entry["members"] if m["depth"] == 0]
            failures.expect(sorted(members, key=str) == sorted(told["members"], key=str), "%s: members %s, strata says %s", where,
                            told["members"], members)
    for entry in document["types"]:
        if entry["size_bytes"] is not None and entry.get("accounting"):
            failures.expect(sum(entry["accounting"].values()) == entry["size_bytes"] * 8 or entry["size_bytes"] >= 1 << 61,
                            "%s: %s: the classes do not add up to the size", case["name"], entry["name"])


with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
    cases = json.load(file)
for case in cases:
    path = os.path.join(folder, case["name"] + ".elf")
    by_name_too = [["show", path, *case["types"]]] if case["types"] else []  # names are looked up another way than all types
    for command in (["show", path, "--format", "json"], ["show", path, "--bytes"], ["list", path], ["show", path, "--format", "csv"],
                    ["browse", path, "--keys", "<Down> <Enter> <Space> J p <Esc> <Esc> u <Enter> g g"], *by_name_too):
        process = strata.run(*command)
        problem = died(process)
        if problem:
            failures.fail("%s: strata %s: %s" % (case["name"], " ".join(command), problem))
            continue
        if "csv" not in command:
            check_output_is_harmless(case["name"], process)
        if command[-1] == "json":
            check_errors(case, process)
            if process.returncode == 0:
                check_layouts(case, json.loads(process.stdout))
            elif case["types"] and 2 not in case["exit"]:
                failures.fail("%s: no layouts" % case["name"])
failures.finish(at_least=4 * len(cases))
