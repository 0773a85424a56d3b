/*
 * advicectl readiness: a mailbox in shadow, before it goes live.  What would
 * have gone out beside what its people sent by hand, and a score.  A mail of
 * ours and one of theirs count as the same when they are about one case,
 * share a reader, and lie at most some days apart.
 * Invariant: reads only; references and addresses, never a child's name.
 * Fails: exit 1 when the store cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"
#include "mail/record.h"
#include "store/history.h"

#define DAYS_DEFAULT	28
#define BEFORE_S	(2 * 86400)	/* people may have been quicker than the mail that told us */
#define AFTER_S		(7 * 86400)	/* or slower */

/* One mail, ours or theirs. */
struct went {
	int64_t		 case_id;
	instant		 at;
	const char	*act;		/* ours; NULL */
	struct strs	 readers;
	struct went	*other;		/* the same, from the other side; NULL */
};

struct wents { struct went *v; size_t n; };

struct report {
	struct live	*live;
	const char	*address;	/* of the mailbox */
	const char	*name, *pack;
	instant		 since;
	struct wents	 ours, theirs;
	size_t		 chasers;	/* of ours that people hardly ever send: reminders, questions */
	size_t		 unknown;	/* theirs of no case */
};

/* What people do by hand as well; whether they also remind each other is nothing to hold against anybody. */
static bool
is_work(const char *act)
{
	return strcmp(act, "forward") == 0 || strcmp(act, "send") == 0 || strcmp(act, "reply") == 0;
}

