# SPDX-License-Identifier: MIT
"""Split debug information of every form, beside the plain build of the same source: by each compiler and version, by each command, and
where files may be.  inputs.py has the forms that most people meet; here are the rest."""

import json
import os
import resource
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments

SHARED = """
template <class T, int n> struct box { T value; char tail[n]; virtual ~box() {} };
struct base { virtual int f(); char c; };
enum class mode : unsigned char { off, on };
"""
ONE = SHARED + """
struct derived : base { box<long, 3> b; bool flag; mode m; };
int base::f() { return 0; }
derived first;
int main() { return first.flag; }
"""
TWO = SHARED + """
struct holder { box<long, 3> a; box<short, 5> b; mode m; };
holder second;
"""
C_ONE = """
struct shared { char a; long b; short c : 5, d : 9; };
struct one { struct shared shared; char x; int (*call)(struct shared *); } first;
int main(void) { return first.x; }
"""
C_TWO = """
struct shared { char a; long b; short c : 5, d : 9; };
struct two { struct shared shared[3]; char x; struct one *next; } second;
"""

options = arguments()
strata, failures = Strata(os.path.abspath(options.strata)), Failures()


def tool(*words):
    try:
        return subprocess.run(words, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def write(name, text):
    with open(name, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def in_folder(function, *words):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in (("one.cpp", ONE), ("two.cpp", TWO), ("one.c", C_ONE), ("two.c", C_TWO)):
            write(name, text)
        function(*words)
        os.chdir("/")


def types_of(*words):
    process = strata.run("show", *words, "--format", "json", text=True)
    if not failures.expect(process.returncode == 0 and not process.stderr, "show %s: %d, %s", words, process.returncode, process.stderr):
        return {}
    types = json.loads(process.stdout)["types"]
    for one in types:
        one.pop("copies", None)
        one.pop("entry", None)
    return {(one["kind"], one["name"], one["size_bytes"]): one for one in types}


def same(what, plain, *words):
    """What is said of the types, but for where that stands."""
    found = types_of(*words)
    for key, one in plain.items():
        failures.expect(found.get(key) == one, "%s: %s: %s, plainly %s", what, key, json.dumps(found.get(key)), json.dumps(one))
    failures.expect(set(found) == set(plain), "%s: %s", what, sorted(map(str, set(found) ^ set(plain))))


def linked(compiler, flags, program, names=("one", "two"), ending="cpp"):
    """In two steps: the driver would name the .dwo files after the program, differently in each release."""
    objects = [name + ".o" for name in names]
    return (all(tool(compiler, *flags, "-c", "%s.%s" % (name, ending), "-o", name + ".o") for name in names) and
            tool(compiler, *flags, *objects, "-o", program))


# ---- every form ------------------------------------------------------------------------------------------

FORMS = (
    ("single", ["-gsplit-dwarf=single"], []),
    ("single, type units", ["-gsplit-dwarf=single"], ["-fdebug-types-section"]),
    ("names without arguments", ["-gsplit-dwarf"], ["-gsimple-template-names"]),
    ("all units in one .dwo", ["-gsplit-dwarf"], ["-flto"]),
    ("compressed", ["-gsplit-dwarf", "-gz"], []),
)


def forms(compiler, version):

    for form, split, more in FORMS:
        flags = ["-gdwarf-%d" % version, *more]
        name = "%s -gdwarf-%d, %s" % (compiler, version, form)
        for old in os.listdir():
            if old.endswith((".dwo", ".o")):
                os.unlink(old)
        if not linked(compiler, flags, "plain") or not linked(compiler, flags + split, "split"):
            continue  # this compiler knows no such form

        plain = types_of("plain")
        failures.expect(len(plain) >= 5, "%s: %s", name, sorted(map(str, plain)))
        same(name, plain, "split")
        for kind, type_name, _ in plain:
            found = types_of("split", type_name)
            failures.expect((kind, type_name) in {key[:2] for key in found}, "%s: %s: %s", name, type_name, found.keys())
        if "-flto" not in more:  # an object of that has no debug information yet
            same(name + ", an object", types_of("plain", "derived", "base"), "one.o", "derived", "base")
        if "single" in form:
            os.makedirs("elsewhere", exist_ok=True)
            shutil.move("one.o", "elsewhere/moved.o")
            same(name + ", an object that has moved", types_of("plain", "derived", "base"), "elsewhere/moved.o", "derived", "base")



# ---- many files ------------------------------------------------------------------------------------------

MANY, DESCRIPTORS = 40, 24


def many():
    """More .dwo files than a process may have descriptors, read by one thread and by eight: the answer is the same to the byte."""
    names = ["unit%d" % i for i in range(MANY)]
    for number, name in enumerate(names):
        write(name + ".c", "struct own%d { char a; long b[%d]; } x%d; struct same { short s; int i; } y%d;%s\n" %
              (number, number + 1, number, number, " int main(void) { return 0; }" if not number else ""))
    sources, objects = ([name + ending for name in names] for ending in (".c", ".o"))
    for program, split in (("plain", []), ("split", ["-gsplit-dwarf"])):
        if not tool("gcc", "-g", *split, "-c", *sources) or not tool("gcc", *objects, "-o", program):
            return
    same("%d files" % MANY, types_of("plain"), "split")
    os.rename("unit7.dwo", "away")
    shutil.copy("unit8.dwo", "unit7.dwo")

    def listed(threads, *words):
        return subprocess.run([strata.path, *words, "--threads", str(threads)], capture_output=True, check=False, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS)))

    for words in (["list", "split"], ["show", "split", "--format", "json"], ["show", "split", "own9", "same"]):
        first, *others = [listed(threads, *words) for threads in (1, 8, 8)]
        failures.expect(first.returncode == 0 and b"own9" in first.stdout and b"own7\"" not in first.stdout and b"unit7.dwo" in first.stderr,
                        "%s: %d, %s", words, first.returncode, first.stderr)
        for other in others:
            failures.expect((other.stdout, other.stderr) == (first.stdout, first.stderr), "%s by eight threads: %s", words, other.stderr)


