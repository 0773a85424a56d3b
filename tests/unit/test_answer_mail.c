/*
 * Answers by mail as tables: one case in which the officer is asked to check
 * the advice; each row is one mail, and what is said back, to whom, and in
 * which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "case/decide.h"
#include "rule/read.h"

struct trial {
	const char	*from, *text;
	const char	*how;		/* "checks": replies to the question; "writes": to a reminder; "alone": to nothing; and
					   "unproven", "forged", "machine", "often" */
	const char	*want;		/* "stage: template to person" for each mail, kinds of what is held */
	const char	*words;		/* stand in the first mail's note, parted by "|"; NULL */
};

static const struct trial trials[] = {
	/* Who may say it, and how it is typed. */
	{ "officer", "APPROVED", "checks", "returned: forward senar, echo officer", NULL },
	{ "officer", "Dear daemon,\n\nApproved - thanks\n\nOlaf", "checks", "returned: forward senar, echo officer", NULL },
	{ "head", "APPROVED", "checks", "returned: forward senar, echo head", NULL },
	{ "cover", "APPROVED", "checks", "checking: echo-refused cover", "only they, or their manager" },
	{ "worker", "APPROVED", "checks", "checking: echo-refused worker", "put to somebody else" },
	{ "parent@home.example", "APPROVED", "checks", "checking: triage support", "put to somebody else" },
	{ "officer", "APPROVED\nAMEND section 2", "checks", "checking: echo-refused officer", "two answers" },
	{ "officer", "AMEND section 2\nAPPROVED it is not", "checks", "amending: question worker, echo officer", NULL },
	{ "officer", "APPROVED?", "checks", "checking: echo-refused officer", "I did not understand \"APPROVED?\"" },
	{ "officer", "not approved", "checks", "checking: echo-refused officer", "You may answer|AMEND (your words)" },
	{ "officer", "APROVED", "checks", "checking: echo-refused officer", "I did not understand \"APROVED\": did you mean APPROVED?" },
	{ "officer", "Yes", "checks", "checking: echo-refused officer", "I did not understand \"Yes\"|APPROVED" },
	{ "officer", "Thanks", "checks", "checking: echo-refused officer", "I did not understand \"Thanks\"" },
	{ "officer", "APPROVED", "alone", "checking: echo-refused officer", "which question it answers" },
	{ "officer", "Yes", "checks machine", "checking: ", NULL },
	{ "officer", "APROVED", "checks often", "checking: held", NULL },

	/* Proof. */
	{ "officer", "APPROVED", "checks unproven", "checking: triage support, confirm", "Olaf Officer|> APPROVED|CONFIRM" },
	{ "officer", "APPROVED", "checks forged", "checking: triage support, confirm", "the mail server says that it is not" },
	{ "worker", "WHY", "writes unproven", "checking: triage support, confirm", "Wanda Worker" },
	{ "manager", "EXTEND 5 days: leave", "writes unproven", "checking: triage support, confirm", NULL },
	{ "worker", "APPROVED", "checks unproven", "checking: triage support", "put to somebody else" },

	/* WHY and HELP. */
	{ "worker", "WHY", "writes", "checking: why worker", "the rules: Small, Revision 1, in force since 21 Jun 2021|a reminder went to Wanda Worker|"
	  "the step “first” of the standard reminders, which goes at due - 14 days|the case stood here: with worker|the date (internal)|- officer: Olaf Officer" },
	{ "worker", "Why?", "writes", "checking: why worker", NULL },
	{ "manager", "WHY", "writes", "checking: why manager", NULL },
	{ "officer", "WHY", "writes", "checking: echo-refused officer", "not sent to you" },
	{ "parent@home.example", "WHY", "writes", "checking: triage support", NULL },
	{ "worker", "Why was she not asked first?", "writes", "checking: triage support", NULL },
	{ "officer", "help", "checks", "checking: help officer", "APPROVED, or AMEND (your words)|WHY" },
	{ "support", "HELP", "writes", "checking: help support", "STOP" },

	/* Our own words. */
	{ "support", "STOP", "writes", "checking: echo support", "Your answer was understood: STOP.|until 22 Sep 2026, 18:00|RESUME" },
	{ "worker", "STOP", "writes", "checking: echo-refused worker", "not yours to say" },
	{ "support", "Stop sending these to the old address, please", "writes", "checking: triage support", NULL },
	{ "worker", "DONE", "writes", "checking: echo-refused worker", "DONE is not yours to say here" },
	{ "worker", "Thank you", "writes", "checking: echo-refused worker", "You may say" },
};

