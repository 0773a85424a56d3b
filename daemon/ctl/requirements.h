/*
 * Which of an authority's requirements a pack meets.  A requirement is met
 * when a line of the rules claims it (meets = "BIR-13"), one of the pack's own
 * tests names it (meets BIR-13), and that test runs that line.  The list of
 * all that there are is the pack's own: requirements.txt, a line each,
 *	BIR-13 P the officer checks the form that came back
 * the letter says who can meet it: A the daemon by itself, P the daemon by
 * asking people, O people and other systems alone.
 */
#ifndef CTL_REQUIREMENTS_H
#define CTL_REQUIREMENTS_H

#include "ctl/packtest.h"

enum requirement_state { REQUIREMENT_MET, REQUIREMENT_NAMED, REQUIREMENT_CLAIMED, REQUIREMENT_OPEN, REQUIREMENT_OUTSIDE };

struct requirement {
	const char	*id;
	char		 letter;		/* 'A' 'P' 'O'; '\0': not on the pack's list */
	const char	*words;
	struct strs	 lines;			/* that claim it: "rules/x/pathway.cfg:41 (stage checking)" */
	struct strs	 shown_by;		/* tests that name it and ran such a line, with the line */
	struct strs	 named_by;		/* tests that name it, and have not */
	enum requirement_state state;
};

struct requirements {
	struct requirement *v;
	size_t		    n;
	bool		    listed;		/* there is a requirements.txt */
	size_t		    counts[REQUIREMENT_OUTSIDE + 1];
};

/* ran: the tests have been run; else what they name is REQUIREMENT_NAMED.  Tests that name what nobody claims: problems. */
void	requirements_of(struct packtests *tests, bool ran, struct requirements *requirements_r);
void	requirements_print(const struct requirements *requirements, bool ran, struct arena *arena, struct buf *out);
/* As members of an open JSON object: "requirements": [ { id, state, lines, tests } ... ]. */
void	requirements_json(const struct requirements *requirements, struct buf *out);

#endif
