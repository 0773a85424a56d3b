/*
 * Getting tokens and keeping them fresh.  Run by fetch and send.
 * Invariants: a token is never written anywhere and leaves this file only to
 * its caller; it is renewed renew-early before it ends, at half its life if
 * that is sooner; a refused token is not used again.
 * Fails: as the token server does; see answer.h and https.h.
 */
#include "signin/signin.h"

#include <sys/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "signin/answer.h"
#include "signin/https.h"
#include "signin/proof.h"

#define ANSWER_MOST	(64 * 1024)
#define RETRY_FIRST_MS	1000
#define RETRY_MOST_MS	(5 * 60 * 1000)
#define REST_MOST_MS	(30 * 60 * 1000)
#define MICROSOFT_SCOPE	"https://outlook.office365.com/.default"
#define GOOGLE_SCOPE	"https://mail.google.com/"

struct signin {
	const struct sign_in	*sign_in;
	struct proof		*proof;
	char			*user, *scope, *who;
	bool			(*turn)(void *ctx);
	void			*turn_ctx;
	char			*token;		/* NULL: none */
	unsigned		 number;
	int64_t			 ends_ms, renew_ms;
	int			 retry_ms;	/* the next wait while renewing fails */
	int64_t			 not_before_ms;	/* the token server wants to be left alone until then */
	struct err		 trouble;
};

int
signin_new(const struct signin_start *start, struct signin **signin_r, struct err *err)
{
	const struct sign_in *sign_in = start->sign_in;
	struct signin *signin = x_calloc(1, sizeof(*signin));
	const char *scope = start->scope != NULL ? start->scope : sign_in->scope;
	struct buf who = BUF_INIT;

	*signin_r = NULL;
	if (proof_new(sign_in, start->secret != NULL ? start->secret : "", &signin->proof, err) == -1) {
		free(signin);
		return -1;
	}
	signin->sign_in = sign_in;
	signin->user = x_strdup(start->user != NULL ? start->user : "");
	signin->scope = x_strdup(scope != NULL ? scope : sign_in->kind == SIGN_IN_GOOGLE ? GOOGLE_SCOPE : MICROSOFT_SCOPE);
	buf_printf(&who, "the sign-in \"%s\"", sign_in->name);
	signin->who = x_strdup(buf_text(&who));
	buf_free(&who);
	signin->turn = start->turn;
	signin->turn_ctx = start->turn_ctx;
	signin->retry_ms = RETRY_FIRST_MS;
	*signin_r = signin;
	return 0;
}

int
signin_check(const struct sign_in *sign_in, const char *secret, struct err *err)
{
	struct proof *proof;
	int rc = proof_new(sign_in, secret, &proof, err);

	proof_free(&proof);
	return rc;
}

static void
drop_token(struct signin *signin)
{
	if (signin->token != NULL)
		explicit_bzero(signin->token, strlen(signin->token));
	free(signin->token);
	signin->token = NULL;
}

void
signin_free(struct signin **signin)
{
	struct signin *s = *signin;

	*signin = NULL;
	if (s == NULL)
		return;
	drop_token(s);
	proof_free(&s->proof);
	free(s->user);
	free(s->scope);
	free(s->who);
	free(s);
}

/* ---- Asking for one */

static void
random_id(char id_r[33])
{
	unsigned char bytes[16] = { 0 };

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		memcpy(bytes, &(int64_t){ clock_real_ms() }, sizeof(int64_t));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id_r + 2 * i, 3, "%02x", bytes[i]);
}

static void
keep(struct signin *signin, const struct token_answer *answer)
{
	int64_t life_ms = answer->lifetime_s * INT64_C(1000), early_ms = signin->sign_in->renew_early_s * INT64_C(1000);
	int64_t now = clock_real_ms();

	drop_token(signin);
	signin->token = x_strdup(answer->token);
	signin->number++;
	signin->ends_ms = now + life_ms;
	signin->renew_ms = now + (early_ms < life_ms / 2 ? life_ms - early_ms : life_ms / 2);
	signin->retry_ms = RETRY_FIRST_MS;
	signin->not_before_ms = 0;
	signin->trouble.scope = ERR_NONE;
	/* The reader's copy. */
	explicit_bzero((char *)(uintptr_t)answer->token, strlen(answer->token));
}

