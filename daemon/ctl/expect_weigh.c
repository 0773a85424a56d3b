/*
 * Holding what happened against what a pack test demands.  Runs in advicectl
 * test.
 * Invariant: what silence would also meet counts only where some mail that
 * was asked for went out.
 * Fails: never.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/expect.h"

#define SEEN_MOST	6

struct weighing {
	struct arena			*arena;
	const struct happenings		*happenings;
	const struct point		*points;
	size_t				 point_count;
};

static const char *const events[] = {
	[DEMAND_IN] = "mail-in", [DEMAND_OUT] = "mail-out", [DEMAND_NO] = "mail-out", [DEMAND_MOVE] = "move",
	[DEMAND_DEADLINE] = "deadline", [DEMAND_HELD] = "held", [DEMAND_UNSAID] = "mail-out",
};

/* "a|b": either; visit says whether one fits. */
static bool
either(struct arena *arena, const char *alternatives, bool (*fits)(const void *ctx, const char *one), const void *ctx)
{
	for (;;) {
		size_t len = strcspn(alternatives, "|");

		if (fits(ctx, arena_strndup(arena, alternatives, len)))
			return true;
		if (alternatives[len] == '\0')
			return false;
		alternatives += len + 1;
	}
}

static struct strs
addresses(struct arena *arena, const char *text)
{
	struct strs list = { NULL, 0 };

	for (text += strspn(text, ", \t"); *text != '\0'; text += strspn(text, ", \t")) {
		size_t len = strcspn(text, ", \t");

		strs_add_new(arena, &list, arena_strndup(arena, text, len));
		text += len;
	}
	return list;
}

static bool
all_among(const struct strs *some, const struct strs *all)
{
	for (size_t i = 0; i < some->n; i++)
		if (!strs_has_nocase(all, some->v[i]))
			return false;
	return true;
}

static struct strs
list_of(const struct happening *happening, const char *key)
{
	const struct happening_field *field = happening_field(happening, key);

	return field == NULL || field->sort != FIELD_LIST ? (struct strs){ NULL, 0 } : *field->list;
}

static bool
some_outside(const struct strs *people, const struct strs *domains)
{
	for (size_t i = 0; i < people->n; i++) {
		const char *at = strrchr(people->v[i], '@');

		if (at == NULL || !strs_has_nocase(domains, at + 1))
			return true;
	}
	return false;
}

/* What is asked of the people a mail goes to. */
static bool
people_fit(struct arena *arena, const struct happening *happening, const char *key, const char *value)
{
	struct strs wanted = addresses(arena, value), list = list_of(happening, key);
	struct strs to = list_of(happening, "to"), cc = list_of(happening, "cc"), all = { NULL, 0 };

	if (strcmp(key, "to") == 0 || strcmp(key, "cc") == 0)
		return all_among(&wanted, &list) && all_among(&list, &wanted);
	for (size_t i = 0; i < to.n; i++)
		strs_add_new(arena, &all, to.v[i]);
	for (size_t i = 0; i < cc.n; i++)
		strs_add_new(arena, &all, cc.v[i]);
	if (strcmp(key, "reaches") == 0)
		return all_among(&wanted, &all);
	if (strcmp(key, "outside") == 0)
		return some_outside(&all, &wanted);
	for (size_t i = 0; i < wanted.n; i++)
		if (strs_has_nocase(&all, wanted.v[i]))
			return true;
	return false;
}

struct rule_asked { const struct weighing *w; const char *rule; };

/* "rules/x/pathway.cfg:41", "pathway.cfg:41", or the name of what stands there: "overdue", "standard/overdue". */
static bool
rule_is(const void *ctx, const char *wanted)
{
	const struct rule_asked *asked = ctx;
	struct arena *arena = asked->w->arena;

	if (str_same(asked->rule, wanted) || str_ends_nocase(asked->rule, arena_printf(arena, "/%s", wanted)))
		return true;
	for (size_t i = 0; i < asked->w->point_count; i++) {
		const struct point *point = &asked->w->points[i];

		if (strcmp(where_text(arena, point->where), asked->rule) != 0)
			continue;
		if (str_same(point->name, wanted) || str_same(arena_printf(arena, "%s/%s", point->inside, point->name), wanted))
			return true;
	}
	return false;
}

static bool
text_is(const void *ctx, const char *wanted)
{
	return str_same(ctx, wanted);
}

