/*
 * Reading a calendar file: the bank holidays that follow a rule are computed
 * for every year we cover, then the file's changes are made.  core and
 * advicectl.  Invariant: a calendar is whole or not there.
 * Fails: ERR_CONFIG with FILE:LINE for what an administrator can mend;
 * ERR_DAEMON when the file is missing.
 */
#include "base/calendar.h"

#include <fcntl.h>
#include <glib.h>
#include <libconfig.h>
#include <string.h>

#include "base/buf.h"
#include "base/calendar_days.h"
#include "base/file.h"
#include "base/str.h"

#define FILE_MAX	(1024 * 1024)
#define SATURDAY	5
#define SUNDAY		6

struct loading {
	struct arena	*arena;
	const char	*path;
	struct calendar	*calendar;
	struct err	*err;
};

/* A bank holiday in a year: its own day or, where that is a weekend, its substitute. */
typedef dayno holiday_rule(int year);

static int
fail_at(struct loading *load, const config_setting_t *at, const char *text)
{
	return err_set(load->err, ERR_CONFIG, "%s:%u: %s", load->path,
	    config_setting_source_line(at), text);
}

/* The first weekday (0 = Monday) from day on. */
static dayno
weekday_from(dayno day, int weekday)
{
	return day + (weekday - date_weekday(day) + 7) % 7;
}

static dayno
easter_sunday(int year)
{
	int	golden = year % 19, century = year / 100;
	int	moon = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;

	/* moon: days from 21 March to the full moon; 29 is made 28, and in some cycles 28 made 27. */
	moon -= moon / 28 * (1 - moon / 28 * (29 / (moon + 1)) * ((21 - golden) / 11));
	return weekday_from(date_from_civil(year, 3, 21) + moon + 1, SUNDAY);
}

static dayno
new_year(int year)
{
	dayno	day = date_from_civil(year, 1, 1);

	return date_weekday(day) >= SATURDAY ? weekday_from(day, 0) : day;
}

static dayno
good_friday(int year)
{
	return easter_sunday(year) - 2;
}

static dayno
easter_monday(int year)
{
	return easter_sunday(year) + 1;
}

static dayno
early_may(int year)
{
	return weekday_from(date_from_civil(year, 5, 1), 0);
}

static dayno
spring(int year)
{
	return weekday_from(date_from_civil(year, 5, 25), 0);
}

static dayno
summer(int year)
{
	return weekday_from(date_from_civil(year, 8, 25), 0);
}

/* A Christmas Day at the weekend is made up for on the 27th: Boxing Day has the 26th or 28th. */
static dayno
christmas(int year)
{
	dayno	day = date_from_civil(year, 12, 25);

	return date_weekday(day) >= SATURDAY ? day + 2 : day;
}

static dayno
boxing_day(int year)
{
	dayno	day = date_from_civil(year, 12, 26);

	return date_weekday(day) >= SATURDAY ? day + 2 : day;
}

static const struct {
	const char	*key;
	holiday_rule	*rule;
	int		 month, day;	/* its own day, where that is fixed */
} rules[] = {
	{ "new-year", new_year, 1, 1 },
	{ "good-friday", good_friday, 0, 0 },
	{ "easter-monday", easter_monday, 0, 0 },
	{ "early-may", early_may, 0, 0 },
	{ "spring", spring, 0, 0 },
	{ "summer", summer, 0, 0 },
	{ "christmas", christmas, 12, 25 },
	{ "boxing-day", boxing_day, 12, 26 },
};

