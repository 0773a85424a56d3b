"""What mail servers, networks and people do to a mailbox, one test each; run by tests/imap/run."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import hostile
from harness import (Failed, HERE, Role, SCRATCH, Skipped, User, check, driver, make_mail, roles, server, told, watch)


def resume(where, **options):
    """A role on a server that misbehaves: from the first mail on, quick to try again."""
    return watch(where, mode="resume", uidvalidity=7, **dict({"timeout": 1, "retry": 20}, **options))


def wait_until(test, seconds, text):
    until = time.monotonic() + seconds
    while not test():
        if time.monotonic() > until:
            raise Failed(text)
        time.sleep(0.02)


def words_sent(srv):
    return [word.decode() for _, word in srv.commands]


# ---- Every step has a deadline

STEPS = ("CAPABILITY", "LOGIN", "SELECT", "NOOP", "FETCH", "IDLE", "LIST", "MOVE", "STORE", "SEARCH")


def test_deadline_at_every_step():
    servers = {step: server(hold=step.encode(), caps=b"IMAP4rev1 IDLE MOVE UIDPLUS") for step in STEPS}
    servers["STORE"].caps = b"IMAP4rev1 IDLE UIDPLUS"
    watching = {step: resume(srv, poll=1) for step, srv in servers.items()}
    for step in ("LIST", "MOVE", "STORE", "SEARCH"):
        servers[step].folders[b"Processed"] = []
        watching[step].expect("state")
        watching[step].say("settle", "Processed", "", 7, "1,2")
    for step, role in watching.items():
        trouble = role.expect("trouble", 6)
        check("did not answer within 1 seconds" in trouble[2], "%s: %s" % (step, trouble))
        servers[step].hold = None
    for step, role in watching.items():
        role.expect("trouble", 6, lambda f: f[1] == "0")
        check(role.uids() == [1, 2, 3, 4], "%s: %s" % (step, role.uids()))
        check(servers[step].most == 1, "%s: %d connections at once" % (step, servers[step].most))
    for step in ("LIST", "MOVE", "STORE", "SEARCH"):
        check([f for f in watching[step].seen if f[0] == "settled"], "%s: %s" % (step, watching[step].seen))
        check(servers[step].numbers_in(b"Processed") == [1, 2], "%s: %s" % (step, servers[step].folders))


def test_no_waiting_for_a_goodbye():
    srv = server(hold=b"LOGOUT")
    role = resume(srv, timeout=30)
    role.expect("state")
    began = time.monotonic()
    role.end()
    check(time.monotonic() - began < 2, "took %.1f s" % (time.monotonic() - began))


def test_done_that_is_not_answered():
    srv = server("idle-no-done", [1])
    role = resume(srv, highest=1, poll=1)
    role.expect("state")
    check("did not answer" in role.expect("trouble", 5)[2], "not noticed")
    srv.behaviour = "well"
    srv.uids.append(2)
    check(role.entered(1, 5)[0][3] == "2", "after reconnecting")


def test_chatter_does_not_hold_a_command_for_ever():
    # Whole lines, quickly enough for each wait; but the answer never comes.
    srv = server(chatter=b"NOOP")
    role = resume(srv)
    began = time.monotonic()
    trouble = role.expect("trouble", 14)
    took = time.monotonic() - began
    check("so slowly" in trouble[2] or "more than was asked for" in trouble[2], "trouble %s" % trouble)
    check(took < 12, "took %.1f s" % took)
    role.say("alive")
    role.expect("alive", 1)
    srv.chatter = None
    role.entered(4)


def test_flood_of_lines():
    srv = server("well")
    srv.says = {b"NOOP": [b"OK done\r\n" + b"* 4 EXISTS\r\n" * 1000]}
    role = resume(srv)
    role.entered(4)
    role = resume(server("unasked"))
    check([f[3] for f in role.entered(4)] == ["1", "2", "3", "4"], "after what nobody asked for")
    role.expect("state")
    check(len(role.new_files()) == 4, "files")


def test_slow_but_honest_mail_comes_through():
    role = resume(server("slow-but-honest", [1]))
    frame = role.entered(1, 12)[0]
    check(int(frame[4]) > 320000, "size %s" % frame)
    check(not [f for f in role.seen if f[0] == "trouble"], "given up in between: %s" % role.seen)


BLACK_HOLE = r"""
ip link set lo up 2>/dev/null || ifconfig lo up || exit 3
echo "nameserver 127.0.0.1" > $1/resolv.conf
echo "options timeout:30 attempts:9" >> $1/resolv.conf
echo "hosts: files dns" > $1/nsswitch.conf
mount --bind $1/resolv.conf /etc/resolv.conf && mount --bind $1/nsswitch.conf /etc/nsswitch.conf || exit 3
shift
exec "$@"
"""
HOLE = ("import os, socket, sys\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 53))\n"
        "if os.fork() == 0:\n"
        "    parent = os.getppid(); os.close(1); s.settimeout(0.5)\n"
        "    while os.getppid() == parent:\n"
        "        try: s.recv(512)\n"
        "        except OSError: pass\n"
        "    os._exit(0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n")


def test_name_server_that_never_answers():
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        raise Skipped("unshare and ip are needed to have a name server of one's own")
    folder = os.path.join(SCRATCH, "hole")
    os.mkdir(folder)
    if subprocess.run(["unshare", "-rmn", "sh", "-c", BLACK_HOLE, "sh", folder, "true"], check=False).returncode != 0:
        raise Skipped("this machine lets nobody have a network of their own")
    role = Role("mail.test.example", 993, "u", wrap=["unshare", "-rmn", "sh", "-c", BLACK_HOLE, "sh", folder,
                                                     sys.executable, "-c", HOLE])
    roles.append(role)
    role.say("resume", 0, 0, "baseline", "")
    began = time.monotonic()
    trouble = role.expect("trouble", 30)
    check("could not be looked up" in trouble[2], "trouble %s" % trouble)
    check(time.monotonic() - began < 25, "took %.1f s" % (time.monotonic() - began))


# ---- Trying again

def test_waits_grow_and_begin_anew_after_success():
    srv = server("bye", [1])
    role = resume(srv, retry=60)
    wait_until(lambda: srv.connections >= 6, 8, "not tried again")
    waits = [b - a for a, b in zip(srv.began, srv.began[1:])]
    for n, wait in enumerate(waits[:5]):
        # 60 ms doubled each time, give or take a quarter; the machine may be slow, never early.
        check(0.06 * 2 ** n * 0.74 <= wait <= 0.06 * 2 ** n * 1.26 + 0.4, "wait %d was %.3f s: %s" % (n, wait, waits))
    srv.behaviour = "well"
    role.expect("trouble", 10, lambda f: f[1] == "0")
    srv.behaviour, srv.began = "bye", []
    srv.says = {b"NOOP": b"* BYE goodbye"}
    role.say("poll")
    wait_until(lambda: len(srv.began) >= 1, 3, "the first wait after a success is a short one")


def test_a_connection_that_was_no_success_does_not_begin_the_waits_anew():
    srv = server(says={b"NOOP": b"* BYE Connection is closed. 13"})
    role = resume(srv, retry=60)
    role.expect("trouble")
    wait_until(lambda: srv.connections >= 5, 6, "not tried again")
    check(srv.began[4] - srv.began[0] > 0.6, "%s" % srv.began)


def test_connection_is_closed_13():
    role, _ = told(server("bye"), "Connection is closed. 13")
    role, _ = told(server(says={b"SELECT": b"* BYE Connection is closed. 13"}), "Connection is closed. 13")
    check("127.0.0.1 ended the connection" in role.seen[-1][2], "%s" % role.seen)
    srv = server("idle-bye", [1])
    role = resume(srv, highest=1)
    check("AccessTokenExpired" in role.expect("trouble")[2], "the reason is not told")
    srv.uids.append(2)
    check(role.entered(1)[0][3] == "2", "after reconnecting")


def test_authenticated_but_not_connected_is_told_and_not_hammered():
    srv = server(says={b"SELECT": b"BAD User is authenticated but not connected."})
    role = resume(srv, retry=50)
    trouble = role.expect("trouble")
    check("let us in, but not at the mailbox" in trouble[2] and trouble[1] == "3", "trouble %s" % trouble)
    time.sleep(1.5)
    check(srv.connections <= 4, "%d connections in 1.5 s" % srv.connections)
    check(len([f for f in role.seen if f[0] == "trouble"]) == 1, "told again")
    srv.says = {}
    role.entered(4, 8)


def rest_of(says, verb, least_s, word, **options):
    srv = server(says={verb: [says]}, **options)
    role = resume(srv, retry=20)
    trouble = role.expect("trouble")
    check(word in trouble[2], "trouble %s" % trouble)
    role.entered(4, 8)
    rest = srv.began[1] - srv.began[0]
    check(least_s <= rest < least_s * 1.5 + 1, "%r: came back after %.2f s" % (says, rest))
    return trouble


def test_throttled_by_exchange_waits_as_told():
    rest_of(b"BAD Request is throttled. Suggested Backoff Time: 1200 milliseconds", b"SELECT", 1.2, "a rest of 2 seconds")
    rest_of(b"NO Request is throttled. Suggested Backoff Time: 900 milliseconds", b"NOOP", 0.9, "wants fewer commands")
    rest_of(b"BAD Request is throttled. Suggested Backoff Time: 900 milliseconds", b"LOGIN", 0.9, "wants fewer commands")


def test_throttled_by_gmail_and_others_waits_longer():
    # Thirty first waits, where no time is told: half a minute in earnest.
    for verb, says in ((b"FETCH", b"NO [THROTTLED] Account exceeded command or bandwidth limits. (Failure)"),
                       (b"LOGIN", b"NO [ALERT] Too many simultaneous connections. (Failure)"),
                       (b"SELECT", b"NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)"),
                       (b"LOGIN", b"NO [LIMIT] Maximum number of connections from user+IP exceeded"),
                       (b"NOOP", b"* BYE Too many requests, try again in 1 second")):
        rest_of(says, verb, 0.6, "wants fewer commands")


def test_server_with_a_trouble_of_its_own():
    for verb, says in ((b"LOGIN", b"NO [UNAVAILABLE] Temporary authentication failure"),
                       (b"SELECT", b"NO [INUSE] Mailbox is locked"), (b"NOOP", b"BAD Server Busy. Retry later."),
                       (b"LOGIN", b"* BYE Temporary System Error")):
        srv = server(says={verb: [says]})
        role = resume(srv)
        trouble = role.expect("trouble")
        check("cannot serve us just now" in trouble[2] and trouble[1] == "1", "%r: %s" % (says, trouble))
        role.entered(4)


def test_throttled_while_moving_is_not_a_refusal():
    srv = server(folders={b"INBOX": None, b"Processed": []},
                 says={b"MOVE": [b"NO Request is throttled. Suggested Backoff Time: 300 milliseconds"]})
    role = resume(srv)
    role.entered(4)
    result = role.settle("Processed", 7, [1, 2, 3, 4])
    check({r[0] for r in result.values()} == {0}, "result %s" % result)
    check(srv.numbers_in(b"Processed") == [1, 2, 3, 4] and srv.connections == 2, "%s" % srv.folders)


def test_one_connection_a_mailbox():
    srv = server("well", [1])
    role = resume(srv, highest=1, poll=1)
    role.expect("state")
    for n in range(2, 6):
        srv.uids.append(n)
        srv.close = b"NOOP"
        role.say("poll")
        check(role.entered(1, 5)[0][3] == str(n), "mail %d" % n)
    check(srv.most == 1 and srv.connections == 5, "%d at once, %d in all" % (srv.most, srv.connections))


# ---- A server that is stopped (SIGSTOP), seen as what it is

def stopped(dovecot, signal_number):
    """Every process of that Dovecot that speaks IMAP."""
    with open(dovecot.dir + "/run/master.pid") as f:
        master = f.read().strip()
    lines = subprocess.check_output(["ps", "-o", "pid=,args=", "--ppid", master], text=True).splitlines()
    pids = [int(line.split()[0]) for line in lines if "imap" in line.split(None, 1)[1]]
    for pid in pids:
        os.kill(pid, signal_number)
    return pids


def test_stopped_server_in_idle(dovecots):
    dovecot = dovecots("stopped")
    user = User(dovecot)
    role = watch(dovecot, user.name, timeout=1, poll=2, retry=50)
    role.expect("state")
    pids = stopped(dovecot, signal.SIGSTOP)
    try:
        check(pids, "nothing to stop")
        user.drop(2)
        began = time.monotonic()
        trouble = role.expect("trouble", 8)
        check("did not answer" in trouble[2], "trouble %s" % trouble)
        check(time.monotonic() - began < 2 + 1 + 1.5, "took %.1f s" % (time.monotonic() - began))
        role.say("alive")
        role.expect("alive", 2)
    finally:
        stopped(dovecot, signal.SIGCONT)
    role.expect("trouble", 15, lambda f: f[1] == "0")
    check(role.uids() == [1, 2], "uids %s" % role.uids())


def test_stopped_server_while_it_hands_out_mail(dovecots):
    dovecot = dovecots("stopped")
    user = User(dovecot)
    user.drop(1)
    role = watch(dovecot, user.name, timeout=1, poll=2, retry=50)
    validity = role.expect("state")[1]
    role.end()
    user.drop(12, size=5 * 1000 * 1000)
    role = watch(dovecot, user.name, "resume", validity, 1, timeout=1, poll=2, retry=50)
    tmp = role.spool + "/tmp"
    wait_until(lambda: any(os.path.getsize(os.path.join(tmp, f)) > 0 for f in os.listdir(tmp)
                           if os.path.exists(os.path.join(tmp, f))), 5, "nothing is fetched")
    stopped(dovecot, signal.SIGSTOP)
    try:
        role.expect("trouble", 8)
    finally:
        stopped(dovecot, signal.SIGCONT)
    role.expect("trouble", 20, lambda f: f[1] == "0")
    check(sorted(set(role.uids())) == list(range(2, 14)), "uids %s" % role.uids())
    for name in role.new_files():
        check(role.content(name).endswith(b"0123456789\r\n"), "half a mail stands in new")


# ---- What a server can do, and what it is never asked for

def test_capabilities_are_read_again_after_signing_in():
    srv = server(caps_before=b"IMAP4rev1 STARTTLS LITERAL+",
                 caps=b"IMAP4rev1 IMAP4rev2 ENABLE UTF8=ACCEPT ESEARCH SEARCHRES LITERAL+ IDLE MOVE UIDPLUS CONDSTORE "
                      b"QRESYNC COMPRESS=DEFLATE NAMESPACE", folders={b"INBOX": None, b"Processed": []})
    role = resume(srv)
    role.entered(4)
    role.settle("Processed", 7, [1, 2])
    wait_until(lambda: srv.idles > 0, 3, "no IDLE")
    sent = words_sent(srv)
    check(sent.count("CAPABILITY") == 2 and "MOVE" in sent and "COPY" not in sent, "sent %s" % sent)
    check("ENABLE" not in sent and "COMPRESS" not in sent, "sent %s" % sent)
    srv = server(caps_before=b"IMAP4rev1 IDLE MOVE UIDPLUS", caps=b"IMAP4rev1 UIDPLUS",
                 folders={b"INBOX": None, b"Processed": []})
    role = resume(srv)
    role.entered(4)
    role.settle("Processed", 7, [1, 2])
    sent = words_sent(srv)
    check("COPY" in sent and "MOVE" not in sent and "IDLE" not in sent, "what is gone after signing in was used: %s" % sent)


def test_no_uidnext():
    srv = server(uidnext=False)
    role = watch(srv, timeout=2)
    check(role.expect("baseline")[2] == "4", "baseline")
    role.expect("state")
    srv.uids.append(9)
    role.say("poll")
    check(role.entered(1)[0][3] == "9", "the next mail")


def test_no_keywords():
    srv = server(caps=b"IMAP4rev1 IDLE", keywords=False, folders={b"INBOX": None, b"Processed": []})
    role = resume(srv)
    role.entered(4)
    result = role.settle("Processed", 7, [1, 2])
    check({r[0] for r in result.values()} == {0}, "result %s" % result)
    trouble = [f for f in role.seen if f[0] == "trouble"][-1]
    check("neither move" in trouble[2] and "keyword" not in trouble[2], "trouble %s" % trouble)
    check("STORE" not in words_sent(srv) and "EXPUNGE" not in words_sent(srv), "sent %s" % words_sent(srv))


def test_idle_with_garbage_before_plus():
    srv = server("idle-garbage", [1])
    role = resume(srv, highest=1)
    check(role.entered(1, 4)[0][3] == "2", "the mail told of before the + was not seen")
    check(srv.connections == 1, "the connection was given up")


# ---- Answers to FETCH

def test_mail_left_out_is_asked_for_again():
    srv = server("skips")
    role = resume(srv)
    role.expect("state")
    check(role.uids() == [1, 2, 3, 4] and srv.body_fetches == 2, "uids %s" % role.uids())


def test_mail_that_vanishes_between_list_and_fetch():
    role = resume(server("vanishes"))
    role.expect("state")
    check(role.uids() == [1, 3, 4], "uids %s" % role.uids())
    check([f[2] for f in role.seen if f[0] == "gone"] == ["2"], "not accounted for: %s" % role.seen)


def test_sizes_that_are_wrong():
    role = resume(server("wrong-sizes"))
    check([f[3] for f in role.entered(4)] == ["1", "2", "3", "4"], "uids")


def test_order_and_repeats_do_not_matter():
    srv = server("jumbled")
    role = resume(srv)
    role.expect("state")
    check(role.uids() == [1, 2, 3, 4] and len(role.new_files()) == 4, "uids %s" % role.uids())
    result = role.settle("", 7, [1, 2, 3, 4])
    check(set(result) == {1, 2, 3, 4}, "result %s" % result)


def test_folder_that_shrinks_while_it_is_looked_at():
    srv = server("shrinks")
    role = resume(srv)
    check([f[3] for f in role.entered(4)] == ["1", "2", "3", "4"], "uids")
    srv.uids.clear()
    role.say("poll")
    role.expect("state", 3)
    srv.uids.append(5)
    role.say("poll")
    check(role.entered(1)[0][3] == "5", "after it was empty")


def test_nul_bytes_and_bytes_of_no_character_set():
    role = resume(server("nul"))
    role.expect("state")
    name = [f[1] for f in role.seen if f[0] == "entered" and f[3] == "2"][0]
    check(b"bo\0dy\0\xff\r\n.\r\n" in role.content(name), "the bytes are others: %r" % role.content(name))


def test_bad_list_of_flags_in_the_middle():
    """libetpan dies of it, so it never gets it; what a mail says is nobody's flags."""
    for behaviour in ("bad-flags", "bad-flags-in-mail"):
        srv = server(behaviour)
        role = resume(srv)
        names = [f[5] if len(f) > 5 else "" for f in role.entered(4)]
        check(sorted(role.uids()) == [1, 2, 3, 4] and srv.connections == 1, "%s: %s" % (behaviour, names))
        if behaviour == "bad-flags-in-mail":
            for name in role.new_files():
                check(role.content(name).endswith(b"* OK [PERMANENTFLAGS (\r\nPERMANENTFLAGS {12}\r\n"), "a mail was changed")
        check({r[0] for r in role.settle("Processed", 7, [1, 2, 3, 4]).values()} <= {0, 1, 2}, "it ended")


