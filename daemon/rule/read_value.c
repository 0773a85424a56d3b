/*
 * Values of settings: texts, truths, recipients, dates, repeats, patterns.
 * Used by the pack reader.
 * Invariant: a value of the wrong type is reported with what was found and
 * what is allowed, and leaves its member zero.
 * Fails: reports to the problems.
 */
#include <ctype.h>
#include <string.h>

#include "rule/read_value.h"

const char *
read_name(const struct node *node)
{
	return node->name != NULL ? node->name : "a value here";
}

void
read_wrong(struct reader *reader, const struct node *node, const char *allowed)
{
	const char *hint = NULL;

	if (node->type == NODE_NUMBER)
		hint = "numbers stand in quotes, with their unit: \"14 days\"";
	else if (node->type == NODE_LIST)
		hint = "( ) holds rows; texts stand in [ ]";
	problem_add(reader->problems, node->where, hint, "\"%s\" must be %s; found %s",
	    read_name(node), allowed, tree_found(reader->arena, node));
}

bool
read_is_group(struct reader *reader, const struct node *node, const char *allowed)
{
	if (node->type == NODE_GROUP)
		return true;
	read_wrong(reader, node, allowed);
	return false;
}

struct node
read_item(const struct node *node, size_t nth)
{
	struct node item = *node;

	if (node->type != NODE_TEXT && nth < node->count)
		item.where = node->items[nth]->where;
	return item;
}

void
read_failed(struct reader *reader, const struct node *node, const struct err *err)
{
	problem_add(reader->problems, node->where, NULL, "%s: %s", read_name(node), err->text);
}

/* The key that is most likely meant, or NULL. */
static const char *
unknown_key(
    struct reader *reader, const struct node *node, const char *what, const struct key *keys)
{
	struct strs allowed = { NULL, 0 };
	const char *near, *hint = NULL;
	const struct key *key;

	for (key = keys; key->name != NULL; key++)
		strs_add(reader->arena, &allowed, key->name);
	strs_add(reader->arena, &allowed, NULL);
	near = str_nearest(node->name, allowed.v);
	allowed.n--;
	if (near != NULL)
		hint = arena_printf(reader->arena, "did you mean \"%s\"?", near);
	problem_add(reader->problems, node->where, hint, "\"%s\" is not a key of %s; allowed: %s",
	    node->name, what, strs_join(reader->arena, &allowed, ", "));
	return near;
}

static const struct key *
key_named(const struct key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

void
read_keys(struct reader *reader, struct node *node, const char *what, const struct key *keys)
{
	const char *meant;
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (node->items[i]->told || key_named(keys, node->items[i]->name) != NULL)
			continue;
		meant = unknown_key(reader, node->items[i], what, keys);
		if (meant != NULL && tree_child(node, meant) == NULL)
			node->items[i]->name = meant;
		else
			node->items[i]->told = true;
	}
}

void
read_group(struct reader *reader, const struct node *node, const char *what, const struct key *keys,
    void *into)
{
	const struct key *key;
	size_t i;

	read_keys(reader, (struct node *)node, what, keys);
	for (i = 0; i < node->count; i++)
		if ((key = key_named(keys, node->items[i]->name)) != NULL)
			key->read(reader, node->items[i], (char *)into + key->offset);
}

bool
read_strs(struct reader *reader, const struct node *node, struct strs *strs_r)
{
	size_t i;

	*strs_r = (struct strs){ NULL, 0 };
	if (node->type == NODE_TEXT) {
		strs_add(reader->arena, strs_r, node->text);
		return true;
	}
	if (node->type != NODE_ARRAY && node->type != NODE_LIST) {
		read_wrong(reader, node, "a text in quotes, or several in [ ]");
		return false;
	}
	if (node->count == 0) {
		problem_add(reader->problems, node->where, "leave it out, or say what belongs there",
		    "\"%s\" is empty", read_name(node));
		return false;
	}
	for (i = 0; i < node->count; i++) {
		if (node->items[i]->type != NODE_TEXT) {
			read_wrong(reader, node, "a text in quotes, or several in [ ]");
			return false;
		}
		strs_add(reader->arena, strs_r, node->items[i]->text);
	}
	return true;
}

/* Is there a letter, a digit, or a hole that not every mail fills? */
static bool
says_something(const char *source)
{
	for (; *source != '\0'; source++) {
		if (str_starts(source, "{words}"))
			source += strlen("{words");
		else if ((isalnum((unsigned char)*source) || *source == '#' || (unsigned char)*source >= 0x80))
			return true;
	}
	return false;
}

