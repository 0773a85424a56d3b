"""A small town for tests and for the demo: private mail servers on loopback, people with mailboxes, and a daemon.

Everything lives below one scratch folder and ends with Town.close(); processes are ended by their ids.  Nothing
outside 127.0.0.1 is spoken to.  Nobody here waits for time to pass: only for something to have happened."""

import csv
import datetime
import email
import email.message
import email.policy
import email.utils
import html.parser
import imaplib
import io
import itertools
import json
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("PROGRAMS", ROOT)    # where adviced and advicectl lie
SERVERS = os.path.join(ROOT, "tests", "servers")
LONDON = zoneinfo.ZoneInfo("Europe/London")
MAILBOX = "SENSocialWorkAdvice@childrenstrust.example"
ADMINISTRATOR = "admin@childrenstrust.example"
SENAR = "SENAR@birmingham.example"
PATIENCE_S = 120        # for something that must happen; far beyond what it ever takes


class Skipped(Exception):
    """A test that cannot be run here."""


class Failed(Exception):
    pass


def wait_for(what, condition, patience=PATIENCE_S):
    """The first true value of condition()."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed("waited in vain for " + what)
        time.sleep(0.02)


PORTS = itertools.cycle(range(20000 + os.getpid() * 40 % 10000, 31000, 8))


def free_ports(count):
    """The first of so many free ports in a row, below those that the system gives out by itself."""
    for base in itertools.islice(PORTS, 2000):
        try:
            for port in range(base, base + count):
                socket.create_server(("127.0.0.1", port)).close()
            return base
        except OSError:
            continue
    raise Failed("no free ports")


def docx(*paragraphs):
    """A Word file with these paragraphs."""
    text = "".join("<w:p><w:r><w:t xml:space=\"preserve\">%s</w:t></w:r></w:p>" %
                   p.replace("&", "&amp;").replace("<", "&lt;") for p in paragraphs)
    parts = {
        "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/'
        'package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.'
        'org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>' % text,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


DOCX = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")


class Links(html.parser.HTMLParser):
    """The mailto: buttons of a mail."""
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        target = dict(attributes).get("href") or ""
        if tag == "a" and target.startswith("mailto:"):
            self.found.append(target)


class Mail:
    """A mail as it lies in somebody's mailbox."""
    def __init__(self, content, path=None):
        self.content, self.path = content, path
        self.parsed = email.message_from_bytes(content, policy=email.policy.default)
        self.id = str(self.parsed["Message-ID"] or "").strip()
        self.subject = " ".join(str(self.parsed["Subject"] or "").split())
        self.sender = email.utils.parseaddr(str(self.parsed["From"] or ""))[1]
        try:
            self.date = email.utils.parsedate_to_datetime(str(self.parsed["Date"])).astimezone(LONDON)
        except (TypeError, ValueError):
            self.date = None

    def addresses(self, header):
        return sorted(a for _, a in email.utils.getaddresses([str(v) for v in self.parsed.get_all(header, [])]) if a)

    @property
    def to(self):
        return self.addresses("To")

    @property
    def cc(self):
        return self.addresses("Cc")

    @property
    def text(self):
        part = self.parsed.get_body(("plain",))
        return part.get_content() if part is not None else ""

    @property
    def attachments(self):
        return [part.get_filename() for part in self.parsed.iter_attachments()]

    def buttons(self):
        """{word: (to, subject, body)} of its buttons."""
        part = self.parsed.get_body(("html",))
        found = {}
        for link in Links(part.get_content()).found if part is not None else []:
            url = urllib.parse.urlsplit(link)
            query = urllib.parse.parse_qs(url.query)
            body = query.get("body", [""])[0]
            found[body.strip()] = (urllib.parse.unquote(url.path), query.get("subject", [""])[0], body)
        return found


def clean_environment():
    keep = ("PATH", "HOME", "LANG", "TMPDIR")
    return {key: value for key, value in os.environ.items() if key in keep}


