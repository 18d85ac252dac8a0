# SPDX-License-Identifier: MIT
"""strata maps against what running Go programs say of their own maps (fixtures/go/maps): live, in cores, with and without debug
information, of both designs. The programs have no network."""

import contextlib
import csv
import json
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import tempfile

from common import Failures, arguments, skip

try:
    import jsonschema
except ImportError:
    jsonschema = None

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../inspector/report/strata.maps-1.schema.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)

ANSWER_SECONDS = 600

WITH_DEBUG = ["go1.22", "go1.23", "go1.24", "go1.25", "go1.26", "go1.27", "go1.22-pie", "go1.26-pie", "go1.26-cgo", "go1.24-noswissmap",
              "go1.22-386", "go1.24-386"]
STRIPPED = ["go1.22-stripped", "go1.24-stripped", "go1.26-stripped", "go1.22-386-stripped", "go1.24-386-stripped"]


def is_here(fixtures, name):
    """Built, and such that this machine runs it."""
    return os.path.exists(os.path.join(fixtures, "maps", name)) and ("-386" not in name or platform.machine() in ("x86_64", "i686"))


def no_network():
    """A prefix that takes the network away, where this machine lets us."""
    unshare = shutil.which("unshare")
    if unshare and subprocess.run([unshare, "-n", "true"], stderr=subprocess.DEVNULL).returncode == 0:
        return [unshare, "-n"]
    return []


