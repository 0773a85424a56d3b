/*
 * The whole store as text that two runs can be compared by: every table in
 * the order of natural keys.  Core and tests.
 * Invariant: nothing that chance, the machine's speed or a repeated step
 * changes is printed: no row ids, codes, message-ids of ours, tries, salts.
 * A moment is printed as its day.  Mails are named by fingerprint, cases by
 * reference (else number), our mails by case, template and recipients.
 * Fails: as store.h says.
 */
#include "store/sql.h"

#define CASE_OF(id)	"(SELECT coalesce(reference, 'case ' || id) FROM cases WHERE id=" id ")"
#define MAIL_OF(id)	"(SELECT CASE typeof(fingerprint) WHEN 'blob' THEN lower(hex(fingerprint))" \
			" ELSE fingerprint END FROM message WHERE id=" id ")"
#define DAY(at)		"date(" at ",'unixepoch')"
#define DAYNO(day)	"date(" day "*86400,'unixepoch')"
#define HEX(hash)	"CASE typeof(" hash ") WHEN 'blob' THEN lower(hex(" hash ")) ELSE " hash " END"
#define TO		"(SELECT group_concat(address, ' ') FROM (SELECT address FROM outbox_recipient" \
			" WHERE outbox=o.id AND NOT cc ORDER BY address))"
#define CC		"(SELECT group_concat(address, ' ') FROM (SELECT address FROM outbox_recipient" \
			" WHERE outbox=o.id AND cc ORDER BY address))"

