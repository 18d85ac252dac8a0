"""strata lab: every experiment against real Go, with each toolchain that is installed; the shapes of its outputs."""

import glob
import json
import os
import subprocess

from common import Failures, arguments

given = arguments()
failures = Failures()
environment = {**os.environ, "GOCACHE": os.path.join(given.fixtures, "go", "cache"), "LC_ALL": "C.UTF-8"}


def lab(*words, expected=0):
    done = subprocess.run([given.strata, "lab", *words], capture_output=True, text=True, timeout=250, env=environment)
    failures.expect(done.returncode == expected, "lab %s: status %d, %s", words, done.returncode, done.stderr)
    return done.stdout


document = json.loads(lab("--format", "json"))
names = [experiment["name"] for experiment in document["experiments"]]
listed = [line.split()[:2] for line in lab().splitlines()]
failures.expect(listed == [[e["name"], e["verdict"]] for e in document["experiments"]], "the list and the document differ")
for experiment in document["experiments"]:
    failures.expect(experiment["verdict"] in ("holds", "refuted", "partly"), "%s is undecided", experiment["name"])
    failures.expect(experiment["reason"] and experiment["evidence"], "%s tells nothing", experiment["name"])
    failures.expect(experiment["go"] is None, "%s: Go was not asked for", experiment["name"])
whole = lab("load-factor", "nan-key")
failures.expect(whole.count("holds:") == 2 and "6.50" in whole, "whole text: %s", whole)
lab("no-such-thing", expected=2)
lab("--go=/nowhere", "nan-key", expected=2)

for tool in sorted(glob.glob("/usr/lib/go-1.*/bin/go")):
    on_go = json.loads(lab("--format", "json", "--go=" + tool))["experiments"]
    asked = [experiment for experiment in on_go if experiment["go"]]
    failures.expect(len(asked) >= 15, "%s: only %d experiments on real Go", tool, len(asked))
    for experiment in asked:
        failures.expect(experiment["go"]["verdict"] == experiment["verdict"], "%s: %s here, %s with %s", experiment["name"],
                        experiment["verdict"], experiment["go"]["verdict"], experiment["go"]["version"])
failures.finish(at_least=60)
