"""What people put right: what waits is settled, by mail and by command, and what went wrong is corrected, taken back or
paused.  Part of tests/e2e/run."""

import os

from common import (CALLUM, IDRIS, MONDAY, ROSALIND, SANDRA, SECRETS, a_town, ask_for_advice, begin, check, needs_you,
                    processed, same, summary)
from town import MAILBOX, SENAR, london


def ask_about_two(town, at, words="Any news on EHC-20417 and EHC-20463?"):
    return town.write(SENAR, "Social Care Advice", words, at)


def test_what_waits_is_settled_by_mail_and_moves_on():
    """By a number in a reply, by a button, and by command; a mail that somebody moved meanwhile is no error."""
    with a_town() as town:
        daemon = begin(town)
        ask_for_advice(town)
        ask_for_advice(town, IDRIS)
        daemon.until("2026-09-08T09:00")
        both = ask_about_two(town, london("2026-09-08T09:30"))
        daemon.until("2026-09-08T10:00")
        same(needs_you(town), [both.id], "the folder Needs you")
        asked = town.last(SANDRA, "needs your decision")
        check("EHC-20417 (Z.P.)" in asked.text and "EHC-20463 (I.V.H.)" in asked.text, "no cases to choose from:\n" + asked.text)
        check(not any(word in asked.text.lower() for word in SECRETS), "the mail says who a child is:\n" + asked.text)
        row = daemon.json("triage")[0]
        number = next(answer for answer, case in zip(row["answers"], row["candidates"]) if case == "EHC-20463")
        town.reply(SANDRA, asked, number, london("2026-09-08T11:00"))
        daemon.until("2026-09-08T12:00")
        check("EHC-20463" in town.last(SANDRA, "understood").text, "what was understood is not said")
        same([c["case"] for c in daemon.json("triage")], [], "what waits after the answer")
        same(needs_you(town), [], "the folder Needs you after the answer")
        check(both.id in processed(town), "the mail is not in Processed")
        check(any("EHC-20463" in m.subject for m in town.mails(ROSALIND) if "asks" in m.subject), "nobody hears of the mail")

        again = ask_about_two(town, london("2026-09-09T09:30"), "When can we expect EHC-20417 and EHC-20463?")
        daemon.until("2026-09-09T10:00")
        moved = town.files(MAILBOX, "Needs you")[0]
        os.rename(moved, os.path.join(town.box(MAILBOX, "Processed"), "cur", os.path.basename(moved).split(":")[0] + ":2,S"))
        town.press(SANDRA, town.last(SANDRA, "needs your decision"), "NOT A CASE", london("2026-09-09T11:00"))
        daemon.until("2026-09-09T12:00")
        same(len(daemon.json("triage")), 0, "what waits after the button")
        check(again.id in processed(town), "the mail that a person moved has gone")
        check("could not be moved" not in daemon.log(), "a mail that a person moved is an error:\n" + daemon.log()[-2000:])

        third = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", london("2026-09-10T09:30"))
        daemon.until("2026-09-10T10:00")
        row = daemon.json("triage")[0]
        daemon.ctl("resolve", str(row["triage"]), "not", "a", "case", code=1)
        same(needs_you(town), [third.id], "the folder Needs you, when only shown")
        daemon.ctl("resolve", str(row["triage"]), "NEW", "--yes", code=1)
        done = daemon.json("resolve", str(row["triage"]), "NOT A CASE", "--reason", "a wrong number", "--yes")
        same(done[0]["answer"], "NOT A CASE", "what was understood")
        daemon.until("2026-09-10T12:00")
        same(len(daemon.json("triage")), 0, "what waits after the command")
        same(needs_you(town), [], "the folder Needs you after the command")
        check(third.id in processed(town), "the mail settled by command is not in Processed")


def test_a_command_decides_without_a_daemon():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        mail = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", MONDAY)
        daemon.until("2026-09-07T10:00")
        daemon.stop()
        row = daemon.json("triage")[0]
        daemon.ctl("resolve", str(row["triage"]), "NOT A CASE", "--yes")
        same(len(daemon.json("triage")), 0, "what waits")
        daemon.start()
        daemon.until("2026-09-07T11:00")
        same(needs_you(town), [], "the folder Needs you")
        check(mail.id in processed(town), "the mail is not in Processed")


