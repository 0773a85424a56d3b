/*
 * Comma-separated files.  Runs in core and advicectl, on lists that an
 * administrator imports.  Pure.
 * Invariant: a row has exactly as many fields as there are columns, each valid
 * UTF-8 without control characters.  Rows that do not are named, all of them.
 * Fails: into the problems buffer; the caller takes nothing if it grew.
 */
#include <ctype.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/csv.h"
#include "conf/csv_form.h"

#define MAX_COLUMNS 32

struct cursor {
	const char	*p, *end;
	int		 line;
};

void
csv_problem(struct csv *csv, int line, const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(csv->problems, "%s:%d: %s\n", csv->file, line, text);
	csv->problem_count++;
}

/*
 * A quoted field; the cursor stands behind the opening quote.  A field has no
 * line end in it, so a quote that is not closed spoils its own line only.
 * False: never closed.
 */
static bool
read_quoted(struct cursor *cursor, struct buf *field)
{
	for (; cursor->p < cursor->end && *cursor->p != '\n'; cursor->p++) {
		if (*cursor->p == '"') {
			if (cursor->p + 1 == cursor->end || cursor->p[1] != '"') {
				cursor->p++;
				return true;
			}
			cursor->p++;
		}
		buf_add_char(field, *cursor->p);
	}
	return false;
}

/* Up to the comma or line end. False: something is wrong with its quotes. */
static bool
read_field(struct cursor *cursor, struct buf *field)
{
	bool well = true;

	buf_reset(field);
	while (cursor->p < cursor->end && (*cursor->p == ' ' || *cursor->p == '\t'))
		cursor->p++;
	if (cursor->p < cursor->end && *cursor->p == '"') {
		cursor->p++;
		well = read_quoted(cursor, field);
		while (cursor->p < cursor->end && strchr(" \t\r", *cursor->p) != NULL && *cursor->p != '\0')
			cursor->p++;
		if (cursor->p < cursor->end && *cursor->p != ',' && *cursor->p != '\n')
			well = false;
	}
	for (; cursor->p < cursor->end && *cursor->p != ',' && *cursor->p != '\n'; cursor->p++)
		buf_add_char(field, *cursor->p);
	return well;
}

static bool
field_is_text(const struct buf *field)
{
	size_t i;

	for (i = 0; i < field->len; i++)
		if ((unsigned char)field->data[i] < 0x20 && field->data[i] != '\t' &&
		    !(field->data[i] == '\r' && i + 1 == field->len))
			return false;
	return true;
}

static void
take_field(struct arena *arena, struct csv *csv, struct csv_row *row, const struct buf *field,
    bool well)
{
	const char *text = buf_text(field);

	if (!g_utf8_validate(text, (gssize)field->len, NULL)) {
		row->spoilt = true;	/* said when the file's form was looked at */
		strs_add(arena, &row->fields, "");
		return;
	}
	if (!well)
		csv_problem(csv, row->line, "the quotes of field %zu are not closed in this line, or text follows "
		    "them; a quote within a field is written twice", row->fields.n + 1);
	else if (!field_is_text(field))
		csv_problem(csv, row->line, "field %zu has a line end or control character in it",
		    row->fields.n + 1);
	else {
		strs_add(arena, &row->fields, str_trim(arena, text));
		return;
	}
	row->spoilt = true;
	strs_add(arena, &row->fields, "");
}

/* One row, with as many fields as it has. */
static void
read_row(struct arena *arena, struct csv *csv, struct cursor *cursor, struct csv_row *row)
{
	struct buf field = BUF_INIT;
	bool well;

	memset(row, 0, sizeof(*row));
	row->line = cursor->line;
	for (;;) {
		well = read_field(cursor, &field);
		take_field(arena, csv, row, &field, well);
		if (cursor->p == cursor->end || *cursor->p == '\n')
			break;
		cursor->p++;
	}
	if (cursor->p < cursor->end) {
		cursor->p++;
		cursor->line++;
	}
	buf_free(&field);
}

static bool
row_is_empty(const struct csv_row *row)
{
	size_t i;

	for (i = 0; i < row->fields.n; i++)
		if (row->fields.v[i][0] != '\0')
			return false;
	return true;
}

static const char *
columns_text(struct arena *arena, const char *const *columns)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; columns[i] != NULL; i++)
		strs_add(arena, &names, columns[i]);
	return strs_join(arena, &names, ", ");
}

