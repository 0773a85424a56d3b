/*
 * Taking account.  Not compared are what chance and a repeat may change: the
 * names of frozen mails, our own message-ids (also where an answer quotes
 * them), what stands for an erased mail, what a digest says of the daemon's
 * own health, and the journal's rows about tries at sending, whose outcome stands
 * in the outbox.  A mail that was moved on the server just before the end is
 * later found gone from the inbox: for the comparison that is the same.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "base/file.h"
#include "ctl/backup.h"
#include "spool/spool.h"
#include "store/store.h"

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_sorted(struct strs *lines, struct buf *out)
{
	if (lines->n > 0)
		qsort(lines->v, lines->n, sizeof(lines->v[0]), compare_text);
	for (size_t i = 0; i < lines->n; i++)
		buf_printf(out, "%s\n", lines->v[i]);
}

static void
split(struct arena *arena, const char *text, struct strs *lines)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		strs_add(arena, lines, arena_strndup(arena, text, len));
		text += len + (text[len] == '\n');
	}
}

/* ---- The store */

static bool
is_about_a_try(const char *line)
{
	return str_starts(line, "journal ") &&
	    (strstr(line, " event=sent ") != NULL || strstr(line, " event=admin ") != NULL);
}

static bool
is_told_unknown(const char *line)
{
	return str_starts(line, "triage ") && strstr(line, "may or may not have arrived") != NULL;
}

/* "sighting ... state=4 ...": gone; state=2: settled. */
static const char *
without_gone(struct arena *arena, const char *line)
{
	const char *state = str_starts(line, "sighting ") ? strstr(line, " state=4") : NULL;

	return state == NULL ? line : arena_printf(arena, "%.*s state=2%s", (int)(state - line), line, state + 8);
}

/* The value of "name=..." up to the next field, or NULL. */
static const char *
value_of(struct arena *arena, const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at == NULL ? NULL : arena_strndup(arena, at + strlen(name), strcspn(at + strlen(name), " "));
}

/* What stands for an erased mail is hashed with a key that chance made. */
static const char *
without_erasure(struct arena *arena, const char *line)
{
	static const char mark[] = " mail=erased ";
	const char *at = strstr(line, mark);

	return at == NULL ? line : arena_printf(arena, "%.*s mail=erased%s", (int)(at - line), line,
	    at + sizeof(mark) - 1 + strcspn(at + sizeof(mark) - 1, " "));
}

/* Copies of our own mails that came back bear ids that chance made, and hashes of these. */
static const char *
without_chance(struct arena *arena, const struct strs *copies, const char *line)
{
	line = without_erasure(arena, line);
	for (size_t i = 0; i < copies->n; i++) {
		const char *at = strstr(line, copies->v[i]);

		if (at != NULL)
			line = arena_printf(arena, "%.*sCOPY%s", (int)(at - line), line, at + strlen(copies->v[i]));
	}
	/* How long a digest's copy is depends on what it says. */
	return !str_starts(line, "message ") || strstr(line, " mail=COPY ") == NULL ? line :
	    arena_strndup(arena, line, (size_t)(strstr(line, " bytes=") - line));
}

static void
copies_find(struct arena *arena, const struct strs *lines, struct strs *copies)
{
	for (size_t i = 0; i < lines->n; i++)
		if (str_starts(lines->v[i], "message ") && strstr(lines->v[i], " kind=own ") != NULL) {
			strs_add(arena, copies, value_of(arena, lines->v[i], " mail="));
			strs_add(arena, copies, value_of(arena, lines->v[i], " message_id="));
		}
}

static int
take_store(const char *path, struct arena *arena, struct buf *out, struct err *err)
{
	struct store *store;
	struct buf dump = BUF_INIT;
	struct strs lines = { NULL, 0 }, kept = { NULL, 0 }, copies = { NULL, 0 };
	int64_t rows, broken = 0;
	int rc = store_open(path, &store, err);

	if (rc == 0)
		rc = store_dump(store, &dump, err);
	if (rc == 0)
		rc = store_journal_verify(store, &rows, &broken, err);
	if (rc == 0 && broken != 0)
		rc = err_set(err, ERR_DAEMON, "the journal's chain is broken at row %lld", (long long)broken);
	split(arena, buf_text(&dump), &lines);
	copies_find(arena, &lines, &copies);
	for (size_t i = 0; i < lines.n; i++)
		if (!is_about_a_try(lines.v[i]) && !is_told_unknown(lines.v[i]))
			strs_add(arena, &kept, without_chance(arena, &copies, without_gone(arena, lines.v[i])));
	add_sorted(&kept, out);
	store_close(&store);
	buf_free(&dump);
	return rc;
}

/* ---- The spool */

