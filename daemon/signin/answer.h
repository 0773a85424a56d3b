/* What a token server answers (RFC 6749, 5.1 and 5.2). */
#ifndef SIGNIN_ANSWER_H
#define SIGNIN_ANSWER_H

#include "base/arena.h"
#include "base/err.h"

#define TOKEN_MOST	(16 * 1024)

struct token_answer {
	const char	*token;		/* printable, without white space; in the arena */
	int		 lifetime_s;	/* 1 to a day */
};

/*
 * 0 with a token; else -1 with what is wrong: ERR_MAILBOX where a person must
 * act, ERR_RETRY where it may pass.  who is said in front.
 */
int	answer_read(struct arena *arena, const char *who, int status, const char *body, size_t len, struct token_answer *answer_r,
	    struct err *err);

#endif
