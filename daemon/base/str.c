/*
 * Lists of strings, and ASCII and UTF-8 text.  Any role.  Invariant: everything
 * returned lies in the caller's arena and ends in NUL.
 * Fails: never.
 */
#include "base/str.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */
#define NEAREST_MAX	48		/* longer words are not compared */

void
strs_add(struct arena *arena, struct strs *list, const char *text)
{
	const char	**item = arena_push(arena, list->v, list->n);

	*item = text;
}

void
strs_add_new(struct arena *arena, struct strs *list, const char *text)
{
	if (!strs_has_nocase(list, text))
		strs_add(arena, list, text);
}

bool
strs_has(const struct strs *list, const char *text)
{
	size_t	i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], text) == 0)
			return true;
	}
	return false;
}

bool
strs_has_nocase(const struct strs *list, const char *text)
{
	size_t	i;

	for (i = 0; i < list->n; i++) {
		if (str_same(list->v[i], text))
			return true;
	}
	return false;
}

char *
strs_join(struct arena *arena, const struct strs *list, const char *between)
{
	size_t	i, len, size = 1, between_len = strlen(between);
	char	*text, *end;

	for (i = 0; i < list->n; i++)
		size += strlen(list->v[i]) + between_len;
	text = end = arena_alloc(arena, size);
	for (i = 0; i < list->n; i++) {
		if (i > 0)
			end = mempcpy(end, between, between_len);
		len = strlen(list->v[i]);
		end = mempcpy(end, list->v[i], len);
	}
	return text;
}

bool
str_same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return g_ascii_strcasecmp(a, b) == 0;
}

