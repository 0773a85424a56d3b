"""From a mail to the right mails: a request and its answers, who is believed, and one effect however often a mail is
seen.  Part of tests/e2e/run."""

import os
import re

from common import (CALLUM, DEBORAH, GRAHAM, MONDAY, ROSALIND, SANDRA, TARIQ, ZOFIA, a_town, ask_for_advice, begin,
                    check, drag, edit, needs_you, processed, same)
from town import MAILBOX, SENAR, Daemon, docx, london, request, wait_for


def test_a_request_is_forwarded_as_soon_as_it_comes():
    """No command moves anything here, and the poll is an hour away: the server's own notice starts it."""
    with a_town() as town:
        daemon = begin(town, poll="1 hour")
        original = ask_for_advice(town)
        wait_for("the worker's mail", lambda: any("EHC-20417" in m.subject for m in town.mails(CALLUM)))
        mail = town.last(CALLUM, "EHC-20417")
        same((mail.to, mail.cc), (sorted([CALLUM, ROSALIND]), [DEBORAH]), "recipients")
        check("social-care-advice.docx" in mail.attachments, "the form is not attached: %s" % mail.attachments)
        check("5 October 2026" in mail.text or "5 Oct 2026" in mail.text, "the worker's date is not in the text:\n" + mail.text)
        check("Zofia" in mail.text, "the worker is not told which child")
        check("Zofia" not in mail.subject, "the subject names the child")
        same(str(mail.parsed["Auto-Submitted"]), "auto-generated", "Auto-Submitted")
        wait_for("the request to be moved", lambda: original.id in [m.id for m in town.mails(MAILBOX, "Processed")])
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(MAILBOX)), 0, "mails left in the inbox")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")


def test_people_answer_by_reply_and_by_button():
    with a_town() as town:
        daemon = begin(town)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        town.reply(ROSALIND, town.last(ROSALIND, "which officer"), "ALLOCATE Tariq Hussain-Moore", london("2026-09-07T10:00"))
        daemon.until("2026-09-14T10:00")
        check("EHC-20417" in town.last(TARIQ).subject, "the officer heard nothing")
        town.write(CALLUM, "EHC-20417", "The completed form is attached.", london("2026-09-14T10:00"),
                   attachments=[("social-care-advice.docx", docx("Social Care Advice", "EHC-20417"))])
        daemon.until("2026-09-15T10:00")
        town.press(TARIQ, town.last(TARIQ, "EHC-20417|APPROVED"), "APPROVED", london("2026-09-15T10:00"))
        daemon.until("2026-09-16T10:00")
        same(len(town.mails(SENAR)), 0, "SENAR's mails before the manager has seen the advice")
        town.reply(ROSALIND, town.last(ROSALIND, "EHC-20417|APPROVED|AMEND"), "APPROVED", london("2026-09-16T10:00"))
        daemon.until("2026-09-17T10:00")
        same(len(town.mails(SENAR)), 1, "SENAR's mails")
        check("social-care-advice.docx" in town.last(SENAR).attachments, "SENAR got no form")
        case = daemon.json("cases", "--all")[0]
        check(case["closed"] is not None, "the case is not closed: %s" % case)