static bool
is_about_people(const struct demand *demand, const char *key)
{
	static const char *const keys[] = { "to", "cc", "reaches", "any-of", "outside" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return demand->verb == DEMAND_OUT || demand->verb == DEMAND_NO;
	return false;
}

static bool
on_its_days(const struct demand *demand, const struct happening *happening)
{
	dayno day = instant_date(happening->at);

	return (demand->first == DAY_NONE || day >= demand->first) && (demand->last == DAY_NONE || day <= demand->last);
}

static bool
fits(const struct weighing *w, const struct demand *demand, const struct happening *happening)
{
	for (size_t i = 0; i < demand->key_count; i++) {
		const char *key = demand->keys[i].key, *value = demand->keys[i].value;
		struct rule_asked asked = { w, happening_text(happening, "rule") };

		if (strcmp(value, "*") == 0)
			continue;
		if (is_about_people(demand, key) ? !people_fit(w->arena, happening, key, value) :
		    strcmp(key, "rule") == 0 ? !either(w->arena, value, rule_is, &asked) :
		    !either(w->arena, value, text_is, happening_text(happening, key)))
			return false;
	}
	return true;
}

struct saying { struct arena *arena; const char *subject; };

static bool
word_is_said(const void *ctx, const char *word)
{
	const struct saying *saying = ctx;

	return strstr(saying->subject, str_lower(saying->arena, word)) != NULL;
}

static bool
says_one(const struct weighing *w, const struct demand *demand, const struct happening *happening)
{
	struct saying saying = { w->arena, str_lower(w->arena, happening_text(happening, "subject")) };

	return either(w->arena, demand->keys[0].value, word_is_said, &saying);
}

static void
seen_add(const struct weighing *w, struct unmet *unmet, const struct happening *happening)
{
	const char *template = happening_text(happening, "template");

	if (unmet->seen.n < SEEN_MOST)
		strs_add(w->arena, &unmet->seen, arena_printf(w->arena, "%s %02d:%02d  %s%s%s", date_iso(w->arena, instant_date(happening->at)),
		    instant_minute(happening->at) / 60, instant_minute(happening->at) % 60, happening_line(w->arena, happening),
		    template[0] == '\0' ? "" : ", template ", template));
}

/* Is it at least of the sort that the demand is about, so that it helps to see it? */
static bool
is_near(const struct demand *demand, const struct happening *happening)
{
	for (size_t i = 0; demand->verb == DEMAND_IN && i < demand->key_count; i++)
		if (strcmp(demand->keys[i].key, "file") == 0)
			return str_same(demand->keys[i].value, happening_text(happening, "file"));
	return demand->verb == DEMAND_DEADLINE || demand->verb == DEMAND_HELD || on_its_days(demand, happening);
}

/* Does the demand hold? If not, what was seen. */
static bool
holds(const struct weighing *w, const struct demand *demand, struct unmet *unmet_r)
{
	const struct happenings *all = w->happenings;
	long hits = 0;

	*unmet_r = (struct unmet){ .demand = demand };
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < all->n; i++) {
			const struct happening *happening = &all->v[i];
			bool is_hit;

			if (strcmp(happening->event, events[demand->verb]) != 0)
				continue;
			is_hit = on_its_days(demand, happening) && (demand->verb == DEMAND_UNSAID ?
			    says_one(w, demand, happening) : fits(w, demand, happening));
			if (pass == 0)
				hits += is_hit;
			if (pass == 0 ? is_hit : hits == 0 && is_near(demand, happening))
				seen_add(w, unmet_r, happening);
		}
	unmet_r->count = hits == 0 ? "none such" : arena_printf(w->arena, "%ld such", hits);
	if (demand->verb == DEMAND_UNSAID)
		return hits == 0;
	return hits >= demand->least && (demand->most < 0 || hits <= demand->most);
}

static bool
silence_meets(const struct demand *demand)
{
	return demand->verb == DEMAND_NO || demand->verb == DEMAND_UNSAID || demand->least == 0;
}

void
expect_weigh(struct arena *arena, const struct expect *expect, const struct happenings *happenings,
    const struct point *points, size_t point_count, struct unmet **unmet_r, size_t *count_r)
{
	struct weighing w = { arena, happenings, points, point_count };
	struct unmet unmet;
	bool asked = false, spoke = false;

	*unmet_r = NULL;
	*count_r = 0;
	for (size_t i = 0; i < expect->demand_count; i++) {
		const struct demand *demand = &expect->demands[i];
		bool well = holds(&w, demand, &unmet);

		asked |= demand->verb == DEMAND_OUT && !silence_meets(demand);
		spoke |= demand->verb == DEMAND_OUT && !silence_meets(demand) && well;
		if (!well)
			*arena_push(arena, *unmet_r, *count_r) = unmet;
	}
	for (size_t i = 0; asked && !spoke && i < expect->demand_count; i++)
		if (silence_meets(&expect->demands[i]) && holds(&w, &expect->demands[i], &unmet)) {
			unmet.count = "not counted: no mail that was asked for went out";
			*arena_push(arena, *unmet_r, *count_r) = unmet;
		}
}
