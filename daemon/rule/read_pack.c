/*
 * The top of a pack: what it is called, watches, owns and may write to, and
 * the sections in the order in which they need each other.
 * Invariant: same-words are known before the first pattern is compiled.
 * Fails: reports to the problems.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "rule/read_value.h"

static void
pack_same_words(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	struct strs *words;
	size_t i;

	if (node->type != NODE_LIST) {
		read_wrong(reader, node,
		    "a list of arrays: ( [ \"SCA\", \"social care advice\" ], [ ... ] )");
		return;
	}
	for (i = 0; i < node->count; i++) {
		words = arena_push(reader->arena, pack->same_words, pack->same_word_count);
		if (read_strs(reader, node->items[i], words) && words->n < 2)
			problem_add(reader->problems, node->items[i]->where, NULL,
			    "same-words: at least two wordings must stand together in [ ]");
	}
}

static bool
clock_time(const char *text, int *minutes_r)
{
	int hour, minute, taken = 0;

	if (sscanf(text, "%2d:%2d%n", &hour, &minute, &taken) != 2 || text[taken] != '\0' ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return false;
	*minutes_r = hour * 60 + minute;
	return true;
}

static void
sending_hours(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	const char *text = NULL, *dash;

	key_text(reader, node, &text);
	if (text == NULL)
		return;
	dash = strchr(text, '-');
	if (dash == NULL ||
	    !clock_time(
		str_trim(reader->arena, arena_strndup(reader->arena, text, (size_t)(dash - text))),
		&pack->hours_from) ||
	    !clock_time(str_trim(reader->arena, dash + 1), &pack->hours_to) ||
	    pack->hours_from >= pack->hours_to)
		problem_add(reader->problems, node->where, NULL,
		    "hours: \"%s\" is not a stretch of the day such as \"08:00-18:00\"", text);
}

static void
sending_timers(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	const char *text = NULL;

	key_text(reader, node, &text);
	if (text != NULL && !clock_time(text, &pack->timers_at))
		problem_add(reader->problems, node->where, NULL,
		    "timers: \"%s\" is not a time of day such as \"08:30\"", text);
}

static const struct key sending_keys[] = {
	{ "hours", sending_hours, 0 },
	{ "timers", sending_timers, 0 },
	{ NULL, NULL, 0 }
};

static void
pack_sending(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	if (!read_is_group(reader, node, "{ hours = \"08:00-18:00\"; timers = \"08:30\" }"))
		return;
	read_group(reader, node, "sending", sending_keys, pack);
	/* A pack that only begins its day later means its reminders too; what wants to go after hours would never go. */
	if (pack->timers_at < pack->hours_from)
		pack->timers_at = pack->hours_from;
	if (pack->hours_from < pack->hours_to && pack->timers_at >= pack->hours_to)
		problem_add(reader->problems, node->where, "timers = \"08:30\"",
		    "timers: %02d:%02d lies after the sending hours, which end at %02d:%02d: no reminder would ever go",
		    pack->timers_at / 60, pack->timers_at % 60, pack->hours_to / 60, pack->hours_to % 60);
}

static void
pack_references(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	read_strs(reader, node, &pack->reference_shapes);
	read_patterns(reader, node, &pack->references, &pack->reference_count);
	for (size_t i = 0; i < pack->reference_count; i++) {
		const char *shape = pattern_source(pack->references[i]);

		if ((shape[0] == '/' || strpbrk(shape, "*[]{}") != NULL) && pattern_holes(pack->references[i])->n == 0)
			problem_add(reader->problems, node->where, "reference = [ \"EHC-#####\" ]",
			    "reference: \"%s\" does not say which part is the reference; write # for each of its digits, or put it in a hole",
			    shape);
	}
}

static void
pack_effective(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	dayno day;

	key_text(reader, node, &pack->effective);
	if (pack->effective != NULL && !date_parse_iso(pack->effective, &day))
		problem_add(reader->problems, node->where, "the year first: effective = \"2026-09-01\"",
		    "effective: \"%s\" is not a date such as \"2026-09-01\"", pack->effective);
}

