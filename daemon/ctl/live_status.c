/*
 * advicectl status: how it stands.  Mailboxes with the last proven look, then
 * cases, what waits for a person, what waits to go out, what is due next.
 * Fails: exit 1 when the store cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"
#include "role/kept.h"

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
	const struct mailbox_config *config = live->config == NULL ? NULL : config_mailbox(live->config, row->name);

	if (live->config != NULL && config == NULL)
		return;		/* no longer watched */
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "mailbox", row->name);
		json_str(&live->out, "sent-of", config == NULL ? NULL : config->sent_of);
		json_str(&live->out, "pack", row->pack);
		live_json_when(live, "last-proven-look", row->proven);
		json_str(&live->out, "trouble", row->trouble);
		json_bool(&live->out, "fetching", connected);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	if (config != NULL && config->sent_of != NULL)
		buf_printf(&live->out, "  its folder \"%s\": last proven look %s\n", str_visible(live->arena, config->folder, 100), when);
	else
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

/* ---- The lists */

static const char *
list_setting(struct live *live, const char *what, const char *list)
{
	const char *text = NULL;
	struct err err;

	if (store_setting(live->store, live->arena, arena_printf(live->arena, "%s %s", what, list), &text, &err) == -1)
		return "";
	return text == NULL ? "" : text;
}

static void
list_line(struct live *live, const char *list, instant imported)
{
	int days = live->config == NULL ? 0 : live->config->stale_days;
	bool stale = imported != INSTANT_NONE && days > 0 && live->now >= imported + (instant)days * DAY_SECONDS;
	const char *refused = list_setting(live, "list-refused", list);

	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "list", list);
		live_json_when(live, "imported", imported);
		json_bool(&live->out, "stale", stale);
		json_str(&live->out, "refused", refused);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return;
	}
	buf_printf(&live->out, "list %-15s imported %s%s\n", list, imported == INSTANT_NONE ? "never" : live_when(live, imported),
	    stale ? arena_printf(live->arena, "; warning: that is more than %d days ago", days) : "");
	if (refused[0] != '\0')
		buf_printf(&live->out, "  warning: the newer one in the watched folder was refused: %s\n",
		    str_visible(live->arena, arena_strndup(live->arena, refused, strcspn(refused, "\n")), 300));
}

static int
lists(struct live *live, struct err *err)
{
	static const char *const names[] = { "directory", "involvement" };

	for (size_t i = 0; i < 2; i++) {
		instant imported;

		if (store_imported(live->store, names[i], &imported, err) == -1)
			return -1;
		list_line(live, names[i], imported);
	}
	if (!live->json && live->lists_trouble != NULL && live->lists_trouble[0] != '\0')
		buf_printf(&live->out, "  trouble: %s\n", str_visible(live->arena, live->lists_trouble, 400));
	return 0;
}

/* ---- The rules */

static int
pack_line(struct live *live, const char *pack, struct err *err)
{
	struct pack_version_row *row;
	const char *refused = list_setting(live, "rules-refused", pack), *back = list_setting(live, "rules-back", pack);

	if (store_pack_in_force(live->store, live->arena, pack, &row, err) == -1)
		return -1;
	if (row == NULL)
		return 0;
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "pack", pack);
		json_int(&live->out, "version", row->id);
		live_json_when(live, "since", row->since);
		json_str(&live->out, "who", row->who);
		json_int(&live->out, "tests", row->tests);
		json_bool(&live->out, "gone-back", back[0] != '\0');
		json_str(&live->out, "refused", refused);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return 0;
	}
	buf_printf(&live->out, "rules %-14s version %lld since %s (%s)%s\n", pack, (long long)row->id, live_when(live, row->since),
	    row->who, row->tests > 0 ? "" : "; warning: the pack has no tests of its own");
	if (back[0] != '\0')
		buf_add_str(&live->out, "  somebody went back to it; what lies in the rules folder is not in force until it is changed and reloaded\n");
	if (refused[0] != '\0')
		buf_printf(&live->out, "  warning: what lies in the rules folder now was refused: %s\n",
		    str_visible(live->arena, arena_strndup(live->arena, refused, strcspn(refused, "\n")), 300));
	return 0;
}

static int
packs(struct live *live, struct err *err)
{
	for (size_t i = 0; live->config != NULL && i < live->config->packs.n; i++)
		if (pack_line(live, kept_name(live->config->packs.v[i]), err) == -1)
			return -1;
	return 0;
}

static const char *
pause_of(struct live *live, const struct pause_row *row)
{
	if (str_starts(row->scope, "mailbox:"))
		return arena_printf(live->arena, "the mailbox %s", row->scope + strlen("mailbox:"));
	if (str_starts(row->scope, "case:"))
		return live_case_name(live, strtoll(row->scope + strlen("case:"), NULL, 10));
	return "everything";
}

/* What sends nothing at the moment, because a person said so. */
static int
pauses(struct live *live, struct err *err)
{
	struct pause_row *rows;
	size_t count;

	if (store_pauses(live->store, live->arena, live->now, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!live->json) {
			buf_printf(&live->out, "paused      %s, until %s: nothing goes out, dates run on\n", pause_of(live, &rows[i]),
			    live_when(live, rows[i].until));
			continue;
		}
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "paused", pause_of(live, &rows[i]));
		live_json_when(live, "since", rows[i].since);
		live_json_when(live, "until", rows[i].until);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	}
	return 0;
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
	if (packs(live, &err) == -1 || lists(live, &err) == -1 || pauses(live, &err) == -1)
		return live_broken(live, &err);
	if (!live->json)
		counts_text(live, &counts);
	return 0;
}
