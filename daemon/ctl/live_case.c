/*
 * advicectl case REF: one case whole: strands and stages, deadlines with their
 * derivation, open questions, mails in and out, and the journal's account of
 * what was decided by which rule.  No child's name: that is in the mails.
 * Fails: exit 1 when there is no such case or the store cannot be read.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/why_words.h"
#include "store/keep.h"

struct view {
	struct live		*live;
	struct case_state	*state;
	const char		*pack;
	struct journal_entry	*journal;
	size_t			 journal_count;
	struct change_row	*changes;
	size_t			 change_count;
	struct why		 why;
};

static const char *
strand_name(const struct view *view, int no)
{
	for (size_t i = 0; i < view->state->strand_count; i++) {
		const struct case_strand *strand = &view->state->strands[i];

		if (strand->no == no)
			return strand->service[0] == '\0' ? strand->name :
			    arena_printf(view->live->arena, "%s (%s)", strand->name, strand->service);
	}
	return "";
}

/* ---- For people */

static void
head_text(struct view *view)
{
	struct live *live = view->live;
	struct purged purged;
	struct err err;

	buf_printf(&live->out, "%s  (number %lld, pack %s)\nopened %s", case_name(live->arena, view->state),
	    (long long)view->state->id, view->pack, live_when(live, view->state->opened));
	if (view->state->closed != INSTANT_NONE)
		buf_printf(&live->out, ", closed %s", live_when(live, view->state->closed));
	if (store_case_purged(live->store, live->arena, view->state->id, &purged, &err) == 0 && purged.all != INSTANT_NONE)
		buf_printf(&live->out, ", erased %s", live_when(live, purged.all));
	if (view->state->paused_until != INSTANT_NONE && view->state->paused_until > live->now)
		buf_printf(&live->out, ", paused until %s", live_when(live, view->state->paused_until));
	buf_add_char(&live->out, '\n');
}

static void
head(struct view *view, const char *title)
{
	buf_printf(&view->live->out, "\n%s\n", live_paint(view->live, PAINT_HEAD, title));
}

static void
strands_text(struct view *view)
{
	struct live *live = view->live;

	head(view, "Where it stands");
	for (size_t i = 0; i < view->state->strand_count; i++) {
		const struct case_strand *strand = &view->state->strands[i];

		buf_printf(&live->out, "  %s: %s since %s%s%s\n", strand_name(view, strand->no),
		    live_called_both(live, view->pack, strand->stage), live_when(live, strand->entered),
		    strand->final ? " (ended)" : "", strand->held ? " (on hold)" : "");
	}
}

static void
deadlines_text(struct view *view)
{
	struct live *live = view->live;

	head(view, "Deadlines");
	for (size_t i = 0; i < view->state->deadline_count; i++) {
		const struct case_deadline *deadline = &view->state->deadlines[i];

		if (!deadline->superseded && deadline->date != DAY_NONE)
			buf_printf(&live->out, "  %-14s %s\n    %s\n", live_called_both(live, view->pack, deadline->name),
			    date_words_weekday(live->arena, deadline->date), deadline->derivation);
	}
}

static void
questions_text(struct view *view)
{
	struct live *live = view->live;
	bool any = false;

	for (size_t i = 0; i < view->state->question_count; i++) {
		const struct case_question *question = &view->state->questions[i];

		if (question->state != QUESTION_OPEN)
			continue;
		if (!any)
			head(view, "Open questions");
		any = true;
		buf_printf(&live->out, "  %s, put to %s on %s\n", live_called(live, view->pack, question->name),
		    strs_join(live->arena, &question->asked, ", "), live_when(live, question->at));
	}
}

/* Of a mail that has not gone out, and does not go by itself: "" of any other. */
static const char *
unsent_words(struct view *view, int64_t id)
{
	struct outbox_row *row = NULL;
	struct err err;

	if (store_outbox(view->live->store, view->live->arena, id, &row, &err) == -1 || row == NULL)
		return "";
	switch (row->state) {
	case OUTBOX_SHADOW:
		return " (in shadow: not sent)";
	case OUTBOX_REVIEW:
		return " (waits for a look: not sent)";
	case OUTBOX_HELD:
		return " (held: not sent)";
	default:
		return "";
	}
}

/* Which line of the rules sent it. */
static const char *
rule_words(struct view *view, int64_t id)
{
	struct outbox_row *row = NULL;
	struct err err;

	if (store_outbox(view->live->store, view->live->arena, id, &row, &err) == -1 || row == NULL || row->rule[0] == '\0')
		return "";
	return arena_printf(view->live->arena, "  (%s)", row->rule);
}

