/*
 * A person's word about mails that wait: retry, sent, hold; release and drop,
 * which are shown first.  Run by core or by advicectl.
 * Invariant: a recipient who has a mail is not sent it again; of several
 * mails, one that cannot go keeps none of the others back.
 * Fails: exit 1 when a mail is not in a state in which that makes sense.
 */
#include <string.h>

#include "base/file.h"
#include "ctl/live.h"
#include "engine/outbox.h"

#define SHOWN_MOST	50	/* of many that are shown before they go */

/* ---- What each word makes of a mail */

/* "Mail 3 ..." */
static const char *
state_words(enum outbox_state state)
{
	static const char *const words[OUTBOX_STATES] = {
		[OUTBOX_QUEUED] = "waits to be sent", [OUTBOX_SENDING] = "is being sent", [OUTBOX_SENT] = "has gone",
		[OUTBOX_RETRY] = "will be tried again", [OUTBOX_FAILED] = "could not be sent", [OUTBOX_UNKNOWN] = "may have arrived or not",
		[OUTBOX_HELD] = "is held", [OUTBOX_DROPPED] = "was dropped", [OUTBOX_GATHERED] = "waits for others",
		[OUTBOX_JOINED] = "went with others", [OUTBOX_REVIEW] = "waits for a look", [OUTBOX_SHADOW] = "was decided in shadow",
	};

	return words[state];
}

static int
refuse(struct live *live, const struct outbox_row *row, const char *what)
{
	for (size_t i = 0; row->state == OUTBOX_JOINED && i < row->recipient_count; i++)
		if (row->recipients[i].joined != 0)
			what = arena_printf(live->arena, "its readers get it together with others, in mail %lld; say that of mail %lld",
			    (long long)row->recipients[i].joined, (long long)row->recipients[i].joined);
	return live_fail(live, 1, "mail %lld %s: %s", (long long)row->id, state_words(row->state), what);
}

static int
word_retry(struct live *live, struct outbox_row *row)
{
	unsigned from = row->state == OUTBOX_UNKNOWN ? 1u << OUTBOX_UNKNOWN : 1u << OUTBOX_FAILED | 1u << OUTBOX_RETRY;
	int64_t change = 0;
	struct err err;

	switch (row->state) {
	case OUTBOX_SENDING:
		return refuse(live, row, "wait until that has ended");
	case OUTBOX_HELD:
	case OUTBOX_REVIEW:
		return refuse(live, row, "say \"advicectl queue release\" instead");
	case OUTBOX_GATHERED:
	case OUTBOX_JOINED:
		return refuse(live, row, "its readers get it together with other reminders");
	case OUTBOX_SHADOW:
		return refuse(live, row, "what was decided in shadow never goes");
	case OUTBOX_QUEUED:
		return refuse(live, row, "it goes by itself as soon as it is its turn");
	case OUTBOX_DROPPED:
		return refuse(live, row, "it was said not to go, and that cannot be taken back here");
	default:
		break;
	}
	if (store_outbox_recalled(live->store, row->id, &change, &err) == -1)
		return live_broken(live, &err);
	if (change != 0)
		return refuse(live, row, arena_printf(live->arena, "change %lld called it off; say \"advicectl undo %lld\" first, if it is to "
		    "go after all", (long long)change, (long long)change));
	if (row->recipient_count > 0 && strcmp(row->recipients[0].reply, OUTBOX_APART) == 0)
		return refuse(live, row, "its parts went anew, in other mails");
	if (outbox_move(row, from, OUTBOX_QUEUED) == 0)
		return refuse(live, row, "there is nobody left to try again");
	outbox_sum(row);
	/* Nothing is known of the first try, so its copy goes along once more. */
	if (row->copy == COPY_UNKNOWN)
		row->copy = COPY_NONE;
	row->released = true;
	row->next_try = live->now;
	row->tries = 0;
	row->first_try = row->ask_at = 0;
	row->body_asked = row->told = false;
	return 0;
}

static bool
waits(const struct outbox_row *row)
{
	return row->state == OUTBOX_QUEUED || row->state == OUTBOX_RETRY;
}

