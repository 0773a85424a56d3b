"""Rules as they are loaded: what is refused, what stays in force, and what other rules would have done.  Part of
tests/e2e/run."""

import json
import os
import re
import shutil
import signal
import subprocess

from common import ANTHEA, CALLUM, IDRIS, ROSALIND, TARIQ, a_town, ask_for_advice, begin, check, same
from town import ADMINISTRATOR, ROOT, Daemon, clean_environment, docx, london, wait_for


def test_a_broken_pack_is_refused_with_every_error():
    with a_town(smtp="python") as town:
        rules = os.path.join(town.dir, "rules")
        shutil.copytree(ROOT + "/rules", rules)
        wanted = []
        path = os.path.join(rules, "birmingham", "pathway.cfg")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for old, new, word in (
                ('owner     = "business-support"', 'ownre     = "business-support"', "ownre"),
                ('ladder = "standard"', 'ladder = "standrad"', "standrad"),
                ('go = "with-worker" },', 'go = "with-wroker" },', "with-wroker"),
                ('internal    : { is = "agreed-date', 'internal    : { iz = "agreed-date', "iz")):
            check(old in text, "the pack has no line %r any more" % old)
            text = text.replace(old, new, 1)
            line = text[:text.index(new)].count("\n") + 1 + new[:new.index(word)].count("\n")
            wanted.append((line, word))
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        daemon = Daemon(town, rules=rules)
        done = subprocess.run([ROOT + "/adviced", "-n", "-c", daemon.config], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=clean_environment(), timeout=60)
        same(done.returncode, 1, "exit code")
        for line, word in wanted:
            check(re.search(r"birmingham/pathway\.cfg:%d: .*%s" % (line, re.escape(word)), done.stderr),
                  "nothing names %s at line %d:\n%s" % (word, line, done.stderr))
        check("Traceback" not in done.stderr and len(done.stderr.splitlines()) < 60, done.stderr)


def test_a_sound_configuration_checks_well():
    with a_town(smtp="python") as town:
        daemon = Daemon(town)
        done = subprocess.run([ROOT + "/adviced", "-n", "-c", daemon.config], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=clean_environment(), timeout=60)
        same((done.returncode, done.stderr), (0, ""), "exit code and complaints")


def own_rules(town):
    """A rules folder that a test may change, and the way to change a file of it."""
    rules = os.path.join(town.dir, "rules")
    shutil.copytree(ROOT + "/rules", rules)

    def change(old, new, name="birmingham/pathway.cfg"):
        path = os.path.join(rules, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        check(old in text, "%s has no %r any more" % (name, old))
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))
    return rules, change


def reload(daemon, word="reloaded packs"):
    """What a reload makes of it: the trial is over, and core has taken it or not."""
    before = daemon.log().count(word)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: daemon.log().count(word) > before)


def in_force(daemon):
    return [row for row in daemon.json("status", code=None) if row.get("pack") == "birmingham" and "version" in row][0]


TITLE = 'title     = "Birmingham'
BROKEN = 'this is no rule\n' + TITLE


def test_a_broken_pack_at_reload_changes_nothing():
    with a_town(smtp="python") as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        first = in_force(daemon)
        same((first["refused"], first["tests"] > 5), ("", True), "refusal and tests at the start")
        change(TITLE, BROKEN)
        reload(daemon)
        reload(daemon)
        now = in_force(daemon)
        same(now["version"], first["version"], "the version in force")
        check("pathway.cfg:" in now["refused"], "status does not say where: %r" % now)
        check("was refused" in daemon.ctl("status", code=1), "status does not say it")
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        same(len(town.mails(CALLUM)), 1, "the worker's mails under the old rules")
        told = [mail for mail in town.mails(ADMINISTRATOR) if "birmingham" in mail.subject and "refused" in mail.subject]
        same(len(told), 1, "mails to the administrator after two reloads")
        check("pathway.cfg:" in told[0].text, "the mail does not say where:\n" + told[0].text)
        change(BROKEN, TITLE + "!")
        reload(daemon)
        now = in_force(daemon)
        same(now["refused"], "", "the refusal when the files are well again")
        check(now["version"] > first["version"], "no new version: %r" % now)


