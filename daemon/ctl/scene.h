/*
 * A small world for explain, simulate and test: one pack, the given lists, a
 * store in memory, the parser.  No configuration and no daemon is needed.
 */
#ifndef CTL_SCENE_H
#define CTL_SCENE_H

#include "engine/engine.h"
#include "mail/parser.h"
#include "rule/read.h"

struct scene {
	struct arena	*arena;
	struct pack	*pack;
	const struct pack *packs[1];
	struct store	*store;
	struct parser	*parser;
	struct engine	 engine;
	struct directory *directory;	/* NULL: none was given */
	bool		 json;		/* how simulate prints */
	dayno		 last_day;	/* whose line stands in the timeline */
	uint64_t	 random;	/* state of a fixed sequence: same bytes every run */
};

struct scene_options {
	const char	*pack, *directory, *involvement;
	bool		 many;		/* one parse child for many mails */
	instant		 lists_at;	/* when the lists count as imported */
};

/* 0, or an exit code with everything that is wrong on stderr. */
int	scene_open(struct scene *scene, const struct scene_options *options);
void	scene_close(struct scene *scene);
/* Lists count as imported at this time (a nightly import). */
int	scene_import(struct scene *scene, const struct scene_options *options, instant at, struct err *err);
/* The address of the mailbox that the pack watches: what it writes from. */
const char *scene_mailbox(const struct scene *scene);

struct scene_mail {
	const char	*file;		/* base name */
	struct message	*message;	/* NULL: could not be read, and why says so */
	const char	*why;
	instant		 received;	/* INSTANT_NONE: neither Received nor Date */
};
int	scene_read_mail(struct scene *scene, const char *path, dayno today, struct scene_mail *mail_r, struct err *err);

#endif
