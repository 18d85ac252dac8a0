# SPDX-License-Identifier: MIT
"""D: unions without a name, whose members ldc writes among the others; the pointers to virtual tables, which are not recorded; alignments
that are not recorded, or wrongly. What the program itself says of its types is the witness.
"""
import json
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

SOURCE = """module facts;
import core.stdc.stdio;
struct Un { byte t; union { int i; double d; struct { short p; short q; } } byte z; }
struct Two { byte t; union { int i; short s; } union { long l; byte b; } byte z; }
struct Al { align(1): byte a; int b; align(16) short c; }
struct Tight { align(1): byte a; int b; short c; }
align(32) struct Big { byte x; }
struct Hold { byte a; Big b; short c; }
struct Plain { byte a; string s; real r; dchar d; bool[3] b; }
class Base { byte a; int x; void f() {} }
class Derived : Base { byte b; long y; Big g; }
interface I { void g(); } interface J { void h(); }
class Impl : Base, I, J { byte k; short s; override void f() {} void g() {} void h() {} }
class Only : Impl, I { override void g() {} }
extern(C++) class Cpp { byte a; int b; void f() {} }
__gshared Un g0; __gshared Two g1; __gshared Al g2; __gshared Tight g3; __gshared Big g4; __gshared Hold g5; __gshared Plain g6;
template List(T...) { alias List = T; }
extern(C) int main() {
    static foreach (T; List!(Un, Two, Al, Tight, Big, Hold, Plain)) {
        printf("struct %s %d %d\\n", T.stringof.ptr, cast(int) T.sizeof, cast(int) T.alignof);
        static foreach (i; 0 .. T.tupleof.length)
            printf("field %s %s %d\\n", T.stringof.ptr, __traits(identifier, T.tupleof[i]).ptr, cast(int) T.tupleof[i].offsetof);
    }
    static foreach (T; List!(Base, Derived, Impl, Only, Cpp)) {
        printf("class %s %d 0\\n", T.stringof.ptr, cast(int) __traits(classInstanceSize, T));
        static foreach (i; 0 .. T.tupleof.length)
            printf("field %s %s %d\\n", T.stringof.ptr, __traits(identifier, T.tupleof[i]).ptr, cast(int) T.tupleof[i].offsetof);
    }
    auto base = new Base, derived = new Derived, impl = new Impl, only = new Only, cpp = new Cpp;
    printf("table Impl %d\\n", cast(int) (cast(void*) cast(I) impl - cast(void*) impl));
    printf("table Impl %d\\n", cast(int) (cast(void*) cast(J) impl - cast(void*) impl));
    printf("table Only %d\\n", cast(int) (cast(void*) cast(I) only - cast(void*) only));
    printf("table Cpp 0\\n");
    return base.a + derived.b + cpp.a;
}
"""


def said_by(program):
    types, fields, tables = {}, {}, {}
    for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        kind, name, *rest = line.split()
        if kind == "field":
            fields.setdefault(name, {})[rest[0]] = int(rest[1])
        elif kind == "table":
            tables.setdefault(name, set()).add(int(rest[0]))
        else:
            types[name] = (kind, int(rest[0]), int(rest[1]))
    return types, fields, tables


def own_members(entry):
    return [member for member in entry["members"] if not member["depth"] and member["kind"] != "base"]


def check(strata, failures, label, program):
    types, fields, tables = said_by(program)
    document = json.loads(strata.run("show", program, "*", "--format", "json").stdout)
    found = {entry["name"].split("::")[-1]: entry for entry in document["types"] if entry["language"] == "d"}
    for name, (kind, size, align) in types.items():
        entry = found.get(name)
        if not failures.expect(entry is not None, "%s: %s is not told", label, name):
            continue
        # ldc 1.30 to 1.40 record classes as structs; the older ones round their sizes up.
        recorded = {size, -(-size // 8) * 8} if kind == "class" and entry["kind"] == "struct" else {size}
        failures.expect(entry["size_bytes"] in recorded, "%s: %s has %s bytes, not %d", label, name, entry["size_bytes"], size)
        if kind == "struct" and entry["align_bytes"] is not None:
            failures.expect(entry["align_bytes"] == align, "%s: %s aligns to %s, not %d", label, name, entry["align_bytes"], align)
        elif kind == "struct":
            failures.expect((entry.get("align_most_bytes") or align) >= align, "%s: %s aligns to %s at most, not %d", label, name, entry.get("align_most_bytes"), align)
        # gdc records the unions that have no name.
        offsets = {m["name"]: m["offset_bits"] // 8 for m in entry["members"]}
        for field, offset in fields.get(name, {}).items():
            if field not in offsets and None in offsets:
                continue
            failures.expect(offsets.get(field) == offset, "%s: %s.%s is at %s, not %d", label, name, field, offsets.get(field), offset)
        pointers = {m["offset_bits"] // 8 for m in own_members(entry) if m["name"] in ("__vptr", "__interface")}
        failures.expect(pointers == tables.get(name, set()), "%s: %s has tables at %s, not %s", label, name, pointers, tables.get(name))
    exact = [name for name in ("Un", "Two", "Plain", "Tight") if found.get(name, {}).get("align_bytes")]
    failures.expect(len(exact) >= 3, "%s: alignments are told of %s only", label, exact)
    text = strata.run("show", program, "facts::*", "Cpp", text=True).stdout
    failures.expect("contradicts" not in text, "%s: %s", label, text)
    verified = strata.run("verify", program)
    failures.expect(verified.returncode == 0, "%s: verify: %s", label, verified.stdout)


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "facts.d")
        with open(source, "w", encoding="utf-8") as file:
            file.write(SOURCE)
        for name, command in (("ldc2", ["ldc2", "-g", "-w", source, "-of=" + os.path.join(folder, "ldc2")]),
                              ("gdc", ["gdc", "-g", source, "-o", os.path.join(folder, "gdc")])):
            if not shutil.which(name):
                continue
            built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if failures.expect(built.returncode == 0, "%s does not build: %s", name, built.stderr[:300]):
                check(strata, failures, name, os.path.join(folder, name))
    if not failures.compared:
        skip("neither ldc2 nor gdc")
    failures.finish(at_least=30)


main()
