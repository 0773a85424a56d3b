/*
 * Two versions of a pack, held against each other: the settings with what
 * they extend, entry by entry.  Runs in core and advicectl.
 * Invariant: every setting that differs is named; comments, spaces and the
 * place of a line are no difference.
 * Fails: a version that can no longer be read is said in a line.
 */
#include <string.h>

#include "base/buf.h"
#include "rule/diff.h"
#include "rule/diff_files.h"
#include "rule/read_folder.h"

#define VALUE_MOST	160

struct diff {
	struct arena	*arena;
	struct strs	*lines;
};

/* Sections of named entries, and what one of them is called. */
static const char *const entries[][2] = {
	{ "services", "service" }, { "roles", "role" }, { "kinds", "kind" }, { "facts", "fact" }, { "deadlines", "deadline" },
	{ "conditions", "condition" }, { "questions", "question" }, { "ladders", "ladder" }, { "strands", "strand" },
	{ "stages", "stage" }, { "guards", "guard" }, { "alerts", "alert" }, { "digests", "digest" }, { "texts", "text" },
	{ "called", "words for" },
};

static const char *
entry_word(const char *section)
{
	for (size_t i = 0; section != NULL && i < sizeof(entries) / sizeof(entries[0]); i++)
		if (strcmp(entries[i][0], section) == 0)
			return entries[i][1];
	return NULL;
}

/* ---- In words */

static void
value_add(struct buf *out, const struct node *node)
{
	const char *opens = node->type == NODE_GROUP ? "{ " : node->type == NODE_LIST ? "( " : "[ ";
	const char *closes = node->type == NODE_GROUP ? " }" : node->type == NODE_LIST ? " )" : " ]";

	if (node->type == NODE_BOOL) {
		buf_add_str(out, node->yes ? "true" : "false");
	} else if (node->type == NODE_TEXT || node->type == NODE_NUMBER) {
		buf_printf(out, node->type == NODE_TEXT ? "\"%s\"" : "%s", node->text == NULL ? "" : node->text);
	} else {
		buf_add_str(out, opens);
		for (size_t i = 0; i < node->count; i++) {
			buf_add_str(out, i == 0 ? "" : node->type == NODE_GROUP ? "; " : ", ");
			if (node->items[i]->name != NULL)
				buf_printf(out, "%s = ", node->items[i]->name);
			value_add(out, node->items[i]);
		}
		buf_add_str(out, closes);
	}
}

static const char *
value_words(struct diff *diff, const struct node *node)
{
	struct buf out = BUF_INIT;
	const char *text;

	value_add(&out, node);
	text = str_visible(diff->arena, buf_text(&out), VALUE_MOST);
	buf_free(&out);
	return text;
}

static void
say(struct diff *diff, struct where where, const char *path, const char *what)
{
	strs_add(diff->arena, diff->lines, arena_printf(diff->arena, "%s: %s%s%s", where_text(diff->arena, where), path,
	    path[0] == '\0' ? "" : ": ", what));
}

/* "strand advice, stage with-worker" and the entry or setting below it. */
static const char *
below(struct diff *diff, const char *path, const char *section, const char *name)
{
	const char *word = entry_word(section);

	if (word == NULL && section != NULL && strcmp(section, "ladder") == 0)
		word = "rung";
	return arena_printf(diff->arena, "%s%s%s%s%s", path, path[0] == '\0' ? "" : word != NULL ? ", " : ": ",
	    word == NULL ? "" : word, word == NULL ? "" : " ", name);
}

static void
whole(struct diff *diff, const char *path, const struct node *node, const char *what)
{
	if (node->type == NODE_GROUP)
		say(diff, node->where, path, what);
	else
		say(diff, node->where, path, arena_printf(diff->arena, "%s: %s", what, value_words(diff, node)));
}

/* ---- Holding one against the other */

static void	nodes(struct diff *diff, const char *path, const char *section, const struct node *a, const struct node *b);

/* Are the names, or texts, that both have in another order? */
static bool
reordered(const struct node *a, const struct node *b)
{
	size_t last = 0;

	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++) {
			const char *x = a->items[i]->name != NULL ? a->items[i]->name : a->items[i]->text;
			const char *y = b->items[j]->name != NULL ? b->items[j]->name : b->items[j]->text;

			if (x == NULL || y == NULL || strcmp(x, y) != 0)
				continue;
			if (j + 1 < last)
				return true;
			last = j + 1;
			break;
		}
	return false;
}

/* What an entry's own children are entries of. */
static const char *
section_below(const char *section, const struct node *child)
{
	if (section != NULL && strcmp(section, "ladders") == 0)
		return "ladder";
	return entry_word(child->name) != NULL || strcmp(child->name, "ladder") == 0 ? child->name : NULL;
}

