# SPDX-License-Identifier: MIT
"""Another program's map in a real terminal: attach, watch it grow, find a key, freeze, list, leave; the program ends; no
rights; the terminal goes away. And headless: the screens of a program that stands still are those of its core.

    live.py STRATA FIXTURES            FIXTURES/maps/live-go1.22 … are the programs that are watched
    live.py STRATA FIXTURES --write    writes the golden screens of recordings anew: look at what has changed before you keep it
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from terminal import Terminal, SECONDS

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
PROGRAMS = ("live-go1.22", "live-go1.24", "live-go1.25")
HELD = re.compile(r"^ (strata watch|time\b).*$", re.M)


class Subject:
    """A program with maps, without a network, that obeys lines."""

    def __init__(self, path, folder=None, dies_with_core=False):
        def prepare():
            if dies_with_core:
                resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder,
                                        env={**os.environ, "GOTRACEBACK": "crash" if dies_with_core else "all"}, preexec_fn=prepare)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()


def headless(strata, arguments, keys, size="110x36"):
    done = subprocess.run([strata, "watch", "--unicode", "--size", size, "--keys", keys] + arguments, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def still_screens_are_the_cores(strata, program):
    with tempfile.TemporaryDirectory() as folder, Subject(program, folder, True) as subject:
        subject.ask("grow 3000")
        subject.ask("names 700")
        wanted = {}
        for name, keys in (("main.Grown", ""), ("main.Grown", "Z"), ("main.Grown", "z z"), ("main.Names", "Z"), ("main.Names", "x x"), ("main.Points", "Z"),
                           ("main.Few", "Z"), ("main.Names", "/ n a m e - 7 <Enter>")):
            wanted[name, keys] = headless(strata, ["--pid", str(subject.pid), "--map", name], keys)
        os.kill(subject.pid, signal.SIGABRT)
        subject.process.wait()
        cores = [name for name in os.listdir(folder) if name.startswith("core")]
        if not cores:
            print("%s: no core is written here: its screens are not compared" % os.path.basename(program))
            return
        core = os.path.join(folder, cores[0])
        for (name, keys), live in wanted.items():
            dead = headless(strata, ["--core", core, "--map", name], keys)
            # The title says live or core; statistics of chains are of so many frames; there is no time line of a core.
            strip = lambda text: [re.sub(r"│ (chain|frames|found|full).*", "", line) for line in HELD.sub("", text).split("\n")][:-2]
            assert strip(live) == strip(dead), "%s %s, keys %r: the process has\n%s\nand its core\n%s" % (program, name, keys, live, dead)


def a_recording_shows_the_same(strata, program):
    with tempfile.TemporaryDirectory() as folder:
        path, keys = os.path.join(folder, "growth.live"), "z / 4 2 <Enter>"
        with Subject(program) as subject:
            subject.ask("grow 3000")
            live = headless(strata, ["--pid", str(subject.pid), "--map", "main.Grown", "--record", path], keys)
            with open(path, "rb") as file:
                first = file.read()
            letter = os.path.join(folder, "letter")
            with open(letter, "w") as file:
                file.write("dear reader")
            for arguments, words in ((["--map", "main.Grown", "--record", letter], "left as it is"), (["--record", path], "--map"),
                                     (["--map", "main.Grown", "--replay", path], "--replay")):
                done = subprocess.run([strata, "watch", "--keys", "", "--pid", str(subject.pid)] + arguments, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, timeout=SECONDS)
                assert done.returncode == 2 and words in done.stderr, (arguments, done)
        with open(letter) as file:
            assert file.read() == "dear reader"
        with open(path, "rb") as file:
            assert file.read() == first  # those that failed have left it
        assert sorted(os.listdir(folder)) == ["growth.live", "letter"]
        replayed = headless(strata, ["--replay", path], "/ 4 2 <Enter>")
        # An event is of the frame in which the key was asked for.
        strip = lambda text: re.sub(r"(?m)^ +\d+ (key|found)", r"\1", HELD.sub("", text)).split("\n")[:-2]
        assert strip(live) == strip(replayed), "%s: the process has\n%s\nand its recording\n%s" % (program, live, replayed)
        done = subprocess.run([strata, "watch", "--replay", path, "--exe", strata, "--keys", ""], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=SECONDS)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done


# Of recordings: what is on the screen is golden/live-NAME, but for what is another at each start of a program (MASKS).
# name: program, map, keys
SCREENS = {
    "classic-entries-100x30": ("live-go1.22", "main.Few", "Z"),
    "classic-struct-100x30": ("live-go1.22", "main.Sessions", "<Enter>"),
    "classic-interface-100x30": ("live-go1.22", "main.Anything", "<Enter>"),
    "classic-empty-slot-100x30": ("live-go1.22", "main.Few", "<Enter> <Left>"),
    "classic-keys-100x44": ("live-go1.22", "main.Few", "?"),
    "swiss-entries-100x30": ("live-go1.24", "main.Few", "Z"),
    "swiss-struct-100x30": ("live-go1.24", "main.Sessions", "<Enter>"),
    "swiss-interface-100x30": ("live-go1.24", "main.Anything", "<Enter>"),
    "swiss-empty-slot-100x30": ("live-go1.24", "main.Few", "<Enter> <Left>"),
    "swiss-keys-100x44": ("live-go1.24", "main.Few", "?"),
}
MASKS = ((r"0x[0-9a-f]+ *", "0x# "), (r"(?<=│)[0-9a-f]{2}(?=[│ ])", "##"), (r"(tophash|control) [0-9a-f]{2}:", r"\1 ##:"),
         # What the title has room for goes by the number's length.
         (r"(?m)^( strata watch) +(.*?)(?: +pid \d+ +go\S+)? +(■.*)$", r"\1 \2 \3"))


def recorded_screens_are_golden(strata, programs):
    for name, (program, map_name, keys) in SCREENS.items():
        path = next((path for path in programs if os.path.basename(path) == program), None)
        if not path:
            print("no %s: %s is not compared" % (program, name))
            continue
        with tempfile.TemporaryDirectory() as folder:
            recording = os.path.join(folder, "recording")
            with Subject(path) as subject:
                headless(strata, ["--pid", str(subject.pid), "--map", map_name, "--record", recording], "")
            text = headless(strata, ["--replay", recording], keys, name.rsplit("-", 1)[1])
        for pattern, mask in MASKS:
            text = re.sub(pattern, mask, text)
        golden = os.path.join(GOLDEN, "live-%s.txt" % name)
        if "--write" in sys.argv:
            with open(golden, "w", encoding="utf-8") as file:
                file.write(text)
        with open(golden, encoding="utf-8") as file:
            wanted = file.read()
        assert text == wanted, "%s: the screen is\n%s\nand not\n%s" % (golden, text, wanted)


# What the runtime hashes with: AES of amd64 and 386, and where there is none, or it is switched off, two others.
HASHERS = ([(name, "") for name in ("go1.22", "go1.27", "go1.22-386", "go1.24-386")] +
           [(name, "cpu.aes=off") for name in ("go1.22", "go1.24", "go1.26", "go1.27", "go1.22-386", "go1.24-386")])
KEYS = (("main.Ints", "4 2", "294"), ("main.Strings", "k e y 7", '"vvvvvvv"'), ("main.Points", "{ 7 , - 7 }", "{1, 7}"),
        ("main.Floats", "0", ": 0;"), ("main.Uint64s", "0 x 3 0 0 0 0 0 0 0 0 0 0", ""), ("main.Bytes4", "[ 9 , 1 , 2 , 3 ]", "9"))


def keys_are_found(strata, fixtures):
    """A key that the program has put in is found where the program's own hash puts it, whatever that hash is; another one is not."""
    for name, debug in HASHERS:
        path = os.path.join(fixtures, "maps", name)
        if not os.access(path, os.X_OK) or ("386" in name and os.uname().machine != "x86_64"):
            continue
        with subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env=dict(os.environ, GODEBUG=debug)) as subject:
            assert subject.stdout.readline().startswith("{")
            for map_name, key, value in KEYS:
                arguments = ["--pid", str(subject.pid), "--map", map_name]
                screen = headless(strata, arguments, "/ %s <Enter>" % key)
                assert "found in slot" in screen and value in screen, (name, debug, map_name, screen)
                if map_name == "main.Ints":
                    screen = headless(strata, arguments, "/ 9 %s <Enter>" % key.replace("4", "9 9 9"))
                    assert "not there" in screen, (name, debug, map_name, screen)
            subject.kill()