def test_an_answer_that_is_not_authenticated_is_not_obeyed():
    """The same words, put into the mailbox past the server that stamps them."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        question = town.last(ROSALIND, "which officer")
        forged = town.compose(ROSALIND, "RE: " + question.subject, "ALLOCATE Tariq Hussain-Moore",
                              london("2026-09-07T10:00"), headers={"In-Reply-To": question.id,
                              "Authentication-Results": "mx.elsewhere.example; dmarc=pass header.from=childrenstrust.example"})
        town.drop(forged)
        daemon.until("2026-09-07T11:00")
        same([m.subject for m in town.mails(TARIQ)], [], "what the officer got by a forged answer")


def test_where_nobody_is_believed_the_owner_confirms_an_answer():
    """trust = "none": the answer waits, the mail that the owner alone got has the button that lets it count."""
    with a_town() as town:
        daemon = begin(town, trust="none")
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        town.reply(ROSALIND, town.last(ROSALIND, "which officer"), "Hi,\n\nallocate Tariq Hussain-Moore, thanks",
                   london("2026-09-07T10:00"))
        daemon.until("2026-09-07T11:00")
        same([m.subject for m in town.mails(TARIQ)], [], "what the officer got by an answer that nothing proves")
        asked = town.last(SANDRA, "needs your decision")
        check("Rosalind" in asked.text and "CONFIRM" in asked.text, "the owner is not told who it seems to be:\n" + asked.text)
        town.press(SANDRA, asked, "CONFIRM", london("2026-09-07T11:00"))
        daemon.until("2026-09-07T12:00")
        check(any("EHC-20417" in m.subject for m in town.mails(TARIQ)), "the officer heard nothing of the confirmed answer")
        check("Tariq" in town.last(ROSALIND, "understood").text, "who answered is not told what was understood")


def test_a_mail_that_nobody_knows_waits_for_a_person():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        mail = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", MONDAY)
        daemon.until("2026-09-07T10:00")
        same([m.id for m in town.mails(MAILBOX, "Needs you")], [mail.id], "the folder Needs you")
        same(len(daemon.json("triage")), 1, "rows in triage")


def test_the_same_mail_twice_has_one_effect():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        content = town.compose(SENAR, "SEND ADVICE Request - EHC-20417", request(*ZOFIA), MONDAY, headers={
            "Authentication-Results": "mx.test.example; dmarc=pass header.from=" + SENAR.split("@")[1]})
        town.drop(content)
        town.drop(content)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        town.drop(content)
        daemon.until("2026-09-07T11:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails after the third copy")
        same(len(town.mails(MAILBOX)), 0, "mails left in the inbox")


def test_a_mail_dragged_back_is_settled_again_and_does_nothing_more():
    """Out of Processed, and what waits or has waited in Needs you: back to where it belongs each time."""
    with a_town(smtp="python") as town:
        daemon = begin(town)
        asked = ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        drag(town, asked, "Processed")
        daemon.until("2026-09-07T11:00")
        same((len(town.mails(CALLUM)), processed(town).count(asked.id), len(town.mails(MAILBOX))), (1, 1, 0),
             "the worker's mails, those in Processed, those in the inbox")

        odd = town.write("someone@elsewhere.example", "Hello", "Could somebody call me back please?", london("2026-09-08T09:30"))
        daemon.until("2026-09-08T10:00")
        told = len(town.mails(SANDRA))
        drag(town, odd, "Needs you")
        daemon.until("2026-09-08T11:00")
        same((needs_you(town), len(town.mails(SANDRA)), len(daemon.json("triage"))), ([odd.id], told, 1),
             "Needs you, what the owner got, what waits, when dragged back before an answer")
        row = daemon.json("triage")[0]
        daemon.ctl("resolve", str(row["triage"]), "NOT A CASE", "--yes")
        daemon.until("2026-09-08T12:00")
        drag(town, odd, "Processed")
        daemon.until("2026-09-08T13:00")
        same((needs_you(town), processed(town).count(odd.id), len(town.mails(SANDRA)), len(daemon.json("triage"))),
             ([], 1, told, 0), "Needs you, Processed, what the owner got, what waits, when dragged back after an answer")


def test_a_mail_in_two_mailboxes_of_one_authority_has_one_effect():
    second = GRAHAM      # his inbox stands for another shared one
    with a_town(smtp="python") as town:
        town.freeze_rules()
        edit(os.path.join(town.rules, "birmingham", "pathway.cfg"), 'watches   = [ "', 'watches   = [ "second", "')
        daemon = Daemon(town)
        with open(daemon.config, encoding="utf-8") as f:
            first = re.search(r"  advice : \{.*?\n  \}\n", f.read(), re.S).group()
        edit(daemon.config, first, first + first.replace("advice :", "second :").replace(MAILBOX, second))
        daemon.start()
        daemon.import_lists()
        daemon.until(daemon.start_at)
        content = town.compose(SENAR, "SEND ADVICE Request - EHC-20417", request(*ZOFIA), MONDAY, headers={
            "Authentication-Results": "mx.test.example; dmarc=pass header.from=" + SENAR.split("@")[1]})
        town.drop(content)
        daemon.until("2026-09-07T10:00")
        town.drop(content, second)
        daemon.until("2026-09-07T11:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        same((len(town.mails(MAILBOX)), len(town.mails(second))), (0, 0), "mails left in the two inboxes")
        same((len(processed(town)), len(town.mails(second, "Processed"))), (1, 1), "mails in the two folders Processed")


def test_mail_that_was_there_before_us_is_left_alone():
    with a_town(smtp="python") as town:
        town.drop(town.compose(SENAR, "SEND ADVICE Request - EHC-20417", request(*ZOFIA), MONDAY))
        daemon = begin(town)
        daemon.until("2026-09-08T10:00")
        same((len(town.mails(CALLUM)), len(town.mails(MAILBOX))), (0, 1), "the worker's mails, and those in the inbox")
