/*
 * Sign-in with a token instead of a password: what adviced.cfg says of an
 * application that Microsoft 365 or Google lets in, in the group "sign-in".
 * It acts for itself: nobody's personal sign-in, and no refresh token, is kept.
 */
#ifndef CONF_SIGN_IN_H
#define CONF_SIGN_IN_H

#include "base/date.h"
#include "rule/read_value.h"

struct config;
struct server;

enum sign_in_kind { SIGN_IN_UNKNOWN, SIGN_IN_MICROSOFT, SIGN_IN_GOOGLE };

struct sign_in {
	const char	*name;			/* "office" */
	enum sign_in_kind kind;
	const char	*tenant, *client;	/* Microsoft: the directory's and the application's id */
	const char	*secret_file;		/* Microsoft: either this ... */
	const char	*certificate_file, *key_file;	/* ... or these, PEM */
	const char	*account_file;		/* Google: the service account's key, JSON */
	const char	*scope;			/* for IMAP and SMTP; NULL: the provider's usual one */
	const char	*token_url;		/* always set */
	const char	*ca_file;		/* for the token's server; NULL: the system's */
	dayno		 secret_expires;	/* DAY_NONE: not said */
	int		 renew_early_s;		/* before a token ends; 300 */
	int		 timeout_s;		/* for one request; 30 */
	struct where	 where;
};

/* The reader of the group; at is the struct config. */
void	key_sign_ins(struct reader *reader, const struct node *node, void *at);
/* A server's "sign-in = NAME" becomes a pointer; what: as said in messages; node: the server's group, may be NULL. */
void	sign_in_find(struct reader *reader, const struct config *config, struct server *server, const struct node *node,
	    const char *what);

/*
 * What the role needs to prove who it is, as one text: the secret; the
 * certificate with its key, PEM; or the account's JSON.  As config_secret().
 */
int	sign_in_secret(const struct sign_in *sign_in, char **secret_r, struct err *err);

#endif
