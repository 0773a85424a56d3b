/*
 * advicectl quarantine: mails that could not be read, with the reason; release
 * gives one of them another chance.
 * Invariant: the file goes back to the spool before the store says so: a crash
 * between the two puts it into quarantine again, and loses nothing.
 * Fails: exit 1 when there is no such mail.
 */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"
#include "spool/quarantine.h"

static int
list(struct live *live)
{
	struct strs names = { NULL, 0 };
	struct buf *out = &live->out;
	struct err err;

	if (spool_quarantined(live->spool, live->arena, &names, &err) == -1)
		return live_broken(live, &err);
	for (size_t i = 0; i < names.n; i++) {
		const char *why = str_squeeze(live->arena, spool_why(live->spool, live->arena, names.v[i]));

		if (live->json) {
			json_open(out, NULL, '{');
			json_str(out, "mail", names.v[i]);
			json_str(out, "why", why);
			json_close(out, '}');
			buf_add_char(out, '\n');
		} else
			buf_printf(out, "%s  %s\n", names.v[i], str_visible(live->arena, why, 300));
	}
	if (names.n == 0 && !live->json)
		buf_add_str(out, "the quarantine is empty\n");
	return 0;
}

static int
find_sighting(struct live *live, const char *name, struct sighting_row **row_r, struct err *err)
{
	struct mailbox_row *mailbox = NULL;
	struct spool_name parsed;

	*row_r = NULL;
	if (!spool_name_parse(name, &parsed))
		return 0;
	if (store_mailbox(live->store, live->arena, parsed.mailbox, &mailbox, err) == -1)
		return -1;
	if (mailbox == NULL)
		return 0;
	if (store_sighting(live->store, live->arena, mailbox->id, parsed.uidvalidity, parsed.uid, row_r, err) == -1)
		return -1;
	/* Its folder was made anew since: the file has the name of then. */
	return *row_r != NULL && strcmp((*row_r)->spool_name, name) == 0 ? 0 :
	    store_sighting_by_file(live->store, live->arena, name, row_r, err);
}

static int
store_release_of(struct live *live, const char *name, struct sighting_row *row, struct err *err)
{
	if (store_begin(live->store, err) == -1)
		return -1;
	row->state = SIGHTING_ENTERED;
	row->strikes = 0;
	row->why = "";
	if (store_sighting_put(live->store, row, err) == 0 &&
	    live_told_done(live, arena_printf(live->arena, "in quarantine as %s:", name), err) == 0 &&
	    live_note(live, arena_printf(live->arena, "quarantine-release %s", name), 0, 0, err) == 0 &&
	    store_commit(live->store, err) == 0)
		return 0;
	store_rollback(live->store);
	return -1;
}

static int
release(struct live *live, const char *name)
{
	struct sighting_row *row;
	struct err err;

	if (find_sighting(live, name, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL || row->state != SIGHTING_QUARANTINED)
		return live_fail(live, 1, "there is no mail \"%s\" in quarantine; \"advicectl quarantine\" lists them",
		    str_visible(live->arena, name, 100));
	/* While the disk fails, one that was released in vain may not be back yet. */
	if ((!file_exists(live->spool->new, name) && spool_release(live->spool, name, &err) == -1) ||
	    store_release_of(live, name, row, &err) == -1) {
		/* Wherever that left the file, its row says where it belongs. */
		if (file_exists(live->spool->new, name))
			strs_add(live->arena, &live->released, name);
		return live_broken(live, &err);
	}
	strs_add(live->arena, &live->released, name);
	if (!live->json)
		buf_printf(&live->out, "%s is tried again\n", name);
	else {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "mail", name);
		json_bool(&live->out, "released", true);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	}
	return 0;
}

int
live_quarantine(struct live *live, int argc, char **argv)
{
	if (argc == 1)
		return list(live);
	if (argc == 3 && strcmp(argv[1], "release") == 0)
		return release(live, argv[2]);
	return live_usage(live, "quarantine");
}
