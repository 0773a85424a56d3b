/*
 * What a mail is to a pack.  Runs in core and advicectl; pure.
 * Invariant: kinds are tried in file order and the first that fits is taken;
 * a kind that hangs on a role of the case stays open until the case is known.
 * A notice has no kind: rules for mails never see automatic mail.
 * Fails: never.
 */
#include <string.h>

#include "case/classify.h"
#include "case/classify_facts.h"
#include "case/people.h"

#define LITTLE_TEXT 300		/* bytes: "please see below" and a signature */
/* Keys that failed: then the text need not be searched. */
#define NO_NEAR_KIND 2		/* not even a kind that was nearly meant */
#define NO_FIT 1		/* where nobody asks by how little it failed */

enum fit { FIT_NO, FIT_MAYBE, FIT_YES };

struct reader {
	struct arena		*arena;
	const struct pack	*pack;
	const struct message	*message;
	struct people_query	 people;
	const char		*sender;	/* or the inner sender of a forward */
	const char		*says;		/* subject, new text, perhaps what was forwarded */
	bool			 case_known;	/* what hangs on the case can be settled */
};

enum key { KEY_FROM, KEY_SAYS, KEY_NAMED, KEY_SUBJECT, KEY_ATTACHMENT, KEY_AWAITED, KEY_UNLESS };

/* How one test went, key by key. */
struct weighed {
	enum fit		 fit;
	int			 passed, failed;
	const struct kind_test	*test;
	enum key		 why;		/* the first that did not hold */
};

const char *
classified_fact(const struct classified *classified, const char *name)
{
	for (size_t i = 0; i < classified->fact_count; i++)
		if (strcmp(classified->facts[i].name, name) == 0)
			return classified->facts[i].value;
	return NULL;
}

/* ---- One key at a time */

static void
key_weigh(struct weighed *w, enum fit fit, enum key key)
{
	if (fit == FIT_NO) {
		if (w->failed++ == 0)
			w->why = key;
		w->fit = FIT_NO;
		return;
	}
	w->passed++;
	if (fit < w->fit)
		w->fit = fit;
}

static enum fit
from_fits(const struct reader *r, const struct strs *from)
{
	enum fit fit = FIT_NO;

	for (size_t i = 0; i < from->n; i++) {
		if (people_fits_text(r->arena, &r->people, from->v[i], r->sender))
			return FIT_YES;
		if (!r->case_known && people_needs_case(r->pack, from->v[i]))
			fit = FIT_MAYBE;
	}
	return fit;
}

static bool
any_found(const struct reader *r, struct pattern **patterns, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (pattern_find(patterns[i], r->arena, text, NULL, 0, NULL))
			return true;
	return false;
}

static bool
named_fits(const struct reader *r, const struct kind_test *test)
{
	const struct message *message = r->message;

	if (any_found(r, test->named, test->named_count, message->subject_peeled))
		return true;
	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline &&
		    any_found(r, test->named, test->named_count, message->documents[i].name))
			return true;
	return false;
}

static bool
attachment_fits(const struct message *message, const struct strs *globs)
{
	for (size_t i = 0; i < message->document_count; i++)
		for (size_t j = 0; j < globs->n; j++)
			if (!message->documents[i].is_inline &&
			    pattern_file(globs->v[j], message->documents[i].name))
				return true;
	return false;
}

static bool
stage_takes(const struct stage *stage, const char *kind)
{
	for (size_t i = 0; i < stage->on.n; i++)
		if (stage->on.v[i].event == ON_KIND && strs_has(&stage->on.v[i].names, kind))
			return true;
	return false;
}

static bool
question_awaits(const struct reader *r, const struct case_strand *strand, const char *kind)
{
	const struct case_state *state = r->people.state;

	for (size_t i = 0; i < state->question_count; i++) {
		const struct case_question *open = &state->questions[i];
		const struct question *question = pack_question(r->pack, open->name);

		if (open->state == QUESTION_OPEN && open->strand == strand->no && question != NULL &&
		    question->by_mail != NULL && strcmp(question->by_mail, kind) == 0 &&
		    strs_has_nocase(&open->asked, r->sender))
			return true;
	}
	return false;
}

/* Some strand waits for this sender, and such a mail would be taken there. */
static bool
is_awaited(const struct reader *r, const char *kind)
{
	const struct case_state *state = r->people.state;

	for (size_t i = 0; state != NULL && i < state->strand_count; i++) {
		const struct case_strand *strand = &state->strands[i];
		const struct strand *rules = pack_strand(r->pack, strand->name);
		const struct stage *stage = rules == NULL ? NULL : strand_stage(rules, strand->stage);
		struct people_query query = r->people;

		if (strand->final || stage == NULL)
			continue;
		query.strand = strand->no;
		if (question_awaits(r, strand, kind) || (stage_takes(stage, kind) &&
		    people_fits(r->arena, &query, &stage->waits_for, r->sender)))
			return true;
	}
	return false;
}

static enum fit
awaited_fits(const struct reader *r, const char *kind)
{
	if (!r->case_known)
		return FIT_MAYBE;
	return is_awaited(r, kind) ? FIT_YES : FIT_NO;
}

