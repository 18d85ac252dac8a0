# SPDX-License-Identifier: MIT
"""Files without usable DWARF: the message names what is there and the option that helps, and the option does help."""
import os
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = "struct here { char a; long b; } here; int main(void) { return here.a; }\n"
# Compiler, options, what the message says; the compiler's name stands for itself where it is missing.
CASES = [
    ("gcc", ["-gstabs", "-c"], "stabs", ["-gdwarf-4", "-c"]),
    ("gcc", ["-gctf", "-c"], "CTF", ["-g", "-c"]),
    ("gcc", ["-flto", "-c"], ".gnu.lto_", ["-g", "-c"]),
    ("clang", ["-g", "-flto", "-c"], "LLVM bitcode", ["-g", "-c"]),
    ("clang", ["-g", "-flto=thin", "-c"], "LLVM bitcode", ["-g", "-c"]),
    ("gcc", ["-c"], "-g", ["-g", "-c"]),
]


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "x.c"), "w", encoding="utf-8") as file:
            file.write(SOURCE)
        for compiler, options, word, better in CASES:
            if not shutil.which(compiler):
                continue
            if subprocess.run([compiler, *options, "-o", "out", "x.c"], cwd=folder, capture_output=True, check=False).returncode:
                continue
            # gcc 13 and later know no stabs; some of them say so in a warning only.
            with open(os.path.join(folder, "out"), "rb") as file:
                if word == "stabs" and b".stab" not in file.read():
                    continue
            done = strata.run("list", os.path.join(folder, "out"), text=True)
            failures.expect(done.returncode == 2 and word in done.stderr, "%s %s: %d, %s", compiler, options, done.returncode, done.stderr)
            failures.expect(len(done.stderr.splitlines()) == 1, "%s %s: %s", compiler, options, done.stderr)
            for option in better:
                known = option in ("-c", "-flto") or option in options or option in done.stderr or re.search(r"without (-\w+ )?-g?s?p?l", done.stderr)
                failures.expect(known, "%s %s: %s is not said: %s", compiler, options, option, done.stderr)
            subprocess.run([compiler, *better, "-o", "out", "x.c"], cwd=folder, check=True)
            done = strata.run("show", os.path.join(folder, "out"), "here", text=True)
            failures.expect(done.returncode == 0 and "here" in done.stdout, "%s %s does not help: %s", compiler, better, done.stderr)
    failures.finish(at_least=8)


main()