/* "must be one of a, b, c", and the nearest. */
static int
fail_key(struct loading *load, const config_setting_t *at, const char *what,
    const char *const *allowed)
{
	const char	*key = config_setting_name(at), *nearest = str_nearest(key, allowed);
	struct strs	 list = { NULL, 0 };
	size_t		 i;

	for (i = 0; allowed[i] != NULL; i++)
		strs_add(load->arena, &list, allowed[i]);
	return fail_at(load, at, arena_printf(load->arena, "\"%s\" is no %s; allowed are %s%s%s%s",
	    key, what, strs_join(load->arena, &list, ", "),
	    nearest == NULL ? "" : "\n  hint: did you mean \"",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?"));
}

static void
add_holiday(struct loading *load, dayno day, const char *name)
{
	struct holiday	*holiday;

	holiday = arena_push(load->arena, load->calendar->holidays, load->calendar->count);
	holiday->day = day;
	holiday->name = name;
}

static struct holiday *
find_holiday(struct calendar *calendar, dayno day)
{
	size_t	i;

	for (i = 0; i < calendar->count; i++) {
		if (calendar->holidays[i].day == day)
			return &calendar->holidays[i];
	}
	return NULL;
}

static void
compute_rule(struct loading *load, size_t rule, const char *name)
{
	char	*substitute = arena_printf(load->arena, "%s (substitute day)", name);
	dayno	 day;
	int	 year;

	for (year = CALENDAR_FIRST_YEAR; year <= CALENDAR_LAST_YEAR; year++) {
		day = rules[rule].rule(year);
		if (rules[rule].month == 0 ||
		    day == date_from_civil(year, rules[rule].month, rules[rule].day))
			add_holiday(load, day, name);
		else
			add_holiday(load, day, substitute);
	}
}

static int
load_rule(struct loading *load, const config_setting_t *setting)
{
	const char	*allowed[G_N_ELEMENTS(rules) + 1] = { NULL };
	const char	*name = config_setting_get_string(setting);
	size_t		 i;

	for (i = 0; i < G_N_ELEMENTS(rules); i++)
		allowed[i] = rules[i].key;
	for (i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (strcmp(rules[i].key, config_setting_name(setting)) == 0)
			break;
	}
	if (i == G_N_ELEMENTS(rules))
		return fail_key(load, setting, "bank holiday with a rule", allowed);
	if (name == NULL || name[0] == '\0')
		return fail_at(load, setting, arena_printf(load->arena,
		    "%s must be the bank holiday's name in quotation marks", rules[i].key));
	compute_rule(load, i, arena_strdup(load->arena, name));
	return 0;
}

static int
load_rules(struct loading *load, const config_setting_t *group)
{
	int	i;

	if (!config_setting_is_group(group))
		return fail_at(load, group, "holidays must be a group: "
		    "holidays : { new-year = \"New Year's Day\" ... }");
	for (i = 0; i < config_setting_length(group); i++) {
		if (load_rule(load, config_setting_get_elem(group, (unsigned)i)) == -1)
			return -1;
	}
	return 0;
}

static int
remove_holiday(struct loading *load, const config_setting_t *row, dayno day, const char *date)
{
	struct calendar	*calendar = load->calendar;
	struct holiday	*holiday = find_holiday(calendar, day);

	if (holiday == NULL)
		return fail_at(load, row, arena_printf(load->arena,
		    "%s is no bank holiday, so it cannot be taken away", date));
	*holiday = calendar->holidays[--calendar->count];
	return 0;
}

/* date = "YYYY-MM-DD", and either add = NAME or remove = true. */
static int
load_change(struct loading *load, const config_setting_t *row)
{
	static const char *const allowed[] = { "date", "add", "remove", NULL };
	const char	*date = NULL, *add = NULL;
	int		 remove = 0, i;
	dayno		 day;

	if (!config_setting_is_group(row))
		return fail_at(load, row, "a change must stand in braces: "
		    "{ date = \"2022-06-03\"; add = \"Platinum Jubilee\" }");
	for (i = 0; i < config_setting_length(row); i++) {
		const config_setting_t	*key = config_setting_get_elem(row, (unsigned)i);

		if (!g_strv_contains(allowed, config_setting_name(key)))
			return fail_key(load, key, "key of a change", allowed);
	}
	config_setting_lookup_string(row, "date", &date);
	config_setting_lookup_string(row, "add", &add);
	config_setting_lookup_bool(row, "remove", &remove);
	if (date == NULL || !date_parse_iso(date, &day))
		return fail_at(load, row, arena_printf(load->arena,
		    "a change needs a day that there is, as date = \"2022-06-03\"; found %s",
		    date == NULL ? "none" : date));
	if ((add != NULL && add[0] != '\0') == (remove != 0))
		return fail_at(load, row, arena_printf(load->arena, "the change of %s must have "
		    "either add = \"name of the day\" or remove = true", date));
	if (remove)
		return remove_holiday(load, row, day, date);
	if (find_holiday(load->calendar, day) != NULL)
		return fail_at(load, row, arena_printf(load->arena,
		    "%s is a bank holiday already: %s", date,
		    find_holiday(load->calendar, day)->name));
	add_holiday(load, day, arena_strdup(load->arena, add));
	return 0;
}

static int
load_changes(struct loading *load, const config_setting_t *list)
{
	int	i;

	if (!config_setting_is_list(list))
		return fail_at(load, list, "changes must be rows in round brackets: "
		    "changes = ( { date = ... }, { date = ... } )");
	for (i = 0; i < config_setting_length(list); i++) {
		if (load_change(load, config_setting_get_elem(list, (unsigned)i)) == -1)
			return -1;
	}
	return 0;
}

static int
load_complete_to(struct loading *load, const config_setting_t *setting)
{
	int	year = config_setting_get_int(setting);

	if (year < CALENDAR_FIRST_YEAR || year > CALENDAR_LAST_YEAR)
		return fail_at(load, setting, arena_printf(load->arena,
		    "complete-to must be a year from %d to %d without quotation marks",
		    CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR));
	load->calendar->complete_to = year;
	return 0;
}

/* The rules come before the changes, wherever they stand in the file. */
static int
load_all(struct loading *load, const config_setting_t *root)
{
	static const char *const allowed[] = { "title", "complete-to", "holidays", "changes",
	    NULL };
	const config_setting_t	*setting;
	int			 i;

	for (i = 0; i < config_setting_length(root); i++) {
		setting = config_setting_get_elem(root, (unsigned)i);
		if (!g_strv_contains(allowed, config_setting_name(setting)))
			return fail_key(load, setting, "setting of a calendar", allowed);
	}
	setting = config_setting_get_member(root, "holidays");
	if (setting != NULL && load_rules(load, setting) == -1)
		return -1;
	setting = config_setting_get_member(root, "changes");
	if (setting != NULL && load_changes(load, setting) == -1)
		return -1;
	setting = config_setting_get_member(root, "complete-to");
	return setting == NULL ? 0 : load_complete_to(load, setting);
}

int
calendar_load(struct arena *arena, const char *path, struct calendar **calendar_r, struct err *err)
{
	struct loading	load = { arena, path, NULL, err };
	struct buf	text = BUF_INIT;
	config_t	config;
	int		result = -1;

	config_init(&config);
	/* Read by us: libconfig's scanner ends the process when a file cannot be read. */
	if (file_read(AT_FDCWD, path, FILE_MAX, &text, err) == -1)
		goto out;
	if (!config_read_string(&config, buf_text(&text))) {
		err_set(err, ERR_CONFIG, "%s:%d: %s", path, config_error_line(&config),
		    config_error_text(&config));
		goto out;
	}
	load.calendar = arena_alloc(arena, sizeof(*load.calendar));
	if (load_all(&load, config_root_setting(&config)) == -1)
		goto out;
	calendar_finish(arena, load.calendar);
	*calendar_r = load.calendar;
	result = 0;
out:
	buf_free(&text);
	config_destroy(&config);
	return result;
}
