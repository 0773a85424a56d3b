"""An IMAP server that misbehaves as told.  One behaviour a server; it says on
which port it listens, and writes every line it was sent to a log."""

import re
import socket
import sys
import threading
import time

MAIL = (b"From: a@test.example\r\nTo: b@test.example\r\nSubject: test\r\n"
        b"Message-ID: <%d@test.example>\r\n\r\nbody of mail %d\r\n")
DATE = b"07-Sep-2026 10:00:00 +0100"
CAPS = b"IMAP4rev1 IDLE MOVE UIDPLUS"


class Session(threading.Thread):
    def __init__(self, sock, server):
        super().__init__(daemon=True)
        self.sock, self.server, self.buffer = sock, server, b""
        self.folder = b"INBOX"

    def send(self, data):
        self.sock.sendall(data)

    def receive(self):
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError
        self.buffer += data

    def line(self):
        """One command without its line end; literals are asked for and put in as quoted strings."""
        whole = b""
        while True:
            while b"\n" not in self.buffer:
                self.receive()
            line, self.buffer = self.buffer.split(b"\n", 1)
            line = line.rstrip(b"\r")
            literal = re.search(rb"\{(\d+)\}$", line)
            if literal is None:
                break
            self.send(b"+ go on\r\n")
            while len(self.buffer) < int(literal.group(1)):
                self.receive()
            whole += line[:literal.start()] + b'"' + self.buffer[:int(literal.group(1))] + b'"'
            self.buffer = self.buffer[int(literal.group(1)):]
        with open(self.server.log, "ab") as log:
            log.write(whole + line + b"\n")
        return whole + line

    def run(self):
        with self.server.lock:
            self.server.live += 1
            self.server.most = max(self.server.most, self.server.live)
        try:
            self.talk()
        except (ConnectionError, OSError):
            pass
        finally:
            with self.server.lock:
                self.server.live -= 1
            self.sock.close()

    def sleep_for_ever(self):
        while self.sock.recv(65536):
            pass
        raise ConnectionError

    def drip(self, data, every_s, forever=False):
        while True:
            for i in range(0, len(data), 1):
                self.send(data[i:i + 1])
                time.sleep(every_s)
            if not forever:
                return

    def talk(self):
        behaviour = self.server.behaviour
        if behaviour == "silent":
            self.sleep_for_ever()
        if behaviour == "drip":
            self.drip(b"* OK " + b"x" * 100000, 0.05)
        if behaviour == "endless-line":
            self.send(b"* OK ")
            while True:
                self.send(b"x" * 65536)
        if behaviour == "bye":
            self.send(b"* BYE Connection is closed. 13\r\n")
            return
        self.send(b"* OK ready\r\n")
        while True:
            words = self.line().split(b" ", 2)
            if len(words) > 1:
                self.command(words[0], words[1].upper(), words[2] if len(words) > 2 else b"")

    def ends(self, tag, verb):
        """What the test wants said to this command: True if that was it."""
        server = self.server
        if server.hold == verb:
            self.sleep_for_ever()
        if server.chatter == verb:
            while True:
                self.send(b"* OK still busy, please hang on for a moment\r\n" * 50)
                time.sleep(0.02)
        if server.close == verb:
            server.close = None
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        if verb not in server.says:
            return False
        answer = server.says[verb]
        if isinstance(answer, list):
            answer = answer.pop(0)
            if not server.says[verb]:
                del server.says[verb]
        if answer.startswith(b"* BYE"):
            self.send(answer + b"\r\n")
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        self.send(tag + b" " + answer + b"\r\n")
        return True

    def command(self, tag, verb, rest):
        server, behaviour = self.server, self.server.behaviour
        word = rest.split(b" ")[0].upper() if verb == b"UID" else verb
        server.commands.append((time.monotonic(), word))
        if server.refuses and server.refuses in verb.upper() + b" " + rest:
            return self.send(tag + b" NO not this folder\r\n")
        if self.ends(tag, word):
            return
        if verb == b"CAPABILITY":
            self.send(b"* CAPABILITY " + (server.caps if self.signed_in or server.caps_before is None else
                                          server.caps_before) + b"\r\n")
        elif verb == b"LOGIN" and server.behaviour == "repeats":
            return self.send(tag + b" NO what is LOGIN " + rest + b"?\r\n")
        elif verb == b"LOGIN":
            self.signed_in = True
        elif verb in (b"SELECT", b"EXAMINE"):
            return self.select(tag, unquoted(rest))
        elif verb == b"NAMESPACE":
            self.send(b'* NAMESPACE (("%s" "%s")) NIL NIL\r\n' % (server.prefix, server.delimiter))
        elif verb == b"LIST":
            self.list_folders()
        elif verb == b"CREATE":
            return self.create(tag, unquoted(rest))
        elif verb == b"UID":
            return self.uid(tag, *rest.split(b" ", 1))
        elif verb == b"IDLE":
            return self.idle(tag)
        elif verb == b"NOOP":
            self.before_noop()
        self.send(tag + b" OK done\r\n")

    signed_in = False

    def before_noop(self):
        server = self.server
        if server.behaviour == "shrinks" and server.uids:
            # Said to be more than there are, then fewer: people are at work.
            self.send(b"* 900 EXISTS\r\n* 3 EXPUNGE\r\n* 1 EXISTS\r\n* 0 EXISTS\r\n* %d EXISTS\r\n" % len(server.uids))
        if server.behaviour == "unasked":
            self.send(b"* 7 FETCH (FLAGS (\\Seen) UID 7)\r\n* LIST () \"/\" {6}\r\nR&AOk-s\r\n* STATUS INBOX (MESSAGES 3)\r\n"
                      b"* OK [ALERT] " + b"please read this " * 5000 + b"\r\n* METADATA {12}\r\na5 OK fooled\r\n"
                      + b"* 1 RECENT\r\n" * 20000)

    def select(self, tag, folder):
        server = self.server
        if folder not in server.folders or folder in server.noselect:
            self.send(tag + b" NO [NONEXISTENT] no such folder\r\n")
            return
        self.folder = folder
        uids = server.uids_in(folder)
        flags = b"\\Seen \\Deleted" + (b" \\*" if server.keywords else b"")
        self.send(b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (%s)] x\r\n* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n"
                  % (flags, len(uids), server.uidvalidity))
        if server.uidnext:
            self.send(b"* OK [UIDNEXT %d] x\r\n" % (max(uids, default=0) + 1))
        self.send(tag + (b" OK [READ-ONLY]" if server.read_only else b" OK [READ-WRITE]") + b" done\r\n")

    def list_folders(self):
        server = self.server
        for name in server.folders:
            flags = b"\\Noselect" if name in server.noselect else b"\\Sent" if name == server.sent else b"\\HasNoChildren"
            text = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            if server.literal_names:
                self.send(b'* LIST (%s) "%s" {%d}\r\n%s\r\n' % (flags, server.delimiter, len(name), name))
            else:
                self.send(b'* LIST (%s) "%s" "%s"\r\n' % (flags, server.delimiter, text))

    def create(self, tag, folder):
        server = self.server
        if not folder.startswith(server.prefix):
            self.send(tag + b" NO Permission denied\r\n")
        elif folder in server.folders and folder not in server.noselect:
            self.send(tag + b" NO Mailbox exists\r\n")
        else:
            server.noselect.discard(folder)
            server.folders.setdefault(folder, [])
            self.send(tag + b" OK created\r\n")

    def uid(self, tag, verb, rest):
        server, verb = self.server, verb.upper()
        if verb == b"FETCH":
            return self.fetch(tag, rest)
        if verb == b"SEARCH":
            self.search(rest)
        elif verb in (b"COPY", b"MOVE"):
            return self.transfer(tag, verb, *rest.split(b" ", 1))
        elif verb == b"STORE" and b"\\Deleted" in rest:
            server.deleted.update(u for u in server.uids if u in parse_set(rest.split(b" ")[0]))
        elif verb == b"EXPUNGE":
            server.uids[:] = [u for u in server.uids if u not in parse_set(rest) or u not in server.deleted]
        self.send(tag + b" OK done\r\n")

    def search(self, rest):
        server = self.server
        if rest.upper().startswith(b"UID "):
            found = [u for u in sorted(server.uids_in(self.folder)) if u in parse_set(rest[4:])]
        elif rest.upper().startswith(b"SINCE "):
            found = server.uids_in(self.folder)
        else:
            key = int(re.search(rb"<?(\d+)@", rest).group(1))
            found = [uid for uid, mail in server.mails_in(self.folder) if mail == key]
        if server.behaviour == "jumbled":
            found = found[::-1] + found + [4000000000, 77777]
        self.send(b"* SEARCH" + b"".join(b" %d" % u for u in found) + b"\r\n")

    def transfer(self, tag, verb, uid_set, name):
        server, folder = self.server, unquoted(name)
        if folder not in server.folders or folder in server.noselect:
            self.send(tag + b" NO [TRYCREATE] no such folder\r\n")
            return
        for uid, key in [mail for mail in server.mails_in(self.folder) if mail[0] in parse_set(uid_set)]:
            server.folders[folder].append((len(server.folders[folder]) + 1, key))
            if verb == b"MOVE" and self.folder == b"INBOX":
                server.uids.remove(uid)
            elif verb == b"MOVE":
                server.folders[self.folder].remove((uid, key))
        if server.after_transfer:
            answer, server.after_transfer = server.after_transfer, None
            if answer == b"close":
                self.sock.shutdown(socket.SHUT_RDWR)
                raise ConnectionError
            self.send(tag + b" " + answer + b"\r\n")
            return
        self.send(tag + b" OK done\r\n")

    def idle(self, tag):
        server, behaviour = self.server, self.server.behaviour
        server.idles += 1
        if behaviour == "idle-refused":
            self.send(tag + b" NO not today\r\n")
            return
        if behaviour == "idle-ends":
            self.send(b"+ idling\r\n" + tag + b" OK IDLE terminated\r\n")
            return
        if behaviour == "idle-untagged" and server.idles == 1:
            server.uids.append(max(server.uids) + 1)
            self.send(b"* %d EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n+ idling\r\n" % len(server.uids))
        elif behaviour == "idle-garbage" and server.idles == 1:
            server.uids.append(max(server.uids) + 1)
            self.send(b"\r\n?? what\r\n* \r\n* OK [X]\r\n*\r\na0 OK an old answer\r\n* %d EXISTS {4}\r\n+ no\r\n"
                      b"+ idling\r\n" % len(server.uids))
        else:
            self.send(b"+ idling\r\n")
        if behaviour == "idle-black-hole":
            server.holes += 1
            self.sleep_for_ever()
        if behaviour == "idle-no-done":
            self.line()
            self.sleep_for_ever()
        if behaviour == "idle-bye" and server.idles == 1:
            self.send(b"* BYE Session invalidated - AccessTokenExpired\r\n")
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        while self.line().upper() != b"DONE":
            pass
        self.send(tag + b" OK done\r\n")

    def list_mails(self, uids):
        behaviour = self.server.behaviour
        for n, (uid, key) in enumerate(uids):
            size = 200 << 20 if behaviour == "huge" and uid == 2 else len(MAIL % (key, key))
            if behaviour == "wrong-sizes":
                size = size * 100 if uid % 2 else 1
            self.send(b'* %d FETCH (UID %d INTERNALDATE "%s" RFC822.SIZE %d)\r\n' % (n + 1, uid, DATE, size))
            if behaviour == "jumbled":
                self.send(b'* %d FETCH (UID %d INTERNALDATE "%s" RFC822.SIZE %d)\r\n' % (n + 1, uid, DATE, size))

    def list_ids(self, uids):
        for n, (uid, key) in enumerate(uids):
            header = self.server.instead_of_id + b"\r\n" if self.server.without_ids else b"Message-ID: <%d@test.example>\r\n\r\n" % key
            self.send(b'* %d FETCH (UID %d INTERNALDATE "%s" RFC822.SIZE %d BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%s)\r\n'
                      % (n + 1, uid, DATE, len(MAIL % (key, key)), len(header), header))

    def fetch(self, tag, rest):
        server, behaviour = self.server, self.server.behaviour
        uid_set, items = rest.split(b" ", 1)
        want = parse_set(uid_set)
        mails = sorted((u, k) for u, k in server.mails_in(self.folder) if u in want)
        if behaviour == "jumbled":
            mails.reverse()
        if b"BODY.PEEK[]" not in items.upper():
            last = max(server.mails_in(self.folder), default=None)
            if b"*" in uid_set and last is not None and last not in mails:
                mails.append(last)
            if b"HEADER" in items.upper():
                self.list_ids(mails)
            else:
                self.list_mails(mails)
            self.send(tag + b" OK done\r\n")
            return
        server.body_fetches += 1
        if server.no_bodies:
            return self.send(tag + b" NO [SERVERBUG] it cannot be read\r\n")
        uids = [u for u, _ in mails]
        if behaviour == "vanishes" and server.body_fetches == 1:
            # Moved by a person between the list and the fetch.
            self.send(b"* 2 EXPUNGE\r\n")
            server.uids.remove(2)
            uids.remove(2)
        if behaviour.startswith("bad-flags") and uids:
            # Servers say what flags a folder keeps when it is selected; nothing keeps them from saying so later, or badly.
            for text in (b"(", b"()", b"(\\)", b"(\\Seen \\*", b"\\Seen)", b"", b"(,)", b"NIL", b"(\\Seen  \\*)", b'("x")', b"((\\Seen))"):
                self.send(b"* OK [PERMANENTFLAGS " + text + b"] x\r\n* OK [permanentflags" + text + b"\r\n* NO [PERMANENTFLAGS]\r\n")
        for n, uid in enumerate(uids):
            self.mail(tag, n + 1, uid, dict(mails)[uid])
            if self.stopped:
                self.stopped = False
                return
        if behaviour == "comes-alone-and-breaks" and server.body_fetches == 2:
            server.uids.remove(2)
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        if behaviour == "uninvited" and uids:
            mail = MAIL % (99, 99)
            self.send(b"* 9 FETCH (UID 99 BODY[] {%d}\r\n" % len(mail) + mail + b")\r\n")
        if behaviour == "jumbled" and uids:
            mail = MAIL % (uids[0], uids[0])
            self.send(b"* 9 FETCH (UID %d BODY[] {%d}\r\n" % (uids[0], len(mail)) + mail + b")\r\n")
        self.send(tag + b" OK done\r\n")

    stopped = False

    def mail(self, tag, n, uid, key):
        server, behaviour = self.server, self.server.behaviour
        mail = MAIL % (key, key)
        if behaviour == "bad-flags-in-mail":
            mail += b"* OK [PERMANENTFLAGS (\r\nPERMANENTFLAGS {12}\r\n"
        if server.without_ids:      # and of the same size, all of them
            mail = re.sub(rb"Message-ID: .*\r\n", b"", mail)
        start = b"* %d FETCH (UID %d BODY[] {%d}\r\n"
        if behaviour == "no-after-data" and server.body_fetches == 1 and uid == 3:
            self.send(tag + b" NO [SERVERBUG] retrieval failed\r\n")
            self.stopped = True
        elif behaviour == "nil" and uid == 2:
            self.send(b"* %d FETCH (UID %d BODY[] NIL)\r\n" % (n, uid))
        elif behaviour in ("skips", "comes-alone-and-breaks") and uid == 2 and server.body_fetches == 1:
            pass
        elif behaviour == "die-in-literal" and server.body_fetches <= 2 and uid == 2:
            self.send(start % (n, uid, len(mail)) + mail[:40])
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        elif behaviour == "poison" and uid == 2:
            self.send(start % (n, uid, len(mail)) + mail[:40])
            self.sock.shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        elif behaviour == "literal-too-short" and uid == 2:
            # More is announced than comes: the rest of the answer is swallowed.
            self.send(start % (n, uid, len(mail) + 5000) + mail + b")\r\n")
        elif behaviour == "literal-too-long" and uid == 2:
            self.send(start % (n, uid, len(mail) - 30) + mail + b")\r\n")
        elif behaviour == "drip-body" and server.body_fetches == 1:
            self.send(start % (n, uid, 3 << 30))
            self.drip(b"x" * 2000, 0.02)
        elif behaviour == "flood" and server.body_fetches == 1:
            self.send(start % (n, uid, 3 << 30))
            while True:
                self.send(b"x" * 65536)
        elif behaviour == "uid-last":
            self.send(b"* 9 FETCH (FLAGS (\\Seen))\r\n* %d FETCH (BODY[] {%d}\r\n" % (n, len(mail))
                      + mail + b" UID %d)\r\n" % uid)
        elif behaviour == "nul" and uid == 2:
            mail = mail.replace(b"body", b"bo\0dy\0\xff\r\n.\r\n")
            self.send(start % (n, uid, len(mail)) + mail + b")\r\n")
        elif behaviour == "slow-but-honest":
            mail += b"0123456789abcdef" * 20000
            self.send(start % (n, uid, len(mail)))
            for at in range(0, len(mail), 16384):
                self.send(mail[at:at + 16384])
                time.sleep(0.15)
            self.send(b")\r\n")
        else:
            self.send(start % (n, uid, len(mail)) + mail + b")\r\n")


