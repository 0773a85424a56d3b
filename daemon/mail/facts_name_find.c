/*
 * Where a child's name stands: behind its label, in two parts, or right before
 * a date of birth.  Runs in adviced-parse; pure.
 * Invariant: a name alone is none, nor one behind a parent's or a worker's
 * label.
 * Fails: never.
 */
#include <string.h>

#include <glib.h>

#include "mail/facts_private.h"

#define FORM_LINES	6	/* "Name:" belongs to a date of birth that is not further below */
#define FORM_BYTES	400
#define LABEL_LETTERS	"cfglnopswy"	/* that a child's label may begin with: "Child", "Full name", "Given name" ... */
#define PARTS_APART	160	/* bytes between a surname and the forename's label */

/* ---- "Surname: X", "Forename: Y" */

static bool
part_value(struct arena *arena, const struct search *search, const char *label, size_t label_len, struct name *part)
{
	bool marked;

	part->start = text_past_label(label + label_len, text_at_cell(search->text, label), &marked);
	part->len = marked && !label_of_something(part->start) ? name_length(part->start) : 0;
	part->value = arena_strndup(arena, part->start, part->len);
	return part->len > 0 && part->len <= NAME_MAX_BYTES && strchr(part->value, ',') == NULL;
}

/* A part's label, or a child's with a part ("Child's surname"). */
static enum label
any_part(const char *s, size_t *len_r)
{
	enum label label = label_of_child(s, len_r);

	return label == LABEL_SURNAME || label == LABEL_FORENAME ? label : label_of_part(s, len_r);
}

static void
find_parts(const struct search *search, const char *s)
{
	struct name part, other, name;
	size_t len;
	enum label label = any_part(s, &len), found;
	const char *at;

	if (label == LABEL_NONE || label_is_others(search, s) || !part_value(search->arena, search, s, len, &part))
		return;
	for (at = part.start + part.len; *at != '\0' && at - part.start < PARTS_APART; at++) {
		if (!text_begins(at, LABEL_LETTERS) || !text_at_word(search->text, at) || (found = any_part(at, &len)) == LABEL_NONE)
			continue;
		if (found != label && part_value(search->arena, search, at, len, &other) &&
		    name_join(search->arena, found == LABEL_FORENAME ? &other : &part,
		    found == LABEL_FORENAME ? &part : &other, &name))
			fact_say(search, SAID_CHILD_NAME, name.value, part.start,
			    (size_t)(other.start + other.len - part.start));
		return;
	}
}

/* ---- Labels */

/* A bare "Name:" at the start of a line counts when a date of birth stands within the next lines. */
static size_t
name_of_form(const struct search *search, const char *s)
{
	static const char *const labels[] = { "full name", "name", NULL };
	size_t label = text_phrases(s, labels);
	const char *end;
	int lines = 0;

	if (label == 0 || strchr(":\t|", s[label + text_blanks(s + label)]) == NULL || !text_at_cell(search->text, s) ||
	    label_is_others(search, s))
		return 0;
	for (end = s; *end != '\0' && lines < FORM_LINES && end - s < FORM_BYTES; end++) {
		lines += *end == '\n';
		if (text_at_word(search->text, end) && (label_of_birth(end) > 0 || label_of_upn(end) > 0))
			return label;
		if (lines > 0 && end[-1] == '\n' && label_of_other(end))
			return 0;
	}
	return 0;
}

/* "The child's name is Ann Lee". */
static size_t
says_is(const char *s)
{
	size_t n = text_blanks(s), len = text_phrase(s + n, "is");

	return len == 0 ? 0 : n + len + text_blanks(s + n + len);
}

