/*
 * The lists of people and of children: the folder that is watched for them,
 * the cases for which a new list makes a difference, and lists that have
 * grown old.  Runs in core.
 * Invariant: a list is imported by the same function as `advicectl import`; a
 * file leaves the folder only when what was made of it is durable.  A crash
 * in between imports it again, which changes nothing.
 * Fails: what is wrong with a list or the folder is told and never ends the
 * role; the store's failures are core's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ctl/live.h"
#include "role/core_private.h"

#define LOOK_MS		5000	/* real time between two looks */
#define LOOK_AGAIN_MS	2000	/* at a file that has just been seen: is it complete? */
#define TOLD_AGAIN_S	(7 * DAY_SECONDS)

static const char *const kinds[LISTS] = { "directory", "involvement" };

/* ---- Telling somebody */

int
core_tell(struct core *core, struct arena *arena, const char *subject, const char *body, struct err *err)
{
	const struct core_mailbox *from = &core->mailboxes[0];

	if (core->mailbox_count == 0 || engine_tell(&core->engine, arena, from->pack, from->config->address, subject, body,
	    core_now(core), err) == 0)
		return 0;
	if (err->scope != ERR_MESSAGE)
		return -1;
	log_warning("untold reason=\"%s\"", err->text);
	return 0;
}

/* ---- Lists that have grown old */

static int
told_at(struct core *core, struct arena *arena, const char *kind, instant *at_r, struct err *err)
{
	const char *text;

	if (store_setting(core->store, arena, arena_printf(arena, "list-stale %s", kind), &text, err) == -1)
		return -1;
	*at_r = text == NULL ? INSTANT_NONE : strtoll(text, NULL, 10);
	return 0;
}

/* When the next word about this list's age is due; INSTANT_NONE: never. */
static int
stale_due(struct core *core, struct arena *arena, const char *kind, instant *due_r, struct err *err)
{
	instant imported, told;

	*due_r = INSTANT_NONE;
	if (core->config->stale_days == 0)
		return 0;
	if (store_imported(core->store, kind, &imported, err) == -1 || told_at(core, arena, kind, &told, err) == -1)
		return -1;
	if (imported == INSTANT_NONE)
		return 0;
	*due_r = told == INSTANT_NONE || told <= imported ?
	    imported + (instant)core->config->stale_days * DAY_SECONDS : told + TOLD_AGAIN_S;
	return 0;
}

int
lists_reckon(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = 0;

	core->stale_at = INSTANT_NONE;
	core->lists_differ = true;
	for (size_t i = 0; i < LISTS && rc == 0; i++) {
		instant due;

		rc = stale_due(core, arena, kinds[i], &due, err);
		if (rc == 0 && due != INSTANT_NONE && (core->stale_at == INSTANT_NONE || due < core->stale_at))
			core->stale_at = due;
	}
	arena_free(&arena);
	return rc;
}

static int
stale_tell(struct core *core, struct arena *arena, const char *kind, struct err *err)
{
	instant due, imported, now = core_now(core);
	const char *subject, *body;

	if (stale_due(core, arena, kind, &due, err) == -1 || store_imported(core->store, kind, &imported, err) == -1)
		return -1;
	if (due == INSTANT_NONE || due > now)
		return 0;
	subject = arena_printf(arena, "adviced: the %s list is %lld days old", kind,
	    (long long)((now - imported) / DAY_SECONDS));
	body = arena_printf(arena, "The %s list was imported last on %s. Until a newer one comes, mails go to the people "
	    "who stood in it then%s.\n\nPlease see to it that a new list is imported: advicectl import %s FILE%s. This mail "
	    "comes again every week until then.\n", kind, date_words(arena, instant_date(imported)),
	    strcmp(kind, "involvement") == 0 ? ", and questions that it could answer are put to people" : "", kind,
	    core->config->lists_folder == NULL ? "" : ", or the nightly extract");
	log_warning("stale list=%s", kind);
	if (core_tell(core, arena, subject, body, err) == -1)
		return -1;
	return store_set_setting(core->store, arena_printf(arena, "list-stale %s", kind),
	    arena_printf(arena, "%lld", (long long)now), err);
}

