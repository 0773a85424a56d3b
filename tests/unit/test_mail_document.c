/* The text of documents, and the statement where there is none; within their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <cmocka.h>
#include <zip.h>

#include "base/clock.h"
#include "base/file.h"
#include "mail/document.h"

#define DATA "tests/data/mail/documents/"

static struct document_text
look(struct arena *arena, const struct parse_limits *limits, const char *bytes, size_t len, const char *type,
    const char *name)
{
	struct document_file file = { .bytes = bytes, .len = len, .type = type, .name = name, .room = 1 << 20,
		.until_ms = clock_real_ms() + 60000 };
	struct document_text text;

	document_look(arena, limits, &file, &text);
	return text;
}

static const struct {
	const char	*file;
	const char	*text;		/* NULL: it has none */
	const char	*unreadable;	/* how that begins */
	bool		 locked;
	const char	*left_out;	/* part of it, or NULL */
} file_rows[] = {
	{ "form.docx", "OFFICIAL\nAdvice\nName of child\tWren Testcase\nDate of birth\t12/03/2015\n"
	    "The child lives at home.\nLeft\tright\nbelow\nIn a box\n☒ Known\nFilled in\n☒ Consent\nYes\n☒ Urgent\n"
	    "kept\nA note\n\nNot shown on the pages:\ngone", "", false, NULL },
	{ "noted.docx", "Seen\nend\n\nNot shown on the pages:\nmoved\nA remark\nA title\nA subject\nA description\n"
	    "A property", "", false, NULL },
	{ "other-name.docx", "Found", "", false, NULL },
	{ "empty.docx", NULL, "without any text", false, NULL },
	{ "cut.docx", NULL, "damaged: the zip", false, NULL },
	{ "no-text.docx", NULL, "damaged: the part with its text is missing", false, NULL },
	{ "bad-xml.docx", NULL, "damaged: the XML", false, NULL },
	{ "entities.docx", NULL, "damaged: its text declares entities", false, NULL },
	{ "sheet.xlsx", NULL, "an Excel workbook, which this program does not read", false, NULL },
	{ "plain.zip", NULL, "an archive, which this program does not open", false, NULL },
	{ "locked.zip", NULL, "protected with a password", true, NULL },
	{ "form.odt", "Advice\nName of child\tWren Testcase\nTwo  spaces, a\ttab,\na line.\n\nNot shown on the pages:\n"
	    "gone", "", false, NULL },
	{ "noted.odt", "Seen on\nend\n\nNot shown on the pages:\nA remark\nA title", "", false, NULL },
	{ "titled.pdf", "Seen\n\nNot shown on the pages:\nA title\nA word\n", "", false, NULL },
	{ "titled-scan.pdf", NULL, "a scan or a drawing", false, NULL },
	{ "locked.odt", NULL, "protected with a password", true, NULL },
	{ "form.rtf", "Name of child:\tWren Testcase\ncafé €5 bold\nA B-C{}\n", "", false, NULL },
	{ "form.pdf", "Name of child: Wren Testcase\nDate of birth: 12/03/2015\nSecond page\n", "", false, NULL },
	{ "late.pdf", "Name of child: Wren Testcase\nDate of birth: 12/03/2015\n", "", false, NULL },
	{ "fields.pdf", "Form\nName of child: Wren Testcase\n", "", false, NULL },
	{ "no-table.pdf", "Name of child: Wren Testcase\nDate of birth: 12/03/2015\n", "", false, NULL },
	{ "scan.pdf", NULL, "a scan or a drawing", false, NULL },
	{ "locked.pdf", NULL, "protected with a password", true, NULL },
	{ "free.pdf", "secret\n", "", false, NULL },
	{ "cut.pdf", NULL, "damaged: it begins as a PDF", false, NULL },
	{ "loop.pdf", NULL, "damaged: not one page", false, NULL },
	{ "locked.doc", NULL, "protected with a password", true, NULL },
	{ "old.doc", NULL, "an old Word file, which this program does not read", false, NULL },
	{ "old-locked.doc", NULL, "protected with a password", true, NULL },
	{ "old.xls", NULL, "an old Excel file, which this program does not read", false, NULL },
	{ "saved.msg", NULL, "a mail saved by Outlook (.msg)", false, NULL },
};

