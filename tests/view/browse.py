# SPDX-License-Identifier: MIT
"""Golden screens of strata browse: driven by keys, it prints what the files of golden/ hold.

    browse.py STRATA FOLDER            compares; FOLDER holds the compiled examples of tests/golden
    browse.py STRATA FOLDER --write    writes the files anew: look at what has changed before you keep it

Besides: what the list says is what strata list says, what a layout says is what strata show says, what is tried is what strata pack says;
the ways in that are no screens; and files that are written.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden")

# name: arguments
SCREENS = {
    "browse-start-100x30": ["golden-c"],
    "browse-start-80x24": ["golden-c", "--size", "80x24"],
    "browse-start-60x16": ["golden-c", "--size", "60x16"],
    "browse-start-200x60": ["golden-cpp", "--size", "200x60"],
    "browse-layout-80x24": ["golden-c", "large", "--size", "80x24"],
    "browse-unfolded-120x40": ["golden-c", "large", "--size", "120x40", "--keys", "<Down> <Space> <End>"],
    "browse-filter-frames-100x20": ["golden-cpp", "--size", "100x20", "--frames", "--keys", "/ p a i <Enter>"],
    "browse-where-100x20": ["golden-c", "--size", "100x20", "--keys", "/ h o l e s > 1"],
    "browse-member-100x20": ["golden-c", "--size", "100x20", "--keys", "/ . n e x"],
    "browse-bad-regex-100x20": ["golden-c", "--size", "100x20", "--keys", "/ / d ("],
    "browse-none-fits-100x20": ["golden-c", "--size", "100x20", "--keys", "/ x y z z y"],
    "browse-sorted-100x20": ["golden-c", "--size", "100x20", "--keys", "s s s s s"],
    "browse-grouped-120x20": ["golden-cpp", "--size", "120x20", "--keys", "g"],
    "browse-by-file-120x20": ["golden-c", "--size", "120x20", "--keys", "g g <Enter>"],
    "browse-holders-120x24": ["golden-c", "demo", "--size", "120x24", "--keys", "u"],
    "browse-variants-120x30": ["golden-cpp", "--size", "120x30", "--keys", "<Down>4 <Enter> <Down>"],
    "browse-tried-110x30": ["golden-c", "demo", "--size", "110x30", "--keys", "J"],
    "browse-tried-80x24": ["golden-c", "demo", "--size", "80x24", "--keys", "p"],
    "browse-tried-frames-110x24": ["golden-c", "demo", "--size", "110x24", "--frames", "--keys", "J a a +8 z z z z"],
    "browse-refused-100x24": ["golden-c", "packed", "--size", "100x24", "--keys", "p"],
    "browse-cacheline-120x30": ["golden-c", "large", "--size", "120x30", "--keys", "c"],
    "browse-compared-110x30": ["golden-old", "golden-new", "--size", "110x30", "--keys", "<Down>3"],
    "browse-compared-beside-120x30": ["golden-old", "golden-new", "--size", "120x30", "--keys", "<Down>3 <Tab>"],
    "browse-several-100x20": ["golden-old", "golden-new", "golden-c", "--size", "100x20", "--keys", "/ d e m o"],
    "browse-help-80x24": ["golden-c", "--size", "80x24", "--keys", "?"],
    "browse-ascii-100x24": ["golden-c", "demo", "--size", "100x24", "--ascii", "--keys", "J"],
    "browse-too-small-40x10": ["golden-c", "--size", "40x10"],
}


class Browser:
    def __init__(self, strata, folder):
        self.strata, self.folder, self.problems = strata, folder, []

    def expect(self, what, condition, told=b""):
        if not condition:
            self.problems.append("%s%s" % (what, ": " + told.decode(errors="replace").strip() if told else ""))

    def run(self, *arguments, command="browse"):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        return subprocess.run([self.strata, command, *arguments], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=120, check=False)

    def screen(self, *arguments, keys="", size="120x40"):
        return self.run(*arguments, "--size", size, "--keys", keys).stdout.decode(errors="replace")


def check_screens(browser, write):
    for name, arguments in SCREENS.items():
        more = [] if "--keys" in arguments else ["--keys", ""]
        glyphs = [] if "--ascii" in arguments else ["--unicode"]
        size = arguments[arguments.index("--size") + 1] if "--size" in arguments else "100x30"
        result = browser.run(*arguments, *more, *glyphs)
        browser.expect("%s: exit %d" % (name, result.returncode), not result.returncode, result.stderr)
        path = os.path.join(GOLDEN, name + ".txt")
        if write:
            with open(path, "wb") as file:
                file.write(result.stdout)
            continue
        with open(path, "rb") as file:
            wanted = file.read()
        browser.expect("%s differs; wanted\n%s\ngot\n%s" % (name, wanted.decode(), result.stdout.decode()), wanted == result.stdout)
        columns, rows = (int(n) for n in size.split("x"))
        text = result.stdout.decode()
        browser.expect("%s: a line is too long" % name, all(len(line) <= columns or line.startswith("---") for line in text.split("\n")))
        frames = text.count("\n--- ") + 1
        browser.expect("%s: %d lines" % (name, text.count("\n")), text.count("\n") == frames * rows + 2 * (frames - 1))
        if "--ascii" in arguments:
            browser.expect("%s: is ASCII" % name, text.isascii())


def check_figures(browser):
    """The screen has the numbers of the documents."""
    for path in ("golden-c", "golden-cpp"):
        listed = json.loads(browser.run(path, "--format", "json", command="list").stdout)["types"]
        lines = browser.screen(path, size="200x60").split("\n")
        for one in listed:
            found = any(re.search(r"%s.*? %d\b" % (re.escape(one["name"][:20]), one["size_bytes"]), line) for line in lines)
            browser.expect("%s: the list has %s of %d bytes" % (path, one["name"], one["size_bytes"]), found)
        for one in listed[:8]:
            shown = json.loads(browser.run(path, one["name"], "--format", "json", command="show").stdout)["types"][0]
            screen = browser.screen(path, one["name"], size="160x60")
            for member in shown["members"]:
                if member["depth"] == 0 and member["name"] and member["offset_bits"] is not None and member["size_bits"] and not (member["offset_bits"] % 8 or member["size_bits"] % 8):
                    pattern = r"%d +%d +\d* *[▸▾]? ?%s" % (member["offset_bits"] // 8, member["size_bits"] // 8, re.escape(member["name"][:20]))
                    browser.expect("%s: the layout of %s has %s" % (path, one["name"], member["name"]), re.search(pattern, screen), screen.encode())


def check_trying(browser):
    """What is tried is what strata pack says of the order that is saved; and the program in that order keeps the saved rules."""
    with tempfile.TemporaryDirectory() as folder:
        for name, keys in (("demo", "J"), ("demo", "<Down> K a a"), ("large", "<Down> J3 a"), ("bits", "<Down>2 J2"), ("anonymous_t", "J")):
            rules = os.path.join(folder, name + str(len(keys)))
            typed = " ".join("<Space>" if c == " " else c for c in rules)
            screen = browser.screen("golden-c", name, keys="%s w %s %s <Enter>" % (keys, " ".join(["<Backspace>"] * 12), typed), size="200x60")
            browser.expect("%s %s: saved" % (name, keys), os.path.exists(rules), screen.encode())
            if not os.path.exists(rules):
                continue
            packed = json.loads(browser.run("golden-c", name, "--order-file", rules, "--format", "json", command="pack").stdout)["types"][0]
            tried = re.search(r"tried: .*\n.*│ (\d+) bytes", screen)
            browser.expect("%s %s: %s tried, %s packed" % (name, keys, tried and tried[1], packed["best_size_bytes"]), tried and int(tried[1]) == packed["best_size_bytes"])
            for place in packed["order"]:
                if place["name"] and not place["offset_bits"] % 8 and re.match(r"\w+$", place["name"]):
                    pattern = r"│.*\b%d(?::0)? +(?:\d+|\[\]|:\d+) .*\b%s\b" % (place["offset_bits"] // 8, re.escape(place["name"]))
                    browser.expect("%s %s: %s at %d" % (name, keys, place["name"], place["offset_bits"] // 8), re.search(pattern, screen), screen.encode())
            checked = browser.run("golden-c", "--rules", rules, command="check")
            browser.expect("%s %s: check reads it, exit %d" % (name, keys, checked.returncode), checked.returncode in (0, 1), checked.stderr)
    printed = browser.screen("golden-c", "demo", keys="J y q")
    with tempfile.TemporaryDirectory() as folder:
        source = printed[printed.index("// demo:"):]
        path = os.path.join(folder, "tried.c")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#include <stdint.h>\n%s_Static_assert(sizeof(struct demo) == 16, \"size\");\n" % source)
        done = subprocess.run(["gcc", "-fsyntax-only", path], capture_output=True, check=False)
        browser.expect("the printed source compiles", not done.returncode, done.stderr)


def check_undo(browser):
    """Every step back is a screen that was there before."""
    before = browser.screen("golden-c", "large", keys="J")
    for keys in ("J J z", "J a z", "J p z", "J 8 + z", "J K z z J"):
        after = browser.screen("golden-c", "large", keys=keys)
        strip = lambda text: [re.sub(r"▸|~", " ", line) for line in text.split("\n")[:-2]]
        browser.expect("%s is not undone" % keys, [line.split("│")[-1].split() for line in strip(before)] == [line.split("│")[-1].split() for line in strip(after)],
                       (before + after).encode())


def check_refused(browser):
    """What cannot be tried is said, and what was tried before stays."""
    before = browser.screen("golden-c", "demo", keys="J", size="130x30").split("\n")
    for keys in ("J 9 9 9 9 9 9 9 9 9 +", "J 9 9 9 9 9 9 9 9 9 + + z"):
        result = browser.run("golden-c", "demo", "--size", "130x30", "--keys", keys)
        browser.expect("%s: exit %d" % (keys, result.returncode), not result.returncode, result.stderr)
    after = browser.screen("golden-c", "demo", keys="J 9 9 9 9 9 9 9 9 9 +", size="130x30").split("\n")
    browser.expect("too much padding is said", "padding has 1 to" in "".join(after[-2:]), "\n".join(after).encode())
    tried = lambda lines: [line.split("│")[-1].replace("~", " ").replace("▸", " ").split() for line in lines[1:-3]]
    browser.expect("the order before stays", tried(before) == tried(after), "\n".join(before + after).encode())


def check_other_ways(browser):
    result = browser.run("golden-c")
    browser.expect("not a terminal: says so", b"no terminal" in result.stderr, result.stderr)
    browser.expect("not a terminal: one frame", result.stdout.count(b"\n") == 30 and not result.returncode)
    with tempfile.TemporaryDirectory() as folder:
        result = browser.run(folder)
        browser.expect("an empty folder: exit %d" % result.returncode, result.returncode == 2 and b"debug information" in result.stderr, result.stderr)
    result = browser.run(".", "--keys", "")
    browser.expect("a folder: the types of its programs, exit %d" % result.returncode, not result.returncode and b"files " in result.stdout, result.stderr)
    for arguments, words in [
        (["golden-c", "--keys", "<Nothing>"], b"--keys"),
        (["golden-c", "--size", "0x0"], b"--size"),
        (["golden-c", "nothing", "--keys", ""], b"nothing"),
        (["./nowhere"], b"nowhere"),
        (["nowhere"], b"nowhere: no such file"),
        (["nowhere", "golden-c", "--keys", ""], b"nowhere: No such file"),
        (["not-elf"], b"not-elf"),
        (["golden-c", "--format", "json"], b"strata show and list"),
    ]:
        result = browser.run(*arguments)
        browser.expect("%s: exit %d" % (arguments, result.returncode), result.returncode == 2, result.stderr)
        browser.expect("%s: a clear message" % arguments, words in result.stderr, result.stderr)
    screen = browser.run("golden-c", "large", "--hex", "--size", "120x40", "--keys", "").stdout.decode()
    shown = browser.run("golden-c", "large", "--hex", command="show").stdout.decode()
    for offset, name in re.findall(r"^ +(0x[0-9a-f]+) .* (first|demos|block|call|rest)\b", shown, re.M):
        browser.expect("--hex: %s at %s" % (name, offset), re.search(r" %s .*\b%s\b" % (offset, name), screen), screen.encode())
    browser.expect("--hex: strata show has such offsets", "0x80" in shown and "0x80" in screen, (shown + screen).encode())
    browser.expect("no class in C, but types", "none of these" in browser.screen("golden-c", keys="t t"))
    for size in ("60x16", "80x24", "118x40"):
        pages = [browser.screen("golden-c", keys="?" + " <Down>" * down, size=size) for down in range(0, 60, 6)]
        lines = [line[line.index("│"):line.rindex("│")] for page in pages for line in page.split("\n") if re.match(r".?│ .* │.?$", line)]
        words = " ".join(" ".join(lines).replace("│", " ").split())
        browser.expect("help at %s is cut" % size, lines and "…" not in words, "\n".join(lines).encode())
        for last in ("in its line", "layout: the member's type", "as SVG"):
            browser.expect("help at %s has %s" % (size, last), all(word in words for word in last.split()), words.encode())
    for keys in ("<Up> <PgUp> <PgDn> <End> <Home> [ ] e x x L H t t t t t t S", "/ <Esc> / z <Esc> u <Backspace> g g g d", "K K J J - + a c z y Y y <Esc> <Esc>"):
        for path in ("golden-c", "golden-cpp"):
            for size in ("60x16", "100x30", "200x60"):
                result = browser.run(path, "--size", size, "--keys", keys)
                browser.expect("%s %s %s: exit %d" % (path, size, keys, result.returncode), not result.returncode, result.stderr)


def check_hostile_names(browser):
    """Names are the file's: neither the screen, nor the source that is printed, nor a file of rules obeys them."""
    source = ("struct p { char a; };\nstruct AAAAAAAA { char a; long BBBBBBBB; int CCCCCCCC; } one;\n"
              "struct other { char a; long DDDDDDDD; int c; } two;\n")
    names = {b"AAAAAAAA": b"\x1b[31mA\n\t", b"BBBBBBBB": b"\x1b]0;p\x07xx", b"CCCCCCCC": b"\xe2\x80\xae\xff\xfe\x9bmm", b"DDDDDDDD": b"d\n  x\n #"}
    with tempfile.TemporaryDirectory() as folder:
        deep = os.path.join(folder, *["a-folder-with-a-long-name"] * 4)
        os.makedirs(deep)
        with open(os.path.join(deep, "named.c"), "w", encoding="utf-8") as file:
            file.write(source)
        path = os.path.join(folder, "named.o")
        subprocess.run(["gcc", "-g", "-c", "-o", path, os.path.join(deep, "named.c")], check=True)
        for size in ("100x20", "80x24"):
            screen = browser.screen(path, keys="g g", size=size)
            browser.expect("the end of a path tells files apart", re.search(r"▸…\S*/named\.c ", screen), screen.encode())
        screen = browser.screen(path, "other", size="100x20")
        browser.expect("the end of a place", re.search(r"other ─* …\S*/named\.c:3 ─", screen), screen.encode())
        with open(path, "rb") as file:
            data = file.read()
        for name, hostile in names.items():
            browser.expect("%r is there" % name, name in data and len(name) == len(hostile))
            data = data.replace(name, hostile)
        with open(path, "wb") as file:
            file.write(data)
        for size in ("60x16", "100x24", "200x60"):
            for keys in ("", "<Enter> J", "<Enter> <Down> J a y <Esc> q", "<Down> <Enter> u", "/ [", "<Enter> Y"):
                result = browser.run(path, "--unicode", "--size", size, "--keys", keys)
                text = result.stdout.decode(errors="surrogateescape")
                browser.expect("hostile names, %s %s: exit %d" % (size, keys, result.returncode), not result.returncode, result.stderr)
                browser.expect("hostile names, %s %s" % (size, keys), not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\udc80-\udcff]", text), repr(text).encode())
        printed = browser.screen(path, keys="<Enter> J y <Esc> q")
        browser.expect("the printed source has the names, escaped", "\\x1b]0;p\\x07xx" in printed and "\\u{202e}" in printed, printed.encode())
        rules = os.path.join(folder, "r")
        typed = " ".join(["<Backspace>"] * 12 + list(rules))
        browser.screen(path, "other", keys="<Enter> J w %s <Enter>" % typed)
        browser.expect("a member's line end in a file of rules", not os.path.exists(rules))


def main():
    browser = Browser(os.path.abspath(sys.argv[1]), sys.argv[2])
    check_screens(browser, "--write" in sys.argv)
    for check in (check_figures, check_trying, check_undo, check_refused, check_other_ways, check_hostile_names):
        check(browser)
    for problem in browser.problems:
        print("FAILED:", problem)
    return 1 if browser.problems else 0


sys.exit(main())
