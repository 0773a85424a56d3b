/*
 * Collecting a case's chronology from the rows of it and of the cases that
 * were merged into it.  Reads only.
 * Invariant: what was erased is not made up: its place says that it is gone.
 * Fails: as the store does.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/evidence.h"
#include "ctl/why_words.h"
#include "mail/record.h"
#include "rule/words.h"

/* Of what happened at the same moment, what led to what; times are stored to the second. */
enum turn_of { TURN_OPENED, TURN_CAME, TURN_ASKED_LIST, TURN_SAID, TURN_LEFT, TURN_STAGE, TURN_QUESTION, TURN_OUT, TURN_CLOSED };
#define TURN_WEIGHT	((size_t)1 << 32)
#define DECISION_WEIGHT	((size_t)1 << 40)

struct part {			/* one case of it */
	struct chronology	*c;
	struct case_state	*state;
	const char		*prefix;	/* "" or "(case 7) " */
	struct journal_proof	*journal;
	size_t			 journal_count;
};

static struct arena *
arena_of(const struct part *part)
{
	return part->c->live->arena;
}

static const char *
called(const struct part *part, const char *name)
{
	return live_called(part->c->live, part->c->pack, name);
}

/* "which officer?" needs no full stop behind it. */
static const char *
stop(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && strchr(".?!", text[len - 1]) != NULL ? "" : ".";
}

static struct happened *
add(struct part *part, instant at, enum turn_of turn, const char *word, const char *rule, const char *text)
{
	struct chronology *c = part->c;
	struct happened *thing = arena_push(arena_of(part), c->things, c->count);

	*thing = (struct happened){ at, (size_t)turn * TURN_WEIGHT + c->count, word,
	    arena_printf(arena_of(part), "%s%s", part->prefix, text), rule == NULL ?
	    "" : rule, "" };
	return thing;
}

static const char *
strand_name(struct part *part, int no)
{
	for (size_t i = 0; i < part->state->strand_count; i++) {
		const struct case_strand *strand = &part->state->strands[i];

		if (strand->no == no)
			return strand->service[0] == '\0' ? called(part, strand->name) : arena_printf(arena_of(part), "%s (%s)",
			    called(part, strand->name), called(part, strand->service));
	}
	return "the case";
}

static bool
begins_decision(const char *event)
{
	static const char *const events[] = { "mail", "timer", "changed", "admin", "undelivered" };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i], event) == 0)
			return true;
	return false;
}

/*
 * Several things may be decided in one second: each stands with its decision, in the journal's order.  The row that tells it:
 * of this event, about this mail or 0, with this in its detail or NULL.
 */
static void
goes_with(struct part *part, struct happened *thing, const char *event, int64_t message, const char *detail)
{
	size_t decision = 0;

	for (size_t i = 0; i < part->journal_count; i++) {
		const struct journal_entry *entry = &part->journal[i].entry;

		decision = begins_decision(entry->event) ? i : decision;
		if (entry->at != thing->at || strcmp(entry->event, event) != 0 || (message != 0 && entry->message != message) ||
		    (detail != NULL && strstr(entry->detail, detail) == NULL))
			continue;
		thing->order += (decision + 1) * DECISION_WEIGHT;
		return;
	}
}

/* "a.lee@x, b@x; copy to c@x" */
static const char *
recipients(struct part *part, const struct outbox_row *row)
{
	struct strs to = { NULL, 0 }, cc = { NULL, 0 };

	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(arena_of(part), row->recipients[i].cc ? &cc : &to, row->recipients[i].address);
	return arena_printf(arena_of(part), "%s%s%s", strs_join(arena_of(part), &to, ", "), cc.n == 0 ? "" : "; copy to ",
	    strs_join(arena_of(part), &cc, ", "));
}

/* ---- Mails that came */

