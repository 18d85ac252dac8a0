# SPDX-License-Identifier: MIT
"""A Slurm of one node on this machine's loopback, for one test: munged, slurmctld and slurmd with files of their own, ended by their numbers.

    with slurm.Slurm(folder) as farm:
        farm.run("sbatch", …)
"""
import os
import re
import shutil
import socket
import subprocess
import time

import common

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sacct", "scontrol")


def missing():
    found = [name for name in PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
    return found + ([] if os.geteuid() == 0 else ["root, whom slurmd wants to be"])


class NotHere(Exception):
    """Slurm is installed and does not start on this machine; the text says what its logs end with."""


class Slurm:
    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": os.environ["PATH"] + ":/usr/sbin"}

    def __enter__(self):
        if not common.has_loopback():
            raise NotHere("127.0.0.1 cannot be reached here")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        control, node = common.free_ports(2)
        folder = self.folder
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir()
        # slurmd wants to know of cgroups also where nothing uses them; only newer ones can be told that nothing does.
        version = tuple(int(part) for part in re.findall(r"\d+", subprocess.check_output(["slurmd", "-V"], text=True, env=self.environment))[:2])
        plugin = "disabled" if version >= (23, 11) else "cgroup/v2\nIgnoreSystemd=yes" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else "cgroup/v1"
        (folder / "cgroup.conf").write_text(f"CgroupPlugin={plugin}\n")
        (folder / "slurm.conf").write_text(f"""
ClusterName=fleet
SlurmctldHost={socket.gethostname().split(".")[0]}(127.0.0.1)
SlurmUser=root
SlurmctldPort={control}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
JobRequeue=1
NodeName={socket.gethostname().split(".")[0]} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
        self.spawn("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge/socket", f"--pid-file={folder}/munge/pid",
                   f"--log-file={folder}/munge/log", f"--seed-file={folder}/munge/seed")
        self.wait_for(lambda: (folder / "munge" / "socket").exists())
        self.spawn("slurmctld", "-D", "-i", "-f", folder / "slurm.conf")
        self.spawn("slurmd", "-D", "-f", folder / "slurm.conf")
        self.wait_for(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T", check=False).stdout)

    def spawn(self, *command):
        with open(self.folder / "daemons.log", "ab") as log:
            self.processes.append(subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], stdout=log, stderr=log, env=self.environment))

    def wait_for(self, is_so, seconds=120):
        deadline = time.monotonic() + seconds
        while not is_so():
            dead = [process.args for process in self.processes if process.poll() is not None]
            if dead or time.monotonic() > deadline:
                logs = "\n".join(path.read_text(errors="replace")[-1500:] for path in [*self.folder.glob("*.log"), self.folder / "munge" / "log"] if path.exists())
                raise NotHere(f"it does not start ({dead or 'time is over'}):\n{logs}")
            time.sleep(0.2)

    def run(self, *command, check=True, seconds=120):
        return subprocess.run(list(map(str, command)), env=self.environment, capture_output=True, text=True, timeout=seconds, check=check)

    def run_job(self, *command):
        """sbatch --wait: its result. A farm that starts nothing in minutes is none; a task that runs and does not end is a fault of the task's."""
        try:
            return self.run("sbatch", "--wait", *command, check=False, seconds=240)
        except subprocess.TimeoutExpired:
            states = self.run("squeue", "-h", "-o", "%T", check=False).stdout.split()
            assert "RUNNING" not in states, "a task does not end"
            raise NotHere(f"it takes jobs and does not run them ({' '.join(states)})") from None

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
