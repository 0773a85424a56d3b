/*
 * The mail servers of the crash sweep: IMAP and SMTP on loopback, in the
 * driver's process, so that what they hold survives the end of the daemon's.
 * Only what the daemon says is understood; anything else is answered BAD and
 * noted as a fault.
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
};

struct folder {
	const char	*name;
	uint32_t	 uidvalidity, uidnext;
	struct stored_mail *mails;
	size_t		 count;
};

struct accepted_mail {			/* by the SMTP server, after the final dot */
	const char	*from;
	const char	*to;		/* in order of address, with spaces between */
	const char	*data;
	size_t		 len;
	const char	*id, *subject;
};

struct peer;

struct model {
	struct arena		*arena;
	bool			 can_move, can_uidplus;
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

struct model *model_new(bool can_move, bool can_uidplus);
void	model_free(struct model **model);
/* Forget every mail and connection: a new life. */
void	model_reset(struct model *model);
/* Serve until ready_fd is readable or closed. */
void	model_serve(struct model *model, int ready_fd);
void	model_hang_up(struct model *model);	/* on every connection: the daemon is gone */

/* Mail with LF or CRLF line ends into the inbox. */
void	model_deliver(struct model *model, const char *text, instant at);
/* The latest mail to this address whose subject holds the words; NULL if none. */
const struct accepted_mail *model_latest(const struct model *model, const char *to, const char *words);
bool	model_has_accepted(const struct model *model, const char *id);

/* ---- between model.c, model_imap.c and model_smtp.c */

struct peer {
	struct peer	*next;
	int		 fd;
	bool		 is_smtp, gone;
	struct buf	 in, out;
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
void	imap_input(struct model *model, struct peer *peer);
void	smtp_input(struct model *model, struct peer *peer);

#endif
