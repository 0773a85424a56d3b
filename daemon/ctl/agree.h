/* What the configuration and the packs must agree on: which mailbox is watched by which pack. */
#ifndef CTL_AGREE_H
#define CTL_AGREE_H

#include "conf/config.h"

/* watched: the mailboxes that packs watch so far; the pack's are added. */
void	agree_pack(const struct config *config, const struct pack *pack, struct strs *watched, struct problems *problems);
/* Once every pack has been asked. */
void	agree_mailboxes(const struct config *config, const struct strs *watched, struct problems *problems);

#endif
