/*
 * An answer about something that waits, by mail: which row it is about, who
 * may give it, and the echo.  What it makes happen: triage_say.c.  Runs in
 * core and simulate.
 * Invariant: a word that is refused has changed nothing, and its sender is
 * told why; what a reply to a mail of several matters means is not guessed.
 * Fails: as the store does; a broken word is refused, not an error.
 */
#include <string.h>

#include "base/file.h"
#include "case/triage.h"
#include "engine/engine_private.h"
#include "rule/answer.h"

struct answering {
	struct engine		*engine;
	struct arena		*arena;
	const struct arrival	*arrival;
	struct arrived		*arrived;
	instant			 now;
	struct world		 world;
	struct triage_row	*row;
	size_t			 candidates;
	bool			 by_code;	/* sent to this one person alone, and they quote it */
	struct triage_said	 said;
	const char		*help;		/* why it is no answer; NULL: it is one */
	bool			 several;	/* a reply to a mail of several matters: it does not say about which */
	bool			 may;
};

static int
row_by_code(struct answering *a, const char *code, struct err *err)
{
	const char *sole;
	char hash[65];
	int64_t id;

	sha256_hex(code, strlen(code), hash);
	if (store_triage_code_find(a->engine->store, a->arena, hash, &id, &sole, err) == -1)
		return -1;
	if (id == 0)
		return 0;
	a->by_code = sole[0] != '\0' && str_same(sole, a->arrival->message->from.address);
	return store_triage(a->engine->store, a->arena, id, &a->row, err);
}

/* Exchange may have given our mail another message-id: then its row knows the one with the code. */
static int
row_by_alias(struct answering *a, struct err *err)
{
	const char *id = a->arrival->message->in_reply_to;
	struct outbox_row *mail = NULL;

	if (id[0] == '\0' || store_outbox_by_message_id(a->engine->store, a->arena, id, &mail, err) == -1)
		return id[0] == '\0' ? 0 : -1;
	if (mail == NULL || strcspn(mail->message_id, ".") != 8)
		return 0;
	return row_by_code(a, arena_strndup(a->arena, mail->message_id, 8), err);
}

static void
read_answer(struct answering *a, const struct triage_row *row, size_t candidates, bool begins)
{
	const char *help;

	a->help = triage_read(a->arena, row->kind, candidates, begins, a->arrival->message->new_text, &a->said, &help) ? NULL : help;
}

static int
count_candidates(struct answering *a, const struct triage_row *row, size_t *count_r, struct err *err)
{
	int64_t *cases;

	return store_triage_candidates(a->engine->store, a->arena, row->id, &cases, count_r, err);
}

/* Does a reference in the subject speak of another case than what waits? */
static int
speaks_of_another(struct answering *a, const struct triage_row *row, bool *another_r, struct err *err)
{
	const struct strs *references = &a->arrived->classified->references;
	int64_t id, *cases;
	size_t count;

	*another_r = a->arrived->classified->strong_references > 0;
	if (!*another_r)
		return 0;
	if (store_case_by_name(a->engine->store, references->v[0], &id, err) == -1 ||
	    store_triage_candidates(a->engine->store, a->arena, row->id, &cases, &count, err) == -1)
		return -1;
	*another_r = id != row->case_id;
	for (size_t i = 0; i < count; i++)
		*another_r &= cases[i] != id;
	return 0;
}

/* What a simulated mail must be to rest on its words alone, from the surest to the least. */
enum by_words { FITS_AND_THEIRS, ALMOST_AND_THEIRS, FITS_AND_SETTLED, FITS_AND_NOT_THEIRS };

