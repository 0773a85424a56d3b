/*
 * What waits for a person: putting it to the mailbox owner, reading what they
 * answer, and the mails about it.  What an answer makes happen is the
 * engine's.  Runs wherever decide() does; pure.
 * Invariant (promise never-guess): an answer is one of the words allowed, alone
 * or with a mark behind it; anything else changes nothing.
 * Fails: never.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "case/triage.h"
#include "case/turn.h"

#define NAME_MAX_LENGTH	40	/* of a case, in an answer */

/* ---- The answers */

static const struct word {
	const char	*text;
	enum triage_word word;
	unsigned	 kinds;
} words[] = {
#define KIND(name)	(1u << TRIAGE_ ## name)
	{ "RELEASE", TRIAGE_SAID_RELEASE, KIND(FORM) | KIND(OUTGOING) },
	{ "DROP", TRIAGE_SAID_DROP, KIND(OUTGOING) },
	{ "CONFIRM", TRIAGE_SAID_CONFIRM, KIND(ANSWER) },
	{ "REFUSE", TRIAGE_SAID_REFUSE, KIND(ANSWER) },
	{ "AGAIN", TRIAGE_SAID_AGAIN, KIND(ROW) },
	{ "NEW", TRIAGE_SAID_NEW, KIND(MAIL) | KIND(FORM) },
	{ "NOT A CASE", TRIAGE_SAID_NO_CASE, KIND(MAIL) | KIND(FORM) },
	{ "DONE", TRIAGE_SAID_DONE, ~0u },
};
#define WORDS	(sizeof(words) / sizeof(words[0]))

static bool
takes_cases(enum triage_kind kind)
{
	return kind == TRIAGE_MAIL || kind == TRIAGE_FORM;
}

struct strs
triage_answers(struct arena *arena, enum triage_kind kind, size_t candidates, bool begins)
{
	struct strs answers = { NULL, 0 };

	for (size_t i = 0; takes_cases(kind) && i < candidates; i++)
		strs_add(arena, &answers, arena_printf(arena, "%zu", i + 1));
	for (size_t i = 0; i < WORDS; i++)
		if ((words[i].kinds >> kind & 1) != 0 && (begins || words[i].word != TRIAGE_SAID_NEW))
			strs_add(arena, &answers, words[i].text);
	return answers;
}

/* ---- Reading one */

static char *
first_line(struct arena *arena, const char *text)
{
	char *line;

	text += strspn(text, " \t\r\n\"'*\xc2\xa0");
	line = arena_strndup(arena, text, strcspn(text, "\r\n"));
	return str_squeeze(arena, line);
}

/* The end of the answer, or a mark before whatever else is said: "2 weeks" is no 2, "New facts" no NEW. */
static bool
ends_here(const char *rest)
{
	static const char *const courtesies[] = { " please", " thanks", " thank you" };

	rest += strspn(rest, "*\"'");
	for (size_t i = 0; i < sizeof(courtesies) / sizeof(courtesies[0]); i++)
		if (str_starts_nocase(rest, courtesies[i])) {
			rest += strlen(courtesies[i]);
			break;
		}
	if (*rest == ' ' && (rest[1] == '-' || rest[1] == '('))
		return true;
	return *rest == '\0' || (strchr(".,:;!)", *rest) != NULL && (rest[1] == '\0' || rest[1] == ' '));
}

static const char *
behind(struct arena *arena, const char *rest)
{
	return str_trim(arena, rest + strspn(rest, " .,:;!)-*\"'"));
}

static bool
read_number(struct arena *arena, const char *line, struct triage_said *said)
{
	static const char *const labels[] = { "number ", "no. ", "no ", "nr. ", "nr ", "#" };
	char *end;
	long number;

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (str_starts_nocase(line, labels[i])) {
			line += strlen(labels[i]);
			break;
		}
	if (!isdigit((unsigned char)*line))
		return false;
	number = strtol(line, &end, 10);
	if (number < 1 || number > 999 || !ends_here(end))
		return false;
	*said = (struct triage_said){ TRIAGE_SAID_CASE, (int)number, arena_printf(arena, "%ld", number), behind(arena, end) };
	return true;
}

static bool
read_word(struct arena *arena, enum triage_kind kind, const char *line, struct triage_said *said)
{
	for (size_t i = 0; i < WORDS; i++) {
		size_t len = strlen(words[i].text);

		if ((words[i].kinds >> kind & 1) == 0 || !str_starts_nocase(line, words[i].text) || !ends_here(line + len))
			continue;
		*said = (struct triage_said){ words[i].word, 0, words[i].text, behind(arena, line + len) };
		return true;
	}
	return false;
}

/* "EHC-20417", "case 12", "100234"; not "1.5" or "1/9". Whether there is such a case, the store knows. */
static bool
is_name_of_case(const char *name, size_t len)
{
	size_t digits = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		digits += isdigit((unsigned char)name[i]) != 0;
		letters += isalpha((unsigned char)name[i]) != 0;
	}
	return digits > 0 && (letters > 0 || (digits == len && len >= 4));
}

