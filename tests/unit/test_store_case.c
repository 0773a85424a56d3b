/* Cases: what decide() leaves is what a load gives; what falls due; finding them again. */
#include "test_store.h"

#include "base/file.h"

static void
print_strs(struct buf *out, const struct strs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		buf_printf(out, " <%s>", list->v[i]);
}

static void
print_mails(struct buf *out, const struct case_state *s)
{
	size_t i, j;

	for (i = 0; i < s->mail_count; i++) {
		buf_printf(out, "mail %lld %s %d %s %lld %s\n", (long long)s->mails[i].message, s->mails[i].kind,
		    s->mails[i].strand, s->mails[i].from, (long long)s->mails[i].received, s->mails[i].message_id);
		for (j = 0; j < s->mails[i].document_count; j++)
			buf_printf(out, "document %s %s %llu %llu %s %s\n", s->mails[i].documents[j].name,
			    s->mails[i].documents[j].type, (unsigned long long)s->mails[i].documents[j].offset,
			    (unsigned long long)s->mails[i].documents[j].size, s->mails[i].documents[j].sha256,
			    s->mails[i].documents[j].unreadable);
	}
	for (i = 0; i < s->sent_count; i++) {
		buf_printf(out, "sent %lld %s %d %d %s %lld %lld %d", (long long)s->sent[i].outbox,
		    s->sent[i].template, s->sent[i].act, s->sent[i].strand, s->sent[i].message_id,
		    (long long)s->sent[i].at, (long long)s->sent[i].forwarded, s->sent[i].question);
		print_strs(out, &s->sent[i].to);
		buf_add_str(out, " cc");
		print_strs(out, &s->sent[i].cc);
		buf_add_char(out, '\n');
	}
}

static void
print_work(struct buf *out, const struct case_state *s)
{
	size_t i;

	for (i = 0; i < s->deadline_count; i++)
		buf_printf(out, "deadline %d %s %d %d '%s' %d\n", s->deadlines[i].strand, s->deadlines[i].name,
		    s->deadlines[i].date, s->deadlines[i].version, s->deadlines[i].derivation,
		    s->deadlines[i].superseded);
	for (i = 0; i < s->question_count; i++) {
		buf_printf(out, "question %d %d %d %s %lld %d '%s' '%s' %lld", s->questions[i].no,
		    s->questions[i].strand, s->questions[i].entry, s->questions[i].name,
		    (long long)s->questions[i].at, s->questions[i].state, s->questions[i].answer,
		    s->questions[i].answered_by, (long long)s->questions[i].answered_at);
		print_strs(out, &s->questions[i].asked);
		buf_add_str(out, " of");
		print_strs(out, &s->questions[i].of_role);
		buf_add_char(out, '\n');
	}
	for (i = 0; i < s->rung_count; i++)
		buf_printf(out, "rung %d %d %d %s %d %d %d\n", s->rungs[i].strand, s->rungs[i].entry,
		    s->rungs[i].question, s->rungs[i].rung, s->rungs[i].occurrence, s->rungs[i].version,
		    s->rungs[i].collapsed);
}