static void
mails_text(struct view *view)
{
	struct live *live = view->live;

	head(view, "Mails");
	for (size_t i = 0; i < view->state->mail_count; i++) {
		const struct case_mail *mail = &view->state->mails[i];

		if (strcmp(mail->kind, KIND_BY_HAND) == 0) {
			buf_printf(&live->out, "  out  %-18s sent by hand (mail %lld)\n", live_when(live, mail->received), (long long)mail->message);
			continue;
		}
		buf_printf(&live->out, "  in   %5lld  %-18s %s from %s\n", (long long)mail->message, live_when(live, mail->received),
		    mail->kind[0] == '\0' || strcmp(mail->kind, "other") == 0 ? "an answer, or of no kind that the rules name," :
		    live_called(live, view->pack, mail->kind), mail->from);
	}
	for (size_t i = 0; i < view->state->sent_count; i++) {
		const struct case_sent *sent = &view->state->sent[i];

		buf_printf(&live->out, "  out  %5lld  %-18s %s to %s%s%s%s%s\n", (long long)sent->outbox, live_when(live, sent->at),
		    live_called(live, view->pack, sent->template), strs_join(live->arena, &sent->to, ", "), sent->cc.n > 0 ? ", copy to " : "",
		    strs_join(live->arena, &sent->cc, ", "), unsent_words(view, sent->outbox), rule_words(view, sent->outbox));
	}
}

static void
changes_text(struct view *view)
{
	struct live *live = view->live;

	if (view->change_count > 0)
		head(view, "Changes by people (\"advicectl undo NUMBER\" takes one back)");
	for (size_t i = 0; i < view->change_count; i++) {
		const struct change_row *row = &view->changes[i];

		buf_printf(&live->out, "  %5lld  %-18s %s by %s%s%s%s%s\n", (long long)row->id, live_when(live, row->at), row->what,
		    why_who(live->arena, row->who), row->reason[0] == '\0' ? "" : ": ", row->reason,
		    row->undone_by == 0 ? "" : "; taken back by change ",
		    row->undone_by == 0 ? "" : arena_printf(live->arena, "%lld", (long long)row->undone_by));
	}
}

static void
why_text(struct view *view)
{
	struct live *live = view->live;
	const char *before = "";
	int64_t out;

	head(view, "Why, in the order in which it was decided");
	for (size_t i = 0; i < view->journal_count; i++) {
		const struct journal_entry *entry = &view->journal[i];
		const char *when = live_when(live, entry->at);

		buf_printf(&live->out, "  %-18s %s%s%s%s\n", strcmp(when, before) == 0 ? "" : when, why_sentence(&view->why, entry, &out),
		    entry->rule[0] != '\0' ? "  (" : "", entry->rule, entry->rule[0] != '\0' ? ")" : "");
		before = when;
	}
}

/* ---- For scripts */

