/* What core tells of a case for the board: whose it is, by when, and nobody's name unless that is wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf/config.h"
#include "ctl/board.h"
#include "post.h"

#define CHILD	"Idris Vaughan-Hughes"

static void
take(struct post *post, const char *from, const char *text, bool file, const char *at)
{
	struct message *m = post_mail(post, from, "EHC-20001", text, INSTANT_NONE);
	struct arrival arrival = { .pack = post->pack, .mailbox = BOX, .trust = "simulate", .message = m };
	struct arrived *arrived;
	struct err err = { 0 };

	assert_true(instant_parse_iso(at, &arrival.received));
	m->date = m->received = arrival.received;
	arrival.spool_name = arena_printf(post->arena, "box.1.%zu", post->mails);
	if (strcmp(text, "please advise") == 0) {
		post_say(post, m, SAID_CHILD_NAME, CHILD);
		post_say(post, m, SAID_DATE_OF_BIRTH, "2015-03-12");
	}
	if (file)
		*arena_push(post->arena, m->documents, m->document_count) = (struct document){ .name = "advice.docx", .type =
		    "application/msword", .size = 1000, .text = "what we know of the child", .unreadable = "", .sha256 = "aa" };
	post_time_passes(post, arrival.received);
	WELL(engine_mail(&post->engine, post->arena, &arrival, arrival.received, &arrived, &err));
	assert_true(arrived->case_id == 1);
}

/* The case's line at that time. */
static const char *
line_at(struct post *post, bool names, const char *at)
{
	struct board_desk desk = { .engine = &post->engine, .names = names, .arena = post->arena };
	struct buf out = BUF_INIT;
	struct board_case *shown;
	struct err err = { 0 };
	const char *line;

	assert_true(instant_parse_iso(at, &desk.now));
	post_time_passes(post, desk.now);
	board_desk_begin(&desk);
	WELL(board_case_look(&desk, post->arena, 1, &shown, &err));
	assert_non_null(shown);
	board_case_put(post->arena, shown, &out);
	line = arena_strdup(post->arena, buf_text(&out));
	buf_free(&out);
	return line;
}

/* How far it has come: 0 asked, 1 an officer was named, 2 the advice is back, 1 and -1: it was dropped. */
static const struct {
	const char	*name;
	int		 far;
	bool		 names;
	const char	*at, *there, *not_there;
} rows[] = {
	{ "a question waits: who was asked has it", 0, false, "2026-09-07T12:00",
	    "\"stage\":\"asking\",\"began\":\"2026-09-07\",\"last\":\"2026-10-19\",\"last-name\":\"due "
	    "back\",\"with\":\"the head\",\"team\":\"Top\"", NULL },
	{ "the same by name", 0, true, "2026-09-07T12:00", "\"with\":\"Hedda Head\",\"team\":\"Top\"", NULL },
	{ "whom the stage waits for, and its date", 1, false, "2026-09-08T12:00",
	    "\"due\":\"2026-10-19\",\"due-name\":\"due back\",\"last\":\"2026-10-19\",\"last-name\":\"due "
	    "back\",\"with\":\"the officer\",\"team\":\"Guidance\"", NULL },
	{ "the same by name", 1, true, "2026-09-08T12:00", "\"with\":\"Olaf Officer\"", NULL },
	{ "no name", 1, false, "2026-09-08T12:00", "\"case\":\"EHC-20001\"", "Olaf" },
	{ "no child", 1, false, "2026-09-08T12:00", "\"case\":\"EHC-20001\"", "Idris" },
	{ "no address", 1, false, "2026-10-21T12:00", "\"case\":\"EHC-20001\"", "@" },
	{ "the child, where names are wanted", 1, true, "2026-09-08T12:00", "\"child\":\"" CHILD "\"", "2015" },
	{ "a reminder, by the post it went to", 1, false, "2026-10-14T12:00", "{\"remind\":\"2026-10-12\",\"what\":\"EHCP "
	    "Officer\"}", "escalate" },
	{ "an escalation after the date", 1, false, "2026-10-28T12:00",
	    "{\"remind\":\"2026-10-12\",\"what\":\"EHCP Officer\"},{\"escalate\":\"2026-10-20\",\"what\":\"Head\"},"
	    "{\"escalate\":\"2026-10-27\",\"what\":\"Head\"}", NULL },
	{ "stages on their days", 1, false, "2026-09-08T12:00",
	    "{\"stage\":\"2026-09-07\",\"what\":\"asking\"},{\"stage\":\"2026-09-08\",\"what\":\"writing\"}", NULL },
	{ "done as it should be: it counts, for the team that had it", 2, false, "2026-10-02T12:00",
	    "\"stage\":\"returned\",\"began\":\"2026-09-07\",\"ended\":\"2026-10-01\",\"counted\":true,\"last\":\"2026-10-19\","
	    "\"last-name\":\"due back\",\"team\":\"Guidance\"", "\"with\"" },
	{ "called off: it does not count", -1, false, "2026-10-02T12:00", "\"ended\":\"2026-10-01\"", "counted" },
};

static void
test_lines(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct post post;
		const char *line;

		post_open(&post, "desk");
		post.engine.answers_by_reference = true;
		take(&post, "senar@senar.example", "please advise", false, "2026-09-07T09:00");
		if (rows[i].far != 0)
			take(&post, "head@trust.example", "ALLOCATE Olaf Officer", false, "2026-09-08T09:00");
		if (rows[i].far == 2)
			take(&post, "officer@trust.example", "here it is", true, "2026-10-01T09:00");
		if (rows[i].far == -1)
			take(&post, "head@trust.example", "DROP", false, "2026-10-01T09:00");
		line = line_at(&post, rows[i].names, rows[i].at);
		if (strstr(line, rows[i].there) == NULL || (rows[i].not_there != NULL && strstr(line, rows[i].not_there) != NULL)) {
			print_error("%s: %s", rows[i].name, line);
			failed++;
		}
		post_close(&post);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
