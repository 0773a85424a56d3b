/*
 * RFC 2047 encoded words, RFC 2231 parameters, ids and dates: see headers.h.
 * Runs in adviced-parse; pure but for the open converters of charset.c.
 * Invariant: whatever the bytes, an answer in valid UTF-8, in time linear in
 * their number.
 * Fails: never; what was lost is a remark.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "base/buf.h"
#include "mail/charset.h"
#include "mail/headers.h"

#define PARAM_PARTS_MAX	64

/* Bytes that belong together because they share a character set. */
struct run {
	struct buf	bytes;
	char		charset[48];	/* "" for what stands there plainly */
};

void
remark_add(struct arena *arena, struct strs *remarks, const char *sentence)
{
	if (remarks->n < HEADER_REMARKS_MAX)
		strs_add_new(arena, remarks, sentence);
}

static void
run_flush(struct arena *arena, struct run *run, struct buf *out, const char *what, struct strs *remarks)
{
	const char *trouble;
	char *text;

	if (run->bytes.len == 0)
		return;
	text = charset_decode(arena, run->charset, run->bytes.data, run->bytes.len, &trouble);
	if (trouble != NULL)
		remark_add(arena, remarks, arena_printf(arena, "The %s %s.", what, trouble));
	buf_add_str(out, text);
	buf_reset(&run->bytes);
}

static int
hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
decode_q(const char *s, size_t len, struct buf *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '_')
			buf_add_char(out, ' ');
		else if (s[i] == '=' && i + 2 < len && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			buf_add_char(out, (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2])));
			i += 2;
		} else
			buf_add_char(out, s[i]);
	}
}

/* Padding in the middle ends a group; anything foreign is passed over. */
static void
decode_b(const char *s, size_t len, struct buf *out)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0;
	int have = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		const char *at = s[i] == '\0' ? NULL : strchr(alphabet, s[i]);

		if (s[i] == '=') {
			have = 0;
			bits = 0;
		}
		if (at == NULL)
			continue;
		bits = (bits << 6 | (unsigned)(at - alphabet)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_add_char(out, (char)(bits >> have & 0xff));
		}
	}
}

/*
 * An encoded word at s (which starts with "=?"): fills charset, encoding and
 * the text's place; returns its whole length, 0 when it is none.  A word
 * that is never closed runs to the next white space.
 */
static size_t
encoded_word(const char *s, size_t len, char *charset, size_t size, char *encoding, const char **text,
    size_t *text_len)
{
	size_t i = 2, start, n = 0;

	while (i < len && s[i] != '?' && !isspace((unsigned char)s[i]) && n + 1 < size)
		charset[n++] = s[i++];
	charset[n] = '\0';
	if (n == 0 || i + 2 >= len || s[i] != '?' || s[i + 2] != '?')
		return 0;
	*encoding = (char)toupper((unsigned char)s[i + 1]);
	if (*encoding != 'B' && *encoding != 'Q')
		return 0;
	start = i += 3;
	/* Where the next word begins this one has ended, closed or not: no byte is looked at for many words. */
	while (i + 1 < len && !(s[i] == '?' && s[i + 1] == '=') &&
	    !(s[i] == ' ' && i + 2 < len && s[i + 1] == '=' && s[i + 2] == '?'))
		i++;
	*text = s + start;
	if (i + 1 < len && s[i] == '?') {
		*text_len = i - start;
		return i + 2;
	}
	for (i = start; i < len && !isspace((unsigned char)s[i]); i++)
		;
	*text_len = i - start - (i > start && s[i - 1] == '?' ? 1 : 0);
	return i;
}

