/*
 * advicectl triage: what the daemon will not decide by itself, each with its
 * reason.
 * Fails: exit 1 when the store cannot be read.
 */
#include "base/json.h"
#include "ctl/live.h"

static void
row_print(struct live *live, const struct triage_row *row)
{
	struct buf *out = &live->out;

	if (!live->json) {
		buf_printf(out, "%5lld  %-18s %-12s %s%s%s%s\n", (long long)row->id, live_when(live, row->at),
		    live_case_name(live, row->case_id), row->reason, row->rule[0] != '\0' ? "  (" : "", row->rule,
		    row->rule[0] != '\0' ? ")" : "");
		return;
	}
	json_open(out, NULL, '{');
	json_int(out, "triage", row->id);
	live_json_when(live, "at", row->at);
	json_str(out, "pack", row->pack);
	json_str(out, "case", live_case_name(live, row->case_id));
	json_int(out, "message", row->message);
	json_str(out, "reason", row->reason);
	json_str(out, "rule", row->rule);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

int
live_triage(struct live *live, int argc, char **argv)
{
	struct triage_row *rows;
	struct err err;
	size_t count;

	(void)argv;
	if (argc != 1)
		return live_fail(live, 2, "usage: advicectl triage [--json]");
	if (store_triages(live->store, live->arena, true, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < count; i++)
		row_print(live, &rows[i]);
	if (count == 0 && !live->json)
		buf_add_str(&live->out, "nothing waits for a person\n");
	return 0;
}
