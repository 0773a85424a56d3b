"""First inputs for the fuzz targets: our own test data by the ends of their names, and the small cases below.

Made anew for every run, so that a record's form or a test mail may change without anything here growing old."""

import glob
import io
import os
import struct
import subprocess
import zipfile

# target -> test files that are inputs as they stand
FILES = {
    "message": ["tests/data/**/*.eml"],
    "body": ["tests/data/**/*.html"],
    "tnef": ["tests/data/**/*.tnef", "tests/data/**/winmail*"],
    "docx": ["tests/data/**/*.docx", "tests/data/**/*.odt", "tests/data/**/*.rtf", "tests/data/**/*.doc"],
    "pdf": ["tests/data/**/*.pdf"],
    "rules": ["tests/data/rule/*/pathway.cfg", "rules/*/pathway.cfg", "rules/*/templates/*.txt"],
}

HEAD = "From: Ann Ashe <ann@council.example>\nTo: advice@care.example\nMessage-ID: <1@council.example>\n" \
    "Date: Mon, 7 Sep 2026 09:00:00 +0100\n"


def mail(subject, headers, body):
    return (HEAD + "Subject: " + subject + "\n" + headers + "\n" + body).replace("\n", "\r\n")


TEXTS = {
    "token": ['{"token_type":"Bearer","expires_in":3599,"access_token":"abc.def-g_h","refresh_token":"x"}',
              '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid.\\r\\nTrace ID: \\u0041","error_codes":[7000215]}',
              '{"error":{"code":"ErrorAccessDenied","message":"no","innerError":{"date":null}}}',
              'To: "A, \\"b\\"" <a@b.example>,\n =?utf-8?q?c?= <c@d.example>\nSubject: x\n\nbody\n',
              "Cc: C@D.example\r\n\r\nx", "eyJzdGF0dXMiOiI0MDEifQ==", "Fri, 15 Jan 2027 08:02:00 GMT", "120"],
    "facts": [
        "Name of child/young person: LARK-HOLLOW, Tamsin\nDate of birth: 4th May 2013\nUPN: B801200005001\n",
        "Child's name\tNiall O\u2019Rooke (known as Nye)\nDOB\t03.02.14\nNHS number\t943 476 5919\n",
        "Surname: Quill\nForename(s): Ada May\nborn on Thursday 12 March 2015, NHS No 943-476-5919",
        "write to ann.ashe+ehc@council.example, or 'a@b.example'. by w/c 9/3 or 1 Oct",
        "Re: Tamsin Lark-Hollow DOB 12/03/2015 ref EHC-2026-0417 UPN A 8012 0000 5001",
        "Young person's name \u2013 Zo\u00eb Quill; d.o.b. 29/2/08; Tel 0121 496 0000\nName: None given\n",
    ],
    "dates": [
        "12/03/2015", "12th March 2015", "Thursday 12 March", "March 12, 2015", "w/c 9/3", "2015-03-12",
        "2026-09-07T09:00:00+01:00", "Mon, 7 Sep 2026 09:00:00 +0100", "29.2.08", "the 3rd of April next",
        "earliest of due-date, advice-request + 6 weeks", "entered + 6 weeks + 1 working day",
        "15 days beginning with draft-sent", "next Wednesday", "agreed-date but no later than due, else a - 2 weeks",
        "2 working days, 3 in all, then 1 week", "17 years 6 months or over", "under 18",
        "closed-on within 3 months of advice-request", "a + 1 week before b", "worker's manager else owner",
        "anyone in the directory",
    ],
    "addresses": [
        "Ann Ashe <ann@Council.Example>", "\"Ashe, Ann\" <ann@council.example>, b@c.example",
        "Ashe, Ann <ann@council.example>; Bo (the \\) one) <bo@x.example>", "Team: a@b.example, c@d.example;",
        "=?utf-8?Q?Zo=C3=AB?= <z@x.example>", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=",
        "attachment; filename*0*=utf-8'en'Zo%C3%AB%20; filename*1=\"two.pdf\"", "attachment; filename=\"a;b.docx\"",
        "text/plain; charset=\"x-none\"; name==?koi8-r?Q?=C1=C2?=", "<a@b> <c@d.example>", "RE: FW: [EXTERNAL] OFFICIAL-SENSITIVE: x",
        "Automatic reply: AW: {SPAM?} (OFFICIAL) y", "AdwAAQIDBAUGBwgJCgsMDQ4PEBESExQVFg==",
    ],
    "body": [
        "\0Dear all,\n\nYes.\n\nKind regards\nAnn\n\n-----Original Message-----\nFrom: Bo\nSent: 1 May 2026 10:00\nTo: Ann\nSubject: x\n\nOld.\n",
        "\4Fine.\n\nOn Mon, 7 Sep 2026 at 09:00, Bo <bo@x.example> wrote:\n> Is it?\n>> It was.\n-- \nAnn\n",
        "\2Please see below.\n\n---------- Forwarded message ---------\nFrom: Cy <cy@x.example>\nDate: 1 May\nSubject: y\nTo: Bo\n\nInner.\n",
        "\1<html><body><p class=MsoNormal>Yes<o:p></o:p></p><div id=\"divRplyFwdMsg\"><b>From:</b> Bo<br><b>Sent:</b> now</div>"
        "<blockquote>old<ul><li>one</ul></blockquote><table><tr><td>a</td><td>b &amp; &#233;</td></tr></table></body></html>",
        "\1<style>p{}</style><!-- x --><script>a<b</script><p>CAUTION: This email came from outside.</p>ACK<hr>",
        "\x08one \ntwo \n> three \n> four\n-- \nsig\n",
        "\0[EXTERNAL]\n\nOFFICIAL-SENSITIVE\n\nAPPROVE\n\nThis email is confidential and intended for the addressee only.\n",
    ],
    "message": [
        mail("CASE-1 request", "", "Please advise.\n\nName of child: Tamsin Lark-Hollow\nDOB: 04/05/2013\n"),
        mail("two", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
             "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nZo=C3=AB\n--b\n"
             "Content-Type: application/pdf; name*=utf-8''a%20b.pdf\nContent-Disposition: attachment\n"
             "Content-Transfer-Encoding: base64\n\nJVBERi0=\n--b--\n"),
        mail("FW: x", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
             "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nsee\n--c\n"
             "Content-Type: text/html\n\n<p>see</p>\n--c--\n--b\nContent-Type: message/rfc822\n\n" + HEAD +
             "Subject: inner\n\nHello\n--b--\n"),
        mail("Undeliverable: x", "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
             "--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; m.example\n\n"
             "Final-Recipient: rfc822; who@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n--b\n"
             "Content-Type: text/rfc822-headers\n\nMessage-ID: <2@care.example>\nSubject: y\n--b--\n"),
        mail("Automatic reply: x", "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n",
             "I am out of the office until Monday 14 September 2026.\n"),
        mail("Accepted: visit", "Content-Type: text/calendar; method=REPLY\n",
             "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example\nEND:VEVENT\nEND:VCALENDAR\n"),
        mail("Read: x", "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n",
             "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: <2@care.example>\n"
             "Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n"),
        mail("=?gb18030?B?xOO6ww==?= =?utf-8?Q?=E2=82=AC?=", "Content-Type: text/plain; charset=\"gb18030\"; format=flowed; delsp=yes\n"
             "In-Reply-To: <2@care.example>\nReferences: <1@x.example> <2@care.example>\nReceived: from a by b; Mon, 7 Sep 2026 09:01:00 +0100\n",
             "ACK \nmore\n\nOn 1 May 2026, Bo wrote:\n> x\n"),
    ],
    "rules": [
        "title = \"A\"; watches = [ \"advice@care.example\" ];\n",
        "kinds : { request : { subject = [ \"request for {name} {date}\", \"/^re[qk]/\" ]; needs = [ \"child\" ]; }; };\n",
        "// note\n# note\n/* note */\nroles : { worker : { on-case = true; }; };\nladders : { l : ( { at = \"due - 1 week\"; act = \"remind\"; } ); };\n",
        "Subject: {reference} by {due-date}\n\n{if not urgent}Dear {worker's name else \"colleague\"}{end}\n{each strand advice}- {service}\n{end}\n",
    ],
}


