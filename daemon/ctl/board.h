/*
 * The board: one page for managers with what waits, what is late, by how much
 * and who has it.  Core tells what there is (live_board.c, engine/board.c) as
 * lines of JSON; whoever draws the page (advicectl board, or the daemon's own
 * board process) reads them and draws: core never draws.
 * What the page shows of people is settled where the lines are made.
 */
#ifndef CTL_BOARD_H
#define CTL_BOARD_H

#include "base/buf.h"
#include "conf/config.h"
#include "engine/board.h"

#define BOARD_WEEKS	13	/* so far back the charts look */
#define BOARD_SOON	14	/* days */
#define BOARD_CASES	20000	/* open cases; of more, no page that opens could be made, and core would be kept from its mail */
#define BOARD_DRAWN	500	/* pieces of work with a timeline; a page of many more would be slow to open */

struct board_pack { const char *name, *title; };
struct board_finding { const char *text; bool wrong; };
struct board_mailbox {
	const char	*name, *pack, *trouble;
	bool		 sent;			/* it is a mailbox's folder of sent mail */
	bool		 shadow;		/* what is decided for it is not sent */
	instant		 looked;		/* the last proven look; INSTANT_NONE */
	long		 way_age_s, round_trip_ms;	/* since a mail of ours came back, and how long it took; -1: not known */
	bool		 tested, overdue;	/* it sends itself test mails; one should be back */
};
struct board_triage {
	long		 number;
	const char	*pack, *case_name;	/* "" without a case */
	const char	*what, *reason;		/* reason NULL unless names are wanted */
	const char	*asked;			/* who was asked; "" nobody */
	dayno		 since;
};

struct board {
	instant		 now;			/* the daemon's time */
	instant		 made;			/* the machine's, when the page was drawn */
	bool		 names, well, running;	/* running: a daemon said so itself */
	long		 waiting, held, unknown, quarantined;	/* mails */
	long		 left_out;		/* so many open cases, more than BOARD_CASES: none is told; else 0 */
	struct board_pack *packs;		size_t pack_count;
	struct board_finding *findings;		size_t finding_count;
	struct board_mailbox *mailboxes;	size_t mailbox_count;
	struct board_triage *triage;		size_t triage_count;
	struct board_case *cases;		size_t case_count;	/* closed ones too, as far as the charts go back */
	long		 took_ms;		/* core's time for the last piece that was asked for */
	int		 every_s;		/* how often the page is written; 0: once */
};

/* board_line.c: what core tells, a line each; and back.  What makes no sense is -1. */
void	board_case_put(struct arena *arena, const struct board_case *shown, struct buf *out);
int	board_read(struct arena *arena, const char *lines, struct board *board, int64_t *next_r,
    struct err *err);	/* next_r: 0: that was all */

/* ---- board_sum.c: arithmetic */

enum board_state {
	BOARD_LATE,		/* past the date that counts */
	BOARD_OVERDUE,		/* past the date of its stage */
	BOARD_DUE_SOON,		/* due within BOARD_SOON days */
	BOARD_ON_TRACK,
	BOARD_NO_DATE,
	BOARD_HELD		/* a manager has put it on hold, or the case is paused */
};
#define BOARD_STATES	(BOARD_HELD + 1)

struct board_item {			/* a piece of work that goes on */
	const struct board_case	*of;
	const struct board_work	*work;
	enum board_state	 state;
	dayno			 due;	/* the date that its state goes by; DAY_NONE */
	const char		*due_name;
	int			 days;	/* until then; below 0: so many too late */
};

struct board_rate { const char *name; dayno from; size_t due, on_time, late, open; };	/* late:
    done after its date; open: not done */

struct board_sum {
	struct board_item	*items;	size_t item_count;	/* what presses most first */
	size_t			 of_state[BOARD_STATES];
	struct board_rate	 weeks[BOARD_WEEKS];	/* by the Monday of the week in which it was due; the last is this week */
	struct board_rate	*teams;	size_t team_count;	/* the same weeks together; the most work first */
	struct board_rate	 all;
};

void	board_sum(struct arena *arena, const struct board *board, struct board_sum *sum_r);
/* Of those that were due, in whole percent; -1 where none was. */
int	board_percent(const struct board_rate *rate);

/* ---- Drawing: no personal data but what the board holds, everything escaped */
void	board_page(struct arena *arena, const struct board *board, struct buf *out);	/* the whole page */

void	board_text(struct buf *out, const char *text);	/* escaped for HTML, text and attributes */
void	board_timeline(struct arena *arena, const struct board *board, const struct board_item *item, struct buf *out);
void	board_weeks(struct arena *arena, const struct board_sum *sum, struct buf *out);
void	board_teams(struct arena *arena, const struct board_sum *sum, struct buf *out);
const char *board_day(struct arena *arena, dayno day);	/* <time datetime="2026-09-07">7 Sep 2026</time> */
const char *board_short_day(struct arena *arena, dayno day, dayno today);	/* "7 "
    "Sep"; with the year, where it is not today's */
extern const char board_style[], board_script[], board_marks[];	/* board_look.c */

/* ---- board.c: asking and writing */
/*
 * An exit code.  only_daemon: it is asked, with rests between the pieces, so that core has time for mail; else as any live
 * command.  print: what is heard goes to stdout as well.
 */
int	board_ask(struct arena *arena, const struct config *config, bool only_daemon, bool print, struct board *board);
int	board_folder(const char *path, const char *group, struct err *err);	/* made where it is missing: for its group alone */
/* In the place of the file, whole, for its owner and the group. */
int	board_write(const struct board_config *config, const struct buf *page, struct err *err);

#endif
