/*
 * advicectl queue: mails that are decided and not known to be sent; and a
 * person's word about one of them: retry, sent, hold, release.
 * Invariant: a recipient who has a mail is not sent it again.
 * Fails: exit 1 when the mail is not in a state in which that makes sense.
 */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"

static const enum outbox_state shown[] = {
	OUTBOX_UNKNOWN, OUTBOX_HELD, OUTBOX_RETRY, OUTBOX_SENDING, OUTBOX_QUEUED, OUTBOX_FAILED
};

/* ---- The list */

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

static void
row_text(struct live *live, const struct outbox_row *row)
{
	struct buf *out = &live->out;

	buf_printf(out, "%5lld  %-8s %-12s %-10s since %s", (long long)row->id, outbox_state_name(row->state),
	    live_case_name(live, row->case_id), row->act, live_when(live, row->decided));
	if (row->state == OUTBOX_RETRY)
		buf_printf(out, ", %d tr%s, again %s", row->tries, row->tries == 1 ? "y" : "ies", live_when(live, row->next_try));
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

static unsigned
states(enum outbox_state a, enum outbox_state b, enum outbox_state c)
{
	return 1u << a | 1u << b | 1u << c;
}

/* Every recipient in one of these states goes to another; how many. */
static size_t
recipients_move(struct outbox_row *row, unsigned from, enum outbox_state to)
{
	size_t n = 0;

	for (size_t i = 0; i < row->recipient_count; i++)
		if ((from >> row->recipients[i].state & 1) != 0) {
			row->recipients[i].state = to;
			n++;
		}
	return n;
}

static bool
recipients_wait(const struct outbox_row *row)
{
	for (size_t i = 0; i < row->recipient_count; i++)
		if (row->recipients[i].state == OUTBOX_QUEUED || row->recipients[i].state == OUTBOX_RETRY)
			return true;
	return false;
}

static int
refuse(struct live *live, const struct outbox_row *row, const char *what)
{
	return live_fail(live, 1, "mail %lld is %s: %s", (long long)row->id, outbox_state_name(row->state), what);
}

static int
word_retry(struct live *live, struct outbox_row *row)
{
	unsigned from = states(OUTBOX_UNKNOWN, OUTBOX_FAILED, OUTBOX_RETRY);

	if (row->state == OUTBOX_SENDING)
		return refuse(live, row, "wait until that has ended");
	if (row->state == OUTBOX_HELD)
		return refuse(live, row, "say \"advicectl queue release\" instead");
	if (row->state == OUTBOX_QUEUED || recipients_move(row, from, OUTBOX_QUEUED) == 0)
		return refuse(live, row, "there is nothing to try again");
	row->state = OUTBOX_QUEUED;
	row->next_try = live->now;
	row->tries = 0;
	row->body_asked = false;
	return 0;
}

static int
word_sent(struct live *live, struct outbox_row *row)
{
	if (row->state != OUTBOX_UNKNOWN)
		return refuse(live, row, "only of a mail that is unknown can a person say that it arrived");
	recipients_move(row, 1u << OUTBOX_UNKNOWN, OUTBOX_SENT);
	row->state = recipients_wait(row) ? OUTBOX_QUEUED : OUTBOX_SENT;
	row->body_asked = false;
	row->sent = live->now;
	return 0;
}

static int
word_hold(struct live *live, struct outbox_row *row)
{
	if (row->state != OUTBOX_QUEUED && row->state != OUTBOX_RETRY)
		return refuse(live, row, "only a mail that waits to be sent can be held");
	recipients_move(row, states(OUTBOX_QUEUED, OUTBOX_RETRY, OUTBOX_RETRY), OUTBOX_HELD);
	row->state = OUTBOX_HELD;
	row->why = "held by a person";
	return 0;
}

static int
word_release(struct live *live, struct outbox_row *row)
{
	if (row->state != OUTBOX_HELD)
		return refuse(live, row, "only a mail that is held can be released");
	recipients_move(row, 1u << OUTBOX_HELD, OUTBOX_QUEUED);
	row->state = OUTBOX_QUEUED;
	row->next_try = live->now;
	row->why = "";
	return 0;
}

static int
word_drop(struct live *live, struct outbox_row *row)
{
	if (row->state != OUTBOX_HELD)
		return refuse(live, row, "only a mail that is held can be dropped");
	recipients_move(row, 1u << OUTBOX_HELD, OUTBOX_DROPPED);
	row->state = OUTBOX_DROPPED;
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

/* The frozen mail lies in sent once nobody waits for it any more; a retry brings it back first. */
static int
file_back(struct live *live, const struct outbox_row *row, struct err *err)
{
	if (row->state != OUTBOX_QUEUED || file_exists(live->spool->out, row->spool_name))
		return 0;
	if (!file_exists(live->spool->sent, row->spool_name))
		return err_set(err, ERR_MESSAGE, "the text of mail %lld is no longer in the spool", (long long)row->id);
	return file_rename(live->spool->sent, row->spool_name, live->spool->out, row->spool_name, err);
}

/* A person who says something of a mail has seen what was told about it. */
static int
triage_close(struct live *live, const struct outbox_row *row, struct err *err)
{
	const char *about = arena_printf(live->arena, "Mail %lld ", (long long)row->id);
	struct triage_row *rows;
	size_t count;

	if (store_triages(live->store, live->arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].case_id != row->case_id || !str_starts(rows[i].reason, about))
			continue;
		rows[i].state = "done";
		if (store_triage_put(live->store, &rows[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
store_word(struct live *live, struct outbox_row *row, const char *code, struct err *err)
{
	if (store_begin(live->store, err) == -1)
		return -1;
	if (store_outbox_put(live->store, row, err) == 0 && triage_close(live, row, err) == 0 &&
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
	if (row->state == OUTBOX_SENT)
		file_rename(live->spool->out, row->spool_name, live->spool->sent, row->spool_name, &err);
	if (live->json)
		row_json(live, row);
	else
		buf_printf(&live->out, "mail %ld is now %s\n", id, outbox_state_name(row->state));
	return 0;
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
	for (size_t i = 0; i < WORDS && argc == 3; i++) {
		if (strcmp(argv[1], words[i].name) != 0 || !str_number(argv[2], 1, INT32_MAX, &id))
			continue;
		if (settle_held(live, &options, words[i].name, id, &settled, &code) == -1 || settled)
			return code;
		return say(live, &words[i], id);
	}
	return live_fail(live, 2, "usage: advicectl queue [retry|sent|hold|release|drop NUMBER] [--yes] [--json]; "
	    "\"advicectl queue\" shows the numbers");
}
