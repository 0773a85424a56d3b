/*
 * Reading the demands of a pack test.  Runs in advicectl check and test.
 * Invariant: a word that is not understood is an error, never a demand that
 * holds by itself.
 * Fails: every line that is wrong is reported with what is allowed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "ctl/expect.h"

#define EXPECT_MOST	(256 * 1024)
#define WORDS_MOST	64

struct reading {
	struct arena		*arena;
	struct problems		*problems;
	struct expect		*expect;
	struct where		 where;
	const char		*line;
	const char		*words[WORDS_MOST];
	size_t			 word_count;
};

/* What each verb may be asked about, besides days. */
static const struct verb {
	const char	*name;
	const char	*keys[16];
} verbs[] = {
	[DEMAND_IN] = { "in", { "file", "kind", "match", "case", "duplicate", NULL } },
	[DEMAND_OUT] = { "out", { "act", "template", "to", "cc", "reaches", "any-of", "outside", "subject", "case", "strand", "rule",
	    "min", "max", NULL } },
	[DEMAND_NO] = { "no", { "act", "template", "to", "cc", "reaches", "any-of", "outside", "subject", "case", "strand", "rule",
	    NULL } },
	[DEMAND_MOVE] = { "move", { "case", "strand", "service", "from", "to", "rule", "min", "max", NULL } },
	[DEMAND_DEADLINE] = { "deadline", { "case", "name", "date", "derivation", "strand", "service", "min", "max", NULL } },
	[DEMAND_HELD] = { "held", { "case", "reason", "min", "max", NULL } },
	[DEMAND_UNSAID] = { "unsaid", { "words", NULL } },
};
#define VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static const char *
hint_near(struct arena *arena, const char *found, const char *const *names)
{
	const char *near = str_nearest(found, names);

	return near == NULL ? NULL : arena_printf(arena, "did you mean \"%s\"?", near);
}

static const char *
listed(struct arena *arena, const char *const *names)
{
	struct strs list = { NULL, 0 };

	for (; *names != NULL; names++)
		strs_add(arena, &list, *names);
	return strs_join(arena, &list, " ");
}

/* Words with spaces between them; quotes of either kind hold one together; # begins a comment. */
static bool
split(struct reading *r)
{
	const char *p = r->line;

	r->word_count = 0;
	for (p += strspn(p, " \t\r"); *p != '\0' && *p != '#'; p += strspn(p, " \t\r")) {
		struct buf word = BUF_INIT;
		char quote = '\0';

		for (; *p != '\0' && (quote != '\0' || strchr(" \t\r", *p) == NULL); p++) {
			if (quote == '\0' && (*p == '"' || *p == '\''))
				quote = *p;
			else if (*p == quote)
				quote = '\0';
			else
				buf_add_char(&word, *p);
		}
		if (r->word_count < WORDS_MOST)
			r->words[r->word_count++] = arena_strdup(r->arena, buf_text(&word));
		buf_free(&word);
		if (quote != '\0') {
			problem_add(r->problems, r->where, NULL, "a quotation mark (%c) is not closed on this line", quote);
			return false;
		}
	}
	return true;
}

static bool
day_read(struct reading *r, const char *text, size_t len, dayno *day_r)
{
	char *day = arena_strndup(r->arena, text, len);

	*day_r = DAY_NONE;
	if (len == 0 || date_parse_iso(day, day_r))
		return true;
	problem_add(r->problems, r->where, NULL, "\"%s\" is no day; write 2026-09-07, 2026-09-07..2026-09-09, ..2026-09-09, or ..", day);
	return false;
}

static bool
days_read(struct reading *r, const char *word, struct demand *demand)
{
	const char *dots = strstr(word, "..");

	if (strcmp(word, "*") == 0)
		return true;
	if (dots == NULL) {
		if (!day_read(r, word, strlen(word), &demand->first))
			return false;
		demand->last = demand->first;
		return true;
	}
	return day_read(r, word, (size_t)(dots - word), &demand->first) && day_read(r, dots + 2, strlen(dots + 2), &demand->last);
}

static bool
count_read(struct reading *r, const char *key, const char *value, long *count_r)
{
	if (str_number(value, 0, 1000000, count_r))
		return true;
	problem_add(r->problems, r->where, NULL, "%s=%s: a whole number is wanted", key, value);
	return false;
}

