# SPDX-License-Identifier: MIT
"""What the oracle tests share: running strata, collecting failures, explained differences, and a small ELF reader of their own
(a witness must not share code with what it judges)."""

import argparse
import fnmatch
import json
import os
import re
import struct
import subprocess
import sys

TIMEOUT_SECONDS = 240  # a guard against hangs, not a measure of speed
SKIPPED = 77
HUNG = -999  # as an exit status


def preloadable(library):
    """A path for LD_PRELOAD, which ld.so divides at spaces: a link in the working folder, a temporary one."""
    link = os.path.abspath(os.path.basename(library))
    if not os.path.lexists(link):
        os.symlink(os.path.abspath(library), link)
    return link


def arguments(*extra):
    parser = argparse.ArgumentParser()
    parser.add_argument("--strata", required=True)
    parser.add_argument("--fixtures", required=True)
    for name in extra:
        parser.add_argument("--" + name)
    return parser.parse_args()


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(SKIPPED)


class Failures:
    """Counts what was compared: a test that compared nothing has failed."""

    def __init__(self, shown=40):
        self.messages, self.compared, self.shown = [], 0, shown

    def expect(self, condition, message, *values):
        self.compared += 1
        if not condition:
            self.messages.append(message % values if values else message)
        return bool(condition)

    def fail(self, message):
        self.expect(False, message.replace("%", "%%") if "%" in message else message)

    def finish(self, at_least=1):
        for message in self.messages[:self.shown]:
            print("FAILED " + message)
        if len(self.messages) > self.shown:
            print("… and %d more" % (len(self.messages) - self.shown))
        print("%d comparisons, %d failed" % (self.compared, len(self.messages)))
        if self.compared < at_least:
            print("FAILED too few comparisons, at least %d were expected" % at_least)
        sys.exit(1 if self.messages or self.compared < at_least else 0)


class Explained:
    """A file of differences that are understood: a pattern for "subject:type:fact", two spaces or more, the reason.

    An entry that no longer occurs fails the test: then the list, or the reason, is out of date. Entries whose subject (up to the first
    colon) this machine cannot build are left alone, and one whose reason begins with a tool and its version ("clang 14: …") must occur
    with that version of the tool only; `versions` has them by name."""

    def __init__(self, path, versions=None):
        self.entries, self.versions = [], versions or {}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                pattern, _, reason = line.partition("  ")
                if not reason.strip():
                    sys.exit("%s:%d: no reason given" % (path, number))
                self.entries.append([pattern, number, 0, re.match(r"(clang|gcc|gdb|pahole) (\d+): ", reason.strip())])
        self.path = path

    def explains(self, key):
        for entry in self.entries:
            if fnmatch.fnmatchcase(key, entry[0]):
                entry[2] += 1
                return True
        return False

    def check_all_used(self, failures, subjects):
        for pattern, number, used, tool in self.entries:
            subject = pattern.partition(":")[0]
            if tool and self.versions.get(tool.group(1)) != tool.group(2):
                continue
            if not used and any(fnmatch.fnmatchcase(known, subject) for known in subjects):
                failures.fail("%s:%d: this difference no longer occurs: %s" % (os.path.basename(self.path), number, pattern))


def threads_of(pid):
    """State, place in the kernel and processor time of each thread: tells a deadlock from a loop from a machine that is too busy."""
    out = []
    try:
        for thread in sorted(os.listdir("/proc/%d/task" % pid)):
            folder = "/proc/%d/task/%s/" % (pid, thread)
            with open(folder + "stat", encoding="ascii", errors="replace") as file:
                stat = file.read().rpartition(")")[2].split()
            with open(folder + "wchan", encoding="ascii", errors="replace") as file:
                place = file.read()
            out.append("%s %s %s ticks" % (stat[0], place, int(stat[11]) + int(stat[12])))
    except (OSError, IndexError):
        out.append("?")
    return "; ".join(out)