static int
stale_turn(struct core *core, struct err *err)
{
	struct arena *arena;
	int rc;

	if (core->stale_at == INSTANT_NONE || core->stale_at > core_now(core))
		return 0;
	arena = arena_new();
	rc = core_begin(core, err);
	for (size_t i = 0; i < LISTS && rc == 0; i++)
		rc = stale_tell(core, arena, kinds[i], err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0)
		rc = lists_reckon(core, err);
	arena_free(&arena);
	return rc;
}

/* ---- Open cases and a new list */

static int
change_put_off(struct core *core, struct arena *arena, int64_t case_id, struct err *err)
{
	struct triage_row row = {
		.case_id = case_id, .pack = "", .rule = "", .at = core_now(core), .reason = arena_printf(arena,
		"What a new involvement list changes for this case could not be done: %s", err->text),
	};
	const char *pack;

	log_err("changed case=%lld reason=\"%s\"", (long long)case_id, str_visible(arena, err->text, 300));
	if (store_rollback_to(core->store, err) == -1 || store_case_pack(core->store, arena, case_id, &pack, err) == -1)
		return -1;
	row.pack = pack;
	if (store_triage_add(core->store, &row, err) == -1)
		return -1;
	return store_list_looked_at(core->store, case_id, err);
}

static int
change_run(struct core *core, int64_t case_id, struct err *err)
{
	struct arena *arena = arena_new();
	size_t frozen = core->frozen.n;
	int rc = store_savepoint(core->store, err);

	if (rc == 0 && engine_changed(&core->engine, arena, case_id, core_now(core), err) == -1) {
		freeze_undo(core, frozen);
		rc = err->scope == ERR_MESSAGE || err->scope == ERR_CONFIG ? change_put_off(core, arena, case_id, err) : -1;
	}
	if (rc == 0)
		rc = store_release(core->store, err);
	arena_free(&arena);
	return rc;
}

/* A batch of them, so that mails are decided in between. */
static int
changes_run(struct core *core, bool *more_r, struct err *err)
{
	struct arena *arena;
	int64_t *ids;
	size_t count = 0;
	int rc;

	if (!core->lists_differ)
		return 0;
	arena = arena_new();
	rc = store_list_waiting(core->store, arena, BATCH_MAX, &ids, &count, err);
	if (rc == 0 && count == 0)
		core->lists_differ = false;
	if (rc == 0 && count > 0) {
		rc = core_begin(core, err);
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = change_run(core, ids[i], err);
		if (rc == 0)
			rc = core_commit(core, err);
		*more_r = true;
	}
	arena_free(&arena);
	return rc;
}

/* ---- The watched folder */

int
lists_make_folders(const char *folder, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = file_make_dir(folder, 0750, err);

	if (rc == 0)
		rc = file_make_dir(arena_printf(arena, "%s/taken", folder), 0750, err);
	if (rc == 0)
		rc = file_make_dir(arena_printf(arena, "%s/refused", folder), 0750, err);
	arena_free(&arena);
	return rc;
}

/* A folder that cannot be used is said in the log and in `status`; everything else goes on. */
static void
folder_open(struct core *core)
{
	struct lists *lists = &core->lists;
	const char *folder = core->config->lists_folder;
	struct err err;

	if (folder == NULL)
		return;
	if (file_open_dir(folder, &lists->folder, &err) == 0 &&
	    file_open_dir(arena_printf(core->arena, "%s/taken", folder), &lists->taken, &err) == 0 &&
	    file_open_dir(arena_printf(core->arena, "%s/refused", folder), &lists->refused, &err) == 0)
		return;
	lists_close(core);
	snprintf(lists->trouble, sizeof(lists->trouble), "the watched folder cannot be used: %.300s", err.text);
	log_err("lists reason=\"%s\"", lists->trouble);
}

