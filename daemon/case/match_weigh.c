/*
 * Weighing: what speaks for each candidate and against it.  Runs in core and
 * advicectl; pure.
 * Invariant: every piece of evidence and every contradiction is said, in
 * sentences without personal data; a contradiction is forgiven only where two
 * other things agree.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/match_weigh.h"

/* ---- Words about it */

bool
match_known(const char *text)
{
	return text != NULL && text[0] != '\0';
}

bool
match_same(const char *a, const char *b)
{
	return match_known(a) && match_known(b) && strcmp(a, b) == 0;
}

static bool
differ(const char *a, const char *b)
{
	return match_known(a) && match_known(b) && strcmp(a, b) != 0;
}

static void
say(struct weighing *w, const char *text)
{
	strs_add(w->arena, &w->matched->evidence, text);
}

const char *
match_candidate_name(const struct weighing *w, const struct candidate *candidate)
{
	if (match_known(candidate->reference))
		return candidate->reference;
	return arena_printf(w->arena, "case %lld", (long long)candidate->case_id);
}

static void
say_about(struct weighing *w, const struct candidate *candidate, const char *what)
{
	say(w, arena_printf(w->arena, "%s: %s", match_candidate_name(w, candidate), what));
}

static const char *
evidence_words(enum evidence_kind kind)
{
	static const char *const words[] = {
		[EVIDENCE_TOKEN] = "the mail answers one of ours about it",
		[EVIDENCE_THREAD] = "the mail belongs to its conversation",
		[EVIDENCE_NHS_NUMBER] = "the NHS number agrees", [EVIDENCE_UPN] = "the UPN agrees",
		[EVIDENCE_REFERENCE] = "the reference agrees",
		[EVIDENCE_NAME_AND_BIRTH] = "full name and date of birth agree",
		[EVIDENCE_WORDS] = "its child is named",
		[EVIDENCE_NEAR_NAME] = "the date of birth agrees, and the name is nearly the same",
		[EVIDENCE_NEAR_REFERENCE] = "its reference is one digit off, and the mail names its child",
	};

	return words[kind];
}

/* ---- Each candidate: for it */

static void
note_kind(struct weighed *weighed, enum evidence_kind kind)
{
	weighed->strong = true;
	weighed->token |= kind == EVIDENCE_TOKEN;
	weighed->thread |= kind == EVIDENCE_THREAD;
	weighed->number |= kind == EVIDENCE_NHS_NUMBER || kind == EVIDENCE_UPN;
	weighed->reference |= kind == EVIDENCE_REFERENCE;
	weighed->name_birth |= kind == EVIDENCE_NAME_AND_BIRTH;
}

static void
weigh_evidence(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;

	for (size_t i = 0; i < candidate->evidence_count; i++) {
		enum evidence_kind kind = candidate->evidence[i].kind;
		bool near = kind == EVIDENCE_NEAR_NAME || kind == EVIDENCE_NEAR_REFERENCE;
		bool weak = candidate->evidence[i].weak;

		weighed->near_name |= kind == EVIDENCE_NEAR_NAME;
		weighed->near_reference |= kind == EVIDENCE_NEAR_REFERENCE;
		say_about(w, candidate, arena_printf(w->arena, "%s%s", evidence_words(kind),
		    weak && !near ? ", but only in quoted text" : ""));
		if (!weak && !near)
			note_kind(weighed, kind);
	}
}

/* ---- Each candidate: against it */

static void
contradict(struct weighing *w, struct weighed *weighed, const char *what)
{
	weighed->other_child = true;
	say_about(w, weighed->candidate, arena_printf(w->arena, "against it: %s", what));
}

/* A pupil's temporary number ends with a letter and is replaced by a lasting one. */
static bool
is_temporary(const char *upn)
{
	return match_known(upn) && isalpha((unsigned char)upn[strlen(upn) - 1]);
}

static void
weigh_numbers(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;

	weighed->number |= match_same(w->own.nhs_number, candidate->nhs_number) || match_same(w->own.upn, candidate->upn);
	if (differ(w->own.nhs_number, candidate->nhs_number))
		contradict(w, weighed, "another NHS number");
	if (differ(w->own.upn, candidate->upn) && !is_temporary(w->own.upn) && !is_temporary(candidate->upn))
		contradict(w, weighed, "another UPN");
}

static enum birth
compare_births(dayno a, dayno b)
{
	struct civil left, right;

	if (a == DAY_NONE || b == DAY_NONE)
		return BIRTH_UNKNOWN;
	if (a == b)
		return BIRTH_SAME;
	left = date_to_civil(a);
	right = date_to_civil(b);
	return left.year == right.year && left.month == right.day && left.day == right.month ?
	    BIRTH_SWAPPED : BIRTH_OTHER;
}

