/*
 * Reminders of one sending window: what each says, until it is known whether
 * something was missed.  If so, everybody who has several gets them in one
 * mail; else, and for everybody else, they go as they were written.  Core only.
 * Invariant: a row is GATHERED as long as one of its recipients has it neither
 * in such a mail nor on its way; each person's are joined in one transaction,
 * so a crash between two persons repeats nobody.  A mailbox's sections stay
 * until all are through: they say that something was missed; and those in a
 * mail that has not gone stay as long, for it may be taken apart again.
 * Fails: as store.h says.
 */
#include <assert.h>
#include <stdio.h>

#include "store/sql.h"

/* A case that is paused has its own mails wait, each for itself. */
#define NOT_PAUSED	" AND NOT EXISTS (SELECT 1 FROM pause WHERE until>?4 AND scope='case:' || o.case_id)"
/* Mails that may yet go, by themselves or because a person says so. */
#define MAY_GO		" m.state IN (0,1,3,4,5,6,10)"

static_assert(OUTBOX_QUEUED == 0 && OUTBOX_SENDING == 1 && OUTBOX_RETRY == 3 && OUTBOX_FAILED == 4 && OUTBOX_UNKNOWN == 5 &&
    OUTBOX_HELD == 6 && OUTBOX_REVIEW == 10, "the states of a mail that may yet go");

int
store_gathered_put(struct store *store, int64_t outbox, bool late, const char *section, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO gathered(outbox, late, section) VALUES(?,?,?)");

	sql_put_int(&q, outbox);
	sql_put_int(&q, late);
	sql_put_text(&q, section);
	return sql_run(&q, err);
}

bool
store_gathered_any(struct store *store)
{
	struct query q = sql_query(store, "SELECT 1 FROM outbox WHERE state=? LIMIT 1");
	bool any;

	sql_put_int(&q, OUTBOX_GATHERED);
	any = sql_row(&q);
	return sql_end(&q, NULL) == 0 && any;
}

static int
read_mails(struct store *store, struct arena *arena, struct gathered_person *person, instant now, struct err *err)
{
	struct query q = sql_query(store, "SELECT o.id, coalesce(o.case_id, 0), r.cc, o.rank, o.act, g.section FROM outbox_recipient r"
	    " JOIN outbox o ON o.id=r.outbox JOIN gathered g ON g.outbox=o.id"
	    " WHERE r.address=?2 AND r.state=?1 AND o.state=?1 AND o.pack=?3 AND o.mailbox=?5"
	    " AND (?6 OR o.act='escalate')" NOT_PAUSED " ORDER BY o.id");
	struct gathered_mail *mail;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_text(&q, person->address);
	sql_put_text(&q, person->pack);
	sql_put_int(&q, now);
	sql_put_text(&q, person->mailbox);
	sql_put_int(&q, person->missed);
	while (sql_row(&q)) {
		mail = arena_push(arena, person->mails, person->mail_count);
		mail->outbox = sql_get_int(&q);
		mail->case_id = sql_get_int(&q);
		mail->cc = sql_get_int(&q) != 0;
		mail->urgent = sql_get_int(&q) == RANK_URGENT;
		mail->act = sql_get_text(&q, arena);
		mail->section = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}

int
store_gathered_people(struct store *store, struct arena *arena, bool join, instant now, size_t max, struct gathered_person **people_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "WITH missed AS (SELECT DISTINCT o.mailbox FROM gathered g JOIN outbox o ON o.id=g.outbox WHERE g.late)"
	    " SELECT o.pack, o.mailbox, r.address, o.mailbox IN (SELECT mailbox FROM missed) AS was FROM gathered JOIN outbox o ON o.id=gathered.outbox"
	    " JOIN outbox_recipient r ON r.outbox=o.id"
	    " WHERE o.state=?1 AND r.state=?1 AND (o.mailbox IN (SELECT mailbox FROM missed) OR (?3 AND o.act='escalate'))" NOT_PAUSED
	    " GROUP BY o.mailbox, o.pack, r.address HAVING CASE WHEN was THEN count(*)>1 ELSE count(DISTINCT o.case_id)>1 END ORDER BY o.mailbox, o.pack, r.address LIMIT ?2");
	struct gathered_person *people = NULL, *person;
	size_t count = 0;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, (int64_t)max);
	sql_put_int(&q, join);
	sql_put_int(&q, now);
	while (sql_row(&q)) {
		person = arena_push(arena, people, count);
		person->pack = sql_get_text(&q, arena);
		person->mailbox = sql_get_text(&q, arena);
		person->address = sql_get_text(&q, arena);
		person->missed = sql_get_int(&q) != 0;
	}
	if (sql_end(&q, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (read_mails(store, arena, &people[i], now, err) == -1)
			return -1;
	*people_r = people;
	*count_r = count;
	return 0;
}

/* Nobody waits for it any more: all have it in another mail, but those who had it already as it was written. */
static int
close_row(struct store *store, int64_t outbox, instant now, struct err *err)
{
	struct query q = sql_query(store, "UPDATE outbox SET sent=coalesce(sent, ?2), state=CASE WHEN EXISTS"
	    " (SELECT 1 FROM outbox_recipient WHERE outbox=?3 AND state=?5) THEN ?5 ELSE ?1 END WHERE id=?3 AND NOT EXISTS"
	    " (SELECT 1 FROM outbox_recipient WHERE outbox=?3 AND state=?4)");

	sql_put_int(&q, OUTBOX_JOINED);
	sql_put_instant(&q, now);
	sql_put_int(&q, outbox);
	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, OUTBOX_SENT);
	return sql_run(&q, err);
}

