# SPDX-License-Identifier: MIT
"""Holds the architecture where includes do not show it: in the symbols of the libraries and in the names that files use.

    symbols.py SOURCE_ROOT LIBRARY_FOLDER PROGRAM    LIBRARY_FOLDER holds libhmapcore.a, libstrata_*.a; PROGRAM is strata
    symbols.py --self-test                           shows the checks that read text one violation each

1. A library refers only to symbols of libraries that its layer may include (nm).
2. A function that no other file refers to is static, or its declaration is marked FOR_TESTS, and then a test uses it (nm).
   hmapcore is a library of its own: its functions are for whoever links it.
3. A file names structs, enums and functions only of layers that its own may include, also where another header
   carries them in.
4. A tag means one thing: strata, asked about itself, finds no name with several definitions.
6. No global symbol of ours is one of a library that the program is linked with: the linker would take ours for theirs.
5. Files do not call each other in a circle, but for those in CIRCLES_LEFT; `symbols.py` prints these.
"""

import collections
import json
import os
import re
import subprocess
import sys

from layers import MAY_INCLUDE, SEES_ONLY, layer_of, source_files

# Functions that stand for a program's own: found by name, not by reference.
ENTRY_POINTS = {"main"}


def layer_of_library(name):
    name = name[len("lib"):-len(".a")]
    return name[len("strata_"):] if name.startswith("strata_") else name


def read_archives(folder):
    """For each (layer, member): the global symbols that it defines, and those that it wants."""
    defined, wanted = collections.defaultdict(set), collections.defaultdict(set)
    for name in sorted(os.listdir(folder)):
        layer = layer_of_library(name) if name.endswith(".a") and name.startswith("lib") else None
        if layer not in MAY_INCLUDE:
            continue
        text = subprocess.run(["nm", "-A", "-g", os.path.join(folder, name)], stdout=subprocess.PIPE, text=True, check=True).stdout
        for line in text.splitlines():
            match = re.match(r"[^:]*:([^:]+):\s*([0-9a-f]*)\s+([A-Za-z])\s+(\S+)$", line)
            if match:
                member, _, kind, symbol = match.groups()
                (wanted if kind in "Uw" else defined)[layer, member].add(symbol)
    return defined, wanted


# What is left: files behind one private header. A layouter lays out records, whose members are records.
CIRCLES_LEFT = [
    {("layout", name) for name in ("layout.c", "layout_record.c", "record_align.c", "record_reading.c")},
]


