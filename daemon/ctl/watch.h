/* advicectl watch, in two files: what is wrong now, and whom to tell of it. */
#ifndef CTL_WATCH_H
#define CTL_WATCH_H

#include "conf/config.h"

struct complaint {		/* one thing that is wrong; code and about name it, text may change from time to time */
	const char	*code, *about, *text;
};
struct complaints { struct complaint *v; size_t n; };

/* watch_ask.c: asks the daemon, the heartbeat and the disk, with deadlines. */
void	watch_ask(struct arena *arena, const struct config *config, struct complaints *out);
void	complaint_add(struct arena *arena, struct complaints *out, const char *code, const char *about, const char *text);

#endif