int
lists_open(struct core *core, struct err *err)
{
	struct lists *lists = &core->lists;

	lists->folder = lists->taken = lists->refused = -1;
	lists->watched[0].name = core->config->directory_file;
	lists->watched[1].name = core->config->involvement_file;
	folder_open(core);
	return lists_reckon(core, err);
}

void
lists_close(struct core *core)
{
	int *fds[] = { &core->lists.folder, &core->lists.taken, &core->lists.refused };

	for (size_t i = 0; i < 3; i++) {
		if (*fds[i] > 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* "2026-09-07T0230-involvement.csv": its time is the daemon's. */
static const char *
stamped(struct core *core, struct arena *arena, const char *name, int dirfd)
{
	instant now = core_now(core);
	int minute = instant_minute(now);
	const char *base = arena_printf(arena, "%s-%02d%02d", date_iso(arena, instant_date(now)), minute / 60, minute % 60);
	const char *text = arena_printf(arena, "%s-%s", base, name);

	for (int n = 2; file_exists(dirfd, text) && n < 1000; n++)
		text = arena_printf(arena, "%s-%d-%s", base, n, name);
	return text;
}

static int
note_refusal(struct core *core, struct arena *arena, size_t kind, const char *text, struct err *err)
{
	return store_set_setting(core->store, arena_printf(arena, "list-refused %s", kinds[kind]), text, err);
}

/* Told once for the same bytes: a crash before the file is moved must not tell it twice. */
static int
tell_refusal(struct core *core, struct arena *arena, size_t kind, const char *why, const char *sha256, struct err *err)
{
	const char *name = arena_printf(arena, "list-refused-file %s", kinds[kind]), *known, *body;

	if (store_setting(core->store, arena, name, &known, err) == -1)
		return -1;
	if (known != NULL && strcmp(known, sha256) == 0)
		return 0;
	body = arena_printf(arena, "The new %s list in the watched folder was not taken. The list before it stays in force.\n\n%s\n"
	    "The file lies in the folder \"refused\" there, and beside it these words, in a file that ends in .why.\n", kinds[kind], why);
	if (core_begin(core, err) == -1 ||
	    core_tell(core, arena, arena_printf(arena, "adviced: the new %s list was refused", kinds[kind]), body, err) == -1 ||
	    store_set_setting(core->store, name, sha256, err) == -1 || note_refusal(core, arena, kind, why, err) == -1)
		return -1;
	return core_commit(core, err);
}

/* Line for line, as a mail and `status` can show it. */
static const char *
refusal_words(struct arena *arena, const struct buf *errors)
{
	static const size_t most = 3000;
	const char *text = buf_text(errors);
	size_t len = errors->len;

	if (len <= most)
		return text;
	for (len = most; len > 0 && text[len - 1] != '\n'; len--)
		;
	return arena_printf(arena, "%s... and more; the rest is in the .why file.\n", arena_strndup(arena, text, len));
}

static int
list_refused(struct core *core, struct arena *arena, size_t kind, int fd, const struct buf *errors, struct err *err)
{
	struct watched *watched = &core->lists.watched[kind];
	const char *name = stamped(core, arena, watched->name, core->lists.refused);
	char sha256[65];

	log_warning("refused list=%s", kinds[kind]);
	if (sha256_hex_fd(fd, sha256, err) == -1 ||
	    file_replace(core->lists.refused, arena_printf(arena, "%s.why", name), buf_text(errors), errors->len, err) == -1 ||
	    tell_refusal(core, arena, kind, refusal_words(arena, errors), sha256, err) == -1)
		return -1;
	return file_rename(core->lists.folder, watched->name, core->lists.refused, name, err);
}

static int
list_taken(struct core *core, struct arena *arena, size_t kind, struct err *err)
{
	const char *name = core->lists.watched[kind].name;

	log_info("taken list=%s", kinds[kind]);
	if (core_begin(core, err) == -1 || note_refusal(core, arena, kind, "", err) == -1 || core_commit(core, err) == -1 ||
	    lists_reckon(core, err) == -1)
		return -1;
	return file_rename(core->lists.folder, name, core->lists.taken, stamped(core, arena, name, core->lists.taken), err);
}

/* The same function as the command's, as if a person had said --yes. */
static int
list_import(struct core *core, struct arena *arena, size_t kind, int fd, struct err *err)
{
	struct live live = { .arena = arena, .file = fd, .unseen = true, .who = "watched folder" };
	char *argv[] = { arena_strdup(arena, "import"), arena_strdup(arena, kinds[kind]),
	    arena_strdup(arena, core->lists.watched[kind].name), arena_strdup(arena, "--yes"), NULL };
	int code = core_live(core, &live, 4, argv), rc;

	if (live.broken)
		rc = err_set(err, ERR_RETRY, "%.300s", buf_text(&live.errors));
	else if (code == 0)
		rc = list_taken(core, arena, kind, err);
	else
		rc = list_refused(core, arena, kind, fd, &live.errors, err);
	buf_free(&live.out);
	buf_free(&live.errors);
	return rc;
}

static int
list_take(struct core *core, size_t kind, struct err *err)
{
	struct arena *arena = arena_new();
	int fd = openat(core->lists.folder, core->lists.watched[kind].name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc;

	if (fd == -1)
		rc = err_errno(err, ERR_RETRY, "the list cannot be opened");
	else
		rc = list_import(core, arena, kind, fd, err);
	if (fd != -1)
		close(fd);
	arena_free(&arena);
	return rc;
}

/* Has it lain there as it is since the last look?  What could not be dealt with is left until it changes. */
static bool
is_complete(struct core *core, struct watched *watched)
{
	struct stat st;
	bool same;

	if (fstatat(core->lists.folder, watched->name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode)) {
		watched->inode = 0;
		return false;
	}
	same = watched->inode == st.st_ino && watched->size == st.st_size &&
	    watched->changed.tv_sec == st.st_mtim.tv_sec && watched->changed.tv_nsec == st.st_mtim.tv_nsec;
	if (!same)
		watched->given_up = false;
	watched->inode = st.st_ino;
	watched->size = st.st_size;
	watched->changed = st.st_mtim;
	if (!same)
		core->lists.look_ms = clock_real_ms() + LOOK_AGAIN_MS;
	return same && !watched->given_up;
}

/* The store's failures are core's; a folder in which nothing can be moved must not import the same list for ever. */
static int
list_failed(struct core *core, struct watched *watched, struct err *err)
{
	struct err ignored;
	char before[sizeof(core->lists.trouble)];

	memcpy(before, core->lists.trouble, sizeof(before));
	store_rollback(core->store);
	freeze_undo(core, 0);
	engine_refresh(&core->engine, &ignored);
	if (err->scope != ERR_RETRY)
		watched->given_up = true;
	snprintf(core->lists.trouble, sizeof(core->lists.trouble), "a list in the watched folder: %.300s", err->text);
	if (strcmp(before, core->lists.trouble) != 0)	/* it is tried again every few seconds */
		log_err("lists reason=\"%s\"", core->lists.trouble);
	return 0;
}

static int
folder_turn(struct core *core, bool *more_r)
{
	struct err err = { ERR_NONE, "" };

	if (core->lists.folder == -1 || clock_real_ms() < core->lists.look_ms)
		return 0;
	core->lists.look_ms = clock_real_ms() + LOOK_MS;
	for (size_t i = 0; i < LISTS; i++) {
		struct watched *watched = &core->lists.watched[i];

		if (!is_complete(core, watched))
			continue;
		*more_r = true;
		if (list_take(core, i, &err) == -1)
			return list_failed(core, watched, &err);
		watched->inode = 0;
		core->lists.trouble[0] = '\0';
	}
	return 0;
}

int
lists_turn(struct core *core, bool *more_r, struct err *err)
{
	if (folder_turn(core, more_r) == -1 || changes_run(core, more_r, err) == -1 || stale_turn(core, err) == -1)
		return core_failed(core, err) ? 0 : -1;
	return 0;
}
