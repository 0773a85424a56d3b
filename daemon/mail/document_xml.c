/*
 * Office XML to lines of text, as it comes out of a zip, piece by piece.
 * Runs in adviced-parse only.
 * Invariant: nothing but the bytes given is read: no document type, entity or
 * address in them is followed (office files may have none); memory is that of
 * the parser, which refuses names and texts beyond its own limits.
 * Fails: never; what is wrong goes to the look.
 */
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "mail/charset.h"
#include "mail/document_look.h"
#include "mail/parse_rest.h"

#define SPACES_MOST	40
#define ENTRIES_MOST	200	/* of a form's drop-down list */

/* What comes before the next text: a cell's end is weaker than a line's. */
enum pending { PENDING_NOTHING, PENDING_CELL, PENDING_LINE };

struct xml {
	struct look		*look;
	const struct tag_rule	*rules;
	xmlParserCtxtPtr	 parser;
	unsigned		 depth;		/* of open elements */
	unsigned		 skip;		/* depth of the element that is skipped with all in it; 0: none */
	unsigned		 in_text;	/* open elements whose characters are text */
	enum pending		 pending;
	unsigned		 aside;		/* depth of the element whose text goes aside; 0: none */
	unsigned		 kept_in_text;	/* both as they were before it */
	enum pending		 kept_pending;
	bool			 placeholder;	/* the next content is one */
	bool			 stopped;	/* by us: what was read is enough, or the look failed */
	bool			 checked;	/* of the checkbox that is open */
	char			*entries[ENTRIES_MOST];	/* of the drop-down list that is open */
	size_t			 entry_count;
	size_t			 chosen;
	char			*main_part;
};

static void
stop(struct xml *xml)
{
	xml->stopped = true;
	xmlStopParser(xml->parser);
}

static void
emit(struct xml *xml, const char *text, size_t len)
{
	struct look *look = xml->look;
	bool first = (look->to_aside ? look->aside.len : look->text.len) == 0;

	if (len == 0)
		return;
	if (!first && xml->pending == PENDING_LINE)
		look_add(look, "\n", 1);
	else if (!first && xml->pending == PENDING_CELL)
		look_add(look, "\t", 1);
	xml->pending = PENDING_NOTHING;
	look_add(look, text, len);
	if (look->full)
		stop(xml);
}

static void
emit_str(struct xml *xml, const char *text)
{
	emit(xml, text, strlen(text));
}

/* --- attributes -------------------------------------------------------- */

struct attributes {
	const xmlChar	**v;	/* five each: name, prefix, address, value, its end */
	int		 n;
};

/* A copy of an attribute's value, by local name; NULL when there is none. */
static char *
attribute(struct xml *xml, const struct attributes *attributes, const char *name)
{
	int i;

	for (i = 0; i < attributes->n; i++) {
		const xmlChar **one = attributes->v + 5 * i;

		if (strcmp((const char *)one[0], name) == 0)
			return arena_strndup(xml->look->arena, (const char *)one[3], (size_t)(one[4] - one[3]));
	}
	return NULL;
}

/* <w:checked/> alone is as good as val="1". */
static bool
is_on(struct xml *xml, const struct attributes *attributes)
{
	char *value = attribute(xml, attributes, "val");

	return value == NULL || strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0;
}

/* Boxes and ticks, which Word writes in symbol fonts. */
static const char *
symbol(const char *code)
{
	static const struct { unsigned code; const char *text; } symbols[] = {
		{ 0xa8, "☐" }, { 0x6f, "☐" }, { 0x71, "☐" }, { 0xa3, "☐" }, { 0x72, "☐" },
		{ 0xfe, "☒" }, { 0xfd, "☒" }, { 0x78, "☒" }, { 0x52, "☒" }, { 0x53, "☒" }, { 0x54, "☒" },
		{ 0xfc, "✓" }, { 0x50, "✓" }, { 0xfb, "✗" }, { 0x4f, "✗" }, { 0xb7, "•" }, { 0xe0, "→" },
	};
	unsigned number = code == NULL ? 0 : (unsigned)(strtoul(code, NULL, 16) & 0xff);
	size_t i;

	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (symbols[i].code == number)
			return symbols[i].text;
	return "";
}

