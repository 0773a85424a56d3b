/*
 * The schema and its migrations.  Core only, when the store is opened.
 * Invariant: all missing migrations run in one transaction together with the
 * new user_version, so a store has one version or the other, never a mixture.
 *
 * Instants are seconds since 1970, days are days since 1970, an unknown one is
 * NULL.  States are the numbers of the enums in store.h and case.h, and the
 * source of a fact that of enum text_source: their order is part of the store.
 * Lists of addresses are text, one a line.  Hashes are 32 bytes.  A "key" is 64
 * bits of a text's SHA-256: an index on it is a tenth of one on the text.
 * What belongs to a case is kept together by a key that begins with its number.
 * Fails: as store.h says; the store stays as it was.
 */
#include <stdint.h>
#include <stdio.h>

#include "store/schema.h"
#include "store/sql.h"

static const char version_1[] =
"CREATE TABLE setting("
"	name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

"CREATE TABLE pack_version("
"	id INTEGER PRIMARY KEY, pack TEXT NOT NULL, hash NOT NULL, title TEXT NOT NULL,"
"	since INTEGER);"
"CREATE INDEX pack_version_pack ON pack_version(pack);"

/* Mailboxes, and where each of their mails was seen. */
"CREATE TABLE mailbox("
"	id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, pack TEXT NOT NULL,"
"	address TEXT NOT NULL, uidvalidity INTEGER NOT NULL, highest_uid INTEGER NOT NULL,"
"	baseline_uid INTEGER NOT NULL, proven INTEGER, trouble TEXT NOT NULL);"
"CREATE TABLE sighting("
"	id INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL REFERENCES mailbox(id),"
"	uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, state INTEGER NOT NULL,"
"	message INTEGER, spool_name TEXT NOT NULL, received INTEGER,"
"	strikes INTEGER NOT NULL, why TEXT NOT NULL,"
"	UNIQUE(mailbox, uidvalidity, uid));"
"CREATE INDEX sighting_state ON sighting(state);"

/* Cases.  The child's columns are what matching looks up; facts hold the rest. */
"CREATE TABLE cases("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, pack TEXT NOT NULL, reference TEXT,"
"	opened INTEGER NOT NULL, closed INTEGER, paused INTEGER NOT NULL DEFAULT 0,"
"	child_name TEXT, born INTEGER, nhs_number TEXT, upn TEXT);"
"CREATE INDEX cases_reference ON cases(reference) WHERE reference IS NOT NULL;"
"CREATE INDEX cases_child ON cases(born, child_name) WHERE born IS NOT NULL;"
"CREATE INDEX cases_nhs_number ON cases(nhs_number) WHERE nhs_number IS NOT NULL;"
"CREATE INDEX cases_upn ON cases(upn) WHERE upn IS NOT NULL;"
"CREATE INDEX cases_open ON cases(opened) WHERE closed IS NULL;"

/* When a case wants to be looked at again: the instant, and the civil time it stands for. */
"CREATE TABLE timer("
"	case_id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE,"
"	due INTEGER NOT NULL, day INTEGER NOT NULL, minute INTEGER NOT NULL);"
"CREATE INDEX timer_due ON timer(due);"

