/*
 * The store's own past, read and never written, for advicectl replay: which
 * mails came when, what people changed, which lists were imported.
 * Fails: as store.h says.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/store.h"

/*
 * A store that another process may be writing to, as it stands at this moment, until it is closed: nothing can be written
 * with this handle, and nobody waits for it.  ERR_CONFIG: there is none, it may not be read, or it was made by another
 * version of the program.
 */
int	store_open_reading(const char *path, struct store **store_r, struct err *err);

struct history_mail {
	int64_t		 id;
	int64_t		 case_id;	/* where it is now, 0 */
	int64_t		 first_case;	/* before any change moved it */
	instant		 at;		/* when it was decided */
	instant		 received;
	const char	*kind;
	const char	*mailbox;	/* name of the one it was first seen in, "" unknown */
	bool		 erased;	/* its text is gone */
};
int	store_history_mails(struct store *store, struct arena *arena, const char *pack, struct history_mail **mails_r, size_t *count_r, struct err *err);
int	store_history_changes(struct store *store, struct arena *arena, int64_t **ids_r, size_t *count_r, struct err *err);	/* oldest first */

struct history_import { instant at; bool same; };	/* same: the list was that of the import before it */
int	store_history_imports(struct store *store, struct arena *arena, const char *list, struct history_import **imports_r, size_t *count_r, struct err *err);
/* The whole list in force. */
int	store_history_involvement(struct store *store, struct arena *arena, struct involvement_list **list_r, struct err *err);
/* The list in force was imported once more, as it is. */
int	store_import_again(struct store *store, const char *list, instant at, struct err *err);

/* Mails of a pack that went out, and how many of their recipients a mail server has refused. */
int	store_history_sent(struct store *store, const char *pack, int64_t *sent_r, int64_t *unsent_r, int64_t *refused_r, struct err *err);

#endif
