/*
 * Character sets: see charset.h.  Runs in adviced-parse; pure but for the
 * open converters of charset_names.c.
 * Invariant: whatever the bytes and the label, an answer in valid UTF-8, in
 * time linear in their number; what was lost is said.
 * Fails: never; trouble is a sentence for the mail's remarks.
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/charset_names.h"

#define REPLACEMENT "\xef\xbf\xbd"
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

		to += utf8_put(out + to, c == 0 ? 0xfffd : charset_without_controls(c));
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
from_iconv(struct arena *arena, iconv_t cd, const char *name, const char *bytes, size_t len,
    const char **trouble_r)
{
	struct buf out = BUF_INIT;
	char chunk[4096], *from, *text;
	size_t left = len, wrong = 0;
	bool finished = false;

	from = (char *)(uintptr_t)bytes;	/* iconv() takes it without const and leaves it alone */
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (!finished) {
		char *to = chunk;
		size_t room = sizeof(chunk), done;
		bool ending = left == 0;

		/* At the end it is asked for the letter that it held back to see what follows. */
		done = ending ? iconv(cd, NULL, NULL, &to, &room) : iconv(cd, &from, &left, &to, &room);
		buf_add(&out, chunk, sizeof(chunk) - room);
		finished = ending && (done != (size_t)-1 || errno != E2BIG);
		if (done != (size_t)-1 || errno == E2BIG || ending)
			continue;
		buf_add(&out, REPLACEMENT, 3);
		wrong++;
		from++;
		left--;
	}
	if (wrong > 0)
		*trouble_r = arena_printf(arena, "has %zu bytes that cannot be decoded as %s", wrong, name);
	text = str_utf8(arena, buf_text(&out), out.len);
	buf_free(&out);
	return text;
}

static char *
from_table(struct arena *arena, const struct charset_table *table, const char *bytes, size_t len,
    const char **trouble_r)
{
	char *out = arena_alloc(arena, len * 3 + 1);
	size_t at, to = 0, wrong = 0;

	for (at = 0; at < len; at++) {
		unsigned code = table->codes[(unsigned char)bytes[at]];

		if (code == 0)
			code = 0xfffd;
		wrong += code == 0xfffd;
		to += utf8_put(out + to, code);
	}
	if (wrong > 0)
		*trouble_r = arena_printf(arena, "has %zu bytes that cannot be decoded as %s", wrong, table->name);
	return out;
}

/*
 * ISO-2022-JP as EUC-JP, which knows what Japanese mail really holds under
 * that name: half-width kana, the makers' own signs.  False at an escape of
 * another set.
 */
static bool
jis_to_euc(const char *bytes, size_t len, struct buf *out)
{
	enum { ASCII, KANA, KANJI, KANJI_2 } set = ASCII;
	bool shifted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = bytes[i];
		size_t left = len - i;

		if (c == 0x1b && left >= 3 && (strncmp(bytes + i, "\x1b(B", 3) == 0 || strncmp(bytes + i, "\x1b(J", 3) == 0 ||
		    strncmp(bytes + i, "\x1b(H", 3) == 0)) {
			set = ASCII;
			i += 2;
		} else if (c == 0x1b && left >= 3 && strncmp(bytes + i, "\x1b(I", 3) == 0) {
			set = KANA;
			i += 2;
		} else if (c == 0x1b && left >= 4 && strncmp(bytes + i, "\x1b$(D", 4) == 0) {
			set = KANJI_2;
			i += 3;
		} else if (c == 0x1b && left >= 4 && strncmp(bytes + i, "\x1b$(B", 4) == 0) {
			set = KANJI;
			i += 3;
		} else if (c == 0x1b && left >= 3 && (strncmp(bytes + i, "\x1b$B", 3) == 0 ||
		    strncmp(bytes + i, "\x1b$@", 3) == 0)) {
			set = KANJI;
			i += 2;
		} else if (c == 0x1b) {
			return false;
		} else if (c == 0x0e || c == 0x0f) {
			shifted = c == 0x0e;
		} else if ((unsigned char)c >= 0x80) {
			return false;
		} else if (c <= ' ' || (set == ASCII && !shifted) || (set >= KANJI && left < 2)) {
			buf_add_char(out, c);
		} else if (set == KANA || shifted) {
			buf_add_char(out, (char)0x8e);
			buf_add_char(out, (char)(c | 0x80));
		} else {
			if (set == KANJI_2)
				buf_add_char(out, (char)0x8f);
			buf_add_char(out, (char)(c | 0x80));
			buf_add_char(out, (char)(bytes[++i] | 0x80));
		}
	}
	return true;
}

