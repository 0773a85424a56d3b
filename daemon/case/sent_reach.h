/*
 * Between decide_sent.c and sent_reach.c: which steps of the rules a mail that
 * a person sent by hand may stand in for.  Pure.
 */
#ifndef CASE_SENT_REACH_H
#define CASE_SENT_REACH_H

#include "case/turn.h"

/* What the mail may stand in for: mails of a stage, or of the row that leads there. */
struct reach {
	int			 strand;
	const struct stage	*stage;
	const struct row	*row;		/* that leads there; NULL: the stage itself */
	int			 question;	/* that the row answers, 0 */
	const struct act	*act;		/* that it has done */
	const char		*kind;		/* of the mail that it passes on; ANY_KIND: what was asked, in the rules' words */
	bool			 seen;		/* which came to us; else a file such as that kind brings */
	struct where		 where;
	const char		*role, *person;	/* on the case, and not known until now; NULL */
};

#define ANY_KIND	"any"

struct reaches {
	struct reach	*v;
	size_t		 n;
};

/*
 * ends: final stages; known: other steps, to people whom the rules name already; filled: the same to somebody whom the
 * mail would name.  Each stage of a strand once.
 */
void	reach_find(struct turn *turn, struct reaches *ends, struct reaches *known, struct reaches *filled);
/* All whom the mail at hand went to, but for the watched mailbox. */
struct strs reach_everybody(const struct turn *turn);
/* The kind of mail that an act of the row takes along, ANY_KIND where it only writes; NULL: it sends nothing. */
const char *reach_kind(const struct row *row, const struct act *act);

#endif
