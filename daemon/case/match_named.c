/*
 * The wrong-child guard for names without a label: does a text or a file name
 * name a child whom another case is about, and not this case's own?  Runs in
 * core and advicectl; pure, the store has looked the names up.
 * Invariant: each text and each file name is looked at by itself, and only its
 * beginning; one in which the case's own child is named too harms nothing, so
 * a form may speak of a brother or sister who has a case as well.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "case/match.h"
#include "case/names.h"

#define TEXT_BYTES	8192	/* who a paper is about stands at its beginning */
#define BREAK		" | |"	/* more foreign words than a name may hold, see names_stand_in() */

/* Names are looked for in these places; where people type as they like, in words without capitals too. */
static const struct { enum text_source source; bool is_file, inward, outward, any_case; } places[] = {
	{ SOURCE_SUBJECT, false, true, false, true },
	{ SOURCE_NEW_TEXT, false, true, true, true },
	{ SOURCE_FORWARDED, false, false, true, false },
	{ SOURCE_ATTACHMENT_NAME, true, true, true, true },
	{ SOURCE_ATTACHMENT_TEXT, true, true, true, false },
};
#define PLACES	(sizeof(places) / sizeof(places[0]))

/* ---- A text's names */

static bool
is_particle(const char *word)
{
	static const char *const particles[] = { "al", "ap", "ben", "bin", "bint", "da", "dal", "de", "del", "della", "den",
	    "der", "di", "do", "dos", "du", "el", "ibn", "la", "le", "san", "st", "ten", "ter", "van", "von" };

	for (size_t i = 0; i < sizeof(particles) / sizeof(particles[0]); i++)
		if (word[0] == particles[i][0] && strcmp(word, particles[i]) == 0)
			return true;
	return false;
}

static bool
has_capital(struct arena *arena, const char *word)
{
	if (!str_is_ascii(word))
		return strcmp(word, str_lower(arena, word)) != 0;
	while (*word != '\0' && (*word < 'A' || *word > 'Z'))
		word++;
	return *word != '\0';
}