def number(value, size):
    return value.to_bytes(size, "big")


def frame(kind, *fields, number_=7):
    body = b"".join(number(len(field), 4) + field for field in fields)
    return number(len(body), 4) + number(kind, 2) + number(0, 2) + number(number_, 8) + body


def frames():
    yield b"\x07" + frame(1)
    yield b"\x00" + frame(40, number(5, 4), number(6, 4), number(7, 4), number(8, 4)) + frame(3)
    yield b"\x03" + frame(42, b"name", number(5, 4), number(6, 4), number(7, 8), number(8, 8))
    yield b"\x0f" + frame(61, number(0, 4), b"", b"ADV1") + frame(104, b"Zo\xc3\xab\xff")
    yield frame(60, number(20000, 8), number(1, 4))[16:]


def tnef_attribute(level, name, data):
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xffff)


def mapi(*properties):
    out = struct.pack("<I", len(properties))
    for kind, name, value in properties:
        out += struct.pack("<HH", kind, name)
        if kind in (0x1e, 0x1f, 0x102, 0x0d):
            out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
        else:
            out += value
    return out


def tnefs():
    head = struct.pack("<IH", 0x223e9f78, 1) + tnef_attribute(1, 0x00089006, struct.pack("<I", 0x10000)) + \
        tnef_attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    file = tnef_attribute(2, 0x00069002, struct.pack("<HIHHII", 1, 0xffffffff, 32, 32, 0, 0)[:14]) + \
        tnef_attribute(2, 0x00018010, b"FORM~1.DOC\0") + tnef_attribute(2, 0x0006800f, b"the file's bytes") + \
        tnef_attribute(2, 0x00069005, mapi((0x1f, 0x3707, "form \u00eb.docx\0".encode("utf-16le")), (3, 0x0e20, struct.pack("<I", 16))))
    yield head
    yield head + tnef_attribute(1, 0x00018004, b"A subject\0") + tnef_attribute(1, 0x0002800c, b"The body\r\n\0") + file
    yield head + tnef_attribute(1, 0x00069003, mapi((0x1e, 0x1000, b"Plain body\0"), (0x1f, 0x37, "Subject\0".encode("utf-16le")),
                                                    (0x102, 0x1013, b"<p>html</p>"))) + file + file
    yield head + tnef_attribute(1, 0x00069003, mapi((0x102, 0x1009, struct.pack("<IIII", 22, 5, 0x414c454d, 0) + b"{\\rtf")))


