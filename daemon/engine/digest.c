/*
 * A pack's digests: on their day, the lists of late, waiting and unanswered
 * cases to the people who keep watch, a mail to each; an empty one is not
 * sent.  Runs in core and simulate, in the caller's transaction.
 * Invariant: its next day is set in the transaction in which it is sent.
 * Fails: as the store and the mailing do.
 */
#include <string.h>

#include "case/digest.h"
#include "engine/engine_private.h"

/* What one reader gets: the same people, whoever's case it is about. */
struct reader {
	struct strs	 people;
	struct strs	*lines;		/* one for each of the digest's lists */
};

struct edition {
	struct engine		*engine;
	struct arena		*arena;
	const struct pack	*pack;
	const struct digest	*digest;
	const char		*mailbox;
	instant			 now;
	struct reader		*readers;
	size_t			 reader_count;
};

static struct reader *
reader_of(struct edition *e, const struct strs *people)
{
	const char *names = strs_join(e->arena, people, "\n");
	struct reader *reader;

	for (size_t i = 0; i < e->reader_count; i++)
		if (strcmp(strs_join(e->arena, &e->readers[i].people, "\n"), names) == 0)
			return &e->readers[i];
	reader = arena_push(e->arena, e->readers, e->reader_count);
	reader->people = *people;
	reader->lines = arena_alloc(e->arena, e->digest->lists.n * sizeof(*reader->lines));
	return reader;
}

/* The arena of one case ends with it: what is kept is copied. */
static int
take_case(struct edition *e, int64_t id, struct err *err)
{
	struct arena *arena = arena_new();
	struct case_state *state;
	struct world world;
	struct strs people, kept = { NULL, 0 };
	int rc = -1;

	if (store_case_load(e->engine->store, arena, id, &state, err) == -1 ||
	    engine_world(e->engine, arena, e->pack, e->mailbox, state, NULL, e->now, &world, err) == -1)
		goto out;
	rc = 0;
	people = digest_people(arena, e->pack, &world, state, e->digest, e->now);
	for (size_t i = 0; i < people.n; i++)
		strs_add(e->arena, &kept, arena_strdup(e->arena, people.v[i]));
	for (size_t l = 0; kept.n > 0 && l < e->digest->lists.n; l++) {
		struct strs lines = digest_lines(arena, e->pack, &world, state, e->digest, e->digest->lists.v[l], e->now);

		for (size_t i = 0; i < lines.n; i++)
			strs_add(e->arena, &reader_of(e, &kept)->lines[l], arena_strdup(e->arena, lines.v[i]));
	}
out:
	arena_free(&arena);
	return rc;
}

static const char *
body_of(struct edition *e, const struct reader *reader)
{
	struct strs parts = { NULL, 0 };

	for (size_t l = 0; l < e->digest->lists.n; l++) {
		if (reader->lines[l].n == 0)
			continue;
		strs_add(e->arena, &parts, arena_printf(e->arena, "**%s**\n", digest_heading(e->arena, e->pack, e->digest->lists.v[l])));
		for (size_t i = 0; i < reader->lines[l].n; i++)
			strs_add(e->arena, &parts, arena_printf(e->arena, "- %s", reader->lines[l].v[i]));
		strs_add(e->arena, &parts, "");
	}
	return strs_join(e->arena, &parts, "\n");
}

static int
send_to(struct edition *e, const struct reader *reader, struct err *err)
{
	struct outgoing mail = {
		.act = ACT_SEND, .act_name = "digest", .template = "digest", .rule = e->digest->where,
		.to = reader->people, .note = body_of(e, reader),
	};
	struct decision decision = { .mails = &mail, .mail_count = 1, .next_due = INSTANT_NONE };
	struct event event = { .type = EVENT_TIMER, .at = e->now };
	struct world world;

	if (engine_world(e->engine, e->arena, e->pack, e->mailbox, NULL, NULL, e->now, &world, err) == -1)
		return -1;
	if (engine_mailings(e->engine, e->arena, e->pack, e->mailbox, 0, NULL, &world, &event, &decision, e->now, err) == -1)
		return -1;
	reached_add(e->engine->reached, e->digest->where, NULL);
	return engine_journal(e->engine, e->arena, 0, &event, &decision, e->now, err);
}

static const struct digest *
digest_named(const struct pack *pack, const char *name)
{
	for (size_t i = 0; pack != NULL && i < pack->digest_count; i++)
		if (strcmp(pack->digests[i].name, name) == 0)
			return &pack->digests[i];
	return NULL;
}

/* It may be late, after downtime: it goes once, with what is so now. */
static int
issue(struct engine *engine, const struct pack *pack, const struct digest *digest, instant now, struct err *err)
{
	struct edition e = { engine, arena_new(), pack, digest, "", now, NULL, 0 };
	int64_t *ids;
	size_t count;
	bool all;
	dayno reach = digest_reach(pack, digest, instant_date(now), &all);
	int rc = engine_mailbox(engine, e.arena, pack, 0, &e.mailbox, err);

	if (rc == 0)
		rc = store_digest_cases(engine->store, e.arena, pack->name, reach, all, &ids, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = take_case(&e, ids[i], err);
	for (size_t i = 0; rc == 0 && i < e.reader_count; i++)
		rc = send_to(&e, &e.readers[i], err);
	if (rc == 0)
		rc = store_digest_put(engine->store, pack->name, digest->name, digest_next(pack, digest, now), err);
	arena_free(&e.arena);
	return rc == -1 ? err_wrap(err, "digest \"%s\"", digest->name) : 0;
}

int
engine_digests(struct engine *engine, instant now, size_t *count_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct digest_row *rows;
	size_t count;
	int rc = store_digests(engine->store, arena, &rows, &count, err);

	*count_r = 0;
	for (size_t i = 0; rc == 0 && i < count && rows[i].due <= now; i++) {
		const struct pack *pack = engine_pack(engine, rows[i].pack);
		const struct digest *digest = digest_named(pack, rows[i].name);

		if (strcmp(rows[i].name, DIGEST_OWNERS) == 0)
			continue;
		rc = digest == NULL ? store_digest_drop(engine->store, rows[i].pack, rows[i].name, err) :
		    issue(engine, pack, digest, now, err);
		(*count_r)++;
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
