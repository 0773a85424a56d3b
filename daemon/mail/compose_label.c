/*
 * The label of an answer code, kept to ourselves: a letter may hold what
 * others wrote, and a code that stands there, of a mail they quoted or put
 * there on purpose, must not be taken for ours when the letter comes back in
 * a reply (case/evidence.c).  Pure.  Run by core.
 * Invariant: behind it no "Answer code:" stands in the letter's text, however
 * a mail program wraps or quotes it; nothing else of the text is changed.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "base/literal.h"
#include "mail/compose_private.h"

/* What a mail program may make one blank of, or leave out: line ends, quoting, bold, a blank that does not break. */
static const char blanks[] = { ' ', '\t', '\r', '\n', '>', '*', LITERAL_MARK, '\xc2', '\xa0', '\0' };

/* The colon of a label that begins here, or NULL. */
static const char *
label_colon(const char *text)
{
	if (!str_starts_nocase(text, "answer"))
		return NULL;
	text += strlen("answer");
	text += strspn(text, blanks);
	if (!str_starts_nocase(text, "code"))
		return NULL;
	text += strlen("code");
	text += strspn(text, blanks);
	return *text == ':' ? text : NULL;
}

const char *
compose_without_label(struct arena *arena, const char *text)
{
	struct buf out = BUF_INIT;
	const char *from = text, *colon;

	for (const char *at = text; *at != '\0'; at++) {
		if ((colon = label_colon(at)) == NULL)
			continue;
		/* A blank that is seen: one that nobody sees would not last in a mail program. */
		buf_add(&out, from, (size_t)(colon - from));
		buf_add_char(&out, ' ');
		from = at = colon;
	}
	if (from != text) {
		buf_add_str(&out, from);
		text = arena_strdup(arena, buf_text(&out));
	}
	buf_free(&out);
	return text;
}