/* What the reader of a mail looks for: same-words do not count here, or a service's name would bring in others. */
static void
service_words(struct reader *reader, const struct node *node, void *at)
{
	struct service *service = at;
	struct pattern *pattern, **slot;
	struct err err;
	size_t i;

	if (!read_strs(reader, node, &service->words))
		return;
	for (i = 0; i < service->words.n; i++) {
		if (pattern_compile(reader->arena, service->words.v[i], NULL, 0, &pattern, &err) != 0) {
			read_failed(reader, node, &err);
			continue;
		}
		slot = arena_push(reader->arena, service->patterns, service->pattern_count);
		*slot = pattern;
	}
}

static const struct key service_keys[] = {
	{ "teams", key_texts, offsetof(struct service, teams) },
	{ "words", service_words, 0 },
	{ NULL, NULL, 0 }
};

static void
pack_services(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	struct service *service;
	size_t i;

	if (!read_is_group(reader, node, "a group of services"))
		return;
	for (i = 0; i < node->count; i++) {
		service = arena_push(reader->arena, pack->services, pack->service_count);
		service->name = node->items[i]->name;
		service->where = node->items[i]->where;
		if (read_is_group(reader, node->items[i], "{ teams = [ ... ]; words = [ ... ] }"))
			read_group(reader, node->items[i], "a service", service_keys, service);
	}
}

static void
named_texts(struct reader *reader, const struct node *node, const char *wanted, struct text **texts, size_t *count)
{
	struct text *text;
	size_t i;

	if (!read_is_group(reader, node, wanted))
		return;
	for (i = 0; i < node->count; i++) {
		text = arena_push(reader->arena, *texts, *count);
		text->name = node->items[i]->name;
		text->where = node->items[i]->where;
		text->value = "";
		key_text(reader, node->items[i], &text->value);
	}
}

static void
pack_texts(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	named_texts(reader, node, "a group of texts: { guidance = \"...\" }", &pack->texts, &pack->text_count);
}

static void
pack_words(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	named_texts(reader, node, "a group of names and their words: { with-worker = \"with the worker\" }", &pack->called,
	    &pack->called_count);
}

static const struct key deadline_keys[] = {
	{ "is", key_date, offsetof(struct deadline, is) },
	{ "fixed", key_bool, offsetof(struct deadline, fixed) },
	{ "optional", key_bool, offsetof(struct deadline, optional) },
	{ "because", key_text, offsetof(struct deadline, because) },
	{ "meets", key_meets, offsetof(struct deadline, meets) },
	{ NULL, NULL, 0 }
};

static void
pack_deadlines(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	struct deadline *deadline;
	const struct node *item;
	size_t i;

	if (!read_is_group(reader, node, "a group of deadlines"))
		return;
	for (i = 0; i < node->count; i++) {
		item = node->items[i];
		deadline = arena_push(reader->arena, pack->deadlines, pack->deadline_count);
		deadline->name = item->name;
		deadline->where = item->where;
		if (item->type != NODE_GROUP)
			key_date(reader, item, &deadline->is);
		else {
			read_group(reader, item, "a deadline", deadline_keys, deadline);
			if (tree_child(item, "is") == NULL)
				problem_add(reader->problems, item->where, NULL,
				    "the deadline \"%s\" has no date: \"is\" is missing",
				    item->name);
		}
	}
}

static const struct key guard_keys[] = {
	{ "flag", key_text, offsetof(struct guard, flag) },
	{ "file", key_text, offsetof(struct guard, file) },
	{ "held-for", key_text, offsetof(struct guard, held_for) },
	{ "copy-requests-to", key_recipients, offsetof(struct guard, copy_requests_to) },
	{ "by-hand", key_bool, offsetof(struct guard, by_hand) },
	{ "first", key_bool, offsetof(struct guard, first) },
	{ "leave-out", key_bool, offsetof(struct guard, leave_out) },
	{ "unless", key_conditions, offsetof(struct guard, unless) },
	{ "meets", key_meets, offsetof(struct guard, meets) },
	{ NULL, NULL, 0 }
};

