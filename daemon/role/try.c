/*
 * Trying a server as a role would.  Runs in advicectl doctor, beside a daemon
 * or without one.
 * Invariant: what is said to a server changes nothing there: no mail is
 * announced, no folder made, no flag set.
 * Fails: as the sessions do; secrets are wiped whatever happens.
 */
#include "role/try.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "imap/place.h"
#include "imap/session.h"
#include "role/watcher.h"
#include "send/graph.h"
#include "send/smtp.h"
#include "signin/signin.h"

#define STEP_S		15	/* a person waits */
#define WHOLE_MS	60000

struct trial {			/* of one server */
	struct server	 server;	/* less patient than the daemon's */
	char		*secret;
	struct signin	*signin;	/* NULL: by password */
	const char	*credential;
	int64_t		 until_ms;
};

static bool
goes_on(void *ctx)
{
	const struct trial *trial = ctx;

	return clock_real_ms() < trial->until_ms;
}

static int
trial_begin(struct trial *trial, const struct server *server, const char *user, const char *scope, struct err *err)
{
	struct signin_start start = { .sign_in = server->sign_in, .user = server->user != NULL ? server->user : user,
	    .scope = scope,
	    .turn = goes_on, .turn_ctx = trial };

	*trial = (struct trial){ .server = *server, .until_ms = clock_real_ms() + WHOLE_MS };
	if (trial->server.timeout_s > STEP_S)
		trial->server.timeout_s = STEP_S;
	if (config_secret(server, &trial->secret, err) == -1)
		return -1;
	trial->credential = trial->secret;
	if (server->sign_in == NULL)
		return 0;
	start.secret = trial->secret;
	return signin_new(&start, &trial->signin, err);
}

static void
trial_end(struct trial *trial)
{
	signin_free(&trial->signin);
	if (trial->secret != NULL)
		explicit_bzero(trial->secret, strlen(trial->secret));
	free(trial->secret);
}

/* ---- A mailbox */

static int
folder_missing(struct arena *arena, struct session *session, const char *folder, struct strs *missing, struct err *err)
{
	int there = folder == NULL ? 1 : place_exists(session, folder, err);

	if (there == 0)
		strs_add(arena, missing, folder);
	return there == -1 ? -1 : 0;
}

static int
look(struct arena *arena, struct session *session, const struct mailbox_config *mailbox, struct try_mailbox *found,
    struct err *err)
{
	found->can_idle = session->can_idle;
	found->can_move = session->can_move;
	found->can_uidplus = session->can_uidplus;
	if (session_select(session, mailbox->folder, mailbox->settle_leave || mailbox->sent_of != NULL, err) == -1)
		return -1;
	found->read_only = session->read_only;
	found->mails = session->exists;
	if (mailbox->settle_leave || mailbox->sent_of != NULL)
		return 0;
	if (folder_missing(arena, session, mailbox->processed, &found->missing, err) == -1 ||
	    folder_missing(arena, session, mailbox->needs_you, &found->missing, err) == -1 ||
	    folder_missing(arena, session, mailbox->retry, &found->missing, err) == -1)
		return -1;
	return mailbox->canary_s == 0 ? 0 : folder_missing(arena, session, mailbox->canary_folder, &found->missing, err);
}

int
try_mailbox(struct arena *arena, const struct mailbox_config *mailbox, struct try_mailbox *found_r, struct err *err)
{
	struct session *session = NULL;
	struct trial trial;
	int rc = trial_begin(&trial, &mailbox->imap, mailbox->address, NULL, err);

	*found_r = (struct try_mailbox){ .ends = trial.signin == NULL ? DAY_NONE : signin_ends(trial.signin) };
	if (rc == 0 && trial.signin != NULL)
		rc = signin_token(trial.signin, &trial.credential, err);
	if (rc == 0)
		rc = session_open(&trial.server, trial.credential, (struct stream_turn){ goes_on, &trial }, &session, err);
	if (rc == 0)
		rc = look(arena, session, mailbox, found_r, err);
	session_close(&session);
	trial_end(&trial);
	return rc;
}

/* ---- The way out */

static int
try_smtp(struct trial *trial, struct err *err)
{
	struct smtp *smtp = smtp_new(&trial->server, trial->secret);
	struct connector connector = smtp_connector(smtp);
	struct transport transport;
	int rc;

	if (trial->signin != NULL)
		smtp_use_signin(smtp, trial->signin);
	rc = connector.open(connector.ctx, &transport, err);
	connector.close(connector.ctx);
	smtp_free(&smtp);
	return rc;
}

int
try_sending(const struct server *server, bool graph, const char *user, struct err *err)
{
	struct arena *arena = arena_new();
	struct trial trial;
	int rc = trial_begin(&trial, server, user, graph ? graph_scope(arena, server) : NULL, err);

	/* Whether the application may use the mailbox shows only when a mail is sent. */
	if (rc == 0)
		rc = graph ? signin_token(trial.signin, &trial.credential, err) : try_smtp(&trial, err);
	trial_end(&trial);
	arena_free(&arena);
	return rc;
}
