/* The configuration: what it takes, what it refuses, line by line, and passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf/config.h"

#define DATA "tests/data/config/"

static struct config *
read_good(struct arena *arena, const char *path)
{
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	struct config *config = NULL;

	if (config_read(arena, path, &config, &problems) == -1) {
		problems_print(&problems, &out);
		fail_msg("%s", buf_text(&out));
	}
	buf_free(&out);
	return config;
}

static const char *
here(struct arena *arena, const char *path)
{
	char folder[4096];

	assert_non_null(realpath(DATA, folder));
	return arena_printf(arena, "%s/%s", folder, path);
}

static void
test_everything(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = read_good(arena, DATA "good.cfg");
	const struct mailbox_config *advice = config_mailbox(config, "advice"), *sent;

	(void)state;
	assert_int_equal(config->packs.n, 2);
	assert_string_equal(config->packs.v[0], "birmingham");
	assert_string_equal(config->packs.v[1], here(arena, "packs/leicester"));
	assert_string_equal(config->rules, here(arena, "my-rules"));
	assert_string_equal(config->calendars, "/usr/share/adviced/calendars");
	assert_string_equal(config->spool, here(arena, "var/spool"));
	assert_string_equal(config->database, "/var/lib/adviced/adviced.db");
	assert_string_equal(config->socket, "/run/adviced/control");
	assert_string_equal(config->administrator, "admin@town.example");
	assert_string_equal(config->log_level, "warning");
	assert_int_equal(config->mailbox_count, 4);
	assert_int_equal(config_mailboxes(config), 3);
	assert_string_equal(config_mailbox(config, "box")->maildir, here(arena, "mail/box"));
	assert_null(config_mailbox(config, "das")->maildir);
	assert_non_null(advice);
	assert_string_equal(advice->imap.host, "imap.town.example");
	assert_int_equal(advice->imap.port, 10993);
	assert_int_equal(advice->imap.tls, TLS_IMPLICIT);
	assert_string_equal(advice->imap.ca_file, here(arena, "ca.pem"));
	assert_string_equal(advice->imap.password_file, here(arena, "advice.password"));
	assert_int_equal(advice->imap.timeout_s, 45);
	assert_string_equal(advice->folder, "INBOX/EHC");
	assert_string_equal(advice->processed, "Done");
	assert_string_equal(advice->needs_you, "For you");
	assert_string_equal(advice->adopt, "2026-09-01");
	assert_true(advice->settle_leave);
	assert_true(advice->own_copy);
	assert_string_equal(advice->trust, "header:mx.town.example");
	assert_int_equal(advice->poll_s, 120);
	assert_int_equal(advice->idle_s, 3600);
	assert_int_equal(advice->where.line, 11);
	assert_string_equal(advice->sent, "Sent Items");
	assert_null(advice->sent_of);
	sent = config_mailbox(config, "advice.sent");	/* watched with the same name and password; nothing is moved or adopted */
	assert_non_null(sent);
	assert_string_equal(sent->sent_of, "advice");
	assert_string_equal(mailbox_watched_as(sent), "advice");
	assert_string_equal(sent->folder, "Sent Items");
	assert_string_equal(sent->address, advice->address);
	assert_string_equal(sent->imap.password_file, advice->imap.password_file);
	assert_true(sent->settle_leave);
	assert_null(sent->adopt);
	assert_null(config_mailbox(config, "das.sent"));
	assert_int_equal(config_mailbox(config, "das")->imap.port, 143);
	assert_int_equal(config->smtp.port, 2525);
	assert_int_equal(config->smtp.tls, TLS_NONE);
	assert_int_equal(config->smtp.timeout_s, 60);
	assert_null(config->smtp.user);
	assert_string_equal(config->smtp_from, "no-reply@town.example");
	assert_int_equal(config->per_minute, 30);
	assert_int_equal(config->give_up_days, 1);
	assert_int_equal(config->ask_after_s, 1200);
	assert_int_equal(config->max_mail_mb, 1024);
	assert_int_equal(config->limits.parse_time_s, 8);
	assert_int_equal(config->limits.parse_memory_mb, 256);
	assert_int_equal(config->limits.nesting, 50);
	assert_int_equal(config->limits.header_kb, 2048);
	assert_int_equal(config->limits.text_kb, 64);
	assert_int_equal(config->limits.pages, 40);
	assert_int_equal(config->limits.unpacked_mb, 1024);
	assert_int_equal(config->limits.documents_time_s, 60);
	assert_int_equal(config->limits.parts, 1000);
	assert_string_equal(config->lists_folder, here(arena, "extract"));
	assert_string_equal(config->directory_file, "people.csv");
	assert_string_equal(config->involvement_file, "involvement.csv");
	assert_int_equal(config->stale_days, 14);
	assert_true(config->daily);
	assert_int_equal(config->daily_at, 7 * 60 + 45);
	assert_false(config->join);
	assert_null(advice->retry);	/* nothing is moved there */
	assert_null(sent->retry);
	assert_string_equal(config_mailbox(config, "das")->retry, "Again");
	assert_null(config_mailbox(config, "box")->retry);
	assert_int_equal(config->retention.raw_mail, 1);
	assert_int_equal(config->retention.cases, 24);
	assert_int_equal(config->retention.journal, 120);
	assert_int_equal(config->retention.unmatched, 3);
	assert_string_equal(config->backups, here(arena, "copies"));
	assert_int_equal(advice->canary_s, 1800);
	assert_int_equal(advice->canary_limit_s, 300);
	assert_string_equal(advice->canary_folder, "Tests");
	assert_int_equal(advice->silence_s, 1200);
	assert_int_equal(sent->canary_s, 0);		/* what lies there went out; nothing comes in */
	assert_string_equal(config->metrics, here(arena, "var/adviced.prom"));
	assert_string_equal(config->heartbeat, "/run/adviced/alive");
	assert_int_equal(config->low_space_mb, 2048);
	assert_string_equal(config->board.file, here(arena, "web/board.html"));
	assert_string_equal(config->board.group, "send-managers");
	assert_int_equal(config->board.every_s, 300);
	assert_true(config->board.names);
	assert_int_equal(config->alarm.to.n, 2);
	assert_string_equal(config->alarm.from, "watch@elsewhere.example");
	assert_string_equal(config->alarm.smtp.host, "relay.elsewhere.example");
	assert_int_equal(config->alarm.smtp.port, 587);
	assert_string_equal(config->alarm.smtp.password_file, here(arena, "watch.password"));
	assert_string_equal(config->alarm.command, here(arena, "bin/alarm"));
	assert_string_equal(config->alarm.memory, "/run/adviced-watch/told");
	assert_int_equal(config->alarm.patience_s, 10);
	assert_int_equal(config->alarm.silence_s, 300);
	assert_null(config_mailbox(config, "nobody"));
	arena_free(&arena);
}

