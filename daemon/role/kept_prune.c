/*
 * Versions of packs that nobody will go back to are taken out of the spool.
 * Core, when packs have been taken and that is committed.
 * Invariant: what is in force, what the trial kept last, what somebody went
 * back to, and the last VERSIONS_KEPT of each pack stay, and whatever is
 * younger than a day: the trial may be at it.  A version is first renamed, so
 * that half of one never stands under its hash.
 * Fails: never for its caller: what could not be removed now is at the next
 * load.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "role/kept.h"

#define VERSIONS_KEPT	20
#define YOUNG_S		86400
#define GONE		"gone"		/* one on its way out */

static int
needed(struct store *store, struct arena *arena, const char *spool, const struct strs *packs, struct strs *hashes, struct err *err)
{
	struct pack_version_row *rows;
	size_t count;

	if (store_pack_versions(store, arena, NULL, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {	/* newest first */
		struct strs newer = { NULL, 0 };

		for (size_t j = 0; j < i; j++)
			if (strcmp(rows[j].pack, rows[i].pack) == 0)
				strs_add_new(arena, &newer, rows[j].hash);
		if (newer.n < VERSIONS_KEPT)
			strs_add_new(arena, hashes, rows[i].hash);
	}
	for (size_t i = 0; i < packs->n; i++) {
		const char *back, *base = kept_name(packs->v[i]);
		struct kept kept;

		if (kept_read(arena, spool, packs->v[i], &kept, err) == -1 ||
		    store_setting(store, arena, arena_printf(arena, "rules-back %s", base), &back, err) == -1)
			return -1;
		if (kept.hash != NULL)
			strs_add_new(arena, hashes, kept.hash);
		if (back != NULL)	/* "HASH LAY N" */
			strs_add_new(arena, hashes, arena_strndup(arena, back, strcspn(back, " ")));
	}
	return 0;
}

static bool
is_version(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

static bool
is_young(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || st.st_mtime + YOUNG_S > time(NULL);
}

int
kept_prune(struct store *store, const char *spool, const struct strs *packs, struct err *err)
{
	struct arena *arena = arena_new();
	const char *folder = arena_printf(arena, "%s/rules", spool), *gone = arena_printf(arena, "%s/" GONE, folder);
	struct strs hashes = { NULL, 0 }, names = { NULL, 0 };
	int dirfd = -1, rc = -1;

	if (needed(store, arena, spool, packs, &hashes, err) == -1 || file_open_dir(folder, &dirfd, err) == -1 ||
	    file_list(arena, dirfd, &names, err) == -1)
		goto out;
	file_remove_tree(gone);	/* an earlier one that was cut short */
	rc = 0;
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		if (!is_version(names.v[i]) || strs_has(&hashes, names.v[i]) || is_young(dirfd, names.v[i]))
			continue;
		if ((rc = file_rename(dirfd, names.v[i], dirfd, GONE, err)) == -1)
			break;
		file_remove_tree(gone);
		log_info("removed version=%.12s", names.v[i]);
	}
out:
	if (dirfd != -1)
		close(dirfd);
	arena_free(&arena);
	return rc;
}
