/*
 * The shipped adviced-parse, with its sandbox on, against mail that is meant
 * to break it (bombs/mails.c, bombs/documents.c), and ordinary mail behind
 * each of them; and what must come out right in spite of the sandbox.  Not
 * built with the sanitizers: they do not live under a memory limit or a kill
 * filter.
 * usage: bombs ./adviced-parse
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/limits.h"
#include "mail/parser.h"
#include "bombs/bombs.h"
#include "checks.h"

/* ---- The bombs */

static void
good_mail(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: =?ISO-8859-1?Q?Caf=E9?=\r\n\r\nAll is well.\r\n");
}

/* The mail behind a bomb is read as if nothing had been. */
static void
good_mail_goes_on(struct parser *parser, const char *behind)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct err err;
	int fd = mail_of(good_mail);

	if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
		check(false, behind, "the mail behind it was not read: %s", err.text);
	else
		check(strcmp(message->subject, "Café") == 0 && strcmp(message->new_text, "All is well.\n") == 0,
		    behind, "the mail behind it reads \"%s\"", message->subject);
	close(fd);
	arena_free(&arena);
}

/* Do these words stand in a remark, or in what is said of a document? */
static bool
is_said(const struct message *message, const char *words)
{
	size_t i;

	for (i = 0; i < message->remarks.n; i++)
		if (strstr(message->remarks.v[i], words) != NULL)
			return true;
	for (i = 0; i < message->document_count; i++)
		if (strstr(message->documents[i].unreadable, words) != NULL)
			return true;
	return false;
}

/* Libraries and all, the greatest of the parser's processes that have ended. */
static void
check_memory(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	check(used.ru_maxrss <= LIMIT_NORMAL_parse_memory_mb << 10, "memory", "a process took %ld MB", used.ru_maxrss >> 10);
}

static void
run_bomb(struct parser *parser, const struct bomb *bomb)
{
	struct arena *arena = arena_new();
	struct message *message = NULL;
	struct err err;
	int fd = mail_of(bomb->write_mail), documents = memfd_create("documents", MFD_CLOEXEC);
	int64_t start = clock_real_ms();

	if (parser_read(parser, arena, fd, documents, date_from_civil(2026, 10, 5), &message, &err) == -1) {
		check(err.scope == ERR_MESSAGE, bomb->name, "took the program with it: %s", err.text);
		check(bomb->may_fail, bomb->name, "could not be read: %s", err.text);
	} else if (bomb->says != NULL)
		check(is_said(message, bomb->says), bomb->name, "it is not said that \"%s\"", bomb->says);
	check(clock_real_ms() - start < 12000, bomb->name, "took %lld ms", (long long)(clock_real_ms() - start));
	close(fd);
	close(documents);
	arena_free(&arena);
	good_mail_goes_on(parser, bomb->name);
}

