# SPDX-License-Identifier: MIT
"""BTF of small programs, made by clang for BPF and by pahole from DWARF for other machines, of both byte orders and both widths, plain
and split, and that of the running kernel: all that strata reads of it must be what bpftool prints of it, and what the DWARF of the
same program says."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from common import Failures, skip  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--types", required=True)
parser.add_argument("--fixtures-source", required=True)
options = parser.parse_args()
HERE = os.path.dirname(os.path.abspath(__file__))
if not shutil.which("bpftool"):
    skip("bpftool is not installed")
failures = Failures()

RECORDS = {"STRUCT": "struct", "UNION": "union"}
ENUMS = ("ENUM", "ENUM64")
KINDS = {**RECORDS, "ENUM": "enum", "ENUM64": "enum", "INT": "base", "FLOAT": "base", "TYPEDEF": "typedef"}
WRAPPERS = ("TYPEDEF", "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG")


def run(*command, **extra):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **extra)


class Bpftool:
    """What bpftool prints of a BTF, and what follows from it."""

    def __init__(self, path, base=None):
        command = ["bpftool", "-j", *(["-B", base] if base else []), "btf", "dump", "file", path]
        self.own = json.loads(run(*command).stdout)["types"]
        self.types = {entry["id"]: entry for entry in (json.loads(run("bpftool", "-j", "btf", "dump", "file", base).stdout)["types"] if base else [])}
        self.types.update((entry["id"], entry) for entry in self.own)
        longs = [entry["size"] for entry in self.types.values() if entry["kind"] == "INT" and entry["name"] in
                 ("long", "long int", "long unsigned int", "unsigned long")]
        self.pointer_bytes = longs[0] if longs else None

    @staticmethod
    def name(entry):
        return "" if entry["name"] == "(anon)" else entry["name"]

    def size(self, number):
        entry = self.types.get(number)
        if entry is None or entry["kind"] in ("FWD", "FUNC_PROTO", "FUNC", "VAR"):
            return None
        if entry["kind"] in WRAPPERS:
            return self.size(entry["type_id"])
        if entry["kind"] == "PTR":
            return self.pointer_bytes
        if entry["kind"] == "ARRAY":
            element = self.size(entry["type_id"])
            # Of an array without elements nothing tells whether it has a bound.
            return element * entry["nr_elems"] if element is not None and entry["nr_elems"] else None
        return entry["size"]

    def members(self, entry):
        out = []
        for member in entry.get("members", []) if entry["kind"] in RECORDS else []:
            width, size = member.get("bitfield_size", 0), self.size(member["type_id"])
            out.append((self.name(member), member["bits_offset"], width or (None if size is None else size * 8), width > 0))
        return tuple(out)

    def definitions(self):
        out = set()
        for entry in self.own:
            name, target = self.name(entry), self.types.get(entry.get("type_id"))
            if not name or entry["kind"] not in KINDS or (entry["kind"] in ENUMS and not entry["values"]):
                continue
            if entry["kind"] == "TYPEDEF" and target and target["kind"] in (*RECORDS, *ENUMS) and not self.name(target):
                entry = target
            out.add((name, KINDS[entry["kind"]], self.size(entry["id"]), self.members(entry)))
        return out


def strata_definitions(*arguments):
    process = run(options.types, *arguments)
    if process.returncode:
        failures.fail("%s: %s" % (arguments[0], process.stderr.decode().strip()))
        return set()
    entries = [json.loads(line) for line in process.stdout.decode().splitlines()]
    for entry in entries:
        failures.expect(entry["accounted"], "%s: %s: the classes do not add up to its size", arguments[0], entry["name"])
    return {(entry["name"], entry["kind"], entry["size_bytes"], tuple(
        (m["name"], m["offset_bits"], m["size_bits"], m["bitfield"]) for m in entry["members"])) for entry in entries}


def compare_bpftool(what, path, base=None):
    told, read = Bpftool(path, base).definitions(), strata_definitions(path, *([base] if base else []))
    for definition in sorted(told ^ read, key=repr):
        failures.fail("%s: %s alone has %.300r" % (what, "bpftool" if definition in told else "strata", definition))
    failures.expect(len(told) > 5, "%s: bpftool has %d definitions only", what, len(told))
    print("%s: bpftool has %d definitions" % (what, len(told)))


def compare_dwarf(what, *arguments):
    process = run(sys.executable, "-B", os.path.join(HERE, "btf_dwarf.py"), "--types", options.types, *arguments)
    print("%s: %s" % (what, process.stdout.decode().strip().replace("\n", "\n    ")))
    failures.expect(process.returncode == 0, "%s: DWARF and BTF differ: %s", what, process.stderr.decode())


def compile_with(folder, compiler, name, *flags):
    """The object files of both sources; None, loudly, where the compiler cannot."""
    if not shutil.which(compiler):
        print("not tested: %s, %s is not installed" % (name, compiler))
        return None
    out = []
    for source in (os.path.join(folder, "freestanding.c"), os.path.join(HERE, "btf_more.c")):
        path = os.path.join(folder, "%s-%s.o" % (name, os.path.basename(source)[:-2]))
        process = run(compiler, *flags, "-g", "-ffreestanding", "-w", "-c", "-o", path, source)
        if process.returncode:
            print("not tested: %s of %s, %s cannot: %s" % (name, os.path.basename(source), compiler, process.stderr.decode().splitlines()[:1]))
            continue
        out.append(path)
    return out


def copy_fixture(folder):
    """pahole 1.24 gives up where it meets an _Atomic type, or a number of more than 16 bytes: they are taken out."""
    source = os.path.join(options.fixtures_source, "c")
    for name in os.listdir(source):
        if name.endswith((".h", ".def")) or name == "freestanding.c":
            with open(os.path.join(source, name), encoding="utf-8") as file:
                text = re.sub(r"_Atomic *(?:\(([^)]*)\))?", lambda match: match.group(1) or "", file.read())
                text = text.replace("_Complex long double", "_Complex double").replace("long double _Complex", "double _Complex")
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def check_programs(folder):
    pahole = shutil.which("pahole")
    if not pahole:
        print("not tested: BTF made of DWARF, pahole is not installed")
    for name, compiler, *flags in (
            ("gcc-dwarf4", "gcc", "-gdwarf-4"), ("gcc-dwarf5", "gcc", "-gdwarf-5"), ("clang", "clang", "-gdwarf-5"),
            ("s390x", "clang", "--target=s390x-linux-gnu"), ("i386", "clang", "--target=i386-linux-gnu"),
            ("ppc", "clang", "--target=powerpc-linux-gnu"), ("aarch64", "clang", "--target=aarch64-linux-gnu")):
        for path in compile_with(folder, compiler, name, *flags) or [] if pahole else []:
            what = os.path.basename(path)
            process = run("pahole", "-J", path)
            if process.returncode:
                print("not tested: %s, pahole cannot: %s" % (what, process.stderr.decode().splitlines()[:1]))
                continue
            compare_bpftool(what, path)
            compare_dwarf(what, path)
    for target in ("bpfel", "bpfeb"):
        # The fixture's _Complex, long double and vectors are nothing for BPF; clang says what it leaves out.
        for path in compile_with(folder, "clang", target, "--target=" + target, "-O1") or []:
            compare_bpftool(os.path.basename(path), path)


def check_split(folder):
    """A module's BTF on top of a kernel's, as far as BTF goes: pahole encodes one source with the other's BTF as its base."""
    if not shutil.which("pahole"):
        return
    base_object, own_object = os.path.join(folder, "gcc-dwarf5-freestanding.o"), os.path.join(folder, "split.o")
    base = os.path.join(folder, "vmlinux")
    run("gcc", "-gdwarf-5", "-g", "-w", "-c", "-o", own_object, os.path.join(HERE, "btf_more.c"))
    made = run("pahole", "-J", "--btf_encode_detached=" + base, base_object)
    own = os.path.join(folder, "module")
    split = run("pahole", "-J", "--btf_base=" + base, "--btf_encode_detached=" + own, own_object)
    if made.returncode or split.returncode or not os.path.exists(own):
        print("not tested: split BTF, pahole cannot: %s" % (made.stderr + split.stderr).decode().splitlines()[:1])
        return
    compare_bpftool("split", own, base)
    failures.expect(strata_definitions(own) == strata_definitions(own, base), "split: the file vmlinux beside it is not taken as its base")
    alone = os.path.join(folder, "elsewhere")
    os.mkdir(alone)
    shutil.copy(own, alone)
    process = run(options.types, os.path.join(alone, "module"))
    failures.expect(process.returncode == 2 and b"is split" in process.stderr, "split: without a base: %r", process.stderr)
    process = run(options.types, os.path.join(alone, "module"), own_object)
    failures.expect(process.returncode == 2, "split: an object without BTF is taken as its base")


with tempfile.TemporaryDirectory() as work:
    copy_fixture(work)
    check_programs(work)
    check_split(work)
KERNEL = "/sys/kernel/btf/vmlinux"
if os.access(KERNEL, os.R_OK):
    compare_bpftool("the running kernel", KERNEL)
else:
    print("not tested: the running kernel has no BTF here")
failures.finish(at_least=500)
