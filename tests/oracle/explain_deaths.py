# SPDX-License-Identifier: MIT
"""strata explain on programs that die of a map (fixtures/go/deaths): each prints beforehand where it will die, and of which map, by
runtime.Caller; explain must say the same of what Go printed then.

    explain_deaths.py --strata S --fixtures F [--go 1.24]      without --go: logs of two builds, other machines, GOTRACEBACK
"""

import json
import os
import re
import shutil
import subprocess
import tempfile

from common import Failures, arguments, follows_schema, go_toolchains, skip

given = arguments("go")
failures = Failures()
FOLDER = os.path.join(given.fixtures, "deaths")
DEATHS = ("package", "zero", "null", "shop", "writes", "read", "range", "key", "compare", "pointer", "broken", "node")
# No network for what runs here.
ALONE = next((words for words in (["unshare", "-n"], ["unshare", "-rn"]) if shutil.which("unshare") and not subprocess.run([*words, "true"], capture_output=True).returncode), [])


class Death:
    def __init__(self, program, way, traceback=None):
        self.program, self.way = os.path.join(FOLDER, program), way
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GO")}
        environment["GOMAXPROCS"] = "4"
        if traceback:
            environment["GOTRACEBACK"] = traceback
        done = subprocess.run([*ALONE, "sh", "-c", 'ulimit -c 0; exec "$0" "$1"', self.program, way], capture_output=True, text=True, timeout=300, env=environment)
        failures.expect(done.returncode != 0, "%s %s lives", program, way)
        told = [line.split("\t")[1:] for line in done.stdout.splitlines() if line.startswith("dies\t")]
        failures.expect(bool(told), "%s %s tells nothing: %s", program, way, done.stderr[:500])
        self.kind, self.file, self.line, self.function, self.type, self.name = told[-1]
        self.log = done.stderr


def explain(log, program=None, expected=0):
    words = [given.strata, "explain", "-", *([program] if program else []), "--format", "json"]
    done = subprocess.run(words, input=log, capture_output=True, text=True, timeout=120)
    failures.expect(done.returncode == expected, "%s: status %d, %s\n%s", words, done.returncode, done.stderr, log[:1500])
    document = json.loads(done.stdout) if done.stdout else {"deaths": []}
    if done.stdout:
        follows_schema(failures, document, "explain")
    return document


def same(death, log=None, may_be_unnamed=False, has_types=True):
    """What explain says is what the program said. A name may be missing where the test says so; a wrong one never is right."""
    where = "%s %s" % (os.path.basename(death.program), death.way)
    if death.kind == "-":
        document = explain(log or death.log, death.program, expected=1)
        failures.expect(not document["deaths"] and document["log"]["not_told_to_be_of_a_map"] == 1, "%s: %s", where, document)
        return None
    document = explain(log or death.log, death.program)
    program, found = document["program"], document["deaths"]
    if not failures.expect(len(found) == 1, "%s: %d deaths", where, len(found)):
        return None
    found = found[0]
    failures.expect(found["kind"] == death.kind, "%s: %s, it was %s", where, found["kind"], death.kind)
    own = found["own_code"]
    failures.expect((own["function"], own["file"], str(own["line"])) == (death.function, death.file, death.line), "%s: at %s, it was %s:%s", where, own, death.file, death.line)
    failures.expect(program["frames_compared"] == program["frames_fit"] > 0 and not found["other_build"], "%s: %s %s", where, program, found["other_build"])
    failures.expect((found["map"]["type"] or "-") == death.type, "%s: a %s, it was %s", where, found["map"], death.type)
    names = {death.name, "-"} if may_be_unnamed else {death.name}
    failures.expect((found["map"]["name"] or "-") in names, "%s: %s, it was %s", where, found["map"], death.name)
    failures.expect(not has_types or death.type == "-" or found["map"]["type_in_debug_information"], "%s: the debug information lacks %s", where, death.type)
    failures.expect(found["call"] and found["call"]["function"].startswith("runtime."), "%s: call %s", where, found["call"])
    with open(death.file, encoding="utf-8") as file:
        failures.expect(found["source"] == file.read().splitlines()[int(death.line) - 1], "%s: source %s", where, found["source"])
    alone = explain(log or death.log, expected=1 if death.way in ("pointer", "broken") and "internal/runtime/maps" not in (log or death.log) and
                    "runtime.mapaccess" not in (log or death.log) else 0)
    for each in alone["deaths"]:
        failures.expect((each["kind"], each["own_code"]["line"], each["map"]["name"]) == (death.kind, int(death.line), None), "%s by the log alone: %s", where, each["kind"])
    return found