/* Folding undone: line ends go, tabs are spaces. */
static char *
unfold(struct arena *arena, const char *raw, size_t *len_r)
{
	size_t len = strlen(raw), i, n = 0;
	char *out = arena_alloc(arena, len + 1);

	for (i = 0; i < len; i++) {
		if (raw[i] == '\r' || raw[i] == '\n')
			continue;
		out[n++] = raw[i] == '\t' ? ' ' : raw[i];
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	for (i = 0; i < n && out[i] == ' '; i++)
		;
	out[n] = '\0';
	*len_r = n - i;
	return out + i;
}

static bool
all_space(const char *s, size_t len)
{
	while (len > 0 && s[len - 1] == ' ')
		len--;
	return len == 0;
}

/* All encoded words of an unfolded value; *words_r counts them. */
static void
decode_words(struct arena *arena, const char *s, size_t len, const char *what, struct strs *remarks, struct buf *out,
    size_t *words_r)
{
	struct run run = { BUF_INIT, "" };
	size_t at = 0, word_end = (size_t)-1, plain = 0, n, text_len;
	const char *text;
	char charset[48], encoding;

	*words_r = 0;
	while (at < len) {
		if (s[at] != '=' || at + 1 >= len || s[at + 1] != '?' ||
		    (n = encoded_word(s + at, len - at, charset, sizeof(charset), &encoding, &text,
		    &text_len)) == 0) {
			at++;
			continue;
		}
		/* Space between two encoded words is theirs and goes; anything else stays. */
		if (at > plain && !(word_end == plain && all_space(s + plain, at - plain))) {
			run_flush(arena, &run, out, what, remarks);
			run.charset[0] = '\0';
			buf_add(&run.bytes, s + plain, at - plain);
			run_flush(arena, &run, out, what, remarks);
		}
		/* A letter may be split between words, so bytes are joined before they are decoded. */
		if (strcasecmp(run.charset, charset) != 0)
			run_flush(arena, &run, out, what, remarks);
		strcpy(run.charset, charset);
		if (encoding == 'B')
			decode_b(text, text_len, &run.bytes);
		else
			decode_q(text, text_len, &run.bytes);
		at += n;
		plain = word_end = at;
		(*words_r)++;
	}
	run_flush(arena, &run, out, what, remarks);
	run.charset[0] = '\0';
	buf_add(&run.bytes, s + plain, len - plain);
	run_flush(arena, &run, out, what, remarks);
	buf_free(&run.bytes);
}

char *
header_decode(struct arena *arena, const char *raw, const char *what, struct strs *remarks)
{
	struct buf out = BUF_INIT, again = BUF_INIT;
	size_t len, words, n;
	const char *s;
	char *result;

	if (raw == NULL)
		return arena_strdup(arena, "");
	s = unfold(arena, raw, &len);
	decode_words(arena, s, len, what, remarks, &out, &words);
	result = charset_tidy(arena, buf_text(&out));
	/* Some programs encode what was encoded already. */
	if (words > 0 && strstr(result, "=?") != NULL) {
		decode_words(arena, result, strlen(result), what, remarks, &again, &words);
		result = charset_tidy(arena, buf_text(&again));
	}
	for (n = 0; result[n] != '\0'; n++)
		if (result[n] == '\n')
			result[n] = ' ';
	buf_free(&out);
	buf_free(&again);
	return str_trim(arena, result);
}

/* One "name=value" of a parameter list at *at; the value without its quotes. */
static bool
param_next(const char **at, const char **name, size_t *name_len, struct buf *value)
{
	const char *s = *at;

	buf_reset(value);
	while (*s != '\0' && *s != ';')		/* to the next one */
		s += *s == '"' && strchr(s + 1, '"') != NULL ? strchr(s + 1, '"') - s + 1 : 1;
	if (*s == '\0')
		return false;
	for (s++; isspace((unsigned char)*s); s++)
		;
	*name = s;
	while (*s != '\0' && *s != '=' && *s != ';' && !isspace((unsigned char)*s))
		s++;
	*name_len = (size_t)(s - *name);
	while (isspace((unsigned char)*s))
		s++;
	if (*s != '=') {
		*at = s;
		return true;
	}
	for (s++; isspace((unsigned char)*s); s++)
		;
	if (*s == '"') {
		for (s++; *s != '\0' && *s != '"'; s++) {
			if (*s == '\\' && (s[1] == '"' || s[1] == '\\'))
				s++;
			buf_add_char(value, *s);
		}
		if (*s == '"')
			s++;
	} else {
		for (; *s != '\0' && *s != ';'; s++)
			buf_add_char(value, *s);
		while (value->len > 0 && isspace((unsigned char)value->data[value->len - 1]))
			value->data[--value->len] = '\0';
	}
	*at = s;
	return true;
}

struct param_part {
	int	 number;
	bool	 extended;	/* percent-coded */
	char	*value;
};

/* "filename*1*": the part's number and whether it is percent-coded; false when it is another parameter. */
static bool
param_match(const char *have, size_t len, const char *name, struct param_part *part)
{
	size_t want = strlen(name);

	part->number = -1;
	part->extended = false;
	if (len < want || strncasecmp(have, name, want) != 0)
		return false;
	if (len == want)
		return true;
	if (have[want] != '*')
		return false;
	if (len > want + 1 && isdigit((unsigned char)have[want + 1])) {
		part->number = 0;
		for (want++; want < len && isdigit((unsigned char)have[want]); want++)
			if (part->number < 1000)
				part->number = part->number * 10 + have[want] - '0';
		if (want == len)
			return true;
	}
	part->extended = have[len - 1] == '*';
	return part->extended;
}

static int
param_order(const void *a, const void *b)
{
	const struct param_part *left = a, *right = b;

	return left->number - right->number;
}

static void
percent_decode(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (*s == '%' && hex_value(s[1]) >= 0 && hex_value(s[2]) >= 0) {
			buf_add_char(out, (char)(hex_value(s[1]) << 4 | hex_value(s[2])));
			s += 2;
		} else
			buf_add_char(out, *s);
	}
}

