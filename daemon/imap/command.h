/*
 * A command written and answered line by line.
 *	command_start(session, &out, "CREATE");
 *	command_string(session, &out, name, err);
 *	command_finish(session, &out, &reply, err);
 * Text that cannot be quoted goes as a literal, for which the server is asked
 * first.
 */
#ifndef IMAP_COMMAND_H
#define IMAP_COMMAND_H

#include <stdarg.h>

#include "imap/session.h"

struct reply {
	enum { REPLY_OK, REPLY_NO, REPLY_BAD } status;
	char		 code[64];	/* first word in brackets: "TRYCREATE", or "" */
	char		 text[256];	/* what the server says, made visible */
	struct buf	 copyuid;	/* "UIDVALIDITY SOURCE-SET TARGET-SET", or empty */
	uint32_t	 append_uid;	/* from APPENDUID, or 0 */
};

void	command_start(struct session *session, struct buf *out, const char *verb);
int	command_string(struct session *session, struct buf *out, const char *text, struct err *err);
/* Send, and read to the tagged answer; reply must be freed with reply_free() either way. */
int	command_finish(struct session *session, struct buf *out, struct reply *reply, struct err *err);
void	reply_free(struct reply *reply);

/* The pieces, for IDLE, APPEND and AUTHENTICATE. */
int	command_send(struct session *session, struct buf *out, struct err *err);	/* with the line end; empties out */
/* One line without its end; NULL when the session broke.  Valid until the next. */
const char *command_line(struct session *session, struct err *err);
/* Until the server asks us to go on: 0; 1 when it answered instead (reply is filled). */
int	command_go_on(struct session *session, struct reply *reply, struct err *err);
/* From here to the tagged reply. */
int	command_answer(struct session *session, struct reply *reply, struct err *err);
/* Is line the tagged answer to our last command?  Then it is taken into reply. */
bool	command_is_answer(const struct session *session, const char *line, struct reply *reply);

#endif
