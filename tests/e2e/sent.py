"""The folder of sent mail: what staff send by hand, the copy of each mail to the mailbox itself, and what that copy
proves.  Part of tests/e2e/run."""

import re

from between import Between
from common import CALLUM, ROSALIND, TARIQ, a_town, ask_for_advice, begin, check, same, summary
from town import MAILBOX, SENAR, docx, london


def sent_as(mail, message_id):
    """A mail of ours as a server keeps it that has given it another id."""
    return re.sub(rb"(?im)^Message-ID:[^\r\n]*(\r?\n[ \t][^\r\n]*)*", b"Message-ID: <" + message_id.encode() + b">",
                  mail.content, count=1)


def test_what_staff_send_by_hand_counts_and_commands_nothing():
    """The folder of sent mail is only looked at: what lay there before, our own mails, a word by hand, a return by hand."""
    with a_town() as town:
        form = [("social-care-advice.docx", docx("Social Care Advice", "EHC-20417", "Known to us since the spring."))]

        def by_hand(subject, text, at, to, attachments=()):
            town.append(town.compose(MAILBOX, subject, text, london(at), to=to, attachments=attachments), "Sent Items")

        by_hand("Advice EHC-20417", "From before.", "2026-09-04T10:00", SENAR, form)
        daemon = begin(town, sent="Sent Items", own_copy="no")
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        for number, mail in enumerate([town.last(CALLUM, "EHC-20417"), town.last(ROSALIND, "which officer")]):
            town.append(sent_as(mail, "rewritten.%d@exchange.example" % number), "Sent Items")
        daemon.until("2026-09-07T11:00")
        town.write(ROSALIND, "RE: your mail", "ALLOCATE Tariq Hussain-Moore", london("2026-09-07T11:00"),
                   headers={"In-Reply-To": "<rewritten.1@exchange.example>"})
        daemon.until("2026-09-08T10:00")
        check("EHC-20417" in town.last(TARIQ).subject, "the answer to the id that the server gave was not understood")

        by_hand("RE: EHC-20417", "EXTEND 60 days: holidays", "2026-09-08T11:00", CALLUM)
        by_hand("RE: EHC-20417", "We will be in touch.", "2026-09-08T11:05", SENAR)
        daemon.until("2026-09-21T12:00")
        same(len([m for m in town.mails(CALLUM) if "2026-09-21" in m.date.date().isoformat()]), 1, "the worker's reminders")
        by_hand("Social care advice EHC-20417", "Please find the advice attached.", "2026-09-22T10:00", SENAR, form)
        daemon.until("2026-11-20T10:00")
        case = daemon.json("cases", "--all")[0]
        check(case["closed"] is not None, "the case is not closed: %s" % case)
        same(len(town.mails(SENAR)), 0, "SENAR's mails from us")
        same([m.subject for m in town.mails(CALLUM) if m.date > london("2026-09-22T00:00")], [], "the worker's mails after the return")
        same([c["case"] for c in daemon.json("triage")], [], "what waits for a person")
        shown = daemon.ctl("case", "EHC-20417")
        same(shown.count("sent by hand (mail"), 3, "mails shown as sent by hand:\n" + shown)
        status = daemon.ctl("status")
        check('its folder "Sent Items"' in status and "trouble" not in status, "status:\n" + status)
        files = town.files(MAILBOX, "Sent Items")
        same(len(files), 6, "mails among what was sent")
        check(not any("S" in path.rsplit(",", 1)[-1] for path in files if ":2," in path), "they were marked as read: %s" % files)


def sent_ids(town):
    """In the folder of that name, or, where there is none, in the one that the server has for it."""
    return sorted(str(m.parsed["X-Adviced-Id"]) for name in ("Sent Items", "Sent") for m in town.mails(MAILBOX, name))


def our_ids(town):
    return sorted({str(m.parsed["X-Adviced-Id"]) for address in [*town.people, SENAR] for m in town.mails(address)
                   if m.sender.lower() == MAILBOX.lower()})