def keys_of_stripped_programs_are_found(strata, fixtures):
    """No symbol tells the key schedule: it is found by the keys of the map. Names are gone, so the map is known by its type and count."""
    for name in ("go1.22-stripped", "go1.24-stripped", "go1.26-stripped", "go1.22-386-stripped", "go1.24-386-stripped"):
        path = os.path.join(fixtures, "maps", name)
        if not os.access(path, os.X_OK) or ("386" in name and os.uname().machine != "x86_64"):
            continue
        for debug in ("", "cpu.aes=off"):
            with subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  env=dict(os.environ, GODEBUG=debug)) as subject:
                assert subject.stdout.readline().startswith("{")
                told = subprocess.run([strata, "maps", str(subject.pid), "--all", "--format", "json"], stdout=subprocess.PIPE, check=True, timeout=SECONDS)
                row = next(row for row in json.loads(told.stdout)["maps"] if row["type"].rstrip("?") == "map[string]string" and row["count"] == 2000)
                arguments = ["--pid", str(subject.pid), "--map", row["address"]]
                screen = headless(strata, arguments, "/ k e y 7 <Enter>")
                assert "found in slot" in screen and '"vvvvvvv"' in screen, (name, debug, screen)
                assert "not there" in headless(strata, arguments, "/ k e y x <Enter>"), (name, debug)
                subject.kill()


