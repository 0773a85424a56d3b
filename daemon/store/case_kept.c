/*
 * Cases as they were last read, kept beside a fleeting store: a simulation
 * looks at one case a hundred times, and changes a little of it each time;
 * with them what is asked at each look, and belongs to none.
 * Runs in advicectl; any other store has none, and reads them anew each time.
 * Invariant: a part that is fresh is what the tables say.  Every statement that
 * writes to a table of cases makes that part stale: of the case that the store
 * says it writes for, else of all.  A rollback makes everything stale.  What
 * was given out stays where it is until the store is closed.
 * Fails: never. 
 */
#include <stdlib.h>
#include <string.h>

#include "store/case_kept.h"

#define CHILDREN	4096	/* places; a power of two */

struct kept {
	struct arena	*arena;
	struct kept_case **cases;	/* by number */
	size_t		 room;
	unsigned	 writing;	/* by the statement that is being prepared */
	int64_t		 scope;
	struct kept_child *children[CHILDREN];
	bool		 has_children;
	struct asked	*asked;	size_t asked_count;
	struct number	*numbers;	/* by hash; a power of two of places, half of them free */
	size_t		 number_room, number_count;
};

struct asked {
	enum case_part	 part;
	const char	*what;
	const void	*answer;
};

struct number {
	uint64_t	 hash;		/* stands for the text: of 64 bits, two are not the same in any store that there is */
	int64_t		 number;	/* 0: the place is free */
};

static const struct { const char *table; unsigned part; } parts[] = {
	{ "cases", PART_CASE }, { "pause", PART_CASE | PART_PAUSES }, { "fact", PART_FACTS }, { "strand", PART_STRANDS },
	{ "stage_entry", PART_ENTRIES }, { "deadline", PART_DEADLINES }, { "question", PART_QUESTIONS },
	{ "rung", PART_RUNGS }, { "message", PART_MAILS }, { "document", PART_MAILS },
	{ "outbox", PART_SENT }, { "outbox_recipient", PART_SENT }, { "involvement", PART_LIST },
	{ "mailbox", PART_MAILBOXES }, { "import", PART_IMPORTS },
};

/* SQLite names each table that a statement writes while it prepares it. */
static int
note_table(void *ctx, int action, const char *table, const char *column, const char *database, const char *trigger)
{
	struct kept *kept = ctx;

	(void)column;
	(void)database;
	(void)trigger;
	if (action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE)
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (strcmp(parts[i].table, table) == 0)
				kept->writing |= parts[i].part;
	return SQLITE_OK;
}

struct kept *
kept_new(sqlite3 *db)
{
	struct kept *kept = x_calloc(1, sizeof(*kept));

	kept->arena = arena_new();
	(void)sqlite3_set_authorizer(db, note_table, kept);
	return kept;
}

void
kept_free(struct kept **kept)
{
	if (*kept == NULL)
		return;
	arena_free(&(*kept)->arena);
	free((*kept)->cases);
	free((*kept)->numbers);
	free(*kept);
	*kept = NULL;
}

struct arena *
kept_arena(struct kept *kept)
{
	return kept->arena;
}

struct kept_case *
kept_case(struct kept *kept, int64_t case_id)
{
	size_t room = kept->room == 0 ? 256 : kept->room;

	while (room <= (size_t)case_id)
		room *= 2;
	if (room > kept->room) {
		kept->cases = x_realloc(kept->cases, room * sizeof(struct kept_case *));
		memset(kept->cases + kept->room, 0, (room - kept->room) * sizeof(struct kept_case *));
		kept->room = room;
	}
	if (kept->cases[case_id] == NULL)
		kept->cases[case_id] = arena_alloc(kept->arena, sizeof(struct kept_case));
	return kept->cases[case_id];
}

/* ---- Growing stale */

static void
stale(struct kept_case *one, unsigned which, bool only_added)
{
	one->fresh &= ~which;
	if ((which & PART_SENT) == 0 || only_added)
		return;
	one->sent_up_to = 0;
	one->state.sent = NULL;
	one->state.sent_count = 0;
}

