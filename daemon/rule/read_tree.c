/*
 * Settings as a tree: parse, merge, take away.  Used by the pack reader.
 * Invariant: merging makes new groups around shared nodes, and changes none;
 * only a misspelt key is taken for the right one (read_keys()).
 * Fails: reports to the problems.
 */
#include <string.h>

#include <libconfig.h>

#include "rule/read_tree.h"

static enum node_type
type_of(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return NODE_GROUP;
	case CONFIG_TYPE_ARRAY:
		return NODE_ARRAY;
	case CONFIG_TYPE_LIST:
		return NODE_LIST;
	case CONFIG_TYPE_STRING:
		return NODE_TEXT;
	case CONFIG_TYPE_BOOL:
		return NODE_BOOL;
	default:
		return NODE_NUMBER;
	}
}

static struct node *
copy_setting(struct arena *arena, const char *file, const config_setting_t *setting)
{
	struct node *node = arena_alloc(arena, sizeof *node), **item;
	int i, count = config_setting_length(setting);

	node->name = arena_strdup(arena, config_setting_name(setting));
	node->type = type_of(setting);
	node->where = (struct where){ file, (int)config_setting_source_line(setting) };
	if (node->type == NODE_TEXT)
		node->text = arena_strdup(arena, config_setting_get_string(setting));
	else if (config_setting_type(setting) == CONFIG_TYPE_INT || config_setting_type(setting) == CONFIG_TYPE_INT64)
		node->text = arena_printf(arena, "%lld", config_setting_get_int64(setting));
	else if (node->type == NODE_BOOL)
		node->yes = config_setting_get_bool(setting) != 0;
	else if (node->type != NODE_NUMBER)
		for (i = 0; i < count; i++) {
			item = arena_push(arena, node->items, node->count);
			*item = copy_setting(
			    arena, file, config_setting_get_elem(setting, (unsigned)i));
		}
	return node;
}

struct node *
tree_parse(struct arena *arena, const char *file, char *text, struct problems *problems)
{
	struct node *tree = NULL;
	config_t config;
	char *p;

	if (str_starts(text, "\xef\xbb\xbf"))
		text += 3;
	for (p = text; *p != '\0'; p++)
		if (*p == '\r')
			*p = ' ';
	for (p = strstr(text, "\u00a0"); p != NULL; p = strstr(p, "\u00a0"))
		p[0] = p[1] = ' ';
	config_init(&config);
	if (config_read_string(&config, text) == CONFIG_TRUE) {
		tree = copy_setting(arena, file, config_root_setting(&config));
		tree->where = (struct where){ file, 1 };
	} else
		problem_add(problems, (struct where){ file, config_error_line(&config) },
		    "look at this line and the one above it", "%s", config_error_text(&config));
	config_destroy(&config);
	return tree;
}

struct node *
tree_child(const struct node *group, const char *name)
{
	size_t i;

	for (i = 0; group != NULL && i < group->count; i++)
		if (group->items[i]->name != NULL && strcmp(group->items[i]->name, name) == 0)
			return group->items[i];
	return NULL;
}

const char *
tree_found(struct arena *arena, const struct node *node)
{
	switch (node->type) {
	case NODE_GROUP:
		return "a group { ... }";
	case NODE_ARRAY:
		return "an array [ ... ]";
	case NODE_LIST:
		return "a list ( ... )";
	case NODE_TEXT:
		return arena_printf(arena, "the text \"%s\"", str_visible(arena, node->text, 60));
	case NODE_BOOL:
		return node->yes ? "true" : "false";
	default:
		return "a number";
	}
}

static struct node *
group_like(struct arena *arena, const struct node *like)
{
	struct node *group = arena_alloc(arena, sizeof *group);

	group->name = like->name;
	group->type = NODE_GROUP;
	group->where = like->where;
	return group;
}

static void
group_add(struct arena *arena, struct node *group, struct node *item)
{
	struct node **slot = arena_push(arena, group->items, group->count);

	*slot = item;
}

static void
add_new(
    struct arena *arena, struct node *merged, const struct node *parent, const struct node *child)
{
	size_t i;

	for (i = 0; i < child->count; i++)
		if (tree_child(parent, child->items[i]->name) == NULL)
			group_add(arena, merged, child->items[i]);
}

struct node *
tree_merge(struct arena *arena, const struct node *parent, const struct node *child)
{
	struct node *merged = group_like(arena, child), *mine;
	bool new_first = child->name != NULL && strcmp(child->name, "kinds") == 0;
	size_t i;

	if (new_first)
		add_new(arena, merged, parent, child);
	for (i = 0; i < parent->count; i++) {
		mine = tree_child(child, parent->items[i]->name);
		if (mine == NULL)
			mine = parent->items[i];
		else if (mine->type == NODE_GROUP && parent->items[i]->type == NODE_GROUP)
			mine = tree_merge(arena, parent->items[i], mine);
		group_add(arena, merged, mine);
	}
	if (!new_first)
		add_new(arena, merged, parent, child);
	return merged;
}

struct node *
tree_without(struct arena *arena, const struct node *tree, const char *path)
{
	struct node *copy, *inner;
	size_t i, len = strcspn(path, ".");
	char *name = arena_strndup(arena, path, len);

	inner = tree_child(tree, name);
	if (inner == NULL)
		return NULL;
	if (path[len] == '.') {
		inner =
		    inner->type == NODE_GROUP ? tree_without(arena, inner, path + len + 1) : NULL;
		if (inner == NULL)
			return NULL;
	} else
		inner = NULL;
	copy = group_like(arena, tree);
	for (i = 0; i < tree->count; i++) {
		if (strcmp(tree->items[i]->name, name) != 0)
			group_add(arena, copy, tree->items[i]);
		else if (inner != NULL)
			group_add(arena, copy, inner);
	}
	return copy;
}