class Town:
    def __init__(self, smtp="postfix", prefix="adviced-test-", gone=(), directory=None, involvement=None):
        self.dir = tempfile.mkdtemp(prefix=prefix)
        os.chmod(self.dir, 0o755)       # the servers run as users of their own
        self.closed = False
        self.rules = ROOT + "/rules"
        self.daemons, self.postfix, self.smtpd = [], None, None
        self.directory = directory or os.path.join(ROOT, "config", "directory.csv")
        self.involvement = involvement or os.path.join(ROOT, "config", "involvement.csv")
        with open(self.directory, encoding="utf-8") as f:
            self.people = {row["address"]: row for row in csv.DictReader(f)}
        self.dovecot = os.path.join(self.dir, "dovecot")
        self.number = 0
        try:
            self.start_dovecot(gone)
            self.start_smtp(smtp)
        except BaseException:
            self.close()
            raise

    # ---- Servers

    def start_dovecot(self, gone):
        os.mkdir(self.dovecot)
        os.chmod(self.dovecot, 0o755)
        # Mail to those who are gone bounces.
        with open(self.dovecot + "/users", "w", encoding="utf-8") as f:
            f.writelines("%s::::::\n" % user.lower() for user in [MAILBOX, SENAR, ADMINISTRATOR, *self.people] if user not in gone)
        self.port = free_ports(4)
        subprocess.run(["sh", SERVERS + "/dovecot.sh", "start", self.dovecot, str(self.port)], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        self.ca = self.dovecot + "/ca/ca.pem"
        wait_for("Dovecot", lambda: self.answers(self.port + 1))

    @staticmethod
    def answers(port):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def start_smtp(self, kind):
        self.smtp_port = free_ports(1)
        self.smtp_kind = kind
        if kind == "postfix":
            folder = self.postfix = os.path.join(self.dir, "postfix")
            done = subprocess.run(["sh", SERVERS + "/postfix.sh", "start", folder, str(self.smtp_port), self.dovecot,
                                   str(self.port)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode == 3:
                self.smtp_kind, self.postfix = "python", None
                self.why_python = done.stderr.strip()
            elif done.returncode != 0:
                raise Failed("Postfix does not start: " + done.stderr)
        if self.smtp_kind == "python":
            self.smtpd = subprocess.Popen(["/usr/bin/python3", SERVERS + "/smtpd.py", str(self.smtp_port),
                                           self.dovecot + "/ca", str(self.port + 2)], stdin=subprocess.PIPE,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("the sending server", lambda: self.answers(self.smtp_port))

    def close(self):
        if self.closed:
            return
        self.closed = True
        for daemon in self.daemons:
            daemon.kill()
        if self.smtpd is not None:
            self.smtpd.kill()
            self.smtpd.wait()
        for script, folder in (("postfix.sh", self.postfix), ("dovecot.sh", self.dovecot)):
            if folder is not None and os.path.isdir(folder):
                verb = "kill" if script == "dovecot.sh" else "stop"
                subprocess.run(["sh", SERVERS + "/" + script, verb, folder], stdin=subprocess.DEVNULL,
                               capture_output=True)
        if os.environ.get("KEEP"):
            print("kept: " + self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def wipe(self):
        """As if nobody had ever had mail."""
        for name in os.listdir(self.dovecot + "/mail"):
            shutil.rmtree(os.path.join(self.dovecot, "mail", name))
        self.number = 0

    def freeze_rules(self):
        """A long test is to have the same rules from beginning to end."""
        self.rules = os.path.join(self.dir, "rules")
        shutil.copytree(ROOT + "/rules", self.rules)

    def delivered(self):
        """Wait until the servers have handed over everything they took."""
        def empty():
            if self.postfix is None:
                return True
            # Looked at in the order in which a mail passes, so that none slips by.
            return not any(files for queue in ("maildrop", "incoming", "active", "deferred")
                           for _, _, files in os.walk(os.path.join(self.postfix, "queue", queue)))
        wait_for("the mail server to hand over what it has", empty)

    # ---- Mailboxes, read and filled past the server

    def box(self, address, folder="INBOX"):
        home = os.path.join(self.dovecot, "mail", address.split("@")[0].lower())
        return home if folder == "INBOX" else os.path.join(home, "." + folder)

    def files(self, address, folder="INBOX"):
        box = self.box(address, folder)
        found = []
        for part in ("new", "cur"):
            try:
                found += [os.path.join(box, part, name) for name in os.listdir(os.path.join(box, part))]
            except FileNotFoundError:
                pass
        return sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", os.path.basename(path))[:4]])

    def folders(self, address):
        box = self.box(address)
        return ["INBOX"] + sorted(name[1:] for name in os.listdir(box) if name.startswith(".") and
                                  os.path.isdir(os.path.join(box, name, "cur")))

    def mails(self, address, folder="INBOX"):
        found = []
        for path in self.files(address, folder):
            try:
                with open(path, "rb") as f:
                    found.append(Mail(f.read(), path))
            except FileNotFoundError:   # moved meanwhile: it is found where it went
                pass
        return found

    def last(self, address, words="", **having):
        """The latest mail in somebody's inbox whose subject and text have all these words."""
        for mail in reversed(self.mails(address)):
            if all(word.lower() in (mail.subject + " " + mail.text).lower() for word in words.split("|")):
                return mail
        raise Failed("%s has no mail with %r; there are: %s" % (address, words, [m.subject for m in self.mails(address)]))

    def drop(self, content, address=MAILBOX):
        """Put a mail into an inbox as a file."""
        box = self.box(address)
        for part in ("", "tmp", "new", "cur"):
            path = os.path.join(box, part)
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
                self.give_away(path)
        self.number += 1
        name = "%d.M%dP%d.test" % (int(time.time()), self.number, os.getpid())
        path = os.path.join(box, "tmp", name)
        with open(path, "wb") as f:
            for piece in ([content] if isinstance(content, bytes) else content):
                f.write(piece)
        self.give_away(path)
        os.rename(path, os.path.join(box, "new", name))

    def append(self, content, folder, address=MAILBOX):
        """As a mail program does it with what it has sent."""
        context = ssl.create_default_context(cafile=self.ca)
        with imaplib.IMAP4_SSL("localhost", self.port + 1, ssl_context=context) as client:
            client.login(address, "secret")
            client.create('"%s"' % folder)
            done, said = client.append('"%s"' % folder, "", None, content)
            if done != "OK":
                raise Failed("APPEND to %s: %s" % (folder, said))

    @staticmethod
    def give_away(path):
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    # ---- People

    def name(self, address):
        if address in self.people:
            return self.people[address]["name"]
        return "SENAR" if address == SENAR else address.split("@")[0]

    def compose(self, sender, subject, text, at, attachments=(), headers=None, message_id=None, to=MAILBOX):
        mail = email.message.EmailMessage(policy=email.policy.SMTP)
        mail["From"] = email.utils.formataddr((self.name(sender), sender))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = email.utils.format_datetime(at)
        self.number += 1
        mail["Message-ID"] = message_id or "<%d.%s@%s>" % (self.number, at.strftime("%Y%m%d%H%M"), sender.split("@")[1])
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        for filename, content in attachments:
            mail.add_attachment(content, maintype=DOCX[0], subtype=DOCX[1], filename=filename)
        return mail.as_bytes()

    def submit(self, sender, content, to=MAILBOX):
        """Through the submission server, signed in as the sender; it is in the mailbox when this returns."""
        context = ssl.create_default_context(cafile=self.ca)
        with smtplib.SMTP("localhost", self.smtp_port, local_hostname="localhost") as client:
            client.starttls(context=context)
            client.login(sender, "secret")
            client.sendmail(sender, [to], content)
        self.delivered()

    def write(self, sender, subject, text, at, **more):
        content = self.compose(sender, subject, text, at, **more)
        self.submit(sender, content, to=more.get("to", MAILBOX))
        return Mail(content)

    def reply(self, person, mail, text, at, attachments=(), headers=None):
        """As Outlook does it: the new text above, the old mail below."""
        subject = mail.subject if mail.subject.lower().startswith("re:") else "RE: " + mail.subject
        quoted = "From: %s\nSent: %s\nTo: %s\nSubject: %s\n\n%s" % (
            mail.parsed["From"], mail.date.strftime("%d %B %Y %H:%M") if mail.date else "", ", ".join(mail.to),
            mail.subject, mail.text)
        body = "%s\n\nKind regards\n\n%s\n\n________________________________\n%s" % (text, self.name(person), quoted)
        more = {"In-Reply-To": mail.id, "References": " ".join((str(mail.parsed["References"] or "") + " " +
                                                                mail.id).split())}
        more.update(headers or {})
        return self.write(person, subject, body, at, attachments=attachments, headers=more)

    def press(self, person, mail, word, at, more="", attachments=()):
        """A button: a new mail with the button's subject and body, which stands in no thread."""
        buttons = mail.buttons()
        key = next((key for key in buttons if key.upper().startswith(word.upper())), None)
        if key is None:
            raise Failed("%r has no button %s, only %s" % (mail.subject, word, sorted(buttons)))
        to, subject, body = buttons[key]
        return self.write(person, subject, body.rstrip("\r\n") + (" " + more if more else "") + "\n", at, to=to,
                          attachments=attachments)


def request(reference, child, born, nhs, extra=""):
    """SENAR's words when it asks for advice."""
    digits = nhs.replace(" ", "")
    return """OFFICIAL-SENSITIVE

Dear colleague,

The local authority has decided to carry out an Education, Health and Care needs assessment (Stage Two) under section
36 of the Children and Families Act 2014. Please provide Social Care Advice for:

Name of child/young person: %s

Date of birth: %s

NHS number: %s %s %s

Our reference: %s

%s
Please return the completed Social Care Advice form to this inbox and quote our reference.

Kind regards

SENAR
""" % (child, born, digits[:3], digits[3:6], digits[6:], reference, extra)


class Daemon:
    """adviced with a configuration of its own in a town."""
    def __init__(self, town, name="adviced", start="2026-09-07T09:00", under=(), **config):
        self.town, self.name, self.start_at = town, name, start
        self.dir = os.path.join(town.dir, name)
        os.mkdir(self.dir, 0o700)
        self.config = self.dir + "/adviced.cfg"
        self.log_path = self.dir + "/log"
        self.process, self.under = None, under      # under: a program that starts it
        town.daemons.append(self)
        self.write_config(**config)

    def write_config(self, password="secret", smtp_password="secret", host="localhost", ca=None, packs="birmingham",
                     rules=None, poll="60 s", limits="", trust="header:mx.test.example", folder="INBOX", imap_port=None,
                     smtp_port=None, sent=None, mode=None, own_copy=None, mailbox="", daily="never"):
        for name, text in (("password", password), ("smtp-password", smtp_password)):
            path = os.path.join(self.dir, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text + "\n")
            os.chmod(path, 0o600)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("""packs = [ "%s" ]
rules = "%s"
calendars = "%s/config/calendars"
spool = "spool"
administrator = "%s"
daily = "%s"
mailboxes : {
  advice : {
    address = "%s"
    imap : { host = "%s"; port = %d; tls = "implicit"; ca-file = "%s"; user = "%s"; password-file = "password" }
    folder = "%s"
%s    trust = "%s"
    poll = "%s"
  }
}
smtp : { host = "localhost"; port = %d; tls = "starttls"; ca-file = "%s"; user = "%s"; password-file = "smtp-password"
         per-minute = 60000 }
%s""" % (packs, rules or self.town.rules, ROOT, ADMINISTRATOR, daily, MAILBOX, host, imap_port or self.town.port + 1, ca or self.town.ca,
         MAILBOX, folder, ('    sent = "%s"\n' % sent if sent else "") +
         ('    mode = "%s"\n' % mode if mode else "") + ('    own-copy = "%s"\n' % own_copy if own_copy else "") + mailbox, trust, poll, smtp_port or self.town.smtp_port, self.town.ca, MAILBOX, limits))
        os.makedirs(self.dir + "/spool", mode=0o700, exist_ok=True)

    # ---- Its life

    def start(self, *options, ready=True):
        if self.town.closed:
            raise Failed("the town is closed")
        notify = self.dir + "/notify"
        if os.path.exists(notify):
            os.unlink(notify)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(notify)
        self.ready = threading.Event()
        threading.Thread(target=self.hear, args=(self.notify, self.ready), daemon=True).start()
        options = options or ("--test-clock", "--from", self.start_at)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.under, PROGRAMS + "/adviced", "-c", self.config, *options], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=dict(clean_environment(), NOTIFY_SOCKET=notify))
        if ready:
            self.wait_ready()
        return self

    @staticmethod
    def hear(notify, ready):
        """What systemd would hear; somebody must, or the parent would wait for it."""
        try:
            while True:
                said = notify.recv(4096)
                if b"READY=1" in said:
                    ready.set()
                if said == b"":
                    return
        except OSError:
            return

    def wait_ready(self):
        wait_for("adviced to become ready or to end", lambda: self.ready.is_set() or self.process.poll() is not None)
        if not self.ready.is_set():
            raise Failed("adviced ended with %d:\n%s" % (self.process.returncode, self.log()[-3000:]))

    def hush(self):
        """Nobody notifies us any more: end the thread that listens."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"", self.dir + "/notify")
        self.process = None

    def stop(self):
        """Cleanly; its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        self.hush()
        return code

    def kill(self):
        """The parent alone; its roles end by themselves."""
        if self.process is not None:
            roles = [pid for pid, _ in self.roles()]
            self.process.kill()
            self.process.wait()
            self.hush()
            wait_for("the roles to end with their parent",
                     lambda: not any(is_running(pid) for pid in roles))

    def roles(self):
        """(pid, role) of each process under the parent, the parse children among them."""
        if self.process is None:
            return []
        return [(pid, role_of(pid)) for pid in children(self.process.pid)]

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    # ---- advicectl

    def ctl(self, *arguments, code=0, patience=PATIENCE_S):
        """Its standard output."""
        done = subprocess.run([PROGRAMS + "/advicectl", "-c", self.config, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, env=clean_environment(), timeout=patience)
        out, error = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if code is not None and done.returncode != code:
            raise Failed("advicectl %s ended with %d: %s%s\n%s" % (" ".join(arguments), done.returncode, out, error,
                                                                   self.log()[-2000:] if os.path.exists(self.log_path)
                                                                   else ""))
        return out

    def json(self, *arguments, **more):
        return [json.loads(line) for line in self.ctl(*arguments, "--json", **more).splitlines() if line.strip()]

    def until(self, moment):
        """Move case time; what this makes happen has happened, and is delivered, when it returns."""
        text = moment if isinstance(moment, str) else moment.strftime("%Y-%m-%dT%H:%M")
        self.ctl("clock", "until", text)
        self.town.delivered()
        self.ctl("clock", "until", text)    # the copies to the mailbox itself have come back
        self.town.delivered()

    def import_lists(self):
        self.ctl("import", "directory", self.town.directory, "--yes")
        self.ctl("import", "involvement", self.town.involvement, "--yes")


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and stat_of(int(name))[1:] == (pid,):
            found.append(int(name))
    return found


def stat_of(pid):
    """(state, parent) of a process; () if there is none."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
            return (fields[0], int(fields[1])) if fields else ()
    except (FileNotFoundError, ProcessLookupError):
        return ()


def role_of(pid):
    """core, parse, send or fetch."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            line = f.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    found = re.search(r"\b(core|send|fetch)\b", line)
    return found.group(1) if found else "parse" if "adviced-parse" in line else ""


def is_running(pid):
    return stat_of(pid)[:1] not in ((), ("Z",), ("X",))


def london(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=LONDON)


def end_on_signals():
    """Ctrl-C and TERM end the program like an error, so that everything is cleaned up."""
    def stop(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
