# SPDX-License-Identifier: MIT
"""Names on the command line: the end of a name stands for the one type that ends so; of several they are named; a name that is none is told,
the others are shown and the exit status is 2. The witness is the source.
"""
import json
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = """
namespace r { struct Data { char a; long b; }; namespace deep { struct Inner { int i; }; enum Kind { K1, K2 }; } }
namespace a { struct Node { int i; }; typedef r::Data Other; }
namespace b { struct Node { long l; }; template <class T> struct Box { T t; struct Part { T p; } part; }; }
namespace ns { struct Other2 { int i; }; }
struct demo { char c; }; typedef long Count; namespace c { typedef short Small; }
r::Data d; r::deep::Inner i; r::deep::Kind k; a::Node n; b::Node m; b::Box<int> x; a::Other o; demo e; Count f; c::Small g;
int main() {}
"""


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    compiler = shutil.which("g++") or skip("no g++")
    with tempfile.TemporaryDirectory() as folder:
        path, program = os.path.join(folder, "x.cc"), os.path.join(folder, "program")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SOURCE)
        subprocess.run([compiler, "-g", "-o", program, path], check=True)

        def shown(*names):
            done = strata.run("show", program, *names, "--format", "json")
            types = json.loads(done.stdout)["types"] if done.stdout else []
            return [row["name"] for row in types], done.returncode, done.stderr.decode()

        for asked, full in [("Data", "r::Data"), ("struct Data", "r::Data"), ("Inner", "r::deep::Inner"), ("deep::Inner", "r::deep::Inner"),
                            ("Kind", "r::deep::Kind"), ("Box<int>", "b::Box<int>"), ("Box< int >", "b::Box<int>"), ("Part", "b::Box<int>::Part"),
                            ("demo", "demo"), ("a::Node", "a::Node"), ("Other", "a::Other"), ("Small", "c::Small")]:
            names, status, said = shown(asked)
            failures.expect((names, status) == ([full], 0), "%s: %s, %d, %s", asked, names, status, said)
        names, status, said = shown("Node")
        failures.expect(status == 2 and not names and "a::Node" in said and "b::Node" in said, "Node: %s, %d, %s", names, status, said)
        for order in (("demo", "nosuch"), ("nosuch", "demo"), ("nosuch", "demo", "Node")):
            names, status, said = shown(*order)
            failures.expect((names, status) == (["demo"], 2) and "nosuch" in said, "%s: %s, %d, %s", order, names, status, said)
            failures.expect(len(said.splitlines()) == len(order) - 1, "%s: %s", order, said)
        for asked in ("ata", "eep::Inner", "int>", "x::Data", "nosuch"):
            names, status, said = shown(asked)
            failures.expect(status == 2 and not names and "no type" in said, "%s: %s, %d, %s", asked, names, status, said)
        # --first: of each name what is first in the file, whatever the number of threads; a record before a typedef.
        first, second = os.path.join(folder, "first.c"), os.path.join(folder, "second.c")
        with open(first, "w", encoding="utf-8") as file:
            file.write("struct apart { char c; } one; typedef struct late late; late *pointer; struct both { int b; } both;")
        with open(second, "w", encoding="utf-8") as file:
            file.write("struct apart { long l[3]; } two; struct late { short s; } there; struct both { int b; } again; int main(void) { return 0; }")
        subprocess.run([compiler, "-x", "c", "-g", "-fcommon", "-o", program + "-c", first, second, "-Wl,-z,muldefs"], check=True)
        for threads in ("1", "2", "5"):
            def named(*names, all_of=()):
                return [(row["name"], row["kind"], row["size_bytes"])
                        for row in json.loads(strata.run("show", "--threads", threads, "--format", "json", *all_of, program + "-c", *names).stdout)["types"]]
            every, some = named("apart", "both", "late"), named("apart", "both", "late", all_of=["--first"])
            failures.expect(len(every) == 4 and [row for i, row in enumerate(every) if row[0] not in [other[0] for other in every[:i]]] == some,
                            "--first: %s of %s", some, every)
            failures.expect(named("apart", all_of=["--first"]) == [("apart", "struct", 1)], "--first: %s", named("apart", all_of=["--first"]))
            failures.expect(named("late", all_of=["--first"]) == [("late", "struct", 2)], "--first: %s", named("late", all_of=["--first"]))
            failures.expect(named("*a*", all_of=["--first"]) == [row for i, row in enumerate(named("*a*")) if row[0] not in [other[0] for other in named("*a*")[:i]]],
                            "--first of a pattern")
            names = strata.run("show", "--first", program + "-c", "apart", "nosuch")
            failures.expect(names.returncode == 2 and b"nosuch" in names.stderr and b"apart" in names.stdout, "--first and a missing name")
        for command in (["list"], ["pack"], ["report", "-o", os.path.join(folder, "out.json")]):
            done = strata.run(command[0], *command[1:], program, *(["--type", "demo", "--type", "nosuch"] if command[0] == "report" else ["demo", "nosuch"]))
            failures.expect(done.returncode == 2 and b"nosuch" in done.stderr, "%s: %d, %s", command, done.returncode, done.stderr)
    failures.finish(at_least=20)


main()