static void
spaces(struct xml *xml, const char *count)
{
	unsigned long n = count == NULL ? 1 : strtoul(count, NULL, 10);

	for (n = n > SPACES_MOST ? SPACES_MOST : n; n > 0; n--)
		emit(xml, " ", 1);
}

/* The target of the relationship that is the document itself, without the leading slash. */
static void
note_main_part(struct xml *xml, const struct attributes *attributes)
{
	static const char ending[] = "/officeDocument";
	char *type = attribute(xml, attributes, "Type"), *target = attribute(xml, attributes, "Target");

	if (type == NULL || target == NULL || strlen(type) < strlen(ending) ||
	    strcmp(type + strlen(type) - strlen(ending), ending) != 0)
		return;
	xml->main_part = target + (*target == '/' ? 1 : 0);
}

/* --- elements ---------------------------------------------------------- */

static enum tag_action
action_of(const struct xml *xml, const char *name, bool *known_r)
{
	const struct tag_rule *rule;

	for (rule = xml->rules; rule->name != NULL; rule++)
		if (strcmp(rule->name, name) == 0) {
			*known_r = true;
			return rule->action;
		}
	*known_r = false;
	return TAG_SKIP;
}

static void
aside_open(struct xml *xml)
{
	if (xml->look->to_aside)
		return;
	xml->look->to_aside = true;
	xml->aside = xml->depth;
	xml->kept_in_text = xml->in_text;
	xml->kept_pending = xml->pending;
	xml->in_text = 0;
	xml->pending = PENDING_LINE;
}

static void
aside_close(struct xml *xml)
{
	if (xml->aside != xml->depth)
		return;
	xml->look->to_aside = false;
	xml->aside = 0;
	xml->in_text = xml->kept_in_text;
	xml->pending = xml->kept_pending;
}

static void
open_element(struct xml *xml, enum tag_action action, const struct attributes *attributes)
{
	char *value;

	switch (action) {
	case TAG_SKIP:
		xml->skip = xml->depth;
		break;
	case TAG_TEXT:
	case TAG_TEXT_LINE:
		xml->in_text++;
		break;
	case TAG_TAB:
		emit(xml, "\t", 1);
		break;
	case TAG_BREAK:
		emit(xml, "\n", 1);
		break;
	case TAG_HYPHEN:
		emit(xml, "-", 1);
		break;
	case TAG_SPACES:
		spaces(xml, attribute(xml, attributes, "c"));
		break;
	case TAG_SYMBOL:
		emit_str(xml, symbol(attribute(xml, attributes, "char")));
		break;
	case TAG_PLACEHOLDER:
		xml->placeholder = is_on(xml, attributes);
		break;
	case TAG_CONTENT:
		if (xml->placeholder)
			xml->skip = xml->depth;
		xml->placeholder = false;
		break;
	case TAG_CHECKBOX:
		xml->checked = false;
		break;
	case TAG_DEFAULT:
	case TAG_CHECKED:
		xml->checked = is_on(xml, attributes);
		break;
	case TAG_DROPDOWN:
		xml->entry_count = xml->chosen = 0;
		break;
	case TAG_RESULT:
		value = attribute(xml, attributes, "val");
		xml->chosen = value == NULL ? 0 : strtoul(value, NULL, 10);
		break;
	case TAG_ENTRY:
		value = attribute(xml, attributes, "val");
		if (value != NULL && xml->entry_count < ENTRIES_MOST)
			xml->entries[xml->entry_count++] = value;
		break;
	case TAG_MAIN_PART:
		note_main_part(xml, attributes);
		break;
	case TAG_ASIDE:
		aside_open(xml);
		break;
	case TAG_LOCKED:
		look_locked(xml->look);
		stop(xml);
		break;
	case TAG_LINE:
	case TAG_CELL:
		break;
	}
}

