# SPDX-License-Identifier: MIT
"""Mach-O, PE/COFF and WebAssembly: what strata reads in them is put to the compiler that made them, as assertions and, for bit-fields, against
the layouts that clang prints. Linked files, dSYM bundles, universal files and archives are read as their objects are. What is damaged is
refused in one line."""
import glob
import json
import os
import random
import re
import shutil
import struct
import subprocess
import tempfile

from common import Failures, Strata, arguments

SOURCE = """
struct inner { char a; long long b; short c; }; union u { int i; double d; char c[9]; }; enum color { RED, GREEN = 300 };
struct outer { char tag; struct inner in; union u u; void (*fn)(struct inner *, int); char name[13]; struct outer *next; long l; double d; enum color color;
               float f[3]; _Bool yes; unsigned long long last; };
struct wide { char c; long double ld; short s; };
struct bits { int a:3; unsigned b:29, c:1; char d; long long e:40; int f:20; short g:9; char h:2; int i; };
struct mixed { char c:4; int :0; char d:1; unsigned char e:7; int f:8; char g; };
struct __attribute__((packed)) tight { char a; double d; int x:5; };
struct outer outer; struct wide wide; struct bits bits; struct mixed mixed; struct tight tight;
int use(void) { return (int)sizeof(struct outer) + outer.color; }
"""
FIELDS = {"outer", "inner", "u", "wide", "tight"}  # whose members are asserted
CPLUSPLUS = """
struct A { virtual void f(); int a; }; struct B : virtual A { char b; void f() override; };
template <class T> struct pair_of { T first; char tag; T second; }; struct empty {}; struct with_base : empty, pair_of<long long> { bool last; };
A a; B b; with_base w; void A::f() {} void B::f() {} extern "C" int use2() { return b.b + w.last; }
"""
TARGETS = ["x86_64-apple-macos11", "arm64-apple-macos11", "i386-apple-macos10.13", "armv7-apple-ios9", "armv7k-apple-watchos4", "arm64_32-apple-watchos5",
           "x86_64-w64-mingw32", "i686-w64-mingw32", "aarch64-w64-mingw32", "armv7-w64-mingw32", "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
           "wasm32", "wasm64"]
