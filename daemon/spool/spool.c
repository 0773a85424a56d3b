/*
 * The spool's folders and the names in them.  Core opens it whole; a fetch
 * role is given tmp and new only.
 * Invariant: a name that spool_name_parse() takes is one that
 * spool_name_make() would make again, so no text from outside becomes a path.
 * Fails: ERR_DAEMON when a folder is missing or forbidden.
 */
#include "spool/spool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const struct folder {
	const char	*name;
	size_t		 offset;
} folders[] = {
	{ "tmp", offsetof(struct spool, tmp) },
	{ "new", offsetof(struct spool, new) },
	{ "cur", offsetof(struct spool, cur) },
	{ "archive", offsetof(struct spool, archive) },
	{ "bad", offsetof(struct spool, bad) },
	{ "docs", offsetof(struct spool, docs) },
	{ "out", offsetof(struct spool, out) },
	{ "sent", offsetof(struct spool, sent) }
};

#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))

static int *
folder_fd(struct spool *spool, size_t i)
{
	return (int *)(void *)((char *)spool + folders[i].offset);
}

int
spool_open(const char *path, struct spool *spool_r, struct err *err)
{
	char full[PATH_MAX];

	for (size_t i = 0; i < FOLDERS; i++)
		*folder_fd(spool_r, i) = -1;
	for (size_t i = 0; i < FOLDERS; i++) {
		if (snprintf(full, sizeof(full), "%s/%s", path, folders[i].name) >= (int)sizeof(full)) {
			err_set(err, ERR_DAEMON, "spool: the path %.100s... is too long", path);
			goto fail;
		}
		if (file_make_dir(full, 0700, err) == -1 ||
		    file_open_dir(full, folder_fd(spool_r, i), err) == -1)
			goto fail;
	}
	return 0;
fail:
	spool_close(spool_r);
	return err_wrap(err, "spool");
}

void
spool_close(struct spool *spool)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		int *fd = folder_fd(spool, i);

		if (*fd != -1)
			close(*fd);
		*fd = -1;
	}
}

int
spool_name_make(const char *mailbox, uint32_t uidvalidity, uint32_t uid, char name_r[SPOOL_NAME_MAX],
    struct err *err)
{
	int len = snprintf(name_r, SPOOL_NAME_MAX, "%s.%u.%u", mailbox, uidvalidity, uid);

	if (len >= SPOOL_NAME_MAX || *mailbox == '\0' || !file_name_is_safe(name_r))
		return err_set(err, ERR_CONFIG, "mailbox name \"%.60s\": a name may have letters, digits, "
		    "'-', '_', '=' and '.', must not begin with '.', and may not be longer than 100 "
		    "characters", mailbox);
	return 0;
}

/* The decimal number behind the last dot of name[0..*len), written as we write it; *len is then the dot's place. */
static bool
last_number(const char *name, size_t *len, uint32_t *value_r)
{
	size_t i = *len;
	uint64_t value = 0;

	while (i > 0 && name[i - 1] != '.')
		i--;
	if (i == 0 || i == *len || *len - i > 10 || (name[i] == '0' && *len - i > 1))
		return false;
	for (size_t j = i; j < *len; j++) {
		if (name[j] < '0' || name[j] > '9')
			return false;
		value = value * 10 + (uint64_t)(name[j] - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*value_r = (uint32_t)value;
	*len = i - 1;
	return true;
}

bool
spool_name_parse(const char *name, struct spool_name *name_r)
{
	size_t len = strlen(name);

	if (len >= SPOOL_NAME_MAX || !file_name_is_safe(name))
		return false;
	if (!last_number(name, &len, &name_r->uid) || !last_number(name, &len, &name_r->uidvalidity) ||
	    len == 0)
		return false;
	memcpy(name_r->mailbox, name, len);
	name_r->mailbox[len] = '\0';
	return true;
}
