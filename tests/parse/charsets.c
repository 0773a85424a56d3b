/*
 * A mail in every character set that the C library lists, read by the shipped
 * adviced-parse with its sandbox on: its subject and its text come out as
 * they went in, or a sentence says that they did not.  Those that mail is
 * known to use must come out.
 * usage: charsets ./adviced-parse [daemon]
 */
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "base/date.h"
#include "mail/parser.h"

#define SAMPLE_MAX 400

static unsigned passed, failed, decoded, said;

/* Letters of many scripts; of each set those are taken that it has. */
static const char *const letters[] = { "é", "ü", "ß", "ñ", "ø", "Å", "ł", "ř", "ő", "ş", "ğ", "ī", "ė", "ŵ", "ħ",
	"ж", "Я", "ъ", "щ", "є", "љ", "Ω", "λ", "ψ", "ή", "ש", "ב", "ת", "ع", "ب", "س", "ก", "ข", "า", "あ", "ア", "ｱ",
	"ｶ", "日", "本", "中", "國", "国", "한", "국", "ạ", "ế", "ơ", "ա", "Ք", "ა", "ჰ", "ғ", "қ", "€", "£", "“", "—", NULL };

/* Names under which people really get mail. */
static const char *const in_use[] = { "ANSI_X3.4-1968", "US-ASCII", "UTF-8", "UTF-7", "UTF-16", "UTF-16BE", "UTF-16LE",
	"UTF-32", "UCS-2", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7",
	"ISO-8859-8", "ISO-8859-9", "ISO-8859-10", "ISO-8859-11", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15",
	"ISO-8859-16", "ISO_8859-1:1987", "LATIN1", "L1", "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253",
	"WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "WINDOWS-874", "CP1252", "CP437",
	"IBM437", "CP850", "IBM850", "850", "CP852", "CP866", "IBM866", "CP775", "CP737", "CP874", "TIS-620", "KOI8-R",
	"KOI8-U", "MACINTOSH", "MAC", "MAC-CYRILLIC", "MAC-CENTRALEUROPE", "ISO-2022-JP", "CSISO2022JP", "ISO-2022-JP-2",
	"ISO-2022-JP-3", "SHIFT_JIS", "SJIS", "MS_KANJI", "CP932", "WINDOWS-31J", "EUC-JP", "ISO-2022-KR", "EUC-KR", "UHC",
	"CP949", "JOHAB", "ISO-2022-CN", "GB2312", "GBK", "CP936", "GB18030", "EUC-CN", "BIG5", "BIG5-HKSCS", "CP950",
	"EUC-TW", "VISCII", "TCVN", "ARMSCII-8", "GEORGIAN-PS", "PT154", "KOI8-T", "TSCII", "ANSI_X3.110-1983", "T.61-8BIT",
	"ISO_6937", "BS_4730", "DIN_66003", "ECMA-CYRILLIC", "HP-ROMAN8", "DEC-MCS", "ARABIC", "HEBREW", "GREEK", "CYRILLIC",
	NULL };

/* text in that set; its length, 0 when the set lacks something or reads it differently. */
static size_t
encode(const char *name, const char *text, char *out, size_t size)
{
	iconv_t to = iconv_open(name, "UTF-8"), back = iconv_open("UTF-8", name);
	char in[SAMPLE_MAX], again[SAMPLE_MAX * 4] = "", *from = in, *at = out;
	size_t left = strlen(text), room = size, len = 0;

	strcpy(in, text);
	if (to != (iconv_t)-1 && back != (iconv_t)-1 && iconv(to, &from, &left, &at, &room) == 0 &&
	    iconv(to, NULL, NULL, &at, &room) != (size_t)-1) {
		len = size - room;
		from = out;
		left = len;
		at = again;
		room = sizeof(again) - 1;
		if (iconv(back, &from, &left, &at, &room) == (size_t)-1 ||
		    iconv(back, NULL, NULL, &at, &room) == (size_t)-1 || strcmp(again, text) != 0)
			len = 0;
	}
	if (to != (iconv_t)-1)
		iconv_close(to);
	if (back != (iconv_t)-1)
		iconv_close(back);
	return len;
}