static int
read_answer(struct signin *signin, const struct https_answer *answered, struct err *err)
{
	struct arena *arena = arena_new();
	struct token_answer answer;
	int rc = answer_read(arena, signin->who, answered->status, buf_text(&answered->body), answered->body.len, &answer, err);

	if (rc == 0)
		keep(signin, &answer);
	arena_free(&arena);
	return rc;
}

static void
leave_alone(struct signin *signin, uint32_t seconds)
{
	int64_t ms = seconds * INT64_C(1000);

	signin->not_before_ms = clock_real_ms() + (ms < REST_MOST_MS ? ms : REST_MOST_MS);
}

static int
ask(struct signin *signin, struct err *err)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", "Accept: application/json", NULL
	};
	struct https https = { .url = signin->sign_in->token_url, .ca_file = signin->sign_in->ca_file, .headers = headers,
	    .timeout_ms = signin->sign_in->timeout_s * 1000, .answer_max = ANSWER_MOST, .turn = signin->turn,
	    .ctx = signin->turn_ctx };
	struct proof_for wanted = { .scope = signin->scope, .user = signin->user, .now = clock_wall() };
	struct https_answer answered;
	struct buf form = BUF_INIT;
	char id[33];
	int rc = -1;

	random_id(id);
	wanted.id = id;
	if (proof_form(signin->proof, &wanted, &form, err) == -1)
		goto out;
	https.body = form.data;
	https.body_len = form.len;
	if (https_post(&https, &answered, err) == -1)
		err_wrap(err, "%s: asking for a token", signin->who);
	else
		rc = read_answer(signin, &answered, err);
	if (rc == -1 && (answered.status == 429 || answered.status == 503))
		leave_alone(signin, https_retry_after(answered.retry_after, clock_wall()));
	https_answer_free(&answered);
out:
	if (form.data != NULL)
		explicit_bzero(form.data, form.size);
	buf_free(&form);
	return rc;
}

static void
not_renewed(struct signin *signin, const struct err *why)
{
	int64_t now = clock_real_ms();

	signin->trouble = *why;
	signin->renew_ms = now + signin->retry_ms;
	if (signin->renew_ms < signin->not_before_ms)
		signin->renew_ms = signin->not_before_ms;
	signin->retry_ms = signin->retry_ms > RETRY_MOST_MS / 2 ? RETRY_MOST_MS : signin->retry_ms * 2;
}

int
signin_token(struct signin *signin, const char **token_r, struct err *err)
{
	struct err why = { ERR_NONE, "" };
	int64_t now = clock_real_ms();

	if (signin->token == NULL || now >= signin->renew_ms || now >= signin->ends_ms) {
		if (now < signin->not_before_ms)
			why = signin->trouble;
		else if (ask(signin, &why) == -1)
			not_renewed(signin, &why);
		if (why.scope != ERR_NONE && clock_real_ms() >= signin->ends_ms)
			drop_token(signin);
	}
	*token_r = signin->token;
	if (signin->token != NULL)
		return 0;
	if (err != NULL)
		*err = why;
	return -1;
}

void
signin_forget(struct signin *signin)
{
	drop_token(signin);
}

/* ---- What is known */

int64_t
signin_renew_ms(const struct signin *signin)
{
	/* A token that cannot be renewed is given up when it ends, not at the next attempt. */
	return signin->token != NULL && signin->ends_ms < signin->renew_ms ? signin->ends_ms : signin->renew_ms;
}

unsigned
signin_number(const struct signin *signin)
{
	return signin->number;
}

const struct err *
signin_trouble(const struct signin *signin)
{
	return &signin->trouble;
}

dayno
signin_ends(const struct signin *signin)
{
	return proof_ends(signin->proof);
}