static int
word_sent(struct live *live, struct outbox_row *row)
{
	if (row->state == OUTBOX_SENT)
		return refuse(live, row, "that is known already");
	/* After a restore also of one that waits: it may have gone after the backup was made. */
	if (row->state != OUTBOX_UNKNOWN && !(waits(row) && live_is_restored(live)))
		return refuse(live, row, "only of a mail that is unknown can a person say that it arrived");
	outbox_move(row, 1u << row->state | 1u << OUTBOX_UNKNOWN, OUTBOX_SENT);
	outbox_sum(row);
	row->body_asked = false;
	row->ask_at = 0;
	row->sent = row->next_try = live->now;
	row->why = "";
	return 0;
}

static int
word_hold(struct live *live, struct outbox_row *row)
{
	if (row->state == OUTBOX_HELD)
		return refuse(live, row, "nothing is left to be done");
	if (row->state != OUTBOX_QUEUED && row->state != OUTBOX_RETRY)
		return refuse(live, row, "only a mail that waits to be sent can be held");
	outbox_move(row, 1u << OUTBOX_QUEUED | 1u << OUTBOX_RETRY, OUTBOX_HELD);
	outbox_sum(row);
	row->why = "held by a person";
	return 0;
}

static int
word_release(struct live *live, struct outbox_row *row)
{
	const char *why;
	struct err err;

	if (row->state != OUTBOX_HELD && row->state != OUTBOX_REVIEW)
		return refuse(live, row, "only a mail that is held, or waits for a look, can be released");
	if (row->state == OUTBOX_REVIEW && outbox_overtaken(live->store, live->arena, row, &why, &err) == -1)
		return live_broken(live, &err);
	if (row->state == OUTBOX_REVIEW && why != NULL)
		return live_fail(live, 1, "mail %lld is not wanted any more: %s; \"advicectl queue drop %lld\" takes it out",
		    (long long)row->id,
		    why, (long long)row->id);
	if (row->spool_name[0] == '\0')
		return refuse(live, row, "it could not be written as the rules say, so there is nothing to send; it can only be dropped");
	outbox_move(row, 1u << OUTBOX_HELD | 1u << OUTBOX_REVIEW, OUTBOX_QUEUED);
	outbox_sum(row);
	row->released = true;
	row->barred = false;
	row->first_try = 0;
	row->next_try = live->now;
	row->why = "";
	return 0;
}

static int
word_drop(struct live *live, struct outbox_row *row)
{
	if (row->state != OUTBOX_HELD && row->state != OUTBOX_REVIEW)
		return refuse(live, row, row->state == OUTBOX_QUEUED || row->state == OUTBOX_RETRY ?
		    "only a mail that is held can be dropped; say \"advicectl queue hold\" first" : "only a mail that is held can be dropped");
	outbox_move(row, 1u << OUTBOX_HELD | 1u << OUTBOX_REVIEW, OUTBOX_DROPPED);
	outbox_sum(row);
	return 0;
}

/* Not wanted as its case stands; whoever takes that back finds it waiting again. */
static int
word_overtaken(struct live *live, struct outbox_row *row)
{
	(void)live;
	outbox_withdraw(row, 1u << row->state, outbox_overtaken_as(row->state));
	outbox_sum(row);
	return 0;
}

struct word {
	const char	*name, *code;
	int		(*say)(struct live *live, struct outbox_row *row);
	bool		 asks;		/* what it does goes out of the house, or is lost: shown first */
};
static const struct word overtaken = { "drop", "queue-drop", word_overtaken, true }, words[] = {
	{ "retry", "queue-retry", word_retry, false },
	{ "sent", "queue-sent", word_sent, false },
	{ "hold", "queue-hold", word_hold, false },
	{ "release", "queue-release", word_release, true },
	{ "drop", "queue-drop", word_drop, true },
};
#define WORDS	(sizeof(words) / sizeof(words[0]))

static const struct word *
word_named(const char *name)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

bool
live_queue_is_word(const char *name)
{
	return word_named(name) != NULL;
}

/* ---- Saying it: all of it in one transaction */

struct outcome {				/* one mail, as it then stands */
	struct outbox_row	*row;
	const char		*overtaken;	/* why it is dropped, though it was to be released; or NULL */
};
struct saying {
	const struct word	*word;
	long			 id;		/* 0: all that may be released together */
	bool			 applied;
	struct outcome		*said;
	size_t			 count;
	int			 code;		/* of one that could not be done, beside others */
};

