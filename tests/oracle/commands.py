# SPDX-License-Identifier: MIT
"""What a user asks of `show` and `list`, besides numbers: names in every spelling, several definitions of one name, folded copies, separate
debug files, filters, colour, pipes."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from common import Failures, Strata, arguments, by_name, skip

options = arguments()
strata = Strata(options.strata)
failures = Failures()


def fixture(name):
    path = os.path.join(options.fixtures, name)
    if not os.path.exists(path):
        print("not tested: there is no fixture " + name)
        return None
    return path


def text_of(*command, expect=0, **run_options):
    process = strata.run(*command, **run_options)
    failures.expect(process.returncode == expect, "strata %s: exit %d, %d was expected: %s", " ".join(command), process.returncode, expect,
                    process.stderr.decode(errors="replace")[:300])
    return process.stdout.decode(), process.stderr.decode()


def names_shown(*command):
    out, _ = text_of("show", *command, "--format", "json")
    return [entry["name"] for entry in json.loads(out)["types"]] if out else []


c_program = fixture("c/gcc-dwarf5")
if c_program is None:
    skip("gcc is not installed")

# ---- names
failures.expect(names_shown(c_program, "Demo") == ["Demo"], "an exact name")
failures.expect(names_shown(c_program, "struct Demo") == ["Demo"], "a name with its keyword")
failures.expect(set(names_shown(c_program, "Bits*")) >= {"BitsPlain", "BitsMixed", "BitsUnion"}, "a glob")
failures.expect(set(names_shown(c_program, "/^Bits(Plain|Wide)$/")) == {"BitsPlain", "BitsWide"}, "a regular expression")
failures.expect(sorted(names_shown(c_program, "Demo", "Tight")) == ["Demo", "Tight"], "two names")
failures.expect("Demo" in text_of("show", c_program, "Dmeo", expect=2)[1], "a misspelled name: the nearest one is suggested")
cpp_program = fixture("cpp/gcc-dwarf5")
if cpp_program:
    failures.expect(names_shown(cpp_program, "layout::Pair<int, char>") == ["layout::Pair<int, char>"], "a comma is part of a name")
    failures.expect(set(names_shown(cpp_program, "layout::Pair<*")) >= {"layout::Pair<int, char>"}, "a glob over a template")
for name in ("go/go1.19", "go/go1.22", "go/go1.23"):
    path = fixture(name)
    if path:
        shown = json.loads(text_of("show", path, "main.Demo", "--format", "json")[0])["types"]
        failures.expect([(m["name"], m["offset_bits"]) for m in shown[0]["members"]] == [("a", 0), ("b", 64), ("c", 128)], "%s: main.Demo", name)
        failures.expect(names_shown(path, "runtime.hmap") == ["runtime.hmap"], "%s: runtime.hmap", name)

# ---- one name, two definitions: both are shown, each with its place
two = fixture("c/two-definitions")
out, _ = text_of("show", two, "ambiguous")
failures.expect(len(re.findall(r"two_definitions_[ab]\.c:\d+", out)) == 2, "two definitions, each with its place:\n%s", out)
shown = json.loads(text_of("show", two, "ambiguous", "--format", "json")[0])["types"]
failures.expect(sorted(entry["size_bytes"] for entry in shown) == [16, 16] and len(shown) == 2, "two definitions of one name: %s", shown)

# ---- copies fold: two units that include the same header
units = fixture("c/gcc-two-units")
demo = json.loads(text_of("show", units, "Demo", "--format", "json")[0])["types"]
failures.expect(len(demo) == 1 and demo[0]["copies"] == 2, "two units define it alike: %s", [entry["copies"] for entry in demo])

# ---- separate debug files
for name in ("c/debuglink/program", "c/debuglink-folder/program"):
    path = fixture(name)
    failures.expect(names_shown(path, "Demo") == ["Demo"], "%s: found by the link", name)
    text_of("show", path, "Demo", "--no-debug-link", expect=2)
by_id = fixture("c/buildid/program")
failures.expect(names_shown(by_id, "Demo", "--debug-dir", os.path.join(os.path.dirname(by_id), "debug")) == ["Demo"], "found by build-id")
said = text_of("show", by_id, "Demo", expect=2)[1]
failures.expect("57261746100112233445566778899aabbccddee"[1:] in said.replace("/", ""), "what was looked for is named: %s", said)
with tempfile.TemporaryDirectory() as folder:
    # The link's checksum belongs to another debug file: used, but said.
    for name in ("program", "program.debug"):
        shutil.copy(os.path.join(options.fixtures, "c/debuglink", name), folder)
    with open(os.path.join(folder, "program.debug"), "ab") as file:
        file.write(b"one byte more")
    process = strata.run("show", os.path.join(folder, "program"), "Demo")
    failures.expect(process.stderr, "a debug file of another checksum: nothing is said (exit %d)", process.returncode)

# ---- list
everything = json.loads(text_of("list", c_program, "--format", "json")[0])["types"]
failures.expect(len(everything) >= 40, "only %d types are listed", len(everything))
top = json.loads(text_of("list", c_program, "--sort", "size", "--top", "3", "--format", "json")[0])["types"]
sizes = sorted((entry["size_bytes"] for entry in everything), reverse=True)
failures.expect([entry["size_bytes"] for entry in top] == sizes[:3], "the three largest: %s, not %s", sizes[:3], top)
picked = json.loads(text_of("list", c_program, "--where", "size > 64 && holes > 0", "--format", "json")[0])["types"]
failures.expect(picked and all(entry["size_bytes"] > 64 and entry["holes"] > 0 for entry in picked), "--where: %s", picked)
failures.expect({entry["name"] for entry in picked} == {entry["name"] for entry in everything if entry["size_bytes"] > 64 and entry["holes"] > 0},
                "--where leaves something out")
unions = json.loads(text_of("list", c_program, "--kind", "union", "--format", "json")[0])["types"]
failures.expect({entry["name"] for entry in unions} >= {"Plain", "BitsUnion"}, "--kind union: %s", unions)
containing = json.loads(text_of("list", c_program, "--contains", "Demo", "--format", "json")[0])["types"]
failures.expect({entry["name"] for entry in containing} >= {"Nested", "Plain"}, "--contains Demo: %s", [entry["name"] for entry in containing])
rows = text_of("list", c_program, "--format", "csv")[0].splitlines()
failures.expect(len(rows) == len(everything) + 1, "CSV has %d lines for %d types", len(rows), len(everything))

# ---- every layout of show's JSON is the one of the other formats' numbers
layouts = by_name(json.loads(text_of("show", c_program, "--format", "json")[0]))
for entry in everything:
    failures.expect(any(other["size_bytes"] == entry["size_bytes"] and other["own_waste_bytes"] == entry["own_waste_bytes"]
                        for other in layouts.get(entry["name"], [])), "list and show differ on %s", entry["name"])

# ---- terminal manners
plain = dict(os.environ)
plain.pop("NO_COLOR", None)
failures.expect("\x1b" not in text_of("show", c_program, "Demo", env=plain)[0], "no colour when the output is no terminal")
failures.expect("\x1b" in text_of("show", c_program, "Demo", "--color=always", env=plain)[0], "--color=always")
ascii_out = text_of("show", c_program, "Demo", "--bytes", env={**plain, "LC_ALL": "C"})[0]
failures.expect(ascii_out.isascii(), "glyphs beyond ASCII in a locale that has none: %r", ascii_out)
for flag in (["--help"], ["--version"], ["show", "--help"], ["list", "--help"]):
    failures.expect(len(text_of(*flag)[0]) > 5, "%s says nothing", flag)
with subprocess.Popen([options.strata, "show", options.strata], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
    process.stdout.read(100)
    process.stdout.close()
    errors = process.stderr.read()
    failures.expect(process.wait(timeout=240) in (0, 141, -13) and not errors, "a reader that goes away: exit %d, %s", process.returncode, errors)

# ---- what comes through a pipe is a file like another
def through_pipe(data, *command):
    """`data` into the standard input; a writer that is not read to the end is fine."""
    return subprocess.run([options.strata, *command], input=data, capture_output=True, timeout=240, check=False)


with open(c_program, "rb") as file:
    program_bytes = file.read()
from_file = json.loads(text_of("show", c_program, "Demo", "--format", "json")[0])["types"]
for path in ("-", "/dev/stdin"):
    piped = through_pipe(program_bytes, "show", path, "Demo", "--format", "json")
    failures.expect(piped.stdout and json.loads(piped.stdout)["types"] == from_file, "%s: %s", path, piped.stderr)
with open(c_program, "rb") as file:
    done = subprocess.run([options.strata, "show", "-", "Demo", "--format", "json"], stdin=file, capture_output=True, timeout=240, check=False)
    failures.expect(done.stdout and json.loads(done.stdout)["types"] == from_file, "standard input that is a file: %s", done.stderr)
for data, word in ((b"", b"empty"), (b"hello\n" * 100000, b"ELF"), (b"!<arch>\n", b"archive"), (b"\x7fELF", b"ELF")):
    done = through_pipe(data, "show", "-", "Demo")
    failures.expect(done.returncode == 2 and word in done.stderr and not done.stdout, "%r through a pipe: %s", data[:9], done.stderr)

failures.finish(at_least=66)
