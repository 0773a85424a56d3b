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
	bool		has_at;		/* among words */
	bool		cut;		/* there were more than are read */
};

/* What programs put before an address: "mailto:", "SMTP:", a route of relays. */
static char *
without_route(char *s)
{
	static const char *const schemes[] = { "mailto:", "smtp:", "rfc822;", NULL };
	char *colon;
	size_t i;

	for (i = 0; schemes[i] != NULL; i++)
		if (str_starts_nocase(s, schemes[i]))
			s += strlen(schemes[i]);
	s += strspn(s, " ");
	if (*s == '@' && (colon = strrchr(s, ':')) != NULL)
		s = colon + 1;
	return s;
}

/* "someone@Example.ORG" without what people and programs put around it; domain in lower case. */
static char *
address_clean(struct arena *arena, const char *text)
{
	char *s = without_route(str_squeeze(arena, text)), *at, *space;
	size_t len;

	while (*s != '\0' && strchr("'\"<([ ", *s) != NULL)
		s++;
	s = without_route(s);
	len = strlen(s);
	while (len > 0 && strchr("'\"> ;,.])", s[len - 1]) != NULL)
		s[--len] = '\0';
	at = strrchr(s, '@');
	if (at == NULL || at == s || at[1] == '\0' || len > 320)
		return arena_strdup(arena, "");
	/* "someone @example.org", as lines are broken */
	if (at[1] == ' ')
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	if (at[-1] == ' ' && at - 1 > s) {
		memmove(at - 1, at, strlen(at) + 1);
		at--;
	}
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
	entry->has_angle = entry->has_at = false;
}

/* "Ada Byron ada@example.org", brackets forgotten: the last word, and what stands before it. */
static char *
address_last(struct arena *arena, const char *text, const char **name_r)
{
	char *all = str_trim(arena, text), *space = strrchr(all, ' '), *address;

	if (space == NULL || strchr(space, '@') == NULL)
		return arena_strdup(arena, "");
	address = address_clean(arena, space + 1);
	if (*address == '\0')
		return address;
	*space = '\0';
	*name_r = all;
	return address;
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
	if (*address == '\0' && !entry->has_angle)
		address = address_last(arena, name, &name);
	if (*address == '\0') {
		if (*str_trim(arena, name) != '\0') {
			if (pending->len > 0)
				buf_add_str(pending, ", ");
			buf_add_str(pending, name);
		}
	} else if (list->n >= ADDRESSES_MAX) {
		if (!entry->cut)
			remark_add(arena, remarks, arena_printf(arena, "The %s has more than %d addresses; the rest was not read.",
			    what, ADDRESSES_MAX));
		entry->cut = true;
	} else {
		if (pending->len > 0 && *str_trim(arena, name) != '\0') {
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

static void
cut(struct buf *buf, size_t len)
{
	buf->len = len;
	if (buf->data != NULL)
		buf->data[len] = '\0';
}

/* Copy a quoted string's text; returns the place of its closing quote, NULL when it is never closed. */
static const char *
take_quoted(const char *s, struct buf *out)
{
	size_t before = out->len;

	for (s++; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buf_add_char(out, *s);
	}
	if (*s != '\0')
		return s;
	cut(out, before);
	return NULL;
}

/* The same for a comment. */
static const char *
take_comment(const char *s, struct buf *out)
{
	size_t before = out->len;
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
	cut(out, before);
	return NULL;
}

/* What stands in < >; returns the place of the closing one, or of what shows that it is missing. */
static const char *
take_angle(const char *s, struct buf *out)
{
	size_t len = strcspn(s + 1, "<>");

	if (s[1 + len] == '<')		/* another begins: this one ends with its entry */
		len = strcspn(s + 1, "<,;\r\n");
	buf_reset(out);
	buf_add(out, s + 1, len);
	s += 1 + len;
	while (*s == '>' && s[1] == '>')
		s++;
	return *s == '>' ? s : s - 1;
}

void
address_parse(struct arena *arena, const char *raw, const char *what, struct strs *remarks,
    struct mail_addresses *list)
{
	struct entry entry = { .words = BUF_INIT };
	struct buf pending = BUF_INIT;
	bool quotes = true, comments = true;	/* until one is found open: it is not looked for twice */
	const char *s, *end;

	for (s = raw == NULL ? "" : raw; *s != '\0'; s++) {
		if (*s == '"') {
			end = quotes ? take_quoted(s, &entry.words) : NULL;
			quotes = end != NULL;
			entry.has_at = entry.has_at || (quotes && memchr(s, '@', (size_t)(end - s)) != NULL);
			s = quotes ? end : s;
		} else if (*s == '(') {
			end = comments ? take_comment(s, &entry.comment) : NULL;
			comments = end != NULL;
			if (!comments)		/* up to the address */
				s += strcspn(s, "<,;") - 1;
			s = comments ? end : s;
		} else if (*s == '<' && s[1] != '<') {
			entry.has_angle = true;
			s = take_angle(s, &entry.angle);
		} else if (*s == ',' || *s == ';')
			entry_end(arena, &entry, &pending, what, remarks, list);
		else if (*s == ':' && !entry.has_angle && !entry.has_at &&
		    !str_same(str_trim(arena, buf_text(&entry.words)), "mailto"))
			entry_reset(&entry);	/* a group's name */
		else if (*s != '<') {
			buf_add_char(&entry.words, *s);
			entry.has_at = entry.has_at || *s == '@';
		}
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
