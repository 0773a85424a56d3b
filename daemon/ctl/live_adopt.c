/*
 * advicectl adopt: mail from before the daemon, or that somebody put back into
 * a folder that was made anew.  Such mail is read and then held; here a person
 * sees by day and kind what it would do, and takes it up or leaves it.
 * Invariant: the preview is the real decision of each mail, in the order in
 * which they were received, in a transaction that is taken back; what is agreed
 * to is decided afterwards like any other mail, a crash half way included.
 * Fails: exit 1 when there is no such mailbox, or mails are still being read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"
#include "mail/record.h"
#include "spool/finish.h"

#define PREVIEW_MS	20000	/* core does nothing else meanwhile, and its parent waits for it no longer than a minute */

struct day_line {
	dayno		 day;
	const char	*kind;
	long		 mails, cases, known, persons;
};

struct out_line {
	const char	*what;
	long		 count;
};

struct preview {
	struct sighting_row	*rows;
	size_t			 count;
	const struct mailbox_config *config;
	const struct pack	*pack;
	struct day_line		*days;
	size_t			 day_count;
	struct out_line		*outs;
	size_t			 out_count;
	size_t			 tried;		/* of the mails: as many as PREVIEW_MS allows */
	long			 cases, mails, persons, unreadable;
};

/* ---- What each would do */

static struct day_line *
line_of(struct live *live, struct preview *preview, dayno day, const char *kind)
{
	struct day_line *line;

	for (size_t i = preview->day_count; i > 0 && preview->days[i - 1].day == day; i--)
		if (strcmp(preview->days[i - 1].kind, kind) == 0)
			return &preview->days[i - 1];
	line = arena_push(live->arena, preview->days, preview->day_count);
	line->day = day;
	line->kind = arena_strdup(live->arena, kind);
	return line;
}

static void
count_mail_out(struct live *live, struct preview *preview, const struct outgoing *mail)
{
	const char *what = arena_printf(live->arena, "%s \"%s\" to %s%s%s", mail->act_name, mail->template,
	    strs_join(live->arena, &mail->to, ", "), mail->cc.n > 0 ? ", copy to " : "", strs_join(live->arena, &mail->cc, ", "));
	struct out_line *line;

	preview->mails++;
	for (size_t i = 0; i < preview->out_count; i++)
		if (strcmp(preview->outs[i].what, what) == 0) {
			preview->outs[i].count++;
			return;
		}
	line = arena_push(live->arena, preview->outs, preview->out_count);
	line->what = what;
	line->count = 1;
}

static void
count_mail(struct live *live, struct preview *preview, dayno day, const struct arrived *arrived)
{
	const char *kind = arrived->duplicate ? "known already" : arrived->classified->kind == NULL ? "other" :
	    arrived->classified->kind->name;
	struct day_line *line = line_of(live, preview, day, kind);
	bool opens = !arrived->duplicate && arrived->case_id != 0 && arrived->matched->kind == MATCH_NEW;

	line->mails++;
	line->cases += opens;
	line->known += !opens && arrived->case_id != 0;
	line->persons += arrived->needs_person;
	preview->cases += opens;
	preview->persons += arrived->needs_person;
	for (size_t i = 0; arrived->decision != NULL && i < arrived->decision->mail_count; i++)
		count_mail_out(live, preview, &arrived->decision->mails[i]);
}

static int
decide(struct live *live, struct preview *preview, struct arena *arena, const struct sighting_row *row, struct err *err)
{
	struct arrival arrival = { .pack = preview->pack, .mailbox = preview->config->address, .trust = preview->config->trust,
	    .file = row->spool_name, .spool_name = row->spool_name, .sent = preview->config->sent_of != NULL };
	struct message *message;
	struct arrived *arrived;
	const void *record;
	size_t len;

	if (store_held(live->store, arena, row->id, &record, &len, err) == -1 ||
	    record_decode(arena, record, len, &message, err) == -1)
		return -1;
	arrival.message = message;
	arrival.received = message_received(message, row->received, live->now);
	if (engine_mail(live->engine, arena, &arrival, live->now, &arrived, err) == -1)
		return -1;
	count_mail(live, preview, instant_date(arrival.received), arrived);
	return 0;
}

/* One mail that cannot be decided does not hide the others. */
static int
decide_all(struct live *live, void *ctx, int *code_r, struct err *err)
{
	struct preview *preview = ctx;
	int64_t until_ms = clock_real_ms() + PREVIEW_MS;
	int rc = 0;

	(void)code_r;
	for (size_t i = 0; rc == 0 && i < preview->count && clock_real_ms() < until_ms; i++) {
		struct arena *arena = arena_new();

		preview->tried = i + 1;

		rc = store_savepoint(live->store, err);
		if (rc == 0 && decide(live, preview, arena, &preview->rows[i], err) == -1) {
			rc = err->scope == ERR_MESSAGE ? store_rollback_to(live->store, err) : -1;
			preview->unreadable++;
		}
		if (rc == 0)
			rc = store_release(live->store, err);
		arena_free(&arena);
	}
	return rc;
}

