/*
 * The facts that a mail tells: what mail/ found labelled in it, the pack's
 * references (classify_references.c), what the kind extracts, and facts with values.  Runs in core and
 * advicectl; pure.
 * Invariant: for each fact the strongest source wins (subject, new text,
 * forwarded, attachments, quoted history last), and its place is kept, so
 * that nobody mistakes history for news.  A text that names another child or
 * case than a stronger one adds nothing: facts of two children never mix.
 * Fails: never.
 */
#include <string.h>

#include "case/classify_facts.h"
#include "case/match.h"

#define HOLES_MAX 8
#define DUE_AHEAD_MAX 270	/* days; the longest statutory period is 20 weeks */

static bool
has_fact(const struct classified *classified, const char *name)
{
	return classified_fact(classified, name) != NULL;
}

/* Where a value stands; length 0: nowhere. */
struct place {
	enum text_source source;
	uint32_t	 document, start, length;
};

static void
add_fact(struct arena *arena, struct classified *classified, const char *name, const char *value,
    const struct place *place, bool said)
{
	struct found_fact *fact;

	if (value == NULL || value[0] == '\0' || has_fact(classified, name))
		return;
	fact = arena_push(arena, classified->facts, classified->fact_count);
	*fact = (struct found_fact){ name, value, place->source, said, place->document, place->start, place->length };
}

/* ---- References */

/*
 * What stands in attachments counts as the mail's own only where the mail
 * itself names no reference: a form of another child is the wrong-child
 * guard's business, not a second case.
 */
static void
find_references(struct arena *arena, const struct pack *pack, const struct message *message,
    struct classified *classified)
{
	static const enum text_source order[] = { SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED,
		SOURCE_ATTACHMENT_NAME, SOURCE_ATTACHMENT_TEXT, SOURCE_QUOTED };
	struct strs *found = &classified->references;
	struct place place = { 0 };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		bool attached = order[i] == SOURCE_ATTACHMENT_NAME || order[i] == SOURCE_ATTACHMENT_TEXT;
		size_t texts = attached ? message->document_count : 1;

		if (order[i] == SOURCE_QUOTED && classified->strong_references == 0)
			classified->strong_references = found->n;
		for (uint32_t d = 0; d < texts; d++) {
			size_t before = found->n, start, length;

			references_find(arena, pack, message_text(message, order[i], d), found, &start, &length);
			if (before == 0 && found->n > 0)
				place = (struct place){ order[i], d, (uint32_t)start, (uint32_t)length };
		}
		if (order[i] == SOURCE_FORWARDED)
			classified->strong_references = found->n;
	}
	if (found->n > 0)
		add_fact(arena, classified, "reference", found->v[0], &place, true);
}

/* ---- Of the mail itself */

static const struct { enum said_kind kind; const char *name; } own_facts[] = {
	{ SAID_CHILD_NAME, "child-name" }, { SAID_DATE_OF_BIRTH, "date-of-birth" },
	{ SAID_NHS_NUMBER, "nhs-number" }, { SAID_UPN, "upn" },
};

static bool
values_agree(struct arena *arena, enum said_kind kind, const char *a, const char *b)
{
	if (kind != SAID_CHILD_NAME)
		return strcmp(a, b) == 0;
	return match_names_agree(str_fold_name(arena, a), str_fold_name(arena, b));
}

static bool
stands_in(const struct said *said, const struct place *place)
{
	return said->source == place->source && said->document == place->document;
}

/* Does a text say values of a kind, and none that is known from a stronger one? */
static bool
text_differs(struct arena *arena, const struct message *message, const struct place *place, enum said_kind kind,
    const char *known)
{
	bool named = false;

	for (size_t i = 0; known != NULL && i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (said->kind != kind || !stands_in(said, place))
			continue;
		if (values_agree(arena, kind, said->value, known))
			return false;
		named = true;
	}
	return named;
}

