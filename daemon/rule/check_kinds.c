/*
 * Proof: every kind of mail can be met, and every mail of it is taken
 * somewhere; a fact's refusal is looked for before its assent.
 * Invariant: a kind is called shadowed only where every mail that fits it
 * fits an earlier one too.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"

#define ROLES_DEEP 8

static bool	sender_within(const struct check *check, const char *b, const char *a, size_t depth);

/* A role that is several others, and without "else", which passes over all but one. */
static bool
is_one_of_them(const struct check *check, const char *b, const struct role *several, size_t depth)
{
	size_t i;

	for (i = 0; i < several->is.n; i++)
		if (several->is.v[i].choice_count == 1 && !several->is.v[i].choices[0].manager &&
		    sender_within(check, b, several->is.v[i].choices[0].role, depth + 1))
			return true;
	return false;
}

static bool
all_of_them_within(const struct check *check, const struct role *several, const char *a, size_t depth)
{
	size_t i, j;

	for (i = 0; i < several->is.n; i++)
		for (j = 0; j < several->is.v[i].choice_count; j++)
			if (several->is.v[i].choices[j].manager ||
			    !sender_within(check, several->is.v[i].choices[j].role, a, depth + 1))
				return false;
	return several->is.n > 0;
}

/* Whoever fits b fits a? */
static bool
sender_within(const struct check *check, const char *b, const char *a, size_t depth)
{
	const struct role *one = pack_role(check->pack, b), *other = pack_role(check->pack, a);

	if (strcmp(a, b) == 0 || strcmp(a, "anyone") == 0 ||
	    (strcmp(a, "anyone in the directory") == 0 && strcmp(b, "staff") == 0))
		return true;
	if (depth == ROLES_DEEP)
		return false;
	/* Who holds a post is in the directory, and nobody outside the domains is written to or believed. */
	if (one != NULL && one->source == ROLE_POST && (strcmp(a, "staff") == 0 || strcmp(a, "anyone in the directory") == 0))
		return true;
	return (other != NULL && other->source == ROLE_IS && is_one_of_them(check, b, other, depth)) ||
	    (one != NULL && one->source == ROLE_IS && all_of_them_within(check, one, a, depth));
}

bool
check_senders_within(const struct check *check, const struct strs *b, const struct strs *a)
{
	size_t i, j;

	if (a->n == 0)
		return true;
	for (i = 0; i < b->n; i++) {
		for (j = 0; j < a->n; j++)
			if (sender_within(check, b->v[i], a->v[j], 0))
				break;
		if (j == a->n)
			return false;
	}
	return b->n > 0;
}

/* Does text that holds b always hold a? Words stand for themselves: b's own source is such a text. */
static bool
pattern_within(struct check *check, const struct pattern *b, const struct pattern *a)
{
	const char *source = pattern_source(b);

	if (strcmp(source, pattern_source(a)) == 0)
		return true;
	return *source != '/' && strpbrk(source, "[{") == NULL &&
	    pattern_find(a, check->arena, source, NULL, 0, NULL);
}

static bool
patterns_within(
    struct check *check, struct pattern **b, size_t b_count, struct pattern **a, size_t a_count)
{
	size_t i, j;

	for (i = 0; i < b_count; i++) {
		for (j = 0; j < a_count; j++)
			if (pattern_within(check, b[i], a[j]))
				break;
		if (j == a_count)
			return false;
	}
	return b_count > 0;
}

static bool
attachments_within(const struct strs *b, const struct strs *a)
{
	size_t i, j;

	if (a->n == 0)
		return true;
	for (i = 0; i < b->n; i++) {
		for (j = 0; j < a->n; j++)
			if (str_same(a->v[j], b->v[i]) || pattern_file(a->v[j], b->v[i]))
				break;
		if (j == a->n)
			return false;
	}
	return b->n > 0;
}

/* Every mail that fits b fits a. */
static bool
test_within(struct check *check, const struct kind_test *b, const struct kind_test *a)
{
	if (!check_senders_within(check, &b->from, &a->from) ||
	    !attachments_within(&b->attachment, &a->attachment))
		return false;
	if (a->says_count > 0 &&
	    !patterns_within(check, b->says, b->says_count, a->says, a->says_count) &&
	    !patterns_within(check, b->subject, b->subject_count, a->says, a->says_count))
		return false;
	if (a->named_count > 0 &&
	    !patterns_within(check, b->named, b->named_count, a->named, a->named_count) &&
	    !patterns_within(check, b->subject, b->subject_count, a->named, a->named_count))
		return false;
	if (a->subject_count > 0 &&
	    !patterns_within(check, b->subject, b->subject_count, a->subject, a->subject_count))
		return false;
	return !a->awaited || b->awaited;
}

static bool
fits_earlier(struct check *check, const struct kind_test *test, const struct kind *earlier)
{
	return test_within(check, test, &earlier->test) ||
	    (earlier->or_test != NULL && test_within(check, test, earlier->or_test));
}

static bool
fits_all(const struct kind_test *test)
{
	return test->from.n == 0 && test->says_count == 0 && test->named_count == 0 && test->subject_count == 0 &&
	    test->attachment.n == 0;
}

static void
kind_is_met(struct check *check, size_t at)
{
	const struct kind *kinds = check->pack->kinds, *kind = &kinds[at];
	size_t i;

	for (i = 0; i < at; i++) {
		if (fits_all(&kinds[i].test))
			continue;	/* said already */
		/* What keeps a mail from the earlier one must keep it from this one too, or it may come here. */
		if (kinds[i].unless != NULL &&
		    (kind->unless == NULL || !test_within(check, kinds[i].unless, kind->unless)))
			continue;
		if (!fits_earlier(check, &kind->test, &kinds[i]) ||
		    (kind->or_test != NULL && !fits_earlier(check, kind->or_test, &kinds[i])))
			continue;
		problem_add(check->problems, kind->where,
		    "the first that fits is taken: put the narrower kind first",
		    "no mail can be of the kind \"%s\": \"%s\" on line %d fits all of them first",
		    kind->name, kinds[i].name, kinds[i].where.line);
		return;
	}
}

