#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How `strata list` grows with its input: processor time a DIE, and memory, over files of 0.1 to 200 million DIEs.

    tests/bench/growth.py [-n ROUNDS] [-s STRATA] [-k FOLDER] [-m MILLIONS] [CASE …]

Cases:
    copies   units that tell the same 500 types, as those of a large C program do: only the number of units grows
    classes  the same of C++: classes in namespaces, with methods
    types    ten million DIEs, of which ever more types are told once only
    objects  a folder of small object files, each with 40 types of which one is its own

The files are written unit by unit from a template, in the shape that compilers give them (per unit a base, structs with members,
pointers, arrays and functions with parameters), one at a time, into FOLDER (build/bench/growth), and removed again: 200 million DIEs
take 2.4 GB. `a DIE` is processor time of the whole process, all threads, median of ROUNDS. `memory` is the peak of what the process
itself holds (anonymous pages), looked at every few milliseconds; pages of the mapped file, which the system may take back, come on top.
The number of lines that strata prints is checked against the number of types that were written."""

import argparse
import os
import shutil
import statistics
import struct
import subprocess
import sys
import time

LARGEST_UNITS_BYTES = (1 << 32) - (1 << 20)  # of 32-bit DWARF

C11, CPP14 = 0x1D, 0x21


def uleb(number):
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


# ---- what every unit is made of --------------------------------------------------------------------------

NAME, SIZE, LOCATION, FILE, LINE, SIBLING, TYPE, ENCODING, LANGUAGE, UPPER, PROTOTYPED, EXTERNAL, DECLARATION = (
    0x03, 0x0B, 0x38, 0x3A, 0x3B, 0x01, 0x49, 0x3E, 0x13, 0x2F, 0x27, 0x3F, 0x3C)
DATA1, DATA2, STRP, REF4, PRESENT = 0x0B, 0x05, 0x0E, 0x13, 0x19

UNIT, BASE, STRUCT, MEMBER, POINTER, ARRAY, SUBRANGE, FUNCTION, PARAMETER, NAMESPACE, CLASS, METHOD, THIS = range(1, 14)

ABBREVS = {
    UNIT: (0x11, 1, [(NAME, STRP), (LANGUAGE, DATA1)]),
    BASE: (0x24, 0, [(SIZE, DATA1), (ENCODING, DATA1), (NAME, STRP)]),
    STRUCT: (0x13, 1, [(NAME, STRP), (SIZE, DATA2), (FILE, DATA1), (LINE, DATA2), (SIBLING, REF4)]),
    MEMBER: (0x0D, 0, [(NAME, STRP), (FILE, DATA1), (LINE, DATA2), (TYPE, REF4), (LOCATION, DATA1)]),
    POINTER: (0x0F, 0, [(SIZE, DATA1), (TYPE, REF4)]),
    ARRAY: (0x01, 1, [(TYPE, REF4), (SIBLING, REF4)]),
    SUBRANGE: (0x21, 0, [(TYPE, REF4), (UPPER, DATA1)]),
    FUNCTION: (0x2E, 1, [(NAME, STRP), (FILE, DATA1), (LINE, DATA2), (PROTOTYPED, PRESENT), (TYPE, REF4), (SIBLING, REF4)]),
    PARAMETER: (0x05, 0, [(NAME, STRP), (TYPE, REF4)]),
    NAMESPACE: (0x39, 1, [(NAME, STRP), (SIBLING, REF4)]),
    CLASS: (0x02, 1, [(NAME, STRP), (SIZE, DATA2), (FILE, DATA1), (LINE, DATA2), (SIBLING, REF4)]),
    METHOD: (0x2E, 1, [(EXTERNAL, PRESENT), (NAME, STRP), (FILE, DATA1), (LINE, DATA2), (DECLARATION, PRESENT), (SIBLING, REF4)]),
    THIS: (0x05, 0, [(TYPE, REF4)]),
}


def abbrev_table():
    table = bytearray()
    for code, (tag, children, attributes) in ABBREVS.items():
        table += uleb(code) + uleb(tag) + bytes([children])
        for name, form in attributes:
            table += uleb(name) + uleb(form)
        table += b"\0\0"
    return bytes(table + b"\0")


class Texts:
    def __init__(self):
        self.data = bytearray(b"\0")
        self.known = {}

    def at(self, text):
        if text not in self.known:
            self.known[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self.known[text]


class Unit:
    """A unit of DWARF 5. The places of the names of `own` structs are kept, so that each copy may call them something else."""

    def __init__(self, texts, language, shared, own, functions):
        self.texts, self.out, self.dies, self.own_places = texts, bytearray(12), 0, []
        self.is_cpp = language == CPP14
        self.die(UNIT, "IB", texts.at("unit.c"), language)
        base = self.die(BASE, "BBI", 4, 5, texts.at("int"))
        outer = self.begin(NAMESPACE, "II", texts.at("ns"), 0) if self.is_cpp else None
        types = [base]
        for i in range(shared + own):
            types.append(self.aggregate(i, types, base))
            if i >= shared:
                self.own_places.append(types[-1] + 1)
        if outer is not None:
            self.end(outer, 5)
        for i in range(functions):
            at = self.begin(FUNCTION, "IBHII", texts.at("function_%d" % i), 1, i % 60000, base, 0)
            for k in range(6):
                self.die(PARAMETER, "II", texts.at("parameter_%d" % k), types[(i + k) % len(types)])
            self.end(at, 1 + 4 + 1 + 2 + 4)
        self.out.append(0)
        struct.pack_into("<IHBBI", self.out, 0, len(self.out) - 4, 5, 1, 8, 0)

    def die(self, code, form, *values):
        at = len(self.out)
        self.out += bytes([code]) + struct.pack("<" + form, *values)
        self.dies += 1
        return at

    begin = die

    def end(self, at, sibling_at):
        self.out.append(0)
        struct.pack_into("<I", self.out, at + sibling_at, len(self.out))

    def aggregate(self, i, types, base):
        texts = self.texts
        pointer = self.die(POINTER, "BI", 8, types[i * 7 % len(types)])
        array = self.begin(ARRAY, "II", base, 0)
        self.die(SUBRANGE, "IB", base, 3)
        self.end(array, 1 + 4)
        at = self.begin(CLASS if self.is_cpp else STRUCT, "IHBHI", texts.at("type_%d" % i), 40, 1, i % 60000, 0)
        for k, (member, place) in enumerate(((base, 0), (pointer, 8), (array, 16), (base, 32), (base, 36))):
            self.die(MEMBER, "IBHIB", texts.at("member_%d" % ((i + k) % 400)), 1, (i + k) % 60000, member, place)
        for k in range(4 if self.is_cpp else 0):
            method = self.begin(METHOD, "IBHI", texts.at("method_%d" % k), 1, k, 0)
            self.die(THIS, "I", pointer)
            self.die(THIS, "I", base)
            self.end(method, 1 + 4 + 1 + 2)
        self.end(at, 1 + 4 + 2 + 1 + 2)
        return at

    def copies(self, count):
        """`count` times the unit, the own structs called by names of their own."""
        own = 0
        for _ in range(count):
            for place in self.own_places:
                struct.pack_into("<I", self.out, place, self.texts.at("own_type_%d" % own))
                own += 1
            yield self.out


def elf_write(path, chunks, texts):
    """A relocatable file for x86-64 with the sections; the texts are complete when the chunks are."""
    names = b"\0.debug_info\0.debug_abbrev\0.debug_str\0.shstrtab\0"
    with open(path, "wb") as out:
        out.write(bytes(64))
        for chunk in chunks:
            out.write(chunk)
        sections = [(b".debug_info", 64, out.tell() - 64)]
        for name, data in ((b".debug_abbrev", abbrev_table()), (b".debug_str", bytes(texts.data)), (b".shstrtab", names)):
            sections.append((name, out.tell(), len(data)))
            out.write(data)
        out.write(bytes(-out.tell() % 8))
        table = out.tell()
        out.write(bytes(64))
        for name, offset, size in sections:
            kind = 3 if name == b".shstrtab" else 1
            out.write(struct.pack("<IIQQQQIIQQ", names.index(name + b"\0"), kind, 0, 0, offset, size, 0, 0, 1, 0))
        out.seek(0)
        out.write(struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1" + bytes(9), 1, 62, 1, 0, 0, table, 0, 64, 0, 0, 64, 5, 4))
    return sections[0][2]


# ---- measuring -------------------------------------------------------------------------------------------


def anonymous_kb(pid):
    try:
        with open("/proc/%d/status" % pid) as status:
            return int(next((line.split()[1] for line in status if line.startswith("RssAnon")), 0))
    except (OSError, StopIteration, ValueError):
        return 0


def run_once(strata, path):
    with open(path + ".out", "wb") as out:
        before = time.monotonic()
        process = subprocess.Popen([strata, "list", "--format", "csv", path], stdout=out, stderr=subprocess.PIPE)
        peak = 0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, anonymous_kb(process.pid))
            time.sleep(0.004)
        wall = time.monotonic() - before
    said = process.stderr.read().decode()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or said.strip():
        sys.exit("growth.py: strata ended with %d: %s" % (process.returncode, said))
    with open(path + ".out", "rb") as out:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: out.read(1 << 20), b"")) - 1
    os.remove(path + ".out")
    return usage.ru_utime + usage.ru_stime, wall, peak / 1024, usage.ru_maxrss / 1024, lines


def warm(path):
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def measure(options, path, dies, types):
    runs = []
    for _ in range(options.rounds if dies < 20e6 else 1):
        warm(path)
        runs.append(run_once(options.strata, path))
        if runs[-1][4] != types:
            sys.exit("growth.py: %d types were written, strata lists %d" % (types, runs[-1][4]))
    cpu, wall, memory, resident, _ = (statistics.median(column) for column in zip(*runs))
    print("| %s | %d | %.1f | %.3f s | %.0f | %.0f |" % (
        "%.1f M" % (dies / 1e6), types, 1e9 * cpu / dies, wall, memory, resident), flush=True)


def table(title):
    print("\n%s:\n\n| DIEs | different types | ns of processor time a DIE | wall | memory, MB | with the file's pages |\n|---|---|---|---|---|---|"
          % title, flush=True)


def grow(options, title, language, steps):
    """Each step: DIEs, and how many structs of a unit are its own."""
    table(title)
    for dies, own in steps:
        if dies > options.millions * 1e6:
            continue
        texts = Texts()
        unit = Unit(texts, language, 500 - own, own, 300)
        count = max(1, round(dies / unit.dies))
        path = os.path.join(options.folder, "growth.o")
        if count * len(unit.out) > LARGEST_UNITS_BYTES or shutil.disk_usage(options.folder).free < 2 * count * len(unit.out):
            print("| %.1f M | not measured: too large for 32-bit DWARF, or for the disk |" % (dies / 1e6))
            continue
        elf_write(path, unit.copies(count), texts)
        measure(options, path, count * unit.dies, 500 - own + count * own)
        os.remove(path)


def copies(options):
    grow(options, "Copies, C", C11, [(size, 0) for size in (1e5, 1e6, 1e7, 5e7, 2e8)])


def classes(options):
    grow(options, "Copies, C++", CPP14, [(size, 0) for size in (1e5, 1e6, 1e7, 5e7, 2e8)])


def types(options):
    grow(options, "Ever more different types, C", C11, [(1e7, own) for own in (0, 1, 10, 50, 250, 499)])


def objects(options):
    print("\nA folder of small object files:\n\n| files | different types | ms of processor time a file | wall | memory, MB |\n|---|---|---|---|---|")
    for count in (100, 1000, 10000):
        folder = os.path.join(options.folder, "objects")
        os.makedirs(folder)
        for i in range(count):
            texts = Texts()
            unit = Unit(texts, C11, 39, 1, 5)
            struct.pack_into("<I", unit.out, unit.own_places[0], texts.at("own_type_%d" % i))
            elf_write(os.path.join(folder, "object_%d.o" % i), [unit.out], texts)
        cpu, wall, memory, _, lines = run_once(options.strata, folder)
        if lines != 39 + count:
            sys.exit("growth.py: %d types were written, strata lists %d" % (39 + count, lines))
        print("| %d | %d | %.2f | %.2f s | %.0f |" % (count, lines, 1e3 * cpu / count, wall, memory), flush=True)
        shutil.rmtree(folder)


CASES = {"copies": copies, "classes": classes, "types": types, "objects": objects}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=3)
    parser.add_argument("-s", "--strata", default="build/release/strata")
    parser.add_argument("-k", "--folder", default="build/bench/growth")
    parser.add_argument("-m", "--millions", type=float, default=200, help="no file of more DIEs than that, in millions")
    parser.add_argument("cases", nargs="*", metavar="CASE", default=[])
    options = parser.parse_args()
    unknown = [case for case in options.cases if case not in CASES]
    if unknown:
        parser.error("no such case: %s" % unknown[0])
    shutil.rmtree(options.folder, ignore_errors=True)
    os.makedirs(options.folder)
    try:
        for case in options.cases or CASES:
            CASES[case](options)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
