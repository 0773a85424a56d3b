/*
 * The shipped adviced-parse, with its sandbox on, against mail that is meant
 * to break it; and ordinary mail behind each of them.  Not built with the
 * sanitizers: they do not live under a memory limit or a kill filter.
 * usage: bombs ./adviced-parse
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/limits.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/parser.h"
#include "checks.h"

/* --- mails ------------------------------------------------------------- */

struct writer {
	int	fd;
	char	buf[1 << 16];
	size_t	len;
};

static void
flush(struct writer *w)
{
	size_t at = 0;

	while (at < w->len) {
		ssize_t done = write(w->fd, w->buf + at, w->len - at);

		if (done <= 0) {
			perror("bombs: write");
			exit(1);
		}
		at += (size_t)done;
	}
	w->len = 0;
}

static void
put(struct writer *w, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(w->buf) - w->len, take = len < room ? len : room;

		memcpy(w->buf + w->len, data, take);
		w->len += take;
		data += take;
		len -= take;
		if (w->len == sizeof(w->buf))
			flush(w);
	}
}

static void __attribute__((format(printf, 2, 3)))
text(struct writer *w, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put(w, line, (size_t)n);
}

static void
head(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n");
}

static void
many_attached_mails(struct writer *w)
{
	for (int i = 0; i < 28000; i++)
		text(w, "From: a@example.org\r\nContent-Type: message/rfc822\r\n\r\n");
	text(w, "From: a@example.org\r\nSubject: inside\r\n\r\ninside\r\n");
}

static void
long_base64_line(struct writer *w)
{
	char chunk[4096];

	memset(chunk, 'Q', sizeof(chunk));
	head(w);
	text(w, "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	for (int i = 0; i < 200 * 256; i++)
		put(w, chunk, sizeof(chunk));
}

static void
nested_multiparts(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b0\"\r\n\r\n");
	for (int i = 0; i < 10000; i++)
		text(w, "--b%d\r\nContent-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n", i, i + 1);
	text(w, "--b10000\r\n\r\nat the bottom\r\n");
}

static void
flat_parts(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n");
	for (int i = 0; i < 20000; i++)
		text(w, "--b\r\n\r\npart %d\r\n", i);
	text(w, "--b--\r\n");
}

static void
long_header(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: ");
	for (int i = 0; i < 1 << 18; i++)
		text(w, "long");
	text(w, "\r\n\r\nbody\r\n");
}

static void
many_addresses(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nTo: ");
	for (int i = 0; i < 40000; i++)
		text(w, "\"Person %d\" <p%d@example.org>,\r\n ", i, i);
	text(w, "\r\n\r\nbody\r\n");
}

/* What the MIME library's own reading of addresses cannot stand: names without an address, groups in groups. */
static void
names_only(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nTo: ");
	for (int i = 0; i < 100000; i++)
		text(w, "a,");
	text(w, "\r\n\r\nbody\r\n");
}

static void
groups(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nTo: ");
	for (int i = 0; i < 450000; i++)
		text(w, "a:");
	text(w, "\r\n\r\nbody\r\n");
}

static void
groups_inside(struct writer *w)
{
	head(w);
	text(w, "Content-Type: message/rfc822\r\n\r\ncc :");
	for (int i = 0; i < 450000; i++)
		text(w, "a:\r\n ");
	text(w, "\r\nSubject: inside\r\n\r\ninside\r\n");
}

static void
real_recipients(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nTo: ");
	for (int i = 0; i < 20000; i++)
		text(w, "\"Person %d\" <p%d@example.org>,\r\n ", i, i);
	text(w, "\r\n\r\nbody\r\n");
}

static void
nuls(struct writer *w)
{
	static const char zeros[4096];

	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: nu");
	put(w, zeros, 10);
	text(w, "ls\r\n\r\n");
	for (int i = 0; i < 256; i++)
		put(w, zeros, sizeof(zeros));
}

