/*
 * advicectl import directory|involvement FILE: a list taken whole or not at
 * all, after every bad line was named.  What it changes is shown first, and
 * is done only with --yes; unless it is the first list, or changes nothing.
 * Invariant: one transaction; the old list stays until the new one stands.
 * Fails: exit 1 when the file is not sound; LIVE_WANTS_YES when it is, and
 * nobody has agreed yet.
 */
#include <string.h>

#include "base/file.h"
#include "ctl/live_import.h"

#define LIST_MOST	(256u * 1024 * 1024)

enum agreed { AGREED_NOT, AGREED_YES, AGREED_ASKED };	/* ASKED: has been shown, and a person said yes */

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

/* An address whose line was corrected is written to again, though mail to it came back. */
static int
forget_bounces(struct import *import, struct err *err)
{
	const struct strs *lists[] = { &import->added, &import->changed, &import->removed };

	for (size_t l = 0; l < 3; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (store_bounce_forget(import->live->store, lists[l]->v[i], err) == -1)
				return -1;
	return 0;
}

static bool
changes_nothing(const struct import *import)
{
	return import->before == 0 || (import->added.n == 0 && import->changed.n == 0 && import->removed.n == 0);
}

static int
show_and_wait(struct import *import)
{
	import_show(import, false);
	return LIVE_WANTS_YES;
}

static int
import_directory(struct import *import, const struct buf *text, const char *sha256, enum agreed agreed)
{
	struct live *live = import->live;
	struct directory *old, *new = NULL;
	struct err err = { ERR_NONE, "" };
	int rc;

	if (directory_parse(live->arena, import->name, buf_text(text), text->len, &new, &live->errors) == -1 ||
	    import_weigh(import, new) == -1)
		return live_fail(live, 1, "nothing was imported; mend the lines named above");
	if (store_directory(live->store, live->arena, &old, &err) == -1 ||
	    import_compare_directory(import, old, new, &err) == -1)
		return live_broken(live, &err);
	if (live->unseen && new->count < old->count / 2)
		return live_fail(live, 1, "nothing was imported: the list has %zu rows, and the one in force has %zu; if that is "
		    "right, a person may import it: advicectl import directory FILE", new->count, old->count);
	if (agreed == AGREED_NOT && !changes_nothing(import))
		return show_and_wait(import);
	rc = store_begin(live->store, &err);
	if (rc == 0)
		rc = store_import_directory(live->store, new, live->now, sha256, &err);
	if (rc == 0)
		rc = forget_bounces(import, &err);
	if (commit(live, rc, "import-directory", &err) == -1)
		return live_broken(live, &err);
	if (agreed == AGREED_ASKED && !live->json)
		buf_add_str(&live->out, "directory imported\n");
	else
		import_show(import, true);
	return 0;
}

/* An export that failed looks like this; believed, no child would be known to anybody. */
static int
weigh_involvement(struct import *import)
{
	struct live *live = import->live;

	if (import->after == 0 && import->before > 0)
		return live_fail(live, 1, "nothing was imported: the list has no rows, and the one in force has %zu; "
		    "it stays in force", import->before);
	if (import->after >= import->before / 2)
		return 0;
	if (live->unseen)
		return live_fail(live, 1, "nothing was imported: the list has %zu rows, and the one in force has %zu; if that is "
		    "right, a person may import it: advicectl import involvement FILE", import->after, import->before);
	strs_add(live->arena, &import->warnings, arena_printf(live->arena, "the list before had %zu rows; if this one was cut "
	    "short, do not take it", import->before));
	return 0;
}

/* The new list stands in the store while it is compared, and is taken back where nobody has agreed. */
static int
try_involvement(struct import *import, const struct involvement_list *list, const char *sha256, enum agreed agreed,
    bool *taken_r, struct err *err)
{
	struct live *live = import->live;
	struct listed_cases *cases;
	int rc = store_begin(live->store, err);

	if (rc == 0)
		rc = import_list_before(import, &cases, err);
	if (rc == 0)
		rc = store_import_involvement(live->store, list, live->now, sha256, err);
	if (rc == 0)
		rc = import_list_after(import, cases, err);
	*taken_r = agreed != AGREED_NOT || import->before == 0 || (import->cases.n == 0 && import->warnings.n == 0);
	if (rc == 0 && !*taken_r) {
		store_rollback(live->store);
		return 0;
	}
	return commit(live, rc, "import-involvement", err);
}

static int
import_involvement(struct import *import, const struct buf *text, const char *sha256, enum agreed agreed)
{
	struct live *live = import->live;
	struct involvement_list *list = NULL;
	struct err err = { ERR_NONE, "" };
	bool taken = false;
	int code;

	if (involvement_parse(live->arena, import->name, buf_text(text), text->len, &list, &live->errors) == -1)
		return live_fail(live, 1, "nothing was imported; mend the lines named above");
	if (store_involvement_count(live->store, &import->before, &err) == -1)
		return live_broken(live, &err);
	import->after = list->count;
	if ((code = weigh_involvement(import)) != 0)
		return code;
	if (try_involvement(import, list, sha256, agreed, &taken, &err) == -1)
		return live_broken(live, &err);
	if (!taken)
		return show_and_wait(import);
	if (agreed == AGREED_ASKED && !live->json)
		buf_add_str(&live->out, "involvement imported\n");
	else
		import_show(import, true);
	return 0;
}

/* --yes and --asked may stand anywhere; what is left are the list and its file. */
static int
take_agreed(int argc, char **argv, enum agreed *agreed)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--yes") == 0)
			*agreed = AGREED_YES;
		else if (strcmp(argv[i], "--asked") == 0)
			*agreed = AGREED_ASKED;
		else
			argv[kept++] = argv[i];
	}
	return kept;
}

int
live_import(struct live *live, int argc, char **argv)
{
	enum agreed agreed = AGREED_NOT;
	struct import import = { .live = live };
	struct buf text = BUF_INIT;
	char sha256[65];
	struct err err;
	int code;

	argc = take_agreed(argc, argv, &agreed);
	if (argc == 3)
		import.list = strcmp(argv[1], "directory") == 0 ? "directory" : strcmp(argv[1], "involvement") == 0 ? "involvement" : NULL;
	if (import.list == NULL || live->file == -1)
		return live_usage(live, "import");
	import.brief = agreed == AGREED_ASKED;
	import.name = str_visible(live->arena, argv[2], 200);
	if (file_read_fd(live->file, LIST_MOST, &text, &err) == -1)
		code = live_fail(live, 1, "%s: %s", import.name, err.text);
	else {
		sha256_hex(buf_text(&text), text.len, sha256);
		code = import.list[0] == 'd' ? import_directory(&import, &text, sha256, agreed) :
		    import_involvement(&import, &text, sha256, agreed);
	}
	buf_free(&text);
	return code;
}
