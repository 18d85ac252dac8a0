#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Documents for machines: valid by their JSON Schemas, consistent in themselves, the same for any number of
threads, and the same in JSON and CSV.

    check_documents.py STRATA SCHEMAS FILE...
"""
import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import jsonschema


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, timeout=120)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def check_type(t):
    accounting = t["accounting"]
    size_bits = 8 * (t["size_bytes"] or 0)
    assert sum(accounting.values()) == size_bits, t["name"]
    for kind in ("hole", "bit_hole", "tail_padding"):
        gaps = sum(g["size_bits"] for g in t["gaps"] if g["kind"] == kind)
        assert gaps == accounting[kind], (t["name"], kind)
    waste = accounting["hole"] + accounting["bit_hole"] + accounting["tail_padding"]
    assert t["own_waste_bytes"] == (waste + 7) // 8, t["name"]
    assert t["own_waste_bytes"] <= t["deep_waste_bytes"] <= (t["size_bytes"] or 0), t["name"]
    offsets = [m["offset_bits"] for m in t["members"] if m["depth"] == 0 and m["offset_bits"] is not None
               and m["kind"] != "variant"]
    assert offsets == sorted(offsets), t["name"]


def check_file(strata, schemas, path):
    documents = [run(strata, "show", path, "--format", "json", "--threads", n) for n in ("1", "2", "7")]
    assert documents[0] == documents[1] == documents[2], f"{path}: depends on the number of threads"
    layouts = json.loads(documents[0])
    jsonschema.validate(layouts, json.loads((schemas / "strata.layout-1.schema.json").read_text()))
    for t in layouts["types"]:
        check_type(t)
    expanded = json.loads(run(strata, "show", path, "--format", "json", "--expand"))
    jsonschema.validate(expanded, json.loads((schemas / "strata.layout-1.schema.json").read_text()))

    texts = [run(strata, "list", path, "--format", "json", "--threads", n) for n in ("1", "3")]
    assert texts[0] == texts[1]
    listed = json.loads(texts[0])
    jsonschema.validate(listed, json.loads((schemas / "strata.list-1.schema.json").read_text()))
    def key(t):
        return (t["name"], t["size_bytes"] or 0, t["own_waste_bytes"], t["deep_waste_bytes"], t["copies"])
    assert sorted(map(key, listed["types"])) == sorted(map(key, layouts["types"])), path

    documents = [run(strata, "pack", path, "*", "--format", "json", "--threads", n) for n in ("1", "4")]
    assert documents[0] == documents[1]
    packed = json.loads(documents[0])
    jsonschema.validate(packed, json.loads((schemas / "strata.pack-1.schema.json").read_text()))
    saved = [sorted((t["name"], t.get("savings_bytes", 0)) for t in each["types"]) for each in (packed, listed)]
    assert saved[0] == saved[1], path

    rows = list(csv.DictReader(io.StringIO(run(strata, "show", path, "--format", "csv").decode(), newline=""),
                               strict=True))
    fields = [r for r in rows if r["kind"] in ("field", "bit-field", "base", "virtual-base", "vptr")]
    members = [m for t in layouts["types"] for m in t["members"] if m["kind"] not in ("variant", "discriminant")]
    assert [r["name"] for r in fields] == [m["name"] or "" for m in members], path
    assert [r["offset_bits"] for r in fields] == ["" if m["offset_bits"] is None else str(m["offset_bits"])
                                                  for m in members], path
    return len(layouts["types"])


def main():
    strata, schemas = sys.argv[1], Path(sys.argv[2])
    for path in sys.argv[3:]:
        print(f"{path}: {check_file(strata, schemas, path)} types")
    for path in sys.argv[3:]:
        done = subprocess.run([strata, "diff", sys.argv[3], path, "--format", "json"], capture_output=True, timeout=120)
        difference = json.loads(done.stdout)
        jsonschema.validate(difference, json.loads((schemas / "strata.diff-1.schema.json").read_text()))
        assert done.returncode == (1 if difference["types"] else 0), path
        assert bool(difference["types"]) == (path != sys.argv[3]), path


main()