static void
strands_json(struct view *view, struct buf *out)
{
	json_open(out, "strands", '[');
	for (size_t i = 0; i < view->state->strand_count; i++) {
		const struct case_strand *strand = &view->state->strands[i];

		json_open(out, NULL, '{');
		json_str(out, "strand", strand->name);
		json_str(out, "service", strand->service);
		json_str(out, "stage", strand->stage);
		live_json_when(view->live, "entered", strand->entered);
		json_bool(out, "final", strand->final);
		json_bool(out, "held", strand->held);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
deadlines_json(struct view *view, struct buf *out)
{
	json_open(out, "deadlines", '[');
	for (size_t i = 0; i < view->state->deadline_count; i++) {
		const struct case_deadline *deadline = &view->state->deadlines[i];

		if (deadline->superseded || deadline->date == DAY_NONE)
			continue;
		json_open(out, NULL, '{');
		json_str(out, "name", deadline->name);
		json_str(out, "date", date_iso(view->live->arena, deadline->date));
		json_str(out, "strand", strand_name(view, deadline->strand));
		json_str(out, "derivation", deadline->derivation);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
questions_json(struct view *view, struct buf *out)
{
	json_open(out, "questions", '[');
	for (size_t i = 0; i < view->state->question_count; i++) {
		const struct case_question *question = &view->state->questions[i];

		if (question->state != QUESTION_OPEN)
			continue;
		json_open(out, NULL, '{');
		json_str(out, "question", question->name);
		json_strs(out, "asked", &question->asked);
		live_json_when(view->live, "at", question->at);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* How it stands with a mail that went out, and by which rule. */
static void
outbox_json(struct view *view, struct buf *out, int64_t id)
{
	struct outbox_row *row = NULL;
	struct err err;

	if (store_outbox(view->live->store, view->live->arena, id, &row, &err) == -1 || row == NULL)
		return;
	json_str(out, "act", row->act);
	json_str(out, "rule", row->rule);
	json_str(out, "message-id", row->message_id);
	json_str(out, "state", outbox_state_name(row->state));
}

static void
mails_json(struct view *view, struct buf *out)
{
	json_open(out, "mails-in", '[');
	for (size_t i = 0; i < view->state->mail_count; i++) {
		json_open(out, NULL, '{');
		json_int(out, "message", view->state->mails[i].message);
		live_json_when(view->live, "at", view->state->mails[i].received);
		json_str(out, "kind", view->state->mails[i].kind);
		json_str(out, "from", view->state->mails[i].from);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_open(out, "mails-out", '[');
	for (size_t i = 0; i < view->state->sent_count; i++) {
		json_open(out, NULL, '{');
		json_int(out, "mail", view->state->sent[i].outbox);
		live_json_when(view->live, "at", view->state->sent[i].at);
		json_str(out, "template", view->state->sent[i].template);
		outbox_json(view, out, view->state->sent[i].outbox);
		json_strs(out, "to", &view->state->sent[i].to);
		json_strs(out, "cc", &view->state->sent[i].cc);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
changes_json(struct view *view, struct buf *out)
{
	json_open(out, "changes", '[');
	for (size_t i = 0; i < view->change_count; i++) {
		const struct change_row *row = &view->changes[i];

		json_open(out, NULL, '{');
		json_int(out, "change", row->id);
		live_json_when(view->live, "at", row->at);
		json_str(out, "what", row->what);
		json_str(out, "who", row->who);
		json_str(out, "reason", row->reason);
		json_int(out, "undone-by", row->undone_by);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
why_json(struct view *view, struct buf *out)
{
	int64_t mail;

	json_open(out, "why", '[');
	for (size_t i = 0; i < view->journal_count; i++) {
		const char *text = why_sentence(&view->why, &view->journal[i], &mail);

		json_open(out, NULL, '{');
		live_json_when(view->live, "at", view->journal[i].at);
		json_str(out, "event", view->journal[i].event);
		json_str(out, "detail", view->journal[i].detail);
		json_str(out, "rule", view->journal[i].rule);
		json_str(out, "who", view->journal[i].who);
		json_str(out, "text", text);
		json_int(out, "mail", mail);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
view_json(struct view *view)
{
	struct buf *out = &view->live->out;

	json_open(out, NULL, '{');
	json_str(out, "case", case_name(view->live->arena, view->state));
	json_int(out, "number", view->state->id);
	json_str(out, "pack", view->pack);
	live_json_when(view->live, "opened", view->state->opened);
	live_json_when(view->live, "closed", view->state->closed);
	strands_json(view, out);
	deadlines_json(view, out);
	questions_json(view, out);
	mails_json(view, out);
	changes_json(view, out);
	why_json(view, out);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
view_text(struct view *view)
{
	head_text(view);
	strands_text(view);
	deadlines_text(view);
	questions_text(view);
	mails_text(view);
	changes_text(view);
	why_text(view);
}

/* "EHC-20417", "12" or "case 12", which a shell hands over as two words. */
static const char *
wanted_name(struct live *live, int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "case") == 0)
		return arena_printf(live->arena, "case %s", argv[2]);
	return argc == 2 ? argv[1] : NULL;
}

int
live_case(struct live *live, int argc, char **argv)
{
	struct view view = { .live = live };
	const char *name = wanted_name(live, argc, argv);
	struct outbox_row *sent;
	size_t sent_count;
	struct err err;
	int64_t id;

	if (name == NULL)
		return live_usage(live, "case");
	if (store_case_by_name(live->store, name, &id, &err) == -1)
		return live_broken(live, &err);
	if (id == 0)
		return live_fail(live, 1, "there is no case \"%s\"; \"advicectl cases --all\" lists them", name);
	if (store_case_load(live->store, live->arena, id, &view.state, &err) == -1 ||
	    store_case_pack(live->store, live->arena, id, &view.pack, &err) == -1 ||
	    store_changes(live->store, live->arena, id, &view.changes, &view.change_count, &err) == -1 ||
	    store_outbox_of_case(live->store, live->arena, id, &sent, &sent_count, &err) == -1 ||
	    store_journal_of(live->store, live->arena, id, &view.journal, &view.journal_count, &err) == -1)
		return live_broken(live, &err);
	why_begin(&view.why, live, view.pack, view.state, sent, sent_count, view.changes, view.change_count);
	if (live->json)
		view_json(&view);
	else
		view_text(&view);
	return 0;
}