class Subject:
    def __init__(self, path, folder):
        def before():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            os.chdir(folder)
        environment = dict(os.environ, GOTRACEBACK="crash")
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(no_network() + [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said,
                                        text=True, preexec_fn=before, env=environment)
        self.truth = json.loads(self.process.stdout.readline())
        self.pid = self.truth["pid"]

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:  # it has died: why, it has said
            status = self.process.wait(timeout=ANSWER_SECONDS)
            self.said.seek(0)
            raise RuntimeError("the program ended with %s after the order %s: %s" % (status, line, self.said.read()[:2000]))
        return json.loads(answer)

    def end(self, with_signal=None):
        if with_signal:
            os.kill(self.pid, with_signal)
            self.process.wait(timeout=ANSWER_SECONDS)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(timeout=ANSWER_SECONDS)


@contextlib.contextmanager
def running(fixtures, name, folder):
    subject = Subject(os.path.join(fixtures, "maps", name), folder)
    try:
        yield subject
    finally:
        if subject.process.poll() is None:
            subject.end()


def run(strata, *options):
    """Where no processor is free for half a second, a program cannot be stopped (--exact), which is said: once more then."""
    for _ in range(30):
        done = subprocess.run([strata, "maps", *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=ANSWER_SECONDS)
        if "come to a stop" not in done.stderr:
            break
    return done


def look(strata, failures, what, *options):
    done = run(strata, "--format", "json", *options)
    if not failures.expect(done.returncode == 0, "%s: exit %d: %s", what, done.returncode, done.stderr):
        return None
    document = json.loads(done.stdout)
    if jsonschema:
        try:
            jsonschema.validate(document, SCHEMA)
        except jsonschema.ValidationError as error:
            failures.fail("%s: %s" % (what, error.message))
    failures.expect(document["schema"] == "strata.maps/1", "%s: schema %s", what, document["schema"])
    return document


def check_truth(failures, what, truth, document):
    """Each map that the program speaks of is found under its path, with its length; nothing under main is made up."""
    found = {}
    for row in document["maps"]:
        found.setdefault(row["path"], []).append(row)
    told = {}
    for one in truth["maps"]:
        path, count = one["path"], one["count"]
        told[path] = count
        rows = found.get(path, [])
        if path in ("main.Nil", "main.Million", "main.Texts"):
            failures.expect(not rows, "%s: %s is nil, and is listed", what, path)
            continue
        if not failures.expect(len(rows) == 1, "%s: %s is listed %d times", what, path, len(rows)):
            continue
        row = rows[0]
        failures.expect(row["count"] == count, "%s: %s has %d entries, not %d", what, path, count, row["count"])
        failures.expect(row["live_bytes"] <= row["held_bytes"], "%s: %s: live %d of %d", what, path, row["live_bytes"], row["held_bytes"])
        failures.expect(row["waste_bytes"] == row["held_bytes"] - row["live_bytes"], "%s: %s: waste", what, path)
        failures.expect(not row["changed"] and not row["incomplete"], "%s: %s: marked, and nothing changes", what, path)


def check_design(failures, what, name, document):
    classic = name.startswith(("go1.22", "go1.23")) or "noswissmap" in name
    kinds = {row["kind"] for row in document["maps"]}
    failures.expect(kinds == {"classic" if classic else "swiss"}, "%s: kinds %s", what, kinds)
    version = document["process"]["go_version"] or ""
    failures.expect(version.startswith(name.split("-")[0]), "%s: version %s", what, version)


def why_of(document, path):
    return next((row["why"] for row in document["maps"] if row["path"] == path), "")


def check_why(failures, what, document):
    failures.expect("shrank" in why_of(document, "main.Shrunk"), "%s: Shrunk: %s", what, why_of(document, "main.Shrunk"))
    failures.expect("hint" in why_of(document, "main.Hinted"), "%s: Hinted: %s", what, why_of(document, "main.Hinted"))
    for path in ("main.Full8", "main.Nested", "main.Pages.cache.hits"):
        failures.expect(not why_of(document, path), "%s: %s: %s", what, path, why_of(document, path))


def check_live(strata, failures, name, subject):
    document = look(strata, failures, name, subject.pid, "--all")
    if not document:
        return
    check_truth(failures, name, subject.truth, document)
    check_design(failures, name, name, document)
    check_why(failures, name, document)
    failures.expect(document["process"]["pid"] == subject.pid, "%s: another process", name)


def check_exact(strata, failures, name, subject):
    """The same while the program stands still, which then runs on; and with a writer that never rests."""
    truth = subject.order("truth")
    document = look(strata, failures, name + " --exact", subject.pid, "--all", "--exact")
    if document:
        check_truth(failures, name + " --exact", truth, document)
    subject.order("busy")
    for _ in range(5):
        document = look(strata, failures, name + " busy", subject.pid, "--map", "main.Churned", "--exact")
        rows = document["maps"] if document else []
        failures.expect(len(rows) == 1 and 99 <= rows[0]["count"] <= 101, "%s busy: %s", name, rows)
    for _ in range(100):  # it works when it gets a processor
        before = subject.order("still")["work"]
        if before > 1000:
            break
        subject.order("busy")
    failures.expect(before > 1000, "%s: the writer came no further than %d", name, before)
    subject.order("churn 1000")


def verify(strata, subject):
    return subprocess.run([strata, "verify", str(subject), "--all", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=ANSWER_SECONDS)


def told_by_memory(done):
    """{field of the header: whether memory and debug information agree} of what memory tells."""
    fields = {}
    if done.returncode > 1:
        return fields
    check = json.loads(done.stdout)["parts"][0]["crosscheck"]
    names = [witness["name"] for witness in check["witnesses"]]
    for part in check["subjects"]:
        for fact in part["facts"]:
            values = dict(zip(names, fact["values"]))
            if part["name"] in ("hmap", "Map") and fact["quantity"] == "offset" and isinstance(values["memory"], int):
                fields[fact["field"]] = values["memory"] == values["debug info"]
    return fields


TRIES = 60  # a field that is told by its changes wants the program to have run meanwhile

CLASSIC_FIELDS = {"count", "flags", "B", "noverflow", "hash0", "buckets", "oldbuckets", "nevacuate", "extra"}
SWISS_FIELDS = {"used", "seed", "dirPtr", "dirLen", "globalDepth", "globalShift"}


def has_classic(name):
    return name.startswith(("go1.22", "go1.23")) or "noswissmap" in name


def bring_about(name, subject):
    """A classic map in the middle of its growth (a doubling begins above 6.5 * 256); Swiss maps that are written and cleared."""
    subject.order("grow 700" if has_classic(name) else "clears")


def check_verify(strata, failures, name, subject):
    """Debug information, the program's own types and its memory agree; memory tells every field."""
    done = verify(strata, subject.pid)
    if not failures.expect(done.returncode == 0, "%s: verify: exit %d %s", name, done.returncode, done.stderr):
        return
    wanted = CLASSIC_FIELDS if has_classic(name) else SWISS_FIELDS | ({"tombstonePossible"} if "1.24" not in name else set())
    if not has_classic(name):
        told = told_by_memory(done)
        failures.expect(wanted <= set(told), "%s: verify: memory does not tell %s", name, sorted(wanted - set(told)))
        wanted = {"writing", "clearSeq"}
    bring_about(name, subject)
    found = set()
    for _ in range(TRIES):
        done = verify(strata, subject.pid)
        failures.expect(done.returncode == 0 and '"differs"' not in done.stdout, "%s: verify: %d %s", name, done.returncode, done.stderr)
        found |= set(told_by_memory(done))
        if wanted <= found:
            break
    failures.expect(wanted <= found, "%s: verify: memory does not tell %s", name, sorted(wanted - found))
    subject.order("still")


# One offset that the debug information has wrong, in every struct: the field, what it is, what it becomes. Swiss and classic.
WRONG_OFFSETS = {
    "go1.26": [("used", 0, 8), ("dirPtr", 16, 24), ("dirLen", 24, 16), ("globalDepth", 32, 33), ("globalShift", 33, 32), ("ctrl", 0, 8),
               ("slots", 8, 16), ("groups", 16, 8), ("elem", 8, 16), ("elem", 16, 24), ("seed", 8, 40), ("writing", 34, 36), ("clearSeq", 40, 8),
               ("tombstonePossible", 35, 36)],
    "go1.22": [("count", 0, 8), ("B", 9, 8), ("buckets", 16, 24), ("tophash", 0, 8), ("keys", 8, 16), ("values", 72, 80), ("values", 136, 128), ("hash0", 12, 8),
               ("flags", 8, 9), ("noverflow", 10, 8), ("oldbuckets", 24, 40), ("nevacuate", 32, 40), ("extra", 40, 32)],
}
HEADER_FIELDS = CLASSIC_FIELDS | SWISS_FIELDS | {"writing", "clearSeq", "tombstonePossible"}


def section(path, name):
    """Offset in the file and size, by readelf."""
    told = subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"\s%s\s+\S+\s+\S+\s+([0-9a-f]+)\s+([0-9a-f]+)" % re.escape(name), told)
    return int(found.group(1), 16), int(found.group(2), 16)


def check_contradictions(strata, failures, fixtures, name, folder):
    """A program whose debug information has one offset wrong: the program runs as it did, and its memory, or the types that it carries,
    contradict. Go writes a member as its name and the offset behind it."""
    if not shutil.which("objcopy") or not shutil.which("readelf"):
        print("no binutils: no contradiction was provoked")
        return
    plain = os.path.join(folder, name + "-plain")
    subprocess.run(["objcopy", "--decompress-debug-sections", os.path.join(fixtures, "maps", name), plain], check=True)
    with open(plain, "rb") as file:
        data = file.read()
    begin, size = section(plain, ".debug_info")
    for field, right, wrong in WRONG_OFFSETS[name]:
        text, times = re.subn(rb"(?<=[^A-Za-z0-9_])%s\0%s" % (field.encode(), re.escape(bytes([right]))),
                              lambda _: field.encode() + bytes([0, wrong]), data[begin:begin + size])
        failures.expect(times, "%s has no %s at %d", name, field, right)
        path = os.path.join(folder, "%s-%s-%d" % (name, field, right))
        with open(path, "wb") as file:
            file.write(data[:begin] + text + data[begin + size:])
        os.chmod(path, 0o755)
        subject = Subject(path, folder)
        bring_about(name, subject)
        for _ in range(TRIES):
            done = verify(strata, subject.pid)
            told = told_by_memory(done)
            if done.returncode and (field not in HEADER_FIELDS or field in told):
                break
        subject.end()
        os.remove(path)
        failures.expect(done.returncode == 1 and '"differs"' in done.stdout, "%s: %s at %d instead of %d: exit %d %s", name, field, wrong,
                        right, done.returncode, done.stderr)
        failures.expect(field not in HEADER_FIELDS or told.get(field) is False, "%s: %s at %d: memory says %s", name, field, wrong, told)


def check_filters(strata, failures, subject):
    """The options, against the whole list."""
    everything = look(strata, failures, "all", subject.pid, "--all")
    folded = look(strata, failures, "folded", subject.pid)
    row = [r for r in folded["maps"] if r["path"] == "fixture/maps/cache.Services[*].Endpoints"]
    failures.expect(len(row) == 1 and row[0]["maps"] == 40, "folding: %s", row)
    rooted = [r for r in everything["maps"] if not r["path"].startswith("0x")]
    failures.expect(sum(r["maps"] for r in folded["maps"]) == len(rooted), "folded rows stand for other maps")
    failures.expect(folded["totals"]["held_bytes"] == sum(r["held_bytes"] for r in rooted), "totals")
    for key in ("held_bytes", "count", "waste_pct", "load", "path"):
        document = look(strata, failures, "sort", subject.pid, "--sort", key)
        values = [r["load_pct" if key == "load" else key] for r in document["maps"]]
        failures.expect(values == sorted(values, reverse=key != "path"), "--sort %s", key)
    document = look(strata, failures, "where", subject.pid, "--all", "--where", "held_bytes > 10k && count == 2000")
    wanted = {r["path"] for r in everything["maps"] if r["held_bytes"] > 10240 and r["count"] == 2000}
    failures.expect({r["path"] for r in document["maps"]} == wanted and wanted, "--where")
    document = look(strata, failures, "map", subject.pid, "--map", "main.Nested")
    failures.expect({r["path"] for r in document["maps"]} == {"main.Nested", "main.Nested[*]"}, "--map main.Nested: %s", document["maps"])
    # A gate on a mistyped name must not let everything pass; a nil map is there, and wastes nothing.
    for options in (["--map", "main.Nowhere"], ["--map", "main.Nested.nowhere"], ["--map", "nowhere*"], ["--map", "0x1"],
                    ["--type", "map[string]nowhere"], ["--type", "nowhere*"]):
        for more in ([], ["--max-waste-pct", "90"], ["--all"], ["--every", "10s", "--for", "1s"], ["--exact"], ["--format", "json"]):
            nothing = run(strata, subject.pid, *options, *more)
            failures.expect(nothing.returncode == 2 and not nothing.stdout and nothing.stderr.count("\n") == 1 and
                            options[1] in nothing.stderr, "%s %s of nothing: %s", options, more, nothing)
        nothing = run(strata, subject.pid, subject.pid, *options)
        failures.expect(nothing.returncode == 2, "%s of nothing in two: %s", options, nothing)
    nil = run(strata, subject.pid, "--map", "main.Nil", "--max-waste-pct", "90")
    failures.expect(nil.returncode == 0 and "none of them is chosen by --map" in nil.stdout, "--map of a nil map: %s", nil)
    for path in ("main.Ints", 'main.Nested["o2"]'):  # by the address that the documents have
        one = next(r for r in everything["maps"] if r["path"] == path)
        found = look(strata, failures, "address", subject.pid, "--map", one["address"])
        failures.expect(found and [(r["path"], r["count"]) for r in found["maps"]] == [(path, one["count"])], "--map %s of %s: %s", one["address"],
                        path, found)
        screen = subprocess.run([strata, "watch", "--pid", str(subject.pid), "--map", one["address"], "--keys", ""], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=ANSWER_SECONDS)
        failures.expect(screen.returncode == 0 and path in screen.stdout.split("\n")[0], "watch --map %s: %s", one["address"], screen)
    unrooted = [r for r in everything["maps"] if r["path"].startswith("0x")]
    for one in unrooted[:1]:
        found = run(strata, subject.pid, "--map", one["address"], "--format", "json")
        if found.returncode:  # it was garbage, and collected
            failures.expect(all(r["address"] != one["address"] for r in look(strata, failures, "all", subject.pid, "--all")["maps"]),
                            "--map %s: %s", one["address"], found)
        else:
            failures.expect([r["address"] for r in json.loads(found.stdout)["maps"]] == [one["address"]], "--map %s: %s", one["address"], found)
    document = look(strata, failures, "map", subject.pid, "--map", 'main.Nested["o2"]')
    failures.expect([r["path"] for r in document["maps"]] == ['main.Nested["o2"]'], "--map of one: %s", document["maps"])
    document = look(strata, failures, "type", subject.pid, "--all", "--type", "map[string]int")
    failures.expect({r["type"] for r in document["maps"]} == {"map[string]int"}, "--type")
    document = look(strata, failures, "top", subject.pid, "--top", "3")
    failures.expect(len(document["maps"]) == 3, "--top")
    failures.expect(run(strata, subject.pid, "--max-waste-pct", "99").returncode == 1, "--max-waste-pct 99: nothing found")
    failures.expect(run(strata, subject.pid, "--map", "main.Full8", "--max-waste-pct", "50").returncode == 0, "--max-waste-pct 50: Full8")
    # What no variable leads to may have been collected since.
    table = list(csv.DictReader(run(strata, subject.pid, "--all", "--format", "csv").stdout.splitlines()))
    failures.expect(len([row for row in table if not row["path"].startswith("0x")]) == len(rooted), "csv has %d lines", len(table))
    for options in (["--sort", "size"], ["--where", "size > 1"], ["--every", "soon"], ["--for", "10s"], ["--max-waste-pct", "101"]):
        failures.expect(run(strata, subject.pid, *options).returncode == 2, "%s is taken", options)


def check_changes(strata, failures, subject):
    """--every says what changed between looks, and nothing else."""
    process = subprocess.Popen([strata, "maps", str(subject.pid), "--map", "main", "--every", "200ms", "--format", "json"],
                               stdout=subprocess.PIPE, text=True)
    decoder, texts, documents = json.JSONDecoder(), "", []

    def changes():
        return [row for document in documents[1:] for row in document["maps"]]
    # Until all of it was seen and two looks more, however long that takes here.
    quiet = 0
    while quiet < 2:
        line = process.stdout.readline()
        if not failures.expect(line, "--every ended"):
            break
        texts += line
        try:
            document, end = decoder.raw_decode(texts.lstrip())
        except ValueError:
            continue
        texts = texts.lstrip()[end:]
        documents.append(document)
        if len(documents) == 1:
            subject.order("grow 5000")
        quiet += sum(row["count"] - row["before_count"] for row in changes()) >= 5000
    process.terminate()
    process.wait(timeout=ANSWER_SECONDS)
    changed = changes()
    ended = run(strata, subject.pid, "--map", "main.Grown", "--every", "100ms", "--for", "350ms", "--format", "json")
    failures.expect(ended.returncode == 0 and ended.stdout.count('"schema"') > 1, "--for: %s", ended)
    failures.expect(changed and {row["path"] for row in changed} == {"main.Grown"}, "--every: %s", [row["path"] for row in changed])
    failures.expect(sum(row["count"] - row["before_count"] for row in changed) == 5000, "--every: grew by something else")


def find_core(folder):
    names = [name for name in os.listdir(folder) if name.startswith("core")]
    return os.path.join(folder, names[0]) if names else None


def check_cores(strata, failures, fixtures, name, folder):
    """Two cores of one program, as the kernel writes them; the second after a map has grown."""
    cores = []
    for number in range(2):
        place = os.path.join(folder, "%s-%d" % (name, number))
        os.mkdir(place)
        with running(fixtures, name, place) as subject:
            if number:
                subject.order("grow 3000")
                subject.truth["maps"] = subject.order("truth")["maps"]
            truth = subject.truth
            subject.end(signal.SIGABRT)
        core = find_core(place)
        if not core:
            print("no core of %s: this machine keeps none" % name)
            return
        cores.append(core)
        document = look(strata, failures, name + " core", core, "--all")
        if document and "stripped" not in name:
            check_truth(failures, name + " core", truth, document)
            done = verify(strata, core)
            failures.expect(done.returncode == 0 and {"count", "used"} & set(told_by_memory(done)), "%s core: verify: %d %s %s", name,
                            done.returncode, done.stderr, told_by_memory(done))
            failures.expect(document["process"]["pid"] is None and document["process"]["core"] == core, "%s core: %s", name, document["process"])
    document = look(strata, failures, name + " two cores", *cores)
    grown = [row for row in document["maps"] if row["count"] != row["before_count"] and row["type"] == "map[int64]int64"] if document else []
    if "stripped" not in name:
        failures.expect(len(grown) == 1 and grown[0]["path"] == "main.Grown" and grown[0]["count"] - grown[0]["before_count"] == 3000,
                        "%s two cores: %s", name, grown)
    other = os.path.join(fixtures, "maps", "go1.22" if name != "go1.22" else "go1.24")
    if os.path.exists(other):
        done = run(strata, cores[0], "--exe", other)
        failures.expect(done.returncode == 2 and done.stderr.count("\n") == 1, "%s core with another program: %d %s", name, done.returncode,
                        done.stderr)
    cut = cores[0] + "-cut"
    with open(cores[0], "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read(os.path.getsize(cores[0]) // 3))
    done = run(strata, cut)
    failures.expect(done.returncode in (0, 2) and done.stderr, "%s: a core cut short: %d, and nothing is said", name, done.returncode)


def check_stripped(strata, failures, name, subject):
    """Without debug information there are no names: each map of some size is there with its length."""
    document = look(strata, failures, name, subject.pid, "--all")
    counts = {}
    addresses = [row["address"] for row in document["maps"]]
    failures.expect(len(set(addresses)) == len(addresses), "%s: %d maps, at %d places", name, len(addresses), len(set(addresses)))
    for row in document["maps"]:
        counts[row["count"]] = counts.get(row["count"], 0) + 1
    wanted = {}
    for one in subject.truth["maps"]:
        if "[" not in one["path"] and one["count"] > 4 and one["path"].count(".") == 1:
            wanted[one["count"]] = wanted.get(one["count"], 0) + 1
    for count, times in sorted(wanted.items()):
        failures.expect(counts.get(count, 0) >= times, "%s: %d maps of %d entries, of %d", name, counts.get(count, 0), count, times)
    told = len([one for one in subject.truth["maps"] if one["count"] > 0])
    failures.expect(len(document["maps"]) >= told, "%s: %d maps of at least %d", name, len(document["maps"]), told)
    types = {row["type"].rstrip("?") for row in document["maps"]}
    for one in ("map[string]fixture/maps/cache.Item", "map[main.Big]main.Huge", "map[string][]int"):
        failures.expect(one in types, "%s: no %s", name, one)
    failures.expect(document["process"]["debug"] is None, "%s: debug %s", name, document["process"]["debug"])


def main():
    options = arguments()
    options.fixtures, options.strata = os.path.abspath(options.fixtures), os.path.abspath(options.strata)
    failures = Failures()
    here = [name for name in WITH_DEBUG if is_here(options.fixtures, name)]
    if not here:
        skip("no Go program with maps is here")
    with tempfile.TemporaryDirectory() as folder:
        for name in here:
            with running(options.fixtures, name, folder) as subject:
                check_live(options.strata, failures, name, subject)
                check_verify(options.strata, failures, name, subject)
                if name in ("go1.22", "go1.26"):
                    check_filters(options.strata, failures, subject)
                    check_changes(options.strata, failures, subject)
                if name in ("go1.22", "go1.24", "go1.26"):
                    check_exact(options.strata, failures, name, subject)
        for name in WRONG_OFFSETS:
            if name in here:
                check_contradictions(options.strata, failures, options.fixtures, name, folder)
        for name in STRIPPED:
            if is_here(options.fixtures, name):
                with running(options.fixtures, name, folder) as subject:
                    check_stripped(options.strata, failures, name, subject)
        for name in ("go1.22", "go1.26", "go1.26-pie", "go1.22-386", "go1.24-386"):
            if name in here:
                check_cores(options.strata, failures, options.fixtures, name, folder)
    done = run(options.strata, os.getpid())
    failures.expect(done.returncode == 2 and done.stderr.count("\n") == 1, "a program that is not Go's: %d %s", done.returncode, done.stderr)
    done = run(options.strata, 2 ** 22 + 1)
    failures.expect(done.returncode == 2, "a process that is not there: %d", done.returncode)
    failures.finish(at_least=300)


if __name__ == "__main__":
    main()
