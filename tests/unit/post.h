/*
 * An engine with one mailbox, one pack of tests/data/engine and a store in
 * memory: mails come and time passes as a test says, what goes out is written
 * to a trace.
 */
#ifndef TESTS_UNIT_POST_H
#define TESTS_UNIT_POST_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "engine/engine.h"
#include "rule/read.h"

#define BOX	"box@trust.example"
#define WELL(call)	do { if ((call) != 0) fail_msg("%s: %s", #call, err.text); } while (0)

struct sent {
	const char	*message_id, *code, *body;
	const char	*glance;	/* "Case: EHC-20001; Due: 19 October 2026, tomorrow" */
};

struct post {
	struct arena	*arena;
	struct engine	 engine;
	struct pack	*pack;
	struct sent	*sent;		size_t sent_count;
	struct buf	 out;		/* what went since the last line */
	struct buf	 trace;
	unsigned	 random;
	size_t		 mails;		/* that came */
	bool		 hides_asking;	/* the trace leaves out what asks people again as time passes */
};

static inline const char *
post_parts(struct arena *arena, const struct strs *addresses)
{
	struct strs parts = { NULL, 0 };

	for (size_t i = 0; i < addresses->n; i++)
		strs_add(arena, &parts, arena_strndup(arena, addresses->v[i], strcspn(addresses->v[i], "@")));
	return strs_join(arena, &parts, "+");
}

static inline const char *
post_glance(struct arena *arena, const struct letter *letter)
{
	struct strs shown = { NULL, 0 };

	for (size_t i = 0; i < letter->glance_count; i++)
		strs_add(arena, &shown, arena_printf(arena, "%s: %s", letter->glances[i].label, letter->glances[i].value));
	return strs_join(arena, &shown, "; ");
}

static inline int
post_freeze(void *ctx, const struct letter *letter, instant at, struct outbox_row *row, struct err *err)
{
	struct post *post = ctx;
	struct sent *sent = arena_push(post->arena, post->sent, post->sent_count);

	(void)at, (void)err;
	sent->message_id = arena_strdup(post->arena, letter->message_id);
	sent->code = arena_strdup(post->arena, letter->code);
	sent->body = arena_strdup(post->arena, letter->body);
	sent->glance = post_glance(post->arena, letter);
	row->spool_name = arena_printf(post->arena, "out-%zu", post->sent_count);
	snprintf(row->sha256, sizeof(row->sha256), "%064zu", post->sent_count);
	buf_printf(&post->out, "%s %s%s to %s", post->out.len > 0 ? "," : "", letter->mail->template,
	    row->state == OUTBOX_HELD ? " (held)" : "", post_parts(post->arena, &letter->mail->to));
	return 0;
}

static inline void
post_random(void *ctx, char hex_r[41])
{
	struct post *post = ctx;

	for (int i = 0; i < 5; i++)
		snprintf(hex_r + 8 * i, 9, "%08x", (++post->random) * 2654435761u);
}

static inline void
post_line_end(struct post *post)
{
	buf_printf(&post->trace, "%s\n", buf_text(&post->out));
	buf_free(&post->out);
}

static inline void
post_open(struct post *post, const char *pack)
{
	struct mailbox_row box = { .name = "box", .pack = pack, .address = BOX, .proven = INSTANT_NONE, .trouble = "" };
	struct problems problems;
	struct buf text = BUF_INIT;
	struct directory *directory;
	const struct pack **packs;
	struct err err = { 0 };

	memset(post, 0, sizeof(*post));
	post->arena = arena_new();
	problems = (struct problems){ .arena = post->arena };
	pack_read(post->arena, "tests/data/engine", "config/calendars", pack, &post->pack, &problems);
	problems_print(&problems, &text);
	if (problems_errors(&problems) > 0)
		fail_msg("%s", buf_text(&text));
	WELL(directory_read(post->arena, "tests/data/engine/directory.csv", &directory, &text, &err));
	packs = arena_alloc(post->arena, sizeof(*packs));
	packs[0] = post->pack;
	post->engine = (struct engine){ .packs = packs, .pack_count = 1, .secret = "a secret",
	    .desk = { .ctx = post, .freeze = post_freeze, .random = post_random } };
	WELL(store_open(":memory:", &post->engine.store, &err));
	WELL(store_mailbox_put(post->engine.store, &box, &err));
	WELL(store_import_directory(post->engine.store, directory, 0, "00", &err));
	WELL(engine_refresh(&post->engine, &err));
	buf_free(&text);
}

static inline void
post_close(struct post *post)
{
	engine_end(&post->engine);
	store_close(&post->engine.store);
	buf_free(&post->trace);
	buf_free(&post->out);
	arena_free(&post->arena);
}

/* The next mail, with nothing in it but this. */
static inline struct message *
post_mail(struct post *post, const char *from, const char *subject, const char *text, instant at)
{
	struct message *m = arena_alloc(post->arena, sizeof(*m));

	post->mails++;
	m->message_id = arena_printf(post->arena, "in-%zu@test", post->mails);
	m->in_reply_to = m->thread_root = m->marking = m->forwarded_text = m->quoted_text = "";
	m->original_message_id = m->calendar_method = m->calendar_answer = "";
	m->from = (struct mail_address){ "", from };
	m->sender = m->forwarded_from = (struct mail_address){ "", "" };
	m->subject = m->subject_peeled = subject;
	m->new_text = text;
	m->date = m->received = at;
	m->back_on = DAY_NONE;
	snprintf(m->fingerprint, sizeof(m->fingerprint), "%064zu", post->mails);
	return m;
}

static inline void
post_say(struct post *post, struct message *m, enum said_kind kind, const char *value)
{
	*arena_push(post->arena, m->said, m->said_count) = (struct said){ .kind = kind, .value = value, .source = SOURCE_NEW_TEXT };
}

static inline void
post_time_passes(struct post *post, instant until)
{
	struct err err = { 0 };
	instant at;

	for (int turn = 0;; turn++) {
		int64_t *ids;
		size_t count;

		WELL(store_next_due(post->engine.store, &at, &err));
		if (at == INSTANT_NONE || at > until)
			break;
		assert_true(turn < 100);
		WELL(store_due(post->engine.store, post->arena, at, 10, &ids, &count, &err));
		for (size_t i = 0; i < count; i++)
			WELL(engine_timer(&post->engine, post->arena, ids[i], at, &err));
		WELL(store_triages_due(post->engine.store, post->arena, at, 10, &ids, &count, &err));
		for (size_t i = 0; i < count; i++)
			WELL(engine_triage_timer(&post->engine, post->arena, ids[i], at, &err));
		if (post->out.len > 0 && !(post->hides_asking &&
		    (strstr(buf_text(&post->out), "triage") != NULL || strstr(buf_text(&post->out), "question") != NULL))) {
			buf_printf(&post->trace, "%s", date_iso(post->arena, instant_date(at)));
			post_line_end(post);
		}
		buf_free(&post->out);
	}
}

/* Whether the trace is as wanted; if not, both are printed. */
static inline bool
post_is(struct post *post, const char *name, const char *want)
{
	if (strcmp(buf_text(&post->trace), want) == 0)
		return true;
	fprintf(stderr, "%s:\n--- wanted\n%s--- got\n%s", name, want, buf_text(&post->trace));
	return false;
}

#endif
