/*
 * A new involvement list and the open cases: each life is lists, mails and
 * crashes in turn, and the exact trace of what went out.  A change acts once;
 * what is no change does nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "conf/involvement.h"
#include "engine/engine.h"
#include "rule/read.h"

#define BOX	"box@trust.example"
#define STEPS	9
#define CHILD	"1,Idris Vaughan-Hughes,2015-03-12,,,"
#define OTHER	"2,Zofia Przybylska,2016-03-12,,,"

struct life {
	const char	*name;
	/* "list ROWS", "mail TEXT", "child TEXT" (the mail names the child), "crash" (looked at, and not committed), "look" */
	const char	*steps[STEPS];
	const char	*want;		/* after each step a line */
};

static const struct life lives[] = {
	{ "the worker changes: the pack's row once, however many strands there are; the same list again: nothing",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise", "look",
	    "list " CHILD "CSC,open,,bob@trust.example,\n", "look", "list " CHILD "CSC,open,,bob@trust.example,\n", "look" },
	  "list\nmail\nlook 0\nlist\nlook 1: involvement-changed to support\nlist\nlook 1\n" },
	{ "a case that opens between two lists is compared with the one it was opened under",
	  { "child please advise", "list " CHILD "CSC,open,,ann@trust.example,\n", "look", "look" },
	  "mail\nlist\nlook 1: involvement-changed to support\nlook 0\n" },
	{ "closed, and gone from the list",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise",
	    "list " CHILD "CSC,closed,2026-09-01,ann@trust.example,\n", "look", "list " OTHER "CSC,open,,ann@trust.example,\n", "look" },
	  "list\nmail\nlist\nlook 1: involvement-changed to support\nlist\nlook 1: involvement-changed to support\n" },
	{ "a flag that a stage's row waits for: that row, and not the pack's",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise",
	    "list " CHILD "CSC,open,,ann@trust.example,child-protection\n", "look" },
	  "list\nmail\nlist\nlook 1: guarded to head\n" },
	{ "flags and services in another order are no change; a name written otherwise is none either",
	  { "list " CHILD "CSC,open,,ann@trust.example,restricted looked-after\n" CHILD "EH,open,,,\n", "child please advise",
	    "list 1,\"VAUGHAN-HUGHES, Idris\",2015-03-12,,,EH,open,,,\n" CHILD "CSC,open,,ann@trust.example,looked-after restricted\n", "look" },
	  "list\nmail\nlist\nlook 1\n" },
	{ "another child's row changes: nothing",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n" OTHER "CSC,open,,ann@trust.example,\n", "child please advise",
	    "list " CHILD "CSC,open,,ann@trust.example,\n" OTHER "CSC,open,,bob@trust.example,\n", "look" },
	  "list\nmail\nlist\nlook 1\n" },
	{ "a crash before the commit: decided again, and stored once",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise", "list " CHILD "CSC,open,,bob@trust.example,\n",
	    "crash", "look", "look" },
	  "list\nmail\nlist\ncrash 1: involvement-changed to support\nlook 1: involvement-changed to support\nlook 0\n" },
	{ "that the child becomes better known is no change of the list",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "mail please advise", "child and about whom",
	    "list " CHILD "CSC,open,,ann@trust.example,\n", "look", "list " CHILD "CSC,open,,bob@trust.example,\n", "look" },
	  "list\nmail\nmail\nlist\nlook 1\nlist\nlook 1: involvement-changed to support\n" },
	{ "a question that only a person could answer is answered by the list that comes to know the child",
	  { "child who knows the child", "list " OTHER "CSC,open,,officer@trust.example,\n", "look",
	    "list " CHILD "CSC,open,,officer@trust.example,\n", "look" },
	  "mail: question to support\nlist\nlook 1\nlist\nlook 1: guarded to officer, involvement-changed to support\n" },
	{ "it cannot answer: the worker is nobody we know; the question stays with the person",
	  { "child who knows the child", "list " CHILD "CSC,open,,stranger@trust.example,\n", "look",
	    "list " CHILD "CSC,open,,officer@trust.example,\n", "look" },
	  "mail: question to support\nlist\nlook 1: involvement-changed to support\nlist\n"
	  "look 1: guarded to officer, involvement-changed to support\n" },
	{ "a case that has ended is left alone",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise", "mail no longer",
	    "list " CHILD "CSC,open,,bob@trust.example,\n", "look" },
	  "list\nmail\nmail\nlist\nlook 0\n" },
	{ "two lists before anybody has looked are one change; there and back again is none",
	  { "list " CHILD "CSC,open,,ann@trust.example,\n", "child please advise", "list " CHILD "CSC,open,,bob@trust.example,\n",
	    "list " CHILD "CSC,open,,cat@trust.example,\n", "look", "list " CHILD "CSC,open,,ann@trust.example,\n",
	    "list " CHILD "CSC,open,,cat@trust.example,\n", "look" },
	  "list\nmail\nlist\nlist\nlook 1: involvement-changed to support\nlist\nlist\nlook 1\n" },
};

