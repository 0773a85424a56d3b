/*
 * Which case a mail belongs to.  Runs in core and advicectl; pure: store/ has
 * looked the evidence up, here it is weighed.
 * Invariant (promise never-guess): a mail joins a case only where every strong
 * piece of evidence points to that one case and nothing the mail says about
 * the child contradicts it; anything else is a person's to decide.
 * Fails: never.
 */
#include <string.h>

#include "case/classify_facts.h"
#include "case/match.h"

/* What the mail itself says about its child; NULL where it does not, or only in history or a form. */
struct own {
	const char	*reference;
	const char	*name;		/* folded */
	const char	*nhs_number, *upn;
	dayno		 born;
};

struct weighed {
	const struct candidate *candidate;
	bool		 strong, token, thread, by_child;	/* kinds of strong evidence */
	bool		 other_reference, other_child;
};

struct weighing {
	struct arena		*arena;
	const struct pack	*pack;
	const struct message	*message;
	const struct classified	*classified;
	struct own		 own;
	struct weighed		*list;
	size_t			 count;
	struct matched		*matched;
};

const char *
match_kind_name(enum match_kind kind)
{
	static const char *const names[] = {
		[MATCH_NONE] = "none", [MATCH_NEW] = "new",
		[MATCH_EXISTING] = "existing", [MATCH_AMBIGUOUS] = "ambiguous",
	};

	return names[kind];
}

/* ---- Names */

static size_t
word_length(const char *text)
{
	return strcspn(text, " ");
}

static bool
has_word(const char *text, const char *word, size_t len)
{
	for (; *text != '\0'; text += word_length(text), text += strspn(text, " "))
		if (word_length(text) == len && strncmp(text, word, len) == 0)
			return true;
	return false;
}

static bool
all_words_in(const char *words, const char *text)
{
	for (; *words != '\0'; words += word_length(words), words += strspn(words, " "))
		if (!has_word(text, words, word_length(words)))
			return false;
	return true;
}

bool
match_names_agree(const char *a, const char *b)
{
	return all_words_in(a, b) || all_words_in(b, a);
}

/* ---- The mail */

static const char *
own_fact(const struct classified *classified, const char *name)
{
	for (size_t i = 0; i < classified->fact_count; i++) {
		const struct found_fact *fact = &classified->facts[i];

		if (strcmp(fact->name, name) == 0)
			return fact->source <= SOURCE_FORWARDED ? fact->value : NULL;
	}
	return NULL;
}

static struct own
own_of(struct arena *arena, const struct classified *classified)
{
	const char *name = own_fact(classified, "child-name"), *born = own_fact(classified, "date-of-birth");
	struct own own = {
		.reference = classified->strong_references > 0 ? classified->references.v[0] : NULL,
		.name = name == NULL ? NULL : str_fold_name(arena, name),
		.nhs_number = own_fact(classified, "nhs-number"), .upn = own_fact(classified, "upn"),
		.born = DAY_NONE,
	};

	if (born != NULL)
		(void)date_parse_iso(born, &own.born);
	return own;
}

/* Two values of one kind, said by the mail itself; names count only where they cannot be one child's. */
static bool
says_two(struct arena *arena, const struct message *message, enum said_kind kind, enum text_source last)
{
	const char *first = NULL;

	for (size_t i = 0; i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (said->kind != kind || said->source > last)
			continue;
		if (first == NULL)
			first = said->value;
		else if (kind == SAID_CHILD_NAME ? !match_names_agree(str_fold_name(arena, first),
		    str_fold_name(arena, said->value)) : strcmp(first, said->value) != 0)
			return true;
	}
	return false;
}

static bool
several_children(const struct weighing *w)
{
	return w->classified->strong_references > 1 ||
	    says_two(w->arena, w->message, SAID_NHS_NUMBER, SOURCE_FORWARDED) ||
	    says_two(w->arena, w->message, SAID_UPN, SOURCE_FORWARDED) ||
	    says_two(w->arena, w->message, SAID_CHILD_NAME, SOURCE_NEW_TEXT);
}

