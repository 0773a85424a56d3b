/*
 * The configuration that advicectl watch goes by: the file as it is; where it
 * is not sound, as it was when it last was, which lies beside the memory.
 * Runs in advicectl watch.
 * Invariant (promise silence-is-an-alarm): a mistake in adviced.cfg is told
 * like any other trouble, and silences none.
 * Fails: -1 where nothing is left to go by, with everything that is wrong on
 * stderr.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "ctl/ctl.h"
#include "ctl/watch.h"

/* "/run/adviced-watch/told" has "/run/adviced-watch/told.cfg" beside it. */
static const char *
copy_name(struct arena *arena, const char *memory)
{
	return arena_printf(arena, "%s.cfg", memory);
}

/* For the next looks.  A copy that cannot be kept is missed only when the file is no longer sound. */
static void
copy_keep(struct arena *arena, const char *path, const char *memory)
{
	const char *copy = copy_name(arena, memory), *slash = strrchr(copy, '/');
	struct buf text = BUF_INIT, kept = BUF_INIT;
	struct err ignored;
	int dir = -1;

	if (config_text(path, &text, &ignored) == 0 && (config_text(copy, &kept, &ignored) == -1 ||
	    strcmp(buf_text(&text), buf_text(&kept)) != 0) &&
	    file_open_dir(slash == NULL ? "." : arena_strndup(arena, copy, (size_t)(slash + 1 - copy)), &dir, &ignored) == 0)
		(void)file_replace(dir, slash == NULL ? copy : slash + 1, buf_text(&text), text.len, &ignored);
	if (dir != -1)
		close(dir);
	buf_free(&text);
	buf_free(&kept);
}

/* Read as if it still stood where the configuration stands: its paths begin there. */
static int
copy_read(struct arena *arena, const char *path, const char *memory, struct config **config_r)
{
	struct problems problems = { .arena = arena };
	struct buf text = BUF_INIT;
	struct err ignored;
	int rc = config_text(copy_name(arena, memory), &text, &ignored);

	if (rc == 0)
		rc = config_parse(arena, path, buf_text(&text), config_r, &problems);
	buf_free(&text);
	return rc;
}

/* The first of them; where all of them are said. */
static const char *
problems_words(struct arena *arena, const char *path, const struct problems *problems)
{
	const struct problem *first = NULL;

	for (size_t i = 0; first == NULL && i < problems->n; i++)
		if (!problems->v[i].warning)
			first = &problems->v[i];
	return arena_printf(arena, "the configuration %s is not sound, so the daemon keeps what it had and could not be started "
	    "again: %s%s; \"adviced -n\" names everything that is wrong", path, first == NULL ? "" : first->text,
	    first == NULL || first->where.line == 0 ? "" : arena_printf(arena, " (line %d)", first->where.line));
}

static bool
may_tell(const struct config *config)
{
	return config != NULL && (config->alarm.smtp.host != NULL || config->alarm.command != NULL);
}

int
watch_config(struct arena *arena, const char *named, const char **memory, struct config **config_r, struct complaints *out)
{
	const char *path = named != NULL ? named : place_config(arena);
	struct problems problems = { .arena = arena };
	struct config *copy = NULL;
	struct buf said = BUF_INIT;
	bool sound = config_read(arena, path, config_r, &problems) == 0;

	if (*memory == NULL && *config_r != NULL)
		*memory = (*config_r)->alarm.memory;	/* NULL where the file could not be read so far */
	if (sound)
		copy_keep(arena, path, *memory);
	else {
		problems_print(&problems, &said);
		fputs(buf_text(&said), stderr);
		complaint_add(arena, out, "configuration", "", problems_words(arena, path, &problems));
		if (*memory != NULL && copy_read(arena, path, *memory, &copy) == 0)
			*config_r = copy;
	}
	buf_free(&said);
	if (!sound && (*memory == NULL || !may_tell(*config_r)))
		return -1;
	place_defaults(arena, *config_r);
	return 0;
}
