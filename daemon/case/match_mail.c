/*
 * What a mail itself says of its child, and whether it may open a case: the
 * mail's side of the weighing in match.c.  Runs in core and advicectl; pure.
 * Invariant: what stands only in quoted history or in a form is not the mail's own.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "case/classify_facts.h"
#include "case/match_mail.h"
#include "case/names.h"

#define WORDS_BYTES	(16 * 1024)	/* of each text: a child is named at its beginning */

/* ---- Its child */

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

struct own
match_own(struct arena *arena, const struct classified *classified)
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

/* A comma would turn the text round as if it were a name. */
static void
add_words(struct buf *out, const char *text)
{
	for (size_t i = 0; text[i] != '\0' && i < WORDS_BYTES; i++)
		buf_add_char(out, text[i] == ',' ? ' ' : text[i]);
	buf_add_str(out, " . ");
}

const char *
match_own_words(struct arena *arena, const struct message *message)
{
	struct buf out = BUF_INIT;
	char *words;

	add_words(&out, message->subject_peeled);
	add_words(&out, message->new_text);
	add_words(&out, message->forwarded_text);
	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline)
			add_words(&out, message->documents[i].name);
	words = str_fold_name(arena, buf_text(&out));
	buf_free(&out);
	return words;
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
		else if (kind == SAID_CHILD_NAME ? names_compare(str_fold_name(arena, first),
		    str_fold_name(arena, said->value)) == NAMES_DIFFER : strcmp(first, said->value) != 0)
			return true;
	}
	return false;
}

bool
match_several_children(struct arena *arena, const struct message *message, const struct classified *classified)
{
	return classified->strong_references > 1 ||
	    says_two(arena, message, SAID_NHS_NUMBER, SOURCE_FORWARDED) ||
	    says_two(arena, message, SAID_UPN, SOURCE_FORWARDED) ||
	    says_two(arena, message, SAID_CHILD_NAME, SOURCE_FORWARDED) ||
	    says_two(arena, message, SAID_DATE_OF_BIRTH, SOURCE_NEW_TEXT);
}

/* ---- May it open a case? */

bool
match_begins_a_strand(const struct pack *pack, const char *kind)
{
	for (size_t i = 0; i < pack->strand_count; i++)
		for (size_t j = 0; j < pack->strands[i].begins.n; j++)
			if (pack->strands[i].begins.v[j].event == ON_KIND &&
			    strs_has(&pack->strands[i].begins.v[j].names, kind))
				return true;
	return false;
}

/* A fact of the mail or of its form: what stands only in history may be another child's. */
static const char *
said_now(const struct classified *classified, const char *name)
{
	for (size_t i = 0; i < classified->fact_count; i++)
		if (strcmp(classified->facts[i].name, name) == 0)
			return classified->facts[i].source == SOURCE_QUOTED ? NULL : classified->facts[i].value;
	return NULL;
}

/* A full name with a birth date, or a number whose check digit is right, or a reference. */
static bool
names_a_child(const struct classified *classified)
{
	const char *name = said_now(classified, "child-name");

	if (classified->strong_references > 0 || said_now(classified, "nhs-number") != NULL ||
	    said_now(classified, "upn") != NULL)
		return true;
	return name != NULL && strchr(name, ' ') != NULL && said_now(classified, "date-of-birth") != NULL;
}

static bool
need_met(const struct opening *opening, const struct kind *kind, const char *need)
{
	if (strcmp(need, "child") == 0)
		return names_a_child(opening->classified);
	if (classified_fact(opening->classified, need) != NULL)
		return true;
	for (size_t i = 0; i < kind->extract_count; i++)
		if (strcmp(kind->extracts[i].fact, need) == 0 &&
		    facts_can_extract(opening->arena, opening->message, &kind->extracts[i]))
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

const char *
match_cannot_open(const struct opening *opening)
{
	const struct kind *kind = kind_without_case(opening->classified);

	if (kind == NULL)
		return "it is of no kind that the rules know";
	if (!match_begins_a_strand(opening->pack, kind->name))
		return arena_printf(opening->arena, "a mail of kind %s alone opens no case", kind->name);
	for (size_t i = 0; i < kind->needs.n; i++)
		if (!need_met(opening, kind, kind->needs.v[i]))
			return arena_printf(opening->arena, "%s needs %s, and the mail does not say it",
			    kind->name, kind->needs.v[i]);
	return NULL;
}

