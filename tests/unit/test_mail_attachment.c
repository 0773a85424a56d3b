/* Documents on their way through a whole mail: uuencoded text, wrappers, locks, limits, facts from their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "mail/parse.h"
#include "mail/record.h"

#define HEAD	"From: Ada Byron <ada@example.org>\nSubject: form\n"
#define MIXED	HEAD "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\nSee the form.\n--b\n"

/* Through the record and back, as core gets it. */
static struct message *
read_text(struct arena *arena, const char *text, size_t len, const struct parse_limits *limits, int documents_fd)
{
	struct message *message, *again;
	struct buf record = BUF_INIT;
	struct err err;
	int fd = memfd_create("mail", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), (ssize_t)len);
	if (parse_message(arena, fd, documents_fd, date_from_civil(2026, 10, 6), limits, &message, &err) == -1)
		fail_msg("%s", err.text);
	close(fd);
	record_encode(message, &record);
	if (record_decode(arena, record.data, record.len, &again, &err) == -1)
		fail_msg("%s", err.text);
	buf_free(&record);
	return again;
}

/* A mail with a file of tests/data/mail/documents in base64. */
static struct message *
read_file(struct arena *arena, const char *name, const struct parse_limits *limits)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buf bytes = BUF_INIT, mail = BUF_INIT;
	struct message *message;
	struct err err;
	size_t i;

	if (file_read(AT_FDCWD, arena_printf(arena, "tests/data/mail/documents/%s", name), 1 << 20, &bytes, &err) == -1)
		fail_msg("%s", err.text);
	buf_printf(&mail, MIXED "Content-Type: application/octet-stream; name=\"%s\"\n"
	    "Content-Transfer-Encoding: base64\n\n", name);
	for (i = 0; i < bytes.len; i += 3) {
		unsigned a = (unsigned char)bytes.data[i], b = i + 1 < bytes.len ? (unsigned char)bytes.data[i + 1] : 0,
		    c = i + 2 < bytes.len ? (unsigned char)bytes.data[i + 2] : 0;

		buf_printf(&mail, "%c%c%c%c%s", digits[a >> 2], digits[(a & 3) << 4 | b >> 4],
		    i + 1 < bytes.len ? digits[(b & 15) << 2 | c >> 6] : '=', i + 2 < bytes.len ? digits[c & 63] : '=',
		    i / 3 % 18 == 17 ? "\n" : "");
	}
	buf_add_str(&mail, "\n--b--\n");
	message = read_text(arena, buf_text(&mail), mail.len, limits, -1);
	buf_free(&bytes);
	buf_free(&mail);
	return message;
}

static bool
has_remark(const struct message *message, const char *words)
{
	for (size_t i = 0; i < message->remarks.n; i++)
		if (strstr(message->remarks.v[i], words) != NULL)
			return true;
	return false;
}

