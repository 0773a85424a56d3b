"""A headless Chromium, spoken to over a pipe (its DevTools protocol): no port, no network, a profile of its own."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT_S = 60
KEYS = {"Tab": (9, None), "Enter": (13, "\r"), "ArrowDown": (40, None), "Escape": (27, None)}


class Broken(Exception):
    pass


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="adviced-board-")
        to_read, self.out = os.pipe()
        self.back, from_write = os.pipe()

        def places():
            # 3 and 4 are where it looks; what is there may be one of ours.
            a, b = os.dup(to_read), os.dup(from_write)
            high = [os.dup2(a, 40), os.dup2(b, 41)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = ["chromium", "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.profile, "--disable-gpu",
                   "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
                   "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage", "about:blank"]
        if os.getuid() == 0:
            command.insert(1, "--no-sandbox")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        close_fds=False, preexec_fn=places)
        os.close(to_read)
        os.close(from_write)
        self.number, self.left, self.events = 0, b"", []

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self, until):
        while b"\0" not in self.left:
            wait = until - time.monotonic()
            if wait <= 0 or not select.select([self.back], [], [], wait)[0]:
                raise Broken("the browser says nothing")
            part = os.read(self.back, 1 << 20)
            if not part:
                raise Broken("the browser has gone")
            self.left += part
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + LIMIT_S
        while True:
            heard = self.read(until)
            if heard.get("id") == self.number:
                if "error" in heard:
                    raise Broken("%s: %s" % (method, heard["error"].get("message")))
                return heard["result"]
            self.events.append(heard)

    def page(self, width=1280, height=900, dark=False, script=True, media=""):
        return Page(self, width, height, dark, script, media)


class Page:
    """A tab of the given width; dark: as somebody sees it who prefers that."""

    def __init__(self, browser, width, height, dark, script, media):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.call("Network.setCacheDisabled", cacheDisabled=True)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def events(self, name):
        return [event["params"] for event in self.browser.events if event.get("sessionId") == self.session and event["method"] == name]

    def open(self, url):
        before = len(self.events("Page.loadEventFired"))
        self.call("Page.navigate", url=url)
        until = time.monotonic() + LIMIT_S
        while len(self.events("Page.loadEventFired")) == before:
            heard = self.browser.read(until)
            self.browser.events.append(heard)

    def js(self, expression, wait=False):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=wait)
        if "exceptionDetails" in result:
            raise Broken(json.dumps(result["exceptionDetails"])[:600])
        return result["result"].get("value")

    def until(self, expression):
        """Waits until this holds: what the page does, it does soon."""
        end = time.monotonic() + LIMIT_S
        while not self.js(expression):
            if time.monotonic() > end:
                raise Broken("never so: " + expression)

    def key(self, name, text=None):
        code, typed = KEYS.get(name, (0, text))
        for kind in ("keyDown", "keyUp"):
            params = {"type": kind, "key": name, "windowsVirtualKeyCode": code}
            if typed and kind == "keyDown":
                params["text"] = typed
            self.call("Input.dispatchKeyEvent", **params)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def complaints(self):
        """Errors of scripts, and what its policy refused."""
        return ([e["exceptionDetails"]["text"] for e in self.events("Runtime.exceptionThrown")] +
                [e["entry"]["text"] for e in self.events("Log.entryAdded") if e["entry"]["level"] in ("error", "warning")])

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"])

    def picture(self, path, height=None):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], height or size["height"]), "scale": 1}
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]))
