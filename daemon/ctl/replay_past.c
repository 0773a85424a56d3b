/*
 * What came from outside, in the order in which it was decided: mails, what
 * people decided and changed, lists.  Timers are not among it: a life has its
 * own.  Runs in advicectl replay.
 * Invariant: the live store is only read; the same store gives the same past.
 * Fails: as the store does.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/replay.h"

struct reading {
	struct arena	*arena;
	struct past	*past;
};

static void
add(struct reading *r, instant at, enum past_what what, size_t no, int64_t id)
{
	struct past_event *event = arena_push(r->arena, r->past->events, r->past->event_count);

	*event = (struct past_event){ at, what, no, id };
}

static int
in_order(const void *a, const void *b)
{
	const struct past_event *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int
by_case(const void *a, const void *b)
{
	const struct past_case *x = a, *y = b;

	if (x->case_id != y->case_id)
		return x->case_id < y->case_id ? -1 : 1;
	return (x->mail > y->mail) - (x->mail < y->mail);
}

/* Our own mails that came back, and what others sent in our name, are for nobody's rules. */
static bool
is_for_rules(const struct history_mail *mail)
{
	return strcmp(mail->kind, "own") != 0 && strcmp(mail->kind, "stray") != 0;
}

static void
case_add(struct reading *r, int64_t case_id, size_t mail)
{
	if (case_id != 0)
		*arena_push(r->arena, r->past->of_case, r->past->of_case_count) = (struct past_case){ case_id, mail };
}

static int
mails_read(struct reading *r, struct err *err)
{
	struct past *past = r->past;

	if (store_history_mails(past->live, r->arena, past->pack, &past->mails, &past->mail_count, err) == -1)
		return -1;
	for (size_t i = 0; i < past->mail_count; i++) {
		const struct history_mail *mail = &past->mails[i];

		past->erased += mail->erased && is_for_rules(mail);
		if (mail->erased || !is_for_rules(mail) || mail->at > past->now)
			continue;
		add(r, mail->at, PAST_MAIL, i, mail->id);
		case_add(r, mail->first_case, i);
		if (mail->case_id != mail->first_case)
			case_add(r, mail->case_id, i);
	}
	if (past->of_case_count > 1)
		qsort(past->of_case, past->of_case_count, sizeof(*past->of_case), by_case);
	return 0;
}

/* By command: who answers by mail is among the mails. */
static int
resolved_read(struct reading *r, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages(r->past->live, r->arena, false, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (rows[i].answered_at != INSTANT_NONE && str_starts(rows[i].answered_by, "uid ") &&
		    strcmp(rows[i].pack, r->past->pack) == 0)
			add(r, rows[i].answered_at, PAST_RESOLVED, 0, rows[i].id);
	return 0;
}

static int
changes_read(struct reading *r, struct err *err)
{
	struct change_row *row;
	const char *pack;
	int64_t *ids;
	size_t count;

	if (store_history_changes(r->past->live, r->arena, &ids, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		pack = NULL;
		if (store_change(r->past->live, r->arena, ids[i], &row, err) == -1 || (row->case_id != 0 &&
		    store_case_pack(r->past->live, r->arena, row->case_id, &pack, err) == -1))
			return -1;
		/* A mailbox owner's STOP is among the mails. */
		if (strcmp(row->who, "mailbox owner") != 0 && (pack == NULL || strcmp(pack, r->past->pack) == 0))
			add(r, row->at, PAST_CHANGED, 0, row->id);
	}
	return 0;
}

/* The store keeps the list in force and the days of all imports: the one list is taken for all of them. */
static int
list_read(struct reading *r, const char *list, enum past_what what, struct err *err)
{
	struct history_import *imports;
	size_t count;

	if (store_history_imports(r->past->live, r->arena, list, &imports, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		add(r, imports[i].at, i == 0 ? what : PAST_LIST_AGAIN, 0, what == PAST_INVOLVEMENT);
		r->past->lists_before += i > 0 && !imports[i].same;
	}
	return 0;
}

int
past_read(struct arena *arena, struct past *past, struct err *err)
{
	struct reading r = { arena, past };

	if (mails_read(&r, err) == -1 || resolved_read(&r, err) == -1 || changes_read(&r, err) == -1 ||
	    list_read(&r, "directory", PAST_DIRECTORY, err) == -1 ||
	    list_read(&r, "involvement", PAST_INVOLVEMENT, err) == -1 ||
	    store_directory(past->live, arena, &past->directory, err) == -1 ||
	    store_history_involvement(past->live, arena, &past->list, err) == -1 ||
	    store_history_sent(past->live, past->pack, &past->sent, &past->unsent, &past->refused, err) == -1)
		return err_wrap(err, "the past");
	if (past->event_count > 1)
		qsort(past->events, past->event_count, sizeof(*past->events), in_order);
	return 0;
}
