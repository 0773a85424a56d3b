"""What the tests of the fetch role share: the driver, a Dovecot, mailboxes on it, servers that misbehave."""

import concurrent.futures
import functools
import itertools
import os
import queue
import random
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SERVERS = os.path.join(ROOT, "tests", "servers")
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import hostile  # noqa: E402

SCRATCH = tempfile.mkdtemp(prefix="adviced-imap-")
os.chmod(SCRATCH, 0o755)


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


@functools.cache
def driver():
    """The driver's program; without DRIVE, it is built from the objects in BUILD (build/rel)."""
    if "DRIVE" in os.environ:
        return os.environ["DRIVE"]
    build = os.environ.get("BUILD", "build/rel")
    target = os.path.join(SCRATCH, "drive")
    packages = subprocess.check_output(["pkg-config", "--cflags", "--libs", "gmime-3.0", "libcurl", "gnutls",
        "sqlite3", "libconfig", "libpcre2-8", "libseccomp", "libsystemd", "libytnef", "libzip", "libxml-2.0",
        "poppler-glib"], text=True).split()
    flags = os.environ.get("DRIVE_FLAGS", "").split()
    subprocess.check_call(["gcc", "-std=c11", "-O1", "-g", "-D_GNU_SOURCE", "-Idaemon", *flags,
        "tests/imap/drive.c", build + "/libadviced.a", "-o", target, *packages, "-letpan", "-lm"], cwd=ROOT)
    return target


# ---- Dovecot

def free_ports(count):
    """The first of so many free ports in a row."""
    while True:
        base = random.randrange(20000, 32000)
        try:
            for port in range(base, base + count):
                socket.create_server(("127.0.0.1", port)).close()
            return base
        except OSError:
            continue


class Dovecot:
    def __init__(self, name, *capability):
        self.dir = os.path.join(SCRATCH, name)
        self.port = free_ports(4)
        self.capability = capability
        self.ca = os.path.join(self.dir, "ca", "ca.pem")
        self.start()

    def start(self):
        subprocess.check_call(["sh", SERVERS + "/dovecot.sh", "start", self.dir, str(self.port),
                               *self.capability])

    def kill(self):
        subprocess.check_call(["sh", SERVERS + "/dovecot.sh", "kill", self.dir])

    def log(self):
        with open(self.dir + "/dovecot.log", errors="replace") as f:
            return f.read()

    def lmtp(self, user, mail):
        with smtplib.LMTP("127.0.0.1", self.port + 2, local_hostname="localhost") as client:
            client.sendmail("a@test.example", [user + "@test.example"], mail)


class User:
    """One mailbox on a Dovecot: files in and out of it, past the server."""
    number = 0

    def __init__(self, dovecot):
        User.number += 1
        self.dovecot, self.name = dovecot, "user%d" % User.number
        self.dir = os.path.join(dovecot.dir, "mail", self.name)

    def drop(self, count=1, size=0, first=None):
        box = self.dir
        for part in ("", "tmp", "new", "cur"):
            path = os.path.join(box, part)
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
                self.own(path)
        names = []
        for _ in range(count):
            User.number += 1
            name = "%d.%d.test" % (int(time.time()), User.number)
            with open(os.path.join(box, "tmp", name), "wb") as f:
                f.write(make_mail(User.number, size))
            self.own(f.name)
            os.rename(f.name, os.path.join(box, "new", name))
            names.append("<%d@test.example>" % User.number)
        return names

    def own(self, path):
        if os.getuid() == 0:
            import pwd
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def files(self, folder="INBOX"):
        box = self.dir if folder == "INBOX" else os.path.join(self.dir, "." + folder)
        return [os.path.join(box, d, f) for d in ("new", "cur")
                for f in (os.listdir(os.path.join(box, d)) if os.path.isdir(os.path.join(box, d)) else [])]

    def ids(self, folder):
        found = []
        for path in self.files(folder):
            with open(path, "rb") as f:
                match = re.search(rb"^Message-ID: (\S+)", f.read(4096), re.M | re.I)
            found.append(match.group(1).decode())
        return sorted(found)

    def copy(self, to):
        """What a COPY that was cut off before the expunge leaves behind."""
        import imaplib
        client = imaplib.IMAP4("127.0.0.1", self.dovecot.port)
        client.login(self.name, "secret")
        client.create('"%s"' % to)
        client.select("INBOX")
        return client


