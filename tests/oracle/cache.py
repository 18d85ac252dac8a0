# SPDX-License-Identifier: MIT
"""The cache of indexes by the command line: off unless asked for; with it every answer is what it is without; another build of the file, a damaged
cache, and one that others may use are not trusted. The witness is strata without a cache.
"""
import os
import shutil
import subprocess
import tempfile

from common import Failures, arguments, skip

SOURCE = """
struct one { char a; long b; }; typedef struct { int x; } two, second; enum three { A, B };
struct struct_that_is_named_in_debug_str { char c; struct one of; short s; } last;
struct one first; two another; second again; enum three choice;
int main(void) { return 0; }
"""
QUESTIONS = [["list"], ["list", "--format", "json"], ["show", "one"], ["show", "second"], ["show", "nothing"], ["show", "o*"], ["show", "/t.*/"],
             ["show", "--format", "json"], ["list", "--sort", "waste", "--top", "1"], ["list", "--format", "csv"], ["list", "--kind", "enum"],
            ["list", "--where", "holes > 0 && hot == 0"], ["list", "--sort", "-savings"], ["list", "--holes"], ["list", "--straddle"],
            ["list", "--cacheline", "16", "--format", "csv"], ["list", "--contains", "one"], ["list", "--holders", "one"], ["list", "t*"], ["list", "one"],
            ["list", "--first", "o*"], ["show", "--first", "one"], ["browse", "--keys", "<Down><Enter>"], ["browse", "--keys", "/long<Enter>"],
            ["vars"]]


