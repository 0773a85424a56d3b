/*
 * The shipped adviced-parse, with its sandbox on, against mail that is meant
 * to break it; and ordinary mail behind each of them.  Not built with the
 * sanitizers: they do not live under a memory limit or a kill filter.
 * usage: bombs ./adviced-parse
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "mail/parser.h"

static unsigned passed, failed;

static void __attribute__((format(printf, 3, 4)))
check(bool good, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (good) {
		passed++;
		return;
	}
	failed++;
	printf("bombs: %s: ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* --- mails ------------------------------------------------------------- */

struct writer {
	int	fd;
	char	buf[1 << 16];
	size_t	len;
};

static void
flush(struct writer *w)
{
	size_t at = 0;

	while (at < w->len) {
		ssize_t done = write(w->fd, w->buf + at, w->len - at);

		if (done <= 0) {
			perror("bombs: write");
			exit(1);
		}
		at += (size_t)done;
	}
	w->len = 0;
}

static void
put(struct writer *w, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(w->buf) - w->len, take = len < room ? len : room;

		memcpy(w->buf + w->len, data, take);
		w->len += take;
		data += take;
		len -= take;
		if (w->len == sizeof(w->buf))
			flush(w);
	}
}

static void __attribute__((format(printf, 2, 3)))
text(struct writer *w, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put(w, line, (size_t)n);
}

static void
head(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n");
}

static void
many_attached_mails(struct writer *w)
{
	for (int i = 0; i < 28000; i++)
		text(w, "From: a@example.org\r\nContent-Type: message/rfc822\r\n\r\n");
	text(w, "From: a@example.org\r\nSubject: inside\r\n\r\ninside\r\n");
}

static void
long_base64_line(struct writer *w)
{
	char chunk[4096];

	memset(chunk, 'Q', sizeof(chunk));
	head(w);
	text(w, "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	for (int i = 0; i < 200 * 256; i++)
		put(w, chunk, sizeof(chunk));
}

static void
nested_multiparts(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b0\"\r\n\r\n");
	for (int i = 0; i < 10000; i++)
		text(w, "--b%d\r\nContent-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n", i, i + 1);
	text(w, "--b10000\r\n\r\nat the bottom\r\n");
}

static void
flat_parts(struct writer *w)
{
	head(w);
	text(w, "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n");
	for (int i = 0; i < 100000; i++)
		text(w, "--b\r\n\r\npart %d\r\n", i);
	text(w, "--b--\r\n");
}

static void
long_header(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: ");
	for (int i = 0; i < 1 << 18; i++)
		text(w, "long");
	text(w, "\r\n\r\nbody\r\n");
}

static void
many_addresses(struct writer *w)
{
	text(w, "From: Ada Byron <ada@example.org>\r\nTo: ");
	for (int i = 0; i < 40000; i++)
		text(w, "\"Person %d\" <p%d@example.org>,\r\n ", i, i);
	text(w, "\r\n\r\nbody\r\n");
}

static void
nuls(struct writer *w)
{
	static const char zeros[4096];

	text(w, "From: Ada Byron <ada@example.org>\r\nSubject: nu");
	put(w, zeros, 10);
	text(w, "ls\r\n\r\n");
	for (int i = 0; i < 256; i++)
		put(w, zeros, sizeof(zeros));
}

static void
unterminated(struct writer *w)
{
	text(w, "From: \"Ada (Byron <ada@example.org\r\nSubject: =?utf-8?B?aGVsbG8\r\n"
	    "Content-Type: multipart/mixed; boundary=\"b\r\n\r\n--b\r\n"
	    "Content-Type: text/html; charset=\"\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGVs");
}

static void
html_bomb(struct writer *w)
{
	head(w);
	text(w, "Content-Type: text/html\r\n\r\n");
	for (int i = 0; i < 60000; i++)
		text(w, "<blockquote type=cite><table><tr><td><div \"'");
}

static void
quotes(struct writer *w)
{
	head(w);
	text(w, "\r\n");
	for (int i = 0; i < 60000; i++)
		text(w, ">>>>>>On From:\r\nname:\r\n@@.@a.b\r\n");
}

static void
unknown_charset(struct writer *w)
{
	text(w, "From: =?x-nowhere?Q?Ada?= <ada@example.org>\r\nSubject: =?IBM1047?Q?=C1=C4=C1?=\r\n"
	    "Content-Type: text/plain; charset=\"../../../etc/passwd\"\r\n\r\nbody\r\n");
}

static void
empty(struct writer *w)
{
	(void)w;
}

