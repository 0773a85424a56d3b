/*
 * Base64 in both alphabets.  Any role.  Invariant: what was encoded decodes to
 * the same bytes; bits that stand for nothing are not accepted.
 * Fails: decoding says so, and leaves what was there.
 */
#include "base/base64.h"

#include <stdint.h>

static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
add(struct buf *out, const unsigned char *data, size_t len, const char *digits, bool padded)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)(left > 1 ? data[i + 1] : 0) << 8 |
		    (left > 2 ? data[i + 2] : 0);

		buf_add_char(out, digits[group >> 18 & 63]);
		buf_add_char(out, digits[group >> 12 & 63]);
		if (left > 1 || padded)
			buf_add_char(out, left > 1 ? digits[group >> 6 & 63] : '=');
		if (left > 2 || padded)
			buf_add_char(out, left > 2 ? digits[group & 63] : '=');
	}
}

void
base64_add(struct buf *out, const void *data, size_t len)
{
	add(out, data, len, usual, true);
}

void
base64url_add(struct buf *out, const void *data, size_t len)
{
	add(out, data, len, safe, false);
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool
base64_decode(struct buf *out, const char *text, size_t len)
{
	size_t before = out->len;
	uint32_t bits = 0;
	int count = 0, value;

	/* Padding, where there is any, fills the last group of four. */
	if (len > 0 && len % 4 == 0 && text[len - 1] == '=')
		len -= text[len - 2] == '=' ? 2 : 1;
	for (size_t i = 0; i < len; i++) {
		if ((value = value_of(text[i])) == -1)
			goto wrong;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_add_char(out, (char)(bits >> count & 0xff));
		}
	}
	if (count < 6 && (bits & ((1u << count) - 1)) == 0)
		return true;
wrong:
	out->len = before;
	if (out->data != NULL)
		out->data[before] = '\0';
	return false;
}
