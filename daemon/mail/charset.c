/*
 * Character sets: see charset.h.  Runs in adviced-parse.  The one thing kept
 * at file scope is the table of open converters: they must be open before the
 * sandbox closes, and parse_start() is called once, long before any mail.
 * Invariant: after charset_start() nothing here opens a file.
 * Fails: never; trouble is a sentence for the mail's remarks.
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/charset.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
	const char	*iconv;		/* the C library's name */
	const char	*labels;	/* as mail has them, lower case, a space before and after each */
} converters[] = {
	{ "ISO-8859-2", " iso-8859-2 latin2 l2 iso8859-2 " },
	{ "ISO-8859-3", " iso-8859-3 latin3 " },
	{ "ISO-8859-4", " iso-8859-4 latin4 " },
	{ "ISO-8859-5", " iso-8859-5 cyrillic " },
	{ "ISO-8859-6", " iso-8859-6 iso-8859-6-i iso-8859-6-e arabic " },
	{ "ISO-8859-7", " iso-8859-7 greek " },
	{ "ISO-8859-8", " iso-8859-8 iso-8859-8-i iso-8859-8-e hebrew " },
	{ "ISO-8859-9", " iso-8859-9 latin5 " },
	{ "ISO-8859-10", " iso-8859-10 latin6 " },
	{ "ISO-8859-11", " iso-8859-11 " },
	{ "ISO-8859-13", " iso-8859-13 latin7 " },
	{ "ISO-8859-14", " iso-8859-14 latin8 " },
	{ "ISO-8859-15", " iso-8859-15 latin9 latin-9 iso8859-15 " },
	{ "ISO-8859-16", " iso-8859-16 latin10 " },
	{ "CP1250", " windows-1250 cp1250 x-cp1250 " },
	{ "CP1251", " windows-1251 cp1251 x-cp1251 " },
	{ "CP1253", " windows-1253 cp1253 " },
	{ "CP1254", " windows-1254 cp1254 " },
	{ "CP1255", " windows-1255 cp1255 " },
	{ "CP1256", " windows-1256 cp1256 " },
	{ "CP1257", " windows-1257 cp1257 " },
	{ "CP1258", " windows-1258 cp1258 " },
	{ "CP874", " windows-874 cp874 tis-620 " },
	{ "CP437", " cp437 ibm437 " },
	{ "CP850", " cp850 cp-850 ibm850 " },
	{ "CP852", " cp852 ibm852 " },
	{ "CP866", " cp866 ibm866 " },
	{ "KOI8-R", " koi8-r koi8r koi8 " },
	{ "KOI8-U", " koi8-u " },
	{ "MACINTOSH", " macintosh x-mac-roman mac " },
	{ "ISO-2022-JP", " iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-ms " },
	{ "ISO-2022-JP-2", " iso-2022-jp-2 " },
	{ "CP932", " shift_jis shift-jis sjis x-sjis windows-31j cp932 ms_kanji " },
	{ "EUC-JP", " euc-jp x-euc-jp eucjp " },
	{ "ISO-2022-KR", " iso-2022-kr " },
	{ "UHC", " euc-kr ks_c_5601-1987 ks_c_5601 cp949 uhc windows-949 korean " },
	{ "ISO-2022-CN", " iso-2022-cn " },
	{ "GB18030", " gb18030 gbk gb2312 gb_2312-80 cp936 x-gbk euc-cn chinese " },
	{ "HZ", " hz-gb-2312 hz " },
	{ "BIG5-HKSCS", " big5 big5-hkscs cn-big5 x-x-big5 " },
	{ "CP950", " cp950 windows-950 " },
	{ "EUC-TW", " euc-tw " },
	{ "TCVN5712-1", " tcvn tcvn5712-1 " },
	{ "UTF-7", " utf-7 unicode-1-1-utf-7 csunicode11utf7 " },
	{ "UTF-16", " utf-16 ucs-2 iso-10646-ucs-2 unicode " },
	{ "UTF-16LE", " utf-16le ucs-2le " },
	{ "UTF-16BE", " utf-16be ucs-2be " },
	{ "UTF-32", " utf-32 ucs-4 " },
};
#define CONVERTERS (sizeof(converters) / sizeof(converters[0]))

