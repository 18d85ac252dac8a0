#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The HTML report in a real browser: it loads without a complaint, finds, sorts, filters, opens, links, survives hostile
names and ten thousand types. What it shows is compared with `strata show --format json`.

    check_page.py STRATA C-PROGRAM C++-PROGRAM [--pictures FOLDER]

Exits with 77 (skipped) where there is no Chromium.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hostile
from webdriver import Browser, CannotStart, programs

STRATA, C_PROGRAM, CPP_PROGRAM = sys.argv[1:4]
PICTURES = Path(sys.argv[5]) if sys.argv[4:5] == ["--pictures"] else None
ENTER, ESCAPE, DOWN, END = "\ue007", "\ue00c", "\ue015", "\ue010"
READY = "return document.documentElement.dataset.ready"
TITLE = "return document.querySelector('h1 .name')?.textContent"
ROWS = """return [...document.querySelectorAll('#rows tbody tr[data-row]')].map((tr) => ({
    cells: [...tr.cells].map((cell) => cell.textContent), name: tr.querySelector('.field b')?.textContent ?? null,
    gap: tr.classList.contains('gap')}))"""


def report(out, *files):
    subprocess.run([STRATA, "report", *files, "-o", out], check=True, timeout=120)
    return str(out)


def shown(path, *more):
    return json.loads(subprocess.run([STRATA, "show", path, *more, "--format", "json"], check=True, capture_output=True, timeout=240).stdout)["types"]


def picture(browser, name):
    if PICTURES:
        PICTURES.mkdir(exist_ok=True)
        browser.screenshot(PICTURES / f"{name}.png")


def count(browser):
    return int(browser.run("return document.getElementById('count').textContent.match(/[\\d,]+/)[0]").replace(",", ""))


