/*
 * What an administrator puts right, from the command to the store, as tables:
 * each case is a few mails, days and commands, and the exact trace of what went
 * out, what a command said of its effects, and how the case then stood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/live.h"
#include "post.h"

#define STEPS	16

struct step {
	const char	*at;		/* "2026-09-07T09:12" */
	const char	*from;		/* NULL: time passes; "!": a command; "?": how the case stands, or a date in words; "sent": all mails have gone */
	const char	*subject, *text;	/* text: "file" among it brings an advice */
};

struct life {
	const char	*name;
	struct step	 steps[STEPS];
	const char	*want;
};

#define REQUEST	{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise" }
#define ASKED	"request: question to head\n"
#define ALLOCATE { "2026-09-07T10:00", "head@trust.example", "EHC-20001", "ALLOCATE Olaf Officer" }
#define NAMED	"other: forward to officer, echo to head\n"
#define GONE	{ "2026-09-07T11:00", "sent", NULL, NULL }
#define SAY(at, words)	{ at, "!", words " --yes --reason why", NULL }
#define SHOW(at, words)	{ at, "!", words " --reason why", NULL }
#define STANDS(at, name)	{ at, "?", name, NULL }
#define LATER(at)	{ at, NULL, NULL, NULL }

static const struct life lives[] = {
	{ "a date corrected: shown first, and nothing has changed; then new dates, and what has become due goes once", {
		REQUEST, ALLOCATE, GONE,
		SHOW("2026-09-25T12:00", "correct EHC-20001 due-date=2026-10-05"),
		STANDS("2026-09-25T12:00", "EHC-20001"),
		SAY("2026-09-25T12:00", "correct EHC-20001 due-date=5.10.2026"),
		LATER("2026-09-28T12:00") },
	  ASKED NAMED
	  "3| Not done yet: change 1, EHC-20001: correct due-date|due-date is now 2026-10-05.|The date \"statutory\" is now 5 Oct 2026.|"
	  "The date \"due back\" is now 21 Sep 2026.|What has become due goes out at once.\n"
	  "advice writing 2; statutory 2026-10-19, due-back 2026-10-05; mails 2\n"
	  "0| change 1, EHC-20001: correct due-date|due-date is now 2026-10-05.|The date \"statutory\" is now 5 Oct 2026.|"
	  "The date \"due back\" is now 21 Sep 2026.|What has become due goes out at once.\n"
	  "2026-09-25 escalate to head\n" },
	{ "the number of another open case's child is not taken", {
		REQUEST, { "2026-09-07T09:10", "senar@senar.example", "EHC-20002", "please advise" }, GONE,
		SAY("2026-09-08T12:00", "correct EHC-20001 nhs-number=9434765919"),
		SAY("2026-09-08T12:01", "correct EHC-20002 nhs-number=9434765919") },
	  ASKED ASKED "0| change 1, EHC-20001: correct nhs-number|nhs-number is corrected.|No date moves, and no mail goes out because of it.\n"
	  "1! Another open case, number 1, has a child with this number. If both are one child's, merge them.\n" },
	{ "undone: the old dates hold again; a change that was overtaken, or taken back, is not taken back", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-08T12:00", "correct EHC-20001 due-date=2026-10-12"),
		SAY("2026-09-08T12:01", "correct EHC-20001 due-date=2026-10-14"),
		SAY("2026-09-08T12:02", "undo 1"),
		SAY("2026-09-08T12:03", "undo 2"),
		SAY("2026-09-08T12:04", "undo 1"),
		SAY("2026-09-08T12:05", "undo 1"),
		SAY("2026-09-08T12:06", "undo 3"),
		STANDS("2026-09-08T12:07", "EHC-20001") },
	  ASKED NAMED
	  "0| change 1, EHC-20001: correct due-date|due-date is now 2026-10-12.|The date \"statutory\" is now 12 Oct 2026.|The date \"due back\" is now 28 Sep 2026.\n"
	  "0| change 2, EHC-20001: correct due-date|due-date is now 2026-10-14.|The date \"statutory\" is now 14 Oct 2026.|The date \"due back\" is now 30 Sep 2026.\n"
	  "1! Something has been built on it: due-date was told anew since (change 2, 8 Sep 2026). Take that back first, or put the case where it belongs with \"advicectl move\".\n"
	  "0| change 3, EHC-20001: undo change 2 (correct due-date)|due-date is again what it was before.|The date \"statutory\" is now 12 Oct 2026.|The date \"due back\" is now 28 Sep 2026.\n"
	  "0| change 4, EHC-20001: undo change 1 (correct due-date)|due-date is no longer known.|The date \"statutory\" is now 19 Oct 2026.|The date \"due back\" is now 5 Oct 2026.\n"
	  "1! Change 1 was taken back already, by change 4.\n"
	  "1! Change 3 took back another one; make that one anew instead.\n"
	  "advice writing 2; statutory 2026-10-19, due-back 2026-10-05; mails 2\n" },
	{ "a person: the work goes to the new one, once; values that are none are refused", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-08T12:00", "correct EHC-20001 officer=cover@trust.example"),
		SAY("2026-09-08T12:01", "correct EHC-20001 advice.officer=nobody@trust.example"),
		SAY("2026-09-08T12:02", "correct EHC-20001 nhs-number=9990000116"),
		SAY("2026-09-08T12:03", "correct EHC-20001 due-date=soon"),
		SAY("2026-09-08T12:04", "correct EHC-20001 oficer=cover@trust.example"),
		SAY("2026-09-08T12:05", "correct EHC-20001 reference=12"),
		SAY("2026-09-08T12:06", "undo 1"),
		LATER("2026-09-28T12:00") },
	  ASKED NAMED
	  "0| change 1, EHC-20001: correct officer|officer is now cover@trust.example.|A mail (forward) goes to cover@trust.example.: forward to cover\n"
	  "1! The directory has nobody with the address \"nobody@trust.example\".\n"
	  "1! The check digit shows that this is no NHS number. Look at it again.\n"
	  "1! due-date is a date; \"soon\" is none that I can read. Write it like 7 October 2026 or 2026-10-07.\n"
	  "1! There is no fact \"oficer\"; did you mean \"officer\"?\n"
	  "1! \"12\" is no reference of this authority's; they look like EHC-#####.\n"
	  "0| change 2, EHC-20001: undo change 1 (correct officer)|officer is again what it was before.|Not sent: mail 4 (forward) to cover@trust.example.\n"
	  "2026-09-28 remind to officer\n" },
	{ "another case's reference is refused; matching follows the corrected one", {
		REQUEST,
		{ "2026-09-07T09:30", "senar@senar.example", "EHC-20002", "please advise" },
		SAY("2026-09-08T12:00", "correct EHC-20001 reference=EHC-20002"),
		SAY("2026-09-08T12:01", "correct EHC-20001 reference=ehc-20009"),
		{ "2026-09-08T13:00", "senar@senar.example", "EHC-20009", "ping" } },
	  ASKED ASKED
	  "1! Another open case, number 2, bears this reference. If both are one child's, merge them.\n"
	  "0| change 1, EHC-20009: correct reference|reference is now EHC-20009.|No date moves, and no mail goes out because of it.\n"
	  "ping: forward to senar\n" },
	{ "an answer that belonged elsewhere: the stage, the question and the fact come back, what waited is not sent", {
		REQUEST, ALLOCATE,
		SAY("2026-09-07T10:30", "detach 2"),
		STANDS("2026-09-07T10:30", "EHC-20001"),
		{ "2026-09-07T11:00", "head@trust.example", "EHC-20001", "ALLOCATE Cora Cover" } },
	  ASKED NAMED
	  "0| change 1, EHC-20001: detach mail 2|officer is no longer known.|advice stands at \"asking\" again.|"
	  "The question \"officer\" to head@trust.example is open again.|Not sent: mail 2 (forward) to officer@trust.example.|"
	  "Not sent: mail 3 (echo) to head@trust.example.|The mail waits for a person: advicectl resolve 1 ANSWER.\n"
	  "advice asking 1 asks officer; statutory 2026-10-19, due-back 2026-10-05; mails 1\n"
	  "other: forward to cover, echo to head\n" },
	{ "what has gone out is listed; taking the detaching back makes all of it as it was", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-07T12:00", "detach 2"),
		SAY("2026-09-07T12:01", "undo 1"),
		STANDS("2026-09-07T12:02", "EHC-20001") },
	  ASKED NAMED
	  "0| change 1, EHC-20001: detach mail 2|officer is no longer known.|advice stands at \"asking\" again.|"
	  "The question \"officer\" to head@trust.example is open again.|The mail waits for a person: advicectl resolve 1 ANSWER.|"
	  "gone: mail 2 (forward) to officer@trust.example, 7 Sep 2026|gone: mail 3 (echo) to head@trust.example, 7 Sep 2026\n"
	  "0| change 2, EHC-20001: undo change 1 (detach mail 2)|Mail 2 is in this case again.|advice stands at \"writing\" again.|"
	  "officer is again what the mail told.\n"
	  "advice writing 2; statutory 2026-10-19, due-back 2026-10-05; mails 2\n" },
	{ "a mail on which a stage was built stays, with what stands in the way", {
		REQUEST, ALLOCATE, GONE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "file" },
		SAY("2026-09-09T12:00", "detach 2") },
	  ASKED NAMED "advice: forward to senar\n"
	  "1! Something has been built on it: advice has gone on since, to \"returned\" (mail 3, 9 Sep 2026). Take that back first, or put the case where it belongs with \"advicectl move\".\n" },
	{ "the mail that opened a case: nothing is left of it, its reference is free", {
		REQUEST,
		SAY("2026-09-07T10:00", "detach 1"),
		STANDS("2026-09-07T10:00", "1"),
		{ "2026-09-07T11:00", "senar@senar.example", "EHC-20001", "please advise, truly" } },
	  ASKED
	  "0| change 1, case 1: detach mail 1|reference is no longer known.|advice never began.|"
	  "The date \"statutory\" is no longer known.|The date \"due back\" is no longer known.|The question \"officer\" to head@trust.example is withdrawn.|"
	  "The case is closed.|Not sent: mail 1 (question) to head@trust.example.|The mail waits for a person: advicectl resolve 1 ANSWER.\n"
	  "; closed; mails 0\n" ASKED },
	{ "another stage: its acts run, unless quietly; the question is withdrawn; undone", {
		REQUEST, GONE,
		SAY("2026-09-08T10:00", "correct EHC-20001 officer=officer@trust.example"),
		SHOW("2026-09-08T10:01", "move EHC-20001 advice writing"),
		SAY("2026-09-08T10:02", "move EHC-20001 advice writing --quiet"),
		STANDS("2026-09-08T10:03", "EHC-20001"),
		SAY("2026-09-08T10:04", "move EHC-20001 advice writting"),
		SAY("2026-09-08T10:05", "undo 2"),
		SAY("2026-09-08T10:06", "move EHC-20001 plan writing"),
		STANDS("2026-09-08T10:07", "EHC-20001") },
	  ASKED
	  "0| change 1, EHC-20001: correct officer|officer is now officer@trust.example.|No date moves, and no mail goes out because of it.\n"
	  "3| Not done yet: change 2, EHC-20001: move advice to \"writing\"|The case now stands at \"writing\".|A mail (forward) goes to officer@trust.example.|"
	  "The question \"officer\" to head@trust.example is withdrawn.\n"
	  "0| change 2, EHC-20001: move advice to \"writing\", quietly|The case now stands at \"writing\".|"
	  "The question \"officer\" to head@trust.example is withdrawn.\n"
	  "advice writing 2; statutory 2026-10-19, due-back 2026-10-05; mails 1\n"
	  "1! The strand \"advice\" has no stage \"writting\"; did you mean \"writing\"?\n"
	  "0| change 3, EHC-20001: undo change 2 (move advice to \"writing\", quietly)|advice stands at \"asking\" again.|"
	  "The question \"officer\" to head@trust.example is open again.\n"
	  "1! This case has no strand \"plan\"; it has advice.\n"
	  "advice asking 1 asks officer; statutory 2026-10-19, due-back 2026-10-05; mails 1\n" },
	{ "closed: chasing ends, nothing more goes out; undone: it goes on where it was", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-08T10:00", "close EHC-20001"),
		LATER("2026-09-29T12:00"),
		SAY("2026-09-29T12:00", "undo 1"),
		LATER("2026-09-29T13:00") },
	  ASKED NAMED
	  "0| change 1, EHC-20001: close|advice ends at \"writing\".|The case is closed.\n"
	  "0| change 2, EHC-20001: undo change 1 (close)|advice stands at \"writing\" again.|The case is open again.|What has become due goes out at once.\n"
	  "2026-09-29 remind to officer\n" },
	{ "one child, two cases: made one, found by either reference, the law's earlier date holds; and parted again", {
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise, return by 2 October 2026" }, ALLOCATE, GONE,
		{ "2026-09-14T09:00", "senar@senar.example", "EHC-20002", "please advise" },
		SAY("2026-09-15T10:00", "merge EHC-20002 EHC-20001"),
		STANDS("2026-09-15T10:00", "EHC-20001"),
		{ "2026-09-15T11:00", "senar@senar.example", "EHC-20001", "ping" },
		SAY("2026-09-15T12:00", "merge EHC-20002 EHC-20001"),
		SAY("2026-09-15T12:01", "undo 1"),
		STANDS("2026-09-15T12:02", "EHC-20001"),
		STANDS("2026-09-15T12:02", "EHC-20002") },
	  ASKED NAMED ASKED
	  "0| change 1, EHC-20002: merge case 1 into it|Both have advice: this case's stands, at \"asking\"; the other's (at \"writing\") ends.|"
	  "reference differs: this case's stands.|due-date comes over.|officer comes over.|"
	  "statutory: 26 Oct 2026 in this case, 2 Oct 2026 in the other; the earlier holds.|2 mails that came and 3 that were sent come over.|"
	  "The date \"statutory\" is now 2 Oct 2026.|The date \"due back\" is now 18 Sep 2026.|"
	  "EHC-20001 is closed; its reference and its number find this case from now on.\n"
	  "advice asking 1 asks officer; statutory 2026-10-02, due-back 2026-09-18; mails 3\n"
	  "ping: forward to senar\n"
	  "1! These are one case already.\n"
	  "0| change 2, EHC-20002: undo change 1 (merge case 1 into it)|due-date is no longer known.|officer is no longer known.|"
	  "no later than statutory is no longer known.|The date \"statutory\" is now 26 Oct 2026.|The date \"due back\" is now 12 Oct 2026.|"
	  "EHC-20001 stands by itself again.\n"
	  "advice writing 2; statutory 2026-10-02, due-back 2026-09-18; mails 2\n"
	  "advice asking 1 asks officer; statutory 2026-10-26, due-back 2026-10-12; mails 2\n" },
	{ "paused: no reminder goes, and at the end what was missed goes once; a pause needs an end, not far off", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-25T10:00", "pause EHC-20001"),
		SAY("2026-09-25T10:00", "pause EHC-20001 --until tomorrow"),
		SAY("2026-09-25T10:00", "pause EHC-20001 --until 2026-12-25"),
		SAY("2026-09-25T10:00", "pause ehc-20001 --until 2026-10-14T09:00"),
		LATER("2026-10-14T08:59"), LATER("2026-10-14T09:00") },
	  ASKED NAMED
	  "2! a pause needs an end: --until 2026-09-21T09:00\n"
	  "2! \"tomorrow\" is no time for the end of a pause; write it as 2026-09-21T09:00\n"
	  "1! A pause ends within 30 days, unless it is said to be a long one (--long).\n"
	  "0| change 1, EHC-20001: pause until 2026-10-14T09:00:00+01:00|Nothing goes out until 14 Oct 2026 09:00. "
	  "Dates and decisions run on; what is missed goes out once then.\n"
	  "2026-10-14 escalate to head\n" },
	{ "all of a mailbox, ended early: what waited goes at once", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-25T10:00", "pause --mailbox box --until 2026-10-20"),
		LATER("2026-10-01T10:00"),
		{ "2026-10-01T10:00", "!", "resume --mailbox box --yes", NULL },
		LATER("2026-10-01T10:00"),
		{ "2026-10-01T10:00", "!", "resume --mailbox box --yes", NULL } },
	  ASKED NAMED
	  "0| change 1: pause until 2026-10-20T00:00:00+01:00|Nothing goes out until 20 Oct 2026 00:00. "
	  "Dates and decisions run on; what is missed goes out once then.\n"
	  "0| change 2: resume|Mails go out again; 0 wait. What was missed goes out once.\n"
	  "2026-10-01 remind to officer\n"
	  "1! Nothing of that is paused; \"advicectl status\" shows the pauses.\n" },
	{ "an exception to the law's date: only where the rules allow it; the date says it, reminders follow; undone", {
		REQUEST, ALLOCATE, GONE,
		SAY("2026-09-25T12:00", "except EHC-20001 due-back abroad --until 2026-11-16"),
		SAY("2026-09-25T12:00", "except EHC-20001 statutory abraod --until 2026-11-16"),
		SAY("2026-09-25T12:00", "except EHC-20001 statutory abroad --until 2026-10-12"),
		{ "2026-09-25T12:00", "!", "except EHC-20001 statutory abroad --until 2026-11-16 --yes", NULL },
		SHOW("2026-09-25T12:00", "except EHC-20001 statutory abroad --days 14"),
		SAY("2026-09-25T12:00", "except EHC-20001 statutory abroad --until 2026-11-16"),
		{ "2026-09-25T12:00", "?", "EHC-20001", "statutory" },
		LATER("2026-10-26T12:00"),
		SAY("2026-10-26T13:00", "undo 1"),
		{ "2026-10-26T13:00", "?", "EHC-20001", "statutory" },
		LATER("2026-10-26T13:00") },
	  ASKED NAMED
	  "1! \"abroad\" (SEND Regs 2014 reg 8(2)(b)) may move statutory, not \"due-back\".\n"
	  "1! These rules name no exception \"abraod\"; they name abroad.\n"
	  "1! The date (statutory) is 19 Oct 2026; an exception moves it to a later day.\n"
	  "2! say why, with --reason \"...\": it is kept with the case\n"
	  "3| Not done yet: change 1, EHC-20001: except statutory for \"abroad\"|Exception: the child is out of the area for four weeks or more "
	  "(SEND Regs 2014 reg 8(2)(b)).|The date \"statutory\" is now 2 Nov 2026.|The date \"due back\" is now 19 Oct 2026.\n"
	  "0| change 1, EHC-20001: except statutory for \"abroad\"|Exception: the child is out of the area for four weeks or more "
	  "(SEND Regs 2014 reg 8(2)(b)).|The date \"statutory\" is now 16 Nov 2026.|The date \"due back\" is now 2 Nov 2026.\n"
	  "statutory: 16 Nov 2026: exception: the child is out of the area for four weeks or more (SEND Regs 2014 reg 8(2)(b)), applied by "
	  "uid 1 on 25 Sep 2026 with a reason; without it 19 Oct 2026, 6 weeks after request was received on 7 Sep 2026\n"
	  "2026-10-26 remind to officer\n"
	  "0| change 2, EHC-20001: undo change 1 (except statutory for \"abroad\")|exception to statutory is no longer known.|"
	  "The date \"statutory\" is now 19 Oct 2026.|The date \"due back\" is now 5 Oct 2026.|What has become due goes out at once.\n"
	  "statutory: 19 Oct 2026: 6 weeks after request was received on 7 Sep 2026\n"
	  "2026-10-26 escalate to head\n" },
	{ "the manager of the one chased applies it by mail; without a reason it is none", {
		REQUEST, ALLOCATE, GONE,
		{ "2026-09-25T09:00", "head@trust.example", "EHC-20001", "EXCEPTION abroad until 30 November 2026" },
		{ "2026-09-25T09:01", "head@trust.example", "EHC-20001", "EXCEPTION abroad until 30 November 2026: visiting family overseas" },
		{ "2026-09-25T12:00", "?", "EHC-20001", "statutory" },
		STANDS("2026-09-25T12:00", "EHC-20001") },
	  ASKED NAMED "other: echo-refused to head\n" "other: echo to head\n"
	  "statutory: 30 Nov 2026: exception: the child is out of the area for four weeks or more (SEND Regs 2014 reg 8(2)(b)), applied by "
	  "head@trust.example on 25 Sep 2026 with a reason; without it 19 Oct 2026, 6 weeks after request was received on 7 Sep 2026\n"
	  "advice writing 2; statutory 2026-11-30, due-back 2026-11-16; mails 4\n" },
	{ "a reason is asked for", {
		REQUEST,
		{ "2026-09-08T10:00", "!", "close EHC-20001 --yes", NULL } },
	  ASKED "2! say why, with --reason \"...\": it is kept with the case\n" },
};

