"""SMTP servers for the tests of the send role: certificates, a well-behaved
server (aiosmtpd) and one that does whatever a test tells it to."""

import logging
import os
import socket
import ssl
import subprocess
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)  # aiosmtpd's opinions of its own settings

USER, PASSWORD = "advice@town.example", "correct horse"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Certificates:
    """A throw-away authority, a certificate for localhost, one for another name, and a foreign authority."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("ca", "foreign"):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=test " + name, "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"))
        self.issue("localhost", "DNS:localhost,IP:127.0.0.1")
        self.issue("elsewhere", "DNS:mail.elsewhere.example")

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, alternative):
        with open(self.path(name + ".ext"), "w") as file:
            file.write("subjectAltName=" + alternative + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"))
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.pem"),
                "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", "2",
                "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".pem"))

    def context(self, name="localhost"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(name + ".pem"), self.path(name + ".key"))
        return context


class Polite:
    """aiosmtpd with sign-in, by STARTTLS or TLS from the first byte."""

    def __init__(self, certificates, implicit=False):
        self.mails, self.sign_ins = [], []
        context = certificates.context()
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), server_hostname="polite.example",
            ssl_context=context if implicit else None, tls_context=None if implicit else context,
            require_starttls=not implicit, authenticator=self.authenticate, auth_required=True,
            auth_require_tls=not implicit, data_size_limit=64 << 20)
        self.port = self.controller.port

    def authenticate(self, server, session, envelope, mechanism, data):
        self.sign_ins.append((mechanism, data.login, data.password))
        return AuthResult(success=data.login == USER.encode() and data.password == PASSWORD.encode(), handled=False)

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 queued"

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *what):
        self.controller.stop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


CLOSE = "hang up"


def drip(text, pause=0.2):
    """An answer that comes one byte at a time."""
    def act(peer):
        for byte in text.encode():
            peer.raw(bytes([byte]))
            time.sleep(pause)
    return act


class Scripted:
    """Answers each command as told.  answers: verb -> text | CLOSE | callable | list of these, one a time (the last
    stays).  Besides verbs: "greeting", "end" (after the final dot), "body" (when 100 KB of it have come)."""

    USUAL = {"greeting": "220 scripted.example", "MAIL": "250 2.1.0 well", "RCPT": "250 2.1.5 well",
             "DATA": "354 go on", "end": "250 2.0.0 queued", "RSET": "250 well", "QUIT": "221 bye",
             "STARTTLS": "220 go on", "AUTH": "235 welcome"}

    def __init__(self, answers=None, offers=("PIPELINING", "8BITMIME", "SIZE 100000000"), certificates=None,
                 certificate="localhost", tls=None):
        self.answers = {k: list(v) if isinstance(v, list) else [v] for k, v in (answers or {}).items()}
        self.offers, self.tls = offers, tls
        self.context = certificates.context(certificate) if tls else None
        self.commands, self.mails, self.connections = [], [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopping = False

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *what):
        self.stopping = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while not self.stopping:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.session, args=(connection,), daemon=True).start()

    def session(self, connection):
        try:
            if self.tls == "implicit":
                connection = self.context.wrap_socket(connection, server_side=True)
            self.talk(Peer(connection))
        except (OSError, EOFError):
            pass
        finally:
            connection.close()

    def answer(self, peer, what, usual=None):
        queue = self.answers.get(what)
        said = usual or self.USUAL.get(what, "250 well") if queue is None else queue[0]
        if queue is not None and len(queue) > 1:
            queue.pop(0)
        if said == CLOSE:
            raise EOFError
        if callable(said):
            said(peer)
        else:
            peer.raw(said.encode() + b"\r\n")
        return said

    def talk(self, peer):
        self.answer(peer, "greeting")
        secure = self.tls != "starttls"
        while True:
            line = peer.line()
            verb = line.split(" ")[0].split(":")[0].upper()
            self.commands.append(line)
            if verb == "EHLO":
                offers = list(self.offers) if secure else ["STARTTLS"]
                lines = ["scripted.example"] + offers
                self.answer(peer, "EHLO", "\r\n".join(
                    "250" + ("-" if i + 1 < len(lines) else " ") + text for i, text in enumerate(lines)))
            elif verb == "STARTTLS" and not secure:
                self.answer(peer, "STARTTLS")
                peer.socket = self.context.wrap_socket(peer.socket, server_side=True)
                secure = True
            elif verb == "AUTH":
                peer.raw(b"334 \r\n")
                peer.line()
                self.answer(peer, "AUTH")
            elif verb == "DATA":
                if str(self.answer(peer, "DATA")).startswith("354"):
                    body = peer.body(self)
                    self.answer(peer, "end")
                    self.mails.append(body)
            else:
                self.answer(peer, verb)
                if verb == "QUIT":
                    return


class Peer:
    def __init__(self, connection):
        self.socket, self.kept = connection, b""

    def raw(self, data):
        self.socket.sendall(data)

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        return data

    def line(self):
        while b"\n" not in self.kept:
            self.kept += self.more()
        line, self.kept = self.kept.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def body(self, server):
        parts, size, tail = [self.kept], len(self.kept), self.kept[-5:]
        self.kept = b""
        while not (tail == b"\r\n.\r\n" or (size == 3 and tail == b".\r\n")):
            if size > 100000 and "body" in server.answers:
                server.answer(self, "body")
                raise EOFError
            parts.append(self.more())
            size += len(parts[-1])
            tail = (tail + parts[-1])[-5:]
        lines = b"".join(parts)[:-3].split(b"\r\n")
        return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