def test_a_pack_whose_tests_fail_is_not_taken():
    with a_town(smtp="python") as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        first = in_force(daemon)
        for name in os.listdir(rules + "/birmingham/tests"):
            path = rules + "/birmingham/tests/" + name + "/expect"
            if os.path.exists(path):
                with open(path, "a", encoding="utf-8") as f:
                    f.write("\nday 2001-01-01: remind\n")
                break
        reload(daemon)
        now = in_force(daemon)
        same(now["version"], first["version"], "the version in force")
        check("tests" in now["refused"], "the refusal does not speak of tests: %r" % now)


def test_a_daemon_with_a_broken_pack_begins_with_the_last_good_one():
    with a_town(smtp="python") as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        first = in_force(daemon)
        daemon.stop()
        change(TITLE, BROKEN)
        for _ in range(2):
            daemon.start()
            now = in_force(daemon)
            same(now["version"], first["version"], "the version in force")
            check("pathway.cfg:" in now["refused"], "status does not say where: %r" % now)
            daemon.until("2026-09-07T10:00")
            daemon.stop()
        same(len([mail for mail in town.mails(ADMINISTRATOR) if "refused" in mail.subject]), 1, "mails to the administrator")
        fresh = Daemon(town, name="fresh", rules=rules)
        done = subprocess.run([ROOT + "/adviced", "-c", fresh.config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=clean_environment(), timeout=60)
        same(done.returncode, 1, "exit code without any good version")
        check("pathway.cfg:" in done.stderr and "not started" in done.stderr, done.stderr)


def test_an_earlier_version_can_be_put_in_force_again():
    with a_town(smtp="python") as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        first = in_force(daemon)["version"]
        change(TITLE, TITLE + " (new)")
        reload(daemon)
        second = in_force(daemon)["version"]
        check(second > first, "no new version")
        same([row["version"] for row in daemon.json("rules", "log", "birmingham")], [second, first], "the log")
        diff = daemon.ctl("rules", "diff", str(first), str(second))
        check(re.search(r"rules/birmingham/pathway\.cfg:\d+: title: \"Birmingham: .* -> \"Birmingham \(new\)", diff), diff)
        shown = daemon.ctl("rules", "back", str(first), code=1)
        check("(new)" in shown, shown)
        same(in_force(daemon)["version"], second, "the version when it was only shown")
        daemon.ctl("rules", "back", str(first), "--yes")
        third = in_force(daemon)
        check(third["gone-back"] and third["version"] > second, "after going back: %r" % third)
        check("nothing that they do differs" in daemon.ctl("rules", "diff", str(first), str(third["version"])), "diff")
        for _ in range(2):      # it stays so, whatever is restarted, until the files are others
            reload(daemon)
            same(in_force(daemon), third, "the version after a reload")
        daemon.stop()
        daemon.start()
        same(in_force(daemon), third, "the version after a start")
        change(TITLE, TITLE + " (newer)")
        reload(daemon)
        fourth = in_force(daemon)
        check(not fourth["gone-back"] and fourth["version"] > third["version"], "after a change: %r" % fourth)


def test_rules_that_leave_a_case_behind_are_refused():
    with a_town(smtp="python") as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        first = in_force(daemon)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        stage = re.findall(r"[a-z-]+", daemon.json("cases")[0]["stages"])[-1]
        path = os.path.join(rules, "birmingham", "pathway.cfg")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(re.sub(r'(?<![\w-])%s(?![\w-])' % re.escape(stage), stage + "-x", text))
        shutil.rmtree(os.path.join(rules, "birmingham", "tests"))
        reload(daemon)
        now = in_force(daemon)
        same(now["version"], first["version"], "the version in force")
        check('"%s"' % stage in now["refused"] and "1 case " in now["refused"] and "advicectl move" in now["refused"],
              "the refusal: %r" % now)


def test_replay_tells_whose_mails_would_have_been_others():
    with a_town() as town:
        rules, change = own_rules(town)
        daemon = begin(town, rules=rules)
        other = town.dir + "/other"
        shutil.copytree(rules, other)
        ask_for_advice(town)
        daemon.until("2026-09-07T10:00")
        town.reply(ROSALIND, town.last(ROSALIND, "which officer"), "ALLOCATE Tariq Hussain-Moore", london("2026-09-07T10:00"))
        daemon.until("2026-09-08T10:00")
        ask_for_advice(town, IDRIS, london("2026-09-08T10:00"))
        town.write(ANTHEA, "Question", "Who is on duty on Friday?", london("2026-09-08T10:05"))
        daemon.until("2026-09-10T10:00")
        daemon.ctl("resolve", str(daemon.json("triage")[0]["triage"]), "NOT A CASE", "--yes")
        town.write(CALLUM, "EHC-20417", "The completed form is attached.", london("2026-09-14T10:00"),
                   attachments=[("social-care-advice.docx", docx("Social Care Advice", "EHC-20417"))])
        daemon.until("2026-09-15T10:00")
        town.press(TARIQ, town.last(TARIQ, "EHC-20417|APPROVED"), "APPROVED", london("2026-09-15T10:00"))
        daemon.until("2026-09-16T10:00")
        daemon.ctl("correct", "EHC-20463", "worker=" + CALLUM, "--reason", "she has left", "--yes")
        town.reply(ROSALIND, town.last(ROSALIND, "EHC-20417|APPROVED|AMEND"), "APPROVED", london("2026-09-16T10:00"))
        daemon.until("2026-11-02T10:00")
        same(daemon.json("cases", "--all")[0]["closed"] is not None, True, "the first case is closed")

        # The same rules: every answer, decision and correction finds its place, and every mail goes at its moment.
        found = daemon.json("replay", "--rules", other + "/birmingham")
        same([row["event"] for row in found], ["sum"], "what differs under the same rules")
        same((found[0]["mails-before"], found[0]["mails-after"]), (found[0]["mails-sent"],) * 2, "mails")

        # Others: the second reminder comes two days before, the third does not.
        shared = other + "/common/pathway.cfg"
        with open(shared, encoding="utf-8") as f:
            text = f.read()
        for old, new in (('"due - 7 days";          remind', '"due - 9 days"; remind'),
                         ('third   : { at = "due - 2 working days"', 'third   : { at = "due + 0 days"')):
            check(old in text, "the shared ladder is another: mend this test")
            text = text.replace(old, new, 1)
        with open(shared, "w", encoding="utf-8") as f:
            f.write(text)
        before = daemon.ctl("replay", "--rules", other + "/birmingham", "--json")
        rows = [json.loads(line) for line in before.splitlines()]
        mine = [(row["difference"], row["before"][:10], row["after"][:10], row["case"], row["template"]) for row in rows
                if row["event"] == "difference" and row["recipient"] == CALLUM]
        same(mine, [("earlier", "2026-09-29", "2026-09-25", "EHC-20463", "remind"),
                    ("later", "2026-10-02", "2026-10-06", "EHC-20463", "remind")], "the worker's mails")
        same([row["recipient"] for row in rows if row["event"] == "recipient"], [CALLUM], "whose mails differ")
        same([row["event"] for row in daemon.json("replay", "--rules", other + "/birmingham", "--days", "5")], ["sum"],
             "in the last days")
        daemon.stop()
        same(daemon.ctl("replay", "--rules", other + "/birmingham", "--json"), before, "the same without a daemon")
        shown = daemon.ctl("replay", "--rules", other + "/birmingham")
        check("\n%s: 0 more, 0 fewer, 1 earlier, 1 later\n" % CALLUM in shown, shown)
        daemon.ctl("replay", "--rules", "nowhere", code=1)
        daemon.start()