class Strata:
    def __init__(self, path):
        self.path = path

    def run(self, *args, timeout=TIMEOUT_SECONDS, **options):
        """The finished process, its output as bytes; a hang is reported like a crash, with what each thread was doing."""
        with subprocess.Popen([self.path, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
            try:
                out, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                doing = threads_of(process.pid)
                process.kill()
                process.communicate()
                return subprocess.CompletedProcess(args, HUNG, b"", ("no end after %d seconds; threads: %s" % (timeout, doing)).encode())
        return subprocess.CompletedProcess(args, process.returncode, out, errors)

    def layouts(self, *args):
        """The document of `show … --format json`, or a text that says what went wrong."""
        process = self.run("show", *args, "--format", "json", timeout=4 * TIMEOUT_SECONDS)
        if process.returncode != 0:
            return "strata show %s: exit %d: %s" % (" ".join(args), process.returncode, process.stderr.decode(errors="replace")[:300])
        try:
            document = json.loads(process.stdout)
        except ValueError as error:
            return "strata show %s: bad JSON: %s" % (" ".join(args), error)
        return document


def by_name(document):
    """Type name -> its definitions."""
    types = {}
    for entry in document["types"]:
        types.setdefault(entry["name"], []).append(entry)
    return types


def manifest(fixtures):
    with open(os.path.join(fixtures, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def go_toolchains(fixtures):
    """[(version as "1.24", path of go)], the oldest first."""
    return [(tool["version"], tool["path"]) for tool in manifest(fixtures)["go"]]


def go_has_classic_map(version):
    return int(version.split(".")[1]) <= 23


def died(process):
    """A text when the process was killed by a signal, hung, or a sanitizer spoke; else None."""
    if process.returncode == HUNG:
        return "hangs: " + process.stderr.decode()
    if process.returncode < 0 or process.returncode >= 126:
        return "killed by signal %d: %s" % (-process.returncode, process.stderr.decode(errors="replace")[-1500:])
    for word in (b"AddressSanitizer", b"LeakSanitizer", b"ThreadSanitizer", b"runtime error:"):
        if word in process.stderr:
            return "sanitizer: " + process.stderr.decode(errors="replace")[:1500]
    return None


class Elf:
    """Sections and symbols of an ELF file of any class and byte order; trusts its input (fixtures and the system's libraries)."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:4] != b"\x7fELF":
            raise ValueError(path + ": not ELF")
        self.wide = self.data[4] == 2
        self.order = ">" if self.data[5] == 2 else "<"
        word = "Q" if self.wide else "I"
        header = struct.unpack_from(self.order + "HHI" + word * 3 + "IHHHHHH", self.data, 16)
        table, entry_size, count, names_index = header[5], header[10], header[11], header[12]
        self.sections = []
        for i in range(count):
            name, kind, flags, _, offset, size, link, _, _, _ = struct.unpack_from(
                self.order + "II" + word * 4 + "II" + word * 2, self.data, table + i * entry_size)
            self.sections.append({"name": name, "type": kind, "flags": flags, "offset": offset, "size": size, "link": link})
        names = self.bytes_of(self.sections[names_index])
        for section in self.sections:
            section["name"] = names[section["name"]:names.index(b"\0", section["name"])].decode()

    def bytes_of(self, section):
        return b"" if section["type"] == 8 else self.data[section["offset"]:section["offset"] + section["size"]]

    def section(self, name):
        return next((section for section in self.sections if section["name"] == name), None)

    def symbols(self):
        """name -> (section, offset in it as the symbol's value says); for relocatable files."""
        out = {}
        for table in self.sections:
            if table["type"] != 2:
                continue
            strings = self.bytes_of(self.sections[table["link"]])
            data = self.bytes_of(table)
            for at in range(0, len(data), 24 if self.wide else 16):
                if self.wide:
                    name, _, _, index, value, size = struct.unpack_from(self.order + "IBBHQQ", data, at)
                else:
                    name, value, size, _, _, index = struct.unpack_from(self.order + "IIIBBH", data, at)
                if name and 0 < index < len(self.sections):
                    out[strings[name:strings.index(b"\0", name)].decode()] = (self.sections[index], value, size)
        return out

    def build_id(self):
        section = self.section(".note.gnu.build-id")
        if not section:
            return None
        data = self.bytes_of(section)
        name_size, size, _ = struct.unpack_from(self.order + "III", data, 0)
        start = 12 + (name_size + 3) // 4 * 4
        return data[start:start + size].hex()


def debug_file_of(path):
    """The separate debug file of a system library, by its build-id, or None."""
    try:
        identity = Elf(path).build_id()
    except (OSError, ValueError):
        return None
    found = "/usr/lib/debug/.build-id/%s/%s.debug" % (identity[:2], identity[2:]) if identity else None
    return found if found and os.path.exists(found) else None


def system_library(name):
    """The path of a library of this system and that of its debug file; (None, None) when there is none."""
    path = None
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        # Some -dbg packages bring a whole library built for debugging instead of the debug file of the ordinary one.
        debug_build = os.path.join(folder, "debug", name)
        if os.path.exists(debug_build):
            return debug_build, debug_build
        if os.path.exists(os.path.join(folder, name)):
            path = path or os.path.join(folder, name)
    return path, path and debug_file_of(path)


def follows_schema(failures, document, name):
    """The document against inspector/report/strata.NAME-1.schema.json, where jsonschema is installed."""
    try:
        import jsonschema
    except ImportError:
        return
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../inspector/report/strata.%s-1.schema.json" % name)) as file:
        schema = json.load(file)
    problem = next(jsonschema.Draft7Validator(schema).iter_errors(document), None)
    failures.expect(problem is None, "strata.%s/1: %s", name, problem and (problem.message, list(problem.absolute_path)))