static void
close_element(struct xml *xml, enum tag_action action)
{
	switch (action) {
	case TAG_TEXT_LINE:
	case TAG_LINE:
		xml->pending = PENDING_LINE;
		/* FALLTHROUGH */
	case TAG_TEXT:
		if (action != TAG_LINE && xml->in_text > 0)
			xml->in_text--;
		break;
	case TAG_CELL:
		xml->pending = PENDING_CELL;
		break;
	case TAG_ASIDE:
		aside_close(xml);
		break;
	case TAG_CHECKBOX:
		emit_str(xml, xml->checked ? "☒" : "☐");
		break;
	case TAG_DROPDOWN:
		if (xml->chosen < xml->entry_count)
			emit_str(xml, xml->entries[xml->chosen]);
		xml->entry_count = 0;
		break;
	default:
		break;
	}
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *address, int namespace_count,
    const xmlChar **namespaces, int count, int defaulted, const xmlChar **values)
{
	struct xml *xml = ctx;
	struct attributes attributes = { values, count };
	enum tag_action action;
	bool known;

	(void)prefix, (void)address, (void)namespace_count, (void)namespaces, (void)defaulted;
	xml->depth++;
	if (xml->skip != 0 || xml->stopped)
		return;
	action = action_of(xml, (const char *)name, &known);
	if (known)
		open_element(xml, action, &attributes);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *address)
{
	struct xml *xml = ctx;
	enum tag_action action;
	bool known;

	(void)prefix, (void)address;
	if (xml->skip == 0 && !xml->stopped) {
		action = action_of(xml, (const char *)name, &known);
		if (known)
			close_element(xml, action);
	} else if (xml->skip == xml->depth)
		xml->skip = 0;
	xml->depth--;
}

/* Line ends in the file are layout of the file. */
static void
on_characters(void *ctx, const xmlChar *text, int len)
{
	struct xml *xml = ctx;
	const char *s = (const char *)text, *end = s + len, *run;

	if (xml->skip != 0 || xml->in_text == 0 || xml->stopped)
		return;
	while (s < end && !xml->stopped) {	/* once it is, the parser has let the text go */
		for (run = s; s < end && *s != '\n' && *s != '\r'; s++)
			;
		emit(xml, run, (size_t)(s - run));
		if (s < end) {
			emit(xml, " ", 1);
			s++;
		}
	}
}

static void
on_document_type(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	struct xml *xml = ctx;

	(void)name, (void)public_id, (void)system_id;
	look_fail(xml->look, "damaged: its text declares entities, which no office program writes");
	stop(xml);
}

/* --- the file ---------------------------------------------------------- */

struct xml *
xml_new(struct look *look, const struct tag_rule *rules)
{
	xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC, .startElementNs = on_start,
		.endElementNs = on_end, .characters = on_characters, .ignorableWhitespace = on_characters,
		.cdataBlock = on_characters, .internalSubset = on_document_type };
	struct xml *xml = arena_alloc(look->arena, sizeof(*xml));

	xml->look = look;
	xml->rules = rules;
	xml->pending = PENDING_LINE;
	xml->parser = xmlCreatePushParserCtxt(&handler, xml, NULL, 0, NULL);
	if (xml->parser == NULL)
		look_fail(look, "left out: there was no memory to read it");
	else
		xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET);
	return xml;
}

/* The parser has these bytes; false when they are no XML, or in a character set for which a converter may be elsewhere. */
static bool
parse(struct xml *xml, const char *bytes, size_t len, bool last)
{
	int error = xmlParseChunk(xml->parser, bytes, (int)len, last);

	if (error == 0 || xml->stopped)
		return true;
	if (error == XML_ERR_UNSUPPORTED_ENCODING)
		(void)parse_rest_loaded();
	look_fail(xml->look, "damaged: the XML of its text is not sound");
	return false;
}

bool
xml_take(struct xml *xml, const char *bytes, size_t len)
{
	if (xml->parser == NULL || xml->stopped)
		return false;
	xml->stopped = !parse(xml, bytes, len, false) || xml->stopped;
	return !xml->stopped;
}

char *
xml_free(struct xml *xml)
{
	if (xml->parser != NULL) {
		if (!xml->stopped)
			(void)parse(xml, "", 0, true);
		xmlFreeParserCtxt(xml->parser);
	}
	xml->parser = NULL;
	return xml->main_part;
}
