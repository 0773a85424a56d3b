/*
 * From bytes in some character set to UTF-8.  The C library loads its
 * converters from files, which the sandbox forbids, so all that mail uses are
 * read into tables, or opened for good, before it closes (charset_start; the
 * names are in charset_names.c).  What cannot be
 * decoded becomes U+FFFD and is said; the answer is never silently empty.
 * Fails: never.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

void	charset_start(void);
/* The converters of sets that few mails are written in; parse_start_rest() only. */
void	charset_start_rest(void);

/*
 * charset may be NULL or "" (not labelled).  *trouble_r is NULL, or the end of
 * a sentence: "is labelled x-unknown, which is not a known character set".
 */
char	*charset_decode(struct arena *arena, const char *charset, const char *bytes, size_t len,
	    const char **trouble_r);

/* Bytes of the UTF-8 character at text, 0 when it is not valid. */
size_t	utf8_length(const char *text, size_t len);

/* Write a code point as UTF-8 to out (room for 4); returns its length. */
size_t	utf8_put(char *out, unsigned code);

/* LF line ends, no-break spaces as spaces, no invisible or control characters. */
char	*charset_tidy(struct arena *arena, const char *text);

#endif
