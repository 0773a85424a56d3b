/*
 * advicectl explain: what the daemon would make of one mail, and why; changes
 * nothing.  The pack and the given lists are its whole world (design section
 * 10): without a store a mail's case is new or none.
 * Fails: exit 1 with the reason for a mail or a pack that cannot be read.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "case/decide.h"
#include "case/match_mail.h"
#include "ctl/ctl.h"
#include "ctl/explain.h"

#define AROUND_BYTES	40	/* of the text on either side of a fact */
#define AROUND_MAX	400

const char *const explain_facts[] = { "child-name", "date-of-birth", "nhs-number", "upn", "reference", "request-date",
	"due-date", "received", "sender-role", "marking", NULL };

static void
mail_out(void *ctx, const struct letter *letter, instant at)
{
	struct explanation *ex = ctx;
	struct explained_mail *mail = arena_push(ex->scene.arena, ex->mails, ex->mail_count);

	(void)at;
	mail->template = letter->mail->template;
	mail->act = letter->mail->act_name;
	mail->subject = letter->subject;
	mail->mail = letter->mail;
	mail->rule = letter->mail->rule.file == NULL ? NULL : where_text(ex->scene.arena, letter->mail->rule);
}

static void
decided(void *ctx, const struct pack *pack, const struct case_state *state, const struct decision *decision, instant at)
{
	struct explanation *ex = ctx;

	(void)pack;
	(void)at;
	for (size_t i = 0; state != NULL && i < decision->entry_count; i++) {
		const struct case_entry *entry = &decision->entries[i];
		struct explained_move *move = arena_push(ex->scene.arena, ex->moves, ex->move_count);

		move->strand = "";
		for (size_t s = 0; s < state->strand_count; s++)
			if (state->strands[s].no == entry->strand)
				move->strand = state->strands[s].name;
		move->from = case_stage_before(state, entry->strand, entry->entry);
		move->to = entry->stage;
		move->rule = entry->rule;
	}
}

/* Is it an answer or a word of the daemon's own?  Without a store nothing is open: by its form alone. */
static bool
is_command(const struct pack *pack, struct arena *arena, const struct message *message,
    const struct directory *directory)
{
	static const char *const words[] = { "ACK", "EXTEND", "REASSIGN", "HOLD", "RESUME", "DONE", "WHY", "HELP", "STOP" };
	const char *text = message->new_text;
	size_t len = strcspn(text, " \t\r\n:.,");

	if (directory != NULL && directory_find(directory, str_lower(arena, message->from.address)) == NULL)
		return false;
	if (message->notice != NOTICE_NONE || !str_starts_nocase(message->subject, "re:"))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && strncmp(text, words[i], len) == 0)
			return true;
	for (size_t q = 0; q < pack->question_count; q++)
		for (size_t a = 0; a < pack->questions[q].answer_count; a++)
			if (pattern_begins(pack->questions[q].answers[a].pattern, arena, text, NULL, 0, NULL))
				return true;
	return false;
}

/* ---- Facts and where they stand */

const char *
explain_fact(const struct explanation *ex, const char *name)
{
	if (strcmp(name, "sender-role") == 0)
		return ex->arrived->classified->sender_role;
	if (strcmp(name, "marking") == 0)
		return ex->mail.message->marking[0] == '\0' ? NULL : ex->mail.message->marking;
	if (strcmp(name, "received") == 0)
		return date_iso(ex->scene.arena, instant_date(ex->mail.received));
	return classified_fact(ex->arrived->classified, name);
}

static bool
is_inside(const char *text, size_t at)
{
	return ((unsigned char)text[at] & 0xc0) == 0x80;
}

/* The line it stands in, or what of it stands near; where it begins the line, with the line above: its label. */
static const char *
around(struct arena *arena, const char *text, size_t start, size_t length)
{
	size_t end = start + length, from = start, to = end;

	while (from > 0 && start - from < AROUND_BYTES && (text[from - 1] != '\n' || start - from < 2))
		from--;
	while (to - end < AROUND_BYTES && text[to] != '\0' && text[to] != '\n')
		to++;
	while (from > 0 && is_inside(text, from))
		from--;
	while (is_inside(text, to))
		to++;
	return str_visible(arena, str_squeeze(arena, arena_printf(arena, "%s%.*s[%.*s]%.*s%s",
	    from == 0 || text[from - 1] == '\n' ? "" : "... ", (int)(start - from), text + from, (int)length, text + start,
	    (int)(to - end), text + end, text[to] == '\0' || text[to] == '\n' ? "" : " ...")), AROUND_MAX);
}

