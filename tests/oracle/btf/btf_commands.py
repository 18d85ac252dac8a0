# SPDX-License-Identifier: MIT
"""The commands over BTF: files with BTF alone, with DWARF and BTF, pipes, modules, and the running kernel without a file. What is
told of a BTF must be what the same command tells of the DWARF that it was made of."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from common import Failures, died, follows_schema, skip  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--strata", required=True)
options = parser.parse_args()
if not shutil.which("pahole"):
    skip("pahole is not installed")
failures = Failures()
options.strata = os.path.abspath(options.strata)
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
KERNEL = "/sys/kernel/btf/vmlinux"


def run(*command, **extra):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=240, **extra)


def strata(*arguments, status=0, **extra):
    process = run(options.strata, *arguments, **extra)
    failures.expect(process.returncode == status, "%s: exit status %s, %d was expected: %s", " ".join(arguments), process.returncode, status,
                    (process.stderr + process.stdout)[-300:])
    return process


def document(*arguments, **extra):
    return json.loads(strata(*arguments, "--format", "json", **extra).stdout)


def build(name, source, *flags):
    """name.o with DWARF and BTF, name.btf with its BTF alone."""
    with open(name + ".c", "w", encoding="utf-8") as file:
        file.write(source)
    for command in (("gcc", "-g", "-gdwarf-5", "-w", "-c", *flags, "-o", name + ".o", name + ".c"), ("pahole", "-J", name + ".o"),
                    ("pahole", "-J", "--btf_encode_detached=" + name + ".btf", name + ".o")):
        process = run(*command)
        if process.returncode:
            skip("%s fails: %s" % (" ".join(command), process.stderr[-200:]))


with open(os.path.join(HERE, "btf_more.c"), encoding="utf-8") as more:
    MORE = more.read()
OLD = "struct s { char a; long b; int c; unsigned bits : 3; }; struct gone { int x; }; struct s s; struct gone g;\n"
build("more", MORE)
build("old", OLD)
build("new", OLD.replace("int c;", "int c, d; char name[16];").replace("struct gone { int x; }", "struct come { int x; }").replace("gone", "come"))

# ---- one program, two formats ---------------------------------------------------------------------------

def comparable(shown):
    """Of what show says, all but what BTF does not tell: places of declaration, languages, alignments that are declared."""
    out = {}
    for entry in shown["types"]:
        members = [(m["name"], m["offset_bits"], m["size_bits"], m["kind"], m["depth"]) for m in entry["members"]]
        out[entry["name"]] = (entry["kind"], entry["size_bytes"], members, entry["gaps"], entry["accounting"], entry["own_waste_bytes"])
    return out


dwarf, btf, raw = document("show", "more.o"), document("show", "more.o", "--source", "btf"), document("show", "more.btf")
failures.expect(comparable(dwarf) == comparable(btf) == comparable(raw), "show: DWARF and BTF of more.o differ")
failures.expect(len(dwarf["types"]) == 3, "show: %d types", len(dwarf["types"]))
failures.expect(all(entry["decl"] is None and entry["language"] is None for entry in btf["types"]), "BTF tells places or languages")
failures.expect(dwarf["types"][0]["decl"] is not None, "without --source it is not DWARF that is read")
failures.expect(btf["file"]["machine"] == dwarf["file"]["machine"] and raw["file"]["machine"] == "unknown" and raw["file"]["bits"] == 64,
                "machines: %s, %s, %s", dwarf["file"], btf["file"], raw["file"])
for name in ("negative", "wide", "with_another_name", "callback"): # by name, other kinds come, too
    one, other = (document("show", path, name)["types"][0] for path in ("more.o", "more.btf"))
    failures.expect(all(one[key] == other[key] for key in ("kind", "size_bytes")), "%s: %s, %s", name, one, other)
for threads in ("1", "2"):
    failures.expect(strata("show", "more.btf", "--threads", threads).stdout == strata("show", "more.btf").stdout, "--threads %s changes show", threads)
listed = document("list", "more.btf")
failures.expect({entry["name"] for entry in listed["types"]} == set(comparable(dwarf)), "list: %s", listed["types"])
packed = strata("pack", "old.btf", "s").stdout
failures.expect(packed.replace(b"  old.c:1", b"") == strata("pack", "old.o", "s").stdout.replace(b"  old.c:1", b""), "pack: %s", packed)

# ---- pipes ------------------------------------------------------------------------------------------------

with open("more.btf", "rb") as file:
    data = file.read()
expected = strata("list", "more.btf").stdout
failures.expect(strata("list", "-", input=data).stdout == expected, "list from a pipe")
with open("more.btf", "rb") as file:
    failures.expect(strata("list", "-", stdin=file).stdout == expected, "list from a redirected file")
with open("more.o", "rb") as file:
    failures.expect(strata("show", "-", "--source", "btf", "--format", "csv", input=file.read()).stdout.count(b"\n") > 10, "an object through a pipe")

# ---- diff, check, report, verify ---------------------------------------------------------------------------

for old, new in (("old.btf", "new.btf"), ("old.o", "new.btf"), ("old.btf", "new.o")):
    told = strata("diff", old, new, status=1).stdout.decode()
    failures.expect("struct s" in told and "removed  struct gone" in told and "added    struct come" in told, "diff %s %s: %s", old, new, told)
strata("diff", "old.o", "old.btf") # the same, by two formats
strata("diff", "old.btf", "old.btf")
with open("rules", "w", encoding="utf-8") as file:
    file.write("type s\n    size <= 8\n")
told = strata("check", "old.btf", "--rules", "rules", status=1).stdout
failures.expect(b"size" in told, "check: %s", told)
strata("report", "old.btf", "-o", "out.json", "-o", "out.html", "-o", "out.md", "-o", "out.csv", "-o", "out.sqlite", "-o", "out.sarif")
with open("out.json", encoding="utf-8") as file:
    failures.expect({entry["name"] for entry in json.load(file)["types"]} >= {"s", "gone"}, "report: types are missing")
told = strata("verify", "more.o").stdout.decode()
failures.expect("DWARF and BTF: 17 types with 24 members agree, 0 differ" in told, "verify: %s", told)
failures.expect(b"DWARF and BTF" not in strata("verify", "more.btf").stdout, "verify: a BTF alone has nothing to be compared with")
verified = document("verify", "more.o")
sources = verified["parts"][0]["sources"]
failures.expect(sources["formats"] == ["DWARF", "BTF"] and sources["names"] == 17 and not sources["differences"], "verify: %s", sources)
follows_schema(failures, verified, "verify")

# One of the two lies: a member eight bits further, a struct of another size.
section = run("objcopy", "-O", "binary", "--only-section=.BTF", "--set-section-flags", ".BTF=alloc", "old.o", "section")
with open("section", "rb") as file:
    told = bytearray(file.read())
strings = 24 + int.from_bytes(told[12:16], "little")
name_of_s = told.index(b"\0s\0", strings) + 1 - strings
record = next(at for at in range(24, strings, 4) if told[at:at + 4] == name_of_s.to_bytes(4, "little") and told[at + 7] & 0x7f == 4)
for at, value, field, quantity in ((record + 8, 32, None, "size"), (record + 12 + 12 + 8, 72, "b", "offset")):
    lie = bytearray(told)
    lie[at:at + 4] = value.to_bytes(4, "little")
    with open("lie", "wb") as file:
        file.write(lie)
    run("objcopy", "--update-section", ".BTF=lie", "old.o", "liar.o")
    found = document("verify", "liar.o", status=1)["parts"][0]["sources"]["differences"]
    failures.expect([(d["name"], d["field"], d["quantity"]) for d in found] == [("s", field, quantity)], "verify finds %s instead of %s", found, field)
with open("lie", "wb") as file:
    file.write(told[:40])
run("objcopy", "--update-section", ".BTF=lie", "old.o", "liar.o")
failures.expect(b"BTF is not compared" in strata("verify", "liar.o").stdout, "verify: a broken BTF is passed over in silence")

# ---- what is a file, what is the kernel --------------------------------------------------------------------

process = strata("show", "./list_head", status=2)
failures.expect(b"No such file" in process.stderr and b"kernel" not in process.stderr, "a path is a path: %s", process.stderr)
process = strata("show", "no_such_type_anywhere", status=2)
failures.expect(b"no_such_type_anywhere: no such file; and of the running kernel: " in process.stderr, "neither: %s", process.stderr)
failures.expect(not process.stdout and process.stderr.count(b"\n") == 1, "neither: %s", process)
strata("list", "more.o", "--source", "nonsense", status=2)
strata("list", "more.btf", "--source", "dwarf", status=2)
process = run("gcc", "-g", "-c", "-o", "plain.o", "old.c")
failures.expect(b"no BTF" in strata("list", "plain.o", "--source", "btf", status=2).stderr, "--source btf of a file without")
if os.access(KERNEL, os.R_OK):
    lines = strata("show", "list_head").stdout.decode().splitlines()
    failures.expect(lines[0].startswith("the running kernel, Linux " + os.uname().release) and KERNEL in lines[0], "the first line: %s", lines[0])
    failures.expect(lines[2:] == strata("show", KERNEL, "list_head").stdout.decode().splitlines(), "show list_head: %s", lines)
    failures.expect("file" in document("show", "list_head"), "a document about the kernel has no line before it")
    failures.expect(strata("list").stdout.split(b"\n", 2)[2] == strata("list", KERNEL).stdout, "list alone is not that of the kernel")
    failures.expect(b"struct list_head" in strata("show", "/^list_h/").stdout, "a pattern of the kernel's types")
    failures.expect(strata("pack", "list_head").stdout.startswith(b"the running kernel"), "pack of the kernel")
    failures.expect(b"no_such_type" in strata("show", "list_head", "no_such_type", status=2).stderr, "a second type that is not there")
    shutil.copy("more.o", "list_head") # an existing path is a file
    failures.expect(b"list_head" not in strata("list", "list_head").stdout, "a file called list_head is the kernel")
    facts = document("show", "list_head", "more")["file"]
    failures.expect(facts["path"] == "list_head", "the file: %s", facts)
    kernel = document("show", "task_struct")["file"]
    failures.expect(kernel["machine"] != "unknown" and kernel["bits"] in (32, 64), "the kernel's machine: %s", kernel)
else:
    print("not tested: the running kernel has no BTF here")

# ---- hostile bytes through the whole program ---------------------------------------------------------------

seed = 1
for number in range(300):
    lie = bytearray(data)
    for _ in range(1 + number % 4):
        seed = seed * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        lie[(seed >> 33) % len(lie)] = seed >> 20 & 0xff
    for command in (("list", "-"), ("show", "-", "--format", "json")):
        process = run(options.strata, *command, input=bytes(lie))
        failures.expect(not died(process) and process.returncode in (0, 2), "mutation %d: %s: exit %s, %s", number, command, process.returncode,
                        process.stderr[-200:])
        failures.expect(process.returncode == 0 or process.stderr.count(b"\n") == 1, "mutation %d: %s", number, process.stderr[-400:])
failures.finish(at_least=1200)
