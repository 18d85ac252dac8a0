# SPDX-License-Identifier: MIT
"""Objects of every machine that a compiler here makes code for: what strata reads in them is put to the same compiler as assertions.
Of machines that none makes code for, objects made by hand: names of types lead from .debug_info to .debug_str by relocations alone, as
the machine's assembler writes them.
"""
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile

from common import Failures, Strata, arguments

SOURCE = """
struct inner { char a; long long b; short c; }; union u { int i; double d; };
struct outer { char tag; struct inner in; union u u; void (*fn)(struct inner *, int); char name[13]; struct outer *next; };
struct outer outer; int use(void) { return (int)sizeof(struct outer); }
"""
TARGETS = ["aarch64", "aarch64_be", "amdgcn", "arc", "arm", "armeb", "avr", "bpfeb", "bpfel", "csky", "hexagon", "i686-linux-gnu", "lanai", "loongarch32",
           "loongarch64", "m68k", "mips", "mipsel", "mips64", "mips64el", "msp430", "ppc32", "ppc64", "ppc64le", "riscv32", "riscv64", "sparc", "sparcv9",
           "systemz", "thumb", "ve", "x86_64-linux-gnu", "xtensa"]


def compilers():
    for path in sorted(glob.glob("/usr/bin/*-gcc")):
        if not re.search(r"/(c89|c99)-gcc$", path) and os.access(path, os.X_OK):
            yield os.path.basename(path), [path]
    for name in ["clang"] + ["clang-%d" % version for version in range(15, 23)]:
        if shutil.which(name):
            for target in TARGETS:
                yield "%s %s" % (name, target), [name, "--target=" + target]


# Machine, its number, bits, byte order, and what its assembler writes for four bytes (binutils, include/elf and gas/config): the
# relocation's type, and whether the addend stands at the place.
BY_HAND = [("alpha", 0x9026, 64, "<", 1, False), ("arc", 195, 32, "<", 4, False), ("arc700", 93, 32, "<", 4, False), ("csky", 252, 32, "<", 1, False),
           ("hppa", 15, 32, ">", 1, False), ("hppa-section", 15, 32, ">", 41, False), ("or1k", 92, 32, ">", 1, False), ("sh4", 42, 32, "<", 1, True),
           ("sh4eb", 42, 32, ">", 1, True), ("xtensa", 94, 32, "<", 1, True), ("xtensaeb", 94, 32, ">", 1, True)]


def object_by_hand(machine, bits, order, kind, at_the_place):
    """An object with two structs, whose names' offsets are relocations."""
    strings = b"\0nobody\0first\0second\0"
    abbrevs = bytes([1, 0x11, 1, 0x13, 0x0b, 0, 0, 2, 0x13, 0, 0x03, 0x0e, 0x0b, 0x0b, 0, 0, 0])  # unit: language; struct: name by strp, size
    unit = struct.pack(order + "HIB", 4, 0, bits // 8) + bytes([1, 1])
    places = []
    for name, size in ((b"first", 3), (b"second", 5)):
        unit += bytes([2])
        places.append((4 + len(unit), strings.index(name)))
        unit += struct.pack(order + "I", strings.index(name) if at_the_place else 0) + bytes([size])
    unit += bytes([0])
    info = struct.pack(order + "I", len(unit)) + unit
    word = "Q" if bits == 64 else "I"
    rela = b"".join(struct.pack(order + 2 * word + word.lower(), at, (1 << 32 | kind) if bits == 64 else (1 << 8 | kind), 0 if at_the_place else offset)
                    for at, offset in places)
    # The section's symbol of .debug_str, which is section 3.
    symbol = struct.pack(order + "IBBHQQ", 0, 3, 0, 3, 0, 0) if bits == 64 else struct.pack(order + "IIIBBH", 0, 0, 0, 3, 0, 3)
    names = b"\0.debug_info\0.debug_abbrev\0.debug_str\0.rela.debug_info\0.symtab\0.strtab\0"
    sections = [(b".debug_info", 1, info, 0, 0, 0), (b".debug_abbrev", 1, abbrevs, 0, 0, 0), (b".debug_str", 1, strings, 0, 0, 0),
                (b".rela.debug_info", 4, rela, 5, 1, len(rela) // 2), (b".symtab", 2, bytes(len(symbol)) + symbol, 6, 1, len(symbol)), (b".strtab", 3, names, 0, 0, 0)]
    header_bytes, entry_bytes = (64, 64) if bits == 64 else (52, 40)
    body, table = b"", bytes(entry_bytes)
    for name, type_, data, link, extra, each in sections:
        body += bytes(-len(body) % 8)
        flags = (names.index(name), type_, 0, 0, header_bytes + 4 * (bits == 32) + len(body), len(data), link, extra, 1, each)
        table += struct.pack(order + ("IIQQQQIIQQ" if bits == 64 else "10I"), *flags)
        body += data
    body += bytes(-len(body) % 8)
    start = header_bytes + 4 * (bits == 32)
    head = b"\x7fELF" + bytes([bits // 32, 1 + (order == ">"), 1]) + bytes(9) + struct.pack(
        order + "HHI" + 3 * word + "I6H", 1, machine, 1, 0, 0, start + len(body), 0, header_bytes, 0, 0, entry_bytes, len(sections) + 1, 6)
    return head + bytes(start - len(head)) + body + table


def by_hand(strata, failures, folder):
    path = os.path.join(folder, "hand.o")
    for name, machine, bits, order, kind, at_the_place in BY_HAND:
        with open(path, "wb") as file:
            file.write(object_by_hand(machine, bits, order, kind, at_the_place))
        done = strata.run("list", path, "--format", "json")
        types = {row["name"]: row["size_bytes"] for row in json.loads(done.stdout)["types"]} if done.returncode == 0 else {}
        failures.expect(types == {"first": 3, "second": 5} and not done.stderr, "%s: %s, exit %d, %s", name, types, done.returncode, done.stderr.decode())


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
        by_hand(strata, failures, folder)
        source, program, checked = (os.path.join(folder, name) for name in ("x.c", "x.o", "checked.c"))
        with open(source, "w", encoding="utf-8") as file:
            file.write(SOURCE)
        for what, command in compilers():
            for version in ("4", "5"):
                if subprocess.run([*command, "-w", "-gdwarf-" + version, "-c", source, "-o", program], capture_output=True, check=False).returncode:
                    continue  # this clang was built without the target
                with open(program, "rb") as file:
                    if file.read(4) != b"\x7fELF":
                        continue
                done = strata.run("show", program, "outer", "inner", "u", "--format", "json")
                if not failures.expect(done.returncode == 0, "%s -gdwarf-%s: %s", what, version, done.stderr.decode()):
                    continue
                text = SOURCE
                for row in json.loads(done.stdout)["types"]:
                    name = "%s %s" % (row["kind"], row["name"])
                    text += "_Static_assert(sizeof(%s) == %d, \"\");\n" % (name, row["size_bytes"])
                    for member in row["members"]:
                        text += "_Static_assert(__builtin_offsetof(%s, %s) == %d, \"\");\n" % (name, member["name"], member["offset_bits"] // 8)
                with open(checked, "w", encoding="utf-8") as file:
                    file.write(text)
                agrees = subprocess.run([*command, "-w", "-fsyntax-only", checked], capture_output=True, text=True, check=False)
                failures.expect(agrees.returncode == 0 and text.count("_Static_assert") == 14, "%s -gdwarf-%s: %s", what, version, agrees.stderr[:300])
    failures.finish(at_least=len(BY_HAND) + 4)


main()
