/*
 * One folder of a maildir: the maildir itself ("INBOX"), or, as Maildir++ has
 * it, ".Name" beside cur, new and tmp; "A/B" is ".A.B".
 */
#ifndef MAILDIR_FOLDER_H
#define MAILDIR_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct maildir_folder {
	int	dir, cur, new, tmp;	/* owned */
};

struct maildir_mail {
	const char	*base;		/* the file's name up to its flags */
	const char	*name;		/* as it is now */
	bool		 in_new;
	uint64_t	 size;
	int64_t		 mtime;		/* stands for INTERNALDATE */
};

/* there_r false and 0: there is no such folder (make: it is made). */
int	maildir_open(const char *path, const char *name, bool make, struct maildir_folder *folder_r, bool *there_r,
	    struct err *err);
void	maildir_close(struct maildir_folder *folder);

/* Every mail, by base; one that is renamed while this reads may be missing, and is there the next time. */
int	maildir_scan(struct arena *arena, const struct maildir_folder *folder, struct maildir_mail **mails_r, size_t *count_r,
	    struct err *err);
const struct maildir_mail *maildir_find(const struct maildir_mail *mails, size_t count, const char *base);

/* For reading; -1 with ERR_MESSAGE when it has gone meanwhile. */
int	maildir_open_mail(const struct maildir_folder *folder, const struct maildir_mail *mail, int *fd_r, struct err *err);
/* "<...>" of its header, "" without; ERR_MESSAGE as above. */
int	maildir_message_id(struct arena *arena, const struct maildir_folder *folder, const struct maildir_mail *mail,
	    const char **id_r, struct err *err);
/* Into the other folder's cur, with its flags, durable.  ERR_MESSAGE when it has gone meanwhile. */
int	maildir_move(const struct maildir_folder *from, const struct maildir_mail *mail, const struct maildir_folder *to,
	    struct err *err);

#endif
