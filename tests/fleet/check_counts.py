# SPDX-License-Identifier: MIT
"""How much three stores of the same files hold, counted by three engines."""
import json

import common

COUNTS = {"files": "SELECT count(*) FROM files", "errors": "SELECT count(*) FROM files WHERE error IS NOT NULL", "types": "SELECT count(*) FROM types",
          "members": "SELECT count(*) FROM members WHERE kind <> 'variant'", "waste": "SELECT sum(own_waste_bytes) FROM types", "bytes": "SELECT sum(size_bytes) FROM types",
          "names": "SELECT count(DISTINCT name) FROM types"}


def of_sqlite(path):
    return {what: int(common.sqlite_rows(path, query)[0][0]) for what, query in COUNTS.items()}


def of_postgresql(base):
    return {what: int(base.ask(query)[0][0]) for what, query in COUNTS.items()}


def of_ndjson(folder):
    counts, names = dict.fromkeys(COUNTS, 0), set()
    for path in folder.glob("files*.ndjson"):
        for line in path.read_text().splitlines():
            counts["files"] += 1
            counts["errors"] += "error" in json.loads(line)
    for path in folder.glob("part-*.ndjson"):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                counts["types"] += 1
                counts["members"] += sum(member["kind"] != "variant" for member in row["members"])
                counts["waste"] += row["own_waste_bytes"]
                counts["bytes"] += row["size_bytes"] or 0
                names.add(row["name"])
    counts["names"] = len(names - {None})
    return counts