/* A text that is about another child or case lends this one nothing. */
static bool
is_of_other(struct arena *arena, const struct pack *pack, const struct message *message,
    const struct classified *classified, const struct place *place)
{
	const char *reference = classified_fact(classified, "reference");
	struct strs found = { 0 };

	for (size_t i = 0; i < sizeof(own_facts) / sizeof(own_facts[0]); i++)
		if (text_differs(arena, message, place, own_facts[i].kind, classified_fact(classified, own_facts[i].name)))
			return true;
	if (reference == NULL)
		return false;
	facts_references(arena, pack, message_text(message, place->source, place->document), &found);
	return found.n > 0 && !strs_has_nocase(&found, reference);
}

static void
add_of_text(struct arena *arena, const struct pack *pack, const struct message *message,
    struct classified *classified, struct place place)
{
	if (is_of_other(arena, pack, message, classified, &place))
		return;
	for (size_t i = 0; i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (!stands_in(said, &place))
			continue;
		place.start = said->start;
		place.length = said->length;
		for (size_t f = 0; f < sizeof(own_facts) / sizeof(own_facts[0]); f++)
			if (said->kind == own_facts[f].kind)
				add_fact(arena, classified, own_facts[f].name, said->value, &place, true);
	}
}

void
facts_of_mail(struct arena *arena, const struct pack *pack, const struct message *message,
    instant received, struct classified *classified)
{
	static const struct place of_mail = { .source = SOURCE_HEADER };

	find_references(arena, pack, message, classified);
	for (int source = SOURCE_SUBJECT; source <= SOURCE_QUOTED; source++) {
		bool attached = source == SOURCE_ATTACHMENT_NAME || source == SOURCE_ATTACHMENT_TEXT;
		size_t texts = attached ? message->document_count : 1;

		for (uint32_t d = 0; d < texts; d++)
			add_of_text(arena, pack, message, classified, (struct place){ (enum text_source)source, d, 0, 0 });
	}
	add_fact(arena, classified, "marking", message->marking, &of_mail, true);
	add_fact(arena, classified, "received", date_iso(arena, instant_date(received)), &of_mail, false);
}

/* ---- What the kind extracts */

/*
 * A day without a year, or with two digits of one, is the nearest such day; a
 * due date rather one that is still to come, if not most of a year ahead.
 */
static const char *
date_value(struct arena *arena, const char *fact, const char *text, instant received)
{
	dayno near = instant_date(received), before, after;
	bool has_before = date_parse_words(text, near, DATE_BIRTH, &before) > 0;

	if (strcmp(fact, "date-of-birth") == 0)
		return has_before ? date_iso(arena, before) : NULL;
	if (date_parse_words(text, near, DATE_AHEAD, &after) == 0)
		return NULL;
	if (!has_before || after - near <= near - before)
		return date_iso(arena, after);
	return date_iso(arena, strcmp(fact, "due-date") == 0 && after - near <= DUE_AHEAD_MAX ? after : before);
}

/* A month that is told without its day: its last day, so that nothing is taken for older than it is. */
static const char *
month_value(struct arena *arena, const char *text)
{
	dayno first;

	if (date_parse_words(arena_printf(arena, "1 %s", text), 0, DATE_AHEAD, &first) == 0)
		return NULL;
	return date_iso(arena, date_add_months(first, 1) - 1);
}

/* Somebody whom only one line of the directory can be; else the words, for a person to see. */
static const char *
person_value(struct arena *arena, const struct directory *directory, const char *text)
{
	const struct person *found[2];
	const struct person *person = NULL;

	if (directory == NULL)
		return str_squeeze(arena, text);
	if (strchr(text, '@') != NULL)
		person = directory_find(directory, text);
	else if (directory_named(directory, text, found, 2) == 1)
		person = found[0];
	return person == NULL ? str_squeeze(arena, text) : person->address;
}

/* A service of the pack, under its name; whatever else stands before a colon is none. */
const char *
facts_service(struct arena *arena, const struct pack *pack, const char *text)
{
	const char *words = str_squeeze(arena, text);

	for (size_t i = 0; i < pack->service_count; i++)
		if (str_same(pack->services[i].name, words) ||
		    strs_has_nocase(&pack->services[i].words, words))
			return pack->services[i].name;
	return pack->service_count == 0 ? words : NULL;
}

