/*
 * Writing JSON onto a buf: one object or list at a time, commas by itself.
 *	json_open(out, '{'); json_str(out, "kind", kind); json_close(out, '}');
 * name is NULL inside a list.  A NULL text is written as null.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

void	json_open(struct buf *out, const char *name, char bracket);	/* '{' or '[' */
void	json_close(struct buf *out, char bracket);			/* '}' or ']' */
void	json_str(struct buf *out, const char *name, const char *text);
void	json_strs(struct buf *out, const char *name, const struct strs *list);
void	json_int(struct buf *out, const char *name, int64_t value);
void	json_bool(struct buf *out, const char *name, bool value);

#endif