static enum fit
yes_if(bool holds)
{
	return holds ? FIT_YES : FIT_NO;
}

static const char *
patterns_text(struct arena *arena, const char *key, struct pattern **patterns, size_t count)
{
	struct strs sources = { 0 };

	for (size_t i = 0; i < count; i++)
		strs_add(arena, &sources, pattern_source(patterns[i]));
	return arena_join(arena, arena_join(arena, key, " \"", strs_join(arena, &sources, "\", \"")), "\"", "");
}

/* What did not hold, for people. */
static const char *
key_text(struct arena *arena, const struct weighed *w)
{
	const struct kind_test *test = w->test;

	switch (w->why) {
	case KEY_FROM:
		return arena_printf(arena, "the sender is not %s", strs_join(arena, &test->from, " or "));
	case KEY_SAYS:
		return patterns_text(arena, "it does not say", test->says, test->says_count);
	case KEY_NAMED:
		return patterns_text(arena, "neither subject nor a file is named", test->named, test->named_count);
	case KEY_SUBJECT:
		return patterns_text(arena, "the subject does not say", test->subject, test->subject_count);
	case KEY_ATTACHMENT:
		return arena_printf(arena, "no file like %s is attached", strs_join(arena, &test->attachment, ", "));
	case KEY_AWAITED:
		return "no such mail is awaited from the sender";
	case KEY_UNLESS:
		break;
	}
	return "its \"unless\" holds";
}

static struct weighed
test_weigh(const struct reader *r, const struct kind_test *test, const char *kind, int enough)
{
	struct weighed w = { .fit = FIT_YES, .test = test };

	if (test->from.n > 0)
		key_weigh(&w, from_fits(r, &test->from), KEY_FROM);
	if (test->attachment.n > 0)
		key_weigh(&w, yes_if(attachment_fits(r->message, &test->attachment)), KEY_ATTACHMENT);
	if (test->awaited)
		key_weigh(&w, awaited_fits(r, kind), KEY_AWAITED);
	if (test->subject_count > 0 && w.failed < enough)
		key_weigh(&w, yes_if(any_found(r, test->subject, test->subject_count, r->message->subject_peeled)), KEY_SUBJECT);
	if (test->named_count > 0 && w.failed < enough)
		key_weigh(&w, yes_if(named_fits(r, test)), KEY_NAMED);
	if (test->says_count > 0 && w.failed < enough)
		key_weigh(&w, yes_if(any_found(r, test->says, test->says_count, r->says)), KEY_SAYS);
	if (w.passed + w.failed == 0)
		w.fit = FIT_NO;
	return w;
}

static struct weighed
kind_weigh(const struct reader *r, const struct kind *kind)
{
	struct weighed w = test_weigh(r, &kind->test, kind->name, NO_NEAR_KIND), other;

	if (kind->or_test != NULL && w.fit != FIT_YES) {
		other = test_weigh(r, kind->or_test, kind->name, NO_FIT);
		if (other.fit > w.fit)
			w = other;
	}
	if (w.fit == FIT_NO || kind->unless == NULL)
		return w;
	other = test_weigh(r, kind->unless, kind->name, NO_FIT);
	if (other.fit == FIT_YES)
		return (struct weighed){ FIT_NO, 1, 1, kind->unless, KEY_UNLESS };
	if (other.fit == FIT_MAYBE)
		w.fit = FIT_MAYBE;
	return w;
}

/* ---- The whole mail */

/* Little of their own and a mail passed on: then the mail passed on is what is said. */
static const char *
says_text(struct arena *arena, const struct message *message)
{
	bool passed_on = message->forwarded_text[0] != '\0' &&
	    strlen(str_squeeze(arena, message->new_text)) < LITTLE_TEXT;

	return arena_printf(arena, "%s\n\n%s\n\n%s", message->subject_peeled, message->new_text,
	    passed_on ? message->forwarded_text : "");
}

static bool
is_possible(const struct classified *classified, const struct kind *kind)
{
	for (size_t i = 0; i < classified->possible_count; i++)
		if (classified->possible[i] == kind)
			return true;
	return false;
}

/* Some kind fits whatever the case may be. */
static bool
is_certain(const struct classified *classified)
{
	size_t count = classified->possible_count;

	return count > 0 && !classified->conditional[count - 1];
}

static void
find_kinds(const struct reader *r, struct classified *classified)
{
	struct arena *arena = r->arena;

	for (size_t i = 0; i < r->pack->kind_count; i++) {
		const struct kind *kind = &r->pack->kinds[i];
		struct weighed w = kind_weigh(r, kind);
		size_t count = classified->possible_count;

		if (w.fit == FIT_NO) {
			if (w.passed > 0 && w.failed == 1) {
				struct near_kind *near = arena_push(arena, classified->near_kinds,
				    classified->near_count);

				*near = (struct near_kind){ kind, key_text(arena, &w) };
			}
			continue;
		}
		if (is_possible(classified, kind) && w.fit == FIT_MAYBE)
			continue;
		*arena_push(arena, classified->possible, classified->possible_count) = kind;
		*arena_push(arena, classified->conditional, count) = w.fit == FIT_MAYBE;
		if (w.fit == FIT_YES)
			return;
	}
}