struct life {
	struct arena		*arena;
	struct pack		*pack;
	struct directory	*directory;
	struct world		 world;
	struct case_state	*state;
	int64_t			 message;
};

static const char *
address_of(struct arena *arena, const char *name)
{
	return strchr(name, '@') != NULL ? name : strcmp(name, "senar") == 0 ? "senar@senar.example" :
	    arena_printf(arena, "%s@trust.example", name);
}

static struct message *
mail_of(struct life *life, const char *from, const char *text, const char *file, instant at)
{
	struct message *m = arena_alloc(life->arena, sizeof(*m));

	m->message_id = arena_printf(life->arena, "%lld@test", (long long)++life->message);
	m->in_reply_to = m->thread_root = m->marking = m->forwarded_text = m->quoted_text = m->original_message_id = "";
	m->calendar_method = m->calendar_answer = "";
	m->forwarded_from = m->sender = (struct mail_address){ "", "" };
	m->from = (struct mail_address){ "", address_of(life->arena, from) };
	m->subject = m->subject_peeled = "EHC-20001";
	m->new_text = text;
	m->date = m->received = at;
	m->back_on = DAY_NONE;
	if (file != NULL)
		*arena_push(life->arena, m->documents, m->document_count) = (struct document){
			.name = file, .type = "application/octet-stream", .content_id = "", .text = "", .unreadable = "",
		};
	return m;
}

static struct decision *
decided(struct life *life, struct event *event, struct message *m)
{
	struct classified *classified;
	struct decision *decision;

	event->type = EVENT_MAIL;
	event->mail = m;
	event->message = life->message;
	event->at = m->received;
	classify(life->arena, life->pack, life->directory, m, m->received, &classified);
	classify_settle(life->arena, life->pack, &life->world, m, m->received, life->state->strand_count == 0 ? NULL : life->state, classified);
	event->classified = classified;
	decide(life->arena, life->pack, &life->world, life->state, event, m->received, &decision);
	return decision;
}

static void
happens(struct life *life, const char *at, const char *from, const char *text, const char *file, int question)
{
	struct event event = { .authenticated = true, .question = question };
	instant when = INSTANT_NONE;

	assert_true(instant_parse_iso(at, &when));
	decided(life, &event, mail_of(life, from, text, file, when));
}

static void
begin(struct life *life)
{
	static struct involvement row;
	struct buf problems = BUF_INIT;
	struct problems wrong;
	struct err err;

	memset(life, 0, sizeof(*life));
	life->arena = arena_new();
	wrong = (struct problems){ .arena = life->arena };
	pack_read(life->arena, "tests/data/decide", "config/calendars", "small", &life->pack, &wrong);
	assert_int_equal(problems_errors(&wrong), 0);
	assert_int_equal(directory_read(life->arena, "tests/data/decide/directory.csv", &life->directory, &problems, &err), 0);
	buf_free(&problems);
	row = (struct involvement){ .person_id = "1", .name = "A Child", .nhs_number = "", .upn = "", .service = "CSC",
	    .worker = "worker@trust.example", .open = true, .born = DAY_NONE, .closed_on = DAY_NONE };
	life->world = (struct world){ .directory = life->directory, .involved = &row, .involved_count = 1, .list_is_fresh = true,
	    .mailbox = "box@trust.example" };
	life->state = arena_alloc(life->arena, sizeof(*life->state));
	life->state->reference = "";
	life->state->closed = INSTANT_NONE;
	happens(life, "2026-09-07T09:12", "senar", "please advise", NULL, 0);
	happens(life, "2026-09-08T10:00", "head", "ALLOCATE Olaf Officer", NULL, 2);
	happens(life, "2026-09-18T10:00", "worker", "here it is", "advice.docx", 0);
}

