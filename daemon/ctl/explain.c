/*
 * advicectl explain: what the daemon would make of one mail, and why; changes
 * nothing.  The pack and the given lists are its whole world (design section
 * 10): without a store a mail's case is new or none.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "case/decide.h"
#include "ctl/ctl.h"
#include "ctl/scene.h"

#define NEAR_WORDS_MAX	120	/* a kind may list a hundred phrases: the first few tell */

struct explanation {
	struct scene		 scene;
	struct arrived		*arrived;
	struct strs		 mails;		/* JSON objects, or sentences */
	struct strs		 moves;
	bool			 json;
};

static void
mail_out(void *ctx, const struct letter *letter, instant at)
{
	struct explanation *ex = ctx;
	const struct outgoing *mail = letter->mail;
	struct buf out = BUF_INIT;

	(void)at;
	if (ex->json) {
		json_open(&out, NULL, '{');
		json_str(&out, "template", mail->template);
		json_str(&out, "act", mail->act_name);
		json_strs(&out, "to", &mail->to);
		json_strs(&out, "cc", &mail->cc);
		json_str(&out, "subject", letter->subject);
		json_close(&out, '}');
	} else {
		buf_printf(&out, "%s to %s%s%s: %s", mail->act_name, strs_join(ex->scene.arena, &mail->to, ", "),
		    mail->cc.n > 0 ? ", copy to " : "", strs_join(ex->scene.arena, &mail->cc, ", "), letter->subject);
	}
	strs_add(ex->scene.arena, &ex->mails, arena_strdup(ex->scene.arena, buf_text(&out)));
	buf_free(&out);
}

