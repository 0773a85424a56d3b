/*
 * Settling.  Run by the fetch role.
 * UID MOVE where the server has it; else UID COPY, \Deleted and UID EXPUNGE
 * of exactly these mails; where it has neither, the mails stay and bear a
 * keyword: a bare EXPUNGE would take what other people have marked.
 * Invariant: a mail leaves the watched folder only once it stands in the
 * other; one that stands there already, from an attempt that was cut off, is
 * not put there twice.
 * Fails: -1 only when the session broke; the rest are outcomes.
 */
#include "imap/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/step.h"
#include "base/str.h"
#include "imap/command.h"
#include "imap/folder.h"
#include "imap/list.h"
#include "imap/place.h"
#include "imap/twin.h"

#define RANGES_MAX	60		/* in one command: about 1,000 bytes */
#define SET_MAX		500
#define DEFAULT_KEYWORD	"adviced-processed"

struct run {
	struct session		*session;
	const struct settling	*settling;
	struct settled		*settled;	/* beside settling->uids */
	struct err		*err;
	bool			 folder_made;	/* or found to be there: not again */
	bool			 half_done;	/* some were copied and could not be removed */
	struct err		 why_unsure;	/* the server would not say whether mails stand there already */
};

static struct settled *
settled_of(const struct run *run, uint32_t uid)
{
	const struct uids *uids = run->settling->uids;
	size_t low = 0, high = uids->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (uids->v[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < uids->n && uids->v[low] == uid ? &run->settled[low] : NULL;
}

static void
set_outcome(const struct run *run, const uint32_t *v, size_t n, enum outcome outcome)
{
	for (size_t i = 0; i < n; i++)
		settled_of(run, v[i])->outcome = outcome;
}

/* "UIDVALIDITY SOURCE TARGET": where each went. */
static void
take_copyuid(const struct run *run, const struct reply *reply)
{
	struct uids from = { NULL, 0 }, to = { NULL, 0 };
	const char *source = strchr(buf_text(&reply->copyuid), ' '), *target;

	if (source == NULL || (target = strchr(++source, ' ')) == NULL)
		return;
	if (uidset_read(source, (size_t)(target - source), SET_MAX + 1, &from) &&
	    uidset_read(target + 1, strlen(target + 1), SET_MAX + 1, &to) && from.n == to.n)
		for (size_t i = 0; i < from.n; i++) {
			struct settled *settled = settled_of(run, from.v[i]);

			if (settled != NULL)
				settled->new_uid = to.v[i];
		}
	uids_free(&from);
	uids_free(&to);
}

/* "UID VERB SET ARGUMENT"; folder, if not NULL, is the argument. 0 with the reply, or -1. */
static int
uid_command(struct run *run, const char *verb, const char *set, const char *argument, const char *folder,
    struct reply *reply)
{
	struct session *session = run->session;
	struct buf out = BUF_INIT, name = BUF_INIT, text = BUF_INIT;
	int result = 0;

	memset(reply, 0, sizeof(*reply));
	if (folder != NULL && place_wire(session, folder, &name, run->err) == -1)
		return -1;
	buf_printf(&text, "UID %s %s%s", verb, set, argument);
	command_start(session, &out, buf_text(&text));
	if (folder != NULL)
		result = command_string(session, &out, buf_text(&name), run->err);
	if (result == 0)
		result = command_finish(session, &out, reply, run->err);
	buf_free(&text);
	buf_free(&name);
	buf_free(&out);
	return result;
}

/* Why mails cannot be moved there, for people. */
static int
say_refusal(struct run *run, const struct reply *reply)
{
	const char *host = run->session->host, *folder = run->settling->folder;

	if (str_same(reply->code, "OVERQUOTA"))
		err_set(run->err, ERR_MAILBOX, "the mailbox is full: finished mails cannot be moved to %.100s, and stay "
		    "in %.100s until there is room (%s says: %.150s)", folder, run->settling->watched, host, reply->text);
	else
		err_set(run->err, ERR_MAILBOX, "mails cannot be moved to %.100s, and stay in %.100s: %s says: %.200s",
		    folder, run->settling->watched, host, reply->text);
	return 1;
}

/* Is the folder there by now, and under the name that we used?  1, 0, or -1. */
static int
look_again(struct run *run, bool *renamed_r)
{
	struct buf before = BUF_INIT, now = BUF_INIT;
	int there = -1;

	if (place_wire(run->session, run->settling->folder, &before, run->err) == 0 &&
	    (there = place_exists(run->session, run->settling->folder, run->err)) != -1 &&
	    place_wire(run->session, run->settling->folder, &now, run->err) == -1)
		there = -1;
	*renamed_r = strcmp(buf_text(&before), buf_text(&now)) != 0;
	buf_free(&before);
	buf_free(&now);
	return there;
}

/* The server said no to a transfer.  0: the folder was missing, and is there now; 1: for good, and err why. */
static int
see_to_folder(struct run *run, const struct reply *reply)
{
	bool renamed;
	int there;

	if (run->folder_made || str_same(reply->code, "OVERQUOTA"))
		return say_refusal(run, reply);
	if ((there = look_again(run, &renamed)) == -1)
		return -1;
	if (there == 1 && !renamed && !str_same(reply->code, "TRYCREATE"))
		return say_refusal(run, reply);
	run->folder_made = true;
	if (there == 0 && folder_make(run->session, run->settling->folder, run->err) == -1)
		return session_is_broken(run->session) ? -1 : 1;
	return 0;
}

/* MOVE or COPY a set, the folder made if it is missing. 1: the server said no, and err why. */
static int
transfer(struct run *run, const char *verb, const char *step_name, const char *set)
{
	struct reply reply;
	int result;

	do {
		memset(&reply, 0, sizeof(reply));
		if (step(step_name) == -1)
			return err_errno(run->err, ERR_RETRY, "moving mails");
		if ((result = uid_command(run, verb, set, "", run->settling->folder, &reply)) == 0) {
			if (reply.status == REPLY_OK) {
				take_copyuid(run, &reply);
				reply_free(&reply);
				return 0;
			}
			result = see_to_folder(run, &reply);
		}
		reply_free(&reply);
	} while (result == 0);
	return result;
}

/* 1: the server said no. */
static int
change(struct run *run, const char *verb, const char *step_name, const char *set, const char *argument)
{
	struct reply reply;
	int result;

	if (step(step_name) == -1)
		return err_errno(run->err, ERR_RETRY, "taking mails out of %s", run->settling->watched);
	result = uid_command(run, verb, set, argument, NULL, &reply);
	if (result == 0 && reply.status != REPLY_OK) {
		err_set(run->err, ERR_MAILBOX, "mails cannot be taken out of %s: %s says: %s",
		    run->settling->watched, run->session->host, reply.text);
		result = 1;
	}
	reply_free(&reply);
	return result;
}

static int
remove_set(struct run *run, const char *set)
{
	int result;

	result = change(run, "STORE", "imap.delete", set, " +FLAGS.SILENT (\\Deleted)");
	if (result == 0 && run->session->can_uidplus)
		result = change(run, "EXPUNGE", "imap.expunge", set, "");
	return result;
}

static int
move_set(struct run *run, const char *set)
{
	int result;

	if (run->session->can_move)
		return transfer(run, "MOVE", "imap.move", set);
	result = transfer(run, "COPY", "imap.copy", set);
	if (result != 0)
		return result;
	result = remove_set(run, set);
	run->half_done |= result == 1;
	return result;
}

static int
mark_set(struct run *run, const char *set)
{
	struct buf flags = BUF_INIT;
	int result;

	if (!run->session->can_keywords)
		return 0;
	buf_printf(&flags, " +FLAGS.SILENT (%s)",
	    *run->settling->keyword != '\0' ? run->settling->keyword : DEFAULT_KEYWORD);
	result = change(run, "STORE", "imap.mark", set, buf_text(&flags));
	buf_free(&flags);
	return result;
}

/* Do something to uids, a set at a time; those that the server refused have failed. */
static int
in_sets(struct run *run, const struct uids *uids, int (*act)(struct run *, const char *))
{
	struct buf set = BUF_INIT;
	size_t taken;
	int result = 0;

	for (size_t i = 0; i < uids->n && result != -1; i += taken) {
		buf_reset(&set);
		taken = uidset_write(uids->v + i, uids->n - i < SET_MAX ? uids->n - i : SET_MAX, RANGES_MAX,
		    &set);
		result = act(run, buf_text(&set));
		set_outcome(run, uids->v + i, taken, result == 1 ? OUTCOME_FAILED : OUTCOME_MOVED);
	}
	buf_free(&set);
	return result == -1 ? -1 : 0;
}

/* Is the same mail in the folder now selected?  A copy keeps size and date. */
static int
has_twin(struct run *run, const struct listed *mail, bool *twin_r)
{
	struct uids found = { NULL, 0 };
	struct list there;
	int result = -1;

	*twin_r = false;
	if (list_with_id(run->session, mail->message_id, &found, run->err) == -1)
		goto out;
	if (list_uids(run->session, &found, false, &there, run->err) == -1)
		goto out;
	for (size_t i = 0; i < there.n; i++)
		if (there.v[i].size_bytes == mail->size_bytes &&
		    there.v[i].internaldate == mail->internaldate) {
			*twin_r = true;
			settled_of(run, mail->uid)->new_uid = there.v[i].uid;
		}
	list_free(&there);
	result = 0;
out:
	uids_free(&found);
	return result;
}

static bool
has_id(const struct listed *mail)
{
	return mail->message_id != NULL && list_id_is_askable(mail->message_id);
}

/* Of those without a message-id; each copy stands for one of them. */
static int
confirm_twins(struct run *run, const struct twins *maybe, struct uids *twins)
{
	struct uids used = { NULL, 0 };
	int result = 0;

	for (size_t i = 0; i < maybe->n && result == 0; i++) {
		const struct twin *twin = &maybe->v[i];
		bool same;

		if (uids_has(&used, twin->there) || settled_of(run, twin->uid)->new_uid != 0 ||
		    (result = twin_is_same(run->session, twin, &same, run->err)) == -1 || !same)
			continue;
		settled_of(run, twin->uid)->new_uid = twin->there;
		uids_add(twins, twin->uid);
		uids_add(&used, twin->there);
		uids_sort(&used);
	}
	uids_sort(twins);
	uids_free(&used);
	return result;
}

/*
 * Those of mails that stand in the folder already, as it says itself.  Without one that can be asked for they may, and their
 * bytes tell.  1: the server would not say.
 */
static int
look_there(struct run *run, const struct list *mails, struct uids *twins, struct twins *maybe)
{
	bool twin;

	/* A folder that is there, and only cannot be opened just now, may hold copies. */
	if (session_select(run->session, run->settling->folder, true, run->err) == -1)
		return session_is_broken(run->session) ? -1 : place_exists(run->session, run->settling->folder, NULL) != 0;
	for (size_t i = 0; i < mails->n; i++) {
		twin = false;
		if ((has_id(&mails->v[i]) ? has_twin(run, &mails->v[i], &twin) :
		    twins_look(run->session, &mails->v[i], maybe, run->err)) == -1)
			return session_is_broken(run->session) ? -1 : 1;
		if (twin)
			uids_add(twins, mails->v[i].uid);
	}
	return 0;
}

static int
look_and_return(struct run *run, const struct uids *doubtful, struct uids *twins, struct twins *maybe)
{
	const struct settling *settling = run->settling;
	struct list mails = { NULL, 0, 0 };
	int there;

	if (list_uids(run->session, doubtful, true, &mails, run->err) == -1)
		return session_is_broken(run->session) ? -1 : 1;
	there = look_there(run, &mails, twins, maybe);
	list_free(&mails);
	if (there == 1)
		run->why_unsure = *run->err;
	run->err->scope = ERR_NONE;
	if (there == -1 || session_select(run->session, settling->watched, false, run->err) == -1)
		return -1;
	if (run->session->uidvalidity != settling->uidvalidity) {
		run->session->broken = true;
		return err_set(run->err, ERR_RETRY, "%s was made anew meanwhile", settling->watched);
	}
	return there;
}

/*
 * Of the mails that an earlier attempt may have copied, those that it has; and those of which the server would not say: they
 * wait, and hold up nothing else.
 */
static int
find_twins(struct run *run, const struct uids *present, struct uids *twins, struct uids *unsure)
{
	struct uids doubtful = { NULL, 0 };
	struct twins maybe = { .v = NULL };
	int result = 0;

	for (size_t i = 0; i < present->n; i++)
		if (uids_has(run->settling->repeated, present->v[i]))
			uids_add(&doubtful, present->v[i]);
	if (doubtful.n > 0)
		result = look_and_return(run, &doubtful, twins, &maybe);
	if (result != -1 && confirm_twins(run, &maybe, twins) == -1)
		result = -1;
	for (size_t i = 0; result == 1 && i < doubtful.n; i++)
		if (!uids_has(twins, doubtful.v[i]))
			uids_add(unsure, doubtful.v[i]);
	twins_free(&maybe);
	uids_free(&doubtful);
	return result == -1 ? -1 : 0;
}

/*
 * Move them; a server that refuses a set because a person was faster with one
 * of its mails is asked again for the others, as long as the set gets smaller
 * and no copy stands in the folder already.
 */
static int
move_those_left(struct run *run, const struct uids *present)
{
	struct uids todo = { NULL, 0 }, left;
	size_t before;
	int result = -1;

	for (size_t i = 0; i < present->n; i++)
		uids_add(&todo, present->v[i]);
	do {
		before = todo.n;
		run->err->scope = ERR_NONE;
		if (in_sets(run, &todo, move_set) == -1 || session_noop(run->session, run->err) == -1 ||
		    list_present(run->session, &todo, &left, run->err) == -1)
			goto out;
		for (size_t i = 0; i < todo.n; i++)
			if (settled_of(run, todo.v[i])->outcome == OUTCOME_FAILED && !uids_has(&left, todo.v[i]))
				settled_of(run, todo.v[i])->outcome = OUTCOME_GONE;
		uids_free(&todo);
		todo = left;
	} while (todo.n > 0 && todo.n < before && !run->half_done);
	/* What is still there after it was moved has not been moved. */
	for (size_t i = 0; i < todo.n; i++)
		if (settled_of(run, todo.v[i])->outcome == OUTCOME_MOVED) {
			settled_of(run, todo.v[i])->outcome = OUTCOME_FAILED;
			err_set(run->err, ERR_MAILBOX, "%s says that mails were moved out of %s, but they "
			    "are still there", run->session->host, run->settling->watched);
		}
	result = 0;
out:
	uids_free(&todo);
	return result;
}

static int
move_all(struct run *run, struct uids *present)
{
	struct uids twins = { NULL, 0 }, unsure = { NULL, 0 };
	int result = -1;

	if (!run->session->can_move && !run->session->can_uidplus) {
		result = in_sets(run, present, mark_set);
		if (result == 0 && run->err->scope == ERR_NONE)
			err_set(run->err, ERR_MAILBOX, "%s can neither move mails nor delete single ones: "
			    "finished mails stay in %s%s", run->session->host, run->settling->watched,
			    run->session->can_keywords ? ", marked with a keyword" : "");
		return result;
	}
	if (find_twins(run, present, &twins, &unsure) == -1)
		goto out;
	uids_without(present, &twins);
	uids_without(present, &unsure);
	if (move_those_left(run, present) == -1 || in_sets(run, &twins, remove_set) == -1)
		goto out;
	set_outcome(run, unsure.v, unsure.n, OUTCOME_FAILED);
	if (unsure.n > 0 && run->err->scope == ERR_NONE)
		*run->err = run->why_unsure;
	result = 0;
out:
	uids_free(&twins);
	uids_free(&unsure);
	return result;
}

int
settle_run(struct session *session, const struct settling *settling, struct settled *settled_r,
    struct err *err)
{
	struct run run = { .session = session, .settling = settling, .settled = settled_r, .err = err };
	struct uids present = { NULL, 0 };
	int result = -1;

	err->scope = ERR_NONE;
	for (size_t i = 0; i < settling->uids->n; i++)
		settled_r[i] = (struct settled){ OUTCOME_GONE, 0 };
	if (list_present(session, settling->uids, &present, err) == -1) {
		if (!session_is_broken(session)) {	/* it will not be searched: nothing has been done */
			set_outcome(&run, settling->uids->v, settling->uids->n, OUTCOME_FAILED);
			result = 0;
		}
		goto out;
	}
	if (session->read_only && present.n > 0) {
		set_outcome(&run, present.v, present.n, OUTCOME_FAILED);
		err_set(err, ERR_MAILBOX, "%.100s may only be read with this name and password: finished mails stay "
		    "there, unmarked", settling->watched);
		result = 0;
	} else if (*settling->folder != '\0')
		result = move_all(&run, &present);
	else if (*settling->keyword != '\0')
		result = in_sets(&run, &present, mark_set);
	else {
		set_outcome(&run, present.v, present.n, OUTCOME_MOVED);
		result = 0;
	}
out:
	uids_free(&present);
	if (result == -1)
		session->broken = true;
	return result;
}