# ---- every command ---------------------------------------------------------------------------------------

def without(text, *names):
    for name in names:
        text = text.replace(name, "FILE")
    return text


def commands():
    """The same words of a split program, a package, an archive of skeletons and of the plain program."""
    if not linked("gcc", ["-g"], "plain", ending="c"):
        return
    tool("ar", "cr", "plain.a", "one.o", "two.o")
    if not linked("gcc", ["-g", "-gsplit-dwarf", "-gdwarf-4"], "split", ending="c"):
        return
    tool("ar", "cr", "split.a", "one.o", "two.o")
    tool("ar", "crT", "thin.a", "one.o", "two.o")
    subjects = [("split", "plain"), ("split.a", "plain.a"), ("thin.a", "plain.a")]
    os.mkdir("packed")
    shutil.copy("split", "packed/split")
    if tool("dwp", "-e", "split", "-o", "packed/split.dwp"):
        subjects.append(("packed/split", "plain"))
    write("rules", "type shared\n    max_size 16\n")
    table = (
        ["show", "FILE"], ["show", "FILE", "shared"], ["show", "FILE", "s*", "--format", "csv"], ["list", "FILE", "--sort", "name"],
        ["list", "FILE", "--where", "holes > 0"], ["pack", "FILE", "shared"], ["check", "FILE", "--rules", "rules"],
        ["report", "FILE", "-o", "md:-"], ["verify", "FILE"], ["diff", "plain", "FILE"],
        ["browse", "FILE", "--keys", "<Down> <Enter>", "--size", "100x30"],
    )
    for subject, plainly in subjects:
        for words in table:
            process, wanted = (strata.run(*[one if word == "FILE" else word for word in words], text=True) for one in (subject, plainly))
            answers = [(process.returncode, without(one, subject, os.path.basename(subject), plainly), without(other, subject, plainly))
                       for process, one, other in ((process, process.stdout, process.stderr), (wanted, wanted.stdout, wanted.stderr))]
            failures.expect(wanted.returncode in (0, 1) and wanted.stdout or "diff" in words, "%s: %s", words, wanted.stderr)
            failures.expect(answers[0][0] == answers[1][0] and answers[0][1].split() == answers[1][1].split(),
                            "%s of %s: %s\nplainly: %s", words, subject, answers[0], answers[1])


