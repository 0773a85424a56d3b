/*
 * Tables whose first row names the columns: "Name | Date of birth | UPN", a
 * child in each row below.  Runs in adviced-parse; pure.
 * Invariant: a table that says how people are related to the child is not
 * about the child.  Each row is read once.
 * Fails: never.
 */
#include <string.h>

#include "base/str.h"
#include "mail/facts_private.h"

#define COLUMNS_MAX	24
#define ROWS_MAX	200
#define HEADING_MAX	60

enum column { COLUMN_OTHER, COLUMN_NAME, COLUMN_SURNAME, COLUMN_FORENAME, COLUMN_BIRTH, COLUMN_NHS, COLUMN_UPN,
	COLUMN_RELATION };

struct cells {
	struct { const char *s; size_t len; } v[COLUMNS_MAX];
	size_t	n;
};

/* The cells of a line, without the empty ones that "| a | b |" has outside; the next line. */
static const char *
cells_read(const char *line, struct cells *cells)
{
	const char *s = line;

	cells->n = 0;
	s += text_blanks(s);
	s += *s == '|';
	while (cells->n < COLUMNS_MAX && *s != '\0' && *s != '\n') {
		size_t len = text_cell_length(s), lead = text_blanks(s);

		if (s[len] == '\0' || s[len] == '\n')
			if (len == lead && cells->n > 0 && s[-1] == '|')
				break;
		cells->v[cells->n].s = s + (lead < len ? lead : len);
		cells->v[cells->n++].len = lead < len ? len - lead : 0;
		s += len;
		s += *s == '\t' || *s == '|';
	}
	s += strcspn(s, "\n");
	return *s == '\n' ? s + 1 : s;
}

/* What a cell that is nothing but a heading names. */
static enum column
heading(const char *s, size_t len)
{
	static const char *const names[] = { "full name", "names", "name", NULL };
	static const char *const relations[] = { "relationship", "relation", NULL };
	size_t label, n;
	enum label child;

	if (len == 0 || len > HEADING_MAX || memchr(s, ':', len) != NULL)
		return COLUMN_OTHER;
	if (text_phrases(s, relations) > 0)
		return COLUMN_RELATION;
	if ((label = label_of_birth(s)) > 0)
		return COLUMN_BIRTH;
	if (label_of_nhs(s) > 0)
		return COLUMN_NHS;
	if (label_of_upn(s) > 0)
		return COLUMN_UPN;
	child = label_of_child(s, &n);
	if (child == LABEL_NONE)
		child = label_of_part(s, &n);
	if (child == LABEL_SURNAME)
		return COLUMN_SURNAME;
	if (child == LABEL_FORENAME)
		return COLUMN_FORENAME;
	if (child == LABEL_NAME || child == LABEL_CHILD || (text_phrases(s, names) > 0 && text_ends_cell(s + text_phrases(s, names))))
		return COLUMN_NAME;
	return COLUMN_OTHER;
}

/* Headings stand side by side and none of the cells holds a digit: a row of values does not look so. */
static bool
headings_read(const struct cells *cells, enum column *columns)
{
	bool beside = false;
	size_t i, j;

	for (i = 0; i < cells->n; i++) {
		columns[i] = heading(cells->v[i].s, cells->v[i].len);
		for (j = 0; j < cells->v[i].len; j++)
			if (cells->v[i].s[j] >= '0' && cells->v[i].s[j] <= '9')
				return false;
		beside |= i > 0 && columns[i] != COLUMN_OTHER && columns[i - 1] != COLUMN_OTHER;
	}
	for (i = 0; i < cells->n; i++)
		if (columns[i] == COLUMN_RELATION)
			return false;
	return beside;
}

static void
say_names(const struct search *search, const struct cells *cells, const enum column *columns)
{
	struct name part[2], name;
	bool has[2] = { false, false };
	size_t i;

	for (i = 0; i < cells->n; i++) {
		bool last = columns[i] == COLUMN_SURNAME;

		if (columns[i] == COLUMN_NAME)
			name_say(search, cells->v[i].s);
		if (!last && columns[i] != COLUMN_FORENAME)
			continue;
		part[last] = (struct name){ NULL, cells->v[i].s, name_length(cells->v[i].s) };
		part[last].value = arena_strndup(search->arena, part[last].start, part[last].len);
		has[last] = part[last].len > 0;
	}
	if (has[0] && has[1] && name_join(search->arena, &part[0], &part[1], &name)) {
		const struct name *front = part[0].start < part[1].start ? &part[0] : &part[1];
		const struct name *back = front == &part[0] ? &part[1] : &part[0];

		fact_say(search, SAID_CHILD_NAME, name.value, front->start, (size_t)(back->start + back->len - front->start));
	}
}

static void
say_row(const struct search *search, const struct cells *cells, const enum column *columns)
{
	say_names(search, cells, columns);
	for (size_t i = 0; i < cells->n; i++) {
		if (columns[i] == COLUMN_BIRTH)
			birth_value(search, cells->v[i].s);
		else if (columns[i] == COLUMN_NHS && cells->v[i].len > 0)
			nhs_value(search, cells->v[i].s, true);
		else if (columns[i] == COLUMN_UPN && cells->v[i].len > 0)
			upn_value(search, cells->v[i].s, true);
	}
}

void
table_find(struct search *search, const char *line)
{
	enum column columns[COLUMNS_MAX];
	struct cells cells;
	const char *next;

	if (line < search->table_end || search->other_lines > 0)
		return;
	next = cells_read(line, &cells);
	if (cells.n < 2 || !headings_read(&cells, columns))
		return;
	for (int row = 0; row < ROWS_MAX && *next != '\0'; row++) {
		size_t width = cells.n;

		next = cells_read(next, &cells);
		if (cells.n < 2)
			break;
		if (cells.n <= width)
			say_row(search, &cells, columns);
	}
	search->table_end = next;
}
