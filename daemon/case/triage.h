/*
 * What waits for a person: which answers there are, what one of them says,
 * and the mails to and fro.  Pure.
 */
#ifndef CASE_TRIAGE_H
#define CASE_TRIAGE_H

#include "case/case.h"

#define TRIAGE_CANDIDATES_MAX	9

enum triage_word {
	TRIAGE_SAID_CASE,	/* the number of a candidate, or a case by its name */
	TRIAGE_SAID_NEW, TRIAGE_SAID_NO_CASE,
	TRIAGE_SAID_RELEASE, TRIAGE_SAID_DROP,
	TRIAGE_SAID_CONFIRM, TRIAGE_SAID_REFUSE,
	TRIAGE_SAID_AGAIN, TRIAGE_SAID_DONE
};

struct triage_said {
	enum triage_word word;
	int		 number;	/* of a candidate, 1..; 0: name says which case */
	const char	*name;		/* the answer as it was understood: "2", "NEW", "EHC-20417" */
	const char	*words;		/* what stands behind it, or "" */
};

/* What may be answered: "1", "2", "NEW", "NOT A CASE", "DONE".  begins: the rules may begin a case with the mail. */
struct strs triage_answers(struct arena *arena, enum triage_kind kind, size_t candidates, bool begins);

/* The first line of text as an answer; false: it is none, and help_r says what may be answered (begins: as above). */
bool	triage_read(struct arena *arena, enum triage_kind kind, size_t candidates, bool begins, const char *text,
	    struct triage_said *said_r, const char **help_r);

/* Is it short of an answer only by its number, or by a slip of the keys? */
bool	triage_is_like(struct arena *arena, enum triage_kind kind, const char *text);

/* A mail of the daemon's own about what waits: to the mailbox owner, or (echo) to the sender of the event's mail. */
struct triage_telling {
	const char	*act_name, *template, *note;
	bool		 to_owner;
};
/* state NULL: without a case.  The decision holds the mail, or says why there is none. */
void	triage_tell(struct arena *arena, const struct pack *pack, const struct world *world, struct case_state *state,
	    const struct event *event, const struct triage_telling *telling, instant now, struct decision **decision_r);

/* The person asked, or the manager of one of them, or whoever looks after the mailbox today. */
bool	triage_may_answer(struct arena *arena, const struct pack *pack, const struct world *world,
	    const struct strs *asked, const char *address, instant now);

#endif
