"""What a watched mailbox is: folders made anew, mail from before us, maildirs, mail left where it lies, and the proof
that nothing is lost.  Part of tests/e2e/run."""

import datetime
import imaplib
import os
import re
import sqlite3
import ssl
import time

from common import CALLUM, IDRIS, MONDAY, SANDRA, ZOFIA, a_town, check, edit, needs_you, same
from town import MAILBOX, SENAR, Daemon, london, request, wait_for

STAMP = {"Authentication-Results": "mx.test.example; dmarc=pass header.from=" + SENAR.split("@")[1]}


def a_request(town, child=ZOFIA, at=MONDAY, **more):
    return town.compose(SENAR, "SEND ADVICE Request - " + child[0], request(*child), at, headers=STAMP, **more)


def with_lines(town, *lines, name="adviced"):
    """A daemon whose mailbox has these lines too; not started."""
    daemon = Daemon(town, name=name)
    edit(daemon.config, '    folder = "INBOX"\n', '    folder = "INBOX"\n' + "".join("    %s\n" % line for line in lines))
    return daemon


def began(daemon, *options):
    daemon.start(*options)
    daemon.import_lists()
    daemon.until(daemon.start_at)
    return daemon


def account(daemon, code=0, *words):
    return daemon.json("reconcile", "advice", *words, code=code)[0]


def without_index(town, uidlist=True):
    """What a server remembers of the inbox's numbers is gone; the mails are not."""
    box = town.box(MAILBOX)
    for name in os.listdir(box):
        if name.startswith("dovecot.index") or (uidlist and name.startswith("dovecot-uidlist")):
            os.unlink(os.path.join(box, name))


def theirs(town, folder="INBOX"):
    """Without the copies of our own mails."""
    return [mail for mail in town.mails(MAILBOX, folder) if mail.sender.lower() != MAILBOX.lower()]


def store(daemon):
    return sqlite3.connect(daemon.dir + "/spool/adviced.db", isolation_level=None)


def one(daemon, sql, *values):
    with store(daemon) as db:
        return db.execute(sql, values).fetchone()[0]


# ---- Folders made anew

def test_a_folder_made_anew_brings_nothing_back():
    """Another UIDVALIDITY: what lay there before us, what is done with, what waits and what is new are told apart."""
    with a_town(smtp="python") as town:
        town.drop(a_request(town, IDRIS))
        daemon = began(with_lines(town, 'settle = "leave"'))
        town.drop(a_request(town))
        odd = town.compose("someone@elsewhere.example", "Hello", "Could somebody call me back please?", MONDAY)
        town.drop(odd)
        daemon.until("2026-09-07T10:00")
        told = len(town.mails(SANDRA))
        same((len(town.mails(CALLUM)), len(daemon.json("triage"))), (1, 1), "the worker's mails, what waits")
        daemon.stop()
        before = one(daemon, "SELECT uidvalidity FROM mailbox")
        rows = one(daemon, "SELECT count(*) FROM sighting")
        without_index(town)
        time.sleep(1.1)         # Dovecot counts UIDVALIDITY in seconds
        daemon.start("--test-clock")
        daemon.until("2026-09-07T11:00")
        check("made anew" in daemon.log(), "nobody noticed:\n" + daemon.log()[-2000:])
        daemon.until("2026-09-07T12:00")
        same((len(town.mails(CALLUM)), len(town.mails(SANDRA)), len(daemon.json("triage")), len(daemon.json("cases"))),
             (1, told, 1, 1), "the worker's mails, the owner's, what waits, cases")
        check(one(daemon, "SELECT uidvalidity FROM mailbox") != before, "the folder has no new number")
        same(one(daemon, "SELECT count(*) FROM sighting"), rows, "rows: each mail kept its own")
        found = account(daemon)
        same((found["mails"], found["before"], found["processed"]), (3, 1, 2), "the account of it")
        town.drop(a_request(town, IDRIS))
        daemon.until("2026-09-07T13:00")
        same(len(daemon.json("cases")), 2, "cases, with a new request in the new folder")