def test_mail_that_breaks_the_connection_holds_up_nobody():
    for behaviour in ("poison", "literal-too-long"):
        srv = server(behaviour)
        role = resume(srv, retry=5)
        refused = role.expect("refused", 15)
        check(refused[2] == "2" and "the connection to the mail server broke" in refused[5], "refused %s" % refused)
        role.expect("trouble", 5, lambda f: f[1] == "0")
        check(role.uids() == [1, 3, 4], "%s: uids %s" % (behaviour, role.uids()))
        check(7 <= srv.connections <= 10, "%s: %d connections" % (behaviour, srv.connections))


def test_literal_that_never_ends_holds_up_nobody():
    srv = server("literal-too-short")
    role = resume(srv, retry=5)
    trouble = role.expect("trouble", 5)
    check("did not answer" in trouble[2] or "closed" in trouble[2] or "understood" in trouble[2], "trouble %s" % trouble)
    srv.behaviour = "well"
    role.expect("trouble", 5, lambda f: f[1] == "0")
    check(role.uids() == [1, 2, 3, 4], "uids %s" % role.uids())


# ---- People at work in the same mailbox

def test_people_read_move_and_delete(dovecot):
    user = User(dovecot)
    role = watch(dovecot, user.name)
    validity = role.expect("state")[1]
    role.end()
    ids = user.drop(6)
    client = user.copy("By hand")
    client.select("INBOX")
    client.store("1", "+FLAGS", "(\\Seen \\Answered)")	# read before we came
    client.copy("2", '"By hand"')
    client.store("2:3", "+FLAGS", "(\\Deleted)")		# one moved, one deleted
    client.expunge()
    role = watch(dovecot, user.name, "resume", validity, 0)
    uids = [int(f[3]) for f in role.entered(4)]
    check(uids == [1, 4, 5, 6], "uids %s" % uids)
    role.expect("state")
    check(all("S" not in path.rsplit(",", 1)[-1] for path in user.files() if "T" not in path)
          or sum("S" in path.rsplit(":2,", 1)[-1] for path in user.files()) == 1, "a mail was marked as read: %s" % user.files())
    client.noop()
    client.copy("2", '"By hand"')			# one that we have taken is moved before we settle
    client.store("2", "+FLAGS", "(\\Deleted)")
    client.expunge()
    client.store("1:3", "+FLAGS", "(\\Seen)")
    result = role.settle("Processed", validity, uids)
    check({u: r[0] for u, r in result.items()} == {1: 0, 4: 1, 5: 0, 6: 0}, "result %s" % result)
    check(len(user.ids("Processed")) == 3 and len(user.ids("By hand")) == 2 and user.files() == [], "folders")
    check(set(user.ids("Processed")) <= set(ids), "other mails were moved")
    client.logout()


