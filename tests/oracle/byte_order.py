# SPDX-License-Identifier: MIT
"""Byte orders against the compiler: gcc's scalar_storage_order, and Ada's. A program stores 1 in each member and looks where in memory it went;
strata must say so of exactly those members, and diff must see that nothing else changed.
"""
import json
import os
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, skip

MEMBERS = [("unsigned short", "len"), ("u32", "seq"), ("float", "f"), ("const volatile u32", "cv"), ("long long", "ll"), ("char", "c"), ("void *", "p"), ("double", "d")]
TEXT = """#include <stdio.h>
#include <string.h>
typedef unsigned int u32;
struct %(order)s Hdr { %(fields)s u32 m[2][2]; int bits : 4, more : 12; };
struct Holder { char a; struct Hdr hdr; int plain; } holder;
int main(void) {
%(probes)s
    { struct Hdr h = { .m = { { 1 } } }; unsigned plain = 1; unsigned char *at = (unsigned char *)&h + __builtin_offsetof(struct Hdr, m); printf("m %%d\\n", memcmp(at, &plain, 4) != 0); }
    return 0;
}
"""
ADA = """with System; with Interfaces; use Interfaces;
procedure Order is
   type Hdr is record Len : Unsigned_16; Seq : Unsigned_32; end record;
   for Hdr use record Len at 0 range 0 .. 15; Seq at 4 range 0 .. 31; end record;
   for Hdr'Bit_Order use System.%(order)s_Order_First;
   for Hdr'Scalar_Storage_Order use System.%(order)s_Order_First;
   H : Hdr := (1, 2);
   pragma Volatile (H);
begin
   H.Len := 3;
end Order;
"""


def value_of(kind):
    # No value of a pointer is fit to be looked at: pointers are never turned round.
    return "(void *)1" if "*" in kind else "1"


def build(folder, stem, order, compiler):
    fields = " ".join("%s %s;" % member for member in MEMBERS)
    probes = ""
    for kind, name in MEMBERS:
        initial = "{ .%s = %s }" % (name, value_of(kind))
        # The same value in a plain object: equal bytes are not turned round.
        probes += ("    { struct Hdr h = %s; %s plain = %s; unsigned char *at = (unsigned char *)&h + __builtin_offsetof(struct Hdr, %s);"
                   ' printf("%s %%d\\n", memcmp(at, (void *)&plain, sizeof plain) != 0); }\n') % (initial, kind, value_of(kind), name, name)
    path, program = os.path.join(folder, stem + ".c"), os.path.join(folder, stem)
    attribute = '__attribute__((scalar_storage_order("%s-endian")))' % order if order else ""
    with open(path, "w", encoding="utf-8") as file:
        file.write(TEXT % {"order": attribute, "fields": fields, "probes": probes})
    if subprocess.run([compiler, "-g", "-w", "-o", program, path], check=False).returncode:
        return None, None
    out = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return program, {line.split()[0]: line.split()[1] == "1" for line in out.splitlines()}


def orders(strata, program, name):
    document = json.loads(strata.run("show", program, name, "--format", "json").stdout)
    return {row["name"]: row.get("byte_order") for row in document["types"][0]["members"]}


def check_c(strata, failures, folder, compiler):
    plain, plain_facts = build(folder, "plain", "", compiler)
    for order in ("big", "little"):
        program, facts = build(folder, order, order, compiler)
        if not program:
            continue
        found = orders(strata, program, "Hdr")
        for name, is_swapped in facts.items():
            failures.expect(found[name] == (order + "-endian" if is_swapped else None), "%s: %s: %s is %s, swapped %s", compiler, order, name, found[name], is_swapped)
        changed = sorted(name for name in facts if facts[name] != plain_facts[name])
        done = strata.run("diff", plain, program, "Hdr", "--format", "json")
        types = json.loads(done.stdout)["types"]
        said = sorted((row["new"] or {}).get("name") for row in types[0]["members"]) if types else []
        expected = sorted(changed + (["bits", "more"] if changed else []))
        failures.expect(said == expected, "%s: diff to %s: %s, not %s", compiler, order, said, expected)
        failures.expect(done.returncode == (1 if changed else 0), "%s: diff to %s exits %d", compiler, order, done.returncode)


def check_ada(strata, failures, folder):
    found = []
    for order in ("High", "Low"):
        path = os.path.join(folder, order.lower(), "order.adb")
        os.mkdir(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write(ADA % {"order": order})
        if subprocess.run(["gnatmake", "-q", "-g", "order.adb"], cwd=os.path.dirname(path), capture_output=True, check=False).returncode:
            return
        found.append(os.path.join(os.path.dirname(path), "order"))
    high, low = (orders(strata, program, "order()::order__hdr") for program in found)
    failures.expect(set(high.values()) == {"big-endian"}, "Ada: high order first: %s", high)
    failures.expect(set(low.values()) == {None}, "Ada: low order first: %s", low)
    failures.expect(strata.run("diff", *found, "order()::order__hdr").returncode == 1, "Ada: diff sees nothing")


def main():
    args = arguments()
    strata, failures = Strata(args.strata), Failures()
    compilers = [name for name in ["gcc"] + ["gcc-%d" % version for version in range(9, 17)] if shutil.which(name)]
    if not compilers:
        skip("no gcc")
    with tempfile.TemporaryDirectory() as folder:
        for compiler in compilers:
            check_c(strata, failures, folder, compiler)
        if shutil.which("gnatmake"):
            check_ada(strata, failures, folder)
    failures.finish(at_least=20)


main()
