"""A mail server that stands between the daemon and the town's: it hands on what it hears, and does harm as told.

Signs in and speaks TLS on both sides, with the town's own certificate."""

import base64
import re
import smtplib
import socket
import ssl
import threading


class Between:
    """cut: connections to end after so many final dots, the mail having been taken; refuse: what is answered to RCPT
    of an address, or to MAIL ("MAIL"); rewrite: whether each mail gets another Message-ID."""

    def __init__(self, town):
        self.town = town
        self.cut, self.refuse, self.rewrite = 0, {}, False
        self.taken = []                 # (recipients, mail) that the server behind has accepted
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = town.ca.rsplit("/", 1)[0]
        self.context.load_cert_chain(folder + "/srv.pem", folder + "/srv.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *what):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(connection,), daemon=True).start()

    def session(self, connection):
        behind = smtplib.SMTP("localhost", self.town.smtp_port, local_hostname="localhost")
        try:
            behind.starttls(context=ssl.create_default_context(cafile=self.town.ca))
            Talk(self, connection, behind).go()
        except (OSError, EOFError, smtplib.SMTPException):
            pass
        finally:
            connection.close()
            behind.close()


class Talk:
    def __init__(self, between, connection, behind):
        self.between, self.socket, self.behind = between, connection, behind
        self.kept, self.secure, self.recipients = b"", False, []

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def until(self, end):
        while end not in self.kept:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.kept += more
        data, self.kept = self.kept.split(end, 1)
        return data

    def hand_on(self, line):
        code, text = self.behind.docmd(line)
        self.say("%d %s" % (code, " ".join(text.decode("utf-8", "replace").split())))

    def sign_in(self, line):
        words = line.split()
        if len(words) < 3:
            self.say("334 ")
            words.append(self.until(b"\r\n").decode())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        self.behind.login(user, password)
        self.say("235 2.7.0 welcome")

    def data(self):
        self.say("354 go on")
        body = b"" if self.kept.startswith(b".\r\n") else self.until(b"\r\n.\r\n") + b"\r\n"
        if self.between.rewrite:
            body = re.sub(rb"(?mi)^Message-ID: <([^>]+)>", rb"Message-ID: <rewritten.\1>", body, count=1)
        self.behind.docmd("DATA")
        self.behind.sock.sendall(body + b".\r\n")
        code, text = self.behind.getreply()
        if code == 250:
            self.between.taken.append((self.recipients, body))
        self.between.town.delivered()   # so that it is known where it lies by now
        if self.between.cut > 0:
            self.between.cut -= 1
            raise EOFError
        self.say("%d %s" % (code, text.decode("utf-8", "replace")))

    def go(self):
        self.say("220 between")
        while True:
            line = self.until(b"\r\n").decode("utf-8", "replace")
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO":
                self.say("250-between\r\n250 " + ("AUTH PLAIN" if self.secure else "STARTTLS"))
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.socket = self.between.context.wrap_socket(self.socket, server_side=True)
                self.secure = True
            elif verb == "AUTH":
                self.sign_in(line)
            elif verb == "MAIL" and "MAIL" in self.between.refuse:
                self.say(self.between.refuse["MAIL"])
            elif verb == "RCPT" and line[9:-1].lower() in self.between.refuse:
                self.say(self.between.refuse[line[9:-1].lower()])
            elif verb == "DATA":
                self.data()
            else:
                if verb == "MAIL":
                    self.recipients = []
                if verb == "RCPT":
                    self.recipients.append(line[9:-1].lower())
                self.hand_on(line)
                if verb == "QUIT":
                    return