struct post {
	struct arena	*arena;
	struct engine	 engine;
	struct pack	*pack;
	struct buf	 out, trace;
	unsigned	 random;
	size_t		 mails;
	instant		 now;
};

#define WELL(call)	do { if ((call) != 0) fail_msg("%s: %s", #call, err.text); } while (0)

static int
freeze(void *ctx, const struct letter *letter, instant at, struct outbox_row *row, struct err *err)
{
	struct post *post = ctx;
	const char *to = letter->mail->to.v[0];

	(void)at, (void)err;
	row->spool_name = arena_printf(post->arena, "out-%u", post->random);
	snprintf(row->sha256, sizeof(row->sha256), "%064u", post->random);
	buf_printf(&post->out, "%s %s to %.*s", post->out.len > 0 ? "," : ":", letter->mail->template, (int)strcspn(to, "@"), to);
	return 0;
}

static void
count_up(void *ctx, char hex_r[41])
{
	struct post *post = ctx;

	for (int i = 0; i < 5; i++)
		snprintf(hex_r + 8 * i, 9, "%08x", (++post->random) * 2654435761u);
}

static void
set_up(struct post *post)
{
	struct mailbox_row box = { .name = "box", .pack = "list", .address = BOX, .proven = INSTANT_NONE, .trouble = "" };
	struct problems problems;
	struct buf text = BUF_INIT;
	struct directory *directory;
	const struct pack **packs;
	struct err err = { 0 };

	memset(post, 0, sizeof(*post));
	post->arena = arena_new();
	problems = (struct problems){ .arena = post->arena };
	pack_read(post->arena, "tests/data/engine", "config/calendars", "list", &post->pack, &problems);
	problems_print(&problems, &text);
	if (problems_errors(&problems) > 0)
		fail_msg("%s", buf_text(&text));
	WELL(directory_read(post->arena, "tests/data/engine/directory.csv", &directory, &text, &err));
	packs = arena_alloc(post->arena, sizeof(*packs));
	packs[0] = post->pack;
	post->engine = (struct engine){ .packs = packs, .pack_count = 1, .secret = "a secret",
	    .desk = { .ctx = post, .freeze = freeze, .random = count_up } };
	WELL(store_open(":memory:", &post->engine.store, &err));
	WELL(store_mailbox_put(post->engine.store, &box, &err));
	WELL(store_import_directory(post->engine.store, directory, 0, "00", &err));
	WELL(engine_refresh(&post->engine, &err));
	assert_true(instant_parse_iso("2026-09-07T09:00", &post->now));
	buf_free(&text);
}

