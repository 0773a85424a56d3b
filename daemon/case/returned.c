/*
 * Does a colleague's mail bring back what was asked for?  Runs wherever
 * decide() does; pure.
 * Invariant: a file is refused only where it surely holds nothing to use:
 * locked, damaged, one of the pack's own forms to the byte, or labels alone.  A
 * scan, or a kind of file that this program does not read, is a person's
 * advice like any other.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/returned.h"

#define LABELS_LEAST	3	/* fewer are a heading, not a form */
#define LABEL_WORDS	12	/* a longer line is a sentence */
#define GUIDANCE_WORDS	60	/* above the first label: more is somebody's advice, with lines to sign at its end */

/* ---- A blank form */

/* Dots, lines and boxes to write on. */
static bool
is_filling(const char *text, size_t length)
{
	static const char *const boxes[] = { "\xe2\x98\x90", "\xe2\x80\xa6", "\xc2\xa0", "\xe2\x96\xa1" };	/* empty box, dots, blank, square */

	while (length > 0) {
		size_t taken = strchr("_. \t-|[](){}/\r", *text) != NULL ? 1 : 0;

		for (size_t i = 0; taken == 0 && i < sizeof(boxes) / sizeof(boxes[0]); i++)
			if (length >= strlen(boxes[i]) && strncmp(text, boxes[i], strlen(boxes[i])) == 0)
				taken = strlen(boxes[i]);
		if (taken == 0)
			return false;
		text += taken;
		length -= taken;
	}
	return true;
}

static size_t
count_words(const char *text, size_t length)
{
	size_t words = 0;

	for (size_t i = 0; i < length; i++)
		words += !isspace((unsigned char)text[i]) && (i == 0 || isspace((unsigned char)text[i - 1]));
	return words;
}

enum line { LINE_EMPTY, LINE_LABEL, LINE_FILLED, LINE_TEXT };

/* A label has little before its colon; nothing behind it, and it is bare: "Name of child: ____". */
static enum line
line_kind(const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);

	if (is_filling(line, length))
		return LINE_EMPTY;
	if (colon == NULL || count_words(line, (size_t)(colon - line)) > LABEL_WORDS)
		return LINE_TEXT;
	return is_filling(colon + 1, length - (size_t)(colon + 1 - line)) ? LINE_LABEL : LINE_FILLED;
}

bool
returned_is_blank(const char *text)
{
	size_t labels = 0, guidance = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		enum line kind = line_kind(text, length);

		labels += kind == LINE_LABEL;
		guidance += kind == LINE_TEXT ? count_words(text, length) : 0;
		if (kind == LINE_FILLED || guidance > GUIDANCE_WORDS || (kind == LINE_TEXT && labels > 0))
			return false;
		text += length + (text[length] == '\n');
	}
	return labels >= LABELS_LEAST;
}

/* ---- The mail */

static bool
is_named_so(const struct strs *globs, const char *name)
{
	for (size_t i = 0; i < globs->n; i++)
		if (pattern_file(globs->v[i], name))
			return true;
	return false;
}

/* The files that make a mail of this kind what it is; all of an answer's. */
static bool
counts(const struct kind *kind, const struct document *document)
{
	if (document->is_inline)
		return false;
	return kind == NULL || is_named_so(&kind->test.attachment, document->name) ||
	    (kind->or_test != NULL && is_named_so(&kind->or_test->attachment, document->name));
}

static const char *
fault(const struct pack *pack, const struct document *document)
{
	static const struct { const char *begins, *words; } shut[] = {
		{ "protected", "it is locked with a password" }, { "encrypted", "it is encrypted" },
		{ "damaged", "it is damaged and cannot be opened" }, { "empty", "it is empty" },
	};

	for (size_t i = 0; i < sizeof(shut) / sizeof(shut[0]); i++)
		if (str_starts(document->unreadable, shut[i].begins))
			return shut[i].words;
	if (strs_has_nocase(&pack->file_hashes, document->sha256) || returned_is_blank(document->text))
		return "it is an empty form";
	return NULL;
}

const char *
returned_nothing(struct arena *arena, const struct pack *pack, const struct message *message, const struct kind *kind)
{
	const char *first = NULL;

	for (size_t i = 0; i < message->document_count; i++) {
		const char *why;

		if (!counts(kind, &message->documents[i]))
			continue;
		why = fault(pack, &message->documents[i]);
		if (why == NULL)
			return NULL;
		if (first == NULL)
			first = arena_printf(arena, "the attached form cannot count as returned, since %s", why);
	}
	return first;
}
