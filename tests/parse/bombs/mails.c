/*
 * Mails that are meant to break the parser by how they are built: headers,
 * parts in parts, coded words, text.
 */
#include <stddef.h>
#include <string.h>

#include "bombs.h"

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

const struct bomb mail_bombs[] = {
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
	{ "an empty file", empty, true, NULL },
	{ "noise", noise, true, NULL },
	{ NULL, NULL, false, NULL }
};