def unquoted(text):
    text = text.strip()
    if text.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", text[1:-1])
    return text


def parse_set(text):
    class Ranges:
        def __init__(self):
            self.ranges = []

        def __contains__(self, uid):
            return any(a <= uid <= b for a, b in self.ranges)
    ranges = Ranges()
    for part in text.split(b","):
        ends = part.split(b":")
        first = int(ends[0])
        last = first if len(ends) == 1 else (1 << 32 if ends[1] == b"*" else int(ends[1]))
        ranges.ranges.append((first, last))
    return ranges


class Server(threading.Thread):
    """uids: what lies in INBOX.  Options are attributes, which a test may also change later."""

    def __init__(self, behaviour, log, uids=(1, 2, 3, 4), **options):
        super().__init__(daemon=True)
        self.behaviour, self.log, self.uids = behaviour, log, list(uids)
        self.uidvalidity, self.uidnext, self.keywords, self.read_only = 7, True, True, False
        self.caps, self.caps_before = CAPS if behaviour != "noidle" else b"IMAP4rev1 MOVE UIDPLUS", None
        self.prefix, self.delimiter, self.literal_names, self.sent = b"", b"/", False, None
        self.folders = {b"INBOX": None}             # name: [(uid, number of the mail)]
        self.noselect, self.deleted = set(), set()
        self.says, self.after_transfer = {}, None   # verb: an answer for ever, or a list of answers
        self.hold = self.chatter = self.close = None    # at this verb
        self.without_ids, self.instead_of_id, self.no_bodies = False, b"", False
        self.refuses = None         # NO to each command that holds this
        self.idles = self.body_fetches = self.connections = self.holes = self.live = self.most = 0
        self.commands, self.began = [], []
        self.lock = threading.Lock()
        for name, value in options.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def mails_in(self, folder):
        return [(u, u) for u in self.uids] if folder == b"INBOX" else list(self.folders[folder])

    def uids_in(self, folder):
        return [u for u, _ in self.mails_in(folder)]

    def numbers_in(self, folder):
        return sorted(k for _, k in self.mails_in(folder))

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self.began.append(time.monotonic())
            Session(sock, self).start()

    def close_listener(self):
        self.listener.close()


if __name__ == "__main__":
    server = Server(sys.argv[1], sys.argv[2])
    print(server.port, flush=True)
    threading.Event().wait()