/* The frozen mail lies in sent once nobody waits for it any more; a retry brings it back first. */
static int
file_back(struct live *live, const struct outbox_row *row, bool applied, struct err *err)
{
	if ((row->state != OUTBOX_QUEUED && row->state != OUTBOX_RETRY) || file_exists(live->spool->out, row->spool_name))
		return 0;
	if (!file_exists(live->spool->sent, row->spool_name))
		return err_set(err, ERR_MESSAGE, "the text of mail %lld is no longer in the spool", (long long)row->id);
	return applied ? file_rename(live->spool->sent, row->spool_name, live->spool->out, row->spool_name, err) : 0;
}

static int
say_one(struct live *live, struct saying *saying, const struct word *word, struct outbox_row *row, const char *why,
    struct err *err)
{
	int code = word->say(live, row);

	if (code == 0 && file_back(live, row, saying->applied, err) == -1) {
		if (err->scope != ERR_MESSAGE)
			return -1;
		code = live_fail(live, 1, "%s", err->text);
	}
	if (code != 0) {
		saying->code = code;
		return 0;
	}
	*arena_push(live->arena, saying->said, saying->count) = (struct outcome){ row, why };
	/* A person who says something of a mail has seen what was told about it. */
	return store_outbox_put(live->store, row, err) == 0 && outbox_told_done(live->store, live->arena, row, err) == 0 ?
	    live_note(live, word->code, row->case_id, row->id, err) : -1;
}

/* Those of one state: what is overtaken is dropped, and said so. */
static int
say_each(struct live *live, struct saying *saying, enum outbox_state state, struct err *err)
{
	struct outbox_row *rows;
	const char *why;
	size_t count;

	if (store_outbox_in_state(live->store, live->arena, state, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (state == OUTBOX_HELD && !rows[i].barred)
			continue;
		if (outbox_overtaken(live->store, live->arena, &rows[i], &why, err) == -1 ||
		    say_one(live, saying, why == NULL ? saying->word : &overtaken, &rows[i], why, err) == -1)
			return -1;
	}
	return 0;
}

/* All that wait for a look, and all that were held because the server did not let us send. */
static int
say_all(struct live *live, struct saying *saying, int *code_r, struct err *err)
{
	if (say_each(live, saying, OUTBOX_HELD, err) == -1 || say_each(live, saying, OUTBOX_REVIEW, err) == -1)
		return -1;
	if (saying->count == 0 && saying->code == 0)
		saying->code = live_fail(live, 1, "no mail waits for a look, and none is held because the mail server did not let us "
		    "send; one that is held for another reason is released by its number");
	*code_r = saying->count == 0 ? saying->code : 0;
	return 0;
}

static int
say_number(struct live *live, struct saying *saying, int *code_r, struct err *err)
{
	struct outbox_row *row = NULL;

	if (store_outbox(live->store, live->arena, saying->id, &row, err) == -1)
		return -1;
	if (row == NULL)
		saying->code = live_fail(live, 1, "there is no mail %ld; \"advicectl queue\" lists those that wait", saying->id);
	else if (say_one(live, saying, saying->word, row, NULL, err) == -1)
		return -1;
	*code_r = saying->code;
	return 0;
}

/* ---- Showing it first */

/* Those whom the word is about: whoever has the mail already is not. */
static struct strs
people(struct arena *arena, const struct outbox_row *row)
{
	struct strs found = { NULL, 0 };

	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == row->state)
			strs_add(arena, &found, row->recipients[i].address);
	return found;
}

static void
show_one(struct live *live, const struct outcome *said)
{
	const struct outbox_row *row = said->row;
	struct strs to = people(live->arena, row);

	buf_printf(&live->out, "  mail %lld, %s%s%s, decided %s\n    to %s\n", (long long)row->id, row->act,
	    row->case_id == 0 ? "" : " about ", live_case_name(live, row->case_id), live_when(live, row->decided),
	    to.n == 0 ? "nobody" : strs_join(live->arena, &to, ", "));
	if (said->overtaken != NULL)
		buf_printf(&live->out, "    not wanted any more, and dropped: %s\n", said->overtaken);
}