static void
unterminated(struct writer *w)
{
	text(w, "From: \"Ada (Byron <ada@example.org\r\nSubject: =?utf-8?B?aGVsbG8\r\n"
	    "Content-Type: multipart/mixed; boundary=\"b\r\n\r\n--b\r\n"
	    "Content-Type: text/html; charset=\"\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGVs");
}

static void
html_bomb(struct writer *w)
{
	head(w);
	text(w, "Content-Type: text/html\r\n\r\n");
	for (int i = 0; i < 60000; i++)
		text(w, "<blockquote type=cite><table><tr><td><div \"'");
}

static void
quotes(struct writer *w)
{
	head(w);
	text(w, "\r\n");
	for (int i = 0; i < 60000; i++)
		text(w, ">>>>>>On From:\r\nname:\r\n@@.@a.b\r\n");
}

static void
unknown_charset(struct writer *w)
{
	text(w, "From: =?x-nowhere?Q?Ada?= <ada@example.org>\r\nSubject: =?IBM1047?Q?=C1=C4=C1?=\r\n"
	    "Content-Type: text/plain; charset=\"../../../etc/passwd\"\r\n\r\nbody\r\n");
}

/* --- documents --------------------------------------------------------- */

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

static void
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

static void
empty(struct writer *w)
{
	(void)w;
}

static void
noise(struct writer *w)
{
	unsigned state = 20261005;

	for (int i = 0; i < 300000; i++) {
		char c;

		state = state * 1103515245u + 12345u;
		c = (char)(state >> 16);
		put(w, &c, 1);
	}
}

/* --- checks ------------------------------------------------------------ */

static int
mail_of(void (*write_mail)(struct writer *))
{
	static struct writer w;

	w.fd = memfd_create("mail", MFD_CLOEXEC);
	w.len = 0;
	if (w.fd == -1) {
		perror("bombs: memfd_create");
		exit(1);
	}
	write_mail(&w);
	flush(&w);
	return w.fd;
}

static void
good_mail(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: =?ISO-8859-1?Q?Caf=E9?=\r\n\r\nAll is well.\r\n");
}

/* The mail behind a bomb is read as if nothing had been. */
static void
good_mail_goes_on(struct parser *parser, const char *behind)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct err err;
	int fd = mail_of(good_mail);

	if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
		check(false, behind, "the mail behind it was not read: %s", err.text);
	else
		check(strcmp(message->subject, "Café") == 0 && strcmp(message->new_text, "All is well.\n") == 0,
		    behind, "the mail behind it reads \"%s\"", message->subject);
	close(fd);
	arena_free(&arena);
}

static const struct {
	const char	*name;
	void		(*write_mail)(struct writer *);
	bool		 may_fail;	/* a plain failure is as good as a message */
	const char	*says;		/* what was left out must be said, in these words; NULL: nothing need be */
} bombs[] = {
	{ "28,000 attached mails inside one another", many_attached_mails, true, "more than 100 levels deep" },
	{ "200 MB of base64 in one line", long_base64_line, true, NULL },
	{ "10,000 nested multiparts", nested_multiparts, false, "more than 100 levels deep" },
	{ "20,000 parts", flat_parts, false, "more than 1000 parts" },
	{ "a header of 1 MB", long_header, false, "longer than 1024 KB" },
	{ "40,000 recipients", many_addresses, false, "longer than 1024 KB" },
	{ "20,000 recipients", real_recipients, false, "The To header has more than 500 addresses" },
	{ "100,000 names without an address", names_only, false, NULL },
	{ "450,000 groups inside one another", groups, false, NULL },
	{ "450,000 groups inside one another in an attached mail", groups_inside, false, NULL },
	{ "NULs", nuls, false, NULL },
	{ "everything unterminated", unterminated, false, NULL },
	{ "HTML that only opens", html_bomb, false, NULL },
	{ "quotes, labels, at signs", quotes, false, NULL },
	{ "a character set that is a path", unknown_charset, false, "cannot be read here" },
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
	{ "an empty file", empty, true, NULL },
	{ "noise", noise, true, NULL },
};

