# SPDX-License-Identifier: MIT
"""strata explain on logs alone: what Go printed (tests/oracle/explain, recorded), dressed as journald, containers, loggers and
terminals hand it on, mixed and cut, says the same as bare.

    explain_logs.py --strata S --fixtures F
"""

import json
import os
import random
import re
import subprocess

from common import Failures, arguments, follows_schema

given = arguments()
failures = Failures()
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "explain")
LOGS = {name[:-len(".log")]: open(os.path.join(FOLDER, name), encoding="utf-8").read() for name in sorted(os.listdir(FOLDER))}
dice = random.Random(26)


def explain(text, expected=0):
    data = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run([given.strata, "explain", "-", "--format", "json"], input=data, capture_output=True, timeout=120)
    failures.expect(done.returncode in ((expected,) if isinstance(expected, int) else expected), "status %d, %s: %s", done.returncode, done.stderr, data[:200])
    if not done.stdout:
        return None
    document = json.loads(done.stdout)
    follows_schema(failures, document, "explain")
    return document


def told(document, cut=False):
    """All but what depends on where in the file it stands."""
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items() if key not in ("log_line", "recovered", "message")}
        return [plain(each) for each in value] if isinstance(value, list) else value
    return [plain(death) for death in document["deaths"]]


# What each log is, as the program that wrote it printed beforehand (runtime.Caller): kind, function, line, what is known of the call.
TRUTH = {
    "go1.19.package": [("nil-assign", "main.register", 31)],
    "go1.19.range.system": [("concurrent-iteration", "main.list", 129)],
    "go1.23.key": [("unhashable", "main.mark", 157)],
    "go1.23.marshal": [("concurrent-iteration", "main.save", 19)],
    "go1.23.range": [("concurrent-iteration", "main.list", 129)],
    "go1.23.writes": [("concurrent-writes", "main.(*cache).put", 75)],
    "go1.24.race": [("race", "main.(*cache).put", 10), ("race", "main.main.func2", 19), ("race", "main.main.func3", 25)],
    "go1.24.read": [("concurrent-read", "main.labels.get", 102)],
    "go1.26.served": [("nil-assign", "main.(*store).ServeHTTP", 13), ("nil-assign", "main.caught", 21), ("nil-assign", "main.again", 30)],
    "go1.27.broken": [("fault", "main.look", 183)],
    "go1.27.broken.crash": [("fault", "main.look", 183)],
    "go1.27.clone": [("concurrent-clone", "main.copyOf", 25)],
    "go1.27.set": [("nil-assign", "main.set", 30)],
    "go1.27.writes": [("concurrent-writes", "main.(*cache).put", 75)],
}
CALLS = {"go1.27.clone": "maps.clone", "go1.19.range.system": "runtime.mapiternext", "go1.27.broken.crash": "runtime.mapaccess1_faststr"}
DESIGNS = {"go1.23.writes": "classic", "go1.24.read": "swiss", "go1.27.writes": "swiss", "go1.19.range.system": "classic"}
bare = {}
for name, text in LOGS.items():
    bare[name] = explain(text)
    seen = [(death["kind"], death["own_code"]["function"], death["own_code"]["line"]) for death in bare[name]["deaths"]]
    failures.expect(seen == TRUTH[name], "%s: %s", name, seen)
    if name in CALLS:
        failures.expect(bare[name]["deaths"][0]["call"] == {"function": CALLS[name], "told_by": "log"}, "%s: %s", name, bare[name]["deaths"][0]["call"])
    if name in DESIGNS:
        failures.expect(bare[name]["deaths"][0]["design"] == DESIGNS[name], "%s: %s", name, bare[name]["deaths"][0]["design"])
suspect = bare["go1.23.writes"]["deaths"][0]["suspects"]
failures.expect([each["goroutine"]["number"] for each in suspect] == [6] and suspect[0]["goroutine"]["frames"][0]["line"] == 80, "suspects: %s", suspect)
failures.expect([[each["goroutine"]["number"] for each in death["suspects"]] for death in bare["go1.24.race"]["deaths"]] == [[8], [1], [9]], "race: %s",
                bare["go1.24.race"]["deaths"])

# --- dressed ---


def each_line(dress):
    return lambda text: "".join(dress(number, line) + "\n" for number, line in enumerate(text.split("\n")[:-1]))