static void
groups(struct diff *diff, const char *path, const char *section, const struct node *a, const struct node *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct node *was = a->items[i], *is = tree_child(b, was->name);
		bool heading = section == NULL && section_below(NULL, was) != NULL && was->type == NODE_GROUP;
		const char *at = heading ? path : below(diff, path, section, was->name);

		if (is == NULL)
			whole(diff, heading ? below(diff, path, NULL, was->name) : at, was, "removed");
		else
			nodes(diff, at, heading || (section != NULL && strcmp(section, "ladders") == 0) ?
			    section_below(section, was) : NULL, was, is);
	}
	for (size_t i = 0; i < b->count; i++)
		if (tree_child(a, b->items[i]->name) == NULL)
			whole(diff, below(diff, path, section, b->items[i]->name), b->items[i], "added");
	if (section != NULL && strcmp(section, "kinds") == 0 && reordered(a, b))
		say(diff, b->where, path, "the kinds stand in another order; the first that fits is taken");
}

static bool
holds(const struct node *list, const char *hash, struct arena *arena)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(tree_hash(arena, list->items[i]), hash) == 0)
			return true;
	return false;
}

/* Phrases, names: a list of one may be written without its brackets. */
static void
texts(struct diff *diff, const char *path, const struct node *a, const struct node *b)
{
	size_t before = diff->lines->n;

	for (size_t i = 0; i < a->count; i++)
		if (!holds(b, tree_hash(diff->arena, a->items[i]), diff->arena))
			say(diff, a->items[i]->where, path, arena_printf(diff->arena, "%s removed", value_words(diff, a->items[i])));
	for (size_t i = 0; i < b->count; i++)
		if (!holds(a, tree_hash(diff->arena, b->items[i]), diff->arena))
			say(diff, b->items[i]->where, path, arena_printf(diff->arena, "%s added", value_words(diff, b->items[i])));
	if (diff->lines->n == before && (a->count != b->count || reordered(a, b)))
		say(diff, b->where, path, "the same in another order");
}

/* "row kind advice": its event and names. */
static const char *
row_words(struct diff *diff, const struct node *row)
{
	if (row->type != NODE_GROUP || row->count == 0)
		return "row";
	return arena_printf(diff->arena, "row %s = %s", row->items[0]->name, value_words(diff, row->items[0]));
}

static const struct node *
partner(struct diff *diff, const struct node *row, const struct node *list, const struct node *others)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(row_words(diff, row), row_words(diff, list->items[i])) == 0 &&
		    !holds(others, tree_hash(diff->arena, list->items[i]), diff->arena))
			return list->items[i];
	return NULL;
}

static void
rows(struct diff *diff, const char *path, const struct node *a, const struct node *b)
{
	size_t before = diff->lines->n;

	for (size_t i = 0; i < a->count; i++) {
		const struct node *row = a->items[i], *other;
		const char *at = arena_printf(diff->arena, "%s, %s", path, row_words(diff, row));

		if (holds(b, tree_hash(diff->arena, row), diff->arena))
			continue;
		if ((other = partner(diff, row, b, a)) != NULL && row->type == NODE_GROUP)
			groups(diff, at, NULL, row, other);
		else
			say(diff, row->where, path, arena_printf(diff->arena, "row removed: %s", value_words(diff, row)));
	}
	for (size_t i = 0; i < b->count; i++)
		if (!holds(a, tree_hash(diff->arena, b->items[i]), diff->arena) && partner(diff, b->items[i], a, b) == NULL)
			say(diff, b->items[i]->where, path, arena_printf(diff->arena, "row added: %s", value_words(diff, b->items[i])));
	for (size_t i = 0; diff->lines->n == before && i < a->count; i++)
		if (a->count != b->count || strcmp(tree_hash(diff->arena, a->items[i]), tree_hash(diff->arena, b->items[i])) != 0)
			say(diff, b->where, path, "the same rows in another order; the first that fits is taken");
}

static void
nodes(struct diff *diff, const char *path, const char *section, const struct node *a, const struct node *b)
{
	if (strcmp(tree_hash(diff->arena, a), tree_hash(diff->arena, b)) == 0)
		return;
	if (a->type == NODE_GROUP && b->type == NODE_GROUP)
		groups(diff, path, section, a, b);
	else if (a->type == NODE_ARRAY && b->type == NODE_ARRAY)
		texts(diff, path, a, b);
	else if (a->type == NODE_LIST && b->type == NODE_LIST)
		rows(diff, path, a, b);
	else
		say(diff, b->where, path, arena_printf(diff->arena, "%s -> %s", value_words(diff, a), value_words(diff, b)));
}

void
pack_diff(struct arena *arena, const char *before, const char *after, const char *name, struct strs *lines_r)
{
	struct problems problems = { .arena = arena };
	struct folders a = { .arena = arena, .problems = &problems, .rules_dir = before };
	struct folders b = { .arena = arena, .problems = &problems, .rules_dir = after };
	struct diff diff = { arena, lines_r };
	const struct node *was = folders_tree(&a, name), *is = folders_tree(&b, name);

	if (was == NULL || is == NULL)
		strs_add(arena, lines_r, arena_printf(arena, "%s/pathway.cfg of the %s version cannot be read any more", name,
		    was == NULL ? "earlier" : "later"));
	else
		groups(&diff, "", NULL, was, is);
	diff_files(arena, before, after, lines_r);
	buf_free(&a.hashes);
	buf_free(&b.hashes);
}