static int
read_ours(struct report *report, struct err *err)
{
	struct arena *arena = report->live->arena;
	struct outbox_row *rows;
	size_t count;

	if (store_outbox_in_state(report->live->store, arena, OUTBOX_SHADOW, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct went *went;

		if (rows[i].decided < report->since || !str_same(rows[i].mailbox, report->address))
			continue;
		if (!is_work(rows[i].act)) {
			report->chasers++;
			continue;
		}
		went = arena_push(arena, report->ours.v, report->ours.n);
		*went = (struct went){ .case_id = rows[i].case_id, .at = rows[i].decided, .act = rows[i].act };
		for (size_t r = 0; r < rows[i].recipient_count; r++)
			strs_add(arena, &went->readers, rows[i].recipients[r].address);
	}
	return 0;
}

static void
add_readers(struct arena *arena, struct strs *readers, const struct mail_addresses *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		strs_add(arena, readers, addresses->v[i].address);
}

static int
read_theirs(struct report *report, struct err *err)
{
	struct arena *arena = report->live->arena;
	struct history_mail *mails;
	struct message_row *row;
	struct message *message;
	size_t count;

	if (store_history_mails(report->live->store, arena, report->pack, &mails, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct went *went;

		if (strcmp(mails[i].kind, "sent-by-hand") != 0 || mails[i].received < report->since || mails[i].erased)
			continue;
		if (mails[i].case_id == 0) {
			report->unknown++;
			continue;
		}
		if (store_message(report->live->store, arena, mails[i].id, &row, err) == -1 ||
		    record_decode(arena, row->record, row->record_len, &message, err) == -1)
			return -1;
		went = arena_push(arena, report->theirs.v, report->theirs.n);
		*went = (struct went){ .case_id = mails[i].case_id, .at = mails[i].received };
		add_readers(arena, &went->readers, &message->to);
		add_readers(arena, &went->readers, &message->cc);
	}
	return 0;
}

static bool
shares_a_reader(const struct went *a, const struct went *b)
{
	for (size_t i = 0; i < a->readers.n; i++)
		if (strs_has_nocase(&b->readers, a->readers.v[i]))
			return true;
	return false;
}

/* Each of ours with the nearest of theirs that has no other yet. */
static void
pair(struct report *report)
{
	for (size_t i = 0; i < report->ours.n; i++) {
		struct went *ours = &report->ours.v[i], *best = NULL;

		for (size_t k = 0; k < report->theirs.n; k++) {
			struct went *theirs = &report->theirs.v[k];

			if (theirs->other != NULL || theirs->case_id != ours->case_id || theirs->at < ours->at - BEFORE_S ||
			    theirs->at > ours->at + AFTER_S || !shares_a_reader(ours, theirs))
				continue;
			if (best == NULL || llabs(theirs->at - ours->at) < llabs(best->at - ours->at))
				best = theirs;
		}
		ours->other = best;
		if (best != NULL)
			best->other = ours;
	}
}

static size_t
paired(const struct wents *wents)
{
	size_t n = 0;

	for (size_t i = 0; i < wents->n; i++)
		n += wents->v[i].other != NULL;
	return n;
}

static void
show_one(struct report *report, const struct went *went, const char *who)
{
	struct live *live = report->live;
	const char *name = live_case_name(live, went->case_id), *readers = strs_join(live->arena, &went->readers, ", ");

	if (!live->json) {
		buf_printf(&live->out, "  %-18s %-12s %s%s%s\n", live_when(live, went->at), name, went->act == NULL ? "" : went->act,
		    went->act == NULL ? "to " : " to ", readers);
		return;
	}
	json_open(&live->out, NULL, '{');
	json_str(&live->out, "only", who);
	json_str(&live->out, "case", name);
	live_json_when(live, "at", went->at);
	json_str(&live->out, "act", went->act);
	json_strs(&live->out, "readers", &went->readers);
	json_close(&live->out, '}');
	buf_add_char(&live->out, '\n');
}

static void
show_single(struct report *report, const struct wents *wents, const char *who, const char *heading)
{
	if (paired(wents) == wents->n)
		return;
	if (!report->live->json)
		buf_printf(&report->live->out, "\n%s\n", heading);
	for (size_t i = 0; i < wents->n; i++)
		if (wents->v[i].other == NULL)
			show_one(report, &wents->v[i], who);
}

static void
show(struct report *report)
{
	struct buf *out = &report->live->out;
	size_t both = paired(&report->ours), only_ours = report->ours.n - both, only_theirs = report->theirs.n - both;
	size_t all = both + only_ours + only_theirs;
	int score = all == 0 ? 0 : (int)(100 * both / all);

	if (report->live->json) {
		json_open(out, NULL, '{');
		json_str(out, "mailbox", report->name);
		live_json_when(report->live, "since", report->since);
		json_int(out, "both", (int64_t)both);
		json_int(out, "only-adviced", (int64_t)only_ours);
		json_int(out, "only-people", (int64_t)only_theirs);
		json_int(out, "people-no-case", (int64_t)report->unknown);
		json_int(out, "reminders-and-questions", (int64_t)report->chasers);
		json_int(out, "score", score);
		json_close(out, '}');
		buf_add_char(out, '\n');
	} else if (all == 0)
		buf_printf(out, "%s: nothing to compare since %s. Is its mode \"shadow\", and is the folder of its sent mail watched "
		    "(\"sent\")?\n",
		    report->name, live_when(report->live, report->since));
	else
		buf_printf(out, "%s, since %s: of %zu mails that had to be sent, people and the daemon agree on %zu: %d of 100.\n"
		    "Only the daemon would have sent %zu; only people sent %zu. Besides, people sent %zu mails of no case that we know,\n"
		    "and the daemon would have sent %zu reminders, questions and the like.\n", report->name,
		    live_when(report->live, report->since), all, both, score, only_ours, only_theirs, report->unknown, report->chasers);
	show_single(report, &report->ours, "adviced", "Only the daemon would have sent (\"advicectl case REFERENCE\" says why):");
	show_single(report, &report->theirs, "people", "Only people sent (is a rule missing, or was it something else?):");
}

static const struct pack *
pack_watching(const struct live *live, const struct mailbox_config *mailbox)
{
	for (size_t i = 0; live->engine != NULL && i < live->engine->pack_count; i++)
		if (strs_has(&live->engine->packs[i]->watches, mailbox_watched_as(mailbox)))
			return live->engine->packs[i];
	return NULL;
}

static int
one(struct live *live, const struct mailbox_config *mailbox, instant since, struct err *err)
{
	struct report report = { .live = live, .address = mailbox->address, .name = mailbox->name, .since = since };
	const struct pack *pack = pack_watching(live, mailbox);
	struct mailbox_row *row;

	if (store_mailbox(live->store, live->arena, mailbox->name, &row, err) == -1)
		return -1;
	report.pack = pack != NULL ? pack->name : row != NULL ? row->pack : "";
	if (read_ours(&report, err) == -1 || read_theirs(&report, err) == -1)
		return -1;
	pair(&report);
	show(&report);
	return 0;
}

int
live_readiness(struct live *live, int argc, char **argv)
{
	long days = DAYS_DEFAULT;
	const char *name = NULL;
	struct err err;
	bool any = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--days") == 0 && i + 1 < argc && str_number(argv[i + 1], 1, 3660, &days))
			i++;
		else if (argv[i][0] != '-' && name == NULL)
			name = argv[i];
		else
			return live_usage(live, "readiness");
	}
	for (size_t i = 0; i < live->config->mailbox_count; i++) {
		const struct mailbox_config *mailbox = &live->config->mailboxes[i];

		if (mailbox->sent_of != NULL || (name != NULL && strcmp(mailbox->name, name) != 0))
			continue;
		any = true;
		if (one(live, mailbox, live->now - days * 86400, &err) == -1)
			return live_broken(live, &err);
	}
	return any ? 0 : live_fail(live, 1, "there is no mailbox \"%s\" in the configuration", name == NULL ? "" : name);
}
