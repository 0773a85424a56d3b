/*
 * Erasing, step by step: see erase.h.  Run by core, and by advicectl where no
 * daemon runs.
 * Invariant: whatever names a file that must go is committed with the rows
 * that go; the setting "erased-since" stands from the first such commit until
 * the database's file holds nothing of it any more.
 * Fails: as the store and the spool do; nothing is half done.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "ctl/erase.h"

#define BATCH		50		/* rows of no case in one transaction */
#define FILES_BATCH	50
#define UNFINISHED	"erased-since"	/* the day */
#define ANEW_DAYS	7
#define ANEW_MOST	((off_t)1 << 30)	/* some ten seconds; the parent waits for a minute */
#define COPIES_AGE_S	((int64_t)30 * DAY_SECONDS)	/* of copies made before an upgrade */

enum { STAGE_FILES, STAGE_CASES_LIST, STAGE_CASES, STAGE_RAW_LIST, STAGE_RAW, STAGE_ALONE,
	STAGE_JOURNAL = STAGE_ALONE + PURGE_ALONE_KINDS, STAGE_FILES_LEFT, STAGE_CLEAN, STAGE_OVER };

instant
erase_before(instant now, int months)
{
	return months == 0 ? INSTANT_NONE : instant_at(date_add_months(instant_date(now), -months), 0);
}

void
erase_begin(struct erase *erase)
{
	erase->arena = arena_new();
	erase->stage = STAGE_FILES;
}

void
erase_end(struct erase *erase)
{
	arena_free(&erase->arena);
}

int
erase_is_unfinished(struct store *store, bool *unfinished_r, struct err *err)
{
	struct arena *arena = arena_new();
	const char *since;
	int rc = store_setting(store, arena, UNFINISHED, &since, err);

	*unfinished_r = rc == 0 && since != NULL && since[0] != '\0';
	arena_free(&arena);
	return rc;
}

/* ---- One transaction */

static int
begin(struct erase *erase, struct err *err)
{
	return erase->change->begin(erase->change->ctx, err);
}

/* result, or -1 when it could not be committed. */
static int
end(struct erase *erase, int result, struct err *err)
{
	if (result == 0)
		return erase->change->commit(erase->change->ctx, err);
	erase->change->rollback(erase->change->ctx);
	return -1;
}

/* Its file is to be written anew: noted with the first rows that go. */
static int
note_unfinished(struct erase *erase, struct err *err)
{
	struct arena *arena = arena_new();
	const char *since;
	int rc = store_setting(erase->store, arena, UNFINISHED, &since, err);

	if (rc == 0 && (since == NULL || since[0] == '\0'))
		rc = store_set_setting(erase->store, UNFINISHED, arena_printf(arena, "%d", (int)instant_date(erase->now)), err);
	arena_free(&arena);
	return rc;
}

static int
note(struct erase *erase, int64_t case_id, const char *detail, struct err *err)
{
	struct journal_entry entry = {
		.at = erase->now, .event = "erased", .case_id = case_id, .rule = "", .detail = detail, .who = erase->who,
	};

	return store_journal_add(erase->store, &entry, err) == -1 ? -1 : note_unfinished(erase, err);
}

/* ---- Its pieces */

static int
all_of_case(struct erase *erase, int64_t case_id, const char *why, struct err *err)
{
	return store_purge_case(erase->store, case_id, why, erase->now, err) == -1 ? -1 :
	    note(erase, case_id, why == NULL ? "case" : "case, on request", err);
}

static int
mails_of_case(struct erase *erase, int64_t case_id, struct err *err)
{
	return store_purge_raw(erase->store, case_id, erase->now, err) == -1 ? -1 : note(erase, case_id, "mails", err);
}

