/* Between change.c and its change_*.c: one change of an administrator's on its way. */
#ifndef ENGINE_CHANGE_H
#define ENGINE_CHANGE_H

#include "engine/engine_private.h"

struct changing {
	struct engine		*engine;
	struct arena		*arena;
	const struct change_wish *wish;
	instant			 now;
	struct changed		*changed;
	int64_t			 case_id;
	const struct pack	*pack;
	const char		*mailbox;
	struct case_state	*state;
	struct world		 world;
	struct event		 event;
	struct admin		 admin;
	struct decision		*decision;
	struct change_row	 change;	/* its own row */
	const char		*scope;		/* of a pause, or NULL */
	struct case_mail	 mail;		/* detach: as it stood in the case */
	struct case_state	*other;		/* merge: the case that goes into this one, as it was */
	int			*strands, question_offset;	/* merge: where its things go */
	struct change_row	*undone;	/* undo: the change that is taken back, and what it moved */
	struct moved_row	*moved;
	size_t			 moved_count;
	bool			 refresh;	/* the directory's absences are others now */
};

int	change_decide(struct changing *c, struct err *err);	/* for c->case_id, whole */
int	change_pause_whole(struct changing *c, struct err *err);	/* its row and the journal, without a case */

/* change_outbox.c: what waits to be sent follows the decision, before the decision's own mails are there. */
int	change_outbox(struct changing *c, struct err *err);
int	change_joined(struct changing *c, struct err *err);	/* of it, what goes in one mail with other cases' */
/* change_undo.c, change_merge.c: what must be known before decide(), and what follows it beside the decision. */
int	change_undo(struct changing *c, struct err *err);
int	change_undo_prepare(struct changing *c, struct err *err);
int	change_undone(struct changing *c, struct err *err);
int	change_merge_prepare(struct changing *c, struct err *err);
int	change_merged(struct changing *c, struct err *err);
int	change_unmerged(struct changing *c, struct err *err);

#endif
