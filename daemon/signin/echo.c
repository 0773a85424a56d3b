/*
 * Servers that repeat what they were told.  Run by fetch and send.
 * Invariant: what passes here holds no run of PART characters of a password
 * or token, nor of the base64 in which it was said, and no short one whole.
 * Fails: never.
 */
#include "signin/echo.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "signin/sasl.h"

#define PART	12	/* so much of it in a row is no chance */
#define LEAST	4	/* a shorter one stands in many a word */

/* Does text hold all of told, or so much of it in a row? */
static bool
repeats(const char *text, const char *told)
{
	size_t len = strlen(told), part = len < PART ? len : PART;

	for (size_t i = 0; len >= LEAST && i + part <= len; i++)
		if (memmem(text, strlen(text), told + i, part) != NULL)
			return true;
	return false;
}

/* AUTHENTICATE PLAIN's one answer, in base64. */
static void
say_plain(const char *user, const char *password, struct buf *out)
{
	struct buf plain = BUF_INIT;

	buf_add_char(&plain, '\0');
	buf_add_str(&plain, user);
	buf_add_char(&plain, '\0');
	buf_add_str(&plain, password);
	base64_add(out, plain.data, plain.len);
	explicit_bzero(plain.data, plain.size);
	buf_free(&plain);
}

void
echo_hide(const struct server *server, const char *secret, struct err *err)
{
	const char *user = server->user == NULL ? "" : server->user;
	struct buf told = BUF_INIT;
	bool found;

	if (err == NULL || secret == NULL)
		return;
	found = repeats(err->text, secret);
	for (int form = SASL_NONE; form <= SASL_OAUTHBEARER && !found; form++) {
		buf_reset(&told);
		if (form == SASL_NONE)
			say_plain(user, secret, &told);
		else
			sasl_say((enum sasl)form, user, secret, server->host, server->port, &told);
		found = repeats(err->text, buf_text(&told));
	}
	if (told.data != NULL)
		explicit_bzero(told.data, told.size);
	buf_free(&told);
	if (found)
		err_set(err, err->scope, "%s does not let %.150s in, and its words repeat what it was told in confidence, so "
		    "they are not shown", server->host, user);
}
