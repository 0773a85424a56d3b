/*
 * Freezing: a letter becomes a file in spool/out, durable before the
 * transaction that puts its row into the outbox.  A reload in between changes
 * nothing of it.  Runs in core.
 * Fails: ERR_RETRY when the spool cannot be used, ERR_MESSAGE when a file that goes along is not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "base/step.h"
#include "mail/compose.h"
#include "role/core_private.h"

static void
desk_random(void *ctx, char hex_r[41])
{
	unsigned char bytes[20];
	size_t got = 0;

	(void)ctx;
	while (got < sizeof(bytes)) {
		ssize_t n = getrandom(bytes + got, sizeof(bytes) - got, 0);

		if (n > 0)
			got += (size_t)n;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(hex_r + 2 * i, 3, "%02x", bytes[i]);
}

static int
open_documents(void *ctx, const char *spool, int *fd_r, struct err *err)
{
	const struct core *core = ctx;

	if (!file_name_is_safe(spool))
		return err_set(err, ERR_MESSAGE, "a document file with an unusable name");
	*fd_r = openat(core->spool.docs, spool, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* Gone for good is not to be waited for: nothing else would be done meanwhile. */
	return *fd_r == -1 ? err_errno(err, errno == ENOENT ? ERR_MESSAGE : ERR_RETRY, "spool: docs/%s", spool) : 0;
}

/* Paths come from the pack, which the administrator wrote and the checker read. */
static int
open_attachment(void *ctx, const char *path, int *fd_r, struct err *err)
{
	(void)ctx;
	*fd_r = open(path, O_RDONLY | O_CLOEXEC);
	return *fd_r == -1 ? err_errno(err, ERR_MESSAGE, "the pack's file %s", path) : 0;
}

static void
doubt(struct core *core, const char *name)
{
	strs_add(core->arena, &core->doubtful, arena_strdup(core->arena, name));
}

/* A mail that no row will account for goes, from wherever it has come to; what cannot be removed now goes later. */
static void
drop(struct core *core, const char *name)
{
	struct err ignored;

	if ((file_exists(core->spool.tmp, name) && file_remove(core->spool.tmp, name, &ignored) == -1) ||
	    (file_exists(core->spool.out, name) && file_remove(core->spool.out, name, &ignored) == -1))
		doubt(core, name);
}

/*
 * Durable, and into out; where many are frozen together, freeze_sync() does that for all of them.  They stay open until
 * then: what the disk could not write is told to who has the file open, and may be forgotten once nobody has.
 */
static int
keep(struct core *core, const char *name, int *fd, struct err *err)
{
	if (!core->frozen_together)
		return file_commit(fd, err) == -1 ? -1 : file_rename(core->spool.tmp, name, core->spool.out, name, err);
	if (core->frozen.n >= FROZEN_OPEN)
		return file_commit(fd, err);
	file_sync_start(*fd);
	core->frozen_fds[core->frozen.n] = *fd;
	*fd = -1;
	return 0;
}

static int
freeze(void *ctx, const struct letter *letter, instant at, struct outbox_row *row, struct err *err)
{
	struct core *core = ctx;
	struct compose_files files = { core, open_documents, open_attachment };
	char name[64], hex[41];
	int fd = -1, rc = -1;

	desk_random(core, hex);
	snprintf(name, sizeof(name), "out-%.32s", hex);
	if (file_create(core->spool.tmp, name, &fd, err) == -1)
		return -1;
	if (compose(letter, &files, at, core->engine.secret, fd, err) == -1 ||
	    sha256_hex_fd(fd, row->sha256, err) == -1 || keep(core, name, &fd, err) == -1)
		goto out;
	row->spool_name = arena_strdup(core->transaction, name);
	strs_add(core->transaction, &core->frozen, row->spool_name);
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	if (rc == -1)
		drop(core, name);
	return rc;
}

int
freeze_sync(struct core *core, struct err *err)
{
	const struct strs *names = &core->frozen;

	if (names->n == 0 || !core->frozen_together)
		return 0;
	for (size_t i = 0; i < names->n; i++)
		if (i < FROZEN_OPEN && core->frozen_fds[i] != -1 && file_commit(&core->frozen_fds[i], err) == -1)
			return -1;
	for (size_t i = 0; i < names->n; i++)
		if (step("file.rename") == -1 || renameat(core->spool.tmp, names->v[i], core->spool.out, names->v[i]) == -1)
			return err_errno(err, ERR_RETRY, "spool: out/%s", names->v[i]);
	/* The new name first: a crash in between leaves two names rather than none. */
	return file_sync_dir(core->spool.out, err) == -1 || file_sync_dir(core->spool.tmp, err) == -1 ? -1 : 0;
}

/* The transaction that would have accounted for them is gone. */
void
freeze_undo(struct core *core, size_t kept)
{
	while (core->frozen.n > kept) {
		size_t i = --core->frozen.n;

		if (i < FROZEN_OPEN && core->frozen_fds[i] != -1) {
			close(core->frozen_fds[i]);
			core->frozen_fds[i] = -1;
		}
		drop(core, core->frozen.v[i]);
	}
}

/*
 * A commit that failed, at its fsync perhaps, may be there all the same after
 * a crash.  Its mails stay until another commit has taken its place.
 */
void
freeze_doubt(struct core *core)
{
	while (core->frozen.n > 0)
		doubt(core, core->frozen.v[--core->frozen.n]);
}

void
freeze_drop_doubtful(struct core *core)
{
	size_t count = core->doubtful.n;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		drop(core, core->doubtful.v[i]);
	/* Those that still cannot be removed stand behind the others now. */
	core->doubtful.n -= count;
	memmove(core->doubtful.v, core->doubtful.v + count, core->doubtful.n * sizeof(*core->doubtful.v));
}

static const char *
trust_of(void *ctx, const char *address)
{
	const struct core *core = ctx;

	for (size_t i = 0; i < core->mailbox_count; i++)
		if (str_same(core->mailboxes[i].config->address, address))
			return core->mailboxes[i].config->trust;
	return "none";
}

static int
refile(void *ctx, int64_t message, bool needs_person, const struct strs *filings, struct err *err)
{
	return settle_refile_add(ctx, message, needs_person, filings, err);
}

struct desk
freeze_desk(struct core *core)
{
	return (struct desk){ .ctx = core, .freeze = freeze, .random = desk_random, .trust_of = trust_of, .refile = refile };
}