static void
noise(struct writer *w)
{
	unsigned state = 20261005;

	for (int i = 0; i < 300000; i++) {
		char c;

		state = state * 1103515245u + 12345u;
		c = (char)(state >> 16);
		put(w, &c, 1);
	}
}

/* --- checks ------------------------------------------------------------ */

static int
mail_of(void (*write_mail)(struct writer *))
{
	static struct writer w;

	w.fd = memfd_create("mail", MFD_CLOEXEC);
	w.len = 0;
	if (w.fd == -1) {
		perror("bombs: memfd_create");
		exit(1);
	}
	write_mail(&w);
	flush(&w);
	return w.fd;
}

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

static const struct {
	const char	*name;
	void		(*write_mail)(struct writer *);
	bool		 may_fail;	/* a plain failure is as good as a message */
	bool		 remark;	/* what was left out must be said */
} bombs[] = {
	{ "28,000 attached mails inside one another", many_attached_mails, true, true },
	{ "200 MB of base64 in one line", long_base64_line, true, false },
	{ "10,000 nested multiparts", nested_multiparts, false, true },
	{ "100,000 parts", flat_parts, false, true },
	{ "a header of 1 MB", long_header, false, true },
	{ "40,000 recipients", many_addresses, false, false },
	{ "NULs", nuls, false, false },
	{ "everything unterminated", unterminated, false, false },
	{ "HTML that only opens", html_bomb, false, false },
	{ "quotes, labels, at signs", quotes, false, false },
	{ "a character set that is a path", unknown_charset, false, true },
	{ "an empty file", empty, true, false },
	{ "noise", noise, true, false },
};

static void
run_bombs(const char *program, bool many)
{
	struct parser *parser;
	struct err err;
	size_t i;

	if (parser_open(program, many, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	for (i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message = NULL;
		int fd = mail_of(bombs[i].write_mail), documents = memfd_create("documents", MFD_CLOEXEC);
		int64_t start = clock_real_ms();

		if (parser_read(parser, arena, fd, documents, date_from_civil(2026, 10, 5), &message, &err) == -1) {
			check(err.scope == ERR_MESSAGE, bombs[i].name, "took the program with it: %s", err.text);
			check(bombs[i].may_fail, bombs[i].name, "could not be read: %s", err.text);
		} else if (bombs[i].remark)
			check(message->remarks.n > 0, bombs[i].name, "nothing is said of what was left out");
		check(clock_real_ms() - start < 8000, bombs[i].name, "took %lld ms",
		    (long long)(clock_real_ms() - start));
		close(fd);
		close(documents);
		arena_free(&arena);
		good_mail_goes_on(parser, bombs[i].name);
	}
	parser_close(&parser);
}

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

/* The one process whose parent is this; 0 when there is none. */
static pid_t
child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		char path[300], state;
		int pid, ppid;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || (file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%d (%*[^)]) %c %d", &pid, &state, &ppid) == 3 && ppid == parent && state != 'Z')
			found = pid;
		fclose(file);
	}
	if (proc != NULL)
		closedir(proc);
	return found;
}

/* A resident child that is killed is followed by another; one that is stopped runs into the deadline. */
static void
run_deaths(const char *program)
{
	static const char *const names[] = { "the resident child was killed", "the resident child was stopped" };
	struct arena *arena = arena_new();
	struct message *message;
	struct parser *parser;
	struct err err;
	pid_t child;
	int fd = mail_of(good_mail);

	if (parser_open(program, true, &parser, &err) == -1) {
		printf("bombs: %s\n", err.text);
		exit(1);
	}
	good_mail_goes_on(parser, "nothing yet");
	child = child_of(child_of(getpid()));
	check(child > 0 && kill(child, SIGKILL) == 0, names[0], "no child to kill");
	/* It may be noticed before or after the next mail is handed over: then that mail is answered for. */
	if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1)
		check(err.scope == ERR_MESSAGE, names[0], "%s", err.text);
	good_mail_goes_on(parser, names[0]);
	child = child_of(child_of(getpid()));
	check(child > 0 && kill(child, SIGSTOP) == 0, names[1], "no child to stop");
	check(parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1 &&
	    err.scope == ERR_MESSAGE && strstr(err.text, "longer than") != NULL, names[1],
	    "the mail was not given up");
	good_mail_goes_on(parser, names[1]);
	parser_close(&parser);
	close(fd);
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bombs ADVICED-PARSE\n");
		return 2;
	}
	run_charsets(argv[1]);
	run_documents(argv[1]);
	run_deaths(argv[1]);
	run_bombs(argv[1], false);
	run_bombs(argv[1], true);
	printf("bombs: %u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