"CREATE TABLE strand("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	name TEXT NOT NULL, service TEXT NOT NULL, stage TEXT NOT NULL, entry INTEGER NOT NULL,"
"	began INTEGER, entered INTEGER, final INTEGER NOT NULL, chased TEXT NOT NULL,"
"	held INTEGER NOT NULL, held_at INTEGER,"
"	PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE stage_entry("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	strand INTEGER NOT NULL, entry INTEGER NOT NULL, stage TEXT NOT NULL, at INTEGER,"
"	rule TEXT NOT NULL, PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE fact("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	strand INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, source INTEGER NOT NULL,"
"	span_start INTEGER, span_length INTEGER, who TEXT NOT NULL, at INTEGER, message INTEGER,"
"	superseded_by INTEGER, PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE INDEX fact_reference ON fact(value) WHERE name='reference' AND superseded_by IS NULL;"
"CREATE TABLE deadline("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	strand INTEGER NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, date INTEGER,"
"	derivation TEXT NOT NULL, superseded INTEGER NOT NULL, PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE question("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	strand INTEGER NOT NULL, entry INTEGER NOT NULL, name TEXT NOT NULL, asked TEXT NOT NULL,"
"	of_role TEXT NOT NULL, at INTEGER, state INTEGER NOT NULL, answer TEXT NOT NULL,"
"	answered_by TEXT NOT NULL, answered_at INTEGER, PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE question_code("
"	hash PRIMARY KEY, case_id INTEGER NOT NULL, question INTEGER NOT NULL,"
"	used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
/* Promise once: its key is the rung's. */
"CREATE TABLE rung("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, strand INTEGER NOT NULL,"
"	entry INTEGER NOT NULL, question INTEGER NOT NULL, rung TEXT NOT NULL,"
"	occurrence INTEGER NOT NULL, version INTEGER NOT NULL, collapsed INTEGER NOT NULL,"
"	PRIMARY KEY(case_id, strand, entry, question, rung, occurrence, version)) WITHOUT ROWID;"

/* Mails.  The record comes last: the columns before it are read without it. */
"CREATE TABLE message("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, pack TEXT NOT NULL, fingerprint NOT NULL,"
"	received INTEGER, kind TEXT NOT NULL, case_id INTEGER REFERENCES cases(id),"
"	strand INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, spool_name TEXT NOT NULL,"
"	message_id TEXT NOT NULL DEFAULT '', message_key INTEGER,"
"	thread_root TEXT NOT NULL DEFAULT '', thread_key INTEGER,"
"	sender TEXT NOT NULL DEFAULT '', record BLOB);"
"CREATE UNIQUE INDEX message_once ON message(fingerprint, pack);"
"CREATE INDEX message_case ON message(case_id) WHERE case_id IS NOT NULL;"
"CREATE INDEX message_message_key ON message(message_key) WHERE case_id IS NOT NULL;"
"CREATE INDEX message_thread_key ON message(thread_key)"
"	WHERE case_id IS NOT NULL AND thread_key IS NOT NULL;"
"CREATE TABLE message_reference("
"	reference TEXT NOT NULL, message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,"
"	PRIMARY KEY(reference, message)) WITHOUT ROWID;"
"CREATE TABLE document("
"	message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE, part INTEGER NOT NULL,"
"	name TEXT NOT NULL, type TEXT NOT NULL, is_inline INTEGER NOT NULL, offset INTEGER NOT NULL,"
"	size INTEGER NOT NULL, sha256 NOT NULL, unreadable TEXT NOT NULL,"
"	PRIMARY KEY(message, part)) WITHOUT ROWID;"

/* What goes out. */
"CREATE TABLE outbox("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, case_id INTEGER REFERENCES cases(id),"
"	pack TEXT NOT NULL, mailbox TEXT NOT NULL, state INTEGER NOT NULL, act TEXT NOT NULL,"
"	template TEXT NOT NULL, rule TEXT NOT NULL, strand INTEGER NOT NULL,"
"	question INTEGER NOT NULL, spool_name TEXT NOT NULL, sha256 NOT NULL,"
"	message_id TEXT NOT NULL, message_key INTEGER, subject TEXT NOT NULL,"
"	in_reply_to INTEGER, forwarded INTEGER, decided INTEGER, next_try INTEGER, sent INTEGER,"
"	body_asked INTEGER NOT NULL, tries INTEGER NOT NULL, why TEXT NOT NULL);"
"CREATE INDEX outbox_state ON outbox(state, next_try);"
"CREATE INDEX outbox_case ON outbox(case_id) WHERE case_id IS NOT NULL;"
"CREATE INDEX outbox_message_key ON outbox(message_key) WHERE message_key IS NOT NULL;"
"CREATE TABLE outbox_recipient("
"	outbox INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	address TEXT NOT NULL, cc INTEGER NOT NULL, state INTEGER NOT NULL, code INTEGER NOT NULL,"
"	reply TEXT NOT NULL, PRIMARY KEY(outbox, no)) WITHOUT ROWID;"
"CREATE TABLE message_id_alias("
"	message_key INTEGER NOT NULL, message_id TEXT NOT NULL,"
"	outbox INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,"
"	PRIMARY KEY(message_key, message_id, outbox)) WITHOUT ROWID;"

