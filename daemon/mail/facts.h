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

#define SAID_MAX	2000

/* All sources of message that are filled in; adds to message->said. today settles short years. */
void	facts_find(struct arena *arena, struct message *message, dayno today);

#endif