static void
test_defaults(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = read_good(arena, DATA "least.cfg");
	const struct mailbox_config *advice = config_mailbox(config, "advice");

	(void)state;
	assert_null(config->rules);
	assert_string_equal(config->spool, here(arena, "spool"));
	assert_string_equal(config->database, here(arena, "spool/adviced.db"));
	assert_string_equal(config->socket, here(arena, "spool/control"));
	assert_string_equal(config->backups, here(arena, "spool/backups"));
	assert_int_equal(advice->canary_s, 3600);
	assert_int_equal(advice->canary_limit_s, 600);
	assert_string_equal(advice->canary_folder, "Canary");
	assert_int_equal(advice->silence_s, 900);
	assert_null(config->metrics);
	assert_null(config->board.file);
	assert_int_equal(config->board.every_s, 600);
	assert_false(config->board.names);
	assert_string_equal(config->heartbeat, here(arena, "spool/heartbeat"));
	assert_string_equal(config->alarm.memory, here(arena, "spool/watch"));
	assert_null(config->alarm.smtp.host);
	assert_int_equal(config->low_space_mb, 1024);
	assert_int_equal(config->retention.raw_mail, 3);
	assert_int_equal(config->retention.cases, 12);
	assert_int_equal(config->retention.journal, 72);
	assert_string_equal(config->log_level, "info");
	assert_int_equal(advice->imap.port, 993);
	assert_int_equal(advice->imap.timeout_s, 30);
	assert_string_equal(advice->folder, "INBOX");
	assert_string_equal(advice->trust, "none");
	assert_false(advice->settle_leave);
	assert_string_equal(advice->retry, "Retry");
	assert_true(config->daily);
	assert_int_equal(config->daily_at, -1);		/* when the pack's sending hours begin */
	assert_true(config->join);
	assert_true(advice->own_copy);
	assert_int_equal(config->give_up_days, 2);
	assert_int_equal(config->ask_after_s, 3600);
	assert_int_equal(config->smtp.port, 587);
	assert_int_equal(config->smtp.tls, TLS_STARTTLS);
	assert_int_equal(config->per_minute, 20);
	assert_int_equal(config->max_mail_mb, 100);
	arena_free(&arena);
}