static const char *
frozen_mail(struct arena *arena, int folder, const char *name, bool exactly)
{
	struct buf mail = BUF_INIT;
	struct err err;
	const char *said = "cannot be read";
	char hash[65];

	if (file_read(folder, name, 64 << 20, &mail, &err) == 0) {
		sha256_hex(mail.data, mail.len, hash);
		said = arena_printf(arena, "to=%s cc=%s subject=%s bytes=%zu %s", mail_field(arena, mail.data, mail.len, "To"),
		    mail_field(arena, mail.data, mail.len, "Cc"), mail_field(arena, mail.data, mail.len, "Subject"),
		    mail.len, exactly ? hash : "");
	}
	buf_free(&mail);
	return said;
}

static bool
quotes_our_ids(const char *line)
{
	return str_starts_nocase(line, "In-Reply-To:") || str_starts_nocase(line, "References:");
}

/* Of everything but the fields that quote message-ids of ours. */
static int
hash_of(int folder, const char *name, char hash_r[65], struct err *err)
{
	struct buf mail = BUF_INIT, kept = BUF_INIT;
	int rc = file_read(folder, name, 64 << 20, &mail, err);
	const char *line = buf_text(&mail), *end = line + mail.len;

	while (rc == 0 && line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next == NULL ? end : next + 1;
		if (!quotes_our_ids(line))
			buf_add(&kept, line, (size_t)(next - line));
		line = next;
	}
	sha256_hex(buf_text(&kept), kept.len, hash_r);
	buf_free(&mail);
	buf_free(&kept);
	return rc;
}

/* In the spool of mails that came. */
static bool
is_copy(int folder, const char *name)
{
	struct buf mail = BUF_INIT;
	struct err err;
	bool copy = str_starts(name, "advice.") && file_read(folder, name, 64 << 20, &mail, &err) == 0 &&
	    memmem(buf_text(&mail), mail.len, "\nX-Adviced-Id:", 14) != NULL;

	buf_free(&mail);
	return copy;
}

static int
take_folder(struct arena *arena, const char *folder_name, int folder, bool frozen, bool exactly, struct strs *lines,
    struct err *err)
{
	struct strs names = { NULL, 0 };

	if (file_list(arena, folder, &names, err) == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char hash[65];

		if (!exactly && is_copy(folder, names.v[i])) {
			/* In which order they came is chance, too. */
			strs_add(arena, lines, arena_printf(arena, "spool %s, a copy: %s", folder_name, frozen_mail(arena, folder, names.v[i], false)));
			continue;
		}
		if (hash_of(folder, names.v[i], hash, err) == -1)
			return -1;
		/* Documents of a copy bear its UID, and in which order copies came is chance. */
		strs_add(arena, lines, frozen ?
		    arena_printf(arena, "spool %s: %s", folder_name, frozen_mail(arena, folder, names.v[i], exactly)) :
		    arena_printf(arena, "spool %s/%s %s", folder_name, !exactly && str_same(folder_name, "docs") ? "..." : names.v[i],
		    hash));
	}
	return 0;
}

static int
take_spool(const char *path, struct arena *arena, bool exactly, struct buf *out, struct err *err)
{
	struct spool spool;
	struct strs lines = { NULL, 0 };
	int rc = -1;

	if (spool_open(path, &spool, err) == -1)
		return -1;
	if (take_folder(arena, "tmp", spool.tmp, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "new", spool.new, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "cur", spool.cur, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "archive", spool.archive, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "bad", spool.bad, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "docs", spool.docs, false, exactly, &lines, err) == 0 &&
	    take_folder(arena, "out", spool.out, true, exactly, &lines, err) == 0 &&
	    take_folder(arena, "sent", spool.sent, true, exactly, &lines, err) == 0)
		rc = 0;
	add_sorted(&lines, out);
	spool_close(&spool);
	return rc;
}

/* ---- Backups: each is whole, or none */

static int
take_backups(const char *path, struct arena *arena, struct buf *out, struct err *err)
{
	struct strs names = { NULL, 0 }, lines = { NULL, 0 };
	int dir, rc;

	if (access(path, F_OK) == -1)
		return 0;
	if (file_open_dir(path, &dir, err) == -1)
		return -1;
	rc = file_list(arena, dir, &names, err);
	close(dir);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		const char *wrong;

		rc = backup_verify(arena, arena_printf(arena, "%s/%s", path, names.v[i]), &wrong, err);
		strs_add(arena, &lines, arena_printf(arena, "backup %s: %s", names.v[i], wrong == NULL ? "whole" : wrong));
	}
	add_sorted(&lines, out);
	return rc;
}

/* ---- Folders of files: rules that are kept, lists that came */

