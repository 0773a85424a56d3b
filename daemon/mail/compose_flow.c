/*
 * Lines that somebody's mail program ended because they were full, told from
 * those that the writer ended: on a phone the first are joined again.  Pure.
 * Run by core.
 * Invariant: in doubt a line end stays; lists, tables, labels, addresses and
 * signatures keep theirs.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include <glib.h>

#include "base/str.h"
#include "mail/compose_private.h"

#define NARROW		55	/* columns: shorter lines were ended on purpose */
#define WIDE		80	/* nobody's mail program lets a line it wraps grow longer */
#define LABEL_MAX	30	/* "Date of birth: ..." */

static bool
has_link(const char *line)
{
	return strstr(line, "://") != NULL;
}

size_t
flow_width(const struct strs *lines)
{
	size_t width = 0, len;

	for (size_t i = 0; i < lines->n; i++) {
		if (has_link(lines->v[i]))
			continue;
		if ((len = (size_t)g_utf8_strlen(lines->v[i], -1)) > WIDE)
			return 0;
		if (len > width)
			width = len;
	}
	return width < NARROW ? 0 : width;
}

/* "- x", "* x", "• x", "1. x", "2) x", "a) x", "(b) x" */
static bool
is_item(const char *line)
{
	static const char *const marks[] = { "-", "*", "+", "\xe2\x80\xa2", "\xe2\x80\x93", "\xe2\x80\x94", "\xc2\xb7", "o" };
	size_t digits;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts(line, marks[i]) && (line[strlen(marks[i])] == ' ' || line[strlen(marks[i])] == '\t'))
			return true;
	line += *line == '(';
	digits = strspn(line, "0123456789");
	if (digits == 0 && isalpha((unsigned char)line[0]))
		digits = 1;
	return digits > 0 && digits < 3 && (line[digits] == '.' || line[digits] == ')') &&
	    (line[digits + 1] == ' ' || line[digits + 1] == '\t');
}

/* "Name: Jo", "On Monday, Jo wrote:" */
static bool
is_labelled(const char *line)
{
	size_t colon = strcspn(line, ":");

	return line[colon] == ':' && (line[colon + 1] == '\0' || (colon < LABEL_MAX && line[colon + 1] == ' ' &&
	    isupper((unsigned char)line[0])));
}

/* Columns, or nothing to read on: it is as it was drawn. */
static bool
is_drawn(const char *line)
{
	return line[0] == '\0' || line[0] == ' ' || line[0] == '\t' || line[0] == '>' || line[0] == '|' || strchr(line, '\t') != NULL ||
	    strstr(line, "   ") != NULL || strspn(line, "-_=*~") > 2 || is_item(line) || is_labelled(line);
}

/* A sentence may end here, or is in the middle; behind "Flat 2, High Street," the next line of an address may come. */
static bool
reads_on(const char *line, const char *next)
{
	size_t len = strlen(line);
	const char *word = strrchr(line, ' ');

	if (islower((unsigned char)next[0]))
		return true;
	if (strchr(".?!", line[len - 1]) != NULL)
		return true;
	for (word = word == NULL ? line : word + 1; *word != '\0'; word++)
		if (!islower((unsigned char)*word))
			return false;
	return true;
}

bool
flow_goes_on(const char *line, const char *next, size_t width)
{
	size_t len = (size_t)g_utf8_strlen(line, -1), end = strlen(line);
	const char *last = strrchr(line, ' '), *space = strchr(next, ' ');

	if (width == 0 || len < NARROW || is_drawn(next) || is_labelled(line) || strstr(line, "   ") != NULL || line[0] == '|' ||
	    line[0] == '>' || line[end - 1] == ' ' || has_link(last == NULL ? line : last) ||
	    strchr(last == NULL ? line : last, '@') != NULL ||
	    str_starts(next, "http"))
		return false;
	/* It would have fitted: the writer ended the line. */
	return len + 1 + (size_t)g_utf8_strlen(next, space == NULL ? -1 : space - next) > width && reads_on(line, next);
}
