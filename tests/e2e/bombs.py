"""Mails that are meant to break something, and big ones.  Part of tests/e2e/run."""

import glob
import re

from common import CALLUM, a_town, ask_for_advice, begin, check, same
from town import MAILBOX, wait_for


def nested(levels):
    return b"From: a@elsewhere.example\r\nSubject: nested\r\nMessage-ID: <nested@elsewhere.example>\r\n" + \
        b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: inside\r\n\r\ninside\r\n"


def one_long_line(size):
    yield b"From: a@elsewhere.example\r\nSubject: long\r\nMessage-ID: <long@elsewhere.example>\r\nMIME-Version: 1.0\r\n" \
          b"Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    block = b"QUJD" * (1 << 18)
    for _ in range(size // len(block)):
        yield block
    yield b"\r\n"


def accounted(town, daemon, message_id):
    """The mail is in the quarantine with a reason, or was read and filed; never just gone."""
    reasons = glob.glob(daemon.dir + "/spool/bad/*.why")
    where = [folder for folder in town.folders(MAILBOX) for path in town.files(MAILBOX, folder)
             if message_id in open(path, "rb").read(400)]
    return (len(reasons), where)


def test_bombs_hold_up_nobody():
    with a_town(smtp="python") as town:
        daemon = begin(town, limits='limits : { mail = "300 MB" }')
        town.drop(nested(28000))
        town.drop(one_long_line(200 << 20))
        ask_for_advice(town)
        wait_for("the mail behind the bombs", lambda: town.mails(CALLUM))
        daemon.until("2026-09-07T10:00")
        for message_id in (b"<nested@", b"<long@"):
            reasons, where = accounted(town, daemon, message_id)
            check(len(where) == 1, "a bomb lies in %s" % where)
            check(where != ["INBOX"] or reasons, "a bomb lies in the inbox, and nothing says why")
        for path in glob.glob(daemon.dir + "/spool/bad/*.why"):
            with open(path, encoding="utf-8") as f:
                check(len(f.read().strip()) > 10, "%s says nothing" % path)
        same(daemon.json("status")[0]["open-cases"], 1, "open cases")


def peak_kb(pid):
    with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))


def test_a_big_mail_takes_little_memory():
    """No role that stays holds more than 64 MB while a mail of 100 MB goes by."""
    with a_town(smtp="python") as town:
        daemon = begin(town, limits='limits : { mail = "120 MB" }')

        def mail():
            yield b"From: a@elsewhere.example\r\nSubject: big\r\nMessage-ID: <big@elsewhere.example>\r\nMIME-Version: 1.0\r\n" \
                  b"Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            block = (b"QUJD" * 19 + b"\r\n") * 13000
            for _ in range(100):
                yield block
        town.drop(mail())
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        where = accounted(town, daemon, b"<big@")[1]
        check(len(where) == 1, "the big mail lies in %s" % where)
        peaks = {role: peak_kb(pid) // 1024 for pid, role in daemon.roles()}
        check(set(peaks) >= {"core", "fetch", "send", "parse"}, "roles: %s" % peaks)
        check(max(peaks.values()) < 64, "peak memory in MB: %s" % peaks)


def test_a_mail_over_the_limit_stays_and_is_accounted_for():
    with a_town(smtp="python") as town:
        daemon = begin(town, limits='limits : { mail = "1 MB" }')
        town.drop(one_long_line(2 << 20))
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        same(daemon.json("status")[0]["quarantine"], 1, "mails in quarantine")
        check(accounted(town, daemon, b"<long@")[1], "the mail is gone from the server")
