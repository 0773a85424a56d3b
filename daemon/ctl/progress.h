/* How far something long has got: on stderr where that is a terminal, and gone when it is done; else nothing. */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char	*what;		/* "reading mails"; borrowed */
	bool		 on, shown;
	int64_t		 next_ms;	/* it is not said more often than people can read */
};

void	progress_begin(struct progress *progress, const char *what);
void	progress_say(struct progress *progress, uint64_t done, uint64_t all);	/* all 0: how many there are is not known */
void	progress_end(struct progress *progress);

#endif
