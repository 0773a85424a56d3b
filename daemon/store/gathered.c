/*
 * Reminders of one sending window: what each says, until it is known whether
 * something was missed.  If so, everybody who has several gets them in one
 * mail; else, and for everybody else, they go as they were written.  Core only.
 * Invariant: a row is GATHERED as long as one of its recipients has it neither
 * in such a mail nor on its way; each person's are joined in one transaction,
 * so a crash between two persons repeats nobody.  A mailbox's sections stay
 * until all are through: they say that something was missed.
 * Fails: as store.h says.
 */
#include "store/sql.h"

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
read_mails(struct store *store, struct arena *arena, struct gathered_person *person, struct err *err)
{
	struct query q = sql_query(store, "SELECT o.id, coalesce(o.case_id, 0), r.cc, o.rank, o.act, g.section FROM outbox_recipient r"
	    " JOIN outbox o ON o.id=r.outbox JOIN gathered g ON g.outbox=o.id"
	    " WHERE r.address=?2 AND r.state=?1 AND o.state=?1 AND o.pack=?3 AND o.mailbox=?4"
	    " AND (?5 OR o.act='escalate') ORDER BY o.id");
	struct gathered_mail *mail;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_text(&q, person->address);
	sql_put_text(&q, person->pack);
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
store_gathered_people(struct store *store, struct arena *arena, bool join, size_t max, struct gathered_person **people_r, size_t *count_r, struct err *err)
{
	struct query q = sql_query(store, "WITH missed AS (SELECT DISTINCT o.mailbox FROM gathered g JOIN outbox o ON o.id=g.outbox WHERE g.late)"
	    " SELECT o.pack, o.mailbox, r.address, o.mailbox IN (SELECT mailbox FROM missed) AS was FROM gathered JOIN outbox o ON o.id=gathered.outbox"
	    " JOIN outbox_recipient r ON r.outbox=o.id"
	    " WHERE o.state=?1 AND r.state=?1 AND (o.mailbox IN (SELECT mailbox FROM missed) OR (?3 AND o.act='escalate'))"
	    " GROUP BY o.mailbox, o.pack, r.address HAVING CASE WHEN was THEN count(*)>1 ELSE count(DISTINCT o.case_id)>1 END ORDER BY o.mailbox, o.pack, r.address LIMIT ?2");
	struct gathered_person *people = NULL, *person;
	size_t count = 0;

	sql_put_int(&q, OUTBOX_GATHERED);
	sql_put_int(&q, (int64_t)max);
	sql_put_int(&q, join);
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
		if (read_mails(store, arena, &people[i], err) == -1)
			return -1;
	*people_r = people;
	*count_r = count;
	return 0;
}

/* Everybody has it in another mail: the row is done with, and its frozen file with it. */
static int
close_row(struct store *store, struct arena *arena, int64_t outbox, instant now, struct strs *files, struct err *err)
{
	struct query q = sql_query(store, "UPDATE outbox SET state=?1, sent=?2 WHERE id=?3 AND NOT EXISTS"
	    " (SELECT 1 FROM outbox_recipient WHERE outbox=?3 AND state=?4) RETURNING spool_name");

	sql_put_int(&q, OUTBOX_JOINED);
	sql_put_instant(&q, now);
	sql_put_int(&q, outbox);
	sql_put_int(&q, OUTBOX_GATHERED);
	if (sql_row(&q)) {
		const char *name = sql_get_text(&q, arena);

		if (name[0] != '\0')
			strs_add(arena, files, name);
	}
	return sql_end(&q, err);
}

int
store_gathered_joined(struct store *store, struct arena *arena, const struct gathered_person *person, int64_t outbox, instant now, struct strs *files_r, struct err *err)
{
	for (size_t i = 0; i < person->mail_count; i++) {
		struct query q = sql_query(store, "UPDATE outbox_recipient SET state=?, reply=?, joined=? WHERE outbox=? AND address=?");

		sql_put_int(&q, OUTBOX_JOINED);
		sql_put_text(&q, arena_printf(arena, "in mail %lld", (long long)outbox));
		sql_put_int(&q, outbox);
		sql_put_int(&q, person->mails[i].outbox);
		sql_put_text(&q, person->address);
		if (sql_run(&q, err) == -1 || close_row(store, arena, person->mails[i].outbox, now, files_r, err) == -1)
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
	q = sql_query(store, "DELETE FROM gathered");
	return sql_run(&q, err);
}
