/*
 * Taking a mail's text apart: what the sender wrote now, what they passed on,
 * and the history below it; and the new text without banner, signature and
 * disclaimer.  Pure; text is tidy UTF-8 (charset_tidy).
 * Fails: never.
 */
#ifndef MAIL_BODY_H
#define MAIL_BODY_H

#include <stdbool.h>

#include "base/arena.h"
#include "mail/message.h"

struct body {
	const char	*new_text;
	const char	*forwarded;	/* with the header lines of the mail passed on */
	const char	*quoted;
};

/* is_forward, is_reply: as the subject's prefix and the headers say. */
void	body_split(struct arena *arena, const char *text, bool is_forward, bool is_reply,
	    struct body *body_r);

/* Who first wrote what is passed on: the From line of the innermost forward in a row. */
void	body_forwarded_from(struct arena *arena, const char *forwarded, struct mail_address *from_r);

/* sender: display name. *marking_r: a protective marking that stood alone on a line, or "". */
char	*body_trim(struct arena *arena, const char *new_text, const char *sender, const char **marking_r);

/* RFC 3676 format=flowed put back together. */
char	*body_unflow(struct arena *arena, const char *text, bool delsp);

#endif
