/*
 * Which case a mail belongs to.  Runs in core and advicectl; pure: store/ has
 * looked the evidence up, match_weigh.c has weighed it, here is the verdict.
 * Invariant (promise never-guess): a mail joins a case only where every strong
 * piece of evidence points to that one case and nothing the mail says about
 * the child contradicts it; anything else is a person's to decide.
 * Fails: never.
 */
#include <string.h>

#include "case/match_weigh.h"

const char *
match_kind_name(enum match_kind kind)
{
	static const char *const names[] = {
		[MATCH_NONE] = "none", [MATCH_NEW] = "new",
		[MATCH_EXISTING] = "existing", [MATCH_AMBIGUOUS] = "ambiguous",
	};

	return names[kind];
}

/* ---- Several candidates that are one */

/* Two cases of one child, an earlier assessment and a later one: only a number proves it. */
static bool
same_child(const struct candidate *a, const struct candidate *b)
{
	if (match_known(a->nhs_number) && match_known(b->nhs_number))
		return strcmp(a->nhs_number, b->nhs_number) == 0;
	return match_same(a->upn, b->upn);
}

/* The case that stands for the others of its child: the one whose reference is named, or the only open one. */
static const struct weighed *
stands_for(const struct weighing *w, const struct weighed **strong, size_t count)
{
	const struct weighed *open = NULL;
	size_t open_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (strong[i]->reference)
			return strong[i];
		if (!strong[i]->candidate->closed) {
			open = strong[i];
			open_count++;
		}
	}
	return w->own.reference == NULL && open_count == 1 ? open : NULL;
}

/* A later case of the same child stands for its earlier ones, unless they were named in a conversation. */
static size_t
drop_earlier(const struct weighing *w, const struct weighed **strong, size_t count)
{
	const struct weighed *stays = stands_for(w, strong, count);
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		if (stays == NULL || strong[i] == stays || strong[i]->token || strong[i]->thread ||
		    !same_child(strong[i]->candidate, stays->candidate))
			strong[left++] = strong[i];
	return left;
}

static bool
is_named_only(const struct weighed *weighed)
{
	return weighed->name_birth && !weighed->token && !weighed->thread && !weighed->number &&
	    !weighed->reference;
}

/* Of two children with one name and one birth date, the one whose number or reference the mail gives as well. */
static size_t
drop_namesakes(const struct weighed **strong, size_t count)
{
	const struct weighed *known_otherwise = NULL;
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		if (strong[i]->name_birth && !is_named_only(strong[i]) && !strong[i]->other_child)
			known_otherwise = strong[i];
	for (size_t i = 0; i < count; i++)
		if (known_otherwise == NULL || !is_named_only(strong[i]))
			strong[left++] = strong[i];
	return left;
}

/* ---- The verdict */

static void
verdict(struct weighing *w, enum match_kind kind, int64_t case_id, const char *why)
{
	w->matched->kind = kind;
	w->matched->case_id = case_id;
	w->matched->why = why;
}

static void
ambiguous(struct weighing *w, const char *why)
{
	verdict(w, MATCH_AMBIGUOUS, 0, why);
}

static void
existing(struct weighing *w, const struct candidate *candidate)
{
	verdict(w, MATCH_EXISTING, candidate->case_id, arena_printf(w->arena, "it belongs to %s",
	    match_candidate_name(w, candidate)));
}

static void
new_or_none(struct weighing *w)
{
	if (w->cannot_open == NULL)
		verdict(w, MATCH_NEW, 0, "it asks for something, and no case fits yet");
	else
		verdict(w, MATCH_NONE, 0, w->cannot_open);
}

/* A request may open a new case beside a closed one of the same child; an open one is a person's to sort out. */
static void
other_reference(struct weighing *w, const struct weighed *one)
{
	const char *name = match_candidate_name(w, one->candidate);

	if (w->cannot_open == NULL && one->candidate->closed && !one->token)
		verdict(w, MATCH_NEW, 0, arena_printf(w->arena,
		    "a new reference for the child of %s, which is closed", name));
	else
		ambiguous(w, arena_printf(w->arena,
		    "it names another reference than %s, to which it otherwise points", name));
}

/* The mail's own words name the candidate's child, with a label or without. */
static bool
is_named(const struct weighing *w, const struct weighed *weighed)
{
	if (weighed->knows_name && weighed->name >= NAMES_PART)
		return true;
	return match_known(weighed->candidate->name) && names_stand_in(w->words, weighed->candidate->name);
}

/* Somebody else whom the mail may mean, so that one kind of evidence is not enough; NULL: nobody. */
static const struct weighed *
rival(const struct weighing *w, const struct weighed *one)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct weighed *other = &w->list[i];

		if (other == one || same_child(other->candidate, one->candidate))
			continue;
		if (other->near_name && is_named_only(one))
			return other;
		if (other->near_reference && !other->other_child && one->reference && !one->number)
			return other;
	}
	return NULL;
}

