#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A thousand files through eight writers at once, killed and resumed in the middle: each file is there once, and the counts are SQLite's.

    thousand.py STRATA SOURCE                       the debug package of Debian's cloud kernel is fetched for it: 283 MB
    thousand.py STRATA SOURCE LIST                  a path a line
    thousand.py STRATA SOURCE --packages NAME...    these packages are fetched: what is a debug file in them

For tests/deep: minutes. Prints what doc/fleet.md says was measured.
"""
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import check_counts
import questions
import server

STRATA, SOURCE = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).absolute()
WRITERS, SLICES, PARTS = 8, 64, 16


def kernel_package():
    """The debug package of the kernel that this release has: the one that an empty package depends on."""
    text = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64-dbg"], capture_output=True, text=True, check=False).stdout
    return [line.split()[1] for line in text.splitlines() if line.strip().startswith("Depends: ")][:1]


def fetched(folder, packages):
    """Debug files of packages, modules of kernels among them: real binaries that share most of their types."""
    for name in packages:
        if subprocess.run(["apt-get", "download", "-q", name], cwd=folder, capture_output=True, check=False).returncode:
            print(f"SKIPPED: apt-get cannot fetch {name}")
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
        archive.unlink()
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".ko", ".debug") and path.is_file() and not path.is_symlink())[:1000]
    if not files:
        print("SKIPPED: no debug packages were fetched: no thousand binaries")
        sys.exit(77)
    listed = folder / "list"
    listed.write_text("".join(f"{file}\n" for file in files))
    return listed


def used():
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


class Timed:
    """What a step takes, of the clock and of processors (children that were waited for)."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start, self.before = time.monotonic(), used()

    def __exit__(self, *_):
        print(f"{self.what}: {time.monotonic() - self.start:.0f} s of the clock, {used() - self.before:.0f} s of processors", flush=True)


def parallel(folder, listed, name, outputs, *more):
    return ["parallel", "--will-cite", "-q", "-j", str(WRITERS), "--joblog", str(folder / f"{name}.log"), *more,
            STRATA, "report", "--threads", "1", "--files-from", str(listed), "--slice", f"{{}}/{SLICES}", *outputs, ":::", *map(str, range(1, SLICES + 1))]


def session_of(process):
    """The number of each process of its session: GNU parallel gives its tasks groups of their own."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == process.pid:
                yield int(folder.name)
        except (OSError, ValueError):
            pass # gone


def kill_all(process):
    for number in sorted(session_of(process)): # GNU parallel first: it starts no more then
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()
    while list(session_of(process)):
        time.sleep(0.05)


def killed_and_resumed(folder, listed, name, outputs, is_half):
    """Starts all, kills all of them when half is done, and lets GNU parallel do what its log says is not done."""
    with open(folder / f"{name}.err", "ab") as errors:
        first = subprocess.Popen(parallel(folder, listed, name, outputs), stderr=errors, start_new_session=True)
        while first.poll() is None and not is_half():
            time.sleep(0.05)
        if first.poll() is None:
            kill_all(first)
        else: # a few small files are done before anyone looks
            assert len(listed.read_text().split()) < 300, "nothing was left to kill"
            print(f"{name}: all was done before it could be killed")
        done = subprocess.run(parallel(folder, listed, name, outputs, "--resume-failed"), stderr=errors, check=False)
    assert done.returncode == 0, (folder / f"{name}.err").read_text()[-2000:]


def sizes(base, files, types):
    total = base.ask("SELECT pg_database_size('fleet') AS n")[0][0]
    print(f"PostgreSQL: {total / 1e6:.0f} MB in all, {total / types:.0f} bytes a type, {total / files / 1e3:.0f} kB a file")
    for table, rows, table_bytes, index_bytes in base.ask(
            "SELECT relname, (SELECT n_live_tup FROM pg_stat_user_tables s WHERE s.relid = c.oid), pg_table_size(oid), pg_indexes_size(oid) AS i "
            "FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY pg_total_relation_size(oid) DESC"):
        print(f"    {table}: {rows} rows, {table_bytes / 1e6:.1f} MB and {index_bytes / 1e6:.1f} MB of indexes")


def main():
    if not shutil.which("parallel"):
        print("SKIPPED: GNU parallel is not here (parallel)")
        sys.exit(77)
    server.skip_without()
    with tempfile.TemporaryDirectory(prefix="strata-thousand-", dir=os.environ.get("TMPDIR")) as name, server.Server() as base:
        folder = Path(name)
        given = sys.argv[3:]
        listed = Path(given[0]).absolute() if len(given) == 1 else fetched(folder, given[1:] or kernel_package())
        count = len(listed.read_text().split())
        print(f"{count} files, {sum(os.path.getsize(path) for path in listed.read_text().split()) / 1e6:.0f} MB; {os.cpu_count()} processors, load {os.getloadavg()[0]:.0f}")
        with Timed("PostgreSQL, 8 writers, killed and resumed"):
            there = "SELECT CASE WHEN to_regclass('files') IS NULL THEN 0 ELSE (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM files', true, true, '')))[1]::text::int END AS n"
            killed_and_resumed(folder, listed, "pg", ["-o", f"postgresql:{base.conninfo}"], lambda: base.ask(there)[0][0] >= count // 3)
        out = folder / "out"
        with Timed("NDJSON, 8 writers, killed and resumed"):
            killed_and_resumed(folder, listed, "ndjson", ["-o", f"ndjson:{out}", "--partition", str(PARTS)],
                               lambda: out.is_dir() and len(list(out.glob("files.*"))) >= SLICES // 3)
        with Timed("SQLite, one writer"):
            subprocess.run([STRATA, "report", "--files-from", listed, "-o", folder / "all.sqlite"], check=True, stderr=subprocess.DEVNULL)
        expected = check_counts.of_sqlite(folder / "all.sqlite")
        print(f"counts: {expected}")
        assert check_counts.of_postgresql(base) == expected, check_counts.of_postgresql(base)
        assert check_counts.of_ndjson(out) == expected, check_counts.of_ndjson(out)
        assert expected["files"] == count and base.ask("SELECT count(*) FROM (SELECT path, build_id FROM files GROUP BY 1, 2 HAVING count(*) > 1) x") == [(0,)]
        base.run_sql("VACUUM ANALYZE")
        for title, rows, seconds in questions.ask_all(SOURCE, base):
            seconds = min([seconds, *(again for other, _, again in questions.ask_all(SOURCE, base) if other == title)])
            print(f"    {title} {len(rows)} rows, {seconds:.2f} s; first: {rows[0] if rows else None}")
        sizes(base, count, expected["types"])
        ndjson = sum(path.stat().st_size for path in out.iterdir())
        print(f"NDJSON: {ndjson / 1e6:.0f} MB; SQLite: {(folder / 'all.sqlite').stat().st_size / 1e6:.0f} MB")
        with Timed("PostgreSQL, all again: nothing changes"):
            subprocess.run(parallel(folder, listed, "again", ["-o", f"postgresql:{base.conninfo}"]), check=True, stderr=subprocess.DEVNULL)


main()