/* The parts of one parameter, in order, as text; without any percent code they may hold encoded words. */
static char *
param_join(struct arena *arena, struct param_part *parts, size_t n, struct strs *remarks)
{
	struct buf bytes = BUF_INIT;
	char charset[48] = "";
	const char *trouble = NULL;
	bool extended = false;
	char *text;
	size_t i;

	for (i = 0; i < n; i++) {
		const char *value = parts[i].value, *first, *second;

		if (parts[i].extended && i == 0 && (first = strchr(value, '\'')) != NULL &&
		    (second = strchr(first + 1, '\'')) != NULL) {
			if ((size_t)(first - value) < sizeof(charset))
				memcpy(charset, value, (size_t)(first - value));
			value = second + 1;
		}
		extended = extended || parts[i].extended;
		if (parts[i].extended)
			percent_decode(value, &bytes);
		else
			buf_add_str(&bytes, value);
	}
	if (!extended) {
		text = header_decode(arena, buf_text(&bytes), "name of an attachment", remarks);
		buf_free(&bytes);
		return text;
	}
	text = charset_decode(arena, charset, buf_text(&bytes), bytes.len, &trouble);
	if (trouble != NULL)
		remark_add(arena, remarks, arena_printf(arena, "The name of an attachment %s.", trouble));
	buf_free(&bytes);
	return charset_tidy(arena, text);
}

/* raw, with the semicolon that some programs forget: "attachment filename=a.pdf". */
static const char *
with_semicolon(struct arena *arena, const char *raw)
{
	size_t len = strcspn(raw, "=;");

	if (raw[len] != '=')
		return raw;
	while (len > 0 && isspace((unsigned char)raw[len - 1]))
		len--;
	while (len > 0 && !isspace((unsigned char)raw[len - 1]))
		len--;
	return arena_printf(arena, ";%s", raw + len);
}

/* 'a.pdf' without the quotes that are none. */
static char *
without_quotes(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || value[0] != '\'' || value[len - 1] != '\'')
		return value;
	value[len - 1] = '\0';
	return value + 1;
}

char *
header_param(struct arena *arena, const char *raw, const char *name, struct strs *remarks)
{
	struct param_part parts[PARAM_PARTS_MAX], part;
	struct buf value = BUF_INIT;
	const char *at, *have;
	char *plain = NULL, *result = NULL;
	size_t n = 0, len;

	if (raw == NULL)
		return NULL;
	at = with_semicolon(arena, raw);
	while (param_next(&at, &have, &len, &value)) {
		if (!param_match(have, len, name, &part))
			continue;
		part.value = arena_strdup(arena, buf_text(&value));
		if (part.number < 0 && !part.extended) {
			if (plain == NULL)
				plain = part.value;
		} else if (n < PARAM_PARTS_MAX)
			parts[n++] = part;
	}
	if (n > 0) {
		qsort(parts, n, sizeof(parts[0]), param_order);
		result = param_join(arena, parts, n, remarks);
	} else if (plain != NULL)
		result = header_decode(arena, without_quotes(plain), "name of an attachment", remarks);
	buf_free(&value);
	return result;
}

void
header_ids(struct arena *arena, const char *raw, struct strs *ids)
{
	const char *s = raw, *end;

	while (s != NULL && (s = strchr(s, '<')) != NULL && (end = strchr(s, '>')) != NULL) {
		const char *start = memrchr(s, '<', (size_t)(end - s));	/* an earlier one was never closed */
		size_t len = (size_t)(end - start - 1);
		char *id = str_utf8(arena, start + 1, len > 900 ? 900 : len);

		id = str_squeeze(arena, id);
		if (*id != '\0')
			strs_add(arena, ids, id);
		s = end + 1;
	}
}

instant
header_date(const char *value)
{
	GDateTime *when;
	instant at;

	if (value == NULL || strlen(value) > 200 || strpbrk(value, "0123456789") == NULL)
		return INSTANT_NONE;
	when = g_mime_utils_header_decode_date(value);
	if (when == NULL)
		return INSTANT_NONE;
	at = g_date_time_to_unix(when);
	g_date_time_unref(when);
	return at;
}

char *
header_thread_root(struct arena *arena, const char *value)
{
	static const char digits[] = "0123456789abcdef";
	struct buf bytes = BUF_INIT;
	char *root = arena_alloc(arena, 45);
	size_t i;

	if (value != NULL && strlen(value) < 4096)
		decode_b(value, strlen(value), &bytes);
	for (i = 0; bytes.len >= 22 && i < 22; i++) {
		root[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
		root[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
	}
	buf_free(&bytes);
	return root;
}