def deadline(daemon, case, name):
    return next(d["date"] for d in daemon.json("case", case)[0]["deadlines"] if d["name"] == name)


def test_a_person_puts_things_right():
    """Shown first, done when agreed to, taken back; a mail in the wrong case finds its own."""
    with a_town() as town:
        daemon = begin(town)
        ask_for_advice(town)
        ask_for_advice(town, IDRIS)
        daemon.until("2026-09-08T09:00")
        names = [d["name"] for d in daemon.json("case", "EHC-20417")[0]["deadlines"]]
        before = {name: deadline(daemon, "EHC-20417", name) for name in names}
        correct = ("correct", "EHC-20417", "due-date=2 October 2026", "--reason", "the letter says so")
        daemon.ctl("correct", "EHC-20417", "due-date=2 October 2026", "--yes", code=2)
        daemon.ctl(*correct, code=1)
        same({name: deadline(daemon, "EHC-20417", name) for name in names}, before, "the dates, when only shown")
        done = daemon.json(*correct, "--yes")[0]
        check(any("2 Oct 2026" in effect for effect in done["effects"]), "the date is not among the effects: %s" % done)
        check("2026-10-02" in [deadline(daemon, "EHC-20417", name) for name in names], "no date has changed")
        daemon.ctl("undo", str(done["change"]), "--yes")
        same({name: deadline(daemon, "EHC-20417", name) for name in names}, before, "the dates, taken back")

        news = town.write(SENAR, "EHC-20417", "Any news?", london("2026-09-08T09:30"))
        daemon.until("2026-09-08T10:00")
        number = daemon.json("case", "EHC-20417")[0]["mails-in"][-1]["message"]
        gone = daemon.json("detach", str(number), "--reason", "it is about his cousin", "--yes")[0]["gone-out"]
        check(any(ROSALIND in line for line in gone), "who got it already is not said: %s" % gone)
        daemon.until("2026-09-08T11:00")
        same(needs_you(town), [news.id], "the folder Needs you")
        check(town.last(SANDRA, "needs your decision") is not None, "nobody is asked where it belongs")
        row = next(row for row in daemon.json("triage") if row["message"] == number)
        daemon.ctl("resolve", str(row["triage"]), "EHC-20463", "--yes")
        daemon.until("2026-09-08T12:00")
        check(number in [m["message"] for m in daemon.json("case", "EHC-20463")[0]["mails-in"]], "the mail has not found its case")
        same(needs_you(town), [], "the folder Needs you, once it has its place")

        daemon.ctl("merge", "EHC-20417", "EHC-20463", "--reason", "a trial", "--yes", code=1)
        closed = daemon.json("close", "EHC-20417", "--reason", "the family has moved", "--yes")[0]
        check(daemon.json("case", "EHC-20417")[0]["closed"] is not None, "the case is not closed")
        daemon.ctl("undo", str(closed["change"]), "--yes")
        case = daemon.json("case", "EHC-20417")[0]
        check(case["closed"] is None, "the case is not open again")
        same([change["undone-by"] != 0 for change in case["changes"]], [True, False, False, True, False], "the changes")
        daemon.ctl("verify")


def test_a_pause_stops_what_goes_out():
    with a_town() as town:
        daemon = begin(town)
        daemon.ctl("pause", "--reason", "a trial", "--yes", code=2)
        daemon.ctl("pause", "--until", "2026-09-10T09:00", "--reason", "a trial", "--yes")
        ask_for_advice(town)
        daemon.until("2026-09-09T10:00")
        same(len(daemon.json("cases")), 1, "cases, while mails are paused")
        same(summary(town), [], "what went out in the pause")
        same([row["paused"] for row in daemon.json("status") if "paused" in row], ["everything"], "the status")
        daemon.until("2026-09-10T10:00")
        check("EHC-20417" in town.last(CALLUM).subject, "the worker heard nothing after the pause")
        sent = len(summary(town))
        daemon.ctl("pause", "EHC-20417", "--until", "2026-10-08T09:00", "--reason", "the family asks for peace", "--yes")
        daemon.until("2026-10-07T10:00")
        same(len(summary(town)), sent, "mails, while the case is paused")
        daemon.ctl("resume", "EHC-20417", "--yes")
        daemon.until("2026-10-07T11:00")
        check(len(summary(town)) > sent, "nothing went out after the pause")
