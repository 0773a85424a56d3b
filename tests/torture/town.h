/* Where a life takes place: towns/NAME.cfg, read once.  What each key means stands in towns/birmingham.cfg. */
#ifndef TORTURE_TOWN_H
#define TORTURE_TOWN_H

#include <stdbool.h>

#include "base/str.h"

#define PERSONS_MAX	24
#define MAILS_MAX	64

struct sender {
	const char	*name, *address;
};

/* What comes of a mail: another one, some days later. */
struct sequel {
	const char	*mail;
	int		 percent, from_day, to_day;
};

/* A mail that may come.  Where there are several of a thing, one of them is drawn. */
struct town_mail {
	const char	*name;
	int		 weight;	/* how often, beside all that may happen */
	bool		 begins;	/* a life begins with it */
	struct strs	 from, subject, body;
	struct strs	 file;		/* names; none: no file comes with it */
	int		 file_percent;
	const char	*inside;	/* the file */
	struct sequel	*sequels;
	size_t		 sequel_count;
};

struct known_as {
	const char	*service, *worker, *flags;
};

struct town {
	const char	*pack, *mailbox, *watched, *administrator;
	struct strs	 domains, outside;	/* who may get mail: those in the directory, of these domains; and these */
	const char	*directory;
	const char	*leaves, *cover, *leaves_on, *gone;	/* what the second directory says otherwise */
	struct sender	*people;
	size_t		 person_count;
	int		 born_from, born_years;
	struct known_as *involved;	/* in turn */
	size_t		 involved_count;
	bool		 twice;		/* every third child is known to the next service, too */
	int		 long_times;	/* how much longer the long lives are */
	const char	*fixed_date;	/* that nothing but a cause moves */
	struct strs	 resting;	/* stages in which nothing need ever happen */
	struct strs	 services;	/* for holes of answers */
	struct town_mail	*mails;
	size_t		 mail_count;
	const struct town_mail *form;	/* the one named "the form" */
	struct strs	 remarks, facts, moves;
};

/* Ends the program if it cannot be read. */
const struct town *town_read(const char *pack);
const struct town_mail *town_mail(const struct town *town, const char *name);
const char *town_address(const struct town *town, const char *name);	/* NULL: nobody of that name */

#endif
