#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every form of a report says what `strata show --format json` says, each read by a reader that is not ours.

    check_reports.py STRATA SCHEMAS FILE...
"""
import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

import jsonschema

import github_sarif
import hostile

STRATA, SCHEMAS, FILES = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
LAYOUT = json.loads((SCHEMAS / "strata.layout-1.schema.json").read_text())
LAYOUTS = json.loads((SCHEMAS / "strata.layouts-1.schema.json").read_text())
FORMATS = ("html", "json", "md", "csv", "sqlite", "sarif")
WASTE = ("hole", "bit_hole", "tail_padding")


def strata(*arguments, status=0):
    done = subprocess.run([STRATA, *map(str, arguments)], capture_output=True, timeout=240)
    assert done.returncode == status, (arguments, done.returncode, done.stderr.decode())
    return done.stdout


def report(folder, files, *more):
    outputs = [argument for name in FORMATS for argument in ("-o", folder / f"out.{name}")]
    strata("report", *files, *outputs, *more)
    return {name: folder / f"out.{name}" for name in FORMATS}


def shown(path):
    return json.loads(strata("show", path, "--format", "json"))


def own_members(type_):
    return [m for m in type_["members"] if m["depth"] == 0]


def strip(type_):
    """What the report adds to a type: rows in members without a name."""
    return {**type_, "members": own_members(type_)}


def check_json(path, expected):
    document = json.loads(path.read_text())
    documents = [document]
    if len(expected) > 1:
        store = {LAYOUT["$id"]: LAYOUT}
        resolver = jsonschema.RefResolver(LAYOUTS["$id"], LAYOUTS, store)
        jsonschema.validate(document, LAYOUTS, resolver=resolver)
        documents = document["documents"]
    assert len(documents) == len(expected)
    for one, other in zip(documents, expected):
        jsonschema.validate(one, LAYOUT)
        assert one["file"] == other["file"]
        # Variants hold rows of depth 1 in both.
        for a, b in zip(one["types"], other["types"], strict=True):
            assert strip(a) == strip(b), a["name"]
    return documents


def as_csv_has_it(name):
    """What a terminal would obey is written out, but for tabs and line ends."""
    return re.sub("[\0-\x08\x0b-\x1f\x7f-\x9f]", lambda match: "\\x%02x" % ord(match.group()), name or "")


def check_csv(path, documents):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    heads = [(r["path"], r["type"], r["type_size_bytes"]) for r in rows if r["kind"] == "type"]
    assert heads == [(d["file"]["path"], as_csv_has_it(t["name"]), str(t["size_bytes"] if t["size_bytes"] is not None else ""))
                     for d in documents for t in d["types"]]
    members = [r["name"] for r in rows if r["kind"] not in ("type", "hole", "bit-hole", "padding", "unknown")]
    assert members == [as_csv_has_it(m["name"]) for d in documents for t in d["types"] for m in t["members"]]


def check_html(path, documents):
    text = path.read_text(encoding="utf-8")
    # One block of data and one script, whatever the names are; nothing is fetched from anywhere.
    assert text.count("<script") == text.count("</script>") == 2 and text.count("<style") == 1
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|url\(\s*["']?http""", text)
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1)
    assert not re.search("[<>&\u2028\u2029]", data)
    page = json.loads(data)
    for one, other in zip(page["files"], documents, strict=True):
        assert one["path"] == other["file"]["path"]
        for t, u in zip(one["types"], other["types"], strict=True):
            assert (t[0], t[1], t[3], t[4], t[9], t[18]) == (u["name"], u["kind"], u["size_bytes"], u["align_bytes"],
                                                            u["copies"], list(u["accounting"].values()))
            rows = [r for r in t[20] if not r[8] & 32 and r[0] != "cut"]
            assert [(r[1], r[4], r[2]) for r in rows] == [(m["depth"], m["name"], m["offset_bits"])
                                                          for m in u["members"]], t[0]


