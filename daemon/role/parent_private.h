/* What the files of the parent share. */
#ifndef ROLE_PARENT_PRIVATE_H
#define ROLE_PARENT_PRIVATE_H

#include "ipc/frame.h"
#include "role/launch.h"
#include "role/parent.h"

#define ROLE_NAME_MAX	64

struct child {
	char		 name[ROLE_NAME_MAX];	/* "core", "parse", "send", "fetch:NAME" */
	const struct mailbox_config *mailbox;	/* fetch */
	pid_t		 pid;			/* 0: not running */
	struct channel	*channel;		/* NULL once it closed its end */
	struct backoff	 backoff;
	struct pulse	 pulse;
	int64_t		 start_at_ms;		/* while not running */
	bool		 told_to_stop;		/* its end is our wish, and no reason to wait */
	bool		 wanted_anew;		/* it ended so, and core is to know when it is there again */
	bool		 answered;		/* at least once since all was started */
	char		 secret_hash[65];	/* of the password it was given; "" */
	bool		 secret_told;		/* core knows that it cannot be read */
};

enum phase {
	PHASE_RUNNING,
	PHASE_END_OTHERS,	/* all but core are told to stop: what they still say, core is to store */
	PHASE_END_CORE,
	PHASE_ENDED
};

struct parent {
	const struct parent_start *start;
	struct arena	*arena;			/* of the configuration in force */
	char		*config_text;
	struct config	*config;
	struct child	*children;		/* children[0] is core */
	size_t		 child_count;
	int		 lock_fd, folder_fd, signal_fd;	/* folder_fd: see lock.h */
	enum phase	 phase;
	int64_t		 phase_until_ms;
	bool		 again;			/* when all have ended: start all afresh */
	bool		 config_changed;	/* then with other children */
	bool		 core_ready, ready_said;
	bool		 core_was_ready;	/* once, since the daemon was started */
	int		 exit_code;
	uint64_t	 ticket;
	int64_t		 ask_every_ms;
	bool		 has_watchdog;
	char		 status_said[128];
	int64_t		 restarts;	/* of roles that died, since we began */
	bool		 beaten, heartbeat_failed;	/* beaten: since all was there */
	struct {			/* of the packs, before core takes them */
		pid_t	 pid;		/* 0: none is under way */
		bool	 wanted;	/* before core is started; another, when this one has ended */
		int64_t	 until_ms;
		uint64_t by;		/* whoever sent the signal: their number and one; 0 */
	} trial;
	struct {			/* the drawing of the board's page */
		pid_t	 pid;		/* 0: none is under way */
		int64_t	 began_ms, until_ms, next_ms;
	} board;
};

/* parent_trial.c */
void	trial_turn(struct parent *parent);	/* begins one that is wanted, ends one that takes too long */
bool	trial_over(struct parent *parent, pid_t pid, int status);	/* true: that was it */

/* parent_board.c */
void	board_turn(struct parent *parent);	/* begins one that is due, ends one that takes too long */
bool	board_over(struct parent *parent, pid_t pid);	/* true: that was it */

/* parent_child.c */
int	child_start(struct parent *parent, struct child *child, struct err *err);
/* Starts what is no role of its own and ends by itself: "trial", "board"; writes: it holds the daemon's lock. */
int	child_once(const struct parent *parent, const char *name, bool writes, pid_t *pid_r, struct err *err);
void	child_tell(struct child *child, uint16_t type, uint64_t id);
void	child_ask(struct parent *parent, struct child *child);
void	child_lost(struct child *child);	/* its channel is closed */
/* Has its password changed since it was started?  One that cannot be read has not, but core is told. */
bool	child_secret_changed(struct parent *parent, struct child *child);

/* parent.c */
void	reload_roles(struct parent *parent);

/* parent_tell.c: systemd, and the heartbeat file */
void	tell_open(struct parent *parent);
void	tell_state(struct parent *parent);	/* READY when it is time, STATUS when it changed */
void	tell_alive(struct parent *parent);	/* if every role has answered */
void	tell_reloading(void);
void	tell_stopping(void);

#endif