# ---- Moving

def test_copied_and_not_removed_is_not_copied_again():
    caps = b"IMAP4rev1 IDLE UIDPLUS"
    # The server refuses to mark the originals; later it lets us.
    srv = server(caps=caps, folders={b"INBOX": None, b"Processed": []}, says={b"STORE": [b"NO not now", b"NO not now"]})
    role = resume(srv)
    role.entered(4)
    for wanted in (2, 2, 0):
        result = role.settle("Processed", 7, [1, 2, 3, 4])
        check({r[0] for r in result.values()} == {wanted}, "result %s" % result)
    check(srv.numbers_in(b"Processed") == [1, 2, 3, 4] and srv.uids == [], "%s %s" % (srv.folders, srv.uids))


def test_move_and_copy_whose_answer_is_lost():
    for caps in (b"IMAP4rev1 IDLE UIDPLUS", b"IMAP4rev1 IDLE UIDPLUS MOVE"):
        for lost in (b"close", b"NO internal error, but it was done"):
            srv = server(caps=caps, folders={b"INBOX": None, b"Processed": []}, after_transfer=lost)
            role = resume(srv)
            role.entered(4)
            result = role.settle("Processed", 7, [1, 2, 3, 4])
            if {r[0] for r in result.values()} == {2}:
                result = role.settle("Processed", 7, [1, 2, 3, 4])
            check({r[0] for r in result.values()} <= {0, 1}, "result %s" % result)
            check(srv.numbers_in(b"Processed") == [1, 2, 3, 4] and srv.uids == [], "%s %s: %s" % (caps, lost, srv.folders))


