/*
 * What the files about notices share: notice.c tells them apart,
 * notice_bounce.c is about reports of delivery, notice_status.c reads those
 * of RFC 3464, notice_prose.c those that are not, notice_auto.c automatic
 * replies, notice_away.c absences, notice_sealed.c encrypted wrappers.
 * Known in this room only.
 */
#ifndef MAIL_NOTICE_H
#define MAIL_NOTICE_H

#include "mail/reading.h"

/* Does the text right before at (spaces and punctuation passed over) end with one of these words? */
bool	words_end_at(const char *text, const char *at, const char *const *words);

/* Note that address was not reached (once); false when it is no address. */
bool	bounced_add(struct reading *reading, const char *address, const char *status, const char *reason);
/* "5.1.1" in text; "5.0.0" where there is only "550 ..."; or NULL. */
char	*status_in(struct arena *arena, const char *text);

/* message/delivery-status: what it reports, NOTICE_NONE when it names no recipient. */
enum notice status_read(struct reading *reading);
/* Recipients named in prose, and in what such a report brings back. */
void	prose_read(struct reading *reading, const char *text);

/* The subject alone says that a machine answers. */
bool	automatic_by_subject(const struct reading *reading);
/* It is in answer to a mail, as far as its headers say. */
bool	notice_is_answer(const struct reading *reading);
/* Automatic replies of all kinds, absences among them; fills what belongs to them. */
bool	automatic_read(struct reading *reading);
/* The mail itself is in a wrapper that only a person can open. */
bool	is_sealed(const struct reading *reading);

#endif
