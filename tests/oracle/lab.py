# SPDX-License-Identifier: MIT
"""strata lab: the shapes of its outputs; with --go VERSION every experiment on that Go.

    lab.py --strata S --fixtures F [--go 1.24]
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from common import Failures, arguments, follows_schema, go_toolchains

given = arguments("go")
failures = Failures()
environment = {**os.environ, "GOCACHE": os.environ.get("STRATA_GOCACHE", os.path.join(os.path.abspath(given.fixtures), "go", "cache")),
               "LC_ALL": "C.UTF-8"}


def lab(*words, expected=0):
    done = subprocess.run([given.strata, "lab", *words], capture_output=True, text=True, timeout=250, env=environment)
    failures.expect(done.returncode == expected, "lab %s: status %d, %s", words, done.returncode, done.stderr)
    return done.stdout


def without_go():
    document = json.loads(lab("--format", "json"))
    follows_schema(failures, document, "lab")
    names = [experiment["name"] for experiment in document["experiments"]]
    text = lab()
    failures.expect(all(len(line) <= 80 for line in text.splitlines()), "wider than 80: %s", text)
    top, _, below = text.partition("\n\n")
    listed = [line.split()[:2] for line in below.splitlines() if not line.startswith(" ")]
    for verdict, words in (("holds", "%d hold,"), ("partly", "%d hold partly"), ("refuted", "%d are refuted")):
        count = sum(e["verdict"] == verdict for e in document["experiments"])
        failures.expect(words % count in " ".join(top.split()), "the tally of %s: %s", verdict, top)
    failures.expect(listed == [[e["name"], e["verdict"]] for e in document["experiments"]], "the list and the document differ")
    for experiment in document["experiments"]:
        if experiment["name"] == "calls":  # reads a program, and was given none
            failures.expect(experiment["verdict"] == "undecided", "calls: %s", experiment["verdict"])
            continue
        failures.expect(experiment["verdict"] in ("holds", "refuted", "partly"), "%s is undecided", experiment["name"])
        failures.expect(experiment["reason"] and experiment["evidence"], "%s tells nothing", experiment["name"])
        failures.expect(experiment["go"] is None, "%s: Go was not asked for", experiment["name"])
    whole = lab("load-factor", "nan-key")
    failures.expect(whole.count("holds:") == 2 and "6.50" in whole, "whole text: %s", whole)
    failures.expect("1 bucket ->" in whole and "1 buckets" not in whole, "one bucket: %s", whole)
    failures.expect("30000 entries" in whole, "its size: %s", whole)
    failures.expect("in Go 1.23: runtime/map.go, overLoadFactor" in whole, "no line of Go's source: %s", whole)
    lab("no-such-thing", expected=2)
    lab("--go=/nowhere", "nan-key", expected=2)
    if "calls" in names:
        not_go = json.loads(lab("calls", "--format", "json", "--program", given.strata))["experiments"][0]
        failures.expect("no Go program" in not_go["reason"], "strata is no Go program: %s", not_go["reason"])


def on_go(tool):
    document_on_go = json.loads(lab("--format", "json", "--go=" + tool))
    follows_schema(failures, document_on_go, "lab")
    experiments = document_on_go["experiments"]
    asked = [experiment for experiment in experiments if experiment["go"]]
    failures.expect(len(asked) >= 15, "%s: only %d experiments on real Go", tool, len(asked))
    for experiment in asked:
        failures.expect(experiment["go"]["verdict"] == experiment["verdict"], "%s: %s here, %s with %s", experiment["name"],
                        experiment["verdict"], experiment["go"]["verdict"], experiment["go"]["version"])
    calls = [experiment for experiment in experiments if experiment["name"] == "calls"]
    failures.expect(all(experiment["verdict"] == "holds" for experiment in calls), "%s: calls: %s", tool, calls)


def leaves_nothing(tool):
    """Its folder is below TMPDIR and goes with it, also when it is ended in the middle."""
    with tempfile.TemporaryDirectory() as place:
        inside = {**environment, "TMPDIR": place}
        process = subprocess.Popen([given.strata, "lab", "--go=" + tool], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=inside)
        end = time.time() + 60
        while not os.listdir(place) and process.poll() is None and time.time() < end:
            time.sleep(0.005)
        failures.expect(any(name.startswith("strata-lab-") for name in os.listdir(place)), "%s: no folder below TMPDIR", tool)
        process.send_signal(signal.SIGTERM)
        failures.expect(process.wait(60) == -signal.SIGTERM, "%s: ended with %s", tool, process.returncode)
        left = [name for name in os.listdir(place) if name.startswith("strata-lab-")]
        failures.expect(not left, "%s: left behind %s", tool, left)


MAP_FUNCTION = r"runtime\.(?:map(?:access|assign|delete|clear|iterinit|IterStart)|makemap)\w*"


def disassembled(path):
    """How often each map function is called from outside of them, by objdump."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True).stdout
    counts, inside = {}, False
    for line in text.splitlines():
        function = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if function:
            inside = bool(re.match(MAP_FUNCTION, function.group(1)))
        call = re.search(r"\tcall\s+[0-9a-f]+ <(" + MAP_FUNCTION + r")>$", line)
        if call and not inside:
            counts[call.group(1)] = counts.get(call.group(1), 0) + 1
    return counts


def calls_of_a_program(path, source):
    """strata lab calls against objdump's count and the lines of the source."""
    experiment = json.loads(lab("calls", "--format", "json", "--program", path))["experiments"]
    if not experiment or not shutil.which("objdump"):
        return
    evidence = experiment[0]["evidence"]
    counted = {match.group(2): int(match.group(1)) for line in evidence
               if (match := re.match(r" *(\d+) calls? of (\S+)$", line))}
    failures.expect(counted == disassembled(path), "%s: %s, objdump says %s", path, counted, disassembled(path))
    with open(source) as file:
        lines = file.read().splitlines()
    sites = [re.match(r"fixture/truth/main\.go:(\d+)  (main\.\S+)  (\S+)", line) for line in evidence]
    sites = [site for site in sites if site]
    failures.expect(len(sites) >= 10, "%s: only %d places in main.go", path, len(sites))
    for site in sites:
        text = lines[int(site.group(1)) - 1]
        failures.expect(re.search(r'map|\[.*\]|range|told|"\w+": ', text), "%s: line %s is %s", path, site.group(1), text)


if given.go:
    on_go(dict(go_toolchains(given.fixtures))[given.go])
    leaves_nothing(dict(go_toolchains(given.fixtures))[given.go])
    calls_of_a_program(os.path.join(given.fixtures, "go", "go" + given.go),
                       os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/go/truth/main.go"))
else:
    without_go()
failures.finish(at_least=40 if given.go else 60)
