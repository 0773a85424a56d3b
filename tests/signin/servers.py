"""A token server that checks what it is shown, a mail server that wants tokens, and a Microsoft Graph, all on loopback.

Each does whatever a test tells it to: a list of answers is taken one by one, the last stays."""

import base64
import email.utils
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

TENANT, CLIENT = "0f3e1c7a-5b1d-4c55-9a53-3a5c1e2d4f60", "5b1d9a53-1111-4222-8333-944445555666"
SECRET, MAILBOX = "~a secret & more=8Q", "advice@town.example"
ACCOUNT = "adviced@project-1.iam.gserviceaccount.example"


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*args, **options):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **options).stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Wrong(Exception):
    """What the client is told: status and body."""
    def __init__(self, status, body):
        super().__init__(body)
        self.status, self.body = status, body


def aads(code, error="invalid_client", status=401):
    return Wrong(status, {"error": error, "error_description": "AADSTS%d: Said by the test. Trace ID: 1" % code,
                          "error_codes": [code]})


class Https:
    """An HTTPS server of one handler: handle(request) -> (status, headers, body); a request has path, headers, body."""
    def __init__(self, context, handle):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(20)
                if context is not None:
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                try:
                    outer.serve(self, handle, length)
                except (OSError, EOFError):
                    self.close_connection = True

            do_GET = do_POST

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.requests = []
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def serve(self, peer, handle, length):
        peer.body_left = length
        status, headers, body = handle(peer)
        if isinstance(body, dict):
            body = json.dumps(body)
        body = body.encode() if isinstance(body, str) else body
        peer.send_response_only(status)
        peer.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            peer.send_header(name, value)
        peer.end_headers()
        peer.wfile.write(body)
        if peer.body_left:
            peer.close_connection = True

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def body_of(peer):
    data = peer.rfile.read(peer.body_left)
    peer.body_left = 0
    return data