/* Every field of a case, so that nothing is lost unseen. */
static char *
print_state(struct room *room, const struct case_state *s)
{
	struct buf out = BUF_INIT;
	char *text;
	size_t i;

	buf_printf(&out, "case %lld '%s' %lld %lld %d\n", (long long)s->id, s->reference, (long long)s->opened,
	    (long long)s->closed, s->paused_until > 0);
	for (i = 0; i < s->fact_count; i++)
		buf_printf(&out, "fact %s '%s' %d %d %s %lld %lld %d\n", s->facts[i].name, s->facts[i].value,
		    s->facts[i].strand, s->facts[i].source, s->facts[i].who, (long long)s->facts[i].at,
		    (long long)s->facts[i].message, s->facts[i].superseded);
	for (i = 0; i < s->strand_count; i++)
		buf_printf(&out, "strand %d %s '%s' %s %d %lld %lld %d '%s' %d %lld\n", s->strands[i].no,
		    s->strands[i].name, s->strands[i].service, s->strands[i].stage, s->strands[i].entry,
		    (long long)s->strands[i].began, (long long)s->strands[i].entered, s->strands[i].final,
		    s->strands[i].chased, s->strands[i].held,
		    (long long)s->strands[i].held_at);
	for (i = 0; i < s->entry_count; i++)
		buf_printf(&out, "entry %d %d %s %lld %s\n", s->entries[i].strand, s->entries[i].entry,
		    s->entries[i].stage, (long long)s->entries[i].at, s->entries[i].rule);
	print_work(&out, s);
	print_mails(&out, s);
	text = arena_strdup(room->arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *two_people[] = { "rosalind.achterberg@childrenstrust.example", "dele@childrenstrust.example" };
static const char *one_role[] = { "officer" };

static struct case_fact first_facts[] = {
	{ "child-name", "VAUGHAN-HUGHES, Idris", 0, SOURCE_NEW_TEXT, "senar@birmingham.example", 100, 1, false, 0 },
	{ "date-of-birth", "2015-03-12", 0, SOURCE_NEW_TEXT, "senar@birmingham.example", 100, 1, false, 0 },
	{ "nhs-number", "9434765919", 0, SOURCE_SUBJECT, "senar@birmingham.example", 100, 1, false, 0 },
	{ "worker", "dele@childrenstrust.example", 1, SOURCE_HEADER, "list", INSTANT_NONE, 0, false, 0 },
};
static struct case_fact second_facts[] = {
	{ "nhs-number", "4010232137", 0, SOURCE_QUOTED, "administrator", 200, 0, false, 0 },
	{ "upn", "H801200001001", 1, SOURCE_ATTACHMENT_TEXT, "dele@childrenstrust.example", 200, 1, false, 0 },
};
static struct case_strand first_strands[] = {
	{ 1, "advice", "", "allocating", 1, 100, 100, false, "", false, INSTANT_NONE, false },
	{ 2, "plan", "CSC", "meeting", 1, 100, 100, false, "x@childrenstrust.example", true, 101, false },
};
static struct case_strand second_strands[] = {
	{ 1, "advice", "", "with-worker", 2, 100, 200, true, "", false, INSTANT_NONE, false },
};
static struct case_entry first_entries[] = {
	{ 1, 1, "allocating", 100, "pathway.cfg:88", 0 }, { 2, 1, "meeting", 100, "pathway.cfg:140", 0 },
};
static struct case_entry second_entries[] = { { 1, 2, "with-worker", 200, "pathway.cfg:95", 1 } };
static struct case_deadline first_deadlines[] = {
	{ 0, "statutory", 20823, 1, "4 Jan 2027: six weeks after 23 Nov 2026", false },
	{ 1, "internal", 20809, 1, "21 Dec 2026", false },
};
static struct case_deadline second_deadlines[] = {
	{ 1, "internal", DAY_NONE, 2, "not known any more", false },
};
static struct case_question first_questions[] = {
	{ 1, 1, 1, "which-officer", { two_people, 2 }, 100, QUESTION_OPEN, "", "", INSTANT_NONE, { one_role, 1 } },
};
static struct case_question second_questions[] = {
	{ 1, 1, 1, "which-officer", { two_people, 2 }, 100, QUESTION_ANSWERED, "ALLOCATE",
	    "dele@childrenstrust.example", 199, { one_role, 1 } },
	{ 2, 0, 0, "consent", { two_people, 1 }, 200, QUESTION_OPEN, "", "", INSTANT_NONE, { NULL, 0 } },
};
static struct case_rung first_rungs[] = { { 1, 1, 1, "ask-again", 1, 0, false }, { 1, 1, 1, "ask-again", 2, 0, true } };
static struct case_rung second_rungs[] = { { 1, 2, 0, "two-weeks", 1, 3, false } };

static struct decision
first_decision(void)
{
	return (struct decision){ .opens_case = true, .reference = "EHC-20417",
	    .facts = first_facts, .fact_count = COUNT(first_facts),
	    .strands = first_strands, .strand_count = COUNT(first_strands),
	    .entries = first_entries, .entry_count = COUNT(first_entries),
	    .deadlines = first_deadlines, .deadline_count = COUNT(first_deadlines),
	    .questions = first_questions, .question_count = COUNT(first_questions),
	    .rungs = first_rungs, .rung_count = COUNT(first_rungs), .taken_by = 1, .next_due = MORNING };
}

static struct decision
second_decision(void)
{
	return (struct decision){ .ends_case = true,
	    .facts = second_facts, .fact_count = COUNT(second_facts),
	    .strands = second_strands, .strand_count = COUNT(second_strands),
	    .entries = second_entries, .entry_count = COUNT(second_entries),
	    .deadlines = second_deadlines, .deadline_count = COUNT(second_deadlines),
	    .questions = second_questions, .question_count = COUNT(second_questions),
	    .rungs = second_rungs, .rung_count = COUNT(second_rungs), .next_due = INSTANT_NONE };
}

/* What two decisions and what came and went make of a case. */
static struct case_state *
expected_state(struct room *room, int64_t id, int64_t message, int64_t outbox)
{
	struct case_state *s = arena_alloc(room->arena, sizeof(*s));
	struct case_mail *mail;
	struct case_sent *sent;
	struct document *document;
	size_t i;

	s->id = id;
	s->reference = "EHC-20417";
	s->opened = 100;
	s->closed = 201;
	for (i = 0; i < COUNT(first_facts); i++)
		*arena_push(room->arena, s->facts, s->fact_count) = first_facts[i];
	s->facts[2].superseded = true;
	for (i = 0; i < COUNT(second_facts); i++)
		*arena_push(room->arena, s->facts, s->fact_count) = second_facts[i];
	*arena_push(room->arena, s->strands, s->strand_count) = second_strands[0];
	*arena_push(room->arena, s->strands, s->strand_count) = first_strands[1];
	for (i = 0; i < 2; i++)
		*arena_push(room->arena, s->entries, s->entry_count) = first_entries[i];
	*arena_push(room->arena, s->entries, s->entry_count) = second_entries[0];
	for (i = 0; i < 2; i++)
		*arena_push(room->arena, s->deadlines, s->deadline_count) = first_deadlines[i];
	s->deadlines[1].superseded = true;
	*arena_push(room->arena, s->deadlines, s->deadline_count) = second_deadlines[0];
	for (i = 0; i < 2; i++)
		*arena_push(room->arena, s->questions, s->question_count) = second_questions[i];
	for (i = 0; i < 2; i++)
		*arena_push(room->arena, s->rungs, s->rung_count) = first_rungs[i];
	*arena_push(room->arena, s->rungs, s->rung_count) = second_rungs[0];
	mail = arena_push(room->arena, s->mails, s->mail_count);
	*mail = (struct case_mail){ message, "advice-request", 1, "senar@birmingham.example", MORNING,
	    "request-1@birmingham.example", NULL, 0 };
	document = arena_push(room->arena, mail->documents, mail->document_count);
	*document = (struct document){ .name = "Form B.docx", .type = "application/msword", .offset = 10,
	    .size = 2000, .unreadable = "it is encrypted" };
	(void)memset(document->sha256, 'a', 64);
	sent = arena_push(room->arena, s->sent, s->sent_count);
	*sent = (struct case_sent){ outbox, "request", ACT_FORWARD, 1, { two_people, 1 }, { two_people + 1, 1 },
	    "abc.1@trust.example", 100, message, 1, false };
	return s;
}

static void
put_mail(struct room *room, int64_t message)
{
	struct document documents[2] = {
		{ .name = "logo.png", .type = "image/png", .is_inline = true, .size = 10, .unreadable = "" },
		{ .name = "Form B.docx", .type = "application/msword", .offset = 10, .size = 2000,
		    .unreadable = "it is encrypted" },
	};
	struct message mail = { .message_id = "request-1@birmingham.example", .thread_root = "01d9",
	    .from = { "SENAR", "senar@birmingham.example" }, .documents = documents, .document_count = 2 };

	(void)memset(documents[1].sha256, 'a', 64);
	WELL(store_message_documents(room->store, message, &mail, &room->err));
}

static int64_t
put_outgoing(struct room *room, int64_t case_id, int64_t message)
{
	struct outbox_recipient recipients[] = {
		{ two_people[0], false, OUTBOX_QUEUED, 0, "", 0 }, { two_people[1], true, OUTBOX_QUEUED, 0, "", 0 },
	};
	struct outbox_row row = { .case_id = case_id, .pack = "birmingham", .mailbox = "advice", .act = "forward",
	    .template = "request", .rule = "pathway.cfg:90", .strand = 1, .question = 1, .spool_name = "1.eml",
	    .message_id = "abc.1@trust.example", .subject = "Advice due", .forwarded = message, .decided = 100,
	    .next_try = 100, .sent = INSTANT_NONE, .why = "", .recipients = recipients, .recipient_count = 2 };

	WELL(store_outbox_put(room->store, &row, &room->err));
	return row.id;
}

static void
round_trip(void **state)
{
	struct room *room = *state;
	struct decision first = first_decision(), second = second_decision();
	struct case_state *loaded;
	int64_t id, message, outbox;

	message = room_message(room, "birmingham", "f1", "done");
	put_mail(room, message);
	WELL(store_begin(room->store, &room->err));
	WELL(store_case_new(room->store, "birmingham", 100, &id, &room->err));
	WELL(store_apply(room->store, id, message, &first, 100, &room->err));
	outbox = put_outgoing(room, id, message);
	WELL(store_commit(room->store, &room->err));
	WELL(store_apply(room->store, id, 0, &second, 201, &room->err));
	room_reopen(room);
	WELL(store_case_load(room->store, room->arena, id, &loaded, &room->err));
	assert_string_equal(print_state(room, loaded), print_state(room, expected_state(room, id, message, outbox)));
}

/* ---- What a fleeting store keeps of cases */

static void
same_as_tables(struct room *room, const int64_t *ids, size_t count, int step_no)
{
	for (size_t i = 0; i < count; i++) {
		struct case_state *kept, *anew;
		char *said, *should;

		WELL(store_case_load(room->store, room->arena, ids[i], &kept, &room->err));
		WELL(store_case_load_anew(room->store, room->arena, ids[i], &anew, &room->err));
		said = print_state(room, kept);
		should = print_state(room, anew);
		if (strcmp(said, should) != 0)
			fail_msg("step %d, case %zu: kept is\n%s\nand the tables say\n%s", step_no, i, said, should);
	}
}

/* Whoever loads a case may change what stands in its lists. */
static void
spoil(struct room *room, int64_t id)
{
	struct case_state *loaded;

	WELL(store_case_load(room->store, room->arena, id, &loaded, &room->err));
	if (loaded->fact_count > 0)
		loaded->facts[0].value = "spoilt";
	if (loaded->strand_count > 0)
		loaded->strands[0].stage = "spoilt";
	if (loaded->question_count > 0 && loaded->questions[0].asked.n > 0)
		loaded->questions[0].asked.v[0] = "spoilt";
	strs_add(room->arena, loaded->question_count > 0 ? &loaded->questions[0].asked : &(struct strs){ NULL, 0 }, "spoilt");
	loaded->mail_count = 0;
}

static void
rungs_go(struct room *room, int64_t id, unsigned n)
{
	static const char *const names[] = { "weekly.two", "weekly.one", "always.last" };
	struct case_rung rungs[] = {
		{ 1, (int)(n % 3), 0, names[n % 3], (int)(n / 3 % 5), 1, n % 2 == 0 },
		{ 1, 0, (int)(n % 2), names[n % 2], (int)(n / 2 % 4), 0, n % 5 == 0 },
	};
	struct decision decision = { .rungs = rungs, .rung_count = COUNT(rungs), .next_due = MORNING };

	WELL(store_apply(room->store, id, 0, &decision, 300, &room->err));
}

/* An outbox row of the case that was there before is changed. */
static void
outbox_changes(struct room *room, int64_t id, enum outbox_state to)
{
	struct outbox_row *rows;
	size_t count;

	WELL(store_outbox_of_case(room->store, room->arena, id, &rows, &count, &room->err));
	if (count == 0)
		return;
	rows[0].state = to;
	rows[0].message_id = "another@trust.example";
	WELL(store_outbox_put(room->store, &rows[0], &room->err));
}

/* A mail leaves the case it stands in for another, as when a person says so. */
static void
mail_moves(struct room *room, int64_t message, int64_t to)
{
	struct message_row *row;

	WELL(store_message(room->store, room->arena, message, &row, &room->err));
	row->case_id = to;
	WELL(store_message_put(room->store, row, &room->err));
}

static void
kept_step(struct room *room, const int64_t ids[3], const int64_t messages[3], unsigned what, unsigned n)
{
	struct decision first = first_decision(), second = second_decision();
	struct decision back = { .reopens_case = true, .reference = "EHC-30000", .next_due = INSTANT_NONE };
	int64_t id = ids[n % 3], other = ids[(n + 1) % 3];
	struct pause_row pause = { .scope = arena_printf(room->arena, "case:%lld", (long long)id), .since = 100, .until = MORNING };

	first.rung_count = second.rung_count = 0;
	first.reference = NULL;
	switch (what) {
	case 0: WELL(store_apply(room->store, id, messages[n % 3], &first, 100, &room->err)); break;
	case 1: WELL(store_apply(room->store, id, 0, &second, 201, &room->err)); break;
	case 2: WELL(store_apply(room->store, id, 0, &back, 202, &room->err)); break;
	case 3: put_outgoing(room, id, messages[n % 3]); break;
	case 4: outbox_changes(room, id, n % 4 == 0 ? OUTBOX_DROPPED : OUTBOX_SENT); break;
	case 5: mail_moves(room, messages[n % 3], n % 7 == 0 ? 0 : other); break;
	case 6: put_mail(room, messages[n % 3]); break;
	case 7: WELL(store_pause_put(room->store, &pause, &room->err)); break;
	case 8:
		WELL(store_begin(room->store, &room->err));
		rungs_go(room, id, n);
		put_outgoing(room, id, 0);
		same_as_tables(room, ids, 3, -1);
		store_rollback(room->store);
		break;
	case 9: spoil(room, id); break;
	default: rungs_go(room, id, n); break;
	}
}

static void
kept_is_what_the_tables_say(void **state)
{
	struct room *room = *state;
	int64_t ids[3], messages[3];
	uint32_t random = 20261123;

	WELL(store_fleeting(room->store, &room->err));
	for (int i = 0; i < 3; i++) {
		WELL(store_case_new(room->store, "birmingham", 100, &ids[i], &room->err));
		messages[i] = room_message(room, "birmingham", arena_printf(room->arena, "f%d", i), "done");
		put_mail(room, messages[i]);
	}
	for (int i = 0; i < 600; i++) {
		random = random * 1664525u + 1013904223u;
		kept_step(room, ids, messages, random >> 16 & 15, random >> 8 & 255);
		same_as_tables(room, ids, 3, i);
	}
}

static void
asked_gives(struct room *room, const char *address, instant paused, instant imported)
{
	struct mailbox_row *mailbox;
	instant until, at;

	for (int twice = 0; twice < 2; twice++) {
		WELL(store_mailbox(room->store, room->arena, "box", &mailbox, &room->err));
		WELL(store_paused_until(room->store, "box@trust.example", &until, &room->err));
		WELL(store_imported(room->store, "involvement", &at, &room->err));
		assert_string_equal(mailbox == NULL ? "" : mailbox->address, address);
		if (mailbox != NULL)
			mailbox->address = "spoilt";
		assert_int_equal(until, paused);
		assert_int_equal(at, imported);
	}
}

/* What belongs to no case, and is asked with every event. */
static void
kept_answers_follow_the_tables(void **state)
{
	struct room *room = *state;
	struct mailbox_row box = { .name = "box", .pack = "birmingham", .address = "one@trust.example",
	    .proven = INSTANT_NONE, .trouble = "" };
	struct pause_row pause = { "mailbox:box@trust.example", 100, 500 };
	struct involvement_list list = { 0 };
	bool any;

	WELL(store_fleeting(room->store, &room->err));
	asked_gives(room, "", INSTANT_NONE, INSTANT_NONE);
	WELL(store_mailbox_put(room->store, &box, &room->err));
	asked_gives(room, "one@trust.example", INSTANT_NONE, INSTANT_NONE);
	box.address = "two@trust.example";
	WELL(store_mailbox_put(room->store, &box, &room->err));
	WELL(store_pause_put(room->store, &pause, &room->err));
	WELL(store_import_involvement(room->store, &list, 200, "", &room->err));
	asked_gives(room, "two@trust.example", 500, 200);
	WELL(store_begin(room->store, &room->err));
	WELL(store_pause_end(room->store, pause.scope, 300, &any, &room->err));
	asked_gives(room, "two@trust.example", INSTANT_NONE, 200);
	store_rollback(room->store);
	asked_gives(room, "two@trust.example", 500, 200);
}

static void
no_such_case(void **state)
{
	struct room *room = *state;
	struct case_state *loaded;

	assert_int_equal(store_case_load(room->store, room->arena, 9, &loaded, &room->err), -1);
	assert_int_equal(room->err.scope, ERR_DAEMON);
}

static int64_t
make_case(struct room *room, const char *pack, const char *name, const char *born, const char *reference)
{
	struct case_fact facts[] = {
		{ .name = "child-name", .value = name, .who = "", .at = 1 },
		{ .name = "date-of-birth", .value = born, .who = "", .at = 1 },
		{ .name = "reference", .value = reference, .who = "", .at = 1 },
	};
	struct decision decision = { .facts = facts, .fact_count = 3, .reference = reference,
	    .next_due = INSTANT_NONE };
	int64_t id;

	WELL(store_case_new(room->store, pack, MORNING, &id, &room->err));
	WELL(store_apply(room->store, id, 0, &decision, MORNING, &room->err));
	return id;
}

/* A child with everything a mail may show, in one pack. */
static int64_t
full_case(struct room *room, const char *pack, const char *suffix)
{
	struct decision decision = { .facts = first_facts, .fact_count = COUNT(first_facts),
	    .reference = "EHC-20417", .next_due = INSTANT_NONE };
	struct case_fact old = { .name = "reference", .value = "EHC-11111", .who = "", .at = 1 };
	struct case_fact upn = { .name = "upn", .value = "H801200001001", .strand = 1, .who = "", .at = 1 };
	struct decision more = { .facts = &old, .fact_count = 1, .next_due = INSTANT_NONE };
	struct outbox_row row = { .pack = pack, .mailbox = "m", .act = "ask", .template = "question", .rule = "",
	    .spool_name = "", .subject = "", .why = "", .decided = 1 };
	struct message mail = { .from = { "", "" } };
	int64_t id, message;
	char hash[65];

	WELL(store_case_new(room->store, pack, MORNING, &id, &room->err));
	message = room_message(room, pack, "same", "done");
	mail.message_id = "request-1@birmingham.example";
	mail.thread_root = "01d9aabbccddeeff00112233445566778899aabbccdd";
	WELL(store_message_documents(room->store, message, &mail, &room->err));
	WELL(store_apply(room->store, id, message, &decision, MORNING, &room->err));
	WELL(store_apply(room->store, id, 0, &more, MORNING, &room->err));
	more.facts = &upn;
	WELL(store_apply(room->store, id, 0, &more, MORNING, &room->err));
	row.case_id = id;
	row.message_id = "ours.1@trust.example";
	WELL(store_outbox_put(room->store, &row, &room->err));
	WELL(store_message_id_alias(room->store, row.id, "rewritten@exchange.example", &room->err));
	sha256_hex(suffix, strlen(suffix), hash);
	WELL(store_code_add(room->store, hash, id, 1, &room->err));
	suffix = arena_printf(room->arena, "R%s", suffix);
	sha256_hex(suffix, strlen(suffix), hash);
	WELL(store_mail_code_add(room->store, hash, row.id, &room->err));
	return id;
}

static void
candidates_by_each(void **state)
{
	static const struct { const char *name; enum evidence_kind kind; const char *value; size_t want; } rows[] = {
		{ "our message-id", EVIDENCE_TOKEN, "ours.1@trust.example", 1 },
		{ "alias", EVIDENCE_TOKEN, "rewritten@exchange.example", 1 },
		{ "code", EVIDENCE_TOKEN, "K7QPM2XD", 1 },
		{ "code of another pack", EVIDENCE_TOKEN, "ZZZZZZZZ", 0 },
		{ "code of a reminder", EVIDENCE_TOKEN, "RK7QPM2XD", 1 },
		{ "code of another pack's reminder", EVIDENCE_TOKEN, "RZZZZZZZZ", 0 },
		{ "unknown message-id", EVIDENCE_TOKEN, "ours.2@trust.example", 0 },
		{ "message-id", EVIDENCE_THREAD, "request-1@birmingham.example", 1 },
		{ "thread root", EVIDENCE_THREAD, "01d9aabbccddeeff00112233445566778899aabbccdd", 1 },
		{ "reply to ours", EVIDENCE_THREAD, "ours.1@trust.example", 1 },
		{ "unknown thread", EVIDENCE_THREAD, "01d9", 0 },
		{ "NHS number", EVIDENCE_NHS_NUMBER, "9434765919", 1 },
		{ "another NHS number", EVIDENCE_NHS_NUMBER, "4010232137", 0 },
		{ "UPN told by a strand", EVIDENCE_UPN, "H801200001001", 1 },
		{ "reference", EVIDENCE_REFERENCE, "EHC-20417", 1 },
		{ "reference known as a fact", EVIDENCE_REFERENCE, "EHC-11111", 1 },
		{ "unknown reference", EVIDENCE_REFERENCE, "EHC-2041", 0 },
		{ "name and birth", EVIDENCE_NAME_AND_BIRTH, "%|2015-03-12", 1 },
		{ "name, another birth", EVIDENCE_NAME_AND_BIRTH, "%|2015-03-13", 0 },
		{ "another name", EVIDENCE_NAME_AND_BIRTH, "dylan vaughan hughes|2015-03-12", 0 },
		{ "no name", EVIDENCE_NAME_AND_BIRTH, "|2015-03-12", 0 },
		{ "nothing", EVIDENCE_NHS_NUMBER, "", 0 },
	};
	struct room *room = *state;
	int64_t here = full_case(room, "birmingham", "K7QPM2XD"), there = full_case(room, "leicester", "ZZZZZZZZ");
	const char *folded = str_fold_name(room->arena, "Idris Vaughan-Hughes");
	struct candidate *found;
	struct evidence evidence;
	size_t i, count;

	assert_int_not_equal(here, there);
	for (i = 0; i < COUNT(rows); i++) {
		evidence = (struct evidence){ rows[i].kind, rows[i].value, false };
		if (rows[i].value[0] == '%')
			evidence.value = arena_printf(room->arena, "%s%s", folded, rows[i].value + 1);
		WELL(store_candidates(room->store, room->arena, "birmingham", &evidence, 1, &found, &count, &room->err));
		if (count != rows[i].want || (count == 1 && found[0].case_id != here))
			fail_msg("%s: %zu found, wanted %zu", rows[i].name, count, rows[i].want);
		if (count == 0)
			continue;
		assert_string_equal(found[0].reference, "EHC-20417");
		assert_string_equal(found[0].name, folded);
		assert_int_equal(found[0].born, date_from_civil(2015, 3, 12));
		assert_string_equal(found[0].upn, "H801200001001");
		assert_false(found[0].closed);
		WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
		assert_int_equal(count, 0);
	}
}

/* Its keys for message-ids are of another sort. */
static void
candidates_in_a_fleeting_store(void **state)
{
	struct room *room = *state;

	WELL(store_fleeting(room->store, &room->err));
	candidates_by_each(state);
}

static void
candidates_are_merged(void **state)
{
	struct room *room = *state;
	int64_t one = make_case(room, "durham", "Ada Finch", "2014-05-01", "EHC-00001");
	int64_t two = make_case(room, "durham", "Bea Finch", "2014-05-01", "EHC-00002");
	const struct evidence evidence[] = {
		{ EVIDENCE_REFERENCE, "EHC-00002", true }, { EVIDENCE_REFERENCE, "EHC-00001", true },
		{ EVIDENCE_NAME_AND_BIRTH, "bea finch|2014-05-01", false }, { EVIDENCE_REFERENCE, "EHC-00002", false },
	};
	struct candidate *found;
	size_t count;

	WELL(store_candidates(room->store, room->arena, "durham", evidence, COUNT(evidence), &found, &count, &room->err));
	assert_int_equal(count, 2);
	assert_int_equal(found[0].case_id, two);
	assert_int_equal(found[0].evidence_count, 2);
	assert_int_equal(found[0].evidence[0].kind, EVIDENCE_REFERENCE);
	assert_false(found[0].evidence[0].weak);
	assert_int_equal(found[0].evidence[1].kind, EVIDENCE_NAME_AND_BIRTH);
	assert_int_equal(found[1].case_id, one);
	assert_true(found[1].evidence[0].weak);
}

static size_t
named_in(struct room *room, const char *text)
{
	struct evidence evidence = { EVIDENCE_NAMES, str_fold_name(room->arena, text), false };
	struct candidate *found;
	size_t count;

	WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
	return count;
}

/* Also one whose case is opened, or whose name is put right, after the names have been looked at; in a store opened anew, too. */
static void
children_named_in_a_text(void **state)
{
	struct room *room = *state;
	struct case_fact fact = { .name = "child-name", .value = "Cleo Finch", .who = "", .at = 2 };
	struct decision decision = { .facts = &fact, .fact_count = 1, .next_due = INSTANT_NONE };
	int64_t id;

	id = make_case(room, "durham", "Ada Finch", "2014-05-01", "EHC-00001");
	make_case(room, "durham", "Ada Mary Goldcrest", "2014-05-01", "EHC-00003");
	make_case(room, "leicester", "Dora Finch", "2014-05-01", "EHC-00004");
	assert_int_equal(named_in(room, "about Ada Finch and her friend"), 1);
	assert_int_equal(named_in(room, "Ada Finch's form, and Goldcrest Ada"), 2);
	assert_int_equal(named_in(room, "Ada was there; Dora Finch and Bea Finch too"), 0);
	make_case(room, "durham", "Bea Finch", "2014-05-01", "EHC-00002");
	assert_int_equal(named_in(room, "Ada was there; Dora Finch and Bea Finch too"), 1);
	WELL(store_apply(room->store, id, 0, &decision, 2, &room->err));
	assert_int_equal(named_in(room, "Cleo Finch"), 1);
	assert_int_equal(named_in(room, "Ada Finch"), 0);
	room_reopen(room);
	assert_int_equal(named_in(room, "Cleo Finch, Bea Finch, Ada Goldcrest"), 3);
}

/* Of the sender's own mails, within the time, up to what the asker wants to know. */
static void
questions_about_a_senders_mails(void **state)
{
	struct room *room = *state;
	int64_t mails[5], count;

	for (int i = 0; i < 5; i++) {
		struct message mail = { .from = { .address = i == 3 ? "b@x.example" : "a@x.example" } };
		struct triage_row row = { .pack = "durham", .reason = "?", .rule = "", .state = "open", .at = 1 };

		mails[i] = row.message = room_message(room, "durham", arena_printf(room->arena, "m%d", i), "triage");
		WELL(store_message_documents(room->store, mails[i], &mail, &room->err));
		WELL(store_triage_add(room->store, &row, &room->err));
		row.asked_at = 10 + i;
		row.due = INSTANT_NONE;
		WELL(store_triage_put(room->store, &row, &room->err));
	}
	WELL(store_triage_asked_of(room->store, mails[4], 0, 9, &count, &room->err));
	assert_int_equal(count, 3);
	WELL(store_triage_asked_of(room->store, mails[4], 0, 2, &count, &room->err));
	assert_int_equal(count, 2);
	WELL(store_triage_asked_of(room->store, mails[4], 11, 9, &count, &room->err));
	assert_int_equal(count, 1);
	WELL(store_triage_asked_of(room->store, mails[3], 0, 9, &count, &room->err));
	assert_int_equal(count, 0);
}

/* A corrected or forgotten fact finds nobody any more. */
static void
columns_follow_facts(void **state)
{
	struct room *room = *state;
	int64_t id = full_case(room, "durham", "K7QPM2XD");
	struct case_fact fact = { .name = "nhs-number", .value = "4010232137", .who = "", .at = 2 };
	struct decision decision = { .facts = &fact, .fact_count = 1, .next_due = INSTANT_NONE };
	struct evidence evidence = { EVIDENCE_NHS_NUMBER, "9434765919", false };
	struct candidate *found;
	size_t count;

	WELL(store_apply(room->store, id, 0, &decision, 2, &room->err));
	WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
	assert_int_equal(count, 0);
	evidence.value = "4010232137";
	WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
	assert_int_equal(count, 1);
	fact.superseded = true;
	WELL(store_apply(room->store, id, 0, &decision, 3, &room->err));
	WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
	assert_int_equal(count, 0);
	fact = (struct case_fact){ .name = "upn", .value = "X999999999999", .strand = 1, .who = "", .at = 4 };
	WELL(store_apply(room->store, id, 0, &decision, 4, &room->err));
	evidence = (struct evidence){ EVIDENCE_UPN, "X999999999999", false };
	WELL(store_candidates(room->store, room->arena, "durham", &evidence, 1, &found, &count, &room->err));
	assert_int_equal(count, 0);	/* a strand's mail does not overrule what is known */
}

static void
due_order(void **state)
{
	static const instant dues[] = { 500, 300, INSTANT_NONE, 300, 900 };
	static const int64_t want[] = { 2, 4, 1 };
	struct room *room = *state;
	struct decision decision = { .next_due = INSTANT_NONE };
	int64_t id, *ids;
	size_t i, count;
	instant next;

	WELL(store_next_due(room->store, &next, &room->err));
	assert_true(next == INSTANT_NONE);
	for (i = 0; i < COUNT(dues); i++) {
		WELL(store_case_new(room->store, "durham", 1, &id, &room->err));
		decision.next_due = dues[i];
		WELL(store_apply(room->store, id, 0, &decision, 1, &room->err));
	}
	WELL(store_due(room->store, room->arena, 500, 10, &ids, &count, &room->err));
	assert_int_equal(count, COUNT(want));
	assert_memory_equal(ids, want, sizeof(want));
	WELL(store_due(room->store, room->arena, 500, 2, &ids, &count, &room->err));
	assert_int_equal(count, 2);
	decision.next_due = INSTANT_NONE;
	WELL(store_apply(room->store, 2, 0, &decision, 1, &room->err));
	WELL(store_apply(room->store, 4, 0, &decision, 1, &room->err));
	WELL(store_next_due(room->store, &next, &room->err));
	assert_int_equal(next, 500);
}

static void
names_and_rows(void **state)
{
	static const struct { const char *name; int64_t want; } rows[] = {
		{ "EHC-00001", 1 }, { "2", 2 }, { "case 2", 2 }, { "EHC-00009", 0 }, { "7", 0 }, { "", 0 },
	};
	struct room *room = *state;
	const struct cases_wish open = { 0 }, all = { .closed_too = true };
	struct case_row *cases;
	struct decision end = { .ends_case = true, .next_due = INSTANT_NONE,
	    .strands = first_strands, .strand_count = COUNT(first_strands) };
	struct decision reopen = { .reopens_case = true, .next_due = 77 };
	const char *pack;
	int64_t id;
	size_t i, count;

	(void)make_case(room, "durham", "Ada Finch", "2014-05-01", "EHC-00001");
	(void)make_case(room, "leicester", "Bea Finch", "2014-05-01", "EHC-00002");
	for (i = 0; i < COUNT(rows); i++) {
		WELL(store_case_by_name(room->store, rows[i].name, &id, &room->err));
		if (id != rows[i].want)
			fail_msg("'%s': %lld", rows[i].name, (long long)id);
	}
	WELL(store_case_pack(room->store, room->arena, 2, &pack, &room->err));
	assert_string_equal(pack, "leicester");
	WELL(store_apply(room->store, 2, 0, &end, 50, &room->err));
	WELL(store_cases(room->store, room->arena, &open, &cases, &count, &room->err));
	assert_int_equal(count, 1);
	WELL(store_cases(room->store, room->arena, &all, &cases, &count, &room->err));
	assert_int_equal(count, 2);
	assert_int_equal(cases[1].closed, 50);
	assert_string_equal(cases[1].stages, "advice: allocating, plan (CSC): meeting");
	WELL(store_apply(room->store, 2, 0, &reopen, 60, &room->err));
	WELL(store_cases(room->store, room->arena, &open, &cases, &count, &room->err));
	assert_int_equal(count, 2);
	assert_true(cases[1].closed == INSTANT_NONE);
	assert_int_equal(cases[1].next_due, 77);
}

static void
kept_mails(void **state)
{
	static const char *a_ref[] = { "EHC-00005", "EHC-00006" };
	struct room *room = *state;
	struct strs both = { a_ref, 2 }, one = { a_ref, 1 };
	struct decision decision = { .next_due = INSTANT_NONE };
	int64_t first = room_message(room, "durham", "f1", "kept"), second = room_message(room, "durham", "f2", "kept");
	int64_t done = room_message(room, "durham", "f3", "done"), other = room_message(room, "leicester", "f1", "kept");
	int64_t id, *ids;
	size_t count;

	WELL(store_message_references(room->store, second, &both, &room->err));
	WELL(store_message_references(room->store, first, &both, &room->err));
	WELL(store_message_references(room->store, first, &both, &room->err));
	WELL(store_message_references(room->store, done, &one, &room->err));
	WELL(store_message_references(room->store, other, &one, &room->err));
	WELL(store_messages_kept(room->store, room->arena, "durham", &both, &ids, &count, &room->err));
	assert_int_equal(count, 2);
	assert_int_equal(ids[0], first);
	assert_int_equal(ids[1], second);
	WELL(store_case_new(room->store, "durham", 1, &id, &room->err));
	WELL(store_apply(room->store, id, first, &decision, 1, &room->err));
	WELL(store_messages_kept(room->store, room->arena, "durham", &both, &ids, &count, &room->err));
	assert_int_equal(count, 1);
	assert_int_equal(ids[0], second);
}

/* What is held waits for a person, once, and what an out-of-office tells is known; without a case too. */
static void
held_and_absent(void **state)
{
	struct room *room = *state;
	struct held held = { .reason = "the mail fits two cases", .rule = { "pathway.cfg", 12 } };
	struct absence absence = { "dele@durham.example", 20800, DAY_NONE, "bounce" };
	struct decision decision = { .held = &held, .held_count = 1, .absences = &absence, .absence_count = 1,
	    .next_due = INSTANT_NONE };
	int64_t message = room_message(room, "durham", "f1", "triage");
	struct triage_row *rows;
	struct directory *directory;
	size_t count;

	WELL(store_apply(room->store, 0, message, &decision, 5, &room->err));
	WELL(store_apply(room->store, 0, message, &decision, 6, &room->err));
	WELL(store_triages(room->store, room->arena, true, &rows, &count, &room->err));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].pack, "durham");
	assert_string_equal(rows[0].rule, "pathway.cfg:12");
	assert_int_equal(rows[0].message, message);
	rows[0].state = "settled";
	WELL(store_triage_put(room->store, &rows[0], &room->err));
	WELL(store_triages(room->store, room->arena, true, &rows, &count, &room->err));
	assert_int_equal(count, 0);
	WELL(store_triages(room->store, room->arena, false, &rows, &count, &room->err));
	assert_int_equal(count, 1);
	WELL(store_directory(room->store, room->arena, &directory, &room->err));
	assert_int_equal(directory->absence_count, 1);
	assert_true(directory->absences[0].until == DAY_NONE);
}

