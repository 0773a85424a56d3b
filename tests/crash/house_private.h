/* Between house.c (the roles, time, the world) and deeds.c (what people do). */
#ifndef CRASH_HOUSE_PRIVATE_H
#define CRASH_HOUSE_PRIVATE_H

#include "house.h"
#include "roles.h"

struct house {
	const struct house_start *start;
	struct mailbox_config	 mailbox;
	struct config		 config;
	struct roles		 roles;
	int			 smtp_fd;
	enum house_end		 end;
};

/* ---- house.c */

void	house_gave_up(void *ctx, const char *where, const struct err *err);
void	house_ends(struct house *house, enum house_end end);
void	house_skip(int ms);		/* real time passes */
/* Asks the driver; false: it says no. */
bool	world_says_yes(struct house *house, const char *question);
/* Until core has answered the command that it was given. */
void	house_run_until_answered(struct house *house);
/* The rules that lie in the rules folder now; where rules are kept, they are tried first, as the parent does. */
void	house_rules(struct house *house);

/* ---- deeds.c: each ends the house where it cannot be done */

void	deeds_import_lists(struct house *house);	/* before the first mail */
void	deeds_restore(struct house *house);		/* while no core is there */
void	deeds_play(struct house *house, const struct scene *scene);

#endif