/* "Zoe" and up to nine letters that the set has; false when it has not even that. */
static bool
make_sample(const char *name, char *sample, char *bytes, size_t size, size_t *len_r)
{
	char one[64];
	size_t i, n = 0;

	strcpy(sample, "Zoe ");
	for (i = 0; letters[i] != NULL && n < 9; i++) {
		snprintf(one, sizeof(one), "Zoe %s", letters[i]);
		if (encode(name, one, bytes, size) == 0)
			continue;
		strcat(sample, letters[i]);
		n++;
	}
	strcat(sample, n > 0 ? " x" : "x");
	*len_r = encode(name, sample, bytes, size);
	return *len_r > 0;
}

static int
make_mail(const char *name, const char *bytes, size_t len)
{
	char *coded = g_base64_encode((const guchar *)bytes, len);
	int fd = memfd_create("mail", 0);

	if (fd == -1 || dprintf(fd, "From: Ada Byron <ada@example.org>\r\nSubject: =?%s?B?%s?=\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", name, coded, name,
	    coded) < 0) {
		perror("charsets: mail");
		exit(1);
	}
	g_free(coded);
	return fd;
}

static bool
is_said(const struct message *message, const char *name)
{
	size_t i;

	for (i = 0; i < message->remarks.n; i++)
		if (strstr(message->remarks.v[i], name) != NULL || strstr(message->remarks.v[i], "cannot be") != NULL)
			return true;
	return false;
}

static bool
is_in_use(const char *name)
{
	size_t i;

	for (i = 0; in_use[i] != NULL; i++)
		if (strcmp(in_use[i], name) == 0)
			return true;
	return false;
}

static void
check(struct parser *parser, const char *name)
{
	struct arena *arena = arena_new();
	char sample[SAMPLE_MAX], bytes[SAMPLE_MAX * 4];
	struct message *message;
	struct err err;
	size_t len;
	int fd;

	if (!make_sample(name, sample, bytes, sizeof(bytes), &len)) {
		passed++;	/* nothing can be written in it */
		goto out;
	}
	fd = make_mail(name, bytes, len);
	if (parser_read(parser, arena, fd, -1, date_from_civil(2026, 10, 5), &message, &err) == -1) {
		failed++;
		printf("charsets: %s: %s\n", name, err.text);
	} else if (strcmp(message->subject, sample) == 0 && strncmp(message->new_text, sample, strlen(sample)) == 0) {
		passed++;
		decoded++;
	} else if (!is_in_use(name) && *message->subject != '\0' && *message->new_text != '\0' && is_said(message, name)) {
		passed++;
		said++;
	} else {
		failed++;
		printf("charsets: %s: wanted \"%s\", got \"%s\" and \"%s\", %zu remarks\n", name, sample, message->subject,
		    message->new_text, message->remarks.n);
	}
	close(fd);
out:
	arena_free(&arena);
}

/* Every one that the C library lists. */
static void
check_listed(struct parser *parser)
{
	FILE *list = popen("iconv -l", "r");
	char line[256];

	if (list == NULL) {
		perror("charsets: iconv -l");
		exit(1);
	}
	while (fgets(line, sizeof(line), list) != NULL) {
		line[strcspn(line, "/\n ")] = '\0';
		if (*line != '\0')
			check(parser, line);
	}
	pclose(list);
	if (decoded < 500) {
		failed++;
		printf("charsets: only %u were decoded, %u were said to be unreadable\n", decoded, said);
	}
}

int
main(int argc, char **argv)
{
	bool daemon = argc == 3 && strcmp(argv[2], "daemon") == 0;
	struct parser *parser;
	struct err err;
	size_t i;

	if ((argc != 2 && !daemon) || parser_open(argv[1], !daemon, &parser, &err) == -1) {
		fprintf(stderr, "usage: charsets ADVICED-PARSE [daemon: those in use, a process for each]\n");
		return 2;
	}
	if (!daemon)
		check_listed(parser);
	for (i = 0; in_use[i] != NULL; i++)
		check(parser, in_use[i]);
	parser_close(&parser);
	printf("charsets: %u passed, %u failed\n", passed, failed);
	if (getenv("V") != NULL)
		fprintf(stderr, "%u decoded, %u said\n", decoded, said);
	return failed == 0 ? 0 : 1;
}