def test_no_message_id_and_the_answer_is_lost():
    caps = b"IMAP4rev1 IDLE UIDPLUS"
    # All of the same size and date, so that only their bytes tell them apart.  In Processed before: (uid, number of the mail).
    for name, lost, before, want in (
            ("all were copied", b"close", [], [1, 2, 3, 4]),
            ("some were copied", None, [(1, 1), (2, 3)], [1, 2, 3, 4]),
            ("what is there only looks like one of them", None, [(1, 9)], [1, 2, 3, 4, 9])):
        srv = server(caps=caps, folders={b"INBOX": None, b"Processed": []}, after_transfer=lost, without_ids=True,
                     says={} if lost else {b"COPY": [b"NO not now", b"NO not now"]})
        role = resume(srv)
        role.entered(4)
        role.settle("Processed", 7, [1, 2, 3, 4])
        if not lost:
            srv.says, srv.folders[b"Processed"] = {}, list(before)
        if srv.uids:
            result = role.settle("Processed", 7, [1, 2, 3, 4])
            check({r[0] for r in result.values()} == {0}, "%s: result %s" % (name, result))
        check(srv.numbers_in(b"Processed") == want and srv.uids == [], "%s: %s %s" % (name, srv.folders, srv.uids))


def settle_again_without_ids(before, **options):
    """A COPY may have been cut off; the server that is asked for what it left, and the number of mails fetched for that."""
    srv = server(caps=b"IMAP4rev1 IDLE UIDPLUS", folders={b"INBOX": None, b"Processed": []}, without_ids=True,
                 says={b"COPY": [b"NO not now", b"NO not now"]})
    role = resume(srv)
    role.entered(4)
    role.settle("Processed", 7, [1, 2, 3, 4])
    srv.says, srv.folders[b"Processed"] = {}, list(before)
    for name, value in options.items():
        setattr(srv, name, value)
    fetched = srv.body_fetches
    result = role.settle("Processed", 7, [1, 2, 3, 4])
    check({r[0] for r in result.values()} == {0} and srv.uids == [], "result %s" % result)
    return srv, srv.body_fetches - fetched


