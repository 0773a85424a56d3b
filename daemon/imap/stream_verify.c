/*
 * The TLS handshake, and whom we believe.  Run by the fetch role.
 * Invariant: the handshake ends well only if the certificate chains to a
 * trusted issuer, is in date, is for servers, and bears the name we asked
 * for; GnuTLS checks inside the handshake, before anything of ours is sent.
 * Fails: ERR_MAILBOX for a certificate, ERR_CONFIG for an unreadable CA file,
 * ERR_RETRY for the rest.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/x509.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "imap/stream_private.h"

#define PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define NAMES_SHOWN	5

static bool
is_ip(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void
add_name(struct buf *out, const char *name, size_t len)
{
	struct arena *arena = arena_new();

	buf_printf(out, "%s%s", out->len > 0 ? ", " : "",
	    str_visible(arena, arena_strndup(arena, name, len), 80));
	arena_free(&arena);
}

/* The names that the server's certificate bears. */
static void
names_borne(gnutls_session_t tls, struct buf *out)
{
	gnutls_x509_crt_t cert = NULL;
	const gnutls_datum_t *chain;
	unsigned count = 0, type;
	char name[256];
	size_t len;

	chain = gnutls_certificate_get_peers(tls, &count);
	if (count == 0 || gnutls_x509_crt_init(&cert) < 0)
		return;
	if (gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) < 0)
		goto out;
	for (unsigned i = 0; i < NAMES_SHOWN; i++) {
		len = sizeof(name);
		if (gnutls_x509_crt_get_subject_alt_name2(cert, i, name, &len, &type, NULL) < 0)
			break;
		if (type == GNUTLS_SAN_DNSNAME)
			add_name(out, name, len);
	}
	len = sizeof(name);
	if (out->len == 0 && gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
	    name, &len) >= 0)
		add_name(out, name, len);
out:
	gnutls_x509_crt_deinit(cert);
}

static int
fail_certificate(struct stream *stream)
{
	unsigned status = gnutls_session_get_verify_cert_status(stream->tls);
	struct buf names = BUF_INIT;
	const char *what = "cannot be trusted";

	/* What an administrator mends first comes first. */
	if (status & GNUTLS_CERT_REVOKED)
		what = "has been revoked";
	else if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
		what = "was issued by somebody we do not know; if it is your own authority, name its "
		    "certificate in ca-file";
	else if (status & GNUTLS_CERT_EXPIRED)
		what = "has expired";
	else if (status & GNUTLS_CERT_NOT_ACTIVATED)
		what = "is not valid yet; is the clock right?";
	else if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		names_borne(stream->tls, &names);
		err_set(&stream->why, ERR_MAILBOX, "the certificate of %s is for another name: it bears %s; "
		    "no password was sent", stream->host, names.len > 0 ? buf_text(&names) : "none");
		buf_free(&names);
		return -1;
	} else if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		what = "is made with a method that is no longer safe";
	return err_set(&stream->why, ERR_MAILBOX, "the certificate of %s %s; no password was sent",
	    stream->host, what);
}

static int
load_trust(struct stream *stream, const char *ca_file)
{
	int n;

	if (gnutls_certificate_allocate_credentials(&stream->credentials) < 0)
		return err_set(&stream->why, ERR_DAEMON, "TLS cannot be set up");
	n = ca_file == NULL ? gnutls_certificate_set_x509_system_trust(stream->credentials) :
	    gnutls_certificate_set_x509_trust_file(stream->credentials, ca_file, GNUTLS_X509_FMT_PEM);
	if (n <= 0)
		return err_set(&stream->why, ERR_CONFIG, "%s: no certificate of an authority could be read%s%s",
		    ca_file == NULL ? "the system's list" : ca_file, n < 0 ? ": " : "",
		    n < 0 ? gnutls_strerror(n) : "");
	return 0;
}

static int
set_up(struct stream *stream)
{
	static unsigned char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;

	if (gnutls_init(&stream->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
	    gnutls_priority_set_direct(stream->tls, PRIORITIES, NULL) < 0 ||
	    gnutls_credentials_set(stream->tls, GNUTLS_CRD_CERTIFICATE, stream->credentials) < 0)
		return err_set(&stream->why, ERR_DAEMON, "TLS cannot be set up");
	if (!is_ip(stream->host) && gnutls_server_name_set(stream->tls, GNUTLS_NAME_DNS, stream->host,
	    strlen(stream->host)) < 0)
		return err_set(&stream->why, ERR_CONFIG, "%s is not a host's name", stream->host);
	stream->owner[0].type = GNUTLS_DT_DNS_HOSTNAME;
	stream->owner[0].data = (unsigned char *)stream->host;
	stream->owner[1].type = GNUTLS_DT_KEY_PURPOSE_OID;
	stream->owner[1].data = purpose;
	gnutls_session_set_verify_cert2(stream->tls, stream->owner, 2, 0);
	gnutls_transport_set_int(stream->tls, stream->fd);
	return 0;
}

int
stream_handshake(struct stream *stream, const char *ca_file)
{
	int n;

	if (load_trust(stream, ca_file) == -1 || set_up(stream) == -1)
		return -1;
	while ((n = gnutls_handshake(stream->tls)) < 0) {
		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
			if (stream_wait(stream, gnutls_record_get_direction(stream->tls) == 1 ?
			    POLLOUT : POLLIN) == -1)
				return -1;
		} else if (n == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || n == GNUTLS_E_CERTIFICATE_ERROR)
			return fail_certificate(stream);
		else if (gnutls_error_is_fatal(n))
			return err_set(&stream->why, ERR_RETRY, "no TLS connection to %s could be made (%s): "
			    "TLS 1.2 or newer from the first byte is needed; is the port right?",
			    stream->host, gnutls_strerror(n));
	}
	stream->verified = true;
	return 0;
}