/* Since it was listed, others have had their turn: a hold, a mail, a person who opened it again. */
static int
case_erase(struct erase *erase, bool raw, int64_t case_id, const char *why, struct err *err)
{
	const char *waits;
	int rc;

	if (begin(erase, err) == -1)
		return -1;
	rc = store_purge_waits(erase->store, erase->arena, case_id, &waits, err);
	if (rc == 0 && waits == NULL)
		rc = raw ? mails_of_case(erase, case_id, err) : all_of_case(erase, case_id, why, err);
	if (end(erase, rc, err) == -1)
		return -1;
	*(raw ? &erase->mails_of : &erase->cases) += waits == NULL;
	return 0;
}

int
erase_case(struct erase *erase, int64_t case_id, const char *why, struct err *err)
{
	return case_erase(erase, false, case_id, why, err);
}

static int
list(struct erase *erase, bool raw, struct err *err)
{
	instant before = erase_before(erase->now, raw ? erase->config->retention.raw_mail : erase->config->retention.cases);

	erase->due_count = erase->due_next = 0;
	return before == INSTANT_NONE ? 0 : store_purge_cases(erase->store, erase->arena, raw, before, INT32_MAX, &erase->due,
	    &erase->due_count, err);
}

/* The next case of the list that waits for nothing; false: none. */
static bool
next_due(struct erase *erase, int64_t *id_r)
{
	while (erase->due_next < erase->due_count) {
		const struct purge_due *due = &erase->due[erase->due_next++];

		*id_r = due->id;
		if (due->waits == NULL)
			return true;
	}
	return false;
}

static instant
alone_before(const struct erase *erase, enum purge_alone kind)
{
	const struct retention *retention = &erase->config->retention;

	switch (kind) {
	case PURGE_REPEAT:	/* of what is erased already */
		return erase->now + 1;
	case PURGE_KEPT:
	case PURGE_CHANGE:
		return erase_before(erase->now, retention->cases);
	case PURGE_QUARANTINE:
		return erase_before(erase->now, retention->quarantine);
	default:
		return erase_before(erase->now, retention->unmatched);
	}
}

static int
alone_erase(struct erase *erase, enum purge_alone kind, size_t *count_r, struct err *err)
{
	static const char *const words[PURGE_ALONE_KINDS] = { "mails of no case", "mails kept for no case", "repeats of erased mails",
	    "mails sent about no case", "what was decided about no case", "pauses that are over", "quarantined mails" };
	instant before = alone_before(erase, kind);
	int rc;

	*count_r = 0;
	if (before == INSTANT_NONE)
		return 0;
	if (store_purge_alone_due(erase->store, kind, before, 1, count_r, err) == -1)
		return -1;
	if (*count_r == 0)
		return 0;
	if (begin(erase, err) == -1)
		return -1;
	rc = store_purge_alone(erase->store, kind, before, erase->now, BATCH, count_r, err);
	if (rc == 0)
		rc = note(erase, 0, words[kind], err);
	if (end(erase, rc, err) == -1)
		return -1;
	erase->alone += *count_r;
	return 0;
}

static int
journal_shorten(struct erase *erase, struct err *err)
{
	instant before = erase_before(erase->now, erase->config->retention.journal);
	struct journal_entry entry = { .at = erase->now, .event = "erased", .rule = "", .detail = "journal", .who = erase->who };
	int64_t rows = 0;
	int rc;

	if (before == INSTANT_NONE)
		return 0;
	if (begin(erase, err) == -1)
		return -1;
	rc = store_journal_shorten(erase->store, before, erase->now, &rows, err);
	if (rc == 0 && rows > 0 && (store_journal_add(erase->store, &entry, err) == -1 ||
	    store_purge_traces(erase->store, before, err) == -1 || note_unfinished(erase, err) == -1))
		rc = -1;
	if (end(erase, rc, err) == -1)
		return -1;
	erase->journal_rows += rows;
	return 0;
}

/* ---- Files */

static int
folder_of(const struct spool *spool, const char *name)
{
	const struct { const char *name; int fd; } folders[] = {
		{ "archive", spool->archive }, { "bad", spool->bad }, { "cur", spool->cur }, { "docs", spool->docs },
		{ "out", spool->out }, { "sent", spool->sent },
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strcmp(folders[i].name, name) == 0)
			return folders[i].fd;
	return -1;
}

