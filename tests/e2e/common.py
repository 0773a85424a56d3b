"""What every end-to-end test needs: a town with a daemon in it, which is looked over at the end, the people and the
children of the shipped lists, and what lies in whose mailbox.  Part of tests/e2e/run."""

import contextlib
import os
import sqlite3
import time

from town import MAILBOX, SENAR, Daemon, Failed, Town, london, request

TRUST = "@childrenstrust.example"
CALLUM, PRIYANKA = "callum.strickland" + TRUST, "priyanka.nair-holt" + TRUST
ROSALIND, TARIQ, JOANNE = "rosalind.achebe" + TRUST, "tariq.hussain-moore" + TRUST, "joanne.priddy" + TRUST
DEBORAH, ANTHEA, GRAHAM, SANDRA = ("deborah.lanyon" + TRUST, "anthea.bellweather" + TRUST, "graham.odell" + TRUST,
                                   "sandra.whitlock" + TRUST)
ZOFIA = ("EHC-20417", "Zofia Przybylska", "12 March 2016", "999 000 0115")
IDRIS = ("EHC-20463", "Idris Vaughan-Hughes", "2 November 2013", "999 000 0212")
SECRETS = ("zofia", "przybylska", "idris", "vaughan", "9990000115", "999 000 0115", "9990000212", "2016-03-12",
           "2013-11-02")
MONDAY = london("2026-09-07T09:30")


def check(condition, text):
    if not condition:
        raise Failed(text)


def same(found, wanted, what):
    check(found == wanted, "%s:\n  found  %s\n  wanted %s" % (what, found, wanted))


towns = []


@contextlib.contextmanager
def a_town(**options):
    town = Town(**options)
    towns.append(town)
    try:
        yield town
        for daemon in [daemon for daemon in town.daemons if daemon.process is not None]:
            code = daemon.stop()
            check(code == 0, "adviced ended with %d:\n%s" % (code, daemon.log()[-2000:]))
            says_nothing_of_children(daemon)
            journal_names_nobody(daemon)
    except Exception as wrong:
        for daemon in town.daemons:
            if os.path.exists(daemon.log_path):
                wrong.args = ("%s\n--- log of %s\n%s" % (wrong, daemon.name, daemon.log()[-3000:]),)
        raise
    finally:
        town.close()
        towns.remove(town)


def says_nothing_of_children(daemon):
    """Promise no-leak: neither the log nor a file's name says who a child is."""
    texts = [daemon.log().lower()] + [name.lower() for _, _, files in os.walk(daemon.dir) for name in files]
    for secret in SECRETS:
        for text in texts:
            check(secret not in text, "%r stands in the log or in a file's name" % secret)


def journal_names_nobody(daemon):
    """No column of the journal holds a child's data, or anybody's address."""
    path = daemon.dir + "/spool/adviced.db"
    if not os.path.exists(path):
        return
    store = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    try:
        for row in store.execute("SELECT id, event, rule, detail, who FROM journal"):
            for text in row[1:]:
                check("@" not in text and not any(secret in text.lower() for secret in SECRETS),
                      "row %d of the journal says %r" % (row[0], text))
    finally:
        store.close()


def edit(path, old, new):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    check(old in text, "%r does not stand in %s" % (old, path))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))


def begin(town, **config):
    """A daemon that has looked at its mailbox and knows the people."""
    daemon = Daemon(town, **config).start()
    daemon.import_lists()
    daemon.until(daemon.start_at)
    return daemon


def ask_for_advice(town, child=ZOFIA, at=MONDAY, headers=None):
    return town.write(SENAR, "SEND ADVICE Request - Stage Two - " + child[0], request(*child), at, headers=headers)


def summary(town):
    """What lies in everybody's mailbox of the daemon's mails: (day, to, cc, subject) once each."""
    found = {}
    for address in [*town.people, SENAR]:
        for mail in town.mails(address):
            if mail.sender.lower() == MAILBOX.lower():
                found.setdefault(mail.id, (mail.date.date().isoformat(), mail.to, mail.cc, mail.subject))
    return sorted(found.values())


def needs_you(town):
    return [m.id for m in town.mails(MAILBOX, "Needs you")]


def processed(town):
    """Without the copies of our own mails."""
    return [m.id for m in town.mails(MAILBOX, "Processed") if m.sender.lower() != MAILBOX.lower()]


def drag(town, mail, folder, to="INBOX"):
    """As a person does it: the server gives it another UID."""
    moved = next(m.path for m in town.mails(MAILBOX, folder) if m.id == mail.id)
    name = "%d.dragged.%s" % (int(time.time()), os.path.basename(moved).split(".")[1])
    os.rename(moved, os.path.join(town.box(MAILBOX, to), "cur", name + ":2,S"))


def troubles(daemon):
    try:
        return [row["trouble"] for row in daemon.json("status", code=None) if row.get("trouble")]
    except Failed:
        return ["it is just being started again"]
