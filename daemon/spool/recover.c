/*
 * Start-up of the spool.  Run by core, before any fetch role is started.
 * Invariant: every mail that was announced and is not archived or in
 * quarantine is announced again; doing so twice is harmless, because the
 * store knows each (mailbox, UIDVALIDITY, UID).
 * Fails: ERR_RETRY when the disk fails, ERR_DAEMON when a folder is missing.
 */
#include "spool/recover.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static int
empty_tmp(const struct spool *spool, struct arena *arena, struct err *err)
{
	struct strs names = { NULL, 0 };

	if (file_list(arena, spool->tmp, &names, err) == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (file_remove(spool->tmp, names.v[i], err) == -1)
			return -1;
	return 0;
}

static int
drop_orphan_reasons(const struct spool *spool, struct arena *arena, struct err *err)
{
	struct strs names = { NULL, 0 };

	if (file_list(arena, spool->bad, &names, err) == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		size_t len = strlen(names.v[i]);

		if (!str_ends_nocase(names.v[i], ".why"))
			continue;
		if (file_exists(spool->bad, arena_strndup(arena, names.v[i], len - 4)))
			continue;
		if (file_remove(spool->bad, names.v[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
collect(struct arena *arena, int dirfd, struct strs *names, struct strs *strange, struct err *err)
{
	struct strs all = { NULL, 0 };
	struct spool_name parsed;

	if (file_list(arena, dirfd, &all, err) == -1)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (spool_name_parse(all.v[i], &parsed))
			strs_add(arena, names, all.v[i]);
		else
			strs_add(arena, strange, all.v[i]);
	return 0;
}

static int
compare(const void *pa, const void *pb)
{
	struct spool_name a, b;
	int order;

	if (!spool_name_parse(*(const char *const *)pa, &a) ||
	    !spool_name_parse(*(const char *const *)pb, &b))
		return 0;
	if ((order = strcmp(a.mailbox, b.mailbox)) != 0)
		return order;
	if (a.uidvalidity != b.uidvalidity)
		return a.uidvalidity < b.uidvalidity ? -1 : 1;
	return a.uid < b.uid ? -1 : a.uid > b.uid;
}

/* A mail fetched again while the first copy was being worked on stands in both folders. */
static void
drop_repeats(struct strs *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->n; i++)
		if (kept == 0 || strcmp(names->v[kept - 1], names->v[i]) != 0)
			names->v[kept++] = names->v[i];
	names->n = kept;
}

int
spool_recover(const struct spool *spool, struct arena *arena, struct strs *names_r,
    struct strs *strange_r, struct err *err)
{
	memset(names_r, 0, sizeof(*names_r));
	memset(strange_r, 0, sizeof(*strange_r));
	if (empty_tmp(spool, arena, err) == -1 || drop_orphan_reasons(spool, arena, err) == -1 ||
	    collect(arena, spool->cur, names_r, strange_r, err) == -1 ||
	    collect(arena, spool->new, names_r, strange_r, err) == -1)
		return err_wrap(err, "spool: recover");
	if (names_r->n > 0)
		qsort(names_r->v, names_r->n, sizeof(names_r->v[0]), compare);
	drop_repeats(names_r);
	return 0;
}