static void
all_stale(struct kept *kept, unsigned which)
{
	for (size_t i = 0; i < kept->room; i++)
		if (kept->cases[i] != NULL)
			stale(kept->cases[i], which, false);
}

/* What belongs to no case. */
static void
others_stale(struct kept *kept, unsigned which)
{
	if ((which & PART_LIST) != 0 && kept->has_children) {
		memset(kept->children, 0, sizeof(kept->children));
		kept->has_children = false;
	}
	for (size_t i = 0; i < kept->asked_count; i++)
		if ((kept->asked[i].part & which) != 0)
			kept->asked[i].answer = NULL;
}

void
kept_forget(struct kept *kept)
{
	if (kept == NULL)
		return;
	all_stale(kept, ~0u);
	others_stale(kept, ~0u);
}

void
kept_preparing(struct kept *kept)
{
	if (kept != NULL)
		kept->writing = 0;
}

unsigned
kept_prepared(struct kept *kept)
{
	return kept == NULL ? 0 : kept->writing;
}

void
kept_written(struct kept *kept, unsigned which)
{
	if (kept == NULL || which == 0)
		return;
	others_stale(kept, which);
	if (kept->scope == KEPT_NOBODY)
		return;
	if (kept->scope == 0)
		all_stale(kept, which);
	else
		stale(kept_case(kept, kept->scope), which, true);
}

int64_t
kept_scope(struct kept *kept, int64_t case_id)
{
	int64_t before;

	if (kept == NULL)
		return 0;
	before = kept->scope;
	kept->scope = case_id;
	return before;
}

/* The case that a mail stands in, 0 without. */
static int64_t
stands_in(struct store *store, int64_t message)
{
	struct query q = sql_query(store, "SELECT case_id FROM message WHERE id=?");
	int64_t case_id;

	sql_put_int(&q, message);
	case_id = sql_row(&q) ? sql_get_int(&q) : 0;
	return sql_end(&q, NULL) == -1 ? 0 : case_id;
}

int64_t
kept_scope_mail(struct store *store, int64_t message, int64_t case_id)
{
	int64_t before = store->kept == NULL || message == 0 ? 0 : stands_in(store, message);

	if (before != 0 && before != case_id)
		return 0;
	return case_id == 0 ? KEPT_NOBODY : case_id;
}

int64_t
kept_scope_documents(struct store *store, int64_t message)
{
	int64_t case_id = store->kept == NULL ? 0 : stands_in(store, message);

	return case_id == 0 ? KEPT_NOBODY : case_id;
}

/* ---- Rungs and mails sent: they only grow in number, and with nearly every look at a case */

bool
kept_is_fresh(struct kept *kept, int64_t case_id, enum case_part part)
{
	return kept != NULL && case_id != 0 && (kept_case(kept, case_id)->fresh & part) != 0;
}

/* As their table is ordered. */
static int
compare_rungs(const struct case_rung *a, const struct case_rung *b)
{
	int by_name = strcmp(a->rung, b->rung);

	if (a->strand != b->strand)
		return a->strand < b->strand ? -1 : 1;
	if (a->entry != b->entry)
		return a->entry < b->entry ? -1 : 1;
	if (a->question != b->question)
		return a->question < b->question ? -1 : 1;
	if (by_name != 0)
		return by_name;
	if (a->occurrence != b->occurrence)
		return a->occurrence < b->occurrence ? -1 : 1;
	return (a->version > b->version) - (a->version < b->version);
}

void
kept_rung(struct kept *kept, int64_t case_id, const struct case_rung *rung)
{
	struct kept_case *one = kept_case(kept, case_id);
	struct case_state *state = &one->state;
	struct case_rung added = *rung;
	size_t at = state->rung_count;

	one->fresh |= PART_RUNGS;
	while (at > 0 && compare_rungs(&state->rungs[at - 1], rung) > 0)
		at--;
	if (at > 0 && compare_rungs(&state->rungs[at - 1], rung) == 0) {
		state->rungs[at - 1].collapsed = rung->collapsed;
		return;
	}
	added.rung = at > 0 && strcmp(state->rungs[at - 1].rung, rung->rung) == 0 ? state->rungs[at - 1].rung :
	    arena_strdup(kept->arena, rung->rung);
	(void)arena_push(kept->arena, state->rungs, state->rung_count);
	memmove(state->rungs + at + 1, state->rungs + at, (state->rung_count - 1 - at) * sizeof(*state->rungs));
	state->rungs[at] = added;
}