def offset_text(bits):
    return f"{bits // 8}:{bits % 8}" if bits % 8 else str(bits // 8)


def check_overview(browser, path, types, savings):
    browser.open(path)
    browser.wait(READY)
    picture(browser, "overview")
    assert count(browser) == len(types)
    tiles = browser.run("return [...document.querySelectorAll('.tile strong')].map((e) => e.textContent)")
    assert tiles[0] == str(len(types))
    wasteful = sorted((t for t in types if t["own_waste_bytes"]), key=lambda t: -t["own_waste_bytes"])
    top, smaller = browser.run("return [...document.querySelectorAll('.top')].map((l) => [...l.querySelectorAll('.name')].map((e) => e.textContent))")
    assert len(top) == min(12, len(wasteful)) and top[0] == wasteful[0]["name"]
    assert set(smaller) == {t["name"] for t in savings} and len(savings) > 0
    # The page and `strata pack` know the same best order.
    for t in savings:
        assert browser.run("return types.find((t) => t.name === arguments[0]).saves", t["name"]) == t["savings_bytes"]
    # A column of the distribution leads to its types.
    browser.run("document.querySelectorAll('.histogram')[1].querySelector('.column').click()")
    assert count(browser) == len(types) - len(wasteful)
    browser.run("[...document.querySelectorAll('.chip')].find((c) => c.textContent.startsWith('waste')).click()")
    assert count(browser) == len(types)


def check_search(browser, path, types):
    browser.open(path)
    browser.wait(READY)
    browser.keys("/")
    browser.keys("large" + ENTER)
    assert browser.wait(TITLE) == "large"
    expected = sum("large" in t["name"].lower() for t in types)
    assert 0 < count(browser) == expected < len(types)
    browser.keys(ESCAPE)
    assert count(browser) == len(types)
    browser.type("#search", "/^d.*o$/")
    assert count(browser) == sum(t["name"].startswith("d") and t["name"].endswith("o") for t in types)
    browser.keys(ESCAPE)
    browser.type("#search", "/(/")
    assert "regular expression" in browser.run("return document.getElementById('count').textContent")
    browser.keys(ESCAPE)
    # By a member's name.
    name = next(m["name"] for t in types for m in t["members"] if m["name"])
    browser.type("#search", "." + name)
    assert count(browser) == sum(any(name.lower() in (m["name"] or "").lower() for m in t["members"]) for t in types)
    browser.keys(ESCAPE)
    holes = "[...document.querySelectorAll('.chip')].find((c) => c.textContent === 'holes')"
    browser.run(holes + ".click()")
    # A bit hole and the hole behind it are one, and what is at the end is padding: so counts need not be equal, types must.
    with_holes = {t["name"] for t in types if any(g["kind"] != "tail_padding" and g["offset_bits"] + g["size_bits"] < t["size_bytes"] * 8
                                                  for g in t["gaps"])}
    assert count(browser) == len(with_holes)
    browser.run(holes + ".click()")
    browser.click("#columns .by-size")
    sizes = browser.run("return [...document.querySelectorAll('.item')].map((i) => +i.children[1].textContent.replaceAll(',', ''))")
    assert sizes == sorted((t["size_bytes"] for t in types), reverse=True)[:len(sizes)]
    # By keys alone: to the second of the list.
    browser.run("document.getElementById('list').focus()")
    browser.keys(DOWN + DOWN + ENTER)
    second = browser.run("return document.querySelector('.item.selected .name').textContent")
    assert browser.wait("return document.querySelector('h1 .name')?.textContent === arguments[0]", second)


def check_types(browser, path, types):
    """Every row of every type, as `strata show` has it."""
    browser.open(path)
    browser.wait(READY)
    for t in types:
        browser.run("location.hash = addressOf(types.find((t) => t.name === arguments[0]))", t["name"])
        browser.wait("return document.querySelector('h1 .name')?.textContent === arguments[0]", t["name"])
        rows = browser.run(ROWS)
        own = [m for m in t["members"] if m["kind"] != "variant"]
        named = [r for r in rows if not r["gap"] and r["name"] is not None]
        for member in own:
            if member["name"] and member["offset_bits"] is not None:
                assert any(r["name"] == member["name"] and r["cells"][0] == offset_text(member["offset_bits"]) and
                           r["cells"][4] == member["type"] for r in named), (t["name"], member, named)
        assert sum(r["gap"] for r in rows) >= sum(g["kind"] != "unknown" for g in t["gaps"]), t["name"]
        drawn = browser.run("return new Set([...document.querySelectorAll('rect.piece')].map((r) => r.dataset.row)).size")
        assert drawn > 0 or not t["size_bytes"], t["name"]
        where = f"{t['decl']['file']}:{t['decl']['line']}" if t["decl"] else ""
        assert where in browser.run("return document.querySelector('.where').textContent")


def check_nested(browser, path, program, name):
    """Opened in place, everything has its absolute offset; links lead to the type."""
    flat = [t for t in shown(program, name, "--expand") if t["name"] == name][0]
    browser.open(path, "#" + name)
    browser.wait(READY)
    before = len(browser.run(ROWS))
    browser.keys("e")
    rows = browser.run(ROWS)
    assert len(rows) > before
    got = [(r["cells"][0], r["name"]) for r in rows if not r["gap"] and r["name"] is not None]
    wanted = [(offset_text(m["offset_bits"]), m["name"]) for m in flat["members"] if m["name"] and m["offset_bits"] is not None]
    # Elements of arrays are opened here, and not there.
    assert all(one in got for one in wanted), (wanted, got)
    picture(browser, "nested")
    # What is not opened of an array is drawn all the same: the map has no place that nobody claims.
    claimed = browser.run("const p = piecesOf(view.rows); return p.every((x, i) => p.some((y) => y.start === x.end) || x.end === view.type.size * 8)")
    assert claimed
    browser.keys("e")
    assert len(browser.run(ROWS)) == before
    browser.click("button.open")
    assert len(browser.run(ROWS)) > before
    assert browser.run("return document.activeElement.matches('button.open[aria-expanded=true]')"), "the focus is lost"
    target = browser.run("const a = document.querySelector('#rows a.type'); a.click(); return decodeURIComponent(a.hash.slice(1))")
    assert browser.wait("return document.querySelector('h1 .name')?.textContent === arguments[0]", target)
    assert browser.run("return [...document.querySelectorAll('.held a')].some((a) => a.textContent === arguments[0])", name)
    browser.run("history.back()")
    assert browser.wait("return document.querySelector('h1 .name')?.textContent === arguments[0]", name)


def check_pointing(browser, path, name):
    browser.open(path, "#" + name)
    browser.wait(READY)
    browser.move_to("rect.piece")
    tip = browser.wait("const t = document.getElementById('tip'); return t.hidden ? null : t.textContent")
    assert "offset 0" in tip, tip
    assert browser.run("return document.querySelectorAll('tr.lit').length") == 1
    browser.click("#best summary")
    assert browser.wait("return document.querySelectorAll('#best-map rect.piece').length") >= 3
    picture(browser, "best")
    browser.keys("x")
    assert browser.run("return document.querySelector('#rows td').textContent") == "0x0"
    browser.keys("x")
    browser.keys("?")
    assert browser.run("return document.getElementById('keys').open")
    browser.keys(ESCAPE)
    light = browser.run("document.documentElement.dataset.theme = 'light'; return getComputedStyle(document.body).backgroundColor")
    dark = browser.run("document.documentElement.dataset.theme = 'dark'; return getComputedStyle(document.body).backgroundColor")
    assert light != dark
    picture(browser, "dark")
    browser.resize(420, 800)
    assert browser.wait("return document.querySelector('.map').getBoundingClientRect().width <= innerWidth")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "a narrow window scrolls sideways"
    picture(browser, "narrow")
    browser.resize(1280, 900)


def check_ways(browser, folder):
    """What is typed finds the name meant; the address keeps the search; counts stay decimal; maps name variants and keep colours."""
    (folder / "ways.cc").write_text("""struct inode { char a; long b; char c; }; namespace fs { struct inode { int x[9]; }; } struct my_inode_of_all { char a; long b[30]; };
        struct inode_operations { char a; long b[20]; char c; }; namespace std { struct thing { char a; long b; }; } namespace lib { struct inner { long a; char b; }; }
        struct a_name_that_goes_on_and_on_and_ends_with_one { int a; }; struct a_name_that_goes_on_and_on_and_ends_with_two { int a; };
        inode a; fs::inode b; my_inode_of_all c; inode_operations d; std::thing e; lib::inner f; a_name_that_goes_on_and_on_and_ends_with_one g;
        a_name_that_goes_on_and_on_and_ends_with_two h;""")
    subprocess.run(["g++", "-g", "-c", "-o", "ways.o", "ways.cc"], cwd=folder, check=True)
    path = report(folder / "ways.html", str(folder / "ways.o"))
    names = "return [...document.querySelectorAll('.item .name')].map((e) => e.textContent)"
    browser.open(path)
    browser.wait(READY)
    assert browser.run("return document.title") == "ways.o · strata"
    browser.type("#search", "inode")
    assert browser.run(names) == ["inode", "inode_operations", "fs::inode", "my_inode_of_all"], browser.run(names)
    browser.click("#columns .by-size")
    assert browser.run(names) == ["my_inode_of_all", "inode_operations", "fs::inode", "inode"], browser.run(names)
    address = browser.run("return location.hash")
    assert "text=inode" in address and "order=size" in address, address
    browser.open(path, address)
    browser.wait(READY)
    assert browser.run(names) == ["my_inode_of_all", "inode_operations", "fs::inode", "inode"]
    browser.run("pick(3)")
    assert browser.wait(TITLE) == "inode"
    assert browser.wait("return location.hash.startsWith('#inode?text=inode')"), "a type's address keeps the search"
    assert browser.run("return document.title") == "inode · ways.o · strata"
    browser.open(path, "#inode?order=frobnicate&size=x&share=99&only=nothing&file=7x")
    browser.wait(READY)
    assert not browser.errors() and browser.run(TITLE) == "inode"
    browser.open(path)
    browser.wait(READY)
    standard = "[...document.querySelectorAll('.chip')].find((c) => c.textContent === 'not the standard library').click()"
    every = count(browser)
    browser.run(standard)
    assert count(browser) == every - 1 and "std::thing" not in browser.run(names)
    browser.run(standard)
    plots = browser.run("return [...document.querySelectorAll('.plot')].map((p) => p.title.split(':')[0])")
    assert {"std", "fs", "lib"} <= set(plots), plots
    browser.run("[...document.querySelectorAll('.plot')].find((p) => p.title.startsWith('fs:')).click()")
    assert browser.run(names) == ["fs::inode"]
    # The ends of long names are in sight, in a narrow list, too.
    browser.open(path, "#?text=goes")
    browser.wait(READY)
    tails = browser.run("""return [...document.querySelectorAll('.item .tail')].map((e) => { const box = e.getBoundingClientRect(), list = e.closest('.item').getBoundingClientRect();
        return e.textContent + (box.width > 0 && box.right <= list.right ? '' : ' out of sight'); })""")
    assert sorted(t[-3:] for t in tails) == ["one", "two"], tails
    # A field has one colour, today and in the better order.
    browser.open(path, "#inode")
    browser.wait(READY)
    browser.click("#best summary")
    browser.wait("return document.querySelectorAll('#best-map rect.piece').length")
    colours = "return [...document.querySelectorAll(arguments[0] + ' rect.piece[data-row]:not(.gap)')].map((r) => [r.dataset.row, r.classList[1]]).sort()"
    assert browser.run(colours, "#map") == browser.run(colours, "#best-map"), (browser.run(colours, "#map"), browser.run(colours, "#best-map"))
    browser.run("document.getElementById('list').focus()")
    browser.keys("x")
    facts = browser.run("return document.querySelector('.facts').textContent")
    assert "0x18 bytes" in facts and "cache lines1" in facts, facts
    browser.keys("x")
    # Paper begins with the overview.
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("return document.querySelector('#detail h1').textContent") == "Memory layout"
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run("return document.querySelectorAll('#detail h1').length") == 1


def check_variants(browser, folder):
    """Fields of variants say of which, as they often have the same names."""
    if not shutil.which("rustc"):
        print("SKIPPED: there is no rustc")
        return
    (folder / "v.rs").write_text("pub enum Shape { Round(u64), Square(u64, u32) }\nfn main() { let s = [Shape::Round(1), Shape::Square(2, 3)]; println!(\"{}\", std::mem::size_of_val(&s)); }")
    subprocess.run(["rustc", "-g", "-o", "v", "v.rs"], cwd=folder, check=True)
    browser.open(report(folder / "v.html", str(folder / "v"), "-t", "v::Shape"), "#v%3A%3AShape")
    browser.wait(READY)
    labels = browser.run("return piecesOf(view.rows).map((p) => p.name)")
    assert {"Round.__0", "Square.__0", "Square.__1"} <= set(labels), labels


def check_hostile(browser, folder):
    path = report(folder / "hostile.html", hostile.build(folder))
    elements = "return [document.querySelectorAll('img, iframe, object, link').length, document.scripts.length, document.title]"
    browser.open(path)
    browser.wait(READY)
    assert browser.run(elements)[:2] == [0, 2]
    for number in range(count(browser)):
        browser.run("pick(arguments[0])", number)
        browser.wait("return document.querySelector('#rows td')")
        assert browser.run(elements)[:2] == [0, 2]
        assert "owned" != browser.run("return document.title")
        browser.keys("e")
    names = browser.run("return types.map((t) => t.name)")
    assert hostile.NAMES["hostile_type"] in names
    browser.run("location.hash = addressOf(types.find((t) => t.name.startsWith('</script>')))")
    # To the letter, and what would be invisible is spelled out.
    assert browser.wait(TITLE) == hostile.NAMES["hostile_type"]
    text = browser.run("return document.body.textContent")
    assert "\\u{202e}evil\\u{1b}]0;owned" in text and "a|b`c``d\\u{a}|x|\\u{2028}\\u{2029}</style>${1}\\u003c" in text
    picture(browser, "hostile")
    # The policy stops what is not the page's own, should a hole be found one day.
    assert browser.run("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); return window.ran ?? 0") == 0
    assert any("Content Security Policy" in entry for entry in browser.errors())


def check_sharing(browser, folder):
    (folder / "hot.c").write_text("struct queue { _Atomic int head, tail; long cold; } q; struct alone { _Atomic int n; long cold; } a;\n")
    subprocess.run(["gcc", "-g", "-c", "-o", "hot.o", "hot.c"], cwd=folder, check=True)
    browser.open(report(folder / "hot.html", str(folder / "hot.o")), "#queue")
    browser.wait(READY)
    assert "cache line 0: head and tail" in browser.run("return document.querySelector('.sharing').textContent")
    picture(browser, "sharing")
    browser.run("[...document.querySelectorAll('.chip')].find((c) => c.textContent === 'false sharing').click()")
    assert count(browser) == 1


def check_huge(browser, folder):
    """A crowd of members and names without end are cut where they would stop the browser, and the rest is told."""
    members = "".join(f"short m{i};" for i in range(30000))
    (folder / "huge.c").write_text(f"struct crowd {{ {members} }} crowd;\nstruct {'L' * 60000} {{ char c; long l; }} named;\n"
                                   "struct wide { char c; char rest[1L << 40]; int end; } *wide;\n")
    subprocess.run(["gcc", "-g", "-c", "-o", "huge.o", "huge.c"], cwd=folder, check=True)
    browser.open(report(folder / "huge.html", str(folder / "huge.o")))
    browser.wait(READY)
    for name, rows, drawn in (("crowd", 2000, 16000), ("L" * 60000, 3, 3), ("wide", 4, 9)):
        browser.run("location.hash = addressOf(types.find((t) => t.name === arguments[0])); go()", name)
        assert len(browser.run(TITLE)) < 5000
        assert len(browser.run(ROWS)) == rows
        assert 0 < browser.run("return document.querySelectorAll('rect.piece').length") <= drawn
    assert not browser.errors()


def check_many(browser, folder):
    """Ten thousand types load, are searched and scroll, with no more than what is in sight in the document; the times are printed."""
    source = "".join(f"struct type_{i:05} {{ char c{i}; struct type_{max(i - 7, 0):05} *before; long a[{i % 50 + 1}]; short s; }};\n"
                     for i in range(10000))
    (folder / "many.c").write_text(source + "int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-g", "-fno-eliminate-unused-debug-types", "-c", "-o", "many.o", "many.c"], cwd=folder, check=True)
    path = report(folder / "many.html", str(folder / "many.o"))
    start = time.monotonic()
    browser.open(path)
    browser.wait(READY, seconds=60)
    loading = time.monotonic() - start
    assert count(browser) == 10000
    elements = browser.run("return document.querySelectorAll('*').length")
    assert elements < 1500, elements
    browser.run("document.getElementById('list').focus()")
    browser.keys(END)
    browser.wait("return document.querySelector('.item:last-child')?.getAttribute('aria-posinset') === '10000'")
    browser.type("#search", "type_0777")
    assert count(browser) == 10
    searching = browser.run("const start = performance.now(); query.text = '.before'; search(); return performance.now() - start")
    print(f"  10000 types: {Path(path).stat().st_size / 1e6:.1f} MB, shown after {loading:.2f} s, {elements} elements, searched in {searching:.0f} ms")


