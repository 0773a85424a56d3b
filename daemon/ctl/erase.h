/*
 * Erasing what has had its time, a small transaction at a time: by core once a
 * day, by `advicectl purge` at once.  Rows first, with the names of their
 * files; then the files; then what is left of either in the database's file
 * and its log.  A crash in between is made good by the next run.
 */
#ifndef CTL_ERASE_H
#define CTL_ERASE_H

#include "ctl/live.h"
#include "store/keep.h"

struct erase {
	struct store		*store;
	const struct spool	*spool;
	const struct config	*config;
	const struct live_change *change;	/* how a transaction is begun and ended */
	instant			 now;
	const char		*who;
	bool			 anew;		/* the database's file is written anew at once, not once a week */
	bool			 in_core;	/* which must not be away for long: not where that file is very large */
	/* what has been done so far */
	size_t			 cases, mails_of, alone, files;
	int64_t			 journal_rows;
	bool			 too_large;	/* it was not written anew */
	/* within */
	struct arena		*arena;
	int			 stage;
	struct purge_due	*due;
	size_t			 due_count, due_next;
};

/* The day before which what is kept so many months is over; INSTANT_NONE: kept for ever. */
instant	erase_before(instant now, int months);
/* After everything else in it is set. */
void	erase_begin(struct erase *erase);
void	erase_end(struct erase *erase);
/* more_r: there may be more to do. On failure the transaction is rolled back, and the run may be gone on with later. */
int	erase_step(struct erase *erase, bool *more_r, struct err *err);
/* One case, on request, whatever its age: the first step of such a run. why NULL: as its time was over. */
int	erase_case(struct erase *erase, int64_t case_id, const char *why, struct err *err);
/* Has an earlier run left something undone? */
int	erase_is_unfinished(struct store *store, bool *unfinished_r, struct err *err);

#endif
