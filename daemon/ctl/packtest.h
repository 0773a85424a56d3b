/*
 * The tests that lie beside a pack, PACK/tests/NAME/: mail (*.eml), directory.csv,
 * involvement.csv (may be absent), period (two days), expect.  Each is one run
 * of the pack in virtual time (ctl/run.h), held against what it expects.
 */
#ifndef CTL_PACKTEST_H
#define CTL_PACKTEST_H

#include "case/reached.h"
#include "ctl/expect.h"

struct packtest {
	const char	*name, *folder;
	const char	*shown;			/* folder as people know it: "rules/x/tests/NAME" */
	struct expect	 expect;
	bool		 read;			/* expect could be read */
	const char	*broken;		/* could not be run, and why; or NULL */
	struct unmet	*unmet;	size_t unmet_count;
	struct reached	 reached;		/* rule lines that decided something */
};

struct packtests {
	struct arena	*arena;
	struct pack	*pack;			/* NULL: could not be read */
	struct problems	 problems;		/* of the pack and of the expect files */
	struct point	*points;	size_t point_count;
	struct packtest	*tests;		size_t test_count;
};

/* The tests' names and what they demand; nothing is run.  A pack without the folder has none. */
void	packtests_read(struct arena *arena, struct pack *pack, struct packtests *tests_r);

/* Run those that could be read.  Starts one parser, and nothing else; blocks until it is done (some tenths of a second for
 * twenty tests).  -1: the parser cannot be started. */
int	packtests_go(struct packtests *tests, struct err *err);

/* Read and check the pack, then run all its tests.  0: they ran; -1: they could not (problems in tests_r, or err). */
int	packtests_run(struct arena *arena, const char *rules, const char *calendars, const char *pack,
	    struct packtests *tests_r, struct err *err);
bool	packtest_passed(const struct packtest *test);

#endif