struct taken {
	const char	*kind;
	struct strs	 kinds;
	bool		 yes;
};

static void
taken_by_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	struct taken *taken = ctx;
	size_t i;

	(void)place;
	for (i = 0; row->event == ON_KIND && i < row->names.n; i++)
		if (strcmp(check_meant(check, row->names.v[i], &taken->kinds), taken->kind) == 0)
			taken->yes = true;
}

static bool
taken_by_question(const struct pack *pack, const char *kind)
{
	const struct question *question;
	size_t i;

	for (i = 0; i < pack->question_count; i++) {
		question = &pack->questions[i];
		if ((question->by_mail != NULL && strcmp(question->by_mail, kind) == 0) ||
		    (question->shows != NULL && strcmp(question->shows, kind) == 0))
			return true;
	}
	return false;
}

/* Then the kind is named where that is told, as one that may begin it. */
static bool
some_strand_never_begins(const struct pack *pack)
{
	size_t i;

	for (i = 0; i < pack->strand_count; i++)
		if (pack->strands[i].begins.n == 0 && pack->strands[i].stage_count > 0)
			return true;
	return false;
}

static void
kind_is_taken(struct check *check, const struct kind *kind)
{
	struct taken taken = { kind->name, check_names_of(check, check->pack->kinds,
	    check->pack->kind_count, sizeof *check->pack->kinds), false };

	if (kind->kept || taken_by_question(check->pack, kind->name) || some_strand_never_begins(check->pack))
		return;
	check_each_row(check, taken_by_row, &taken);
	if (taken.yes)
		return;
	/* A kind that came with what the pack extends may be none of its business. */
	if (strcmp(kind->where.file, check->pack->where.file) != 0)
		problem_warn(check->problems, kind->where, NULL,
		    "no row takes a mail of the kind \"%s\"; every one goes to the owner",
		    kind->name);
	else
		problem_add(check->problems, kind->where,
		    "add a row that takes it, if only with  record = \"...\"",
		    "no row takes a mail of the kind \"%s\"; every one would go to the owner",
		    kind->name);
}

/* "do not agree", "refused", "no consent": what turns a phrase round. */
static bool
denies(const struct pattern *pattern)
{
	static const char *const words[] = { "not", "no", "never", "without", "cannot", "refuse", "refused", "refuses",
		"decline", "declined", "declines", "withheld", "withdrawn", "against", "unable", "unwilling", NULL };
	const char *p = pattern_source(pattern);
	size_t i, len;

	for (; *p != '\0'; p += len + (p[len] != '\0')) {
		len = strcspn(p, " ");
		if (len > 3 && (strncmp(p + len - 3, "n't", 3) == 0))
			return true;
		for (i = 0; words[i] != NULL; i++)
			if (strlen(words[i]) == len && strncmp(p, words[i], len) == 0)
				return true;
	}
	return false;
}

static size_t
denying(const struct value_fact *fact, size_t value)
{
	size_t i, n = 0;

	for (i = 0; i < fact->values[value].pattern_count; i++)
		n += denies(fact->values[value].patterns[i]);
	return n;
}

/* Most of the later value's phrases deny, few of the earlier one's: "agree" would be found in "cannot agree". */
static void
denials_first(struct check *check, const struct value_fact *fact, size_t first, size_t later)
{
	if (2 * denying(fact, later) < fact->values[later].pattern_count || fact->values[later].pattern_count == 0 ||
	    2 * denying(fact, first) >= fact->values[first].pattern_count)
		return;
	problem_add(check->problems, fact->where, "put refusals before assent",
	    "the fact \"%s\": \"%s\", whose phrases deny, stands behind \"%s\"; the first that fits is taken",
	    fact->name, fact->values[later].value, fact->values[first].value);
}

/* Values are tried in file order: an earlier one whose phrase is part of a later one's hides it. */
static bool
refusal_first(struct check *check, const struct value_fact *fact, size_t first, size_t later)
{
	size_t i, j;

	for (i = 0; i < fact->values[first].pattern_count; i++)
		for (j = 0; j < fact->values[later].pattern_count; j++) {
			if (!pattern_within(check, fact->values[later].patterns[j],
				fact->values[first].patterns[i]))
				continue;
			problem_add(check->problems, fact->where, "put refusals before assent",
			    "the fact \"%s\": \"%s\" (%s) is found in \"%s\" (%s), which stands "
			    "behind it",
			    fact->name, pattern_source(fact->values[first].patterns[i]),
			    fact->values[first].value,
			    pattern_source(fact->values[later].patterns[j]),
			    fact->values[later].value);
			return true;
		}
	return false;
}

void
check_kinds(struct check *check)
{
	const struct pack *pack = check->pack;
	size_t i, j, k;

	for (i = 0; i < pack->kind_count; i++) {
		kind_is_met(check, i);
		kind_is_taken(check, &pack->kinds[i]);
	}
	for (i = 0; i < pack->fact_count; i++)
		for (j = 0; j < pack->facts[i].value_count; j++)
			for (k = j + 1; k < pack->facts[i].value_count; k++)
				if (!refusal_first(check, &pack->facts[i], j, k))
					denials_first(check, &pack->facts[i], j, k);
}
