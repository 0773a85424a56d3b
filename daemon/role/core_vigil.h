/* What the files of core that keep watch share: core_vigil.c, core_canary.c, core_forgotten.c, core_metrics.c. */
#ifndef ROLE_CORE_WATCH_H
#define ROLE_CORE_WATCH_H

#include "ctl/live.h"
#include "role/core_private.h"

#define RECENT_STARTS	5	/* so many within RESTLESS_MS are too many */
#define RESTLESS_MS	(10 * 60 * 1000)
#define HANDED_MOST	16

/* The way of mail through one mailbox.  Times in ms are real ones. */
struct way {
	int64_t	looked_ms;	/* last proven look; -1: none yet */
	int64_t	trouble_ms;	/* what is wrong was said first; -1: nothing is */
	int64_t	due_ms;		/* the next test mail */
	int64_t	outbox;		/* the one under way; 0 */
	int64_t	asked_ms;	/* when that was put into the outbox */
	int64_t	proven_ms;	/* a mail of ours came back last; -1 */
	instant	kept_at;	/* as the store has that, by the wall clock; INSTANT_NONE */
	int64_t	latency_ms;	/* -1 */
	bool	skew_known;
	int64_t	skew_s;		/* the mail server's clock is so far ahead of ours */
	bool	overdue, told, over;	/* over: that it is, is to be told */
};

struct presence {		/* of another process */
	const char	*name;
	bool		 here, wanted;			/* wanted: its next coming was asked for, and does not count */
	int64_t		 gone_ms;
	int64_t		 came_ms[RECENT_STARTS];	/* the last ones, in turn */
	int64_t		 starts;
	char		 secret[256];			/* why what it signs in with cannot be read; "" */
};

struct handed { int64_t outbox, at_ms; instant at; };	/* to the send role; at: wall clock */

struct vigil {
	int64_t		 began_ms;
	struct way	*ways;		/* one a mailbox, as in core->mailboxes */
	struct presence	*presences;	/* parse, send, then one a mailbox */
	size_t		 presence_count;
	struct handed	 handed[HANDED_MOST];
	size_t		 handed_next;
	int64_t		 clock_ms;	/* both clocks as they were read last; 0: not yet */
	instant		 clock_wall;
	int64_t		 clock_off_s;	/* how far the wall clock has jumped lately */
	int64_t		 clock_until_ms;	/* that is worth saying until then */
	int64_t		 clock_keep_ms;	/* when it is stored next */
	int64_t		 metrics_ms;	/* next */
	bool		 metrics_failed;
	struct {
		int64_t	 next_ms;	/* the next piece */
		int64_t	 after;		/* cases up to this number were looked at */
		struct sought { int64_t case_id; const char *reason, *known_by; } *found;	/* in arena */
		size_t	 found_count;
		struct arena *arena;	/* while it goes on */
		int64_t	 cases;		/* of the last time; -1: none yet */
		int64_t	 ended_ms;
	} forgotten;
};

/* core_canary.c */
int	canary_open(struct core *core, bool test_clock, struct err *err);
int	canary_turn(struct core *core, struct err *err);
int64_t	canary_wait_ms(const struct core *core, int64_t now_ms);

/* core_forgotten.c */
int	forgotten_turn(struct core *core, struct err *err);
void	forgotten_free(struct vigil *vigil);

/* core_metrics.c */
void	metrics_turn(struct core *core);

/* core_vigil.c: both clocks were read. */
void	vigil_clock(struct core *core, int64_t real_ms, instant wall);

#endif