/* The reminder to which those who "write" reply. */
static const struct case_sent *
reminder(struct life *life)
{
	struct case_sent *sent = arena_alloc(life->arena, sizeof(*sent));

	*sent = (struct case_sent){ .outbox = 7, .template = "remind", .act = ACT_REMIND, .strand = 1, .message_id = "m.1@box" };
	instant_parse_iso("2026-09-17T08:30", &sent->at);
	strs_add(life->arena, &sent->to, "worker@trust.example");
	return sent;
}

static const char *
place_of_rung(struct life *life)
{
	for (size_t i = 0; i < life->pack->ladder_count; i++)
		if (strcmp(life->pack->ladders[i].name, "standard") == 0)
			return where_text(life->arena, life->pack->ladders[i].rungs.v[0].where);
	return "";
}

static const char *
told(struct life *life, const struct decision *decision)
{
	struct strs all = { NULL, 0 };

	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];

		strs_add(life->arena, &all, arena_printf(life->arena, "%s %.*s", mail->template,
		    (int)strcspn(mail->to.v[0], "@"), mail->to.v[0]));
	}
	for (size_t i = 0; i < decision->held_count; i++)
		if (decision->held[i].kind != TRIAGE_MAIL)
			strs_add(life->arena, &all, decision->held[i].kind == TRIAGE_ANSWER ? "confirm" : "held");
	return arena_printf(life->arena, "%s: %s", life->state->strands[0].stage, strs_join(life->arena, &all, ", "));
}

static bool
has_words(struct arena *arena, const char *note, const char *words)
{
	while (words != NULL && *words != '\0') {
		size_t len = strcspn(words, "|");

		if (note == NULL || strstr(note, arena_strndup(arena, words, len)) == NULL)
			return false;
		words += len + (words[len] == '|');
	}
	return true;
}

static void
test_trials(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		const struct trial *t = &trials[i];
		struct life life;
		struct decision *decision;
		struct message *m;
		struct event event = { 0 };
		const char *got, *note;
		instant at;

		begin(&life);
		assert_true(instant_parse_iso("2026-09-21T10:00", &at));
		for (int n = 0; strstr(t->how, "often") != NULL && n < 6; n++)
			happens(&life, "2026-09-21T09:00", t->from, "APROVED", NULL, 3);
		m = mail_of(&life, t->from, t->text, NULL, at);
		if (strstr(t->how, "machine") != NULL)
			*arena_push(life.arena, m->headers, m->header_count) = (struct mail_header){ "Auto-Submitted", "auto-generated" };
		event.forged = strstr(t->how, "forged") != NULL;
		event.authenticated = !event.forged && strstr(t->how, "unproven") == NULL;
		event.question = strstr(t->how, "checks") != NULL ? 3 : 0;
		if (strstr(t->how, "writes") != NULL) {
			event.about = reminder(&life);
			event.about_outbox = 7;
			event.about_act = "remind";
			event.about_rule = place_of_rung(&life);
		}
		decision = decided(&life, &event, m);
		got = told(&life, decision);
		note = decision->mail_count > 0 ? decision->mails[0].note : NULL;
		if (strcmp(got, t->want) != 0 || !has_words(life.arena, note, t->words)) {
			fprintf(stderr, "%s, \"%s\" (%s):\n  wanted %s\n  got    %s\n  note   %s\n", t->from, t->text, t->how, t->want, got,
			    note == NULL ? "" : note);
			failed++;
		}
		arena_free(&life.arena);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_trials) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
