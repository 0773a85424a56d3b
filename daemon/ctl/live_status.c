/*
 * advicectl status: how it stands.  Mailboxes with the last proven look, then
 * cases, what waits for a person, what waits to go out, what is due next.
 * Fails: exit 1 when the store cannot be read.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

static bool
role_is_here(const struct live *live, const char *name)
{
	for (size_t i = 0; i < live->role_count; i++)
		if (strcmp(live->roles[i].name, name) == 0)
			return live->roles[i].here;
	return false;
}

static void
mailbox_line(struct live *live, const struct mailbox_row *row)
{
	const char *when = row->proven == INSTANT_NONE ? "never yet" : live_when(live, row->proven);
	bool connected = role_is_here(live, arena_printf(live->arena, "fetch:%s", row->name));

	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "mailbox", row->name);
		json_str(&live->out, "pack", row->pack);
		live_json_when(live, "last-proven-look", row->proven);
		json_str(&live->out, "trouble", row->trouble);
		json_bool(&live->out, "fetching", connected);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	buf_printf(&live->out, "mailbox %-12s  pack %s, last proven look %s\n", row->name, row->pack, when);
	if (row->trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: %s\n", str_visible(live->arena, row->trouble, 400));
	if (live->roles != NULL && !connected)
		buf_add_str(&live->out, "  its process is not running at the moment; it is started again by itself\n");
}

static void
counts_text(struct live *live, const struct store_counts *counts)
{
	struct buf *out = &live->out;

	buf_printf(out, "cases       %lld open, %lld closed; %lld mails read\n", (long long)counts->open_cases,
	    (long long)counts->closed_cases, (long long)counts->messages);
	buf_printf(out, "for people  %lld in triage, %lld in quarantine\n", (long long)counts->triage_open,
	    (long long)counts->quarantined);
	buf_printf(out, "outbox      %lld waiting, %lld held, %lld unknown", (long long)counts->outbox_waiting,
	    (long long)counts->outbox_held, (long long)counts->outbox_unknown);
	if (counts->oldest_queued != INSTANT_NONE)
		buf_printf(out, "; the oldest since %s", live_when(live, counts->oldest_queued));
	buf_printf(out, "\nnext due    %s\n", counts->next_due == INSTANT_NONE ? "nothing" : live_when(live, counts->next_due));
}

static void
counts_json(struct live *live, const struct store_counts *counts)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	live_json_when(live, "now", live->now);
	json_bool(out, "daemon", live->roles != NULL);
	json_int(out, "open-cases", counts->open_cases);
	json_int(out, "closed-cases", counts->closed_cases);
	json_int(out, "messages", counts->messages);
	json_int(out, "triage", counts->triage_open);
	json_int(out, "quarantine", counts->quarantined);
	json_int(out, "outbox-waiting", counts->outbox_waiting);
	json_int(out, "outbox-held", counts->outbox_held);
	json_int(out, "outbox-unknown", counts->outbox_unknown);
	json_int(out, "unsettled", counts->unsettled);
	live_json_when(live, "oldest-queued", counts->oldest_queued);
	live_json_when(live, "next-due", counts->next_due);
	json_str(out, "trouble", live->trouble == NULL ? "" : live->trouble);
	json_open(out, "roles", '{');
	for (size_t i = 0; i < live->role_count; i++)
		json_bool(out, live->roles[i].name, live->roles[i].here);
	json_close(out, '}');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
roles_text(struct live *live)
{
	if (live->roles == NULL) {
		buf_add_str(&live->out, "daemon      not running; start it with: adviced -c FILE\n");
		return;
	}
	buf_printf(&live->out, "daemon      running, its time is %s\nprocesses   core", live_when(live, live->now));
	for (size_t i = 0; i < live->role_count; i++)
		buf_printf(&live->out, ", %s%s", live->roles[i].name, live->roles[i].here ? "" : " (not running)");
	buf_add_char(&live->out, '\n');
	if (live->trouble != NULL && live->trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: nothing can be stored, no mail is decided: %s; it is tried again every second\n",
		    str_visible(live->arena, live->trouble, 400));
}

int
live_status(struct live *live, int argc, char **argv)
{
	struct store_counts counts;
	struct mailbox_row *rows;
	size_t count;
	struct err err;

	(void)argv;
	if (argc != 1)
		return live_fail(live, 2, "usage: advicectl status [--json]");
	if (store_counts(live->store, &counts, &err) == -1 ||
	    store_mailboxes(live->store, live->arena, &rows, &count, &err) == -1)
		return live_broken(live, &err);
	if (live->json)
		counts_json(live, &counts);
	else
		roles_text(live);
	for (size_t i = 0; i < count; i++)
		mailbox_line(live, &rows[i]);
	if (!live->json)
		counts_text(live, &counts);
	return 0;
}
