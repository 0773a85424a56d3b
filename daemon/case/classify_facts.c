/*
 * The facts that a mail tells: what mail/ found labelled in it, the pack's
 * references, what the kind extracts, and facts with values.  Runs in core and
 * advicectl; pure.
 * Invariant: for each fact the strongest source wins (subject, new text,
 * forwarded, attachments, quoted history last), and its source is kept, so
 * that nobody mistakes history for news.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/classify_facts.h"

#define HOLES_MAX 8

static bool
has_fact(const struct classified *classified, const char *name)
{
	return classified_fact(classified, name) != NULL;
}

static void
add_fact(struct arena *arena, struct classified *classified, const char *name, const char *value,
    enum text_source source, bool said)
{
	struct found_fact *fact;

	if (value == NULL || value[0] == '\0' || has_fact(classified, name))
		return;
	fact = arena_push(arena, classified->facts, classified->fact_count);
	*fact = (struct found_fact){ name, value, source, said };
}

/* ---- References */

static bool
is_joint(char c)
{
	return c == '-' || c == '/' || c == ' ' || c == '_' || c == '.';
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Bytes that one joint of a shape takes: any joint, or a dash of Word's. */
static size_t
joint_length(const char *text)
{
	if (is_joint(*text))
		return 1;
	if (strncmp(text, "\xe2\x80\x90", 3) == 0 || strncmp(text, "\xe2\x80\x91", 3) == 0 ||
	    strncmp(text, "\xe2\x80\x93", 3) == 0)
		return 3;
	return 0;
}

/* The shape at the start of text, written as the shape writes it into out; bytes taken or 0. */
static size_t
shape_length(const char *shape, const char *text, char *out)
{
	const char *start = text;

	for (; *shape != '\0'; shape++) {
		size_t len = 1;

		if (*shape == '#' ? !isdigit((unsigned char)*text) :
		    !is_joint(*shape) && tolower((unsigned char)*shape) != tolower((unsigned char)*text))
			return 0;
		if (is_joint(*shape) && (len = joint_length(text)) == 0)
			return 0;
		*out++ = *shape == '#' ? *text : (char)toupper((unsigned char)*shape);
		text += len;
	}
	*out = '\0';
	return is_word(*text) ? 0 : (size_t)(text - start);
}

static bool
is_plain_shape(const char *shape)
{
	return shape[0] != '/' && strpbrk(shape, "*[]{}") == NULL;
}

static void
find_shape(struct arena *arena, const char *shape, const char *text, struct strs *found)
{
	char *out = arena_alloc(arena, strlen(shape) + 1);
	char previous = ' ';

	while (*text != '\0') {
		size_t len = is_word(previous) ? 0 : shape_length(shape, text, out);

		if (len > 0)
			strs_add_new(arena, found, arena_strdup(arena, out));
		previous = len > 0 ? text[len - 1] : *text;
		text += len > 0 ? len : 1;
	}
}

/* A pattern that is more than a shape names the reference by a hole. */
static void
find_pattern(struct arena *arena, const struct pattern *pattern, const char *text, struct strs *found)
{
	struct capture captures[HOLES_MAX];
	size_t count;

	while (pattern_find(pattern, arena, text, captures, HOLES_MAX, &count) && count > 0) {
		char *value = arena_strdup(arena, captures[0].text);

		for (char *p = value; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		strs_add_new(arena, found, value);
		text += captures[0].start + captures[0].length;
		if (captures[0].length == 0)
			break;
	}
}

void
facts_references(struct arena *arena, const struct pack *pack, const char *text, struct strs *found)
{
	for (size_t i = 0; i < pack->reference_shapes.n; i++)
		if (is_plain_shape(pack->reference_shapes.v[i]))
			find_shape(arena, pack->reference_shapes.v[i], text, found);
	for (size_t i = 0; i < pack->reference_count; i++)
		if (!is_plain_shape(pattern_source(pack->references[i])))
			find_pattern(arena, pack->references[i], text, found);
}

/*
 * What stands in attachments counts as the mail's own only where the mail
 * itself names no reference: a form of another child is the wrong-child
 * guard's business, not a second case.
 */
static void
find_references(struct arena *arena, const struct pack *pack, const struct message *message,
    struct classified *classified)
{
	struct strs *found = &classified->references;
	enum text_source source = SOURCE_SUBJECT;

	facts_references(arena, pack, message->subject, found);
	if (found->n == 0)
		source = SOURCE_NEW_TEXT;
	facts_references(arena, pack, message->new_text, found);
	if (found->n == 0)
		source = SOURCE_FORWARDED;
	facts_references(arena, pack, message->forwarded_text, found);
	classified->strong_references = found->n;
	if (found->n == 0)
		source = SOURCE_ATTACHMENT_NAME;
	for (size_t i = 0; i < message->document_count; i++)
		facts_references(arena, pack, message->documents[i].name, found);
	if (found->n == 0)
		source = SOURCE_ATTACHMENT_TEXT;
	for (size_t i = 0; i < message->document_count; i++)
		facts_references(arena, pack, message->documents[i].text, found);
	if (classified->strong_references == 0)
		classified->strong_references = found->n;
	if (found->n == 0)
		source = SOURCE_QUOTED;
	facts_references(arena, pack, message->quoted_text, found);
	if (found->n > 0)
		add_fact(arena, classified, "reference", found->v[0], source, true);
}

/* ---- Of the mail itself */

static void
add_strongest(struct arena *arena, const struct message *message, enum said_kind kind,
    const char *name, struct classified *classified)
{
	const struct said *best = NULL;

	for (size_t i = 0; i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		if (said->kind == kind && (best == NULL || said->source < best->source))
			best = said;
	}
	if (best != NULL)
		add_fact(arena, classified, name, best->value, best->source, true);
}

void
facts_of_mail(struct arena *arena, const struct pack *pack, const struct message *message,
    instant received, struct classified *classified)
{
	add_strongest(arena, message, SAID_CHILD_NAME, "child-name", classified);
	add_strongest(arena, message, SAID_DATE_OF_BIRTH, "date-of-birth", classified);
	add_strongest(arena, message, SAID_NHS_NUMBER, "nhs-number", classified);
	add_strongest(arena, message, SAID_UPN, "upn", classified);
	find_references(arena, pack, message, classified);
	add_fact(arena, classified, "marking", message->marking, SOURCE_HEADER, true);
	add_fact(arena, classified, "received", date_iso(arena, instant_date(received)),
	    SOURCE_HEADER, false);
}

/* ---- What the kind extracts */

/* A day without a year, or with two digits of one, is the nearest such day. */
static const char *
date_value(struct arena *arena, const char *fact, const char *text, instant received)
{
	dayno near = instant_date(received), before, after;

	if (date_parse_words(text, near, DATE_BIRTH, &before) == 0)
		return NULL;
	if (strcmp(fact, "date-of-birth") == 0)
		return date_iso(arena, before);
	if (date_parse_words(text, near, DATE_AHEAD, &after) == 0)
		return NULL;
	return date_iso(arena, after - near <= near - before ? after : before);
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

static const char *
service_value(struct arena *arena, const struct pack *pack, const char *text)
{
	const char *words = str_squeeze(arena, text);

	for (size_t i = 0; i < pack->service_count; i++)
		if (str_same(pack->services[i].name, words) ||
		    strs_has_nocase(&pack->services[i].words, words))
			return pack->services[i].name;
	return words;
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
	if (strcmp(capture->hole, "person") == 0)
		return person_value(r->arena, r->directory, capture->text);
	if (strcmp(capture->hole, "service") == 0)
		return service_value(r->arena, r->pack, capture->text);
	return str_squeeze(r->arena, capture->text);
}

/* All pairs: "{service}: {person}" on line after line. */
static const char *
read_pairs(const struct reading *r, const struct pattern *pattern, const char *text)
{
	struct capture captures[HOLES_MAX];
	struct strs pairs = { 0 };
	size_t count;

	while (pattern_find(pattern, r->arena, text, captures, HOLES_MAX, &count) && count > 1) {
		const char *left = hole_value(r, &captures[0]), *right = hole_value(r, &captures[1]);
		size_t end = captures[count - 1].start + captures[count - 1].length;

		if (left != NULL && right != NULL)
			strs_add_new(r->arena, &pairs, arena_printf(r->arena, "%s: %s", left, right));
		if (end == 0)
			break;
		text += end;
	}
	return pairs.n == 0 ? NULL : strs_join(r->arena, &pairs, "; ");
}

static const char *
read_one(const struct reading *r, const struct pattern *pattern, const char *text)
{
	struct capture captures[HOLES_MAX];
	size_t count;

	if (pattern_holes(pattern)->n > 1)
		return read_pairs(r, pattern, text);
	if (!pattern_find(pattern, r->arena, text, captures, HOLES_MAX, &count))
		return NULL;
	return count == 0 ? "yes" : hole_value(r, &captures[0]);
}

/* Subject, new text, what was forwarded, then the forms. */
static const char *
read_pattern(const struct reading *r, const struct message *message, const struct pattern *pattern,
    enum text_source *source_r)
{
	static const enum text_source order[] = { SOURCE_SUBJECT, SOURCE_NEW_TEXT, SOURCE_FORWARDED };
	const char *value;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		*source_r = order[i];
		value = read_one(r, pattern, message_text(message, order[i], 0));
		if (value != NULL)
			return value;
	}
	*source_r = SOURCE_ATTACHMENT_TEXT;
	for (size_t i = 0; i < message->document_count; i++)
		if ((value = read_one(r, pattern, message->documents[i].text)) != NULL)
			return value;
	return NULL;
}

static const char *
read_extract(const struct reading *r, const struct message *message, enum text_source *source_r)
{
	for (size_t i = 0; i < r->extract->pattern_count; i++) {
		const char *value = read_pattern(r, message, r->extract->patterns[i], source_r);

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
		enum text_source source = SOURCE_HEADER;
		const char *value = read_extract(&r, message, &source);

		if (value != NULL)
			add_fact(arena, classified, r.extract->fact, value, source, true);
		else if (r.extract->or_received)
			add_fact(arena, classified, r.extract->fact,
			    date_iso(arena, instant_date(received)), SOURCE_HEADER, false);
	}
}

bool
facts_can_extract(struct arena *arena, const struct message *message, const struct extract *extract)
{
	static const struct pack no_pack = { 0 };
	struct reading r = { .arena = arena, .pack = &no_pack, .extract = extract };
	enum text_source source;

	return extract->or_received || read_extract(&r, message, &source) != NULL;
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
		const char *value;

		if (!may_tell(arena, query, fact, message->from.address))
			continue;
		value = value_said(arena, fact, message->new_text, message->subject_peeled);
		add_fact(arena, classified, fact->name, value, SOURCE_NEW_TEXT, true);
		for (size_t j = 0; value == NULL && j < message->document_count; j++) {
			value = value_said(arena, fact, message->documents[j].text, "");
			add_fact(arena, classified, fact->name, value, SOURCE_ATTACHMENT_TEXT, true);
		}
	}
}
