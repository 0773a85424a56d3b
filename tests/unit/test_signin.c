/* Sign-in by token: what is signed, what a token server's answer means, what is said to mail servers and by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gnutls/abstract.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/str.h"
#include "signin/answer.h"
#include "signin/echo.h"
#include "signin/https.h"
#include "signin/proof.h"
#include "signin/said.h"
#include "signin/sasl.h"

#define DATA	"tests/data/signin/"
#define NOW	1800000000

static char *
text_of(const char *path)
{
	struct buf buf = BUF_INIT;

	assert_int_equal(file_read(AT_FDCWD, path, 100000, &buf, NULL), 0);
	return buf.data;
}

static const struct sign_in by_key = {
	.name = "office", .kind = SIGN_IN_MICROSOFT, .tenant = "tenant-1", .client = "client-1", .certificate_file = "c.pem",
	.key_file = "k.pem", .token_url = "https://token.example/", .secret_expires = DAY_NONE
};
static const struct sign_in by_secret = {
	.name = "office", .kind = SIGN_IN_MICROSOFT, .tenant = "tenant-1", .client = "client-1", .secret_file = "s",
	.token_url = "https://token.example/", .secret_expires = 20000
};
static const struct sign_in by_google = {
	.name = "g", .kind = SIGN_IN_GOOGLE, .account_file = "g.json", .token_url = "https://token.example/",
	.secret_expires = DAY_NONE
};
static const struct proof_for wanted = {
	.scope = "https://mail.google.com/", .user = "advice@town.example", .now = NOW, .id = "0123456789abcdef"
};

/* ---- Proofs */

static char *
key_and_certificate(void)
{
	struct buf both = BUF_INIT;
	char *certificate = text_of(DATA "test.pem"), *key = text_of(DATA "test.key");

	buf_printf(&both, "%s\n%s\n", certificate, key);
	free(certificate);
	free(key);
	return both.data;
}

static char *
google_account(void)
{
	struct buf out = BUF_INIT;
	char *key = text_of(DATA "test.key");

	json_open(&out, NULL, '{');
	json_str(&out, "type", "service_account");
	json_str(&out, "private_key_id", "key-1");
	json_str(&out, "private_key", key);
	json_str(&out, "client_email", "adviced@project.example");
	json_close(&out, '}');
	free(key);
	return out.data;
}

