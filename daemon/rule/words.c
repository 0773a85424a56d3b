/*
 * A pack's names and people as plain English.  Used by advicectl describe and
 * draw.  Pure.
 * Invariant: a name keeps all its words, so that it can be found again in the
 * pack; only hyphens and capitals change.
 * Fails: never; a name that refers to nothing is shown as it stands.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "rule/pattern.h"
#include "rule/template.h"
#include "rule/words.h"

#define SHORTEST	2	/* letters of an abbreviation */
#define LONGEST		6

/* ---- Which words are written in capitals: what the pack's own texts do */

struct tally {
	struct arena	*arena;
	struct seen { const char *word; int capitals, small; } *v;
	size_t		 n;
};

static void
tally_word(struct tally *tally, const char *word, size_t len)
{
	bool capitals = true, small = true;
	char lower[LONGEST + 1];

	if (len < SHORTEST || len > LONGEST)
		return;
	for (size_t i = 0; i < len; i++) {
		capitals &= isupper((unsigned char)word[i]) || isdigit((unsigned char)word[i]);
		small &= !isupper((unsigned char)word[i]);
		lower[i] = (char)tolower((unsigned char)word[i]);
	}
	lower[len] = '\0';
	if (!capitals && !small)
		return;
	for (size_t i = 0; i < tally->n; i++)
		if (strcmp(tally->v[i].word, lower) == 0) {
			tally->v[i].capitals += capitals;
			tally->v[i].small += small;
			return;
		}
	*(struct seen *)arena_push(tally->arena, tally->v, tally->n) =
	    (struct seen){ arena_strdup(tally->arena, lower), capitals, small };
}

/* Fields in { } and addresses are names, not words. */
static void
tally_text(struct tally *tally, const char *text)
{
	for (const char *p = text == NULL ? "" : text; *p != '\0';) {
		size_t len = 0;

		if (*p == '{') {
			p += strcspn(p, "}");
			continue;
		}
		while (isalnum((unsigned char)p[len]))
			len++;
		if (len > 0 && p[len] != '@' && (p == text || (p[-1] != '@' && p[-1] != '.')))
			tally_word(tally, p, len);
		p += len > 0 ? len : 1;
	}
}

static void
tally_stages(struct tally *tally, const struct strand *strand)
{
	for (size_t i = 0; i < strand->stage_count; i++) {
		tally_text(tally, strand->stages[i].waits);
		tally_text(tally, strand->stages[i].wants);
	}
}

/* One of the words of text, in any case. */
static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; *p != '\0'; p += strspn(p, " ")) {
		size_t wide = strcspn(p, " ");

		if (wide == len && strncasecmp(p, word, len) == 0)
			return true;
		p += wide;
	}
	return false;
}

/* What people write to the daemon is in capitals, and no abbreviation. */
static bool
is_answer(const struct pack *pack, const char *word)
{
	static const char *const own[] = { "ack", "done", "extend", "help", "hold", "resume", "stop", "why" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i], word) == 0)
			return true;
	for (size_t q = 0; q < pack->question_count; q++)
		for (size_t a = 0; a < pack->questions[q].answer_count; a++)
			if (has_word(pack->questions[q].answers[a].word, word))
				return true;
	return false;
}

void
words_begin(struct words *words, struct arena *arena, const struct pack *pack)
{
	struct tally tally = { arena, NULL, 0 };

	*words = (struct words){ .arena = arena, .pack = pack };
	tally_text(&tally, pack->title);
	tally_text(&tally, pack->protocol);
	for (size_t i = 0; i < pack->role_count; i++)
		tally_text(&tally, pack->roles[i].post);
	for (size_t i = 0; i < pack->service_count; i++)
		tally_text(&tally, pack->services[i].name);
	for (size_t i = 0; i < pack->deadline_count; i++)
		tally_text(&tally, pack->deadlines[i].because);
	for (size_t i = 0; i < pack->strand_count; i++)
		tally_stages(&tally, &pack->strands[i]);
	for (size_t i = 0; i < pack->template_count; i++)
		tally_text(&tally, pack->templates[i]->source);
	for (size_t i = 0; i < tally.n; i++)
		if (tally.v[i].capitals > tally.v[i].small && !isdigit((unsigned char)tally.v[i].word[0]) &&
		    !is_answer(pack, tally.v[i].word))
			strs_add(arena, &words->capitals, tally.v[i].word);
}

/* ---- Names */

char *
words_plain(const struct words *words, const char *name)
{
	char *plain = arena_strdup(words->arena, name);

	for (char *p = plain; *p != '\0';) {
		size_t len = strcspn(p, "- ");
		const char *word = arena_strndup(words->arena, p, len);

		if (strs_has(&words->capitals, word))
			for (size_t i = 0; i < len; i++)
				p[i] = (char)toupper((unsigned char)p[i]);
		p += len;
		if (*p == '-' && strcmp(word, "co") != 0 && !isdigit((unsigned char)p[1]))	/* co-ordinator, post-18 */
			*p = ' ';
		p += *p != '\0';
	}
	return plain;
}

char *
words_told(const struct words *words, const char *name)
{
	return pack_has_words(words->pack, name) ? arena_strdup(words->arena, pack_called(words->pack, words->arena, name)) :
	    words_plain(words, name);
}

