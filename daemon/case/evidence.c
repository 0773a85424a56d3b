/*
 * What a mail shows that may point to a case: our codes and message-ids, its
 * thread, the child's numbers, references, name with birth date.  Runs in core
 * and advicectl; pure.
 * Invariant: what stands only in quoted history is marked weak.  A name
 * without a birth date, or initials, are no evidence at all.  Only what has
 * the form and the label of a code of ours is looked up as one.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/match_mail.h"

#define CODE_LENGTH 8
#define CODE_LETTERS "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#define BODY_LABEL "answer code:"
#define SUBJECT_LABEL "[code "

struct collecting {
	struct arena	*arena;
	struct evidence	*list;
	size_t		 count;
};

static void
add(struct collecting *c, enum evidence_kind kind, const char *value, bool weak)
{
	if (value == NULL || value[0] == '\0')
		return;
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].kind == kind && strcmp(c->list[i].value, value) == 0) {
			c->list[i].weak &= weak;
			return;
		}
	*arena_push(c->arena, c->list, c->count) = (struct evidence){ kind, value, weak };
}

/* ---- Codes */

/* The code that stands behind a label, or NULL. */
static const char *
code_behind(struct arena *arena, const char *text)
{
	size_t len;

	text += strspn(text, " \t*\xc2\xa0");
	len = strspn(text, CODE_LETTERS);
	if (len != CODE_LENGTH || isalnum((unsigned char)text[len]))
		return NULL;
	return arena_strndup(arena, text, len);
}

/* Letters and digits of ours, both: a shouted word, a year or most tickets are none. */
static bool
is_bare_code(const char *text)
{
	size_t letters = strcspn(text, "23456789");

	return letters > 0 ? letters < CODE_LENGTH : strspn(text, "23456789") < CODE_LENGTH;
}

/*
 * A button's subject, "EHC-20417 [code K7M2QX9P]", or the code alone, as people type it.
 * What the store does not find by its hash counts for nothing.
 */
static void
add_subject_codes(struct collecting *c, const char *subject)
{
	for (const char *p = subject; *p != '\0'; p++) {
		const char *code;

		if (str_starts_nocase(p, SUBJECT_LABEL)) {
			add(c, EVIDENCE_TOKEN, code_behind(c->arena, p + strlen(SUBJECT_LABEL)), false);
			continue;
		}
		if (p > subject && (isalnum((unsigned char)p[-1]) || (unsigned char)p[-1] >= 0x80 || p[-1] == '-'))
			continue;
		code = isalnum((unsigned char)*p) ? code_behind(c->arena, p) : NULL;
		if (code != NULL && is_bare_code(code))
			add(c, EVIDENCE_TOKEN, code, false);
	}
}

/* The first (newest) labelled code of a text; the label with anything else behind it is somebody's words. */
static void
add_body_code(struct collecting *c, const char *text)
{
	const char *code = NULL;

	for (; *text != '\0' && code == NULL; text++)
		if (str_starts_nocase(text, BODY_LABEL))
			code = code_behind(c->arena, text + strlen(BODY_LABEL));
	add(c, EVIDENCE_TOKEN, code, false);
}

/* ---- Conversation */

/* Ours or others': the store knows which; a message-id of ours is a token. */
static void
add_message_id(struct collecting *c, const char *id)
{
	add(c, EVIDENCE_TOKEN, id, false);
	add(c, EVIDENCE_THREAD, id, false);
}

static void
add_conversation(struct collecting *c, const struct message *message)
{
	add_message_id(c, message->in_reply_to);
	for (size_t i = message->references.n; i-- > 0;)
		add_message_id(c, message->references.v[i]);
	add_message_id(c, message->original_message_id);
	add(c, EVIDENCE_THREAD, message->thread_root, false);
}

/* ---- The child */

static const struct found_fact *
fact(const struct classified *classified, const char *name)
{
	for (size_t i = 0; i < classified->fact_count; i++)
		if (strcmp(classified->facts[i].name, name) == 0)
			return &classified->facts[i];
	return NULL;
}

/*
 * Where the mail itself names a reference, what only a form says does not
 * point elsewhere: a wrong form is held by the wrong-child guard.
 */
static bool
is_weak(const struct classified *classified, enum text_source source)
{
	const struct found_fact *reference = fact(classified, "reference");
	bool in_form = source == SOURCE_ATTACHMENT_NAME || source == SOURCE_ATTACHMENT_TEXT;

	return source == SOURCE_QUOTED ||
	    (in_form && reference != NULL && reference->source <= SOURCE_FORWARDED);
}

static void
add_said(struct collecting *c, const struct message *message, const struct classified *classified,
    enum said_kind said, enum evidence_kind kind)
{
	for (size_t i = 0; i < message->said_count; i++)
		if (message->said[i].kind == said)
			add(c, kind, message->said[i].value,
			    is_weak(classified, message->said[i].source));
}

/* "folded name|2015-03-12"; without a labelled name "|2015-03-12", for a child whom the mail's own words name. */
static void
add_name_and_birth(struct collecting *c, const struct classified *classified)
{
	const struct found_fact *name = fact(classified, "child-name");
	const struct found_fact *born = fact(classified, "date-of-birth");
	const char *folded = name == NULL ? "" : str_fold_name(c->arena, name->value);
	bool weak;

	if (born == NULL)
		return;
	if (strchr(folded, ' ') == NULL)
		name = NULL;		/* not a full name */
	if (name == NULL && born->source > SOURCE_FORWARDED)
		return;
	weak = is_weak(classified, born->source) || (name != NULL && is_weak(classified, name->source));
	add(c, EVIDENCE_NAME_AND_BIRTH, arena_printf(c->arena, "%s|%s", name == NULL ? "" : folded,
	    born->value), weak);
}

void
evidence_of(struct arena *arena, const struct message *message, const struct classified *classified,
    struct evidence **evidence_r, size_t *count_r)
{
	struct collecting c = { .arena = arena };

	add_subject_codes(&c, message->subject);
	add_body_code(&c, message->new_text);
	add_conversation(&c, message);
	add_body_code(&c, message->quoted_text);
	add_said(&c, message, classified, SAID_NHS_NUMBER, EVIDENCE_NHS_NUMBER);
	add_said(&c, message, classified, SAID_UPN, EVIDENCE_UPN);
	for (size_t i = 0; i < classified->references.n; i++)
		add(&c, EVIDENCE_REFERENCE, classified->references.v[i],
		    i >= classified->strong_references);
	add_name_and_birth(&c, classified);
	add(&c, EVIDENCE_WORDS, match_own_words(arena, message), false);
	*evidence_r = c.list;
	*count_r = c.count;
}

void
evidence_codes(struct arena *arena, const struct message *message, struct strs *codes_r)
{
	struct collecting c = { .arena = arena };

	add_subject_codes(&c, message->subject);
	add_body_code(&c, message->new_text);
	if (strcspn(message->in_reply_to, ".") == CODE_LENGTH)
		add(&c, EVIDENCE_TOKEN, arena_strndup(arena, message->in_reply_to, CODE_LENGTH), false);
	add_body_code(&c, message->quoted_text);
	*codes_r = (struct strs){ NULL, 0 };
	for (size_t i = 0; i < c.count; i++)
		strs_add(arena, codes_r, c.list[i].value);
}
