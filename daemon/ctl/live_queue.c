/*
 * advicectl queue: mails that are decided and not known to be sent; and a
 * person's word about one of them: retry, sent, hold, release.  Showing one
 * is live_queue_show.c.
 * Invariant: a recipient who has a mail is not sent it again.
 * Fails: exit 1 when the mail is not in a state in which that makes sense.
 */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"
#include "engine/outbox.h"

static const enum outbox_state shown[] = {
	OUTBOX_UNKNOWN, OUTBOX_HELD, OUTBOX_REVIEW, OUTBOX_RETRY, OUTBOX_SENDING, OUTBOX_QUEUED, OUTBOX_FAILED
};

/* ---- The list */

/* How the copy to the mailbox itself stands. */
static const char *
copy_name(enum outbox_copy copy)
{
	switch (copy) {
	case COPY_NONE:
		break;
	case COPY_SENDING:
	case COPY_EARLY:
		return "sending";
	case COPY_SENT:
		return "sent";
	case COPY_UNKNOWN:
		return "awaited";
	case COPY_REFUSED:
		return "refused";
	case COPY_BACK:
		return "back";
	}
	return "none";
}

static void
row_json(struct live *live, const struct outbox_row *row)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_int(out, "mail", row->id);
	json_str(out, "state", outbox_state_name(row->state));
	json_str(out, "case", live_case_name(live, row->case_id));
	json_str(out, "act", row->act);
	json_str(out, "template", row->template);
	json_str(out, "message-id", row->message_id);
	json_str(out, "rule", row->rule);
	live_json_when(live, "decided", row->decided);
	live_json_when(live, "next-try", row->next_try);
	json_int(out, "tries", row->tries);
	json_str(out, "why", row->why);
	json_str(out, "copy", copy_name(row->copy));
	if (row->ask_at != 0)
		live_json_when(live, "copy-awaited-until", row->ask_at);
	json_open(out, "recipients", '[');
	for (size_t i = 0; i < row->recipient_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "address", row->recipients[i].address);
		json_str(out, "state", outbox_state_name(row->recipients[i].state));
		json_str(out, "reply", row->recipients[i].reply);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

/* What nobody need do anything about has no colour. */
static const char *
state_text(struct live *live, enum outbox_state state)
{
	const char *text = arena_printf(live->arena, "%-8s", outbox_state_name(state));

	return state == OUTBOX_UNKNOWN || state == OUTBOX_FAILED ? live_paint(live, PAINT_WRONG, text) :
	    state == OUTBOX_HELD || state == OUTBOX_REVIEW ? live_paint(live, PAINT_DOUBT, text) : text;
}

static void
row_text(struct live *live, const struct outbox_row *row)
{
	struct buf *out = &live->out;

	buf_printf(out, "%5lld  %s %-12s %-10s since %s", (long long)row->id, state_text(live, row->state),
	    live_case_name(live, row->case_id), row->act, live_when(live, row->decided));
	if (row->state == OUTBOX_RETRY)
		buf_printf(out, ", %d tr%s, again %s", row->tries, row->tries == 1 ? "y" : "ies", live_when(live, row->next_try));
	if (row->state == OUTBOX_UNKNOWN && row->ask_at > live->now)
		buf_printf(out, ", its copy is awaited until %s", live_when(live, row->ask_at));
	buf_add_str(out, "\n       to ");
	for (size_t i = 0; i < row->recipient_count; i++)
		buf_printf(out, "%s%s%s", i > 0 ? ", " : "", row->recipients[i].address,
		    row->recipients[i].state == row->state ? "" :
		    arena_printf(live->arena, " (%s)", outbox_state_name(row->recipients[i].state)));
	if (row->why[0] != '\0')
		buf_printf(out, "\n       %s", str_visible(live->arena, row->why, 300));
	buf_add_char(out, '\n');
}

