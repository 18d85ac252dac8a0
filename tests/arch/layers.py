# SPDX-License-Identifier: MIT
"""Holds the architecture: who may include whom, which file alone may use which library, how long files may be.

    layers.py SOURCE_ROOT     checks every .c and .h file of hmapcore/ and inspector/
    layers.py --self-test     shows this checker one violation of each rule and expects it to be noticed
"""

import os
import re
import sys
import tempfile

# Who may include whom, besides itself. The table of the design: change both together.
MAY_INCLUDE = {
    "hmapcore": set(),
    "base": set(),
    "object": {"base"},
    "type": {"base"},
    "dwarf": {"base", "object", "type"},
    "scan": {"base", "object", "type", "dwarf"},
    "build": {"base", "object", "type", "dwarf", "scan"},
    "btf": {"base", "object", "type"},
    "source": {"base", "object", "type", "dwarf", "scan", "build", "btf"},
    "layout": {"base", "type"},
    "query": {"base", "type", "source", "layout"},
    "check": {"base", "type", "source", "layout", "query", "hmapcore"},
    "lab": {"base", "object", "hmapcore"},
    "explain": {"base", "object", "type", "source", "lab"},
    "report": {"base", "type", "layout", "query", "check", "lab", "explain"},
    "library": {"base", "type", "source", "layout"},
    "picture": {"base"},
    "memory": {"base", "object"},
    "gomap": {"base", "object", "type", "source", "memory", "picture"},
    "view": {"base", "picture", "layout"},
    "browse": {"base", "type", "source", "layout", "query", "view"},
    "watch": {"base", "hmapcore", "picture", "view", "memory", "gomap"},
    "cli": {"hmapcore", "base", "object", "type", "source", "layout", "query", "check", "lab", "explain", "report", "picture", "memory", "gomap", "view", "watch", "browse"},
}
# Of some layers others see headers of plain data only: (who, of whom) -> headers.
SEES_ONLY = {
    ("view", "layout"): {"rows.h"},
    ("report", "lab"): {"lab.h"},
    ("report", "explain"): {"cause.h", "core_maps.h", "death.h", "program_facts.h"},
}

# Headers of the libraries that one file or layer alone knows: pattern -> where it may stand.
ONLY_IN = [
    (r"(libdwarf(-\d+)?/)?(libdwarf|dwarf)\.h", {"inspector/dwarf/die_reader.c", "inspector/dwarf/libdwarf_compat.h"}),
    (r"(ncursesw?/)?(n?curses|term|panel|menu|form)\.h", {"inspector/view/term_curses.c"}),
    (r"(libelf|gelf|elfutils/.*)\.h", {"inspector/object/"}),
    (r"(libdeflate|zstd|zlib|lzma)\.h", {"inspector/object/"}),
    (r"(archive|archive_entry)\.h", {"inspector/object/tar_library.h"}),
    (r"isa-l/.*\.h", {"inspector/object/isal_library.h"}),
    (r"xxhash\.h", {"inspector/base/secret.c", "inspector/dwarf/", "inspector/scan/", "inspector/build/", "inspector/type/", "inspector/source/index_file.c", "inspector/report/shape.c",
                   "inspector/watch/watch_recording.c",
                   "inspector/memory/target_recording.c"}),
    (r"jansson\.h", {"inspector/report/", "inspector/check/", "inspector/cli/"}),
    (r"sqlite3\.h", {"inspector/report/"}),
    (r"dlfcn\.h", {"inspector/base/late_library.c"}),
    (r"capstone/.*\.h", {"inspector/lab/", "inspector/explain/"}),
    (r"tre/.*\.h", {"inspector/query/"}),
    (r"argp\.h", {"inspector/cli/"}),
]
# Constants of a format are no library: dwarf.h of libdwarf holds numbers only.
CONSTANTS = {"dwarf.h", "libdwarf/dwarf.h"}

# Who may speak of a debug format by its own names: the model and all above source/ know none.
KNOW_DWARF = {"object", "dwarf", "scan", "build", "source"}
NAMES_OF_DWARF = re.compile(r"\b(DW_[A-Z]+_\w+|(?:TAG|LANG|ATE|FORM)_(?:[A-Z]+_)?[a-z]\w*|AT_(?:[A-Z]+_)?[a-z]\w*|unit\.h)\b")