static bool
fits_by_words(struct answering *a, const struct triage_row *row, enum by_words how)
{
	const char *from = a->arrival->message->from.address;
	bool open = strcmp(row->state, "open") == 0, fits = a->help == NULL;
	bool theirs = triage_may_answer(a->arena, a->arrival->pack, &a->world, &row->asked, from, a->now);
	bool bare = a->arrived->classified->kind == NULL && a->arrived->classified->strong_references == 0;

	switch (how) {
	case FITS_AND_THEIRS:
		return open && theirs && fits;
	case ALMOST_AND_THEIRS:
		return open && theirs && bare && triage_is_like(a->arena, row->kind, a->arrival->message->new_text);
	case FITS_AND_SETTLED:
		return !open && theirs && bare && fits && a->said.word != TRIAGE_SAID_DONE;
	case FITS_AND_NOT_THEIRS:
		return open && bare && fits && a->said.word != TRIAGE_SAID_DONE &&
		    directory_find(a->world.directory, str_lower(a->arena, from)) != NULL;
	}
	return false;
}

/* Could its first line answer anything at all?  Most mails say good morning. */
static bool
is_like_an_answer(struct answering *a)
{
	const char *text = a->arrival->message->new_text, *help;
	struct triage_said said;

	for (enum triage_kind kind = TRIAGE_NOTE; kind <= TRIAGE_OUTGOING; kind++)
		if (triage_is_like(a->arena, kind, text) ||
		    triage_read(a->arena, kind, TRIAGE_CANDIDATES_MAX, true, text, &said, &help))
			return true;
	return false;
}

/* Simulated mails cannot quote a code: the newest that the first line fits. */
static int
row_by_words(struct answering *a, struct err *err)
{
	struct triage_row *rows;
	size_t count, candidates;
	bool another;

	if (store_triages(a->engine->store, a->arena, false, &rows, &count, err) == -1)
		return -1;
	for (enum by_words how = FITS_AND_THEIRS; how <= FITS_AND_NOT_THEIRS && a->row == NULL; how++)
		for (size_t i = count; i-- > 0 && a->row == NULL;) {
			if (rows[i].asked.n == 0 || strcmp(rows[i].pack, a->arrival->pack->name) != 0)
				continue;
			if (count_candidates(a, &rows[i], &candidates, err) == -1 || speaks_of_another(a, &rows[i], &another, err) == -1)
				return -1;
			read_answer(a, &rows[i], candidates, true);
			if (!another && fits_by_words(a, &rows[i], how))
				a->row = &rows[i];
		}
	return 0;
}