static void
pack_guards(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	struct guard *guard;
	size_t i;

	if (!read_is_group(reader, node, "a group of guards"))
		return;
	for (i = 0; i < node->count; i++) {
		guard = arena_push(reader->arena, pack->guards, pack->guard_count);
		guard->name = node->items[i]->name;
		guard->where = node->items[i]->where;
		if (!read_is_group(reader, node->items[i], "a guard in { }"))
			continue;
		read_group(reader, node->items[i], "a guard", guard_keys, guard);
		if ((guard->flag == NULL) == (guard->file == NULL))
			problem_add(reader->problems, guard->where, NULL,
			    "a guard looks at a flag or at a file: exactly one of \"flag\" and "
			    "\"file\"");
		if (guard->held_for == NULL && guard->copy_requests_to.n == 0 && !guard->leave_out)
			problem_add(reader->problems, guard->where, NULL,
			    "the guard \"%s\" guards nothing; "
			    "add held-for, copy-requests-to or leave-out",
			    guard->name);
	}
}

static void
digest_every(struct reader *reader, const struct node *node, void *at)
{
	static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday", "Sunday", "day", NULL };
	const char *text = NULL, *near;
	size_t i;

	key_text(reader, node, &text);
	for (i = 0; text != NULL && days[i] != NULL; i++)
		if (str_same(days[i], text)) {
			*(const char **)at = days[i];
			return;
		}
	near = text != NULL ? str_nearest(text, days) : NULL;
	if (text != NULL)
		problem_add(reader->problems, node->where, near != NULL ?
		    arena_printf(reader->arena, "did you mean \"%s\"?", near) : NULL,
		    "every: \"%s\" is not a day of the week", text);
}

static const struct key digest_keys[] = {
	{ "to", key_recipients, offsetof(struct digest, to) },
	{ "every", digest_every, offsetof(struct digest, every) },
	{ "lists", key_texts, offsetof(struct digest, lists) },
	{ "when", key_conditions, offsetof(struct digest, when) },
	{ "meets", key_meets, offsetof(struct digest, meets) },
	{ NULL, NULL, 0 }
};

static void
pack_digests(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;
	struct digest *digest;
	size_t i;

	if (!read_is_group(reader, node, "a group of digests"))
		return;
	for (i = 0; i < node->count; i++) {
		digest = arena_push(reader->arena, pack->digests, pack->digest_count);
		digest->name = node->items[i]->name;
		digest->where = node->items[i]->where;
		if (!read_is_group(reader, node->items[i], "a digest in { }"))
			continue;
		read_group(reader, node->items[i], "a digest", digest_keys, digest);
		if (digest->to.n == 0 || digest->every == NULL || digest->lists.n == 0)
			problem_add(reader->problems, digest->where, NULL,
			    "the digest \"%s\" needs \"to\", \"every\" and \"lists\"",
			    digest->name);
	}
}

/* Sections whose readers take the group's entries one by one. */
static void
pack_section(struct reader *reader, const struct node *node, void *at)
{
	static const struct {
		const char	*name;
		void		(*read)(struct reader *reader, const struct node *node);
	} sections[] = {
		{ "roles", read_roles }, { "kinds", read_kinds }, { "facts", read_value_facts },
		{ "conditions", read_conditions_named }, { "questions", read_questions },
		{ "exceptions", read_exceptions },
		{ "ladders", read_ladders }, { "strands", read_strands }, { "alerts", read_alerts },
	};
	size_t i;

	(void)at;
	for (i = 0; i < sizeof sections / sizeof *sections; i++)
		if (strcmp(sections[i].name, node->name) == 0 &&
		    read_is_group(reader, node, "a group with named entries: { name : { ... } }"))
			sections[i].read(reader, node);
}