const char *
name_find(const struct search *search, const char *s)
{
	size_t len;
	enum label label;
	const char *value;
	bool marked, at_cell;

	if (!text_begins(s, LABEL_LETTERS))
		return s;
	label = label_of_child(s, &len);
	at_cell = text_at_cell(search->text, s);
	if (label == LABEL_SURNAME || label == LABEL_FORENAME ||
	    (label == LABEL_NONE && (*s & 0xdf) != 'N' && (*s & 0xdf) != 'F')) {
		find_parts(search, s);
		return label == LABEL_NONE ? s : s + len;
	}
	if (label == LABEL_NONE) {
		find_parts(search, s);
		if ((len = name_of_form(search, s)) == 0)
			return s;
	}
	/* "the child - somebody said": without the word "name" only a colon or a cell of its own makes it a label. */
	if ((label == LABEL_CHILD && !at_cell && s[len + text_blanks(s + len)] != ':') || search->other_line)
		return s;
	if (label == LABEL_CHILD && !at_cell && s > search->text && strchr(" \t", s[-1]) != NULL &&
	    s - 1 > search->text && text_letter(s - 2) > 0)
		return s;	/* "Parent of child: ..." */
	value = text_past_label(s + len, at_cell, &marked);
	if (!marked && label == LABEL_NAME && says_is(s + len) > 0) {
		value = s + len + says_is(s + len);
		marked = true;
	}
	if (marked)
		name_say(search, value);
	return s + len;
}

/* ---- A name without a label, before a date of birth */

/* Where the words that may be a name begin, before end and not before line. */
static const char *
words_begin(struct arena *arena, const char *line, const char *end)
{
	const char *begin = end, *word;
	unsigned words = 0;

	while (begin > line && words <= 5) {
		const char *stop = begin;

		while (stop > line && stop[-1] == ' ')
			stop--;
		if (stop == line || (begin != end && stop == begin))
			break;
		for (word = stop; word > line && strchr(" ,:;()\"|\t/", word[-1]) == NULL; word--)
			;
		if (stop > line && stop[-1] == ',') {	/* "LEE, Ann" */
			for (word = stop - 1; word > line && strchr(" ,:;()\"|\t/", word[-1]) == NULL; word--)
				;
			if (words != 1 || stop - word < 3 || !name_is_upper(word, (size_t)(stop - word)))
				break;
		}
		if (word == stop || memchr(word, '@', (size_t)(stop - word)) != NULL)
			break;
		if (!name_has_word(arena, word, (size_t)(stop - word) - (stop[-1] == ',')))
			break;
		begin = word;
		words++;
	}
	return words > 5 ? end : begin;
}

/* The line above: a name alone behind "re:", or alone below an empty line, as letters have it. */
static void
name_above(const struct search *search, const char *line)
{
	static const char *const re[] = { "re", "regarding", "ref", "child", "concerning", "about", NULL };
	const char *end, *begin, *value;
	size_t len;
	bool led;
	struct name name;

	for (end = line; end > search->text && strchr("\n ", end[-1]) != NULL && line - end < 3; end--)
		;
	for (begin = end; begin > search->text && begin[-1] != '\n' && end - begin < NAME_MAX_BYTES; begin--)
		;
	len = text_phrases(begin, re);
	led = len > 0 && begin[len + text_blanks(begin + len)] == ':';
	value = led ? begin + len + text_blanks(begin + len) + 1 : begin;
	value += text_blanks(value);
	/* Without "re:" only where nothing stands right above it that could be its label. */
	if (!led && begin > search->text && !(begin - search->text > 1 && begin[-2] == '\n'))
		return;
	if (value < end && value + name_alone(search->arena, value) == end &&
	    name_read(search->arena, value, (size_t)(end - value), &name))
		fact_say(search, SAID_CHILD_NAME, name.value, name.start, name.len);
}

void
name_before(const struct search *search, const char *s)
{
	const char *end = s, *line, *begin;
	struct name name;

	for (line = s; line > search->text && strchr("\n\t|", line[-1]) == NULL && s - line < NAME_MAX_BYTES; line--)
		;
	while (end > line && (strchr(" ,(;-[", end[-1]) != NULL ||
	    (end - line > 3 && strncmp(end - 3, "\xe2\x80\x93", 3) == 0)))
		end -= strchr(" ,(;-[", end[-1]) != NULL ? 1 : 3;
	if (end == line) {
		if (line > search->text && line[-1] == '\n')
			name_above(search, line);
		return;
	}
	begin = words_begin(search->arena, line, end);
	if (begin < end && name_read(search->arena, begin, (size_t)(end - begin), &name))
		fact_say(search, SAID_CHILD_NAME, name.value, name.start, name.len);
}
