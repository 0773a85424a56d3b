/*
 * What a text says about a child by its own form: labelled name and date of
 * birth, NHS number, UPN, other dates, addresses; each with its source and
 * span.  Pure.
 * Fails: never.
 */
#ifndef MAIL_FACTS_H
#define MAIL_FACTS_H

#include "base/arena.h"
#include "mail/message.h"

#define SAID_MAX	2000	/* a form has some 30, a list of a school's children some 500 */

/*
 * All sources of message that are filled in; adds to message->said and, where
 * a number does not check or a date is odd, to its remarks.  today settles
 * short years.  Values and spans live in arena and in the message's texts.
 */
void	facts_find(struct arena *arena, struct message *message, dayno today);

/* The same for one text of it; document: which, for attachments. */
void	facts_find_in(struct arena *arena, struct message *message, enum text_source source, uint32_t document,
	    dayno today);

#endif
