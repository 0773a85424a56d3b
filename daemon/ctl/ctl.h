/*
 * The subcommands of advicectl, one file each: int ctl_NAME(ctl, argc, argv),
 * with argv[0] the subcommand and no options but those that it has in
 * commands_table.c; 0 well, 1 found wrong, 2 misuse (design section 10).
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/config.h"

struct ctl {			/* what every command is told */
	const char	*config;	/* the daemon's configuration; NULL: the usual one */
	bool		 colour, colour_errors;	/* on stdout, on stderr */
};

typedef int ctl_command(const struct ctl *ctl, int argc, char **argv);
ctl_command ctl_check, ctl_describe, ctl_draw, ctl_explain, ctl_simulate, ctl_test, ctl_replay, ctl_watch, ctl_board,
    ctl_doctor;
ctl_command ctl_live;		/* everything in ctl/live.h, and clock: asks the daemon, or does it itself when none runs */

/* The daemon's configuration, with what it leaves open; path NULL: the usual one; -1 with everything that is wrong on stderr. */
int	ctl_config(struct arena *arena, const char *path, struct config **config_r);
/* The control socket; -1: errno says why. waits: for a daemon that has more callers than it can take; else EAGAIN. */
int	ctl_connect(const char *path, bool waits);

/* A live command whose words are wanted by us: they go into heard, what is wrong goes to stderr. Returns its exit code. */
int	ctl_ask(struct arena *arena, const struct config *config, int argc, char **argv, struct buf *heard);
/* The same with "--piece N" behind it; LIVE_GOES_ON: there is another. */
int	ctl_ask_piece(const struct config *config, int argc, char **argv, int piece, struct buf *heard);
int	ctl_ask_daemon(const struct config *config, int argc, char **argv, struct buf *heard);	/* never by ourselves */

int	ctl_due(const struct config *config, int argc, char **argv);	/* advicectl due: ask_due.c */

/* Without a daemon, under its lock: see ctl/backup.h. */
int	ctl_restore(struct arena *arena, const struct config *config, int argc, char **argv);

/* Where things lie: beside the executable in a source tree, else where they are installed. */
char	*place_rules(struct arena *arena);	/* to look at packs: as below; until there is one, where the shipped ones lie */
char	*place_rules_in_force(struct arena *arena);	/* no upgrade changes anything there */
const char *place_version(void);	/* "1.2.0" */
char	*place_calendars(struct arena *arena);
char	*place_parser(struct arena *arena);
/* Every folder under rules that is a pack; 0, or an exit code after a sentence on stderr. */
int	place_packs(struct arena *arena, const char *rules, struct strs *names_r);
char	*place_config(struct arena *arena);	/* /etc/adviced/adviced.cfg, or config/adviced.cfg in a source tree */

/* What the configuration leaves open: rules and calendars where it does not say. */
void	place_defaults(struct arena *arena, struct config *config);
enum log_level log_level_of(const char *word);	/* "error" ... "debug" */

int	ctl_usage(const char *name);	/* how the command is used, on stderr; 2 */
/* "advicectl: WHAT" on stderr; returns code. */
int	ctl_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
