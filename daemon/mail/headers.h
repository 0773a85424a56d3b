/*
 * Header values as people should read them.  Encoded words (RFC 2047) and
 * parameters (RFC 2231) are scanned here and not by the MIME library, which
 * drops without a word what it cannot decode.  Real mail's broken forms are
 * read too.  What cannot be decoded becomes U+FFFD and a remark.
 * Fails: never.
 */
#ifndef MAIL_HEADERS_H
#define MAIL_HEADERS_H

#include "base/arena.h"
#include "base/str.h"
#include "mail/message.h"

#define HEADER_REMARKS_MAX	40

/* Remember a sentence, once, and only so many. */
void	remark_add(struct arena *arena, struct strs *remarks, const char *sentence);

/* raw: as it stands in the mail, folded.  what: "subject", for the remark. */
char	*header_decode(struct arena *arena, const char *raw, const char *what, struct strs *remarks);

/* A parameter ("filename") of a raw Content-Type or Content-Disposition; NULL when absent. */
char	*header_param(struct arena *arena, const char *raw, const char *name, struct strs *remarks);

/* The ids in < > of a Message-ID, In-Reply-To or References, in order. */
void	header_ids(struct arena *arena, const char *raw, struct strs *ids);

/* A date header; INSTANT_NONE when there is none to be read. */
instant	header_date(const char *value);

/* First 22 bytes of a Thread-Index, in hex; "" when it has fewer. */
char	*header_thread_root(struct arena *arena, const char *value);

/* Addresses of a raw From, To ... (groups, comments, unquoted "Surname, Forename <a@b>"). */
void	address_parse(struct arena *arena, const char *raw, const char *what, struct strs *remarks,
	    struct mail_addresses *list);

#endif
