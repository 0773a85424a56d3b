/*
 * One case's chronology, for people outside: collected from all that the
 * store still has (evidence_collect.c), told in words or as JSON
 * (live_evidence.c).
 */
#ifndef CTL_EVIDENCE_H
#define CTL_EVIDENCE_H

#include "ctl/live.h"
#include "store/keep.h"

struct happened {			/* one thing that happened */
	instant		 at;
	size_t		 order;		/* among those at the same moment */
	const char	*word;		/* "received", "asked", "chased" ... */
	const char	*text;		/* in a sentence or two */
	const char	*rule;		/* "file:line", "" */
	const char	*hash;		/* SHA-256 of the mail, "" */
};

struct reckoned {			/* a date, and how it was worked out */
	const char	*strand, *name, *derivation;
	int		 version;
	dayno		 date;
	instant		 at;		/* when, by the journal; INSTANT_NONE: not known */
	bool		 superseded;
};

struct chronology {
	struct live		*live;
	int64_t			 id;
	const char		*name, *pack;	/* of the case */
	instant			 opened, closed;
	struct purged		 purged;
	bool			 held;		/* there is a legal hold on it */
	struct strs		 merged;	/* names of cases that went into it */
	struct happened		*things;	/* oldest first */
	size_t			 count;
	struct reckoned		*dates;
	size_t			 date_count;
	struct strs		 facts;		/* what was known, a line each */
	struct pack_version_row	*versions;	/* of the rules, newest first */
	size_t			 version_count;
	struct journal_proof	*proof;
	size_t			 proof_count;
};

int	evidence_collect(struct chronology *c, struct err *err);
/* Which version of the rules was in force at that moment; NULL: none is known. */
const struct pack_version_row *evidence_rules(const struct chronology *c, instant at);

#endif