def check_sqlite(path, documents):
    base = sqlite3.connect(path)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not base.execute("PRAGMA foreign_key_check").fetchall()
    base.text_factory = lambda raw: raw.decode("utf-8")
    assert [row[0] for row in base.execute("SELECT path FROM files ORDER BY id")] == [d["file"]["path"] for d in documents]
    types = base.execute("SELECT types.id, name, kind, size_bytes, align_bytes, align_source, copies, own_waste_bytes, "
                         "deep_waste_bytes, cache_lines FROM types ORDER BY id").fetchall()
    expected = [t for d in documents for t in d["types"]]
    assert [t[1:] for t in types] == [(t["name"], t["kind"], t["size_bytes"], t["align_bytes"], t["align_source"],
                                       t["copies"], t["own_waste_bytes"], t["deep_waste_bytes"], t["cache_lines"])
                                      for t in expected]
    members = base.execute("SELECT type_id, name, type, kind, offset_bits, size_bits, depth FROM members ORDER BY id").fetchall()
    wanted = [(row[0], m["name"], m["type"], m["kind"], m["offset_bits"], m["size_bits"], m["depth"])
              for row, t in zip(types, expected) for m in t["members"]]
    plain = [m for m in members if m[3] != "variant"]
    assert plain == [m for m in wanted if m[3] != "variant"] and len(members) == len(wanted)
    gaps = base.execute("SELECT type_id, replace(replace(kind, '-', '_'), 'padding', 'tail_padding'), offset_bits, size_bits "
                        "FROM gaps WHERE depth = 0 ORDER BY id").fetchall()
    assert gaps == [(row[0], g["kind"], g["offset_bits"], g["size_bits"]) for row, t in zip(types, expected) for g in t["gaps"]]
    views = [row[0] for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
    assert len(views) >= 5
    for view in views:
        base.execute(f"SELECT * FROM {view}").fetchall()
    totals = base.execute("SELECT types, wasteful_types FROM file_totals").fetchall()
    assert totals == [(len(d["types"]), sum(t["own_waste_bytes"] > 0 for t in d["types"])) for d in documents]
    base.close()


# What SARIF 2.1.0 asks of the parts that are used (sections 3.13 to 3.49), closed: a property that the standard does not
# have is an error.
def closed(properties, required):
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
MESSAGE = closed({"text": TEXT}, ["text"])
ARTIFACT = closed({"uriBaseId": TEXT, "uri": {"type": "string", "format": "uri-reference", "pattern": r"^[A-Za-z0-9\-._~/+,=@%:]+$"}}, ["uri"])
LEVEL = {"enum": ["none", "note", "warning", "error"]}
HELP = closed({"text": TEXT, "markdown": TEXT}, ["text"])
RULE = closed({"id": TEXT, "name": TEXT, "shortDescription": MESSAGE, "fullDescription": MESSAGE, "help": HELP,
               "properties": {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": TEXT}}},
               "defaultConfiguration": closed({"level": LEVEL}, ["level"])}, ["id"])
LOCATION = closed({
    "physicalLocation": closed({"artifactLocation": ARTIFACT,
                                "region": closed({"startLine": {"type": "integer", "minimum": 1}}, ["startLine"])},
                               ["artifactLocation"]),
    "logicalLocations": {"type": "array", "items": closed({"fullyQualifiedName": {"type": "string"}, "kind": TEXT}, [])}}, [])
RESULT = closed({"ruleId": TEXT, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL, "message": MESSAGE,
                 "locations": {"type": "array", "items": LOCATION}, "analysisTarget": ARTIFACT,
                 "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}}}, ["message"])
SARIF = closed({
    "$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"},
    "runs": {"type": "array", "items": closed({
        "tool": closed({"driver": closed({"name": TEXT, "version": TEXT, "semanticVersion": TEXT, "rules": {"type": "array", "uniqueItems": True, "items": RULE}},
                                         ["name"])}, ["driver"]),
        "originalUriBaseIds": {"type": "object", "additionalProperties": closed({"uri": {"type": "string", "pattern": "^file:///.*/$"}}, ["uri"])},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT}}, ["tool"])}}, ["version", "runs"])


def check_sarif(path, documents):
    log = json.loads(path.read_text())
    jsonschema.validate(log, SARIF)
    assert not list(github_sarif.faults(log)), list(github_sarif.faults(log))[:5]
    run, = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in results)
    # No name becomes a link in a message.
    assert not any(re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", r["message"]["text"]) for r in results)
    for d in documents:
        target = [r for r in results if urllib.parse.unquote(r["analysisTarget"]["uri"]).endswith(d["file"]["path"])]
        gaps = sum(g["kind"] != "unknown" for t in d["types"] for g in t["gaps"])
        assert sum(r["ruleId"] in ("hole", "padding") for r in target) == gaps
    holes = [r for r in results if r["ruleId"] == "hole" and r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "demo"]
    return holes


def check_markdown(path, documents):
    text = path.read_text(encoding="utf-8")
    table = [line for line in text.split("~~~~")[0].splitlines() if line.startswith("|")]
    # A bar in a name would make a further cell.
    for line in table:
        assert len(re.findall(r"(?<!\\)\|", line)) in (9, 10), line
    files = [line for line in table if len(re.findall(r"(?<!\\)\|", line)) == 9][2:]
    for line, d in zip(files, documents, strict=True):
        cells = [cell.strip() for cell in line.split(" | ")]
        size = sum(t["size_bytes"] or 0 for t in d["types"])
        waste = (sum(t["accounting"][k] for t in d["types"] for k in WASTE) + 7) // 8
        assert cells[1:4] == [str(len(d["types"])), str(size), str(waste)], (cells, size, waste)
    top = [int(line.split("|")[1]) for line in table if re.match(r"\| \d+ \| \d+ \|", line)]
    every = sorted((t["own_waste_bytes"] for d in documents for t in d["types"] if t["own_waste_bytes"]), reverse=True)
    assert top == every[:20]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2028\u2029]", text)


def dump(path):
    return list(sqlite3.connect(path).iterdump())


def check_all(folder, files):
    expected = [shown(path) for path in files]
    paths = report(folder, files, "--threads", 1)
    documents = check_json(paths["json"], expected)
    check_csv(paths["csv"], documents)
    check_html(paths["html"], documents)
    check_sqlite(paths["sqlite"], documents)
    check_sarif(paths["sarif"], documents)
    check_markdown(paths["md"], documents)
    again = Path(tempfile.mkdtemp(dir=folder))
    others = report(again, files, "--threads", 7)
    for name in FORMATS:
        same = dump(paths[name]) == dump(others[name]) if name == "sqlite" else \
            paths[name].read_bytes() == others[name].read_bytes()
        assert same, f"{name} depends on the number of threads"
    return sum(len(d["types"]) for d in documents)


def check_appending(folder, first, second):
    """A database grows; a file reported again replaces its rows, one with another build-id stands beside."""
    base = folder / "grows.sqlite"
    strata("report", first, "-o", base)
    one = dump(base)
    strata("report", first, "-o", base)
    count = "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM types), (SELECT count(*) FROM members), (SELECT count(*) FROM gaps)"
    before = sqlite3.connect(base).execute(count).fetchone()
    assert len(one) == len(dump(base))
    strata("report", second, "-o", base)
    after = sqlite3.connect(base).execute(count).fetchone()
    assert after[0] == 2 and all(b > a for a, b in zip(before[1:], after[1:]))


def check_indexes(folder):
    """Indexes are made behind the rows of a first report, and stay with the next ones; also where rows go before there are types."""
    base, program = folder / "indexes.sqlite", folder / "indexes.o"
    names = sorted(re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+)", (SCHEMAS / "page" / "sqlite_schema.sql").read_text()))
    assert len(names) > 5
    (folder / "list").write_text(f"{program}\n")
    program.write_text("no program yet")
    for step, (text, wanted) in enumerate([("", []), ("struct one { char a; int b; } v;", [("one", "a", 8), ("one", "b", 8)]),
                                           ("struct one { char a; long b; } v; struct two { char y; } w;", [("one", "a", 16), ("one", "b", 16), ("two", "y", 1)])]):
        if step:
            (folder / "indexes.c").write_text(text)
            subprocess.run(["gcc", "-g", "-c", folder / "indexes.c", "-o", program], check=True)
        strata("report", "--files-from", folder / "list", "-o", base)
        made = sqlite3.connect(base)
        assert [row[0] for row in made.execute("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1")] == names, step
        assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",) and not made.execute("PRAGMA foreign_key_check").fetchall()
        assert made.execute("SELECT count(*), count(error) FROM files").fetchone() == (1, not step)
        rows = sorted(made.execute("SELECT types.name, members.name, size_bytes FROM types JOIN members ON type_id = types.id"))
        assert rows == wanted, (step, rows)
        assert "members_by_name" in str(made.execute("EXPLAIN QUERY PLAN SELECT * FROM members WHERE name = 'a'").fetchall())
        made.close()


def check_sharing(folder):
    """False sharing is told where `strata list` counts it."""
    (folder / "hot.c").write_text("typedef _Atomic int atomic_int; struct queue { atomic_int head, tail; char name[40]; long cold; } q;"
                                  "struct many { atomic_int n[40]; } m; struct alone { atomic_int n; char rest[60]; } a;")
    subprocess.run(["gcc", "-g", "-c", folder / "hot.c", "-o", folder / "hot.o"], check=True)
    strata("report", folder / "hot.o", "-o", folder / "hot.sarif", "-o", folder / "hot.db")
    results = json.loads((folder / "hot.sarif").read_text())["runs"][0]["results"]
    told = {r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for r in results if r["ruleId"] == "false-sharing"}
    listed = json.loads(strata("list", folder / "hot.o", "--format", "json"))["types"]
    assert told == {"queue", "many"}
    rows = dict(sqlite3.connect(folder / "hot.db").execute("SELECT name, contended_lines FROM false_sharing"))
    assert rows == {t["name"]: t["contended_lines"] for t in listed if t.get("contended_lines")}, rows


def check_spreadsheet(folder):
    """No cell begins as a formula does, two readers agree; without the option names are to the letter."""
    names = ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "plain", " =x"]
    source = folder / "formulas.S"
    uleb = lambda n: f".uleb128 {n}"
    lines = [".section .debug_abbrev,\"\",@progbits", *map(uleb, (1, 17)), ".byte 1", *map(uleb, (0, 0)), *map(uleb, (2, 19)), ".byte 1", *map(uleb, (3, 8, 11, 11, 0, 0)),
             *map(uleb, (3, 13)), ".byte 0", *map(uleb, (3, 8, 0x38, 11, 0x49, 19, 0, 0)), *map(uleb, (4, 36)), ".byte 0", *map(uleb, (3, 8, 11, 11, 0x3e, 11, 0, 0)), ".byte 0",
             ".section .debug_info,\"\",@progbits", "start: .long finish - begin", "begin: .value 4", ".long 0", ".byte 8", ".uleb128 1", "base: .uleb128 4", '.asciz "int"', ".byte 4, 5"]
    for name in names:
        lines += [".uleb128 2", f'.asciz "{name}"', ".byte 4", ".uleb128 3", f'.asciz "{name}"', ".byte 0", ".long base - start", ".byte 0"]
    source.write_text("\n".join([*lines, ".byte 0", "finish:"]) + "\n")
    subprocess.run(["gcc", "-c", source, "-o", folder / "formulas.o"], check=True)
    for command in (("show", folder / "formulas.o", "--format", "csv"), ("list", folder / "formulas.o", "--format", "csv"),
                    ("report", folder / "formulas.o", "-o", "csv:-")):
        exact, safe = strata(*command).decode(), strata(*command, "--spreadsheet").decode()
        cells = lambda text: [cell for row in csv.reader(io.StringIO(text, newline=""), strict=True) for cell in row]
        assert set(names) <= set(cells(exact)), command
        assert not any(re.match(r"\s*[=+\-@\t\r]", cell) for cell in cells(safe)), command
        assert [cell[1:] if cell.startswith("'") else cell for cell in cells(safe)] == cells(exact), command
        # Another reader: SQLite's shell is in no test, a strict grammar is.
        field = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
        assert re.fullmatch(rf"(?:{field}(?:,{field})*\r\n)+", safe), command


