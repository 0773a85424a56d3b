/*
 * What a server says, on its way to libetpan, without what that cannot bear:
 * it follows no pointer where a list of permanent flags is not well formed.
 */
#ifndef IMAP_TAME_H
#define IMAP_TAME_H

#include <stddef.h>
#include <stdint.h>

/* Instead of PERMANENTFLAGS, outside literals, so that nobody but select.c knows it. */
#define TAME_FLAGS	"PERMANENTFLAGX"

struct tame {			/* zeroed: at the beginning of a line */
	uint64_t	 literal;	/* bytes of a literal that are still to come */
	char		 start[4];	/* of the line */
	size_t		 column;
	size_t		 matched;	/* bytes of the word */
	uint64_t	 number;	/* behind "{" at the end of what there is of the line */
	enum { TAME_TEXT, TAME_BRACE, TAME_DIGITS, TAME_CLOSED } at;
};

/* The next bytes, in whatever pieces they come; changed in place, never their number. */
void	tame_bytes(struct tame *tame, char *data, size_t len);

#endif
