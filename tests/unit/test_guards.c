/*
 * Guards and divided strands: one or two mails to the pack "guarded", with the
 * child's lines in the involvement list, and what goes out: to whom, with
 * whose copy, without which files, held for whom.
 */
#include "pack_maker.h"

#include "case/decide.h"

struct entry { const char *service, *worker, *flags; };

struct want_of {
	const char	*name;
	struct entry	 list[3];
	const char	*texts[3];	/* of mails from the requester; one after another, a day apart */
	const char	*want;
};

#define JOINT "joint request\nHealth: Wanda Worker, worker@trust.example\nSchool: Olaf Officer\n"

static const struct want_of rows[] = {
	{ "one strand for each service asked, on one date", { { NULL, NULL, NULL } }, { JOINT, NULL, NULL },
	  "move health asked\nmove education asked\nforward to worker\nforward to officer\n" },
	{ "what is no service of the pack begins nothing", { { NULL, NULL, NULL } },
	  { "joint request\nTel: 0000\nHealth: Wanda Worker\n", NULL, NULL }, "move health asked\nforward to worker\n" },
	{ "somebody nobody knows: the row is held, the other service goes on", { { NULL, NULL, NULL } },
	  { "joint request\nHealth: Nora Nobody\nEducation: Olaf Officer\n", NULL, NULL },
	  "move health asked\nmove education asked\nheld \"adviser\" gives nobody to write to\nask to support\nforward to officer\n" },
	{ "asked again: only the service that is new", { { NULL, NULL, NULL } },
	  { "joint request\nHealth: Wanda Worker\n", "joint request\nHealth: Wanda Worker\nSchool: Olaf Officer\n", NULL },
	  "move health asked\nforward to worker\n|move education asked\nforward to officer\n" },
	{ "ways of writing do not hide each other, and a service without a person is asked for, too", { { NULL, NULL, NULL } },
	  { "joint request\nCAMHS (Wanda Worker)\nand some school advice\n", NULL, NULL },
	  "move health asked\nmove education asked\nheld \"adviser\" gives nobody to write to\nforward to worker\nask to support\n" },
	{ "what stood without a person gets one later", { { NULL, NULL, NULL } },
	  { "joint request\nHealth: Wanda Worker\nand school advice\n", "joint request\nEducation: Olaf Officer\n", NULL },
	  "move health asked\nmove education asked\nheld \"adviser\" gives nobody to write to\nforward to worker\nask to support\n"
	  "|move education asked\nforward to officer\n" },
	{ "two people for one service: the first is asked, and a person hears of it", { { NULL, NULL, NULL } },
	  { "joint request\nHealth: Wanda Worker\nCAMHS: Olaf Officer\n", NULL, NULL },
	  "move health asked\nheld worker@trust.example is asked for health, and a mail names officer@trust.example for it as well. "
	  "Only worker@trust.example is asked; REASSIGN, or a mail of your own to the other, would change that.\n"
	  "forward to worker\nask to support\n" },
	{ "a second request with another person asks nobody: a person decides", { { NULL, NULL, NULL } },
	  { "joint request\nHealth: Wanda Worker\n", "joint request\nHealth: Olaf Officer\n", NULL },
	  "move health asked\nforward to worker\n|held worker@trust.example is asked for health, and a mail names officer@trust.example "
	  "for it as well. Only worker@trust.example is asked; REASSIGN, or a mail of your own to the other, would change that.\n"
	  "triage to support\n" },
	{ "a second request that names some of those asked is joined", { { NULL, NULL, NULL } },
	  { JOINT, "joint request\nSchool: Olaf Officer\n", NULL },
	  "move health asked\nmove education asked\nforward to worker\nforward to officer\n|" },
	{ "what goes only to the one it would be held for needs no release", { { "CSC", "worker@trust.example", "child-protection" } },
	  { "please advise", "for the head", NULL },
	  "move  sorting\nmove  divided\nforward to worker urgent held for head\n|forward to head urgent\n" },
	{ "one for each service that the list names", { { "EH", "cover@trust.example", "" }, { "CSC", "worker@trust.example", "" } },
	  { "please advise", NULL, NULL },
	  "move  sorting\nmove  divided\nmove EH divided\nforward to worker\nforward to cover\n" },
	{ "one service: not divided further", { { "CSC", "worker@trust.example", "" } }, { "please advise", NULL, NULL },
	  "move  sorting\nmove  divided\nforward to worker\n" },
	{ "restricted: nothing is passed on, a person is told", { { "CSC", "worker@trust.example", "restricted" } },
	  { "please advise", NULL, NULL },
	  "move  sorting\nmove  divided\nheld what would be passed on to worker@trust.example is left to be done by hand\nask to head urgent\n" },
	{ "protected: held for a person, and first", { { "CSC", "worker@trust.example", "child-protection" } },
	  { "please advise", NULL, NULL }, "move  sorting\nmove  divided\nforward to worker urgent held for head\n" },
	{ "looked after: a copy of the request", { { "CSC", "worker@trust.example", "looked-after" } },
	  { "please advise", NULL, NULL }, "move  sorting\nmove  divided\nforward to worker cc head\n" },
	{ "two flags at once: the stricter holds", { { "CSC", "worker@trust.example", "looked-after restricted" } },
	  { "please advise", NULL, NULL },
	  "move  sorting\nmove  divided\nheld what would be passed on to worker@trust.example is left to be done by hand\nask to head urgent\n" },
	{ "a file that may go once they agree", { { "CSC", "worker@trust.example", "" } },
	  { "please advise; they agree", NULL, NULL }, "move  sorting\nmove  divided\nforward to worker with all\n" },
};

