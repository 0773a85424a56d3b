/*
 * What is wrong, as seen from outside the daemon: does it answer, does every
 * process of it answer its parent, what does it say of itself, is there room.
 * Runs in advicectl watch.
 * Invariant (promise silence-is-an-alarm): no answer is an answer; nothing
 * here waits without an end.
 * Fails: never; what cannot be seen is a complaint.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "ctl/ctl.h"
#include "ctl/watch.h"
#include "ipc/frame.h"
#include "ipc/wire.h"

void
complaint_add(struct arena *arena, struct complaints *out, const char *code, const char *about, const char *text)
{
	/* They stand in a file, a line each. */
	*arena_push(arena, out->v, out->n) = (struct complaint){
		str_visible(arena, code, 60), str_visible(arena, about, 100), str_visible(arena, text, 700),
	};
}

/* ---- The daemon */

enum asked { ASKED_NOBODY, ASKED_FORBIDDEN, ASKED_SILENT, ASKED_ANSWERED };

static bool
answer_take(struct frame *frame, struct buf *said, struct buf *errors)
{
	const void *data;
	size_t len;

	if (frame->type != WIRE_CTL_OUT && frame->type != WIRE_CTL_ERR)
		return true;
	data = get_bytes(frame, &len);
	buf_add(frame->type == WIRE_CTL_OUT ? said : errors, data, len);
	return false;
}

static enum asked
ask(const struct config *config, struct buf *said, struct buf *errors)
{
	int64_t until = clock_real_ms() + config->alarm.patience_s * (int64_t)1000;
	int fd = ctl_connect(config->socket, false);
	struct channel *channel;
	struct frame frame;
	bool done = false, lost = false;
	struct err err;

	if (fd == -1)
		return errno == EACCES ? ASKED_FORBIDDEN : errno == EAGAIN ? ASKED_SILENT : ASKED_NOBODY;
	channel = channel_new(fd);
	frame_init(&frame, WIRE_CTL, 1);
	put_u32(&frame, 2);
	put_str(&frame, "status");
	put_str(&frame, "--json");
	channel_queue(channel, &frame);
	frame_free(&frame);
	while (!done && !lost) {
		int64_t left = until - clock_real_ms();

		if (left <= 0 || channel_wait(channel, (int)left, &frame, &err) == -1)
			lost = true;
		else {
			done = answer_take(&frame, said, errors);
			frame_free(&frame);
		}
	}
	channel_free(&channel);
	return done ? ASKED_ANSWERED : ASKED_SILENT;
}

/* A line of `status --json`: {"finding":...,"wrong":true,...}; true: it was the first, which says how all stands. */
static bool
line_take(struct arena *arena, const char *line, size_t len, struct complaints *out)
{
	const struct json *json;
	const struct json *wrong;

	if (json_read(arena, line, len, &json, NULL) == -1)
		return false;
	wrong = json_member(json, "wrong");
	if (wrong != NULL && wrong->type == JSON_TRUE && json_member_text(json, "finding") != NULL)
		complaint_add(arena, out, json_member_text(json, "finding"),
		    json_member_text(json, "about") == NULL ? "" : json_member_text(json, "about"),
		    json_member_text(json, "text") == NULL ? "" : json_member_text(json, "text"));
	return json_member(json, "well") != NULL;
}

static bool
answer_read(struct arena *arena, const struct buf *said, struct complaints *out)
{
	const char *text = buf_text(said), *end;
	bool whole = false;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1)
		whole |= line_take(arena, text, (size_t)(end - text), out);
	return whole;
}

static void
daemon_look(struct arena *arena, const struct config *config, enum asked *asked_r, struct complaints *out)
{
	struct buf said = BUF_INIT, errors = BUF_INIT;

	*asked_r = ask(config, &said, &errors);
	if (*asked_r == ASKED_NOBODY)
		complaint_add(arena, out, "daemon", "", "the daemon does not run: no mail is read, nothing is sent, nobody is reminded");
	else if (*asked_r == ASKED_FORBIDDEN)
		complaint_add(arena, out, "watch", "", arena_printf(arena, "advicectl watch may not use %s, so it cannot ask the daemon; "
		    "let it run as a member of the socket's group (usually adviced)", config->socket));
	else if (*asked_r == ASKED_SILENT)
		complaint_add(arena, out, "answer", "", arena_printf(arena, "the daemon runs and does not answer within %d seconds",
		    config->alarm.patience_s));
	else if (!answer_read(arena, &said, out))
		complaint_add(arena, out, "store", "", errors.len > 0 ? buf_text(&errors) : "the daemon cannot say how it stands");
	buf_free(&said);
	buf_free(&errors);
}

/* ---- The heartbeat, the disk */

static void
heartbeat_look(struct arena *arena, const struct config *config, struct complaints *out)
{
	struct stat st;
	instant now = clock_wall();
	bool there = stat(config->heartbeat, &st) == 0;

	if (!there && errno == EACCES)
		complaint_add(arena, out, "watch", "heartbeat", arena_printf(arena, "advicectl watch may not look at %s", config->heartbeat));
	else if (!there)
		complaint_add(arena, out, "heartbeat", "", "the daemon gives no sign that all of its processes are alive");
	/* From the future: the clock went back, and it cannot be told how old it is. */
	else if (now - st.st_mtime > config->alarm.silence_s || st.st_mtime - now > config->alarm.silence_s)
		complaint_add(arena, out, "heartbeat", "", arena_printf(arena, "since %s not all processes of the daemon have answered; "
		    "systemd or the log say which", instant_iso(arena, st.st_mtime)));
}

/* Where the daemon cannot say it. */
static void
space_look(struct arena *arena, const struct config *config, struct complaints *out)
{
	struct statvfs at;

	if (statvfs(config->spool, &at) == 0 && (int64_t)at.f_bavail * (int64_t)at.f_frsize < (int64_t)config->low_space_mb << 20)
		complaint_add(arena, out, "space", "spool", arena_printf(arena, "the disk of the spool has only %lld MB left",
		    (long long)((int64_t)at.f_bavail * (int64_t)at.f_frsize >> 20)));
}

void
watch_ask(struct arena *arena, const struct config *config, struct complaints *out)
{
	enum asked asked;

	daemon_look(arena, config, &asked, out);
	if (asked != ASKED_NOBODY)
		heartbeat_look(arena, config, out);
	if (asked != ASKED_ANSWERED)
		space_look(arena, config, out);
}
