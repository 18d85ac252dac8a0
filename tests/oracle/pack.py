# SPDX-License-Identifier: MIT
"""strata pack against compilers: what it prints is compiled, and has the size and the offsets that it predicts; of small types the
compiler is asked for the size of every order, and none is smaller.

    pack.py --strata S --fixtures F --language c|cpp|go|rust [--seed N]
"""
import copy
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, go_toolchains, skip

TYPES_COUNT = 40
ORDERS_PIECES_MOST = 5

# --- Types at random: a piece is a list of (name, declaration); what is in one piece stays together ---

C_PRELUDE = """#include <stddef.h>
#include <stdio.h>
#include <stdint.h>
struct odd { char bytes[3]; };
struct pair { double x; char y; };
struct wide { int values[5]; } __attribute__((aligned(32)));
union both { short s[3]; int i; };
enum colour { red, green };
"""
CPP_PRELUDE = C_PRELUDE + """
struct Plain { int number; char tag; };
struct Guarded { Guarded() {} int number; char tag; };
struct Empty {};
struct Vtable { virtual ~Vtable() {} char tag; };
"""
C_TYPES = ["char {}", "short {}", "int {}", "long {}", "double {}", "char {}[5]", "short {}[3]", "void *{}", "struct odd {}", "struct pair {}",
           "union both {}", "enum colour {}", "long double {}", "int (*{})(char, struct pair *)", "unsigned __int128 {}", "float {}[7]",
           "struct wide {}", "int {} __attribute__((aligned(16)))", "struct {{ short a; char b; }} {}", "const char *const {}[2]"]
BIT_TYPES = ["unsigned", "unsigned char", "unsigned short", "unsigned long"]
GO_TYPES = ["bool", "int8", "int16", "int32", "int64", "string", "[]byte", "[3]byte", "*int", "float64", "complex64", "struct{}", "map[string]odd",
            "odd", "[5]int16", "interface{}", "func(int) string", "chan pair", "pair", "[0]int64"]
RUST_TYPES = ["u8", "u16", "u32", "u64", "[u8; 3]", "*const u8", "f64", "bool", "[u16; 5]", "Odd", "Pair", "Option<u32>", "*const str", "u128",
              "[Odd; 2]", "Wide"]


def bit_run(rng, name):
    run = []
    for i in range(rng.randint(1, 3)):
        kind = rng.choice(BIT_TYPES)
        width = rng.randint(1, {"unsigned char": 8, "unsigned short": 16, "unsigned": 32, "unsigned long": 64}[kind])
        run.append(("%s_%d" % (name, i), "%s %s_%d : %d;" % (kind, name, i, width)))
    return run


def c_pieces(rng):
    pieces, after_bits = [], False
    for i in range(rng.randint(2, 7)):
        name = "m%d" % i
        if rng.random() < 0.15 and not after_bits:
            pieces.append(bit_run(rng, name))
            after_bits = True
        else:
            pieces.append([(name, rng.choice(C_TYPES).format(name) + ";")])
            after_bits = False
    return pieces


def go_pieces(rng):
    return [[("m%d" % i, "m%d %s" % (i, rng.choice(GO_TYPES)))] for i in range(rng.randint(2, 7))]


def rust_pieces(rng):
    return [[("m%d" % i, "m%d: %s," % (i, rng.choice(RUST_TYPES)))] for i in range(rng.randint(2, 7))]


def orders(pieces):
    """All orders in which no two runs of bit-fields that were apart meet: meeting would make them one."""
    if len(pieces) > ORDERS_PIECES_MOST:
        return []
    return list(itertools.permutations(pieces))


# --- Languages ---