def by_version(version):
    minor = int(version.split(".")[1])
    program = "go" + version
    for way in DEATHS:
        death = Death(program, way)
        # From 1.26 on the address of something beside the struct is handed to the decoder: its fields are not followed beyond.
        found = same(death, may_be_unnamed=way == "null" and minor >= 26)
        if found:
            failures.expect(found["design"] == ("swiss" if minor >= 24 else "classic"), "%s: %s", version, found["design"])
        if found and found["kind"].startswith("concurrent"):
            # The other one is in map code, or its log line is missing: Go prints what it can.
            failures.expect(all(each["goroutine"]["number"] != found["goroutine"]["number"] for each in found["suspects"]), "%s: its own suspect", way)
        if found and found["kind"] == "nil-assign":
            failures.expect(found["map"]["place"] == ("variable" if way == "package" else "field") or not found["map"]["name"], "%s: %s", way, found["map"])
    failures.finish(at_least=90)


def others():
    programs = os.listdir(FOLDER) if os.path.isdir(FOLDER) else []
    base = next((name for name in ("go1.24", "go1.23", "go1.26", "go1.27", "go1.22") if name in programs), None)
    if not base:
        skip("no Go program of fixtures/go/deaths")
    # How much Go prints.
    for traceback in ("none", "single", "all", "system", "crash"):
        for way in ("package", "range", "broken", "key"):
            death = Death(base, way, traceback)
            if traceback == "none":  # the message alone
                document = explain(death.log, death.program, expected=1 if way == "broken" else 0)
                failures.expect([each["kind"] for each in document["deaths"]] == ([] if way == "broken" else [death.kind]), "GOTRACEBACK=none: %s", document["deaths"])
                failures.expect(all(each["goroutine"] is None for each in document["deaths"]), "GOTRACEBACK=none has goroutines")
            else:
                same(death)
    # Stripped: the runtime's own tables. No name is guessed.
    for program in (name for name in ("go1.23-stripped", "go1.27-stripped") if name in programs):
        for way in ("package", "zero", "range", "pointer", "broken", "node"):
            found = same(Death(program, way), may_be_unnamed=True, has_types=False)
            failures.expect(not found or found["map"]["name"] is None, "%s %s: a name without symbols: %s", program, way, found and found["map"])
    if "go1.24-pie" in programs:
        for way in ("package", "shop", "writes", "pointer", "broken"):
            same(Death("go1.24-pie", way))
    if "go1.24-386" in programs:
        for way in DEATHS:
            try:
                death = Death("go1.24-386", way)
            except OSError:
                break  # no 32-bit programs here
            same(death, may_be_unnamed=way in ("range", "null"))
    # The race detector's report, and cgo, which it is linked with.
    if "go1.24-race" in programs:
        death = Death("go1.24-race", "writes")
        document = explain(death.log, death.program)
        races = [each for each in document["deaths"] if each["kind"] == "race" and each["own_code"]["function"] == death.function]
        failures.expect(bool(races), "no race on the map: %s", [each["kind"] for each in document["deaths"]])
        for race in races:
            failures.expect(race["own_code"]["line"] == int(death.line) and race["suspects"] and race["map"]["name"] in (death.name, None), "race: %s", race["own_code"])
        failures.expect(any(race["map"]["name"] == death.name for race in races), "race: %s", [race["map"] for race in races])
    # Another build is said, and nothing is told by it.
    other = next((name for name in ("go1.19", "go1.27") if name in programs), None)
    for wrong in (name for name in (other, "go1.24-386", "go1.24-arm64") if name in programs):
        for way in ("package", "writes", "shop"):
            death = Death(base, way)
            document = explain(death.log, os.path.join(FOLDER, wrong))
            found = document["deaths"][0]
            failures.expect(found["other_build"] and not found["map"]["name"] and not found["map"]["type"], "%s's log with %s: %s", base, wrong, found["map"])
    # Logs of two builds in one file: one fits.
    if other:
        first, second = Death(base, "package"), Death(other, "shop")
        document = explain(first.log + second.log, second.program)
        failures.expect([bool(each["other_build"]) for each in document["deaths"]] == [True, False], "two builds: %s", [each["other_build"] for each in document["deaths"]])
        failures.expect(document["deaths"][1]["map"]["name"] == second.name, "two builds: %s", document["deaths"][1]["map"])
    arm64(programs)
    cores(base)
    documented(programs)
    refusals()
    failures.finish(at_least=150)


