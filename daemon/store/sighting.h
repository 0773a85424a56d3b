/* Inside the store only: what a row of the table sighting is made of. */
#ifndef STORE_SIGHTING_H
#define STORE_SIGHTING_H

#include "store/sql.h"

#define SIGHTING_COLUMNS "id, mailbox, uidvalidity, uid, state, message, spool_name, received, strikes, why, size," \
			" message_key IS NOT NULL"

void	sighting_read(struct query *q, struct arena *arena, struct sighting_row *row);
/* A message-id, with its angle brackets or without, as the key that both have; NULL or "": NULL. */
void	sighting_put_key(struct query *q, const char *message_id);

#endif