static const char *
subject_of(struct part *part, const struct message_row *row)
{
	struct message *message;
	struct err ignored;

	if (row->record_len == 0)
		return "The mail itself was erased.";
	if (record_decode(arena_of(part), row->record, row->record_len, &message, &ignored) == -1)
		return "The mail itself cannot be read any more.";
	return arena_printf(arena_of(part), "Subject: %s%s", str_visible(arena_of(part), message->subject, 200), stop(message->subject));
}

static int
mail_in(struct part *part, const struct case_mail *mail, struct err *err)
{
	struct buf text = BUF_INIT;
	struct message_row *row;
	struct happened *thing;

	if (store_message(part->c->live->store, arena_of(part), mail->message, &row, err) == -1)
		return -1;
	buf_printf(&text, "Mail %lld from %s: %s. %s", (long long)mail->message, mail->from,
	    mail->kind[0] == '\0' || strcmp(mail->kind, "other") == 0 ? "an answer, or of no kind that the rules name" :
	    called(part, mail->kind), row == NULL ? "" : subject_of(part, row));
	for (size_t i = 0; i < mail->document_count; i++)
		buf_printf(&text, " With it: %s, %llu bytes, SHA-256 %s.", mail->documents[i].name,
		    (unsigned long long)mail->documents[i].size, mail->documents[i].sha256);
	thing = add(part, mail->received, TURN_CAME, strcmp(mail->kind, KIND_BY_HAND) == 0 ? "sent by hand" : "received", NULL,
	    buf_text(&text));
	if (row != NULL)
		thing->hash = row->fingerprint;
	goes_with(part, thing, "mail", mail->message, NULL);
	buf_free(&text);
	return 0;
}

/* ---- Mails that went out */

static const char *
word_of_act(const char *act)
{
	static const struct { const char *act, *word; } words[] = {
		{ "forward", "passed on" }, { "ask", "asked" }, { "remind", "chased" }, { "escalate", "escalated" }, { "echo", "confirmed" },
		{ "reply", "answered" }, { "triage", "put to a person" }, { "digest", "listed" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].act, act) == 0)
			return words[i].word;
	return "sent";
}

/* What became of it, with the moment or the reason. */
static const char *
became(struct part *part, const struct outbox_row *row)
{
	const char *because = row->why[0] == '\0' ? "" : arena_printf(arena_of(part), ", %s", row->why);

	switch (row->state) {
	case OUTBOX_SENT:
		return arena_printf(arena_of(part), "Accepted by the mail server on %s.", live_when(part->c->live, row->sent));
	case OUTBOX_JOINED:
		return "It went as a part of another mail.";
	case OUTBOX_SENDING:
	case OUTBOX_UNKNOWN:
		return "It may or may not have arrived.";
	case OUTBOX_QUEUED:
	case OUTBOX_RETRY:
	case OUTBOX_GATHERED:
	case OUTBOX_REVIEW:
		return arena_printf(arena_of(part), "It has not been sent yet: %s%s.", outbox_state_name(row->state), because);
	default:
		return arena_printf(arena_of(part), "It was not sent: %s%s.", outbox_state_name(row->state), because);
	}
}

/* Of each person for whom it is another thing than of the mail, or who had it in another. */
static void
became_of_each(const struct outbox_row *row, struct buf *text)
{
	for (size_t i = 0; i < row->recipient_count; i++) {
		const struct outbox_recipient *recipient = &row->recipients[i];

		if (recipient->state == OUTBOX_FAILED)
			buf_printf(text, " Refused for %s: %d %s.", recipient->address, recipient->code, recipient->reply);
		else if (recipient->state == OUTBOX_JOINED)
			buf_printf(text, " %s had it as a part of another mail (%s).", recipient->address, recipient->reply);
		else if (recipient->state != row->state)
			buf_printf(text, " For %s: %s.", recipient->address, outbox_state_name(recipient->state));
	}
}