def arm64(programs):
    """A log as Go prints it on arm64, of what its own disassembler says of the program: which call returns where, and of which line."""
    tools = [path for version, path in go_toolchains(given.fixtures) if version == "1.24"]
    if "go1.24-arm64" not in programs or not tools:
        return
    program = os.path.join(FOLDER, "go1.24-arm64")
    for function, message, kind, maptype, name in (("main.register", "assignment to entry in nil map", "nil-assign", "map[string]int", "main.registry"),
                                                   ("main.(*counters).hit", "assignment to entry in nil map", "nil-assign", "map[int64]int64", "main.counters.hits"),
                                                   ("main.price", "assignment to entry in nil map", "nil-assign", "map[string]int", "main.shop.prices.byName"),
                                                   # What comes before the call is an atomic of arm64's later versions.
                                                   ("main.(*cache).put", "assignment to entry in nil map", "nil-assign", "map[string]string", "main.cache.items"),
                                                   ("main.labels.get", "concurrent map read and map write", "concurrent-read", "map[uint32]uint32", "main.labels.values"),
                                                   ("main.mark", "runtime error: hash of unhashable type []string", "unhashable", "map[interface {}]bool", "main.seen")):
        done = subprocess.run([tools[0], "tool", "objdump", "-s", "^" + re.escape(function) + "$", program], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"})
        if done.returncode or not done.stdout:
            return
        rows = [re.match(r"\s+(\S+):(\d+)\s+0x([0-9a-f]+)\s+[0-9a-f]+\s+(.*)", line) for line in done.stdout.splitlines()]
        rows = [row for row in rows if row]
        file = re.match(r"TEXT \S+ (.+)", done.stdout).group(1)
        entry = int(rows[0].group(3), 16)
        call = next(row for row in rows if re.match(r"CALL runtime\.map(assign|access)", row.group(4)))
        log = "%s: %s\n\ngoroutine 1 [running]:\n%s({0x1, 0x2})\n\t%s:%s +0x%x\n" % ("fatal error" if kind.startswith("concurrent") else "panic", message, function, file, call.group(2), int(call.group(3), 16) + 4 - entry)
        document = explain(log, program)
        found = document["deaths"][0]
        failures.expect(document["program"]["machine"] == "arm64" and found["kind"] == kind and not found["other_build"], "arm64: %s", found)
        failures.expect((found["map"]["type"], found["map"]["name"]) == (maptype, name), "arm64 %s: %s", function, found["map"])
        failures.expect("CALL " + found["call"]["function"] in call.group(4), "arm64 %s: %s", function, found["call"])


def cores(base):
    """With the core that Go leaves: the maps as they were. The program itself says how many entries it had made."""
    program = os.path.join(os.path.abspath(FOLDER), base)
    environment = {**{key: value for key, value in os.environ.items() if not key.startswith("GO")}, "GOTRACEBACK": "crash"}
    for way, entries in (("package", None), ("range", 1000)):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([*ALONE, "sh", "-c", 'ulimit -c unlimited; exec "$0" "$1"', program, way], cwd=folder, capture_output=True, text=True, timeout=300, env=environment)
            left = [name for name in os.listdir(folder) if name.startswith("core")]
            if not left:
                print("SKIPPED: cores: this system leaves none in the folder")
                return
            words = [given.strata, "explain", "-", program, "--core", os.path.join(folder, left[0]), "--format", "json"]
            told = subprocess.run(words, input=done.stderr, capture_output=True, text=True, timeout=120)
            failures.expect(told.returncode == 0, "%s: %s", words, told.stderr)
            document = json.loads(told.stdout or '{"deaths": []}')
            follows_schema(failures, document, "explain")
            core = document["deaths"][0]["core"] if document["deaths"] else {}
            if entries is None:
                failures.expect(core.get("variable_is_nil") is True and not any(each["this_one"] for each in core["maps"]), "%s: %s", way, core)
            else:
                this = [each for each in core.get("maps", []) if each["this_one"]]
                failures.expect(len(this) == 1 and this[0]["path"] == document["deaths"][0]["map"]["name"] and this[0]["count"] == entries, "%s: %s", way, core)
                # The program's variable is a word that holds it.
                failures.expect(this and document["deaths"][0]["map"]["name"] in (this[0]["held_by"] or "").split(", "), "%s: held by: %s", way, core)
                failures.expect(all(each["held_by"] is None for each in core.get("maps", []) if not each["this_one"]), "%s: others are held: %s", way, core)
            # A log is no core, and a process is none.
            for wrong in (given.strata, str(os.getpid())):
                refused = subprocess.run([given.strata, "explain", "-", program, "--core", wrong], input=done.stderr, capture_output=True, text=True, timeout=240)
                failures.expect(refused.returncode == 2 and refused.stderr and not refused.stdout, "--core %s: %s", wrong, refused)


def documented(programs):
    """The screen with a program in doc/explain.md; the rest of the page is held by tests/golden."""
    if "go1.24-trimpath" not in programs:
        return
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc/explain.md")
    with open(source, encoding="utf-8") as file:
        told = re.search(r"\$ strata explain shop\.log shop\n(.*?)```", file.read(), re.S).group(1)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(FOLDER, "go1.24-trimpath"), os.path.join(folder, "shop"))
        with open(os.path.join(folder, "shop.log"), "w", encoding="utf-8") as log:
            log.write(Death("go1.24-trimpath", "shop").log)
        real = subprocess.run([given.strata, "explain", "shop.log", "shop"], cwd=folder, capture_output=True, text=True, timeout=240, env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"}).stdout
    version = r"go1\.24\.\d+"
    strip = lambda text: [line.rstrip() for line in re.sub(version, "go1.24", text).strip().splitlines()]
    failures.expect(strip(told) == strip(real), "doc/explain.md:\n%s\n--- is\n%s", told, real)


def refusals():
    log = "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\n"
    with tempfile.TemporaryDirectory() as folder:
        text = os.path.join(folder, "text")
        with open(text, "w", encoding="utf-8") as file:
            file.write(log)
        for program in (text, given.strata, folder, "/nowhere"):
            done = subprocess.run([given.strata, "explain", text, program], capture_output=True, text=True, timeout=240)
            failures.expect(done.returncode == 2 and done.stderr.count("\n") == 1 and not done.stdout, "explain with %s: %s", program, done)
        done = subprocess.run([given.strata, "explain", "-", "-"], input=log, capture_output=True, text=True, timeout=240)
        failures.expect(done.returncode == 2, "two standard inputs: %s", done)


if given.go:
    by_version(given.go)
else:
    others()
