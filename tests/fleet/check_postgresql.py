#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A real PostgreSQL server holds what SQLite holds, whatever happens to writers and to the server.

    check_postgresql.py STRATA FILE...
"""
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import server

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))
import hostile  # noqa: E402

STRATA, FILES = sys.argv[1], sys.argv[2:]
TABLES = ("strata_schema", "files", "sources", "shapes", "holdings", "shape_members", "shape_gaps")


def strata(*arguments, status=0, **more):
    done = subprocess.run([STRATA, "report", *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False, **more)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stderr


def empty(base):
    base.run_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def dump(base):
    """All rows of all tables, with the places where they stand: a row that is written again stands elsewhere."""
    return {table: base.ask(f"SELECT ctid::text, xmin::text, * FROM {table} ORDER BY 1") for table in TABLES}


def no_orphans(base):
    assert base.ask("SELECT (SELECT count(*) FROM holdings WHERE file_id NOT IN (SELECT id FROM files)) + (SELECT count(*) FROM holdings WHERE shape_id NOT IN "
                    "(SELECT id FROM shapes)) + (SELECT count(*) FROM shape_members WHERE shape_id NOT IN (SELECT id FROM shapes)) AS n") == [(0,)]


def same(base, path):
    found = list(common.differences(path, base.ask))
    assert not found, found
    no_orphans(base)


def check_same(folder, base, to):
    """Real programs, hostile names, files that cannot be read: one run writes both."""
    (folder / "notes.txt").write_text("no program\n")
    cut = folder / "cut.o"
    cut.write_bytes(Path(FILES[0]).read_bytes()[:900])
    files = [*FILES, hostile.build(folder), folder / "notes.txt", cut, folder / "nowhere"]
    # A page has no place for what cannot be read: then it is a failure.
    said = strata("--files-from", common.write_list(folder / "list", files), "-o", folder / "all.sqlite", "-o", to, "-o", folder / "page.html", status=2)
    assert "notes.txt" in said and "nowhere" in said, said
    same(base, folder / "all.sqlite")
    strata("--files-from", folder / "list", "-o", folder / "all.sqlite", "-o", to)
    same(base, folder / "all.sqlite")
    errors = dict(base.ask("SELECT path, error FROM files WHERE error IS NOT NULL"))
    assert set(errors) == {str(folder / "notes.txt"), str(cut), str(folder / "nowhere")} and "No such file" in errors[str(folder / "nowhere")], errors
    shared, held = base.ask("SELECT (SELECT count(*) FROM shapes), (SELECT count(*) FROM holdings)")[0]
    assert 0 < shared <= held, (shared, held)
    print(f"{held} types of {len(files)} files: as in SQLite, in {shared} shapes")


def check_again(folder, base, to):
    """A second run changes nothing; a file whose time changed is looked at and changes nothing but its stamp; a changed file replaces its rows."""
    files = common.make_objects(folder, 6)
    strata(*files, folder / "nowhere", "-o", folder / "one.sqlite", "-o", to, status=2)
    same(base, folder / "one.sqlite")
    # Six have these, once each is stored; two in six have another `options`, one in two another `word`.
    shapes = dict(base.ask("SELECT name, count(*) FROM shapes GROUP BY name"))
    assert {name: shapes[name] for name in ("list", "lock", "options", "word")} == {"list": 1, "lock": 1, "options": 2, "word": 2}, shapes
    assert base.ask("SELECT count(*) FROM types WHERE name = 'list'") == [(6,)]
    before = dump(base)
    strata(*files, folder / "nowhere", "-o", to, status=2)
    assert dump(base) == before
    os.utime(files[0], ns=(1, 1))
    strata(*files, "-o", to)
    assert {**dump(base), "files": 0} == {**before, "files": 0}
    stamps = base.ask("SELECT stamp FROM files WHERE stamp LIKE '%:0.000000001 DWARF %'")
    assert len(stamps) == 1, stamps
    # Other options, another answer: a file is not the same one with other lines, or with only some of its types.
    strata(*files, "-o", to, "-o", folder / "wide.sqlite", "--cacheline", 16)
    count = base.ask("SELECT count(*) FROM types")
    strata(files[1], "-o", to, "-t", "list")
    assert base.ask("SELECT name FROM types JOIN files ON files.id = file_id WHERE path LIKE '%/part1.o'") == [("list",)]
    strata(*files, "-o", to, "--cacheline", 16)
    assert base.ask("SELECT count(*) FROM types") == count
    (folder / "part2.c").write_text("struct options { long limit; char verbose; }; struct options o;")
    subprocess.run(["gcc", "-g", "-c", "part2.c"], cwd=folder, check=True)
    files[3].write_text("not any more")
    strata(*files, folder / "nowhere", "-o", folder / "two.sqlite", "-o", to, status=2)
    same(base, folder / "two.sqlite")
    assert base.ask("SELECT name FROM types JOIN files ON files.id = file_id WHERE path LIKE '%/part2.o'") == [("options",)]
    print("again: nothing changes but what changed")


def check_writers(folder, base, to):
    """Eight at once over the same files in other orders, some of them killed at any moment; then once more in peace."""
    files = common.make_objects(folder, 12) + FILES[:2]
    draw = random.Random(25)

    def start(number):
        shuffled = draw.sample(files, len(files))
        return subprocess.Popen([STRATA, "report", "--threads", "1", "--files-from", common.write_list(folder / f"list{number}", shuffled), "-o", to],
                                stderr=subprocess.PIPE, text=True)

    killed = [start(number) for number in range(8)]
    for number, process in enumerate(killed):
        time.sleep(draw.random() * 0.06 if number else 0) # the first has ended nothing, however fast the machine is
        process.kill()
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in killed]
    assert any(code == -9 for _, code in ended), ended
    no_orphans(base) if base.ask("SELECT to_regclass('files') IS NOT NULL AS there") == [(True,)] else None
    strata(*files, "-o", folder / "peace.sqlite")
    if base.ask("SELECT to_regclass('files') IS NOT NULL AS there") == [(True,)]:
        counts = dict(common.sqlite_rows(folder / "peace.sqlite", "SELECT path, types FROM file_totals"))
        for path, types in base.ask("SELECT path, types FROM file_totals"):
            assert counts[path] == types, f"half of {path} was written"
    for said, code in [(process.communicate(timeout=240)[1], process.returncode) for process in [start(number) for number in range(8)]]:
        assert code == 0 and not said, (code, said)
    same(base, folder / "peace.sqlite")
    assert base.ask("SELECT count(*) FROM (SELECT shape FROM shapes GROUP BY shape HAVING count(*) > 1) x") == [(0,)]
    print(f"8 writers at once over the same {len(files)} files, 8 killed before: each file once")


def check_versions(folder, base, to):
    """Tables of version 1 are brought up to date, newer ones and other programs' are left alone."""
    strata(FILES[0], "-o", folder / "v.sqlite", "-o", to)
    base.run_sql("ALTER TABLE files DROP COLUMN stamp, DROP COLUMN types_asked; UPDATE strata_schema SET version = 1")
    strata(FILES[0], FILES[1], "-o", folder / "v.sqlite", "-o", to)
    assert base.ask("SELECT version FROM strata_schema") == [(2,)]
    same(base, folder / "v.sqlite")
    assert base.ask("SELECT count(*) FROM files WHERE stamp IS NOT NULL") == [(2,)]
    base.run_sql("UPDATE strata_schema SET version = 3")
    before = dump(base)
    said = strata(FILES[0], "-o", to, status=2)
    assert "tables of version 3, this strata writes version 2" in said and len(said.splitlines()) == 1, said
    assert dump(base) == before
    empty(base)
    base.run_sql("CREATE TABLE types (mine integer)")
    assert "already exists" in strata(FILES[0], "-o", to, status=2)
    assert base.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("types",)]
    print("versions: older tables are migrated, others left alone")


