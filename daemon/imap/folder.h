/* Folders of the mailbox other than the one watched: making, looking into, putting a mail there. */
#ifndef IMAP_FOLDER_H
#define IMAP_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "imap/command.h"
#include "imap/session.h"
#include "imap/uidset.h"

/* Make and subscribe; one that is there already is well. */
int	folder_make(struct session *session, const char *folder, struct err *err);

/*
 * Mails in folder with this message-id; none if there is no such folder.
 * Another folder is selected afterwards: the caller selects its own again.
 */
int	folder_find(struct session *session, const char *folder, const char *message_id, struct uids *found_r,
	    struct err *err);

/*
 * Put the mail in fd into folder, made if missing.  Unless message_id is "",
 * the folder is searched for it first and nothing is put twice.
 * *uid_r is its UID there, 0 if the server does not say.  flags: "\\Seen".
 */
int	folder_append(struct session *session, const char *folder, const char *flags, const char *message_id,
	    int fd, uint32_t *uid_r, struct err *err);

#endif
