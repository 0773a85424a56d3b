/* advicectl watch, in three files: by which configuration, what is wrong now, and whom to tell of it. */
#ifndef CTL_WATCH_H
#define CTL_WATCH_H

#include "conf/config.h"

struct complaint {		/* one thing that is wrong; code and about name it, text may change from time to time */
	const char	*code, *about, *text;
};
struct complaints { struct complaint *v; size_t n; };

/*
 * watch_config.c: by which configuration to look and to tell; one that is not sound is a complaint.  *memory: as named, or
 * NULL: then it is set as the configuration says.  -1: nothing is left to go by; what is wrong is on stderr.
 */
int	watch_config(struct arena *arena, const char *named, const char **memory, struct config **config_r, struct complaints *out);
/* watch_ask.c: asks the daemon, the heartbeat and the disk, with deadlines. */
void	watch_ask(struct arena *arena, const struct config *config, struct complaints *out);
void	complaint_add(struct arena *arena, struct complaints *out, const char *code, const char *about, const char *text);

#endif