static int
take_tree(const char *shown, const char *path, struct arena *arena, struct strs *lines, struct err *err)
{
	struct strs names = { NULL, 0 };
	int dir, rc;

	if (access(path, F_OK) == -1)
		return 0;
	if (file_open_dir(path, &dir, err) == -1)
		return -1;
	rc = file_list(arena, dir, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		const char *below = arena_printf(arena, "%s/%s", path, names.v[i]), *name = arena_printf(arena, "%s/%s", shown, names.v[i]);
		struct stat st;
		char hash[65];

		if (stat(below, &st) == 0 && S_ISDIR(st.st_mode))
			rc = take_tree(name, below, arena, lines, err);
		else if ((rc = hash_of(dir, names.v[i], hash, err)) == 0)
			strs_add(arena, lines, arena_printf(arena, "%s %s", name, hash));
	}
	close(dir);
	return rc;
}

/* ---- The board */

const char *
account_board(const char *path)
{
	static const char begins[] = "<!DOCTYPE html>", ends[] = "</html>\n";
	struct buf page = BUF_INIT;
	const char *wrong = NULL;
	struct err err;

	if (access(path, F_OK) == -1)
		return NULL;
	if (file_read(AT_FDCWD, path, 16 << 20, &page, &err) == -1)
		wrong = "cannot be read";
	else if (!str_starts_nocase(buf_text(&page), begins) || page.len < sizeof(ends) ||
	    strcmp(buf_text(&page) + page.len - strlen(ends), ends) != 0)
		wrong = "is torn";
	buf_free(&page);
	return wrong;
}

static void
take_board(const char *path, struct arena *arena, struct buf *out)
{
	const char *wrong = account_board(path);

	if (access(path, F_OK) == 0)
		buf_printf(out, "board: %s\n", wrong == NULL ? "whole" : wrong);
	if (access(arena_printf(arena, "%s.new", path), F_OK) == 0)
		buf_printf(out, "board: a page that was begun\n");
}

/* ---- What a restore put aside: the store as it was last, and nothing half done */

/*
 * Where a restore was broken off, a database may have a second name whose log has none yet: what counts is the one that
 * knows the most.  The store may have had no log at all, where nothing was written since a start.
 */
static int
take_asides(const struct account_places *places, struct arena *arena, struct buf *out, struct err *err)
{
	char *folder = arena_strdup(arena, places->store);
	struct strs names = { NULL, 0 }, lines = { NULL, 0 };
	struct buf most = BUF_INIT;
	int dir, rc;

	*strrchr(folder, '/') = '\0';
	if (file_open_dir(folder, &dir, err) == -1)
		return -1;
	rc = file_list(arena, dir, &names, err);
	close(dir);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct buf one = BUF_INIT;

		if (str_ends_nocase(names.v[i], ".restoring"))
			buf_add_str(out, "aside: a store that was begun\n");
		if (strstr(names.v[i], ".before-restore-") == NULL || str_ends_nocase(names.v[i], "-wal") ||
		    str_ends_nocase(names.v[i], "-shm"))
			continue;
		rc = take_store(arena_printf(arena, "%s/%s", folder, names.v[i]), arena, &one, err);
		if (one.len > most.len) {
			buf_reset(&most);
			buf_add(&most, one.data, one.len);
		}
		buf_free(&one);
	}
	split(arena, buf_text(&most), &lines);
	/* A list may be imported once more, which changes nothing. */
	for (size_t i = 0; i < lines.n; i++)
		if (i == 0 || !str_starts(lines.v[i], "import ") || strcmp(lines.v[i], lines.v[i - 1]) != 0)
			buf_printf(out, "aside: %s\n", lines.v[i]);
	buf_free(&most);
	if (access(arena_printf(arena, "%s/" RESTORING, places->spool), F_OK) == 0)
		buf_add_str(out, "aside: a restore that was begun\n");
	return rc;
}

static int
take_upkeep(const struct account_places *places, struct arena *arena, struct buf *out, struct err *err)
{
	struct strs lines = { NULL, 0 };

	if (take_tree("rules", arena_printf(arena, "%s/rules", places->spool), arena, &lines, err) == -1 ||
	    take_tree("lists", places->lists, arena, &lines, err) == -1)
		return -1;
	add_sorted(&lines, out);
	take_board(places->board, arena, out);
	return take_asides(places, arena, out, err);
}

/* ---- What was erased */

static void
look_for_erased(const struct account_places *places, struct arena *arena, int dir, const char *name, struct strs *lines)
{
	struct buf text = BUF_INIT;
	struct err err;

	if (file_read(dir, name, 256 << 20, &text, &err) == 0)
		for (size_t i = 0; places->erased[i] != NULL; i++)
			if (memmem(buf_text(&text), text.len, places->erased[i], strlen(places->erased[i])) != NULL)
				strs_add(arena, lines, arena_printf(arena, "left over: \"%s\" in %s", places->erased[i], name));
	buf_free(&text);
}