/* Which field of the file each column is; false if one is missing, doubled or unknown. */
static bool
read_heading(struct arena *arena, struct csv *csv, const struct csv_row *heading, const char *const *columns, size_t *at)
{
	const char *all = columns_text(arena, columns);
	size_t before = csv->problem_count;
	const char *near;
	size_t i, j, count;

	for (i = 0; columns[i] != NULL; i++) {
		for (j = 0, count = 0; j < heading->fields.n; j++)
			if (strcasecmp(heading->fields.v[j], columns[i]) == 0) {
				at[i] = j;
				count++;
			}
		if (count != 1)
			csv_problem(csv, heading->line, "the column \"%s\" is %s in the first row",
			    columns[i], count == 0 ? "missing" : "named twice");
	}
	for (j = 0; j < heading->fields.n; j++) {
		for (i = 0; columns[i] != NULL && strcasecmp(heading->fields.v[j], columns[i]) != 0; i++)
			;
		if (columns[i] != NULL)
			continue;
		near = str_nearest(heading->fields.v[j], columns);
		csv_problem(csv, heading->line, "there is no column \"%s\"%s%s%s; take it out%s%s", heading->fields.v[j],
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "",
		    *all == '\0' ? "" : ", or give it one of these names: ", all);
		all = "";	/* the names are said once */
	}
	return csv->problem_count == before;
}

static void
order_fields(struct arena *arena, struct csv_row *row, const size_t *at)
{
	const char **ordered = arena_alloc(arena, row->fields.n * sizeof(*ordered));
	size_t i;

	for (i = 0; i < row->fields.n; i++)
		ordered[i] = row->fields.v[at[i]];
	row->fields.v = ordered;
}

void
csv_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
    const char *const *columns, struct buf *problems, struct csv *csv_r)
{
	struct cursor cursor = { bytes, bytes + len, 1 };
	size_t at[MAX_COLUMNS], width = 0;
	struct csv_row row;

	memset(csv_r, 0, sizeof(*csv_r));
	csv_r->file = file;
	csv_r->problems = problems;
	while (columns[width] != NULL && width < MAX_COLUMNS)
		width++;
	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		cursor.p += 3;
	if (!csv_form_fits(csv_r, cursor.p, (size_t)(cursor.end - cursor.p)))
		return;
	read_row(arena, csv_r, &cursor, &row);
	if (!read_heading(arena, csv_r, &row, columns, at))
		return;
	while (cursor.p < cursor.end) {
		read_row(arena, csv_r, &cursor, &row);
		if (row_is_empty(&row))
			continue;
		if (row.fields.n != width) {
			if (!row.spoilt)	/* else the commas that its quotes hid are no news */
				csv_problem(csv_r, row.line, "%zu fields where there should be %zu; a field with "
				    "a comma in it needs quotes", row.fields.n, width);
			continue;
		}
		order_fields(arena, &row, at);
		*(struct csv_row *)arena_push(arena, csv_r->rows, csv_r->count) = row;
	}
}

dayno
csv_date(struct csv *csv, int line, const char *column, const char *text)
{
	dayno day;

	if (*text == '\0')
		return DAY_NONE;
	if (!date_parse_iso(text, &day)) {
		csv_problem(csv, line, "%s: \"%s\" is no date; write it as 2026-09-07", column, text);
		return DAY_NONE;
	}
	return day;
}

/* Plain addresses only: what a list may name is what mail may go to. */
static bool
is_address(const char *text)
{
	const char *at = strchr(text, '@'), *p;

	if (at == NULL || at == text || strlen(text) > 254 || strchr(at + 1, '@') != NULL)
		return false;
	for (p = text; p < at; p++)
		if (!isalnum((unsigned char)*p) && strchr("!#$%&'*+-/=?^_`{|}~.", *p) == NULL)
			return false;
	if (text[0] == '.' || at[-1] == '.' || strstr(text, "..") != NULL)
		return false;
	for (p = at + 1; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return false;
	return strchr(at, '.') != NULL && at[1] != '.' && at[1] != '-' && isalnum((unsigned char)p[-1]);
}

const char *
csv_address(struct arena *arena, struct csv *csv, int line, const char *column, const char *text)
{
	if (*text == '\0' || is_address(text))
		return str_lower(arena, text);
	csv_problem(csv, line, "%s: \"%s\" is no e-mail address", column, text);
	return "";
}