def main():
    if not programs():
        print("SKIPPED: no chromium and chromedriver here (Debian: chromium, chromium-driver); the page was not looked at")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="strata-page-") as name, Browser() as browser:
        folder = Path(name)
        page = {program: report(folder / f"{Path(program).name}.html", program) for program in (C_PROGRAM, CPP_PROGRAM)}
        c, cpp = shown(C_PROGRAM), shown(CPP_PROGRAM)
        listed = json.loads(subprocess.run([STRATA, "list", C_PROGRAM, "--format", "json"], check=True, capture_output=True).stdout)
        check_overview(browser, page[C_PROGRAM], c, [t for t in listed["types"] if t["savings_bytes"]])
        check_search(browser, page[C_PROGRAM], c)
        check_types(browser, page[C_PROGRAM], c)
        check_types(browser, page[CPP_PROGRAM], cpp)
        check_nested(browser, page[C_PROGRAM], C_PROGRAM, "large")
        check_pointing(browser, page[C_PROGRAM], "demo")
        both = report(folder / "both.html", C_PROGRAM, CPP_PROGRAM)
        browser.open(both)
        browser.wait(READY)
        assert count(browser) == len(c) + len(cpp)
        complaints = browser.errors()
        assert not complaints, complaints
        check_sharing(browser, folder)
        check_ways(browser, folder)
        check_variants(browser, folder)
        check_huge(browser, folder)
        check_many(browser, folder)
        assert not browser.errors()
        check_hostile(browser, folder)
    print("the page is fine")


try:
    main()
except CannotStart as reason:
    print(f"SKIPPED: Chromium does not start here ({reason}); the page was not looked at")
    sys.exit(77)