def clock(number, digits=0):
    return f"{12 + number // 3600 % 10:02}:{number // 60 % 60:02}:{number % 60:02}" + (f".{dice.randrange(10 ** digits)}" if digits else "")


def wrap(width):
    def wrapped(text):
        return "\n".join(line[i:i + width] for line in text.split("\n") for i in range(0, max(len(line), 1), width))
    return wrapped


DRESSES = {
    "journald": each_line(lambda n, line: f"Nov {n % 28 + 1:2} {clock(n)} web-3 shop[4711]: {line}"),
    "journald-iso": each_line(lambda n, line: f"2026-11-28T{clock(n, 6)}+0000 web-3 shop[4711]: {line}"),
    "journald-json": each_line(lambda n, line: json.dumps({"__CURSOR": "s=1", "_PID": "4711", "MESSAGE": line, "PRIORITY": "6"})),
    "no-empty-lines": lambda text: re.sub(r"\n\n+", "\n", text),
    "blanks-lost": each_line(lambda n, line: f"Nov 28 {clock(n)} web-3 shop[4711]: {line}".rstrip()),
    "cri": each_line(lambda n, line: f"2026-11-28T{clock(n, 9)}Z stderr F {line}"),
    "docker-json": each_line(lambda n, line: json.dumps({"log": line + "\n", "stream": "stderr", "time": f"2026-11-28T{clock(n, 9)}Z"})),
    "compose": each_line(lambda n, line: f"shop-1  | {line}"),
    "kubectl": each_line(lambda n, line: f"[pod/shop-6d5f-x2/shop] {line}"),
    "colours": each_line(lambda n, line: f"\x1b[36mshop-1  |\x1b[0m {line}\x1b[0m"),
    "links": each_line(lambda n, line: f"\x1b]8;;https://ci.example/{n}\x1b\\{line}\x1b]8;;\x1b\\"),
    "titles": each_line(lambda n, line: f"\x1b]0;job {n}\x07{line}"),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "tabs-lost": lambda text: text.replace("\t", "        "),
    "json-field": lambda text: json.dumps({"level": "error", "ts": 1.5, "msg": "it died", "stack": text}) + "\n",
    "json-nested": lambda text: 'shop-1  | {"error": {"time": "x", "text": ' + json.dumps(text) + '}, "pid": 12}\n',
    "logfmt": lambda text: 'time=12:00:00 level=error msg="' + text.replace("\n", "\\n").replace("\t", "\\t").replace('"', '\\"') + '"\n',
    "rsyslog": lambda text: "Nov 28 12:00:00 web-3 shop[4711]: " + text.replace("\n", "#012").replace("\t", "#011") + "\n",
    "chatter": lambda text: "GET / 200\nlevel=info msg=started\n" + text + "exit status 2\nGET / 502\n",
    "late": lambda text: "x" * 3_000_000 + "\n" + "\0\xff\n" + text,
}
for name, text in LOGS.items():
    for dress, put_on in DRESSES.items():
        if name == "go1.26.served" and dress in ("json-field", "json-nested", "logfmt", "rsyslog", "journald-json"):
            pass
        dressed = explain(put_on(text))
        failures.expect(told(dressed) == told(bare[name]), "%s as %s:\n%s\n--- bare\n%s", name, dress, told(dressed), told(bare[name]))
    for width in (60, 80, 100):
        wrapped = explain(wrap(width)(text), expected=(0, 1))
        kept = [(death["kind"], death["own_code"] and (death["own_code"]["function"], death["own_code"]["line"])) for death in wrapped["deaths"]]
        wanted = [(kind, (function, line)) for kind, function, line in TRUTH[name]]
        failures.expect(kept == wanted, "%s wrapped at %d: %s", name, width, kept)

# --- several in one log, mixed line by line, other programs between ---

everything = explain("".join(LOGS.values()))
failures.expect(told(everything) == [death for name in LOGS for death in told(bare[name])], "one behind the other: %d deaths", len(everything["deaths"]))
for _ in range(20):
    left, right = dice.sample(sorted(LOGS), 2)
    streams = [each_line(lambda n, line: f"a-1  | {line}")(LOGS[left]).splitlines(), each_line(lambda n, line: f"2026-11-28T{clock(n, 9)}Z host b[7]: {line}")(LOGS[right]).splitlines()]
    mixed = []
    while streams[0] or streams[1]:
        mixed.append((streams[0] or streams[1]) is streams[0] and streams[0].pop(0) if not streams[1] or (streams[0] and dice.random() < 0.5) else streams[1].pop(0))
    seen = told(explain("\n".join(mixed) + "\n"))
    wanted = told(bare[left]) + told(bare[right])
    failures.expect(sorted(map(str, seen)) == sorted(map(str, wanted)), "%s and %s mixed: %s", left, right, [death["kind"] for death in seen])

