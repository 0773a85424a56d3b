/* The keeper of the parse children and what it keeps: for role/parse.c and role/parse_children.c only. */
#ifndef ROLE_PARSE_PRIVATE_H
#define ROLE_PARSE_PRIVATE_H

#include <sys/types.h>

#include "base/buf.h"
#include "ipc/frame.h"
#include "role/parse_child.h"
#include "role/parse_second.h"

#define ASKERS		3
#define CHILDREN_MAX	8
#define WAITING_MAX	32	/* mails taken from the askers and not yet with a child */

/* A mail to read: its descriptors are ours until it is answered for. */
struct work {
	struct channel	*asker;		/* whom to answer, with which id */
	uint64_t	 id;
	bool		 many;		/* a resident child may take it */
	struct parse_task task;
};

struct child {
	pid_t		 pid;		/* 0: no child here */
	int		 out;		/* its results */
	struct channel	*feed;		/* resident: its mails; NULL for one that takes one mail */
	bool		 busy;
	struct work	 work;		/* while busy */
	int64_t		 deadline_ms;
	unsigned	 mails;
	struct buf	 result;
};

struct zygote {
	const struct parse_settings *settings;
	struct parse_childhood childhood;
	struct channel	*askers[ASKERS];
	struct child	 children[CHILDREN_MAX];
	struct work	 waiting[WAITING_MAX + CHILDREN_MAX];	/* what is read again comes on top */
	size_t		 waiting_count;
	struct second	*second;	/* reads what our children cannot; or NULL */
	int		 nowhere;	/* /dev/null, for the children */
	bool		 stop;
};

/* Say what became of a mail; asker NULL: nobody waits for it. */
void	work_answer(const struct work *work, unsigned status, const char *sentence, const void *record, size_t len);
/* Have it read from the beginning where all is loaded; its descriptors stay ours. */
void	work_ask_second(struct zygote *zygote, const struct work *work);
void	work_end(struct work *work);	/* close its descriptors */

/* A child for one mail, or for many (task NULL). NULL when the system has no more. */
struct child	*child_spawn(struct zygote *zygote, const struct parse_task *task);
/* The one that takes many mails; NULL: there is none yet. */
struct child	*child_resident(struct zygote *zygote);
/* From now on this mail is its own. */
void	child_take(struct zygote *zygote, struct child *child, const struct work *work);
/* There is something to read from it. */
void	child_output(struct zygote *zygote, struct child *child);
/* The child is done for, by itself or by us: reap it, and see to the mail it had. */
void	child_end(struct zygote *zygote, struct child *child, unsigned status, const char *sentence);

size_t	children_busy(const struct zygote *zygote);
int	children_wait_ms(const struct zygote *zygote);	/* until one has taken too long; -1: for ever */
void	children_kill_late(struct zygote *zygote);

#endif
