# SPDX-License-Identifier: MIT
"""Alignments, primary bases and printed source, case by case, each asked of the compiler that made the file."""

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments

given = arguments()
failures = Failures()
strata = Strata(given.strata)


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, **options)


class Program:
    """A compiled text; None as `path` when this compiler does not take it."""

    def __init__(self, folder, name, compiler, text, suffix, *options):
        self.source, self.path = os.path.join(folder, name + suffix), os.path.join(folder, name + "-" + os.path.basename(compiler))
        self.compiler, self.options = compiler, options
        with open(self.source, "w") as file:
            file.write(text)
        done = run(compiler, "-w", "-g", *options, self.source, "-o", self.path)
        if done.returncode != 0:
            self.path = None

    def types(self):
        return {t["name"]: t for t in strata.layouts(self.path)["types"]} if self.path else {}

    def verified(self):
        return json.loads(strata.run("verify", "--all", "--format", "json", self.path).stdout)["parts"][0]["abi"]

    def packed_source(self, *names):
        return strata.run("pack", self.path, *names).stdout.decode()

    def pack(self, name):
        return json.loads(strata.run("pack", "--format", "json", self.path, name).stdout)["types"][0]


def told(program):
    """"NAME size align" a line, as the program itself prints."""
    out = {}
    for line in run(program.path).stdout.splitlines():
        name, size, align = line.split()
        out[name] = (int(size), int(align))
    return out


def compare(program, label):
    types = program.types()
    for name, (size, align) in told(program).items():
        entry = types.get(name, {})
        failures.expect(entry.get("size_bytes") == size and entry.get("align_bytes") == align, "%s: %s is %d bytes, align %d; strata says %s (%s)",
                        label, name, size, align, (entry.get("size_bytes"), entry.get("align_bytes")), entry.get("align_source"))


MAIN = '\nint main(void) { %s return 0; }\n'


def main_of(*names, keyword="struct "):
    return MAIN % " ".join('__builtin_printf("%s %%d %%d\\n", (int)sizeof(%s%s), (int)__alignof__(%s%s));' % (n, keyword, n, keyword, n) for n in names)


def packed_members(folder, compiler):
    text = """struct Frame { char kind; int seq __attribute__((packed)); int crc; };
struct Frame2 { char kind; long seq __attribute__((packed)); int crc; char t; };
struct Queue { char head; struct Frame f; };
struct Table { char n; struct Frame f[2]; char end; };
struct Lower { char c; long long m __attribute__((aligned(1))); short s; };
struct Wide { long a; char b; long double m __attribute__((aligned(8))); char c; long l; };
struct Frame a; struct Frame2 b; struct Queue q; struct Table t; struct Lower l; struct Wide w;""" + main_of("Frame", "Frame2", "Queue", "Table", "Lower", "Wide")
    program = Program(folder, "packed", compiler, text, ".c")
    compare(program, "packed members, " + compiler)
    failures.expect(program.verified()["differs"] == 0, "packed members, %s: verify", compiler)
    failures.expect(program.pack("Wide")["savings_bytes"] == 0, "%s: a long double does not align to 8", compiler)


def wide_bit_integers(folder, compiler):
    text = """struct Key { char tag; _BitInt(128) id; char last; };
struct Acc { unsigned _BitInt(65) sum; int n; };
struct Order { char c; _BitInt(128) w; short s; long k; };
struct Key k; struct Acc a; struct Order w;""" + main_of("Key", "Acc", "Order")
    program = Program(folder, "bits", compiler, text, ".c", "-std=c2x")
    if not program.path:
        return
    compare(program, "_BitInt, " + compiler)
    abi = program.verified()
    failures.expect(abi["agrees"] == 3, "_BitInt, %s: %s", compiler, abi)
    failures.expect(program.pack("Order")["best_size_bytes"] == 32, "_BitInt, %s: %s", compiler, program.pack("Order"))


def odd_atomics(folder, compiler):
    """clang pads them and gcc does not; nothing in the debug information tells, so no alignment may be wrong and verify must not fail."""
    text = """typedef struct { char r, g, b; } Rgb;
struct Slot { char tag; _Atomic Rgb px; char end; };
struct Strip { _Atomic Rgb px[3]; char end; };
struct Slot s; struct Strip t;""" + main_of("Slot", "Strip")
    program = Program(folder, "atomics", compiler, text, ".c", "-std=c11")
    types = program.types()
    for name, (size, align) in told(program).items():
        failures.expect(types[name]["size_bytes"] == size and types[name]["align_bytes"] in (None, align), "odd atomics, %s: %s is %d, align %d", compiler, name, size, align)
    failures.expect(program.verified()["differs"] == 0, "odd atomics, %s: verify", compiler)


