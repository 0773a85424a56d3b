/*
 * Reading a token server's answer.  Run by fetch and send.
 * Invariants: a token is taken only from a 200 that is one JSON object and
 * names the type "Bearer"; whatever else is sent with it, a refresh token
 * too, is not looked at.
 * Fails: ERR_MAILBOX or ERR_RETRY, in plain words.
 */
#include "signin/answer.h"

#include <limits.h>
#include <string.h>

#include "base/json_read.h"
#include "base/str.h"
#include "signin/said.h"

#define LIFETIME_MOST_S	86400

static bool
is_token(const char *text)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++)
		if (text[len] <= ' ' || text[len] > '~')
			return false;
	return len > 0 && len <= TOKEN_MOST;
}

static int
take_token(const struct json *json, const char *who, struct token_answer *answer_r, struct err *err)
{
	const char *token = json_member_text(json, "access_token"), *type = json_member_text(json, "token_type");
	long lifetime;

	if (token == NULL || !is_token(token) || type == NULL || !str_same(type, "Bearer") ||
	    !json_member_number(json, "expires_in", 1, LONG_MAX, &lifetime))
		return err_set(err, ERR_RETRY, "%s: the token server's answer holds no token that can be used", who);
	answer_r->token = token;
	answer_r->lifetime_s = lifetime > LIFETIME_MOST_S ? LIFETIME_MOST_S : (int)lifetime;
	return 0;
}

/* A refusal: what it says in words, else its code. */
static int
refused(struct arena *arena, const struct json *json, const char *who, int status, struct err *err)
{
	const char *code = json_member_text(json, "error"), *words = json_member_text(json, "error_description");
	const struct json *inner = json_member(json, "error");

	if (code == NULL)	/* Google's other form */
		code = json_member_text(inner, "message");
	if (code == NULL && words == NULL)
		return err_set(err, status >= 500 || status == 429 ? ERR_RETRY : ERR_MAILBOX,
		    "%s: the token server refused (%d) without a reason", who, status);
	return said_err(SAID_TOKEN, who, arena_printf(arena, "%s%s%s", code == NULL ? "" : code,
	    code == NULL || words == NULL ? "" : ": ", words == NULL ? "" : words),
	    status >= 500 || status == 429 ? ERR_RETRY : ERR_MAILBOX, err);
}

int
answer_read(struct arena *arena, const char *who, int status, const char *body, size_t len, struct token_answer *answer_r,
    struct err *err)
{
	const struct json *json;
	struct err ignored;

	if (status >= 300 && status < 400)
		return err_set(err, ERR_MAILBOX, "%s: the token server sends us to another address (%d), which is not followed. Check "
		    "token-url, and whether a web filter stands in between.", who, status);
	if (json_read(arena, body, len, &json, &ignored) == -1 || json->type != JSON_OBJECT)
		return err_set(err, ERR_RETRY, "%s: the token server's answer (%d) cannot be understood", who, status);
	return status == 200 ? take_token(json, who, answer_r, err) : refused(arena, json, who, status, err);
}