"CREATE TABLE settle("
"	id INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL REFERENCES mailbox(id),"
"	sighting INTEGER, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,"
"	folder TEXT NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL);"
"CREATE INDEX settle_state ON settle(state, mailbox);"

"CREATE TABLE triage("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, case_id INTEGER, message INTEGER,"
"	pack TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, state TEXT NOT NULL,"
"	at INTEGER);"
"CREATE INDEX triage_open ON triage(case_id, message) WHERE state='open';"

/* People: imported whole. */
"CREATE TABLE import("
"	id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER, sha256 NOT NULL,"
"	rows INTEGER NOT NULL);"
"CREATE TABLE person("
"	id INTEGER PRIMARY KEY, address TEXT NOT NULL, name TEXT NOT NULL, posts TEXT NOT NULL,"
"	team TEXT NOT NULL, manager TEXT NOT NULL, cover TEXT NOT NULL, from_day INTEGER,"
"	until_day INTEGER, line INTEGER NOT NULL);"
"CREATE TABLE absence("
"	address TEXT NOT NULL, because TEXT NOT NULL, from_day INTEGER, until_day INTEGER,"
"	PRIMARY KEY(address, because)) WITHOUT ROWID;"
"CREATE TABLE involvement("
"	id INTEGER PRIMARY KEY, person_id TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,"
"	born INTEGER, nhs_number TEXT, upn TEXT, service TEXT NOT NULL, open INTEGER NOT NULL,"
"	closed_on INTEGER, worker TEXT NOT NULL, flags TEXT NOT NULL, line INTEGER NOT NULL);"
"CREATE INDEX involvement_nhs_number ON involvement(nhs_number) WHERE nhs_number IS NOT NULL;"
"CREATE INDEX involvement_upn ON involvement(upn) WHERE upn IS NOT NULL;"
"CREATE INDEX involvement_child ON involvement(born, folded) WHERE born IS NOT NULL;"

/* The journal only grows.  Salts stand apart, so that they can be erased. */
"CREATE TABLE journal("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, event TEXT NOT NULL, case_id INTEGER,"
"	message INTEGER, outbox INTEGER, rule TEXT NOT NULL, detail TEXT NOT NULL,"
"	who TEXT NOT NULL, hash NOT NULL);"
"CREATE INDEX journal_case ON journal(case_id) WHERE case_id IS NOT NULL;"
"CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN"
"	SELECT RAISE(ABORT, 'the journal only grows'); END;"
"CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN"
"	SELECT RAISE(ABORT, 'the journal only grows'); END;"
"CREATE TABLE salt("
"	case_id INTEGER NOT NULL, message INTEGER NOT NULL, salt BLOB NOT NULL,"
"	PRIMARY KEY(case_id, message)) WITHOUT ROWID;";

