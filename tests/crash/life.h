/*
 * The short lives that the crash sweep runs again and again: what arrives and
 * when, who answers which of our mails, and what administrators say.
 */
#ifndef CRASH_LIFE_H
#define CRASH_LIFE_H

#include "conf/config.h"
#include "model.h"

#define LIFE_BEGINS	"2026-09-07T09:00"
#define LIFE_LIST	"directory.csv"		/* its name in the watched folder */

enum deed {
	DEED_MAIL,		/* a mail comes; without a file only time passes */
	DEED_SAY,		/* an administrator says words to advicectl, unless that is done already */
	DEED_IMPORT,		/* a new directory: file */
	DEED_LIST,		/* the same, by the watched folder: file */
	DEED_RULES,		/* other rules lie in the folder (words: their number), and are taken or refused */
	DEED_BACK,		/* an administrator goes back to the first rules */
	DEED_PUT,		/* somebody puts the mail with this id (words) into Retry */
	DEED_BOARD,		/* the board is drawn */
	DEED_RESTORE,		/* the machine is lost, and goes back to its backup */
	DEED_ANEW		/* the server makes the inbox anew: other UIDs */
};

struct scene {
	const char	*at;		/* London */
	const char	*file;		/* below tests/crash/mails; NULL: only time passes */
	const char	*asked;		/* an answer: whom our mail went to ... */
	const char	*about;		/* ... and words of its subject */
	enum deed	 deed;
	const char	*words[7];	/* of the command */
	const char	*done;		/* SQL that counts more than 0 once it has been said; NULL: it may be said again */
};

struct life {
	const char	*name;
	const struct scene *scenes;
	size_t		 count;
	const char	*before[3];	/* mails that lie in the inbox before the daemon first looks */
	struct retention retention;
	bool		 daily;		/* the owner gets a digest each day */
	bool		 upkeep;	/* rules are tried and kept; Retry, a folder for lists, a board, an administrator */
	const char	*erased[3];	/* words of which nothing may be left at the end */
};

extern const struct life lives[];
extern const size_t lives_count;

/* What lies there before us. */
void	life_begin(const struct life *life, struct model *model);
/* The server has made its folder anew. */
void	life_anew(struct model *model);
/* The scene's mail into the inbox or Retry, its list into that folder; -1 when what it is about is not there. */
int	life_deliver(const struct life *life, struct model *model, const char *lists, size_t scene);

#endif
