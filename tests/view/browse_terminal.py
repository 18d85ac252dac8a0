# SPDX-License-Identifier: MIT
"""A real terminal: tmux runs strata browse, presses keys, and what is on its screen is compared with what the headless way prints for
the same keys.

    browse_terminal.py STRATA FOLDER    FOLDER holds the compiled examples of tests/golden
"""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from terminal import SECONDS, Terminal, lines


def headless(strata, folder, size, arguments, keys, glyphs):
    return lines(subprocess.run([strata, "browse", *arguments, glyphs, "--size", size, "--keys", keys], cwd=folder, stdout=subprocess.PIPE, check=True,
                                timeout=SECONDS, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout.decode())


def browser(strata, folder, size, term="xterm-256color", arguments="golden-c demo", environment=""):
    # The shell of the terminal starts elsewhere.
    words = " ".join(shlex.quote(os.path.join(folder, word)) if word.startswith("golden") else word for word in arguments.split())
    return Terminal(strata, size, term, words, environment, command="browse")


def settled(screen):
    return "q quit" in screen and " %" not in screen.split("\n")[0]


def named(screen):
    """The title has the path as it was given."""
    return screen[1:]


def same_screens(strata, folder):
    for size in ("60x16", "80x24", "100x30", "120x40", "200x60"):
        for term, glyphs in (("xterm-256color", "--unicode"), ("vt100", "--ascii"), ("screen", "--unicode"), ("linux", "--ascii")):
            if size != "100x30" and term in ("screen", "linux"):
                continue
            wanted = named(headless(strata, folder, size, ["golden-c", "demo"], "J a z <Down>", glyphs))
            with browser(strata, folder, size, term) as terminal:
                terminal.wait(settled, "start")
                for key in ("J", "a", "z", "Down"):
                    terminal.keys(key)
                terminal.wait(lambda s: named(lines(s)) == wanted, "%s on %s, wanted\n%s" % (size, term, "\n".join(wanted)))
                terminal.keys("q")
                assert terminal.file("done").strip() == "0"
                terminal.expect_restored("quit on %s" % term)


def resize(strata, folder):
    with browser(strata, folder, "120x40", arguments="golden-cpp") as terminal:
        terminal.wait(settled, "start")
        for columns, rows in ((80, 24), (200, 50), (60, 16), (30, 8), (100, 30)):
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
            if columns < 60:
                terminal.wait(lambda s: "too small" in s and "60x16" in s, "a small window")
            else:
                terminal.wait(lambda s: "strata browse" in s.split("\n")[0] and "q quit" in lines(s)[-1] and len(lines(s)) == rows,
                              "a window of %dx%d" % (columns, rows))
        terminal.keys("C-c")
        assert terminal.file("done").strip() == "0"
        terminal.expect_restored("Ctrl-C")


def filter_while_typing(strata, folder):
    with browser(strata, folder, "100x30", arguments="golden-cpp") as terminal:
        terminal.wait(settled, "start")
        terminal.keys("/")
        terminal.keys("c", "a", "t")
        terminal.wait(lambda s: "types: 1 of 12" in s and "zoo::Cat" in s, "what is typed narrows")
        terminal.keys("Escape")
        terminal.wait(lambda s: "types: 12" in s and settled(s), "Esc leaves it")
        terminal.keys("q")
        assert terminal.file("done").strip() == "0"


def holders(strata, folder):
    """A search goes on beside the keys, says how far it is, and can be stopped; Esc leaves what it found."""
    with browser(strata, folder, "100x30") as terminal:
        terminal.wait(settled, "start")
        terminal.keys("u")
        terminal.wait(lambda s: "who holds" in s and "holder and member" in s, "who holds it")
        terminal.keys("Escape")
        terminal.wait(lambda s: "holder and member" not in s and settled(s), "the list again")
        terminal.keys("q")
        assert terminal.file("done").strip() == "0"
    # Of a large file, strata itself: it is stopped, or has come before that, and keys work.
    with browser(strata, folder, "100x30", arguments='"$STRATA"') as terminal:
        terminal.wait(settled, "start of a large file")
        for _ in range(5):
            terminal.keys("u")
            terminal.wait(lambda s: "who holds" in s, "a search")
            terminal.keys("Escape")
            terminal.wait(lambda s: "who holds" not in s, "it is left")
        terminal.keys("u")
        terminal.wait(lambda s: "who holds" in s.split("\n")[0] or "holder and member" in s, "a search")
        terminal.wait(lambda s: "holder and member" in s, "its end")
        terminal.keys("u", "q")
        assert terminal.file("done").strip() == "0"
        terminal.expect_restored("quit in the middle of a search")


def editor(strata, folder):
    with tempfile.TemporaryDirectory() as place:
        script, told = os.path.join(place, "an editor"), os.path.join(place, "told")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho \"$@\" > %s\nsleep 0.2\n" % shlex.quote(told))
        os.chmod(script, 0o755)
        edit_and_return(strata, folder, script, told)


