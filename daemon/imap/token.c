/*
 * The token under which a watched mailbox is signed in, and its renewal while
 * the connection stands.  Run by the fetch role.
 * Invariant: a connection is replaced before its token ends, IDLE or not; a
 * failed renewal is told at once, and as long as the old token is good the
 * connection stays.
 * Fails: as signin_token().
 */
#include <string.h>

#include "base/clock.h"
#include "conf/sign_in.h"
#include "imap/watch_private.h"
#include "ipc/wire.h"

/* Core hears until when the secret is good. */
static void
say_end(const struct fetch *fetch, const struct fetch_start *start)
{
	struct frame frame;

	frame_init(&frame, WIRE_SIGN_IN, 0);
	put_str(&frame, start->mailbox->imap.sign_in->name);
	put_i64(&frame, signin_ends(fetch->signin));
	start->out(start->out_ctx, &frame);
	frame_free(&frame);
}

int
token_open(struct fetch *fetch, const struct fetch_start *start, struct err *err)
{
	const struct server *imap = &start->mailbox->imap;
	struct signin_start signin = { .sign_in = imap->sign_in, .secret = start->password, .user = imap->user,
	    .turn = start->turn.call, .turn_ctx = start->turn.ctx };

	if (imap->sign_in == NULL)
		return 0;
	if (signin_new(&signin, &fetch->signin, err) == -1)
		return -1;
	say_end(fetch, start);
	return 0;
}

int
token_credential(struct fetch *fetch, const char **credential_r, struct err *err)
{
	*credential_r = fetch->password;
	if (fetch->signin == NULL)
		return 0;
	if (signin_token(fetch->signin, credential_r, err) == -1)
		return -1;
	fetch->token_number = signin_number(fetch->signin);
	return 0;
}

void
token_refused(struct fetch *fetch)
{
	if (fetch->signin != NULL)
		signin_forget(fetch->signin);
}

static void
tell_trouble(struct fetch *fetch)
{
	static const struct err over = { ERR_NONE, "" };
	bool failed = signin_trouble(fetch->signin)->scope != ERR_NONE;

	if (failed)
		watch_trouble(fetch, signin_trouble(fetch->signin));
	else if (fetch->token_trouble)
		watch_trouble(fetch, &over);
	fetch->token_trouble = failed;
}

bool
token_has_changed(struct fetch *fetch)
{
	const char *token;

	if (fetch->signin == NULL)
		return false;
	if (clock_real_ms() >= signin_renew_ms(fetch->signin)) {
		/* Without any token the connection that is signed in with the old one is at its end too. */
		if (signin_token(fetch->signin, &token, NULL) == -1)
			return true;
		tell_trouble(fetch);
	}
	return signin_number(fetch->signin) != fetch->token_number;
}

int64_t
token_wait_ms(const struct fetch *fetch)
{
	return fetch->signin == NULL ? INT64_MAX : signin_renew_ms(fetch->signin);
}