def declared_bases(folder, compiler):
    library = os.path.join(folder, "q.o")
    with open(os.path.join(folder, "q.cpp"), "w") as file:
        file.write("struct Q { virtual ~Q(); void *d; }; Q::~Q() {}\n")
    run(compiler, "-c", os.path.join(folder, "q.cpp"), "-o", library)
    text = """struct Q { virtual ~Q(); void *d; };
struct W : Q { W(); };
struct C : W { int *p; char a; long b; char c; };
struct H { int code; W w; char z; long l; char y; };
W::W() {}
int main(int n, char **) { if (n > 9) { C *c = new C; H *h = new H; return c->a + h->z; } return 0; }
"""
    program = Program(folder, "declared", compiler, text, ".cpp", library, "-no-pie")
    types = program.types()
    for name in ("W", "C", "H"):
        entry = types[name]
        failures.expect(not entry["packed"], "%s: %s is not packed", compiler, name)
        failures.expect(entry["align_bytes"] in (None, 8), "%s: %s aligns to 8, strata says %s", compiler, name, entry["align_bytes"])
    orders = "".join("static_assert(sizeof(%s_) == %d);\n" % (n, program.pack(n)["best_size_bytes"]) for n in ("C", "H"))
    source = program.packed_source("C", "H").replace("struct C ", "struct C_ ").replace("struct H ", "struct H_ ")
    done = run(compiler, "-std=c++20", "-x", "c++", "-fsyntax-only", "-", input="struct Q { virtual ~Q(); void *d; }; struct W : Q { W(); };\n" + source + orders)
    failures.expect(done.returncode == 0, "%s: orders over a declared base: %s", compiler, done.stderr[:300])
    failures.expect(program.pack("C")["best_size_bytes"] == 40 and program.pack("H")["best_size_bytes"] == 32, "%s: C and H can be 40 and 32", compiler)


def classes(folder, compiler):
    text = """struct A { int x; };
struct I { virtual void f(); virtual ~I(); int y; }; void I::f() {} I::~I() {}
struct PrimarySecond : A, I { char z; };
struct Sink { virtual void put(int) = 0; };
struct Filter : virtual Sink { int level; };
struct Buffered : virtual Sink { long mark; short n; };
struct Both : Filter, Buffered { char c; void put(int) override {} };
struct Thick : virtual Sink { virtual void more(); int k; }; void Thick::more() {}
struct R { virtual ~R(); int ref; }; R::~R() {}
struct F { virtual ~F(); void *d; }; F::~F() {}
struct TaskBase : F, R { };
struct Task : TaskBase { bool result; };
struct BT { int a; char b; protected: char q; };
struct BF : BT { unsigned a2 : 3; long b2 : 40; };
struct E1 {}; struct E2 {};
struct NUA { [[no_unique_address]] E1 a; [[no_unique_address]] E2 b; int x; };
struct MapBase { double *p; char rows; protected: char q; };
struct Map : MapBase { E2 m_stride; };
struct Fv : E1 { [[no_unique_address]] E2 p; int v; };
struct Cw : E1 { E1 m; double *x; };
struct Deep : E1 { Cw held; };
PrimarySecond ps; Both both; Task t; BF bf; NUA nua; Map mp; Fv fv; Cw cw; Deep deep; Filter *filter; Thick *thick;
""" + main_of("PrimarySecond", "Filter", "Buffered", "Both", "Thick", "Task", "BF", "NUA", "Map", "Fv", "Cw", "Deep", keyword="")
    program = Program(folder, "classes", compiler, text, ".cpp", "-std=c++20", "-fno-eliminate-unused-debug-types")
    compare(program, "classes, " + compiler)
    abi = program.verified()
    failures.expect(abi["differs"] == 0 and abi["undecided"] == 0, "classes, %s: %s", compiler,
                    [(r["name"], r["verdict"], r["differences"]) for r in abi["rows"] if r["verdict"] in ("differs", "undecided")])
    filter_type = program.types()["Filter"]
    sink = next(m for m in filter_type["members"] if m["name"] == "Sink")
    failures.expect(sink["offset_bits"] == 0, "%s: Sink is the primary base of Filter, at 0: %s", compiler, sink)
    failures.expect([g["kind"] for g in filter_type["gaps"]] == ["tail_padding"], "%s: Filter has no hole: %s", compiler, filter_type["gaps"])


def complex_source(folder, compiler):
    text = "struct C { char a; double _Complex z; char b; float _Complex f[2]; long double _Complex l; char c; };\nstruct C c; int main(void) { return 0; }\n"
    program = Program(folder, "complex", compiler, text, ".c")
    done = run(compiler, "-x", "c", "-fsyntax-only", "-", input=program.packed_source("C") + "_Static_assert(sizeof(struct C) == %d, \"\");" % program.pack("C")["best_size_bytes"])
    failures.expect(done.returncode == 0, "complex types, %s: %s", compiler, done.stderr[:300])


