"""The modes of a mailbox: shadow, review, live.  Part of tests/e2e/run."""

import hashlib
import json
import os
import sqlite3

from common import CALLUM, IDRIS, a_town, ask_for_advice, begin, check, same, summary
from town import ADMINISTRATOR, MAILBOX, ROOT, SENAR, london


def outbox(daemon, state):
    return [row for row in daemon.json("queue") if row["state"] == state]


def test_in_review_each_mail_waits_for_a_look():
    with a_town() as town:
        daemon = begin(town, mode="review")
        ask_for_advice(town)
        daemon.until("2026-09-07T11:00")
        same(summary(town), [], "mails that went out unseen")
        waiting = outbox(daemon, "review")
        check(len(waiting) == 2, "waiting for a look: %s" % waiting)
        same(len(town.mails(ADMINISTRATOR)), 1, "mails that tell the administrator")
        shown = daemon.ctl("queue", "show", str(waiting[0]["mail"]))
        check(all(word in shown for word in [waiting[0]["recipients"][0]["address"], "Subject: ", "every mail is looked at", ".docx"]),
              "the mail as its reader gets it: %s" % shown)
        number = str(waiting[0]["mail"])
        for words in (["release", number], ["release", "all"], ["drop", number]):
            shown = daemon.ctl("queue", *words, code=1)
            check("Not done yet" in shown and "about EHC-20417" in shown and
                  waiting[0]["recipients"][0]["address"] in shown, "what would happen, of %s: %s" % (words, shown))
        check("Not done yet: 2 mails to " in daemon.ctl("queue", "release", "all", code=1), "how many would go")
        same(outbox(daemon, "review"), waiting, "what waits, after it was only shown")
        rows = [json.loads(line) for line in daemon.ctl("queue", "release", "all", "--json", code=1).splitlines() if line[0] == "{"]
        same([(row["state"], row["applied"]) for row in rows], [("queued", False)] * 2, "the same for scripts")
        daemon.ctl("queue", "release", number, "--yes")
        daemon.until("2026-09-07T11:10")
        same(len(summary(town)), 1, "mails after one was released")
        check("never go out, which cannot be taken back" in daemon.ctl("queue", "drop", str(waiting[1]["mail"]), code=1), "what a drop is")
        daemon.ctl("queue", "drop", str(waiting[1]["mail"]), "--yes")
        daemon.until("2026-09-07T11:20")
        same((len(summary(town)), outbox(daemon, "review")), (1, []), "after the other was dropped")


def test_shadow_sends_nothing_and_goes_live_without_reading_again():
    """B14: what would have gone beside what people sent; then only what still stands waits for a look."""
    with a_town() as town:
        town.append(town.compose(MAILBOX, "From before", "Hello.", london("2026-09-04T10:00"), to=SENAR), "Sent Items")
        daemon = begin(town, sent="Sent Items", own_copy="no", mode="shadow")
        original = ask_for_advice(town)
        ask_for_advice(town, IDRIS, london("2026-09-07T09:40"))
        daemon.until("2026-09-07T11:00")
        town.append(town.compose(MAILBOX, "FW: SEND ADVICE Request - EHC-20417", "Please see below.", london("2026-09-07T11:30"),
                                 to=CALLUM), "Sent Items")
        daemon.until("2026-09-08T12:00")
        same(summary(town), [], "mails that went out in shadow")
        check(original.id in [m.id for m in town.mails(MAILBOX, "Processed")], "a mail in shadow was not settled")
        case, board = daemon.ctl("case", "EHC-20417"), daemon.json("board")
        check("(in shadow: not sent)" in case, "a mail that stayed here is told as sent:\n" + case)
        same([row["mode"] for row in board if "mode" in row and not row["sent"]], ["shadow"], "the mailbox's mode on the board")
        whole = [row for row in daemon.json("replay", "--rules", ROOT + "/rules/birmingham") if row["event"] == "sum"]
        check(whole[0]["mails-unsent"] >= 2 and whole[0]["mails-sent"] <= 1, "what a replay counts as sent: %s" % whole)
        score = daemon.json("readiness")
        same((score[0]["both"], score[0]["only-people"]), (1, 0), "readiness: %s" % score)
        check(score[0]["only-adviced"] >= 1 and 0 < score[0]["score"] < 100, "readiness: %s" % score)
        check("agree on 1" in daemon.ctl("readiness", "advice"), daemon.ctl("readiness", "advice"))
        cases, taken = daemon.json("cases"), len(daemon.json("status"))
        daemon.stop()
        daemon.write_config(sent="Sent Items", own_copy="no", mode="live")
        daemon.start("--test-clock")
        daemon.until("2026-09-08T12:10")
        same(summary(town), [], "mails that went out unseen after the shadow")
        same(daemon.json("cases"), cases, "cases after going live (%d lines of status)" % taken)
        waiting = outbox(daemon, "review")
        check(waiting, "nothing waits for a look")
        daemon.ctl("queue", "release", "all", "--yes")
        daemon.until("2026-09-08T12:20")
        same((len(summary(town)), outbox(daemon, "review")), (len(waiting), []), "released")
        ask_for_advice(town, ("EHC-20501", "Petra Novotny", "9 May 2015", "999 000 0301"), london("2026-09-08T12:30"))
        daemon.until("2026-09-08T13:00")
        check(len(summary(town)) > len(waiting), "a new request brought no mail")


def folder_as_it_is(daemon):
    """Each file below the spool with its bytes; what SQLite keeps while somebody reads is no part of it."""
    found = {}
    for folder, _, names in os.walk(daemon.dir + "/spool"):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith(("-shm", "-wal", ".lock")) and os.path.isfile(path):
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def test_the_board_without_a_daemon_only_looks():
    """The same cases as with one; nothing is stored, decided or brought up to date."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        ask_for_advice(town)
        daemon.until("2026-09-08T12:00")
        with_daemon = [row for row in daemon.json("board") if "case" in row]
        check(with_daemon, "no case on the board")
        daemon.stop()
        daemon.ctl("status", code=None)
        before = folder_as_it_is(daemon)
        rows = daemon.json("board")
        same([row for row in rows if "case" in row], with_daemon, "the cases without a daemon")
        same((rows[0]["daemon"], rows[0]["well"]), (False, False), "what it says of the daemon")
        same(folder_as_it_is(daemon), before, "the files after a look")
        page = os.path.join(os.path.dirname(daemon.config), "board.html")
        daemon.ctl("board", "--out", page)
        check("EHC-20417" in open(page, encoding="utf-8").read(), "the case is not on the page")
        same(folder_as_it_is(daemon), before, "the files after a page")
        store = sqlite3.connect(daemon.dir + "/spool/adviced.db")
        version = store.execute("PRAGMA user_version").fetchone()[0]
        store.execute("PRAGMA user_version = %d" % (version - 1))
        store.commit()
        store.close()
        before = folder_as_it_is(daemon)
        daemon.ctl("board", "--out", page, code=1)
        same(folder_as_it_is(daemon), before, "an older store after a look")
