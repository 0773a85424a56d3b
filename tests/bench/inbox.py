"""What catchup and latency share: a private Dovecot with a shared inbox in it, a daemon that knows 10,000 open cases,
and what is made once and kept below build/bench/kept (the mails; the cases, opened by the daemon itself)."""

import glob
import hashlib
import imaplib
import os
import re
import shutil
import sqlite3
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "town"), HERE]
import mails  # noqa: E402
from cases import Child  # noqa: E402
from sink import Sink  # noqa: E402
from town import Daemon, Town, wait_for  # noqa: E402

KEPT = os.environ.get("BENCH_KEPT", os.path.join(ROOT, "build", "bench", "kept"))
START = "2026-09-07T09:00"


class Office(Town):
    """Dovecot, and a mail server that takes everything; `Sink` stands in for Postfix, which would be slower than both."""

    def start_smtp(self, kind):
        self.sink = Sink()
        self.smtp_port, self.smtp_kind = self.sink.port, kind

    def delivered(self):
        pass

    # ---- The inbox of an address, past the server

    def fill(self, address, folder):
        """The kept mails of a folder, as though they had been there; then the server has looked at them."""
        box = self.box(address)
        for name in os.listdir(folder):
            os.link(folder + "/" + name, box + "/cur/" + name)
        with self.client(address) as client:
            client.uid("FETCH", "1:*", "(UID RFC822.SIZE INTERNALDATE)")

    def client(self, address):
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(address, "secret")
        client.select()
        return client

    def put_back(self, address, kept):
        """The mailbox as it was kept, under this address."""
        box = self.box(address)
        shutil.rmtree(box, ignore_errors=True)
        shutil.copytree(kept, box)
        for path, folders, files in os.walk(box):
            for name in ["."] + folders + files:
                self.give_away(os.path.join(path, name))


class Bench(Daemon):
    """adviced on that inbox; `more`: further mailboxes, as text."""

    def write_config(self, mode="shadow", packs='"birmingham"', imap_port=None, tls="none", more="", mailbox=""):
        for name in ("password", "smtp-password"):
            with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
                f.write("secret\n")
            os.chmod(f.name, 0o600)
        town, port = self.town, imap_port or self.town.port + (1 if tls == "implicit" else 0)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("""packs = [ %s ]
rules = "%s/rules"
calendars = "%s/config/calendars"
spool = "spool"
administrator = "admin@childrenstrust.example"
daily = "never"
log = "info"
mailboxes : {
  advice : {
    address = "%s"
    imap : { host = "localhost"; port = %d; tls = "%s"; %suser = "%s"; password-file = "password" }
    trust = "header:mx.test.example"
    mode = "%s"
    own-copy = "no"; canary = "off"; retry = "none"; %s
  }
%s}
smtp : { host = "127.0.0.1"; port = %d; tls = "none"; user = "%s"; password-file = "smtp-password"; per-minute = 60000 }
storm : { least = 0; person-hour = 0; case-day = 0 }
""" % (packs, ROOT, ROOT, mails.MAILBOX, port, tls,
                'ca-file = "%s"; ' % town.ca if tls == "implicit" else "", mails.MAILBOX, mode, mailbox, more, town.smtp_port,
                mails.MAILBOX))
        os.makedirs(self.dir + "/spool", mode=0o700, exist_ok=True)

    def settled(self):
        """How many mails it says have been moved; its log is read on from where it was."""
        if not hasattr(self, "log_at"):
            self.log_at, self.moved, self.rest = 0, 0, ""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            f.seek(self.log_at)
            text = self.rest + f.read()
            self.log_at = f.tell()
        lines = text.split("\n")
        self.rest = lines.pop()
        self.moved += sum(int(n) for line in lines for n in re.findall(r"settled mailbox=\S+ mails=(\d+)", line))
        return self.moved

    def wait_settled(self, count, patience=1800):
        wait_for("%d mails to be settled" % count, lambda: self.settled() >= count, patience)

    def ask(self, question):
        """One figure out of the store of a daemon that does not run."""
        store = sqlite3.connect("file:%s/spool/adviced.db?mode=ro" % self.dir, uri=True)
        try:
            return store.execute(question).fetchone()[0]
        finally:
            store.close()