static struct world
world_of(struct arena *arena, const struct directory *directory, const struct want_of *row)
{
	struct world world = { .directory = directory, .list_is_fresh = true, .mailbox = "box@trust.example", .answers_by_reference = true };
	struct involvement *list = NULL;

	for (size_t i = 0; i < 3 && row->list[i].service != NULL; i++) {
		struct involvement *line = arena_push(arena, list, world.involved_count);

		*line = (struct involvement){ .person_id = "1", .name = "A Child", .nhs_number = "", .upn = "", .open = true,
		    .service = row->list[i].service, .worker = row->list[i].worker, .born = DAY_NONE, .closed_on = DAY_NONE };
		for (const char *flag = row->list[i].flags; *flag != '\0'; flag += strcspn(flag, " "), flag += strspn(flag, " "))
			strs_add(arena, &line->flags, arena_strndup(arena, flag, strcspn(flag, " ")));
	}
	world.involved = list;
	return world;
}

static void
names(struct buf *out, const char *before, const struct strs *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%.*s", i == 0 ? before : ",", (int)strcspn(list->v[i], "@"), list->v[i]);
}

static void
told(struct buf *out, const struct decision *decision, const struct case_state *state)
{
	for (size_t i = 0; i < decision->entry_count; i++)
		for (size_t s = 0; s < state->strand_count; s++)
			if (state->strands[s].no == decision->entries[i].strand)
				buf_printf(out, "move %s %s\n", strcmp(state->strands[s].name, "each") == 0 &&
				    decision->entries[i].strand == 1 ? "" : state->strands[s].service, decision->entries[i].stage);
	for (size_t i = 0; i < decision->held_count; i++)
		if (i == 0 || strcmp(decision->held[i].reason, decision->held[i - 1].reason) != 0)
			buf_printf(out, "held %s\n", decision->held[i].reason);
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];

		buf_add_str(out, mail->act_name);
		names(out, " to ", &mail->to);
		names(out, " cc ", &mail->cc);
		buf_add_str(out, mail->urgent ? " urgent" : "");
		names(out, " held for ", &mail->held_for);
		buf_add_str(out, mail->forward != 0 && mail->leave_out.n == 0 ? " with all" : "");
		buf_add_char(out, '\n');
	}
}

static void
live(struct arena *arena, const struct pack *pack, const struct directory *directory, const struct want_of *row)
{
	struct world world = world_of(arena, directory, row);
	struct case_state *state = make_case(arena, "", make_instant("2026-09-07T09:00"));
	struct buf out = BUF_INIT;

	state->id = 0;
	for (size_t i = 0; i < 3 && row->texts[i] != NULL; i++) {
		instant at = make_instant("2026-09-07T09:12") + (instant)i * 86400;
		struct event event = { .type = EVENT_MAIL, .at = at, .message = (int64_t)i + 1, .authenticated = true };
		struct classified *classified;
		struct decision *decision;
		struct message *mail = make_mail(arena, "senar@senar.example", "EHC-20001", row->texts[i]);

		make_document(arena, mail, "request.pdf", "");
		event.mail = mail;
		classify(arena, pack, directory, mail, at, &classified);
		classify_settle(arena, pack, &world, mail, at, i == 0 ? NULL : state, classified);
		event.classified = classified;
		decide(arena, pack, &world, state, &event, at, &decision);
		if (i > 0)
			buf_add_char(&out, '|');
		told(&out, decision, state);
	}
	if (strcmp(buf_text(&out), row->want) != 0)
		fail_msg("%s:\n%s\nwanted:\n%s", row->name, buf_text(&out), row->want);
	buf_free(&out);
}

static void
test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct problems wrong = { .arena = arena };
		struct buf problems = BUF_INIT;
		struct directory *directory;
		struct pack *pack;
		struct err err;

		pack_read(arena, "tests/data/decide", "config/calendars", "guarded", &pack, &wrong);
		if (problems_errors(&wrong) > 0) {
			problems_print(&wrong, &problems);
			fail_msg("%s", buf_text(&problems));
		}
		assert_int_equal(directory_read(arena, "tests/data/decide/directory.csv", &directory, &problems, &err), 0);
		buf_free(&problems);
		live(arena, pack, directory, &rows[i]);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