/* What stands in the text of a plain mail, the text without it, and its first document. */
static const struct {
	const char	*name, *body, *text, *document, *bytes, *remark;
} uu_rows[] = {
	{ "a file", "Hello\n\nbegin 644 a.txt\n#86)C\n`\nend\n\nBye\n", "Hello\n\nBye\n", "a.txt", "abc", NULL },
	{ "a path for a name", "begin 600 C:\\tmp\\my form.txt\n#86)C\n \nend\n", "", "my form.txt", "abc", NULL },
	{ "two lines, spaces cut", "begin 644 a.txt\nM86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A\n#86)C\n\nend\nx\n",
	    "x\n", "a.txt", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc", NULL },
	{ "no end", "begin 644 a.txt\n#86)C\n", "", "a.txt", "abc", "its end is missing" },
	{ "text in the midst", "begin 644 a.txt\n#86)C\nand so on, as we said\n", "and so on, as we said\n", "a.txt", "abc",
	    "its end is missing" },
	{ "words only", "begin 644 the meeting\nwith a prayer\n", "begin 644 the meeting\nwith a prayer\n", NULL, NULL, NULL },
	{ "words at the end", "begin 644 the meeting", "begin 644 the meeting", NULL, NULL, NULL },
	{ "begin alone", "begin \nnow\n", "begin\nnow\n", NULL, NULL, NULL },
	{ "in a line", "we begin 644 a.txt\n#86)C\n`\nend\n", "we begin 644 a.txt\n#86)C\n`\nend\n", NULL, NULL, NULL },
};

static void
test_uuencoded(void **state)
{
	unsigned wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(uu_rows) / sizeof(uu_rows[0]); i++) {
		struct arena *arena = arena_new();
		int documents_fd = memfd_create("documents", MFD_CLOEXEC);
		char *mail = arena_printf(arena, HEAD "\n%s", uu_rows[i].body), bytes[100] = "";
		struct message *message = read_text(arena, mail, strlen(mail), &parse_limits_default, documents_fd);
		bool good = strcmp(str_trim(arena, message->new_text), str_trim(arena, uu_rows[i].text)) == 0 &&
		    message->document_count == (uu_rows[i].document == NULL ? 0 : 1) &&
		    (uu_rows[i].remark == NULL ? message->remarks.n == 0 : has_remark(message, uu_rows[i].remark));

		if (good && message->document_count == 1) {
			ssize_t got = pread(documents_fd, bytes, sizeof(bytes) - 1, (off_t)message->documents[0].offset);

			good = got == (ssize_t)strlen(uu_rows[i].bytes) && strcmp(bytes, uu_rows[i].bytes) == 0 &&
			    strcmp(message->documents[0].name, uu_rows[i].document) == 0 &&
			    strcmp(message->documents[0].text, uu_rows[i].bytes) == 0;
		}
		if (!good) {
			wrong++;
			print_error("%s: text \"%s\", %zu documents, \"%s\", %zu remarks\n", uu_rows[i].name,
			    message->new_text, message->document_count, bytes, message->remarks.n);
		}
		close(documents_fd);
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* The bytes are what decides, the facts have their own source, and all of it comes through the record. */
static void
test_text_and_facts(void **state)
{
	struct arena *arena = arena_new();
	const struct message *message = read_file(arena, "form.docx", &parse_limits_default);
	bool birth = false;
	size_t i;

	(void)state;
	assert_int_equal(message->document_count, 1);
	assert_non_null(strstr(message->documents[0].text, "Name of child\tWren Testcase"));
	assert_string_equal(message->documents[0].unreadable, "");
	for (i = 0; i < message->said_count; i++) {
		assert_int_equal(message->said[i].source, SOURCE_ATTACHMENT_TEXT);
		birth |= strcmp(message->said[i].value, "2015-03-12") == 0;
	}
	assert_true(birth);
	assert_int_equal(message->notice, NOTICE_NONE);
	arena_free(&arena);
}

static void
test_locked(void **state)
{
	static const char *const locked[] = { "locked.doc", "locked.pdf", "locked.odt", "locked.zip", "old-locked.doc" };
	static const char *const open[] = { "old.doc", "cut.docx", "scan.pdf", "form.pdf" };
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(locked) / sizeof(locked[0]); i++) {
		const struct message *message = read_file(arena, locked[i], &parse_limits_default);

		assert_string_equal(message->documents[0].unreadable, "protected with a password");
		if (message->notice != NOTICE_ENCRYPTED)
			fail_msg("%s: %s", locked[i], notice_name(message->notice));
	}
	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (read_file(arena, open[i], &parse_limits_default)->notice != NOTICE_NONE)
			fail_msg("%s counts as encrypted", open[i]);
	arena_free(&arena);
}

static void
test_limits(void **state)
{
	struct arena *arena = arena_new();
	struct parse_limits limits = parse_limits_default;
	const struct message *message;

	(void)state;
	limits.look_bytes = 1100;
	message = read_file(arena, "form.docx", &limits);
	assert_string_equal(message->documents[0].unreadable, "left out: larger than 0 MB");
	assert_true(message->documents[0].size > 1100);
	limits = parse_limits_default;
	limits.document_bytes = 500;
	message = read_file(arena, "form.docx", &limits);
	assert_string_equal(message->documents[0].unreadable, "left out: the attachments are together larger than 0 MB");
	limits = parse_limits_default;
	limits.shut = true;
	message = read_file(arena, "form.docx", &limits);
	assert_string_equal(message->documents[0].text, "");
	assert_string_equal(message->documents[0].unreadable,
	    "left out: reading the attachments of this mail broke down or took too long");
	assert_true(message->documents[0].size > 1100);
	limits = parse_limits_default;
	limits.document_text_bytes = 10;
	message = read_file(arena, "form.pdf", &limits);
	assert_string_equal(message->documents[0].text, "Name of ch");
	assert_true(has_remark(message, "The attachment \"form.pdf\" holds more than 0 KB of text"));
	arena_free(&arena);
}

/* A wrapper that lies is kept as a file; nothing is printed, and the mail is read. */
static void
test_lying_wrapper(void **state)
{
	static const char mail[] = MIXED "Content-Type: application/ms-tnef; name=\"winmail.dat\"\n\n"
	    "\x78\x9f\x3e\x22\x01\x02\x02\x0f\x80\x06\x01\xff\xff\xff\x7f only so much of it, and no more\n--b--\n";
	struct arena *arena = arena_new();
	const struct message *message = read_text(arena, mail, sizeof(mail) - 1, &parse_limits_default, -1);

	(void)state;
	assert_string_equal(message->new_text, "See the form.\n");
	assert_true(has_remark(message, "winmail.dat"));
	assert_int_equal(message->document_count, 1);
	assert_string_equal(message->documents[0].name, "winmail.dat");
	arena_free(&arena);
}

static int
start(void **state)
{
	(void)state;
	parse_start();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuencoded),
		cmocka_unit_test(test_text_and_facts),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_lying_wrapper),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
