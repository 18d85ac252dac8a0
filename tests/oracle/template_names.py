# SPDX-License-Identifier: MIT
"""Names of templates' instances where the debug information leaves the arguments out (clang -gsimple-template-names): the witness is the
same compiler without the option. What strata lists, shows and finds must be the same in both, whatever the DWARF version.
"""
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "template_names.cc")
COMPILERS = ["clang++"] + ["clang++-%d" % version for version in range(14, 23)]
OPTIONS = [["-gdwarf-5"], ["-gdwarf-4"], ["-gdwarf-5", "-fdebug-types-section"], ["-gdwarf-4", "-fdebug-types-section"], ["-O2", "-gdwarf-5"]]
USERS = "struct User {}; struct Order {}; template <class Tag> struct Id { long value; char kind; }; Id<User> u; Id<Order> o;\n"
BASES = """struct V { long v; };
template <class T> struct Left : virtual V { T left; };
template <class T> struct Both : Left<T>, virtual V { char more; Both() {} virtual ~Both() {} };
Both<int> both;
int main() {}
"""


def build(compiler, source, out, *options):
    return subprocess.run([compiler, "-std=c++20", "-g", "-w", *options, source, "-o", out], capture_output=True, text=True).returncode == 0


def lines_of(strata, *args):
    done = strata.run(*args, text=True)
    return sorted(done.stdout.splitlines())


def compare(strata, failures, folder, compiler, options):
    full, simple = os.path.join(folder, "full.o"), os.path.join(folder, "simple.o")
    if not build(compiler, SOURCE, full, "-c", *options) or not build(compiler, SOURCE, simple, "-c", "-gsimple-template-names", *options):
        return
    what = "%s %s" % (compiler, " ".join(options))
    known, found = lines_of(strata, "list", full), lines_of(strata, "list", simple)
    for line in sorted(set(known) ^ set(found)):
        failures.fail("%s: only %s: %s" % (what, "with the arguments" if line in known else "without", line))
    for line in known:
        failures.expect(line in found, "%s: %s", what, line)
    done = strata.run("diff", full, simple, text=True)
    failures.expect(done.returncode == 0 and done.stdout.startswith("0 changed, 0 added, 0 removed"), "%s: diff: %s", what, done.stdout[:300])
    # clang 21 leaves out the scope of A in full names, clang 14 does not.
    of_member = "ns::Box<int (%sA::*)(int) const>" % ("ns::" if any("ns::Box<int (ns::A::" in line for line in known) else "")
    for name in ["Pack<int (*(*)(int))(char)>", "ns::Box<int>", "ns::Box<int>::Node", "Pack<>", "Derived<int>", of_member]:
        shown = [strata.run("show", path, name, text=True).stdout.replace(path, "FILE") for path in (full, simple)]
        failures.expect(shown[0] and shown[0] == shown[1], "%s: show %s differs", what, name)


def compare_small(strata, failures, folder, compiler):
    path, simple, full = (os.path.join(folder, name) for name in ("small.cc", "small.o", "small-full"))
    with open(path, "w", encoding="utf-8") as file:
        file.write(USERS)
    if not build(compiler, path, simple, "-c", "-gsimple-template-names"):
        return
    listed = strata.run("list", simple, text=True).stdout
    for name in ("Id<User>", "Id<Order>"):
        failures.expect(name in listed, "%s: %s is not listed: %s", compiler, name, listed)
    # The place of a virtual base comes from the vtable, whose symbol is mangled from the full name.
    with open(path, "w", encoding="utf-8") as file:
        file.write(BASES)
    if build(compiler, path, simple, "-gsimple-template-names") and build(compiler, path, full):
        shown = [strata.run("show", program, "Both<int>", text=True).stdout for program in (full, simple)]
        failures.expect(shown[0] and shown[0] == shown[1], "%s: virtual bases: %s", compiler, shown[1])


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    compilers = [name for name in COMPILERS if shutil.which(name)]
    if not compilers:
        skip("no clang++")
    with tempfile.TemporaryDirectory() as folder:
        for compiler in compilers:
            for options in OPTIONS:
                compare(strata, failures, folder, compiler, options)
            compare_small(strata, failures, folder, compiler)
    failures.finish(at_least=300)


main()
