/* The Markdown subset of templates, taken apart once for both of a mail's parts. */
#ifndef MAIL_MARKUP_H
#define MAIL_MARKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum block_kind { BLOCK_PARAGRAPH, BLOCK_HEADING, BLOCK_LIST, BLOCK_TABLE, BLOCK_QUOTE };

struct block {
	enum block_kind	 kind;
	struct strs	 lines;		/* paragraph and quote: lines; list: items; heading: one */
	struct strs	*rows;		/* table: cells; the first row holds the headings */
	size_t		 row_count;
};

struct blocks {
	struct block	*v;
	size_t		 n;
};

struct blocks markup_read(struct arena *arena, const char *text);

enum span_kind { SPAN_TEXT, SPAN_BOLD, SPAN_LINK };

struct span {
	enum span_kind	 kind;
	const char	*text;
	const char	*url;		/* SPAN_LINK: http, https or mailto */
};

/* The next piece of a line; *at moves on. False at its end. */
bool	markup_span(struct arena *arena, const char **at, struct span *span_r);

/* The line end behind this line is wrapping, not meaning. */
bool	markup_is_wrapped(const char *line);

#endif
