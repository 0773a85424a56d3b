/*
 * A mail's way into the spool.  Run by the fetch role, which holds no other
 * folder than tmp and new.
 * Invariant: what stands in new is whole and was made durable before it got
 * its name; what is half done stands in tmp, under names of the mailbox, and is
 * thrown away by whoever begins again.
 * Fails: ERR_RETRY when the disk is full or failing; ERR_DAEMON when a folder
 * is missing or forbidden.
 */
#include "spool/enter.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/step.h"

struct part {
	char	name[SPOOL_NAME_MAX + 16];
};

/* Its name in tmp.  No other mailbox's: what stands before the last ".part." is the mailbox. */
static struct part
part_of(const struct enter *enter, size_t i)
{
	struct part part;

	snprintf(part.name, sizeof(part.name), "%.100s.part.%zu", enter->mailbox, i);
	return part;
}

static void
remove_part(const struct enter *enter, size_t i)
{
	unlinkat(enter->tmp, part_of(enter, i).name, 0);
}

int
enter_init(struct enter *enter, int tmp, int new, const char *mailbox, struct err *err)
{
	char name[SPOOL_NAME_MAX];

	if (spool_name_make(mailbox, UINT32_MAX, UINT32_MAX, name, err) == -1)
		return -1;
	memset(enter, 0, sizeof(*enter));
	enter->tmp = tmp;
	enter->new = new;
	enter->fd = -1;
	snprintf(enter->mailbox, sizeof(enter->mailbox), "%.100s", mailbox);
	for (size_t i = 0; i < ENTER_MAX; i++)
		remove_part(enter, i);
	return 0;
}

int
enter_begin(struct enter *enter, struct err *err)
{
	enter_abandon(enter);
	if (enter->placed_count == ENTER_MAX && enter_sync(enter, err) == -1)
		return -1;
	remove_part(enter, enter->placed_count);
	enter->size = 0;
	if (file_create(enter->tmp, part_of(enter, enter->placed_count).name, &enter->fd, err) == -1)
		return err_wrap(err, "spool: enter");
	return 0;
}

int
enter_write(struct enter *enter, const void *data, size_t len, struct err *err)
{
	if (file_write(enter->fd, data, len, err) == -1)
		return err_wrap(err, "spool: enter");
	enter->size += len;
	return 0;
}

int
enter_place(struct enter *enter, const char *name, instant received, struct err *err)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
	    { .tv_sec = received == INSTANT_NONE ? SPOOL_UNDATED : (time_t)received } };
	struct placed *placed = &enter->placed[enter->placed_count];

	/* Before the fsync that makes it durable with the bytes. */
	if (futimens(enter->fd, times) == -1)
		return err_errno(err, ERR_RETRY, "spool: enter %s", name);
	file_sync_start(enter->fd);
	placed->fd = enter->fd;
	snprintf(placed->name, sizeof(placed->name), "%s", name);
	enter->placed_count++;
	enter->fd = -1;
	return 0;
}

static int
bring_to_disk(struct enter *enter, struct err *err)
{
	for (size_t i = 0; i < enter->placed_count; i++)
		if (file_commit(&enter->placed[i].fd, err) == -1)
			return err_wrap(err, "spool: enter %s", enter->placed[i].name);
	for (size_t i = 0; i < enter->placed_count; i++)
		if (step("spool.place") == -1 ||
		    renameat(enter->tmp, part_of(enter, i).name, enter->new, enter->placed[i].name) == -1)
			return err_errno(err, ERR_RETRY, "spool: enter %s", enter->placed[i].name);
	/* new first: a mail must not vanish from tmp before it is in new. */
	if (step("spool.sync") == -1 || fsync(enter->new) == -1 || fsync(enter->tmp) == -1)
		return err_errno(err, ERR_RETRY, "spool: enter: the folder cannot be made durable");
	return 0;
}

int
enter_sync(struct enter *enter, struct err *err)
{
	int result = bring_to_disk(enter, err);

	if (result == -1)
		enter_drop(enter);
	enter->placed_count = 0;
	return result;
}

void
enter_abandon(struct enter *enter)
{
	if (enter->fd == -1)
		return;
	close(enter->fd);
	enter->fd = -1;
	remove_part(enter, enter->placed_count);
}

void
enter_drop(struct enter *enter)
{
	enter_abandon(enter);
	while (enter->placed_count > 0) {
		struct placed *placed = &enter->placed[--enter->placed_count];

		if (placed->fd != -1)
			close(placed->fd);
		remove_part(enter, enter->placed_count);
	}
}
