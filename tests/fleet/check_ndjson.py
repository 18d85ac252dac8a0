#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""NDJSON, in one file or in parts, read back by engines that are not ours, says what SQLite and strata.layout/1 say.

    check_ndjson.py STRATA SOURCE FILE...      SOURCE/build/duckdb may hold DuckDB, see scripts/fetch-duckdb.sh
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jsonschema

import common

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))
import hostile  # noqa: E402

STRATA, SOURCE, FILES = sys.argv[1], Path(sys.argv[2]).absolute(), sys.argv[3:]
MODULES = SOURCE / "build" / "duckdb" / "node_modules"
SCHEMAS = SOURCE / "inspector" / "report"
TYPE = json.loads((SCHEMAS / "strata.type-1.schema.json").read_text())
LAYOUT = json.loads((SCHEMAS / "strata.layout-1.schema.json").read_text())
COUNTS = ("SELECT count(*), sum(size_bytes), sum(own_waste_bytes) FROM types", "SELECT count(*) FROM members WHERE kind <> 'variant'",
          "SELECT count(*) FROM files WHERE error IS NULL", "SELECT count(*) FROM files WHERE error IS NOT NULL",
          "SELECT name, count(*) FROM types GROUP BY name ORDER BY count(*) DESC, name LIMIT 20")


