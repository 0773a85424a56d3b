/*
 * One POST over HTTPS, through libcurl.  Run by fetch (tokens) and send
 * (tokens, Microsoft Graph).
 * Invariants: nothing of the body leaves before the certificate and the host
 * name have been verified and offer() has agreed; no redirect, no proxy, no
 * other protocol.
 * Fails: ERR_RETRY when the server cannot be had now; ERR_MAILBOX when a
 * person must put something right.
 */
#include "signin/https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "base/str.h"

#define WAIT_MOST_S	86400

struct exchange {
	const struct https	*https;
	struct https_answer	*answer;
	size_t			 sent;
	bool			 refused;	/* offer() said no: refused_err */
	struct err		 refused_err;
	bool			 too_much;
	char			 error[CURL_ERROR_SIZE];
};

/* ---- What libcurl calls */

static size_t
on_read(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *exchange = ctx;
	const struct https *https = exchange->https;
	size_t len = size * count, left = https->body_len - exchange->sent;

	if (!exchange->answer->offered) {
		if (https->offer != NULL && https->offer(https->ctx, &exchange->refused_err) == -1) {
			exchange->refused = true;
			return CURL_READFUNC_ABORT;
		}
		exchange->answer->offered = true;
	}
	len = len > left ? left : len;
	memcpy(data, https->body + exchange->sent, len);
	exchange->sent += len;
	return len;
}

static size_t
on_write(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *exchange = ctx;
	struct buf *body = &exchange->answer->body;

	if (size * count > exchange->https->answer_max - body->len) {
		exchange->too_much = true;
		return 0;
	}
	buf_add(body, data, size * count);
	return size * count;
}

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	static const char name[] = "Retry-After:";
	struct exchange *exchange = ctx;
	char *value = exchange->answer->retry_after;
	size_t len = size * count, from = sizeof(name) - 1;

	if (len < from || strncasecmp(data, name, from) != 0)
		return len;
	while (from < len && (data[from] == ' ' || data[from] == '\t'))
		from++;
	snprintf(value, sizeof(exchange->answer->retry_after), "%.*s", (int)(len - from), data + from);
	value[strcspn(value, "\r\n")] = '\0';
	return len;
}

static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	struct exchange *exchange = ctx;

	(void)total, (void)now, (void)up_total, (void)up_now;
	return exchange->https->turn != NULL && !exchange->https->turn(exchange->https->ctx);
}

/* ---- Setting it up */

static CURLcode
set_tls(CURL *curl, const struct https *https)
{
	CURLcode code;

	if ((code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https")) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L)) != CURLE_OK)
		return code;
	if (https->ca_file == NULL)
		return CURLE_OK;
	/* One's own authority replaces the system's: libcurl would otherwise believe both. */
	if ((code = curl_easy_setopt(curl, CURLOPT_CAINFO, https->ca_file)) != CURLE_OK)
		return code;
	return curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

static CURLcode
set_manners(CURL *curl, const struct https *https, struct exchange *exchange)
{
	CURLcode code;

	if ((code = curl_easy_setopt(curl, CURLOPT_URL, https->url)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->error)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_PROXY, "")) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)https->timeout_ms)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)https->timeout_ms)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_POST, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)https->body_len)) != CURLE_OK)
		return code;
	return CURLE_OK;
}

static CURLcode
set_calls(CURL *curl, struct exchange *exchange, struct curl_slist *headers)
{
	CURLcode code;

	if ((code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_READDATA, exchange)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L)) != CURLE_OK ||
	    (code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress)) != CURLE_OK)
		return code;
	return curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
}

/* libcurl copies them.  Without "Expect", the body waits for nobody's leave. */
static struct curl_slist *
header_list(const char *const *headers)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *more;

	for (; list != NULL && headers != NULL && *headers != NULL; headers++) {
		if ((more = curl_slist_append(list, *headers)) == NULL) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = more;
	}
	return list;
}

/* ---- What came of it */

/* libcurl quotes what a certificate or a server says. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"')
			*text = '?';
}

/* "login.example", of its address. */
static void
host_of(const char *url, char host_r[256])
{
	const char *from = strstr(url, "://");

	from = from == NULL ? url : from + 3;
	snprintf(host_r, 256, "%.*s", (int)strcspn(from, "/?"), from);
}

static int
failed(struct exchange *exchange, CURLcode code, struct err *err)
{
	char host[256];

	host_of(exchange->https->url, host);
	make_printable(exchange->error);
	if (exchange->refused) {
		if (err != NULL)
			*err = exchange->refused_err;
		return -1;
	}
	if (exchange->too_much)
		return err_set(err, ERR_RETRY, "%s says far more than it should", host);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(err, ERR_MAILBOX, "the certificate of %s cannot be trusted, so nothing was sent there: %s", host,
		    exchange->error);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_MAILBOX, "the file of trusted certificates cannot be read: %s", exchange->error);
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, ERR_RETRY, "the name %s cannot be found", host);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_RETRY, "%s did not answer within its time limit", host);
	case CURLE_GOT_NOTHING:
		return err_set(err, ERR_RETRY, "%s ended the connection without an answer", host);
	default:
		return err_set(err, ERR_RETRY, "no answer from %s: %s", host,
		    exchange->error[0] != '\0' ? exchange->error : curl_easy_strerror(code));
	}
}

int
https_post(const struct https *https, struct https_answer *answer_r, struct err *err)
{
	struct exchange exchange = { .https = https, .answer = answer_r };
	struct curl_slist *headers = header_list(https->headers);
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long status = 0;
	int rc = 0;

	*answer_r = (struct https_answer){ .status = 0 };
	if (curl == NULL || headers == NULL)
		err_set(err, ERR_RETRY, "libcurl does not start");
	else if ((code = set_tls(curl, https)) != CURLE_OK || (code = set_manners(curl, https, &exchange)) != CURLE_OK ||
	    (code = set_calls(curl, &exchange, headers)) != CURLE_OK)
		err_set(err, ERR_MAILBOX, "libcurl cannot do what is asked of it: %s", curl_easy_strerror(code));
	else {
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		answer_r->status = status >= 200 && status <= 599 ? (int)status : 0;
		if (code != CURLE_OK || answer_r->status == 0)
			rc = failed(&exchange, code, err);
		goto out;
	}
	rc = -1;
out:
	curl_slist_free_all(headers);
	if (curl != NULL)
		curl_easy_cleanup(curl);
	return rc;
}

void
https_answer_free(struct https_answer *answer)
{
	if (answer->body.data != NULL)
		explicit_bzero(answer->body.data, answer->body.size);
	buf_free(&answer->body);
}

uint32_t
https_retry_after(const char *value, int64_t now)
{
	long seconds;
	time_t at;

	if (str_number(value, 0, WAIT_MOST_S, &seconds))
		return (uint32_t)seconds;
	if (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0')
		return WAIT_MOST_S;
	if ((at = curl_getdate(value, NULL)) == -1 || at <= now)
		return 0;
	return at - now > WAIT_MOST_S ? WAIT_MOST_S : (uint32_t)(at - now);
}
