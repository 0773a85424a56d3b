/*
 * The subcommands of advicectl, one file each: int ctl_NAME(argc, argv), with
 * argv[0] the subcommand; 0 well, 1 found wrong, 2 misuse (design section 10).
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/config.h"

int	ctl_check(int argc, char **argv);
int	ctl_describe(int argc, char **argv);
int	ctl_draw(int argc, char **argv);
int	ctl_explain(int argc, char **argv);
int	ctl_simulate(int argc, char **argv);
int	ctl_test(int argc, char **argv);
int	ctl_replay(const char *config, int argc, char **argv);	/* config NULL: the default */
/* Everything in ctl/live.h, and clock: asks the daemon, or does it itself when none runs. config NULL: the default. */
int	ctl_live(const char *config, int argc, char **argv);

int	ctl_watch(const char *config, int argc, char **argv);	/* config NULL: the default */

/* The daemon's configuration, with what it leaves open; -1 with everything that is wrong on stderr. */
int	ctl_config(struct arena *arena, const char *path, struct config **config_r);
/* The control socket; -1: errno says why. waits: for a daemon that has more callers than it can take; else EAGAIN. */
int	ctl_connect(const char *path, bool waits);

/* Without a daemon, under its lock: see ctl/backup.h. */
int	ctl_restore(struct arena *arena, const struct config *config, int argc, char **argv);

/* Where things lie: beside the executable in a source tree, else where they are installed. */
char	*place_rules(struct arena *arena);
char	*place_calendars(struct arena *arena);
char	*place_parser(struct arena *arena);
/* Every folder under rules that is a pack; 0, or an exit code after a sentence on stderr. */
int	place_packs(struct arena *arena, const char *rules, struct strs *names_r);
char	*place_config(struct arena *arena);	/* /etc/adviced/adviced.cfg, or config/adviced.cfg in a source tree */

/* What the configuration leaves open: rules and calendars where it does not say. */
void	place_defaults(struct arena *arena, struct config *config);
enum log_level log_level_of(const char *word);	/* "error" ... "debug" */

/* "advicectl: WHAT" on stderr; returns code. */
int	ctl_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
