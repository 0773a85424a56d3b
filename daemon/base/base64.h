/* Base64 (RFC 4648): the usual alphabet, and the one for addresses and JWT, which has no padding. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/buf.h"

void	base64_add(struct buf *out, const void *data, size_t len);
void	base64url_add(struct buf *out, const void *data, size_t len);

/*
 * The first len bytes of text, of either alphabet, with or without padding,
 * appended to out.  False for what is no base64; out is then as it was.
 */
bool	base64_decode(struct buf *out, const char *text, size_t len);

#endif