static bool
begins_a_strand(const struct pack *pack, const char *kind)
{
	for (size_t i = 0; i < pack->strand_count; i++)
		for (size_t j = 0; j < pack->strands[i].begins.n; j++)
			if (pack->strands[i].begins.v[j].event == ON_KIND &&
			    strs_has(&pack->strands[i].begins.v[j].names, kind))
				return true;
	return false;
}

/* A full name with a birth date, or a number whose check digit is right, or a reference. */
static bool
names_a_child(const struct classified *classified)
{
	const char *name = classified_fact(classified, "child-name");

	if (classified->strong_references > 0 || classified_fact(classified, "nhs-number") != NULL ||
	    classified_fact(classified, "upn") != NULL)
		return true;
	return name != NULL && strchr(name, ' ') != NULL &&
	    classified_fact(classified, "date-of-birth") != NULL;
}

static bool
need_met(const struct weighing *w, const struct kind *kind, const char *need)
{
	if (strcmp(need, "child") == 0)
		return names_a_child(w->classified);
	if (classified_fact(w->classified, need) != NULL)
		return true;
	for (size_t i = 0; i < kind->extract_count; i++)
		if (strcmp(kind->extracts[i].fact, need) == 0 &&
		    facts_can_extract(w->arena, w->message, &kind->extracts[i]))
			return true;
	return false;
}

/* Without a case only a kind that hangs on none can be the mail's. */
static const struct kind *
kind_without_case(const struct classified *classified)
{
	for (size_t i = 0; i < classified->possible_count; i++)
		if (!classified->conditional[i])
			return classified->possible[i];
	return NULL;
}

/* NULL if the mail may open a case, else why it may not. */
static const char *
cannot_open(const struct weighing *w)
{
	const struct kind *kind = kind_without_case(w->classified);

	if (kind == NULL)
		return "it is of no kind that the rules know";
	if (!begins_a_strand(w->pack, kind->name))
		return arena_printf(w->arena, "a mail of kind %s alone opens no case", kind->name);
	for (size_t i = 0; i < kind->needs.n; i++)
		if (!need_met(w, kind, kind->needs.v[i]))
			return arena_printf(w->arena, "%s needs %s, and the mail does not say it",
			    kind->name, kind->needs.v[i]);
	return NULL;
}

/* ---- The candidates */

static void
say(struct weighing *w, const char *text)
{
	strs_add(w->arena, &w->matched->evidence, text);
}

static bool
known(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool
differ(const char *a, const char *b)
{
	return known(a) && known(b) && strcmp(a, b) != 0;
}

static const char *
candidate_name(const struct weighing *w, const struct candidate *candidate)
{
	if (known(candidate->reference))
		return candidate->reference;
	return arena_printf(w->arena, "case %lld", (long long)candidate->case_id);
}

static void
say_about(struct weighing *w, const struct candidate *candidate, const char *what)
{
	say(w, arena_printf(w->arena, "%s: %s", candidate_name(w, candidate), what));
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
	};

	return words[kind];
}

static void
weigh_evidence(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;

	for (size_t i = 0; i < candidate->evidence_count; i++) {
		enum evidence_kind kind = candidate->evidence[i].kind;
		bool weak = candidate->evidence[i].weak;

		say_about(w, candidate, arena_printf(w->arena, "%s%s", evidence_words(kind),
		    weak ? ", but only in quoted text" : ""));
		if (weak)
			continue;
		weighed->strong = true;
		weighed->token |= kind == EVIDENCE_TOKEN;
		weighed->thread |= kind == EVIDENCE_THREAD;
		weighed->by_child |= kind != EVIDENCE_TOKEN && kind != EVIDENCE_THREAD;
	}
}

static bool
number_agrees(const struct weighing *w, const struct candidate *candidate)
{
	return (known(w->own.nhs_number) && known(candidate->nhs_number) &&
	    strcmp(w->own.nhs_number, candidate->nhs_number) == 0) ||
	    (known(w->own.upn) && known(candidate->upn) && strcmp(w->own.upn, candidate->upn) == 0);
}

static void
contradict(struct weighing *w, struct weighed *weighed, bool holds, const char *what)
{
	if (!holds)
		return;
	weighed->other_child = true;
	say_about(w, weighed->candidate, what);
}

