/*
 * A pack's folders: where packs lie, their files, what they extend.
 */
#ifndef RULE_READ_FOLDER_H
#define RULE_READ_FOLDER_H

#include "rule/read_tree.h"

struct folders {
	struct arena	*arena;
	struct problems	*problems;
	const char	*rules_dir;	/* may be NULL */
	struct strs	 paths;		/* the pack's own first, then what it extends, then the common one */
	struct strs	 shown;		/* the same, as the administrator knows them */
	bool		 incomplete;	/* what it extends could not be read: its names are missing */
	struct buf	 hashes;	/* of every file, for the pack's version */
};

/* The pack's settings merged with what it extends; NULL after a report. */
struct node *folders_tree(struct folders *folders, const char *name);
/* Templates of all folders, the first of a name wins. */
void	folders_templates(struct folders *folders, struct pack *pack);

#endif