/* Known again whatever words the rules now have for it, and in a row of the time before there were any. */
static void
triage_is_known_again(void **state)
{
	static const struct { const char *name, *reason, *known_by; bool same; } rows[] = {
		{ "other words", "A mail (to the worker) is held", "A mail (to-worker) is held", true },
		{ "no words", "A mail (to-worker) is held", NULL, true },
		{ "another matter in the same words", "A mail (with the worker) is held", "A mail (to-senar) is held", false },
	};
	struct room *room = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int reversed = 0; reversed < 2; reversed++) {
			struct triage_row first = { .pack = "durham", .reason = "A mail (with the worker) is held",
			    .known_by = "A mail (to-worker) is held", .rule = "", .at = 5, .template = "", .note = "" }, second = first, *found;

			second.reason = rows[i].reason;
			second.known_by = rows[i].known_by;
			first.message = second.message = room_message(room, "durham", arena_printf(room->arena, "k%zu%d", i, reversed), "triage");
			WELL(store_triage_add(room->store, reversed ? &second : &first, &room->err));
			WELL(store_triage_add(room->store, reversed ? &first : &second, &room->err));
			if ((first.id == second.id) != rows[i].same)
				fail_msg("%s: %lld and %lld", rows[i].name, (long long)first.id, (long long)second.id);
			WELL(store_triage_open(room->store, room->arena, 0, first.message, first.known_by, &found, &room->err));
			assert_non_null(found);
			assert_int_equal(found->id, first.id);
		}
}

