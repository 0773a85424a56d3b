/*
 * How much of a stranger's mail is looked at: the settings of the group
 * "limits", each with its name, unit, bounds and default in one place.  conf/
 * reads them, the parent hands them to adviced-parse as options of the same
 * names, mail/ keeps to them (mail/parse.h says what each one bounds).
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#include "base/str.h"

enum limit_unit { LIMIT_NUMBER, LIMIT_SECONDS, LIMIT_KILOBYTES, LIMIT_MEGABYTES };

/* member, name, unit, lowest, highest, default and why */
#define LIMITS(X) \
	X(parse_time_s, "parse-time", LIMIT_SECONDS, 1, 600, 5)			/* real mail: milliseconds */ \
	X(parse_memory_mb, "parse-memory", LIMIT_MEGABYTES, 128, 2048, 512)	/* the libraries alone take some 100 */ \
	X(nesting, "nesting", LIMIT_NUMBER, 5, 500, 100)			/* real mail: under 20 */ \
	X(parts, "parts", LIMIT_NUMBER, 10, 100000, 1000)			/* real mail: under 200 */ \
	X(header_kb, "header", LIMIT_KILOBYTES, 16, 8192, 1024)			/* Exchange's own limit is 256 KB */ \
	X(text_kb, "text", LIMIT_KILOBYTES, 4, 512, 256)			/* some 100 pages */ \
	X(documents_mb, "attachments", LIMIT_MEGABYTES, 1, 2000, 150)		/* Exchange Online's largest mail */ \
	X(document_mb, "attachment", LIMIT_MEGABYTES, 1, 500, 30)		/* a long scan */ \
	X(unpacked_mb, "attachment-unpacked", LIMIT_MEGABYTES, 1, 2000, 100)	/* real forms: under 5 */ \
	X(ratio, "attachment-ratio", LIMIT_NUMBER, 10, 10000, 200)		/* real forms: under 60 */ \
	X(entries, "attachment-entries", LIMIT_NUMBER, 10, 100000, 2000)	/* real forms: under 100 */ \
	X(pages, "attachment-pages", LIMIT_NUMBER, 1, 10000, 300)		/* real advice: under 50 */ \
	X(document_text_kb, "attachment-text", LIMIT_KILOBYTES, 4, 512, 128)	/* some 50 pages */ \
	X(documents_time_s, "attachment-time", LIMIT_SECONDS, 1, 600, 3)	/* leaves time for the mail itself */

#define LIMIT_MEMBER(member, name, unit, low, high, normal)	int member;
struct limits { LIMITS(LIMIT_MEMBER) };
#undef LIMIT_MEMBER

#define LIMIT_NORMAL(member, name, unit, low, high, normal)	LIMIT_NORMAL_##member = normal,
enum limit_normal { LIMITS(LIMIT_NORMAL) LIMIT_NORMAL_END };
#undef LIMIT_NORMAL

struct limit_row {
	const char	*name;
	enum limit_unit	 unit;
	int		 low, high;
	size_t		 offset;	/* of its int in struct limits */
};

extern const struct limits limits_default;
extern const struct limit_row limit_rows[];	/* ends with a NULL name */

/* The row of a name, or NULL; and its value in limits. */
const struct limit_row *limit_find(const char *name);
int	*limit_value(struct limits *limits, const struct limit_row *row);

/* "--nesting", "100", ...: as adviced-parse takes them. */
void	limits_words(struct arena *arena, const struct limits *limits, struct strs *words);

#endif
