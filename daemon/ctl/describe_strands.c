/*
 * advicectl describe: each strand from its beginning to its ends, and what
 * holds at any time.
 * Invariant: every stage, row and rung has a line; a ladder shared by several
 * stages is told at each of them, of the people chased there.
 * Fails: never.
 */
#include <string.h>

#include "ctl/describe.h"

static void
rows(struct description *d, int depth, const char *name, const struct rows *list, const char *before)
{
	for (size_t i = 0; i < list->n; i++)
		describe_add(d, depth, name, list->v[i].where, &list->v[i].meets, "%s%s", before, words_row(&d->words, &list->v[i]));
}

void
describe_rungs(struct description *d, int depth, const char *name, const struct ladder *ladder)
{
	rows(d, depth, name, &ladder->rungs, "");
}

/* ---- A stage */

/* What holds without a condition, below others, is what is left. */
static void
choices(struct description *d, const struct stage *stage)
{
	for (size_t i = 0; i < stage->choose.n; i++) {
		const struct row *row = &stage->choose.v[i];

		describe_add(d, 1, stage->name, row->where, &row->meets, "%s%s",
		    i > 0 && row->when.n + row->unless.n == 0 ? "otherwise, " : "straight away, ", words_row(&d->words, row));
	}
}

static void
asks(struct description *d, const struct stage *stage, struct strs *parts)
{
	const struct question *question = pack_question(d->words.pack, stage->ask);
	const struct recipients *of = stage->ask_of.n > 0 ? &stage->ask_of : question != NULL ? &question->of : NULL;

	strs_add(d->words.arena, parts, arena_printf(d->words.arena, "the question %s is put to %s",
	    words_quoted(&d->words, stage->ask), of == NULL ? "nobody" : words_recipients(&d->words, of, "and")));
}

/* What the stage waits for, of whom, by when. */
static char *
stage_text(struct description *d, const struct stage *stage)
{
	struct arena *arena = d->words.arena;
	struct strs parts = { NULL, 0 };

	if (stage->waits_for.n > 0)
		strs_add(arena, &parts, arena_printf(arena, "the work waits for %s%s%s", words_recipients(&d->words, &stage->waits_for, "and"),
		    stage->due == NULL ? "" : ", until ", stage->due == NULL ? "" : words_day(&d->words, stage->due)));
	if (stage->ask != NULL)
		asks(d, stage, &parts);
	if (stage->wants != NULL)
		strs_add(arena, &parts, arena_printf(arena, "what is awaited is %s", words_said(arena, stage->wants)));
	if (stage->waits != NULL)
		strs_add(arena, &parts, arena_printf(arena, "nobody is chased, since what is waited for is %s",
		    words_said(arena, stage->waits)));
	if (stage->one_for_each != NULL)
		strs_add(arena, &parts, arena_printf(arena, "the work divides into one line for each %s",
		    words_plain(&d->words, stage->one_for_each)));
	if (stage->final)
		strs_add(arena, &parts, "the work has come to an end, and nobody is chased");
	if (parts.n == 0)
		strs_add(arena, &parts, "the work passes straight on, the first way that fits");
	return strs_join(arena, &parts, "; ");
}

static void
stage_ladders(struct description *d, const struct stage *stage)
{
	for (size_t i = 0; i < stage->ladder_count; i++) {
		const struct ladder_ref *ref = &stage->ladders[i];
		const struct ladder *ladder = ref->own != NULL ? ref->own : pack_ladder(d->words.pack, ref->name);

		if (ref->own == NULL)
			describe_add(d, 1, stage->name, ref->where, NULL, "the reminders here are those called %s, as follows:",
			    words_quoted(&d->words, ref->name));
		if (ladder != NULL)
			describe_rungs(d, ref->own != NULL ? 1 : 2, stage->name, ladder);
	}
}

static void
one_stage(struct description *d, const struct stage *stage)
{
	struct words *words = &d->words;

	describe_add(d, 0, stage->name, stage->where, &stage->meets, "at %s %s", words_quoted(words, stage->name),
	    stage_text(d, stage));
	words->them = stage->waits_for.n == 0 ? NULL : words_recipients(words, &stage->waits_for, "and");
	words->due = stage->due == NULL ? NULL : words_day(words, stage->due);
	if (stage->told != NULL)
		describe_add(d, 1, stage->name, stage->where, NULL, "they know of it: %s", stage->told);
	if (stage->age_counted_on != NULL)
		describe_add(d, 1, stage->name, stage->where, NULL, "the child’s age is counted on %s",
		    words_day(words, stage->age_counted_on));
	rows(d, 1, stage->name, &stage->entry, "on arrival here, ");
	choices(d, stage);
	rows(d, 1, stage->name, &stage->on, "");
	stage_ladders(d, stage);
	words->them = words->due = NULL;
}

