/*
 * A row as one sentence: when, if, what is done, where the work goes on.
 * Pure.
 * Invariant: nothing that a row says is left out of its sentence.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "rule/pattern.h"
#include "rule/words.h"

/* ---- What begins it */

static char *
from_text(const struct words *words, const struct row *row, const char *before)
{
	return row->from.n == 0 ? arena_strdup(words->arena, "") :
	    arena_printf(words->arena, " %s %s", before, words_role_texts(words, &row->from, "or"));
}

static char *
answer_text(const struct words *words, const struct row *row)
{
	const char *from = from_text(words, row, "and it comes from");

	if (strs_has(&row->names, "any"))
		return arena_printf(words->arena, "any answer comes%s", from_text(words, row, "from"));
	return arena_printf(words->arena, "the answer is %s%s", words_list(words->arena, &row->names, "or"), from);
}

static char *
notice_text(const struct words *words, const struct row *row)
{
	struct strs said = { NULL, 0 };

	for (size_t i = 0; i < row->names.n; i++) {
		const char *name = row->names.v[i];

		strs_add(words->arena, &said, strcmp(name, "bounce") == 0 ? "a mail could not be delivered" :
		    strcmp(name, "out-of-office") == 0 ? "an out-of-office reply comes" :
		    strcmp(name, "invitation-declined") == 0 ? "an invitation is declined" : words_quoted(words, name));
	}
	return arena_printf(words->arena, "%s%s", words_list(words->arena, &said, "or"), from_text(words, row,
	    row->names.n == 1 && strcmp(row->names.v[0], "out-of-office") == 0 ? "from" : "by"));
}

static char *
changed_text(const struct words *words, const struct row *row)
{
	struct strs facts = { NULL, 0 };

	for (size_t i = 0; i < row->names.n; i++)
		strs_add(words->arena, &facts, strcmp(row->names.v[i], "involvement") == 0 ?
		    "what the list of involvement says of the child" : words_quoted(words, row->names.v[i]));
	return arena_printf(words->arena, "%s changes", words_list(words->arena, &facts, "or"));
}

char *
words_event(const struct words *words, const struct row *row)
{
	switch (row->event) {
	case ON_NONE:
		break;
	case ON_KIND:
		return arena_printf(words->arena, "%s arrives%s", words_quoted_list(words, &row->names, "or"),
		    from_text(words, row, "from"));
	case ON_ANSWER:
		return answer_text(words, row);
	case ON_COMMAND:
		return row->from.n == 0 ?
		    arena_printf(words->arena, "whoever is chased or the owner of the mailbox writes “%s”", pattern_source(row->command)) :
		    arena_printf(words->arena, "%s writes “%s”", words_role_texts(words, &row->from, "or"),
		    pattern_source(row->command));
	case ON_NOTICE:
		return notice_text(words, row);
	case ON_CHANGED:
		return changed_text(words, row);
	case ON_OPENED:
		return arena_strdup(words->arena, "the case is opened");
	case ON_ENDED:
		return arena_printf(words->arena, "all work on %s has ended", words_quoted_list(words, &row->names, "or"));
	}
	return arena_strdup(words->arena, "");
}

char *
words_provided(const struct words *words, const struct row *row)
{
	const char *when = row->when.n == 0 ? "" :
	    arena_printf(words->arena, "if %s", words_conditions(words, &row->when));

	if (row->unless.n == 0)
		return arena_strdup(words->arena, when);
	return arena_printf(words->arena, "%s%s %s", when, when[0] == '\0' ? "unless" : ", but not if",
	    words_conditions(words, &row->unless));
}

/* ---- What is done */

/* Whose the words are: only where another mail's words than its own are used. */
static char *
in_words_of(const struct words *words, const struct row *row, const char *own)
{
	return row->template == NULL || (own != NULL && strcmp(own, row->template) == 0) ? arena_strdup(words->arena, "") :
	    arena_printf(words->arena, " in the mail %s", words_quoted(words, row->template));
}

static char *
copy_text(const struct words *words, const struct row *row)
{
	return row->cc.n == 0 ? arena_strdup(words->arena, "") :
	    arena_printf(words->arena, ", with a copy to %s", words_recipients(words, &row->cc, "and"));
}

static char *
sent_text(const struct words *words, const struct row *row, const struct act *act)
{
	const char *what = act->word != ACT_FORWARD ? arena_printf(words->arena, "the mail %s", words_quoted(words, act->value)) :
	    strcmp(act->value, "this") == 0 ? "it" : words_quoted(words, act->value);
	const char *to = row->to.n > 0 ? words_recipients(words, &row->to, "and") :
	    act->word == ACT_REPLY ? "the sender" : "nobody";
	struct buf text = BUF_INIT;
	char *kept;

	buf_printf(&text, "%s %s to %s", what, act->word == ACT_FORWARD ? "is passed on" : "goes", to);
	if (act->word == ACT_FORWARD)
		buf_add_str(&text, in_words_of(words, row, act->value));
	if (row->attach != NULL)
		buf_printf(&text, ", with the file %s attached", row->attach);
	if (row->enclose != NULL)
		buf_printf(&text, ", with the files of %s enclosed", words_quoted(words, row->enclose));
	buf_add_str(&text, copy_text(words, row));
	kept = arena_strdup(words->arena, buf_text(&text));
	buf_free(&text);
	return kept;
}

static const char *
are(const struct recipients *whom)
{
	return whom->n > 1 ? "are" : "is";
}