static void
form_of(const struct sign_in *sign_in, const char *secret, struct buf *form)
{
	struct proof *proof;
	struct err err;

	if (proof_new(sign_in, secret, &proof, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(proof_form(proof, &wanted, form, &err), 0);
	proof_free(&proof);
}

static void
test_secret(void **state)
{
	struct buf form = BUF_INIT;

	(void)state;
	form_of(&by_secret, "a~b c&d=e+\xc3\xa9", &form);
	assert_string_equal(buf_text(&form), "grant_type=client_credentials&client_id=client-1&scope=https%3A%2F%2Fmail.google.com%2F&"
	    "client_secret=a~b%20c%26d%3De%2B%C3%A9");
	buf_free(&form);
}

/* RS256 gives the same bytes each time: these are openssl's. */
static void
test_google_vector(void **state)
{
	char *account = google_account(), *jwt = text_of(DATA "google.jwt");
	struct buf form = BUF_INIT, want = BUF_INIT;

	(void)state;
	form_of(&by_google, account, &form);
	buf_printf(&want, "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&assertion=%s", jwt);
	assert_string_equal(buf_text(&form), buf_text(&want));
	buf_free(&form);
	buf_free(&want);
	free(account);
	free(jwt);
}

/* PS256 signs otherwise each time: the signature is verified, head and claims are read. */
static void
test_certificate(void **state)
{
	char *secret = key_and_certificate(), *assertion, *dot;
	struct buf form = BUF_INIT, signature = BUF_INIT, head = BUF_INIT, claims = BUF_INIT;
	gnutls_datum_t pem = { NULL, 0 }, data, sig;
	gnutls_x509_crt_t certificate;
	gnutls_pubkey_t key;

	(void)state;
	form_of(&by_key, secret, &form);
	assert_non_null(strstr(buf_text(&form), "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
	    "jwt-bearer&client_assertion="));
	assert_null(strstr(buf_text(&form), "client_secret"));
	assertion = strstr(form.data, "client_assertion=") + strlen("client_assertion=");
	dot = strrchr(assertion, '.');
	assert_true(base64_decode(&signature, dot + 1, strlen(dot + 1)));
	assert_true(base64_decode(&head, assertion, strcspn(assertion, ".")));
	assert_string_equal(buf_text(&head), "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":"
	    "\"VBOC0mBuT6dC4RZTwcoVjCybiYylhY2uDKq3FrXbsU4\"}");
	assertion += strcspn(assertion, ".") + 1;
	assert_true(base64_decode(&claims, assertion, (size_t)(dot - assertion)));
	assert_string_equal(buf_text(&claims), "{\"aud\":\"https://token.example/\",\"iss\":\"client-1\",\"sub\":\"client-1\","
	    "\"jti\":\"0123456789abcdef\",\"nbf\":1799999970,\"iat\":1799999970,\"exp\":1800000570}");
	pem.data = (unsigned char *)secret;
	pem.size = (unsigned)strlen(secret);
	gnutls_x509_crt_init(&certificate);
	gnutls_pubkey_init(&key);
	assert_int_equal(gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_pubkey_import_x509(key, certificate, 0), 0);
	assertion = strstr(form.data, "client_assertion=") + strlen("client_assertion=");
	data = (gnutls_datum_t){ (unsigned char *)assertion, (unsigned)(dot - assertion) };
	sig = (gnutls_datum_t){ (unsigned char *)signature.data, (unsigned)signature.len };
	assert_true(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_PSS_SHA256, 0, &data, &sig) >= 0);
	sig.data[5] ^= 1;
	assert_true(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_PSS_SHA256, 0, &data, &sig) < 0);
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(certificate);
	buf_free(&form);
	buf_free(&signature);
	buf_free(&head);
	buf_free(&claims);
	free(secret);
}

static void
test_ends(void **state)
{
	char *secret = key_and_certificate(), *account = google_account();
	struct proof *proof;

	(void)state;
	assert_int_equal(proof_new(&by_key, secret, &proof, NULL), 0);
	assert_int_equal(proof_ends(proof), date_from_civil(2126, 10, 29));
	proof_free(&proof);
	assert_int_equal(proof_new(&by_secret, "x", &proof, NULL), 0);
	assert_int_equal(proof_ends(proof), 20000);
	proof_free(&proof);
	assert_int_equal(proof_new(&by_google, account, &proof, NULL), 0);
	assert_int_equal(proof_ends(proof), DAY_NONE);
	proof_free(&proof);
	free(secret);
	free(account);
}

