"""Roles that are shut in: secrets and system calls.  Part of tests/e2e/run."""

import os
import re

from common import CALLUM, a_town, ask_for_advice, begin, check, summary, troubles
from town import Daemon, Skipped, wait_for


def memory_has(pid, words):
    """Whether they lie anywhere in what the process can write to."""
    with open("/proc/%d/maps" % pid, encoding="ascii", errors="replace") as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(number, 16) for number in span.split("-"))
            if rights[:2] != "rw" or start >= 1 << 63:
                continue
            try:
                memory.seek(start)
                if words in memory.read(end - start):
                    return True
            except OSError:
                continue        # what the kernel shows to nobody
    return False


def test_a_secret_is_with_the_role_that_uses_it_alone():
    if os.geteuid() != 0:
        raise Skipped("only root may look into other processes' memory")
    for_imap, for_smtp = "orange-lantern-7", "quiet-harbour-9"
    with a_town() as town:
        daemon = Daemon(town, password=for_imap, smtp_password=for_smtp).start()
        wait_for("a refused sign-in", lambda: troubles(daemon))
        roles = [("parent", daemon.process.pid), *((role, pid) for pid, role in daemon.roles())]
        check({"core", "parse", "fetch", "send"} <= {role for role, _ in roles}, "a role is missing: %r" % roles)
        for role, pid in roles:
            for secret, holder in ((for_imap, "fetch"), (for_smtp, "send")):
                found = memory_has(pid, secret.encode())
                check(found == (role == holder), "%s %s the secret of %s" % (role, "holds" if found else "lost", holder))
        for secret in (for_imap, for_smtp):
            check(secret not in daemon.log() + daemon.ctl("status"), "a secret stands in the log or in status")


def test_nothing_that_the_roles_do_is_refused():
    """Each role's list of system calls has all that it needs: a life under strace, which shows what the kernel refused."""
    with a_town() as town:
        traced = os.path.join(town.dir, "refused")
        daemon = begin(town, under=["strace", "-D", "-f", "-qq", "-Z", "-o", traced])
        ask_for_advice(town)
        wait_for("the worker's mail", lambda: town.mails(CALLUM))
        daemon.until("2026-10-30T09:00")
        check(summary(town), "nothing went out")
        check(daemon.stop() == 0, "adviced did not end well")
        with open(traced, encoding="utf-8", errors="replace") as f:
            # Refused on purpose, and the C library has another way: clone3, whose flags cannot be looked at, and a local socket
            # to a cache of names, since core takes its commands on one.
            refused = [line for line in f if re.search(r"= -1 (ENOSYS|EPERM)", line) and "clone3(" not in line
                       and "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0)" not in line]
        check(not refused, "refused:\n" + "".join(refused[:20]))