/* The example in the source tree speaks of the tree, not of its own folder. */
static void
test_example(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = read_good(arena, "config/adviced.cfg");
	char tree[4096];

	(void)state;
	assert_non_null(realpath(".", tree));
	assert_string_equal(config->spool, arena_printf(arena, "%s/spool", tree));
	arena_free(&arena);
}

/* Every one of these, at its line, and no others. */
static const struct problem_row {
	const char	*file;
	int		 line;
	const char	*text;
} bad_rows[] = {
	{ "bad.cfg", 1, "\"birmingham\" stands there twice" },
	{ "bad.cfg", 2, "\"spol\" is not a key of the configuration" },
	{ "bad.cfg", 3, "\"administrator\" must be one e-mail address" },
	{ "bad.cfg", 4, "\"log\" must be \"error\"" },
	{ "bad.cfg", 7, "\"address\" must be one e-mail address" },
	{ "bad.cfg", 8, "\"port\" must be a port, 1 to 65535; found the number 70000" },
	{ "bad.cfg", 8, "\"timeout\" must be a time such as" },
	{ "bad.cfg", 8, "has a user and no password-file" },
	{ "bad.cfg", 8, "would send passwords and mails in clear to imap.town.example" },
	{ "bad.cfg", 9, "\"adopt\" must be a date such as" },
	{ "bad.cfg", 10, "\"settle\" must be \"move\"" },
	{ "bad.cfg", 11, "\"trust\" must be \"none\"" },
	{ "bad.cfg", 12, "\"pol\" is not a key of a mailbox" },
	{ "bad.cfg", 14, "the mailbox \"other\" has no address" },
	{ "bad.cfg", 15, "\"starttls\" is not done for IMAP" },
	{ "bad.cfg", 16, "\"idle\" must be a time such as" },
	{ "bad.cfg", 16, "the same folder for mail that comes and for mail that was sent" },
	{ "bad.cfg", 17, "has an IMAP server and a maildir" },
	{ "bad.cfg", 19, "\"tls\" must be \"implicit\"" },
	{ "bad.cfg", 12, "\"own-copy\" must be \"yes\" or \"no\"" },
	{ "bad.cfg", 19, "\"give-up\" must be a number of days" },
	{ "bad.cfg", 19, "\"ask-after\" must be a time such as" },
	{ "bad.cfg", 19, "\"per-minute\" must be how many mails" },
	{ "bad.cfg", 19, "the sending server has no host" },
	{ "bad.cfg", 20, "\"mail\" must be a size such as" },
	{ "bad.cfg", 20, "\"parse-memory\" must be a size such as \"512 MB\", from \"128 MB\" to \"2 GB\"" },
	{ "bad.cfg", 20, "\"parts\" must be a number such as 1000, from 10 to 100000; found the number 5" },
	{ "bad.cfg", 20, "\"nesting\" must be a number such as 100, from 5 to 500" },
	{ "bad.cfg", 20, "\"header\" must be a size such as \"1 MB\", from \"16 KB\" to \"8 MB\"" },
	{ "bad.cfg", 20, "\"attachment-time\" must be a time such as \"3 s\", from \"1 s\" to \"10 min\"" },
	{ "bad.cfg", 20, "\"pages\" is not a key of the limits" },
	{ "bad.cfg", 21, "\"../people.csv\" cannot be the name of a file in the watched folder" },
	{ "bad.cfg", 21, "\"stale\" must be a number of days such as \"3 days\"" },
	{ "bad-retention.cfg", 5, "\"raw-mail\" must be a time such as \"3 months\" or \"6 years\", at least a month" },
	{ "bad-retention.cfg", 5, "\"case\" must be a time such as" },
	{ "bad-retention.cfg", 5, "\"journal\" must be a time such as" },
	{ "bad-retention.cfg", 5, "\"mail\" is not a key of the retention" },
	{ "odd-retention.cfg", 5, "cannot be kept longer than the case itself" },
	{ "odd-retention.cfg", 5, "cannot be kept longer than the journal" },
	{ "empty-groups.cfg", 1, "\"packs\" is empty" },
	{ "empty-groups.cfg", 2, "no mailbox is named that could be watched" },
	{ "empty-groups.cfg", 1, "there is no sending server" },
	{ "bad-alarm.cfg", 5, "\"canary\" must be \"off\", or a time such as" },
	{ "bad-alarm.cfg", 5, "\"canary-limit\" must be a time such as" },
	{ "bad-alarm.cfg", 5, "\"silence\" must be a time such as" },
	{ "bad-letters.cfg", 2, "\"8 o'clock\" is no time of the day" },
	{ "bad-letters.cfg", 3, "\"join-escalations\" must be \"yes\" or \"no\"" },
	{ "bad-letters.cfg", 7, "has the same folder \"Processed\" for mail that is to be decided again" },
	{ "bad-letters.cfg", 11, "with settle = \"leave\" no mail is moved" },
	{ "bad-alarm.cfg", 9, "\"low-space\" must be a size such as" },
	{ "bad-alarm.cfg", 10, "the alarm would go through the sending server itself" },
	{ "bad-alarm.cfg", 11, "\"the night watch\" is no mail address" },
	{ "bad-alarm.cfg", 12, "cannot be signed in to with a token" },
	{ "bad-alarm.cfg", 13, "\"patience\" must be a time such as" },
	{ "bad-alarm.cfg", 13, "\"loudness\" is not a key of the alarm" },
	{ "bad-board.cfg", 5, "\"file\" is a folder; it must name the page in it" },
	{ "bad-board.cfg", 5, "\"every\" must be a time such as" },
	{ "bad-board.cfg", 5, "\"names\" must be \"yes\" or \"no\"" },
	{ "bad-board.cfg", 6, "\"who\" is not a key of the board" },
	{ "mute-alarm.cfg", 4, "the alarm has neither a mail server nor a command" },
	{ "nul.cfg", 0, "the file is not text: a byte 0x00 stands in it" },
};

