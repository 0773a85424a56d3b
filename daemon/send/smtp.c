/*
 * A connection to an SMTP submission server through libcurl, which makes the
 * connection, verifies TLS and signs in; from then on it only carries bytes
 * (CURLOPT_CONNECT_ONLY).  Run by the send role.
 * Invariants: a password leaves only over verified TLS, or to this machine
 * itself; no proxy, no other protocol, no redirect.
 * Fails: ERR_RETRY when the server cannot be reached now; ERR_MAILBOX when a
 * certificate, a name, a password or the configuration must be put right.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "send/sign_in.h"
#include "send/smtp.h"

/* Until TLS is up and the sign-in done, a server has this many time limits in all. */
#define OPEN_PATIENCE	3

struct smtp {
	const struct server	*server;
	char			*password;
	struct signin		*signin;	/* instead of it; NULL: none */
	struct smtp_watch	 watch;
	CURL			*curl;		/* NULL: not connected */
	curl_socket_t		 socket;
	bool			 signed_in;	/* the server said 235 */
	bool			 not_loopback;	/* plain text to another machine was asked for */
	char			 error[CURL_ERROR_SIZE];
};

struct smtp *
smtp_new(const struct server *server, const char *password)
{
	struct smtp *smtp = x_calloc(1, sizeof(*smtp));

	smtp->server = server;
	smtp->password = password != NULL ? x_strdup(password) : NULL;
	smtp->watch.fd = -1;
	smtp->socket = CURL_SOCKET_BAD;
	return smtp;
}

static void
smtp_close(void *ctx)
{
	struct smtp *smtp = ctx;

	if (smtp->curl != NULL)
		curl_easy_cleanup(smtp->curl);
	smtp->curl = NULL;
	smtp->socket = CURL_SOCKET_BAD;
}

void
smtp_free(struct smtp **smtp)
{
	if (*smtp == NULL)
		return;
	smtp_close(*smtp);
	if ((*smtp)->password != NULL)
		explicit_bzero((*smtp)->password, strlen((*smtp)->password));
	free((*smtp)->password);
	free(*smtp);
	*smtp = NULL;
}

void
smtp_watch(struct smtp *smtp, struct smtp_watch watch)
{
	smtp->watch = watch;
}

void
smtp_use_signin(struct smtp *smtp, struct signin *signin)
{
	smtp->signin = signin;
}

static bool
is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == ':';
}

static bool
is_host(const char *host)
{
	const char *p;

	for (p = host; *p != '\0'; p++)
		if (!is_host_char(*p))
			return false;
	return p > host && p - host < 256;
}

void
smtp_own_name(char name_r[256])
{
	if (gethostname(name_r, 255) == -1)
		name_r[0] = '\0';
	name_r[255] = '\0';
	if (!is_host(name_r) || strchr(name_r, ':') != NULL)
		strcpy(name_r, "localhost");
}

/* ---- Waiting, with an eye on the watched descriptor */

/* Wait until the socket is ready for events or the deadline has come. 1, 0, or -1 for a broken socket. */
static int
wait_ready(struct smtp *smtp, short events, int64_t deadline_ms)
{
	struct pollfd fds[2] = { { smtp->socket, events, 0 }, { smtp->watch.fd, POLLIN, 0 } };
	int64_t left;
	int n;

	while ((left = deadline_ms - clock_real_ms()) > 0) {
		n = poll(fds, smtp->watch.fd == -1 ? 1 : 2, left > 60000 ? 60000 : (int)left);
		if (n <= 0)
			continue;
		if (fds[1].revents != 0) {
			smtp->watch.ready(smtp->watch.ctx);
			fds[1].fd = smtp->watch.fd;
			fds[1].revents = 0;
		}
		if ((fds[0].revents & POLLNVAL) != 0)
			return -1;
		if (fds[0].revents != 0)
			return 1;
	}
	return 0;
}

/* libcurl calls this at least once a second while it connects and signs in. */
static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	struct smtp *smtp = ctx;
	struct pollfd fd = { smtp->watch.fd, POLLIN, 0 };

	(void)total, (void)now, (void)up_total, (void)up_now;
	if (fd.fd != -1 && poll(&fd, 1, 0) == 1)
		smtp->watch.ready(smtp->watch.ctx);
	return 0;
}