/* Whatever the mail says of them: bytes decide. */
static void
test_files(void **state)
{
	static const char *const types[] = { "application/octet-stream", "application/pdf", "text/plain" };
	struct arena *arena = arena_new();
	unsigned wrong = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(file_rows) / sizeof(file_rows[0]); i++) {
		struct buf bytes = BUF_INIT;
		struct err err;

		if (file_read(AT_FDCWD, arena_printf(arena, DATA "%s", file_rows[i].file), 1 << 20, &bytes, &err) == -1)
			fail_msg("%s", err.text);
		for (j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
			struct document_text text = look(arena, &parse_limits_default, bytes.data, bytes.len, types[j],
			    "form.dat");
			const char *want = file_rows[i].text == NULL ? "" : file_rows[i].text;

			if (strcmp(text.text, want) == 0 && text.locked == file_rows[i].locked &&
			    strncmp(text.unreadable, file_rows[i].unreadable, strlen(file_rows[i].unreadable)) == 0 &&
			    (*want != '\0') == (*text.unreadable == '\0') && text.left_out == NULL)
				continue;
			wrong++;
			print_error("%s as %s:\n text \"%s\"\n want \"%s\"\n unreadable \"%s\" left out \"%s\"\n",
			    file_rows[i].file, types[j], text.text, want, text.unreadable,
			    text.left_out == NULL ? "" : text.left_out);
		}
		buf_free(&bytes);
	}
	assert_int_equal(wrong, 0);
	arena_free(&arena);
}

static const struct {
	const char	*bytes;
	size_t		 len;
	const char	*type, *name, *text, *unreadable;
} byte_rows[] = {
	{ "", 0, "application/pdf", "a.pdf", "", "empty" },
	{ "\377\330\377\340 jpeg", 9, "image/jpeg", "scan.jpg", "", "a picture" },
	{ "\211PNG\r\n", 6, "application/pdf", "a.pdf", "", "a picture" },
	{ "Rar!\032\007", 6, "application/zip", "a.zip", "", "an archive" },
	{ "PK\003\004", 4, "application/zip", "a.docx", "", "damaged: the zip" },
	{ "%PDF-1.4", 8, "application/pdf", "a.pdf", "", "damaged" },
	{ "\320\317\021\340\241\261\032\341", 8, "application/msword", "a.doc", "", "an old Office file" },
	{ "\060\202 der", 6, "application/pkcs7-mime", "smime.p7m", "", "encrypted or signed with S/MIME" },
	{ "drm", 3, "application/x-microsoft-rpmsg-message", "message.rpmsg", "", "encrypted by Microsoft" },
	{ "\001\002\003", 3, "application/octet-stream", "a.bin", "", "of a kind that this program does not read" },
	{ "\0\0\0\0", 4, "text/plain", "a.txt", "", "of a kind that this program does not read" },
	{ "caf\351 \200", 6, "text/plain", "a.txt", "café €", "" },
	{ "one;two\r\n", 9, "application/octet-stream", "a.CSV", "one;two\n", "" },
	{ "BM is how it begins", 19, "text/plain", "a.txt", "BM is how it begins", "" },
	{ "\377\376h\0i\0", 6, "text/plain", "a.txt", "hi", "" },
	{ "<html><p>one<p>two", 18, "application/msword", "a.doc", "one\n\ntwo\n", "" },
	{ "{\\rtf1 open {", 13, "application/msword", "a.doc", "open ", "" },
	{ "{\\rtf1\\bin99999 x", 17, "application/rtf", "a.rtf", "", "without any text" },
	{ "   \n", 4, "text/plain", "a.txt", "", "without any text" },
};

static void
test_bytes(void **state)
{
	struct arena *arena = arena_new();
	unsigned wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(byte_rows) / sizeof(byte_rows[0]); i++) {
		/* exactly so many bytes, for the sanitizer to see who reads further */
		char *bytes = malloc(byte_rows[i].len + (byte_rows[i].len == 0));
		struct document_text text;

		memcpy(bytes, byte_rows[i].bytes, byte_rows[i].len);
		text = look(arena, &parse_limits_default, bytes, byte_rows[i].len, byte_rows[i].type, byte_rows[i].name);
		free(bytes);
		if (strcmp(text.text, byte_rows[i].text) == 0 && (*text.text == '\0') == (*text.unreadable != '\0') &&
		    strncmp(text.unreadable, byte_rows[i].unreadable, strlen(byte_rows[i].unreadable)) == 0)
			continue;
		wrong++;
		print_error("row %zu: text \"%s\" unreadable \"%s\"\n", i, text.text, text.unreadable);
	}
	assert_int_equal(wrong, 0);
	arena_free(&arena);
}

/* --- limits ------------------------------------------------------------ */

