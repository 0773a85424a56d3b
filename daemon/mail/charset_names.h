/*
 * What mail calls its character sets, and what there is to read them with:
 * charset.c is the one who uses it.  Labels here are folded.  Mail has never
 * been written in EBCDIC, so those sets are left out; a mail that names one
 * is told to be unreadable like any other unknown name.
 */
#ifndef MAIL_CHARSET_NAMES_H
#define MAIL_CHARSET_NAMES_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

#define CHARSET_LABEL_MAX 68

struct charset_table {
	const char		*name;		/* the C library's */
	const unsigned short	*codes;		/* of 256 bytes; U+FFFD where there is no such character */
	bool			 latin;		/* accents in a row are no word of its languages */
};

/* A label as it stands in a mail, folded: lower case, letters and digits, a space at either end. */
void	charset_label(const char *charset, char *label, size_t size);

bool	charset_table(const char *label, struct charset_table *table_r);
/*
 * An open converter to UTF-8, or (iconv_t)-1.  *next is 0 at first and is
 * moved on: what goes by one label differs among makers.
 */
iconv_t	charset_converter(const char *label, size_t *next, const char **name_r);

/* 0x80 to 0x9f as Windows-1252 has them; U+FFFD where it has nothing. */
unsigned charset_without_controls(unsigned code);

#endif