def archives():
    """Thin archives of thin ones, and of plain ones, into which they lead member by member; their members' .dwo files."""
    if not linked("g++", ["-g", "-gdwarf-4"], "plain"):
        return
    plain = types_of("plain")
    os.mkdir("inner")
    for split in ([], ["-gsplit-dwarf"]):
        linked("g++", ["-g", "-gdwarf-4", *split], "program")
        shutil.copy("two.o", "a_name_that_is_longer_than_sixteen_bytes.o")
        for letters in ("cr", "crT"):
            for old in ("inner/inner.a", "outer.a"):
                if os.path.exists(old):
                    os.unlink(old)
            tool("ar", letters, "inner/inner.a", "one.o", "a_name_that_is_longer_than_sixteen_bytes.o")
            tool("ar", "crT", "outer.a", "inner/inner.a")
            what = "ar %s in a thin archive, %s" % (letters, split)
            same(what, plain, "outer.a")
            same(what + ", a member", types_of("one.o"), "outer.a(one.o)")
            same(what + ", a long name", types_of("two.o"), "outer.a(a_name_that_is_longer_than_sixteen_bytes.o)")
    # What it leads to is no member, no archive, or gone.
    with open("outer.a", "rb") as file:
        thin = file.read()
    tool("ar", "cr", "inner/plain.a", "one.o")
    tool("ar", "crT", "leads.a", "inner/plain.a")
    with open("leads.a", "rb") as file:
        leads = file.read()
    failures.expect(b":" in leads and thin.startswith(b"!<thin>"), "ar writes no origins: %s", leads[:300])
    for how in ("elsewhere", "no archive", "gone"):
        if how == "elsewhere":
            at = leads.index(b"/0:")
            write("leads.a", leads[:at] + b"/0:999999".ljust(16) + leads[at + 16:])
        else:
            write("leads.a", leads)
            write("inner/plain.a", "no archive") if how == "no archive" else os.unlink("inner/plain.a")
        process = strata.run("list", "leads.a", text=True)
        failures.expect(process.returncode == 2 and 1 <= len(process.stderr.splitlines()) <= 3 and "plain.a" in process.stderr,
                        "%s: %d, %s", how, process.returncode, process.stderr)


# ---- where files may be ----------------------------------------------------------------------------------

def places():
    """Moved away from where it was compiled, under a name that -ffile-prefix-map wrote."""
    os.mkdir("src")
    for name in ("one.cpp", "two.cpp"):
        shutil.move(name, "src/" + name)
    os.mkdir("src/obj")
    os.chdir("src")
    flags = ["-g", "-ffile-prefix-map=%s=/usr/src/no/such" % os.getcwd(), "-Wl,--build-id=sha1"]
    if not all(tool("g++", *flags, "-gsplit-dwarf", "-c", name + ".cpp", "-o", "obj/%s.o" % name) for name in ("one", "two")):
        return
    tool("g++", *flags, "obj/one.o", "obj/two.o", "-o", "split")
    tool("g++", *flags, "one.cpp", "two.cpp", "-o", "plain")
    os.chdir("..")
    plain = types_of("src/plain")
    same("beside the program, by its relative name", plain, "src/split")
    shutil.copy("src/split", "split")
    for folders in (["src"], ["src/obj"], ["nowhere", "src/obj"]):
        same("--dwo-dir %s" % folders, plain, "split", *[word for one in folders for word in ("--dwo-dir", one)])
    # Each file in a folder of its own, and files of other builds under the same names before them.
    os.makedirs("apart/x/obj")
    os.makedirs("apart/y/no/such/obj")
    shutil.copy("src/obj/one.dwo", "apart/x/obj/one.dwo")
    shutil.copy("src/obj/two.dwo", "apart/x/obj/two.dwo")
    shutil.copy("src/obj/two.dwo", "apart/x/one.dwo")
    shutil.copy("src/obj/one.dwo", "apart/y/no/such/obj/two.dwo")
    same("files of other builds", plain, "split", "--dwo-dir", "apart/y", "--dwo-dir", "apart/x")
    # A pipe where a .dwo should be is not waited for.
    os.makedirs("pipes/obj")
    os.mkfifo("pipes/obj/one.dwo")
    shutil.copy("src/obj/two.dwo", "pipes/obj/two.dwo")
    process = strata.run("list", "split", "--dwo-dir", "pipes", text=True)
    failures.expect(process.returncode == 0 and "obj/one.dwo: not a regular file" in process.stderr and "holder" in process.stdout,
                    "a pipe: %d, %s", process.returncode, process.stderr)


