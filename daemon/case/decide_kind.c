/*
 * A mail of a kind: what it tells of the case, and which strands take it,
 * begin with it, or had it before.
 * Runs wherever decide() does; pure.  Invariant: a mail that nothing takes has
 * changed no fact and no date.
 * Fails: never; what could belong to several is put before a person.
 */
#include <string.h>

#include "case/match.h"
#include "case/turn.h"

/* ---- What it tells */

static bool
is_identity(const char *name)
{
	static const char *const names[] = { "child-name", "date-of-birth", "nhs-number", "upn", "reference" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Does the mail itself name the case's child, by name, birth date or number, and no other?  A reference alone is copied easily. */
static bool
names_the_child(const struct turn *turn)
{
	static const char *const names[] = { "child-name", "date-of-birth", "nhs-number", "upn" };
	const struct classified *classified = turn->event->classified;
	bool agrees = true;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		agrees &= case_fact_value(turn->state, 0, names[n]) == NULL;	/* of a child we know nothing of, nothing differs */
	for (size_t i = 0; i < classified->fact_count; i++)
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
			const struct found_fact *fact = &classified->facts[i];
			const char *known = case_fact_value(turn->state, 0, names[n]);
			bool same;

			if (known == NULL || strcmp(fact->name, names[n]) != 0)
				continue;
			same = n == 0 ? match_names_agree(str_fold_name(turn->arena, fact->value), str_fold_name(turn->arena, known)) :
			    strcmp(fact->value, known) == 0;
			if (!same)
				return false;
			agrees |= fact->source != SOURCE_QUOTED;
		}
	return agrees;
}

/*
 * May the mail say who the child is?  The one that begins the case; after it, somebody proven who names the child
 * as we know it, in their own words: a wrong form's number in the case would draw later mails of another child to it.
 */
static bool
tells_identity(const struct turn *turn, const struct found_fact *fact)
{
	bool opens = turn->state->mail_count <= 1, own_words = fact->source == SOURCE_SUBJECT || fact->source == SOURCE_NEW_TEXT;

	if (case_fact_value(turn->state, 0, fact->name) != NULL || fact->source == SOURCE_QUOTED)
		return false;
	return opens || (own_words && turn->event->authenticated && names_the_child(turn));
}

/* A date by which something is asked, and which had passed when the mail came: a slip, or the mail is very late. */
static bool
had_passed(const struct turn *turn, const struct found_fact *fact)
{
	dayno day;

	return strcmp(fact->name, "due-date") == 0 && date_parse_iso(fact->value, &day) && day < instant_date(turn->event->at);
}

/* Said to a person once, whichever strands take the mail. */
static void
dates_had_passed(struct turn *turn)
{
	const struct classified *classified = turn->event->classified;

	for (size_t i = 0; i < classified->fact_count; i++) {
		if (!had_passed(turn, &classified->facts[i]))
			continue;
		turn_hold(turn, 0, classified->kind->where, "A mail asks for something by %s, which had passed when it came. "
		    "That date is not used; if it holds, correct the case's due-date.", classified->facts[i].value);
		triage_ask(turn, TRIAGE_NOTE, "ask", "held", NULL);
	}
}

/* Of the child, whoever tells it: who it is, and what the rules say is the case's. */
static bool
is_the_cases(const struct turn *turn, const char *name)
{
	const struct value_fact *fact = pack_value_fact(turn->pack, name);

	return is_identity(name) || (fact != NULL && fact->of_case);
}

/* What the mail tells. Who the child is, once known, a later mail does not change. */
static void
mail_facts(struct turn *turn, int strand)
{
	const struct classified *classified = turn->event->classified;

	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct found_fact *fact = &classified->facts[i];
		bool identity = is_identity(fact->name);

		if (!identity && (strcmp(fact->name, "received") == 0 || strcmp(fact->name, "marking") == 0 ||
		    strcmp(fact->name, "sender-role") == 0))
			continue;
		if (identity && !tells_identity(turn, fact))
			continue;
		if (had_passed(turn, fact))
			continue;
		turn_set_fact(turn, is_the_cases(turn, fact->name) ? 0 : strand, fact->name, fact->value, fact->source,
		    turn->sender == NULL ? "" : turn->sender);
	}
	if (turn->state->reference[0] == '\0' && case_fact_value(turn->state, 0, "reference") != NULL) {
		turn->state->reference = case_fact_value(turn->state, 0, "reference");
		turn->decision->reference = turn->state->reference;
	}
}

