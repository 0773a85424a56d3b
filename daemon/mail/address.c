/*
 * Addresses in headers as real mail writes them: see headers.h.  Runs in
 * adviced-parse; pure.
 * Invariant: a name never becomes part of an address, nor an address part of
 * a name; what has no "@" is only ever a name.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "mail/headers.h"

#define ADDRESSES_MAX	500

/* One entry while it is being read. */
struct entry {
	struct buf	words;		/* what stands outside < > and ( ) */
	struct buf	angle;
	struct buf	comment;
	bool		has_angle;
};

/* "someone@Example.ORG" without what people and programs put around it; domain in lower case. */
static char *
address_clean(struct arena *arena, const char *text)
{
	char *s = str_squeeze(arena, text), *at, *space;
	size_t len;

	if (str_starts_nocase(s, "mailto:"))
		s += 7;
	while (*s == '\'' || *s == '"' || *s == '<' || *s == ' ')
		s++;
	len = strlen(s);
	while (len > 0 && strchr("'\"> ;,.]", s[len - 1]) != NULL)
		s[--len] = '\0';
	at = strrchr(s, '@');
	if (at == NULL || at == s || at[1] == '\0' || len > 320)
		return arena_strdup(arena, "");
	for (space = at; *space != '\0'; space++)
		*space = (char)tolower((unsigned char)*space);
	for (space = s; *space != '\0'; space++)
		if (isspace((unsigned char)*space) || *space == ',' || *space == '<' || *space == '>')
			return arena_strdup(arena, "");
	return str_utf8(arena, s, strlen(s));
}

/* A display name decoded, without the quotes that Outlook adds inside. */
static char *
name_clean(struct arena *arena, const char *raw, const char *what, struct strs *remarks)
{
	char *name = str_squeeze(arena, header_decode(arena, raw, what, remarks));
	size_t len = strlen(name);

	if (len >= 2 && (name[0] == '\'' || name[0] == '"') && name[len - 1] == name[0]) {
		name[len - 1] = '\0';
		name++;
	}
	return str_trim(arena, name);
}

static void
entry_reset(struct entry *entry)
{
	buf_reset(&entry->words);
	buf_reset(&entry->angle);
	buf_reset(&entry->comment);
	entry->has_angle = false;
}

/*
 * Put the entry on the list.  One without any address is held back in
 * pending: "Achebe, Rosalind <r@x>" unquoted comes as two.
 */
static void
entry_end(struct arena *arena, struct entry *entry, struct buf *pending, const char *what,
    struct strs *remarks, struct mail_addresses *list)
{
	const char *address = "", *name = buf_text(&entry->words);
	struct mail_address *one;

	if (entry->has_angle)
		address = address_clean(arena, buf_text(&entry->angle));
	if (*address == '\0') {
		address = address_clean(arena, name);
		if (*address != '\0')
			name = buf_text(&entry->comment);
	}
	if (*address == '\0') {
		if (*str_trim(arena, name) != '\0') {
			if (pending->len > 0)
				buf_add_str(pending, ", ");
			buf_add_str(pending, name);
		}
	} else if (list->n < ADDRESSES_MAX) {
		if (pending->len > 0 && entry->has_angle) {
			buf_add_str(pending, ", ");
			buf_add_str(pending, name);
			name = buf_text(pending);
		}
		one = arena_push(arena, list->v, list->n);
		one->name = name_clean(arena, name, what, remarks);
		one->address = address;
		buf_reset(pending);
	}
	entry_reset(entry);
}

/* Copy a quoted string's text; returns the place of its closing quote (or the end). */
static const char *
take_quoted(const char *s, struct buf *out)
{
	for (s++; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buf_add_char(out, *s);
	}
	return *s == '\0' ? s - 1 : s;
}

static const char *
take_comment(const char *s, struct buf *out)
{
	int depth = 1;

	for (s++; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '(')
			depth++;
		else if (*s == ')' && --depth == 0)
			return s;
		buf_add_char(out, *s);
	}
	return s - 1;
}

void
address_parse(struct arena *arena, const char *raw, const char *what, struct strs *remarks,
    struct mail_addresses *list)
{
	struct entry entry = { BUF_INIT, BUF_INIT, BUF_INIT, false };
	struct buf pending = BUF_INIT;
	const char *s;

	for (s = raw == NULL ? "" : raw; *s != '\0'; s++) {
		if (*s == '"')
			s = take_quoted(s, &entry.words);
		else if (*s == '(')
			s = take_comment(s, &entry.comment);
		else if (*s == '<') {
			const char *end = strpbrk(s + 1, ">\r\n");

			entry.has_angle = true;
			buf_reset(&entry.angle);
			buf_add(&entry.angle, s + 1, end == NULL ? strlen(s + 1) : (size_t)(end - s - 1));
			if (end == NULL)
				break;
			s = end;
		} else if (*s == ',' || *s == ';')
			entry_end(arena, &entry, &pending, what, remarks, list);
		else if (*s == ':' && !entry.has_angle && strchr(buf_text(&entry.words), '@') == NULL &&
		    !str_same(str_trim(arena, buf_text(&entry.words)), "mailto"))
			entry_reset(&entry);	/* a group's name */
		else
			buf_add_char(&entry.words, *s);
	}
	entry_end(arena, &entry, &pending, what, remarks, list);
	if (list->n == 0 && pending.len > 0) {
		struct mail_address *one = arena_push(arena, list->v, list->n);

		one->name = name_clean(arena, buf_text(&pending), what, remarks);
		one->address = arena_strdup(arena, "");
	}
	buf_free(&entry.words);
	buf_free(&entry.angle);
	buf_free(&entry.comment);
	buf_free(&pending);
}
