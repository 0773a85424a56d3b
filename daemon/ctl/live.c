/*
 * Live commands: finding the one that is meant, and what all of them share.
 * Run by core or by advicectl.
 * Invariant: a command that fails has changed nothing in the store, and says
 * what to do.
 * Fails: as exit codes, with a sentence in errors.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/commands.h"
#include "ctl/live.h"

static const struct live_command {
	const char	*name;
	int		(*run)(struct live *live, int argc, char **argv);
} live_commands[] = {
	{ "status", live_status },
	{ "board", live_board },
	{ "cases", live_cases },
	{ "case", live_case },
	{ "due", live_due },
	{ "queue", live_queue },
	{ "triage", live_triage },
	{ "quarantine", live_quarantine },
	{ "import", live_import },
	{ "verify", live_verify },
	{ "evidence", live_evidence },
	{ "purge", live_purge },
	{ "legal-hold", live_hold },
	{ "backup", live_backup },
	{ "restored", live_restored },
	{ "resolve", live_resolve },
	{ "rules", live_rules },
	{ "reconcile", live_reconcile },
	{ "adopt", live_adopt },
	{ "readiness", live_readiness },
	{ "correct", live_change },
	{ "detach", live_change },
	{ "merge", live_change },
	{ "move", live_change },
	{ "close", live_change },
	{ "undo", live_change },
	{ "pause", live_change },
	{ "resume", live_change },
	{ "except", live_change },
};
#define COMMANDS	(sizeof(live_commands) / sizeof(live_commands[0]))

bool
live_needs_core(const char *name)
{
	static const char *const deciding[] = { "resolve", "adopt",
	    "correct", "detach", "merge", "move", "close", "undo", "pause", "resume", "except" };

	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++)
		if (strcmp(deciding[i], name) == 0)
			return true;
	return false;
}

static const struct live_command *
live_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(live_commands[i].name, name) == 0)
			return &live_commands[i];
	return NULL;
}

bool
live_is_command(const char *name)
{
	return live_find(name) != NULL;
}

bool
live_word(int *argc, char **argv, const char *word)
{
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], word) == 0) {
			memmove(argv + i, argv + i + 1, (size_t)(*argc - i - 1) * sizeof(*argv));
			(*argc)--;
			return true;
		}
	return false;
}

int
live_words(struct live *live, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			live->json = true;
		else if (strcmp(argv[i], "--colour") == 0)
			live->colour = true;
		else
			argv[kept++] = argv[i];
	}
	return kept;
}

int
live_run(struct live *live, int argc, char **argv)
{
	const struct live_command *command = argc > 0 ? live_find(argv[0]) : NULL;

	if (command == NULL)
		return live_fail(live, 2, "there is no such command; \"advicectl help\" lists them");
	return command->run(live, live_words(live, argc, argv), argv);
}

int
live_fail(struct live *live, int code, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&live->errors, "advicectl: %s\n", text);
	return code;
}

const char *
live_paint(struct live *live, enum paint how, const char *text)
{
	return paint(live->arena, live->colour && !live->json, how, text);
}

int
live_usage(struct live *live, const char *name)
{
	return live_fail(live, 2, "%s", command_usage(live->arena, name));
}

int
live_broken(struct live *live, const struct err *err)
{
	live->broken = true;
	return live_fail(live, 1, "nothing was changed: %s", err->text);
}

int
live_note(struct live *live, const char *detail, int64_t case_id, int64_t outbox, struct err *err)
{
	struct journal_entry entry = {
		.at = live->now, .event = "admin", .case_id = case_id, .outbox = outbox, .rule = "", .detail = detail,
		.who = live->who,
	};

	return store_journal_add(live->store, &entry, err);
}

int
live_told_done(struct live *live, const char *words, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages(live->store, live->arena, true, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strstr(rows[i].reason, words) != NULL && store_triage_done(live->store, rows[i].id, err) == -1)
			return -1;
	return 0;
}

const char *
live_when(struct live *live, instant at)
{
	int minute;

	if (at == INSTANT_NONE)
		return "";
	minute = instant_minute(at);
	return arena_printf(live->arena, "%s %02d:%02d", date_words(live->arena, instant_date(at)), minute / 60, minute % 60);
}

void
live_json_when(struct live *live, const char *name, instant at)
{
	json_str(&live->out, name, at == INSTANT_NONE ? NULL : instant_iso(live->arena, at));
}

const char *
live_case_name(struct live *live, int64_t case_id)
{
	struct case_state *state = NULL;
	struct err err;

	if (case_id == 0)
		return "";
	if (store_case_load(live->store, live->arena, case_id, &state, &err) == -1 || state == NULL)
		return arena_printf(live->arena, "case %lld", (long long)case_id);
	return case_name(live->arena, state);
}