def hash_of(*paths):
    seen = hashlib.sha256()
    for path in sorted(path for pattern in paths for path in glob.glob(os.path.join(ROOT, pattern), recursive=True)):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                seen.update(path.encode() + b"\0" + f.read())
    return seen.hexdigest()[:10]


def kept_mails(count, cases):
    """The folder with mails 0 to count - 1."""
    folder = "%s/mails-%d-%d-%s" % (KEPT, count, cases, hash_of("tests/bench/mails.py", "tests/bench/cases.py"))
    if not os.path.isdir(folder):
        shutil.rmtree(folder + ".new", ignore_errors=True)
        mails.write(folder + ".new", count, cases)
        os.rename(folder + ".new", folder)
    return folder


def write_lists(folder, cases):
    """The children whom social care knows: those of the cases, and some more; each has a worker."""
    with open(folder + "/involvement.csv", "w", encoding="utf-8") as f:
        f.write("person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n")
        for number in range(2 * cases):
            child = mails.Child(number)
            f.write("%d,%s,%s,%s,,CSC,open,,%s,\n" % (900000 + number, child.name, child.born.isoformat(), child.nhs,
                                                     mails.WORKERS[number % 3][1]))
    return folder + "/involvement.csv"


def kept_cases(count):
    """The folder with a daemon's folder and its mailbox, in which so many cases are open: made by the daemon, of
    requests by mail.  (folder, seconds that took, or None: it was there)"""
    made_of = hash_of("tests/bench/mails.py", "tests/bench/cases.py", "rules/birmingham/*.cfg", "rules/common/*.cfg", "daemon/store/schema.c")
    folder = "%s/cases-%d-%s" % (KEPT, count, made_of)
    if os.path.isdir(folder):
        return folder, None
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    office = Office()
    try:
        requests = office.dir + "/requests"
        os.mkdir(requests)
        for number in range(count):
            with open("%s/%d.M%dP1.first:2," % (requests, number, number), "wb") as f:
                f.write(mails.opening(number))
        office.involvement = write_lists(office.dir, count)
        daemon = Bench(office).start("--test-clock", "--from", START)
        daemon.import_lists()
        daemon.ctl("clock", "until", START)
        box = office.box(mails.MAILBOX)
        began = time.monotonic()
        for name in os.listdir(requests):
            os.link(requests + "/" + name, box + "/new/" + name.split(":")[0])
        daemon.wait_settled(count)
        took = time.monotonic() - began
        daemon.ctl("clock", "until", START, patience=1800)	# until all that it would send has been kept back
        daemon.stop()
        opened = daemon.ask("SELECT count(*) FROM cases WHERE closed IS NULL")
        if opened != count:
            raise SystemExit("inbox: %d requests opened %d cases" % (count, opened))
        shutil.rmtree(box + "/.Processed", ignore_errors=True)
        shutil.copytree(box, folder + "/mailbox")
        os.unlink(daemon.dir + "/notify")
        shutil.copytree(daemon.dir, folder + "/daemon", ignore=lambda path, names: ["control"])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        office.close()
    return folder, took


def with_cases(office, kept, **config):
    """A daemon that knows them, and their mailbox, empty."""
    daemon = Bench(office)
    shutil.rmtree(daemon.dir)
    shutil.copytree(kept + "/daemon", daemon.dir, copy_function=link_or_copy)
    for name in ("log", "notify"):
        if os.path.exists(daemon.dir + "/" + name):
            os.unlink(daemon.dir + "/" + name)
    daemon.write_config(**config)
    office.put_back(mails.MAILBOX, kept + "/mailbox")
    return daemon


def link_or_copy(source, target):
    """What is never written to again is not copied."""
    if re.search(r"/spool/(archive|docs|sent)/", source):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
    return target