static struct message *
mail_of(struct post *post, const struct step *step, instant at)
{
	struct message *m = post_mail(post, step->from, step->subject, step->text, at);

	if (strcmp(step->text, "file") == 0) {
		struct document *document = arena_push(post->arena, m->documents, m->document_count);

		*document = (struct document){ .name = "advice.docx", .type = "application/octet-stream",
		    .content_id = "", .text = "", .unreadable = "" };
		snprintf(document->sha256, sizeof(document->sha256), "%064d", 1);
	}
	return m;
}

static void
mail_step(struct post *post, const struct step *step, instant at)
{
	struct arrival arrival = {
		.pack = post->pack, .mailbox = BOX, .trust = "simulate", .message = mail_of(post, step, at), .received = at,
		.spool_name = arena_printf(post->arena, "box.1.%zu", post->mails),
	};
	struct arrived *arrived;
	struct err err = { 0 };

	WELL(store_begin(post->engine.store, &err));
	WELL(engine_mail(&post->engine, post->arena, &arrival, at, &arrived, &err));
	WELL(store_commit(post->engine.store, &err));
	buf_printf(&post->trace, "%s:", arrived->classified->kind == NULL ? "other" : arrived->classified->kind->name);
	post_line_end(post);
}

/* As advicectl would say it: the exit code, then each line. */
static void
command_step(struct post *post, const struct step *step, instant at)
{
	struct live live = { .arena = post->arena, .store = post->engine.store, .engine = &post->engine, .now = at, .who = "uid 1",
	    .file = -1 };
	char *words = arena_strdup(post->arena, step->subject), *argv[16];
	int argc = 0, code;

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	code = live_run(&live, argc, argv);
	buf_printf(&post->trace, "%d", code);
	if (live.errors.len > 0)
		buf_printf(&post->trace, "! %s", buf_text(&live.errors) + strlen("advicectl: "));
	else {
		char *line, *rest = arena_strdup(post->arena, buf_text(&live.out));
		bool gone = false;

		buf_add_str(&post->trace, "| ");
		while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
			if (strncmp(line, "Gone out", 8) == 0) {
				gone = true;
				continue;
			}
			buf_printf(&post->trace, "%s%s%s", *line == ' ' ? "|" : "", gone ? "gone: " : "", line + strspn(line, " "));
		}
		if (code == 0 && post->out.len > 0)
			buf_printf(&post->trace, ":%s", buf_text(&post->out));
		buf_add_char(&post->trace, '\n');
	}
	buf_free(&post->out);
	buf_free(&live.out);
	buf_free(&live.errors);
}

