# SPDX-License-Identifier: MIT
"""A headless Chromium by the W3C WebDriver protocol, in plain HTTP: no package of a language's own is needed.

Every page is a file; the browser is told to reach no network, and what it would have asked for is an error of the page.
"""
import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's reference (WebDriver, section 12)
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--force-color-profile=srgb"]


def programs():
    """Driver and browser, or None with the reason."""
    driver = shutil.which("chromedriver")
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    return (driver, browser) if driver and browser else None


class CannotStart(Exception):
    """The browser is installed, but does not run on this machine (a container without /sys, say): nothing is known of the page."""


class Browser:
    def __init__(self, width=1280, height=900):
        driver, browser = programs()
        self.profile = tempfile.TemporaryDirectory(prefix="strata-browser-")
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = None
        for line in self.process.stdout:
            if "successfully on port " in line:
                self.base = "http://127.0.0.1:%d" % int(line.rsplit("on port ", 1)[1].strip().rstrip("."))
                break
        assert self.base, "chromedriver did not start"
        options = {"binary": browser, "args": ARGUMENTS + [f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}"]}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        except AssertionError as error:
            self.process.kill()
            raise CannotStart(str(error).split("\n", maxsplit=1)[0]) from None
        self.session = "/session/" + made["sessionId"]

    def ask(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def open(self, path, fragment=""):
        self.ask("POST", self.session + "/url", {"url": "about:blank"})
        self.ask("POST", self.session + "/url", {"url": f"file://{path}{fragment}"})

    def run(self, script, *arguments):
        return self.ask("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, *arguments, seconds=20):
        """Until the script's value is true; returns it."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            assert time.monotonic() < end, f"waited in vain for: {script}"
            time.sleep(0.05)

    def find(self, selector):
        return self.ask("POST", self.session + "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.ask("POST", f"{self.session}/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.ask("POST", f"{self.session}/element/{self.find(selector)}/value", {"text": text})

    def keys(self, text):
        """Presses keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def move_to(self, selector):
        origin = {ELEMENT: self.find(selector)}
        move = {"type": "pointerMove", "duration": 0, "origin": origin, "x": 0, "y": 0}
        self.ask("POST", self.session + "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [move]}]})

    def errors(self):
        """What the page complained of since the last call: failed scripts, blocked resources, attempts to reach a network."""
        return [entry["message"] for entry in self.ask("POST", self.session + "/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]

    def resize(self, width, height):
        self.ask("POST", self.session + "/window/rect", {"width": width, "height": height})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", self.session + "/screenshot")))

    def pdf(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("POST", self.session + "/print", {"background": True})))

    def close(self):
        try:
            self.ask("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait(timeout=240)
            self.process.stdout.close()
            self.profile.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()