def test_a_folder_deleted_and_made_again_takes_what_waits_along():
    """By a client, with everything put back: what was still to be moved is moved under its new number."""
    def client(town):
        login = imaplib.IMAP4_SSL("localhost", town.port + 1, ssl_context=ssl.create_default_context(cafile=town.ca))
        login.login(MAILBOX, "secret")
        return login

    with a_town(smtp="python") as town:
        with client(town) as person:
            person.create("Requests")
        daemon = Daemon(town, folder="Requests", poll="1 s")
        began(daemon)
        with client(town) as person:
            person.append("Requests", "", imaplib.Time2Internaldate(time.time() - 60), a_request(town))
        daemon.until("2026-09-07T10:00")
        same((len(town.mails(CALLUM)), len(theirs(town, "Processed"))), (1, 1), "the worker's mails, those in Processed")
        with client(town) as person:
            person.delete("Requests")
        wait_for("the folder to be missed", lambda: any(row.get("trouble") for row in daemon.json("status", code=None)))
        with client(town) as person:
            person.create("Requests")
            # A person puts the mail back, and another that nobody knows.
            content = theirs(town, "Processed")[0].content
            person.append("Requests", "", imaplib.Time2Internaldate(time.time()), content)
            person.append("Requests", "", imaplib.Time2Internaldate(time.time()), a_request(town, IDRIS))
        daemon.until("2026-09-07T11:00")
        same((len(town.mails(CALLUM)), len(daemon.json("cases")), len(town.mails(MAILBOX, "Requests"))), (1, 2, 0),
             "the worker's mails, cases, mails left in the folder")
        check(not any(row.get("trouble") for row in daemon.json("status", code=None)), "the trouble is not over")


def test_a_restore_that_gives_numbers_again_loses_nothing():
    """The server goes back to an earlier state under the same UIDVALIDITY: a new mail has an old mail's UID."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town))
        list_file = town.box(MAILBOX) + "/dovecot-uidlist"
        town.drop(town.compose("someone@elsewhere.example", "First", "One.", MONDAY))
        daemon.until("2026-09-07T10:00")
        with open(list_file, encoding="utf-8") as f:
            earlier = f.read()
        for number in range(3):
            town.drop(town.compose("someone@elsewhere.example", "Hello %d" % number, "And %d." % number, MONDAY))
        daemon.until("2026-09-07T11:00")
        same(len(needs_you(town)), 4, "mails that wait for a person")
        daemon.stop()
        without_index(town)
        with open(list_file, "w", encoding="utf-8") as f:
            f.write(earlier)
        town.give_away(list_file)
        town.drop(a_request(town))
        daemon.start("--test-clock")
        daemon.until("2026-09-07T12:00")
        same((len(town.mails(CALLUM)), len(town.mails(MAILBOX))), (1, 0), "the worker's mails, those left in the inbox")
        check("an earlier state" in daemon.log(), "nobody noticed:\n" + daemon.log()[-2000:])
        same(account(daemon)["unaccounted"], [], "unaccounted for")


def test_mail_put_back_by_a_restore_waits_for_a_person():
    """Nobody knows it, and it is older than our last look: it is held, shown, and taken up when somebody agrees."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town))
        daemon.stop()
        without_index(town)
        town.drop(a_request(town))
        old = time.time() - 30 * 86400
        os.utime(town.files(MAILBOX)[0], (old, old))
        with store(daemon) as db:       # it was there long before that mail
            db.execute("UPDATE setting SET value=replace(value, ' ', ' -') WHERE name='baseline advice'")
        time.sleep(1.1)
        daemon.start("--test-clock")
        daemon.until("2026-09-07T12:00")
        same((len(daemon.json("cases")), account(daemon)["held"]), (0, 1), "cases, mails held")
        check(any("advicectl adopt advice" in row["reason"] for row in daemon.json("triage")), "nobody is told of it")
        daemon.ctl("adopt", "advice", "--yes")
        daemon.until("2026-09-07T13:00")
        same((len(town.mails(CALLUM)), len(daemon.json("triage"))), (1, 0), "the worker's mails, what waits")


# ---- Mail from before us

def day_ago(days):
    return (datetime.date.today() - datetime.timedelta(days=days)).isoformat()


def drop_old(town, content, days):
    before = set(town.files(MAILBOX))
    town.drop(content)
    then = time.time() - days * 86400
    os.utime((set(town.files(MAILBOX)) - before).pop(), (then, then))