LINES_MAX = {".c": 800, ".h": 300}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def source_files(root):
    for top in ("hmapcore", "inspector"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def layer_of(path):
    parts = path.split(os.sep)
    return "hmapcore" if parts[0] == "hmapcore" else parts[1] if len(parts) > 2 else None


def included_path(root, path, name):
    """The project's own file that an include means, or None: a library's."""
    for base in (os.path.dirname(path), "inspector", ""):
        candidate = os.path.normpath(os.path.join(base, name))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def check(root):
    problems, count = [], 0
    for path in source_files(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.count("\n")
        limit = LINES_MAX[os.path.splitext(path)[1]]
        if lines > limit:
            problems.append("%s: %d lines, at most %d: it wants a split" % (path, lines, limit))
        layer = layer_of(path)
        if layer not in MAY_INCLUDE:
            problems.append("%s: belongs to no layer" % path)
            continue
        if layer not in KNOW_DWARF:
            for match in NAMES_OF_DWARF.finditer(text):
                problems.append("%s:%d: %s knows no name of DWARF: %s" % (path, text.count("\n", 0, match.start()) + 1, layer, match.group()))
        for match in INCLUDE.finditer(text):
            quote, name = match.groups()
            where = "%s:%d" % (path, text.count("\n", 0, match.start(2)) + 1)
            target = included_path(root, path, name)
            if target:
                other = layer_of(target)
                if other != layer and other not in MAY_INCLUDE[layer]:
                    problems.append("%s: %s may not include %s (%s)" % (where, layer, other, target))
                seen = SEES_ONLY.get((layer, other))
                if seen and os.path.basename(target) not in seen:
                    problems.append("%s: %s may see only %s of %s" % (where, layer, " and ".join(sorted(seen)), other))
                if target.endswith(".c"):
                    problems.append("%s: includes a .c file" % where)
                continue
            if quote == '"':
                problems.append('%s: "%s" is no file of the project' % (where, name))
            for pattern, places in ONLY_IN:
                if name not in CONSTANTS and re.fullmatch(pattern, name) and not any(
                        path == place or (place.endswith("/") and path.startswith(place)) for place in places):
                    problems.append("%s: <%s> belongs into %s alone" % (where, name, ", ".join(sorted(places))))
    return count, problems


def check_links(text):
    """CMake links a library with what its layer may include, and with nothing else of the project."""
    problems, linked = [], {}
    for match in re.finditer(r"^strata_library\((\w+)\s+[^\s)]+([^)]*)\)", text, re.M):
        layer = match.group(1).removeprefix("strata_")
        linked[layer] = {name.removeprefix("strata_") for name in match.group(2).split()} & MAY_INCLUDE.keys()
    for layer, links in linked.items():
        wanted = {other for other in MAY_INCLUDE[layer] if other in linked and (layer, other) not in SEES_ONLY}
        optional = {other for (who, other) in SEES_ONLY if who == layer}
        for other in sorted(links - wanted - optional):
            problems.append("CMakeLists.txt: %s is linked with %s, which it may not include" % (layer, other))
        for other in sorted(wanted - links):
            problems.append("CMakeLists.txt: %s is not linked with %s, which it may include" % (layer, other))
    return problems


def self_test():
    assert len(check_links("strata_library(strata_type inspector/type strata_object)\nstrata_library(strata_base x)\nstrata_library(strata_object x strata_base)")) == 2
    cases = {
        "inspector/base/x.c": '#include "object/object.h"\n',
        "inspector/report/x.c": '#include "object/object.h"\n',
        "inspector/object/x.c": "#include <libdwarf/libdwarf.h>\n",
        "inspector/view/x.c": '#include "hmapcore/hmap.h"\n',
        "inspector/view/y.c": "#include <ncurses.h>\n",
        "inspector/report/y.c": '#include "lab/lab_go.h"\n',
        "inspector/view/z.c": '#include "layout/layout.h"\n',
        "inspector/watch/x.c": '#include "cli/options.h"\n',
        "inspector/layout/x.c": '#include "nowhere.h"\n',
        "inspector/dwarf/long.c": "\n" * 801,
        "inspector/dwarf/long.h": "\n" * 301,
        "inspector/strange/x.c": "",
        "inspector/query/x.c": "bool is = entry->kind == TAG_typedef;\n",
        "inspector/type/y.h": "// as DW_AT_alignment says\n",
        "hmapcore/x.c": '#include "base/error.h"\n',
    }
    with tempfile.TemporaryDirectory() as root:
        fine = {"inspector/object/object.h": "", "inspector/type/type.h": "", "inspector/base/error.h": "", "inspector/lab/lab_go.h": "",
                "hmapcore/hmap.h": "",
                "inspector/layout/layout.h": "", "inspector/layout/rows.h": "", "inspector/cli/options.h": "",
                "inspector/view/rows.c": '#include "layout/rows.h"\n#include "picture/map_picture.h"\n', "inspector/picture/map_picture.h": "",
                "inspector/dwarf/die_reader.c": '#include <libdwarf.h>\n#include "object/object.h"\n'}
        for path, text in {**fine, **cases}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        _, problems = check(root)
        unnoticed = [path for path in cases if not any(problem.startswith(path) for problem in problems)]
        wrong = [problem for problem in problems if not any(problem.startswith(path) for path in cases)]
        assert not unnoticed and not wrong, (unnoticed, wrong)
        print("%d violations, all noticed" % len(cases))


if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        self_test()
    else:
        files, found = check(sys.argv[1])
        with open(os.path.join(sys.argv[1], "CMakeLists.txt"), encoding="utf-8") as file:
            found += check_links(file.read())
        print("\n".join(found))
        print("%d files, %d violations" % (files, len(found)))
        sys.exit(1 if found or not files else 0)
