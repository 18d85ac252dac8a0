#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trying orders on the page of a type: the page's script puts members where the C does, for random types of each language and random orders;
and the keys, the buttons and the drop move members.

    check_try.py STRATA C-PROGRAM FIXTURES [TYPES]     TYPES of each language, default 60, in a deep run 1000

Exits with 77 (skipped) where there is no Chromium.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "oracle"))
import pack  # the random types
from webdriver import Browser, CannotStart, programs

STRATA, C_PROGRAM, FIXTURES = sys.argv[1:4]
TYPES = int(sys.argv[4]) if sys.argv[4:] else 1000 if os.environ.get("STRATA_DEEP") else 60
READY = "return document.documentElement.dataset.ready"
PLACE = """const type = types.find((t) => t.name === arguments[0]), trial = type && trialOf(type);
    if (!trial) return null;
    const order = arguments[1].map((name) => trial.items.findIndex((item) => item.name === name)), [steps, raised] = arguments[2] ?? [[], {}];
    trial.items.forEach((item, i) => { if (!order.includes(i)) order.push(i); });
    for (const [before, bytes] of steps) order.splice(order.findIndex((i) => trial.items[i]?.name === before), 0, { pad: bytes });
    const by = Object.fromEntries(Object.entries(raised).map(([name, bytes]) => [trial.items.findIndex((item) => item.name === name), bytes]));
    const placed = placeOrder(trial, order, by);
    return { size: placed.size, offsets: Object.fromEntries(order.flatMap((i, step) => i.pad ? [] : [[trial.items[i].name ?? '', placed.offsets[step]]])) };"""


def packed(program, name, order):
    done = subprocess.run([STRATA, "pack", program, name, "--order", ",".join(order), "--force", "--format", "json"], capture_output=True, check=True, timeout=240)
    return json.loads(done.stdout)["types"][0]


def compiled(language, folder, rng):
    subjects = [language.make(rng, number) for number in range(TYPES)]
    declared = "\n".join(language.declare(subject, subject["pieces"], subject["name"]) for subject in subjects) + "\n"
    return pack.build(language, folder, "subject", language.prelude + declared + language.keep([subject["name"] for subject in subjects]))


def check_language(browser, word, folder, rng):
    try:
        language = pack.LANGUAGES[word](FIXTURES)
    except SystemExit:
        print(f"SKIPPED: {word} is not compiled here")
        return
    program = compiled(language, str(folder), rng)
    page = folder / "page.html"
    subprocess.run([STRATA, "report", program, "-t", "/^(main\\.|subject::)?[tT][0-9]+$/", "-o", str(page)], check=True, timeout=120)
    browser.open(page)
    browser.wait(READY)
    tried = bent = 0
    for name in browser.run("return types.map((t) => t.name)"):
        order = browser.run("return (trialOf(types.find((t) => t.name === arguments[0]))?.items ?? []).map((i) => i.name)", name)
        answer = packed(program, name, order[:1]) if order else None
        if not order:
            continue
        for _ in range(2):
            last = [part for part in order if part == "rest"]
            order = [part for part in order if part != "rest"]
            rng.shuffle(order)
            order += last
            placed, answer = browser.run(PLACE, name, order), packed(program, name, order)
            assert placed, name
            assert placed["size"] == answer["best_size_bytes"], (word, name, order, placed, answer)
            told = {place["name"]: place["offset_bits"] for place in answer["order"]}
            assert all(told[key] == value for key, value in placed["offsets"].items()), (word, name, order, placed, told)
            tried += 1
        # Padding before one member, and an alignment raised, where the language and the member have that.
        if order[0] is None or None in order:
            continue
        member, bytes_before, align = rng.choice(order), rng.choice((1, 3, 8)), rng.choice((2, 16, 64))
        can_raise = browser.run("const t = trialOf(types.find((t) => t.name === arguments[0])), i = t.items.find((i) => i.name === arguments[1]); "
                                "return t.raises && !i.unit && 8 * arguments[2] > i.align && !i.isLast", name, member, align)
        if member == "rest":
            continue
        raised = {member: align} if can_raise else {}
        words = [part for each in order for part in ((["+%d" % bytes_before] if each == member else []) +
                                                     ["%s@%d" % (each, align) if each in raised else each])]
        placed, answer = browser.run(PLACE, name, order, [[[member, bytes_before]], raised]), packed(program, name, words)
        assert placed["size"] == answer["best_size_bytes"], (word, name, words, placed, answer)
        told = {place["name"]: place["offset_bits"] for place in answer["order"]}
        assert all(told[key] == value for key, value in placed["offsets"].items()), (word, name, words, placed, told)
        bent += 1
    assert tried >= TYPES, f"{word}: only {tried} orders"
    assert bent >= TYPES / 3, f"{word}: only {bent} with padding"
    print(f"{word}: {tried} orders are placed alike, {bent} with padding or alignment")


