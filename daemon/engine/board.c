/*
 * A case as the board shows it.  Runs in core, for whoever draws the page.
 * Invariant (promise no-leak): without names no person's name or address and
 * no child's name is in what comes out: people are their roles, posts and
 * teams, as the rules and the directory call them.
 * Fails: as the store does.
 */
#include "engine/board.h"

#include <string.h>

#include "case/people.h"
#include "engine/engine_private.h"

#define SHOWN_MOST	3	/* people who have the same thing */

struct looking {
	struct board_desk	*desk;
	struct arena		*arena;
	const struct pack	*pack;
	struct words		 words;
	struct world		 world;
	const struct case_state	*state;
};

void
board_desk_begin(struct board_desk *desk)
{
	desk->words = arena_alloc(desk->arena, (desk->engine->pack_count + 1) * sizeof(*desk->words));
	for (size_t i = 0; i < desk->engine->pack_count; i++)
		words_begin(&desk->words[i], desk->arena, desk->engine->packs[i]);
}

const char *
board_mark_name(enum board_mark_kind kind)
{
	static const char *const names[] = { [BOARD_STAGE] = "stage", [BOARD_REMIND] = "remind", [BOARD_ESCALATE] = "escalate" };

	return names[kind];
}

/* ---- Dates: which of a strand's deadlines counts in the end */

static void
add_base(struct looking *look, struct strs *names, const char *name)
{
	const struct deadline *deadline = name == NULL ? NULL : pack_deadline(look->pack, name);

	if (deadline == NULL || strs_has(names, name))
		return;
	strs_add(look->arena, names, name);
	for (size_t i = 0; i < deadline->is.term_count; i++) {
		add_base(look, names, deadline->is.terms[i].base);
		add_base(look, names, deadline->is.terms[i].no_later_than);
	}
}

static void
take_later(struct board_work *work, dayno date, const char *name)
{
	if (date != DAY_NONE && (work->last == DAY_NONE || date > work->last)) {
		work->last = date;
		work->last_name = name;
	}
}

/* The fixed date behind the dates that its stages work to; where none is fixed, the latest of those. */
static void
last_date(struct looking *look, const struct strand *rules, const struct case_strand *strand, struct board_work *work)
{
	struct strs all = { NULL, 0 };

	for (size_t i = 0; rules != NULL && i < rules->stage_count; i++)
		add_base(look, &all, rules->stages[i].due);
	for (size_t i = 0; i < all.n; i++)
		if (pack_deadline(look->pack, all.v[i])->fixed)
			take_later(work, case_deadline_date(look->state, strand->no, all.v[i]), all.v[i]);
	for (size_t i = 0; rules != NULL && work->last == DAY_NONE && i < rules->stage_count; i++)
		if (rules->stages[i].due != NULL)
			take_later(work, case_deadline_date(look->state, strand->no, rules->stages[i].due), rules->stages[i].due);
}

/* ---- People */

static const char *
person_words(struct looking *look, const char *address)
{
	const struct person *person = directory_find(look->world.directory, address);

	if (look->desk->names)
		return person == NULL ? address : person->name;
	if (person == NULL || person->posts.n == 0)
		return "somebody outside the directory";
	return person->posts.v[0];
}

static const char *
people_words(struct looking *look, const struct strs *addresses)
{
	struct strs shown = { NULL, 0 };

	for (size_t i = 0; i < addresses->n && i < SHOWN_MOST; i++)
		strs_add_new(look->arena, &shown, person_words(look, addresses->v[i]));
	if (addresses->n > SHOWN_MOST)
		strs_add(look->arena, &shown, arena_printf(look->arena, "%zu more", addresses->n - SHOWN_MOST));
	return words_list(look->arena, &shown, "and");
}

static struct strs
people_now(struct looking *look, int strand, const struct recipients *whom)
{
	struct people_query query = { .pack = look->pack, .world = &look->world, .state = look->state, .strand = strand,
	    .on = instant_date(look->desk->now) };
	struct people people = { 0 };
	const char *nobody = NULL;

	people_of_all(look->arena, &query, whom, &people, &nobody);
	return people.addresses;
}

static const char *
team_of(struct looking *look, const struct strs *addresses)
{
	for (size_t i = 0; i < addresses->n; i++) {
		const struct person *person = directory_find(look->world.directory, addresses->v[i]);

		if (person != NULL && person->team[0] != '\0')
			return person->team;
	}
	return "";
}

