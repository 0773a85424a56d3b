/*
 * Domains that are made to be taken for another: one letter off, rn for m, 0
 * for o, a hyphen more or less, another ending, foreign letters that look like
 * ours, the genuine name in front of a stranger's.  Pure.
 */
#ifndef BASE_LOOKALIKE_H
#define BASE_LOOKALIKE_H

#include <stdbool.h>

/*
 * Could a reader take domain for genuine?  False for genuine itself, for what stands below it, and for endings
 * that nobody gets without proof of who they are (gov.uk, ac.uk, nhs.uk ...).  Any case; "xn--" is read.
 */
bool	domain_looks_like(const char *domain, const char *genuine);

#endif
