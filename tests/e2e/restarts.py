"""The whole ladder, without and with interruptions, and processes that end.  Part of tests/e2e/run."""

import os
import signal
import subprocess

from common import (ANTHEA, CALLUM, GRAHAM, IDRIS, JOANNE, PRIYANKA, ROSALIND, a_town, ask_for_advice, begin, check,
                    same, summary)
from town import MAILBOX, ROOT, Failed, clean_environment, is_running, london, wait_for

LADDER = [
    ("2026-09-07", [ROSALIND], []),                     # which officer?
    ("2026-09-07", sorted([PRIYANKA, ROSALIND]), [ANTHEA]),
    ("2026-09-07", [ROSALIND], []),                     # what was understood
    ("2026-09-07", [JOANNE], []),
    ("2026-09-21", [PRIYANKA], []),
    ("2026-09-28", [PRIYANKA], []),
    ("2026-10-01", [PRIYANKA], []),
    ("2026-10-06", [PRIYANKA], [ANTHEA]),
    ("2026-10-12", [ANTHEA], [PRIYANKA]),
    ("2026-10-15", [ROSALIND], []),
    ("2026-10-19", [GRAHAM], [ANTHEA]),
    ("2026-10-20", [GRAHAM], [ROSALIND]),
    ("2026-10-26", [GRAHAM], [ANTHEA]),
]


def climb(town, daemon, interrupt):
    """A request, an officer, and a worker who is silent; interrupt(n) comes between the steps."""
    ask_for_advice(town, IDRIS)
    daemon.until("2026-09-07T10:00")
    interrupt(1)
    town.reply(ROSALIND, town.last(ROSALIND, "which officer"), "ALLOCATE Joanne Priddy", london("2026-09-07T10:00"))
    daemon.until("2026-09-10T10:00")
    interrupt(2)
    for step, day in enumerate(("2026-09-22T07:00", "2026-10-01T08:30", "2026-10-08T20:00", "2026-10-19T08:29",
                                "2026-10-27T12:00"), 3):
        daemon.until(day)
        interrupt(step)
    same([row[:3] for row in summary(town)], sorted(LADDER), "what went out")
    check(all("EHC-20463" in row[3] for row in summary(town)), "a subject does not quote the case: %s" % summary(town))


def test_the_whole_ladder():
    with a_town() as town:
        climb(town, begin(town), lambda step: None)


def test_the_whole_ladder_with_restarts_in_the_middle():
    with a_town(smtp="python") as town:
        daemon = begin(town)

        def interrupt(step):
            if step % 2:
                same(daemon.stop(), 0, "exit code")
            else:
                daemon.kill()
            daemon.start("--test-clock")
        climb(town, daemon, interrupt)


def test_mail_that_came_while_we_were_down_is_taken():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        same(daemon.stop(), 0, "exit code")
        ask_for_advice(town)
        daemon.start("--test-clock")
        daemon.until("2026-09-07T10:00")
        same((len(town.mails(CALLUM)), len(town.mails(MAILBOX))), (1, 0), "the worker's mails, and those in the inbox")


def test_a_role_that_dies_is_started_again():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        for role in ("fetch", "parse", "send", "core"):
            pid = next(pid for pid, name in daemon.roles() if name == role)
            os.kill(pid, signal.SIGKILL)
            wait_for("%s to be there again" % role,
                     lambda: any(name == role and other != pid for other, name in daemon.roles()))
        ask_for_advice(town)
        wait_for("core to answer", lambda: try_until(daemon, "2026-09-07T10:00"))
        same(len(town.mails(CALLUM)), 1, "the worker's mails")


def try_until(daemon, moment):
    try:
        daemon.until(moment)
        return True
    except Failed:
        return False


def test_nothing_stays_behind_the_parent():
    with a_town(smtp="python") as town:
        daemon = begin(town)
        roles = [pid for pid, _ in daemon.roles()]
        check(len(roles) >= 4, "roles: %s" % daemon.roles())
        same(daemon.stop(), 0, "exit code")
        check(not any(is_running(pid) for pid in roles), "a role outlives a clean stop")
        daemon.start("--test-clock")
        second = subprocess.run([ROOT + "/adviced", "-c", daemon.config, "--test-clock"], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, env=clean_environment(), timeout=60)
        check(second.returncode == 1, "a second daemon on the same store ended with %d" % second.returncode)
        check(daemon.ctl("status"), "the first daemon does not answer")