def keys_of_arm64_are_found(strata, fixtures):
    """The same in the core that an arm64 program leaves under qemu."""
    program, qemu = os.path.join(fixtures, "maps", "go1.24-arm64"), shutil.which("qemu-aarch64")
    if not os.access(program, os.X_OK) or not qemu:
        print("no qemu-aarch64 or no Go 1.24: arm64's hashes are held by unit/test_hmap_hash_machines alone")
        return
    with tempfile.TemporaryDirectory() as folder:
        def prepare():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        with subprocess.Popen([qemu, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder,
                              env=dict(os.environ, GOTRACEBACK="crash"), preexec_fn=prepare) as subject:
            assert subject.stdout.readline().startswith("{")
            subject.send_signal(signal.SIGQUIT)
            subject.wait(timeout=SECONDS)
        cores = [name for name in os.listdir(folder) if name.startswith("qemu_") and name.endswith(".core")]
        if not cores:
            print("qemu leaves no core here")
            return
        core = os.path.join(folder, cores[0])
        for map_name, key, value in KEYS:
            screen = headless(strata, ["--core", core, "--exe", program, "--map", map_name], "/ %s <Enter>" % key)
            assert "found in slot" in screen and value in screen, (map_name, screen)
        told = subprocess.run([strata, "verify", core, "--exe", program, "--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS)
        assert told.returncode == 0 and re.search(r"^  seed +8 +- +8$", told.stdout, re.M), told


def attach_watch_and_leave(strata, program):
    is_swiss = "1.22" not in program
    with Subject(program) as subject, Terminal(strata, "110x34", arguments="--pid %d --map main.Grown" % subject.pid) as terminal:
        subject.ask("grow 5")
        # main.Grown was empty when it was looked for: it is a map all the same.
        terminal.wait(lambda screen: "● live 10/s" in screen and re.search(r"(used|count) +5 ", screen), "attached")
        for _ in range(60):
            subject.ask("grow 50")
            terminal.wait(lambda screen: True, "a frame")
        terminal.wait(lambda screen: re.search(r"(used|count) +3005 ", screen), "the growth")
        terminal.keys("e")
        terminal.wait(lambda screen: ("a table split" in screen or "more entries" in screen) if is_swiss else
                      ("growth" in screen or "moved up to" in screen or "grew between" in screen or "more entries" in screen), "events")
        terminal.keys("e", "/")
        terminal.wait(lambda screen: "the key:" in screen, "the prompt")
        terminal.keys("1", "7", "Enter")
        terminal.wait(lambda screen: re.search(r"found in slot \d of .*: 119;", screen), "the key")
        # Where no processor is free for half a second it cannot be stopped, which is said: once more then.
        while True:
            terminal.keys("f")
            if "exact" in terminal.wait(lambda screen: re.search(r"exact: stood [0-9.]+ ms|come to a stop", screen), "frozen"):
                break
            terminal.keys("j")
            terminal.wait(lambda screen: "come to a stop" not in screen, "the message has gone")
        assert subject.ask("grow 1") == "grown 3006"  # it runs on
        terminal.keys(" ")
        terminal.wait(lambda screen: re.search(r"(used|count) +3006 ", screen), "going on")
        terminal.keys("m")
        terminal.wait(lambda screen: "main.Numbers" in screen and "waste" in screen, "the list")
        terminal.keys(*["k"] * 20, "Enter")
        terminal.wait(lambda screen: "main.Numbers map" in screen and re.search(r"(used|count) +20000 ", screen), "the largest map")
        terminal.keys("BSpace")
        terminal.wait(lambda screen: "waste" in screen, "back to the list")
        terminal.keys("Escape")
        terminal.wait(lambda screen: "● live" in screen, "the map")
        terminal.keys("q")
        terminal.file("done")
        terminal.expect_restored("left")
        assert subject.ask("still").startswith("still 20000")


def the_program_ends(strata, program):
    with Subject(program) as subject, Terminal(strata, "110x34", arguments="--pid %d --map main.Numbers" % subject.pid) as terminal:
        terminal.wait(lambda screen: "● live" in screen, "attached")
        subject.process.kill()
        subject.process.wait()
        screen = terminal.wait(lambda screen: re.search(r"ended \d\d:\d\d:\d\d", screen), "its end")
        assert "20000" in screen, screen
        terminal.keys("j", "f", "q")
        assert terminal.file("done").strip() == "0"


def the_terminal_goes(strata, program):
    with Subject(program) as subject:
        with Terminal(strata, "110x34", arguments="--pid %d --map main.Numbers" % subject.pid) as terminal:
            terminal.wait(lambda screen: "● live" in screen, "attached")
            subject.ask("write 0")
            watcher = terminal.pid()
        # The server is gone, and its terminals with it.
        for _ in range(200):
            try:
                os.kill(watcher, 0)
                signal.sigtimedwait([], 0.05)
            except ProcessLookupError:
                break
        words = subject.ask("still").split()
        assert words[0] == "still" and int(words[4]) > 0, words


def no_rights(strata, program):
    if os.getuid() != 0:
        print("not root: another user's process is not tried")
        return
    with Subject(program) as subject:
        def become_nobody():
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "strata")
            os.chmod(folder, 0o755)
            subprocess.run(["cp", strata, copy], check=True)
            done = subprocess.run([copy, "watch", "--pid", str(subject.pid), "--keys", ""], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  preexec_fn=become_nobody, timeout=SECONDS, cwd="/")
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and str(subject.pid) in done.stderr, done
        assert "user" in done.stderr or "root" in done.stderr, done.stderr


def wrong_ways_in(strata, program):
    with Subject(program) as subject:
        for arguments, words in ((["--pid", str(subject.pid), "--map", "main.Nothing"], "no map main.Nothing"), (["--pid", "999999999"], "there is none"),
                                 (["--core", "/dev/null"], "/dev/null"), (["--map", "main.Numbers"], "--pid"), (["--pid", str(os.getpid())], "")):
            done = subprocess.run([strata, "watch", "--keys", ""] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS)
            assert done.returncode == 2 and words in done.stderr, (arguments, done)


def main():
    strata, fixtures = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    programs = [path for path in (os.path.join(fixtures, "maps", name) for name in PROGRAMS) if os.access(path, os.X_OK)]
    if not programs:
        print("no Go toolchain: nothing to watch")
        return 77
    recorded_screens_are_golden(strata, programs)
    print("recorded_screens_are_golden")
    if "--write" in sys.argv:
        return 0
    for test in (keys_are_found, keys_of_stripped_programs_are_found, keys_of_arm64_are_found):
        test(strata, fixtures)
        print(test.__name__)
    for program in programs:
        for test in (still_screens_are_the_cores, a_recording_shows_the_same, attach_watch_and_leave):
            test(strata, program)
            print("%s: %s" % (os.path.basename(program), test.__name__))
    for test in (the_program_ends, the_terminal_goes, no_rights, wrong_ways_in):
        test(strata, programs[-1])
        print(test.__name__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