static iconv_t open_converters[CONVERTERS];
static bool started;

/* Windows-1252, 0x80 to 0x9f; 0 where it has no character. */
static const unsigned short windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
	0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
	0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

void
charset_start(void)
{
	char in[] = "A", out[16];
	size_t i;

	if (started)
		return;
	started = true;
	for (i = 0; i < CONVERTERS; i++) {
		char *from = in, *to = out;
		size_t left = 1, room = sizeof(out);

		open_converters[i] = iconv_open("UTF-8", converters[i].iconv);
		/* One use each: some converters load helpers only when used. */
		if (open_converters[i] != (iconv_t)-1)
			(void)iconv(open_converters[i], &from, &left, &to, &room);
	}
}

size_t
utf8_length(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n, i;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

size_t
utf8_put(char *out, unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* How many bytes do not belong to valid UTF-8, and how many characters of several bytes are right. */
static void
count_utf8(const char *bytes, size_t len, size_t *wrong_r, size_t *right_r)
{
	size_t at = 0, n;

	*wrong_r = *right_r = 0;
	while (at < len) {
		if ((unsigned char)bytes[at] < 0x80) {
			at++;
			continue;
		}
		n = utf8_length(bytes + at, len - at);
		if (n == 0) {
			(*wrong_r)++;
			at++;
		} else {
			(*right_r)++;
			at += n;
		}
	}
}

static char *
from_windows_1252(struct arena *arena, const char *bytes, size_t len)
{
	char *out = arena_alloc(arena, len * 3 + 1);
	size_t at, to = 0;

	for (at = 0; at < len; at++) {
		unsigned c = (unsigned char)bytes[at];

		if (c == 0)
			c = 0xfffd;
		else if (c >= 0x80 && c <= 0x9f)
			c = windows_1252[c - 0x80] != 0 ? windows_1252[c - 0x80] : 0xfffd;
		to += utf8_put(out + to, c);
	}
	return out;
}

/* Everything that is labelled UTF-8, ASCII, Latin-1 or not at all: the bytes themselves tell best. */
static char *
from_common(struct arena *arena, bool says_utf8, const char *bytes, size_t len, const char **trouble_r)
{
	size_t wrong, right;

	count_utf8(bytes, len, &wrong, &right);
	if (wrong == 0)
		return str_utf8(arena, bytes, len);
	if (right == 0 || (!says_utf8 && wrong > right)) {
		if (says_utf8)
			*trouble_r = "is labelled UTF-8 but is not; it was read as Windows-1252";
		return from_windows_1252(arena, bytes, len);
	}
	*trouble_r = arena_printf(arena, "has %zu bytes that cannot be decoded as UTF-8", wrong);
	return str_utf8(arena, bytes, len);
}

static char *
from_iconv(struct arena *arena, size_t which, const char *bytes, size_t len, const char **trouble_r)
{
	iconv_t cd = open_converters[which];
	struct buf out = BUF_INIT;
	char chunk[4096], *from, *text;
	size_t left = len, wrong = 0;

	from = (char *)(uintptr_t)bytes;	/* iconv() takes it without const and leaves it alone */
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	for (;;) {
		char *to = chunk;
		size_t room = sizeof(chunk);
		size_t done = iconv(cd, &from, &left, &to, &room);

		buf_add(&out, chunk, sizeof(chunk) - room);
		if (done != (size_t)-1)
			break;
		if (errno == E2BIG)
			continue;
		if (left == 0)
			break;
		buf_add(&out, REPLACEMENT, 3);
		wrong++;
		from++;
		left--;
	}
	if (wrong > 0)
		*trouble_r = arena_printf(arena, "has %zu bytes that cannot be decoded as %s", wrong,
		    converters[which].iconv);
	text = str_utf8(arena, buf_text(&out), out.len);
	buf_free(&out);
	return text;
}

/* The label without quotes and an RFC 2231 language, lower case, with a space at either end. */
static void
label_fold(const char *charset, char *label, size_t size)
{
	size_t n = 0;

	label[n++] = ' ';
	for (; *charset != '\0' && *charset != '*' && n + 2 < size; charset++) {
		if (strchr(" \t\"'", *charset) != NULL)
			continue;
		label[n++] = *charset >= 'A' && *charset <= 'Z' ? (char)(*charset + 32) : *charset;
	}
	label[n++] = ' ';
	label[n] = '\0';
}

char *
charset_decode(struct arena *arena, const char *charset, const char *bytes, size_t len,
    const char **trouble_r)
{
	static const char common[] = " us-ascii ascii ansi_x3.4-1968 iso-646 646 iso-8859-1 iso8859-1 "
	    "latin1 latin-1 l1 windows-1252 cp1252 x-cp1252 cp-1252 x-ansi ansi default unknown-8bit "
	    "x-unknown unknown none 7bit 8bit binary ";
	char label[64];
	size_t i;

	*trouble_r = NULL;
	if (charset == NULL || *charset == '\0')
		return from_common(arena, false, bytes, len, trouble_r);
	label_fold(charset, label, sizeof(label));
	if (strstr(" utf-8 utf8 unicode-1-1-utf-8 utf-8-mac cp65001 x-utf-8 ", label) != NULL)
		return from_common(arena, true, bytes, len, trouble_r);
	if (strcmp(label, "  ") == 0 || strstr(common, label) != NULL)
		return from_common(arena, false, bytes, len, trouble_r);
	for (i = 0; i < CONVERTERS; i++) {
		if (strstr(converters[i].labels, label) == NULL)
			continue;
		if (started && open_converters[i] != (iconv_t)-1)
			return from_iconv(arena, i, bytes, len, trouble_r);
		break;
	}
	*trouble_r = arena_printf(arena,
	    "is labelled \"%s\", a character set that cannot be read here; letters may be wrong",
	    str_visible(arena, charset, 40));
	{
		const char *ignored = NULL;

		return from_common(arena, false, bytes, len, &ignored);
	}
}

/* Characters that nobody sees and that would split words: soft hyphen, zero width, direction marks, BOM. */
static bool
is_invisible(const unsigned char *s)
{
	if (s[0] == 0xc2)
		return s[1] == 0xad || (s[1] >= 0x80 && s[1] <= 0x9f);
	if (s[0] == 0xe2 && s[1] == 0x80)
		return (s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xaa && s[2] <= 0xae);
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] == 0xa0;
	return s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf;
}

/* No-break and other wide spaces. */
static bool
is_space_like(const unsigned char *s)
{
	if (s[0] == 0xc2)
		return s[1] == 0xa0;
	return s[0] == 0xe2 && s[1] == 0x80 && ((s[2] >= 0x80 && s[2] <= 0x8a) || s[2] == 0xaf);
}

char *
charset_tidy(struct arena *arena, const char *text)
{
	size_t len = strlen(text), at = 0, to = 0, n;
	char *out = arena_alloc(arena, len + 1);

	while (at < len) {
		unsigned char c = (unsigned char)text[at];

		if (c >= 0x80) {
			n = utf8_length(text + at, len - at);
			if (n == 0)
				n = 1;
			if (is_space_like((const unsigned char *)text + at))
				out[to++] = ' ';
			else if (!is_invisible((const unsigned char *)text + at)) {
				memcpy(out + to, text + at, n);
				to += n;
			}
			at += n;
			continue;
		}
		if (c == '\r') {
			if (text[at + 1] != '\n')
				out[to++] = '\n';
		} else if (c == '\f' || c == '\v')
			out[to++] = '\n';
		else if (c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f))
			out[to++] = (char)c;
		at++;
	}
	out[to] = '\0';
	return out;
}
