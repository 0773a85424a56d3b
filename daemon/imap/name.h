/* Folder names as IMAP writes them (modified UTF-7, RFC 3501 section 5.1.3). */
#ifndef IMAP_NAME_H
#define IMAP_NAME_H

#include "base/buf.h"

/* UTF-8 to modified UTF-7, put behind what is in out. */
void	name_encode(const char *folder, struct buf *out);

/*
 * And back; what is no modified UTF-7 (some servers write UTF-8) is taken as
 * it is, control characters and bad UTF-8 as U+FFFD.
 */
void	name_decode(const char *wire, struct buf *out);

#endif
