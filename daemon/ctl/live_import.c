/*
 * advicectl import directory|involvement FILE: a list taken whole or not at
 * all, after every bad line was named; says what changes.
 * Invariant: one transaction; the old list stays until the new one stands.
 * Fails: exit 1 when the file is not sound.
 */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"

#define LIST_MOST	(256u * 1024 * 1024)

struct changes {
	size_t		 before, after;
	struct strs	 added, removed, changed;	/* addresses; of the directory only */
};

/* ---- What changes */

static bool
same_person(struct arena *arena, const struct person *a, const struct person *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->team, b->team) == 0 && strcmp(a->manager, b->manager) == 0 &&
	    strcmp(a->cover, b->cover) == 0 && a->from == b->from && a->until == b->until &&
	    strcmp(strs_join(arena, &a->posts, ";"), strs_join(arena, &b->posts, ";")) == 0;
}

static void
compare(struct arena *arena, const struct directory *old, const struct directory *new, struct changes *changes)
{
	changes->before = old->count;
	changes->after = new->count;
	for (size_t i = 0; i < new->count; i++) {
		const struct person *before = directory_find(old, new->people[i].address);

		if (before == NULL)
			strs_add(arena, &changes->added, new->people[i].address);
		else if (!same_person(arena, before, &new->people[i]))
			strs_add(arena, &changes->changed, new->people[i].address);
	}
	for (size_t i = 0; i < old->count; i++)
		if (directory_find(new, old->people[i].address) == NULL)
			strs_add(arena, &changes->removed, old->people[i].address);
}

static void
names_text(struct live *live, const char *what, const struct strs *names)
{
	if (names->n > 0)
		buf_printf(&live->out, "  %s: %s\n", what, strs_join(live->arena, names, ", "));
}

static void
report(struct live *live, const char *list, const struct changes *changes)
{
	struct buf *out = &live->out;

	if (live->json) {
		json_open(out, NULL, '{');
		json_str(out, "imported", list);
		json_int(out, "before", (int64_t)changes->before);
		json_int(out, "rows", (int64_t)changes->after);
		json_strs(out, "added", &changes->added);
		json_strs(out, "changed", &changes->changed);
		json_strs(out, "removed", &changes->removed);
		json_close(out, '}');
		buf_add_char(out, '\n');
		return;
	}
	buf_printf(out, "%s imported: %zu rows\n", list, changes->after);
	if (changes->after < changes->before / 2)
		buf_printf(out, "  warning: the list before had %zu rows; if this one was cut short, import it again\n", changes->before);
	names_text(live, "new", &changes->added);
	names_text(live, "changed", &changes->changed);
	names_text(live, "no longer there", &changes->removed);
}

/* What the packs in force cannot do with these people; said, and the list is taken all the same. */
static void
warn_packs(struct live *live, const struct directory *directory)
{
	struct problems problems = { .arena = live->arena };

	for (size_t i = 0; live->engine != NULL && i < live->engine->pack_count; i++)
		pack_check(live->engine->packs[i], directory, &problems);
	problems_print(&problems, &live->errors);
}

/* ---- Taking it */

static int
commit(struct live *live, int rc, const char *code, struct err *err)
{
	struct err ignored;

	if (rc == 0)
		rc = live_note(live, code, 0, 0, err);
	if (rc == 0)
		rc = store_commit(live->store, err);
	if (rc == -1)
		store_rollback(live->store);
	if (live->engine != NULL)
		engine_refresh(live->engine, rc == 0 ? err : &ignored);
	return rc;
}

static int
import_directory(struct live *live, const char *name, const struct buf *text, const char *sha256)
{
	struct directory *old, *new = NULL;
	struct changes changes = { 0 };
	struct err err = { ERR_NONE, "" };
	int rc;

	if (directory_parse(live->arena, name, buf_text(text), text->len, &new, &live->errors) == -1)
		return live_fail(live, 1, "nothing was imported; mend the lines named above");
	if (store_directory(live->store, live->arena, &old, &err) == -1)
		return live_broken(live, &err);
	compare(live->arena, old, new, &changes);
	rc = store_begin(live->store, &err);
	if (rc == 0)
		rc = commit(live, store_import_directory(live->store, new, live->now, sha256, &err), "import-directory", &err);
	if (rc == -1)
		return live_broken(live, &err);
	warn_packs(live, new);
	report(live, "directory", &changes);
	return 0;
}

static int
import_involvement(struct live *live, const char *name, const struct buf *text, const char *sha256)
{
	struct involvement_list *list = NULL;
	struct changes changes = { 0 };
	struct err err = { ERR_NONE, "" };
	int rc;

	if (involvement_parse(live->arena, name, buf_text(text), text->len, &list, &live->errors) == -1)
		return live_fail(live, 1, "nothing was imported; mend the lines named above");
	if (store_involvement_count(live->store, &changes.before, &err) == -1)
		return live_broken(live, &err);
	/* An export that failed looks like this; believed, no child would be known to anybody. */
	if (list->count == 0 && changes.before > 0)
		return live_fail(live, 1, "nothing was imported: the list has no rows, and the one in force has %zu; "
		    "it stays in force", changes.before);
	rc = store_begin(live->store, &err);
	if (rc == 0)
		rc = commit(live, store_import_involvement(live->store, list, live->now, sha256, &err), "import-involvement", &err);
	if (rc == -1)
		return live_broken(live, &err);
	changes.after = list->count;
	report(live, "involvement list", &changes);
	return 0;
}

int
live_import(struct live *live, int argc, char **argv)
{
	struct buf text = BUF_INIT;
	char sha256[65];
	struct err err;
	bool directory = argc == 3 && strcmp(argv[1], "directory") == 0;
	int code;

	if (argc != 3 || live->file == -1 || (!directory && strcmp(argv[1], "involvement") != 0))
		return live_fail(live, 2, "usage: advicectl import directory FILE, or: advicectl import involvement FILE");
	if (file_read_fd(live->file, LIST_MOST, &text, &err) == -1)
		code = live_fail(live, 1, "%s: %s", str_visible(live->arena, argv[2], 200), err.text);
	else {
		sha256_hex(buf_text(&text), text.len, sha256);
		code = directory ? import_directory(live, argv[2], &text, sha256) :
		    import_involvement(live, argv[2], &text, sha256);
	}
	buf_free(&text);
	return code;
}
