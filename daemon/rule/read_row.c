/*
 * Rows and rungs: an event, conditions, acts, and where it goes.  One reader
 * for begins, on, always, do, choose and ladders, because one struct serves
 * them all; what may stand where is said here once.
 * Invariant: acts keep file order.
 * Fails: reports to the problems.
 */
#include <string.h>

#include "rule/read_value.h"

static const struct { const char *name; enum event_word event;
} events[] = { { "kind", ON_KIND }, { "answer", ON_ANSWER }, { "command", ON_COMMAND },
	{ "notice", ON_NOTICE }, { "changed", ON_CHANGED }, { "opened", ON_OPENED },
	{ "ended", ON_ENDED } };

static void
row_event(struct reader *reader, const struct node *node, void *at)
{
	struct row *row = at;
	bool yes = true;
	struct err err;
	size_t i;

	if (row->event != ON_NONE)
		problem_add(reader->problems, node->where, "make it two rows",
		    "a row has one event; \"%s\" is a second one", node->name);
	for (i = 0; i < sizeof events / sizeof *events; i++)
		if (strcmp(events[i].name, node->name) == 0)
			row->event = events[i].event;
	if (row->event == ON_OPENED)
		key_bool(reader, node, &yes);
	else if (read_strs(reader, node, &row->names) && row->event == ON_COMMAND &&
		 row->names.n > 0 &&
		 pattern_compile(reader->arena, row->names.v[0], reader->pack->same_words,
		     reader->pack->same_word_count, &row->command, &err) != 0)
		read_failed(reader, node, &err);
	if (row->event == ON_COMMAND && row->names.n > 1)
		problem_add(
		    reader->problems, node->where, "make it two rows", "a row has one command");
}

static void
row_from(struct reader *reader, const struct node *node, void *at)
{
	struct row *row = at;

	key_recipients(reader, node, &row->from_whom);
	key_texts(reader, node, &row->from);
}

static void
act_set(struct reader *reader, const struct node *node, struct act *act)
{
	size_t i, n;

	if (!read_is_group(reader, node, "a group: { worker = \"sender\" }"))
		return;
	for (i = 0; i < node->count; i++) {
		n = act->set_count;
		arena_push(reader->arena, act->sets, act->set_count);
		act->sets[n].fact = node->items[i]->name;
		key_text(reader, node->items[i], &act->sets[n].value);
	}
}

static void
row_act(struct reader *reader, const struct node *node, void *at)
{
	struct row *row = at;
	struct act *act = arena_push(reader->arena, row->acts, row->act_count);

	for (act->word = ACT_FORWARD; act->word < ACT_FORGET; act->word++)
		if (strcmp(act_word_name(act->word), node->name) == 0)
			break;
	switch (act->word) {
	case ACT_REMIND:
	case ACT_ESCALATE:
		key_recipients(reader, node, &act->whom);
		break;
	case ACT_SET:
		act_set(reader, node, act);
		break;
	case ACT_FORGET:
		key_texts(reader, node, &act->names);
		break;
	default:
		key_text(reader, node, &act->value);
	}
}

/* restarts = "draft-sent" is starts, set anew each time. */
static void
row_restarts(struct reader *reader, const struct node *node, void *at)
{
	struct row *row = at;

	key_text(reader, node, &row->starts);
	row->restarts = true;
}

#define ROW_KEYS                                                                                   \
	{ "from", row_from, 0 }, { "when", key_conditions, offsetof(struct row, when) },           \
	    { "unless", key_conditions, offsetof(struct row, unless) }, { "forward", row_act, 0 }, \
	    { "send", row_act, 0 }, { "reply", row_act, 0 }, { "remind", row_act, 0 },             \
	    { "escalate", row_act, 0 }, { "ask", row_act, 0 }, { "set", row_act, 0 },              \
	    { "record", row_act, 0 }, { "file", row_act, 0 }, { "hold", row_act, 0 },              \
	    { "end", row_act, 0 }, { "forget", row_act, 0 },                                       \
	    { "to", key_recipients, offsetof(struct row, to) },                                    \
	    { "cc", key_recipients, offsetof(struct row, cc) },                                    \
	    { "template", key_text, offsetof(struct row, template) },                              \
	    { "attach", key_text, offsetof(struct row, attach) },                                  \
	    { "enclose", key_text, offsetof(struct row, enclose) },                                \
	    { "with", key_text, offsetof(struct row, enclose) },                                   \
	    { "starts", key_text, offsetof(struct row, starts) }, { "restarts", row_restarts, 0 }, \
	    { "urgent", key_bool, offsetof(struct row, urgent) },                                  \
	    { "once", key_bool, offsetof(struct row, once) },                                      \
	    { "stay", key_bool, offsetof(struct row, stay) },                                      \
	    { "of", key_recipients, offsetof(struct row, of) },                                    \
	    { "go", key_text, offsetof(struct row, go) },                                          \
	    { "meets", key_meets, offsetof(struct row, meets) },                                   \
	{                                                                                          \
		NULL, NULL, 0                                                                      \
	}