bool
explain_place(const struct explanation *ex, const char *name, struct explained_place *place)
{
	const struct classified *classified = ex->arrived->classified;
	const struct message *message = ex->mail.message;

	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct found_fact *fact = &classified->facts[i];
		const char *text = message_text(message, fact->source, fact->document);

		if (strcmp(fact->name, name) != 0 || !fact->said)
			continue;
		place->source = text_source_name(fact->source);
		place->document = fact->source == SOURCE_ATTACHMENT_NAME || fact->source == SOURCE_ATTACHMENT_TEXT ?
		    message->documents[fact->document].name : NULL;
		place->around = fact->length == 0 || (size_t)fact->start + fact->length > strlen(text) ? "" :
		    around(ex->scene.arena, text, fact->start, fact->length);
		return true;
	}
	return false;
}

const char *
explain_document(struct arena *arena, const struct document *document)
{
	if (document->unreadable != NULL && document->unreadable[0] != '\0')
		return arena_printf(arena, "not read: %s", document->unreadable);
	if (document->text == NULL || document->text[0] == '\0')
		return "passed on as it is; its text is not read";
	return arena_printf(arena, "its text was read (%zu characters)", strlen(document->text));
}

/* ---- The verdict */

static void
add_values(struct arena *arena, const struct message *message, enum said_kind kind, struct strs *values)
{
	for (size_t i = 0; i < message->said_count; i++)
		if (message->said[i].kind == kind && message->said[i].source <= SOURCE_FORWARDED)
			strs_add_new(arena, values, message->said[i].value);
}

/* What tells several children apart: references, else numbers, names, dates of birth. */
static struct strs
children_of(struct arena *arena, const struct message *message, const struct classified *classified)
{
	static const enum said_kind kinds[] = { SAID_NHS_NUMBER, SAID_UPN, SAID_CHILD_NAME, SAID_DATE_OF_BIRTH };
	struct strs children = { 0 };

	if (!match_several_children(arena, message, classified))
		return children;
	for (size_t i = 0; i < classified->strong_references; i++)
		strs_add(arena, &children, classified->references.v[i]);
	for (size_t i = 0; children.n < 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		children = (struct strs){ 0 };
		add_values(arena, message, kinds[i], &children);
	}
	return children;
}

static struct verdict
verdict_of(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	const struct classified *classified = ex->arrived->classified;
	struct arena *arena = ex->scene.arena;
	bool by_hand = ex->arrived->by_hand, command = classified->kind == NULL && !by_hand &&
	    is_command(ex->scene.pack, arena, message, ex->scene.directory);

	return (struct verdict){
		.kind = command ? "answer" : by_hand ? KIND_BY_HAND : classified->kind == NULL ? "other" : classified->kind->name,
		.notice = command ? "command" : notice_name(message->notice),
		.rule = classified->kind == NULL ? NULL : where_text(arena, classified->kind->where),
		.match = match_kind_name(ex->arrived->matched->kind),
		.reference = classified_fact(classified, "reference"),
		.children = children_of(arena, message, classified),
	};
}

static int
explain_one(struct explanation *ex, const char *path)
{
	struct scene *scene = &ex->scene;
	struct err err = { 0 };
	struct arrival arrival = { .pack = scene->pack, .trust = "simulate", .spool_name = "" };

	if (scene_read_mail(scene, path, instant_date(clock_wall()), &ex->mail, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	if (ex->mail.message == NULL)
		return ctl_fail(1, "%s: could not be read: %s", path, ex->mail.why);
	if (ex->mail.received == INSTANT_NONE)
		ex->mail.received = clock_wall();
	if (scene_receive(scene, &ex->mail, 1, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	arrival.mailbox = scene->mailbox;
	arrival.message = ex->mail.message;
	arrival.received = ex->mail.received;
	arrival.file = ex->mail.file;
	if (store_begin(scene->store, &err) == -1 ||
	    engine_mail(&scene->engine, scene->arena, &arrival, ex->mail.received, &ex->arrived, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	store_rollback(scene->store);
	ex->verdict = verdict_of(ex);
	if (ex->json)
		explain_json(ex);
	else
		explain_print(ex);
	return 0;
}

int
ctl_explain(const struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pack", required_argument, NULL, 'p' }, { "directory", required_argument, NULL, 'd' },
		{ "involvement", required_argument, NULL, 'i' }, { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct explanation ex = { 0 };
	struct scene_options chosen = { 0 };
	int option, code;

	(void)ctl;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': chosen.pack = optarg; break;
		case 'd': chosen.directory = optarg; break;
		case 'i': chosen.involvement = optarg; break;
		case 'j': ex.json = true; break;
		default: return ctl_usage("explain");
		}
	}
	if (chosen.pack == NULL || optind != argc - 1)
		return ctl_usage("explain");
	if ((code = scene_open(&ex.scene, &chosen)) != 0)
		return code;
	ex.scene.engine.desk.on_mail_out = mail_out;
	ex.scene.engine.desk.on_decision = decided;
	code = explain_one(&ex, argv[optind]);
	scene_close(&ex.scene);
	return code;
}