static bool
read_case(struct arena *arena, const char *line, struct triage_said *said)
{
	size_t len = str_starts_nocase(line, "case ") ? strlen("case ") : 0;

	len += strcspn(line + len, " ,;:!()");
	while (len > 0 && line[len - 1] == '.')
		len--;
	if (len > NAME_MAX_LENGTH || !is_name_of_case(line, len) || !ends_here(line + len))
		return false;
	*said = (struct triage_said){ TRIAGE_SAID_CASE, 0, arena_strndup(arena, line, len), behind(arena, line + len) };
	return true;
}

/* "did you mean", or NULL. */
static const char *
nearest_word(struct arena *arena, enum triage_kind kind, const char *line)
{
	struct strs answers = triage_answers(arena, kind, 0, true);
	const char **known = arena_alloc(arena, (answers.n + 1) * sizeof(*known));
	char *upper = arena_strdup(arena, line);

	for (size_t i = 0; i < answers.n; i++)
		known[i] = answers.v[i];
	for (char *c = upper; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	return strlen(upper) > 2 ? str_nearest(upper, known) : NULL;
}

bool
triage_is_like(struct arena *arena, enum triage_kind kind, const char *text)
{
	const char *line = first_line(arena, text);
	struct triage_said said;

	return (takes_cases(kind) && read_number(arena, line, &said)) || nearest_word(arena, kind, line) != NULL;
}

static const char *
help(struct arena *arena, enum triage_kind kind, size_t candidates, bool begins, const char *line)
{
	struct strs answers = triage_answers(arena, kind, candidates, begins);
	const char *nearest = nearest_word(arena, kind, line);

	return arena_printf(arena, "I did not understand \"%s\"%s%s%s. You may answer: %s%s.", str_visible(arena, line, 60),
	    nearest == NULL ? "" : ": did you mean ", nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?",
	    strs_join(arena, &answers, "; "), takes_cases(kind) ? "; or the reference of a case" : "");
}

bool
triage_read(struct arena *arena, enum triage_kind kind, size_t candidates, bool begins, const char *text,
    struct triage_said *said_r, const char **help_r)
{
	const char *line = first_line(arena, text);

	*help_r = "";
	if (takes_cases(kind) && read_number(arena, line, said_r)) {
		if ((size_t)said_r->number <= candidates)
			return true;
		*help_r = candidates == 0 ? "There is no list of cases to choose from. You may answer with the reference of a case." :
		    arena_printf(arena, "There is no number %d in the list; it goes from 1 to %zu.", said_r->number, candidates);
		return false;
	}
	if (read_word(arena, kind, line, said_r) || (takes_cases(kind) && read_case(arena, line, said_r)))
		return true;
	*help_r = help(arena, kind, candidates, begins, line);
	return false;
}

/* ---- Putting it to somebody */

/* What was last held is put to the mailbox owner; note: what the mail says, the reason itself where NULL. */
void
triage_ask(struct turn *turn, enum triage_kind kind, const char *act_name, const char *template, const char *note)
{
	struct held *held = &turn->decision->held[turn->decision->held_count - 1];
	const char *reason = held->reason;
	struct outgoing *mail;

	held->kind = kind;
	held->template = template;
	mail = acts_tell_owner(turn, held->strand, held->rule, act_name, template, note == NULL ? reason : note);
	if (mail != NULL)
		mail->held = reason;
}

/* A mail that moved the case has been used: to decide it again would do that twice. */
void
triage_settle(struct turn *turn)
{
	struct decision *decision = turn->decision;

	if (decision->entry_count == 0)
		return;
	for (size_t i = 0; i < decision->held_count; i++)
		decision->held[i].kind = TRIAGE_NOTE;
}

/* ---- Mails about it */

void
triage_tell(struct arena *arena, const struct pack *pack, const struct world *world, struct case_state *state,
    const struct event *event, const struct triage_telling *telling, instant now, struct decision **decision_r)
{
	struct turn turn;

	turn_begin(&turn, arena, pack, world, state == NULL ? case_empty(arena, now) : state, event, now);
	turn.decision->is_answer = !telling->to_owner;
	if (telling->to_owner)
		acts_tell_owner(&turn, 0, (struct where){ NULL, 0 }, telling->act_name, telling->template, telling->note);
	else
		acts_tell(&turn, 0, telling->act_name, telling->template, turn.sender, telling->note);
	*decision_r = turn.decision;
}

bool
triage_may_answer(struct arena *arena, const struct pack *pack, const struct world *world, const struct strs *asked,
    const char *address, instant now)
{
	struct recipient_choice choice = { "owner", false };
	struct recipient owner = { &choice, 1, "owner" };
	struct recipients owners = { &owner, 1, { NULL, 0 } };
	struct people_query query = {
		.pack = pack, .world = world, .state = case_empty(arena, now), .on = instant_date(now),
	};

	for (size_t i = 0; i < asked->n; i++) {
		const struct person *person = directory_find(world->directory, asked->v[i]);

		if (str_same(asked->v[i], address) ||
		    (person != NULL && person->manager[0] != '\0' && str_same(person->manager, address)))
			return true;
	}
	return people_fits(arena, &query, &owners, address);
}
