/*
 * A person's word about something that waits, by mail or by command: who may
 * say it, what it makes happen, and the echo.  Runs in core and advicectl.
 * Invariant: a word that is refused has changed nothing, and its sender is
 * told why; a row is settled once.
 * Fails: as the store does; a broken word is refused, not an error.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "case/triage.h"
#include "engine/engine_private.h"
#include "engine/outbox.h"
#include "rule/answer.h"

/* ---- What a decision changes, in words */

struct strs
engine_effects(struct arena *arena, const struct decision *decision)
{
	struct strs effects = { NULL, 0 };

	for (size_t i = 0; i < decision->entry_count; i++)
		strs_add(arena, &effects, arena_printf(arena, "The case now stands at \"%s\".", decision->entries[i].stage));
	for (size_t i = 0; i < decision->deadline_count; i++)
		if (decision->deadlines[i].date != DAY_NONE)
			strs_add(arena, &effects, arena_printf(arena, "The date \"%s\" is now %s.", decision->deadlines[i].name,
			    date_words(arena, decision->deadlines[i].date)));
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];

		strs_add(arena, &effects, arena_printf(arena, "A mail (%s) goes to %s%s%s.", mail->template,
		    strs_join(arena, &mail->to, ", "), mail->cc.n > 0 ? ", copy to " : "", strs_join(arena, &mail->cc, ", ")));
	}
	for (size_t i = 0; i < decision->held_count; i++)
		strs_add(arena, &effects, arena_printf(arena, "It waits for a person: %s", decision->held[i].reason));
	return effects;
}

/* ---- What it makes happen */

struct saying {
	struct engine		*engine;
	struct arena		*arena;
	struct triage_row	*row;
	const struct triage_said *said;
	const char		*who, *reason;
	instant			 now;
	struct resolved		*resolved;
};

/* The case that is meant; 0 with the reason why none is. */
static int
case_meant(struct engine *engine, struct arena *arena, const struct triage_row *row, const struct triage_said *said,
    int64_t *case_r, const char **refused_r, struct err *err)
{
	const char *pack = NULL;
	int64_t *cases;
	size_t count;

	*case_r = 0;
	if (said->number != 0) {
		if (store_triage_candidates(engine->store, arena, row->id, &cases, &count, err) == -1)
			return -1;
		if ((size_t)said->number <= count)
			*case_r = cases[said->number - 1];
	} else if (store_case_by_name(engine->store, said->name, case_r, err) == -1) {
		return -1;
	}
	if (*case_r != 0 && store_case_pack(engine->store, arena, *case_r, &pack, err) == -1)
		return -1;
	if (pack != NULL && strcmp(pack, row->pack) == 0)
		return 0;
	*case_r = 0;
	*refused_r = arena_printf(arena, "There is no case \"%s\".", str_visible(arena, said->name, 60));
	return 0;
}

static int
close_row(struct saying *s, struct err *err)
{
	struct triage_row *row = s->row;

	row->state = "done";
	row->answer = s->said->name;
	row->answered_by = s->who;
	row->answered_at = s->now;
	row->words = s->reason;
	return store_triage_put(s->engine->store, row, err);
}