def test_no_message_id_and_the_server_hands_out_no_mail():
    srv, _ = settle_again_without_ids([(1, 1)], no_bodies=True)
    check(srv.numbers_in(b"Processed") == [1, 1, 2, 3, 4], "twice rather than never: %s" % srv.folders)
    check(srv.connections == 1, "the connection was given up")


def test_message_ids_that_cannot_be_asked_for():
    for line in (b"Message-ID: <caf\xe9@test.example>\r\n", b"Message-ID: <%s@test.example>\r\n" % (b"x" * 920)):
        srv, _ = settle_again_without_ids([(1, 1), (2, 3)], instead_of_id=line)
        check(srv.numbers_in(b"Processed") == [1, 2, 3, 4], "%s: %s" % (line[:30], srv.folders))


def test_a_folder_that_will_not_be_searched_holds_up_no_other():
    # 1 and 2 may stand there already, which the server will not say; 3 and 4 go, once, and the connection stays.
    for name, refuses, no_ids in (("by message-id", b"UID SEARCH HEADER", False), ("by date", b"UID SEARCH SINCE", True),
                                  ("opening it", b"EXAMINE", False)):
        srv = server(caps=b"IMAP4rev1 IDLE UIDPLUS", folders={b"INBOX": None, b"Processed": []}, without_ids=no_ids,
                     says={b"COPY": [b"NO not now", b"NO not now"]})
        role = resume(srv)
        role.entered(4)
        role.settle("Processed", 7, [1, 2])
        srv.says, srv.refuses, srv.folders[b"Processed"] = {}, refuses, [(1, 1)]
        result = role.settle("Processed", 7, [1, 2, 3, 4])
        check({u: r[0] for u, r in result.items()} == {1: 2, 2: 2, 3: 0, 4: 0}, "%s: %s" % (name, result))
        check(srv.connections == 1, "%s: the connection was given up" % name)
        check(any(f[0] == "trouble" and "not this folder" in f[2] for f in role.seen), "%s: %s" % (name, role.seen))
        srv.refuses = None
        result = role.settle("Processed", 7, [1, 2])
        check({r[0] for r in result.values()} == {0}, "%s: %s" % (name, result))
        check(srv.numbers_in(b"Processed") == [1, 2, 3, 4] and srv.uids == [], "%s: %s" % (name, srv.folders))


