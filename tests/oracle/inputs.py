# SPDX-License-Identifier: MIT
"""Whatever people point strata at: the same sources compiled the plain way give the same layouts.

Split DWARF (.dwo, .dwp), archives (whole, thin, one member), files compressed as a whole. A missing or foreign .dwo is named, the rest is
there. Damaged containers end with one line and status 2."""

import gzip
import json
import lzma
import os
import random
import shutil
import subprocess
import tarfile
import tempfile
import time

from common import Failures, Strata, arguments, died

ONE = """
enum colour { RED, GREEN = 7 };
struct shared { char a; long b; short c : 5, d : 9; enum colour colour; };
struct one { struct shared shared; char x; int (*call)(struct shared *); union { int i; double d; } u; };
struct one first;
int main(void) { return first.x; }
"""
TWO = """
enum colour { RED, GREEN = 7 };
struct shared { char a; long b; short c : 5, d : 9; enum colour colour; };
struct two { struct shared shared[3]; char x; struct one *next; } second;
"""
CXX_ONE = """
template <class T, int n> struct box { T value; char tail[n]; virtual ~box() {} };
struct base { virtual int f(); char c; };
struct derived : base { box<long, 3> b; bool flag; };
int base::f() { return 0; }
derived first;
int main() { return first.flag; }
"""
CXX_TWO = """
template <class T, int n> struct box { T value; char tail[n]; virtual ~box() {} };
struct holder { box<long, 3> a; box<short, 5> b; };
holder second;
"""
RUST = """
pub struct Shared { pub a: u8, pub b: u64, pub c: Option<Box<u32>> }
pub enum Kind { Empty, Number(u32), Text { at: u64, length: u16 } }
pub struct One { pub shared: Shared, pub kind: Kind, pub x: (u8, u32) }
#[no_mangle] pub static FIRST: One = One { shared: Shared { a: 1, b: 2, c: None }, kind: Kind::Number(3), x: (1, 2) };
fn main() {
    let kind = Kind::Text { at: FIRST.x.1 as u64, length: 1 };
    if let Kind::Text { at, .. } = kind { std::process::exit(at as i32 + matches!(FIRST.kind, Kind::Empty) as i32) }
}
"""

options = arguments()
strata, failures = Strata(os.path.abspath(options.strata)), Failures()
compared = 0


def tool(*words):
    """Whether the tool did it: newer files are too new for some of them, and some crash on those."""
    try:
        return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def packed_by(*words):
    """As tool, in five seconds of a processor: llvm-dwp 14 never ends on gcc's files of DWARF 5."""
    return tool("prlimit", "--cpu=5", "--core=0", *words)


def compiled(*words):
    return tool(*words) and os.path.exists(words[words.index("-o") + 1])


def types_of(*words):
    """All that is said of the types, but for where that stands and how many copies there are."""
    process = strata.run("show", *words, "--format", "json", text=True)
    if not failures.expect(process.returncode == 0, "show %s: %d, %s", words, process.returncode, process.stderr):
        return {}
    types = {}
    for one in json.loads(process.stdout)["types"]:
        one.pop("copies", None)
        one.pop("entry", None)
        types[one["kind"], one["name"], one["size_bytes"]] = one
    return types


def same(what, wanted, *words, but=()):
    global compared
    found = types_of(*words)
    for key, one in wanted.items():
        other = dict(found.get(key) or {})
        for part in but:
            other[part] = one.get(part)
        compared += other == one
        failures.expect(other == one, "%s: %s: %s, plainly %s", what, key, json.dumps(found.get(key)), json.dumps(one))
    failures.expect(set(found) == set(wanted), "%s: %s", what, sorted(map(str, set(found) ^ set(wanted))))


def write(name, text):
    with open(name, "w" if isinstance(text, str) else "wb") as file:
        file.write(text)