def check_names(folder, base, to):
    """Names that JSON, SQL or COPY would take for something else, and two that are no UTF-8 and differ in such a byte alone."""
    names = (b"a'b", b'a"b', b"a\\b", b"a\nb", b"a\tb", b"\\N", b"\\.", b"x'); DROP TABLE files; --", b"a\xfeb", b"a\xffb")
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(Path(FILES[0]).read_bytes())
        (folder / os.fsdecode(b"no" + name)).write_text("no program")
    files = [folder / os.fsdecode(kind + name) for name in names for kind in (b"", b"no")]
    for _ in range(2):
        strata(*files, "-o", to, status=2)
        found = {path for path, in base.ask("SELECT path FROM files")}
        wanted = {str(path).replace("\udcfe", "\\xfe").replace("\udcff", "\\xff") for path in files}
        assert found == wanted, found ^ wanted
    assert base.ask("SELECT count(*) FROM files WHERE error IS NOT NULL") == [(len(names),)]
    no_orphans(base)
    print(f"{len(files)} files with odd names: each its row")


def check_limits(folder, base, to):
    """A type whose names are more than one value holds comes in pieces; a file that the server cannot hold is a row with its error, and the job goes on."""
    long = folder / "long.c"
    long.write_text("struct long_names {" + "".join(f"int m{number}_{'x' * 20000}; char c{number};" for number in range(400)) + "} v;")
    subprocess.run(["gcc", "-g", "-c", "long.c"], cwd=folder, check=True)
    strata(folder / "long.o", "-o", folder / "long.sqlite", "-o", to)
    same(base, folder / "long.sqlite")
    assert base.ask("SELECT count(*), count(DISTINCT position), max(length(name)) FROM shape_members") == [(800, 800, 20005)]
    empty(base)
    files = common.make_objects(folder, 3)
    strata(files[0], "-o", to)
    # What the server says of a jsonb past 256 MB, said sooner.
    base.run_sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'own1' THEN "
                 "RAISE EXCEPTION 'total size of jsonb array elements exceeds the maximum of 268435455 bytes' USING ERRCODE = '54000'; END IF; RETURN NEW; END $$; "
                 "CREATE TRIGGER refuse BEFORE INSERT ON shapes FOR EACH ROW EXECUTE FUNCTION refuse()")
    said = strata("--files-from", common.write_list(folder / "list", files), "-o", to, "-o", folder / "three.sqlite", "-o", folder / "three.ndjson")
    assert len(said.splitlines()) == 1 and "part1.o: postgresql: " in said and "maximum of 268435455 bytes" in said, said
    found = dict(base.ask("SELECT path, error FROM files"))
    assert set(found) == set(map(str, files)) and [path for path in found if found[path]] == [str(files[1])] and "268435455" in found[str(files[1])], found
    no_orphans(base)
    # Who named the file is told by the status, too. The other documents have it.
    assert "part1.o" in strata(*files, "-o", to, status=2)
    assert common.sqlite_rows(folder / "three.sqlite", "SELECT count(*), count(error) FROM files") == [(3, 0)]
    base.run_sql("DROP TRIGGER refuse ON shapes; DROP FUNCTION refuse")
    strata(*files, "-o", to)
    same(base, folder / "three.sqlite")
    print("what is too large is split, or a row with its error")


