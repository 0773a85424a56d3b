/*
 * A small world for explain, simulate and test: one pack, the given lists, a
 * store in memory, the parser.  No configuration and no daemon is needed.
 */
#ifndef CTL_SCENE_H
#define CTL_SCENE_H

#include "conf/config.h"
#include "engine/engine.h"
#include "mail/parser.h"
#include "rule/read.h"

struct happening;

struct scene {
	struct arena	*arena;
	struct pack	*pack;
	const struct pack *packs[1];
	struct store	*store;
	struct parser	*parser;
	struct engine	 engine;
	struct directory *directory;	/* NULL: none was given */
	const char	*mailbox;	/* address of the mailbox that the pack watches; set by scene_receive() */
	bool		 own_parser;	/* not lent by the caller: closed with the scene */
	void		(*tell)(void *ctx, const struct happening *happening);	/* set by happenings_tell() */
	void		*tell_ctx;
	int		 letters;	/* folder that each mail is written into (ctl/letters.h); -1: none */
	int		 letter_count;
	uint64_t	 random;	/* state of a fixed sequence: same bytes every run */
};

struct scene_options {
	const char	*pack, *directory, *involvement;
	bool		 many;		/* one parse child for many mails */
	bool		 no_parser;	/* no mail will be read from a file */
	instant		 lists_at;	/* when the lists count as imported */
	/* Lent by the caller, for many scenes one after the other; NULL: the scene's own. */
	struct pack	*lent_pack;	/* read and checked */
	struct parser	*lent_parser;
	struct reached	*reached;	/* or NULL */
};

/* A pack read and checked: 0, or an exit code with everything that is wrong on stderr. */
int	scene_pack(struct arena *arena, const char *rules, const char *calendars, const char *name, struct pack **pack_r);
/* As the daemon has it: the version in force out of the spool, else what lies in the rules folder; likewise. */
int	pack_in_force(struct arena *arena, const struct config *config, struct store *store, const char *named, struct pack **pack_r);
/* 0, or an exit code with everything that is wrong on stderr. */
int	scene_open(struct scene *scene, const struct scene_options *options);
void	scene_close(struct scene *scene);
void	scene_random(struct scene *scene, char hex_r[41]);	/* the next of the fixed sequence */
/* Lists count as imported at this time (a nightly import). */
int	scene_import(struct scene *scene, const struct scene_options *options, instant at, struct err *err);
struct scene_mail {
	const char	*file;		/* base name */
	struct message	*message;	/* NULL: could not be read, and why says so */
	const char	*why;
	instant		 received;	/* INSTANT_NONE: neither Received nor Date */
};
/*
 * All of these have come into the mailbox that the pack watches, whose address is worked out: the pack may give it, else
 * it is where most of the mails were written to that is no person's.  Before the first of them is decided.
 */
int	scene_receive(struct scene *scene, const struct scene_mail *mails, size_t count, struct err *err);
int	scene_read_mail(struct scene *scene, const char *path, dayno today, struct scene_mail *mail_r, struct err *err);
/* The same in two steps, as parser_ask() and parser_answer() (mail/parser.h). */
int	scene_ask_mail(struct scene *scene, const char *path, dayno today, struct err *err);
int	scene_take_mail(struct scene *scene, const char *path, struct scene_mail *mail_r, struct err *err);

#endif