/* The files first, then that they are to be removed. */
static int
files_remove(struct erase *erase, size_t *count_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct purge_file *files;
	int rc = store_purge_files(erase->store, arena, FILES_BATCH, &files, count_r, err);

	for (size_t i = 0; rc == 0 && i < *count_r; i++) {
		int folder = folder_of(erase->spool, files[i].folder);

		if (folder != -1 && file_name_is_safe(files[i].name) && file_exists(folder, files[i].name)) {
			rc = file_remove(folder, files[i].name, err);
			erase->files++;
		}
	}
	if (rc == 0 && *count_r > 0) {
		rc = begin(erase, err);
		if (rc == 0) {
			for (size_t i = 0; rc == 0 && i < *count_r; i++)
				rc = store_purge_file_gone(erase->store, &files[i], err);
			rc = end(erase, rc, err);
		}
	}
	arena_free(&arena);
	return rc;
}

/* ---- What is left in the database's file */

static int
anew_is_due(struct erase *erase, bool *due_r, struct err *err)
{
	struct arena *arena = arena_new();
	struct stat st;
	const char *since;
	int rc = store_setting(erase->store, arena, UNFINISHED, &since, err);

	*due_r = rc == 0 && since != NULL && since[0] != '\0' &&
	    (erase->anew || instant_date(erase->now) - (dayno)strtol(since, NULL, 10) >= ANEW_DAYS);
	erase->too_large = *due_r && erase->in_core && stat(erase->config->database, &st) == 0 && st.st_size > ANEW_MOST;
	*due_r &= !erase->too_large;
	arena_free(&arena);
	return rc;
}

static int
clean(struct erase *erase, struct err *err)
{
	bool unfinished, anew;

	if (erase_is_unfinished(erase->store, &unfinished, err) == -1 || anew_is_due(erase, &anew, err) == -1)
		return -1;
	if (!unfinished)
		return 0;
	if (store_version_copies_remove(erase->config->database, erase->anew ? 0 : COPIES_AGE_S, err) == -1)
		return -1;
	if (!anew)
		return store_log_empty(erase->store, err);
	/* It takes as much room again as the database has: where there is none, not at once again. */
	if (store_write_anew(erase->store, err) == -1) {
		err->scope = err->scope == ERR_RETRY ? ERR_MESSAGE : err->scope;
		return err_wrap(err, "what was erased may still be found in the database's file, which could not be written anew");
	}
	if (begin(erase, err) == -1)
		return -1;
	return end(erase, store_set_setting(erase->store, UNFINISHED, "", err), err);
}

/* ---- The steps */

int
erase_step(struct erase *erase, bool *more_r, struct err *err)
{
	size_t count = 0;
	int64_t id;
	int rc = 0;

	*more_r = true;
	switch (erase->stage) {
	case STAGE_FILES:
	case STAGE_FILES_LEFT:
		rc = files_remove(erase, &count, err);
		break;
	case STAGE_CASES_LIST:
	case STAGE_RAW_LIST:
		rc = list(erase, erase->stage == STAGE_RAW_LIST, err);
		break;
	case STAGE_CASES:
	case STAGE_RAW:
		count = next_due(erase, &id);
		if (count > 0)
			rc = case_erase(erase, erase->stage == STAGE_RAW, id, NULL, err);
		if (rc == -1)
			erase->due_next--;	/* it is this one's turn once more */
		break;
	case STAGE_JOURNAL:
		rc = journal_shorten(erase, err);
		break;
	case STAGE_CLEAN:
		rc = clean(erase, err);
		break;
	case STAGE_OVER:
		*more_r = false;
		return 0;
	default:
		rc = alone_erase(erase, (enum purge_alone)(erase->stage - STAGE_ALONE), &count, err);
	}
	if (rc == 0 && count == 0)
		erase->stage++;
	return rc;
}