/* What waits for a person is put to somebody by mail, reminded of and answered; and a mail is moved a second time. */
static const char triage_by_mail[] =
"ALTER TABLE triage ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE triage ADD COLUMN outbox INTEGER;"
"ALTER TABLE triage ADD COLUMN template TEXT NOT NULL DEFAULT '';"
"ALTER TABLE triage ADD COLUMN note TEXT NOT NULL DEFAULT '';"
"ALTER TABLE triage ADD COLUMN asked TEXT NOT NULL DEFAULT '';"
"ALTER TABLE triage ADD COLUMN asked_at INTEGER;"
"ALTER TABLE triage ADD COLUMN due INTEGER;"
"ALTER TABLE triage ADD COLUMN answer TEXT NOT NULL DEFAULT '';"
"ALTER TABLE triage ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';"
"ALTER TABLE triage ADD COLUMN answered_at INTEGER;"
"ALTER TABLE triage ADD COLUMN words TEXT NOT NULL DEFAULT '';"
"CREATE INDEX triage_due ON triage(due) WHERE due IS NOT NULL;"
"CREATE INDEX triage_message ON triage(message) WHERE state='open' AND message IS NOT NULL;"
"CREATE TABLE triage_candidate("
"	triage INTEGER NOT NULL REFERENCES triage(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	case_id INTEGER NOT NULL, PRIMARY KEY(triage, no)) WITHOUT ROWID;"
"CREATE TABLE triage_rung("
"	triage INTEGER NOT NULL REFERENCES triage(id) ON DELETE CASCADE, rung TEXT NOT NULL,"
"	occurrence INTEGER NOT NULL, version INTEGER NOT NULL, collapsed INTEGER NOT NULL,"
"	PRIMARY KEY(triage, rung, occurrence, version)) WITHOUT ROWID;"
/* sole: the one person whom a mail with this code went to, and nobody else. */
"CREATE TABLE triage_code("
"	hash PRIMARY KEY, triage INTEGER NOT NULL REFERENCES triage(id) ON DELETE CASCADE,"
"	sole TEXT NOT NULL) WITHOUT ROWID;"
"ALTER TABLE settle ADD COLUMN from_folder TEXT NOT NULL DEFAULT '';"
"CREATE INDEX settle_sighting ON settle(sighting) WHERE sighting IS NOT NULL;"
"CREATE INDEX sighting_message ON sighting(message) WHERE message IS NOT NULL;";

/* Matching compares the names of all children of a day: read from the index alone, one pack's together. */
static const char children_of_a_day[] =
"DROP INDEX cases_child;"
"CREATE INDEX cases_born ON cases(born, pack, child_name) WHERE born IS NOT NULL;";

/*
 * What the involvement list last said of each open case's child, and the cases
 * for which a new list has yet to be looked at.
 */
static const char involvement_changes[] =
"CREATE TABLE list_said("
"	case_id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE, said TEXT NOT NULL);"
"CREATE TABLE list_waiting("
"	case_id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE);";

/*
 * What an administrator changed, and what strands and questions were before a
 * mail or a change touched them: so that either can be taken back.  A touch is
 * in force until a change takes it back.  moved: mails and mails of ours as they
 * were before a change (what: enum moved_what).  A pause's scope: "" is
 * everything, "mailbox:ADDRESS", "case:NUMBER".
 */
static const char changes_by_people[] =
"CREATE TABLE change("
"	id INTEGER PRIMARY KEY AUTOINCREMENT, case_id INTEGER REFERENCES cases(id) ON DELETE CASCADE,"
"	word INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,"
"	reason TEXT NOT NULL, message INTEGER, other INTEGER, scope TEXT NOT NULL, undoes INTEGER, undone_by INTEGER);"
"CREATE INDEX change_case ON change(case_id) WHERE case_id IS NOT NULL;"
"CREATE TABLE strand_was("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	strand INTEGER NOT NULL, message INTEGER, change INTEGER, at INTEGER, taken_back INTEGER,"
"	existed INTEGER NOT NULL, name TEXT, service TEXT, stage TEXT, entry INTEGER, began INTEGER,"
"	entered INTEGER, final INTEGER, chased TEXT, held INTEGER, held_at INTEGER,"
"	PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE question_was("
"	case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE, no INTEGER NOT NULL,"
"	question INTEGER NOT NULL, message INTEGER, change INTEGER, at INTEGER, taken_back INTEGER,"
"	existed INTEGER NOT NULL, state INTEGER, answer TEXT, answered_by TEXT, answered_at INTEGER,"
"	PRIMARY KEY(case_id, no)) WITHOUT ROWID;"
"CREATE TABLE moved("
"	change INTEGER NOT NULL REFERENCES change(id) ON DELETE CASCADE, what INTEGER NOT NULL,"
"	id INTEGER NOT NULL, case_id INTEGER, strand INTEGER NOT NULL, question INTEGER NOT NULL,"
"	state INTEGER NOT NULL, PRIMARY KEY(change, what, id)) WITHOUT ROWID;"
"CREATE TABLE pause(scope TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;"
"ALTER TABLE cases ADD COLUMN merged_into INTEGER;"
"DROP INDEX cases_born;"
"CREATE INDEX cases_born ON cases(born, pack, child_name, merged_into) WHERE born IS NOT NULL;"
"CREATE INDEX cases_merged ON cases(merged_into) WHERE merged_into IS NOT NULL;"
"ALTER TABLE stage_entry ADD COLUMN came_from INTEGER;"
"ALTER TABLE fact ADD COLUMN change INTEGER;"
"ALTER TABLE outbox ADD COLUMN cause INTEGER;"
"ALTER TABLE outbox ADD COLUMN change INTEGER;"
"ALTER TABLE absence ADD COLUMN message INTEGER;";

