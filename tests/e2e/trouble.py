"""Trouble with servers: a recipient or a sender refused, passwords, certificates, host names.  Part of tests/e2e/run."""

import os
import re
import signal

from between import Between
from common import CALLUM, DEBORAH, SANDRA, a_town, ask_for_advice, begin, check, same, troubles
from town import Daemon, wait_for


def test_complaint_17_a_refused_recipient_is_a_bounce():
    """Somebody else is tried at once, who looks after the mailbox hears of it, no date moves, nobody gets a mail twice."""
    with a_town() as town, Between(town) as between:
        between.refuse[CALLUM] = "550 5.1.1 <%s>: Recipient address rejected: User unknown" % CALLUM
        daemon = begin(town, smtp_port=between.port)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(town.mails(CALLUM), [], "mails of the worker who is gone")
        check(any("could not be delivered" in m.text for m in town.mails(SANDRA)), "who looks after the mailbox heard nothing: %s" %
              [m.text for m in town.mails(SANDRA)])
        everybody = [(tuple(sorted(to)), mail) for to, mail in between.taken]
        for address in town.people:
            ids = [str(m.parsed["X-Adviced-Id"]) for m in town.mails(address)]
            same(len(ids), len(set(ids)), "one mail twice to %s, of %s" % (address, [to for to, _ in everybody]))
        check(any("social-care-advice.docx" in m.attachments for m in town.mails(DEBORAH)), "nobody else got the request")
        due = [d for d in daemon.json("case", "EHC-20417")[0]["deadlines"]]
        check("2026-10-05" in [d["date"] for d in due], "the worker's date has moved: %s" % due)
        check(any("could not be delivered" in row["reason"] for row in daemon.json("triage")), "triage: %s" % daemon.json("triage"))
        mails = len(between.taken)
        daemon.until("2026-09-08T08:00")
        same(len(between.taken), mails, "mails, some hours later")


def test_we_may_not_send_for_a_while():
    """Our trouble is nobody's bounce: the mails are held, it is told once, and they go when the server lets us again."""
    with a_town() as town, Between(town) as between:
        daemon = begin(town, smtp_port=between.port)
        between.refuse["MAIL"] = "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        rows = daemon.json("queue")
        check(rows and {row["state"] for row in rows} == {"held"}, "the queue: %s" % rows)
        told = [row for row in daemon.json("triage") if "does not let us send" in row["reason"]]
        same(len(told), 1, "how often it was told")
        check("alarm" in daemon.log(), "no alarm in the log")
        del between.refuse["MAIL"]
        daemon.ctl("queue", "release", str(rows[0]["mail"]), "--yes")
        daemon.until("2026-09-07T11:00")
        same((daemon.json("queue"), daemon.json("triage")), ([], []), "what is held, and what waits")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        check("is away" not in daemon.ctl("case", "EHC-20417"), "somebody counts as away")


def signs_in(town):
    with open(town.dovecot + "/dovecot.log", encoding="utf-8", errors="replace") as f:
        return len(re.findall(r"imap-login: Info: (?:Login|Disconnected.*auth failed|Aborted login.*auth failed)", f.read()))


def attempts(town):
    """Connections to the IMAP server that came to nothing, but for our own first look at its port."""
    with open(town.dovecot + "/dovecot.log", encoding="utf-8", errors="replace") as f:
        return len(re.findall(r"imap-login: Info: (?:Disconnected|Aborted)", f.read())) - 1


def refused_then_mended(town, words, mend, never_signs_in, **config):
    daemon = Daemon(town, **config).start()
    said = wait_for("trouble in status", lambda: troubles(daemon))[0]
    check(any(word in said.lower() for word in words), "status says: " + said)
    check(any(word in daemon.log().lower() for word in words), "the log does not say what is wrong")
    check("secret" not in daemon.log() and "letmein" not in daemon.log(), "a password stands in the log")
    wait_for("a third attempt", lambda: attempts(town) >= 3)
    same(len(re.findall("trouble mailbox=advice", daemon.log())), 1, "how often the log says the same")
    if never_signs_in:
        same(signs_in(town), 0, "attempts to sign in on a connection that is not to be trusted")
    mend(daemon)
    wait_for("the trouble to be over", lambda: not troubles(daemon))
    daemon.import_lists()
    daemon.until(daemon.start_at)
    ask_for_advice(town)
    daemon.until("2026-09-07T10:00")
    same(len(town.mails(CALLUM)), 1, "the worker's mails, once mended")
    return daemon


def mend_by_reload(**config):
    def mend(daemon):
        daemon.write_config(**config)
        daemon.process.send_signal(signal.SIGHUP)
    return mend


def test_wrong_password():
    with a_town(smtp="python") as town:
        daemon = refused_then_mended(town, ("password", "sign in", "sign-in", "refused"), mend_by_reload(), False,
                                     password="letmein")
        check("restart name=fetch:advice" in daemon.log(), "the new password came without a new process")
        same(daemon.json("status")[0]["restarts"]["fetch:advice"], 0, "restarts, but for what a reload asked for")


def test_wrong_certificate():
    with a_town(smtp="python") as town:
        refused_then_mended(town, ("certificate",), mend_by_reload(), True, ca=town.dovecot + "/ca/stranger.pem")


def test_wrong_host_name():
    """The certificate is for localhost; 127.0.0.1 is the same machine under a name that it does not bear."""
    with a_town(smtp="python") as town:
        refused_then_mended(town, ("name", "certificate"), mend_by_reload(), True, host="127.0.0.1")


def test_wrong_password_for_sending():
    """What is decided waits, and goes once when the password is right."""
    with a_town() as town:
        daemon = begin(town, smtp_password="letmein")
        ask_for_advice(town)
        wait_for("trouble with sending", lambda: re.search(r"role=send.*", daemon.log()))
        same(len(town.mails(CALLUM)), 0, "mails sent without signing in")
        check("letmein" not in daemon.log(), "a password stands in the log")
        daemon.write_config()
        daemon.process.send_signal(signal.SIGHUP)
        # Tries again in its own time: case time is moved until one of them falls due.
        moments = iter("2026-09-07T%02d:00" % hour for hour in range(10, 18))
        wait_for("the worker's mail", lambda: town.mails(CALLUM) or daemon.until(next(moments)))
        daemon.until("2026-09-08T08:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")


def secrets_missed(daemon):
    return [row["text"] for row in daemon.json("status", code=None) if row.get("finding") == "secret"]


def test_a_password_that_cannot_be_read():
    """What runs goes on with the one it has; that it could not sign in again is said at once, and over once it can."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        path = daemon.dir + "/password"
        os.rename(path, path + ".away")
        daemon.process.send_signal(signal.SIGHUP)
        said = wait_for("a finding in status", lambda: secrets_missed(daemon))
        check("fetch:advice cannot sign in again" in said[0] and path in said[0], "status says: %s" % said)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails, meanwhile")
        os.rename(path + ".away", path)
        daemon.process.send_signal(signal.SIGHUP)
        wait_for("the finding to be gone", lambda: not secrets_missed(daemon))
        same(daemon.log().count("start name=fetch:advice"), 1, "how often the mailbox's process was started")