def check_words(folder, base):
    """A mistake is one line that says what it is and keeps the password to itself."""
    for conninfo, words in ((f"host={base.folder} user=strata dbname=nothing", "nothing"), (f"host={folder} password=secret", "No such file"), ("nonsense=1", "nonsense")):
        said = strata(FILES[0], "-o", f"postgresql:{conninfo}", "--wait", 0, status=2)
        assert words in said and "secret" not in said and len(said.splitlines()) == 1, said
    base.ask_in("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    assert "UTF8" in strata(FILES[0], "-o", f"postgresql:host={base.folder} user=strata dbname=latin", status=2)
    strata(FILES[0], "-o", f"postgresql://strata@/fleet?host={base.folder}")
    assert "no OUT of this report" in strata(FILES[0], "-o", f"postgresql:{base.conninfo}", "--partition", 4, status=2)
    for option, value in (("--partition", "0"), ("--wait", "x")):
        said = strata(FILES[0], "-o", f"postgresql:{base.conninfo}", option, value, status=2)
        assert f"strata report: {option}: " in said, said
    base.ask_in("postgres", "CREATE DATABASE theirs")
    base.ask_in("theirs", "CREATE TABLE files (a integer)")
    said = strata(FILES[0], "-o", f"postgresql:host={base.folder} user=strata dbname=theirs", status=2)
    assert "of another program" in said and '"files" already exists' in said and len(said.splitlines()) == 1, said
    assert base.ask_in("theirs", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").split() == ["files"]
    for name, wanted in (("postgresql", "CONNINFO"), ("sqlite", "FILE")):
        said = strata(FILES[0], "-o", f"{name}:", status=2)
        assert said == f"strata: {name}: nothing stands behind the colon: -o {name}:{wanted}\n", said
    base.ask_in("postgres", "CREATE DATABASE half")
    base.ask_in("half", "CREATE TABLE strata_schema (version integer NOT NULL)")
    said = strata(FILES[0], "-o", f"postgresql:host={base.folder} user=strata dbname=half", status=2)
    assert "strata_schema has no row" in said and "-1" not in said and len(said.splitlines()) == 1, said
    print("mistakes: a line each")


def wait_until(condition):
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def go_away(base, folder, to, wait):
    """Takes the server away in the middle of a file: a lock of somebody else's holds the writer there."""
    locker = subprocess.Popen(base.psql(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    locker.stdin.write("BEGIN; LOCK TABLE holdings;\n")
    locker.stdin.flush()
    wait_until(lambda: base.ask("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'holdings'::regclass") == [(1,)])
    writer = subprocess.Popen([STRATA, "report", *FILES[:3], "-o", to, "--wait", str(wait)], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: base.ask("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'holdings'::regclass") == [(1,)])
    base.stop("immediate")
    locker.communicate()
    return writer


def check_server_goes_away(folder):
    with server.Server(tcp=True) as base:
        to = f"postgresql:{base.conninfo}"
        strata(FILES[0], "-o", to)
        base.run_sql("DELETE FROM files; DELETE FROM holdings")
        writer = go_away(base, folder, to, 300)
        assert "waiting for up to 300 seconds" in writer.stderr.readline()
        base.start()
        said = writer.communicate(timeout=400)[1]
        assert writer.returncode == 0 and "there again after" in said, said
        strata(*FILES[:3], "-o", folder / "away.sqlite")
        same(base, folder / "away.sqlite")
        base.run_sql("DELETE FROM files; DELETE FROM holdings")
        writer = go_away(base, folder, to, 1)
        said = writer.communicate(timeout=120)[1]
        assert writer.returncode == 2 and "waiting for up to 1 seconds" in said, (writer.returncode, said)
        base.start()
        assert base.ask("SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM holdings) AS n") == [(0,)]
        print("a server that goes away is waited for, then nothing is half written")


def check_no_place():
    """A server that has as many clients as it takes is waited for; then its own words are said."""
    with server.Server(connections=4) as base:
        to = f"postgresql:{base.conninfo}"
        clients = [subprocess.Popen(base.psql("-At"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        for client in clients:
            client.stdin.write("SELECT 'here';\n")
            client.stdin.flush()
            assert client.stdout.readline() == "here\n"
        said = strata(FILES[0], "-o", to, "--wait", 0, status=2)
        assert "FATAL" in said and ("too many clients" in said or "connection slots" in said) and len(said.splitlines()) == 1, said
        said = strata(FILES[0], "-o", to, "--wait", 1, status=2)
        assert "waiting for up to 1 seconds" in said and "FATAL" in said.splitlines()[-1] and len(said.splitlines()) == 2, said
        writer = subprocess.Popen([STRATA, "report", FILES[0], "-o", to, "--wait", "300"], stderr=subprocess.PIPE, text=True)
        assert "waiting for up to 300 seconds" in writer.stderr.readline()
        clients.pop().communicate()
        said = writer.communicate(timeout=400)[1]
        assert writer.returncode == 0 and "there again after" in said, (writer.returncode, said)
        for client in clients:
            client.communicate()
        assert base.ask("SELECT count(*) FROM files") == [(1,)]
    print("a server without a place for one more is waited for")


def main():
    server.skip_without()
    with server.Server() as base:
        to = f"postgresql:{base.conninfo}"
        for check in (check_same, check_again, check_writers, check_versions, check_names, check_limits):
            empty(base)
            with tempfile.TemporaryDirectory(prefix="strata-fleet-") as name:
                check(Path(name), base, to)
        empty(base)
        with tempfile.TemporaryDirectory(prefix="strata-fleet-") as name:
            check_words(Path(name), base)
    with tempfile.TemporaryDirectory(prefix="strata-fleet-") as name:
        check_server_goes_away(Path(name))
    check_no_place()


main()
