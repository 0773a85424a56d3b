/*
 * The wrong-child guard: does what came with a mail, or what is about to go
 * out with one of ours, speak of another child than the case?  Runs in core
 * and advicectl; pure.
 * Invariant: each file is looked at by itself.  Inward a file is at fault only
 * where it names values of a kind and none of them is the case's; outward
 * another child's reference, number or labelled name is one too many.  A
 * sibling in running text carries no label and does no harm; names without a
 * label are match_named.c's.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/classify_facts.h"
#include "case/match.h"
#include "case/names.h"

#define WHOM	"a child whom another case is about, and not the case's own"
#define BODY	(-1)		/* instead of a document's index: the mail's own text */

static const struct { enum said_kind kind; const char *fact, *words; } checks[] = {
	{ SAID_NHS_NUMBER, "nhs-number", "another NHS number" },
	{ SAID_UPN, "upn", "another UPN" },
	{ SAID_DATE_OF_BIRTH, "date-of-birth", "another date of birth" },
	{ SAID_CHILD_NAME, "child-name", "another child" },
};
#define CHECKS	(sizeof(checks) / sizeof(checks[0]))

bool
match_names_agree(const char *a, const char *b)
{
	return names_compare(a, b) >= NAMES_PART;
}

static bool
said_in(const struct said *said, int part)
{
	if (said->source == SOURCE_ATTACHMENT_NAME || said->source == SOURCE_ATTACHMENT_TEXT)
		return part == (int)said->document;
	return part == BODY && (said->source == SOURCE_NEW_TEXT || said->source == SOURCE_FORWARDED);
}

static enum names_alike
alike(struct arena *arena, enum said_kind kind, const char *said, const char *known)
{
	if (kind == SAID_CHILD_NAME)
		return names_compare(str_fold_name(arena, said), str_fold_name(arena, known));
	return strcmp(said, known) == 0 ? NAMES_AGREE : NAMES_DIFFER;
}

/* A part names values of this kind, and none is the case's. */
static bool
part_differs(struct arena *arena, const struct message *message, int part, enum said_kind kind, const char *known)
{
	bool named = false;

	for (size_t i = 0; known != NULL && i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (said->kind != kind || !said_in(said, part))
			continue;
		named = true;
		if (alike(arena, kind, said->value, known) >= NAMES_PART)
			return false;
	}
	return named;
}

static struct strs
part_references(struct arena *arena, const struct pack *pack, const struct message *message, int part)
{
	struct strs found = { NULL, 0 };

	if (part == BODY) {
		facts_references(arena, pack, message->new_text, &found);
		facts_references(arena, pack, message->forwarded_text, &found);
	} else {
		facts_references(arena, pack, message->documents[part].name, &found);
		facts_references(arena, pack, message->documents[part].text, &found);
	}
	return found;
}

/* ---- Inward */

const char *
match_wrong_child(struct arena *arena, const struct pack *pack, const struct message *message,
    const struct case_state *state, const struct candidate *others, size_t count)
{
	int document;

	for (int part = 0; part < (int)message->document_count; part++) {
		struct strs found = part_references(arena, pack, message, part);

		for (size_t i = 0; i < CHECKS; i++)
			if (part_differs(arena, message, part, checks[i].kind, case_fact_value(state, 0, checks[i].fact)))
				return arena_printf(arena, "an attached form names %s than the case", checks[i].words);
		if (state->reference[0] != '\0' && found.n > 0 && !strs_has_nocase(&found, state->reference))
			return "an attached form names another reference than the case";
	}
	if (!named_other_child(arena, message, NAMED_INWARD, state, others, count, &document))
		return NULL;
	return arena_printf(arena, "%s names " WHOM, document == BODY ? "it" : "an attached file");
}

/* ---- Outward: what to look up */

static void
look_for(struct arena *arena, struct evidence **evidence, size_t *count, enum evidence_kind kind, const char *value)
{
	*arena_push(arena, *evidence, *count) = (struct evidence){ .kind = kind, .value = value };
}