def edit_and_return(strata, folder, script, told):
    with browser(strata, folder, "100x30", environment="VISUAL= EDITOR=" + shlex.quote(shlex.quote(script))) as terminal:
        terminal.wait(settled, "start")
        terminal.keys("e")
        words = terminal.file(told)
        assert "+6" in words and "golden.c" in words, words
        terminal.wait(settled, "the browser is back")
        terminal.keys("J")
        terminal.wait(lambda s: "tried:" in s, "and takes keys")
        terminal.keys("q")
        assert terminal.file("done").strip() == "0"
        terminal.expect_restored("quit after the editor")


def mouse(strata, folder):
    with browser(strata, folder, "100x30", arguments="golden-c") as terminal:
        screen = terminal.wait(settled, "start")
        row = next(i for i, line in enumerate(lines(screen)) if line.startswith("  large"))
        terminal.tmux("send-keys", "-l", "\x1b[<0;5;%dM\x1b[<0;5;%dm" % (row + 1, row + 1))
        terminal.wait(lambda s: lines(s)[row].startswith(" ▸large") and "struct large" in s, "a click selects")
        terminal.tmux("send-keys", "-l", "\x1b[<0;5;%dM\x1b[<0;5;%dm" % (row + 1, row + 1))
        terminal.wait(lambda s: "Tab list" in s, "a second one opens")
        column = lines(screen)[2].index("waste") + 1
        terminal.tmux("send-keys", "-l", "\x1b[<0;%d;3M\x1b[<0;%d;3m" % (column, column))
        terminal.wait(lambda s: "▼waste" in s, "a click on a title sorts")


def copied_and_printed(strata, folder):
    with browser(strata, folder, "100x30") as terminal:
        terminal.wait(settled, "start")
        terminal.tmux("set", "-g", "set-clipboard", "on")
        terminal.keys("J", "Y")
        terminal.wait(lambda s: "clipboard" in s, "copied")
        end = time.time() + SECONDS
        while "int64_t b;" not in terminal.tmux("show-buffer"):
            assert time.time() < end, "the terminal has no copy: %s" % terminal.tmux("show-buffer")
            time.sleep(0.05)
        terminal.keys("y")
        terminal.wait(lambda s: "is printed when you leave" in s, "printed")
        terminal.keys("q")
        assert terminal.file("done").strip() == "0"
        terminal.wait(lambda s: "int64_t b;" in s and "16 bytes instead of 24" in s, "the source on the screen that was before")


def colours(strata, folder):
    for term, environment, wanted in (("xterm-256color", "", True), ("xterm-256color", "NO_COLOR=1", False), ("vt100", "", False)):
        with browser(strata, folder, "80x24", term, environment=environment) as terminal:
            terminal.wait(settled, "start")
            coloured = terminal.tmux("capture-pane", "-p", "-e")
            assert ("\x1b[3" in coloured.replace("\x1b[39m", "")) == wanted, "%s %s: colours" % (term, environment)
    with browser(strata, folder, "80x24", environment="COLORFGBG='0;15'") as terminal:
        terminal.wait(settled, "start")
        assert "48;5;231m" in terminal.tmux("capture-pane", "-p", "-e"), "a light terminal"


def main():
    strata, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if not shutil.which("tmux"):
        print("SKIPPED: tmux is not installed, no real terminal was tried")
        return 77
    failed = 0
    for test in (same_screens, resize, filter_while_typing, holders, editor, mouse, copied_and_printed, colours):
        start = time.time()
        try:
            test(strata, folder)
            print("ok      %-22s %.1f s" % (test.__name__, time.time() - start))
        except (AssertionError, subprocess.SubprocessError, StopIteration, ValueError) as error:
            print("FAILED  %s: %s" % (test.__name__, error))
            failed = 1
    return failed


sys.exit(main())
