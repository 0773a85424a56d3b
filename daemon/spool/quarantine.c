/*
 * The quarantine.  Run by core, and by advicectl's quarantine commands.
 * Invariant: a mail in bad has its reason beside it: the reason is written
 * first, so that a crash between the two leaves a reason without a mail
 * (recover.c removes it), never a mail without a reason.
 * Fails: ERR_MESSAGE when there is no such mail, ERR_RETRY when the disk
 * fails.
 */
#include "spool/quarantine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

#define WHY_MAX	4096

static int
why_name(const char *name, char out[SPOOL_NAME_MAX + 8], struct err *err)
{
	struct spool_name parsed;

	if (!spool_name_parse(name, &parsed))
		return err_set(err, ERR_MESSAGE, "spool: \"%.80s\" is not the name of a mail", name);
	snprintf(out, SPOOL_NAME_MAX + 8, "%s.why", name);
	return 0;
}

int
spool_quarantine(const struct spool *spool, const char *name, const char *why, struct err *err)
{
	struct buf text = BUF_INIT;
	char why_file[SPOOL_NAME_MAX + 8];
	int from, result = -1;

	if (why_name(name, why_file, err) == -1)
		goto out;
	from = file_exists(spool->cur, name) ? spool->cur : spool->new;
	if (!file_exists(from, name)) {
		/* A repeat after a crash finds everything done. */
		if (file_exists(spool->bad, name))
			result = 0;
		else
			err_set(err, ERR_MESSAGE, "spool: quarantine %s: there is no such mail", name);
		goto out;
	}
	buf_add(&text, why, strnlen(why, WHY_MAX - 1));
	buf_add_char(&text, '\n');
	if (file_replace(spool->bad, why_file, text.data, text.len, err) == -1 ||
	    file_rename(from, name, spool->bad, name, err) == -1 ||
	    (file_exists(spool->new, name) && file_remove(spool->new, name, err) == -1)) {
		err_wrap(err, "spool: quarantine %s", name);
		goto out;
	}
	result = 0;
out:
	buf_free(&text);
	return result;
}

int
spool_release(const struct spool *spool, const char *name, struct err *err)
{
	char why_file[SPOOL_NAME_MAX + 8];

	if (why_name(name, why_file, err) == -1)
		return -1;
	if (!file_exists(spool->bad, name))
		return err_set(err, ERR_MESSAGE, "spool: release %s: it is not in quarantine", name);
	if (file_rename(spool->bad, name, spool->new, name, err) == -1 ||
	    file_remove(spool->bad, why_file, err) == -1)
		return err_wrap(err, "spool: release %s", name);
	return 0;
}

int
spool_quarantined(const struct spool *spool, struct arena *arena, struct strs *names_r, struct err *err)
{
	struct strs all = { NULL, 0 };
	struct spool_name parsed;

	memset(names_r, 0, sizeof(*names_r));
	if (file_list(arena, spool->bad, &all, err) == -1)
		return err_wrap(err, "spool: quarantine");
	for (size_t i = 0; i < all.n; i++)
		if (spool_name_parse(all.v[i], &parsed))
			strs_add(arena, names_r, all.v[i]);
	return 0;
}

const char *
spool_why(const struct spool *spool, struct arena *arena, const char *name)
{
	struct buf text = BUF_INIT;
	char why_file[SPOOL_NAME_MAX + 8];
	const char *why = "";

	if (why_name(name, why_file, NULL) == 0 &&
	    file_read(spool->bad, why_file, WHY_MAX, &text, NULL) == 0)
		why = str_trim(arena, buf_text(&text));
	buf_free(&text);
	return why;
}