def uris(log):
    return {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in log["runs"][0]["results"]}


def check_paths(folder):
    """Relative names get the folder of their compilation, and a root may be relative or a link."""
    project = folder / "project"
    (project / "lib" / "deep").mkdir(parents=True)
    (project / "lib" / "deep" / "a b.c").write_text("struct wide { char a; long b; } x;")
    (folder / "link").symlink_to(project)
    subprocess.run(["gcc", "-g", "-c", "deep/../deep/a b.c", "-o", project / "a.o"], cwd=project / "lib", check=True)
    text = strata("show", project / "a.o", "wide").decode()
    assert "a b.c:1" in text and str(project) not in text, text
    declared = json.loads(strata("show", project / "a.o", "--format", "json"))["types"][0]["decl"]
    assert declared["path"] == f"{project}/lib/deep/a b.c", declared
    assert json.loads(strata("list", project / "a.o", "--format", "json"))["types"][0]["decl"] == declared

    def places(*arguments, cwd=project, status=0):
        done = subprocess.run([STRATA, "report", project / "a.o", "-o", "sarif:-", *arguments], cwd=cwd, capture_output=True)
        assert done.returncode == status, done.stderr
        return uris(json.loads(done.stdout)) if done.stdout else set(), done.stderr.decode()

    found, said = places()
    assert found == {f"file://{project}/lib/deep/a%20b.c"} and "1 of 1 results have absolute paths" in said, (found, said)
    for root, cwd in ((".", project), ("..", project / "lib"), (folder / "link", project), ("link", folder), (project, folder)):
        found, said = places("--source-root", root, cwd=cwd)
        assert found == {"lib/deep/a%20b.c"} and not said, (root, cwd, found, said)
    found, said = places("--source-root", folder / "elsewhere")
    assert found == {f"file://{project}/lib/deep/a%20b.c"} and "outside of --source-root" in said
    assert "No such file" in places("--source-root", "nowhere", status=2)[1]
    assert "Not a directory" in places("--source-root", "lib/deep/a b.c", status=2)[1]
    (folder / "some.rules").write_text("type wide\n  no_holes\n")
    for form in ("sarif", "github", "json", "junit", "markdown"):
        text = strata("check", "--rules", folder / "some.rules", project / "a.o", "--source-root", project, "--format", form, status=1).decode()
        assert ("lib/deep/a%20b.c" if form == "sarif" else "lib/deep/a b.c") in text and f"{project}/lib" not in text, text
    log = json.loads(strata("check", "--rules", folder / "some.rules", project / "a.o", FILES[0], FILES[0], "--format", "sarif", status=1))
    jsonschema.validate(log, SARIF)
    assert not list(github_sarif.faults(log)), list(github_sarif.faults(log))
    checked = json.loads(strata("check", "--rules", folder / "some.rules", project / "a.o", FILES[0], "--format", "json", status=1))
    jsonschema.validate(checked, json.loads((SCHEMAS / "strata.check-1.schema.json").read_text()))
    assert [(f["checks"], f["broken"]) for f in checked["files"]] == [(1, 1), (0, 0)], checked
    # Types of the same name in two files, and without a source: fingerprints stay unique, places are the programs'.
    log = json.loads(strata("report", FILES[0], FILES[1], project / "a.o", project / "a.o", "-o", "sarif:-"))
    assert not list(github_sarif.faults(log))