/* Each text of each mail is taken apart here, and strcspn() would make such a table for each word. */
static bool
is_between(char c)
{
	static const bool between[256] = {
		[' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true, ['.'] = true, [','] = true, [';'] = true, [':'] = true,
		['!'] = true, ['?'] = true, ['('] = true, [')'] = true, ['['] = true, [']'] = true, ['{'] = true, ['}'] = true,
		['<'] = true, ['>'] = true, ['"'] = true, ['/'] = true, ['\\'] = true, ['|'] = true, ['_'] = true, ['='] = true,
		['*'] = true, ['&'] = true, ['+'] = true, ['#'] = true, ['@'] = true, ['0'] = true, ['1'] = true, ['2'] = true,
		['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
	};

	return between[(unsigned char)c];
}

/* A text's words, folded; where capitals count, a break in place of every other word. */
static const char *
names_of(struct arena *arena, const char *text, bool any_case)
{
	struct buf out = BUF_INIT;
	const char *end = text + strnlen(text, TEXT_BYTES), *names;
	bool broken = false;

	while (text < end) {
		const char *word, *from;

		while (is_between(*text))
			text++;
		for (from = text; *text != '\0' && !is_between(*text); text++)
			;
		if (text == from)
			continue;
		word = arena_strndup(arena, from, (size_t)(text - from));
		if (any_case || is_particle(word) || has_capital(arena, word)) {
			buf_add_char(&out, ' ');
			buf_add_str(&out, str_fold_name(arena, word));
			broken = false;
		} else if (!broken) {
			buf_add_str(&out, BREAK);
			broken = true;
		}
	}
	names = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return names;
}

void
named_evidence(struct arena *arena, const struct message *message, bool outward, struct evidence **evidence_r, size_t *count_r)
{
	for (size_t i = 0; i < PLACES; i++)
		for (size_t d = 0; d < (places[i].is_file ? message->document_count : 1); d++)
			if (outward ? places[i].outward : places[i].inward)
				*arena_push(arena, *evidence_r, *count_r) = (struct evidence){ .kind = EVIDENCE_NAMES, .value =
				    names_of(arena, message_text(message, places[i].source, (uint32_t)d), places[i].any_case) };
}

/* ---- Whom they name */

struct naming {
	struct arena		*arena;
	const struct message	*message;
	const struct case_state	*state;
	const char		*own;	/* the child's name, folded; "" */
};

static const char *
own_value(const struct naming *n, const char *fact)
{
	const char *value = case_fact_value(n->state, 0, fact);

	return value == NULL ? "" : value;
}

/* Labelled: its name, or a number that is its own. */
static bool
is_labelled_own(const struct naming *n, const struct said *said)
{
	if (said->kind == SAID_CHILD_NAME)
		return names_compare(str_fold_name(n->arena, said->value), n->own) >= NAMES_PART;
	return (said->kind == SAID_NHS_NUMBER && strcmp(said->value, own_value(n, "nhs-number")) == 0) ||
	    (said->kind == SAID_UPN && strcmp(said->value, own_value(n, "upn")) == 0);
}

/* The forename with any other word of the name: the end of a double surname may be left out. */
static bool
own_stands_in(const struct naming *n, const char *text)
{
	int forename = (int)strcspn(n->own, " ");

	for (const char *word = strchr(n->own, ' '); word != NULL; word = strchr(word + 1, ' '))
		if (names_stand_in(text, arena_printf(n->arena, "%.*s %.*s", forename, n->own, (int)strcspn(word + 1, " "), word + 1)))
			return true;
	return false;
}

static bool
own_forename_in(const struct naming *n, const char *text)
{
	const char *forename = arena_printf(n->arena, " %.*s ", (int)strcspn(n->own, " "), n->own);

	return strstr(arena_printf(n->arena, "%s ", text), forename) != NULL;
}

static const char *
words_at(const struct naming *n, enum text_source source, uint32_t document)
{
	return names_of(n->arena, message_text(n->message, source, document), true);
}

/* By its full name; or by the forename in a file that bears the full one. */
static bool
names_own(const struct naming *n, enum text_source source, uint32_t document)
{
	const char *text = words_at(n, source, document);

	for (size_t i = 0; i < n->message->said_count; i++) {
		const struct said *said = &n->message->said[i];

		if (said->source == source && (source < SOURCE_ATTACHMENT_NAME || said->document == document) &&
		    is_labelled_own(n, said))
			return true;
	}
	return own_stands_in(n, text) || (source == SOURCE_ATTACHMENT_TEXT && own_forename_in(n, text) &&
	    own_stands_in(n, words_at(n, SOURCE_ATTACHMENT_NAME, document)));
}

/* An earlier case of the same child, or the same name: nobody else. */
static bool
is_own(const struct naming *n, const struct candidate *other)
{
	enum names_alike alike = names_compare(other->name, n->own);
	const char *nhs_number = own_value(n, "nhs-number"), *upn = own_value(n, "upn");

	if (other->case_id == n->state->id || alike >= NAMES_PART)
		return true;
	if ((nhs_number[0] != '\0' && str_same(other->nhs_number, nhs_number)) || (upn[0] != '\0' && str_same(other->upn, upn)))
		return true;
	if (n->own[0] == '\0')		/* not known by name yet: it may have had a case before */
		return other->closed;
	return alike == NAMES_NEAR && other->born != DAY_NONE &&
	    strcmp(date_iso(n->arena, other->born), own_value(n, "date-of-birth")) == 0;
}

static bool
names_another(const struct naming *n, const char *names, const struct candidate *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_own(n, &others[i]) && names_stand_in(names, others[i].name))
			return true;
	return false;
}

bool
named_other_child(struct arena *arena, const struct message *message, enum named_where where,
    const struct case_state *state, const struct candidate *others, size_t count, int *document_r)
{
	const char *own = case_fact_value(state, 0, "child-name");
	struct naming n = { arena, message, state, own == NULL ? "" : str_fold_name(arena, own) };

	for (size_t i = 0; count > 0 && i < PLACES; i++)
		for (size_t d = 0; d < (places[i].is_file ? message->document_count : 1); d++) {
			const char *text = message_text(message, places[i].source, (uint32_t)d);

			if ((where == NAMED_INWARD ? !places[i].inward : !places[i].outward) ||
			    (where == NAMED_OUTWARD_FILES && !places[i].is_file) ||
			    !names_another(&n, names_of(arena, text, places[i].any_case), others, count) ||
			    names_own(&n, places[i].source, (uint32_t)d))
				continue;
			*document_r = places[i].is_file ? (int)d : -1;
			return true;
		}
	return false;
}