static char *
ask_text(const struct words *words, const struct row *row, const struct act *act)
{
	const struct question *question = pack_question(words->pack, act->value);
	const struct recipients *of = row->of.n > 0 ? &row->of : question != NULL ? &question->of : NULL;

	return of == NULL || of->n == 0 ? arena_printf(words->arena, "the question %s is put", words_quoted(words, act->value)) :
	    arena_printf(words->arena, "the question %s is put to %s", words_quoted(words, act->value),
	    words_recipients(words, of, "and"));
}

static char *
set_text(const struct words *words, const struct act *act)
{
	struct strs sets = { NULL, 0 };

	for (size_t i = 0; i < act->set_count; i++) {
		const char *value = act->sets[i].value;
		bool person = strcmp(value, "sender") == 0 || pack_role(words->pack, value) != NULL;

		strs_add(words->arena, &sets, arena_printf(words->arena, "%s is noted as %s", words_quoted(words, act->sets[i].fact),
		    person ? words_role(words, value) : arena_printf(words->arena, "“%s”", value)));
	}
	return words_list(words->arena, &sets, "and");
}

static char *
act_text(const struct words *words, const struct row *row, const struct act *act)
{
	switch (act->word) {
	case ACT_FORWARD:
	case ACT_SEND:
	case ACT_REPLY:
		return sent_text(words, row, act);
	case ACT_REMIND:
		return arena_printf(words->arena, "%s %s reminded%s%s", words_recipients(words, &act->whom, "and"), are(&act->whom),
		    in_words_of(words, row, "remind"), copy_text(words, row));
	case ACT_ESCALATE:
		return arena_printf(words->arena, "it is raised with %s%s%s", words_recipients(words, &act->whom, "and"),
		    in_words_of(words, row, "escalate"), copy_text(words, row));
	case ACT_ASK:
		return ask_text(words, row, act);
	case ACT_SET:
		return set_text(words, act);
	case ACT_RECORD:
		return arena_printf(words->arena, "%sit is noted: “%s”", row->act_count == 1 ? "nothing is sent, and " : "", act->value);
	case ACT_FILE:
		return arena_printf(words->arena, "the mail is filed in the folder “%s”", act->value);
	case ACT_HOLD:
		return arena_printf(words->arena, "the mail is held until a person has looked at it%s%s",
		    act->value == NULL ? "" : ": ", act->value == NULL ? "" : act->value);
	case ACT_END:
		return strcmp(act->value, "all") == 0 ? arena_strdup(words->arena, "all work on the case ends") :
		    arena_printf(words->arena, "work on %s ends", words_quoted(words, act->value));
	case ACT_FORGET:
		return arena_printf(words->arena, "what was known of %s is forgotten", words_quoted_list(words, &act->names, "and"));
	}
	return arena_strdup(words->arena, "");
}

char *
words_acts(const struct words *words, const struct row *row)
{
	struct strs acts = { NULL, 0 };

	for (size_t i = 0; i < row->act_count; i++)
		strs_add(words->arena, &acts, act_text(words, row, &row->acts[i]));
	if (row->starts != NULL)
		strs_add(words->arena, &acts, arena_printf(words->arena, "the day on which the mail went out becomes the date %s%s",
		    words_quoted(words, row->starts), row->restarts ? ", anew each time" : ""));
	if (row->urgent)
		strs_add(words->arena, &acts, "this does not wait for office hours");
	if (row->once)
		strs_add(words->arena, &acts, "this is done once only");
	if (row->stay)
		strs_add(words->arena, &acts, "the question stays open");
	return strs_join(words->arena, &acts, "; ");
}

char *
words_goes(const struct words *words, const struct row *row)
{
	if (row->go == NULL)
		return arena_strdup(words->arena, "");
	if (strcmp(row->go, "back") == 0)
		return arena_strdup(words->arena, "the work goes back to where it stood before");
	return arena_printf(words->arena, "the work goes on to %s", words_quoted(words, row->go));
}

/* When a rung goes: "14 days before the deadline, and then every week". */
static char *
at_text(const struct words *words, const struct row *row)
{
	const char *repeat = words_repeat(words->arena, &row->every), *at = words_date(words, &row->at);

	if (row->at.choice == DATE_FIRST_KNOWN && row->at.term_count == 1 && row->at.terms[0].step_count == 0)
		at = arena_printf(words->arena, "on %s", at);
	return repeat[0] == '\0' ? arena_strdup(words->arena, at) : arena_printf(words->arena, "%s, and then %s", at, repeat);
}

char *
words_row(const struct words *words, const struct row *row)
{
	const char *event = words_event(words, row), *provided = words_provided(words, row);
	const char *acts = words_acts(words, row), *goes = words_goes(words, row);
	struct buf text = BUF_INIT;
	char *sentence;

	if (event[0] != '\0')
		buf_printf(&text, "when %s, ", event);
	if (row->at.term_count > 0)
		buf_printf(&text, "%s, ", at_text(words, row));
	if (provided[0] != '\0')
		buf_printf(&text, "%s%s, ", event[0] != '\0' && row->when.n > 0 ? "and " : "", provided);
	if (row->for_each != NULL)
		buf_printf(&text, "a line of work of its own begins for each of %s, and ", words_quoted(words, row->for_each));
	buf_add_str(&text, acts);
	if (goes[0] != '\0')
		buf_printf(&text, "%s%s", acts[0] == '\0' ? "" : strchr(acts, ';') == NULL ? ", and " : "; then ", goes);
	if (acts[0] == '\0' && goes[0] == '\0')
		buf_add_str(&text, "nothing more is done");
	sentence = arena_strdup(words->arena, buf_text(&text));
	buf_free(&text);
	return sentence;
}