static void
pack_always(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	read_always(reader, node, &pack->always, &pack->always_ladder);
}

static void
key_owner(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	pack->owner_where = node->where;
	key_text(reader, node, &pack->owner);
}

static void
key_domains(struct reader *reader, const struct node *node, void *at)
{
	struct pack *pack = at;

	pack->domains_where = node->where;
	key_texts(reader, node, &pack->domains);
}

static const struct key pack_keys[] = {
	{ "title", key_text, offsetof(struct pack, title) },
	{ "protocol", key_text, offsetof(struct pack, protocol) },
	{ "version", key_text, offsetof(struct pack, version) },
	{ "effective", pack_effective, 0 },
	{ "extends", key_nothing, 0 },
	{ "without", key_nothing, 0 },
	{ "calendar", key_text, offsetof(struct pack, calendar_name) },
	{ "closed-days", key_nothing, 0 },
	{ "watches", key_texts, offsetof(struct pack, watches) },
	{ "owner", key_owner, 0 },
	{ "domains", key_domains, 0 },
	{ "reference", pack_references, 0 },
	{ "age-counted-on", key_text, offsetof(struct pack, age_counted_on) },
	{ "sending", pack_sending, 0 },
	{ "same-words", key_nothing, 0 },
	{ "wanted", key_texts, offsetof(struct pack, wanted) },
	{ "meets", key_meets, offsetof(struct pack, meets) },
	{ "services", key_nothing, 0 },
	{ "texts", pack_texts, 0 },
	{ "called", pack_words, 0 },
	{ "roles", pack_section, 0 },
	{ "facts", pack_section, 0 },
	{ "kinds", pack_section, 0 },
	{ "conditions", pack_section, 0 },
	{ "deadlines", pack_deadlines, 0 },
	{ "exceptions", pack_section, 0 },
	{ "questions", pack_section, 0 },
	{ "ladders", pack_section, 0 },
	{ "strands", pack_section, 0 },
	{ "always", pack_always, 0 },
	{ "guards", pack_guards, 0 },
	{ "alerts", pack_section, 0 },
	{ "digests", pack_digests, 0 },
	{ NULL, NULL, 0 }
};

/* "2026-12-29", or "2026-12-29 to 2026-12-31". */
static dayno *
closed_days(struct reader *reader, const struct node *node, size_t *count_r)
{
	dayno first, last, *days = NULL, *slot;
	const char *to;
	struct strs texts;
	size_t i;

	*count_r = 0;
	if (node == NULL || !read_strs(reader, node, &texts))
		return NULL;
	for (i = 0; i < texts.n; i++) {
		to = strstr(texts.v[i], " to ");
		if (!date_parse_iso(
			arena_strndup(reader->arena, texts.v[i],
			    to != NULL ? (size_t)(to - texts.v[i]) : strlen(texts.v[i])),
			&first) ||
		    (last = first, to != NULL && !date_parse_iso(to + 4, &last)) || last < first ||
		    last - first > 366) {
			problem_add(reader->problems, node->where, NULL,
			    "closed-days: \"%s\" is not a date such as "
			    "\"2026-12-29\", or \"2026-12-29 to 2026-12-31\"",
			    texts.v[i]);
			continue;
		}
		for (; first <= last; first++) {
			slot = arena_push(reader->arena, days, *count_r);
			*slot = first;
		}
	}
	return days;
}

/* The nearest of those there are, else all of them. */
static const char *
nearest_calendar(struct reader *reader, const char *calendars_dir)
{
	struct strs files = { NULL, 0 }, names = { NULL, 0 };
	const char *near;
	int dirfd = -1;
	size_t i;

	if (file_open_dir(calendars_dir, &dirfd, NULL) == 0 &&
	    file_list(reader->arena, dirfd, &files, NULL) == 0)
		for (i = 0; i < files.n; i++)
			if (str_ends_nocase(files.v[i], ".cfg"))
				strs_add(reader->arena, &names, arena_strndup(reader->arena,
				    files.v[i], strlen(files.v[i]) - strlen(".cfg")));
	if (dirfd >= 0)
		close(dirfd);
	if (names.n == 0)
		return arena_printf(reader->arena, "calendars are files in %s", calendars_dir);
	strs_add(reader->arena, &names, NULL);
	near = str_nearest(reader->pack->calendar_name, names.v);
	names.n--;
	return near != NULL ? arena_printf(reader->arena, "did you mean \"%s\"?", near) :
	    arena_printf(reader->arena, "there are: %s", strs_join(reader->arena, &names, ", "));
}