/* HZ (RFC 1843) as GB 2312: "~{" to "~}" are pairs, "~~" a tilde. */
static void
hz_to_gb(const char *bytes, size_t len, struct buf *out)
{
	bool pairs = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] == '~' && i + 1 < len && strchr("{}~\n", bytes[i + 1]) != NULL && bytes[i + 1] != '\0') {
			i++;
			if (bytes[i] == '~')
				buf_add_char(out, '~');
			else if (bytes[i] != '\n')
				pairs = bytes[i] == '{';
		} else if (pairs && i + 1 < len && bytes[i] > ' ' && bytes[i + 1] > ' ') {
			buf_add_char(out, (char)(bytes[i] | 0x80));
			buf_add_char(out, (char)(bytes[++i] | 0x80));
		} else {
			pairs = pairs && bytes[i] != '\n';
			buf_add_char(out, bytes[i]);
		}
	}
}

/* The first converter of that label that can read all of it; else what the first of them made. */
static char *
from_converter(struct arena *arena, const char *label, const char *bytes, size_t len, const char **trouble_r)
{
	const char *name, *trouble;
	char *text, *first = NULL;
	size_t next = 0;
	iconv_t cd;

	while ((cd = charset_converter(label, &next, &name)) != (iconv_t)-1) {
		trouble = NULL;
		text = from_iconv(arena, cd, name, bytes, len, &trouble);
		if (trouble == NULL) {
			*trouble_r = NULL;
			return text;
		}
		if (first == NULL) {
			first = text;
			*trouble_r = trouble;
		}
	}
	return first;
}

static char *
from_japanese(struct arena *arena, const char *bytes, size_t len, const char **trouble_r)
{
	struct buf euc = BUF_INIT;
	size_t wrong, right;
	char *text;

	if (jis_to_euc(bytes, len, &euc))
		text = from_converter(arena, " eucjp ", buf_text(&euc), euc.len, trouble_r);
	else if (memchr(bytes, 0x1b, len) != NULL)
		text = from_converter(arena, " iso2022jp2 ", bytes, len, trouble_r);
	else {		/* eight bits: it is something else */
		count_utf8(bytes, len, &wrong, &right);
		text = wrong == 0 ? str_utf8(arena, bytes, len) :
		    from_converter(arena, " shiftjis ", bytes, len, trouble_r);
	}
	buf_free(&euc);
	return text;
}

/* UTF-16 or UTF-32 that does not name its byte order: a mark tells it, else where the zeros are. */
static char *
from_wide(struct arena *arena, bool four, const char *bytes, size_t len, const char **trouble_r)
{
	size_t i, even = 0, odd = 0, skip = 0;
	bool little;

	for (i = 0; i < len && i < 4096; i++) {
		if (bytes[i] == '\0' && i % 2 == 0)
			even++;
		else if (bytes[i] == '\0')
			odd++;
	}
	little = four ? len >= 4 && bytes[0] != '\0' : odd > even;
	if (len >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0) {
		little = true;
		skip = four ? 4 : 2;
	} else if (len >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0) {
		little = false;
		skip = 2;
	} else if (four && len >= 4 && memcmp(bytes, "\0\0\xfe\xff", 4) == 0)
		skip = 4;
	else if (even + odd == 0 && len > 0)
		return from_common(arena, false, bytes, len, trouble_r);	/* a gateway made it bytes and left the label */
	if (skip > len)
		skip = len;
	return from_converter(arena, four ? little ? " utf32le " : " utf32be " : little ? " utf16le " : " utf16be ",
	    bytes + skip, len - skip, trouble_r);
}

