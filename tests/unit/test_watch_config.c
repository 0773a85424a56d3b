/* By which configuration advicectl watch looks and tells: a mistake in adviced.cfg is a complaint, and silences none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "ctl/watch.h"

#define REST	"packs = [ \"birmingham\" ]\nspool = \"spool\"\n" \
		"mailboxes : { advice : { address = \"a@t.example\"; maildir = \"mail\" } }\nsmtp : { host = \"localhost\"; tls = \"none\" }\n"
#define SOUND	REST "alarm : { command = \"/bin/first\" }\n"

static const struct look {
	const char	*name;
	const char	*text, *copy;	/* the file now, and the copy beside the memory; NULL: there is none */
	bool		 memory;	/* the memory is named on the command line */
	int		 want;
	const char	*command;	/* of the alarm that is gone by */
	const char	*complaint;	/* in its words; NULL: there is none */
	const char	*left;		/* the copy afterwards; NULL: none */
} rows[] = {
	{ "sound, the first time", SOUND, NULL, true, 0, "/bin/first", NULL, SOUND },
	{ "sound, the memory where the configuration says", SOUND, NULL, false, 0, "/bin/first", NULL, SOUND },
	{ "sound, and others were so before", SOUND, REST "alarm : { command = \"/bin/old\" }\n", true, 0, "/bin/first", NULL, SOUND },
	{ "a text without its quotes", "packs = [ birmingham ]\n" SOUND, SOUND, true, 0, "/bin/first", "(line 1)", SOUND },
	{ "a text without its quotes, and nobody says where the copy is", "packs = [ birmingham ]\n" SOUND, SOUND, false, -1, NULL,
	    "is not sound", SOUND },
	{ "a key that there is none of, without a copy", SOUND "colour = 3;\n", NULL, false, 0, "/bin/first", "colour", NULL },
	{ "the same with one: what was sound counts", REST "alarm : { command = \"/bin/wrong\" }\ncolour = 3;\n", SOUND, false, 0,
	    "/bin/first", "colour", SOUND },
	{ "the alarm itself is gone", REST "colour = 3;\n", SOUND, true, 0, "/bin/first", "colour", SOUND },
	{ "the alarm itself is gone, without a copy", REST "colour = 3;\n", NULL, true, -1, NULL, "colour", NULL },
	{ "the copy is spoilt, too", "packs = [", "packs = [", true, -1, NULL, "is not sound", "packs = [" },
	{ "no file at all", NULL, SOUND, true, 0, "/bin/first", "cannot be read", SOUND },
	{ "neither", NULL, NULL, true, -1, NULL, "cannot be read", NULL },
};

static void
put(const char *folder, const char *name, const char *text)
{
	struct err err;
	int dir;

	if (text == NULL)
		return;
	assert_int_equal(file_open_dir(folder, &dir, &err), 0);
	assert_int_equal(file_replace(dir, name, text, strlen(text), &err), 0);
	close(dir);
}

static void
try(struct arena *arena, const struct look *row, const char *folder)
{
	const char *path = arena_printf(arena, "%s/adviced.cfg", folder), *named = arena_printf(arena, "%s/spool/watch", folder);
	const char *memory = row->memory ? named : NULL, *copy = arena_printf(arena, "%s.cfg", named);
	struct complaints found = { NULL, 0 };
	struct config *config = NULL;
	struct buf left = BUF_INIT;
	struct err err;
	int rc;

	put(folder, "adviced.cfg", row->text);
	put(arena_printf(arena, "%s/spool", folder), "watch.cfg", row->copy);
	rc = watch_config(arena, path, &memory, &config, &found);
	if (rc != row->want || (rc == 0 && strcmp(config->alarm.command, row->command) != 0))
		fail_msg("%s: %d, by %s", row->name, rc, rc == 0 ? config->alarm.command : "nothing");
	if (rc == 0 && (strcmp(memory, named) != 0 || !str_starts(config->spool, folder)))
		fail_msg("%s: memory %s, spool %s", row->name, memory, config->spool);
	if (found.n != (row->complaint != NULL) || (found.n > 0 && strstr(found.v[0].text, row->complaint) == NULL))
		fail_msg("%s: %zu complaints: %s", row->name, found.n, found.n > 0 ? found.v[0].text : "");
	rc = file_read(AT_FDCWD, copy, 10000, &left, &err);
	if ((rc == 0) != (row->left != NULL) || (rc == 0 && strcmp(buf_text(&left), row->left) != 0))
		fail_msg("%s: the copy is then %s", row->name, rc == 0 ? buf_text(&left) : "not there");
	buf_free(&left);
}

static void
test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		char folder[] = "/tmp/adviced-watch-XXXXXX";
		struct err err;

		assert_non_null(mkdtemp(folder));
		assert_int_equal(file_make_dir(arena_printf(arena, "%s/spool", folder), 0700, &err), 0);
		try(arena, &rows[i], folder);
		file_remove_tree(folder);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
