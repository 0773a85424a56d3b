/*
 * What is wrong with a pack or a configuration file, collected so that an
 * administrator sees all of it at once.  Any role, and advicectl.
 * Invariant: a problem is never dropped; only printing stops, at 50, and says so.
 * Fails: never.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "rule/read.h"

#define PROBLEMS_SHOWN 50

static void
add(struct problems *problems, struct where where, bool warning, const char *hint,
    const char *fmt, va_list ap)
{
	char text[1024];
	struct problem *problem;

	vsnprintf(text, sizeof text, fmt, ap);
	problem = arena_push(problems->arena, problems->v, problems->n);
	problem->where = where;
	problem->warning = warning;
	/* What is quoted may have been cut inside a letter. */
	problem->text = str_utf8(problems->arena, text, strlen(text));
	problem->hint = arena_strdup(problems->arena, hint);
}

void
problem_add(struct problems *problems, struct where where, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(problems, where, false, hint, fmt, ap);
	va_end(ap);
}

void
problem_warn(struct problems *problems, struct where where, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(problems, where, true, hint, fmt, ap);
	va_end(ap);
}

size_t
problems_errors(const struct problems *problems)
{
	size_t i, n = 0;

	for (i = 0; i < problems->n; i++)
		if (!problems->v[i].warning)
			n++;
	return n;
}

/* Errors first; each sort by file and line, and keep the order found within a line. */
static int
problem_order(const void *a, const void *b)
{
	const struct problem *x = *(struct problem *const *)a, *y = *(struct problem *const *)b;
	int order = x->warning - y->warning;

	if (order == 0)
		order = strcmp(x->where.file != NULL ? x->where.file : "",
		    y->where.file != NULL ? y->where.file : "");
	if (order == 0)
		order = (x->where.line > y->where.line) - (x->where.line < y->where.line);
	return order != 0 ? order : (x > y) - (x < y);
}

static bool
same_words_elsewhere(const struct problem *a, const struct problem *b)
{
	return a->warning == b->warning && strcmp(a->text, b->text) == 0 &&
	    (a->hint == NULL) == (b->hint == NULL) && (a->hint == NULL || strcmp(a->hint, b->hint) == 0) &&
	    (a->where.file == NULL) == (b->where.file == NULL) &&
	    (a->where.file == NULL || strcmp(a->where.file, b->where.file) == 0);
}

size_t
problems_told(const struct problems *problems, bool warnings)
{
	size_t i, j, n = 0;

	for (i = 0; i < problems->n; i++) {
		for (j = 0; j < i && !same_words_elsewhere(&problems->v[i], &problems->v[j]); j++)
			;
		if (j == i && problems->v[i].warning == warnings)
			n++;
	}
	return n;
}

/* "  (also on lines 20, 31 and 44)" for what was said of several lines of one file. */
static void
print_also(const struct problem **sorted, size_t n, size_t first, bool *done, struct buf *out)
{
	size_t i, count = 0, nth = 0;
	int line = sorted[first]->where.line;

	for (i = first + 1; i < n; i++)
		if (same_words_elsewhere(sorted[first], sorted[i]) && sorted[i]->where.line != line) {
			count++;
			line = sorted[i]->where.line;
		}
	line = sorted[first]->where.line;
	for (i = first + 1; i < n; i++) {
		if (!same_words_elsewhere(sorted[first], sorted[i]))
			continue;
		done[i] = true;
		if (sorted[i]->where.line == line)
			continue;
		line = sorted[i]->where.line;
		nth++;
		buf_printf(out, "%s%d", nth == 1 ? count > 1 ? " (also on lines " : " (also on line " :
		    nth == count ? " and " : ", ", line);
	}
	if (count > 0)
		buf_add_char(out, ')');
}

static void
print_one(const struct problem **sorted, size_t n, size_t first, bool *done, struct buf *out)
{
	const struct problem *problem = sorted[first];

	if (problem->where.file != NULL) {
		buf_add_str(out, problem->where.file);
		if (problem->where.line > 0)
			buf_printf(out, ":%d", problem->where.line);
		buf_add_str(out, ": ");
	}
	if (problem->warning)
		buf_add_str(out, "warning: ");
	buf_add_str(out, problem->text);
	print_also(sorted, n, first, done, out);
	buf_add_char(out, '\n');
	if (problem->hint != NULL)
		buf_printf(out, "  hint: %s\n", problem->hint);
}

void
problems_print(const struct problems *problems, struct buf *out)
{
	const struct problem **sorted;
	size_t i, shown = 0, left = 0;
	bool *done;

	if (problems->n == 0)
		return;
	sorted = x_calloc(problems->n, sizeof *sorted);
	done = x_calloc(problems->n, sizeof *done);
	for (i = 0; i < problems->n; i++)
		sorted[i] = &problems->v[i];
	qsort(sorted, problems->n, sizeof *sorted, problem_order);
	for (i = 0; i < problems->n; i++) {
		if (done[i])
			continue;
		if (shown == PROBLEMS_SHOWN) {
			left++;
			continue;
		}
		print_one(sorted, problems->n, i, done, out);
		shown++;
	}
	if (left > 0)
		buf_printf(out, "... and %zu more\n", left);
	free(done);
	free(sorted);
}
