/*
 * Sending through Microsoft Graph: POST /users/MAILBOX/sendMail with the mail
 * itself in base64.  Exchange puts a copy into Sent Items by itself; in this
 * form of the call that cannot be switched off.
 */
#ifndef SEND_GRAPH_H
#define SEND_GRAPH_H

#include "base/arena.h"
#include "conf/config.h"
#include "send/transport.h"
#include "signin/signin.h"

struct graph;

struct graph_turn {		/* called at least once a second while the server keeps us waiting */
	void	*ctx;
	void	(*call)(void *ctx);
};

/* server and signin are borrowed and must outlive it. */
struct graph *graph_new(const struct server *server, struct signin *signin, struct graph_turn turn);
void	graph_free(struct graph **graph);
struct poster graph_poster(struct graph *graph);

/* The scope that a token for this server needs; in the arena. */
const char *graph_scope(struct arena *arena, const struct server *server);

#endif
