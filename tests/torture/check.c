/*
 * What must hold after every step, and what must be true in the end.  Reads
 * core's own store through core's own handle, and what the model servers saw.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/backup.h"
#include "store/sql.h"
#include "torture.h"

#define KEPT_MAX	8

struct check {
	int64_t	 causes;		/* of what may move a date: at the last look */
	char	*dates;			/* in force then */
	const char *fixed_dates, *stuck;	/* what is asked for them, and for cases in which nothing will happen */
};

void
check_begin(struct life *life)
{
	life->check = arena_alloc(life->arena, sizeof(*life->check));
	life->check->causes = -1;
	life->check->fixed_dates = arena_printf(life->arena, "SELECT case_id, strand, name, date FROM deadline WHERE NOT superseded"
	    " AND name='%s' ORDER BY 1,2,3,4", life->town->fixed_date);
	life->check->stuck = arena_printf(life->arena, "SELECT c.id || ' ' || s.name || ' ' || s.stage"
	    " FROM cases c JOIN strand s ON s.case_id=c.id WHERE c.closed IS NULL AND NOT s.final AND s.stage NOT IN ('%s')"
	    " AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.case_id=c.id)"
	    " AND NOT EXISTS (SELECT 1 FROM triage g WHERE g.case_id=c.id AND g.state='open')",
	    strs_join(life->arena, &life->town->resting, "', '"));
}

struct sqlite3 *
check_store(struct life *life)
{
	return house_store(life)->db;
}

/* ---- Asking */

/* What is asked again and again is prepared once for a store; its text is a constant then. */
static struct { const char *sql; sqlite3_stmt *stmt; } kept[KEPT_MAX];

void
check_forget(bool orderly)
{
	for (int i = 0; i < KEPT_MAX; i++) {
		if (orderly)
			sqlite3_finalize(kept[i].stmt);
		kept[i].stmt = NULL;
		kept[i].sql = NULL;
	}
}

static sqlite3_stmt *
prepared(struct life *life, const char *sql, bool often)
{
	sqlite3_stmt *stmt = NULL;
	int i = 0;

	while (often && i < KEPT_MAX && kept[i].sql != NULL && kept[i].sql != sql)
		i++;
	if (often && i < KEPT_MAX && kept[i].sql == sql)
		return kept[i].stmt;
	if (sqlite3_prepare_v2(check_store(life), sql, -1, &stmt, NULL) != SQLITE_OK)
		life_fail(life, "%s: %s", sqlite3_errmsg(check_store(life)), sql);
	else if (often && i < KEPT_MAX) {
		kept[i].sql = sql;
		kept[i].stmt = stmt;
	}
	return stmt;
}

static void
ask_at(struct life *life, const char *sql, bool often, int64_t bound, void (*row)(struct life *, sqlite3_stmt *, void *),
    void *ctx)
{
	sqlite3_stmt *stmt = prepared(life, sql, often);
	int rc;

	if (stmt == NULL)
		return;
	if (sqlite3_bind_parameter_count(stmt) > 0)
		sqlite3_bind_int64(stmt, 1, bound);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		row(life, stmt, ctx);
	if (rc != SQLITE_DONE)
		life_fail(life, "%s: %s", sqlite3_errmsg(check_store(life)), sql);
	if (often)
		sqlite3_reset(stmt);
	else
		sqlite3_finalize(stmt);
}

static void
ask(struct life *life, const char *sql, void (*row)(struct life *, sqlite3_stmt *, void *), void *ctx)
{
	ask_at(life, sql, false, 0, row, ctx);
}

/* sql: a constant; its one parameter, if any, is the time. */
static void
ask_often(struct life *life, const char *sql, void (*row)(struct life *, sqlite3_stmt *, void *), void *ctx)
{
	ask_at(life, sql, true, life_now(life), row, ctx);
}

static const char *
text(sqlite3_stmt *stmt, int column)
{
	const char *value = (const char *)sqlite3_column_text(stmt, column);

	return value == NULL ? "" : value;
}

static void
one_number(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	(void)life;
	*(int64_t *)ctx = sqlite3_column_int64(stmt, 0);
}