/* A date of the case as it is explained. */
static void
date_said(struct post *post, const struct case_state *state, const char *name)
{
	for (size_t i = 0; i < state->deadline_count; i++)
		if (!state->deadlines[i].superseded && strcmp(state->deadlines[i].name, name) == 0)
			buf_printf(&post->trace, "%s: %s\n", name, state->deadlines[i].derivation);
}

static void
stands_step(struct post *post, const struct step *step)
{
	struct case_state *state;
	struct err err = { 0 };
	int64_t id, into;

	WELL(store_case_by_name(post->engine.store, step->subject, &id, &err));
	WELL(store_case_merged_into(post->engine.store, id, &into, &err));
	WELL(store_case_load(post->engine.store, post->arena, id, &state, &err));
	if (step->text != NULL) {
		date_said(post, state, step->text);
		return;
	}
	for (size_t i = 0; i < state->strand_count; i++)
		buf_printf(&post->trace, "%s%s %s %d", i > 0 ? ", " : "", state->strands[i].name, state->strands[i].stage, state->strands[i].entry);
	for (size_t i = 0; i < state->question_count; i++)
		if (state->questions[i].state == QUESTION_OPEN)
			buf_printf(&post->trace, " asks %s", state->questions[i].name);
	if (state->closed != INSTANT_NONE)
		buf_add_str(&post->trace, "; closed");
	for (size_t i = 0, n = 0; i < post->pack->deadline_count; i++) {
		dayno day = case_deadline_date(state, 0, post->pack->deadlines[i].name);

		if (day != DAY_NONE)
			buf_printf(&post->trace, "%s %s %s", n++ == 0 ? ";" : ",", post->pack->deadlines[i].name, date_iso(post->arena, day));
	}
	buf_printf(&post->trace, "; mails %zu\n", state->mail_count);
}