MAGICS = [b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\0asm", b"\x64\x86", b"\x4c\x01", b"\x64\xaa", b"\xc4\x01"]

args = arguments()
SOURCES = os.path.dirname(os.path.abspath(__file__))
strata, failures = Strata(os.path.abspath(args.strata)), Failures()
folders = [os.path.dirname(os.path.realpath(path)) for path in [shutil.which("clang")] if path]
made = []  # (what, file), to be run through every command


def tool(*words):
    """LLVM's tools are in the folder of the clang that they belong to, and not all of them elsewhere."""
    path = next((os.path.join(folder, words[0]) for folder in folders if os.path.exists(os.path.join(folder, words[0]))), words[0])
    try:
        return subprocess.run([path, *words[1:]], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def write(name, text):
    with open(name, "w" if isinstance(text, str) else "wb") as file:
        file.write(text)


def content(name):
    with open(name, "rb") as file:
        return file.read()


def types_of(*words):
    done = strata.run("show", *words, "--format", "json")
    if not failures.expect(done.returncode == 0, "show %s: %d, %s", words, done.returncode, done.stderr.decode(errors="replace")[:300]):
        return []
    return json.loads(done.stdout)["types"]


def same(what, wanted, *words):
    def key(types):
        return sorted(json.dumps({name: value for name, value in one.items() if name not in ("copies", "entry")}, sort_keys=True) for one in types)
    failures.expect(wanted and key(types_of(*words)) == key(wanted), "%s: not the same types", what)


# ---- objects against their compiler ---------------------------------------------------------------------

def compilers():
    for name in ["clang"] + ["clang-%d" % version for version in range(15, 23)]:
        if shutil.which(name):
            for target in TARGETS:
                yield "%s %s" % (name, target), [name, "--target=" + target, "-ffreestanding"]
    for name in ("x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc"):
        if shutil.which(name):
            yield name, [name]
            yield name + " bigobj", [name, "-Wa,-mbig-obj"]
        else:
            print("SKIPPED: no " + name)


def assertions(types):
    text = SOURCE
    for row in types:
        if row["name"] not in FIELDS and row["name"] not in ("bits", "mixed"):
            continue
        name = "%s %s" % (row["kind"], row["name"])
        text += "_Static_assert(sizeof(%s) == %d, \"\");\n" % (name, row["size_bytes"])
        if row["align_source"] in ("abi", "declared", "proven"):
            text += "_Static_assert(_Alignof(%s) == %d, \"\");\n" % (name, row["align_bytes"])
        for member in row["members"] if row["name"] in FIELDS else []:
            if member["depth"] == 0 and member["kind"] == "field":
                text += "_Static_assert(__builtin_offsetof(%s, %s) == %d, \"\");\n" % (name, member["name"], member["offset_bits"] // 8)
    return text


def printed_bits(command):
    """Bit-fields as clang prints them: {(struct, name): (offset, size)}."""
    done = subprocess.run([*command, "-w", "-Xclang", "-fdump-record-layouts-complete", "-fsyntax-only", "x.c"], capture_output=True, text=True, check=False)
    found, current = {}, ""
    for line in done.stdout.splitlines():
        head, field = re.match(r"\s*0 \| struct (\w+)$", line), re.match(r"\s*(\d+):(\d+)-(\d+) \|   .*?(\w+)$", line)
        if head:
            current = head.group(1)
        elif field:
            byte, first, last = map(int, field.groups()[:3])
            found[current, field.group(4)] = (8 * byte + first, last - first + 1)
    return found


def check_object(what, command, version):
    if not tool(*command, "-w", "-gdwarf-" + version, "-c", "x.c", "-o", "x.o"):
        return  # this compiler was built without the target
    if not failures.expect(any(content("x.o").startswith(magic) for magic in MAGICS) or content("x.o")[:4] == b"\0\0\xff\xff", "%s: not the format", what):
        return
    types = types_of("x.o", "outer", "inner", "u", "wide", "bits", "mixed", "tight")
    failures.expect(len(types) == 7, "%s: %d types", what, len(types))
    write("checked.c", assertions(types))
    agrees = subprocess.run([*command, "-w", "-fsyntax-only", "checked.c"], capture_output=True, text=True, check=False)
    failures.expect(agrees.returncode == 0, "%s -gdwarf-%s: %s", what, version, agrees.stderr[:400])
    read = {(row["name"], member["name"]): (member["offset_bits"], member["size_bits"])
            for row in types for member in row["members"] if member["kind"] == "bit-field"}
    if command[0].startswith("clang"):
        printed = printed_bits(command)
        failures.expect(read and read == printed, "%s -gdwarf-%s: bit-fields %s, clang's %s", what, version, read, printed)
    done = strata.run("verify", "x.o", text=True)
    failures.expect(done.returncode == 0 and " 0 differ" in done.stdout, "%s -gdwarf-%s: verify: %s", what, version, done.stdout[-400:] + done.stderr)
    name = "%s-%s.o" % (re.sub(r"\W", "-", what), version)
    os.rename("x.o", name)
    made.append((what, name))


# ---- every command ---------------------------------------------------------------------------------------

def check_commands(what, name):
    write("sizes.rules", "type outer\n    max_size 4096\n")
    for command in (["list", name], ["show", name, "outer"], ["diff", name, name], ["report", name, "-o", "json:-"], ["verify", name], ["pack", name, "outer"],
                    ["check", name, "--rules", "sizes.rules"]):
        done = strata.run(*command, text=True)
        failures.expect(done.returncode == 0 and "warning" not in done.stderr, "%s: %s: %d, %s", what, command, done.returncode, done.stderr[:300])


# ---- linked, bundled, universal, archived ----------------------------------------------------------------

def macos():
    slices = []
    for arch in ("x86_64", "arm64"):
        plain = "%s.o" % arch
        if not tool("clang", "--target=%s-apple-macos11" % arch, "-ffreestanding", "-w", "-g", "-c", "x.c", "-o", plain):
            continue
        wanted = types_of(plain)
        if not tool("ld64.lld", "-arch", arch, "-platform_version", "macos", "11.0", "11.0", "-e", "_use", "-o", arch, plain):
            print("SKIPPED: no ld64.lld that links " + arch)
            continue
        done = strata.run("list", arch, text=True)
        failures.expect(done.returncode == 2 and plain in done.stderr and "dsymutil" in done.stderr and len(done.stderr.splitlines()) == 1,
                        "a program without its dSYM: %s", done.stderr)
        if not tool("dsymutil", arch):
            print("SKIPPED: no dsymutil")
            continue
        inside = "%s.dSYM/Contents/Resources/DWARF/%s" % (arch, arch)
        for name in (arch, arch + ".dSYM", arch + ".dSYM/", inside):
            same(name, wanted, name)
        made.append((arch + ".dSYM", arch + ".dSYM"))
        slices.append((arch, plain, inside, wanted))
    if len(slices) < 2:
        return
    # A dSYM of another build is not taken.
    os.rename("arm64.dSYM", "kept")
    shutil.copytree("x86_64.dSYM", "arm64.dSYM")
    os.rename("arm64.dSYM/Contents/Resources/DWARF/x86_64", "arm64.dSYM/Contents/Resources/DWARF/arm64")
    done = strata.run("list", "arm64", text=True)
    failures.expect(done.returncode == 2, "another program's dSYM was taken: %s", done.stdout)
    shutil.rmtree("arm64.dSYM")
    os.rename("kept", "arm64.dSYM")
    for name, parts in (("objects", [one[1] for one in slices]), ("both", [one[2] for one in slices]), ("programs", [one[0] for one in slices])):
        if not failures.expect(tool("llvm-lipo", "-create", *parts, "-output", name), "llvm-lipo made no %s", name) or name == "programs":
            continue
        for arch, _, _, wanted in slices:
            same("%s of %s" % (arch, name), wanted, name, "--arch", arch)
        done = strata.run("list", name, text=True)
        failures.expect(done.returncode == 0 and "x86_64" in done.stderr and "arm64" in done.stderr and "--arch" in done.stderr, "%s: %s", name, done.stderr)
        done = strata.run("list", name, "--arch", "ppc", text=True)
        failures.expect(done.returncode == 2 and "x86_64" in done.stderr and "arm64" in done.stderr, "%s, of ppc: %s", name, done.stderr)
        piped = subprocess.run([strata.path, "list", "--arch", "arm64", "-"], input=content(name), capture_output=True, check=False)
        failures.expect(b"struct outer" in piped.stdout, "%s through a pipe: %s", name, piped.stderr)
    tool("clang", "--target=arm64-apple-macos11", "-g", "-c", "y.cc", "-o", "a_name_longer_than_sixteen.o")
    archives = []
    for arch, plain, _, wanted in slices:
        tool("clang", "--target=%s-apple-macos11" % arch, "-w", "-g", "-c", "z.c", "-o", "a_name_longer_than_sixteen.o")
        archive = arch + ".a"
        if failures.expect(tool("llvm-ar", "--format=darwin", "crs", archive, plain, "a_name_longer_than_sixteen.o"), "llvm-ar made no %s", archive):
            archives.append(archive)
            failures.expect(b"#1/" in content(archive), "%s: has no BSD name", archive)
            failures.expect({one["name"] for one in types_of(archive)} == {one["name"] for one in wanted} | {"zed"}, "%s: %s", archive, types_of(archive))
            same("a member of " + archive, wanted, "%s(%s)" % (archive, plain))
    if len(archives) == 2 and tool("llvm-lipo", "-create", *archives, "-output", "both.a"):
        same("a universal archive", types_of("arm64.a"), "both.a", "--arch", "arm64")
        same("a member of it", types_of("arm64.a(arm64.o)"), "both.a(arm64.o)", "--arch", "arm64")
    # A table may name the same part over and over: each machine is named once, and no more than a few.
    numbers = [0x0100000c, *([0x01000007] * 20), *range(100, 121)]
    many = struct.pack(">II", 0xcafebabe, len(numbers)) + b"".join(struct.pack(">IIIII", number, 0, 4096, len(content("arm64.o")), 12) for number in numbers)
    write("many", many.ljust(4096, b"\0") + content("arm64.o"))
    done = strata.run("list", "many", "--arch", "arm64", text=True)
    failures.expect(done.returncode == 0 and not done.stderr, "42 parts, one named: %s", done.stderr)
    done = strata.run("list", "many", text=True)
    failures.expect(done.stderr.count("x86_64") == 1 and len(done.stderr) < 200 and "more)" in done.stderr, "42 parts: %s", done.stderr)
    done = strata.run("list", "many", "--arch", "i386", text=True)
    failures.expect(done.returncode == 2 and done.stderr.count("x86_64") == 1 and len(done.stderr) < 200, "42 parts, none of them: %s", done.stderr)
    # dsymutil and lipo are the witnesses of the offsets; what is damaged is refused.
    fat = bytearray(content("both"))
    for what, at, value in (("a slice beyond the file", 16, b"\xff\xff\xff\xf0"), ("a slice that is the file itself", 16, b"\0\0\0\0"), ("more slices than fit", 4, b"\0\0\0\x2a")):
        damaged = fat[:at] + value + fat[at + len(value):]
        write("damaged", bytes(damaged[:60] if "more" in what else damaged))
        refused(what, "damaged", "--arch", "x86_64")


def explained():
    """Logs come from any machine; a program of another format is refused by the format's name."""
    log = os.path.join(SOURCES, "explain", "go1.23.writes.log")
    for name, said in (("x86_64.o", "Mach-O"), ("main.obj", "PE/COFF"), ("w.o", "WebAssembly")):
        if os.path.exists(name):
            done = strata.run("explain", log, name, text=True)
            failures.expect(done.returncode == 2 and said in done.stderr and "ELF" in done.stderr and len(done.stderr.splitlines()) == 1, "explain %s: %s", name, done.stderr)


def windows():
    for bits, prefix in ((64, "x86_64-w64-mingw32"), (32, "i686-w64-mingw32")):
        if not shutil.which(prefix + "-gcc"):
            continue
        write("main.c", SOURCE + "int main(void) { return use(); }\n")
        if not tool(prefix + "-gcc", "-w", "-g", "-c", "main.c", "-o", "main.obj"):
            continue
        wanted = {one["name"]: one for one in types_of("main.obj")}
        for name, more in (("main.exe", []), ("main.dll", ["-shared"]), ("id.exe", ["-Wl,--build-id"])):
            failures.expect(tool(prefix + "-gcc", "main.obj", *more, "-o", name), "%s-gcc linked no %s", prefix, name)
            found = {one["name"]: one for one in types_of(name)}
            failures.expect(all(found.get(key, {}).get("members") == one["members"] for key, one in wanted.items()), "%s of %d bits: other types", name, bits)
            made.append((name, "%d-%s" % (bits, name)))
            shutil.copy(name, "%d-%s" % (bits, name))
        # The signature that objdump prints is the build-id.
        printed = subprocess.run([prefix + "-objdump", "-p", "id.exe"], capture_output=True, text=True, check=False).stdout
        signature = re.search(r"RSDS signature ([0-9a-f]{32})", printed)
        done = strata.run("show", "id.exe", "outer", "--format", "json")
        failures.expect(signature and json.loads(done.stdout)["file"]["build_id"] == signature.group(1), "%d bits: build-id: %s", bits, printed[-300:])
        tool(prefix + "-objcopy", "--only-keep-debug", "main.exe", "main.exe.debug")
        tool(prefix + "-strip", "main.exe")
        refused("a stripped program", "main.exe")
        tool(prefix + "-objcopy", "--add-gnu-debuglink=main.exe.debug", "main.exe")
        failures.expect("outer" in [one["name"] for one in types_of("main.exe")], "%d bits: its debug link was not followed", bits)
        shutil.copy("main.obj", "a_name_longer_than_sixteen.obj")
        os.path.exists("main.lib") and os.unlink("main.lib")
        if tool(prefix + "-ar", "crs", "main.lib", "main.obj", "a_name_longer_than_sixteen.obj"):
            same("an archive of COFF", list(wanted.values()), "main.lib(a_name_longer_than_sixteen.obj)")
        if tool(prefix + "-g++", "-g", "-shared", "y.cc", "-o", "y.dll"):
            rows = {one["name"]: one for one in types_of("y.dll", "B")}
            base = [member for member in rows.get("B", {"members": []})["members"] if member["kind"] == "virtual-base"]
            failures.expect(base and base[0]["offset_bits"] == 2 * bits, "%d bits: B's virtual base: %s", bits, base)
    # CodeView alone is named, and what to do.
    if tool("clang", "--target=x86_64-pc-windows-msvc", "-w", "-g", "-gcodeview", "-c", "x.c", "-o", "cv.obj"):
        refused("an object with CodeView", "cv.obj", say="CodeView")
        if tool("lld-link", "/entry:use", "/nodefaultlib", "/subsystem:console", "/debug", "/out:cv.exe", "cv.obj"):
            refused("a program with a PDB", "cv.exe", say="cv.pdb")
            refused("a PDB", "cv.pdb", say="PDB")


def wasm():
    if not tool("clang", "--target=wasm32", "-ffreestanding", "-w", "-g", "-c", "x.c", "-o", "w.o"):
        return
    if tool("wasm-ld", "--no-entry", "--export-all", "w.o", "-o", "w.wasm"):
        same("a linked module", types_of("w.o"), "w.wasm")
        made.append(("w.wasm", "w.wasm"))
    write("component", b"\0asm\x0d\0\x01\0" + bytes(20))
    refused("a component", "component", say="component")
    write("elsewhere", b"\0asm\1\0\0\0" + b"\0" + bytes([30]) + b"\x13external_debug_info" + b"\x09some.wasm")
    refused("debug information elsewhere", "elsewhere", say="some.wasm")


# ---- what is damaged -------------------------------------------------------------------------------------

def refused(what, *words, say=""):
    done = strata.run("list", *words, text=True)
    failures.expect(done.returncode == 2 and len(done.stderr.splitlines()) == 1 and say in done.stderr, "%s: %d, %s", what, done.returncode, done.stderr[:500])


def damaged(name, count):
    drawn, data = random.Random(name), content(name)
    for number in range(count):
        changed = bytearray(data)
        if number % 4 == 0:
            changed = changed[:drawn.randrange(len(data))]
        for _ in range(drawn.randint(1, 4)):
            if changed:
                changed[drawn.randrange(min(len(changed), drawn.choice((64, 400, len(changed)))))] = drawn.choice((0, 255, 1, 0x7f, drawn.randrange(256)))
        write("damaged", bytes(changed))
        done = strata.run("list", "damaged")
        failures.expect(done.returncode in (0, 2), "%s, damaged %d: %d, %s", name, number, done.returncode, done.stderr[-300:])
        failures.expect(done.returncode == 0 or len(done.stderr.splitlines()) >= 1, "%s, damaged %d: refused in silence", name, number)


def hostile():
    machine, count = 0x8664, 0xffff
    write("damaged", struct.pack("<HHIIIHH", machine, count, 0, 0, 0, 0, 0) + bytes(100))
    refused("65535 sections in 120 bytes", "damaged", say="65535 section headers")
    write("damaged", b"MZ" + bytes(58) + struct.pack("<I", 0xfffffff0) + bytes(60))
    refused("a PE header beyond the file", "damaged")
    header = struct.pack("<IIIIIIII", 0xfeedfacf, 0x01000007, 3, 1, 0xffffffff, 16, 0, 0)
    write("damaged", header + struct.pack("<II", 0x19, 0))
    refused("a load command of no size", "damaged", say="load command")
    write("damaged", struct.pack(">IIIIIII", 0xfeedface, 18, 0, 1, 0, 0, 0))
    refused("a Mach-O without anything", "damaged")
    write("damaged", b"\0asm\1\0\0\0\0\xff\xff\xff\xff\x0f")
    refused("a section larger than the module", "damaged", say="0x8")
    # A string table's offset beyond it, in a section's name.
    for name in [file for what, file in made if "x86_64-w64-mingw32-gcc" in what][:1]:
        data = content(name)
        at = data.find(b"/", 20, 20 + 40 * struct.unpack_from("<H", data, 2)[0])
        write("damaged", data[:at] + b"/9999999" + data[at + 8:])
        done = strata.run("list", "damaged", text=True)
        failures.expect(done.returncode in (0, 2), "a name beyond the string table: %d, %s", done.returncode, done.stderr)
    write("x.class", b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(100))
    refused("a class of Java", "x.class", say="Java")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write("x.c", SOURCE)
        write("y.cc", CPLUSPLUS)
        write("z.c", "struct zed { char a; int b; } zed;\n")
        for what, command in compilers():
            for version in ("4", "5"):
                check_object(what, command, version)
        macos()
        windows()
        wasm()
        explained()
        # One file a format is enough for all commands: they do not know where types come from.
        seen = set()
        for what, name in made:
            kind = content(name)[:4] if os.path.isfile(name) else "bundle"
            if kind not in seen:
                seen.add(kind)
                check_commands(what, name)
        for kind in {name[:12]: name for what, name in made if os.path.isfile(name) and os.path.getsize(name) < 100_000}.values():
            damaged(kind, 12)
        hostile()
        os.chdir("/")
    failures.finish(at_least=60)


main()
