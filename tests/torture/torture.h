/*
 * The torture: the whole daemon but its processes lives through some weeks of
 * a virtual clock among people, administrators, mail servers and disks that do
 * what they like, all of it drawn from one seed.  The real core, store, parser,
 * fetch and send code runs in one process; the clock, randomness, the
 * connections, SQLite's files and what the disk keeps are the model's.
 *
 *	play.c		one life: the script, the clock, crashes
 *	house.c		the daemon: core, fetch, parse, send and the frames between them
 *	town.c		where it takes place: people, mails and words, read from towns/PACK.cfg
 *	script.c	what happens, drawn from the seed
 *	mails.c		the mails that arrive
 *	people.c	who gets our mails, and what they do about them
 *	office.c	administrators: advicectl's commands
 *	folders.c	people in the mailbox
 *	wire.c		connections, clock and randomness in place of the system's
 *	disk.c		SQLite's files, in memory, and what a power cut leaves of them
 *	spool.c		what it leaves of the spool
 *	check.c		what must hold after every step
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "../crash/model.h"
#include "base/date.h"
#include "imap/watch.h"
#include "ipc/frame.h"
#include "role/core_private.h"
#include "role/send.h"
#include "town.h"

#define MINUTE		60
#define HOUR		3600
#define DAY		86400
#define EVENTS_MAX	400
#define CUTS_MAX	200

/* ---- Chance */

struct chance { uint64_t state; };

struct chance chance_new(uint64_t seed, uint64_t of);	/* of: one of several streams of that seed */
uint64_t chance_next(struct chance *chance);
unsigned chance_below(struct chance *chance, unsigned n);	/* 0 to n-1; 0 for n 0 */
bool	chance_percent(struct chance *chance, unsigned percent);

/* ---- What happens */

struct life;
struct happening;
typedef void event_act(struct life *life, struct happening *event);

struct happening {
	instant		 at;
	unsigned	 no;		/* among those at the same moment, and of the script: what --cut names */
	const char	*name;
	event_act	*act;
	struct chance	 chance;	/* its own, so that cutting one changes no other */
	int		 child, person;
	const char	*text, *more;	/* as the act needs them; in the life's arena */
	int64_t		 number;
};

/* A child whose advice is asked for. */
struct child {
	const char	*forename, *surname;
	int		 year, month, day;
	char		 reference[16], nhs[16];
	const char	*request;	/* the mail's text, once it has come */
	bool		 listed;	/* in the involvement list */
};
#define CHILDREN	6

struct someone {
	const char	*name, *address;
	instant		 away_until;	/* answers by machine until then */
	bool		 dead;		/* bounces */
};

struct disk_plan {			/* what the disk will do */
	unsigned	 crash_in;	/* so many steps from now; 0: not */
	unsigned	 fail_in, fail_for;	/* so many steps from now, for so many steps */
	int		 failing;	/* with this errno */
	bool		 power_cut;	/* what was not synced may be gone */
};

struct house;

struct life {
	uint64_t	 seed;
	const struct town *town;
	bool		 verbose;
	struct arena	*arena;
	struct chance	 chance;	/* of what is drawn as it happens */
	struct chance	 random;	/* the daemon's getrandom() */
	int64_t		 clock_ms;	/* wall */
	int64_t		 began_ms;
	unsigned	 steps;		/* durable ones, so far */
	unsigned	 skipped_steps;
	struct disk_plan disk;
	struct model	*model;
	struct house	*house;		/* NULL while the daemon is down */
	instant		 down_until;
	jmp_buf		 crash;
	bool		 may_crash;
	struct happening	*events[EVENTS_MAX];	/* a heap would be overdone: some tens */
	size_t		 event_count;
	unsigned	 event_no, events_enough;	/* from so many on, people begin nothing more */
	unsigned	 cuts[CUTS_MAX];
	size_t		 cut_count;
	struct child	 children[CHILDREN];
	struct someone	 people[PERSONS_MAX];	/* the town's */
	unsigned	 flaky_imap, flaky_smtp;	/* of a thousand commands */
	instant		 imap_down_until, smtp_down_until;
	unsigned	 rules;		/* which version lies in the folder */
	size_t		 seen_accepted;	/* by people.c */
	size_t		 checked_accepted;	/* by check.c */
	unsigned	 crashes, starts, ids, changes_seen, backups;
	bool		 healed;	/* nothing goes wrong any more */
	struct buf	 trace;
	char		 failure[2000];
	const char	*place;		/* this worker's folder */
	struct check	*check;
};

