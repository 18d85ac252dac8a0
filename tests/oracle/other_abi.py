# SPDX-License-Identifier: MIT
"""strata browse --abi against compilers: random types, compiled for one machine and laid out by the rules of others, lie where clang for
those machines puts them (and gcc -m32). It need not lay out all of them, but must say why.

    other_abi.py --strata S --fixtures F [--seed N]
"""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

TYPES_COUNT = 30
# Our names, and clang's.
TARGETS = {"i386": "i386-linux-gnu", "x32": "x86_64-linux-gnux32", "aarch64": "aarch64-linux-gnu", "arm": "armv7-linux-gnueabihf",
           "riscv64": "riscv64-linux-gnu", "riscv32": "riscv32-linux-gnu", "ppc64": "powerpc64le-linux-gnu", "s390x": "s390x-linux-gnu",
           "mips64": "mips64el-linux-gnuabi64", "mips": "mipsel-linux-gnu", "sparc64": "sparc64-linux-gnu", "loongarch": "loongarch64-linux-gnu"}
PRELUDE = """struct odd { char bytes[3]; };
struct pair { double x; char y; };
struct mixed { char c; long l; short s; };
union both { short s[3]; long l; };
enum colour { red, green };
typedef __INT64_TYPE__ int64_t;
typedef long word;
"""
KINDS = ["char {}", "short {}", "int {}", "long {}", "long long {}", "unsigned long {}", "double {}", "float {}[3]", "void *{}", "char {}[5]",
         "struct odd {}", "struct pair {}", "struct mixed {}[2]", "union both {}", "enum colour {}", "int64_t {}", "word {}", "long double {}",
         "int (*{})(long)", "const char *{}[2]", "struct {{ long a; char b; }} {}", "int {} __attribute__((aligned(32)))"]
BITS = ["unsigned {} : 3", "int {} : 17", "unsigned char {} : 5", "unsigned short {} : 9", "unsigned long {} : 20"]


def declare(rng, number):
    fields = []
    for i in range(rng.randint(2, 8)):
        kind = rng.choice(BITS) if rng.random() < 0.15 else rng.choice(KINDS)
        fields.append(kind.format("m%d" % i) + ";")
    return "%s t%02d { %s };\n" % (rng.choice(["struct"] * 5 + ["union"]), number, " ".join(fields))


def compile_for(folder, name, command, source):
    path = os.path.join(folder, name + ".o")
    done = subprocess.run([*command, "-g", "-gdwarf-5", "-w", "-c", "-o", path, source], capture_output=True, text=True, check=False)
    return path if done.returncode == 0 else None


def truth(strata, path):
    document = json.loads(strata.run("show", path, "/^t[0-9]+$/", "--format", "json").stdout)
    return {each["name"]: (each["size_bytes"], {member["name"]: member["offset_bits"] for member in each["members"] if member["depth"] == 0 and member["name"]})
            for each in document["types"]}


ROW = re.compile(r"^.{2} *(\d+)(?::(\d))? +(?::?\d+|\[\]) +\d+ +(?:\d+ *)?[▸▾]? *(m\d+) ")


def relaid(strata, path, abi, names):
    """What the screen says of each type: its size and its members' offsets in bits; or why not."""
    done = strata.run("browse", path, "--abi", abi, "--unicode", "--size", "180x60", "--frames", "--keys", "/ t <Enter> <Tab> " + "<Down> " * (len(names) - 1),
                      env={**os.environ, "LC_ALL": "C.UTF-8"})
    found = {}
    for frame in done.stdout.decode().split("\n--- "):
        pages = [line.split("│")[-1] if "│" in line else line.split("┬")[-1] for line in frame.split("\n")]
        title = next((re.search(r"── (?:([\w-]+): )?(?:struct|union) (t\d+) ", line) for line in pages if re.search(r"(?:struct|union) t\d+ ─", line)), None)
        if not title:
            continue
        reason = next((line for line in pages if "not laid out" in line), None)
        if reason or title[1] != abi:
            found[title[2]] = reason.strip() if reason else None
            continue
        size = next(re.match(r" (\d+) bytes?", line) for line in pages if re.match(r" \d+ bytes?,", line))
        rows = [ROW.match(line) for line in pages]
        found[title[2]] = (int(size[1]), {row[3]: 8 * int(row[1]) + int(row[2] or 0) for row in rows if row})
    return found


def main():
    options = arguments("seed")
    if not shutil.which("clang"):
        skip("no clang")
    rng, strata, failures = random.Random(int(options.seed or 5)), Strata(options.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "types.c")
        names = ["t%02d" % i for i in range(TYPES_COUNT)]
        with open(source, "w", encoding="utf-8") as file:
            declared = [declare(rng, i) for i in range(TYPES_COUNT)]
            # A compiler describes what is used.
            file.write(PRELUDE + "".join(declared) + "".join("%s keep%d;\n" % (text.split(" {")[0], i) for i, text in enumerate(declared)))
        own = compile_for(folder, "own", ["clang", "--target=x86_64-linux-gnu"], source)
        compilers = {abi: ["clang", "--target=" + target] for abi, target in TARGETS.items()}
        compilers["i386 by gcc"] = ["gcc", "-m32"]
        compared = 0
        for name, command in compilers.items():
            path = compile_for(folder, re.sub(r"\W", "-", name), command, source)
            if not path:
                print("SKIPPED %s: this compiler has no such target" % name)
                continue
            wanted, found = truth(strata, path), relaid(strata, own, name.split()[0], names)
            failures.expect(set(found) == set(names), "%s: %s are not on the screen", name, sorted(set(names) - set(found)))
            laid_out = {key: value for key, value in found.items() if isinstance(value, tuple)}
            failures.expect(2 * len(laid_out) >= len(names), "%s: only %s of %s are laid out", name, len(laid_out), len(names))
            for key, (size, offsets) in laid_out.items():
                failures.expect(size == wanted[key][0], "%s: %s has %s bytes, the compiler says %s", name, key, size, wanted[key][0])
                failures.expect(offsets == wanted[key][1], "%s: %s lies at %s, the compiler says %s", name, key, offsets, wanted[key][1])
            compared += 1
        failures.expect(compared >= 3, "too few compilers")
    failures.finish(at_least=100)


main()