/* ---- Which strand takes it */

struct taker { int strand; const struct row *row; };

/* Theirs by name, or by the service of their team; what is named on the case as a whole tells nothing. */
static bool
works_on(const struct turn *turn, const struct case_strand *strand, const char *address)
{
	const struct person *person = directory_find(&turn->directory, address);
	const char *service = person == NULL ? NULL : people_service(turn->pack, person), *named;

	for (size_t i = 0; i < turn->pack->role_count; i++) {
		const struct role *role = &turn->pack->roles[i];

		if (role->source != ROLE_ON_CASE && role->source != ROLE_ON_STRAND)
			continue;
		named = case_fact_value(turn->state, strand->no, role->name);
		if (named != NULL && str_same(named, address))
			return true;
	}
	return service != NULL && str_same(service, strand->service);
}

static bool
is_senders_own(struct turn *turn, int strand)
{
	struct chased chased = turn_chased(turn, strand);
	struct strs people = turn_chased_people(turn, strand, &chased);

	return turn->sender != NULL && (strs_has_nocase(&people, turn->sender) ||
	    works_on(turn, turn_strand(turn, strand), turn->sender));
}

static bool
names_its_service(const struct turn *turn, const struct case_strand *strand)
{
	const struct message *mail = turn->event->mail;
	const char *texts[] = { mail->subject, mail->new_text };

	for (size_t s = 0; s < turn->pack->service_count; s++) {
		const struct service *service = &turn->pack->services[s];

		if (strcmp(service->name, strand->service) != 0)
			continue;
		for (size_t w = 0; w < service->pattern_count; w++)
			for (size_t t = 0; t < 2; t++)
				if (pattern_find(service->patterns[w], turn->arena, texts[t], NULL, 0, NULL))
					return true;
	}
	return false;
}

/* Of several strands of one name, the one that the mail belongs to; 0 if it cannot be said. */
static int
one_of_several(struct turn *turn, const struct taker *takers, size_t count, const char *name)
{
	int own = 0, named = 0, fitting = 0;
	size_t owns = 0, nameds = 0, fittings = 0;

	for (size_t i = 0; i < count; i++) {
		const struct case_strand *strand = turn_strand(turn, takers[i].strand);

		if (strcmp(strand->name, name) != 0)
			continue;
		fittings++;
		fitting = strand->no;
		if (is_senders_own(turn, strand->no)) {
			owns++;
			own = strand->no;
		}
		if (strand->service[0] != '\0' && names_its_service(turn, strand)) {
			nameds++;
			named = strand->no;
		}
	}
	return fittings == 1 ? fitting : owns == 1 ? own : nameds == 1 ? named : 0;
}

/* The strands that take it; false: it cannot be said which of several of one name. */
static bool
find_takers(struct turn *turn, const char *kind, struct taker **takers_r, size_t *count_r)
{
	struct taker *all = NULL;
	size_t count = 0;

	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct row *row = stage_row_for(turn, no, ON_KIND, kind, false);

		if (row != NULL)
			*arena_push(turn->arena, all, count) = (struct taker){ no, row };
	}
	*takers_r = NULL;
	*count_r = 0;
	/* All before the first is taken: whoever has sent what was awaited is awaited no more. */
	for (size_t i = 0; i < count; i++) {
		int one = one_of_several(turn, all, count, turn_strand(turn, all[i].strand)->name);

		if (one == 0)
			return false;
		if (one == all[i].strand)
			*arena_push(turn->arena, *takers_r, *count_r) = all[i];
	}
	return true;
}

