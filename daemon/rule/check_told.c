/*
 * Proof: whoever a stage waits for is told so on every way into it, and what
 * is passed on can have come by then.
 * A person is told by an act on the way or on entering, by a question, by what
 * they wrote themselves, by a stage before it that waited for them already, or
 * in another way that the stage gives ("told"); reminders come too late for it.
 * Fails: never; what is wrong is a warning, since people also talk.
 */
#include <string.h>

#include "rule/check.h"

#define DEPTH_MAX	8	/* roles within one another */

/* ---- Is it the same person, so far as the names show? */

static void	add_recipients(const struct check *, const struct recipients *, struct strs *, int);

static void
add_role(const struct check *check, const struct recipient_choice *choice, struct strs *names, int depth)
{
	const char *name = strcmp(choice->role, "owner") == 0 && check->pack->owner != NULL ? check->pack->owner : choice->role;
	const struct role *role = choice->manager ? NULL : pack_role(check->pack, name);

	strs_add_new(check->arena, names, choice->manager ? arena_printf(check->arena, "%s's manager", name) : name);
	if (role == NULL || depth >= DEPTH_MAX)
		return;
	add_recipients(check, &role->is, names, depth + 1);	/* one of a "choose" is not the other: it is itself alone */
}

static void
add_recipients(const struct check *check, const struct recipients *recipients, struct strs *names, int depth)
{
	for (size_t i = 0; i < recipients->n; i++)
		for (size_t c = 0; c < recipients->v[i].choice_count; c++)
			add_role(check, &recipients->v[i].choices[c], names, depth);
}

static bool
shares(const struct check *check, const struct recipients *recipients, const struct strs *people)
{
	struct strs names = { NULL, 0 };

	add_recipients(check, recipients, &names, 0);
	for (size_t i = 0; i < names.n; i++)
		if (strs_has(people, names.v[i]))
			return true;
	return false;
}

static struct strs
waited_for(const struct check *check, const struct stage *stage)
{
	struct strs people = { NULL, 0 };

	add_recipients(check, &stage->waits_for, &people, 0);
	if (people.n > 0)
		strs_add(check->arena, &people, "them");
	return people;
}

/* ---- What tells them */

static bool
question_tells(const struct check *check, const char *name, const struct recipients *of, const struct strs *people)
{
	const struct question *question = name == NULL ? NULL : pack_question(check->pack, name);

	return question != NULL && !question->list_answers && shares(check, of->n > 0 ? of : &question->of, people);
}

static bool
row_tells(const struct check *check, const struct row *row, const struct strs *people)
{
	for (size_t i = 0; i < row->act_count; i++) {
		const struct act *act = &row->acts[i];

		if ((act->word == ACT_FORWARD || act->word == ACT_SEND) && (shares(check, &row->to, people) || shares(check, &row->cc, people)))
			return true;
		if ((act->word == ACT_REMIND || act->word == ACT_ESCALATE) && (shares(check, &act->whom, people) || shares(check, &row->cc, people)))
			return true;
		if (act->word == ACT_ASK && question_tells(check, act->value, &row->of, people))
			return true;
	}
	return false;
}

/* "worker", "worker's manager": as a kind's senders are written. */
static bool
text_shares(const struct check *check, const char *text, const struct strs *people)
{
	struct recipient_choice choice = { arena_strndup(check->arena, text, strcspn(text, "'\xe2")), strpbrk(text, "'\xe2") != NULL };
	struct strs names = { NULL, 0 };

	add_role(check, &choice, &names, 0);
	for (size_t i = 0; i < names.n; i++)
		if (strs_has(people, names.v[i]))
			return true;
	return false;
}

/* Mails of these kinds come from them. */
static bool
kinds_are_theirs(const struct check *check, const struct row *row, const struct strs *people)
{
	for (size_t i = 0; row->event == ON_KIND && i < row->names.n; i++) {
		const struct kind *kind = pack_kind(check->pack, row->names.v[i]);

		for (size_t f = 0; kind != NULL && f < kind->test.from.n; f++)
			if (text_shares(check, kind->test.from.v[f], people))
				return true;
	}
	return false;
}

/* They wrote it, or whoever wrote it is put in their place. */
static bool
they_wrote(const struct check *check, const struct row *row, const struct strs *people)
{
	for (size_t i = 0; i < row->act_count; i++)
		for (size_t s = 0; s < row->acts[i].set_count; s++)
			if (strs_has(people, row->acts[i].sets[s].fact) && row->acts[i].sets[s].value != NULL &&
			    strcmp(row->acts[i].sets[s].value, "sender") == 0)
				return true;
	return row->event != ON_NONE && (shares(check, &row->from_whom, people) || kinds_are_theirs(check, row, people));
}

/* An answer to a question that was put to them, and that the list does not answer for them. */
static bool
they_answered(const struct check *check, const struct row *row, const struct strs *people)
{
	for (size_t q = 0; row->event == ON_ANSWER && q < check->pack->question_count; q++) {
		const struct question *question = &check->pack->questions[q];

		for (size_t a = 0; !question->list_answers && a < question->answer_count; a++)
			if (strs_has(&row->names, question->answers[a].word) && shares(check, &question->of, people))
				return true;
	}
	return false;
}

/* left_at_once: before its question is put. */
static bool
entry_tells(const struct check *check, const struct stage *stage, bool left_at_once, const struct strs *people)
{
	for (size_t i = 0; i < stage->entry.n; i++)
		if (row_tells(check, &stage->entry.v[i], people))
			return true;
	return !left_at_once && question_tells(check, stage->ask, &stage->ask_of, people);
}

/* ---- Every way */

