"""The mail of a shared inbox, made up: deterministic, of the sizes that real inboxes have, about open cases.

opening(n)  the request that opens case n (Child n of cases.py).
write()     the mails that then come, into a folder: of 1,000, 100 requests for children not known yet, 260 returned
            forms, 240 replies and 60 reminders about open cases, 80 automatic replies, 40 bounces, 220 of no case at
            all.  From 4 KB, half of them over some 16 KB, a quarter over some 105 KB, and one in 2,000 of 10 MB.
            Word files and PDFs can be opened; what fills them is a picture, that is noise."""

import base64
import datetime
import io
import os
import random
import zipfile

import cases as others

MAILBOX = "SENSocialWorkAdvice@childrenstrust.example"
SENAR = "SENAR@birmingham.example"
TRUST = "@childrenstrust.example"
WORKERS = [("Callum Strickland", "callum.strickland" + TRUST), ("Bronwen Tully", "bronwen.tully" + TRUST),
           ("Priyanka Nair-Holt", "priyanka.nair-holt" + TRUST)]
STRANGERS = ["bulletin@bramblelane.example", "events@larkmoor.example", "office@fernhill-school.example"]
BEGUN = datetime.datetime(2026, 9, 7, 7, 0, tzinfo=datetime.timezone.utc)
BIG_EVERY, BIG_BYTES = 2000, 7_600_000		# one in so many; decoded, so 10 MB as it comes