static bool
problem_found(const struct problems *problems, const struct problem_row *row)
{
	for (size_t i = 0; i < problems->n; i++)
		if (problems->v[i].where.line == row->line && strstr(problems->v[i].text, row->text) != NULL)
			return true;
	return false;
}

static void
check_bad(const char *file)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct config *config = NULL;
	struct buf out = BUF_INIT;
	size_t rows = 0, missing = 0;

	assert_int_equal(config_read(arena, arena_printf(arena, DATA "%s", file), &config, &problems), -1);
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		if (strcmp(bad_rows[i].file, file) != 0)
			continue;
		rows++;
		if (!problem_found(&problems, &bad_rows[i])) {
			print_error("%s:%d: not reported: %s\n", file, bad_rows[i].line, bad_rows[i].text);
			missing++;
		}
	}
	problems_print(&problems, &out);
	if (missing > 0 || problems_errors(&problems) != rows)
		fail_msg("%s: %zu problems expected, %zu of them missing; reported:\n%s", file, rows, missing, buf_text(&out));
	buf_free(&out);
	arena_free(&arena);
}

static void
test_bad(void **state)
{
	(void)state;
	check_bad("bad.cfg");
	check_bad("empty-groups.cfg");
	check_bad("nul.cfg");
	check_bad("bad-alarm.cfg");
	check_bad("bad-letters.cfg");
	check_bad("mute-alarm.cfg");
	check_bad("bad-board.cfg");
}

