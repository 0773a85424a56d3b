/*
 * Choosing a folder.  Run by the fetch role.
 * On lines of our own: libetpan 1.9.4 dies of a list of flags that is not
 * well formed, and this is where servers send those lists.
 * Invariant: after a success the numbers are those of the folder selected.
 * Fails: ERR_MAILBOX when the server refuses the folder, ERR_RETRY when it broke.
 */
#include "imap/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "imap/command.h"
#include "imap/place.h"
#include "imap/tame.h"

/* "* OK [UIDNEXT 5] text": the number behind that word. */
static bool
take_number(const char *line, const char *word, uint32_t *number_r)
{
	size_t len = strlen(word);
	unsigned long number;
	char *end;

	if (!str_starts_nocase(line, word))
		return false;
	number = strtoul(line + len, &end, 10);
	if (end == line + len || number > UINT32_MAX)
		return false;
	*number_r = (uint32_t)number;
	return true;
}

static void
take_line(struct session *session, const char *line)
{
	const char *end;

	if (take_number(line, "* OK [UIDVALIDITY ", &session->uidvalidity) ||
	    take_number(line, "* OK [UIDNEXT ", &session->uidnext))
		return;
	if (str_starts_nocase(line, "* OK [" TAME_FLAGS " ")) {
		end = strstr(line, ")]");
		for (const char *p = line; (p = strstr(p, "\\*")) != NULL && end != NULL && p < end; p++)
			session->can_keywords |= p[2] == ' ' || p[2] == ')';
	} else
		session_untagged(session, line);
}

/* What libetpan keeps of new mail goes here, and what it was told of the folder before is forgotten. */
static void
tell_libetpan(struct session *session)
{
	if (session->imap->imap_selection_info != NULL)
		mailimap_selection_info_free(session->imap->imap_selection_info);
	session->imap->imap_selection_info = mailimap_selection_info_new();
	session->imap->imap_state = MAILIMAP_STATE_SELECTED;
}

static int
select_answer(struct session *session, struct reply *reply, struct err *err)
{
	const char *line;

	while ((line = command_line(session, err)) != NULL) {
		if (command_is_answer(session, line, reply))
			return reply->status != REPLY_OK &&
			    session_is_shut_out(session, line + strcspn(line, " ") + 1, err) ? -1 : 0;
		if (line[0] == '*')
			take_line(session, line);
	}
	return -1;
}

static void
forget_folder(struct session *session)
{
	free(session->folder);
	session->folder = NULL;
	session->read_only = session->can_keywords = false;
	session->uidvalidity = session->uidnext = session->exists = 0;
}

int
session_select(struct session *session, const char *folder, bool read_only, struct err *err)
{
	struct buf name = BUF_INIT, out = BUF_INIT;
	struct reply reply = { .status = REPLY_OK };
	int result = -1;

	forget_folder(session);
	if (place_wire(session, folder, &name, err) == -1)
		goto out;
	command_start(session, &out, read_only ? "EXAMINE" : "SELECT");
	if (command_string(session, &out, buf_text(&name), err) == -1 || command_send(session, &out, err) == -1 ||
	    select_answer(session, &reply, err) == -1) {
		err_wrap(err, "opening the folder %.100s", folder);
		goto out;
	}
	if (reply.status != REPLY_OK) {
		err_set(err, ERR_MAILBOX, "opening the folder %.100s: %s says: %s", folder, session->host, reply.text);
		goto out;
	}
	if (session->uidvalidity == 0) {
		err_set(err, ERR_MAILBOX, "opening the folder %.100s: %s gives no UIDVALIDITY, so mails could be mixed up",
		    folder, session->host);
		goto out;
	}
	tell_libetpan(session);
	session->folder = x_strdup(folder);
	session->read_only = !read_only && str_same(reply.code, "READ-ONLY");
	session->news = true;
	result = 0;
out:
	reply_free(&reply);
	buf_free(&name);
	buf_free(&out);
	return result;
}