def test_nothing_is_announced_that_is_not_in_the_spool():
    srv = server()
    role = resume(srv, poll=1)
    role.entered(4)
    shutil.rmtree(os.path.join(role.spool, "new"))      # what was fetched can get no name any more
    srv.uids.append(5)
    role.say("poll")
    role.expect("trouble", 5, lambda f: f[1] != "0")
    check(role.uids() == [1, 2, 3, 4], "announced: %s" % role.seen)


def test_a_mail_without_a_message_id_is_refiled_by_its_bytes():
    size, at = len(hostile.MAIL % (1, 1)), 1788771600     # hostile.DATE
    bytes_of = [hashlib.sha256(re.sub(rb"Message-ID: .*\r\n", b"", hostile.MAIL % (n, n))).hexdigest() for n in (1, 2, 9)]
    for name, sha256, want, left in (("the second of two", bytes_of[1], 0, [1]), ("neither", bytes_of[2], 1, [1, 2])):
        srv = server(folders={b"INBOX": None, b"Needs you": [(1, 1), (2, 2)], b"Processed": []}, without_ids=True)
        role = resume(srv)
        role.entered(4)
        number = role.say("refile", "Processed", "Needs you", 7, size, at, sha256)
        frame = role.expect("settled", 10, lambda f: f[1] == number)
        check(frame[3].split(":")[1] == str(want), "%s: %s" % (name, frame))
        check(srv.numbers_in(b"Needs you") == left, "%s: %s" % (name, srv.folders))


def test_many_that_look_like_the_mail():
    srv, fetched = settle_again_without_ids([(uid, 9) for uid in range(1, 61)])
    check(fetched <= 100, "%d mails were fetched" % fetched)
    check(srv.numbers_in(b"Processed")[:4] == [1, 2, 3, 4], "%s" % srv.folders)