/*
 * A colleague who passes on a mail that reached them by mistake: its inner
 * header names the true sender.  Asked only where the mail is nothing by its
 * outer sender for certain, since a colleague's own mail goes first.
 */
static bool
inner_sender(const struct reader *r, const char **sender_r)
{
	const char *inner = r->message->forwarded_from.address;

	if (inner == NULL || inner[0] == '\0' || r->message->forwarded_text[0] == '\0')
		return false;
	if (!people_fits_text(r->arena, &r->people, "staff", r->message->from.address))
		return false;
	*sender_r = inner;
	return true;
}

static bool
alert_sent_to(const struct reader *r, const struct alert *alert, const struct mail_addresses *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *address = list->v[i].address;
		bool excepted = false;

		for (size_t j = 0; j < alert->sent_to_unless.n && !excepted; j++)
			excepted = people_fits_text(r->arena, &r->people, alert->sent_to_unless.v[j],
			    address);
		for (size_t j = 0; j < alert->sent_to.n && !excepted; j++)
			if (pattern_file(alert->sent_to.v[j], address))
				return true;
	}
	return false;
}

static void
find_alerts(const struct reader *r, struct classified *classified)
{
	classified->alert_count = 0;
	for (size_t i = 0; i < r->pack->alert_count; i++) {
		const struct alert *alert = &r->pack->alerts[i];
		struct weighed w;

		if (alert->sent_to.n > 0 && !alert_sent_to(r, alert, &r->message->to) && !alert_sent_to(r, alert, &r->message->cc))
			continue;
		w = test_weigh(r, &alert->test, "", NO_FIT);
		if (w.failed > 0 || w.fit == FIT_MAYBE)
			continue;
		if (w.passed == 0 && alert->sent_to.n == 0)
			continue;
		*arena_push(r->arena, classified->alerts, classified->alert_count) = alert;
	}
}

static struct reader
reader_of(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct message *message, instant received, const struct case_state *state)
{
	return (struct reader){
		.arena = arena, .pack = pack, .message = message,
		.people = { .pack = pack, .world = world, .state = state,
		    .on = instant_date(received), .sender = message->from.address },
		.sender = message->from.address, .says = says_text(arena, message),
	};
}

static const char *
sender_role(const struct reader *r)
{
	for (size_t i = 0; i < r->pack->role_count; i++)
		if (people_fits_text(r->arena, &r->people, r->pack->roles[i].name, r->sender))
			return r->pack->roles[i].name;
	return NULL;
}

void
classify(struct arena *arena, const struct pack *pack, const struct directory *directory,
    const struct message *message, instant received, struct classified **classified_r)
{
	struct world world = { .directory = directory };
	struct reader r = reader_of(arena, pack, &world, message, received, NULL);
	struct classified *classified = arena_alloc(arena, sizeof(*classified));

	classified->sender_role = sender_role(&r);
	classified->from_domain = people_in_domains(pack, r.sender);
	classified->from_directory = people_fits_text(arena, &r.people, "staff", r.sender);
	facts_of_mail(arena, pack, message, received, classified);
	if (message->notice == NOTICE_NONE) {
		find_alerts(&r, classified);
		find_kinds(&r, classified);
		if (!is_certain(classified) && inner_sender(&r, &r.sender)) {
			classified->near_count = 0;
			find_kinds(&r, classified);
		}
	}
	*classified_r = classified;
}

static bool
settles(struct reader *r, const struct kind *kind)
{
	if (kind_weigh(r, kind).fit == FIT_YES)
		return true;
	if (!inner_sender(r, &r->sender))
		return false;
	if (kind_weigh(r, kind).fit == FIT_YES)
		return true;
	r->sender = r->message->from.address;
	return false;
}

/*
 * A role of the case may be held in one strand only ("adviser"), so a sender
 * is weighed in each strand in turn.
 */
static bool
settles_in_case(struct reader *r, const struct kind *kind)
{
	const struct case_state *state = r->people.state;

	r->people.strand = 0;
	if (settles(r, kind))
		return true;
	for (size_t i = 0; state != NULL && i < state->strand_count; i++) {
		r->people.strand = state->strands[i].no;
		if (settles(r, kind))
			return true;
	}
	return false;
}

void
classify_settle(struct arena *arena, const struct pack *pack, const struct world *world,
    const struct message *message, instant received, const struct case_state *state,
    struct classified *classified)
{
	struct reader r = reader_of(arena, pack, world, message, received, state);

	r.case_known = true;
	classified->kind = NULL;
	for (size_t i = 0; i < classified->possible_count && classified->kind == NULL; i++)
		if (!classified->conditional[i] || settles_in_case(&r, classified->possible[i]))
			classified->kind = classified->possible[i];
	if (message->notice != NOTICE_NONE)
		return;
	r.people.strand = 0;
	r.sender = message->from.address;
	find_alerts(&r, classified);
	facts_of_kind(arena, pack, world->directory, message, received, classified);
	facts_with_values(arena, &r.people, message, classified);
}
