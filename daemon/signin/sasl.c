/*
 * Tokens in SASL's words.  Run by fetch and send.
 * Invariant: a name that holds a separator is not said (the configuration has
 * refused it): nothing can be slipped in between name and token.
 * Fails: never; a complaint that cannot be read is an empty one.
 */
#include "signin/sasl.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_read.h"
#include "base/str.h"

enum sasl
sasl_choose(bool has_xoauth2, bool has_oauthbearer)
{
	return has_xoauth2 ? SASL_XOAUTH2 : has_oauthbearer ? SASL_OAUTHBEARER : SASL_NONE;
}

const char *
sasl_name(enum sasl sasl)
{
	return sasl == SASL_XOAUTH2 ? "XOAUTH2" : sasl == SASL_OAUTHBEARER ? "OAUTHBEARER" : "";
}

/* RFC 5801: in a name, "," and "=" are written otherwise. */
static void
add_gs2_name(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buf_add_str(out, "=2C");
		else if (*name == '=')
			buf_add_str(out, "=3D");
		else if (*name != '\001')
			buf_add_char(out, *name);
	}
}

void
sasl_say(enum sasl sasl, const char *user, const char *token, const char *host, int port, struct buf *out)
{
	struct buf said = BUF_INIT;

	if (sasl == SASL_XOAUTH2)
		buf_printf(&said, "user=%.*s\001auth=Bearer %s\001\001", (int)strcspn(user, "\001"), user, token);
	else {
		buf_add_str(&said, "n,a=");
		add_gs2_name(&said, user);
		buf_printf(&said, ",\001host=%s\001port=%d\001auth=Bearer %s\001\001", host, port, token);
	}
	base64_add(out, said.data, said.len);
	explicit_bzero(said.data, said.size);
	buf_free(&said);
}

const char *
sasl_go_on(enum sasl sasl)
{
	return sasl == SASL_OAUTHBEARER ? "AQ==" : "";
}

void
sasl_complaint(const char *text, char said_r[128])
{
	struct arena *arena = arena_new();
	struct buf plain = BUF_INIT;
	const struct json *json;
	const char *status, *why;

	said_r[0] = '\0';
	if (base64_decode(&plain, text, strcspn(text, " \r\n")) &&
	    json_read(arena, buf_text(&plain), plain.len, &json, NULL) == 0) {
		status = json_member_text(json, "status");
		why = json_member_text(json, "error_description");
		if (status != NULL || why != NULL)
			snprintf(said_r, 128, "status %s%s%s", status == NULL ? "?" : str_visible(arena, status, 30),
			    why == NULL ? "" : ", ", why == NULL ? "" : str_visible(arena, why, 80));
	}
	buf_free(&plain);
	arena_free(&arena);
}
