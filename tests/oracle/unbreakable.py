# SPDX-License-Identifier: MIT
"""Files that hide something, grow without bounds or vanish while they are read: nothing is lost in silence, and what is refused is refused
in one line."""

import contextlib
import ctypes
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile

from common import Failures, Strata, arguments, died, preloadable

options = arguments("library", "examples")
strata = Strata(os.path.abspath(options.strata))
failures = Failures()
examples = os.path.abspath(options.examples)
library = os.path.abspath(options.library)


def run(what, *words, status=0, memory_megabytes=None, **more):
    if memory_megabytes:
        more["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_AS, (memory_megabytes << 20,) * 2)
    process = strata.run(*words, **more)
    problem = died(process)
    if problem:
        failures.fail("%s: %s" % (what, problem))
    failures.expect(process.returncode == status, "%s: exit %d, %d was expected: %s", what, process.returncode, status, process.stderr[:300])
    return process


def build(name, text, *words, compiler="gcc"):
    with open(name + ".c", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([compiler, "-g", "-c", "-o", name, name + ".c", *words], check=True)
    return name


def alternate_links():
    if not shutil.which("dwz"):
        print("not tested: alternate links (no dwz)")
        return
    text = "".join("struct shared%d { char a; long b; struct shared%d *next; };\nstruct shared%d used%d;\n" % (i, i, i, i) for i in range(60))
    for name in ("one", "two"):
        build(name + ".o", text)
        subprocess.run(["gcc", "-shared", "-o", name, name + ".o"], check=True)
    subprocess.run(["dwz", "-m", "common", "one", "two"], check=True)
    whole = run("the link is whole", "list", "one")
    failures.expect(not whole.stderr and b"shared7" in whole.stdout, "dwz's files cannot be read: %s", whole.stderr[:200])
    subprocess.run(["objcopy", "--dump-section", ".gnu_debugaltlink=link", "one", "unused"], check=True)
    with open("link", "rb") as file:
        link = file.read()
    bad_links = {"a control character": b"\x1b" + link[1:], "no end": link.replace(b"\0", b"x"), "an empty name": link[link.index(b"\0"):]}
    for what, data in bad_links.items():
        with open("link", "wb") as file:
            file.write(data)
        subprocess.run(["objcopy", "--update-section", ".gnu_debugaltlink=link", "one", "broken"], check=True)
        process = run(what, "list", "broken")
        failures.expect(b"alternate file" in process.stderr, "%s: nothing is said: %s", what, process.stderr)
    subprocess.run(["objcopy", "--remove-section", ".gnu_debugaltlink", "one", "broken"], check=True)
    process = run("no section", "list", "broken")
    failures.expect(b"alternate file" in process.stderr, "no section: nothing is said: %s", process.stderr)
    for name in ("five", "six"):
        subprocess.run(["gcc", "-shared", "-gdwarf-5", "-o", name, "one.o"], check=True)
    if subprocess.run(["dwz", "--dwarf-5", "-m", "supplement", "five", "six"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        whole = run("DWARF 5's link is whole", "list", "five")
        failures.expect(not whole.stderr and b"shared7" in whole.stdout, "DWARF 5's link: %s", whole.stderr[:200])
        subprocess.run(["objcopy", "--remove-section", ".debug_sup", "five", "broken"], check=True)
        process = run("no .debug_sup", "list", "broken")
        failures.expect(process.stderr.count(b"alternate file") == 1, "no .debug_sup: what is said: %s", process.stderr)
    process = run("an ordinary file", "list", "one.o")
    failures.expect(not process.stderr, "an ordinary file: %s", process.stderr)


def expansion():
    """80 KB of zlib that are 80 MB of zeros: refused with the option that reads it."""
    build("bomb.o", "char pad[1] = {0}; struct s { char a; long b; } s;")
    with open("zeros", "wb") as file:
        file.write(bytes(80 << 20))
    subprocess.run(["objcopy", "--remove-section", ".rela.debug_line", "--update-section", ".debug_line=zeros", "bomb.o", "bomb"], check=True)
    subprocess.run(["objcopy", "--compress-debug-sections=zlib", "bomb", "bomb.z"], check=True)
    failures.expect(os.path.getsize("bomb.z") < 1 << 20, "the bomb is not compressed")
    process = run("a bomb", "list", "bomb.z", status=2)
    failures.expect(b"--any-expansion" in process.stderr and process.stderr.count(b"\n") == 1, "a bomb: %s", process.stderr)
    process = run("a bomb, asked for", "list", "bomb.z", "--any-expansion")
    failures.expect(b"struct s" in process.stdout, "a bomb, asked for: %s", process.stdout)


def rows_of_many_types():
    """64 types that hold the same 20,000 bytes twice as members, opened: memory for one of them at a time."""
    members = "".join("char m%d;" % i for i in range(20000))
    text = "struct inner { %s };\n" % members + "".join("struct t%d { struct inner a, b; } v%d;\n" % (i, i) for i in range(64))
    build("rows.o", text)
    process = run("rows of many types", "show", "-e", "rows.o", "--threads", "2", memory_megabytes=600)
    failures.expect(process.stdout.count(b"struct t") >= 64, "rows of many types: some are missing")


def members_in_a_database():
    """A type of 300,000 rows: as rows for SQLite it needs no more than in another report."""
    text = "struct many { %s } v;\n" % "".join("char m%d; int k%d;" % (i, i) for i in range(100000))
    build("many.o", text)
    run("many members", "report", "many.o", "-o", "many.json", "--threads", "1", memory_megabytes=330)
    run("many members in a database", "report", "many.o", "-o", "many.sqlite", "--threads", "1", memory_megabytes=330)
    with contextlib.closing(sqlite3.connect("many.sqlite")) as database:
        found = database.execute("SELECT count(*), sum(position) FROM (SELECT position FROM members UNION ALL SELECT position FROM gaps)").fetchone()
    # Each char is followed by a hole: 300,000 rows, each of another position.
    failures.expect(found == (300000, 300000 * 299999 // 2), "many members in a database: %s", found)


def names_that_share_their_tails():
    """10,000 types in a namespace, their names the tails of one of 65,000 bytes: not copied 10,000 times."""
    with open("tails.s", "w", encoding="ascii") as file:
        file.write(""".section .debug_abbrev,"",@progbits
            .byte 1, 0x11, 1, 0x13, 0x0b, 0, 0,  2, 0x39, 1, 3, 0x0e, 0, 0,  3, 0x13, 0, 3, 0x0e, 0x0b, 0x05, 0, 0,  0
            .section .debug_str,"MS",@progbits,1
            .fill 65000, 1, 'x'
            .byte 0
            .asciz "space"
            .section .debug_info,"",@progbits
            .long end - start
            start: .short 4
            .long 0
            .byte 8, 1, 4, 2
            .long 65001
            """ + "".join(".byte 3\n.long %d\n.short %d\n" % (i, i % 100 + 1) for i in range(10000)) + """
            .byte 0, 0
            end:
            """)
    subprocess.run(["as", "-o", "tails.o", "tails.s"], check=True)
    process = run("names that share their tails", "list", "tails.o", "--format", "csv", "--where", "size == 7", memory_megabytes=400)
    failures.expect(process.stdout.count(b"\r\n") == 101, "names that share their tails: %d lines", process.stdout.count(b"\r\n"))


def units_that_share_their_names():
    """20,000 units share one part of .debug_str_offsets, as LLVM's of a program optimised as a whole do: not read once for each."""
    units, entries = 20000, 400000
    with open("shared.s", "w", encoding="ascii") as file:
        file.write(""".section .debug_abbrev,"",@progbits
            .byte 1, 0x11, 1, 0x72, 0x17, 0, 0,  2, 0x13, 0, 3, 0x28, 0x0b, 0x0b, 0, 0,  0
            .section .debug_str,"MS",@progbits,1
            """ + "".join('.asciz "%06d"\n' % i for i in range(entries - 1)) + """.asciz "wanted"
            .section .debug_str_offsets,"",@progbits
            .long 4 + 4 * %d
            .short 5, 0
            """ % entries + "".join(".long %d\n" % (7 * i) for i in range(entries)) + """
            .section .debug_info,"",@progbits
            """ + "".join(""".long 2f - 1f
            1: .short 5
            .byte 1, 8
            .long 0
            .byte 1
            .long 8
            .byte 2
            .long %d
            .byte 4, 0
            2:
            """ % (i if i < units - 1 else entries - 1) for i in range(units)))
    subprocess.run(["as", "-o", "shared.o", "shared.s"], check=True)
    # Processor time, generously: 28 seconds when each unit reads the part, 0.03 when it is read once.
    process = run("units that share their names", "show", "shared.o", "wanted", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (8, 8)))
    failures.expect(b"struct wanted" in process.stdout, "units that share their names: %s", process.stderr[:300])


def long_patterns():
    """A pattern of 16,000 parentheses is refused in a line that a person can read."""
    with open("parens.rules", "w", encoding="ascii") as file:
        file.write("type /%sx%s/\n  max_size 8\n" % ("(" * 16000, ")" * 16000))
    process = run("a long pattern", "check", os.path.join(examples, "golden-c"), "--rules", "parens.rules", status=2)
    failures.expect(process.stderr.count(b"\n") == 1 and b"parens.rules:1:6" in process.stderr and len(process.stderr) < 1000, "a long pattern: %d bytes: %s",
                    len(process.stderr), process.stderr[:100])


def nested(depth):
    """A unit of structs within structs, none of which says where its sibling is."""
    with open("nested.s", "w", encoding="ascii") as file:
        file.write(""".section .debug_abbrev,"",@progbits
            .byte 1, 0x11, 1, 0x13, 0x0b, 0, 0,  2, 0x13, 1, 3, 8, 0x0b, 0x0b, 0, 0,  0
            .section .debug_info,"",@progbits
            .long end - start
            start: .short 4
            .long 0
            .byte 8, 1, 4
            """ + "".join(".byte 2\n.asciz \"s%d\"\n.byte 1\n" % i for i in range(depth)) + ".fill %d, 1, 0\nend:\n" % (depth + 1))
    subprocess.run(["as", "-o", "nested.o", "nested.s"], check=True)


def deep_without_siblings():
    """Each type's end is found by walking over all that is in it: so no deeper than any program's."""
    nested(1000)
    process = run("deep", "list", "nested.o", "--format", "csv")
    failures.expect(process.stdout.count(b"\r\n") == 1001 and not process.stderr, "nested deeply: %d lines", process.stdout.count(b"\r\n"))
    nested(1500)
    process = strata.run("list", "nested.o")
    failures.expect(process.returncode in (0, 2) and b"nested deeper than" in process.stderr, "nested too deeply: exit %d, %s", process.returncode,
                    process.stderr[:300])


def many_rules():
    """6000 types under 6000 rules that are not theirs: once for each pair of them, not once more for each rule."""
    count = 6000
    build("many_types.o", "".join("struct t%d { char a; long b; } v%d;\n" % (i, i) for i in range(count)))
    with open("many.rules", "w", encoding="ascii") as file:
        file.write("type t*\n  max_size 16\n" + "".join("type elsewhere_%d*\n  max_size 16\n" % i for i in range(count)))
    # Processor time, generously: cubic it is 200 thousand million comparisons.
    process = run("many rules", "check", "many_types.o", "--rules", "many.rules", "--format", "json",
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
    kept = process.stdout.count(b'"status":"kept"')
    failures.expect(kept == count, "many rules: %d results", kept)


def deep_containment():
    """A type 300 levels down."""
    depth = 300
    text = "struct inmost { char a; };\nstruct d0 { struct inmost i; };\n"
    text += "".join("struct d%d { struct d%d d; };\n" % (i, i - 1) for i in range(1, depth)) + "struct d%d v;\n" % (depth - 1)
    build("deep.o", text)
    process = run("a deep type", "list", "deep.o", "--contains", "inmost", "--format", "csv")
    failures.expect(process.stdout.count(b"\r\n") == depth + 1, "a deep type: %d lines", process.stdout.count(b"\r\n"))


def escapes_in_csv():
    build("plain.o", "struct q_q { char a; long b; } q;")
    with open("plain.o", "rb") as file:
        data = file.read()
    failures.expect(b"q_q\0" in data, "the name is not in the file")
    with open("escape.o", "wb") as file:
        file.write(data.replace(b"q_q\0", b"q\x1bq\0"))
    for command in (["list", "escape.o", "--format", "csv"], ["show", "escape.o", "--format", "csv"], ["report", "escape.o", "-o", "csv:-"]):
        process = run("escapes", *command)
        failures.expect(b"\x1b" not in process.stdout and b"q\\x1bq" in process.stdout, "%s: %r", " ".join(command), process.stdout[:300])
    process = run("an option with escapes", "list", "--\x1b[31m", status=2)
    failures.expect(b"\x1b" not in process.stderr and b"\\x1b" in process.stderr, "an option with escapes: %r", process.stderr)


def shrinking_file():
    shutil.copy(os.path.join(examples, "golden-cpp"), "shrinking")
    process = run("a file that shrinks", "list", "shrinking", status=2,
                  env=dict(os.environ, LD_PRELOAD=preloadable(library), SHRINK_PATH=os.path.abspath("shrinking")))
    failures.expect(process.stderr.count(b"\n") == 1 and b"shrinking" in process.stderr and b"shorter" in process.stderr,
                    "a file that shrinks: %s", process.stderr)
    failures.expect(os.path.getsize("shrinking") == 4096, "the file was not cut")


def at_most(size_bytes):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes,) * 2)


def full_disks():
    """Where nothing more can be written: one line with the file's name, and what was there before stays."""
    example = os.path.join(examples, "golden-cpp")
    for name in ("old.json", "old.sqlite"): # of a recording: tests/view/test_watch_recording.c
        run("before the disk is full", "report", example, "-o", name)
        with open(name, "rb") as file:
            before = file.read()
        process = run("a full disk", "report", example, "-o", name, status=2, preexec_fn=at_most(4096))
        failures.expect(process.stderr.count(b"\n") == 1 and name.encode() in process.stderr, "%s on a full disk: %s", name, process.stderr)
        with open(name, "rb") as file:
            failures.expect(file.read() == before, "%s on a full disk: the older one is lost", name)
    with open("/dev/full", "wb") as full:
        for words in (["--help"], ["--version"], ["list", "--help"], ["watch", "--keys", "i3"], ["list", example]):
            process = subprocess.run([strata.path, *words], stdout=full, stderr=subprocess.PIPE, check=False, timeout=240)
            failures.expect(process.returncode == 2 and b"standard output" in process.stderr, "%s > /dev/full: exit %d, %s", " ".join(words),
                            process.returncode, process.stderr)


def fifos():
    """A FIFO that nobody writes to is not waited for, whatever it is given as. Binaries may come through one, and bash's <(...) is one."""
    os.mkfifo("fifo")
    example = os.path.join(examples, "golden-c")
    rules = os.path.join(examples, "budgets.rules")
    for command in (["show", "fifo"], ["check", example, "--rules", "fifo"], ["check", example, "--rules", rules, "--baseline", "fifo"],
                    ["watch", "--replay", "fifo"], ["explain", "fifo"], ["explain", "fifo", example], ["report", "fifo", "-o", "json:-"]):
        process = strata.run(*command, timeout=240)
        failures.expect(process.returncode == 2 and process.stderr.count(b"\n") == 1 and b"fifo" in process.stderr, "%s: exit %d, %s", " ".join(command),
                        process.returncode, process.stderr)
    with subprocess.Popen(["cat", rules], stdout=subprocess.PIPE) as cat:
        piped = strata.run("check", example, "--rules", "/dev/fd/%d" % cat.stdout.fileno(), pass_fds=[cat.stdout.fileno()])
    named = strata.run("check", example, "--rules", rules)
    failures.expect(named.returncode == piped.returncode and piped.stdout.count(b"\n") > 2, "rules through a pipe: exit %d, %s", piped.returncode, piped.stderr)


def has_landlock():
    try:
        with open("/sys/kernel/security/lsm", encoding="ascii") as file:
            return "landlock" in file.read()
    except OSError:
        return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0  # landlock_create_ruleset, of which only the version is asked


def what_is_given_up():
    """A command that reads cannot write any more, whatever a file made of it."""
    if not has_landlock():
        print("not tested: landlock (the kernel has none)")
        return
    example, rules = os.path.join(examples, "golden-old"), os.path.join(examples, "budgets.rules")
    os.mkdir("elsewhere")
    os.mkdir("reports")
    os.symlink("elsewhere/linked.md", "link.md")
    outputs = ["reports/r.json", "reports/r.html", "reports/r.sqlite", "link.md", "csv:/dev/null", "sarif:-"]
    for command in (["show", example], ["list", example], ["diff", example, example], ["verify", example], ["verify"],
                    ["check", example, "--rules", rules], ["check", example, "--rules", rules, "--baseline", "elsewhere/base", "--bless"],
                    ["report", example, "-o", "json:-"], ["report", example] + [word for output in outputs for word in ("-o", output)]):
        for _ in range(2): # the second one replaces what the first has written
            process = strata.run(*command, env=dict(os.environ, LD_PRELOAD=preloadable(library), TRY_TO_WRITE="written"))
            failures.expect(process.returncode in (0, 1) and not died(process), "giving up, %s: exit %d, %s", " ".join(command), process.returncode,
                            process.stderr)
            failures.expect(not os.path.exists("written"), "%s can write files", " ".join(command))
    for name in ("reports/r.json", "reports/r.html", "reports/r.sqlite", "elsewhere/linked.md", "elsewhere/base"):
        failures.expect(os.path.getsize(name) > 100, "%s was not written", name)
    failures.expect(os.path.islink("link.md") and sorted(os.listdir("reports")) == ["r.html", "r.json", "r.sqlite"], "something else was written: %s",
                    os.listdir("reports"))
    # A database that somebody keeps in WAL mode has more files beside it.
    with contextlib.closing(sqlite3.connect("reports/r.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
    run("a database in WAL mode", "report", os.path.join(examples, "golden-cpp"), "-o", "reports/r.sqlite")
    # In its folder a report makes and replaces files, and writes none that it has not made.
    with open("reports/other", "wb") as file:
        file.write(b"other")
    run("another file", "report", example, "-o", "reports/r.json", env=dict(os.environ, LD_PRELOAD=preloadable(library), TRY_TO_WRITE="reports/other"))
    failures.expect(os.path.getsize("reports/other") == 5, "a report can write to other files of its folder")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    alternate_links()
    shrinking_file()
    full_disks()
    fifos()
    what_is_given_up()
    expansion()
    rows_of_many_types()
    members_in_a_database()
    escapes_in_csv()
    many_rules()
    long_patterns()
    names_that_share_their_tails()
    units_that_share_their_names()
    deep_without_siblings()
    deep_containment()

failures.finish(at_least=25)