/* A pack's digests, each with the moment at which it goes next. */
static const char digests_due[] =
"CREATE TABLE digest(pack TEXT NOT NULL, name TEXT NOT NULL, due INTEGER, PRIMARY KEY(pack, name)) WITHOUT ROWID;";

/* By whose doing a pack's version came into force, and how many tests it had passed. */
static const char pack_versions[] =
"ALTER TABLE pack_version ADD COLUMN who TEXT NOT NULL DEFAULT '';"
"ALTER TABLE pack_version ADD COLUMN tests INTEGER NOT NULL DEFAULT 0;";

/* The guard looks children up by their forenames. */
static const char children_by_name[] =
"CREATE INDEX cases_named ON cases(child_name) WHERE child_name IS NOT NULL;";

/*
 * Keeping and erasing.  raw_purged, purged: when a case's mails, and all of its
 * content, were erased, and why before its time; a hold on case 0 is one on everything.  purge_file:
 * files that the rows erased so far named, still to be removed.  journal_base:
 * the row after which the journal begins by now, and its hash.
 */
static const char keeping[] =
"ALTER TABLE cases ADD COLUMN raw_purged INTEGER;"
"ALTER TABLE cases ADD COLUMN purged INTEGER;"
"ALTER TABLE cases ADD COLUMN purged_why TEXT;"
"CREATE INDEX cases_closed ON cases(closed) WHERE closed IS NOT NULL AND purged IS NULL;"
"CREATE INDEX message_alone ON message(received) WHERE case_id IS NULL;"
"CREATE INDEX outbox_alone ON outbox(decided) WHERE case_id IS NULL;"
"CREATE INDEX triage_alone ON triage(at) WHERE case_id IS NULL AND message IS NULL;"
/* So that erasing one case does not read what belongs to all others. */
"CREATE INDEX triage_of_case ON triage(case_id) WHERE case_id IS NOT NULL;"
"CREATE INDEX triage_of_message ON triage(message) WHERE message IS NOT NULL;"
"CREATE INDEX triage_of_outbox ON triage(outbox) WHERE outbox IS NOT NULL;"
"CREATE INDEX triage_candidate_case ON triage_candidate(case_id);"
"CREATE INDEX triage_code_triage ON triage_code(triage);"
"CREATE INDEX question_code_case ON question_code(case_id);"
"CREATE INDEX message_reference_message ON message_reference(message);"
"CREATE INDEX message_id_alias_outbox ON message_id_alias(outbox);"
"CREATE TABLE legal_hold("
"	case_id INTEGER PRIMARY KEY, since INTEGER NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL);"
"CREATE TABLE purge_file(folder TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(folder, name)) WITHOUT ROWID;"
"ALTER TABLE journal ADD COLUMN nonce TEXT;"
"CREATE TABLE journal_base(upto INTEGER PRIMARY KEY, hash NOT NULL, at INTEGER NOT NULL);"
"DROP TRIGGER journal_no_delete;"
"CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
"	WHEN OLD.id > (SELECT coalesce(max(upto), 0) FROM journal_base) BEGIN"
"	SELECT RAISE(ABORT, 'the journal only grows'); END;";

