/*
 * Letters, blanks and labels of a text in which facts are looked for: see
 * facts_private.h.  Runs in adviced-parse; pure.
 * A text is walked word by word, so what no word of it can begin is told from
 * the first letter (text_begins).
 * Invariant: nothing looks further than the run of blanks or the cell at hand,
 * so that a text is read in linear time.
 * Fails: never.
 */
#include <string.h>

#include <glib.h>

#include "mail/facts_private.h"

#define BRACKET_MAX	40	/* "(as on the birth certificate)" */
#define DOWN_MAX	2	/* a value stands at most so many lines below its label */

size_t
text_letter(const char *s)
{
	gunichar c;

	if ((unsigned char)*s < 0x80)
		return g_ascii_isalnum(*s) ? 1 : 0;
	c = g_utf8_get_char_validated(s, -1);
	if (c >= 0x110000 || !(g_unichar_isalnum(c) || g_unichar_ismark(c)))
		return 0;
	return (size_t)(g_utf8_next_char(s) - s);
}

size_t
text_blank(const char *s)
{
	if (*s == ' ')
		return 1;
	if (strncmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	if (strncmp(s, "\xe2\x80", 2) == 0 && (((unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8a) ||
	    (unsigned char)s[2] == 0xaf))
		return 3;
	return strncmp(s, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

size_t
text_blanks(const char *s)
{
	size_t n = 0, len;

	while ((len = text_blank(s + n)) > 0)
		n += len;
	return n;
}

bool
text_begins(const char *s, const char *letters)
{
	return g_ascii_isalpha(*s) && strchr(letters, *s | 0x20) != NULL;
}

size_t
text_apostrophe(const char *s)
{
	static const char *const shapes[] = { "'", "`", "\xc2\xb4", "\xca\xb9", "\xca\xbb", "\xca\xbc", "\xca\xbd",
		"\xca\xbe", "\xca\xbf", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9b", "\xe2\x80\xb2", "\xef\xbc\x87" };

	if (g_ascii_isalnum(*s) || *s == ' ')	/* nearly always */
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
		if (strncmp(s, shapes[i], strlen(shapes[i])) == 0)
			return strlen(shapes[i]);
	return 0;
}

size_t
text_dash(const char *s)
{
	if (*s == '-')
		return 1;
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0x90 && (unsigned char)s[2] <= 0x95)
		return 3;
	return strncmp(s, "\xe2\x88\x92", 3) == 0 ? 3 : 0;
}

size_t
text_phrase(const char *s, const char *phrase)
{
	size_t n = 0, len;
	const char *p;

	for (p = phrase; *p != '\0'; p++) {
		if (*p == ' ')
			len = text_blanks(s + n);
		else if (*p == '\'')
			len = text_apostrophe(s + n);
		else
			len = g_ascii_tolower(s[n]) == *p ? 1 : 0;
		if (len == 0)
			return 0;
		n += len;
	}
	return g_ascii_isalnum(p[-1]) && text_letter(s + n) > 0 ? 0 : n;
}

size_t
text_phrases(const char *s, const char *const *phrases)
{
	size_t len;

	for (; *phrases != NULL; phrases++)
		if (((*s ^ **phrases) & 0xdf) == 0 && (len = text_phrase(s, *phrases)) > 0)
			return len;
	return 0;
}

bool
text_at_word(const char *text, const char *s)
{
	const char *before;

	if (s > text && (unsigned char)s[-1] < 0x80)
		return !g_ascii_isalnum(s[-1]);
	before = g_utf8_find_prev_char(text, s);
	return before == NULL || text_letter(before) == 0;
}

bool
text_at_cell(const char *text, const char *s)
{
	/* A list's mark: "- ", "* ", "1. ", "(a) ". */
	for (int marks = 0; s > text && marks < 6 && strchr(" *-\xa0.)(", s[-1]) != NULL; marks++)
		s--;
	while (s > text && g_ascii_isdigit(s[-1]) && g_ascii_isdigit(*s) == false)
		s--;
	return s == text || s[-1] == '\n' || s[-1] == '\t' || s[-1] == '|';
}

bool
text_ends_cell(const char *s)
{
	s += text_blanks(s);
	return *s == '\0' || *s == '\n' || *s == '\t' || *s == '|';
}

size_t
text_cell_length(const char *s)
{
	return strcspn(s, "\n\t|");
}

/* "(s)", "(dd/mm/yyyy)", "[if known]": what explains a label; a value has digits or is long. */
static size_t
bracket(const char *s)
{
	size_t len;

	if ((*s != '(' && *s != '[') || g_ascii_isdigit(s[1]))
		return 0;
	len = strcspn(s, ")]\n\t|");
	return len <= BRACKET_MAX && (s[len] == ')' || s[len] == ']') ? len + 1 : 0;
}

const char *
text_past_label(const char *s, bool down, bool *marked_r)
{
	bool marked = false;
	int lines = 0;
	size_t len;

	for (;;) {
		if ((len = text_blank(s)) > 0 || *s == '.' || *s == '*' || *s == '_')
			s += len > 0 ? len : 1;
		else if (*s == ':' || *s == '\t' || *s == '=' || *s == '|') {
			marked = true;
			s++;
		} else if (strncmp(s, "\xef\xbc\x9a", 3) == 0 || (len = text_dash(s)) > 0) {
			marked = true;
			s += len > 0 ? len : 3;
		} else if ((len = bracket(s)) > 0)
			s += len;
		else if (*s == '\n' && lines < DOWN_MAX && (down || marked)) {
			/* A form or a table row: the value stands below its label. */
			lines++;
			marked = true;
			s++;
		} else
			break;
	}
	*marked_r = marked;
	return s;
}