def compressed():
    if not linked("g++", ["-gdwarf-4"], "plain") or not linked("g++", ["-gdwarf-4", "-gsplit-dwarf"], "split"):
        return
    plain = types_of("plain")
    for way in ("zlib", "zlib-gnu", "zstd"):
        if all(tool("objcopy", "--compress-debug-sections=" + way, name + ".dwo", name + ".packed") for name in ("one", "two")):
            os.makedirs(way)
            for name in ("one", "two"):
                shutil.move(name + ".packed", "%s/%s.dwo" % (way, name))
            shutil.copy("split", way + "/split")
            same(".dwo files compressed, " + way, plain, "split", "--dwo-dir", way)


def packages():
    """A package is found beside the program and its links, its debug file, by build-id and by path; one of another build is told."""
    if not linked("g++", ["-gdwarf-4", "-Wl,--build-id=sha1"], "plain"):
        return
    if not linked("g++", ["-gdwarf-4", "-gsplit-dwarf", "-Wl,--build-id=sha1"], "split") or not tool("dwp", "-e", "split", "-o", "split.dwp"):
        print("no dwp that makes packages")
        return
    plain = types_of("plain")
    notes = subprocess.run(["readelf", "-n", "split"], capture_output=True, text=True, check=True).stdout
    build_id = notes.split("Build ID: ")[1].split()[0]
    for name in ("one.dwo", "two.dwo"):
        os.unlink(name)
    os.mkdir("home")
    shutil.move("split.dwp", "home/package")
    shutil.move("split", "home/split")

    def put(what, where, program, *words):
        os.makedirs(os.path.dirname(where) or ".", exist_ok=True)
        shutil.copy("home/package", where)
        same("a package " + what, plain, program, *words)
        os.unlink(where)

    put("beside the program", "home/split.dwp", "home/split")
    os.symlink("home/split", "link")
    put("where a link leads", "home/split.dwp", "link")
    put("beside a link", "link.dwp", "link")
    put("below --dwo-dir", "some/split.dwp", "home/split", "--dwo-dir", "some")
    put("by build-id", "debug/.build-id/%s/%s.dwp" % (build_id[:2], build_id[2:]), "home/split", "--debug-dir", "debug")
    put("by path", "debug%s.dwp" % os.path.abspath("home/split"), "home/split", "--debug-dir", "debug")
    tool("objcopy", "--only-keep-debug", "home/split", "home/split.debug")
    os.chdir("home")
    tool("objcopy", "--strip-debug", "--add-gnu-debuglink=split.debug", "split", "stripped")
    os.chdir("..")
    put("beside the debug file", "home/split.debug.dwp", "home/stripped")
    put("beside the debug file, without its ending", "home/split.dwp", "home/stripped")
    put("of the debug file itself", "home/split.dwp", "home/split.debug")

    # Of another build, and then the right one elsewhere.
    write("one.cpp", ONE.replace("bool flag", "bool flag, more"))
    if linked("g++", ["-gdwarf-4", "-gsplit-dwarf"], "other") and tool("dwp", "-e", "other", "-o", "home/split.dwp"):
        for name in ("one.dwo", "two.dwo"):
            os.unlink(name)
        os.makedirs("some", exist_ok=True)
        os.rename("home/split.dwp", "changed.dwp")
        # two.cpp is as it was, and so is its id: take away what the packages share.
        linked("g++", ["-gdwarf-4", "-gsplit-dwarf"], "single", names=("one",))
        tool("dwp", "-e", "single", "-o", "home/split.dwp")
        os.unlink("one.dwo")
        process = strata.run("list", "home/split", text=True)
        failures.expect(process.returncode == 2 and "split.dwp is of another build" in process.stderr and "struct" not in process.stdout,
                        "a package of another build: %d, %s, %s", process.returncode, process.stdout, process.stderr)
        shutil.copy("home/package", "some/split.dwp")
        process = strata.run("list", "home/split", "--dwo-dir", "some", text=True)
        failures.expect(process.returncode == 0 and "of another build" in process.stderr and "struct derived" in process.stdout,
                        "the right package behind another: %d, %s", process.returncode, process.stderr)


for one in ("g++", "clang++"):
    for dwarf in (4, 5):
        in_folder(forms, one, dwarf)
in_folder(many)
in_folder(commands)
in_folder(archives)
in_folder(places)
in_folder(compressed)
in_folder(packages)
failures.finish(at_least=100)
