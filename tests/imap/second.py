"""The life of a mailbox on a second make of server, Cyrus: run by tests/imap/run-second.
Its folders lie beneath "INBOX." with "." between them, and it speaks of itself in other ways than Dovecot."""

import imaplib
import os
import re
import signal
import smtplib
import ssl
import subprocess
import time

from harness import ROOT, SCRATCH, SERVERS, Failed, Role, Skipped, check, free_ports, make_mail, roles

UNPACKED = os.environ.get("CYRUS", os.path.join(ROOT, "build", "cyrus"))


class Cyrus:
    the_one = None

    def __init__(self):
        self.dir, self.port = os.path.join(SCRATCH, "cyrus"), free_ports(2)
        self.ca = os.path.join(self.dir, "ca", "ca.pem")
        self.start()

    def start(self):
        subprocess.check_call(["sh", SERVERS + "/cyrus.sh", "start", UNPACKED, self.dir, str(self.port)])
        until = time.monotonic() + 20
        while True:
            try:
                smtplib.LMTP("127.0.0.1", self.port + 1, local_hostname="localhost").quit()
                return
            except OSError:
                if time.monotonic() > until:
                    raise Failed("Cyrus does not start: %s" % open(self.dir + "/start.log").read()) from None
                time.sleep(0.05)

    def stop(self, how="kill"):
        subprocess.check_call(["sh", SERVERS + "/cyrus.sh", how, self.dir])


def cyrus():
    if Cyrus.the_one is None:
        code = subprocess.call(["sh", SERVERS + "/cyrus.sh", "unpack", UNPACKED], stderr=subprocess.DEVNULL)
        if code == 3:
            raise Skipped("Cyrus, a second make of server, cannot be downloaded")
        check(code == 0, "Cyrus cannot be unpacked")
        Cyrus.the_one = Cyrus()
    return Cyrus.the_one


def end():
    if Cyrus.the_one is not None:
        Cyrus.the_one.stop()


class Mailbox:
    number = 0

    def __init__(self):
        Mailbox.number += 1
        self.server, self.name = cyrus(), "box%d" % Mailbox.number
        self.client().logout()			# which makes it

    def client(self):
        context = ssl.create_default_context(cafile=self.server.ca)
        client = imaplib.IMAP4_SSL("localhost", self.server.port, ssl_context=context)
        client.login(self.name, "secret")
        return client

    def drop(self, count=1, size=0):
        ids = []
        with smtplib.LMTP("127.0.0.1", self.server.port + 1, local_hostname="localhost") as client:
            for _ in range(count):
                Mailbox.number += 1
                client.sendmail("a@test.example", [self.name], make_mail(Mailbox.number, size))
                ids.append("<%d@test.example>" % Mailbox.number)
        return ids

    def ids(self, folder):
        client = self.client()
        try:
            if client.select('"%s"' % folder, readonly=True)[0] != "OK":
                return None
            found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
            return sorted(re.search(rb"<\S+>", part[1]).group().decode() for part in found if isinstance(part, tuple))
        finally:
            client.logout()

    def flags(self, folder):
        client = self.client()
        client.select('"%s"' % folder, readonly=True)
        found = client.fetch("1:*", "(FLAGS)")[1]
        client.logout()
        return b" ".join(part for part in found if part).decode()

    def watch(self, mode="baseline", uidvalidity=0, highest=0, unsettled="", **options):
        role = Role("localhost", self.server.port, self.name, ca=self.server.ca, **dict({"timeout": 10}, **options))
        roles.append(role)
        role.say("resume", uidvalidity, highest, mode, unsettled)
        return role


def test_second_make_the_whole_life():
    box = Mailbox()
    box.drop(2)
    role = box.watch()
    check(role.expect("baseline", 10)[2] == "2", "baseline")
    validity = role.expect("state")[1]
    check(role.new_files() == [], "mails from before the baseline were taken")
    ids = box.drop(1)				# told of while waiting in IDLE
    frame = role.entered(1, 8)[0]
    check(frame[3] == "3" and ids[0].encode() in role.content(frame[1]), "entered %s" % frame)
    check(role.content(frame[1]).count(b"\r\n") == role.content(frame[1]).count(b"\n"), "line ends")
    ids += box.drop(3, size=40000)
    uids = [3] + [int(f[3]) for f in role.entered(3, 8)]
    check("Seen" not in box.flags("INBOX"), "fetching marked mails as read: %s" % box.flags("INBOX"))
    result = role.settle("Processed", validity, uids[:2])
    check({r[0] for r in result.values()} == {0} and all(r[1] for r in result.values()), "result %s" % result)
    check(box.ids("INBOX.Processed") == sorted(ids[:2]), "the folder beneath the prefix: %s" % box.ids("INBOX.Processed"))
    result = role.settle("Needs you", validity, uids[2:])
    check({r[0] for r in result.values()} == {0}, "result %s" % result)
    check(box.ids("INBOX.Needs you") == sorted(ids[2:]) and len(box.ids("INBOX")) == 2, "folders")
    client = box.client()
    check(b"INBOX.Needs you" in b" ".join(client.lsub()[1]), "not subscribed: %s" % (client.lsub()[1],))
    client.logout()
    role.end()
    # A restart: what came meanwhile is taken, and nothing twice.
    later = box.drop(2)
    role = box.watch("resume", validity, uids[-1], ",".join(map(str, uids)))
    check([int(f[3]) for f in role.entered(2, 8)] == [7, 8], "after a restart")
    check(role.expect("state")[4] == "8", "state")
    role.say("find", "Needs you", ids[-1])
    check(role.expect("found")[2] != "", "not found in its folder")
    check(later[0].encode() in role.content(role.new_files()[0]), "content")