def circles(graph):
    """Groups of nodes that reach each other, from {node: nodes it refers to} (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            at = stack.index(node)
            group = set(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return found


def check_circles(folder):
    defined, wanted = read_archives(folder)
    home = {symbol: place for place, symbols in defined.items() for symbol in symbols}
    graph = {place: {home[symbol] for symbol in symbols & home.keys()} - {place} for place, symbols in wanted.items()}
    found = [{(layer, member.removesuffix(".o")) for layer, member in group} for group in circles(graph)]
    return judge_circles(found, CIRCLES_LEFT)


def judge_circles(found, left):
    problems = []
    for names in found:
        shown = ", ".join("%s/%s" % name for name in sorted(names))
        if any(names <= known for known in left):
            print("left: a circle of %s" % shown)
        else:
            problems.append("a circle: %s" % shown)
    problems += ["CIRCLES_LEFT names a circle that is gone: %s" % ", ".join("%s/%s" % name for name in sorted(known))
                 for known in left if not any(names <= known for names in found)]
    return problems


def check_collisions(folder, program):
    defined, _ = read_archives(folder)
    home = {symbol: place for place, symbols in defined.items() for symbol in symbols}
    loaded = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    libraries = [path for path in re.findall(r"=> (/\S+)", loaded) if not re.search(r"/lib(asan|ubsan|tsan|lsan)\b", path)]
    problems = []
    for library in libraries:
        text = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE, text=True, check=True).stdout
        theirs = {line.split()[-1].partition("@")[0] for line in text.splitlines()}
        problems += ["%s of %s/%s is a symbol of %s, too" % (symbol, *home[symbol], os.path.basename(library)) for symbol in sorted(theirs & home.keys())]
    return problems if libraries else ["%s: ldd shows no library" % program]


def test_words(root):
    words = set()
    for folder, _, names in os.walk(os.path.join(root, "tests")):
        for name in names:
            if name.endswith((".c", ".h")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    words |= set(re.findall(r"\w+", file.read()))
    return words


def marked_for_tests(root):
    marked = set()
    for path in source_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            marked |= set(re.findall(r"\bFOR_TESTS\b[^;(]*?\b(\w+)\s*[(;\[]", file.read()))
    return marked


def check_libraries(root, folder):
    problems = []
    defined, wanted = read_archives(folder)
    home = {symbol: place for place, symbols in defined.items() for symbol in symbols}
    users = collections.defaultdict(set)
    for (layer, member), symbols in wanted.items():
        for symbol in symbols & home.keys():
            other = home[symbol][0]
            users[symbol].add((layer, member))
            if other != layer and other not in MAY_INCLUDE[layer]:
                problems.append("%s/%s: %s may not use %s (%s/%s)" % (layer, member, layer, symbol, other, home[symbol][1]))
    in_main = set()
    with open(os.path.join(root, "inspector/cli/main.c"), encoding="utf-8") as file:
        in_main = set(re.findall(r"\w+", file.read()))
    in_tests, marked = test_words(root), marked_for_tests(root)
    for symbol, (layer, member) in sorted(home.items()):
        if users[symbol] or symbol in in_main or layer == "hmapcore" or symbol in ENTRY_POINTS or symbol.startswith("__"):
            if symbol in marked:
                problems.append("%s/%s: %s is marked FOR_TESTS and used by more than tests" % (layer, member, symbol))
            continue
        if symbol not in marked:
            problems.append("%s/%s: no other file uses %s: static, or gone, or FOR_TESTS" % (layer, member, symbol))
        elif symbol not in in_tests:
            problems.append("%s/%s: %s is FOR_TESTS, and no test uses it" % (layer, member, symbol))
    return len(home), problems


COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def names_of_headers(texts):
    """Tag or function -> (layer, header), where only one header of the project declares it."""
    homes = collections.defaultdict(set)
    for path, text in texts.items():
        if not path.endswith(".h"):
            continue
        for match in re.finditer(r"^\s*(?:typedef\s+)?((?:struct|enum|union)\s+\w+)\s*\{", text, re.M):
            homes[re.sub(r"\s+", " ", match.group(1))].add(path)
        for match in re.finditer(r"^[A-Za-z_][^\n;{}()#=]*?[\s*](\w+)\(", text, re.M):
            homes[match.group(1)].add(path)
    return {name: next(iter(paths)) for name, paths in homes.items() if len(paths) == 1}


def check_names(texts):
    problems, homes = [], names_of_headers(texts)
    for path, text in texts.items():
        layer = layer_of(path)
        used = set(re.findall(r"\b(\w+)\(", text)) | {re.sub(r"\s+", " ", tag) for tag in re.findall(r"\b(?:struct|enum|union)\s+\w+", text)}
        own = set(re.findall(r"^(?:typedef )?((?:struct|enum|union) \w+) \{", text, re.M)) | set(re.findall(r"^static[^\n;{}()=]*?[\s*](\w+)\(", text, re.M))
        for name in sorted((used - own) & homes.keys()):
            other = layer_of(homes[name])
            allowed = other == layer or other in MAY_INCLUDE[layer]
            if (layer, other) in SEES_ONLY:
                allowed = os.path.basename(homes[name]) in SEES_ONLY[layer, other]
            # An incomplete struct that is only handed on is fine: `struct x *` needs no header.
            if not allowed and not is_handed_on(text, name):
                problems.append("%s: %s may not know %s (%s)" % (path, layer, name, homes[name]))
    return problems


def is_handed_on(text, name):
    return " " in name and all(match.group(1) == "*" or match.group(1) == ";" for match in re.finditer(r"\b%s\b\s*(.)" % name, text, re.S))


def is_tag(path, line, name):
    """False for a struct without a tag, which strata names by the variable that holds it."""
    try:
        with open(path, encoding="utf-8") as file:
            return re.search(r"\b%s\b" % re.escape(name), file.read().splitlines()[line - 1]) is not None
    except (OSError, IndexError):
        return True


def check_tags(program):
    shown = subprocess.run([program, "list", program, "--format", "json"], stdout=subprocess.PIPE, check=True).stdout
    places = collections.defaultdict(set)
    for entry in json.loads(shown)["types"]:
        where = entry.get("decl") or {}
        path = where.get("file") or ""
        if entry["name"] and re.search(r"/(inspector|hmapcore)/", path) and is_tag(path, where["line"], entry["name"]):
            places[entry["kind"], entry["name"]].add("%s:%s" % (where["file"], where["line"]))
    return ["%s %s means several things: %s" % (*key, ", ".join(sorted(found))) for key, found in sorted(places.items()) if len(found) > 1]


def read_texts(root):
    texts = {}
    for path in source_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            texts[path] = COMMENT.sub(" ", file.read())
    return texts


def self_test():
    texts = {
        "inspector/object/object.h": "struct object {\n};\nvoid object_close(struct object *object);\n",
        "inspector/type/type.h": "struct type {\n    int kind;\n};\n",
        "inspector/type/x.c": "void f(void)\n{\n    object_close(0);\n}\n",
        "inspector/type/y.c": "struct object object;\n",
        "inspector/type/fine.c": "struct object;\nvoid g(struct object *object);\n",
        "inspector/scan/fine.c": "void h(struct type type)\n{\n    object_close(0);\n}\n",
    }
    found = check_names(texts)
    assert len(found) == 2 and all("fine" not in problem for problem in found), found
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == [{"a", "b", "c"}]
    known = {("x", "a.c"), ("x", "b.c")}
    assert not judge_circles([known], [known])
    assert len(judge_circles([{("x", "a.c"), ("x", "c.c")}], [known])) == 2  # a new one, and one that is gone
    print("2 violations, both noticed; a circle is seen, and one that is gone")


if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        self_test()
    else:
        source, libraries, strata = sys.argv[1:4]
        count, found = check_libraries(source, libraries)
        found += check_names(read_texts(source))
        found += check_tags(strata)
        found += check_circles(libraries)
        found += check_collisions(libraries, strata)
        print("\n".join(found))
        print("%d symbols, %d violations" % (count, len(found)))
        sys.exit(1 if found or not count else 0)