/* ---- play.c */
void	life_say(struct life *life, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The first failure counts; the life ends there. */
void	life_fail(struct life *life, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
instant	life_now(const struct life *life);
struct happening *life_event(struct life *life, instant at, const char *name, event_act *act);
/* One life. true: everything held. */
bool	life_play(struct life *life);

/* ---- house.c */
void	house_prepare(struct life *life);	/* before the first life: the store with its lists */
int	house_open(struct life *life);	/* 0, or -1: it could not begin; may crash */
void	house_close(struct life *life);	/* in order */
void	house_drop(struct life *life);	/* as a crash does */
void	house_until_quiet(struct life *life);
int64_t	house_wakes_ms(struct life *life);	/* the clock's next moment for the daemon; INT64_MAX: none */
int	house_say(struct life *life, size_t n, const char *const *words, const char *file);	/* exit code; -1: it is down */
const char *house_said(struct life *life);	/* by the last command */
void	house_reload(struct life *life);
struct store *house_store(struct life *life);
void	house_look_again(struct life *life, int64_t case_id);	/* nothing must be due */
bool	house_waits(const struct life *life);	/* for the disk, or after downtime for the first look into the mailbox */

/* ---- script.c, mails.c, people.c, office.c, folders.c */
void	script_write(struct life *life);
void	script_files(const struct town *town, const char *place);	/* the lists that are imported */
event_act mail_begins, mail_comes, mail_again, mail_stranger, mail_breaks_parser;
void	mail_deliver(struct life *life, const char *text, const char *what);
/* From a person about this mail of ours. */
const char *mail_answer(struct life *life, const struct someone *person, const struct accepted_mail *to,
	    const char *subject, const char *words, bool threaded, const char *more_headers);
/* "The form" of the town, from the event's person. */
const char *mail_form(struct life *life, struct happening *event, const char *reference);
const char *mail_bounce_text(struct life *life, const char *address, const struct accepted_mail *of);
const char *mail_id(struct life *life);

void	people_begin(struct life *life);
void	people_look(struct life *life);	/* what has come since they last looked */
event_act people_holiday, people_gone;

event_act office_command, office_lists, office_reload, office_pause, office_resolve, office_records;
event_act folder_touch, folder_anew;

/* ---- wire.c */
enum mood life_mood(void *ctx, bool is_smtp, const char *command);
struct connector wire_connector(struct life *life);
void	wire_lose_imap(struct life *life);	/* the server hangs up */
void	wire_forget(struct life *life);		/* the daemon is gone, and nobody has said good-bye */
void	wire_set(struct life *life);		/* whose clock, randomness and connections are in place of the system's */

/* ---- disk.c */
void	disk_register(void);		/* before anything opens a store */
void	disk_power_cut(struct chance *chance);	/* what was not synced may be gone, or only half there */
void	disk_killed(void);		/* all that was written stays */
int	disk_step(void *ctx, const char *name);	/* the hook; ctx: the life */
void	disk_stand_in(const char *place);	/* before the first start */
void	disk_leave(const char *place);		/* the store as files, to be looked at */

/* ---- spool.c */
void	spool_clear(const char *place);		/* before a life */
unsigned spool_power_cut(struct chance *chance);	/* as disk_power_cut(); how much it took back */
void	spool_written_back(void);		/* some time has passed: all of it is there for good */

/* ---- check.c */
void	check_begin(struct life *life);
struct sqlite3 *check_store(struct life *life);	/* core's own handle */
void	check_quiet(struct life *life);	/* after every step */
bool	check_has_reached(const struct life *life, const char *message_id, const char *address);
void	check_end(struct life *life);		/* when all that waited is done */
void	check_forget(bool orderly);	/* the store is closed, or has gone with its process */

#endif
