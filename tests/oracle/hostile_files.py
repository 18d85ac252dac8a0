# SPDX-License-Identifier: MIT
"""What a user may type by mistake, or an attacker on purpose: one clear line, exit 2, nothing half-written, no crash, no hang."""

import os
import shutil
import socket
import tempfile

from common import Failures, Strata, arguments, died

options = arguments()
strata = Strata(options.strata)
failures = Failures()
sample = os.path.join(options.fixtures, "dwarf", "seed-v5-le-64.elf")


def refuse(what, *command, words=(), lines=2, **run_options):
    process = strata.run(*command, **run_options)
    text = process.stderr.decode(errors="replace")
    problem = died(process)
    if problem:
        failures.fail("%s: %s" % (what, problem))
        return
    failures.expect(process.returncode == 2, "%s: exit %d, 2 was expected: %s", what, process.returncode, text)
    failures.expect(process.stdout == b"", "%s: half-written output: %r", what, process.stdout[:100])
    failures.expect(text.startswith("strata") and len(text.strip().splitlines()) <= lines, "%s: one line was expected: %s", what, text)
    for word in words:
        failures.expect(word in text, "%s: the message lacks %r: %s", what, word, text)


with tempfile.TemporaryDirectory() as folder:
    def put(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    for command in ("show", "list"):
        refuse(command + " nothing there", command, os.path.join(folder, "absent"), words=["absent"])
        bare = os.path.join(folder, "bare")
        os.makedirs(bare, exist_ok=True)
        refuse(command + " a folder without a file", command, bare, words=["bare", "no file"])
        damaged = os.path.join(folder, "damaged")
        os.makedirs(damaged, exist_ok=True)
        put(os.path.join("damaged", "magic0"), b"\x7fELF" + bytes(1000))
        refuse(command + " a folder of one damaged file", command, damaged, words=["magic0", "ELF header"])
        refuse(command + " an empty file", command, put("empty", b""), words=["empty"])
        refuse(command + " a text", command, put("text.txt", b"hello\n" * 1000), words=["text.txt", "ELF"])
        refuse(command + " zeros", command, put("zeros", bytes(100000)), words=["zeros"])
        refuse(command + " random bytes", command, put("noise", bytes((i * i * 31 + i * 7) % 251 for i in range(100000))), words=["noise"])
        refuse(command + " an ELF magic alone", command, put("magic", b"\x7fELF"), words=["magic"])
        refuse(command + " an ELF magic and zeros", command, put("magic0", b"\x7fELF" + bytes(1000)), words=["magic0"])
        refuse(command + " a device", command, "/dev/null", words=["/dev/null"])
        refuse(command + " an endless device", command, "/dev/zero", words=["/dev/zero"])
        fifo = os.path.join(folder, "fifo")
        if not os.path.exists(fifo):
            os.mkfifo(fifo)
        refuse(command + " a FIFO that nobody writes", command, fifo, words=["fifo"])
        path = os.path.join(folder, "socket")
        if not os.path.exists(path):
            socket.socket(socket.AF_UNIX).bind(path)
        refuse(command + " a socket", command, path, words=["socket"])
        # Alone it is about the running kernel, which may tell its types.
        if command != "list" or not os.access("/sys/kernel/btf/vmlinux", os.R_OK):
            refuse(command + " no argument", command)
        refuse(command + " an unknown option", command, "--no-such-option", sample)
        refuse(command + " an unknown format", command, sample, "--format", "no-such-format", words=["no-such-format"])
        refuse(command + " a bad number of threads", command, sample, "--threads", "many", words=["many"])
        loop = os.path.join(folder, "loop")
        if not os.path.islink(loop):
            os.symlink(loop, loop)
        refuse(command + " a link to itself", command, loop, words=["loop"])
        secret = os.path.join(folder, "secret")
        if not os.path.exists(secret):
            shutil.copy(sample, secret)
            os.chmod(secret, 0)
        if os.geteuid() == 0:
            # root may read everything: become nobody for this one question, when that user can reach strata
            os.chmod(folder, 0o755)
            nobody = {"user": 65534, "group": 65534, "extra_groups": []}
            try:
                reachable = strata.run("--version", **nobody).returncode == 0
            except PermissionError:
                reachable = False
            if reachable:
                refuse(command + " no permission", command, secret, words=["secret"], **nobody)
            else:
                print("not tested: no permission (this is root, and user 65534 cannot start strata)")
        else:
            refuse(command + " no permission", command, secret, words=["secret"])

    refuse("an unknown command", "no-such-command", words=["no-such-command"], lines=30)  # what there is instead follows
    refuse("a type that is not there", "show", sample, "Demmo", words=["Demmo", "Demo"])
    refuse("a bad regular expression", "show", sample, "/(/", words=["/(/"])
    refuse("a bad condition", "list", sample, "--where", "size > > 3", words=["column 8"])

    # A full disk: not a silent success.
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            import subprocess
            process = subprocess.run([options.strata, "show", sample], stdout=full, stderr=subprocess.PIPE, check=False, timeout=240)
        failures.expect(process.returncode == 2 and process.stderr, "a full disk: exit %d, %s", process.returncode, process.stderr)

    # A reader that goes away (head) is no error worth a message.
    process = strata.run("show", sample, preexec_fn=lambda: os.close(1))
    failures.expect(not died(process), "stdout is closed: %s", died(process))

    # Cut off everywhere.
    with open(sample, "rb") as file:
        data = file.read()
    for size in sorted(set(range(0, len(data), 13)) | {len(data) - 1}):
        cut = put("cut", data[:size])
        process = strata.run("show", cut, "--format", "json")
        problem = died(process)
        failures.expect(not problem, "cut after %d bytes: %s", size, problem)
        failures.expect(process.returncode == 2, "cut after %d bytes: exit %d, 2 was expected", size, process.returncode)

failures.finish(at_least=100)
