/*
 * Reading JSON (RFC 8259) that a server sends: strictly, whole, and never
 * deeper or larger than it may be.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define JSON_DEPTH_MAX	32
#define JSON_SIZE_MAX	(1024 * 1024)

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

struct json {
	enum json_type	 type;
	const char	*name;		/* in an object; else NULL */
	const char	*text;		/* JSON_TEXT: UTF-8 without NUL; JSON_NUMBER: as it stands there */
	struct json	*items;		/* JSON_LIST, JSON_OBJECT, in their order */
	size_t		 count;
};

/*
 * All of data is one value.  ERR_RETRY for what is no JSON, is not UTF-8, has
 * a NUL in a text, the same name twice in an object, or passes a limit.
 */
int	json_read(struct arena *arena, const char *data, size_t len, const struct json **json_r, struct err *err);

/* A member of an object; NULL when there is none, or json is no object (or NULL). */
const struct json *json_member(const struct json *json, const char *name);
/* Its text; NULL when it is none. */
const char *json_member_text(const struct json *json, const char *name);
/* A whole number in lo..hi, as number or as text of digits; false leaves *value_r alone. */
bool	json_member_number(const struct json *json, const char *name, long lo, long hi, long *value_r);

#endif
