/*
 * advicectl doctor, in some files: everything that is configured is tried, in
 * order, and what was found is said in plain words, with what to do about it.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "conf/config.h"
#include "store/store.h"

enum doctor_verdict { DOCTOR_WELL, DOCTOR_NOTE, DOCTOR_WRONG };

struct doctor {
	struct arena		*arena;
	const struct config	*config;
	struct store		*store;		/* for reading; NULL: there is none yet, or it cannot be read */
	struct directory	*directory;	/* of the store; NULL: none was imported */
	struct pack		**packs;
	size_t			 pack_count;
	bool			 json, colour, watched;	/* watched: somebody looks at stderr */
	const char		*at_name;	/* "@town" for an instance of adviced@.service; "" */
	const char		*part;		/* "Folders": what is being looked at */
	bool			 titled;
	size_t			 notes, wrong;
};

void	doctor_part(struct doctor *doctor, const char *part);
/* Said at once.  about: "spool", a mailbox's name ...; mend: what to do, NULL. */
void	doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *about, const char *mend, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));
/* What takes its time, on a terminal, until something is said. */
void	doctor_trying(struct doctor *doctor, const char *what);

/* ---- The parts */
void	doctor_folders(struct doctor *doctor);		/* rights, room, encryption */
void	doctor_store(struct doctor *doctor);		/* opens it */
void	doctor_packs(struct doctor *doctor);
void	doctor_lists(struct doctor *doctor);
void	doctor_clock(struct doctor *doctor);
void	doctor_mailboxes(struct doctor *doctor);
void	doctor_sending(struct doctor *doctor);
void	doctor_alarm(struct doctor *doctor);
void	doctor_units(struct doctor *doctor);
void	doctor_calendars(struct doctor *doctor);

#endif
