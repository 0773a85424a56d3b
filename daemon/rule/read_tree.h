/*
 * A pack's settings as a tree of our own: libconfig merges nothing by itself,
 * and its errors name no parent.  Each node keeps the file and line it was
 * written on, through every merge.
 */
#ifndef RULE_READ_TREE_H
#define RULE_READ_TREE_H

#include "rule/read.h"

enum node_type { NODE_GROUP, NODE_ARRAY, NODE_LIST, NODE_TEXT, NODE_BOOL, NODE_NUMBER };

struct node {
	const char	*name;		/* NULL inside arrays and lists */
	enum node_type	 type;
	const char	*text;
	bool		 yes;
	struct node	**items;
	size_t		 count;
	struct where	 where;
	bool		 told;		/* no key of its group, and said so */
};

/* text: checked by lint_text() before. NULL after a report. */
struct node *tree_parse(struct arena *arena, const char *file, char *text, struct problems *problems);
struct node *tree_child(const struct node *group, const char *name);	/* or NULL */
/* What was found, for messages: "a number", "the text \"14\"". */
const char *tree_found(struct arena *arena, const struct node *node);

/* Of what stands in it, whatever the line, spaces and comments; "meets" is left out.  16 hex digits. */
char *tree_hash(struct arena *arena, const struct node *node);

/*
 * Child over parent: groups at every depth, anything else replaced whole.
 * Parent's entries keep their places; the child's new ones stand after them,
 * but its new kinds before.  Returns a new tree; the nodes are shared.
 */
struct node *tree_merge(struct arena *arena, const struct node *parent, const struct node *child);
/* A copy without the setting at path ("strands.review"); NULL if there is none. */
struct node *tree_without(struct arena *arena, const struct node *tree, const char *path);

#endif