def main():
    with tempfile.TemporaryDirectory(prefix="strata-report-") as name:
        folder = Path(name)
        print(f"{check_all(folder, FILES[:1])} types of one file")
        (folder / "out.sqlite").unlink()
        print(f"{check_all(folder, FILES)} types of {len(FILES)} files")
        (folder / "out.sqlite").unlink()
        print(f"{check_all(folder, [hostile.build(folder)])} hostile types")
        check_appending(folder, FILES[0], FILES[1])
        check_indexes(folder)
        check_sharing(folder)
        # Below the root of the sources, places are relative to it.
        (folder / "src").mkdir()
        (folder / "src" / "a.c").write_text("struct wide { char a; long b; } x;")
        subprocess.run(["gcc", "-g", "-c", folder / "src" / "a.c", "-o", folder / "a.o"], check=True)
        for root, uri in ((folder, "src/a.c"), (folder / "src/", "a.c"), (folder / "sr", f"file://{folder}/src/a.c")):
            log = json.loads(strata("report", folder / "a.o", "-o", "sarif:-", "--source-root", root))
            place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
            assert place["uri"] == uri and ("uriBaseId" in place) == (not uri.startswith("file:")), place
        check_paths(folder)
        check_spreadsheet(folder)
        # Only what is asked for.
        strata("report", FILES[0], "--type", "demo", "-o", folder / "one.json")
        assert [t["name"] for t in json.loads((folder / "one.json").read_text())["types"]] == ["demo"]
        assert json.loads(strata("report", FILES[0], "--type", "demo", "-o", "json:-"))["types"][0]["name"] == "demo"


main()
