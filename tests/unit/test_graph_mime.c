/* A frozen mail for Microsoft Graph: those who get it are those whom it is for, no more and no fewer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/base64.h"
#include "send/graph_mime.h"

#define A "amina@town.example"
#define B "bob@town.example"
#define C "carol@town.example"

static const struct row {
	const char *name, *mail;
	const char *to[4];
	const char *want;	/* what is posted; NULL: refused */
} rows[] = {
	{ "as it is", "To: " A "\r\n\r\nx\r\n", { A }, "To: " A "\r\n\r\nx\r\n" },
	{ "line ends", "To: " A "\n\nx\n\ny", { A }, "To: " A "\r\n\r\nx\r\n\r\ny\r\n" },
	{ "a name with a comma", "To: \"Bob, of \\\" here\" <" B ">, <" A ">\n\nx\n", { A, B },
	    "To: \"Bob, of \\\" here\" <" B ">, <" A ">\r\n\r\nx\r\n" },
	{ "folded", "Subject: x\nTo: a b\n <" A ">,\n\t" B "\nX: y\n\nx\n", { A, B },
	    "Subject: x\r\nTo: a b\r\n <" A ">,\r\n\t" B "\r\nX: y\r\n\r\nx\r\n" },
	{ "case of letters", "tO: Amina@TOWN.example\n\nx\n", { A }, "tO: Amina@TOWN.example\r\n\r\nx\r\n" },
	{ "one more gets a Bcc", "To: " A "\n\nx\n", { A, C }, "Bcc: " C "\r\nTo: " A "\r\n\r\nx\r\n" },
	{ "two more", "Cc: " A "\n\nx\n", { B, A, C }, "Bcc: " B ",\r\n " C "\r\nCc: " A "\r\n\r\nx\r\n" },
	{ "nobody in the headers", "Subject: x\n\nTo: " B "\n", { A }, "Bcc: " A "\r\nSubject: x\r\n\r\nTo: " B "\r\n" },
	{ "an empty Cc", "To: " A "\nCc: \n\nx\n", { A }, "To: " A "\r\nCc: \r\n\r\nx\r\n" },
	{ "headers alone", "To: " A, { A }, "To: " A "\r\n" },
	{ "somebody who is not to get it", "To: " A ", " B "\n\nx\n", { A }, NULL },
	{ "in Cc", "To: " A "\nCc: " B "\n\nx\n", { A }, NULL },
	{ "in Bcc", "To: " A "\nBcc: " B "\n\nx\n", { A }, NULL },
	{ "in a second To", "To: " A "\nTo: " B "\n\nx\n", { A }, NULL },
	{ "folded away", "To: " A ",\n " B "\n\nx\n", { A }, NULL },
	{ "after a name that looks like the end", "To: \"x\" <" A ">, \"a, " A "\" <" B ">\n\nx\n", { A }, NULL },
	{ "a group", "To: all: " A ", " B ";\n\nx\n", { A, B }, NULL },
	{ "a comment", "To: " A " (" B ")\n\nx\n", { A }, NULL },
	{ "an open bracket", "To: <" A "\n\nx\n", { A }, NULL },
	{ "two in one", "To: " A " " B "\n\nx\n", { A, B }, NULL },
	{ "bare CR is a line end too", "To: " A "\rX: y\r\rx\ry", { A }, "To: " A "\r\nX: y\r\n\r\nx\r\ny\r\n" },
	{ "behind a bare CR", "To: " A "\rBcc: " B "\n\nx\n", { A }, NULL },
	{ "no headers", "\nx\n", { A }, NULL },
	{ "a beginning that would go on with our Bcc", " , " B "\nX: y\n\nx\n", { A }, NULL },
	{ "nothing", "", { A }, NULL },
	{ "an address that says more", "To: " A "\n\nx\n", { A, "x@y.example,z@y.example" }, NULL },
	{ "an address with a line end", "To: " A "\n\nx\n", { A, "x@y.example\nTo: z" }, NULL },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct buf out = BUF_INIT, plain = BUF_INIT;
		struct err err = { ERR_NONE, "" };
		size_t count = 0, len = strlen(row->mail);
		char *copy = malloc(len > 0 ? len : 1);
		int rc;

		while (count < 4 && row->to[count] != NULL)
			count++;
		memcpy(copy, row->mail, len);
		rc = graph_mime(copy, len, row->to, count, &out, &err);
		if ((rc == 0) != (row->want != NULL))
			fail_msg("%s: %s", row->name, rc == 0 ? "taken" : err.text);
		if (rc == -1)
			assert_int_equal(err.scope, ERR_MESSAGE);
		else {
			assert_true(base64_decode(&plain, out.data, out.len));
			if (strcmp(buf_text(&plain), row->want) != 0)
				fail_msg("%s: got\n%s", row->name, buf_text(&plain));
		}
		free(copy);
		buf_free(&out);
		buf_free(&plain);
	}
}

static void
test_nul(void **state)
{
	static const char *const to[] = { A };
	static const char mail[] = "To: " A "\0, " B "\n\nx\n", body[] = "To: " A "\n\nx\0y\n";
	struct buf out = BUF_INIT;
	struct err err;

	(void)state;
	assert_int_equal(graph_mime(mail, sizeof(mail) - 1, to, 1, &out, &err), -1);
	assert_int_equal(graph_mime(body, sizeof(body) - 1, to, 1, &out, &err), 0);
	buf_free(&out);
}

static void
test_size(void **state)
{
	static const char *const to[] = { A };
	static const char head[] = "To: " A "\r\n\r\n";
	char *mail = malloc(GRAPH_MIME_MOST + 100);
	struct buf out = BUF_INIT;
	size_t len = strlen(head);
	struct err err;

	(void)state;
	memcpy(mail, head, len);
	memset(mail + len, 'x', GRAPH_MIME_MOST);
	mail[GRAPH_MIME_MOST - 1] = '\n';
	mail[GRAPH_MIME_MOST - 2] = '\r';
	assert_int_equal(graph_mime(mail, GRAPH_MIME_MOST, to, 1, &out, &err), 0);
	assert_int_equal(out.len, 4 * 1024 * 1024);
	assert_int_equal(graph_mime(mail, GRAPH_MIME_MOST + 1, to, 1, &out, &err), -1);
	assert_non_null(strstr(err.text, "3072 KB in one piece"));
	free(mail);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_nul), cmocka_unit_test(test_size) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