class C:
    name, suffix, prelude = "c", "c", C_PRELUDE

    def __init__(self, fixtures):
        """`fixtures` knows the toolchains of languages that may have several."""

    def make(self, rng, number):
        tail = [("rest", "short rest[];")] if rng.random() < 0.15 else []
        return {"name": "t%d" % number, "pieces": c_pieces(rng), "tail": tail, "head": ""}

    def declare(self, subject, order, name):
        fields = [text for piece in order for _, text in piece] + [text for _, text in subject["tail"]]
        return "struct %s%s { %s };" % (name, subject["head"], " ".join(fields))

    def keep(self, names):
        return "".join("struct %s *keep_%s;\n" % (name, name) for name in names) + "int main(void) { return 0; }\n"

    def measure(self, sizes, offsets):
        lines = ['printf("%s %%zu\\n", sizeof(struct %s));' % (name, name) for name in sizes]
        lines += ['printf("%s.%s %%zu\\n", offsetof(struct %s, %s));' % (name, field, name, field) for name, field in offsets]
        return "int main(void) { %s return 0; }\n" % "\n".join(lines)

    def compile(self, source, program):
        return ["gcc", "-std=gnu11", "-g", "-w", "-o", program, source]


class C32(C):
    """i386, where 8-byte scalars align to 4 inside structs."""

    def __init__(self, fixtures):
        C.__init__(self, fixtures)
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "empty.c")
            with open(source, "w", encoding="utf-8") as file:
                file.write("#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n")
            if subprocess.run(["gcc", "-m32", "-o", source[:-2], source], capture_output=True, check=False).returncode:
                skip("no 32-bit C library")

    def make(self, rng, number):
        subject = C.make(self, rng, number)
        for piece in subject["pieces"]:  # what i386 does not have
            piece[:] = [(name, text.replace("unsigned __int128", "long long").replace("unsigned long", "unsigned long long")) for name, text in piece]
        return subject

    def compile(self, source, program):
        return ["gcc", "-m32", "-std=gnu11", "-g", "-w", "-o", program, source]


class Cpp(C):
    name, suffix, prelude = "c++", "cpp", CPP_PRELUDE

    def make(self, rng, number):
        head = rng.choice(["", "", " : Plain", " : Guarded", " : Empty", " : Vtable"])
        return {"name": "t%d" % number, "pieces": c_pieces(rng), "tail": [], "head": head}

    def keep(self, names):
        # g++ describes a class with virtual functions only where they are used.
        return "".join("void use_%s(%s *value) { value->~%s(); }\n" % (name, name, name) for name in names) + "int main() {}\n"

    def compile(self, source, program):
        return ["g++", "-std=gnu++17", "-g", "-w", "-Wno-invalid-offsetof", "-o", program, source]


class Go:
    name, suffix = "go", "go"
    prelude = 'package main\nimport "fmt"\nimport "unsafe"\ntype odd struct { b [3]byte }\ntype pair struct { x float64; y int8 }\n'

    def __init__(self, fixtures):
        found = go_toolchains(fixtures)
        if not found:
            skip("no Go toolchain")
        self.go = found[-1][1]

    def make(self, rng, number):
        return {"name": "t%d" % number, "pieces": go_pieces(rng), "tail": [], "head": ""}

    def declare(self, subject, order, name):
        return "type %s struct { %s }" % (name, "; ".join(text for piece in order for _, text in piece))

    def keep(self, names):
        return "func main() { fmt.Sprint(unsafe.Sizeof(0), %s) }\n" % ", ".join("&%s{}" % name for name in names)

    def measure(self, sizes, offsets):
        lines = ['fmt.Println("%s", unsafe.Sizeof(%s{}))' % (name, name) for name in sizes]
        lines += ['fmt.Println("%s.%s", unsafe.Offsetof(%s{}.%s))' % (name, field, name, field) for name, field in offsets]
        return "func main() {\n%s\n}\n" % "\n".join(lines)

    def compile(self, source, program):
        return [self.go, "build", "-o", program, source]


