/*
 * advicectl replay: the live store's own past under the rules in force and
 * under others, and which mails would have been different.
 *	replay.c	the command
 *	replay_past.c	what came from outside, read from the live store
 *	replay_life.c	that past lived through once, on a store in memory
 *	replay_links.c	what people replied to, found again in such a life
 *	replay_differ.c	two lives held against each other
 *	replay_print.c	what comes of it
 */
#ifndef CTL_REPLAY_H
#define CTL_REPLAY_H

#include "conf/config.h"
#include "ctl/progress.h"
#include "ctl/scene.h"
#include "store/history.h"

/* ---- What came from outside */

enum past_what { PAST_DIRECTORY, PAST_INVOLVEMENT, PAST_LIST_AGAIN, PAST_MAIL, PAST_RESOLVED, PAST_CHANGED };

struct past_event {
	instant		 at;
	enum past_what	 what;
	size_t		 no;		/* PAST_MAIL: in mails */
	int64_t		 id;		/* of the row in the live store */
};

struct past_case { int64_t case_id; size_t mail; };

struct past {
	struct store	*live;		/* read only */
	const struct config *config;
	const char	*pack;		/* its name in the live store */
	instant		 now;		/* case time: nothing is replayed beyond */
	struct past_event *events;	size_t event_count;
	struct history_mail *mails;	size_t mail_count;
	struct past_case *of_case;	size_t of_case_count;	/* the mails of each case of the live store, in its order */
	struct directory *directory;
	struct involvement_list *list;
	/* What the store cannot tell: */
	size_t		 erased;	/* mails without their text */
	size_t		 lists_before;	/* imports of lists that were others than those in force now */
	int64_t		 sent, unsent;	/* mails that went out; that were decided in shadow, or wait for a look */
	int64_t		 refused;	/* recipients whom a server refused */
};

int	past_read(struct arena *arena, struct past *past, struct err *err);

/* ---- One life */

struct life_mail {			/* one mail to one person */
	instant		 at;
	const char	*address;
	int64_t		 case_id;	/* of the life's store; 0 */
	const char	*case_name;	/* there */
	int64_t		 key;		/* the same case in both lives: its number in the live store; below 0: it has none there */
	const char	*strand, *act, *template, *rule;
};

struct life {
	const struct past *past;
	struct arena	*arena;
	struct scene	 scene;
	struct progress	 progress;
	const char	*called;	/* for the progress that people see */
	int64_t		*messages;	/* of each past mail: its row here, 0 */
	int64_t		*changes;	/* of each change, by its number in the live store: its number here, 0 */
	size_t		 change_room;
	struct life_mail *mails;	size_t mail_count;
	size_t		 letters;	/* mails, however many each went to */
	/* What could not be repeated: */
	size_t		 unreadable;	/* stored mails */
	size_t		 unasked;	/* answers to questions that were not put here */
	size_t		 unheld;	/* decisions of people about what did not wait here */
	size_t		 unchanged;	/* changes of people that could not be made here */
};

/* pack: lent; named as in the live store. 0, or -1 with everything that is wrong. */
int	life_live(struct life *life, const struct past *past, struct pack *pack, const char *called, struct err *err);
void	life_end(struct life *life);
/* The case here that a case of the live store has become, 0: none. */
int	life_case(struct life *life, struct arena *arena, int64_t live_case, int64_t *case_r, struct err *err);
/* The row here of a mail of the live store, 0: none. */
int64_t	life_message(const struct life *life, int64_t live_message);

/* ---- Replies */

/* Before a mail is decided: what it replies to in the live store is made known here under the same ids and codes. */
int	links_make(struct life *life, struct arena *arena, const struct message *mail, struct err *err);
/* What waits here as that row waited in the live store; NULL: nothing does. Its candidates are those of the live store. */
int	links_triage(struct life *life, struct arena *arena, const struct triage_row *live, struct triage_row **row_r, struct err *err);

/* ---- Differences */

enum differ_how { DIFFER_MORE, DIFFER_FEWER, DIFFER_EARLIER, DIFFER_LATER, DIFFER_OTHERWISE };	/* otherwise: same time, another template */
#define DIFFER_HOWS	5

struct difference {
	enum differ_how	 how;
	const struct life_mail *before, *after;	/* NULL: DIFFER_MORE has no before, DIFFER_FEWER no after */
};

struct differences {
	struct difference *v;	size_t n;	/* by address, then by time */
};

/* since: differences of which neither side lies on or after it are left out; INSTANT_NONE: none are. */
void	differ(struct arena *arena, const struct life *before, const struct life *after, instant since, struct differences *out);
const char *differ_how_name(enum differ_how how);	/* "more" ... */
instant	difference_at(const struct difference *difference);	/* the earlier of both */

/* ---- What is printed */

struct replayed {
	struct arena	*arena;
	const struct past *past;
	const char	*rules;		/* as they were named */
	const struct life *before, *after;
	const struct differences *differences;
	instant		 since;		/* or INSTANT_NONE */
};
void	replay_print(const struct replayed *replayed, bool json);

#endif