/* ---- Saying it */

static void
say_json(struct live *live, const struct preview *preview)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_str(out, "mailbox", preview->config->name);
	json_int(out, "mails", (int64_t)preview->count);
	json_int(out, "tried", (int64_t)preview->tried);
	json_int(out, "cases", preview->cases);
	json_int(out, "mails-out", preview->mails);
	json_int(out, "for-people", preview->persons);
	json_int(out, "unreadable", preview->unreadable);
	json_open(out, "days", '[');
	for (size_t i = 0; i < preview->day_count; i++) {
		const struct day_line *line = &preview->days[i];

		json_open(out, NULL, '{');
		json_str(out, "day", date_iso(live->arena, line->day));
		json_str(out, "kind", line->kind);
		json_int(out, "mails", line->mails);
		json_int(out, "cases", line->cases);
		json_int(out, "for-people", line->persons);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_open(out, "out", '[');
	for (size_t i = 0; i < preview->out_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "what", preview->outs[i].what);
		json_int(out, "count", preview->outs[i].count);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
say_text(struct live *live, const struct preview *preview)
{
	struct buf *out = &live->out;

	buf_printf(out, "%zu older mail%s in %s wait%s for your word\n", preview->count, preview->count == 1 ? "" : "s",
	    preview->config->name, preview->count == 1 ? "s" : "");
	if (preview->tried < preview->count)
		buf_printf(out, "there was time to try out the oldest %zu of them: all that follows is about these alone\n",
		    preview->tried);
	for (size_t i = 0; i < preview->day_count; i++) {
		const struct day_line *line = &preview->days[i];

		buf_printf(out, "  %-12s %5ld  %-24s", date_words(live->arena, line->day), line->mails, line->kind);
		if (line->cases > 0)
			buf_printf(out, " opens %ld case%s", line->cases, line->cases == 1 ? "" : "s");
		if (line->known > 0)
			buf_printf(out, " %ld for a case there is", line->known);
		if (line->persons > 0)
			buf_printf(out, " %ld wait%s for a person", line->persons, line->persons == 1 ? "s" : "");
		buf_add_char(out, '\n');
	}
	buf_printf(out, "taken up, they would open %ld case%s, put %ld before a person, and send %ld mail%s now:\n", preview->cases,
	    preview->cases == 1 ? "" : "s", preview->persons, preview->mails, preview->mails == 1 ? "" : "s");
	for (size_t i = 0; i < preview->out_count; i++)
		buf_printf(out, "  %5ld  %s\n", preview->outs[i].count, preview->outs[i].what);
	if (preview->unreadable > 0)
		buf_printf(out, "  %ld could not be decided: they would go into quarantine\n", preview->unreadable);
	buf_add_str(out, "dates count from the days on which the mails were received; chasers that fell due before today do not go\n");
}

/* ---- Doing it */

static int
settle_rows(struct live *live, const struct preview *preview, bool leave, struct err *err)
{
	for (size_t i = 0; i < preview->count; i++) {
		struct sighting_row row = preview->rows[i];

		row.state = leave ? SIGHTING_BEFORE : SIGHTING_ENTERED;
		if (leave) {
			row.why = arena_printf(live->arena, "left alone by %s", live->who);
			row.spool_name = "";
		}
		if (store_sighting_put(live->store, &row, err) == -1 || store_held_drop(live->store, row.id, err) == -1)
			return -1;
	}
	return live_told_done(live, arena_printf(live->arena, "\"advicectl adopt %s\"", preview->config->name), err);
}

static int
agreed(struct live *live, const struct preview *preview, bool leave)
{
	const char *detail = arena_printf(live->arena, "%s %s %zu", leave ? "adopt-leave" : "adopt", preview->config->name,
	    preview->count);
	struct err err;
	int rc = 0;

	if (store_begin(live->store, &err) == -1 || live_note(live, detail, 0, 0, &err) == -1 ||
	    settle_rows(live, preview, leave, &err) == -1 || store_commit(live->store, &err) == -1) {
		store_rollback(live->store);
		return live_broken(live, &err);
	}
	/* The rows say what is to become of the files: what a crash prevents is done at the next start, what a full disk does, soon. */
	for (size_t i = 0; i < preview->count; i++) {
		const char *name = preview->rows[i].spool_name;

		if (leave && rc == 0)
			rc = file_remove(live->spool->docs, name, &err) == -1 || spool_drop(live->spool, name, &err) == -1 ? -1 : 0;
		if (!leave || rc == -1)
			strs_add(live->arena, &live->released, name);
	}
	if (!live->json)
		buf_printf(&live->out, leave ? "%zu mails are left alone; they stay in the mailbox as they are\n" :
		    "%zu mails are taken up now\n", preview->count);
	return 0;
}

/* ---- The command */

static const char *
take_value(int *argc, char **argv, const char *option)
{
	const char *value;

	for (int i = 1; i + 1 < *argc; i++)
		if (strcmp(argv[i], option) == 0) {
			value = argv[i + 1];
			memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 2) * sizeof(*argv));
			*argc -= 2;
			return value;
		}
	return NULL;
}

