# SPDX-License-Identifier: MIT
"""Every file says its licence: sources and scripts in their first lines, all others by REUSE.toml.

    licences.py SOURCE_ROOT
    licences.py --self-test
"""
import os
import re
import sys
import tempfile
import tomllib

SAYS = "SPDX-License-Identifier: MIT"
# These say it themselves, wherever REUSE.toml does not name their folder for another reason (tested lines).
CARRIES = re.compile(r"\.(c|h|def|py|sh|cmake)$|(^|/)CMakeLists\.txt$|^\.ci/run$|^Containerfile$|^inspector/lab/go/.*\.go$")
FREE = re.compile(r"^(fixtures|doc/examples|tests/unit/type_sources)/|^tests/golden/.*\.c$")


def pattern_of(glob):
    parts = re.split(r"(\*\*/|\*\*|\*)", glob)
    return "".join({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)


def files_of(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in (".git", "build", "__pycache__", "node_modules"))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root)


def check(root):
    with open(os.path.join(root, "REUSE.toml"), "rb") as file:
        globs = [glob for annotation in tomllib.load(file)["annotations"] for glob in annotation["path"]]
    covered = re.compile("|".join("(?:%s)" % pattern_of(glob) for glob in globs))
    count, silent = 0, []
    for path in files_of(root):
        count += 1
        if CARRIES.search(path) and not FREE.search(path):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                if SAYS not in file.readline() + file.readline():
                    silent.append("%s: none of its first two lines is '%s'" % (path, SAYS))
        elif not covered.fullmatch(path):
            silent.append("%s: REUSE.toml does not cover it" % path)
    return count, silent


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, text in {"REUSE.toml": '[[annotations]]\npath = ["**/*.md", "REUSE.toml", "fixtures/**"]\n', "a.md": "", "fixtures/x.c": "",
                           "b.c": "// %s\n" % SAYS, "c.sh": "#!/bin/sh\n# %s\n" % SAYS, "d.c": "int d;\n", "e.rs": "", "fixtures/f.rs": ""}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        count, silent = check(root)
        assert count == 8 and sorted(line.split(":")[0] for line in silent) == ["d.c", "e.rs"], silent
        print("2 silent files, both noticed")


if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        self_test()
    else:
        files, found = check(sys.argv[1])
        print("\n".join(found))
        print("%d files, %d without a licence" % (files, len(found)))
        sys.exit(1 if found or not files else 0)
