/*
 * Folder names for the wire.  Pure.
 * Invariant: the result is printable ASCII, whatever comes in; control
 * characters and bad UTF-8 become U+FFFD.
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
