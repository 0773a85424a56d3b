/*
 * Documents that are meant to break what reads them: .docx (a zip, made here
 * so that it may lie), PDF, winmail.dat, files uuencoded in the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "base/buf.h"
#include "bombs.h"

/* An attachment, in base64. */
static void
attach(struct writer *w, const char *type, const char *name, const struct buf *bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = (const unsigned char *)bytes->data;
	char four[6];
	size_t i;

	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nPlease see the form.\r\n--b\r\n"
	    "Content-Type: %s; name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", type, name);
	for (i = 0; i < bytes->len; i += 3) {
		unsigned b = i + 1 < bytes->len ? s[i + 1] : 0, c = i + 2 < bytes->len ? s[i + 2] : 0;

		four[0] = digits[s[i] >> 2];
		four[1] = digits[(s[i] & 3) << 4 | b >> 4];
		four[2] = i + 1 < bytes->len ? digits[(b & 15) << 2 | c >> 6] : '=';
		four[3] = i + 2 < bytes->len ? digits[c & 63] : '=';
		four[4] = '\r';
		four[5] = '\n';
		put(w, four, i / 3 % 19 == 18 ? 6 : 4);
	}
	text(w, "\r\n--b--\r\n");
}

struct member {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	size_t		 claimed;	/* its size unpacked, where it lies; 0: it does not */
};

static void
put_le(struct buf *out, size_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_add_char(out, (char)(value >> (8 * i) & 0xff));
}

/* The head of a file (at is SIZE_MAX), or its entry in the directory. */
static void
zip_head(struct buf *out, const struct member *m, size_t packed_len, unsigned crc, size_t at)
{
	buf_add(out, at == SIZE_MAX ? "PK\003\004" : "PK\001\002", 4);
	if (at != SIZE_MAX)
		put_le(out, 20, 2);
	put_le(out, 20, 2);
	put_le(out, 0, 2);
	put_le(out, 8, 2);
	put_le(out, 0, 4);
	put_le(out, crc, 4);
	put_le(out, packed_len, 4);
	put_le(out, m->claimed != 0 ? m->claimed : m->len, 4);
	put_le(out, strlen(m->name), 2);
	put_le(out, 0, 2);
	if (at != SIZE_MAX) {
		put_le(out, 0, 2 + 2 + 2);
		put_le(out, 0, 4);
		put_le(out, at, 4);
	}
	buf_add_str(out, m->name);
}

static unsigned
crc_of(const char *bytes, size_t len)
{
	unsigned table[256], crc = 0xffffffffu;

	for (unsigned i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ ((table[i] & 1) != 0 ? 0xedb88320u : 0);
	}
	for (size_t i = 0; i < len; i++)
		crc = crc >> 8 ^ table[(crc ^ (unsigned char)bytes[i]) & 0xff];
	return ~crc;
}

/* A zip, written by hand so that it may lie. */
static struct buf
zip_of(const struct member *members, size_t n)
{
	struct buf out = BUF_INIT, directory = BUF_INIT;
	size_t i, start;

	for (i = 0; i < n; i++) {
		GConverter *zlib = G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
		size_t room = members[i].len + 1000, at = out.len, taken, packed_len;
		unsigned crc = crc_of(members[i].bytes, members[i].len);
		char *packed = malloc(room);

		if (g_converter_convert(zlib, members[i].bytes, members[i].len, packed, room, G_CONVERTER_INPUT_AT_END,
		    &taken, &packed_len, NULL) != G_CONVERTER_FINISHED)
			exit(1);
		g_object_unref(zlib);
		zip_head(&out, &members[i], packed_len, crc, SIZE_MAX);
		buf_add(&out, packed, packed_len);
		zip_head(&directory, &members[i], packed_len, crc, at);
		free(packed);
	}
	start = out.len;
	buf_add(&out, directory.data, directory.len);
	buf_add(&out, "PK\005\006\0\0\0\0", 8);
	put_le(&out, n > 0xffff ? 0xffff : n, 2);
	put_le(&out, n > 0xffff ? 0xffff : n, 2);
	put_le(&out, directory.len, 4);
	put_le(&out, start, 4);
	put_le(&out, 0, 2);
	buf_free(&directory);
	return out;
}

#define RELATIONS	"<Relationships><Relationship Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
#define WORD_TYPE	"application/vnd.openxmlformats-officedocument.wordprocessingml.document"