def rust(folder):
    rustc = shutil.which("rustc")
    if not rustc:
        return
    text = """use std::cell::RefCell; use std::collections::{BTreeMap, HashMap}; use std::rc::Rc; use std::sync::{Arc, Mutex};
mod inner { pub struct Hidden(pub u8); }
#[repr(C)] pub struct S { a: u8, v: Vec<u8>, b: u8, n: std::sync::atomic::AtomicU32, s: &'static str, c: u8, f: Box<dyn Fn(u8) -> u8>,
  o: Option<Box<u8>>, t: (u8, u32), d: u8, m: HashMap<String, Vec<u8>>, e: u8, tree: BTreeMap<u8, u16>, g: u8, r: Rc<RefCell<u8>>,
  x: Arc<Mutex<String>>, y: u8, p: fn(u8) -> u8, k: Box<dyn FnMut(u8, &'static str) + Send>, z: u8 }
fn main() { let s = S { a: 1, v: vec![], b: 2, n: 3.into(), s: "", c: 1, f: Box::new(|x| x), o: None, t: (1, 2), d: 1, m: HashMap::new(), e: 1,
  tree: BTreeMap::new(), g: 2, r: Default::default(), x: Default::default(), y: 1, p: |x| x, k: Box::new(|_, _| ()), z: 3 }; println!("{}", std::mem::size_of_val(&s)); }
"""
    source, path = os.path.join(folder, "r.rs"), os.path.join(folder, "r")
    with open(source, "w") as file:
        file.write(text)
    done = run(rustc, "-g", source, "-o", path)
    if not failures.expect(done.returncode == 0, "rustc: %s", done.stderr[:600]):
        return
    printed = strata.run("pack", path, "r::S").stdout.decode()
    size = json.loads(strata.run("pack", "--format", "json", path, "r::S").stdout)["types"][0]["best_size_bytes"]
    told_fields = len(re.findall(r"^    \w+: ", printed, re.M))
    check = "const _: () = assert!(std::mem::size_of::<S>() == %d);\n" % size if "    //" not in printed else ""
    with open(source, "w") as file:
        file.write(printed + check + "fn main() {}\n")
    done = run(rustc, "-A", "warnings", source, "-o", path)
    failures.expect(done.returncode == 0, "rustc on what pack prints: %s\n%s", done.stderr[:600], printed)
    failures.expect(told_fields >= 18, "only %d fields are spelled:\n%s", told_fields, printed)


def go_atomics(folder):
    text = """package main
import ("fmt"; "sync/atomic"; "unsafe")
type Stats struct { shard int32; hits atomic.Int64; a, b int32; miss atomic.Uint64 }
type Embeds struct { id int32; s Stats; ok bool }
func main() { var s Stats; var e Embeds; fmt.Println(unsafe.Pointer(&s), unsafe.Pointer(&e))
	fmt.Println("main.Stats", unsafe.Sizeof(s), unsafe.Alignof(s)); fmt.Println("main.Embeds", unsafe.Sizeof(e), unsafe.Alignof(e))
	fmt.Println("sync/atomic.Int64", unsafe.Sizeof(s.hits), unsafe.Alignof(s.hits)) }
"""
    source = os.path.join(folder, "atomics.go")
    with open(source, "w") as file:
        file.write(text)
    found = sorted(glob.glob("/usr/lib/go-*/bin/go"))
    for go in found[:1] + found[1:][-1:]:
        for machine in ("386", "arm"):
            path = os.path.join(folder, "go-" + machine)
            environment = dict(os.environ, GO111MODULE="off", GOARCH=machine, GOCACHE=os.environ.get("STRATA_GOCACHE", os.path.join(folder, "cache")))
            if run(go, "build", "-o", path, source, env=environment).returncode != 0:
                continue
            types = {t["name"]: t for t in strata.layouts(path, "main.Stats", "main.Embeds", "sync/atomic.Int64")["types"]}
            for name in types:  # 8 by cmd/compile's rule for align64, on every machine
                failures.expect(types[name]["align_bytes"] == 8, "%s, %s: %s aligns to 8, strata says %s", go, machine, name, types[name]["align_bytes"])
            if machine != "arm":
                for line in run(path).stdout.splitlines()[1:]:
                    name, size, align = line.split()
                    failures.expect((types[name]["size_bytes"], types[name]["align_bytes"]) == (int(size), int(align)), "%s, %s: %s", go, machine, line)
            verified = strata.run("verify", "--format", "json", path)
            document = json.loads(verified.stdout)
            abi = document["parts"][0]["abi"]
            failures.expect(abi["differs"] == 0, "%s, %s: verify: %s", go, machine, abi["rows"][:3])
            # Its pointers have 4 bytes: the header of its maps is not that of strata's own, the buckets and groups are.
            told = sum(any(v for v in fact["values"]) for subject in document["parts"][0]["crosscheck"]["subjects"] for fact in subject["facts"])
            failures.expect(verified.returncode == 0 and told > 0, "%s, %s: verify: exit %s, %s facts", go, machine, verified.returncode, told)


with tempfile.TemporaryDirectory() as work:
    for c, cpp in (("gcc", "g++"), ("clang", "clang++")):
        if shutil.which(c):
            packed_members(work, c)
            wide_bit_integers(work, c)
            odd_atomics(work, c)
            complex_source(work, c)
        if shutil.which(cpp):
            declared_bases(work, cpp)
            classes(work, cpp)
    rust(work)
    go_atomics(work)
failures.finish(at_least=20)
