/* Inside the store only: see case_kept.c. */
#ifndef STORE_CASE_KEPT_H
#define STORE_CASE_KEPT_H

#include "store/sql.h"

/* A case in parts, each with the tables that it is read from. */
enum case_part {
	PART_CASE	= 1 << 0,	/* cases, pause */
	PART_FACTS	= 1 << 1,
	PART_STRANDS	= 1 << 2,
	PART_ENTRIES	= 1 << 3,
	PART_DEADLINES	= 1 << 4,
	PART_QUESTIONS	= 1 << 5,
	PART_RUNGS	= 1 << 6,
	PART_MAILS	= 1 << 7,	/* message, document */
	PART_SENT	= 1 << 8,	/* outbox, outbox_recipient */
	PART_LIST	= 1 << 9,	/* involvement: of no case, and so of all; so for those below */
	PART_PAUSES	= 1 << 10,
	PART_MAILBOXES	= 1 << 11,
	PART_IMPORTS	= 1 << 12
};

struct kept_case {
	struct case_state state;	/* what stands in parts that are fresh is what the tables say */
	unsigned	 fresh;		/* parts */
	const char	*pack;		/* it never changes; NULL: not read yet */
	int64_t		 sent_up_to;	/* every row of the outbox up to this number has been looked at */
};

struct kept *kept_new(sqlite3 *db);
void	kept_free(struct kept **kept);
struct arena *kept_arena(struct kept *kept);	/* of everything that is kept */
struct kept_case *kept_case(struct kept *kept, int64_t case_id);
void	kept_forget(struct kept *kept);		/* NULL: nothing is kept; so for all below */

/* Which parts the statement that is prepared between these two may write. */
void	kept_preparing(struct kept *kept);
unsigned kept_prepared(struct kept *kept);
void	kept_written(struct kept *kept, unsigned parts);

/*
 * Until it is set back: what is written belongs to this case alone, or to none (KEPT_NOBODY), and to the outbox rows are only
 * added.  0, as at first: it may belong to any.  Returns what it was before.
 */
#define KEPT_NOBODY	(-1)
int64_t	kept_scope(struct kept *kept, int64_t case_id);
/* The scope of a mail (0: a new one) that is about to stand in case_id (0: none). */
int64_t	kept_scope_mail(struct store *store, int64_t message, int64_t case_id);
int64_t	kept_scope_documents(struct store *store, int64_t message);	/* of what belongs to a mail that stays where it is */
/* What was just written, where the part had been fresh just before: a rung; a mail new in the outbox. */
bool	kept_is_fresh(struct kept *kept, int64_t case_id, enum case_part part);
void	kept_rung(struct kept *kept, int64_t case_id, const struct case_rung *rung);
void	kept_sent(struct kept *kept, const struct outbox_row *row);
enum act_word kept_act(const char *name);	/* case_load.c: what a mail's act in the outbox is to its case */

/* What the involvement list says of a child; NULL in the place: not asked yet.  The place is the caller's to fill. */
struct kept_child {
	const char	*name, *nhs_number, *upn;
	dayno		 born;
	struct involvement *rows;	size_t count;
	bool		 contradicted;
	struct kept_child *next;
};
struct kept_child **kept_child(struct kept *kept, const char *name, dayno born, const char *nhs_number, const char *upn);

/*
 * What was answered when this was last asked of a part that belongs to no case, in a place that is the caller's to fill, with
 * something in kept_arena(); NULL in it: not asked since the part was written.  NULL: nothing is kept.
 */
const void **kept_answer(struct kept *kept, enum case_part part, const char *what);

/* A number for this text that no other has: the next one, where it is new. */
int64_t	kept_number(struct kept *kept, const char *text);

#endif
