# SPDX-License-Identifier: MIT
"""Installs the build into an empty folder and uses it from there alone: the program, libstrata by pkg-config and by ctypes, schemas, pages.

    installed.py BUILD_FOLDER SOURCE_ROOT C_COMPILER
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

build, source, compiler = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
failed = 0

PROGRAM = """
struct inner { char a; long b; char c; };
union either { char bytes[7]; int number; };
struct bits { unsigned x : 3, y : 30; short z; };
struct outer { char first; struct inner inner; union either either; struct bits bits; void *next; char last; } outer;
int main(void) { return sizeof outer == 0; }
"""


def expect(is_so, what):
    global failed
    if not is_so:
        print("FAILED:", what)
        failed += 1


def run(*words, **more):
    environment = dict(os.environ, LD_LIBRARY_PATH=str(lib), **more.pop("environment", {}))
    return subprocess.run([str(word) for word in words], text=True, capture_output=True, env=environment, check=more.pop("check", True), **more)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    stage = folder / "a folder" / "usr"  # moved after it was installed: nothing may remember where it was
    subprocess.run(["cmake", "--install", build, "--prefix", folder / "first"], check=True, stdout=subprocess.DEVNULL)
    stage.parent.mkdir()
    (folder / "first").rename(stage)
    found = sorted(str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir())
    lib = next(stage.rglob("libstrata.so")).parent

    for wanted in ("bin/strata", "include/strata.h", "share/man/man1/strata.1", "share/doc/strata/LICENSE", "share/doc/strata/README.md",
                   "share/doc/strata/CHANGELOG.md", "share/strata/sqlite_schema.sql", "share/strata/postgresql_schema.sql"):
        expect(wanted in found, f"{wanted} is not installed")
    for kind, place in (("inspector/report/*.schema.json", "share/strata"), ("doc/*.md", "share/doc/strata/doc")):
        files = list(source.glob(kind))
        expect(files, f"no {kind}")
        for file in files:
            expect(f"{place}/{file.name}" in found, f"{file.name} is not installed")
            expect((stage / place / file.name).read_bytes() == file.read_bytes(), f"{file.name} is another one")

    # Each version of a schema has a line in the note of what changed.
    changes = (source / "CHANGELOG.md").read_text()
    for file in source.glob("inspector/report/*.schema.json"):
        name, _, number = file.name.removesuffix(".schema.json").rpartition("-")
        expect(f"| `{name}` | {number} | " in changes, f"CHANGELOG.md has no line for {name}/{number}")
        expect(f'"{name}/{number}"' in file.read_text(), f"{file.name} is of another name or version")

    # The program, with no other file of the build in reach.
    (folder / "it.c").write_text(PROGRAM)
    it = folder / "it"
    subprocess.run([compiler, "-g", "-o", it, folder / "it.c"], check=True)
    told = json.loads(run(stage / "bin/strata", "show", it, "--format", "json").stdout)["types"]
    expect({"inner", "either", "bits", "outer"} <= {one["name"] for one in told}, "strata show names other types")
    expect("v" + run(stage / "bin/strata", "--version").stdout.split()[1] == "v" + (source / "VERSION").read_text().strip(), "another version")
    expect("hmap" in run(stage / "bin/strata", "watch", "--frames", "--size", "80x24", "--keys", "i").stdout, "strata watch draws no map")

    # What the program is started with has the same SONAME in Debian 12, 13 and sid; the rest is linked in, or loaded when it is used.
    started_with = {word.strip("[]") for word in run("readelf", "-dW", stage / "bin/strata").stdout.split() if word.startswith("[lib")}
    expect("libelf.so.1" in started_with, f"readelf names {started_with}")
    apart = ["capstone", "archive", "isal", "dwarf", "pq", "debuginfod"]
    if list(pathlib.Path("/usr/lib").glob("**/libutf8proc.a")):
        apart.append("utf8proc")
    for name in apart:
        expect(not any(one.startswith(f"lib{name}.so") for one in started_with), f"strata is started with lib{name}")

    # The Debian packages: the program's names those libraries alone; the library's holds to the libdwarf that it was compiled for.
    if all(shutil.which(tool) for tool in ("dpkg-shlibdeps", "cpack", "file")):
        run("cpack", "-G", "DEB", "-B", folder / "packed", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=build)
        fields = {}
        for file in (folder / "packed").glob("*.deb"):
            said = dict(line.split(": ", 1) for line in run("dpkg-deb", "-f", file, "Package", "Depends", "Recommends").stdout.splitlines())
            fields[said["Package"]] = said | {"files": run("dpkg-deb", "-c", file).stdout}
        expect(set(fields) == {"strata", "libstrata-dev"}, f"the packages are {set(fields)}")
        program, library = fields["strata"], fields["libstrata-dev"]
        expect("/bin/strata\n" in program["files"] and "/strata.1" in program["files"] and "libstrata" not in program["files"], f"strata holds {program['files']}")
        expect("/libstrata.so\n" not in program["files"] and "/strata.h\n" in library["files"] and "/strata.pc\n" in library["files"], f"libstrata-dev holds {library['files']}")
        names = {one.split()[0] for one in program["Depends"].split(", ")}
        expect(any(one.startswith("libelf1") for one in names), f"strata wants {names}")
        for name in apart:
            expect(not any(one.startswith(f"lib{name}") for one in names), f"strata wants lib{name}: {names}")
        has_new = "DW_LIBDWARF_VERSION_MAJOR" in "".join(path.read_text(errors="replace") for path in pathlib.Path("/usr/include").glob("**/libdwarf.h"))
        expect(f"libdwarf1 ({'>= 1:0.3.4' if has_new else '<< 1:0'})" in library["Depends"], f"libstrata-dev wants {library['Depends']}")
    else:
        print("SKIPPED: the Debian packages (no dpkg-shlibdeps, cpack or file here)")

    # The library: all symbols of it are strata_*, and they are those of the header.
    symbols = {line.split()[-1].partition("@")[0] for line in run("nm", "-D", "--defined-only", lib / "libstrata.so").stdout.splitlines()}
    header = (stage / "include/strata.h").read_text()
    declared = {word.partition("(")[0].split("*")[-1].split()[-1] for word in header.split("STRATA_API ")[1:] if "(" in word.partition(";")[0]}
    declared = {word for word in declared if word.startswith("strata_")}
    expect(symbols == declared, f"symbols {sorted(symbols)}, the header declares {sorted(declared)}")

    # C, by pkg-config; the same words as a C++ program.
    flags = run("pkg-config", "--cflags", "--libs", "strata", environment={"PKG_CONFIG_PATH": str(lib / "pkgconfig")}).stdout
    flags = [flag.replace("\\ ", " ") for flag in flags.replace("\\ ", "\0").split()]
    flags = [flag.replace("\0", " ") for flag in flags]
    run(compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", folder / "waste", source / "doc/examples/waste.c", *flags)
    wasting = {one["name"]: one["own_waste_bytes"] for one in told if one["own_waste_bytes"]}
    lines = run(folder / "waste", it).stdout.splitlines()
    said = {line.split()[1].rstrip(":"): int(line.split()[2]) / 8 for line in lines if not line.startswith(" ")}
    for name, waste in wasting.items():
        expect(abs(said.get(name, -1) - waste) < 1, f"{name}: the program says {waste} bytes of waste, the library {said.get(name)}")
    expect(set(wasting) <= set(said), "the library misses a type")
    nothing = run(folder / "waste", folder / "it.c", check=False)
    expect(nothing.returncode == 2 and "it.c" in nothing.stderr and nothing.stderr.count("\n") == 1, f"an error of the library: {nothing}")
    if shutil.which("g++"):
        (folder / "all.cpp").write_text('#include <strata.h>\nint main() { return strata_version()[0] == 0; }\n')
        run("g++", "-Wall", "-Wextra", "-Werror", "-o", folder / "all", folder / "all.cpp", *flags)
        run(folder / "all")

    page = (source / "doc/library.md").read_text()
    shown = "".join("    " + line if line.strip() else line for line in (source / "doc/examples/waste.c").read_text().splitlines(True))
    expect(shown in page, "doc/library.md shows another waste.c")

    # Python, by ctypes: every member and gap where strata show has it.
    for one in told:
        if one["kind"] not in ("struct", "union"):
            continue
        rows = {}
        for line in run(sys.executable, source / "doc/examples/layout.py", it, one["name"]).stdout.splitlines():
            offset, size, name = line.split(None, 2)
            rows[name, float(offset)] = float(size)
        for member in one["members"]:
            if member.get("depth", 0) == 0:
                key = member["name"], member["offset_bits"] / 8
                expect(rows.get(key) == member["size_bits"] / 8, f"{one['name']}.{member['name']}: {member}, the library says {rows}")
        expect(len(rows) >= len(one["members"]) + len(one["gaps"]), f"{one['name']}: {rows}")
    missing = run(sys.executable, source / "doc/examples/layout.py", it, "nosuch", check=False)
    expect(missing.returncode == 1 and "nosuch" in missing.stderr, f"a missing type: {missing}")

print(f"{failed} failed" if failed else "what is installed works by itself")
sys.exit(failed != 0)
