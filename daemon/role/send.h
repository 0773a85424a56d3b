/*
 * The send role: takes one frozen mail at a time from core, sends it, and
 * says what became of it.  Holds the sending credential; never the database.
 */
#ifndef ROLE_SEND_H
#define ROLE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/config.h"
#include "ipc/frame.h"
#include "send/transport.h"

/* ---- What the role does, without its process: for the loop below, and for tests with a model server */

struct sender;

struct sender_out {
	void	*ctx;
	/* Give core a frame; it has left us when this returns 0. */
	int	(*emit)(void *ctx, const struct frame *frame, struct err *err);
	/* Wait for core's WIRE_GO to the WIRE_SENDING just given. -1: the body must not go. */
	int	(*wait_go)(void *ctx, uint64_t id, struct err *err);
};

struct sender *sender_new(const struct connector *connector, const char *own_name, struct sender_out out);
/* For a server that takes whole mails, and keeps no connection. */
struct sender *sender_new_posting(const struct poster *poster, struct sender_out out);
void	sender_free(struct sender **sender);	/* says QUIT where something is open */

/*
 * A frame from core.  WIRE_SEND is answered by WIRE_SENDING when the body is
 * asked for (it goes after core's WIRE_GO) and by WIRE_SENT in the end; before
 * the latter by WIRE_TROUBLE (id 0) when the server will not have us until a
 * person acts, or has us again.  -1 with ERR_DAEMON when core talks nonsense
 * or is gone: the role ends.
 */
int	sender_handle(struct sender *sender, struct frame *frame, struct err *err);

/* New configuration or password: connect afresh, without waiting out an earlier refusal. */
void	sender_reload(struct sender *sender);

/*
 * A trouble that does not come from the last mail (a token that could not be
 * renewed) is told to core, once for each reason, until it is over (ERR_NONE).  -1 as
 * sender_handle().
 */
int	sender_note(struct sender *sender, const struct err *trouble, struct err *err);

/* Close a connection that has been idle for long enough. */
void	sender_tick(struct sender *sender, int64_t now_ms);
int	sender_wait_ms(const struct sender *sender, int64_t now_ms);	/* until the next tick; -1: none */

/* ---- The process */

struct send_start {
	const struct server	*server;
	const char		*password;	/* NULL: no sign-in; what config_secret() gave */
	bool			 graph;		/* the server is Microsoft Graph */
	int			 parent_fd;	/* socketpair ends; owned by role_send() */
	int			 core_fd;
};

/* Returns the exit code. */
int	role_send(const struct send_start *start);

#endif