static const struct { const char *table, *sql; } dumps[] = {
	{ "setting", "SELECT name FROM setting ORDER BY 1" },
	{ "pack-version", "SELECT pack, title, " HEX("hash") " AS hash FROM pack_version ORDER BY pack, id" },
	{ "mailbox", "SELECT name, pack, address, highest_uid, baseline_uid FROM mailbox ORDER BY 1" },
	{ "sighting", "SELECT m.name AS mailbox, s.uid, s.state, " MAIL_OF("s.message") " AS mail"
	    " FROM sighting s JOIN mailbox m ON m.id=s.mailbox ORDER BY 1, s.uidvalidity, 2" },
	{ "message", "SELECT pack, " HEX("fingerprint") " AS mail, " DAY("received") " AS received, kind, "
	    CASE_OF("message.case_id") " AS of_case, strand, state, message_id, thread_root, sender,"
	    " length(record) AS bytes FROM message ORDER BY 1,2" },
	{ "message-reference", "SELECT " MAIL_OF("message_reference.message") " AS mail, reference FROM message_reference"
	    " ORDER BY 1,2" },
	{ "document", "SELECT " MAIL_OF("document.message") " AS mail, part, name, type, is_inline, size, "
	    HEX("sha256") " AS sha256, unreadable FROM document ORDER BY 1,2" },
	{ "case", "SELECT coalesce(reference, 'case ' || id) AS name, pack, " DAY("opened") " AS opened, "
	    DAY("closed") " AS closed, paused, child_name, " DAYNO("born") " AS born, nhs_number, upn, "
	    DAY("raw_purged") " AS mails_erased, " DAY("purged") " AS erased FROM cases ORDER BY 1,2" },
	{ "timer", "SELECT " CASE_OF("case_id") " AS of_case, " DAYNO("day") " AS day, minute FROM timer"
	    " ORDER BY 1,2,3" },
	{ "strand", "SELECT " CASE_OF("case_id") " AS of_case, no, name, service, stage, entry, "
	    DAY("began") " AS began, " DAY("entered") " AS entered, final, chased, held, "
	    DAY("held_at") " AS held_at FROM strand ORDER BY 1,2" },
	{ "stage-entry", "SELECT " CASE_OF("case_id") " AS of_case, no, strand, entry, stage, "
	    DAY("at") " AS at, rule FROM stage_entry ORDER BY 1,2" },
	{ "fact", "SELECT " CASE_OF("case_id") " AS of_case, no, strand, name, value, source, who, "
	    DAY("at") " AS at, " MAIL_OF("fact.message") " AS mail, superseded_by FROM fact ORDER BY 1,2" },
	{ "deadline", "SELECT " CASE_OF("case_id") " AS of_case, no, strand, name, version, "
	    DAYNO("date") " AS date, derivation, superseded FROM deadline ORDER BY 1,2" },
	{ "question", "SELECT " CASE_OF("case_id") " AS of_case, no, strand, entry, name, asked, of_role, "
	    DAY("at") " AS at, state, answer, answered_by, " DAY("answered_at") " AS answered_at"
	    " FROM question ORDER BY 1,2" },
	{ "question-code", "SELECT " CASE_OF("case_id") " AS of_case, question, used FROM question_code"
	    " ORDER BY 1,2,3" },
	{ "rung", "SELECT " CASE_OF("case_id") " AS of_case, strand, entry, question, rung, occurrence, version,"
	    " collapsed FROM rung ORDER BY 1,2,3,4,5,6,7" },
	{ "outbox", "SELECT " CASE_OF("o.case_id") " AS of_case, template, " TO " AS \"to\", " CC " AS cc,"
	    " act, pack, mailbox, state, rule, strand, question, subject, " MAIL_OF("o.in_reply_to")
	    " AS in_reply_to, " MAIL_OF("o.forwarded") " AS forwarded, " DAY("decided") " AS decided,"
	    " sent IS NOT NULL AS sent FROM outbox o ORDER BY 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15" },
	{ "outbox-recipient", "SELECT " CASE_OF("o.case_id") " AS of_case, o.template, r.address, r.cc, r.state"
	    " FROM outbox_recipient r JOIN outbox o ON o.id=r.outbox ORDER BY 1,2,3,4,5" },
	{ "message-id-alias", "SELECT " CASE_OF("o.case_id") " AS of_case, o.template, " TO " AS \"to\""
	    " FROM message_id_alias a JOIN outbox o ON o.id=a.outbox ORDER BY 1,2,3" },
	{ "settle", "SELECT m.name AS mailbox, s.uid, s.from_folder, s.folder, s.state FROM settle s"
	    " JOIN mailbox m ON m.id=s.mailbox ORDER BY 1, s.uidvalidity, 2, 3, 4, 5" },
	{ "triage", "SELECT " CASE_OF("triage.case_id") " AS of_case, " MAIL_OF("triage.message") " AS mail, pack,"
	    " reason, rule, state, " DAY("at") " AS at, kind, template, note, asked, " DAY("asked_at") " AS asked_at, "
	    DAY("due") " AS due, answer, " DAY("answered_at") " AS answered_at, words, (SELECT template FROM outbox"
	    " WHERE id=triage.outbox) AS held FROM triage ORDER BY 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" },
	{ "triage-candidate", "SELECT t.reason, " MAIL_OF("t.message") " AS mail, c.no, " CASE_OF("c.case_id") " AS of_case"
	    " FROM triage_candidate c JOIN triage t ON t.id=c.triage ORDER BY 1,2,3,4" },
	{ "triage-rung", "SELECT t.reason, " MAIL_OF("t.message") " AS mail, r.rung, r.occurrence, r.version, r.collapsed"
	    " FROM triage_rung r JOIN triage t ON t.id=r.triage ORDER BY 1,2,3,4,5,6" },
	{ "triage-code", "SELECT t.reason, " MAIL_OF("t.message") " AS mail, c.sole"
	    " FROM triage_code c JOIN triage t ON t.id=c.triage ORDER BY 1,2,3" },
	{ "import", "SELECT kind, " DAY("at") " AS at, " HEX("sha256") " AS sha256, rows FROM import ORDER BY id" },
	{ "person", "SELECT address, name, posts, team, manager, cover, " DAYNO("from_day") " AS from_day, "
	    DAYNO("until_day") " AS until_day FROM person ORDER BY address, line" },
	{ "absence", "SELECT address, because, " DAYNO("from_day") " AS from_day, " DAYNO("until_day")
	    " AS until_day FROM absence ORDER BY 1,2" },
	{ "involvement", "SELECT person_id, name, " DAYNO("born") " AS born, nhs_number, upn, service, open, "
	    DAYNO("closed_on") " AS closed_on, worker, flags FROM involvement ORDER BY line" },
	{ "change", "SELECT " CASE_OF("change.case_id") " AS of_case, word, " DAY("at") " AS at, what, reason, "
	    MAIL_OF("change.message") " AS mail, scope, undoes, undone_by FROM change ORDER BY id" },
	{ "strand-was", "SELECT " CASE_OF("case_id") " AS of_case, no, strand, " MAIL_OF("strand_was.message") " AS mail, change,"
	    " taken_back, existed, stage, entry, final, chased, held FROM strand_was ORDER BY 1,2" },
	{ "question-was", "SELECT " CASE_OF("case_id") " AS of_case, no, question, " MAIL_OF("question_was.message") " AS mail,"
	    " change, taken_back, existed, state, answer FROM question_was ORDER BY 1,2" },
	{ "moved", "SELECT change, what, " CASE_OF("moved.case_id") " AS of_case, strand, question, state FROM moved"
	    " ORDER BY 1,2,3,4,5,6" },
	{ "pause", "SELECT scope, " DAY("since") " AS since, " DAY("until") " AS until FROM pause ORDER BY 1" },
	{ "list-said", "SELECT " CASE_OF("case_id") " AS of_case, said FROM list_said ORDER BY 1,2" },
	{ "list-waiting", "SELECT " CASE_OF("case_id") " AS of_case FROM list_waiting ORDER BY 1" },
	{ "legal-hold", "SELECT " CASE_OF("case_id") " AS of_case, reason FROM legal_hold ORDER BY case_id" },
	{ "purge-file", "SELECT folder, name FROM purge_file ORDER BY 1,2" },
	{ "journal", "SELECT " CASE_OF("journal.case_id") " AS of_case, event, " MAIL_OF("journal.message")
	    " AS mail, (SELECT template FROM outbox WHERE id=journal.outbox) AS template, rule, detail, "
	    DAY("at") " AS at FROM journal ORDER BY 1,2,3,4,5,6,7" },
};

/* Line ends would break a line in two; nothing else needs care in a comparison. */
static void
add_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_add_str(out, "\\n");
		else
			buf_add_char(out, *text);
}

static void
add_row(struct buf *out, const char *table, sqlite3_stmt *stmt)
{
	int i, columns = sqlite3_column_count(stmt);

	buf_add_str(out, table);
	for (i = 0; i < columns; i++) {
		if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
			continue;
		buf_printf(out, " %s=", sqlite3_column_name(stmt, i));
		add_text(out, (const char *)sqlite3_column_text(stmt, i));
	}
	buf_add_char(out, '\n');
}

int
store_dump(struct store *store, struct buf *out, struct err *err)
{
	struct query q;
	size_t i;

	for (i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		q = sql_query(store, dumps[i].sql);
		while (sql_row(&q))
			add_row(out, dumps[i].table, q.stmt);
		if (sql_end(&q, err) == -1)
			return -1;
	}
	return 0;
}