/* Do these words stand in a remark, or in what is said of a document? */
static bool
is_said(const struct message *message, const char *words)
{
	size_t i;

	for (i = 0; i < message->remarks.n; i++)
		if (strstr(message->remarks.v[i], words) != NULL)
			return true;
	for (i = 0; i < message->document_count; i++)
		if (strstr(message->documents[i].unreadable, words) != NULL)
			return true;
	return false;
}

/* Libraries and all, the greatest of the parser's processes that have ended. */
static void
check_memory(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	check(used.ru_maxrss <= LIMIT_NORMAL_parse_memory_mb << 10, "memory", "a process took %ld MB", used.ru_maxrss >> 10);
}

/* Those whose names begin like this. */
static void
run_bombs(const char *program, bool many, const char *which)
{
	struct parser *parser;
	struct err err;
	size_t i;

	if (parser_open(program, many, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	for (i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message = NULL;
		int fd, documents;
		int64_t start;

		if (strncmp(bombs[i].name, which, strlen(which)) != 0) {
			arena_free(&arena);
			continue;
		}
		fd = mail_of(bombs[i].write_mail);
		documents = memfd_create("documents", MFD_CLOEXEC);
		start = clock_real_ms();
		if (parser_read(parser, arena, fd, documents, date_from_civil(2026, 10, 5), &message, &err) == -1) {
			check(err.scope == ERR_MESSAGE, bombs[i].name, "took the program with it: %s", err.text);
			check(bombs[i].may_fail, bombs[i].name, "could not be read: %s", err.text);
		} else if (bombs[i].says != NULL)
			check(is_said(message, bombs[i].says), bombs[i].name, "it is not said that \"%s\"", bombs[i].says);
		check(clock_real_ms() - start < 12000, bombs[i].name, "took %lld ms",
		    (long long)(clock_real_ms() - start));
		close(fd);
		close(documents);
		arena_free(&arena);
		good_mail_goes_on(parser, bombs[i].name);
	}
	parser_close(&parser);
}

/* Converters that the C library loads from files, used inside the filter. */
static const struct {
	const char	*header, *want;
} charsets[] = {
	{ "=?ISO-8859-1?Q?Caf=E9?=", "Café" },
	{ "=?windows-1252?Q?=93x=94_=96?=", "“x” –" },
	{ "=?ISO-8859-2?Q?=AFaneta?=", "Żaneta" },
	{ "=?ISO-8859-15?Q?=A4?=", "€" },
	{ "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本" },
	{ "=?Shift_JIS?B?k/qWew==?=", "日本" },
	{ "=?EUC-JP?B?xvzL3A==?=", "日本" },
	{ "=?GB18030?B?1tDOxA==?=", "中文" },
	{ "=?gb2312?B?1tDOxA==?=", "中文" },
	{ "=?Big5?B?pKSk5Q==?=", "中文" },
	{ "=?EUC-KR?B?x9GxuQ==?=", "한국" },
	{ "=?KOI8-R?B?8NLJ18XU?=", "Привет" },
	{ "=?windows-1251?B?z/Do4uXy?=", "Привет" },
	{ "=?ISO-8859-8-I?B?+ezl7Q==?=", "שלום" },
	{ "=?UTF-7?Q?+AOk-?=", "é" },
	{ "=?utf-16?B?/v8A6Q==?=", "é" },
};

static const char *header_now;

static void
charset_mail(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: %s\r\n\r\nbody\r\n", header_now);
}

static void
run_charsets(const char *program)
{
	struct parser *parser;
	struct err err;
	size_t i;

	if (parser_open(program, false, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	for (i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message;
		int fd;

		header_now = charsets[i].header;
		fd = mail_of(charset_mail);
		if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
			check(false, charsets[i].header, "%s", err.text);
		else
			check(strcmp(message->subject, charsets[i].want) == 0 && message->remarks.n == 0,
			    charsets[i].header, "wanted \"%s\", got \"%s\"", charsets[i].want, message->subject);
		close(fd);
		arena_free(&arena);
	}
	parser_close(&parser);
}

/* Documents land one after the other on the file they were given, with their hashes. */
static void
two_documents(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nTwo files.\r\n"
	    "--b\r\nContent-Type: text/plain; name=\"one.txt\"\r\nContent-Disposition: attachment\r\n\r\nabc\r\n"
	    "--b\r\nContent-Type: application/pdf; name=\"two.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "JVBERg==\r\n--b--\r\n");
}

static void
run_documents(const char *program)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct parser *parser;
	struct err err;
	char bytes[16] = "";
	int fd = mail_of(two_documents), documents = memfd_create("documents", MFD_CLOEXEC);

	if (parser_open(program, false, &parser, &err) == -1 ||
	    parser_read(parser, arena, fd, documents, date_from_civil(2026, 10, 5), &message, &err) == -1) {
		check(false, "documents", "%s", err.text);
		return;
	}
	check(message->document_count == 2, "documents", "%zu found", message->document_count);
	if (message->document_count == 2) {
		const struct document *two = &message->documents[1];

		check(two->offset == 3 && two->size == 4, "documents", "second at %llu, %llu bytes",
		    (unsigned long long)two->offset, (unsigned long long)two->size);
		check(pread(documents, bytes, sizeof(bytes), 0) == 7 && memcmp(bytes, "abc%PDF", 7) == 0,
		    "documents", "the file holds \"%s\"", bytes);
		check(strcmp(message->documents[0].sha256,
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0, "documents",
		    "hash %s", message->documents[0].sha256);
	}
	parser_close(&parser);
	close(fd);
	close(documents);
	arena_free(&arena);
}

/* A .docx whose XML is in a character set of several bytes, which libxml2 may know by itself (with ICU), or not. */
static const struct {
	const char	*name, *bytes, *want;
} foreign[] = {
	{ "Shift_JIS", "\x93\xfa\x96\x7b", "日本" },
	{ "JOHAB", "\xd0\x65\x8a\x82", "한국" },
};

static size_t foreign_now;

static void
foreign_docx(struct writer *w)
{
	char xml[200];

	snprintf(xml, sizeof(xml), "<?xml version=\"1.0\" encoding=\"%s\"?><w:document xmlns:w=\"w\"><w:p><w:t>%s</w:t></w:p>"
	    "</w:document>", foreign[foreign_now].name, foreign[foreign_now].bytes);
	attach_docx(w, xml, strlen(xml), 0);
}

static void
run_foreign(const char *program)
{
	for (foreign_now = 0; foreign_now < sizeof(foreign) / sizeof(foreign[0]); foreign_now++) {
		const char *name = foreign[foreign_now].name;
		struct arena *arena = arena_new();
		struct message *message;
		struct parser *parser;
		struct err err;
		int fd = mail_of(foreign_docx);

		if (parser_open(program, false, &parser, &err) == -1 ||
		    parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1) {
			check(false, name, "%s", err.text);
			exit(1);
		}
		check(message->document_count == 1 && strcmp(message->documents[0].text, foreign[foreign_now].want) == 0, name,
		    "a .docx reads \"%s\", and \"%s\"", message->documents[0].text, message->documents[0].unreadable);
		parser_close(&parser);
		close(fd);
		arena_free(&arena);
	}
}

int
main(int argc, char **argv)
{
	bool daemon = argc == 3 && strcmp(argv[2], "daemon") == 0;

	if (argc != 2 && !daemon) {
		fprintf(stderr, "usage: bombs ADVICED-PARSE [daemon: only what two processes read otherwise than one]\n");
		return 2;
	}
	run_charsets(argv[1]);
	run_documents(argv[1]);
	run_foreign(argv[1]);
	run_bombs(argv[1], false, daemon ? "a PDF" : "");
	if (!daemon)
		run_bombs(argv[1], true, "");
	check_memory();
	printf("bombs: %u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
