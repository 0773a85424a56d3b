/*
 * The journal's codes as sentences: what came, what was decided for it, what
 * became of it.  Reads only what it is given.
 * Invariant: a code that is not known is shown as it is, never left out.  A
 * row that says "a mail was decided" is matched with the mails of that moment
 * in their order, since the journal is written before a mail has its number.
 * Fails: never.
 */
#include <string.h>

#include "base/file.h"
#include "ctl/why_words.h"
#include "rule/words.h"

const char *
live_called(struct live *live, const char *pack, const char *name)
{
	return pack_called(live->engine == NULL ? NULL : engine_pack(live->engine, pack), live->arena, name);
}

const char *
live_called_both(struct live *live, const char *pack, const char *name)
{
	const struct pack *rules = live->engine == NULL ? NULL : engine_pack(live->engine, pack);

	return rules == NULL || !pack_has_words(rules, name) ? name :
	    arena_printf(live->arena, "%s (%s)", live_called(live, pack, name), name);
}

const char *
why_who(struct arena *arena, const char *who)
{
	return !str_starts(who, "uid ") ? who : arena_printf(arena, "an administrator (user %s of the machine)", who + strlen("uid "));
}

void
why_begin(struct why *why, struct live *live, const char *pack, const struct case_state *state, struct outbox_row *out,
    size_t out_count, struct change_row *changes, size_t change_count)
{
	*why = (struct why){ live, pack, state, out, out_count, changes, change_count, NULL };
	why->told = arena_alloc(live->arena, (out_count + 1) * sizeof(*why->told));
	memset(why->told, 0, (out_count + 1) * sizeof(*why->told));
}

static const char *
called(struct why *why, const char *name)
{
	return live_called(why->live, why->pack, name);
}

/* The first n words of a code; *rest_r: what stands behind them. */
static const char *
word(struct why *why, const char *code, const char **rest_r)
{
	size_t len = strcspn(code, " ");

	*rest_r = code + len + strspn(code + len, " ");
	return arena_strndup(why->live->arena, code, len);
}

/* ---- What came */

static const char *
sender_of(const struct why *why, int64_t message)
{
	for (size_t i = 0; i < why->state->mail_count; i++)
		if (why->state->mails[i].message == message)
			return why->state->mails[i].from;
	return "";
}

static const char *
mail_words(struct why *why, const struct journal_entry *entry)
{
	struct arena *arena = why->live->arena;
	const char *from = sender_of(why, entry->message), *code = entry->detail;
	const char *mail = arena_printf(arena, "Mail %lld%s%s", (long long)entry->message, from[0] == '\0' ? "" : " from ", from);

	if (strcmp(code, "none") == 0)
		return arena_printf(arena, "%s came: an answer, or of no kind that the rules name.", mail);
	if (strcmp(code, KIND_BY_HAND) == 0)
		return arena_printf(arena, "Mail %lld was sent by hand from the mailbox.", (long long)entry->message);
	if (strcmp(code, "ACK") == 0 || strcmp(code, "answer") == 0)
		return arena_printf(arena, "%s acknowledged what was asked.", mail);
	if (strcmp(code, "bounce") == 0 || strcmp(code, "delay") == 0)
		return arena_printf(arena, "%s came: a mail of ours %s.", mail, code[0] == 'b' ? "was not delivered" : "takes long");
	return arena_printf(arena, "%s came: %s.", mail, called(why, code));
}

/* ---- What was decided */

static const char *
strand_words(struct why *why, int no)
{
	for (size_t i = 0; i < why->state->strand_count; i++) {
		const struct case_strand *strand = &why->state->strands[i];

		if (strand->no == no)
			return strand->service[0] == '\0' ? called(why, strand->name) :
			    arena_printf(why->live->arena, "%s (%s)", called(why, strand->name), called(why, strand->service));
	}
	return "the case";
}

/* "strand 1 to with-worker" */
static const char *
move_words(struct why *why, const char *code)
{
	const char *stage = strstr(code, " to ");
	long no;

	if (!str_starts(code, "strand ") || stage == NULL ||
	    !str_number(arena_strndup(why->live->arena, code + strlen("strand "), (size_t)(stage - code) - strlen("strand ")), 0,
	    INT32_MAX, &no))
		return code;
	return words_sentence(why->live->arena, arena_printf(why->live->arena, "%s now stands here: %s.", strand_words(why, (int)no),
	    live_called_both(why->live, why->pack, stage + strlen(" to "))));
}