/* "team-leader else duty-manager": whom the rules mean first. */
static const char *
first_roles(struct looking *look, const struct strs *roles)
{
	struct strs first = { NULL, 0 };

	for (size_t i = 0; i < roles->n; i++) {
		const char *otherwise = strstr(roles->v[i], " else ");

		strs_add_new(look->arena, &first, otherwise == NULL ? roles->v[i] :
		    arena_strndup(look->arena, roles->v[i], (size_t)(otherwise - roles->v[i])));
	}
	return words_role_texts(&look->words, &first, "and");
}

/* The newest that is open in the strand, else one of the case. */
static const struct case_question *
open_question(const struct case_state *state, int strand)
{
	const struct case_question *found = NULL;

	for (size_t i = 0; i < state->question_count; i++) {
		const struct case_question *question = &state->questions[i];

		if (question->state == QUESTION_OPEN && question->asked.n > 0 &&
		    (question->strand == strand || (question->strand == 0 && found == NULL)))
			found = question;
	}
	return found;
}

/* Roles where the rules name them; people where they are to be named, or where no role is. */
static void
has_it(struct looking *look, struct board_work *work, const struct strs *people, const char *roles)
{
	bool by_name = people->n > 0 && (look->desk->names || roles[0] == '\0');

	work->holder = by_name ? people_words(look, people) :
	    people->n > 0 ? roles : arena_printf(look->arena, "nobody yet: it is not known who is %s", roles);
	work->team = team_of(look, people);
}

/* Of work that is done: whoever it was waited for last. */
static const struct stage *
last_waiting(struct looking *look, const struct strand *rules, int strand)
{
	for (size_t i = look->state->entry_count; rules != NULL && i-- > 0;) {
		const struct case_entry *entry = &look->state->entries[i];
		const struct stage *stage = entry->strand != strand ? NULL : strand_stage(rules, entry->stage);

		if (stage != NULL && stage->waits_for.n > 0)
			return stage;
	}
	return NULL;
}

static void
holder(struct looking *look, const struct strand *rules, const struct stage *stage, const struct case_strand *strand,
    struct board_work *work)
{
	const struct case_question *question = open_question(look->state, strand->no);
	const struct stage *before = last_waiting(look, rules, strand->no);
	struct strs people = { NULL, 0 }, roles = { NULL, 0 };

	if (strand->final)
		;
	else if (strand->chased[0] != '\0') {
		strs_add(look->arena, &people, strand->chased);
		has_it(look, work, &people, "");
	} else if (stage != NULL && stage->waits_for.n > 0) {
		people = people_now(look, strand->no, &stage->waits_for);
		for (size_t i = 0; i < stage->waits_for.n; i++)
			strs_add(look->arena, &roles, stage->waits_for.v[i].text);
		has_it(look, work, &people, first_roles(look, &roles));
	} else if (question != NULL)
		has_it(look, work, &question->asked, first_roles(look, &question->of_role));
	if (work->team[0] == '\0' && before != NULL) {
		people = people_now(look, strand->no, &before->waits_for);
		work->team = team_of(look, &people);
	}
}

/* ---- How it came there */

/* In their order; of one day, stages before the mails that they cause. */
static void
mark(struct looking *look, struct board_work *work, enum board_mark_kind kind, instant at, const char *what)
{
	struct board_mark new = { kind, instant_date(at), what };
	size_t i;

	(void)arena_push(look->arena, work->marks, work->mark_count);
	for (i = work->mark_count - 1; i > 0 && work->marks[i - 1].on > new.on; i--)
		work->marks[i] = work->marks[i - 1];
	work->marks[i] = new;
}

static const char *
whom_words(struct looking *look, const struct case_sent *sent)
{
	const char *people = people_words(look, &sent->to);

	return sent->shadow ? arena_printf(look->arena, "%s, in shadow: not sent", people) : people;
}