# --- cut short: never another cause ---

for name, text in LOGS.items():
    for _ in range(8):
        cut = explain(text[:dice.randrange(len(text))], expected=(0, 1))
        kinds = [death["kind"] for death in cut["deaths"]]
        wanted = [kind for kind, _, _ in TRUTH[name]]
        failures.expect(kinds == wanted[:len(kinds)], "%s cut: %s", name, kinds)
        for death, (_, function, line) in zip(cut["deaths"], TRUTH[name]):
            own = death["own_code"]
            failures.expect(own is None or own["function"] != function or own["line"] in (line, None) or death is cut["deaths"][-1], "%s cut: %s", name, own)

# --- none, and none that can be read ---

failures.expect(not explain("all is well\n", expected=1)["deaths"], "a death in a log without one")
failures.expect(explain("panic: out of cheese\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\n", expected=1)["log"]["other_deaths"] == 1, "another panic")
failures.expect(explain("we mended 'assignment to entry in nil map' yesterday\n", expected=1)["deaths"] == [], "prose is no death")
nil = explain("panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n\n"
              "goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\n", expected=1)
failures.expect(nil["log"]["not_told_to_be_of_a_map"] == 1, "a nil dereference: %s", nil["log"])
for words in (["/nowhere"], ["/"], ["/dev/zero"], [], ["a", "b", "c"]):
    done = subprocess.run([given.strata, "explain", *words], capture_output=True, text=True, timeout=240)
    failures.expect(done.returncode == 2 and done.stderr.count("\n") <= 2 and not done.stdout, "explain %s: %s", words, done)
# PowerShell's > and Windows's editors.
for name, text in LOGS.items():
    for encoding, mark in (("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-8", "\ufeff")):
        for end in ("\n", "\r\n"):
            document = explain((mark + text.replace("\n", end)).encode(encoding))
            failures.expect(told(document) == told(bare[name]), "%s as %s with %r", name, encoding, end)
odd = explain(("\ufeff" + "𝓍 𝓎\n" + LOGS["go1.23.writes"]).encode("utf-16-le") + b"\x00\xd8x")
failures.expect(told(odd) == told(bare["go1.23.writes"]), "half characters at the end of UTF-16")
for tiny in (b"", b"\xff", b"\xff\xfe", b"\xfe\xff\x00", b"\xef", b"\xef\xbb", b"\xef\xbb\xbf", b"\xff\xfe\x00\xd8"):
    failures.expect(explain(tiny, expected=1)["deaths"] == [], "%r is a death", tiny)
# bash's <(journalctl …): a pipe that has a name.
piped = subprocess.run(["bash", "-c", 'exec "$0" explain <(sleep 0.1; cat) --format json', given.strata], input=LOGS["go1.23.writes"].encode(), capture_output=True,
                       timeout=240)
failures.expect(piped.returncode == 0 and told(json.loads(piped.stdout)) == told(bare["go1.23.writes"]), "a pipe with a name: %s", piped)
hostile = "panic: assignment to entry in nil map\x1b]0;owned\x07\x1b[2J\u202e\n\ngoroutine 1 [running]:\nmain.\u202eevil\x1b[31m(\x00)\n\t/x\x9b2J.go:1 +0x1\n"
screen = subprocess.run([given.strata, "explain", "-"], input=hostile.encode("utf-8", "surrogateescape"), capture_output=True, timeout=240, env={**os.environ, "LC_ALL": "C.UTF-8"})
failures.expect(screen.returncode == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", screen.stdout.decode()), "hostile text comes through: %r", screen.stdout)
long = subprocess.run([given.strata, "explain", "-"], input=b"x" * (9 << 20) + b"\n" + LOGS["go1.23.writes"].encode(), capture_output=True, timeout=240)
failures.expect(long.returncode == 0 and b"1 line of the log is too long" in long.stdout, "a line of 9 MiB: %s", long.stdout[-200:])
failures.finish(at_least=250)
