# SPDX-License-Identifier: MIT
"""Structs, unions and enumerations without a tag that only variables hold, against gdb: what it says of the variable's type is what strata
shows by the variable's name.
"""
import json
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = """
struct tagged { char a; long b; } plain;
typedef struct { char a; int b; } Named;
Named named;
struct { char flag; long counter; char state; } board;
static union { int i; char raw[7]; } scratch[4][2];
struct { short s; struct { char deep; double d; } in; } *pointer;
static const volatile struct { long long l; char c; } qualified = { 1, 2 };
enum { LOW = 3, HIGH = 9 } level;
struct { char only; } twice, again;
extern struct { int declared; char c; } elsewhere;
#ifdef __cplusplus
namespace ns { struct { char c; long n; } spaced; static struct { short s; } quiet; }
struct Holder { static struct { int x; } within; };
#define MORE ns::spaced.c + ns::quiet.s
#else
#define MORE 0
#endif
int counting(int by) {
    static struct { char c; long n; short s; } counters;
    { static const union { int i; char raw[7]; } inside[3] = { { 1 } }; by += inside[1].i; }
    counters.n += by;
    return (int)counters.n;
}
int main(void) { return counting(1) + board.flag + scratch[1][0].i + (int)qualified.l + level + plain.a + named.a + twice.only + again.only + (pointer ? pointer->s + (int)pointer->in.d : 0) + MORE; }
"""
NAMES = ["board", "scratch", "pointer", "qualified", "twice"]
LOCAL = {"counters": "'%s'::counters"}  # statics of functions, as gdb calls them


def gdb_says(program, expression):
    script = "python t = gdb.parse_and_eval('%s').type.strip_typedefs()\n" % expression
    script += "python\nwhile t.code in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_PTR): t = t.target().strip_typedefs()\n"
    script += "print('SIZE %d' % t.sizeof)\nfor f in t.fields(): print('FIELD %s %d' % (f.name, f.bitpos))\nend\n"
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as file:
        file.write(script)
        file.flush()
        out = subprocess.run(["gdb", "-nx", "-batch", "-x", file.name, program], capture_output=True, text=True, check=False).stdout
    size = [int(line.split()[1]) for line in out.splitlines() if line.startswith("SIZE")]
    return size and (size[0], [(line.split()[1], int(line.split()[2])) for line in out.splitlines() if line.startswith("FIELD")])


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    if not shutil.which("gdb"):
        skip("no gdb")
    with tempfile.TemporaryDirectory() as folder:
        for compiler in [name for name in ("gcc", "clang", "g++", "clang++") if shutil.which(name)]:
            for option in ("-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-4 -fdebug-types-section", "-gdwarf-5 -fdebug-types-section"):
                cplusplus = "++" in compiler
                path, program = os.path.join(folder, "x.cc" if cplusplus else "x.c"), os.path.join(folder, "program")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(SOURCE)
                subprocess.run([compiler, "-g", *option.split(), "-w", "-o", program, path], check=True)
                what = "%s %s" % (compiler, option)
                rows = json.loads(strata.run("list", program, "--format", "json").stdout)["types"]
                listed = [row["name"] for row in rows]
                for name in NAMES + (["ns::spaced", "ns::quiet"] if cplusplus else []):
                    failures.expect(listed.count(name) == 1, "%s: %s is listed %d times", what, name, listed.count(name))
                    done = strata.run("show", program, name, "--format", "json")
                    types = json.loads(done.stdout)["types"] if done.returncode == 0 else []
                    if not failures.expect(len(types) == 1, "%s: show %s: %s", what, name, done.stderr):
                        continue
                    said = gdb_says(program, name)
                    fields = [(row["name"], row["offset_bits"]) for row in types[0]["members"] if row["depth"] == 0]
                    failures.expect(said == (types[0]["size_bytes"], fields), "%s: %s: gdb says %s, strata %s", what, name, said, fields)
                scope = "counting()::" if cplusplus else ""
                for name, expression in LOCAL.items():
                    done = strata.run("show", program, scope + name, "--format", "json")
                    types = json.loads(done.stdout)["types"] if done.returncode == 0 else []
                    if failures.expect(len(types) == 1 and listed.count(scope + name) == 1, "%s: show %s: %s", what, scope + name, done.stderr):
                        said = gdb_says(program, expression.replace("'", "\\'") % ("counting(int)" if cplusplus else "counting"))
                        fields = [(row["name"], row["offset_bits"]) for row in types[0]["members"]]
                        failures.expect(said == (types[0]["size_bytes"], fields), "%s: %s: gdb says %s, strata %s", what, name, said, fields)
                failures.expect(listed.count(scope + "inside") == 1, "%s: inside a block: %s", what, listed)
                failures.expect(listed.count("Named") == 1 and "named" not in listed and "plain" not in listed, "%s: %s", what, listed)
                done = strata.run("show", program, "level", "--format", "json")
                shown = json.loads(done.stdout)["types"][0] if done.returncode == 0 else {"enumerators": []}
                failures.expect([item["value"] for item in shown["enumerators"]] == [3, 9], "%s: level: %s", what, shown)
    failures.finish(at_least=100)


main()