DOCX_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' \
    b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
DOCX_RELS = b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' \
    b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
WORD = "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>%s</w:body></w:document>"
WORD_BODIES = [
    "<w:p><w:r><w:t>Child's name:</w:t></w:r><w:r><w:tab/><w:t xml:space=\"preserve\"> Tamsin Lark-Hollow</w:t></w:r></w:p>",
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>DOB</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>4 May 2013</w:t><w:br/></w:r></w:p></w:tc></w:tr></w:tbl>",
    "<w:sdt><w:sdtContent><w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p></w:sdtContent></w:sdt>"
    "<w:p><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>&amp;&#233;</w:p>",
]


OPEN = "<o:document-content xmlns:o=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" " \
    "xmlns:t=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><o:body><o:text><t:h>Advice</t:h>" \
    "<t:p>DOB<t:tab/>4 May<t:s t:c=\"3\"/>2013<t:line-break/></t:p></o:text></o:body></o:document-content>"
RICH = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\f0 Child's name:\\tab Ada \\'eb\\u233?\\par{\\*\\x y}\\bin3 abc\\cell\\row}"


def words():
    """First byte 1 or 2: only the part with the text, which the target packs itself; 0: the whole file."""
    for body in WORD_BODIES:
        yield b"\x01" + (WORD % body).encode()
    yield b"\x02" + OPEN.encode()
    yield b"\x00" + RICH.encode()
    yield b"\x00" + bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 18 + b"\x03\x00\xfe\xff\x09\x00" + b"\0" * 700
    yield b"\x00<html><p>Child's name: Ada</p></html>"
    for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", how) as packed:
            packed.writestr("[Content_Types].xml", DOCX_TYPES)
            packed.writestr("_rels/.rels", DOCX_RELS)
            packed.writestr("word/document.xml", WORD % "".join(WORD_BODIES))
            packed.writestr("word/header1.xml", (WORD % WORD_BODIES[0]).replace("w:document", "w:hdr"))
        yield b"\x00" + out.getvalue()