/* Day and month changed round is forgiven where two other things agree. */
static void
weigh_birth(struct weighing *w, struct weighed *weighed)
{
	bool named = weighed->knows_name && weighed->name == NAMES_AGREE;

	if (weighed->birth == BIRTH_OTHER)
		contradict(w, weighed, "another date of birth");
	else if (weighed->birth == BIRTH_SWAPPED && (!named || !(weighed->number || weighed->reference)))
		contradict(w, weighed, "another date of birth: day and month stand the other way round");
	else if (weighed->birth == BIRTH_SWAPPED)
		say_about(w, weighed->candidate, "day and month of birth stand the other way round, "
		    "but the rest agrees");
}

/*
 * Twins differ in their forenames only: another forename is never forgiven.
 * A slip, or a surname that changed, is forgiven where the birth date agrees
 * and something else points to the case: for a surname, a number.
 */
static void
weigh_name(struct weighing *w, struct weighed *weighed)
{
	bool pointed = weighed->number || weighed->reference || weighed->token || weighed->thread;

	if (!weighed->knows_name || weighed->name >= NAMES_PART)
		return;
	if (weighed->name == NAMES_DIFFER)
		contradict(w, weighed, "another child's name");
	else if (weighed->name == NAMES_OTHER_SURNAME && !(weighed->number && weighed->birth == BIRTH_SAME))
		contradict(w, weighed, "another surname, and not both number and date of birth agree");
	else if (weighed->name == NAMES_OTHER_SURNAME)
		say_about(w, weighed->candidate, "the surname is another, but forename, date of birth and number agree");
	else if (pointed && weighed->birth == BIRTH_SAME)
		say_about(w, weighed->candidate, "the name is written otherwise, but the date of birth agrees");
	else
		contradict(w, weighed, "a name that is only nearly the same");
}

static bool
one_digit_off(const char *a, const char *b)
{
	size_t differing = 0;

	if (strlen(a) != strlen(b))
		return false;
	for (; *a != '\0'; a++, b++)
		if (*a != *b) {
			if (!isdigit((unsigned char)*a) || !isdigit((unsigned char)*b))
				return false;
			differing++;
		}
	return differing == 1;
}

static bool
reference_is_known(const struct weighing *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].reference)
			return true;
	return false;
}

/* A slip in the reference is forgiven where no case has it, the mail opens none, and the child is certain. */
static void
weigh_reference(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;
	bool certain = weighed->number || (weighed->name_birth && weighed->birth == BIRTH_SAME);

	if (!differ(w->own.reference, candidate->reference) || weighed->reference)
		return;
	if (certain && !weighed->other_child && w->cannot_open != NULL && !reference_is_known(w) &&
	    one_digit_off(w->own.reference, candidate->reference)) {
		say_about(w, candidate, "the reference is one digit off, but no case has it, and the child agrees");
		return;
	}
	weighed->other_reference = true;
	say_about(w, candidate, "against it: another reference");
}

static void
weigh_child(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;

	weighed->knows_name = match_known(w->own.name) && match_known(candidate->name);
	if (weighed->knows_name)
		weighed->name = names_compare(w->own.name, candidate->name);
	weighed->birth = compare_births(w->own.born, candidate->born);
	weigh_numbers(w, weighed);
	weigh_birth(w, weighed);
	weigh_name(w, weighed);
}

/* What there is to go by, said also where nothing is known yet. */
static void
say_own(struct weighing *w)
{
	bool full_name = match_known(w->own.name) && strchr(w->own.name, ' ') != NULL, born = w->own.born != DAY_NONE;

	if (w->own.reference != NULL)
		say(w, arena_printf(w->arena, "the mail names the reference %s", w->own.reference));
	if (match_known(w->own.nhs_number))
		say(w, "the mail gives an NHS number");
	if (match_known(w->own.upn))
		say(w, "the mail gives a UPN");
	if (full_name && born)
		say(w, "the mail gives a full name with a date of birth");
	else if (full_name)
		say(w, "the mail gives a name without a date of birth: that alone is no evidence");
	else if (born)
		say(w, "the mail gives a date of birth without a labelled name");
}

void
match_weigh(struct weighing *w, const struct candidate *candidates, size_t count)
{
	say_own(w);
	for (size_t i = 0; i < count; i++) {
		struct weighed *weighed = arena_push(w->arena, w->list, w->count);

		weighed->candidate = &candidates[i];
		weigh_evidence(w, weighed);
		weigh_child(w, weighed);
	}
	for (size_t i = 0; i < w->count; i++)
		weigh_reference(w, &w->list[i]);
}
