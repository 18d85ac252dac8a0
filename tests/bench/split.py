#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Split debug information beside the plain build of the same source: time and memory of whole processes, in turn in one run.

    tests/bench/split.py [-n ROUNDS] [-s STRATA] [-k FOLDER] [CASE …]

Cases:
    c        a program of a thousand C files (-f changes that), gcc, DWARF 5: a thousand .dwo
    cxx      a program of 300 C++ files that share headers, gcc, DWARF 5
    package  a .dwp of a hundred megabytes from C++ units, clang and llvm-dwp, DWARF 5; beside the same units plainly

Medians; the ratio is split to plain, of the same command. Memory is the peak resident set that the kernel accounts to the process (mapped
file pages count). `descriptors` is the limit that strata runs under. The programs are made once, in FOLDER (build/bench/split)."""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

DESCRIPTORS = 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=5)
    parser.add_argument("-s", "--strata", default="build/release/strata")
    parser.add_argument("-k", "--folder", default="build/bench/split")
    parser.add_argument("-f", "--files", type=int, help="files of the program")
    parser.add_argument("cases", nargs="*", metavar="CASE", default=[])
    return parser.parse_args()


def run(folder, *words):
    subprocess.run(words, cwd=folder, check=True)


def compile_all(folder, compiler, names, *flags):
    """Many files a call, two calls at a time; -c names each .dwo after its source."""
    batches = [names[i:i + 25] for i in range(0, len(names), 25)]
    running = []
    for batch in batches + [None, None]:
        if len(running) == 2 or (batch is None and running):
            if running.pop(0).wait():
                sys.exit("split.py: %s failed" % compiler)
        if batch:
            running.append(subprocess.Popen([compiler, "-c", *flags, *batch], cwd=folder))
    for process in running:
        if process.wait():
            sys.exit("split.py: %s failed" % compiler)


# ---- sources ---------------------------------------------------------------------------------------------

C_MEMBERS = ("char a%d;", "int b%d;", "long c%d;", "short d%d : 5;", "void *e%d;", "struct { char x; double y; } f%d;", "unsigned char g%d[7];")


def c_struct(name, seed, members):
    parts = [C_MEMBERS[(seed * 7 + i * i + i) % len(C_MEMBERS)] % i for i in range(members)]
    return "struct %s { %s };\n" % (name, " ".join(parts))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def c_sources(folder, count):
    """Each file has a hundred shared structs and twenty of its own."""
    shared = "".join(c_struct("shared_%d" % i, i, 4 + i % 9) for i in range(100))
    shared += "union everything { %s };\n" % " ".join("struct shared_%d m%d;" % (i, i) for i in range(100))
    write(folder + "/shared.h", shared)
    names = ["unit_%04d.c" % i for i in range(count)]
    for number, name in enumerate(names):
        own = "".join(c_struct("own_%d_%d" % (number, i), number + i, 3 + i % 8) for i in range(20))
        users = "".join("struct own_%d_%d *user_%d_%d;\n" % (number, i, number, i) for i in range(20))
        write(folder + "/" + name, '#include "shared.h"\n%s%sunion everything *all_%d;\n' % (own, users, number))
    write(folder + "/main.c", "int main(void) { return 0; }\n")
    return names


def cxx_sources(folder, count, shared=60, own=12):
    """Class templates of a shared header, instantiated alike in all files, and some instances of each file's own."""
    header = "template <class T, int n> struct cell { T value; char tail[n]; cell *next; T get() const { return value; } };\n"
    for i in range(shared):
        header += ("template <class T, class U> class box_%d : public cell<U, %d> { public: T first; U second; T rest[%d]; virtual ~box_%d() {}\n"
                   "  struct inner { T t; bool flag; U u; } in; enum kind { A, B = %d } k; U find(T key) { return second; } };\n"
                   % (i, i % 11 + 1, i % 5 + 1, i, i + 2))
    write(folder + "/shared.hpp", header)
    names = ["unit_%04d.cpp" % i for i in range(count)]
    for number, name in enumerate(names):
        text = '#include "shared.hpp"\nnamespace n%04d {\n' % number
        for i in range(own):
            text += "struct own_%d { char a; long b; short c : %d; };\n" % (i, i % 9 + 1)
            text += "static box_%d<own_%d, long> mine_%d __attribute__((used));\n" % ((number + i) % shared, i, i)
        for i in range(shared):
            text += "static box_%d<int, short> ours_%d __attribute__((used));\n" % (i, i)
        write(folder + "/" + name, text + "}\n")
    write(folder + "/main.cpp", "int main() { return 0; }\n")
    return names


# ---- programs --------------------------------------------------------------------------------------------

def object_names(names):
    return [os.path.splitext(name)[0] + ".o" for name in names]


def made(folder):
    return os.path.exists(folder + "/made")