int
store_gathered_joined(struct store *store, const struct gathered_person *person, int64_t outbox, instant now, struct err *err)
{
	char where[40];

	(void)snprintf(where, sizeof(where), "in mail %lld", (long long)outbox);
	for (size_t i = 0; i < person->mail_count; i++) {
		struct query q = sql_query(store, "UPDATE outbox_recipient SET state=?, reply=?, joined=? WHERE outbox=? AND address=?");

		sql_put_int(&q, OUTBOX_JOINED);
		sql_put_text(&q, where);
		sql_put_int(&q, outbox);
		sql_put_int(&q, person->mails[i].outbox);
		sql_put_text(&q, person->address);
		if (sql_run(&q, err) == -1 || close_row(store, person->mails[i].outbox, now, err) == -1)
			return -1;
	}
	return 0;
}

int
store_gathered_rest(struct store *store, struct err *err)
{
	struct query q = sql_query(store, "UPDATE outbox_recipient SET state=?2 WHERE state=?1"
	    " AND outbox IN (SELECT id FROM outbox WHERE state=?1)");

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, OUTBOX_QUEUED);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE outbox SET state=?2 WHERE state=?1");
	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, OUTBOX_QUEUED);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "DELETE FROM gathered WHERE NOT EXISTS (SELECT 1 FROM outbox_recipient r JOIN outbox m ON m.id=r.joined"
	    " WHERE r.outbox=gathered.outbox AND" MAY_GO ")");
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE gathered SET late=0 WHERE late<>0");
	return sql_run(&q, err);
}

int
store_gathered_again(struct store *store, int64_t outbox, struct err *err)
{
	struct query q = sql_query(store, "UPDATE gathered SET late=1 WHERE outbox=?");

	sql_put_int(&q, outbox);
	return sql_run(&q, err);
}

int
store_gathered_waits(struct store *store, int64_t outbox, bool *waits_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM outbox_recipient r JOIN outbox m ON m.id=r.joined"
	    " WHERE r.outbox=? AND" MAY_GO " LIMIT 1");

	sql_put_int(&q, outbox);
	*waits_r = sql_row(&q);
	return sql_end(&q, err);
}