def split(compiler, version, more, sources):
    """One program with split debug information, as its compiler leaves it, packed, and with files missing."""
    name = " ".join([compiler, *more, "-gdwarf-%d" % version])
    flags = [compiler, "-gdwarf-%d" % version, *more]
    if not compiled(*flags, *sources, "-o", "plain") or not compiled(*flags, "-gsplit-dwarf", *sources, "-o", "split"):
        return
    parts = sorted(one for one in os.listdir() if one.endswith(".dwo"))
    if not failures.expect(len(parts) == 2, "%s: %s", name, parts):
        return
    plain = types_of("plain")
    same(name, plain, "split")
    # Found by name only: strata's own search, without a full index.
    for kind, type_name, _ in plain:
        found = types_of("split", type_name)
        failures.expect({key for key in found} == {key for key in plain if key[1] == type_name}, "%s: %s: %s", name, type_name, found.keys())

    os.mkdir("moved")
    shutil.copy("split", "moved/split")
    os.mkdir("aside")
    for packer in ("dwp", "llvm-dwp"):
        # A package without all types is the packer's fault: binutils' knows no DWARF 5.
        if not packed_by(packer, "-e", "split", "-o", "moved/split.dwp") or not os.path.getsize("moved/split.dwp"):
            continue
        for part in parts:
            os.rename(part, "aside/" + part)
        same("%s, %s" % (name, packer), plain, "moved/split")
        alone = types_of("moved/split.dwp")
        failures.expect(set(alone) == set(plain), "%s, %s alone: %s", name, packer, sorted(map(str, set(alone) ^ set(plain))))
        for part in parts:
            os.rename("aside/" + part, part)
        os.unlink("moved/split.dwp")

    # One missing, one of another build, all missing; the folder named; a .dwo alone.
    os.rename(parts[0], "aside/" + parts[0])
    process = strata.run("list", "split", text=True)
    failures.expect(process.returncode == 0 and parts[0] in process.stderr and len(process.stderr.splitlines()) == 1,
                    "%s, one missing: %d, %s", name, process.returncode, process.stderr)
    same("%s, --dwo-dir" % name, plain, "split", "--dwo-dir", "aside")
    shutil.copy(parts[1], parts[0])
    process = strata.run("list", "split", text=True)
    failures.expect("another build" in process.stderr, "%s, a foreign .dwo: %s", name, process.stderr)
    write(parts[0], b"\x7fELF, no more")
    process = strata.run("list", "split", text=True)
    failures.expect(process.returncode == 0 and parts[0] in process.stderr, "%s, a damaged .dwo: %s", name, process.stderr)
    os.unlink(parts[0])
    os.unlink(parts[1])
    process = strata.run("list", "split", text=True)
    failures.expect(process.returncode == 2 and "--dwo-dir" in process.stderr, "%s, all missing: %d, %s", name, process.returncode, process.stderr)
    process = strata.run("list", "aside/" + parts[0], text=True)
    failures.expect(process.returncode == 0 and len(process.stdout.splitlines()) > 1, "%s, a .dwo alone: %s", name, process.stderr)


def in_folder(function, *words):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in (("one.c", ONE), ("two.c", TWO), ("one.cpp", CXX_ONE), ("two.cpp", CXX_TWO)):
            write(name, text)
        function(*words)
        os.chdir("/")


def archives():
    flags = ["gcc", "-g", "-c"]
    os.mkdir("sub")
    long_name = "sub/a_name_that_is_longer_than_sixteen_bytes.o"
    if not compiled(*flags, "one.c", "-o", "one.o") or not compiled(*flags, "two.c", "-o", long_name) or not compiled("gcc", "-c", "two.cpp", "-o", "no.o"):
        return
    tool("gcc", "-r", "one.o", long_name, "-o", "both.o")
    plain = types_of("both.o")
    for name, letters in (("plain.a", "cr"), ("thin.a", "crT")):
        failures.expect(tool("ar", letters, name, "one.o", long_name, "no.o"), "ar made no %s", name)
        same(name, plain, name)
        same(name + ", a member", types_of("one.o"), name + "(one.o)")
        same(name + ", a long name", types_of(long_name), "%s(%s)" % (name, os.path.basename(long_name)))
        for member, status in (("nosuch.o", 2), ("no.o", 2)):
            process = strata.run("list", "%s(%s)" % (name, member), text=True)
            failures.expect(process.returncode == status and len(process.stderr.splitlines()) == 1, "%s(%s): %s", name, member, process.stderr)
    process = subprocess.run([strata.path, "list", "-"], stdin=open("plain.a", "rb"), capture_output=True, text=True, check=False)
    failures.expect("struct two" in process.stdout, "an archive from standard input: %s", process.stderr)
    for command in (["diff", "plain.a", "both.o"], ["verify", "plain.a"], ["report", "plain.a", "-o", "json:-"]):
        process = strata.run(*command, text=True)
        failures.expect(process.returncode == 0, "%s: %d, %s", command, process.returncode, process.stderr)
    os.unlink("one.o")
    process = strata.run("list", "thin.a", text=True)
    failures.expect(process.returncode == 0 and "one.o" in process.stderr, "a thin archive's member is gone: %s", process.stderr)
    mutate("plain.a", 200)