/* ---- Bytes */

static int
smtp_send(void *ctx, const void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct smtp *smtp = ctx;
	const char *p = data;
	CURLcode code;
	size_t n;

	while (len > 0) {
		n = 0;
		code = curl_easy_send(smtp->curl, p, len, &n);
		if (code == CURLE_OK) {
			p += n;
			len -= n;
		} else if (code != CURLE_AGAIN)
			return err_set(err, ERR_RETRY, "the connection to %s broke", smtp->server->host);
		if (len > 0 && code == CURLE_AGAIN && wait_ready(smtp, POLLOUT, deadline_ms) != 1)
			return err_set(err, ERR_RETRY, "%s took nothing within its time limit", smtp->server->host);
	}
	return 0;
}

static ssize_t
smtp_recv(void *ctx, void *data, size_t len, int64_t deadline_ms, struct err *err)
{
	struct smtp *smtp = ctx;
	CURLcode code;
	size_t n;

	for (;;) {
		n = 0;
		code = curl_easy_recv(smtp->curl, data, len, &n);
		if (code == CURLE_OK)
			return (ssize_t)n;
		if (code != CURLE_AGAIN)
			return err_set(err, ERR_RETRY, "the connection to %s broke", smtp->server->host);
		if (wait_ready(smtp, POLLIN, deadline_ms) != 1)
			return err_set(err, ERR_RETRY, "%s did not answer within its time limit", smtp->server->host);
	}
}

/* ---- Connecting */

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct smtp *smtp = ctx;

	if (size * count >= 4 && strncmp(data, "235", 3) == 0)
		smtp->signed_in = true;
	return size * count;
}

static bool
is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Without TLS, the only host there may be is this one. */
static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct smtp *smtp = ctx;

	(void)purpose;
	if (smtp->server->tls == TLS_NONE && !is_loopback(&address->addr)) {
		smtp->not_loopback = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int
set_url(struct smtp *smtp, struct err *err)
{
	const struct server *server = smtp->server;
	bool v6 = strchr(server->host, ':') != NULL;
	char url[600], name[256];

	if (!is_host(server->host))
		return err_set(err, ERR_MAILBOX, "the mail server's name \"%s\" is not a host name", server->host);
	smtp_own_name(name);
	snprintf(url, sizeof(url), "%s://%s%s%s:%d/%s", server->tls == TLS_IMPLICIT ? "smtps" : "smtp",
	    v6 ? "[" : "", server->host, v6 ? "]" : "", server->port, name);
	if (curl_easy_setopt(smtp->curl, CURLOPT_URL, url) != CURLE_OK)
		return err_set(err, ERR_MAILBOX, "the mail server's address cannot be used");
	return 0;
}

static CURLcode
set_tls(struct smtp *smtp)
{
	const struct server *server = smtp->server;
	CURL *curl = smtp->curl;
	CURLcode code;

	if ((code = curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    server->tls == TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L)) != CURLE_OK)
		return code;
	if (server->ca_file == NULL)
		return CURLE_OK;
	/* One's own authority replaces the system's: libcurl would otherwise believe both. */
	if ((code = curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file)) != CURLE_OK)
		return code;
	return curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

