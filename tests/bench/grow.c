/*
 * A store with many open cases out of a small one: the open cases of a store
 * in which some weeks of an office were lived through (tests/board/fill.c),
 * copied again and again with everything that belongs to them, each copy about
 * a child of its own (tests/property/population.h) and under numbers of its
 * own.  What simulate leaves out is added: where each mail was seen, where it
 * was put, and the journal, whose chain is made up.
 * Rows go past store/, with the indexes made afterwards: a million cases take
 * minutes and not hours.  Columns are read off the schema, so that a new one
 * is copied.
 *
 * TICKS moments follow the store's own, at each of which exactly TICK_DUE
 * cases fall due, or one, at which DUE do; what else would fall due by then comes later.
 *
 * usage: grow SEED CASES STORE [DUE] ; prints the moments, ISO 8601 each
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../property/population.h"

#include "base/file.h"
#include "base/str.h"
#include "store/store.h"

#define TICKS		4
#define TICK_DUE	100
#define APART_S		3600		/* between the moments */
#define LATER_S		(60 * 86400)

/* Whose numbers a column holds. */
enum whose { PLAIN, CASE, MESSAGE, OUTBOX };

static const char *const kept_as[] = { [CASE] = "cases", [MESSAGE] = "message", [OUTBOX] = "outbox" };

/* What is copied: rows of the cases taken, by this column. */
static const struct { const char *table, *by; enum whose whose; } tables[] = {
	{ "cases", "id", CASE }, { "timer", "case_id", CASE }, { "strand", "case_id", CASE }, { "stage_entry", "case_id", CASE },
	{ "fact", "case_id", CASE }, { "deadline", "case_id", CASE }, { "question", "case_id", CASE },
	{ "question_code", "case_id", CASE }, { "rung", "case_id", CASE }, { "list_said", "case_id", CASE },
	{ "strand_was", "case_id", CASE }, { "question_was", "case_id", CASE }, { "message", "case_id", CASE },
	{ "document", "message", MESSAGE }, { "outbox", "case_id", CASE }, { "outbox_recipient", "outbox", OUTBOX },
	{ "mail_code", "outbox", OUTBOX },
};
#define TABLES	(sizeof(tables) / sizeof(tables[0]))

static const struct { const char *column; enum whose whose; } numbers[] = {
	{ "case_id", CASE }, { "message", MESSAGE }, { "outbox", OUTBOX }, { "in_reply_to", MESSAGE }, { "forwarded", MESSAGE },
	{ "cause", MESSAGE }, { "joined", OUTBOX },
};

/* What each copy has for itself.  ?1 is the copy's number. */
static const struct { const char *table, *column, *is; } own[] = {
	{ "cases", "reference", "child(%s,0)" }, { "cases", "child_name", "child(%s,1)" }, { "cases", "born", "child(%s,2)" },
	{ "cases", "nhs_number", "child(%s,3)" }, { "cases", "upn", "child(%s,4)" },
	{ "fact", "value", "CASE name WHEN 'reference' THEN child(%s,0) WHEN 'child-name' THEN child(%s,5)"
	    " WHEN 'date-of-birth' THEN child(%s,6) WHEN 'nhs-number' THEN child(%s,3) ELSE value END" },
	{ "question_code", "hash", "randomblob(32)" }, { "mail_code", "hash", "randomblob(32)" },
	{ "message", "fingerprint", "randomblob(32)" },
	{ "message", "message_id", "iif(kind='advice-request',child(%s,7),message_id||?1)" },
	{ "message", "message_key", "iif(kind='advice-request',child(%s,8),random())" },
	{ "outbox", "message_id", "?1||message_id" }, { "outbox", "message_key", "random()" },
	{ "outbox", "subject", "replace(subject,'@REF@',child(%s,0))" },
};

static const struct child *children;
static struct arena *scratch;

static void
must(bool well, const char *what, const char *why)
{
	if (well)
		return;
	fprintf(stderr, "grow: %s: %s\n", what, why);
	exit(2);
}

static void
run(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		must(false, sql, why);
}

static int64_t
number_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t number;

	must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW, sql, sqlite3_errmsg(db));
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return number;
}

/* ---- Children */

static void
put(sqlite3_context *to, const char *text)
{
	sqlite3_result_text(to, text, -1, SQLITE_TRANSIENT);
}