def check_page(browser, folder):
    page = folder / "keys.html"
    subprocess.run([STRATA, "report", C_PROGRAM, "-o", str(page)], check=True, timeout=120)
    browser.open(page, "#demo")
    browser.wait(READY)
    names = "return [...document.querySelectorAll('#try-list li[data-step] b')].map((e) => e.textContent)"
    size = "return document.getElementById('try-size').textContent"
    browser.click("#try summary")
    assert browser.wait(names) == ["a", "b", "c"]
    assert browser.run(size).startswith("24 bytes, as now")
    browser.click('#try-list [data-step="0"] button:last-of-type')
    assert browser.run(names) == ["b", "a", "c"] and browser.run(size).startswith("16 bytes, 8 less"), browser.run(size)
    browser.run("document.querySelector('#try-list [data-step=\"0\"]').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', shiftKey: true, bubbles: true }))")
    assert browser.run(names) == ["a", "b", "c"]
    browser.run("""const data = new DataTransfer(), line = (n) => document.querySelector('#try-list [data-step="' + n + '"]');
        line(2).dispatchEvent(new DragEvent('dragstart', { dataTransfer: data, bubbles: true }));
        line(0).dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))""")
    assert browser.run(names) == ["c", "a", "b"]
    command = browser.run("return document.getElementById('try-command').textContent")
    assert command.endswith("--order c,a,b"), command
    browser.run("[...document.querySelectorAll('#try button')].find((b) => b.textContent === 'the best').click()")
    assert browser.run(size).startswith("16 bytes")
    browser.run("[...document.querySelectorAll('#try button')].find((b) => b.textContent === 'as it is').click()")
    assert browser.run(names) == ["a", "b", "c"]
    # Padding and alignment, by keys.
    press = "document.querySelector('#try-list [data-step=\"' + arguments[0] + '\"]').dispatchEvent(new KeyboardEvent('keydown', { key: arguments[1], bubbles: true }))"
    told = "return document.getElementById('try-command').textContent.split('--order ')[1]"
    for step, key, wanted in ((1, "+", "a,+1,b,c"), (2, "+", "a,+2,b,c"), (0, "a", "a@2,+2,b,c"), (3, "+", "a@2,+2,b,+1,c"), (3, "-", "a@2,+2,b,c"), (1, "-", "a@2,+1,b,c"),
                              (2, "-", "a@2,b,c"), (1, "-", "a@2,b,c")):
        browser.run(press, step, key)
        assert browser.run(told) == wanted, (step, key, browser.run(told))
        answer = packed(C_PROGRAM, "demo", wanted.split(","))
        assert browser.run(size).startswith("%d bytes" % answer["best_size_bytes"]), (wanted, browser.run(size), answer["best_size_bytes"])
    for _ in range(6):
        browser.run(press, 0, "a")
    assert browser.run(told) == "a,b,c", browser.run(told)
    # A flexible array stays last.
    browser.open(page, "#large")
    browser.wait(READY)
    browser.click("#try summary")
    before = browser.wait(names)
    browser.run("moveTo(arguments[0] - 1, 0)", len(before))
    browser.run("moveTo(0, arguments[0] - 1)", len(before))
    assert browser.run(names)[-1] == "rest", browser.run(names)
    # What cannot be tried has no such part.
    browser.open(page, "#packed")
    browser.wait(READY)
    assert browser.run("return document.getElementById('try')") is None
    assert not browser.errors()


def main():
    if not programs():
        print("SKIPPED: no chromium and chromedriver here (Debian: chromium, chromium-driver); the page was not looked at")
        sys.exit(77)
    rng = random.Random(5)
    with tempfile.TemporaryDirectory(prefix="strata-try-") as name, Browser() as browser:
        check_page(browser, Path(name))
        for word in ("c", "cpp", "go", "rust"):
            folder = Path(name) / word
            os.mkdir(folder)
            check_language(browser, word, folder, rng)
    print("the page places members as the program does")


try:
    main()
except CannotStart as reason:
    print(f"SKIPPED: Chromium does not start here ({reason}); the page was not looked at")
    sys.exit(77)