static bool
only_talk(const struct weighed *one)
{
	return !one->number && !one->reference && !one->name_birth;
}

/* An old conversation is taken up for another child: what the mail says of its child is in no part this one's. */
static bool
is_unconfirmed(const struct weighing *w, const struct weighed *one)
{
	bool says = match_known(w->own.nhs_number) || match_known(w->own.upn) || match_known(w->own.name) || w->own.born != DAY_NONE;

	return says && only_talk(one) && one->birth != BIRTH_SAME && !is_named(w, one);
}

static void
only_one(struct weighing *w, const struct weighed *one)
{
	const char *name = match_candidate_name(w, one->candidate);
	const struct weighed *other = rival(w, one);

	if (one->other_child && only_talk(one) && !one->token && one->other_reference && w->cannot_open == NULL)
		verdict(w, MATCH_NEW, 0, "a new child's request in an old conversation");
	else if (one->other_child)
		ambiguous(w, arena_printf(w->arena, "it points to %s, but speaks of another child", name));
	else if (one->other_reference)
		other_reference(w, one);
	else if (is_unconfirmed(w, one))
		ambiguous(w, arena_printf(w->arena, "it belongs to the conversation of %s, but says of its child "
		    "only what is not known there", name));
	else if (other != NULL)
		ambiguous(w, arena_printf(w->arena, "it points to %s, but may mean the child of %s", name,
		    match_candidate_name(w, other->candidate)));
	else
		existing(w, one->candidate);
}

static bool
is_reply(const struct message *message)
{
	return message->in_reply_to[0] != '\0' || message->references.n > 0 ||
	    message->quoted_text[0] != '\0';
}

/* Points to the case by more than a likeness, if only in quoted text. */
static bool
points(const struct candidate *candidate)
{
	for (size_t i = 0; i < candidate->evidence_count; i++)
		if (candidate->evidence[i].kind <= EVIDENCE_NAME_AND_BIRTH)
			return true;
	return false;
}

/*
 * Only history or a likeness points to a case.  An old mail is often answered
 * about another child: a colleague's reply joins where it names the child itself.
 */
static void
only_weak(struct weighing *w)
{
	const struct weighed *one = NULL;
	size_t pointing = 0, agree = 0, near_names = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct weighed *weighed = &w->list[i];

		near_names += weighed->near_name && !weighed->other_reference;
		if (!points(weighed->candidate))
			continue;
		pointing++;
		if (!weighed->other_child && !weighed->other_reference) {
			one = weighed;
			agree++;
		}
	}
	if (agree == 1 && w->count == 1 && is_reply(w->opening.message) &&
	    w->opening.classified->from_directory && is_named(w, one))
		existing(w, one->candidate);
	else if (agree == 0 && near_names == 0 && w->cannot_open == NULL)
		new_or_none(w);
	else if (pointing > 0)
		ambiguous(w, "only quoted text or an attachment points to a case");
	else
		ambiguous(w, "its evidence is nearly that of a case, but not the same");
}

static void
weigh_verdict(struct weighing *w)
{
	const struct weighed **strong = arena_alloc(w->arena, (w->count + 1) * sizeof(*strong));
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].strong)
			strong[count++] = &w->list[i];
	if (count > 1)
		count = drop_namesakes(strong, drop_earlier(w, strong, count));
	if (match_several_children(w->arena, w->opening.message, w->opening.classified))
		ambiguous(w, "the mail is about several children");
	else if (count > 1)
		ambiguous(w, "its evidence points to different cases");
	else if (count == 1)
		only_one(w, strong[0]);
	else if (w->count > 0)
		only_weak(w);
	else
		new_or_none(w);
}

/* For a person to choose from: strong evidence without a contradiction first, likenesses last. */
static void
list_candidates(struct weighing *w)
{
	w->matched->candidates = arena_alloc(w->arena, (w->count + 1) * sizeof(*w->matched->candidates));
	for (int rank = 0; rank < 4; rank++)
		for (size_t i = 0; i < w->count; i++) {
			const struct weighed *weighed = &w->list[i];
			bool doubted = weighed->other_child || weighed->other_reference;
			int own_rank = weighed->strong ? (doubted ? 1 : 0) : points(weighed->candidate) ? 2 : 3;

			if (own_rank == rank)
				w->matched->candidates[w->matched->candidate_count++] = weighed->candidate;
		}
}

void
match(struct arena *arena, const struct pack *pack, const struct message *message,
    const struct classified *classified, const struct candidate *candidates, size_t count,
    struct matched **matched_r)
{
	struct weighing w = {
		.arena = arena, .opening = { arena, pack, message, classified },
		.own = match_own(arena, classified), .words = match_own_words(arena, message),
		.matched = arena_alloc(arena, sizeof(**matched_r)),
	};

	w.cannot_open = match_cannot_open(&w.opening);
	match_weigh(&w, candidates, count);
	weigh_verdict(&w);
	list_candidates(&w);
	*matched_r = w.matched;
}