def program(folder, compiler, sources, count):
    """folder/plain and folder/split, with its .dwo files beside it."""
    if made(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    names = sources(folder, count)
    main = "main" + os.path.splitext(names[0])[1]
    for how, flags in (("plain", []), ("split", ["-gsplit-dwarf"])):
        compile_all(folder, compiler, [*names, main], "-gdwarf-5", "-O0", *flags)
        run(folder, compiler, *object_names([*names, main]), "-o", how)
        for name in object_names([*names, main]):
            os.unlink(folder + "/" + name)
    write(folder + "/made", "")


def replicate(folder, name, copy, old, new, identity):
    """A unit under another name: what names it is as long as before, and its DWARF 5 id, the header's 8 bytes, is changed."""
    with open(folder + "/" + name, "rb") as file:
        data = bytearray(file.read())
    at = 0
    while (at := data.find(identity[0], at)) >= 0:
        data[at:at + 8] = identity[1]
        at += 8
    with open(folder + "/" + copy, "wb") as file:
        file.write(data.replace(old.encode(), new.encode()))


def package(folder, count, times=45):
    """Some twenty units from the compiler; the rest are their copies with other names and ids, as a compiler takes its time."""
    if made(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    names = cxx_sources(folder, count, shared=250, own=50)
    objects = object_names(names)
    compile_all(folder, "clang++", [*names, "main.cpp"], "-gdwarf-5", "-O0", "-gsplit-dwarf", "-fno-standalone-debug")
    split = []
    for number, name in enumerate(objects):
        stem = name[:-2]
        text = subprocess.run(["readelf", "--debug-dump=info", stem + ".o"], cwd=folder, capture_output=True, text=True, check=True).stdout
        identity = int(re.search(r"DWO ID: *0x([0-9a-f]+)", text).group(1), 16)
        for i in range(times):
            copy = "unit_%04d" % (number + count * i)
            if i:
                change = (identity.to_bytes(8, "little"), (identity ^ (i << 32 | i)).to_bytes(8, "little"))
                for ending in (".o", ".dwo"):
                    replicate(folder, stem + ending, copy + ending, stem + ".dwo", copy + ".dwo", change)
            split.append(copy + ".o")
    run(folder, "clang++", *split, "main.o", "-o", "split")
    run(folder, "timeout", "600", "llvm-dwp", *[name[:-2] + ".dwo" for name in split], "-o", "split.dwp")
    for name in split:
        os.unlink("%s/%s.dwo" % (folder, name[:-2]))
        os.unlink("%s/%s" % (folder, name))
    compile_all(folder, "clang++", [*names, "main.cpp"], "-gdwarf-5", "-O0", "-fno-standalone-debug")
    plain = []
    for i in range(times):
        for name in objects:
            copy = "copy_%d_%s" % (i, name)
            os.link(folder + "/" + name, folder + "/" + copy)
            plain.append(copy)
    run(folder, "clang++", *plain, "main.o", "-o", "plain")
    for name in plain:
        os.unlink(folder + "/" + name)
    write(folder + "/made", "")


# ---- measuring -------------------------------------------------------------------------------------------

def warm(folder):
    for entry in os.scandir(folder):
        if entry.is_file() and (entry.name.endswith((".dwo", ".dwp")) or entry.name in ("plain", "split")):
            with open(entry.path, "rb") as file:
                while file.read(1 << 20):
                    pass


def measure(words):
    """Seconds, processor seconds, peak kilobytes."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        quiet = os.open("/dev/null", os.O_WRONLY)
        os.dup2(quiet, 1)
        os.execv(words[0], words)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit("split.py: %s: status %d" % (" ".join(words), status))
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def size_of(folder, *endings):
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(endings)) / 1e6


def report(strata, folder, rounds, one_type):
    print("%s: plain %.1f MB, split %.1f MB + %.1f MB; descriptors %d, median of %d" %
          (os.path.basename(folder), size_of(folder, "plain"), size_of(folder, "split"), size_of(folder, ".dwo", ".dwp"), DESCRIPTORS, rounds))
    commands = (("list", ["list"], []), ("list --threads 1", ["list", "--threads", "1"], []), ("show TYPE", ["show"], [one_type]),
                ("show --format json", ["show", "--format", "json"], []))
    for label, before, after in commands:
        taken = {"plain": [], "split": []}
        for _ in range(rounds):
            for how in taken:
                warm(folder)
                taken[how].append(measure([strata, *before, folder + "/" + how, *after]))
        plain, split = ([statistics.median(values) for values in zip(*taken[how])] for how in ("plain", "split"))
        print("  %-20s plain %.3f s, %.3f s processor, %3.0f MB;  split %.3f s, %.3f s, %3.0f MB;  ratios %.2f, %.2f, %.2f" %
              (label, plain[0], plain[1], plain[2] / 1024, split[0], split[1], split[2] / 1024,
               split[0] / plain[0], split[1] / plain[1], split[2] / plain[2]))


options = arguments()
strata = os.path.abspath(options.strata)
for case in options.cases or ["c", "cxx", "package"]:
    place = os.path.abspath(options.folder) + "/" + case
    if case == "c":
        program(place, "gcc", c_sources, options.files or 1000)
        report(strata, place, options.rounds, "own_1_3")
    elif case == "cxx":
        program(place, "g++", cxx_sources, options.files or 300)
        report(strata, place, options.rounds, "n0001::own_3")
    elif case == "package":
        package(place, options.files or 20)
        report(strata, place, options.rounds, "n0001::own_3")
    else:
        sys.exit("split.py: no case %s" % case)
