/*
 * NHS numbers and UPNs by their check digits.  Pure.
 * Fails: never; a number that does not check is none.
 */
#ifndef MAIL_IDENTIFIER_H
#define MAIL_IDENTIFIER_H

#include <stdbool.h>

bool	nhs_number_is_valid(const char *ten_digits);
/* Thirteen characters, letters in capitals: permanent (12 digits) or temporary (11 and a letter). */
bool	upn_is_valid(const char *upn);

#endif