/* As it would be for each of them, so that their rows' conditions see what the mail tells, and not what was told before. */
static void
facts_to_all(struct turn *turn)
{
	mail_facts(turn, 0);
	for (size_t i = 0; i < turn->state->strand_count; i++)
		if (turn->state->strands[i].service[0] != '\0')
			mail_facts(turn, turn->state->strands[i].no);
	schedule_deadlines(turn);
}

/*
 * Where only strands take it of which the case has several, what it tells is theirs: the date of one service's letter is
 * not another's.  Else it is the case's.
 */
static void
facts_to_takers(struct turn *turn, const struct taker *takers, size_t count, bool begins)
{
	bool theirs = !begins && count > 0;

	for (size_t i = 0; i < count; i++)
		theirs &= turn_strand(turn, takers[i].strand)->service[0] != '\0';
	for (size_t i = 0; theirs && i < count; i++)
		mail_facts(turn, takers[i].strand);
	if (!theirs)
		mail_facts(turn, 0);
	schedule_deadlines(turn);
}

static void
strands_take(struct turn *turn, const struct taker *takers, size_t count, const char *kind)
{
	for (size_t i = 0; i < count; i++) {
		question_settle_by_kind(turn, takers[i].strand, kind);
		if (!stage_take(turn, takers[i].strand, takers[i].row))
			question_unsettle(turn, takers[i].strand, kind);
	}
}

static bool
strand_exists(const struct turn *turn, const char *name, bool open)
{
	for (size_t i = 0; i < turn->state->strand_count; i++)
		if (strcmp(turn->state->strands[i].name, name) == 0 &&
		    (!open || !turn->state->strands[i].final))
			return true;
	return false;
}

/* The row with which it begins a strand; NULL. */
static const struct row *
begin_row(struct turn *turn, const struct strand *rules, const char *kind)
{
	bool there = strand_exists(turn, rules->name, false);

	for (size_t i = 0; i < rules->begins.n; i++)
		if ((!there || rules->begins.v[i].for_each != NULL) && stage_row_fits(turn, 0, &rules->begins.v[i], ON_KIND, kind))
			return &rules->begins.v[i];
	return NULL;
}

static bool
begins_any(struct turn *turn, const char *kind)
{
	for (size_t s = 0; s < turn->pack->strand_count; s++)
		if (begin_row(turn, &turn->pack->strands[s], kind) != NULL)
			return true;
	return false;
}

static bool
strands_begin(struct turn *turn, const char *kind)
{
	bool begun = false;

	for (size_t s = 0; s < turn->pack->strand_count; s++) {
		const struct strand *rules = &turn->pack->strands[s];
		const struct row *row = begin_row(turn, rules, kind);

		if (row != NULL && row->for_each != NULL) {
			begun |= divide_begin(turn, rules, row);
		} else if (row != NULL) {
			stage_begin(turn, rules, row);
			begun = true;
		}
	}
	return begun;
}

static bool
pack_takes(struct turn *turn, const char *kind)
{
	for (size_t i = 0; i < turn->pack->always.n; i++) {
		const struct row *row = &turn->pack->always.v[i];

		if (stage_row_fits(turn, 0, row, ON_KIND, kind)) {
			stage_take(turn, 0, row);
			return true;
		}
	}
	return false;
}

/* Would this kind begin a strand that the case already has? */
static bool
is_repeat(const struct turn *turn, const char *kind, bool open)
{
	for (size_t s = 0; s < turn->pack->strand_count; s++) {
		const struct strand *rules = &turn->pack->strands[s];

		for (size_t i = 0; i < rules->begins.n; i++)
			if (strs_has(&rules->begins.v[i].names, kind) && strand_exists(turn, rules->name, open))
				return true;
	}
	return false;
}

static bool
any_says(struct turn *turn, const struct kind_test *test, const char *text)
{
	for (size_t i = 0; test != NULL && i < test->says_count; i++)
		if (pattern_find(test->says[i], turn->arena, text, NULL, 0, NULL))
			return true;
	return false;
}

