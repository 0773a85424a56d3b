/*
 * The short life that the crash sweep runs again and again: what arrives and
 * when, and who answers which of our mails.
 */
#ifndef CRASH_LIFE_H
#define CRASH_LIFE_H

#include "model.h"

#define LIFE_BEGINS	"2026-09-07T09:00"
#define LIFE_ENDS	"2026-10-05T17:00"

enum deed {
	DEED_MAIL,		/* a mail comes; without a file only time passes */
	DEED_CHANGE,		/* an administrator changes something: words */
	DEED_IMPORT,		/* a new directory: file */
	DEED_RULES,		/* other rules lie in the folder, and are taken */
	DEED_ANEW		/* the server makes the inbox anew: other UIDs */
};

struct scene {
	const char	*at;		/* London */
	const char	*file;		/* below tests/crash/mails; NULL: only time passes */
	const char	*asked;		/* an answer: whom our mail went to ... */
	const char	*about;		/* ... and words of its subject */
	enum deed	 deed;
	const char	*words[7];	/* of the command */
};

extern const struct scene life[];
extern const size_t life_count;

/* The server has made its folder anew. */
void	life_anew(struct model *model);
/* The scene's mail into the inbox; -1 when the mail that it answers never came. */
int	life_deliver(struct model *model, size_t scene);

#endif
