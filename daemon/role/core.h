/*
 * The core role: the only writer of the store.  Takes mails from the spool
 * through the parser to a committed decision, runs the timers, keeps the
 * outbox and what is to happen on the servers, owns case time and answers the
 * control socket.  Never the network.
 *
 * An object without a process of its own: frames go in, frames come out
 * through a callback, core_turn() does what waits.  role/core_loop.c gives it
 * sockets and a poll loop; the crash sweep drives it in one process with the
 * model servers.
 */
#ifndef ROLE_CORE_H
#define ROLE_CORE_H

#include <stdbool.h>

#include "base/clock.h"
#include "conf/config.h"
#include "ipc/frame.h"
#include "rule/read.h"

struct core;

struct core_out {
	void	*ctx;
	/* To a peer by name: "parse", "send", "fetch:MAILBOX". It is attached when this is called. */
	void	(*send)(void *ctx, const char *peer, const struct frame *frame);
	/* To advicectl, by the number under which its command came in. */
	void	(*reply)(void *ctx, uint64_t client, const struct frame *frame);
};

struct core_start {
	const struct config	*config;
	const char		*rules_dir;
	bool			 kept_rules;	/* packs only as the trial has kept them (role/kept.h), not from rules_dir */
	bool			 test_clock;	/* case time stands until it is moved */
	instant			 from;		/* case time of an empty store, or INSTANT_NONE */
	int			 speed;		/* case seconds per real second; 0: only by command */
	uint64_t		 seed;		/* of the random waits between tries; 0: one of its own, always the same under a test clock */
	struct core_out		 out;
};

/* Opens store and spool, recovers, reads the packs. Problems of packs go to err as one sentence and to problems. */
int	core_open(const struct core_start *start, struct core **core_r, struct err *err);
void	core_close(struct core **core);
/*
 * core_open() failed because the store is damaged, or is no store of ours: starting again would not help.  The object
 * may be kept all the same: it takes nothing in, says so in the log every hour and to whoever asks, until it is stopped.
 */
bool	core_is_out_of_order(const struct core *core);
/* Before the end of a core that failed: was it the store?  Then the next one looks first whether that is whole. */
void	core_suspect_store(const struct config *config, const struct err *err);

/* Before core_attach(): the peer's process is new because a person wanted that, which is no restart.  In core_vigil.c. */
void	vigil_wanted(struct core *core, const char *peer);
void	vigil_secret(struct core *core, struct frame *frame);	/* WIRE_SECRET */

/* A peer can be talked to, or no longer (what it was doing is done again). */
int	core_attach(struct core *core, const char *peer, struct err *err);
void	core_detach(struct core *core, const char *peer);

/* ERR_MESSAGE: the frame was nonsense, drop that peer. ERR_DAEMON: core cannot go on. */
int	core_frame(struct core *core, const char *peer, struct frame *frame, struct err *err);
/* A command of advicectl. uid: of the peer, for the journal. */
void	core_command(struct core *core, uint64_t client, unsigned uid, struct frame *frame);
struct live;
int	core_live(struct core *core, struct live *live, int argc, char **argv);	/* a live command, by core itself */
void	core_client_gone(struct core *core, uint64_t client);

/* What waits, a bounded piece of it. more_r: call again at once. */
int	core_turn(struct core *core, bool *more_r, struct err *err);
/* Real milliseconds until something wants core_turn() by itself; -1: nothing. */
int	core_wait_ms(struct core *core);
instant	core_now(const struct core *core);
int	core_reload(struct core *core, const char *who, struct err *err);	/* who: for the journal */

/* The watched folder for lists, with the two below it, while the process still may make them. */
int	lists_make_folders(const char *folder, struct err *err);

#endif