/* child(CASE, WHAT): what that case knows of its child, and how the request about it is called. */
static void
child_says(sqlite3_context *to, int argc, sqlite3_value **argv)
{
	const struct child *child = &children[sqlite3_value_int64(argv[0]) - 1];
	struct arena *arena = arena_new();

	(void)argc;
	switch (sqlite3_value_int(argv[1])) {
	case 0:
		put(to, child->reference);
		break;
	case 1:
		put(to, str_fold_name(arena, record_name(arena, child)));
		break;
	case 2:
		sqlite3_result_int64(to, child->born);
		break;
	case 3:
		put(to, child->nhs);
		break;
	case 4:
		put(to, child->upn);
		break;
	case 5:
		put(to, record_name(arena, child));
		break;
	case 6:
		put(to, date_iso(arena, child->born));
		break;
	case 7:
		put(to, arena_printf(arena, "request-%s@council.example", child->nhs));
		break;
	default:
		sqlite3_result_int64(to, store_key(arena_printf(arena, "request-%s@council.example", child->nhs)));
	}
	arena_free(&arena);
}

/* ---- Columns */

static enum whose
whose_number(const char *table, const char *column)
{
	for (int i = CASE; i <= OUTBOX; i++)
		if (strcmp(column, "id") == 0 && strcmp(table, kept_as[i]) == 0)
			return (enum whose)i;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(column, numbers[i].column) == 0)
			return numbers[i].whose;
	return PLAIN;
}

/* "%s" in it stands for the new number of the case. */
static const char *
own_value(const char *table, const char *column, const char *new_case)
{
	struct buf out = BUF_INIT;
	const char *is = NULL, *copied;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(table, own[i].table) == 0 && strcmp(column, own[i].column) == 0)
			is = own[i].is;
	if (is == NULL)
		return NULL;
	for (; *is != '\0'; is++)
		if (str_starts(is, "%s")) {
			buf_add_str(&out, new_case);
			is++;
		} else
			buf_add_char(&out, *is);
	copied = arena_strdup(scratch, buf_text(&out));
	buf_free(&out);
	return copied;
}

/* SELECT's values for the table: out of the seed with numbers counted anew, or (spans) out of that for the copy ?1. */
static const char *
values(sqlite3 *db, const char *table, const int64_t *spans)
{
	const char *new_case = spans == NULL ? NULL :
	    arena_printf(scratch, "(%s+?1*%lld)", strcmp(table, "cases") == 0 ? "id" : "case_id", (long long)spans[CASE]);
	struct strs all = { NULL, 0 };
	sqlite3_stmt *stmt;

	must(sqlite3_prepare_v2(db, arena_printf(scratch, "PRAGMA main.table_info(%s)", table), -1, &stmt, NULL) == SQLITE_OK,
	    table, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *column = arena_strdup(scratch, (const char *)sqlite3_column_text(stmt, 1)), *value = NULL;
		enum whose whose = whose_number(table, column);

		if (spans != NULL)
			value = own_value(table, column, new_case);
		if (value == NULL && whose != PLAIN && spans != NULL)
			value = arena_printf(scratch, "%s+?1*%lld", column, (long long)spans[whose]);
		else if (value == NULL && whose != PLAIN)
			value = arena_printf(scratch, "(SELECT new FROM take_%s WHERE old=s.%s) AS %s", kept_as[whose], column, column);
		else if (value == NULL)
			value = column;
		strs_add(scratch, &all, value);
	}
	sqlite3_finalize(stmt);
	must(all.n > 0, table, "no such table");
	return strs_join(scratch, &all, ",");
}

/* ---- One copy, to be multiplied */

static void
take(sqlite3 *db, enum whose whose, const char *rows)
{
	run(db, arena_printf(scratch, "CREATE TEMP TABLE take_%s(old INTEGER PRIMARY KEY, new INTEGER NOT NULL);"
	    "INSERT INTO take_%s SELECT id, row_number() OVER (ORDER BY rank, id) FROM (%s)", kept_as[whose], kept_as[whose], rows));
}

