"""advicectl as people and as scripts use it: colours and progress on a terminal, neither in a pipe, and JSON wherever it is
asked for.  Part of tests/e2e/run."""

import json
import os
import pty
import select
import signal
import subprocess
import threading
import time

from common import IDRIS, a_town, ask_for_advice, begin, check, same
from town import PATIENCE_S, ROOT, SENAR, Daemon, clean_environment, london, wait_for


def on_terminal(daemon, *words, typed=None, **env):
    """What somebody at a terminal sees, and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([ROOT + "/advicectl", "-c", daemon.config, *words], stdout=theirs,
                               stdin=subprocess.DEVNULL if typed is None else theirs, stderr=theirs, env=dict(clean_environment(), TERM="xterm", **env))
    os.close(theirs)
    if typed is not None:
        os.write(ours, typed.encode() + b"\n")
    seen = b""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:             # nobody holds the other side any more
            break
        if piece == b"":
            break
        seen += piece
    os.close(ours)
    return seen.decode("utf-8", "replace").replace("\r\n", "\n"), process.wait(PATIENCE_S)


# What may be asked, and whether it ends with 0.
ASKED = [
    (["status"], 0), (["cases"], 0), (["cases", "--all"], 0), (["case", "EHC-20417"], 0), (["due", "--days", "90"], 0), (["queue"], 0),
    (["triage"], 0), (["quarantine"], 0), (["readiness"], 0), (["reconcile"], 0), (["rules", "log"], 0), (["rules", "diff", "1"], 0),
    (["verify"], 0), (["evidence", "EHC-20417"], 0), (["purge", "--preview"], 0), (["legal-hold"], 0), (["backup"], 0), (["board"], 0),
    (["correct", "EHC-20417", "due-date=2026-10-05", "--reason", "slip"], 1), (["close", "EHC-20463", "--reason", "slip"], 1),
    (["correct", "EHC-20417", "due-date=2026-10-05", "--reason", "slip", "--yes"], 0), (["undo", "3", "--yes"], 0),
    (["pause", "--until", "2026-09-10T09:00", "--reason", "moving", "--yes"], 0), (["resume", "--yes"], 0),
    (["resolve", "1", "1"], 1), (["resolve", "1", "1", "--yes"], 0), (["legal-hold", "EHC-20417", "on", "--reason", "why"], 0),
    (["queue", "drop", "1"], 1), (["queue", "drop", "1", "--yes"], 0), (["queue", "release", "all"], 1), (["import", "directory", "DIRECTORY", "--yes"], 0), (["doctor"], None), (["watch"], None),
    (["replay", "--rules", "birmingham"], 0), (["check", "birmingham"], 0), (["describe", "birmingham"], 0),
]

MAYBE_NOTHING = ("quarantine", "legal-hold", "purge", "readiness", "watch")


def test_for_people_and_for_scripts():
    with a_town(smtp="python") as town:
        daemon = begin(town, mode="review")
        ask_for_advice(town)
        ask_for_advice(town, IDRIS)
        town.write(SENAR, "Social Care Advice", "Any news on EHC-20417 and EHC-20463?", london("2026-09-07T09:40"))
        daemon.until("2026-09-07T10:00")
        wait_for("something to decide", lambda: len(daemon.json("triage")) == 1)
        colours_and_progress(daemon)
        question(daemon)
        patience(daemon)
        json_only(town, daemon)


def colours_and_progress(daemon):
    """On a terminal; neither in a pipe."""
    for words in (["status"], ["queue"], ["case", "EHC-20417"], ["rules", "log"]):
        shown, code = on_terminal(daemon, *words)
        same(code, 0, "the exit code of %s" % words)
        check("\033[" in shown, "no colour on a terminal: %s" % shown)
        plain = daemon.ctl(*words)
        check("\033" not in plain, "colours in a pipe: %r" % plain)
        shown, code = on_terminal(daemon, *words, NO_COLOR="1")
        check("\033" not in shown, "colours in spite of NO_COLOR: %r" % shown)
        shown, code = on_terminal(daemon, *words, "--color=never")
        check("\033" not in shown, "colours in spite of --color=never: %r" % shown)
        check("\033[" in daemon.ctl(*words, "--color", "always"), "no colours when asked for: %s" % words)
    shown, code = on_terminal(daemon, "status", "--json")
    check(code == 0 and "\033" not in shown, "colours in JSON: %r" % shown)
    shown, code = on_terminal(daemon, "backup")
    same(code, 0, "the exit code of a backup")
    check("copying" in shown and shown.rstrip().endswith("files"), "no progress of a backup: %r" % shown)
    check("copying" not in daemon.ctl("backup"), "progress in a pipe")
    shown, code = on_terminal(daemon, "clock", "until", "2026-09-07T11:00")
    same(code, 0, "the exit code of \"clock until\": %s" % shown)


def question(daemon):
    """Who is at a terminal is asked, and only yes is yes."""
    pause = ["pause", "--until", "2026-09-10T09:00", "--reason", "moving"]
    for typed, done in (("n", False), ("", False), ("y", True)):
        shown, code = on_terminal(daemon, *pause, typed=typed)
        check("Nothing goes out until 10 Sep 2026 09:00" in shown and "[y/N]" in shown, "it is not shown and asked: %s" % shown)
        same(code, 0 if done else 1, "the exit code after %r" % typed)
        same(any("paused" in row for row in daemon.json("status", code=None)), done, "whether it is paused after %r" % typed)
    daemon.ctl("resume", "--yes")
    last = str(max(row["mail"] for row in daemon.json("queue")))
    for typed, done in (("n", False), ("y", True)):
        shown, code = on_terminal(daemon, "queue", "drop", last, typed=typed)
        check("would never go out" in shown and "[y/N]" in shown, "it is not shown and asked: %s" % shown)
        same((code, ("mail %s is now dropped" % last) in shown), (0, True) if done else (1, False), "after %r: %s" % (typed, shown))
        same(any(str(row["mail"]) == last for row in daemon.json("queue")), not done, "whether it waits after %r" % typed)


def patience(daemon):
    """Somebody sees that a daemon takes its time."""
    core = next(pid for pid, role in daemon.roles() if role == "core")
    os.kill(core, signal.SIGSTOP)
    again = threading.Timer(3, os.kill, (core, signal.SIGCONT))
    again.start()
    try:
        shown, code = on_terminal(daemon, "cases")
    finally:
        again.cancel()
        os.kill(core, signal.SIGCONT)
    same(code, 0, "the exit code: %s" % shown)
    check("waiting for the daemon" in shown and "\033[KEHC-20417" in shown, "nobody sees that it waits: %r" % shown)


def json_only(town, daemon):
    """One object a line on the standard output, nothing else; most have at least one."""
    for words, code in ASKED:
        words = [town.directory if word == "DIRECTORY" else word for word in words]
        lines = daemon.ctl(*words, "--json", code=code).splitlines()
        check(lines != [] or words[0] in MAYBE_NOTHING, "%s --json says nothing" % words)
        for line in lines:
            try:
                check(isinstance(json.loads(line), dict), "%s --json: no object: %s" % (words, line))
            except ValueError:
                check(False, "%s --json: no JSON: %s" % (words, line))


def test_older_mail_is_waited_for_on_a_terminal():
    """Whoever asks what it would do sees how far it has been read, and then what it would do."""
    with a_town(smtp="python") as town:
        for n in range(40):
            town.drop(town.compose(SENAR, "An older mail %d" % n, "Nothing in it.\n", london("2026-09-01T09:00")))
        daemon = Daemon(town, mailbox='    adopt = "2026-08-01"\n').start()
        daemon.import_lists()
        shown, code = on_terminal(daemon, "adopt", "advice")
        same(code, 1, "nothing was agreed to: %s" % shown)
        check("nothing was changed" in shown and "40" in shown, "what it would do is not shown:\n" + shown)
        daemon.until(daemon.start_at)