static void
take_list(struct post *post, const char *rows)
{
	struct involvement_list *list = NULL;
	struct buf problems = BUF_INIT;
	struct err err = { 0 };
	const char *csv = arena_printf(post->arena,
	    "person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n%s", rows);

	if (involvement_parse(post->arena, "list", csv, strlen(csv), &list, &problems) == -1)
		fail_msg("%s", buf_text(&problems));
	WELL(store_import_involvement(post->engine.store, list, post->now, "00", &err));
	buf_free(&problems);
}

static void
say(struct post *post, struct message *m, enum said_kind kind, const char *value)
{
	*arena_push(post->arena, m->said, m->said_count) = (struct said){ .kind = kind, .value = value, .source = SOURCE_NEW_TEXT };
}

static void
take_mail(struct post *post, const char *text, bool names_child)
{
	struct message *m = arena_alloc(post->arena, sizeof(*m));
	struct arrival arrival = { .pack = post->pack, .mailbox = BOX, .trust = "simulate", .message = m, .received = post->now,
	    .spool_name = arena_printf(post->arena, "box.1.%zu", ++post->mails) };
	struct arrived *arrived;
	struct err err = { 0 };

	m->message_id = arena_printf(post->arena, "in-%zu@test", post->mails);
	m->in_reply_to = m->thread_root = m->marking = m->forwarded_text = m->quoted_text = "";
	m->original_message_id = m->calendar_method = m->calendar_answer = "";
	m->from = (struct mail_address){ "", "senar@senar.example" };
	m->sender = m->forwarded_from = (struct mail_address){ "", "" };
	m->subject = m->subject_peeled = "EHC-20001";
	m->new_text = text;
	m->date = m->received = post->now;
	m->back_on = DAY_NONE;
	snprintf(m->fingerprint, sizeof(m->fingerprint), "%064zu", post->mails);
	if (names_child) {
		say(post, m, SAID_CHILD_NAME, "Idris Vaughan-Hughes");
		say(post, m, SAID_DATE_OF_BIRTH, "2015-03-12");
	}
	WELL(engine_mail(&post->engine, post->arena, &arrival, post->now, &arrived, &err));
	assert_true(arrived->case_id != 0);
}

/* As core does it: so many cases waited. */
static size_t
look(struct post *post, bool crash)
{
	int64_t *ids;
	size_t count;
	struct err err = { 0 };

	WELL(store_begin(post->engine.store, &err));
	WELL(store_list_waiting(post->engine.store, post->arena, 10, &ids, &count, &err));
	for (size_t i = 0; i < count; i++)
		WELL(engine_changed(&post->engine, post->arena, ids[i], post->now, &err));
	if (crash)
		store_rollback(post->engine.store);
	else
		WELL(store_commit(post->engine.store, &err));
	return count;
}

static void
take_step(struct post *post, const char *step)
{
	if (strncmp(step, "list ", 5) == 0) {
		take_list(post, step + 5);
		buf_add_str(&post->trace, "list");
	} else if (strcmp(step, "look") == 0 || strcmp(step, "crash") == 0)
		buf_printf(&post->trace, "%s %zu", step, look(post, *step == 'c'));
	else {
		take_mail(post, strchr(step, ' ') + 1, *step == 'c');
		buf_add_str(&post->trace, "mail");
	}
	buf_printf(&post->trace, "%s\n", buf_text(&post->out));
	buf_free(&post->out);
	post->now += 3600;
}

static void
test_lives(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t l = 0; l < sizeof(lives) / sizeof(lives[0]); l++) {
		struct post post;

		set_up(&post);
		for (size_t i = 0; i < STEPS && lives[l].steps[i] != NULL; i++)
			take_step(&post, lives[l].steps[i]);
		if (strcmp(buf_text(&post.trace), lives[l].want) != 0) {
			fprintf(stderr, "%s:\n--- wanted\n%s--- got\n%s", lives[l].name, lives[l].want, buf_text(&post.trace));
			failed++;
		}
		engine_end(&post.engine);
		store_close(&post.engine.store);
		buf_free(&post.trace);
		arena_free(&post.arena);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
