/*
 * What a server tells of its folders, and which of them is meant.  Pure.
 * Invariant: whatever the server says, the name found is one that it listed
 * or the configuration's own beneath the prefix, without control characters.
 * Fails: never; lines that are no LIST or NAMESPACE are passed over.
 */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/arena.h"
#include "base/str.h"
#include "imap/name.h"
#include "imap/place.h"

#define PLACES_MAX	20000

/* ---- Reading a line */

/* An atom, or a quoted string; the place behind it, or NULL. */
static const char *
take_string(const char *p, struct buf *out)
{
	p += strspn(p, " ");
	if (*p != '"') {
		size_t len = strcspn(p, " ()\"");

		buf_add(out, p, len);
		return len > 0 ? p + len : NULL;
	}
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
		buf_add_char(out, *p);
	}
	return p + 1;
}

static bool
has_word(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (const char *p = text; p + word_len <= text + len; p++)
		if (strncasecmp(p, word, word_len) == 0 && (p[word_len] == ' ' || p[word_len] == ')'))
			return true;
	return false;
}

static char
delimiter_of(const struct buf *text)
{
	return text->len == 1 && (unsigned char)text->data[0] > ' ' && (unsigned char)text->data[0] < 0x7f ?
	    text->data[0] : '\0';
}

/* "* LIST (\HasNoChildren) "." "INBOX.Sent"" */
static void
take_list(struct places *places, const char *line)
{
	const char *flags = strchr(line, '('), *end = flags == NULL ? NULL : strchr(flags, ')'), *p;
	struct buf between = BUF_INIT, wire = BUF_INIT, name = BUF_INIT;
	struct place place;
	size_t len;

	if (end == NULL || (p = take_string(end + 1, &between)) == NULL || take_string(p, &wire) == NULL)
		goto out;
	if (places->delimiter == '\0')
		places->delimiter = delimiter_of(&between);
	if (wire.len == 0 || places->n == PLACES_MAX)
		goto out;
	name_decode(buf_text(&wire), &name);
	len = (size_t)(end - flags) + 1;
	place = (struct place){ .wire = x_strdup(buf_text(&wire)), .name = x_strdup(buf_text(&name)),
	    .no_mails = has_word(flags, len, "\\Noselect") || has_word(flags, len, "\\NonExistent"),
	    .is_sent = has_word(flags, len, "\\Sent") };
	if ((places->n & (places->n - 1)) == 0)		/* full at each power of two */
		places->v = x_realloc(places->v, (places->n == 0 ? 1 : places->n * 2) * sizeof(*places->v));
	places->v[places->n++] = place;
	places->is_known = true;
out:
	buf_free(&between);
	buf_free(&wire);
	buf_free(&name);
}

/* "* NAMESPACE (("INBOX." ".")) NIL NIL": people's own folders come first. */
static void
take_namespace(struct places *places, const char *line)
{
	const char *p = line + strlen("* NAMESPACE");
	struct buf prefix = BUF_INIT, between = BUF_INIT, name = BUF_INIT;

	p += strspn(p, " ");
	if (strncmp(p, "((", 2) != 0 || (p = take_string(p + 2, &prefix)) == NULL || take_string(p, &between) == NULL)
		goto out;
	name_decode(buf_text(&prefix), &name);
	if (name.len < sizeof(places->prefix))
		strcpy(places->prefix, buf_text(&name));
	places->delimiter = delimiter_of(&between);
out:
	buf_free(&prefix);
	buf_free(&between);
	buf_free(&name);
}

void
places_take(struct places *places, const char *line)
{
	if (str_starts_nocase(line, "* LIST "))
		take_list(places, line);
	else if (str_starts_nocase(line, "* NAMESPACE "))
		take_namespace(places, line);
}

void
places_free(struct places *places)
{
	for (size_t i = 0; i < places->n; i++) {
		free(places->v[i].wire);
		free(places->v[i].name);
	}
	free(places->v);
	memset(places, 0, sizeof(*places));
}

/* ---- Finding */

/* Every folder but INBOX stands beneath it: so must ours, although the server has no way to say so. */
static bool
all_beneath_inbox(const struct places *places, char *prefix_r)
{
	size_t beneath = 0;

	prefix_r[0] = '\0';
	if (places->delimiter == '\0')
		return false;
	memcpy(prefix_r, "INBOX", 5);
	prefix_r[5] = places->delimiter;
	prefix_r[6] = '\0';
	for (size_t i = 0; i < places->n; i++) {
		if (str_starts_nocase(places->v[i].name, prefix_r))
			beneath++;
		else if (!str_same(places->v[i].name, "INBOX"))
			return false;
	}
	return beneath > 0;
}

/* The name with the server's character between levels; one that is not meant so cannot stand in a name. */
static char *
with_levels(struct arena *arena, const struct places *places, const char *folder)
{
	char *name = arena_strdup(arena, folder);

	if (places->delimiter == '\0' || places->delimiter == '/')
		return name;
	for (char *p = name; *p != '\0'; p++)
		if (*p == '/')
			*p = places->delimiter;
		else if (*p == places->delimiter)
			*p = '_';
	return name;
}

/* What two spellings of a name share: letters of any case, accents as one character or as two. */
static char *
folded(struct arena *arena, const char *name)
{
	/* GLib reads past the end of what is cut off in the middle of a character. */
	char *composed = g_utf8_validate(name, -1, NULL) ? g_utf8_normalize(name, -1, G_NORMALIZE_ALL_COMPOSE) : NULL;
	char *result = str_lower(arena, composed == NULL ? name : composed);

	g_free(composed);
	return result;
}

static const struct place *
look_for(const struct places *places, struct arena *arena, const char *const *names, bool exactly)
{
	for (; *names != NULL; names++) {
		const char *wanted = exactly ? *names : folded(arena, *names);

		for (size_t i = 0; i < places->n; i++)
			if (!places->v[i].no_mails &&
			    strcmp(exactly ? places->v[i].name : folded(arena, places->v[i].name), wanted) == 0)
				return &places->v[i];
	}
	return NULL;
}

static bool
means_sent(const char *folder)
{
	static const char *const names[] = { "Sent", "Sent Items", "Sent Mail", "Sent Messages" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_same(folder, names[i]))
			return true;
	return false;
}

static const struct place *
marked_as_sent(const struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->v[i].is_sent && !places->v[i].no_mails)
			return &places->v[i];
	return NULL;
}

bool
places_find(const struct places *places, const char *folder, struct buf *wire)
{
	struct arena *arena = arena_new();
	char guessed[8];
	const char *prefix = places->prefix[0] != '\0' ? places->prefix :
	    all_beneath_inbox(places, guessed) ? guessed : "";
	const char *name = str_starts_nocase(folder, *prefix != '\0' ? prefix : "\n") ? folder :
	    arena_printf(arena, "%s%s", prefix, with_levels(arena, places, folder));
	const char *const names[] = { folder, name, NULL };
	const struct place *place = look_for(places, arena, names, true);

	if (place == NULL)
		place = look_for(places, arena, names, false);
	if (place == NULL && means_sent(folder))
		place = marked_as_sent(places);
	if (place != NULL)
		buf_add_str(wire, place->wire);
	else
		name_encode(name, wire);
	arena_free(&arena);
	return place != NULL;
}
