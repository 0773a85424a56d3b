/*
 * advicectl queue: mails that are decided and not known to be sent.  Showing
 * one is live_queue_show.c, a person's word about one live_queue_word.c.
 * Run by core or by advicectl.
 * Fails: exit 1 when the store cannot be read.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

static const enum outbox_state shown[] = {
	OUTBOX_UNKNOWN, OUTBOX_HELD, OUTBOX_REVIEW, OUTBOX_RETRY, OUTBOX_SENDING, OUTBOX_QUEUED, OUTBOX_GATHERED,
	OUTBOX_FAILED
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

void
live_queue_json(struct live *live, const struct outbox_row *row, const bool *applied)
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
	if (applied != NULL)
		json_bool(out, "applied", *applied);
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
				live_queue_json(live, &rows[i], NULL);
			else
				row_text(live, &rows[i]);
		}
		total += count;
	}
	if (total == 0 && !live->json)
		buf_add_str(&live->out, "nothing waits to be sent\n");
	return 0;
}

int
live_queue(struct live *live, int argc, char **argv)
{
	struct live_options options;
	bool all;
	long id = 0;

	argc = live_options(argc, argv, &options);
	if (argc == 1)
		return list(live);
	all = argc == 3 && strcmp(argv[1], "release") == 0 && strcmp(argv[2], "all") == 0;
	if (argc != 3 || (strcmp(argv[1], "show") != 0 && !live_queue_is_word(argv[1])))
		return live_usage(live, "queue");
	if (!all && !str_number(argv[2], 1, INT32_MAX, &id))
		return live_fail(live, 2, "\"%s\" is no mail's number; \"advicectl queue\" shows them",
		    str_visible(live->arena, argv[2], 60));
	return strcmp(argv[1], "show") == 0 ? live_queue_show(live, id) : live_queue_word(live, &options, argv[1], id);
}