def test_older_mail_is_shown_first_and_taken_up_when_agreed():
    with a_town(smtp="python") as town:
        drop_old(town, a_request(town, IDRIS), 20)
        drop_old(town, a_request(town), 5)
        drop_old(town, town.compose("someone@elsewhere.example", "Hello", "Could somebody call me?", MONDAY), 4)
        daemon = began(with_lines(town, 'adopt = "%s"' % day_ago(10)))
        same((len(daemon.json("cases")), len(town.mails(CALLUM)), len(town.mails(MAILBOX))), (0, 0, 3),
             "cases, the worker's mails, those in the inbox, before anybody agreed")
        check(any("advicectl adopt advice" in row["reason"] for row in daemon.json("triage")), "nobody is told of it")
        shown = daemon.json("adopt", "advice", code=1)[0]
        same((shown["mails"], shown["cases"], shown["for-people"]), (2, 1, 1), "what it would do: %s" % shown)
        check(any(CALLUM in line["what"] for line in shown["out"]), "who would get a mail is not said: %s" % shown)
        same((len(daemon.json("cases")), len(town.mails(CALLUM))), (0, 0), "cases, the worker's mails, when only shown")
        daemon.ctl("adopt", "advice", "--yes")
        daemon.until("2026-09-07T10:00")
        same((len(daemon.json("cases")), len(town.mails(CALLUM)), len(theirs(town, "Processed")), len(needs_you(town)),
              len(town.mails(MAILBOX))), (1, 1, 1, 1, 1), "cases, the worker's mails, Processed, Needs you, the inbox")
        daemon.ctl("adopt", "advice", "--from", day_ago(30))
        daemon.until("2026-09-07T11:00")
        daemon.ctl("adopt", "advice", "--leave", "--yes")
        daemon.until("2026-09-07T12:00")
        same((len(daemon.json("cases")), len(town.mails(MAILBOX)), account(daemon)["before"]), (1, 1, 1),
             "cases, the inbox, what is left alone")


def test_a_crash_in_the_middle_of_adopting_loses_and_doubles_nothing():
    with a_town(smtp="python") as town:
        count = 60
        for number in range(count):
            drop_old(town, town.compose("someone@elsewhere.example", "Mail %d" % number, "Number %d." % number, MONDAY), 5)
        daemon = with_lines(town, 'adopt = "%s"' % day_ago(10))
        daemon.start()
        wait_for("some of it to be read", lambda: daemon.log().count("entered ") > 10)
        daemon.kill()
        daemon.start("--test-clock")
        wait_for("more of it to be read", lambda: daemon.log().count("held ") > 20)
        daemon.kill()
        daemon.start("--test-clock")
        daemon.import_lists()
        daemon.until(daemon.start_at)
        same(daemon.json("adopt", "advice", code=1)[0]["mails"], count, "mails held")
        daemon.ctl("adopt", "advice", "--yes")
        wait_for("some of it to be decided", lambda: daemon.log().count("decided ") > 5)
        daemon.kill()
        daemon.start("--test-clock")
        daemon.until("2026-09-07T10:00")
        same((len(needs_you(town)), len(set(needs_you(town))), len(town.mails(MAILBOX))), (count, count, 0),
             "Needs you, different ones, the inbox")
        same(len([row for row in daemon.json("triage")]), count, "what waits")


# ---- Left where it lies

def test_what_is_left_where_it_lies_is_taken_once():
    """settle = "leave": nothing moved, nothing marked, nothing taken again; what its owner moves is no error."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town, 'settle = "leave"'))
        town.drop(a_request(town))
        daemon.until("2026-09-07T10:00")
        same((len(town.mails(CALLUM)), len(town.mails(MAILBOX)), town.folders(MAILBOX)), (1, 1, ["INBOX"]),
             "the worker's mails, the inbox, folders")
        check("S" not in town.files(MAILBOX)[0].rsplit(",", 1)[-1] or ":2," not in town.files(MAILBOX)[0], "it was marked as read")
        for interrupt in (daemon.stop, daemon.kill):
            interrupt()
            daemon.start("--test-clock")
            daemon.until("2026-09-07T11:00")
        same((len(town.mails(CALLUM)), daemon.log().count("decided ")), (1, 1), "the worker's mails, decisions")
        os.unlink(town.files(MAILBOX)[0])
        town.drop(a_request(town, IDRIS))
        daemon.until("2026-09-07T12:00")
        same(account(daemon)["unaccounted"], [], "unaccounted for")
        check("trouble" not in daemon.ctl("status"), "a mail that its owner moved is a trouble")


# ---- People are faster

def test_mail_that_people_read_move_or_delete_is_no_error():
    """Complaint 14: read before us it is taken all the same; deleted or moved before or after, it is noted and no error."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town))
        daemon.stop()
        town.drop(a_request(town))
        path = town.files(MAILBOX)[0]
        os.rename(path, os.path.join(town.box(MAILBOX), "cur", os.path.basename(path) + ":2,S"))
        town.drop(town.compose("someone@elsewhere.example", "Hello", "Never mind.", MONDAY))
        os.unlink([path for path in town.files(MAILBOX) if "/new/" in path][0])
        daemon.start("--test-clock")
        daemon.until("2026-09-07T10:00")
        same((len(town.mails(CALLUM)), len(theirs(town, "Processed"))), (1, 1), "the worker's mails, those in Processed")
        os.unlink(theirs(town, "Processed")[0].path)
        found = account(daemon)
        same((found["moved-on"], found["unaccounted"]), (1, []), "the account of it")