static void
mail_out(struct part *part, const struct outbox_row *row)
{
	struct buf text = BUF_INIT;
	struct happened *thing;

	buf_printf(&text, "Our mail %lld (%s) to %s. Subject: %s%s", (long long)row->id, called(part, row->template),
	    recipients(part, row),
	    row->subject, stop(row->subject));
	if (row->forwarded != 0)
		buf_printf(&text, " It passes on mail %lld.", (long long)row->forwarded);
	buf_printf(&text, " %s", became(part, row));
	became_of_each(row, &text);
	buf_printf(&text, " Message-ID: %s.", row->message_id);
	thing = add(part, row->decided, TURN_OUT, word_of_act(row->act), row->rule, buf_text(&text));
	thing->hash = arena_strdup(arena_of(part), row->sha256);
	goes_with(part, thing, "mail-out", row->cause, arena_printf(arena_of(part), "%s %s to ", row->act, row->template));
	buf_free(&text);
}

/* ---- What was decided */

static void
stages(struct part *part)
{
	for (size_t i = 0; i < part->state->entry_count; i++) {
		const struct case_entry *entry = &part->state->entries[i];
		struct happened *thing;

		thing = add(part, entry->at, TURN_STAGE, "stage", entry->rule, words_sentence(arena_of(part), arena_printf(arena_of(part),
		    "%s now stands here: %s.", strand_name(part, entry->strand), called(part, entry->stage))));
		goes_with(part, thing, "move", 0, arena_printf(arena_of(part), "strand %d to %s", entry->strand, entry->stage));
	}
}

static void
questions(struct part *part)
{
	for (size_t i = 0; i < part->state->question_count; i++) {
		const struct case_question *question = &part->state->questions[i];

		const char *name = called(part, question->name);
		bool list = question->asked.n == 0;
		struct happened *thing;

		thing = add(part, question->at, list ? TURN_ASKED_LIST : TURN_QUESTION, "question", NULL, arena_printf(arena_of(part),
		    "A question (%s) was put to %s.", name, list ? "the involvement list" : strs_join(arena_of(part), &question->asked, ", ")));
		goes_with(part, thing, "question", 0, arena_printf(arena_of(part), "%d %s ", question->no, question->name));
		if (question->state != QUESTION_ANSWERED)
			continue;
		thing = add(part, question->answered_at, TURN_SAID, "answer", NULL, arena_printf(arena_of(part),
		    "The question (%s) was answered by %s: %s%s", name,
		    question->answered_by[0] == '\0' || strcmp(question->answered_by, "list") == 0 ? "the involvement list" :
		    question->answered_by, question->answer, stop(question->answer)));
		goes_with(part, thing, "question", 0, arena_printf(arena_of(part), "%d %s ", question->no, question->name));
	}
}

