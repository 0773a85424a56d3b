/*
 * A frozen mail as Microsoft Graph wants it: the whole of it, with CRLF, in
 * base64.  Graph has no envelope: who gets the mail is read from its headers.
 */
#ifndef SEND_GRAPH_MIME_H
#define SEND_GRAPH_MIME_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define GRAPH_MIME_MOST	((size_t)3 * 1024 * 1024)	/* of a mail: Graph takes 4 MB in one piece, and base64 makes 4 of 3 */

/*
 * mail to out.  Recipients that stand in no To or Cc get a Bcc header, which
 * Exchange takes off before anybody sees it.  ERR_MESSAGE when the mail is
 * too large, has no headers that can be read, or names people in To, Cc or
 * Bcc who are not among its recipients: they would get it too.
 */
int	graph_mime(const char *mail, size_t len, const char *const *to, size_t to_count, struct buf *out, struct err *err);

#endif