/* "statutory version 2: 2026-10-26" */
static const char *
deadline_words(struct why *why, const char *code)
{
	struct arena *arena = why->live->arena;
	const char *version = strstr(code, " version "), *date = version == NULL ? NULL : strstr(version, ": ");
	const char *name;
	dayno day;

	if (date == NULL)
		return code;
	name = called(why, arena_strndup(arena, code, (size_t)(version - code)));
	if (!date_parse_iso(date + 2, &day))
		return arena_printf(arena, "The date (%s) is not known any more.", name);
	return arena_printf(arena, "The date (%s) is %s%s.", name, str_starts(version, " version 1:") ? "" : "now ",
	    date_words_weekday(arena, day));
}

/* "2 which-officer ALLOCATE" */
static const char *
question_words(struct why *why, const char *code)
{
	struct arena *arena = why->live->arena;
	const char *rest, *name, *state;

	word(why, code, &rest);
	name = called(why, word(why, rest, &state));
	if (strcmp(state, "open") == 0)
		return arena_printf(arena, "A question was put: %s.", name);
	if (strcmp(state, "withdrawn") == 0)
		return arena_printf(arena, "The question (%s) is no longer put.", name);
	return arena_printf(arena, "The question (%s) was answered: %s.", name, state);
}

/* ---- Our mails */

static const char *
sort_of_act(const char *act)
{
	static const struct { const char *act, *words; } sorts[] = {
		{ "forward", "passed on" }, { "ask", "a question" }, { "remind", "a reminder" }, { "escalate", "raised, since it is late" },
		{ "reply", "an answer" }, { "echo", "what was understood of an answer" },
		{ "triage", "put to a person" }, { "digest", "a list" },
	};

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (strcmp(sorts[i].act, act) == 0)
			return sorts[i].words;
	return "sent";
}

static struct outbox_row *
mail_meant(struct why *why, instant at, const char *act, const char *template)
{
	for (size_t i = 0; i < why->out_count; i++) {
		struct outbox_row *row = &why->out[i];

		if (why->told[i] || row->decided != at || strcmp(row->template, template) != 0 || strcmp(row->act, act) != 0)
			continue;
		why->told[i] = true;
		return row;
	}
	return NULL;
}

static const char *
recipients_words(struct arena *arena, const struct outbox_row *row)
{
	struct strs to = { NULL, 0 }, cc = { NULL, 0 };

	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(arena, row->recipients[i].cc ? &cc : &to, row->recipients[i].address);
	return arena_printf(arena, "%s%s%s", strs_join(arena, &to, ", "), cc.n == 0 ? "" : ", copy to ", strs_join(arena, &cc, ", "));
}

/* "forward request-to-worker to 3" */
static const char *
out_words(struct why *why, const struct journal_entry *entry, int64_t *outbox_r)
{
	struct arena *arena = why->live->arena;
	const char *rest, *count, *act = word(why, entry->detail, &rest), *template = word(why, rest, &count), *sort = sort_of_act(act);
	const char *what = strcmp(act, template) == 0 ? "" : arena_printf(arena, " (%s)", called(why, template));
	struct outbox_row *row = mail_meant(why, entry->at, act, template);

	if (row == NULL)
		return arena_printf(arena, "A mail was decided: %s%s, %s.", sort, what, strcmp(count, "to 1") == 0 ? "to 1 person" :
		    arena_printf(arena, "%s people", count));
	*outbox_r = row->id;
	return arena_printf(arena, "Out %lld: %s%s, to %s.", (long long)row->id, sort, what, recipients_words(arena, row));
}

/* "standard.first occurrence 2", "stage.late occurrence 1" */
static const char *
rung_words(struct why *why, const struct journal_entry *entry)
{
	struct arena *arena = why->live->arena;
	const char *times = strstr(entry->detail, " occurrence ");
	const char *key = times == NULL ? entry->detail : arena_strndup(arena, entry->detail, (size_t)(times - entry->detail));
	const char *dot = strrchr(key, '.'), *name = called(why, dot == NULL ? key : dot + 1);
	const char *ladder = dot == NULL ? "" : arena_printf(arena, " of the reminders “%s”",
	    called(why, arena_strndup(arena, key, (size_t)(dot - key))));
	const char *nth = times == NULL || strcmp(times, " occurrence 1") == 0 ? "" :
	    arena_printf(arena, ", time %s", times + strlen(" occurrence "));

	if (strchr(key, ' ') != NULL)		/* no rung of a ladder: "once ...", "copied to ..." */
		return arena_printf(arena, "It is noted that this was done, so that it is done once only.");
	return arena_printf(arena, strcmp(entry->event, "rung-missed") == 0 ?
	    "The step “%s”%s had been missed; it did not go by itself, a later one says so%s." :
	    "That was the step “%s”%s%s.", name, ladder, nth);
}

