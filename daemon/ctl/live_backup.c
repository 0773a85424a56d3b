/*
 * advicectl backup, without a daemon (core makes its own, in steps:
 * role/core_keep.c); advicectl restored: sending begins again after a restore.
 * Invariant: nothing that was sent between the backup and the loss goes out a
 * second time unless a person has said that it may.
 * Fails: exit 1 with a sentence; nothing of a backup that failed stays.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/backup.h"
#include "ctl/live.h"
#include "ctl/progress.h"

#define SHOWN_MOST	50

void
live_backup_done(struct live *live, const char *place, size_t files)
{
	struct buf *out = &live->out;

	if (!live->json) {
		buf_printf(out, "%s: the database and %zu files\n", place, files);
		return;
	}
	json_open(out, NULL, '{');
	json_str(out, "backup", place);
	json_int(out, "files", (int64_t)files);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

int
live_backup(struct live *live, int argc, char **argv)
{
	const char *to = argc == 3 && strcmp(argv[1], "--to") == 0 ? argv[2] : NULL;
	struct backup *backup = NULL;
	struct progress progress;
	uint64_t far, all;
	bool done = false;
	struct err err;
	int rc;

	if (argc != 1 && to == NULL)
		return live_usage(live, "backup");
	rc = backup_begin(live->store, live->config, to, live->now, &backup, &err);
	progress_begin(&progress, "");
	while (rc == 0 && !done && (rc = backup_step(backup, &done, &err)) == 0) {
		progress.what = backup_progress(backup, &far, &all);
		progress_say(&progress, far, all);
	}
	progress_end(&progress);
	if (rc == 0)
		live_backup_done(live, backup_place(backup), backup_files(backup));
	backup_end(&backup);
	return rc == 0 ? 0 : live_fail(live, 1, "no backup was made: %s", err.text);
}

/* ---- After a restore */

static int
restored_pause(struct live *live, struct pause_row *row_r, struct err *err)
{
	struct pause_row *rows;
	size_t count;

	*row_r = (struct pause_row){ .scope = NULL };
	if (store_pauses(live->store, live->arena, live->now, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].scope, "restored") == 0)
			*row_r = rows[i];
	return 0;
}

bool
live_is_restored(struct live *live)
{
	struct pause_row row;
	struct err err;

	return restored_pause(live, &row, &err) == 0 && row.scope != NULL;
}

static size_t
show(struct live *live, enum outbox_state state, instant taken)
{
	struct outbox_row *rows;
	struct err err;
	size_t count;

	if (store_outbox_in_state(live->store, live->arena, state, &rows, &count, &err) == -1)
		return 0;
	for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
		buf_printf(&live->out, "  %5lld  %-14s %-14s %s%s\n", (long long)rows[i].id, live_case_name(live, rows[i].case_id),
		    rows[i].template, rows[i].recipient_count > 0 ? rows[i].recipients[0].address : "",
		    rows[i].decided <= taken ? "  (waited when the backup was made)" : "");
	return count;
}

static int
sending_begins(struct live *live, struct err *err)
{
	bool any;

	if (store_begin(live->store, err) == -1)
		return -1;
	if (store_pause_end(live->store, "restored", live->now, &any, err) == 0 &&
	    live_note(live, "restored, sending begins", 0, 0, err) == 0 && store_commit(live->store, err) == 0)
		return 0;
	store_rollback(live->store);
	return -1;
}

/* For scripts: what would go out, a line each, and whether it goes now. */
static int
restored_json(struct live *live, instant since, bool done)
{
	static const enum outbox_state states[] = { OUTBOX_QUEUED, OUTBOX_RETRY };
	struct outbox_row *rows;
	struct err err;
	size_t count;

	for (size_t s = 0; s < 2 && !done; s++) {
		if (store_outbox_in_state(live->store, live->arena, states[s], &rows, &count, &err) == -1)
			return live_broken(live, &err);
		for (size_t i = 0; i < count; i++) {
			json_open(&live->out, NULL, '{');
			json_int(&live->out, "mail", rows[i].id);
			json_str(&live->out, "case", live_case_name(live, rows[i].case_id));
			json_str(&live->out, "template", rows[i].template);
			json_str(&live->out, "to", rows[i].recipient_count > 0 ? rows[i].recipients[0].address : NULL);
			json_bool(&live->out, "waited-at-backup", rows[i].decided <= since);
			json_close(&live->out, '}');
			buf_add_char(&live->out, '\n');
		}
	}
	json_open(&live->out, NULL, '{');
	live_json_when(live, "restored-from", since);
	json_bool(&live->out, "sending", done);
	json_close(&live->out, '}');
	buf_add_char(&live->out, '\n');
	return done ? 0 : LIVE_WANTS_YES;
}

int
live_restored(struct live *live, int argc, char **argv)
{
	struct live_options options;
	struct pause_row pause;
	struct err err;

	argc = live_options(argc, argv, &options);
	if (argc != 1)
		return live_usage(live, "restored");
	if (restored_pause(live, &pause, &err) == -1)
		return live_broken(live, &err);
	if (pause.scope == NULL)
		return live_fail(live, 1, "nothing waits for that: this is no restored store, or you have said it already");
	if (options.yes) {
		if (sending_begins(live, &err) == -1)
			return live_broken(live, &err);
		if (live->json)
			return restored_json(live, pause.since, true);
		buf_add_str(&live->out, "what waits goes out now\n");
		return 0;
	}
	if (live->json)
		return restored_json(live, pause.since, false);
	buf_printf(&live->out, "Restored from a backup of %s. These mails would go out now:\n", live_when(live, pause.since));
	if (show(live, OUTBOX_QUEUED, pause.since) + show(live, OUTBOX_RETRY, pause.since) == 0)
		buf_add_str(&live->out, "  none\n");
	buf_add_str(&live->out, "Some may have gone out already, between the backup and the loss: compare them with the mailbox's "
	    "folder of sent\n"
	    "mail. Of those that have, say \"advicectl queue sent NUMBER\"; of those that should not go, \"advicectl queue hold "
	    "NUMBER\".\n");
	return LIVE_WANTS_YES;
}
