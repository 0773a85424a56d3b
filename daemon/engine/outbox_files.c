/*
 * The frozen files of mails that have an end.  Runs in core.
 * Invariant: the file of a mail that may yet go to somebody stays where it is
 * sent from, also where they have it in a mail of several that was not sent.
 * Fails: as the store and the disk do.
 */
#include "base/file.h"
#include "engine/outbox.h"

int
outbox_file_end(struct store *store, int out, int sent, const struct outbox_row *row, struct err *err)
{
	bool waits, wanted = false;

	if ((row->state != OUTBOX_SENT && row->state != OUTBOX_FAILED && row->state != OUTBOX_JOINED) || row->spool_name[0] == '\0' ||
	    !file_exists(out, row->spool_name))
		return 0;
	if (store_gathered_waits(store, row->id, &waits, err) == -1)
		return -1;
	/* Withdrawn by a change, though not from everybody: who takes the change back sends it to the rest after all. */
	for (size_t i = 0; i < row->recipient_count && !waits && !wanted; i++)
		if (row->recipients[i].state == OUTBOX_DROPPED && store_moved_mail(store, row->id, &wanted, err) == -1)
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
