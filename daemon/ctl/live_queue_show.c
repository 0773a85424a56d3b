/*
 * advicectl queue show NUMBER: one mail of ours as its reader gets it, and
 * why it was decided.  Run by core or by advicectl.
 * Invariant: only a mail whose bytes are those that were frozen is read.
 * Fails: exit 1 when the mail is not known or its letter is no longer kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"
#include "mail/frozen.h"

#define LINE_MOST	2000	/* bytes of one line that are shown */

/* It lies in out until nobody waits for it, then in sent. */
static int
frozen_open(struct live *live, const struct outbox_row *row, struct frozen *frozen_r, struct err *err)
{
	char hex[65];
	int fd = openat(live->spool->out, row->spool_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = -1;

	if (fd == -1 && errno == ENOENT)
		fd = openat(live->spool->sent, row->spool_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno == ENOENT ? err_set(err, ERR_MESSAGE, "the letter of mail %lld is no longer kept", (long long)row->id) :
		    err_errno(err, ERR_RETRY, "the letter of mail %lld", (long long)row->id);
	if (sha256_hex_fd(fd, hex, err) == 0) {
		if (strcmp(hex, row->sha256) != 0)
			err_set(err, ERR_MESSAGE, "the letter of mail %lld was changed after it was written: it is not shown, and does not go",
			    (long long)row->id);
		else
			rc = frozen_read(live->arena, fd, frozen_r, err);
	}
	close(fd);
	return rc;
}

/* Why it stands as it does, in words. */
static const char *
why_words(const struct outbox_row *row)
{
	return row->why[0] != '\0' ? row->why : row->state == OUTBOX_SHADOW ?
	    "its mailbox was in shadow when it was decided: it does not go out" : "";
}

static void
head_line(struct live *live, const char *name, const char *value)
{
	if (value[0] != '\0')
		buf_printf(&live->out, "%-12s %s\n", name, str_visible(live->arena, value, LINE_MOST));
}

/* What people wrote stands in it: nothing of that steers the terminal. */
static void
text_lines(struct live *live, const char *text)
{
	char *rest = arena_strdup(live->arena, text), *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		buf_printf(&live->out, "%s\n", str_visible(live->arena, line, LINE_MOST));
}

static void
show_text(struct live *live, const struct outbox_row *row, const struct frozen *frozen)
{
	struct arena *arena = live->arena;

	head_line(live, "Mail:", arena_printf(arena, "%lld, %s, decided %s", (long long)row->id, outbox_state_name(row->state),
	    live_when(live, row->decided)));
	head_line(live, "Case:", live_case_name(live, row->case_id));
	head_line(live, "Act:", row->rule[0] == '\0' ? row->act : arena_printf(arena, "%s, as %s says", row->act, row->rule));
	head_line(live, "Why:", why_words(row));
	head_line(live, "To:", frozen->to);
	head_line(live, "Cc:", frozen->cc);
	head_line(live, "Subject:", frozen->subject);
	head_line(live, "Attachments:", strs_join(arena, &frozen->attachments, ", "));
	buf_add_char(&live->out, '\n');
	text_lines(live, frozen->text);
}

static void
show_json(struct live *live, const struct outbox_row *row, const struct frozen *frozen)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_int(out, "mail", row->id);
	json_str(out, "state", outbox_state_name(row->state));
	live_json_when(live, "decided", row->decided);
	json_str(out, "case", live_case_name(live, row->case_id));
	json_str(out, "act", row->act);
	json_str(out, "rule", row->rule);
	json_str(out, "why", why_words(row));
	json_str(out, "to", frozen->to);
	json_str(out, "cc", frozen->cc);
	json_str(out, "subject", frozen->subject);
	json_strs(out, "attachments", &frozen->attachments);
	json_str(out, "text", frozen->text);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

int
live_queue_show(struct live *live, long id)
{
	struct outbox_row *row = NULL;
	struct frozen frozen;
	struct err err;

	if (store_outbox(live->store, live->arena, id, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL)
		return live_fail(live, 1, "there is no mail %ld; \"advicectl queue\" lists those that wait, \"advicectl case\" those of "
		    "a case", id);
	if (row->spool_name[0] == '\0')
		return live_fail(live, 1, "mail %ld was never written%s%s", id, row->why[0] == '\0' ? "" : ": ",
		    str_visible(live->arena, row->why, 300));
	if (frozen_open(live, row, &frozen, &err) == -1)
		return live_fail(live, 1, "%s", err.text);
	if (live->json)
		show_json(live, row, &frozen);
	else
		show_text(live, row, &frozen);
	return 0;
}