static void
marks(struct looking *look, const struct case_strand *strand, struct board_work *work)
{
	const struct case_state *state = look->state;

	for (size_t i = 0; i < state->entry_count; i++)
		if (state->entries[i].strand == strand->no)
			mark(look, work, BOARD_STAGE, state->entries[i].at, words_told(&look->words, state->entries[i].stage));
	for (size_t i = 0; i < state->sent_count; i++) {
		const struct case_sent *sent = &state->sent[i];

		if (sent->strand == strand->no && (sent->act == ACT_REMIND || sent->act == ACT_ESCALATE))
			mark(look, work, sent->act == ACT_REMIND ? BOARD_REMIND : BOARD_ESCALATE, sent->at, whom_words(look, sent));
	}
}

/* ---- One piece of work */

static bool
sends(const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t a = 0; a < rows->v[i].act_count; a++)
			if (rows->v[i].acts[a].word == ACT_FORWARD || rows->v[i].acts[a].word == ACT_SEND || rows->v[i].acts[a].word == ACT_REPLY)
				return true;
	return false;
}

/* Where some ends of a strand send something on and others do not, those others are work that was called off. */
static bool
ends_well(const struct strand *rules, const struct stage *end)
{
	bool any = false;

	for (size_t i = 0; rules != NULL && i < rules->stage_count; i++)
		any |= rules->stages[i].final && sends(&rules->stages[i].entry);
	return !any || (end != NULL && sends(&end->entry));
}

static void
work_look(struct looking *look, const struct case_strand *strand, struct board_work *work)
{
	const struct strand *rules = pack_strand(look->pack, strand->name);
	const struct stage *stage = rules == NULL ? NULL : strand_stage(rules, strand->stage);

	*work = (struct board_work){
		.strand = words_told(&look->words, strand->name), .service = words_told(&look->words, strand->service),
		.stage = words_told(&look->words, strand->stage), .held = strand->held && !strand->final,
		.began = strand->began == INSTANT_NONE ? instant_date(look->state->opened) : instant_date(strand->began),
		.ended = strand->final ? instant_date(strand->entered) : DAY_NONE, .counted = strand->final && ends_well(rules, stage),
		.due = DAY_NONE, .last = DAY_NONE, .due_name = "", .last_name = "", .holder = "", .team = "", .wants = "",
	};
	last_date(look, rules, strand, work);
	if (work->last != DAY_NONE)
		work->last_name = words_told(&look->words, work->last_name);
	if (stage != NULL && stage->due != NULL && !strand->final) {
		work->due = case_deadline_date(look->state, strand->no, stage->due);
		work->due_name = words_told(&look->words, stage->due);
	}
	if (stage != NULL && !strand->final)
		work->wants = stage->wants != NULL ? stage->wants : stage->waits != NULL ? stage->waits : "";
	holder(look, rules, stage, strand, work);
	marks(look, strand, work);
}

int
board_case_look(struct board_desk *desk, struct arena *arena, int64_t id, struct board_case **case_r, struct err *err)
{
	struct looking look = { .desk = desk, .arena = arena };
	struct case_state *state;
	struct board_case *shown;
	const char *name, *mailbox;

	*case_r = NULL;
	if (store_case_pack(desk->engine->store, arena, id, &name, err) == -1)
		return -1;
	for (size_t i = 0; name != NULL && i < desk->engine->pack_count; i++)
		if (strcmp(desk->engine->packs[i]->name, name) == 0) {
			look.pack = desk->engine->packs[i];
			look.words = desk->words[i];
		}
	if (look.pack == NULL)
		return 0;
	look.words.arena = arena;
	if (store_case_load(desk->engine->store, arena, id, &state, err) == -1 ||
	    engine_mailbox(desk->engine, arena, look.pack, 0, &mailbox, err) == -1 ||
	    engine_world(desk->engine, arena, look.pack, mailbox, state, NULL, desk->now, &look.world, err) == -1)
		return err_wrap(err, "case");
	look.state = state;
	shown = *case_r = arena_alloc(arena, sizeof(*shown));
	*shown = (struct board_case){
		.id = id, .name = case_name(arena, state), .pack = look.pack->name,
		.child = desk->names ? case_fact_value(state, 0, "child-name") : NULL,
		.opened = instant_date(state->opened), .closed = state->closed == INSTANT_NONE ? DAY_NONE : instant_date(state->closed),
		.paused = state->paused_until != INSTANT_NONE && state->paused_until > desk->now,
	};
	for (size_t i = 0; i < state->strand_count; i++)
		work_look(&look, &state->strands[i], arena_push(arena, shown->work, shown->work_count));
	return 0;
}