struct reading {
	struct arena		*arena;
	const struct pack	*pack;
	const struct directory	*directory;
	instant			 received;
	const struct extract	*extract;
};

static const char *
hole_value(const struct reading *r, const struct capture *capture)
{
	if (strcmp(capture->hole, "date") == 0)
		return date_value(r->arena, r->extract->fact, capture->text, r->received);
	if (strcmp(capture->hole, "month") == 0)
		return month_value(r->arena, capture->text);
	if (strcmp(capture->hole, "person") == 0)
		return person_value(r->arena, r->directory, capture->text);
	if (strcmp(capture->hole, "service") == 0)
		return facts_service(r->arena, r->pack, capture->text);
	return str_squeeze(r->arena, capture->text);
}

/* ---- Services that a mail names, with whom it asks there or without */

struct services {
	struct strs	 pairs;		/* "health: somebody@example.org" */
	struct strs	 with;		/* the services of the pairs */
	struct strs	 bare;		/* those that stand without a person */
	struct place	 place;		/* of the first pair */
};

static void
service_named(const struct reading *r, const struct capture *captures, size_t count, struct place place,
    struct services *services)
{
	const char *person = NULL, *service = NULL;
	struct strs named = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (strcmp(captures[i].hole, "person") == 0)
			person = hole_value(r, &captures[i]);
		else if (strcmp(captures[i].hole, "service") == 0 && (service = hole_value(r, &captures[i])) != NULL)
			strs_add_new(r->arena, &named, service);
	}
	for (size_t i = 0; i < named.n && person == NULL; i++)
		strs_add_new(r->arena, &services->bare, named.v[i]);
	if (named.n != 1 || person == NULL)
		return;
	if (services->pairs.n == 0) {
		place.start += (uint32_t)captures[0].start;
		place.length = (uint32_t)(captures[count - 1].start + captures[count - 1].length - captures[0].start);
		services->place = place;
	}
	strs_add_new(r->arena, &services->with, named.v[0]);
	strs_add_new(r->arena, &services->pairs, arena_printf(r->arena, "%s: %s", named.v[0], person));
}

static void
services_of_text(const struct reading *r, const struct message *message, struct place place, struct services *services)
{
	const char *text = message_text(message, place.source, place.document);

	for (size_t i = 0; i < r->extract->pattern_count; i++) {
		struct capture captures[HOLES_MAX];
		const char *rest = text;
		size_t count;

		while (pattern_find(r->extract->patterns[i], r->arena, rest, captures, HOLES_MAX, &count) && count > 0) {
			place.start = (uint32_t)(rest - text);
			service_named(r, captures, count, place, services);
			rest += captures[count - 1].start + captures[count - 1].length;
		}
	}
}

static bool
reads_services(const struct extract *extract)
{
	return extract->pattern_count > 0 && strs_has(pattern_holes(extract->patterns[0]), "service");
}

/* One way of writing does not hide another: a service that stands without a person is asked for, too. */
static const char *
read_services(const struct reading *r, const struct message *message, struct place *place)
{
	static const enum text_source order[] = { SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED };
	struct services services = { .place = { .source = SOURCE_NEW_TEXT } };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		services_of_text(r, message, (struct place){ order[i], 0, 0, 0 }, &services);
	for (uint32_t d = 0; d < message->document_count && services.pairs.n == 0; d++)
		services_of_text(r, message, (struct place){ SOURCE_ATTACHMENT_TEXT, d, 0, 0 }, &services);
	*place = services.place;
	for (size_t i = 0; i < services.bare.n; i++)
		if (!strs_has(&services.with, services.bare.v[i]))
			strs_add_new(r->arena, &services.pairs, services.bare.v[i]);
	return services.pairs.n == 0 ? NULL : strs_join(r->arena, &services.pairs, "; ");
}