/* The open cases, those that are due first before the others, as many as are wanted. */
static size_t
cut(sqlite3 *db, size_t count)
{
	take(db, CASE, arena_printf(scratch, "SELECT c.id, t.due AS rank FROM seed.cases c JOIN seed.timer t ON t.case_id=c.id"
	    " WHERE c.closed IS NULL ORDER BY t.due, c.id LIMIT %zu", count));
	take(db, MESSAGE, "SELECT id, id AS rank FROM seed.message WHERE case_id IN (SELECT old FROM take_cases)");
	take(db, OUTBOX, "SELECT id, id AS rank FROM seed.outbox WHERE case_id IN (SELECT old FROM take_cases)");
	for (size_t i = 0; i < TABLES; i++)
		run(db, arena_printf(scratch, "CREATE TABLE cut.%s AS SELECT %s FROM seed.%s s WHERE s.%s IN (SELECT old FROM take_%s)"
		    " ORDER BY 1", tables[i].table, values(db, tables[i].table, NULL), tables[i].table, tables[i].by,
		    kept_as[tables[i].whose]));
	run(db, "UPDATE cut.outbox SET subject=replace(subject,(SELECT reference FROM cut.cases c WHERE c.id=case_id),'@REF@')");
	return (size_t)number_of(db, "SELECT count(*) FROM cut.cases");
}

/* ---- The whole */

static void
multiply(sqlite3 *db, size_t count)
{
	int64_t spans[] = { 0, number_of(db, "SELECT count(*) FROM cut.cases"), number_of(db, "SELECT max(id) FROM cut.message"),
	    number_of(db, "SELECT max(id) FROM cut.outbox") };

	for (size_t i = 0; i < TABLES; i++) {
		const char *sql = arena_printf(scratch, "INSERT INTO main.%s SELECT %s FROM cut.%s", tables[i].table,
		    values(db, tables[i].table, spans), tables[i].table);
		sqlite3_stmt *stmt;

		must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, sql, sqlite3_errmsg(db));
		for (size_t copy = 0; copy < count / (size_t)spans[CASE]; copy++) {
			sqlite3_bind_int64(stmt, 1, (int64_t)copy);
			must(sqlite3_step(stmt) == SQLITE_DONE && sqlite3_reset(stmt) == SQLITE_OK, sql, sqlite3_errmsg(db));
		}
		sqlite3_finalize(stmt);
	}
}

/* Where mails were seen and put, and who did what when. */
static void
add_the_rest(sqlite3 *db)
{
	run(db, "INSERT INTO person SELECT * FROM seed.person; INSERT INTO import SELECT * FROM seed.import;"
	    "INSERT INTO setting SELECT * FROM seed.setting; INSERT INTO digest SELECT * FROM seed.digest;"
	    "INSERT INTO pack_version SELECT * FROM seed.pack_version;"
	    "INSERT INTO mailbox SELECT * FROM seed.mailbox;"
	    "UPDATE mailbox SET highest_uid=(SELECT max(id) FROM message)");
	run(db, arena_printf(scratch, "INSERT INTO sighting(mailbox, uidvalidity, uid, state, message, spool_name, received, strikes,"
	    " why, size, message_key) SELECT b.id, b.uidvalidity, m.id, %d, m.id, b.name||'.1.'||m.id, m.received, 0, '', 8000,"
	    " m.message_key FROM message m, (SELECT * FROM mailbox LIMIT 1) b;"
	    "INSERT INTO settle(mailbox, sighting, uidvalidity, uid, folder, state, tries)"
	    " SELECT mailbox, id, uidvalidity, uid, 'Processed', %d, 1 FROM sighting", SIGHTING_SETTLED, SETTLE_DONE));
	run(db, "INSERT INTO journal(at, event, case_id, message, rule, detail, who, hash, nonce)"
	    " SELECT received, 'mail', case_id, id, '', kind, 'daemon', randomblob(32), hex(randomblob(16)) FROM message;"
	    "INSERT INTO journal(at, event, case_id, message, rule, detail, who, hash, nonce)"
	    " SELECT at, 'move', case_id, 0, rule, stage, 'daemon', randomblob(32), hex(randomblob(16)) FROM stage_entry;"
	    "INSERT INTO journal(at, event, case_id, outbox, rule, detail, who, hash, nonce)"
	    " SELECT decided, 'mail-out', case_id, id, rule, template, 'daemon', randomblob(32), hex(randomblob(16)) FROM outbox");
	run(db, "INSERT INTO involvement(person_id, name, folded, born, nhs_number, upn, service, open, worker, flags, line)"
	    " SELECT 'P'||c.id, child(c.id,5), child_name, born, nhs_number, upn, 'CSC', 1,"
	    " coalesce((SELECT value FROM fact f WHERE f.case_id=c.id AND name='worker' AND superseded_by IS NULL), ''), '', c.id"
	    " FROM cases c");
}