/* Of the database and the spool. */
static int
take_erased(const struct account_places *places, struct arena *arena, struct buf *out, struct err *err)
{
	static const char *const folders[] = { "tmp", "new", "cur", "archive", "bad", "docs", "out", "sent" };
	struct strs lines = { NULL, 0 };

	look_for_erased(places, arena, AT_FDCWD, places->store, &lines);
	look_for_erased(places, arena, AT_FDCWD, arena_printf(arena, "%s-wal", places->store), &lines);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct strs names = { NULL, 0 };
		int dir, rc;

		if (file_open_dir(arena_printf(arena, "%s/%s", places->spool, folders[i]), &dir, err) == -1)
			return -1;
		rc = file_list(arena, dir, &names, err);
		for (size_t k = 0; k < names.n; k++)
			look_for_erased(places, arena, dir, names.v[k], &lines);
		close(dir);
		if (rc == -1)
			return -1;
	}
	add_sorted(&lines, out);
	return 0;
}

/* ---- The servers */

/* A copy of our own that came back bears an id that chance made. */
static const char *
name_of(const struct model *model, struct arena *arena, const struct stored_mail *mail, bool exactly)
{
	if (exactly || !model_has_accepted(model, mail->id))
		return mail->id;
	return arena_printf(arena, "copy to=%s subject=%s", mail_field(arena, mail->data, mail->len, "To"),
	    mail_field(arena, mail->data, mail->len, "Subject"));
}

static void
take_servers(const struct model *model, struct arena *arena, bool exactly, struct buf *out)
{
	struct strs lines = { NULL, 0 };

	for (size_t f = 0; f < model->folder_count; f++)
		for (size_t i = 0; i < model->folders[f].count; i++) {
			const struct stored_mail *mail = &model->folders[f].mails[i];

			strs_add(arena, &lines, arena_printf(arena, "mailbox %s: %s%s%s", model->folders[f].name,
			    name_of(model, arena, mail, exactly), mail->deleted ? " deleted" : "",
			    mail->marked ? " marked" : ""));
		}
	for (size_t i = 0; i < model->accepted_count; i++)
		strs_add(arena, &lines, arena_printf(arena, "accepted for %s: %s, %zu bytes %s", model->accepted[i].to,
		    model->accepted[i].subject, model->accepted[i].len, exactly ? model->accepted[i].id : ""));
	add_sorted(&lines, out);
}

static int
take(const struct account_places *places, const struct model *model, bool exactly, struct buf *out, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = take_erased(places, arena, out, err);	/* before the store is opened, which may change it */

	if (rc == 0)
		rc = take_store(places->store, arena, out, err);
	if (rc == 0)
		rc = take_backups(places->backups, arena, out, err);
	if (rc == 0)
		rc = take_spool(places->spool, arena, exactly, out, err);
	if (rc == 0)
		rc = take_upkeep(places, arena, out, err);
	take_servers(model, arena, exactly, out);
	arena_free(&arena);
	return rc;
}

int
account_take(const struct account_places *places, const struct model *model, struct buf *out, struct err *err)
{
	return take(places, model, false, out, err);
}

int
account_take_exactly(const struct account_places *places, const struct model *model, struct buf *out,
    struct err *err)
{
	return take(places, model, true, out, err);
}

/* ---- Comparing */

/* Its subject says whether something is wrong just then; its length depends on that. */
static const char *
without_health(struct arena *arena, const char *line)
{
	static const char title[] = "Birmingham: social care advice: ";
	const char *at = strstr(line, title), *rest = at == NULL ? NULL : strstr(at, " decided=");

	return at == NULL ? line : arena_printf(arena, "%.*sa digest%s", (int)(at - line), line, rest == NULL ? "" : rest);
}

/* Both lists are in order as far as each part goes; lines are paired off one by one. */
void
account_compare(const char *wanted, const char *found, struct buf *out)
{
	struct arena *arena = arena_new();
	struct strs a = { NULL, 0 }, b = { NULL, 0 };
	size_t i = 0, k = 0;

	split(arena, wanted, &a);
	split(arena, found, &b);
	for (i = 0; i < a.n; i++)
		a.v[i] = without_health(arena, a.v[i]);
	for (k = 0; k < b.n; k++)
		b.v[k] = without_health(arena, b.v[k]);
	i = k = 0;
	if (a.n > 0)
		qsort(a.v, a.n, sizeof(a.v[0]), compare_text);
	if (b.n > 0)
		qsort(b.v, b.n, sizeof(b.v[0]), compare_text);
	while (i < a.n || k < b.n) {
		int order = i == a.n ? 1 : k == b.n ? -1 : strcmp(a.v[i], b.v[k]);

		if (order < 0)
			buf_printf(out, "\t< %s\n", a.v[i]);
		else if (order > 0)
			buf_printf(out, "\t> %s\n", b.v[k]);
		i += order <= 0;
		k += order >= 0;
	}
	arena_free(&arena);
}
