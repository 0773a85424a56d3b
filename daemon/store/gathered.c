/*
 * Reminders of one sending window, and questions about what waits: what each
 * says, until it is known whether something was missed.  If so, everybody who
 * has several gets them in one mail; else, and for everybody else, reminders go
 * as they were written.  Several questions of one moment go in one mail always.
 * Core only.
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
/* A question may be put off, to go with others. */
#define HAS_COME(now)	" (o.next_try IS NULL OR o.next_try<=" now ")"
/* Mails that may yet go, by themselves or because a person says so. */
#define MAY_GO		" m.state IN (0,1,3,4,5,6,10)"

static_assert(OUTBOX_QUEUED == 0 && OUTBOX_SENDING == 1 && OUTBOX_RETRY == 3 && OUTBOX_FAILED == 4 && OUTBOX_UNKNOWN == 5 &&
    OUTBOX_HELD == 6 && OUTBOX_REVIEW == 10, "the states of a mail that may yet go");

int
store_gathered_put(struct store *store, int64_t outbox, bool late, int64_t triage, const char *section, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO gathered(outbox, late, triage, section) VALUES(?,?,?,?)");

	sql_put_int(&q, outbox);
	sql_put_int(&q, late);
	sql_put_id(&q, triage);
	sql_put_text(&q, section);
	return sql_run(&q, err);
}

bool
store_gathered_any(struct store *store, instant now)
{
	struct query q = sql_query(store, "SELECT 1 FROM outbox o WHERE state=?1 AND" HAS_COME("?2") " LIMIT 1");
	bool any;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, now);
	any = sql_row(&q);
	return sql_end(&q, NULL) == 0 && any;
}

static int
read_mails(struct store *store, struct arena *arena, struct gathered_person *person, instant now, struct err *err)
{
	struct query q = sql_query(store, "SELECT o.id, coalesce(o.case_id, 0), r.cc, o.rank, o.released, o.act, g.section FROM outbox_recipient r"
	    " JOIN outbox o ON o.id=r.outbox JOIN gathered g ON g.outbox=o.id"
	    " WHERE r.address=?2 AND r.state=?1 AND o.state=?1 AND o.pack=?3 AND o.mailbox=?5"
	    " AND CASE ?6 WHEN 0 THEN o.act='escalate' AND g.triage IS NULL WHEN 2 THEN g.triage IS NOT NULL ELSE 1 END"
	    " AND" HAS_COME("?4") NOT_PAUSED " ORDER BY o.id");
	struct gathered_mail *mail;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_text(&q, person->address);
	sql_put_text(&q, person->pack);
	sql_put_int(&q, now);
	sql_put_text(&q, person->mailbox);
	sql_put_int(&q, person->what);
	while (sql_row(&q)) {
		mail = arena_push(arena, person->mails, person->mail_count);
		mail->outbox = sql_get_int(&q);
		mail->case_id = sql_get_int(&q);
		mail->cc = sql_get_int(&q) != 0;
		mail->urgent = sql_get_int(&q) == RANK_URGENT;
		mail->released = sql_get_int(&q) != 0;
		mail->act = sql_get_text(&q, arena);
		mail->section = sql_get_text(&q, arena);
	}
	return sql_end(&q, err);
}

int
store_gathered_people(struct store *store, struct arena *arena, bool join, instant now, size_t max, struct gathered_person **people_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "WITH missed AS (SELECT DISTINCT o.mailbox FROM gathered g JOIN outbox o ON o.id=g.outbox WHERE g.late)"
	    " SELECT o.pack, o.mailbox, r.address, CASE WHEN o.mailbox IN (SELECT mailbox FROM missed) THEN 1 WHEN g.triage IS NOT NULL"
	    " THEN 2 ELSE 0 END AS what FROM gathered g JOIN outbox o ON o.id=g.outbox JOIN outbox_recipient r ON r.outbox=o.id"
	    " WHERE o.state=?1 AND r.state=?1 AND" HAS_COME("?4")
	    " AND (o.mailbox IN (SELECT mailbox FROM missed) OR g.triage IS NOT NULL OR (?3 AND o.act='escalate'))" NOT_PAUSED
	    " GROUP BY o.mailbox, o.pack, r.address, what HAVING CASE what WHEN 0 THEN count(DISTINCT o.case_id)>1 ELSE count(*)>1 END"
	    " ORDER BY o.mailbox, o.pack, r.address, what LIMIT ?2");
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
		person->what = (enum gathered_what)sql_get_int(&q);
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
store_gathered_rest(struct store *store, instant now, struct err *err)
{
	struct query q = sql_query(store, "UPDATE outbox_recipient SET state=?2 WHERE state=?1"
	    " AND outbox IN (SELECT id FROM outbox o WHERE state=?1 AND" HAS_COME("?3") ")");

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, now);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE outbox AS o SET state=?2 WHERE state=?1 AND" HAS_COME("?3"));
	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, OUTBOX_QUEUED);
	sql_put_int(&q, now);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "DELETE FROM gathered WHERE NOT EXISTS (SELECT 1 FROM outbox_recipient r JOIN outbox m ON m.id=r.joined"
	    " WHERE r.outbox=gathered.outbox AND" MAY_GO ") AND NOT EXISTS (SELECT 1 FROM outbox_recipient r"
	    " WHERE r.outbox=gathered.outbox AND r.state=?)");
	sql_put_int(&q, OUTBOX_GATHERED);
	if (sql_run(&q, err) == -1)
		return -1;
	q = sql_query(store, "UPDATE gathered SET late=0 WHERE late<>0");
	return sql_run(&q, err);
}

int
store_gathered_settled(struct store *store, struct arena *arena, instant now, int64_t **ids_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT o.id FROM outbox o JOIN gathered g ON g.outbox=o.id JOIN triage t ON t.id=g.triage"
	    " WHERE o.state=?1 AND" HAS_COME("?2") " AND t.state<>'open' ORDER BY o.id");

	*ids_r = NULL;
	*count_r = 0;
	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, now);
	while (sql_row(&q))
		*arena_push(arena, *ids_r, *count_r) = sql_get_int(&q);
	return sql_end(&q, err);
}

int
store_gathered_is_settled(struct store *store, int64_t outbox, bool *settled_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM gathered g JOIN triage t ON t.id=g.triage WHERE g.outbox=? AND t.state<>'open'");

	sql_put_int(&q, outbox);
	*settled_r = sql_row(&q);
	return sql_end(&q, err);
}

int
store_gathered_again(struct store *store, int64_t outbox, struct err *err)
{
	struct query q = sql_query(store, "UPDATE gathered SET late=1 WHERE outbox=?");

	sql_put_int(&q, outbox);
	return sql_run(&q, err);
}

int
store_gathered_halts(struct store *store, int64_t joined, instant now, bool *halts_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT 1 FROM outbox_recipient r JOIN outbox o ON o.id=r.outbox"
	    " JOIN pause p ON p.scope='case:' || o.case_id WHERE r.joined=? AND p.until>? LIMIT 1");

	sql_put_int(&q, joined);
	sql_put_int(&q, now);
	*halts_r = sql_row(&q);
	return sql_end(&q, err);
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