/* What the mail says of its child against what the case knows of its own. */
static void
weigh_child(struct weighing *w, struct weighed *weighed)
{
	const struct candidate *candidate = weighed->candidate;
	bool born = w->own.born != DAY_NONE && candidate->born != DAY_NONE &&
	    w->own.born != candidate->born;
	bool name = known(w->own.name) && known(candidate->name) &&
	    !match_names_agree(w->own.name, candidate->name);

	if (name && !born && number_agrees(w, candidate)) {
		say_about(w, candidate, "the name is written otherwise, but the number agrees");
		name = false;
	}
	contradict(w, weighed, differ(w->own.nhs_number, candidate->nhs_number),
	    "against it: another NHS number");
	contradict(w, weighed, differ(w->own.upn, candidate->upn), "against it: another UPN");
	contradict(w, weighed, born, "against it: another date of birth");
	contradict(w, weighed, name, "against it: another child's name");
	weighed->other_reference = differ(w->own.reference, candidate->reference);
	if (weighed->other_reference)
		say_about(w, candidate, "against it: another reference");
}

static void
weigh_all(struct weighing *w, const struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct weighed *weighed = arena_push(w->arena, w->list, w->count);

		weighed->candidate = &candidates[i];
		weigh_evidence(w, weighed);
		weigh_child(w, weighed);
	}
}