def main():
    args = arguments()
    failures = Failures()
    compiler = shutil.which("gcc") or skip("no gcc")
    with tempfile.TemporaryDirectory() as folder:
        program, home = os.path.join(folder, "program"), os.path.join(folder, "home")
        kept = os.path.join(home, "strata")
        os.mkdir(home)

        def compile_with(text, *options):
            subprocess.run([compiler, "-g", *options, "-x", "c", "-", "-o", program], input=text.encode(), check=True)

        def asked(question, on, **environment):
            env = {name: value for name, value in os.environ.items() if name != "STRATA_CACHE"} | {"XDG_CACHE_HOME": home} | environment
            words = [args.strata, question[0], *(["--cache"] if on else []), program, *question[1:]]
            done = subprocess.run(words, env=env, capture_output=True, check=False)
            return done.returncode, done.stdout.decode(), done.stderr.decode()

        def index(ending=".index"):
            names = [name for name in os.listdir(kept) if name.endswith(ending)] if os.path.isdir(kept) else []
            return os.path.join(kept, names[0]) if names else None

        def same(what):
            for question in QUESTIONS:
                plain, cached = asked(question, False), asked(question, True)
                failures.expect(plain == cached, f"{what}: {question}: {cached} with the cache, {plain} without")

        compile_with(SOURCE, "-Wl,--build-id=0x1234567890abcdef")
        asked(["list"], False)
        failures.expect(not os.path.exists(kept), "a cache was kept that nobody asked for")
        same("new")
        failures.expect(index() and os.path.basename(index()) == "1234567890abcdef.index", f"kept as {index()}")
        failures.expect(os.stat(kept).st_mode & 0o777 == 0o700 and os.stat(index()).st_mode & 0o777 == 0o600, "others may use the cache")
        same("kept")
        before, old = os.stat(index()).st_ino, asked(["show", "one"], True)
        asked(["list"], True)
        failures.expect(os.stat(index()).st_ino == before, "the cache was made again, though it fits")

        # Of the same build-id, but another file.
        compile_with(SOURCE.replace("char a;", "char a, extra[100];"), "-Wl,--build-id=0x1234567890abcdef")
        same("another file")
        failures.expect(os.stat(index()).st_ino != before, "the cache was not made again")
        failures.expect(asked(["show", "one"], True) != old, "the old layout is shown")

        # By the environment.
        os.unlink(index())
        asked(["list"], False, STRATA_CACHE="1")
        failures.expect(index() is not None, "STRATA_CACHE=1 keeps nothing")
        os.unlink(index())
        asked(["list"], False, STRATA_CACHE="0")
        failures.expect(index() is None, "STRATA_CACHE=0 keeps something")

        # Damaged: one notice, the right answer, and a whole cache afterwards.
        plain = asked(["list"], False)
        asked(["list"], True)
        with open(index(), "rb") as file:
            whole = file.read()
        for what, damaged in [("empty", b""), ("cut", whole[:-7]), ("longer", whole + b"x"), ("changed", whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]),
                              ("other", b"no cache at all" * 50)]:
            with open(index(), "wb") as file:
                file.write(damaged)
            status, out, err = asked(["list"], True)
            failures.expect((status, out) == plain[:2], f"{what}: another answer: {out}")
            failures.expect(err.count("\n") == 1 and "the cache is not used" in err, f"{what}: said {err!r}")
            with open(index(), "rb") as file:
                failures.expect(file.read() == whole, f"{what}: not made again")

        # The same of what was computed from the index. What is kept again may have grown, but never says anything else.
        asked(["list"], True)
        with open(index("-lines-64.part"), "rb") as file:
            whole = file.read()
        for what, damaged in [("empty", b""), ("cut", whole[:-7]), ("longer", whole + b"x"), ("changed", whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]),
                              ("other", b"no cache at all" * 50)]:
            with open(index("-lines-64.part"), "wb") as file:
                file.write(damaged)
            status, out, err = asked(["list"], True)
            failures.expect((status, out) == plain[:2], f"figures {what}: another answer: {out}")
            failures.expect(err.count("\n") == 1 and "the cache is not used" in err, f"figures {what}: said {err!r}")
            failures.expect(asked(["list"], True) == plain, f"figures {what}: not made again")
        os.chmod(index("-lines-64.part"), 0o644)
        status, out, err = asked(["list"], True)
        failures.expect((status, out) == plain[:2] and err.count("\n") == 1 and "may use it" in err, f"figures others may read: {status} {err!r}")
        same("figures made again")

        # What the cache answers needs no debug information: it may be broken without anybody's noticing.
        with open(program, "rb") as file:
            bytes_before = file.read()
        status = os.stat(program)
        answers = {word: asked(["list", "--format", word], False) for word in ("text", "json", "csv")}
        at = bytes_before.find(b"\x7fELF") + 16 + bytes_before[16:].find(b"struct_that_is_named_in_debug_str")
        failures.expect(at > 16, "the fixture names no struct_that_is_named_in_debug_str")
        with open(program, "r+b") as file:
            file.seek(at)
            file.write(b"STRUCT")
        os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
        for word, answer in answers.items():
            failures.expect(asked(["list", "--format", word], False) != answer, f"{word}: the change does not show in the file itself")
            failures.expect(asked(["list", "--format", word], True) == answer, f"{word}: the file was read again")
        with open(program, "wb") as file:
            file.write(bytes_before)

        # Several files, with the cache and without.
        other = os.path.join(folder, "other")
        shutil.copy(program, other)
        for words in [], ["--format", "json"], ["--sort", "hot"]:
            said = [asked(["list", *words, other], on) for on in (False, True, True)]
            failures.expect(said[0] == said[1] == said[2], f"several files {words}: {said}")

        # Not ours alone: not read, said once.
        os.chmod(index(), 0o644)
        status, out, err = asked(["list"], True)
        failures.expect((status, out) == plain[:2] and err.count("\n") == 1 and "may use it" in err, f"readable by others: {status} {err!r}")
        same("made again")
        os.chmod(kept, 0o755)
        status, out, err = asked(["show", "one"], True)
        failures.expect(status == 0 and err.count("\n") == 1 and "may use it" in err, f"a folder that others may use: {status} {err!r}")
        os.chmod(kept, 0o700)
        shutil.move(kept, kept + "-real")
        os.symlink(kept + "-real", kept)
        status, out, err = asked(["show", "one"], True)
        failures.expect(status == 0 and err.count("\n") == 1, f"a link for a folder: {status} {err!r}")
        os.unlink(kept)

        # Nothing to tell the file by: no cache, no word.
        compile_with(SOURCE, "-Wl,--build-id=none")
        failures.expect(asked(["list"], True) == asked(["list"], False) and index() is None, "a file without a build-id is kept")
    failures.finish()


main()