static bool
key_read(struct reading *r, const struct verb *verb, const char *word, size_t len, struct demand *demand)
{
	const char *key = arena_strndup(r->arena, word, len), *value = word + len + 1;
	bool known = false;

	for (size_t i = 0; verb->keys[i] != NULL; i++)
		known |= strcmp(verb->keys[i], key) == 0;
	if (!known) {
		problem_add(r->problems, r->where, hint_near(r->arena, key, verb->keys),
		    "\"%s\" cannot be asked of \"%s\"; allowed: %s", key, verb->name, listed(r->arena, verb->keys));
		return false;
	}
	if (strcmp(key, "min") == 0)
		return count_read(r, key, value, &demand->least);
	if (strcmp(key, "max") == 0)
		return count_read(r, key, value, &demand->most);
	arena_push(r->arena, demand->keys, demand->key_count);
	demand->keys[demand->key_count - 1].key = key;
	demand->keys[demand->key_count - 1].value = value;
	return true;
}

static bool
needs_key(struct reading *r, const struct demand *demand, const char *key)
{
	for (size_t i = 0; i < demand->key_count; i++)
		if (strcmp(demand->keys[i].key, key) == 0)
			return true;
	problem_add(r->problems, r->where, NULL, "\"%s\" needs %s=...", verbs[demand->verb].name, key);
	return false;
}

static void
demand_read(struct reading *r, enum demand_verb verb)
{
	struct demand demand = {
		.verb = verb, .line = r->where.line, .text = r->line, .first = DAY_NONE, .last = DAY_NONE, .least = 1, .most = -1,
	};
	bool well = true;

	for (size_t i = 1; i < r->word_count; i++) {
		const char *equal = strchr(r->words[i], '=');

		well &= equal == NULL ? days_read(r, r->words[i], &demand) :
		    key_read(r, &verbs[verb], r->words[i], (size_t)(equal - r->words[i]), &demand);
	}
	if (verb == DEMAND_IN)
		well = well && needs_key(r, &demand, "file");
	if (verb == DEMAND_UNSAID)
		well = well && needs_key(r, &demand, "words");
	if (verb == DEMAND_NO)
		demand.least = demand.most = 0;
	if (well && demand.most >= 0 && demand.least > demand.most) {
		/* "max=0" alone means none. */
		if (demand.most == 0)
			demand.least = 0;
		else
			problem_add(r->problems, r->where, NULL, "min is more than max");
	}
	if (well)
		*arena_push(r->arena, r->expect->demands, r->expect->demand_count) = demand;
}

static void
claims_read(struct reading *r)
{
	for (size_t i = 1; i < r->word_count; i++)
		*arena_push(r->arena, r->expect->claims, r->expect->claim_count) = (struct claim){ r->words[i], r->where.line };
	if (r->word_count < 2)
		problem_add(r->problems, r->where, NULL, "\"meets\" names no requirement, such as: meets BIR-13 BIR-14");
}

static void
line_read(struct reading *r)
{
	static const char *const names[] = { "in", "out", "no", "move", "deadline", "held", "unsaid", "meets", NULL };

	if (!split(r) || r->word_count == 0)
		return;
	if (strcmp(r->words[0], "meets") == 0) {
		claims_read(r);
		return;
	}
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, r->words[0]) == 0) {
			demand_read(r, (enum demand_verb)i);
			return;
		}
	problem_add(r->problems, r->where, hint_near(r->arena, r->words[0], names),
	    "a line begins with one of: %s; found \"%s\"", listed(r->arena, names), r->words[0]);
}

int
expect_read(struct arena *arena, const char *path, const char *shown, struct expect *expect, struct problems *problems)
{
	struct reading r = { .arena = arena, .problems = problems, .expect = expect, .where = { shown, 0 } };
	size_t before = problems_errors(problems);
	struct buf text = BUF_INIT;
	struct err err = { 0 };
	char *p;

	*expect = (struct expect){ .file = shown };
	if (file_read(AT_FDCWD, path, EXPECT_MOST, &text, &err) == -1) {
		problem_add(problems, r.where, NULL, "cannot be read: %s", err.text);
		buf_free(&text);
		return -1;
	}
	p = arena_strdup(arena, buf_text(&text));
	buf_free(&text);
	while (p != NULL) {
		char *end = strchr(p, '\n');

		if (end != NULL)
			*end++ = '\0';
		r.line = str_trim(arena, p);
		r.where.line++;
		line_read(&r);
		p = end;
	}
	if (expect->demand_count == 0 && problems_errors(problems) == before)
		problem_add(problems, (struct where){ shown, 0 }, "for example: out 2026-09-07 act=forward to=jo@example.org",
		    "the test demands nothing");
	return problems_errors(problems) == before ? 0 : -1;
}