/* Each child's name with each birth date that stands in one part. */
static void
look_for_names(struct arena *arena, const struct message *message, int part, struct evidence **evidence, size_t *count)
{
	for (size_t i = 0; i < message->said_count; i++)
		for (size_t j = 0; j < message->said_count; j++)
			if (message->said[i].kind == SAID_CHILD_NAME && said_in(&message->said[i], part) &&
			    message->said[j].kind == SAID_DATE_OF_BIRTH && said_in(&message->said[j], part))
				look_for(arena, evidence, count, EVIDENCE_NAME_AND_BIRTH, arena_printf(arena, "%s|%s",
				    str_fold_name(arena, message->said[i].value), message->said[j].value));
}

void
guard_evidence(struct arena *arena, const struct pack *pack, const struct message *message,
    struct evidence **evidence_r, size_t *count_r)
{
	*evidence_r = NULL;
	*count_r = 0;
	for (int part = BODY; part < (int)message->document_count; part++) {
		struct strs found = part_references(arena, pack, message, part);

		for (size_t i = 0; i < found.n; i++)
			look_for(arena, evidence_r, count_r, EVIDENCE_REFERENCE, found.v[i]);
		look_for_names(arena, message, part, evidence_r, count_r);
	}
	for (size_t i = 0; i < message->said_count; i++)
		if (message->said[i].kind == SAID_NHS_NUMBER || message->said[i].kind == SAID_UPN)
			look_for(arena, evidence_r, count_r, message->said[i].kind == SAID_UPN ? EVIDENCE_UPN :
			    EVIDENCE_NHS_NUMBER, message->said[i].value);
}

/* ---- Outward: the verdict */

struct outward {
	struct arena		*arena;
	const struct pack	*pack;
	const struct message	*message;
	const struct case_state	*state;
	const struct candidate	*others;
	size_t			 other_count;
};

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && a[0] != '\0' && strcmp(a, b) == 0;
}

/* This case, or an earlier one of the same child: only a number proves that. */
static bool
is_same_child(const struct outward *o, const struct candidate *other)
{
	return other->case_id == o->state->id || same(other->nhs_number, case_fact_value(o->state, 0, "nhs-number")) ||
	    same(other->upn, case_fact_value(o->state, 0, "upn"));
}

/* The value is known as this child's (1), as another's (-1), or as nobody's (0). */
static int
whose(const struct outward *o, enum evidence_kind kind, const char *value)
{
	int whose = 0;

	for (size_t i = 0; i < o->other_count; i++) {
		const struct candidate *other = &o->others[i];
		const char *own = kind == EVIDENCE_REFERENCE ? other->reference :
		    kind == EVIDENCE_UPN ? other->upn : other->nhs_number;

		if (!same(own, value))
			continue;
		if (is_same_child(o, other))
			return 1;
		whose = -1;
	}
	return whose;
}

/* As it is, or as it was before somebody put it right. */
static bool
is_fact(const struct outward *o, const char *name, const char *value)
{
	for (size_t i = 0; i < o->state->fact_count; i++)
		if (o->state->facts[i].strand == 0 && strcmp(o->state->facts[i].name, name) == 0 &&
		    same(o->state->facts[i].value, value))
			return true;
	return false;
}

static bool
knows(const struct outward *o, const char *name)
{
	const char *value = case_fact_value(o->state, 0, name);

	return value != NULL && value[0] != '\0';
}

/* What is known as this child's is well; where the case has such a thing, anything else is another's. */
static bool
is_anothers(const struct outward *o, enum evidence_kind kind, const char *name, const char *value)
{
	int of = is_fact(o, name, value) ? 1 : whose(o, kind, value);

	if (of == 0 && kind == EVIDENCE_UPN && isalpha((unsigned char)value[strlen(value) - 1]))
		return false;		/* a temporary one, which every pupil's lasting number has replaced */
	return of != 0 ? of < 0 : knows(o, name);
}

static bool
references_differ(const struct outward *o, int part)
{
	struct strs found = part_references(o->arena, o->pack, o->message, part);

	for (size_t i = 0; i < found.n; i++)
		if (!str_same(found.v[i], o->state->reference) &&
		    (is_anothers(o, EVIDENCE_REFERENCE, "reference", found.v[i])))
			return true;
	return false;
}

static bool
part_says(const struct outward *o, int part, const char *name, enum said_kind kind)
{
	for (size_t i = 0; i < o->message->said_count; i++)
		if (o->message->said[i].kind == kind && said_in(&o->message->said[i], part) &&
		    same(o->message->said[i].value, case_fact_value(o->state, 0, name)))
			return true;
	return false;
}

