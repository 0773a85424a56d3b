/*
 * A mail's way into the spool.  Run by the fetch role, which holds no other
 * folder than tmp and new.
 * Invariant: what stands in new is whole and was made durable before it got
 * its name; what is half done stands in tmp, under one name a mailbox, and is
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
	snprintf(enter->part, sizeof(enter->part), "%.100s.part", mailbox);
	return 0;
}

int
enter_begin(struct enter *enter, struct err *err)
{
	enter_abandon(enter);
	unlinkat(enter->tmp, enter->part, 0);
	enter->size = 0;
	if (file_create(enter->tmp, enter->part, &enter->fd, err) == -1)
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

	/* Before the fsync that makes it durable with the bytes. */
	if (futimens(enter->fd, times) == -1)
		return err_errno(err, ERR_RETRY, "spool: enter %s", name);
	if (file_commit(&enter->fd, err) == -1)
		return err_wrap(err, "spool: enter %s", name);
	if (step("spool.place") == -1 || renameat(enter->tmp, enter->part, enter->new, name) == -1)
		return err_errno(err, ERR_RETRY, "spool: enter %s", name);
	return 0;
}

int
enter_sync(struct enter *enter, struct err *err)
{
	/* new first: a mail must not vanish from tmp before it is in new. */
	if (step("spool.sync") == -1 || fsync(enter->new) == -1 || fsync(enter->tmp) == -1)
		return err_errno(err, ERR_RETRY, "spool: enter: the folder cannot be made durable");
	return 0;
}

void
enter_abandon(struct enter *enter)
{
	if (enter->fd == -1)
		return;
	close(enter->fd);
	enter->fd = -1;
	unlinkat(enter->tmp, enter->part, 0);
}
