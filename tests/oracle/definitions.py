# SPDX-License-Identifier: MIT
"""One class, told by some units in full and by others without the sizes of the classes in it: gcc only declares a class whose vtable is
in another unit. The witness is the source: every class here is one, but for Two, which has two definitions.
"""
import json
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

HEADER = """struct Base { virtual void f(); long v; };
struct Other { virtual void g(); char c; };
struct K : Base { char a; long b; };
struct ByVirtual : virtual Base { char a; };
struct Holds { Base base; char a; Other other; };
struct Arrays { char a; Base bases[3]; };
typedef volatile Base Named;
struct ByTypedef { Named named; char a; };
template <class T> struct Box : Base { T t; K k; };
namespace ns { struct In : Other, Base { struct Deep { Base b; char c; } deep; }; }
#define USES(n) K k##n; ByVirtual v##n; Holds h##n; Arrays r##n; ByTypedef d##n; Box<int> x##n; ns::In i##n;
"""
UNITS = {
    "a.cc": "#include \"h.h\"\nvoid Base::f() {}\nUSES(1)\nstruct Two { Base base; int x; }; Two two1;\n",
    "b.cc": "#include \"h.h\"\nvoid Other::g() {}\nUSES(2)\nstruct Two { Base base; char y; }; Two two2;\n",
    "c.cc": "#include \"h.h\"\nUSES(3)\nint main() { return sizeof(K); }\n",
}
ONE = ["Base", "Other", "K", "ByVirtual", "Holds", "Arrays", "ByTypedef", "Box<int>", "ns::In", "ns::In::Deep"]


def listed(strata, program):
    document = json.loads(strata.run("list", program, "--format", "json").stdout)
    return [(row["name"], row["copies"]) for row in document["types"]]


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    compilers = [name for name in ["g++"] + ["g++-%d" % version for version in range(11, 17)] + ["clang++"] if shutil.which(name)]
    if "g++" not in compilers:
        skip("no g++")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in dict(UNITS, **{"h.h": HEADER}).items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(folder, "rules"), "w", encoding="utf-8") as file:
            file.write("type K\n    max_size 1\n")
        for compiler in compilers:
            for option in ("-gdwarf-4", "-gdwarf-5", "-fdebug-types-section"):
                program = os.path.join(folder, "program")
                subprocess.run([compiler, "-g", option, "-o", program, *UNITS], cwd=folder, check=True)
                what = "%s %s" % (compiler, option)
                rows = listed(strata, program)
                for name in ONE:
                    copies = [count for row, count in rows if row == name]
                    failures.expect(len(copies) == 1, "%s: %s has %d definitions", what, name, len(copies))
                # clang calls both by one signature, and the linker keeps one.
                is_kept = "clang" in compiler and "types" in option
                failures.expect(is_kept or sum(row == "Two" for row, _ in rows) == 2, "%s: Two has two definitions: %s", what, rows)
                done = strata.run("check", program, "--rules", os.path.join(folder, "rules"), text=True)
                failures.expect(done.returncode == 1 and "1 of 1" in done.stdout, "%s: check: %s", what, done.stdout + done.stderr)
                shown = strata.run("show", program, "Box<int>", text=True)
                failures.expect(shown.returncode == 0 and "definition" not in shown.stdout, "%s: %s", what, shown.stdout)
    failures.finish(at_least=30)


main()