struct telling {
	struct check		*check;
	const struct strand	*strand;
	struct ways		 ways;
	struct strs		 people;
	bool			*seen;		/* stages that are being looked at: a circle tells nobody anew, and nobody less */
};

static const struct row	*way_untold(struct telling *, size_t);

/* The stage that the way comes from: they were told there, or on all ways into it that lead on at once. */
static bool
told_before(struct telling *t, const struct way *way)
{
	const struct stage *from = way->from == WAY_BEGIN ? NULL : &t->strand->stages[way->from];

	if (from == NULL)
		return false;
	if (shares(t->check, &from->waits_for, &t->people) || entry_tells(t->check, from, way->at_once, &t->people))
		return true;
	return way->at_once && way_untold(t, way->from) == NULL;
}

/* A way into the stage that tells them nothing: its row; or NULL. */
static const struct row *
way_untold(struct telling *t, size_t stage)
{
	const struct row *untold = NULL;

	if (t->seen[stage])
		return NULL;
	t->seen[stage] = true;
	for (size_t i = 0; untold == NULL && i < t->ways.n; i++) {
		const struct way *way = &t->ways.v[i];

		if (way->to == stage && way->from != stage && !row_tells(t->check, way->row, &t->people) &&
		    !they_wrote(t->check, way->row, &t->people) && !they_answered(t->check, way->row, &t->people) && !told_before(t, way))
			untold = way->row;
	}
	t->seen[stage] = false;
	return untold;
}

static void
stage_tells(struct check *check, const struct strand *strand, const struct ways *ways, size_t at)
{
	const struct stage *stage = &strand->stages[at];
	struct telling t = { check, strand, *ways, waited_for(check, stage), NULL };
	const struct row *row;

	if (t.people.n == 0 || stage->told != NULL || entry_tells(check, stage, false, &t.people))
		return;
	t.seen = arena_alloc(check->arena, strand->stage_count * sizeof(*t.seen) + 1);
	row = way_untold(&t, at);
	if (row != NULL)
		problem_warn(check->problems, row->where, "a forward, send or ask to them, here or in the stage's \"do\"; or told = \"how else they know\"",
		    "the stage \"%s\" waits for %s, and nothing on this way tells them so", stage->name, stage->waits_for.v[0].text);
}

/* ---- What is passed on has come */

static bool
rows_take(const struct rows *rows, const char *kind)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i].event == ON_KIND && strs_has(&rows->v[i].names, kind))
			return true;
	return false;
}

/* From where can a case come into the stage? */
static bool *
leads_to(struct check *check, const struct strand *strand, size_t stage)
{
	bool *leads = arena_alloc(check->arena, strand->stage_count * sizeof(*leads) + 1), changed = true;
	struct ways ways = check_ways(check, strand);

	leads[stage] = true;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < ways.n; i++)
			if (ways.v[i].to != WAY_END && ways.v[i].from != WAY_BEGIN && leads[ways.v[i].to] && !leads[ways.v[i].from])
				changed = leads[ways.v[i].from] = true;
	}
	return leads;
}

/* Could it have come on any way at all?  What goes along may be missing, but not always. */
static bool
may_have_come(struct check *check, const struct strand *strand, size_t stage, const char *kind)
{
	const struct pack *pack = check->pack;
	bool *leads = leads_to(check, strand, stage);

	if (pack_kind(pack, kind)->kept || rows_take(&pack->always, kind) || rows_take(&strand->begins, kind) || rows_take(&strand->always, kind))
		return true;
	for (size_t i = 0; i < strand->stage_count; i++)
		if (leads[i] && rows_take(&strand->stages[i].on, kind))
			return true;
	for (size_t s = 0; s < pack->strand_count; s++) {
		const struct strand *other = &pack->strands[s];

		if (other != strand && (rows_take(&other->begins, kind) || rows_take(&other->always, kind)))
			return true;
		for (size_t i = 0; other != strand && i < other->stage_count; i++)
			if (rows_take(&other->stages[i].on, kind))
				return true;
	}
	return false;
}

static void
rows_have_come(struct check *check, const struct strand *strand, size_t stage, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->v[i];
		const struct act *forward = check_act(row, ACT_FORWARD);
		const char *kind = forward == NULL || pack_kind(check->pack, forward->value) == NULL ? NULL : forward->value;

		if (kind != NULL && row->when.n == 0 && !(row->event == ON_KIND && strs_has(&row->names, kind)) &&
		    !check_known_in(check, strand, stage, kind))
			problem_warn(check->problems, row->where, "a \"when\", if it may be missing",
			    "a case can come into the stage \"%s\" before any \"%s\" has come, which is passed on here",
			    strand->stages[stage].name, kind);
		if (row->enclose != NULL && pack_kind(check->pack, row->enclose) != NULL && !may_have_come(check, strand, stage, row->enclose))
			problem_warn(check->problems, row->where, NULL, "no \"%s\" can have come when a case stands at \"%s\", and its files "
			    "are to go along here", row->enclose, strand->stages[stage].name);
	}
}

void
check_told(struct check *check)
{
	if (problems_errors(check->problems) > 0)
		return;		/* what follows from a slip is said with the slip */
	for (size_t s = 0; s < check->pack->strand_count; s++) {
		const struct strand *strand = &check->pack->strands[s];
		struct ways ways = check_ways(check, strand);

		for (size_t i = 0; i < strand->stage_count; i++) {
			stage_tells(check, strand, &ways, i);
			rows_have_come(check, strand, i, &strand->stages[i].entry);
			rows_have_come(check, strand, i, &strand->stages[i].choose);
			rows_have_come(check, strand, i, &strand->stages[i].on);
		}
	}
}
