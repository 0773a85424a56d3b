/*
 * What the board says of one case: its pieces of work, who has each, by when,
 * and how it came there.  Read from the store and the rules; nothing changes.
 */
#ifndef ENGINE_BOARD_H
#define ENGINE_BOARD_H

#include "engine/engine.h"
#include "rule/words.h"

enum board_mark_kind { BOARD_STAGE, BOARD_REMIND, BOARD_ESCALATE };
const char *board_mark_name(enum board_mark_kind kind);	/* "stage", "remind", "escalate" */

struct board_mark {
	enum board_mark_kind kind;
	dayno		 on;
	const char	*what;		/* the stage in words; whom the mail went to */
};

struct board_work {
	const char	*strand, *service;	/* in words; service "" where it is not divided */
	const char	*stage;		/* in words */
	dayno		 began, ended;	/* ended: DAY_NONE while it goes on */
	bool		 held;		/* a manager said so */
	bool		 counted;	/* it ended as it should, and not because it was called off */
	dayno		 due, last;	/* the date of its stage; the date that counts in the end; DAY_NONE */
	const char	*due_name, *last_name;
	const char	*holder;	/* who has it: "the worker", or names; "" for nobody */
	const char	*team;		/* "" where it is not known */
	const char	*wants;		/* what is awaited from them, or why it waits; "" */
	struct board_mark *marks;	size_t mark_count;	/* oldest first */
};

struct board_case {
	int64_t		 id;
	const char	*name, *pack;
	const char	*child;		/* NULL unless names are wanted */
	dayno		 opened, closed;
	bool		 paused;
	struct board_work *work;	size_t work_count;
};

struct board_desk {			/* for one look at many cases */
	struct engine	*engine;
	instant		 now;
	bool		 names;		/* people and children by name */
	struct arena	*arena;		/* of what is kept between cases */
	struct words	*words;		/* one for each of the engine's packs */
};

void	board_desk_begin(struct board_desk *desk);	/* engine, now, names and arena are set */
/* NULL: its pack is not in force, or has no such case. */
int	board_case_look(struct board_desk *desk, struct arena *arena, int64_t id, struct board_case **case_r, struct err *err);

#endif
