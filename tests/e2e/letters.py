"""What people read and do by mail and by folder: the owner's daily digest, the folder Retry, escalations about several
cases in one mail.  Part of tests/e2e/run."""

import json
import os
import sqlite3
import subprocess
import tempfile
import time

from common import (DEBORAH, IDRIS, MONDAY, SANDRA, SECRETS, a_town, ask_for_advice, begin, check, drag, needs_you,
                    processed, same)
from town import MAILBOX, ROOT, SENAR, london


def times_again(daemon):
    with sqlite3.connect("file:%s?mode=ro" % (daemon.dir + "/spool/adviced.db"), uri=True) as store:
        return [who for who, in store.execute("SELECT who FROM journal WHERE event='again'")]


def lies_in(town, folder):
    return [m.id for m in town.mails(MAILBOX, folder)]


def test_a_mail_put_into_retry_is_decided_again():
    """Once, with what is known today; what still cannot be placed waits again and is not taken up for ever; a mail that
    nobody has seen comes in by the usual way."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        check(os.path.isdir(town.box(MAILBOX, "Retry")), "there is no folder Retry")
        early = town.write(SENAR, "Social Care Advice", "Any news on EHC-20417?", MONDAY)
        odd = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", MONDAY)
        daemon.until("2026-09-07T10:00")
        same(sorted(needs_you(town)), sorted([early.id, odd.id]), "the folder Needs you")
        ask_for_advice(town, at=london("2026-09-07T10:30"))
        daemon.until("2026-09-07T11:00")
        drag(town, early, "Needs you", "Retry")
        drag(town, odd, "Needs you", "Retry")
        daemon.until("2026-09-07T12:00")
        same(lies_in(town, "Retry"), [], "the folder Retry")
        same(needs_you(town), [odd.id], "what waits once more")
        check(early.id in processed(town), "the mail that can be placed by now is not in Processed")
        same([row["case"] for row in daemon.json("triage")], [""], "what waits for a person")
        same(times_again(daemon), ["retry folder"] * 2, "who has had mails decided again")

        drag(town, odd, "Needs you", "Retry")
        daemon.kill()
        daemon.start()
        daemon.until("2026-09-07T14:00")
        daemon.until("2026-09-07T16:00")
        same((lies_in(town, "Retry"), needs_you(town)), ([], [odd.id]), "the folders after a second time")
        same(times_again(daemon), ["retry folder"] * 3, "who has had mails decided again")

        new = ask_for_advice(town, IDRIS, at=london("2026-09-07T16:30"))
        path = next(m.path for m in town.mails(MAILBOX) if m.id == new.id)
        os.rename(path, os.path.join(town.box(MAILBOX, "Retry"), "cur", "%d.new.one:2," % time.time()))
        daemon.until("2026-09-07T18:00")
        daemon.until("2026-09-07T18:30")
        check(new.id in processed(town), "the mail that nobody knew has not come in")
        check("EHC-20463" in [row["case"] for row in daemon.json("cases")], "it has opened no case")


def digests(town):
    return [m for m in town.mails(SANDRA) if "digest" in m.text or "every working day" in m.text]


def test_the_owner_hears_every_working_day():
    """Once a day, on working days, also with nothing to say; once after a month; what waits is answered from it; and the
    journal's head in it holds."""
    with a_town(smtp="python") as town:
        daemon = begin(town, daily="08:00")
        daemon.until("2026-09-14T12:00")
        found = digests(town)
        same([m.date.strftime("%a %H:%M") for m in found],
             ["Tue 08:00", "Wed 08:00", "Thu 08:00", "Fri 08:00", "Mon 08:00"], "the first week's digests")
        check("all well" in found[0].subject and "All well" in found[0].text, "not all is well:\n" + found[0].text)
        head = found[-1].text.split(", hash ")[1][:64]
        daemon.ctl("verify", "--head", head)

        ask_for_advice(town, at=london("2026-09-14T13:00"))
        odd = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", london("2026-09-14T13:00"))
        daemon.until("2026-09-15T07:00")
        daemon.kill()
        daemon.start()
        daemon.until("2026-09-15T12:00")
        same(len(digests(town)), 6, "digests after a kill")
        news = digests(town)[-1]
        check("1 thing waits for you" in news.subject and "What came in" in news.text, "what waits is not said:\n" + news.text)
        check(not any(word in (news.subject + news.text).lower() for word in SECRETS), "it says who a child is:\n" + news.text)
        town.press(SANDRA, news, "NOT A CASE", london("2026-09-15T13:00"))
        daemon.until("2026-09-15T14:00")
        same((len(daemon.json("triage")), odd.id in processed(town)), (0, True), "what waits after the button")

        daemon.until("2026-12-01T07:00")
        late = digests(town)[-1]
        check("What is late" in late.text and "EHC-20417" in late.text and "late (due" in late.text, "what is late:\n" + late.text)


def test_escalations_about_several_cases_are_one_mail():
    """To one manager at one moment; each with answers of its own; to somebody with one case as it was written."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        ask_for_advice(town)
        ask_for_advice(town, IDRIS)
        daemon.until("2026-12-01T12:00")
        joined = [m for p in town.people for m in town.mails(p) if "cases need you" in m.subject]
        check(joined, "no escalations were joined: %s" % sorted({m.subject for p in town.people for m in town.mails(p)}))
        mail = joined[0]
        check("EHC-20417" in mail.subject and "EHC-20463" in mail.subject, "its subject: " + mail.subject)
        check(mail.text.count("Subject of your answer: EHC-") >= 2, "no answers for each:\n" + mail.text)
        check(not any(word in mail.text.lower() for word in SECRETS), "it says who a child is:\n" + mail.text)
        alone = town.last(DEBORAH, "EHC-20417: late")     # one of the workers' own manager
        town.press(DEBORAH, alone, "EXTEND", london("2026-12-01T13:00"), more="the worker was ill")
        daemon.until("2026-12-01T14:00")
        echo = town.mails(DEBORAH)[-1]
        check("understood" in echo.subject and "EXTEND 5 days" in echo.text, "what a button did:\n" + echo.subject + echo.text)


def test_a_simulation_shows_each_mail_as_its_reader_sees_it():
    """simulate --letters: as many as go out; an escalation says what is late, since when, who was chased, what to do."""
    story = ROOT + "/rules/leicester/tests/nobody-answers"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([ROOT + "/advicectl", "simulate", "--json", "--pack", "leicester", "--mail", story + "/mail",
                               "--directory", story + "/directory.csv", "--involvement", story + "/involvement.csv",
                               "--letters", folder], stdout=subprocess.PIPE, check=True, encoding="utf-8")
        mails = [event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "mail-out"]
        same(len(os.listdir(folder)), 2 * len(mails), "files")
        number = next(n for n, mail in enumerate(mails, 1) if mail["act"] == "escalate")
        with open("%s/%04d.txt" % (folder, number), encoding="utf-8") as f:
            text = f.read()
        with open("%s/%04d.html" % (folder, number), encoding="utf-8") as f:
            html = f.read()
    for words in ("12 October 2026, 7 days late", "Priya Lindqvist, since 7 September 2026", "28 Sep, 5 Oct, 8 Oct, 13 Oct 2026"):
        check(words in text and words in html, "%r is not in\n%s" % (words, text))
    for word in ("EXTEND%205%20days%3A%20", "REASSIGN%20", "HOLD%3A%20", "WHY"):
        check("&amp;body=%s\"" % word in html, "no button for %s" % word)
    check("http" not in html and "src=" not in html, "something is fetched from elsewhere")
