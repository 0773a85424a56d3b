/*
 * What proves to a token server who we are: a secret, or something signed
 * with our key (a JSON Web Token, RFC 7515, 7519, 7523).
 */
#ifndef SIGNIN_PROOF_H
#define SIGNIN_PROOF_H

#include "base/buf.h"
#include "conf/sign_in.h"

struct proof;

/* secret: from sign_in_secret(); borrowed for the call.  ERR_CONFIG, saying which file is wrong and how. */
int	proof_new(const struct sign_in *sign_in, const char *secret, struct proof **proof_r, struct err *err);
void	proof_free(struct proof **proof);

/* The last day on which it is good, as the certificate or the configuration says; DAY_NONE: not known. */
dayno	proof_ends(const struct proof *proof);

struct proof_for {
	const char	*scope;
	const char	*user;		/* Google: in whose name */
	int64_t		 now;		/* seconds, UTC */
	const char	*id;		/* random, of this request alone */
};

/* The body of the request for a token (a form).  The caller wipes it.  ERR_CONFIG when the key cannot sign. */
int	proof_form(const struct proof *proof, const struct proof_for *wanted, struct buf *out, struct err *err);

#endif