static CURLcode
set_sign_in(struct smtp *smtp)
{
	CURLcode code;

	if (smtp->server->user == NULL || smtp->signin != NULL)
		return CURLE_OK;	/* a token is said by ourselves: sign_in.h */
	if ((code = curl_easy_setopt(smtp->curl, CURLOPT_USERNAME, smtp->server->user)) != CURLE_OK ||
	    (code = curl_easy_setopt(smtp->curl, CURLOPT_PASSWORD,
	    smtp->password != NULL ? smtp->password : "")) != CURLE_OK)
		return code;
	return curl_easy_setopt(smtp->curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

static CURLcode
set_rest(struct smtp *smtp)
{
	long timeout_ms = smtp->server->timeout_s * 1000L;
	CURL *curl = smtp->curl;
	CURLcode code;

	if ((code = curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->error)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps")) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_PROXY, "")) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)smtp->server->timeout_s)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms * OPEN_PATIENCE)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, smtp)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress)) != CURLE_OK)
		return code;
	return curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
}

/* libcurl quotes what a certificate or a server says. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"')
			*text = '?';
}

/* What went wrong, for a person who looks after mail and not after C. */
static int
open_failed(struct smtp *smtp, CURLcode code, struct err *err)
{
	const struct server *server = smtp->server;
	const char *detail = smtp->error[0] != '\0' ? smtp->error : curl_easy_strerror(code);
	const char *host = server->host;
	int port = server->port;

	make_printable(smtp->error);
	if (smtp->not_loopback)
		return err_set(err, ERR_MAILBOX, "%s is another machine: mail goes there only over TLS "
		    "(\"starttls\" or \"implicit\")", host);
	switch (code) {
	case CURLE_LOGIN_DENIED:
		return err_set(err, ERR_MAILBOX, "%s refused the user name or the password for \"%s\"",
		    host, server->user != NULL ? server->user : "");
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(err, ERR_MAILBOX, "the certificate of %s:%d cannot be trusted, so no password "
		    "and no mail was sent: %s", host, port, detail);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_MAILBOX, "the file of trusted certificates cannot be read: %s", detail);
	case CURLE_USE_SSL_FAILED:
		return err_set(err, ERR_MAILBOX, "%s:%d does not offer STARTTLS, so no password and no mail was sent",
		    host, port);
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, ERR_RETRY, "the name %s cannot be found", host);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_RETRY, "%s:%d did not answer within its time limit", host, port);
	default:
		return err_set(err, ERR_RETRY, "no connection to %s:%d: %s", host, port, detail);
	}
}

/* With the token in hand, once the connection is verified. */
static int
sign_in_by_token(struct smtp *smtp, const struct transport *transport, const char *token, struct err *err)
{
	char own_name[256];

	smtp_own_name(own_name);
	if (smtp_sign_in(transport, smtp->server, smtp->server->timeout_s * 1000, own_name, token, err) == 0)
		return 0;
	if (err->scope == ERR_MAILBOX)
		signin_forget(smtp->signin);
	return -1;
}

static int
smtp_open(void *ctx, struct transport *transport_r, struct err *err)
{
	struct smtp *smtp = ctx;
	const char *token = NULL;
	CURLcode code;

	smtp_close(smtp);
	if (smtp->signin != NULL && signin_token(smtp->signin, &token, err) == -1)
		return -1;
	smtp->signed_in = smtp->not_loopback = false;
	smtp->error[0] = '\0';
	if ((smtp->curl = curl_easy_init()) == NULL)
		return err_set(err, ERR_RETRY, "libcurl does not start");
	if (set_url(smtp, err) == -1)
		return -1;
	if ((code = set_rest(smtp)) != CURLE_OK || (code = set_tls(smtp)) != CURLE_OK ||
	    (code = set_sign_in(smtp)) != CURLE_OK)
		return err_set(err, ERR_MAILBOX, "libcurl cannot do what is asked of it: %s", curl_easy_strerror(code));
	if ((code = curl_easy_perform(smtp->curl)) != CURLE_OK)
		return open_failed(smtp, code, err);
	if (curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &smtp->socket) != CURLE_OK ||
	    smtp->socket == CURL_SOCKET_BAD)
		return err_set(err, ERR_RETRY, "%s closed the connection", smtp->server->host);
	/* libcurl goes on without signing in where a server offers nothing it can use. */
	if (smtp->server->user != NULL && smtp->signin == NULL && !smtp->signed_in)
		return err_set(err, ERR_MAILBOX, "%s offers no sign-in with a password, so no mail was sent",
		    smtp->server->host);
	transport_r->ctx = smtp;
	transport_r->send = smtp_send;
	transport_r->recv = smtp_recv;
	return token == NULL ? 0 : sign_in_by_token(smtp, transport_r, token, err);
}

struct connector
smtp_connector(struct smtp *smtp)
{
	struct connector connector = { smtp, smtp->server->timeout_s * 1000, smtp_open, smtp_close };

	return connector;
}
