/*
 * A pack's digests: on their day, the lists of late, waiting and unanswered
 * cases to the people who keep watch, a mail to each; an empty one is not
 * sent.  Runs in core and simulate, in the caller's transaction.
 * All open cases are gone through in pieces, a call each, so that nothing waits for a list.
 * Invariant: its next day is set in the transaction in which it is sent; what is left out of a long list is counted.
 * Fails: as the store and the mailing do.
 */
#include <string.h>

#include "case/digest.h"
#include "engine/engine_private.h"

#define LINES_SHOWN	200	/* of one list: more are counted, and read by nobody in a mail */

struct list {
	struct strs	 lines;
	size_t		 more;		/* that are not among them */
};

/* What one reader gets: the same people, whoever's case it is about. */
struct reader {
	struct strs	 people;
	const char	*names;		/* of them, as one text */
	struct list	*lists;		/* one for each of the digest's */
};

struct digest_round {
	struct engine		*engine;
	struct arena		*arena;
	const struct pack	*pack;
	const struct digest	*digest;
	const char		*mailbox;
	instant			 now;		/* when it was begun: what it says is so then */
	struct digest_span	 span;
	struct reader		*readers;
	size_t			 reader_count;
};

static struct reader *
reader_of(struct digest_round *e, struct arena *arena, const struct strs *people)
{
	const char *names = strs_join(arena, people, "\n");
	struct reader *reader;

	for (size_t i = 0; i < e->reader_count; i++)
		if (strcmp(e->readers[i].names, names) == 0)
			return &e->readers[i];
	reader = arena_push(e->arena, e->readers, e->reader_count);
	*reader = (struct reader){ .names = arena_strdup(e->arena, names) };
	for (size_t i = 0; i < people->n; i++)
		strs_add(e->arena, &reader->people, arena_strdup(e->arena, people->v[i]));
	reader->lists = arena_alloc(e->arena, e->digest->lists.n * sizeof(*reader->lists));
	return reader;
}

static void
take_lines(struct digest_round *e, struct list *list, const struct strs *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (list->lines.n < LINES_SHOWN)
			strs_add(e->arena, &list->lines, arena_strdup(e->arena, lines->v[i]));
		else
			list->more++;
	}
}

/* The arena of one case ends with it: what is kept is copied. */
static int
take_case(struct digest_round *e, int64_t id, struct err *err)
{
	struct arena *arena = arena_new();
	struct case_state *state;
	struct world world;
	struct strs people;
	int rc = -1;

	if (store_case_load(e->engine->store, arena, id, &state, err) == -1 ||
	    engine_world(e->engine, arena, e->pack, e->mailbox, state, NULL, e->now, &world, err) == -1)
		goto out;
	rc = 0;
	people = digest_people(arena, e->pack, &world, state, e->digest, e->now);
	for (size_t l = 0; people.n > 0 && l < e->digest->lists.n; l++) {
		struct strs lines = digest_lines(arena, e->pack, &world, state, e->digest, e->digest->lists.v[l], e->now);

		if (lines.n > 0)
			take_lines(e, &reader_of(e, arena, &people)->lists[l], &lines);
	}
out:
	arena_free(&arena);
	return rc;
}

static const char *
body_of(struct digest_round *e, const struct reader *reader)
{
	struct strs parts = { NULL, 0 };

	for (size_t l = 0; l < e->digest->lists.n; l++) {
		const struct list *list = &reader->lists[l];

		if (list->lines.n == 0)
			continue;
		strs_add(e->arena, &parts, arena_printf(e->arena, "**%s**\n", digest_heading(e->arena, e->pack, e->digest->lists.v[l])));
		for (size_t i = 0; i < list->lines.n; i++)
			strs_add(e->arena, &parts, arena_printf(e->arena, "- %s", list->lines.v[i]));
		if (list->more > 0)
			strs_add(e->arena, &parts, arena_printf(e->arena, "- and %zu more, too many for a mail: \"advicectl due\" and "
			    "\"advicectl cases\" name them all to whoever runs adviced", list->more));
		strs_add(e->arena, &parts, "");
	}
	return strs_join(e->arena, &parts, "\n");
}

static int
send_to(struct digest_round *e, const struct reader *reader, instant now, struct err *err)
{
	struct outgoing mail = {
		.act = ACT_SEND, .act_name = "digest", .template = "digest", .rule = e->digest->where,
		.to = reader->people, .note = body_of(e, reader),
	};
	struct decision decision = { .mails = &mail, .mail_count = 1, .next_due = INSTANT_NONE };
	struct event event = { .type = EVENT_TIMER, .at = now };
	struct world world;

	if (engine_world(e->engine, e->arena, e->pack, e->mailbox, NULL, NULL, now, &world, err) == -1)
		return -1;
	if (engine_mailings(e->engine, e->arena, e->pack, e->mailbox, 0, NULL, &world, &event, &decision, now, err) == -1)
		return -1;
	reached_add(e->engine->reached, e->digest->where, NULL);
	return engine_journal(e->engine, e->arena, 0, &event, &decision, now, err);
}

