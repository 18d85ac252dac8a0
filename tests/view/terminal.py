# SPDX-License-Identifier: MIT
"""A real terminal: tmux runs strata watch, presses keys, and what is on its screen is compared with what the
headless way prints for the same keys.

    terminal.py STRATA
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECONDS = 240 # a guard against hangs: a busy machine is slow


class Terminal:
    """One program in one tmux server of its own. Leaving kills it."""

    def __init__(self, strata, size, term="xterm-256color", arguments="", environment="", command="watch"):
        self.columns, self.rows = (int(n) for n in size.split("x"))
        self.folder = tempfile.TemporaryDirectory()
        self.socket = os.path.join(self.folder.name, "tmux")
        self.done = os.path.join(self.folder.name, "done")
        # The shell tells the terminal's modes before and after, and the exit status.
        script, inner = os.path.join(self.folder.name, "run.sh"), os.path.join(self.folder.name, "inner.sh")
        here = shlex.quote(self.folder.name)
        with open(script, "w") as file:
            file.write("#!/bin/bash\nset -m\ntrap : INT\nunset NO_COLOR\nexport TERM=%s LC_ALL=C.UTF-8 STRATA=%s %s\n" % (term, shlex.quote(strata), environment))
            file.write("stty -a > %s/before\n" % here)
            # In the foreground from the start: bash, when it fetches a job there, may save the modes the job has set.
            file.write("bash %s\nstatus=$?\n" % shlex.quote(inner))
            file.write("while [ -n \"$(jobs -s)\" ]; do jobs -s > %s/stopped; stty -a > %s/while-stopped; "
                       "until [ -e %s/go ]; do sleep 0.05; done; rm %s/go %s/stopped; fg >/dev/null; status=$?; done\n"
                       % ((here,) * 5))
            file.write("stty -a > %s/after\necho $status > %s\nsleep 1000\n" % (here, shlex.quote(self.done)))
        with open(inner, "w") as file:
            file.write("echo $$ > %s/pid; exec \"$STRATA\" %s %s\n" % (here, command, arguments))
        os.chmod(script, 0o755)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(self.columns), "-y", str(self.rows), shlex.quote(script))
        self.tmux("set", "-g", "status", "off")
        self.tmux("resize-window", "-x", str(self.columns), "-y", str(self.rows))

    def tmux(self, *arguments):
        # Without SHELL it takes that of the user's entry, which may be nologin.
        result = subprocess.run(["tmux", "-S", self.socket] + list(arguments), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=SECONDS, env=dict(os.environ, LC_ALL="C.UTF-8", SHELL="/bin/sh"))
        return result.stdout.decode(errors="replace")

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, condition, what):
        """Until condition(screen) holds; returns the screen."""
        end = time.time() + SECONDS
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            if time.time() > end:
                raise AssertionError("%s: not within %d s:\n%s" % (what, SECONDS, screen))
            time.sleep(0.05)

    def file(self, name):
        path = os.path.join(self.folder.name, name)
        end = time.time() + SECONDS
        while not os.path.exists(path) or not os.path.getsize(path):
            if time.time() > end:
                raise AssertionError("no %s within %d s:\n%s" % (name, SECONDS, self.screen()))
            time.sleep(0.05)
        with open(path) as file:
            return file.read()

    def pid(self):
        return int(self.file("pid"))

    def resume(self):
        os.unlink(os.path.join(self.folder.name, "while-stopped"))
        with open(os.path.join(self.folder.name, "go"), "w") as file:
            file.write("go")

    def expect_restored(self, what, name="after"):
        # But for the size, which a test may have changed.
        before, after = (self.file(n).split("\n", 1)[1] for n in ("before", name))
        assert before == after, "%s: the terminal's modes are\n%s\nnot\n%s" % (what, after, before)
        # The alternate screen is left, the cursor is seen.
        alternate, cursor = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split()
        assert alternate == "0" and cursor == "1", "%s: alternate screen %s, cursor %s" % (what, alternate, cursor)
        mouse = self.tmux("display-message", "-p", "#{mouse_any_flag}").strip()
        assert mouse == "0", "%s: the mouse is still taken" % what

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.tmux("kill-server")
        self.folder.cleanup()


def headless(strata, size, arguments, keys, glyphs):
    result = subprocess.run([strata, "watch", glyphs, "--size", size, "--keys", keys] + arguments,
                            stdout=subprocess.PIPE, check=True, timeout=SECONDS,
                            env=dict(os.environ, LC_ALL="C.UTF-8"))
    return result.stdout.decode()


def lines(text):
    # The latest event's number tells that a screen is the one waited for; blank ends are tmux's own.
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def same_screen(strata, size, term, glyphs, arguments, keys, pressed):
    wanted = lines(headless(strata, size, arguments, keys, glyphs))
    with Terminal(strata, size, term, " ".join(["--paused"] + arguments)) as terminal:
        terminal.wait(lambda s: "paused" in s, "start")
        terminal.keys(*pressed)
        screen = terminal.wait(lambda s: lines(s) == wanted, "%s on %s, wanted\n%s" % (size, term, "\n".join(wanted)))
        assert lines(screen) == wanted
        terminal.keys("q")
        assert terminal.file("done").strip() == "0"
        terminal.expect_restored("quit on %s" % term)


def same_screens(strata):
    for size in ("80x24", "120x40", "200x60"):
        for term, glyphs in (("xterm-256color", "--unicode"), ("vt100", "--ascii"), ("screen", "--unicode"),
                             ("linux", "--ascii")):
            if size != "80x24" and term in ("screen", "linux"):
                continue
            same_screen(strata, size, term, glyphs, [], "i30 o5 g s4 b f",
                        ("3", "0", "i", "5", "o", "g", "4", "s", "b", "f"))


def swiss_screens(strata):
    swiss = ["--kind", "swiss"]
    for size, term, glyphs in (("100x30", "xterm-256color", "--unicode"), ("80x24", "vt100", "--ascii")):
        same_screen(strata, size, term, glyphs, swiss, "i900 g s2 ] f",
                    ("9", "0", "0", "i", "g", "2", "s", "]", "f"))
        same_screen(strata, size, term, glyphs, swiss, "i60 c D5 b3",
                    ("6", "0", "i", "c", "5", "D", "3", "b"))


def resize_while_playing(strata):
    with Terminal(strata, "120x40", arguments="--speed 6 --workload churn") as terminal:
        terminal.wait(lambda s: "churn" in s, "playing")
        for columns, rows in ((80, 24), (200, 50), (61, 17), (30, 8), (100, 30)):
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
            if columns < 60:
                terminal.wait(lambda s: "too small" in s and "60x16" in s, "a small window")
            else:
                terminal.wait(lambda s: "strata watch" in s.split("\n")[0] and
                              "q quit" in lines(s)[-1] and len(lines(s)) == rows, "a window of %dx%d" % (columns, rows))
        terminal.keys("Space")
        terminal.wait(lambda s: "paused" in s, "pause")
        terminal.keys("C-c")
        assert terminal.file("done").strip() == "0"
        terminal.expect_restored("Ctrl-C")


def suspend_and_resume(strata):
    for way in ("key", "signal"):
        with Terminal(strata, "80x24", arguments="--paused") as terminal:
            terminal.wait(lambda s: "paused" in s, "start")
            terminal.keys("i")
            terminal.wait(lambda s: "count      1" in s, "an insertion")
            if way == "key":
                terminal.keys("C-z")
            else:
                os.kill(terminal.pid(), signal.SIGTSTP)
            terminal.expect_restored("suspended by %s" % way, "while-stopped")
            terminal.resume()
            terminal.wait(lambda s: "count      1" in s and "q quit" in s, "resumed")
            terminal.keys("i")
            terminal.wait(lambda s: "count      2" in s, "an insertion after it")
            terminal.keys("q")
            assert terminal.file("done").strip() == "0"
            terminal.expect_restored("quit")


def killed(strata):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT):
        with Terminal(strata, "80x24", arguments="--speed 9 --workload churn --record \"$HERE/recording\"",
                      environment="HERE=\"$(dirname \"$0\")\"") as terminal:
            terminal.wait(lambda s: "churn" in s and "event" in s, "playing")
            # A crash leaves what was written by then: some of it must have been.
            terminal.wait(lambda s: any(name.startswith("recording") and os.path.getsize(os.path.join(terminal.folder.name, name)) > 256
                                        for name in os.listdir(terminal.folder.name)), "a recording that is begun")
            os.kill(terminal.pid(), number)
            assert int(terminal.file("done")) == 128 + number, "%s: exit %s" % (number, terminal.file("done"))
            terminal.expect_restored("killed by %s" % number.name)
            is_crash = number in (signal.SIGSEGV, signal.SIGABRT)
            # A signal that asks leaves a whole recording; a crash leaves what was flushed, and says so.
            result = subprocess.run([strata, "watch", "--replay", os.path.join(terminal.folder.name, "recording"),
                                     "--keys", ">"] + (["--salvage"] if is_crash else []), stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, timeout=SECONDS)
            assert result.returncode == 0, result.stderr
            assert b"event 0/0" not in result.stdout and b"event " in result.stdout


def signals_while_it_runs(strata):
    # The map runs nearly all the time: a signal comes in the middle of it. Each leaves the terminal as it was
    # and a recording that is whole.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1, signal.SIGXCPU, signal.SIGPIPE,
                   signal.SIGINT, signal.SIGQUIT):
        with Terminal(strata, "80x24", arguments="--speed 24 --workload insert --record \"$HERE/recording\"",
                      environment="HERE=\"$(dirname \"$0\")\"") as terminal:
            terminal.wait(lambda s: "insert" in s and "event" in s, "playing")
            time.sleep(0.2)
            os.kill(terminal.pid(), number)
            assert int(terminal.file("done")) == 128 + number, "%s: exit %s" % (number, terminal.file("done"))
            terminal.expect_restored("ended by %s" % number.name)
            with open(os.path.join(terminal.folder.name, "recording"), "rb") as file:
                file.seek(-32, os.SEEK_END)
                assert file.read(4) == b"END ", "%s: the recording is cut" % number.name


def long_work_stops(strata):
    for stop in ("Escape", "C-c"):
        with Terminal(strata, "100x30", arguments="--paused") as terminal:
            terminal.wait(lambda s: "paused" in s, "start")
            terminal.keys(*"5000000i")
            terminal.wait(lambda s: "inserting: " in s and "Esc stops" in s, "a word about long work")
            terminal.keys(stop)
            screen = terminal.wait(lambda s: "stopped after" in s, stop)
            count = int(screen.split("count")[1].split()[0])
            assert 0 < count < 5000000, count
            terminal.keys(*("g" * 60)) # held
            terminal.keys("Escape", "i", "q")
            assert terminal.file("done").strip() == "0"
            terminal.expect_restored("quit")


def screens_are_written(strata):
    with Terminal(strata, "100x30", arguments="--paused") as terminal:
        terminal.wait(lambda s: "paused" in s, "start")
        terminal.keys("i")
        shown = lines(terminal.wait(lambda s: "count      1" in s, "an insertion"))
        path = os.path.join(terminal.folder.name, "screen.txt")
        for words in ("the screen is in", "File exists"):
            terminal.keys("W", "C-u")
            terminal.tmux("send-keys", "-l", path)
            terminal.keys("Enter")
            terminal.wait(lambda s: words in s, words)
        with open(path) as file:
            assert lines(file.read())[:-1] == shown[:-1]


def mouse(strata):
    # xterm's own way of telling clicks: SGR where the terminal's description has it, else three bytes.
    with Terminal(strata, "100x30", "xterm-256color", "--paused") as terminal:
        terminal.wait(lambda s: "paused" in s, "start")
        terminal.keys("i")
        screen = terminal.wait(lambda s: "count      1" in s, "an insertion")
        row = next(i for i, line in enumerate(lines(screen)) if line.startswith("  6 │") or line.startswith("▸ 6 │"))
        terminal.tmux("send-keys", "-l", "\x1b[<0;10;%dM\x1b[<0;10;%dm" % (row + 1, row + 1))
        terminal.wait(lambda s: lines(s)[row].startswith("▸ 6 │"), "a click selects bucket 6")
        # The click on a word of the help line is its key.
        line = lines(terminal.screen())[-1]
        terminal.tmux("send-keys", "-l", "\x1b[<0;%d;30M" % (line.index("i insert") + 1))
        terminal.wait(lambda s: "count      2" in s, "a click on a key's name")


def clear_messages(strata):
    for term, words in (("no-such-terminal", "no terminal known"), ("dumb", "cannot place its cursor"),
                        ("", "TERM is not set")):
        with Terminal(strata, "80x24", term) as terminal:
            assert terminal.file("done").strip() == "2", terminal.screen()
            terminal.wait(lambda s: words in " ".join(s.split()), "TERM=%s" % term)
            terminal.expect_restored("TERM=%s" % term)


def colours(strata):
    for term, environment, wanted in (("xterm-256color", "", True), ("xterm-256color", "NO_COLOR=1", False),
                                      ("vt100", "", False), ("screen", "", True)):
        with Terminal(strata, "80x24", term, "--paused", environment) as terminal:
            terminal.wait(lambda s: "q quit" in s, "start")
            coloured = terminal.tmux("capture-pane", "-p", "-e")
            has = "\x1b[3" in coloured.replace("\x1b[39m", "")
            assert has == wanted, "%s: colours %s" % (term, has)
            # Wherever an ink is set there is a ground, too: nothing depends on what the terminal's own is.
            if has:
                ground = "48;5;234m" if "256" in term else "\x1b[40m"
                assert ground in coloured and "\x1b[49m" not in coloured, coloured
    with Terminal(strata, "80x24", "xterm-256color", "--paused", "COLORFGBG='0;15'") as terminal:
        terminal.wait(lambda s: "q quit" in s, "start")
        assert "48;5;231m" in terminal.tmux("capture-pane", "-p", "-e"), "a light terminal"


def main():
    strata = os.path.abspath(sys.argv[1])
    if not shutil.which("tmux"):
        print("SKIPPED: tmux is not installed, no real terminal was tried")
        return 77
    failed = 0
    for test in (same_screens, swiss_screens, resize_while_playing, suspend_and_resume, killed,
                 signals_while_it_runs, long_work_stops, screens_are_written, mouse, clear_messages, colours):
        start = time.time()
        try:
            test(strata)
            print("ok      %-22s %.1f s" % (test.__name__, time.time() - start))
        except (AssertionError, subprocess.SubprocessError, StopIteration, ValueError) as error:
            print("FAILED  %s: %s" % (test.__name__, error))
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
