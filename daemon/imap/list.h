/* What lies in the selected folder: UIDs, sizes, dates; and message-ids where a repeat must be recognised. */
#ifndef IMAP_LIST_H
#define IMAP_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "imap/session.h"
#include "imap/uidset.h"

struct listed {
	uint32_t	 uid;
	uint32_t	 size_bytes;
	int64_t		 internaldate;	/* seconds since 1970 */
	char		*message_id;	/* "<...>", or NULL; owned by the list */
};

struct list {
	struct listed	*v;		/* owned; ascending by UID, each once */
	size_t		 n, room;
};

void	list_free(struct list *list);

/* Every mail with a UID of first or above. */
int	list_from(struct session *session, uint32_t first, struct list *list_r, struct err *err);
/* The mails of these UIDs that are (still) there, with message-ids if asked for. uids sorted. */
int	list_uids(struct session *session, const struct uids *uids, bool message_ids, struct list *list_r,
	    struct err *err);

/* The UIDs among these that are (still) there, sorted. */
int	list_present(struct session *session, const struct uids *uids, struct uids *present_r, struct err *err);

/* Mails in the selected folder with exactly this message-id (with its angle brackets or without), sorted. */
int	list_with_id(struct session *session, const char *message_id, struct uids *found_r, struct err *err);
/* Mails in the selected folder that came on that day, the one before or the one after (whatever the server's zone), sorted. */
int	list_around(struct session *session, int64_t internaldate, struct uids *found_r, struct err *err);
/* Can the server be asked for it at all (printable, of bearable length)? */
bool	list_id_is_askable(const char *message_id);

#endif