static const struct digest *
digest_named(const struct pack *pack, const char *name)
{
	for (size_t i = 0; pack != NULL && i < pack->digest_count; i++)
		if (strcmp(pack->digests[i].name, name) == 0)
			return &pack->digests[i];
	return NULL;
}

/* ---- A round: the digest that is under way, one at a time */

static void
round_forget(struct engine *engine)
{
	struct arena *arena = engine->digest == NULL ? NULL : engine->digest->arena;

	engine->digest = NULL;
	arena_free(&arena);
}

void
engine_digests_forget(struct engine *engine)
{
	round_forget(engine);
	owners_late_forget(engine);
}

static bool
is_under_way(const struct engine *engine, const struct pack *pack, const struct digest *digest, instant now)
{
	const struct digest_round *e = engine->digest;

	return e != NULL && e->pack == pack && e->digest == digest && instant_date(e->now) == instant_date(now);
}

static int
round_begin(struct engine *engine, const struct pack *pack, const struct digest *digest, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_round *e = arena_alloc(arena, sizeof(*e));

	round_forget(engine);
	*e = (struct digest_round){ .engine = engine, .arena = arena, .pack = pack, .digest = digest, .now = now,
	    .span.pack = pack->name };
	e->span.reach = digest_reach(pack, digest, instant_date(now), &e->span.all);
	engine->digest = e;
	return engine_mailbox(engine, arena, pack, 0, &e->mailbox, err);
}

static int
round_piece(struct digest_round *e, int64_t most, struct err *err)
{
	struct arena *arena = arena_new();
	int64_t *ids;
	size_t count;
	int rc = store_digest_cases(e->engine->store, arena, &e->span, most, &ids, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = take_case(e, ids[i], err);
	arena_free(&arena);
	return rc;
}

static int
round_end(struct digest_round *e, instant now, struct err *err)
{
	for (size_t i = 0; i < e->reader_count; i++)
		if (send_to(e, &e->readers[i], now, err) == -1)
			return -1;
	return store_digest_put(e->engine->store, e->pack->name, e->digest->name, digest_next(e->pack, e->digest, now), err);
}

/* It may be late, after downtime: it goes once, with what is so now. */
static int
issue(struct engine *engine, const struct pack *pack, const struct digest *digest, int64_t most, instant now, bool *gone_r,
    struct err *err)
{
	int rc = is_under_way(engine, pack, digest, now) ? 0 : round_begin(engine, pack, digest, now, err);

	if (rc == 0)
		rc = round_piece(engine->digest, most, err);
	*gone_r = rc == 0 && engine->digest->span.over;
	if (*gone_r)
		rc = round_end(engine->digest, now, err);
	if (*gone_r || rc == -1)
		round_forget(engine);
	return rc == -1 ? err_wrap(err, "digest \"%s\"", digest->name) : 0;
}

int
engine_digests(struct engine *engine, int64_t most, instant now, size_t *count_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count;
	bool gone = true;
	int rc = store_digests(engine->store, arena, &rows, &count, err);

	*count_r = 0;
	for (size_t i = 0; rc == 0 && gone && i < count && rows[i].due <= now; i++) {
		const struct pack *pack = engine_pack(engine, rows[i].pack);
		const struct digest *digest = digest_named(pack, rows[i].name);

		if (strcmp(rows[i].name, DIGEST_OWNERS) == 0)
			continue;
		rc = digest == NULL ? store_digest_drop(engine->store, rows[i].pack, rows[i].name, err) :
		    issue(engine, pack, digest, most, now, &gone, err);
		*count_r += gone;
	}
	arena_free(&arena);
	return rc;
}

static bool
has_row(const struct digest_row *rows, size_t count, const char *pack, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].pack, pack) == 0 && strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

int
engine_digests_plan(struct engine *engine, instant now, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count;
	int rc = store_digests(engine->store, arena, &rows, &count, err);

	for (size_t p = 0; rc == 0 && p < engine->pack_count; p++)
		for (size_t i = 0; rc == 0 && i < engine->packs[p]->digest_count; i++) {
			const struct digest *digest = &engine->packs[p]->digests[i];

			if (!has_row(rows, count, engine->packs[p]->name, digest->name))
				rc = store_digest_put(engine->store, engine->packs[p]->name, digest->name,
				    digest_next(engine->packs[p], digest, now), err);
		}
	arena_free(&arena);
	return rc;
}
