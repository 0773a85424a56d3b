/*
 * Packs, directories, mails and cases by hand, for the tests of case/: each
 * function makes one thing and adds it.  Everything lives in the arena.
 */
#ifndef TESTS_UNIT_PACK_MAKER_H
#define TESTS_UNIT_PACK_MAKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "case/case.h"
#include "case/classify.h"
#include "rule/read.h"

static inline void
make_check(int rc, const struct err *err, const char *what)
{
	if (rc != 0)
		fail_msg("%s: %s", what, err->text);
}

/* "a|b|c" */
static inline struct strs
make_strs(struct arena *arena, const char *list)
{
	struct strs strs = { 0 };

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, "|");

		strs_add(arena, &strs, arena_strndup(arena, list, len));
		list += len + (list[len] == '|');
	}
	return strs;
}

static inline struct recipients
make_recipients(struct arena *arena, const char *list)
{
	struct strs texts = make_strs(arena, list);
	struct recipients recipients = { 0 };
	struct err err;

	for (size_t i = 0; i < texts.n; i++) {
		struct recipient *recipient = arena_push(arena, recipients.v, recipients.n);

		make_check(recipient_parse(arena, texts.v[i], recipient, &err), &err, texts.v[i]);
	}
	return recipients;
}

static inline struct pattern **
make_patterns(struct arena *arena, const char *list, size_t *count_r)
{
	struct strs texts = make_strs(arena, list);
	struct pattern **patterns = NULL;
	struct err err;

	*count_r = 0;
	for (size_t i = 0; i < texts.n; i++) {
		struct pattern **pattern = arena_push(arena, patterns, *count_r);

		make_check(pattern_compile(arena, texts.v[i], NULL, 0, pattern, &err), &err, texts.v[i]);
	}
	return patterns;
}

static inline struct pack *
make_pack(struct arena *arena, const char *owner, const char *domains)
{
	struct pack *pack = arena_alloc(arena, sizeof(*pack));
	struct err err;

	pack->name = "sample";
	pack->title = "Sample: social care advice";
	pack->owner = owner;
	pack->domains = make_strs(arena, domains);
	pack->reference_shapes = make_strs(arena, "EHC-#####");
	pack->references = make_patterns(arena, "EHC-#####", &pack->reference_count);
	make_check(calendar_load(arena, "config/calendars/england-and-wales.cfg", &pack->calendar, &err),
	    &err, "calendar");
	return pack;
}

static inline struct role *
make_role(struct arena *arena, struct pack *pack, const char *name, enum role_source source,
    const char *what)
{
	struct role *role = arena_push(arena, pack->roles, pack->role_count);

	role->name = name;
	role->source = source;
	if (source == ROLE_ADDRESS || source == ROLE_MAILBOX)
		role->address = what;
	else if (source == ROLE_POST || source == ROLE_ON_CASE)
		role->post = what;
	else if (source == ROLE_INVOLVED)
		role->services = make_strs(arena, what);
	else if (source == ROLE_IS)
		role->is = make_recipients(arena, what);
	return role;
}

/* NULL keys are left out. */
static inline struct kind *
make_kind(struct arena *arena, struct pack *pack, const char *name, const char *from,
    const char *says, const char *attachment)
{
	struct kind *kind = arena_push(arena, pack->kinds, pack->kind_count);

	kind->name = name;
	kind->test.from = make_strs(arena, from);
	kind->test.says = make_patterns(arena, says, &kind->test.says_count);
	kind->test.attachment = make_strs(arena, attachment);
	return kind;
}

static inline void
make_extract(struct arena *arena, struct kind *kind, const char *fact, const char *patterns)
{
	struct extract *extract = arena_push(arena, kind->extracts, kind->extract_count);

	extract->fact = fact;
	extract->patterns = make_patterns(arena, patterns, &extract->pattern_count);
}

static inline struct deadline *
make_deadline(struct arena *arena, struct pack *pack, const char *name, const char *is)
{
	struct deadline *deadline = arena_push(arena, pack->deadlines, pack->deadline_count);
	struct err err;

	deadline->name = name;
	make_check(date_expr_parse(arena, is, &deadline->is, &err), &err, is);
	return deadline;
}

static inline struct strand *
make_strand(struct arena *arena, struct pack *pack, const char *name, const char *begins)
{
	struct strand *strand = arena_push(arena, pack->strands, pack->strand_count);
	struct row *row = arena_push(arena, strand->begins.v, strand->begins.n);

	strand->name = name;
	row->event = ON_KIND;
	row->names = make_strs(arena, begins);
	return strand;
}