bool
str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_starts_nocase(const char *text, const char *prefix)
{
	return g_ascii_strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_ends_nocase(const char *text, const char *suffix)
{
	size_t	len = strlen(text), suffix_len = strlen(suffix);

	return len >= suffix_len && str_same(text + len - suffix_len, suffix);
}

/* Bytes of the white-space character at s, 0 if it is none. */
static size_t
space_at(const char *s)
{
	const unsigned char	*b = (const unsigned char *)s;

	if (b[0] == ' ' || (b[0] >= '\t' && b[0] <= '\r'))
		return 1;
	if (b[0] < 0xc2 || b[0] > 0xe3)
		return 0;
	if (b[0] == 0xc2)
		return b[1] == 0xa0 || b[1] == 0x85 ? 2 : 0;
	if (b[0] == 0xe2 && b[1] == 0x80)	/* U+2000 to U+200A, line ends, narrow */
		return (b[2] >= 0x80 && b[2] <= 0x8a) || b[2] == 0xa8 || b[2] == 0xa9 ||
		    b[2] == 0xaf ? 3 : 0;
	if ((b[0] == 0xe2 && b[1] == 0x81 && b[2] == 0x9f) ||
	    (b[0] == 0xe3 && b[1] == 0x80 && b[2] == 0x80))
		return 3;
	return 0;
}

/* Is b the last byte of some white-space character that may be of several bytes? */
static bool
may_end_space(unsigned char b)
{
	return b <= ' ' || (b >= 0x80 && b <= 0xaf);
}

char *
str_trim(struct arena *arena, const char *text)
{
	size_t	len, space, i;

	while ((space = space_at(text)) > 0)
		text += space;
	len = strlen(text);
	while (len > 0 && may_end_space((unsigned char)text[len - 1])) {
		for (i = 1; i <= 3 && i <= len; i++) {
			if (space_at(text + len - i) == i)
				break;
		}
		if (i > 3 || i > len)
			break;
		len -= i;
	}
	return arena_strndup(arena, text, len);
}

char *
str_squeeze(struct arena *arena, const char *text)
{
	char		*start = arena_alloc(arena, strlen(text) + 1), *end = start;
	size_t		 space;
	unsigned char	 c;

	while ((c = (unsigned char)*text) != '\0') {
		if (c > ' ' && c < 0xc2) {
			*end++ = *text++;
		} else if ((space = space_at(text)) == 0) {
			*end++ = *text++;
		} else {
			if (end > start && end[-1] != ' ')
				*end++ = ' ';
			text += space;
		}
	}
	if (end > start && end[-1] == ' ')
		end--;
	*end = '\0';
	return start;
}

const char *
str_cut(struct arena *arena, const char *text, size_t max)
{
	if (strlen(text) <= max)
		return text;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return arena_strndup(arena, text, max);
}

char *
str_lower(struct arena *arena, const char *text)
{
	size_t		 len = strlen(text);
	const char	*stop = text + len;
	/* A letter of two bytes may become one of three, never more. */
	char		*start = arena_alloc(arena, len + len / 2 + 1), *end = start;
	gunichar	 c;

	while (text < stop) {
		if ((unsigned char)*text < 0x80) {
			*end++ = g_ascii_tolower(*text++);
			continue;
		}
		c = g_utf8_get_char_validated(text, stop - text);
		if (c == (gunichar)-1 || c == (gunichar)-2) {
			*end++ = *text++;
			continue;
		}
		end += g_unichar_to_utf8(g_unichar_tolower(c), end);
		text = g_utf8_next_char(text);
	}
	*end = '\0';
	return start;
}

/* Letters that do not come apart into a base letter and a mark. */
static const char *
plain_letters(gunichar c)
{
	static const struct { gunichar c; const char *plain; } letters[] = {
		{ 0xdf, "ss" }, { 0xe6, "ae" }, { 0xf0, "d" }, { 0xf8, "o" }, { 0xfe, "th" },
		{ 0x111, "d" }, { 0x127, "h" }, { 0x131, "i" }, { 0x142, "l" }, { 0x153, "oe" },
		{ 0x167, "t" }, { 0x1e9e, "ss" }
	};
	size_t	i;

	for (i = 0; i < G_N_ELEMENTS(letters); i++) {
		if (letters[i].c == c)
			return letters[i].plain;
	}
	return NULL;
}

static bool
is_apostrophe(gunichar c)
{
	return c == '\'' || c == '`' || c == 0xb4 || (c >= 0x2b9 && c <= 0x2bf) || c == 0x2c8 ||
	    (c >= 0x2018 && c <= 0x201b) || c == 0x2032 || c == 0xff07;
}

static void
fold_space(struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		buf_add_char(out, ' ');
}

/* As fold_char(), which asks tables about each: nearly all letters are these. */
static void
fold_ascii(struct buf *out, char c)
{
	if (g_ascii_isalnum(c))
		buf_add_char(out, g_ascii_tolower(c));
	else
		fold_space(out);
}

/* Letters and digits in lower case; apostrophes and marks are nothing, all else is a space. */
static void
fold_char(struct buf *out, gunichar c)
{
	const char	*plain;
	char		 utf8[8];

	if (is_apostrophe(c) || g_unichar_ismark(c) || g_unichar_type(c) == G_UNICODE_FORMAT)
		return;
	c = g_unichar_tolower(c);
	if ((plain = plain_letters(c)) != NULL)
		buf_add_str(out, plain);
	else if (g_unichar_isalnum(c))
		buf_add(out, utf8, (size_t)g_unichar_to_utf8(c, utf8));
	else
		fold_space(out);
}

/*
 * Compatibility forms are opened only after apostrophes have gone, because
 * opening turns U+00B4 into a space and a mark.
 */
static void
fold_part(struct buf *out, const char *text, size_t len)
{
	const char	*end = text + len;
	gunichar	 open[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	size_t		 i, n;

	for (; text < end; text = g_utf8_next_char(text)) {
		gunichar	c = g_utf8_get_char(text);

		if (is_apostrophe(c))
			continue;
		if (c < 0x80) {
			fold_ascii(out, (char)c);
			continue;
		}
		n = g_unichar_fully_decompose(c, TRUE, open, G_N_ELEMENTS(open));
		for (i = 0; i < n; i++)
			fold_char(out, open[i]);
	}
}

bool
str_is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

uint32_t
str_hash(const char *text, size_t len)
{
	uint32_t	hash = 2166136261u;

	for (; len > 0; len--)
		hash = (hash ^ (unsigned char)*text++) * 16777619u;
	return hash;
}

/* As fold_part() into room enough, for the most names; where what was written ends. */
static char *
fold_plain(char *start, char *to, const char *text, const char *end)
{
	for (; text < end; text++)
		if (g_ascii_isalnum(*text))
			*to++ = g_ascii_tolower(*text);
		else if (!is_apostrophe((unsigned char)*text) && to > start && to[-1] != ' ')
			*to++ = ' ';
	return to;
}

static char *
fold_ascii_name(struct arena *arena, const char *name)
{
	size_t		 len = strlen(name);
	char		*folded = arena_alloc(arena, len + 2), *to = folded;
	const char	*comma = memchr(name, ',', len);

	if (comma != NULL) {
		to = fold_plain(folded, to, comma + 1, name + len);
		if (to > folded && to[-1] != ' ')
			*to++ = ' ';
	}
	to = fold_plain(folded, to, name, comma == NULL ? name + len : comma);
	if (to > folded && to[-1] == ' ')
		to--;
	*to = '\0';
	return folded;
}

char *
str_fold_name(struct arena *arena, const char *name)
{
	struct buf	 out = BUF_INIT;
	const char	*comma;
	char		*folded;

	if (str_is_ascii(name))
		return fold_ascii_name(arena, name);
	name = str_utf8(arena, name, strlen(name));
	comma = strchr(name, ',');
	if (comma != NULL) {
		fold_part(&out, comma + 1, strlen(comma + 1));
		fold_space(&out);
		fold_part(&out, name, (size_t)(comma - name));
	} else
		fold_part(&out, name, strlen(name));
	folded = str_trim(arena, buf_text(&out));
	buf_free(&out);
	return folded;
}

/* Does c, shown as it is, look like nothing or change how its neighbours are shown? */
static bool
is_unshowable(gunichar c)
{
	GUnicodeType	type = g_unichar_type(c);

	return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
	    type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *
str_visible(struct arena *arena, const char *text, size_t max)
{
	struct buf	 out = BUF_INIT;
	const char	*stop = text + strlen(text);
	char		 piece[16], *shown;
	size_t		 bytes, len;

	while (text < stop) {
		gunichar	c = g_utf8_get_char_validated(text, stop - text);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			bytes = 1;
			len = (size_t)g_snprintf(piece, sizeof(piece), "\\x%02x",
			    (unsigned char)*text);
		} else if (is_unshowable(c)) {
			bytes = (size_t)(g_utf8_next_char(text) - text);
			len = (size_t)g_snprintf(piece, sizeof(piece),
			    c < 0x100 ? "\\x%02x" : "\\u{%x}", c);
		} else {
			bytes = len = (size_t)(g_utf8_next_char(text) - text);
			memcpy(piece, text, len);
		}
		if (len > max - out.len)
			break;
		buf_add(&out, piece, len);
		text += bytes;
	}
	shown = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return shown;
}

char *
str_utf8(struct arena *arena, const char *bytes, size_t len)
{
	struct buf	 out = BUF_INIT;
	const char	*end;
	char		*text;

	if (g_utf8_validate_len(bytes, len, NULL))
		return arena_strndup(arena, bytes, len);
	while (len > 0) {
		g_utf8_validate_len(bytes, len, &end);
		buf_add(&out, bytes, (size_t)(end - bytes));
		len -= (size_t)(end - bytes);
		bytes = end;
		if (len > 0) {
			buf_add_str(&out, REPLACEMENT);
			bytes++;
			len--;
		}
	}
	text = arena_memdup(arena, out.data, out.len + 1);
	buf_free(&out);
	return text;
}

/* Letters to change, add, drop or swap with their neighbour to make a into b. */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t	row[3][NEAREST_MAX + 1], i, j;
	size_t	*before = row[0], *above = row[1], *here = row[2], *swap;

	for (j = 0; j <= b_len; j++)
		above[j] = before[j] = j;
	for (i = 1; i <= a_len; i++) {
		here[0] = i;
		for (j = 1; j <= b_len; j++) {
			char	x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);

			here[j] = above[j - 1] + (x != y);
			here[j] = MIN(here[j], above[j] + 1);
			here[j] = MIN(here[j], here[j - 1] + 1);
			if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) &&
			    y == g_ascii_tolower(a[i - 2]))
				here[j] = MIN(here[j], before[j - 2] + 1);
		}
		swap = before;
		before = above;
		above = here;
		here = swap;
	}
	return above[b_len];
}

const char *
str_nearest(const char *text, const char *const *list)
{
	const char	*nearest = NULL;
	size_t		 len = strlen(text), item_len, distance;
	size_t		 best = len < 4 ? 1 : len < 8 ? 2 : 3;

	if (len == 0 || len > NEAREST_MAX)
		return NULL;
	for (; *list != NULL; list++) {
		item_len = strlen(*list);
		if (item_len == 0 || item_len > NEAREST_MAX)
			continue;
		distance = edit_distance(text, len, *list, item_len);
		if (distance >= len || distance > best || (distance == best && nearest != NULL))
			continue;
		best = distance;
		nearest = *list;
	}
	return nearest;
}

bool
str_number(const char *text, long lo, long hi, long *value_r)
{
	const char	*digits = text[0] == '-' ? text + 1 : text;
	char		*end;
	long		 value;

	if (!g_ascii_isdigit(digits[0]))
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < lo || value > hi)
		return false;
	*value_r = value;
	return true;
}