static void
test_proofs_that_are_none(void **state)
{
	char *certificate = text_of(DATA "test.pem"), *key = text_of(DATA "test.key");
	const struct { const struct sign_in *sign_in; const char *secret, *says; } rows[] = {
		{ &by_key, "", "k.pem holds no private key" },
		{ &by_key, certificate, "k.pem holds no private key" },
		{ &by_key, key, "c.pem holds no certificate" },
		{ &by_key, "-----BEGIN PRIVATE KEY-----", "k.pem holds no private key" },
		{ &by_key, "-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n", "k.pem holds no private key" },
		{ &by_google, "", "is not the JSON file" },
		{ &by_google, "{}", "has no \"private_key\"" },
		{ &by_google, "{\"private_key\":\"x\"}", "has no \"client_email\"" },
		{ &by_google, "{\"private_key\":\"x\",\"client_email\":\"y\"}", "g.json holds no private key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proof *proof;
		struct err err = { ERR_NONE, "" };

		if (proof_new(rows[i].sign_in, rows[i].secret, &proof, &err) == 0 || strstr(err.text, rows[i].says) == NULL ||
		    err.scope != ERR_CONFIG)
			fail_msg("row %zu: %s", i, err.text);
		assert_null(proof);
	}
	free(certificate);
	free(key);
}

/* ---- Answers */

static void
test_answers(void **state)
{
	static const struct { int status; const char *body, *token; int lifetime_s; enum err_scope scope; const char *says; } rows[] = {
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"abc.d-e_f\"}", "abc.d-e_f", 3599, 0, NULL },
		{ 200, "{\"token_type\":\"bearer\",\"expires_in\":\"10\",\"access_token\":\"t\",\"refresh_token\":[1]}", "t", 10, 0, NULL },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":999999999,\"access_token\":\"t\"}", "t", 86400, 0, NULL },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":0,\"access_token\":\"t\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":5,\"access_token\":\"\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":5,\"access_token\":\"a\\nb\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":5,\"access_token\":\"a\\u00e9\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "{\"token_type\":\"pop\",\"expires_in\":5,\"access_token\":\"t\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "{\"error\":\"invalid_client\"}", NULL, 0, ERR_RETRY, "no token" },
		{ 200, "<html>", NULL, 0, ERR_RETRY, "cannot be understood" },
		{ 200, "", NULL, 0, ERR_RETRY, "cannot be understood" },
		{ 200, "\"x\"", NULL, 0, ERR_RETRY, "cannot be understood" },
		{ 301, "", NULL, 0, ERR_MAILBOX, "another address (301)" },
		{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}", NULL, 0, ERR_MAILBOX,
		    "key is no longer valid" },
		{ 401, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid\"}", NULL, 0, ERR_MAILBOX,
		    "secret is wrong" },
		{ 400, "{\"error\":\"x\",\"error_description\":\"AADSTS70002159: other\"}", NULL, 0, ERR_MAILBOX, "AADSTS70002159: other" },
		{ 400, "{\"error\":{\"code\":400,\"message\":\"nested words\"}}", NULL, 0, ERR_MAILBOX, "nested words" },
		{ 400, "{\"error\":\"temporarily_unavailable\"}", NULL, 0, ERR_RETRY, "busy" },
		{ 403, "{}", NULL, 0, ERR_MAILBOX, "without a reason" },
		{ 429, "{}", NULL, 0, ERR_RETRY, "without a reason" },
		{ 503, "{\"error\":\"x\"}", NULL, 0, ERR_RETRY, "x" },
		{ 400, "{\"error\":\"x\",\"error_description\":\"a\\r\\nb\\u001b\"}", NULL, 0, ERR_MAILBOX, "x: a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct token_answer answer;
		struct err err = { ERR_NONE, "" };
		int rc = answer_read(arena, "WHO", rows[i].status, rows[i].body, strlen(rows[i].body), &answer, &err);

		if ((rc == 0) != (rows[i].token != NULL))
			fail_msg("%s: %s", rows[i].body, rc == 0 ? "taken" : err.text);
		if (rc == 0) {
			assert_string_equal(answer.token, rows[i].token);
			assert_int_equal(answer.lifetime_s, rows[i].lifetime_s);
		} else if (err.scope != rows[i].scope || strstr(err.text, rows[i].says) == NULL || !str_starts(err.text, "WHO: ") ||
		    strpbrk(err.text, "\r\n\033") != NULL)
			fail_msg("%s: %d %s", rows[i].body, err.scope, err.text);
		arena_free(&arena);
	}
}

/* ---- The table of refusals */