static const char *
read_one(const struct reading *r, const struct pattern *pattern, const char *text, struct place *place)
{
	struct capture captures[HOLES_MAX];
	size_t count;

	if (!pattern_find(pattern, r->arena, text, captures, HOLES_MAX, &count))
		return NULL;
	if (count == 0)
		return "yes";
	place->start = (uint32_t)captures[0].start;
	place->length = (uint32_t)captures[0].length;
	return hole_value(r, &captures[0]);
}

/* Subject, new text, what was forwarded, then the forms. */
static const char *
read_pattern(const struct reading *r, const struct message *message, const struct pattern *pattern,
    struct place *place)
{
	static const enum text_source order[] = { SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED,
		SOURCE_ATTACHMENT_TEXT };
	const char *value;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t texts = order[i] == SOURCE_ATTACHMENT_TEXT ? message->document_count : 1;

		for (uint32_t d = 0; d < texts; d++) {
			*place = (struct place){ order[i], d, 0, 0 };
			value = read_one(r, pattern, message_text(message, order[i], d), place);
			if (value != NULL)
				return value;
		}
	}
	return NULL;
}

static const char *
read_extract(const struct reading *r, const struct message *message, struct place *place)
{
	if (reads_services(r->extract))
		return read_services(r, message, place);
	for (size_t i = 0; i < r->extract->pattern_count; i++) {
		const char *value = read_pattern(r, message, r->extract->patterns[i], place);

		if (value != NULL)
			return value;
	}
	return NULL;
}

void
facts_of_kind(struct arena *arena, const struct pack *pack, const struct directory *directory,
    const struct message *message, instant received, struct classified *classified)
{
	const struct kind *kind = classified->kind;

	for (size_t i = 0; kind != NULL && i < kind->extract_count; i++) {
		struct reading r = { arena, pack, directory, received, &kind->extracts[i] };
		struct place place, of_mail = { .source = SOURCE_HEADER };
		const char *value = read_extract(&r, message, &place);

		if (value != NULL)
			add_fact(arena, classified, r.extract->fact, value, &place, true);
		else if (r.extract->or_received)
			add_fact(arena, classified, r.extract->fact,
			    date_iso(arena, instant_date(received)), &of_mail, false);
	}
}

bool
facts_can_extract(struct arena *arena, const struct message *message, const struct extract *extract)
{
	static const struct pack no_pack = { 0 };
	struct reading r = { .arena = arena, .pack = &no_pack, .extract = extract };
	struct place place;

	return extract->or_received || read_extract(&r, message, &place) != NULL;
}

/* ---- Facts with values */

static const char *
value_said(struct arena *arena, const struct value_fact *fact, const char *text, const char *more)
{
	for (size_t i = 0; i < fact->value_count; i++)
		for (size_t j = 0; j < fact->values[i].pattern_count; j++)
			if (pattern_find(fact->values[i].patterns[j], arena, text, NULL, 0, NULL) ||
			    pattern_find(fact->values[i].patterns[j], arena, more, NULL, 0, NULL))
				return fact->values[i].value;
	return NULL;
}

static bool
may_tell(struct arena *arena, const struct people_query *query, const struct value_fact *fact,
    const char *sender)
{
	for (size_t i = 0; i < fact->from.n; i++)
		if (people_fits_text(arena, query, fact->from.v[i], sender))
			return true;
	return fact->from.n == 0;
}

/* What the sender writes goes before what a form says. */
void
facts_with_values(struct arena *arena, const struct people_query *query,
    const struct message *message, struct classified *classified)
{
	for (size_t i = 0; i < query->pack->fact_count; i++) {
		const struct value_fact *fact = &query->pack->facts[i];
		struct place place = { .source = SOURCE_NEW_TEXT };
		const char *value;

		if (!may_tell(arena, query, fact, message->from.address))
			continue;
		value = value_said(arena, fact, message->new_text, message->subject_peeled);
		add_fact(arena, classified, fact->name, value, &place, true);
		for (uint32_t j = 0; value == NULL && j < message->document_count; j++) {
			value = value_said(arena, fact, message->documents[j].text, "");
			place = (struct place){ SOURCE_ATTACHMENT_TEXT, j, 0, 0 };
			add_fact(arena, classified, fact->name, value, &place, true);
		}
	}
}
