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

#include "conf/involvement.h"
#include "post.h"

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

static void
take_list(struct post *post, const char *rows, instant now)
{
	struct involvement_list *list = NULL;
	struct buf problems = BUF_INIT;
	struct err err = { 0 };
	const char *csv = arena_printf(post->arena,
	    "person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n%s", rows);

	if (involvement_parse(post->arena, "list", csv, strlen(csv), &list, &problems) == -1)
		fail_msg("%s", buf_text(&problems));
	WELL(store_import_involvement(post->engine.store, list, now, "00", &err));
	buf_free(&problems);
}

static void
take_mail(struct post *post, const char *text, bool names_child, instant now)
{
	struct message *m = post_mail(post, "senar@senar.example", "EHC-20001", text, now);
	struct arrival arrival = { .pack = post->pack, .mailbox = BOX, .trust = "simulate", .message = m, .received = now,
	    .spool_name = arena_printf(post->arena, "box.1.%zu", post->mails) };
	struct arrived *arrived;
	struct err err = { 0 };

	if (names_child) {
		post_say(post, m, SAID_CHILD_NAME, "Idris Vaughan-Hughes");
		post_say(post, m, SAID_DATE_OF_BIRTH, "2015-03-12");
	}
	WELL(engine_mail(&post->engine, post->arena, &arrival, now, &arrived, &err));
	assert_true(arrived->case_id != 0);
}

/* As core does it: so many cases waited. */
static size_t
look(struct post *post, bool crash, instant now)
{
	int64_t *ids;
	size_t count;
	struct err err = { 0 };

	WELL(store_begin(post->engine.store, &err));
	WELL(store_list_waiting(post->engine.store, post->arena, 10, &ids, &count, &err));
	for (size_t i = 0; i < count; i++)
		WELL(engine_changed(&post->engine, post->arena, ids[i], now, &err));
	if (crash)
		store_rollback(post->engine.store);
	else
		WELL(store_commit(post->engine.store, &err));
	return count;
}

static void
take_step(struct post *post, const char *step, instant now)
{
	if (strncmp(step, "list ", 5) == 0) {
		take_list(post, step + 5, now);
		buf_add_str(&post->trace, "list");
	} else if (strcmp(step, "look") == 0 || strcmp(step, "crash") == 0)
		buf_printf(&post->trace, "%s %zu", step, look(post, *step == 'c', now));
	else {
		take_mail(post, strchr(step, ' ') + 1, *step == 'c', now);
		buf_add_str(&post->trace, "mail");
	}
	if (post->out.len > 0)
		buf_add_char(&post->trace, ':');
	post_line_end(post);
}

static void
test_lives(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t l = 0; l < sizeof(lives) / sizeof(lives[0]); l++) {
		struct post post;
		instant now;

		post_open(&post, "list");
		assert_true(instant_parse_iso("2026-09-07T09:00", &now));
		for (size_t i = 0; i < STEPS && lives[l].steps[i] != NULL; i++, now += 3600)
			take_step(&post, lives[l].steps[i], now);
		failed += !post_is(&post, lives[l].name, lives[l].want);
		post_close(&post);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