static int
list(struct live *live)
{
	struct outbox_row *rows;
	size_t count, total = 0;
	struct err err;

	for (size_t s = 0; s < sizeof(shown) / sizeof(shown[0]); s++) {
		if (store_outbox_in_state(live->store, live->arena, shown[s], &rows, &count, &err) == -1)
			return live_broken(live, &err);
		for (size_t i = 0; i < count; i++) {
			if (live->json)
				row_json(live, &rows[i]);
			else
				row_text(live, &rows[i]);
		}
		total += count;
	}
	if (total == 0 && !live->json)
		buf_add_str(&live->out, "nothing waits to be sent\n");
	return 0;
}

/* ---- A person's word */

static int
refuse(struct live *live, const struct outbox_row *row, const char *what)
{
	return live_fail(live, 1, "mail %lld is %s: %s", (long long)row->id, outbox_state_name(row->state), what);
}

static int
word_retry(struct live *live, struct outbox_row *row)
{
	unsigned from = row->state == OUTBOX_UNKNOWN ? 1u << OUTBOX_UNKNOWN : 1u << OUTBOX_FAILED | 1u << OUTBOX_RETRY;

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
	if (outbox_move(row, from, OUTBOX_QUEUED) == 0)
		return refuse(live, row, "there is nobody left to try again");
	outbox_sum(row);
	/* Nothing is known of the first try, so its copy goes along once more. */
	if (row->copy == COPY_UNKNOWN)
		row->copy = COPY_NONE;
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

/* A reminder or a question that waited for a look while its case went on; NULL: it is still wanted. */
static int
overtaken(struct live *live, const struct outbox_row *row, const char **why_r, struct err *err)
{
	bool chases = strcmp(row->act, "remind") == 0 || strcmp(row->act, "escalate") == 0 || strcmp(row->act, "ask") == 0;
	struct case_state *state;

	*why_r = NULL;
	if (!chases || row->case_id == 0)
		return 0;
	if (store_case_load(live->store, live->arena, row->case_id, &state, err) == -1)
		return -1;
	for (size_t i = 0; i < state->question_count; i++)
		if (state->questions[i].no == row->question && state->questions[i].state != QUESTION_OPEN)
			*why_r = "its question has been settled meanwhile";
	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].no == row->strand && (state->strands[i].final || state->strands[i].entered > row->decided))
			*why_r = "its case has moved on meanwhile";
	return 0;
}

