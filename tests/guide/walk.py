"""Goes through a guide as a reader does, step by step.

A comment before a fenced block says what the reader does with it; none shows in the rendered page:

    <!-- file: NAME -->      the block is saved as NAME
    <!-- find: NAME -->      the block stands exactly once in NAME ...
    <!-- instead -->         ... and is replaced by this one
    <!-- run -->             commands after "$ ", each followed by what it prints; "..." is anything, on a line or in it
    <!-- run: again -->      the same, tried for some seconds until it prints that: a daemon works beside us
    <!-- daemon -->          the command is started and left to run, once it has printed that

A block without such a comment is not part of the walk.  Others: config (a configuration, see checks.py), table."""

import os
import re
import signal
import subprocess
import time

BLOCK = re.compile(r"^<!-- (file|find|instead|run|daemon)(?:: (.*?))? -->\n```\w*\n(.*?)^```$", re.M | re.S)
PATIENCE_S = 30


class Wrong(Exception):
    pass


def as_pattern(expected):
    """What a block says is printed, as a pattern for all of it."""
    out = ""
    for line in expected:
        if line == "...":
            out += r"(?:.*\n)*?"
        else:
            out += ".*?".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.compile(out)


def commands(block):
    """(command, lines that it prints), in order."""
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif not steps:
            raise Wrong("a block of commands does not begin with a command: %s" % line)
        else:
            steps[-1][1].append(line)
    return steps


class Walk:
    """One guide, walked in one folder; path: where the programs are."""

    def __init__(self, guide, folder, path):
        self.guide, self.folder, self.daemon, self.wanted = guide, folder, None, None
        self.tools = os.path.join(folder, ".tools")
        os.mkdir(self.tools)
        self.env = dict(os.environ, PATH=self.tools + ":" + path + ":" + os.environ["PATH"], LC_ALL="C.UTF-8")
        self.done = 0

    def place(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.place(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        with open(self.place(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        return done.returncode, done.stdout

    def command(self, command, expected, how):
        pattern, end = as_pattern(expected), time.monotonic() + PATIENCE_S
        while True:
            code, out = self.run(command)
            well = pattern.fullmatch(out) and code in (0, 1)
            if well or how != "again" or time.monotonic() > end:
                break
            time.sleep(0.1)
        if not well:
            raise Wrong("$ %s\n  ended with %d and printed\n%s\n  not\n%s" % (command, code, out, "\n".join(expected)))

    def start(self, command, expected):
        """The daemon; a pkill of the reader's is to reach this one alone, whatever else runs on this machine."""
        log = open(self.place("daemon.log"), "w+", encoding="utf-8")
        self.daemon = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.folder, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        log.close()
        with open(os.path.join(self.tools, "pkill"), "w", encoding="ascii") as tool:
            tool.write('#!/bin/sh\n[ "$*" = "-HUP -f adviced -c adviced.cfg" ] && exec kill -HUP %d\n' % self.daemon.pid)
        os.chmod(os.path.join(self.tools, "pkill"), 0o755)
        self.command("cat daemon.log", expected, "again")

    def stop(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGINT)
            self.daemon.wait(60)

    def step(self, what, name, block):
        if what == "file":
            self.write(name, block)
        elif what == "find":
            if self.read(name).count(block) != 1:
                raise Wrong("these lines do not stand once in %s:\n%s" % (name, block))
            self.wanted = (name, block)
        elif what == "instead":
            self.write(self.wanted[0], self.read(self.wanted[0]).replace(self.wanted[1], block))
        elif what == "run":
            for command, expected in commands(block):
                self.command(command, expected, name)
        else:
            self.start(*commands(block)[0])
        self.done += 1

    def all(self):
        """How many steps there were; the first that goes wrong ends it, with its line."""
        with open(self.guide, encoding="utf-8") as file:
            text = file.read()
        strange = set(re.findall(r"^<!-- *(\w*)", text, re.M)) - {"file", "find", "instead", "run", "daemon", "config", "table"}
        if strange:
            raise Wrong("%s: a comment of no known kind: %s" % (self.guide, " ".join(strange)))
        try:
            for found in BLOCK.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                try:
                    self.step(*found.groups())
                except (Wrong, OSError, subprocess.TimeoutExpired) as wrong:
                    raise Wrong("%s:%d: %s" % (self.guide, line, wrong)) from None
        finally:
            self.stop()
        return self.done