/* A .docx whose text is bytes; more members may stand beside it. */
static struct buf
docx_of(const char *bytes, size_t len, size_t claimed, const struct member *more)
{
	struct member members[3] = { { "_rels/.rels", RELATIONS, strlen(RELATIONS), 0 },
		{ "word/document.xml", bytes, len, claimed } };

	if (more != NULL)
		members[2] = *more;
	return zip_of(members, more != NULL ? 3 : 2);
}

void
attach_docx(struct writer *w, const char *bytes, size_t len, size_t claimed)
{
	struct buf docx = docx_of(bytes, len, claimed, NULL);

	attach(w, WORD_TYPE, "form.docx", &docx);
	buf_free(&docx);
}

/* 60 MB of markup that packs to a thousandth. */
static void
docx_ratio(struct writer *w)
{
	struct buf xml = BUF_INIT;

	buf_add_str(&xml, "<w:document xmlns:w=\"w\">");
	while (xml.len < 60u << 20)
		buf_add_str(&xml, "<w:p><w:r></w:r></w:p><w:p><w:r></w:r></w:p><w:p><w:r></w:r></w:p>");
	buf_add_str(&xml, "</w:document>");
	attach_docx(w, xml.data, xml.len, 0);
	buf_free(&xml);
}

/* A bomb inside a document: what is inside is not opened, the text is read. */
static void
docx_nested(struct writer *w)
{
	static const char good[] = "<w:document xmlns:w=\"w\"><w:p><w:t>fine</w:t></w:p></w:document>";
	struct buf zeros = BUF_INIT, inner, outer;
	static const char chunk[65536];
	struct member member;

	while (zeros.len < 100u << 20)
		buf_add(&zeros, chunk, sizeof(chunk));
	inner = docx_of(zeros.data, zeros.len, 0, NULL);
	member = (struct member){ "word/embeddings/bomb.docx", inner.data, inner.len, 0 };
	outer = docx_of(good, strlen(good), 0, &member);
	attach(w, WORD_TYPE, "form.docx", &outer);
	buf_free(&zeros);
	buf_free(&inner);
	buf_free(&outer);
}

static void
docx_entries(struct writer *w)
{
	static char names[100000][16];
	static struct member members[100000];
	struct buf zip;

	for (int i = 0; i < 100000; i++) {
		snprintf(names[i], sizeof(names[i]), "word/%d.xml", i);
		members[i] = (struct member){ names[i], "x", 1, 0 };
	}
	zip = zip_of(members, 100000);
	attach(w, WORD_TYPE, "form.docx", &zip);
	buf_free(&zip);
}

