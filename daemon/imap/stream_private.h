/* What the parts of the stream share; nobody else looks in here. */
#ifndef IMAP_STREAM_PRIVATE_H
#define IMAP_STREAM_PRIVATE_H

#include <gnutls/gnutls.h>

#include "imap/stream.h"
#include "imap/tame.h"

struct stream {
	int			 fd;
	char			*host;
	int			 timeout_s;
	gnutls_session_t	 tls;		/* NULL: plain text to this machine */
	gnutls_certificate_credentials_t credentials;
	gnutls_typed_vdata_st	 owner[2];	/* whose certificate it must be: name, and purpose */
	bool			 verified;
	struct stream_turn	 turn;
	int64_t			 next_turn_ms;
	int64_t			 step_ms, end_ms;	/* the step began; and ends, whatever comes */
	int64_t			 deadline_ms;	/* by then something more has come */
	size_t			 since_progress;	/* bytes since that was set */
	size_t			 in_line;	/* bytes since the last line end */
	uint64_t		 announced, left;	/* what may come: 0 for the usual; and what of it still may */
	bool			 long_lines;
	struct tame		 tame;
	struct err		 why;
};

/* Until the socket is ready or the deadline has passed: 0 or -1 with stream->why. */
int	stream_wait(struct stream *stream, short events);
/* TLS handshake with the certificate and host name verified; -1 with stream->why. */
int	stream_handshake(struct stream *stream, const char *ca_file);

#endif