def test_connection_that_breaks_after_a_mail_that_came_alone():
    srv = server("comes-alone-and-breaks")
    role = resume(srv)
    check([f[3] for f in role.entered(3)] == ["1", "3", "4"], "%s" % role.seen)
    check(sorted(name.split(".")[2] for name in role.new_files()) == ["1", "3", "4"], "%s" % role.new_files())


def settle_fails(srv, word, folder="Processed"):
    role = resume(srv)
    role.entered(len(srv.uids))
    result = role.settle(folder, 7, list(srv.uids))
    check({r[0] for r in result.values()} == {2}, "result %s" % result)
    trouble = [f for f in role.seen if f[0] == "trouble"]
    check(trouble and word in trouble[-1][2], "trouble %s" % trouble)
    # What is wrong stands until it is not: also after the next look.
    number = role.say("poll")
    role.expect("state", 3, lambda f: f[5] == number)
    check(not [f for f in role.seen if f[0] == "trouble" and f[1] == "0"], "taken back")
    srv.uids.append(99)
    role.say("poll")
    check(role.entered(1)[0][3] == "99", "mails must still be taken")
    check(srv.connections == 1, "the connection was given up")
    return role


def settle_goes_on(srv, role, wire=b"Processed"):
    result = role.settle("Processed", 7, list(srv.uids))
    check({r[0] for r in result.values()} == {0}, "result %s" % result)
    role.expect("trouble", 3, lambda f: f[1] == "0") if not [f for f in role.seen if f[:2] == ["trouble", "0"]] else None
    check(99 in srv.numbers_in(wire), "%s" % srv.folders)


def test_quota_exceeded():
    for caps, verb in ((b"IMAP4rev1 MOVE UIDPLUS", b"MOVE"), (b"IMAP4rev1 UIDPLUS", b"COPY")):
        srv = server(caps=caps, folders={b"INBOX": None, b"Processed": []}, says={verb: b"NO [OVERQUOTA] Quota exceeded"})
        role = settle_fails(srv, "the mailbox is full")
        check("CREATE" not in words_sent(srv), "a folder was made: %s" % words_sent(srv))
        srv.says = {}
        settle_goes_on(srv, role)


def test_mailbox_that_may_only_be_read():
    srv = server(read_only=True, folders={b"INBOX": None, b"Processed": []})
    role = settle_fails(srv, "may only be read")
    check(not {"MOVE", "COPY", "STORE", "CREATE"} & set(words_sent(srv)), "sent %s" % words_sent(srv))
    role.end()
    srv = server(folders={b"INBOX": None, b"Processed": []}, says={b"MOVE": b"NO [NOPERM] Permission denied"})
    role = settle_fails(srv, "Permission denied")
    check("CREATE" not in words_sent(srv), "a folder was made: %s" % words_sent(srv))


def test_folder_that_cannot_be_made():
    srv = server(says={b"CREATE": b"NO Permission denied"})
    role = settle_fails(srv, "the folder Processed cannot be made")
    srv.says = {}
    settle_goes_on(srv, role)


def test_moving_that_breaks_the_connection_each_time():
    srv = server(folders={b"INBOX": None, b"Processed": [], b"Needs you": []}, says={b"MOVE": b"* BYE oops"})
    role = resume(srv, retry=5)
    role.entered(4)
    number = role.say("settle", "Processed", "", 7, "1,2")
    frame = role.expect("settled", 15, lambda f: f[1] == number)
    check(frame[3] == "1:2:0,2:2:0", "settled %s" % frame)
    srv.says = {}
    result = role.settle("Processed", 7, [1, 2])
    check({r[0] for r in result.values()} == {0}, "asked again: %s" % result)


# ---- Where folders are

def settle_into(folder, wire, **options):
    srv = server(caps=options.pop("caps", b"IMAP4rev1 IDLE MOVE UIDPLUS NAMESPACE"), **options)
    role = resume(srv)
    role.entered(4)
    result = role.settle(folder, 7, [1, 2])
    check({r[0] for r in result.values()} == {0}, "%s: result %s" % (folder, result))
    check(wire in srv.folders and srv.numbers_in(wire) == [1, 2], "%s: %s" % (folder, srv.folders))
    role.end()
    return srv


def test_folders_beneath_a_prefix():
    for box in ({}, {b"INBOX.Sent": []}):
        for caps in (b"IMAP4rev1 MOVE UIDPLUS NAMESPACE", b"IMAP4rev1 MOVE UIDPLUS") if box else (b"IMAP4rev1 MOVE NAMESPACE",):
            srv = settle_into("Needs you", b"INBOX.Needs you", prefix=b"INBOX.", delimiter=b".", caps=caps,
                              folders={b"INBOX": None} | box)
            check(b"Needs you" not in srv.folders, "%s" % srv.folders)
    settle_into("Advice/Done", b"INBOX.Advice.Done", prefix=b"INBOX.", delimiter=b".")
    settle_into("INBOX.Done", b"INBOX.Done", prefix=b"INBOX.", delimiter=b".")
    settle_into("Advice/S.E.N.", b"Advice.S_E_N_", delimiter=b".")
    settle_into("Processed", b"Mine/Processed", prefix=b"Mine/", folders={b"INBOX": None, b"Mine/Processed": []})


