"""What is kept, proven, erased and brought back.  Part of tests/e2e/run."""

import hashlib
import os
import subprocess

from common import CALLUM, IDRIS, MONDAY, ZOFIA, a_town, ask_for_advice, begin, check, drag, same
from town import MAILBOX, ROOT, SENAR, london, request, wait_for

PLANTED = "Planted-Quartz-Heron"


def a_closed_case(town):
    """One case from the request to its end, with a word in its mails that stands nowhere else."""
    daemon = begin(town)
    asked = town.write(SENAR, "SEND ADVICE Request - Stage Two - " + ZOFIA[0], request(*ZOFIA, extra="Known to us as %s.\n\n" % PLANTED),
                       MONDAY)
    daemon.until("2026-09-07T10:00")
    daemon.ctl("close", "EHC-20417", "--reason", "the request was withdrawn, says " + PLANTED, "--yes")
    daemon.until("2026-09-08T10:00")
    return daemon, asked


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def rows_are_proven(lines):
    """Without the program: every row of the case has the digest and the hash that it says, and leads to the head."""
    rows = [line for line in lines if "row" in line and "nonce" in line]
    digests = {line["chain"]: line["digest"] for line in lines if "chain" in line}
    check(len(rows) > 5, "only %d rows of the journal" % len(rows))
    for row in rows:
        fields = "".join("%d:%s," % (len(row[name].encode()), row[name]) for name in ("event", "rule", "detail", "who"))
        same(sha256("%s,%d,%d,%d,%d,%s" % (row["nonce"], row["at"], row["case"], row["message"], row["outbox"], fields)),
             row["digest"], "the digest of row %d" % row["row"])
        same(sha256(row["before"] + "," + row["digest"]), row["hash"], "the hash of row %d" % row["row"])
    link, hashes = rows[0]["before"], {}
    for number in sorted(digests):
        link = hashes[number] = sha256(link + "," + digests[number])
    same(link, lines[0]["head"], "where the digests lead")
    for row in rows:
        same(hashes[row["row"]], row["hash"], "row %d in the chain" % row["row"])


def files_with(folder, word):
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    found += [path] * (word.encode() in f.read())
    return found


def test_a_case_is_proven_and_in_the_end_erased():
    """Complaint 22, what retention takes away comes again: from the request to a year after its end; the mail dragged
    back then opens no case and sends nothing."""
    with a_town(smtp="python") as town:
        daemon, asked = a_closed_case(town)
        text = daemon.ctl("evidence", "EHC-20417")
        for words in ("CHRONOLOGY OF CASE EHC-20417", "received", "passed on", "by a person", PLANTED, "UTC", "pathway.cfg:",
                      "Dates, and how each was worked out", "Nothing of this case has been erased"):
            check(words in text, "%r is not in the evidence:\n%s" % (words, text))
        check(max(map(len, text.splitlines())) < 140, "a line of the evidence is not wrapped")
        rows_are_proven(daemon.json("evidence", "EHC-20417", "--proof"))
        path = daemon.dir + "/evidence"
        daemon.ctl("evidence", "EHC-20417", "--out", path)
        same(os.stat(path).st_mode & 0o777, 0o600, "who may read the evidence")
        os.unlink(path)
        head = daemon.json("verify")[0]["head"]

        daemon.until("2026-11-20T10:00")
        daemon.ctl("legal-hold", "EHC-20417", "on", "--reason", "complaint 12")
        daemon.until("2027-01-08T10:00")
        check(files_with(daemon.dir + "/spool/archive", PLANTED), "what is on hold was erased")
        daemon.ctl("legal-hold", "EHC-20417", "off", "--reason", "settled")
        daemon.until("2027-01-09T10:00")
        same(files_with(daemon.dir + "/spool/archive", PLANTED) + files_with(daemon.dir + "/spool/sent", PLANTED) +
             files_with(daemon.dir + "/spool/docs", PLANTED), [], "mails of the case, three months after its end")
        check("were erased on" in daemon.ctl("evidence", "EHC-20417"), "the evidence does not say that the mails are gone")

        daemon.until("2027-10-01T10:00")
        daemon.ctl("purge", "--yes")
        same(files_with(daemon.dir, PLANTED), [], "files that still hold what was erased")
        check(daemon.json("verify", "--head", head)[0]["whole"], "the journal is broken")
        number = daemon.json("cases", "--all")[0]["number"]
        check("was erased on" in daemon.ctl("evidence", str(number)), "the evidence does not say that it is gone")
        mails = {address: len(town.mails(address)) for address in town.people}
        drag(town, asked, "Processed")
        daemon.until("2027-10-01T11:00")
        same(len(daemon.json("cases", "--all")), 1, "cases, when the mail was dragged back")
        same({address: len(town.mails(address)) for address in town.people}, mails, "everybody's mails by then")


def test_a_restored_backup_goes_on_and_sends_nothing_unasked():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        place = daemon.ctl("backup").split(":")[0]
        same(subprocess.run(["sha256sum", "--quiet", "-c", "MANIFEST"], cwd=place, check=False).returncode, 0, "the backup's hashes")
        ask_for_advice(town, IDRIS, london("2026-09-08T09:30"))     # after the backup, and so lost
        daemon.until("2026-10-05T12:00")                            # and the first case's worker is chased
        before = len(town.mails(CALLUM))
        daemon.stop()
        with open(daemon.dir + "/spool/adviced.db", "r+b") as f:
            f.write(b"not a database any more" * 100)
        daemon.start(ready=False)
        wait_for("the alarm", lambda: "the store is damaged" in daemon.log())
        wait_for("an answer", lambda: subprocess.run([ROOT + "/advicectl", "-c", daemon.config, "status"], capture_output=True,
                                                     check=False).stderr.count(b"advicectl restore --from"))
        daemon.stop()
        daemon.ctl("restore", "--from", place)
        daemon.start()
        check("nothing goes out before" in daemon.ctl("status"), "status does not say that it was restored")
        daemon.until("2026-10-05T12:00")
        same(len(town.mails(CALLUM)), before, "the worker's mails, before anybody has looked")
        shown = daemon.ctl("restored", code=1)
        check(CALLUM in shown, "what would go is not shown:\n" + shown)
        waiting = [mail["mail"] for mail in daemon.json("queue")]
        for number in waiting:
            daemon.ctl("queue", "sent", str(number))
        daemon.ctl("restored", "--yes")
        daemon.until("2026-10-05T18:00")
        same(len(town.mails(CALLUM)), before, "the worker's mails, after a person said that these had gone")
        # What came after the backup, put back by hand, is taken up; what is known already has no second effect.
        for mail in town.mails(MAILBOX, "Processed"):
            drag(town, mail, "Processed")
        daemon.until("2026-10-06T10:00")
        same(sorted(case["case"] for case in daemon.json("cases")), ["EHC-20417", "EHC-20463"], "the cases")
        check(daemon.json("verify")[0]["whole"], "the journal is broken")
