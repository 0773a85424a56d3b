/*
 * One signed-in IMAP connection: libetpan over a stream of our own for what
 * needs parsing (greeting, capabilities, SELECT, FETCH, SEARCH), and our own
 * lines (command.h) for everything that only needs an answer.
 * Every call returns 0 or -1; after ERR_RETRY or anything that broke the
 * dialogue session_is_broken() is true and the session can only be closed.
 */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libetpan/mailimap.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "imap/busy.h"
#include "imap/stream.h"

struct places;

struct session {			/* the fields are for imap/ only */
	struct stream	*stream;	/* owned */
	mailimap	*imap;		/* owned */
	const char	*host;
	bool		 can_move, can_uidplus, can_idle;
	bool		 can_namespace;
	bool		 can_keywords;	/* in the selected folder */
	bool		 read_only;	/* the selected folder was to be written to, and may only be read */
	uint32_t	 uidvalidity, uidnext, exists;
	char		*folder;	/* selected, as configured; NULL: none; owned */
	unsigned	 tag;
	bool		 by_token;	/* signed in with a token */
	bool		 broken;
	bool		 news;		/* the server spoke of new mail, or may have, since this was cleared */
	char		 bye[200];	/* the server's farewell, if it gave one */
	enum busy	 busy;		/* why the server wants to be left alone, if it does */
	int		 wait_ms;	/* and for how long, if it said so */
	struct places	*places;	/* its folders; see place.h; owned */
};

/*
 * Connect, verify, sign in, read the capabilities again.  ERR_MAILBOX when
 * the server refuses the name or password, or as stream_open().  There is a
 * session after a failure too: a broken one, that knows whether the server
 * asked to be left alone.
 */
int	session_open(const struct server *server, const char *credential, struct stream_turn turn,
	    struct session **session_r, struct err *err);
/* LOGOUT if the dialogue is whole, without waiting for the answer. */
void	session_close(struct session **session);
bool	session_is_broken(const struct session *session);

/*
 * Select a folder for reading and writing (or reading only), afresh; fills
 * uidvalidity, uidnext, exists; news is set.  One that turns out to be for
 * reading only is selected all the same, and read_only is set.
 */
int	session_select(struct session *session, const char *folder, bool read_only, struct err *err);
int	session_noop(struct session *session, struct err *err);

/* Turn libetpan's result into ours: 0, or -1 with err. what: "reading the list of mails". */
int	session_result(struct session *session, int result, const char *what, struct err *err);
/* The stream's or the server's reason for a break, with what we were doing. */
int	session_broke(struct session *session, const char *what, struct err *err);
/*
 * Did the server, with this line (after its tag or star), ask to be left
 * alone?  Then the session is broken, and err says so in plain words.
 */
bool	session_is_shut_out(struct session *session, const char *line, struct err *err);
/* A line that begins with "* " and is nobody's answer. */
void	session_untagged(struct session *session, const char *line);

#endif