def strata(*arguments, status=0):
    done = subprocess.run([STRATA, "report", *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def lines(*paths):
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def sqlite_counts(path):
    return [[tuple(row) for row in common.sqlite_rows(path, query)] for query in COUNTS]


def python_counts(rows, files):
    types = [row for row in rows if "shape" in row]
    names = {}
    for row in types:
        names[row["name"]] = names.get(row["name"], 0) + 1
    return [[(len(types), sum(row["size_bytes"] or 0 for row in types), sum(row["own_waste_bytes"] for row in types))],
            [(sum(member["kind"] != "variant" for row in types for member in row["members"]),)],
            [(len({(row["file"]["path"], row["file"]["build_id"]) for row in files if "error" not in row}),)],
            [(sum("error" in row for row in files),)],
            [tuple(row) for row in sorted(names.items(), key=lambda pair: (-pair[1], (pair[0] or "").encode()))[:20]]]


def duckdb_counts(types, files):
    """The same, asked of DuckDB; None where it is not here."""
    if not MODULES.is_dir() or not shutil.which("node"):
        return None
    types = f"read_ndjson('{types}', maximum_object_size = 100000000, sample_size = -1)"
    files = f"read_ndjson('{files}', maximum_object_size = 100000000, sample_size = -1)"
    queries = (f"SELECT count(*), sum(size_bytes), sum(own_waste_bytes) FROM {types} WHERE shape IS NOT NULL",
               f"SELECT count(*) FROM (SELECT unnest(members) AS m FROM {types}) WHERE m.kind <> 'variant'",
               f"SELECT count(DISTINCT (file.path, file.build_id)) FROM {files} WHERE error IS NULL",
               f"SELECT count(*) FROM {files} WHERE error IS NOT NULL",
               f"SELECT name, count(*) FROM {types} WHERE shape IS NOT NULL GROUP BY name ORDER BY count(*) DESC, name LIMIT 20")
    done = subprocess.run(["node", Path(__file__).parent / "read_duckdb.js", MODULES, *queries], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return [[tuple(int(value) if isinstance(value, str) and value.isdigit() else value for value in row) for row in json.loads(line)]
            for line in done.stdout.splitlines()]


def check_lines(folder):
    """A line a type: the keys of strata.layout/1, the file, the shape; and a line a file that cannot be read."""
    (folder / "notes.txt").write_text("no program\n")
    files = [*FILES, hostile.build(folder), *common.make_objects(folder, 4), folder / "notes.txt"]
    strata("--files-from", common.write_list(folder / "list", files), "-o", folder / "all.ndjson", "-o", folder / "all.sqlite")
    strata(*files, "-o", folder / "all.json", status=2)
    rows = lines(folder / "all.ndjson")
    for row in rows:
        jsonschema.validate(row, TYPE)
    documents = json.loads((folder / "all.json").read_text())["documents"]
    types = [{key: value for key, value in row.items() if key not in ("file", "shape", "best_order_bytes", "contended_lines")} for row in rows if "shape" in row]
    assert types == [type_ for document in documents for type_ in document["types"]]
    assert [row["file"] for row in rows if "shape" in row] == [document["file"] for document in documents for _ in document["types"]]
    # One shape, one layout; one layout, one shape.
    shapes = {}
    for row in rows:
        if "shape" in row:
            said = json.dumps({key: value for key, value in row.items() if key not in ("file", "shape", "decl", "copies")}, sort_keys=True)
            assert shapes.setdefault(row["shape"], said) == said, row["name"]
    assert len(set(shapes.values())) == len(shapes)
    again = strata("--files-from", folder / "list", "-o", "ndjson:-", "-o", folder / "page.html", "--threads", 7, status=2).stdout
    assert again == (folder / "all.ndjson").read_text(), "it depends on the threads or on the other documents"
    assert python_counts(rows, rows) == sqlite_counts(folder / "all.sqlite")
    print(f"{len(types)} lines, {len(shapes)} shapes: as in strata.layout/1 and in SQLite")


def check_full_disk(folder, before, *arguments):
    """No part can be written whole: the list and the parts of the run before stay."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = subprocess.run([STRATA, "report", *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False, preexec_fn=limit)
    assert done.returncode == 2 and "File too large" in done.stderr, (done.returncode, done.stderr)
    assert {path.name: path.read_bytes() for path in (folder / "jobs").iterdir()} == before


def check_parts(folder):
    """Parts of one program, parts of slices, slices that are killed and run again: the same types, each once."""
    (folder / "notes.txt").write_text("no program\n")
    files = [*FILES, *common.make_objects(folder, 9), folder / "notes.txt"]
    listed = common.write_list(folder / "list", files)
    strata("--files-from", listed, "-o", folder / "all.sqlite")
    expected = sqlite_counts(folder / "all.sqlite")
    strata("--files-from", listed, "-o", f"ndjson:{folder}/whole", "--partition", 8)
    assert sorted(path.name for path in (folder / "whole").iterdir()) == ["files.ndjson", *(f"part-{number:02}.ndjson" for number in range(8))]
    jobs = folder / "jobs"
    for number in (1, 2, 3):
        strata("--files-from", listed, "--slice", f"{number}/3", "-o", f"ndjson:{jobs}", "--partition", 8)
    # Again, and killed while it reads a pipe that nobody fills: it leaves what was there.
    before = {path.name: path.read_bytes() for path in jobs.iterdir()}
    os.mkfifo(folder / "pipe.csv")
    process = subprocess.Popen([STRATA, "report", "--files-from", listed, "--slice", "2/3", "-o", f"ndjson:{jobs}", "--partition", "8", "-o", folder / "pipe.csv"])
    time.sleep(0.4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert {path.name: path.read_bytes() for path in jobs.iterdir()} == before
    strata("--files-from", listed, "--slice", "2/3", "-o", f"ndjson:{jobs}", "--partition", 8)
    assert {path.name: path.read_bytes() for path in jobs.iterdir()} == before
    # A list that names each file twice, in two slices: a file is there once.
    twice = common.write_list(folder / "twice", [*files, *files, FILES[0]])
    assert 2 * len(files) % 5 and len(files) % 5, "or both lines are in one slice"
    for number in range(1, 6):
        strata("--files-from", twice, "--slice", f"{number}/5", "-o", f"ndjson:{folder}/fives", "--partition", 8)
    for place in (folder / "whole", jobs, folder / "fives"):
        parts = sorted(place.glob("part-*"))
        rows, listed_files = lines(*parts), lines(*sorted(place.glob("files*")))
        for row in listed_files:
            jsonschema.validate(row, TYPE)
        assert python_counts(rows, listed_files) == expected, place
        assert len(listed_files) == len({row["file"]["path"] for row in listed_files}) == len(files)
        assert {row["file"]["path"]: row["types"] for row in listed_files} == dict(common.sqlite_rows(folder / "all.sqlite", "SELECT path, types FROM file_totals"))
        where = {}
        for path in parts:
            for row in lines(path):
                assert where.setdefault(row["shape"], path.name[:7]) == path.name[:7], "a shape in two parts"
        found = duckdb_counts(f"{place}/part-*.ndjson", f"{place}/files*.ndjson")
        assert found in (None, expected), (found, expected)
    if found is None:
        print("SKIPPED: DuckDB is not here (scripts/fetch-duckdb.sh): NDJSON was read by Python alone")
    # Another cut of the same folder would hold every type twice.
    assert "take a new folder" in strata("--files-from", listed, "-o", f"ndjson:{jobs}", "--partition", 8, status=2).stderr
    assert "take a new folder" in strata("--files-from", listed, "--slice", "1/4", "-o", f"ndjson:{jobs}", "--partition", 8, status=2).stderr
    assert "take a new folder" in strata("--files-from", listed, "--slice", "1/3", "-o", f"ndjson:{jobs}", "--partition", 4, status=2).stderr
    assert "take a new folder" in strata("--files-from", listed, "--slice", "1/3", "-o", f"ndjson:{jobs}", "--partition", 16, status=2).stderr
    assert {path.name: path.read_bytes() for path in jobs.iterdir()} == before
    check_full_disk(folder, before, "--files-from", listed, "--slice", "2/3", "-o", f"ndjson:{jobs}", "--partition", 8)
    print(f"{len(files)} files in parts, by one program and by three slices: as in SQLite")


def check_slices(folder):
    """A slice is what `split -n r/I/N` deals out; more slices than files are fine, a slice that is none is said."""
    files = common.make_objects(folder, 7)
    listed = common.write_list(folder / "list", files)
    for count in (1, 3, 9):
        for number in range(1, count + 1):
            dealt = subprocess.run(["split", "-n", f"r/{number}/{count}", listed], capture_output=True, text=True, check=True).stdout.split()
            rows = map(json.loads, strata("--files-from", listed, "--slice", f"{number}/{count}", "-o", "ndjson:-").stdout.splitlines())
            assert list(dict.fromkeys(row["file"]["path"] for row in rows)) == dealt, (number, count)
    with open(listed) as text:
        done = subprocess.run([STRATA, "report", "--files-from", "-", "-o", "ndjson:-"], stdin=text, capture_output=True, text=True, check=True)
    assert len(set(json.loads(line)["file"]["path"] for line in done.stdout.splitlines())) == 7
    for wrong in ("0/3", "4/3", "1", "1/", "a/b", "1/3x", "-1/3", "1/0"):
        assert "--slice" in strata("--files-from", listed, f"--slice={wrong}", "-o", "ndjson:-", status=2).stderr, wrong
    # An empty line, one that ends as on Windows (the return is part of the name then), and a last one without an end.
    (folder / "ragged").write_text(f"{files[0]}\n\n{files[1]}\r\n{files[2]}")
    rows = [json.loads(line) for line in strata("--files-from", folder / "ragged", "-o", "ndjson:-").stdout.splitlines()]
    assert list(dict.fromkeys(row["file"]["path"] for row in rows)) == [str(files[0]), f"{files[1]}\r", str(files[2])]
    (folder / "empty").write_text("\n\n")
    assert "no file is in the list" in strata("--files-from", folder / "empty", "-o", "ndjson:-", status=2).stderr
    (folder / "binary").write_bytes(b"a\0b\n")
    assert "NUL" in strata("--files-from", folder / "binary", "-o", "ndjson:-", status=2).stderr
    print("slices: as split deals them out")


def check_versions(folder):
    """A database of the tables before files had errors is brought up to date, and then is as a new one."""
    strata(*FILES, "-o", folder / "new.sqlite")
    strata(*FILES, "-o", folder / "old.sqlite")
    base = common.sqlite3.connect(folder / "old.sqlite", isolation_level=None)
    base.executescript("""PRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE files_1 (id INTEGER PRIMARY KEY, path TEXT NOT NULL, build_id TEXT, machine TEXT NOT NULL,
        bits INTEGER NOT NULL, endian TEXT NOT NULL, cacheline_bytes INTEGER NOT NULL, strata TEXT NOT NULL);
        INSERT INTO files_1 SELECT id, path, build_id, machine, bits, endian, cacheline_bytes, strata FROM files; PRAGMA legacy_alter_table = ON;
        DROP TABLE files; ALTER TABLE files_1 RENAME TO files; CREATE UNIQUE INDEX files_by_identity ON files (path, ifnull(build_id, ''));
        PRAGMA user_version = 1; COMMIT;""")
    base.close()
    (folder / "notes.txt").write_text("no program\n")
    for name in ("old", "new"):
        strata(*FILES, folder / "notes.txt", "-o", folder / f"{name}.sqlite", status=2)
    assert not list(common.differences(folder / "old.sqlite", lambda query: common.sqlite_rows(folder / "new.sqlite", query)))
    assert common.sqlite_rows(folder / "old.sqlite", "PRAGMA integrity_check") == [("ok",)] and not common.sqlite_rows(folder / "old.sqlite", "PRAGMA foreign_key_check")
    assert common.sqlite_rows(folder / "old.sqlite", "PRAGMA user_version") == [(2,)]
    # Only files that cannot be read: a row each; and once one can be read, that row goes.
    strata("--files-from", common.write_list(folder / "list", [folder / "notes.txt"]), "-o", folder / "bad.sqlite")
    assert common.sqlite_rows(folder / "bad.sqlite", "SELECT count(*) FROM files WHERE error LIKE '%ELF%'") == [(1,)]
    shutil.copy(FILES[0], folder / "notes.txt")
    strata("--files-from", folder / "list", "-o", folder / "bad.sqlite")
    assert common.sqlite_rows(folder / "bad.sqlite", "SELECT count(*), count(error) FROM files") == [(1, 0)]
    print("SQLite: older tables are migrated, errors come and go")


for check in (check_lines, check_parts, check_slices, check_versions):
    with tempfile.TemporaryDirectory(prefix="strata-ndjson-") as name:
        check(Path(name))