/* Each mail's copy to ourselves, when a person is to be told of it, and before what it goes. */
static const char sending_with_copy[] =
"ALTER TABLE outbox ADD COLUMN copy INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE outbox ADD COLUMN first_try INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE outbox ADD COLUMN ask_at INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE outbox ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE outbox ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;";

/*
 * A mail is known again in a folder that was made anew: by message-id, size and date.  mailbox.uidvalidity is our own
 * number for the folder as it is now.  What was there before us, and what a person has yet to agree to, has rows too.
 */
static const char mails_known_again[] =
"ALTER TABLE mailbox ADD COLUMN server_uidvalidity INTEGER NOT NULL DEFAULT 0;"
"UPDATE mailbox SET server_uidvalidity=uidvalidity;"
"ALTER TABLE mailbox ADD COLUMN asked_uid INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE mailbox ADD COLUMN held_before INTEGER;"
"ALTER TABLE mailbox ADD COLUMN looked INTEGER;"
"ALTER TABLE sighting ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE sighting ADD COLUMN message_key INTEGER;"
"UPDATE sighting SET message_key=(SELECT message_key FROM message WHERE id=sighting.message) WHERE message IS NOT NULL;"
"CREATE INDEX sighting_key ON sighting(message_key) WHERE message_key IS NOT NULL;"
"CREATE INDEX sighting_received ON sighting(received) WHERE received IS NOT NULL;"
"CREATE TABLE held_mail(sighting INTEGER PRIMARY KEY REFERENCES sighting(id) ON DELETE CASCADE, record BLOB NOT NULL);";

/* What was missed while nothing could go, until it goes in one mail a person. */
static const char gathered_mails[] =
"CREATE TABLE gathered(outbox INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE, late INTEGER NOT NULL, section TEXT NOT NULL);"
"CREATE INDEX outbox_recipient_address ON outbox_recipient(address);"
/* When a mail went, for the rates; a person has looked at it and let it go. */
"CREATE INDEX outbox_sent ON outbox(sent) WHERE sent IS NOT NULL;"
"ALTER TABLE outbox ADD COLUMN released INTEGER NOT NULL DEFAULT 0;"
/* JOINED: in which mail this one has it. */
"ALTER TABLE outbox_recipient ADD COLUMN joined INTEGER;"
"CREATE INDEX outbox_recipient_joined ON outbox_recipient(joined) WHERE joined IS NOT NULL;";

/* Each mail that comes asks whether another one came under its message-id: those without a case count as well. */
static const char messages_by_id[] =
"DROP INDEX message_message_key;"
"CREATE INDEX message_message_key ON message(message_key) WHERE message_key IS NOT NULL;";

/* A reminder's code: a button begins a new mail, which says by it what it is about. */
static const char codes_of_mails[] =
"CREATE TABLE mail_code(hash PRIMARY KEY, outbox INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE) WITHOUT ROWID;"
"CREATE INDEX mail_code_outbox ON mail_code(outbox);";

/* Questions about what waits, many about one sender's mails: which row each puts; whom was lately asked about. */
static const char questions_gathered[] =
"ALTER TABLE gathered ADD COLUMN triage INTEGER;"
"CREATE INDEX triage_asked ON triage(asked_at) WHERE asked_at IS NOT NULL;";

/* What a start finds in the spool is looked up by its name: one mail after the other, however many there are. */
static const char files_by_name[] =
"CREATE INDEX outbox_file ON outbox(spool_name) WHERE spool_name<>'';"
"CREATE INDEX sighting_file ON sighting(spool_name) WHERE spool_name<>'';";

/* What waits is known again by the rules' own names, whatever words people read for them. */
static const char triage_known_again[] =
"ALTER TABLE triage ADD COLUMN known_by TEXT NOT NULL DEFAULT '';";

