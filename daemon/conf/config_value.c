/*
 * Single values of the configuration: ports, durations, sizes, choices of
 * words.  Pure but for what it reports.
 * Invariant: a value that cannot be used is reported with what was found and
 * what is allowed, and leaves its default in place.
 * Fails: reports to the problems.
 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "conf/config.h"
#include "conf/config_value.h"

#define SECONDS_MOST	86400
#define MONTHS_MOST	1200
#define DAYS_MOST	366
#define MEGABYTES_MOST	2048

/* "30 s": the number, and what stands behind it. */
static bool
number_and_unit(const char *text, long most, long *number_r, const char **unit_r)
{
	char digits[12];
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*unit_r = text + len + strspn(text + len, " \t");
	return str_number(digits, 1, most, number_r);
}

struct unit { const char *name; long times; };

static const struct unit seconds[] = {
	{ "s", 1 }, { "second", 1 }, { "seconds", 1 }, { "min", 60 }, { "minute", 60 }, { "minutes", 60 },
	{ "h", 3600 }, { "hour", 3600 }, { "hours", 3600 }, { NULL, 0 }
};
static const struct unit months[] = { { "month", 1 }, { "months", 1 }, { "year", 12 }, { "years", 12 }, { NULL, 0 } };
static const struct unit megabytes[] = { { "MB", 1 }, { "M", 1 }, { "GB", 1024 }, { "G", 1024 }, { NULL, 0 } };

static bool
measure(const char *text, const struct unit *units, long most, int *value_r)
{
	const char *unit;
	long number;

	if (!number_and_unit(text, most, &number, &unit))
		return false;
	for (; units->name != NULL; units++)
		if (str_same(unit, units->name))
			break;
	if (units->name == NULL || number > most / units->times)
		return false;
	*value_r = (int)(number * units->times);
	return true;
}

void
key_seconds(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_TEXT || !measure(node->text, seconds, SECONDS_MOST, at))
		read_wrong(reader, node, "a time such as \"30 s\", \"2 minutes\" or \"1 hour\", at most a day");
}

void
key_seconds_or_off(struct reader *reader, const struct node *node, void *at)
{
	if (node->type == NODE_TEXT && strcmp(node->text, "off") == 0)
		*(int *)at = 0;
	else if (node->type != NODE_TEXT || !measure(node->text, seconds, SECONDS_MOST, at))
		read_wrong(reader, node, "\"off\", or a time such as \"1 hour\" or \"30 minutes\", at most a day");
}

void
key_months(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_TEXT || !measure(node->text, months, MONTHS_MOST, at))
		read_wrong(reader, node, "a time such as \"3 months\" or \"6 years\", at least a month and at most 100 years");
}

static void
read_number(struct reader *reader, const struct node *node, long low, long high, const char *allowed, int *at)
{
	long value;

	if ((node->type != NODE_TEXT && node->type != NODE_NUMBER) || node->text == NULL ||
	    !str_number(node->text, low, high, &value))
		problem_add(reader->problems, node->where, NULL, "\"%s\" must be %s; found %s%s", read_name(node), allowed,
		    node->type == NODE_NUMBER && node->text != NULL ? "the number " : "",
		    node->type == NODE_NUMBER && node->text != NULL ? node->text : tree_found(reader->arena, node));
	else
		*at = (int)value;
}

/* "5 s", "10 min": a value of a limit as it is written in the file. */
static const char *
limit_shown(struct arena *arena, enum limit_unit unit, int value)
{
	switch (unit) {
	case LIMIT_SECONDS:
		return value % 60 == 0 ? arena_printf(arena, "\"%d min\"", value / 60) : arena_printf(arena, "\"%d s\"", value);
	case LIMIT_KILOBYTES:
		return value % 1024 == 0 ? arena_printf(arena, "\"%d MB\"", value / 1024) :
		    arena_printf(arena, "\"%d KB\"", value);
	case LIMIT_MEGABYTES:
		return value % 1024 == 0 ? arena_printf(arena, "\"%d GB\"", value / 1024) :
		    arena_printf(arena, "\"%d MB\"", value);
	case LIMIT_NUMBER:
		break;
	}
	return arena_printf(arena, "%d", value);
}

void
key_limit(struct reader *reader, const struct node *node, void *at)
{
	static const struct unit kilobytes[] = { { "KB", 1 }, { "K", 1 }, { "MB", 1024 }, { "M", 1024 }, { NULL, 0 } };
	static const struct { const char *word; const struct unit *units; } kinds[] = {
		[LIMIT_NUMBER] = { "a number", NULL },
		[LIMIT_SECONDS] = { "a time", seconds },
		[LIMIT_KILOBYTES] = { "a size", kilobytes },
		[LIMIT_MEGABYTES] = { "a size", megabytes },
	};
	const struct limit_row *row = limit_find(node->name);
	struct limits normal = limits_default;
	const char *allowed;
	int value = 0;

	allowed = arena_printf(reader->arena, "%s such as %s, from %s to %s", kinds[row->unit].word,
	    limit_shown(reader->arena, row->unit, *limit_value(&normal, row)),
	    limit_shown(reader->arena, row->unit, row->low), limit_shown(reader->arena, row->unit, row->high));
	if (row->unit == LIMIT_NUMBER)
		read_number(reader, node, row->low, row->high, allowed, limit_value(at, row));
	else if (node->type != NODE_TEXT || !measure(node->text, kinds[row->unit].units, INT_MAX, &value) ||
	    value < row->low || value > row->high)
		read_wrong(reader, node, allowed);
	else
		*limit_value(at, row) = value;
}

