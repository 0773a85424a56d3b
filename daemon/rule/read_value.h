/*
 * Reading one group of settings into a struct by a table of its keys: what a
 * key is called, how its value is read, and where it goes.  The same table
 * names the keys that are allowed, for messages.
 */
#ifndef RULE_READ_VALUE_H
#define RULE_READ_VALUE_H

#include "rule/read_tree.h"

struct reader {
	struct arena	*arena;
	struct problems	*problems;
	struct pack	*pack;
};

struct key {
	const char	*name;			/* NULL: end of the table */
	void		(*read)(struct reader *reader, const struct node *node, void *at);
	size_t		 offset;
};

/* "what" is said in messages: "a kind", "a row". */
/*
 * Reports what is no key.  Where it is clear which was meant, the entry is taken for that one from here on, so that a slip of
 * the pen is one message and not its consequences too.
 */
void	read_keys(struct reader *reader, struct node *node, const char *what, const struct key *keys);
void	read_group(struct reader *reader, const struct node *node, const char *what, const struct key *keys, void *into);
/* Is it a group? If not, say so. */
bool	read_is_group(struct reader *reader, const struct node *node, const char *allowed);
void	read_wrong(struct reader *reader, const struct node *node, const char *allowed);
/* Text, or texts in an array; false after a report. */
bool	read_strs(struct reader *reader, const struct node *node, struct strs *strs_r);
/* The name as it is said in messages: "to", or the array element's text. */
const char *read_name(const struct node *node);
/* The patterns of strs. */
void	read_patterns(struct reader *reader, const struct node *node, struct pattern ***patterns_r, size_t *count_r);
/* An err of a value parser as a problem of this node. */
/* The nth text of a value as a node with its own line. */
struct node read_item(const struct node *node, size_t nth);
void	read_failed(struct reader *reader, const struct node *node, const struct err *err);

/* Readers for keys; at points to the member. */
void	key_text(struct reader *reader, const struct node *node, void *at);	/* const char * */
void	key_texts(struct reader *reader, const struct node *node, void *at);	/* struct strs */
void	key_bool(struct reader *reader, const struct node *node, void *at);	/* bool */
void	key_recipients(struct reader *reader, const struct node *node, void *at);	/* struct recipients */
void	key_date(struct reader *reader, const struct node *node, void *at);	/* struct date_expr */
void	key_repeat(struct reader *reader, const struct node *node, void *at);	/* struct repeat */
void	key_meets(struct reader *reader, const struct node *node, void *at);	/* struct strs */
void	key_nothing(struct reader *reader, const struct node *node, void *at);	/* read elsewhere */

/* read_condition.c, read_role.c, read_kind.c, read_row.c, read_strand.c */
void	key_conditions(struct reader *reader, const struct node *node, void *at);	/* struct conditions */
void	key_rows(struct reader *reader, const struct node *node, void *at);	/* struct rows */
void	read_conditions_named(struct reader *reader, const struct node *node);
void	read_roles(struct reader *reader, const struct node *node);
void	read_kinds(struct reader *reader, const struct node *node);
void	read_value_facts(struct reader *reader, const struct node *node);
void	read_alerts(struct reader *reader, const struct node *node);
void	read_exceptions(struct reader *reader, const struct node *node);	/* read_exception.c */
void	read_questions(struct reader *reader, const struct node *node);
void	read_ladder(struct reader *reader, const struct node *node, struct ladder *ladder);
void	read_ladders(struct reader *reader, const struct node *node);
void	read_strands(struct reader *reader, const struct node *node);
/* always : ( rows ), or { on : ( rows ); ladder : { rungs } } */
void	read_always(struct reader *reader, const struct node *node, struct rows *rows, struct ladder *ladder);
/* The keys at the top of one file, before it is laid over another. */
void	read_pack_keys(struct reader *reader, struct node *tree);
void	read_pack_tree(struct reader *reader, const struct node *tree, const char *calendars_dir);

/* Names and words of the pack's services: what {service} may be. */
struct strs	read_service_words(struct reader *reader);

#endif
