/*
 * Two lives held against each other, mail by mail and person by person.  What
 * went to somebody about a case by one template is a row of moments in each
 * life; those that both have stand fast, and what lies between two of them is
 * paired in order: earlier or later; what is left over is more or fewer.
 * Runs in advicectl replay.  Pure.
 * Invariant: each mail of either life is in at most one difference, and the
 * order depends on what they say alone.
 * Fails: never.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/replay.h"

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Which row of moments it belongs to. */
static int
compare_rows(const struct life_mail *a, const struct life_mail *b)
{
	int order = strcmp(a->address, b->address);

	if (order == 0)
		order = compare_numbers(a->key, b->key);
	if (order == 0)
		order = strcmp(a->template, b->template);
	if (order == 0)
		order = strcmp(a->act, b->act);
	return order != 0 ? order : strcmp(a->strand, b->strand);
}

static int
compare_mails(const void *a, const void *b)
{
	const struct life_mail *x = *(const struct life_mail *const *)a, *y = *(const struct life_mail *const *)b;
	int order = compare_rows(x, y);

	if (order == 0)
		order = compare_numbers(x->at, y->at);
	return order != 0 ? order : strcmp(x->rule, y->rule);
}

struct mails { const struct life_mail **v; size_t n; };

static struct mails
sorted(struct arena *arena, const struct life *life)
{
	struct mails mails = { NULL, 0 };

	for (size_t i = 0; i < life->mail_count; i++)
		*arena_push(arena, mails.v, mails.n) = &life->mails[i];
	if (mails.n > 1)
		qsort(mails.v, mails.n, sizeof(*mails.v), compare_mails);
	return mails;
}

struct differing {
	struct arena	*arena;
	struct differences *out;
	struct mails	 before, after;		/* of the row at hand, since the last moment that both have */
};

static void
add(struct differing *d, enum differ_how how, const struct life_mail *before, const struct life_mail *after)
{
	*arena_push(d->arena, d->out->v, d->out->n) = (struct difference){ how, before, after };
}

static void
pair(struct differing *d)
{
	size_t both = d->before.n < d->after.n ? d->before.n : d->after.n;

	for (size_t i = 0; i < both; i++)
		add(d, d->after.v[i]->at < d->before.v[i]->at ? DIFFER_EARLIER : DIFFER_LATER, d->before.v[i], d->after.v[i]);
	for (size_t i = both; i < d->before.n; i++)
		add(d, DIFFER_FEWER, d->before.v[i], NULL);
	for (size_t i = both; i < d->after.n; i++)
		add(d, DIFFER_MORE, NULL, d->after.v[i]);
	d->before = d->after = (struct mails){ NULL, 0 };
}

static void
take(struct differing *d, struct mails *side, const struct life_mail *mail)
{
	*arena_push(d->arena, side->v, side->n) = mail;
}

/* Both in one order: a moment that only one has is kept until the next that both have, or until the row ends. */
static void
walk(struct differing *d, const struct mails *before, const struct mails *after)
{
	const struct life_mail *row = NULL;
	size_t b = 0, a = 0;

	while (b < before->n || a < after->n) {
		int order = b == before->n ? 1 : a == after->n ? -1 : compare_rows(before->v[b], after->v[a]);
		const struct life_mail *next = order > 0 ? after->v[a] : before->v[b];

		if (row != NULL && compare_rows(row, next) != 0)
			pair(d);
		row = next;
		if (order == 0)
			order = compare_numbers(before->v[b]->at, after->v[a]->at);
		if (order == 0) {
			pair(d);
			b++;
			a++;
		} else if (order < 0)
			take(d, &d->before, before->v[b++]);
		else
			take(d, &d->after, after->v[a++]);
	}
	pair(d);
}

/* ---- Another template at the same moment */

static const struct life_mail *
side(const struct difference *difference)
{
	return difference->after != NULL ? difference->after : difference->before;
}

instant
difference_at(const struct difference *difference)
{
	if (difference->before == NULL || difference->after == NULL)
		return side(difference)->at;
	return difference->before->at < difference->after->at ? difference->before->at : difference->after->at;
}

static int
compare_moments(const struct difference *a, const struct difference *b)
{
	int order = strcmp(side(a)->address, side(b)->address);

	if (order == 0)
		order = compare_numbers(side(a)->key, side(b)->key);
	return order != 0 ? order : compare_numbers(side(a)->at, side(b)->at);
}

static int
by_moment(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	const struct life_mail *left, *right;
	int order = compare_moments(x, y);

	if (order == 0)
		order = compare_numbers(x->how, y->how);
	if (order != 0)
		return order;
	left = side(x);
	right = side(y);
	return compare_mails(&left, &right);
}

/* One that is missing and one that is there, at one moment, to one person, about one case. */
static void
pair_templates(struct differences *out)
{
	size_t kept = 0, from = 0;

	for (size_t i = 0; i < out->n; i++) {
		struct difference *next = &out->v[i], *fewer = NULL;

		if (i == 0 || compare_moments(&out->v[i - 1], next) != 0)
			from = i;
		for (size_t k = from; next->how == DIFFER_FEWER && k < i && fewer == NULL; k++)
			if (out->v[k].how == DIFFER_MORE)
				fewer = &out->v[k];
		if (fewer != NULL) {
			fewer->before = next->before;
			fewer->how = DIFFER_OTHERWISE;
			next->before = NULL;	/* told there */
		}
	}
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].before != NULL || out->v[i].after != NULL)
			out->v[kept++] = out->v[i];
	out->n = kept;
}

static int
by_time(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int order = strcmp(side(x)->address, side(y)->address);

	if (order == 0)
		order = compare_numbers(difference_at(x), difference_at(y));
	return order != 0 ? order : by_moment(a, b);
}

void
differ(struct arena *arena, const struct life *before, const struct life *after, instant since, struct differences *out)
{
	struct differing d = { .arena = arena, .out = out };
	struct mails were = sorted(arena, before), are = sorted(arena, after);
	size_t kept = 0;

	*out = (struct differences){ NULL, 0 };
	walk(&d, &were, &are);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_moment);
	pair_templates(out);
	for (size_t i = 0; i < out->n; i++) {
		const struct difference *one = &out->v[i];

		if (since == INSTANT_NONE || (one->before != NULL && one->before->at >= since) ||
		    (one->after != NULL && one->after->at >= since))
			out->v[kept++] = *one;
	}
	out->n = kept;
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_time);
}

const char *
differ_how_name(enum differ_how how)
{
	static const char *const names[DIFFER_HOWS] = {
		[DIFFER_MORE] = "more", [DIFFER_FEWER] = "fewer", [DIFFER_EARLIER] = "earlier", [DIFFER_LATER] = "later",
		[DIFFER_OTHERWISE] = "otherwise",
	};

	return names[how];
}