/* Does something else about this mail still wait? */
static int
waits_still(struct saying *s, bool *waits_r, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	*waits_r = false;
	if (store_triages_of_message(s->engine->store, s->arena, s->row->message, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		*waits_r |= rows[i].id != s->row->id && rows[i].outbox == 0;
	return 0;
}

/* Nothing more happens with the mail that waited: it is filed. */
static int
file_away(struct saying *s, bool leaves_case, struct err *err)
{
	struct desk *desk = &s->engine->desk;
	const struct strs none = { NULL, 0 };
	struct message_row *message = NULL;
	bool waits;

	if (s->row->message == 0 || s->row->outbox != 0)
		return 0;
	if (store_message(s->engine->store, s->arena, s->row->message, &message, err) == -1 || waits_still(s, &waits, err) == -1)
		return -1;
	if (message == NULL || waits || strcmp(message->state, "triage") != 0)
		return 0;
	message->state = "done";
	if (leaves_case)
		message->case_id = 0;
	if (store_message_put(s->engine->store, message, err) == -1)
		return -1;
	return desk->refile == NULL ? 0 : desk->refile(desk->ctx, message->id, false, &none, err);
}

static int
decide_again(struct saying *s, const struct override *override, struct err *err)
{
	struct arrived *again;

	if (s->row->message == 0) {
		s->resolved->refused = "There is no mail that could be decided again.";
		return 0;
	}
	if (engine_again(s->engine, s->arena, s->row->message, override, s->now, &again, err) == -1)
		return -1;
	s->resolved->refused = again->refused;
	if (again->refused != NULL)
		return 0;
	s->resolved->again = again;
	s->resolved->effects = engine_effects(s->arena, again->decision);
	s->resolved->done = again->case_id == 0 ? "The mail was looked at again, and belongs to no case." :
	    arena_printf(s->arena, "The mail %s %s.", override->is_new ? "has begun a case," : "belongs to",
	    engine_case_words(s->arena, again->state));
	return 0;
}

/* What was held goes out now: said as any mail that does. */
static void
heard_out(struct saying *s, const struct outbox_row *row)
{
	struct desk *desk = &s->engine->desk;
	const char *colon = strrchr(row->rule, ':');
	struct case_state *state = NULL;
	struct err ignored;
	struct outgoing mail = { .act_name = row->act, .template = row->template, .strand = row->strand };
	struct letter letter = {
		.pack = engine_pack(s->engine, row->pack), .mail = &mail, .case_id = row->case_id, .case_name = "",
		.from = row->mailbox, .subject = row->subject, .message_id = row->message_id,
	};

	if (desk->on_mail_out == NULL)
		return;
	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(s->arena, row->recipients[i].cc ? &mail.cc : &mail.to, row->recipients[i].address);
	if (colon != NULL)
		mail.rule = (struct where){ arena_strndup(s->arena, row->rule, (size_t)(colon - row->rule)), atoi(colon + 1) };
	if (row->case_id != 0 && store_case_load(s->engine->store, s->arena, row->case_id, &state, &ignored) == 0)
		letter.case_name = case_name(s->arena, state);
	desk->on_mail_out(desk->ctx, &letter, s->now);
}

static int
outgoing(struct saying *s, bool release, struct err *err)
{
	struct outbox_row *mail = NULL;

	if (s->row->outbox != 0 && store_outbox(s->engine->store, s->arena, s->row->outbox, &mail, err) == -1)
		return -1;
	if (mail == NULL || mail->state != OUTBOX_HELD) {
		s->resolved->refused = "That mail is no longer held.";
		return 0;
	}
	if (release && mail->spool_name[0] == '\0' && s->engine->desk.freeze != NULL) {
		s->resolved->refused = arena_printf(s->arena, "It cannot be sent as it is. %s", mail->why);
		return 0;
	}
	outbox_move(mail, 1u << OUTBOX_HELD, release ? OUTBOX_QUEUED : OUTBOX_DROPPED);
	outbox_sum(mail);
	if (release)
		mail->first_try = 0;
	mail->next_try = s->now;
	if (release)
		mail->why = "";
	s->resolved->done = release ? arena_printf(s->arena, "The mail (%s) is sent as it is.", mail->template) :
	    arena_printf(s->arena, "The mail (%s) is not sent.", mail->template);
	if (store_outbox_put(s->engine->store, mail, err) == -1)
		return -1;
	if (release)
		heard_out(s, mail);
	return 0;
}

/* Dealt with by hand: what is still held must not go as well. */
static int
forget_held(struct saying *s, struct err *err)
{
	struct outbox_row *mail = NULL;

	if (store_outbox(s->engine->store, s->arena, s->row->outbox, &mail, err) == -1)
		return -1;
	return mail != NULL && mail->state == OUTBOX_HELD ? outgoing(s, false, err) : 0;
}

static int
say_case(struct saying *s, struct err *err)
{
	struct override override = { .who = s->who, .reason = s->reason };

	if (case_meant(s->engine, s->arena, s->row, s->said, &override.case_id, &s->resolved->refused, err) == -1)
		return -1;
	override.guards_released = s->row->kind == TRIAGE_FORM && override.case_id == s->row->case_id;
	return s->resolved->refused != NULL ? 0 : decide_again(s, &override, err);
}

static int
say(struct saying *s, struct err *err)
{
	struct override override = { .who = s->who, .reason = s->reason };

	switch (s->said->word) {
	case TRIAGE_SAID_CASE:
		return say_case(s, err);
	case TRIAGE_SAID_NEW:
		override.is_new = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_AGAIN:
		override.case_id = s->row->case_id;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_CONFIRM:
		override.authenticated = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_RELEASE:
		if (s->row->kind == TRIAGE_OUTGOING)
			return outgoing(s, true, err);
		override.case_id = s->row->case_id;
		override.guards_released = true;
		return decide_again(s, &override, err);
	case TRIAGE_SAID_DROP:
		return outgoing(s, false, err);
	case TRIAGE_SAID_NO_CASE:
		s->resolved->done = "The mail has nothing to do with any case, and is filed.";
		return file_away(s, true, err);
	case TRIAGE_SAID_REFUSE:
		s->resolved->done = "The answer does not count, and is filed.";
		return file_away(s, false, err);
	case TRIAGE_SAID_DONE:
		s->resolved->done = "It has been dealt with by hand.";
		return s->row->outbox != 0 ? forget_held(s, err) : file_away(s, false, err);
	}
	return 0;
}

int
engine_resolve(struct engine *engine, struct arena *arena, struct triage_row *row, const struct triage_said *said,
    const char *who, const char *reason, instant now, struct resolved *resolved_r, struct err *err)
{
	struct saying saying = {
		.engine = engine, .arena = arena, .row = row, .said = said, .who = who, .reason = reason, .now = now,
		.resolved = resolved_r,
	};
	struct journal_entry entry = {
		.at = now, .event = "triage", .case_id = row->case_id, .message = row->message, .outbox = row->outbox, .rule = row->rule,
		.detail = said->number != 0 ? "number" : said->word == TRIAGE_SAID_CASE ? "case" : said->name, .who = who,
	};

	memset(resolved_r, 0, sizeof(*resolved_r));
	if (strcmp(row->state, "open") != 0) {
		resolved_r->refused = arena_printf(arena, "This was settled already%s%s. Nothing was changed.",
		    row->answer[0] == '\0' ? "" : ", with the answer ", row->answer);
		return 0;
	}
	if (say(&saying, err) == -1)
		return err_wrap(err, "triage");
	if (resolved_r->refused != NULL)
		return 0;
	if (close_row(&saying, err) == -1 || store_journal_add(engine->store, &entry, err) == -1)
		return err_wrap(err, "triage");
	return 0;
}

/* ---- By mail */

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
read_answer(struct answering *a, const struct triage_row *row, size_t candidates)
{
	const char *help;

	a->help = triage_read(a->arena, row->kind, candidates, a->arrival->message->new_text, &a->said, &help) ? NULL : help;
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
		    triage_read(a->arena, kind, TRIAGE_CANDIDATES_MAX, text, &said, &help))
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
			read_answer(a, &rows[i], candidates);
			if (!another && fits_by_words(a, &rows[i], how))
				a->row = &rows[i];
		}
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
	if (a->row == NULL && row_by_alias(a, err) == -1)
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
	    case_meant(a->engine, a->arena, a->row, &a->said, &matched->case_id, &ignored, err) == -1)
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
	if (count_candidates(&a, a.row, &a.candidates, err) == -1)
		return err_wrap(err, "triage");
	read_answer(&a, a.row, a.candidates);
	a.may = triage_may_answer(arena, arrival->pack, &a.world, &a.row->asked, mail->from.address, now);
	/* Somebody else's mail that only quotes ours, and says something of its own. */
	if (a.help != NULL && (!a.may || arrived->classified->kind != NULL || is_another_word(&a)))
		return 0;
	*taken_r = true;
	if (hear(&a, err) == -1 || take(&a, err) == -1)
		return err_wrap(err, "triage");
	return engine_message_store(engine, arrival, arrived, "answer", arrived->needs_person ? "triage" : "done", err);
}
