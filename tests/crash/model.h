/*
 * Model mail servers, IMAP and SMTP: on loopback in the driver's process, so
 * that what they hold survives the end of the daemon's (the crash sweep), or
 * called directly (tests/torture).  Only what the daemon says is understood;
 * anything else is answered BAD and noted as a fault.
 */
#ifndef CRASH_MODEL_H
#define CRASH_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"

struct stored_mail {
	uint32_t	 uid;
	instant		 internaldate;
	bool		 deleted;	/* \Deleted */
	bool		 marked;	/* any other flag */
	const char	*data;		/* with CRLF line ends */
	size_t		 len;
	const char	*id;		/* Message-ID with < >, "" if none */
	unsigned	 serial;	/* which of those that were delivered; copies keep it */
};

struct folder {
	const char	*name;
	uint32_t	 uidvalidity, uidnext;
	struct stored_mail *mails;
	size_t		 count;
};

struct delivered_mail {		/* into the inbox; its serial is its place in the list, and one */
	uint32_t	 uidvalidity, uid;	/* when it came */
	uint32_t	 new_uidvalidity, new_uid;	/* after the folder was last made anew */
	bool		 taken_away;	/* by a person */
};

struct accepted_mail {			/* by the SMTP server, after the final dot */
	const char	*from;
	const char	*to;		/* in order of address, with spaces between */
	const char	*data;
	size_t		 len;
	const char	*id, *subject;
};

struct peer;

/* How a server takes a command. */
enum mood {
	MOOD_WELL,
	MOOD_REFUSES,		/* not now: NO, or a 4xx */
	MOOD_REFUSES_FOR_GOOD,	/* NO, or a 5xx */
	MOOD_GONE_BEFORE,	/* the connection is lost, and nothing was done */
	MOOD_GONE_AFTER		/* it was done, but nobody is told */
};

struct model {
	struct arena		*arena;
	bool			 can_move, can_uidplus;
	bool			 can_idle;
	enum mood		(*mood)(void *ctx, bool is_smtp, const char *command);	/* NULL: always well */
	void			*mood_ctx;
	const char		*watched;			/* whose inbox it is: what is sent to it comes back; NULL: nobody's */
	struct delivered_mail	*delivered;
	size_t			 delivered_count;
	instant			 latest;			/* when the last mail came */
	const char		*(*last_step)(void *ctx);	/* of the daemon: what it is about to do */
	void			*ctx;
	int			 imap_fd, smtp_fd;		/* listening */
	int			 imap_port, smtp_port;
	struct folder		*folders;
	size_t			 folder_count;
	struct accepted_mail	*accepted;
	size_t			 accepted_count;
	struct peer		*peers;
	struct buf		 log;		/* every command that changed something, with the step before it */
	struct buf		 faults;	/* what no daemon may do */
};

/* Without sockets: model_listen() makes them, and model_serve() uses them. */
struct model *model_new(bool can_move, bool can_uidplus);
void	model_free(struct model **model);
/* Forget every mail and connection: a new life. */
void	model_reset(struct model *model);
void	model_listen(struct model *model);
/* Serve until ready_fd is readable or closed. */
void	model_serve(struct model *model, int ready_fd);
void	model_hang_up(struct model *model);	/* on every connection: the daemon is gone */

/* Mail with LF or CRLF line ends into the inbox. */
void	model_deliver(struct model *model, const char *text, instant at);
/* To whoever waits in IDLE there. */
void	model_says_exists(struct model *model, const struct folder *folder);
/* The latest mail to this address whose subject holds the words; NULL if none. */
const struct accepted_mail *model_latest(const struct model *model, const char *to, const char *words);
bool	model_has_accepted(const struct model *model, const char *id);

/* ---- between model.c, model_net.c, model_imap.c, model_smtp.c, and who calls the servers directly */

struct peer {
	struct peer	*next;
	int		 fd;		/* -1: none */
	bool		 is_smtp, gone, idling;
	struct buf	 in, out;
	struct buf	 idle_tag;	/* of the IDLE that DONE answers */
	struct folder	*selected;
	const char	*envelope_from;
	struct strs	 envelope_to;
	bool		 in_data;
	size_t		 asked;		/* IMAP: up to here literals have been asked for */
};

void	model_note(struct model *model, const char *what);	/* into the log */
/* The step that must just have been announced for this; otherwise a fault. */
void	model_expect(struct model *model, const char *what, const char *const *steps);
struct folder *model_folder(struct model *model, const char *name, bool make);
struct stored_mail *folder_add(struct model *model, struct folder *folder, const struct stored_mail *mail);
const char *mail_field(struct arena *arena, const char *data, size_t len, const char *name);
/* A new connection, with the greeting. */
struct peer *model_peer(struct model *model, int fd, bool is_smtp);
void	peer_input(struct model *model, struct peer *peer);	/* what has come in is acted on */
void	model_drop_gone(struct model *model);
void	model_drop_peer(struct model *model, struct peer *peer);
enum mood model_mood(struct model *model, bool is_smtp, const char *command);
void	imap_input(struct model *model, struct peer *peer);
void	smtp_input(struct model *model, struct peer *peer);

#endif
