/*
 * Facts in a mail's texts: see facts.h.  Runs in adviced-parse; pure.
 * Invariant: a value is only ever what stands at its span; nothing is
 * guessed from initials, from a bare name, or from ten digits without a label.
 * Each text is walked once from front to back.
 * Fails: never; a mail that says more than SAID_MAX things gets a remark.
 */
#include <string.h>

#include <glib.h>

#include "mail/facts_private.h"
#include "mail/headers.h"

#define ADDRESS_MAX	254

bool
fact_full(const struct search *search)
{
	if (search->message->said_count < SAID_MAX)
		return false;
	fact_remark(search, "The mail holds so many dates and numbers that not all were noted.");
	return true;
}

void
fact_remark(const struct search *search, const char *sentence)
{
	remark_add(search->arena, &search->message->remarks, sentence);
}

void
fact_say(const struct search *search, enum said_kind kind, const char *value, const char *start, size_t len)
{
	struct message *message = search->message;
	uint32_t from = (uint32_t)(start - search->text), to = from + (uint32_t)len;
	struct said *said;

	if (fact_full(search))
		return;
	/* A table's row and its cells are read by two ways; a date of birth is no other date too. */
	for (size_t i = message->said_count; i > search->first; i--) {
		said = &message->said[i - 1];
		if (said->start < to && from < said->start + said->length &&
		    (said->kind == kind || (said->kind == SAID_DATE_OF_BIRTH && kind == SAID_DATE)))
			return;
	}
	said = arena_push(search->arena, message->said, message->said_count);
	said->kind = kind;
	said->value = value;
	said->source = search->source;
	said->document = search->document;
	said->start = from;
	said->length = (uint32_t)len;
}

static bool
is_local_byte(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("._%+-'&", c) != NULL);
}

/* The address around an "@" at s. */
static void
address_find(const struct search *search, const char *s)
{
	const char *start = s, *end = s + 1;
	char *value, *at;

	while (start > search->text && is_local_byte(start[-1]))
		start--;
	while (*start == '\'' || *start == '.' || *start == '-')
		start++;
	while (g_ascii_isalnum(*end) || *end == '-' || *end == '.')
		end++;
	while (end > s && (end[-1] == '.' || end[-1] == '-'))
		end--;
	if (start >= s || end <= s + 1 || memchr(s, '.', (size_t)(end - s)) == NULL || end - start > ADDRESS_MAX)
		return;
	value = arena_strndup(search->arena, start, (size_t)(end - start));
	for (at = strchr(value, '@'); *at != '\0'; at++)
		*at = g_ascii_tolower(*at);
	fact_say(search, SAID_ADDRESS, value, start, (size_t)(end - start));
}

/* What begins with the word at s: the place behind it, or behind the word. */
static const char *
word_find(const struct search *search, const char *s)
{
	static const char *(*const finders[])(const struct search *, const char *) = {
		name_find, birth_find, nhs_find, upn_find, date_find
	};
	const char *next;
	size_t len;

	for (size_t i = 0; i < G_N_ELEMENTS(finders); i++)
		if ((next = finders[i](search, s)) > s)
			return next;
	while ((len = text_letter(s)) > 0)
		s += len;
	return s;
}

static void
search_text(struct search *search)
{
	const char *s = search->text, *line = NULL;

	search->first = search->message->said_count;
	search->other_line = false;
	search->other_lines = 0;
	search->table_end = s;
	while (*s != '\0' && !fact_full(search)) {
		if (s == search->text || s[-1] == '\n')
			line = s;
		if (line != NULL) {
			label_line(search, line);
			table_find(search, line);
			line = NULL;
		}
		if (*s == '@')
			address_find(search, s);
		if (text_letter(s) > 0 && text_at_word(search->text, s)) {
			const char *next = word_find(search, s);
			const char *end = memchr(s, '\n', (size_t)(next - s));

			for (; end != NULL; end = memchr(end + 1, '\n', (size_t)(next - end - 1)))
				line = end + 1;
			s = next;
		} else {
			do
				s++;
			while (((unsigned char)*s & 0xc0) == 0x80);
		}
	}
}

void
facts_find_in(struct arena *arena, struct message *message, enum text_source source, uint32_t document, dayno today)
{
	struct search search = { .arena = arena, .message = message, .today = today, .source = source,
		.document = document, .text = message_text(message, source, document) };

	search_text(&search);
}

void
facts_find(struct arena *arena, struct message *message, dayno today)
{
	static const enum text_source own[] = { SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED },
	    of_document[] = { SOURCE_ATTACHMENT_NAME, SOURCE_ATTACHMENT_TEXT };

	for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
		facts_find_in(arena, message, own[i], 0, today);
	for (size_t i = 0; i < G_N_ELEMENTS(of_document); i++)
		for (uint32_t d = 0; d < message->document_count; d++)
			if (!message->documents[d].is_inline)
				facts_find_in(arena, message, of_document[i], d, today);
	facts_find_in(arena, message, SOURCE_QUOTED, 0, today);
}