/* A slip of the keys is forgiven where this child's birth date stands beside it; another surname where its number does. */
static bool
name_differs(const struct outward *o, int part, const char *name)
{
	const char *known = case_fact_value(o->state, 0, "child-name");
	enum names_alike how;

	if (known == NULL || known[0] == '\0')
		return false;
	how = alike(o->arena, SAID_CHILD_NAME, name, known);
	if (how >= NAMES_PART)
		return false;
	if (part_says(o, part, "nhs-number", SAID_NHS_NUMBER) || part_says(o, part, "upn", SAID_UPN))
		return how == NAMES_DIFFER;
	return how != NAMES_NEAR || !part_says(o, part, "date-of-birth", SAID_DATE_OF_BIRTH);
}

/* A full name with its date of birth is that of another case's child, and this case's is not known by name. */
static bool
names_other_child(const struct outward *o, int part)
{
	const struct evidence *evidence = NULL;
	struct evidence *all = NULL;
	size_t count = 0;

	if (knows(o, "child-name"))
		return false;
	look_for_names(o->arena, o->message, part, &all, &count);
	for (evidence = all; evidence < all + count; evidence++)
		for (size_t i = 0; i < o->other_count; i++) {
			const char *bar = strrchr(evidence->value, '|');

			if (!is_same_child(o, &o->others[i]) && o->others[i].born != DAY_NONE &&
			    strcmp(date_iso(o->arena, o->others[i].born), bar + 1) == 0 &&
			    match_names_agree(arena_strndup(o->arena, evidence->value, (size_t)(bar - evidence->value)),
			    o->others[i].name))
				return true;
		}
	return false;
}

/* What a part says too much, in words; NULL: nothing. */
static const char *
part_fault(const struct outward *o, int part)
{
	if (references_differ(o, part))
		return "another reference";
	for (size_t i = 0; i < o->message->said_count; i++) {
		const struct said *said = &o->message->said[i];

		if (!said_in(said, part))
			continue;
		if (said->kind == SAID_NHS_NUMBER && is_anothers(o, EVIDENCE_NHS_NUMBER, "nhs-number", said->value))
			return "another NHS number";
		if (said->kind == SAID_UPN && is_anothers(o, EVIDENCE_UPN, "upn", said->value))
			return "another UPN";
		if (said->kind == SAID_CHILD_NAME && name_differs(o, part, said->value))
			return "another child";
	}
	if (part_differs(o->arena, o->message, part, SAID_DATE_OF_BIRTH, case_fact_value(o->state, 0, "date-of-birth")))
		return "another date of birth";
	return names_other_child(o, part) ? "another child" : NULL;
}

/* Which file, without its name, which may say who the child is: "attached file 2 of 3 (docx)". */
static const char *
file_words(const struct outward *o, int part)
{
	size_t no = 0, all = 0;
	const char *dot = strrchr(o->message->documents[part].name, '.');

	for (size_t i = 0; i < o->message->document_count; i++) {
		all += !o->message->documents[i].is_inline;
		no += !o->message->documents[i].is_inline && (int)i <= part;
	}
	if (dot == NULL || dot[1] == '\0' || strlen(dot) > 5)
		return arena_printf(o->arena, "attached file %zu of %zu", no, all);
	return arena_printf(o->arena, "attached file %zu of %zu (%s)", no, all, str_lower(o->arena, dot + 1));
}

const char *
guard_outward(struct arena *arena, const struct pack *pack, const struct message *message, bool with_text,
    const struct case_state *state, const struct candidate *others, size_t count)
{
	struct outward o = { arena, pack, message, state, others, count };
	const char *fault = with_text ? part_fault(&o, BODY) : NULL;
	int document;

	if (fault != NULL)
		return arena_printf(arena, "the text that is passed on names %s than the case's", fault);
	for (int part = 0; part < (int)message->document_count; part++) {
		if (message->documents[part].is_inline || (fault = part_fault(&o, part)) == NULL)
			continue;
		return arena_printf(arena, "%s names %s than the case's", file_words(&o, part), fault);
	}
	if (!named_other_child(arena, message, with_text ? NAMED_OUTWARD : NAMED_OUTWARD_FILES, state, others, count, &document))
		return NULL;
	return arena_printf(arena, "%s names " WHOM, document == BODY ? "the text that is passed on" : file_words(&o, document));
}
