#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""axe-core, which knows the rules of accessibility, finds nothing in the page: overview and type, light and dark, narrow and wide.

    check_axe.py STRATA PROGRAM...

axe-core is an npm package: STRATA_AXE names its axe.min.js. Without it, or without Chromium, this is skipped (77).
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from webdriver import Browser, CannotStart, programs

STRATA, PROGRAMS = sys.argv[1], sys.argv[2:]
READY = "return document.documentElement.dataset.ready"
FOUND = """const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then((r) => { window.found = r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 2).map((n) => n.target + ' ' + n.failureSummary).join('; ')); });"""


def main():
    axe = Path(os.environ.get("STRATA_AXE", "/usr/share/javascript/axe-core/axe.min.js"))
    if not axe.is_file() or not programs():
        print("SKIPPED: no Chromium, or STRATA_AXE does not name axe-core's axe.min.js (npm install axe-core): accessibility was not looked at")
        sys.exit(77)
    faults = []
    with tempfile.TemporaryDirectory(prefix="strata-axe-") as name, Browser() as browser:
        page = Path(name) / "page.html"
        subprocess.run([STRATA, "report", *PROGRAMS, "-o", page], check=True)
        for width in (390, 1440):
            browser.resize(width, 900)
            for theme in ("light", "dark"):
                for action in ("", "pick(0); go(); openAll();", "pick(0); go(); document.getElementById('best')?.setAttribute('open', '')", "showKeys()"):
                    browser.open(str(page))
                    browser.wait(READY)
                    browser.run(f"setTheme('{theme}'); {action}")
                    browser.run(axe.read_text(encoding="utf-8") + ";window.axe = axe;")
                    browser.run(FOUND)
                    faults += [f"{width} {theme} {action}: {fault}" for fault in browser.wait("return window.found ?? null ? [window.found] : null")[0]]
    print("\n".join(faults) or "axe finds nothing")
    sys.exit(1 if faults else 0)


try:
    main()
except CannotStart as reason:
    print(f"SKIPPED: Chromium does not start here ({reason}); accessibility was not looked at")
    sys.exit(77)