void
read_patterns(
    struct reader *reader, const struct node *node, struct pattern ***patterns_r, size_t *count_r)
{
	const struct pack *pack = reader->pack;
	struct strs sources, services = read_service_words(reader);
	struct pattern *pattern, **slot;
	struct node item;
	struct err err;
	size_t i;

	if (!read_strs(reader, node, &sources))
		return;
	for (i = 0; i < sources.n; i++) {
		if (!says_something(sources.v[i])) {
			problem_add(reader->problems, node->where, "say at least one word",
			    "%s: the pattern \"%s\" fits every mail", read_name(node), sources.v[i]);
			continue;
		}
		if (pattern_compile_services(reader->arena, sources.v[i], pack->same_words,
			pack->same_word_count, &services, &pattern, &err) != 0) {
			item = read_item(node, i);
			read_failed(reader, &item, &err);
			continue;
		}
		slot = arena_push(reader->arena, *patterns_r, *count_r);
		*slot = pattern;
	}
}

void
key_text(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_TEXT)
		read_wrong(reader, node, "a text in quotes");
	else if (node->text[strspn(node->text, " \t")] == '\0')
		problem_add(reader->problems, node->where, NULL,
		    "\"%s\" is empty; a text is needed", read_name(node));
	else
		*(const char **)at = node->text;
}

void
key_texts(struct reader *reader, const struct node *node, void *at)
{
	read_strs(reader, node, at);
}

void
key_bool(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_BOOL)
		read_wrong(reader, node, "true or false, without quotes");
	else
		*(bool *)at = node->yes;
}

/* One that cannot be read keeps its place, so that nobody is told besides that it is missing. */
void
key_recipients(struct reader *reader, const struct node *node, void *at)
{
	struct recipients *recipients = at;
	struct recipient *one;
	struct strs texts;
	struct err err;
	size_t i;

	recipients->where = node->where;
	if (!read_strs(reader, node, &texts)) {
		arena_push(reader->arena, recipients->v, recipients->n);
		return;
	}
	for (i = 0; i < texts.n; i++) {
		one = arena_push(reader->arena, recipients->v, recipients->n);
		if (recipient_parse(reader->arena, texts.v[i], one, &err) != 0) {
			memset(one, 0, sizeof *one);
			read_failed(reader, node, &err);
		}
	}
}

void
key_date(struct reader *reader, const struct node *node, void *at)
{
	struct date_expr *expr = at;
	struct err err;

	if (node->type != NODE_TEXT)
		read_wrong(reader, node, "a date in words, such as \"due - 5 working days\"");
	else if (date_expr_parse(reader->arena, node->text, expr, &err) != 0) {
		memset(expr, 0, sizeof *expr);
		read_failed(reader, node, &err);
	}
	expr->where = node->where;
}

void
key_repeat(struct reader *reader, const struct node *node, void *at)
{
	struct err err;

	if (node->type != NODE_TEXT)
		read_wrong(reader, node, "how often, such as \"1 week\"");
	else if (repeat_parse(node->text, at, &err) != 0) {
		memset(at, 0, sizeof(struct repeat));
		read_failed(reader, node, &err);
	}
}

/* "BIR-05": letters (digits may follow them), a hyphen, two or three digits. */
static bool
is_requirement(const char *text)
{
	size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t prefix = letters + strspn(text + letters, "0123456789");
	size_t digits = text[prefix] == '-' ? strspn(text + prefix + 1, "0123456789") : 0;

	return letters >= 2 && prefix <= 8 && digits >= 2 && digits <= 4 &&
	       text[prefix + 1 + digits] == '\0';
}

void
key_meets(struct reader *reader, const struct node *node, void *at)
{
	struct strs texts;
	const char *p;
	char *id;
	size_t i, len;

	if (!read_strs(reader, node, &texts))
		return;
	for (i = 0; i < texts.n; i++)
		for (p = texts.v[i] + strspn(texts.v[i], " \t\n"); *p != '\0';
		     p += len, p += strspn(p, " \t\n")) {
			len = strcspn(p, " \t\n");
			id = arena_strndup(reader->arena, p, len);
			if (!is_requirement(id))
				problem_add(reader->problems, node->where,
				    "several stand with spaces between them: \"LEI-09 LEI-12\"",
				    "meets: \"%s\" is not a requirement's number such as LEI-09",
				    id);
			strs_add_new(reader->arena, at, id);
		}
}

void
key_nothing(struct reader *reader, const struct node *node, void *at)
{
	(void)reader;
	(void)node;
	(void)at;
}