static int64_t
count(struct life *life, const char *sql)
{
	int64_t n = 0;

	ask(life, sql, one_number, &n);
	return n;
}

/* A row that must not be: its first column says what it is. */
static void
is_wrong(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	life_fail(life, "%s: %s", (const char *)ctx, text(stmt, 0));
}

static void
none(struct life *life, const char *promise, const char *sql)
{
	ask(life, sql, is_wrong, (void *)(uintptr_t)promise);
}

/* ---- What went out */

static bool
went_to(const struct accepted_mail *mail, const char *address)
{
	size_t len = strlen(address);
	const char *at = mail->to;

	while ((at = strcasestr(at, address)) != NULL) {
		if ((at == mail->to || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

static void
once(struct life *life, size_t index, const char *address)
{
	const struct accepted_mail *mail = &life->model->accepted[index];

	for (size_t i = 0; i < index; i++)
		if (strcmp(life->model->accepted[i].id, mail->id) == 0 && went_to(&life->model->accepted[i], address))
			life_fail(life, "once: %s has got \"%s\" (%s) twice", address, mail->subject, mail->id);
}

static void
right_person(struct life *life, const struct accepted_mail *mail, const char *address)
{
	const char *domain = strchr(address, '@');
	const struct town *town = life->town;

	if (str_same(address, town->watched) || str_same(address, town->administrator) || strs_has_nocase(&town->outside, address))
		return;
	if (domain == NULL || !strs_has_nocase(&town->domains, domain + 1))
		life_fail(life, "right-people: \"%s\" went to %s", mail->subject, address);
	else if (count(life, arena_printf(life->arena, "SELECT count(*) FROM person WHERE lower(address)=lower('%s')", address)) == 0)
		life_fail(life, "right-people: \"%s\" went to %s, who is not in the directory", mail->subject, address);
}

static void
no_leak(struct life *life, const struct accepted_mail *mail)
{
	for (size_t i = 0; i < CHILDREN; i++)
		if (strcasestr(mail->subject, life->children[i].surname) != NULL || strcasestr(mail->subject, life->children[i].forename) != NULL ||
		    strstr(mail->subject, life->children[i].nhs) != NULL)
			life_fail(life, "no-leak: a child in the subject \"%s\"", mail->subject);
}

static void
what_went_out(struct life *life)
{
	for (; life->checked_accepted < life->model->accepted_count; life->checked_accepted++) {
		const struct accepted_mail *mail = &life->model->accepted[life->checked_accepted];
		char to[2000];
		char *rest = to, *address;

		snprintf(to, sizeof(to), "%s", mail->to);
		no_leak(life, mail);
		while ((address = strsep(&rest, " ")) != NULL) {
			once(life, life->checked_accepted, address);
			right_person(life, mail, address);
		}
	}
}

/* ---- The outbox */

/* The servers have it in < >. */
static bool
has_id(const struct accepted_mail *mail, const char *id, size_t len)
{
	return mail->id[0] == '<' && strncmp(mail->id + 1, id, len) == 0 && mail->id[len + 1] == '>';
}

bool
check_has_reached(const struct life *life, const char *id, const char *address)
{
	for (size_t i = 0; i < life->model->accepted_count; i++)
		if (has_id(&life->model->accepted[i], id, strlen(id)) && went_to(&life->model->accepted[i], address))
			return true;
	return false;
}

static void
recipient(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	const char *id = text(stmt, 0), *address = text(stmt, 1);
	int row = sqlite3_column_int(stmt, 2), state = sqlite3_column_int(stmt, 3);
	bool accepted = check_has_reached(life, id, address);
	bool waits = state == OUTBOX_QUEUED || state == OUTBOX_SENDING || state == OUTBOX_RETRY || state == OUTBOX_UNKNOWN;

	(void)ctx;
	if (state == OUTBOX_SENT && !accepted)
		life_fail(life, "no-loss: mail %s counts as sent to %s, and never was", id, address);
	if (accepted && state != OUTBOX_SENT && state != OUTBOX_UNKNOWN && state != OUTBOX_SENDING)
		life_fail(life, "once: mail %s was accepted for %s, and is %s", id, address, outbox_state_name((enum outbox_state)state));
	if (row == OUTBOX_SENT && waits)
		life_fail(life, "the sum: mail %s is sent, and for %s it is %s", id, address, outbox_state_name((enum outbox_state)state));
	/* Another may have it with other mails, or be spared it. */
	if (row == OUTBOX_FAILED && (waits || state == OUTBOX_SENT))
		life_fail(life, "the sum: mail %s has failed, and for %s it is %s", id, address, outbox_state_name((enum outbox_state)state));
}

static void
outbox(struct life *life)
{
	ask_often(life, "SELECT o.message_id, r.address, o.state, r.state FROM outbox o JOIN outbox_recipient r ON r.outbox=o.id",
	    recipient, NULL);
}

#define TO "(SELECT group_concat(address) FROM (SELECT address FROM outbox_recipient r WHERE r.outbox=o.id ORDER BY address))"
#define SAME "coalesce(case_id, 0) || ' ' || strand || ' ' || question || ' ' || act || ' ' || template || ' ' || rule || ' ' || coalesce(" TO ", '')"

/* How often a person has had that mail decided again: by the folder, or with a word. */
#define AGAIN "(SELECT count(*) FROM journal j WHERE j.message=max(o.cause) AND j.event='again')"

/* How many mails of ours that it caused were held: about each of them somebody is asked, and asked again. */
#define HELD "(SELECT count(*) FROM triage g WHERE g.message=max(o.cause) AND g.outbox<>0)"

static void
intents(struct life *life)
{
	none(life, "once: two mails for one reason", "SELECT " SAME " || ' cause ' || cause || ' on ' || date(decided, 'unixepoch') AS key FROM outbox o"
	    " WHERE cause IS NOT NULL AND cause<>0 AND change IS NULL AND act NOT IN ('remind', 'escalate') GROUP BY key HAVING"
	    " count(*)>max(1, " HELD ")+" AGAIN);
	none(life, "once: two of the owner's digests on one day", "SELECT pack || ' on ' || date(decided, 'unixepoch') AS key FROM outbox o"
	    " WHERE act='digest' AND template='administrator' GROUP BY key HAVING count(*)>1");
	none(life, "once: two mails by one timer", "SELECT " SAME " || ' on ' || date(decided, 'unixepoch') AS key FROM outbox o"
	    " WHERE (cause IS NULL OR cause=0) AND (change IS NULL OR change=0) AND state<>7 AND case_id IS NOT NULL AND strand>0 AND template<>'not-delivered'"
	    " GROUP BY key HAVING count(*)>1");
}

/* ---- Dates */

static void
add_date(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	(void)life;
	buf_printf(ctx, "case %s strand %s %s %s\n", text(stmt, 0), text(stmt, 1), text(stmt, 2), text(stmt, 3));
}

static void
dates(struct life *life)
{
	struct check *check = life->check;
	struct buf now = BUF_INIT;
	int64_t causes = 0;

	ask_often(life, "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM change)"
	    " + (SELECT count(*) FROM import) + (SELECT count(*) FROM pack_version)"
	    " + (SELECT count(*) FROM triage WHERE answered_at IS NOT NULL) + (SELECT count(*) FROM cases)"
	    " + 100000 * (SELECT count(*) FROM journal WHERE event='erased')"	/* which takes rows of the others away */
	    " + (SELECT count(*) FROM journal WHERE event='again')", one_number, &causes);
	ask_often(life, check->fixed_dates, add_date, &now);
	if (causes == check->causes && strcmp(check->dates, buf_text(&now)) != 0)
		life_fail(life, "dates-are-dates: nobody said anything, and a date has moved:\n%.500s---\n%.500s", check->dates, buf_text(&now));
	check->causes = causes;
	check->dates = arena_strdup(life->arena, buf_text(&now));
	buf_free(&now);
}

/* ---- Mails that came */

static void
sightings(struct life *life)
{
	const struct model *model = life->model;

	for (size_t i = 0; i < model->delivered_count; i++) {
		const struct delivered_mail *mail = &model->delivered[i];

		/* The daemon has numbers of its own for folders that are made anew. */
		if (!mail->taken_away && count(life, arena_printf(life->arena, "SELECT count(*) FROM sighting WHERE uid IN (%u, %u)",
		    mail->uid, mail->new_uid)) == 0)
			life_fail(life, "no-loss: nobody knows of the mail with UID %u (UIDVALIDITY %u)", mail->uid, mail->uidvalidity);
	}
}

static void
on_the_server(struct life *life)
{
	const struct model *model = life->model;
	unsigned *places = arena_alloc(life->arena, (model->delivered_count + 1) * sizeof(*places));

	for (size_t f = 0; f < model->folder_count; f++)
		for (size_t i = 0; i < model->folders[f].count; i++)
			places[model->folders[f].mails[i].serial]++;
	for (size_t i = 1; i <= model->delivered_count; i++) {
		if (places[i] == 0 && !model->delivered[i - 1].taken_away)
			life_fail(life, "no-loss: the mail that came with UID %u is on the server no more", model->delivered[i - 1].uid);
		if (places[i] > 1)
			life_fail(life, "once: the mail that came with UID %u is on the server %u times", model->delivered[i - 1].uid, places[i]);
	}
}

static void
inbox(struct life *life)
{
	const struct folder *folder = model_folder(life->model, "INBOX", false);

	for (size_t i = 0; i < folder->count; i++)
		if (count(life, arena_printf(life->arena, "SELECT count(*) FROM sighting s JOIN mailbox m"
		    " ON m.id=s.mailbox AND m.uidvalidity=s.uidvalidity WHERE m.server_uidvalidity=%u AND s.uid=%u",
		    folder->uidvalidity, folder->mails[i].uid)) == 0)
			life_fail(life, "no-loss: nobody knows of the mail that lies in the inbox with UID %u", folder->mails[i].uid);
}

/* ---- Nobody forgotten */

static void
open_cases(struct life *life)
{
	ask_often(life, life->check->stuck, is_wrong, (void *)(uintptr_t)"nobody-forgotten: a case in which nothing will ever happen");
	if (!house_waits(life))
		ask_often(life, "SELECT case_id FROM timer WHERE due<=?", is_wrong,
		    (void *)(uintptr_t)"nobody-forgotten: a timer that nobody looked at");
}

/* A look at a case at any quiet moment changes nothing. */
static void
look_again(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	(void)ctx;
	house_look_again(life, sqlite3_column_int64(stmt, 0));
}

static void
cases_stand_still(struct life *life)
{
	if (!house_waits(life))
		/* On the day itself a look in the morning may be the one that chases. */
		ask(life, arena_printf(life->arena, "SELECT id FROM cases c WHERE closed IS NULL AND NOT EXISTS (SELECT 1 FROM timer t"
		    " WHERE t.case_id=c.id AND t.due<=%lld)", (long long)life_now(life) + DAY), look_again, NULL);
}

/* ---- The store */

static void
journal(struct life *life)
{
	int64_t rows, broken = 0;
	struct err err;

	if (store_journal_verify(house_store(life), &rows, &broken, &err) == -1)
		life_fail(life, "the journal: %s", err.text);
	else if (broken != 0)
		life_fail(life, "the journal's chain is broken at row %lld", (long long)broken);
}

static void
sound(struct life *life, sqlite3_stmt *stmt, void *ctx)
{
	(void)ctx;
	if (strcmp(text(stmt, 0), "ok") != 0)
		life_fail(life, "the store: %s", text(stmt, 0));
}

/* ---- Together */

void
check_quiet(struct life *life)
{
	life->may_crash = false;
	what_went_out(life);
	outbox(life);
	dates(life);
	open_cases(life);
	if (chance_percent(&life->chance, 5))
		journal(life);
	if (chance_percent(&life->chance, 5))
		cases_stand_still(life);
	life->may_crash = true;
}

static unsigned
files_in(const struct life *life, const char *folder)
{
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir = opendir(arena_printf(life->arena, "%s/spool/%s", life->place, folder));

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* What the daemon has of a mail is what came. */
static void
whole(struct life *life)
{
	const struct model *model = life->model;

	for (size_t f = 0; f < model->folder_count; f++)
		for (size_t i = 0; i < model->folders[f].count; i++) {
			const struct stored_mail *mail = &model->folders[f].mails[i];
			const struct delivered_mail *came = mail->serial == 0 ? NULL : &model->delivered[mail->serial - 1];
			struct stat st;

			if (came != NULL && stat(arena_printf(life->arena, "%s/spool/archive/%s.%u.%u", life->place, life->town->mailbox, came->uidvalidity,
			    came->uid), &st) == 0 && (size_t)st.st_size != mail->len)
				life_fail(life, "no-loss: %lld of %zu bytes are kept of the mail that came with UID %u", (long long)st.st_size,
				    mail->len, came->uid);
		}
}

/* A folder without ".part" behind its name is whole, whatever happened since. */
static void
backups(struct life *life)
{
	const char *folder = arena_printf(life->arena, "%s/backups", life->place), *wrong;
	struct dirent *entry;
	DIR *dir = opendir(folder);
	struct err err;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || str_ends_nocase(entry->d_name, ".part"))
			continue;
		life->backups++;
		if (backup_verify(life->arena, arena_printf(life->arena, "%s/%s", folder, entry->d_name), &wrong, &err) == -1)
			life_fail(life, "the backup %s: %s", entry->d_name, err.text);
		else if (wrong != NULL)
			life_fail(life, "the backup %s is not whole: %s", entry->d_name, wrong);
	}
	if (dir != NULL)
		closedir(dir);
}

void
check_end(struct life *life)
{
	int64_t out, spare, held;

	if (life->house == NULL) {
		life_fail(life, "the daemon is down in the end");
		return;
	}
	check_quiet(life);
	life->may_crash = false;
	sightings(life);
	on_the_server(life);
	whole(life);
	inbox(life);
	intents(life);
	journal(life);
	cases_stand_still(life);
	none(life, "no-loss: a mail that was never decided", "SELECT uid || ' state ' || state FROM sighting WHERE state IN (0,1)");
	none(life, "a row for the server that does not end", "SELECT uid || ' to ' || folder FROM settle WHERE state IN (0,1)");
	none(life, "a mail that does not go", arena_printf(life->arena, "SELECT id || ' state ' || state || ' ' || why FROM outbox"
	    " WHERE state IN (0,1,3) AND NOT EXISTS (SELECT 1 FROM pause WHERE until>%lld)", (long long)life_now(life)));
	out = count(life, "SELECT count(*) FROM outbox WHERE state NOT IN (2,4,7,9) AND spool_name<>''");
	/*
	 * Kept are what a change withdrew or its case has overtaken, which may be taken back, and what is in a mail of several
	 * cases that may be taken apart.
	 */
	spare = count(life, "SELECT count(*) FROM outbox o WHERE spool_name<>'' AND (state=7 OR (state IN (2,4,9) AND EXISTS (SELECT 1"
	    " FROM outbox_recipient r LEFT JOIN outbox m ON m.id=r.joined WHERE r.outbox=o.id AND (m.state IN (0,1,3,4,5,6,7,10)"
	    " OR (r.state=7 AND (r.reply LIKE 'overtaken%' OR r.reply LIKE 'withdrawn%'))))))");
	if (files_in(life, "out") < out || files_in(life, "out") > out + spare)
		life_fail(life, "%lld mails wait, and %u lie in the spool", (long long)out, files_in(life, "out"));
	/* What came before us waits there until a person takes it up, and a person knows. */
	held = count(life, "SELECT count(*) FROM sighting WHERE state=5");
	if (files_in(life, "new") > 0 || files_in(life, "cur") != held)
		life_fail(life, "%u mails lie in new, %u in cur, and %lld are held", files_in(life, "new"), files_in(life, "cur"),
		    (long long)held);
	if (held > 0 && count(life, "SELECT count(*) FROM triage WHERE state='open' AND reason LIKE '%advicectl adopt%'") == 0)
		life_fail(life, "never-silent: nobody is told of %lld mails that are held", (long long)held);
	backups(life);
	if (life->crashes > 0 || chance_percent(&life->chance, 10))
		ask(life, "PRAGMA integrity_check", sound, NULL);
	life->may_crash = true;
}
