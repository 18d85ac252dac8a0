"""Files that hide something, grow without bounds or vanish while they are read: nothing is lost in silence, and what is refused is refused
in one line."""

import ctypes
import os
import resource
import shutil
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
    # Not "list": that may not cut files any more, and it is the same process here.
    process = run("a file that shrinks", "report", "shrinking", "-o", "json:-", status=2,
                  env=dict(os.environ, LD_PRELOAD=preloadable(library), SHRINK_PATH=os.path.abspath("shrinking")))
    failures.expect(process.stderr.count(b"\n") == 1 and b"shrinking" in process.stderr and b"shorter" in process.stderr,
                    "a file that shrinks: %s", process.stderr)
    failures.expect(os.path.getsize("shrinking") == 4096, "the file was not cut")


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
    example = os.path.join(examples, "golden-old")
    for command in (["show", example], ["list", example], ["diff", example, example]):
        run("giving up", *command, env=dict(os.environ, LD_PRELOAD=preloadable(library), TRY_TO_WRITE="written"))
        failures.expect(not os.path.exists("written"), "%s can write files", command[0])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    alternate_links()
    shrinking_file()
    what_is_given_up()
    expansion()
    rows_of_many_types()
    escapes_in_csv()
    deep_containment()

failures.finish(at_least=25)
