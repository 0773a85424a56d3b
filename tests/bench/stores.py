"""Stores with many open cases, grown out of one that the real rules have lived through, and a daemon on them."""

import contextlib
import datetime
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/tests/board")
import office  # noqa: E402

BUILD = os.path.abspath(os.environ.get("BUILD", ROOT + "/build/rel"))
BIN = os.path.abspath(os.environ.get("BIN", ROOT))
PATIENCE_S = 900
OUTBOX_SENT = 2


def run(command, codes=(0,)):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE_S)
    if done.returncode not in codes:
        sys.exit("stores: %s ended with %d: %s" % (" ".join(command), done.returncode, done.stderr[-500:]))
    return done.stdout


class Store:
    """A scratch folder for a store, with its configuration and a maildir that stays empty."""

    def __init__(self, folder, smtp_port=9):
        self.folder, self.database, self.config = folder, folder + "/adviced.db", folder + "/adviced.cfg"
        for name in ("spool", "box/cur", "box/new", "box/tmp"):
            os.makedirs("%s/%s" % (self.folder, name))
        self.configure(smtp_port)

    def configure(self, smtp_port, per_minute=20, daily="never"):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write('packs = [ "leicester" ]\nrules = "%s/rules"\ncalendars = "%s/config/calendars"\nspool = "spool"\n'
                    'database = "adviced.db"\nsocket = "control"\nadministrator = "help@leicester.example"\ndaily = "%s"\n'
                    'mailboxes : { das : { address = "das@leicester.example"; maildir = "box"; own-copy = "no" } }\n'
                    'smtp : { host = "127.0.0.1"; port = %d; tls = "none"; from = "das@leicester.example"; per-minute = %d }\n'
                    'storm : { least = 0; person-hour = 0; case-day = 0 }\n' % (ROOT, ROOT, daily, smtp_port, per_minute))

    def size(self):
        return sum(os.path.getsize(self.database + end) for end in ("", "-wal") if os.path.exists(self.database + end))


def lived_through(scratch):
    """Nine weeks up to a Sunday evening, with some 2,000 cases open in the end."""
    ends = office.write(4000, 9, scratch + "/office")
    return live(scratch, (ends - datetime.timedelta(days=ends.weekday() + 1)).strftime("%Y-%m-%dT20:00"))


def one_day(scratch):
    """2,000 requests on one day, up to the evening before the morning on which every worker is reminded of theirs."""
    folder, chance = scratch + "/office", random.Random(7)
    os.makedirs(folder + "/mail")
    children = [office.Child(number) for number in range(2000)]
    workers = [office.PEOPLE[number % len(office.PEOPLE)] for number in range(2000)]
    office.lists(folder, children, workers)
    post = office.Post(folder)
    for number, (child, worker) in enumerate(zip(children, workers)):
        at = office.FIRST + datetime.timedelta(seconds=number)
        office.one(post, chance, child, worker, at, at)         # and nobody answers
    return live(scratch, "2026-08-27T20:00")


def live(scratch, eve):
    """What lies in scratch/office, decided by the real rules, all mails sent; the rules are in force in this store."""
    store = Store(scratch + "/seed")
    lists = [scratch + "/office/" + name for name in ("mail", "directory.csv", "involvement.csv")]
    run([BUILD + "/board/fill", "leicester", *lists, eve, store.database])
    with contextlib.closing(sqlite3.connect(store.database)) as database, database:
        database.execute("UPDATE outbox SET state=%d, sent=decided" % OUTBOX_SENT)
        database.execute("UPDATE outbox_recipient SET state=%d" % OUTBOX_SENT)
    with Running(store) as daemon:
        daemon.ctl("clock", "until", eve)
    return store.database


class Running:
    """adviced on that store, until the block ends; ready_s: how long it took to say that it is."""

    def __init__(self, store):
        self.store = store

    def __enter__(self):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.store.folder + "/notify")
        self.notify.settimeout(PATIENCE_S)
        began = time.monotonic()
        environment = dict(os.environ, NOTIFY_SOCKET=self.store.folder + "/notify")
        with open(self.store.folder + "/log", "ab") as log:
            self.process = subprocess.Popen([BIN + "/adviced", "-c", self.store.config, "--test-clock"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            while b"READY=1" not in self.notify.recv(4096):
                pass
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.ready_s = time.monotonic() - began
        self.notify.close()
        os.unlink(self.store.folder + "/notify")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def core_mb(self):
        """(now, at most so far)"""
        for child in run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)]).split():
            with open("/proc/%s/cmdline" % child, encoding="utf-8") as f:
                if "\0core\0" not in f.read():
                    continue
            with open("/proc/%s/status" % child, encoding="utf-8") as f:
                fields = dict(line.split(":", 1) for line in f if line.startswith("Vm"))
            return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        sys.exit("stores: there is no core")

    def ctl(self, *words, codes=(0,)):
        """(seconds, the tool's memory in MB); a command that fails quickly is no figure"""
        began = time.monotonic()
        process = subprocess.Popen([BIN + "/advicectl", "-c", self.store.config, *words], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) not in codes:
            sys.exit("stores: advicectl %s ended with %d" % (" ".join(words), os.waitstatus_to_exitcode(status)))
        return time.monotonic() - began, usage.ru_maxrss / 1024
