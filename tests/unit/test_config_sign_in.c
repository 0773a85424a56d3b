/* The groups sign-in and graph of the configuration: what they come to, and what is said of each mistake. */
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

#include "base/str.h"
#include "conf/config.h"
#include "conf/sign_in.h"

#define BOX	"packs = [ \"x\" ]\nmailboxes : { advice : { address = \"advice@town.example\"; " \
	"imap : { host = \"imap.example\"; sign-in = \"office\" } } }\n"
#define PROOF	"tenant = \"t-1\"; client = \"c-1\"; secret-file = \"/s\";"
#define OFFICE	"sign-in : { office : { kind = \"microsoft\"; " PROOF " } }\n"
#define SMTP	"smtp : { host = \"smtp.example\"; sign-in = \"office\" }\n"
#define GRAPH	"graph : { sign-in = \"office\" }\n"

static struct config *
parse(struct arena *arena, const char *text, struct buf *said)
{
	struct problems problems = { .arena = arena };
	struct config *config;
	int rc = config_parse(arena, "/etc/adviced/a.cfg", text, &config, &problems);

	problems_print(&problems, said);
	return rc == 0 ? config : NULL;
}

static struct config *
parse_good(struct arena *arena, const char *text)
{
	struct buf said = BUF_INIT;
	struct config *config = parse(arena, text, &said);

	if (config == NULL)
		fail_msg("%s", buf_text(&said));
	buf_free(&said);
	return config;
}

static void
test_defaults(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = parse_good(arena, BOX OFFICE SMTP);
	const struct sign_in *office = &config->sign_ins[0];

	(void)state;
	assert_int_equal(config->sign_in_count, 1);
	assert_ptr_equal(config->mailboxes[0].imap.sign_in, office);
	assert_ptr_equal(config->smtp.sign_in, office);
	assert_string_equal(config->mailboxes[0].imap.user, "advice@town.example");
	assert_string_equal(config->smtp.user, "advice@town.example");
	assert_false(config->graph);
	assert_int_equal(office->kind, SIGN_IN_MICROSOFT);
	assert_string_equal(office->token_url, "https://login.microsoftonline.com/t-1/oauth2/v2.0/token");
	assert_int_equal(office->renew_early_s, 300);
	assert_int_equal(office->timeout_s, 30);
	assert_int_equal(office->secret_expires, DAY_NONE);
	assert_null(office->scope);
	arena_free(&arena);
}

static void
test_everything(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = parse_good(arena, BOX GRAPH "sign-in : { g : { kind = \"google\"; account-file = \"g.json\" },\n"
	    "office : { kind = \"microsoft\"; tenant = \"t\"; client = \"c\"; certificate-file = \"c.pem\"; key-file = \"/k.pem\";"
	    "scope = \"s\"; token-url = \"https://localhost:1/x\"; ca-file = \"ca.pem\"; renew-early = \"10 s\"; timeout = \"5 s\" } }\n");
	const struct sign_in *google = &config->sign_ins[0], *office = &config->sign_ins[1];

	(void)state;
	assert_true(config->graph);
	assert_string_equal(config->smtp.host, "graph.microsoft.com");
	assert_int_equal(config->smtp.port, 443);
	assert_ptr_equal(config->smtp.sign_in, office);
	assert_string_equal(google->account_file, "/etc/adviced/g.json");
	assert_string_equal(google->token_url, "https://oauth2.googleapis.com/token");
	assert_string_equal(office->certificate_file, "/etc/adviced/c.pem");
	assert_string_equal(office->key_file, "/k.pem");
	assert_string_equal(office->ca_file, "/etc/adviced/ca.pem");
	assert_string_equal(office->token_url, "https://localhost:1/x");
	assert_int_equal(office->renew_early_s, 10);
	arena_free(&arena);
}

/* A folder of sent mail is signed in to in the same way. */
static void
test_sent_folder(void **state)
{
	struct arena *arena = arena_new();
	const struct config *config = parse_good(arena, "packs = [ \"x\" ]\nmailboxes : { advice : { address = \"a@town.example\"; "
	    "sent = \"Sent Items\"; imap : { host = \"i.example\"; sign-in = \"office\" } } }\n" OFFICE SMTP);

	(void)state;
	assert_ptr_equal(config_mailbox(config, "advice.sent")->imap.sign_in, &config->sign_ins[0]);
	assert_string_equal(config_mailbox(config, "advice.sent")->imap.user, "a@town.example");
	arena_free(&arena);
}

