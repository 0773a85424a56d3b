/*
 * The involvement list.  Runs in core and advicectl.  Pure but for
 * involvement_read(), which reads one file.
 * Invariant: numbers are canonical (ten digits with a right check digit, upper
 * case), the status is open or closed, only closed rows bear a closing date.
 * Fails: ERR_CONFIG from involvement_read(); involvement_parse() names every
 * bad line and then gives nothing.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/csv.h"
#include "conf/involvement.h"

#define MAX_BYTES (512u << 20)

enum { PERSON_ID, NAME, BORN, NHS_NUMBER, UPN, SERVICE, STATUS, CLOSED_ON, WORKER, FLAGS };

static const char *const columns[] = {
	"person-id", "name", "date-of-birth", "nhs-number", "upn", "service", "status",
	"closed-on", "worker", "flags", NULL
};
static const char *const services[] = { "CSC", "OPS", "EH", "CWD", "ASC", NULL };

/* "999 000 0115" -> "9990000115"; "" where it is none, with a problem. */
static const char *
nhs_number(struct arena *arena, struct csv *csv, int line, const char *text)
{
	char digits[11];
	size_t i, n = 0;
	int sum = 0, check;
	const char *p;

	if (*text == '\0')
		return "";
	for (p = text; *p != '\0' && n < sizeof(digits); p++)
		if (isdigit((unsigned char)*p))
			digits[n++] = *p;
		else if (*p != ' ' && *p != '-')
			break;
	if (*p != '\0' || n != 10) {
		csv_problem(csv, line, "the nhs-number does not have ten digits");
		return "";
	}
	for (i = 0; i < 9; i++)
		sum += (digits[i] - '0') * (int)(10 - i);
	check = (11 - sum % 11) % 11;
	if (check != digits[9] - '0') {
		csv_problem(csv, line, "the last digit of the nhs-number does not check: a digit is wrong");
		return "";
	}
	return arena_strndup(arena, digits, 10);
}

/*
 * A letter, eleven digits, and a digit or letter.  The check letter is not
 * tested: the list is the case system's, and an identifier that fails it is
 * never found in a mail, so it can bring nobody together.
 */
static const char *
upn(struct arena *arena, struct csv *csv, int line, const char *text)
{
	size_t i, len = strlen(text);
	char *upper;
	bool well = len == 13 && isalpha((unsigned char)text[0]) && isalnum((unsigned char)text[12]);

	if (len == 0)
		return "";
	for (i = 1; well && i < 12; i++)
		well = isdigit((unsigned char)text[i]);
	if (!well) {
		csv_problem(csv, line, "the upn is not one letter and twelve digits");
		return "";
	}
	upper = arena_strdup(arena, text);
	upper[0] = (char)toupper((unsigned char)upper[0]);
	upper[12] = (char)toupper((unsigned char)upper[12]);
	return upper;
}

static const char *
service(struct csv *csv, int line, const char *text)
{
	size_t i;

	for (i = 0; services[i] != NULL; i++)
		if (str_same(services[i], text))
			return services[i];
	csv_problem(csv, line, "service: \"%s\" is none of CSC, OPS, EH, CWD, ASC", text);
	return "";
}

static void
take_status(struct csv *csv, struct involvement *row, const char *status, const char *closed_on)
{
	row->open = str_same(status, "open");
	row->closed_on = csv_date(csv, row->line, "closed-on", closed_on);
	if (!row->open && !str_same(status, "closed"))
		csv_problem(csv, row->line, "status: \"%s\" is neither open nor closed", status);
	else if (row->open && *closed_on != '\0')
		csv_problem(csv, row->line, "the status is open, but closed-on is %s", closed_on);
}

