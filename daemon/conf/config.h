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

struct sign_in;				/* conf/sign_in.h */

struct server {
	const char	*host;
	int		 port;
	enum tls_mode	 tls;
	const char	*ca_file;	/* NULL: the system's */
	const char	*user;
	const char	*password_file;	/* systemd credential name or path with checked rights */
	const struct sign_in *sign_in;	/* a token instead of the password; NULL: none */
	const char	*sign_in_name;	/* as written */
	int		 timeout_s;	/* on every read and write; 30 */
};

enum mode { MODE_LIVE, MODE_REVIEW, MODE_SHADOW };	/* they go; a person looks at each first; none goes */
const char *mode_name(enum mode mode);

/* More than this is held for a person (promises no-flood, no-loop); 0: it is not looked at. */
struct storm {
	int		 least;		/* so many mails an hour are never a storm; 100 */
	int		 times;		/* so many times as many as in the busiest hour of the last four weeks are one; 4 */
	int		 person_hour;	/* mails to one person in an hour; 30 */
	int		 case_day;	/* mails about one case in a day, and triage mails about none; 40 */
};

struct mailbox_config {
	const char	*name;		/* "advice" */
	const char	*address;
	struct server	 imap;
	const char	*maildir;	/* path of one on this machine, instead of imap; NULL */
	const char	*folder;	/* "INBOX" */
	const char	*sent;		/* where mail that was sent lies: "Sent Items"; NULL: not watched */
	const char	*sent_of;	/* this is such a folder, of the mailbox of that name; NULL: a mailbox */
	const char	*processed, *needs_you;	/* folder names; "Processed", "Needs you" */
	const char	*retry;		/* a mail that a person puts there is decided again: "Retry"; NULL: there is none */
	const char	*adopt;		/* date or NULL */
	bool		 settle_leave;
	bool		 own_copy;	/* each mail goes to the mailbox too, and the copy to the sent mail; yes, but for settle = "leave" */
	const char	*trust;		/* "none", "exchange-online", "header:HOST" */
	enum mode	 mode;		/* what becomes of mails that were decided */
	int		 canary_s;	/* a test mail to itself when no copy of ours has come back for so long; 0: none; 3600, but for settle = "leave" */
	int		 canary_limit_s;	/* it is overdue after; 600 */
	const char	*canary_folder;	/* where it is put; "Canary" */
	int		 silence_s;	/* without a proven look for so long, something is wrong; 900, and no less than three polls */
	int		 poll_s;	/* forced poll besides IDLE; 120 */
	int		 idle_s;	/* IDLE renewed after; 480 */
	struct where	 where;
};

/* Whom `advicectl watch` tells that something is wrong, by a way that has nothing to do with the daemon's own. */
struct alarm_config {
	struct strs	 to;		/* addresses */
	const char	*from;		/* NULL: the first of them */
	struct server	 smtp;		/* host NULL: none */
	const char	*command;	/* path of a program that gets the text; NULL: none */
	const char	*memory;	/* file: what was told last; always set */
	int		 patience_s;	/* for an answer of the daemon; 20 */
	int		 silence_s;	/* of the heartbeat; 180 */
};

/* The page for managers that the daemon writes by itself. */
struct board_config {
	const char	*file;		/* NULL: none */
	int		 every_s;	/* 600 */
	bool		 names;		/* people and children by name; no: references, roles and teams */
	const char	*group;		/* who may read it besides the daemon; NULL: the daemon's own group */
};

/* How long what is kept, in months; 0: for ever. */
struct retention {
	int		 raw_mail, cases;	/* after a case's end: mails as they were; all of its content; 3, 12 */
	int		 journal;		/* 72 */
	int		 unmatched, quarantine;	/* mails of no case, once nobody need decide about them; 3, 3 */
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
	struct server	 smtp;		/* the sending server */
	bool		 graph;		/* it is no SMTP server but Microsoft Graph: "graph" stands there instead of "smtp" */
	struct sign_in	*sign_ins;
	size_t		 sign_in_count;
	const char	*smtp_from;	/* NULL: the mailbox's own address */
	int		 per_minute;	/* token bucket; 20 */
	int		 give_up_days;	/* how long a mail that is put off is tried; 2; 0: always (tests) */
	int		 ask_after_s;	/* how long the copy of a mail that may have arrived is waited for; an hour */
	int		 max_mail_mb;	/* 100 */
	struct retention retention;
	struct storm	 storm;
	bool		 daily;		/* each mailbox's owner gets a digest every working day; true once read */
	int		 daily_at;	/* minute of the day; -1: when the pack's sending hours begin */
	bool		 join;		/* escalations of several cases to one person at one moment are one mail; true once read */
	const char	*backups;	/* where `advicectl backup` puts them; always set */
	const char	*metrics;	/* Prometheus text file; NULL: none */
	struct board_config board;
	const char	*heartbeat;	/* file that is written while every process answers; always set */
	int		 low_space_mb;	/* less than this left on the disk is wrong; 1024 */
	struct alarm_config alarm;
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
/*
 * The password from $CREDENTIALS_DIRECTORY/NAME or the file (0600 or 0400, owned by us or root), trailing line end cut;
 * for a server with a sign-in, what sign_in_secret() gives.
 */
int	config_secret(const struct server *server, char **secret_r, struct err *err);

#endif
