# SPDX-License-Identifier: MIT
"""A PostgreSQL server of Debian's package for one test: its own data folder, a unix socket in it, stopped at the end.

    with server.Server() as base:
        base.ask("SELECT …")          rows as tuples
        base.conninfo                 for strata
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common


def programs():
    """The folder of the server's programs, of the newest version there is, or None."""
    found = [Path(path).parent for path in glob.glob("/usr/lib/postgresql/*/bin/postgres")]
    return max(found, key=lambda folder: int(folder.parent.name)) if found else None


def skip_without():
    """Says loudly what is missing and ends the test as skipped."""
    missing = [what for what, there in (("PostgreSQL's server (postgresql)", programs()), ("psql (postgresql-client)", shutil.which("psql")),
                                        ("setpriv (util-linux)", shutil.which("setpriv"))) if not there]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} not here: nothing was written to a database server")
        sys.exit(77)


class Server:
    def __init__(self, tcp=False, connections=50):
        self.folder = Path(tempfile.mkdtemp(prefix="strata-pg-", dir="/tmp"))
        self.bin = programs()
        # A test that is killed takes its server along.
        self.user = ["setpriv", "--pdeathsig", "QUIT"]
        self.process = None
        self.port = 5432
        self.tcp = tcp
        self.connections = connections
        if os.geteuid() == 0:  # initdb and the server refuse to run as root
            name = "postgres" if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0 else "nobody"
            self.user += [f"--reuid={name}", "--clear-groups", f"--regid={subprocess.check_output(['id', '-g', name], text=True).strip()}"]
            shutil.chown(self.folder, name)
        self.folder.chmod(0o755)
        if tcp and not common.has_loopback():
            print("SKIPPED: 127.0.0.1 cannot be reached here: the server is asked through its unix socket instead of TCP")
            self.tcp = False
        if self.tcp:
            self.port, = common.free_ports(1)

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)) # so that __exit__ runs
        self.run([self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-U", "strata", "-E", "UTF8", "--locale=C", "--no-sync"])
        self.start()
        self.ask_in("postgres", "CREATE DATABASE fleet")
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command):
        subprocess.run([*self.user, *map(str, command)], check=True, capture_output=True, timeout=300, cwd="/")

    def start(self):
        with open(self.folder / "log", "ab") as log:
            # fsync off: a test needs no disk that survives a loss of power.
            self.process = subprocess.Popen([*self.user, str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port),
                                             "-c", f"listen_addresses={'127.0.0.1' if self.tcp else ''}", "-c", "fsync=off", "-c", "shared_buffers=64MB",
                                             "-c", "max_wal_size=2GB", "-c", f"max_connections={self.connections}"], stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 180
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)], check=False).returncode:
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)

    def stop(self, how="fast"):
        """Ends the server by its number: "immediate" as a machine that fails does."""
        if self.process:
            self.process.send_signal({"fast": 2, "immediate": 3}[how])
            self.process.wait(timeout=180)
        self.process = None

    @property
    def conninfo(self):
        return f"host={'127.0.0.1' if self.tcp else self.folder} port={self.port} user=strata dbname=fleet"

    def psql(self, *arguments, database="fleet"):
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port), "-U", "strata", database, *arguments]

    def ask_in(self, database, sql):
        done = subprocess.run(self.psql("-At", database=database), input=sql, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run_sql(self, sql):
        return self.ask_in("fleet", sql)

    def ask(self, query):
        """The rows of a query, as tuples of what JSON knows."""
        text = self.ask_in("fleet", f"SELECT coalesce(json_agg(every_row), '[]') FROM ({query.rstrip().rstrip(';')}) every_row")
        return json.loads(text, object_pairs_hook=lambda pairs: tuple(value for _, value in pairs))