static void
add_flags(struct arena *arena, struct csv *csv, struct involvement *row, const char *text)
{
	const char *p = text, *c;
	char *flag;
	size_t len;

	for (;;) {
		p += strspn(p, " ");
		if ((len = strcspn(p, " ")) == 0)
			return;
		flag = str_lower(arena, arena_strndup(arena, p, len));
		for (c = flag; islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-'; c++)
			;
		if (*c != '\0')
			csv_problem(csv, row->line, "flags: \"%s\" is no flag; flags are words such as "
			    "looked-after, with spaces between them", flag);
		strs_add_new(arena, &row->flags, flag);
		p += len;
	}
}

static void
add_row(struct arena *arena, struct csv *csv, const struct csv_row *from, struct involvement_list *list)
{
	const char *const *field = from->fields.v;
	struct involvement *row;

	if (from->spoilt)
		return;
	row = arena_push(arena, list->rows, list->count);
	row->line = from->line;
	row->person_id = field[PERSON_ID];
	row->name = str_squeeze(arena, field[NAME]);
	row->born = csv_date(csv, row->line, "date-of-birth", field[BORN]);
	row->nhs_number = nhs_number(arena, csv, row->line, field[NHS_NUMBER]);
	row->upn = upn(arena, csv, row->line, field[UPN]);
	row->service = service(csv, row->line, field[SERVICE]);
	row->worker = csv_address(arena, csv, row->line, "worker", field[WORKER]);
	take_status(csv, row, field[STATUS], field[CLOSED_ON]);
	add_flags(arena, csv, row, field[FLAGS]);
	if (*row->person_id == '\0')
		csv_problem(csv, row->line, "the person-id is missing");
	if (*row->name == '\0')
		csv_problem(csv, row->line, "the name is missing");
	if (row->born != DAY_NONE && row->closed_on != DAY_NONE && row->closed_on < row->born)
		csv_problem(csv, row->line, "closed-on lies before the date of birth");
}

int
involvement_parse(struct arena *arena, const char *file, const char *bytes, size_t len,
    struct involvement_list **list_r, struct buf *problems)
{
	struct involvement_list *list = arena_alloc(arena, sizeof(*list));
	struct csv csv;
	size_t i;

	csv_parse(arena, file, bytes, len, columns, problems, &csv);
	for (i = 0; i < csv.count; i++)
		add_row(arena, &csv, &csv.rows[i], list);
	if (csv.problem_count > 0)
		return -1;
	*list_r = list;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
row_said(struct arena *arena, const struct involvement *row)
{
	struct strs flags = { NULL, 0 };
	const char *text = arena_printf(arena, "%s %s", row->service, row->open ? "open" : "closed");

	for (size_t i = 0; i < row->flags.n; i++)
		strs_add(arena, &flags, row->flags.v[i]);
	if (flags.n > 1)
		qsort(flags.v, flags.n, sizeof(*flags.v), by_text);
	if (row->closed_on != DAY_NONE)
		text = arena_printf(arena, "%s %s", text, date_iso(arena, row->closed_on));
	if (row->worker[0] != '\0')
		text = arena_printf(arena, "%s %s", text, row->worker);
	return flags.n == 0 ? text : arena_printf(arena, "%s %s", text, strs_join(arena, &flags, " "));
}

const char *
involvement_said(struct arena *arena, const struct involvement *rows, size_t count)
{
	struct strs said = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		strs_add_new(arena, &said, row_said(arena, &rows[i]));
	if (said.n > 1)
		qsort(said.v, said.n, sizeof(*said.v), by_text);
	return strs_join(arena, &said, "\n");
}

int
involvement_read(struct arena *arena, const char *path, struct involvement_list **list_r,
    struct buf *problems, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int rc = -1;

	if (file_read(AT_FDCWD, path, MAX_BYTES, &bytes, err) == -1) {
		err_wrap(err, "involvement list %s", path);
		goto out;
	}
	if (involvement_parse(arena, path, buf_text(&bytes), bytes.len, list_r, problems) == -1) {
		err_set(err, ERR_CONFIG, "involvement list %s has bad lines; nothing of it was taken", path);
		goto out;
	}
	rc = 0;
out:
	buf_free(&bytes);
	return rc;
}
