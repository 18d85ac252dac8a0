# SPDX-License-Identifier: MIT
"""Small binaries with bytes changed in every section that strata reads; the same changes on every run.

Nothing is asked of the answer but that there is one: exit 0, 1 or 2, no signal, no hang, no word of a sanitizer."""

import os
import random
import tempfile

from common import Elf, Failures, Strata, arguments, died

options = arguments("runs")
strata = Strata(options.strata)
failures = Failures()
RUNS = int(options.runs or (300 if os.environ.get("STRATA_DEEP") else 60))  # each sample
SAMPLES = ["dwarf/seed-v5-le-64.elf", "dwarf/seed-v2-be-32.elf", "dwarf/variant-parts.elf", "dwarf/units-refer.elf", "dwarf/cycles.elf",
           "dwarf/arrays.elf", "c/gcc.o", "c/gcc-types4.o", "c/clang-powerpc64.o", "c/gcc-zlib.o", "c/gcc-dwz", "c/dwz-shared/one", "cpp/gcc-types4.o"]
INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0xfe]

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "mutant")
    for sample in SAMPLES:
        source = os.path.join(options.fixtures, sample)
        if not os.path.exists(source):
            continue
        with open(source, "rb") as file:
            original = file.read()
        elf = Elf(source)
        # Half of the changes hit what is decoded most: abbreviations, units, section headers, relocations.
        hot = [section for section in elf.sections if section["type"] != 8 and section["size"]
               and (section["name"].startswith((".debug_", ".rel", ".gnu_debug")))]
        dice = random.Random(sample)
        for run in range(RUNS):
            data = bytearray(original)
            for _ in range(dice.choice((1, 1, 2, 4, 16))):
                choice = dice.random()
                if choice < 0.15:
                    at = dice.randrange(64)
                elif choice < 0.8 and hot:
                    section = dice.choice(hot)
                    at = section["offset"] + dice.randrange(section["size"])
                else:
                    at = dice.randrange(len(data))
                if at < len(data):
                    data[at] = dice.choice(INTERESTING) if dice.random() < 0.5 else data[at] ^ (1 << dice.randrange(8))
            with open(path, "wb") as out:
                out.write(data)
            process = strata.run("show", path, "--format", "json")
            problem = died(process)
            if not problem and run % 4 == 0:
                process = strata.run("browse", path, "--size", "110x30", "--keys", "<Enter> <Space> J a p <Esc> <Esc> <Down> u <Enter> g g s s s")
                problem = died(process)
            if problem:
                keep = os.path.join(tempfile.gettempdir(), "strata-mutant-%s-%d" % (sample.replace("/", "-"), run))
                with open(keep, "wb") as out:
                    out.write(data)
                problem = "%s (kept as %s)" % (problem, keep)
            failures.expect(not problem, "%s, change %d: %s", sample, run, problem)
            failures.expect(process.returncode in (0, 1, 2), "%s, change %d: exit %d", sample, run, process.returncode)
failures.finish(at_least=RUNS * 8)