char *
words_quoted(const struct words *words, const char *name)
{
	return arena_printf(words->arena, "“%s”", words_plain(words, name));
}

char *
words_list(struct arena *arena, const struct strs *list, const char *last)
{
	const char *text = "";

	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			text = i + 1 < list->n ? arena_printf(arena, "%s, ", text) : arena_printf(arena, "%s %s ", text, last);
		text = arena_printf(arena, "%s%s", text, list->v[i]);
	}
	return arena_strdup(arena, text);
}

char *
words_quoted_list(const struct words *words, const struct strs *names, const char *last)
{
	struct strs quoted = { NULL, 0 };

	for (size_t i = 0; i < names->n; i++)
		strs_add(words->arena, &quoted, words_quoted(words, names->v[i]));
	return words_list(words->arena, &quoted, last);
}

char *
words_texts(struct arena *arena, const struct strs *texts, const char *last)
{
	struct strs quoted = { NULL, 0 };

	for (size_t i = 0; i < texts->n; i++)
		strs_add(arena, &quoted, arena_printf(arena, "“%s”", texts->v[i]));
	return words_list(arena, &quoted, last);
}

char *
words_patterns(struct arena *arena, struct pattern *const *patterns, size_t count, const char *last)
{
	struct strs sources = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		strs_add(arena, &sources, pattern_source(patterns[i]));
	return words_texts(arena, &sources, last);
}

/* ---- People */

/* "nhs" is an office and stands alone: "NHS"; several words have an article: "the SEN lead". */
static bool
stands_alone(const struct words *words, const struct role *role)
{
	return strs_has(&words->capitals, role->name);
}

char *
words_role(const struct words *words, const char *name)
{
	static const struct { const char *name, *said; } ready[] = {
		{ "owner", "the owner of the mailbox" }, { "sender", "the sender" },
		{ "staff", "a member of staff" }, { "anyone in the directory", "anyone in the directory" },
		{ "anyone", "anyone" }, { "instead", "whoever stands in" },
	};
	const struct role *role = pack_role(words->pack, name);

	if (role != NULL)
		return arena_printf(words->arena, "%s%s", stands_alone(words, role) || str_starts(name, "any-") ? "" : "the ",
		    words_plain(words, name));
	if (strcmp(name, "them") == 0)
		return arena_strdup(words->arena, words->them != NULL ? words->them : "whoever is chased");
	for (size_t i = 0; i < sizeof ready / sizeof *ready; i++)
		if (strcmp(ready[i].name, name) == 0)
			return arena_strdup(words->arena, ready[i].said);
	return arena_printf(words->arena, "the %s", words_plain(words, name));
}

static char *
choice_text(const struct words *words, const struct recipient_choice *choice)
{
	const char *who = words_role(words, choice->role);

	if (!choice->manager)
		return arena_strdup(words->arena, who);
	/* Of several, it is the manager of the one who is chased. */
	if (strchr(who, '(') != NULL || strstr(who, " and ") != NULL)
		return arena_strdup(words->arena, "the manager of whoever is chased");
	if (str_starts(who, "whoever ") || strstr(who, " of ") != NULL)
		return arena_printf(words->arena, "the manager of %s", who);
	return arena_printf(words->arena, "%s’s manager", who);
}

static char *
recipient_text(const struct words *words, const struct recipient *recipient)
{
	const char *text = "";

	for (size_t i = 0; i < recipient->choice_count; i++)
		text = arena_printf(words->arena, "%s%s%s", text, i == 0 ? "" : i == 1 ? " (failing that, " : "; failing that, ",
		    choice_text(words, &recipient->choices[i]));
	return arena_printf(words->arena, "%s%s", text, recipient->choice_count > 1 ? ")" : "");
}

char *
words_recipients(const struct words *words, const struct recipients *recipients, const char *last)
{
	struct strs list = { NULL, 0 };

	for (size_t i = 0; i < recipients->n; i++)
		strs_add(words->arena, &list, recipient_text(words, &recipients->v[i]));
	return words_list(words->arena, &list, last);
}

char *
words_role_texts(const struct words *words, const struct strs *texts, const char *last)
{
	struct strs list = { NULL, 0 };

	for (size_t i = 0; i < texts->n; i++) {
		const char *apostrophe = strstr(texts->v[i], "'s ");

		strs_add(words->arena, &list, apostrophe == NULL ? words_role(words, texts->v[i]) :
		    arena_printf(words->arena, "%s’s manager", words_role(words,
		    arena_strndup(words->arena, texts->v[i], (size_t)(apostrophe - texts->v[i])))));
	}
	return words_list(words->arena, &list, last);
}

char *
words_said(struct arena *arena, const char *text)
{
	char *said = str_squeeze(arena, text);

	for (size_t len = strlen(said); len > 0 && strchr(",;.", said[len - 1]) != NULL; len--)
		said[len - 1] = '\0';
	return arena_printf(arena, "“%s”", said);
}

char *
words_sentence(struct arena *arena, const char *text)
{
	char *sentence = str_squeeze(arena, text);
	size_t len = strlen(sentence);

	sentence[0] = (char)toupper((unsigned char)sentence[0]);
	return len > 0 && strchr(".:?!", sentence[len - 1]) != NULL ? sentence : arena_printf(arena, "%s.", sentence);
}
