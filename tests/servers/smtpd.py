#!/usr/bin/python3
"""The receiving mail server where a private Postfix cannot run.

usage: smtpd.py PORT CERTIFICATE_DIR LMTP_PORT
Does for senders what postfix.sh's does: STARTTLS and AUTH on 127.0.0.1:PORT, refuses mail in another's name than the
one signed in, stamps the rest (Authentication-Results: mx.test.example; dmarc=pass header.from=DOMAIN), hands it over
by LMTP, and sends a bounce for a recipient whom that refuses.  Prints "ready"; ends when its input is closed."""

import asyncio
import email.utils
import smtplib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

HOST = "mx.test.example"
PASSWORD = b"secret"


def authenticate(server, session, envelope, mechanism, data):
    if mechanism in ("PLAIN", "LOGIN") and data.password == PASSWORD:
        session.login = data.login.decode("utf-8", "replace").lower()
        return AuthResult(success=True)
    return AuthResult(success=False, handled=False)


BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@{host}>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_bounce"

--=_bounce
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to one or more recipients.

{said}

--=_bounce
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}
{blocks}
--=_bounce
Content-Type: text/rfc822-headers

{head}

--=_bounce--
"""


def bounce(sender, refused, content):
    """RFC 3464, to whoever sent it."""
    blocks = "".join("\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; %s\n" % pair
                     for pair in refused)
    head = content.replace(b"\r\n", b"\n").split(b"\n\n")[0].decode("utf-8", "replace")
    text = BOUNCE.format(host=HOST, sender=sender, date=email.utils.formatdate(), id=email.utils.make_msgid(domain=HOST),
                         said="\n".join("<%s>: %s" % pair for pair in refused), blocks=blocks, head=head)
    return text.replace("\n", "\r\n").encode("utf-8")


class Handler:
    def __init__(self, lmtp_port):
        self.lmtp_port = lmtp_port

    async def handle_MAIL(self, server, session, envelope, address, options):
        if getattr(session, "login", None) != address.lower():
            return "553 5.7.1 <%s>: Sender address rejected: not owned by user" % address
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_DATA(self, server, session, envelope):
        stamp = "Authentication-Results: %s; dmarc=pass header.from=%s\r\n" % (HOST, envelope.mail_from.split("@")[1])
        received = "Received: from %s by %s with ESMTPSA; %s\r\n" % (session.host_name, HOST, email.utils.formatdate())
        content = (stamp + received).encode() + envelope.content
        # Before the answer: whoever hears 250 may look into the mailbox at once.
        await asyncio.get_event_loop().run_in_executor(None, self.deliver, envelope.mail_from, envelope.rcpt_tos, content)
        return "250 2.0.0 Ok: queued"

    def deliver(self, sender, recipients, content):
        refused = []
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, local_hostname="localhost") as client:
            for recipient in recipients:        # one each: LMTP answers once a recipient, smtplib hears one answer
                try:
                    client.sendmail(sender, [recipient], content)
                except smtplib.SMTPRecipientsRefused as wrong:
                    code, text = wrong.recipients[recipient]
                    refused.append((recipient, "%d %s" % (code, " ".join(text.decode("utf-8", "replace").split()))))
            if refused and sender:
                client.sendmail("", [sender], bounce(sender, refused, content))


async def main(port, certificates, lmtp_port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates + "/srv.pem", certificates + "/srv.key")
    loop = asyncio.get_event_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(lmtp_port), hostname=HOST, tls_context=context, authenticator=authenticate,
                     auth_required=True, auth_require_tls=True, data_size_limit=60 << 20, enable_SMTPUTF8=True),
        "127.0.0.1", port)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