/* As the table would give it back. */
static const char *
kept_text(struct kept *kept, const char *text)
{
	return text == NULL ? "" : arena_strdup(kept->arena, text);
}

void
kept_sent(struct kept *kept, const struct outbox_row *row)
{
	struct kept_case *one = kept_case(kept, row->case_id);
	struct case_state *state = &one->state;
	struct case_sent *sent;

	one->fresh |= PART_SENT;
	one->sent_up_to = row->id;
	if (row->state == OUTBOX_DROPPED)
		return;
	sent = arena_push(kept->arena, state->sent, state->sent_count);
	sent->outbox = row->id;
	sent->template = kept_text(kept, row->template);
	sent->act = kept_act(row->act);
	sent->strand = row->strand;
	sent->message_id = kept_text(kept, row->message_id);
	sent->at = row->decided;
	sent->forwarded = row->forwarded;
	sent->question = row->question;
	sent->shadow = row->state == OUTBOX_SHADOW;
	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(kept->arena, row->recipients[i].cc ? &sent->cc : &sent->to,
		    kept_text(kept, row->recipients[i].address));
}

/* ---- Children on the list */

static unsigned
mixed(unsigned hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return (hash ^ '|') * 16777619u;
}

struct kept_child **
kept_child(struct kept *kept, const char *name, dayno born, const char *nhs_number, const char *upn)
{
	unsigned hash = mixed(mixed(mixed(2166136261u ^ (unsigned)born, name), nhs_number), upn);
	struct kept_child **child = &kept->children[(hash ^ hash >> 16) & (CHILDREN - 1)];

	while (*child != NULL && ((*child)->born != born || strcmp((*child)->name, name) != 0 ||
	    strcmp((*child)->nhs_number, nhs_number) != 0 || strcmp((*child)->upn, upn) != 0))
		child = &(*child)->next;
	kept->has_children = true;
	return child;
}

/* ---- Other answers: few are asked, again and again */

const void **
kept_answer(struct kept *kept, enum case_part part, const char *what)
{
	struct asked *asked;

	if (kept == NULL)
		return NULL;
	for (size_t i = 0; i < kept->asked_count; i++)
		if (kept->asked[i].part == part && strcmp(kept->asked[i].what, what) == 0)
			return &kept->asked[i].answer;
	asked = arena_push(kept->arena, kept->asked, kept->asked_count);
	*asked = (struct asked){ part, arena_strdup(kept->arena, what), NULL };
	return &asked->answer;
}

/* ---- Numbers for texts */

static struct number *
number_place(struct number *numbers, size_t room, uint64_t hash)
{
	size_t i = hash & (room - 1);

	while (numbers[i].number != 0 && numbers[i].hash != hash)
		i = (i + 1) & (room - 1);
	return &numbers[i];
}

static void
numbers_grow(struct kept *kept)
{
	size_t room = kept->number_room == 0 ? 1024 : 2 * kept->number_room;
	struct number *numbers = x_calloc(room, sizeof(*numbers));

	for (size_t i = 0; i < kept->number_room; i++)
		if (kept->numbers[i].number != 0)
			*number_place(numbers, room, kept->numbers[i].hash) = kept->numbers[i];
	free(kept->numbers);
	kept->numbers = numbers;
	kept->number_room = room;
}

int64_t
kept_number(struct kept *kept, const char *text)
{
	uint64_t hash = 14695981039346656037u;
	struct number *number;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	hash ^= hash >> 32;
	if (2 * kept->number_count >= kept->number_room)
		numbers_grow(kept);
	number = number_place(kept->numbers, kept->number_room, hash);
	if (number->number == 0)
		*number = (struct number){ hash, (int64_t)++kept->number_count };
	return number->number;
}