static inline struct stage *
make_stage(struct arena *arena, struct strand *strand, const char *name, const char *waits_for,
    const char *due)
{
	struct stage *stage = arena_push(arena, strand->stages, strand->stage_count);

	stage->name = name;
	stage->waits_for = make_recipients(arena, waits_for);
	stage->due = due;
	return stage;
}

/* One test in one condition, named in the pack. */
static inline struct test *
make_test(struct arena *arena, struct pack *pack, const char *name, enum test_kind kind)
{
	struct condition *condition = arena_push(arena, pack->conditions, pack->condition_count);
	struct test *test = arena_push(arena, condition->tests, condition->test_count);

	condition->name = name;
	test->kind = kind;
	return test;
}

static inline struct directory *
make_directory(struct arena *arena, const char *lines)
{
	struct directory *directory = NULL;
	struct buf problems = BUF_INIT;
	const char *csv = arena_printf(arena,
	    "address,name,posts,team,manager,cover,from,until\n%s", lines);

	if (directory_parse(arena, "directory.csv", csv, strlen(csv), &directory, &problems) != 0)
		fail_msg("%s", buf_text(&problems));
	buf_free(&problems);
	return directory;
}

static inline void
make_absence(struct arena *arena, struct directory *directory, const char *address, dayno from,
    dayno until, const char *because)
{
	struct absence *absence = arena_push(arena, directory->absences, directory->absence_count);

	*absence = (struct absence){ address, from, until, because };
}

/* A mail with nothing in it but its sender, subject and text. */
static inline struct message *
make_mail(struct arena *arena, const char *from, const char *subject, const char *text)
{
	struct message *message = arena_alloc(arena, sizeof(*message));
	struct mail_address nobody = { "", "" };

	message->message_id = "1@sender.example";
	message->in_reply_to = message->thread_root = message->original_message_id = "";
	message->from = (struct mail_address){ "", from };
	message->sender = message->forwarded_from = nobody;
	message->subject = message->subject_peeled = subject;
	message->marking = message->calendar_method = message->calendar_answer = "";
	message->date = message->received = INSTANT_NONE;
	message->back_on = DAY_NONE;
	message->new_text = text;
	message->forwarded_text = message->quoted_text = "";
	return message;
}

static inline struct document *
make_document(struct arena *arena, struct message *message, const char *name, const char *text)
{
	struct document *document = arena_push(arena, message->documents, message->document_count);

	document->name = name;
	document->type = document->content_id = document->unreadable = "";
	document->text = text;
	return document;
}

static inline void
make_said(struct arena *arena, struct message *message, enum said_kind kind, const char *value,
    enum text_source source)
{
	struct said *said = arena_push(arena, message->said, message->said_count);

	said->kind = kind;
	said->value = value;
	said->source = source;
}

static inline struct case_state *
make_case(struct arena *arena, const char *reference, instant opened)
{
	struct case_state *state = arena_alloc(arena, sizeof(*state));

	state->id = 7;
	state->reference = reference;
	state->opened = opened;
	state->closed = INSTANT_NONE;
	return state;
}

static inline struct case_strand *
make_case_strand(struct arena *arena, struct case_state *state, const char *name, const char *service,
    const char *stage, instant entered)
{
	struct case_strand *strand = arena_push(arena, state->strands, state->strand_count);

	strand->no = (int)state->strand_count;
	strand->name = name;
	strand->service = service;
	strand->stage = stage;
	strand->entry = 1;
	strand->began = strand->entered = entered;
	strand->chased = "";
	return strand;
}

static inline void
make_case_fact(struct arena *arena, struct case_state *state, int strand, const char *name,
    const char *value)
{
	struct case_fact *fact = arena_push(arena, state->facts, state->fact_count);

	fact->name = name;
	fact->value = value;
	fact->strand = strand;
	fact->who = "";
}

static inline struct case_mail *
make_case_mail(struct arena *arena, struct case_state *state, const char *kind, const char *from,
    instant received)
{
	struct case_mail *mail = arena_push(arena, state->mails, state->mail_count);

	mail->message = (int64_t)state->mail_count;
	mail->kind = kind;
	mail->from = from;
	mail->received = received;
	mail->message_id = "";
	return mail;
}

static inline instant
make_instant(const char *iso)
{
	instant at;

	if (!instant_parse_iso(iso, &at))
		fail_msg("%s is no time", iso);
	return at;
}

static inline dayno
make_day(const char *iso)
{
	dayno day;

	if (!date_parse_iso(iso, &day))
		fail_msg("%s is no day", iso);
	return day;
}

#endif