static void
test_mistakes(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ BOX SMTP, "\"office\" is not in the group \"sign-in\"" },
		{ BOX "sign-in : { ofice : { kind = \"microsoft\"; " PROOF " } }\n" SMTP, "did you mean \"ofice\"?" },
		{ BOX SMTP "sign-in : { office : { " PROOF " } }\n", "does not say its kind" },
		{ BOX SMTP "sign-in : { office : { kind = \"msft\"; " PROOF " } }\n", "\"microsoft\" (Microsoft 365) or \"google\"" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; client = \"c\"; secret-file = \"s\" } }\n", "has no tenant" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; tenant = \"c\"; secret-file = \"s\" } }\n", "has no client" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; tenant = \"t/../x\"; client = \"c\"; secret-file = \"s\" } }\n",
		    "\"tenant\" must be an id" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; tenant = \"t\"; client = \"c\" } }\n",
		    "has nothing to prove who it is" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; tenant = \"t\"; client = \"c\"; key-file = \"k\" } }\n",
		    "has a key-file and no certificate-file" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " key-file = \"k\"; certificate-file = \"c\" } }\n",
		    "has both a secret-file and a certificate" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; tenant = \"t\"; client = \"c\"; key-file = \"k\"; "
		    "certificate-file = \"c\"; secret-expires = \"2027-01-01\" } }\n", "is not needed" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " account-file = \"a\" } }\n", "is Google's" },
		{ BOX SMTP "sign-in : { office : { kind = \"google\"; account-file = \"a\"; tenant = \"t\" } }\n", "is Microsoft's" },
		{ BOX SMTP "sign-in : { office : { kind = \"google\" } }\n", "has no account-file" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " token-url = \"http://x.example/\" } }\n", "https://" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " token-url = \"https://u:p@x.example/\" } }\n", "https://" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " secret-expires = \"soon\" } }\n", "a date such as" },
		{ BOX SMTP "sign-in : { office : { kind = \"microsoft\"; " PROOF " secret = \"x\" } }\n", "\"secret\"" },
		{ BOX SMTP "sign-in = \"office\"\n", "a group with a group for each way" },
		{ BOX OFFICE "smtp : { host = \"s\"; sign-in = \"office\"; password-file = \"p\" }\n", "both a password-file and a sign-in" },
		{ BOX OFFICE SMTP GRAPH, "either smtp or graph" },
		{ BOX OFFICE, "there is no sending server" },
		{ BOX OFFICE "graph : { from = \"a@town.example\" }\n", "graph has no sign-in" },
		{ BOX OFFICE "graph : { sign-in = \"office\"; user = \"x\" }\n", "\"user\"" },
		{ BOX "sign-in : { office : { kind = \"google\"; account-file = \"a\" } }\n" GRAPH, "graph is Microsoft's" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct buf said = BUF_INIT;

		if (parse(arena, rows[i].text, &said) != NULL || strstr(buf_text(&said), rows[i].says) == NULL)
			fail_msg("%s:\n%s", rows[i].text, buf_text(&said));
		buf_free(&said);
		arena_free(&arena);
	}
}

static const char *
file(struct arena *arena, const char *folder, const char *name, const char *text, mode_t mode)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

/* Everything but the certificate is read only by us; systemd's folder of credentials comes first. */
static void
test_secrets(void **state)
{
	struct arena *arena = arena_new();
	char folder[] = "/tmp/test-sign-in.XXXXXX", *secret;
	struct sign_in sign_in = { .name = "office", .kind = SIGN_IN_MICROSOFT };
	struct server server = { .sign_in = &sign_in };
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	sign_in.secret_file = file(arena, folder, "secret", "value\r\n", 0600);
	assert_int_equal(config_secret(&server, &secret, &err), 0);
	assert_string_equal(secret, "value");
	free(secret);
	chmod(sign_in.secret_file, 0640);
	assert_int_equal(config_secret(&server, &secret, &err), -1);
	assert_non_null(strstr(err.text, "the secret file"));
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(err.scope, ERR_CONFIG);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	sign_in.secret_file = "/nowhere/secret";
	assert_int_equal(config_secret(&server, &secret, &err), 0);
	assert_string_equal(secret, "value");
	free(secret);
	unsetenv("CREDENTIALS_DIRECTORY");
	sign_in.secret_file = NULL;
	sign_in.certificate_file = file(arena, folder, "c.pem", "CERT\n", 0644);
	sign_in.key_file = file(arena, folder, "k.pem", "KEY\n", 0600);
	assert_int_equal(config_secret(&server, &secret, &err), 0);
	assert_string_equal(secret, "CERT\nKEY\n");
	free(secret);
	chmod(sign_in.key_file, 0644);
	assert_int_equal(config_secret(&server, &secret, &err), -1);
	assert_non_null(strstr(err.text, "the key file"));
	chmod(sign_in.key_file, 0600);
	chmod(sign_in.certificate_file, 0666);
	assert_int_equal(config_secret(&server, &secret, &err), -1);
	assert_non_null(strstr(err.text, "the certificate file"));
	assert_null(secret);
	unlink(arena_printf(arena, "%s/secret", folder));
	unlink(sign_in.certificate_file);
	unlink(sign_in.key_file);
	rmdir(folder);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_everything), cmocka_unit_test(test_sent_folder),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
