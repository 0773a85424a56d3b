/*
 * One run of a pack over a folder of mails in virtual time, on a store in
 * memory: what simulate and test both do.
 */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include "ctl/progress.h"
#include "ctl/scene.h"

struct run {
	struct scene		 scene;
	struct scene_options	 options;
	const char		*folder;	/* of mails, *.eml */
	instant			 from, until;	/* INSTANT_NONE: from the first mail; as long as anything falls due, at most a year */
	struct scene_mail	*mails;
	size_t			 mail_count;
	instant			 begins;	/* from, or the first mail's */
	struct progress		 progress;	/* begun by the caller, where somebody may look on */
};

/*
 * The scene opened with the options; 0, or an exit code with everything that is wrong on stderr.  The caller says who is told
 * what happens (ctl/happening.h), then calls run_go(); run_close() in any case.
 */
int	run_open(struct run *run);
int	run_go(struct run *run, struct err *err);
void	run_close(struct run *run);

/*
 * What comes from outside, in the order of time, and between it every timer and digest at its own moment, until nothing is
 * left up to until.  Inside the caller's transaction.
 */
struct run_events {
	void	*ctx;
	size_t	 count;
	instant	(*at)(void *ctx, size_t i);
	int	(*happens)(void *ctx, size_t i, struct err *err);
};
int	run_events(struct scene *scene, const struct run_events *events, instant begins, instant until, struct err *err);

#endif
