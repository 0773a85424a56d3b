/*
 * The SMTP dialogue: one mail, one transaction, and an exact account of what
 * became of it.  Nothing is sent to anybody when a recipient is refused.
 */
#ifndef SEND_DIALOGUE_H
#define SEND_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "ipc/wire.h"
#include "send/transport.h"

#define DIALOGUE_RECIPIENTS	500

struct dialogue {			/* what is known about a connection */
	struct transport transport;
	int		 timeout_ms;
	bool		 broken;	/* not to be used for another mail */
	bool		 has_size, has_8bitmime, has_smtputf8, has_pipelining;
	bool		 has_xoauth2, has_oauthbearer;
	uint64_t	 size_max;	/* 0: no limit stated */
	struct buf	 in;		/* received, not yet read */
};

struct smtp_reply {
	int	code;			/* 0: there was none */
	char	text[256];		/* printable, lines joined */
};

struct smtp_outcome {
	enum send_result result;
	struct smtp_reply reply;	/* code 0: our own sentence; a recipient's: or what was said to the whole mail */
};

struct smtp_mail {
	const char	*from;
	const char	**to;
	size_t		 to_count;
	int		 fd;		/* read from offset 0 by pread; borrowed */
	/* The body is asked for. -1: nothing of it is sent. */
	int		(*sending)(void *ctx, struct err *err);
	void		*ctx;
};

/*
 * What became of a mail, and of each recipient.  Where some recipients are
 * refused, nothing was sent: the mail is SEND_RETRY (SEND_FAILED if all are
 * gone for good; what is refused because of us or of the mail, refusal.h, is
 * said of each recipient alike), each refused one has its own result and reply, and the
 * others are SEND_RETRY with the server's 2xx: a mail to these alone can go
 * at once.
 */
struct smtp_account {
	struct smtp_outcome	 mail;
	struct smtp_outcome	*recipients;	/* the caller's, as many as mail->to_count */
	uint32_t		 retry_after_s;	/* as the transport said; 0: nothing */
};

/* EHLO; own_name is what we call ourselves. ERR_RETRY. */
int	dialogue_begin(struct dialogue *dialogue, const struct transport *transport, int timeout_ms,
	    const char *own_name, struct err *err);
void	dialogue_free(struct dialogue *dialogue);

/* Never fails as a call: whatever happens is the account. */
void	dialogue_mail(struct dialogue *dialogue, const struct smtp_mail *mail, struct smtp_account *account);

/* QUIT, waiting for the answer only shortly. */
void	dialogue_end(struct dialogue *dialogue);

/* An address that can stand between < and > without changing what the command says. */
bool	smtp_address_is_safe(const char *address);

#endif