def compressed():
    if not compiled("gcc", "-g", "-c", "one.c", "-o", "one.o"):
        return
    plain = types_of("one.o")
    with open("one.o", "rb") as file:
        data = file.read()
    write("x.gz", gzip.compress(data[:500]) + gzip.compress(data[500:]))  # of two members
    write("x.xz", lzma.compress(data))
    names = ["x.gz", "x.xz"]
    if tool("zstd", "-q", "one.o", "-o", "x.zst"):
        names.append("x.zst")
    for name in names:
        same(name, plain, name)
        with open(name, "rb") as file:
            packed = file.read()
        process = subprocess.run([strata.path, "list", "-"], input=packed, capture_output=True, check=False)
        failures.expect(b"struct one" in process.stdout, "%s through a pipe: %s", name, process.stderr)
        write("cut", packed[:len(packed) // 2])
        process = strata.run("list", "cut", text=True)
        failures.expect(process.returncode == 2 and "cut+0x" in process.stderr and len(process.stderr.splitlines()) == 1, "half of %s: %s", name, process.stderr)
        mutate(name, 60)
    write("bomb.gz", gzip.compress(bytes(40_000_000)))
    process = strata.run("list", "bomb.gz", text=True)
    failures.expect(process.returncode == 2 and "64 times" in process.stderr, "what grows a thousandfold: %s", process.stderr)
    write("long.gz", gzip.compress(data + bytes(40_000_000)))
    one_line("a program with zeros behind it", ["long.gz", "64 times", "--any-expansion"], "list", "long.gz")
    same("a program that may grow", plain, "long.gz", "--any-expansion")


def mutate(name, count, *words):
    """Damaged at random, it is read or refused in one line."""
    drawn = random.Random(name)
    with open(name, "rb") as file:
        data = file.read()
    for number in range(count):
        damaged = bytearray(data)
        for _ in range(drawn.randint(1, 4)):
            damaged[drawn.randrange(min(len(damaged), drawn.choice((80, 400, len(damaged)))))] = drawn.choice((0, 255, 32, 48, 57, drawn.randrange(256)))
        write("damaged", bytes(damaged))
        problem = died(strata.run("list", "damaged", *words))
        failures.expect(not problem, "%s, damaged %d: %s", name, number, problem)


def one_line(what, words, *command, status=2):
    process = strata.run(*command, text=True)
    lines = process.stderr.splitlines()
    failures.expect(process.returncode == status and len(lines) == 1 and all(word in lines[0] for word in words),
                    "%s: %d, %s", what, process.returncode, process.stderr[:500])


def member(name, size, content=b""):
    return b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (name, b"0", b"0", b"0", b"644", size) + content


def thin(names, members):
    return b"!<thin>\n" + member(b"//", len(names), names + b"\n" * (len(names) & 1)) + b"".join(members)


def hostile():
    """What no tool writes: names without an end, files that name themselves or one file very often, pipes, other machines."""
    if not compiled("gcc", "-g", "-c", "one.c", "-o", "one.o") or not compiled("gcc", "-g", "-c", "two.c", "-o", "two.o"):
        return
    plain = types_of("one.o")
    # Two thousand names of a megabyte each, all the same one.
    write("names.a", thin(b"x" * 1_000_000, [member(b"/0", 1)] * 2000))
    one_line("a name of a megabyte", ["names.a+0x", "longer than a path"], "list", "names.a")
    write("itself.a", thin(b"itself.a/\n", [member(b"/0", 1)] * 1000))
    one_line("a thin archive that names itself", ["1 members has debug information"], "list", "itself.a")
    write("often.a", thin(b"one.o/\n", [member(b"/0", 1)] * 1000))
    same("a thin archive that names one file a thousand times", plain, "often.a")
    os.mkfifo("pipe")
    write("pipe.a", thin(b"pipe/\n", [member(b"/0", 1)]))
    process = strata.run("list", "pipe.a", text=True)
    failures.expect(process.returncode == 2 and "not a regular file" in process.stderr, "a thin archive names a pipe: %s", process.stderr)
    with open("one.o", "rb") as file:
        one = file.read()
    write("inner.a", b"!<arch>\n" + member(b"one.o/", len(one), one))
    with open("inner.a", "rb") as file:
        inner = file.read()
    write("outer.a", b"!<arch>\n" + member(b"inner.a/", len(inner), inner) + b"\n" * (len(inner) & 1))
    one_line("an archive in an archive", ["1 members has debug information"], "list", "outer.a")
    tiny = b"!<arch>\n" + b"".join(member(b"%d/" % i, 2, b"ab") for i in range(100_000))
    write("tiny.a", tiny + member(b"one.o/", len(one), one))
    same("the last of 100 000 members", plain, "tiny.a(one.o)")
    if os.environ.get("STRATA_DEEP"):
        # More members with debug information than a process may have mappings for, at three each: all are open at once.
        padded = one + b"\n" * (len(one) & 1)
        with open("many.a", "wb") as file:
            file.write(b"!<arch>\n")
            for i in range(30_000):
                file.write(member(b"%d/" % i, len(one), padded))
        same("30 000 members", plain, "many.a")
        os.unlink("many.a")
    # Members of the same machine with the bytes the other way round.
    if tool("clang", "--target=mips-linux-gnu", "-g", "-c", "one.c", "-o", "big.o") and tool("clang", "--target=mipsel-linux-gnu", "-g", "-c", "two.c", "-o", "little.o"):
        tool("ar", "cr", "mixed.a", "big.o", "little.o")
        process = strata.run("list", "mixed.a", text=True)
        failures.expect(process.returncode == 0 and "little.o" in process.stderr and "another machine" in process.stderr, "both byte orders: %s", process.stderr)

    # Skeletons: one that names the program, and two that name one file by two paths.
    for name in ("one", "two"):
        tool("gcc", "-g", "-gsplit-dwarf", "-S", name + ".c", "-o", name + ".s")
    with open("one.s", encoding="utf-8") as file:
        assembly = file.read()
    names = [word for word in assembly.split('"') if word.endswith("one.dwo")]
    if not failures.expect(names, "gcc names no one.dwo"):
        return
    write("itself.s", assembly.replace(names[0], "itself"))
    if compiled("gcc", "-c", "itself.s", "-o", "whole.o"):
        tool("objcopy", "--extract-dwo", "whole.o", "one.dwo")
        tool("objcopy", "--strip-dwo", "whole.o", "itself")
        process = strata.run("list", "itself", text=True)
        failures.expect(process.returncode == 2 and "no .dwo file" in process.stderr, "a program that names itself: %d, %s", process.returncode, process.stderr)
        # A package whose index has four billion rows of no columns.
        write("index", b"\x02\0\0\0" + bytes(4) + b"\xff\xff\xff\xff" + bytes(4))
        tool("objcopy", "--add-section", ".debug_cu_index=index", "one.dwo", "rows.dwp")
        process = strata.run("list", "rows.dwp")
        failures.expect(not died(process) and b"not an index" in process.stderr, "an index of no columns: %s", process.stderr[:500])


def rust():
    """rustc names its .dwo files and its package itself."""
    write("one.rs", RUST)
    if not compiled("rustc", "-g", "-Csplit-debuginfo=off", "one.rs", "-o", "plain"):
        print("no rustc")
        return
    plain = types_of("plain")
    failures.expect(any(name == "one::Kind" for _, name, _ in plain), "rustc: %s", sorted(plain))
    for how in ("unpacked", "packed"):
        if not failures.expect(compiled("rustc", "-g", "-Csplit-debuginfo=" + how, "one.rs", "-o", how), "rustc makes nothing %s", how):
            continue
        failures.expect(any(name.endswith(".dwo" if how == "unpacked" else ".dwp") for name in os.listdir()), "%s: %s", how, os.listdir())
        same("rustc, " + how, plain, how)


def core_of(program, mapped=None):
    """The core of a program that runs until it is killed, once the loader has mapped that file; None: gcore makes none here."""
    process = subprocess.Popen([program])
    for _ in range(200):
        if not mapped or mapped in open("/proc/%d/maps" % process.pid, encoding="utf-8").read():
            break
        time.sleep(0.02)
    made = tool("gcore", "-o", "core", str(process.pid))
    process.kill()
    process.wait()
    name = "core.%d" % process.pid
    if made and os.path.exists(name):
        return name
    print("gcore makes no core here")
    return None


def cores():
    """A core's types are those of the program that left it: its file where the build-id is the core's, else its debug file. The witness for
    the build-id is readelf."""
    if not shutil.which("gcore") or not shutil.which("readelf"):
        print("no gcore or readelf: no cores")
        return
    write("sleep.c", ONE.replace("return first.x;", "int pause(void); return pause() + first.x;"))
    for flags in (["-pie"], ["-no-pie"], ["-static"], ["-m32"]):
        if not compiled("gcc", "-g", "-Wl,--build-id=sha1", *flags, "sleep.c", "-o", "sleeper"):
            continue
        notes = subprocess.run(["readelf", "-n", "sleeper"], capture_output=True, text=True, check=True).stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        plain = types_of("sleeper")
        program = os.path.abspath("sleeper")
        name = core_of(program)
        if not name:
            return
        same("a core, %s" % flags, plain, name)
        said = strata.run("list", name, text=True).stderr
        failures.expect(len(said.splitlines()) == 1 and program in said and build_id in said, "a core says what was read: %s", said)
        one_line("a core, --no-debug-link", [program, "(build-id %s)" % build_id], "list", name, "--no-debug-link")
        if flags == ["-pie"]:
            mutate(name, 60)
        # The program is gone; its debug file by its build-id; another program of its name.
        tool("objcopy", "--only-keep-debug", "sleeper", "kept")
        tool("strip", "sleeper")
        one_line("a core of a stripped program", [program, "no debug information", build_id], "list", name)
        os.makedirs("debug/.build-id/" + build_id[:2])
        os.rename("kept", "debug/.build-id/%s/%s.debug" % (build_id[:2], build_id[2:]))
        same("a core of a stripped program, its debug file", plain, name, "--debug-dir", "debug")
        os.unlink("sleeper")
        one_line("the core of a program that is gone", [program, "(build-id %s)" % build_id, "neither it nor its debug file"], "list", name)
        same("a core, its debug file alone", plain, name, "--debug-dir", "debug")
        compiled("gcc", "-g", "-Wl,--build-id=0x12345678", *flags, "sleep.c", "-o", "sleeper")
        one_line("the core of another build", [program, build_id, "its build-id differs"], "list", name)
        shutil.rmtree("debug")


def libraries():
    """A core's shared libraries, by the names and build-ids in it: their types are what strata says of the libraries themselves."""
    if not shutil.which("gcore"):
        return
    write("own.c", "struct only_library { char a; long b; }; struct only_library *own(void) { static struct only_library it; return &it; }\n")
    write("user.c", "struct only_program { int a; char b; } it; void *own(void); int pause(void); int main(void) { own(); return pause(); }\n")
    place = os.path.realpath("libown.so")
    if not compiled("gcc", "-g", "-shared", "-fPIC", "-Wl,--build-id=sha1", "own.c", "-o", "libown.so") or \
            not compiled("gcc", "-g", "-Wl,--build-id=sha1", "user.c", place, "-o", "user"):
        return
    name = core_of(os.path.abspath("user"), mapped=place)
    if not name:
        return

    def listed(*words):
        process = strata.run("list", *words, "--format", "json", text=True)
        return process, {one["name"]: one for one in json.loads(process.stdout)["types"]} if process.stdout else {}

    _, alone = listed(name)
    process, both = listed(name, "--libraries")
    failures.expect("only_program" in alone and "only_library" not in alone, "a core alone: %s", list(alone))
    failures.expect(process.returncode == 0, "a core with its libraries: %s", process.stderr)
    for file, key in (("user", "only_program"), ("libown.so", "only_library")):
        _, wanted = listed(file)
        failures.expect(all(both.get(key, {}).get(part) == wanted[key][part] for part in ("size_bytes", "align_bytes", "members", "holes", "own_waste_bytes")), "%s: %s", key, both.get(key))
    failures.expect(place in [one["path"] for one in json.loads(process.stdout)["files"]], "no %s: %s", place, process.stdout[:500])
    shown = strata.run("show", name, "only_library", "--libraries", text=True)
    failures.expect("struct only_library" in shown.stdout and place in shown.stdout, "show: %s %s", shown.stdout, shown.stderr)
    one_line("libraries of a program", ["--libraries", "core"], "list", "user", "--libraries")
    compiled("gcc", "-g", "-shared", "-fPIC", "-Wl,--build-id=0x12345678", "own.c", "-o", "libown.so")
    process, both = listed(name, "--libraries")
    failures.expect(process.returncode == 2 and place in process.stderr and "build-id differs" in process.stderr and "only_program" in both and "only_library" not in both,
                    "another build of a library: %d, %s", process.returncode, process.stderr)
    os.unlink("libown.so")
    process, _ = listed(name, "--libraries")
    failures.expect(process.returncode == 2 and place in process.stderr and len(process.stderr.splitlines()) == 2, "a library that is gone: %s", process.stderr)
    mutate(name, 40, "--libraries", "only_program")


def deb(root, name, compression="xz"):
    """A package of the files below `root`."""
    os.makedirs(root + "/DEBIAN", exist_ok=True)
    write(root + "/DEBIAN/control", "Package: p\nVersion: 1\nArchitecture: amd64\nMaintainer: none <none@example.org>\nDescription: p\n")
    return tool("dpkg-deb", "--root-owner-group", "-Z" + compression, "-b", root, name)


def package(name):
    """Of what is data.tar, whatever dpkg-deb thinks of it."""
    with open("data.tar", "rb") as file:
        data = file.read()
    write(name, b"!<arch>\n" + member(b"debian-binary", 4, b"2.0\n") + member(b"data.tar", len(data), data))


def packages():
    """A Debian package is an archive of the ELF files in it. The witness is ar of the same objects."""
    os.makedirs("root/usr/bin")
    os.makedirs("root/usr/lib/debug/.build-id/51")
    if not compiled("gcc", "-g", "-Wl,--build-id=0x5152535455", "one.c", "-o", "root/usr/bin/one") or not compiled("gcc", "-g", "-c", "two.c", "-o", "root/usr/lib/two.o"):
        return
    write("root/usr/lib/text", "no program")
    os.link("root/usr/bin/one", "root/usr/bin/same")
    os.symlink("one", "root/usr/bin/link")
    if not deb("root", "xz.deb"):
        print("NO dpkg-deb HERE: no packages")
        return
    process = strata.run("list", "xz.deb", text=True)
    if "without libarchive" in process.stderr:
        failures.expect(process.returncode == 2 and len(process.stderr.splitlines()) == 1, "without libarchive: %s", process.stderr)
        print("STRATA WITHOUT libarchive: no packages")
        return
    tool("ar", "cr", "both.a", "root/usr/bin/one", "root/usr/lib/two.o")
    plain = types_of("both.a")
    for compression in ("xz", "zstd", "gzip", "none"):
        if deb("root", compression + ".deb", compression):
            same("a package, " + compression, plain, compression + ".deb")
    for name in ("usr/bin/one", "usr/bin/same"):
        same("a file in a package", types_of("root/usr/bin/one"), "xz.deb(%s)" % name)
    same("an object in a package", types_of("root/usr/lib/two.o"), "xz.deb(usr/lib/two.o)")
    one_line("no such file", ["xz.deb(usr/bin/none)", "no such file"], "list", "xz.deb(usr/bin/none)")
    one_line("a text in a package", ["xz.deb(usr/lib/text)", "not an ELF file"], "list", "xz.deb(usr/lib/text)")
    process = subprocess.run([strata.path, "list", "-"], stdin=open("xz.deb", "rb"), capture_output=True, text=True, check=False)
    failures.expect("struct two" in process.stdout, "a package from standard input: %s", process.stderr)
    # A package of stripped programs, and that of their debug files.
    full = types_of("root/usr/bin/one")
    tool("objcopy", "--only-keep-debug", "--compress-debug-sections", "root/usr/bin/one", "root/usr/lib/debug/.build-id/51/52535455.debug")
    for name in ("root/usr/bin/one", "root/usr/bin/same"):
        os.unlink(name)
    os.unlink("root/usr/lib/two.o")
    deb("root", "p-dbgsym.deb")
    same("a package of debug files", full, "p-dbgsym.deb")
    shutil.rmtree("root/usr/lib/debug")
    compiled("gcc", "one.c", "-o", "root/usr/bin/one")
    deb("root", "bare.deb")
    one_line("a package without debug information", ["bare.deb", "-dbgsym"], "list", "bare.deb")
    # Damaged, cut, without data, a bomb.
    for name in ("xz.deb", "none.deb"):
        mutate(name, 100)
    with open("xz.deb", "rb") as file:
        data = file.read()
    write("cut.deb", data[:len(data) - 500])
    one_line("a package cut short", ["cut.deb", "beyond the file"], "list", "cut.deb")
    write("nothing.deb", b"!<arch>\n" + member(b"debian-binary", 4, b"2.0\n"))
    one_line("a package without data", ["nothing.deb", "without data.tar"], "list", "nothing.deb")
    write("root/usr/lib/zeros", bytes(60_000_000))
    deb("root", "bomb.deb")
    one_line("a package that grows a thousandfold", ["bomb.deb", "64 times", "--any-expansion"], "list", "bomb.deb")
    # What nobody asked for grows, too, and it is the last of the package: a program is before it.
    compiled("gcc", "-g", "one.c", "-o", "one.full")
    with tarfile.open("data.tar", "w") as tar:
        tar.add("one.full")
        tar.add("root/usr/lib/zeros")
    with open("data.tar", "rb") as file:
        data = lzma.compress(file.read())
    write("last.deb", b"!<arch>\n" + member(b"debian-binary", 4, b"2.0\n") + member(b"data.tar.xz", len(data), data))
    one_line("a package whose last file grows a thousandfold", ["last.deb", "64 times"], "list", "last.deb")
    same("a package that may grow", types_of("one.full"), "last.deb", "--any-expansion")
    # Holes are in no stream: a program of 300 MB in 20 KB of tar.
    shutil.copy("root/usr/bin/one", "sparse")
    os.truncate("sparse", 300_000_000)
    if tool("tar", "-S", "--format=gnu", "-cf", "data.tar", "sparse"):
        package("sparse.deb")
        one_line("a package of holes", ["sparse.deb", "64 times"], "list", "sparse.deb")
    with tarfile.open("data.tar", "w") as tar:
        for name, link in (("itself", "itself"), ("first", "second"), ("second", "first")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.LNKTYPE, link
            tar.addfile(entry)
    package("links.deb")
    for name in ("itself", "first"):
        one_line("hard links in a circle", ["links.deb(%s)" % name, "hard link"], "list", "links.deb(%s)" % name)


def alternates():
    """dwz moves what debug files of a package share into another file of it, which they name: installed (absolute), or relative."""
    if not shutil.which("dwz"):
        print("no dwz: no alternate files")
        return
    text = "".join("struct shared%d { char c; long l; struct { int i, j; } n; };\nstruct shared%d v%d;\n" % (i, i, i) for i in range(40))
    write("shared.h", text.replace(";\nstruct shared", ";\nstatic struct shared"))
    for name in ("one", "two"):
        write(name + ".c", "#include \"shared.h\"\nstruct of_%s { int a; } %s;\nint main(void) { return 0; }\n" % (name, name))
        if not compiled("gcc", "-g", "-Wl,--build-id=sha1", name + ".c", "-o", name):
            return
    plain = {**types_of("one"), **types_of("two")}
    for how, named in (("installed", "/usr/lib/debug/.dwz/p.debug"), ("relative", "../.dwz/p.debug")):
        folder = how + "/usr/lib/debug/.build-id"
        os.makedirs(folder)
        os.makedirs(how + "/usr/lib/debug/.dwz")
        for name in ("one", "two"):
            shutil.copy(name, "%s/%s.debug" % (folder, name))
        if not tool("dwz", "-m", how + "/usr/lib/debug/.dwz/p.debug", "-M", named, folder + "/one.debug", folder + "/two.debug") or not deb(how, how + ".deb"):
            print("dwz or dpkg-deb makes no package of alternate files here")
            return
        same("a package with an alternate file, " + how, plain, how + ".deb", but=("decl", "language"))  # which dwz leaves out
        same("one of its files, " + how, types_of("one"), "%s.deb(usr/lib/debug/.build-id/one.debug)" % how, but=("decl", "language"))
        said = strata.run("list", how + ".deb", text=True).stderr
        failures.expect(not said, "%s: %s", how, said)
    os.unlink("relative/usr/lib/debug/.dwz/p.debug")
    deb("relative", "gone.deb")
    said = strata.run("list", "gone.deb", text=True)
    failures.expect("../.dwz/p.debug is not found" in said.stderr, "an alternate file that is not in the package: %s", said.stderr)
    mutate("installed.deb", 20)


def commands():
    """Every command reads every input, and says of it what it says of the plain one."""
    if not compiled("gcc", "-g", "-c", "one.c", "-o", "plain.o"):
        return
    inputs = ["plain.o"]
    with open("plain.o", "rb") as file:
        plain = file.read()
    write("x.gz", gzip.compress(plain))
    write("x.xz", lzma.compress(plain))
    inputs += ["x.gz", "x.xz"]
    for name, words in (("x.zst", ("zstd", "-q", "plain.o", "-o", "x.zst")), ("x.a", ("ar", "cr", "x.a", "plain.o")), ("thin.a", ("ar", "crT", "thin.a", "plain.o")),
                        ("lto.o", ("gcc", "-g", "-flto", "-c", "one.c", "-o", "lto.o")), ("split.o", ("gcc", "-g", "-gsplit-dwarf", "-c", "one.c", "-o", "split.o"))):
        if tool(*words):
            inputs.append(name)
    inputs.append("x.a(plain.o)")
    os.makedirs("root/usr/lib")
    shutil.copy("plain.o", "root/usr/lib/plain.o")
    if deb("root", "x.deb") and strata.run("list", "x.deb").returncode == 0:
        inputs += ["x.deb", "x.deb(usr/lib/plain.o)"]
    if compiled("gcc", "-g", "-Wl,--build-id=0x61626364", "one.c", "-o", "mini") and tool("objcopy", "--only-keep-debug", "mini", "mini.debug"):
        with open("mini.debug", "rb") as file:
            write("mini.xz", lzma.compress(file.read()))
        tool("strip", "mini")
        tool("objcopy", "--add-section", ".gnu_debugdata=mini.xz", "mini")
        inputs += ["mini", "mini.debug"]
    write("rules", "type shared\n max_size 1\n")
    answers = {}
    for path in inputs:
        for words, status in ((["show", path], 0), (["list", path], 0), (["diff", "plain.o", path], 0), (["diff", path, "plain.o"], 0), (["check", path, "--rules", "rules"], 1),
                              (["report", path, "-o", "csv:-"], 0), (["verify", path], 0)):
            process = strata.run(*words, text=True)
            # The path and what the file's own name leads to are all that differs.
            said = process.stdout.replace("'%s'" % path, "FILE").replace(path, "FILE")
            key = words[0], words.index(path)
            failures.expect(process.returncode == status and not process.stderr, "%s: %d, %s", words, process.returncode, process.stderr)
            failures.expect(said == answers.setdefault(key, said), "%s: %s, plainly %s", words, said, answers[key])


def lto():
    """Objects for link time optimisation hold the debug information in sections of their own names."""
    for compiler, source in (("gcc", "one.c"), ("g++", "one.cpp")):
        for more in ([], ["-gdwarf-4"], ["-gz"], ["-O2"], ["-ffat-lto-objects"], ["-ffat-lto-objects", "-gz=zlib"]):
            if compiled(compiler, "-g", *more, "-c", source, "-o", "plain.o") and compiled(compiler, "-g", "-flto", *more, "-c", source, "-o", "lto.o"):
                same("%s -flto %s" % (compiler, more), types_of("plain.o"), "lto.o")
    mutate("lto.o", 60)


def mini():
    """.gnu_debugdata: an ELF file packed with xz. It serves where it has types; where it has symbols alone, that is said."""
    if not compiled("gcc", "-g", "-Wl,--build-id=0x5152535455", "one.c", "-o", "full"):
        return
    plain = types_of("full")
    tool("objcopy", "--only-keep-debug", "full", "debug")
    tool("strip", "--strip-debug", "full", "-o", "symbols")
    tool("strip", "full", "-o", "bare")
    for name in ("debug", "symbols"):
        with open(name, "rb") as file:
            write(name + ".xz", lzma.compress(file.read()))
        tool("objcopy", "--add-section", ".gnu_debugdata=%s.xz" % name, "bare", "with-" + name)
    same("mini debug information with types", plain, "with-debug")
    same("the same, --no-debug-link", plain, "with-debug", "--no-debug-link")
    one_line("mini debug information without types", [".gnu_debugdata", "symbols alone", "5152535455"], "list", "with-symbols")
    for what, content, words in (("cut", open("debug.xz", "rb").read()[:300], "truncated xz stream"), ("text", b"no xz at all", "not compressed"),
                                 ("packed text", lzma.compress(b"no program, not at all"), "not an ELF file"),
                                 ("a bomb", lzma.compress(bytes(40_000_000)), "64 times")):
        write("content", content)
        tool("objcopy", "--add-section", ".gnu_debugdata=content", "bare", "damaged-mini")
        one_line("mini debug information, " + what, [words], "list", "damaged-mini")
    mutate("with-debug", 60)


for c, cxx in (("gcc", "g++"), ("clang", "clang++")):
    for version in (4, 5):
        in_folder(split, c, version, [], ["one.c", "two.c"])
        in_folder(split, cxx, version, [], ["one.cpp", "two.cpp"])
        in_folder(split, cxx, version, ["-fdebug-types-section"], ["one.cpp", "two.cpp"])
in_folder(archives)
in_folder(compressed)
in_folder(hostile)
in_folder(rust)
in_folder(cores)
in_folder(libraries)
in_folder(packages)
in_folder(alternates)
in_folder(commands)
in_folder(lto)
in_folder(mini)
print("%d types compared" % compared)
failures.finish(at_least=100)
