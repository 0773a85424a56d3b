/*
 * The last look at a subject before a mail is frozen.  Runs in core and
 * advicectl; pure.
 * Invariant (promise no-leak): no word of the child's name, no writing of the
 * birth date, no NHS number or UPN, however spaced, passes.  Rather one
 * subject too many is held than one let through.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/fields.h"

#define NAME_WORD_MIN 3		/* shorter words of a name are everybody's: "Al", "de" */

/* The subject, and what each look needs of it. */
struct shown {
	const char	*subject, *digits_end;	/* behind its last digit */
	const char	*folded;	/* in words */
	const char	*packed;	/* letters and digits alone, in lower case */
};

/* The word itself, or its possessive: folding makes "zoes" of "Zoe's". */
static bool
has_word(const char *folded, const char *word, size_t len)
{
	for (const char *p = folded; *p != '\0'; p += strspn(p, " ")) {
		size_t have = strcspn(p, " ");

		if ((have == len || (have == len + 1 && p[len] == 's')) && strncmp(p, word, len) == 0)
			return true;
		p += have;
	}
	return false;
}

/* Letters and digits only, so that folding cannot turn anything round at a comma. */
static char *
plain(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p != '-' && *p != '\'' && (unsigned char)*p < 0x80 && !isalnum((unsigned char)*p))
			*p = ' ';
	return str_squeeze(arena, str_fold_name(arena, copy));
}

static const char *
name_leaks(struct arena *arena, const char *name, const struct shown *shown)
{
	const char *words = plain(arena, name), *folded = shown->folded;

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (len >= NAME_WORD_MIN && has_word(folded, words, len))
			return arena_strndup(arena, words, len);
		words += len;
		words += strspn(words, " ");
	}
	return NULL;
}

/* Whatever way a date is written, its day is in digits: behind the last one none begins. */
static const char *
birth_leaks(struct arena *arena, const char *value, const struct shown *shown)
{
	dayno born, day;

	if (!date_parse_iso(value, &born))
		return NULL;
	for (const char *p = shown->subject; p < shown->digits_end; p++) {
		size_t len;

		if (p > shown->subject && isalnum((unsigned char)p[-1]))
			continue;
		len = date_parse_words(p, born, DATE_BIRTH, &day);
		if (len > 0 && day == born)
			return arena_strndup(arena, p, len);
	}
	return NULL;
}

static const char *
number_leaks(struct arena *arena, const char *number, const struct shown *shown)
{
	const char *lower = str_lower(arena, number);

	return lower[0] != '\0' && strstr(shown->packed, lower) != NULL ? number : NULL;
}

static const char *
packed_of(struct arena *arena, const char *subject)
{
	char *packed = arena_alloc(arena, strlen(subject) + 1), *to = packed;

	for (const char *p = subject; *p != '\0'; p++)
		if (isalnum((unsigned char)*p))
			*to++ = (char)tolower((unsigned char)*p);
	return packed;
}

static const char *
digits_end_of(const char *subject)
{
	const char *end = subject + strlen(subject);

	while (end > subject && !isdigit((unsigned char)end[-1]))
		end--;
	return end;
}

const char *
fields_leak(struct arena *arena, const struct case_state *state, const char *subject)
{
	static const struct {
		const char	*fact;
		const char	*(*leaks)(struct arena *, const char *, const struct shown *);
	} checks[] = {
		{ "child-name", name_leaks }, { "date-of-birth", birth_leaks },
		{ "nhs-number", number_leaks }, { "upn", number_leaks },
	};
	const struct shown shown = { subject, digits_end_of(subject), plain(arena, subject), packed_of(arena, subject) };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		for (size_t j = 0; j < state->fact_count; j++) {
			const struct case_fact *fact = &state->facts[j];
			const char *found;

			if (strcmp(fact->name, checks[i].fact) != 0 || fact->value[0] == '\0')
				continue;
			if ((found = checks[i].leaks(arena, fact->value, &shown)) != NULL)
				return found;
		}
	return NULL;
}