static void
test_hints(void **state)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct config *config = NULL;
	struct buf out = BUF_INIT;

	(void)state;
	config_read(arena, DATA "bad.cfg", &config, &problems);
	problems_print(&problems, &out);
	assert_non_null(strstr(buf_text(&out), DATA "bad.cfg:2: "));
	assert_non_null(strstr(buf_text(&out), "did you mean \"spool\"?"));
	assert_non_null(strstr(buf_text(&out), "did you mean \"info\"?"));
	assert_non_null(strstr(buf_text(&out), "did you mean \"poll\"?"));
	buf_free(&out);
	arena_free(&arena);
}

static void
test_unreadable(void **state)
{
	static const char *const files[] = { DATA "syntax.cfg", DATA "none.cfg", DATA };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct problems problems = { .arena = arena };
		struct config *config = NULL;

		if (config_read(arena, files[i], &config, &problems) != -1 || problems_errors(&problems) == 0)
			fail_msg("%s was taken", files[i]);
	}
	arena_free(&arena);
}

/* ---- Passwords */

static const struct secret_row {
	const char	*name, *content;
	size_t		 len;
	mode_t		 mode;
	const char	*want;		/* the password, or NULL */
	const char	*says;
} secret_rows[] = {
	{ "plain", "secret", 6, 0600, "secret", NULL },
	{ "line end", "secret\r\n", 8, 0400, "secret", NULL },
	{ "spaces are part of it", " se cret \n", 10, 0600, " se cret ", NULL },
	{ "others may read", "secret", 6, 0640, NULL, "chmod 600" },
	{ "empty", "\n", 1, 0600, NULL, "is empty" },
	{ "zero byte", "se\0cret", 7, 0600, NULL, "something else" },
};

static void
check_secret(const char *folder, const struct secret_row *row)
{
	struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "%s/password", folder);
	struct server server = { .user = "x", .password_file = path };
	FILE *file = fopen(path, "w");
	struct err err = { ERR_NONE, "" };
	char *secret = NULL;
	int rc;

	assert_non_null(file);
	assert_int_equal(fwrite(row->content, 1, row->len, file), row->len);
	fclose(file);
	assert_int_equal(chmod(path, row->mode), 0);
	rc = config_secret(&server, &secret, &err);
	if (row->want != NULL && (rc == -1 || strcmp(secret, row->want) != 0))
		fail_msg("%s: %s", row->name, rc == -1 ? err.text : secret);
	if (row->want == NULL && (rc != -1 || strstr(err.text, row->says) == NULL || strstr(err.text, "secret") != NULL))
		fail_msg("%s: taken, or \"%s\"", row->name, err.text);
	free(secret);
	unlink(path);
	arena_free(&arena);
}

static void
test_secrets(void **state)
{
	char folder[] = "/tmp/test_config.XXXXXX";
	struct server server = { .user = "x", .password_file = "/nowhere/password" };
	struct err err;
	char *secret;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(secret_rows) / sizeof(secret_rows[0]); i++)
		check_secret(folder, &secret_rows[i]);
	assert_int_equal(config_secret(&server, &secret, &err), -1);
	server.user = NULL;
	assert_int_equal(config_secret(&server, &secret, &err), 0);
	assert_null(secret);
	rmdir(folder);
}

/* A credential that systemd gives goes before the file of the same name: one by one, or a folder of them. */
static void
test_credential(void **state)
{
	static const char *const names[] = { "advice.password", "secrets_advice.password" };
	char folder[] = "/tmp/test_config.XXXXXX", path[80];
	struct server server = { .user = "x", .password_file = "/nowhere/advice.password" };
	struct err err;
	char *secret = NULL;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "from systemd %zu\n", i);
		fclose(file);
		if (config_secret(&server, &secret, &err) == -1)
			fail_msg("%s: %s", names[i], err.text);
		assert_int_equal(strncmp(secret, "from systemd ", 13), 0);
		assert_int_equal(secret[13], '0' + (int)i);
		free(secret);
		unlink(path);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything), cmocka_unit_test(test_defaults), cmocka_unit_test(test_example),
		cmocka_unit_test(test_bad), cmocka_unit_test(test_hints), cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_secrets), cmocka_unit_test(test_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
