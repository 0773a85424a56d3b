/*
 * A connection to an SMTP submission server: TCP, TLS 1.2 or better with the
 * certificate and host name verified, sign-in.  What is said on it afterwards
 * is dialogue.h's.
 */
#ifndef SEND_SMTP_H
#define SEND_SMTP_H

#include "conf/config.h"
#include "send/transport.h"
#include "signin/signin.h"

struct smtp;

/* A descriptor to look after while a server keeps us waiting (the parent asking: alive?). */
struct smtp_watch {
	void	*ctx;
	int	 fd;		/* -1: none */
	void	(*ready)(void *ctx);
};

/* server is borrowed and must outlive it; password is copied, NULL without sign-in. */
struct smtp *smtp_new(const struct server *server, const char *password);
void	smtp_free(struct smtp **smtp);
void	smtp_watch(struct smtp *smtp, struct smtp_watch watch);

/* Sign in with tokens from here, as the server's configuration says; borrowed. */
void	smtp_use_signin(struct smtp *smtp, struct signin *signin);

struct connector smtp_connector(struct smtp *smtp);

/* The name under which we greet: the machine's own where it is fit to be said, else "localhost". */
void	smtp_own_name(char name_r[256]);

#endif