static const struct key row_keys[] = {
	{ "kind", row_event, 0 }, { "answer", row_event, 0 }, { "command", row_event, 0 },
	{ "notice", row_event, 0 }, { "changed", row_event, 0 }, { "opened", row_event, 0 },
	{ "ended", row_event, 0 },
	{ "for-each", key_text, offsetof(struct row, for_each) },
	ROW_KEYS
};

static const struct key rung_keys[] = {
	{ "at", key_date, offsetof(struct row, at) },
	{ "every", key_repeat, offsetof(struct row, every) },
	ROW_KEYS
};

void
key_rows(struct reader *reader, const struct node *node, void *at)
{
	struct rows *rows = at;
	struct row *row;
	size_t i;

	if (node->type != NODE_LIST) {
		read_wrong(reader, node, "a list of rows: ( { ... }, { ... } )");
		return;
	}
	for (i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "a row in { }"))
			continue;
		row = arena_push(reader->arena, rows->v, rows->n);
		row->where = node->items[i]->where;
		row->key = tree_hash(reader->arena, node->items[i]);
		read_group(reader, node->items[i], "a row", row_keys, row);
	}
}

static void
read_rung(struct reader *reader, const struct node *node, struct row *row)
{
	row->name = row->key = node->name;
	row->where = node->where;
	read_group(reader, node, "a rung", rung_keys, row);
	if (tree_child(node, "at") == NULL)
		problem_add(reader->problems, node->where, "for example  at = \"due + 1 day\"",
		    "the rung \"%s\" does not say when: \"at\" is missing", node->name);
}

void
read_ladder(struct reader *reader, const struct node *node, struct ladder *ladder)
{
	struct row *row;
	size_t i;

	ladder->where = node->where;
	if (!read_is_group(reader, node,
		"a group of named rungs: { first : { at = \"...\"; remind = \"them\" } }"))
		return;
	for (i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "a rung in { }"))
			continue;
		row = arena_push(reader->arena, ladder->rungs.v, ladder->rungs.n);
		read_rung(reader, node->items[i], row);
	}
	ladder->empty = node->count == 0;
}

void
read_ladders(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct ladder *ladder;
	size_t i;

	for (i = 0; i < node->count; i++) {
		ladder = arena_push(reader->arena, pack->ladders, pack->ladder_count);
		ladder->name = node->items[i]->name;
		read_ladder(reader, node->items[i], ladder);
	}
}

struct always { struct rows *rows; struct ladder *ladder; };

static void
always_on(struct reader *reader, const struct node *node, void *at)
{
	key_rows(reader, node, ((struct always *)at)->rows);
}

static void
always_ladder(struct reader *reader, const struct node *node, void *at)
{
	read_ladder(reader, node, ((struct always *)at)->ladder);
}

static const struct key always_keys[] = {
	{ "on", always_on, 0 },
	{ "ladder", always_ladder, 0 },
	{ NULL, NULL, 0 }
};

void
read_always(
    struct reader *reader, const struct node *node, struct rows *rows, struct ladder *ladder)
{
	struct always always = { rows, ladder };

	if (node->type == NODE_LIST)
		key_rows(reader, node, rows);
	else if (read_is_group(
		     reader, node, "a list of rows, or { on : ( rows ); ladder : { rungs } }"))
		read_group(reader, node, "always", always_keys, &always);
}