void
key_days(struct reader *reader, const struct node *node, void *at)
{
	static const struct unit units[] = { { "day", 1 }, { "days", 1 }, { "week", 7 }, { "weeks", 7 }, { NULL, 0 } };

	if (node->type != NODE_TEXT || !measure(node->text, units, DAYS_MOST, at))
		read_wrong(reader, node, "a number of days such as \"3 days\" or \"1 week\", at most a year");
}

void
key_megabytes(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_TEXT || !measure(node->text, megabytes, MEGABYTES_MOST, at))
		read_wrong(reader, node, "a size such as \"100 MB\" or \"1 GB\", at most 2 GB");
}

void
key_port(struct reader *reader, const struct node *node, void *at)
{
	read_number(reader, node, 1, 65535, "a port, 1 to 65535", at);
}

void
key_per_minute(struct reader *reader, const struct node *node, void *at)
{
	read_number(reader, node, 1, 100000, "how many mails may go out in a minute, 1 to 100000", at);
}

/* Which of the words it is, -1 after a report. */
static int
choice(struct reader *reader, const struct node *node, const char *const *words, const char *allowed)
{
	const char *near;
	int i;

	if (node->type != NODE_TEXT) {
		read_wrong(reader, node, allowed);
		return -1;
	}
	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], node->text) == 0)
			return i;
	near = str_nearest(node->text, words);
	problem_add(reader->problems, node->where,
	    near != NULL ? arena_printf(reader->arena, "did you mean \"%s\"?", near) : NULL,
	    "\"%s\" must be %s; found %s", read_name(node), allowed, tree_found(reader->arena, node));
	return -1;
}

void
key_tls(struct reader *reader, const struct node *node, void *at)
{
	static const char *const words[] = { "implicit", "starttls", "none", NULL };
	static const enum tls_mode modes[] = { TLS_IMPLICIT, TLS_STARTTLS, TLS_NONE };
	int i = choice(reader, node, words, "\"implicit\" (encrypted from the beginning), \"starttls\", or, for this "
	    "machine itself only, \"none\"");

	if (i >= 0)
		*(enum tls_mode *)at = modes[i];
}

void
key_settle(struct reader *reader, const struct node *node, void *at)
{
	static const char *const words[] = { "move", "leave", NULL };
	int i = choice(reader, node, words, "\"move\" (mails that are done with are moved to a folder) or \"leave\"");

	if (i >= 0)
		*(bool *)at = i == 1;
}

void
key_yes_no(struct reader *reader, const struct node *node, void *at)
{
	static const char *const words[] = { "no", "yes", NULL };
	int i = choice(reader, node, words, "\"yes\" or \"no\"");

	if (i >= 0)
		*(bool *)at = i == 1;
}

static const char *const mode_words[] = { "live", "review", "shadow", NULL };	/* in the order of enum mode */

const char *
mode_name(enum mode mode)
{
	return mode_words[mode];
}

void
key_mode(struct reader *reader, const struct node *node, void *at)
{
	int i = choice(reader, node, mode_words, "\"live\" (mails go out), \"review\" (a person looks at each first) or "
	    "\"shadow\" (nothing goes out)");

	if (i >= 0)
		*(enum mode *)at = (enum mode)i;
}

void
key_count(struct reader *reader, const struct node *node, void *at)
{
	read_number(reader, node, 0, 1000000, "a number, 0 (not looked at) to 1000000", at);
}

void
key_log_level(struct reader *reader, const struct node *node, void *at)
{
	static const char *const words[] = { "error", "warning", "info", "debug", NULL };
	int i = choice(reader, node, words, "\"error\", \"warning\", \"info\" or \"debug\"");

	if (i >= 0)
		*(const char **)at = words[i];
}

void
key_time(struct reader *reader, const struct node *node, void *at)
{
	const char *text = NULL;
	int hour = -1, minute = -1, end = 0;

	key_text(reader, node, &text);
	if (text == NULL)
		return;
	if (strlen(text) == 5 && sscanf(text, "%2d:%2d%n", &hour, &minute, &end) == 2 && end == 5 && hour >= 0 && hour < 24 &&
	    minute >= 0 && minute < 60)
		*(int *)at = hour * 60 + minute;
	else
		problem_add(reader->problems, node->where, "\"08:00\"", "%s: \"%.40s\" is no time of the day", node->name, text);
}

void
key_trust(struct reader *reader, const struct node *node, void *at)
{
	static const char *const words[] = { "none", "exchange-online", NULL };

	if (node->type == NODE_TEXT && str_starts(node->text, "header:") && node->text[strlen("header:")] != '\0' &&
	    strpbrk(node->text, " \t;") == NULL)
		*(const char **)at = node->text;
	else if (choice(reader, node, words, "\"none\", \"exchange-online\", or \"header:HOST\" with the host whose "
	    "Authentication-Results count") >= 0)
		*(const char **)at = node->text;
}

void
key_day(struct reader *reader, const struct node *node, void *at)
{
	dayno day;

	if (node->type != NODE_TEXT || !date_parse_iso(node->text, &day))
		read_wrong(reader, node, "a date such as \"2026-09-01\"");
	else
		*(const char **)at = node->text;
}

void
key_address(struct reader *reader, const struct node *node, void *at)
{
	const char *sign = node->type == NODE_TEXT ? strchr(node->text, '@') : NULL;

	if (sign == NULL || sign == node->text || strchr(sign, '.') == NULL || strpbrk(node->text, " \t<>,;\"") != NULL)
		read_wrong(reader, node, "one e-mail address, such as \"advice@council.example\"");
	else
		*(const char **)at = node->text;
}
