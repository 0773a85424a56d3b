/*
 * advicectl triage: what the daemon will not decide by itself, each with its
 * reason, and what may be answered: by mail, or with advicectl resolve.
 * References and initials only.
 * Fails: exit 1 when the store cannot be read.
 */
#include "base/json.h"
#include "ctl/live.h"
#include "mail/record.h"

struct view {
	struct triage_row	*row;
	struct strs		 answers, choices;
	int64_t			*cases;
	size_t			 case_count;
	const char		*from;		/* who wrote the mail that it is about; "" */
};

/* Its subject may name the child, so only its sender is shown. */
static int
sender(struct live *live, int64_t id, const char **from_r, struct err *err)
{
	struct message_row *row = NULL;
	struct message *message;
	struct err ignored;

	*from_r = "";
	if (id == 0)
		return 0;
	if (store_message(live->store, live->arena, id, &row, err) == -1)
		return -1;
	if (row != NULL && row->record_len > 0 && record_decode(live->arena, row->record, row->record_len, &message, &ignored) == 0)
		*from_r = message->from.address;
	return 0;
}

static void
row_text(struct live *live, const struct view *view)
{
	const struct triage_row *row = view->row;
	struct buf *out = &live->out;

	buf_printf(out, "%5lld  %-18s %-12s %s%s%s%s\n", (long long)row->id, live_when(live, row->at),
	    live_case_name(live, row->case_id), row->reason, row->rule[0] != '\0' ? "  (" : "", row->rule,
	    row->rule[0] != '\0' ? ")" : "");
	if (row->message != 0)
		buf_printf(out, "       %s%smail %lld\n", view->from[0] == '\0' ? "" :
		    arena_printf(live->arena, "from %s", str_visible(live->arena, view->from, 200)), view->from[0] == '\0' ? "" : ", ",
		    (long long)row->message);
	if (row->outbox != 0)
		buf_printf(out, "       our mail %lld, which waits: advicectl queue show %lld\n", (long long)row->outbox, (long long)row->outbox);
	if (row->asked.n > 0)
		buf_printf(out, "       put to %s on %s\n", strs_join(live->arena, &row->asked, ", "), live_when(live, row->asked_at));
	for (size_t i = 0; i < view->choices.n; i++)
		buf_printf(out, "       %s\n", view->choices.v[i]);
	if (view->answers.n > 0)
		buf_printf(out, "       to answer: advicectl resolve %lld %s\n", (long long)row->id, view->answers.v[0]);
}

static void
row_json(struct live *live, const struct view *view)
{
	static const char *const kinds[] = {
		[TRIAGE_NOTE] = "note", [TRIAGE_MAIL] = "mail", [TRIAGE_FORM] = "form", [TRIAGE_ROW] = "row",
		[TRIAGE_ANSWER] = "answer", [TRIAGE_OUTGOING] = "outgoing",
	};
	const struct triage_row *row = view->row;
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_int(out, "triage", row->id);
	live_json_when(live, "at", row->at);
	json_str(out, "kind", kinds[row->kind]);
	json_str(out, "pack", row->pack);
	json_str(out, "case", live_case_name(live, row->case_id));
	json_int(out, "message", row->message);
	json_str(out, "from", view->from);
	json_int(out, "mail", row->outbox);
	json_str(out, "reason", row->reason);
	json_str(out, "rule", row->rule);
	json_strs(out, "asked", &row->asked);
	live_json_when(live, "asked-at", row->asked_at);
	live_json_when(live, "next", row->due);
	json_open(out, "candidates", '[');
	for (size_t i = 0; i < view->case_count; i++)
		json_str(out, NULL, live_case_name(live, view->cases[i]));
	json_close(out, ']');
	json_strs(out, "answers", &view->answers);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

int
live_triage(struct live *live, int argc, char **argv)
{
	struct engine plain = { .store = live->store };
	struct triage_row *rows;
	struct err err;
	size_t count;

	(void)argv;
	if (argc != 1)
		return live_usage(live, "triage");
	if (store_triages(live->store, live->arena, true, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++) {
		struct view view = { .row = &rows[i] };

		if (engine_choices(live->engine != NULL ? live->engine : &plain, live->arena, &rows[i], &view.answers, &view.choices,
		    &err) == -1 ||
		    store_triage_candidates(live->store, live->arena, rows[i].id, &view.cases, &view.case_count, &err) == -1 ||
		    sender(live, rows[i].message, &view.from, &err) == -1)
			return live_broken(live, &err);
		if (live->json)
			row_json(live, &view);
		else
			row_text(live, &view);
	}
	if (count == 0 && !live->json)
		buf_add_str(&live->out, "nothing waits for a person\n");
	return 0;
}
