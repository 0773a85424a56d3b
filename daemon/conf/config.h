/*
 * The daemon's configuration (adviced.cfg, libconfig): load and check, all
 * problems at once with file and line.
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "rule/read.h"

enum tls_mode { TLS_IMPLICIT, TLS_STARTTLS, TLS_NONE };	/* TLS_NONE: loopback only */

struct server {
	const char	*host;
	int		 port;
	enum tls_mode	 tls;
	const char	*ca_file;	/* NULL: the system's */
	const char	*user;
	const char	*password_file;	/* systemd credential name or path with checked rights */
	int		 timeout_s;	/* on every read and write; 30 */
};

struct mailbox_config {
	const char	*name;		/* "advice" */
	const char	*address;
	struct server	 imap;
	const char	*folder;	/* "INBOX" */
	const char	*sent;		/* where mail that was sent lies: "Sent Items"; NULL: not watched */
	const char	*sent_of;	/* this is such a folder, of the mailbox of that name; NULL: a mailbox */
	const char	*processed, *needs_you;	/* folder names; "Processed", "Needs you" */
	const char	*adopt;		/* date or NULL */
	bool		 settle_leave;
	const char	*trust;		/* "none", "exchange-online", "header:HOST" */
	int		 poll_s;	/* forced poll besides IDLE; 120 */
	int		 idle_s;	/* IDLE renewed after; 480 */
	struct where	 where;
};

struct config {
	const char	*file;
	const char	*rules, *calendars;	/* folders; NULL: not set, see place_defaults() */
	const char	*spool, *database, *socket;	/* paths, always set */
	struct strs	 packs;
	const char	*administrator;	/* address */
	const char	*lists_folder;	/* watched for new lists; NULL: none is */
	const char	*directory_file, *involvement_file;	/* their names in it; "directory.csv", "involvement.csv" */
	int		 stale_days;	/* a list is stale after; 0: never said */
	/*
	 * All that is watched, each by a process of its own: the mailboxes as written, then for each with "sent" that
	 * folder as one more, "advice.sent": read only, nothing is moved.
	 */
	struct mailbox_config *mailboxes;
	size_t		 mailbox_count;
	struct server	 smtp;
	const char	*smtp_from;	/* NULL: the mailbox's own address */
	int		 per_minute;	/* token bucket; 20 */
	int		 max_mail_mb;	/* 100 */
	struct limits	 limits;	/* on reading one */
	const char	*log_level;
};

/* The whole file as text; a byte that is none would hide whatever stands behind it. */
int	config_text(const char *path, struct buf *text, struct err *err);
/* Problems as for packs.  0 only if there are none. */
int	config_read(struct arena *arena, const char *path, struct config **config_r, struct problems *problems);
/* The same from text that was read before: the parent reads the file once, and every role gets what it read. */
int	config_parse(struct arena *arena, const char *path, const char *text, struct config **config_r, struct problems *problems);
const struct mailbox_config *config_mailbox(const struct config *config, const char *name);
/* The name that packs watch it by: its own, or of the mailbox whose sent mail it is. */
const char *mailbox_watched_as(const struct mailbox_config *mailbox);
size_t	config_mailboxes(const struct config *config);	/* without the folders of sent mail */
/* The password from $CREDENTIALS_DIRECTORY/NAME or the file (0600 or 0400, owned by us or root), trailing line end cut. */
int	config_secret(const struct server *server, char **secret_r, struct err *err);

#endif