static void
all_sent(struct post *post, instant at)
{
	struct outbox_row *rows;
	struct err err = { 0 };
	size_t count;

	WELL(store_outbox_due(post->engine.store, post->arena, at, 100, &rows, &count, &err));
	for (size_t i = 0; i < count; i++) {
		rows[i].state = OUTBOX_SENT;
		rows[i].sent = at;
		for (size_t r = 0; r < rows[i].recipient_count; r++)
			rows[i].recipients[r].state = OUTBOX_SENT;
		WELL(store_outbox_put(post->engine.store, &rows[i], &err));
	}
}

static void
test_lives(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t l = 0; l < sizeof(lives) / sizeof(lives[0]); l++) {
		struct post post;

		post_open(&post, "mend");
		post.engine.answers_by_reference = post.hides_asking = true;
		for (size_t i = 0; i < STEPS && lives[l].steps[i].at != NULL; i++) {
			const struct step *step = &lives[l].steps[i];
			instant at = INSTANT_NONE;

			assert_true(instant_parse_iso(step->at, &at));
			if (step->from == NULL)
				post_time_passes(&post, at);
			else if (strcmp(step->from, "!") == 0)
				command_step(&post, step, at);
			else if (strcmp(step->from, "?") == 0)
				stands_step(&post, step);
			else if (strcmp(step->from, "sent") == 0)
				all_sent(&post, at);
			else
				mail_step(&post, step, at);
		}
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