static int
changes(struct part *part, struct err *err)
{
	struct change_row *rows;
	struct happened *thing;
	size_t count;

	if (store_changes(part->c->live->store, arena_of(part), part->state->id, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		thing = add(part, rows[i].at, TURN_SAID, "by a person", NULL, arena_printf(arena_of(part), "Change %lld, by %s: %s%s%s%s%s",
		    (long long)rows[i].id, why_who(arena_of(part), rows[i].who), rows[i].what, rows[i].reason[0] == '\0' ? "" :
		    ". Reason given: ",
		    rows[i].reason, stop(rows[i].reason), rows[i].undone_by == 0 ? "" : " It was taken back "
		    "later."));
		goes_with(part, thing, "admin", 0, arena_printf(arena_of(part), "change %lld", (long long)rows[i].id));
	}
	return 0;
}

/* Its reason as it was given, which need not be a sentence. */
static const char *
left_words(struct part *part, const struct triage_row *row)
{
	return arena_printf(arena_of(part), "A person has to decide%s. The reason: %s%s",
	    row->message == 0 ? "" : arena_printf(arena_of(part), " about mail %lld", (long long)row->message), row->reason,
	    stop(row->reason));
}

static int
triages(struct part *part, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages_of_case(part->c->live->store, arena_of(part), part->state->id, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct happened *thing = add(part, rows[i].at, TURN_LEFT, "left to a person", rows[i].rule, left_words(part, &rows[i]));

		goes_with(part, thing, rows[i].message == 0 ? "timer" : "mail", rows[i].message, NULL);
		if (rows[i].answered_at != INSTANT_NONE)
			add(part, rows[i].answered_at, TURN_SAID, "by a person", NULL, arena_printf(arena_of(part),
			    "What was left to a person on %s was "
			    "decided by "
			    "%s: %s%s%s.", live_when(part->c->live, rows[i].at), why_who(arena_of(part), rows[i].answered_by), rows[i].answer,
			    rows[i].words[0] == '\0' ? "" :
			    ". Reason given: ", rows[i].words));
	}
	return 0;
}

/* What no other row tells: who acknowledged, what was said to be done, what was missed, what was erased. */
static void
journal(struct part *part, struct why *why)
{
	static const struct { const char *event, *word; enum turn_of turn; } told[] = {
		{ "answer", "answer", TURN_SAID }, { "rung-missed", "not sent", TURN_OUT }, { "held", "held back", TURN_LEFT },
		{ "erased", "erased", TURN_CLOSED }, { "again", "looked at again", TURN_SAID }, { "called off", "not sent", TURN_OUT },
	};
	struct happened *thing;
	size_t decision = 0;
	int64_t out;

	for (size_t i = 0; i < part->journal_count; i++) {
		const struct journal_entry *entry = &part->journal[i].entry;

		decision = begins_decision(entry->event) ? i : decision;
		for (size_t k = 0; k < sizeof(told) / sizeof(told[0]); k++)
			if (strcmp(told[k].event, entry->event) == 0) {
				thing = add(part, entry->at, told[k].turn, told[k].word, entry->rule, arena_printf(arena_of(part),
				    "%s (Row %lld of the journal.)",
				    why_sentence(why, entry, &out), (long long)part->journal[i].row));
				thing->order += (decision + 1) * DECISION_WEIGHT;
			}
		if (strcmp(entry->event, "mail") == 0 && (strcmp(entry->detail, "ACK") == 0 || strcmp(entry->detail, "answer") == 0)) {
			thing = add(part, entry->at, TURN_SAID, "acknowledged", entry->rule, why_sentence(why, entry, &out));
			thing->order += (decision + 1) * DECISION_WEIGHT;
		}
	}
}

/* ---- Dates and facts */

static instant
reckoned_at(const struct part *part, const char *name, int version)
{
	const char *code = arena_printf(part->c->live->arena, "%s version %d:", name, version);

	for (size_t i = 0; i < part->journal_count; i++)
		if (strcmp(part->journal[i].entry.event, "deadline") == 0 && str_starts(part->journal[i].entry.detail, code))
			return part->journal[i].entry.at;
	return INSTANT_NONE;
}

static void
dates(struct part *part)
{
	struct chronology *c = part->c;

	for (size_t i = 0; i < part->state->deadline_count; i++) {
		const struct case_deadline *deadline = &part->state->deadlines[i];

		*arena_push(arena_of(part), c->dates, c->date_count) = (struct reckoned){
			.strand = deadline->strand == 0 ? "" : strand_name(part, deadline->strand), .name = deadline->name,
			.derivation = deadline->derivation, .version = deadline->version, .date = deadline->date,
			.superseded = deadline->superseded, .at = reckoned_at(part, deadline->name, deadline->version),
		};
	}
}

static void
facts(struct part *part)
{
	for (size_t i = 0; i < part->state->fact_count; i++) {
		const struct case_fact *fact = &part->state->facts[i];

		strs_add(arena_of(part), &part->c->facts, arena_printf(arena_of(part), "%s%s: %s (from %s, %s%s)", part->prefix,
		    called(part, fact->name), fact->value,
		    fact->who[0] == '\0' ? text_source_name(fact->source) : fact->who, live_when(part->c->live, fact->at),
		    fact->superseded ? "; replaced since" : ""));
	}
}

/* ---- One case, and all of it */

static int
part_collect(struct part *part, struct err *err)
{
	struct store *store = part->c->live->store;
	struct outbox_row *rows;
	struct change_row *done;
	struct why why;
	size_t count, done_count;

	if (store_journal_proof(store, arena_of(part), part->state->id, &part->journal, &part->journal_count, err) == -1 ||
	    store_changes(store, arena_of(part), part->state->id, &done, &done_count, err) == -1 ||
	    store_outbox_of_case(store, arena_of(part), part->state->id, &rows, &count, err) == -1)
		return -1;
	why_begin(&why, part->c->live, part->c->pack, part->state, rows, count, done, done_count);
	add(part, part->state->opened, TURN_OPENED, "opened", NULL, "The case was opened.");
	for (size_t i = 0; i < part->state->mail_count; i++)
		if (mail_in(part, &part->state->mails[i], err) == -1)
			return -1;
	for (size_t i = 0; i < count; i++)
		mail_out(part, &rows[i]);
	stages(part);
	questions(part);
	journal(part, &why);
	dates(part);
	facts(part);
	if (changes(part, err) == -1 || triages(part, err) == -1)
		return -1;
	if (part->state->closed != INSTANT_NONE)
		add(part, part->state->closed, TURN_CLOSED, "closed", NULL, "The case was closed.")->order +=
		    (part->journal_count + 1) * DECISION_WEIGHT;
	for (size_t i = 0; i < part->journal_count; i++)
		*arena_push(arena_of(part), part->c->proof, part->c->proof_count) = part->journal[i];
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct happened *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int
by_row(const void *a, const void *b)
{
	const struct journal_proof *x = a, *y = b;

	return x->row < y->row ? -1 : x->row > y->row;
}

/* The case itself, and then whatever went into it, and into that. */
static int
collect(struct chronology *c, int64_t id, bool first, struct err *err)
{
	struct part part = { .c = c, .prefix = "" };
	int64_t *merged;
	size_t count;

	if (store_case_load(c->live->store, c->live->arena, id, &part.state, err) == -1 ||
	    store_cases_merged(c->live->store, c->live->arena, id, &merged, &count, err) == -1)
		return -1;
	if (first) {
		c->name = case_name(c->live->arena, part.state);
		c->opened = part.state->opened;
		c->closed = part.state->closed;
	} else {
		part.prefix = arena_printf(c->live->arena, "(in what was %s) ", case_name(c->live->arena, part.state));
		strs_add(c->live->arena, &c->merged, case_name(c->live->arena, part.state));
	}
	if (part_collect(&part, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (collect(c, merged[i], false, err) == -1)
			return -1;
	return 0;
}

static int
hold(struct chronology *c, struct err *err)
{
	struct hold_row *rows;
	size_t count;

	if (store_holds(c->live->store, c->live->arena, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		c->held |= rows[i].case_id == 0 || rows[i].case_id == c->id;
	return 0;
}

int
evidence_collect(struct chronology *c, struct err *err)
{
	struct store *store = c->live->store;

	if (store_case_pack(store, c->live->arena, c->id, &c->pack, err) == -1 ||
	    store_case_purged(store, c->live->arena, c->id, &c->purged, err) == -1 || hold(c, err) == -1 ||
	    store_pack_versions(store, c->live->arena, c->pack, &c->versions, &c->version_count, err) == -1 ||
	    collect(c, c->id, true, err) == -1)
		return -1;
	if (c->count > 0)
		qsort(c->things, c->count, sizeof(*c->things), by_time);
	if (c->proof_count > 0)
		qsort(c->proof, c->proof_count, sizeof(*c->proof), by_row);
	return 0;
}

const struct pack_version_row *
evidence_rules(const struct chronology *c, instant at)
{
	for (size_t i = 0; i < c->version_count; i++)
		if (c->versions[i].since <= at)
			return &c->versions[i];
	return NULL;
}