def test_second_make_is_polled():
    box = Mailbox()
    role = box.watch(poll=1, idle=600)
    role.expect("state", 10)
    role.expect("state", 5)			# the poll goes on while IDLE does
    box.drop(1)
    role.entered(1, 5)


def test_second_make_folders_that_are_there():
    box = Mailbox()
    client = box.client()
    for folder in ("INBOX.processed", "INBOX.NEEDS YOU", "INBOX.Erledigt f&APw-r uns"):
        client.create('"%s"' % folder)
    client.logout()
    role = box.watch()
    validity = role.expect("state", 10)[1]
    ids = box.drop(3)
    uids = [int(f[3]) for f in role.entered(3, 8)]
    for folder, uid in zip(("Processed", "Needs you", "Erledigt für uns"), uids):
        check(role.settle(folder, validity, [uid])[uid][0] == 0, folder)
    check([box.ids(f) for f in ("INBOX.processed", "INBOX.NEEDS YOU", "INBOX.Erledigt f&APw-r uns")]
          == [[i] for i in ids], "folders")
    check(box.ids("INBOX.Processed") is None, "a folder was made beside the one that was there")


def test_second_make_settling_that_was_cut_off():
    box = Mailbox()
    role = box.watch()
    validity = role.expect("state", 10)[1]
    ids = box.drop(4)
    uids = [int(f[3]) for f in role.entered(4, 8)]
    role.end()
    client = box.client()
    client.create("INBOX.Processed")
    client.select("INBOX")
    client.uid("COPY", "%d:%d" % (uids[0], uids[1]), "INBOX.Processed")
    client.logout()
    role = box.watch("resume", validity, uids[-1], ",".join(map(str, uids)))
    result = role.settle("Processed", validity, uids)
    check({r[0] for r in result.values()} == {0}, "result %s" % result)
    check(box.ids("INBOX.Processed") == sorted(ids) and box.ids("INBOX") == [], "doubled or lost: %s" % box.ids("INBOX.Processed"))


def test_second_make_folder_made_anew():
    box = Mailbox()
    client = box.client()
    client.create("INBOX.Advice")
    client.append("INBOX.Advice", None, None, make_mail(1))
    role = box.watch(folder="Advice")
    role.expect("baseline", 10)
    validity = role.expect("state")[1]
    role.end()
    client.delete("INBOX.Advice")
    time.sleep(1.1)				# the server makes its numbers of seconds
    client.create("INBOX.Advice")
    client.append("INBOX.Advice", None, None, make_mail(2))
    client.logout()
    role = box.watch("resume", validity, 1, folder="Advice")
    anew = role.expect("anew", 10)
    check(anew[1] != validity and role.entered(1)[0][2] == anew[1], "anew %s" % anew)


def test_second_make_quota_and_rights():
    box = Mailbox()
    role = box.watch()
    validity = role.expect("state", 10)[1]
    box.drop(2)
    uids = [int(f[3]) for f in role.entered(2, 8)]
    client = box.client()
    client.create("INBOX.Processed")
    check(client.setacl("INBOX.Processed", box.name, "lrswkxa")[0] == "OK", "the test's own preparation")
    result = role.settle("Processed", validity, uids)
    check({r[0] for r in result.values()} == {2}, "result %s" % result)
    check("cannot be moved to Processed" in [f for f in role.seen if f[0] == "trouble"][-1][2], "%s" % role.seen)
    client.setacl("INBOX.Processed", box.name, "lrswipkxtea")
    client.logout()
    result = role.settle("Processed", validity, uids)
    check({r[0] for r in result.values()} == {0} and box.ids("INBOX") == [], "result %s" % result)


def test_second_make_restarted():
    box = Mailbox()
    role = box.watch(retry=50)
    role.expect("state", 10)
    box.server.stop("kill")
    role.expect("trouble", 10)
    box.server.start()
    ids = box.drop(1)
    frame = role.entered(1, 20)[0]
    check(ids[0].encode() in role.content(frame[1]), "content")


def test_second_make_is_stopped_in_idle():
    box = Mailbox()
    role = box.watch(timeout=1, poll=2, retry=50)
    role.expect("state", 10)
    with open(os.path.join(box.server.dir, "pid")) as f:
        lines = subprocess.check_output(["ps", "-o", "pid=,args=", "--ppid", f.read().strip()], text=True).splitlines()
    pids = [int(line.split()[0]) for line in lines if "imapd" in line]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        check("did not answer" in role.expect("trouble", 8)[2], "not noticed")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    box.drop(1)
    role.entered(1, 15)