/* So many due at each moment, by themselves or with others that were due a little before; all else later. */
static void
time_ticks(sqlite3 *db, int ticks, int due)
{
	int64_t first = number_of(db, "SELECT min(due) FROM timer"), last = first + (ticks - 1) * APART_S;

	run(db, arena_printf(scratch, "CREATE TEMP TABLE tick AS SELECT case_id AS id, row_number() OVER (ORDER BY random()) - 1 AS no"
	    " FROM timer WHERE due=%lld", (long long)first));
	must(number_of(db, "SELECT count(*) FROM tick") >= ticks * due, "the seed", "too few cases are due at its next moment");
	run(db, arena_printf(scratch, "DELETE FROM tick WHERE no >= %d", ticks * due));
	run(db, arena_printf(scratch, "UPDATE timer SET due=due+%d, day=day+%d WHERE due<=%lld AND case_id NOT IN (SELECT id FROM tick);"
	    "UPDATE timer SET due=due+%d*(SELECT no/%d FROM tick WHERE id=case_id),"
	    " minute=minute+%d*(SELECT no/%d FROM tick WHERE id=case_id) WHERE case_id IN (SELECT id FROM tick)",
	    LATER_S, LATER_S / 86400, (long long)last + 3600, APART_S, due, APART_S / 60, due));
	for (int i = 0; i < ticks; i++)
		printf("%s\n", instant_iso(scratch, first + i * APART_S));
}

static const char *
indexes(sqlite3 *db, bool drop)
{
	struct strs all = { NULL, 0 };
	sqlite3_stmt *stmt;

	must(sqlite3_prepare_v2(db, "SELECT name, sql FROM main.sqlite_schema WHERE type='index' AND sql IS NOT NULL", -1, &stmt,
	    NULL) == SQLITE_OK, "indexes", sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		strs_add(scratch, &all, drop ? arena_printf(scratch, "DROP INDEX main.%s", sqlite3_column_text(stmt, 0)) :
		    (const char *)arena_strdup(scratch, (const char *)sqlite3_column_text(stmt, 1)));
	sqlite3_finalize(stmt);
	return strs_join(scratch, &all, ";");
}

int
main(int argc, char **argv)
{
	size_t count = argc == 4 || argc == 5 ? strtoul(argv[2], NULL, 10) : 0, taken;
	struct child *made;
	struct store *store;
	const char *make_indexes;
	struct err err = { ERR_NONE, "" };
	sqlite3 *db;

	must(count > 0, "usage", "grow SEED CASES STORE [DUE]");
	scratch = arena_new();
	random_seed(7);
	children = made = population(scratch, count, 0);
	for (size_t i = 0; i < count; i++)
		(void)snprintf(made[i].reference, sizeof(made[i].reference), "EHC-%07u", (unsigned)i % 10000000);
	must(store_open(argv[3], &store, &err) == 0, argv[3], err.text);
	store_close(&store);
	must(sqlite3_open(argv[3], &db) == SQLITE_OK, argv[3], "it cannot be opened");
	must(sqlite3_create_function(db, "child", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
	    NULL, child_says, NULL, NULL) == SQLITE_OK, argv[3], sqlite3_errmsg(db));
	run(db, arena_printf(scratch, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;"
	    "PRAGMA temp_store=FILE;"
	    "ATTACH '%s' AS seed; ATTACH ':memory:' AS cut", argv[1]));
	make_indexes = indexes(db, false);
	run(db, "BEGIN");
	run(db, indexes(db, true));
	taken = cut(db, count < 2000 ? count : 2000);
	must(taken > 0 && count % taken == 0, "the seed", "has not 2,000 open cases");
	multiply(db, count);
	add_the_rest(db);
	run(db, make_indexes);
	time_ticks(db, argc == 5 ? 1 : TICKS, argc == 5 ? atoi(argv[4]) : TICK_DUE);
	run(db, "COMMIT; DETACH seed; PRAGMA journal_mode=WAL");
	sqlite3_close(db);
	arena_free(&scratch);
	return 0;
}
