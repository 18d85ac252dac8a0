# SPDX-License-Identifier: MIT
"""Folders and several files: every file with debug information below a folder, each once, in sorted order; what cannot be read is one line.

The witness for which files have debug information is readelf; for what is in them strata itself, asked about each file alone."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import tempfile

try:
    import jsonschema
except ImportError:
    jsonschema = None

from common import Failures, Strata, arguments

options = arguments()
strata, failures = Strata(os.path.abspath(options.strata)), Failures()

SOURCES = {
    "one": "struct shared { char a; long b; };\nstruct one { struct shared s; char x; } first;\n",
    "two": "struct shared { char a; long b; };\nstruct two { struct shared s[2]; short x; } second;\n",
    "other": "struct shared { int a; };\nstruct one { struct shared s; } third;\n",
    "plain": "int none;\n",
}


def compile_one(name, path, *flags):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open("source.c", "w", encoding="utf-8") as file:
        file.write(SOURCES[name])
    subprocess.run(["gcc", "-c", *(flags or ("-g",)), "source.c", "-o", path], check=True)


def tree():
    """A build folder as they are: objects, sources, links of all kinds, a FIFO, something compressed."""
    compile_one("one", "build/main.o")
    compile_one("two", "build/sub/b.o")
    compile_one("one", "build/sub/a.o")
    compile_one("other", "build/sub-2/x.o")
    compile_one("plain", "build/none.o", "-g0")
    shutil.copy("source.c", "build/source.c")
    with open("build/sub/b.o", "rb") as file, gzip.open("build/packed.o.gz", "wb") as packed:
        packed.write(file.read())
    with gzip.open("build/text.gz", "wb") as packed:
        packed.write(b"no program")
    os.mkfifo("build/pipe")
    os.symlink("..", "build/circle")
    os.symlink("main.o", "build/same.o")
    os.symlink("nowhere", "build/broken")
    os.link("build/sub/a.o", "build/sub/linked.o")
    os.symlink("/dev/zero", "build/zero")


# In the order of their names in each folder: of links and other names of one file the first is taken.
FOUND = ["build/main.o", "build/packed.o.gz", "build/sub/a.o", "build/sub/b.o", "build/sub-2/x.o"]


def report_paths(*words, status=0):
    process = strata.run("report", *words, "-o", "csv:-", text=True)
    failures.expect(process.returncode == status, "report %s: %d, %s", words, process.returncode, process.stderr)
    paths = []
    for row in csv.DictReader(io.StringIO(process.stdout)):
        if row["path"] not in paths:
            paths.append(row["path"])
    return paths, process.stderr


def walking():
    paths, said = report_paths("build")
    failures.expect(paths == FOUND, "report build: %s", paths)
    failures.expect(said == "strata: 1 of 6 programs and objects in build has no debug information\n", "said: %s", said)
    failures.expect(report_paths("build///")[0] == FOUND, "a slash behind the folder: %s", report_paths("build///"))
    failures.expect(report_paths("build/sub", "build/main.o")[0] == ["build/sub/a.o", "build/sub/b.o", "build/main.o"], "a folder and a file")
    os.symlink("build", "link")
    failures.expect(report_paths("link")[0] == [one.replace("build", "link", 1) for one in FOUND], "a folder by a link")
    for command in (["verify", "build"], ["check", "build", "--rules", "rules"]):
        with open("rules", "w", encoding="utf-8") as file:
            file.write("type /./\n max_size 100\n")
        process = strata.run(*command, text=True)
        failures.expect(process.returncode == 0, "%s: %d, %s", command, process.returncode, process.stderr)
        failures.expect([line for line in process.stdout.splitlines() if line.startswith("build/")] == [one + ":" * (command[0] == "check") for one in FOUND],
                        "%s: %s", command, process.stdout)


COLUMNS = ("name", "kind", "size_bytes", "align_bytes", "members", "holes", "own_waste_bytes", "deep_waste_bytes", "savings_bytes", "cache_lines")


def listed(*words, status=0):
    process = strata.run("list", *words, "--format", "json", text=True)
    failures.expect(process.returncode == status, "list %s: %d, %s", words, process.returncode, process.stderr)
    return json.loads(process.stdout)


def folding():
    """One index of several files is what the lists of each add up to."""
    together = listed("build")
    failures.expect([file["path"] for file in together["files"]] == FOUND, "list build: %s", together["files"])
    wanted = {}
    for path in FOUND:
        for one in listed(path)["types"]:
            key = tuple(one[column] for column in COLUMNS)
            met = wanted.setdefault(key, {"path": path, "files": 0, "copies": 0})
            met["files"] += 1
            met["copies"] += one["copies"]
    # The two that are called shared differ in their size, the two that are called one in what they hold.
    failures.expect(sum(key[0] == "shared" for key in wanted) == 2 and sum(key[0] == "one" for key in wanted) == 2, "the tree: %s", wanted)
    got = {tuple(one[column] for column in COLUMNS): {word: one[word] for word in ("path", "files", "copies")} for one in together["types"]}
    failures.expect(got == wanted, "list build: %s, one by one %s", got, wanted)
    for threads in ("1", "2", "7"):
        failures.expect(listed("build", "--threads", threads) == together, "it depends on the threads: %s", threads)
    failures.expect(listed(*FOUND) == together, "the files named one by one")

    rows = list(csv.DictReader(io.StringIO(strata.run("list", "build", "--format", "csv", text=True).stdout)))
    failures.expect([(row["name"], row["path"], int(row["files"])) for row in rows] == [(one["name"], one["path"], one["files"]) for one in together["types"]], "as CSV: %s", rows)
    lines = strata.run("list", "build", text=True).stdout.splitlines()
    failures.expect(len(lines) == len(rows) + 1 and all(line.endswith("  in " + row["path"]) for line, row in zip(lines[1:], rows)), "as text: %s", lines)
    common = [one["name"] for one in listed("build", "--where", "files > 1")["types"]]
    failures.expect(common == [one["name"] for one in together["types"] if one["files"] > 1], "--where files: %s", common)

    # show: the same layouts as of the file alone, each once.
    shown = json.loads(strata.run("show", "build", "--format", "json", text=True).stdout)
    pairs = [(document["file"]["path"], one) for document in shown["documents"] for one in document["types"]]
    failures.expect(len(pairs) == len(wanted), "show build: %d types", len(pairs))
    for path, one in pairs:
        alone = json.loads(strata.run("show", path, one["name"], "--format", "json", text=True).stdout)["types"][0]
        for part in ("copies", "files"):
            one.pop(part, None)
            alone.pop(part, None)
        failures.expect(one == alone, "show build, %s of %s: %s, alone %s", one["name"], path, one, alone)
    for words in (("struct shared", "build/"), ("build/", "struct shared"), ("struct shared", "build")):
        text = strata.run("show", *words, text=True).stdout
        failures.expect(text.count("struct shared  ") == 2 and "in build/main.o and 3 other files" in text and "definition 2 of 2" in text, "show %s: %s", words, text)
    # What one word of several is missing everywhere is an error, the rest is shown.
    process = strata.run("list", "build", "shared", "nosuch", text=True)
    failures.expect(process.returncode == 2 and len(process.stdout.splitlines()) == 3 and 'no type "nosuch"' in process.stderr, "a type that is nowhere: %d, %s", process.returncode, process.stderr)
    if jsonschema:
        for command, schema in (("list", "strata.lists-1"), ("show", "strata.layouts-1")):
            document = json.loads(strata.run(command, "build", "--format", "json", text=True).stdout)
            jsonschema.validate(document, *schema_of(schema))


def holders():
    """Who holds a type in several files is what each file says, each different member once."""
    columns = ("holder", "kind", "member", "type", "how", "offset_bits")
    ask = lambda *words: strata.run("list", *words, "--holders", "struct shared", "--format", "json", text=True)
    wanted = {}
    for path in FOUND:
        for one in json.loads(ask(path).stdout)["holders"]:
            met = wanted.setdefault(tuple(one[column] for column in columns), {"path": path, "files": 0})
            met["files"] += 1
    process = ask("build")
    document = json.loads(process.stdout)
    got = {tuple(one[column] for column in columns): {word: one[word] for word in ("path", "files")} for one in document["holders"]}
    failures.expect(process.returncode == 0 and len(wanted) == 2 and got == wanted, "holders in build: %s, one by one %s", got, wanted)
    failures.expect([file["path"] for file in document["files"]] == FOUND, "holders in build: %s", document["files"])
    rows = list(csv.DictReader(io.StringIO(strata.run("list", "build", "--holders", "shared", "--format", "csv", text=True).stdout)))
    failures.expect([(row["holder"], row["path"], int(row["files"])) for row in rows] == [(one["holder"], one["path"], one["files"]) for one in document["holders"]], "as CSV: %s", rows)
    text = strata.run("list", "build", "--holders", "shared", text=True).stdout
    failures.expect("struct one  s  struct shared  in build/main.o and 2 other files" in text, "as text: %s", text)
    # Types of some files alone are nothing to be said; a type of none is.
    failures.expect(strata.run("list", "build", "--holders", "two").returncode == 0, "a type of some files")
    process = strata.run("list", "build", "--holders", "nosuch", text=True)
    failures.expect(process.returncode == 2 and "nosuch" in process.stderr and "(nor in 4 other files)" in process.stderr, "a type that is nowhere: %s", process.stderr)
    process = strata.run("list", "build", "two", "--holders", "shared", text=True)
    failures.expect(process.returncode == 0 and "struct two" in process.stdout and "struct one" not in process.stdout, "holders among some types: %s %s", process.stdout, process.stderr)
    if jsonschema:
        many, one = (open_schema(name) for name in ("strata.holders-in-files-1", "strata.holders-1"))
        many["properties"]["files"]["items"] = one["properties"]["file"]
        jsonschema.validate(document, many)


def open_schema(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "inspector", "report", name + ".schema.json"), encoding="utf-8") as file:
        return json.load(file)


def schema_of(name):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "inspector", "report")
    schemas = {}
    for each in (name, "strata.layout-1"):
        with open(os.path.join(folder, each + ".schema.json"), encoding="utf-8") as file:
            schemas[each] = json.load(file)
    if name == "strata.layouts-1":
        schemas[name]["properties"]["documents"]["items"] = schemas["strata.layout-1"]
        schemas[name]["definitions"] = schemas["strata.layout-1"]["definitions"]
    return (schemas[name],)


def refusals():
    with open("build/main.o", "rb") as file:
        start = file.read(300)
    with open("build/sub/cut.o", "wb") as file:
        file.write(start)
    paths, said = report_paths("build", status=2)
    failures.expect(paths == FOUND, "beside a damaged file: %s", paths)
    failures.expect(len(said.splitlines()) == 2 and "build/sub/cut.o: truncated" in said, "a damaged file: %s", said)
    os.unlink("build/sub/cut.o")
    os.makedirs("empty/deep")
    for folder, words in (("empty", "no file in it"), ("nothing", "1 program or object without, 1 other file")):
        if folder == "nothing":
            compile_one("plain", "nothing/none.o", "-g0")
            shutil.copy("source.c", "nothing/source.c")
        process = strata.run("report", folder, "-o", "json:-", text=True)
        failures.expect(process.returncode == 2 and words in process.stderr and len(process.stderr.splitlines()) == 1 and not process.stdout,
                        "%s: %d, %s", folder, process.returncode, process.stderr)
    deep = "deep" + "/d" * 600
    os.makedirs(deep)
    compile_one("one", "deep/one.o")
    paths, said = report_paths("deep", status=2)
    failures.expect(paths == ["deep/one.o"] and "deeper than 512 folders" in said, "600 folders deep: %s, %s", paths, said)
    if os.getuid() != 0:
        os.makedirs("build/closed", mode=0)
        paths, said = report_paths("build", status=2)
        failures.expect(paths == FOUND and "build/closed" in said, "a folder that may not be read: %s, %s", paths, said)
        os.rmdir("build/closed")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    tree()
    walking()
    folding()
    holders()
    refusals()
    os.chdir("/")
failures.finish(at_least=40)