class Rust:
    name, suffix = "rust", "rs"
    prelude = ("#![allow(dead_code, unused, improper_ctypes)]\n#[repr(C)] pub struct Odd { b: [u8; 3] }\n#[repr(C)] pub struct Pair { x: f64, y: u8 }\n"
               "#[repr(C, align(32))] pub struct Wide { b: u8 }\n")

    def __init__(self, fixtures):
        if not shutil.which("rustc"):
            skip("no Rust compiler")

    def make(self, rng, number):
        return {"name": "T%d" % number, "pieces": rust_pieces(rng), "tail": [], "head": ""}

    def declare(self, subject, order, name):
        return "#[repr(C)] pub struct %s { %s }" % (name, " ".join(text for piece in order for _, text in piece))

    def keep(self, names):
        functions = "".join("#[inline(never)] fn use_%s(value: &%s) -> usize { std::mem::size_of_val(value) }\n" % (name, name) for name in names)
        calls = "".join("    sum += use_%s(unsafe { &*(std::ptr::NonNull::<%s>::dangling().as_ptr()) });\n" % (name, name) for name in names)
        return functions + "fn main() {\n    let mut sum = 0;\n%s    println!(\"{}\", sum);\n}\n" % calls

    def measure(self, sizes, offsets):
        lines = ['println!("%s {}", std::mem::size_of::<%s>());' % (name, name) for name in sizes]
        # offset_of! came with Rust 1.77; Debian 12 has 1.63.
        lines += ['{ let place = std::mem::MaybeUninit::<%s>::uninit(); let start = place.as_ptr(); '
                  'println!("%s.%s {}", unsafe { std::ptr::addr_of!((*start).%s) } as usize - start as usize); }'
                  % (name, name, field, field) for name, field in offsets]
        return "fn main() {\n%s\n}\n" % "\n".join(lines)

    def compile(self, source, program):
        return ["rustc", "-g", "--crate-name", "subject", "-o", program, source]


LANGUAGES = {"c": C, "c32": C32, "cpp": Cpp, "go": Go, "rust": Rust}