static void
title(struct live *live, const struct saying *saying)
{
	struct strs all = { NULL, 0 };
	size_t going = 0;

	for (size_t i = 0; i < saying->count; i++) {
		struct strs some = people(live->arena, saying->said[i].row);

		if (saying->said[i].overtaken != NULL)
			continue;
		going++;
		for (size_t k = 0; k < some.n; k++)
			if (!strs_has_nocase(&all, some.v[k]))
				strs_add(live->arena, &all, some.v[k]);
	}
	buf_printf(&live->out, "Not done yet: %zu mail%s to %zu address%s would %s", going, going == 1 ? "" : "s",
	    all.n, all.n == 1 ? "" : "es",
	    saying->said[0].row->state == OUTBOX_DROPPED && going == saying->count ? "never go out, which cannot be taken back" :
	    "go out");
	if (going < saying->count)
		buf_printf(&live->out, ", and %zu that %s not wanted any more would be dropped", saying->count - going,
		    saying->count - going == 1 ? "is" : "are");
	buf_add_str(&live->out, ":\n");
}

static void
show(struct live *live, const struct saying *saying)
{
	if (!live->json)
		title(live, saying);
	for (size_t i = 0; i < saying->count; i++) {
		if (live->json)
			live_queue_json(live, saying->said[i].row, &saying->applied);
		else if (i < SHOWN_MOST)
			show_one(live, &saying->said[i]);
	}
	if (live->json)
		return;
	if (saying->count > SHOWN_MOST)
		buf_printf(&live->out, "  and %zu more; \"advicectl queue\" lists them all\n", saying->count - SHOWN_MOST);
	buf_printf(&live->out, "\"advicectl queue show %lld\" shows %s as its reader gets it.\n", (long long)saying->said[0].row->id,
	    saying->count == 1 ? "it" : "the first of them");
}

static int
say(struct live *live, void *ctx, int *code_r, struct err *err)
{
	struct saying *saying = ctx;

	if ((saying->id == 0 ? say_all : say_number)(live, saying, code_r, err) == -1)
		return -1;
	if (*code_r == 0 && !saying->applied)
		show(live, saying);
	return 0;
}

/* ---- Once it stands */

static void
said(struct live *live, const struct saying *saying)
{
	struct err ignored;

	for (size_t i = 0; i < saying->count; i++) {
		const struct outbox_row *row = saying->said[i].row;

		/* What lies in out without being waited for does no harm: a failure here is no failure of the command. */
		(void)outbox_files_end(live->store, live->arena, live->spool->out, live->spool->sent, row, &ignored);
		if (row->state == OUTBOX_DROPPED && row->spool_name[0] != '\0' && file_exists(live->spool->out, row->spool_name))
			file_remove(live->spool->out, row->spool_name, &ignored);
		if (live->json)
			live_queue_json(live, row, &saying->applied);
		else
			buf_printf(&live->out, "mail %lld is now %s%s%s\n", (long long)row->id, outbox_state_name(row->state),
			    saying->said[i].overtaken == NULL ? "" : ": ", saying->said[i].overtaken == NULL ? "" : saying->said[i].overtaken);
	}
}

/* A mail that a guard holds waits for a person: released or dropped just as the answer by mail does it. */
static int
settle_held(struct live *live, const struct live_options *options, const char *word, long id, bool *settled_r, int *code_r)
{
	const char *answer = strcmp(word, "release") == 0 ? "RELEASE" : strcmp(word, "drop") == 0 ? "DROP" : NULL;
	struct triage_row *rows;
	struct err err;
	size_t count;

	*settled_r = false;
	if (answer == NULL)
		return 0;
	if (store_triages(live->store, live->arena, true, &rows, &count, &err) == -1) {
		*code_r = live_broken(live, &err);
		return -1;
	}
	for (size_t i = 0; i < count && !*settled_r; i++)
		if (rows[i].kind == TRIAGE_OUTGOING && rows[i].outbox == id) {
			*settled_r = true;
			*code_r = live_settle(live, options, &rows[i], answer);
		}
	return 0;
}

int
live_queue_word(struct live *live, const struct live_options *given, const char *name, long id)
{
	struct live_options options = *given;
	struct saying saying = { .word = word_named(name), .id = id };
	bool settled = false;
	int code = 1;

	if (id != 0 && (settle_held(live, given, name, id, &settled, &code) == -1 || settled))
		return code;
	saying.applied = options.yes = options.yes || !saying.word->asks;
	if ((code = live_try(live, &options, say, &saying)) != 0)
		return code;
	said(live, &saying);
	return saying.code;
}
