/*
 * advicectl watch: one look from outside, made for a timer.  What is wrong is
 * told by the second path: when it changes, once a day while it lasts, and
 * when all is well again.
 * Invariant: what could not be told is told at the next look; it is noted as
 * told only when somebody has it.
 * Fails: exit 1 when something is wrong or nobody could be told, with a
 * sentence.
 */
#include "ctl/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/paint.h"
#include "role/second_path.h"

#define MEMORY_MOST	(64 * 1024)
#define AGAIN_S		(DAY_SECONDS - 600)	/* a timer that fires a little early still counts as a day */
#define LOCK_MS		(5 * 60 * 1000)
#define LOCK_LOOK_MS	100

/* ---- What was told: a line for when, then one for each complaint, its parts separated by tabs */

struct memory {
	int		 fd;		/* locked; -1: there is none */
	instant		 told_at;
	struct complaints told;
};

static char *
part(char **text, char end)
{
	char *from = *text, *at = strchr(from, end);

	if (at == NULL)
		return NULL;
	*at = '\0';
	*text = at + 1;
	return from;
}

static void
memory_read(struct arena *arena, struct memory *memory)
{
	struct buf text = BUF_INIT;
	char *at, *code, *about, *words, *line;

	if (file_read_fd(memory->fd, MEMORY_MOST, &text, NULL) == -1)
		buf_reset(&text);
	at = arena_strdup(arena, buf_text(&text));
	buf_free(&text);
	line = part(&at, '\n');
	memory->told_at = line == NULL ? 0 : strtoll(line, NULL, 10);
	while ((line = part(&at, '\n')) != NULL)
		if ((code = part(&line, '\t')) != NULL && (about = part(&line, '\t')) != NULL) {
			words = line;
			complaint_add(arena, &memory->told, code, about, words);
		}
}

/* Two looks at a time would tell twice. */
static int
memory_open(struct arena *arena, const char *path, struct memory *memory)
{
	int64_t until = clock_real_ms() + LOCK_MS;

	memory->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (memory->fd == -1)
		return ctl_fail(1, "%s: %s; what is wrong is told at every look", path, strerror(errno));
	while (flock(memory->fd, LOCK_EX | LOCK_NB) == -1 && clock_real_ms() < until)
		poll(NULL, 0, LOCK_LOOK_MS);
	memory_read(arena, memory);
	return 0;
}

static int
memory_write(const struct memory *memory, const char *path, const struct complaints *now)
{
	struct buf text = BUF_INIT;
	bool written;

	if (memory->fd == -1)
		return 1;
	buf_printf(&text, "%lld\n", (long long)clock_wall());
	for (size_t i = 0; i < now->n; i++)
		buf_printf(&text, "%s\t%s\t%s\n", now->v[i].code, now->v[i].about, now->v[i].text);
	written = ftruncate(memory->fd, 0) == 0 && pwrite(memory->fd, text.data, text.len, 0) == (ssize_t)text.len;
	buf_free(&text);
	return written ? 0 : ctl_fail(1, "%s: %s; what was told is told again at the next look", path, strerror(errno));
}

/* ---- What to say */

static bool
has(const struct complaints *list, const struct complaint *one)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].code, one->code) == 0 && strcmp(list->v[i].about, one->about) == 0)
			return true;
	return false;
}

static size_t
count_missing(const struct complaints *from, const struct complaints *in)
{
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++)
		n += !has(in, &from->v[i]);
	return n;
}

static bool
must_tell(const struct memory *memory, const struct complaints *now)
{
	instant since = clock_wall() - memory->told_at;

	if (count_missing(now, &memory->told) + count_missing(&memory->told, now) > 0)
		return true;
	return now->n > 0 && (since >= AGAIN_S || since < 0);
}

static void
say(struct buf *out, const char *title, const struct complaints *list, const struct complaints *but)
{
	bool titled = false;

	for (size_t i = 0; i < list->n; i++) {
		if (but != NULL && has(but, &list->v[i]))
			continue;
		if (!titled)
			buf_printf(out, "%s\n\n", title);
		titled = true;
		buf_printf(out, "- %s\n", list->v[i].text);
	}
	if (titled)
		buf_add_char(out, '\n');
}