def test_two_mails_under_one_message_id_are_two_mails():
    """Complaint 10: a scanner that gives every mail the same id, and mails without any."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town))
        for child in (ZOFIA, IDRIS):
            town.drop(a_request(town, child, message_id="<scan@device.example>"))
        for number in range(2):
            town.drop(re.sub(rb"(?im)^Message-ID:.*\r?\n", b"", town.compose("someone@elsewhere.example", "Hello",
                                                                           "Call %d." % number, MONDAY)))
        daemon.until("2026-09-07T10:00")
        same((len(daemon.json("cases")), len(needs_you(town))), (2, 2), "cases, mails that wait")


# ---- The proof

def test_reconcile_finds_what_was_lost_and_takes_it_up():
    """Planted: a row deleted, a mail slipped in below the cursor, a file gone from the spool; with a daemon and without."""
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town, 'settle = "leave"'))
        for number in range(3):
            town.drop(town.compose("someone@elsewhere.example", "Mail %d" % number, "Number %d." % number, MONDAY))
        daemon.until("2026-09-07T10:00")
        found = account(daemon)
        same((found["mails"], found["processed"], found["unaccounted"], found["well"]), (3, 3, [], True), "the account of it")
        check("all accounted for" in daemon.ctl("reconcile"), "it is not said in words")
        daemon.stop()
        same(account(daemon)["processed"], 3, "processed, without a daemon")
        with store(daemon) as db:
            db.execute("DELETE FROM settle")
            db.execute("DELETE FROM sighting WHERE uid=2")
        town.drop(a_request(town))
        list_file = town.box(MAILBOX) + "/dovecot-uidlist"
        fresh = os.path.basename([path for path in town.files(MAILBOX) if "/new/" in path][-1])
        with store(daemon) as db:       # the request has a number that was passed already
            db.execute("UPDATE mailbox SET highest_uid=9")
        check(os.path.exists(list_file) and fresh, "no mail was put in")
        lost = account(daemon, 1)["unaccounted"]
        same([mail["uid"] for mail in lost], [2, 4], "unaccounted for, without a daemon: %s" % lost)
        words = daemon.ctl("reconcile", "advice", code=1)
        check("UNACCOUNTED FOR: UID 2" in words and "--take" in words, "what to do is not said:\n" + words)
        account(daemon, 1, "--take")
        daemon.start("--test-clock")
        daemon.until("2026-09-07T11:00")
        same((account(daemon)["unaccounted"], len(town.mails(CALLUM)), len(daemon.json("triage"))), ([], 1, 3),
             "unaccounted for, the worker's mails, what waits")
        with store(daemon) as db:
            db.execute("DELETE FROM sighting WHERE uid=1")
        same([mail["uid"] for mail in account(daemon, 1, "--take")["unaccounted"]], [1], "unaccounted for, with a daemon")
        daemon.until("2026-09-07T12:00")
        same((account(daemon)["unaccounted"], len(town.mails(CALLUM)), len(daemon.json("triage"))), ([], 1, 3),
             "unaccounted for, the worker's mails, what waits, after it was taken up")


def test_reconcile_looks_where_mails_were_put():
    with a_town(smtp="python") as town:
        daemon = began(with_lines(town))
        town.drop(a_request(town))
        town.drop(a_request(town, IDRIS))
        daemon.until("2026-09-07T10:00")
        found = account(daemon)
        there = found["put-away"]       # the copies of our own mails too
        check(there >= 2, "the account of it: %s" % found)
        same((found["mails"], found["moved-on"]), (0, 0), "the account of it")
        os.unlink(theirs(town, "Processed")[0].path)
        found = account(daemon)
        same((found["put-away"], found["moved-on"], found["well"]), (there - 1, 1, True), "the account, with one deleted by a person")
        daemon.stop()
        found = account(daemon)
        same((found["put-away"], found["moved-on"]), (there - 1, 1), "the account of it, without a daemon")


# ---- A maildir

def maildir_daemon(town, *lines):
    box = os.path.join(town.dir, "box")
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(box, part))
    daemon = with_lines(town, *lines)
    with open(daemon.config, encoding="utf-8") as f:
        imap = re.search(r"    imap : \{.*?\}\n", f.read()).group()
    edit(daemon.config, imap, '    maildir = "%s"\n' % box)
    return daemon, box


def deliver(box, content, name, days=0):
    with open(os.path.join(box, "tmp", name), "wb") as f:
        f.write(content)
    then = time.time() - days * 86400
    os.utime(f.name, (then, then))
    os.rename(f.name, os.path.join(box, "new", name))


def lies_in(box, folder):
    return sorted(os.listdir(os.path.join(box, folder, "cur"))) if os.path.isdir(os.path.join(box, folder)) else []


def test_a_maildir_is_a_mailbox():
    with a_town(smtp="python") as town:
        daemon, box = maildir_daemon(town)
        deliver(box, a_request(town, IDRIS), "1.before.test", 3)
        edit(daemon.config, 'poll = "60 s"', 'poll = "1 hour"')
        began(daemon)
        deliver(box, a_request(town), "2.request.test")
        wait_for("the worker's mail", lambda: town.mails(CALLUM))        # noticed at once: the poll is an hour away
        wait_for("the request to be moved", lambda: lies_in(box, ".Processed"))
        daemon.until("2026-09-07T10:00")
        same((os.listdir(box + "/new"), len(daemon.json("cases"))), (["1.before.test"], 1), "what lies in new, cases")
        found = account(daemon)
        same((found["mails"], found["before"], found["put-away"], found["unaccounted"]), (1, 1, 1, []), "the account of it")

        daemon.kill()
        edit(daemon.config, 'poll = "1 hour"', 'poll = "1 s"')
        deliver(box, town.compose("someone@elsewhere.example", "Hello", "Call me.", MONDAY), "3.odd.test")
        os.rename(box + "/new/1.before.test", box + "/cur/1.before.test:2,S")
        daemon.start("--test-clock")
        daemon.until("2026-09-07T11:00")
        same((len(lies_in(box, ".Needs you")), len(town.mails(CALLUM))), (1, 1), "Needs you, the worker's mails")

        odd = lies_in(box, ".Needs you")[0]
        os.rename(os.path.join(box, ".Needs you/cur", odd), os.path.join(box, ".Retry/cur", odd))
        daemon.until("2026-09-07T11:30")
        same((len(lies_in(box, ".Retry")), len(lies_in(box, ".Needs you"))), (0, 1), "Retry, Needs you, one put into Retry")
        check("by=retry" in daemon.log(), "it was not decided again")
        back = lies_in(box, ".Processed")[0]
        os.rename(os.path.join(box, ".Processed/cur", back), os.path.join(box, "cur", "dragged" + back))
        daemon.until("2026-09-07T12:00")
        same((len(lies_in(box, ".Processed")), len(town.mails(CALLUM))), (1, 1), "Processed, the worker's mails, one dragged back")

        os.unlink(box + "/adviced-uids")
        daemon.until("2026-09-07T13:00")
        same((len(town.mails(CALLUM)), len(daemon.json("cases")), account(daemon)["before"]), (1, 1, 1),
             "the worker's mails, cases, before us, when the numbers were lost")

        os.rename(box, box + ".away")
        wait_for("the trouble", lambda: any(row.get("trouble") for row in daemon.json("status", code=None)))
        os.rename(box + ".away", box)
        deliver(box, a_request(town, IDRIS, at=london("2026-09-07T13:30")), "4.request.test")
        daemon.until("2026-09-07T14:00")
        same(len(daemon.json("cases")), 2, "cases, once the folder was back")
        check(not any(row.get("trouble") for row in daemon.json("status", code=None)), "the trouble is not over")


def test_a_maildir_adopts_and_leaves_like_any_mailbox():
    with a_town(smtp="python") as town:
        daemon, box = maildir_daemon(town, 'adopt = "%s"' % day_ago(10), 'settle = "leave"')
        deliver(box, a_request(town), "1.request.test", 5)
        deliver(box, a_request(town, IDRIS), "2.older.test", 20)
        began(daemon)
        same(daemon.json("adopt", "advice", code=1)[0]["cases"], 1, "cases that it would open")
        daemon.ctl("adopt", "advice", "--yes")
        daemon.until("2026-09-07T10:00")
        same((len(daemon.json("cases")), len(town.mails(CALLUM)), sorted(os.listdir(box + "/new"))),
             (1, 1, ["1.request.test", "2.older.test"]), "cases, the worker's mails, what lies in new")
        daemon.stop()
        same(account(daemon)["processed"], 1, "processed, without a daemon")
