# SPDX-License-Identifier: MIT
"""Debug files from debuginfod servers: a real one of the system's package on loopback, and small ones that send garbage, another build, or
nothing at all. Without --debuginfod no server is asked, whatever the environment says."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from common import Failures, Strata, arguments, skip

SOURCE = "struct held { char a; long b; } h;\nint main(void) { return h.a; }\n"
OTHER = "struct other { long a, b, c; } h;\nint main(void) { return (int)h.a; }\n"

options = arguments()
strata, failures = Strata(os.path.abspath(options.strata)), Failures()


def run(*words, urls=None, **more):
    """With a cache of its own, and no other variables of the client."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DEBUGINFOD")}
    home = tempfile.mkdtemp(dir=os.getcwd())
    environment.update({"HOME": home, "XDG_CACHE_HOME": home + "/cache", "LC_ALL": "C.UTF-8", **more})
    if urls is not None:
        environment["DEBUGINFOD_URLS"] = urls
    return subprocess.run([strata.path, *words], capture_output=True, text=True, timeout=60, env=environment, check=False)


def build(name, text, build_id):
    with open(name + ".c", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["gcc", "-g", "-Wl,--build-id=0x" + build_id, name + ".c", "-o", name], check=True)
    subprocess.run(["objcopy", "--only-keep-debug", name, name + ".debug"], check=True)
    subprocess.run(["strip", name], check=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Asked(http.server.BaseHTTPRequestHandler):
    """Answers every question with the same bytes, or not at all."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.server.content is None:
            time.sleep(30)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        pass


def serve(content):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    server.content, server.asked = content, []
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, "http://127.0.0.1:%d" % server.server_address[1]


def expect_line(what, process, status, *words):
    lines = process.stderr.splitlines()
    failures.expect(process.returncode == status and len(lines) == 1 and all(word in lines[0] for word in words), "%s: %d, %s", what, process.returncode, process.stderr)


def with_real_server(wanted):
    os.mkdir("served")
    shutil.copy("prog.debug", "served")
    port = free_port()
    server = subprocess.Popen(["debuginfod", "-p", str(port), "-d", ":memory:", "-t", "0", "-F", "served"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={key: value for key, value in os.environ.items() if not key.startswith("DEBUGINFOD")})
    try:
        urls = "http://127.0.0.1:%d" % port
        deadline = time.monotonic() + 60
        process = run("show", "prog", "--format", "json", "--debuginfod", urls=urls)
        while process.returncode and time.monotonic() < deadline and server.poll() is None:  # it scans its folder first
            time.sleep(0.2)
            process = run("show", "prog", "--format", "json", "--debuginfod", urls=urls)
        failures.expect(process.returncode == 0 and json.loads(process.stdout)["types"] == wanted, "a real server: %d, %s", process.returncode, process.stderr)
        for command in (["list", "prog"], ["diff", "prog", "prog"], ["verify", "prog"], ["report", "prog", "-o", "json:-"], ["check", "prog", "--rules", "rules"]):
            process = run(*command, "--debuginfod", urls=urls)
            failures.expect(process.returncode == 0, "%s: %d, %s", command, process.returncode, process.stderr)
        # What a server has not is said so, and what was fetched is found in the cache without one.
        expect_line("a build that no server has", run("list", "other", "--debuginfod", urls=urls), 2, "no server of DEBUGINFOD_URLS has it")
        home = tempfile.mkdtemp(dir=os.getcwd())
        process = run("list", "prog", "--debuginfod", urls=urls, DEBUGINFOD_CACHE_PATH=home)
        failures.expect(process.returncode == 0, "into a cache: %s", process.stderr)
        process = run("list", "prog", DEBUGINFOD_CACHE_PATH=home)
        failures.expect(process.returncode == 0, "from the cache: %s", process.stderr)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def with_false_servers():
    with open("prog.debug", "rb") as file:
        true = file.read()
    with open("other.debug", "rb") as file:
        foreign = file.read()
    server, urls = serve(true)
    process = run("list", "prog", urls=urls)
    expect_line("nobody asked for the network", process, 2, "--debuginfod asks the servers")
    failures.expect(not server.asked, "a server was asked: %s", server.asked)
    process = run("list", "prog", "--debuginfod", urls=urls)
    failures.expect(process.returncode == 0 and len(server.asked) == 1 and re.fullmatch(r"/buildid/[0-9a-f]+/debuginfo", server.asked[0]), "asked once: %s, %s", server.asked, process.stderr)
    process = run("list", "prog", "--debuginfod")
    failures.expect(process.returncode == 2 and "DEBUGINFOD_URLS names no server" in process.stderr, "no servers: %s", process.stderr)
    for what, content, words in (("another build", foreign, "its build-id differs"), ("text", b"<html>no</html>" * 100, "not an ELF file"),
                                 ("nothing", b"", "debuginfo"), ("half a file", true[:len(true) // 2], "truncated")):
        _, urls = serve(content)
        expect_line("a server sends %s" % what, run("list", "prog", "--debuginfod", urls=urls), 2, words)
    expect_line("nobody listens", run("list", "prog", "--debuginfod", urls="http://127.0.0.1:%d" % free_port()), 2, "no server of DEBUGINFOD_URLS")
    expect_line("no address", run("list", "prog", "--debuginfod", urls="nonsense"), 2, "no server of DEBUGINFOD_URLS")
    # One that hangs is given up after DEBUGINFOD_TIMEOUT; Ctrl-C ends the waiting at once.
    server, urls = serve(None)
    expect_line("a server that hangs", run("list", "prog", "--debuginfod", urls=urls, DEBUGINFOD_TIMEOUT="1"), 2, "no server of DEBUGINFOD_URLS")
    home = tempfile.mkdtemp(dir=os.getcwd())
    process = subprocess.Popen([strata.path, "list", "prog", "--debuginfod"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "DEBUGINFOD_URLS": urls, "DEBUGINFOD_CACHE_PATH": home, "DEBUGINFOD_TIMEOUT": "60"})
    before = len(server.asked)
    deadline = time.monotonic() + 30
    while len(server.asked) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    failures.expect(process.returncode == -signal.SIGINT, "interrupted: %d", process.returncode)
    process.stdout.close()
    process.stderr.close()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    build("prog", SOURCE, "5152535455565758")
    build("other", OTHER, "6162636465666768")
    with open("rules", "w", encoding="utf-8") as file:
        file.write("type held\n max_size 100\n")
    probe = run("list", "prog", "--debuginfod", urls="http://127.0.0.1:%d" % free_port())
    if "libdebuginfod.so.1 is not here" in probe.stderr or "no shared libraries" in probe.stderr:
        os.chdir("/")
        skip("no libdebuginfod.so.1: " + probe.stderr.strip())
    truth = json.loads(run("show", "prog.debug", "--format", "json").stdout)["types"]
    with_false_servers()
    if shutil.which("debuginfod"):
        with_real_server(truth)
    else:
        print("NO debuginfod HERE: the real server is not tried (Debian: package debuginfod)")
    os.chdir("/")
failures.finish(at_least=12)
