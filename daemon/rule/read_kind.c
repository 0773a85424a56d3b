/*
 * Kinds of mail, the facts they tell, facts that have values, and alerts.
 * Used by the pack reader.
 * Invariant: patterns keep the order in which they are tried.
 * Fails: reports to the problems.
 */
#include <string.h>

#include "rule/read_value.h"

static void
test_says(struct reader *reader, const struct node *node, void *at)
{
	struct kind_test *test = at;

	read_patterns(reader, node, &test->says, &test->says_count);
}

static void
test_named(struct reader *reader, const struct node *node, void *at)
{
	struct kind_test *test = at;

	read_patterns(reader, node, &test->named, &test->named_count);
}

static void
test_subject(struct reader *reader, const struct node *node, void *at)
{
	struct kind_test *test = at;

	read_patterns(reader, node, &test->subject, &test->subject_count);
}

/* ".docx" fits a file that is called just that, so none: the star was forgotten. */
static void
test_attachment(struct reader *reader, const struct node *node, void *at)
{
	const struct strs *names = at;

	key_texts(reader, node, at);
	for (size_t i = 0; i < names->n; i++)
		if (names->v[i][0] == '.')
			problem_add(reader->problems, node->where, arena_printf(reader->arena, "write \"*%s\"", names->v[i]),
			    "attachment: \"%s\" fits no file's name; * stands for the rest of it", names->v[i]);
}

static const struct key test_keys[] = {
	{ "from", key_texts, offsetof(struct kind_test, from) },
	{ "says", test_says, 0 },
	{ "named", test_named, 0 },
	{ "subject", test_subject, 0 },
	{ "attachment", test_attachment, offsetof(struct kind_test, attachment) },
	{ "awaited", key_bool, offsetof(struct kind_test, awaited) },
	{ NULL, NULL, 0 }
};

static bool
tests_nothing(const struct kind_test *test)
{
	return test->from.n == 0 && test->says_count == 0 && test->named_count == 0 &&
	       test->subject_count == 0 && test->attachment.n == 0;
}

static void
kind_other_test(struct reader *reader, const struct node *node, void *at)
{
	struct kind_test *test = arena_alloc(reader->arena, sizeof *test);

	test->where = node->where;
	if (!read_is_group(reader, node, "a group such as { says = [ \"...\" ] }"))
		return;
	read_group(reader, node, "what a mail is known by", test_keys, test);
	if (tests_nothing(test) && !test->awaited)
		problem_add(reader->problems, node->where, NULL,
		    "\"%s\" is empty; allowed: from, says, named, subject, attachment, awaited",
		    node->name);
	else
		*(struct kind_test **)at = test;
}

/* What {service} may be: names and words of the pack's services; none where it has none. */
struct strs
read_service_words(struct reader *reader)
{
	struct strs services = { NULL, 0 };
	size_t s, w;

	for (s = 0; s < reader->pack->service_count; s++) {
		strs_add_new(reader->arena, &services, reader->pack->services[s].name);
		for (w = 0; w < reader->pack->services[s].words.n; w++)
			strs_add_new(reader->arena, &services, reader->pack->services[s].words.v[w]);
	}
	return services;
}

static void
extract_patterns(struct reader *reader, const struct node *node, struct extract *extract)
{
	struct strs sources, services = read_service_words(reader);
	struct pattern *pattern, **slot;
	struct node item;
	struct err err;
	size_t i;

	if (!read_strs(reader, node, &sources))
		return;
	for (i = 0; i < sources.n; i++) {
		if (strcmp(sources.v[i], "{received}") == 0) {
			extract->or_received = true;
			if (i + 1 < sources.n)
				problem_add(reader->problems, node->where, NULL,
				    "%s: \"{received}\" always fits; it must stand last",
				    node->name);
			continue;
		}
		if (pattern_compile_services(reader->arena, sources.v[i], reader->pack->same_words,
		    reader->pack->same_word_count, &services, &pattern, &err) != 0) {
			item = read_item(node, i);
			read_failed(reader, &item, &err);
			continue;
		}
		if (pattern_holes(pattern)->n == 0 && sources.v[i][0] != '/')
			problem_add(reader->problems, node->where,
			    "write for example \"due date: {date}\"",
			    "%s: the pattern \"%s\" has no hole to take a fact from", node->name,
			    sources.v[i]);
		slot = arena_push(reader->arena, extract->patterns, extract->pattern_count);
		*slot = pattern;
	}
}

static void
kind_extracts(struct reader *reader, const struct node *node, void *at)
{
	struct kind *kind = at;
	struct extract *extract;
	size_t i;

	if (!read_is_group(
		reader, node, "a group of facts: { due-date = [ \"return by {date}\" ] }"))
		return;
	for (i = 0; i < node->count; i++) {
		extract = arena_push(reader->arena, kind->extracts, kind->extract_count);
		extract->fact = node->items[i]->name;
		extract->where = node->items[i]->where;
		extract_patterns(reader, node->items[i], extract);
	}
}

