"""An IMAP server that misbehaves as told.  One behaviour a server; it says on
which port it listens, and writes every line it was sent to a log."""

import socket
import sys
import threading
import time

MAIL = (b"From: a@test.example\r\nTo: b@test.example\r\nSubject: test\r\n"
        b"Message-ID: <%d@test.example>\r\n\r\nbody of mail %d\r\n")
CAPS = {"noidle": b"IMAP4rev1 MOVE UIDPLUS"}


class Session(threading.Thread):
    def __init__(self, sock, server):
        super().__init__(daemon=True)
        self.sock, self.server, self.buffer = sock, server, b""

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        line = line.rstrip(b"\r")
        with open(self.server.log, "ab") as log:
            log.write(line + b"\n")
        return line

    def run(self):
        try:
            self.talk()
        except (ConnectionError, OSError):
            pass
        finally:
            self.sock.close()

    def sleep_for_ever(self):
        while self.sock.recv(65536):
            pass
        raise ConnectionError

    def talk(self):
        behaviour = self.server.behaviour
        if behaviour == "silent":
            self.sleep_for_ever()
        if behaviour == "drip":
            for byte in b"* OK " + b"x" * 100000:
                self.send(bytes([byte]))
                time.sleep(0.05)
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

    def command(self, tag, verb, rest):
        server, behaviour = self.server, self.server.behaviour
        if verb == b"CAPABILITY":
            caps = CAPS.get(behaviour, b"IMAP4rev1 IDLE MOVE UIDPLUS")
            self.send(b"* CAPABILITY " + caps + b"\r\n")
        elif verb in (b"SELECT", b"EXAMINE"):
            if behaviour == "not-connected":
                self.send(tag + b" BAD User is authenticated but not connected.\r\n")
                return
            self.send(b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] x\r\n"
                      b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n"
                      % (len(server.uids), server.uidvalidity, max(server.uids, default=0) + 1))
            self.send(tag + b" OK [READ-WRITE] done\r\n")
            return
        elif verb == b"UID" and rest.upper().startswith(b"FETCH"):
            return self.fetch(tag, rest[6:])
        elif verb == b"UID" and rest.upper().startswith(b"SEARCH UID "):
            want = parse_set(rest[11:])
            self.send(b"* SEARCH" + b"".join(b" %d" % u for u in sorted(server.uids) if u in want) + b"\r\n")
        elif verb == b"IDLE":
            return self.idle(tag)
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
        else:
            self.send(b"+ idling\r\n")
        if behaviour == "idle-black-hole":
            server.holes += 1
            self.sleep_for_ever()
        while self.line().upper() != b"DONE":
            pass
        self.send(tag + b" OK done\r\n")

    def fetch(self, tag, rest):
        server, behaviour = self.server, self.server.behaviour
        uid_set, items = rest.split(b" ", 1)
        want = parse_set(uid_set)
        uids = [u for u in sorted(server.uids) if u in want]
        if b"BODY.PEEK[]" not in items.upper():
            if b"*" in uid_set and server.uids and max(server.uids) not in uids:
                uids.append(max(server.uids))
            for n, uid in enumerate(uids):
                size = 200 << 20 if behaviour == "huge" and uid == 2 else len(MAIL % (uid, uid))
                self.send(b'* %d FETCH (UID %d INTERNALDATE "07-Sep-2026 10:00:00 +0100" RFC822.SIZE %d)\r\n'
                          % (n + 1, uid, size))
            self.send(tag + b" OK done\r\n")
            return
        server.body_fetches += 1
        for n, uid in enumerate(uids):
            mail = MAIL % (uid, uid)
            if behaviour == "no-after-data" and server.body_fetches == 1 and uid == 3:
                self.send(tag + b" NO [SERVERBUG] retrieval failed\r\n")
                return
            if behaviour == "nil" and uid == 2:
                self.send(b"* %d FETCH (UID %d BODY[] NIL)\r\n" % (n + 1, uid))
                continue
            if behaviour == "die-in-literal" and server.body_fetches <= 2 and uid == 2:
                self.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (n + 1, uid, len(mail)) + mail[:40])
                self.sock.shutdown(socket.SHUT_RDWR)
                return
            if behaviour == "drip-body" and server.body_fetches == 1:
                self.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (n + 1, uid, 3 << 30))
                for _ in range(2000):
                    self.send(b"x")
                    time.sleep(0.02)
            if behaviour == "flood" and server.body_fetches == 1:
                self.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (n + 1, uid, 3 << 30))
                while True:
                    self.send(b"x" * 65536)
            if behaviour == "uid-last":
                self.send(b"* 9 FETCH (FLAGS (\\Seen))\r\n* %d FETCH (BODY[] {%d}\r\n" % (n + 1, len(mail))
                          + mail + b" UID %d)\r\n" % uid)
                continue
            self.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (n + 1, uid, len(mail)) + mail + b")\r\n")
        if behaviour == "uninvited" and uids:
            mail = MAIL % (99, 99)
            self.send(b"* 9 FETCH (UID 99 BODY[] {%d}\r\n" % len(mail) + mail + b")\r\n")
        self.send(tag + b" OK done\r\n")


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
    def __init__(self, behaviour, log, uids=(1, 2, 3, 4)):
        super().__init__(daemon=True)
        self.behaviour, self.log, self.uids = behaviour, log, list(uids)
        self.uidvalidity = 7
        self.idles = self.body_fetches = self.connections = self.holes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            Session(sock, self).start()

    def close(self):
        self.listener.close()


if __name__ == "__main__":
    server = Server(sys.argv[1], sys.argv[2])
    print(server.port, flush=True)
    threading.Event().wait()
