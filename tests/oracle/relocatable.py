# SPDX-License-Identifier: MIT
"""Objects of every machine that a compiler here makes code for: what strata reads in them is put to the same compiler as assertions.
"""
import glob
import json
import os
import re
import shutil
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


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
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
    failures.finish(at_least=4)


main()