static const struct key kind_keys[] = {
	{ "from", key_texts, offsetof(struct kind, test.from) },
	{ "says", test_says, offsetof(struct kind, test) },
	{ "named", test_named, offsetof(struct kind, test) },
	{ "subject", test_subject, offsetof(struct kind, test) },
	{ "attachment", test_attachment, offsetof(struct kind, test.attachment) },
	{ "awaited", key_bool, offsetof(struct kind, test.awaited) },
	{ "or", kind_other_test, offsetof(struct kind, or_test) },
	{ "unless", kind_other_test, offsetof(struct kind, unless) },
	{ "extract", kind_extracts, 0 },
	{ "needs", key_texts, offsetof(struct kind, needs) },
	{ "kept", key_bool, offsetof(struct kind, kept) },
	{ "meets", key_meets, offsetof(struct kind, meets) },
	{ NULL, NULL, 0 }
};

void
read_kinds(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct kind *kind;
	size_t i;

	for (i = 0; i < node->count; i++) {
		kind = arena_push(reader->arena, pack->kinds, pack->kind_count);
		kind->name = node->items[i]->name;
		kind->where = kind->test.where = node->items[i]->where;
		if (!read_is_group(reader, node->items[i], "a kind in { }"))
			continue;
		read_group(reader, node->items[i], "a kind", kind_keys, kind);
		if (tests_nothing(&kind->test))
			problem_add(reader->problems, kind->where, NULL,
			    "the kind \"%s\" fits every mail; "
			    "say what it is known by: from, says, named, subject, attachment",
			    kind->name);
	}
}

/* of = "case" */
static void
fact_of(struct reader *reader, const struct node *node, struct value_fact *fact)
{
	const char *of = NULL;

	key_text(reader, node, &of);
	fact->of_case = of != NULL && strcmp(of, "case") == 0;
	if (of != NULL && !fact->of_case)
		problem_add(reader->problems, node->where, NULL, "of: a fact may be the case's, \"case\"; found \"%s\"", of);
}

static void
read_fact_values(struct reader *reader, const struct node *node, struct value_fact *fact)
{
	const struct node *item;
	size_t i, at;

	for (i = 0; i < node->count; i++) {
		item = node->items[i];
		if (strcmp(item->name, "from") == 0)
			key_texts(reader, item, &fact->from);
		else if (strcmp(item->name, "meets") == 0)
			key_meets(reader, item, &fact->meets);
		else if (strcmp(item->name, "of") == 0)
			fact_of(reader, item, fact);
		else {
			at = fact->value_count;
			arena_push(reader->arena, fact->values, fact->value_count);
			fact->values[at].value = item->name;
			read_patterns(reader, item, &fact->values[at].patterns,
			    &fact->values[at].pattern_count);
		}
	}
}

void
read_value_facts(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct value_fact *fact;
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (!read_is_group(
			reader, node->items[i], "a group of values, each with its phrases"))
			continue;
		fact = arena_push(reader->arena, pack->facts, pack->fact_count);
		fact->name = node->items[i]->name;
		fact->where = node->items[i]->where;
		read_fact_values(reader, node->items[i], fact);
		if (fact->value_count < 2)
			problem_add(reader->problems, fact->where,
			    "permission : { refused = [ \"do not agree\" ]; given = [ \"agree\" ] "
			    "}",
			    "the fact \"%s\" needs two values at least, each with its phrases",
			    fact->name);
	}
}

static const struct key alert_unless_keys[] = {
	{ "sent-to", key_texts, 0 },
	{ NULL, NULL, 0 }
};

static void
alert_unless(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group such as { sent-to = \"requester\" }"))
		read_group(reader, node, "an alert's unless", alert_unless_keys, at);
}

static const struct key alert_keys[] = {
	{ "from", key_texts, offsetof(struct alert, test.from) },
	{ "says", test_says, offsetof(struct alert, test) },
	{ "named", test_named, offsetof(struct alert, test) },
	{ "subject", test_subject, offsetof(struct alert, test) },
	{ "attachment", test_attachment, offsetof(struct alert, test.attachment) },
	{ "sent-to", key_texts, offsetof(struct alert, sent_to) },
	{ "unless", alert_unless, offsetof(struct alert, sent_to_unless) },
	{ "to", key_recipients, offsetof(struct alert, to) },
	{ "meets", key_meets, offsetof(struct alert, meets) },
	{ NULL, NULL, 0 }
};

void
read_alerts(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct alert *alert;
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "an alert in { }"))
			continue;
		alert = arena_push(reader->arena, pack->alerts, pack->alert_count);
		alert->name = node->items[i]->name;
		alert->where = alert->test.where = node->items[i]->where;
		read_group(reader, node->items[i], "an alert", alert_keys, alert);
		if (alert->to.n == 0)
			problem_add(reader->problems, alert->where, NULL,
			    "the alert tells nobody; add  to = \"...\"");
	}
}
