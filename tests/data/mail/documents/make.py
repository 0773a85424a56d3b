#!/usr/bin/python3
"""Makes the documents beside it anew: small forms, whole, locked and damaged.  Nothing but Python is needed."""

import hashlib
import io
import os
import re
import struct
import zipfile

os.chdir(os.path.dirname(os.path.abspath(__file__)))
W = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
     'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
     'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
     'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"')
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def write(name, data):
    with open(name, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, (2026, 9, 7, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def relations(target):
    return ('<?xml version="1.0"?><Relationships><Relationship Id="rId1" Type="%s" Target="%s"/></Relationships>'
            % (OFFICE, target))


def docx(body, main="word/document.xml", more=()):
    return packed([("[Content_Types].xml", "<Types/>"), ("_rels/.rels", relations(main)),
                   (main, '<?xml version="1.0" encoding="UTF-8"?><w:document %s><w:body>%s</w:body></w:document>'
                    % (W, body))] + list(more))


def p(*runs):
    return "<w:p>%s</w:p>" % "".join("<w:r><w:t xml:space=\"preserve\">%s</w:t></w:r>" % run for run in runs)


def row(*cells):
    return "<w:tr>%s</w:tr>" % "".join("<w:tc>%s</w:tc>" % p(cell) for cell in cells)


BODY = (
    '<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr><w:r><w:t>Advice</w:t></w:r></w:p>'
    + "<w:tbl>" + row("Name of child", "Wren Testcase") + row("Date of birth", "12/03/2015") + "</w:tbl>"
    + p("The child lives ", "at home.")
    + "<w:p><w:r><w:t>Left</w:t><w:tab/><w:t>right</w:t><w:br/><w:t>below</w:t></w:r></w:p>"
    # a text box, twice, as Word writes it
    + "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><wps:txbx><w:txbxContent>" + p("In a box")
    + "</w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>" + p("In a box")
    + "</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    # content controls: a box that is ticked, one nobody filled in, one that somebody did
    + "<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"1\"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r>"
    "<w:t>\u2612</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t xml:space=\"preserve\"> Known</w:t></w:r></w:p>"
    + "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + p("Click here to enter text.")
    + "</w:sdtContent></w:sdt><w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>" + p("Filled in")
    + "</w:sdtContent></w:sdt>"
    # the old kind of form field
    + "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:checkBox><w:default w:val=\"0\"/><w:checked/>"
    "</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>"
    "<w:r><w:t xml:space=\"preserve\"> Consent</w:t></w:r></w:p>"
    + "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:ddList><w:result w:val=\"1\"/>"
    "<w:listEntry w:val=\"No\"/><w:listEntry w:val=\"Yes\"/></w:ddList></w:ffData></w:fldChar></w:r></w:p>"
    + "<w:p><w:r><w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/><w:t xml:space=\"preserve\"> Urgent</w:t></w:r></w:p>"
    # crossed out
    + "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>")
HEADER = "<w:hdr %s>%s</w:hdr>" % (W, p("OFFICIAL"))
NOTES = "<w:footnotes %s><w:footnote>%s</w:footnote></w:footnotes>" % (W, p("A note"))
FORM = docx(BODY, more=[("word/header1.xml", HEADER), ("word/header2.xml", HEADER), ("word/footnotes.xml", NOTES)])


# what no page shows
MOVED = "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:t>end</w:t></w:r></w:p>"
COMMENTS = "<w:comments %s><w:comment w:author=\"Nobody\">%s</w:comment></w:comments>" % (W, p("A remark"))
CORE = ('<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>A title</dc:title><dc:creator>Nobody</dc:creator>'
        '<dc:subject>A subject</dc:subject><dc:description>A description</dc:description></cp:coreProperties>')
CUSTOM = ('<Properties xmlns:vt="v"><property name="Number"><vt:lpwstr>A property</vt:lpwstr></property>'
          '<property name="When"><vt:filetime>2026-09-07T09:00:00Z</vt:filetime></property></Properties>')


def pdf(pages, extra="", fields="", catalog="", trailer="", body=None):
    """A PDF with a table of its objects; each page is a list of lines."""
    objects = ["<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
               "<< /Type /Pages /Kids [%s] /Count %d >>" % (" ".join("%d 0 R" % (4 + 2 * i) for i in range(len(pages))),
                                                             len(pages)),
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    for i, page in enumerate(pages):
        text = "BT /F1 12 Tf 72 760 Td 14 TL %s ET" % " ".join("(%s) Tj T*" % line for line in page)
        objects.append("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> %s >>" % (5 + 2 * i, fields))
        objects.append("<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    objects += [extra] if extra else []
    out, places = "%PDF-1.4\n", []
    for i, one in enumerate(body(objects) if body else objects):
        places.append(len(out))
        out += "%d 0 obj\n%s\nendobj\n" % (i + 1, one)
    start = len(out)
    out += "xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += "".join("%010d 00000 n \n" % place for place in places)
    out += "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, start)
    return out.encode("latin-1")


PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(byte ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def locked_pdf(password):
    """The oldest way of locking a PDF (40 bits): enough to be asked for a password."""
    user = (password.encode() + PAD)[:32]
    owner = rc4(hashlib.md5(user).digest()[:5], user)
    key = hashlib.md5(user + owner + struct.pack("<i", -4) + b"0123456789abcdef").digest()[:5]
    check = rc4(key, PAD)

    def lock(objects):
        start, text, end = re.split("(?<=stream\n)|(?=\nendstream)", objects[4])
        own = hashlib.md5(key + bytes([5, 0, 0, 0, 0])).digest()[:10]
        return objects[:4] + [start + rc4(own, text.encode()).decode("latin-1") + end]

    return pdf([["secret"]], body=lock, trailer="/ID [<%s> <%s>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>"
               % (b"0123456789abcdef".hex(), b"0123456789abcdef".hex(), owner.hex(), check.hex()))


def compound(names, flags=0):
    """A compound file: its directory holds these names; the first stream is in the sector behind."""
    head = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + bytes(6)
            + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xfffffffe, 0, 0xfffffffe, 0)
            + struct.pack("<I", 0) + b"\xff" * 432)[:512]
    table = struct.pack("<III", 0xfffffffd, 0xfffffffe, 0xfffffffe) + b"\xff" * 500
    directory = b""
    for kind, name in [(5, "Root Entry")] + [(2, name) for name in names]:
        wide = (name + "\0").encode("utf-16-le")
        directory += (wide + bytes(64))[:64] + struct.pack("<HBB", len(wide), kind, 1) + b"\xff" * 12 + bytes(36) \
            + struct.pack("<IQ", 2, 512)
    stream = bytes(10) + struct.pack("<H", flags) + bytes(500)
    return head + table + (directory + bytes(512))[:512] + stream


ODT = ('<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b"><office:body><office:text>'
       '<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>'
       '<text:h>Advice</text:h><table:table><table:table-row><table:table-cell><text:p>Name of child</text:p>'
       '</table:table-cell><table:table-cell><text:p>Wren Testcase</text:p></table:table-cell></table:table-row>'
       '</table:table><text:p>Two<text:s text:c="2"/>spaces, a<text:tab/>tab,<text:line-break/>a '
       '<text:span>line</text:span>.</text:p></office:text></office:body></office:document-content>')
ODT_TYPE = ("mimetype", "application/vnd.oasis.opendocument.text")
ODT_NOTED = ('<office:document-content xmlns:office="o" xmlns:text="t" xmlns:dc="d"><text:p>Seen<office:annotation>'
             '<dc:creator>Nobody</dc:creator><dc:date>2026-09-07</dc:date><text:p>A remark</text:p></office:annotation> on'
             '</text:p><text:p>end</text:p></office:document-content>')
ODT_META = ('<office:document-meta xmlns:office="o" xmlns:meta="m" xmlns:dc="d"><meta:initial-creator>Nobody'
            '</meta:initial-creator><dc:title>A title</dc:title></office:document-meta>')
ODT_LOCK = ('<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">'
            '<manifest:encryption-data/></manifest:file-entry></manifest:manifest>')
RTF = (r"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\info{\author Nobody}}\pard "
       r"Name of child:\tab Wren Testcase\par caf\'e9 \u8364?5 {\b bold}\par{\pict 0123abcd}A\~B\_C\{\}\par}")
ENTITIES = ('<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            '<w:document %s><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>' % W)
NAMES = ["Name of child: Wren Testcase", "Date of birth: 12/03/2015"]

write("form.docx", FORM)
write("other-name.docx", docx(p("Found"), main="word/document2.xml"))
write("empty.docx", docx(p("")))
write("noted.docx", docx(p("Seen") + MOVED, more=[("word/comments.xml", COMMENTS), ("docProps/core.xml", CORE),
                                                  ("docProps/custom.xml", CUSTOM)]))
write("cut.docx", FORM[:len(FORM) // 2])
write("no-text.docx", packed([("_rels/.rels", relations("word/document.xml"))]))
write("bad-xml.docx", docx("<w:p><w:r><w:t>half"))
write("entities.docx", packed([("_rels/.rels", relations("word/document.xml")), ("word/document.xml", ENTITIES)]))
write("sheet.xlsx", packed([("_rels/.rels", relations("xl/workbook.xml")), ("xl/workbook.xml", "<workbook/>")]))
write("plain.zip", packed([("readme.txt", "hello")]))
write("form.odt", packed([ODT_TYPE, ("content.xml", ODT)]))
write("noted.odt", packed([ODT_TYPE, ("content.xml", ODT_NOTED), ("meta.xml", ODT_META)]))
write("locked.odt", packed([ODT_TYPE, ("META-INF/manifest.xml", ODT_LOCK), ("content.xml", bytes(range(200, 240)))]))
write("form.rtf", RTF)
write("form.pdf", pdf([NAMES, ["Second page"]]))
write("late.pdf", b"@PJL printed\r\n" + pdf([NAMES]))
write("titled.pdf", pdf([["Seen"]], extra="<< /Title (A title) /Author (Nobody) /Keywords (A word) >>",
                         trailer="/Info 6 0 R"))
write("titled-scan.pdf", pdf([[]], extra="<< /Title (A title) >>", trailer="/Info 6 0 R"))
write("scan.pdf", pdf([[]]))
write("locked.pdf", locked_pdf("wren"))
write("free.pdf", locked_pdf(""))
write("fields.pdf", pdf([["Form"]], fields="/Annots [6 0 R]", catalog="/AcroForm << /Fields [6 0 R] >>",
                        extra="<< /Type /Annot /Subtype /Widget /FT /Tx /T (child) /TU (Name of child) "
                        "/V (Wren Testcase) /Rect [72 600 300 620] >>"))
write("no-table.pdf", pdf([NAMES]).replace(b"xref\n0 6", b"xref\n9 9").replace(b"startxref\n", b"startxref\n9"))
write("cut.pdf", pdf([NAMES])[:40])
write("loop.pdf", pdf([["looped"]], body=lambda o: [o[0], "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 >>"] + o[2:]))
write("locked.doc", compound(["EncryptionInfo", "EncryptedPackage"]))
write("old.doc", compound(["WordDocument", "1Table"]))
write("old-locked.doc", compound(["WordDocument", "1Table"], flags=0x100))
write("old.xls", compound(["Workbook"]))
write("saved.msg", compound(["__properties_version1.0"]))
