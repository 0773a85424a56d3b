/*
 * Reading what the trial has kept.  Core, the parent and advicectl.
 * Fails: ERR_RETRY when a file that is there cannot be read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "role/kept.h"

#define WORDS_MOST	65536

const char *
kept_name(const char *pack)
{
	const char *slash = strrchr(pack, '/');

	return slash == NULL ? pack : slash + 1;
}

char *
kept_rules(struct arena *arena, const char *spool, const char *hash)
{
	return arena_printf(arena, "%s/rules/%s/rules", spool, hash);
}

bool
kept_is_here(const char *spool, const char *hash)
{
	struct arena *arena = arena_new();
	bool here = access(kept_rules(arena, spool, hash), F_OK) == 0;

	arena_free(&arena);
	return here;
}

static int
words_read(struct arena *arena, const char *path, const char **words_r, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = 0;

	*words_r = NULL;
	if (!file_exists(AT_FDCWD, path))
		return 0;
	if (file_read(AT_FDCWD, path, WORDS_MOST, &text, err) == -1)
		rc = err_set(err, ERR_RETRY, "the kept rules cannot be read");
	else
		*words_r = arena_strdup(arena, buf_text(&text));
	buf_free(&text);
	return rc;
}

int
kept_read(struct arena *arena, const char *spool, const char *pack, struct kept *kept_r, struct err *err)
{
	const char *base = arena_printf(arena, "%s/rules/%s", spool, kept_name(pack)), *words;
	char hash[65];

	memset(kept_r, 0, sizeof(*kept_r));
	if (words_read(arena, arena_printf(arena, "%s.passed", base), &words, err) == -1 ||
	    words_read(arena, arena_printf(arena, "%s.refused", base), &kept_r->refused, err) == -1)
		return -1;
	if (words != NULL && sscanf(words, "%64[0-9a-f] %d", hash, &kept_r->tests) == 2)
		kept_r->hash = arena_strdup(arena, hash);
	return 0;
}