/* Two cases of one child: an earlier assessment and a later one. */
static bool
same_child(const struct candidate *a, const struct candidate *b)
{
	if (known(a->nhs_number) && known(b->nhs_number))
		return strcmp(a->nhs_number, b->nhs_number) == 0;
	if (known(a->upn) && known(b->upn))
		return strcmp(a->upn, b->upn) == 0;
	return known(a->name) && known(b->name) && strcmp(a->name, b->name) == 0 &&
	    a->born != DAY_NONE && a->born == b->born;
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
existing(struct weighing *w, const struct candidate *candidate)
{
	verdict(w, MATCH_EXISTING, candidate->case_id, arena_printf(w->arena, "it belongs to %s",
	    candidate_name(w, candidate)));
}

static void
new_or_none(struct weighing *w)
{
	const char *why = cannot_open(w);

	if (why == NULL)
		verdict(w, MATCH_NEW, 0, "it asks for something, and no case fits yet");
	else
		verdict(w, MATCH_NONE, 0, why);
}

/* A request may open a new case beside a closed one of the same child; an open one is a person's to sort out. */
static void
other_reference(struct weighing *w, const struct weighed *one)
{
	bool opens = cannot_open(w) == NULL;

	if (opens && one->candidate->closed && !one->token)
		verdict(w, MATCH_NEW, 0, arena_printf(w->arena, "a new reference for the child of %s, "
		    "which is closed", candidate_name(w, one->candidate)));
	else
		verdict(w, MATCH_AMBIGUOUS, 0, arena_printf(w->arena, "it names another reference than "
		    "%s, to which it otherwise points", candidate_name(w, one->candidate)));
}

static void
only_one(struct weighing *w, const struct weighed *one)
{
	bool talk_only = one->thread && !one->token && !one->by_child;

	if (one->other_child && talk_only && one->other_reference && cannot_open(w) == NULL)
		verdict(w, MATCH_NEW, 0, "a new child's request in an old conversation");
	else if (one->other_child)
		verdict(w, MATCH_AMBIGUOUS, 0, arena_printf(w->arena, "it points to %s, but speaks of "
		    "another child", candidate_name(w, one->candidate)));
	else if (one->other_reference)
		other_reference(w, one);
	else
		existing(w, one->candidate);
}

/* A later case of the same child stands for its earlier ones, unless they were named in a conversation. */
static size_t
drop_earlier(struct weighing *w, const struct weighed **strong, size_t count)
{
	const struct weighed *stays = NULL;
	size_t left = 0, open = 0;

	for (size_t i = 0; i < count; i++) {
		if (w->own.reference != NULL && known(strong[i]->candidate->reference) &&
		    !strong[i]->other_reference)
			stays = strong[i];
		open += !strong[i]->candidate->closed;
	}
	for (size_t i = 0; i < count && w->own.reference == NULL && open == 1; i++)
		if (!strong[i]->candidate->closed)
			stays = strong[i];
	if (stays == NULL)
		return count;
	for (size_t i = 0; i < count; i++)
		if (strong[i] == stays || strong[i]->token || strong[i]->thread ||
		    !same_child(strong[i]->candidate, stays->candidate))
			strong[left++] = strong[i];
	return left;
}

static bool
is_reply(const struct message *message)
{
	return message->in_reply_to[0] != '\0' || message->references.n > 0 ||
	    message->quoted_text[0] != '\0';
}

/* Only history points to a case: a colleague's reply may join it, nothing else does. */
static void
only_weak(struct weighing *w)
{
	const struct weighed *one = NULL;
	size_t agree = 0;

	for (size_t i = 0; i < w->count; i++)
		if (!w->list[i].other_child && !w->list[i].other_reference) {
			one = &w->list[i];
			agree++;
		}
	if (agree == 1 && w->count == 1 && is_reply(w->message) && w->classified->from_directory)
		existing(w, one->candidate);
	else if (agree == 0 && cannot_open(w) == NULL)
		new_or_none(w);
	else
		verdict(w, MATCH_AMBIGUOUS, 0, "only quoted text points to a case");
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
		count = drop_earlier(w, strong, count);
	if (several_children(w))
		verdict(w, MATCH_AMBIGUOUS, 0, "the mail is about several children");
	else if (count > 1)
		verdict(w, MATCH_AMBIGUOUS, 0, "its evidence points to different cases");
	else if (count == 1)
		only_one(w, strong[0]);
	else if (w->count > 0)
		only_weak(w);
	else
		new_or_none(w);
}

void
match(struct arena *arena, const struct pack *pack, const struct message *message,
    const struct classified *classified, const struct candidate *candidates, size_t count,
    struct matched **matched_r)
{
	struct weighing w = {
		.arena = arena, .pack = pack, .message = message, .classified = classified,
		.own = own_of(arena, classified), .matched = arena_alloc(arena, sizeof(**matched_r)),
	};

	if (w.own.reference != NULL)
		say(&w, arena_printf(arena, "the mail names the reference %s", w.own.reference));
	weigh_all(&w, candidates, count);
	weigh_verdict(&w);
	*matched_r = w.matched;
}

/* ---- Wrong-child guard */

static bool
said_in_form(const struct said *said)
{
	return said->source == SOURCE_ATTACHMENT_NAME || said->source == SOURCE_ATTACHMENT_TEXT;
}

/* A form names values of this kind, and none is the case's. */
static bool
form_differs(struct arena *arena, const struct message *message, enum said_kind kind, const char *value)
{
	bool named = false;

	for (size_t i = 0; value != NULL && i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (said->kind != kind || !said_in_form(said))
			continue;
		named = true;
		if (kind == SAID_CHILD_NAME ? match_names_agree(str_fold_name(arena, said->value),
		    str_fold_name(arena, value)) : strcmp(said->value, value) == 0)
			return false;
	}
	return named;
}

static bool
form_names_other_case(struct arena *arena, const struct pack *pack, const struct message *message,
    const char *reference)
{
	struct strs found = { 0 };

	for (size_t i = 0; i < message->document_count; i++) {
		facts_references(arena, pack, message->documents[i].name, &found);
		facts_references(arena, pack, message->documents[i].text, &found);
	}
	return known(reference) && found.n > 0 && !strs_has_nocase(&found, reference);
}

const char *
match_wrong_child(struct arena *arena, const struct pack *pack, const struct message *message,
    const struct case_state *state)
{
	static const struct { enum said_kind kind; const char *fact, *why; } checks[] = {
		{ SAID_NHS_NUMBER, "nhs-number", "an attached form names another NHS number than the case" },
		{ SAID_UPN, "upn", "an attached form names another UPN than the case" },
		{ SAID_DATE_OF_BIRTH, "date-of-birth", "an attached form names another date of birth than the case" },
		{ SAID_CHILD_NAME, "child-name", "an attached form names another child than the case" },
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (form_differs(arena, message, checks[i].kind, case_fact_value(state, 0, checks[i].fact)))
			return checks[i].why;
	if (form_names_other_case(arena, pack, message, state->reference))
		return "an attached form names another reference than the case";
	return NULL;
}
