/* A letter's attachments as MIME parts. */
#ifndef MAIL_COMPOSE_PARTS_H
#define MAIL_COMPOSE_PARTS_H

#include <gmime/gmime.h>

#include "mail/compose.h"

/* Add every document and the pack's file to mixed; descriptors and parts live as long as arena. */
int	compose_attach(struct arena *arena, const struct letter *letter, const struct compose_files *files,
	    GMimeMultipart *mixed, struct err *err);
bool	compose_has_attachments(const struct letter *letter);

#endif
