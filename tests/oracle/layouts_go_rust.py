# SPDX-License-Identifier: MIT
"""Random structs of Go and Rust: what strata says of size, alignment and offsets against unsafe, reflect and core::mem, printed by the
program itself.

    layouts_go_rust.py --strata S --fixtures F [STRATA_DEEP=1: two thousand structs each; STRATA_SEED=N]
"""
import os
import random
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, go_toolchains, skip

given = arguments()
failures = Failures()
strata = Strata(given.strata)
DEEP = os.environ.get("STRATA_DEEP") == "1"
SEED = int(os.environ.get("STRATA_SEED", "1"))
COUNT = 2000 if DEEP else 150

GO_TYPES = ["bool", "int8", "int16", "int32", "int64", "string", "[]byte", "[3]byte", "*int", "float64", "complex64", "complex128", "struct{}",
            "map[string]int", "[5]int16", "interface{}", "error", "func(int) string", "chan int", "[0]int64", "uintptr", "[2]string", "[1]struct{}",
            "atomic.Int64", "atomic.Uint32", "atomic.Bool", "struct { a int8; b int64 }"]
RUST_TYPES = ["u8", "u16", "u32", "u64", "u128", "i8", "[u8; 3]", "*const u8", "f64", "bool", "char", "[u16; 5]", "Option<u32>", "Option<Box<u8>>",
              "&'static str", "String", "Vec<u64>", "(u8, u32)", "()", "[u64; 0]", "std::num::NonZeroU16", "Box<dyn Fn(u8) -> u8>"]
RUST_HEADS = ["#[repr(C)]", "#[repr(C)]", "", "#[repr(C, packed)]", "#[repr(C, packed(2))]", "#[repr(C, align(16))]", "#[repr(align(32))]", "#[repr(packed(4))]"]


def fields(rng, types, names):
    return [(i, rng.choice(types) if not names or rng.random() < 0.8 else rng.choice(names)) for i in range(rng.randint(1, 7))]


def go_source(rng):
    """The program prints "S3 size align f0 offset …" by unsafe and by reflect, which must agree with each other."""
    lines, prints, names = ["package main", 'import ("fmt"; "reflect"; "sync/atomic"; "unsafe")', "var _ atomic.Int64"], [], []
    for number in range(COUNT):
        name = "S%d" % number
        members = fields(rng, GO_TYPES, names[-10:])
        lines.append("type %s struct { %s }" % (name, "; ".join("f%d %s" % member for member in members)))
        offsets = ", ".join("unsafe.Offsetof(v.f%d)" % i for i, _ in members)
        prints.append("func p%d() { v := new(%s); show(v, []uintptr{unsafe.Sizeof(*v), unsafe.Alignof(*v), %s}) }" % (number, name, offsets))
        names.append(name)
    lines += prints
    lines.append("""func show(v interface{}, told []uintptr) {
	t := reflect.TypeOf(v).Elem()
	if t.Size() != told[0] || uintptr(t.Align()) != told[1] { panic(t.Name()) }
	for i := 0; i < t.NumField(); i++ { if t.Field(i).Offset != told[2 + i] { panic(t.Name()) } }
	fmt.Println("main." + t.Name(), told)
}""")
    lines.append("func main() { %s }" % "; ".join("p%d()" % n for n in range(COUNT)))
    return "\n".join(lines)


def rust_source(rng):
    lines, prints, names = [], [], []
    for number in range(COUNT):
        name, head = "S%d" % number, rng.choice(RUST_HEADS)
        members = fields(rng, RUST_TYPES, [] if "packed" in head else names[-10:])
        lines.append("%s pub struct %s { %s }" % (head, name, ", ".join("pub f%d: %s" % member for member in members)))
        if "packed" not in head:
            names.append(name)
        # Without offset_of! (Rust 1.77) and black_box (1.66): Debian 12 has 1.63.
        offsets = ", ".join("unsafe { std::ptr::addr_of!((*at).f%d) } as usize - at as usize" % i for i, _ in members)
        prints.append("#[inline(never)] fn p%d(v: Option<&%s>) { let place = std::mem::MaybeUninit::<%s>::uninit(); let at = place.as_ptr(); "
                      "println!(\"x::%s {:?}\", [std::mem::size_of::<%s>(), std::mem::align_of::<%s>(), %s]); unsafe { std::ptr::read_volatile(&v); } }" % (
                          number, name, name, name, name, name, offsets))
    return "\n".join(lines + prints + ["fn main() { %s }" % " ".join("p%d(None);" % n for n in range(COUNT))])


def compare(label, path, output):
    types = {t["name"]: t for t in strata.layouts(path)["types"]}
    facts = absent = 0
    for line in output.splitlines():
        name, _, numbers = line.partition(" ")
        size, align, *offsets = [int(n) for n in numbers.strip("[]").replace(",", " ").split()]
        entry = types.get(name)
        if not entry:
            absent += 1
            continue
        failures.expect(entry["size_bytes"] == size, "%s %s: size %d, strata says %s", label, name, size, entry["size_bytes"])
        failures.expect(entry["align_bytes"] in (None, align), "%s %s: align %d, strata says %s (%s)", label, name, align, entry["align_bytes"], entry["align_source"])
        members = {m["name"]: m for m in entry["members"] if not m["depth"]}
        for i, offset in enumerate(offsets):
            told = members.get("f%d" % i)
            failures.expect(told is not None and told["offset_bits"] == 8 * offset, "%s %s.f%d: at %d, strata says %s", label, name, i, offset, told)
        facts += 2 + len(offsets)
    abi = strata.run("verify", "--format", "json", path)
    failures.expect(b'"differs":0' in abi.stdout, "%s: verify: %s", label, abi.stdout[:300])
    failures.expect(absent < COUNT // 5, "%s: %d of %d structs are not told", label, absent, COUNT)
    print("%-24s %5d structs %6d facts, %d not in the file" % (label, COUNT - absent, facts, absent))


def build_and_compare(label, words, source, suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        text, path = os.path.join(folder, "x" + suffix), os.path.join(folder, "x")
        with open(text, "w") as file:
            file.write(source)
        done = subprocess.run([*words, path, text], capture_output=True, text=True, **options)
        if failures.expect(done.returncode == 0, "%s: %s", label, done.stderr[:400]):
            compare(label, path, subprocess.run([path], capture_output=True, text=True).stdout)


def main():
    rng, found = random.Random(SEED), False
    for version, go in go_toolchains(given.fixtures):
        if found and not DEEP:
            continue
        for machine in ("amd64", "386") if DEEP else ("amd64",):
            environment = dict(os.environ, GO111MODULE="off", GOARCH=machine, GOCACHE=os.environ.get("STRATA_GOCACHE") or os.path.join(tempfile.gettempdir(), "strata-go-cache"))
            build_and_compare("go %s %s" % (version, machine), [go, "build", "-o"], go_source(rng), ".go", env=environment)
        found = True
    # The usual one, and Debian's where that is another one: releases differ (u128 aligns to 8 before 1.77).
    for rustc in {os.path.realpath(one): one for one in (shutil.which("rustc"), shutil.which("/usr/bin/rustc")) if one}.values():
        version = subprocess.run([rustc, "--version"], capture_output=True, text=True).stdout.split()[1:2]
        build_and_compare("rustc %s" % "".join(version), [rustc, "-A", "warnings", "-g", "-o"], rust_source(rng), ".rs")
        found = True
    if not found:
        skip("neither Go nor rustc")
    failures.finish(at_least=100)


main()
