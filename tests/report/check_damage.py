#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whatever goes wrong, an older report stays whole and nothing is left lying about.

    check_damage.py STRATA FILE
"""
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STRATA, FILE = sys.argv[1:]
OLD = b"the old report\n"


def strata(*arguments, status=None, **more):
    done = subprocess.run([STRATA, "report", *map(str, arguments)], capture_output=True, text=True, timeout=240, **more)
    assert status is None or done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def small_files_only():
    """A disk that is full after 4 KiB, as far as a program can tell."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def check_full_disk(folder):
    for ending in ("html", "json", "csv", "sarif", "md"):
        (folder / f"old.{ending}").write_bytes(OLD)
        done = strata(STRATA, "-o", folder / f"old.{ending}", preexec_fn=small_files_only)
        if ending == "md" and done.returncode == 0:
            continue # it fits
        assert done.returncode == 2 and "File too large" in done.stderr, (ending, done.stderr)
        assert (folder / f"old.{ending}").read_bytes() == OLD, ending
    strata(FILE, "-o", folder / "old.sqlite", status=0)
    before = list(sqlite3.connect(folder / "old.sqlite").iterdump())

    def as_large_as_it_is():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = (folder / "old.sqlite").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    done = strata(STRATA, "-o", folder / "old.sqlite", preexec_fn=as_large_as_it_is)
    assert done.returncode == 2, done.stderr
    assert list(sqlite3.connect(folder / "old.sqlite").iterdump()) == before
    # A device that is always full; the other report is written all the same.
    done = strata(FILE, "-o", "json:/dev/full", "-o", folder / "other.json", status=2)
    assert "No space left" in done.stderr and (folder / "other.json").stat().st_size > 100


def check_kill(folder):
    """Killed while it waits for somebody to read a pipe, with the other reports begun."""
    (folder / "old.html").write_bytes(OLD)
    os.mkfifo(folder / "pipe.csv")
    process = subprocess.Popen([STRATA, "report", FILE, "-o", folder / "old.html", "-o", folder / "new.sqlite", "-o", folder / "pipe.csv"])
    time.sleep(0.5)
    process.kill()
    process.wait()
    (folder / "pipe.csv").unlink()
    assert (folder / "old.html").read_bytes() == OLD
    strata(FILE, "-o", folder / "new.sqlite", status=0)
    assert sqlite3.connect(folder / "new.sqlite").execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sqlite3.connect(folder / "new.sqlite").execute("SELECT count(*) FROM files").fetchone() == (1,)


def check_usage(folder):
    copy = folder / "program.json"
    copy.write_bytes(Path(FILE).read_bytes())
    strata(copy, "-o", copy, status=2)
    assert copy.read_bytes() == Path(FILE).read_bytes(), "the program itself was replaced"
    link = folder / "link.json"
    link.symlink_to(copy)
    strata(copy, "-o", link, status=2)
    assert "which format" in strata(FILE, "-o", folder / "x.pdf", status=2).stderr
    assert "given twice" in strata(FILE, "-o", folder / "x.md", "-o", folder / "x.md", status=2).stderr
    strata(FILE, status=2)
    strata("-o", folder / "x.md", status=2)
    strata(FILE, "-o", folder / "no-such-folder" / "x.md", status=2)
    assert "needs a file" in strata(FILE, "-o", "sqlite:-", status=2).stderr
    # A file that cannot be read is told and left out, and the status says so; when none can, nothing is written.
    done = strata(folder / "link.json", folder / "nowhere", "-o", folder / "part.csv", status=2)
    assert "nowhere" in done.stderr and "demo" in (folder / "part.csv").read_text()
    strata(folder / "nowhere", "-o", folder / "none.csv", "-o", folder / "none.sqlite", status=2)
    assert not (folder / "none.csv").exists() and not (folder / "none.sqlite").exists()


def check_place(folder):
    """A link stays a link, permissions stay as they were, a new file has those that the umask leaves."""
    real, link = folder / "real.md", folder / "link.md"
    real.write_bytes(OLD)
    real.chmod(0o640)
    link.symlink_to("real.md")
    strata(FILE, "-o", link, status=0)
    assert link.is_symlink() and real.read_bytes() != OLD and real.stat().st_mode & 0o777 == 0o640
    os.umask(0o027)
    strata(FILE, "-o", folder / "new.md", status=0)
    assert (folder / "new.md").stat().st_mode & 0o777 == 0o640
    assert strata(FILE, "-o", "md:/dev/stdout", status=0).stdout == (folder / "new.md").read_text()


def check_foreign_database(folder):
    foreign = folder / "foreign.db"
    base = sqlite3.connect(foreign)
    base.execute("CREATE TABLE mine (x)")
    base.commit()
    base.close()
    before = foreign.read_bytes()
    assert "another program" in strata(FILE, "-o", foreign, status=2).stderr
    assert foreign.read_bytes() == before
    (folder / "text.db").write_bytes(OLD * 100)
    assert "not a database" in strata(FILE, "-o", folder / "text.db", status=2).stderr
    assert (folder / "text.db").read_bytes() == OLD * 100


for check in (check_full_disk, check_kill, check_usage, check_place, check_foreign_database):
    with tempfile.TemporaryDirectory(prefix="strata-damage-") as name:
        check(Path(name))
        left = [path.name for path in Path(name).iterdir() if path.name.endswith((".part", "-journal", "-wal"))]
        assert not left or check is check_kill, (check, left)
        print(check.__name__[6:].replace("_", " ") + ": fine")