def test_every_mail_lies_among_the_sent_mail_once():
    """A25: by the copy that came back; nobody sees that it was sent; what is dragged back into the inbox does nothing."""
    with a_town() as town:
        daemon = begin(town, sent="Sent Items")
        ask_for_advice(town)
        daemon.until("2026-09-08T10:00")
        check(len(our_ids(town)) >= 2, "the request made no mails")
        same(sent_ids(town), our_ids(town), "the folder of sent mail")
        same(len(town.mails(MAILBOX)), 0, "mails left in the inbox")
        for mail in town.mails(CALLUM) + town.mails(ROSALIND):
            check(MAILBOX.lower() not in mail.to + mail.cc and mail.parsed["Bcc"] is None, "a header shows the copy: %s" % mail.parsed)
        before = (summary(town), daemon.json("cases"), daemon.json("triage"))
        with open((town.files(MAILBOX, "Sent Items") + town.files(MAILBOX, "Sent"))[0], "rb") as f:
            town.drop(f.read())
        daemon.until("2026-09-08T11:00")
        same((summary(town), daemon.json("cases"), daemon.json("triage")), before, "what a copy that is put back makes happen")
        same(sent_ids(town), our_ids(town), "the folder of sent mail, after that")
        same(len(town.mails(MAILBOX)), 0, "mails left in the inbox, after that")


def test_without_a_folder_of_sent_mail_the_copies_are_processed():
    with a_town() as town:
        daemon = begin(town)
        request_mail = ask_for_advice(town)
        daemon.until("2026-09-08T10:00")
        ours = [str(m.parsed["X-Adviced-Id"]) for m in town.mails(MAILBOX, "Processed") if m.id != request_mail.id]
        same(sorted(ours), our_ids(town), "the folder Processed")
        same((town.mails(MAILBOX), daemon.json("triage")), ([], []), "what is left in the inbox, and what waits")


def test_complaint_24_an_unknown_mail_is_known_by_its_copy():
    """The server takes the mail, and the connection breaks before it can say so; under another message-id, too."""
    with a_town() as town, Between(town) as between:
        daemon = begin(town, sent="Sent Items", smtp_port=between.port)
        between.cut, between.rewrite = 2, True
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same((between.cut, len(between.taken)), (0, 2), "connections cut, mails taken")
        check("state=unknown" in daemon.log(), "no mail was ever unknown:\n" + daemon.log()[-2000:])
        daemon.until("2026-09-07T14:00")
        same((daemon.json("queue"), daemon.json("triage")), ([], []), "what is not known to be sent, and what waits")
        same(len(between.taken), 2, "mails handed over")
        same(len(town.mails(CALLUM)), 1, "the worker's mails")
        same(len(sent_ids(town)), 2, "the folder of sent mail")
        town.write(ROSALIND, "RE: your mail", "ALLOCATE Tariq Hussain-Moore", london("2026-09-07T14:00"),
                   headers={"In-Reply-To": "<rewritten.%s>" % town.last(ROSALIND, "which officer").parsed["X-Adviced-Id"]})
        daemon.until("2026-09-08T10:00")
        check(any("EHC-20417" in m.subject for m in town.mails(TARIQ)), "the id that the server gave is not understood in an answer")


def test_complaint_24_an_unknown_mail_without_a_copy_waits_for_a_person():
    with a_town() as town, Between(town) as between:
        daemon = begin(town, smtp_port=between.port, own_copy="no")
        between.cut = 1
        ask_for_advice(town)
        daemon.until("2026-09-08T10:00")
        unknown = [row for row in daemon.json("queue") if row["state"] == "unknown"]
        same((len(unknown), len(daemon.json("triage"))), (1, 1), "what is unknown, and what waits")
        mail = str(unknown[0]["mail"])
        daemon.ctl("queue", "release", mail, code=1)
        daemon.ctl("queue", "sent", mail)
        daemon.ctl("queue", "sent", mail, code=1)
        daemon.until("2026-09-08T11:00")
        same((daemon.json("queue"), daemon.json("triage"), len(between.taken)), ([], [], 2), "what is left to be sent, and was taken")