static void
test_rows_are_sentences(void **state)
{
	size_t count;
	const struct said_row *rows = said_rows(&count);

	(void)state;
	assert_true(count > 60);
	for (size_t i = 0; i < count; i++) {
		const struct said_row *row = &rows[i];
		char who[200];
		struct err err;

		if (strlen(row->cause) < 15 || strlen(row->remedy) < 15 || row->remedy[strlen(row->remedy) - 1] != '.' ||
		    row->cause[strlen(row->cause) - 1] == '.')
			fail_msg("%s: not a sentence", row->what);
		if (row->scope != ERR_MAILBOX && row->scope != ERR_RETRY && row->scope != ERR_MESSAGE)
			fail_msg("%s: scope", row->what);
		if (said_find(row->by, row->what) != row)
			fail_msg("%s: an earlier row takes it", row->what);
		/* With the name of a server and of a mailbox in front, nothing is cut off. */
		memset(who, 'w', 90);
		who[90] = '\0';
		said_err(row->by, who, row->what, ERR_MAILBOX, &err);
		if (err.text[strlen(err.text) - 1] != ')')
			fail_msg("%s: too long", row->what);
	}
}

static void
test_finding(void **state)
{
	static const struct { enum said_by by; const char *text, *what; } rows[] = {
		{ SAID_TOKEN, "invalid_client: AADSTS7000222: The provided client secret keys for app 'x' are expired.", "AADSTS7000222" },
		{ SAID_TOKEN, "AADSTS700016: Application with identifier", "AADSTS700016" },
		{ SAID_TOKEN, "AADSTS7000161: something new", NULL },
		{ SAID_TOKEN, "unauthorized_client: Client is unauthorized to retrieve access tokens", "unauthorized_client" },
		{ SAID_TOKEN, "unauthorized_client: AADSTS700016: Application", "AADSTS700016" },
		{ SAID_IMAP, "AUTHENTICATE failed.", "AUTHENTICATE failed" },
		{ SAID_IMAP, "User is authenticated but not connected.", "authenticated but not connected" },
		{ SAID_IMAP, "AUTHENTICATIONFAILED Invalid credentials (Failure)", "Invalid credentials" },
		{ SAID_IMAP, "5.7.139", NULL },
		{ SAID_SMTP, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox",
		    "SmtpClientAuthentication is disabled" },
		{ SAID_SMTP, "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", "5.7.139" },
		{ SAID_SMTP, "535 5.7.3 Authentication unsuccessful", "5.7.3" },
		{ SAID_SMTP, "535 5.7.30 other", NULL },
		{ SAID_GRAPH, "erroraccessdenied: Access is denied.", "ErrorAccessDenied" },
		{ SAID_GRAPH, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct said_row *row = said_find(rows[i].by, rows[i].text);

		if ((row == NULL) != (rows[i].what == NULL) || (row != NULL && strcmp(row->what, rows[i].what) != 0))
			fail_msg("%s: %s", rows[i].text, row == NULL ? "not found" : row->what);
	}
}

/* ---- SASL */

static void
test_sasl(void **state)
{
	struct buf out = BUF_INIT, plain = BUF_INIT;
	char said[128];

	(void)state;
	assert_int_equal(sasl_choose(true, true), SASL_XOAUTH2);
	assert_int_equal(sasl_choose(false, true), SASL_OAUTHBEARER);
	assert_int_equal(sasl_choose(false, false), SASL_NONE);
	sasl_say(SASL_XOAUTH2, "someone@example.com", "ya29.vF9", "h", 1, &out);
	base64_decode(&plain, out.data, out.len);
	assert_string_equal(buf_text(&plain), "user=someone@example.com\001auth=Bearer ya29.vF9\001\001");
	buf_reset(&out);
	buf_reset(&plain);
	sasl_say(SASL_OAUTHBEARER, "a=b,c@example.com", "tok", "imap.example", 993, &out);
	base64_decode(&plain, out.data, out.len);
	assert_string_equal(buf_text(&plain), "n,a=a=3Db=2Cc@example.com,\001host=imap.example\001port=993\001auth=Bearer tok\001\001");
	buf_reset(&plain);
	buf_reset(&out);
	sasl_say(SASL_XOAUTH2, "a\001auth=Bearer x", "tok", "h", 1, &out);
	base64_decode(&plain, out.data, out.len);
	assert_string_equal(buf_text(&plain), "user=a\001auth=Bearer tok\001\001");
	assert_string_equal(sasl_go_on(SASL_XOAUTH2), "");
	assert_string_equal(sasl_go_on(SASL_OAUTHBEARER), "AQ==");
	/* {"status":"401","schemes":"bearer","scope":"https://mail.google.com/"} */
	sasl_complaint("eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ== \r\n", said);
	assert_string_equal(said, "status 401");
	sasl_complaint("", said);
	assert_string_equal(said, "");
	sasl_complaint("%%%", said);
	assert_string_equal(said, "");
	sasl_complaint("W10=", said);
	assert_string_equal(said, "");
	buf_free(&out);
	buf_free(&plain);
}

/* ---- Servers that repeat what they were told */

static void
test_echo(void **state)
{
	static const struct { const char *name, *secret, *text; bool hidden; } rows[] = {
		{ "nothing of it", "correct horse", "imap.example does not accept the name: Authentication failed.", false },
		{ "the command", "correct horse", "imap.example: Unknown command: LOGIN \"advice\" \"correct horse\"", true },
		{ "cut off", "correct horse battery staple", "imap.example: Unknown command: LOGIN advice correct horse bat", true },
		{ "the end of it", "correct horse battery staple", "what is attery staple?", true },
		{ "PLAIN", "correct horse", "BAD: AGFkdmljZUB0b3duLmV4YW1wbGUAY29ycmVjdCBob3JzZQ==", true },
		{ "XOAUTH2", "ya29.a0AfB_byC", "Unrecognized command 'dXNlcj1hZHZpY2VAdG93bi5leGFtcGxlAWF1dGg9QmVh'", true },
		{ "OAUTHBEARER", "ya29.a0AfB_byC", "what: bixhPWFkdmljZUB0b3duLmV4YW1wbGU", true },
		{ "the bare token", "ya29.a0AfB_byC", "status 401, token ya29.a0AfB_byC is no good", true },
		{ "a short password", "fish7", "500 fish7?", true },
		{ "a word in a word", "no", "authentication is not possible now", false },
		{ "none", "", "no", false },
	};
	const struct server server = { .host = "imap.example", .port = 993, .user = "advice@town.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err;

		err_set(&err, ERR_MAILBOX, "%s", rows[i].text);
		echo_hide(&server, rows[i].secret, &err);
		if ((strcmp(err.text, rows[i].text) != 0) != rows[i].hidden || err.scope != ERR_MAILBOX ||
		    (rows[i].hidden && strstr(err.text, "advice@town.example") == NULL))
			fail_msg("%s: %s", rows[i].name, err.text);
	}
	echo_hide(&server, NULL, &(struct err){ ERR_RETRY, "x" });
	echo_hide(&server, "x", NULL);
}

/* ---- Retry-After */

static void
test_retry_after(void **state)
{
	static const struct { const char *value; uint32_t want; } rows[] = {
		{ "", 0 }, { "0", 0 }, { "10", 10 }, { "86400", 86400 }, { "86401", 86400 }, { "99999999999999999999", 86400 },
		{ "-5", 0 }, { "soon", 0 }, { "Fri, 15 Jan 2027 08:02:00 GMT", 120 }, { "Friday, 15-Jan-27 08:02:00 GMT", 120 },
		{ "Fri, 15 Jan 2027 07:59:59 GMT", 0 }, { "Fri, 15 Jan 2037 08:00:00 GMT", 86400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (https_retry_after(rows[i].value, NOW) != rows[i].want)
			fail_msg("\"%s\": %u", rows[i].value, https_retry_after(rows[i].value, NOW));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret), cmocka_unit_test(test_google_vector), cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_ends), cmocka_unit_test(test_proofs_that_are_none), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_rows_are_sentences), cmocka_unit_test(test_finding), cmocka_unit_test(test_sasl),
		cmocka_unit_test(test_retry_after), cmocka_unit_test(test_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
