/*
 * The frozen files of mails that have an end.  Runs in core.
 * Invariant: the file of a mail that may yet go to somebody stays where it is
 * sent from, also where they have it in a mail of several that was not sent.
 * Fails: as the store and the disk do.
 */
#include "base/file.h"
#include "engine/outbox.h"

int
outbox_may_come_back(struct store *store, const struct outbox_row *row, bool *may_r, struct err *err)
{
	bool dropped = false;

	*may_r = false;
	for (size_t i = 0; i < row->recipient_count && !*may_r; i++) {
		dropped |= row->recipients[i].state == OUTBOX_DROPPED;
		*may_r = outbox_is_overtaken(&row->recipients[i]);
	}
	return *may_r || !dropped ? 0 : store_moved_mail(store, row->id, may_r, err);
}

int
outbox_file_end(struct store *store, int out, int sent, const struct outbox_row *row, struct err *err)
{
	bool waits, wanted;

	if ((row->state != OUTBOX_SENT && row->state != OUTBOX_FAILED && row->state != OUTBOX_JOINED) || row->spool_name[0] == '\0' ||
	    !file_exists(out, row->spool_name))
		return 0;
	if (store_gathered_waits(store, row->id, &waits, err) == -1 || outbox_may_come_back(store, row, &wanted, err) == -1)
		return -1;
	if (waits || wanted)
		return 0;
	return row->state == OUTBOX_JOINED ? file_remove(out, row->spool_name, err) :
	    file_rename(out, row->spool_name, sent, row->spool_name, err);
}

int
outbox_files_end(struct store *store, struct arena *arena, int out, int sent, const struct outbox_row *row, struct err *err)
{
	struct outbox_row *parts;
	size_t count;

	if (row->state != OUTBOX_SENT && row->state != OUTBOX_FAILED && row->state != OUTBOX_DROPPED)
		return 0;
	if (outbox_file_end(store, out, sent, row, err) == -1 ||
	    store_outbox_parts(store, arena, row->id, &parts, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (outbox_file_end(store, out, sent, &parts[i], err) == -1)
			return -1;
	return 0;
}