static void
docx_laughs(struct writer *w)
{
	struct buf xml = BUF_INIT;

	buf_add_str(&xml, "<!DOCTYPE d [<!ENTITY e0 \"ha\">");
	for (int i = 1; i < 30; i++)
		buf_printf(&xml, "<!ENTITY e%d \"&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;\">", i, i - 1, i - 1, i - 1,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	buf_add_str(&xml, "<!ENTITY x SYSTEM \"file:///etc/passwd\">]><w:document xmlns:w=\"w\"><w:p><w:t>&e29;&x;</w:t></w:p>"
	    "</w:document>");
	attach_docx(w, xml.data, xml.len, 0);
	buf_free(&xml);
}

static void
docx_claims(struct writer *w)
{
	static const char bad[] = "<w:document xmlns:w=\"w\"><w:p><w:t>small</w:t></w:p></w:document>";

	attach_docx(w, bad, strlen(bad), 1u << 30);
}

static void
docx_deep(struct writer *w)
{
	struct buf xml = BUF_INIT;

	for (int i = 0; i < 1000000; i++)
		buf_add_str(&xml, "<w:p>");
	attach_docx(w, xml.data, xml.len, 0);
	buf_free(&xml);
}

static void
docx_names(struct writer *w)
{
	struct buf xml = BUF_INIT;

	buf_add_str(&xml, "<w:document xmlns:w=\"w\"><w:p a=\"");
	while (xml.len < 25u << 20)
		buf_add_str(&xml, "quite random, and never closed: 23984712 ");
	attach_docx(w, xml.data, xml.len, 0);
	buf_free(&xml);
}

static void
attach_pdf(struct writer *w, const char *body)
{
	struct buf pdf = BUF_INIT;

	buf_printf(&pdf, "%%PDF-1.4\n%s\n%%%%EOF\n", body);
	attach(w, "application/pdf", "form.pdf", &pdf);
	buf_free(&pdf);
}

#define PDF_TRAILER	"trailer\n<< /Size 9 /Root 1 0 R >>\nstartxref\n0\n"

static void
pdf_loop(struct writer *w)
{
	attach_pdf(w, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	    "2 0 obj\n<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>\nendobj\n"
	    "3 0 obj\n<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 2 >>\nendobj\n" PDF_TRAILER);
}

static void
pdf_pages(struct writer *w)
{
	attach_pdf(w, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	    "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>\nendobj\n"
	    "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>\nendobj\n" PDF_TRAILER);
}

static void
pdf_xref(struct writer *w)
{
	attach_pdf(w, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	    "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\nxref\n0 99999999\n0000000000 65535 f\n"
	    "trailer\n<< /Size 99999999 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n");
}

/* A form that draws itself: no page of it ever ends well. */
static void
pdf_drawing(struct writer *w)
{
	struct buf body = BUF_INIT;

	buf_add_str(&body, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	    "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
	    "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << /XObject << "
	    "/X 5 0 R >> >> >>\nendobj\n4 0 obj\n<< /Length 6 >>\nstream\n/X Do\nendstream\nendobj\n");
	for (int i = 5; i < 40; i++)
		buf_printf(&body, "%d 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R "
		    ">> >> /Length 29 >>\nstream\n/X Do /X Do /X Do /X Do /X Do\nendstream\nendobj\n", i, i + 1);
	buf_add_str(&body, PDF_TRAILER);
	attach_pdf(w, buf_text(&body));
	buf_free(&body);
}

/* Attributes that claim more than there is, and properties inside that do. */
static void
tnef_lies(struct writer *w)
{
	struct buf tnef = BUF_INIT;

	buf_add(&tnef, "\x78\x9f\x3e\x22\x01\x00", 6);
	buf_add(&tnef, "\001\006\220\010\000\004\000\000\000\000\000\001\000\001\000", 15);	/* version */
	buf_add(&tnef, "\001\003\220\006\000\014\000\000\000", 9);	/* properties: 12 bytes */
	buf_add(&tnef, "\377\377\377\177\036\000\000\020\377\377\377\177\000\000", 14);
	buf_add(&tnef, "\002\017\200\006\000\377\377\377\177", 9);	/* a file of 2 GB */
	buf_add_str(&tnef, "only so much");
	attach(w, "application/ms-tnef", "winmail.dat", &tnef);
	buf_free(&tnef);
}

static void
uu_open(struct writer *w)
{
	head(w);
	text(w, "\r\nbegin 644 form.pdf\r\n");
	for (int i = 0; i < 100000; i++)
		text(w, "M0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#0T-#\r\n");
}

static void
uu_many(struct writer *w)
{
	head(w);
	text(w, "\r\n");
	for (int i = 0; i < 100000; i++)
		text(w, "begin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n");
}

const struct bomb document_bombs[] = {
	{ "a .docx that unpacks to 60 MB", docx_ratio, false, "unpacks to more than" },
	{ "a bomb inside a .docx", docx_nested, false, NULL },
	{ "a .docx of 100,000 files", docx_entries, false, "more than 2000 files" },
	{ "a .docx with a billion laughs", docx_laughs, false, "declares entities" },
	{ "a .docx that claims 1 GB", docx_claims, false, "" },
	{ "a .docx nested a million deep", docx_deep, false, "unpacks to more than 200 times" },
	{ "a .docx with an attribute of 25 MB", docx_names, false, "XML of its text is not sound" },
	{ "a PDF whose pages are their own parents", pdf_loop, false, "not one page" },
	{ "a PDF that claims two thousand million pages", pdf_pages, false, "not one page" },
	{ "a PDF with a broken table", pdf_xref, false, "cannot be opened" },
	{ "a PDF that draws 5^35 forms", pdf_drawing, false, "took too long" },
	{ "a winmail.dat with lying lengths", tnef_lies, false, "could not be read" },
	{ "6 MB uuencoded without an end", uu_open, false, "its end is missing" },
	{ "100,000 files uuencoded", uu_many, false, "more than 1000 parts" },
	{ NULL, NULL, false, NULL }
};