def build(language, folder, stem, text):
    source, program = os.path.join(folder, stem + "." + language.suffix), os.path.join(folder, stem)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    environment = {**os.environ, "GOCACHE": os.environ.get("STRATA_GOCACHE", os.path.join(folder, "cache")), "GOFLAGS": "-mod=mod", "GO111MODULE": "off",
                   "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    done = subprocess.run(language.compile(source, program), cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit("%s does not compile:\n%s\n%s" % (stem, done.stderr[:3000], text[:6000]))
    return program


def measured(program):
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return {key: int(value) for key, value in (line.split() for line in done.stdout.splitlines())}


# Classes are multiples of 8, from 1024 on of 128: one size between any two.
GO_SIZES = list(range(1, 1025, 8)) + list(range(1025, 34000, 128)) + [50000]


def check_go_heap(strata, language, folder, failures):
    """append rounds a capacity up to the size class of the allocator."""
    types = "\n".join("type h%d struct { b [%d]byte }\nvar v%d h%d" % (size, size, size, size) for size in GO_SIZES) + "\n"
    # Not inlined: Go 1.24 drops all stores but the last, and with them the types.
    lines = ["use(&v%d)" % size for size in GO_SIZES]
    lines += ['fmt.Println("h%d", cap(append([]byte(nil), make([]byte, n+%d)...)))' % (size, size) for size in GO_SIZES]
    text = language.prelude + types + "var _ = unsafe.Sizeof(0)\nvar sink interface{}\nvar n int\n//go:noinline\nfunc use(p interface{}) { sink = p }\nfunc main() {\n%s\n}\n" % "\n".join(lines)
    program = build(language, folder, "heap", text)
    caps = measured(program)
    document = json.loads(strata.run("pack", program, "main.h*", "--format", "json").stdout)
    failures.expect(len(document["types"]) == len(caps), "%s sizes of %s", len(document["types"]), len(caps))
    for answer in document["types"]:
        name = short_name(answer["name"])
        failures.expect(answer["heap"]["bytes"] == caps[name], "%s: Go's allocator gives %s, strata says %s", name, caps[name], answer["heap"]["bytes"])


def short_name(name):
    return re.split(r"::|\.", name)[-1]


def check(strata, language, subjects, folder, failures, rng):
    names = [subject["name"] for subject in subjects]
    declared = "\n".join(language.declare(subject, subject["pieces"], subject["name"]) for subject in subjects) + "\n"
    program = build(language, folder, "subject", language.prelude + declared + language.keep(names))
    pattern = "/^(main\\.|subject::)?[tT][0-9]+$/"
    text = strata.run("pack", program, pattern)
    document = json.loads(strata.run("pack", program, pattern, "--format", "json").stdout)
    answers = {short_name(answer["name"]): answer for answer in document["types"]}
    failures.expect(set(answers) == set(names), "asked for %s, answered %s", sorted(names), sorted(answers))
    packed = [answer for answer in answers.values() if not answer["refusal"]]
    failures.expect(2 * len(packed) >= len(names), "only %s of %s types could be put in order", len(packed), len(names))
    for answer in answers.values():
        if answer["refusal"] and language.name != "rust":
            failures.expect("rules of its own" in answer["refusal"], "%s refused: %s", answer["name"], answer["refusal"])
    better = [answer for answer in packed if answer["savings_bytes"]]
    failures.expect(better, "nothing was saved")
    check_source(language, folder, text.stdout.decode(), better, failures)
    check_all_orders(language, folder, subjects, answers, failures)
    check_tried(strata, language, program, packed, rng, failures, folder)


def check_source(language, folder, text, better, failures):
    """The text output is a source file."""
    sizes = [short_name(answer["name"]) for answer in better]
    bits = re.compile(r"_\d$")
    offsets = [(short_name(answer["name"]), place["name"], place["offset_bits"]) for answer in better for place in answer["order"]
               if place["name"] and re.match(r"m\d+$|rest$", place["name"]) and not bits.search(place["name"])]
    if language.name == "rust":
        text = text.replace("struct T", "pub struct T")
    program = build(language, folder, "pasted", language.prelude + text + language.measure(sizes, [(name, field) for name, field, _ in offsets]))
    values = measured(program)
    for answer in better:
        name, size = short_name(answer["name"]), answer["best_size_bytes"]
        actual = values[name]
        fits = actual <= size if answer["is_at_most"] else actual == size
        failures.expect(fits, "%s: predicted %s bytes, compiled %s", name, size, actual)
    inexact = {short_name(answer["name"]) for answer in better if answer["is_at_most"]}
    for name, field, offset_bits in offsets:
        if name not in inexact:
            failures.expect(8 * values[name + "." + field] == offset_bits, "%s.%s: predicted at bit %s, compiled at byte %s", name, field, offset_bits,
                            values[name + "." + field])


def some_order(rng, language, answer):
    """Its members shuffled, bit-fields one by one; some with padding before them, in C and C++ some with a larger alignment."""
    names = [place["name"] for place in answer["order"] if place["name"] and re.match(r"m\d", place["name"])]
    rng.shuffle(names)
    parts = []
    for name in names:
        if rng.random() < 0.2:
            parts.append("+%d" % rng.choice([1, 2, 3, 8, 13]))
        raised = language.suffix in ("c", "cpp") and not re.search(r"_\d$", name) and rng.random() < 0.2
        parts.append(name + ("@%d" % rng.choice([2, 16, 32, 64, 128]) if raised else ""))
    return ",".join(parts)


def check_tried(strata, language, program, packed, rng, failures, folder):
    """Orders that nobody would call good: where the members lie, and the size, are what the compiler says of the printed source. A file of
    rules that holds the order gives the same, and check finds that the new source keeps it."""
    texts, answers, rules = [], [], []
    for answer in packed:
        order = some_order(rng, language, answer)
        arguments_ = ["pack", program, answer["name"], "--order", order, "--force"]
        texts.append(strata.run(*arguments_).stdout.decode())
        tried = json.loads(strata.run(*arguments_, "--format", "json").stdout)["types"][0]
        failures.expect(not tried["refusal"], "%s in the order %s: %s", answer["name"], order, tried["refusal"])
        if tried["refusal"]:
            continue
        named = [re.sub("@.*", "", part) for part in order.split(",") if part[0] != "+"]
        failures.expect([place["name"] for place in tried["order"] if place["name"] in named] == named, "%s: the order %s became %s", answer["name"], order,
                        [place["name"] for place in tried["order"]])
        answers.append(tried)
        rules.append("type %s\n    order(%s)\n    size == %d\n" % (answer["name"], order, tried["best_size_bytes"]))
    check_source(language, folder, "".join(texts), answers, failures)
    if language.suffix in ("c", "cpp") and shutil.which("clang"):
        other = copy.copy(language)
        other.compile = lambda source, program: [{"gcc": "clang", "g++": "clang++"}.get(word, word) for word in language.compile(source, program)]
        check_source(other, folder, "".join(texts), answers, failures)
    path = os.path.join(folder, "orders.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(rules))
    again = json.loads(strata.run("pack", program, *[answer["name"] for answer in answers], "--order-file", path, "--force", "--format", "json").stdout)["types"]
    failures.expect({answer["name"]: answer["order"] for answer in again} == {answer["name"]: answer["order"] for answer in answers}, "--order-file is not --order")
    if language.name == "c":
        pasted = build(language, folder, "kept", language.prelude + "".join(texts) + language.keep([answer["name"] for answer in answers]))
        kept = strata.run("check", pasted, "--rules", path)
        failures.expect(kept.returncode == 0, "the source in a tried order does not keep it: %s", kept.stdout.decode()[-300:])
        broken = strata.run("check", program, "--rules", path)
        failures.expect(broken.returncode == 1, "check finds nothing in the present order: exit %s", broken.returncode)


def check_all_orders(language, folder, subjects, answers, failures):
    text, tried = [], {}
    for subject in subjects:
        answer = answers[subject["name"]]
        if answer["refusal"] or answer["is_at_most"]:
            continue
        for i, order in enumerate(orders(subject["pieces"])):
            name = "%s_%d" % (subject["name"], i)
            text.append(language.declare(subject, order, name))
            tried.setdefault(subject["name"], []).append(name)
    all_names = [name for names in tried.values() for name in names]
    values = measured(build(language, folder, "orders", language.prelude + "\n".join(text) + "\n" + language.measure(all_names, [])))
    failures.expect(len(tried) > 3, "too few types have few enough members")
    for name, order_names in tried.items():
        least = min(values[order] for order in order_names)
        answer = answers[name]
        failures.expect(answer["best_size_bytes"] == least, "%s: the compiler's least is %s, strata's %s", name, least, answer["best_size_bytes"])
        failures.expect(answer["proof"] != "unproven", "%s: of so few members the least is not proven", name)
        failures.expect(answer["bound_bytes"] <= least, "%s: the bound %s is above the least %s", name, answer["bound_bytes"], least)


def main():
    options = arguments("language", "seed")
    language = LANGUAGES[options.language](options.fixtures)
    failures = Failures()
    first = int(options.seed or 7)
    for seed in range(first, first + (25 if os.environ.get("STRATA_DEEP") else 1)):
        rng = random.Random(seed)
        subjects = [language.make(rng, number) for number in range(TYPES_COUNT)]
        with tempfile.TemporaryDirectory() as folder:
            check(Strata(options.strata), language, subjects, folder, failures, rng)
            if options.language == "go" and seed == first:
                check_go_heap(Strata(options.strata), language, folder, failures)
    failures.finish(at_least=60)


if __name__ == "__main__":
    main()