/* A reply to a mail of several matters: any of them shows who was asked, and what is said of it counts for none. */
static int
row_by_several(struct answering *a, struct err *err)
{
	const char *id = a->arrival->message->in_reply_to;
	struct outbox_row *mail = NULL, *parts;
	size_t count;

	if (id[0] == '\0' || store_outbox_by_message_id(a->engine->store, a->arena, id, &mail, err) == -1)
		return id[0] == '\0' ? 0 : -1;
	if (mail == NULL || strcmp(mail->template, QUESTIONS_TEMPLATE) != 0 || !is_like_an_answer(a))
		return 0;
	if (store_outbox_parts(a->engine->store, a->arena, mail->id, &parts, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count && a->row == NULL; i++)
		if (strcspn(parts[i].message_id, ".") == 8 && row_by_code(a, arena_strndup(a->arena, parts[i].message_id, 8), err) == -1)
			return -1;
	a->several = a->row != NULL;
	return 0;
}

static int
find_row(struct answering *a, struct err *err)
{
	struct strs codes;

	evidence_codes(a->arena, a->arrival->message, &codes);
	for (size_t i = 0; i < codes.n && a->row == NULL; i++)
		if (row_by_code(a, codes.v[i], err) == -1)
			return -1;
	if ((a->row == NULL && row_by_alias(a, err) == -1) || (a->row == NULL && row_by_several(a, err) == -1))
		return -1;
	/* Never across authorities. */
	if (a->row != NULL && strcmp(a->row->pack, a->arrival->pack->name) != 0)
		a->row = NULL;
	return 0;
}

/* Why the answer is not taken, before what it says is looked at; NULL: it is. */
static const char *
not_theirs(struct answering *a)
{
	const struct arrival *arrival = a->arrival;
	bool proven = engine_authenticated(arrival->trust, arrival->pack, arrival->message) ||
	    (a->by_code && !engine_forged(arrival->trust, arrival->message));

	if (!a->may)
		return "This was put to somebody else; only they, or their manager, can answer it. Nothing was changed.";
	if (!proven)
		return "An answer came about something that waits, and its sender could not be proven. Nothing was changed; "
		    "please answer the mail that was sent to you alone.";
	return NULL;
}

/* Who gives an answer that is not theirs is told so if they are a colleague; else the mailbox owner is. */
static bool
may_be_told(const struct answering *a)
{
	const struct arrival *arrival = a->arrival;
	const char *from = str_lower(a->arena, arrival->message->from.address);
	bool colleague = directory_find(a->world.directory, from) != NULL || strs_has_nocase(&a->row->asked, from);

	return colleague && !engine_forged(arrival->trust, arrival->message) &&
	    (engine_authenticated(arrival->trust, arrival->pack, arrival->message) || (a->by_code && a->may));
}

static int
person(struct answering *a, const char **who_r, struct err *err)
{
	char hex[17];

	if (store_journal_hash(a->engine->store, a->row->case_id, a->row->message,
	    str_lower(a->arena, a->arrival->message->from.address), hex, err) == -1)
		return -1;
	*who_r = arena_printf(a->arena, "person %s", hex);
	return 0;
}

/* The case that it was about: the one in which the mail is now, else the one in which it waited. */
static int
case_of_echo(struct answering *a, const struct resolved *resolved, struct err *err)
{
	struct arrived *arrived = a->arrived;

	if (resolved->again != NULL) {
		arrived->state = resolved->again->state;
		arrived->case_id = arrived->state == NULL ? 0 : resolved->again->case_id;
		return 0;
	}
	if (a->row->case_id == 0 || a->said.word == TRIAGE_SAID_NO_CASE)
		return 0;
	arrived->case_id = a->row->case_id;
	return store_case_load(a->engine->store, a->arena, arrived->case_id, &arrived->state, err);
}

/* The mail that answered is done with; what was understood goes back to its sender. */
static int
echo(struct answering *a, const struct resolved *resolved, const char *note, struct err *err)
{
	struct arrived *arrived = a->arrived;
	struct engine *engine = a->engine;
	const struct arrival *arrival = a->arrival;
	struct event event = {
		.type = EVENT_MAIL, .at = arrival->received, .mail = arrival->message, .message = arrived->message,
		.classified = arrived->classified,
	};
	bool understood = resolved != NULL && resolved->refused == NULL;
	struct triage_telling telling = { "echo", understood ? "echo" : "echo-refused", note, false };

	if (!understood && !may_be_told(a))
		telling = (struct triage_telling){ "triage", "triage", note, true };
	if (understood && case_of_echo(a, resolved, err) == -1)
		return -1;
	triage_tell(a->arena, arrival->pack, &a->world, arrived->state, &event, &telling, a->now, &arrived->decision);
	arrived->decision->needs_person |= telling.to_owner;
	arrived->decision->is_answer = true;
	arrived->needs_person = arrived->decision->needs_person;
	strs_add(a->arena, &arrived->decision->why, note);
	if (store_apply(engine->store, 0, arrived->message, arrived->decision, a->now, err) == -1 ||
	    engine_mailings(engine, a->arena, arrival->pack, arrival->mailbox, arrived->case_id, arrived->state, &a->world, &event,
	    arrived->decision, a->now, err) == -1)
		return -1;
	return engine_journal(engine, a->arena, arrived->case_id, &event, arrived->decision, a->now, err);
}

static int
take(struct answering *a, struct err *err)
{
	const char *refused = not_theirs(a), *who, *note;
	struct resolved resolved = { 0 };

	if (refused == NULL)
		refused = a->help;
	if (refused != NULL)
		return echo(a, NULL, refused, err);
	if (person(a, &who, err) == -1 ||
	    engine_resolve(a->engine, a->arena, a->row, &a->said, who, a->said.words, a->now, &resolved, err) == -1)
		return -1;
	note = resolved.refused != NULL ? resolved.refused :
	    arena_printf(a->arena, "Your answer was understood: %s. %s %s", a->said.name, resolved.done,
	    resolved.effects.n == 0 ? "Nothing else changes." : strs_join(a->arena, &resolved.effects, " "));
	return echo(a, &resolved, note, err);
}

static int
hear(struct answering *a, struct err *err)
{
	struct desk *desk = &a->engine->desk;
	struct matched *matched = a->arrived->matched = arena_alloc(a->arena, sizeof(*matched));
	struct case_state *state = NULL;
	const char *ignored;

	matched->kind = MATCH_NONE;
	matched->case_id = a->row->case_id;
	matched->why = "it answers what was put to a person";
	if (a->help == NULL && a->said.word == TRIAGE_SAID_CASE &&
	    triage_case_meant(a->engine, a->arena, a->row, &a->said, &matched->case_id, &ignored, err) == -1)
		return -1;
	if (matched->case_id != 0) {
		matched->kind = MATCH_EXISTING;
		if (store_case_load(a->engine->store, a->arena, matched->case_id, &state, err) == -1)
			return -1;
	}
	if (desk->on_mail_in != NULL)
		desk->on_mail_in(desk->ctx, a->arrival->file, "answer", matched,
		    state == NULL ? NULL : case_name(a->arena, state), false, a->now);
	return 0;
}

/* These are about the mail of ours or the whole mailbox, not about what waits. */
static bool
is_another_word(struct answering *a)
{
	static const char *const words[] = { "WHY", "STOP", "RESUME" };
	const char *text = answer_text(a->arena, a->arrival->message->new_text), *rest;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (answer_word(text, words[i], &rest))
			return true;
	return false;
}

int
engine_triage_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
    instant now, bool *taken_r, struct err *err)
{
	const struct message *mail = arrival->message;
	struct answering a = { .engine = engine, .arena = arena, .arrival = arrival, .arrived = arrived, .now = now };
	bool begins;

	if (mail->notice != NOTICE_NONE || mail->from.address == NULL || mail->from.address[0] == '\0')
		return 0;
	if (find_row(&a, err) == -1)
		return err_wrap(err, "triage");
	if (a.row == NULL && !(engine->answers_by_reference && is_like_an_answer(&a)))
		return 0;
	classify(arena, arrival->pack, engine->directory, mail, arrival->received, &arrived->classified);
	if (engine_world(engine, arena, arrival->pack, arrival->mailbox, NULL, NULL, now, &a.world, err) == -1 ||
	    (a.row == NULL && row_by_words(&a, err) == -1))
		return err_wrap(err, "triage");
	if (a.row == NULL)
		return 0;
	if (count_candidates(&a, a.row, &a.candidates, err) == -1 || engine_may_begin(engine, arena, a.row, &begins, err) == -1)
		return err_wrap(err, "triage");
	read_answer(&a, a.row, a.candidates, begins);
	if (a.several)
		a.help = "The mail that you replied to was about several matters, and your reply does not say which one is meant. Nothing was "
		    "changed. Please use the link of the one that you mean, or write a new mail with the subject that it names.";
	a.may = triage_may_answer(arena, arrival->pack, &a.world, &a.row->asked, mail->from.address, now);
	/* Somebody else's mail that only quotes ours, and says something of its own. */
	if (a.help != NULL && (!a.may || arrived->classified->kind != NULL || is_another_word(&a)))
		return 0;
	*taken_r = true;
	if (hear(&a, err) == -1 || take(&a, err) == -1)
		return err_wrap(err, "triage");
	return engine_message_store(engine, arrival, arrived, "answer", arrived->needs_person ? "triage" : "done", err);
}