static void
load_calendar(struct reader *reader, const struct node *tree, const char *calendars_dir)
{
	const struct node *node = tree_child(tree, "calendar");
	struct pack *pack = reader->pack;
	const char *path;
	struct err err;
	dayno *days;
	size_t count;

	days = closed_days(reader, tree_child(tree, "closed-days"), &count);
	if (pack->calendar_name == NULL || calendars_dir == NULL)
		return;
	if (node->type != NODE_TEXT)
		return;
	path = arena_printf(reader->arena, "%s/%s.cfg", calendars_dir, pack->calendar_name);
	if (strchr(pack->calendar_name, '/') != NULL)
		problem_add(reader->problems, node->where, NULL,
		    "calendar: \"%s\" must be a name, not a path", pack->calendar_name);
	else if (access(path, F_OK) != 0)
		problem_add(reader->problems, node->where, nearest_calendar(reader, calendars_dir),
		    "there is no calendar \"%s\"", pack->calendar_name);
	else if (calendar_load(reader->arena, path, &pack->calendar, &err) != 0)
		problem_add(reader->problems, node->where, NULL, "calendar \"%s\": %s",
		    pack->calendar_name, err.text);
	else if (count > 0)
		pack->calendar = calendar_with_closed(reader->arena, pack->calendar, days, count);
}

/* What names nothing: words for people, and the phrases that mails are known by. */
static bool
is_prose(const char *key)
{
	static const char *const prose[] = { "title", "protocol", "says", "subject", "named", "words", "teams", "same-words",
		"wants", "waits", "told", "because", "ground", "record", "hold", "meets", "texts", "called", "extract", "post",
		"answers", "command", NULL };
	size_t i;

	for (i = 0; key != NULL && prose[i] != NULL; i++)
		if (strcmp(prose[i], key) == 0)
			return true;
	return false;
}

static void
pack_said(struct reader *reader, const struct node *node)
{
	size_t i;

	if (is_prose(node->name))
		return;
	if (node->type == NODE_TEXT)
		strs_add(reader->arena, &reader->pack->said, node->text);
	for (i = 0; i < node->count; i++) {
		/* A condition's key may be a fact or a role: { route = "under-18" }. */
		if (node->items[i]->name != NULL && node->items[i]->type != NODE_GROUP &&
		    (node->name == NULL || strcmp(node->name, "deadlines") != 0))
			strs_add(reader->arena, &reader->pack->said, node->items[i]->name);
		pack_said(reader, node->items[i]);
	}
}

void
read_pack_keys(struct reader *reader, struct node *tree)
{
	read_keys(reader, tree, "a pack", pack_keys);
}

void
read_pack_tree(struct reader *reader, const struct node *tree, const char *calendars_dir)
{
	struct pack *pack = reader->pack;
	const struct node *same_words = tree_child(tree, "same-words"), *services = tree_child(tree, "services");

	pack->hours_from = 8 * 60;
	pack->hours_to = 18 * 60;
	pack->timers_at = 8 * 60 + 30;
	if (same_words != NULL)
		pack_same_words(reader, same_words, pack);
	if (services != NULL)		/* before every pattern that may name one, wherever it stands */
		pack_services(reader, services, pack);
	read_group(reader, tree, "a pack", pack_keys, pack);
	load_calendar(reader, tree, calendars_dir);
	pack_mark_dates(pack);
	pack_said(reader, tree);
}