static void
letter(struct buf *out, const struct complaints *now, const struct complaints *told)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	if (now->n == 0)
		buf_add_str(out, "All is well again.\n\n");
	say(out, "This is wrong:", now, NULL);
	say(out, "This is over:", told, now);
	buf_printf(out, "\"advicectl status\" on %s says more. This comes from \"advicectl watch\" there, by a way of its own; it comes "
	    "again when something changes, once a day while something is wrong, and when all is well again.\n", host);
}

static const char *
subject_of(struct arena *arena, const struct complaints *now)
{
	if (now->n == 0)
		return "adviced: all is well again";
	if (now->n == 1)
		return "adviced: something is wrong";
	return arena_printf(arena, "adviced: %zu things are wrong", now->n);
}

static int
tell(struct arena *arena, const struct config *config, const char *path, const struct memory *memory,
    const struct complaints *now, bool json)
{
	struct buf text = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	int rc;

	letter(&text, now, &memory->told);
	rc = second_path_tell(&config->alarm, subject_of(arena, now), buf_text(&text), &err);
	buf_free(&text);
	if (rc == -1)
		return ctl_fail(1, "nobody could be told: %s", err.text);
	if (!json)
		printf("told: %s\n", subject_of(arena, now));
	return memory_write(memory, path, now);
}

/* ---- The command */

static int
options(int argc, char **argv, bool *failed_r, const char **memory_r)
{
	*failed_r = false;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--failed") == 0)
			*failed_r = true;
		else if (strcmp(argv[i], "--memory") == 0 && i + 1 < argc)
			*memory_r = argv[++i];
		else
			return ctl_usage("watch");
	return 0;
}

/* systemd says by whose failure we were started (OnFailure=): adviced.service, adviced@NAME.service. */
static const char *
failed_words(struct arena *arena)
{
	const char *unit = getenv("MONITOR_UNIT");

	unit = unit == NULL || *unit == '\0' ? "adviced" : str_visible(arena, unit, 80);
	return arena_printf(arena, "systemd says that the service %s has failed; \"systemctl status %s\" and \"journalctl -u %s\" "
	    "say why", unit, unit, unit);
}

static void
complaint_print(struct arena *arena, const struct ctl *ctl, bool json, const struct complaint *complaint)
{
	struct buf out = BUF_INIT;

	if (!json) {
		printf("%s  %s\n", paint(arena, ctl->colour, PAINT_WRONG, "WRONG"), complaint->text);
		return;
	}
	json_open(&out, NULL, '{');
	json_str(&out, "finding", complaint->code);
	json_str(&out, "about", complaint->about);
	json_str(&out, "text", complaint->text);
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}

static int
look(struct arena *arena, const struct ctl *ctl, const struct config *config, const char *path, struct complaints now,
    bool failed, bool json)
{
	struct memory memory = { .fd = -1 };
	int code = memory_open(arena, path, &memory);

	watch_ask(arena, config, &now);
	if (failed)
		complaint_add(arena, &now, "failed", "", failed_words(arena));
	for (size_t i = 0; i < now.n; i++)
		complaint_print(arena, ctl, json, &now.v[i]);
	if (now.n == 0 && !json)
		puts(paint(arena, ctl->colour, PAINT_WELL, "all is well"));
	if (now.n > 0)
		code = 1;
	if (must_tell(&memory, &now) && tell(arena, config, path, &memory, &now, json) != 0)
		code = 1;
	if (memory.fd != -1)
		close(memory.fd);
	return code;
}

int
ctl_watch(const struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct complaints found = { NULL, 0 };
	struct config *config = NULL;
	const char *memory = NULL;
	bool failed;
	bool json = live_word(&argc, argv, "--json");
	int code = options(argc, argv, &failed, &memory);

	if (code == 0 && watch_config(arena, ctl->config, &memory, &config, &found) == -1)
		code = 1;
	if (code == 0)
		code = look(arena, ctl, config, memory, found, failed, json);
	fflush(stdout);
	arena_free(&arena);
	return code;
}