static void
one_strand(struct description *d, const struct strand *strand)
{
	const char *name = words_quoted(&d->words, strand->name);

	describe_section(d, "The work on %s", name);
	describe_add(d, 0, strand->name, strand->where, &strand->meets, "at each stage of the work on %s the first line that fits is "
	    "taken, then the lines that hold at any stage, then those that hold in any case; the work begins %s", name,
	    strand->begins.n == 1 ? "so:" : "in one of these ways:");
	rows(d, 1, strand->name, &strand->begins, "");
	for (size_t i = 0; i < strand->stage_count; i++)
		one_stage(d, &strand->stages[i]);
	if (strand->always.n + strand->always_ladder.rungs.n == 0)
		return;
	describe_add(d, 0, strand->name, strand->where, NULL, "at any stage of the work on %s, this holds too:", name);
	rows(d, 1, strand->name, &strand->always, "");
	describe_rungs(d, 1, strand->name, &strand->always_ladder);
}

/* ---- Everywhere */

static void
one_guard(struct description *d, const struct guard *guard)
{
	struct arena *arena = d->words.arena;
	struct strs parts = { NULL, 0 };
	const char *file = guard->file == NULL ? "" : arena_printf(arena, "a file called “%s”", guard->file);

	if (guard->by_hand)
		strs_add(arena, &parts, "no mail is sent by itself");
	if (guard->held_for != NULL)
		strs_add(arena, &parts, arena_printf(arena, "each mail waits until %s has looked at it",
		    words_role(&d->words, guard->held_for)));
	if (guard->first)
		strs_add(arena, &parts, "the case comes first");
	if (guard->copy_requests_to.n > 0)
		strs_add(arena, &parts, arena_printf(arena, "requests are copied to %s",
		    words_recipients(&d->words, &guard->copy_requests_to, "and")));
	if (guard->leave_out)
		strs_add(arena, &parts, arena_printf(arena, "%s is left out of what is sent", file));
	describe_add(d, 0, guard->name, guard->where, &guard->meets, "the guard %s: %s%s%s%s%s", words_quoted(&d->words, guard->name),
	    guard->flag == NULL ? "" : arena_printf(arena, "for a child whose record is marked “%s”, ", guard->flag),
	    words_list(arena, &parts, "and"), guard->file == NULL || guard->leave_out ? "" : ", for ",
	    guard->leave_out ? "" : file, guard->unless.n == 0 ? "" :
	    arena_printf(arena, ", unless %s", words_conditions(&d->words, &guard->unless)));
}

static void
one_digest(struct description *d, const struct digest *digest)
{
	describe_add(d, 0, digest->name, digest->where, &digest->meets, "the list %s goes to %s every %s%s%s, with what is: %s",
	    words_quoted(&d->words, digest->name), words_recipients(&d->words, &digest->to, "and"),
	    digest->every == NULL ? "working day" : digest->every, digest->when.n == 0 ? "" : ", if ",
	    words_conditions(&d->words, &digest->when), words_texts(d->words.arena, &digest->lists, "and"));
}

void
describe_strands(struct description *d)
{
	const struct pack *pack = d->words.pack;

	for (size_t i = 0; i < pack->strand_count; i++)
		one_strand(d, &pack->strands[i]);
	describe_section(d, "In any case, where no line above has taken it");
	rows(d, 0, "always", &pack->always, "");
	describe_rungs(d, 0, "always", &pack->always_ladder);
	if (pack->guard_count > 0)
		describe_section(d, "What holds whatever the lines above say");
	for (size_t i = 0; i < pack->guard_count; i++)
		one_guard(d, &pack->guards[i]);
	if (pack->digest_count > 0)
		describe_section(d, "Lists that are sent regularly");
	for (size_t i = 0; i < pack->digest_count; i++)
		one_digest(d, &pack->digests[i]);
}
