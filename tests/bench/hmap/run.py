#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times hmapcore beside real Go, in turns, and prints medians and ratios.

    run.py --bench hmap_bench [--quiet hmap_bench_quiet] [--beside NAME=hmap_bench_… …] [--go 1.19=/usr/lib/go-1.19/bin/go …]
           [--rounds 5] [--sizes 8,64,…]

--quiet is the build without instrumentation, for the cost of having it; the ring sink is timed too. --beside is another map of ours.
"""
import argparse
import collections
import math
import os
import statistics
import subprocess
import sys
import tempfile


def build_go(name, go, folder):
    program = os.path.join(folder, f"bench-{name}")
    environment = dict(os.environ, GOCACHE=os.path.join(folder, "cache"), GO111MODULE="off", GOTOOLCHAIN="local", GOFLAGS="")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.go")
    subprocess.run([go, "build", "-o", program, source], check=True, env=environment)
    return program


def measure(command, figures):
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        kind, what, size, ns = line.split()
        figures[(kind, what, int(size))].append(float(ns))


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--quiet")
    parser.add_argument("--beside", action="append", default=[], metavar="NAME=PROGRAM")
    parser.add_argument("--go", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", default="8,64,1000,64000,1000000")
    options = parser.parse_args()
    sizes = options.sizes.split(",")
    with tempfile.TemporaryDirectory() as folder:
        programs = {"hmapcore": [options.bench] + sizes}
        for entry in options.go:
            name, go = entry.split("=", 1)
            if not os.access(go, os.X_OK):
                print(f"SKIPPED: no Go {name} at {go}", file=sys.stderr)
                continue
            programs[f"go{name}"] = [build_go(name, go, folder)] + sizes
        for entry in options.beside:
            name, program = entry.split("=", 1)
            programs[name] = [program] + sizes
        if options.quiet:
            programs["quiet"] = [options.quiet] + sizes
            programs["ring"] = [options.bench, "--ring"] + sizes
        figures = {name: collections.defaultdict(list) for name in programs}
        for _ in range(options.rounds):  # in turns, so that a slow minute of the machine hits all
            for name, command in programs.items():
                measure(command, figures[name])
    medians = {name: {key: statistics.median(values) for key, values in table.items()} for name, table in figures.items()}
    ours = medians["hmapcore"]
    others = [name for name in programs if name != "hmapcore"]
    print(f"{'ns an element, median of ' + str(options.rounds):32} {'hmapcore':>9}" +
          "".join(f" {name:>9} {'ratio':>6}" for name in others))
    ratios = collections.defaultdict(list)
    for key in sorted(ours, key=lambda key: (key[0], key[1], key[2])):
        line = f"{key[0]:8} {key[1]:12} {key[2]:10} {ours[key]:9.2f}"
        for name in others:
            theirs = medians[name][key]
            # Beside Go and the quiet build: ours over theirs. The ring: what it makes of ours.
            ratio = theirs / ours[key] if name == "ring" else ours[key] / theirs
            ratios[name].append((ratio, key))
            line += f" {theirs:9.2f} {ratio:6.2f}"
        print(line)
    for name in others:
        worst = max(ratios[name])
        print(f"{name:9} geometric mean {geometric_mean([ratio for ratio, _ in ratios[name]]):.3f}, "
              f"worst {worst[0]:.2f} ({' '.join(map(str, worst[1]))})")
    if "ring" in ratios:
        inserts = [pair for pair in ratios["ring"] if pair[1][1].startswith("insert")]
        print(f"ring, inserts: geometric mean {geometric_mean([ratio for ratio, _ in inserts]):.3f}, worst {max(inserts)[0]:.2f}")


if __name__ == "__main__":
    main()