def test_folders_under_another_spelling():
    def there(folder, wire, **options):
        srv = settle_into(folder, wire, folders={b"INBOX": None, wire: []}, **options)
        check(set(srv.folders) == {b"INBOX", wire}, "a folder was made: %s" % srv.folders)
    there("Processed", b"processed")
    there("Needs you", b"INBOX.NEEDS YOU", prefix=b"INBOX.", delimiter=b".")
    there("Erledigt für uns", b"erledigt f&APw-r uns")
    there("Erledigt für uns", b"Erledigt fu&Awg-r uns")		# the accent as a character of its own
    there("Erledigt für uns", "Erledigt für uns".encode())	# no modified UTF-7
    there("Done & dusted", b"done &- dusted", literal_names=True)
    srv = settle_into("Processed", b"Processed", folders={b"INBOX": None, b"processed": [], b"Processed": []})
    check(srv.folders[b"processed"] == [], "the exact one comes first: %s" % srv.folders)
    settle_into("Sent", b"Gesendete Elemente", folders={b"INBOX": None, b"Gesendete Elemente": []}, sent=b"Gesendete Elemente")


def test_folder_names_with_odd_characters():
    for name, wire in (('He said "no"', b'He said "no"'), ("back\\slash", b"back\\slash"), ("Q&A", b"Q&-A"),
                       ("100% {5}", b"100% {5}"), ("(a) *", b"(a) *")):
        for literal_names in (False, True):
            settle_into(name, wire, literal_names=literal_names)
            settle_into(name, wire, literal_names=literal_names, folders={b"INBOX": None, wire: []})


def test_folders_of_others_with_names_that_are_no_text():
    settle_into("Processed", b"Processed", folders={b"INBOX": None, b"\xff\xfe\x80": [], b"&&&-": [], b"&2D0-": [], b"a\\": [],
                                                    b'"': []}, literal_names=True)


def test_folder_that_holds_only_folders():
    srv = settle_into("Processed", b"Processed", folders={b"INBOX": None, b"Processed": [], b"Processed/2025": []},
                      noselect={b"Processed"})
    check(b"Processed" not in srv.noselect, "not made to hold mails")
    srv = server(folders={b"INBOX": None, b"Processed": []}, noselect={b"Processed"}, says={b"CREATE": b"NO Mailbox exists"})
    settle_fails(srv, "the folder Processed cannot be made")


def test_folder_made_by_somebody_in_the_meantime():
    for answer in (b"NO [ALREADYEXISTS] Mailbox exists", b"NO it is there"):
        srv = server(caps=b"IMAP4rev1 IDLE MOVE UIDPLUS")
        role = resume(srv)
        role.entered(4)
        role.settle("Other", 7, [4])
        srv.says = {b"MOVE": [b"NO [TRYCREATE] no such folder"], b"CREATE": [answer]}
        srv.folders[b"processed" if b"there" in answer else b"Processed"] = []
        result = role.settle("Processed", 7, [1, 2])
        check({r[0] for r in result.values()} == {0}, "result %s" % result)


def test_watched_folder_beneath_a_prefix():
    srv = server(caps=b"IMAP4rev1 IDLE MOVE NAMESPACE", prefix=b"INBOX.", delimiter=b".",
                 folders={b"INBOX": None, b"INBOX.Advice.In": [(1, 1), (2, 2)]})
    role = resume(srv, folder="Advice/In")
    check([f[3] for f in role.entered(2)] == ["1", "2"], "uids")


PERMITTED = {"CAPABILITY", "AUTHENTICATE", "LOGIN", "LOGOUT", "NAMESPACE", "LIST", "SELECT", "EXAMINE", "CREATE", "SUBSCRIBE",
             "NOOP", "IDLE", "APPEND", "UID FETCH", "UID SEARCH", "UID STORE", "UID COPY", "UID MOVE", "UID EXPUNGE"}


def last_nothing_else_was_ever_said():
    """In all these tests: never an EXPUNGE of everything, nothing by sequence number, nothing that marks as read."""
    for name in os.listdir(SCRATCH):
        if not name.endswith(".log"):
            continue
        with open(os.path.join(SCRATCH, name), "rb") as f:
            lines = f.read().decode("latin-1").upper().splitlines()
        for line in lines:
            words = line.split(" ")
            if line == "DONE" or len(words) < 2:
                continue
            verb = " ".join(words[1:3]) if words[1] == "UID" else words[1]
            check(verb in PERMITTED, "the server was sent %s" % line)
            for never in ("BODY[", "RFC822 ", "RFC822)", "CHARSET", "RETURN", "ENVELOPE", "BODYSTRUCTURE", "\\SEEN"):
                check(never not in line, "the server was sent %s" % line)
