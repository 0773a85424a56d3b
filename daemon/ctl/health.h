/*
 * How everything stands, in one struct, and what of it is wrong: the one judge
 * for `advicectl status`, the metrics, and through them for `advicectl watch`.
 * Nothing in it is personal data.
 */
#ifndef CTL_HEALTH_H
#define CTL_HEALTH_H

#include "ctl/live.h"

struct finding {
	const char	*code;		/* "silent", "space": the same as long as the same is wrong */
	const char	*about;		/* a mailbox, a role, a list ...; "" */
	const char	*text;		/* a sentence for people */
	bool		 wrong;		/* somebody must do something; else it is worth knowing */
};

struct health_list { const char *name, *refused; instant imported; bool stale; };
struct health_sign_in { const struct sign_in *sign_in; dayno ends; int days; };	/* DAY_NONE: not known */
struct health_space { const char *what, *path; int64_t free_bytes; };	/* -1: cannot be seen */

struct health {
	struct store_counts	 counts;
	struct store_queues	 queues;
	struct mailbox_row	*mailboxes;	size_t mailbox_count;	/* as stored, those no longer watched too */
	struct health_list	 lists[2];
	struct health_sign_in	*sign_ins;	size_t sign_in_count;
	struct health_space	 spaces[2];	/* spool, database */
	struct pause_row	*pauses;	size_t pause_count;
	struct finding		*findings;	size_t finding_count;
	bool			 well;		/* nothing is wrong */
	bool			 passing;	/* but something is in trouble, for so short a time that it may pass by itself */
};

/* In live->arena. */
int	health_look(struct live *live, struct health **health_r, struct err *err);
const struct live_way *health_way(const struct live *live, const char *mailbox);	/* NULL: not known */

/* metrics.c: the Prometheus text format. */
void	metrics_write(struct live *live, const struct health *health, struct buf *out);

#endif