/* A request names its child or encloses who it is about; a bare reference may as well ask where the answer is. */
static bool
says_who(const struct turn *turn)
{
	const struct classified *classified = turn->event->classified;

	for (size_t i = 0; i < classified->fact_count; i++)
		if (is_identity(classified->facts[i].name) && strcmp(classified->facts[i].name, "reference") != 0 &&
		    classified->facts[i].source != SOURCE_QUOTED && classified->facts[i].source != SOURCE_SUBJECT)
			return true;
	return turn->state->mails[turn->mail_index].document_count > 0;
}

/* A reply that is of this kind by its old subject alone: what it really says is for a person. */
static bool
only_subject_says(struct turn *turn, const struct kind *kind)
{
	const struct message *mail = turn->event->mail;
	bool reply = mail->in_reply_to[0] != '\0' || mail->references.n > 0 || mail->quoted_text[0] != '\0';

	return reply && kind->test.says_count > 0 && !any_says(turn, &kind->test, mail->new_text) &&
	    !any_says(turn, kind->or_test, mail->new_text) && !any_says(turn, &kind->test, mail->forwarded_text);
}

/* The strand whose rules begin one for each of what this fact names; NULL. */
static const struct strand *
divided_by(const struct pack *pack, const char *fact)
{
	for (size_t s = 0; s < pack->strand_count; s++)
		for (size_t i = 0; i < pack->strands[s].begins.n; i++)
			if (pack->strands[s].begins.v[i].for_each != NULL && strcmp(pack->strands[s].begins.v[i].for_each, fact) == 0)
				return &pack->strands[s];
	return NULL;
}

/* A repeated request joins and changes nothing; one with another printed date is shown to a person. */
static void
take_repeat(struct turn *turn, const struct kind *kind)
{
	const struct classified *classified = turn->event->classified;

	if (only_subject_says(turn, kind)) {
		mail_untaken(turn, "A reply came under an old subject, and the rules do not say what its words are.");
		return;
	}
	if (strs_has(&kind->needs, "child") && !says_who(turn)) {
		mail_untaken(turn, "A mail came that may be the same request again, or may ask where the answer is.");
		return;
	}
	turn->state->mails[turn->mail_index].kind = "repeat";
	for (size_t i = 0; i < kind->extract_count; i++) {
		const char *name = kind->extracts[i].fact;
		const char *now = classified_fact(classified, name), *before = case_fact_value(turn->state, 0, name);
		const struct strand *divided = divided_by(turn->pack, name);
		const char *other = divided == NULL || now == NULL ? NULL : divide_other_person(turn, divided, now);

		if (other != NULL) {
			mail_untaken(turn, other);
			return;
		}
		if (kind->extracts[i].or_received || now == NULL || divided != NULL || (before != NULL && strcmp(now, before) == 0))
			continue;
		mail_untaken(turn, arena_printf(turn->arena,
		    "The same request came again with something else in it (%s). Nothing was changed; please say which one holds.",
		    pack_called(turn->pack, turn->arena, name)));
		return;
	}
	turn_why(turn, kind->where, "the same request came again: joined, nothing is sent again");
}

void
kind_take(struct turn *turn, const struct kind *kind)
{
	struct facts_mark before = turn_mark(turn);
	bool was_closed = turn->state->closed != INSTANT_NONE, taken, found, begins;
	struct taker *takers;
	size_t count;

	dates_had_passed(turn);
	facts_to_all(turn);
	found = find_takers(turn, kind->name, &takers, &count);
	begins = begins_any(turn, kind->name);
	turn_undo(turn, &before);
	if (!found) {
		mail_untaken(turn, "A mail came that could belong to several lines of work of this case.");
		return;
	}
	facts_to_takers(turn, takers, count, begins);
	strands_take(turn, takers, count, kind->name);
	taken = count > 0;
	taken |= strands_begin(turn, kind->name);
	if (!taken && !was_closed)
		taken = pack_takes(turn, kind->name);
	if (taken)
		return;
	turn_undo(turn, &before);
	if (is_repeat(turn, kind->name, true) && !was_closed)
		take_repeat(turn, kind);
	else if (was_closed)
		mail_untaken(turn, "A mail came about a case that has ended.");
	else
		mail_untaken(turn, "A mail came for which the rules have no place at this stage of the case.");
}
