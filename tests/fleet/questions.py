# SPDX-License-Identifier: MIT
"""The questions of doc/fleet.md, and their answers with the time each took."""
import re
import time
from pathlib import Path


def of(source):
    """(what is asked, the statement) of each."""
    text = (Path(source) / "doc" / "fleet.md").read_text(encoding="utf-8")
    found = re.findall(r"^\*\*(\d+\. [^*]*)\*\*[^`]*?^```sql\n(.*?)^```$", text, re.M | re.S)
    assert [int(title.split(".")[0]) for title, _ in found] == list(range(1, 11)), [title for title, _ in found]
    return found


def ask_all(source, base):
    """(what is asked, rows, seconds) of each."""
    for title, statement in of(source):
        start = time.monotonic()
        rows = base.ask(statement)
        yield title, rows, time.monotonic() - start
