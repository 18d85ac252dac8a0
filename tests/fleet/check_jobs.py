#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The job files of doc/fleet.md do what it says, under the engines themselves: GNU parallel, also over ssh, and Slurm. Tasks die and are run
again; each file is there once.

    check_jobs.py STRATA SOURCE
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import server
import slurm

STRATA, SOURCE = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).absolute()
SLICES = 6
skipped = []

# Instead of strata: the first time that a slice is worked on, the program is killed with half its work done.
DIES_ONCE = """#!/bin/sh
for word; do case $word in [0-9]*/[0-9]*) slice=$word ;; esac; done
mark={folder}/died-$(printf %s "$slice" | tr / -)
[ -e "$mark" ] && exec {strata} "$@"
: > "$mark"
timeout -s KILL 0.05 {strata} "$@"
kill -KILL $$
"""
# Instead of ssh: the options and the host are left away, and a shell runs what the other machine's would. As sshd does it names that shell in SHELL, by
# which GNU parallel's line on the other side knows whether it talks to a csh.
NO_SSH = """#!/bin/sh
echo asked >> {folder}/ssh-asked
while [ $# -gt 0 ]; do case $1 in -o | -l | -p) shift 2 ;; -*) shift ;; *) break ;; esac; done
shift
[ "$1" = -- ] && shift
SHELL=/bin/sh exec sh -c "$*"
"""


class Sshd:
    """An ssh server on a port of the loopback for this user, or for the database's where this is root: sshd wants a user of its own then."""

    def __init__(self, folder, user):
        self.folder, self.user = folder, user
        self.program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
        self.process = None

    def __enter__(self):
        self.folder.mkdir()
        self.folder.chmod(0o755)
        for name in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        self.port, = common.free_ports(1)
        (self.folder / "config").write_text(f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/host
PidFile none
AuthorizedKeysFile {self.folder}/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
""")
        name = "root"
        if self.user[3:]:
            name = next(word for word in self.user if word.startswith("--reuid=")).partition("=")[2]
            shutil.chown(self.folder / "host", name)
        self.process = subprocess.Popen([*self.user, self.program, "-D", "-e", "-f", self.folder / "config"], stderr=open(self.folder / "log", "wb"), cwd="/")
        self.command = f"ssh -p {self.port} -i {self.folder}/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        self.host = f"{name}@127.0.0.1" if self.user[3:] else "127.0.0.1"
        for _ in range(100):
            if subprocess.run([*self.command.split(), self.host, "true"], capture_output=True, check=False).returncode == 0:
                return self
            time.sleep(0.1)
        self.__exit__()
        raise slurm.NotHere((self.folder / "log").read_text().strip().rpartition("\n")[2])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def script(path, text, **words):
    path.write_text(text.format(**words))
    path.chmod(0o755)


def blocks():
    """The shell text of doc/fleet.md: GNU parallel's line, Slurm's file."""
    return re.findall(r"^```sh\n(.*?)^```$", (SOURCE / "doc" / "fleet.md").read_text(encoding="utf-8"), re.M | re.S)


def fit(text, listed, base):
    """With this test's list, server and number of tasks."""
    return text.replace("LIST", str(listed)).replace("postgresql://strata@db/fleet", f"'postgresql://strata@/fleet?host={base.folder}'").replace(
        "{}/64", f"{{}}/{SLICES}").replace("seq 64", f"seq {SLICES}").replace("1-64%8", f"1-{SLICES}%8")


def ready(base, folder):
    base.run_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    for mark in folder.glob("died-*"):
        mark.unlink()


def check(base, folder, what):
    found = list(common.differences(folder / "all.sqlite", base.ask))
    assert not found, (what, found)
    assert len(list(folder.glob("died-*"))) == SLICES, "no task died"
    print(f"{what}: {SLICES} tasks, each killed once, each file there once")


def check_parallel(base, folder, listed, environment):
    if not shutil.which("parallel"):
        skipped.append("GNU parallel (parallel) is not here")
        return
    text = fit(blocks()[0], listed, base)
    run_parallel(base, folder, text, environment, "GNU parallel", "")
    # install-deps.sh leaves openssh-server away: where there is systemd, its installation opens port 22.
    reason = "no ssh or no sshd here (openssh-server, which scripts/install-deps.sh does not install, since that opens port 22)"
    sshd = Sshd(folder / "sshd", base.user)
    if not common.has_loopback():
        reason = "127.0.0.1 cannot be reached here"
    elif sshd.program and shutil.which("ssh"):
        try:
            with sshd:
                run_parallel(base, folder, text, environment, "GNU parallel over ssh", f" --sshlogin 4/{sshd.host} --ssh '{sshd.command}' --env PATH")
                return
        except slurm.NotHere as error:
            reason = f"sshd does not start: {error}"
    # What parallel sends to other machines is run all the same.
    print(f"SKIPPED: {reason}: a stand-in runs what GNU parallel sends to other machines")
    run_parallel(base, folder, text, environment, "GNU parallel over a stand-in for ssh", f" --sshlogin 4/far --ssh {folder}/no-ssh --env PATH")
    assert (folder / "ssh-asked").exists()


def run_parallel(base, folder, text, environment, what, more):
    ready(base, folder)
    line = text.replace("parallel ", f"parallel --will-cite{more} ", 1)
    done = subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, (what, done.stdout, done.stderr)
    check(base, folder, what)
    # The same line again: the log says that all is done.
    before = base.ask("SELECT ctid::text, xmin::text FROM files")
    subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, timeout=240, check=True)
    assert base.ask("SELECT ctid::text, xmin::text FROM files") == before
    (folder / "fleet.log").unlink()


def check_slurm(base, folder, listed, environment):
    missing = slurm.missing()
    if missing:
        skipped.append(f"Slurm: {', '.join(missing)} not here")
        return
    ready(base, folder)
    job = folder / "fleet.sbatch"
    job.write_text(fit(blocks()[1], listed, base))
    place = folder / "slurm"
    place.mkdir()
    try:
        with slurm.Slurm(place) as farm:
            farm.environment.update(PATH=f"{environment['PATH']}:/usr/sbin")
            done = farm.run_job("--chdir", folder, "-o", folder / "slurm-%a.out", job)
            said = "".join(path.read_text() for path in folder.glob("slurm-*.out"))
            assert done.returncode == 0, (done.stdout, done.stderr, said)
    except slurm.NotHere as reason:
        skipped.append(f"Slurm: {reason}")
        return
    check(base, folder, "Slurm's array of tasks")


def main():
    server.skip_without()
    with server.Server() as base, tempfile.TemporaryDirectory(prefix="strata-jobs-") as name:
        folder = Path(name)
        folder.chmod(0o777) # the user that is logged in over ssh leaves marks there, too
        files = common.make_objects(folder, 12)
        (folder / "notes.txt").write_text("no program\n")
        listed = common.write_list(folder / "list", [*files, folder / "notes.txt"])
        subprocess.run([STRATA, "report", "--files-from", listed, "-o", folder / "all.sqlite"], check=True, stderr=subprocess.DEVNULL)
        (folder / "bin").mkdir()
        script(folder / "bin" / "strata", DIES_ONCE, folder=folder, strata=shlex.quote(STRATA))
        script(folder / "no-ssh", NO_SSH, folder=folder)
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder)}
        check_parallel(base, folder, listed, environment)
        check_slurm(base, folder, listed, environment)
    for reason in skipped:
        print(f"SKIPPED: {reason}: nobody handed out that work")


main()
