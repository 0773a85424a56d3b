"""advicectl doctor on real servers: what it says when all is right, and when one thing is wrong.  Part of tests/e2e/run."""

import os
import socket
import threading
import time

from common import a_town, check, edit, same
from town import MAILBOX, Daemon, free_ports

ALARM = 'alarm : { to = [ "night@council.example" ]; command = "alarm-command" }\n'


def patient(town, **config):
    """A configuration in which everything is right, and no daemon yet."""
    daemon = Daemon(town, **dict({"limits": ALARM}, **config))
    command = daemon.dir + "/alarm-command"
    with open(command, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho told > \"$(dirname \"$0\")/told\"\n")
    os.chmod(command, 0o755)
    return daemon


def findings(daemon, code):
    """{part: [(verdict, text, mend)]} and the last line."""
    lines = daemon.json("doctor", code=code)
    found = {}
    for line in lines[:-1]:
        found.setdefault(line["part"], []).append((line["verdict"], line["text"], line["mend"] or ""))
    same(lines[-1]["wrong"], sum(line["verdict"] == "wrong" for line in lines[:-1]), "how many things are wrong")
    same(lines[-1]["well"], lines[-1]["wrong"] == 0, "whether all is well")
    return found


def wrong_of(found):
    return [(part, text, mend) for part, rows in found.items() for verdict, text, mend in rows if verdict == "wrong"]


def only(found, part, *words):
    """One thing is wrong, of this part, and what is said of it holds these words."""
    wrong = wrong_of(found)
    same([w[0] for w in wrong], [part], "what is wrong: %s" % wrong)
    for word in words:
        check(word in wrong[0][1] + " " + wrong[0][2], "%r is not said: %s" % (word, wrong))


def test_doctor_finds_nothing_wrong_and_changes_nothing():
    """With a daemon and without one; nothing is sent, moved or made by it; every part is looked at, in order."""
    with a_town() as town:
        daemon = patient(town)
        before = findings(daemon, 1)
        same([w[0] for w in wrong_of(before)], ["Lists"], "what is wrong before the first list")
        daemon.start()
        daemon.import_lists()
        daemon.until(daemon.start_at)
        folders, mails = town.folders(MAILBOX), [len(town.mails(address)) for address in [MAILBOX, *town.people]]
        running = findings(daemon, 0)
        same(list(running), ["Configuration", "Folders", "Store", "Rules", "Lists", "Clock", "Mailboxes", "Sending", "Alarm",
                             "Watching over it", "Calendars"], "the parts, in order")
        box = running["Mailboxes"][0]
        check(box[0] == "well" and "signed in" in box[1] and "IDLE" in box[1] and "MOVE" in box[1], "the mailbox: %s" % (box,))
        check(any("nothing was sent" in row[1] for row in running["Sending"]), "sending: %s" % running["Sending"])
        check(any("the daemon runs" in row[1] for row in running["Watching over it"]), "the daemon: %s" % running["Watching over it"])
        same(daemon.stop(), 0, "the end")
        alone = findings(daemon, 0)
        check(any("does not run" in row[1] for row in alone["Watching over it"]), "the daemon: %s" % alone["Watching over it"])
        same(town.folders(MAILBOX), folders, "the folders of the mailbox")
        same([len(town.mails(address)) for address in [MAILBOX, *town.people]], mails, "mails after doctor")
        check(not os.path.exists(daemon.dir + "/told"), "the alarm's command was run")
        text = daemon.ctl("doctor", code=0)
        check("Nothing is wrong." in text and "\033" not in text, "for people:\n" + text)
        for secret in ("secret\n", "secret "):
            check(secret not in text, "the password is said:\n" + text)


def test_doctor_says_what_is_wrong():
    """One thing at a time, and that it is the only one."""
    with a_town() as town:
        daemon = patient(town)
        daemon.start()
        daemon.import_lists()
        daemon.stop()
        sign_in(daemon)
        servers(daemon)
        rights_and_rules(town, daemon)


def sign_in(daemon):
    """A wrong password for reading, one for sending, a file that others can read, one that is not there."""
    daemon.write_config(password="wrong", limits=ALARM)
    only(findings(daemon, 1), "Mailboxes", "does not accept", MAILBOX, "password")
    daemon.write_config(smtp_password="wrong", limits=ALARM)
    only(findings(daemon, 1), "Sending", "refused", "smtp-password")
    daemon.write_config(limits=ALARM)
    os.chmod(daemon.dir + "/password", 0o644)
    only(findings(daemon, 1), "Mailboxes", "can be read by others", "chmod 600")
    os.unlink(daemon.dir + "/password")
    only(findings(daemon, 1), "Mailboxes", "cannot be opened", "LoadCredential")


def servers(daemon):
    """A server that takes the connection and says nothing; one that is not there; one whose certificate is another's."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        port = silent.getsockname()[1]
        threading.Thread(target=hold, args=(silent,), daemon=True).start()
        daemon.write_config(imap_port=port, limits=ALARM)
        edit(daemon.config, "tls = \"implicit\";", "tls = \"implicit\"; timeout = \"2 s\";")
        begun = time.monotonic()
        only(findings(daemon, 1), "Mailboxes", "right port", "firewall")
        check(time.monotonic() - begun < 40, "it took %d s" % (time.monotonic() - begun))
        daemon.write_config(imap_port=free_ports(1), limits=ALARM)
        only(findings(daemon, 1), "Mailboxes", "right port")
        daemon.write_config(host="127.0.0.1", limits=ALARM, ca="/etc/ssl/certs/ca-certificates.crt")
        only(findings(daemon, 1), "Mailboxes", "certificate")


def hold(server):
    """Takes connections and keeps them."""
    kept = []
    try:
        while True:
            kept.append(server.accept())
    except OSError:
        for connection, _ in kept:
            connection.close()


def rights_and_rules(town, daemon):
    """Rights, the second path, the rules, and the configuration itself."""
    daemon.write_config(limits=ALARM)
    os.chmod(daemon.dir + "/spool", 0o755)
    only(findings(daemon, 1), "Folders", "other users", "chmod 700")
    os.chmod(daemon.dir + "/spool", 0o700)
    daemon.write_config()
    only(findings(daemon, 1), "Alarm", "no second path")
    daemon.write_config(limits=ALARM)
    os.chmod(daemon.dir + "/alarm-command", 0o644)
    only(findings(daemon, 1), "Alarm", "cannot be run", "chmod +x")
    os.chmod(daemon.dir + "/alarm-command", 0o755)
    town.freeze_rules()
    daemon.write_config(limits=ALARM)
    edit(town.rules + "/birmingham/pathway.cfg", 'waits-for = "worker";', 'waits-for = "wroker";')
    wrong = wrong_of(findings(daemon, 1))
    check(wrong and all(row[0] == "Rules" for row in wrong) and "wroker" in wrong[0][1] and "pathway.cfg" in wrong[0][1],
          "a pack with an error: %s" % wrong)
    with open(daemon.config, "a", encoding="utf-8") as file:
        file.write("pollen = 3\n")
    found = findings(daemon, 1)
    same(list(found), ["Configuration"], "what is looked at when the configuration is not sound")
    check("pollen" in found["Configuration"][0][1], "the configuration: %s" % found["Configuration"])