static int
word_release(struct live *live, struct outbox_row *row)
{
	const char *why;
	struct err err;

	if (row->state != OUTBOX_HELD && row->state != OUTBOX_REVIEW)
		return refuse(live, row, "only a mail that is held, or waits for a look, can be released");
	if (row->state == OUTBOX_REVIEW && overtaken(live, row, &why, &err) == -1)
		return live_broken(live, &err);
	if (row->state == OUTBOX_REVIEW && why != NULL)
		return live_fail(live, 1, "mail %lld is not wanted any more: %s; \"advicectl queue drop %lld\" takes it out", (long long)row->id,
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

static const struct word {
	const char	*name, *code;
	int		(*say)(struct live *live, struct outbox_row *row);
} words[] = {
	{ "retry", "queue-retry", word_retry },
	{ "sent", "queue-sent", word_sent },
	{ "hold", "queue-hold", word_hold },
	{ "release", "queue-release", word_release },
	{ "drop", "queue-drop", word_drop },
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

/* The frozen mail lies in sent once nobody waits for it any more; a retry brings it back first. */
static int
file_back(struct live *live, const struct outbox_row *row, struct err *err)
{
	if ((row->state != OUTBOX_QUEUED && row->state != OUTBOX_RETRY) || file_exists(live->spool->out, row->spool_name))
		return 0;
	if (!file_exists(live->spool->sent, row->spool_name))
		return err_set(err, ERR_MESSAGE, "the text of mail %lld is no longer in the spool", (long long)row->id);
	return file_rename(live->spool->sent, row->spool_name, live->spool->out, row->spool_name, err);
}

static int
store_word(struct live *live, struct outbox_row *row, const char *code, struct err *err)
{
	if (store_begin(live->store, err) == -1)
		return -1;
	if (store_outbox_put(live->store, row, err) == 0 &&
	    /* A person who says something of a mail has seen what was told about it. */
	    outbox_told_done(live->store, live->arena, row, err) == 0 &&
	    live_note(live, code, row->case_id, row->id, err) == 0 && store_commit(live->store, err) == 0)
		return 0;
	store_rollback(live->store);
	return -1;
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

static int
say(struct live *live, const struct word *word, long id)
{
	struct outbox_row *row = NULL;
	struct err err;
	int code;

	if (store_outbox(live->store, live->arena, id, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL)
		return live_fail(live, 1, "there is no mail %ld; \"advicectl queue\" lists those that wait", id);
	if ((code = word->say(live, row)) != 0)
		return code;
	if (file_back(live, row, &err) == -1 || store_word(live, row, word->code, &err) == -1)
		return live_broken(live, &err);
	/* What lies in out without being waited for does no harm: a failure here is no failure of the command. */
	(void)outbox_files_end(live->store, live->arena, live->spool->out, live->spool->sent, row, &err);
	if (row->state == OUTBOX_DROPPED && row->spool_name[0] != '\0' && file_exists(live->spool->out, row->spool_name))
		file_remove(live->spool->out, row->spool_name, &err);
	if (live->json)
		row_json(live, row);
	else
		buf_printf(&live->out, "mail %ld is now %s\n", id, outbox_state_name(row->state));
	return 0;
}

/* Those of one state: how many; -1: the code is in *code_r.  What is overtaken is dropped, and said so. */
static int
release_each(struct live *live, enum outbox_state state, int *code_r)
{
	struct outbox_row *rows;
	struct err err;
	const char *why;
	size_t count;
	int released = 0, code;

	if (store_outbox_in_state(live->store, live->arena, state, &rows, &count, &err) == -1)
		goto broken;
	for (size_t i = 0; i < count; i++) {
		if (state == OUTBOX_HELD && !rows[i].barred)
			continue;
		if (overtaken(live, &rows[i], &why, &err) == -1)
			goto broken;
		if (why != NULL)
			buf_printf(&live->errors, "mail %lld is not wanted any more: %s\n", (long long)rows[i].id, why);
		/* One that cannot go keeps none of the others back. */
		if ((code = say(live, word_named(why == NULL ? "release" : "drop"), (long)rows[i].id)) != 0)
			*code_r = code;
		else
			released++;
	}
	return released;
broken:
	*code_r = live_broken(live, &err);
	return -1;
}

/* All that wait for a look, and all that were held because the server did not let us send. */
static int
release_all(struct live *live)
{
	int code = 0, barred = release_each(live, OUTBOX_HELD, &code), review = barred == -1 ? -1 : release_each(live, OUTBOX_REVIEW, &code);

	if (review == -1 || code != 0)
		return code;
	return barred + review > 0 ? 0 : live_fail(live, 1, "no mail waits for a look, and none is held because the mail server did not let "
	    "us send; one that is held for another reason is released by its number");
}

static int
no_number(struct live *live, const char *word)
{
	return live_fail(live, 2, "\"%s\" is no mail's number; \"advicectl queue\" shows them", str_visible(live->arena, word, 60));
}

int
live_queue(struct live *live, int argc, char **argv)
{
	struct live_options options;
	bool settled = false;
	int code = 1;
	long id;

	argc = live_options(argc, argv, &options);
	if (argc == 1)
		return list(live);
	if (argc == 3 && strcmp(argv[1], "release") == 0 && strcmp(argv[2], "all") == 0)
		return release_all(live);
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return str_number(argv[2], 1, INT32_MAX, &id) ? live_queue_show(live, id) : no_number(live, argv[2]);
	for (size_t i = 0; i < WORDS && argc == 3; i++) {
		if (strcmp(argv[1], words[i].name) != 0)
			continue;
		if (!str_number(argv[2], 1, INT32_MAX, &id))
			return no_number(live, argv[2]);
		if (settle_held(live, &options, words[i].name, id, &settled, &code) == -1 || settled)
			return code;
		return say(live, &words[i], id);
	}
	return live_usage(live, "queue");
}
