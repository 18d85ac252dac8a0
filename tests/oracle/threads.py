# SPDX-License-Identifier: MIT
"""Output is the same to the byte whatever the number of threads."""

import os

from common import Failures, Strata, arguments, system_library

options = arguments()
strata = Strata(options.strata)
failures = Failures()
files = [options.strata]
for name in ("cpp/gcc-dwarf5", "cpp/gcc-types5", "go/go1.19", "rust/rustc-debian", "c/gcc-two-units", "c/gcc-zlib", "c/dwz-shared/one"):
    files.append(os.path.join(options.fixtures, name))
for library in ("libstdc++.so.6", "libc.so.6"):
    files.append(system_library(library)[1] and system_library(library)[0])

for path in [path for path in files if path and os.path.exists(path)]:
    for command in (["show", path, "--format", "json"], ["list", path, "--sort", "waste"], ["list", path, "--format", "json"]):
        one = strata.run(*command, "--threads", "1", timeout=200)
        failures.expect(one.returncode == 0 and len(one.stdout) > 500, "%s: exit %d: %s", " ".join(command), one.returncode, one.stderr[-500:])
        for count in ("2", "7"):
            other = strata.run(*command, "--threads", count, timeout=200)
            failures.expect(other.returncode == one.returncode, "%s: exit %d with %s threads: %s", " ".join(command), other.returncode, count,
                            other.stderr[-1500:])
            failures.expect(other.stdout == one.stdout and other.stderr == one.stderr, "%s: %s threads say something else", " ".join(command), count)
failures.finish(at_least=10)
