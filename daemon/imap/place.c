/*
 * Asking the server for its folders.  Run by the fetch role.
 * Plain LIST and NAMESPACE only: no LIST-EXTENDED, whose answers some servers
 * get wrong.
 * Invariant: asked once a connection, and again when folders have changed.
 * Fails: ERR_RETRY when the session broke.
 */
#include "imap/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "imap/command.h"
#include "imap/session.h"

/* A command whose untagged lines are about folders; a server that does not know it is as good as one that says nothing. */
static int
ask(struct session *session, const char *command, struct places *places, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	struct buf out = BUF_INIT;
	const char *line;
	int result;

	command_start(session, &out, command);
	result = command_send(session, &out, err);
	while (result == 0) {
		if ((line = command_line(session, err)) == NULL)
			result = -1;
		else if (command_is_answer(session, line, &reply))
			break;
		else if (str_starts_nocase(line, "* LIST ") || str_starts_nocase(line, "* NAMESPACE "))
			places_take(places, line);
		else if (line[0] == '*')
			session_untagged(session, line);
	}
	reply_free(&reply);
	buf_free(&out);
	return result;
}

static int
ask_all(struct session *session, struct err *err)
{
	struct places *places;
	int result;

	place_forget(session);
	places = session->places = x_calloc(1, sizeof(*places));
	result = session->can_namespace ? ask(session, "NAMESPACE", places, err) : 0;
	return result == 0 ? ask(session, "LIST \"\" \"*\"", places, err) : -1;
}

void
place_forget(struct session *session)
{
	if (session->places == NULL)
		return;
	places_free(session->places);
	free(session->places);
	session->places = NULL;
}

int
place_wire(struct session *session, const char *folder, struct buf *wire, struct err *err)
{
	if (str_same(folder, "INBOX")) {
		buf_add_str(wire, "INBOX");
		return 0;
	}
	if (session->places == NULL && ask_all(session, err) == -1)
		return -1;
	places_find(session->places, folder, wire);
	return 0;
}

int
place_exists(struct session *session, const char *folder, struct err *err)
{
	struct buf wire = BUF_INIT;
	bool there;

	if (ask_all(session, err) == -1)
		return -1;
	there = places_find(session->places, folder, &wire);
	buf_free(&wire);
	return there;
}