/* To whom it was put, when it is looked at again, what its answers mean, and that it is over once it is settled. */
static void
triage_is_kept(void **state)
{
	struct room *room = *state;
	int64_t message = room_message(room, "durham", "f1", "triage"), cases[] = { 7, 5 }, *found, id;
	struct triage_row row = { .message = message, .pack = "durham", .reason = "two cases", .rule = "", .at = 5,
	    .kind = TRIAGE_MAIL, .template = "triage" }, same = { .message = message, .pack = "durham", .reason = "two cases" };
	struct case_rung rungs[] = { { .rung = "question.again", .occurrence = 1 }, { .rung = "question.manager", .occurrence = 2, .collapsed = true } };
	struct case_rung *gone;
	struct triage_row *read, *none;
	const char *sole;
	size_t count;
	instant at;

	WELL(store_triage_add(room->store, &row, &room->err));
	WELL(store_triage_add(room->store, &same, &room->err));
	assert_int_equal(same.id, row.id);
	WELL(store_triage_open(room->store, room->arena, 0, message, "two cases", &read, &room->err));
	assert_int_equal(read->kind, TRIAGE_MAIL);
	assert_int_equal(read->asked.n, 0);
	assert_true(read->due == INSTANT_NONE);
	strs_add(room->arena, &read->asked, "dele@durham.example");
	strs_add(room->arena, &read->asked, "ola@durham.example");
	read->note = "what is said";
	read->asked_at = 6;
	read->due = 100;
	WELL(store_triage_put(room->store, read, &room->err));
	WELL(store_triage_candidates_put(room->store, row.id, cases, 2, &room->err));
	WELL(store_triage_candidates_put(room->store, row.id, cases, 2, &room->err));
	WELL(store_triage_rungs_put(room->store, row.id, rungs, 2, &room->err));
	WELL(store_triage_rungs_put(room->store, row.id, rungs, 2, &room->err));
	WELL(store_triage_code_add(room->store, "aa", row.id, "dele@durham.example", &room->err));
	room_reopen(room);

	WELL(store_triage(room->store, room->arena, row.id, &read, &room->err));
	assert_string_equal(strs_join(room->arena, &read->asked, " "), "dele@durham.example ola@durham.example");
	assert_string_equal(read->note, "what is said");
	assert_int_equal(read->due, 100);
	WELL(store_next_due(room->store, &at, &room->err));
	assert_int_equal(at, 100);
	WELL(store_triages_due(room->store, room->arena, 99, 9, &found, &count, &room->err));
	assert_int_equal(count, 0);
	WELL(store_triages_due(room->store, room->arena, 100, 9, &found, &count, &room->err));
	assert_int_equal(count, 1);
	WELL(store_triage_candidates(room->store, room->arena, row.id, &found, &count, &room->err));
	assert_int_equal(count, 2);
	assert_int_equal(found[0], 7);
	WELL(store_triage_rungs(room->store, room->arena, row.id, &gone, &count, &room->err));
	assert_int_equal(count, 2);
	assert_true(gone[1].collapsed && gone[1].occurrence == 2);
	WELL(store_triage_code_find(room->store, room->arena, "aa", &id, &sole, &room->err));
	assert_int_equal(id, row.id);
	assert_string_equal(sole, "dele@durham.example");
	WELL(store_triage_code_find(room->store, room->arena, "bb", &id, &sole, &room->err));
	assert_int_equal(id, 0);

	read->state = "done";
	read->answer = "2";
	WELL(store_triage_put(room->store, read, &room->err));
	WELL(store_next_due(room->store, &at, &room->err));
	assert_true(at == INSTANT_NONE);
	WELL(store_triage_open(room->store, room->arena, 0, message, "two cases", &none, &room->err));
	assert_null(none);
	WELL(store_triages_of_message(room->store, room->arena, message, &read, &count, &room->err));
	assert_int_equal(count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(triage_is_kept, room_open, room_close),
		cmocka_unit_test_setup_teardown(round_trip, room_open, room_close),
	cmocka_unit_test_setup_teardown(kept_is_what_the_tables_say, room_open, room_close),
		cmocka_unit_test_setup_teardown(kept_answers_follow_the_tables, room_open, room_close),
		cmocka_unit_test_setup_teardown(no_such_case, room_open, room_close),
		cmocka_unit_test_setup_teardown(candidates_by_each, room_open, room_close),
		cmocka_unit_test_setup_teardown(candidates_in_a_fleeting_store, room_open, room_close),
		cmocka_unit_test_setup_teardown(candidates_are_merged, room_open, room_close),
		cmocka_unit_test_setup_teardown(columns_follow_facts, room_open, room_close),
		cmocka_unit_test_setup_teardown(children_named_in_a_text, room_open, room_close),
		cmocka_unit_test_setup_teardown(questions_about_a_senders_mails, room_open, room_close),
		cmocka_unit_test_setup_teardown(due_order, room_open, room_close),
		cmocka_unit_test_setup_teardown(names_and_rows, room_open, room_close),
		cmocka_unit_test_setup_teardown(kept_mails, room_open, room_close),
		cmocka_unit_test_setup_teardown(held_and_absent, room_open, room_close),
		cmocka_unit_test_setup_teardown(triage_is_known_again, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