/*
 * What is asked for each mail that comes is answered by an index alone: children of a forename, and how many of its sender's
 * mails somebody was asked about lately.
 */
static const char asked_of_each_mail[] =
"DROP INDEX cases_named;"
"CREATE INDEX cases_named ON cases(child_name, pack, merged_into) WHERE child_name IS NOT NULL;"
"ALTER TABLE triage ADD COLUMN sender TEXT NOT NULL DEFAULT '';"
"UPDATE triage SET sender=coalesce((SELECT sender FROM message WHERE id=triage.message), '') WHERE message IS NOT NULL;"
"DROP INDEX triage_asked;"
"CREATE INDEX triage_asked ON triage(sender, asked_at, pack, message) WHERE asked_at IS NOT NULL;";

/* What goes next is the first of it, however many wait: store_outbox_due(), with the same numbers. */
static const char outbox_in_order[] =
"CREATE INDEX outbox_next ON outbox(rank<>1, decided+CASE rank WHEN 2 THEN 900 ELSE 0 END, id, next_try) WHERE state IN (0,3);";

const char *const schema_migrations[] = { version_1, triage_by_mail, children_of_a_day, involvement_changes,
	changes_by_people, digests_due, pack_versions, children_by_name, keeping,
	sending_with_copy, mails_known_again, gathered_mails, messages_by_id, codes_of_mails, questions_gathered, files_by_name,
	triage_known_again, asked_of_each_mail, outbox_in_order };
const size_t schema_version = sizeof(schema_migrations) / sizeof(schema_migrations[0]);

static int
read_pragma(sqlite3 *db, const char *sql, int64_t *value_r, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*value_r = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : sql_fail(db, rc, "reading the store's version", err);
}

static int
check_owner(sqlite3 *db, int64_t version, struct err *err)
{
	int64_t application, tables;

	if (read_pragma(db, "PRAGMA application_id", &application, err) == -1 ||
	    read_pragma(db, "SELECT count(*) FROM sqlite_schema", &tables, err) == -1)
		return -1;
	if (application == SCHEMA_APPLICATION_ID)
		return 0;
	if (application == 0 && version == 0 && tables == 0)
		return 0;
	return err_set(err, ERR_DAEMON, "this file is a database of another program, not a store of adviced");
}

int
schema_read_version(sqlite3 *db, int64_t *version_r, struct err *err)
{
	return read_pragma(db, "PRAGMA user_version", version_r, err);
}

int
schema_check(sqlite3 *db, size_t count, struct err *err)
{
	int64_t version;

	if (read_pragma(db, "PRAGMA user_version", &version, err) == -1 ||
	    check_owner(db, version, err) == -1)
		return -1;
	if (version > (int64_t)count)
		return err_set(err, ERR_DAEMON, "the store has version %lld, made by a later version of adviced; "
		    "this one knows up to %zu", (long long)version, count);
	return 0;
}

/* A PRAGMA takes no parameters; the numbers are our own. */
static int
set_version(sqlite3 *db, size_t version)
{
	char sql[96];

	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%zu",
	    SCHEMA_APPLICATION_ID, version);
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int
run_migrations(sqlite3 *db, const char *const *migrations, size_t from, size_t count)
{
	size_t i;
	int rc = SQLITE_OK;

	for (i = from; i < count && rc == SQLITE_OK; i++)
		rc = sqlite3_exec(db, migrations[i], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = set_version(db, count);
	return rc == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : rc;
}

int
schema_migrate(sqlite3 *db, const char *const *migrations, size_t count, struct err *err)
{
	int64_t version;
	int rc;

	rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return sql_fail(db, rc, "opening the store", err);
	if (schema_check(db, count, err) == -1 || read_pragma(db, "PRAGMA user_version", &version, err) == -1)
		goto out;
	rc = run_migrations(db, migrations, (size_t)version, count);
	if (rc == SQLITE_OK)
		return 0;
	(void)sql_fail(db, rc, "bringing the store to a new version", err);
out:
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}