/* Those whose names begin like this. */
static void
run_bombs(const char *program, bool many, const char *which)
{
	static const struct bomb *const tables[] = { mail_bombs, document_bombs };
	struct parser *parser;
	struct err err;

	if (parser_open(program, many, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct bomb *bomb = tables[i]; bomb->name != NULL; bomb++)
			if (strncmp(bomb->name, which, strlen(which)) == 0)
				run_bomb(parser, bomb);
	parser_close(&parser);
}

/* ---- What must come out right */

/* Converters that the C library loads from files, used inside the filter. */
static const struct {
	const char	*header, *want;
} charsets[] = {
	{ "=?ISO-8859-1?Q?Caf=E9?=", "Café" },
	{ "=?windows-1252?Q?=93x=94_=96?=", "“x” –" },
	{ "=?ISO-8859-2?Q?=AFaneta?=", "Żaneta" },
	{ "=?ISO-8859-15?Q?=A4?=", "€" },
	{ "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本" },
	{ "=?Shift_JIS?B?k/qWew==?=", "日本" },
	{ "=?EUC-JP?B?xvzL3A==?=", "日本" },
	{ "=?GB18030?B?1tDOxA==?=", "中文" },
	{ "=?gb2312?B?1tDOxA==?=", "中文" },
	{ "=?Big5?B?pKSk5Q==?=", "中文" },
	{ "=?EUC-KR?B?x9GxuQ==?=", "한국" },
	{ "=?KOI8-R?B?8NLJ18XU?=", "Привет" },
	{ "=?windows-1251?B?z/Do4uXy?=", "Привет" },
	{ "=?ISO-8859-8-I?B?+ezl7Q==?=", "שלום" },
	{ "=?UTF-7?Q?+AOk-?=", "é" },
	{ "=?utf-16?B?/v8A6Q==?=", "é" },
};

static const char *header_now;

static void
charset_mail(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: %s\r\n\r\nbody\r\n", header_now);
}

static void
run_charsets(const char *program)
{
	struct parser *parser;
	struct err err;
	size_t i;

	if (parser_open(program, false, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	for (i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message;
		int fd;

		header_now = charsets[i].header;
		fd = mail_of(charset_mail);
		if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
			check(false, charsets[i].header, "%s", err.text);
		else
			check(strcmp(message->subject, charsets[i].want) == 0 && message->remarks.n == 0,
			    charsets[i].header, "wanted \"%s\", got \"%s\"", charsets[i].want, message->subject);
		close(fd);
		arena_free(&arena);
	}
	parser_close(&parser);
}

/* Documents land one after the other on the file they were given, with their hashes. */
static void
two_documents(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nTwo files.\r\n"
	    "--b\r\nContent-Type: text/plain; name=\"one.txt\"\r\nContent-Disposition: attachment\r\n\r\nabc\r\n"
	    "--b\r\nContent-Type: application/pdf; name=\"two.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "JVBERg==\r\n--b--\r\n");
}

static void
run_documents(const char *program)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct parser *parser;
	struct err err;
	char bytes[16] = "";
	int fd = mail_of(two_documents), documents = memfd_create("documents", MFD_CLOEXEC);

	if (parser_open(program, false, &parser, &err) == -1 ||
	    parser_read(parser, arena, fd, documents, date_from_civil(2026, 10, 5), &message, &err) == -1) {
		check(false, "documents", "%s", err.text);
		return;
	}
	check(message->document_count == 2, "documents", "%zu found", message->document_count);
	if (message->document_count == 2) {
		const struct document *two = &message->documents[1];

		check(two->offset == 3 && two->size == 4, "documents", "second at %llu, %llu bytes",
		    (unsigned long long)two->offset, (unsigned long long)two->size);
		check(pread(documents, bytes, sizeof(bytes), 0) == 7 && memcmp(bytes, "abc%PDF", 7) == 0,
		    "documents", "the file holds \"%s\"", bytes);
		check(strcmp(message->documents[0].sha256,
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0, "documents",
		    "hash %s", message->documents[0].sha256);
	}
	parser_close(&parser);
	close(fd);
	close(documents);
	arena_free(&arena);
}

/* A .docx whose XML is in a character set of several bytes, which libxml2 may know by itself (with ICU), or not. */
static const struct {
	const char	*name, *bytes, *want;
} foreign[] = {
	{ "Shift_JIS", "\x93\xfa\x96\x7b", "日本" },
	{ "JOHAB", "\xd0\x65\x8a\x82", "한국" },
};

static size_t foreign_now;

static void
foreign_docx(struct writer *w)
{
	char xml[200];

	snprintf(xml, sizeof(xml), "<?xml version=\"1.0\" encoding=\"%s\"?><w:document xmlns:w=\"w\"><w:p><w:t>%s</w:t></w:p>"
	    "</w:document>", foreign[foreign_now].name, foreign[foreign_now].bytes);
	attach_docx(w, xml, strlen(xml), 0);
}

static void
run_foreign(const char *program)
{
	for (foreign_now = 0; foreign_now < sizeof(foreign) / sizeof(foreign[0]); foreign_now++) {
		const char *name = foreign[foreign_now].name;
		struct arena *arena = arena_new();
		struct message *message;
		struct parser *parser;
		struct err err;
		int fd = mail_of(foreign_docx);

		if (parser_open(program, false, &parser, &err) == -1 ||
		    parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1) {
			check(false, name, "%s", err.text);
			exit(1);
		}
		check(message->document_count == 1 && strcmp(message->documents[0].text, foreign[foreign_now].want) == 0, name,
		    "a .docx reads \"%s\", and \"%s\"", message->documents[0].text, message->documents[0].unreadable);
		parser_close(&parser);
		close(fd);
		arena_free(&arena);
	}
}

int
main(int argc, char **argv)
{
	bool daemon = argc == 3 && strcmp(argv[2], "daemon") == 0;

	if (argc != 2 && !daemon) {
		fprintf(stderr, "usage: bombs ADVICED-PARSE [daemon: only what two processes read otherwise than one]\n");
		return 2;
	}
	run_charsets(argv[1]);
	run_documents(argv[1]);
	run_foreign(argv[1]);
	run_bombs(argv[1], false, daemon ? "a PDF" : "");
	if (!daemon)
		run_bombs(argv[1], true, "");
	check_memory();
	printf("bombs: %u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