class Tokens:
    """The token server of a Microsoft tenant and of Google.  lifetime: of the tokens, in seconds.
    behave: None, or a list of callables/Wrong/None, one a request, the last stays."""

    def __init__(self, folder, context, plain_too=False):
        self.folder, self.lifetime, self.behave = folder, 3600, None
        self.granted, self.asked, self.revoked, self.forms, self.extra = [], 0, set(), [], {}
        self.https = Https(context, self.handle)
        self.url = "https://localhost:%d/token" % self.https.port
        self.introspection = Https(None, self.introspect) if plain_too else None
        self.lock = threading.Lock()

    def close(self):
        self.https.close()
        if self.introspection:
            self.introspection.close()

    # ---- Giving tokens

    def handle(self, peer):
        with self.lock:
            self.asked += 1
            behaviour = None
            if self.behave:
                behaviour = self.behave[0]
                if len(self.behave) > 1:
                    self.behave.pop(0)
        form = dict(urllib.parse.parse_qsl(body_of(peer).decode(), strict_parsing=True))
        self.forms.append(form)
        if callable(behaviour):
            return behaviour(peer)
        try:
            if isinstance(behaviour, Wrong):
                raise behaviour
            self.check(form)
        except Wrong as wrong:
            return wrong.status, {"Content-Type": "application/json"}, wrong.body
        return 200, {"Content-Type": "application/json"}, self.token()

    def token(self, lifetime=None):
        token = "tok-%d-%s" % (len(self.granted) + 1, "x" * 1200)       # as long as real ones
        self.granted.append((token, time.monotonic() + (lifetime or self.lifetime)))
        return {"token_type": "Bearer", "expires_in": lifetime or self.lifetime, "ext_expires_in": 3599,
                "access_token": token, **self.extra}

    def check(self, form):
        grant = form.get("grant_type")
        if grant == "client_credentials":
            self.check_microsoft(form)
        elif grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            self.check_google(form)
        else:
            raise Wrong(400, {"error": "unsupported_grant_type"})

    def check_microsoft(self, form):
        if form["client_id"] != CLIENT:
            raise aads(700016, "unauthorized_client", 400)
        if not form["scope"].endswith("/.default"):
            raise aads(1002012, "invalid_scope", 400)
        if "client_secret" in form:
            if form["client_secret"] != SECRET:
                raise aads(7000215)
            return
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            raise aads(7000216)
        head, claims = self.verify(form["client_assertion"], "PS256", self.folder + "/office.pub")
        if head["x5t#S256"] != self.thumb():
            raise aads(700027)
        if claims["iss"] != CLIENT or claims["sub"] != CLIENT or len(claims["jti"]) < 16:
            raise aads(700021)
        if claims["aud"] != self.url:
            raise aads(700023)
        if not claims["nbf"] <= time.time() < claims["exp"] <= time.time() + 3600:
            raise aads(700024)

    def check_google(self, form):
        head, claims = self.verify(form["assertion"], "RS256", self.folder + "/office.pub")
        if head.get("kid") != "key-1" or claims["iss"] != ACCOUNT or claims["aud"] != self.url:
            raise Wrong(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        if claims["sub"] != MAILBOX:
            raise Wrong(401, {"error": "unauthorized_client", "error_description": "Client is unauthorized to retrieve "
                              "access tokens using this method, or client not authorized for any of the scopes requested."})
        if not claims["iat"] <= time.time() < claims["exp"] <= claims["iat"] + 3600:
            raise Wrong(400, {"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token "
                              "(60 minutes) and in a reasonable timeframe."})
        if claims["scope"] != "https://mail.google.com/":
            raise Wrong(400, {"error": "invalid_scope"})

    def thumb(self):
        der = openssl("x509", "-in", self.folder + "/office.pem", "-outform", "DER")
        digest = openssl("dgst", "-sha256", "-binary", input=der)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def verify(self, token, how, key):
        """Its head and claims, if openssl agrees that the key has signed them."""
        head, claims, signature = token.split(".")
        path = os.path.join(self.folder, "signature-%d" % threading.get_ident())
        with open(path, "wb") as f:
            f.write(unpadded(signature))
        padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if how == "PS256" else []
        try:
            openssl("dgst", "-sha256", *padding, "-verify", key, "-signature", path, input=("%s.%s" % (head, claims)).encode())
        except subprocess.CalledProcessError:
            raise aads(700027) from None
        head, claims = json.loads(unpadded(head)), json.loads(unpadded(claims))
        if head["alg"] != how or head["typ"] != "JWT":
            raise aads(50027)
        return head, claims

    # ---- Knowing them again

    def is_good(self, token):
        return token not in self.revoked and any(t == token and time.monotonic() < end for t, end in self.granted)

    def introspect(self, peer):
        """For Dovecot, which shows the token as its own."""
        token = peer.headers.get("Authorization", "").partition(" ")[2]
        body_of(peer)
        if not self.is_good(token):
            return 200, {"Content-Type": "application/json"}, {"active": False}
        return 200, {"Content-Type": "application/json"}, {"active": True, "username": self.user, "expires_in": 3600, "scope": "mail"}

    user = MAILBOX


# ---- What a server may do instead of answering

def silent(peer):
    time.sleep(15)
    raise EOFError


def hang_up(peer):
    raise EOFError


def drip(peer):
    peer.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")
    for _ in range(200):
        peer.wfile.write(b" ")
        peer.wfile.flush()
        time.sleep(0.1)
    raise EOFError


def huge(peer):
    peer.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    for _ in range(1500):
        peer.wfile.write(b'{"a":' * 13000)
    raise EOFError


def says(status, body, **headers):
    return lambda peer: (status, {k.replace("_", "-"): v for k, v in headers.items()}, body)


# ---- Microsoft Graph

class Graph:
    """behave: as with Tokens; a callable gets the peer before the body is read."""
    def __init__(self, context, tokens):
        self.tokens, self.behave = tokens, None
        self.mails, self.tries, self.scopes = [], 0, []
        self.https = Https(context, self.handle)
        self.port = self.https.port
        self.close = self.https.close

    def handle(self, peer):
        self.tries += 1
        behaviour = None
        if self.behave:
            behaviour = self.behave[0]
            if len(self.behave) > 1:
                self.behave.pop(0)
        if callable(behaviour):
            return behaviour(peer)
        return self.accept(peer)

    def accept(self, peer, status=202):
        how, _, token = peer.headers.get("Authorization", "").partition(" ")
        data = body_of(peer)
        if how != "Bearer" or not self.tokens.is_good(token):
            return 401, {}, self.error("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if peer.path != "/v1.0/users/%s/sendMail" % MAILBOX:
            return 404, {}, self.error("ErrorInvalidUser", "The requested user is invalid.")
        if peer.headers.get("Content-Type") != "text/plain":
            return 400, {}, self.error("BadRequest", "Content-Type")
        self.mails.append(base64.b64decode(data, validate=True))
        return status, {}, b""

    @staticmethod
    def error(code, message):
        return {"error": {"code": code, "message": message, "innerError": {"date": "2026-11-23T09:00:00"}}}


def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


# ---- SMTP with tokens

class Smtp:
    """STARTTLS, then AUTH with a token in one of the ways it offers; mails are kept."""
    def __init__(self, context, tokens, offers="XOAUTH2 LOGIN", refusal=None):
        self.context, self.tokens, self.offers, self.refusal = context, tokens, offers, refusal
        self.mails, self.said, self.sign_ins = [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(peer,), daemon=True).start()

    def session(self, peer):
        try:
            peer.settimeout(20)
            self.talk(peer)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            peer.close()

    def talk(self, peer):
        peer.sendall(b"220 mail.example\r\n")
        lines, secure, signed_in = peer.makefile("rb"), False, False
        while True:
            line = lines.readline()
            if not line:
                raise EOFError
            words = line.decode("latin-1").strip().split(" ")
            self.said.append(" ".join(words))
            verb = words[0].upper()
            if verb == "EHLO":
                peer.sendall(("250-mail.example\r\n" + ("250 AUTH " + self.offers if secure else "250 STARTTLS") + "\r\n").encode())
            elif verb == "STARTTLS":
                peer.sendall(b"220 go on\r\n")
                peer, secure = self.context.wrap_socket(peer, server_side=True), True
                lines = peer.makefile("rb")
            elif verb == "AUTH":
                signed_in = self.auth(peer, lines, words[1].upper(), words[2] if len(words) > 2 else None)
            elif verb == "QUIT":
                peer.sendall(b"221 bye\r\n")
                return
            elif not signed_in:
                peer.sendall(b"530 5.7.57 Client not authenticated to send mail.\r\n")
            elif verb == "DATA":
                peer.sendall(b"354 go on\r\n")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    more = lines.readline()
                    if not more:
                        raise EOFError
                    data += more
                self.mails.append(data[:-3])
                peer.sendall(b"250 2.0.0 queued\r\n")
            else:
                peer.sendall(b"250 2.0.0 well\r\n")

    def auth(self, peer, lines, how, initial):
        if how not in self.offers.split(" "):
            peer.sendall(b"504 5.7.4 Unrecognized authentication type\r\n")
            return False
        if initial is None:
            peer.sendall(b"334 \r\n")
            initial = lines.readline().decode().strip()
        parts = dict(part.partition("=")[::2] for part in base64.b64decode(initial, validate=True).decode().split("\1") if "=" in part)
        token = parts.get("auth", "").partition(" ")[2]
        self.sign_ins.append((how, parts.get("user", parts.get("n,a")), token))
        if self.refusal is None and self.tokens.is_good(token):
            peer.sendall(b"235 2.7.0 welcome\r\n")
            return True
        complaint = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.example/"}')
        peer.sendall(b"334 " + complaint + b"\r\n")
        self.said.append("answer:" + lines.readline().decode().strip())
        peer.sendall((self.refusal or "535 5.7.3 Authentication unsuccessful").encode() + b"\r\n")
        return False


# ---- IMAP with tokens, for what Dovecot cannot be made to do

class Imap:
    """Offers what it is told to; a token that has ended ends the connection, as Exchange does."""
    def __init__(self, context, tokens, offers="AUTH=PLAIN AUTH=XOAUTH2", refusal="NO AUTHENTICATE failed."):
        self.context, self.tokens, self.offers, self.refusal = context, tokens, offers, refusal
        self.said, self.sign_ins, self.idling, self.cut = [], [], 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    shut_out = False        # the sign-in is accepted, the mailbox stays shut
    close = Smtp.close
    run = Smtp.run
    session = Smtp.session

    def talk(self, peer):
        peer = self.context.wrap_socket(peer, server_side=True)
        peer.settimeout(0.1)
        self.lines = b""
        kept, token = [b""], None
        peer.sendall(b"* OK ready\r\n")
        while True:
            line = self.line(peer, kept, token)
            self.said.append(line)
            tag, verb, rest = (line.split(" ", 2) + ["", ""])[:3]
            verb = verb.upper()
            if verb == "CAPABILITY":
                peer.sendall(b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS " + self.offers.encode() + b"\r\n")
            elif verb == "AUTHENTICATE":
                token = self.auth(peer, kept, tag, rest.upper())
                continue
            elif verb in ("SELECT", "EXAMINE") and self.shut_out:
                peer.sendall(tag.encode() + b" BAD User is authenticated but not connected.\r\n")
                continue
            elif verb in ("SELECT", "EXAMINE"):
                peer.sendall(b"* FLAGS (\\Seen)\r\n* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n")
                peer.sendall(tag.encode() + b" OK [READ-WRITE] done\r\n")
                continue
            elif verb == "UID" and rest.upper().startswith("SEARCH"):
                peer.sendall(b"* SEARCH\r\n")
            elif verb == "IDLE":
                peer.sendall(b"+ idling\r\n")
                self.idling += 1
                try:
                    while self.said[-1].upper() != "DONE":
                        self.said.append(self.line(peer, kept, token))
                finally:
                    self.idling -= 1
            peer.sendall(tag.encode() + b" OK done\r\n")

    def line(self, peer, kept, token):
        while b"\n" not in kept[0]:
            if token is not None and not self.tokens.is_good(token):
                self.cut += 1
                peer.sendall(b"* BYE Session invalidated - AccessTokenExpired\r\n")
                raise EOFError
            try:
                data = peer.recv(65536)
            except (TimeoutError, socket.timeout):
                continue
            if not data:
                raise EOFError
            kept[0] += data
        line, kept[0] = kept[0].split(b"\n", 1)
        return line.rstrip(b"\r").decode()

    def auth(self, peer, kept, tag, how):
        if "AUTH=" + how not in self.offers.split(" "):
            peer.sendall(tag.encode() + b" NO what is that\r\n")
            return None
        peer.sendall(b"+ \r\n")
        said = base64.b64decode(self.line(peer, kept, None), validate=True).decode()
        parts = dict(part.partition("=")[::2] for part in said.split("\1") if "=" in part)
        token = parts.get("auth", "").partition(" ")[2]
        self.sign_ins.append((how, said))
        if self.tokens.is_good(token):
            peer.sendall(tag.encode() + b" OK AUTHENTICATE completed.\r\n")
            return token
        peer.sendall(b"+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"mail"}') + b"\r\n")
        self.said.append("answer:" + self.line(peer, kept, None))
        peer.sendall((tag + " " + self.refusal + "\r\n").encode())
        return None
