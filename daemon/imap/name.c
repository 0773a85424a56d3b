/*
 * Folder names for the wire.  Pure.
 * Invariant: what is encoded is printable ASCII, what is decoded is UTF-8,
 * whatever comes in; control characters and bad UTF-8 become U+FFFD.
 * Fails: never.
 */
#include "imap/name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

struct shifted {
	struct buf	*out;
	uint32_t	 bits;
	int		 count;
	bool		 on;
};

/* The next character of p; *p moves on. */
static uint32_t
next_char(const unsigned char **p)
{
	const unsigned char *s = *p;
	int more = s[0] >= 0xf0 && s[0] < 0xf5 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc2 ? 1 : 0;
	uint32_t c = more == 3 ? s[0] & 0x07u : more == 2 ? s[0] & 0x0fu : s[0] & 0x1fu;

	*p = s + 1;
	if (s[0] < 0x80)
		return s[0] < 0x20 || s[0] == 0x7f ? 0xfffd : s[0];
	if (more == 0 || s[0] >= 0xf5)
		return 0xfffd;
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (s[i] & 0x3fu);
	}
	/* Longer than it need be, or half of a pair: no character. */
	if ((more == 2 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) || (more == 3 && (c < 0x10000 || c > 0x10ffff)))
		return 0xfffd;
	*p = s + 1 + more;
	return c;
}

static void
put_unit(struct shifted *to, uint32_t unit)
{
	if (!to->on) {
		buf_add_char(to->out, '&');
		to->on = true;
		to->bits = 0;
		to->count = 0;
	}
	to->bits = to->bits << 16 | unit;
	for (to->count += 16; to->count >= 6; to->count -= 6)
		buf_add_char(to->out, base64[to->bits >> (to->count - 6) & 63]);
}

static void
shift_back(struct shifted *to)
{
	if (!to->on)
		return;
	if (to->count > 0)
		buf_add_char(to->out, base64[to->bits << (6 - to->count) & 63]);
	buf_add_char(to->out, '-');
	to->on = false;
}

void
name_encode(const char *folder, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)folder;
	struct shifted to = { out, 0, 0, false };

	while (*p != '\0') {
		uint32_t c = next_char(&p);

		if (c >= 0x10000) {
			put_unit(&to, 0xd800 + ((c - 0x10000) >> 10));
			put_unit(&to, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else if (c >= 0x80) {
			put_unit(&to, c);
		} else {
			shift_back(&to);
			if (c == '&')
				buf_add_str(out, "&-");
			else
				buf_add_char(out, (char)c);
		}
	}
	shift_back(&to);
}

static void
put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
		return;
	}
	if (c < 0x800)
		buf_add_char(out, (char)(0xc0 | c >> 6));
	else {
		if (c < 0x10000)
			buf_add_char(out, (char)(0xe0 | c >> 12));
		else {
			buf_add_char(out, (char)(0xf0 | c >> 18));
			buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* One "&...-" behind the "&"; the end of it, or NULL if it is none. */
static const char *
decode_shifted(const char *p, struct buf *out)
{
	uint32_t bits = 0, high = 0;
	const char *digit;
	int count = 0;

	for (; *p != '-'; p++) {
		if (*p == '\0' || (digit = strchr(base64, *p)) == NULL)
			return NULL;
		bits = bits << 6 | (uint32_t)(digit - base64);
		if ((count += 6) < 16)
			continue;
		count -= 16;
		uint32_t unit = bits >> count & 0xffff;

		if (high != 0) {
			if (unit < 0xdc00 || unit > 0xdfff)
				return NULL;
			put_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
			high = 0;
		} else if (unit >= 0xd800 && unit <= 0xdbff)
			high = unit;
		else if (unit < 0x20 || (unit >= 0xdc00 && unit <= 0xdfff))
			return NULL;
		else
			put_utf8(out, unit);
	}
	return high == 0 && count < 6 ? p + 1 : NULL;
}

static bool
decode_all(const char *wire, struct buf *out)
{
	for (const char *p = wire; *p != '\0'; ) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return false;
		if (*p != '&')
			buf_add_char(out, *p++);
		else if (p[1] == '-') {
			buf_add_char(out, '&');
			p += 2;
		} else if ((p = decode_shifted(p + 1, out)) == NULL)
			return false;
	}
	return true;
}

void
name_decode(const char *wire, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)wire;
	struct buf text = BUF_INIT;

	if (decode_all(wire, &text))
		buf_add(out, text.data, text.len);
	else
		while (*p != '\0')
			put_utf8(out, next_char(&p));
	buf_free(&text);
}