/* Nothing is decided by this: the mails are read and held. */
static int
from_day(struct live *live, const char *mailbox, const char *day)
{
	dayno from;
	struct err err;

	if (!date_parse_iso(day, &from))
		return live_fail(live, 2, "\"%s\" is no day; write it as 2026-09-01", str_visible(live->arena, day, 40));
	if (store_begin(live->store, &err) == -1 ||
	    store_set_setting(live->store, arena_printf(live->arena, "adopt %s", mailbox), day, &err) == -1 ||
	    live_note(live, arena_printf(live->arena, "adopt-from %s %s", mailbox, date_iso(live->arena, from)), 0, 0,
	    &err) == -1 ||
	    store_commit(live->store, &err) == -1) {
		store_rollback(live->store);
		return live_broken(live, &err);
	}
	strs_add(live->arena, &live->again, mailbox);
	if (!live->json)
		buf_printf(&live->out, "mail that was received on or after %s is read now and held; then see what it would do: "
		    "advicectl adopt %s\n", date_words(live->arena, from), mailbox);
	return 0;
}

static int
still_reading(struct live *live, const struct preview *preview, size_t *unread_r, struct err *err)
{
	*unread_r = 0;
	for (size_t i = 0; i < preview->count; i++) {
		struct arena *arena = arena_new();
		const void *record;
		size_t len;
		int rc = store_held(live->store, arena, preview->rows[i].id, &record, &len, err);

		*unread_r += record == NULL;
		arena_free(&arena);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* In a transaction that is taken back; no mail is written out for it. */
static int
try_out(struct live *live, struct preview *preview)
{
	const struct live_options only_show = { .reason = "" };
	const struct desk desk = live->engine->desk;
	int code;

	live->engine->desk.freeze = NULL;
	code = live_try(live, &only_show, decide_all, preview);
	live->engine->desk = desk;
	return code;
}

/* Shown, or done if that was agreed to. */
static int
show_and_do(struct live *live, const struct live_options *options, struct preview *preview, bool leave)
{
	int code;

	if (!leave && !options->yes) {
		if ((code = try_out(live, preview)) != LIVE_WANTS_YES)
			return code;
		if (live->json)
			say_json(live, preview);
		else
			say_text(live, preview);
	} else if (!options->yes && !live->json)
		buf_printf(&live->out, "%zu held mails in %s would be left alone for good\n", preview->count, preview->config->name);
	return options->yes ? agreed(live, preview, leave) : LIVE_WANTS_YES;
}

int
live_adopt(struct live *live, int argc, char **argv)
{
	struct preview preview = { .rows = NULL };
	struct live_options options;
	struct mailbox_row *mailbox;
	const char *from = take_value(&argc, argv, "--from");
	bool leave = live_word(&argc, argv, "--leave");
	size_t unread;
	struct err err;

	argc = live_options(argc, argv, &options);
	if (argc != 2 || strncmp(argv[1], "--", 2) == 0 || (from != NULL && leave))
		return live_usage(live, "adopt");
	preview.config = config_mailbox(live->config, argv[1]);
	if (preview.config == NULL || preview.config->sent_of != NULL)
		return live_fail(live, 1, "there is no mailbox \"%s\" in the configuration", str_visible(live->arena, argv[1], 60));
	if (from != NULL)
		return from_day(live, preview.config->name, from);
	if (store_mailbox(live->store, live->arena, preview.config->name, &mailbox, &err) == -1 || (mailbox != NULL &&
	    store_sightings_in(live->store, live->arena, mailbox->id, SIGHTING_HELD, &preview.rows, &preview.count, &err) == -1) ||
	    still_reading(live, &preview, &unread, &err) == -1)
		return live_broken(live, &err);
	if (unread > 0 || (mailbox != NULL && mailbox->asked_uid != 0))
		return buf_printf(&live->out, "%zu %zu\n", preview.count - unread, preview.count), LIVE_NOT_YET;
	if (preview.count == 0) {
		if (!live->json)
			buf_printf(&live->out, "no mail of %s is held; for mail from before the daemon, say from which day on: "
			    "advicectl adopt %s --from DAY\n", preview.config->name, preview.config->name);
		return 0;
	}
	preview.pack = engine_pack(live->engine, mailbox->pack);
	if (preview.pack == NULL)
		return live_fail(live, 1, "the rules of %s are not in force", preview.config->name);
	return show_and_do(live, &options, &preview, leave);
}