static char *
from_hz(struct arena *arena, const char *bytes, size_t len, const char **trouble_r)
{
	struct buf gb = BUF_INIT;
	char *text;

	hz_to_gb(bytes, len, &gb);
	text = from_converter(arena, " gb18030 ", buf_text(&gb), gb.len, trouble_r);
	buf_free(&gb);
	return text;
}

/* From what is named by this folded label; NULL when nothing is. */
static char *
from_label(struct arena *arena, const char *label, const char *bytes, size_t len, const char **trouble_r)
{
	static const char common[] = " usascii ascii ansix341968 ansix341986 ansix34 iso646us iso646irv iso646 646 us cp367 "
	    "isoir6 iso88591 88591 latin1 l1 isolatin1 cp819 isoir100 cp1252 ansi msansi default unknown8bit unknown "
	    "7bit 8bit binary userdefined ia5 iso88591windows31latin1 cp5348 utf8latin1 ";
	static const char eights[] = " utf8 unicode11utf8 unicode20utf8 utf8mac cp65001 iso10646utf8 iso10646utf1 utf8n ";
	struct charset_table table;
	const char *name;
	size_t wrong, right, next = 0;
	bool is_table;

	if (strcmp(label, "  ") == 0 || strstr(common, label) != NULL)
		return from_common(arena, false, bytes, len, trouble_r);
	if (strstr(eights, label) != NULL)
		return from_common(arena, true, bytes, len, trouble_r);
	if (strstr(" iso2022jp iso2022jp1 iso2022jpms cp50220 cp50221 cp50222 jis ", label) != NULL)
		return from_japanese(arena, bytes, len, trouble_r);
	if (strstr(" utf16 ucs2 iso10646ucs2 unicode ", label) != NULL)
		return from_wide(arena, false, bytes, len, trouble_r);
	if (strcmp(label, " utf32 ") == 0)
		return from_wide(arena, true, bytes, len, trouble_r);
	if (strstr(" hzgb2312 hz ", label) != NULL)
		return from_hz(arena, bytes, len, trouble_r);
	/* UTF-8 under another name shows itself: hardly any other text of several letters is valid as that. */
	count_utf8(bytes, len, &wrong, &right);
	is_table = charset_table(label, &table);
	if (wrong == 0 && right >= (is_table && table.latin ? 1 : 5) &&
	    (is_table || charset_converter(label, &next, &name) != (iconv_t)-1))
		return str_utf8(arena, bytes, len);
	if (is_table)
		return from_table(arena, &table, bytes, len, trouble_r);
	return from_converter(arena, label, bytes, len, trouble_r);
}

char *
charset_decode(struct arena *arena, const char *charset, const char *bytes, size_t len,
    const char **trouble_r)
{
	const char *ignored = NULL;
	char label[CHARSET_LABEL_MAX], *text;

	*trouble_r = NULL;
	charset_label(charset == NULL ? "" : charset, label, sizeof(label));
	text = from_label(arena, label, bytes, len, trouble_r);
	if (text == NULL && strncmp(label, " cs", 3) == 0) {	/* IANA's other name for it */
		label[2] = ' ';
		text = from_label(arena, label + 2, bytes, len, trouble_r);
	}
	if (text != NULL)
		return text;
	*trouble_r = arena_printf(arena,
	    "is labelled \"%s\", a character set that cannot be read here; letters may be wrong",
	    str_visible(arena, charset, 40));
	return from_common(arena, false, bytes, len, &ignored);
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