/* A .docx of a text of so many letters, and so many files besides. */
static struct buf
make_docx(const char *letter, size_t letters, unsigned files)
{
	static const char relations[] = "<Relationships><Relationship Type=\"x/officeDocument\" "
	    "Target=\"/word/document.xml\"/></Relationships>";
	struct buf body = BUF_INIT, out = BUF_INIT;
	zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, NULL);
	zip_int64_t got;
	char name[40], chunk[4096];
	size_t i;

	assert_non_null(zip);
	zip_source_keep(archive);
	buf_add_str(&body, "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>");
	for (i = 0; i < letters; i++)
		buf_add_str(&body, letter);
	buf_add_str(&body, "</w:t></w:r></w:p></w:body></w:document>");
	zip_file_add(zip, "_rels/.rels", zip_source_buffer(zip, relations, strlen(relations), 0), 0);
	zip_file_add(zip, "word/document.xml", zip_source_buffer(zip, body.data, body.len, 0), 0);
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "media/%zu", i);
		zip_file_add(zip, name, zip_source_buffer(zip, "x", 1, 0), 0);
	}
	assert_int_equal(zip_close(zip), 0);
	assert_int_equal(zip_source_open(archive), 0);
	while ((got = zip_source_read(archive, chunk, sizeof(chunk))) > 0)
		buf_add(&out, chunk, (size_t)got);
	zip_source_close(archive);
	zip_source_free(archive);
	buf_free(&body);
	return out;
}

static const struct {
	const char	*name, *letter;
	size_t		 letters;
	unsigned	 files;
	size_t		 text;		/* length wanted */
	const char	*unreadable, *left_out;
} small_rows[] = {
	{ "within all", "a", 3000, 10, 3000, "", NULL },
	{ "more text than is taken", "a", 100000, 0, 4096, "", "holds more than 4 KB of text" },
	{ "a character on the edge", "é", 3000, 0, 4096, "", "holds more than 4 KB" },
	{ "as many files as may be", "a", 10, 48, 10, "", NULL },
	{ "too many files", "a", 10, 49, 0, "left out: it is made of more than 50 files", NULL },
	{ "unpacks to too much", "<w:x/>", 400000, 0, 0, "left out: it unpacks to more than 2 MB", NULL },
	{ "a ratio that no form has", "<w:x/>", 200000, 0, 0, "left out: it unpacks to more than 50 times its size", NULL },
};

static void
test_limits(void **state)
{
	struct arena *arena = arena_new();
	struct parse_limits limits = parse_limits_default;
	struct document_text text;
	struct buf bytes;
	unsigned wrong = 0;
	size_t i;

	(void)state;
	limits.document_text_bytes = 4096;
	limits.entries = 50;
	limits.unpacked_bytes = 2 << 20;
	for (i = 0; i < sizeof(small_rows) / sizeof(small_rows[0]); i++) {
		bytes = make_docx(small_rows[i].letter, small_rows[i].letters, small_rows[i].files);
		limits.ratio = strstr(small_rows[i].unreadable, "times") != NULL ? 50 : 100000;
		text = look(arena, &limits, bytes.data, bytes.len, "application/octet-stream", "a");
		buf_free(&bytes);
		if (strlen(text.text) == small_rows[i].text && strncmp(text.unreadable, small_rows[i].unreadable,
		    strlen(small_rows[i].unreadable)) == 0 && (*text.unreadable != '\0') == (small_rows[i].text == 0) &&
		    (small_rows[i].left_out == NULL ? text.left_out == NULL : text.left_out != NULL &&
		    strstr(text.left_out, small_rows[i].left_out) != NULL))
			continue;
		wrong++;
		print_error("%s: %zu of text, unreadable \"%s\", left out \"%s\"\n", small_rows[i].name, strlen(text.text),
		    text.unreadable, text.left_out == NULL ? "" : text.left_out);
	}
	assert_int_equal(wrong, 0);
	arena_free(&arena);
}

static void
test_pages_and_time(void **state)
{
	struct arena *arena = arena_new();
	struct parse_limits limits = parse_limits_default;
	struct buf bytes = BUF_INIT;
	struct document_text text;
	struct document_file file = { .type = "", .name = "", .room = 100000, .until_ms = clock_real_ms() - 1 };
	struct err err;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, DATA "form.pdf", 1 << 20, &bytes, &err), 0);
	limits.pages = 1;
	text = look(arena, &limits, bytes.data, bytes.len, "application/pdf", "a.pdf");
	assert_string_equal(text.text, "Name of child: Wren Testcase\nDate of birth: 12/03/2015\n");
	assert_non_null(text.left_out);
	assert_string_equal(text.left_out, "has more than 1 pages; the rest was not read");
	file.bytes = bytes.data;
	file.len = bytes.len;
	document_look(arena, &limits, &file, &text);
	assert_string_equal(text.text, "");
	assert_string_equal(text.unreadable, "left out: reading the attachments of this mail took longer than 3 s");
	buf_free(&bytes);
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
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_pages_and_time),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