static void
decided(void *ctx, const struct pack *pack, const struct case_state *state, const struct decision *decision, instant at)
{
	struct explanation *ex = ctx;

	(void)pack;
	(void)at;
	for (size_t i = 0; state != NULL && i < decision->entry_count; i++) {
		const struct case_entry *entry = &decision->entries[i];
		const char *from = case_stage_before(state, entry->strand, entry->entry), *strand = "";
		struct buf out = BUF_INIT;

		for (size_t s = 0; s < state->strand_count; s++)
			if (state->strands[s].no == entry->strand)
				strand = state->strands[s].name;
		if (ex->json) {
			json_open(&out, NULL, '{');
			json_str(&out, "strand", strand);
			json_str(&out, "from", from);
			json_str(&out, "to", entry->stage);
			json_str(&out, "rule", entry->rule);
			json_close(&out, '}');
		} else {
			buf_printf(&out, "%s: %s%s%s (%s)", strand, from == NULL ? "" : from, from == NULL ? "begins at " : " -> ",
			    entry->stage, entry->rule);
		}
		strs_add(ex->scene.arena, &ex->moves, arena_strdup(ex->scene.arena, buf_text(&out)));
		buf_free(&out);
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

static const char *
fact(const struct explanation *ex, const char *name)
{
	return classified_fact(ex->arrived->classified, name);
}

static void
raw_list(struct buf *out, const char *name, const struct strs *items, bool json_items)
{
	if (!json_items) {
		json_strs(out, name, items);
		return;
	}
	json_open(out, name, '[');
	for (size_t i = 0; i < items->n; i++)
		json_raw(out, NULL, items->v[i]);
	json_close(out, ']');
}

static const char *const fact_names[] = { "child-name", "date-of-birth", "nhs-number", "upn", "reference",
	"request-date", "due-date", "received", "sender-role", "marking" };

static const char *
fact_value(const struct explanation *ex, const struct scene_mail *mail, const char *name)
{
	if (strcmp(name, "sender-role") == 0)
		return ex->arrived->classified->sender_role;
	if (strcmp(name, "marking") == 0)
		return mail->message->marking[0] == '\0' ? NULL : mail->message->marking;
	if (strcmp(name, "received") == 0)
		return date_iso(ex->scene.arena, instant_date(mail->received));
	return fact(ex, name);
}

struct verdict {
	const char	*kind, *notice, *rule, *match, *reference;
	struct strs	 attachments;
};

static struct verdict
verdict_of(struct explanation *ex, const struct scene_mail *mail)
{
	const struct message *message = mail->message;
	const struct classified *classified = ex->arrived->classified;
	bool command = classified->kind == NULL &&
	    is_command(ex->scene.pack, ex->scene.arena, message, ex->scene.directory);
	struct verdict verdict = {
		.kind = command ? "answer" : classified->kind == NULL ? "other" : classified->kind->name,
		.notice = command ? "command" : notice_name(message->notice),
		.rule = classified->kind == NULL ? NULL : where_text(ex->scene.arena, classified->kind->where),
		.match = match_kind_name(ex->arrived->matched->kind),
		.reference = fact(ex, "reference"),
	};

	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline)
			strs_add(ex->scene.arena, &verdict.attachments, message->documents[i].name);
	return verdict;
}

static void
print_json(struct explanation *ex, const struct scene_mail *mail)
{
	const struct classified *classified = ex->arrived->classified;
	struct verdict verdict = verdict_of(ex, mail);
	struct buf out = BUF_INIT;

	json_open(&out, NULL, '{');
	json_str(&out, "kind", verdict.kind);
	json_str(&out, "rule", verdict.rule);
	json_str(&out, "notice", verdict.notice);
	json_str(&out, "match", verdict.match);
	json_str(&out, "case", verdict.reference);
	if (classified->references.n > 1)
		json_strs(&out, "cases", &classified->references);
	json_strs(&out, "evidence", &ex->arrived->matched->evidence);
	json_open(&out, "facts", '{');
	for (size_t i = 0; i < sizeof(fact_names) / sizeof(fact_names[0]); i++)
		json_str(&out, fact_names[i], fact_value(ex, mail, fact_names[i]));
	json_close(&out, '}');
	json_str(&out, "subject", mail->message->subject);
	json_str(&out, "from", mail->message->from.address);
	json_str(&out, "new-text", mail->message->new_text);
	json_strs(&out, "attachments", &verdict.attachments);
	raw_list(&out, "mails", &ex->mails, true);
	raw_list(&out, "moves", &ex->moves, true);
	json_strs(&out, "why", &ex->arrived->decision->why);
	json_strs(&out, "remarks", &mail->message->remarks);
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}

static void
print_list(const char *title, const struct strs *items)
{
	if (items->n == 0)
		return;
	printf("%s\n", title);
	for (size_t i = 0; i < items->n; i++)
		printf("  - %s\n", items->v[i]);
}

static void
print_words(struct explanation *ex, const struct scene_mail *mail)
{
	const struct classified *classified = ex->arrived->classified;
	struct verdict verdict = verdict_of(ex, mail);
	struct arena *arena = ex->scene.arena;

	if (ex->scene.directory == NULL)
		printf("(no --directory was given: nobody is known who could be written to)\n");
	printf("Mail       %s\n", mail->file);
	printf("From       %s%s%s\n", mail->message->from.address,
	    classified->sender_role == NULL ? "" : ", known to the rules as ", classified->sender_role == NULL ? "" : classified->sender_role);
	printf("Subject    %s\n", mail->message->subject);
	printf("Received   %s\n", date_words_weekday(arena, instant_date(mail->received)));
	printf("What it is %s%s%s%s\n", verdict.kind, verdict.rule == NULL ? "" : " (", verdict.rule == NULL ? "" : verdict.rule,
	    verdict.rule == NULL ? "" : ")");
	if (mail->message->notice != NOTICE_NONE)
		printf("Automatic  %s\n", verdict.notice);
	printf("Its case   %s%s%s\n", verdict.match, verdict.reference == NULL ? "" : ", ", verdict.reference == NULL ? "" : verdict.reference);
	printf("What it says\n");
	for (size_t i = 0; i < sizeof(fact_names) / sizeof(fact_names[0]); i++)
		if (fact_value(ex, mail, fact_names[i]) != NULL)
			printf("  %-14s %s\n", fact_names[i], fact_value(ex, mail, fact_names[i]));
	print_list("Documents", &verdict.attachments);
	print_list("Evidence for its case", &ex->arrived->matched->evidence);
	print_list("What would happen", &ex->moves);
	print_list("Mails that would go out", &ex->mails);
	print_list("Why", &ex->arrived->decision->why);
	for (size_t i = 0; i < classified->near_count; i++)
		printf("%s  - not \"%s\" (%s): %s\n", i == 0 ? "What it nearly was\n" : "", classified->near_kinds[i].kind->name,
		    where_text(arena, classified->near_kinds[i].kind->where),
		    str_visible(arena, classified->near_kinds[i].why, NEAR_WORDS_MAX));
	print_list("Remarks", &mail->message->remarks);
}

static int
explain_one(struct explanation *ex, const char *path)
{
	struct scene *scene = &ex->scene;
	struct err err = { 0 };
	struct scene_mail mail;
	struct arrival arrival = { .pack = scene->pack, .mailbox = scene_mailbox(scene), .trust = "simulate", .spool_name = "" };

	if (scene_read_mail(scene, path, instant_date(clock_wall()), &mail, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	if (mail.message == NULL)
		return ctl_fail(1, "%s: could not be read: %s", path, mail.why);
	if (mail.received == INSTANT_NONE)
		mail.received = clock_wall();
	arrival.message = mail.message;
	arrival.received = mail.received;
	arrival.file = mail.file;
	if (store_begin(scene->store, &err) == -1 ||
	    engine_mail(&scene->engine, scene->arena, &arrival, mail.received, &ex->arrived, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	store_rollback(scene->store);
	if (ex->json)
		print_json(ex, &mail);
	else
		print_words(ex, &mail);
	return 0;
}

static int
usage(void)
{
	return ctl_fail(2, "usage: advicectl explain --pack PACK [--directory FILE] [--involvement FILE] [--json] MAIL.eml");
}

int
ctl_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pack", required_argument, NULL, 'p' }, { "directory", required_argument, NULL, 'd' },
		{ "involvement", required_argument, NULL, 'i' }, { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct explanation ex = { 0 };
	struct scene_options chosen = { 0 };
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': chosen.pack = optarg; break;
		case 'd': chosen.directory = optarg; break;
		case 'i': chosen.involvement = optarg; break;
		case 'j': ex.json = true; break;
		default: return usage();
		}
	}
	if (chosen.pack == NULL || optind != argc - 1)
		return usage();
	if ((code = scene_open(&ex.scene, &chosen)) != 0)
		return code;
	ex.scene.engine.desk.on_mail_out = mail_out;
	ex.scene.engine.desk.on_decision = decided;
	code = explain_one(&ex, argv[optind]);
	scene_close(&ex.scene);
	return code;
}