def pdf(*objects, root=1):
    out, places = b"%PDF-1.4\n", []
    for i, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)


def pdf_stream(content):
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content)


def pdfs():
    font = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>"
    text = pdf_stream(b"BT /F 12 Tf 10 200 Td (Name of child: Tamsin Lark-Hollow) Tj 0 -20 Td (DOB 4 May 2013) Tj ET")
    root, pages = b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    yield pdf(root, pages, page, text, font)
    yield pdf(root, b"<</Type /Pages /Kids [2 0 R 3 0 R] /Count 9>>", page, text, font)
    form = b"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [6 0 R]>>>>"
    field = b"<</Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Quill) /Rect [0 0 9 9]>>"
    yield pdf(form, pages, page.replace(b">>>>>>", b">>>> /Annots [6 0 R]>>"), text, font, field)


def dialogues():
    """What an IMAP server says; before it, the byte that chooses what it was asked."""
    mail = b"Message-ID: <1@test.example>\r\n\r\n"
    date = b'INTERNALDATE "07-Sep-2026 10:00:00 +0100"'
    listed = b"".join(b"* %d FETCH (UID %d %s RFC822.SIZE 90)\r\n" % (n, n, date) for n in (3, 5, 4))
    ids = b"* 1 FETCH (UID 1 %s RFC822.SIZE 90 BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%s)\r\n" % (date, len(mail), mail)
    folders = (b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\na1 OK done\r\n* LIST (\\HasNoChildren) "." INBOX\r\n'
               b'* LIST (\\Sent) "." "INBOX.Gesendete Elemente"\r\n* LIST () "." {7}\r\nINBOX.x\r\na2 OK done\r\n')
    yield b"\x00" + listed + b"1 OK done\r\n"
    yield b"\x01" + ids + b"1 OK done\r\n"
    yield b"\x02* SEARCH 1 2 4 9\r\na1 OK done\r\n"
    yield b"\x03* SEARCH 1\r\na1 OK done\r\n" + ids + b"1 OK done\r\n"
    yield (b"\x04* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (BODY[] {3}\r\nabc UID 3)\r\n"
           b"* 4 FETCH (UID 4 BODY[] NIL)\r\n* 2 EXPUNGE\r\n1 OK done\r\n" % (len(mail), mail))
    yield b"\x05" + folders
    yield b"\x05 " + folders
    yield (b"\x06* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"
           b"* OK [UIDNEXT 5] x\r\n1 OK [READ-WRITE] done\r\n")
    yield b"\x06* BYE Connection is closed. 13\r\n"
    yield b"\x061 BAD Request is throttled. Suggested Backoff Time: 100 milliseconds\r\n"
    yield b"\x07* SEARCH 1 2 3\r\na1 OK done\r\n" + ids + b"1 OK done\r\n" + folders
    yield b"\x08* 5 EXISTS\r\n+ idling\r\n* 6 EXISTS\r\na1 OK done\r\n"
    yield b"\x08a1 NO not today\r\n"


MADE = {"imap": dialogues, "wire": frames, "tnef": tnefs, "docx": words, "pdf": pdfs}


def make(build, target):
    """The folder of target's first inputs."""
    folder = "%s/seeds/%s" % (build, target)
    os.makedirs(folder, exist_ok=True)
    for old in glob.glob(folder + "/*"):
        os.remove(old)
    if target == "record":
        mails = glob.glob("tests/data/**/*.eml", recursive=True)
        subprocess.run(["%s/fuzz/records" % build, folder, *sorted(mails)], check=True)
    inputs = [text.encode() for text in TEXTS.get(target, [])] + list(MADE.get(target, lambda: [])())
    for pattern in FILES.get(target, []):
        for path in sorted(glob.glob(pattern, recursive=True)):
            with open(path, "rb") as file:
                inputs.append((b"\0" if target == "docx" else b"\1" if target == "body" else b"") + file.read())
    for i, data in enumerate(inputs):
        with open("%s/%03d" % (folder, i), "wb") as file:
            file.write(data)
    return folder