def make_mail(number, size=0):
    head = ("From: a@test.example\nTo: b@test.example\nSubject: test\nMessage-ID: <%d@test.example>\n"
            "Date: Mon, 7 Sep 2026 10:00:00 +0100\n\nmail %d\n" % (number, number)).encode()
    line = b"0123456789" * 7 + b"\n"
    return head + line * (size // len(line))


# ---- the role under test

class Role:
    def __init__(self, host, port, user, ca="", password="secret", folder="INBOX", timeout=5, poll=60, idle=120,
                 max_kb=102400, spool=None, tls=True, retry=0, wrap=()):
        self.spool = spool or tempfile.mkdtemp(dir=SCRATCH, prefix="spool-")
        self.process = subprocess.Popen(
            [*wrap, driver(), host, str(port), "tls" if tls else "plain", ca, user, password, folder, str(timeout),
             str(poll), str(idle), str(max_kb), self.spool, str(retry)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines, self.seen, self.number = queue.Queue(), [], 0
        threading.Thread(target=self.read, daemon=True).start()
        self.pid = int(self.expect("pid", 5)[1])

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n").split("\t"))
        self.lines.put(["end"])

    def say(self, kind, *words):
        self.number += 1
        self.process.stdin.write("\t".join([kind, str(self.number)] + [str(w) for w in words]) + "\n")
        return str(self.number)

    def expect(self, kind, seconds=5, test=None):
        """The next frame of this kind, within that many seconds; others are kept in seen."""
        until = time.monotonic() + seconds
        while True:
            try:
                frame = self.lines.get(timeout=max(0.001, until - time.monotonic()))
            except queue.Empty:
                raise Failed("no %s within %g s; seen: %s" % (kind, seconds, self.seen[-6:])) from None
            self.seen.append(frame)
            if "MALFORMED" in frame:
                raise Failed("malformed frame %s" % frame)
            if frame[0] == kind and (test is None or test(frame)):
                return frame
            if frame[0] == "end":
                raise Failed("the role ended; seen: %s" % self.seen[-6:])

    def entered(self, count, seconds=10):
        return [self.expect("entered", seconds) for _ in range(count)]

    def uids(self):
        """What was announced so far, in that order."""
        return [int(f[3]) for f in self.seen if f[0] == "entered"]

    def settle(self, folder, uidvalidity, uids, keyword=""):
        number = self.say("settle", folder, keyword, uidvalidity, ",".join(map(str, uids)))
        frame = self.expect("settled", 10, lambda f: f[1] == number)
        return {int(w.split(":")[0]): tuple(map(int, w.split(":")[1:])) for w in frame[3].split(",")}

    def peak_mb(self):
        with open("/proc/%d/status" % self.pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024

    def new_files(self):
        return sorted(os.listdir(os.path.join(self.spool, "new")))

    def content(self, name):
        with open(os.path.join(self.spool, "new", name), "rb") as f:
            return f.read()

    def end(self):
        if self.process.poll() is None:
            try:
                self.say("stop")
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                os.kill(self.pid, signal.SIGKILL)
                self.process.wait(5)
        while self.seen[-1] != ["end"]:
            self.seen.append(self.lines.get(timeout=5))
        return next((int(frame[1]) for frame in self.seen if frame[0] == "exit"), None)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(5)


class Roles(threading.local):
    """Those that the test in this thread has started."""

    def __init__(self):
        super().__init__()
        self.started = []

    def append(self, role):
        self.started.append(role)

    def end(self):
        for role in self.started:
            try:
                role.end()
            except (OSError, subprocess.SubprocessError, queue.Empty):
                role.process.kill()
        self.started.clear()


roles = Roles()


def watch(where, user="u", mode="baseline", uidvalidity=0, highest=0, unsettled="", **options):
    if isinstance(where, Dovecot):
        role = Role("localhost", where.port + 1, user, ca=where.ca, **options)
    else:
        role = Role("127.0.0.1", where.port, user, tls=False, **options)
    roles.append(role)
    role.say("resume", uidvalidity, highest, mode, unsettled)
    return role


# ---- servers that misbehave

numbers = itertools.count(1)


def server(behaviour="well", uids=(1, 2, 3, 4), **options):
    return hostile.Server(behaviour, os.path.join(SCRATCH, "%s-%d.log" % (behaviour, next(numbers))), uids, **options)


def told(server_, word, seconds=6, **options):
    role = watch(server_, mode="resume", uidvalidity=7, **dict({"timeout": 1}, **options))
    began = time.monotonic()
    trouble = role.expect("trouble", seconds)
    check(word in trouble[2], "trouble %s" % trouble)
    return role, time.monotonic() - began


# ---- running them

WIDTH = 3		# tests of servers that misbehave mostly wait: so many at once


def run_one(name, test, *arguments):
    """1, 0 or None: it passed, failed, or was skipped."""
    began = time.monotonic()
    try:
        test(*arguments)
        print("ok   %-56s %5.2f s" % (name[5:], time.monotonic() - began), flush=True)
        return 1
    except Skipped as why:
        print("skipped: %s: %s" % (name[5:], why), flush=True)
        return None
    except (Failed, subprocess.SubprocessError, OSError, LookupError, queue.Empty) as error:
        print("FAIL %s: %s" % (name[5:], error), flush=True)
        return 0
    finally:
        roles.end()


def run_all(tests, word="", end=lambda: None):
    """Runs the tests whose names contain word; prints a line each, and at the end "N passed, N failed".  The exit code.
    A test that wants a Dovecot has the machine to itself; last_... come after all others."""
    started = {}

    def dovecots(name, *capability):
        if name not in started:
            started[name] = Dovecot(name, *capability)
        return started[name]

    def wants(test):
        return test.__code__.co_varnames[:test.__code__.co_argcount]

    began = time.monotonic()
    driver()
    chosen = [(name, test) for name, test in tests if name.startswith("test_") and word in name]
    results = [run_one(name, test, dovecots("main") if wants(test) == ("dovecot",) else dovecots)
               for name, test in chosen if wants(test)]
    with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
        results += [f.result() for f in [pool.submit(run_one, name, test) for name, test in chosen if not wants(test)]]
    results += [run_one(name, test) for name, test in tests if name.startswith("last_") and word in name]
    for dovecot in started.values():
        dovecot.kill()
    end()
    failed, skipped = results.count(0), results.count(None)
    if failed:
        print("servers' logs are in %s" % SCRATCH)
    else:
        shutil.rmtree(SCRATCH, ignore_errors=True)
    print("%.1f s" % (time.monotonic() - began))
    print("%d passed, %d failed%s" % (results.count(1), failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed else 0
