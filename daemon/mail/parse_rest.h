/*
 * What only few mails need and every fork would have to carry: the reader of
 * PDFs, and character sets of several bytes, some 350 of 520 mappings.  It is
 * loaded in a process of its own (parse_start_rest()); a mail that turns out
 * to need it is given up where it is not, and read there from the beginning.
 */
#ifndef MAIL_PARSE_REST_H
#define MAIL_PARSE_REST_H

#include <stdbool.h>

/* It is loaded: parse_start_rest() only. */
void	parse_rest_came(void);

/* Somebody needs it: is it there?  Where not, that is remembered for parse_rest_missed(). */
bool	parse_rest_loaded(void);

/* Was it needed, and was not there?  Then the reading of this mail is worth nothing. */
bool	parse_rest_missed(void);

#endif
