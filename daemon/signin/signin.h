/*
 * A source of tokens: asks for one when it is wanted, keeps it in memory
 * alone, and replaces it before it ends.  Each role that signs in has one of
 * its own.
 *
 * Refresh tokens are not used: they stand for a person's sign-in, end when
 * that person leaves, and, since each use replaces them, must be stored before
 * use or are lost.  An application asks anew with its certificate or secret.
 */
#ifndef SIGNIN_SIGNIN_H
#define SIGNIN_SIGNIN_H

#include <stdint.h>

#include "base/err.h"
#include "conf/sign_in.h"

struct signin;

struct signin_start {
	const struct sign_in *sign_in;	/* borrowed; must outlive it */
	const char	*secret;	/* sign_in_secret()'s; borrowed for the call */
	const char	*user;		/* the mailbox; borrowed for the call */
	const char	*scope;		/* NULL: sign_in's, or the usual one for mail */
	/* Called at least once a second while a server keeps us waiting; false: give up. */
	bool		(*turn)(void *ctx);
	void		*turn_ctx;
};

/* ERR_CONFIG when the secret or key cannot be used. */
int	signin_new(const struct signin_start *start, struct signin **signin_r, struct err *err);
void	signin_free(struct signin **signin);
/* Would it work, as far as can be seen without asking a server? */
int	signin_check(const struct sign_in *sign_in, const char *secret, struct err *err);

/*
 * A token that is good for now, valid until the next call.  It is renewed
 * when its time has come; as long as the old one is good, a failure of that
 * is no failure here, but signin_trouble().  -1: there is none; callers wait
 * before they try again.
 */
int	signin_token(struct signin *signin, const char **token_r, struct err *err);
/* The server refused it: it is not used again. */
void	signin_forget(struct signin *signin);

/* Real time (clock_real_ms()) at which signin_token() should be called anew, also while a connection stands. */
int64_t	signin_renew_ms(const struct signin *signin);
/* Another number with each new token: a connection signed in under an older one is to be replaced. 0: none yet. */
unsigned signin_number(const struct signin *signin);
/* Why the last renewal failed; ERR_NONE when it did not. */
const struct err *signin_trouble(const struct signin *signin);
/* The last day on which the secret or certificate is good; DAY_NONE: not known. */
dayno	signin_ends(const struct signin *signin);

#endif