class Child:
    """One of 40,000: the children of cases.py repeat themselves after 8,000."""

    def __init__(self, number):
        self.name = "%s %s%s" % (others.FORENAMES[number % 20], others.PARTS[number // 20 % 20],
                               others.ENDS[number // 400 % 20] + ("" if number < 8000 else others.ENDS[number // 8000]))
        self.born = datetime.date(2009, 1, 5) + datetime.timedelta(days=number * 37 % 3200)
        self.nhs = next(nhs for nhs in (others.digits_nhs(number * 10 + i) for i in range(10)) if nhs)
        self.reference = "EHC-%05d" % (60000 + number)


SENTENCES = [
    "I met the family at home on Thursday and spoke with both parents about what has changed since the summer.",
    "The school has put a quiet place in for the afternoons, and the key worker sees each week how that goes.",
    "We have not yet heard from the speech therapist, whose report was promised for the end of the month.",
    "Please let me know whether the panel wants anything more about the short breaks than what is in section C.",
    "A younger brother goes to the same school, and transport is shared between the two of them.",
    "There is nothing on our system between the closure in the spring and the new referral.",
    "The young person's own views are written in the last section, in the words that were used.",
    "I am in court on Tuesday and Wednesday, so an e-mail is the surest way to reach me this week.",
]
DISCLAIMER = ("This message is meant for the person it is addressed to. If it has come to you by mistake, please tell the "
              "sender and remove it; do not copy it or pass on what it says. Mail may be monitored.")


def paragraphs(rng, count):
    return [" ".join(rng.sample(SENTENCES, 3)) for _ in range(count)]


# ---- Attachments

def noise(rng, size):
    """Bytes that do not get smaller, behind the head of a picture."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + rng.randbytes(max(0, size - 11))


def docx(rng, size, lines):
    """A form by Word with these lines, and a picture that brings it to about this size."""
    text = "".join("<w:p><w:r><w:t xml:space=\"preserve\">%s</w:t></w:r></w:p>" % line.replace("&", "&amp;") for line in lines)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data, how in (
                ("[Content_Types].xml", "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/"
                 "content-types\"><Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/><Override PartName=\"/word/document.xml\" "
                 "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>",
                 zipfile.ZIP_DEFLATED),
                ("word/document.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas."
                 "openxmlformats.org/wordprocessingml/2006/main\"><w:body>%s</w:body></w:document>" % text,
                 zipfile.ZIP_DEFLATED),
                ("word/media/image1.jpeg", noise(rng, size - 2500), zipfile.ZIP_STORED)):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, how)
    return content.getvalue()


def pdf(rng, size, lines):
    """Two pages with these lines, and a picture as above."""
    shown = "BT /F1 11 Tf 50 780 Td 14 TL %s ET" % " ".join(
        "(%s) '" % line.replace("\\", "").replace("(", "").replace(")", "") for line in lines)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>"]
    for contents in (5, 6):
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
                       b"<< /Font << /F1 7 0 R >> /XObject << /Im1 8 0 R >> >> >>" % contents)
    for part in (shown, "BT /F1 11 Tf 50 780 Td (End of the form.) Tj ET"):
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(part), part.encode("latin-1")))
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    picture = rng.randbytes(max(64, size - 1800) // 64 * 64)
    objects.append(b"<< /Type /XObject /Subtype /Image /Width 64 /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 "
                   b"/Length %d >>\nstream\n%s\nendstream" % (len(picture) // 64, len(picture), picture))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


# ---- A mail's parts

def part(kind, text):
    return b"Content-Type: %s\nContent-Transfer-Encoding: 8bit\n\n%s\n" % (kind.encode(), text.encode())


def attachment(name, kind, content):
    return b"Content-Type: %s; name=\"%s\"\nContent-Disposition: attachment; filename=\"%s\"\nContent-Transfer-Encoding: base64" \
           b"\n\n%s" % (kind.encode(), name.encode(), name.encode(), base64.encodebytes(content))


def multipart(kind, boundary, parts):
    line = b"--" + boundary.encode()
    return b"Content-Type: multipart/%s; boundary=\"%s\"\n\n%s%s--\n" % (
        kind.encode(), boundary.encode(), b"".join(line + b"\n" + one for one in parts), line)


def both(boundary, words, weight):
    """Plain text, and the same as Outlook writes it, with so many bytes of styles."""
    styles = "".join("p.Style%d, li.Style%d, div.Style%d\n\t{mso-style-priority:%d; margin:0cm; font-size:11.0pt;}\n" % (i, i, i, i)
                     for i in range(max(0, weight) // 75))
    page = "<html><head><meta charset=\"utf-8\"><style><!--\n%s--></style></head><body lang=\"EN-GB\">\n%s\n</body></html>" % (
        styles, "\n".join("<p class=\"MsoNormal\"><span style=\"font-family:Calibri,sans-serif\">%s<o:p></o:p></span></p>" % line
                          for line in words))
    return multipart("alternative", boundary, [part("text/plain; charset=utf-8", "\n\n".join(words)),
                                               part("text/html; charset=utf-8", page)])


def mail(number, sender, subject, body, headers="", name=""):
    at = BEGUN + datetime.timedelta(seconds=number)
    domain = sender.split("@")[1].lower()
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    hops = "".join("Received: from host%d.%s by relay%d.%s with ESMTPS id q%06x; %s\n" % (
        hop, domain, hop, domain, number, stamp) for hop in range(3, 0, -1))
    junk = "".join("X-Transport-Note-%d: %s\n" % (i, ("%08x" % (number * 7919 + i)) * 20) for i in range(18))
    return ("Authentication-Results: mx.test.example; dmarc=pass header.from=%s\n%sFrom: %s <%s>\nTo: <%s>\nSubject: %s\n"
            "Date: %s\nMessage-ID: <m%d.%s>\n%s%sMIME-Version: 1.0\n" % (
                domain, hops, name or sender.split("@")[0], sender, MAILBOX, subject, stamp, number, sender, headers, junk)
            ).encode() + body


# ---- The kinds

def form_lines(child):
    return ["Social Care Advice", "Name of child: " + child.name, "Date of birth: " + child.born.strftime("%d/%m/%Y"),
            "Our reference: " + child.reference, "NHS number: %s %s %s" % (child.nhs[:3], child.nhs[3:6], child.nhs[6:])]


def asking(child):
    return ["OFFICIAL-SENSITIVE", "Dear colleague,",
            "The local authority has decided to carry out an Education, Health and Care needs assessment (Stage Two). Please "
            "provide Social Care Advice for:", "Name of child/young person: " + child.name,
            "Date of birth: " + child.born.strftime("%d %B %Y"),
            "NHS number: %s %s %s" % (child.nhs[:3], child.nhs[3:6], child.nhs[6:]), "Our reference: " + child.reference,
            "Please return the completed Social Care Advice form to this inbox and quote our reference.", "Kind regards", "SENAR"]


def opening(number):
    """The request that opens the case of this child; a small mail."""
    child = Child(number)
    return mail(1_000_000 + number, SENAR, "SEND ADVICE Request - Stage Two - " + child.reference,
                part("text/plain; charset=utf-8", "\n\n".join(asking(child))), name="SENAR")


def opened_by(child_number):
    return "In-Reply-To: <m%d.%s>\nReferences: <m%d.%s>\n" % ((1_000_000 + child_number, SENAR) * 2)


def request(rng, number, cases, big):
    child = Child(cases + number)
    words = both("=_a%d" % number, asking(child) + paragraphs(rng, 2), 6000)
    if rng.random() < .6 or big:
        size = BIG_BYTES if big else rng.randrange(50_000, 130_000)
        words = multipart("mixed", "=_m%d" % number, [words, attachment("letter.pdf", "application/pdf",
                                                                        pdf(rng, size, form_lines(child)))])
    return mail(number, SENAR, "SEND ADVICE Request - Stage Two - " + child.reference, words, name="SENAR")


def returned(rng, number, cases, big):
    which = rng.randrange(cases)
    child, worker = Child(which), rng.choice(WORKERS)
    size = BIG_BYTES if big else int(rng.choice([60_000, 75_000, 110_000, 190_000]) * rng.uniform(.8, 1.3))
    make, kind, name = (docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "form.docx") \
        if rng.random() < .75 else (pdf, "application/pdf", "form.pdf")
    words = ["Hello,", "the completed Social Care Advice form for %s is attached." % child.reference,
             *paragraphs(rng, 1), "Kind regards", worker[0], DISCLAIMER]
    lines = form_lines(child) + paragraphs(rng, 25)
    return mail(number, worker[1], rng.choice(["RE: SEND ADVICE Request - Stage Two - %s", "Social care advice %s"]) % child.reference,
                multipart("mixed", "=_m%d" % number, [both("=_a%d" % number, words, 1500),
                                                      attachment("%s %s" % (child.reference, name), kind, make(rng, size, lines))]),
                opened_by(which), worker[0])


def reply(rng, number, cases, big):
    """About an open case, known by its thread, its reference or the child."""
    which = rng.randrange(cases)
    child, worker = Child(which), rng.choice(WORKERS)
    named = rng.choice(["I write about %s." % child.reference, "It is about %s, born on %s." % (child.name, child.born.strftime("%d/%m/%Y")),
                        "Thank you for this one."])
    quoted = ["From: SENAR", "Sent: 7 September 2026 09:00", "Subject: SEND ADVICE Request - Stage Two - " + child.reference,
              *asking(child)]
    words = ["Dear all,", named, *paragraphs(rng, 3), "Kind regards", worker[0], DISCLAIMER, *quoted]
    return mail(number, worker[1], "RE: SEND ADVICE Request - Stage Two - " + child.reference,
                both("=_a%d" % number, words, rng.randrange(1500, 8000)), opened_by(which) if "Thank" in named or rng.random() < .7 else "",
                worker[0])


def chaser(rng, number, cases, big):
    child = Child(rng.randrange(cases))
    return mail(number, SENAR, "Social care advice outstanding - " + child.reference, both("=_a%d" % number, [
        "Hello,", "we have not received the social care advice for %s. When can we expect it?" % child.reference,
        *paragraphs(rng, 2), "SENAR", DISCLAIMER], rng.randrange(5000, 9000)), name="SENAR")


def away(rng, number, cases, big):
    worker = rng.choice(WORKERS)
    return mail(number, worker[1], "Automatic reply: Social care advice " + Child(rng.randrange(cases)).reference,
                part("text/plain; charset=utf-8", "I am away until 21 September 2026 and do not read my mail.\n\n" +
                     "\n\n".join(paragraphs(rng, 1))), "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n", worker[0])


def bounce(rng, number, cases, big):
    child, gone = Child(rng.randrange(cases)), "office@fernhill-school.example"
    head = "From: <%s>\nTo: <%s>\nSubject: Social care advice %s\nMessage-ID: <elsewhere.%d@childrenstrust.example>\n" % (
        MAILBOX, gone, child.reference, number)
    status = "Reporting-MTA: dns; relay.larkmoor.example\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.10\n" \
        "Diagnostic-Code: smtp; 550 5.1.10 recipient not found\n" % gone
    return mail(number, "MAILER-DAEMON@larkmoor.example", "Undeliverable: Social care advice " + child.reference,
                b"Auto-Submitted: auto-replied\n" + multipart("report; report-type=delivery-status", "=_b%d" % number, [
                    part("text/plain", "Your message to %s could not be delivered." % gone),
                    part("message/delivery-status", status), part("text/rfc822-headers", head)]))


def circular(rng, number, cases, big):
    """Of no case: news, invitations."""
    words = both("=_a%d" % number, ["News for everybody in the county", *paragraphs(rng, 5), DISCLAIMER], rng.randrange(3000, 10000))
    if big or rng.random() < .27:
        size = BIG_BYTES if big else rng.randrange(50_000, 230_000)
        words = multipart("mixed", "=_m%d" % number, [words, attachment("poster.jpg", "image/jpeg", noise(rng, size))])
    return mail(number, rng.choice(STRANGERS), "News number %d" % number, words)


KINDS = [(request, 100), (returned, 260), (reply, 240), (chaser, 60), (away, 80), (bounce, 40), (circular, 220)]


def make(number, cases, seed=1):
    """Mail `number`, always the same one."""
    rng = random.Random(seed * 1_000_003 + number)
    big = number % BIG_EVERY == BIG_EVERY // 2
    kind = circular if big and number % 2 else rng.choices([k for k, _ in KINDS], [share for _, share in KINDS])[0]
    if big and kind not in (request, returned, circular):
        kind = returned
    return kind(rng, number, cases, big)


def write(folder, count, cases, seed=1):
    """Mails 0 to count - 1 as files with Maildir's names; their sizes, as they travel."""
    os.makedirs(folder)
    sizes = []
    for number in range(count):
        content = make(number, cases, seed)
        wire = len(content) + content.count(b"\n")
        with open("%s/%d.M%dP1.bench,S=%d,W=%d:2," % (folder, BEGUN.timestamp() + number, number, len(content), wire), "wb") as f:
            f.write(content)
        sizes.append(wire)
    return sizes