/* ---- What became of them */

static const char *
became_words(struct why *why, const struct journal_entry *entry, const char *what)
{
	static const struct { const char *code, *words; } states[] = {
		{ "sent", "the mail server took it" }, { "retry", "the mail server put it off; it is tried again" },
		{ "failed", "the mail server refused it" }, { "unknown", "it is not known whether the mail server took it" },
		{ "held", "it is held until a person lets it go" }, { "dropped", "it is not sent" },
		{ "review", "it waits for somebody to look at it" },
		{ "shadow", "in shadow it is not sent" }, { "storm", "it is held, since too much was about to go at once" },
		{ "gathered", "it waits to go together with others" }, { "joined", "it went as a part of another mail" },
		{ "outgoing", "it is held until a person lets it go" }, { "queued", "it waits for its turn" },
	};
	const char *words = entry->detail;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].code, entry->detail) == 0)
			words = states[i].words;
	return arena_printf(why->live->arena, "Out %lld: %s%s.", (long long)entry->outbox, what, words);
}

/* ---- What people at the machine did */

static const char *
change_words(struct why *why, const struct journal_entry *entry)
{
	struct arena *arena = why->live->arena;
	const char *number = strstr(entry->detail, "change "), *by = why_who(arena, entry->who);
	long id;

	if (number != NULL && str_number(arena_strndup(arena, number + strlen("change "), 
	    strspn(number + strlen("change "), "0123456789")), 1, INT32_MAX, &id))
		for (size_t i = 0; i < why->change_count; i++)
			if (why->changes[i].id == id)
				return arena_printf(arena, "Change %ld, by %s: %s.", id, by, why->changes[i].what);
	return arena_printf(arena, "By %s: %.*s.", by, (int)strcspn(entry->detail, ","), entry->detail);
}

static const char *
again_words(struct why *why, const struct journal_entry *entry)
{
	return arena_printf(why->live->arena, "Mail %lld was decided anew, as %s said.", (long long)entry->message,
	    str_starts(entry->who, "person ") ? "a person" : why_who(why->live->arena, entry->who));
}

static const char *
settled_words(struct why *why, const struct journal_entry *entry)
{
	const char *said = strcmp(entry->detail, "case") == 0 || strcmp(entry->detail, "number") == 0 ?
	    "it belongs to a case" : entry->detail;

	return arena_printf(why->live->arena, "What waited for a person was settled: %s.", said);
}

const char *
why_sentence(struct why *why, const struct journal_entry *entry, int64_t *outbox_r)
{
	struct arena *arena = why->live->arena;
	const char *event = entry->event, *detail = entry->detail;

	*outbox_r = entry->outbox;
	if (strcmp(event, "mail") == 0)
		return mail_words(why, entry);
	if (strcmp(event, "timer") == 0)
		return "A date or a reminder fell due.";
	if (strcmp(event, "changed") == 0)
		return arena_printf(arena, "What the lists say changed%s%s.", detail[0] == '\0' ? "" : ": ", called(why, detail));
	if (strcmp(event, "undelivered") == 0)
		return "A mail of ours reached nobody.";
	if (strcmp(event, "admin") == 0)
		return change_words(why, entry);
	if (strcmp(event, "move") == 0)
		return move_words(why, detail);
	if (strcmp(event, "deadline") == 0)
		return deadline_words(why, detail);
	if (strcmp(event, "question") == 0)
		return question_words(why, detail);
	if (strcmp(event, "mail-out") == 0)
		return out_words(why, entry, outbox_r);
	if (strcmp(event, "rung") == 0 || strcmp(event, "rung-missed") == 0)
		return rung_words(why, entry);
	if (strcmp(event, "held") == 0 && entry->outbox == 0)
		return "Something in it was left for a person to decide.";
	if (strcmp(event, "triage") == 0)
		return settled_words(why, entry);
	if (strcmp(event, "again") == 0)
		return again_words(why, entry);
	if (strcmp(event, "called off") == 0)
		return became_words(why, entry, "it is not sent, since ");
	if (entry->outbox != 0)
		return became_words(why, entry, "");
	return arena_printf(arena, "%s: %s.", event, detail);
}
