/*
 * Reading JSON: by recursive descent over bytes that are known to be UTF-8.
 * Any role that asks a server something.
 * Invariant: no byte behind the end is looked at; depth, size and the number
 * of values are bounded before memory is taken for them.
 * Fails: ERR_RETRY, saying at which byte it is no JSON.
 */
#include "base/json_read.h"

#include <glib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define VALUES_MAX	4096

struct scan {
	struct arena	*arena;
	const char	*at, *begin, *end;
	struct buf	 text;		/* of the string being read */
	size_t		 values;
	int		 depth;
};

static bool read_value(struct scan *scan, struct json *json);

static void
skip_space(struct scan *scan)
{
	while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0')
		scan->at++;
}

static bool
take(struct scan *scan, char c)
{
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
take_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return false;
	scan->at += len;
	return true;
}

/* ---- Texts */

static bool
read_hex4(struct scan *scan, gunichar *c_r)
{
	*c_r = 0;
	if (scan->end - scan->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(*scan->at++);

		if (digit == -1)
			return false;
		*c_r = *c_r << 4 | (gunichar)digit;
	}
	return true;
}

/* Behind "\u": one half of UTF-16 alone is no character. */
static bool
read_unicode(struct scan *scan)
{
	gunichar c, low;
	char bytes[6];

	if (!read_hex4(scan, &c) || c == 0 || (c >= 0xdc00 && c <= 0xdfff))
		return false;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!take_word(scan, "\\u") || !read_hex4(scan, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	buf_add(&scan->text, bytes, (size_t)g_unichar_to_utf8(c, bytes));
	return true;
}

static bool
read_escape(struct scan *scan)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (scan->at == scan->end || *scan->at == '\0')
		return false;
	if (*scan->at == 'u') {
		scan->at++;
		return read_unicode(scan);
	}
	if ((found = strchr(names, *scan->at)) == NULL)
		return false;
	buf_add_char(&scan->text, means[found - names]);
	scan->at++;
	return true;
}

static const char *
read_text(struct scan *scan)
{
	if (!take(scan, '"'))
		return NULL;
	buf_reset(&scan->text);
	while (scan->at < scan->end && *scan->at != '"') {
		unsigned char c = (unsigned char)*scan->at++;

		if (c < 0x20 || (c == '\\' && !read_escape(scan)))
			return NULL;
		if (c != '\\')
			buf_add_char(&scan->text, (char)c);
	}
	return take(scan, '"') ? arena_strdup(scan->arena, buf_text(&scan->text)) : NULL;
}

/* ---- Values */

static size_t
digits(struct scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && g_ascii_isdigit(*scan->at))
		scan->at++;
	return (size_t)(scan->at - from);
}

static bool
next_is(const struct scan *scan, const char *any)
{
	return scan->at < scan->end && *scan->at != '\0' && strchr(any, *scan->at) != NULL;
}

static bool
read_number(struct scan *scan, struct json *json)
{
	const char *from = scan->at;

	json->type = JSON_NUMBER;
	scan->at += next_is(scan, "-");
	if (next_is(scan, "0")) {
		scan->at++;	/* no digit may follow */
		if (next_is(scan, "0123456789"))
			return false;
	} else if (digits(scan) == 0)
		return false;
	if (next_is(scan, ".")) {
		scan->at++;
		if (digits(scan) == 0)
			return false;
	}
	if (next_is(scan, "eE")) {
		scan->at++;
		scan->at += next_is(scan, "+-");
		if (digits(scan) == 0)
			return false;
	}
	json->text = arena_strndup(scan->arena, from, (size_t)(scan->at - from));
	return true;
}

static bool
read_item(struct scan *scan, struct json *json, bool named)
{
	struct json *item;
	const char *name = NULL;

	if (named) {
		if ((name = read_text(scan)) == NULL || json_member(json, name) != NULL || !take(scan, ':'))
			return false;
	}
	item = arena_push(scan->arena, json->items, json->count);
	if (!read_value(scan, item))
		return false;
	item->name = name;
	return true;
}

static bool
read_items(struct scan *scan, struct json *json, char closing)
{
	json->type = closing == '}' ? JSON_OBJECT : JSON_LIST;
	if (++scan->depth > JSON_DEPTH_MAX)
		return false;
	if (!take(scan, closing)) {
		do {
			if (!read_item(scan, json, closing == '}'))
				return false;
		} while (take(scan, ','));
		if (!take(scan, closing))
			return false;
	}
	scan->depth--;
	return true;
}

static bool
read_value(struct scan *scan, struct json *json)
{
	skip_space(scan);
	if (scan->at == scan->end || ++scan->values > VALUES_MAX)
		return false;
	switch (*scan->at) {
	case '{':
		scan->at++;
		return read_items(scan, json, '}');
	case '[':
		scan->at++;
		return read_items(scan, json, ']');
	case '"':
		json->type = JSON_TEXT;
		return (json->text = read_text(scan)) != NULL;
	case 't':
		json->type = JSON_TRUE;
		return take_word(scan, "true");
	case 'f':
		json->type = JSON_FALSE;
		return take_word(scan, "false");
	case 'n':
		json->type = JSON_NULL;
		return take_word(scan, "null");
	default:
		return read_number(scan, json);
	}
}

int
json_read(struct arena *arena, const char *data, size_t len, const struct json **json_r, struct err *err)
{
	struct scan scan = { .arena = arena, .at = data, .begin = data, .end = data + len };
	struct json *json = arena_alloc(arena, sizeof(*json));
	bool well;

	*json_r = NULL;
	if (len > JSON_SIZE_MAX)
		return err_set(err, ERR_RETRY, "this is too much JSON (%zu bytes)", len);
	if (!g_utf8_validate_len(data, len, NULL))
		return err_set(err, ERR_RETRY, "this is no JSON: it is not UTF-8");
	well = read_value(&scan, json);
	skip_space(&scan);
	if (scan.text.data != NULL)
		explicit_bzero(scan.text.data, scan.text.size);
	buf_free(&scan.text);
	if (!well || scan.at != scan.end)
		return err_set(err, ERR_RETRY, "this is no JSON, or not such as is read here (byte %zu)",
		    (size_t)(scan.at - scan.begin));
	*json_r = json;
	return 0;
}

/* ---- Asking */

const struct json *
json_member(const struct json *json, const char *name)
{
	if (json == NULL || json->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < json->count; i++)
		if (json->items[i].name != NULL && strcmp(json->items[i].name, name) == 0)
			return &json->items[i];
	return NULL;
}

const char *
json_member_text(const struct json *json, const char *name)
{
	const struct json *member = json_member(json, name);

	return member != NULL && member->type == JSON_TEXT ? member->text : NULL;
}

bool
json_member_number(const struct json *json, const char *name, long lo, long hi, long *value_r)
{
	const struct json *member = json_member(json, name);

	return member != NULL && (member->type == JSON_NUMBER || member->type == JSON_TEXT) &&
	    str_number(member->text, lo, hi, value_r);
}
